/* Exact sums over discrete variables, against closed forms, recursions and published numbers. */
#include "tests/support/fit.h"

#include <stdio.h>

static problem summed(wick *w, void (*model)(wick *, void *), void *arg)
{
    return (problem){ w, { model, arg }, NOTHING, wick_trace_enum_elbo, NULL };
}

/* The loss of a model without continuous latents, in a handle of its own. */
static double loss_alone(void (*model)(wick *, void *), void *arg)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, model, arg);
    const double loss = loss_of(&p);

    assert_ok(w);
    wick_free(w);
    return loss;
}

static void assert_gradient_alone(void (*model)(wick *, void *), void *arg)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, model, arg);

    assert_gradient(&p, 1e-8);
    wick_free(w);
}

/* --- Pyro's three variables (tests/infer/test_enum.py) ---------------------------------------- */

/* x -> y -> z = 0. The guide of the test gives x = 0 with 0.1, x = 1 with 0.9: its expectation is
 * taken here over runs where x is conditioned, y is summed out in each. */
typedef struct three {
    double scale_all, scale_yz;
    bool z_depends;
    size_t n; /* of a plate of z; 0: one z, outside */
    const double *z, *mask;
    double x; /* at this x */
} three;

static wick_var table(wick *w, const char *name, const double *values)
{
    return wick_param(w, name, wick_init_values(values, 2, 2), wick_simplex());
}

static void observe_z(wick *w, const three *t, wick_dist z)
{
    if (t->n == 0)
        wick_observe(w, "z", z, wick_num(w, 0.0));
    else
        WICK_PLATE (w, "rows", t->n) {
            const wick_var one = wick_num(w, 1.0);
            WICK_WITH (w, wick_mask(w, t->mask ? wick_data(w, t->mask, t->n) : one))
                wick_observe(w, "z", z, wick_data(w, t->z, t->n));
        }
}

static void three_variables(wick *w, void *arg)
{
    static const double X[] = { 0.4, 0.6 }, Y[] = { 0.75, 0.25, 0.55, 0.45 },
                        Z[] = { 0.3, 0.7, 0.2, 0.8 };
    const three *t = arg;
    const wick_binding given = { "x", wick_num(w, t->x) };

    WICK_WITH (w, wick_condition(w, 1, &given))
        WICK_WITH (w, wick_scale(w, t->scale_all)) {
            const wick_var x = wick_sample(w, "x",
                wick_categorical(wick_param(w, "px", wick_init_values(X, 2), wick_simplex())));
            WICK_WITH (w, wick_scale(w, t->scale_yz)) {
                const wick_var y =
                    wick_sample(w, "y", wick_categorical(wick_take(table(w, "py", Y), x)));
                const wick_var pz = table(w, "pz", Z);
                observe_z(
                    w, t, wick_categorical(t->z_depends ? wick_take(pz, y) : wick_pick(pz, 0)));
            }
        }
}

static const double Z_DATA[] = { 0.0, 1.0, 0.0 }, Z_MASK[] = { 1.0, 1.0, 0.0 };

static const struct {
    three model;
    double loss;
} THREE[] = {
    { { 1, 1, false, 0, NULL, NULL, 0 }, 1.430261966 }, /* enumerate_1: y integrates to 1 */
    { { 1, 1, true, 0, NULL, NULL, 0 }, 1.585230140 },  /* enumerate_2 */
    { { 10, 1, true, 0, NULL, NULL, 0 }, 15.852301398 },
    { { 1, 10, true, 0, NULL, NULL, 0 }, 13.815698947 }, /* enumerate_3 */
    { { 1, 1, true, 2, Z_DATA, NULL, 0 }, 1.895069621 }, /* enumerate_plate_1 */
    { { 1, 10, true, 2, Z_DATA, NULL, 0 }, 16.914093758 },
    { { 1, 1, true, 3, Z_DATA, Z_MASK, 0 }, 1.895069621 }, /* a masked third row */
    { { 1, 10, true, 3, Z_DATA, Z_MASK, 0 }, 16.914093758 },
};

START_TEST(pyros_chain_of_three_has_pyros_losses)
{
    static const double Q[] = { 0.1, 0.9 };
    double loss = 0.0;

    for (int x = 0; x < 2; x++) {
        three t = THREE[_i].model;
        t.x = x;
        loss += Q[x] * (t.scale_all * log(Q[x]) + loss_alone(three_variables, &t));
        assert_gradient_alone(three_variables, &t);
    }
    ck_assert_double_eq_tol(loss, THREE[_i].loss, 1e-9 * THREE[_i].loss);
}
END_TEST

/* --- mixtures --------------------------------------------------------------------------------- */

/* data 0, 1, 2: with probability gate nothing, else Poisson; Pyro's test_elbo_zip */
static void zero_inflated(wick *w, void *arg)
{
    static const double Y[] = { 0.0, 1.0, 2.0 };
    const double *gate_and_rate = arg;
    const wick_var gate =
        wick_param(w, "gate", wick_init_num(gate_and_rate[0]), wick_unit_interval());
    const wick_var rate = wick_param(w, "rate", wick_init_num(gate_and_rate[1]), wick_positive());

    WICK_PLATE (w, "rows", 3) {
        const wick_var y = wick_data(w, Y, 3);
        const wick_var none = wick_sample(w, "none", wick_bernoulli(gate));
        const wick_var poisson =
            wick_sub(wick_sub(wick_mul(y, wick_log(rate)), rate), wick_lgamma(wick_add(y, 1.0)));
        WICK_WITH (w, wick_mask(w, wick_equal(none, 0.0)))
            wick_factor(w, "some", poisson);
        WICK_WITH (w, wick_mask(w, none))
            wick_observe(w, "zero", wick_delta(0.0), y);
    }
}

START_TEST(a_mask_may_vary_over_what_is_summed_out)
{
    static const double CASES[][3] = { { 0.1, 1.0, 3.745303133 }, { 0.5, 1.0, 4.459327035 },
        { 0.9, 3.0, 8.102324364 } };
    double gate_and_rate[2] = { CASES[_i][0], CASES[_i][1] };

    ck_assert_double_eq_tol(loss_alone(zero_inflated, gate_and_rate), CASES[_i][2], 5e-9);
    assert_gradient_alone(zero_inflated, gate_and_rate);
}
END_TEST

/* Pyro's test_mixture_of_diag_normals: components by their own or by shared scales. */
static void diagonal_mixture(wick *w, void *arg)
{
    static const double LOCS[] = { 0, 0, 0, 1, 0, 10 }, SCALES[] = { 2, 1, 1, 2, 4, 4 },
                        SHARED[] = { 2, 1 }, LOGITS[] = { 0, -1, 2 },
                        X[] = { 0, 0, 1, 1, 2, 3, 1, 11 };
    const bool shared = *(bool *)arg;
    const wick_var logits = wick_param(w, "logits", wick_init_values(LOGITS, 3), wick_real());
    const wick_var locs = wick_param(w, "locs", wick_init_values(LOCS, 3, 2), wick_real());
    const wick_var scales = wick_param(w, "scales",
        shared ? wick_init_values(SHARED, 2) : wick_init_values(SCALES, 3, 2), wick_positive());

    WICK_PLATE (w, "rows", 4) {
        const wick_var z = wick_sample(w, "z", wick_categorical_logits(logits));
        wick_observe(w, "x",
            wick_normal(wick_take(locs, z), shared ? scales : wick_take(scales, z)),
            wick_data(w, X, 8, 2));
    }
}

START_TEST(a_mixture_of_diagonal_normals_has_pyros_loss)
{
    bool shared = _i;

    ck_assert_double_eq_tol(
        loss_alone(diagonal_mixture, &shared), shared ? 20.676577523 : 20.366350872, 1e-8);
    assert_gradient_alone(diagonal_mixture, &shared);
}
END_TEST

enum { ROWS = 7, K = 3 };
static const double PLANE[ROWS * 2] = { 0.4, 1.0, 4.2, 5.5, 3.1, 0.2, -1.0, 2.2, 5.1, 6.4, 2.0, 1.5,
    0.3, -0.9 };
static const double MEANS[K * 2] = { 1, 2, 5, 6, 3, 1 },
                              TRILS[K * 4] = { 1, 0, 0.3, 1.2, 1.2, 0, -0.2, 0.9, 0.8, 0, 0.1,
                                  1.1 },
                              MIX[K] = { 0.25, 0.6, 0.15 };

/* Components in a plate; full covariances. arg: an order of the rows. */
static void full_mixture(wick *w, void *arg)
{
    const double *x = arg;
    const wick_var mix = wick_param(w, "mix", wick_init_values(MIX, K), wick_simplex());
    wick_var mean, tril;

    WICK_PLATE (w, "components", K) {
        mean = wick_param(w, "mean", wick_init_var(wick_data(w, MEANS, K * 2, 2)), wick_real());
        tril = wick_param(
            w, "tril", wick_init_var(wick_data(w, TRILS, K * 4, 2, 2)), wick_lower_cholesky());
    }
    WICK_PLATE (w, "rows", ROWS) {
        const wick_var z = wick_sample(w, "z", wick_categorical(mix));
        wick_observe(w, "x", wick_multivariate_normal(wick_take(mean, z), wick_take(tril, z)),
            wick_data(w, x, ROWS * 2, 2));
    }
}

START_TEST(a_mixture_with_full_covariances_has_its_closed_form)
{
    double x[ROWS * 2], want = 0.0;

    for (int i = 0; i < ROWS; i++) {
        double p = 0.0;
        for (int k = 0; k < K; k++) {
            const double *m = MEANS + 2 * k, *l = TRILS + 4 * k;
            const double a = (PLANE[2 * i] - m[0]) / l[0];
            const double b = (PLANE[2 * i + 1] - m[1] - l[2] * a) / l[3];
            p += MIX[k] * exp(-0.5 * (a * a + b * b)) / (2.0 * acos(-1.0) * l[0] * l[3]);
        }
        want -= log(p);
    }
    memcpy(x, PLANE, sizeof x);
    assert_close(loss_alone(full_mixture, x), want, 1e-13);
    assert_gradient_alone(full_mixture, x);
}
END_TEST

START_TEST(the_order_of_the_rows_does_not_matter)
{
    double x[ROWS * 2];

    memcpy(x, PLANE, sizeof x);
    const double loss = loss_alone(full_mixture, x);
    for (int shift = 1; shift < ROWS; shift++) {
        for (int i = 0; i < ROWS; i++)
            memcpy(x + 2 * i, PLANE + 2 * (i * 3 % ROWS + shift) % (2 * ROWS), 2 * sizeof *x);
        assert_close(loss_alone(full_mixture, x), loss, 1e-12);
    }
}
END_TEST

/* --- chains ----------------------------------------------------------------------------------- */

static const double START[K] = { 0.5, 0.3, 0.2 },
                    MOVE[K * K] = { 0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.3, 0.3, 0.4 };

/* Something like data, anywhere on the line. */
static double reading(int t)
{
    return 1.0 + 1.3 * sin(1.7 * t) + 0.2 * t / (1.0 + 0.3 * t);
}

static void chain(wick *w, void *arg)
{
    const int length = *(int *)arg;
    static double y[200];
    const wick_var move = wick_param(w, "move", wick_init_values(MOVE, K, K), wick_simplex());
    wick_var loc, z = WICK_VAR_NONE;

    for (int t = 0; t < 200; t++)
        y[t] = reading(t);
    WICK_PLATE (w, "states", K)
        loc = wick_param(w, "loc", wick_init_var(wick_index(w, "states")), wick_real());
    const wick_var readings = wick_const(w, y, (size_t)length);
    for (int t = 0; t < length; t++) {
        z = wick_sample(w, wick_name(w, "z_%d", t),
            wick_categorical(t ? wick_take(move, z) : wick_const(w, START, K)));
        wick_observe(w, wick_name(w, "y_%d", t), wick_normal(wick_take(loc, z), 1.0),
            wick_pick(readings, (size_t)t));
    }
}

/* The forward algorithm; minus the log-evidence of n readings at states 0, 1, 2. */
static double forward(const double *y, int n)
{
    double a[K], loss = 0.0;

    for (int t = 0; t < n; t++) {
        double b[K], sum = 0.0;
        for (int j = 0; j < K; j++) {
            b[j] = t ? 0.0 : START[j];
            for (int i = 0; t && i < K; i++)
                b[j] += a[i] * MOVE[K * i + j];
            b[j] *= exp(log_normal(y[t], j, 1.0));
            sum += b[j];
        }
        for (int j = 0; j < K; j++)
            a[j] = b[j] / sum;
        loss -= log(sum);
    }
    return loss;
}

START_TEST(a_chain_agrees_with_the_forward_algorithm)
{
    static const int LENGTHS[] = { 1, 2, 50, 200 };
    double y[200];
    int n = LENGTHS[_i];

    for (int t = 0; t < 200; t++)
        y[t] = reading(t);
    assert_close(loss_alone(chain, &n), forward(y, n), 1e-12);
    assert_gradient_alone(chain, &n);
}
END_TEST

/* Three sequences of lengths 4, 2, 3 in a plate, the rest masked and NaN. Pyro: 12.66197. */
static const double RAGGED[12] = { 0.1, 1.2, 2.2, 0.3, 2, 1, NAN, NAN, 0, 0, 1.5, NAN };
static const int LENGTH[3] = { 4, 2, 3 };

static void ragged_chains(wick *w, void *arg)
{
    static const double PRESENT[12] = { 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0 };
    wick_var loc, z = WICK_VAR_NONE;
    const wick_var move = wick_const(w, MOVE, K, K);

    (void)arg;
    WICK_PLATE (w, "states", K)
        loc = wick_param(w, "loc", wick_init_var(wick_index(w, "states")), wick_real());
    for (size_t t = 0; t < 4; t++)
        WICK_PLATE (w, "sequences", 3) {
            const wick_var present = wick_pick(wick_data(w, PRESENT, 12, 4), t);
            WICK_WITH (w, wick_mask(w, present)) {
                z = wick_sample(w, wick_name(w, "z_%zu", t),
                    wick_categorical(t ? wick_take(move, z) : wick_const(w, START, K)));
                wick_observe(w, wick_name(w, "y_%zu", t), wick_normal(wick_take(loc, z), 1.0),
                    wick_pick(wick_data(w, RAGGED, 12, 4), t));
            }
        }
}

START_TEST(masked_variables_of_a_ragged_chain_integrate_to_1)
{
    double want = 0.0;

    for (int s = 0; s < 3; s++)
        want += forward(RAGGED + 4 * s, LENGTH[s]);
    const double loss = loss_alone(ragged_chains, NULL);
    assert_close(loss, want, 1e-13);
    ck_assert_double_eq_tol(loss, 12.66197, 5e-6);
    assert_gradient_alone(ragged_chains, NULL);
}
END_TEST

/* z_t depends on the last two: p(z_t = 1) by both. */
static const double SECOND[8] = { 0.9, 0.1, 0.35, 0.65, 0.2, 0.8, 0.55, 0.45 };
enum { STEPS = 10 };

static void second_order(wick *w, void *arg)
{
    const wick_var move = wick_param(w, "move", wick_init_values(SECOND, 2, 2, 2), wick_simplex());
    wick_var a = wick_num(w, 0.0), b = wick_num(w, 1.0);

    (void)arg;
    for (int t = 0; t < STEPS; t++) {
        const wick_var z = wick_sample(
            w, wick_name(w, "z_%d", t), wick_categorical(wick_take(wick_take(move, a), b)));
        wick_observe(
            w, wick_name(w, "y_%d", t), wick_normal(z, 0.8), wick_num(w, reading(t) - 0.5));
        a = b;
        b = z;
    }
}

START_TEST(a_second_order_chain_agrees_with_the_sum_over_all_paths)
{
    double evidence = 0.0;

    for (int path = 0; path < 1 << STEPS; path++) {
        double p = 1.0;
        int a = 0, b = 1;
        for (int t = 0; t < STEPS; t++) {
            const int z = path >> t & 1;
            p *= SECOND[4 * a + 2 * b + z] * exp(log_normal(reading(t) - 0.5, z, 0.8));
            a = b;
            b = z;
        }
        evidence += p;
    }
    assert_close(loss_alone(second_order, NULL), -log(evidence), 1e-13);
    assert_gradient_alone(second_order, NULL);
}
END_TEST

/* Pyro's test_elbo_hmm_in_model: readings of 1, states at -1 and 1; one path of the states. */
enum { SHORT = 4 };

static void two_states(wick *w, void *arg)
{
    static const double STAY[] = { 0.9, 0.1, 0.1, 0.9 }, LOCS[] = { -1.0, 1.0 };
    const int path = *(int *)arg;
    const wick_var move = wick_param(w, "move", wick_init_values(STAY, 2, 2), wick_simplex());
    const wick_var locs = wick_param(w, "locs", wick_init_values(LOCS, 2), wick_real());
    const wick_var scale = wick_param(w, "scale", wick_init_num(1.0), wick_positive());
    wick_var z = WICK_VAR_NONE;

    for (int t = 0; t < SHORT; t++) {
        const wick_binding given = { wick_name(w, "z_%d", t), wick_num(w, path >> t & 1) };
        WICK_WITH (w, wick_condition(w, 1, &given))
            z = wick_sample(w, wick_name(w, "z_%d", t),
                wick_categorical(t ? wick_take(move, z) : wick_fill(w, 0.5, 2)));
        wick_observe(
            w, wick_name(w, "y_%d", t), wick_normal(wick_take(locs, z), scale), wick_num(w, 1.0));
    }
}

START_TEST(gradients_of_a_chain_under_uniform_states_are_pyros)
{
    static const double PAIR = 0.2 * (SHORT - 1);
    const double want[7] = { PAIR, -PAIR, -PAIR, PAIR, -SHORT, 0.0, -SHORT };
    double mean[7] = { 0.0 }, gradient[7];

    for (int path = 0; path < 1 << SHORT; path++) {
        wick *w = wick_new(NULL);
        const problem p = summed(w, two_states, &path);
        gradient_of(&p, gradient);
        assert_ok(w);
        for (int i = 0; i < 7; i++)
            mean[i] += gradient[i] / (1 << SHORT);
        wick_free(w);
    }
    for (int i = 0; i < 7; i++)
        assert_close(mean[i], want[i], 1e-14);
}
END_TEST

/* --- plates ----------------------------------------------------------------------------------- */

static const double PA[2] = { 0.4, 0.6 }, PB[2][2] = { { 0.7, 0.3 }, { 0.2, 0.8 } },
                    PC[2][2][3] = { { { 0.2, 0.3, 0.5 }, { 0.1, 0.8, 0.1 } },
                        { { 0.6, 0.2, 0.2 }, { 0.3, 0.3, 0.4 } } },
                    GRID[2][3] = { { 0.3, -1.0, 2.0 }, { 1.0, 1.5, -0.5 } };

/* a -> [b -> [c -> y]_3]_2 */
static void three_levels(wick *w, void *arg)
{
    const wick_var pa = wick_param(w, "pa", wick_init_values(PA, 2), wick_simplex());
    const wick_var pb = wick_param(w, "pb", wick_init_values(PB[0], 2, 2), wick_simplex());
    const wick_var pc = wick_param(w, "pc", wick_init_values(PC[0][0], 2, 2, 3), wick_simplex());
    const wick_var a = wick_sample(w, "a", wick_categorical(pa));

    (void)arg;
    WICK_PLATE (w, "outer", 2) {
        const wick_var b = wick_sample(w, "b", wick_categorical(wick_take(pb, a)));
        WICK_PLATE (w, "inner", 3) {
            const wick_var c =
                wick_sample(w, "c", wick_categorical(wick_take(wick_take(pc, a), b)));
            wick_observe(
                w, "y", wick_normal(wick_add(c, wick_mul(2.0, b)), 1.0), wick_data(w, GRID[0], 6));
        }
    }
}

START_TEST(three_levels_of_plates_agree_with_nested_sums)
{
    double evidence = 0.0;

    for (int a = 0; a < 2; a++) {
        double pa = PA[a];
        for (int i = 0; i < 2; i++) {
            double sum_b = 0.0;
            for (int b = 0; b < 2; b++) {
                double pb = PB[a][b];
                for (int j = 0; j < 3; j++) {
                    double sum_c = 0.0;
                    for (int c = 0; c < 3; c++)
                        sum_c += PC[a][b][c] * exp(log_normal(GRID[i][j], c + 2 * b, 1.0));
                    pb *= sum_c;
                }
                sum_b += pb;
            }
            pa *= sum_b;
        }
        evidence += pa;
    }
    assert_close(loss_alone(three_levels, NULL), -log(evidence), 1e-13);
    assert_gradient_alone(three_levels, NULL);
}
END_TEST

/* Topics: each word of each document has a topic; words are categories. */
enum { DOCS = 3, WORDS = 4, TOPICS = 2, VOCABULARY = 3 };
static const double THETA[DOCS][TOPICS] = { { 0.3, 0.7 }, { 0.55, 0.45 }, { 0.9, 0.1 } },
                    PHI[TOPICS][VOCABULARY] = { { 0.2, 0.3, 0.5 }, { 0.6, 0.3, 0.1 } },
                    TEXT[DOCS][WORDS] = { { 0, 2, 1, 1 }, { 2, 2, 0, 1 }, { 0, 0, 0, 2 } };

static void topics(wick *w, void *arg)
{
    wick_var phi;

    (void)arg;
    WICK_PLATE (w, "topics", TOPICS)
        phi = wick_param(
            w, "phi", wick_init_var(wick_data(w, PHI[0], 6, VOCABULARY)), wick_simplex());
    WICK_PLATE (w, "docs", DOCS) {
        const wick_var theta = wick_param(
            w, "theta", wick_init_var(wick_data(w, THETA[0], 6, TOPICS)), wick_simplex());
        WICK_PLATE (w, "words", WORDS) {
            const wick_var z = wick_sample(w, "z", wick_categorical(theta));
            wick_observe(w, "word", wick_categorical(wick_take(phi, z)),
                wick_data(w, TEXT[0], DOCS * WORDS));
        }
    }
}

START_TEST(topics_of_words_in_documents_have_their_closed_form)
{
    double want = 0.0;

    for (int d = 0; d < DOCS; d++)
        for (int n = 0; n < WORDS; n++) {
            double p = 0.0;
            for (int k = 0; k < TOPICS; k++)
                p += THETA[d][k] * PHI[k][(int)TEXT[d][n]];
            want -= log(p);
        }
    assert_close(loss_alone(topics, NULL), want, 1e-13);
    assert_gradient_alone(topics, NULL);
}
END_TEST

/* Rows and columns with effects; a binary class for each cell. */
static void crossed_effects(wick *w, void *arg)
{
    static const double Y[] = { 0.4, -0.2, 1.6, 0.9, 2.1, -1.3 };
    wick_var a, b;

    (void)arg;
    WICK_PLATE (w, "rows", 2)
        a = wick_param(w, "a", wick_init_var(wick_mul(wick_index(w, "rows"), 0.6)), wick_real());
    WICK_PLATE (w, "cols", 3)
        b = wick_param(w, "b", wick_init_var(wick_mul(wick_index(w, "cols"), -0.4)), wick_real());
    WICK_PLATE (w, "rows", 2)
        WICK_PLATE (w, "cols", 3) {
            const wick_var z = wick_sample(w, "z", wick_bernoulli_logits(wick_sub(a, b)));
            wick_observe(w, "y", wick_normal(z, 0.7), wick_data(w, Y, 6));
        }
}

START_TEST(crossed_plates_have_their_closed_form)
{
    static const double Y[2][3] = { { 0.4, -0.2, 1.6 }, { 0.9, 2.1, -1.3 } };
    double want = 0.0;

    for (int r = 0; r < 2; r++)
        for (int c = 0; c < 3; c++) {
            const double p = 1.0 / (1.0 + exp(-(0.6 * r + 0.4 * c)));
            want -= log((1.0 - p) * exp(log_normal(Y[r][c], 0.0, 0.7)) +
                p * exp(log_normal(Y[r][c], 1.0, 0.7)));
        }
    assert_close(loss_alone(crossed_effects, NULL), want, 1e-13);
    assert_gradient_alone(crossed_effects, NULL);
}
END_TEST

/* Two variables in one plate, and one outside that both depend on. */
static void two_in_a_plate(wick *w, void *arg)
{
    static const double Y[] = { 0.4, -0.2, 1.6, 3.9 };
    const wick_var p = wick_param(w, "p", wick_init_num(0.35), wick_unit_interval());
    const wick_var g = wick_sample(w, "g", wick_bernoulli(p));

    (void)arg;
    WICK_PLATE (w, "rows", 4) {
        const wick_var a = wick_sample(w, "a", wick_bernoulli(wick_add(0.2, wick_mul(0.5, g))));
        const wick_var b = wick_sample(
            w, "b", wick_categorical(wick_take(wick_const(w, PC[1][0], 2, 3), wick_sub(1.0, g))));
        wick_observe(w, "y", wick_normal(wick_add(a, wick_mul(b, 1.5)), 0.9), wick_data(w, Y, 4));
    }
}

START_TEST(two_variables_in_a_plate_and_one_outside_agree_with_nested_sums)
{
    static const double Y[] = { 0.4, -0.2, 1.6, 3.9 };
    double evidence = 0.0;

    for (int g = 0; g < 2; g++) {
        double p = g ? 0.35 : 0.65;
        for (int i = 0; i < 4; i++) {
            double sum = 0.0;
            for (int a = 0; a < 2; a++)
                for (int b = 0; b < 3; b++)
                    sum += (a ? 0.2 + 0.5 * g : 0.8 - 0.5 * g) * PC[1][1 - g][b] *
                        exp(log_normal(Y[i], a + 1.5 * b, 0.9));
            p *= sum;
        }
        evidence += p;
    }
    assert_close(loss_alone(two_in_a_plate, NULL), -log(evidence), 1e-13);
    assert_gradient_alone(two_in_a_plate, NULL);
}
END_TEST

/* --- scales, masks, minibatches --------------------------------------------------------------- */

/* Local classes in a minibatch; scale 2.5 on all of it. */
static void scaled_classes(wick *w, void *arg)
{
    static const double Y[] = { 0.4, -0.2, 1.6, 0.9, 2.1, -1.3 };
    static const size_t SOME[] = { 4, 1 };
    const bool subsampled = *(bool *)arg;
    const wick_var p = wick_param(w, "p", wick_init_num(0.35), wick_unit_interval());

    WICK_WITH (w, wick_scale(w, 2.5))
        WICK_PLATE (
            w, "rows", 6, .subsample = subsampled ? 2 : 0, .indices = subsampled ? SOME : NULL) {
            const wick_var z = wick_sample(w, "z", wick_bernoulli(p));
            wick_observe(w, "y", wick_normal(z, 0.7), wick_data(w, Y, 6));
        }
}

START_TEST(scales_and_minibatches_stand_outside_the_log)
{
    static const double Y[] = { 0.4, -0.2, 1.6, 0.9, 2.1, -1.3 };
    bool subsampled = _i;
    double want = 0.0;

    for (int i = 0; i < 6; i++)
        if (!subsampled || i == 4 || i == 1)
            want -= log(
                0.65 * exp(log_normal(Y[i], 0.0, 0.7)) + 0.35 * exp(log_normal(Y[i], 1.0, 0.7)));
    assert_close(
        loss_alone(scaled_classes, &subsampled), 2.5 * (subsampled ? 3.0 : 1.0) * want, 1e-13);
    assert_gradient_alone(scaled_classes, &subsampled);
}
END_TEST

static void subsampled_inside(wick *w, void *arg)
{
    static const double Y[] = { 0.4, -0.2, 1.6, 0.9 };
    const wick_var z = wick_sample(w, "global", wick_bernoulli(0.4));

    WICK_PLATE (w, "rows", 4, .subsample = *(size_t *)arg)
        wick_observe(w, "y", wick_normal(z, 0.7), wick_data(w, Y, 4));
}

START_TEST(a_subsampled_plate_inside_what_is_summed_out_is_refused)
{
    wick *w = wick_new(NULL);
    size_t subsample = 2, whole = 4;
    problem p = summed(w, subsampled_inside, &subsample);

    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_SHAPE, "plate 'rows' is subsampled", "'global'", "biased");
    p = summed(w, subsampled_inside, &whole);
    loss_of(&p);
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void one_of_two_scaled(wick *w, void *arg)
{
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.4));

    (void)arg;
    WICK_WITH (w, wick_scale(w, 2.5))
        wick_observe(w, "y", wick_normal(z, 0.7), wick_num(w, 0.3));
}

START_TEST(sites_that_are_summed_together_must_have_one_scale)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, one_of_two_scaled, NULL);

    loss_of(&p);
    assert_error(w, WICK_ERR_ARGUMENT, "'z'", "'y'", "1", "2.5", "wick_scale");
    wick_free(w);
}
END_TEST

/* b in plate i and c in plate j meet in a d in both: Pyro's test_elbo_enumerate_plates_6 */
static void diamond(wick *w, void *arg)
{
    static const double D[] = { 0.5, 1.5, -0.5, 0.7, 0.1, 2.0 };
    wick_var b, c;

    (void)arg;
    WICK_PLATE (w, "i", 2)
        b = wick_sample(w, "b", wick_bernoulli(0.3));
    WICK_PLATE (w, "j", 3)
        c = wick_sample(w, "c", wick_bernoulli(0.6));
    WICK_PLATE (w, "i", 2)
        WICK_PLATE (w, "j", 3)
            wick_observe(w, "d", wick_normal(wick_add(b, c), 1.0), wick_data(w, D, 6));
}

START_TEST(a_diamond_of_plates_is_refused)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, diamond, NULL);

    loss_of(&p);
    assert_error(w, WICK_ERR_SHAPE, "tree of plates", "'d'", "'b'", "'c'");
    wick_free(w);
}
END_TEST

/* Five variables of 200 values each, all pairs coupled. */
static void clique(wick *w, void *arg)
{
    wick_var z[5];

    (void)arg;
    for (int i = 0; i < 5; i++) {
        z[i] = wick_sample(w, wick_name(w, "z_%d", i), wick_categorical(wick_fill(w, 0.005, 200)));
        for (int j = 0; j < i; j++)
            wick_factor(w, wick_name(w, "f_%d_%d", i, j), wick_mul(wick_sub(z[i], z[j]), 0.01));
    }
}

START_TEST(a_sum_that_would_blow_up_is_refused_before_it_does)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, clique, NULL);

    loss_of(&p);
    assert_error(w, WICK_ERR_LIMIT, "summing out 'z_", "table of", "guide");
    wick_free(w);
}
END_TEST

/* --- zero probabilities ----------------------------------------------------------------------- */

static void with_zeros(wick *w, void *arg)
{
    static const double P[] = { 0.0, 0.4, 0.6 }, Q[] = { 0.5, 0.5, 1.0, 0.0, 0.0, 1.0 };
    const wick_var loc = wick_param(w, "loc", wick_init_num(0.3), wick_real());
    const wick_var p = wick_add(wick_mul(loc, wick_fill(w, 0.0, 3)), wick_const(w, P, 3));

    (void)arg;
    WICK_PLATE (w, "rows", 2) {
        const wick_var a = wick_sample(w, "a", wick_categorical(p));
        const wick_var b =
            wick_sample(w, "b", wick_categorical(wick_take(wick_const(w, Q, 3, 2), a)));
        wick_observe(w, "y", wick_normal(wick_mul(wick_add(a, b), loc), 1.0), wick_num(w, 0.7));
    }
}

START_TEST(impossible_values_give_no_nan)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, with_zeros, NULL);
    double gradient;

    /* a = 1, b = 0 with 0.4; a = 2, b = 1 with 0.6 */
    const double one = 0.4 * exp(log_normal(0.7, 0.3, 1.0)),
                 both = 0.6 * exp(log_normal(0.7, 0.9, 1.0));
    assert_close(gradient_of(&p, &gradient), -2.0 * log(one + both), 1e-14);
    assert_close(
        gradient, -2.0 * (one * (0.7 - 0.3) + both * 3.0 * (0.7 - 0.9)) / (one + both), 1e-13);
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void impossible(wick *w, void *arg)
{
    const wick_var z = wick_sample(w, "z", wick_bernoulli(0.4));

    (void)arg;
    wick_observe(w, "y", wick_delta(wick_mul(z, 2.0)), wick_num(w, 1.0));
}

START_TEST(data_that_no_value_explains_are_reported)
{
    wick *w = wick_new(NULL);
    const problem p = summed(w, impossible, NULL);

    ck_assert_double_nan(loss_of(&p));
    assert_error(w, WICK_ERR_NONFINITE, "inf", "'y'");
    wick_free(w);
}
END_TEST

/* --- who is enumerated ------------------------------------------------------------------------ */

static wick_var conditioned_loss(wick *w, wick_program m, wick_program g, const void *options)
{
    const wick_binding given = { "z", wick_num(w, *(const double *)options) };
    wick_var loss = WICK_VAR_NONE;

    WICK_WITH (w, wick_condition(w, 1, &given))
        loss = wick_trace_enum_elbo(w, m, g, NULL);
    return loss;
}

static void masked_pair(wick *w, void *arg)
{
    (void)arg;
    WICK_WITH (w, wick_mask(w, wick_num(w, 0.0)))
        wick_sample(w, "z", wick_bernoulli(0.3));
    const wick_var x = wick_sample(w, "x", wick_bernoulli(0.2));
    wick_observe(w, "y", wick_normal(x, 1.0), wick_num(w, 0.7));
}

START_TEST(a_condition_around_the_loss_makes_a_site_observed)
{
    wick *w = wick_new(NULL);
    const double one = 1.0;
    problem p = summed(w, masked_pair, NULL);
    const double x =
        -log(0.8 * exp(log_normal(0.7, 0.0, 1.0)) + 0.2 * exp(log_normal(0.7, 1.0, 1.0)));

    assert_close(loss_of(&p), x, 1e-14); /* summed out: integrates to 1 */
    p.loss = conditioned_loss;
    p.options = &one;
    assert_close(loss_of(&p), x, 1e-14); /* observed: masked away */
    assert_ok(w);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("enumeration");
    TCase *published = new_case(suite, "published"), *chains = new_case(suite, "chains"),
          *plates = new_case(suite, "plates"), *rules = new_case(suite, "rules");

    tcase_add_loop_test(
        published, pyros_chain_of_three_has_pyros_losses, 0, (int)(sizeof THREE / sizeof *THREE));
    tcase_add_loop_test(published, a_mask_may_vary_over_what_is_summed_out, 0, 3);
    tcase_add_loop_test(published, a_mixture_of_diagonal_normals_has_pyros_loss, 0, 2);
    tcase_add_test(published, gradients_of_a_chain_under_uniform_states_are_pyros);
    tcase_add_test(published, a_mixture_with_full_covariances_has_its_closed_form);
    tcase_add_test(published, the_order_of_the_rows_does_not_matter);
    tcase_add_loop_test(chains, a_chain_agrees_with_the_forward_algorithm, 0, 4);
    tcase_add_test(chains, masked_variables_of_a_ragged_chain_integrate_to_1);
    tcase_add_test(chains, a_second_order_chain_agrees_with_the_sum_over_all_paths);
    tcase_add_test(plates, three_levels_of_plates_agree_with_nested_sums);
    tcase_add_test(plates, topics_of_words_in_documents_have_their_closed_form);
    tcase_add_test(plates, crossed_plates_have_their_closed_form);
    tcase_add_test(plates, two_variables_in_a_plate_and_one_outside_agree_with_nested_sums);
    tcase_add_loop_test(rules, scales_and_minibatches_stand_outside_the_log, 0, 2);
    tcase_add_test(rules, a_subsampled_plate_inside_what_is_summed_out_is_refused);
    tcase_add_test(rules, sites_that_are_summed_together_must_have_one_scale);
    tcase_add_test(rules, a_diamond_of_plates_is_refused);
    tcase_add_test(rules, a_sum_that_would_blow_up_is_refused_before_it_does);
    tcase_add_test(rules, impossible_values_give_no_nan);
    tcase_add_test(rules, data_that_no_value_explains_are_reported);
    tcase_add_test(rules, a_condition_around_the_loss_makes_a_site_observed);
    return run_suite(suite);
}
