/**
 * What the tests of discrete posteriors share: all assignments by plain C, draws against their
 * probabilities, and some models.
 */
#ifndef TESTS_SUPPORT_DISCRETE_H
#define TESTS_SUPPORT_DISCRETE_H

#include "tests/support/suite.h"

#include <wick/discrete.h>

/* --- every assignment, without wick ----------------------------------------------------------- */

enum { MOST_VARIABLES = 12 };

/* Variables one by one, members of plates unrolled. Cells are assignments, the last variable fastest. */
typedef struct exact {
    int n, k[MOST_VARIABLES];
    double (*log_joint)(const int *z);
    size_t cells;
    double *p; /* of the cells, normalised */
    double log_evidence;
    int mode[MOST_VARIABLES];
} exact;

static inline void assignment_at(const exact *e, size_t cell, int *z)
{
    for (int v = e->n; v-- > 0; cell /= (size_t)e->k[v])
        z[v] = (int)(cell % (size_t)e->k[v]);
}

static inline size_t cell_of(const exact *e, const int *z)
{
    size_t cell = 0;

    for (int v = 0; v < e->n; v++)
        cell = cell * (size_t)e->k[v] + (size_t)z[v];
    return cell;
}

static inline void enumerate(exact *e)
{
    double top = -INFINITY, sum = 0.0;
    int z[MOST_VARIABLES];

    e->cells = 1;
    for (int v = 0; v < e->n; v++)
        e->cells *= (size_t)e->k[v];
    e->p = malloc(e->cells * sizeof *e->p);
    for (size_t i = 0; i < e->cells; i++) {
        assignment_at(e, i, z);
        e->p[i] = e->log_joint(z);
        if (e->p[i] > top)
            memcpy(e->mode, z, sizeof z);
        top = fmax(top, e->p[i]);
    }
    for (size_t i = 0; i < e->cells; i++)
        sum += exp(e->p[i] - top);
    e->log_evidence = top + log(sum);
    for (size_t i = 0; i < e->cells; i++)
        e->p[i] = exp(e->p[i] - e->log_evidence);
}

/* Probability that variable v is k, and w is l. */
static inline double probability(const exact *e, int v, int k, int w, int l)
{
    double sum = 0.0;
    int z[MOST_VARIABLES];

    for (size_t i = 0; i < e->cells; i++) {
        assignment_at(e, i, z);
        sum += z[v] == k && z[w] == l ? e->p[i] : 0.0;
    }
    return sum;
}

/* --- draws ------------------------------------------------------------------------------------ */

/* P(chi-squared with df degrees of freedom > x), by Wilson and Hilferty's normal approximation. */
static inline double chi_squared_tail(double x, double df)
{
    const double v = 2.0 / (9.0 * df);

    return 0.5 * erfc((cbrt(x / df) - (1.0 - v)) / sqrt(2.0 * v));
}

/* Cells with few expected draws are put together; what cannot be was not drawn. */
static inline void assert_distributed(
    const char *what, size_t n, const double *p, const int *counts)
{
    double draws = 0.0, x = 0.0, df = -1.0, few = 0.0, few_want = 0.0;

    for (size_t i = 0; i < n; i++)
        draws += counts[i];
    for (size_t i = 0; i < n; i++) {
        const double want = draws * p[i];
        ck_assert_msg(p[i] > 0.0 || counts[i] == 0, "%s: drew what has probability 0", what);
        few += want < 8.0 ? counts[i] : 0.0;
        few_want += want < 8.0 ? want : 0.0;
        x += want < 8.0 ? 0.0 : (counts[i] - want) * (counts[i] - want) / want;
        df += want < 8.0 ? 0.0 : 1.0;
    }
    if (few_want >= 8.0) {
        x += (few - few_want) * (few - few_want) / few_want;
        df += 1.0;
    }
    if (df > 0.0)
        ck_assert_msg(chi_squared_tail(x, df) > 1e-6, "%s: chi-squared %g of %g", what, x, df);
}

/* --- models ----------------------------------------------------------------------------------- */

static const double THREE[3] = { 0.5, 0.2, 0.3 };
static const double MOVES[3][3] = { { 0.7, 0.2, 0.1 }, { 0.3, 0.4, 0.3 }, { 0.05, 0.25, 0.7 } };
static const double FROM[3][2] = { { 0.9, 0.1 }, { 0.5, 0.5 }, { 0.25, 0.75 } };
static const double LOCS[3] = { -1.1, 0.4, 1.7 };
static const double Y[6] = { -0.6, 0.9, 0.2, 1.9, -0.3, 1.2 };

static inline wick_var table(wick *w, const double *x, size_t rows)
{
    return rows > 1 ? wick_const(w, x, rows, 3) : wick_const(w, x, 3);
}

static inline void chain(wick *w, size_t n, const double *first, const double *moves)
{
    const wick_var step = table(w, moves, 3), locs = table(w, LOCS, 1);
    wick_var x = WICK_VAR_NONE;

    for (size_t t = 0; t < n; t++) {
        const wick_var p = t == 0 ? table(w, first, 1) : wick_take(step, x);
        x = wick_sample(w, wick_name(w, "x_%zu", t), wick_categorical(p));
        wick_observe(
            w, wick_name(w, "y_%zu", t), wick_normal(wick_take(locs, x), 0.9), wick_num(w, Y[t]));
    }
}

static inline double log_chain(int n, const double *first, const double (*moves)[3], const int *z)
{
    double sum = 0.0;

    for (int t = 0; t < n; t++)
        sum +=
            log(t == 0 ? first[z[0]] : moves[z[t - 1]][z[t]]) + log_normal(Y[t], LOCS[z[t]], 0.9);
    return sum;
}

static inline void hmm(wick *w, void *arg)
{
    (void)arg;
    chain(w, 6, THREE, MOVES[0]);
}

static inline double log_hmm(const int *z)
{
    return log_chain(6, THREE, MOVES, z);
}

/* [g -> [c -> y]3]2: a variable for each member of a plate, and for each of the plate inside it. */
static inline void nested(wick *w, void *arg)
{
    const wick_var locs = wick_const(w, LOCS, 2);

    (void)arg;
    WICK_PLATE (w, "a", 2) {
        const wick_var g = wick_sample(w, "g", wick_categorical(table(w, THREE, 1)));
        WICK_PLATE (w, "b", 3) {
            const wick_var p = wick_take(wick_const(w, FROM[0], 3, 2), g);
            const wick_var c = wick_sample(w, "c", wick_categorical(p));
            wick_observe(w, "y", wick_normal(wick_take(locs, c), 1.4), wick_data(w, Y, 6));
        }
    }
}

static inline double log_nested(const int *z)
{
    double sum = log(THREE[z[0]]) + log(THREE[z[1]]);

    for (int i = 0; i < 6; i++)
        sum += log(FROM[z[i / 3]][z[2 + i]]) + log_normal(Y[i], LOCS[z[2 + i]], 1.4);
    return sum;
}

/** A number of [0, 1) by a linear congruence. */
static inline double fraction(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-53;
}

#endif
