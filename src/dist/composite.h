/**
 * Distributions made of others: their densities and draws are made by other ops.
 *
 * Their hooks see one draw at a time. Axes of the event before those of one draw (independent copies,
 * axes of the parameters) become one dimension of the tape, over which the density is summed, and
 * from which the axes are taken again for a draw: so a mixture of scalars has a component of its own in
 * each element of a vector without knowing of it.
 */
#ifndef WICKI_DIST_COMPOSITE_H
#define WICKI_DIST_COMPOSITE_H

#include "dist/dist.h"

/**
 * A distribution of its own type, a copy of `type` in the arena. The axes of one draw are those of the
 * last base, and before them as many more as the type says; event, support and the number of values
 * are those of the last base, if the type has none. After an error it has no type.
 */
wick_dist wicki_compose(
    wick *w, const wick_dist_type *type, size_t size, size_t n_bases, const wick_dist *bases);

/** A base, with the independent copies of what is made from it. */
wick_dist wicki_base(const wick_dist *dist, size_t which);

/** A parameter as a var, also if it is a number. */
wick_var wicki_parameter(wick *w, const wick_dist *dist, size_t j);

/** For hooks of types that have the values of their last base. */
size_t wicki_base_cardinality(wick *w, const wick_dist *dist);
wick_var wicki_base_support_value(wick *w, const wick_dist *dist, wick_var number);

/** The density, with what the mask is 0 for at density and gradient 0. */
wick_node *wicki_composite_log_prob(
    wick *w, const wick_dist *dist, wick_node *value, wick_node *mask);

/** A draw along the open dimensions. */
wick_node *wicki_composite_draw(wick *w, const wick_dist *dist);

/** A draw from a base or noise of its own: part of a site's draw, with random numbers of its own. */
wick_var wicki_part_draw(wick *w, const wick_dist *dist, uint64_t part);

/** The event of a draw; as wicki_dist_event. */
bool wicki_composite_event(wick *w, const wick_dist *dist, size_t *rank, size_t *sizes);

#endif
