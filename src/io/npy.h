/**
 * The NPY format of NumPy: its header, and numbers in it.
 *
 * Source: NEP 1 and numpy.lib.format of NumPy's manual, formats 1.0 to 3.0.
 */
#ifndef WICKI_IO_NPY_H
#define WICKI_IO_NPY_H

#include "io/source.h"

/** What the header says of the array. */
typedef struct wicki_npy {
    char kind;   /**< 'b', 'i', 'u' or 'f' */
    size_t size; /**< of an item, in bytes: 1, 2, 4 or 8 */
    bool big_endian;
    bool fortran_order;
    size_t rows, columns;
} wicki_npy;

/** Reads the header, from the magic bytes on. Returns false after an error. */
bool wicki_npy_header(wicki_npy *npy, wicki_source *source);

/** An item of the array. */
double wicki_npy_item(const wicki_npy *npy, const char *bytes);

#endif
