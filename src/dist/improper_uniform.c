/* Flat densities that need not have an integral. */
#include "dist/density.h"
#include "dist/sample.h"
#include "dist/transform.h"

/* Parameters: the size of the axes that the support ties together, which support it is, its bounds. */
enum { SIZE, SUPPORT, LOWER, UPPER };

static const char FUNCTION[] = "wick_improper_uniform";

/* --- density ----------------------------------------------------------------------------------- */

/* The support, by what a run has of the parameters for member i. */
static wick_constraint support_at(const wick_run *run, size_t i)
{
    const size_t kind = 1 + SUPPORT, lower = 1 + LOWER, upper = 1 + UPPER;

    return (wick_constraint){ .kind = (wick_constraint_kind)run->in[kind][i * run->in_step[kind]],
        .lower = run->in[lower][i * run->in_step[lower]],
        .upper = run->in[upper][i * run->in_step[upper]] };
}

/* 0 for a draw in the support, -inf outside, NaN if an element is. */
static double density_of(const wick_node *node, const wick_run *part, size_t i)
{
    const wicki_density *d = node->data;
    const size_t rank = d->type->event_rank, sizes[] = { d->n, d->n };
    const size_t elements = rank == 0 ? 1 : rank == 1 ? d->n : d->n * d->n;
    const double *x = part->in[0] + i * part->in_step[0];
    wicki_violation v;

    if (!wicki_constraint_violation(
            support_at(part, i), false, rank, sizes, x, part->in_stride[0], &v))
        return 0.0;
    for (size_t e = 0; e < elements; e++)
        if (isnan(x[e * part->in_stride[0]]))
            return NAN;
    return -INFINITY;
}

static void improper_uniform_forward_run(wick_node *node, const wick_run *run)
{
    for (size_t b = 0; b < ((const wicki_density *)node->data)->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        for (size_t i = 0; i < run->n; i++)
            run->out[i] += density_of(node, &part, i);
    }
}

/* It is flat: all derivatives are 0. */
static void improper_uniform_reverse_run(wick_node *node, const wick_run *run)
{
    (void)node;
    (void)run;
}

/* --- shapes ------------------------------------------------------------------------------------ */

static bool size_is_given(wick *w, wick_constraint_kind kind, double size)
{
    const wick_constraint c = { .kind = kind };

    if (size > 0.0)
        return true;
    wick_fail(w, WICK_ERR_SHAPE,
        "%s: got no size for %s, need one for each axis that it ties together, all equal: %s after "
        "the support",
        FUNCTION, wick_constraint_name(c), wicki_constraint_rank(c) == 2 ? "n, n" : "n");
    return false;
}

static bool shape(wick *w, wick_node *node)
{
    const wicki_density *d = node->data;
    const wick_constraint c = { .kind = (wick_constraint_kind)node->in[1 + SUPPORT]->value[0] };
    const double size = node->in[1 + SIZE]->value[0];

    if ((wicki_constraint_is_discrete(c) && !wicki_need_transform(w, FUNCTION, c)) ||
        !size_is_given(w, c.kind, size) || !wicki_density_shape(w, node))
        return false;
    if (d->type->event_rank == 0 || size == (double)d->n)
        return true;
    wick_fail(w, WICK_ERR_SHAPE, "%s: the last axis of the value has size %zu, need %g", FUNCTION,
        d->n, size);
    return false;
}

static bool own_event(wick *w, const wick_dist *dist, size_t *sizes)
{
    const double size = dist->parameter[SIZE].number;

    for (size_t i = 0; i < dist->type->event_rank; i++)
        sizes[i] = (size_t)size;
    return size_is_given(w, (wick_constraint_kind)dist->parameter[SUPPORT].number, size);
}

static wick_constraint support_of(const wick_dist *dist)
{
    const wick_operand lower = dist->parameter[LOWER], upper = dist->parameter[UPPER];

    return (wick_constraint){ .kind = (wick_constraint_kind)dist->parameter[SUPPORT].number,
        .lower = lower.number,
        .upper = upper.number,
        .lower_var = lower.var.w ? lower.var : WICK_VAR_NONE,
        .upper_var = upper.var.w ? upper.var : WICK_VAR_NONE };
}

static void explain(const wick_node *node, size_t element, char *buffer, size_t size)
{
    const wick_constraint c = { .kind = (wick_constraint_kind)node->in[1 + SUPPORT]->value[0],
        .lower = *wicki_input_at(node, 1 + LOWER, element),
        .upper = *wicki_input_at(node, 1 + UPPER, element) };
    wicki_text text = { buffer, size, 0 };

    wicki_explain_value(node, element, c, &text);
}

WICKI_DENSITY_RUNS(improper_uniform, shape, explain);

/* --- draws ------------------------------------------------------------------------------------- */

/* There are none: a place in the support instead, of which the coordinates are -2 + 4 u. */
static wick_var sample(wick *w, const wick_dist *dist)
{
    const wick_constraint c = support_of(dist);
    size_t sizes[WICK_MAX_RANK];
    wicki_sampling s;

    if (!wicki_need_transform(w, FUNCTION, c) || !wicki_sampling_of(w, dist, &s))
        return WICK_VAR_NONE;
    const size_t rank = wicki_biject_size(c, s.rank, s.sizes, sizes);
    const wick_var u = wicki_var_of(w, wicki_noise(w, &wicki_draw_uniform, rank, sizes, s.dims));
    return wick_biject_to(c, wick_add(wick_mul(u, 4.0), -2.0));
}

/* A bound may be infinite, which no other constraint than an interval allows. */
#define ANY                                                          \
    {                                                                \
        .kind = WICK_INTERVAL, .lower = -INFINITY, .upper = INFINITY \
    }
#define TYPE(rank, own)                                                                   \
    {                                                                                     \
        .name = "improper_uniform", .n_parameters = 4,                                    \
        .parameter_names = { "size", "support", "lower", "upper" },                       \
        .parameter_domain = { ANY, ANY, ANY, ANY }, .event_rank = rank, .event = own,     \
        .log_prob = &improper_uniform_density, .sample = sample, .support_of = support_of \
    }

/* By the axes that the support ties together. */
static const wick_dist_type TYPES[] = { TYPE(0, NULL), TYPE(1, own_event), TYPE(2, own_event) };

static double own_size(size_t own, size_t rank, const size_t *sizes)
{
    if (own == 0)
        return 1.0;
    return rank < own || sizes[rank - own] != sizes[rank - 1] ? 0.0 : (double)sizes[rank - 1];
}

static wick_operand bound_of(double number, wick_var var)
{
    return var.w ? (wick_operand){ var, number } : wick_operand_number(number);
}

wick_dist wick_improper_uniform_array(wick_constraint support, size_t rank, const size_t *sizes)
{
    const size_t own = wicki_constraint_rank(support);
    const wick_dist one = { .type = &TYPES[own],
        .parameter = { wick_operand_number(own_size(own, rank, sizes)),
            wick_operand_number((double)support.kind), bound_of(support.lower, support.lower_var),
            bound_of(support.upper, support.upper_var) } };

    return rank > own ? wick_iid_array(one, rank - own, sizes) : one;
}
