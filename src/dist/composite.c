#include "dist/composite.h"

#include "dist/sample.h"
#include "tape/axis.h"
#include "tape/op_list.h"
#include "tape/take.h"

#include <string.h>

/* Axes of the event, and the dimension that they become; 0 if there are none. */
typedef struct fold {
    size_t n, sizes[WICK_MAX_RANK];
    uint32_t dim;
} fold;

/* --- making ---------------------------------------------------------------------------------- */

/* The last axes of a draw of the last base. */
static bool event_of_base(wick *w, const wick_dist *dist, size_t *sizes)
{
    const wick_dist *base = &dist->base[dist->n_bases - 1];
    const size_t own = dist->type->event_rank;
    size_t rank, all[WICK_MAX_RANK];

    if (!wicki_dist_event(w, base, &rank, all) || rank < own)
        return false;
    memcpy(sizes, all + rank - own, own * sizeof *sizes);
    return true;
}

static wick_constraint support_of_base(const wick_dist *dist)
{
    return wick_support(dist->base[dist->n_bases - 1]);
}

wick_dist wicki_compose(
    wick *w, const wick_dist_type *type, size_t size, size_t n_bases, const wick_dist *bases)
{
    const wick_dist none = { .type = NULL };

    if (!wicki_ok(w))
        return none;
    for (size_t i = 0; i < n_bases; i++)
        if (wicki_ok(w) && !bases[i].type)
            wick_fail(w, WICK_ERR_STATE, "%s: a distribution was never set", type->log_prob->name);
    wick_dist_type *own = wick_alloc(w, size);
    wick_dist *kept = wick_alloc(w, n_bases * sizeof *kept);
    if (!own || !kept)
        return none;
    const wick_dist *last = &bases[n_bases - 1];
    memcpy(own, type, size);
    memcpy(kept, bases, n_bases * sizeof *kept);
    own->event_rank = (uint8_t)(last->type->event_rank + type->event_rank);
    own->event = own->event_rank > 0 ? event_of_base : NULL;
    if (!own->support_of) {
        own->support = last->type->support;
        own->support_of = support_of_base;
    }
    own->cardinality = last->type->cardinality ? wicki_base_cardinality : NULL;
    own->support_value = last->type->support_value ? wicki_base_support_value : NULL;
    return (wick_dist){ .type = own, .base = kept, .n_bases = n_bases };
}

wick_dist wicki_base(const wick_dist *dist, size_t which)
{
    return wick_iid_array(dist->base[which], dist->iid_rank, dist->iid_sizes);
}

wick_var wicki_parameter(wick *w, const wick_dist *dist, size_t j)
{
    const wick_argument *p = &dist->parameter[j];

    return !p->var.w && p->var.node == WICK_NODE_NUMBER ? wick_num(w, p->number) : p->var;
}

size_t wicki_base_cardinality(wick *w, const wick_dist *dist)
{
    return wicki_dist_cardinality(w, &dist->base[dist->n_bases - 1]);
}

wick_var wicki_base_support_value(wick *w, const wick_dist *dist, wick_var number)
{
    const wick_dist *base = &dist->base[dist->n_bases - 1];

    return base->type->support_value(w, base, number);
}

/* --- axes as a dimension --------------------------------------------------------------------- */

static bool make_fold(wick *w, fold *f)
{
    size_t all = 1;

    f->dim = 0;
    for (size_t i = 0; i < f->n; i++)
        all *= f->sizes[i];
    if (f->n == 0)
        return true;
    const wicki_dim dim = {
        .kind = WICKI_AMBIENT, .name = wick_name(w, "event"), .size = all, .full = all
    };
    f->dim = wicki_dim_new(w, &dim);
    return f->dim;
}

/* x with its first axes, which are those of the fold, as the dimension. */
static wick_node *to_dim(wick *w, const fold *f, wick_node *x)
{
    wicki_view view = wicki_view_of(x);
    const wicki_view whole = view;

    if (f->n == 0)
        return x;
    view.rank -= f->n;
    for (size_t i = 0; i < view.rank; i++) {
        view.sizes[i] = whole.sizes[i + f->n];
        view.strides[i] = whole.strides[i + f->n];
    }
    view.dim = f->dim;
    view.dim_stride = whole.strides[f->n - 1];
    view.dims = wicki_set_with(w, x->dims, f->dim);
    return wicki_rearrange(w, x, &view);
}

/* The dimension as axes again, before the others. */
static wick_node *to_axes(wick *w, const fold *f, wick_node *x)
{
    wicki_view view = wicki_view_of(x);
    const wicki_view own = view;
    size_t stride = wicki_dim_stride(x, f->dim);

    if (f->n == 0)
        return x;
    for (size_t i = 0; i < own.rank; i++) {
        view.sizes[i + f->n] = own.sizes[i];
        view.strides[i + f->n] = own.strides[i];
    }
    for (size_t i = f->n; i-- > 0; stride *= f->sizes[i]) {
        view.sizes[i] = f->sizes[i];
        view.strides[i] = stride;
    }
    view.rank = own.rank + f->n;
    view.dims = wicki_set_without(w, x->dims, f->dim);
    return wicki_rearrange(w, x, &view);
}

static bool fails_shape(wick *w, const wick_dist *dist, const char *what, const wick_node *x)
{
    char buffer[64];
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_text_add_event(&text, x);
    wick_fail(w, WICK_ERR_SHAPE, "%s: %s is %s; the event shapes do not agree",
        dist->type->log_prob->name, what, buffer);
    return false;
}

static bool begins_with(const fold *f, const wick_node *x)
{
    for (size_t i = 0; i < f->n; i++)
        if (x->event[i] != f->sizes[i])
            return false;
    return true;
}

/* Axes of a base that belong to one draw of what is made from it, beyond those of its own draws. */
static size_t taken_in(const wick_dist *dist)
{
    return dist->n_bases == 1 ? (size_t)dist->type->event_rank - dist->base->type->event_rank : 0;
}

/* Copies that stay with a draw; where parameters have their axes, there are none to be made. */
static void keep_copies(wick_dist *dist, size_t kept, bool have_axes)
{
    const size_t n = have_axes ? 0 : dist->iid_rank < kept ? dist->iid_rank : kept;

    memmove(dist->iid_sizes, dist->iid_sizes + dist->iid_rank - n, n * sizeof *dist->iid_sizes);
    dist->iid_rank = (unsigned char)n;
}

/* The distribution of one draw, which has the last `kept` axes before its own: those of its parameters
 * before them are the dimension. */
static bool fold_dist(wick *w, const wick_dist *dist, const fold *f, size_t kept, wick_dist *out)
{
    wick_node *parameter[WICK_MAX_PARAMETERS];
    wick_dist *bases = dist->n_bases ? wick_alloc(w, dist->n_bases * sizeof *bases) : NULL;
    bool have_axes = false;

    *out = *dist;
    if (!wicki_dist_parameters(w, dist, parameter) || (dist->n_bases && !bases))
        return false;
    for (size_t j = 0; j < dist->type->n_parameters; j++) {
        const size_t own = dist->type->parameter_rank[j];
        wick_node *x = parameter[j];
        if (x->rank <= own)
            continue;
        if (x->rank - own != f->n + kept || !begins_with(f, x))
            return fails_shape(w, dist, dist->type->parameter_names[j], x);
        out->parameter[j] = (wick_argument){ .var = wicki_var_of(w, to_dim(w, f, x)) };
        have_axes = true;
    }
    for (size_t i = 0; i < dist->n_bases; i++) {
        const wick_dist base = wicki_base(dist, i);
        if (!fold_dist(w, &base, f, kept + taken_in(dist), &bases[i]))
            return false;
    }
    keep_copies(out, dist->n_bases ? 0 : kept, have_axes);
    out->base = bases;
    return wicki_ok(w);
}

/* --- density --------------------------------------------------------------------------------- */

wick_node *wicki_composite_log_prob(
    wick *w, const wick_dist *dist, wick_node *value, wick_node *mask)
{
    const size_t own = dist->type->event_rank;
    fold f = { .n = value->rank >= own ? value->rank - own : 0 };
    wick_dist one;

    if (value->rank < own) {
        fails_shape(w, dist, "the value", value);
        return NULL;
    }
    for (size_t i = 0; i < f.n; i++)
        f.sizes[i] = value->event[i];
    if (!make_fold(w, &f) || !fold_dist(w, dist, &f, 0, &one))
        return NULL;
    wick_var density = dist->type->density(w, &one, wicki_var_of(w, to_dim(w, &f, value)));
    if (mask && mask->rank > 0)
        mask = to_dim(w, &f, mask);
    if (mask)
        density = wick_where(wicki_var_of(w, mask), density, 0.0);
    wick_node *node = wicki_node_of(w, dist->type->log_prob->name, density);
    if (!node || f.n == 0)
        return node;
    const wicki_axis axis = wicki_dim_axis(w, node, f.dim);
    return wicki_reduce_axis(w, &wicki_op_sum, node, &axis);
}

/* --- draws ----------------------------------------------------------------------------------- */

static void take_longer(const size_t *sizes, size_t rank, size_t own, fold *f)
{
    if (rank <= own || rank - own <= f->n)
        return;
    f->n = rank - own;
    memcpy(f->sizes, sizes, f->n * sizeof *sizes);
}

/* The axes before those of one draw: of whichever parameter has most, or the copies. */
static bool find_axes(wick *w, const wick_dist *dist, size_t kept, fold *f)
{
    wick_node *parameter[WICK_MAX_PARAMETERS];

    if (!wicki_dist_parameters(w, dist, parameter))
        return false;
    take_longer(dist->iid_sizes, dist->iid_rank, kept, f);
    for (size_t j = 0; j < dist->type->n_parameters; j++) {
        const wick_node *x = parameter[j];
        size_t sizes[WICK_MAX_RANK];
        for (size_t i = 0; i < x->rank; i++)
            sizes[i] = x->event[i];
        take_longer(sizes, x->rank, kept + dist->type->parameter_rank[j], f);
    }
    for (size_t i = 0; i < dist->n_bases; i++) {
        const wick_dist base = wicki_base(dist, i);
        if (!find_axes(w, &base, kept + taken_in(dist), f))
            return false;
    }
    return true;
}

wick_node *wicki_composite_draw(wick *w, const wick_dist *dist)
{
    const uint32_t open = w->tape->open;
    fold f = { .n = 0 };
    wick_dist one;

    if (!find_axes(w, dist, 0, &f) || !make_fold(w, &f) || !fold_dist(w, dist, &f, 0, &one))
        return NULL;
    if (f.n > 0)
        w->tape->open = wicki_set_with(w, open, f.dim);
    const wick_var x = wicki_ok(w) ? dist->type->sample(w, &one) : WICK_VAR_NONE;
    w->tape->open = open;
    wick_node *node = wicki_ok(w) ? wicki_node_of(w, dist->type->log_prob->name, x) : NULL;
    return node ? to_axes(w, &f, node) : NULL;
}

wick_var wicki_part_draw(wick *w, const wick_dist *dist, uint64_t part)
{
    const wicki_random whole = w->random;
    wicki_random own = whole;

    own.name = wicki_hash(whole.name, part);
    wicki_random_begin(w, &own, w->random_step);
    wick_node *x = wicki_dist_draw(w, dist);
    wicki_random_begin(w, &whole, w->random_step);
    return wicki_var_of(w, x);
}

bool wicki_composite_event(wick *w, const wick_dist *dist, size_t *rank, size_t *sizes)
{
    wick_node *parameter[WICK_MAX_PARAMETERS];
    fold f = { .n = 0 };

    if (!find_axes(w, dist, 0, &f) || f.n + dist->type->event_rank > WICK_MAX_RANK)
        return false;
    memcpy(sizes, f.sizes, f.n * sizeof *sizes);
    *rank = f.n + dist->type->event_rank;
    return wicki_dist_parameters(w, dist, parameter) &&
        wicki_dist_own_event(w, dist, parameter, sizes + f.n);
}
