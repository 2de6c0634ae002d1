/* The kernels of the normal, every build that this machine can run, against sums in long double. */
#include "kernel/kernels.h"
#include "kernel/normal.h"

#include "../support/suite.h"

extern const wicki_kernels wicki_kernels_plain; /* lanes without registers, for tests only */

/* The build number i that can run here, the plain one first; NULL after the last. */
static const wicki_kernels *build(size_t i)
{
    if (i-- == 0)
        return &wicki_kernels_plain;
    for (size_t k = 0; k < wicki_n_kernel_tables; k++)
        if (wicki_kernels_usable(wicki_kernel_tables[k]) && i-- == 0)
            return wicki_kernel_tables[k];
    return NULL;
}

/* --- problems ---------------------------------------------------------------------------------- */

/* Something between -1 and 1 that has no pattern: fractions of multiples of the golden ratio. */
static double scatter(size_t i)
{
    const double t = 0.61803398874989485 * (double)(i + 1);

    return 2 * (t - floor(t)) - 1;
}

static double *numbers(size_t n, double centre, double width)
{
    double *x = malloc(n * sizeof *x);

    for (size_t i = 0; i < n; i++)
        x[i] = centre + width * scatter(7 * i + n);
    return x;
}

static double *copy_of(const double *x, size_t n)
{
    double *copy = malloc(n * sizeof *x);

    return memcpy(copy, x, n * sizeof *x);
}

/* How operands lie: a mixture has one value and a loc and a scale for each row; nested rows have a
 * value each, a loc each for the whole event, and one scale; effects have a loc for each member. */
enum layout { MIXTURE, NESTED, EFFECTS, N_LAYOUTS };

typedef struct problem {
    wicki_normal_rows q;
    wicki_normal_row row[16];
    size_t n_x, n_loc, n_scale, scale_elements;
    double *x, *loc, *scale, *g; /* each as long as it has to be, for the sanitizer to see */
} problem;

static problem new_problem(enum layout layout, size_t n, size_t event, size_t rows)
{
    problem p = { .q = { .n = n, .event = event, .rows = rows, .loc_varies = layout == EFFECTS } };

    for (size_t r = 0; r < rows; r++)
        p.row[r] = (wicki_normal_row){ .x = layout == NESTED ? r * n : 0,
            .loc = layout == EFFECTS ? r * n : r,
            .scale = layout == NESTED ? 0 : r };
    p.q.x_step = layout == NESTED ? rows * n : n;
    p.q.loc_step = layout == MIXTURE ? rows : layout == NESTED ? 0 : rows * n;
    p.q.scale_step = layout == MIXTURE ? rows : 0;
    p.n_x = event * p.q.x_step;
    p.n_loc = layout == NESTED ? rows : event * p.q.loc_step;
    p.scale_elements = layout == MIXTURE ? event : 1;
    p.n_scale = layout == NESTED ? 1 : p.scale_elements * rows;
    p.x = numbers(p.n_x, 0.7, 2.3);
    p.loc = numbers(p.n_loc, -0.4, 1.9);
    p.scale = numbers(p.n_scale, 1.6, 1.1);
    p.g = numbers(rows * n, 0.2, 1.3);
    return p;
}

static void free_problem(problem *p)
{
    free(p->x);
    free(p->loc);
    free(p->scale);
    free(p->g);
}

/* --- what is computed -------------------------------------------------------------------------- */

/* All numbers in one array, so that they can be compared at once. */
typedef struct results {
    size_t n;
    double *all, *density, *x, *loc, *scale; /* gradients, added to what scatter gives */
} results;

static results new_results(const problem *p)
{
    const size_t n = p->q.rows * p->q.n;
    results r = { .n = n + p->n_x + p->n_loc + p->n_scale };

    r.all = malloc(r.n * sizeof *r.all);
    for (size_t i = 0; i < r.n; i++)
        r.all[i] = scatter(i);
    r.density = r.all;
    r.x = r.all + n;
    r.loc = r.x + p->n_x;
    r.scale = r.loc + p->n_loc;
    return r;
}

/* Members first .. end - 1, with their adjoints side by side. */
static void add_tile(const wicki_normal_kernels *k, wicki_normal_rows q, const problem *p,
    size_t first, size_t end, const results *r, double *sums)
{
    const size_t n = end - first, all = p->q.n;
    double *g = malloc(q.rows * n * sizeof *g), *density = malloc(q.rows * n * sizeof *g);

    for (size_t i = 0; i < q.rows; i++)
        memcpy(g + i * n, p->g + i * all + first, n * sizeof *g);
    q.n = n;
    q.x += first;
    q.loc += q.loc_varies ? first : 0;
    k->forward(&q, density);
    k->sums(&q, g, sums);
    k->slopes(&q, g, r->x + first, q.loc_varies ? r->loc + first : NULL);
    for (size_t i = 0; i < q.rows; i++)
        memcpy(r->density + i * all + first, density + i * n, n * sizeof *g);
    free(g);
    free(density);
}

/* In tiles of so many members. */
static results run(const wicki_kernels *kernels, const problem *p, size_t tile)
{
    const wicki_normal_kernels *k = kernels->normal;
    const size_t lanes = p->q.rows * WICKI_NORMAL_LANES(p->q.event);
    const size_t members = p->n_scale / p->scale_elements;
    double *inverse = malloc(p->n_scale * sizeof *inverse), *norm = malloc(members * sizeof *norm);
    double *sums = calloc(lanes, sizeof *sums);
    wicki_normal_rows q = p->q;
    results r = new_results(p);

    q.row = p->row;
    q.x = p->x;
    q.loc = p->loc;
    q.inverse = inverse;
    q.norm = norm;
    k->prepare(members, p->scale_elements, q.event, p->scale, inverse, norm);
    for (size_t i = 0; i < q.n; i += tile)
        add_tile(k, q, p, i, i + tile < q.n ? i + tile : q.n, &r, sums);
    k->finish(&q, sums, r.loc, r.scale);
    for (size_t i = 0; i < lanes; i++)
        if (sums[i] != 0.0)
            ck_abort_msg("%s: finish leaves %g in lane %zu", kernels->name, sums[i], i);
    free(inverse);
    free(norm);
    free(sums);
    return r;
}

/* --- the reference ------------------------------------------------------------------------------ */

typedef struct reference {
    long double *value, *size; /* of each result; the sum of the sizes of its terms */
} reference;

static void add_term(reference *ref, size_t i, long double term)
{
    ref->value[i] += term;
    ref->size[i] += fabsl(term);
}

/* Density and derivatives of one number of one member. */
static void add_number(reference *ref, const problem *p, size_t r, size_t i, size_t d)
{
    const wicki_normal_row *row = &p->row[r];
    const size_t n_density = p->q.rows * p->q.n, at = r * p->q.n + i;
    const size_t x = row->x + d * p->q.x_step + i;
    const size_t loc = row->loc + d * p->q.loc_step + (p->q.loc_varies ? i : 0);
    const size_t scale = row->scale + d * p->q.scale_step;
    const long double s = p->scale[scale], t = (long double)p->x[x] - p->loc[loc], z = t / s;
    const long double g = p->g[at];

    add_term(ref, at, -z * z / 2);
    add_term(ref, at, -logl(s));
    add_term(ref, at, -logl(2 * acosl(-1)) / 2);
    add_term(ref, n_density + x, -g * z / s);
    add_term(ref, n_density + p->n_x + loc, g * z / s);
    add_term(ref, n_density + p->n_x + p->n_loc + scale, g * z * z / s);
    add_term(ref, n_density + p->n_x + p->n_loc + scale, -g / s);
}

static reference reference_of(const problem *p, size_t n)
{
    const size_t n_density = p->q.rows * p->q.n;
    reference ref = { calloc(n, sizeof *ref.value), calloc(n, sizeof *ref.size) };

    for (size_t i = n_density; i < n; i++)
        add_term(&ref, i, scatter(i));
    for (size_t r = 0; r < p->q.rows; r++)
        for (size_t i = 0; i < p->q.n; i++)
            for (size_t d = 0; d < p->q.event; d++)
                add_number(&ref, p, r, i, d);
    return ref;
}

static void free_reference(reference *ref)
{
    free(ref->value);
    free(ref->size);
}

/* Rounding errors of a term and of the sum: some units of the last place of all terms together. */
static void assert_near(const results *r, const reference *ref, const problem *p, const char *name)
{
    for (size_t i = 0; i < r->n; i++) {
        const double off = (double)fabsl(r->all[i] - ref->value[i]);
        const double tolerance = 12 * DBL_EPSILON * (double)ref->size[i];
        if (!(off <= tolerance)) /* Check writes down every assertion: too slow for all numbers */
            ck_abort_msg(
                "%s: n %zu, event %zu, rows %zu: number %zu is %.17g, off by %g (may be %g)", name,
                p->q.n, p->q.event, p->q.rows, i, r->all[i], off, tolerance);
    }
}

/* --- results ------------------------------------------------------------------------------------ */

/* Portable builds have the bits of the plain one, fast builds those of each other. */
static void assert_same_in_a_mode(const results *r, const wicki_kernels *k, results *first)
{
    results *const known = &first[k->fast];

    if (!known->all)
        *known = *r;
    else
        ck_assert_msg(memcmp(r->all, known->all, r->n * sizeof *r->all) == 0,
            "%s has other bits than other builds of its mode", k->name);
    if (known->all != r->all)
        free(r->all);
}

static void check_problem(enum layout layout, size_t n, size_t event, size_t rows)
{
    problem p = new_problem(layout, n, event, rows);
    reference ref = { NULL, NULL };
    results first[2] = { { .all = NULL }, { .all = NULL } };

    for (size_t b = 0; build(b); b++) {
        const results r = run(build(b), &p, n);
        if (b == 0)
            ref = reference_of(&p, r.n);
        assert_near(&r, &ref, &p, build(b)->name);
        assert_same_in_a_mode(&r, build(b), first);
    }
    free(first[0].all);
    free(first[1].all);
    free_reference(&ref);
    free_problem(&p);
}

static const size_t EVENTS[] = { 1, 2, 3, 4, 7, 8, 9 }, ROWS[] = { 1, 2, 3, 16 };

START_TEST(densities_and_gradients_match_long_double)
{
    const size_t event = EVENTS[_i / N_LAYOUTS];
    const enum layout layout = (enum layout)(_i % N_LAYOUTS);

    for (size_t k = 0; k < sizeof ROWS / sizeof *ROWS; k++) {
        for (size_t n = 1; n <= 40; n++)
            check_problem(layout, n, event, ROWS[k]);
        check_problem(layout, 257, event, ROWS[k]);
    }
}
END_TEST

START_TEST(tiles_add_up_to_the_bits_of_one_call)
{
    static const size_t tiles[] = { 8, 24, 128, 256 };

    for (size_t e = 0; e < 3; e++) {
        problem p = new_problem((enum layout)_i, 441, (size_t[]){ 1, 3, 9 }[e], 3);
        for (size_t b = 0; build(b); b++) {
            const results whole = run(build(b), &p, p.q.n);
            for (size_t t = 0; t < 4; t++) {
                const results r = run(build(b), &p, tiles[t]);
                ck_assert_msg(memcmp(r.all, whole.all, r.n * sizeof *r.all) == 0,
                    "%s: tiles of %zu have other bits", build(b)->name, tiles[t]);
                free(r.all);
            }
            free(whole.all);
        }
        free_problem(&p);
    }
}
END_TEST

/* --- numbers at the edge ------------------------------------------------------------------------ */

static bool left_out(size_t member)
{
    return member % 5 == 3 || member % 64 == 63;
}

/* Members whose adjoint is 0 have the same gradients with any value as with that of a neighbour. */
START_TEST(a_zero_adjoint_adds_nothing_whatever_the_value)
{
    static const double bad[] = { INFINITY, -INFINITY, NAN, 1e300 };

    for (size_t c = 0; c < 8; c++) {
        const size_t n = c < 4 ? 257 : 19, event = (size_t[]){ 1, 2, 8, 9 }[c % 4];
        problem p = new_problem((enum layout)_i, n, event, 3);
        for (size_t i = 0; i < 3 * n; i++)
            p.g[i] = left_out(i % n) ? i % 2 ? 0.0 : -0.0 : p.g[i];
        for (size_t b = 0; build(b); b++) {
            double *kept = copy_of(p.x, p.n_x);
            const results good = run(build(b), &p, n);
            for (size_t i = 0; i < p.n_x; i++)
                p.x[i] = left_out(i % n) ? bad[i / 5 % 4] : p.x[i];
            const results r = run(build(b), &p, n);
            const size_t gradients = r.n - 3 * n;
            ck_assert_msg(memcmp(r.x, good.x, gradients * sizeof *r.x) == 0, "%s: n %zu, event %zu",
                build(b)->name, n, event);
            for (size_t i = 0; i < p.n_x; i++)
                if (left_out(i % n))
                    ck_assert_double_eq(r.x[i], scatter(3 * n + i));
            memcpy(p.x, kept, p.n_x * sizeof *kept);
            free(kept);
            free(good.all);
            free(r.all);
        }
        free_problem(&p);
    }
}
END_TEST

START_TEST(an_infinite_value_is_not_hidden_by_the_others)
{
    for (size_t b = 0; build(b); b++) {
        problem p = new_problem(MIXTURE, 77, 3, 2);
        p.x[77 + 40] = -INFINITY; /* number 1 of member 40 */
        const results r = run(build(b), &p, 77);
        for (size_t i = 0; i < 77; i++)
            ck_assert(i == 40 ? r.density[i] == -INFINITY : isfinite(r.density[i]));
        for (size_t i = 0; i < p.n_loc; i++)
            ck_assert(isfinite(r.loc[i]) == (i / 2 != 1) && isfinite(r.scale[i]) == (i / 2 != 1));
        free(r.all);
        free_problem(&p);
    }
}
END_TEST

/* Distances of about 1 at 1e8 are exact, as are their squares' sums to rounding; expanded squares
 * would be off by about 1. */
START_TEST(far_from_zero_only_the_distance_counts)
{
    for (size_t b = 0; build(b); b++) {
        problem p = new_problem((enum layout)_i, 203, 3, 2);
        for (size_t i = 0; i < p.n_x; i++)
            p.x[i] += 1e8;
        for (size_t i = 0; i < p.n_loc; i++)
            p.loc[i] += 1e8;
        for (size_t i = 0; i < p.n_scale; i++)
            p.scale[i] = 1;
        const results r = run(build(b), &p, 203);
        reference ref = reference_of(&p, r.n);
        assert_near(&r, &ref, &p, build(b)->name);
        free_reference(&ref);
        free(r.all);
        free_problem(&p);
    }
}
END_TEST

START_TEST(scales_that_are_not_positive_give_nan_and_no_slopes)
{
    static const double bad[] = { 0.0, -0.0, -1.3, NAN, -INFINITY };

    for (size_t b = 0; build(b); b++)
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            problem p = new_problem(MIXTURE, 43, 2, 3);
            p.scale[4] = bad[i]; /* number 1 of row 1 */
            const results r = run(build(b), &p, 43);
            for (size_t m = 0; m < 3 * 43; m++)
                ck_assert(isnan(r.density[m]) == (m / 43 == 1));
            ck_assert_double_eq(r.loc[4], scatter((size_t)(r.loc + 4 - r.all)));
            ck_assert_double_eq(r.scale[4], scatter((size_t)(r.scale + 4 - r.all)));
            for (size_t m = 3 * 43; m < r.n; m++)
                ck_assert(isfinite(r.all[m]));
            free(r.all);
            free_problem(&p);
        }
}
END_TEST

/* 1 / scale overflows: at x = loc the density is log(1 / scale) - log(2 pi) / 2 all the same. */
START_TEST(the_smallest_scale_is_a_scale)
{
    const wicki_normal_row row = { 0, 0, 0 };
    const double scale = 0x1p-1074, loc = 0.3, x[] = { 0.3, 0.4, 0.3 };
    const double g[] = { 1.7, 0, -0.4 };

    for (size_t b = 0; build(b); b++) {
        const wicki_normal_kernels *k = build(b)->normal;
        double inverse, norm, density[3], sums[WICKI_NORMAL_LANES(1)] = { 0 }, slope[3] = { 0 };
        double by_loc = 0, by_scale = 0;
        const wicki_normal_rows q = { 3, 1, 1, &row, false, 0, 0, 0, x, &loc, &inverse, &norm };
        k->prepare(1, 1, 1, &scale, &inverse, &norm);
        k->forward(&q, density);
        k->sums(&q, g, sums);
        k->slopes(&q, g, slope, NULL);
        k->finish(&q, sums, &by_loc, &by_scale);
        assert_close(density[0], 1074 * log(2) - 0.91893853320467274178, 1e-15);
        ck_assert_double_eq(density[1], -INFINITY);
        ck_assert_double_eq(density[2], density[0]);
        ck_assert(slope[0] == 0 && slope[1] == 0 && slope[2] == 0 && by_loc == 0 && by_scale < 0);
    }
}
END_TEST

/* Many scales at once, as [elements][members]: each member's own sum of logs. */
START_TEST(norms_are_sums_of_logs)
{
    for (size_t b = 0; build(b); b++)
        for (size_t members = 1; members <= 19; members++) {
            double scale[9 * 19], inverse[9 * 19], norm[19];
            for (size_t i = 0; i < 9 * members; i++)
                scale[i] = exp(6 * scatter(i));
            build(b)->normal->prepare(members, 9, 9, scale, inverse, norm);
            for (size_t m = 0; m < members; m++) {
                long double want = -9 * logl(2 * acosl(-1)) / 2, size = -want;
                for (size_t e = 0; e < 9; e++) {
                    want -= logl(scale[e * members + m]);
                    size += fabsl(logl(scale[e * members + m]));
                    ck_assert_double_eq(inverse[e * members + m], 1 / scale[e * members + m]);
                }
                ck_assert_double_le((double)fabsl(norm[m] - want), 4e-16 * (double)size);
            }
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_normal");
    TCase *sums = new_case(suite, "sums"), *edges = new_case(suite, "edges");

    tcase_add_loop_test(sums, densities_and_gradients_match_long_double, 0,
        N_LAYOUTS * (int)(sizeof EVENTS / sizeof *EVENTS));
    tcase_add_loop_test(sums, tiles_add_up_to_the_bits_of_one_call, 0, N_LAYOUTS);
    tcase_add_test(sums, norms_are_sums_of_logs);
    tcase_add_loop_test(edges, a_zero_adjoint_adds_nothing_whatever_the_value, 0, N_LAYOUTS);
    tcase_add_loop_test(edges, far_from_zero_only_the_distance_counts, 0, N_LAYOUTS);
    tcase_add_test(edges, an_infinite_value_is_not_hidden_by_the_others);
    tcase_add_test(edges, scales_that_are_not_positive_give_nan_and_no_slopes);
    tcase_add_test(edges, the_smallest_scale_is_a_scale);
    return run_suite(suite);
}
