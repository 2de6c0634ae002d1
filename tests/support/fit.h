/**
 * Losses and gradients of a model and guide, through the public face only.
 */
#ifndef TESTS_SUPPORT_FIT_H
#define TESTS_SUPPORT_FIT_H

#include "tests/support/suite.h"

/** A model and guide under a loss; options NULL, guide NOTHING and loss NULL are fine. */
typedef struct problem {
    wick *w;
    wick_program model, guide;
    wick_loss loss;
    const void *options;
} problem;

/** An optimiser that puts the gradient where the value was: wick_param_get then reads it. */
static inline void show_gradient(const wick_optim *self, const wick_update *u)
{
    (void)self;
    memcpy(u->value, u->gradient, u->n * sizeof *u->value);
}

static inline wick_svi *svi_of(const problem *p)
{
    return wick_svi_new(p->w, p->model, p->guide,
        &(wick_svi_options){
            .loss = p->loss, .loss_options = p->options, .optim = { .update = show_gradient } });
}

/** The loss at step 0: the same random numbers at each call. */
static inline double loss_of(const problem *p)
{
    wick_svi *svi = svi_of(p);
    const double loss = wick_svi_evaluate(svi);

    wick_svi_free(svi);
    return loss;
}

/** The first number of a parameter of one or two, constrained. */
static inline double get1(wick *w, const char *name)
{
    double x[16] = { NAN };
    const size_t n = wick_param_size(w, name);

    ck_assert_uint_le(n, 16);
    wick_param_get(w, name, x, n);
    return x[0];
}

/** The number of all values of all parameters. */
static inline size_t count_values(const wick *w)
{
    size_t n = 0;

    for (size_t i = 0; i < wick_param_count(w); i++)
        n += wick_param_size(w, wick_param_name(w, i));
    return n;
}

/** All parameters one after the other, unconstrained. */
static inline void get_all(wick *w, double *x)
{
    for (size_t i = 0; i < wick_param_count(w); i++) {
        const char *name = wick_param_name(w, i);
        x += wick_param_get_unconstrained(w, name, x, wick_param_size(w, name));
    }
}

static inline void set_all(wick *w, const double *x)
{
    for (size_t i = 0; i < wick_param_count(w); i++) {
        const char *name = wick_param_name(w, i);
        x += wick_param_set_unconstrained(w, name, x, wick_param_size(w, name));
    }
}

/** The gradient at step 0, in the order of get_all; parameters are left as they were. */
static inline double gradient_of(const problem *p, double *gradient)
{
    wick_svi *svi = svi_of(p);

    wick_svi_evaluate(svi); /* makes the parameters */
    const size_t n = count_values(p->w);
    double *kept = calloc(n + 1, sizeof *kept), *zero = calloc(n + 1, sizeof *zero);
    get_all(p->w, kept);
    const double loss = wick_svi_step(svi);
    get_all(p->w, gradient);
    for (size_t i = 0, at = 0; i < wick_param_count(p->w); i++) {
        const char *name = wick_param_name(p->w, i);
        const size_t size = wick_param_size(p->w, name);
        if (memcmp(gradient + at, kept + at, size * sizeof *kept) == 0 &&
            !(wick_svi_gradient_norm(svi, name) > 0.0))
            memcpy(gradient + at, zero, size * sizeof *zero); /* not met in the step */
        at += size;
    }
    set_all(p->w, kept);
    free(kept);
    free(zero);
    wick_svi_free(svi);
    return loss;
}

/** d loss / d x[i] by differences at six points: error of the order of step^6. */
static inline double difference(const problem *p, double *x, size_t i)
{
    static const double WEIGHT[] = { 45.0 / 60.0, -9.0 / 60.0, 1.0 / 60.0 };
    const double at = x[i], step = 3e-3 * fmax(1.0, fabs(at));
    double sum = 0.0;

    for (int k = 0; k < 3; k++)
        for (int sign = -1; sign <= 1; sign += 2) {
            x[i] = at + sign * (k + 1) * step;
            set_all(p->w, x);
            sum += sign * WEIGHT[k] * loss_of(p);
        }
    x[i] = at;
    set_all(p->w, x);
    return sum / step;
}

/** Every component of the gradient agrees with differences, relative to max(1, |difference|). */
static inline void assert_gradient(const problem *p, double relative)
{
    loss_of(p);
    const size_t n = count_values(p->w);
    double *gradient = calloc(n + 1, sizeof *gradient), *x = calloc(n + 1, sizeof *x);

    gradient_of(p, gradient);
    get_all(p->w, x);
    assert_ok(p->w);
    ck_assert_uint_gt(n, 0);
    for (size_t i = 0; i < n; i++)
        assert_close(gradient[i], difference(p, x, i), relative);
    assert_ok(p->w);
    free(gradient);
    free(x);
}

/** A model whose discrete variables are summed out. */
static inline problem summed(wick *w, void (*model)(wick *, void *), void *arg)
{
    return (problem){ w, { model, arg }, NOTHING, wick_trace_enum_elbo, NULL };
}

/** Its loss, in a handle of its own. */
static inline double loss_alone(void (*model)(wick *, void *), void *arg)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, model, arg);
    const double loss = loss_of(&p);

    assert_ok(w);
    wick_free(w);
    return loss;
}

/** assert_gradient, in a handle of its own. */
static inline void assert_gradient_alone(void (*model)(wick *, void *), void *arg)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, model, arg);

    assert_gradient(&p, 1e-8);
    wick_free(w);
}

#endif
