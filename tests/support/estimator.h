/**
 * Losses with noise: their means and variances over many runs, against exact ones.
 */
#ifndef TESTS_SUPPORT_ESTIMATOR_H
#define TESTS_SUPPORT_ESTIMATOR_H

#include "tests/support/fit.h"

/** Two-sided p = 7e-6. */
#define Z_LIMIT 4.5

enum { MOST_NUMBERS = 16 };

/** Mean and variance of some numbers over n runs. */
typedef struct sampled {
    size_t n;
    double mean[MOST_NUMBERS], variance[MOST_NUMBERS];
} sampled;

static inline void sampled_add(sampled *s, size_t count, const double *x)
{
    s->n++;
    for (size_t i = 0; i < count; i++) {
        const double before = x[i] - s->mean[i];
        s->mean[i] += before / (double)s->n;
        s->variance[i] += (before * (x[i] - s->mean[i]) - s->variance[i]) / (double)s->n;
    }
}

/** The mean is this, as far as its own variance tells. */
static inline void assert_sampled(const sampled *s, size_t i, double want)
{
    const double error = sqrt(s->variance[i] / (double)s->n);

    ck_assert_msg(fabs(s->mean[i] - want) <= Z_LIMIT * error + 1e-12,
        "[%zu]: the mean of %zu is %.10g, want %.10g: %.2g standard errors off", i, s->n,
        s->mean[i], want, (s->mean[i] - want) / error);
}

static inline wick_var loss_in_graph(wick *w, void *arg)
{
    const problem *p = arg;

    return p->loss(w, p->model, p->guide, p->options);
}

/** The value and the gradient of a parameter over many compiled runs: [0] is the value. */
static inline sampled sample_gradient(problem *p, const char *name, size_t runs)
{
    wick_graph *g = wick_graph_new(p->w, loss_in_graph, p, NULL);
    double x[MOST_NUMBERS];
    sampled s = { .n = 0 };

    for (size_t i = 0; i < runs && wick_status(p->w) == WICK_OK; i++) {
        x[0] = wick_graph_run(g);
        const size_t n = wick_param_size(p->w, name);
        wick_graph_gradient(g, name, x + 1, n);
        sampled_add(&s, n + 1, x);
    }
    assert_ok(p->w);
    wick_graph_free(g);
    return s;
}

/** The gradient of one parameter at step 0, of at most MOST_NUMBERS numbers. */
static inline double gradient_in(const problem *p, const char *name, double *gradient)
{
    double all[64];

    const double loss = gradient_of(p, all);
    ck_assert_uint_le(count_values(p->w), 64);
    for (size_t i = 0, at = 0; i < wick_param_count(p->w); i++) {
        const char *found = wick_param_name(p->w, i);
        const size_t n = wick_param_size(p->w, found);
        if (strcmp(found, name) == 0)
            memcpy(gradient, all + at, n * sizeof *gradient);
        at += n;
    }
    return loss;
}

/** What a site of the guide draws in the run of step 0. */
static inline void draws_in(const problem *p, uint64_t seed, const char *site, double *x, size_t n)
{
    wick_reset(p->w);
    wick_set_seed(p->w, seed);
    wick_trace_get(wick_trace_run(p->w, p->guide), site, x, n);
    assert_ok(p->w);
}

static inline double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

/** log of the probability of 0 or 1. */
static inline double log_bernoulli(double x, double probs)
{
    return log(x > 0.5 ? probs : 1.0 - probs);
}

#endif
