#include "io/npy.h"

#include <math.h>
#include <string.h>

#include "io/table.h"

/* More than a table has: so that a header without data cannot ask for any memory that it likes. */
enum { MAX_COLUMNS = 1 << 24 };

/* --- items ----------------------------------------------------------------------------------- */

static uint64_t read_bits(const wicki_npy *npy, const char *bytes)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < npy->size; i++) {
        const size_t from = npy->big_endian ? i : npy->size - 1 - i;
        bits = bits << 8 | (unsigned char)bytes[from];
    }
    return bits;
}

static double signed_of(uint64_t bits, size_t size)
{
    const uint64_t sign = UINT64_C(1) << (8 * size - 1);

    return bits & sign ? -(double)(2 * sign - bits) : (double)bits;
}

double wicki_npy_item(const wicki_npy *npy, const char *bytes)
{
    const uint64_t bits = read_bits(npy, bytes);
    const uint32_t low = (uint32_t)bits;
    double x;
    float y;

    switch (npy->kind) {
    case 'b':
        return bits != 0;
    case 'i':
        return signed_of(bits, npy->size);
    case 'u':
        return (double)bits;
    default:
        if (npy->size == sizeof y) {
            memcpy(&y, &low, sizeof y);
            return y;
        }
        memcpy(&x, &bits, sizeof x);
        return x;
    }
}

/* --- the array ------------------------------------------------------------------------------- */

typedef struct array {
    wicki_npy of;
    wicki_columns columns;
    wicki_table *table;
    wicki_source *source;
    bool missing;       /* allowed? */
    size_t row, column; /* of the next item */
} array;

static bool fail_size(const wicki_source *s, const wicki_npy *npy, const char *what)
{
    wick_fail(s->w, WICK_ERR_IO, "%s: %s %zu times %zu items of %zu bytes; save it again", s->path,
        what, npy->rows, npy->columns, npy->size);
    return false;
}

/* Is there as much as the header says? What is not a file is read as a whole to know. */
static bool check_size(wicki_source *s, const wicki_npy *npy)
{
    if (npy->columns > MAX_COLUMNS) {
        wick_fail(s->w, WICK_ERR_LIMIT, "%s: %zu columns, need at most %d; transpose the array",
            s->path, npy->columns, MAX_COLUMNS);
        return false;
    }
    if (npy->rows > SIZE_MAX / 8 / npy->columns)
        return fail_size(s, npy, "no memory has");
    const size_t size = npy->rows * npy->columns * npy->size;
    const bool enough = s->sized ? s->size - s->position >= size : wicki_source_has(s, size);
    if (!enough)
        return wicki_ok(s->w) && fail_size(s, npy, "the file is too short for");
    const bool more = s->sized ? s->size - s->position > size : wicki_source_has(s, size + 1);
    return wicki_ok(s->w) && (!more || fail_size(s, npy, "the file is too long for"));
}

static void go_on(array *a)
{
    size_t *inner = a->of.fortran_order ? &a->row : &a->column;
    size_t *outer = a->of.fortran_order ? &a->column : &a->row;

    if (++*inner == (a->of.fortran_order ? a->of.rows : a->of.columns)) {
        *inner = 0;
        ++*outer;
    }
}

static bool put(array *a, double x)
{
    const size_t place = a->columns.place[a->column];

    if (place != WICKI_LEFT_OUT) {
        if (!a->missing && isnan(x)) {
            wick_fail(a->source->w, WICK_ERR_IO,
                "%s: row %zu, column %zu is NaN, a missing value; fill it in, leave the row out, "
                "or allow missing values",
                a->source->path, a->row + 1, a->column + 1);
            return false;
        }
        a->table->of.values[a->row * a->columns.chosen + place] = x;
    }
    go_on(a);
    return true;
}

static bool read_items(array *a)
{
    wicki_source *s = a->source;
    const size_t size = a->of.size;
    size_t left = a->of.rows * a->of.columns;

    while (left > 0) {
        if (!wicki_source_has(s, size))
            return wicki_ok(s->w) && fail_size(s, &a->of, "the file is too short for");
        const size_t here = (s->end - s->begin) / size, n = here < left ? here : left;
        for (size_t i = 0; i < n; i++)
            if (!put(a, wicki_npy_item(&a->of, s->buffer + s->begin + i * size)))
                return false;
        wicki_source_skip(s, n * size);
        left -= n;
    }
    return true;
}

bool wicki_read_npy(wicki_table *table, wicki_source *source, const wick_table_options *options)
{
    array a = { .table = table, .source = source, .missing = options->missing };

    if (!wicki_npy_header(&a.of, source) || !check_size(source, &a.of))
        return false;
    if (wicki_columns_choose(&a.columns, source->w, source->path, options, a.of.columns, NULL)) {
        table->of.columns = a.columns.chosen;
        if (wicki_table_grow(table, a.of.rows) && read_items(&a))
            table->of.rows = a.of.rows;
    }
    wicki_release(source->w, a.columns.place);
    return wicki_ok(source->w);
}
