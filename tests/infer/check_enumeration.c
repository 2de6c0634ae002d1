/* Exact sums over discrete variables, against closed forms, recursions and published numbers. */
#include "tests/support/fit.h"

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

int main(void)
{
    Suite *suite = suite_create("enumeration");
    TCase *published = new_case(suite, "published"), *chains = new_case(suite, "chains");

    tcase_add_loop_test(
        published, pyros_chain_of_three_has_pyros_losses, 0, (int)(sizeof THREE / sizeof *THREE));
    tcase_add_loop_test(published, a_mask_may_vary_over_what_is_summed_out, 0, 3);
    tcase_add_loop_test(published, a_mixture_of_diagonal_normals_has_pyros_loss, 0, 2);
    tcase_add_test(published, a_mixture_with_full_covariances_has_its_closed_form);
    tcase_add_test(published, the_order_of_the_rows_does_not_matter);
    tcase_add_loop_test(chains, a_chain_agrees_with_the_forward_algorithm, 0, 4);
    tcase_add_test(chains, masked_variables_of_a_ragged_chain_integrate_to_1);
    tcase_add_test(chains, a_second_order_chain_agrees_with_the_sum_over_all_paths);
    tcase_add_test(published, gradients_of_a_chain_under_uniform_states_are_pyros);
    return run_suite(suite);
}
