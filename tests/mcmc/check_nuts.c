/*
 * Transitions of NUTS against the algorithm done the long way: every point of the trajectory is
 * kept, and every sum is taken anew, on the scale of probabilities.
 */
#include "mcmc/hmc.h"
#include "tests/support/suite.h"

enum { N = 2, MIDDLE = 1024, POINTS = 2 * MIDDLE, MAX_DEPTH = 8 };

typedef struct point {
    double q[N], p[N], gradient[N], energy;
} point;

/* The trajectory: its points, the first at MIDDLE, and what the long way draws from. */
typedef struct trajectory {
    point at[POINTS];
    wicki_stream stream;
    double step, accepts;
    size_t leapfrogs;
    bool divergent;
} trajectory;

/* A normal of standard deviations 1 and 0.4 and a ridge: trajectories turn in many ways. */
static double ridge_value(void *arg, const double *q, double *gradient)
{
    const double r = 1.3 * q[0] * q[1];

    (void)arg;
    gradient[0] = q[0] + 1.3 * q[1] * cos(r);
    gradient[1] = 6.25 * q[1] + 1.3 * q[0] * cos(r);
    return 0.5 * q[0] * q[0] + 3.125 * q[1] * q[1] + sin(r);
}

static void leap(point *z, double step)
{
    for (int i = 0; i < N; i++)
        z->p[i] -= 0.5 * step * z->gradient[i];
    for (int i = 0; i < N; i++)
        z->q[i] += step * z->p[i];
    const double potential = ridge_value(NULL, z->q, z->gradient);
    for (int i = 0; i < N; i++)
        z->p[i] -= 0.5 * step * z->gradient[i];
    z->energy = potential + 0.5 * (z->p[0] * z->p[0] + z->p[1] * z->p[1]);
}

/* Have the momenta at a and b a positive product with the sum of those from a to b? */
static bool apart(const trajectory *t, int a, int b)
{
    double sum[N] = { 0.0, 0.0 };

    for (int k = a; k <= b; k++)
        for (int i = 0; i < N; i++)
            sum[i] += t->at[k].p[i];
    return t->at[a].p[0] * sum[0] + t->at[a].p[1] * sum[1] > 0.0 &&
        t->at[b].p[0] * sum[0] + t->at[b].p[1] * sum[1] > 0.0;
}

/* The points first to last, and each half with its neighbour in the other. */
static bool both_apart(const trajectory *t, int first, int last)
{
    const int middle = (first + last + 1) / 2;

    return apart(t, first, last) && apart(t, first, middle) && apart(t, middle - 1, last);
}

static double weight_of(const trajectory *t, int k)
{
    return exp(t->at[MIDDLE].energy - t->at[k].energy);
}

/* `size` points from `from` on, one after the other in a direction; which of them is proposed. */
static bool grow(trajectory *t, int from, int size, int way, int *chosen, double *weight)
{
    double first = 0.0, second = 0.0;
    int other = 0;

    if (size == 1) {
        t->at[from] = t->at[from - way];
        leap(&t->at[from], way * t->step);
        t->leapfrogs++;
        *chosen = from;
        *weight = weight_of(t, from);
        t->accepts += fmin(1.0, *weight);
        t->divergent = t->at[from].energy - t->at[MIDDLE].energy > 1000.0;
        return !t->divergent;
    }
    const int half = size / 2, next = from + way * half, last = from + way * (size - 1);
    if (!grow(t, from, half, way, chosen, &first) || !grow(t, next, half, way, &other, &second))
        return false;
    *weight = first + second;
    if (wicki_uniform(&t->stream) < second / *weight)
        *chosen = other;
    return both_apart(t, way > 0 ? from : last, way > 0 ? last : from);
}

/* Returns the point that the chain goes to. */
static int transition(trajectory *t, unsigned *depth)
{
    int first = MIDDLE, last = MIDDLE, now = MIDDLE, chosen;
    double weight = 1.0, new = 0.0;

    for (*depth = 0; *depth < MAX_DEPTH;) {
        const int way = wicki_uniform(&t->stream) > 0.5 ? 1 : -1, size = last - first + 1;
        if (!grow(t, way > 0 ? last + 1 : first - 1, size, way, &chosen, &new))
            break;
        ++*depth;
        if (new >= weight || wicki_uniform(&t->stream) < new / weight)
            now = chosen;
        weight += new;
        first -= way > 0 ? 0 : size;
        last += way > 0 ? size : 0;
        if (!both_apart(t, first, last))
            break;
    }
    return now;
}

static void begin(trajectory *t, const double *q, double step, uint64_t key)
{
    point *z = &t->at[MIDDLE];

    *t = (trajectory){ .stream = wicki_stream_new(key, 0, 0), .step = step };
    memcpy(z->q, q, sizeof z->q);
    for (int i = 0; i < N; i++)
        z->p[i] = wicki_normal(&t->stream);
    z->energy = ridge_value(NULL, q, z->gradient) + 0.5 * (z->p[0] * z->p[0] + z->p[1] * z->p[1]);
}

/* Steps from small to such that many trajectories diverge. */
static const double STEPS[] = { 0.02, 0.11, 0.3, 0.45, 0.6, 0.75, 1.1, 3.0 };

START_TEST(transitions_are_those_done_the_long_way)
{
    static trajectory t;
    wick *w = wick_new(&(wick_options){ .math = WICK_MATH_PORTABLE });
    const wicki_target target = { N, ridge_value, NULL };
    wicki_hmc *h = wicki_hmc_new(w, &target, WICK_METRIC_UNIT, MAX_DEPTH);
    double q[N] = { 0.4, -0.3 };
    unsigned depth, met = 0;

    h->step = STEPS[_i];
    for (uint64_t k = 0; k < 600; k++) {
        const uint64_t key = wicki_hash((uint64_t)_i, k);
        wicki_stream stream = wicki_stream_new(key, 0, 0);
        ck_assert(wicki_hmc_start(h, q));
        const wicki_transition got = wicki_hmc_nuts(h, &stream);
        begin(&t, q, h->step, key);
        const point *want = &t.at[transition(&t, &depth)];
        ck_assert_uint_eq(got.depth, depth);
        ck_assert_uint_eq(got.leapfrogs, t.leapfrogs);
        ck_assert_int_eq(got.divergent, t.divergent);
        assert_close(got.accept, t.accepts / (double)t.leapfrogs, 1e-9);
        assert_close(got.energy, want->energy, 1e-9);
        for (int i = 0; i < N; i++)
            assert_close(h->now.q[i], want->q[i], 1e-9);
        memcpy(q, h->now.q, sizeof q);
        met |= 1u << depth;
    }
    ck_assert_uint_ne(met & (met - 1), 0); /* several depths */
    wicki_hmc_free(h);
    wick_free(w);
}
END_TEST

/* Two levels: `height` where q > 0, 0 elsewhere. No force: trajectories go straight on to the end. */
typedef struct cliff {
    double height, lowest, highest; /* the points that were looked at */
} cliff;

static double cliff_value(void *arg, const double *q, double *gradient)
{
    cliff *c = arg;

    c->lowest = fmin(c->lowest, *q);
    c->highest = fmax(c->highest, *q);
    *gradient = 0.0;
    return *q > 0.0 ? c->height : 0.0;
}

/* Weights of e^1000 and e^2000 beside that of the start, and of e^-900. */
static const struct {
    double height, start;
} CLIFFS[] = { { 1000.0, 0.5 }, { 2000.0, 0.5 }, { 900.0, -0.5 } };

START_TEST(points_far_above_all_others_in_energy_are_never_drawn)
{
    cliff c = { .height = CLIFFS[_i].height };
    wick *w = wick_new(NULL);
    wicki_hmc *h = wicki_hmc_new(w, &(wicki_target){ 1, cliff_value, &c }, WICK_METRIC_UNIT, 3);
    unsigned low = 0, high = 0;

    h->step = 0.25;
    for (uint64_t k = 0; k < 200; k++) {
        wicki_stream stream = wicki_stream_new(wicki_hash(7, k), 0, 0);
        c.lowest = c.highest = CLIFFS[_i].start;
        ck_assert(wicki_hmc_start(h, &CLIFFS[_i].start));
        const wicki_transition t = wicki_hmc_nuts(h, &stream);
        ck_assert(!t.divergent && t.depth == 3 && t.leapfrogs == 7);
        ck_assert_int_eq(h->now.q[0] > 0.0, c.lowest > 0.0);
        ck_assert(h->now.q[0] >= c.lowest && h->now.q[0] <= c.highest);
        low += c.lowest <= 0.0;
        high += c.highest > 0.0;
    }
    ck_assert_uint_gt(low, 50);
    ck_assert_uint_gt(high, 50);
    wicki_hmc_free(h);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nuts");
    TCase *tests = new_case(suite, "nuts");

    tcase_add_loop_test(
        tests, transitions_are_those_done_the_long_way, 0, (int)(sizeof STEPS / sizeof *STEPS));
    tcase_add_loop_test(tests, points_far_above_all_others_in_energy_are_never_drawn, 0,
        (int)(sizeof CLIFFS / sizeof *CLIFFS));
    return run_suite(suite);
}
