/**
 * A distribution of density 1 over any constraint, whose draws have standard normal coordinates.
 */
#ifndef TESTS_SUPPORT_FLAT_H
#define TESTS_SUPPORT_FLAT_H

#include "dist/transform.h"
#include "tests/support/suite.h"

static inline bool flat_shape(wick *w, wick_node *node)
{
    return wick_node_event(w, node, 0, NULL);
}

static inline void flat_forward(wick_node *node)
{
    memset(node->value, 0, node->members * sizeof *node->value);
}

static inline void flat_reverse(wick_node *node)
{
    (void)node;
}

static const wick_op FLAT = {
    .name = "flat", .shape = flat_shape, .forward = flat_forward, .reverse = flat_reverse
};

static inline wick_var flat_sample(wick *w, const wick_dist *dist)
{
    const size_t rank = dist->type->event_rank;
    size_t sizes[WICK_MAX_RANK], left[WICK_MAX_RANK];

    for (size_t i = 0; i < rank; i++)
        sizes[i] = wick_event_size(dist->parameter[0].var, i);
    const size_t coordinates = wicki_biject_size(wick_support(*dist), rank, sizes, left);
    const wick_dist noise = wick_iid_array(wick_normal(0.0, 1.0), coordinates, left);
    return wick_biject_to(wick_support(*dist), wick_draw(w, "noise", noise));
}

/** Its type: it must outlive the model. */
static inline wick_dist_type flat_of(wick_constraint c)
{
    const uint8_t rank = (uint8_t)wicki_constraint_rank(c);

    return (wick_dist_type){ .name = wick_constraint_name(c),
        .n_parameters = 1,
        .parameter_names = { "like" },
        .parameter_rank = { rank },
        .event_rank = rank,
        .log_prob = &FLAT,
        .sample = flat_sample,
        .support = c };
}

/** The distribution, with draws of n, or n rows of n. */
static inline wick_dist flat(wick *w, const wick_dist_type *type, size_t n)
{
    const wick_var like = wick_fill_array(w, 0.0, type->event_rank, (size_t[]){ n, n });

    return (wick_dist){ .type = type, .parameter = { { .var = like } } };
}

#endif
