#include "dist/density.h"

#include "dist/composite.h"
#include "dist/sample.h"
#include "tape/loop.h"
#include "tape/op_list.h"
#include "tape/take.h"
#include "tape/twin.h"

#include <string.h>

/* --- the list -------------------------------------------------------------------------------- */

#define ENTRY(name) &wicki_dist_##name,
const wick_dist_type *const wicki_dists[] = { WICKI_DIST_LIST(ENTRY) };
const size_t wicki_n_dists = sizeof wicki_dists / sizeof *wicki_dists;

/* --- marks ----------------------------------------------------------------------------------- */

/* Too many axes are an error when the distribution is used: here is no handle to raise it on. */
wick_dist wick_iid_array(wick_dist dist, size_t rank, const size_t *sizes)
{
    const size_t all = rank + dist.iid_rank;

    if (rank > WICK_MAX_RANK || all > WICK_MAX_RANK) {
        dist.iid_rank = WICK_MAX_RANK + 1;
        return dist;
    }
    memmove(dist.iid_sizes + rank, dist.iid_sizes, dist.iid_rank * sizeof *sizes);
    memcpy(dist.iid_sizes, sizes, rank * sizeof *sizes);
    dist.iid_rank = (unsigned char)all;
    return dist;
}

wick_dist wick_enumerate(wick_dist dist)
{
    dist.enumerate = WICK_PARALLEL;
    return dist;
}

wick_dist wick_enumerate_sequential(wick_dist dist)
{
    dist.enumerate = WICK_SEQUENTIAL;
    return dist;
}

wick_dist wick_auxiliary(wick_dist dist)
{
    dist.auxiliary = true;
    return dist;
}

wick_dist wick_baseline(wick_dist dist, wick_var baseline)
{
    dist.baseline = baseline;
    return dist;
}

wick_constraint wick_support(wick_dist dist)
{
    if (!dist.type)
        return wick_real();
    return dist.type->support_of ? dist.type->support_of(&dist) : dist.type->support;
}

/* --- parameters ------------------------------------------------------------------------------ */

static const char *function_of(const wick_dist *dist)
{
    return dist->type->log_prob->name;
}

static bool usable(wick *w, const wick_dist *dist)
{
    if (!wicki_ok(w))
        return false;
    if (!dist->type)
        wick_fail(w, WICK_ERR_STATE, "a distribution was never set");
    else if (dist->iid_rank > WICK_MAX_RANK)
        wick_fail(w, WICK_ERR_SHAPE, "wick_iid: more than %d event axes", WICK_MAX_RANK);
    return wicki_ok(w);
}

/* A parameter with axes of its own before those of one draw, spread over the axes of iid. */
static wick_node *spread(wick *w, const wick_dist *dist, uint32_t j, wick_node *x)
{
    const size_t more = dist->iid_rank;

    if (!x || more == 0 || x->rank <= dist->type->parameter_rank[j])
        return x;
    wicki_view view = wicki_view_of(x);
    if (view.rank + more > WICK_MAX_RANK) {
        wick_fail(w, WICK_ERR_SHAPE, "wick_iid: %zu event axes, at most %d are allowed",
            view.rank + more, WICK_MAX_RANK);
        return NULL;
    }
    for (size_t i = view.rank; i-- > 0;) {
        view.sizes[i + more] = view.sizes[i];
        view.strides[i + more] = view.strides[i];
    }
    for (size_t i = 0; i < more; i++) {
        view.sizes[i] = dist->iid_sizes[i];
        view.strides[i] = 0;
    }
    view.rank += more;
    return wicki_rearrange(w, x, &view);
}

bool wicki_dist_parameters(wick *w, const wick_dist *dist, wick_node **parameter)
{
    if (!usable(w, dist))
        return false;
    for (uint32_t j = 0; j < dist->type->n_parameters; j++) {
        wick_node *x = wicki_operand_node(w, function_of(dist), dist->parameter[j]);
        parameter[j] = spread(w, dist, j, x);
    }
    return wicki_ok(w);
}

/* --- shapes ---------------------------------------------------------------------------------- */

static const char *input_name(const wick_node *node, uint32_t j)
{
    const wick_dist_type *type = ((const wicki_density *)node->data)->type;

    return j == 0 ? "value" : j > type->n_parameters ? "mask" : type->parameter_names[j - 1];
}

static size_t own_rank(const wick_node *node, uint32_t j)
{
    const wick_dist_type *type = ((const wicki_density *)node->data)->type;

    return j == 0 ? type->event_rank : j > type->n_parameters ? 0 : type->parameter_rank[j - 1];
}

static bool fail_shapes(wick *w, const wick_node *node, uint32_t a, uint32_t b)
{
    char buffer[160];
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_text_add(&text, "%s is ", input_name(node, a));
    wicki_text_add_event(&text, node->in[a]);
    wicki_text_add(&text, ", %s is ", input_name(node, b));
    wicki_text_add_event(&text, node->in[b]);
    wick_fail(w, WICK_ERR_SHAPE, "%s: %s; the event shapes do not agree", node->op->name, buffer);
    return false;
}

/* The last axes, those of one draw, all have the size n; of a rectangular matrix the first has. */
static bool own_axes_fit(wick *w, wick_node *node, uint32_t j)
{
    wicki_density *d = node->data;
    const wick_node *x = node->in[j];
    const size_t own = own_rank(node, j);
    const bool wide = own == 2 && j > 0 && d->type->rectangular;
    const char *matrix = wide ? "a matrix with a first axis" : "a square matrix";
    bool fits = x->rank >= own;

    for (size_t i = x->rank - own; fits && i + wide < x->rank; i++) {
        d->n = d->n ? d->n : x->event[i];
        fits = x->event[i] == d->n;
    }
    if (fits)
        return true;
    char buffer[64];
    wicki_text text = { buffer, sizeof buffer, 0 };
    wicki_text_add_event(&text, x);
    if (d->n)
        wick_fail(w, WICK_ERR_SHAPE, "%s: %s is %s, need %s of size %zu", node->op->name,
            input_name(node, j), buffer, own == 2 ? matrix : "a last axis", d->n);
    else
        wick_fail(w, WICK_ERR_SHAPE, "%s: %s is %s, need %s", node->op->name, input_name(node, j),
            buffer, own == 2 ? matrix : "a vector");
    return false;
}

static bool same_batch(const wick_node *a, const wick_node *b, size_t rank)
{
    return memcmp(a->event, b->event, rank * sizeof *a->event) == 0;
}

/* Nothing to compare: every input is one number per member. */
static bool all_scalar(const wick_node *node)
{
    for (uint32_t j = 0; j < node->n_in; j++)
        if (node->in[j]->rank > 0 || own_rank(node, j) > 0)
            return false;
    return true;
}

bool wicki_density_shape(wick *w, wick_node *node)
{
    wicki_density *d = node->data;
    uint32_t shaped = 0;

    node->masked = node->n_in > 1 + d->type->n_parameters;
    d->batch = 1;
    if (all_scalar(node))
        return true;
    for (uint32_t i = node->n_in; i-- > 0;) /* the value last: it must fit the parameters */
        if (!own_axes_fit(w, node, i))
            return false;
    for (uint32_t j = 0; j < node->n_in; j++) {
        const size_t rank = node->in[j]->rank - own_rank(node, j);
        const size_t before = node->in[shaped]->rank - own_rank(node, shaped);
        if (rank > 0 && before == 0)
            shaped = j;
        else if (rank > 0 && (rank != before || !same_batch(node->in[j], node->in[shaped], rank)))
            return fail_shapes(w, node, shaped, j);
    }
    if (node->masked && d->n && node->in[node->n_in - 1]->rank > 0) {
        wick_fail(w, WICK_ERR_SHAPE, "%s: the mask has an event, need a scalar", node->op->name);
        return false;
    }
    for (size_t i = 0; i + own_rank(node, shaped) < node->in[shaped]->rank; i++)
        d->batch *= node->in[shaped]->event[i];
    for (uint32_t j = 0; j <= d->type->n_parameters; j++)
        d->step[j] = node->in[j]->rank > own_rank(node, j) ? node->in[j]->elements / d->batch : 0;
    return true;
}

wick_run wicki_batch_run(const wick_node *node, const wick_run *run, size_t draw)
{
    const wicki_density *d = node->data;
    wick_run part = *run;

    for (size_t j = 0; draw > 0 && j <= d->type->n_parameters; j++) {
        const size_t offset = draw * d->step[j] * run->in_stride[j];
        part.in[j] += offset;
        if (part.in_adjoint[j])
            part.in_adjoint[j] += offset;
    }
    return part;
}

/* --- density --------------------------------------------------------------------------------- */

static bool iid_fits(wick *w, const wick_dist *dist, const wick_node *value)
{
    bool fits = value->rank >= dist->iid_rank;

    for (size_t i = 0; fits && i < dist->iid_rank; i++)
        fits = value->event[i] == dist->iid_sizes[i];
    if (fits)
        return true;
    char buffer[128];
    wicki_text text = { buffer, sizeof buffer, 0 };
    wicki_text_add_event(&text, value);
    wicki_text_add(&text, ", need ");
    for (size_t i = 0; i < dist->iid_rank; i++)
        wicki_text_add(&text, "[%zu]", dist->iid_sizes[i]);
    wick_fail(
        w, WICK_ERR_SHAPE, "%s: value is %s for its independent copies", function_of(dist), buffer);
    return false;
}

static wick_node *zero_over(wick *w, uint32_t dims)
{
    wick_node *node = wicki_leaf(w, NULL, 0, NULL, dims, false);

    return node ? memset(node->value, 0, node->members * sizeof *node->value), node : NULL;
}

/* An op from elsewhere, whose shape rule does not know of masks, is run once more with its mask. */
static wick_node *with_mask(wick_node *node)
{
    if (!node || node->masked)
        return node;
    node->masked = true;
    if (!node->op->forward) {
        wicki_map_forward(node);
        return node;
    }
    memset(node->value, 0, node->members * node->elements * sizeof *node->value);
    node->op->forward(node);
    return node;
}

static bool is_enumerated(const wick *w, uint32_t dim)
{
    return dim && wicki_dim_at(w, dim)->kind == WICKI_ENUMERATED;
}

/* Of all values of a variable, by one before it: those of the next in a chain are the same. */
static bool has_twins(const wick *w, const wick_node *parameter, const wick_node *value)
{
    const wicki_set *set = wicki_set_at(w, parameter->dims);

    return is_enumerated(w, value->coordinate) && set->n > 0 && is_enumerated(w, set->dim[0]);
}

wick_node *wicki_log_prob(wick *w, const wick_dist *dist, wick_node *value, wick_node *mask)
{
    wick_node *in[WICK_MAX_INPUTS] = { value };

    if (!value || !wicki_dist_parameters(w, dist, in + 1) || !iid_fits(w, dist, value))
        return NULL;
    if (dist->type == &wicki_dist_delta && in[1] == value)
        return zero_over(w, value->dims);
    if (dist->type->density)
        return wicki_composite_log_prob(w, dist, value, mask);
    if (dist->type == &wicki_dist_delta_density && in[1] == value && !mask && in[2]->rank == 0 &&
        wicki_on_tape(in[2]))
        return in[2];
    const wicki_density data = { .type = dist->type };
    size_t n_in = 1 + dist->type->n_parameters;
    if (mask)
        in[n_in++] = mask;
    wicki_twin_key key;
    const bool twins = !mask && n_in > 1 && has_twins(w, in[1], value) &&
        wicki_twin_key_of(w, dist->type->log_prob, n_in, in, 0, &key);
    wick_node *node = twins ? wicki_twin(w, &key, key.dims) : NULL;
    if (node || !wicki_ok(w))
        return node;
    node = wicki_record(w, dist->type->log_prob, n_in, in, &data, sizeof data);
    if (twins)
        return wicki_twin_keep(w, &key, node);
    return mask ? with_mask(node) : node;
}

wick_var wick_log_prob(wick *w, wick_dist dist, wick_var x)
{
    wick_node *value = usable(w, &dist) ? wicki_node_of(w, function_of(&dist), x) : NULL;

    return wicki_var_of(w, wicki_log_prob(w, &dist, value, NULL));
}
