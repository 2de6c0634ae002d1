#include "infer/hessian.h"

#include <math.h>
#include <string.h>

enum { ROWS = 8 };                 /* steps, at most */
static const double GOOD = 1e-10;  /* relative error at which it ends */
static const double SHARE = 0.25;  /* first step, of 1 / sqrt(second derivative) */
static const double RATIO = 2.0;   /* of one step to the next */
static const double LEAST = 1e-12; /* step, relative to max(1, |x|) */

/* Where things are in the work. */
typedef struct room {
    double *x, *up;
    double *table, *before; /* [ROWS][n] */
} room;

static room room_of(size_t n, double *work)
{
    return (room){ work, work + n, work + 2 * n, work + (2 + ROWS) * n };
}

size_t wicki_hessian_work(size_t n)
{
    return (2 + 2 * ROWS) * n;
}

static bool difference(
    const wicki_gradient *f, const double *at, size_t j, double h, const room *r, double *out)
{
    const double above = at[j] + h, below = at[j] - h;

    memcpy(r->x, at, f->n * sizeof *at);
    r->x[j] = above;
    if (!f->at(f->arg, r->x, r->up))
        return false;
    r->x[j] = below;
    if (!f->at(f->arg, r->x, out))
        return false;
    for (size_t i = 0; i < f->n; i++)
        out[i] = (r->up[i] - out[i]) / (above - below);
    return true;
}

static double largest(size_t n, const double *a, const double *b)
{
    double most = 0.0;

    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(a[i] - (b ? b[i] : 0.0)));
    return most;
}

/* A step within which the gradient is about linear; 0 if there is none. */
static double first_step(
    const wicki_gradient *f, const double *x, size_t j, const room *r, double *column)
{
    const double unit = fmax(1.0, fabs(x[j]));
    double h = 1e-3 * unit;

    while (h > LEAST * unit) {
        if (!difference(f, x, j, h, r, column)) {
            h *= 0.1;
            continue;
        }
        const double scale = column[j] > 0.0 ? 1.0 / sqrt(column[j]) : unit;
        if (h <= scale)
            return SHARE * scale;
        h = SHARE * scale;
    }
    return 0.0;
}

/* Error terms are in even powers of h: k times extrapolated they begin with h^(2k + 2). */
static double extrapolate(size_t n, size_t row, const room *r, double *best, double error)
{
    double factor = RATIO * RATIO;

    for (size_t k = 1; k <= row; k++, factor *= RATIO * RATIO) {
        double *to = r->table + k * n;
        const double *from = to - n, *old = r->before + (k - 1) * n;
        for (size_t i = 0; i < n; i++)
            to[i] = (factor * from[i] - old[i]) / (factor - 1.0);
        const double here = fmax(largest(n, to, from), largest(n, to, old));
        if (here <= error) {
            error = here;
            memcpy(best, to, n * sizeof *best);
        }
    }
    return error;
}

double wicki_hessian_column(
    const wicki_gradient *f, const double *x, size_t j, double *column, double *work)
{
    const room r = room_of(f->n, work);
    const double unit = fmax(1.0, fabs(x[j]));
    double h = first_step(f, x, j, &r, column), error = INFINITY;
    size_t row = 0;

    for (; row < ROWS && h > LEAST * unit; h /= RATIO) {
        if (!difference(f, x, j, h, &r, r.table))
            continue; /* too far out */
        error = extrapolate(f->n, row, &r, column, error);
        if (error <= GOOD * largest(f->n, column, NULL))
            break;
        memcpy(r.before, r.table, ++row * f->n * sizeof *r.table);
    }
    return error <= INFINITY ? error / fmax(largest(f->n, column, NULL), 1e-300) : INFINITY;
}
