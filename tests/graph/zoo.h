/**
 * Models of any size, for the tests of compiled steps.
 */
#ifndef TESTS_GRAPH_ZOO_H
#define TESTS_GRAPH_ZOO_H

#include "tests/support/fit.h"

enum { GROUPS = 4, COLS = 3, K = 2, PARTICLES = 3 };

/** What the models read: n members of the plate 'data'. */
typedef struct zoo_data {
    size_t n;
    double *x, *y, *mask, *group; /**< 3 n numbers, n indices below GROUPS */
    double *parent;               /**< 2 n indices below n */
    size_t *given;                /**< n different ones below 3 n */
} zoo_data;

static inline zoo_data zoo_data_new(size_t n)
{
    zoo_data d = { .n = n };

    d.x = malloc(3 * n * sizeof *d.x);
    d.y = malloc(3 * n * sizeof *d.y);
    d.mask = malloc(n * sizeof *d.mask);
    d.group = malloc(n * sizeof *d.group);
    d.parent = malloc(2 * n * sizeof *d.parent);
    d.given = malloc(n * sizeof *d.given);
    for (size_t i = 0; i < 3 * n; i++) {
        d.x[i] = 1.3 * sin(0.7 * (double)i + 0.4) + (i % 3 == 1 ? 2.1 : -0.6);
        d.y[i] = 0.8 * d.x[i] + 0.5 * cos(1.9 * (double)i);
    }
    for (size_t i = 0; i < n; i++) {
        d.mask[i] = i % 5 == 2 || i % 11 == 7 ? 0.0 : 1.0;
        d.group[i] = (double)(i * 7 % 5 % GROUPS);
        d.given[i] = (i * 3 + 2) % (3 * n);
    }
    for (size_t i = 0; i < 2 * n; i++)
        d.parent[i] = (double)(i * 13 % n);
    return d;
}

static inline void zoo_data_free(zoo_data d)
{
    free(d.x);
    free(d.y);
    free(d.mask);
    free(d.group);
    free(d.parent);
    free(d.given);
}

static inline wick_var real_param(wick *w, const char *name, double x)
{
    return wick_param(w, name, wick_init_num(x), wick_real());
}

static inline wick_var positive_param(wick *w, const char *name, double x)
{
    return wick_param(w, name, wick_init_num(x), wick_positive());
}

/* --- discrete variables summed out ------------------------------------------------------------ */

static inline void mixture_model(wick *w, void *arg)
{
    static const double LOCS[K] = { -0.9, 1.4 }, WEIGHTS[K] = { 0.4, 0.6 };
    const zoo_data *d = arg;
    const wick_var weights = wick_param(w, "weights", wick_init_values(WEIGHTS, K), wick_simplex());
    const wick_var start = wick_const(w, LOCS, K), scale = positive_param(w, "scale", 0.9);
    wick_var locs = WICK_VAR_NONE;

    WICK_PLATE (w, "components", K)
        locs = wick_param(w, "locs", wick_init_var(wick_split(start, "components")), wick_real());
    WICK_PLATE (w, "data", d->n) {
        const wick_var z = wick_sample(w, "z", wick_categorical(weights));
        wick_observe(w, "x", wick_normal(wick_take(locs, z), scale), wick_data(w, d->x, d->n));
    }
}

/* Mixtures in two plates: which is summed out first must not depend on how many members a tile has. */
static inline void two_mixtures_model(wick *w, void *arg)
{
    static const double LOCS[K] = { -0.9, 1.4 }, WEIGHTS[K] = { 0.4, 0.6 };
    static const double FEW[] = { 0.3, -1.2, 1.9, 0.8, 2.4, -0.7, 1.1, -0.2, 0.6, 1.3, -1.6, 0.9 };
    enum { N_FEW = sizeof FEW / sizeof *FEW };
    const zoo_data *d = arg;
    const wick_var weights = wick_param(w, "weights", wick_init_values(WEIGHTS, K), wick_simplex());
    const wick_var locs = wick_const(w, LOCS, K), scale = positive_param(w, "scale", 0.9);

    WICK_PLATE (w, "data", d->n) {
        const wick_var z = wick_sample(w, "z", wick_categorical(weights));
        wick_observe(w, "x", wick_normal(wick_at(locs, z), scale), wick_data(w, d->x, d->n));
    }
    WICK_PLATE (w, "few", N_FEW) {
        const wick_var z = wick_sample(w, "u", wick_categorical(weights));
        wick_observe(w, "y", wick_normal(wick_at(locs, z), scale), wick_data(w, FEW, N_FEW));
    }
}

static inline void words_model(wick *w, void *arg)
{
    static const double TABLE[K * COLS] = { 0.5, 0.3, 0.2, 0.1, 0.2, 0.7 };
    const zoo_data *d = arg;
    const wick_var table = wick_param(w, "table", wick_init_values(TABLE, K, COLS), wick_simplex());
    const wick_var p = wick_param(w, "p", wick_init_num(0.3), wick_unit_interval());

    WICK_PLATE (w, "data", d->n) {
        const wick_var z = wick_sample(w, "z", wick_bernoulli(p));
        WICK_PLATE (w, "words", 2) {
            const wick_var word = wick_less(wick_data(w, d->x, 2 * d->n), 0.5);
            wick_observe(w, "word", wick_categorical(wick_take(table, z)), word);
        }
    }
}

static inline void chain_model(wick *w, void *arg)
{
    static const double STEP[K * K] = { 0.8, 0.2, 0.35, 0.65 }, LOC[K] = { -0.4, 1.2 };
    const zoo_data *d = arg;
    const wick_var step = wick_param(w, "step", wick_init_values(STEP, K, K), wick_simplex());
    const wick_var loc = wick_param(w, "loc", wick_init_values(LOC, K), wick_ordered());

    WICK_PLATE (w, "data", d->n) {
        wick_var z = wick_num(w, 0.0);
        for (size_t t = 0; t < 3; t++) {
            z = wick_sample(w, wick_name(w, "z_%zu", t), wick_categorical(wick_take(step, z)));
            wick_observe(w, wick_name(w, "x_%zu", t), wick_normal(wick_take(loc, z), 1.1),
                wick_data(w, d->x + t * d->n, d->n));
        }
    }
}

/* A chain without a plate, of three states. */
static inline void long_chain_model(wick *w, void *arg)
{
    enum { STATES = 3, LONGEST = 40 };
    static const double STEP[STATES * STATES] = { 0.8, 0.15, 0.05, 0.1, 0.7, 0.2, 0.3, 0.3, 0.4 },
                                      LOC[STATES] = { -0.7, 0.2, 1.5 };
    const zoo_data *d = arg;
    const size_t length = d->n < LONGEST ? d->n : LONGEST;
    const wick_var step =
        wick_param(w, "step", wick_init_values(STEP, STATES, STATES), wick_simplex());
    const wick_var loc = wick_param(w, "loc", wick_init_values(LOC, STATES), wick_ordered());
    const wick_var scale = positive_param(w, "scale", 0.9), x = wick_data(w, d->x, length, length);
    wick_var z = wick_num(w, 1.0);

    for (size_t t = 0; t < length; t++) {
        z = wick_sample(w, wick_name(w, "z_%zu", t), wick_categorical(wick_take(step, z)));
        if (t % 7 != 3)
            wick_observe(w, wick_name(w, "x_%zu", t), wick_normal(wick_take(loc, z), scale),
                wick_pick(x, t));
    }
}

/* --- discrete variables in the guide ---------------------------------------------------------- */

/* A class of the whole plate, one of each member, and a switch that only the model has. */
static inline void classes_model(wick *w, void *arg)
{
    static const double WEIGHTS[K * K] = { 0.4, 0.6, 0.7, 0.3 };
    const zoo_data *d = arg;
    const wick_var table = wick_param(w, "table", wick_init_values(WEIGHTS, K, K), wick_simplex());
    const wick_var scale = positive_param(w, "scale", 0.9);
    const wick_var whole = wick_sample(w, "whole", wick_bernoulli(0.4));

    WICK_PLATE (w, "data", d->n) {
        const wick_var z = wick_sample(w, "z", wick_categorical(wick_take(table, whole)));
        const wick_var on = wick_sample(w, "on", wick_bernoulli(0.3));
        const wick_var loc = wick_add(wick_mul(z, 1.7), wick_mul(wick_sub(on, whole), 0.4));
        wick_observe(w, "x", wick_normal(loc, scale), wick_data(w, d->x, d->n));
    }
}

static inline wick_dist zoo_marked(wick_dist dist, wick_enumeration how)
{
    return how == WICK_PARALLEL  ? wick_enumerate(dist)
        : how == WICK_SEQUENTIAL ? wick_enumerate_sequential(dist)
                                 : dist;
}

static inline void guess_classes(
    wick *w, const zoo_data *d, wick_enumeration whole, wick_enumeration each)
{
    const wick_var p = wick_param(w, "p", wick_init_num(0.45), wick_unit_interval());
    const wick_var all = wick_sample(w, "whole", zoo_marked(wick_bernoulli(p), whole));

    WICK_PLATE (w, "data", d->n) {
        const wick_var own = real_param(w, "own", 0.1);
        const wick_var logit =
            wick_add(own, wick_mul(wick_sub(all, wick_data(w, d->x, d->n)), 0.8));
        wick_sample(w, "z", zoo_marked(wick_bernoulli_logits(logit), each));
    }
}

static inline void parallel_guide(wick *w, void *arg)
{
    guess_classes(w, arg, WICK_PARALLEL, WICK_PARALLEL);
}

static inline void sequential_guide(wick *w, void *arg)
{
    guess_classes(w, arg, WICK_SEQUENTIAL, WICK_SEQUENTIAL);
}

static inline void mixed_guide(wick *w, void *arg)
{
    guess_classes(w, arg, WICK_SEQUENTIAL, WICK_NOT_ENUMERATED);
}

static inline void drawn_classes_guide(wick *w, void *arg)
{
    guess_classes(w, arg, WICK_NOT_ENUMERATED, WICK_NOT_ENUMERATED);
}

/* --- values per member ------------------------------------------------------------------------ */

static inline void effects_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var mu = real_param(w, "mu", 0.2), tau = positive_param(w, "tau", 0.7);

    WICK_PLATE (w, "data", d->n) {
        const wick_var b = wick_sample(w, "b", wick_normal(mu, tau));
        wick_observe(w, "x", wick_normal(b, 0.5), wick_data(w, d->x, d->n));
    }
}

static inline void point_guide(wick *w, void *arg)
{
    const zoo_data *d = arg;

    WICK_PLATE (w, "data", d->n)
        wick_sample(w, "b", wick_delta(real_param(w, "b_at", 0.1)));
}

static inline void drawn_guide(wick *w, void *arg)
{
    const zoo_data *d = arg;

    WICK_PLATE (w, "data", d->n)
        wick_sample(
            w, "b", wick_normal(real_param(w, "b_loc", 0.1), positive_param(w, "b_scale", 0.3)));
}

/* Draws of vectors, with a Cholesky factor shared by all. */
static inline void vectors_model(wick *w, void *arg)
{
    static const double LOC[2] = { 0.3, -0.2 }, TRIL[4] = { 1.1, 0.0, 0.4, 0.8 };
    const zoo_data *d = arg;
    const wick_var loc = wick_param(w, "loc", wick_init_values(LOC, 2), wick_real());
    const wick_var tril =
        wick_param(w, "tril", wick_init_values(TRIL, 2, 2), wick_lower_cholesky());

    WICK_PLATE (w, "data", d->n) {
        const wick_var b = wick_sample(w, "b", wick_multivariate_normal(loc, tril));
        wick_observe(w, "x", wick_multivariate_normal(b, tril), wick_data(w, d->x, 2 * d->n, 2));
    }
}

static inline void vectors_guide(wick *w, void *arg)
{
    const zoo_data *d = arg;

    WICK_PLATE (w, "data", d->n) {
        const wick_var at = wick_param(w, "b_loc", wick_init_fill(0.2, 2), wick_real());
        wick_sample(w, "b", wick_normal(at, positive_param(w, "b_scale", 0.4)));
    }
}

/* Draws made of gammas, whose gradients are implicit. */
static inline void shares_model(wick *w, void *arg)
{
    const zoo_data *d = arg;

    WICK_PLATE (w, "data", d->n) {
        const wick_var g = wick_sample(w, "g", wick_gamma(2.3, 1.1));
        const wick_var b = wick_sample(w, "b", wick_beta(1.3, 2.1));
        const wick_var s = wick_sample(w, "s", wick_student_t(4.1, 0.2, 1.3));
        const wick_var v = wick_sample(w, "v", wick_dirichlet(wick_fill(w, 1.7, 3)));
        const wick_var loc = wick_add(wick_sub(wick_log(g), s), wick_mul(b, wick_pick(v, 1)));
        wick_observe(w, "x", wick_normal(loc, 0.7), wick_data(w, d->x, d->n));
    }
}

static inline void shares_guide(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var a = positive_param(w, "a", 1.9), c = positive_param(w, "c", 0.8);

    WICK_PLATE (w, "data", d->n) {
        wick_sample(w, "g", wick_gamma(a, positive_param(w, "rate", 1.3)));
        wick_sample(w, "b", wick_beta(c, a));
        wick_sample(w, "s", wick_student_t(wick_add(a, 3.0), real_param(w, "m", 0.1), c));
        wick_sample(w, "v", wick_dirichlet(wick_mul(a, wick_fill(w, 1.1, 3))));
    }
}

/* Draws of matrices; observed vectors; parameters and bounds of most constraints. */
static inline void matrices_model(wick *w, void *arg)
{
    static const double ROWS[4] = { 1.0, 0.0, 0.6, 0.8 }, SQUARE[4] = { 1.3, 0.4, 0.4, 0.9 };
    static const double AROUND[2] = { 0.4, -0.4 }, FACTOR[2] = { 0.7, -0.2 };
    const zoo_data *d = arg;
    const wick_var rows = wick_param(w, "rows", wick_init_values(ROWS, 2, 2), wick_corr_cholesky());
    const wick_var square =
        wick_param(w, "square", wick_init_values(SQUARE, 2, 2), wick_positive_definite());
    const wick_var loc = wick_param(w, "loc", wick_init_values(AROUND, 2), wick_sum_to_zero());
    const wick_var factor = wick_param(w, "factor", wick_init_values(FACTOR, 2, 1), wick_real());
    const wick_var top = positive_param(w, "top", 2.3), tril = wick_cholesky(square);

    wick_factor(w, "prior", wick_log_prob(w, wick_lkj_cholesky(2, 2.5), rows));
    WICK_PLATE (w, "data", d->n) {
        const wick_var x = wick_data(w, d->x, 2 * d->n, 2), y = wick_data(w, d->y, d->n);
        wick_observe(
            w, "t", wick_multivariate_student_t(positive_param(w, "df", 3.5), loc, rows), x);
        wick_observe(
            w, "low", wick_low_rank_multivariate_normal(loc, factor, wick_fill(w, 0.5, 2)), x);
        wick_sample(w, "s", wick_wishart(4.5, tril));
        wick_factor(w, "u", wick_neg(wick_square(wick_biject_to(wick_interval(-0.5, top), y))));
    }
}

static inline void matrices_guide(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var tril = wick_mul(positive_param(w, "q_scale", 0.8), wick_eye(w, 2));

    WICK_PLATE (w, "data", d->n)
        wick_sample(w, "s", wick_wishart(3.7, tril));
}

/* A vector of n numbers outside becomes one for each member. */
static inline void split_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var all = wick_param(w, "all", wick_init_fill(0.3, d->n), wick_real());

    wick_factor(w, "prior", wick_mul(wick_sum_event(wick_square(all)), -0.2));
    WICK_PLATE (w, "data", d->n)
        wick_observe(w, "x", wick_normal(wick_split(all, "data"), 0.8), wick_data(w, d->x, d->n));
}

/* A plate without data: only draws and factors, and the index itself. */
static inline void no_data_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var mu = real_param(w, "mu", 0.2);

    WICK_PLATE (w, "data", d->n) {
        const wick_var b = wick_sample(w, "b", wick_normal(mu, 1.2));
        const wick_var place = wick_div(wick_index(w, "data"), (double)d->n);
        wick_factor(w, "f", wick_mul(wick_tanh(wick_add(b, place)), 0.4));
    }
}

/* Parts of vectors and matrices, taken apart and put together. */
static inline void views_model(wick *w, void *arg)
{
    static const double U[3] = { 0.7, -0.4, 0.2 };
    const zoo_data *d = arg;
    const wick_var a = wick_param(w, "a", wick_init_fill(0.2, 3, 2), wick_real());
    wick_var inner = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n) {
        const wick_var u = wick_param(w, "u", wick_init_values(U, 3), wick_real());
        const wick_var x = wick_data(w, d->x, 3 * d->n, 3);
        WICK_PLATE (w, "cols", COLS)
            inner = wick_mul(wick_split(x, "cols"), real_param(w, "c", 0.6));
        const wick_var m = wick_add(wick_outer(u, wick_slice(x, 0, 1, 2)), a);
        const wick_var v = wick_matvec(wick_transpose(m), wick_join(inner, "cols"));
        const wick_var s = wick_stack(w, 2, (wick_var[]){ wick_pick(v, 1), wick_pick(u, 2) });
        const wick_var c = wick_cumsum(wick_reshape(wick_select(m, 1, 1), 3, 1), 0);
        wick_observe(w, "y", wick_normal(wick_dot(s, v), 1.5), wick_data(w, d->y, d->n));
        wick_factor(w, "f", wick_mul(wick_sum_event(wick_softmax(wick_select(c, 1, 0))), 0.2));
        wick_factor(w, "g", wick_mul(wick_max_event(wick_square(c)), -0.1));
    }
}

/* --- several plates --------------------------------------------------------------------------- */

static inline void smaller_inside_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var scale = positive_param(w, "scale", 0.8);

    WICK_PLATE (w, "data", d->n) {
        const wick_var b = wick_sample(w, "b", wick_normal(0.0, 1.5));
        WICK_PLATE (w, "cols", COLS) {
            const wick_var c = real_param(w, "c", 0.1);
            wick_observe(
                w, "x", wick_normal(wick_add(b, c), scale), wick_data(w, d->x, COLS * d->n));
        }
    }
}

static inline void larger_inside_model(wick *w, void *arg)
{
    const zoo_data *d = arg;

    WICK_PLATE (w, "cols", COLS) {
        const wick_var loc = real_param(w, "loc", 0.1), scale = positive_param(w, "scale", 0.8);
        WICK_PLATE (w, "data", d->n)
            wick_observe(w, "x", wick_normal(loc, scale), wick_data(w, d->x, COLS * d->n));
    }
}

/* Sums over the inner plate enter in a way that is not linear. */
static inline void inner_sums_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var a = real_param(w, "a", 0.4);
    wick_var inner = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n) {
        WICK_PLATE (w, "cols", COLS)
            inner = wick_tanh(wick_mul(wick_data(w, d->x, COLS * d->n), a));
        const wick_var s = wick_sum(inner, "cols");
        wick_observe(w, "y", wick_normal(wick_square(s), 1.3), wick_data(w, d->y, d->n));
        wick_factor(w, "f", wick_mul(wick_logsumexp(inner, "cols"), 0.3));
    }
}

/* Two plates, the larger one looks into the smaller one. */
static inline void two_large_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const size_t n = 2 * d->n;
    wick_var b = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n)
        b = wick_sample(w, "b", wick_normal(0.0, 1.1));
    const wick_var scale = positive_param(w, "scale", 0.6);
    WICK_PLATE (w, "leaves", n) {
        const wick_var parent = wick_data(w, d->parent, n);
        wick_observe(w, "x", wick_normal(wick_take(b, parent), scale), wick_data(w, d->x, n));
    }
}

static inline void beside_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var a = real_param(w, "a", 0.4);

    WICK_PLATE (w, "data", d->n)
        wick_observe(w, "x", wick_normal(a, 1.1), wick_data(w, d->x, d->n));
    WICK_PLATE (w, "others", 2 * d->n)
        wick_observe(w, "y", wick_normal(a, 0.9), wick_data(w, d->y, 2 * d->n));
}

/* --- minibatches ------------------------------------------------------------------------------ */

static inline void subsampled(wick *w, const zoo_data *d, const size_t *given)
{
    const wick_var mu = real_param(w, "mu", 0.2);

    WICK_PLATE (w, "data", 3 * d->n, .subsample = d->n, .indices = given) {
        const wick_var b = real_param(w, "b", 0.3), x = wick_data(w, d->x, 3 * d->n);
        wick_observe(w, "x", wick_normal(wick_add(mu, b), 0.7), x);
        wick_factor(w, "f", wick_mul(wick_square(b), -0.5));
    }
}

static inline void drawn_minibatch_model(wick *w, void *arg)
{
    subsampled(w, arg, NULL);
}

static inline void given_minibatch_model(wick *w, void *arg)
{
    subsampled(w, arg, ((const zoo_data *)arg)->given);
}

static inline void minibatch_guide_model(wick *w, void *arg)
{
    const zoo_data *d = arg;

    WICK_PLATE (w, "data", 3 * d->n, .subsample = d->n) {
        const wick_var b = wick_sample(w, "b", wick_normal(0.1, 0.9));
        wick_observe(w, "x", wick_normal(b, 0.7), wick_data(w, d->x, 3 * d->n));
    }
}

static inline void minibatch_guide(wick *w, void *arg)
{
    const zoo_data *d = arg;

    WICK_PLATE (w, "data", 3 * d->n, .subsample = d->n)
        wick_sample(w, "b", wick_normal(real_param(w, "b_loc", 0.1), 0.4));
}

/* --- handlers --------------------------------------------------------------------------------- */

static inline void masked_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var mu = real_param(w, "mu", 0.2), scale = positive_param(w, "scale", 1.4);

    WICK_PLATE (w, "data", d->n) {
        const wick_var on = wick_data(w, d->mask, d->n);
        WICK_WITH (w, wick_mask(w, on)) {
            const wick_var b = real_param(w, "b", 0.3);
            wick_observe(w, "x", wick_normal(wick_add(mu, b), scale), wick_data(w, d->x, d->n));
        }
        wick_factor(w, "f", wick_mul(wick_square(mu), -0.1));
    }
}

static inline void masked_mixture_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var p = wick_param(w, "p", wick_init_num(0.35), wick_unit_interval());
    const wick_var shift = real_param(w, "shift", 1.2);

    WICK_PLATE (w, "data", d->n) {
        const wick_var on = wick_data(w, d->mask, d->n);
        const wick_var z = wick_sample(w, "z", wick_bernoulli(p));
        WICK_WITH (w, wick_mask(w, on))
            wick_observe(w, "x", wick_normal(wick_mul(z, shift), 0.9), wick_data(w, d->x, d->n));
    }
}

static inline void scaled_model(wick *w, void *arg)
{
    const zoo_data *d = arg;

    WICK_WITH (w, wick_scale(w, 0.3))
        mixture_model(w, arg);
    WICK_WITH (w, wick_scale(w, 2.5))
        WICK_PLATE (w, "data", d->n)
            wick_observe(
                w, "y", wick_normal(real_param(w, "b", 0.3), 1.0), wick_data(w, d->y, d->n));
}

static inline void frozen_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    wick_var mu = WICK_VAR_NONE;

    WICK_WITH (w, wick_freeze(w))
        mu = real_param(w, "mu", 0.2);
    WICK_PLATE (w, "data", d->n) {
        const wick_var b = real_param(w, "b", 0.3);
        const wick_var loc = wick_add(wick_mul(mu, b), wick_detach(b));
        wick_observe(w, "x", wick_normal(loc, 0.7), wick_data(w, d->x, d->n));
    }
}

static inline void ambient_model(wick *w, void *arg)
{
    WICK_AMBIENT (w, "draws", PARTICLES)
        effects_model(w, arg);
}

static inline void ambient_guide(wick *w, void *arg)
{
    WICK_AMBIENT (w, "draws", PARTICLES)
        drawn_guide(w, arg);
}

/* --- sums over the plate ---------------------------------------------------------------------- */

/* Of groups, which enter a density of their own. */
static inline void sum_into_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var a = real_param(w, "a", 0.4);
    wick_var x = WICK_VAR_NONE, group = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n) {
        x = wick_tanh(wick_mul(wick_data(w, d->x, d->n), a));
        group = wick_data(w, d->group, d->n);
    }
    WICK_PLATE (w, "groups", GROUPS) {
        const wick_var mean = wick_div(wick_sum_into(x, "data", group, "groups"), (double)d->n);
        wick_observe(w, "g", wick_normal(mean, positive_param(w, "s", 0.6)), wick_num(w, 0.3));
    }
}

static inline void mean_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var a = real_param(w, "a", 0.4);
    wick_var x = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n)
        x = wick_exp(wick_mul(wick_data(w, d->x, d->n), a));
    wick_factor(w, "linear", wick_mul(wick_mean(x, "data"), -0.7));
    wick_factor(w, "square", wick_neg(wick_square(wick_sub(wick_mean(x, "data"), 2.5))));
    wick_factor(w, "log", wick_log(wick_sum(x, "data")));
}

/* The mean of the data, then their variance around it, then a regression on what that makes. */
static inline void standardised_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var power = positive_param(w, "power", 0.9), a = real_param(w, "a", 0.4);
    wick_var x = WICK_VAR_NONE, z = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n)
        x = wick_tanh(wick_mul(wick_data(w, d->x, d->n), power));
    const wick_var mean = wick_mean(x, "data");
    const wick_var variance = wick_mean(wick_square(wick_sub(x, mean)), "data");
    WICK_PLATE (w, "data", d->n) {
        z = wick_div(wick_sub(x, mean), wick_sqrt(wick_add(variance, 0.1)));
        wick_observe(w, "y", wick_normal(wick_mul(a, z), 0.8), wick_data(w, d->y, d->n));
    }
    wick_factor(w, "f", wick_neg(wick_square(wick_mean(wick_exp(z), "data"))));
}

/* The largest, the log of a sum of exponentials: not sums of parts. */
static inline void largest_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var a = real_param(w, "a", 0.4);
    wick_var x = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n)
        x = wick_mul(wick_data(w, d->x, d->n), a);
    wick_factor(w, "max", wick_neg(wick_square(wick_max(x, "data"))));
    wick_factor(w, "lse", wick_neg(wick_logsumexp(x, "data")));
}

static inline void join_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var a = real_param(w, "a", 0.4);
    wick_var x = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n)
        x = wick_mul(wick_data(w, d->x, d->n), a);
    const wick_var all = wick_join(x, "data");
    wick_factor(w, "ends", wick_neg(wick_square(wick_add(wick_pick(all, 0), 0.5))));
    wick_factor(w, "dot", wick_mul(wick_dot(all, all), -0.01));
}

/* Every member looks at another one. */
static inline void take_over_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    wick_var b = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n)
        b = wick_sample(w, "b", wick_normal(0.1, 1.1));
    WICK_PLATE (w, "pairs", d->n) {
        const wick_var other = wick_take_over(b, "data", wick_data(w, d->parent, d->n));
        wick_observe(w, "x", wick_normal(other, 0.6), wick_data(w, d->x, d->n));
    }
}

/* A table of the groups is taken by the members. */
static inline void table_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    wick_var effect = WICK_VAR_NONE;

    WICK_PLATE (w, "groups", GROUPS)
        effect = real_param(w, "effect", 0.3);
    WICK_PLATE (w, "data", d->n) {
        const wick_var group = wick_data(w, d->group, d->n);
        wick_observe(w, "x", wick_normal(wick_take_over(effect, "groups", group), 0.6),
            wick_data(w, d->x, d->n));
    }
}

/* --- without ---------------------------------------------------------------------------------- */

static inline void no_plate_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var b = wick_sample(w, "b", wick_normal(0.0, 1.0));

    wick_observe(w, "x", wick_normal(b, 0.7), wick_num(w, (double)d->n / 1000.0));
}

static inline void no_plate_guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(
        w, "b", wick_normal(real_param(w, "b_loc", 0.1), positive_param(w, "b_scale", 0.3)));
}

static inline void no_params_model(wick *w, void *arg)
{
    const zoo_data *d = arg;

    WICK_PLATE (w, "data", d->n) {
        const wick_var b = wick_sample(w, "b", wick_normal(0.0, 1.0));
        wick_observe(w, "x", wick_normal(b, 0.7), wick_data(w, d->x, d->n));
    }
}

static inline void no_params_guide(wick *w, void *arg)
{
    const zoo_data *d = arg;

    WICK_PLATE (w, "data", d->n)
        wick_sample(w, "b", wick_normal(0.3, 0.5));
}

/* --- all of them ------------------------------------------------------------------------------ */

/** How large plates are run. */
typedef enum zoo_way {
    TILED,  /**< in tiles, in one pass */
    PASSES, /**< in tiles, in several passes */
    WHOLE   /**< not in tiles */
} zoo_way;

typedef struct zoo_model {
    const char *name;
    void (*model)(wick *, void *), (*guide)(wick *, void *);
    wick_loss loss;
    const wick_elbo_options *options;
    const char *plate; /**< the largest */
    size_t times;      /**< and its members, times n */
    zoo_way way;
} zoo_model;

static const wick_elbo_options SEVERAL = { .num_particles = PARTICLES };

static const zoo_model ZOO[] = {
    { "mixture", mixture_model, do_nothing, wick_trace_enum_elbo, NULL, "data", 1, TILED },
    { "words", words_model, do_nothing, wick_trace_enum_elbo, NULL, "data", 1, TILED },
    { "chain", chain_model, do_nothing, wick_trace_enum_elbo, NULL, "data", 1, TILED },
    { "long chain", long_chain_model, do_nothing, wick_trace_enum_elbo, NULL, "none", 1, WHOLE },
    { "parallel classes", classes_model, parallel_guide, wick_trace_enum_elbo, NULL, "data", 1,
        PASSES },
    { "sequential classes", classes_model, sequential_guide, wick_trace_enum_elbo, NULL, "data", 1,
        TILED },
    { "mixed classes", classes_model, mixed_guide, wick_trace_enum_elbo, &SEVERAL, "data", 1,
        TILED },
    { "drawn classes", classes_model, drawn_classes_guide, wick_trace_enum_elbo, NULL, "data", 1,
        TILED },
    { "effects", effects_model, point_guide, NULL, NULL, "data", 1, TILED },
    { "drawn", effects_model, drawn_guide, NULL, NULL, "data", 1, TILED },
    { "particles", effects_model, drawn_guide, NULL, &SEVERAL, "data", 1, TILED },
    { "ambient", ambient_model, ambient_guide, NULL, NULL, "data", 1, TILED },
    { "vectors", vectors_model, vectors_guide, NULL, NULL, "data", 1, TILED },
    { "shares", shares_model, shares_guide, NULL, NULL, "data", 1, TILED },
    { "matrices", matrices_model, matrices_guide, NULL, NULL, "data", 1, TILED },
    { "split", split_model, do_nothing, NULL, NULL, "data", 1, TILED },
    { "views", views_model, do_nothing, NULL, NULL, "data", 1, TILED },
    { "no data", no_data_model, drawn_guide, NULL, NULL, "data", 1, TILED },
    { "smaller inside", smaller_inside_model, drawn_guide, NULL, NULL, "data", 1, TILED },
    { "larger inside", larger_inside_model, do_nothing, NULL, NULL, "data", 1, TILED },
    { "inner sums", inner_sums_model, do_nothing, NULL, NULL, "data", 1, TILED },
    { "two mixtures", two_mixtures_model, do_nothing, wick_trace_enum_elbo, NULL, "data", 1,
        TILED },
    { "two large", two_large_model, drawn_guide, NULL, NULL, "leaves", 2, TILED },
    { "beside", beside_model, do_nothing, NULL, NULL, "others", 2, TILED },
    { "drawn minibatch", drawn_minibatch_model, do_nothing, NULL, NULL, "data", 1, TILED },
    { "given minibatch", given_minibatch_model, do_nothing, NULL, NULL, "data", 1, TILED },
    { "minibatch of draws", minibatch_guide_model, minibatch_guide, NULL, NULL, "data", 1, TILED },
    { "masked", masked_model, do_nothing, NULL, NULL, "data", 1, TILED },
    { "masked mixture", masked_mixture_model, do_nothing, wick_trace_enum_elbo, NULL, "data", 1,
        TILED },
    { "scaled", scaled_model, do_nothing, wick_trace_enum_elbo, NULL, "data", 1, TILED },
    { "frozen", frozen_model, do_nothing, NULL, NULL, "data", 1, TILED },
    { "sum into", sum_into_model, do_nothing, NULL, NULL, "data", 1, PASSES },
    { "mean", mean_model, do_nothing, NULL, NULL, "data", 1, PASSES },
    { "standardised", standardised_model, do_nothing, NULL, NULL, "data", 1, PASSES },
    { "largest", largest_model, do_nothing, NULL, NULL, "data", 1, WHOLE },
    { "join", join_model, do_nothing, NULL, NULL, "data", 1, WHOLE },
    { "take over", take_over_model, drawn_guide, NULL, NULL, "pairs", 1, TILED },
    { "table", table_model, do_nothing, NULL, NULL, "data", 1, TILED },
    { "no plate", no_plate_model, no_plate_guide, NULL, NULL, "none", 1, WHOLE },
    { "no parameters", no_params_model, no_params_guide, NULL, NULL, "data", 1, TILED },
};
enum { ZOO_SIZE = sizeof ZOO / sizeof *ZOO };

static inline const zoo_model *zoo_named(const char *name)
{
    for (int i = 0; i < ZOO_SIZE; i++)
        if (strcmp(ZOO[i].name, name) == 0)
            return &ZOO[i];
    ck_abort_msg("no model '%s'", name);
    return NULL;
}

/* --- fits ------------------------------------------------------------------------------------- */

enum { ZOO_STEPS = 5 };

/** What came out of a fit. */
typedef struct zoo_fit {
    double losses[ZOO_STEPS], *params;
    size_t n_params;
} zoo_fit;

/** The svi of a model; of the options, loss and its options are the model's. */
static inline wick_svi *zoo_svi(wick *w, const zoo_model *z, zoo_data *d, wick_svi_options o)
{
    o.loss = z->loss;
    o.loss_options = z->options;
    if (!o.optim.update)
        o.optim = wick_adam(.lr = 0.05);
    return wick_svi_new(w, (wick_program){ z->model, d }, (wick_program){ z->guide, d }, &o);
}

static inline void zoo_take_params(wick *w, zoo_fit *fit)
{
    fit->n_params = count_values(w);
    fit->params = calloc(fit->n_params + 1, sizeof *fit->params);
    get_all(w, fit->params);
}

/** A few steps in a handle of their own; of the options, those of compiling count. */
static inline zoo_fit zoo_fit_of(const zoo_model *z, zoo_data *d, wick_svi_options o)
{
    zoo_fit fit = { .n_params = 0 };
    wick *w = wick_new(&(wick_options){ .seed = 31 });
    wick_svi *svi = zoo_svi(w, z, d, o);

    for (int i = 0; i < ZOO_STEPS; i++)
        fit.losses[i] = wick_svi_step(svi);
    ck_assert_msg(wick_status(w) == WICK_OK, "%s of %zu: %s", z->name, d->n, wick_message(w));
    zoo_take_params(w, &fit);
    wick_svi_free(svi);
    wick_free(w);
    return fit;
}

static inline void zoo_fit_free(zoo_fit fit)
{
    free(fit.params);
}

/** To a tolerance relative to the larger of 1 and the number; 0: the same bits. */
static inline void zoo_same(const zoo_model *z, const zoo_data *d, const zoo_fit *got,
    const zoo_fit *want, double tolerance)
{
    ck_assert_uint_eq(got->n_params, want->n_params);
    for (size_t i = 0; i < ZOO_STEPS + want->n_params; i++) {
        const bool loss = i < ZOO_STEPS;
        const double a = loss ? got->losses[i] : got->params[i - ZOO_STEPS];
        const double b = loss ? want->losses[i] : want->params[i - ZOO_STEPS];
        const bool same = memcmp(&a, &b, sizeof a) == 0;
        ck_assert_msg(same || (tolerance > 0.0 && fabs(a - b) <= tolerance * fmax(1.0, fabs(b))),
            "%s of %zu: %s %zu is %.17g, want %.17g", z->name, d->n, loss ? "loss" : "parameter",
            loss ? i : i - ZOO_STEPS, a, b);
    }
}

#endif
