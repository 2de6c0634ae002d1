/* Chains of discrete variables, against the forward algorithm in logs, written out in C. */
#include "tape/tape.h"
#include "tests/support/fit.h"

enum { MOST_K = 5, MOST_N = 11, MOST_T = 12 };

/* States that follow each other, seen through normals; in N sequences, or one without a plate. */
typedef struct chain {
    const char *what;
    size_t k, t, n; /* n = 0: no plate */
    int order;      /* 1 or 2; 0: two chains that are seen together */
    double spread;  /* of the observations, by the scale 0.7 */
    bool ragged;    /* sequences end at different times */
    int zeros;      /* 1: some transitions are impossible; 2: most are 1e-300, or logs of -1000 */
} chain;

static const chain CHAINS[] = {
    { "a chain", 3, 6, 0, 1, 1.0, false, 0 },
    { "a chain of many states", 5, 4, 0, 1, 1.0, false, 0 },
    { "sequences", 3, 5, 4, 1, 1.0, false, 0 },
    { "a sequence in a plate", 3, 5, 1, 1, 1.0, false, 0 },
    { "ragged sequences", 4, 6, 11, 1, 1.0, true, 0 },
    { "second order", 3, 6, 0, 2, 1.0, false, 0 },
    { "sequences of second order", 3, 5, 9, 2, 1.0, true, 0 },
    { "two chains", 3, 5, 0, 0, 1.0, false, 0 },
    { "sequences of two chains", 2, 5, 9, 0, 1.0, true, 0 },
    { "far observations", 4, 6, 0, 1, 60.0, false, 0 },
    { "far observations of sequences", 4, 6, 9, 1, 60.0, true, 0 },
    { "impossible transitions", 4, 7, 0, 1, 1.0, false, 1 },
    { "impossible transitions of sequences", 4, 6, 9, 1, 1.0, false, 1 },
    { "far observations, impossible transitions", 4, 7, 0, 1, 40.0, false, 1 },
    { "rare transitions", 4, 7, 0, 1, 8.0, false, 2 },
    { "rare transitions of sequences", 4, 6, 9, 1, 30.0, true, 2 },
    { "rare transitions of second order", 3, 6, 0, 2, 20.0, false, 2 },
    { "rare transitions of two chains", 3, 5, 0, 0, 20.0, false, 2 },
};
enum { N_CHAINS = sizeof CHAINS / sizeof *CHAINS };

/* --- numbers ----------------------------------------------------------------------------------- */

static double weight(size_t i)
{
    return 1.0 + 0.8 * sin(1.7 * (double)i + 0.3);
}

/* Row r of a table of probabilities, not yet normalised. */
static double entry(const chain *c, size_t r, size_t j)
{
    const double p = weight(r * c->k + j + 5);

    if (c->zeros == 1)
        return j == r % c->k || j == (r + 1) % c->k ? p : 0.0;
    return c->zeros == 2 && j != (r + 1) % c->k ? 1e-300 * p : p;
}

static double loc(size_t k)
{
    return 1.3 * (double)k - 1.1;
}

static double seen(const chain *c, size_t t, size_t n)
{
    return c->spread * 1.6 * sin(2.3 * (double)t + 0.9 * (double)n) + 0.4;
}

static bool is_there(const chain *c, size_t t, size_t n)
{
    return !c->ragged || t < c->t - n % 3;
}

static size_t rows_of(const chain *c)
{
    return c->order == 2 ? c->k * c->k : c->k;
}

/* --- the model --------------------------------------------------------------------------------- */

typedef struct parts {
    wick_var initial, table, loc, scale;
} parts;

static parts parts_of(wick *w, const chain *c)
{
    double initial[MOST_K], table[MOST_K * MOST_K * MOST_K], locs[MOST_K];
    const size_t rows = rows_of(c), k = c->k;
    parts p;

    for (size_t j = 0; j < k; j++) {
        initial[j] = weight(j);
        locs[j] = loc(j);
    }
    for (size_t i = 0; i < rows * k; i++)
        table[i] = entry(c, i / k, i % k);
    double sum = 0.0;
    for (size_t j = 0; j < k; j++)
        sum += initial[j];
    for (size_t j = 0; j < k; j++)
        initial[j] /= sum;
    for (size_t r = 0; r < rows; r++) {
        sum = 0.0;
        for (size_t j = 0; j < k; j++)
            sum += table[r * k + j];
        for (size_t j = 0; j < k; j++)
            table[r * k + j] /= sum;
    }
    p.initial = wick_param(w, "initial", wick_init_values(initial, k), wick_simplex());
    p.loc = wick_param(w, "loc", wick_init_values(locs, k), wick_real());
    p.scale = wick_param(w, "scale", wick_init_num(0.7), wick_positive());
    if (c->zeros)
        p.table = c->order == 2 ? wick_const(w, table, k, k, k) : wick_const(w, table, k, k);
    else if (c->order == 2)
        p.table = wick_param(w, "table", wick_init_values(table, k, k, k), wick_simplex());
    else
        p.table = wick_param(w, "table", wick_init_values(table, k, k), wick_simplex());
    return p;
}

static wick_var next(wick *w, const chain *c, const parts *p, const char *name, size_t t,
    wick_var last, wick_var before)
{
    if (t == 0 || (c->order == 2 && t == 1))
        return wick_sample(w, wick_name(w, "%s_%zu", name, t), wick_categorical(p->initial));
    const wick_var rows = c->order == 2 ? wick_take(p->table, before) : p->table;
    return wick_sample(w, wick_name(w, "%s_%zu", name, t), wick_categorical(wick_take(rows, last)));
}

static void steps(wick *w, const chain *c)
{
    const parts p = parts_of(w, c);
    wick_var z = WICK_VAR_NONE, before = z, other = z;

    for (size_t t = 0; t < c->t; t++) {
        static double observed[MOST_T][MOST_N], present[MOST_T][MOST_N]; /* read in place */
        double *y = observed[t], *there = present[t];
        for (size_t n = 0; n < (c->n ? c->n : 1); n++) {
            y[n] = seen(c, t, n);
            there[n] = is_there(c, t, n);
        }
        const wick_var now = next(w, c, &p, "z", t, z, before);
        before = z;
        z = now;
        if (c->order == 0)
            other = next(w, c, &p, "x", t, other, other);
        wick_var at = wick_take(p.loc, z);
        if (c->order == 0)
            at = wick_add(at, wick_mul(0.4, wick_take(p.loc, other)));
        const wick_var on = c->n ? wick_data(w, there, c->n) : wick_num(w, 1.0);
        WICK_WITH (w, wick_mask(w, on))
            wick_observe(w, wick_name(w, "y_%zu", t), wick_normal(at, p.scale),
                c->n ? wick_data(w, y, c->n) : wick_num(w, y[0]));
    }
}

static void model(wick *w, void *arg)
{
    const chain *c = arg;

    if (c->n)
        WICK_PLATE (w, "sequences", c->n)
            steps(w, c);
    else
        steps(w, c);
}

/* --- the forward algorithm --------------------------------------------------------------------- */

static double log_add(double a, double b)
{
    const double top = fmax(a, b);

    return top == -INFINITY ? top : top + log(exp(a - top) + exp(b - top));
}

/* State s is (last, before) or (chain, other), or the state itself. */
typedef struct states {
    size_t n, k;
    double initial[MOST_K], table[MOST_K * MOST_K][MOST_K]; /* logs */
} states;

static void read_states(const chain *c, states *s)
{
    double sum = 0.0;

    s->k = c->k;
    s->n = c->order == 1 ? c->k : c->k * c->k;
    for (size_t j = 0; j < c->k; j++)
        sum += weight(j);
    for (size_t j = 0; j < c->k; j++)
        s->initial[j] = log(weight(j) / sum);
    for (size_t r = 0; r < rows_of(c); r++) {
        sum = 0.0;
        for (size_t j = 0; j < c->k; j++)
            sum += entry(c, r, j);
        for (size_t j = 0; j < c->k; j++)
            s->table[r][j] = log(entry(c, r, j)) - log(sum);
    }
}

static double log_step(const chain *c, const states *s, size_t t, size_t from, size_t to)
{
    const size_t k = s->k;

    if (c->order == 1)
        return s->table[from][to];
    if (c->order == 0)
        return s->table[from / k][to / k] + s->table[from % k][to % k];
    if (to % k != from / k) /* what was last is before */
        return -INFINITY;
    return t == 1 ? s->initial[to / k] : s->table[from % k * k + from / k][to / k];
}

static double log_seen(const chain *c, size_t t, size_t n, size_t state)
{
    const double at = c->order == 0 ? loc(state / c->k) + 0.4 * loc(state % c->k)
        : c->order == 2             ? loc(state / c->k)
                                    : loc(state);

    return is_there(c, t, n) ? log_normal(seen(c, t, n), at, 0.7) : 0.0;
}

/* Of second order, what was before the first counts as 0. */
static double log_first(const chain *c, const states *s, size_t state)
{
    const size_t k = s->k;

    if (c->order == 1)
        return s->initial[state];
    if (c->order == 0)
        return s->initial[state / k] + s->initial[state % k];
    return state % k == 0 ? s->initial[state / k] : -INFINITY;
}

static double log_likelihood(const chain *c, size_t n)
{
    double now[MOST_K * MOST_K], old[MOST_K * MOST_K], sum = -INFINITY;
    states s;

    read_states(c, &s);
    for (size_t i = 0; i < s.n; i++)
        now[i] = log_first(c, &s, i) + log_seen(c, 0, n, i);
    for (size_t t = 1; t < c->t; t++) {
        memcpy(old, now, sizeof old);
        for (size_t i = 0; i < s.n; i++) {
            now[i] = -INFINITY;
            for (size_t j = 0; j < s.n; j++)
                now[i] = log_add(now[i], old[j] + log_step(c, &s, t, j, i));
            now[i] += log_seen(c, t, n, i);
        }
    }
    for (size_t i = 0; i < s.n; i++)
        sum = log_add(sum, now[i]);
    return sum;
}

START_TEST(the_loss_is_that_of_the_forward_algorithm)
{
    chain c = CHAINS[_i];
    double want = 0.0;

    for (size_t n = 0; n < (c.n ? c.n : 1); n++)
        want -= log_likelihood(&c, n);
    const double loss = loss_alone(model, &c);
    ck_assert_msg(fabs(loss - want) <= 1e-13 * fabs(want) * (double)c.t, "%s: %.17g, want %.17g",
        c.what, loss, want);
}
END_TEST

START_TEST(gradients_are_those_of_differences)
{
    chain c = CHAINS[_i];
    wick *w = wick_new(NULL);
    const problem p = summed(w, model, &c);

    assert_gradient(&p, c.spread > 10.0 ? 1e-6 : 1e-8);
    wick_free(w);
}
END_TEST

/* --- constants --------------------------------------------------------------------------------- */

/* Tables and the first observations are constants: only later steps have gradients. */
static void late_model(wick *w, void *arg)
{
    static const double TABLE[3][3] = { { 0.7, 0.2, 0.1 }, { 0.1, 0.6, 0.3 }, { 0.3, 0.3, 0.4 } },
                        LOC[3] = { -0.8, 0.3, 1.9 };
    const wick_var table = wick_const(w, TABLE[0], 3, 3), loc = wick_const(w, LOC, 3);
    const wick_var shift = wick_param(w, "shift", wick_init_num(0.4), wick_real());
    wick_var z = wick_num(w, 2.0);

    (void)arg;
    for (size_t t = 0; t < 7; t++) {
        z = wick_sample(w, wick_name(w, "z_%zu", t), wick_categorical(wick_take(table, z)));
        const wick_var at = wick_take(loc, z);
        wick_observe(w, wick_name(w, "y_%zu", t),
            wick_normal(t < 4 ? at : wick_add(at, shift), 0.8), wick_num(w, 0.3 * (double)t));
    }
}

START_TEST(steps_without_gradients_may_come_before_those_with)
{
    assert_gradient_alone(late_model, NULL);
}
END_TEST

/* --- long -------------------------------------------------------------------------------------- */

static void long_model(wick *w, void *arg)
{
    static const double TABLE[2][2] = { { 0.9, 0.1 }, { 0.25, 0.75 } };
    const size_t length = *(const size_t *)arg;
    const wick_var table = wick_param(w, "table", wick_init_values(TABLE[0], 2, 2), wick_simplex());
    const wick_var mean = wick_param(w, "mean", wick_init_num(1.2), wick_real());
    wick_var z = wick_num(w, 0.0);

    for (size_t t = 0; t < length; t++) {
        z = wick_sample(w, wick_name(w, "z_%zu", t), wick_categorical(wick_take(table, z)));
        wick_observe(w, wick_name(w, "y_%zu", t), wick_normal(wick_mul(z, mean), 0.8),
            wick_num(w, sin(0.01 * (double)t * (double)t)));
    }
}

/* The same in scaled probabilities, with the gradient of the mean by the forward derivative. */
static double long_loss(size_t length, double *by_mean)
{
    static const double TABLE[2][2] = { { 0.9, 0.1 }, { 0.25, 0.75 } };
    double p[2] = { 1.0, 0.0 }, dp[2] = { 0.0, 0.0 }, loss = 0.0;

    *by_mean = 0.0;
    for (size_t t = 0; t < length; t++) {
        const double y = sin(0.01 * (double)t * (double)t);
        double q[2], dq[2];
        for (int j = 0; j < 2; j++) {
            const double e = exp(log_normal(y, j * 1.2, 0.8)), slope = j * (y - 1.2) / 0.64;
            q[j] = (p[0] * TABLE[0][j] + p[1] * TABLE[1][j]) * e;
            dq[j] = (dp[0] * TABLE[0][j] + dp[1] * TABLE[1][j]) * e + q[j] * slope;
        }
        const double sum = q[0] + q[1], more = (dq[0] + dq[1]) / sum;
        loss -= log(sum);
        *by_mean -= more;
        for (int j = 0; j < 2; j++) {
            p[j] = q[j] / sum;
            dp[j] = dq[j] / sum - p[j] * more;
        }
    }
    return loss;
}

START_TEST(a_long_chain_takes_nodes_in_proportion)
{
    const size_t lengths[] = { 5000, 100000 };
    uint32_t nodes[2];

    for (int i = 0; i < 2; i++) {
        size_t length = lengths[i];
        wick *w = wick_new(NULL);
        problem p = summed(w, long_model, &length);
        double by_mean, gradient[8];
        const double want = long_loss(length, &by_mean);
        const double loss = gradient_of(&p, gradient);
        nodes[i] = w->tape->n_nodes;
        assert_ok(w);
        assert_close(loss, want, 1e-11);
        assert_close(gradient[4], by_mean, 1e-9);
        wick_free(w);
    }
    ck_assert_uint_gt(nodes[0], 5000);
    ck_assert_uint_le(nodes[1], 20 * nodes[0]); /* a + b length, a >= 0 */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chains");
    TCase *tests = new_case(suite, "chains");

    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, the_loss_is_that_of_the_forward_algorithm, 0, N_CHAINS);
    tcase_add_loop_test(tests, gradients_are_those_of_differences, 0, N_CHAINS);
    tcase_add_test(tests, steps_without_gradients_may_come_before_those_with);
    tcase_add_test(tests, a_long_chain_takes_nodes_in_proportion);
    return run_suite(suite);
}
