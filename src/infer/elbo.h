/**
 * What the losses share.
 */
#ifndef WICKI_INFER_ELBO_H
#define WICKI_INFER_ELBO_H

#include "tape/tape.h"

/** A handler that gives every latent discrete site without a value a dimension of its own. */
wick_handler *wicki_enumerate_all(wick *w);

#endif
