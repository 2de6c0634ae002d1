/* Kernels of the multivariate normal against plain C in long double, in every build. */
#include "kernel/kernels.h"
#include "kernel/mvn.h"
#include "kernel/quadratic.h"

#include "../support/suite.h"

extern const wicki_kernels wicki_kernels_plain;

/* --- the builds ------------------------------------------------------------------------------ */

enum { MOST_BUILDS = 8 };

static const wicki_kernels *build[MOST_BUILDS];
static size_t n_builds;

static void find_builds(void)
{
    n_builds = 0;
    build[n_builds++] = &wicki_kernels_plain;
    for (size_t i = 0; i < wicki_n_kernel_tables; i++)
        if (wicki_kernels_usable(wicki_kernel_tables[i]))
            build[n_builds++] = wicki_kernel_tables[i];
}

/* As ck_assert, which writes to a file each time that it holds. */
#define require(condition)                                \
    do {                                                  \
        if (!(condition))                                 \
            ck_abort_msg("%s does not hold", #condition); \
    } while (0)

/* --- problems -------------------------------------------------------------------------------- */

/* Uniform on (-1, 1); seed and index decide. */
static double scatter(uint64_t seed, uint64_t index)
{
    uint64_t x = (seed + 1) * 0x9e3779b97f4a7c15u + (index + 1) * 0xd1342543de82ef95u;

    x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u;
    return (double)(int64_t)(x ^ x >> 32) * 0x1p-63;
}

/*
 * Rows that take x, loc and scale_tril from where they like. What is computed stands in out and in
 * the adjoints, which begin at numbers other than 0 since kernels add to them.
 */
typedef struct problem {
    size_t d, rows, n, x_rows, loc_rows, tril_rows;
    uint32_t *x_row, *loc_row, *tril_row;
    double *x, *loc, *tril, *g;
    double *out, *x_adjoint, *loc_adjoint, *tril_adjoint;
    bool wants_x;
} problem;

static double *doubles(size_t n)
{
    double *p = calloc(n, sizeof *p);

    require(p);
    return p;
}

/* Row k of `of`: all the same, its own, or one of a few. */
static uint32_t *rows_from(size_t rows, size_t of)
{
    uint32_t *row = calloc(rows, sizeof *row);

    require(row);
    for (size_t k = 0; k < rows; k++)
        row[k] = (uint32_t)(of == rows ? k : (3 * k + 1) % of);
    return row;
}

static void fill(double *to, size_t n, double middle, double size, uint64_t seed)
{
    for (size_t i = 0; i < n; i++)
        to[i] = middle + size * scatter(seed, i);
}

static problem problem_with(
    size_t d, size_t rows, size_t n, size_t x_rows, size_t loc_rows, size_t tril_rows)
{
    problem p = { .d = d,
        .rows = rows,
        .n = n,
        .x_rows = x_rows,
        .loc_rows = loc_rows,
        .tril_rows = tril_rows,
        .x_row = rows_from(rows, x_rows),
        .loc_row = rows_from(rows, loc_rows),
        .tril_row = rows_from(rows, tril_rows),
        .x = doubles(d * x_rows * n),
        .loc = doubles(d * loc_rows),
        .tril = doubles(d * d * tril_rows),
        .g = doubles(rows * n),
        .out = doubles(rows * n),
        .x_adjoint = doubles(d * x_rows * n),
        .loc_adjoint = doubles(d * loc_rows),
        .tril_adjoint = doubles(d * d * tril_rows),
        .wants_x = true };

    fill(p.x, d * x_rows * n, 0.3, 2.9, 11);
    fill(p.loc, d * loc_rows, -0.2, 2.1, 12);
    fill(p.g, rows * n, 0.4, 0.9, 13);
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
            for (size_t k = 0; k < tril_rows; k++) {
                const double s = scatter(14, (i * d + j) * tril_rows + k);
                p.tril[(i * d + j) * tril_rows + k] = j > i ? (double)NAN
                    : j == i                                ? 1.3 + 0.6 * s
                                                            : 0.9 * s / sqrt((double)d);
            }
    return p;
}

/* One x, as for a mixture of `rows` components. */
static problem mixture(size_t d, size_t rows, size_t n)
{
    return problem_with(d, rows, n, 1, rows, rows);
}

static void free_problem(problem *p)
{
    uint32_t *const rows[] = { p->x_row, p->loc_row, p->tril_row };
    double *const arrays[] = { p->x, p->loc, p->tril, p->g, p->out, p->x_adjoint, p->loc_adjoint,
        p->tril_adjoint };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        free(rows[i]);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
}

/* --- running them ---------------------------------------------------------------------------- */

enum form { STANDARD, QUADRATIC, CHOSEN };

static bool chosen_quadratic; /* by the last run of the form CHOSEN */

/* Members first .. first + n - 1 of every row, to arrays of their own and back. */
static void copy_members(double *to, size_t to_n, size_t to_first, const double *from,
    size_t from_n, size_t from_first, size_t n, size_t rows)
{
    for (size_t row = 0; row < rows; row++)
        memcpy(to + row * to_n + to_first, from + row * from_n + from_first, n * sizeof *to);
}

static void run_tile(
    const wicki_kernels *k, const problem *p, wicki_mvn *m, bool quadratic, size_t first)
{
    const size_t n = m->n, x_rows = p->d * p->x_rows;
    double *x = doubles(x_rows * n), *x_adjoint = doubles(x_rows * n);
    double *g = doubles(p->rows * n), *out = doubles(p->rows * n);

    copy_members(x, n, 0, p->x, p->n, first, n, x_rows);
    copy_members(x_adjoint, n, 0, p->x_adjoint, p->n, first, n, x_rows);
    copy_members(g, n, 0, p->g, p->n, first, n, p->rows);
    m->x = x;
    m->x_adjoint = p->wants_x && !quadratic ? x_adjoint : NULL;
    m->g = g;
    m->out = out;
    if (quadratic)
        k->quadratic->forward(m);
    else
        k->mvn->forward(m);
    if (quadratic)
        k->quadratic->reverse(m);
    else
        k->mvn->reverse(m);
    copy_members(p->out, p->n, first, out, n, 0, n, p->rows);
    copy_members(p->x_adjoint, p->n, first, x_adjoint, n, 0, n, x_rows);
    free(x);
    free(x_adjoint);
    free(g);
    free(out);
}

/* Forward and reverse by tiles of so many members; features are kept of so many. */
static void run_by(
    const wicki_kernels *k, const problem *p, enum form form, size_t tile, size_t kept)
{
    const size_t d = p->d, entries = wicki_mvn_entries(d);
    wicki_mvn m = { .d = d,
        .rows = p->rows,
        .x_rows = p->x_rows,
        .loc_rows = p->loc_rows,
        .tril_rows = p->tril_rows,
        .x_row = p->x_row,
        .loc_row = p->loc_row,
        .tril_row = p->tril_row,
        .loc = p->loc,
        .tril = p->tril,
        .loc_adjoint = p->loc_adjoint,
        .tril_adjoint = p->tril_adjoint,
        .pairs = true,
        .constants = doubles(wicki_mvn_constants(d, p->rows)),
        .lanes = doubles(wicki_mvn_lanes(d, p->rows)),
        .scratch = doubles(wicki_mvn_scratch(d)),
        .theta = doubles(wicki_mvn_constants(d, p->rows)),
        .centre = doubles(d),
        .kept = kept,
        .features = doubles(kept * entries) };
    bool quadratic = false;

    fill(p->x_adjoint, d * p->x_rows * p->n, 0.1, 0.2, 21);
    fill(p->loc_adjoint, d * p->loc_rows, 0.1, 0.2, 22);
    fill(p->tril_adjoint, d * d * p->tril_rows, 0.1, 0.2, 23);
    fill(m.lanes, wicki_mvn_lanes(d, p->rows), 0.1, 0.2, 24); /* prepare zeroes them */
    k->mvn->prepare(&m);
    if (form != STANDARD)
        quadratic = k->quadratic->prepare(&m);
    chosen_quadratic = quadratic;
    if (form == QUADRATIC)
        require(quadratic);
    for (size_t first = 0; first < p->n; first += tile) {
        m.n = p->n - first < tile ? p->n - first : tile;
        run_tile(k, p, &m, quadratic, first);
    }
    if (quadratic)
        k->quadratic->standardise(&m);
    k->mvn->finish(&m);
    for (size_t i = 0; i < wicki_mvn_lanes(d, p->rows); i++)
        require(m.lanes[i] == 0.0);
    double *const arrays[] = { m.constants, m.lanes, m.scratch, m.theta, m.centre, m.features };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
}

static void run(const wicki_kernels *k, const problem *p, enum form form)
{
    run_by(k, p, form, p->n, wicki_quadratic_kept(p->d, p->n));
}

/* --- the reference --------------------------------------------------------------------------- */

/*
 * By the definition, in long double. `size` has for each number the sum of the sizes of what was
 * added up, so that eps times it is what rounding can do.
 */
typedef struct reference {
    long double *out, *x_adjoint, *loc_adjoint, *tril_adjoint;
    double *loc_size, *tril_size;
} reference;

static long double *long_doubles(size_t n)
{
    long double *p = calloc(n, sizeof *p);

    require(p);
    return p;
}

static long double factor_of(const problem *p, size_t row, size_t i, size_t j)
{
    return p->tril[(i * p->d + j) * p->tril_rows + p->tril_row[row]];
}

static void add_gradient(const problem *p, const reference *r, size_t row, size_t member,
    const long double *z, const long double *s)
{
    const long double g = p->g[row * p->n + member];
    const size_t d = p->d;

    for (size_t i = 0; i < d; i++) {
        const size_t loc = i * p->loc_rows + p->loc_row[row];
        r->x_adjoint[(i * p->x_rows + p->x_row[row]) * p->n + member] -= g * s[i];
        r->loc_adjoint[loc] += g * s[i];
        r->loc_size[loc] += fabs((double)(g * s[i]));
        for (size_t j = 0; j <= i; j++) {
            const size_t at = (i * d + j) * p->tril_rows + p->tril_row[row];
            const long double own = i == j ? 1 / factor_of(p, row, i, i) : 0;
            r->tril_adjoint[at] += g * (s[i] * z[j] - own);
            r->tril_size[at] += fabs((double)(g * s[i] * z[j])) + fabs((double)(g * own));
        }
    }
}

static void add_member(const problem *p, const reference *r, size_t row, size_t member)
{
    const size_t d = p->d;
    long double z[16], s[16], density = 0;

    for (size_t i = 0; i < d; i++) {
        z[i] = (long double)p->x[(i * p->x_rows + p->x_row[row]) * p->n + member] -
            p->loc[i * p->loc_rows + p->loc_row[row]];
        for (size_t j = 0; j < i; j++)
            z[i] -= factor_of(p, row, i, j) * z[j];
        z[i] /= factor_of(p, row, i, i);
        density -= z[i] * z[i] / 2 + logl(factor_of(p, row, i, i)) + 0.9189385332046727417803L;
    }
    for (size_t i = d; i-- > 0;) {
        s[i] = z[i];
        for (size_t j = i + 1; j < d; j++)
            s[i] -= factor_of(p, row, j, i) * s[j];
        s[i] /= factor_of(p, row, i, i);
    }
    r->out[row * p->n + member] = density;
    add_gradient(p, r, row, member, z, s);
}

static reference reference_of(const problem *p)
{
    const size_t n_x = p->d * p->x_rows * p->n, n_loc = p->d * p->loc_rows,
                 n_tril = p->d * p->d * p->tril_rows;
    const reference r = { long_doubles(p->rows * p->n), long_doubles(n_x), long_doubles(n_loc),
        long_doubles(n_tril), doubles(n_loc), doubles(n_tril) };

    for (size_t i = 0; i < n_x; i++)
        r.x_adjoint[i] = 0.1 + 0.2 * scatter(21, i);
    for (size_t i = 0; i < n_loc; i++)
        r.loc_adjoint[i] = 0.1 + 0.2 * scatter(22, i);
    for (size_t i = 0; i < n_tril; i++)
        r.tril_adjoint[i] = 0.1 + 0.2 * scatter(23, i);
    for (size_t row = 0; row < p->rows; row++)
        for (size_t member = 0; member < p->n; member++)
            add_member(p, &r, row, member);
    return r;
}

static void free_reference(const reference *r)
{
    free(r->out);
    free(r->x_adjoint);
    free(r->loc_adjoint);
    free(r->tril_adjoint);
    free(r->loc_size);
    free(r->tril_size);
}

static void check_close(const char *what, const wicki_kernels *k, const problem *p, size_t at,
    double got, long double want, double error)
{
    /* !(<=), and not (>): NaN fails */
    if (!(fabsl(got - want) <= error))
        ck_abort_msg("%s, D %zu, rows %zu, n %zu: %s at %zu is %.17g, want %.17Lg (off by %.2Lg, "
                     "may be off by %.2g)",
            k->name, p->d, p->rows, p->n, what, at, got, want, got - want, error);
}

/*
 * `terms` is how large terms that cancel in a density can be; an adjoint of loc loses as much, one
 * of scale_tril too. 1 for the standardised form, whose terms are the density's own.
 */
static void check_against(
    const wicki_kernels *k, const problem *p, const reference *r, bool with_x, double terms)
{
    const double eps = 4 * DBL_EPSILON * (double)(p->d + 4);
    const size_t d = p->d;

    for (size_t i = 0; i < p->rows * p->n; i++)
        check_close("density", k, p, i, p->out[i], r->out[i],
            eps * (terms + fabs((double)r->out[i]) + 2 * (double)d));
    for (size_t i = 0; with_x && i < d * p->x_rows * p->n; i++)
        check_close("adjoint of x", k, p, i, p->x_adjoint[i], r->x_adjoint[i],
            4 * eps * (double)(p->rows * d) * (1 + fabs((double)r->x_adjoint[i])));
    for (size_t i = 0; i < d * p->loc_rows; i++)
        check_close("adjoint of loc", k, p, i, p->loc_adjoint[i], r->loc_adjoint[i],
            4 * eps * terms * (1 + r->loc_size[i] + (double)(d * p->n)));
    for (size_t i = 0; i < d * d * p->tril_rows; i++)
        check_close("adjoint of scale_tril", k, p, i, p->tril_adjoint[i], r->tril_adjoint[i],
            4 * eps * terms * (1 + r->tril_size[i] + (double)(d * p->n)));
}

/* The largest |x_i - c_i| and |loc_i - c_i| over the smallest scale, c the mean of the locs. */
static double reach(const problem *p)
{
    double most = 0, least = INFINITY;

    for (size_t i = 0; i < p->d; i++) {
        double centre = 0;
        for (size_t k = 0; k < p->rows; k++)
            centre += p->loc[i * p->loc_rows + p->loc_row[k]] / (double)p->rows;
        for (size_t m = 0; m < p->x_rows * p->n; m++)
            most = fmax(most, fabs(p->x[i * p->x_rows * p->n + m] - centre));
        for (size_t k = 0; k < p->rows; k++) {
            most = fmax(most, fabs(p->loc[i * p->loc_rows + p->loc_row[k]] - centre));
            least = fmin(least, (double)factor_of(p, k, i, i));
        }
    }
    return most / least;
}

/* u'Pu and m'Pm are at most d (reach)^2 times what L's other elements add. */
static double terms_of(const problem *p)
{
    return 4 * (double)(p->d * p->d) * reach(p) * reach(p);
}

/* --- accuracy -------------------------------------------------------------------------------- */

static const size_t D[] = { 1, 2, 3, 4, 5, 7, 8, 9, 12 };
static const size_t K[] = { 1, 2, 3, 8, 16, 17 };

enum { N_D = sizeof D / sizeof *D, N_K = sizeof K / sizeof *K, N_N = 22 };

static size_t n_of(size_t i)
{
    return i < 20 ? i + 1 : i == 20 ? 100 : 257;
}

START_TEST(both_forms_are_the_density_and_its_gradient)
{
    const size_t d = D[_i / N_K], rows = K[_i % N_K];

    find_builds();
    for (size_t i = 0; i < N_N; i++) {
        problem p = mixture(d, rows, n_of(i));
        const reference r = reference_of(&p);
        for (size_t b = 0; b < n_builds; b++) {
            run(build[b], &p, STANDARD);
            check_against(build[b], &p, &r, true, 1);
            run(build[b], &p, QUADRATIC);
            check_against(build[b], &p, &r, false, terms_of(&p));
        }
        free_reference(&r);
        free_problem(&p);
    }
}
END_TEST

START_TEST(rows_find_their_operands)
{
    static const size_t rows_of[][4] = { { 6, 6, 6, 6 }, { 6, 6, 1, 1 }, { 6, 3, 2, 6 },
        { 6, 2, 6, 3 }, { 11, 5, 1, 4 }, { 6, 1, 3, 2 } };
    const size_t d = D[_i], *rows = NULL;

    find_builds();
    for (size_t i = 0; i < sizeof rows_of / sizeof *rows_of; i++) {
        rows = rows_of[i];
        problem p = problem_with(d, rows[0], 37, rows[1], rows[2], rows[3]);
        const reference r = reference_of(&p);
        for (size_t b = 0; b < n_builds; b++) {
            run(build[b], &p, STANDARD);
            check_against(build[b], &p, &r, true, 1);
            if (rows[1] > 1)
                continue;
            run(build[b], &p, QUADRATIC);
            check_against(build[b], &p, &r, false, terms_of(&p));
        }
        free_reference(&r);
        free_problem(&p);
    }
}
END_TEST

/* --- bits ------------------------------------------------------------------------------------ */

/* All that a run computes, one array after the other. */
static size_t n_results(const problem *p)
{
    return p->rows * p->n + p->d * (p->x_rows * p->n + p->loc_rows + p->d * p->tril_rows);
}

static double *results_of(const problem *p)
{
    double *all = doubles(n_results(p)), *to = all;
    const size_t n_x = p->d * p->x_rows * p->n, n_loc = p->d * p->loc_rows;

    memcpy(to, p->out, p->rows * p->n * sizeof *to);
    to += p->rows * p->n;
    memcpy(to, p->x_adjoint, n_x * sizeof *to);
    memcpy(to + n_x, p->loc_adjoint, n_loc * sizeof *to);
    memcpy(to + n_x + n_loc, p->tril_adjoint, p->d * p->d * p->tril_rows * sizeof *to);
    return all;
}

static void assert_same_results(const problem *p, const double *want, const char *name)
{
    double *got = results_of(p);

    for (size_t i = 0; i < n_results(p); i++)
        if (memcmp(got + i, want + i, sizeof *got) != 0)
            ck_abort_msg("%s, D %zu, rows %zu, n %zu: number %zu is %a, not %a", name, p->d,
                p->rows, p->n, i, got[i], want[i]);
    free(got);
}

START_TEST(builds_of_a_mode_agree_in_every_bit)
{
    const size_t d = D[_i / N_K], rows = K[_i % N_K];
    problem p = mixture(d, rows, 101);

    find_builds();
    for (enum form form = STANDARD; form <= QUADRATIC; form++)
        for (int fast = 0; fast < 2; fast++) {
            double *first = NULL;
            for (size_t b = 0; b < n_builds; b++) {
                if (build[b]->fast != (fast == 1))
                    continue;
                run(build[b], &p, form);
                if (first)
                    assert_same_results(&p, first, build[b]->name);
                else
                    first = results_of(&p);
            }
            free(first);
        }
    free_problem(&p);
}
END_TEST

START_TEST(tiles_change_no_bit)
{
    static const size_t tiles[] = { 8, 128, 136, 512, 1032 };
    const size_t d = D[_i];
    problem p = mixture(d, 9, 1037);

    find_builds();
    for (enum form form = STANDARD; form <= QUADRATIC; form++)
        for (size_t b = 0; b < n_builds; b++) {
            run_by(build[b], &p, form, p.n, 1040);
            double *whole = results_of(&p);
            for (size_t i = 0; i < sizeof tiles / sizeof *tiles; i++) {
                run_by(build[b], &p, form, tiles[i], 128);
                assert_same_results(&p, whole, build[b]->name);
            }
            free(whole);
        }
    free_problem(&p);
}
END_TEST

/* --- zero adjoints, values out of bounds -------------------------------------------------------- */

/* Where a third of the members has no weight, what their x is must not matter. */
START_TEST(a_zero_adjoint_contributes_zero)
{
    const double bad[] = { INFINITY, -INFINITY, NAN, 1e300 };
    const size_t d = D[_i];
    problem p = mixture(d, 9, 53);

    find_builds();
    for (size_t i = 0; i < p.rows * p.n; i++)
        p.g[i] = i % p.n % 3 == 1 ? 0 : p.g[i];
    for (size_t b = 0; b < n_builds; b++)
        for (enum form form = STANDARD; form <= QUADRATIC; form++)
            for (size_t j = 0; j < sizeof bad / sizeof *bad; j++) {
                for (size_t i = 0; i < d * p.n; i++)
                    p.x[i] = i % p.n % 3 == 1 ? 0 : p.x[i];
                run(build[b], &p, form);
                double *want = results_of(&p);
                for (size_t i = 0; i < d * p.n; i++)
                    p.x[i] = i % p.n % 3 == 1 ? bad[j] : p.x[i];
                run(build[b], &p, form);
                for (size_t i = 0; i < p.n; i++)
                    for (size_t k = 0; k < p.rows; k++)
                        if (i % 3 != 1)
                            require(p.out[k * p.n + i] == want[k * p.n + i]);
                memcpy(want, p.out, p.rows * p.n * sizeof *want);
                assert_same_results(&p, want, build[b]->name);
                free(want);
            }
    free_problem(&p);
}
END_TEST

/* A component without weight, and with a factor that is broken. */
START_TEST(a_row_without_weight_contributes_zero)
{
    const size_t d = D[_i];
    problem p = mixture(d, 9, 53);

    find_builds();
    for (size_t i = 0; i < p.n; i++)
        p.g[4 * p.n + i] = 0;
    for (size_t b = 0; b < n_builds; b++) {
        p.tril[4] = 1.5;
        run(build[b], &p, CHOSEN);
        double *want = results_of(&p);
        p.tril[4] = NAN;
        run(build[b], &p, CHOSEN);
        ck_assert(!chosen_quadratic && isnan(p.out[4 * p.n]));
        const size_t n_x = d * p.n, n_loc = d * p.rows;
        const double *loc = want + p.rows * p.n + n_x, *tril = loc + n_loc;
        for (size_t i = 0; i < d; i++)
            require(p.loc_adjoint[i * p.rows + 4] == loc[i * p.rows + 4]);
        for (size_t i = 0; i < d * d; i++)
            require(p.tril_adjoint[i * p.rows + 4] == tril[i * p.rows + 4]);
        for (size_t i = 0; i < n_x; i++)
            require(isfinite(p.x_adjoint[i]));
        free(want);
    }
    free_problem(&p);
}
END_TEST

START_TEST(the_density_at_infinity_is_zero_and_of_nan_is_nan)
{
    const size_t d = D[_i];
    problem p = mixture(d, 9, 27);
    const double bad[] = { INFINITY, -INFINITY, NAN };

    find_builds();
    for (size_t j = 0; j < 3; j++)
        p.x[(j % d) * p.n + 5 + 7 * j] = bad[j];
    for (size_t b = 0; b < n_builds; b++)
        for (enum form form = STANDARD; form <= QUADRATIC; form++) {
            run(build[b], &p, form);
            for (size_t k = 0; k < p.rows; k++)
                for (size_t i = 0; i < p.n; i++) {
                    const double density = p.out[k * p.n + i];
                    if (i == 5 || i == 12)
                        require(density == -INFINITY);
                    else
                        require(i == 19 ? isnan(density) : isfinite(density));
                }
            ck_assert(!isfinite(p.loc_adjoint[0])); /* their adjoints are not zero */
        }
    free_problem(&p);
}
END_TEST

/* 1e150 squared is far beyond what features can hold; the density is not. */
START_TEST(a_member_far_out_has_its_density)
{
    const size_t d = D[_i];
    problem p = mixture(d, 8, 19);

    find_builds();
    p.x[7] = 1e150;
    p.g[7] = 0;
    for (size_t k = 0; k < p.rows; k++)
        p.g[k * p.n + 7] = 0;
    const reference r = reference_of(&p);
    for (size_t b = 0; b < n_builds; b++) {
        run(build[b], &p, QUADRATIC);
        for (size_t i = 0; i < p.rows * p.n; i++) {
            const double want = (double)r.out[i];
            require(fabs(p.out[i] - want) <= 1e-10 * fabs(want));
        }
    }
    free_reference(&r);
    free_problem(&p);
}
END_TEST

START_TEST(a_diagonal_that_is_not_positive_gives_nan)
{
    const double bad[] = { 0, -0.7, NAN };
    const size_t d = D[_i];
    problem p = mixture(d, 9, 21);

    find_builds();
    for (size_t b = 0; b < n_builds; b++)
        for (size_t j = 0; j < 3; j++) {
            const size_t at = (d * d - 1) * p.rows + 6;
            const double kept = p.tril[at];
            p.tril[at] = bad[j];
            run(build[b], &p, CHOSEN);
            p.tril[at] = kept;
            ck_assert(!chosen_quadratic);
            for (size_t i = 0; i < p.rows * p.n; i++)
                require(i / p.n == 6 ? isnan(p.out[i]) : isfinite(p.out[i]));
        }
    free_problem(&p);
}
END_TEST

/* problem_with fills the upper triangle with NaN. */
START_TEST(the_upper_triangle_has_no_gradient)
{
    const size_t d = D[_i];
    problem p = mixture(d, 10, 33);

    find_builds();
    for (size_t b = 0; b < n_builds; b++)
        for (enum form form = STANDARD; form <= QUADRATIC; form++) {
            run(build[b], &p, form);
            for (size_t i = 0; i < d; i++)
                for (size_t j = 0; j < d; j++)
                    for (size_t k = 0; k < p.rows; k++) {
                        const size_t at = (i * d + j) * p.rows + k;
                        const double was = 0.1 + 0.2 * scatter(23, at);
                        require((p.tril_adjoint[at] == was) == (j > i));
                    }
        }
    free_problem(&p);
}
END_TEST

/* --- which form ------------------------------------------------------------------------------ */

/* Data and locs near a million: the centre takes it away, and u = x - c is exact. */
START_TEST(a_common_offset_costs_no_digit)
{
    const size_t d = D[_i];
    problem p = mixture(d, 9, 43);

    find_builds();
    for (size_t i = 0; i < d * p.n; i++)
        p.x[i] += 1e6;
    for (size_t i = 0; i < d * p.rows; i++)
        p.loc[i] += 1e6;
    const reference r = reference_of(&p);
    for (size_t b = 0; b < n_builds; b++) {
        run(build[b], &p, CHOSEN);
        ck_assert(chosen_quadratic);
        check_against(build[b], &p, &r, false, terms_of(&p));
    }
    free_reference(&r);
    free_problem(&p);
}
END_TEST

/* Components a million scales apart: in the quadratic form terms of 1e12 would leave 1e-4. */
START_TEST(components_far_apart_are_standardised)
{
    const size_t d = D[_i];
    problem p = mixture(d, 9, 43);

    find_builds();
    for (size_t i = 0; i < d * p.n; i++)
        p.x[i] += i % p.n % 2 ? 1e6 : 0;
    for (size_t i = 0; i < d * p.rows; i++)
        p.loc[i] += i % p.rows % 2 ? 1e6 : 0;
    const reference r = reference_of(&p);
    for (size_t b = 0; b < n_builds; b++) {
        run(build[b], &p, CHOSEN);
        ck_assert(!chosen_quadratic);
        for (size_t i = 0; i < p.rows * p.n; i++) {
            const double want = (double)r.out[i];
            require(fabs(p.out[i] - want) <= 1e-13 * fabs(want));
        }
    }
    free_reference(&r);
    free_problem(&p);
}
END_TEST

/* Two rows at +-m with unit factors: the centre is 0, and P_ii (m_i^2 + 1) = m^2 + 1. */
START_TEST(the_form_changes_at_its_limit)
{
    const double edge = sqrt(WICKI_QUADRATIC_LIMIT - 1);
    const size_t d = D[_i];
    problem p = mixture(d, 2, 29);

    find_builds();
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++)
            for (size_t k = 0; k < 2; k++)
                p.tril[(i * d + j) * 2 + k] = i == j;
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < d; i++)
            for (size_t k = 0; k < 2; k++)
                p.loc[i * 2 + k] = i + 1 < d ? 0 : (k ? edge : -edge) * (side ? 1.0001 : 0.9999);
        for (size_t i = 0; i < d * p.n; i++)
            p.x[i] = scatter(31, i) + (i / p.n + 1 < d ? 0 : i % 2 ? edge : -edge);
        const reference r = reference_of(&p);
        for (size_t b = 0; b < n_builds; b++) {
            run(build[b], &p, CHOSEN);
            ck_assert_int_eq(chosen_quadratic, side == 0);
            /* in either form the density near a loc is good to about eps times the limit */
            check_against(build[b], &p, &r, side == 1, side ? 1 : terms_of(&p));
        }
        free_reference(&r);
    }
    free_problem(&p);
}
END_TEST

/* Scales of 1 and 1e-4 in one component, along a diagonal: every loc is at the centre, yet terms
 * are 1e8. */
START_TEST(a_narrow_slanted_component_is_standardised)
{
    const size_t d = 8;
    problem p = mixture(d, 9, 43);

    find_builds();
    for (size_t j = 0; j < d; j++) {
        p.tril[((d - 1) * d + j) * p.rows + 3] = j + 1 < d ? 1 : 1e-4;
        for (size_t k = 0; k < p.rows; k++)
            p.loc[j * p.rows + k] = 0.75;
    }
    for (size_t b = 0; b < n_builds; b++) {
        run(build[b], &p, CHOSEN);
        ck_assert(!chosen_quadratic);
    }
    free_problem(&p);
}
END_TEST

START_TEST(sizes_that_overflow_are_standardised)
{
    const double size[] = { 1e-160, 1e-200, 1e-300, 1e160, 1e200, 1e300 };
    const size_t d = 8;

    find_builds();
    for (size_t s = 0; s < sizeof size / sizeof *size; s++) {
        problem p = mixture(d, 9, 11);
        for (size_t i = 0; i < d * p.n; i++)
            p.x[i] *= size[s];
        for (size_t i = 0; i < d * p.rows; i++)
            p.loc[i] *= size[s];
        for (size_t i = 0; i < d; i++)
            for (size_t j = 0; j <= i; j++)
                for (size_t k = 0; k < p.rows; k++)
                    p.tril[(i * d + j) * p.rows + k] *= size[s];
        const reference r = reference_of(&p);
        for (size_t b = 0; b < n_builds; b++) {
            run(build[b], &p, CHOSEN);
            ck_assert(!chosen_quadratic);
            for (size_t i = 0; i < p.rows * p.n; i++)
                require(fabsl(p.out[i] - r.out[i]) <= 1e-11 * (1 + fabsl(r.out[i])));
        }
        free_reference(&r);
        free_problem(&p);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernels of the multivariate normal");
    TCase *accuracy = new_case(suite, "accuracy"), *bits = new_case(suite, "bits"),
          *edges = new_case(suite, "edges"), *forms = new_case(suite, "forms");

    tcase_add_loop_test(accuracy, both_forms_are_the_density_and_its_gradient, 0, N_D * N_K);
    tcase_add_loop_test(accuracy, rows_find_their_operands, 0, N_D);
    tcase_add_loop_test(bits, builds_of_a_mode_agree_in_every_bit, 0, N_D * N_K);
    tcase_add_loop_test(bits, tiles_change_no_bit, 0, N_D);
    tcase_add_loop_test(edges, a_zero_adjoint_contributes_zero, 0, N_D);
    tcase_add_loop_test(edges, a_row_without_weight_contributes_zero, 0, N_D);
    tcase_add_loop_test(edges, the_density_at_infinity_is_zero_and_of_nan_is_nan, 0, N_D);
    tcase_add_loop_test(edges, a_member_far_out_has_its_density, 0, N_D);
    tcase_add_loop_test(edges, a_diagonal_that_is_not_positive_gives_nan, 0, N_D);
    tcase_add_loop_test(edges, the_upper_triangle_has_no_gradient, 0, N_D);
    tcase_add_loop_test(forms, a_common_offset_costs_no_digit, 0, N_D);
    tcase_add_loop_test(forms, components_far_apart_are_standardised, 0, N_D);
    tcase_add_loop_test(forms, the_form_changes_at_its_limit, 0, N_D);
    tcase_add_test(forms, a_narrow_slanted_component_is_standardised);
    tcase_add_test(forms, sizes_that_overflow_are_standardised);
    return run_suite(suite);
}
