/**
 * What the files of handlers share.
 */
#ifndef WICKI_SITE_HANDLERS_H
#define WICKI_SITE_HANDLERS_H

#include "tape/tape.h"

/** Memory, zeroed, for a handler of that size, until the tape is reset; NULL after an error. */
void *wicki_handler_new(
    wick *w, size_t size, void (*process)(wick *w, wick_handler *self, wick_site *site));

#endif
