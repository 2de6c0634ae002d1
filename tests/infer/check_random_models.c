/* Random discrete models against the sum over all assignments, written without wick.
 *
 * A model is a forest of variables. Each stands in one of five sets of plates, has a parent in the
 * same or an outer set (or none), a table of probabilities given the parent, and perhaps a normal
 * observation, a mask on it, and one scale for its tree. Every plate is unrolled in the oracle. */
#include "tests/support/fit.h"

#include <stdio.h>

enum { MAX_VARIABLES = 5, MAX_K = 3, MAX_MEMBERS = 6, MAX_STATES = 12, MODELS = 150 };

/* Sets of plates: none, a, a and b, c, b alone. A set holds itself and those inside it. */
enum { NONE, A, AB, C, B, N_SETS };

typedef struct variable {
    int set, k, parent; /* parent: -1 for none */
    double table[MAX_K][MAX_K];
    bool observed, masked;
    double loc, slope, y[MAX_MEMBERS], mask[MAX_MEMBERS];
    double scale; /* of its tree */
} variable;

typedef struct random_model {
    int n, size[3]; /* of plates a, b, c */
    variable v[MAX_VARIABLES];
} random_model;

static bool has_a(int set)
{
    return set == A || set == AB;
}

static bool has_b(int set)
{
    return set == B || set == AB;
}

static bool within(int outer, int inner)
{
    return outer == NONE || outer == inner || (inner == AB && (outer == A || outer == B));
}

static int members(const random_model *r, int set)
{
    return (has_a(set) ? r->size[0] : 1) * (has_b(set) ? r->size[1] : 1) *
        (set == C ? r->size[2] : 1);
}

/* --- making one ------------------------------------------------------------------------------- */

static int below(uint64_t *state, int n)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (int)((*state >> 33) % (uint64_t)n);
}

static double between(uint64_t *state, double low, double high)
{
    return low + (high - low) * (below(state, 1000) + 0.5) / 1000.0;
}

static void make_variable(random_model *r, int i, uint64_t *state)
{
    variable *v = &r->v[i];

    *v = (variable){ .set = below(state, N_SETS), .k = 2 + below(state, 2), .parent = -1 };
    for (int p = i; p-- > 0 && v->parent < 0;)
        if (within(r->v[p].set, v->set) && below(state, 4) > 0)
            v->parent = p;
    v->scale = v->parent >= 0 ? r->v[v->parent].scale : below(state, 3) ? 1.0 : 2.5;
    for (int a = 0; a < MAX_K; a++)
        for (int b = 0; b < v->k; b++)
            v->table[a][b] = between(state, 0.1, 1.0); /* rows need not sum to 1 */
    v->observed = below(state, 3) > 0;
    v->masked = below(state, 3) == 0;
    v->loc = between(state, -1.0, 1.0);
    v->slope = between(state, 0.3, 1.5);
    for (int m = 0; m < MAX_MEMBERS; m++) {
        v->y[m] = between(state, -2.0, 3.0);
        v->mask[m] = below(state, 3) > 0;
    }
}

/* log2 of the number of assignments of all unrolled variables */
static double states(const random_model *r)
{
    double bits = 0.0;

    for (int i = 0; i < r->n; i++)
        bits += members(r, r->v[i].set) * log2(r->v[i].k);
    return bits;
}

static random_model make_model(uint64_t seed)
{
    uint64_t state = seed * 977 + 5;
    random_model r;

    do {
        r.n = 2 + below(&state, MAX_VARIABLES - 1);
        for (int p = 0; p < 3; p++)
            r.size[p] = 1 + below(&state, 3);
        for (int i = 0; i < r.n; i++)
            make_variable(&r, i, &state);
    } while (states(&r) > MAX_STATES || r.size[0] * r.size[1] > MAX_MEMBERS);
    return r;
}

/* --- the oracle ------------------------------------------------------------------------------- */

/* The member of a variable's parent that a member of it belongs to; members are numbered [a][b]. */
static int parent_member(const random_model *r, int set, int parent_set, int m)
{
    if (set == parent_set)
        return m;
    if (parent_set == A)
        return m / r->size[1];
    return parent_set == B ? m % r->size[1] : 0;
}

static double term(const random_model *r, const int (*z)[MAX_MEMBERS], int i, int m)
{
    const variable *v = &r->v[i];
    const double *row = v->table[0];
    double sum = 0.0, log_p;

    if (v->parent >= 0) {
        const int pm = parent_member(r, v->set, r->v[v->parent].set, m);
        row = v->table[z[v->parent][pm]];
    }
    for (int k = 0; k < v->k; k++)
        sum += row[k];
    log_p = log(row[z[i][m]] / sum);
    if (v->observed && !(v->masked && v->mask[m] == 0.0))
        log_p += log_normal(v->y[m], v->loc + v->slope * z[i][m], 0.8);
    return log_p;
}

static bool next_assignment(const random_model *r, const int *tree, int root, int (*z)[MAX_MEMBERS])
{
    for (int i = 0; i < r->n; i++)
        for (int m = 0; tree[i] == root && m < members(r, r->v[i].set); m++) {
            if (++z[i][m] < r->v[i].k)
                return true;
            z[i][m] = 0;
        }
    return false;
}

/* Minus the scaled log-evidence; trees are independent, and each has its own scale. */
static double oracle(const random_model *r)
{
    int tree[MAX_VARIABLES];
    double loss = 0.0;

    for (int i = 0; i < r->n; i++)
        tree[i] = r->v[i].parent >= 0 ? tree[r->v[i].parent] : i;
    for (int root = 0; root < r->n; root++) {
        int z[MAX_VARIABLES][MAX_MEMBERS] = { { 0 } };
        double evidence = 0.0;
        if (tree[root] != root)
            continue;
        do {
            double log_p = 0.0;
            for (int i = 0; i < r->n; i++)
                for (int m = 0; tree[i] == root && m < members(r, r->v[i].set); m++)
                    log_p += term(r, (const int(*)[MAX_MEMBERS])z, i, m);
            evidence += exp(log_p);
        } while (next_assignment(r, tree, root, z));
        loss -= r->v[root].scale * log(evidence);
    }
    return loss;
}

/* --- the same in wick ------------------------------------------------------------------------- */

static wick_var observed_data(wick *w, const random_model *r, int set, const double *x)
{
    return wick_data(w, x, (size_t)members(r, set));
}

static wick_var one_variable(wick *w, const random_model *r, int i, const wick_var *z)
{
    const variable *v = &r->v[i];
    const wick_var table = wick_param_read(w, wick_name(w, "table_%d", i));
    const wick_var row = v->parent >= 0 ? wick_take(table, z[v->parent]) : wick_pick(table, 0);
    const wick_var x = wick_sample(w, wick_name(w, "z_%d", i), wick_categorical(row));
    if (v->observed) {
        const wick_var loc = wick_param_read(w, wick_name(w, "loc_%d", i));
        const wick_var on = v->masked ? observed_data(w, r, v->set, v->mask) : wick_num(w, 1.0);
        WICK_WITH (w, wick_mask(w, on))
            wick_observe(w, wick_name(w, "y_%d", i),
                wick_normal(wick_add(loc, wick_mul(x, v->slope)), 0.8),
                observed_data(w, r, v->set, v->y));
    }
    return x;
}

static void define_params(wick *w, const random_model *r)
{
    for (int i = 0; i < r->n; i++) {
        const variable *v = &r->v[i];
        double flat[MAX_K * MAX_K];
        for (int a = 0; a < MAX_K; a++)
            memcpy(flat + a * v->k, v->table[a], (size_t)v->k * sizeof *flat);
        wick_param(w, wick_name(w, "table_%d", i), wick_init_values(flat, MAX_K, (size_t)v->k),
            wick_positive());
        wick_param(w, wick_name(w, "loc_%d", i), wick_init_num(v->loc), wick_real());
    }
}

static void enter(wick *w, const random_model *r, const char *name, int plate)
{
    wick_plate_enter(w, &(wick_plate_options){ .name = name, .size = (size_t)r->size[plate] });
}

static void in_wick(wick *w, void *arg)
{
    const random_model *r = arg;
    wick_var z[MAX_VARIABLES];

    define_params(w, r);
    for (int i = 0; i < r->n; i++) {
        const variable *v = &r->v[i];
        /* the parameters stand in no plate: they are read outside, and handed in */
        WICK_WITH (w, wick_scale(w, v->scale)) {
            const wick_var table = wick_param_read(w, wick_name(w, "table_%d", i));
            const wick_var loc = wick_param_read(w, wick_name(w, "loc_%d", i));
            const wick_binding given[] = { { wick_name(w, "table_%d", i), table },
                { wick_name(w, "loc_%d", i), loc } };
            WICK_WITH (w, wick_substitute(w, 2, given)) {
                if (has_a(v->set))
                    enter(w, r, "a", 0);
                if (has_b(v->set))
                    enter(w, r, "b", 1);
                if (v->set == C)
                    enter(w, r, "c", 2);
                z[i] = one_variable(w, r, i, z);
                for (int n = has_a(v->set) + has_b(v->set) + (v->set == C); n > 0; n--)
                    wick_exit(w);
            }
        }
    }
}

START_TEST(a_random_model_agrees_with_the_sum_over_all_assignments)
{
    random_model r = make_model((uint64_t)_i);
    wick *w = wick_new(NULL);
    const problem p = { w, { in_wick, &r }, NOTHING, wick_trace_enum_elbo, NULL };
    const double loss = loss_of(&p);

    if (wick_status(w) == WICK_ERR_SHAPE && strstr(wick_message(w), "tree of plates")) {
        wick_free(w); /* b's parent in a, say: it is refused, and not answered wrongly */
        return;
    }
    assert_ok(w);
    assert_close(loss, oracle(&r), 1e-12);
    assert_gradient(&p, 1e-9);
    wick_free(w);
}
END_TEST

START_TEST(most_random_models_are_answered)
{
    int answered = 0, plates = 0, masks = 0, scales = 0;

    for (uint64_t i = 0; i < MODELS; i++) {
        random_model r = make_model(i);
        wick *w = wick_new(NULL);
        const problem p = { w, { in_wick, &r }, NOTHING, wick_trace_enum_elbo, NULL };
        loss_of(&p);
        answered += wick_status(w) == WICK_OK;
        for (int v = 0; wick_status(w) == WICK_OK && v < r.n; v++) {
            plates += r.v[v].set == AB && members(&r, AB) > 1;
            masks += r.v[v].observed && r.v[v].masked;
            scales += r.v[v].scale > 1.0;
        }
        wick_free(w);
    }
    ck_assert_int_gt(answered, MODELS * 9 / 10);
    ck_assert_int_gt(plates, 20);
    ck_assert_int_gt(masks, 50);
    ck_assert_int_gt(scales, 50);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random_models");
    TCase *tests = new_case(suite, "random_models");

    tcase_add_loop_test(tests, a_random_model_agrees_with_the_sum_over_all_assignments, 0, MODELS);
    tcase_add_test(tests, most_random_models_are_answered);
    return run_suite(suite);
}
