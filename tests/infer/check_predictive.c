/* Predictive draws and densities. */
#include "tests/support/memory.h"
#include "tests/support/suite.h"

#include <wick/predict.h>

/* --- a model ---------------------------------------------------------------------------------- */

enum { N = 6 };
static const double X[N] = { 1.3, -0.4, 2.2, 0.9, 1.7, 0.35 };

/* theta ~ normal(0.5, 1.5), x_i ~ normal(theta, 0.8). */
static void model(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));

    (void)arg;
    wick_deterministic(w, "twice", wick_mul(theta, 2.0));
    WICK_PLATE (w, "data", N)
        wick_observe(w, "x", wick_normal(theta, 0.8), wick_data(w, X, N));
}

static const wick_program MODEL = { model, NULL };

/* theta ~ normal(1.25, 0.3), whatever the data say. */
static void guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(
        w, "theta", wick_normal(wick_param(w, "loc", wick_init_num(1.25), wick_real()), 0.3));
}

static const wick_program GUIDE = { guide, NULL };

/* Mean and variance of column j of the draws, members apart. */
static void moments(const wick_draws *d, size_t j, double *mean, double *variance)
{
    *mean = *variance = 0.0;
    for (size_t i = 0; i < d->draws; i++)
        *mean += d->values[i * d->size + j] / (double)d->draws;
    for (size_t i = 0; i < d->draws; i++)
        *variance += pow(d->values[i * d->size + j] - *mean, 2.0) / ((double)d->draws - 1.0);
}

/* 4.5 standard errors of a normal sample: a false alarm in 1.5e5. */
static void assert_moments(const wick_draws *d, size_t j, double mean, double variance)
{
    const double n = (double)d->draws;
    double m, v;

    moments(d, j, &m, &v);
    ck_assert_msg(fabs(m - mean) < 4.5 * sqrt(variance / n), "mean %g, want %g", m, mean);
    ck_assert_msg(
        fabs(v - variance) < 4.5 * variance * sqrt(2.0 / n), "variance %g, want %g", v, variance);
}

/* --- draws ------------------------------------------------------------------------------------ */

START_TEST(prior_draws_have_the_prior_predictive_distribution)
{
    wick *w = wick_new(&(wick_options){ .seed = 4 });
    wick_predictive *p = wick_predictive_new(w, MODEL, &(wick_posterior){ .draws = 5000 }, NULL);

    assert_ok(w);
    const wick_draws *x = wick_predictive_find(p, "x"), *twice = wick_predictive_find(p, "twice");
    ck_assert(x->draws == 5000 && x->size == N && x->n_plates == 1 && x->rank == 0);
    ck_assert_str_eq(x->plates[0], "data");
    ck_assert_uint_eq(x->plate_sizes[0], N);
    ck_assert(twice->size == 1 && twice->n_plates == 0);
    for (size_t j = 0; j < N; j++)
        assert_moments(x, j, 0.5, 1.5 * 1.5 + 0.8 * 0.8);
    assert_moments(twice, 0, 1.0, 4 * 1.5 * 1.5);
    ck_assert_ptr_eq(wick_predictive_at(p, 0), twice); /* in the order of the model */
    ck_assert_ptr_eq(wick_predictive_at(p, 1), x);
    ck_assert_ptr_null(wick_predictive_at(p, 2)); /* not theta, nor the parameters */
    double cov = 0.0; /* the members of a draw share theta: covariance 1.5^2 */
    for (size_t i = 0; i < 5000; i++)
        cov += (x->values[i * N] - 0.5) * (x->values[i * N + 3] - 0.5) / 5000;
    ck_assert_double_lt(fabs(cov - 2.25), 4.5 * sqrt((2.89 * 2.89 + 2.25 * 2.25) / 5000));
    wick_predictive_free(p);
    wick_free(w);
}
END_TEST

START_TEST(posterior_draws_take_the_values_of_the_guide)
{
    static const char *const SITES[] = { "x", "theta", "twice", NULL };
    wick *w = wick_new(&(wick_options){ .seed = 4 });
    const wick_posterior from = { .guide = GUIDE, .draws = 4000 };
    wick_predictive *p =
        wick_predictive_new(w, MODEL, &from, &(wick_predictive_options){ .sites = SITES });

    assert_ok(w);
    const wick_draws *theta = wick_predictive_find(p, "theta"), *x = wick_predictive_find(p, "x");
    const wick_draws *twice = wick_predictive_find(p, "twice");
    ck_assert_ptr_eq(wick_predictive_at(p, 1), theta); /* in the order of .sites */
    assert_moments(theta, 0, 1.25, 0.09);
    for (size_t j = 0; j < N; j++)
        assert_moments(x, j, 1.25, 0.09 + 0.64);
    for (size_t i = 0; i < 4000; i++)
        ck_assert_double_eq(twice->values[i], 2.0 * theta->values[i]);
    ck_assert_uint_eq(wick_param_count(w), 0);
    wick_predictive_free(p);
    wick_free(w);
}
END_TEST

START_TEST(arrays_of_draws_are_taken_row_by_row)
{
    static const char *const SITES[] = { "theta", "x", NULL };
    static double thetas[3000];
    wick *w = wick_new(&(wick_options){ .seed = 6 });

    for (size_t i = 0; i < 3000; i++)
        thetas[i] = -2.0 + 0.001 * (double)i;
    const wick_draws a = { .name = "theta", .draws = 3000, .size = 1, .values = thetas };
    const wick_posterior from = { .sites = &a, .n_sites = 1 };
    wick_predictive *p =
        wick_predictive_new(w, MODEL, &from, &(wick_predictive_options){ .sites = SITES });
    assert_ok(w);
    const wick_draws *theta = wick_predictive_find(p, "theta"), *x = wick_predictive_find(p, "x");
    ck_assert_uint_eq(x->draws, 3000);
    assert_same_bits(theta->values, thetas, 3000);
    double squares = 0.0;
    for (size_t i = 0; i < 3000 * N; i++)
        squares += pow((x->values[i] - thetas[i / N]) / 0.8, 2.0);
    ck_assert_double_lt(fabs(squares - 18000.0), 4.5 * sqrt(2 * 18000.0));
    wick_predictive_free(p);
    wick_posterior few = from;
    few.draws = 2;
    p = wick_predictive_new(w, MODEL, &few, NULL);
    ck_assert_uint_eq(wick_predictive_find(p, "x")->draws, 2);
    assert_ok(w);
    wick_predictive_free(p);
    wick_free(w);
}
END_TEST

/* Vectors over two plates, the larger of which is the inner one in memory. */
static void layered(wick *w, void *arg)
{
    const double *rates = arg;

    WICK_PLATE (w, "outer", 3) {
        WICK_PLATE (w, "inner", 2) {
            const wick_var v = wick_sample(w, "v", wick_iid(wick_normal(0.0, 1.0), 2));
            wick_deterministic(w, "sum", wick_sum_event(v));
        }
        wick_deterministic(w, "rate", wick_data(w, rates, 3));
        wick_deterministic(w, "same", wick_num(w, 0.25)); /* of each member */
    }
}

START_TEST(rows_have_the_order_of_wick_get_and_all_members_of_the_plates)
{
    static const double RATES[3] = { 0.5, 1.5, 2.5 };
    double v[2 * 12];
    wick *w = wick_new(NULL);

    for (int i = 0; i < 24; i++)
        v[i] = 0.1 * i * i;
    const wick_draws a = { .name = "v", .draws = 2, .size = 12, .values = v };
    wick_predictive *p = wick_predictive_new(w, (wick_program){ layered, (void *)(uintptr_t)RATES },
        &(wick_posterior){ .sites = &a, .n_sites = 1 }, NULL);
    assert_ok(w);
    const wick_draws *sum = wick_predictive_find(p, "sum"), *rate = wick_predictive_find(p, "rate");
    ck_assert(sum->size == 6 && sum->n_plates == 2 && sum->rank == 0);
    ck_assert_str_eq(sum->plates[0], "inner"); /* from the smallest to the largest */
    ck_assert_str_eq(sum->plates[1], "outer");
    for (int i = 0; i < 12; i++)
        assert_close(sum->values[i], v[2 * i] + v[2 * i + 1], 1e-15);
    for (int i = 0; i < 6; i++)
        ck_assert_double_eq(rate->values[i], RATES[i % 3]);
    const wick_draws *same = wick_predictive_find(p, "same");
    ck_assert_uint_eq(same->size, 3);
    ck_assert_double_eq(same->values[5], 0.25);
    double got[6];
    ck_assert_uint_eq(wick_predictive_get(p, "rate", got, 6), 6);
    assert_same_bits(got, rate->values, 6);
    wick_predictive_free(p);
    static const char *const V[] = { "v", NULL }; /* comes out as it went in */
    p = wick_predictive_new(w, (wick_program){ layered, (void *)(uintptr_t)RATES },
        &(wick_posterior){ .sites = &a, .n_sites = 1 }, &(wick_predictive_options){ .sites = V });
    assert_ok(w);
    const wick_draws *back = wick_predictive_find(p, "v");
    ck_assert(back->size == 12 && back->rank == 1 && back->sizes[0] == 2);
    assert_same_bits(back->values, v, 24);
    wick_predictive_free(p);
    wick_draws short_rows = a;
    short_rows.size = 6;
    ck_assert_ptr_null(wick_predictive_new(w, (wick_program){ layered, (void *)(uintptr_t)RATES },
        &(wick_posterior){ .sites = &short_rows, .n_sites = 1 }, NULL));
    assert_error(w, WICK_ERR_SHAPE, "'v'", "12 doubles", "'inner' (2), 'outer' (3)", "6 in a row");
    wick_free(w);
}
END_TEST

/* A distribution whose event only its sampler knows: the row tells it. */
static const wick_op pair_op = { .name = "pair" };
static const wick_dist_type pair_type = { .name = "pair",
    .n_parameters = 1,
    .parameter_names = { "scale" },
    .parameter_domain = { { .kind = WICK_POSITIVE } },
    .event_rank = 1,
    .log_prob = &pair_op,
    .support = { .kind = WICK_REAL } };

static void pairs(wick *w, void *arg)
{
    const wick_dist pair = { .type = &pair_type, .parameter = { WICK_OPERAND(0.7) } };

    (void)arg;
    WICK_PLATE (w, "rows", 2)
        wick_deterministic(w, "sum", wick_sum_event(wick_sample(w, "v", pair)));
}

START_TEST(the_event_of_a_distribution_of_ones_own_is_that_of_the_row)
{
    static const double V[8] = { 0.5, 1.25, -0.5, 3.0, 0.25, 0.75, 2.0, -1.5 };
    const wick_draws a = { .name = "v", .draws = 2, .size = 4, .values = V };
    wick *w = wick_new(NULL);
    wick_predictive *p = wick_predictive_new(
        w, (wick_program){ pairs, NULL }, &(wick_posterior){ .sites = &a, .n_sites = 1 }, NULL);

    assert_ok(w);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq(wick_predictive_find(p, "sum")->values[i], V[2 * i] + V[2 * i + 1]);
    wick_predictive_free(p);
    wick_free(w);
}
END_TEST

START_TEST(draws_belong_to_the_weights_of_wick_check_guide)
{
    static const char *const SITES[] = { "theta", NULL };
    static double log_weights[4000];
    wick *w = wick_new(&(wick_options){ .seed = 21 });
    const wick_guide_check c = wick_check_guide(w, MODEL, GUIDE,
        &(wick_check_options){ .draws = 4000, .log_weights = log_weights, .seed = 5 });
    const wick_posterior from = { .guide = GUIDE, .draws = 4000, .seed = 5 };
    wick_predictive *p =
        wick_predictive_new(w, MODEL, &from, &(wick_predictive_options){ .sites = SITES });
    double mean = 0.0, sum = 0.0;

    assert_ok(w);
    const wick_draws *theta = wick_predictive_find(p, "theta");
    for (size_t i = 0; i < 4000; i++)
        mean += exp(log_weights[i]) * theta->values[i];
    for (size_t i = 0; i < N; i++)
        sum += X[i];
    const double precision = 1.0 / 2.25 + N / 0.64, want = (0.5 / 2.25 + sum / 0.64) / precision;
    ck_assert_double_lt(
        fabs(mean - want), 4.5 * sqrt(1.0 / precision / c.effective_draws)); /* 1.25 is 0.25 off */
    wick_predictive_free(p);
    wick_free(w);
}
END_TEST

/* --- discrete sites --------------------------------------------------------------------------- */

static void mixture(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.0, 3.0));

    (void)arg;
    WICK_PLATE (w, "data", N) {
        const wick_var z = wick_sample(w, "z", wick_bernoulli(0.35));
        wick_observe(
            w, "x", wick_normal(wick_add(theta, wick_mul(z, 4.0)), 0.8), wick_data(w, X, N));
    }
}

START_TEST(discrete_sites_are_drawn_from_the_prior_or_given_kept_observations_from_the_posterior)
{
    enum { S = 4000 };
    static const char *const SITES[] = { "z", "x", NULL };
    static double thetas[S];
    wick *w = wick_new(&(wick_options){ .seed = 13 });
    const wick_draws a = { .name = "theta", .draws = S, .size = 1, .values = thetas };
    const wick_posterior from = { .sites = &a, .n_sites = 1 };
    double mean, v;

    for (size_t i = 0; i < S; i++)
        thetas[i] = -1.5;
    for (int keep = 0; keep < 2; keep++) {
        wick_predictive *p = wick_predictive_new(w, (wick_program){ mixture, NULL }, &from,
            &(wick_predictive_options){ .sites = SITES, .keep_observed = keep });
        assert_ok(w);
        const wick_draws *z = wick_predictive_find(p, "z"), *x = wick_predictive_find(p, "x");
        for (size_t j = 0; j < N; j++) {
            const double on = 0.35 * exp(log_normal(X[j], 2.5, 0.8));
            const double off = 0.65 * exp(log_normal(X[j], -1.5, 0.8));
            const double want = keep ? on / (on + off) : 0.35;
            moments(z, j, &mean, &v);
            ck_assert_double_le(fabs(mean - want), 4.5 * sqrt(want * (1.0 - want) / S) + 1e-12);
            if (keep)
                ck_assert_double_eq(x->values[7 * N + j], X[j]);
            else
                assert_moments(x, j, -1.5 + 4 * 0.35, 0.64 + 16 * 0.35 * 0.65 + 0.4);
        }
        wick_predictive_free(p);
    }
    wick_free(w);
}
END_TEST

/* --- densities on a grid ---------------------------------------------------------------------- */

enum { GRID = 400 };

typedef struct grid {
    double x[GRID];
} grid;

static void grid_model(wick *w, void *arg)
{
    const grid *g = arg;
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.0, 3.0));

    WICK_PLATE (w, "points", GRID) {
        const wick_var z = wick_sample(w, "z", wick_bernoulli(0.35));
        wick_observe(
            w, "x", wick_normal(wick_add(theta, wick_mul(z, 4.0)), 0.8), wick_data(w, g->x, GRID));
    }
}

START_TEST(the_density_on_a_grid_is_the_mean_of_the_mixtures_and_integrates_to_1)
{
    static const double THETAS[5] = { -1.0, 0.25, 0.5, -0.4, 2.0 };
    const wick_draws a = { .name = "theta", .draws = 5, .size = 1, .values = THETAS };
    double got[GRID], total = 0.0;
    grid g;
    wick *w = wick_new(NULL);

    for (int i = 0; i < GRID; i++)
        g.x[i] = -10.0 + 0.06 * i;
    const wick_program program = { grid_model, &g };
    const wick_posterior from = { .sites = &a, .n_sites = 1 };
    ck_assert_uint_eq(wick_predictive_log_density(w, program, &from, "x", got, GRID), GRID);
    assert_ok(w);
    for (int i = 0; i < GRID; i++) {
        double p = 0.0;
        for (int s = 0; s < 5; s++)
            p += 0.2 *
                (0.65 * exp(log_normal(g.x[i], THETAS[s], 0.8)) +
                    0.35 * exp(log_normal(g.x[i], THETAS[s] + 4.0, 0.8)));
        assert_close(got[i], log(p), 1e-12);
        total += 0.06 * exp(got[i]);
    }
    assert_close(total, 1.0, 1e-12);
    wick_free(w);
}
END_TEST

static void bounded(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_exponential(1.0));

    (void)arg;
    WICK_PLATE (w, "data", N)
        wick_observe(w, "x", wick_uniform(0.0, theta), wick_data(w, X, N));
}

START_TEST(what_no_draw_allows_has_the_density_minus_infinity_and_what_some_allow_the_mean)
{
    const double ends[3] = { 1.0, 2.0, 1.5 };
    const wick_draws a = { .name = "theta", .draws = 3, .size = 1, .values = ends };
    const wick_posterior from = { .sites = &a, .n_sites = 1 };
    double got[N];
    wick *w = wick_new(NULL);

    ck_assert_uint_eq(
        wick_predictive_log_density(w, (wick_program){ bounded, NULL }, &from, "x", got, N), N);
    assert_ok(w);
    for (int i = 0; i < N; i++) {
        double p = 0.0;
        for (int s = 0; s < 3; s++)
            p += X[i] >= 0.0 && X[i] <= ends[s] ? 1.0 / ends[s] / 3.0 : 0.0;
        if (p > 0.0)
            assert_close(got[i], log(p), 1e-14);
        else
            ck_assert_double_eq(got[i], -INFINITY);
    }
    wick_free(w);
}
END_TEST

START_TEST(the_density_far_out_does_not_underflow)
{
    const double thetas[2] = { 0.5, 60.0 };
    const wick_draws a = { .name = "theta", .draws = 2, .size = 1, .values = thetas };
    double got[N];
    wick *w = wick_new(NULL);

    const wick_posterior from = { .sites = &a, .n_sites = 1 };
    ck_assert_uint_eq(wick_predictive_log_density(w, MODEL, &from, NULL, got, N), N);
    for (int i = 0; i < N; i++)
        assert_close(got[i], log_normal(X[i], 0.5, 0.8) - log(2.0), 1e-13);
    const double far[2] = { 60.0, 61.0 };
    const wick_draws b = { .name = "theta", .draws = 2, .size = 1, .values = far };
    const wick_posterior out = { .sites = &b, .n_sites = 1 };
    ck_assert_uint_eq(wick_predictive_log_density(w, MODEL, &out, NULL, got, N), N);
    for (int i = 0; i < N; i++)
        assert_close(got[i],
            log_normal(X[i], 60.0, 0.8) +
                log1p(exp(log_normal(X[i], 61.0, 0.8) - log_normal(X[i], 60.0, 0.8))) - log(2.0),
            1e-13);
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* --- what is left behind ---------------------------------------------------------------------- */

static void in_minibatches(wick *w, void *arg)
{
    const wick_var theta = wick_sample(w, "theta", wick_normal(0.5, 1.5));

    (void)arg;
    WICK_PLATE (w, "data", N, .subsample = 2)
        wick_observe(w, "x", wick_normal(theta, 0.8), wick_data(w, X, N));
}

START_TEST(programs_of_minibatches_give_all_members)
{
    wick *w = wick_new(NULL);
    wick_predictive *p = wick_predictive_new(
        w, (wick_program){ in_minibatches, NULL }, &(wick_posterior){ .draws = 3 }, NULL);

    assert_ok(w);
    ck_assert_uint_eq(wick_predictive_find(p, "x")->size, N);
    wick_predictive_free(p);
    wick_free(w);
}
END_TEST

START_TEST(memory_is_that_of_the_results_and_is_given_back)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 2);
    wick *w = wick_new(&options);
    double out[N];

    const wick_posterior from = { .guide = GUIDE, .draws = 500 };
    for (int i = 0; i < 3; i++) { /* the names and the tape */
        wick_predictive_free(wick_predictive_new(w, MODEL, &from, NULL));
        wick_predictive_log_density(w, MODEL, &from, "x", out, N);
    }
    const memory before = m;
    wick_predictive *p = wick_predictive_new(w, MODEL, &from, NULL);
    assert_ok(w);
    ck_assert_uint_eq(m.blocks, before.blocks + 3); /* the struct, x and twice */
    ck_assert_uint_le(m.bytes, before.bytes + 500 * (N + 1) * sizeof(double) + 1000);
    ck_assert_uint_eq(m.calls, before.calls + 4); /* and the parameter, which is gone again */
    wick_predictive_free(p);
    ck_assert_uint_eq(m.blocks, before.blocks);
    wick_predictive_log_density(w, MODEL, &from, "x", out, N);
    ck_assert_uint_eq(m.calls, before.calls + 5); /* the parameter */
    ck_assert_uint_eq(m.bytes, before.bytes);
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

START_TEST(it_survives_the_failure_of_each_of_its_allocations)
{
    size_t calls = 1;

    for (size_t n = 0; n <= calls; n++) {
        memory m = { .fail_at = n };
        const wick_options options = memory_options(&m, 2);
        wick *w = wick_new(&options);
        wick_predictive *p =
            wick_predictive_new(w, MODEL, &(wick_posterior){ .guide = GUIDE, .draws = 20 }, NULL);
        if (n == 0)
            calls = m.calls;
        ck_assert_int_eq(wick_status(w), n ? WICK_ERR_MEMORY : WICK_OK);
        ck_assert((p == NULL) == (n > 0));
        wick_predictive_free(p);
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
    }
    ck_assert_uint_gt(calls, 6);
}
END_TEST

/* --- misuse ----------------------------------------------------------------------------------- */

static void no_observations(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "theta", wick_normal(0.5, 1.5));
}

/* Has another site in each run: the values of C code decide. */
static void changing(wick *w, void *arg)
{
    int *runs = arg;

    wick_deterministic(w, "a", ++*runs < 6 ? wick_num(w, 0.5) : wick_fill(w, 0.5, 3));
}

static void ambient(wick *w, void *arg)
{
    WICK_AMBIENT (w, "draws", 5)
        model(w, arg);
}

static void fails(wick *w, wick_program program, const wick_posterior *from,
    const wick_predictive_options *options)
{
    ck_assert_ptr_null(wick_predictive_new(w, program, from, options));
    ck_assert_int_ne(wick_status(w), WICK_OK);
}

START_TEST(misuse_is_refused_with_the_name_and_what_to_do)
{
    static const char *const WRONG[] = { "x", "thetta", NULL };
    const double values[4] = { 0.5, 1.5, 2.5, 3.5 };
    wick_draws a[2] = { { .name = "theta", .draws = 4, .size = 1, .values = values },
        { .name = "other", .draws = 2, .size = 2, .values = values } };
    wick_posterior from = { .sites = a, .n_sites = 2 };
    double out[N];
    int runs = 0;
    wick *w = wick_new(NULL);

    fails(w, MODEL, NULL, &(wick_predictive_options){ .sites = WRONG });
    assert_error(w, WICK_ERR_NAME, "wick_predictive_new", "'thetta'", "'theta'", "'x'");
    fails(w, (wick_program){ no_observations, NULL }, NULL, NULL);
    assert_error(w, WICK_ERR_NAME, "no observed", ".sites");
    fails(w, MODEL, &from, NULL);
    assert_error(w, WICK_ERR_SHAPE, "'other' has 2 rows", "'theta' has 4");
    from.n_sites = 1;
    from.draws = 5;
    fails(w, MODEL, &from, NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "5 draws", "4 rows");
    from.draws = 0;
    a[0].size = 2;
    a[0].draws = 2;
    fails(w, MODEL, &from, NULL);
    assert_error(w, WICK_ERR_SHAPE, "'theta'", "1 doubles", "2 in a row", "leave the array out");
    a[0].name = "thetta";
    fails(w, MODEL, &from, NULL);
    assert_error(w, WICK_ERR_NAME, "none of the arrays", "'thetta'");
    a[0].values = NULL;
    fails(w, MODEL, &from, NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "'thetta' has no values");
    a[0] = (wick_draws){ .draws = 4, .size = 1, .values = values };
    fails(w, MODEL, &from, NULL);
    assert_error(w, WICK_ERR_NAME, "an array of draws has no name");
    a[0].name = "theta";
    from.guide = GUIDE;
    fails(w, MODEL, &from, NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "a guide and arrays");
    from = (wick_posterior){ .n_sites = 1 };
    fails(w, MODEL, &from, NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "sites is NULL");
    fails(w, (wick_program){ changing, &runs }, NULL, NULL);
    assert_error(w, WICK_ERR_SHAPE, "'a' in draw 4", "another shape", "1 doubles", "then 3");
    fails(w, (wick_program){ ambient, NULL }, NULL, NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "ambient", "'draws'");
    fails(w, MODEL, NULL, &(wick_predictive_options){ .keep_observed = true });
    assert_error(w, WICK_ERR_ARGUMENT, "wick_infer_discrete", "'theta'", "no value");
    fails(w, (wick_program){ NULL, NULL }, NULL, NULL);
    assert_error(w, WICK_ERR_ARGUMENT, "no function");
    fails(w, MODEL, &(wick_posterior){ .draws = SIZE_MAX / 4 }, NULL);
    assert_error(w, WICK_ERR_LIMIT, "do not fit into memory", "'twice'");
    wick_predictive *p = wick_predictive_new(w, MODEL, &(wick_posterior){ .draws = 3 }, NULL);
    ck_assert_ptr_null(wick_predictive_find(p, "theta"));
    assert_error(w, WICK_ERR_NAME, "wick_predictive_find", "'theta'", "'twice', 'x'");
    ck_assert_uint_eq(wick_predictive_get(p, "x", out, N), 0);
    assert_error(w, WICK_ERR_SHAPE, "room for 6", "3 draws of 6");
    ck_assert_ptr_null(wick_predictive_find(p, NULL));
    wick_clear(w);
    ck_assert_uint_eq(wick_predictive_log_density(w, MODEL, NULL, "x", out, N), 0);
    assert_error(w, WICK_ERR_ARGUMENT, "'theta'", "no value", "normal");
    const wick_posterior guided = { .guide = GUIDE, .draws = 3 };
    ck_assert_uint_eq(wick_predictive_log_density(w, MODEL, &guided, "x", out, 2), 0);
    assert_error(w, WICK_ERR_SHAPE, "'x' has 6 members", "need 2");
    wick_predictive_free(p);
    wick_predictive_free(NULL);
    ck_assert_ptr_null(wick_predictive_new(NULL, MODEL, NULL, NULL));
    ck_assert_ptr_null(wick_predictive_at(NULL, 0));
    ck_assert_ptr_null(wick_predictive_find(NULL, "x"));
    ck_assert_uint_eq(wick_predictive_log_density(NULL, MODEL, NULL, "x", out, N), 0);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("predictive");
    TCase *draws = new_case(suite, "draws"), *densities = new_case(suite, "densities");
    TCase *leaves = new_case(suite, "leaves"), *misuse = new_case(suite, "misuse");

    tcase_add_test(draws, prior_draws_have_the_prior_predictive_distribution);
    tcase_add_test(draws, posterior_draws_take_the_values_of_the_guide);
    tcase_add_test(draws, arrays_of_draws_are_taken_row_by_row);
    tcase_add_test(draws, rows_have_the_order_of_wick_get_and_all_members_of_the_plates);
    tcase_add_test(draws, the_event_of_a_distribution_of_ones_own_is_that_of_the_row);
    tcase_add_test(draws, draws_belong_to_the_weights_of_wick_check_guide);
    tcase_add_test(draws,
        discrete_sites_are_drawn_from_the_prior_or_given_kept_observations_from_the_posterior);
    tcase_add_test(draws, programs_of_minibatches_give_all_members);
    tcase_add_test(
        densities, the_density_on_a_grid_is_the_mean_of_the_mixtures_and_integrates_to_1);
    tcase_add_test(densities, the_density_far_out_does_not_underflow);
    tcase_add_test(
        densities, what_no_draw_allows_has_the_density_minus_infinity_and_what_some_allow_the_mean);
    tcase_add_test(leaves, memory_is_that_of_the_results_and_is_given_back);
    tcase_add_test(leaves, it_survives_the_failure_of_each_of_its_allocations);
    tcase_add_test(misuse, misuse_is_refused_with_the_name_and_what_to_do);
    return run_suite(suite);
}
