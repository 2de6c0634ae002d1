/**
 * What samplers share: the shape of a draw, and parameters that were checked.
 */
#ifndef WICKI_DIST_SAMPLE_H
#define WICKI_DIST_SAMPLE_H

#include "dist/dist.h"
#include "tape/draw.h"

/** Parameters as nodes, spread over the axes of wick_iid where they have axes of their own. */
bool wicki_dist_parameters(wick *w, const wick_dist *dist, wick_node **parameter);

/** A draw to be made: parameters, event shape, dimensions. */
typedef struct wicki_sampling {
    wick_node *parameter[WICK_MAX_PARAMETERS];
    size_t rank, sizes[WICK_MAX_RANK];
    uint32_t dims;
} wicki_sampling;

/**
 * Fills it in: the event is that of wick_iid, then that of the parameters, then that of one draw;
 * the dimensions are the open ones and those of the parameters.
 *
 * Errors: WICK_ERR_DOMAIN for a parameter outside its domain, WICK_ERR_SHAPE.
 */
bool wicki_sampling_of(wick *w, const wick_dist *dist, wicki_sampling *s);

/** Raises WICK_ERR_DOMAIN if an element of x is not in c; name is what x is called. */
bool wicki_check_domain(
    wick *w, const char *function, const char *name, const wick_node *x, wick_constraint c);

/** x with the event of the draw: what it lacks of it is repeated. */
wick_node *wicki_sampling_spread(wick *w, const wicki_sampling *s, wick_node *x);

/**
 * For reparameterised draws: noise of the draw's shape, and the parameters as operands.
 */
wick_var wicki_sample_noise(
    wick *w, const wick_dist *dist, const wicki_draw_kind *kind, wick_operand *parameter);

/** For draws without gradient: the kind's inputs are the parameters. */
wick_var wicki_sample_draw(wick *w, const wick_dist *dist, const wicki_draw_kind *kind);

/** x by the name of a var or, if it is a number, as an operand of its own. */
wick_operand wicki_operand_of(wick *w, const wick_dist *dist, size_t j, const wick_node *x);

#endif
