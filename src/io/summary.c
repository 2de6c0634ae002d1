#include <wick/io.h>

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "io/file.h"
#include "io/json.h"

struct wick_summary {
    wick *w;
    char *path;
    wicki_buffer json; /* without the closing brace */
    wicki_buffer keys; /* each with its ending zero */
    size_t json_before, keys_before;
};

static void release(wick_summary *s)
{
    wick *w = s->w;

    wicki_buffer_free(&s->json);
    wicki_buffer_free(&s->keys);
    wicki_release(w, s->path);
    wicki_release(w, s);
}

wick_summary *wick_summary_new(wick *w, const char *path)
{
    if (!wicki_ok(w))
        return NULL;
    if (!path || !*path) {
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_summary_new: no path, need the name of a file");
        return NULL;
    }
    wick_summary *s = wicki_allocate(w, sizeof *s);
    if (!s)
        return NULL;
    *s = (wick_summary){ .w = w, .json = { .w = w }, .keys = { .w = w } };
    s->path = wicki_copy_text(w, path);
    if (wicki_ok(w) && wicki_make_directory(w, "wick_summary_new", path, wicki_parent_length(path)))
        return s;
    release(s);
    return NULL;
}

/* --- values ---------------------------------------------------------------------------------- */

static void add_number(wicki_buffer *json, double x)
{
    if (isfinite(x))
        wicki_buffer_number(json, x);
    else
        wicki_buffer_add(json, "null");
}

static void add_row(wicki_buffer *json, size_t n, const double *values)
{
    wicki_buffer_add(json, "[");
    for (size_t i = 0; i < n && wicki_ok(json->w); i++) {
        wicki_buffer_add(json, i ? ", " : "");
        add_number(json, values[i]);
    }
    wicki_buffer_add(json, "]");
}

/* --- keys ------------------------------------------------------------------------------------ */

static bool is_taken(const wick_summary *s, const char *key)
{
    for (size_t i = 0; i < s->keys.length; i += strlen(s->keys.text + i) + 1)
        if (strcmp(s->keys.text + i, key) == 0)
            return true;
    return false;
}

static bool check_key(const wick_summary *s, const char *function, const char *key)
{
    if (!key || !*key)
        wick_fail(s->w, WICK_ERR_NAME, "%s: the key is %s", function, key ? "empty" : "NULL");
    else if (is_taken(s, key))
        wick_fail(s->w, WICK_ERR_NAME, "%s: the key %s is in %s already, need another", function,
            key, s->path);
    return wicki_ok(s->w);
}

static bool begin(wick_summary *s, const char *function, const char *key)
{
    if (!s || !wicki_ok(s->w) || !check_key(s, function, key))
        return false;
    s->json_before = s->json.length;
    s->keys_before = s->keys.length;
    wicki_buffer_bytes(&s->keys, key, strlen(key) + 1);
    wicki_buffer_add(&s->json, s->json.length ? ",\n  " : "{\n  ");
    wicki_json_add_text(&s->json, key);
    wicki_buffer_add(&s->json, ": ");
    return true;
}

/* A key whose value did not get into memory goes as if it had never been there. */
static void end(wick_summary *s)
{
    if (wicki_ok(s->w))
        return;
    s->json.length = s->json_before;
    s->keys.length = s->keys_before;
}

static bool check_values(
    const wick_summary *s, const char *function, size_t n, const double *values)
{
    if (!s || !wicki_ok(s->w))
        return false;
    if (n == 0 || values)
        return true;
    wick_fail(s->w, WICK_ERR_ARGUMENT, "%s: the values are NULL", function);
    return false;
}

/* --- public ---------------------------------------------------------------------------------- */

void wick_summary_number(wick_summary *s, const char *key, double value)
{
    if (!begin(s, "wick_summary_number", key))
        return;
    add_number(&s->json, value);
    end(s);
}

void wick_summary_integer(wick_summary *s, const char *key, int64_t value)
{
    if (!begin(s, "wick_summary_integer", key))
        return;
    wicki_buffer_add(&s->json, "%" PRId64, value);
    end(s);
}

void wick_summary_count(wick_summary *s, const char *key, uint64_t value)
{
    if (!begin(s, "wick_summary_count", key))
        return;
    wicki_buffer_add(&s->json, "%" PRIu64, value);
    end(s);
}

void wick_summary_bool(wick_summary *s, const char *key, bool value)
{
    if (!begin(s, "wick_summary_bool", key))
        return;
    wicki_buffer_add(&s->json, value ? "true" : "false");
    end(s);
}

void wick_summary_text(wick_summary *s, const char *key, const char *text)
{
    if (!begin(s, "wick_summary_text", key))
        return;
    if (text)
        wicki_json_add_text(&s->json, text);
    else
        wicki_buffer_add(&s->json, "null");
    end(s);
}

void wick_summary_array(wick_summary *s, const char *key, size_t n, const double *values)
{
    static const char FUNCTION[] = "wick_summary_array";

    if (!check_values(s, FUNCTION, n, values) || !begin(s, FUNCTION, key))
        return;
    add_row(&s->json, n, values);
    end(s);
}

void wick_summary_matrix(
    wick_summary *s, const char *key, size_t rows, size_t columns, const double *values)
{
    static const char FUNCTION[] = "wick_summary_matrix";

    if (!check_values(s, FUNCTION, columns ? rows : 0, values) || !begin(s, FUNCTION, key))
        return;
    wicki_buffer_add(&s->json, "[");
    for (size_t i = 0; i < rows && wicki_ok(s->w); i++) {
        wicki_buffer_add(&s->json, i ? ",\n    " : "\n    ");
        add_row(&s->json, columns, columns ? values + i * columns : NULL);
    }
    wicki_buffer_add(&s->json, "]");
    end(s);
}

bool wick_summary_close(wick_summary *s)
{
    if (!s)
        return false;
    wicki_buffer_add(&s->json, s->json.length ? "\n}\n" : "{}\n");
    const bool written =
        wicki_ok(s->w) && wicki_write_file(s->w, "wick_summary_close", s->path, &s->json);
    release(s);
    return written;
}
