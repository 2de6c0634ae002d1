/* Discrete sites in plates: responsibilities by formula, coins that meet, ties. */
#include "tests/support/discrete.h"

/* --- a mixture over a plate ------------------------------------------------------------------- */

enum { ROWS = 50, PARTS = 3 };

typedef struct mixture {
    size_t n, subsample; /* subsample 0: all */
    double y[ROWS];
} mixture;

static mixture make_mixture(uint64_t seed, size_t n)
{
    mixture m = { .n = n };
    uint64_t state = seed;

    for (size_t i = 0; i < n; i++)
        m.y[i] = 5.0 * fraction(&state) - 2.2;
    return m;
}

static void mixture_model(wick *w, void *arg)
{
    const mixture *m = arg;

    WICK_PLATE (w, "rows", m->n, .subsample = m->subsample) {
        const wick_var z = wick_sample(w, "z", wick_categorical(table(w, THREE, 1)));
        wick_deterministic(w, "row", wick_index(w, "rows"));
        wick_observe(
            w, "y", wick_normal(wick_take(table(w, LOCS, 1), z), 0.8), wick_data(w, m->y, m->n));
    }
}

static double responsibilities(double y, double *r)
{
    double sum = 0.0;

    for (int k = 0; k < PARTS; k++)
        sum += r[k] = THREE[k] * exp(log_normal(y, LOCS[k], 0.8));
    for (int k = 0; k < PARTS; k++)
        r[k] /= sum;
    return log(sum);
}

static int largest(const double *r, int n)
{
    int best = 0;

    for (int k = 1; k < n; k++)
        best = r[k] > r[best] ? k : best;
    return best;
}

/* The rows that are present, and what is inferred of them, against the formula for each. */
static void assert_mixture(wick *w, mixture *m, size_t present)
{
    const wick_program model = { mixture_model, m };
    double row[ROWS], z[ROWS], p[ROWS * PARTS], r[PARTS], log_evidence = 0.0;
    const wick_trace *trace = wick_infer_discrete(w, model, WICK_MODE);

    wick_trace_get(trace, "row", row, present);
    wick_trace_get(trace, "z", z, present);
    const wick_marginals *marginals = wick_infer_marginals(w, model);
    wick_get(wick_marginal(marginals, "z"), p, present * PARTS);
    assert_ok(w);
    for (size_t i = 0; i < present; i++) {
        log_evidence += responsibilities(m->y[(size_t)row[i]], r);
        ck_assert_int_eq((int)z[i], largest(r, PARTS));
        for (int k = 0; k < PARTS; k++)
            assert_close(p[i * PARTS + (size_t)k], r[k], 1e-13);
    }
    assert_close(wick_marginals_log_evidence(marginals), log_evidence, 1e-12);
}

START_TEST(marginals_of_a_mixture_are_its_responsibilities_on_any_data)
{
    wick *w = wick_new(NULL);

    for (uint64_t seed = 1; seed <= 3; seed++) { /* new rows, and other numbers of them */
        mixture m = make_mixture(seed, seed == 1 ? ROWS : 9 * seed);
        assert_mixture(w, &m, m.n);
        wick_reset(w);
    }
    wick_free(w);
}
END_TEST

START_TEST(a_minibatch_is_inferred_alone_without_the_scale_of_the_plate)
{
    wick *w = wick_new(&(wick_options){ .seed = 2 });
    mixture m = make_mixture(4, ROWS);

    m.subsample = 7;
    for (int step = 0; step < 5; step++) {
        assert_mixture(w, &m, 7);
        wick_reset(w);
    }
    wick_free(w);
}
END_TEST

START_TEST(each_member_of_a_mixture_is_drawn_for_itself)
{
    enum { DRAWS = 4000 };
    static int counts[ROWS][PARTS], pairs[PARTS][PARTS];
    mixture m = make_mixture(1, ROWS);
    wick *w = wick_new(&(wick_options){ .seed = 8 });
    double z[ROWS], r[ROWS][PARTS], both[PARTS * PARTS];

    memset(counts, 0, sizeof counts);
    memset(pairs, 0, sizeof pairs);
    for (int d = 0; d < DRAWS; d++) {
        const wick_trace *trace =
            wick_infer_discrete(w, (wick_program){ mixture_model, &m }, WICK_DRAW);
        wick_trace_get(trace, "z", z, ROWS);
        assert_ok(w);
        for (int i = 0; i < ROWS; i++)
            counts[i][(int)z[i]]++;
        pairs[(int)z[0]][(int)z[1]]++;
        wick_reset(w);
    }
    for (int i = 0; i < ROWS; i++) {
        responsibilities(m.y[i], r[i]);
        assert_distributed("a row", PARTS, r[i], counts[i]);
    }
    for (int k = 0; k < PARTS * PARTS; k++)
        both[k] = r[0][k / PARTS] * r[1][k % PARTS];
    assert_distributed("two rows", PARTS * PARTS, both, pairs[0]);
    wick_free(w);
}
END_TEST

/* --- pyro's cases ----------------------------------------------------------------------------- */

/* z says whether x and y agree (pyro: test_backwardsample_posterior_3). */
static void agreeing(wick *w, void *arg)
{
    const wick_var p = wick_const(w, ((double[]){ 0.9, 0.1, 0.1, 0.9 }), 2, 2);

    WICK_PLATE (w, "particles", 10000) {
        const wick_var x = wick_sample(w, "x", wick_categorical(wick_fill(w, 0.5, 2)));
        const wick_var y = wick_sample(w, "y", wick_categorical(wick_fill(w, 0.5, 2)));
        wick_observe(
            w, "z", wick_bernoulli(wick_at(wick_at(p, x), y)), wick_num(w, *(const double *)arg));
    }
}

START_TEST(two_coins_that_meet_in_an_observation_are_drawn_together)
{
    static double x[10000], y[10000], p[10000 * 4];

    for (double z = 0.0; z <= 1.0; z++) {
        wick *w = wick_new(NULL);
        const wick_program model = { agreeing, &z };
        const wick_trace *trace = wick_infer_discrete(w, model, WICK_DRAW);
        int agree = 0, ones = 0;
        wick_trace_get(trace, "x", x, 10000);
        wick_trace_get(trace, "y", y, 10000);
        for (int i = 0; i < 10000; i++) {
            agree += x[i] == y[i];
            ones += x[i] == 1.0;
        }
        const double want = z > 0.0 ? 0.9 : 0.1;                   /* P(x == y | z) */
        ck_assert_int_lt(abs(agree - (int)(10000.0 * want)), 150); /* 5 standard deviations */
        ck_assert_int_lt(abs(ones - 5000), 250);
        wick_get(wick_marginal_pair(wick_infer_marginals(w, model), "x", "y"), p, 40000);
        assert_ok(w);
        for (int i = 0; i < 10000; i += 999)
            for (int k = 0; k < 4; k++)
                assert_close(p[4 * i + k], k == 0 || k == 3 ? want / 2 : (1.0 - want) / 2, 1e-14);
        wick_free(w);
    }
}
END_TEST

/* z1 -> [z2 -> x2] in a plate of one or two (pyro: test_plate_smoke). */
static void small_plate(wick *w, void *arg)
{
    const size_t n = *(const size_t *)arg;
    const wick_var z1 = wick_sample(w, "z1", wick_categorical(table(w, THREE, 1)));

    WICK_PLATE (w, "rows", n) {
        const wick_var p = wick_take(wick_const(w, FROM[0], 3, 2), z1);
        const wick_var z2 = wick_sample(w, "z2", wick_categorical(p));
        wick_observe(
            w, "x2", wick_normal(wick_take(wick_const(w, LOCS, 2), z2), 1.0), wick_data(w, Y, n));
    }
}

START_TEST(a_plate_of_one_member_is_a_plate)
{
    for (size_t n = 1; n <= 2; n++) {
        wick *w = wick_new(NULL);
        const wick_marginals *m = wick_infer_marginals(w, (wick_program){ small_plate, &n });
        double p[3], want[3], sum = 0.0;
        ck_assert_uint_eq(wick_size(wick_marginal(m, "z2")), 2 * n);
        wick_get(wick_marginal(m, "z1"), p, 3);
        assert_ok(w);
        for (int k = 0; k < 3; k++) {
            want[k] = THREE[k];
            for (size_t i = 0; i < n; i++)
                want[k] *= FROM[k][0] * exp(log_normal(Y[i], LOCS[0], 1.0)) +
                    FROM[k][1] * exp(log_normal(Y[i], LOCS[1], 1.0));
            sum += want[k];
        }
        for (int k = 0; k < 3; k++)
            assert_close(p[k], want[k] / sum, 1e-14);
        wick_free(w);
    }
}
END_TEST

/* --- ties ------------------------------------------------------------------------------------- */

static void tied(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "coin", wick_bernoulli(0.5));
    const wick_var die = wick_sample(w, "die", wick_categorical(wick_fill(w, 0.25, 4)));
    WICK_PLATE (w, "rows", 3) {
        const wick_var z = wick_sample(w, "z", wick_categorical(wick_fill(w, 0.125, 8)));
        const wick_var gap = wick_abs(wick_sub(z, 3.5)); /* 3 and 4 are nearest */
        wick_factor(w, "near", wick_neg(wick_abs(gap)));
    }
    wick_factor(w, "not 0", wick_where(wick_equal(die, 0.0), -1.0, 0.0));
}

START_TEST(where_values_tie_the_lowest_is_the_mode)
{
    wick *w = wick_new(NULL);
    const wick_trace *trace = wick_infer_discrete(w, (wick_program){ tied, NULL }, WICK_MODE);
    double coin, die, z[3];

    wick_trace_get(trace, "coin", &coin, 1);
    wick_trace_get(trace, "die", &die, 1);
    wick_trace_get(trace, "z", z, 3);
    assert_ok(w);
    ck_assert_double_eq(coin, 0.0);
    ck_assert_double_eq(die, 1.0);
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq(z[i], 3.0);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("discrete plates");
    TCase *tests = new_case(suite, "discrete plates");

    tcase_add_test(tests, marginals_of_a_mixture_are_its_responsibilities_on_any_data);
    tcase_add_test(tests, a_minibatch_is_inferred_alone_without_the_scale_of_the_plate);
    tcase_add_test(tests, each_member_of_a_mixture_is_drawn_for_itself);
    tcase_add_test(tests, two_coins_that_meet_in_an_observation_are_drawn_together);
    tcase_add_test(tests, a_plate_of_one_member_is_a_plate);
    tcase_add_test(tests, where_values_tie_the_lowest_is_the_mode);
    return run_suite(suite);
}
