/* A model and a guide that do not fit together: each mistake has its words, and none lasts. */
#include "tests/support/fit.h"

typedef void program(wick *w, void *arg);

static wick_var real_param(wick *w, const char *name)
{
    return wick_param(w, name, wick_init_num(0.3), wick_real());
}

static wick_var uneven(wick *w, size_t n)
{
    static const double P[] = { 0.2, 0.5, 0.3 };

    return wick_const(w, P, n);
}

/* --- programs ---------------------------------------------------------------------------------- */

#define PROGRAM(name) static void name(wick *w, void *unused)

PROGRAM(normal_x)
{
    (void)unused;
    wick_sample(w, "x", wick_normal(real_param(w, "loc"), 0.4));
}

PROGRAM(normal_model)
{
    (void)unused;
    const wick_var x = wick_sample(w, "x", wick_normal(0.0, 1.0));
    wick_observe(w, "y", wick_normal(x, 0.5), wick_num(w, 0.3));
}

PROGRAM(also_y)
{
    normal_x(w, unused);
    wick_sample(w, "y", wick_normal(0.0, 1.0));
}

PROGRAM(observed_x)
{
    (void)unused;
    wick_observe(w, "x", wick_normal(real_param(w, "loc"), 0.4), wick_num(w, 0.2));
}

PROGRAM(param_x)
{
    (void)unused;
    real_param(w, "x");
}

PROGRAM(deterministic_x)
{
    (void)unused;
    wick_deterministic(w, "x", wick_num(w, 1.2));
}

PROGRAM(vector_2)
{
    (void)unused;
    wick_sample(w, "x", wick_normal(wick_fill(w, 0.1, 2), 1.0));
}

PROGRAM(copies_3)
{
    (void)unused;
    wick_sample(w, "x", wick_iid(wick_normal(0.2, 1.0), 3));
}

PROGRAM(vector_3)
{
    (void)unused;
    wick_sample(w, "x", wick_normal(wick_fill(w, 0.1, 3), wick_fill(w, 0.7, 3)));
}

PROGRAM(joint_3)
{
    (void)unused;
    wick_sample(w, "x", wick_multivariate_normal(wick_fill(w, 0.1, 3), wick_eye(w, 3)));
}

PROGRAM(weights_3)
{
    (void)unused;
    wick_sample(w, "x", wick_dirichlet(wick_fill(w, 1.5, 3)));
}

PROGRAM(weights_rows)
{
    (void)unused;
    wick_sample(w, "x", wick_iid(wick_dirichlet(wick_fill(w, 1.5, 3)), 4));
}

PROGRAM(weights_matrix)
{
    (void)unused;
    wick_sample(w, "x", wick_dirichlet(wick_fill(w, 1.5, 4, 3)));
}

PROGRAM(point_3)
{
    (void)unused;
    wick_sample(w, "x", wick_delta(wick_fill(w, 1.0 / 3.0, 3)));
}

PROGRAM(gamma_x)
{
    (void)unused;
    wick_sample(w, "x", wick_gamma(2.0, 3.0));
}

PROGRAM(lognormal_x)
{
    (void)unused;
    wick_sample(w, "x", wick_lognormal(real_param(w, "loc"), 0.4));
}

PROGRAM(half_normal_x)
{
    (void)unused;
    wick_sample(w, "x", wick_half_normal(0.7));
}

PROGRAM(point_x)
{
    (void)unused;
    wick_sample(w, "x", wick_delta(wick_exp(real_param(w, "loc"))));
}

PROGRAM(beta_x)
{
    (void)unused;
    wick_sample(w, "x", wick_beta(2.0, 3.0));
}

PROGRAM(narrow_x)
{
    (void)unused;
    wick_sample(w, "x", wick_uniform(0.25, 0.5));
}

PROGRAM(wide_x)
{
    (void)unused;
    wick_sample(w, "x", wick_uniform(-1.5, 2.0));
}

/* Bounds that differ between members: nothing is known of them. */
PROGRAM(uniforms)
{
    (void)unused;
    WICK_PLATE (w, "rows", 3)
        wick_sample(w, "x", wick_uniform(0.0, wick_add(wick_index(w, "rows"), 1.5)));
}

PROGRAM(betas)
{
    (void)unused;
    WICK_PLATE (w, "rows", 3)
        wick_sample(w, "x", wick_beta(2.0, 3.0));
}

PROGRAM(bernoulli_x)
{
    (void)unused;
    wick_sample(w, "x", wick_bernoulli(0.4));
}

PROGRAM(two_x)
{
    (void)unused;
    wick_sample(w, "x", wick_categorical(uneven(w, 2)));
}

PROGRAM(three_x)
{
    (void)unused;
    wick_sample(w, "x", wick_categorical(uneven(w, 3)));
}

PROGRAM(three_marked)
{
    (void)unused;
    wick_sample(w, "x", wick_enumerate(wick_categorical(uneven(w, 3))));
}

PROGRAM(poisson_x)
{
    (void)unused;
    wick_sample(w, "x", wick_poisson(1.5));
}

PROGRAM(bernoulli_copies)
{
    (void)unused;
    const wick_var z = wick_sample(w, "x", wick_iid(wick_bernoulli(0.3), 4));
    wick_observe(w, "y", wick_normal(wick_sum_event(z), 1.0), wick_num(w, 0.2));
}

PROGRAM(categorical_rows)
{
    (void)unused;
    const wick_var z = wick_sample(w, "x", wick_categorical(wick_fill(w, 0.3, 4, 3)));
    wick_observe(w, "y", wick_normal(wick_sum_event(z), 1.0), wick_num(w, 0.2));
}

PROGRAM(rows_5)
{
    (void)unused;
    WICK_PLATE (w, "rows", 5)
        wick_sample(w, "x", wick_normal(real_param(w, "loc"), 1.0));
}

PROGRAM(rows_6)
{
    (void)unused;
    WICK_PLATE (w, "rows", 6)
        wick_sample(w, "x", wick_normal(0.0, 1.0));
}

PROGRAM(batch_8)
{
    (void)unused;
    WICK_PLATE (w, "rows", 64, .subsample = 8)
        wick_sample(w, "x", wick_normal(0.0, 1.0));
}

PROGRAM(batch_16)
{
    (void)unused;
    WICK_PLATE (w, "rows", 64, .subsample = 16)
        wick_sample(w, "x", wick_normal(0.0, 1.0));
}

/* --- refused ------------------------------------------------------------------------------------ */

/* With both losses, but for what only one of them says. */
enum { BOTH, DRAWN, SUMMED };

typedef struct refusal {
    program *model, *guide;
    int loss;
    wick_code code;
    const char *words[5];
} refusal;

static const refusal REFUSALS[] = {
    /* names */
    { normal_model, do_nothing, BOTH, WICK_ERR_NAME,
        { "latent sites in the model but not in the guide: 'x'; sample them in the guide or "
          "observe "
          "them in the model" } },
    { normal_model, do_nothing, DRAWN, WICK_ERR_NAME,
        { ", or sum discrete ones out with wick_trace_enum_elbo" } },
    { normal_model, observed_x, BOTH, WICK_ERR_NAME, { "'x' (observed in the guide);" } },
    { normal_model, param_x, BOTH, WICK_ERR_NAME, { "'x' (a param in the guide);" } },
    { normal_model, deterministic_x, BOTH, WICK_ERR_NAME, { "'x' (deterministic in the guide);" } },
    { normal_model, also_y, BOTH, WICK_ERR_NAME,
        { "latent sites in the guide but not in the model: 'y' (observed in the model);",
            "take them out of the guide" } },
    { param_x, normal_x, BOTH, WICK_ERR_NAME, { "'x' (a param in the model)" } },
    { deterministic_x, normal_x, BOTH, WICK_ERR_NAME, { "'x' (deterministic in the model)" } },

    /* what only looks as if it could be summed out */
    { bernoulli_copies, do_nothing, SUMMED, WICK_ERR_NAME,
        { "'x' (its event is [4], and only scalar events are enumerated: put it into a plate)" } },
    { categorical_rows, do_nothing, SUMMED, WICK_ERR_NAME,
        { "'x' (its event is [4], and only scalar events are enumerated: put it into a plate)" } },
    { poisson_x, do_nothing, SUMMED, WICK_ERR_NAME,
        { "'x' (poisson has no finite set of values)" } },

    /* shapes */
    { vector_3, normal_x, BOTH, WICK_ERR_SHAPE,
        { "the value of site 'x' is a scalar in the guide and [3] in the model (normal)",
            "wick_iid" } },
    { normal_model, vector_2, BOTH, WICK_ERR_SHAPE,
        { "'x' is [2] in the guide and a scalar in the model (normal)" } },
    { vector_3, vector_2, BOTH, WICK_ERR_SHAPE, { "'x' is [2] in the guide and [3] in" } },
    { copies_3, vector_2, BOTH, WICK_ERR_SHAPE, { "'x' is [2] in the guide and [3] in" } },
    { weights_rows, weights_3, BOTH, WICK_ERR_SHAPE, { "is [3] in the guide and [4][3] in" } },
    { joint_3, vector_2, BOTH, WICK_ERR_SHAPE, { "[3] in the model (multivariate_normal)" } },

    /* supports */
    { gamma_x, normal_x, BOTH, WICK_ERR_DOMAIN,
        { "site 'x' is normal in the guide (x finite), which goes beyond the support of the "
          "model's "
          "gamma (x > 0)",
            "take a distribution of that support, or wick_delta" } },
    { beta_x, wide_x, BOTH, WICK_ERR_DOMAIN,
        { "uniform in the guide (-1.5 <= x <= 2)", "beta (0 < x < 1)" } },
    { narrow_x, beta_x, BOTH, WICK_ERR_DOMAIN,
        { "beta in the guide (0 < x < 1)", "uniform (0.25 <= x <= 0.5)" } },
    { weights_3, vector_3, BOTH, WICK_ERR_DOMAIN, { "dirichlet (x >= 0, sum 1)" } },
    { normal_model, bernoulli_x, BOTH, WICK_ERR_DOMAIN,
        { "site 'x' is bernoulli in the guide, which is discrete, but normal in the model, which "
          "is "
          "continuous; give it a continuous distribution in the guide too" } },
    { bernoulli_x, normal_x, BOTH, WICK_ERR_DOMAIN,
        { "normal in the guide, which is continuous", "bernoulli in the model, which is discrete",
            "leave it to wick_trace_enum_elbo" } },
    { two_x, three_x, BOTH, WICK_ERR_SHAPE,
        { "site 'x' has 3 values in the guide and 2 in the model; give it those of the model" } },
    { two_x, three_marked, SUMMED, WICK_ERR_SHAPE,
        { "site 'x' has 3 values in the guide and 2 in the model; enumerate those" } },
    { bernoulli_x, poisson_x, BOTH, WICK_ERR_DOMAIN,
        { "poisson in the guide (x >= 0, an integer)", "bernoulli (0 or 1)" } },

    /* plates */
    { normal_model, rows_5, BOTH, WICK_ERR_SHAPE,
        { "site stands in plates ('rows' (5)), this one in ()",
            "open the same plates around it in the guide and in the model" } },
    { rows_6, rows_5, BOTH, WICK_ERR_SHAPE,
        { "plate 'rows' has 6 members here, but it had 5", "one size in guide and model" } },
    { batch_8, batch_16, BOTH, WICK_ERR_SHAPE,
        { "plate 'rows' has 8 of 64 members here, but it had 16 of 64", "one subsample" } },
};

static problem problem_of(wick *w, program *model, program *guide, bool sum)
{
    return (problem){ w, { model, NULL }, { guide, NULL },
        sum ? wick_trace_enum_elbo : wick_trace_elbo, NULL };
}

static void assert_refused(const refusal *r, bool sum)
{
    wick *w = wick_new(NULL);
    const problem bad = problem_of(w, r->model, r->guide, sum);
    const problem good = problem_of(w, normal_model, normal_x, sum);

    ck_assert_double_nan(loss_of(&bad));
    assert_fails(w, r->code, r->words);
    wick_clear(w);
    ck_assert_uint_eq(wick_param_count(w), 0);
    const double loss = loss_of(&good);
    assert_ok(w);
    wick *other = wick_new(NULL);
    const problem alone = problem_of(other, normal_model, normal_x, sum);
    ck_assert_double_eq(loss, loss_of(&alone));
    wick_free(other);
    wick_free(w);
}

START_TEST(programs_that_do_not_fit_are_refused_with_the_reason)
{
    const refusal *r = &REFUSALS[_i];

    if (r->loss != SUMMED)
        assert_refused(r, false);
    if (r->loss != DRAWN)
        assert_refused(r, true);
}
END_TEST

/* --- accepted ----------------------------------------------------------------------------------- */

static const struct {
    program *model, *guide;
} FITTING[] = {
    { gamma_x, lognormal_x },
    { gamma_x, half_normal_x }, /* the end does not count */
    { half_normal_x, gamma_x },
    { gamma_x, point_x },
    { normal_model, gamma_x },
    { wide_x, beta_x },
    { beta_x, narrow_x },
    { uniforms, betas },
    { vector_3, copies_3 },
    { copies_3, vector_3 },
    { joint_3, vector_3 },
    { vector_3, joint_3 },
    { vector_3, weights_3 },
    { weights_3, point_3 },
    { weights_rows, weights_matrix },
    { weights_matrix, weights_rows },
    { three_x, bernoulli_x },
    { two_x, bernoulli_x },
    { bernoulli_x, two_x },
    { poisson_x, three_x },
    { bernoulli_copies, bernoulli_copies },
    { categorical_rows, categorical_rows },
};

START_TEST(values_within_the_support_and_of_the_shape_are_accepted)
{
    wick *w = wick_new(NULL);
    const problem p = problem_of(w, FITTING[_i].model, FITTING[_i].guide, _i % 2);

    ck_assert(isfinite(loss_of(&p)));
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* The guide's value is not what the density sees: the model replaces it. */
static void replaced(wick *w, void *unused)
{
    const wick_binding b = { "x", wick_num(w, 0.8) };

    WICK_WITH (w, wick_substitute(w, 1, &b))
        gamma_x(w, unused);
}

START_TEST(a_value_that_the_model_gets_from_elsewhere_is_not_compared_with_the_guide)
{
    wick *w = wick_new(NULL);
    const problem p = problem_of(w, replaced, normal_x, false);

    ck_assert(isfinite(loss_of(&p)));
    assert_ok(w);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("match");
    TCase *tests = new_case(suite, "model and guide");

    tcase_add_loop_test(tests, programs_that_do_not_fit_are_refused_with_the_reason, 0,
        sizeof REFUSALS / sizeof *REFUSALS);
    tcase_add_loop_test(tests, values_within_the_support_and_of_the_shape_are_accepted, 0,
        sizeof FITTING / sizeof *FITTING);
    tcase_add_test(
        tests, a_value_that_the_model_gets_from_elsewhere_is_not_compared_with_the_guide);
    return run_suite(suite);
}
