/*
 * Enumerated sites whose values are not 0, 1, 2, ...: one-hot vectors, integers from a bound on, counts
 * up to a total that may vary. Everything is compared with sums written out here.
 */
#include "tests/support/discrete.h"
#include "tests/support/fit.h"

enum { K = 3, ROWS = 4 };

static const double CHANCES[K] = { 0.5, 0.2, 0.3 }, AT[K] = { -1.1, 0.4, 1.7 };
static const double SEEN[ROWS] = { -0.6, 0.9, 0.2, 1.9 };

static double log_sum(size_t n, const double *x)
{
    double top = -INFINITY, sum = 0.0;

    for (size_t i = 0; i < n; i++)
        top = fmax(top, x[i]);
    for (size_t i = 0; i < n; i++)
        sum += exp(x[i] - top);
    return top + log(sum);
}

/* log n! / (x! (n-x)!) p^x (1-p)^(n-x) */
static double log_binomial(double x, double n, double p)
{
    return lgamma(n + 1.0) - lgamma(x + 1.0) - lgamma(n - x + 1.0) + x * log(p) +
        (n - x) * log(1.0 - p);
}

/* --- models ----------------------------------------------------------------------------------- */

/* A mixture by one-hot vectors: the mean of y is the product of z and the table. */
static void one_hot(wick *w, void *arg)
{
    const wick_var logits = wick_param(w, "logits", wick_init_values(CHANCES, K), wick_real());
    const wick_var at = wick_param(w, "at", wick_init_values(AT, K), wick_real());

    (void)arg;
    WICK_PLATE (w, "rows", ROWS) {
        const wick_var z = wick_sample(w, "z", wick_one_hot_categorical_logits(logits));
        wick_observe(w, "y", wick_normal(wick_dot(z, at), 0.8), wick_data(w, SEEN, ROWS));
    }
}

/* The same by categories. */
static void categories(wick *w, void *arg)
{
    const wick_var logits = wick_param(w, "logits", wick_init_values(CHANCES, K), wick_real());
    const wick_var at = wick_param(w, "at", wick_init_values(AT, K), wick_real());

    (void)arg;
    WICK_PLATE (w, "rows", ROWS) {
        const wick_var z = wick_sample(w, "z", wick_categorical_logits(logits));
        wick_observe(w, "y", wick_normal(wick_take(at, z), 0.8), wick_data(w, SEEN, ROWS));
    }
}

static const double LOW[ROWS] = { 2.0, -1.0, 5.0, 0.0 }, HIGH[ROWS] = { 5.0, 0.0, 5.0, 3.0 };
static const double TOTALS[ROWS] = { 3.0, 0.0, 5.0, 2.0 };

/* Each row has bounds of its own. */
static void bounds(wick *w, void *arg)
{
    const wick_var slope = wick_param(w, "slope", wick_init_num(0.7), wick_real());

    (void)arg;
    WICK_PLATE (w, "rows", ROWS) {
        const wick_var low = wick_data(w, LOW, ROWS), high = wick_data(w, HIGH, ROWS);
        const wick_var n = wick_sample(w, "n", wick_discrete_uniform(low, high));
        wick_observe(w, "y", wick_normal(wick_mul(slope, n), 0.8), wick_data(w, SEEN, ROWS));
    }
}

static double log_bounds(void)
{
    double sum = 0.0;

    for (int i = 0; i < ROWS; i++) {
        double term[8];
        size_t n = 0;
        for (double x = LOW[i]; x <= HIGH[i]; x += 1.0)
            term[n++] = log_normal(SEEN[i], 0.7 * x, 0.8) - log(HIGH[i] - LOW[i] + 1.0);
        sum += log_sum(n, term);
    }
    return sum;
}

/* Each row has a total of its own. */
static void totals(wick *w, void *arg)
{
    const wick_var p = wick_param(w, "p", wick_init_num(0.3), wick_unit_interval());

    (void)arg;
    WICK_PLATE (w, "rows", ROWS) {
        const wick_var x = wick_sample(w, "x", wick_binomial(wick_data(w, TOTALS, ROWS), p));
        wick_observe(w, "y", wick_normal(wick_mul(0.4, x), 0.8), wick_data(w, SEEN, ROWS));
    }
}

static double log_totals(double p)
{
    double sum = 0.0;

    for (int i = 0; i < ROWS; i++) {
        double term[8];
        size_t n = 0;
        for (double x = 0.0; x <= TOTALS[i]; x += 1.0)
            term[n++] = log_binomial(x, TOTALS[i], p) + log_normal(SEEN[i], 0.4 * x, 0.8);
        sum += log_sum(n, term);
    }
    return sum;
}

static const double TABLE[6] = { 0.3, -1.2, 0.8, 2.2, -0.5, 1.1 };

/* A count that is an index, too. */
static void beta_counts(wick *w, void *arg)
{
    const wick_var a = wick_param(w, "a", wick_init_num(1.7), wick_positive());
    const wick_var x = wick_sample(w, "x", wick_beta_binomial(a, 0.6, 5));

    (void)arg;
    wick_observe(
        w, "y", wick_normal(wick_take(wick_const(w, TABLE, 6), x), 0.8), wick_num(w, 0.35));
}

static double log_beta_counts(void)
{
    double term[6];

    for (int x = 0; x < 6; x++)
        term[x] = lgamma(6.0) - lgamma(x + 1.0) - lgamma(6.0 - x) + lgamma(x + 1.7) +
            lgamma(5.6 - x) - lgamma(7.3) - lgamma(1.7) - lgamma(0.6) + lgamma(2.3) +
            log_normal(0.35, TABLE[x], 0.8);
    return log_sum(6, term);
}

static const double STEP[K][K] = { { 0.7, 0.2, 0.1 }, { 0.3, 0.4, 0.3 }, { 0.05, 0.25, 0.7 } };

/* A chain of one-hot states: the next probabilities are the product of the state and the table. */
static void one_hot_chain(wick *w, void *arg)
{
    const wick_var to = wick_transpose(wick_const(w, STEP[0], K, K)), at = wick_const(w, AT, K);
    wick_var p = wick_const(w, CHANCES, K);

    (void)arg;
    for (int t = 0; t < ROWS; t++) {
        const wick_var z = wick_sample(w, wick_name(w, "z_%d", t), wick_one_hot_categorical(p));
        wick_observe(
            w, wick_name(w, "y_%d", t), wick_normal(wick_dot(z, at), 0.8), wick_num(w, SEEN[t]));
        p = wick_matvec(to, z);
    }
}

static double log_chain_joint(const int *z)
{
    double sum = 0.0;

    for (int t = 0; t < ROWS; t++)
        sum +=
            log(t == 0 ? CHANCES[z[0]] : STEP[z[t - 1]][z[t]]) + log_normal(SEEN[t], AT[z[t]], 0.8);
    return sum;
}

/* --- summed out of a model -------------------------------------------------------------------- */

START_TEST(one_hot_vectors_are_summed_out_as_categories_are)
{
    wick *w = wick_new(NULL), *other = wick_new(NULL);
    const problem p = summed(w, one_hot, NULL), q = summed(other, categories, NULL);
    double x[2 * K], y[2 * K], term[K], want = 0.0;

    for (int i = 0; i < ROWS; i++) {
        for (int k = 0; k < K; k++)
            term[k] = CHANCES[k] - log_sum(K, CHANCES) + log_normal(SEEN[i], AT[k], 0.8);
        want -= log_sum(K, term);
    }
    assert_close(gradient_of(&p, x), want, 1e-14);
    assert_close(gradient_of(&q, y), want, 1e-14);
    for (int i = 0; i < 2 * K; i++)
        assert_close(x[i], y[i], 1e-14);
    assert_gradient(&p, 1e-9);
    wick_free(w);
    wick_free(other);
}
END_TEST

START_TEST(integers_are_summed_from_the_bounds_of_each_member)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, bounds, NULL);

    assert_close(loss_of(&p), -log_bounds(), 1e-14);
    assert_gradient(&p, 1e-9);
    wick_free(w);
}
END_TEST

START_TEST(counts_are_summed_up_to_the_total_of_each_member)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, totals, NULL);

    assert_close(loss_of(&p), -log_totals(0.3), 1e-14);
    assert_gradient(&p, 1e-9);
    wick_free(w);
}
END_TEST

START_TEST(an_enumerated_count_is_an_index)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, beta_counts, NULL);

    assert_close(loss_of(&p), -log_beta_counts(), 1e-13);
    assert_gradient(&p, 1e-9);
    wick_free(w);
}
END_TEST

START_TEST(a_chain_of_one_hot_states_sums_over_all_paths)
{
    exact e = { .n = ROWS, .k = { K, K, K, K }, .log_joint = log_chain_joint };
    wick *w = wick_new(NULL);
    const problem p = summed(w, one_hot_chain, NULL);

    enumerate(&e);
    assert_close(loss_of(&p), -e.log_evidence, 1e-14);
    free(e.p);
    wick_free(w);
}
END_TEST

enum { MANY = 1500 };

/* Of a tile of the plate no one can tell how many values the others have. */
static void many_totals(wick *w, void *arg)
{
    static double totals[MANY], lows[MANY], seen[MANY];
    const wick_var p = wick_param(w, "p", wick_init_num(0.3), wick_unit_interval());

    (void)arg;
    for (int i = 0; i < MANY; i++) {
        totals[i] = i < 700 ? 2.0 : i % 7;
        lows[i] = i < 700 ? 0.0 : i % 5;
        seen[i] = sin(i);
    }
    WICK_PLATE (w, "many", MANY) {
        const wick_var n = wick_data(w, totals, MANY), low = wick_data(w, lows, MANY);
        const wick_var x = wick_sample(w, "x", wick_binomial(n, p));
        const wick_var k = wick_sample(w, "k", wick_discrete_uniform(low, wick_add(low, n)));
        wick_observe(w, "y", wick_normal(wick_add(x, k), 1.3), wick_data(w, seen, MANY));
    }
}

static void (*const MODELS[])(
    wick *, void *) = { one_hot, bounds, totals, beta_counts, many_totals };

enum { N_MODELS = sizeof MODELS / sizeof *MODELS };

static double compiled_loss(wick *w, void (*model)(wick *, void *), bool compile)
{
    wick_svi *svi = wick_svi_new(w, (wick_program){ model, NULL }, NOTHING,
        &(wick_svi_options){
            .loss = wick_trace_enum_elbo, .optim = wick_adam(.lr = 0.01), .compile = compile });
    double loss = NAN;

    for (int i = 0; i < 9; i++)
        loss = wick_svi_step(svi);
    wick_svi_free(svi);
    return loss;
}

START_TEST(compiled_steps_are_eager_ones)
{
    wick *w = wick_new(NULL), *other = wick_new(NULL);
    const double eager = compiled_loss(w, MODELS[_i], false);
    const double compiled = compiled_loss(other, MODELS[_i], true);

    assert_ok(w);
    assert_ok(other);
    assert_close(compiled, eager, 1e-13);
    wick_free(w);
    wick_free(other);
}
END_TEST

/* --- averaged over in a guide ------------------------------------------------------------------ */

static void pair_model(wick *w, void *arg)
{
    (void)arg;
    const wick_var z = wick_sample(w, "z", wick_one_hot_categorical(wick_const(w, CHANCES, K)));
    const wick_var n = wick_sample(w, "n", wick_discrete_uniform(2, 6));
    const wick_var x = wick_sample(w, "x", wick_binomial(4, 0.35));
    const wick_var loc = wick_add(wick_dot(z, wick_const(w, AT, K)), wick_mul(0.3, n));
    wick_observe(w, "y", wick_normal(loc, wick_add(0.5, x)), wick_num(w, 1.3));
}

static const double Q[K] = { 0.25, 0.35, 0.4 };

/* The integers from 3 to 5 only: where the model has more, the guide need not. */
static void pair_guide(wick *w, void *arg)
{
    wick_dist (*mark)(wick_dist) = *(wick_dist(**)(wick_dist))arg;
    const wick_var q = wick_param(w, "q", wick_init_values(Q, K), wick_simplex());
    const wick_var p = wick_param(w, "p", wick_init_num(0.6), wick_unit_interval());

    wick_sample(w, "z", mark(wick_one_hot_categorical(q)));
    wick_sample(w, "n", mark(wick_discrete_uniform(3, 5)));
    wick_sample(w, "x", mark(wick_binomial(4, p)));
}

static double pair_loss(void)
{
    double loss = 0.0;

    for (int k = 0; k < K; k++)
        for (double n = 3.0; n <= 5.0; n += 1.0)
            for (double x = 0.0; x <= 4.0; x += 1.0) {
                const double q = log(Q[k]) - log(3.0) + log_binomial(x, 4.0, 0.6);
                const double p = log(CHANCES[k]) - log(5.0) + log_binomial(x, 4.0, 0.35) +
                    log_normal(1.3, AT[k] + 0.3 * n, 0.5 + x);
                loss += exp(q) * (q - p);
            }
    return loss;
}

START_TEST(a_guide_averages_over_values_at_once_and_one_by_one)
{
    wick_dist (*mark)(wick_dist) = _i ? wick_enumerate_sequential : wick_enumerate;
    wick *w = wick_new(NULL);
    const problem p = { w, { pair_model, NULL }, { pair_guide, &mark }, wick_trace_enum_elbo,
        NULL };

    assert_close(loss_of(&p), pair_loss(), 1e-13);
    assert_gradient(&p, 1e-9);
    wick_free(w);
}
END_TEST

/* --- posteriors -------------------------------------------------------------------------------- */

START_TEST(the_mode_of_a_chain_is_a_path_of_one_hot_vectors)
{
    exact e = { .n = ROWS, .k = { K, K, K, K }, .log_joint = log_chain_joint };
    wick *w = wick_new(NULL);
    const wick_trace *trace =
        wick_infer_discrete(w, (wick_program){ one_hot_chain, NULL }, WICK_MODE);

    enumerate(&e);
    assert_ok(w);
    for (int t = 0; t < ROWS; t++) {
        double z[K];
        ck_assert_uint_eq(wick_trace_get(trace, wick_name(w, "z_%d", t), z, K), K);
        for (int k = 0; k < K; k++)
            ck_assert_double_eq(z[k], k == e.mode[t]);
    }
    free(e.p);
    wick_free(w);
}
END_TEST

/* Under an ambient dimension every draw is one of a path. */
START_TEST(draws_of_one_hot_vectors_have_their_posterior)
{
    enum { DRAWS = 20000, PATHS = K * K * K * K };
    exact e = { .n = ROWS, .k = { K, K, K, K }, .log_joint = log_chain_joint };
    static double z[ROWS][DRAWS * K];
    int counts[PATHS] = { 0 };
    wick *w = wick_new(NULL);
    const wick_trace *trace = NULL;

    WICK_AMBIENT (w, "draws", DRAWS)
        trace = wick_infer_discrete(w, (wick_program){ one_hot_chain, NULL }, WICK_DRAW);
    for (int t = 0; t < ROWS; t++)
        wick_trace_get(trace, wick_name(w, "z_%d", t), z[t], (size_t)DRAWS * K);
    assert_ok(w);
    for (int i = 0; i < DRAWS; i++) {
        int path[ROWS];
        for (int t = 0; t < ROWS; t++) {
            const double *at = z[t] + i * K;
            ck_assert_double_eq(at[0] + at[1] + at[2], 1.0);
            path[t] = at[1] == 1.0 ? 1 : at[2] == 1.0 ? 2 : 0;
        }
        counts[cell_of(&e, path)]++;
    }
    enumerate(&e);
    assert_distributed("paths", e.cells, e.p, counts);
    free(e.p);
    wick_free(w);
}
END_TEST

/* A bound that depends on another enumerated site. */
static void nested_bounds(wick *w, void *arg)
{
    static const double STARTS[2] = { 3.0, 7.0 };
    const wick_var c = wick_sample(w, "c", wick_bernoulli(0.4));
    const wick_var low = wick_take(wick_const(w, STARTS, 2), c);
    const wick_var n = wick_sample(w, "n", wick_discrete_uniform(low, wick_add(low, 2.0)));

    (void)arg;
    wick_observe(w, "y", wick_normal(n, 1.1), wick_num(w, 6.2));
}

static double log_nested_bounds(const int *z)
{
    return log(z[0] ? 0.4 : 0.6) - log(3.0) + log_normal(6.2, (z[0] ? 7.0 : 3.0) + z[1], 1.1);
}

START_TEST(values_from_a_bound_that_is_enumerated_are_found)
{
    exact e = { .n = 2, .k = { 2, 3 }, .log_joint = log_nested_bounds };
    wick *w = wick_new(NULL);
    const wick_program model = { nested_bounds, NULL };
    double n = NAN, c = NAN, p[3];

    enumerate(&e);
    const wick_trace *trace = wick_infer_discrete(w, model, WICK_MODE);
    wick_trace_get(trace, "c", &c, 1);
    wick_trace_get(trace, "n", &n, 1);
    assert_ok(w);
    ck_assert_double_eq(c, e.mode[0]);
    ck_assert_double_eq(n, (e.mode[0] ? 7.0 : 3.0) + e.mode[1]);
    const wick_marginals *m = wick_infer_marginals(w, model);
    assert_close(wick_marginals_log_evidence(m), e.log_evidence, 1e-14);
    wick_get(wick_marginal(m, "n"), p, 3); /* by number: of the values from the bound on */
    assert_ok(w);
    for (int k = 0; k < 3; k++)
        assert_close(p[k], probability(&e, 1, k, 1, k), 1e-14);
    free(e.p);
    wick_free(w);
}
END_TEST

START_TEST(members_have_their_own_values_in_a_mode)
{
    wick *w = wick_new(NULL);
    double n[ROWS], x[ROWS];

    const wick_trace *trace = wick_infer_discrete(w, (wick_program){ bounds, NULL }, WICK_MODE);
    wick_trace_get(trace, "n", n, ROWS);
    assert_ok(w);
    trace = wick_infer_discrete(w, (wick_program){ totals, NULL }, WICK_MODE);
    wick_trace_get(trace, "x", x, ROWS);
    assert_ok(w);
    for (int i = 0; i < ROWS; i++) {
        double best_n = LOW[i], best_x = 0.0;
        for (double v = LOW[i]; v <= HIGH[i]; v += 1.0)
            if (fabs(SEEN[i] - 0.7 * v) < fabs(SEEN[i] - 0.7 * best_n))
                best_n = v;
        for (double v = 0.0; v <= TOTALS[i]; v += 1.0)
            if (log_binomial(v, TOTALS[i], 0.3) + log_normal(SEEN[i], 0.4 * v, 0.8) >
                log_binomial(best_x, TOTALS[i], 0.3) + log_normal(SEEN[i], 0.4 * best_x, 0.8))
                best_x = v;
        ck_assert_double_eq(n[i], best_n);
        ck_assert_double_eq(x[i], best_x);
    }
    wick_free(w);
}
END_TEST

/* --- every state ------------------------------------------------------------------------------- */

START_TEST(states_show_the_values)
{
    wick *w = wick_new(NULL);
    wick_exact *e = wick_exact_new(w, (wick_program){ pair_model, NULL }, NULL);
    double sum = 0.0, z[K], n, x;

    assert_ok(w);
    ck_assert_uint_eq(wick_exact_states(e), K * 5 * 5);
    for (size_t i = 0; i < wick_exact_states(e); i++) {
        ck_assert_uint_eq(wick_exact_get(e, i, "z", z, K), K);
        ck_assert_uint_eq(wick_exact_get(e, i, "n", &n, 1), 1);
        ck_assert_uint_eq(wick_exact_get(e, i, "x", &x, 1), 1);
        const size_t k = i / 25;
        for (size_t j = 0; j < K; j++)
            ck_assert_double_eq(z[j], j == k);
        ck_assert_double_eq(n, 2.0 + (double)(i / 5 % 5));
        ck_assert_double_eq(x, (double)(i % 5));
        const double joint = log(CHANCES[k]) - log(5.0) + log_binomial(x, 4.0, 0.35) +
            log_normal(1.3, AT[k] + 0.3 * n, 0.5 + x);
        assert_close(log(wick_exact_prob(e, i)) + wick_exact_log_evidence(e), joint, 1e-13);
        sum += wick_exact_prob(e, i);
    }
    assert_close(sum, 1.0, 1e-14);
    wick_exact_get(e, 0, "z", z, 1);
    assert_error(w, WICK_ERR_SHAPE, "'z' has 3");
    wick_exact_free(e);
    const problem p = summed(w, pair_model, NULL);
    e = wick_exact_new(w, (wick_program){ pair_model, NULL }, NULL);
    assert_close(-wick_exact_log_evidence(e), loss_of(&p), 1e-13);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

/* Members one after the other, the elements of each together, as wick_get has them. */
static void two_vectors(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "rows", 2) {
        const wick_var z = wick_sample(w, "z", wick_one_hot_categorical(wick_const(w, CHANCES, K)));
        wick_observe(
            w, "y", wick_normal(wick_dot(z, wick_const(w, AT, K)), 0.8), wick_data(w, SEEN, 2));
    }
}

START_TEST(states_of_a_plate_have_vectors_member_by_member)
{
    wick *w = wick_new(NULL);
    wick_exact *e = wick_exact_new(w, (wick_program){ two_vectors, NULL }, NULL);
    double z[2 * K];

    ck_assert_uint_eq(wick_exact_get(e, 5, "z", z, 2 * K), 2 * K); /* the second and the third */
    assert_ok(w);
    for (int i = 0; i < 2 * K; i++)
        ck_assert_double_eq(z[i], i == 1 || i == K + 2);
    wick_exact_free(e);
    wick_free(w);
}
END_TEST

/* --- what they are left to, and refusals --------------------------------------------------------- */

START_TEST(a_guide_of_point_estimates_leaves_them_to_be_summed_out)
{
    wick *w = wick_new(NULL);
    const wick_program model = { pair_model, NULL };
    wick_guide *guide = wick_auto_delta_new(w, model, NULL);
    const problem p = { w, model, wick_guide_program(guide), wick_trace_enum_elbo, NULL };
    const problem q = summed(w, pair_model, NULL);

    const double loss = loss_of(&p);
    assert_ok(w);
    ck_assert_uint_eq(wick_param_count(w), 0);
    ck_assert_double_eq(loss, loss_of(&q));
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

static void copies(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "z", wick_iid(wick_one_hot_categorical(wick_const(w, CHANCES, K)), 2));
}

static void huge(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_binomial(1000000000, 1e-9));
}

static void no_count(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "x", wick_binomial(2.5, 0.3));
}

static void model_of_n(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "n", wick_discrete_uniform(2, 6));
}

static void guide_of_n(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "n", wick_enumerate(wick_discrete_uniform(1, 4)));
}

START_TEST(what_cannot_be_summed_out_is_refused_with_the_reason)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, copies, NULL), q = summed(w, huge, NULL);
    const problem r = summed(w, no_count, NULL);
    const problem beyond = { w, { model_of_n, NULL }, { guide_of_n, NULL }, wick_trace_enum_elbo,
        NULL };

    loss_of(&p);
    assert_error(w, WICK_ERR_NAME, "'z' (its event is [2][3], and only single draws");
    loss_of(&q);
    assert_error(w, WICK_ERR_LIMIT, "binomial", "1000000001 values", "sample it in the guide");
    loss_of(&r);
    assert_error(w, WICK_ERR_DOMAIN, "total_count is 2.5, must be an integer", "at site 'x'");
    loss_of(&beyond);
    assert_error(w, WICK_ERR_DOMAIN, "discrete_uniform in the guide (1 <= x <= 4, an integer)",
        "discrete_uniform (2 <= x <= 6, an integer)");
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("support values");
    TCase *model = new_case(suite, "model"), *guide = new_case(suite, "guide");
    TCase *posterior = new_case(suite, "posterior"), *states = new_case(suite, "states");
    TCase *left = new_case(suite, "left");

    tcase_add_test(model, one_hot_vectors_are_summed_out_as_categories_are);
    tcase_add_test(model, integers_are_summed_from_the_bounds_of_each_member);
    tcase_add_test(model, counts_are_summed_up_to_the_total_of_each_member);
    tcase_add_test(model, an_enumerated_count_is_an_index);
    tcase_add_test(model, a_chain_of_one_hot_states_sums_over_all_paths);
    tcase_add_loop_test(model, compiled_steps_are_eager_ones, 0, N_MODELS);
    tcase_add_loop_test(guide, a_guide_averages_over_values_at_once_and_one_by_one, 0, 2);
    tcase_add_test(posterior, the_mode_of_a_chain_is_a_path_of_one_hot_vectors);
    tcase_add_test(posterior, draws_of_one_hot_vectors_have_their_posterior);
    tcase_add_test(posterior, values_from_a_bound_that_is_enumerated_are_found);
    tcase_add_test(posterior, members_have_their_own_values_in_a_mode);
    tcase_add_test(states, states_show_the_values);
    tcase_add_test(states, states_of_a_plate_have_vectors_member_by_member);
    tcase_add_test(left, a_guide_of_point_estimates_leaves_them_to_be_summed_out);
    tcase_add_test(left, what_cannot_be_summed_out_is_refused_with_the_reason);
    return run_suite(suite);
}
