/* Log-sum-exp over k with its shares, and the way back: against long double, in every build. */
#include "kernel/kernels.h"
#include "kernel/mixture.h"

#include "../support/suite.h"

extern const wicki_kernels wicki_kernels_plain;

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Inside of loops: an assertion that holds costs Check a write to a file. */
#define MUST(holds, ...)               \
    do {                               \
        if (!(holds))                  \
            ck_abort_msg(__VA_ARGS__); \
    } while (0)

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

/* --- problems -------------------------------------------------------------------------------- */

enum { MOST_K = 17, MOST_N = 300, ROW = 312, GUARD = 8 };

static const size_t KS[] = { 1, 2, 3, 4, 5, 8, 16, 17 };
static const size_t NS[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
    128, 130, 300 };

/* Uniform on (-1, 1). */
static double scatter(uint64_t seed, uint64_t index)
{
    uint64_t x = (seed + 1) * 0x9e3779b97f4a7c15u + (index + 1) * 0xd1342543de82ef95u;

    x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u;
    return (double)(int64_t)(x ^ x >> 32) * 0x1p-63;
}

/* What a member's terms are like: of one size; far apart; some -inf; above or below 1e300. */
enum { NEAR, FAR, SOME, HIGH, LOW, KINDS };

typedef struct problem {
    size_t k, n;
    double w[MOST_K], x[MOST_K][ROW], g[MOST_N];
    double share[MOST_K][ROW], value[ROW], total;
    double back[MOST_K][ROW], sums[MOST_K][8];
} problem;

static problem p, q;

static double term_like(size_t kind, size_t k, size_t i)
{
    const double u = scatter(3, k * 1009 + i);

    switch (kind) {
    case FAR:
        return 900 * u;
    case SOME:
        return (k + i) % 3 ? 2.5 * u : -INFINITY;
    case HIGH:
        return 1e300 * (1 + 0.5 * u);
    case LOW:
        return -1e300 + (u > 0 ? 3e284 : 0);
    default:
        return 2.5 * u;
    }
}

static void fill(problem *of, size_t k, size_t n, bool weights)
{
    of->k = k;
    of->n = n;
    for (size_t j = 0; j < k; j++) {
        of->w[j] = weights ? 1.7 * scatter(4, j) : 0;
        for (size_t i = 0; i < ROW; i++) {
            of->x[j][i] = term_like(i % KINDS, j, i);
            of->back[j][i] = 0.1 * (double)j - 0.3;
            of->share[j][i] = 77;
        }
        for (size_t l = 0; l < 8; l++)
            of->sums[j][l] = 0.2;
    }
    if (weights && k > 3)
        of->w[2] = -INFINITY;
    for (size_t i = 0; i < n; i++)
        of->g[i] = i % 7 == 3 ? 0 : scatter(5, i);
    for (size_t i = 0; i < ROW; i++)
        of->value[i] = 77;
    of->total = 0.6;
}

/* Calls of `most` members at most. */
static void forward(const wicki_kernels *kernels, problem *of, bool total, size_t most)
{
    for (size_t i = 0; i < of->n; i += most) {
        const wicki_mixture_block m = { .k = of->k,
            .n = of->n - i < most ? of->n - i : most,
            .w = of->w,
            .x = of->x[0] + i,
            .x_stride = ROW,
            .share = of->share[0] + i,
            .share_stride = ROW };
        if (total)
            of->total += kernels->mixture->total(&m);
        else
            kernels->mixture->values(&m, of->value + i);
    }
}

/* What goes where on the way back. */
enum { EACH = 4, TO_X = 2, TO_SUMS = 1 };

static void reverse(const wicki_kernels *kernels, problem *of, unsigned what, size_t most)
{
    for (size_t i = 0; i < of->n; i += most) {
        const wicki_mixture_adjoint a = { .k = of->k,
            .n = of->n - i < most ? of->n - i : most,
            .share = of->share[0] + i,
            .share_stride = ROW,
            .each = what & EACH ? of->g + i : NULL,
            .same = -0.7,
            .x = what & TO_X ? of->back[0] + i : NULL,
            .x_stride = ROW,
            .sums = what & TO_SUMS ? of->sums[0] : NULL };
        kernels->mixture->reverse(&a);
    }
}

/* --- in long double -------------------------------------------------------------------------- */

/* The sum w + x is rounded as in the kernel, which says nothing about its last bit. */
static long double term(const problem *of, size_t k, size_t i)
{
    const volatile double v = of->w[k] + of->x[k][i];

    return v;
}

static long double greatest(const problem *of, size_t i)
{
    long double max = -INFINITY;

    for (size_t k = 0; k < of->k; k++)
        max = fmaxl(max, term(of, k, i));
    return max;
}

/* sum exp(term - greatest) */
static long double exact_sum(const problem *of, size_t i)
{
    const long double max = greatest(of, i);
    long double sum = 0;

    for (size_t k = 0; k < of->k && max > -INFINITY; k++)
        sum += expl(term(of, k, i) - max);
    return sum;
}

static long double exact_value(const problem *of, size_t i)
{
    return greatest(of, i) + logl(exact_sum(of, i));
}

static long double exact_share(const problem *of, size_t k, size_t i)
{
    const long double v = term(of, k, i);

    return v == -INFINITY ? 0 : expl(v - greatest(of, i)) / exact_sum(of, i);
}

/* The rounding of a difference d makes exp(d) wrong by |d| of it. */
static void check_share(const problem *of, size_t k, size_t i, const char *name)
{
    const long double want = exact_share(of, k, i);
    const long double off = want > 0 ? fabsl(logl(want)) : 0;
    const double got = of->share[k][i];

    if (off > 639)
        MUST(got == 0 || off < 642, "%s: share %g of %zu, %zu", name, got, k, i);
    else
        MUST(fabsl(got - want) <= (6 + off) * 1.2e-16L * want,
            "%s: share of %zu in %zu is %.17g, want %.17Lg", name, k, i, got, want);
}

/* K and n of a loop test, and whether there are weights. */
static void fill_case(problem *of, int i)
{
    const size_t at = (size_t)i;

    fill(of, KS[at / 2 % COUNT(KS)], NS[at / 2 / COUNT(KS)], at % 2);
}

enum { CASES = 2 * COUNT(KS) * COUNT(NS) };

START_TEST(values_and_shares_are_those_of_long_double)
{
    for (size_t b = 0; build(b); b++) {
        fill_case(&p, _i);
        forward(build(b), &p, false, 128);
        for (size_t i = 0; i < p.n; i++) {
            const long double want = exact_value(&p, i);
            if (want == -INFINITY)
                MUST(p.value[i] == -INFINITY, "%s: value %zu is %g", build(b)->name, i, p.value[i]);
            else
                MUST(fabsl(p.value[i] - want) <= 3e-16L * fabsl(want) + 6e-16L,
                    "%s: value %zu is %.17g, want %.17Lg", build(b)->name, i, p.value[i], want);
            for (size_t k = 0; k < p.k; k++)
                check_share(&p, k, i, build(b)->name);
        }
    }
}
END_TEST

START_TEST(a_total_is_the_sum_of_the_values_and_has_their_shares)
{
    for (size_t b = 0; build(b); b++) {
        long double want = 0.6, size = 1;
        fill_case(&p, _i);
        for (size_t i = 0; i < p.n; i++) /* sums of 1e300 would hide the others */
            for (size_t k = 0; k < p.k; k++)
                if (!(fabs(p.x[k][i]) < 1e9))
                    p.x[k][i] = k > 0 ? -INFINITY : 0.5;
        for (size_t i = 0; i < p.n; i++) {
            want += exact_value(&p, i);
            size += fabsl(exact_value(&p, i));
        }
        q = p;
        forward(build(b), &p, true, 128);
        forward(build(b), &q, false, 128);
        const double got = p.total;
        for (size_t k = 0; k < p.k; k++)
            assert_same_bits(p.share[k], q.share[k], p.n);
        if (!isfinite((double)want)) /* weights of -inf alone */
            ck_assert_double_eq(got, -INFINITY);
        else
            ck_assert_msg(fabsl(got - want) <= 3e-15L * size, "%s: total %.17g, want %.17Lg",
                build(b)->name, got, want);
    }
}
END_TEST

START_TEST(adjoints_times_shares_are_added)
{
    for (size_t b = 0; build(b); b++)
        for (unsigned what = 1; what < 8; what++) {
            fill_case(&p, _i);
            forward(build(b), &p, false, 128);
            reverse(build(b), &p, what, 1000);
            for (size_t k = 0; k < p.k; k++) {
                long double sum[8] = { 0 };
                for (size_t i = 0; i < p.n; i++) {
                    const double g = what & EACH ? p.g[i] : -0.7, begin = 0.1 * (double)k - 0.3;
                    const long double passed = (long double)g * p.share[k][i];
                    sum[i % 8] += passed;
                    const double want = (double)(begin + (what & TO_X ? passed : 0));
                    MUST(fabs(p.back[k][i] - want) <= 3e-16, "%s: %zu, %zu: %.17g, want %.17g",
                        build(b)->name, k, i, p.back[k][i], want);
                }
                for (size_t l = 0; l < 8; l++) {
                    const double want = (double)(0.2L + (what & TO_SUMS ? sum[l] : 0));
                    MUST(fabs(p.sums[k][l] - want) <= 1e-15 * (double)p.n,
                        "%s: sum %zu of %zu: %.17g, want %.17g", build(b)->name, l, k, p.sums[k][l],
                        want);
                }
            }
        }
}
END_TEST

/* --- ends ------------------------------------------------------------------------------------ */

/* One member of `n` is changed; the others are as they were. */
static void with_member(size_t k, size_t n, size_t at, double first, double others)
{
    fill(&p, k, n, true);
    p.w[2] = 0.3;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++)
            p.x[j][i] = term_like(NEAR, j, i);
    for (size_t j = 0; j < k; j++)
        p.x[j][at] = j == k / 2 ? first : others;
}

START_TEST(what_is_not_finite_goes_on_to_its_own_member_only)
{
    static const struct {
        double first, others, value;
    } ENDS[] = { { -INFINITY, -INFINITY, -INFINITY }, { NAN, 0.4, NAN }, { NAN, NAN, NAN },
        { NAN, -INFINITY, NAN }, { INFINITY, 0.4, INFINITY }, { INFINITY, -INFINITY, INFINITY },
        { INFINITY, NAN, NAN }, { INFINITY, INFINITY, INFINITY } };
    const size_t k = KS[1 + (size_t)_i % (COUNT(KS) - 1)];

    for (size_t b = 0; build(b); b++)
        for (size_t e = 0; e < COUNT(ENDS); e++)
            for (size_t n = 1; n < 20; n++) {
                const size_t at = (5 * n + e) % n;
                with_member(k, n, at, ENDS[e].first, ENDS[e].others);
                forward(build(b), &p, false, 128);
                for (size_t i = 0; i < n; i++)
                    MUST(i == at || isfinite(p.value[i]), "%s: value %zu is %g", build(b)->name, i,
                        p.value[i]);
                const double want = ENDS[e].value, got = p.value[at];
                MUST(isnan(want) ? isnan(got) : got == want, "%s: %g of %g, %g", build(b)->name,
                    got, ENDS[e].first, ENDS[e].others);
                forward(build(b), &p, true, 128);
                const double total = p.total;
                MUST(isnan(want) ? isnan(total) : total == want, "%s: total %g of %g, %g",
                    build(b)->name, total, ENDS[e].first, ENDS[e].others);
            }
}
END_TEST

START_TEST(an_impossible_member_and_a_zero_adjoint_send_nothing_back)
{
    const size_t k = KS[1 + (size_t)_i % (COUNT(KS) - 1)];

    for (size_t b = 0; build(b); b++)
        for (int bad = 0; bad < 2; bad++) {
            with_member(k, 13, 10, bad ? NAN : -INFINITY, bad ? NAN : -INFINITY);
            forward(build(b), &p, false, 128);
            for (size_t j = 0; j < k && !bad; j++)
                ck_assert_double_eq(p.share[j][10], 0);
            ck_assert_double_eq(p.g[10], 0);
            p.g[10] = bad ? 0 : 0.9;
            q = p;
            reverse(build(b), &p, EACH | TO_X | TO_SUMS, 1000);
            for (size_t j = 0; j < k; j++) {
                ck_assert_double_eq(p.back[j][10], q.back[j][10]);
                for (size_t l = 0; l < 8; l++)
                    ck_assert(isfinite(p.sums[j][l]));
            }
        }
}
END_TEST

/* --- bits ------------------------------------------------------------------------------------ */

static void run_all(const wicki_kernels *kernels, problem *of, size_t forth, size_t back)
{
    forward(kernels, of, true, forth);
    forward(kernels, of, false, forth);
    reverse(kernels, of, EACH | TO_X | TO_SUMS, back);
    reverse(kernels, of, TO_X | TO_SUMS, back);
}

static void assert_same(const problem *a, const problem *b, const char *name)
{
    bool same = memcmp(&a->total, &b->total, sizeof a->total) == 0 &&
        memcmp(a->value, b->value, sizeof a->value) == 0;

    for (size_t k = 0; k < a->k; k++)
        same = same && memcmp(a->share[k], b->share[k], a->n * sizeof(double)) == 0 &&
            memcmp(a->back[k], b->back[k], sizeof a->back[k]) == 0 &&
            memcmp(a->sums[k], b->sums[k], sizeof a->sums[k]) == 0;
    MUST(same, "%s has other bits with %zu of %zu", name, a->k, a->n);
}

START_TEST(builds_of_a_mode_have_the_same_bits)
{
    for (int fast = 0; fast < 2; fast++) {
        bool first = true;
        for (size_t b = 0; build(b); b++) {
            if (build(b)->fast != fast)
                continue;
            fill_case(&p, _i);
            run_all(build(b), &p, 128, 1000);
            if (!first)
                assert_same(&p, &q, build(b)->name);
            q = first ? p : q;
            first = false;
        }
    }
}
END_TEST

START_TEST(calls_may_be_split)
{
    for (size_t b = 0; build(b); b++) {
        fill_case(&p, _i);
        q = p;
        run_all(build(b), &p, 128, 1000);
        run_all(build(b), &q, 128, 24);
        assert_same(&p, &q, build(b)->name);
        fill_case(&q, _i);
        forward(build(b), &q, true, 128); /* a total takes a logarithm for each call */
        forward(build(b), &q, false, 40);
        reverse(build(b), &q, EACH | TO_X | TO_SUMS, 128);
        reverse(build(b), &q, TO_X | TO_SUMS, 8);
        assert_same(&p, &q, build(b)->name);
    }
}
END_TEST

START_TEST(shares_may_take_the_place_of_the_terms)
{
    for (size_t b = 0; build(b); b++) {
        fill_case(&p, _i);
        fill_case(&q, _i);
        forward(build(b), &p, false, 128);
        for (size_t i = 0; i < q.n; i += 128) {
            const wicki_mixture_block m = { .k = q.k,
                .n = q.n - i < 128 ? q.n - i : 128,
                .w = q.w,
                .x = q.x[0] + i,
                .x_stride = ROW,
                .share = q.x[0] + i,
                .share_stride = ROW };
            build(b)->mixture->values(&m, q.value + i);
        }
        assert_same_bits(p.value, q.value, ROW);
        for (size_t k = 0; k < p.k; k++)
            assert_same_bits(p.share[k], q.x[k], p.n);
    }
}
END_TEST

START_TEST(nothing_is_written_beyond_the_members)
{
    for (size_t b = 0; build(b); b++) {
        fill_case(&p, _i);
        q = p;
        run_all(build(b), &p, 128, 1000);
        const size_t end = (p.n + 7) / 8 * 8;
        for (size_t k = 0; k < p.k; k++) {
            for (size_t i = p.n; i < end; i++)
                MUST(p.share[k][i] == 0, "%s: %g", build(b)->name, p.share[k][i]);
            assert_same_bits(p.share[k] + end, q.share[k] + end, ROW - end);
            assert_same_bits(p.back[k] + p.n, q.back[k] + p.n, ROW - p.n);
        }
        assert_same_bits(p.value + p.n, q.value + p.n, ROW - p.n);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel mixture");
    TCase *values = new_case(suite, "values"), *bits = new_case(suite, "bits");

    tcase_add_loop_test(values, values_and_shares_are_those_of_long_double, 0, CASES);
    tcase_add_loop_test(values, a_total_is_the_sum_of_the_values_and_has_their_shares, 0, CASES);
    tcase_add_loop_test(values, adjoints_times_shares_are_added, 0, CASES);
    tcase_add_loop_test(values, what_is_not_finite_goes_on_to_its_own_member_only, 0, 7);
    tcase_add_loop_test(values, an_impossible_member_and_a_zero_adjoint_send_nothing_back, 0, 7);
    tcase_add_loop_test(bits, builds_of_a_mode_have_the_same_bits, 0, CASES);
    tcase_add_loop_test(bits, calls_may_be_split, 0, CASES);
    tcase_add_loop_test(bits, shares_may_take_the_place_of_the_terms, 0, CASES);
    tcase_add_loop_test(bits, nothing_is_written_beyond_the_members, 0, CASES);
    return run_suite(suite);
}
