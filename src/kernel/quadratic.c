#include "kernel/quadratic.h"

#include "kernel/kernels.h"
#include "kernel/lanes.h"

#include <string.h>

/* u'u from which a member is outlying: its features could overflow. */
#define FAR 1e200

/* Register tiles: rows by groups of 8 members forward, rows by features in reverse. The number of
 * entries is a triangular one, so that after tiles of 6 or of 3 at most one is left. */
enum { ROWS = 4, GROUPS = LANES_WIDTH == 8 ? 4 : 1, FEATURES = LANES_WIDTH == 8 ? 6 : 3 };

WICKI_INLINE lanes load_some(const double *p, size_t n)
{
    return n == LANES ? lanes_load(p) : lanes_load_part(p, n, 0.0);
}

static size_t at_most(size_t n, size_t most)
{
    return n < most ? n : most;
}

/* --- prepare ---------------------------------------------------------------------------------- */

/* The mean of loc over the rows. */
static void find_centre(const wicki_mvn *m)
{
    const size_t entries = wicki_mvn_entries(m->d);

    for (size_t i = 0; i < m->d; i++) {
        lanes sum = lanes_fill(0.0);
        for (size_t row = 0; row < m->rows; row += LANES) {
            const lanes loc = lanes_load(m->constants + row * entries + (1 + i) * LANES);
            const size_t n = at_most(m->rows - row, LANES);
            sum = lanes_add(sum, lanes_first(n, loc, lanes_fill(0.0)));
        }
        m->centre[i] = lanes_sum(sum) / (double)m->rows;
    }
}

/* L^-1 of 8 rows, its lower triangle */
static void invert(size_t d, const double *c, double *inverse)
{
    for (size_t j = 0; j < d; j++)
        for (size_t i = j; i < d; i++) {
            const lanes own = lanes_load(c + wicki_mvn_factor(d, i, i) * LANES);
            lanes s = lanes_fill(0.0);
            for (size_t r = j; r < i; r++)
                s = lanes_submul(s, lanes_load(c + wicki_mvn_factor(d, i, r) * LANES),
                    lanes_load(inverse + wicki_mvn_factor(d, r, j) * LANES));
            lanes_store(
                inverse + wicki_mvn_factor(d, i, j) * LANES, i == j ? own : lanes_mul(s, own));
        }
}

/* (L^-T L^-1)_ij, i >= j */
static lanes precision(size_t d, const double *inverse, size_t i, size_t j)
{
    lanes p = lanes_fill(0.0);

    for (size_t r = i; r < d; r++)
        p = lanes_muladd(lanes_load(inverse + wicki_mvn_factor(d, r, i) * LANES),
            lanes_load(inverse + wicki_mvn_factor(d, r, j) * LANES), p);
    return p;
}

/* (L L')_ii */
static lanes variance(size_t d, const double *c, size_t i)
{
    const lanes inverse = lanes_load(c + wicki_mvn_factor(d, i, i) * LANES);
    const lanes own = lanes_div(lanes_fill(1.0), inverse);
    lanes v = lanes_mul(own, own);

    for (size_t j = 0; j < i; j++) {
        const lanes l = lanes_load(c + wicki_mvn_factor(d, i, j) * LANES);
        v = lanes_muladd(l, l, v);
    }
    return v;
}

static lanes offset(const wicki_mvn *m, const double *c, size_t i)
{
    return lanes_sub(lanes_load(c + (1 + i) * LANES), lanes_fill(m->centre[i]));
}

/* theta of 8 rows; returns how large their terms are. */
static lanes fill_theta(const wicki_mvn *m, const double *c, double *theta)
{
    const size_t d = m->d;
    const lanes half = lanes_fill(0.5);
    lanes norm = lanes_load(c), largest = lanes_fill(0.0);

    invert(d, c, m->scratch);
    memset(theta, 0, (1 + d) * LANES * sizeof *theta);
    for (size_t i = 0; i < d; i++) {
        const lanes mi = offset(m, c, i);
        lanes linear = lanes_load(theta + (1 + i) * LANES);
        for (size_t j = 0; j < i; j++) {
            double *other = theta + (1 + j) * LANES;
            const lanes p = precision(d, m->scratch, i, j);
            lanes_store(theta + wicki_mvn_factor(d, i, j) * LANES, lanes_negate(p));
            lanes_store(other, lanes_muladd(p, mi, lanes_load(other)));
            linear = lanes_muladd(p, offset(m, c, j), linear);
        }
        const lanes p = precision(d, m->scratch, i, i);
        const lanes spread = lanes_muladd(mi, mi, variance(d, c, i));
        lanes_store(theta + (1 + i) * LANES, lanes_muladd(p, mi, linear));
        lanes_store(theta + wicki_mvn_factor(d, i, i) * LANES, lanes_negate(lanes_mul(half, p)));
        largest = lanes_max(largest, lanes_mul(p, spread));
        largest = lanes_add(largest, lanes_sub(spread, spread)); /* NaN stays */
    }
    for (size_t i = 0; i < d; i++)
        norm = lanes_submul(
            norm, lanes_mul(half, offset(m, c, i)), lanes_load(theta + (1 + i) * LANES));
    lanes_store(theta, norm);
    return lanes_add(largest, lanes_sub(norm, norm));
}

static bool prepare(const wicki_mvn *m)
{
    const size_t entries = wicki_mvn_entries(m->d);
    const lanes zero = lanes_fill(0.0), one = lanes_fill(1.0);
    lanes small = zero;

    find_centre(m);
    for (size_t row = 0; row < m->rows; row += LANES) {
        const size_t at = row * entries;
        const lanes largest = fill_theta(m, m->constants + at, m->theta + at);
        small = lanes_add(
            small, lanes_select_less(largest, lanes_fill(WICKI_QUADRATIC_LIMIT), zero, one));
    }
    return lanes_sum(small) == 0.0;
}

/* --- features ----------------------------------------------------------------------------------- */

/* phi of 8 members, where missing ones are at the centre and outlying ones too; adds 1 for those. */
static lanes fill_group(const wicki_mvn *m, size_t at, size_t n, double *phi, lanes outlying)
{
    const size_t d = m->d, stride = m->x_rows * m->n;
    const lanes zero = lanes_fill(0.0), one = lanes_fill(1.0), far = lanes_fill(FAR);
    lanes square = zero;

    lanes_store(phi, one);
    for (size_t i = 0; i < d; i++) {
        const lanes x = load_some(m->x + i * stride + at, n);
        const lanes u = lanes_sub(x, lanes_fill(m->centre[i]));
        lanes_store(phi + (1 + i) * LANES, u);
        square = lanes_muladd(u, u, square);
    }
    for (size_t i = 0; i < d; i++) {
        const lanes u = lanes_load(phi + (1 + i) * LANES);
        const lanes near = lanes_select_less(square, far, u, zero);
        double *pair = phi + wicki_mvn_factor(d, i, 0) * LANES;
        lanes_store(phi + (1 + i) * LANES, near);
        for (size_t j = 0; j <= i; j++)
            lanes_store(pair + j * LANES, lanes_mul(near, lanes_load(phi + (1 + j) * LANES)));
    }
    return lanes_add(outlying, lanes_select_less(square, far, zero, one));
}

/* phi of members first to first + n - 1; are some of them outlying? */
static bool fill_features(const wicki_mvn *m, size_t first, size_t n, double *phi)
{
    const size_t entries = wicki_mvn_entries(m->d);
    lanes outlying = lanes_fill(0.0);

    for (size_t i = 0; i < n; i += LANES)
        outlying = fill_group(m, first + i, at_most(n - i, LANES), phi + i * entries, outlying);
    return lanes_sum(outlying) > 0.0;
}

static bool is_outlying(const wicki_mvn *m, size_t member)
{
    double square = 0.0;

    for (size_t i = 0; i < m->d; i++) {
        const double u = m->x[i * m->x_rows * m->n + member] - m->centre[i];
        square += u * u;
    }
    return !(square < FAR);
}

/* --- forward ------------------------------------------------------------------------------------ */

/* Where the densities of some rows and groups of members begin. */
typedef struct product {
    size_t entries, n; /* n: from one row of out to the next */
    const double *theta, *phi;
    double *out;
} product;

/* theta'phi; of the last group only so many members. */
WICKI_INLINE void multiply(
    const product *a, const size_t rows, const size_t groups, const size_t last)
{
    lanes s[ROWS][GROUPS];

    LANES_UNROLL
    for (size_t r = 0; r < rows; r++)
        LANES_UNROLL
    for (size_t q = 0; q < groups; q++)
        s[r][q] = lanes_fill(a->theta[r]);
    for (size_t e = 1; e < a->entries; e++) {
        lanes phi[GROUPS];
        LANES_UNROLL
        for (size_t q = 0; q < groups; q++)
            phi[q] = lanes_load(a->phi + (q * a->entries + e) * LANES);
        LANES_UNROLL
        for (size_t r = 0; r < rows; r++) {
            const lanes theta = lanes_fill(a->theta[e * LANES + r]);
            LANES_UNROLL
            for (size_t q = 0; q < groups; q++)
                s[r][q] = lanes_muladd(theta, phi[q], s[r][q]);
        }
    }
    LANES_UNROLL
    for (size_t r = 0; r < rows; r++)
        LANES_UNROLL
    for (size_t q = 0; q < groups; q++)
        if (last == LANES)
            lanes_store(a->out + r * a->n + q * LANES, s[r][q]);
        else
            lanes_store_part(a->out + r * a->n + q * LANES, s[r][q], last);
}

WICKI_INLINE void multiply_rows(
    const wicki_mvn *m, size_t first, const double *phi, const size_t groups, const size_t last)
{
    product a = { .entries = wicki_mvn_entries(m->d), .n = m->n, .phi = phi };

    for (size_t row = 0, rows = 0; row < m->rows; row += rows) {
        a.theta = m->theta + row / LANES * LANES * a.entries + row % LANES;
        a.out = m->out + row * m->n + first;
        rows = m->rows - row >= 4 ? 4 : m->rows - row >= 2 ? 2 : 1;
        if (rows == 4)
            multiply(&a, 4, groups, last);
        else if (rows == 2)
            multiply(&a, 2, groups, last);
        else
            multiply(&a, 1, groups, last);
    }
}

static void multiply_groups(const wicki_mvn *m, size_t first, const double *phi)
{
    multiply_rows(m, first, phi, GROUPS, LANES);
}

static void multiply_group(const wicki_mvn *m, size_t first, const double *phi)
{
    multiply_rows(m, first, phi, 1, LANES);
}

static void multiply_part(const wicki_mvn *m, size_t first, const double *phi, size_t n)
{
    multiply_rows(m, first, phi, 1, n);
}

/* The density of one member by solving; -inf at infinity. */
static double solved(const wicki_mvn *m, size_t row, size_t member)
{
    const double *c = m->constants + row / LANES * LANES * wicki_mvn_entries(m->d) + row % LANES;
    double *z = m->scratch, square = 0.0;
    bool infinite = false, nan = false;

    for (size_t i = 0; i < m->d; i++) {
        const double x = m->x[i * m->x_rows * m->n + member];
        z[i] = x - c[(1 + i) * LANES];
        for (size_t j = 0; j < i; j++)
            z[i] -= c[wicki_mvn_factor(m->d, i, j) * LANES] * z[j];
        z[i] *= c[wicki_mvn_factor(m->d, i, i) * LANES];
        square += z[i] * z[i];
        infinite |= isinf(x) != 0;
        nan |= isnan(x) != 0;
    }
    return infinite && !nan ? -INFINITY : c[0] - 0.5 * square;
}

static void solve_outlying(const wicki_mvn *m, size_t first, size_t n)
{
    for (size_t i = first; i < first + n; i++)
        for (size_t row = 0; is_outlying(m, i) && row < m->rows; row++)
            m->out[row * m->n + i] = solved(m, row, i);
}

/* Features and densities of a few groups at a time, while the features are in the cache. */
static bool forward_block(const wicki_mvn *m, size_t first, size_t n)
{
    const size_t entries = wicki_mvn_entries(m->d), step = GROUPS * LANES;
    bool outlying = false;
    size_t i = 0;

    for (; i + step <= n; i += step) {
        outlying |= fill_features(m, first + i, step, m->features + i * entries);
        multiply_groups(m, first + i, m->features + i * entries);
    }
    for (; i < n; i += LANES) {
        const size_t some = at_most(n - i, LANES);
        outlying |= fill_features(m, first + i, some, m->features + i * entries);
        if (some == LANES)
            multiply_group(m, first + i, m->features + i * entries);
        else
            multiply_part(m, first + i, m->features + i * entries, some);
    }
    if (outlying)
        solve_outlying(m, first, n);
    return outlying;
}

static void forward(wicki_mvn *m)
{
    for (size_t i = 0; i < m->n; i += m->kept)
        m->outlying = forward_block(m, i, at_most(m->n - i, m->kept));
}

/* --- reverse ------------------------------------------------------------------------------------ */

/* Some rows of g, and the features of as many members. */
typedef struct statistics {
    size_t entries, groups, n; /* n: from one row of g to the next */
    const double *g, *phi;
    double *sum; /* [row][entry][8] */
} statistics;

WICKI_INLINE piece piece_at(const double *p)
{
    return *(const piece_in_memory *)p;
}

/* sum += g phi' for entries e to e + features - 1 */
WICKI_INLINE void add_tile(const statistics *a, size_t e, const size_t rows, const size_t features)
{
    const size_t entries = a->entries;

    for (size_t p = 0; p < LANES; p += LANES_WIDTH) {
        const double *phi = a->phi + e * LANES + p, *g = a->g + p;
        double *sum = a->sum + e * LANES + p;
        piece s[ROWS][FEATURES];
        LANES_UNROLL
        for (size_t r = 0; r < rows; r++)
            LANES_UNROLL
        for (size_t f = 0; f < features; f++)
            s[r][f] = piece_at(sum + (r * entries + f) * LANES);
        for (size_t q = 0; q < a->groups; q++, phi += entries * LANES, g += LANES) {
            piece v[FEATURES];
            LANES_UNROLL
            for (size_t f = 0; f < features; f++)
                v[f] = piece_at(phi + f * LANES);
            LANES_UNROLL
            for (size_t r = 0; r < rows; r++) {
                const piece weight = piece_at(g + r * a->n);
                LANES_UNROLL
                for (size_t f = 0; f < features; f++)
                    s[r][f] = piece_muladd(weight, v[f], s[r][f]);
            }
        }
        LANES_UNROLL
        for (size_t r = 0; r < rows; r++)
            LANES_UNROLL
        for (size_t f = 0; f < features; f++)
            *(piece_in_memory *)(sum + (r * entries + f) * LANES) = s[r][f];
    }
}

WICKI_INLINE void add_features(const statistics *a, size_t e, size_t features, const size_t rows)
{
    if (features == FEATURES)
        add_tile(a, e, rows, FEATURES);
    else if (features == 3)
        add_tile(a, e, rows, 3);
    else
        add_tile(a, e, rows, 1);
}

/* The last members, fewer than 8, of some rows. */
static statistics tail_of(const statistics *a, size_t rows, size_t rest, double *g)
{
    statistics tail = *a;

    for (size_t r = 0; r < rows; r++)
        lanes_store(g + r * LANES, lanes_load_part(a->g + r * a->n + a->groups * LANES, rest, 0.0));
    tail.groups = 1;
    tail.n = LANES;
    tail.g = g;
    tail.phi += a->groups * a->entries * LANES;
    return tail;
}

static void add_rows(const statistics *a, size_t e, size_t features, size_t rows)
{
    if (rows == 4)
        add_features(a, e, features, 4);
    else if (rows == 2)
        add_features(a, e, features, 2);
    else
        add_features(a, e, features, 1);
}

static void add_block(const wicki_mvn *m, size_t first, size_t n)
{
    const size_t entries = wicki_mvn_entries(m->d), rest = n % LANES;
    statistics a = { .entries = entries, .groups = n / LANES, .n = m->n, .phi = m->features };
    double g[ROWS * LANES];

    for (size_t e = 0, features = 0; e < entries; e += features) {
        const size_t left = entries - e;
        features = left >= FEATURES ? FEATURES : left >= 3 ? 3 : 1;
        for (size_t row = 0, rows = 0; row < m->rows; row += rows) {
            rows = m->rows - row >= 4 ? 4 : m->rows - row >= 2 ? 2 : 1;
            a.g = m->g + row * m->n + first;
            a.sum = m->lanes + row * entries * LANES;
            add_rows(&a, e, features, rows);
            if (rest > 0) {
                const statistics tail = tail_of(&a, rows, rest, g);
                add_rows(&tail, e, features, rows);
            }
        }
    }
}

/* What the features of outlying members, which stand at the centre, leave out: inf or NaN. */
static void add_outlying(const wicki_mvn *m, size_t row, size_t member)
{
    const size_t d = m->d, stride = m->x_rows * m->n;
    const double g = m->g[row * m->n + member], *x = m->x + member;
    double *sum = m->lanes + row * wicki_mvn_entries(d) * LANES + member % LANES;

    for (size_t i = 0; g != 0.0 && i < d; i++) {
        const double u = x[i * stride] - m->centre[i];
        sum[(1 + i) * LANES] += g * u;
        for (size_t j = 0; j <= i; j++)
            sum[wicki_mvn_factor(d, i, j) * LANES] += g * u * (x[j * stride] - m->centre[j]);
    }
}

static void reverse(wicki_mvn *m)
{
    for (size_t first = 0; first < m->n; first += m->kept) {
        const size_t n = at_most(m->n - first, m->kept);
        if (m->n > m->kept)
            m->outlying = fill_features(m, first, n, m->features);
        add_block(m, first, n);
        for (size_t i = first; m->outlying && i < first + n; i++)
            for (size_t row = 0; is_outlying(m, i) && row < m->rows; row++)
                add_outlying(m, row, i);
    }
}

/* --- standardise: 8 rows in lanes ---------------------------------------------------------------- */

/* L s = v in place of v */
static void solve_column(size_t d, const double *c, double *v, size_t stride)
{
    for (size_t i = 0; i < d; i++) {
        lanes s = lanes_load(v + i * stride);
        for (size_t j = 0; j < i; j++)
            s = lanes_submul(
                s, lanes_load(c + wicki_mvn_factor(d, i, j) * LANES), lanes_load(v + j * stride));
        lanes_store(
            v + i * stride, lanes_mul(s, lanes_load(c + wicki_mvn_factor(d, i, i) * LANES)));
    }
}

/* Sums of u, about the centre, to sums of v = u - m, about loc: the second ones as a matrix. */
static void move_to_loc(const wicki_mvn *m, const double *c, double *sum, double *square)
{
    const size_t d = m->d;
    const lanes weight = lanes_load(sum);

    for (size_t i = 0; i < d; i++) {
        const lanes mi = offset(m, c, i), ui = lanes_load(sum + (1 + i) * LANES);
        const lanes vi = lanes_submul(ui, weight, mi);
        for (size_t j = 0; j <= i;
             j++) { /* sum v_i v_j = sum u_i u_j - m_j sum u_i - m_i sum v_j */
            const lanes vj = j == i ? vi : lanes_load(sum + (1 + j) * LANES);
            lanes s = lanes_load(sum + wicki_mvn_factor(d, i, j) * LANES);
            s = lanes_submul(s, offset(m, c, j), ui);
            s = lanes_submul(s, mi, vj);
            lanes_store(square + (i * d + j) * LANES, s);
            lanes_store(square + (j * d + i) * LANES, s);
        }
        lanes_store(sum + (1 + i) * LANES, vi);
    }
}

static void standardise_rows(const wicki_mvn *m, const double *c, double *sum, double *square)
{
    const size_t d = m->d;

    move_to_loc(m, c, sum, square);
    solve_column(d, c, sum + LANES, LANES);
    for (size_t j = 0; j < d; j++)
        solve_column(d, c, square + j * LANES, d * LANES);
    for (size_t i = 0; i < d; i++) {
        solve_column(d, c, square + i * d * LANES, LANES);
        for (size_t j = 0; j <= i; j++)
            lanes_store(
                sum + wicki_mvn_factor(d, i, j) * LANES, lanes_load(square + (i * d + j) * LANES));
    }
}

/* Each row's sums are in lane 0 afterwards, and the other lanes are 0. */
static void standardise(const wicki_mvn *m)
{
    const size_t entries = wicki_mvn_entries(m->d);
    double *sum = m->scratch, *square = sum + entries * LANES;

    for (size_t first = 0; first < m->rows; first += LANES) {
        const size_t rows = at_most(m->rows - first, LANES);
        double *of_rows = m->lanes + first * entries * LANES;
        for (size_t e = 0; e < entries; e++)
            for (size_t r = 0; r < LANES; r++)
                sum[e * LANES + r] =
                    r < rows ? lanes_tree(of_rows + (r * entries + e) * LANES) : 0.0;
        standardise_rows(m, m->constants + first * entries, sum, square);
        for (size_t e = 0; e < entries; e++)
            for (size_t r = 0; r < rows; r++) {
                double *at = of_rows + (r * entries + e) * LANES;
                memset(at, 0, LANES * sizeof *at);
                *at = sum[e * LANES + r];
            }
    }
}

const wicki_quadratic_kernels WICKI_KERNEL(wicki_quadratic_kernels) = {
    .prepare = prepare, .forward = forward, .reverse = reverse, .standardise = standardise
};
