/* Functions of lanes, by the formulas of base/special.h and with its errors: in a portable build
 * they give the same bits as wicki_exp and so on, in a fast build sums of products round once.
 *
 * First come the functions of pieces, then those of lanes. No branches, no tables.
 */
#ifndef WICKI_KERNEL_LANES_MATH_H
#define WICKI_KERNEL_LANES_MATH_H

#include "kernel/lanes.h"

/* p x + c */
WICKI_INLINE piece piece_horner(piece p, piece x, double c)
{
    return piece_muladd(p, x, piece_fill(c));
}

/* c1 x + c0 */
WICKI_INLINE piece piece_line(piece x, double c1, double c0)
{
    return piece_horner(piece_fill(c1), x, c0);
}

/* p x^4 + c3 x^3 + c2 x^2 + c1 x + c0 */
WICKI_INLINE piece piece_horner4(piece p, piece x, double c3, double c2, double c1, double c0)
{
    const piece square = x * x;
    const piece high = piece_muladd(p, square, piece_line(x, c3, c2));

    return piece_muladd(high, square, piece_line(x, c1, c0));
}

typedef struct piece_reduced {
    piece shifted, r, lost;
} piece_reduced;

/* x = k ln 2 + r, as wicki_reduce */
WICKI_INLINE piece_reduced piece_reduce(piece x)
{
    const piece shift = piece_fill(0x1.8p52);
    const piece shifted = piece_muladd(x, piece_fill(1.4426950408889634), shift);
    const piece k = shifted - shift, high = piece_submul(x, k, piece_fill(WICKI_LN2_HIGH));
    const piece low = k * WICKI_LN2_LOW, r = high - low;

    return (piece_reduced){ shifted, r, (high - r) - low };
}

/* 2^(k - 1) */
WICKI_INLINE piece piece_half_power(piece shifted)
{
    return piece_from_bits((piece_to_bits(shifted) + 1022u) << 52);
}

/* e^r - 1 - r for |r| <= ln(2) / 2 */
WICKI_INLINE piece piece_exp_tail(piece r)
{
    piece q = piece_horner(
        piece_line(r, 2.091471153213536e-09, 2.510533724466521e-08), r, 2.755727363955033e-07);

    q = piece_horner4(q, r, 2.755725511097889e-06, 2.4801587325466353e-05, 0.00019841269875048905,
        0.001388888888888383);
    q = piece_horner4(q, r, 0.00833333333332607, 0.04166666666666667, 0.1666666666666667, 0.5);
    return r * r * q;
}

/* e^(x + low) for a tiny low; 0 for x < -708 */
WICKI_INLINE piece piece_exp_sum(piece x, piece low)
{
    const piece_reduced a = piece_reduce(piece_min(piece_fill(710.0), x));
    const piece tail = piece_exp_tail(a.r);
    const piece lost = piece_muladd(low, 1.0 + (a.r + tail), a.lost);
    const piece y = 1.0 + (a.r + (tail + lost)), power = piece_half_power(a.shifted);

    return piece_select_less(x, piece_fill(-708.0), piece_fill(0.0), 2.0 * y * power);
}

/* e^x; 0 for x < -708 */
WICKI_INLINE piece piece_exp(piece x)
{
    const piece_reduced a = piece_reduce(piece_min(piece_fill(710.0), x));
    const piece y = 1.0 + (a.r + (piece_exp_tail(a.r) + a.lost));
    const piece power = piece_half_power(a.shifted);

    return piece_select_less(x, piece_fill(-708.0), piece_fill(0.0), 2.0 * y * power);
}

/* tiny arguments are their own result */
WICKI_INLINE piece piece_unless_tiny(piece x, piece y)
{
    return piece_select_less(piece_abs(x), piece_fill(0x1p-54), x, y);
}

WICKI_INLINE piece piece_expm1(piece x)
{
    const piece above = piece_max(piece_fill(-40.0), x);
    const piece_reduced a = piece_reduce(piece_min(piece_fill(710.0), above));
    const piece half = piece_half_power(a.shifted);
    const piece p = a.r + (piece_exp_tail(a.r) + a.lost);

    return piece_unless_tiny(x, 2.0 * piece_muladd(half, p, half - 0.5));
}

/* log(x) - shift ln 2 + low for a positive normal x, as wicki_log_sum */
WICKI_INLINE piece piece_log_sum(piece x, piece shift, piece low)
{
    const uint64_t sqrt_half = 0x3fe6a09e667f3bcdu, one = 0x3ff0000000000000u;
    const piece_bits bits = piece_to_bits(x) + (one - sqrt_half);
    const piece m = piece_from_bits((bits & 0x000fffffffffffffu) + sqrt_half);
    const piece k = piece_from_bits((bits >> 52) | 0x4330000000000000u) - ((0x1p52 + 1023) + shift);
    const piece f = m - 1.0, s = f / (2.0 + f), w = s * s, square = 0.5 * f * f;
    piece p = piece_line(w, 0.1308666196353411, 0.1326876971386881);

    p = piece_horner(piece_horner(p, w, 0.15386239830697943), w, 0.18181795637781728);
    p = piece_horner4(
        p, w, 0.2222222239173592, 0.28571428570803514, 0.4000000000000088, 0.6666666666666666);
    const piece small = piece_muladd(k, piece_fill(WICKI_LN2_LOW), low);
    const piece rest = piece_muladd(s, piece_muladd(w, p, square), small);

    return piece_muladd(k, piece_fill(WICKI_LN2_HIGH), f - (square - rest));
}

/* y where x is above the edge and finite, x where it is inf; -inf at the edge, NaN below */
WICKI_INLINE piece piece_log_ends(piece x, double edge, piece y)
{
    const piece end = piece_fill(edge), inf = piece_fill(INFINITY);
    const piece low = piece_select_equal(x, end, -inf, piece_fill(NAN));

    return piece_select_less(end, x, piece_select_less(x, inf, y, x), low);
}

WICKI_INLINE piece piece_log(piece x)
{
    const piece zero = piece_fill(0.0), normal = piece_fill(0x1p-1022);
    const piece shift = piece_select_less(x, normal, piece_fill(54.0), zero);
    const piece scaled = piece_select_less(x, normal, x * 0x1p54, x);

    return piece_log_ends(x, 0.0, piece_log_sum(scaled, shift, zero));
}

WICKI_INLINE piece piece_log1p(piece x)
{
    const piece u = 1.0 + x, part = u - 1.0, lost = (1.0 - (u - part)) + (x - part);
    const piece y = piece_log_sum(u, piece_fill(0.0), lost / u);

    return piece_unless_tiny(x, piece_log_ends(x, -1.0, y));
}

/* log(1 + e^-|x|) */
WICKI_INLINE piece piece_log1p_exp(piece x)
{
    const piece e = piece_exp(-piece_abs(x)), u = 1.0 + e;

    return piece_log_sum(u, piece_fill(0.0), (e - (u - 1.0)) / u);
}

WICKI_INLINE piece piece_softplus(piece x)
{
    return piece_max(x, piece_fill(0.0)) + piece_log1p_exp(x);
}

WICKI_INLINE piece piece_log_sigmoid(piece x)
{
    return piece_min(x, piece_fill(0.0)) - piece_log1p_exp(x);
}

WICKI_INLINE piece piece_sigmoid(piece x)
{
    const piece e = piece_exp(-piece_abs(x));

    return piece_select_less(x, piece_fill(0.0), e, piece_fill(1.0)) / (1.0 + e);
}

/* t / (t + 2) for t = e^2|x| - 1, or 1 - 2 / (t + 2), as wicki_tanh */
WICKI_INLINE piece piece_tanh(piece x)
{
    const piece two = piece_fill(2.0), a = piece_abs(x);
    const piece t = piece_expm1(2.0 * piece_min(piece_fill(20.0), a));
    const piece whole = piece_select_less(two, t, piece_fill(1.0), piece_fill(0.0));
    const piece top = piece_select_less(two, t, -two, t);

    return piece_copysign(whole + top / (t + 2.0), x);
}

/* erfc(a) for 0.5 <= a <= 30, as wicki_erfc_tail; what squaring lost is never fused */
WICKI_INLINE piece piece_erfc_tail(piece a)
{
    const piece t = (a - 3.0) / (a + 3.0);
    const piece head = piece_from_bits(piece_to_bits(a) & 0xfffffffff8000000u), rest = a - head;
    const piece square = piece_from_bits(piece_to_bits(a * a) & ~(uint64_t)1);
    const piece lost = ((head * head - square) + 2.0 * head * rest) + rest * rest;
    piece p = piece_line(t, -1.5788799292831174e-08, 2.3226692167514666e-08);

    p = piece_horner4(p, t, 1.1279627225031387e-07, -1.2248184548811146e-07, -6.311016701805275e-07,
        3.457003069197091e-07);
    p = piece_horner4(p, t, 3.482467919184975e-06, -7.275970416568171e-07, -2.010477250576702e-05,
        4.948652367140734e-06);
    p = piece_horner4(p, t, 0.0001251004556814337, -0.00010515969777711746, -0.000779832453503631,
        0.0018886903529390928);
    p = piece_horner4(p, t, 0.0025293918340470005, -0.023770514918541107, 0.06830802734299364,
        -0.11927366341530399);
    p = piece_horner4(
        p, t, 0.1296451587027855, -0.04756229435345089, -0.13562110612458136, 1.2530080582697296);
    return piece_exp_sum(-square, -lost) * (p / (1.0 + 2.0 * a));
}

/* erf(x) for |x| <= 0.5 */
WICKI_INLINE piece piece_erf_centre(piece x)
{
    const piece w = x * x;
    piece p = piece_fill(1.4725865480556744e-06);

    p = piece_horner4(p, w, -1.4845849259707869e-05, 0.00012053335124353741, -0.0008548297753674966,
        0.00522397737302147);
    p = piece_horner4(
        p, w, -0.026866170632887928, 0.11283791670925353, -0.37612638903183476, 1.1283791670955126);
    return x * p;
}

WICKI_INLINE piece piece_erf(piece x)
{
    const piece a = piece_abs(x), tail = piece_erfc_tail(piece_min(piece_fill(30.0), a));
    const piece outer = piece_copysign(1.0 - tail, x);

    return piece_select_less(a, piece_fill(0.5), piece_erf_centre(x), outer);
}

WICKI_INLINE piece piece_erfc(piece x)
{
    const piece a = piece_abs(x), tail = piece_erfc_tail(piece_min(piece_fill(30.0), a));
    const piece outer = piece_select_less(x, piece_fill(0.0), 2.0 - tail, tail);

    return piece_select_less(a, piece_fill(0.5), 1.0 - piece_erf_centre(x), outer);
}

/* Below 1.25, from 1.25 to 6, and from 6 on, as wicki_lgamma_positive. */
WICKI_INLINE piece piece_lgamma_positive(piece x)
{
    const piece one = piece_fill(1.0), three = piece_fill(3.0), zero = piece_fill(0.0);
    const piece low_end = piece_fill(1.25), high_end = piece_fill(6.0);
    piece z = x, product = one;

    for (int i = 0; i < 3; i++) {
        const piece down = z - 1.0;

        product = product * piece_select_less(z, three, one, down);
        z = piece_select_less(z, three, z, down);
    }
    const piece middle = piece_select_less(x, high_end, product, x);
    const piece log_of = piece_log(piece_select_less(x, low_end, x, middle));
    const piece a = z - piece_select_less(x, low_end, zero, one), y = a - 0.5, u = 1.0 / (x * x);
    piece p = piece_fill(3.368130259575267e-08), q = piece_fill(5.382066149319651e-06);

    p = piece_horner4(p, y, 2.2618895093260466e-05, 0.0010880386041283855, 0.017577321478718804,
        0.1309884448142038);
    p = piece_horner4(
        p, y, 0.5091065975397502, 1.0649526098174809, 1.134981529326189, 0.4831289505409809);
    q = piece_horner4(
        q, y, 0.00040210666995574773, 0.009246685687515192, 0.0962929805443925, 0.5298399097359522);
    q = piece_horner4(q, y, 1.641923321143831, 2.875073448952122, 2.6513447886038874, 1.0);

    piece tail = piece_line(u, 0.004298393685429142, -0.0018449994513206947);
    tail = piece_horner4(piece_horner(tail, u, 0.0008404447832815689), u, -0.0005952257417708329,
        0.0007936507373367289, -0.0027777777776807635, 0.0833333333333333);
    const piece signed_log = piece_select_less(x, low_end, -log_of, log_of);
    const piece below = piece_muladd(a * (a - 1.0), p / q, signed_log);
    const piece stirling = piece_muladd(x - 0.5, log_of - 1.0, 0.4189385332046727 + tail / x);

    return piece_select_less(x, high_end, below, stirling);
}

/* Below 1, from 1 to 6, and from 6 on, as wicki_digamma_positive. */
WICKI_INLINE piece piece_digamma_positive(piece x)
{
    const piece one = piece_fill(1.0), three = piece_fill(3.0), zero = piece_fill(0.0);
    piece z = x, numerator = zero, denominator = one;

    for (int i = 0; i < 3; i++) {
        const piece down = z - 1.0, more = piece_muladd(numerator, down, denominator);

        numerator = piece_select_less(z, three, numerator, more);
        denominator = denominator * piece_select_less(z, three, one, down);
        z = piece_select_less(z, three, z, down);
    }
    const piece y = z - piece_select_less(x, one, zero, one), u = 1.0 / (x * x);
    const piece steps =
        piece_select_less(x, one, -one, numerator) / piece_select_less(x, one, x, denominator);
    piece p = piece_line(y, -1.578585859621291e-08, 2.5009024312418424e-06);
    piece q = piece_line(y, 0.00017933601981804436, 0.007561224327355051);
    piece tail = piece_line(u, -0.2297853726296671, 0.07518358224495075);

    p = piece_horner(piece_horner(p, y, 0.000818874142960514), y, 0.0238414069598138);
    p = piece_horner4(
        p, y, 0.2374725594485366, 1.0164566510246777, 1.8998845370478825, 1.2503801375034054);
    q = piece_horner4(piece_horner(q, y, 0.10266883844857362), y, 0.6092694909208878,
        1.7169749127558187, 2.2029923661052755, 1.0);
    tail = piece_horner(piece_horner(tail, u, -0.020916084990564302), u, 0.0075735577520183546);
    tail = piece_horner4(tail, u, -0.0041666515228959665, 0.003968253916496494,
        -0.008333333333265424, 0.08333333333333331);
    const piece from_zero = (y - 0.46163214496836236) + 1.5522348162858677e-17;
    const piece below = piece_muladd(from_zero, p / q, steps);
    const piece series = piece_log(x) - piece_muladd(u, tail, 0.5 / x);
    const piece inside = piece_select_less(x, piece_fill(6.0), below, series);

    return piece_select_less(zero, x, inside, piece_fill(NAN));
}

/* psi'(x + n) with n <= 5 steps of the recurrence, as wicki_trigamma_positive. */
WICKI_INLINE piece piece_trigamma_positive(piece x)
{
    const piece first = 1.0 / x, zero = piece_fill(0.0), one = piece_fill(1.0);
    const piece six = piece_fill(6.0);
    piece z = 1.0 + x, numerator = zero, denominator = one;

    for (int i = 0; i < 5; i++) {
        const piece square = piece_select_less(z, six, z * z, one);

        numerator = piece_muladd(numerator, square, piece_select_less(z, six, denominator, zero));
        denominator = denominator * square;
        z = z + piece_select_less(z, six, one, zero);
    }
    const piece v = 1.0 / z, u = v * v;
    piece tail = piece_line(u, -3.412960356679865, 1.0286907099075666);

    tail = piece_horner(piece_horner(tail, u, -0.25014772569200594), u, 0.07572083195710849);
    tail = piece_horner4(tail, u, -0.03333308110056032, 0.023809522948888343, -0.033333333332205076,
        0.16666666666666644);
    const piece series = v + piece_muladd(v * u, tail, 0.5 * u);
    const piece y = piece_muladd(first, first, numerator / denominator + series);

    return piece_select_less(x, zero, piece_fill(NAN), y);
}

/* The bits of 2^(j / 8), less j / 8 in the place of the exponent. */
static const uint64_t PIECE_ROOTS[8] = { 0x3ff0000000000000, 0x3fef72b83c7d517b, 0x3fef06fe0a31b715,
    0x3feebfdad5362a27, 0x3feea09e667f3bcd, 0x3feeace5422aa0db, 0x3feee89f995ad3ad,
    0x3fef5818dcfba487 };

/* ln 2 in two parts: k times the first is exact for |k| < 2^21, and k is up to 7,400 here. */
static const double PIECE_LN2_HIGH = 0x1.62e42feep-1, PIECE_LN2_LOW = 1.90821492927058770002e-10;

/* e^r - 1 for |r| <= ln(2) / 16, to 3e-18: the minimax polynomial whose first terms are 0 and r. */
WICKI_INLINE piece piece_short_expm1(piece r)
{
    piece q = piece_line(r, 0.00019842473862790962, 0.0013889782891341326);

    q = piece_horner(q, r, 0.008333333316492568);
    q = piece_horner(q, r, 0.04166666656944094);
    q = piece_horner(q, r, 0.16666666666667407);
    q = piece_horner(q, r, 0.5000000000000301);
    return piece_muladd(r * r, q, r);
}

/*
 * e^x for x <= 0, to 2 ulp; 0 below -640, so that products stay normal; e^0 for x > 0. Shorter than
 * lanes_exp, by a table: x = (k / 8) ln 2 + r. The low bits of `shifted` are k.
 */
WICKI_INLINE piece piece_exp_falling(piece x)
{
    const piece shift = piece_fill(0x1.8p52), below = piece_min(piece_fill(0.0), x);
    const piece shifted = piece_muladd(below, piece_fill(8.0 * 1.4426950408889634), shift);
    const piece k = shifted - shift;
    const piece high = piece_submul(below, k, piece_fill(PIECE_LN2_HIGH / 8.0));
    const piece r = piece_submul(high, k, piece_fill(PIECE_LN2_LOW / 8.0));
    const piece_bits bits = piece_to_bits(shifted);
    const piece power = piece_from_bits(piece_look_up(PIECE_ROOTS, bits) + (bits << 49));
    const piece y = piece_muladd(power, piece_short_expm1(r), power);

    return piece_select_less(below, piece_fill(-640.0), piece_fill(0.0), y);
}

LANES_1(lanes_exp_falling, piece_exp_falling) /**< e^x for x <= 0, exactly 0 for x < -640 */
LANES_1(lanes_exp, piece_exp)                 /**< e^x, exactly 0 for x < -708 */
LANES_1(lanes_expm1, piece_expm1)
LANES_1(lanes_log, piece_log)
LANES_1(lanes_log1p, piece_log1p)
LANES_1(lanes_softplus, piece_softplus)
LANES_1(lanes_log_sigmoid, piece_log_sigmoid)
LANES_1(lanes_sigmoid, piece_sigmoid)
LANES_1(lanes_tanh, piece_tanh)
LANES_1(lanes_erf, piece_erf)
LANES_1(lanes_erfc, piece_erfc)
LANES_1(lanes_lgamma_positive, piece_lgamma_positive)
LANES_1(lanes_digamma_positive, piece_digamma_positive)
LANES_1(lanes_trigamma_positive, piece_trigamma_positive)

#endif
