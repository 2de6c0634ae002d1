#include "kernel/normal.h"

#include "kernel/kernels.h"
#include "kernel/lanes_math.h"

#include <float.h>
#include <string.h>

/* What fits into the registers: groups of members for the densities, columns (see below) for the
 * sums. Below FEW members what is done once for all of them costs too much. */
enum {
    GROUPS = LANES_WIDTH == 8 ? 4
        : LANES_WIDTH == 4    ? 2
                              : 1,
    COLUMNS = LANES_WIDTH == 8 ? 8
        : LANES_WIDTH == 4     ? 2
                               : 1,
    PAIR = COLUMNS > 1 ? 2 : 1,
    FEW = 32
};

/* n is a constant, LANES, except for the last members */
WICKI_INLINE lanes load(const double *p, size_t n)
{
    return n == LANES ? lanes_load(p) : lanes_load_part(p, n, 0.0);
}

WICKI_INLINE void store(double *p, lanes x, size_t n)
{
    if (n == LANES)
        lanes_store(p, x);
    else
        lanes_store_part(p, x, n);
}

/* --- constants --------------------------------------------------------------------------------- */

/* NaN for 0 too */
WICKI_INLINE lanes log_scale(lanes scale)
{
    const lanes zero = lanes_fill(0.0);

    return lanes_select_less(zero, scale, lanes_log(scale), lanes_fill(NAN));
}

/* Finite also for the smallest scales, so that 0 times it is 0. */
WICKI_INLINE lanes inverse_of(lanes scale)
{
    const lanes zero = lanes_fill(0.0);
    const lanes inverse = lanes_min(lanes_div(lanes_fill(1.0), scale), lanes_fill(DBL_MAX));

    return lanes_select_less(zero, scale, inverse, zero);
}

#define EACH(n, out, in, f)                                                           \
    do {                                                                              \
        size_t i = 0;                                                                 \
        for (; i + LANES <= n; i += LANES)                                            \
            lanes_store(out + i, f(lanes_load(in + i)));                              \
        if (i < n)                                                                    \
            lanes_store_part(out + i, f(lanes_load_part(in + i, n - i, 1.0)), n - i); \
    } while (0)

/* The logs stand where the inverses will be. */
static void prepare(size_t members, size_t elements, size_t event, const double *scale,
    double *inverse, double *norm)
{
    const double half_log_2pi = 0.9189385332046727;
    const size_t n = members * elements;
    const double copies = (double)(event / elements), all = (double)event;

    EACH(n, inverse, scale, log_scale);
    for (size_t m = 0; m < members; m++) {
        double sum = inverse[m];
        for (size_t e = 1; e < elements; e++)
            sum += inverse[e * members + m];
        norm[m] = -copies * sum - all * half_log_2pi;
    }
    EACH(n, inverse, scale, inverse_of);
}

/* --- densities --------------------------------------------------------------------------------- */

/* A row, from the member at hand on. */
typedef struct place {
    const double *x, *loc, *inverse;
    lanes norm;
} place;

WICKI_INLINE void densities(const wicki_normal_rows *q, const place *at, size_t i, double *out,
    const size_t groups, size_t n, const bool loc_varies)
{
    lanes sum[GROUPS];

    for (size_t j = 0; j < groups; j++)
        sum[j] = lanes_fill(0.0);
    for (size_t d = 0; d < q->event; d++) {
        const double *x = at->x + d * q->x_step + i, *loc = at->loc + d * q->loc_step;
        const lanes inverse = lanes_fill(at->inverse[d * q->scale_step]), same = lanes_fill(*loc);
        LANES_UNROLL
        for (size_t j = 0; j < groups; j++) {
            const lanes centre = loc_varies ? load(loc + i + LANES * j, n) : same;
            const lanes z = lanes_mul(lanes_sub(load(x + LANES * j, n), centre), inverse);
            sum[j] = lanes_muladd(z, z, sum[j]);
        }
    }
    LANES_UNROLL
    for (size_t j = 0; j < groups; j++)
        store(out + i + LANES * j, lanes_submul(at->norm, lanes_fill(0.5), sum[j]), n);
}

WICKI_INLINE void forward_rows(const wicki_normal_rows *q, double *out, const bool loc_varies)
{
    for (size_t r = 0; r < q->rows; r++, out += q->n) {
        const wicki_normal_row *row = &q->row[r];
        const place at = { q->x + row->x, q->loc + row->loc, q->inverse + row->scale,
            lanes_fill(q->norm[row->scale]) };
        size_t i = 0;
        for (; i + GROUPS * LANES <= q->n; i += GROUPS * LANES)
            densities(q, &at, i, out, GROUPS, LANES, loc_varies);
        for (; i + LANES <= q->n; i += LANES)
            densities(q, &at, i, out, 1, LANES, loc_varies);
        if (i < q->n)
            densities(q, &at, i, out, 1, q->n - i, loc_varies);
    }
}

static void forward(const wicki_normal_rows *q, double *out)
{
    if (q->loc_varies)
        forward_rows(q, out, true);
    else
        forward_rows(q, out, false);
}

/* --- sums for loc and scale -------------------------------------------------------------------- */

/* x - loc, 0 where g is 0 */
WICKI_INLINE lanes distance(lanes g, lanes x, lanes loc)
{
    const lanes zero = lanes_fill(0.0);

    return lanes_select_equal(g, zero, zero, lanes_sub(x, loc));
}

/* One row and number of the event: where its sums are, and what they are made from. */
typedef struct column {
    const double *g, *x, *loc;
    double *r, *a, *b; /* r: NULL but for the first number of the event */
} column;

WICKI_INLINE column column_of(
    const wicki_normal_rows *q, size_t row, size_t d, const double *g, double *sums)
{
    double *own = sums + row * WICKI_NORMAL_LANES(q->event), *pair = own + LANES * (1 + 2 * d);

    return (column){ g + row * q->n, q->x + q->row[row].x + d * q->x_step,
        q->loc + q->row[row].loc + d * q->loc_step, d == 0 ? own : NULL, pair, pair + LANES };
}

/* Any members, any numbers where g is 0. */
static void add_carefully(const column *c, size_t i, size_t end, const bool loc_varies)
{
    lanes r = lanes_fill(0.0), a = lanes_load(c->a), b = lanes_load(c->b);

    if (c->r)
        r = lanes_load(c->r);
    for (; i < end; i += LANES) {
        const size_t n = end - i < LANES ? end - i : LANES;
        const lanes g = load(c->g + i, n);
        const lanes loc = loc_varies ? load(c->loc + i, n) : lanes_fill(*c->loc);
        const lanes t = distance(g, load(c->x + i, n), loc), u = lanes_mul(g, t);
        r = lanes_add(r, g);
        a = lanes_add(a, u);
        b = lanes_muladd(u, t, b);
    }
    if (c->r)
        lanes_store(c->r, r);
    lanes_store(c->a, a);
    lanes_store(c->b, b);
}

/* Columns whose sums stay in registers: `rows` rows of `width` numbers, at most COLUMNS together.
 * first: the first number of the event is among them. If loc varies, sums of t are of no use. */
typedef struct block {
    size_t rows, width;
    bool first, loc_varies;
} block;

typedef struct registers {
    lanes r[COLUMNS], a[COLUMNS], b[COLUMNS];
} registers;

/* Whole groups of members up to end. Where g is 0 and t finite nothing is added, as above. */
WICKI_INLINE void add_groups(registers *s, const column *c, size_t end, const block b)
{
    lanes loc[COLUMNS];

    LANES_UNROLL
    for (size_t j = 0; j < b.rows * b.width; j++)
        loc[j] = lanes_fill(*c[j].loc);
    for (size_t i = 0; i < end; i += LANES) {
        LANES_UNROLL
        for (size_t j = 0; j < b.rows * b.width; j++) {
            const lanes g = lanes_load(c[j / b.width * b.width].g + i);
            const lanes centre = b.loc_varies ? lanes_load(c[j].loc + i) : loc[j];
            const lanes t = lanes_sub(lanes_load(c[j].x + i), centre), u = lanes_mul(g, t);
            if (b.first && j % b.width == 0)
                s->r[j / b.width] = lanes_add(s->r[j / b.width], g);
            if (!b.loc_varies)
                s->a[j] = lanes_add(s->a[j], u);
            s->b[j] = lanes_muladd(u, t, s->b[j]);
        }
    }
}

/* An infinite or undefined t makes an undefined product with g = 0, and then the sum of t^2 is so. */
WICKI_INLINE bool are_numbers(const registers *s, size_t n)
{
    lanes sum = s->b[0];

    LANES_UNROLL
    for (size_t j = 1; j < n; j++)
        sum = lanes_add(sum, s->b[j]);
    return lanes_sum(lanes_mul(sum, lanes_fill(0.0))) == 0.0;
}

/* Fast, and once more with care if a sum is not a number. */
WICKI_INLINE void add_block(
    const wicki_normal_rows *q, size_t row, size_t d, const double *g, double *sums, const block b)
{
    const size_t whole = q->n - q->n % LANES, n = b.rows * b.width;
    size_t done = 0;
    column c[COLUMNS];
    registers s;

    LANES_UNROLL
    for (size_t j = 0; j < n; j++) {
        c[j] = column_of(q, row + j / b.width, d + j % b.width, g, sums);
        s.a[j] = lanes_load(c[j].a);
        s.b[j] = lanes_load(c[j].b);
        if (b.first && j % b.width == 0)
            s.r[j / b.width] = lanes_load(c[j].r);
    }
    if (whole >= FEW) {
        add_groups(&s, c, whole, b);
        done = are_numbers(&s, n) ? whole : 0;
    }
    LANES_UNROLL
    for (size_t j = 0; done > 0 && j < n; j++) {
        lanes_store(c[j].a, s.a[j]);
        lanes_store(c[j].b, s.b[j]);
        if (b.first && j % b.width == 0)
            lanes_store(c[j].r, s.r[j / b.width]);
    }
    if (done < q->n)
        for (size_t j = 0; j < n; j++)
            add_carefully(&c[j], done, q->n, b.loc_varies);
}

WICKI_INLINE void add_row(
    const wicki_normal_rows *q, size_t row, const double *g, double *sums, const bool loc_varies)
{
    size_t d = 0;

    if (q->event >= COLUMNS) {
        add_block(q, row, d, g, sums, (block){ 1, COLUMNS, true, loc_varies });
        for (d = COLUMNS; d + COLUMNS <= q->event; d += COLUMNS)
            add_block(q, row, d, g, sums, (block){ 1, COLUMNS, false, loc_varies });
    } else if (q->event >= 2) {
        add_block(q, row, d, g, sums, (block){ 1, PAIR, true, loc_varies });
        d = PAIR;
    } else {
        add_block(q, row, d, g, sums, (block){ 1, 1, true, loc_varies });
        d = 1;
    }
    for (; d + PAIR <= q->event; d += PAIR)
        add_block(q, row, d, g, sums, (block){ 1, PAIR, false, loc_varies });
    for (; d < q->event; d++)
        add_block(q, row, d, g, sums, (block){ 1, 1, false, loc_varies });
}

/* One number of one row has too few sums to keep the adders busy: two rows at once. */
WICKI_INLINE void add_rows(
    const wicki_normal_rows *q, const double *g, double *sums, const bool loc_varies)
{
    size_t row = 0;

    if (q->event == 1)
        for (; row + PAIR <= q->rows; row += PAIR)
            add_block(q, row, 0, g, sums, (block){ PAIR, 1, true, loc_varies });
    for (; row < q->rows; row++)
        add_row(q, row, g, sums, loc_varies);
}

static void gather(const wicki_normal_rows *q, const double *g, double *sums)
{
    if (q->loc_varies)
        add_rows(q, g, sums, true);
    else
        add_rows(q, g, sums, false);
}

/* R, A, B -> d/dloc = A / scale^2, d/dscale = (B / scale^2 - R) / scale */
static void finish_row(const wicki_normal_rows *q, const wicki_normal_row *row, const double *sums,
    double *loc_adjoint, double *scale_adjoint)
{
    const double r = lanes_tree(sums);

    for (size_t d = 0; d < q->event; d++) {
        const double inverse = q->inverse[row->scale + d * q->scale_step];
        const double *own = sums + LANES * (1 + 2 * d);
        if (loc_adjoint && !q->loc_varies)
            loc_adjoint[row->loc + d * q->loc_step] += lanes_tree(own) * inverse * inverse;
        if (scale_adjoint)
            scale_adjoint[row->scale + d * q->scale_step] +=
                (lanes_tree(own + LANES) * inverse * inverse - r) * inverse;
    }
}

static void finish(
    const wicki_normal_rows *q, double *sums, double *loc_adjoint, double *scale_adjoint)
{
    const size_t size = WICKI_NORMAL_LANES(q->event);

    for (size_t r = 0; r < q->rows; r++)
        finish_row(q, &q->row[r], sums + r * size, loc_adjoint, scale_adjoint);
    memset(sums, 0, q->rows * size * sizeof *sums);
}

/* --- slopes of what varies --------------------------------------------------------------------- */

/* Value and loc of a number of the event, and where their gradients go. */
typedef struct slope {
    const double *g, *x, *loc;
    double *x_adjoint, *loc_adjoint;
    lanes same_loc, weight;
} slope;

/* d/dx = -g t / scale^2; one after the other, because the two may be the same array */
WICKI_INLINE void add_slopes(const slope *s, size_t i, size_t n, const bool loc_varies)
{
    const lanes g = load(s->g + i, n);
    const lanes loc = loc_varies ? load(s->loc + i, n) : s->same_loc;
    const lanes u = lanes_mul(g, distance(g, load(s->x + i, n), loc));

    if (s->x_adjoint)
        store(s->x_adjoint + i, lanes_submul(load(s->x_adjoint + i, n), u, s->weight), n);
    if (loc_varies && s->loc_adjoint)
        store(s->loc_adjoint + i, lanes_muladd(u, s->weight, load(s->loc_adjoint + i, n)), n);
}

WICKI_INLINE void slopes_of(const slope *s, size_t n, const bool loc_varies)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        add_slopes(s, i, LANES, loc_varies);
    if (i < n)
        add_slopes(s, i, n - i, loc_varies);
}

static void slopes_of_row(const wicki_normal_rows *q, const wicki_normal_row *row, const double *g,
    double *x_adjoint, double *loc_adjoint)
{
    for (size_t d = 0; d < q->event; d++) {
        const size_t x = row->x + d * q->x_step, loc = row->loc + d * q->loc_step;
        const double inverse = q->inverse[row->scale + d * q->scale_step];
        const double weight = inverse * inverse;
        const slope s = { g, q->x + x, q->loc + loc, x_adjoint ? x_adjoint + x : NULL,
            loc_adjoint ? loc_adjoint + loc : NULL, lanes_fill(q->loc[loc]),
            lanes_fill(weight > DBL_MAX ? DBL_MAX : weight) };
        if (q->loc_varies)
            slopes_of(&s, q->n, true);
        else
            slopes_of(&s, q->n, false);
    }
}

static void slopes(
    const wicki_normal_rows *q, const double *g, double *x_adjoint, double *loc_adjoint)
{
    for (size_t r = 0; r < q->rows; r++)
        slopes_of_row(q, &q->row[r], g + r * q->n, x_adjoint, loc_adjoint);
}

/* --- one row ----------------------------------------------------------------------------------- */

/* Of the sums of g and of g t^2 come those of finish_row. */
static void row_back(
    const wicki_normal_rows *q, const double *g, double *x_adjoint, double *scale_adjoint)
{
    const double inverse = *q->inverse;
    const lanes loc = lanes_fill(*q->loc), precision = lanes_fill(inverse * inverse);
    lanes r = lanes_fill(0.0), b = r;

    for (size_t i = 0; i < q->n; i += LANES) {
        const size_t n = q->n - i < LANES ? q->n - i : LANES;
        const lanes own = load(g + i, n), t = distance(own, load(q->x + i, n), loc);
        const lanes u = lanes_mul(own, t);
        if (x_adjoint)
            store(x_adjoint + i, lanes_submul(load(x_adjoint + i, n), u, precision), n);
        r = lanes_add(r, own);
        b = lanes_muladd(u, t, b);
    }
    if (scale_adjoint)
        *scale_adjoint += (lanes_sum(b) * inverse * inverse - lanes_sum(r)) * inverse;
}

const wicki_normal_kernels WICKI_KERNEL(wicki_normal_kernels) = { .prepare = prepare,
    .forward = forward,
    .sums = gather,
    .slopes = slopes,
    .row_back = row_back,
    .finish = finish };
