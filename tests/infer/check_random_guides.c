/* Random models and guides against brute force over every assignment (tests/support/random_pair.h):
 * losses and gradients with any mixture of enumeration in model and guide and of draws, eager and
 * compiled; and the discrete posterior of the models. */
#include "tests/support/fit.h"
#include "tests/support/random_pair.h"

#include <wick/discrete.h>

enum { PAIRS = 400, POSTERIORS = 150, DRAWN = 40 };

/* --- in wick ---------------------------------------------------------------------------------- */

/* A pair, and the values of its draws: by variable, [row of its table][full member]. */
typedef struct given_pair {
    const random_pair *r;
    double draw[MAX_VARIABLES][MAX_MEMBERS * MAX_K * MAX_K];
} given_pair;

static void enter(wick *w, const random_pair *r, int set)
{
    static const char *const NAME[PLATES] = { "a", "b", "c", "d" };

    for (int p = 0; p < PLATES; p++)
        if (pair_has(set, p))
            wick_plate_enter(w,
                &(wick_plate_options){ .name = NAME[p],
                    .size = (size_t)r->size[p],
                    .subsample = r->present[p] < r->size[p] ? (size_t)r->present[p] : 0,
                    .indices = r->present[p] < r->size[p] ? r->index[p] : NULL });
}

static void leave(wick *w, int set)
{
    for (int p = 0; p < PLATES; p++)
        if (pair_has(set, p))
            wick_exit(w);
}

static wick_var data_of(wick *w, const random_pair *r, int set, const double *x)
{
    return wick_data(w, x, (size_t)pair_members(r, set, true));
}

static wick_handler *mask_of(
    wick *w, const random_pair *r, int set, bool masked, const double *mask)
{
    return wick_mask(w, masked ? data_of(w, r, set, mask) : wick_num(w, 1.0));
}

static wick_var table_param(wick *w, const char *name, int i, const pair_table *t, int k)
{
    return wick_param(w, wick_name(w, "%s_%d", name, i),
        wick_init_values(t->logit, (size_t)(t->n > 0 ? t->sizes[0] : 1),
            (size_t)(t->n > 1 ? t->sizes[1] : 1), (size_t)k),
        wick_real());
}

static wick_var row_of(const pair_table *t, wick_var table, const wick_var *z)
{
    for (int j = 0; j < 2; j++)
        table = j < t->n ? wick_at(table, z[t->given[j]]) : wick_pick(table, 0);
    return table;
}

static void model_program(wick *w, void *arg)
{
    const random_pair *r = ((const given_pair *)arg)->r;
    wick_var z[MAX_VARIABLES], table[MAX_VARIABLES], loc[MAX_VARIABLES], slope[MAX_VARIABLES];

    for (int i = 0; i < r->n; i++) {
        const pair_variable *v = &r->v[i];
        table[i] = table_param(w, "model", i, &v->model, v->k);
        loc[i] = wick_param(w, wick_name(w, "loc_%d", i), wick_init_num(v->loc), wick_real());
        slope[i] = wick_param(w, wick_name(w, "slope_%d", i), wick_init_num(v->slope), wick_real());
    }
    for (int i = 0; i < r->n; i++) {
        const pair_variable *v = &r->v[i];
        enter(w, r, v->set);
        WICK_WITH (w, mask_of(w, r, v->set, v->model_masked, v->model_mask))
            WICK_WITH (w, wick_scale(w, v->model_scale))
                z[i] = wick_sample(w, wick_name(w, "z_%d", i),
                    wick_categorical_logits(row_of(&v->model, table[i], z)));
        leave(w, v->set);
    }
    for (int i = 0; i < r->n; i++) {
        const pair_variable *v = &r->v[i];
        if (!v->observed)
            continue;
        wick_var mean = wick_add(loc[i], wick_mul(slope[i], z[i]));
        if (v->other >= 0)
            mean = wick_add(mean, wick_mul(z[v->other], v->other_slope));
        enter(w, r, v->y_set);
        WICK_WITH (w, mask_of(w, r, v->y_set, v->masked, v->mask))
            WICK_WITH (w, wick_scale(w, v->scale))
                wick_observe(w, wick_name(w, "y_%d", i), wick_normal(mean, 0.8),
                    data_of(w, r, v->y_set, v->y));
        leave(w, v->y_set);
    }
}

/* A draw's value in each row of its table, or the one value it has. */
static wick_var given_value(wick *w, const given_pair *g, int i, const wick_var *z)
{
    const pair_table *t = &g->r->v[i].guide;
    const size_t n = (size_t)pair_members(g->r, g->r->v[i].set, true);
    const size_t rows = (size_t)pair_draw_rows(g->r, i);

    if (rows == 1)
        return wick_data(w, g->draw[i], n);
    const wick_var first = z[t->given[0]];
    return wick_at(wick_data(w, g->draw[i], n * rows, rows),
        t->n > 1 ? wick_add(wick_mul(first, t->sizes[1]), z[t->given[1]]) : first);
}

static wick_var guide_site(
    wick *w, const given_pair *g, int i, const wick_var *z, const wick_var *table)
{
    const pair_variable *v = &g->r->v[i];
    const char *name = wick_name(w, "z_%d", i);
    const wick_dist dist = wick_categorical_logits(row_of(&v->guide, table[i], z));

    if (v->how == IN_PARALLEL)
        return wick_sample(w, name, wick_enumerate(dist));
    if (v->how == ONE_BY_ONE)
        return wick_sample(w, name, wick_enumerate_sequential(dist));
    const wick_binding given = { name, given_value(w, g, i, z) };
    wick_var x = WICK_VAR_NONE;
    WICK_WITH (w, wick_substitute(w, 1, &given))
        x = wick_sample(w, name, dist);
    return x;
}

static void guide_program(wick *w, void *arg)
{
    const given_pair *g = arg;
    const random_pair *r = g->r;
    wick_var z[MAX_VARIABLES], table[MAX_VARIABLES];

    for (int i = 0; i < r->n; i++)
        if (pair_in_guide(&r->v[i]))
            table[i] = table_param(w, "guide", i, &r->v[i].guide, r->v[i].k);
    for (int o = 0; o < r->n; o++) {
        const int i = r->guide_order[o];
        const pair_variable *v = &r->v[i];
        if (!pair_in_guide(v))
            continue;
        enter(w, r, v->set);
        WICK_WITH (w, mask_of(w, r, v->set, v->guide_masked, v->guide_mask))
            WICK_WITH (w, wick_scale(w, v->guide_scale))
                z[i] = guide_site(w, g, i, z, table);
        leave(w, v->set);
    }
}

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
        wick_svi *svi = wick_svi_new(w, (wick_program){ model_program, &given },
            (wick_program){ guide_program, &given },
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
    ck_assert_int_gt(chains, 20);
    ck_assert_int_gt(rows, 20);
    ck_assert_int_gt(masks, 100);
    ck_assert_int_gt(scales, 100);
    ck_assert_int_gt(wide, 20);
    ck_assert_int_gt(mixed, 20);
}
END_TEST

/* --- the discrete posterior --------------------------------------------------------------------- */

/* Probabilities of all states, the last cell fastest. */
typedef struct states {
    size_t n;
    double *p, log_evidence, marginal[MAX_CELLS][MAX_K];
    int mode[MAX_CELLS];
} states;

static bool next_state(const brute_force *b, int *z)
{
    for (int c = b->n_cells; c-- > 0; z[c] = 0)
        if (++z[c] < b->k[c])
            return true;
    return false;
}

/* Scales do not count; a masked discrete site keeps its prior. */
static states all_states(const random_pair *r)
{
    static brute_force b;
    states s = { .n = 1 };
    int z[MAX_CELLS] = { 0 };
    double sum = 0.0, top = -INFINITY;

    pair_unroll(&b, r);
    for (int c = 0; c < b.n_cells; c++)
        s.n *= (size_t)b.k[c];
    s.p = malloc(s.n * sizeof *s.p);
    size_t at = 0;
    do {
        double log_p = 0.0;
        for (int f = 0; f < b.n_model; f++)
            log_p += b.log_p[pair_entry(&b.model[f], z)];
        if (log_p > top)
            memcpy(s.mode, z, sizeof z);
        top = fmax(top, log_p);
        s.p[at++] = exp(log_p);
        sum += exp(log_p);
    } while (next_state(&b, z));
    s.log_evidence = log(sum);
    at = 0;
    do {
        s.p[at] /= sum;
        for (int c = 0; c < b.n_cells; c++)
            s.marginal[c][z[c]] += s.p[at];
        at++;
    } while (next_state(&b, z));
    return s;
}

/* Where wick_get has a member: plates lie from the smallest to the largest, equal ones by name. */
static int place_in_memory(const random_pair *r, int set, int m)
{
    int member[PLATES], place = 0;

    for (int p = PLATES; p-- > 0; m /= pair_has(set, p) ? r->present[p] : 1)
        member[p] = pair_has(set, p) ? m % r->present[p] : 0;
    for (int size = 1; size <= MAX_SIZE; size++)
        for (int p = 0; p < PLATES; p++)
            if (pair_has(set, p) && r->present[p] == size)
                place = place * size + member[p];
    return place;
}

/* The assignment of a trace: its cells, and their number as a state. */
static size_t read_state(wick *w, const wick_trace *trace, const random_pair *r, int *z)
{
    size_t state = 0;
    int cell = 0;

    for (int i = 0; i < r->n; i++) {
        const int n = pair_members(r, r->v[i].set, false);
        double x[MAX_MEMBERS];
        wick_trace_get(trace, wick_name(w, "z_%d", i), x, (size_t)n);
        assert_ok(w);
        for (int m = 0; m < n; m++) {
            z[cell] = (int)x[place_in_memory(r, r->v[i].set, m)];
            state = state * (size_t)r->v[i].k + (size_t)z[cell++];
        }
    }
    return state;
}

START_TEST(a_random_models_marginals_and_mode_are_those_of_all_its_states)
{
    const random_pair r = pair_make((uint64_t)_i, false);
    const given_pair given = { .r = &r };
    const wick_program program = { model_program, (void *)&given };
    const states want = all_states(&r);
    wick *w = wick_new(NULL);
    const wick_marginals *marginals = wick_infer_marginals(w, program);

    assert_ok(w);
    assert_close(wick_marginals_log_evidence(marginals), want.log_evidence, 1e-12);
    for (int i = 0, cell = 0; i < r.n; i++) {
        const int n = pair_members(&r, r.v[i].set, false), k = r.v[i].k;
        double p[MAX_MEMBERS * MAX_K];
        wick_get(wick_marginal(marginals, wick_name(w, "z_%d", i)), p, (size_t)(n * k));
        assert_ok(w);
        for (int m = 0; m < n; m++, cell++)
            for (int e = 0; e < k; e++)
                assert_close(
                    p[place_in_memory(&r, r.v[i].set, m) * k + e], want.marginal[cell][e], 1e-12);
    }
    int z[MAX_CELLS] = { 0 };
    const wick_trace *mode = wick_infer_discrete(w, program, WICK_MODE);
    assert_ok(w);
    read_state(w, mode, &r, z);
    ck_assert_mem_eq(z, want.mode, sizeof z);
    wick_free(w);
    free(want.p);
}
END_TEST

/* P(chi-squared with df degrees of freedom > x), by Wilson and Hilferty's normal approximation. */
static double chi_squared_tail(double x, double df)
{
    const double v = 2.0 / (9.0 * df);

    return 0.5 * erfc((cbrt(x / df) - (1.0 - v)) / sqrt(2.0 * v));
}

/* States with fewer than 8 expected draws are counted together. The tail of 1e-6 is for each of the
 * DRAWN models: by chance alone one of them would fail for one seed in 25,000. The seed is fixed. */
START_TEST(a_random_models_draws_have_the_joint_posterior)
{
    enum { DRAWS = 3000 };
    const random_pair r = pair_make((uint64_t)_i, false);
    const given_pair given = { .r = &r };
    const states want = all_states(&r);
    int *counts = calloc(want.n, sizeof *counts), z[MAX_CELLS];
    wick *w = wick_new(&(wick_options){ .seed = 31 });
    double x = 0.0, df = -1.0, rest[2] = { 0.0 };

    for (int d = 0; d < DRAWS; d++) {
        const wick_trace *trace =
            wick_infer_discrete(w, (wick_program){ model_program, (void *)&given }, WICK_DRAW);
        assert_ok(w);
        counts[read_state(w, trace, &r, z)]++;
        wick_reset(w);
    }
    for (size_t s = 0; s <= want.n; s++) {
        double expected = s < want.n ? DRAWS * want.p[s] : rest[0];
        const double got = s < want.n ? counts[s] : rest[1];
        if (expected < 8.0) {
            rest[0] += s < want.n ? expected : 0.0;
            rest[1] += s < want.n ? got : 0.0;
            continue;
        }
        x += (got - expected) * (got - expected) / expected;
        df += 1.0;
    }
    if (df > 0.0)
        ck_assert_msg(chi_squared_tail(x, df) > 1e-6, "chi-squared %g of %g", x, df);
    wick_free(w);
    free(counts);
    free(want.p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random_guides");
    TCase *losses = new_case(suite, "losses"), *posteriors = new_case(suite, "posteriors");

    tcase_add_loop_test(losses,
        a_random_guide_has_the_loss_and_the_gradients_of_the_sum_over_all_assignments, 0, PAIRS);
    tcase_add_loop_test(
        losses, the_derivatives_of_the_brute_force_agree_with_differences_of_it, 0, 10);
    tcase_add_test(losses, the_random_guides_have_something_of_everything);
    tcase_add_loop_test(
        posteriors, a_random_models_marginals_and_mode_are_those_of_all_its_states, 0, POSTERIORS);
    tcase_add_loop_test(posteriors, a_random_models_draws_have_the_joint_posterior, 0, DRAWN);
    return run_suite(suite);
}
