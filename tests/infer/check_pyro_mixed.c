/* Pyro's tests of enumeration (pyro-ppl/pyro, tests/infer/test_enum.py), each eager and compiled: sites in
 * guide and model together.
 * Figures are those of the formulas named at each test, in double precision, or stand in Pyro's
 * file; "loops" are the same model with a name for each member instead of a plate. */
#include "tests/support/outcome.h"

/* --- test_elbo_enumerate_1, 2, 3, plate_1, 3 -------------------------------------------------------- */

/* x in the guide, y summed out in the model, z observed: alone, or in a plate. */
typedef struct three {
    double scale_all, scale_yz;
    bool z_depends;
    size_t n; /* of a plate; 0: there is none */
    bool all_in_plate, masked, loops;
    how how;
} three;

static const double Z_DATA[] = { 0.0, 1.0, 0.0 }, Z_MASK[] = { 1.0, 1.0, 0.0 };
static const double X3[] = { 0.4, 0.6 }, Y3[] = { 0.75, 0.25, 0.55, 0.45 },
                    Z3[] = { 0.3, 0.7, 0.2, 0.8 }, G3[] = { 0.1, 0.9 };

typedef struct three_params {
    wick_var x, y, z, guide;
} three_params;

static three_params three_params_of(wick *w)
{
    return (three_params){ simplex(w, "model_x", 2, X3), simplexes(w, "model_y", 2, 2, Y3),
        simplexes(w, "model_z", 2, 2, Z3), simplex(w, "guide_x", 2, G3) };
}

static wick_dist z_dist(const three *t, const three_params *p, wick_var y)
{
    return wick_categorical(t->z_depends ? wick_take(p->z, y) : wick_pick(p->z, 0));
}

static wick_var three_mask(wick *w, const three *t)
{
    return t->masked ? wick_data(w, Z_MASK, t->n) : wick_num(w, 1.0);
}

static void three_outside(wick *w, const three *t, const three_params *p)
{
    const wick_var x = wick_sample(w, "x", wick_categorical(p->x));

    WICK_WITH (w, wick_scale(w, t->scale_yz)) {
        const wick_var y = wick_sample(w, "y", wick_categorical(wick_take(p->y, x)));
        if (t->n == 0)
            wick_observe(w, "z", z_dist(t, p, y), wick_num(w, 0.0));
        else
            WICK_PLATE (w, "rows", t->n)
                WICK_WITH (w, wick_mask(w, three_mask(w, t)))
                    wick_observe(w, "z", z_dist(t, p, y), wick_data(w, Z_DATA, t->n));
    }
}

static void three_within(wick *w, const three *t, const three_params *p)
{
    for (size_t i = 0; i < t->n && t->loops; i++) {
        const wick_var x = wick_sample(w, wick_name(w, "x_%zu", i), wick_categorical(p->x));
        const wick_var y =
            wick_sample(w, wick_name(w, "y_%zu", i), wick_categorical(wick_take(p->y, x)));
        wick_observe(w, wick_name(w, "z_%zu", i), z_dist(t, p, y), wick_num(w, Z_DATA[i]));
    }
    if (t->loops)
        return;
    WICK_PLATE (w, "rows", t->n)
        WICK_WITH (w, wick_mask(w, three_mask(w, t))) {
            const wick_var x = wick_sample(w, "x", wick_categorical(p->x));
            const wick_var y = wick_sample(w, "y", wick_categorical(wick_take(p->y, x)));
            wick_observe(w, "z", z_dist(t, p, y), wick_data(w, Z_DATA, t->n));
        }
}

static void three_model(wick *w, void *arg)
{
    const three *t = arg;
    const three_params p = three_params_of(w);

    WICK_WITH (w, wick_scale(w, t->scale_all))
        (t->all_in_plate ? three_within : three_outside)(w, t, &p);
}

static void three_guide(wick *w, void *arg)
{
    const three *t = arg;
    const three_params p = three_params_of(w);
    const wick_dist x = marked(wick_categorical(p.guide), t->how);

    WICK_WITH (w, wick_scale(w, t->scale_all)) {
        if (!t->all_in_plate)
            wick_sample(w, "x", x);
        for (size_t i = 0; t->loops && i < t->n; i++)
            wick_sample(w, wick_name(w, "x_%zu", i), x);
        if (t->all_in_plate && !t->loops)
            WICK_PLATE (w, "rows", t->n)
                WICK_WITH (w, wick_mask(w, three_mask(w, t)))
                    wick_sample(w, "x", x);
    }
}

static const struct {
    three three;
    double loss;
} THREE[] = {
    { { 1, 1, false, 0, false, false, false, 0 }, 1.430261966 }, /* 1: y integrates to 1 */
    { { 1, 1, true, 0, false, false, false, 0 }, 1.585230140 },  /* 2 */
    { { 10, 1, true, 0, false, false, false, 0 }, 15.852301398 },
    { { 1, 10, true, 0, false, false, false, 0 }, 13.815698947 }, /* 3 */
    { { 1, 1, true, 2, false, false, false, 0 }, 1.895069621 },   /* plate_1 */
    { { 1, 10, true, 2, false, false, false, 0 }, 16.914093758 },
    { { 1, 1, true, 3, false, true, false, 0 }, 1.895069621 }, /* the third row masked */
    { { 1, 10, true, 3, false, true, false, 0 }, 16.914093758 },
};

/* The gradients in the parameters of x, y and z: by the sum over x of that over y. */
static double three_by_hand(const three *t, int x)
{
    double evidence = 0.0;

    for (int y = 0; y < 2; y++) {
        double p = Y3[2 * x + y];
        for (size_t i = 0; i < (t->n == 0 ? 1 : t->n); i++)
            if (!(t->masked && Z_MASK[i] == 0.0))
                p *= Z3[(t->z_depends ? 2 * y : 0) + (int)Z_DATA[i]];
        evidence += p;
    }
    return t->scale_all * (log(G3[x]) - log(X3[x]) - t->scale_yz * log(evidence));
}

START_TEST(x_in_the_guide_and_y_in_the_model_have_pyros_losses)
{
    three t = THREE[_i / 2].three;
    t.how = _i & 1 ? PARALLEL : SEQUENTIAL;
    const outcome o = checked(three_model, three_guide, &t);
    const double cost[] = { three_by_hand(&t, 0), three_by_hand(&t, 1) };
    const size_t guide_x = 10;

    ck_assert_double_eq_tol(o.loss, THREE[_i / 2].loss, 1e-9 * THREE[_i / 2].loss);
    assert_close(o.loss, 0.1 * cost[0] + 0.9 * cost[1], 1e-13);
    /* d / d logit of q: q (cost - mean cost), and of the model's x: - scale (q - p) */
    assert_close(o.gradient[guide_x], 0.1 * (cost[0] - o.loss), 1e-12);
    assert_close(o.gradient[guide_x + 1], 0.9 * (cost[1] - o.loss), 1e-12);
    assert_close(o.gradient[0], t.scale_all * (0.4 - 0.1), 1e-12);
    assert_close(o.gradient[1], t.scale_all * (0.6 - 0.9), 1e-12);
}
END_TEST

START_TEST(all_in_a_plate_is_all_in_a_loop)
{
    static const struct {
        size_t n, loops;
    } ROWS[] = { { 1, 1 }, { 2, 2 }, { 3, 2 } };
    const size_t n = ROWS[_i % 3].n;
    three t = { _i & 8 ? 10 : 1, 1, true, n, true, n == 3, false, _i & 4 ? PARALLEL : SEQUENTIAL };
    const outcome plate = checked(three_model, three_guide, &t);

    t.loops = true;
    t.masked = false;
    t.n = ROWS[_i % 3].loops;
    const outcome loops = checked(three_model, three_guide, &t);
    assert_alike(&plate, &loops);
}
END_TEST

/* --- test_elbo_enumerate_plate_5, 6, plates_8 --------------------------------------------------------- */

static const double A5[] = { 0.45, 0.55 }, B5[] = { 0.6, 0.4 }, G5[] = { 0.8, 0.2 },
                    C5[] = { 0.4, 0.5, 0.1, 0.3, 0.5, 0.2, 0.3, 0.4, 0.3, 0.4, 0.4, 0.2 };

/* a of the model outside; b of the guide; c in both. */
typedef struct global {
    bool outer_plate, inner_plate; /* of b (unless it is outside), and of c in it */
    bool b_outside;
    size_t inner;
    how how;
} global;

typedef struct global_vars {
    const global *g;
    wick_var a, b, c, guide;
    size_t i;
} global_vars;

static const double C_DATA[2][2] = { { 0.0, 1.0 }, { 0.0, 2.0 } }; /* [outer][inner] */
static const double C_ROW[] = { 1.0, 2.0 };

static global_vars global_params(wick *w, const global *g)
{
    return (global_vars){ g, simplex(w, "model_a", 2, A5), simplex(w, "model_b", 2, B5),
        wick_param(w, "model_c", wick_init_values(C5, 2, 2, 3), wick_simplex()),
        simplex(w, "guide_b", 2, G5), 0 };
}

static void global_c(wick *w, size_t j, void *arg)
{
    const global_vars *v = arg;
    const global *g = v->g;
    const wick_dist c = wick_categorical(wick_at(wick_at(v->c, v->a), v->b));
    wick_var x;

    if (g->inner == 0 || g->b_outside)
        x = g->outer_plate ? wick_data(w, C_ROW, 2) : wick_num(w, C_ROW[v->i]);
    else if (g->inner_plate)
        x = g->outer_plate ? wick_data(w, C_DATA[0], 4) : wick_data(w, C_DATA[v->i], 2);
    else
        x = wick_num(w, C_DATA[v->i][j]);
    wick_observe(w, wick_name(w, "c_%zu_%zu", v->i, j), c, x);
}

static void global_member(wick *w, size_t i, void *arg)
{
    global_vars v = *(const global_vars *)arg;

    v.i = i;
    if (!v.g->b_outside)
        v.b = wick_sample(w, wick_name(w, "b_%zu", i), wick_categorical(v.b));
    if (v.g->inner == 0)
        global_c(w, 0, &v);
    else
        each_member(w, v.g->inner_plate, "inner", v.g->inner, global_c, &v);
}

static void global_model(wick *w, void *arg)
{
    global_vars v = global_params(w, arg);

    v.a = wick_sample(w, "a", wick_categorical(v.a));
    if (v.g->b_outside)
        v.b = wick_sample(w, "b", wick_categorical(v.b));
    each_member(w, v.g->outer_plate, "outer", 2, global_member, &v);
}

static void global_b(wick *w, size_t i, void *arg)
{
    const global_vars *v = arg;

    wick_sample(w, wick_name(w, "b_%zu", i), marked(wick_categorical(v->guide), v->g->how));
}

static void global_guide(wick *w, void *arg)
{
    global_vars v = global_params(w, arg);

    if (v.g->b_outside)
        wick_sample(w, "b", marked(wick_categorical(v.guide), v.g->how));
    else
        each_member(w, v.g->outer_plate, "outer", 2, global_b, &v);
}

/* Minus log p(c | b), both b in loops, and the divergence of b: by sums. */
static double global_by_hand(size_t inner)
{
    double loss = 2.0 * (0.8 * log(0.8 / 0.6) + 0.2 * log(0.2 / 0.4));

    for (int b0 = 0; b0 < 2; b0++)
        for (int b1 = 0; b1 < 2; b1++) {
            double evidence = 0.0;
            for (int a = 0; a < 2; a++) {
                double p = A5[a];
                for (size_t j = 0; j < (inner ? inner : 1); j++)
                    for (int i = 0; i < 2; i++) {
                        const double c = inner ? C_DATA[i][j] : C_ROW[i];
                        p *= C5[6 * a + 3 * (i ? b1 : b0) + (int)c];
                    }
                evidence += p;
            }
            loss -= G5[b0] * G5[b1] * log(evidence);
        }
    return loss;
}

START_TEST(a_variable_of_the_model_over_a_loop_of_the_guide_has_its_closed_form)
{
    const how h = _i & 1 ? PARALLEL : SEQUENTIAL;
    global loops = { false, false, false, 0, h }; /* plate_5 */
    outcome o = checked(global_model, global_guide, &loops);

    assert_close(o.loss, global_by_hand(0), 1e-13);
    loops = (global){ false, false, false, 2, h }; /* plates_8: iplate-iplate, iplate-plate */
    o = checked(global_model, global_guide, &loops);
    assert_close(o.loss, global_by_hand(2), 1e-13);
    global plate = { false, true, false, 2, h };
    const outcome inner = checked(global_model, global_guide, &plate);
    assert_alike(&inner, &o);
}
END_TEST

START_TEST(a_variable_of_the_model_over_a_plate_of_the_guide_is_refused)
{
    static const global PLATES[] = { { true, false, false, 0, PARALLEL },
        { true, true, false, 2, PARALLEL }, { true, true, false, 2, SEQUENTIAL } };
    global g = PLATES[_i];
    wick *w = wick_new(NULL);
    const problem p = { w, { global_model, &g }, { global_guide, &g }, wick_trace_enum_elbo, NULL };

    ck_assert_double_nan(loss_of(&p));
    if (g.how == PARALLEL)
        assert_error(w, WICK_ERR_SHAPE, "not a tree of plates", "couples 'b_0'", "'a'", "'outer'");
    else
        assert_error(w, WICK_ERR_SHAPE, "'b_0' is enumerated one value at a time", "'outer'",
            "loop over the members");
    wick_free(w);
}
END_TEST

/* plate_6: b outside, a of the model too, c in a plate. */
START_TEST(a_variable_of_the_guide_outside_meets_one_of_the_model_in_a_plate)
{
    const how h = _i & 1 ? PARALLEL : SEQUENTIAL;
    global plate = { true, false, true, 0, h }, loop = { false, false, true, 0, h };
    const outcome p = checked(global_model, global_guide, &plate);
    const outcome l = checked(global_model, global_guide, &loop);

    assert_alike(&p, &l);
}
END_TEST

/* --- test_elbo_enumerate_plate_7 ----------------------------------------------------------------------- */

static const double B7[] = { 0.6, 0.4, 0.4, 0.6 }, C7[] = { 0.75, 0.25, 0.55, 0.45 },
                    D7[] = { 0.4, 0.6, 0.3, 0.7, 0.3, 0.7, 0.2, 0.8 }, GA7[] = { 0.36, 0.64 },
                    GC7[] = { 0.15, 0.85, 0.7, 0.3 }, SURE7[] = { 0.0, 1.0, 1.0, 0.0 };

/* a and c in the guide, c drawn, or enumerated; b and d summed out in the model; e is observed. */
typedef struct seven {
    bool plate, drawn;
    how how;
    double scale;
    wick_var a, b, c, d, e;
} seven;

static void seven_member(wick *w, size_t i, void *arg)
{
    const seven *s = arg;
    const wick_var c =
        wick_sample(w, wick_name(w, "c_%zu", i), wick_categorical(wick_take(s->c, s->a)));
    const wick_var d =
        wick_sample(w, wick_name(w, "d_%zu", i), wick_categorical(wick_at(wick_at(s->d, s->b), c)));

    wick_observe(
        w, wick_name(w, "e_%zu", i), wick_categorical(wick_take(s->e, d)), wick_num(w, 0.0));
}

static void seven_model(wick *w, void *arg)
{
    seven s = *(const seven *)arg;

    const wick_var a = simplex(w, "model_a", 2, A5), b = simplexes(w, "model_b", 2, 2, B7);
    s.c = simplexes(w, "model_c", 2, 2, C7);
    s.d = wick_param(w, "model_d", wick_init_values(D7, 2, 2, 2), wick_simplex());
    s.e = simplexes(w, "model_e", 2, 2, C7);
    WICK_WITH (w, wick_scale(w, s.scale)) {
        s.a = wick_sample(w, "a", wick_categorical(a));
        s.b = wick_sample(w, "b", wick_categorical(wick_take(b, s.a)));
        each_member(w, s.plate, "data", 2, seven_member, &s);
    }
}

static void seven_guide_member(wick *w, size_t i, void *arg)
{
    const seven *s = arg;

    wick_sample(w, wick_name(w, "c_%zu", i),
        marked(wick_categorical(wick_take(s->c, s->a)), s->drawn ? DRAWN : s->how));
}

static void seven_guide(wick *w, void *arg)
{
    seven s = *(const seven *)arg;
    const wick_var a = simplex(w, "guide_a", 2, GA7);

    s.c = s.drawn ? wick_const(w, SURE7, 2, 2) : simplexes(w, "guide_c", 2, 2, GC7);
    WICK_WITH (w, wick_scale(w, s.scale)) {
        s.a = wick_sample(w, "a", marked(wick_categorical(a), s.how));
        each_member(w, s.plate, "data", 2, seven_guide_member, &s);
    }
}

/* A draw that is sure is exact. b outside couples the members of c: enumerated c must be in loops. */
START_TEST(a_mixture_of_enumeration_in_model_and_guide_is_the_same_in_loops)
{
    const how h = _i & 1 ? PARALLEL : SEQUENTIAL;
    seven s = { .plate = true, .drawn = true, .how = h, .scale = _i & 2 ? 10.0 : 1.0 };
    const outcome plate = checked(seven_model, seven_guide, &s);
    s.plate = false;
    const outcome loop = checked(seven_model, seven_guide, &s);
    double want = 0.0, evidence;

    assert_alike(&plate, &loop);
    for (int a = 0; a < 2; a++) {
        const int c = 1 - a;
        evidence = 0.0;
        for (int b = 0; b < 2; b++) {
            double e = 0.0;
            for (int d = 0; d < 2; d++)
                e += D7[4 * b + 2 * c + d] * C7[2 * d];
            evidence += B7[2 * a + b] * e * e;
        }
        want += GA7[a] * (log(GA7[a] / A5[a]) - 2.0 * log(C7[2 * a + c]) - log(evidence));
    }
    assert_close(plate.loss, s.scale * want, 1e-12);
    s.drawn = false;
    const outcome enumerated = checked(seven_model, seven_guide, &s);
    want = 0.0;
    for (int a = 0; a < 2; a++)
        for (int c0 = 0; c0 < 2; c0++)
            for (int c1 = 0; c1 < 2; c1++) {
                const double q = GA7[a] * GC7[2 * a + c0] * GC7[2 * a + c1];
                evidence = 0.0;
                for (int b = 0; b < 2; b++) {
                    double e[2] = { 0.0 };
                    for (int d = 0; d < 2; d++) {
                        e[0] += D7[4 * b + 2 * c0 + d] * C7[2 * d];
                        e[1] += D7[4 * b + 2 * c1 + d] * C7[2 * d];
                    }
                    evidence += B7[2 * a + b] * e[0] * e[1];
                }
                want += q * (log(q) - log(A5[a] * C7[2 * a + c0] * C7[2 * a + c1]) - log(evidence));
            }
    assert_close(enumerated.loss, s.scale * want, 1e-12);
}
END_TEST

/* --- test_elbo_scale ------------------------------------------------------------------------------------- */

static const double LOCS2[] = { -1.0, 1.0 }, MIX[] = { 0.25, 0.75 }, DATA3[] = { 0.4, -2.3, 1.9 };

static void which_model(wick *w, void *arg)
{
    const wick_var mix = simplex(w, "mix", 2, MIX);
    const wick_var locs = wick_param(w, "locs", wick_init_values(LOCS2, 2), wick_real());
    const wick_var which = wick_sample(w, "which", wick_categorical(mix));

    (void)arg;
    WICK_PLATE (w, "data", 3)
        wick_observe(w, "obs", wick_normal(wick_take(locs, which), 1.0), wick_data(w, DATA3, 3));
}

static void which_guide(wick *w, void *arg)
{
    wick_sample(w, "which", marked(wick_categorical(simplex(w, "mix", 2, MIX)), *(const how *)arg));
}

/* A component counts with its weight, which is a parameter. */
static void weighted_model(wick *w, void *arg)
{
    const wick_var mix = simplex(w, "mix", 2, MIX);
    const wick_var locs = wick_param(w, "locs", wick_init_values(LOCS2, 2), wick_real());

    (void)arg;
    for (size_t k = 0; k < 2; k++)
        WICK_PLATE (w, "data", 3) {
            const wick_var log_p =
                wick_log_prob(w, wick_normal(wick_pick(locs, k), 1.0), wick_data(w, DATA3, 3));
            wick_factor(w, wick_name(w, "obs_%zu", k), wick_mul(log_p, wick_pick(mix, k)));
        }
}

START_TEST(enumeration_in_the_guide_weighs_by_probability)
{
    how h = _i ? PARALLEL : SEQUENTIAL;
    const outcome enumerated = checked(which_model, which_guide, &h);
    const outcome weighted = checked(weighted_model, do_nothing, NULL);

    assert_alike(&enumerated, &weighted);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pyro_mixed");
    TCase *tests = new_case(suite, "mixed");

    tcase_add_loop_test(tests, x_in_the_guide_and_y_in_the_model_have_pyros_losses, 0,
        2 * sizeof THREE / sizeof *THREE);
    tcase_add_loop_test(tests, all_in_a_plate_is_all_in_a_loop, 0, 16);
    tcase_add_loop_test(
        tests, a_variable_of_the_model_over_a_loop_of_the_guide_has_its_closed_form, 0, 2);
    tcase_add_loop_test(tests, a_variable_of_the_model_over_a_plate_of_the_guide_is_refused, 0, 3);
    tcase_add_loop_test(
        tests, a_variable_of_the_guide_outside_meets_one_of_the_model_in_a_plate, 0, 2);
    tcase_add_loop_test(
        tests, a_mixture_of_enumeration_in_model_and_guide_is_the_same_in_loops, 0, 4);
    tcase_add_loop_test(tests, enumeration_in_the_guide_weighs_by_probability, 0, 2);
    return run_suite(suite);
}
