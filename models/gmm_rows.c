#include "models/gmm_rows.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

#include "models/matrix.h"

/* --- looking --------------------------------------------------------------------------------- */

static const double LARGEST = 1e150;

/* What there is among n numbers. */
typedef struct looked {
    bool outside, missing;
} looked;

static looked look_at(size_t n, const double *x)
{
    int outside = 0, missing = 0;

    for (size_t i = 0; i < n; i++) {
        outside |= fabs(x[i]) > LARGEST;
        missing |= x[i] != x[i];
    }
    return (looked){ outside != 0, missing != 0 };
}

static void fail_outside(wick *w, const char *function, size_t dimensions, const double *x)
{
    size_t at = 0;

    while (!(fabs(x[at]) > LARGEST))
        at++;
    wick_fail(w, WICK_ERR_ARGUMENT,
        "%s: x in row %zu, column %zu (from 0) is %g: infinite, or its square is; take the row "
        "out, make the number NaN (not seen), or scale the column",
        function, at / dimensions, at % dimensions, x[at]);
}

static bool weights_hold(wick *w, const char *function, size_t n, const double *row_weights)
{
    double sum = 0.0;

    for (size_t i = 0; row_weights && i < n; i++) {
        if (!(row_weights[i] >= 0.0 && row_weights[i] <= LARGEST)) {
            wick_fail(w, WICK_ERR_ARGUMENT,
                "%s: the weight of row %zu is %g, need a number of at least 0", function, i,
                row_weights[i]);
            return false;
        }
        sum += row_weights[i];
    }
    if (row_weights && sum == 0.0)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: all %zu rows have weight 0", function, n);
    return wick_status(w) == WICK_OK;
}

static bool all_positive(size_t n, const double *row_weights)
{
    bool positive = true;

    for (size_t i = 0; row_weights && i < n; i++)
        positive &= row_weights[i] > 0.0;
    return positive;
}

/* --- grouping -------------------------------------------------------------------------------- */

/* A row on its way to its pattern. */
typedef struct entry {
    const double *x;
    size_t row, dimensions;
} entry;

static bool is_seen(double x)
{
    return x == x;
}

/* Complete rows first; of two patterns, that in which the first column that differs was seen. */
static int compare_patterns(const entry *a, const entry *b)
{
    int first = 0;
    size_t seen_a = 0, seen_b = 0;

    for (size_t j = 0; j < a->dimensions; j++) {
        seen_a += is_seen(a->x[j]);
        seen_b += is_seen(b->x[j]);
        if (first == 0)
            first = is_seen(b->x[j]) - is_seen(a->x[j]);
    }
    return seen_a != seen_b ? (seen_a < seen_b ? 1 : -1) : first;
}

static int compare_entries(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    const int pattern = compare_patterns(a, b);

    return pattern != 0 ? pattern : (a->row > b->row) - (a->row < b->row);
}

static bool allocate_pattern(wick *w, gmm_pattern *p, bool weighted)
{
    p->rows = calloc(p->n, sizeof *p->rows);
    p->columns = calloc(p->n_columns + 1, sizeof *p->columns);
    p->copied = matrix_doubles(w, p->n * p->n_columns);
    p->copied_weights = weighted ? matrix_doubles(w, p->n) : NULL;
    p->x = p->copied;
    p->row_weights = p->copied_weights;
    if (!p->rows || !p->columns)
        wick_fail(w, WICK_ERR_MEMORY, "models: no memory for %zu rows", p->n);
    return wick_status(w) == WICK_OK;
}

static void copy_row(gmm_pattern *p, size_t i, const entry *e, const double *row_weights)
{
    p->rows[i] = e->row;
    for (size_t j = 0; j < p->n_columns; j++)
        p->copied[i * p->n_columns + j] = e->x[p->columns[j]];
    if (row_weights)
        p->copied_weights[i] = row_weights[e->row];
}

/* The rows of one pattern, which stand together. */
static bool fill_pattern(
    wick *w, gmm_pattern *p, size_t n, const entry *entries, const double *row_weights)
{
    const size_t d = entries->dimensions;

    *p = (gmm_pattern){ .n = n };
    for (size_t j = 0; j < d; j++)
        p->n_columns += is_seen(entries->x[j]);
    if (!allocate_pattern(w, p, row_weights != NULL))
        return false;
    for (size_t j = 0, to = 0; j < d; j++)
        if (is_seen(entries->x[j]))
            p->columns[to++] = j;
    for (size_t i = 0; i < n; i++)
        copy_row(p, i, &entries[i], row_weights);
    if (p->n_columns == d) {
        free(p->columns);
        p->columns = NULL;
    }
    return true;
}

static size_t pattern_end(size_t from, size_t n, const entry *entries)
{
    size_t end = from + 1;

    while (end < n && compare_patterns(&entries[from], &entries[end]) == 0)
        end++;
    return end;
}

static bool fill_patterns(
    wick *w, gmm_rows *rows, size_t n, const entry *entries, const double *row_weights)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i = pattern_end(i, n, entries))
        count++;
    rows->patterns = calloc(count, sizeof *rows->patterns);
    if (!rows->patterns) {
        wick_fail(w, WICK_ERR_MEMORY, "models: no memory for %zu patterns", count);
        return false;
    }
    for (size_t i = 0; i < n; i = pattern_end(i, n, entries)) {
        gmm_pattern *p = &rows->patterns[rows->n_patterns++];
        if (!fill_pattern(w, p, pattern_end(i, n, entries) - i, entries + i, row_weights))
            return false;
    }
    return true;
}

static bool group(wick *w, gmm_rows *rows, size_t n, const double *x, const double *row_weights)
{
    entry *entries = calloc(n, sizeof *entries);
    size_t count = 0;

    if (!entries) {
        wick_fail(w, WICK_ERR_MEMORY, "models: no memory for %zu rows", n);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        if (!row_weights || row_weights[i] > 0.0)
            entries[count++] = (entry){ x + i * rows->dimensions, i, rows->dimensions };
    qsort(entries, count, sizeof *entries, compare_entries);
    const bool ok = fill_patterns(w, rows, count, entries, row_weights);
    free(entries);
    return ok;
}

/* --- the whole ------------------------------------------------------------------------------- */

static bool point_to(wick *w, gmm_rows *rows, size_t n, const double *x, const double *row_weights)
{
    rows->patterns = calloc(1, sizeof *rows->patterns);
    if (!rows->patterns) {
        wick_fail(w, WICK_ERR_MEMORY, "models: no memory for a pattern");
        return false;
    }
    rows->n_patterns = 1;
    rows->patterns[0] =
        (gmm_pattern){ .n_columns = rows->dimensions, .n = n, .x = x, .row_weights = row_weights };
    return true;
}

static double weight_of(const gmm_pattern *p)
{
    double sum = 0.0;

    for (size_t i = 0; p->row_weights && i < p->n; i++)
        sum += p->row_weights[i];
    return p->row_weights ? sum : (double)p->n;
}

gmm_rows *gmm_rows_new(wick *w, const char *function, size_t n, size_t dimensions, const double *x,
    const double *row_weights)
{
    if (n == 0 || dimensions == 0 || !x) {
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: got %zu rows of %zu columns%s, need data of at least one of each", function, n,
            dimensions, x ? "" : " at NULL");
        return NULL;
    }
    const looked numbers = look_at(n * dimensions, x);
    if (numbers.outside)
        fail_outside(w, function, dimensions, x);
    if (numbers.outside || !weights_hold(w, function, n, row_weights))
        return NULL;
    gmm_rows *rows = calloc(1, sizeof *rows);
    if (!rows) {
        wick_fail(w, WICK_ERR_MEMORY, "%s: no memory", function);
        return NULL;
    }
    rows->dimensions = dimensions;
    const bool whole = !numbers.missing && all_positive(n, row_weights);
    if (!(whole ? point_to : group)(w, rows, n, x, row_weights)) {
        gmm_rows_free(rows);
        return NULL;
    }
    for (size_t j = 0; j < rows->n_patterns; j++)
        if (rows->patterns[j].n_columns > 0) {
            rows->n += rows->patterns[j].n;
            rows->total_weight += weight_of(&rows->patterns[j]);
        }
    return rows;
}

void gmm_rows_free(gmm_rows *rows)
{
    if (!rows)
        return;
    for (size_t j = 0; j < rows->n_patterns; j++) {
        free(rows->patterns[j].rows);
        free(rows->patterns[j].columns);
        free(rows->patterns[j].copied);
        free(rows->patterns[j].copied_weights);
    }
    free(rows->patterns);
    free(rows);
}
