/* The mean-field normal guide, and the densities that all guides give to transformed sites. */
#include "tests/support/flat.h"
#include "tests/support/memory.h"
#include "tests/support/normal_elbo.h"

/* --- what it recovers -------------------------------------------------------------------------- */

START_TEST(a_lognormal_is_recovered_and_the_bound_is_tight)
{
    static const normal_blocks BLOCKS = { 1,
        { { "x_unconstrained", "AutoNormal.locs.x", "AutoNormal.scales.x" } } };
    wick *w = wick_new(NULL);
    const wick_program model = { lognormal, NULL };
    wick_guide *guide = wick_auto_normal_new(w, model, NULL);

    fit_normal(w, model, wick_guide_program(guide), &BLOCKS, 300);
    assert_close(get1(w, "AutoNormal.locs.x"), 0.2, 1e-6);
    assert_close(get1(w, "AutoNormal.scales.x"), 0.7, 1e-6);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide), NULL);
    assert_close(wick_svi_evaluate(svi), 0.0, 1e-6); /* nothing is observed: log 1 */
    assert_ok(w);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* The best product of normals for N(m, P^-1) has the means m and the variances 1 / P_ii. */
START_TEST(of_a_correlated_posterior_it_has_the_means_and_the_conditional_deviations)
{
    static const normal_blocks BLOCKS = { 2,
        { { "intercept", "AutoNormal.locs.intercept", "AutoNormal.scales.intercept" },
            { "slopes", "AutoNormal.locs.slopes", "AutoNormal.scales.slopes" } } };
    wick *w = wick_new(NULL);
    const wick_program model = { regression, NULL };
    wick_guide *guide = wick_auto_normal_new(w, model, NULL);
    const gaussian want = regression_posterior();
    double loc[3], scale[3];

    fit_normal(w, model, wick_guide_program(guide), &BLOCKS, 400);
    wick_param_get(w, "AutoNormal.locs.intercept", loc, 1);
    wick_param_get(w, "AutoNormal.locs.slopes", loc + 1, 2);
    wick_param_get(w, "AutoNormal.scales.intercept", scale, 1);
    wick_param_get(w, "AutoNormal.scales.slopes", scale + 1, 2);
    for (int i = 0; i < 3; i++) {
        assert_close(loc[i], want.mean[i], 1e-5);
        assert_close(scale[i], 1.0 / sqrt(want.precision[i][i]), 1e-5);
    }
    assert_ok(w);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

START_TEST(a_real_site_is_the_normal_itself_and_others_have_an_auxiliary_site)
{
    wick *w = wick_new(NULL);
    wick_guide *guides[] = { wick_auto_normal_new(w, (wick_program){ lognormal, NULL }, NULL),
        wick_auto_normal_new(w, (wick_program){ regression, NULL }, NULL) };
    const wick_trace *trace = wick_trace_run(w, wick_guide_program(guides[0]));

    ck_assert(wick_trace_find(trace, "x_unconstrained")->dist.auxiliary);
    ck_assert_str_eq(wick_trace_find(trace, "x")->dist.type->name, "delta_density");
    trace = wick_trace_run(w, wick_guide_program(guides[1]));
    ck_assert_str_eq(wick_trace_find(trace, "slopes")->dist.type->name, "normal");
    ck_assert_ptr_null(wick_trace_find(trace, "slopes_unconstrained"));
    assert_close(get1(w, "AutoNormal.scales.slopes"), 0.1, 1e-15);
    assert_ok(w);
    wick_guide_free(guides[0]);
    wick_guide_free(guides[1]);
    wick_free(w);
}
END_TEST

/* --- log q of transformed sites ---------------------------------------------------------------- */

/* Types of density 1 over sets that no distribution has to itself. */
typedef struct sets {
    wick_dist_type simplex, ordered, cholesky;
} sets;

static void transformed(wick *w, void *arg)
{
    const sets *s = arg;

    wick_sample(w, "positive", wick_gamma(2.0, 1.5));
    wick_sample(w, "interval", wick_uniform(-1.5, 2.5));
    wick_sample(w, "unit", wick_iid(wick_beta(2.0, 1.5), 2));
    wick_sample(w, "simplex", flat(w, &s->simplex, 3));
    wick_sample(w, "ordered", flat(w, &s->ordered, 2));
    wick_sample(w, "cholesky", flat(w, &s->cholesky, 2));
}

/* log |det dx/du| in terms of x. All maps are triangular. */
static double positive_log_det(const double *x)
{
    return log(x[0]);
}

static double interval_log_det(const double *x)
{
    return log((x[0] + 1.5) * (2.5 - x[0]) / 4.0);
}

static double unit_log_det(const double *x)
{
    return log(x[0] * (1.0 - x[0]) * x[1] * (1.0 - x[1]));
}

/* x_1 = s(u_1), x_2 = (1 - x_1) s(u_2) */
static double simplex_log_det(const double *x)
{
    return log(x[0] * (1.0 - x[0]) * x[1] * (1.0 - x[1] / (1.0 - x[0])));
}

static double ordered_log_det(const double *x)
{
    return log(x[1] - x[0]);
}

static double cholesky_log_det(const double *x)
{
    return log(x[0]) + log(x[3]);
}

static const struct {
    const char *site;
    size_t elements, coordinates;
    double (*log_det)(const double *x);
} TRANSFORMED[] = { { "positive", 1, 1, positive_log_det }, { "interval", 1, 1, interval_log_det },
    { "unit", 2, 2, unit_log_det }, { "simplex", 3, 2, simplex_log_det },
    { "ordered", 2, 2, ordered_log_det }, { "cholesky", 4, 3, cholesky_log_det } };
enum { N_TRANSFORMED = sizeof TRANSFORMED / sizeof *TRANSFORMED };

static double cost_of(wick *w, const wick_trace *trace, const char *name)
{
    return wick_value(wick_site_cost(w, wick_trace_find(trace, name)));
}

START_TEST(log_q_of_a_transformed_site_is_the_change_of_variables)
{
    wick *w = wick_new(&(wick_options){ .seed = (uint64_t)_i });
    const double loc[] = { 0.4, -0.7, 1.1 }, scale[] = { 0.8, 1.3, 0.6 };
    sets s = { flat_of(wick_simplex()), flat_of(wick_ordered()), flat_of(wick_lower_cholesky()) };
    wick_guide *guide = wick_auto_normal_new(w, (wick_program){ transformed, &s }, NULL);
    double u[3], x[4];

    wick_trace_run(w, wick_guide_program(guide));
    for (int i = 0; i < N_TRANSFORMED; i++) {
        const size_t n = TRANSFORMED[i].coordinates;
        wick_param_set(w, wick_name(w, "AutoNormal.locs.%s", TRANSFORMED[i].site), loc, n);
        wick_param_set(w, wick_name(w, "AutoNormal.scales.%s", TRANSFORMED[i].site), scale, n);
    }
    wick_reset(w);
    const wick_trace *trace = wick_trace_run(w, wick_guide_program(guide));
    assert_ok(w);
    for (int i = 0; i < N_TRANSFORMED; i++) {
        const char *name = TRANSFORMED[i].site;
        const char *auxiliary = wick_name(w, "%s_unconstrained", name);
        double log_q = 0.0;
        wick_trace_get(trace, auxiliary, u, TRANSFORMED[i].coordinates);
        wick_trace_get(trace, name, x, TRANSFORMED[i].elements);
        for (size_t k = 0; k < TRANSFORMED[i].coordinates; k++)
            log_q += log_normal(u[k], loc[k], scale[k]);
        assert_close(cost_of(w, trace, auxiliary), log_q, 1e-13);
        assert_close(cost_of(w, trace, name), -TRANSFORMED[i].log_det(x), 1e-12);
    }
    assert_ok(w);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* The density that log q gives to the weights, over the simplex, by the midpoint rule. */
START_TEST(log_q_of_a_simplex_integrates_to_1)
{
    enum { N = 400 };
    const double loc[] = { 0.4, -0.7 }, scale[] = { 0.8, 0.6 };
    double sum = 0.0;

    for (int i = 0; i < N; i++)
        for (int j = 0; j < N - i; j++) {
            const double half = i + j == N - 1 ? 1.0 / 3.0 : 0.5; /* the last cells are triangles */
            const double x[] = { (i + half) / N, (j + half) / N };
            const double last = 1.0 - x[0] - x[1];
            const double u[] = { log(x[0] / (1.0 - x[0])) + log(2.0), log(x[1] / last) };
            const double log_q = log_normal(u[0], loc[0], scale[0]) +
                log_normal(u[1], loc[1], scale[1]) - simplex_log_det(x);
            sum += exp(log_q) / N / N * (i + j == N - 1 ? 0.5 : 1.0);
        }
    assert_close(sum, 1.0, 1e-4);
}
END_TEST

/* --- plates ------------------------------------------------------------------------------------ */

enum { N_GROUPS = 3, N_MEMBERS = 8 };

static const double TABLE[N_MEMBERS * N_GROUPS] = { 0.5, -1.25, 2.0, 1.75, 0.25, -0.75, 1.5, 2.5,
    -2.0, 0.75, 1.25, -0.5, 3.0, -1.5, 0.0, 2.25, 1.0, -0.25, 0.6, 1.4, -1.1, 2.7, 0.9, -1.9 };

/* Which members are in the minibatch; 0: all. */
typedef struct minibatch {
    size_t n, indices[2];
} minibatch;

/* A local mean and scale for each member of two plates. */
static void locals(wick *w, void *arg)
{
    const minibatch *b = arg;
    const wick_plate_options members = {
        .name = "members", .size = N_MEMBERS, .subsample = b->n, .indices = b->n ? b->indices : NULL
    };

    wick_plate_enter(w, &members);
    WICK_PLATE (w, "groups", N_GROUPS) {
        const wick_var x = wick_sample(w, "x", wick_normal(0.0, 1.0));
        const wick_var s = wick_sample(w, "s", wick_lognormal(0.0, 0.5));
        wick_observe(w, "y", wick_normal(x, s), wick_data(w, TABLE, N_MEMBERS * N_GROUPS));
    }
    wick_exit(w);
}

static double loss_with(wick *w, const wick_guide *guide, minibatch *b)
{
    const problem p = { w, { locals, b }, wick_guide_program(guide), wick_trace_elbo, NULL };

    return loss_of(&p);
}

/* Draws of a member are the same in any minibatch, so that the mean over a partition is exact. */
START_TEST(the_mean_over_minibatches_is_the_loss_of_the_whole)
{
    wick *w = wick_new(&(wick_options){ .seed = 7 });
    minibatch all = { .n = 0 }, part = { 2, { 5, 1 } };
    wick_guide *whole = wick_auto_normal_new(w, (wick_program){ locals, &all }, NULL);
    wick_guide *batch = wick_auto_normal_new(w, (wick_program){ locals, &part }, NULL);
    static const size_t PARTS[4][2] = { { 3, 0 }, { 6, 1 }, { 4, 7 }, { 2, 5 } };
    const double want = loss_with(w, whole, &all);
    double mean = 0.0;

    ck_assert_uint_eq(wick_guide_size(batch, "x"), N_MEMBERS * N_GROUPS);
    ck_assert_uint_eq(wick_param_size(w, "AutoNormal.scales.s"), N_MEMBERS * N_GROUPS);
    for (int i = 0; i < 4; i++) {
        memcpy(part.indices, PARTS[i], sizeof part.indices);
        mean += 0.25 * loss_with(w, batch, &part);
    }
    assert_ok(w);
    assert_close(mean, want, 1e-13);
    wick_guide_free(whole);
    wick_guide_free(batch);
    wick_free(w);
}
END_TEST

START_TEST(a_step_moves_the_members_of_its_minibatch_only)
{
    wick *w = wick_new(NULL);
    minibatch part = { 2, { 5, 1 } };
    const wick_program model = { locals, &part };
    wick_guide *guide = wick_auto_normal_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide), NULL);
    double before[N_GROUPS * N_MEMBERS], after[N_GROUPS * N_MEMBERS];

    wick_svi_evaluate(svi);
    wick_guide_median(guide, "s", before, N_GROUPS * N_MEMBERS);
    wick_svi_step(svi);
    wick_guide_median(guide, "s", after, N_GROUPS * N_MEMBERS);
    assert_ok(w);
    for (int i = 0; i < N_GROUPS * N_MEMBERS; i++) /* the smaller plate, groups, comes first */
        ck_assert((before[i] != after[i]) == (i % N_MEMBERS == 5 || i % N_MEMBERS == 1));
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

/* --- compiled steps, memory -------------------------------------------------------------------- */

enum { N_LARGE = 3000 };

/* More members than are run whole: a compiled step takes them in tiles. */
static void large(wick *w, void *arg)
{
    const double *y = arg;
    const wick_var centre = wick_sample(w, "centre", wick_normal(0.0, 2.0));

    WICK_PLATE (w, "rows", N_LARGE) {
        const wick_var s = wick_sample(w, "s", wick_lognormal(0.0, 0.5));
        const wick_var part = wick_sample(w, "part", wick_uniform(-1.0, 1.0));
        wick_observe(w, "y", wick_normal(wick_add(centre, part), s), wick_data(w, y, N_LARGE));
    }
}

static double fit_large(bool compile, size_t threads, double *locs)
{
    wick *w = wick_new(&(wick_options){ .seed = 3, .math = WICK_MATH_PORTABLE });
    double y[N_LARGE], loss = 0.0;

    for (int i = 0; i < N_LARGE; i++)
        y[i] = sin(0.7 * i);
    const wick_program model = { large, y };
    wick_guide *guide = wick_auto_normal_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide),
        &(wick_svi_options){
            .optim = wick_adam(.lr = 0.05), .compile = compile, .threads = threads });
    for (int i = 0; i < 12; i++)
        loss = wick_svi_step(svi);
    assert_ok(w);
    wick_param_get_unconstrained(w, "AutoNormal.locs.s", locs, N_LARGE);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
    return loss;
}

START_TEST(compiled_steps_in_tiles_do_as_eager_ones)
{
    static double eager[N_LARGE], compiled[N_LARGE], threaded[N_LARGE];
    const double want = fit_large(false, 1, eager), got = fit_large(true, 1, compiled);

    assert_close(got, want, 1e-12);
    for (int i = 0; i < N_LARGE; i++)
        assert_close(compiled[i], eager[i], 1e-10);
    ck_assert_double_eq(fit_large(true, 2, threaded), got);
    assert_same_bits(compiled, threaded, N_LARGE);
}
END_TEST

START_TEST(warm_steps_allocate_nothing_and_all_memory_is_given_back)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 2);
    wick *w = wick_new(&options);
    minibatch all = { .n = 0 };
    const wick_program model = { locals, &all };
    wick_guide *guide = wick_auto_normal_new(w, model, NULL);
    wick_svi *svi = wick_svi_new(
        w, model, wick_guide_program(guide), &(wick_svi_options){ .compile = _i == 1 });

    for (int i = 0; i < 5; i++)
        wick_svi_step(svi);
    const size_t calls = m.calls;
    for (int i = 0; i < 100; i++)
        wick_svi_step(svi);
    assert_ok(w);
    if (_i == 0) /* a compiled step is recorded anew now and then */
        ck_assert_uint_eq(m.calls, calls);
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("auto_normal");
    TCase *fits = new_case(suite, "fits"), *densities = new_case(suite, "densities");
    TCase *plates = new_case(suite, "plates"), *steps = new_case(suite, "steps");

    tcase_add_test(fits, a_lognormal_is_recovered_and_the_bound_is_tight);
    tcase_add_test(fits, of_a_correlated_posterior_it_has_the_means_and_the_conditional_deviations);
    tcase_add_test(fits, a_real_site_is_the_normal_itself_and_others_have_an_auxiliary_site);
    tcase_add_loop_test(densities, log_q_of_a_transformed_site_is_the_change_of_variables, 0, 5);
    tcase_add_test(densities, log_q_of_a_simplex_integrates_to_1);
    tcase_add_test(plates, the_mean_over_minibatches_is_the_loss_of_the_whole);
    tcase_add_test(plates, a_step_moves_the_members_of_its_minibatch_only);
    tcase_add_test(steps, compiled_steps_in_tiles_do_as_eager_ones);
    tcase_add_loop_test(steps, warm_steps_allocate_nothing_and_all_memory_is_given_back, 0, 2);
    return run_suite(suite);
}
