/* What is found wrong with models that are known for it, and with those that are not. */
#include "tests/support/findings.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 1, .math = WICK_MATH_PORTABLE });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

static void schools(wick *h, void *arg)
{
    static const double effect[] = { 28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0 };
    static const double error[] = { 15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0 };
    const wick_var mu = wick_sample(h, "mu", wick_normal(0.0, 5.0));
    const wick_var tau = wick_sample(h, "tau", wick_half_cauchy(5.0));

    WICK_PLATE (h, "schools", 8) {
        const wick_var theta = arg
            ? wick_sample(h, "theta", wick_normal(mu, tau))
            : wick_add(mu, wick_mul(tau, wick_sample(h, "z", wick_normal(0.0, 1.0))));
        wick_observe(
            h, "effect", wick_normal(theta, wick_data(h, error, 8)), wick_data(h, effect, 8));
    }
}

START_TEST(centred_schools_diverge_where_tau_is_small)
{
    int centred = 1;
    const sampled s = sample_model(w, schools, &centred, NULL);
    const wick_findings *f = diagnose(s);
    const wick_finding *divergent = need(f, WICK_FINDING_DIVERGENT, "non-centred");
    const wick_finding *at = need(f, WICK_FINDING_DIVERGENT_AT, "divergent draws have small tau");

    ck_assert(divergent->count >= 10 && divergent->share == (double)divergent->count / 4000.0);
    ck_assert_str_eq(at->site, "tau");
    ck_assert_double_lt(at->value, 0.5 * at->limit);
    ck_assert_ptr_null(find(f, WICK_FINDING_LABELS));
    free_sampled(s);
}
END_TEST

/* At 0.8 some seeds have a divergence or two. */
START_TEST(non_centred_schools_are_clean)
{
    const sampled s = sample_model(w, schools, NULL, &(wick_mcmc_options){ .target_accept = 0.95 });

    ck_assert_msg(diagnose(s)->n == 0, "%s", diagnose(s)->text);
    free_sampled(s);
}
END_TEST

static void funnel(wick *h, void *arg)
{
    const wick_var v = wick_sample(h, "v", wick_normal(0.0, 3.0));

    (void)arg;
    WICK_PLATE (h, "members", 9)
        wick_sample(h, "x", wick_normal(0.0, wick_exp(wick_mul(v, 0.5))));
}

/* Members can be exchanged, and nobody is to be told so. */
START_TEST(a_funnel_warns)
{
    const sampled s =
        sample_model(w, funnel, NULL, &(wick_mcmc_options){ .warmup = 400, .samples = 400 });
    const wick_findings *f = diagnose(s);

    ck_assert_msg(find(f, WICK_FINDING_DIVERGENT) || find(f, WICK_FINDING_EBFMI), "%s", f->text);
    need(f, WICK_FINDING_ESS_BULK, "v ");
    need(f, WICK_FINDING_RHAT, "v 1.");
    ck_assert_ptr_null(find(f, WICK_FINDING_LABELS));
    free_sampled(s);
}
END_TEST

/* Half a normal at -10, half at 10. */
static wick_var far_modes(wick *h, wick_var q, void *arg)
{
    const wick_var x = wick_sum_axis(q, 0), a = wick_sub(x, 10.0), b = wick_add(x, 10.0);
    const wick_var low = wick_mul(wick_mul(b, b), -0.5), high = wick_mul(wick_mul(a, a), -0.5);

    (void)h;
    (void)arg;
    return wick_add(low, wick_softplus(wick_sub(high, low)));
}

START_TEST(far_modes_are_named)
{
    wick_potential *p = wick_potential_of_density(
        w, far_modes, NULL, 1, &(wick_potential_options){ .init_radius = 15.0 });
    const sampled s = sample_potential(p, &(wick_mcmc_options){ .samples = 300, .warmup = 300 });
    const wick_chains x = wick_mcmc_draws(s.chains, "q", 0);
    size_t low = 0;

    for (size_t c = 0; c < 4; c++)
        low += x.draws[c * 300] < 0.0;
    ck_assert(low > 0 && low < 4);
    const wick_finding *f = need(diagnose(s), WICK_FINDING_MODES, "different modes: q[0] is below");
    ck_assert_ptr_nonnull(strstr(f->text, "(mean -"));
    ck_assert_uint_eq(f->count, low < 4 - low ? low : 4 - low);
    ck_assert_double_lt(fabs(f->value), 2.0);
    ck_assert_double_gt(need(diagnose(s), WICK_FINDING_RHAT, "q[0]")->value, 1.5);
    free_sampled(s);
}
END_TEST

/* Ten standard normals: R-hat of 2000 draws as good as independent ones is over 1.01 if F(7, 1992) is over
 * 6, with a probability of 7e-7, for 11 quantities and two kinds of ranks 2e-5. That these can be exchanged is no label switching. */
START_TEST(normals_are_clean)
{
    for (uint64_t seed = 0; seed < 3; seed++) {
        wick_set_seed(w, seed);
        const sampled s =
            sample_potential(wick_potential_of_density(w, standard_normal, NULL, 10, NULL),
                &(wick_mcmc_options){ .warmup = 300, .samples = 500 });
        ck_assert_msg(diagnose(s)->n == 0, "%s", diagnose(s)->text);
        free_sampled(s);
    }
}
END_TEST

START_TEST(trajectories_that_are_cut_are_counted)
{
    const wick_mcmc_options options = { .max_depth = 2, .samples = 200, .warmup = 200 };
    const sampled s = sample_model(w, schools, NULL, &options);
    const wick_chains depth = wick_mcmc_statistic(s.chains, WICK_TREE_DEPTH);
    size_t count = 0;

    for (size_t i = 0; i < 800; i++)
        count += depth.draws[i] >= 2.0;
    const wick_finding *f = need(diagnose(s), WICK_FINDING_TREE_DEPTH, "a tree depth of 2");
    ck_assert(f->count == count && f->value == 2.0 && f->share == (double)count / 800.0);
    free_sampled(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("diagnose models");
    TCase *all = new_case(suite, "all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, centred_schools_diverge_where_tau_is_small);
    tcase_add_test(all, non_centred_schools_are_clean);
    tcase_add_test(all, a_funnel_warns);
    tcase_add_test(all, far_modes_are_named);
    tcase_add_test(all, normals_are_clean);
    tcase_add_test(all, trajectories_that_are_cut_are_counted);
    return run_suite(suite);
}
