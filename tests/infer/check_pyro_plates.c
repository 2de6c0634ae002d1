/* Pyro's tests of enumeration (pyro-ppl/pyro, tests/infer/test_enum.py), each eager and compiled: sites that
 * are summed out in the model.
 * Figures are those of the formulas named at each test, in double precision, or stand in Pyro's
 * file; "loops" are the same model with a name for each member instead of a plate. */
#include "tests/support/outcome.h"

/* --- test_elbo_enumerate_plates_1 ... 7 ------------------------------------------------------------------- */

/*
 * Variables summed out in plates, or in loops: [name][i][j].
 * 1: a -> b in one plate, c -> d in another; 2: a outside, b and c in one each; 3: a outside, b in
 * both; 4: a -> [b -> [c]]; 5: c depends on a too; 6: a -> b in one, a -> c in the other, d of both
 * in both; 7: d of b and e of c, each in both.
 */
typedef struct plates {
    int which;
    bool m_plate, n_plate;
    double scale;
    wick_var pa, pb, pc, pd, pe, a, b[3], c[3];
    size_t i;
    const char *inner, *outer;
    size_t m, n;
} plates;

static const double PA[] = { 0.45, 0.55 }, PB[] = { 0.6, 0.4, 0.4, 0.6 },
                    PC[] = { 0.75, 0.25, 0.55, 0.45 },
                    PD[] = { 0.4, 0.6, 0.3, 0.7, 0.3, 0.7, 0.2, 0.8 },
                    PE[] = { 0.4, 0.6, 0.3, 0.7 };
static const double SEEN[3][3] = { { 0, 1, 0 }, { 0, 0, 1 }, { 1, 0, 0 } };

static wick_var pick2(wick_var table, wick_var i, wick_var j)
{
    return wick_at(wick_at(table, i), j);
}

/* Data of n members of one plate, from the first row; or of one in a loop. */
static wick_var row_data(wick *w, bool plate, size_t n, size_t i)
{
    return plate ? wick_data(w, SEEN[0], n) : wick_num(w, SEEN[0][i]);
}

/* Data of both; m is outside. */
static wick_var grid_data(wick *w, const plates *p, size_t i, size_t j)
{
    static double grid[4][9]; /* [m in a plate, n too][member] */
    const int kind = 2 * p->m_plate + p->n_plate;

    for (size_t a = 0; a < p->m; a++)
        for (size_t b = 0; b < p->n; b++)
            grid[3][a * p->n + b] = SEEN[a][b];
    if (kind == 3)
        return wick_data(w, grid[3], p->m * p->n);
    if (kind == 0)
        return wick_num(w, SEEN[i][j]);
    if (kind == 1)
        return wick_data(w, SEEN[i], p->n);
    static double column[3][3];
    for (size_t a = 0; a < p->m; a++)
        column[j][a] = SEEN[a][j];
    return wick_data(w, column[j], p->m);
}

static void plates_m(wick *w, size_t i, void *arg)
{
    plates *p = arg;
    const char *name = wick_name(w, "b_%zu", i);

    if (p->which == 1) {
        const wick_var a = wick_sample(w, wick_name(w, "a_%zu", i), wick_categorical(p->pa));
        wick_observe(
            w, name, wick_categorical(wick_take(p->pb, a)), row_data(w, p->m_plate, p->m, i));
    } else if (p->which == 2) {
        wick_observe(
            w, name, wick_categorical(wick_take(p->pb, p->a)), row_data(w, p->m_plate, p->m, i));
    } else {
        p->b[i] = wick_sample(w, name, wick_categorical(wick_take(p->pb, p->a)));
    }
}

static void plates_n(wick *w, size_t j, void *arg)
{
    plates *p = arg;
    const wick_var x = row_data(w, p->n_plate, p->n, j);

    if (p->which == 1) {
        const wick_var c =
            wick_sample(w, wick_name(w, "c_%zu", j), wick_categorical(wick_pick(p->pc, 0)));
        wick_observe(w, wick_name(w, "d_%zu", j), wick_categorical(wick_take(p->pe, c)), x);
    } else if (p->which == 2) {
        wick_observe(w, wick_name(w, "c_%zu", j), wick_categorical(wick_take(p->pc, p->a)), x);
    } else {
        p->c[j] =
            wick_sample(w, wick_name(w, "c_%zu", j), wick_categorical(wick_take(p->pc, p->a)));
    }
}

static void plates_both(wick *w, size_t j, void *arg)
{
    const plates *p = arg;
    const wick_var x = grid_data(w, p, p->i, j), b = p->b[p->i], c = p->c[j];
    const wick_var row = p->which == 3 ? wick_take(p->pb, p->a)
        : p->which == 4                ? wick_take(p->pe, b)
        : p->which == 5                ? pick2(p->pd, p->a, b)
        : p->which == 6                ? pick2(p->pd, b, c)
                                       : wick_take(p->pe, b);

    wick_observe(w, wick_name(w, "y_%zu_%zu", p->i, j), wick_categorical(row), x);
    if (p->which == 7)
        wick_observe(
            w, wick_name(w, "e_%zu_%zu", p->i, j), wick_categorical(wick_take(p->pe, c)), x);
}

static void plates_rows(wick *w, size_t i, void *arg)
{
    plates *p = arg;

    p->i = i;
    if (p->which == 4 || p->which == 5)
        plates_m(w, i, p);
    each_member(w, p->n_plate, "n", p->n, plates_both, p);
}

static void plates_model(wick *w, void *arg)
{
    plates p = *(const plates *)arg;

    p.m = 2;
    p.n = p.which <= 2 ? 3 : 2;
    p.pa = simplex(w, "pa", 2, PA);
    p.pb = simplexes(w, "pb", 2, 2, PB);
    p.pc = simplexes(w, "pc", 2, 2, PC);
    p.pd = wick_param(w, "pd", wick_init_values(PD, 2, 2, 2), wick_simplex());
    p.pe = simplexes(w, "pe", 2, 2, PE);
    WICK_WITH (w, wick_scale(w, p.scale)) {
        if (p.which > 1)
            p.a = wick_sample(w, "a", wick_categorical(p.pa));
        if (p.which <= 2 || p.which >= 6) {
            each_member(w, p.m_plate, "m", p.m, plates_m, &p);
            each_member(w, p.n_plate, "n", p.n, plates_n, &p);
        }
        if (p.which > 2)
            each_member(w, p.m_plate, "m", p.m, plates_rows, &p);
    }
}

START_TEST(plates_of_summed_variables_are_the_same_as_loops)
{
    plates p = { .which = 1 + _i / 2, .scale = _i & 1 ? 10.0 : 1.0 };
    const outcome loops = checked(plates_model, do_nothing, &p);
    const int most = p.which == 6 ? 2 : 3;

    ck_assert_double_gt(loops.loss, 1.0);
    for (int ways = 1; ways <= most; ways++) {
        p.m_plate = ways & 1;
        p.n_plate = ways >> 1;
        const outcome o = checked(plates_model, do_nothing, &p);
        assert_alike(&o, &loops);
    }
}
END_TEST

START_TEST(a_diamond_is_refused_only_if_both_are_plates)
{
    plates p = { .which = 6, .scale = 1.0, .m_plate = true, .n_plate = true };
    wick *w = wick_new(NULL);
    const problem both = { w, { plates_model, &p }, NOTHING, wick_trace_enum_elbo, NULL };

    ck_assert_double_nan(loss_of(&both));
    assert_error(w, WICK_ERR_SHAPE, "tree of plates", "'y_0_0'", "'b_0'", "'c_0'");
    wick_free(w);
}
END_TEST

/* --- test_elbo_zip ---------------------------------------------------------------------------------------- */

static void zip_model(wick *w, void *arg)
{
    static const double Y[] = { 0.0, 1.0, 2.0 };
    const double *gate_and_rate = arg;
    const wick_var gate =
        wick_param(w, "gate", wick_init_num(gate_and_rate[0]), wick_unit_interval());
    const wick_var rate = wick_param(w, "rate", wick_init_num(gate_and_rate[1]), wick_positive());

    WICK_PLATE (w, "rows", 3) {
        const wick_var y = wick_data(w, Y, 3);
        const wick_var none = wick_sample(w, "mask", wick_bernoulli(gate));
        WICK_WITH (w, wick_mask(w, wick_equal(none, 0.0)))
            wick_observe(w, "counted", wick_poisson(rate), y);
        WICK_WITH (w, wick_mask(w, none))
            wick_observe(w, "none", wick_delta(0.0), y);
    }
}

/* In the coordinates that a gate and a rate are kept in: logit, log. */
static double zip_by_hand(const double *x)
{
    const double gate = 1.0 / (1.0 + exp(-x[0])), rate = exp(x[1]);

    return -log(gate + (1.0 - gate) * exp(-rate)) - log((1.0 - gate) * exp(-rate) * rate) -
        log((1.0 - gate) * exp(-rate) * rate * rate / 2.0);
}

START_TEST(zero_inflated_counts_have_pyros_losses)
{
    static const double CASES[][3] = { { 0.1, 1.0, 3.745303133 }, { 0.5, 1.0, 4.459327035 },
        { 0.9, 3.0, 8.102324364 }, { 0.25, 0.1, NAN }, { 0.75, 3.0, NAN } };
    double x[2] = { CASES[_i][0], CASES[_i][1] };
    const outcome o = checked(zip_model, do_nothing, x);

    x[0] = log(x[0] / (1.0 - x[0]));
    x[1] = log(x[1]);
    assert_close(o.loss, zip_by_hand(x), 1e-13);
    if (!isnan(CASES[_i][2]))
        ck_assert_double_eq_tol(o.loss, CASES[_i][2], 5e-9);
    for (int i = 0; i < 2; i++)
        assert_close(o.gradient[i], slope_of(zip_by_hand, x, i), 1e-9);
}
END_TEST

/* --- test_multi_dependence_enumeration ----------------------------------------------------------------------- */

enum { STATES = 5, WIDTH = 2, ROWS = 2, SEEN_EACH = 3 };

/* x is observed, y is not; both depend on s. */
static void shared_state(wick *w, void *arg)
{
    const wick_var pi = wick_param(w, "pi", wick_init_fill(1.0 / STATES, STATES), wick_simplex());

    WICK_PLATE (w, "data", ROWS) {
        const wick_var mu = wick_sample(w, "mu", wick_iid(wick_normal(0.0, 1.0), STATES, WIDTH));
        WICK_PLATE (w, "observations", SEEN_EACH) {
            const wick_var s = wick_sample(w, "s", wick_categorical(pi));
            const wick_dist at = wick_normal(wick_at(mu, s), 0.5);
            wick_observe(w, "x", at, wick_data(w, arg, ROWS * SEEN_EACH * WIDTH, WIDTH));
            wick_sample(w, "y", at);
        }
    }
}

static wick_var start_of(wick *w, const wick_site *site, void *arg)
{
    static const double MU[] = { 0.1, 0.5, -0.7, 0.2, 0.9, -1.2, 0.3, 0.8, -0.4, 0.6 };

    return strcmp(site->name, "mu") == 0
        ? wick_const(w, MU, STATES, WIDTH)
        : wick_mul(wick_data(w, arg, ROWS * SEEN_EACH * WIDTH, WIDTH), 0.9);
}

START_TEST(two_densities_on_one_summed_variable_hand_on_gradients_of_its_weights)
{
    double x[ROWS * SEEN_EACH * WIDTH], gradient[64] = { 0.0 };
    wick *w = wick_new(NULL);
    const wick_program model = { shared_state, x };

    for (int i = 0; i < ROWS * SEEN_EACH * WIDTH; i++)
        x[i] = 1.2 * sin(2.3 * i + 0.4);
    wick_guide *guide =
        wick_auto_delta_new(w, model, &(wick_auto_options){ .init = start_of, .init_arg = x });
    const problem p = { w, model, wick_guide_program(guide), wick_trace_enum_elbo, NULL };
    assert_gradient(&p, 1e-8);
    gradient_of(&p, gradient);
    size_t at = 0, found = 0;
    for (size_t i = 0; i < wick_param_count(w); i++) {
        const char *name = wick_param_name(w, i);
        for (size_t k = 0; k < wick_param_size(w, name); k++, at++)
            found += strcmp(name, "pi") == 0 && fabs(gradient[at]) > 1e-3;
    }
    ck_assert_uint_ge(found, 2);
    wick_guide_free(guide);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pyro_plates");
    TCase *tests = new_case(suite, "plates");

    tcase_add_loop_test(tests, plates_of_summed_variables_are_the_same_as_loops, 0, 14);
    tcase_add_test(tests, a_diamond_is_refused_only_if_both_are_plates);
    tcase_add_loop_test(tests, zero_inflated_counts_have_pyros_losses, 0, 5);
    tcase_add_test(tests, two_densities_on_one_summed_variable_hand_on_gradients_of_its_weights);
    return run_suite(suite);
}
