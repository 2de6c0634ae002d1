/*
 * Log-sum-exp, or the maximum, of a sum of factors over one dimension, and perhaps the sum of that
 * over the rest.
 */
#include "tape/mixture.h"

#include "kernel/kernels.h"
#include "kernel/mixture.h"
#include "tape/chain.h"
#include "tape/choice.h"
#include "tape/draw.h"
#include "tape/loop.h"
#include "tape/op_list.h"

#include <math.h>
#include <string.h>

/* A place among the operands of a loop is the result's. */
enum { MOST_FACTORS = WICKI_LOOP_OPERANDS - 1, NONE = MOST_FACTORS };

/* Rows of shares are this far apart: not a power of 2, which few places of a cache would serve. */
enum { BLOCK = WICKI_MIXTURE_MEMBERS, BLOCK_STRIDE = BLOCK + 8 };

/*
 * The members of the result are walked in runs over their innermost dimension, runs in blocks. In a
 * run a factor is a table with a row for each k, or, if it lacks that dimension, a number for each:
 * these are added up first. Their adjoints are sums over the run, gathered in lanes.
 */
typedef struct layout {
    size_t k, n, n_runs;
    size_t row[MOST_FACTORS];  /* from one k to the next */
    size_t step[MOST_FACTORS]; /* from one member of a run to the next; 0: a number */
    wicki_loop loop;           /* level 0 is the run; operand 0 the result, then the factors */
    uint32_t n_factors;        /* the inputs, but for the uniform numbers of a draw */
    uint32_t table;            /* the only one, if its members lie side by side, or NONE */
    uint32_t number;           /* the only one of the others, if its k lie side by side, or NONE */
    size_t share_stride, block_shares, run_shares;
    double *share;   /* of all runs, or of one block if no gradient is wanted */
    double *numbers; /* [k] */
    double *sums;    /* [runs][k][8], or NULL */
} layout;

typedef struct mixture {
    wicki_elimination how;
    uint32_t dim;
    bool total;
    double scale;
    layout *layout;
} mixture;

/* --- layout ------------------------------------------------------------------------------------ */

/* Level 0 is not merged with others: where tiles of a plate end must not matter. */
static void add_level(wicki_loop *loop, size_t size, const size_t *step)
{
    if (loop->n_levels > 1) {
        wicki_loop_add(loop, size, step);
    } else if (loop->n_levels == 0 || size > 1) {
        loop->size[loop->n_levels] = size;
        memcpy(loop->step[loop->n_levels], step, loop->n_operands * sizeof *step);
        loop->n_levels++;
    }
}

/* Steps of the result and the factors along the dimensions of the product, the innermost first. */
static void lay_out_loop(const wick_node *node, const mixture *m, layout *l)
{
    const wick *w = node->w;
    const wicki_set *all = wicki_set_at(w, node->dims);
    const wicki_set *set[MOST_FACTORS];
    size_t stride[1 + MOST_FACTORS], step[1 + MOST_FACTORS];
    uint32_t left[MOST_FACTORS];

    stride[0] = 1;
    for (uint32_t j = 0; j < l->n_factors; j++) {
        set[j] = wicki_set_at(w, node->in[j]->dims);
        left[j] = set[j]->n;
        stride[j + 1] = 1;
    }
    for (uint32_t i = all->n; i-- > 0;) {
        const size_t size = wicki_dim_at(w, all->dim[i])->size;
        step[0] = stride[0];
        stride[0] *= all->dim[i] == m->dim ? 1 : size;
        for (uint32_t j = 0; j < l->n_factors; j++) {
            const bool has = left[j] > 0 && set[j]->dim[left[j] - 1] == all->dim[i];
            step[j + 1] = has ? stride[j + 1] : 0;
            stride[j + 1] *= has ? size : 1;
            left[j] -= has;
        }
        if (all->dim[i] != m->dim)
            add_level(&l->loop, size, step);
        else
            memcpy(l->row, step + 1, l->n_factors * sizeof *step);
    }
}

/* The factors that need not be added up first. */
static void find_single(layout *l)
{
    uint32_t n[2] = { 0, 0 }, last[2] = { NONE, NONE };

    for (uint32_t j = 0; j < l->n_factors; j++) {
        l->step[j] = l->loop.n_levels > 0 ? l->loop.step[0][j + 1] : 1;
        n[l->step[j] == 0]++;
        last[l->step[j] == 0] = j;
    }
    l->table = n[0] == 1 && (l->step[last[0]] == 1 || l->n == 1) ? last[0] : NONE;
    l->number = n[1] == 1 && l->row[last[1]] == 1 ? last[1] : NONE;
}

/* Is there a number, one for each k, that wants a gradient? */
static bool wants_sums(const wick_node *node, const layout *l)
{
    for (uint32_t j = 0; j < l->n_factors; j++)
        if (l->step[j] == 0 && node->in[j]->differentiable)
            return true;
    return false;
}

static bool allocate(wick *w, const wick_node *node, layout *l)
{
    const size_t blocks = (l->n + BLOCK - 1) / BLOCK;

    l->share_stride = l->n < BLOCK ? (l->n + 7) / 8 * 8 : BLOCK_STRIDE;
    l->block_shares = l->k * l->share_stride;
    l->run_shares = node->differentiable ? blocks * l->block_shares : 0;
    l->share =
        wicki_alloc_doubles(w, node->differentiable ? l->n_runs * l->run_shares : l->block_shares);
    l->numbers = wicki_alloc_doubles(w, l->k);
    l->sums = wants_sums(node, l) ? wicki_alloc_doubles(w, l->n_runs * l->k * 8) : NULL;
    return wicki_ok(w);
}

static bool mixture_shape(wick *w, wick_node *node)
{
    mixture *m = node->data;
    const wicki_set *all = wicki_set_at(w, node->dims);
    layout *l = wick_alloc(w, sizeof *l);

    if (!l)
        return false;
    m->layout = l;
    l->loop.n_levels = 0;
    l->n_factors = node->n_in - (m->how == WICKI_DRAW);
    l->loop.n_operands = 1 + l->n_factors;
    l->k = wicki_dim_at(w, m->dim)->size;
    lay_out_loop(node, m, l);
    l->n = wicki_loop_run(&l->loop);
    l->n_runs = all->members / l->k / l->n;
    find_single(l);
    const uint32_t rest = m->total ? 0 : wicki_set_without(w, node->dims, m->dim);
    return wicki_node_shape(w, node, 0, NULL, rest) && allocate(w, node, l);
}

/* --- forward ----------------------------------------------------------------------------------- */

/* Where the run at hand begins: in the result, in the factors, among the shares. */
typedef struct run {
    wicki_place place;
    size_t index;
} run;

static void first_run(const layout *l, run *r)
{
    r->index = 0;
    memset(r->place.offset, 0, sizeof r->place.offset);
    if (l->n_runs > 1)
        memset(r->place.index, 0, sizeof r->place.index);
}

static bool next_run(const layout *l, run *r)
{
    return ++r->index < l->n_runs && wicki_loop_next(&l->loop, &r->place);
}

/* As wicki_sum of 8. */
static double sum_of(const double *s)
{
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static const double *factor_at(const wick_node *node, const run *r, uint32_t j)
{
    return node->in[j]->value + r->place.offset[j + 1];
}

/* The numbers for each k, added up. */
static const double *numbers_of(const wick_node *node, const layout *l, const run *r)
{
    if (l->number != NONE)
        return factor_at(node, r, l->number);
    for (size_t k = 0; k < l->k; k++)
        l->numbers[k] = 0.0;
    for (uint32_t j = 0; j < l->n_factors; j++)
        for (size_t k = 0; l->step[j] == 0 && k < l->k; k++)
            l->numbers[k] += factor_at(node, r, j)[k * l->row[j]];
    return l->numbers;
}

/* The sum of all tables, of the members from i on. */
static void add_tables(
    const wick_node *node, const layout *l, const run *r, size_t i, const wicki_mixture_block *m)
{
    bool first = true;

    for (uint32_t j = 0; j < l->n_factors; j++) {
        const size_t step = l->step[j];
        if (step == 0)
            continue;
        for (size_t k = 0; k < m->k; k++) {
            const double *x = factor_at(node, r, j) + i * step + k * l->row[j];
            double *sum = m->share + k * m->share_stride;
            for (size_t at = 0; at < m->n; at++)
                sum[at] = first ? x[at * step] : sum[at] + x[at * step];
        }
        first = false;
    }
}

static wicki_mixture_block block_of(const wick_node *node, const layout *l, const run *r, size_t i)
{
    wicki_mixture_block m = { .k = l->k, .n = l->n - i < BLOCK ? l->n - i : BLOCK };

    m.share = l->share;
    m.share_stride = l->share_stride;
    if (l->run_shares > 0)
        m.share += r->index * l->run_shares + i / BLOCK * l->block_shares;
    if (l->table != NONE) {
        m.x = factor_at(node, r, l->table) + i;
        m.x_stride = l->row[l->table];
    } else {
        add_tables(node, l, r, i, &m);
        m.x = m.share;
        m.x_stride = m.share_stride;
    }
    return m;
}

/* The values of a block, at their place in the result, or their sum. */
static double block_value(wick_node *node, const wicki_mixture_block *m, size_t at)
{
    const mixture *data = node->data;
    const wicki_mixture_kernels *kernels = node->w->kernels->mixture;
    double best[BLOCK], total = 0.0;

    if (data->how == WICKI_MAX) {
        double *out = data->total ? best : node->value + at;
        wicki_choose_best(m, out);
        return data->total ? wicki_sum(m->n, out) : 0.0;
    }
    if (data->total)
        total = kernels->total(m);
    else
        kernels->values(m, node->value + at);
    if (data->how == WICKI_DRAW)
        wicki_choose_drawn(m, node->in[node->n_in - 1]->value + at);
    return total;
}

static void mixture_forward(wick_node *node)
{
    const mixture *data = node->data;
    const layout *l = data->layout;
    double total = 0.0;
    run r;

    first_run(l, &r);
    do {
        const double *numbers = numbers_of(node, l, &r);
        for (size_t i = 0; i < l->n; i += BLOCK) {
            wicki_mixture_block m = block_of(node, l, &r, i);
            m.w = numbers;
            total += block_value(node, &m, r.place.offset[0] + i);
        }
    } while (next_run(l, &r));
    if (data->total)
        *node->value = data->scale * total;
}

/* --- reverse ----------------------------------------------------------------------------------- */

static void clear_sums(wick_node *node)
{
    const layout *l = ((const mixture *)node->data)->layout;

    if (l->sums)
        memset(l->sums, 0, l->n_runs * l->k * 8 * sizeof *l->sums);
}

/* To a table whose members do not lie side by side. */
static void scatter(const wicki_mixture_adjoint *a, size_t step, size_t row, double *adjoint)
{
    for (size_t k = 0; k < a->k; k++)
        for (size_t i = 0; i < a->n; i++) {
            const double g = a->each ? a->each[i] : a->same;
            const double before = a->fresh ? 0.0 : adjoint[k * row + i * step];
            const double more = g == 0.0 ? 0.0 : g * a->share[k * a->share_stride + i];
            adjoint[k * row + i * step] = before + more;
        }
}

/* Lanes take what goes to the numbers, with the first table. */
static void block_back(
    const wick_node *node, const layout *l, const run *r, size_t i, wicki_mixture_adjoint *a)
{
    const wicki_mixture_kernels *kernels = node->w->kernels->mixture;

    a->sums = l->sums ? l->sums + r->index * l->k * 8 : NULL;
    for (uint32_t j = 0; j < l->n_factors; j++) {
        if (l->step[j] == 0 || !node->in[j]->adjoint)
            continue;
        double *adjoint = node->in[j]->adjoint + r->place.offset[j + 1] + i * l->step[j];
        a->fresh = node->fresh >> j & 1;
        if (l->step[j] != 1 && l->n > 1) {
            scatter(a, l->step[j], l->row[j], adjoint);
            continue;
        }
        a->x = adjoint;
        a->x_stride = l->row[j];
        kernels->reverse(a);
        a->x = a->sums = NULL;
    }
    if (a->sums)
        kernels->reverse(a);
}

static void clear_fresh(const wick_node *node)
{
    for (uint32_t j = 0; j < node->n_in; j++) {
        const wick_node *in = node->in[j];
        if (in->adjoint && node->fresh >> j & 1)
            memset(in->adjoint, 0, in->members * in->elements * sizeof *in->adjoint);
    }
}

static void mixture_reverse(wick_node *node)
{
    const mixture *data = node->data;
    const layout *l = data->layout;
    run r;
    wicki_mixture_adjoint a = { .k = l->k, .share_stride = l->share_stride };

    if (data->total && *node->adjoint == 0.0) {
        clear_fresh(node);
        return;
    }
    first_run(l, &r);
    a.same = data->total ? data->scale * *node->adjoint : 0.0;
    do {
        for (size_t i = 0; i < l->n; i += BLOCK) {
            a.n = l->n - i < BLOCK ? l->n - i : BLOCK;
            a.share = l->share + r.index * l->run_shares + i / BLOCK * l->block_shares;
            a.each = data->total ? NULL : node->adjoint + r.place.offset[0] + i;
            block_back(node, l, &r, i, &a);
        }
    } while (next_run(l, &r));
}

/* What the lanes hold, to the numbers of each k. */
static void mixture_finish(wick_node *node)
{
    const layout *l = ((const mixture *)node->data)->layout;
    run r;

    if (!l->sums)
        return;
    first_run(l, &r);
    do {
        for (size_t k = 0; k < l->k; k++) {
            const double sum = sum_of(l->sums + (r.index * l->k + k) * 8);
            for (uint32_t j = 0; j < l->n_factors; j++)
                if (l->step[j] == 0 && node->in[j]->adjoint)
                    node->in[j]->adjoint[r.place.offset[j + 1] + k * l->row[j]] += sum;
        }
    } while (next_run(l, &r));
    clear_sums(node);
}

/* --- the op ------------------------------------------------------------------------------------ */

/* A total does not say at which member: its factors do. */
static void mixture_explain(const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    for (uint32_t j = 0; j < node->n_in; j++) {
        const wick_node *x = node->in[j];
        for (size_t i = 0; i < x->members; i++) {
            if (isfinite(x->value[i]) || isnan(x->value[i]) != isnan(node->value[element]))
                continue;
            wicki_text_add(&text, "a factor is %g", x->value[i]);
            wicki_text_add_member(&text, x, i);
            return;
        }
    }
}

/* A factor with all dimensions: each of its numbers is met once. */
static bool mixture_stores(const wick_node *node, uint32_t j)
{
    const layout *l = ((const mixture *)node->data)->layout;

    return j < l->n_factors && l->step[j] != 0 && node->in[j]->members == l->k * l->n * l->n_runs;
}

static bool same_mixture(const wick_node *a, const wick_node *b)
{
    const mixture *x = a->data, *y = b->data;

    return x->how == y->how && x->dim == y->dim && x->total == y->total && x->scale == y->scale;
}

const wick_op wicki_op_mixture = { .name = "mixture",
    .shape = mixture_shape,
    .prepare = clear_sums,
    .forward = mixture_forward,
    .reverse = mixture_reverse,
    .finish = mixture_finish,
    .additive = true,
    .stores = mixture_stores,
    .same = same_mixture,
    .explain = mixture_explain };

/* One uniform number for each member of the result. */
static wick_node *uniforms(wick *w, size_t n, wick_node *const *factors, uint32_t dim)
{
    uint32_t dims = 0;

    for (size_t j = 0; j < n; j++)
        if (factors[j])
            dims = wicki_set_union(w, dims, factors[j]->dims);
    return wicki_noise(w, &wicki_draw_uniform, 0, NULL, wicki_set_without(w, dims, dim));
}

/* Of more factors than a node takes the last are added up beforehand. */
static wick_node *record(wick *w, size_t n, wick_node *const *factors, const mixture *m)
{
    const bool draws = m->how == WICKI_DRAW;
    const size_t most = MOST_FACTORS - draws;
    const size_t own = n <= most ? n : most - 1;
    wick_node *in[MOST_FACTORS];
    size_t n_in = own;

    for (size_t j = 0; j < own; j++)
        in[j] = factors[j];
    if (own < n)
        in[n_in++] = wicki_weighted_sum(w, n - own, factors + own, NULL);
    if (draws)
        in[n_in++] = uniforms(w, n, factors, m->dim);
    return wicki_record(w, &wicki_op_mixture, n_in, in, m, sizeof *m);
}

wick_node *wicki_mixture(
    wick *w, wicki_elimination how, size_t n, wick_node *const *factors, uint32_t dim)
{
    wick_node *step = how == WICKI_SUM ? wicki_chain(w, n, factors, dim) : NULL;

    return step ? step : record(w, n, factors, &(mixture){ .how = how, .dim = dim });
}

wick_node *wicki_mixture_total(
    wick *w, wicki_elimination how, size_t n, wick_node *const *factors, uint32_t dim, double scale)
{
    return record(
        w, n, factors, &(mixture){ .how = how, .dim = dim, .total = true, .scale = scale });
}
