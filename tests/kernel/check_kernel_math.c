/* The elementwise functions of every build of the kernels that this machine can run. */
#include <inttypes.h>

#include "base/handle.h"
#include "base/special.h"
#include "kernel/kernels.h"
#include "kernel/math.h"

#include "../data/special.h"
#include "../support/suite.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

extern const wicki_kernels wicki_kernels_plain; /* lanes without registers, for tests only */

typedef void (*map_function)(size_t n, const double *in, double *out);

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

/* For functions out of a table: an accessor for each, and its number. */
#define ACCESSOR(f)                                           \
    static map_function get_##f(const wicki_kernels *kernels) \
    {                                                         \
        return kernels->math->f;                              \
    }
WICKI_MATH_LIST(ACCESSOR)

static double wicki_sqrt(double x)
{
    return sqrt(x);
}

typedef struct function {
    const char *name;
    map_function (*get)(const wicki_kernels *kernels);
    double (*scalar)(double x); /* of base/special.h */
    const double (*table)[3];   /* of mpmath: argument, value, value - its rounding */
    int n;
    double ulp, low, high; /* tolerance; range of a sweep */
} function;

#define ROW(f, table, ulp, low, high)                               \
    {                                                               \
#f, get_##f, wicki_##f, table, COUNT(table), ulp, low, high \
    }

/* The tolerances are those of base/special.h. */
static const function FUNCTIONS[] = {
    ROW(exp, EXP_TABLE, 1, -709, 710),
    ROW(expm1, EXPM1_TABLE, 2, -42, 42),
    ROW(log, LOG_TABLE, 1, 0, 3),
    ROW(log1p, LOG1P_TABLE, 2, -1, 2),
    ROW(softplus, SOFTPLUS_TABLE, 3, -50, 50),
    ROW(log_sigmoid, LOG_SIGMOID_TABLE, 3, -50, 50),
    ROW(sigmoid, SIGMOID_TABLE, 3, -50, 50),
    ROW(tanh, TANH_TABLE, 3, -21, 21),
    ROW(erf, ERF_TABLE, 3, -6, 6),
    ROW(erfc, ERFC_TABLE, 4, -6, 27),
    ROW(lgamma_positive, LGAMMA_TABLE, 8, 0, 12),
    ROW(digamma_positive, DIGAMMA_TABLE, 8, 0, 12),
    ROW(trigamma_positive, TRIGAMMA_TABLE, 8, 0, 12),
    ROW(sqrt, SQRT_TABLE, 0.5, 0, 1e9),
};

/* |got - (want + rest)| in units of the last place of want */
static double ulps(double got, double want, double rest)
{
    int exponent;

    frexp(want, &exponent);
    return fabs((got - want) - rest) / ldexp(1.0, (exponent < -1021 ? -1021 : exponent) - 53);
}

START_TEST(every_build_is_within_the_tolerance_of_mpmath)
{
    const function *f = &FUNCTIONS[_i];

    for (size_t b = 0; build(b); b++)
        for (int i = 0; i < f->n; i++) {
            const double *row = f->table[i];
            double got;

            f->get(build(b))(1, row, &got);
            const double off = ulps(got, row[1], row[2]);
            ck_assert_msg(off <= f->ulp, "%s: %s(%a) is %a, not %a: %.2f ulp", build(b)->name,
                f->name, row[0], got, row[1], off);
        }
}
END_TEST

/* Arguments that fill the range of a function's sweep, spread over all magnitudes, and the edges of
 * formulas with their neighbours. */
enum { SWEEP = 4096 };

static double random_argument(const function *f, uint64_t *state, int kind)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    const double u = (double)(*state >> 11) * 0x1p-53;

    if (kind % 2)
        return f->low + (f->high - f->low) * u;
    const double size = ldexp(1.0 + u, (int)(*state % 2098) - 1074);
    return kind % 4 ? -size : size;
}

static const double EDGES[] = { 0.0, 0x1p-54, 0.34657359027997264, 0.5, 0.70710678118654757, 1.0,
    1.25, 1.4142135623730951, 2.0, 3.0, 5.0, 6.0, 20.0, 30.0, 40.0, 640.0, 708.0, 709.782712893384,
    710.0, 0x1p-1022, 0x1p-1074, 0x1p1023, INFINITY };

static void fill_sweep(const function *f, double x[static SWEEP])
{
    uint64_t state = 20110811u + (uint64_t)(f - FUNCTIONS);
    int n = 0;

    for (int i = 0; i < COUNT(EDGES); i++)
        for (int sign = -1; sign <= 1; sign += 2) {
            x[n++] = sign * EDGES[i];
            x[n++] = nextafter(sign * EDGES[i], INFINITY);
            x[n++] = nextafter(sign * EDGES[i], -INFINITY);
        }
    x[n++] = NAN;
    for (; n < SWEEP; n++)
        x[n] = random_argument(f, &state, n);
}

/* NaNs differ in their bits from machine to machine. */
static bool same(double a, double b)
{
    return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

START_TEST(portable_builds_have_the_bits_of_the_scalar_functions)
{
    static double x[SWEEP], y[SWEEP];
    const function *f = &FUNCTIONS[_i];

    fill_sweep(f, x);
    for (size_t b = 0; build(b); b++) {
        if (build(b)->fast)
            continue;
        f->get(build(b))(SWEEP, x, y);
        for (int i = 0; i < SWEEP; i++)
            ck_assert_msg(same(y[i], f->scalar(x[i])), "%s: %s(%a) is %a, scalar %a",
                build(b)->name, f->name, x[i], y[i], f->scalar(x[i]));
    }
}
END_TEST

START_TEST(fast_builds_have_the_same_bits_as_each_other)
{
    static double x[SWEEP], y[SWEEP], first[SWEEP];
    const function *f = &FUNCTIONS[_i];
    const wicki_kernels *with = NULL;

    fill_sweep(f, x);
    for (size_t b = 0; build(b); b++) {
        if (!build(b)->fast)
            continue;
        f->get(build(b))(SWEEP, x, with ? y : first);
        for (int i = 0; with && i < SWEEP; i++)
            ck_assert_msg(same(y[i], first[i]), "%s(%a) is %a by %s and %a by %s", f->name, x[i],
                y[i], build(b)->name, first[i], with->name);
        if (!with)
            with = build(b);
    }
}
END_TEST

/* Both errors may point away from each other. */
/* FNV-1a of results on the sweep, NaN as one value: portable, fast. They change when a formula does,
 * and must then be the same from gcc and clang, on every machine. */
static const uint64_t BITS[][2] = {
    { 0x3b6d02fa5a2e5a17, 0x43eaeaec0a140837 }, /* exp */
    { 0x4e74096ac6d42d2f, 0x4e74096ac6d42d2f }, /* expm1 */
    { 0x37a51ed2362558e2, 0x6c96cc868fc49daa }, /* log */
    { 0x32cb4cba384b4b65, 0xfec3997e8d6326ea }, /* log1p */
    { 0x6e04572a27adb550, 0x9e7a44bc4037d99f }, /* softplus */
    { 0x34600106f1da23ae, 0x5fa98fe3cabf4ca6 }, /* log_sigmoid */
    { 0x971c8670cc134a17, 0x96c6d9a80203d437 }, /* sigmoid */
    { 0x4da0d9e8501b9d2b, 0x4da0d9e8501b9d2b }, /* tanh */
    { 0x77838e5fb212bccc, 0x312683b4645f9b8b }, /* erf */
    { 0xcd75a1ffe43f1ffb, 0x9f642315fb4271ad }, /* erfc */
    { 0x9fb80da8263a6421, 0xc37d38e3941cede9 }, /* lgamma_positive */
    { 0xfe028731637200b5, 0x0af8c9e015d6c541 }, /* digamma_positive */
    { 0x44dff638f5677f15, 0x8edc98328a475f45 }, /* trigamma_positive */
    { 0xad4f3c8d9f992d72, 0xad4f3c8d9f992d72 }, /* sqrt */
};

static uint64_t hash_of(const double *y)
{
    uint64_t hash = 14695981039346656037u;

    for (int i = 0; i < SWEEP; i++) {
        const uint64_t bits = isnan(y[i]) ? 0x7ff8000000000000u : wicki_to_bits(y[i]);

        for (int shift = 0; shift < 64; shift += 8)
            hash = (hash ^ ((bits >> shift) & 255u)) * 1099511628211u;
    }
    return hash;
}

START_TEST(the_bits_are_those_of_every_compiler_and_machine)
{
    static double x[SWEEP], y[SWEEP];
    const function *f = &FUNCTIONS[_i];

    ck_assert_int_eq(COUNT(BITS), COUNT(FUNCTIONS));
    fill_sweep(f, x);
    for (size_t b = 0; build(b); b++) {
        f->get(build(b))(SWEEP, x, y);
        const uint64_t hash = hash_of(y), want = BITS[_i][build(b)->fast];

        ck_assert_msg(hash == want, "%s: %s has 0x%016" PRIx64 ", not 0x%016" PRIx64,
            build(b)->name, f->name, hash, want);
    }
}
END_TEST

START_TEST(fast_builds_stay_near_the_scalar_functions)
{
    static double x[SWEEP], y[SWEEP];
    const function *f = &FUNCTIONS[_i];

    fill_sweep(f, x);
    for (size_t b = 0; build(b); b++) {
        f->get(build(b))(SWEEP, x, y);
        for (int i = 0; i < SWEEP; i++) {
            const double want = f->scalar(x[i]);

            if (isfinite(want) && want != 0)
                ck_assert_msg(ulps(y[i], want, 0) <= 2 * f->ulp, "%s: %s(%a) is %a, scalar %a",
                    build(b)->name, f->name, x[i], y[i], want);
            else
                ck_assert_msg(same(y[i], want), "%s: %s(%a) is %a, scalar %a", build(b)->name,
                    f->name, x[i], y[i], want);
        }
    }
}
END_TEST

#define VALUE(f, x, want)               \
    {                                   \
#f "(" #x ")", get_##f, x, want \
    }

/* Limits, signs of zero, thresholds of overflow and underflow, domains. */
static const struct {
    const char *name;
    map_function (*get)(const wicki_kernels *kernels);
    double x, want;
} VALUES[] = {
    VALUE(exp, -INFINITY, 0.0),
    VALUE(exp, -708.0000000000001, 0.0),
    VALUE(exp, -0.0, 1.0),
    VALUE(exp, 4e-320, 1.0),
    VALUE(exp, 709.79, INFINITY),
    VALUE(exp, 1e300, INFINITY),
    VALUE(exp, INFINITY, INFINITY),
    VALUE(expm1, -INFINITY, -1.0),
    VALUE(expm1, -4e-320, -4e-320),
    VALUE(expm1, -0.0, -0.0),
    VALUE(expm1, 0.0, 0.0),
    VALUE(expm1, 709.79, INFINITY),
    VALUE(expm1, INFINITY, INFINITY),
    VALUE(log, -INFINITY, NAN),
    VALUE(log, -4e-320, NAN),
    VALUE(log, -0.0, -INFINITY),
    VALUE(log, 0.0, -INFINITY),
    VALUE(log, 1.0, 0.0),
    VALUE(log, 0x1p-1074, -744.44007192138126), /* -1074 log 2 */
    VALUE(log, INFINITY, INFINITY),
    VALUE(log1p, -INFINITY, NAN),
    VALUE(log1p, -1.0000000000000002, NAN),
    VALUE(log1p, -1.0, -INFINITY),
    VALUE(log1p, -0.0, -0.0),
    VALUE(log1p, 4e-320, 4e-320),
    VALUE(log1p, INFINITY, INFINITY),
    VALUE(softplus, -INFINITY, 0.0),
    VALUE(softplus, -709.0, 0.0),
    VALUE(softplus, 1e6, 1e6),
    VALUE(softplus, INFINITY, INFINITY),
    VALUE(log_sigmoid, -INFINITY, -INFINITY),
    VALUE(log_sigmoid, -1e6, -1e6),
    VALUE(log_sigmoid, INFINITY, 0.0),
    VALUE(sigmoid, -INFINITY, 0.0),
    VALUE(sigmoid, -709.0, 0.0),
    VALUE(sigmoid, -0.0, 0.5),
    VALUE(sigmoid, 40.0, 1.0),
    VALUE(sigmoid, INFINITY, 1.0),
    VALUE(tanh, -INFINITY, -1.0),
    VALUE(tanh, -4e-320, -4e-320),
    VALUE(tanh, -0.0, -0.0),
    VALUE(tanh, 400.0, 1.0),
    VALUE(erf, -INFINITY, -1.0),
    VALUE(erf, -0.0, -0.0),
    VALUE(erf, 1e200, 1.0),
    VALUE(erf, INFINITY, 1.0),
    VALUE(erfc, -INFINITY, 2.0),
    VALUE(erfc, 4e-320, 1.0),
    VALUE(erfc, 26.61, 0.0),
    VALUE(erfc, INFINITY, 0.0),
    VALUE(lgamma_positive, -3.5, NAN),
    VALUE(lgamma_positive, 0.0, INFINITY),
    VALUE(lgamma_positive, 1.0, 0.0),
    VALUE(lgamma_positive, 2.0, 0.0),
    VALUE(lgamma_positive, 2.6e305, INFINITY),
    VALUE(lgamma_positive, INFINITY, INFINITY),
    VALUE(digamma_positive, -3.5, NAN),
    VALUE(digamma_positive, 0.0, NAN),
    VALUE(digamma_positive, 4e-320, -INFINITY),
    VALUE(digamma_positive, INFINITY, INFINITY),
    VALUE(trigamma_positive, -3.5, NAN),
    VALUE(trigamma_positive, 0.0, INFINITY),
    VALUE(trigamma_positive, 4e-320, INFINITY),
    VALUE(trigamma_positive, INFINITY, 0.0),
    VALUE(sqrt, -4e-320, NAN),
    VALUE(sqrt, -0.0, -0.0),
    VALUE(sqrt, 0x1p-1074, 0x1p-537),
    VALUE(sqrt, INFINITY, INFINITY),
};

START_TEST(limits_thresholds_and_signed_zeros_are_exact)
{
    for (size_t b = 0; build(b); b++)
        for (int i = 0; i < COUNT(VALUES); i++) {
            double got;

            VALUES[i].get(build(b))(1, &VALUES[i].x, &got);
            ck_assert_msg(same(got, VALUES[i].want), "%s: %s is %a, not %a", build(b)->name,
                VALUES[i].name, got, VALUES[i].want);
        }
}
END_TEST

START_TEST(nan_comes_out_in_its_own_lane_only)
{
    const function *f = &FUNCTIONS[_i];

    for (size_t b = 0; build(b); b++)
        for (int lane = 0; lane < 11; lane++) {
            double x[11], y[11];

            for (int i = 0; i < 11; i++)
                x[i] = i == lane ? (lane % 2 ? NAN : -NAN) : 0.7 + 0.01 * i;
            f->get(build(b))(11, x, y);
            for (int i = 0; i < 11; i++)
                ck_assert_msg(
                    isnan(y[i]) == (i == lane), "%s: %s, lane %d", build(b)->name, f->name, i);
        }
}
END_TEST

/* Arrays of exactly n numbers, so that a sanitizer sees what is read or written past them. */
START_TEST(the_last_few_have_the_bits_of_whole_lanes)
{
    static double x[SWEEP], y[SWEEP];
    const function *f = &FUNCTIONS[_i];

    fill_sweep(f, x);
    for (size_t b = 0; build(b); b++) {
        const map_function map = f->get(build(b));

        map(SWEEP, x, y);
        for (size_t n = 1; n <= 17; n++) {
            const size_t from = SWEEP - 32 - n; /* now in one lane, now in another */
            double *in = malloc(n * sizeof *in), *out = malloc(n * sizeof *out);

            memcpy(in, x + from, n * sizeof *in);
            map(n, in, out);
            map(n, in, in);
            for (size_t i = 0; i < n; i++)
                ck_assert_msg(same(out[i], y[from + i]) && same(in[i], out[i]),
                    "%s: %s, %zu of %zu", build(b)->name, f->name, i, n);
            free(in);
            free(out);
        }
    }
}
END_TEST

START_TEST(nothing_is_written_beyond_the_end)
{
    const function *f = &FUNCTIONS[_i];
    const double guard = -123.25;

    for (size_t b = 0; build(b); b++)
        for (size_t n = 0; n <= 17; n++) {
            double x[32], y[32];

            for (int i = 0; i < 32; i++) {
                x[i] = 0.6 + 0.03 * i;
                y[i] = guard;
            }
            f->get(build(b))(n, x, y);
            for (size_t i = n; i < 32; i++)
                ck_assert_msg(
                    y[i] == guard, "%s: %s of %zu wrote number %zu", build(b)->name, f->name, n, i);
        }
}
END_TEST

START_TEST(a_handle_takes_the_kernels_of_its_mode)
{
    const wicki_kernels *fast = wicki_kernels_for(WICK_MATH_FAST);
    const wicki_kernels *portable = wicki_kernels_for(WICK_MATH_PORTABLE);
    wick *plain = wick_new(NULL),
         *same_bits = wick_new(&(wick_options){ .math = WICK_MATH_PORTABLE });

    ck_assert_ptr_eq(plain->kernels, fast);
    ck_assert_ptr_eq(same_bits->kernels, portable);
    ck_assert(!portable->fast);
    wick_free(plain);
    wick_free(same_bits);
}
END_TEST

START_TEST(the_most_capable_usable_build_of_a_mode_is_chosen)
{
    const wicki_kernels *fast = wicki_kernels_for(WICK_MATH_FAST);
    const wicki_kernels *portable = wicki_kernels_for(WICK_MATH_PORTABLE);

    ck_assert_int_eq(fast->level, portable->level);
    ck_assert_int_eq(fast->fast, fast->level > 0);
    for (size_t i = 0; i < wicki_n_kernel_tables; i++)
        if (wicki_kernels_usable(wicki_kernel_tables[i]))
            ck_assert_int_le(wicki_kernel_tables[i]->level, fast->level);
    ck_assert(wicki_kernels_usable(wicki_kernel_tables[wicki_n_kernel_tables - 1]));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel math");
    TCase *values = new_case(suite, "values"), *builds = new_case(suite, "builds");
    const int n = COUNT(FUNCTIONS);

    tcase_add_loop_test(values, every_build_is_within_the_tolerance_of_mpmath, 0, n);
    tcase_add_test(values, limits_thresholds_and_signed_zeros_are_exact);
    tcase_add_loop_test(values, nan_comes_out_in_its_own_lane_only, 0, n);
    tcase_add_loop_test(builds, portable_builds_have_the_bits_of_the_scalar_functions, 0, n);
    tcase_add_loop_test(builds, fast_builds_have_the_same_bits_as_each_other, 0, n);
    tcase_add_loop_test(builds, the_bits_are_those_of_every_compiler_and_machine, 0, n);
    tcase_add_loop_test(builds, fast_builds_stay_near_the_scalar_functions, 0, n);
    tcase_add_loop_test(builds, the_last_few_have_the_bits_of_whole_lanes, 0, n);
    tcase_add_loop_test(builds, nothing_is_written_beyond_the_end, 0, n);
    tcase_add_test(builds, a_handle_takes_the_kernels_of_its_mode);
    tcase_add_test(builds, the_most_capable_usable_build_of_a_mode_is_chosen);
    return run_suite(suite);
}
