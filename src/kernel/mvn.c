#include "kernel/mvn.h"

#include "kernel/kernels.h"
#include "kernel/lanes_math.h"

#include <string.h>

#define HALF_LOG_2PI 0.9189385332046727

/* Members of a row are taken a chunk at a time, so that x stays in the cache from row to row. */
enum { CHUNK = 512, BLOCK = WICKI_MVN_BLOCK, SMALL = WICKI_MVN_IN_REGISTERS };
enum { SMALL_ENTRIES = 15 };

/* Register tiles. */
enum { ROWS = 4, GROUPS = LANES_WIDTH == 8 ? 4 : 1, TILE = LANES_WIDTH == 8 ? 4 : 2 };

/* A piece of a row: up to CHUNK members. */
typedef struct stretch {
    size_t d, n, stride; /* of x, from one component to the next */
    const double *x;
    double *x_adjoint, *out;
    const double *g;
    const double *c; /* constants: entry e is c[e * LANES] */
    double *sum;     /* lanes: entry e is at sum + e * LANES */
} stretch;

static stretch stretch_of(const wicki_mvn *m, size_t row, size_t first, size_t most)
{
    const size_t entries = wicki_mvn_entries(m->d), x_at = m->x_row[row] * m->n + first;
    const size_t left = m->n - first, at = row * m->n + first;

    return (stretch){ .d = m->d,
        .n = left < most ? left : most,
        .stride = m->x_rows * m->n,
        .x = m->x + x_at,
        .x_adjoint = m->x_adjoint ? m->x_adjoint + x_at : NULL,
        .out = m->out ? m->out + at : NULL,
        .g = m->g ? m->g + at : NULL,
        .c = m->constants + row / LANES * LANES * entries + row % LANES,
        .sum = m->lanes ? m->lanes + row * entries * LANES : NULL };
}

WICKI_INLINE lanes load_some(const double *p, size_t n)
{
    return n == LANES ? lanes_load(p) : lanes_load_part(p, n, 0.0);
}

WICKI_INLINE void store_some(double *p, lanes x, size_t n)
{
    if (n == LANES)
        lanes_store(p, x);
    else
        lanes_store_part(p, x, n);
}

/* x where g is not 0, 0 where it is */
WICKI_INLINE lanes where_nonzero(lanes g, lanes x)
{
    const lanes zero = lanes_fill(0.0);

    return lanes_select_equal(g, zero, zero, x);
}

/* Elimination may make NaN of a value at infinity, where the density is -inf. */
static void set_at_infinity(const stretch *s)
{
    if (isnan(s->c[0]))
        return;
    for (size_t m = 0; m < s->n; m++) {
        bool infinite = false, nan = false;
        for (size_t i = 0; i < s->d; i++) {
            infinite |= isinf(s->x[i * s->stride + m]) != 0;
            nan |= isnan(s->x[i * s->stride + m]) != 0;
        }
        if (infinite && !nan)
            s->out[m] = -INFINITY;
    }
}

/* --- prepare ---------------------------------------------------------------------------------- */

/* loc and the lower triangle of 8 rows; the last row again where there are fewer. */
static void gather(const wicki_mvn *m, size_t first, double *c)
{
    for (size_t l = 0; l < LANES; l++) {
        const size_t row = first + l < m->rows ? first + l : m->rows - 1;
        const double *loc = m->loc + m->loc_row[row], *tril = m->tril + m->tril_row[row];
        double *to = c + LANES + l;
        for (size_t i = 0; i < m->d; i++, to += LANES)
            *to = loc[i * m->loc_rows];
        for (size_t i = 0; i < m->d; i++)
            for (size_t j = 0; j <= i; j++, to += LANES)
                *to = tril[(i * m->d + j) * m->tril_rows];
    }
}

static void prepare(const wicki_mvn *m)
{
    const size_t entries = wicki_mvn_entries(m->d);
    const lanes zero = lanes_fill(0.0), one = lanes_fill(1.0), nan = lanes_fill(NAN);

    for (size_t first = 0; first < m->rows; first += LANES) {
        double *c = m->constants + first * entries;
        lanes norm = lanes_fill((double)m->d * -HALF_LOG_2PI);
        gather(m, first, c);
        for (size_t i = 0; i < m->d; i++) {
            double *at = c + wicki_mvn_factor(m->d, i, i) * LANES;
            const lanes diagonal = lanes_load(at);
            norm = lanes_sub(norm, lanes_select_less(zero, diagonal, lanes_log(diagonal), nan));
            lanes_store(at, lanes_div(one, diagonal));
        }
        lanes_store(c, norm);
    }
    if (m->lanes)
        memset(m->lanes, 0, m->rows * entries * LANES * sizeof *m->lanes);
}

/* --- few components: z in registers ------------------------------------------------------------ */

WICKI_INLINE void fill_constants(const stretch *s, const size_t d, lanes *c)
{
    LANES_UNROLL
    for (size_t e = 0; e < wicki_mvn_entries(d); e++)
        c[e] = lanes_fill(s->c[e * LANES]);
}

/* L z = x - loc */
WICKI_INLINE void solve_small(
    const stretch *s, const size_t d, const lanes *c, size_t at, size_t n, lanes *z)
{
    LANES_UNROLL
    for (size_t i = 0; i < d; i++) {
        z[i] = lanes_sub(load_some(s->x + i * s->stride + at, n), c[1 + i]);
        LANES_UNROLL
        for (size_t j = 0; j < i; j++)
            z[i] = lanes_submul(z[i], c[wicki_mvn_factor(d, i, j)], z[j]);
        z[i] = lanes_mul(z[i], c[wicki_mvn_factor(d, i, i)]);
    }
}

/* norm - q / 2; adds to check what is NaN unless q is finite. */
WICKI_INLINE lanes density(lanes norm, lanes q, lanes *check)
{
    *check = lanes_add(*check, lanes_sub(q, q));
    return lanes_submul(norm, lanes_fill(0.5), q);
}

WICKI_INLINE void forward_group(
    const stretch *s, const size_t d, const lanes *c, size_t at, size_t n, lanes *check)
{
    lanes z[SMALL], q = lanes_fill(0.0);

    solve_small(s, d, c, at, n, z);
    LANES_UNROLL
    for (size_t i = 0; i < d; i++)
        q = lanes_muladd(z[i], z[i], q);
    store_some(s->out + at, density(c[0], q, check), n);
}

WICKI_INLINE void forward_small(const stretch *s, const size_t d)
{
    lanes c[SMALL_ENTRIES], check = lanes_fill(0.0);
    size_t i = 0;

    fill_constants(s, d, c);
    for (; i + LANES <= s->n; i += LANES)
        forward_group(s, d, c, i, LANES, &check);
    if (i < s->n)
        forward_group(s, d, c, i, s->n - i, &check);
    if (isnan(lanes_sum(check)))
        set_at_infinity(s);
}

/* x_adjoint -= L^-T g z */
WICKI_INLINE void reverse_x_small(
    const stretch *s, const size_t d, const lanes *c, size_t at, size_t n, lanes g, const lanes *z)
{
    lanes u[SMALL];

    LANES_UNROLL
    for (size_t k = 0; k < d; k++) {
        const size_t i = d - 1 - k;
        double *adjoint = s->x_adjoint + i * s->stride + at;
        u[i] = lanes_mul(g, z[i]);
        LANES_UNROLL
        for (size_t l = 0; l < k; l++)
            u[i] = lanes_submul(u[i], c[wicki_mvn_factor(d, d - 1 - l, i)], u[d - 1 - l]);
        u[i] = lanes_mul(u[i], c[wicki_mvn_factor(d, i, i)]);
        store_some(adjoint, lanes_sub(load_some(adjoint, n), where_nonzero(g, u[i])), n);
    }
}

WICKI_INLINE void reverse_group(
    const stretch *s, const size_t d, const lanes *c, size_t at, size_t n, lanes *sum)
{
    const lanes g = load_some(s->g + at, n);
    lanes z[SMALL];

    solve_small(s, d, c, at, n, z);
    sum[0] = lanes_add(sum[0], g);
    LANES_UNROLL
    for (size_t i = 0; i < d; i++) {
        z[i] = where_nonzero(g, z[i]);
        const lanes u = lanes_mul(g, z[i]);
        sum[1 + i] = lanes_add(sum[1 + i], u);
        LANES_UNROLL
        for (size_t j = 0; j <= i; j++) {
            const size_t e = wicki_mvn_factor(d, i, j);
            sum[e] = lanes_muladd(u, z[j], sum[e]);
        }
    }
    if (s->x_adjoint)
        reverse_x_small(s, d, c, at, n, g, z);
}

WICKI_INLINE void reverse_small(const stretch *s, const size_t d)
{
    lanes c[SMALL_ENTRIES], sum[SMALL_ENTRIES];
    size_t i = 0;

    fill_constants(s, d, c);
    LANES_UNROLL
    for (size_t e = 0; e < wicki_mvn_entries(d); e++)
        sum[e] = s->sum ? lanes_load(s->sum + e * LANES) : lanes_fill(0.0);
    for (; i + LANES <= s->n; i += LANES)
        reverse_group(s, d, c, i, LANES, sum);
    if (i < s->n)
        reverse_group(s, d, c, i, s->n - i, sum);
    LANES_UNROLL
    for (size_t e = 0; e < wicki_mvn_entries(d); e++)
        if (s->sum)
            lanes_store(s->sum + e * LANES, sum[e]);
}

#define VARIANT(d)                            \
    static void forward_##d(const stretch *s) \
    {                                         \
        forward_small(s, d);                  \
    }                                         \
    static void reverse_##d(const stretch *s) \
    {                                         \
        reverse_small(s, d);                  \
    }
VARIANT(1)
VARIANT(2)
VARIANT(3)
VARIANT(4)

static void (*const FORWARD[])(const stretch *s) = { forward_1, forward_2, forward_3, forward_4 };
static void (*const REVERSE[])(const stretch *s) = { reverse_1, reverse_2, reverse_3, reverse_4 };

/* --- many components: z in memory, [8 members at a time][component][8] -------------------------- */

/*
 * A triangular system for some groups of 8 members: L z = x - loc, or L's = u in place of u. The
 * second is solved from the last component to the first: its k-th unknown is s_(d - 1 - k).
 */
typedef struct solving {
    const stretch *s;
    size_t at, n; /* first member, and members if it is one group */
    double *z;
    lanes q[GROUPS]; /* z'z */
} solving;

WICKI_INLINE size_t component(const stretch *s, size_t k, const bool transposed)
{
    return transposed ? s->d - 1 - k : k;
}

WICKI_INLINE lanes coefficient(const stretch *s, size_t i, size_t j, const bool transposed)
{
    const size_t e = transposed ? wicki_mvn_factor(s->d, s->d - 1 - j, s->d - 1 - i)
                                : wicki_mvn_factor(s->d, i, j);

    return lanes_fill(s->c[e * LANES]);
}

WICKI_INLINE double *unknown(const solving *v, size_t k, size_t group, const bool transposed)
{
    return v->z + (group * v->s->d + component(v->s, k, transposed)) * LANES;
}

WICKI_INLINE lanes right_side(const solving *v, size_t k, size_t group, const bool transposed)
{
    const stretch *s = v->s;

    if (transposed)
        return lanes_load(unknown(v, k, group, true));
    return lanes_sub(load_some(s->x + k * s->stride + v->at + group * LANES, v->n),
        lanes_fill(s->c[(1 + k) * LANES]));
}

/* Unknowns k to k + rows - 1. */
WICKI_INLINE void solve_rows(
    solving *v, size_t k, const size_t rows, const size_t groups, const bool transposed)
{
    lanes z[ROWS][GROUPS];

    LANES_UNROLL
    for (size_t r = 0; r < rows; r++)
        LANES_UNROLL
    for (size_t q = 0; q < groups; q++)
        z[r][q] = right_side(v, k + r, q, transposed);
    for (size_t j = 0; j < k; j++) {
        lanes known[GROUPS];
        LANES_UNROLL
        for (size_t q = 0; q < groups; q++)
            known[q] = lanes_load(unknown(v, j, q, transposed));
        LANES_UNROLL
        for (size_t r = 0; r < rows; r++) {
            const lanes l = coefficient(v->s, k + r, j, transposed);
            LANES_UNROLL
            for (size_t q = 0; q < groups; q++)
                z[r][q] = lanes_submul(z[r][q], l, known[q]);
        }
    }
    LANES_UNROLL
    for (size_t r = 0; r < rows; r++) {
        LANES_UNROLL
        for (size_t j = 0; j < r; j++) {
            const lanes l = coefficient(v->s, k + r, k + j, transposed);
            LANES_UNROLL
            for (size_t q = 0; q < groups; q++)
                z[r][q] = lanes_submul(z[r][q], l, z[j][q]);
        }
        const lanes inverse = coefficient(v->s, k + r, k + r, transposed);
        LANES_UNROLL
        for (size_t q = 0; q < groups; q++) {
            z[r][q] = lanes_mul(z[r][q], inverse);
            v->q[q] = lanes_muladd(z[r][q], z[r][q], v->q[q]);
            lanes_store(unknown(v, k + r, q, transposed), z[r][q]);
        }
    }
}

WICKI_INLINE void solve_groups(solving *v, const size_t groups, const bool transposed)
{
    const size_t d = v->s->d;
    size_t k = 0;

    for (size_t q = 0; q < groups; q++)
        v->q[q] = lanes_fill(0.0);
    for (; k + 4 <= d; k += 4)
        solve_rows(v, k, 4, groups, transposed);
    if (k + 2 <= d) {
        solve_rows(v, k, 2, groups, transposed);
        k += 2;
    }
    if (k < d)
        solve_rows(v, k, 1, groups, transposed);
}

WICKI_INLINE void finish_groups(const solving *v, const size_t groups, lanes *check)
{
    const stretch *s = v->s;

    for (size_t q = 0; s->out && q < groups; q++)
        store_some(s->out + v->at + q * LANES, density(lanes_fill(s->c[0]), v->q[q], check), v->n);
}

/* All groups of a block. With an array for densities they are stored too. */
WICKI_INLINE void solve_block(const stretch *s, double *z, const bool transposed)
{
    solving v = { .s = s, .n = LANES };
    lanes check = lanes_fill(0.0);

    for (; v.at + GROUPS * LANES <= s->n; v.at += GROUPS * LANES) {
        v.z = z + v.at * s->d;
        solve_groups(&v, GROUPS, transposed);
        finish_groups(&v, GROUPS, &check);
    }
    for (; v.at < s->n; v.at += LANES) {
        v.z = z + v.at * s->d;
        v.n = s->n - v.at < LANES ? s->n - v.at : LANES;
        solve_groups(&v, 1, transposed);
        finish_groups(&v, 1, &check);
    }
    if (s->out && isnan(lanes_sum(check)))
        set_at_infinity(s);
}

static void solve(const stretch *s, double *z)
{
    solve_block(s, z, false);
}

static void solve_transposed(const stretch *s, double *z)
{
    solve_block(s, z, true);
}

/* Sums over a block of g z_i z_j, and of g z_i. */
typedef struct sums {
    size_t d, groups;
    const double *z, *g;
    double *sum;
} sums;

WICKI_INLINE piece piece_at(const double *p)
{
    return *(const piece_in_memory *)p;
}

WICKI_INLINE void piece_put(double *p, piece x)
{
    *(piece_in_memory *)p = x;
}

WICKI_INLINE size_t columns_of(size_t row, const size_t columns, const bool diagonal)
{
    return diagonal ? row + 1 : columns;
}

/* The pairs of components i .. i + ni - 1 and j .. j + nj - 1; on the diagonal also the former. */
WICKI_INLINE void sum_tile(
    const sums *s, size_t i, size_t j, const size_t ni, const size_t nj, const bool diagonal)
{
    const size_t d = s->d;

    for (size_t p = 0; p < LANES; p += LANES_WIDTH) {
        piece pair[TILE][TILE], single[TILE];
        LANES_UNROLL
        for (size_t a = 0; a < ni; a++) {
            single[a] = piece_at(s->sum + (1 + i + a) * LANES + p);
            LANES_UNROLL
            for (size_t b = 0; b < columns_of(a, nj, diagonal); b++)
                pair[a][b] = piece_at(s->sum + wicki_mvn_factor(d, i + a, j + b) * LANES + p);
        }
        for (size_t q = 0; q < s->groups; q++) {
            const double *z = s->z + q * d * LANES + p;
            const piece g = piece_at(s->g + q * LANES + p);
            piece v[TILE];
            LANES_UNROLL
            for (size_t b = 0; b < TILE; b++)
                v[b] = piece_at(z + (b < nj ? j + b : j) * LANES);
            LANES_UNROLL
            for (size_t a = 0; a < ni; a++) {
                const piece u = g * (diagonal ? v[a] : piece_at(z + (i + a) * LANES));
                single[a] = single[a] + u;
                LANES_UNROLL
                for (size_t b = 0; b < columns_of(a, nj, diagonal); b++)
                    pair[a][b] = piece_muladd(u, v[b], pair[a][b]);
            }
        }
        LANES_UNROLL
        for (size_t a = 0; a < ni; a++) {
            if (diagonal)
                piece_put(s->sum + (1 + i + a) * LANES + p, single[a]);
            LANES_UNROLL
            for (size_t b = 0; b < columns_of(a, nj, diagonal); b++)
                piece_put(s->sum + wicki_mvn_factor(d, i + a, j + b) * LANES + p, pair[a][b]);
        }
    }
}

/* The next part when so many components are left: TILE as long as that goes, then 2 and 1. */
static size_t part_of(size_t left)
{
    return left >= TILE ? TILE : left >= 2 ? 2 : 1;
}

static void sum_diagonal(const sums *s, size_t i, size_t ni)
{
    if (ni == TILE)
        sum_tile(s, i, i, TILE, TILE, true);
    else if (ni == 2)
        sum_tile(s, i, i, 2, 2, true);
    else
        sum_tile(s, i, i, 1, 1, true);
}

static void sum_left_of_diagonal(const sums *s, size_t i, size_t ni)
{
    size_t j = 0;

    for (; j + TILE <= i; j += TILE)
        if (ni == TILE)
            sum_tile(s, i, j, TILE, TILE, false);
        else if (ni == 2)
            sum_tile(s, i, j, 2, TILE, false);
        else
            sum_tile(s, i, j, 1, TILE, false);
    if (j < i)
        sum_tile(s, i, j, 1, 2, false);
}

static void add_sums(const sums *s, bool pairs)
{
    for (size_t i = 0, n = 0; i < s->d; i += n) {
        n = part_of(s->d - i);
        if (pairs)
            sum_left_of_diagonal(s, i, n);
        sum_diagonal(s, i, n);
    }
}

/* z to 0 where g is; g to memory of whole groups, and into R; u = g z where x has an adjoint. */
static void weigh(const stretch *s, double *z, double *g, double *u)
{
    lanes r = s->sum ? lanes_load(s->sum) : lanes_fill(0.0);

    for (size_t at = 0; at < s->n; at += LANES) {
        const lanes weight = load_some(s->g + at, s->n - at < LANES ? s->n - at : LANES);
        lanes_store(g + at, weight);
        r = lanes_add(r, weight);
        for (size_t i = 0; i < s->d; i++) {
            const size_t k = at * s->d + i * LANES;
            const lanes kept = where_nonzero(weight, lanes_load(z + k));
            lanes_store(z + k, kept);
            if (s->x_adjoint)
                lanes_store(u + k, lanes_mul(weight, kept));
        }
    }
    if (s->sum)
        lanes_store(s->sum, r);
}

static void subtract_from_x(const stretch *s, const double *g, const double *u)
{
    for (size_t at = 0; at < s->n; at += LANES) {
        const size_t n = s->n - at < LANES ? s->n - at : LANES;
        const lanes weight = lanes_load(g + at);
        for (size_t i = 0; i < s->d; i++) {
            double *adjoint = s->x_adjoint + i * s->stride + at;
            const lanes slope = where_nonzero(weight, lanes_load(u + at * s->d + i * LANES));
            store_some(adjoint, lanes_sub(load_some(adjoint, n), slope), n);
        }
    }
}

static void reverse_block(const wicki_mvn *m, stretch *s)
{
    double *z = m->scratch, *u = z + BLOCK * m->d, *g = u + BLOCK * m->d;

    s->out = NULL;
    solve(s, z);
    weigh(s, z, g, u);
    if (s->sum)
        add_sums(&(sums){ s->d, (s->n + LANES - 1) / LANES, z, g, s->sum }, m->pairs);
    if (!s->x_adjoint)
        return;
    solve_transposed(s, u);
    subtract_from_x(s, g, u);
}

/* --- all rows ----------------------------------------------------------------------------------- */

static void forward(const wicki_mvn *m)
{
    const size_t step = m->d <= SMALL ? CHUNK : BLOCK;

    for (size_t first = 0; first < m->n; first += step)
        for (size_t row = 0; row < m->rows; row++) {
            const stretch s = stretch_of(m, row, first, step);
            if (m->d <= SMALL)
                FORWARD[m->d - 1](&s);
            else
                solve(&s, m->scratch);
        }
}

static void reverse(const wicki_mvn *m)
{
    const size_t step = m->d <= SMALL ? CHUNK : BLOCK;

    for (size_t first = 0; first < m->n; first += step)
        for (size_t row = 0; row < m->rows; row++) {
            stretch s = stretch_of(m, row, first, step);
            if (m->d <= SMALL)
                REVERSE[m->d - 1](&s);
            else
                reverse_block(m, &s);
        }
}

/* --- finish: 8 rows in lanes -------------------------------------------------------------------- */

/* Sums of 8 rows, entry by entry; zeroes the lanes. Returns how many rows there are. */
static size_t collect(const wicki_mvn *m, size_t first, double *sum)
{
    const size_t entries = wicki_mvn_entries(m->d);
    const size_t rows = m->rows - first < LANES ? m->rows - first : LANES;
    double *from = m->lanes + first * entries * LANES;

    for (size_t e = 0; e < entries; e++)
        for (size_t r = 0; r < LANES; r++)
            sum[e * LANES + r] = r < rows ? lanes_tree(from + (r * entries + e) * LANES) : 0.0;
    memset(from, 0, rows * entries * LANES * sizeof *from);
    return rows;
}

/* L's = v in place of v, from the last component to component `least`. */
static void solve_column(size_t d, const double *c, double *v, size_t stride, size_t least)
{
    for (size_t i = d; i-- > least;) {
        lanes s = lanes_load(v + i * stride);
        for (size_t r = d; r-- > i + 1;)
            s = lanes_submul(
                s, lanes_load(c + wicki_mvn_factor(d, r, i) * LANES), lanes_load(v + r * stride));
        lanes_store(
            v + i * stride, lanes_mul(s, lanes_load(c + wicki_mvn_factor(d, i, i) * LANES)));
    }
}

/* tril(L^-T S2) - R / L_ii, as a square matrix */
static void factor_gradient(size_t d, const double *c, const double *sum, double *square)
{
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++) {
            const lanes s = lanes_load(sum + wicki_mvn_factor(d, i, j) * LANES);
            lanes_store(square + (i * d + j) * LANES, s);
            lanes_store(square + (j * d + i) * LANES, s);
        }
    for (size_t j = 0; j < d; j++) {
        double *diagonal = square + (j * d + j) * LANES;
        solve_column(d, c, square + j * LANES, d * LANES, j);
        lanes_store(diagonal,
            lanes_submul(lanes_load(diagonal), lanes_load(sum),
                lanes_load(c + wicki_mvn_factor(d, j, j) * LANES)));
    }
}

/* A row without weight contributes nothing, whatever its factor. */
static bool has_weight(size_t entries, const double *sum)
{
    bool weight = false;

    for (size_t e = 0; e < entries; e++)
        weight |= sum[e * LANES] != 0.0;
    return weight;
}

static void add_row(const wicki_mvn *m, size_t row, const double *loc, const double *square)
{
    for (size_t i = 0; m->loc_adjoint && i < m->d; i++)
        m->loc_adjoint[i * m->loc_rows + m->loc_row[row]] += loc[i * LANES];
    for (size_t i = 0; m->tril_adjoint && i < m->d; i++)
        for (size_t j = 0; j <= i; j++)
            m->tril_adjoint[(i * m->d + j) * m->tril_rows + m->tril_row[row]] +=
                square[(i * m->d + j) * LANES];
}

static void finish(const wicki_mvn *m)
{
    const size_t d = m->d, entries = wicki_mvn_entries(d);
    double *sum = m->scratch, *square = sum + entries * LANES;

    for (size_t first = 0; m->lanes && first < m->rows; first += LANES) {
        const double *c = m->constants + first * entries;
        const size_t rows = collect(m, first, sum);
        bool weight[LANES];
        for (size_t r = 0; r < rows; r++)
            weight[r] = has_weight(entries, sum + r);
        if (m->tril_adjoint)
            factor_gradient(d, c, sum, square);
        solve_column(d, c, sum + LANES, LANES, 0);
        for (size_t r = 0; r < rows; r++)
            if (weight[r])
                add_row(m, first + r, sum + LANES + r, square + r);
    }
}

const wicki_mvn_kernels WICKI_KERNEL(wicki_mvn_kernels) = {
    .prepare = prepare, .forward = forward, .reverse = reverse, .finish = finish
};
