#include "dist/mvn_plan.h"

#include "kernel/kernels.h"
#include "kernel/quadratic.h"
#include "tape/tape.h"

enum { VALUE, LOC, TRIL };

typedef struct plan {
    wicki_mvn mvn;
    bool quadratic; /* the form of this run */
} plan;

/* --- which nodes ------------------------------------------------------------------------------- */

/* Plates of fewer members than this are not worth constants and lanes. */
enum { PLATE = 16, FEW_LANES = 1 << 17 };

static bool varies(const wick_node *node, uint32_t j, uint32_t dim)
{
    return wicki_set_has(node->w, node->in[j]->dims, dim);
}

static bool one_draw_each(const wick_node *node, size_t d)
{
    return d > 0 && node->in[VALUE]->elements == d && node->in[LOC]->elements == d &&
        node->in[TRIL]->elements == d * d;
}

/* Is it worth its constants and lanes, which are per row? A tile of it is judged as the whole. */
static bool is_large(const wick_node *node, const wicki_dim *plate, size_t d)
{
    const size_t rows = node->members / plate->size;

    return plate->kind == WICKI_PLATE && plate->present >= PLATE && rows < UINT32_MAX &&
        (plate->present >= 2 * wicki_mvn_entries(d) || wicki_mvn_lanes(d, rows) <= FEW_LANES);
}

/* The innermost dimension, if it is a large plate that only the value varies over; else 0. */
static uint32_t plate_of_value(const wick_node *node)
{
    const wicki_density *d = node->data;
    const wicki_set *set = wicki_set_at(node->w, node->dims);
    const uint32_t dim = set->n > 0 ? set->dim[set->n - 1] : 0;

    if (dim == 0 || node->masked || !one_draw_each(node, d->n) || !varies(node, VALUE, dim) ||
        varies(node, LOC, dim) || varies(node, TRIL, dim))
        return 0;
    return is_large(node, wicki_dim_at(node->w, dim), d->n) ? dim : 0;
}

/* --- making the plan --------------------------------------------------------------------------- */

/* For each of the node's rows, all its dimensions but the innermost, which row of input j it is. */
static const uint32_t *rows_of(wick *w, const wick_node *node, uint32_t j, size_t rows)
{
    const wicki_set *set = wicki_set_at(w, node->dims);
    uint32_t *row = wick_alloc(w, rows * sizeof *row), stride = 1;
    size_t n = 1;

    if (!row)
        return NULL;
    row[0] = 0;
    for (uint32_t i = set->n - 1; i-- > 0;) {
        const size_t size = wicki_dim_at(w, set->dim[i])->size;
        const bool own = varies(node, j, set->dim[i]);
        for (size_t k = n; k < n * size; k++)
            row[k] = row[k - n] + (own ? stride : 0);
        stride *= own ? (uint32_t)size : 1;
        n *= size;
    }
    return row;
}

static void find_rows(wick *w, const wick_node *node, wicki_mvn *m, size_t n)
{
    m->rows = node->members / n;
    m->x_rows = node->in[VALUE]->members / n;
    m->loc_rows = node->in[LOC]->members;
    m->tril_rows = node->in[TRIL]->members;
    m->x_row = rows_of(w, node, VALUE, m->rows);
    m->loc_row = rows_of(w, node, LOC, m->rows);
    m->tril_row = rows_of(w, node, TRIL, m->rows);
}

static void find_room(wick *w, const wick_node *node, wicki_mvn *m)
{
    m->pairs = node->in[TRIL]->differentiable;
    m->constants = wicki_alloc_doubles(w, wicki_mvn_constants(m->d, m->rows));
    m->scratch = wicki_alloc_doubles(w, wicki_mvn_scratch(m->d));
    if (m->pairs || node->in[LOC]->differentiable)
        m->lanes = wicki_alloc_doubles(w, wicki_mvn_lanes(m->d, m->rows));
}

static void find_quadratic_room(wick *w, const wick_node *node, wicki_mvn *m)
{
    if (m->x_rows > 1 || node->in[VALUE]->differentiable || !wicki_quadratic_pays(m->d, m->rows))
        return;
    m->kept = wicki_quadratic_kept(m->d, node->members / m->rows);
    m->theta = wicki_alloc_doubles(w, wicki_mvn_constants(m->d, m->rows));
    m->centre = wicki_alloc_doubles(w, m->d);
    m->features = wicki_alloc_doubles(w, m->kept * wicki_mvn_entries(m->d));
}

bool wicki_mvn_plan(wick *w, wick_node *node)
{
    wicki_density *d = node->data;
    const uint32_t dim = plate_of_value(node);

    if (dim == 0)
        return true;
    plan *p = wick_alloc(w, sizeof *p);
    if (!p)
        return false;
    *p = (plan){ .mvn.d = d->n };
    find_rows(w, node, &p->mvn, wicki_dim_at(w, dim)->size);
    find_room(w, node, &p->mvn);
    find_quadratic_room(w, node, &p->mvn);
    d->plan = p;
    return wicki_ok(w);
}

/* --- running it -------------------------------------------------------------------------------- */

/* With the values where they are now; NULL if there is no plan. */
static plan *plan_of(const wick_node *node)
{
    plan *p = ((const wicki_density *)node->data)->plan;

    if (!p)
        return NULL;
    wicki_mvn *m = &p->mvn;
    m->n = node->members / m->rows;
    m->x = node->in[VALUE]->value;
    m->loc = node->in[LOC]->value;
    m->tril = node->in[TRIL]->value;
    m->out = node->value;
    m->g = node->adjoint;
    m->x_adjoint = node->in[VALUE]->adjoint;
    m->loc_adjoint = node->in[LOC]->adjoint;
    m->tril_adjoint = node->in[TRIL]->adjoint;
    return p;
}

void wicki_mvn_prepare(wick_node *node)
{
    const wicki_kernels *kernels = node->w->kernels;
    plan *p = plan_of(node);

    if (!p)
        return;
    kernels->mvn->prepare(&p->mvn);
    p->quadratic = p->mvn.theta && kernels->quadratic->prepare(&p->mvn);
}

bool wicki_mvn_forward(wick_node *node)
{
    const wicki_kernels *kernels = node->w->kernels;
    plan *p = plan_of(node);

    if (p && p->quadratic)
        kernels->quadratic->forward(&p->mvn);
    else if (p)
        kernels->mvn->forward(&p->mvn);
    return p != NULL;
}

bool wicki_mvn_reverse(wick_node *node)
{
    const wicki_kernels *kernels = node->w->kernels;
    plan *p = plan_of(node);

    if (p && p->quadratic)
        kernels->quadratic->reverse(&p->mvn);
    else if (p)
        kernels->mvn->reverse(&p->mvn);
    return p != NULL;
}

void wicki_mvn_finish(wick_node *node)
{
    const wicki_kernels *kernels = node->w->kernels;
    plan *p = plan_of(node);

    if (!p || !p->mvn.lanes)
        return;
    if (p->quadratic)
        kernels->quadratic->standardise(&p->mvn);
    kernels->mvn->finish(&p->mvn);
}
