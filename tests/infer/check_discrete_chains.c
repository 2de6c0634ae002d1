/* Chains of discrete sites: Viterbi and the forward-backward algorithm in plain C. */
#include "tests/support/discrete.h"

/* --- a long chain ----------------------------------------------------------------------------- */

enum { LENGTH = 200, STATES = 10 };

typedef struct long_chain {
    double first[STATES], moves[STATES][STATES], loc[STATES], y[LENGTH];
} long_chain;

static long_chain make_chain(uint64_t seed)
{
    long_chain c;
    uint64_t state = seed;

    for (int i = 0; i < STATES; i++) {
        double sum = 0.0;
        c.first[i] = 1.0 / STATES;
        c.loc[i] = 0.7 * i;
        for (int j = 0; j < STATES; j++)
            sum += c.moves[i][j] = 0.05 + fraction(&state) + (i == j ? 2.0 : 0.0);
        for (int j = 0; j < STATES; j++)
            c.moves[i][j] /= sum;
    }
    for (int t = 0; t < LENGTH; t++)
        c.y[t] = 3.0 + 3.0 * sin(0.1 * t) + 2.0 * (fraction(&state) - 0.5);
    return c;
}

static void long_model(wick *w, void *arg)
{
    const long_chain *c = arg;
    const wick_var moves = wick_const(w, c->moves[0], STATES, STATES);
    const wick_var locs = wick_const(w, c->loc, STATES);
    wick_var x = WICK_VAR_NONE;

    for (int t = 0; t < LENGTH; t++) {
        const wick_var p = t == 0 ? wick_const(w, c->first, STATES) : wick_take(moves, x);
        x = wick_sample(w, wick_name(w, "x_%d", t), wick_categorical(p));
        wick_observe(
            w, wick_name(w, "y_%d", t), wick_normal(wick_take(locs, x), 1.0), wick_num(w, c->y[t]));
    }
}

static void viterbi(const long_chain *c, int *path)
{
    static double best[LENGTH][STATES];
    static int from[LENGTH][STATES];

    for (int t = 0; t < LENGTH; t++)
        for (int j = 0; j < STATES; j++) {
            best[t][j] = t == 0 ? log(c->first[j]) : -INFINITY;
            for (int i = 0; t > 0 && i < STATES; i++)
                if (best[t - 1][i] + log(c->moves[i][j]) > best[t][j]) {
                    best[t][j] = best[t - 1][i] + log(c->moves[i][j]);
                    from[t][j] = i;
                }
            best[t][j] += log_normal(c->y[t], c->loc[j], 1.0);
        }
    path[LENGTH - 1] = 0;
    for (int j = 1; j < STATES; j++)
        if (best[LENGTH - 1][j] > best[LENGTH - 1][path[LENGTH - 1]])
            path[LENGTH - 1] = j;
    for (int t = LENGTH - 1; t > 0; t--)
        path[t - 1] = from[t][path[t]];
}

typedef struct smoothed {
    double p[LENGTH][STATES], pair[LENGTH][STATES][STATES], log_evidence;
} smoothed;

/* Forward and backward, each step scaled to sum to 1. */
static void forward_backward(const long_chain *c, smoothed *s)
{
    static double a[LENGTH][STATES], b[LENGTH][STATES], e[LENGTH][STATES], scale[LENGTH];

    s->log_evidence = 0.0;
    for (int t = 0; t < LENGTH; t++) {
        scale[t] = 0.0;
        for (int j = 0; j < STATES; j++) {
            a[t][j] = t == 0 ? c->first[j] : 0.0;
            for (int i = 0; t > 0 && i < STATES; i++)
                a[t][j] += a[t - 1][i] * c->moves[i][j];
            e[t][j] = exp(log_normal(c->y[t], c->loc[j], 1.0));
            scale[t] += a[t][j] *= e[t][j];
        }
        for (int j = 0; j < STATES; j++)
            a[t][j] /= scale[t];
        s->log_evidence += log(scale[t]);
    }
    for (int t = LENGTH; t-- > 0;)
        for (int i = 0; i < STATES; i++) {
            b[t][i] = t == LENGTH - 1 ? 1.0 : 0.0;
            for (int j = 0; t < LENGTH - 1 && j < STATES; j++) {
                const double on = c->moves[i][j] * e[t + 1][j] * b[t + 1][j] / scale[t + 1];
                b[t][i] += on;
                s->pair[t][i][j] = a[t][i] * on;
            }
            s->p[t][i] = a[t][i] * b[t][i];
        }
}

START_TEST(the_mode_of_a_long_chain_is_viterbis_path)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        long_chain c = make_chain(seed);
        wick *w = wick_new(NULL);
        const wick_trace *trace =
            wick_infer_discrete(w, (wick_program){ long_model, &c }, WICK_MODE);
        int path[LENGTH], distinct = 0;

        assert_ok(w);
        viterbi(&c, path);
        for (int t = 0; t < LENGTH; t++) {
            double x;
            wick_trace_get(trace, wick_name(w, "x_%d", t), &x, 1);
            ck_assert_int_eq((int)x, path[t]);
            distinct += t > 0 && path[t] != path[t - 1];
        }
        ck_assert_int_gt(distinct, 5);
        wick_free(w);
    }
}
END_TEST

START_TEST(the_marginals_of_a_long_chain_are_those_of_forward_and_backward)
{
    static smoothed s;
    long_chain c = make_chain(7);
    wick *w = wick_new(NULL);
    const wick_marginals *m = wick_infer_marginals(w, (wick_program){ long_model, &c });
    double p[STATES * STATES];

    assert_ok(w);
    forward_backward(&c, &s);
    assert_close(wick_marginals_log_evidence(m), s.log_evidence, 1e-12);
    for (int t = 0; t < LENGTH; t++) {
        wick_get(wick_marginal(m, wick_name(w, "x_%d", t)), p, STATES);
        for (int i = 0; i < STATES; i++)
            assert_close(p[i], s.p[t][i], 1e-12);
    }
    for (int t = 0; t + 1 < LENGTH; t++) {
        wick_get(wick_marginal_pair(m, wick_name(w, "x_%d", t), wick_name(w, "x_%d", t + 1)), p,
            STATES * STATES);
        for (int i = 0; i < STATES * STATES; i++)
            assert_close(p[i], s.pair[t][i / STATES][i % STATES], 1e-12);
    }
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* --- a pinned end ----------------------------------------------------------------------------- */

/* A chain from state 0 whose end is seen to be 1 (pyro: test_compute_marginals_hmm). */
static void pinned(wick *w, void *arg)
{
    const int n = *(const int *)arg;
    const wick_var p = wick_const(w, ((double[]){ 0.75, 0.25, 0.25, 0.75 }), 2, 2);
    wick_var x = wick_num(w, 0.0);

    for (int i = 0; i < n; i++) {
        x = wick_sample(w, wick_name(w, "x_%d", i), wick_categorical(wick_take(p, x)));
        wick_observe(w, wick_name(w, "y_%d", i), wick_categorical(wick_take(p, x)), wick_num(w, 0));
    }
    wick_observe(w, "end", wick_categorical(wick_take(p, x)), wick_num(w, 1.0));
}

START_TEST(marginals_of_a_chain_with_a_pinned_end)
{
    static const double WANT[2][3] = { { 0.1, 0.3 }, { 0.0625, 0.125, 0.3125 } };
    wick *w = wick_new(NULL);

    for (int n = 2; n <= 3; n++) {
        const wick_marginals *m = wick_infer_marginals(w, (wick_program){ pinned, &n });
        for (int i = 0; i < n; i++) {
            double p[2];
            wick_get(wick_marginal(m, wick_name(w, "x_%d", i)), p, 2);
            assert_close(p[1], WANT[n - 2][i], 1e-14);
            assert_close(p[0], 1.0 - WANT[n - 2][i], 1e-14);
        }
        assert_ok(w);
        wick_reset(w);
    }
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("discrete chains");
    TCase *tests = new_case(suite, "discrete chains");

    tcase_add_test(tests, the_mode_of_a_long_chain_is_viterbis_path);
    tcase_add_test(tests, the_marginals_of_a_long_chain_are_those_of_forward_and_backward);
    tcase_add_test(tests, marginals_of_a_chain_with_a_pinned_end);
    return run_suite(suite);
}
