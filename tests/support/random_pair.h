/**
 * Random discrete models with a guide, as numbers: plain C, no wick.
 *
 * A model has up to 8 variables in plates nested up to three deep (a and b, alone or crossed, and c
 * in both) or in one that stands apart (d), each with a table of logits given up to two others before
 * it, and perhaps a normal observation in the same plates or further in. The guide may take a variable
 * from the model: then it has a table of its own, given up to two that the guide met before, in an
 * order of its own. Masks, scales and minibatches are anywhere.
 */
#ifndef TESTS_SUPPORT_RANDOM_PAIR_H
#define TESTS_SUPPORT_RANDOM_PAIR_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    PLATES = 4,
    MAX_VARIABLES = 8,
    MAX_K = 5,
    MAX_SIZE = 3,
    MAX_MEMBERS = 27,
    MAX_BITS = 16, /* log2 of the joint states */
    MAX_CELLS = 16,
    MAX_FACTORS = 400,
    TABLE = MAX_K * MAX_K * MAX_K,
    POOL = 2 * MAX_VARIABLES * TABLE + MAX_VARIABLES * MAX_MEMBERS * MAX_K * MAX_K
};

/** Sets of plates, a bit for each. A set holds the sets of its bits' subsets. */
static const int PAIR_SETS[] = { 0, 1, 2, 3, 7, 8 };
enum { N_SETS = sizeof PAIR_SETS / sizeof *PAIR_SETS };

typedef enum pair_how { LEFT, IN_PARALLEL, ONE_BY_ONE, DRAWN_IT } pair_how;

/** Logits of a variable given the values of n others. */
typedef struct pair_table {
    int n, given[2], sizes[2];
    double logit[TABLE]; /* [size of the first][size of the second][k] */
} pair_table;

typedef struct pair_variable {
    int set, k;
    pair_how how;
    pair_table model, guide;
    bool model_masked, guide_masked, observed, masked;
    double model_mask[MAX_MEMBERS], guide_mask[MAX_MEMBERS], mask[MAX_MEMBERS];
    double model_scale, guide_scale, scale; /* the last of the observation */
    int y_set, other;                       /* other: a second variable it depends on, or -1 */
    double loc, slope, other_slope, y[MAX_MEMBERS];
} pair_variable;

typedef struct random_pair {
    int n, size[PLATES], present[PLATES];
    size_t index[PLATES][MAX_SIZE]; /* of the members present */
    int guide_order[MAX_VARIABLES];
    pair_variable v[MAX_VARIABLES];
} random_pair;

/* --- plates ---------------------------------------------------------------------------------- */

static inline bool pair_has(int set, int plate)
{
    return set >> plate & 1;
}

static inline bool pair_within(int outer, int inner)
{
    return (outer & ~inner) == 0;
}

/** The members of a set of plates, all or those present. */
static inline int pair_members(const random_pair *r, int set, bool all)
{
    int n = 1;

    for (int p = 0; p < PLATES; p++)
        n *= !pair_has(set, p) ? 1 : all ? r->size[p] : r->present[p];
    return n;
}

/** Of the member m (of those present) of a set: the one of an outer set that it belongs to. */
static inline int pair_project(const random_pair *r, int set, int m, int outer)
{
    int result = 0, step = 1;

    for (int p = PLATES; p-- > 0;) {
        if (!pair_has(set, p))
            continue;
        if (pair_has(outer, p)) {
            result += m % r->present[p] * step;
            step *= r->present[p];
        }
        m /= r->present[p];
    }
    return result;
}

/** Its place in an array over all members, the outermost plate first. */
static inline int pair_full(const random_pair *r, int set, int m)
{
    int result = 0, step = 1;

    for (int p = PLATES; p-- > 0;) {
        if (!pair_has(set, p))
            continue;
        result += (int)r->index[p][m % r->present[p]] * step;
        step *= r->size[p];
        m /= r->present[p];
    }
    return result;
}

/** Full members for one present. */
static inline double pair_plate_scale(const random_pair *r, int set)
{
    return (double)pair_members(r, set, true) / pair_members(r, set, false);
}

/* --- making one ------------------------------------------------------------------------------ */

static inline int pair_below(uint64_t *state, int n)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (int)((*state >> 33) % (uint64_t)n);
}

static inline double pair_between(uint64_t *state, double low, double high)
{
    return low + (high - low) * (pair_below(state, 100003) + 0.5) / 100003.0;
}

static inline bool pair_in_guide(const pair_variable *v)
{
    return v->how != LEFT;
}

static inline void pair_make_table(
    const random_pair *r, pair_table *t, int k, int n, const int *given, uint64_t *state)
{
    int rows = 1;

    t->n = n;
    for (int j = 0; j < n; j++) {
        t->given[j] = given[j];
        t->sizes[j] = r->v[given[j]].k;
        rows *= t->sizes[j];
    }
    for (int e = 0; e < rows * k; e++)
        t->logit[e] = pair_between(state, -1.5, 1.5);
}

/** Up to two of n variables, in a set that holds the one at hand. */
static inline int pair_choose(
    const random_pair *r, int set, int n, const int *from, int *given, uint64_t *state)
{
    int found = 0;

    for (int j = n; j-- > 0 && found < 2;)
        if (pair_within(r->v[from[j]].set, set) &&
            pair_below(state, found ? 4 : 8) > (found ? 2 : 0))
            given[found++] = from[j];
    return found;
}

static inline void pair_make_mask(double *mask, uint64_t *state)
{
    for (int m = 0; m < MAX_MEMBERS; m++)
        mask[m] = pair_below(state, 3) > 0;
}

static inline void pair_make_variable(random_pair *r, int i, int chain_set, uint64_t *state)
{
    static const int INDEX[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
    pair_variable *v = &r->v[i];
    int given[2];

    *v = (pair_variable){ .set = PAIR_SETS[pair_below(state, N_SETS)], .other = -1 };
    v->k = 2 + pair_below(state, 4) * (pair_below(state, 3) == 0);
    if (chain_set >= 0) {
        v->set = chain_set;
        v->k = 2 + (pair_below(state, 4) == 0);
    }
    const int n = chain_set >= 0 && i > 0 ? (given[0] = i - 1, 1)
                                          : pair_choose(r, v->set, i, INDEX, given, state);
    pair_make_table(r, &v->model, v->k, n, given, state);
    v->model_masked = pair_below(state, 4) == 0;
    v->guide_masked = pair_below(state, 4) == 0;
    v->masked = pair_below(state, 3) == 0;
    pair_make_mask(v->model_mask, state);
    pair_make_mask(v->guide_mask, state);
    pair_make_mask(v->mask, state);
    v->observed = pair_below(state, 4) > 0;
    v->y_set = v->set;
    for (int s = 0; s < N_SETS; s++)
        if (pair_within(v->set, PAIR_SETS[s]) && pair_below(state, 4) == 0)
            v->y_set = PAIR_SETS[s];
    v->loc = pair_between(state, -1.0, 1.0);
    v->slope = pair_between(state, 0.3, 1.5);
    v->other_slope = pair_between(state, -1.0, 1.0);
    for (int m = 0; m < MAX_MEMBERS; m++)
        v->y[m] = pair_between(state, -1.5, 3.0);
}

/* The second variable of an observation may come later than the first. */
static inline void pair_choose_others(random_pair *r, uint64_t *state)
{
    for (int i = 0; i < r->n; i++) {
        const int j = pair_below(state, r->n);
        if (j != i && pair_within(r->v[j].set, r->v[i].y_set) && pair_below(state, 2))
            r->v[i].other = j;
    }
}

static inline void pair_make_guide(random_pair *r, uint64_t *state)
{
    int given[2];

    for (int i = 0; i < r->n; i++)
        r->guide_order[i] = i;
    for (int i = r->n; i-- > 1;) {
        const int j = pair_below(state, i + 1), kept = r->guide_order[i];
        r->guide_order[i] = r->guide_order[j];
        r->guide_order[j] = kept;
    }
    for (int i = 0, met = 0, before[MAX_VARIABLES]; i < r->n; i++) {
        pair_variable *v = &r->v[r->guide_order[i]];
        if (!pair_in_guide(v))
            continue;
        const int n = pair_choose(r, v->set, met, before, given, state);
        pair_make_table(r, &v->guide, v->k, n, given, state);
        before[met++] = r->guide_order[i];
    }
}

/* The variables that the density of a variable, or its observation, depends on; returns how many. */
static inline int pair_variables_of(const random_pair *r, int i, bool observation, int *of)
{
    const pair_variable *v = &r->v[i];
    int n = 0;

    of[n++] = i;
    if (observation) {
        if (v->other >= 0)
            of[n++] = v->other;
        return n;
    }
    for (int j = 0; j < v->model.n; j++)
        of[n++] = v->model.given[j];
    return n;
}

/** Variables of the model that are summed out together have the same number, that of one of them. */
static inline void pair_components(const random_pair *r, int *component)
{
    int of[3];

    for (int i = 0; i < r->n; i++)
        component[i] = i;
    for (int pass = 0; pass < r->n; pass++)
        for (int i = 0; i < r->n; i++)
            for (int y = 0; y <= r->v[i].observed; y++) {
                const int n = pair_variables_of(r, i, y, of);
                for (int a = 0; a < n; a++)
                    for (int b = 0; b < n; b++)
                        if (!pair_in_guide(&r->v[of[a]]) && !pair_in_guide(&r->v[of[b]]) &&
                            component[of[a]] < component[of[b]])
                            component[of[b]] = component[of[a]];
            }
}

static inline double pair_some_scale(uint64_t *state)
{
    return pair_below(state, 3) ? 1.0 : pair_between(state, 0.5, 3.0);
}

/* Densities that share a variable that is summed out share a scale. */
static inline void pair_make_scales(random_pair *r, uint64_t *state)
{
    int component[MAX_VARIABLES], of[3];
    double scale[MAX_VARIABLES];

    pair_components(r, component);
    for (int i = 0; i < r->n; i++) {
        scale[i] = pair_some_scale(state);
        r->v[i].guide_scale = pair_some_scale(state);
    }
    for (int i = 0; i < r->n; i++)
        for (int y = 0; y < 2; y++) {
            double own = pair_some_scale(state);
            const int n = pair_variables_of(r, i, y, of);
            for (int a = 0; a < n; a++)
                if (!pair_in_guide(&r->v[of[a]]))
                    own = scale[component[of[a]]];
            *(y ? &r->v[i].scale : &r->v[i].model_scale) = own;
        }
}

static inline double pair_bits(const random_pair *r)
{
    double bits = 0.0;

    for (int i = 0; i < r->n; i++)
        bits += pair_members(r, r->v[i].set, true) * log2(r->v[i].k);
    return bits;
}

/** The cells of the variables one by one: paths of the guide. */
static inline double pair_paths(const random_pair *r)
{
    double n = 1.0;

    for (int i = 0; i < r->n; i++)
        n *= r->v[i].how == ONE_BY_ONE ? r->v[i].k : 1;
    return n;
}

static inline void pair_make_plates(random_pair *r, bool minibatches, uint64_t *state)
{
    for (int p = 0; p < PLATES; p++) {
        r->size[p] = 1 + pair_below(state, MAX_SIZE);
        r->present[p] = r->size[p];
        if (minibatches && pair_below(state, 4) == 0)
            r->present[p] = 1 + pair_below(state, r->size[p]);
        const int first = pair_below(state, r->size[p]);
        for (int m = 0; m < MAX_SIZE; m++)
            r->index[p][m] =
                (size_t)(r->present[p] < r->size[p] ? (first + 2 * m) % r->size[p] : m);
    }
}

/** A draw costs one run for each joint value of all its members, given each value before. */
static inline double pair_draw_states(const random_pair *r);

/** The model of a number. LEFT everywhere if there is to be no guide. */
static inline random_pair pair_make(uint64_t seed, bool guide)
{
    uint64_t state = seed * 977 + 5;
    random_pair r;

    do {
        const bool chain = pair_below(&state, 4) == 0;
        const int set = chain ? PAIR_SETS[pair_below(&state, 3) / 2] : -1;
        memset(&r, 0, sizeof r);
        r.n = chain ? 4 + pair_below(&state, 5) : 2 + pair_below(&state, MAX_VARIABLES - 1);
        pair_make_plates(&r, guide, &state);
        for (int i = 0; i < r.n; i++)
            pair_make_variable(&r, i, set, &state);
        for (int i = 0; i < r.n; i++)
            r.v[i].how = guide ? (pair_how)pair_below(&state, 4) : LEFT;
        pair_choose_others(&r, &state);
        pair_make_guide(&r, &state);
        pair_make_scales(&r, &state);
    } while (pair_bits(&r) > MAX_BITS || pair_paths(&r) * pair_draw_states(&r) > 300.0);
    return r;
}

/* --- what must be refused -------------------------------------------------------------------- */

/** Adds the enumerated variables of the guide that the value of j depends on, which are j itself or
 * those that its draw depends on. */
static inline int pair_reaching(const random_pair *r, int j)
{
    const pair_variable *v = &r->v[j];
    int bits = 0;

    if (v->how == IN_PARALLEL || v->how == ONE_BY_ONE)
        return 1 << j;
    for (int i = 0; v->how == DRAWN_IT && i < v->guide.n; i++)
        bits |= pair_reaching(r, v->guide.given[i]);
    return bits;
}

/** A plate is subsampled, and something outside of it is summed out over its members. */
static inline bool pair_is_biased(const random_pair *r)
{
    int of[3];

    for (int i = 0; i < r->n; i++)
        for (int y = 0; y <= r->v[i].observed; y++) {
            const int set = y ? r->v[i].y_set : r->v[i].set, n = pair_variables_of(r, i, y, of);
            for (int p = 0; p < PLATES; p++)
                for (int a = 0; a < n; a++)
                    if (pair_has(set, p) && r->present[p] < r->size[p] &&
                        !pair_in_guide(&r->v[of[a]]) && !pair_has(r->v[of[a]].set, p))
                        return true;
        }
    return false;
}

/* A table of the sum in the model: the variables it depends on, a bit each, and its plates. */
typedef struct pair_scope {
    int variables, plates;
} pair_scope;

/** The scopes of all densities; a draw counts as what it depends on. Returns how many. */
static inline int pair_scopes(const random_pair *r, pair_scope *scope)
{
    int n = 0, of[3];

    for (int i = 0; i < r->n; i++)
        for (int y = 0; y <= r->v[i].observed; y++) {
            const int count = pair_variables_of(r, i, y, of);
            scope[n] = (pair_scope){ 0, y ? r->v[i].y_set : r->v[i].set };
            for (int a = 0; a < count; a++)
                scope[n].variables |=
                    pair_in_guide(&r->v[of[a]]) ? pair_reaching(r, of[a]) : 1 << of[a];
            n++;
        }
    return n;
}

/** The variable of the model in most plates that is not summed out yet, or -1. */
static inline int pair_innermost(const random_pair *r, int done)
{
    int best = -1, most = -1;

    for (int i = 0; i < r->n; i++) {
        int plates = 0;
        for (int p = 0; p < PLATES; p++)
            plates += pair_has(r->v[i].set, p);
        if (!pair_in_guide(&r->v[i]) && !(done >> i & 1) && plates > most) {
            best = i;
            most = plates;
        }
    }
    return best;
}

/**
 * Something in a plate meets a variable of the model that is summed out outside of the plate: there
 * would be a case for each of the joint values of all members. The variables in most plates are summed
 * out first.
 */
static inline bool pair_is_coupled(const random_pair *r)
{
    pair_scope scope[2 * MAX_VARIABLES + MAX_VARIABLES];
    int n = pair_scopes(r, scope), done = 0;

    for (int v; (v = pair_innermost(r, done)) >= 0; done |= 1 << v) {
        pair_scope sum = { 0, r->v[v].set };
        for (int f = 0; f < n; f++) {
            if (!(scope[f].variables >> v & 1))
                continue;
            for (int x = 0; x < r->n; x++)
                if (scope[f].variables >> x & 1 && r->v[x].set & scope[f].plates & ~r->v[v].set)
                    return true;
            sum.variables |= scope[f].variables & ~(1 << v);
            scope[f--] = scope[--n];
        }
        scope[n++] = sum;
    }
    return false;
}

/* --- draws ----------------------------------------------------------------------------------- */

/** Rows of a table. */
static inline int pair_rows(const pair_table *t)
{
    return (t->n > 0 ? t->sizes[0] : 1) * (t->n > 1 ? t->sizes[1] : 1);
}

/** A draw has a value of its own in each row of its table, if it depends on what is enumerated. */
static inline int pair_draw_rows(const random_pair *r, int i)
{
    const pair_table *t = &r->v[i].guide;

    for (int j = 0; j < t->n; j++)
        if (r->v[t->given[j]].how != DRAWN_IT || pair_draw_rows(r, t->given[j]) > 1)
            return pair_rows(t);
    return 1;
}

static inline double pair_draw_states(const random_pair *r)
{
    double n = 1.0;

    for (int i = 0; i < r->n; i++)
        if (r->v[i].how == DRAWN_IT)
            n *= pow(r->v[i].k, pair_members(r, r->v[i].set, false) * pair_draw_rows(r, i));
    return n;
}

#endif
