#include "dist/lookup.h"

#include "tape/loop.h"

/*
 * Adjoints are gathered by entry. Few entries have 8 lanes each, so that an addition need not wait
 * for the one before; a lane takes the members with its index mod 8.
 */
typedef struct lookup {
    const wicki_row_kind *kind;
    bool whole;         /* the density is the table of logs itself */
    size_t inner, rows; /* members of the innermost dimension; runs over it */
    size_t lanes;
    double *log;  /* [draws of the parameter][members of the parameter][n] */
    double *sums; /* [rows][draws of the event][n][lanes], or NULL */
    double *sum;  /* [n], of one row */
} lookup;

enum { LANES = 8, FEW = 64 };

/* --- shape ----------------------------------------------------------------------------------- */

static uint32_t innermost(const wick_node *node)
{
    const wicki_set *set = wicki_set_at(node->w, node->dims);

    return set->n > 0 ? set->dim[set->n - 1] : 0;
}

/* Draws of the parameter in an event of it. */
static size_t draws_of(const wicki_density *d)
{
    return d->step[1] ? d->batch : 1;
}

/* Are the values 0, 1, 2, ... along the innermost dimension, a row for each member of the
 * parameter? */
static bool is_whole(const wick_node *node, uint32_t inner)
{
    const wicki_density *d = node->data;

    return node->in[0]->coordinate == inner && !node->masked && d->batch == 1 &&
        node->in[0]->members == d->n && node->members == node->in[1]->members * d->n;
}

/* A table pays where the whole plate has not far fewer members than it has entries. */
static bool is_worth_it(const wick_node *node, uint32_t inner)
{
    const wicki_density *d = node->data;

    return wicki_dim_at(node->w, inner)->present >= d->n / 4;
}

static size_t size_of_sums(const wicki_density *d, const lookup *t)
{
    return t->rows * d->batch * d->n * t->lanes;
}

static bool allocate(wick *w, const wick_node *node, lookup *t)
{
    const wicki_density *d = node->data;

    t->log = wicki_alloc_doubles(w, draws_of(d) * node->in[1]->members * d->n);
    t->sum = wicki_alloc_doubles(w, d->n);
    if (node->in[1]->differentiable)
        t->sums = wicki_alloc_doubles(w, size_of_sums(d, t));
    return wicki_ok(w);
}

bool wicki_lookup_shape(wick *w, wick_node *node, const wicki_row_kind *kind)
{
    wicki_density *d = node->data;
    const uint32_t inner = innermost(node);

    if (!inner || wicki_set_has(w, node->in[1]->dims, inner))
        return true;
    const bool whole = is_whole(node, inner);
    if (!whole && !is_worth_it(node, inner))
        return true;
    lookup *t = wicki_alloc_zero(w, sizeof *t);
    if (!t)
        return false;
    d->plan = t;
    t->kind = kind;
    t->whole = whole;
    t->inner = wicki_dim_at(w, inner)->size;
    t->rows = node->members / t->inner;
    t->lanes = d->n <= FEW ? LANES : 1;
    return whole || allocate(w, node, t);
}

/* --- the whole table ------------------------------------------------------------------------- */

static void whole_forward(const wick_node *node, const lookup *t)
{
    const wick_node *p = node->in[1];

    for (size_t m = 0; m < p->members; m++)
        t->kind->logs(t->inner, p->value + m, p->members, node->value + m * t->inner);
}

static void whole_reverse(const wick_node *node, const lookup *t)
{
    const wick_node *p = node->in[1];

    for (size_t m = 0; m < p->members && p->adjoint; m++)
        t->kind->back(t->inner, p->value + m, p->members, node->value + m * t->inner,
            node->adjoint + m * t->inner, p->adjoint + m);
}

/* --- forward --------------------------------------------------------------------------------- */

/* The row of a draw, for a member of the parameter. */
static double *log_row(const wick_node *node, size_t draw, size_t member)
{
    const wicki_density *d = node->data;
    const lookup *t = d->plan;

    return t->log + ((d->step[1] ? draw : 0) * node->in[1]->members + member) * d->n;
}

void wicki_lookup_prepare(wick_node *node)
{
    const wicki_density *d = node->data;
    const lookup *t = d->plan;
    const wick_node *p = node->in[1];

    if (!t || t->whole)
        return;
    for (size_t b = 0; b < draws_of(d); b++)
        for (size_t m = 0; m < p->members; m++)
            t->kind->logs(
                d->n, p->value + b * d->step[1] * p->members + m, p->members, log_row(node, b, m));
    if (t->sums)
        memset(t->sums, 0, size_of_sums(d, t) * sizeof *t->sums);
}

/* The entry that a value is; false if it is none. */
static bool is_entry(double x, size_t n, size_t *k)
{
    *k = x >= 0.0 && x < (double)n ? (size_t)(int64_t)x : 0;
    return (double)*k == x;
}

static void forward_run(wick_node *node, const wick_run *run)
{
    const wicki_density *d = node->data;
    const size_t member = (size_t)(run->in[1] - node->in[1]->value);

    for (size_t b = 0; b < d->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        const double *log = log_row(node, b, member);
        for (size_t i = 0; i < run->n; i++, log += run->in_step[1] * d->n) {
            const double x = part.in[0][i * part.in_step[0]];
            size_t k;
            if (is_entry(x, d->n, &k))
                run->out[i] += log[k];
            else
                run->out[i] += isnan(*log) ? *log : isnan(x) ? x : -INFINITY;
        }
    }
}

bool wicki_lookup_forward(wick_node *node)
{
    const lookup *t = ((const wicki_density *)node->data)->plan;

    if (t && t->whole) {
        whole_forward(node, t);
    } else if (t) {
        memset(node->value, 0, node->members * sizeof *node->value);
        wick_for_runs(node, forward_run);
    }
    return t;
}

/* --- reverse --------------------------------------------------------------------------------- */

/* Part of a run that lies in one row. */
typedef struct stretch {
    size_t begin, end; /* in the run */
    size_t row, at;    /* the row, and the member of it that is first */
} stretch;

static bool next_stretch(const wick_node *node, const wick_run *run, stretch *s)
{
    const lookup *t = ((const wicki_density *)node->data)->plan;
    const size_t member = (size_t)(run->out - node->value) + s->end;

    s->begin = s->end;
    s->row = member / t->inner;
    s->at = member % t->inner;
    s->end += t->inner - s->at;
    s->end = s->end < run->n ? s->end : run->n;
    return s->begin < run->n;
}

static double *sums_of(const wick_node *node, size_t row, size_t draw)
{
    const wicki_density *d = node->data;
    const lookup *t = d->plan;

    return t->sums + (row * d->batch + draw) * d->n * t->lanes;
}

static void gather(const wick_node *node, const wick_run *part, const stretch *s, double *sums)
{
    const wicki_density *d = node->data;
    const size_t lanes = ((const lookup *)d->plan)->lanes;

    for (size_t i = s->begin; i < s->end; i++) {
        const size_t lane = (s->at + i - s->begin) % lanes;
        size_t k;
        if (is_entry(part->in[0][i * part->in_step[0]], d->n, &k))
            sums[k * lanes + lane] += part->out_adjoint[i];
    }
}

static void reverse_run(wick_node *node, const wick_run *run)
{
    const wicki_density *d = node->data;

    for (size_t b = 0; b < d->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        for (stretch s = { .end = 0 }; next_stretch(node, run, &s);)
            gather(node, &part, &s, sums_of(node, s.row, b));
    }
}

bool wicki_lookup_reverse(wick_node *node)
{
    const lookup *t = ((const wicki_density *)node->data)->plan;

    if (t && t->whole)
        whole_reverse(node, t);
    else if (t && t->sums)
        wick_for_runs(node, reverse_run);
    return t;
}

/* A row that was gathered, to the parameter from p on; its sums are then zero again. */
static void finish_row(
    const wick_node *node, size_t row, size_t draw, const double *p, double *adjoint)
{
    const wicki_density *d = node->data;
    const lookup *t = d->plan;
    const size_t stride = node->in[1]->members;
    const size_t member = (size_t)(p - node->in[1]->value) % stride;
    double *sums = sums_of(node, row, draw);

    for (size_t k = 0; k < d->n; k++)
        t->sum[k] = t->lanes == 1 ? sums[k] : wicki_sum(LANES, sums + k * LANES);
    memset(sums, 0, d->n * t->lanes * sizeof *sums);
    t->kind->back(d->n, p, stride, log_row(node, draw, member), t->sum, adjoint);
}

static void finish_run(wick_node *node, const wick_run *run)
{
    const wicki_density *d = node->data;

    for (size_t b = 0; b < d->batch && run->in_adjoint[1]; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        for (stretch s = { .end = 0 }; next_stretch(node, run, &s);) {
            const size_t at = s.begin * part.in_step[1];
            finish_row(node, s.row, b, part.in[1] + at, part.in_adjoint[1] + at);
        }
    }
}

void wicki_lookup_finish(wick_node *node)
{
    const lookup *t = ((const wicki_density *)node->data)->plan;

    if (t && t->sums)
        wick_for_runs(node, finish_run);
}
