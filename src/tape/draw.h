/**
 * Random values as an op, which can be run again.
 *
 * A draw has an address: the key of its site, its member by *global* index along the plates (so
 * that a minibatch draws for member 17 what the full plate draws for it), and its place along the
 * event and the dimensions that are no plates. It depends on nothing else.
 *
 * No gradient flows through a draw. A reparameterised distribution applies differentiable ops to
 * noise without parameters, or to wicki_log_gamma_noise.
 */
#ifndef WICKI_TAPE_DRAW_H
#define WICKI_TAPE_DRAW_H

#include "base/philox.h"
#include "tape/tape.h"

/** What one draw reads and writes: element e of input j is in[j][e * in_stride[j]]. */
typedef struct wicki_drawing {
    const double *in[WICK_MAX_INPUTS];
    size_t in_stride[WICK_MAX_INPUTS];
    size_t in_size[WICK_MAX_INPUTS]; /**< elements of the input that belong to one draw */
    double *out;
    size_t out_stride;
    size_t out_size;
} wicki_drawing;

/**
 * A kind of draw. Axes of the event before those that one draw has are a batch: each of its
 * elements is a draw with a stream of its own. An input has that batch too, or none of it.
 */
typedef struct wicki_draw_kind {
    const char *name;
    void (*draw)(wicki_stream *stream, const wicki_drawing *drawing);
    uint8_t rank;                     /**< axes of one draw */
    uint8_t in_rank[WICK_MAX_INPUTS]; /**< axes of each input that one draw reads */
} wicki_draw_kind;

extern const wicki_draw_kind wicki_draw_uniform;     /**< on (0, 1) */
extern const wicki_draw_kind wicki_draw_normal;      /**< mean 0, standard deviation 1 */
extern const wicki_draw_kind wicki_draw_exponential; /**< rate 1 */

/**
 * Draws with the key of the site at hand, w->random_key.
 *
 * @param rank, sizes  the event of the result
 * @param dims         it varies over these and what the inputs vary over
 * Errors: WICK_ERR_SHAPE if the event of the result or of an input does not fit the kind.
 */
wick_node *wicki_draw_record(wick *w, const wicki_draw_kind *kind, size_t n_in,
    wick_node *const *in, size_t rank, const size_t *sizes, uint32_t dims);

/** The same without parameters. */
wick_node *wicki_noise(
    wick *w, const wicki_draw_kind *kind, size_t rank, const size_t *sizes, uint32_t dims);

/**
 * The logarithms of draws of a gamma with that concentration and rate 1: finite where the draws
 * would underflow. Gradients flow to the concentration a, by d log x / d a = -(dP/da) / (x p(x)).
 *
 * @param concentration  a scalar, or with the event of the result
 * Source: Figurnov, Mohamed & Mnih (2018), Implicit reparameterization gradients, NeurIPS 31.
 */
wick_node *wicki_log_gamma_noise(
    wick *w, wick_node *concentration, size_t rank, const size_t *sizes, uint32_t dims);

/** The op of its gradient: a draw as it is, with that derivative. */
wick_node *wicki_implicit_gamma(wick *w, wick_node *log_draw, wick_node *concentration);

/** Gives a draw another key, or that of another step, before it is run again. */
void wicki_draw_set_key(wick_node *node, uint64_t key);
void wicki_draw_set_step(wick_node *node, uint64_t step);

#endif
