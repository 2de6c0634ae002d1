/* The generator against published vectors, and its draws against the laws they are to follow. */
#include "base/philox.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/special.h"

enum { N = 100000, CELLS = 37 };

static const uint64_t SEED = 0x243f6a8885a308d3u; /* of every test below: fixed, digits of pi */
static const double Z_LIMIT = 4.5;                /* two-sided p = 7e-6 */
static const double KS_LIMIT = 0.00852;           /* sqrt(log(2e6) / (2 N)): p = 1e-6 */

/* Known answers of the Random123 distribution (Salmon et al. 2011), philox4x32-10. */
static const struct {
    uint32_t counter[4], key[2], out[4];
} KNOWN[] = {
    { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
    { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff }, { 0xffffffff, 0xffffffff },
        { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
    { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, { 0xa4093822, 0x299f31d0 },
        { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
};

START_TEST(a_block_is_the_published_one)
{
    uint32_t out[4];

    wicki_philox(KNOWN[_i].key, KNOWN[_i].counter, out);
    ck_assert_mem_eq(out, KNOWN[_i].out, sizeof out);
}
END_TEST

START_TEST(a_stream_reads_the_blocks_of_its_address_in_order)
{
    const uint64_t key = 0x299f31d0a4093822u, member = 0x0370734413198a2eu;
    wicki_stream s = wicki_stream_new(key, member, 0x85a308d3);

    for (uint32_t i = 0; i < 5; i++) {
        const uint32_t counter[4] = { i, 0x85a308d3, 0x13198a2e, 0x03707344 };
        uint32_t out[4];

        wicki_philox(KNOWN[2].key, counter, out);
        for (int half = 0; half < 4; half += 2) {
            const uint64_t bits = (uint64_t)out[half + 1] << 32 | out[half];
            const double want = ldexp((double)(bits >> 12) + 0.5, -52);

            ck_assert_double_eq(wicki_uniform(&s), want);
        }
    }
}
END_TEST

/* A law: how to draw, its distribution function and first four moments (mean, variance, skewness,
 * kurtosis). The parameter is a location, or the concentration of a gamma. */
struct law {
    const char *name;
    double (*draw)(wicki_stream *, double parameter);
    double (*cdf)(double x, double parameter);
    double parameter, mean, variance, skewness, kurtosis;
};

static double draw_uniform(wicki_stream *s, double base)
{
    return base + wicki_uniform(s);
}

static double draw_normal(wicki_stream *s, double loc)
{
    return loc + wicki_normal(s);
}

static double draw_exponential(wicki_stream *s, double loc)
{
    return loc + wicki_exponential(s);
}

static double draw_exp_of_log_gamma(wicki_stream *s, double concentration)
{
    return exp(wicki_log_gamma_draw(s, concentration));
}

static double uniform_cdf(double x, double base)
{
    return x - base;
}

static double normal_cdf(double x, double loc)
{
    return 0.5 * erfc((loc - x) / sqrt(2.0));
}

static double exponential_cdf(double x, double loc)
{
    return -expm1(loc - x);
}

/* P(a, x): the series of DLMF 8.11.4 up to a + 1, from there the continued fraction of DLMF 8.9.2,
 * x + 1 - a - 1 (1 - a) / (x + 3 - a - ...), from its 400th level upwards. */
static double gamma_cdf(double x, double a)
{
    const double front = exp(a * log(x) - x - lgamma(a));

    if (!(x > 0.0))
        return 0.0;
    if (x < a + 1.0) {
        double term = 1.0 / a, sum = term;

        for (int k = 1; term > DBL_EPSILON * sum; k++)
            sum += term *= x / (a + k);
        return front * sum;
    }

    double fraction = x + 801.0 - a;

    for (int k = 400; k > 0; k--)
        fraction = x + 2.0 * k - 1.0 - a - k * (k - a) / fraction;
    return 1.0 - front / fraction;
}

/* A gamma has skewness 2 / sqrt(a) and kurtosis 3 + 6 / a. */
#define GAMMA(draw, a, root)                                                    \
    {                                                                           \
#draw "(" #a ")", draw, gamma_cdf, a, a, a, 2.0 / (root), 3 + 6.0 / (a) \
    }

static const struct law LAWS[] = {
    { "uniform", draw_uniform, uniform_cdf, 0, 0.5, 1.0 / 12, 0, 1.8 },
    { "normal", draw_normal, normal_cdf, 0, 0, 1, 0, 3 },
    { "exponential", draw_exponential, exponential_cdf, 0, 1, 1, 2, 9 },
    GAMMA(wicki_gamma, 0.05, 0.22360679774997896),
    GAMMA(wicki_gamma, 0.7, 0.83666002653407555),
    GAMMA(wicki_gamma, 1.0, 1.0),
    GAMMA(wicki_gamma, 4.5, 2.1213203435596424),
    GAMMA(wicki_gamma, 120.0, 10.954451150103322),
    GAMMA(draw_exp_of_log_gamma, 0.05, 0.22360679774997896),
    GAMMA(draw_exp_of_log_gamma, 4.5, 2.1213203435596424),
};

enum { LAW_COUNT = sizeof LAWS / sizeof *LAWS };

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Kolmogorov's distance from the law of N draws of a sampler that is right (scale 1, every 0), or
 * multiplies by scale, or gives the mean instead of one draw in every. */
static double ks_distance(const struct law *law, double scale, int every)
{
    double *const x = malloc(N * sizeof *x), distance = 0.0;
    wicki_stream s = wicki_stream_new(SEED, 17, 3);

    ck_assert_ptr_nonnull(x);
    for (int i = 0; i < N; i++) {
        x[i] = scale * law->draw(&s, law->parameter);
        if (every > 0 && i % every == 0)
            x[i] = law->mean;
    }
    qsort(x, N, sizeof *x, ascending);
    for (int i = 0; i < N; i++) {
        const double p = law->cdf(x[i], law->parameter);

        distance = fmax(distance, fmax(p - (double)i / N, (i + 1.0) / N - p));
    }
    free(x);
    return distance;
}

START_TEST(draws_follow_their_distribution_function)
{
    const double d = ks_distance(&LAWS[_i], 1.0, 0);

    ck_assert_msg(d < KS_LIMIT, "%s: D = %.5f", LAWS[_i].name, d);
}
END_TEST

/* The step at the mean is 0.02 high, so at least 0.01 on one side of it. */
START_TEST(one_wrong_draw_in_fifty_is_noticed)
{
    ck_assert_double_gt(ks_distance(&LAWS[_i], 1.0, 50), KS_LIMIT);
}
END_TEST

/* Expected distances: 0.0196 for the uniform, 0.02 sqrt(a / (2 pi)) for a gamma. */
START_TEST(a_scale_off_by_2_percent_is_noticed)
{
    ck_assert_double_gt(ks_distance(&LAWS[0], 1.02, 0), KS_LIMIT);
    ck_assert_double_gt(ks_distance(&LAWS[6], 1.02, 0), KS_LIMIT);
    ck_assert_double_gt(ks_distance(&LAWS[7], 1.02, 0), KS_LIMIT);
}
END_TEST

/* A power k of standardised draws has a standard error of sqrt((m_2k - m_k^2) / N), with moments up
 * to the eighth; estimated from the draws themselves. */
START_TEST(the_first_four_moments_are_right)
{
    const struct law *law = &LAWS[_i];
    const double want[] = { 0, 1, law->skewness, law->kurtosis };
    double sum[4] = { 0 }, squares[4] = { 0 };
    wicki_stream s = wicki_stream_new(wicki_hash(SEED, 4), 17, 3);

    for (int i = 0; i < N; i++) {
        const double t = (law->draw(&s, law->parameter) - law->mean) / sqrt(law->variance);
        double power = 1.0;

        for (int k = 0; k < 4; k++) {
            power *= t;
            sum[k] += power;
            squares[k] += power * power;
        }
    }
    for (int k = 0; k < 4; k++) {
        const double mean = sum[k] / N, error = sqrt((squares[k] / N - mean * mean) / N);

        ck_assert_msg(fabs(mean - want[k]) < Z_LIMIT * error, "%s: moment %d is %g, not %g +- %g",
            law->name, k + 1, mean, want[k], error);
    }
}
END_TEST

START_TEST(uniforms_are_exact_inside_the_open_interval)
{
    wicki_stream s = wicki_stream_new(SEED, 5, 6);

    for (int i = 0; i < N; i++) {
        const double u = wicki_uniform(&s), units = ldexp(u, 53);

        ck_assert(u > 0.0 && u < 1.0 && fmod(units, 2.0) == 1.0 && 1.0 - (1.0 - u) == u);
    }
}
END_TEST

/* Block words all zero and all one are the extremes of any draw. */
START_TEST(the_extreme_bits_give_finite_draws)
{
    const wicki_stream low = { .used = 0 };
    wicki_stream s = low, high = low;

    memset(high.block, 0xff, sizeof high.block);
    ck_assert_double_eq(wicki_uniform(&s), 0x1p-53);
    ck_assert_double_eq(wicki_normal(&s), -8.2095361516013856); /* mpmath */
    s = low;
    ck_assert_double_eq_tol(wicki_exponential(&s), 36.736800569677101, 1e-14); /* 53 log 2 */
    s = high;
    ck_assert_double_eq(wicki_uniform(&s), 1.0 - 0x1p-53);
    ck_assert_double_eq(wicki_normal(&s), 8.2095361516013856);
    s = high;
    ck_assert_double_gt(wicki_exponential(&s), 0.0);
}
END_TEST

/* For small a, a log G is minus a standard exponential but for terms of order a. */
START_TEST(log_gamma_draws_stay_finite_for_a_tiny_concentration)
{
    const double tiny = 1e-300;
    wicki_stream s = wicki_stream_new(SEED, 8, 9);
    double sum = 0.0;

    for (int i = 0; i < N; i++) {
        const double draw = wicki_log_gamma_draw(&s, tiny);

        ck_assert(isfinite(draw) && draw < 0.0);
        sum -= draw * tiny;
    }
    ck_assert_double_eq_tol(sum / N, 1.0, Z_LIMIT / sqrt(N));
}
END_TEST

START_TEST(gamma_draws_of_a_bad_concentration_are_not_numbers)
{
    const double bad[] = { 0.0, -0.3, -INFINITY, NAN };
    wicki_stream s = wicki_stream_new(SEED, 8, 9);

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_double_nan(wicki_gamma(&s, bad[i]));
        ck_assert_double_nan(wicki_log_gamma_draw(&s, bad[i]));
    }
    ck_assert_double_infinite(wicki_gamma(&s, INFINITY));
    ck_assert_double_infinite(wicki_log_gamma_draw(&s, INFINITY));
}
END_TEST

/* Chi-squared of counts, as the normal deviate of Wilson & Hilferty (1931); cells of probability 0
 * have no degree of freedom. */
static double chi_squared_deviate(size_t n, const size_t *counts, const double *probs)
{
    double chi = 0.0, freedom = -1.0;

    for (size_t i = 0; i < n; i++) {
        const double expected = N * probs[i], off = (double)counts[i] - expected;

        if (expected == 0.0)
            continue;
        chi += off * off / expected;
        freedom += 1.0;
    }
    return (cbrt(chi / freedom) - 1.0 + 2.0 / (9.0 * freedom)) / sqrt(2.0 / (9.0 * freedom));
}

START_TEST(categorical_draws_have_their_probabilities)
{
    const double probs[] = { 0.0, 0.21, 0.07, 0.0, 0.4, 0.002, 0.318, 0.0 };
    double spread[16], mutant[8];
    size_t counts[8] = { 0 };
    wicki_stream s = wicki_stream_new(SEED, 10, 11);

    for (size_t i = 0; i < 8; i++) { /* every second entry, with another sum */
        spread[2 * i] = 7.3 * probs[i];
        spread[2 * i + 1] = 1e9;
        mutant[i] = probs[i];
    }
    mutant[4] += 0.02;
    mutant[6] -= 0.02;
    for (int i = 0; i < N; i++)
        counts[wicki_categorical(&s, 8, spread, 2)]++;
    ck_assert_uint_eq(counts[0] + counts[3] + counts[7], 0);
    ck_assert_double_lt(chi_squared_deviate(8, counts, probs), Z_LIMIT);
    ck_assert_double_gt(chi_squared_deviate(8, counts, mutant), Z_LIMIT);
}
END_TEST

START_TEST(categorical_never_gives_an_impossible_index)
{
    const double tiny[] = { 0.0, 5e-324, 0.0 }, none[] = { 0.0, 0.0, 0.0 },
                 lost[] = { 0.25, NAN, 0.5 };
    wicki_stream low = { .used = 0 }, high = { .used = 0 };

    memset(high.block, 0xff, sizeof high.block);
    ck_assert_uint_eq(wicki_categorical(&low, 3, tiny, 1), 1);
    ck_assert_uint_eq(wicki_categorical(&high, 3, tiny, 1), 1);
    ck_assert_uint_eq(wicki_categorical(&low, 3, none, 1), 3);
    ck_assert_uint_eq(wicki_categorical(&low, 3, lost, 1), 3);
}
END_TEST

START_TEST(integers_below_n_are_equally_likely)
{
    size_t counts[CELLS] = { 0 };
    double probs[CELLS];
    wicki_stream s = wicki_stream_new(SEED, 12, 13);

    for (int i = 0; i < N; i++)
        counts[wicki_below(&s, CELLS)]++;
    for (size_t i = 0; i < CELLS; i++)
        probs[i] = 1.0 / CELLS;
    ck_assert_double_lt(chi_squared_deviate(CELLS, counts, probs), Z_LIMIT);
    probs[3] *= 1.2; /* a count's standard error is 2 % */
    probs[4] *= 0.8;
    ck_assert_double_gt(chi_squared_deviate(CELLS, counts, probs), Z_LIMIT);
}
END_TEST

/* With n = 3 * 2^62, 64 bits mod n without rejection would make the lower third twice as likely. */
START_TEST(integers_below_a_huge_n_are_unbiased)
{
#if SIZE_MAX > 0xffffffffu
    const size_t third = (size_t)1 << 62;
    size_t counts[3] = { 0 };
    const double probs[3] = { 1.0 / 3, 1.0 / 3, 1.0 / 3 };
    wicki_stream s = wicki_stream_new(SEED, 14, 15);

    for (int i = 0; i < N; i++)
        counts[wicki_below(&s, 3 * third) / third]++;
    ck_assert_double_lt(chi_squared_deviate(3, counts, probs), Z_LIMIT);
#endif
}
END_TEST

/* z of the correlation of the first draws of neighbouring streams */
static double neighbour_deviate(wicki_stream (*stream)(uint64_t))
{
    double product = 0.0;

    for (uint64_t i = 0; i < N; i++) {
        wicki_stream a = stream(i), b = stream(i + 1);

        product += 12.0 * (wicki_uniform(&a) - 0.5) * (wicki_uniform(&b) - 0.5);
    }
    return product / sqrt(N);
}

static wicki_stream by_key(uint64_t i)
{
    return wicki_stream_new(SEED + i, 17, 3);
}

static wicki_stream by_member(uint64_t i)
{
    return wicki_stream_new(SEED, i << 31, 3); /* both of its words change */
}

static wicki_stream by_element(uint64_t i)
{
    return wicki_stream_new(SEED, 17, (uint32_t)i);
}

static wicki_stream (*const ADDRESSES[])(uint64_t) = { by_key, by_member, by_element };

enum { ADDRESS_COUNT = sizeof ADDRESSES / sizeof *ADDRESSES };

START_TEST(neighbouring_streams_are_distinct_and_uncorrelated)
{
    double first[1000];

    for (uint64_t i = 0; i < 1000; i++) {
        wicki_stream s = ADDRESSES[_i](i);

        first[i] = wicki_uniform(&s);
    }
    qsort(first, 1000, sizeof *first, ascending);
    for (int i = 1; i < 1000; i++)
        ck_assert_double_lt(first[i - 1], first[i]);
    ck_assert_double_lt(fabs(neighbour_deviate(ADDRESSES[_i])), Z_LIMIT);
}
END_TEST

START_TEST(successive_draws_of_a_stream_are_uncorrelated)
{
    wicki_stream s = wicki_stream_new(SEED, 17, 3);
    double last = wicki_uniform(&s), product = 0.0;

    for (int i = 0; i < N; i++) {
        const double u = wicki_uniform(&s);

        product += 12.0 * (u - 0.5) * (last - 0.5);
        last = u;
    }
    ck_assert_double_lt(fabs(product / sqrt(N)), Z_LIMIT);
}
END_TEST

static unsigned changed_bits(uint64_t a, uint64_t b)
{
    unsigned n = 0;

    for (uint64_t x = a ^ b; x != 0; x &= x - 1)
        n++;
    return n;
}

/* Each of 64 output bits flips with probability 1/2: 32 on average, standard deviation 4. */
START_TEST(any_input_bit_of_the_hash_changes_half_of_its_output)
{
    enum { TRIALS = 200 };

    for (unsigned bit = 0; bit < 64; bit++) {
        unsigned left = 0, right = 0;

        for (uint64_t i = 0; i < TRIALS; i++) {
            const uint64_t h = wicki_hash(i, 3 * i), flip = (uint64_t)1 << bit;

            left += changed_bits(h, wicki_hash(i ^ flip, 3 * i));
            right += changed_bits(h, wicki_hash(i, (3 * i) ^ flip));
        }
        ck_assert_double_lt(fabs(left / (double)TRIALS - 32) * sqrt(TRIALS) / 4, Z_LIMIT);
        ck_assert_double_lt(fabs(right / (double)TRIALS - 32) * sqrt(TRIALS) / 4, Z_LIMIT);
    }
    ck_assert_uint_ne(wicki_hash(3, 8), wicki_hash(8, 3));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("philox");
    TCase *bits = tcase_create("bits"), *laws = tcase_create("laws");

    tcase_add_loop_test(bits, a_block_is_the_published_one, 0, 3);
    tcase_add_test(bits, a_stream_reads_the_blocks_of_its_address_in_order);
    tcase_add_test(bits, uniforms_are_exact_inside_the_open_interval);
    tcase_add_test(bits, the_extreme_bits_give_finite_draws);
    tcase_add_loop_test(bits, neighbouring_streams_are_distinct_and_uncorrelated, 0, ADDRESS_COUNT);
    tcase_add_test(bits, successive_draws_of_a_stream_are_uncorrelated);
    tcase_add_test(bits, any_input_bit_of_the_hash_changes_half_of_its_output);
    tcase_add_loop_test(laws, draws_follow_their_distribution_function, 0, LAW_COUNT);
    tcase_add_loop_test(laws, one_wrong_draw_in_fifty_is_noticed, 0, LAW_COUNT);
    tcase_add_test(laws, a_scale_off_by_2_percent_is_noticed);
    tcase_add_loop_test(laws, the_first_four_moments_are_right, 0, LAW_COUNT);
    tcase_add_test(laws, log_gamma_draws_stay_finite_for_a_tiny_concentration);
    tcase_add_test(laws, gamma_draws_of_a_bad_concentration_are_not_numbers);
    tcase_add_test(laws, categorical_draws_have_their_probabilities);
    tcase_add_test(laws, categorical_never_gives_an_impossible_index);
    tcase_add_test(laws, integers_below_n_are_equally_likely);
    tcase_add_test(laws, integers_below_a_huge_n_are_unbiased);
    suite_add_tcase(suite, bits);
    suite_add_tcase(suite, laws);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
