/* Pyro's tests of enumeration (pyro-ppl/pyro, tests/infer/test_enum.py), each eager and compiled: chains in
 * model and guide.
 * Figures are those of the formulas named at each test, in double precision, or stand in Pyro's
 * file. */
#include "tests/support/memory.h"
#include "tests/support/outcome.h"

/* --- test_elbo_hmm_in_model, test_elbo_hmm_in_guide ------------------------------------------------ */

typedef struct chain {
    int length;
    how how;
} chain;

static const double STAY[] = { 0.9, 0.1, 0.1, 0.9 }, LEAN[] = { 0.75, 0.25, 0.25, 0.75 };

static wick_dist state_dist(wick *w, wick_var move, wick_var x, int t)
{
    return wick_categorical(t ? wick_take(move, x) : wick_fill(w, 0.5, 2));
}

static void chain_model(wick *w, void *arg)
{
    static const double LOCS[] = { -1.0, 1.0 };
    const chain *c = arg;
    const wick_var move = simplexes(w, "transition_probs", 2, 2, STAY);
    const wick_var locs = wick_param(w, "obs_locs", wick_init_values(LOCS, 2), wick_real());
    const wick_var scale = wick_param(w, "obs_scale", wick_init_num(1.0), wick_positive());
    wick_var x = WICK_VAR_NONE;

    for (int t = 0; t < c->length; t++) {
        x = wick_sample(w, wick_name(w, "x_%d", t), state_dist(w, move, x, t));
        wick_observe(
            w, wick_name(w, "y_%d", t), wick_normal(wick_take(locs, x), scale), wick_num(w, 1.0));
    }
}

static void mean_field_guide(wick *w, void *arg)
{
    const chain *c = arg;

    for (int t = 0; t < c->length; t++) {
        const wick_var probs =
            wick_param(w, wick_name(w, "mean_field_%d", t), wick_init_fill(0.5, 2), wick_simplex());
        wick_sample(w, wick_name(w, "x_%d", t), marked(wick_categorical(probs), c->how));
    }
}

static const chain CHAINS[] = { { 2, SEQUENTIAL }, { 3, SEQUENTIAL }, { 8, SEQUENTIAL },
    { 2, PARALLEL }, { 3, PARALLEL }, { 10, PARALLEL }, { 20, PARALLEL }, { 30, PARALLEL },
    { 50, PARALLEL } };
enum { N_CHAINS = sizeof CHAINS / sizeof *CHAINS };

/* The guide's parameters are made first. */
START_TEST(a_chain_under_a_mean_field_has_pyros_gradients)
{
    chain c = CHAINS[_i];
    const int n = c.length;
    const outcome o = checked(chain_model, mean_field_guide, &c);
    const double pair = 0.2 * (n - 1), want[7] = { pair, -pair, -pair, pair, -n, 0.0, -n };

    for (int t = 0; t < n; t++) {
        assert_close(o.gradient[2 * t], 0.5, 1e-12);
        assert_close(o.gradient[2 * t + 1], -0.5, 1e-12);
    }
    for (int i = 0; i < 7; i++)
        assert_close(o.gradient[2 * n + i], want[i], 1e-12);
}
END_TEST

static void emission_model(wick *w, void *arg)
{
    const chain *c = arg;
    const wick_var move = simplexes(w, "transition_probs", 2, 2, LEAN);
    const wick_var emit = simplexes(w, "emission_probs", 2, 2, LEAN);
    wick_var x = WICK_VAR_NONE;

    for (int t = 0; t < c->length; t++) {
        x = wick_sample(w, wick_name(w, "x_%d", t), state_dist(w, move, x, t));
        wick_observe(
            w, wick_name(w, "y_%d", t), wick_categorical(wick_take(emit, x)), wick_num(w, 1.0));
    }
}

static void chain_guide(wick *w, void *arg)
{
    const chain *c = arg;
    const wick_var move = simplexes(w, "transition_probs", 2, 2, LEAN);
    wick_var x = WICK_VAR_NONE;

    for (int t = 0; t < c->length; t++)
        x = wick_sample(w, wick_name(w, "x_%d", t), marked(state_dist(w, move, x, t), c->how));
}

/*
 * Pyro's figures, and the formula: guide and model have the same transitions, which cancel; the cost
 * of state 0 is log 3 above that of state 1; each step moves it by 3/32, of which half is left after
 * each further one.
 */
START_TEST(a_chain_in_the_guide_has_pyros_gradients)
{
    static const struct {
        int length;
        double transition;
    } PYRO[] = { { 2, 0.1029949 }, { 3, 0.25748726 }, { 10, 1.64832076 }, { 20, 3.70781687 },
        { 30, 5.76771452 } };
    chain c = CHAINS[_i];
    const double n = c.length, move = log(3.0) * 3.0 / 32.0 * (2.0 * n - 4.0 + pow(0.5, n - 2.0));
    const double want[8] = { move, -move, move, -move, 0.375 * n, -0.375 * n, 0.125 * n,
        -0.125 * n };
    const outcome o = checked(emission_model, chain_guide, &c);

    assert_close(o.loss, 0.5 * n * (log(4.0) + log(4.0 / 3.0)), 1e-12);
    for (int i = 0; i < 8; i++)
        assert_close(o.gradient[i], want[i], 1e-12);
    for (size_t i = 0; i < sizeof PYRO / sizeof *PYRO; i++)
        if (PYRO[i].length == c.length)
            ck_assert_double_eq_tol(o.gradient[0], PYRO[i].transition, 1e-7 * fmax(1.0, move));
}
END_TEST

/* --- test_elbo_hmm_growth, test_elbo_dbn_growth --------------------------------------------------------------- */

static void dbn_model(wick *w, void *arg)
{
    const chain *c = arg;
    const wick_var probs = simplexes(w, "probs_z", 2, 2, LEAN), even = wick_fill(w, 0.5, 2);

    for (int t = 0; t < c->length; t++) {
        wick_sample(w, wick_name(w, "x_%d", t), wick_categorical(even));
        const wick_var y = wick_sample(w, wick_name(w, "y_%d", t), wick_categorical(even));
        wick_observe(
            w, wick_name(w, "z_%d", t), wick_categorical(wick_take(probs, y)), wick_num(w, 1.0));
    }
}

static const double PROBS_Y[] = { 0.75, 0.25, 0.45, 0.55, 0.55, 0.45, 0.25, 0.75 };

static void dbn_guide(wick *w, void *arg)
{
    const chain *c = arg;
    const wick_var probs_x = simplexes(w, "probs_x", 2, 2, LEAN);
    const wick_var probs_y =
        wick_param(w, "probs_y", wick_init_values(PROBS_Y, 2, 2, 2), wick_simplex());
    wick_var x = wick_num(w, 0.0), y = wick_num(w, 0.0);

    for (int t = 0; t < c->length; t++) {
        x = wick_sample(
            w, wick_name(w, "x_%d", t), marked(wick_categorical(wick_take(probs_x, x)), c->how));
        y = wick_sample(w, wick_name(w, "y_%d", t),
            marked(wick_categorical(wick_at(wick_at(probs_y, x), y)), c->how));
    }
}

/* E[log q(x, y) - log p(x, y, z)] forwards: p(x, y) is all that is passed on. */
static double dbn_by_hand(int length)
{
    double p[2][2] = { { 1.0, 0.0 }, { 0.0, 0.0 } }, loss = 0.0;

    for (int t = 0; t < length; t++) {
        double next[2][2] = { { 0.0 } };
        for (int v = 0; v < 16; v++) {
            const int x0 = v >> 3, y0 = v >> 2 & 1, x = v >> 1 & 1, y = v & 1;
            const double q = LEAN[2 * x0 + x] * PROBS_Y[4 * x + 2 * y0 + y];
            loss += p[x0][y0] * q * (log(q) - 2.0 * log(0.5) - log(LEAN[2 * y + 1]));
            next[x][y] += p[x0][y0] * q;
        }
        memcpy(p, next, sizeof p);
    }
    return loss;
}

START_TEST(a_dynamic_network_in_the_guide_has_its_closed_form)
{
    chain c = { 2 + 2 * (_i / 2), _i & 1 ? PARALLEL : SEQUENTIAL };
    const outcome o = checked(dbn_model, dbn_guide, &c);

    assert_close(o.loss, dbn_by_hand(c.length), 1e-12);
    c = (chain){ 40, PARALLEL };
    const outcome longer = checked(dbn_model, dbn_guide, &c);
    assert_close(longer.loss, dbn_by_hand(40), 1e-12);
}
END_TEST

static wick_var counting_loss(wick *w, wick_program m, wick_program g, const void *options)
{
    uint32_t *nodes = *(uint32_t *const *)options;
    const wick_var loss = wick_trace_enum_elbo(w, m, g, NULL);

    *nodes = loss.node;
    return loss;
}

/* What is on the tape of a step, and the memory of the handle after two. */
static uint32_t cost_of(
    void (*model)(wick *, void *), void (*guide)(wick *, void *), int length, size_t *bytes)
{
    chain c = { length, PARALLEL };
    memory m = { 0 };
    const wick_options in_memory = memory_options(&m, 1);
    uint32_t nodes = 0, *const options = &nodes;
    wick *w = wick_new(&in_memory);
    wick_svi *svi = wick_svi_new(w, (wick_program){ model, &c }, (wick_program){ guide, &c },
        &(wick_svi_options){ .loss = counting_loss, .loss_options = &options });

    for (int i = 0; i < 2; i++)
        wick_svi_step(svi);
    assert_ok(w);
    *bytes = m.bytes;
    wick_svi_free(svi);
    wick_free(w);
    return nodes;
}

/* Memory is taken in chunks: a factor of two is theirs. */
START_TEST(the_cost_of_a_chain_in_the_guide_grows_with_its_length)
{
    void (*model)(wick *, void *) = _i ? dbn_model : emission_model;
    void (*guide)(wick *, void *) = _i ? dbn_guide : chain_guide;
    size_t bytes[3];
    const uint32_t one = cost_of(model, guide, 100, &bytes[0]);
    const uint32_t two = cost_of(model, guide, 200, &bytes[1]);
    const uint32_t eight = cost_of(model, guide, 800, &bytes[2]);

    ck_assert_uint_gt(two, one);
    ck_assert_uint_eq(eight - two, 6 * (two - one));
    ck_assert_uint_lt(bytes[2], 2 * 8 * bytes[0]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pyro_chains");
    TCase *tests = new_case(suite, "chains");

    tcase_add_loop_test(tests, a_chain_under_a_mean_field_has_pyros_gradients, 0, N_CHAINS);
    tcase_add_loop_test(tests, a_chain_in_the_guide_has_pyros_gradients, 0, N_CHAINS);
    tcase_add_loop_test(tests, a_dynamic_network_in_the_guide_has_its_closed_form, 0, 6);
    tcase_add_loop_test(tests, the_cost_of_a_chain_in_the_guide_grows_with_its_length, 0, 2);
    return run_suite(suite);
}
