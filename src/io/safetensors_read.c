/* Reading: nothing is believed before it was looked at. */
#include "io/safetensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/source.h"

/* The longest header that other readers take; the shortest texts of a tensor, "":{"dtype":"F64",
 * "shape":[],"data_offsets":[0,0]}, and of a tag, "":"". */
enum { LENGTH_SIZE = 8, MOST_HEADER = 100000000, LEAST_TENSOR = 50, LEAST_TAG = 5 };

static uint64_t bits_at(const char *bytes)
{
    uint64_t bits = 0;

    for (size_t i = 8; i-- > 0;)
        bits = bits << 8 | (unsigned char)bytes[i];
    return bits;
}

/* --- the header's text ----------------------------------------------------------------------- */

static bool fail_short(const wicki_json *j, uint64_t got, const char *what, uint64_t need)
{
    if (wicki_ok(j->w))
        wick_fail(j->w, WICK_ERR_IO,
            "%s: %s: got %" PRIu64 " bytes %s, need %" PRIu64
            ": the file was cut short, or is none of safetensors",
            j->function, j->path, got, what, need);
    return false;
}

static bool find_header(const wicki_json *j, wicki_source *s, size_t *length)
{
    if (!wicki_source_has(s, LENGTH_SIZE))
        return fail_short(j, s->end - s->begin, "in all", LENGTH_SIZE);
    const uint64_t size = bits_at(s->buffer + s->begin);
    wicki_source_skip(s, LENGTH_SIZE);
    *length = (size_t)size;
    if (size <= MOST_HEADER)
        return wicki_source_has(s, *length) ||
            fail_short(j, s->end - s->begin, "of the header", size);
    wick_fail(j->w, WICK_ERR_IO,
        "%s: %s: the first 8 bytes say that the header has %" PRIu64
        " bytes, need at most %d: this is no file of safetensors",
        j->function, j->path, size, MOST_HEADER);
    return false;
}

static bool read_header(wicki_safetensors *f, wicki_json *j, wicki_source *s)
{
    size_t length = 0;

    f->header = find_header(j, s, &length) ? wicki_allocate(f->w, length + 1) : NULL;
    if (!f->header)
        return false;
    memcpy(f->header, s->buffer + s->begin, length);
    f->header[length] = '\0';
    wicki_source_skip(s, length);
    j->begin = j->at = f->header;
    j->end = f->header + length;
    return true;
}

/* --- the header's parts ---------------------------------------------------------------------- */

/* Of a tensor or text: what is wrong with it. */
static bool fail_part(const wicki_json *j, const char *kind, const char *name, const char *format,
    ...) WICK_PRINTF(4, 5);

static bool fail_part(
    const wicki_json *j, const char *kind, const char *name, const char *format, ...)
{
    wicki_buffer shown = { .w = j->w };
    char what[160];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    wicki_buffer_text(&shown, name, strlen(name));
    if (wicki_ok(j->w))
        wick_fail(j->w, WICK_ERR_IO, "%s: %s: %s '%s' %s", j->function, j->path, kind,
            shown.text ? shown.text : "", what);
    wicki_buffer_free(&shown);
    return false;
}

static bool read_tags(wicki_safetensors *f, wicki_json *j)
{
    wicki_json_need(j, '{');
    for (size_t count = 0; wicki_json_more(j, '}', &count);) {
        wicki_tag *tag = &f->tags[f->n_tags++];
        tag->key = wicki_json_text(j);
        wicki_json_need(j, ':');
        tag->value = wicki_json_text(j);
    }
    return wicki_ok(j->w);
}

/* Can it be shown as it is? */
static bool is_plain(const char *text)
{
    while (*text > ' ' && *text < 0x7f)
        text++;
    return *text == '\0';
}

static bool read_type(const wicki_tensor *t, wicki_json *j)
{
    const char *type = wicki_json_text(j);

    if (!type || strcmp(type, "F64") == 0)
        return type;
    return fail_part(
        j, "tensor", t->name, "has the dtype %.16s, need F64", is_plain(type) ? type : "?");
}

static bool read_sizes(wicki_tensor *t, wicki_json *j)
{
    wicki_json_need(j, '[');
    for (size_t count = 0; wicki_json_more(j, ']', &count);) {
        if (count > WICKI_TENSOR_AXES)
            return fail_part(j, "tensor", t->name, "has more than %d axes", WICKI_TENSOR_AXES);
        wicki_json_count(j, &t->sizes[t->n_sizes++]);
    }
    return wicki_ok(j->w);
}

static bool read_offsets(wicki_tensor *t, wicki_json *j)
{
    return wicki_json_need(j, '[') && wicki_json_count(j, &t->begin) && wicki_json_need(j, ',') &&
        wicki_json_count(j, &t->end) && wicki_json_need(j, ']');
}

enum { TYPE = 1, SHAPE = 2, OFFSETS = 4, ALL = TYPE | SHAPE | OFFSETS };

static bool read_entry(wicki_tensor *t, wicki_json *j, unsigned *seen)
{
    const char *key = wicki_json_text(j);
    const unsigned which = !key            ? 0
        : strcmp(key, "dtype") == 0        ? TYPE
        : strcmp(key, "shape") == 0        ? SHAPE
        : strcmp(key, "data_offsets") == 0 ? OFFSETS
                                           : 0;

    if (!key || !wicki_json_need(j, ':'))
        return false;
    if (which == 0 || (*seen & which))
        return fail_part(j, "tensor", t->name,
            "has '%.32s', need one each of dtype, shape, data_offsets", is_plain(key) ? key : "?");
    *seen |= which;
    return which == TYPE ? read_type(t, j) : which == SHAPE ? read_sizes(t, j) : read_offsets(t, j);
}

/* Do the bytes hold the numbers of the shape? */
static bool check_size(const wicki_tensor *t, const wicki_json *j)
{
    size_t n = sizeof(double);
    bool empty = false;

    for (size_t i = 0; i < t->n_sizes; i++)
        empty = empty || t->sizes[i] == 0;
    for (size_t i = 0; i < t->n_sizes && !empty; i++) {
        if (n > SIZE_MAX / t->sizes[i])
            return fail_part(j, "tensor", t->name, "has a shape that no memory has room for");
        n *= t->sizes[i];
    }
    if (t->begin <= t->end && t->end - t->begin == (empty ? 0 : n))
        return true;
    return fail_part(j, "tensor", t->name,
        "has the bytes from %zu to %zu of the data, need %zu of them", t->begin, t->end,
        empty ? 0 : n);
}

static bool read_tensor(wicki_tensor *t, wicki_json *j)
{
    unsigned seen = 0;

    wicki_json_need(j, '{');
    for (size_t count = 0; wicki_json_more(j, '}', &count);)
        if (!read_entry(t, j, &seen))
            return false;
    if (wicki_ok(j->w) && seen != ALL)
        fail_part(j, "tensor", t->name, "has no %s, need one",
            !(seen & TYPE)        ? "dtype"
                : !(seen & SHAPE) ? "shape"
                                  : "data_offsets");
    return wicki_ok(j->w) && check_size(t, j);
}

static bool parse(wicki_safetensors *f, wicki_json *j)
{
    bool tagged = false;

    wicki_json_need(j, '{');
    for (size_t count = 0; wicki_json_more(j, '}', &count);) {
        const char *name = wicki_json_text(j);
        if (!name || !wicki_json_need(j, ':'))
            return false;
        if (strcmp(name, "__metadata__") != 0) {
            wicki_tensor *t = &f->tensors[f->n++];
            t->name = name;
            if (!read_tensor(t, j))
                return false;
        } else if (tagged) {
            return fail_part(j, "the object", name, "is there twice");
        } else {
            tagged = read_tags(f, j);
        }
    }
    return wicki_json_end(j);
}

/* --- the header as a whole ------------------------------------------------------------------- */

static int compare_tags(const void *a, const void *b)
{
    return strcmp(((const wicki_tag *)a)->key, ((const wicki_tag *)b)->key);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const wicki_tensor *)a)->name, ((const wicki_tensor *)b)->name);
}

static int compare_places(const void *a, const void *b)
{
    const wicki_tensor *x = a, *y = b;

    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* Each tensor begins where the one before it ends. */
static bool check_places(wicki_safetensors *f, const wicki_json *j, size_t *bytes)
{
    qsort(f->tensors, f->n, sizeof *f->tensors, compare_places);
    for (size_t i = 0; i < f->n; i++) {
        const wicki_tensor *t = &f->tensors[i];
        if (t->begin != *bytes)
            return fail_part(
                j, "tensor", t->name, "begins at byte %zu of the data, need %zu", t->begin, *bytes);
        *bytes = t->end;
    }
    return true;
}

static bool check_names(wicki_safetensors *f, const wicki_json *j)
{
    qsort(f->tensors, f->n, sizeof *f->tensors, compare_names);
    qsort(f->tags, f->n_tags, sizeof *f->tags, compare_tags);
    for (size_t i = 1; i < f->n; i++)
        if (compare_names(&f->tensors[i - 1], &f->tensors[i]) == 0)
            return fail_part(j, "tensor", f->tensors[i].name, "is there twice");
    for (size_t i = 1; i < f->n_tags; i++)
        if (compare_tags(&f->tags[i - 1], &f->tags[i]) == 0)
            return fail_part(j, "text", f->tags[i].key, "is there twice");
    return true;
}

static bool read_parts(wicki_safetensors *f, wicki_json *j, size_t *bytes)
{
    const size_t length = (size_t)(j->end - j->begin);

    f->tags = wicki_allocate(f->w, (length / LEAST_TAG + 1) * sizeof *f->tags);
    if (f->tags)
        f->tensors = wicki_allocate(f->w, (length / LEAST_TENSOR + 1) * sizeof *f->tensors);
    *bytes = 0;
    return f->tensors && parse(f, j) && check_places(f, j, bytes) && check_names(f, j);
}

/* --- numbers --------------------------------------------------------------------------------- */

/* A file has as many bytes as it says before memory is asked for; what is no file is read first. */
static bool check_bytes(const wicki_json *j, wicki_source *s, size_t bytes)
{
    const bool enough = s->sized ? s->size - s->position >= bytes : wicki_source_has(s, bytes);
    const uint64_t got = s->sized ? s->size - s->position : s->end - s->begin;

    if (!enough)
        return fail_short(j, got, "of data", bytes);
    if (s->sized ? got == bytes : !wicki_source_has(s, bytes + 1))
        return wicki_ok(j->w);
    if (wicki_ok(j->w))
        wick_fail(j->w, WICK_ERR_IO,
            "%s: %s: got more than %zu bytes of data, which is what the header says", j->function,
            j->path, bytes);
    return false;
}

static bool read_values(wicki_safetensors *f, const wicki_json *j, wicki_source *s, size_t bytes)
{
    const size_t n = bytes / sizeof *f->values;

    f->values = check_bytes(j, s, bytes) ? wicki_allocate(f->w, bytes + 1) : NULL;
    for (size_t i = 0; i < n && f->values; i++) {
        if (!wicki_source_has(s, sizeof *f->values))
            return fail_short(j, i * sizeof *f->values, "of data", bytes);
        const uint64_t bits = bits_at(s->buffer + s->begin);
        memcpy(&f->values[i], &bits, sizeof bits);
        wicki_source_skip(s, sizeof bits);
    }
    for (size_t i = 0; i < f->n && f->values; i++)
        f->tensors[i].values = f->values + f->tensors[i].begin / sizeof *f->values;
    return f->values;
}

/* --- checksums ------------------------------------------------------------------------------- */

static bool check_sum(const wicki_safetensors *f, const wicki_json *j, const char *kind,
    const char *name, const char *key, uint64_t sum)
{
    const char *text = wicki_safetensors_text(f, key);
    char digits[17];

    snprintf(digits, sizeof digits, "%016" PRIx64, sum);
    if (text && strcmp(text, digits) == 0)
        return true;
    return fail_part(j, kind, name, "has the checksum %s, but the file says %.16s: it is damaged",
        digits, text && is_plain(text) ? text : "nothing");
}

static bool check_tensor(const wicki_safetensors *f, const wicki_json *j, const wicki_tensor *t)
{
    wicki_buffer key = { .w = f->w };

    wicki_buffer_add(&key, "fnv1a:%s", t->name);
    const bool right =
        wicki_ok(f->w) && check_sum(f, j, "tensor", t->name, key.text, wicki_tensor_checksum(t));
    wicki_buffer_free(&key);
    return right;
}

static bool check_sums(const wicki_safetensors *f, const wicki_json *j)
{
    size_t i = 0;

    if (!wicki_safetensors_text(f, "fnv1a"))
        return true;
    if (!check_sum(
            f, j, "the object", "__metadata__", "fnv1a", wicki_tags_checksum(f->n_tags, f->tags)))
        return false;
    while (i < f->n && check_tensor(f, j, &f->tensors[i]))
        i++;
    return i == f->n;
}

/* --- all ------------------------------------------------------------------------------------- */

bool wicki_safetensors_read(wicki_safetensors *f, wick *w, const char *function, const char *path)
{
    wicki_json j = { .w = w, .function = function, .path = path };
    wicki_source s;
    size_t bytes;

    *f = (wicki_safetensors){ .w = w };
    if (!wicki_source_open(&s, w, function, path))
        return false;
    const bool read = read_header(f, &j, &s) && read_parts(f, &j, &bytes) &&
        read_values(f, &j, &s, bytes) && check_sums(f, &j);
    wicki_source_close(&s);
    return read;
}

void wicki_safetensors_free(wicki_safetensors *f)
{
    wicki_release(f->w, f->values);
    wicki_release(f->w, f->tensors);
    wicki_release(f->w, f->tags);
    wicki_release(f->w, f->header);
    *f = (wicki_safetensors){ .w = f->w };
}

const char *wicki_safetensors_text(const wicki_safetensors *f, const char *key)
{
    const wicki_tag wanted = { key, NULL };
    const wicki_tag *tag = bsearch(&wanted, f->tags, f->n_tags, sizeof wanted, compare_tags);

    return tag ? tag->value : NULL;
}

const wicki_tensor *wicki_safetensors_find(const wicki_safetensors *f, const char *name)
{
    const wicki_tensor wanted = { .name = name };

    return bsearch(&wanted, f->tensors, f->n, sizeof wanted, compare_names);
}
