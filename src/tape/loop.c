#include "tape/loop.h"

#include <string.h>

/* --- loops over named axes --------------------------------------------------------------------- */

/* An operand on the way from its innermost dimension to its outermost. */
typedef struct walker {
    const uint32_t *dim; /* of its set */
    uint32_t left;       /* dimensions not passed yet */
    bool shaped;         /* has an event */
    size_t stride;
} walker;

void wicki_loop_add(wicki_loop *loop, size_t size, const size_t *step)
{
    const size_t last = loop->n_levels - 1;
    bool merges = loop->n_levels > 0;

    if (size == 1)
        return;
    for (size_t k = 0; k < loop->n_operands && merges; k++)
        merges = step[k] == loop->step[last][k] * loop->size[last];
    if (merges) {
        loop->size[last] *= size;
        return;
    }
    loop->size[loop->n_levels] = size;
    memcpy(loop->step[loop->n_levels], step, loop->n_operands * sizeof *step);
    loop->n_levels++;
}

static void add_dimensions(wicki_loop *loop, walker *walkers, const wick *w, const wicki_set *dims)
{
    for (uint32_t i = dims->n; i-- > 0;) {
        const uint32_t dim = dims->dim[i];
        const size_t size = wicki_dim_at(w, dim)->size;
        size_t step[WICKI_LOOP_OPERANDS];
        for (size_t k = 0; k < loop->n_operands; k++) {
            walker *k_th = &walkers[k];
            step[k] = 0;
            if (k_th->left > 0 && k_th->dim[k_th->left - 1] == dim) {
                step[k] = k_th->stride;
                k_th->stride *= size;
                k_th->left--;
            }
        }
        wicki_loop_add(loop, size, step);
    }
}

static void add_event(wicki_loop *loop, walker *walkers, const wick_node *shaped)
{
    for (uint32_t i = shaped->rank; i-- > 0;) {
        size_t step[WICKI_LOOP_OPERANDS];
        for (size_t k = 0; k < loop->n_operands; k++) {
            step[k] = walkers[k].shaped ? walkers[k].stride : 0;
            walkers[k].stride *= walkers[k].shaped ? shaped->event[i] : 1;
        }
        wicki_loop_add(loop, shaped->event[i], step);
    }
}

void wicki_loop_of(wicki_loop *loop, size_t n_operands, wick_node *const *operand, bool with_event)
{
    const wick *w = operand[0]->w;
    const wick_node *shaped = operand[0];
    walker walkers[WICKI_LOOP_OPERANDS];

    loop->n_levels = 0;
    loop->n_operands = n_operands;
    for (size_t k = 0; k < n_operands; k++) {
        const wick_node *node = operand[k];
        const wicki_set *set = wicki_set_at(w, node->dims);
        walkers[k] = (walker){ set->dim, set->n, node->rank > 0, 1 };
        if (node->rank > shaped->rank)
            shaped = node;
    }
    add_dimensions(loop, walkers, w, wicki_set_at(w, operand[0]->dims));
    if (with_event)
        add_event(loop, walkers, shaped);
}

bool wicki_loop_next(const wicki_loop *loop, wicki_place *p)
{
    for (size_t level = 1; level < loop->n_levels; level++) {
        const size_t *step = loop->step[level];
        for (size_t k = 0; k < loop->n_operands; k++)
            p->offset[k] += step[k];
        if (++p->index[level] < loop->size[level])
            return true;
        for (size_t k = 0; k < loop->n_operands; k++)
            p->offset[k] -= step[k] * loop->size[level];
        p->index[level] = 0;
    }
    return false;
}

static void place_stretch(
    wicki_stretch *s, const wicki_loop *loop, const wicki_place *p, size_t first)
{
    for (size_t k = 0; k < loop->n_operands; k++)
        s->offset[k] = p->offset[k] + s->step[k] * first;
}

/* Calls body for the stretches of n members whose mask, the last operand, is not 0. */
static void unmasked(wicki_stretch *s, const wicki_loop *loop, const wicki_place *p, size_t n,
    wicki_stretch_body *body, void *arg)
{
    const size_t last = loop->n_operands - 1;
    const double *mask = s->operand[last]->value + p->offset[last];
    const size_t step = s->step[last];
    size_t i = 0, end;

    for (; i < n; i = end) {
        while (i < n && mask[i * step] == 0.0)
            i++;
        for (end = i; end < n && mask[end * step] != 0.0; end++)
            ;
        s->n = end - i;
        place_stretch(s, loop, p, i);
        if (s->n > 0)
            body(s, arg);
    }
}

/*
 * One run for all: every operand either has all members and elements, or is a single number. Only
 * dimensions of size 1 can then differ. False: the axes have to be looked at.
 */
static bool single_run(wicki_stretch *s, size_t n_operands, bool with_event)
{
    const wick_node *out = s->operand[0];
    size_t elements = 1;

    for (size_t k = 0; with_event && k < n_operands; k++)
        if (s->operand[k]->elements > elements)
            elements = s->operand[k]->elements;
    s->n = out->members * elements;
    for (size_t k = 0; k < n_operands; k++) {
        const wick_node *node = s->operand[k];
        const size_t own = node->members * (with_event ? node->elements : 1);
        if (own != s->n && own != 1)
            return false;
        s->step[k] = own > 1;
        s->offset[k] = 0;
    }
    return true;
}

/* One run after the other, by the axes. */
static void walk_axes(wicki_stretch *s, size_t n_operands, bool with_event, bool masked,
    wicki_stretch_body *body, void *arg)
{
    wicki_loop loop;
    wicki_place p;

    wicki_loop_of(&loop, n_operands, s->operand, with_event);
    memset(&p, 0, sizeof p);
    memset(s->step, 0, sizeof s->step);
    const size_t n = wicki_loop_run(&loop);
    if (loop.n_levels > 0)
        memcpy(s->step, loop.step[0], n_operands * sizeof *s->step);
    do {
        if (masked) {
            unmasked(s, &loop, &p, n, body, arg);
        } else {
            s->n = n;
            place_stretch(s, &loop, &p, 0);
            body(s, arg);
        }
    } while (wicki_loop_next(&loop, &p));
}

static void walk(size_t n_operands, wick_node *const *operand, bool with_event, bool masked,
    wicki_stretch_body *body, void *arg)
{
    wicki_stretch s;

    s.operand = operand;
    if (!masked && single_run(&s, n_operands, with_event))
        body(&s, arg);
    else
        walk_axes(&s, n_operands, with_event, masked, body, arg);
}

void wicki_for_stretches(size_t n_operands, wick_node *const *operand, bool with_event,
    wicki_stretch_body *body, void *arg)
{
    walk(n_operands, operand, with_event, false, body, arg);
}

/* --- walks that are laid out once -------------------------------------------------------------- */

enum { MOST_STRETCHES = 64 };

struct wicki_walk {
    bool with_event;
    size_t n;
    wick_node *operand[WICKI_LOOP_OPERANDS];
    wicki_stretch stretch[];
};

static void count_stretch(const wicki_stretch *s, void *arg)
{
    (void)s;
    ++*(size_t *)arg;
}

static void keep_stretch(const wicki_stretch *s, void *arg)
{
    struct wicki_walk *walk = arg;

    walk->stretch[walk->n] = *s;
    walk->stretch[walk->n++].operand = walk->operand;
}

/* Elementwise ops walk over events too, the others over members. */
bool wicki_lay_out_walk(wick *w, wick_node *node)
{
    const bool with_event = node->op && node->op->value;
    size_t n = 0;

    if (!node->op || node->masked || node->walk || 1 + node->n_in > WICKI_LOOP_OPERANDS)
        return true;
    wicki_for_node(node, with_event, count_stretch, &n);
    if (n > MOST_STRETCHES)
        return true;
    struct wicki_walk *kept = wick_alloc(w, sizeof *kept + n * sizeof *kept->stretch);
    if (!kept)
        return false;
    *kept = (struct wicki_walk){ .with_event = with_event };
    kept->operand[0] = node;
    for (uint32_t j = 0; j < node->n_in; j++)
        kept->operand[j + 1] = node->in[j];
    wicki_for_node(node, with_event, keep_stretch, kept);
    node->walk = kept;
    return true;
}

const wicki_stretch *wicki_only_stretch(const wick_node *node)
{
    return node->walk && node->walk->n == 1 ? node->walk->stretch : NULL;
}

void wicki_for_node(wick_node *node, bool with_event, wicki_stretch_body *body, void *arg)
{
    wick_node *operand[WICKI_LOOP_OPERANDS];

    if (node->walk && node->walk->with_event == with_event) {
        for (size_t i = 0; i < node->walk->n; i++)
            body(&node->walk->stretch[i], arg);
        return;
    }

    operand[0] = node;
    for (uint32_t j = 0; j < node->n_in; j++)
        operand[j + 1] = node->in[j];
    walk(1 + node->n_in, operand, with_event, node->masked, body, arg);
}

/* --- runs for the writers of ops ----------------------------------------------------------------- */

struct run_body {
    void (*call)(wick_node *node, const wick_run *run);
};

static void call_with_run(const wicki_stretch *s, void *arg)
{
    const struct run_body *body = arg;
    wick_node *node = s->operand[0];
    wick_run run;

    run.n = s->n;
    run.out = node->value + s->offset[0];
    run.out_adjoint = node->adjoint ? node->adjoint + s->offset[0] : NULL;
    run.out_stride = node->members;
    for (uint32_t j = 0; j < node->n_in; j++) {
        const wick_node *in = node->in[j];
        run.in[j] = in->value + s->offset[j + 1];
        run.in_adjoint[j] = in->adjoint ? in->adjoint + s->offset[j + 1] : NULL;
        run.in_stride[j] = in->members;
        run.in_step[j] = s->step[j + 1];
    }
    body->call(node, &run);
}

void wick_for_runs(wick_node *node, void (*body)(wick_node *node, const wick_run *run))
{
    struct run_body call = { body };

    wicki_for_node(node, false, call_with_run, &call);
}

/* --- sums -------------------------------------------------------------------------------------- */

static double tree(const double *s)
{
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

double wicki_sum(size_t n, const double *x)
{
    double s[8] = { 0 };
    const size_t whole = n - n % 8;

    if (n == 1)
        return *x;
    for (size_t i = 0; i < whole; i += 8)
        for (size_t l = 0; l < 8; l++)
            s[l] += x[i + l];
    for (size_t l = 0; l < n % 8; l++)
        s[l] += x[whole + l];
    return tree(s);
}

double wicki_dot(size_t n, const double *x, const double *y)
{
    double s[8] = { 0 };
    const size_t whole = n - n % 8;

    for (size_t i = 0; i < whole; i += 8)
        for (size_t l = 0; l < 8; l++)
            s[l] += x[i + l] * y[i + l];
    for (size_t l = 0; l < n % 8; l++)
        s[l] += x[whole + l] * y[whole + l];
    return tree(s);
}
