/**
 * What the programs on Pyro's tests of enumeration share: an outcome is a loss with all its gradients.
 */
#ifndef TESTS_SUPPORT_OUTCOME_H
#define TESTS_SUPPORT_OUTCOME_H

#include "tests/support/fit.h"

typedef enum how { DRAWN, PARALLEL, SEQUENTIAL } how;

static inline wick_dist marked(wick_dist dist, how h)
{
    return h == PARALLEL  ? wick_enumerate(dist)
        : h == SEQUENTIAL ? wick_enumerate_sequential(dist)
                          : dist;
}

/** A loss, and its gradient in all parameters, unconstrained, in the order they were made. */
typedef struct outcome {
    double loss, gradient[160];
    size_t n;
} outcome;

static inline outcome outcome_of(wick_program model, wick_program guide, bool compile)
{
    wick *w = wick_new(&(wick_options){ .seed = 3 });
    wick_svi *svi = wick_svi_new(w, model, guide,
        &(wick_svi_options){ .loss = wick_trace_enum_elbo,
            .compile = compile,
            .optim = { .update = show_gradient } });
    outcome o = { .loss = wick_svi_step(svi), .n = count_values(w) };

    assert_ok(w);
    ck_assert_uint_le(o.n, sizeof o.gradient / sizeof *o.gradient);
    get_all(w, o.gradient);
    wick_svi_free(svi);
    wick_free(w);
    return o;
}

static inline outcome outcome_with(
    void (*model)(wick *w, void *arg), void (*guide)(wick *w, void *arg), void *arg, bool compile)
{
    return outcome_of((wick_program){ model, arg }, (wick_program){ guide, arg }, compile);
}

static inline void assert_alike(const outcome *got, const outcome *want)
{
    assert_close(got->loss, want->loss, 1e-12);
    ck_assert_uint_eq(got->n, want->n);
    for (size_t i = 0; i < want->n; i++)
        assert_close(got->gradient[i], want->gradient[i], 1e-12);
}

/** The compiled step gives what the eager one gives; that is returned. */
static inline outcome checked(
    void (*model)(wick *w, void *arg), void (*guide)(wick *w, void *arg), void *arg)
{
    const outcome eager = outcome_with(model, guide, arg, false);
    const outcome compiled = outcome_with(model, guide, arg, true);

    assert_alike(&compiled, &eager);
    return eager;
}

static inline double kl(double q, double p)
{
    return q * log(q / p) + (1.0 - q) * log((1.0 - q) / (1.0 - p));
}

static inline double kl_slope(double q, double p)
{
    return log(q / p) - log((1.0 - q) / (1.0 - p));
}

/** d f / d x[i] at six points. */
static inline double slope_of(double (*f)(const double *x), double *x, int i)
{
    static const double WEIGHT[] = { 45.0 / 60.0, -9.0 / 60.0, 1.0 / 60.0 };
    const double at = x[i], h = 4e-3;
    double sum = 0.0;

    for (int k = 0; k < 3; k++)
        for (int sign = -1; sign <= 1; sign += 2) {
            x[i] = at + sign * (k + 1) * h;
            sum += sign * WEIGHT[k] * f(x);
        }
    x[i] = at;
    return sum / h;
}

static inline wick_var simplex(wick *w, const char *name, size_t k, const double *p)
{
    return wick_param(w, name, wick_init_values(p, k), wick_simplex());
}

static inline wick_var simplexes(wick *w, const char *name, size_t rows, size_t k, const double *p)
{
    return wick_param(w, name, wick_init_values(p, rows, k), wick_simplex());
}

/** Calls body for each of n members, or once in a plate. */
static inline void each_member(wick *w, bool plate, const char *name, size_t n,
    void (*body)(wick *w, size_t i, void *arg), void *arg)
{
    if (plate) {
        WICK_PLATE (w, name, n)
            body(w, 0, arg);
    } else {
        for (size_t i = 0; i < n; i++)
            body(w, i, arg);
    }
}

#endif
