#include "io/columns.h"

#include <string.h>

#include "io/buffer.h"
#include "io/parse.h"

static const char FUNCTION[] = "wick_table_read";

size_t wicki_column_number(const char *text)
{
    size_t number = 0;

    for (; wicki_is_digit(*text); text++)
        number = number < SIZE_MAX / 100 ? 10 * number + (size_t)(*text - '0') : SIZE_MAX / 10;
    return *text == '\0' ? number : 0;
}

/* "; it has 'height', 'weight'": as many as fit into the message */
static void fail_unknown(
    wick *w, const char *path, const char *wanted, size_t n, const char *const *names)
{
    wicki_buffer list = { .w = w };

    for (size_t i = 0; names && i < n && list.length < WICKI_MESSAGE_SIZE; i++) {
        wicki_buffer_add(&list, i ? ", '" : "; it has '");
        wicki_buffer_text(&list, names[i], strlen(names[i]));
        wicki_buffer_add(&list, "'");
    }
    if (wicki_column_number(wanted) > 0)
        wick_fail(w, WICK_ERR_NAME, "%s: %s has no column %s, need a number up to %zu", FUNCTION,
            path, wanted, n);
    else
        wick_fail(w, WICK_ERR_NAME, "%s: %s has no column '%s'%s", FUNCTION, path, wanted,
            list.text ? list.text : ", since it has no names; need a number");
    wicki_buffer_free(&list);
}

/* The place of a name; n if there is none. */
static size_t find_name(
    wick *w, const char *path, const char *wanted, size_t n, const char *const *names)
{
    size_t found = n;

    for (size_t i = 0; names && i < n; i++) {
        if (strcmp(names[i], wanted) != 0)
            continue;
        if (found < n)
            wick_fail(w, WICK_ERR_NAME,
                "%s: %s has two columns '%s', %zu and %zu; choose by number", FUNCTION, path,
                wanted, found + 1, i + 1);
        found = i;
    }
    return found;
}

static void choose_one(
    wicki_columns *c, wick *w, const char *path, const char *wanted, const char *const *names)
{
    size_t i = wanted ? find_name(w, path, wanted, c->n, names) : c->n;

    if (i == c->n && wanted)
        i = wicki_column_number(wanted) - 1;
    if (!wanted)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: a column to read is NULL", FUNCTION);
    else if (i >= c->n)
        fail_unknown(w, path, wanted, c->n, names);
    else if (c->place[i] != WICKI_LEFT_OUT)
        wick_fail(w, WICK_ERR_NAME, "%s: column %zu of %s is chosen twice, by '%s' too", FUNCTION,
            i + 1, path, wanted);
    if (wicki_ok(w))
        c->place[i] = c->chosen++;
}

bool wicki_columns_choose(wicki_columns *c, wick *w, const char *path,
    const wick_table_options *options, size_t n, const char *const *names)
{
    *c = (wicki_columns){ .n = n };
    c->place = wicki_allocate(w, n * sizeof *c->place);
    if (!c->place)
        return false;
    for (size_t i = 0; i < n; i++)
        c->place[i] = options->n_columns == 0 ? c->chosen++ : WICKI_LEFT_OUT;
    for (size_t i = 0; i < options->n_columns && wicki_ok(w); i++)
        choose_one(c, w, path, options->columns[i], names);
    return wicki_ok(w);
}
