/* Steps of a chain in probabilities, and the exponentials of their tables. */
#include "tape/chain.h"

#include "base/special.h"
#include "kernel/chain.h"
#include "kernel/kernels.h"
#include "kernel/math.h"
#include "tape/loop.h"
#include "tape/op_list.h"
#include "tape/take.h"
#include "tape/twin.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* --- tables ------------------------------------------------------------------------------------ */

/*
 * An event of three: exp(x - shift); the same with rows and columns exchanged, if x has two
 * dimensions; and the shift, a constant, which is 0 unless that would be too far from the numbers.
 */
enum { TABLE, TURNED, SHIFT, PARTS };

static const double NEAR = 16.0;

/* Steps that are a vector times the table: their adjoints are added up together. */
typedef struct pairs {
    wicki_chain_pair *pair; /* h is NULL until the reverse of the step has run */
    size_t n, capacity;
    wicki_chain_pair *live; /* room for as many */
} pairs;

static bool room_for_pair(wick *w, pairs *p)
{
    if (p->n < p->capacity)
        return true;
    const size_t capacity = p->capacity ? 2 * p->capacity : 16;
    wicki_chain_pair *pair = wick_alloc(w, 2 * capacity * sizeof *pair);
    if (!pair)
        return false;
    if (p->n > 0)
        memcpy(pair, p->pair, p->n * sizeof *pair);
    *p = (pairs){ pair, p->n, capacity, pair + capacity };
    return true;
}

static bool exp_table_shape(wick *w, wick_node *node)
{
    return wick_node_event(w, node, 1, (size_t[]){ PARTS });
}

static double shift_of(size_t n, const double *x)
{
    double top = -INFINITY;

    for (size_t i = 0; i < n; i++)
        top = wicki_max(top, x[i]);
    return fabs(top) <= NEAR || !(fabs(top) < INFINITY) ? 0.0 : top;
}

static size_t columns_of(const wick_node *node)
{
    const wicki_set *set = wicki_set_at(node->w, node->dims);

    return set->n == 2 ? wicki_dim_at(node->w, set->dim[1])->size : 0;
}

static void exp_table_forward(wick_node *node)
{
    const size_t n = node->members, columns = columns_of(node), rows = columns ? n / columns : 0;
    const double *x = node->in[0]->value, shift = shift_of(n, x);
    double *table = node->value, *turned = node->value + TURNED * n;

    for (size_t i = 0; i < n; i++) {
        table[i] = x[i] - shift;
        turned[i] = 0.0;
        node->value[SHIFT * n + i] = shift;
    }
    node->w->kernels->math->exp(n, table, table);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            turned[c * rows + r] = table[r * columns + c];
}

static void add_pairs(wick_node *node, size_t rows, size_t columns)
{
    pairs *p = node->data;
    size_t n = 0;

    for (size_t i = p->n; i-- > 0;)
        if (p->pair[i].h) {
            p->live[n++] = p->pair[i];
            p->pair[i].h = NULL;
        }
    if (n > 0)
        node->w->kernels->chain->outer(n, p->live, rows, columns, node->adjoint);
}

static void exp_table_reverse(wick_node *node)
{
    const size_t n = node->members, columns = columns_of(node), rows = columns ? n / columns : 0;
    const double *g = node->adjoint, *turned = node->adjoint + TURNED * n;
    double *adjoint = node->in[0]->adjoint;

    add_pairs(node, rows, columns);
    for (size_t i = 0; i < n; i++) {
        const double all = g[i] + (columns ? turned[i % columns * rows + i / columns] : 0.0);
        if (all != 0.0)
            adjoint[i] += all * node->value[i];
    }
}

const wick_op wicki_op_exp_table = { .name = "exp_table",
    .shape = exp_table_shape,
    .forward = exp_table_forward,
    .reverse = exp_table_reverse };

wick_node *wicki_exp_table(wick *w, wick_node *x)
{
    wicki_twin_key key;

    if (!wicki_twin_key_of(w, &wicki_op_exp_table, 1, &x, 0, &key))
        return NULL;
    wick_node *table = wicki_twin(w, &key, x->dims);
    if (table || !wicki_ok(w))
        return table;
    const pairs none = { .n = 0 };
    table = wicki_record(w, &wicki_op_exp_table, 1, &x, &none, sizeof none);
    return wicki_twin_keep(w, &key, table);
}

/* --- which products ---------------------------------------------------------------------------- */

/* What becomes of a dimension: where the result, the weights and the table have it. */
typedef struct axis {
    size_t size, out, weights, table; /* steps; 0: it has not */
} axis;

typedef struct plan {
    uint32_t dim, all, weights; /* the variable; dimensions of all factors, of all but the table */
    axis summed, axis[WICK_MAX_DIMS];
    size_t n_axes;      /* enumerated, of the result */
    size_t lanes, rows; /* which of them: n_axes for the members of plates, or for none */
    bool plates;
    size_t members;
} plan;

static size_t step_of(const wick *w, uint32_t dims, uint32_t dim)
{
    const wicki_set *set = wicki_set_at(w, dims);
    size_t step = 1;

    for (uint32_t i = set->n; i-- > 0; step *= wicki_dim_at(w, set->dim[i])->size)
        if (set->dim[i] == dim)
            return step;
    return 0;
}

/* The last axis that is the weights' only, or the table's only; n_axes: none. */
static size_t last_of(const plan *p, bool of_weights)
{
    for (size_t i = p->n_axes; i-- > 0;)
        if (i != p->lanes && (of_weights ? p->axis[i].table : p->axis[i].weights) == 0)
            return i;
    return p->n_axes;
}

/* Neighbours must be side by side in the result and in one of the two, and not in the other. */
static bool choose_axes(plan *p)
{
    p->rows = p->lanes = p->n_axes;
    if (!p->plates) {
        if (p->n_axes == 0)
            return false;
        p->lanes = p->n_axes - 1;
        if (p->axis[p->lanes].weights + p->axis[p->lanes].table != 1)
            return false;
    }
    p->rows = last_of(p, p->lanes < p->n_axes && p->axis[p->lanes].table == 1);
    return true;
}

static bool make_plan(wick *w, plan *p, uint32_t dim, uint32_t table, uint32_t weights)
{
    *p = (plan){ .dim = dim, .all = wicki_set_union(w, table, weights), .weights = weights };
    const uint32_t left = wicki_set_without(w, p->all, dim);
    const wicki_set *set = wicki_set_at(w, p->all);

    p->members = 1;
    for (uint32_t i = 0; i < set->n; i++) {
        const wicki_dim *d = wicki_dim_at(w, set->dim[i]);
        const axis a = { d->size, step_of(w, left, set->dim[i]), step_of(w, weights, set->dim[i]),
            step_of(w, table, set->dim[i]) };
        if (d->kind == WICKI_AMBIENT || (d->kind == WICKI_PLATE && a.table > 0))
            return false;
        if (d->kind == WICKI_PLATE) {
            p->plates = true;
            p->members *= a.size;
        } else if (set->dim[i] == dim) {
            p->summed = a;
        } else {
            p->axis[p->n_axes++] = a;
        }
    }
    return wicki_ok(w) && choose_axes(p);
}

/* --- a step ------------------------------------------------------------------------------------ */

enum { LOG_TABLE, EXP_TABLE, FIRST, MOST_IN = FIRST + 2 };

/* As in the kernel: less than this may have lost something. */
static const double SAFE = 1e-240;

/* What steps of the same shape by the same table share. */
typedef struct form {
    wicki_chain_step step; /* its places in memory are those of the step that runs */
    double *h, *du;        /* room of the reverse */
    pairs *pairs;          /* of the table, if the step is a vector times it */
} form;

typedef struct chain {
    uint32_t dim, weights;
    bool message; /* the first of the weights' factors is the result of another step */
    bool carried; /* a step takes it as a message: as long as no other node reads it, its values are
                     not wanted */
    form *form;
    double *room; /* offset, scale, unsafe [members]; p [results][members]; u [states][members] */
    double *sums; /* [table][8], or NULL */
    size_t pair;  /* which of the table's */
} chain;

static size_t padded(size_t n)
{
    return (n + 7) / 8 * 8;
}

enum { OFFSET, SCALE, UNSAFE, HEAD };

static double *part_of(const chain *c, int part)
{
    return c->room + (size_t)part * c->form->step.members;
}

static wicki_chain_message message_in(double *room, size_t members)
{
    return (wicki_chain_message){ room + padded(HEAD * members), room, room + SCALE * members };
}

/* The step with its own places in memory. */
static wicki_chain_step *step_at(const chain *c)
{
    wicki_chain_step *s = &c->form->step;

    s->out = message_in(c->room, s->members);
    s->u = s->out.p + padded(s->results * s->members);
    return s;
}

/* Axes that are neither lanes nor rows, the last the fastest. */
static bool lay_out_places(wick *w, const plan *p, wicki_chain_step *s)
{
    size_t n = 1;

    for (size_t i = 0; i < p->n_axes; i++)
        n *= i != p->lanes && i != p->rows ? p->axis[i].size : 1;
    wicki_chain_place *place = wick_alloc(w, n * sizeof *place);
    if (!place)
        return false;
    place[0] = (wicki_chain_place){ 0, 0, 0 };
    s->n_places = 1;
    for (size_t i = 0; i < p->n_axes; i++) {
        const axis *a = &p->axis[i];
        if (i == p->lanes || i == p->rows)
            continue;
        const size_t one = s->weights_one ? a->weights : a->table;
        const size_t many = s->weights_one ? a->table : a->weights;
        for (size_t j = s->n_places; j-- > 0;) {
            const wicki_chain_place at = place[j];
            for (size_t k = a->size; k-- > 0;)
                place[j * a->size + k] = (wicki_chain_place){ at.out + k * a->out, at.one + k * one,
                    at.many + k * many };
        }
        s->n_places *= a->size;
    }
    s->place = place;
    return true;
}

static void lay_out_product(const plan *p, wicki_chain_step *s)
{
    static const axis NONE = { .size = 1 };
    const axis *rows = p->rows < p->n_axes ? &p->axis[p->rows] : &NONE;

    s->weights_one = p->lanes < p->n_axes && p->axis[p->lanes].table == 1;
    s->product = (wicki_chain_product){ .rows = rows->size,
        .terms = p->summed.size,
        .n = p->plates ? p->members : p->axis[p->lanes].size,
        .out_row = rows->out,
        .one_row = s->weights_one ? rows->weights : rows->table,
        .one_term = s->weights_one ? p->summed.weights : p->summed.table,
        .many_term = s->weights_one ? p->summed.table : p->summed.weights };
}

/* A vector times a matrix, for which the matrix is wanted with its axes exchanged too. */
static bool is_turned(const plan *p)
{
    return !p->plates && p->n_axes == 1 && p->summed.weights == 1 &&
        p->summed.table == p->axis[0].size;
}

static bool same_form(const form *a, const form *b)
{
    const wicki_chain_step *x = &a->step, *y = &b->step;

    return x->states == y->states && x->results == y->results && x->members == y->members &&
        x->plates == y->plates && x->weights_one == y->weights_one && x->table == y->table &&
        x->turned == y->turned && x->n_places == y->n_places &&
        memcmp(&x->product, &y->product, sizeof x->product) == 0 &&
        memcmp(x->place, y->place, x->n_places * sizeof *x->place) == 0;
}

static form *form_of(wick *w, const wick_node *node, const plan *p)
{
    const wick_node *table = node->in[EXP_TABLE];
    form *f = wicki_alloc_zero(w, sizeof *f);

    if (!f)
        return NULL;
    wicki_chain_step *s = &f->step;
    lay_out_product(p, s);
    s->members = p->members;
    s->plates = p->plates;
    s->states = wicki_set_at(w, p->weights)->members / p->members;
    s->results = node->members / p->members;
    s->table = table->value;
    s->turned = is_turned(p) ? table->value + TURNED * table->members : NULL;
    if (s->turned && table->differentiable)
        f->pairs = wicki_twin_first(node->in[EXP_TABLE])->data;
    return lay_out_places(w, p, s) ? f : NULL;
}

static bool give_scratch(wick *w, form *f)
{
    const wicki_chain_step *s = &f->step;

    f->du = wicki_alloc_doubles(w, s->states * s->members);
    f->h = f->pairs ? NULL : wicki_alloc_doubles(w, s->results * s->members);
    return wicki_ok(w);
}

static bool allocate(wick *w, const wick_node *node, chain *c)
{
    const wicki_chain_step *s = &c->form->step;
    const wick_node *table = node->in[EXP_TABLE];

    c->room = wicki_alloc_doubles(
        w, padded(HEAD * s->members) + padded(s->results * s->members) + s->states * s->members);
    if (s->plates && table->differentiable)
        c->sums = wicki_alloc_doubles(w, 8 * table->members);
    if (!wicki_ok(w) || !c->form->pairs)
        return wicki_ok(w);
    if (!room_for_pair(w, c->form->pairs))
        return false;
    c->pair = c->form->pairs->n++;
    c->form->pairs->pair[c->pair] = (wicki_chain_pair){ step_at(c)->u, NULL };
    return true;
}

static bool chain_shape(wick *w, wick_node *node)
{
    chain *c = node->data;
    const chain *before = c->message ? node->in[FIRST]->data : NULL;
    plan p;

    if (!make_plan(w, &p, c->dim, node->in[LOG_TABLE]->dims, c->weights) ||
        !wicki_node_shape(w, node, 0, NULL, wicki_set_without(w, p.all, c->dim)) ||
        !(c->form = form_of(w, node, &p)))
        return false;
    if (before && same_form(before->form, c->form))
        c->form = before->form;
    else if (node->differentiable && !give_scratch(w, c->form))
        return false;
    return allocate(w, node, c);
}

static const wick_node *log_of(const wick_node *node)
{
    const uint32_t j = FIRST + (uint32_t)((const chain *)node->data)->message;

    return j < node->n_in ? node->in[j] : NULL;
}

/* --- in logs ----------------------------------------------------------------------------------- */

/* A result, and where its terms begin. */
typedef struct result {
    size_t out, weights, table;
} result;

typedef void result_body(wick_node *node, const result *r);

static void for_results(wick_node *node, size_t member, result_body *body)
{
    const wicki_chain_step *s = step_at(node->data);
    const wicki_chain_product *q = &s->product;
    const size_t begin = s->plates ? member : 0, end = s->plates ? member + 1 : q->n;

    for (size_t j = 0; j < s->n_places; j++)
        for (size_t r = 0; r < q->rows; r++)
            for (size_t i = begin; i < end; i++) {
                const size_t one = s->place[j].one + r * q->one_row, many = s->place[j].many + i;
                const size_t out = s->place[j].out + r * q->out_row + i;
                body(node,
                    &(result){ out, s->weights_one ? one : many, s->weights_one ? many : one });
            }
}

typedef struct term {
    size_t weights, table;
    double log;
} term;

static bool is_quiet(const wick_node *node)
{
    return ((const chain *)node->data)->carried && node->uses == 1;
}

static double message_log(const wick_node *node, size_t i)
{
    const chain *c = node->data;
    const size_t members = c->form->step.members, member = i % members;
    const wicki_chain_message m = message_in(c->room, members);

    if (!is_quiet(node) || m.scale[member] == 0.0)
        return node->value[i];
    return wicki_log(m.p[i]) + m.offset[member];
}

static term term_at(const wick_node *node, const result *r, size_t a)
{
    const chain *c = node->data;
    const wicki_chain_product *q = &c->form->step.product;
    const bool one = c->form->step.weights_one;
    const wick_node *log = log_of(node);
    term t = { r->weights + a * (one ? q->one_term : q->many_term),
        r->table + a * (one ? q->many_term : q->one_term), 0.0 };

    if (c->message)
        t.log = message_log(node->in[FIRST], t.weights);
    if (log)
        t.log += log->value[t.weights];
    t.log += node->in[LOG_TABLE]->value[t.table];
    return t;
}

static size_t terms_of(const wick_node *node)
{
    return ((const chain *)node->data)->form->step.product.terms;
}

static size_t member_of(const wick_node *node, const result *r)
{
    return r->out % ((const chain *)node->data)->form->step.members;
}

/* NaN if a term is. */
static void sum_logs(wick_node *node, const result *r)
{
    double top = -INFINITY, sum = 0.0;

    for (size_t a = 0; a < terms_of(node); a++)
        top = wicki_max(top, term_at(node, r, a).log);
    const double base = wicki_max(-DBL_MAX, wicki_min(DBL_MAX, top));
    for (size_t a = 0; a < terms_of(node); a++)
        sum += wicki_exp(term_at(node, r, a).log - base);
    node->value[r->out] = sum > 0.0 ? top + wicki_log(sum) : isnan(sum) ? sum : -INFINITY;
}

/* The greatest value is the offset. */
static void find_top(wick_node *node, const result *r)
{
    double *top = part_of(node->data, OFFSET) + member_of(node, r);

    *top = wicki_max(*top, node->value[r->out]);
}

static void take_out_top(wick_node *node, const result *r)
{
    const double top = part_of(node->data, OFFSET)[member_of(node, r)];

    step_at(node->data)->out.p[r->out] =
        top > -INFINITY ? wicki_exp(node->value[r->out] - top) : 0.0;
}

enum { LOST = 2 };

/* A sum of 0 that can be nothing else is exact; any other that is too small is not. */
static void look_for_lost(wick_node *node, const result *r)
{
    const size_t member = member_of(node, r);
    const wicki_chain_step *s = step_at(node->data);

    if (s->out.p[r->out] > SAFE * s->out.scale[member])
        return;
    for (size_t a = 0; a < terms_of(node); a++)
        if (!(term_at(node, r, a).log == -INFINITY))
            part_of(node->data, UNSAFE)[member] = LOST;
}

static void forward_in_logs(wick_node *node, size_t member)
{
    const chain *c = node->data;

    for_results(node, member, look_for_lost);
    if (part_of(c, UNSAFE)[member] < LOST)
        return;
    for_results(node, member, sum_logs);
    part_of(c, OFFSET)[member] = -INFINITY;
    part_of(c, SCALE)[member] = 0.0;
    for_results(node, member, find_top);
    for_results(node, member, take_out_top);
}

static void reverse_in_logs(wick_node *node, const result *r)
{
    const double g = node->adjoint[r->out], value = node->value[r->out];
    double *table = node->in[LOG_TABLE]->adjoint;

    if (g == 0.0 || !(fabs(value) < INFINITY))
        return;
    for (size_t a = 0; a < terms_of(node); a++) {
        const term t = term_at(node, r, a);
        const double share = g * wicki_exp(t.log - value);
        for (uint32_t j = FIRST; j < node->n_in; j++)
            if (node->in[j]->adjoint)
                node->in[j]->adjoint[t.weights] += share;
        if (table)
            table[t.table] += share;
    }
}

/* --- the op ------------------------------------------------------------------------------------ */

static void clear_sums(wick_node *node)
{
    const chain *c = node->data;

    if (c->sums)
        memset(c->sums, 0, 8 * node->in[EXP_TABLE]->members * sizeof *c->sums);
}

/* Of plates, the table may be elsewhere now: in the frame of a tile. */
static void point_to_table(const wick_node *node, wicki_chain_step *s)
{
    if (s->plates)
        s->table = node->in[EXP_TABLE]->value;
}

static void chain_forward(wick_node *node)
{
    const chain *c = node->data;
    wicki_chain_step *s = step_at(c);
    const wick_node *log = log_of(node);
    double *unsafe = part_of(c, UNSAFE);
    wicki_chain_message before;

    point_to_table(node, s);
    if (c->message)
        before = message_in(((const chain *)node->in[FIRST]->data)->room, s->members);
    size_t left = node->w->kernels->chain->forward(s, log ? log->value : NULL,
        c->message ? &before : NULL, s->table[SHIFT * node->in[EXP_TABLE]->members],
        is_quiet(node) ? NULL : node->value, unsafe);
    for (size_t i = 0; left > 0; i++)
        if (unsafe[i] > 0.0) {
            forward_in_logs(node, i);
            left--;
        }
}

/* Of a vector: all of it, or nothing, was found in logs. */
static void reverse_vector_in_logs(wick_node *node)
{
    for (uint32_t j = FIRST; j < node->n_in; j++)
        if (node->in[j]->adjoint && node->fresh >> j & 1)
            memset(node->in[j]->adjoint, 0, node->in[j]->members * sizeof *node->adjoint);
    for_results(node, 0, reverse_in_logs);
}

static void chain_reverse(wick_node *node)
{
    const chain *c = node->data;
    const form *f = c->form;
    wicki_chain_step *s = step_at(c);
    wicki_chain_adjoint a = {
        .g = node->adjoint, .h = f->pairs ? node->adjoint : f->h, .du = f->du, .sums = c->sums
    };

    if (!s->plates && *s->out.scale == 0.0) {
        reverse_vector_in_logs(node);
        return;
    }
    point_to_table(node, s);
    for (uint32_t j = FIRST; j < node->n_in; j++) {
        a.to[j - FIRST] = node->in[j]->adjoint;
        a.fresh[j - FIRST] = node->fresh >> j & 1;
    }
    if (f->pairs)
        f->pairs->pair[c->pair].h = node->adjoint;
    else
        a.table = node->in[EXP_TABLE]->adjoint;
    node->w->kernels->chain->reverse(s, &a);
    for (size_t i = 0; s->plates && i < s->members; i++)
        if (s->out.scale[i] == 0.0)
            for_results(node, i, reverse_in_logs);
}

static void chain_finish(wick_node *node)
{
    const chain *c = node->data;
    const wick_node *table = node->in[EXP_TABLE];

    if (!c->sums)
        return;
    for (size_t i = 0; i < table->members; i++)
        table->adjoint[i] += wicki_sum(8, c->sums + 8 * i);
    clear_sums(node);
}

/* What the weights are made of is met once, all of it. */
static bool chain_stores(const wick_node *node, uint32_t j)
{
    (void)node;
    return j >= FIRST;
}

static bool same_chain(const wick_node *a, const wick_node *b)
{
    const chain *x = a->data, *y = b->data;

    return x->dim == y->dim && x->message == y->message;
}

const wick_op wicki_op_chain = { .name = "chain",
    .shape = chain_shape,
    .prepare = clear_sums,
    .forward = chain_forward,
    .reverse = chain_reverse,
    .finish = chain_finish,
    .stores = chain_stores,
    .same = same_chain };

/* --- which steps ------------------------------------------------------------------------------- */

static size_t members_of(const wick *w, uint32_t dims)
{
    return wicki_set_at(w, dims)->members;
}

static uint32_t dims_without(wick *w, size_t n, wick_node *const *factors, size_t left_out)
{
    uint32_t dims = 0;

    for (size_t i = 0; i < n; i++)
        if (i != left_out)
            dims = wicki_set_union(w, dims, factors[i]->dims);
    return dims;
}

/* The table is shared, or smaller than the product; without it there is less to exponentiate. */
static bool pays(wick *w, const wick_node *table, const plan *p)
{
    const bool whole = table->dims == p->all;

    if (whole && !table->shared && table->op != &wicki_op_rename)
        return false;
    return members_of(w, p->weights) < members_of(w, p->all);
}

/* The table that leaves the fewest weights; n: there is none. */
static size_t find_table(wick *w, size_t n, wick_node *const *factors, uint32_t dim, plan *best)
{
    size_t found = n, fewest = SIZE_MAX;

    for (size_t i = 0; i < n && wicki_ok(w); i++) {
        const uint32_t weights = dims_without(w, n, factors, i);
        plan p;
        if (!wicki_set_has(w, weights, dim) || !wicki_set_has(w, factors[i]->dims, dim) ||
            members_of(w, weights) >= fewest || !make_plan(w, &p, dim, factors[i]->dims, weights) ||
            !pays(w, factors[i], &p))
            continue;
        found = i;
        fewest = members_of(w, weights);
        *best = p;
    }
    return found;
}

static bool is_message(const wick_node *x, uint32_t weights)
{
    return x->op == &wicki_op_chain && x->dims == weights;
}

/* The factors of the weights: a message, if there is one, and the sum of all others. */
static size_t gather_weights(
    wick *w, size_t n, wick_node *const *factors, size_t table, uint32_t weights, wick_node **in)
{
    wick_node **others = wick_alloc(w, n * sizeof *others), *message = NULL, *sum = NULL;
    size_t n_others = 0, n_in = 0;

    for (size_t i = 0; others && i < n; i++) {
        if (i == table)
            continue;
        if (!message && is_message(factors[i], weights))
            message = factors[i];
        else
            others[n_others++] = factors[i];
    }
    if (message)
        in[n_in++] = message;
    if (n_others == 0)
        return n_in;
    sum = n_others == 1 ? others[0] : wicki_weighted_sum(w, n_others, others, NULL);
    in[n_in++] = sum ? wicki_expand(w, sum, weights) : NULL;
    return n_in;
}

wick_node *wicki_chain(wick *w, size_t n, wick_node *const *factors, uint32_t dim)
{
    wick_node *in[MOST_IN];
    plan p = { .dim = dim };

    for (size_t i = 0; i < n; i++)
        if (!factors[i])
            return NULL;
    const size_t table = find_table(w, n, factors, dim, &p);
    if (table == n || !wicki_ok(w))
        return NULL;
    in[LOG_TABLE] = factors[table];
    in[EXP_TABLE] = wicki_exp_table(w, factors[table]);
    const size_t n_in = FIRST + gather_weights(w, n, factors, table, p.weights, in + FIRST);
    const chain data = {
        .dim = dim, .weights = p.weights, .message = wicki_ok(w) && is_message(in[FIRST], p.weights)
    };
    wick_node *node = wicki_record(w, &wicki_op_chain, n_in, in, &data, sizeof data);
    if (node && data.message)
        ((chain *)in[FIRST]->data)->carried = true;
    return node;
}
