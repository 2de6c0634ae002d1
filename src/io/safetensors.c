/* Writing, and what reading shares with it. */
#include "io/safetensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/file.h"
#include "io/json.h"

/* Bytes that are written at once; alignment of the data. */
enum { BLOCK = 64 * 1024, ALIGNMENT = 8 };

size_t wicki_tensor_count(const wicki_tensor *t)
{
    size_t n = 1;

    for (size_t i = 0; i < t->n_sizes; i++)
        n *= t->sizes[i];
    return n;
}

/* --- checksums ------------------------------------------------------------------------------- */

static const uint64_t OFFSET = UINT64_C(0xcbf29ce484222325), PRIME = UINT64_C(0x100000001b3);

static uint64_t hash_bits(uint64_t hash, uint64_t bits)
{
    for (unsigned i = 0; i < 64; i += 8)
        hash = (hash ^ (bits >> i & 0xff)) * PRIME;
    return hash;
}

/* With its zero. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * PRIME;
    return hash * PRIME;
}

static uint64_t bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

uint64_t wicki_tensor_checksum(const wicki_tensor *t)
{
    const size_t n = wicki_tensor_count(t);
    uint64_t hash = hash_text(OFFSET, t->name);

    for (size_t i = 0; i < t->n_sizes; i++)
        hash = hash_bits(hash, t->sizes[i]);
    for (size_t i = 0; i < n; i++)
        hash = hash_bits(hash, bits_of(t->values[i]));
    return hash;
}

uint64_t wicki_tags_checksum(size_t n, const wicki_tag *tags)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        if (strncmp(tags[i].key, "fnv1a", 5) != 0)
            sum += hash_text(hash_text(OFFSET, tags[i].key), tags[i].value);
    return sum;
}

/* --- writing --------------------------------------------------------------------------------- */

static bool is_utf8(const char *text)
{
    size_t n;

    for (; *text; text += n)
        if ((n = wicki_utf8_length(text)) == 0)
            return false;
    return true;
}

static bool check_text(wick *w, const char *function, const char *path, const char *text)
{
    wicki_buffer shown = { .w = w };

    if (is_utf8(text))
        return true;
    wicki_buffer_text(&shown, text, strlen(text));
    if (wicki_ok(w))
        wick_fail(w, WICK_ERR_NAME, "%s: '%s' for %s is not UTF-8, as texts in such a file are",
            function, shown.text, path);
    wicki_buffer_free(&shown);
    return false;
}

static void add_pair(wicki_buffer *to, const char *key, const char *value)
{
    wicki_json_add_text(to, key);
    wicki_buffer_bytes(to, ":", 1);
    wicki_json_add_text(to, value);
}

static void add_checksum(wicki_buffer *to, const char *name, uint64_t sum)
{
    char digits[17];
    wicki_buffer key = { .w = to->w };

    snprintf(digits, sizeof digits, "%016" PRIx64, sum);
    wicki_buffer_add(&key, name ? "fnv1a:%s" : "fnv1a", name);
    if (wicki_ok(to->w))
        add_pair(to, key.text, digits);
    wicki_buffer_free(&key);
}

static void add_tags(
    wicki_buffer *to, size_t n_tags, const wicki_tag *tags, size_t n, const wicki_tensor *tensors)
{
    wicki_buffer_add(to, "{\"__metadata__\":{");
    for (size_t i = 0; i < n_tags; i++) {
        add_pair(to, tags[i].key, tags[i].value);
        wicki_buffer_add(to, ",");
    }
    for (size_t i = 0; i < n; i++) {
        add_checksum(to, tensors[i].name, wicki_tensor_checksum(&tensors[i]));
        wicki_buffer_add(to, ",");
    }
    add_checksum(to, NULL, wicki_tags_checksum(n_tags, tags));
    wicki_buffer_add(to, "}");
}

static size_t add_tensor(wicki_buffer *to, const wicki_tensor *t, size_t begin)
{
    const size_t end = begin + wicki_tensor_count(t) * sizeof *t->values;

    wicki_buffer_add(to, ",");
    wicki_json_add_text(to, t->name);
    wicki_buffer_add(to, ":{\"dtype\":\"F64\",\"shape\":[");
    for (size_t i = 0; i < t->n_sizes; i++)
        wicki_buffer_add(to, i ? ",%zu" : "%zu", t->sizes[i]);
    wicki_buffer_add(to, "],\"data_offsets\":[%zu,%zu]}", begin, end);
    return end;
}

static void write_tensors(wicki_output *f, size_t n, const wicki_tensor *tensors)
{
    for (size_t i = 0; i < n; i++) {
        const size_t numbers = wicki_tensor_count(&tensors[i]);
        for (size_t k = 0; k < numbers && wicki_ok(f->w); k++) {
            wicki_buffer_double(&f->bytes, tensors[i].values[k]);
            if (f->bytes.length >= BLOCK)
                wicki_output_flush(f);
        }
    }
}

/* Blanks at its end align the numbers. */
static void make_header(
    wicki_buffer *to, size_t n_tags, const wicki_tag *tags, size_t n, const wicki_tensor *tensors)
{
    size_t end = 0;

    add_tags(to, n_tags, tags, n, tensors);
    for (size_t i = 0; i < n; i++)
        end = add_tensor(to, &tensors[i], end);
    wicki_buffer_add(to, "}");
    while (to->length % ALIGNMENT != 0 && wicki_ok(to->w))
        wicki_buffer_add(to, " ");
}

static bool write_all(wick *w, const char *function, const char *path, const wicki_buffer *header,
    size_t n, const wicki_tensor *tensors)
{
    wicki_output f;

    if (!wicki_ok(w) || !wicki_make_directory(w, function, path, wicki_parent_length(path)) ||
        !wicki_output_open(&f, w, function, path))
        return false;
    f.sync = true;
    wicki_buffer_bits(&f.bytes, header->length);
    wicki_buffer_bytes(&f.bytes, header->text, header->length);
    write_tensors(&f, n, tensors);
    return wicki_output_close(&f);
}

bool wicki_safetensors_write(wick *w, const char *function, const char *path, size_t n_tags,
    const wicki_tag *tags, size_t n, const wicki_tensor *tensors)
{
    wicki_buffer header = { .w = w };

    for (size_t i = 0; i < n_tags; i++)
        if (!check_text(w, function, path, tags[i].key) ||
            !check_text(w, function, path, tags[i].value))
            return false;
    for (size_t i = 0; i < n; i++)
        if (!check_text(w, function, path, tensors[i].name))
            return false;
    make_header(&header, n_tags, tags, n, tensors);
    const bool written = write_all(w, function, path, &header, n, tensors);
    wicki_buffer_free(&header);
    return written;
}
