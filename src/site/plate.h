/**
 * The minibatch of a plate, which a compiled step chooses anew.
 */
#ifndef WICKI_SITE_PLATE_H
#define WICKI_SITE_PLATE_H

#include "tape/tape.h"

/**
 * Draws the members of a subsampled plate for w->step, or reads the indices that the user gave.
 * Errors: WICK_ERR_ARGUMENT for an index that is no member.
 */
void wicki_plate_choose_members(wick *w, const wicki_dim *dim);

#endif
