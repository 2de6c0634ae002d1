/* Where guides start. */
#include "tests/support/fit.h"
#include "tests/support/flat.h"

static void starts(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_lognormal(0.3, 0.5));
    WICK_PLATE (w, "rows", 4)
        wick_sample(w, "p", wick_iid(wick_uniform(2.0, 5.0), 2));
    wick_sample(w, "weights", wick_dirichlet(wick_fill(w, 2.5, 3)));
}

static const double ROWS[8] = { 2.5, 3.0, 3.5, 4.0, 4.5, 2.25, 2.75, 3.25 };

START_TEST(ready_functions_start_where_they_say)
{
    const double x = 1.75, radius = 0.25;
    const wick_init_value values[] = { { "x", &x, 1 }, { "p", ROWS, 8 }, { NULL, NULL, 0 } };
    const struct {
        wick_init_function init;
        const void *arg;
    } cases[] = { { wick_init_to_median, NULL }, { wick_init_to_mean, NULL },
        { wick_init_to_sample, NULL }, { wick_init_to_uniform, NULL },
        { wick_init_to_uniform, &radius }, { wick_init_to_feasible, NULL },
        { wick_init_to_value, values } };
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const wick_auto_options o = { .init = cases[i].init,
            .init_arg = (void *)(uintptr_t)cases[i].arg };
        wick_guide *guide = wick_auto_normal_new(w, (wick_program){ starts, NULL }, &o);
        double got, p[8], weights[3], u[8];
        wick_trace_run(w, wick_guide_program(guide));
        wick_guide_median(guide, "x", &got, 1);
        wick_guide_median(guide, "p", p, 8);
        wick_guide_median(guide, "weights", weights, 3);
        wick_param_get(w, "AutoNormal.locs.p", u, 8);
        assert_ok(w);
        assert_close(weights[0] + weights[1] + weights[2], 1.0, 1e-14);
        for (int k = 0; k < 8; k++)
            ck_assert(p[k] > 2.0 && p[k] < 5.0);
        switch (i) {
        case 1:
            assert_close(got, exp(0.3 + 0.125), 1e-13);
            assert_close(p[5], 3.5, 1e-13);
            assert_close(weights[1], 1.0 / 3.0, 1e-13);
            break;
        case 4:
            for (int k = 0; k < 8; k++)
                ck_assert(fabs(u[k]) < radius && u[k] != u[(k + 1) % 8]);
            break;
        case 5:
            assert_close(got, 1.0, 1e-15);
            assert_close(p[7], 3.5, 1e-15);
            assert_close(weights[2], 1.0 / 3.0, 1e-15);
            break;
        case 6:
            assert_close(got, x, 1e-14);
            for (int k = 0; k < 8; k++)
                assert_close(p[k], ROWS[k], 1e-14);
            break;
        default:
            ck_assert(p[0] != p[2]); /* another one for each member */
        }
        wick_guide_free(guide);
        wick_params_clear(w);
    }
    wick_free(w);
}
END_TEST

static wick_var bad_start(wick *w, const wick_site *site, void *arg)
{
    const int what = *(int *)arg;

    ck_assert_ptr_nonnull(site->dist.type);
    if (strcmp(site->name, "x") != 0)
        return WICK_VAR_NONE;
    return what == 0 ? wick_num(w, -0.5) : what == 1 ? wick_fill(w, 0.5, 3) : wick_num(w, NAN);
}

START_TEST(a_start_outside_the_support_or_of_another_shape_is_refused)
{
    static const struct {
        wick_code code;
        const char *words[2];
    } WANT[] = { { WICK_ERR_DOMAIN, { "the initial value of 'x', member 0", "positive" } },
        { WICK_ERR_SHAPE, { "the initial value of 'x' is [3], a draw of it is a scalar", "" } },
        { WICK_ERR_DOMAIN, { "the initial value of 'x'", "nan" } } };
    wick *w = wick_new(NULL);
    const wick_program model = { starts, NULL };

    for (int i = 0; i < 3; i++) {
        const wick_auto_options o = { .init = bad_start, .init_arg = &i };
        wick_guide *guide = wick_auto_multivariate_normal_new(w, model, &o);
        wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide), NULL);
        ck_assert_double_nan(wick_svi_step(svi));
        assert_error(w, WANT[i].code, "wick_auto_multivariate_normal_new", WANT[i].words[0],
            WANT[i].words[1]);
        ck_assert_uint_eq(wick_param_count(w), 0);
        wick_svi_free(svi);
        wick_guide_free(guide);
    }
    wick_free(w);
}
END_TEST

typedef wick_guide *maker(wick *w, wick_program model, const wick_auto_options *options);

/* --- every constraint -------------------------------------------------------------------------- */

#define COUNT(upper, lower, rank) +1
enum { KINDS = 0 WICK_CONSTRAINT_LIST(COUNT) };
#undef COUNT

static void flat_model(wick *w, void *arg)
{
    WICK_PLATE (w, "rows", 2)
        wick_sample(w, "x", flat(w, arg, 3));
}

static void assert_holds(wick_constraint c, const double *x, size_t n)
{
    const size_t rank = wicki_constraint_rank(c), each = rank == 2 ? 9 : rank ? 3 : 1;
    char reason[160];

    for (size_t i = 0; i < n; i += each)
        ck_assert_msg(
            wicki_constraint_holds(c, rank, (size_t[]){ 3, 3 }, x + i, 1, reason, sizeof reason),
            "%s: %s", wick_constraint_name(c), reason);
}

START_TEST(guides_start_and_stay_within_every_constraint_that_has_a_bijection)
{
    static maker *const make[] = { wick_auto_normal_new, wick_auto_multivariate_normal_new,
        wick_auto_low_rank_new };
    wick_constraint c = { .kind = (wick_constraint_kind)_i, .lower = -1.5, .upper = 2.5 };
    wick_dist_type type = flat_of(c);
    wick *w = wick_new(&(wick_options){ .seed = (uint64_t)_i });
    const wick_program model = { flat_model, &type };
    double x[5 * 18];

    for (int k = 0; k < 3 && !wicki_constraint_is_discrete(c); k++) {
        wick_guide *guide = make[k](w, model, &(wick_auto_options){ .init_scale = 0.7 });
        const wick_trace *trace = wick_trace_run(w, wick_guide_program(guide));
        const size_t n = wick_guide_size(guide, "x");
        assert_ok(w);
        wick_guide_sample(guide, "x", 5, x, 5 * n);
        assert_holds(c, x, 5 * n);
        wick_guide_median(guide, "x", x, n);
        assert_holds(c, x, n);
        wick_guide_quantile(guide, "x", 0.9, x, n);
        assert_holds(c, x, n);
        if (k == 0 && c.kind != WICK_REAL) {
            const wick_var u = wick_trace_find(trace, "x_unconstrained")->value;
            const wick_site *site = wick_trace_find(trace, "x");
            const double cost = wick_value(wick_sum(wick_site_cost(w, site), "rows"));
            assert_close(cost, -wick_value(wick_sum(wick_biject_log_det(c, u), "rows")), 1e-14);
        }
        assert_ok(w);
        wick_guide_free(guide);
    }
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guide_starts");
    TCase *starts = new_case(suite, "starts");
    TCase *constraints = new_case(suite, "constraints");

    tcase_add_test(starts, ready_functions_start_where_they_say);
    tcase_add_test(starts, a_start_outside_the_support_or_of_another_shape_is_refused);
    tcase_add_loop_test(
        constraints, guides_start_and_stay_within_every_constraint_that_has_a_bijection, 0, KINDS);
    return run_suite(suite);
}
