/**
 * A program with a site of every type, for the tests of handlers.
 */
#ifndef TESTS_SITE_PROGRAM_H
#define TESTS_SITE_PROGRAM_H

#include "tests/support/fit.h"

static const double LEVEL = 1.9; /* what the model below observes */

/* Sites of every type: param, latent, deterministic, observed, factor. */
static inline void model(wick *w, void *arg)
{
    (void)arg;
    wick_var loc = wick_param(w, "loc", wick_init_num(0.3), wick_real());
    wick_var x = wick_sample(w, "x", wick_normal(loc, 1.2));
    wick_var z = wick_sample(w, "z", wick_bernoulli(0.35));
    wick_var m = wick_deterministic(w, "m", wick_add(wick_mul(x, 2.0), z));

    wick_observe(w, "y", wick_normal(m, 0.7), wick_num(w, LEVEL));
    wick_factor(w, "f", wick_mul(x, -0.25));
}

static const wick_program MODEL = { model, NULL };

static inline double value_at(const wick_trace *trace, const char *name)
{
    double x = NAN;

    wick_trace_get(trace, name, &x, 1);
    return x;
}

static inline double log_prob_at(wick *w, const wick_trace *trace, const char *name)
{
    return wick_value(wick_site_log_prob(w, wick_trace_find(trace, name)));
}

/* A trace of the model under one handler. */
static inline wick_trace *trace_under(wick *w, wick_handler *handler)
{
    return wick_trace_run(w, wick_wrap(w, MODEL, handler));
}

/* Names and types that a trace has, in one string; "!" marks what is observed. */
static inline const char *sites_of(wick *w, const wick_trace *trace)
{
    const char *all = "";

    for (const wick_site *s = wick_trace_first(trace); s; s = wick_site_next(s))
        all = wick_name(w, "%s%s%c%s ", all, s->name,
            s->type == WICK_SAMPLE      ? '~'
                : s->type == WICK_PARAM ? '='
                                        : ':',
            s->observed ? "!" : "");
    return all;
}

#endif
