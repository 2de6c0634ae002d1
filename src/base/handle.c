#include "base/handle.h"
#include "base/philox.h"

#include <stdio.h>
#include <string.h>

void *wick_alloc(wick *w, size_t size)
{
    return wicki_alloc(w, size);
}

void *wicki_alloc_zero(wick *w, size_t size)
{
    void *memory = wicki_alloc(w, size);

    return memory ? memset(memory, 0, size) : NULL;
}

double *wicki_fail_doubles(wick *w, size_t n)
{
    wick_fail(w, WICK_ERR_LIMIT, "a value of %zu doubles does not fit into memory", n);
    return NULL;
}

void *wicki_allocate(wick *w, size_t size)
{
    void *memory = w->allocator.allocate(size, w->allocator.arg);

    if (!memory) {
        wicki_fail_memory(w, size);
        return NULL;
    }
    return memset(memory, 0, size);
}

void wicki_release(wick *w, void *memory)
{
    if (memory)
        w->allocator.release(memory, w->allocator.arg);
}

wicki_name *wicki_intern(wick *w, const char *function, const char *text)
{
    if (!wicki_ok(w))
        return NULL;
    if (!text || !*text) {
        wick_fail(w, WICK_ERR_NAME, "%s: the name is %s", function, text ? "empty" : "NULL");
        return NULL;
    }
    wicki_name *name = wicki_names_intern(&w->names, text);
    if (!name)
        wicki_fail_memory(w, strlen(text));
    return name;
}

const char *wick_name(wick *w, const char *format, ...)
{
    char text[256];
    va_list arguments;

    if (!wicki_ok(w))
        return NULL;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof text) {
        wick_fail(w, WICK_ERR_LIMIT, "wick_name: the name has %d bytes, at most %zu are allowed",
            length, sizeof text - 1);
        return NULL;
    }
    const wicki_name *name = wicki_intern(w, "wick_name", text);
    return name ? name->text : NULL;
}

void wicki_text_add(wicki_text *text, const char *format, ...)
{
    va_list arguments;

    if (text->length + 1 >= text->size)
        return;
    va_start(arguments, format);
    const int n =
        vsnprintf(text->buffer + text->length, text->size - text->length, format, arguments);
    va_end(arguments);
    if (n < 0)
        return;
    text->length += (size_t)n;
    if (text->length >= text->size) {
        text->length = text->size - 1;
        if (text->size > 4)
            memcpy(text->buffer + text->size - 4, "...", 4);
    }
}

uint64_t wicki_random_key(const wicki_random *r, uint64_t step)
{
    return wicki_hash(wicki_hash(wicki_hash(r->seed, step), r->run), r->name);
}

void wicki_random_begin(wick *w, const wicki_random *random, uint64_t step)
{
    w->random = *random;
    w->random_step = step;
    w->random_key = wicki_random_key(random, step);
}

/* Draws outside the sites: one stream element for each draw. */
static wicki_stream next_stream(wick *w)
{
    static const uint64_t OUTSIDE = 0x6f757473696465u; /* "outside" */

    return wicki_stream_new(wicki_hash(w->seed, OUTSIDE), w->draws++, 0);
}

double wick_draw_uniform(wick *w)
{
    if (!wicki_ok(w))
        return 0.5;
    wicki_stream s = next_stream(w);
    return wicki_uniform(&s);
}

double wick_draw_normal(wick *w)
{
    if (!wicki_ok(w))
        return 0.0;
    wicki_stream s = next_stream(w);
    return wicki_normal(&s);
}

size_t wick_draw_below(wick *w, size_t n)
{
    if (!wicki_ok(w) || n == 0)
        return 0;
    wicki_stream s = next_stream(w);
    return wicki_below(&s, n);
}

/* Floyd's algorithm gives the set, then a shuffle the order: O(k^2), no memory. */
void wick_draw_choice(wick *w, size_t n, size_t k, size_t *indices)
{
    if (!wicki_ok(w))
        return;
    if (k > n) {
        wick_fail(w, WICK_ERR_ARGUMENT,
            "wick_draw_choice: %zu of %zu without replacement, need at most %zu", k, n, n);
        return;
    }
    for (size_t i = 0; i < k; i++) {
        size_t candidate = wick_draw_below(w, n - k + i + 1);
        for (size_t j = 0; j < i; j++)
            if (indices[j] == candidate)
                candidate = n - k + i;
        indices[i] = candidate;
    }
    for (size_t i = k; i > 1; i--) {
        const size_t j = wick_draw_below(w, i);
        const size_t kept = indices[i - 1];
        indices[i - 1] = indices[j];
        indices[j] = kept;
    }
}

void wick_set_seed(wick *w, uint64_t seed)
{
    if (!w)
        return;
    w->seed = seed;
    w->step = 0;
    w->draws = 0;
}

uint64_t wick_seed(const wick *w)
{
    return w ? w->seed : 0;
}
