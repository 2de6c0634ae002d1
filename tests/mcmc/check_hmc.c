/* The leapfrog, static trajectories and NUTS on densities that are known. */
#include "mcmc/hmc.h"
#include "tests/support/memory.h"
#include "tests/support/suite.h"

enum { N = 3, DRAWS = 4000 };

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 3 });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

/* --- densities --------------------------------------------------------------------------------- */

/* A normal of correlated coordinates: SIGMA = L L' with L = [2 0 0; 0.9 0.5 0; -0.4 0.3 1.1]. */
static const double MEAN[] = { 1.0, -2.0, 0.5 };
static const double L[3][3] = { { 2.0, 0.0, 0.0 }, { 0.9, 0.5, 0.0 }, { -0.4, 0.3, 1.1 } };

static double sigma(int i, int j)
{
    double sum = 0.0;

    for (int k = 0; k < N; k++)
        sum += L[i][k] * L[j][k];
    return sum;
}

/* |z|^2 / 2 with L z = q - mean; the gradient is L'^-1 z. */
static double normal_value(void *arg, const double *q, double *gradient)
{
    double z[N], sum = 0.0;

    (void)arg;
    for (int i = 0; i < N; i++) {
        z[i] = q[i] - MEAN[i];
        for (int j = 0; j < i; j++)
            z[i] -= L[i][j] * z[j];
        z[i] /= L[i][i];
        sum += 0.5 * z[i] * z[i];
    }
    for (int i = N; i-- > 0;) {
        gradient[i] = z[i];
        for (int j = i + 1; j < N; j++)
            gradient[i] -= L[j][i] * gradient[j];
        gradient[i] /= L[i][i];
    }
    return sum;
}

/* cosh: not quadratic, so that the leapfrog is not linear. */
static double cosh_value(void *arg, const double *q, double *gradient)
{
    const double r = q[0] * q[1] * 0.3;

    (void)arg;
    gradient[0] = sinh(q[0]) + 0.3 * q[1] * cos(r);
    gradient[1] = 2.0 * sinh(q[1]) + 0.3 * q[0] * cos(r);
    return cosh(q[0]) + 2.0 * cosh(q[1]) + sin(r);
}

/* v ~ normal(0, 3), eight x ~ normal(0, e^(v/2)): Neal's funnel. */
static double funnel_value(void *arg, const double *q, double *gradient)
{
    const double v = q[0], precision = exp(-v);
    double square = 0.0;

    (void)arg;
    for (int i = 1; i < 9; i++) {
        square += q[i] * q[i];
        gradient[i] = precision * q[i];
    }
    gradient[0] = v / 9.0 + 4.0 - 0.5 * precision * square;
    return v * v / 18.0 + 4.0 * v + 0.5 * precision * square;
}

/* An exponential density, nothing below 0. */
static double half_line_value(void *arg, const double *q, double *gradient)
{
    (void)arg;
    if (q[0] < 0.0)
        return INFINITY;
    gradient[0] = 1.0;
    return q[0];
}

/* As the potential of a model has it: NaN, and a gradient of NaN. */
static double broken_value(void *arg, const double *q, double *gradient)
{
    (void)arg;
    gradient[0] = q[0] < 0.0 ? NAN : 1.0;
    return q[0] < 0.0 ? NAN : q[0];
}

static wicki_hmc *new_sampler(wick *h, size_t n,
    double (*value)(void *arg, const double *q, double *gradient), wick_metric kind, double step,
    const double *q)
{
    wicki_hmc *s = wicki_hmc_new(h, &(wicki_target){ n, value, NULL }, kind, 10);

    if (s) {
        s->step = step;
        ck_assert(wicki_hmc_start(s, q));
    }
    return s;
}

static wicki_hmc *on_normal(wick_metric kind, double step)
{
    static const double START[] = { 0.3, -1.0, 0.8 };

    return new_sampler(w, N, normal_value, kind, step, START);
}

static wicki_stream stream_of(uint64_t seed, uint64_t number)
{
    return wicki_stream_new(wicki_hash(seed, number), 0, 0);
}

/* --- the leapfrog ------------------------------------------------------------------------------ */

static const double COSH_START[] = { 0.6, -0.4 }, COSH_MOMENTUM[] = { 0.8, 1.1 };

START_TEST(a_thousand_leapfrogs_can_be_gone_back)
{
    wicki_hmc *s = new_sampler(w, 2, cosh_value, WICK_METRIC_UNIT, 0.1, COSH_START);
    wicki_point *z = &s->now;

    memcpy(z->p, COSH_MOMENTUM, sizeof COSH_MOMENTUM);
    for (int i = 0; i < 1000; i++)
        ck_assert(wicki_hmc_leapfrog(s, z, 0.1));
    ck_assert_double_gt(fabs(z->q[0] - 0.6) + fabs(z->q[1] + 0.4), 0.01);
    for (int i = 0; i < 2; i++)
        z->p[i] = -z->p[i];
    for (int i = 0; i < 1000; i++)
        ck_assert(wicki_hmc_leapfrog(s, z, 0.1));
    for (int i = 0; i < 2; i++) {
        assert_close(z->q[i], COSH_START[i], 1e-12);
        assert_close(-z->p[i], COSH_MOMENTUM[i], 1e-12);
    }
    wicki_hmc_free(s);
}
END_TEST

/* The error of the energy over a time of 1.6. */
static double energy_error(double step)
{
    wicki_hmc *s = new_sampler(w, 2, cosh_value, WICK_METRIC_UNIT, step, COSH_START);
    double velocity[2];

    memcpy(s->now.p, COSH_MOMENTUM, sizeof COSH_MOMENTUM);
    const double before = wicki_hmc_energy(s, &s->now, velocity);
    for (int i = 0; i < (int)(1.6 / step + 0.5); i++)
        wicki_hmc_leapfrog(s, &s->now, step);
    const double error = wicki_hmc_energy(s, &s->now, velocity) - before;
    wicki_hmc_free(s);
    return fabs(error);
}

START_TEST(the_error_of_the_energy_is_of_second_order)
{
    for (double step = 0.1; step > 0.005; step /= 2.0) {
        const double slope = log2(energy_error(step) / energy_error(step / 2.0));
        ck_assert_double_le(fabs(slope - 2.0), 0.05);
    }
}
END_TEST

/* Where ten leapfrogs lead from (q, p) = x. */
static void ten_leapfrogs(wicki_hmc *s, const double *x, double *end)
{
    ck_assert(wicki_hmc_start(s, x));
    memcpy(s->now.p, x + 2, 2 * sizeof *x);
    for (int i = 0; i < 10; i++)
        ck_assert(wicki_hmc_leapfrog(s, &s->now, 0.2));
    memcpy(end, s->now.q, 2 * sizeof *end);
    memcpy(end + 2, s->now.p, 2 * sizeof *end);
}

/* The determinant of that map, by differences at six points: their error is of the order h^6. */
START_TEST(the_leapfrog_keeps_volumes)
{
    static const double FIRST[] = { 0.6, -0.4, 0.8, 1.1 };
    static const double WEIGHT[] = { 45.0 / 60.0, -9.0 / 60.0, 1.0 / 60.0 };
    const double h = 2e-3;
    double a[4][4] = { { 0.0 } }, det = 1.0;
    wicki_hmc *s = new_sampler(w, 2, cosh_value, WICK_METRIC_UNIT, 0.2, COSH_START);

    for (int j = 0; j < 4; j++)
        for (int k = -3; k <= 3; k++) {
            double x[4], end[4];
            memcpy(x, FIRST, sizeof x);
            x[j] += k * h;
            ten_leapfrogs(s, x, end);
            for (int i = 0; i < 4 && k != 0; i++)
                a[i][j] += (k < 0 ? -1.0 : 1.0) * WEIGHT[abs(k) - 1] / h * end[i];
        }
    for (int k = 0; k < 4; k++) {
        det *= a[k][k];
        for (int i = k + 1; i < 4; i++)
            for (int j = 3; j >= k; j--)
                a[i][j] -= a[i][k] / a[k][k] * a[k][j];
    }
    ck_assert_double_le(fabs(det - 1.0), 1e-8);
    wicki_hmc_free(s);
}
END_TEST

/* --- metrics ----------------------------------------------------------------------------------- */

static void sigma_as_metric(wick_metric kind, double *inverse)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            if (kind == WICK_METRIC_DENSE)
                inverse[N * i + j] = sigma(i, j);
            else
                inverse[i] = sigma(i, i);
}

/* Momenta of a dense metric have the covariance inverse^-1: velocities, inverse p, have inverse. */
START_TEST(momenta_have_the_covariance_of_the_metric)
{
    enum { MANY = 20000 };
    double room[27], inverse[9], p[N], v[N], sum[N][N] = { { 0.0 } };
    wicki_metric m = wicki_metric_in(WICK_METRIC_DENSE, N, room);
    wicki_stream stream = stream_of(12, 0);

    sigma_as_metric(WICK_METRIC_DENSE, inverse);
    ck_assert(wicki_metric_set(&m, inverse));
    for (int t = 0; t < MANY; t++) {
        wicki_metric_draw(&m, &stream, p);
        wicki_metric_velocity(&m, p, v);
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                sum[i][j] += v[i] * v[j] / MANY;
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            const double c = sigma(i, j);
            const double error = sqrt((sigma(i, i) * sigma(j, j) + c * c) / MANY);
            ck_assert_double_le(fabs(sum[i][j] - c), 4.5 * error);
        }
}
END_TEST

START_TEST(what_is_no_covariance_is_refused)
{
    double room[12];
    wicki_metric dense = wicki_metric_in(WICK_METRIC_DENSE, 2, room);
    wicki_metric diagonal;
    const double singular[] = { 1.0, 2.0, 2.0, 4.0 }, infinite[] = { INFINITY, 0.0, 0.0, 1.0 };
    const double good[] = { 2.0, 0.5, 0.5, 1.5 };

    ck_assert(wicki_metric_set(&dense, good));
    ck_assert(!wicki_metric_set(&dense, singular));
    ck_assert(!wicki_metric_set(&dense, infinite));
    assert_same_bits(dense.inverse, good, 4);
    assert_close(dense.factor[0], sqrt(2.0), 1e-15);
    diagonal = wicki_metric_in(WICK_METRIC_DIAGONAL, 2, room);
    ck_assert(!wicki_metric_set(&diagonal, (double[]){ 1.0, 0.0 }));
    ck_assert(!wicki_metric_set(&diagonal, (double[]){ NAN, 1.0 }));
    ck_assert(wicki_metric_set(&diagonal, (double[]){ 4.0, 0.25 }));
    ck_assert(diagonal.factor[0] == 0.5 && diagonal.factor[1] == 2.0);
}
END_TEST

/* --- does it turn back? ------------------------------------------------------------------------ */

/* An oscillator, p = cos t: from 0 the momenta have a positive sum up to t = pi, but the last
 * one is negative from pi / 2 on. */
START_TEST(an_oscillator_turns_back_after_a_quarter)
{
    const double first = 1.0;

    for (double end = 0.1; end < 3.0; end += 0.1) {
        const double last = cos(end), sum = sin(end) / 0.1;
        ck_assert_int_eq(
            wicki_hmc_moves_apart(1, &first, &last, &sum, NULL), end < 1.57079632679489662);
    }
}
END_TEST

/* (0.5, 0.5) (1, -0.9) = 0.05; with (0, -0.2) more it is -0.05. */
START_TEST(the_neighbour_s_momentum_counts)
{
    const double a[] = { 1.0, 0.0 }, b[] = { 0.5, 0.5 }, rho[] = { 1.0, -0.9 };
    const double extra[] = { 0.0, -0.2 };

    ck_assert(wicki_hmc_moves_apart(2, a, b, rho, NULL));
    ck_assert(!wicki_hmc_moves_apart(2, a, b, rho, extra));
    ck_assert(!wicki_hmc_moves_apart(2, b, a, rho, extra));
}
END_TEST

/*
 * A standard normal in 100 dimensions turns at about the same time on all trajectories, a quarter
 * of a period before and behind. With steps of 0.79, 8 of them are a period: a check of the ends of
 * doubled trajectories alone finds 8 points apart again, and goes on, up to 2^10; the checks
 * between the halves do not.
 */
static double round_value(void *arg, const double *q, double *gradient)
{
    double sum = 0.0;

    (void)arg;
    for (int i = 0; i < 100; i++) {
        gradient[i] = q[i];
        sum += 0.5 * q[i] * q[i];
    }
    return sum;
}

START_TEST(a_period_is_not_gone_round)
{
    double q[100];
    wicki_stream stream = stream_of(8, 0);

    for (int i = 0; i < 100; i++)
        q[i] = wicki_normal(&stream);
    wicki_hmc *s = new_sampler(w, 100, round_value, WICK_METRIC_UNIT, 0.79, q);
    for (int i = 0; i < 300; i++) {
        const wicki_transition t = wicki_hmc_nuts(s, &stream);
        ck_assert_uint_le(t.leapfrogs, 7);
    }
    wicki_hmc_free(s);
}
END_TEST

/* --- moments ----------------------------------------------------------------------------------- */

/* The mean of draws of a quantity is `want`, within 4.5 of its standard errors. */
static void assert_mean(const double *draws, double want)
{
    const wick_chains x = { 1, DRAWS, draws };
    const double error = wick_mcse_mean(w, x);
    double mean = 0.0;

    assert_ok(w);
    ck_assert(isfinite(error));
    for (int i = 0; i < DRAWS; i++)
        mean += draws[i] / DRAWS;
    ck_assert_msg(
        fabs(mean - want) <= 4.5 * error, "mean %g, want %g, standard error %g", mean, want, error);
}

static double draw[DRAWS][N];

static void assert_moments(void)
{
    static double x[DRAWS];

    for (int i = 0; i < N; i++) {
        for (int t = 0; t < DRAWS; t++)
            x[t] = draw[t][i];
        assert_mean(x, MEAN[i]);
        for (int j = 0; j <= i; j++) {
            for (int t = 0; t < DRAWS; t++)
                x[t] = (draw[t][i] - MEAN[i]) * (draw[t][j] - MEAN[j]);
            assert_mean(x, sigma(i, j));
        }
    }
}

/* Kind, step, leapfrogs of a static trajectory or 0. Nine means each: false alarms in 5e-4 of
 * seeds. */
static const struct {
    wick_metric kind;
    double step;
    size_t leapfrogs;
} RUNS[] = { { WICK_METRIC_UNIT, 0.25, 0 }, { WICK_METRIC_UNIT, 0.75, 0 },
    { WICK_METRIC_DIAGONAL, 0.5, 0 }, { WICK_METRIC_DENSE, 0.9, 0 }, { WICK_METRIC_DENSE, 1.7, 0 },
    { WICK_METRIC_UNIT, 0.4, 9 }, { WICK_METRIC_DIAGONAL, 0.5, 4 }, { WICK_METRIC_DENSE, 1.2, 2 } };

START_TEST(draws_have_the_moments_of_a_normal)
{
    wicki_hmc *s = on_normal(RUNS[_i].kind, RUNS[_i].step);
    double inverse[N * N];

    sigma_as_metric(RUNS[_i].kind, inverse);
    ck_assert(wicki_metric_set(&s->metric, inverse));
    for (int t = -50; t < DRAWS; t++) {
        wicki_stream stream = stream_of(40 + (uint64_t)_i, (uint64_t)(t + 50));
        const wicki_transition r = RUNS[_i].leapfrogs
            ? wicki_hmc_static(s, &stream, RUNS[_i].leapfrogs)
            : wicki_hmc_nuts(s, &stream);
        ck_assert(!r.divergent && r.leapfrogs > 0 && r.accept > 0.0 && r.accept <= 1.0);
        if (t >= 0)
            memcpy(draw[t], s->now.q, sizeof draw[t]);
    }
    assert_moments();
    wicki_hmc_free(s);
}
END_TEST

/* Exponential with rate 1, whose density stops at 0: mean 1 and second moment 2. */
static void check_half_line(double (*value)(void *arg, const double *q, double *gradient))
{
    static double x[DRAWS], square[DRAWS];
    const double start = 0.7;
    wicki_hmc *s = new_sampler(w, 1, value, WICK_METRIC_UNIT, 0.6, &start);
    int met = 0;

    for (int t = 0; t < DRAWS; t++) {
        wicki_stream stream = stream_of(61, (uint64_t)t);
        const wicki_transition r =
            t % 2 ? wicki_hmc_nuts(s, &stream) : wicki_hmc_static(s, &stream, 3);
        met += r.divergent;
        x[t] = s->now.q[0];
        square[t] = x[t] * x[t];
        ck_assert(x[t] >= 0.0 && isfinite(r.energy));
    }
    ck_assert_int_gt(met, 100);
    assert_mean(x, 1.0);
    assert_mean(square, 2.0);
    wicki_hmc_free(s);
}

START_TEST(where_there_is_no_density_no_draw_goes)
{
    check_half_line(half_line_value);
    check_half_line(broken_value);
}
END_TEST

START_TEST(a_funnel_diverges)
{
    double q[9] = { 0.5, 0.3, -0.2, 0.8, 1.1, -0.7, 0.2, -0.4, 0.6 };
    wicki_hmc *s = new_sampler(w, 9, funnel_value, WICK_METRIC_UNIT, 0.6, q);
    int divergent = 0;

    for (int t = 0; t < 1000; t++) {
        wicki_stream stream = stream_of(70, (uint64_t)t);
        divergent += wicki_hmc_nuts(s, &stream).divergent;
        ck_assert(isfinite(s->now.potential));
    }
    ck_assert_int_gt(divergent, 5);
    wicki_hmc_free(s);
}
END_TEST

/* --- streams, limits, memory ------------------------------------------------------------------- */

START_TEST(a_transition_depends_on_place_and_key_alone)
{
    wicki_hmc *a = on_normal(WICK_METRIC_UNIT, 0.4), *b = on_normal(WICK_METRIC_UNIT, 0.4);

    for (uint64_t t = 0; t < 20; t++) {
        wicki_stream stream = stream_of(80, t);
        wicki_hmc_nuts(a, &stream);
    }
    for (uint64_t t = 19; t < 30; t++) {
        wicki_stream one = stream_of(80, t), other = stream_of(80, t);
        ck_assert(wicki_hmc_start(b, a->now.q));
        const wicki_transition x = wicki_hmc_nuts(a, &one), y = wicki_hmc_nuts(b, &other);
        ck_assert_mem_eq(a->now.q, b->now.q, N * sizeof(double));
        ck_assert(x.energy == y.energy && x.leapfrogs == y.leapfrogs);
    }
    wicki_hmc_free(a);
    wicki_hmc_free(b);
}
END_TEST

START_TEST(trees_are_no_deeper_than_allowed)
{
    wicki_hmc *s = on_normal(WICK_METRIC_UNIT, 0.001);

    for (unsigned depth = 1; depth < 6; depth++) {
        wicki_stream stream = stream_of(81, depth);
        s->max_depth = depth;
        const wicki_transition t = wicki_hmc_nuts(s, &stream);
        ck_assert_uint_eq(t.depth, depth);
        ck_assert_uint_eq(t.leapfrogs, ((size_t)1 << depth) - 1);
    }
    wicki_hmc_free(s);
}
END_TEST

START_TEST(transitions_allocate_nothing)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 5);
    static const double START[] = { 0.3, -1.0, 0.8 };
    wick *h = wick_new(&options);
    wicki_hmc *s = new_sampler(h, N, normal_value, WICK_METRIC_DENSE, 0.4, START);
    const size_t calls = m.calls;
    wicki_stream stream = stream_of(82, 0);

    for (int t = 0; t < 100; t++) {
        wicki_hmc_nuts(s, &stream);
        wicki_hmc_static(s, &stream, 5);
    }
    ck_assert_uint_eq(m.calls, calls);
    wicki_hmc_free(s);
    m.fail_at = m.calls + 1;
    ck_assert_ptr_null(new_sampler(h, N, normal_value, WICK_METRIC_DENSE, 0.4, START));
    ck_assert_int_eq(wick_status(h), WICK_ERR_MEMORY);
    wick_free(h);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hmc");
    TCase *tests = new_case(suite, "hmc");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_thousand_leapfrogs_can_be_gone_back);
    tcase_add_test(tests, the_error_of_the_energy_is_of_second_order);
    tcase_add_test(tests, the_leapfrog_keeps_volumes);
    tcase_add_test(tests, momenta_have_the_covariance_of_the_metric);
    tcase_add_test(tests, what_is_no_covariance_is_refused);
    tcase_add_test(tests, an_oscillator_turns_back_after_a_quarter);
    tcase_add_test(tests, the_neighbour_s_momentum_counts);
    tcase_add_test(tests, a_period_is_not_gone_round);
    tcase_add_loop_test(
        tests, draws_have_the_moments_of_a_normal, 0, (int)(sizeof RUNS / sizeof *RUNS));
    tcase_add_test(tests, where_there_is_no_density_no_draw_goes);
    tcase_add_test(tests, a_funnel_diverges);
    tcase_add_test(tests, a_transition_depends_on_place_and_key_alone);
    tcase_add_test(tests, trees_are_no_deeper_than_allowed);
    tcase_add_test(tests, transitions_allocate_nothing);
    return run_suite(suite);
}
