/* Closed-form EM: its steps, batches, floors, what it does about components that collapse, mistakes. */
#include "models/gmm_em.h"

#include "models/matrix.h"
#include "tests/support/memory.h"
#include "tests/support/suite.h"

enum { K = 3, D = 3, N = 40, FORMS = 4 };

static wick *w;
static double x[N * D], row_weights[N];

/* Three clouds of correlated numbers, and weights from 0.2 to 2.1. */
static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 31 });
    ck_assert_ptr_nonnull(w);
    for (size_t i = 0; i < N; i++) {
        const double shared = wick_draw_normal(w);
        for (size_t j = 0; j < D; j++)
            x[i * D + j] = 3.0 * (double)((i + j) % K) + 0.7 * shared + wick_draw_normal(w);
        row_weights[i] = 0.2 + 0.1 * (double)(i * 7 % 20);
    }
}

static void teardown(void)
{
    wick_free(w);
}

static gmm data(gmm_covariance form)
{
    return (gmm){ .components = K, .dimensions = D, .covariance = form, .n = N, .x = x };
}

/* A mixture in which every number is of its own. */
static gmm_mixture *somewhere(gmm_covariance form)
{
    gmm_mixture *m = gmm_mixture_new(w, K, D, form);
    const size_t n = gmm_scale_size(K, D, form);
    const bool matrices = form == GMM_FULL || form == GMM_TIED;

    ck_assert_ptr_nonnull(m);
    for (size_t k = 0; k < K; k++)
        m->weights[k] = (double)(k + 2) / 9.0;
    for (size_t i = 0; i < K * D; i++)
        m->loc[i] = 3.0 * (double)((i / D + i % D) % K) + 0.1 * (double)i;
    for (size_t i = 0; i < n; i++) {
        const size_t row = i % (D * D) / D, column = i % D;
        m->scale[i] = !matrices || row == column ? 1.1 + 0.07 * (double)i
            : row > column                       ? 0.3 - 0.04 * (double)i
                                                 : 0.0;
    }
    return m;
}

/* --- a step by hand -------------------------------------------------------------------------- */

/* The log-density of a row by solving L z = x - loc. */
static double log_component(const gmm_mixture *m, size_t k, const double *row)
{
    double l[D * D], z[D], out = 0.0;

    gmm_mixture_scale_tril(m, k, l);
    for (size_t i = 0; i < D; i++) {
        z[i] = row[i] - m->loc[k * D + i];
        for (size_t j = 0; j < i; j++)
            z[i] -= l[i * D + j] * z[j];
        z[i] /= l[i * D + i];
        out += log_normal(z[i], 0.0, 1.0) - log(l[i * D + i]);
    }
    return out;
}

static double responsibilities(const gmm_mixture *m, const double *row, double *r)
{
    double most = -INFINITY, sum = 0.0;

    for (size_t k = 0; k < K; k++) {
        r[k] = log(m->weights[k]) + log_component(m, k, row);
        most = fmax(most, r[k]);
    }
    for (size_t k = 0; k < K; k++)
        sum += exp(r[k] - most);
    for (size_t k = 0; k < K; k++)
        r[k] = exp(r[k] - most) / sum;
    return most + log(sum);
}

typedef struct step {
    double log_likelihood, all, weights[K], loc[K * D], covariance[K][D * D];
} step;

/* Bishop (2006), equations 9.23 to 9.27, by definition. */
static step step_by_hand(const gmm_mixture *m, const double *v)
{
    static double r[N][K];
    step s = { .log_likelihood = 0.0 };

    for (size_t i = 0; i < N; i++) {
        const double weight = v ? v[i] : 1.0;
        s.log_likelihood += weight * responsibilities(m, x + i * D, r[i]);
        s.all += weight;
        for (size_t k = 0; k < K; k++) {
            r[i][k] *= weight;
            s.weights[k] += r[i][k];
            for (size_t j = 0; j < D; j++)
                s.loc[k * D + j] += r[i][k] * x[i * D + j];
        }
    }
    for (size_t k = 0; k < K; k++)
        for (size_t j = 0; j < D; j++)
            s.loc[k * D + j] /= s.weights[k];
    for (size_t k = 0; k < K; k++) {
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < D * D; j++)
                s.covariance[k][j] += r[i][k] * (x[i * D + j / D] - s.loc[k * D + j / D]) *
                    (x[i * D + j % D] - s.loc[k * D + j % D]) / s.weights[k];
    }
    for (size_t k = 0; k < K; k++)
        s.weights[k] /= s.all;
    return s;
}

/* The covariances of the form that are nearest in likelihood: averages of what the full ones have. */
static void restrict_to(gmm_covariance form, step *s)
{
    double tied[D * D] = { 0.0 };

    for (size_t k = 0; k < K; k++)
        for (size_t j = 0; j < D * D; j++)
            tied[j] += s->weights[k] * s->covariance[k][j];
    for (size_t k = 0; k < K; k++) {
        double *c = s->covariance[k], mean = 0.0;
        for (size_t j = 0; j < D; j++)
            mean += c[j * D + j] / D;
        for (size_t j = 0; j < D * D && form != GMM_FULL; j++)
            c[j] = form == GMM_TIED     ? tied[j]
                : j % (D + 1) != 0      ? 0.0
                : form == GMM_SPHERICAL ? mean
                                        : c[j];
    }
}

static void check_step(const gmm_mixture *got, const step *want)
{
    double covariance[D * D];

    for (size_t k = 0; k < K; k++) {
        assert_close(got->weights[k], want->weights[k], 1e-13);
        for (size_t j = 0; j < D; j++)
            assert_close(got->loc[k * D + j], want->loc[k * D + j], 1e-12);
        gmm_mixture_covariance(got, k, covariance);
        for (size_t j = 0; j < D * D; j++)
            assert_close(covariance[j], want->covariance[k][j], 1e-12);
    }
}

START_TEST(a_step_is_the_one_of_the_textbook)
{
    const gmm_covariance form = (gmm_covariance)(_i / 2);
    const double *v = _i % 2 ? row_weights : NULL;
    gmm_mixture *start = somewhere(form);
    step want = step_by_hand(start, v);
    gmm_em *em = gmm_em_new(w, start, NULL);

    restrict_to(form, &want);
    ck_assert(gmm_em_push(em, N, x, v));
    assert_close(gmm_em_update(em, 0.0), want.log_likelihood, 1e-13);
    assert_ok(w);
    check_step(gmm_em_mixture(em), &want);
    gmm_em_free(em);
    gmm_mixture_free(start);
    ck_assert_uint_eq(wick_param_count(w), 0);
}
END_TEST

START_TEST(batches_add_up)
{
    const gmm_covariance form = (gmm_covariance)_i;
    gmm_mixture *start = somewhere(form);
    step want = step_by_hand(start, row_weights);
    gmm_em *em = gmm_em_new(w, start, NULL);

    restrict_to(form, &want);
    for (size_t i = 0, n = 1; i < N; i += n, n = i + n + 5 < N ? n + 5 : N - i)
        ck_assert(gmm_em_push(em, n, x + i * D, row_weights + i));
    assert_close(gmm_em_update(em, 0.0), want.log_likelihood, 1e-12);
    check_step(gmm_em_mixture(em), &want);
    gmm_em_free(em);
    gmm_mixture_free(start);
}
END_TEST

/* With one component every responsibility is 1: after a decay of 1/2 the rows of the first batch weigh
 * half of those of the second. */
START_TEST(a_decay_weighs_what_was_pushed_before)
{
    const gmm_covariance form = (gmm_covariance)_i;
    gmm_mixture *one = gmm_mixture_new(w, 1, D, form);
    gmm_em *em = gmm_em_new(w, one, NULL), *whole = gmm_em_new(w, one, NULL);
    double v[N], got[D * D], want[D * D];

    for (size_t i = 0; i < N; i++)
        v[i] = i < N / 2 ? 0.5 : 1.0;
    ck_assert(gmm_em_push(em, N / 2, x, NULL));
    gmm_em_update(em, 0.5);
    ck_assert(gmm_em_push(em, N - N / 2, x + N / 2 * D, NULL));
    gmm_em_update(em, 0.0);
    ck_assert(gmm_em_push(whole, N, x, v));
    gmm_em_update(whole, 0.0);
    assert_ok(w);
    gmm_mixture_covariance(gmm_em_mixture(em), 0, got);
    gmm_mixture_covariance(gmm_em_mixture(whole), 0, want);
    for (size_t j = 0; j < D * D; j++)
        assert_close(got[j], want[j], 1e-12);
    for (size_t j = 0; j < D; j++)
        assert_close(gmm_em_mixture(em)->loc[j], gmm_em_mixture(whole)->loc[j], 1e-13);
    gmm_em_free(em);
    gmm_em_free(whole);
    gmm_mixture_free(one);
}
END_TEST

/* --- floors ---------------------------------------------------------------------------------- */

/*
 * Rows on a line, (t, 2t): the covariance is v (1, 2; 2, 4) with v the variance of t, whose
 * eigenvalues are 5 v, along the line, and 0 across it. Under a floor of f the maximum has f across:
 * 5 v u u' + f n n' with u = (1, 2) / sqrt 5, n = (2, -1) / sqrt 5.
 */
START_TEST(a_floor_raises_the_direction_that_is_flat)
{
    const double t[] = { -1.5, -0.25, 0.5, 1.25 }, f = 0.01;
    double line[8], covariance[4], v = 0.0;
    gmm_mixture *one = gmm_mixture_new(w, 1, 2, GMM_FULL);
    gmm_em *em = gmm_em_new(w, one, &(gmm_em_step_options){ .floor = (double[]){ f, f } });

    for (size_t i = 0; i < 4; i++) {
        line[2 * i] = t[i];
        line[2 * i + 1] = 2.0 * t[i];
        v += t[i] * t[i] / 4.0;
    }
    ck_assert(gmm_em_push(em, 4, line, NULL));
    gmm_em_update(em, 0.0);
    ck_assert_uint_eq(gmm_em_floored(em, 0), 1);
    gmm_mixture_covariance(gmm_em_mixture(em), 0, covariance);
    assert_close(covariance[0], v + 0.8 * f, 1e-13);
    assert_close(covariance[1], 2.0 * v - 0.4 * f, 1e-13);
    assert_close(covariance[3], 4.0 * v + 0.2 * f, 1e-13);
    gmm_em_free(em);
    gmm_mixture_free(one);
}
END_TEST

/* Without a floor a covariance that is singular stays what it was, and is counted. */
START_TEST(without_a_floor_a_singular_scale_stays)
{
    const double line[] = { -1, -2, 0, 0, 1, 2 };
    gmm_mixture *one = gmm_mixture_new(w, 1, 2, GMM_FULL);
    gmm_em *em = gmm_em_new(w, one, NULL);

    ck_assert(gmm_em_push(em, 3, line, NULL));
    gmm_em_update(em, 0.0);
    assert_ok(w);
    ck_assert_uint_eq(gmm_em_floored(em, 0), 1);
    ck_assert_double_eq(gmm_em_mixture(em)->scale[0], 1.0);
    gmm_em_free(em);
    gmm_mixture_free(one);
}
END_TEST

/* --- fits ------------------------------------------------------------------------------------ */

/* 0, 1, 10, 11, 12 split after 1: weights .4 and .6, variances 1/4 and 2/3, so that
 * log L = sum over both of n (log weight - log(2 pi variance) / 2 - 1/2) up to what overlaps. */
START_TEST(five_points_end_in_two_clusters)
{
    const double points[] = { 0, 1, 10, 11, 12 };
    const gmm m = { .components = 2, .dimensions = 1, .covariance = GMM_FULL, .n = 5, .x = points };
    gmm_mixture *out = gmm_mixture_new(w, 2, 1, GMM_FULL);
    const gmm_em_result r = gmm_em_fit(w, &m, NULL, out);
    const size_t low = out->loc[0] < out->loc[1] ? 0 : 1;

    assert_ok(w);
    ck_assert(r.converged && !r.collapsed);
    const double two_pi = 6.283185307179586477;
    const double want = 2 * (log(0.4) - 0.5 * log(two_pi / 4) - 0.5) +
        3 * (log(0.6) - 0.5 * log(two_pi * 2 / 3) - 0.5);
    assert_close(r.log_likelihood, want, 1e-9);
    assert_close(out->weights[low], 0.4, 1e-9);
    assert_close(out->loc[low], 0.5, 1e-9);
    assert_close(out->loc[1 - low], 11.0, 1e-9);
    assert_close(out->scale[low] * out->scale[low], 0.25, 1e-9);
    assert_close(out->scale[1 - low] * out->scale[1 - low], 2.0 / 3.0, 1e-9);
    gmm_mixture_free(out);
}
END_TEST

static bool count_falls(
    const gmm_mixture *m, size_t start, size_t iteration, double log_likelihood, void *arg)
{
    double *last = arg;

    (void)m;
    (void)start;
    if (iteration > 0 && log_likelihood < last[0] - 1e-9)
        last[1]++;
    last[0] = log_likelihood;
    return true;
}

START_TEST(the_log_likelihood_rises)
{
    const gmm m = data((gmm_covariance)_i);
    gmm_mixture *out = somewhere(m.covariance), *start = somewhere(m.covariance);
    double last[2] = { 0.0 };
    const gmm_em_result r = gmm_em_fit(w, &m,
        &(gmm_em_options){ .start = GMM_START_GIVEN,
            .given = start,
            .keep_collapsed = true,
            .callback = count_falls,
            .callback_arg = last },
        out);

    assert_ok(w);
    ck_assert(r.converged && r.iterations > 3);
    ck_assert_double_eq(last[1], 0.0);
    assert_close(r.log_likelihood, step_by_hand(out, NULL).log_likelihood, 1e-12);
    gmm_mixture_free(out);
    gmm_mixture_free(start);
}
END_TEST

START_TEST(zero_can_be_asked_for)
{
    const gmm m = data(GMM_DIAGONAL);
    gmm_mixture *out = somewhere(m.covariance), *start = somewhere(m.covariance);
    gmm_em_options o = { .start = GMM_START_GIVEN, .given = start, .keep_collapsed = true };
    const size_t usual = gmm_em_fit(w, &m, &o, out).iterations;
    double floor[D];

    o.tolerance = WICK_ZERO;
    ck_assert_uint_gt(gmm_em_fit(w, &m, &o, out).iterations, usual);
    o.variance_floor = WICK_ZERO;
    ck_assert(gmm_em_floor(w, &m, &o, floor));
    for (size_t j = 0; j < D; j++)
        ck_assert_double_eq(floor[j], 0.0);
    o.variance_floor = 0.0;
    ck_assert(gmm_em_floor(w, &m, &o, floor));
    ck_assert_double_gt(floor[0], 1e-7);
    assert_ok(w);
    gmm_mixture_free(out);
    gmm_mixture_free(start);
}
END_TEST

/* x + 1e9 has rounding errors of 6e-8 only: the fit is that of x. */
START_TEST(an_offset_of_a_billion_changes_nothing)
{
    const gmm_covariance form = (gmm_covariance)_i;
    double far[N * D];
    gmm near = data(form), moved = data(form);
    gmm_mixture *a = gmm_mixture_new(w, K, D, form), *b = gmm_mixture_new(w, K, D, form);

    for (size_t i = 0; i < N * D; i++) {
        far[i] = x[i] + 1e9;
        x[i] = far[i] - 1e9;
    }
    near.x = x;
    moved.x = far;
    wick_set_seed(w, 5);
    const gmm_em_result first = gmm_em_fit(w, &near, NULL, a);
    wick_set_seed(w, 5);
    const gmm_em_result second = gmm_em_fit(w, &moved, NULL, b);
    assert_ok(w);
    assert_close(first.log_likelihood, second.log_likelihood, 1e-6);
    for (size_t i = 0; i < K * D; i++)
        assert_close(b->loc[i] - 1e9, a->loc[i], 1e-4);
    gmm_mixture_free(a);
    gmm_mixture_free(b);
}
END_TEST

/* A component that nothing is near begins anew, and finds the cluster that two share. */
START_TEST(a_component_without_rows_begins_anew)
{
    enum { EACH = 30 };
    double three[3 * EACH];
    const gmm m = {
        .components = 3, .dimensions = 1, .covariance = GMM_FULL, .n = 3 * EACH, .x = three
    };
    gmm_mixture *start = gmm_mixture_new(w, 3, 1, GMM_FULL), *out = gmm_mixture_copy(w, start);

    for (size_t i = 0; i < 3 * EACH; i++)
        three[i] = 20.0 * (double)(i % 3) + wick_draw_normal(w);
    start->loc[1] = 30.0;
    start->scale[1] = 10.0;
    start->loc[2] = 1e6;
    const gmm_em_options o = { .start = GMM_START_GIVEN, .given = start };
    const gmm_em_result r = gmm_em_fit(w, &m, &o, out);
    assert_ok(w);
    ck_assert_uint_ge(r.restarted, 1);
    ck_assert(!r.collapsed);
    for (size_t k = 0; k < 3; k++)
        ck_assert_double_eq_tol(out->weights[k], 1.0 / 3.0, 1e-3);
    gmm_em_options keep = o;
    keep.keep_collapsed = true;
    const gmm_em_result kept = gmm_em_fit(w, &m, &keep, out);
    ck_assert_uint_eq(kept.restarted, 0);
    ck_assert(kept.collapsed);
    gmm_mixture_free(start);
    gmm_mixture_free(out);
}
END_TEST

static bool stop_at_second_start(
    const gmm_mixture *m, size_t start, size_t iteration, double log_likelihood, void *arg)
{
    (void)m;
    (void)log_likelihood;
    *(size_t *)arg += 1;
    return start < 1 || iteration < 1;
}

START_TEST(a_callback_ends_it_all)
{
    const gmm m = data(GMM_DIAGONAL);
    gmm_mixture *out = somewhere(m.covariance);
    size_t calls = 0;
    const gmm_em_result r = gmm_em_fit(
        w, &m, &(gmm_em_options){ .callback = stop_at_second_start, .callback_arg = &calls }, out);

    assert_ok(w);
    ck_assert(r.stopped);
    ck_assert_uint_eq(r.starts, 2);
    ck_assert_uint_gt(calls, 2);
    assert_close(r.log_likelihood, step_by_hand(out, NULL).log_likelihood, 1e-12);
    gmm_mixture_free(out);
}
END_TEST

/* Of 25000 rows 20000 are looked at first; the fit is one of all. */
START_TEST(many_rows_are_fitted_as_a_whole)
{
    enum { MANY = 25000 };
    double *many = malloc(MANY * sizeof *many), sum = 0.0;
    const gmm m = {
        .components = K, .dimensions = 1, .covariance = GMM_FULL, .n = MANY, .x = many
    };
    gmm_mixture *out = gmm_mixture_new(w, K, 1, GMM_FULL);

    for (size_t i = 0; i < MANY; i++) {
        many[i] = 30.0 * (double)(i % K) + wick_draw_normal(w);
        sum += many[i] / MANY;
    }
    const gmm_em_result r = gmm_em_fit(w, &m, NULL, out);
    assert_ok(w);
    ck_assert(r.converged && !r.collapsed);
    double mean = 0.0;
    for (size_t k = 0; k < K; k++) {
        mean += out->weights[k] * out->loc[k];
        ck_assert_double_eq_tol(out->weights[k], 1.0 / K, 1e-4); /* one of 25000 is over */
    }
    assert_close(mean, sum, 1e-12); /* holds after each M step for the rows that it is of */
    gmm_mixture_free(out);
    free(many);
}
END_TEST

/* --- data that go wrong elsewhere ------------------------------------------------------------- */

typedef struct hostile {
    const char *what;
    size_t n, dimensions, components;
    double x[24];
    bool collapsed;
} hostile;

static const hostile HOSTILE[] = {
    { "one row", 1, 2, 1, { 3.5, -2 }, false },
    { "one row, two components", 1, 2, 2, { 3.5, -2 }, true },
    { "fewer rows than components", 3, 1, 5, { 1, 2, 4 }, true },
    { "rows that are all the same", 6, 2, 2, { 1, 7, 1, 7, 1, 7, 1, 7, 1, 7, 1, 7 }, false },
    { "a column that is constant", 8, 2, 2,
        { 0, 5, 0.5, 5, 1.1, 5, 0.2, 5, 10, 5, 10.9, 5, 11.3, 5, 10.2, 5 }, false },
    { "columns that are multiples of each other", 8, 2, 2,
        { 0, 0, 0.5, 1, 1.1, 2.2, 0.2, 0.4, 10, 20, 10.9, 21.8, 11.3, 22.6, 10.2, 20.4 }, false },
    { "an outlier", 9, 1, 2, { 0, 0.3, 0.1, 0.9, -0.4, -0.2, 0.5, 0.6, 1e100 }, true },
    { "tiny numbers", 8, 1, 2, { 0, 1e-120, 3e-120, 2e-120, 9e-119, 9.2e-119, 9.1e-119, 9.4e-119 },
        false },
    { "large numbers", 8, 1, 2, { 0, 1e120, 3e120, 2e120, 9e121, 9.2e121, 9.1e121, 9.4e121 },
        false },
};

START_TEST(hostile_data_have_defined_results)
{
    const hostile *h = &HOSTILE[_i / FORMS];
    const gmm_covariance form = (gmm_covariance)(_i % FORMS);
    const gmm m = { .components = h->components,
        .dimensions = h->dimensions,
        .covariance = form,
        .n = h->n,
        .x = h->x };
    gmm_mixture *out = gmm_mixture_new(w, h->components, h->dimensions, form);
    const gmm_em_result r = gmm_em_fit(w, &m, NULL, out);

    ck_assert_msg(wick_status(w) == WICK_OK, "%s: %s", h->what, wick_message(w));
    ck_assert_msg(isfinite(r.log_likelihood), "%s: %g", h->what, r.log_likelihood);
    ck_assert(gmm_mixture_check(w, "check", out));
    if (form != GMM_TIED)
        ck_assert_msg(r.collapsed == h->collapsed, "%s, %s: collapsed is %d, %zu floored", h->what,
            gmm_covariance_name(form), r.collapsed, r.floored);
    gmm_mixture_free(out);
}
END_TEST

/* One number of any size among 40 rows: a fit with finite numbers, in every form. */
START_TEST(an_outlier_of_any_size_is_borne)
{
    static const double SIZE[] = { 1e8, -1e30, 1e100, -1e140 };
    const gmm m = data((gmm_covariance)(_i / 4));
    gmm_mixture *out = gmm_mixture_new(w, K, D, m.covariance);

    x[17 * D + 1] = SIZE[_i % 4];
    const gmm_em_result r = gmm_em_fit(w, &m, NULL, out);
    assert_ok(w);
    ck_assert(isfinite(r.log_likelihood) && gmm_mixture_check(w, "check", out));
    gmm_mixture_free(out);
}
END_TEST

/* Rows that are there twice are rows of weight 2. */
START_TEST(rows_twice_are_weights_of_two)
{
    const gmm_covariance form = (gmm_covariance)_i;
    double twice[2 * N * D], two[N];
    gmm_mixture *start = somewhere(form), *a = somewhere(form), *b = somewhere(form);
    gmm heavy = data(form), copied = data(form);

    for (size_t i = 0; i < N; i++)
        two[i] = 2.0;
    memcpy(twice, x, sizeof x);
    memcpy(twice + N * D, x, sizeof x);
    heavy.row_weights = two;
    copied.x = twice;
    copied.n = 2 * N;
    const gmm_em_options o = { .start = GMM_START_GIVEN, .given = start, .max_iterations = 20 };
    const gmm_em_result first = gmm_em_fit(w, &heavy, &o, a);
    const gmm_em_result second = gmm_em_fit(w, &copied, &o, b);
    assert_ok(w);
    assert_close(first.log_likelihood, second.log_likelihood, 1e-12);
    for (size_t i = 0; i < K * D; i++)
        assert_close(a->loc[i], b->loc[i], 1e-10);
    gmm_mixture_free(start);
    gmm_mixture_free(a);
    gmm_mixture_free(b);
}
END_TEST

/* --- resources ------------------------------------------------------------------------------- */

START_TEST(threads_change_no_bit)
{
    enum { MANY = 6000 };
    double *many = malloc(MANY * sizeof *many), first[2][K * (2 + D)];
    const gmm m = {
        .components = K, .dimensions = 1, .covariance = GMM_FULL, .n = MANY, .x = many
    };

    for (size_t i = 0; i < MANY; i++)
        many[i] = 4.0 * (double)(i % K) + wick_draw_normal(w);
    for (size_t t = 0; t < 2; t++) {
        gmm_mixture *out = gmm_mixture_new(w, K, 1, GMM_FULL);
        wick_set_seed(w, 11);
        gmm_em_fit(w, &m, &(gmm_em_options){ .threads = t == 0 ? 1 : 3, .restarts = 3 }, out);
        assert_ok(w);
        memcpy(first[t], out->weights, K * sizeof(double));
        memcpy(first[t] + K, out->loc, K * sizeof(double));
        memcpy(first[t] + 2 * K, out->scale, K * sizeof(double));
        gmm_mixture_free(out);
    }
    assert_same_bits(first[0], first[1], 3 * K);
    free(many);
}
END_TEST

static size_t allocations_of(size_t iterations)
{
    memory counts = { 0 };
    const wick_options options = memory_options(&counts, 3);
    wick *h = wick_new(&options);
    gmm_mixture *start = somewhere(GMM_FULL), *out = somewhere(GMM_FULL);
    const gmm m = data(GMM_FULL);

    gmm_em_fit(h, &m,
        &(gmm_em_options){ .start = GMM_START_GIVEN,
            .given = start,
            .tolerance = WICK_ZERO,
            .max_iterations = iterations },
        out);
    assert_ok(h);
    gmm_mixture_free(start);
    gmm_mixture_free(out);
    wick_free(h);
    ck_assert_uint_eq(counts.blocks, 0);
    return counts.calls;
}

START_TEST(an_iteration_allocates_nothing)
{
    ck_assert_uint_eq(allocations_of(8), allocations_of(15));
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    const gmm m = data(GMM_DIAGONAL);
    size_t failed = 0;

    for (size_t at = 1;; at++) {
        memory counts = { .fail_at = at };
        const wick_options options = memory_options(&counts, 3);
        wick *h = wick_new(&options);
        if (!h)
            continue;
        gmm_mixture *out = somewhere(GMM_DIAGONAL);
        const gmm_em_options o = { .restarts = 2, .max_iterations = 3 };
        const double value = gmm_em_fit(h, &m, &o, out).log_likelihood;
        failed += wick_status(h) != WICK_OK;
        ck_assert((wick_status(h) == WICK_OK) != isnan(value));
        const bool done = counts.calls < at;
        counts.fail_at = 0;
        wick_clear(h);
        gmm_em_fit(h, &m, &o, out);
        ck_assert_msg(wick_status(h) == WICK_OK, "after failure %zu: %s", at, wick_message(h));
        gmm_mixture_free(out);
        wick_free(h);
        ck_assert_uint_eq(counts.blocks, 0);
        if (done)
            break;
    }
    ck_assert_uint_gt(failed, 3);
}
END_TEST

/* --- mistakes -------------------------------------------------------------------------------- */

static void refuse(gmm m, const gmm_em_options *o, wick_code code, const char *words)
{
    gmm_mixture *out = gmm_mixture_new(w, K, D, GMM_FULL);

    ck_assert(isnan(gmm_em_fit(w, &m, o, out).log_likelihood));
    assert_error(w, code, words);
    ck_assert_double_eq(out->weights[0], 1.0 / K);
    gmm_mixture_free(out);
}

START_TEST(bad_data_are_named)
{
    gmm m = data(GMM_FULL);
    double v[N] = { 0.0 };

    x[7 * D + 2] = -INFINITY;
    refuse(m, NULL, WICK_ERR_ARGUMENT, "gmm_em_fit: x in row 7, column 2 (from 0) is -inf");
    x[7 * D + 2] = 1e300;
    refuse(m, NULL, WICK_ERR_ARGUMENT, "row 7, column 2 (from 0) is 1e+300");
    x[7 * D + 2] = 1.0;
    m.row_weights = v;
    refuse(m, NULL, WICK_ERR_ARGUMENT, "gmm_em_fit: all 40 rows have weight 0");
    v[5] = -1.0;
    refuse(m, NULL, WICK_ERR_ARGUMENT, "the weight of row 5 is -1");
    m.row_weights = NULL;
    for (size_t i = 0; i < N; i++)
        x[i * D + 1] = NAN;
    refuse(m, NULL, WICK_ERR_ARGUMENT, "nothing was seen in column 1 (from 0)");
    m.n = 0;
    refuse(m, NULL, WICK_ERR_ARGUMENT, "got 0 rows of 3 columns");
    m.n = N;
    m.x = NULL;
    refuse(m, NULL, WICK_ERR_ARGUMENT, "at NULL");
}
END_TEST

START_TEST(bad_options_are_named)
{
    gmm m = data(GMM_FULL);

    refuse(m, &(gmm_em_options){ .tolerance = -1.0 }, WICK_ERR_DOMAIN, "tolerance is -1");
    refuse(m, &(gmm_em_options){ .variance_floor = 2.0 }, WICK_ERR_DOMAIN, "variance_floor is 2");
    refuse(m, &(gmm_em_options){ .start = (gmm_start)7 }, WICK_ERR_DOMAIN, "unknown start 7");
    refuse(m, &(gmm_em_options){ .start = GMM_START_GIVEN }, WICK_ERR_ARGUMENT,
        "need a mixture to start from");
    m.components = 4;
    refuse(m, NULL, WICK_ERR_SHAPE, "for the result has 3 components of 3 columns, full; need 4");
    m.components = 0;
    refuse(m, NULL, WICK_ERR_ARGUMENT, "need components and dimensions");
    ck_assert(!gmm_em_floor(w, NULL, NULL, NULL));
    assert_error(w, WICK_ERR_ARGUMENT, "gmm_em_floor: need data");
}
END_TEST

START_TEST(steps_in_the_wrong_order_are_named)
{
    gmm_mixture *m = somewhere(GMM_FULL);
    gmm_em *em = gmm_em_new(w, m, NULL);

    ck_assert(isnan(gmm_em_update(em, 0.0)));
    assert_error(w, WICK_ERR_STATE, "nothing was pushed since the last update");
    ck_assert(gmm_em_push(em, N, x, NULL));
    ck_assert(isnan(gmm_em_update(em, 1.5)));
    assert_error(w, WICK_ERR_DOMAIN, "decay is 1.5");
    ck_assert(isfinite(gmm_em_update(em, 1.0)));
    gmm_em_free(em);
    m->scale[D * D] = -1.0;
    ck_assert_ptr_null(gmm_em_new(w, m, NULL));
    assert_error(w, WICK_ERR_DOMAIN, "number 9 of scale (full) is -1, need a positive number");
    m->scale[D * D] = 1.0;
    m->scale[1] = 0.25;
    ck_assert_ptr_null(gmm_em_new(w, m, NULL));
    assert_error(
        w, WICK_ERR_DOMAIN, "number 1 of scale (full) is 0.25, need 0, above the diagonal");
    m->weights[1] = 0.9;
    ck_assert_ptr_null(gmm_em_new(w, m, NULL));
    assert_error(w, WICK_ERR_DOMAIN, "the weights sum to");
    gmm_mixture_free(m);
}
END_TEST

int main(void)
{
    enum { HOSTILE_CASES = FORMS * sizeof HOSTILE / sizeof *HOSTILE };
    Suite *suite = suite_create("gmm em");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(all, a_step_is_the_one_of_the_textbook, 0, 2 * FORMS);
    tcase_add_loop_test(all, batches_add_up, 0, FORMS);
    tcase_add_loop_test(all, a_decay_weighs_what_was_pushed_before, 0, FORMS);
    tcase_add_test(all, a_floor_raises_the_direction_that_is_flat);
    tcase_add_test(all, without_a_floor_a_singular_scale_stays);
    tcase_add_test(all, five_points_end_in_two_clusters);
    tcase_add_loop_test(all, the_log_likelihood_rises, 0, FORMS);
    tcase_add_test(all, zero_can_be_asked_for);
    tcase_add_loop_test(all, an_offset_of_a_billion_changes_nothing, 0, FORMS);
    tcase_add_test(all, a_component_without_rows_begins_anew);
    tcase_add_test(all, a_callback_ends_it_all);
    tcase_add_test(all, many_rows_are_fitted_as_a_whole);
    tcase_add_loop_test(all, hostile_data_have_defined_results, 0, HOSTILE_CASES);
    tcase_add_loop_test(all, an_outlier_of_any_size_is_borne, 0, 4 * FORMS);
    tcase_add_loop_test(all, rows_twice_are_weights_of_two, 0, FORMS);
    tcase_add_test(all, threads_change_no_bit);
    tcase_add_test(all, an_iteration_allocates_nothing);
    tcase_add_test(all, every_allocation_may_fail);
    tcase_add_test(all, bad_data_are_named);
    tcase_add_test(all, bad_options_are_named);
    tcase_add_test(all, steps_in_the_wrong_order_are_named);
    return run_suite(suite);
}
