/* C code that depends on discrete values, members that meet, and several particles. */
#include "tests/support/fit.h"

/* --- support ------------------------------------------------------------------------------------ */

/* Loss and slope in the parameter "t", which starts at t; one step. */
static double loss_and_slope(
    wick_program model, wick_program guide, size_t particles, bool compile, double *slope)
{
    const wick_elbo_options options = { .num_particles = particles };
    wick *w = wick_new(NULL);
    wick_svi *svi = wick_svi_new(w, model, guide,
        &(wick_svi_options){ .loss = wick_trace_enum_elbo,
            .loss_options = &options,
            .compile = compile,
            .optim = { .update = show_gradient } });
    const double loss = wick_svi_step(svi);

    assert_ok(w);
    *slope = get1(w, "t");
    wick_svi_free(svi);
    wick_free(w);
    return loss;
}

/* d f / d t at six points. */
static double slope_of(double (*f)(double t), double t)
{
    const double h = 5e-3;

    return (45.0 * (f(t + h) - f(t - h)) - 9.0 * (f(t + 2 * h) - f(t - 2 * h)) + f(t + 3 * h) -
               f(t - 3 * h)) /
        (60.0 * h);
}

static wick_var parameter(wick *w, double t)
{
    return wick_param(w, "t", wick_init_num(t), wick_real());
}

static const double T = 0.4;

/* log of the Bernoulli probability of z = 0 or 1. */
static double log_bernoulli(int z, double p)
{
    return log(z ? p : 1.0 - p);
}

/* --- other sites on other paths ----------------------------------------------------------------- */

/* How many there are: 0, 1 or 2 with softmax (0, t, 2t); each is 1 with 0.2 + t / (1 + its number). */
static const double HOW_MANY[] = { 0.5, 0.3, 0.2 };

static void several_model(wick *w, void *arg)
{
    double n = 0.0;
    wick_var sum = wick_num(w, 0.0);

    (void)arg;
    wick_get(wick_sample(w, "n", wick_categorical(wick_const(w, HOW_MANY, 3))), &n, 1);
    for (int i = 0; i < n; i++)
        sum = wick_add(sum, wick_sample(w, wick_name(w, "b_%d", i), wick_bernoulli(0.3 + 0.1 * n)));
    wick_observe(w, "y", wick_normal(wick_add(sum, 0.5 * n), 0.9), wick_num(w, 1.7));
    if (n == 1.0)
        wick_observe(w, "only", wick_normal(sum, 2.0), wick_num(w, -0.4));
}

static void several_guide(wick *w, void *arg)
{
    static const double RISE[] = { 0.0, 1.0, 2.0 };
    const wick_var t = parameter(w, T);
    double n = 0.0;

    wick_get(wick_sample(w, "n",
                 wick_enumerate_sequential(
                     wick_categorical_logits(wick_mul(wick_const(w, RISE, 3), t)))),
        &n, 1);
    for (int i = 0; i < n; i++) {
        const wick_dist b = wick_bernoulli(wick_add(wick_mul(t, 1.0 / (1.0 + i)), 0.2));
        wick_sample(w, wick_name(w, "b_%d", i),
            *(bool *)arg ? wick_enumerate_sequential(b) : wick_enumerate(b));
    }
}

static double several_at(double t, int n, int b0, int b1)
{
    const int b[] = { b0, b1 };
    double log_q = n * t - log(1.0 + exp(t) + exp(2.0 * t)), log_p = log(HOW_MANY[n]);

    for (int i = 0; i < n; i++) {
        log_q += log_bernoulli(b[i], 0.2 + t / (1.0 + i));
        log_p += log_bernoulli(b[i], 0.3 + 0.1 * n);
    }
    log_p += log_normal(1.7, b0 + b1 + 0.5 * n, 0.9);
    log_p += n == 1 ? log_normal(-0.4, b0, 2.0) : 0.0;
    return exp(log_q) * (log_q - log_p);
}

static double several_by_hand(double t)
{
    double loss = several_at(t, 0, 0, 0);

    for (int b0 = 0; b0 < 2; b0++) {
        loss += several_at(t, 1, b0, 0);
        for (int b1 = 0; b1 < 2; b1++)
            loss += several_at(t, 2, b0, b1);
    }
    return loss;
}

START_TEST(the_sites_of_a_path_may_depend_on_a_value_that_c_has_read)
{
    bool sequential = _i & 1;
    double slope;
    const double loss = loss_and_slope((wick_program){ several_model, NULL },
        (wick_program){ several_guide, &sequential }, 1, _i & 2, &slope);

    assert_close(loss, several_by_hand(T), 1e-13);
    assert_close(slope, slope_of(several_by_hand, T), 1e-9);
}
END_TEST

/* A plate with a site one by one is met on one of two paths; "other" is outside, and counts once. */
static void branch_model(wick *w, void *arg)
{
    static const double Y[] = { 0.3, 1.2, -0.8 };
    double k = 0.0;
    wick_get(wick_sample(w, "k", wick_bernoulli(0.35)), &k, 1);

    (void)arg;
    if (k == 1.0)
        WICK_PLATE (w, "rows", 3) {
            const wick_var z = wick_sample(w, "z", wick_bernoulli(0.25));
            wick_observe(w, "y", wick_normal(z, 1.0), wick_data(w, Y, 3));
        }
    wick_observe(w, "other", wick_normal(0.6 * k, 1.0), wick_num(w, 0.9));
}

static void branch_guide(wick *w, void *arg)
{
    const wick_var t = parameter(w, T);
    double k = 0.0;
    wick_get(wick_sample(w, "k", wick_enumerate_sequential(wick_bernoulli(t))), &k, 1);

    (void)arg;
    if (k == 1.0)
        WICK_PLATE (w, "rows", 3)
            wick_sample(w, "z", wick_enumerate_sequential(wick_bernoulli(wick_mul(t, 1.5))));
}

static double branch_by_hand(double t)
{
    static const double Y[] = { 0.3, 1.2, -0.8 };
    double inner = 0.0, loss = 0.0;

    for (int i = 0; i < 3; i++)
        for (int z = 0; z < 2; z++) {
            const double log_q = log_bernoulli(z, 1.5 * t);
            inner += exp(log_q) * (log_q - log_bernoulli(z, 0.25) - log_normal(Y[i], z, 1.0));
        }
    for (int k = 0; k < 2; k++) {
        const double log_q = log_bernoulli(k, t);
        loss += exp(log_q) * (log_q - log_bernoulli(k, 0.35) - log_normal(0.9, 0.6 * k, 1.0));
    }
    return loss + t * inner;
}

START_TEST(what_is_outside_of_a_plate_counts_once_whatever_is_enumerated_on_some_paths_in_it)
{
    double slope;
    const double loss = loss_and_slope(
        (wick_program){ branch_model, NULL }, (wick_program){ branch_guide, NULL }, 1, _i, &slope);

    assert_close(loss, branch_by_hand(T), 1e-13);
    assert_close(slope, slope_of(branch_by_hand, T), 1e-9);
}
END_TEST

/* --- draws that are given ----------------------------------------------------------------------- */

enum { MEMBERS = 3 };

/* Values for the draw z; the mean over all of them, each with its probability, is the expectation. */
typedef struct given_draw {
    double z[MEMBERS];
    int way; /* of the model */
} given_draw;

static const double SEEN[MEMBERS] = { 0.7, -0.4, 1.6 };

/* The guide's probabilities differ by member: t, t + 0.1, t + 0.2. */
static void given_guide(wick *w, void *arg)
{
    const given_draw *g = arg;
    const wick_var t = parameter(w, T);

    WICK_PLATE (w, "rows", MEMBERS) {
        const wick_binding given = { "z", wick_data(w, g->z, MEMBERS) };
        WICK_WITH (w, wick_substitute(w, 1, &given))
            wick_sample(w, "z", wick_bernoulli(wick_add(t, wick_mul(wick_index(w, "rows"), 0.1))));
    }
}

/* Where the mean of each observation comes from. */
enum { OWN, TOTAL, TOTAL_ALONE, JOINED, NEIGHBOUR, GROUPS, READ, WAYS };

static wick_var mean_of(wick *w, wick_var z, int way)
{
    static const double NEXT[MEMBERS] = { 1.0, 2.0, 0.0 }, GROUP[MEMBERS] = { 0.0, 1.0, 0.0 };
    double read[MEMBERS] = { 0.0 };
    wick_var index;

    if (way == TOTAL || way == TOTAL_ALONE)
        return wick_sum(z, "rows");
    if (way == READ) {
        wick_get(z, read, MEMBERS);
        return wick_num(w, read[0] - 2.0 * read[1] + read[2] * read[0]);
    }
    if (way == JOINED)
        return wick_dot(wick_join(z, "rows"), wick_join(z, "rows"));
    if (way == OWN)
        return z;
    WICK_PLATE (w, "rows", MEMBERS)
        index = wick_data(w, way == GROUPS ? GROUP : NEXT, MEMBERS);
    if (way == NEIGHBOUR)
        return wick_take_over(z, "rows", index);
    WICK_PLATE (w, "groups", 2)
        wick_index(w, "groups");
    return wick_take_over(wick_sum_into(z, "rows", index, "groups"), "groups", index);
}

static double mean_by_hand(const double *z, int i, int way)
{
    const double total = z[0] + z[1] + z[2];

    switch (way) {
    case OWN:
        return z[i];
    case NEIGHBOUR:
        return z[(i + 1) % MEMBERS];
    case GROUPS:
        return i == 1 ? z[1] : z[0] + z[2];
    case READ:
        return z[0] - 2.0 * z[1] + z[2] * z[0];
    default:
        return total;
    }
}

static void given_model(wick *w, void *arg)
{
    const given_draw *g = arg;
    wick_var z;

    WICK_PLATE (w, "rows", MEMBERS)
        z = wick_sample(w, "z", wick_bernoulli(0.3));
    const wick_var mean = mean_of(w, z, g->way);
    WICK_PLATE (w, "rows", MEMBERS) {
        const wick_var y = wick_data(w, SEEN, MEMBERS);
        wick_observe(w, "y", wick_normal(mean, 1.0), g->way == TOTAL_ALONE ? wick_num(w, 0.7) : y);
    }
}

static double given_cost(const given_draw *g, double t, double *q)
{
    double log_q = 0.0, log_p = 0.0;

    for (int i = 0; i < MEMBERS; i++) {
        log_q += log_bernoulli((int)g->z[i], t + 0.1 * i);
        log_p += log_bernoulli((int)g->z[i], 0.3);
        log_p +=
            log_normal(g->way == TOTAL_ALONE ? 0.7 : SEEN[i], mean_by_hand(g->z, i, g->way), 1.0);
    }
    *q = exp(log_q);
    return log_q - log_p;
}

static int the_way; /* of given_by_hand */

static double given_by_hand(double t)
{
    double loss = 0.0, q;

    for (int v = 0; v < 1 << MEMBERS; v++) {
        const given_draw g = { { v & 1, v >> 1 & 1, v >> 2 }, the_way };
        const double cost = given_cost(&g, t, &q);
        loss += q * cost;
    }
    return loss;
}

START_TEST(draws_of_other_members_count_where_members_meet)
{
    double loss = 0.0, slope = 0.0;

    the_way = _i / 2;
    for (int v = 0; v < 1 << MEMBERS; v++) {
        given_draw g = { { v & 1, v >> 1 & 1, v >> 2 }, the_way };
        double q, s;
        given_cost(&g, T, &q);
        loss += q *
            loss_and_slope((wick_program){ given_model, &g }, (wick_program){ given_guide, &g }, 1,
                _i % 2, &s);
        slope += q * s;
    }
    assert_close(loss, given_by_hand(T), 1e-13);
    assert_close(slope, slope_of(given_by_hand, T), 1e-9);
}
END_TEST

/* --- several particles -------------------------------------------------------------------------- */

/* Particle p gets value p of the draws d (discrete) and x (normal); e and s are enumerated. */
enum { PARTICLES = 3 };
static const double D[PARTICLES] = { 1.0, 0.0, 1.0 }, X[PARTICLES] = { 0.3, -1.1, 2.4 };

static void particle_model(wick *w, void *arg)
{
    const wick_var d = wick_sample(w, "d", wick_bernoulli(0.3));
    const wick_var x = wick_sample(w, "x", wick_normal(0.0, 1.5));
    const wick_var e = wick_sample(w, "e", wick_bernoulli(wick_add(wick_mul(d, 0.4), 0.2)));
    const wick_var s = wick_sample(w, "s", wick_bernoulli(0.45));
    const wick_var m = wick_sample(w, "m", wick_bernoulli(wick_add(wick_mul(s, 0.3), 0.1)));

    (void)arg;
    wick_observe(w, "y", wick_normal(wick_add(wick_add(d, x), wick_add(e, wick_mul(m, 2.0))), 1.0),
        wick_num(w, 1.2));
}

/* Of each particle there are two runs, one for each value of s. */
static void particle_guide(wick *w, void *arg)
{
    int *runs = arg;
    const int p = (*runs)++ / 2 % PARTICLES;
    const wick_var t = parameter(w, T);
    const wick_binding given[] = { { "d", wick_num(w, D[p]) }, { "x", wick_num(w, X[p]) } };

    WICK_WITH (w, wick_substitute(w, 2, given)) {
        const wick_var d = wick_sample(w, "d", wick_bernoulli(t));
        const wick_var x = wick_sample(w, "x", wick_normal(0.2, 1.0));
        wick_sample(w, "e",
            wick_enumerate(wick_bernoulli_logits(wick_add(wick_mul(t, d), wick_mul(x, 0.5)))));
        wick_sample(w, "s", wick_enumerate_sequential(wick_bernoulli(wick_mul(t, 1.2))));
    }
}

/* The cost of a particle; all but log q(d) and log q(x) in the mean over e and s. */
static double particle_cost(double t, int p)
{
    const double fixed = log_bernoulli((int)D[p], t) - log_bernoulli((int)D[p], 0.3) +
        log_normal(X[p], 0.2, 1.0) - log_normal(X[p], 0.0, 1.5);
    double mean = 0.0;

    for (int e = 0; e < 2; e++)
        for (int s = 0; s < 2; s++) {
            const double log_q = log_bernoulli(e, 1.0 / (1.0 + exp(-t * D[p] - 0.5 * X[p]))) +
                log_bernoulli(s, 1.2 * t);
            double sum = 0.0;
            for (int m = 0; m < 2; m++)
                sum += exp(log_bernoulli(m, 0.1 + 0.3 * s) +
                    log_normal(1.2, D[p] + X[p] + e + 2.0 * m, 1.0));
            mean += exp(log_q) *
                (log_q - log_bernoulli(e, 0.2 + 0.4 * D[p]) - log_bernoulli(s, 0.45) - log(sum));
        }
    return fixed + mean;
}

static double particles_by_hand(double t)
{
    double sum = 0.0;

    for (int p = 0; p < PARTICLES; p++)
        sum += particle_cost(t, p);
    return sum / PARTICLES;
}

/* What does not depend on d has no score of it: the terms of s, m's but for y, and of x. The slope of
 * log q(d), whose mean is 0, is left out of the cost. */
static double score_part(double t)
{
    double sum = 0.0;

    for (int p = 0; p < PARTICLES; p++) {
        const double score = D[p] > 0.0 ? 1.0 / t : -1.0 / (1.0 - t);
        double without = log_normal(X[p], 0.2, 1.0) - log_normal(X[p], 0.0, 1.5);
        for (int s = 0; s < 2; s++)
            without += exp(log_bernoulli(s, 1.2 * t)) *
                (log_bernoulli(s, 1.2 * t) - log_bernoulli(s, 0.45));
        sum += score * (particle_cost(t, p) - without - 1.0);
    }
    return sum / PARTICLES;
}

START_TEST(the_loss_of_several_particles_is_the_mean_of_theirs)
{
    int runs = 0;
    double slope;
    const double loss = loss_and_slope((wick_program){ particle_model, NULL },
        (wick_program){ particle_guide, &runs }, PARTICLES, _i, &slope);

    assert_close(loss, particles_by_hand(T), 1e-13);
    assert_close(slope, slope_of(particles_by_hand, T) + score_part(T), 1e-9);
}
END_TEST

/* Draws of 20,000 particles, four standard errors: the mean is that of the sum over all values. */
static void drawn_model(wick *w, void *arg)
{
    const wick_var a = wick_sample(w, "a", wick_bernoulli(0.3));
    const wick_var b = wick_sample(w, "b", wick_bernoulli(wick_add(wick_mul(a, 0.5), 0.2)));

    (void)arg;
    wick_observe(w, "y", wick_normal(wick_add(a, wick_mul(b, 1.5)), 1.0), wick_num(w, 1.1));
}

static void drawn_guide(wick *w, void *arg)
{
    const wick_var t = parameter(w, T);
    const wick_dist a = wick_bernoulli(t);
    const wick_var z = wick_sample(w, "a",
        *(int *)arg == 1       ? wick_enumerate(a)
            : *(int *)arg == 2 ? wick_enumerate_sequential(a)
                               : a);

    wick_sample(w, "b", wick_bernoulli(wick_add(wick_mul(z, 0.3), wick_mul(t, 0.5))));
}

static double drawn_by_hand(double t)
{
    double loss = 0.0;

    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++) {
            const double log_q = log_bernoulli(a, t) + log_bernoulli(b, 0.3 * a + 0.5 * t);
            loss += exp(log_q) *
                (log_q - log_bernoulli(a, 0.3) - log_bernoulli(b, 0.2 + 0.5 * a) -
                    log_normal(1.1, a + 1.5 * b, 1.0));
        }
    return loss;
}

/* Draws that follow an enumerated value are drawn for each of its values. */
START_TEST(many_particles_approach_the_sum_over_all_values)
{
    enum { RUNS = 100, EACH = 50 };
    const wick_elbo_options options = { .num_particles = EACH };
    wick *w = wick_new(&(wick_options){ .seed = 5 });
    wick_svi *svi =
        wick_svi_new(w, (wick_program){ drawn_model, NULL }, (wick_program){ drawn_guide, &_i },
            &(wick_svi_options){ .loss = wick_trace_enum_elbo,
                .loss_options = &options,
                .optim = { .update = show_gradient } });
    double sum[2] = { 0.0 }, squares[2] = { 0.0 };

    for (int i = 0; i < RUNS; i++) {
        wick_svi_evaluate(svi);
        wick_param_set(w, "t", &T, 1);
        const double x[2] = { wick_svi_step(svi), get1(w, "t") };
        wick_param_set(w, "t", &T, 1);
        for (int j = 0; j < 2; j++) {
            sum[j] += x[j] / RUNS;
            squares[j] += x[j] * x[j] / RUNS;
        }
    }
    assert_ok(w);
    const double want[2] = { drawn_by_hand(T), slope_of(drawn_by_hand, T) };
    for (int j = 0; j < 2; j++) {
        const double error = sqrt((squares[j] - sum[j] * sum[j]) / RUNS);
        ck_assert_double_gt(error, 0.0);
        ck_assert_double_lt(error, 0.1);
        ck_assert_double_eq_tol(sum[j], want[j], 4.0 * error);
    }
    wick_svi_free(svi);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guide_paths");
    TCase *paths = new_case(suite, "paths"), *particles = new_case(suite, "particles");

    tcase_add_loop_test(paths, the_sites_of_a_path_may_depend_on_a_value_that_c_has_read, 0, 4);
    tcase_add_loop_test(paths,
        what_is_outside_of_a_plate_counts_once_whatever_is_enumerated_on_some_paths_in_it, 0, 2);
    tcase_add_loop_test(paths, draws_of_other_members_count_where_members_meet, 0, 2 * WAYS);
    tcase_add_loop_test(particles, the_loss_of_several_particles_is_the_mean_of_theirs, 0, 2);
    tcase_add_loop_test(particles, many_particles_approach_the_sum_over_all_values, 0, 3);
    return run_suite(suite);
}
