/* Every state of small models, against formulas and loops written out here. */
#include "tests/infer/exact_models.h"
#include "tests/support/fit.h"
#include "tests/support/five_point.h"

/* --- closed forms ----------------------------------------------------------------------------- */

START_TEST(of_two_coins_the_first_follows_bayes_rule)
{
    wick *w = wick_new(NULL);
    bool seen = true;
    double p[2], value;
    wick_exact *e = exact_of(w, two_coins, &seen);
    const double evidence = 0.65 * 0.9 + 0.35 * 0.25;

    assert_ok(w);
    ck_assert_uint_eq(wick_exact_states(e), 2);
    assert_close(wick_exact_log_evidence(e), log(evidence), 1e-15);
    assert_close(wick_exact_prob(e, 0), 0.65 * 0.9 / evidence, 1e-15);
    assert_close(wick_exact_prob(e, 1), 0.35 * 0.25 / evidence, 1e-15);
    ck_assert_uint_eq(wick_exact_marginals(e, "a", p, 2), 2);
    assert_close(p[1], 0.35 * 0.25 / evidence, 1e-15);
    ck_assert_uint_eq(wick_exact_mode(e), 0);
    ck_assert_uint_eq(wick_exact_get(e, 1, "a", &value, 1), 1);
    ck_assert_double_eq(value, 1.0);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

START_TEST(the_site_met_first_changes_last)
{
    static const double JOINT[4] = { 0.65 * 0.1, 0.65 * 0.9, 0.35 * 0.75, 0.35 * 0.25 };
    wick *w = wick_new(NULL);
    bool seen = false;
    wick_exact *e = exact_of(w, two_coins, &seen);

    assert_ok(w);
    ck_assert_uint_eq(wick_exact_states(e), 4);
    assert_close(wick_exact_log_evidence(e), 0.0, 1e-15);
    for (size_t i = 0; i < 4; i++) {
        double a, b;
        wick_exact_get(e, i, "a", &a, 1);
        wick_exact_get(e, i, "b", &b, 1);
        ck_assert_double_eq(2.0 * a + b, (double)i);
        assert_close(wick_exact_prob(e, i), JOINT[i], 1e-15);
    }
    ck_assert_uint_eq(wick_exact_mode(e), 1);
    assert_ok(w);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

static double chain_joint(const int *z)
{
    double p = 1.0;

    for (int t = 0; t < LENGTH; t++)
        p *= (t == 0 ? START[z[0]] : MOVE[z[t - 1]][z[t]]) *
            exp(log_normal(SEEN[t], LOC[z[t]], 0.9));
    return p;
}

START_TEST(a_chain_of_three_states_agrees_with_loops)
{
    wick *w = wick_new(NULL);
    wick_exact *e = exact_of(w, chain, NULL);
    double evidence = 0.0, best = 0.0, marginal[LENGTH][3] = { { 0.0 } }, got[3];
    size_t mode = 0;
    int z[LENGTH];

    assert_ok(w);
    ck_assert_uint_eq(wick_exact_states(e), 81);
    for (int i = 0; i < 81; i++) {
        for (int t = LENGTH, rest = i; t-- > 0; rest /= 3)
            z[t] = rest % 3;
        const double p = chain_joint(z);
        evidence += p;
        for (int t = 0; t < LENGTH; t++)
            marginal[t][z[t]] += p;
        mode = p > best ? (size_t)i : mode;
        best = fmax(best, p);
    }
    assert_close(wick_exact_log_evidence(e), log(evidence), 1e-14);
    ck_assert_uint_eq(wick_exact_mode(e), mode);
    assert_close(wick_exact_prob(e, mode), best / evidence, 1e-13);
    for (int t = 0; t < LENGTH; t++) {
        wick_exact_marginals(e, wick_name(w, "z_%d", t), got, 3);
        for (int k = 0; k < 3; k++)
            assert_close(got[k], marginal[t][k] / evidence, 1e-14);
    }
    const problem p = summed(w, chain, NULL);
    assert_close(-wick_exact_log_evidence(e), loss_of(&p), 1e-13);
    assert_ok(w);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

/* --- five points ------------------------------------------------------------------------------ */

/* The tutorial's mixture, given its continuous variables. */
typedef struct given_mixture {
    double weights[2], locs[2], scale;
} given_mixture;

static void five_points_given(wick *w, void *arg)
{
    const given_mixture *g = arg;
    five_point f = { FIVE_POINTS, NULL, 0.0 };
    wick_var locs = WICK_VAR_NONE;

    WICK_PLATE (w, "components", 2)
        locs = wick_data(w, g->locs, 2);
    const wick_binding given[] = { { "weights", wick_const(w, g->weights, 2) },
        { "scale", wick_num(w, g->scale) }, { "locs", locs } };
    WICK_WITH (w, wick_condition(w, 3, given))
        five_point_model(w, &f);
}

/* The losses are those of Pyro's tutorial model in double precision, worked out apart from wick: at
 * the points 1 and 10 with the tutorial's scale, and at the optimum. */
START_TEST(five_points_have_the_evidence_of_the_tutorial)
{
    static const struct {
        given_mixture at;
        double loss, relative;
    } CASES[] = {
        { { { 0.5, 0.5 }, { 1.0, 10.0 }, 4.104875150354759 }, 25.665584461001, 1e-13 },
        { { { 0.375, 0.625 }, { 0.498941331654, 10.984461897792 }, 0.651433698758 },
            17.443254879108, 1e-13 },
    };
    static const double LABELS[FIVE] = { 0.0, 0.0, 1.0, 1.0, 1.0 };
    wick *w = wick_new(NULL);

    for (size_t i = 0; i < 2; i++) {
        given_mixture at = CASES[i].at;
        double z[FIVE];
        wick_exact *e = exact_of(w, five_points_given, &at);
        assert_ok(w);
        ck_assert_uint_eq(wick_exact_states(e), 32);
        assert_close(wick_exact_log_evidence(e), -CASES[i].loss, CASES[i].relative);
        wick_exact_get(e, wick_exact_mode(e), "assignment", z, FIVE);
        ck_assert_mem_eq(z, LABELS, sizeof z);
        wick_exact_free(e);
    }
    wick_free(w);
}
END_TEST

START_TEST(five_points_are_independent_given_the_parameters)
{
    given_mixture at = { { 0.4, 0.6 }, { 3.5, 8.0 }, 4.5 };
    wick *w = wick_new(NULL);
    double upper[FIVE], marginals[FIVE * 2], z[FIVE];
    wick_exact *e = exact_of(w, five_points_given, &at);

    assert_ok(w);
    for (int i = 0; i < FIVE; i++) {
        const double a = 0.4 * exp(log_normal(FIVE_POINTS[i], 3.5, 4.5));
        const double b = 0.6 * exp(log_normal(FIVE_POINTS[i], 8.0, 4.5));
        upper[i] = b / (a + b);
    }
    ck_assert_uint_eq(wick_exact_marginals(e, "assignment", marginals, FIVE * 2), FIVE * 2);
    for (int i = 0; i < FIVE; i++) {
        assert_close(marginals[2 * i + 1], upper[i], 1e-14);
        assert_close(marginals[2 * i], 1.0 - upper[i], 1e-14);
    }
    for (size_t s = 0; s < 32; s++) {
        double p = 1.0;
        wick_exact_get(e, s, "assignment", z, FIVE);
        for (int i = 0; i < FIVE; i++) {
            ck_assert_double_eq(z[i], (double)(s >> (FIVE - 1 - i) & 1));
            p *= z[i] > 0.0 ? upper[i] : 1.0 - upper[i];
        }
        assert_close(wick_exact_prob(e, s), p, 1e-14);
    }
    assert_ok(w);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

/* --- plates and masks ------------------------------------------------------------------------- */

/* Opened with the larger plate outside. */
typedef struct table_of_cells {
    double p[6]; /* [b 3][a 2] */
    wick_var z;
} table_of_cells;

static void cells(wick *w, void *arg)
{
    table_of_cells *t = arg;

    WICK_PLATE (w, "b", 3)
        WICK_PLATE (w, "a", 2)
            t->z = wick_sample(w, "z", wick_bernoulli(wick_data(w, t->p, 6)));
}

START_TEST(members_are_in_the_order_of_wick_get)
{
    table_of_cells arg = { .p = { 0.1, 0.2, 0.3, 0.4, 0.55, 0.65 } };
    wick *w = wick_new(NULL);
    double z[6], p[12], order[6];

    wick_exact *e = exact_of(w, cells, &arg);
    assert_ok(w);
    ck_assert_uint_eq(wick_exact_states(e), 64);
    wick_exact_marginals(e, "z", p, 12);
    wick_exact_get(e, 64 - 1 - 2, "z", z, 6); /* all ones but the last but one */

    wick_trace_run(w, (wick_program){ cells, &arg });
    WICK_PLATE (w, "b", 3)
        WICK_PLATE (w, "a", 2) {
            const wick_var probs = wick_add(wick_mul(arg.z, 0.0), wick_data(w, arg.p, 6));
            wick_get(probs, order, 6);
        }
    assert_ok(w);
    for (int m = 0; m < 6; m++) {
        assert_close(p[2 * m + 1], order[m], 1e-14);
        ck_assert_double_eq(z[m], m == 4 ? 0.0 : 1.0);
    }
    ck_assert_double_ne(order[1], arg.p[1]); /* [a][b], since a is the smaller one */
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

static const double PRESENT[4] = { 1.0, 0.0, 1.0, 0.0 };

/* Rows of which two are masked: their sites keep the prior, their data do not count. A number
 * counts once for each row. */
static void masked_rows(wick *w, void *arg)
{
    static const double Y[4] = { 0.2, NAN, 1.8, NAN };

    (void)arg;
    WICK_PLATE (w, "rows", 4)
        WICK_WITH (w, wick_mask(w, wick_data(w, PRESENT, 4))) {
            const wick_var z = wick_sample(w, "z", wick_bernoulli(0.3));
            wick_observe(w, "y", wick_normal(z, 0.7), wick_data(w, Y, 4));
            wick_factor(w, "bonus", wick_num(w, -0.25));
        }
}

START_TEST(masked_sites_keep_their_prior_and_masked_data_do_not_count)
{
    wick *w = wick_new(NULL);
    double p[8], want = 0.0;
    wick_exact *e = exact_of(w, masked_rows, NULL);

    assert_ok(w);
    wick_exact_marginals(e, "z", p, 8);
    for (int i = 0; i < 4; i += 2) {
        const double y = i == 0 ? 0.2 : 1.8;
        const double off = 0.7 * exp(log_normal(y, 0.0, 0.7));
        const double on = 0.3 * exp(log_normal(y, 1.0, 0.7));
        assert_close(p[2 * i + 1], on / (on + off), 1e-14);
        assert_close(p[2 * (i + 1) + 1], 0.3, 1e-14);
        want += log(on + off) - 0.25;
    }
    assert_close(wick_exact_log_evidence(e), want, 1e-14);
    const problem summed_out = summed(w, masked_rows, NULL);
    assert_close(-loss_of(&summed_out), want, 1e-14);
    assert_ok(w);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

/* What is drawn once and looked at by every row counts once, and its factor for each row. */
static void shared_site(wick *w, void *arg)
{
    (void)arg;
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.3));
    WICK_PLATE (w, "rows", 5)
        wick_factor(w, "f", wick_mul(z, -0.4));
}

START_TEST(a_density_counts_once_for_each_member_of_its_plates)
{
    wick *w = wick_new(NULL);
    wick_exact *e = exact_of(w, shared_site, NULL);

    assert_close(wick_exact_log_evidence(e), log(0.7 + 0.3 * exp(-0.4 * 5.0)), 1e-15);
    assert_ok(w);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

/* --- paths ------------------------------------------------------------------------------------ */

START_TEST(paths_may_have_different_sites)
{
    wick *w = wick_new(NULL);
    double joint[MOST_TOSSES + 1], evidence = 0.0, later = 0.0, p[3], value;
    wick_exact *e = exact_of(w, tosses, NULL);

    assert_ok(w);
    for (int n = 0; n <= MOST_TOSSES; n++) {
        joint[n] = pow(0.6, n) * (n < MOST_TOSSES ? 0.4 : 1.0) * exp(log_normal(3.2, n, 1.5));
        evidence += joint[n];
        later += n > 2 ? joint[n] : 0.0;
    }
    assert_close(wick_exact_log_evidence(e), log(evidence), 1e-14);
    ck_assert_uint_eq(wick_exact_states(e), 3 + 3 * 3);
    for (int n = 0; n <= MOST_TOSSES; n++)
        ck_assert(n == 2 || joint[2] > joint[n] / (n > 2 ? 3.0 : 1.0));
    ck_assert_uint_eq(wick_exact_mode(e), 2);
    for (size_t i = 0; i < 12; i++) {
        const size_t n = i < 3 ? i : 3 + (i - 3) / 3;
        assert_close(wick_exact_prob(e, i), joint[n] / evidence / (i < 3 ? 1.0 : 3.0), 1e-14);
        ck_assert_uint_eq(wick_exact_get(e, i, "prize", &value, 1), i < 3 ? 0 : 1);
    }
    wick_exact_marginals(e, "prize", p, 3);
    for (int k = 0; k < 3; k++)
        assert_close(p[k], later / evidence / 3.0, 1e-14);
    wick_exact_marginals(e, "toss_1", p, 2);
    assert_close(p[0], joint[1] / evidence, 1e-14);
    assert_close(p[0] + p[1], 1.0 - joint[0] / evidence, 1e-14);
    assert_ok(w);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

/* Behind the impossible value lies a density that is NaN. */
static void guarded(wick *w, void *arg)
{
    static const double P[] = { 0.4, 0.0, 0.6 };

    (void)arg;
    const wick_var z = wick_sample(w, "z", wick_categorical(wick_const(w, P, 3)));
    const double scale = wick_value(z) == 1.0 ? -1.0 : 0.5 + wick_value(z);
    wick_observe(w, "y", wick_normal(0.0, scale), wick_num(w, 0.7));
}

START_TEST(behind_an_impossible_value_nothing_is_looked_at)
{
    wick *w = wick_new(NULL);
    wick_exact *e = exact_of(w, guarded, NULL);

    assert_close(wick_exact_log_evidence(e),
        log(0.4 * exp(log_normal(0.7, 0.0, 0.5)) + 0.6 * exp(log_normal(0.7, 0.0, 2.5))), 1e-14);
    ck_assert_double_eq(wick_exact_prob(e, 1), 0.0);
    assert_ok(w);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

static void nothing_discrete(wick *w, void *arg)
{
    (void)arg;
    wick_observe(w, "y", wick_normal(0.4, 1.5), wick_num(w, -0.9));
    wick_sample(w, "d", wick_delta(2.5));
}

START_TEST(a_model_without_discrete_sites_has_one_state)
{
    wick *w = wick_new(NULL);
    wick_exact *e = exact_of(w, nothing_discrete, NULL);
    double x;

    ck_assert_uint_eq(wick_exact_states(e), 1);
    assert_close(wick_exact_log_evidence(e), log_normal(-0.9, 0.4, 1.5), 1e-15);
    ck_assert_double_eq(wick_exact_prob(e, 0), 1.0);
    ck_assert_uint_eq(wick_exact_get(e, 0, "z", &x, 1), 0);
    assert_error(w, WICK_ERR_NAME, "wick_exact_get", "'z'", "there are: none");
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

/* Far below what exp can hold. */
static void faint(wick *w, void *arg)
{
    (void)arg;
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.35));
    wick_factor(w, "f", wick_sub(wick_mul(z, 0.75), 4000.0));
}

START_TEST(the_evidence_of_improbable_data_is_stable)
{
    wick *w = wick_new(NULL);
    wick_exact *e = exact_of(w, faint, NULL);

    assert_close(wick_exact_log_evidence(e), -4000.0 + log(0.65 + 0.35 * exp(0.75)), 1e-15);
    assert_close(wick_exact_prob(e, 1), 0.35 * exp(0.75) / (0.65 + 0.35 * exp(0.75)), 1e-12);
    assert_ok(w);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

static void even(wick *w, void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++)
        wick_sample(w, wick_name(w, "z_%d", i), wick_bernoulli(0.5));
    wick_factor(w, "f", wick_mul(wick_param(w, "p", wick_init_num(0.3), wick_real()), -1.0));
}

START_TEST(of_equal_states_the_first_is_the_mode)
{
    wick *w = wick_new(NULL);
    wick_exact *e = exact_of(w, even, NULL);

    ck_assert_uint_eq(wick_exact_mode(e), 0);
    assert_close(wick_exact_log_evidence(e), -0.3, 1e-15);
    assert_ok(w);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

/* --- what is around it ------------------------------------------------------------------------ */

/* A continuous mean from the guide, whose sites nobody else is to see. */
static void mixture(wick *w, void *arg)
{
    (void)arg;
    const wick_var mean = wick_sample(w, "mean", wick_normal(0.0, 2.0));
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.4));
    wick_observe(w, "y", wick_normal(wick_mul(mean, wick_add(z, 1.0)), 0.6), wick_num(w, 1.3));
}

static void mixture_guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "mean", wick_delta(wick_param(w, "at", wick_init_num(0.7), wick_real())));
}

static void mixture_at_guide(wick *w, void *arg)
{
    wick_trace *guide = NULL;

    WICK_WITH (w, wick_block(w))
        guide = wick_trace_run(w, (wick_program){ mixture_guide, NULL });
    WICK_WITH (w, wick_replay(w, guide))
        mixture(w, arg);
}

START_TEST(the_model_may_be_run_at_the_values_of_a_guide)
{
    wick *w = wick_new(NULL);
    wick_exact *e = exact_of(w, mixture_at_guide, NULL);

    assert_ok(w);
    assert_close(wick_exact_log_evidence(e),
        log_normal(0.7, 0.0, 2.0) +
            log(0.6 * exp(log_normal(1.3, 0.7, 0.6)) + 0.4 * exp(log_normal(1.3, 1.4, 0.6))),
        1e-14);
    ck_assert(wick_param_exists(w, "at"));
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

START_TEST(vars_parameters_and_open_plates_of_the_caller_are_as_before)
{
    wick *w = wick_new(NULL);
    bool seen = true;
    wick_var slope = wick_param(w, "slope", wick_init_num(1.5), wick_real());
    const wick_var x = wick_mul(slope, 3.0);
    double gradient;

    WICK_PLATE (w, "rows", 4) {
        wick_exact *e = exact_of(w, two_coins, &seen);
        ck_assert_uint_eq(wick_exact_states(e), 2);
        wick_exact_free(e);
        ck_assert_uint_eq(wick_size(wick_index(w, "rows")), 4);
    }
    wick_backward(wick_square(x));
    wick_get_gradient(slope, &gradient, 1);
    assert_close(gradient, 2.0 * 4.5 * 3.0, 1e-15);
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* --- a larger one ----------------------------------------------------------------------------- */

/* Ten sites, 2^14 states, that do not know of one another. */
static void ten_sites(wick *w, void *arg)
{
    (void)arg;
    for (int i = 0; i < 8; i++)
        wick_sample(w, wick_name(w, "z_%d", i), wick_bernoulli(0.1 + 0.09 * i));
    WICK_PLATE (w, "rows", 6) {
        const wick_var u = wick_sample(w, "u", wick_bernoulli(0.35));
        wick_observe(w, "y", wick_normal(u, 0.6), wick_num(w, 0.8));
    }
}

START_TEST(sixteen_thousand_states_keep_their_digits)
{
    wick *w = wick_new(NULL);
    double p[12];
    wick_exact *e = exact_of(w, ten_sites, NULL);
    const double on = 0.35 * exp(log_normal(0.8, 1.0, 0.6));
    const double off = 0.65 * exp(log_normal(0.8, 0.0, 0.6));

    assert_ok(w);
    ck_assert_uint_eq(wick_exact_states(e), 1 << 14);
    assert_close(wick_exact_log_evidence(e), 6.0 * log(on + off), 1e-14);
    wick_exact_marginals(e, "z_3", p, 2);
    assert_close(p[1], 0.37, 1e-13);
    wick_exact_marginals(e, "u", p, 12);
    assert_close(p[7], on / (on + off), 1e-13);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exact");
    TCase *closed = new_case(suite, "closed_forms"), *paths = new_case(suite, "paths");
    TCase *around = new_case(suite, "around");

    tcase_add_test(closed, of_two_coins_the_first_follows_bayes_rule);
    tcase_add_test(closed, the_site_met_first_changes_last);
    tcase_add_test(closed, a_chain_of_three_states_agrees_with_loops);
    tcase_add_test(closed, five_points_have_the_evidence_of_the_tutorial);
    tcase_add_test(closed, five_points_are_independent_given_the_parameters);
    tcase_add_test(closed, members_are_in_the_order_of_wick_get);
    tcase_add_test(closed, masked_sites_keep_their_prior_and_masked_data_do_not_count);
    tcase_add_test(closed, a_density_counts_once_for_each_member_of_its_plates);
    tcase_add_test(closed, sixteen_thousand_states_keep_their_digits);
    tcase_add_test(paths, paths_may_have_different_sites);
    tcase_add_test(paths, behind_an_impossible_value_nothing_is_looked_at);
    tcase_add_test(paths, a_model_without_discrete_sites_has_one_state);
    tcase_add_test(paths, the_evidence_of_improbable_data_is_stable);
    tcase_add_test(paths, of_equal_states_the_first_is_the_mode);
    tcase_add_test(around, the_model_may_be_run_at_the_values_of_a_guide);
    tcase_add_test(around, vars_parameters_and_open_plates_of_the_caller_are_as_before);
    return run_suite(suite);
}
