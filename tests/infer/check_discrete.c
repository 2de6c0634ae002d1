/* Posteriors of discrete sites against plain C that enumerates every assignment. */
#include "tests/support/discrete.h"

/* --- comparing -------------------------------------------------------------------------------- */

/* A site's members are variables from first on. */
typedef struct place {
    const char *site;
    int first, members;
} place;

/* Two sites met in one density; of member i of both together they are variables first + i / step. */
typedef struct couple {
    const char *a, *b;
    int members, first_a, step_a, first_b, step_b;
} couple;

typedef struct posterior_case {
    const char *what;
    void (*model)(wick *w, void *arg);
    exact e;
    place places[8];   /* ended by a NULL site */
    couple couples[6]; /* ended by a NULL name */
} posterior_case;

static void assert_marginals(wick *w, const posterior_case *c)
{
    const wick_marginals *m = wick_infer_marginals(w, (wick_program){ c->model, NULL });
    double p[64];

    assert_ok(w);
    assert_close(wick_marginals_log_evidence(m), c->e.log_evidence, 1e-12);
    for (const place *at = c->places; at->site; at++) {
        const int k = c->e.k[at->first];
        wick_get(wick_marginal(m, at->site), p, (size_t)(at->members * k));
        assert_ok(w);
        for (int i = 0; i < at->members * k; i++) {
            const int v = at->first + i / k;
            assert_close(p[i], probability(&c->e, v, i % k, v, i % k), 1e-12);
        }
    }
    for (const couple *at = c->couples; at->a; at++) {
        const int k = c->e.k[at->first_a], l = c->e.k[at->first_b];
        wick_get(wick_marginal_pair(m, at->a, at->b), p, (size_t)(at->members * k * l));
        assert_ok(w);
        for (int i = 0; i < at->members * k * l; i++) {
            const int member = i / (k * l);
            assert_close(p[i],
                probability(&c->e, at->first_a + member / at->step_a, i / l % k,
                    at->first_b + member / at->step_b, i % l),
                1e-12);
        }
    }
}

/* The assignments in a trace, of so many draws. */
static void read_draws(const wick_trace *trace, const posterior_case *c, int draws, int (*z)[12])
{
    double *x = malloc((size_t)(draws * MOST_VARIABLES) * sizeof *x);

    for (const place *at = c->places; at->site; at++) {
        wick_trace_get(trace, at->site, x, (size_t)(draws * at->members));
        for (int i = 0; i < draws * at->members; i++) {
            z[i / at->members][at->first + i % at->members] = (int)x[i];
            ck_assert(x[i] == floor(x[i]));
        }
    }
    free(x);
}

static void assert_mode(wick *w, const posterior_case *c)
{
    const wick_trace *trace = wick_infer_discrete(w, (wick_program){ c->model, NULL }, WICK_MODE);
    int z[1][MOST_VARIABLES];

    assert_ok(w);
    read_draws(trace, c, 1, z);
    for (int v = 0; v < c->e.n; v++)
        ck_assert_msg(z[0][v] == c->e.mode[v], "%s: variable %d of the mode is %d, want %d",
            c->what, v, z[0][v], c->e.mode[v]);
}

enum { AT_ONCE = 400 };

static void drawn_at_once(wick *w, void *arg)
{
    const posterior_case *c = arg;

    WICK_AMBIENT (w, "draws", AT_ONCE)
        c->model(w, NULL);
}

/* One draw in each step, or many along an ambient dimension. */
static void assert_draws(wick *w, posterior_case *c, int steps, bool at_once)
{
    static int z[AT_ONCE][MOST_VARIABLES];
    const wick_program program = { at_once ? drawn_at_once : c->model, at_once ? c : NULL };
    int *counts = calloc(c->e.cells, sizeof *counts);

    for (int step = 0; step < steps; step++) {
        const wick_trace *trace = wick_infer_discrete(w, program, WICK_DRAW);
        assert_ok(w);
        read_draws(trace, c, at_once ? AT_ONCE : 1, z);
        for (int i = 0; i < (at_once ? AT_ONCE : 1); i++)
            counts[cell_of(&c->e, z[i])]++;
        wick_reset(w);
    }
    assert_distributed(c->what, c->e.cells, c->e.p, counts);
    free(counts);
}

/* --- models ----------------------------------------------------------------------------------- */

static const double RISING[3][3] = { { 0.6, 0.4, 0.0 }, { 0.0, 0.7, 0.3 }, { 0.0, 0.0, 1.0 } };
static const double FIRST[3] = { 1.0, 0.0, 0.0 };

static void rising(wick *w, void *arg)
{
    (void)arg;
    chain(w, 5, FIRST, RISING[0]);
}

static double log_rising(const int *z)
{
    return log_chain(5, FIRST, RISING, z);
}

/* Each state depends on two before it. */
static const double TWO_BACK[2][2][2] = { { { 0.8, 0.2 }, { 0.35, 0.65 } },
    { { 0.4, 0.6 }, { 0.1, 0.9 } } };

static void second_order(wick *w, void *arg)
{
    const wick_var moves = wick_const(w, TWO_BACK[0][0], 2, 2, 2), locs = wick_const(w, LOCS, 2);
    wick_var x[2] = { WICK_VAR_NONE, WICK_VAR_NONE };

    (void)arg;
    for (size_t t = 0; t < 5; t++) {
        const wick_var p = t < 2 ? wick_fill(w, 0.5, 2) : wick_at(wick_at(moves, x[0]), x[1]);
        const wick_var now = wick_sample(w, wick_name(w, "x_%zu", t), wick_categorical(p));
        wick_observe(
            w, wick_name(w, "y_%zu", t), wick_normal(wick_at(locs, now), 1.3), wick_num(w, Y[t]));
        x[0] = x[1];
        x[1] = now;
    }
}

static double log_second_order(const int *z)
{
    double sum = 0.0;

    for (int t = 0; t < 5; t++)
        sum += log(t < 2 ? 0.5 : TWO_BACK[z[t - 2]][z[t - 1]][z[t]]) +
            log_normal(Y[t], LOCS[z[t]], 1.3);
    return sum;
}

/* z1 -> [x1]3 and z1 -> [z2 -> x2]2 in another plate. */
static void adjacent(wick *w, void *arg)
{
    const wick_var z1 = wick_sample(w, "z1", wick_categorical(table(w, THREE, 1)));
    const wick_var locs = table(w, LOCS, 1);

    (void)arg;
    WICK_PLATE (w, "first", 3)
        wick_observe(w, "x1", wick_normal(wick_take(locs, z1), 2.0), wick_data(w, Y, 3));
    WICK_PLATE (w, "second", 2) {
        const wick_var p = wick_take(wick_const(w, FROM[0], 3, 2), z1);
        const wick_var z2 = wick_sample(w, "z2", wick_categorical(p));
        wick_observe(w, "x2", wick_normal(wick_take(locs, z2), 1.0), wick_data(w, Y + 3, 2));
    }
}

static double log_adjacent(const int *z)
{
    double sum = log(THREE[z[0]]);

    for (int i = 0; i < 3; i++)
        sum += log_normal(Y[i], LOCS[z[0]], 2.0);
    for (int i = 0; i < 2; i++)
        sum += log(FROM[z[0]][z[1 + i]]) + log_normal(Y[3 + i], LOCS[z[1 + i]], 1.0);
    return sum;
}

/* A variable for all, one for each member; the observation depends on both. */
static void shared_by_all(wick *w, void *arg)
{
    const wick_var s = wick_sample(w, "s", wick_categorical(table(w, THREE, 1)));

    (void)arg;
    WICK_PLATE (w, "rows", 5) {
        const wick_var z = wick_sample(w, "z", wick_bernoulli(0.35));
        const wick_var loc = wick_sub(wick_mul(z, 1.5), wick_mul(s, 0.4));
        wick_observe(w, "y", wick_normal(loc, 0.8), wick_data(w, Y, 5));
    }
}

static double log_shared_by_all(const int *z)
{
    double sum = log(THREE[z[0]]);

    for (int i = 0; i < 5; i++)
        sum += log(z[1 + i] ? 0.35 : 0.65) + log_normal(Y[i], 1.5 * z[1 + i] - 0.4 * z[0], 0.8);
    return sum;
}

/* Nothing in the plate varies over it, but each member is a variable of its own, coupled to a second. */
static void alike(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "rows", 4) {
        const wick_var z = wick_sample(w, "z", wick_bernoulli(0.35));
        const wick_var x = wick_sample(w, "x", wick_bernoulli(0.6));
        wick_observe(w, "y", wick_normal(wick_add(z, x), 0.5), wick_num(w, 1.2));
    }
}

static double log_alike(const int *z)
{
    double sum = 0.0;

    for (int i = 0; i < 4; i++)
        sum += log(z[i] ? 0.35 : 0.65) + log(z[4 + i] ? 0.6 : 0.4) +
            log_normal(1.2, z[i] + z[4 + i], 0.5);
    return sum;
}

static const double SHOWN[4] = { 1, 0, 0, 1 };

/* A mask hides the observations of some members; the hidden z keep their prior. */
static void masked(wick *w, void *arg)
{
    const wick_var s = wick_sample(w, "s", wick_bernoulli(0.45));

    (void)arg;
    WICK_PLATE (w, "rows", 4) {
        WICK_WITH (w, wick_mask(w, wick_data(w, SHOWN, 4))) {
            const wick_var p = wick_take(wick_const(w, FROM[1], 2, 2), s);
            const wick_var z = wick_sample(w, "z", wick_categorical(p));
            wick_observe(w, "y", wick_normal(z, 0.7), wick_data(w, Y, 4));
        }
    }
}

static double log_masked(const int *z)
{
    double sum = log(z[0] ? 0.45 : 0.55);

    for (int i = 0; i < 4; i++)
        sum += log(FROM[1 + z[0]][z[1 + i]]) +
            (SHOWN[i] > 0.0 ? log_normal(Y[i], z[1 + i], 0.7) : 0.0);
    return sum;
}

/* Scales are not applied to a posterior, even if they differ. */
static void scaled(wick *w, void *arg)
{
    wick_var z = WICK_VAR_NONE;

    (void)arg;
    WICK_WITH (w, wick_scale(w, 3.0))
        z = wick_sample(w, "z", wick_categorical(table(w, THREE, 1)));
    WICK_WITH (w, wick_scale(w, 0.2))
        wick_observe(w, "y", wick_normal(wick_take(table(w, LOCS, 1), z), 0.6), wick_num(w, 0.9));
}

static double log_scaled(const int *z)
{
    return log(THREE[z[0]]) + log_normal(0.9, LOCS[z[0]], 0.6);
}

#define CHAIN_PAIR(s, t)                                          \
    {                                                             \
        "x_" #s, "x_" #t, 1, s, MOST_VARIABLES, t, MOST_VARIABLES \
    }

/* clang-format off */
static const posterior_case CASES[] = {
    { "a chain", hmm, { .n = 6, .k = { 3, 3, 3, 3, 3, 3 }, .log_joint = log_hmm },
        { { "x_0", 0, 1 }, { "x_1", 1, 1 }, { "x_2", 2, 1 }, { "x_3", 3, 1 }, { "x_4", 4, 1 }, { "x_5", 5, 1 } },
        { CHAIN_PAIR(0, 1), CHAIN_PAIR(2, 1), CHAIN_PAIR(2, 3), CHAIN_PAIR(4, 3), CHAIN_PAIR(4, 5) } },
    { "a chain with zeros", rising, { .n = 5, .k = { 3, 3, 3, 3, 3 }, .log_joint = log_rising },
        { { "x_0", 0, 1 }, { "x_1", 1, 1 }, { "x_2", 2, 1 }, { "x_3", 3, 1 }, { "x_4", 4, 1 } },
        { CHAIN_PAIR(0, 1), CHAIN_PAIR(2, 3), CHAIN_PAIR(3, 4) } },
    { "a chain of second order", second_order, { .n = 5, .k = { 2, 2, 2, 2, 2 }, .log_joint = log_second_order },
        { { "x_0", 0, 1 }, { "x_1", 1, 1 }, { "x_2", 2, 1 }, { "x_3", 3, 1 }, { "x_4", 4, 1 } },
        { CHAIN_PAIR(0, 1), CHAIN_PAIR(0, 2), CHAIN_PAIR(4, 2), CHAIN_PAIR(3, 4) } },
    { "adjacent plates", adjacent, { .n = 3, .k = { 3, 2, 2 }, .log_joint = log_adjacent },
        { { "z1", 0, 1 }, { "z2", 1, 2 } }, { { "z1", "z2", 2, 0, 2, 1, 1 } } },
    { "nested plates", nested, { .n = 8, .k = { 3, 3, 2, 2, 2, 2, 2, 2 }, .log_joint = log_nested },
        { { "g", 0, 2 }, { "c", 2, 6 } }, { { "g", "c", 6, 0, 3, 2, 1 }, { "c", "g", 6, 2, 1, 0, 3 } } },
    { "one for all and one each", shared_by_all, { .n = 6, .k = { 3, 2, 2, 2, 2, 2 }, .log_joint = log_shared_by_all },
        { { "s", 0, 1 }, { "z", 1, 5 } }, { { "z", "s", 5, 1, 1, 0, 5 } } },
    { "members alike", alike, { .n = 8, .k = { 2, 2, 2, 2, 2, 2, 2, 2 }, .log_joint = log_alike },
        { { "z", 0, 4 }, { "x", 4, 4 } }, { { "x", "z", 4, 4, 1, 0, 1 } } },
    { "a mask", masked, { .n = 5, .k = { 2, 2, 2, 2, 2 }, .log_joint = log_masked },
        { { "s", 0, 1 }, { "z", 1, 4 } }, { { "s", "z", 4, 0, 4, 1, 1 } } },
    { "scales", scaled, { .n = 1, .k = { 3 }, .log_joint = log_scaled }, { { "z", 0, 1 } }, { { .a = NULL } } },
};
/* clang-format on */
enum { N_CASES = sizeof CASES / sizeof *CASES };

START_TEST(modes_marginals_and_pairs_are_those_of_all_assignments)
{
    posterior_case c = CASES[_i];
    wick *w = wick_new(NULL);

    enumerate(&c.e);
    assert_marginals(w, &c);
    wick_reset(w);
    assert_mode(w, &c);
    free(c.e.p);
    wick_free(w);
}
END_TEST

START_TEST(draws_have_the_joint_posterior_one_by_one_and_at_once)
{
    posterior_case c = CASES[_i];
    wick *w = wick_new(&(wick_options){ .seed = 4 + (uint64_t)_i });

    enumerate(&c.e);
    assert_draws(w, &c, 3000, false);
    assert_draws(w, &c, 50, true);
    free(c.e.p);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("discrete");
    TCase *tests = new_case(suite, "all assignments");

    tcase_add_loop_test(tests, modes_marginals_and_pairs_are_those_of_all_assignments, 0, N_CASES);
    tcase_add_loop_test(tests, draws_have_the_joint_posterior_one_by_one_and_at_once, 0, N_CASES);
    return run_suite(suite);
}
