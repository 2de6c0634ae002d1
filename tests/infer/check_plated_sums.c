/* Sums over discrete variables in plates, and the rules of scales, masks and minibatches. */
#include "tests/support/fit.h"

/* --- plates ----------------------------------------------------------------------------------- */

static const double PA[2] = { 0.4, 0.6 }, PB[2][2] = { { 0.7, 0.3 }, { 0.2, 0.8 } },
                    PC[2][2][3] = { { { 0.2, 0.3, 0.5 }, { 0.1, 0.8, 0.1 } },
                        { { 0.6, 0.2, 0.2 }, { 0.3, 0.3, 0.4 } } },
                    GRID[2][3] = { { 0.3, -1.0, 2.0 }, { 1.0, 1.5, -0.5 } };

/* a -> [b -> [c -> y]_3]_2 */
static void three_levels(wick *w, void *arg)
{
    const wick_var pa = wick_param(w, "pa", wick_init_values(PA, 2), wick_simplex());
    const wick_var pb = wick_param(w, "pb", wick_init_values(PB[0], 2, 2), wick_simplex());
    const wick_var pc = wick_param(w, "pc", wick_init_values(PC[0][0], 2, 2, 3), wick_simplex());
    const wick_var a = wick_sample(w, "a", wick_categorical(pa));

    (void)arg;
    WICK_PLATE (w, "outer", 2) {
        const wick_var b = wick_sample(w, "b", wick_categorical(wick_take(pb, a)));
        WICK_PLATE (w, "inner", 3) {
            const wick_var c =
                wick_sample(w, "c", wick_categorical(wick_take(wick_take(pc, a), b)));
            wick_observe(
                w, "y", wick_normal(wick_add(c, wick_mul(2.0, b)), 1.0), wick_data(w, GRID[0], 6));
        }
    }
}

START_TEST(three_levels_of_plates_agree_with_nested_sums)
{
    double evidence = 0.0;

    for (int a = 0; a < 2; a++) {
        double pa = PA[a];
        for (int i = 0; i < 2; i++) {
            double sum_b = 0.0;
            for (int b = 0; b < 2; b++) {
                double pb = PB[a][b];
                for (int j = 0; j < 3; j++) {
                    double sum_c = 0.0;
                    for (int c = 0; c < 3; c++)
                        sum_c += PC[a][b][c] * exp(log_normal(GRID[i][j], c + 2 * b, 1.0));
                    pb *= sum_c;
                }
                sum_b += pb;
            }
            pa *= sum_b;
        }
        evidence += pa;
    }
    assert_close(loss_alone(three_levels, NULL), -log(evidence), 1e-13);
    assert_gradient_alone(three_levels, NULL);
}
END_TEST

/* Topics: each word of each document has a topic; words are categories. */
enum { DOCS = 3, WORDS = 4, TOPICS = 2, VOCABULARY = 3 };
static const double THETA[DOCS][TOPICS] = { { 0.3, 0.7 }, { 0.55, 0.45 }, { 0.9, 0.1 } },
                    PHI[TOPICS][VOCABULARY] = { { 0.2, 0.3, 0.5 }, { 0.6, 0.3, 0.1 } },
                    TEXT[DOCS][WORDS] = { { 0, 2, 1, 1 }, { 2, 2, 0, 1 }, { 0, 0, 0, 2 } };

static void topics(wick *w, void *arg)
{
    wick_var phi;

    (void)arg;
    WICK_PLATE (w, "topics", TOPICS)
        phi = wick_param(
            w, "phi", wick_init_var(wick_data(w, PHI[0], 6, VOCABULARY)), wick_simplex());
    WICK_PLATE (w, "docs", DOCS) {
        const wick_var theta = wick_param(
            w, "theta", wick_init_var(wick_data(w, THETA[0], 6, TOPICS)), wick_simplex());
        WICK_PLATE (w, "words", WORDS) {
            const wick_var z = wick_sample(w, "z", wick_categorical(theta));
            wick_observe(w, "word", wick_categorical(wick_take(phi, z)),
                wick_data(w, TEXT[0], DOCS * WORDS));
        }
    }
}

START_TEST(topics_of_words_in_documents_have_their_closed_form)
{
    double want = 0.0;

    for (int d = 0; d < DOCS; d++)
        for (int n = 0; n < WORDS; n++) {
            double p = 0.0;
            for (int k = 0; k < TOPICS; k++)
                p += THETA[d][k] * PHI[k][(int)TEXT[d][n]];
            want -= log(p);
        }
    assert_close(loss_alone(topics, NULL), want, 1e-13);
    assert_gradient_alone(topics, NULL);
}
END_TEST

/* Rows and columns with effects; a binary class for each cell. */
static void crossed_effects(wick *w, void *arg)
{
    static const double Y[] = { 0.4, -0.2, 1.6, 0.9, 2.1, -1.3 };
    wick_var a, b;

    (void)arg;
    WICK_PLATE (w, "rows", 2)
        a = wick_param(w, "a", wick_init_var(wick_mul(wick_index(w, "rows"), 0.6)), wick_real());
    WICK_PLATE (w, "cols", 3)
        b = wick_param(w, "b", wick_init_var(wick_mul(wick_index(w, "cols"), -0.4)), wick_real());
    WICK_PLATE (w, "rows", 2)
        WICK_PLATE (w, "cols", 3) {
            const wick_var z = wick_sample(w, "z", wick_bernoulli_logits(wick_sub(a, b)));
            wick_observe(w, "y", wick_normal(z, 0.7), wick_data(w, Y, 6));
        }
}

START_TEST(crossed_plates_have_their_closed_form)
{
    static const double Y[2][3] = { { 0.4, -0.2, 1.6 }, { 0.9, 2.1, -1.3 } };
    double want = 0.0;

    for (int r = 0; r < 2; r++)
        for (int c = 0; c < 3; c++) {
            const double p = 1.0 / (1.0 + exp(-(0.6 * r + 0.4 * c)));
            want -= log((1.0 - p) * exp(log_normal(Y[r][c], 0.0, 0.7)) +
                p * exp(log_normal(Y[r][c], 1.0, 0.7)));
        }
    assert_close(loss_alone(crossed_effects, NULL), want, 1e-13);
    assert_gradient_alone(crossed_effects, NULL);
}
END_TEST

/* Two variables in one plate, and one outside that both depend on. */
static void two_in_a_plate(wick *w, void *arg)
{
    static const double Y[] = { 0.4, -0.2, 1.6, 3.9 };
    const wick_var p = wick_param(w, "p", wick_init_num(0.35), wick_unit_interval());
    const wick_var g = wick_sample(w, "g", wick_bernoulli(p));

    (void)arg;
    WICK_PLATE (w, "rows", 4) {
        const wick_var a = wick_sample(w, "a", wick_bernoulli(wick_add(0.2, wick_mul(0.5, g))));
        const wick_var b = wick_sample(
            w, "b", wick_categorical(wick_take(wick_const(w, PC[1][0], 2, 3), wick_sub(1.0, g))));
        wick_observe(w, "y", wick_normal(wick_add(a, wick_mul(b, 1.5)), 0.9), wick_data(w, Y, 4));
    }
}

START_TEST(two_variables_in_a_plate_and_one_outside_agree_with_nested_sums)
{
    static const double Y[] = { 0.4, -0.2, 1.6, 3.9 };
    double evidence = 0.0;

    for (int g = 0; g < 2; g++) {
        double p = g ? 0.35 : 0.65;
        for (int i = 0; i < 4; i++) {
            double sum = 0.0;
            for (int a = 0; a < 2; a++)
                for (int b = 0; b < 3; b++)
                    sum += (a ? 0.2 + 0.5 * g : 0.8 - 0.5 * g) * PC[1][1 - g][b] *
                        exp(log_normal(Y[i], a + 1.5 * b, 0.9));
            p *= sum;
        }
        evidence += p;
    }
    assert_close(loss_alone(two_in_a_plate, NULL), -log(evidence), 1e-13);
    assert_gradient_alone(two_in_a_plate, NULL);
}
END_TEST

/* --- scales, masks, minibatches --------------------------------------------------------------- */

/* Local classes in a minibatch; scale 2.5 on all of it. */
static void scaled_classes(wick *w, void *arg)
{
    static const double Y[] = { 0.4, -0.2, 1.6, 0.9, 2.1, -1.3 };
    static const size_t SOME[] = { 4, 1 };
    const bool subsampled = *(bool *)arg;
    const wick_var p = wick_param(w, "p", wick_init_num(0.35), wick_unit_interval());

    WICK_WITH (w, wick_scale(w, 2.5))
        WICK_PLATE (
            w, "rows", 6, .subsample = subsampled ? 2 : 0, .indices = subsampled ? SOME : NULL) {
            const wick_var z = wick_sample(w, "z", wick_bernoulli(p));
            wick_observe(w, "y", wick_normal(z, 0.7), wick_data(w, Y, 6));
        }
}

START_TEST(scales_and_minibatches_stand_outside_the_log)
{
    static const double Y[] = { 0.4, -0.2, 1.6, 0.9, 2.1, -1.3 };
    bool subsampled = _i;
    double want = 0.0;

    for (int i = 0; i < 6; i++)
        if (!subsampled || i == 4 || i == 1)
            want -= log(
                0.65 * exp(log_normal(Y[i], 0.0, 0.7)) + 0.35 * exp(log_normal(Y[i], 1.0, 0.7)));
    assert_close(
        loss_alone(scaled_classes, &subsampled), 2.5 * (subsampled ? 3.0 : 1.0) * want, 1e-13);
    assert_gradient_alone(scaled_classes, &subsampled);
}
END_TEST

static void subsampled_inside(wick *w, void *arg)
{
    static const double Y[] = { 0.4, -0.2, 1.6, 0.9 };
    const wick_var z = wick_sample(w, "global", wick_bernoulli(0.4));

    WICK_PLATE (w, "rows", 4, .subsample = *(size_t *)arg)
        wick_observe(w, "y", wick_normal(z, 0.7), wick_data(w, Y, 4));
}

START_TEST(a_subsampled_plate_inside_what_is_summed_out_is_refused)
{
    wick *w = wick_new(NULL);
    size_t subsample = 2, whole = 4;
    problem p = summed(w, subsampled_inside, &subsample);

    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_SHAPE, "plate 'rows' is subsampled", "'global'", "biased");
    p = summed(w, subsampled_inside, &whole);
    loss_of(&p);
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void one_of_two_scaled(wick *w, void *arg)
{
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.4));

    (void)arg;
    WICK_WITH (w, wick_scale(w, 2.5))
        wick_observe(w, "y", wick_normal(z, 0.7), wick_num(w, 0.3));
}

START_TEST(sites_that_are_summed_together_must_have_one_scale)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, one_of_two_scaled, NULL);

    loss_of(&p);
    assert_error(w, WICK_ERR_ARGUMENT, "'z'", "'y'", "1", "2.5", "wick_scale");
    wick_free(w);
}
END_TEST

/* b in plate i and c in plate j meet in a d in both: Pyro's test_elbo_enumerate_plates_6 */
static void diamond(wick *w, void *arg)
{
    static const double D[] = { 0.5, 1.5, -0.5, 0.7, 0.1, 2.0 };
    wick_var b, c;

    (void)arg;
    WICK_PLATE (w, "i", 2)
        b = wick_sample(w, "b", wick_bernoulli(0.3));
    WICK_PLATE (w, "j", 3)
        c = wick_sample(w, "c", wick_bernoulli(0.6));
    WICK_PLATE (w, "i", 2)
        WICK_PLATE (w, "j", 3)
            wick_observe(w, "d", wick_normal(wick_add(b, c), 1.0), wick_data(w, D, 6));
}

START_TEST(a_diamond_of_plates_is_refused)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, diamond, NULL);

    loss_of(&p);
    assert_error(w, WICK_ERR_SHAPE, "tree of plates", "'d'", "'b'", "'c'");
    wick_free(w);
}
END_TEST

/* Five variables of 200 values each, all pairs coupled. */
static void clique(wick *w, void *arg)
{
    wick_var z[5];

    (void)arg;
    for (int i = 0; i < 5; i++) {
        z[i] = wick_sample(w, wick_name(w, "z_%d", i), wick_categorical(wick_fill(w, 0.005, 200)));
        for (int j = 0; j < i; j++)
            wick_factor(w, wick_name(w, "f_%d_%d", i, j), wick_mul(wick_sub(z[i], z[j]), 0.01));
    }
}

START_TEST(a_sum_that_would_blow_up_is_refused_before_it_does)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, clique, NULL);

    loss_of(&p);
    assert_error(w, WICK_ERR_LIMIT, "summing out 'z_", "table of", "guide");
    wick_free(w);
}
END_TEST

/* --- zero probabilities ----------------------------------------------------------------------- */

static void with_zeros(wick *w, void *arg)
{
    static const double P[] = { 0.0, 0.4, 0.6 }, Q[] = { 0.5, 0.5, 1.0, 0.0, 0.0, 1.0 };
    const wick_var loc = wick_param(w, "loc", wick_init_num(0.3), wick_real());
    const wick_var p = wick_add(wick_mul(loc, wick_fill(w, 0.0, 3)), wick_const(w, P, 3));

    (void)arg;
    WICK_PLATE (w, "rows", 2) {
        const wick_var a = wick_sample(w, "a", wick_categorical(p));
        const wick_var b =
            wick_sample(w, "b", wick_categorical(wick_take(wick_const(w, Q, 3, 2), a)));
        wick_observe(w, "y", wick_normal(wick_mul(wick_add(a, b), loc), 1.0), wick_num(w, 0.7));
    }
}

START_TEST(impossible_values_give_no_nan)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, with_zeros, NULL);
    double gradient;

    /* a = 1, b = 0 with 0.4; a = 2, b = 1 with 0.6 */
    const double one = 0.4 * exp(log_normal(0.7, 0.3, 1.0)),
                 both = 0.6 * exp(log_normal(0.7, 0.9, 1.0));
    assert_close(gradient_of(&p, &gradient), -2.0 * log(one + both), 1e-14);
    assert_close(
        gradient, -2.0 * (one * (0.7 - 0.3) + both * 3.0 * (0.7 - 0.9)) / (one + both), 1e-13);
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void impossible(wick *w, void *arg)
{
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.4));

    (void)arg;
    wick_observe(w, "y", wick_delta(wick_mul(z, 2.0)), wick_num(w, 1.0));
}

START_TEST(data_that_no_value_explains_are_reported)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, impossible, NULL);

    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_NONFINITE, "inf", "'y'");
    wick_free(w);
}
END_TEST

/* --- who is enumerated ------------------------------------------------------------------------ */

static wick_var conditioned_loss(wick *w, wick_program m, wick_program g, const void *options)
{
    const wick_binding given = { "z", wick_num(w, *(const double *)options) };
    wick_var loss = WICK_VAR_NONE;

    WICK_WITH (w, wick_condition(w, 1, &given))
        loss = wick_trace_enum_elbo(w, m, g, NULL);
    return loss;
}

static void masked_pair(wick *w, void *arg)
{
    (void)arg;
    WICK_WITH (w, wick_mask(w, wick_num(w, 0.0)))
        wick_sample(w, "z", wick_bernoulli(0.3));
    const wick_var x = wick_sample(w, "x", wick_bernoulli(0.2));
    wick_observe(w, "y", wick_normal(x, 1.0), wick_num(w, 0.7));
}

START_TEST(a_condition_around_the_loss_makes_a_site_observed)
{
    wick *w = wick_new(NULL);
    const double one = 1.0;
    problem p = summed(w, masked_pair, NULL);
    const double x =
        -log(0.8 * exp(log_normal(0.7, 0.0, 1.0)) + 0.2 * exp(log_normal(0.7, 1.0, 1.0)));

    assert_close(loss_of(&p), x, 1e-14); /* summed out: integrates to 1 */
    p.loss = conditioned_loss;
    p.options = &one;
    assert_close(loss_of(&p), x, 1e-14); /* observed: masked away */
    assert_ok(w);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plated_sums");
    TCase *plates = new_case(suite, "plates"), *rules = new_case(suite, "rules");

    tcase_add_test(plates, three_levels_of_plates_agree_with_nested_sums);
    tcase_add_test(plates, topics_of_words_in_documents_have_their_closed_form);
    tcase_add_test(plates, crossed_plates_have_their_closed_form);
    tcase_add_test(plates, two_variables_in_a_plate_and_one_outside_agree_with_nested_sums);
    tcase_add_loop_test(rules, scales_and_minibatches_stand_outside_the_log, 0, 2);
    tcase_add_test(rules, a_subsampled_plate_inside_what_is_summed_out_is_refused);
    tcase_add_test(rules, sites_that_are_summed_together_must_have_one_scale);
    tcase_add_test(rules, a_diamond_of_plates_is_refused);
    tcase_add_test(rules, a_sum_that_would_blow_up_is_refused_before_it_does);
    tcase_add_test(rules, impossible_values_give_no_nan);
    tcase_add_test(rules, data_that_no_value_explains_are_reported);
    tcase_add_test(rules, a_condition_around_the_loss_makes_a_site_observed);
    return run_suite(suite);
}
