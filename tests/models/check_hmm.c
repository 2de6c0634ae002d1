/* The hidden Markov model against Rabiner's recursions in plain C (examples/baum_welch.c), and
 * against the numbers of Zucchini & MacDonald (2009), tables 4.1 and 4.2. */
#include "models/hmm.h"

#include "examples/baum_welch.h"
#include "examples/earthquakes.h"
#include "tests/support/fit.h"

static wick *w;

static void setup(void)
{
    w = wick_new(&(wick_options){ .seed = 19000101 });
    ck_assert_ptr_nonnull(w);
}

static void teardown(void)
{
    wick_free(w);
}

static problem problem_of(const hmm *h)
{
    return (problem){ w, hmm_model(h), hmm_guide(), wick_trace_enum_elbo, NULL };
}

/* --- models to compare ----------------------------------------------------------------------- */

static const double FEW[] = { 3, 0, 7, 2, 19, 4, NAN, 11, 6, 6, NAN };
static const double REAL[] = { -1.3, 0.4, 12.5, 9.7, NAN, -0.2, 11.1, 10.6 };

static const hmm MODELS[] = {
    { 2, HMM_POISSON, false, EARTHQUAKE_YEARS, EARTHQUAKES },
    { 3, HMM_POISSON, false, EARTHQUAKE_YEARS, EARTHQUAKES },
    { 3, HMM_POISSON, true, EARTHQUAKE_YEARS, EARTHQUAKES },
    { 4, HMM_POISSON, false, sizeof FEW / sizeof *FEW, FEW },
    { 1, HMM_POISSON, true, sizeof FEW / sizeof *FEW, FEW },
    { 2, HMM_NORMAL, false, sizeof REAL / sizeof *REAL, REAL },
    { 3, HMM_NORMAL, true, sizeof REAL / sizeof *REAL, REAL },
};

enum { N_MODELS = sizeof MODELS / sizeof *MODELS };

/*
 * The stationary distribution by the elimination of Grassmann, Taksar & Heyman (1985), Operations
 * Research 33(5): states are taken out of the chain one after the other, without a subtraction.
 */
static void stationary(const chain *c, double *initial)
{
    double p[CHAIN_STATES][CHAIN_STATES], sum = 1;

    memcpy(p, c->transition, sizeof p);
    for (size_t n = c->states - 1; n > 0; n--) {
        double out = 0;
        for (size_t j = 0; j < n; j++)
            out += p[n][j];
        for (size_t i = 0; i < n; i++) {
            p[i][n] /= out;
            for (size_t j = 0; j < n; j++)
                p[i][j] += p[i][n] * p[n][j];
        }
    }
    initial[0] = 1;
    for (size_t n = 1; n < c->states; n++) {
        initial[n] = 0;
        for (size_t i = 0; i < n; i++)
            initial[n] += initial[i] * p[i][n];
        sum += initial[n];
    }
    for (size_t n = 0; n < c->states; n++)
        initial[n] /= sum;
}

/* Parameters of the handle, as a chain; those of the starting values if there are none yet. */
static chain chain_of(const hmm *h, double *scale)
{
    const size_t k = h->states;
    const problem p = problem_of(h);
    chain c = { .states = k };
    double transition[CHAIN_STATES * CHAIN_STATES];

    loss_of(&p);
    wick_param_get(w, "transition", transition, k * k);
    for (size_t i = 0; i < k; i++)
        memcpy(c.transition[i], transition + i * k, k * sizeof *transition);
    wick_param_get(w, h->emission == HMM_POISSON ? "rate" : "loc", c.rate, k);
    if (h->emission == HMM_NORMAL)
        wick_param_get(w, "scale", scale, k);
    if (h->stationary)
        stationary(&c, c.initial);
    else
        wick_param_get(w, "initial", c.initial, k);
    assert_ok(w);
    return c;
}

/* All parameters of a chain into the handle. */
static void set_chain(const hmm *h, const chain *c)
{
    const problem p = problem_of(h);
    double transition[CHAIN_STATES * CHAIN_STATES];

    loss_of(&p);
    for (size_t i = 0; i < c->states; i++)
        memcpy(transition + i * c->states, c->transition[i], c->states * sizeof *transition);
    wick_param_set(w, "transition", transition, c->states * c->states);
    wick_param_set(w, "rate", c->rate, c->states);
    if (!h->stationary)
        wick_param_set(w, "initial", c->initial, c->states);
    assert_ok(w);
}

static void densities(const hmm *h, const chain *c, const double *scale, chain_row *density)
{
    if (h->emission == HMM_POISSON) {
        chain_densities(c, h->n, h->x, density);
        return;
    }
    for (size_t t = 0; t < h->n; t++)
        for (size_t i = 0; i < c->states; i++)
            density[t][i] = isnan(h->x[t]) ? 1 : exp(log_normal(h->x[t], c->rate[i], scale[i]));
}

/* Starting values with unequal initial probabilities and scales. */
static chain uneven(const hmm *h, double *scale, chain_row *density)
{
    chain c = chain_of(h, scale);
    double initial[CHAIN_STATES], sum = 0;

    for (size_t i = 0; i < h->states; i++)
        sum += initial[i] = 1 / (1.3 + (double)i);
    for (size_t i = 0; i < h->states; i++) {
        initial[i] /= sum;
        scale[i] *= 0.6 + 0.3 * (double)i;
    }
    if (!h->stationary)
        wick_param_set(w, "initial", initial, h->states);
    if (h->emission == HMM_NORMAL)
        wick_param_set(w, "scale", scale, h->states);
    c = chain_of(h, scale);
    densities(h, &c, scale, density);
    return c;
}

/* d loss / d x[i], with smaller steps than fit.h takes: 107 years of rate 30 bend the loss. */
static double slope(const problem *p, double *x, size_t i)
{
    static const double WEIGHT[] = { 45.0 / 60.0, -9.0 / 60.0, 1.0 / 60.0 };
    const double at = x[i], step = 4e-4;
    double sum = 0;

    for (int k = 0; k < 3; k++)
        for (int sign = -1; sign <= 1; sign += 2) {
            x[i] = at + sign * (k + 1) * step;
            set_all(w, x);
            sum += sign * WEIGHT[k] * loss_of(p);
        }
    x[i] = at;
    set_all(w, x);
    return sum / step;
}

/* --- values ---------------------------------------------------------------------------------- */

START_TEST(the_loss_is_minus_the_log_likelihood_of_the_forward_recursion)
{
    const hmm *h = &MODELS[_i];
    const problem p = problem_of(h);
    chain_row density[CHAIN_TIMES], scale = { 1, 1, 1, 1 };
    const chain c = uneven(h, scale, density);
    const double want = -chain_forward_backward(&c, h->n, density, NULL, NULL);

    ck_assert_double_eq_tol(loss_of(&p), want, 1e-10);
}
END_TEST

START_TEST(the_gradient_agrees_with_differences)
{
    const hmm *h = &MODELS[_i];
    const problem p = problem_of(h);
    chain_row density[CHAIN_TIMES], scale = { 1, 1, 1, 1 };
    double gradient[24], x[24];

    uneven(h, scale, density);
    ck_assert_uint_le(count_values(w), 24);
    gradient_of(&p, gradient);
    get_all(w, x);
    for (size_t i = 0; i < count_values(w); i++)
        assert_close(gradient[i], slope(&p, x, i), 1e-8);
}
END_TEST

START_TEST(the_loss_is_the_books_at_its_starting_values)
{
    static const double RATES[][3] = { { 10, 30 }, { 10, 20, 30 } };
    static const double WANT[] = { 413.27542, 342.90781 };
    const hmm *h = &MODELS[_i];
    const chain c = chain_start(h->states, RATES[_i]);
    const problem p = problem_of(h);

    set_chain(h, &c);
    ck_assert_double_eq_tol(loss_of(&p), WANT[_i], 6e-6);
}
END_TEST

START_TEST(the_most_probable_path_is_viterbis)
{
    const hmm *h = &MODELS[_i];
    chain_row density[CHAIN_TIMES], scale = { 1, 1, 1, 1 };
    const chain c = uneven(h, scale, density);
    size_t want[CHAIN_TIMES];
    double got[CHAIN_TIMES];

    chain_viterbi(&c, h->n, density, want);
    ck_assert(hmm_decode(w, h, got));
    for (size_t t = 0; t < h->n; t++)
        ck_assert_double_eq(got[t], (double)want[t]);
}
END_TEST

START_TEST(marginals_are_those_of_forward_and_backward)
{
    const hmm *h = &MODELS[_i];
    chain_row density[CHAIN_TIMES], want[CHAIN_TIMES], scale = { 1, 1, 1, 1 };
    const chain c = uneven(h, scale, density);
    const double evidence = chain_forward_backward(&c, h->n, density, want, NULL);
    double got[CHAIN_TIMES * CHAIN_STATES];

    ck_assert_double_eq_tol(hmm_marginals(w, h, got), evidence, 1e-10);
    assert_ok(w);
    for (size_t t = 0; t < h->n; t++)
        for (size_t i = 0; i < h->states; i++)
            ck_assert_double_eq_tol(got[t * h->states + i], want[t][i], 1e-11);
}
END_TEST

START_TEST(pairs_of_neighbours_add_up_to_the_expected_transitions)
{
    const hmm *h = &MODELS[1];
    chain_row density[CHAIN_TIMES], want[CHAIN_STATES], scale = { 1, 1, 1, 1 };
    const chain c = uneven(h, scale, density);
    double sum[9] = { 0 }, pair[9];

    chain_forward_backward(&c, h->n, density, NULL, want);
    wick_reset(w);
    const wick_marginals *m = wick_infer_marginals(w, hmm_model(h));
    for (size_t t = 1; t < h->n; t++) {
        const char *before = wick_name(w, "state_%zu", t - 1), *now = wick_name(w, "state_%zu", t);
        ck_assert_uint_eq(wick_get(wick_marginal_pair(m, before, now), pair, 9), 9);
        for (size_t i = 0; i < 9; i++)
            sum[i] += pair[i];
    }
    for (size_t i = 0; i < 9; i++)
        ck_assert_double_eq_tol(sum[i], want[i / 3][i % 3], 1e-10);
}
END_TEST

/* --- fits ------------------------------------------------------------------------------------ */

static chain best_by_em(const hmm *h, double *log_likelihood)
{
    static const double RATES[][3] = { { 10, 30 }, { 10, 20, 30 } };
    chain c = chain_start(h->states, RATES[h->states - 2]);

    for (int i = 0; i < 400; i++)
        *log_likelihood = chain_improve(&c, h->n, h->x);
    return c;
}

START_TEST(the_gradient_is_zero_where_baum_welch_stands_still)
{
    const hmm *h = &MODELS[_i];
    const problem p = problem_of(h);
    double log_likelihood, gradient[15];
    const chain c = best_by_em(h, &log_likelihood);

    set_chain(h, &c);
    ck_assert_double_eq_tol(loss_of(&p), -log_likelihood, 1e-9);
    ck_assert_uint_le(count_values(w), 15);
    gradient_of(&p, gradient);
    for (size_t i = 0; i < count_values(w); i++)
        ck_assert_double_lt(fabs(gradient[i]), 1e-9);
}
END_TEST

/* As examples/hmm.c does. */
static double fit(const hmm *h)
{
    const wick_optim adam[] = { wick_adam(.lr = 0.1, .beta1 = 0.8, .beta2 = 0.9),
        wick_adam(.lr = 0.01) };
    double loss = NAN;

    for (int i = 0; i < 2; i++) {
        wick_svi *svi = wick_svi_new(w, hmm_model(h), hmm_guide(),
            &(wick_svi_options){ .loss = wick_trace_enum_elbo, .optim = adam[i], .compile = true });
        if (i == 0)
            wick_multistart(svi, 20, NULL);
        for (int step = 0; step < 500 + 500 * i; step++)
            wick_svi_step(svi);
        loss = wick_svi_evaluate(svi);
        wick_svi_free(svi);
    }
    hmm_sort(w, h);
    assert_ok(w);
    return loss;
}

START_TEST(a_fit_by_gradient_arrives_where_baum_welch_does)
{
    static const double BOOK[] = { 341.87870, 328.52748 };
    const hmm *h = &MODELS[_i];
    double log_likelihood;
    const chain want = best_by_em(h, &log_likelihood);
    const double loss = fit(h);
    const chain got = chain_of(h, NULL);

    ck_assert_double_eq_tol(loss, -log_likelihood, 1e-6);
    ck_assert_double_eq_tol(loss, BOOK[_i], 6e-6);
    for (size_t i = 0; i < h->states; i++) {
        ck_assert_double_eq_tol(got.rate[i], want.rate[i], 1e-4);
        ck_assert_double_eq_tol(got.initial[i], want.initial[i], 1e-6);
        for (size_t j = 0; j < h->states; j++)
            ck_assert_double_eq_tol(got.transition[i][j], want.transition[i][j], 1e-5);
    }
}
END_TEST

/* Table 4.2: rates, initial distribution; section 4.2.3: transitions. */
START_TEST(a_stationary_fit_is_the_books)
{
    static const double RATE[] = { 13.146, 19.721, 29.714 }, INITIAL[] = { 0.4436, 0.4045, 0.1519 },
                        TRANSITION[] = { 0.9546, 0.0244, 0.0209, 0.0498, 0.8994, 0.0509, 0.0000,
                            0.1966, 0.8034 };
    const hmm *h = &MODELS[2];
    double initial[3];

    ck_assert_double_eq_tol(fit(h), 329.46028, 6e-6);
    const chain got = chain_of(h, NULL);
    ck_assert(hmm_initial(w, h, initial));
    for (size_t i = 0; i < 3; i++) {
        ck_assert_double_eq_tol(got.rate[i], RATE[i], 6e-4);
        ck_assert_double_eq_tol(initial[i], INITIAL[i], 6e-5);
        ck_assert_double_eq_tol(initial[i], got.initial[i], 1e-12);
        for (size_t j = 0; j < 3; j++)
            ck_assert_double_eq_tol(got.transition[i][j], TRANSITION[3 * i + j], 6e-5);
    }
}
END_TEST

/* The same fit, and the states of years without a count: the book's state predictions. */
START_TEST(forecasts_are_the_books)
{
    static const size_t YEAR[] = { 2007, 2008, 2009, 2016, 2026, 2036 };
    static const double WANT[][3] = { { 0.951, 0.028, 0.021 }, { 0.909, 0.053, 0.038 },
        { 0.871, 0.077, 0.052 }, { 0.674, 0.220, 0.107 }, { 0.538, 0.328, 0.134 },
        { 0.482, 0.373, 0.145 } };
    double x[EARTHQUAKE_YEARS + 30], probs[(EARTHQUAKE_YEARS + 30) * 3];
    hmm longer = { .states = 3, .stationary = true, .n = EARTHQUAKE_YEARS + 30, .x = x };

    for (size_t t = 0; t < longer.n; t++)
        x[t] = t < EARTHQUAKE_YEARS ? EARTHQUAKES[t] : NAN;
    fit(&MODELS[2]);
    ck_assert_double_eq_tol(hmm_marginals(w, &longer, probs), -329.46028, 6e-6);
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < 3; k++)
            ck_assert_double_eq_tol(probs[3 * (YEAR[i] - EARTHQUAKES_FROM) + k], WANT[i][k], 6e-4);
}
END_TEST

/* There the most probable path is not made of the likeliest states: three years differ. */
START_TEST(at_the_fit_path_and_marginals_are_those_of_the_plain_recursions)
{
    const hmm *h = &MODELS[2];
    chain_row density[CHAIN_TIMES], want[CHAIN_TIMES];
    double path[EARTHQUAKE_YEARS], probs[EARTHQUAKE_YEARS * 3];
    size_t states[EARTHQUAKE_YEARS], differ = 0;

    fit(h);
    const chain c = chain_of(h, NULL);
    densities(h, &c, NULL, density);
    chain_forward_backward(&c, h->n, density, want, NULL);
    chain_viterbi(&c, h->n, density, states);
    ck_assert(hmm_decode(w, h, path));
    hmm_marginals(w, h, probs);
    for (size_t t = 0; t < h->n; t++) {
        ck_assert_double_eq(path[t], (double)states[t]);
        for (size_t i = 0; i < 3; i++)
            ck_assert_double_eq_tol(probs[3 * t + i], want[t][i], 1e-11);
        const double *p = want[t];
        differ += p[states[t]] < fmax(p[0], fmax(p[1], p[2]));
    }
    ck_assert_uint_eq(differ, 3);
}
END_TEST

/* --- order, starts --------------------------------------------------------------------------- */

START_TEST(sorted_states_give_the_same_loss)
{
    const hmm *h = &MODELS[_i];
    const problem p = problem_of(h);
    const char *name = h->emission == HMM_POISSON ? "rate" : "loc";
    chain_row density[CHAIN_TIMES], scale = { 1, 1, 1, 1 };
    double place[CHAIN_STATES];

    uneven(h, scale, density);
    wick_param_get(w, name, place, h->states);
    for (size_t i = 0; i < h->states; i++) /* upside down, but for the first two of four */
        place[i] = 12.3 - 2.9 * (double)(h->states == 4 ? i ^ 1 : i);
    wick_param_set(w, name, place, h->states);
    const double loss = loss_of(&p);
    hmm_sort(w, h);
    ck_assert_double_eq_tol(loss_of(&p), loss, 1e-11);
    wick_param_get(w, name, place, h->states);
    for (size_t i = 1; i < h->states; i++)
        ck_assert_double_lt(place[i - 1], place[i]);
}
END_TEST

START_TEST(starts_depend_on_the_seed_and_equal_data_give_unequal_states)
{
    static const double SAME[] = { 4, 4, 4, 4, 4 };
    const hmm h = { .states = 3, .n = 5, .x = SAME };
    const problem p = problem_of(&h);
    double rate[2][3];

    for (uint64_t seed = 0; seed < 2; seed++) {
        wick_set_seed(w, seed);
        wick_params_clear(w);
        loss_of(&p);
        ck_assert_uint_eq(wick_param_get(w, "rate", rate[seed], 3), 3);
    }
    ck_assert(rate[0][0] < rate[0][1] && rate[0][1] < rate[0][2] && rate[0][0] > 0);
    ck_assert(rate[0][0] != rate[1][0]);
}
END_TEST

START_TEST(fewer_data_than_states_are_an_error)
{
    static const double TWO[] = { 4, NAN, 7 };
    const hmm h = { .states = 3, .n = 3, .x = TWO };
    const problem p = problem_of(&h);

    ck_assert(isnan(loss_of(&p)));
    assert_error(w, WICK_ERR_ARGUMENT, "hmm_model: 2 numbers were seen", "3 states");
}
END_TEST

START_TEST(parameters_of_another_number_of_states_are_an_error)
{
    const problem two = problem_of(&MODELS[0]), three = problem_of(&MODELS[1]);

    loss_of(&two);
    assert_ok(w);
    ck_assert(isnan(loss_of(&three)));
    assert_error(w, WICK_ERR_SHAPE, "transition", "[2][2]", "[3][3]");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hidden Markov models");
    TCase *values = new_case(suite, "values"), *fits = new_case(suite, "fits");

    tcase_add_checked_fixture(values, setup, teardown);
    tcase_add_checked_fixture(fits, setup, teardown);
    tcase_add_loop_test(
        values, the_loss_is_minus_the_log_likelihood_of_the_forward_recursion, 0, N_MODELS);
    tcase_add_loop_test(values, the_gradient_agrees_with_differences, 0, N_MODELS);
    tcase_add_loop_test(values, the_loss_is_the_books_at_its_starting_values, 0, 2);
    tcase_add_loop_test(values, the_most_probable_path_is_viterbis, 0, N_MODELS);
    tcase_add_loop_test(values, marginals_are_those_of_forward_and_backward, 0, N_MODELS);
    tcase_add_test(values, pairs_of_neighbours_add_up_to_the_expected_transitions);
    tcase_add_loop_test(values, sorted_states_give_the_same_loss, 0, N_MODELS);
    tcase_add_test(values, starts_depend_on_the_seed_and_equal_data_give_unequal_states);
    tcase_add_test(values, fewer_data_than_states_are_an_error);
    tcase_add_test(values, parameters_of_another_number_of_states_are_an_error);
    tcase_add_loop_test(fits, the_gradient_is_zero_where_baum_welch_stands_still, 0, 2);
    tcase_add_loop_test(fits, a_fit_by_gradient_arrives_where_baum_welch_does, 0, 2);
    tcase_add_test(fits, a_stationary_fit_is_the_books);
    tcase_add_test(fits, forecasts_are_the_books);
    tcase_add_test(fits, at_the_fit_path_and_marginals_are_those_of_the_plain_recursions);
    return run_suite(suite);
}
