#include "io/digits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/parse.h"
#include "io/wide.h"

static const uint64_t TENS[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
    1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000,
    1000000000000000, 10000000000000000, 100000000000000000 };

/* |x| * 10^(16 - exponent) = whole + rest / 2^bits, with 17 or 18 digits before the point. Of rest,
 * less than 5 units are missing. */
typedef struct scaled {
    double x;
    uint64_t whole;
    wicki_wide rest;
    int bits, exponent;
} scaled;

/* Not for 0. */
static scaled scale(double x)
{
    uint64_t bits;
    int two;

    memcpy(&bits, &x, sizeof bits);
    const int biased = (int)(bits >> 52 & 0x7ff);
    const uint64_t m = (bits & UINT64_MAX >> 12) | (uint64_t)(biased > 0) << 52;
    const int zeros = wicki_leading_zeros(m), e = (biased > 0 ? biased : 1) - 1075 - zeros;
    const int exponent = ((e + 63) * 78913 + 2048 * 262144) / 262144 - 2048; /* log10(2), down */
    const wicki_wide power = wicki_power_of_ten(WICKI_ALL_DIGITS - 1 - exponent, &two);
    const wicki_wide y = wicki_wide_scale(power, m << zeros); /* times 2^-shift */
    const int shift = 63 - e - two;
    const uint64_t mask = (UINT64_C(1) << (shift - 64)) - 1;
    return (scaled){ x, y.high >> (shift - 64), { y.high & mask, y.low }, shift, exponent };
}

/* Is it, in units of 10^drop, above the middle between two integers? -1: the error might decide. */
static int is_above_half(const scaled *y, int drop)
{
    const uint64_t one = UINT64_C(1) << (y->bits - 64), last = y->whole % TENS[drop];
    const uint64_t half = TENS[drop] / 2;
    const wicki_wide *rest = &y->rest, most = wicki_wide_add(*rest, (wicki_wide){ 0, 5 });

    if (drop == 0) {
        if (rest->high > one / 2 || (rest->high == one / 2 && rest->low > 0))
            return 1;
        return most.high < one / 2 ? 0 : -1;
    }
    if (last > half || (last == half && (rest->high > 0 || rest->low > 0)))
        return 1;
    return last + 1 < half || (last + 1 == half && most.high < one) ? 0 : -1;
}

/* printf writes the decimal separator of the locale, which may have several bytes: whatever is no
 * digit between the digits. */
static void print_digits(wicki_digits *d, double x, int n)
{
    char text[64];
    const char *p = text;

    snprintf(text, sizeof text, "%.*e", n - 1, x);
    for (d->n = 0; *p && *p != 'e'; p++)
        if (wicki_is_digit(*p) && d->n < WICKI_ALL_DIGITS)
            d->digits[d->n++] = *p;
    d->exponent = *p ? (int)strtol(p + 1, NULL, 10) : 0;
}

/* Midpoints, and what may be one, are left to the C library, which takes ten times as long. */
static void round_scaled(wicki_digits *d, const scaled *y, int n)
{
    const int more = y->whole >= TENS[WICKI_ALL_DIGITS], drop = WICKI_ALL_DIGITS + more - n;
    const int up = is_above_half(y, drop);

    if (up < 0) {
        print_digits(d, y->x, n);
        return;
    }
    uint64_t digits = y->whole / TENS[drop] + (uint64_t)up;
    const bool carry = digits == TENS[n];
    digits = carry ? digits / 10 : digits;
    d->exponent = y->exponent + more + carry;
    for (d->n = n; n > 0; digits /= 10)
        d->digits[--n] = (char)('0' + digits % 10);
}

static void set_zero(wicki_digits *d, int n)
{
    memset(d->digits, '0', (size_t)n);
    d->n = n;
    d->exponent = 0;
}

void wicki_round_digits(wicki_digits *d, double x, int n)
{
    d->negative = signbit(x);
    if (x == 0.0) {
        set_zero(d, n);
        return;
    }
    const scaled y = scale(x);
    round_scaled(d, &y, n);
}

void wicki_tell_digits(wicki_digits *d, double x)
{
    d->negative = signbit(x);
    if (x == 0.0) {
        set_zero(d, 15);
        return;
    }
    const scaled y = scale(x);
    for (int n = 15; n <= WICKI_ALL_DIGITS; n++) {
        round_scaled(d, &y, n);
        if (n < WICKI_ALL_DIGITS &&
            wicki_decimal_value(d->digits, (size_t)n, d->exponent - n + 1) == fabs(x))
            return;
    }
}
