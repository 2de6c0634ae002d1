/**
 * What a file of NPY begins with.
 */
#ifndef WICKI_IO_NPY_WRITE_H
#define WICKI_IO_NPY_WRITE_H

#include "io/buffer.h"

/** Adds the header, format 1.0, of an array in C order: type as "<f8", up to 64 axes. */
void wicki_npy_begin(wicki_buffer *to, const char *type, size_t n_axes, const size_t *sizes);

#endif
