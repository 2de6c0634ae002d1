/* Discrete sites in the guide: enumerated as a dimension, one value at a time, or drawn. */
#include "tests/support/fit.h"
#include "tests/support/five_point.h"

/* --- the Pyro tutorial: guide-side enumeration ------------------------------------------------- */

/* The guide of everything: the trained globals, blocked, and a probability for each assignment. */
typedef struct full_guide {
    wick_program globals;
    wick_constraint constraint;
} full_guide;

static void full_guide_program(wick *w, void *arg)
{
    const full_guide *f = arg;

    WICK_WITH (w, wick_block(w, .hide_types = WICK_PARAM))
        wick_call(w, f->globals);
    WICK_PLATE (w, "data", FIVE) {
        const wick_var probs =
            wick_param(w, "assignment_probs", wick_init_fill(0.5, 2), f->constraint);
        wick_sample(w, "assignment", wick_enumerate(wick_categorical(probs)));
    }
}

/* The optimum of the globals: Newton's method with 30 digits in mpmath, on the closed form. */
static const double WEIGHTS[2] = { 0.375, 0.625 };
static const double LOCS[2] = { 0.498941331653842417, 10.984461897791710602 };
static const double SCALE = 0.651433698758044856;

enum { MARKS = 6 };
static const int STEP[MARKS] = { 0, 1, 10, 50, 100, 200 };

/* Losses of a run of the same updates in Python, in double precision (acceptance.md, P10). */
static const double INTERVAL_LOSSES[MARKS] = { 338.636885060, 306.303612679, 95.917465665,
    22.101314600, 19.148072541, 17.980710513 };
static const double SIMPLEX_LOSSES[MARKS] = { 338.636885060, 274.655173695, 37.301121697,
    19.368346283, 18.251428328, 17.712397472 };

static void assert_tutorial_run(
    wick_constraint constraint, const double *losses, const double *probs, bool compile)
{
    five_point data = { .x = FIVE_POINTS };
    five_point_fit fit = five_point_new(NULL, &data);
    wick *w = fit.w;
    full_guide full = { wick_guide_program(fit.guide), constraint };
    wick_svi *svi = wick_svi_new(w, (wick_program){ five_point_model, &data },
        (wick_program){ full_guide_program, &full },
        &(wick_svi_options){ .loss = wick_trace_enum_elbo,
            .compile = compile,
            .optim = wick_adam(.lr = 0.2, .beta1 = 0.8, .beta2 = 0.99) });
    double before[5], after[5 + 2 * FIVE], q[2 * FIVE];
    int mark = 0;

    wick_svi_evaluate(fit.svi);
    wick_param_set(w, "AutoDelta.weights", WEIGHTS, 2);
    wick_param_set(w, "AutoDelta.locs", LOCS, 2);
    wick_param_set(w, "AutoDelta.scale", &SCALE, 1);
    get_all(w, before);
    for (int i = 0; i <= STEP[MARKS - 1]; i++) {
        const double loss = i < STEP[MARKS - 1] ? wick_svi_step(svi) : wick_svi_evaluate(svi);
        if (i != STEP[mark])
            continue;
        ck_assert_double_eq_tol(loss, losses[mark], 1e-6);
        mark++;
    }
    ck_assert_int_eq(mark, MARKS);
    wick_param_get(w, "assignment_probs", q, 2 * FIVE);
    assert_close(q[0], probs[0], 5e-5);
    assert_close(q[2 * 3], probs[1], 5e-5);
    assert_ok(w);
    wick_svi_free(svi);
    get_all(w, after);
    ck_assert_mem_eq(before, after, sizeof before); /* the globals come first */
    five_point_free(fit);
}

START_TEST(the_tutorials_full_guide_has_its_losses_and_leaves_the_globals_alone)
{
    assert_tutorial_run(
        wick_unit_interval(), INTERVAL_LOSSES, (const double[]){ 0.9510, 0.0008 }, _i);
    assert_tutorial_run(wick_simplex(), SIMPLEX_LOSSES, (const double[]){ 0.99956, 0.00044 }, _i);
}
END_TEST

/* --- Bernoullis, as in Pyro's tests ------------------------------------------------------------ */

typedef enum how { DRAWN, PARALLEL, SEQUENTIAL } how;

static wick_dist marked(wick_dist dist, how h)
{
    return h == PARALLEL  ? wick_enumerate(dist)
        : h == SEQUENTIAL ? wick_enumerate_sequential(dist)
                          : dist;
}

/* n Bernoullis with their priors; the guide has q for all. */
typedef struct coins {
    size_t n;
    const double *prior;
    double q, scale;
    const how *how;
} coins;

static void coins_model(wick *w, void *arg)
{
    const coins *c = arg;

    WICK_WITH (w, wick_scale(w, c->scale))
        for (size_t i = 0; i < c->n; i++)
            wick_sample(w, wick_name(w, "z_%zu", i), wick_bernoulli(c->prior[i]));
}

static void coins_guide(wick *w, void *arg)
{
    const coins *c = arg;
    const wick_var q = wick_param(w, "q", wick_init_num(c->q), wick_real());

    WICK_WITH (w, wick_scale(w, c->scale))
        for (size_t i = 0; i < c->n; i++)
            wick_sample(w, wick_name(w, "z_%zu", i), marked(wick_bernoulli(q), c->how[i]));
}

static double kl(double q, double p)
{
    return q * log(q / p) + (1.0 - q) * log((1.0 - q) / (1.0 - p));
}

static double kl_slope(double q, double p)
{
    return log(q / p) - log((1.0 - q) / (1.0 - p));
}

/* Loss and gradient in q, by the library. */
static double coins_loss(coins *c, double *slope)
{
    wick *w = wick_new(NULL);
    const problem p = { w, { coins_model, c }, { coins_guide, c }, wick_trace_enum_elbo, NULL };
    wick_svi *svi = svi_of(&p);
    const double loss = wick_svi_step(svi);

    assert_ok(w);
    *slope = get1(w, "q");
    wick_svi_free(svi);
    wick_free(w);
    return loss;
}

START_TEST(enumerated_bernoullis_have_their_divergence)
{
    static const double PRIOR[3] = { 0.1, 0.2, 0.3 };

    for (int h = 0; h < 8; h++)
        for (int scale = 1; scale <= 10; scale += 9) {
            const how each[3] = { h & 1 ? PARALLEL : SEQUENTIAL, h & 2 ? PARALLEL : SEQUENTIAL,
                h & 4 ? PARALLEL : SEQUENTIAL };
            coins c = { 3, PRIOR, 0.75, scale, each };
            double slope, loss = 0.0, want_slope = 0.0;
            for (int i = 0; i < 3; i++) {
                loss += scale * kl(0.75, PRIOR[i]);
                want_slope += scale * kl_slope(0.75, PRIOR[i]);
            }
            assert_close(coins_loss(&c, &slope), loss, 1e-12);
            assert_close(slope, want_slope, 1e-12);
        }
    /* Pyro's figures for these priors (test_elbo_berns), and for one of .25 with q = .5 */
    assert_close(kl(0.75, 0.1) + kl(0.75, 0.2) + kl(0.75, 0.3), 2.321286176, 1e-9);
    assert_close(kl(0.5, 0.25), 0.143841036, 1e-8);
}
END_TEST

/* --- any mixture of the three, against the sum over all values --------------------------------- */

enum { K = 3, N = 2 };

/*
 * Guide: a ~ categorical(f(t)); in plate 'data': b ~ categorical depending on a; c ~ categorical
 * depending on b. Model: the same sites, y observed in the plate depending on a, b, c and on a
 * variable m of the model, summed out; and an observation outside that depends on a.
 */
typedef struct three {
    how how[3];
    double t; /* the guide's only parameter */
} three;

static const double PRIOR_A[K] = { 0.2, 0.5, 0.3 };
static const double PRIOR_B[K * K] = { 0.1, 0.6, 0.3, 0.3, 0.3, 0.4, 0.7, 0.2, 0.1 };
static const double PRIOR_C[K * K] = { 0.5, 0.25, 0.25, 0.2, 0.2, 0.6, 0.1, 0.8, 0.1 };
static const double PRIOR_M[2] = { 0.35, 0.65 };
static const double Y[N] = { 0.4, -1.3 };
static const double MASK[N] = { 1.0, 1.0 };

/* Logits of the guide, as a function of t and of the value before. */
static double logit(int k, double t, double before)
{
    return t * (k - 0.8) * (1.0 + 0.5 * before) + 0.3 * k * before;
}

static double mean_of_y(double a, double b, double c, double m)
{
    return 0.7 * a - 0.4 * b * b + 0.3 * c * b + 0.9 * m;
}

static wick_var logits(wick *w, wick_var t, wick_var before)
{
    static const double BASE[K] = { -0.8, 0.2, 1.2 }, INDEX[K] = { 0.0, 1.0, 2.0 };
    const wick_var slope = wick_mul(t, wick_add(wick_mul(before, 0.5), 1.0));

    return wick_add(wick_mul(wick_const(w, BASE, K), slope),
        wick_mul(wick_mul(wick_const(w, INDEX, K), before), 0.3));
}

static void three_guide(wick *w, void *arg)
{
    const three *o = arg;
    const wick_var t = wick_param(w, "t", wick_init_num(o->t), wick_real());
    const wick_var a = wick_sample(
        w, "a", marked(wick_categorical_logits(logits(w, t, wick_num(w, 0.0))), o->how[0]));

    WICK_PLATE (w, "data", N) {
        const wick_var b =
            wick_sample(w, "b", marked(wick_categorical_logits(logits(w, t, a)), o->how[1]));
        wick_sample(w, "c", marked(wick_categorical_logits(logits(w, t, b)), o->how[2]));
    }
}

static void three_model(wick *w, void *arg)
{
    const wick_var a = wick_sample(w, "a", wick_categorical(wick_const(w, PRIOR_A, K)));

    (void)arg;
    wick_observe(w, "x", wick_normal(wick_mul(a, 0.8), 1.4), wick_num(w, 1.1));
    WICK_PLATE (w, "data", N)
        WICK_WITH (w, wick_mask(w, wick_data(w, MASK, N))) {
            const wick_var b =
                wick_sample(w, "b", wick_categorical(wick_take(wick_const(w, PRIOR_B, K, K), a)));
            const wick_var c =
                wick_sample(w, "c", wick_categorical(wick_take(wick_const(w, PRIOR_C, K, K), b)));
            const wick_var m = wick_sample(w, "m", wick_categorical(wick_const(w, PRIOR_M, 2)));
            const wick_var loc = wick_add(wick_sub(wick_mul(a, 0.7), wick_mul(wick_square(b), 0.4)),
                wick_add(wick_mul(wick_mul(c, b), 0.3), wick_mul(m, 0.9)));
            wick_observe(w, "y", wick_normal(loc, 0.6), wick_data(w, Y, N));
        }
}

static double log_q(int k, double t, double before)
{
    double sum = 0.0;

    for (int j = 0; j < K; j++)
        sum += exp(logit(j, t, before));
    return logit(k, t, before) - log(sum);
}

/* The bound, by loops over all values of a and, for each member, of b and c. */
static double three_by_hand(double t)
{
    double loss = 0.0;

    for (int a = 0; a < K; a++) {
        double inner = log_q(a, t, 0.0) - log(PRIOR_A[a]) - log_normal(1.1, 0.8 * a, 1.4);
        for (int i = 0; i < N; i++)
            for (int b = 0; b < K; b++)
                for (int c = 0; c < K; c++) {
                    const double q = log_q(b, t, a) + log_q(c, t, b);
                    double p = 0.0;
                    for (int m = 0; m < 2; m++)
                        p += PRIOR_M[m] * exp(log_normal(Y[i], mean_of_y(a, b, c, m), 0.6));
                    inner +=
                        exp(q) * (q - log(PRIOR_B[a * K + b]) - log(PRIOR_C[b * K + c]) - log(p));
                }
        loss += exp(log_q(a, t, 0.0)) * inner;
    }
    return loss;
}

/* The slope by a 6-point formula. */
static double three_slope_by_hand(double t)
{
    const double h = 1e-2;

    return (45.0 * (three_by_hand(t + h) - three_by_hand(t - h)) -
               9.0 * (three_by_hand(t + 2 * h) - three_by_hand(t - 2 * h)) +
               three_by_hand(t + 3 * h) - three_by_hand(t - 3 * h)) /
        (60.0 * h);
}

/* Values for the draws of a guide; sites that are not drawn keep theirs. */
typedef struct given {
    three *guide;
    double a, b[N], c[N];
} given;

static void given_guide(wick *w, void *arg)
{
    given *g = arg;
    wick_binding binding[3];
    size_t n = 0;
    if (g->guide->how[0] == DRAWN)
        binding[n++] = (wick_binding){ "a", wick_num(w, g->a) };
    WICK_PLATE (w, "data", N) {
        if (g->guide->how[1] == DRAWN)
            binding[n++] = (wick_binding){ "b", wick_data(w, g->b, N) };
        if (g->guide->how[2] == DRAWN)
            binding[n++] = (wick_binding){ "c", wick_data(w, g->c, N) };
    }
    WICK_WITH (w, wick_substitute(w, n, binding))
        three_guide(w, g->guide);
}

/*
 * The mean of loss and slope over the draws, exactly: each draw's value is given in turn and counts
 * with its probability. What is not drawn must not matter to these, so drawn sites come first, or
 * are the last: here q of the draws is known without the others.
 */
static void three_in_the_mean(three *o, double *loss, double *slope)
{
    const int na = o->how[0] == DRAWN ? K : 1, nb = o->how[1] == DRAWN ? K : 1,
              nc = o->how[2] == DRAWN ? K : 1;
    *loss = *slope = 0.0;
    for (int v = 0; v < na * nb * nb * nc * nc; v++) {
        given g = { .guide = o, .a = v % na };
        double weight = na > 1 ? exp(log_q(v % na, o->t, 0.0)) : 1.0;
        for (int i = 0, u = v / na; i < N; i++, u /= nb * nc) {
            g.b[i] = u % nb;
            g.c[i] = u / nb % nc;
            weight *= (nb > 1 ? exp(log_q(u % nb, o->t, g.a)) : 1.0) *
                (nc > 1 ? exp(log_q(u / nb % nc, o->t, g.b[i])) : 1.0);
        }
        wick *w = wick_new(NULL);
        const problem p = { w, { three_model, NULL }, { given_guide, &g }, wick_trace_enum_elbo,
            NULL };
        wick_svi *svi = svi_of(&p);
        *loss += weight * wick_svi_step(svi);
        assert_ok(w);
        *slope += weight * get1(w, "t");
        wick_svi_free(svi);
        wick_free(w);
    }
}

/* P: parallel, S: sequential, D: drawn; only where draws do not depend on what is enumerated. */
static const how WAYS[][3] = { { PARALLEL, PARALLEL, PARALLEL }, { SEQUENTIAL, PARALLEL, PARALLEL },
    { PARALLEL, SEQUENTIAL, PARALLEL }, { PARALLEL, PARALLEL, SEQUENTIAL },
    { SEQUENTIAL, SEQUENTIAL, SEQUENTIAL }, { DRAWN, PARALLEL, PARALLEL },
    { DRAWN, SEQUENTIAL, PARALLEL }, { DRAWN, DRAWN, PARALLEL }, { DRAWN, DRAWN, SEQUENTIAL },
    { DRAWN, DRAWN, DRAWN } };

START_TEST(any_way_of_summing_has_the_loss_and_the_slope_of_the_sum_over_all_values)
{
    three o = { .t = 0.45 };
    double loss, slope;

    memcpy(o.how, WAYS[_i], sizeof o.how);
    three_in_the_mean(&o, &loss, &slope);
    assert_close(loss, three_by_hand(o.t), 1e-12);
    assert_close(slope, three_slope_by_hand(o.t), 1e-9);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guide_enumeration");
    TCase *tests = new_case(suite, "guide_enumeration");

    tcase_add_loop_test(
        tests, the_tutorials_full_guide_has_its_losses_and_leaves_the_globals_alone, 0, 2);
    tcase_add_test(tests, enumerated_bernoullis_have_their_divergence);
    tcase_add_loop_test(tests,
        any_way_of_summing_has_the_loss_and_the_slope_of_the_sum_over_all_values, 0,
        sizeof WAYS / sizeof *WAYS);
    return run_suite(suite);
}
