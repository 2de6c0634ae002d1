/**
 * Arrays with names in one file, with texts about them: the safetensors format, of numbers of 64
 * bits only. Checkpoints are kept so, because Python, PyTorch and JAX read them.
 *
 * A file is the length of its header in 8 bytes, the header, which is JSON, and the numbers of one
 * tensor after the other, all little-endian:
 *
 *     {"__metadata__":{"sampler":"nuts"},"q":{"dtype":"F64","shape":[20,3],"data_offsets":[0,480]}}
 *
 * What is written here has checksums among its texts, in 16 hexadecimal digits: "fnv1a:NAME" of a
 * tensor (its name and a zero, its sizes in 8 bytes each, its numbers), and "fnv1a" of all other
 * texts (the sum of those of each: key and a zero, value and a zero). They do not depend on the
 * order in the file, so that one that was read and saved by another program is still as good.
 *
 * Source: the README of github.com/huggingface/safetensors; Fowler, Noll & Vo, FNV-1a of 64 bits.
 */
#ifndef WICKI_IO_SAFETENSORS_H
#define WICKI_IO_SAFETENSORS_H

#include "base/handle.h"

enum { WICKI_TENSOR_AXES = WICK_MAX_RANK + WICK_MAX_DIMS };

typedef struct wicki_tensor {
    const char *name;
    size_t n_sizes, sizes[WICKI_TENSOR_AXES];
    const double *values; /**< the last index fastest */
    size_t begin, end;    /**< bytes of the data; found by the reader and by the writer */
} wicki_tensor;

/** A text of the header. */
typedef struct wicki_tag {
    const char *key, *value;
} wicki_tag;

/** Doubles of a tensor. */
size_t wicki_tensor_count(const wicki_tensor *tensor);

/** FNV-1a of a tensor, and the sum for texts, without those whose key begins with "fnv1a". */
uint64_t wicki_tensor_checksum(const wicki_tensor *tensor);
uint64_t wicki_tags_checksum(size_t n, const wicki_tag *tags);

/**
 * Writes a file: to PATH.tmp, on the disk, and renamed. Directories are made.
 *
 * @param tags     texts, each with its own key
 * @param tensors  each with its own name; begin and end are not looked at
 * @return         false after WICK_ERR_IO, or WICK_ERR_NAME for a text that is not UTF-8
 */
bool wicki_safetensors_write(wick *w, const char *function, const char *path, size_t n_tags,
    const wicki_tag *tags, size_t n, const wicki_tensor *tensors);

/** A file that was read. */
typedef struct wicki_safetensors {
    wick *w;
    size_t n_tags, n;
    wicki_tag *tags;       /**< by their keys */
    wicki_tensor *tensors; /**< by their names */
    char *header;          /**< with all texts */
    double *values;
} wicki_safetensors;

/**
 * Reads a file, for wicki_safetensors_free, whatever is returned.
 *
 * @return  false after an error, WICK_ERR_IO with the path, what was found and what is needed: the
 *          file cannot be read, is too short or too long, has a header that is none, numbers of
 *          another type, a name twice, parts that overlap or leave gaps, or a wrong checksum, if it
 *          has any
 */
bool wicki_safetensors_read(
    wicki_safetensors *file, wick *w, const char *function, const char *path);
void wicki_safetensors_free(wicki_safetensors *file);

/** A text; NULL if there is none of that key. */
const char *wicki_safetensors_text(const wicki_safetensors *file, const char *key);

/** NULL if there is no tensor of that name. */
const wicki_tensor *wicki_safetensors_find(const wicki_safetensors *file, const char *name);

#endif
