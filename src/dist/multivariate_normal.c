#include "dist/density.h"
#include "dist/mvn_plan.h"
#include "dist/sample.h"
#include "tape/loop.h"

#include <string.h>

/*
 * With L = scale_tril and L t = x - loc, the density is -t't/2 - sum_i log L_ii - D log(2 pi)/2.
 * With L' s = t, its derivatives are -s in x, s in loc, s_i t_j in L_ij, less 1 / L_ii for i = j.
 *
 * Members are solved side by side: t[i * COLUMNS + m] is component i of member m.
 */
enum { COLUMNS = 32, SMALL = 32 };

/* Up to COLUMNS members. A step is 0 where loc or scale_tril is the same for all of them. */
typedef struct columns {
    size_t n, d;
    const double *x, *loc, *l;
    size_t x_stride, loc_stride, l_stride;
    size_t x_step, loc_step, l_step;
    double *t, *s;
} columns;

WICKI_INLINE const double *factor(const columns *c, size_t i, size_t j)
{
    return c->l + (i * c->d + j) * c->l_stride;
}

static void subtract(const columns *c, size_t i)
{
    const double *x = c->x + i * c->x_stride, *loc = c->loc + i * c->loc_stride;
    double *t = c->t + i * COLUMNS;

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
static void solve(const columns *c)
{
    for (size_t i = 0; i < c->d; i++) {
        double *t = c->t + i * COLUMNS;
        subtract(c, i);
        for (size_t j = 0; j < i; j++)
            eliminate(c->n, t, factor(c, i, j), c->l_step, c->t + j * COLUMNS);
        divide(c->n, t, factor(c, i, i), c->l_step);
    }
}

/* L' s = t */
static void solve_transposed(const columns *c)
{
    for (size_t i = c->d; i-- > 0;) {
        double *s = c->s + i * COLUMNS;
        memcpy(s, c->t + i * COLUMNS, c->n * sizeof *s);
        for (size_t j = i + 1; j < c->d; j++)
            eliminate(c->n, s, factor(c, j, i), c->l_step, c->s + j * COLUMNS);
        divide(c->n, s, factor(c, i, i), c->l_step);
    }
}

/* sum_i log L_ii, NaN if one of them is not positive */
static double log_determinant(const columns *c, size_t m)
{
    double sum = 0.0;

    for (size_t i = 0; i < c->d; i++) {
        const double diagonal = factor(c, i, i)[m * c->l_step];
        sum += diagonal > 0.0 ? wicki_log(diagonal) : (double)NAN;
    }
    return sum;
}

/* A value at infinity has density -inf, whichever way the elimination went. */
static double at_infinity(const columns *c, size_t m, double density)
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

static void add_density(const columns *c, double *out)
{
    double square[COLUMNS] = { 0 };
    const double constant = (double)c->d * WICKI_HALF_LOG_2PI, same = log_determinant(c, 0);

    for (size_t i = 0; i < c->d; i++)
        for (size_t m = 0; m < c->n; m++)
            square[m] += c->t[i * COLUMNS + m] * c->t[i * COLUMNS + m];
    for (size_t m = 0; m < c->n; m++) {
        const double log_det = c->l_step ? log_determinant(c, m) : same;
        const double density = -0.5 * square[m] - log_det - constant;
        out[m] += isnan(square[m]) && !isnan(log_det) ? at_infinity(c, m, density) : density;
    }
}

/* --- gradient -------------------------------------------------------------------------------- */

/* The adjoints; NULL where none is wanted. g is that of the density. */
typedef struct adjoints {
    const double *g;
    double *x, *loc, *l;
} adjoints;

static void weigh(const columns *c, const double *g)
{
    for (size_t i = 0; i < c->d; i++)
        for (size_t m = 0; m < c->n; m++)
            c->s[i * COLUMNS + m] = g[m] == 0.0 ? 0.0 : g[m] * c->s[i * COLUMNS + m];
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

static void add_to_factor(const columns *c, const adjoints *a, size_t i, size_t j)
{
    const double *s = c->s + i * COLUMNS, *t = c->t + j * COLUMNS, *l = factor(c, i, j);
    double *adjoint = a->l + (i * c->d + j) * c->l_stride;
    double product[COLUMNS];

    for (size_t m = 0; m < c->n; m++)
        product[m] = a->g[m] == 0.0 ? 0.0 : s[m] * t[m];
    for (size_t m = 0; i == j && m < c->n; m++)
        product[m] -= a->g[m] == 0.0 ? 0.0 : a->g[m] / l[m * c->l_step];
    add_signed(c->n, adjoint, c->l_step, 1.0, product);
}

static void add_gradient(const columns *c, const adjoints *a)
{
    weigh(c, a->g);
    for (size_t i = 0; i < c->d; i++) {
        const double *s = c->s + i * COLUMNS;
        if (a->x)
            add_signed(c->n, a->x + i * c->x_stride, c->x_step, -1.0, s);
        if (a->loc)
            add_signed(c->n, a->loc + i * c->loc_stride, c->loc_step, 1.0, s);
        for (size_t j = 0; a->l && j <= i; j++)
            add_to_factor(c, a, i, j);
    }
}

/* --- runs ------------------------------------------------------------------------------------ */

static columns columns_of(const wick_node *node, const wick_run *part, size_t first)
{
    const wicki_density *d = node->data;

    return (columns){ .n = part->n - first < COLUMNS ? part->n - first : COLUMNS,
        .d = d->n,
        .x = part->in[0] + first * part->in_step[0],
        .loc = part->in[1] + first * part->in_step[1],
        .l = part->in[2] + first * part->in_step[2],
        .x_stride = part->in_stride[0],
        .loc_stride = part->in_stride[1],
        .l_stride = part->in_stride[2],
        .x_step = part->in_step[0],
        .loc_step = part->in_step[1],
        .l_step = part->in_step[2] };
}

static void multivariate_normal_forward_run(wick_node *node, const wick_run *run)
{
    const wicki_density *d = node->data;
    double stack[SMALL * COLUMNS];

    for (size_t b = 0; b < d->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        for (size_t first = 0; first < run->n; first += COLUMNS) {
            columns c = columns_of(node, &part, first);
            c.t = d->scratch ? d->scratch : stack;
            solve(&c);
            add_density(&c, run->out + first);
        }
    }
}

static double *from(double *adjoint, size_t first, size_t step)
{
    return adjoint ? adjoint + first * step : NULL;
}

static void multivariate_normal_reverse_run(wick_node *node, const wick_run *run)
{
    const wicki_density *d = node->data;
    double stack[2 * SMALL * COLUMNS];

    for (size_t b = 0; b < d->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        for (size_t first = 0; first < run->n; first += COLUMNS) {
            columns c = columns_of(node, &part, first);
            const adjoints a = { run->out_adjoint + first,
                from(part.in_adjoint[0], first, c.x_step),
                from(part.in_adjoint[1], first, c.loc_step),
                from(part.in_adjoint[2], first, c.l_step) };
            c.t = d->scratch ? d->scratch : stack;
            c.s = c.t + c.d * COLUMNS;
            solve(&c);
            solve_transposed(&c);
            add_gradient(&c, &a);
        }
    }
}

/* --- the op ------------------------------------------------------------------------------------ */

static bool shape(wick *w, wick_node *node)
{
    wicki_density *d = node->data;

    if (!wicki_density_shape(w, node) || !wicki_mvn_plan(w, node))
        return false;
    if (d->n > SMALL && !d->plan)
        d->scratch = wicki_alloc_doubles(w, 2 * d->n * COLUMNS);
    return wicki_ok(w);
}

static void multivariate_normal_forward(wick_node *node)
{
    if (wicki_mvn_forward(node))
        return;
    memset(node->value, 0, node->members * sizeof *node->value);
    wick_for_runs(node, multivariate_normal_forward_run);
}

static void multivariate_normal_reverse(wick_node *node)
{
    if (!wicki_mvn_reverse(node))
        wick_for_runs(node, multivariate_normal_reverse_run);
}

static const wick_op multivariate_normal_density = { .name = "wick_multivariate_normal",
    .shape = shape,
    .prepare = wicki_mvn_prepare,
    .forward = multivariate_normal_forward,
    .reverse = multivariate_normal_reverse,
    .finish = wicki_mvn_finish,
    .explain = wicki_density_explain };

/* --- draws ----------------------------------------------------------------------------------- */

/* 1 in the lower triangle */
static wick_var lower_triangle(wick *w, size_t n)
{
    const wick_var mask = wick_fill_array(w, 0.0, 2, (size_t[]){ n, n });
    const wick_node *node = wicki_ok(w) ? wicki_node_of(w, "wick_multivariate_normal", mask) : NULL;

    for (size_t i = 0; node && i < n; i++)
        for (size_t j = 0; j <= i; j++)
            node->value[i * n + j] = 1.0;
    return mask;
}

/* L z for each vector z of an event [..][D] */
static wick_var transform_noise(wick_var l, wick_var z, const wicki_sampling *s)
{
    const size_t n = s->sizes[s->rank - 1];
    size_t batch = 1;

    if (s->rank == 1)
        return wick_matvec(l, z);
    for (size_t i = 0; i + 1 < s->rank; i++)
        batch *= s->sizes[i];
    const wick_var rows = wick_reshape_array(z, 2, (size_t[]){ batch, n });
    return wick_reshape_array(wick_matmul(rows, wick_transpose(l)), s->rank, s->sizes);
}

/* loc + L z; the upper triangle of L is not read */
static wick_var multivariate_normal_sample(wick *w, const wick_dist *dist)
{
    wicki_sampling s;

    if (!wicki_sampling_of(w, dist, &s))
        return WICK_VAR_NONE;
    if (s.parameter[1]->rank != 2) {
        wick_fail(w, WICK_ERR_SHAPE,
            "wick_multivariate_normal: a draw with scale_tril of rank %u, need a matrix; use a "
            "plate",
            s.parameter[1]->rank);
        return WICK_VAR_NONE;
    }
    const wick_var mask = lower_triangle(w, s.sizes[s.rank - 1]);
    const wick_var l = (wick_where)(mask, wick_operand_var(wicki_var_of(w, s.parameter[1])),
        wick_operand_number(0.0));
    wick_node *noise = wicki_noise(w, &wicki_draw_normal, s.rank, s.sizes, s.dims);
    const wick_var z = transform_noise(l, wicki_var_of(w, noise), &s);
    wick_node *loc = wicki_sampling_spread(w, &s, s.parameter[0]);
    return wicki_ok(w) ? wick_add(wicki_var_of(w, loc), z) : WICK_VAR_NONE;
}

const wick_dist_type wicki_dist_multivariate_normal = { .name = "multivariate_normal",
    .n_parameters = 2,
    .parameter_names = { "loc", "scale_tril" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_LOWER_CHOLESKY } },
    .parameter_rank = { 1, 2 },
    .event_rank = 1,
    .log_prob = &multivariate_normal_density,
    .sample = multivariate_normal_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL } };

wick_dist wick_multivariate_normal(wick_var loc, wick_var scale_tril)
{
    return (wick_dist){ .type = &wicki_dist_multivariate_normal,
        .parameter = { { .var = loc }, { .var = scale_tril } } };
}
