#include "dist/sample.h"

#include "dist/composite.h"
#include "tape/take.h"

#include <string.h>

/* Axes of a parameter before those that one draw reads. */
static size_t batch_rank(const wick_dist *dist, size_t j, const wick_node *x)
{
    const size_t own = dist->type->parameter_rank[j];

    return x->rank > own ? x->rank - own : 0;
}

bool wicki_dist_own_event(
    wick *w, const wick_dist *dist, wick_node *const *parameter, size_t *sizes)
{
    const wick_dist_type *type = dist->type;
    size_t j = 0;

    if (type->event || type->event_rank == 0)
        return !type->event || type->event(w, dist, sizes);
    while (j < type->n_parameters && type->parameter_rank[j] == 0)
        j++;
    const wick_node *x = j < type->n_parameters ? parameter[j] : NULL;
    for (size_t i = 0; x && x->rank > 0 && i < type->event_rank; i++)
        sizes[i] = x->event[x->rank - 1];
    return x && x->rank > 0;
}

/* The event of the draw: iid, batch of the parameters, its own axes. */
static bool event_of(wick *w, const wick_dist *dist, wicki_sampling *s)
{
    const wick_dist_type *type = dist->type;
    size_t longest = 0;

    for (size_t j = 0; j < type->n_parameters; j++) {
        const wick_node *x = s->parameter[j];
        if (x->rank < type->parameter_rank[j]) {
            wick_fail(w, WICK_ERR_SHAPE, "%s: %s has an event of rank %u, need %u",
                type->log_prob->name, type->parameter_names[j], x->rank, type->parameter_rank[j]);
            return false;
        }
        if (batch_rank(dist, j, x) > longest) {
            longest = batch_rank(dist, j, x);
            for (size_t i = 0; i < longest; i++)
                s->sizes[i] = x->event[i];
        }
    }
    s->rank = longest;
    if (longest == 0) {
        memcpy(s->sizes, dist->iid_sizes, dist->iid_rank * sizeof *s->sizes);
        s->rank = dist->iid_rank;
    }
    if (s->rank + type->event_rank > WICK_MAX_RANK) {
        wick_fail(w, WICK_ERR_SHAPE, "%s: a draw of more than %d event axes", type->log_prob->name,
            WICK_MAX_RANK);
        return false;
    }
    if (!wicki_dist_own_event(w, dist, s->parameter, s->sizes + s->rank))
        return false;
    s->rank += type->event_rank;
    return true;
}

bool wicki_sampling_of(wick *w, const wick_dist *dist, wicki_sampling *s)
{
    *s = (wicki_sampling){ .rank = 0 };
    if (!wicki_dist_parameters(w, dist, s->parameter) || !event_of(w, dist, s))
        return false;
    s->dims = w->tape->open;
    for (size_t j = 0; j < dist->type->n_parameters; j++) {
        const wick_node *x = s->parameter[j];
        if (!wicki_check_domain(w, dist->type->log_prob->name, dist->type->parameter_names[j], x,
                dist->type->parameter_domain[j]))
            return false;
        s->dims = wicki_set_union(w, s->dims, x->dims);
    }
    return wicki_ok(w);
}

wick_node *wicki_sampling_spread(wick *w, const wicki_sampling *s, wick_node *x)
{
    wicki_view view = { .rank = s->rank, .dims = x->dims };
    size_t stride = x->members;

    if (x->rank == s->rank)
        return x;
    for (size_t i = s->rank; i-- > 0;) {
        const bool has = i + x->rank >= s->rank;
        view.sizes[i] = s->sizes[i];
        view.strides[i] = has ? stride : 0;
        stride *= has ? view.sizes[i] : 1;
    }
    return wicki_rearrange(w, x, &view);
}

wick_operand wicki_operand_of(wick *w, const wick_dist *dist, size_t j, const wick_node *x)
{
    return dist->parameter[j].var.w ? wick_operand_var(wicki_var_of(w, x)) : dist->parameter[j];
}

wick_var wicki_sample_noise(
    wick *w, const wick_dist *dist, const wicki_draw_kind *kind, wick_operand *parameter)
{
    wicki_sampling s;
    const bool ready = wicki_sampling_of(w, dist, &s);

    for (size_t j = 0; j < dist->type->n_parameters; j++)
        parameter[j] =
            ready ? wicki_operand_of(w, dist, j, s.parameter[j]) : wick_operand_var(WICK_VAR_NONE);
    return ready ? wicki_var_of(w, wicki_noise(w, kind, s.rank, s.sizes, s.dims)) : WICK_VAR_NONE;
}

wick_var wicki_sample_draw(wick *w, const wick_dist *dist, const wicki_draw_kind *kind)
{
    wicki_sampling s;

    if (!wicki_sampling_of(w, dist, &s))
        return WICK_VAR_NONE;
    return wicki_var_of(w,
        wicki_draw_record(w, kind, dist->type->n_parameters, s.parameter, s.rank, s.sizes, s.dims));
}

wick_node *wicki_dist_draw(wick *w, const wick_dist *dist)
{
    if (!wicki_ok(w))
        return NULL;
    if (!dist->type || !dist->type->sample) {
        wick_fail(w, WICK_ERR_STATE, "%s: it cannot be drawn from",
            dist->type ? dist->type->log_prob->name : "a distribution that was never set");
        return NULL;
    }
    if (dist->type->density)
        return wicki_composite_draw(w, dist);
    const wick_var x = dist->type->sample(w, dist);
    return wicki_ok(w) ? wicki_node_of(w, dist->type->log_prob->name, x) : NULL;
}

/* The node of a parameter; NULL for a number. */
static wick_node *node_of(wick *w, const wick_dist *dist, size_t j)
{
    const wick_argument *p = &dist->parameter[j];

    if (!p->var.w && p->var.node == WICK_NODE_NUMBER)
        return NULL;
    return wicki_node_of(w, dist->type->log_prob->name, p->var);
}

/* As event_of, by the parameters as they are given. */
bool wicki_dist_event(wick *w, const wick_dist *dist, size_t *rank, size_t *sizes)
{
    const wick_dist_type *type = dist->type;
    wick_node *parameter[WICK_MAX_PARAMETERS];
    const wick_node *longest = NULL;
    size_t axes = 0, n = dist->iid_rank;

    if (type->density)
        return wicki_composite_event(w, dist, rank, sizes);
    for (size_t j = 0; j < type->n_parameters; j++) {
        const wick_node *x = parameter[j] = node_of(w, dist, j);
        if (!x || batch_rank(dist, j, x) <= axes)
            continue;
        axes = batch_rank(dist, j, x);
        longest = x;
    }
    if (!wicki_ok(w) || n + axes + type->event_rank > WICK_MAX_RANK)
        return false;
    for (size_t i = 0; i < n; i++)
        sizes[i] = dist->iid_sizes[i];
    for (size_t i = 0; i < axes; i++)
        sizes[n++] = longest->event[i];
    *rank = n + type->event_rank;
    return wicki_dist_own_event(w, dist, parameter, sizes + n);
}

size_t wicki_dist_cardinality(wick *w, const wick_dist *dist)
{
    wick_node *parameter[WICK_MAX_PARAMETERS];

    if (!dist->type || !dist->type->cardinality || dist->iid_rank > 0)
        return 0;
    if (dist->type->event_rank > 0 && !dist->type->support_value)
        return 0;
    if (!wicki_dist_parameters(w, dist, parameter))
        return 0;
    for (size_t j = 0; j < dist->type->n_parameters; j++)
        if (batch_rank(dist, j, parameter[j]) > 0)
            return 0;
    return dist->type->cardinality(w, dist);
}

wick_var wicki_dist_value(wick *w, const wick_dist *dist, wick_var number)
{
    if (!wicki_ok(w) || !dist->type->support_value)
        return number;
    return dist->type->support_value(w, dist, number);
}
