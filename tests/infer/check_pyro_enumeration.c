/* Pyro's tests of enumeration (pyro-ppl/pyro, tests/infer/test_enum.py), each eager and compiled: sites that
 * are enumerated in the guide.
 * Figures are those of the formulas named at each test, in double precision, or stand in Pyro's
 * file. */
#include "tests/support/outcome.h"

/* --- test_elbo_bern_bern, test_elbo_categoricals ------------------------------------------------- */

/* Two coins; drawn ones along an ambient dimension, of which the loss is the mean. */
typedef struct two_coins {
    how how[2];
    size_t draws;
} two_coins;

static void two_coins_model(wick *w, void *arg)
{
    const two_coins *c = arg;

    WICK_AMBIENT (w, "draws", c->draws) {
        wick_sample(w, "x1", wick_bernoulli(0.2));
        wick_sample(w, "x2", wick_bernoulli(0.4));
    }
}

static void two_coins_guide(wick *w, void *arg)
{
    const two_coins *c = arg;
    const wick_var q = wick_param(w, "q", wick_init_num(0.75), wick_real());

    WICK_AMBIENT (w, "draws", c->draws) {
        wick_sample(w, "x1", marked(wick_bernoulli(q), c->how[0]));
        wick_sample(w, "x2", marked(wick_bernoulli(q), c->how[1]));
    }
}

START_TEST(two_coins_have_their_divergence_however_they_are_summed)
{
    two_coins c = { { (how)(_i % 3), (how)(_i / 3) }, 1 };
    const bool drawn = c.how[0] == DRAWN || c.how[1] == DRAWN;
    c.draws = drawn ? 20000 : 1;
    const outcome o = checked(two_coins_model, two_coins_guide, &c);

    ck_assert_double_eq_tol(o.loss, 0.953118488, drawn ? 0.2 : 1e-9);
    ck_assert_double_eq_tol(o.gradient[0], 3.988984047, drawn ? 0.2 : 1e-9);
}
END_TEST

static const double P1[] = { 0.6, 0.4 }, P2[] = { 0.3, 0.3, 0.4 }, P3[] = { 0.1, 0.2, 0.3, 0.4 },
                    Q1[] = { 0.4, 0.6 }, Q2[] = { 0.4, 0.3, 0.3 }, Q3[] = { 0.4, 0.3, 0.2, 0.1 };
static const double *const P[] = { P1, P2, P3 }, *const Q[] = { Q1, Q2, Q3 };

static void categoricals_model(wick *w, void *arg)
{
    (void)arg;
    for (size_t i = 0; i < 3; i++)
        wick_sample(w, wick_name(w, "x_%zu", i), wick_categorical(wick_const(w, P[i], i + 2)));
}

/* The parameters need not stay on the simplex, as Pyro has it. */
static void categoricals_guide(wick *w, void *arg)
{
    const how *h = arg;

    for (size_t i = 0; i < 3; i++) {
        const wick_var q =
            wick_param(w, wick_name(w, "q_%zu", i), wick_init_values(Q[i], i + 2), wick_real());
        wick_sample(w, wick_name(w, "x_%zu", i), marked(wick_categorical(q), h[i]));
    }
}

START_TEST(three_categoricals_have_their_divergence)
{
    how h[] = { (how)(1 + (_i & 1)), (how)(1 + (_i >> 1 & 1)), (how)(1 + (_i >> 2)) };
    const outcome o = checked(categoricals_model, categoricals_guide, h);

    ck_assert_double_eq_tol(o.loss, 0.566296048, 1e-9);
    for (int i = 0, at = 0; i < 3; i++) {
        double divergence = 0.0;
        for (int k = 0; k < i + 2; k++)
            divergence += Q[i][k] * log(Q[i][k] / P[i][k]);
        for (int k = 0; k < i + 2; k++)
            assert_close(o.gradient[at++], log(Q[i][k] / P[i][k]) - divergence, 1e-12);
    }
}
END_TEST

/* --- test_elbo_normal ---------------------------------------------------------------------------- */

static void normal_model(wick *w, void *arg)
{
    (void)arg;
    WICK_AMBIENT (w, "draws", 20000)
        wick_sample(w, "z", wick_normal(0.0, 1.0));
}

static void normal_guide(wick *w, void *arg)
{
    const wick_var q = wick_param(w, "q", wick_init_num(1.0), wick_real());

    (void)arg;
    WICK_AMBIENT (w, "draws", 20000)
        wick_sample(w, "z", wick_normal(q, 1.0));
}

/* The cost of a draw is z - 1/2, of variance 1, its slope is 1: four standard errors. */
START_TEST(draws_of_a_normal_approach_its_divergence)
{
    const outcome o = checked(normal_model, normal_guide, NULL);

    ck_assert_double_eq_tol(o.loss, 0.5, 4.0 / sqrt(20000.0));
    ck_assert_double_eq_tol(o.gradient[0], 1.0, 4.0 / sqrt(20000.0));
}
END_TEST

/* --- test_elbo_plate, iplate, plate_plate, plate_iplate, iplate_plate, iplate_iplate -------------- */

/* p for which the divergence from 0.75 is 0.5, and its slope there. */
static const double HALF = 0.2693204236205713, HALF_SLOPE = 2.096685480;

/* w outside, x in the outer plate, y in the inner one, z in both; a plate or a loop each. */
typedef struct nest {
    size_t outer, inner;
    bool outer_plate, inner_plate;
    how how[4];
} nest;

typedef struct nest_site {
    const nest *nest;
    wick_var p;
    bool guide;
    size_t i;
} nest_site;

static void nest_sample(wick *w, const nest_site *s, int which, const char *name)
{
    const wick_dist dist = wick_bernoulli(s->p);

    wick_sample(w, name, s->guide ? marked(dist, s->nest->how[which]) : dist);
}

static void nest_x(wick *w, size_t i, void *arg)
{
    nest_sample(w, arg, 1, wick_name(w, "x_%zu", i));
}

static void nest_y(wick *w, size_t j, void *arg)
{
    nest_sample(w, arg, 2, wick_name(w, "y_%zu", j));
}

static void nest_z(wick *w, size_t j, void *arg)
{
    const nest_site *s = arg;

    nest_sample(w, s, 3, wick_name(w, "z_%zu_%zu", s->i, j));
}

static void nest_zs(wick *w, size_t i, void *arg)
{
    nest_site *s = arg;

    s->i = i;
    each_member(w, s->nest->inner_plate, "inner", s->nest->inner, nest_z, s);
}

static void nest_sites(wick *w, nest_site *s)
{
    const nest *n = s->nest;

    nest_sample(w, s, 0, "w");
    each_member(w, n->outer_plate, "outer", n->outer, nest_x, s);
    each_member(w, n->inner_plate, "inner", n->inner, nest_y, s);
    each_member(w, n->outer_plate, "outer", n->outer, nest_zs, s);
}

static void nest_model(wick *w, void *arg)
{
    nest_sites(w, &(nest_site){ .nest = arg, .p = wick_num(w, HALF) });
}

static void nest_guide(wick *w, void *arg)
{
    const wick_var q = wick_param(w, "q", wick_init_num(0.75), wick_real());

    nest_sites(w, &(nest_site){ .nest = arg, .p = q, .guide = true });
}

START_TEST(plates_and_loops_have_the_divergence_once_for_each_member)
{
    static const size_t SIZE[][2] = { { 1, 1 }, { 2, 1 }, { 2, 2 }, { 2, 3 } };
    nest n = { SIZE[_i / 4][0], SIZE[_i / 4][1], _i & 1, _i & 2, { 0 } };
    const double sites = (double)((1 + n.outer) * (1 + n.inner));

    for (int ways = 0; ways < 16; ways++) {
        for (int s = 0; s < 4; s++)
            n.how[s] = ways >> s & 1 ? SEQUENTIAL : PARALLEL;
        const outcome o = checked(nest_model, nest_guide, &n);
        assert_close(o.loss, 0.5 * sites, 1e-12);
        assert_close(o.gradient[0], HALF_SLOPE * sites, 1e-9);
    }
}
END_TEST

/* --- test_non_mean_field_bern_bern, bern_normal, normal_bern -------------------------------------- */

typedef struct pis {
    double pi[3];
    how how;
} pis;

static void bern_bern_model(wick *w, void *arg)
{
    (void)arg;
    const wick_var y = wick_sample(w, "y", wick_bernoulli(0.33));
    wick_sample(w, "z", wick_bernoulli(wick_add(wick_mul(y, 0.55), 0.1)));
}

static void bern_bern_guide(wick *w, void *arg)
{
    const pis *p = arg;
    const wick_var q1 = wick_param(w, "q1", wick_init_num(p->pi[0]), wick_real());
    const wick_var q2 = wick_param(w, "q2", wick_init_num(p->pi[1]), wick_real());
    const wick_var y = wick_sample(w, "y", marked(wick_bernoulli(q1), p->how));

    wick_sample(w, "z", marked(wick_bernoulli(wick_add(wick_mul(y, q2), 0.1)), p->how));
}

START_TEST(a_coin_that_depends_on_another_has_its_closed_form)
{
    static const double PI1[] = { 0.33, 0.43 }, PI2[] = { 0.55, 0.27 };
    pis p = { { PI1[_i & 1], PI2[_i >> 1 & 1] }, _i & 4 ? PARALLEL : SEQUENTIAL };
    const double q1 = p.pi[0], q2 = p.pi[1];
    const outcome o = checked(bern_bern_model, bern_bern_guide, &p);

    assert_close(o.loss, kl(q1, 0.33) + q1 * kl(q2 + 0.1, 0.65), 1e-13);
    assert_close(o.gradient[0], kl_slope(q1, 0.33) + kl(q2 + 0.1, 0.65), 1e-13);
    assert_close(o.gradient[1], q1 * kl_slope(q2 + 0.1, 0.65), 1e-13);
}
END_TEST

enum { MANY = 20000 };

static void mixed_params(wick *w, const pis *p, wick_var *q)
{
    for (int i = 0; i < 3; i++)
        q[i] = wick_param(w, wick_name(w, "q%d", i + 1), wick_init_num(p->pi[i]), wick_real());
}

static void bern_normal_model(wick *w, void *arg)
{
    wick_var q[3];

    mixed_params(w, arg, q);
    WICK_AMBIENT (w, "draws", MANY) {
        const wick_var y = wick_sample(w, "y", wick_bernoulli(q[2]));
        wick_sample(w, "z", wick_normal(wick_add(wick_mul(y, 0.55), q[2]), 1.0));
    }
}

static void bern_normal_guide(wick *w, void *arg)
{
    const pis *p = arg;
    wick_var q[3];

    mixed_params(w, p, q);
    WICK_AMBIENT (w, "draws", MANY) {
        const wick_var y = wick_sample(w, "y", marked(wick_bernoulli(q[0]), p->how));
        wick_sample(w, "z", wick_normal(wick_add(wick_mul(y, q[1]), 0.1), 1.0));
    }
}

static double bern_normal_by_hand(const double *q)
{
    const double one = q[1] + 0.1 - q[2] - 0.55, zero = 0.1 - q[2];

    return kl(q[0], q[2]) + q[0] * 0.5 * one * one + (1.0 - q[0]) * 0.5 * zero * zero;
}

/* Pyro has 0.02, and 0.04 for draws, of 10,000 draws. */
START_TEST(a_normal_that_depends_on_a_coin_has_its_divergence)
{
    pis p = { { 0.33, 0.55, 0.22 }, (how)_i };
    const outcome o = checked(bern_normal_model, bern_normal_guide, &p);

    ck_assert_double_eq_tol(o.loss, bern_normal_by_hand(p.pi), 0.02);
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol(o.gradient[i], slope_of(bern_normal_by_hand, p.pi, i), 0.04);
}
END_TEST

static void normal_bern_model(wick *w, void *arg)
{
    wick_var q[3];

    mixed_params(w, arg, q);
    WICK_AMBIENT (w, "draws", MANY) {
        const wick_var z = wick_sample(w, "z", wick_normal(q[2], 1.0));
        wick_sample(w, "y", wick_bernoulli(wick_mul(wick_sigmoid(z), 0.4)));
    }
}

static void normal_bern_guide(wick *w, void *arg)
{
    const pis *p = arg;
    wick_var q[3];

    mixed_params(w, p, q);
    WICK_AMBIENT (w, "draws", MANY) {
        const wick_var z = wick_sample(w, "z", wick_normal(q[1], 1.0));
        wick_sample(w, "y", marked(wick_bernoulli(wick_mul(q[0], wick_sigmoid(z))), p->how));
    }
}

/* The trapezoidal rule, which is exact to rounding for what falls off like a normal density. */
static double normal_bern_by_hand(const double *q)
{
    double sum = 0.5 * (q[1] - q[2]) * (q[1] - q[2]);

    for (double u = -9.0; u <= 9.0; u += 0.05) {
        const double s = 1.0 / (1.0 + exp(-u - q[1]));
        sum += 0.05 * exp(log_normal(u, 0.0, 1.0)) * kl(q[0] * s, 0.4 * s);
    }
    return sum;
}

START_TEST(a_coin_that_depends_on_a_normal_has_its_divergence)
{
    pis p = { { 0.33, 0.44, 0.22 }, (how)_i };
    const outcome o = checked(normal_bern_model, normal_bern_guide, &p);

    ck_assert_double_eq_tol(o.loss, normal_bern_by_hand(p.pi), 0.02);
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol(o.gradient[i], slope_of(normal_bern_by_hand, p.pi, i), 0.04);
}
END_TEST

/* --- test_avoid_nan ---------------------------------------------------------------------------------------- */

static const double SURE[] = { 0.0, 0.5, 1.0 };

static void sure_model(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "batch", 3)
        wick_sample(w, "z", wick_bernoulli(wick_data(w, SURE, 3)));
}

static void sure_guide(wick *w, void *arg)
{
    WICK_PLATE (w, "batch", 3) {
        const wick_var p = wick_param(w, "p", wick_init_var(wick_data(w, SURE, 3)), wick_real());
        wick_sample(w, "z", marked(wick_bernoulli(p), *(const how *)arg));
    }
}

/* The same guide without a parameter, and coins of the model that are not sure. */
static void unsure_model(wick *w, void *arg)
{
    const wick_var p = wick_param(w, "p", wick_init_num(0.3), wick_real());

    (void)arg;
    WICK_PLATE (w, "batch", 3)
        wick_sample(w, "z", wick_bernoulli(p));
}

static void constant_guide(wick *w, void *arg)
{
    WICK_PLATE (w, "batch", 3)
        wick_sample(w, "z", marked(wick_bernoulli(wick_data(w, SURE, 3)), *(const how *)arg));
}

START_TEST(sure_values_hand_on_finite_gradients)
{
    how h = (how)_i;
    const outcome o = checked(unsure_model, constant_guide, &h);

    assert_close(o.loss, -log(0.7) + kl(0.5, 0.3) - log(0.3), 1e-13);
    assert_close(o.gradient[0], 1.5 / 0.7 - 1.5 / 0.3, 1e-12);
}
END_TEST

START_TEST(sure_values_give_no_nan)
{
    how h = (how)_i;
    wick *w = wick_new(NULL);
    const problem p = { w, { sure_model, NULL }, { sure_guide, &h }, wick_trace_enum_elbo, NULL };

    ck_assert_double_eq(loss_of(&p), 0.0);
    assert_ok(w);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pyro_enumeration");
    TCase *tests = new_case(suite, "guide");

    tcase_add_loop_test(tests, two_coins_have_their_divergence_however_they_are_summed, 0, 9);
    tcase_add_loop_test(tests, three_categoricals_have_their_divergence, 0, 8);
    tcase_add_test(tests, draws_of_a_normal_approach_its_divergence);
    tcase_add_loop_test(tests, plates_and_loops_have_the_divergence_once_for_each_member, 0, 16);
    tcase_add_loop_test(tests, a_coin_that_depends_on_another_has_its_closed_form, 0, 8);
    tcase_add_loop_test(tests, a_normal_that_depends_on_a_coin_has_its_divergence, 0, 3);
    tcase_add_loop_test(tests, a_coin_that_depends_on_a_normal_has_its_divergence, 0, 3);
    tcase_add_loop_test(tests, sure_values_hand_on_finite_gradients, 1, 3);
    tcase_add_loop_test(tests, sure_values_give_no_nan, 0, 3);
    return run_suite(suite);
}
