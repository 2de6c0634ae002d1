/* Random models and guides against brute force over every assignment (tests/support/brute_force.h):
 * losses and gradients with any mixture of enumeration in model and guide and of draws, eager and
 * compiled. */
#include "tests/support/brute_force.h"
#include "tests/support/fit.h"
#include "tests/support/random_programs.h"

enum { PAIRS = 400 };

/* --- the mean over the draws -------------------------------------------------------------------- */

/* The value of variable i in a member of a set, for a draw without rows. */
static int drawn_value(const given_pair *g, int i, int set, int m)
{
    const int own = pair_project(g->r, set, m, g->r->v[i].set);

    return (int)g->draw[i][pair_full(g->r, g->r->v[i].set, own)];
}

/* The probability of the values of a draw: of one member, in one row of its table. */
static double q_of_draw(const given_pair *g, const brute_force *b, int i, int m, int row)
{
    const random_pair *r = g->r;
    const pair_variable *v = &r->v[i];
    const pair_table *t = &v->guide;
    const int rows = pair_draw_rows(r, i);
    const int value = (int)g->draw[i][pair_full(r, v->set, m) * rows + row];

    if (rows == 1 && t->n > 0) {
        row = drawn_value(g, t->given[0], v->set, m);
        if (t->n > 1)
            row = row * t->sizes[1] + drawn_value(g, t->given[1], v->set, m);
    }
    return exp(b->log_p[b->guide_entry[i] + row * v->k + value]);
}

static double q_of_draws(const given_pair *g, const brute_force *b)
{
    double q = 1.0;

    for (int i = 0; i < g->r->n; i++)
        if (g->r->v[i].how == DRAWN_IT)
            for (int m = 0; m < pair_members(g->r, g->r->v[i].set, false); m++)
                for (int row = 0; row < pair_draw_rows(g->r, i); row++)
                    q *= q_of_draw(g, b, i, m, row);
    return q;
}

static bool next_draws(given_pair *g)
{
    for (int i = 0; i < g->r->n; i++) {
        const pair_variable *v = &g->r->v[i];
        const int rows = v->how == DRAWN_IT ? pair_draw_rows(g->r, i) : 0;
        for (int m = 0; m < pair_members(g->r, v->set, false); m++)
            for (int row = 0; row < rows; row++) {
                double *value = &g->draw[i][pair_full(g->r, v->set, m) * rows + row];
                if (++*value < v->k)
                    return true;
                *value = 0.0;
            }
    }
    return false;
}

/* --- losses and gradients ----------------------------------------------------------------------- */

/* Of all tables and coefficients, by what they belong to. */
typedef struct gradients {
    double model[MAX_VARIABLES][TABLE], guide[MAX_VARIABLES][TABLE];
    double loc[MAX_VARIABLES], slope[MAX_VARIABLES];
} gradients;

static void brute_gradients(const brute_force *b, gradients *g)
{
    const random_pair *r = b->r;

    memset(g, 0, sizeof *g);
    for (int i = 0; i < r->n; i++) {
        const pair_variable *v = &r->v[i];
        pair_table_gradient(b, &v->model, v->k, b->model_entry[i], g->model[i]);
        if (pair_in_guide(v))
            pair_table_gradient(b, &v->guide, v->k, b->guide_entry[i], g->guide[i]);
        pair_y_gradient(b, i, &g->loc[i], &g->slope[i]);
    }
}

static void add_param(wick *w, const char *name, int i, double q, double *sum)
{
    double x[TABLE];
    const size_t n = wick_param_size(w, wick_name(w, "%s_%d", name, i));

    wick_param_get(w, wick_name(w, "%s_%d", name, i), x, n);
    for (size_t e = 0; e < n; e++)
        sum[e] += q * x[e];
}

static void add_gradients(wick *w, const random_pair *r, double q, gradients *g)
{
    for (int i = 0; i < r->n; i++) {
        add_param(w, "model", i, q, g->model[i]);
        if (pair_in_guide(&r->v[i]))
            add_param(w, "guide", i, q, g->guide[i]);
        if (r->v[i].observed) {
            add_param(w, "loc", i, q, &g->loc[i]);
            add_param(w, "slope", i, q, &g->slope[i]);
        }
    }
}

/* The mean of loss and gradients over all draws; the code of an error in *code. */
static double loss_in_the_mean(
    const random_pair *r, const brute_force *b, bool compile, gradients *g, wick *report)
{
    given_pair given = { .r = r };
    double loss = 0.0;

    memset(g, 0, sizeof *g);
    do {
        const double q = q_of_draws(&given, b);
        wick *w = wick_new(NULL);
        wick_svi *svi = wick_svi_new(w, (wick_program){ pair_model, &given },
            (wick_program){ pair_guide, &given },
            &(wick_svi_options){ .loss = wick_trace_enum_elbo,
                .compile = compile,
                .optim = { .update = show_gradient } });
        loss += q * wick_svi_step(svi);
        if (wick_status(w) != WICK_OK)
            wick_fail(report, wick_status(w), "%s", wick_message(w));
        else
            add_gradients(w, r, q, g);
        wick_svi_free(svi);
        wick_free(w);
    } while (wick_status(report) == WICK_OK && next_draws(&given));
    return loss;
}

static void assert_tables(const char *what, int i, int n, const double *got, const double *want)
{
    for (int e = 0; e < n; e++)
        ck_assert_msg(fabs(got[e] - want[e]) <= 1e-10 * fmax(1.0, fabs(want[e])),
            "d loss / d %s_%d[%d] is %.17g, want %.17g", what, i, e, got[e], want[e]);
}

static void assert_gradients(const random_pair *r, const gradients *got, const gradients *want)
{
    for (int i = 0; i < r->n; i++) {
        const pair_variable *v = &r->v[i];
        assert_tables("model", i, pair_rows(&v->model) * v->k, got->model[i], want->model[i]);
        if (pair_in_guide(v))
            assert_tables("guide", i, pair_rows(&v->guide) * v->k, got->guide[i], want->guide[i]);
        assert_tables("loc", i, 1, &got->loc[i], &want->loc[i]);
        assert_tables("slope", i, 1, &got->slope[i], &want->slope[i]);
    }
}

/* A refusal must be due, and what is due must be refused. */
static void assert_refusal(wick *report, const random_pair *r)
{
    ck_assert_msg(pair_is_biased(r) || pair_is_coupled(r), "refused: %s", wick_message(report));
    ck_assert_int_eq(wick_status(report), WICK_ERR_SHAPE);
    ck_assert_msg((pair_is_biased(r) && strstr(wick_message(report), "is subsampled, and '")) ||
            (pair_is_coupled(r) && strstr(wick_message(report), "not a tree of plates")) ||
            (pair_is_coupled(r) && strstr(wick_message(report), "one value at a time")),
        "%s", wick_message(report));
}

START_TEST(a_random_guide_has_the_loss_and_the_gradients_of_the_sum_over_all_assignments)
{
    const random_pair r = pair_make((uint64_t)_i, true);
    brute_force b;
    gradients want;

    pair_solve(&b, &r);
    brute_gradients(&b, &want);
    for (int compile = 0; compile < 2; compile++) {
        gradients got;
        wick *report = wick_new(NULL);
        const double loss = loss_in_the_mean(&r, &b, compile, &got, report);
        if (wick_status(report) != WICK_OK) {
            assert_refusal(report, &r);
        } else {
            ck_assert(!pair_is_biased(&r) && !pair_is_coupled(&r));
            assert_close(loss, b.loss, 1e-12);
            assert_gradients(&r, &got, &want);
        }
        wick_free(report);
    }
}
END_TEST

/* Differences at six points of the brute force itself, in one entry of each table. */
START_TEST(the_derivatives_of_the_brute_force_agree_with_differences_of_it)
{
    static const double WEIGHT[] = { 45.0 / 60.0, -9.0 / 60.0, 1.0 / 60.0 };
    random_pair r = pair_make((uint64_t)_i, true);
    brute_force b, at;
    gradients want;

    pair_solve(&b, &r);
    brute_gradients(&b, &want);
    for (int i = 0; i < r.n; i++) {
        double *x[] = { &r.v[i].model.logit[1], &r.v[i].loc, &r.v[i].slope,
            &r.v[i].guide.logit[1] };
        const double slope[] = { want.model[i][1], want.loc[i], want.slope[i], want.guide[i][1] };
        for (int j = 0; j < (pair_in_guide(&r.v[i]) ? 4 : 3); j++) {
            const double kept = *x[j], h = 3e-3;
            double sum = 0.0;
            for (int k = 0; k < 3; k++)
                for (int sign = -1; sign <= 1; sign += 2) {
                    *x[j] = kept + sign * (k + 1) * h;
                    pair_solve(&at, &r);
                    sum += sign * WEIGHT[k] * at.loss;
                }
            *x[j] = kept;
            assert_close(slope[j], sum / h, 1e-9);
        }
    }
}
END_TEST

START_TEST(the_random_guides_have_something_of_everything)
{
    int answered = 0, biased = 0, minibatch = 0, how[4] = { 0 }, nested = 0, chains = 0, rows = 0,
        masks = 0, scales = 0, wide = 0, mixed = 0;

    for (uint64_t s = 0; s < PAIRS; s++) {
        const random_pair r = pair_make(s, true);
        int kinds = 0;
        biased += pair_is_biased(&r);
        if (pair_is_biased(&r) || pair_is_coupled(&r))
            continue;
        answered++;
        for (int i = 0; i < r.n; i++) {
            const pair_variable *v = &r.v[i];
            how[v->how]++;
            kinds |= 1 << v->how;
            minibatch += pair_plate_scale(&r, v->set) > 1.0;
            nested += v->set == 7 && pair_members(&r, 7, false) > 1;
            rows += v->how == DRAWN_IT && pair_draw_rows(&r, i) > 1;
            masks += v->guide_masked && pair_in_guide(v);
            scales += v->model_scale != 1.0;
            wide += v->k == MAX_K;
        }
        chains += r.n == MAX_VARIABLES;
        mixed += kinds == 15;
    }
    ck_assert_int_gt(answered, PAIRS / 2);
    ck_assert_int_gt(biased, 5);
    for (int h = 0; h < 4; h++)
        ck_assert_int_gt(how[h], 100);
    ck_assert_int_gt(minibatch, 50);
    ck_assert_int_gt(nested, 30);
    ck_assert_int_gt(chains, 10);
    ck_assert_int_gt(rows, 20);
    ck_assert_int_gt(masks, 100);
    ck_assert_int_gt(scales, 100);
    ck_assert_int_gt(wide, 20);
    ck_assert_int_gt(mixed, 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random_guides");
    TCase *losses = new_case(suite, "losses");

    tcase_add_loop_test(losses,
        a_random_guide_has_the_loss_and_the_gradients_of_the_sum_over_all_assignments, 0, PAIRS);
    tcase_add_loop_test(
        losses, the_derivatives_of_the_brute_force_agree_with_differences_of_it, 0, 10);
    tcase_add_test(losses, the_random_guides_have_something_of_everything);
    return run_suite(suite);
}
