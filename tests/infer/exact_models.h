/**
 * Small models for the tests of wick_exact.
 */
#ifndef TESTS_INFER_EXACT_MODELS_H
#define TESTS_INFER_EXACT_MODELS_H

#include "tests/support/suite.h"

#include <wick/discrete.h>

static inline wick_exact *exact_of(wick *w, void (*model)(wick *, void *), void *arg)
{
    return wick_exact_new(w, (wick_program){ model, arg }, NULL);
}

/* A coin, and a second one whose bias depends on it; the second or a third is seen. */
static inline void two_coins(wick *w, void *arg)
{
    static const double BIAS[2] = { 0.9, 0.25 };
    const bool seen = *(const bool *)arg;
    const wick_var a = wick_sample(w, "a", wick_bernoulli(0.35));
    const wick_dist next = wick_bernoulli(wick_at(wick_const(w, BIAS, 2), a));

    if (seen)
        wick_observe(w, "b", next, wick_num(w, 1.0));
    else
        wick_sample(w, "b", next);
}

enum { LENGTH = 4 };

static const double START[3] = { 0.5, 0.2, 0.3 };
static const double MOVE[3][3] = { { 0.6, 0.3, 0.1 }, { 0.2, 0.5, 0.3 }, { 0.25, 0.25, 0.5 } };
static const double LOC[3] = { -1.0, 0.4, 2.1 }, SEEN[LENGTH] = { 0.3, 1.9, -0.7, 1.2 };

static inline void chain(wick *w, void *arg)
{
    wick_var row = wick_const(w, START, 3);

    (void)arg;
    for (int t = 0; t < LENGTH; t++) {
        const wick_var z = wick_sample(w, wick_name(w, "z_%d", t), wick_categorical(row));
        wick_observe(w, wick_name(w, "y_%d", t),
            wick_normal(wick_at(wick_const(w, LOC, 3), z), 0.9), wick_num(w, SEEN[t]));
        row = wick_at(wick_const(w, &MOVE[0][0], 3, 3), z);
    }
}

enum { MOST_TOSSES = 5 };

/* Tosses until the first 0, five at most; then as many ticks as there were ones. */
static inline void tosses(wick *w, void *arg)
{
    int ones = 0;

    (void)arg;
    while (ones < MOST_TOSSES &&
        wick_value(wick_sample(w, wick_name(w, "toss_%d", ones), wick_bernoulli(0.6))) > 0.0)
        ones++;
    if (ones > 2)
        wick_sample(w, "prize", wick_categorical(wick_fill(w, 1.0, 3)));
    wick_observe(w, "ticks", wick_normal(ones, 1.5), wick_num(w, 3.2));
}

#endif
