/* Eliminations by maximum and by draw in compiled steps: tiles choose what the whole plate does. */
#include "tests/support/suite.h"

#include "tape/mixture.h"

enum { ROWS = 3001, VALUES = 4, RUNS = 4 };

typedef struct choice {
    wicki_elimination how;
    bool whole;
    double y[ROWS];
} choice;

/* Over rows: sum (or best, or a draw) of v in 0 .. 3 of a y v + b v; its adjoints say which v. */
static wick_var chosen(wick *w, void *arg)
{
    const choice *c = arg;
    const wick_var a = wick_param(w, "a", wick_init_num(0.6), wick_real());
    const wick_var b = wick_param(w, "b", wick_init_num(-0.2), wick_real());
    const wicki_dim dim = {
        .kind = WICKI_ENUMERATED, .name = wick_name(w, "v"), .size = VALUES, .full = VALUES
    };
    wick_var total = WICK_VAR_NONE;

    WICK_PLATE (w, "rows", ROWS) {
        const uint32_t d = wicki_dim_new(w, &dim);
        const wick_var v = wicki_var_of(w, wicki_coordinate(w, d));
        const wick_var y = wick_data(w, c->y, ROWS);
        const wick_var factor[2] = { wick_mul(wick_mul(a, y), v), wick_mul(b, v) };
        w->random = (wicki_random){ w->seed, w->tape->runs, 5 };
        w->random_key = wicki_random_key(&w->random, w->step);
        wick_node *nodes[2] = { wicki_node_of(w, "test", factor[0]),
            wicki_node_of(w, "test", factor[1]) };
        total = wicki_var_of(w, wicki_mixture_total(w, c->how, 2, nodes, d, 1.0));
    }
    if (c->whole)
        wick_value(a); /* a program that reads values is not tiled */
    return total;
}

/* Value and gradients of some runs. */
static void run(choice *c, const wick_graph_options *options, double (*out)[3])
{
    wick *w = wick_new(&(wick_options){ .seed = 12 });
    wick_graph *g = wick_graph_new(w, chosen, c, options);

    for (int i = 0; i < RUNS; i++) {
        out[i][0] = wick_graph_run(g);
        wick_graph_gradient(g, "a", &out[i][1], 1);
        wick_graph_gradient(g, "b", &out[i][2], 1);
    }
    assert_ok(w);
    wick_graph_free(g);
    wick_free(w);
}

START_TEST(tiles_choose_what_the_whole_plate_does)
{
    static const wick_graph_options OPTIONS[] = { { .tile = 8 }, { .tile = 136, .threads = 2 },
        { .tile = 1024 } };
    choice c = { .how = _i ? WICKI_DRAW : WICKI_MAX };
    double want[RUNS][3], got[RUNS][3];

    for (int i = 0; i < ROWS; i++)
        c.y[i] = 1.5 * sin(1.7 * i);
    c.whole = true;
    run(&c, NULL, want);
    c.whole = false;
    for (size_t o = 0; o < sizeof OPTIONS / sizeof *OPTIONS; o++) {
        run(&c, &OPTIONS[o], got);
        for (int i = 0; i < RUNS; i++) {
            assert_close(got[i][0], want[i][0], 1e-12);
            assert_close(got[i][1], want[i][1], 1e-12);
            ck_assert_double_eq(got[i][2], want[i][2]); /* a sum of whole numbers */
        }
    }
    for (int i = 1; i < RUNS; i++) /* each run draws anew, and a maximum is what it was */
        ck_assert((want[i][2] == want[0][2]) == (c.how == WICKI_MAX));
}
END_TEST

START_TEST(a_maximum_chooses_by_the_sign)
{
    choice c = { .how = WICKI_MAX };
    double got[RUNS][3], value = 0.0, of_a = 0.0, of_b = 0.0;

    for (int i = 0; i < ROWS; i++) {
        c.y[i] = 1.5 * sin(1.7 * i);
        const double slope = 0.6 * c.y[i] - 0.2;
        value += slope > 0.0 ? 3.0 * slope : 0.0;
        of_a += slope > 0.0 ? 3.0 * c.y[i] : 0.0;
        of_b += slope > 0.0 ? 3.0 : 0.0;
    }
    run(&c, NULL, got);
    assert_close(got[RUNS - 1][0], value, 1e-12);
    assert_close(got[RUNS - 1][1], of_a, 1e-12);
    ck_assert_double_eq(got[RUNS - 1][2], of_b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("graph choice");
    TCase *tests = new_case(suite, "graph choice");

    tcase_add_loop_test(tests, tiles_choose_what_the_whole_plate_does, 0, 2);
    tcase_add_test(tests, a_maximum_chooses_by_the_sign);
    return run_suite(suite);
}
