/**
 * Do a model and its guide fit together?
 */
#ifndef WICKI_INFER_MATCH_H
#define WICKI_INFER_MATCH_H

#include "tape/tape.h"

/** A run of a guide, and of the model that its values were replayed in. */
typedef struct wicki_match {
    const char *loss; /**< in whose name errors are raised */
    const wick_trace *model, *guide;
    bool sum_model; /**< discrete sites that the guide lacks are summed out */
    bool sum_guide; /**< marked sites of the guide are averaged over */
} wicki_match;

/**
 * Do they have the same latent sites, but for those that are summed out or auxiliary, and can the
 * values of the guide be values of the model? Looks at shapes and supports, not at the values.
 *
 * Errors: WICK_ERR_NAME with the sites that one of them lacks; WICK_ERR_ARGUMENT for a site marked
 * for enumeration where the loss draws its sites; WICK_ERR_SHAPE for a value whose event is not
 * that of the model's site, or a site with more values in the guide; WICK_ERR_DOMAIN for a
 * distribution whose support goes beyond that of the model's, but for wick_delta.
 */
bool wicki_programs_match(wick *w, const wicki_match *m);

/** Are its values isolated points? */
bool wicki_is_discrete(const wick_dist *dist);

/** Adds the reason why a discrete distribution, which cannot be enumerated, cannot be. */
void wicki_text_add_why_not_enumerated(wicki_text *text, wick *w, const wick_dist *dist);

#endif
