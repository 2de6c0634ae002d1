#include "dist/mvn_columns.h"

#include "tape/loop.h"

WICKI_INLINE const double *factor(const wicki_columns *c, size_t i, size_t j)
{
    return c->l + (i * c->d + j) * c->l_stride;
}

static void subtract(const wicki_columns *c, size_t i)
{
    const double *x = c->x + i * c->x_stride, *loc = c->loc + i * c->loc_stride;
    double *t = c->t + i * WICKI_COLUMNS;

    for (size_t m = 0; m < c->n; m++)
        t[m] = x[m * c->x_step] - loc[m * c->loc_step];
}

/* t -= L_ij u; with the step a constant each of the two loops is a plain one */
WICKI_INLINE void eliminate(size_t n, double *t, const double *l, size_t step, const double *u)
{
    if (step == 0) {
        const double same = *l;
        for (size_t m = 0; m < n; m++)
            t[m] -= same * u[m];
    } else {
        for (size_t m = 0; m < n; m++)
            t[m] -= l[m] * u[m];
    }
}

WICKI_INLINE void divide(size_t n, double *t, const double *l, size_t step)
{
    if (step == 0) {
        const double inverse = 1.0 / *l;
        for (size_t m = 0; m < n; m++)
            t[m] *= inverse;
    } else {
        for (size_t m = 0; m < n; m++)
            t[m] /= l[m];
    }
}

/* L t = x - loc */
void wicki_columns_solve(const wicki_columns *c)
{
    for (size_t i = 0; i < c->d; i++) {
        double *t = c->t + i * WICKI_COLUMNS;
        subtract(c, i);
        for (size_t j = 0; j < i; j++)
            eliminate(c->n, t, factor(c, i, j), c->l_step, c->t + j * WICKI_COLUMNS);
        divide(c->n, t, factor(c, i, i), c->l_step);
    }
}

/* L' s = t */
void wicki_columns_solve_transposed(const wicki_columns *c)
{
    for (size_t i = c->d; i-- > 0;) {
        double *s = c->s + i * WICKI_COLUMNS;
        memcpy(s, c->t + i * WICKI_COLUMNS, c->n * sizeof *s);
        for (size_t j = i + 1; j < c->d; j++)
            eliminate(c->n, s, factor(c, j, i), c->l_step, c->s + j * WICKI_COLUMNS);
        divide(c->n, s, factor(c, i, i), c->l_step);
    }
}

void wicki_columns_squares(const wicki_columns *c, double *square)
{
    for (size_t i = 0; i < c->d; i++)
        for (size_t m = 0; m < c->n; m++)
            square[m] += c->t[i * WICKI_COLUMNS + m] * c->t[i * WICKI_COLUMNS + m];
}

double wicki_columns_log_determinant(const wicki_columns *c, size_t m)
{
    double sum = 0.0;

    for (size_t i = 0; i < c->d; i++) {
        const double diagonal = factor(c, i, i)[m * c->l_step];
        sum += diagonal > 0.0 ? wicki_log(diagonal) : (double)NAN;
    }
    return sum;
}

double wicki_columns_at_infinity(const wicki_columns *c, size_t m, double density)
{
    bool infinite = false;

    for (size_t i = 0; i < c->d; i++) {
        const double x = c->x[i * c->x_stride + m * c->x_step];
        if (isnan(x))
            return x;
        infinite |= isinf(x);
    }
    return infinite ? -INFINITY : density;
}

/* --- gradient -------------------------------------------------------------------------------- */

static void weigh(const wicki_columns *c, const double *g)
{
    for (size_t i = 0; i < c->d; i++)
        for (size_t m = 0; m < c->n; m++)
            c->s[i * WICKI_COLUMNS + m] = g[m] == 0.0 ? 0.0 : g[m] * c->s[i * WICKI_COLUMNS + m];
}

/* adjoint += sign s */
static void add_signed(size_t n, double *adjoint, size_t step, double sign, const double *s)
{
    if (step == 0)
        *adjoint += sign * wicki_sum(n, s);
    else
        for (size_t m = 0; m < n; m++)
            adjoint[m] += sign * s[m];
}

static void add_to_factor(
    const wicki_columns *c, const wicki_column_adjoints *a, size_t i, size_t j)
{
    const double *s = c->s + i * WICKI_COLUMNS, *t = c->t + j * WICKI_COLUMNS, *l = factor(c, i, j);
    double *adjoint = a->l + (i * c->d + j) * c->l_stride;
    double product[WICKI_COLUMNS];

    for (size_t m = 0; m < c->n; m++)
        product[m] = a->slope[m] == 0.0 ? 0.0 : s[m] * t[m];
    for (size_t m = 0; i == j && m < c->n; m++)
        product[m] -= a->density[m] == 0.0 ? 0.0 : a->density[m] / l[m * c->l_step];
    add_signed(c->n, adjoint, c->l_step, 1.0, product);
}

void wicki_columns_gradient(const wicki_columns *c, const wicki_column_adjoints *a)
{
    weigh(c, a->slope);
    for (size_t i = 0; i < c->d; i++) {
        const double *s = c->s + i * WICKI_COLUMNS;
        if (a->x)
            add_signed(c->n, a->x + i * c->x_stride, c->x_step, -1.0, s);
        if (a->loc)
            add_signed(c->n, a->loc + i * c->loc_stride, c->loc_step, 1.0, s);
        for (size_t j = 0; a->l && j <= i; j++)
            add_to_factor(c, a, i, j);
    }
}

/* --- members --------------------------------------------------------------------------------- */

wicki_columns wicki_columns_of(
    const wick_node *node, const wick_run *part, size_t first, uint32_t at, double *room)
{
    const size_t d = ((const wicki_density *)node->data)->n;

    return (wicki_columns){ .n = part->n - first < WICKI_COLUMNS ? part->n - first : WICKI_COLUMNS,
        .d = d,
        .x = part->in[0] + first * part->in_step[0],
        .loc = part->in[at] + first * part->in_step[at],
        .l = part->in[at + 1] + first * part->in_step[at + 1],
        .x_stride = part->in_stride[0],
        .loc_stride = part->in_stride[at],
        .l_stride = part->in_stride[at + 1],
        .x_step = part->in_step[0],
        .loc_step = part->in_step[at],
        .l_step = part->in_step[at + 1],
        .t = room,
        .s = room + d * WICKI_COLUMNS };
}

bool wicki_columns_room(wick *w, wick_node *node)
{
    wicki_density *d = node->data;

    if (d->n > WICKI_SMALL_COLUMNS)
        d->scratch = wicki_alloc_doubles(w, 2 * d->n * WICKI_COLUMNS);
    return wicki_ok(w);
}
