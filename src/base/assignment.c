#include "base/assignment.h"

#include <math.h>
#include <stdint.h>

static void *take(wick *w, size_t n, size_t size)
{
    return n < SIZE_MAX / size ? wick_alloc(w, n * size) : wick_alloc(w, SIZE_MAX);
}

bool wicki_assignment_open(wick *w, wicki_assignment *s, size_t rows, size_t columns)
{
    const size_t n = columns + 1;

    *s = (wicki_assignment){ .rows = rows, .columns = columns };
    s->row_price = take(w, s->rows + 1, sizeof *s->row_price);
    s->column_price = take(w, n, sizeof *s->column_price);
    s->distance = take(w, n, sizeof *s->distance);
    s->row_of = take(w, n, sizeof *s->row_of);
    s->before = take(w, n, sizeof *s->before);
    s->reached = take(w, n, sizeof *s->reached);
    return wick_status(w) == WICK_OK;
}

static void begin(wicki_assignment *s)
{
    for (size_t i = 0; i <= s->rows; i++)
        s->row_price[i] = 0.0;
    for (size_t j = 0; j <= s->columns; j++) {
        s->column_price[j] = 0.0;
        s->row_of[j] = s->rows;
    }
}

/* Paths through a column get to others; the nearest column that is not reached yet. */
static size_t nearest(wicki_assignment *s, size_t through)
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
static void advance(wicki_assignment *s, double by)
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
static void add_row(wicki_assignment *s, size_t i)
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
            "wick_solve_assignment: got %zu rows and %zu columns%s, need 1 to %zu rows, costs and "
            "room "
            "for the assignment (exchange rows and columns if there are more rows)",
            rows, columns, cost && assigned ? "" : " and NULL", columns);
        return false;
    }
    for (size_t i = 0; i < rows * columns; i++)
        if (!isfinite(cost[i])) {
            wick_fail(w, WICK_ERR_ARGUMENT,
                "wick_solve_assignment: the cost of row %zu and column %zu is %g, need a number",
                i / columns, i % columns, cost[i]);
            return false;
        }
    return wick_status(w) == WICK_OK;
}

double wicki_assignment_solve(wicki_assignment *s, const double *cost, size_t *assigned)
{
    double sum = 0.0;

    s->cost = cost;
    begin(s);
    for (size_t i = 0; i < s->rows; i++)
        add_row(s, i);
    for (size_t j = 0; j < s->columns; j++)
        if (s->row_of[j] < s->rows)
            assigned[s->row_of[j]] = j;
    for (size_t i = 0; i < s->rows; i++)
        sum += cost[i * s->columns + assigned[i]];
    return sum;
}

double wick_solve_assignment(
    wick *w, size_t rows, size_t columns, const double *cost, size_t *assigned)
{
    wicki_assignment s;

    if (!holds(w, rows, columns, cost, assigned) || !wicki_assignment_open(w, &s, rows, columns))
        return NAN;
    return wicki_assignment_solve(&s, cost, assigned);
}
