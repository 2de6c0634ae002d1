/* A loss of the user: the M step of EM by gradients, at drawn assignments. */
#include "tests/support/fit.h"

/* The M step of EM by gradients: complete-data likelihood at assignments drawn from the guide. */
static wick_var em_m_step(wick *w, wick_program model, wick_program guide, const void *options)
{
    wick_trace *m = NULL, *g = wick_trace_run(w, guide);
    wick_var loss = wick_num(w, 0.0);

    (void)options;
    WICK_WITH (w, wick_replay(w, g))
        m = wick_trace_run(w, model);
    for (const wick_site *s = wick_trace_first(m); s; s = wick_site_next(s))
        if (s->type == WICK_SAMPLE)
            loss = wick_sub(loss, wick_total(wick_site_log_prob(w, s)));
    return loss;
}

enum { POINTS = 3, D = 2, K = 2 };
static const double CLOUD[POINTS * D] = { 0.4, 1.0, 2.6, 2.9, 1.7, 0.2 };

/* Defined in the guide, read in the model; arg: assignments to substitute, or NULL. */
static void cloud_params(wick *w, wick_var *weights, wick_var *means, wick_var *tril, bool define)
{
    static const double WEIGHTS[K] = { 0.35, 0.65 }, MEANS[K * D] = { 0.5, 1.2, 2.0, 2.0 },
                        CHOL[D * D] = { 1.1, 0.4, 0.3, 0.9 };

    *weights = define ? wick_param(w, "weights", wick_init_values(WEIGHTS, K), wick_simplex())
                      : wick_param_read(w, "weights");
    WICK_PLATE (w, "components", K) {
        if (define) {
            wick_param(w, "means", wick_init_var(wick_data(w, MEANS, K * D, D)), wick_real());
            wick_param(w, "chol", wick_init_values(CHOL, D, D), wick_real());
        }
        *means = wick_param_read(w, "means");
        *tril = wick_param_read(w, "chol");
    }
}

static void cloud_model(wick *w, void *arg)
{
    wick_var weights, means, tril;

    (void)arg;
    cloud_params(w, &weights, &means, &tril, false);
    WICK_PLATE (w, "data", POINTS) {
        const wick_var z = wick_sample(w, "assignment", wick_categorical(weights));
        wick_observe(w, "obs", wick_multivariate_normal(wick_take(means, z), wick_take(tril, z)),
            wick_data(w, CLOUD, POINTS * D, D));
    }
}

static void cloud_guide(wick *w, void *arg)
{
    wick_var weights, means, tril, given = WICK_VAR_NONE;

    cloud_params(w, &weights, &means, &tril, true);
    WICK_PLATE (w, "data", POINTS) {
        if (arg)
            given = wick_data(w, arg, POINTS);
        const wick_binding binding = { "assignment", given };
        const wick_var lp = wick_join(wick_log_prob(w, wick_multivariate_normal(means, tril),
                                          wick_data(w, CLOUD, POINTS * D, D)),
            "components");
        WICK_WITH (w, wick_substitute(w, arg ? 1 : 0, &binding))
            wick_sample(w, "assignment", wick_categorical_logits(wick_add(lp, wick_log(weights))));
    }
}

/* Runs the guide, so that its parameters exist, and the enumerated loss of the model. */
static wick_var exact_loss(wick *w, wick_program model, wick_program guide, const void *options)
{
    (void)options;
    wick_call(w, guide);
    return wick_trace_enum_elbo(w, model, NOTHING, NULL);
}

enum { VALUES = K + K * D + K * D * D };

START_TEST(the_expected_gradient_of_an_em_step_is_that_of_the_likelihood)
{
    wick *w = wick_new(NULL);
    double z[POINTS], exact[VALUES], mean[VALUES] = { 0.0 }, g[VALUES], total = 0.0;
    const problem likelihood = { w, { cloud_model, NULL }, { cloud_guide, NULL }, exact_loss,
        NULL };
    const double evidence = exp(-gradient_of(&likelihood, exact));

    assert_ok(w);
    for (int path = 0; path < 1 << POINTS; path++) {
        for (int i = 0; i < POINTS; i++)
            z[i] = path >> i & 1;
        const problem em = { w, { cloud_model, NULL }, { cloud_guide, z }, em_m_step, NULL };
        const double weight = exp(-gradient_of(&em, g)) / evidence; /* p(z | x) */
        assert_ok(w);
        total += weight;
        for (int i = 0; i < VALUES; i++)
            mean[i] += weight * g[i];
    }
    assert_close(total, 1.0, 1e-13);
    for (int i = 0; i < VALUES; i++)
        assert_close(mean[i], exact[i], 1e-12);
    for (int k = 0; k < K; k++) /* [0][1] of each triangle */
        ck_assert_double_eq(exact[K + K * D + k * D * D + 1], 0.0);
    wick_free(w);
}
END_TEST

START_TEST(an_em_fit_with_drawn_assignments_gets_better)
{
    wick *w = wick_new(&(wick_options){ .seed = 6 });
    wick_svi *svi =
        wick_svi_new(w, (wick_program){ cloud_model, NULL }, (wick_program){ cloud_guide, NULL },
            &(wick_svi_options){ .loss = em_m_step, .optim = wick_adam(.lr = 0.02) });
    double first = 0.0, last = 0.0;

    for (int i = 0; i < 60; i++) { /* not for long: three points let a component collapse */
        const double loss = wick_svi_step(svi);
        first += i < 20 ? loss : 0.0;
        last += i >= 40 ? loss : 0.0;
    }
    assert_ok(w);
    ck_assert_double_lt(last / 20, first / 20 - 1.0);
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("em");
    TCase *own = new_case(suite, "own");

    tcase_add_test(own, the_expected_gradient_of_an_em_step_is_that_of_the_likelihood);
    tcase_add_test(own, an_em_fit_with_drawn_assignments_gets_better);
    return run_suite(suite);
}
