#include "models/assignment.h"

#include <math.h>
#include <stdint.h>

#include <wick/extend.h>

/* What a path is searched with. Column `columns` stands for the row that has none yet. */
typedef struct search {
    size_t rows, columns;
    const double *cost;
    double *row_price, *column_price; /* cost - row_price - column_price is nowhere below 0 */
    double *distance;                 /* of the shortest path to a column */
    size_t *row_of;                   /* of a column; rows: none */
    size_t *before;                   /* the column before, on that path */
    bool *reached;
} search;

static void *take(wick *w, size_t n, size_t size)
{
    return n < SIZE_MAX / size ? wick_alloc(w, n * size) : wick_alloc(w, SIZE_MAX);
}

static bool allocate(wick *w, search *s)
{
    const size_t n = s->columns + 1;

    s->row_price = take(w, s->rows + 1, sizeof *s->row_price);
    s->column_price = take(w, n, sizeof *s->column_price);
    s->distance = take(w, n, sizeof *s->distance);
    s->row_of = take(w, n, sizeof *s->row_of);
    s->before = take(w, n, sizeof *s->before);
    s->reached = take(w, n, sizeof *s->reached);
    return wick_status(w) == WICK_OK;
}

static void begin(search *s)
{
    for (size_t i = 0; i <= s->rows; i++)
        s->row_price[i] = 0.0;
    for (size_t j = 0; j <= s->columns; j++) {
        s->column_price[j] = 0.0;
        s->row_of[j] = s->rows;
    }
}

/* Paths through a column get to others; the nearest column that is not reached yet. */
static size_t nearest(search *s, size_t through)
{
    const size_t i = s->row_of[through];
    size_t best = s->columns;

    for (size_t j = 0; j < s->columns; j++) {
        if (s->reached[j])
            continue;
        const double reduced = s->cost[i * s->columns + j] - s->row_price[i] - s->column_price[j];
        if (reduced < s->distance[j]) {
            s->distance[j] = reduced;
            s->before[j] = through;
        }
        if (best == s->columns || s->distance[j] < s->distance[best])
            best = j;
    }
    return best;
}

/* All that was reached moves on by a distance: no reduced cost falls below 0. */
static void advance(search *s, double by)
{
    for (size_t j = 0; j <= s->columns; j++)
        if (s->reached[j]) {
            s->row_price[s->row_of[j]] += by;
            s->column_price[j] -= by;
        } else {
            s->distance[j] -= by;
        }
}

/* A column for row i, others moved over along the shortest path. */
static void add_row(search *s, size_t i)
{
    size_t at = s->columns;

    for (size_t j = 0; j <= s->columns; j++) {
        s->distance[j] = INFINITY;
        s->reached[j] = false;
    }
    s->row_of[at] = i;
    do {
        s->reached[at] = true;
        const size_t next = nearest(s, at);
        advance(s, s->distance[next]);
        at = next;
    } while (s->row_of[at] != s->rows);
    for (; at != s->columns; at = s->before[at])
        s->row_of[at] = s->row_of[s->before[at]];
}

static bool holds(wick *w, size_t rows, size_t columns, const double *cost, const size_t *assigned)
{
    if (rows == 0 || rows > columns || !cost || !assigned) {
        wick_fail(w, WICK_ERR_ARGUMENT,
            "assignment_solve: got %zu rows and %zu columns%s, need 1 to %zu rows, costs and room "
            "for the assignment (exchange rows and columns if there are more rows)",
            rows, columns, cost && assigned ? "" : " and NULL", columns);
        return false;
    }
    for (size_t i = 0; i < rows * columns; i++)
        if (!isfinite(cost[i])) {
            wick_fail(w, WICK_ERR_ARGUMENT,
                "assignment_solve: the cost of row %zu and column %zu is %g, need a number",
                i / columns, i % columns, cost[i]);
            return false;
        }
    return wick_status(w) == WICK_OK;
}

double assignment_solve(wick *w, size_t rows, size_t columns, const double *cost, size_t *assigned)
{
    search s = { .rows = rows, .columns = columns, .cost = cost };
    double sum = 0.0;

    if (!holds(w, rows, columns, cost, assigned) || !allocate(w, &s))
        return NAN;
    begin(&s);
    for (size_t i = 0; i < rows; i++)
        add_row(&s, i);
    for (size_t j = 0; j < columns; j++)
        if (s.row_of[j] < rows)
            assigned[s.row_of[j]] = j;
    for (size_t i = 0; i < rows; i++)
        sum += cost[i * columns + assigned[i]];
    return sum;
}
