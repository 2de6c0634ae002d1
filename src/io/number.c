#include "io/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Powers of ten that are written out: below, 0.00001; above, all 17 digits before the point. */
enum { MIN_FIXED = -5, MAX_FIXED = 16, MAX_DIGITS = 17 };

/* x = 0.d1 d2 d3 ... times ten to the power of exponent + 1 */
typedef struct decimal {
    bool negative;
    char digits[MAX_DIGITS];
    int n, exponent;
} decimal;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/*
 * printf writes the decimal separator of the locale, which may have several bytes: whatever is no
 * digit between the digits. strtod reads it back under the same locale; should another thread
 * change that in between, the number does not match and gets all its digits.
 */
static bool decimal_of(decimal *d, double x, int n)
{
    char text[64];
    const char *p = text;

    snprintf(text, sizeof text, "%.*e", n - 1, x);
    const double back = strtod(text, NULL);
    d->negative = *p == '-';
    for (d->n = 0; *p && *p != 'e'; p++)
        if (is_digit(*p) && d->n < MAX_DIGITS)
            d->digits[d->n++] = *p;
    d->exponent = *p ? (int)strtol(p + 1, NULL, 10) : 0;
    return back == x;
}

static void trim(decimal *d)
{
    while (d->n > 1 && d->digits[d->n - 1] == '0')
        d->n--;
}

static char *put_zeros(char *p, int n)
{
    for (; n > 0; n--)
        *p++ = '0';
    return p;
}

static char *put_digits(char *p, const decimal *d, int from, int to)
{
    for (int i = from; i < to && i < d->n; i++)
        *p++ = d->digits[i];
    return p;
}

/* 0.00123, 123, 123.45, 12300 */
static char *put_fixed(char *p, const decimal *d)
{
    const int whole = d->exponent + 1; /* digits before the point */

    if (whole <= 0)
        *p++ = '0';
    p = put_digits(p, d, 0, whole);
    p = put_zeros(p, whole - d->n);
    if (d->n <= whole)
        return p;
    *p++ = '.';
    p = put_zeros(p, -whole);
    return put_digits(p, d, whole > 0 ? whole : 0, d->n);
}

/* 1.23e-7 */
static char *put_scientific(char *p, const decimal *d, const char *end)
{
    *p++ = d->digits[0];
    if (d->n > 1)
        *p++ = '.';
    p = put_digits(p, d, 1, d->n);
    return p + snprintf(p, (size_t)(end - p), "e%d", d->exponent);
}

static size_t put(char *buffer, const decimal *d)
{
    char *p = buffer;

    if (d->negative)
        *p++ = '-';
    if (d->exponent < MIN_FIXED || d->exponent > MAX_FIXED)
        p = put_scientific(p, d, buffer + WICKI_NUMBER_SIZE);
    else
        p = put_fixed(p, d);
    *p = '\0';
    return (size_t)(p - buffer);
}

static size_t put_special(char *buffer, double x)
{
    const char *text = isnan(x) ? "nan" : x < 0.0 ? "-inf" : "inf";
    const size_t length = strlen(text);

    memcpy(buffer, text, length + 1);
    return length;
}

size_t wicki_number_text(char buffer[WICKI_NUMBER_SIZE], double x)
{
    decimal d;
    int n = 15;

    if (!isfinite(x))
        return put_special(buffer, x);
    while (!decimal_of(&d, x, n) && n < MAX_DIGITS)
        n++;
    trim(&d);
    return put(buffer, &d);
}

size_t wicki_number_digits(char buffer[WICKI_NUMBER_SIZE], double x, int digits)
{
    decimal d;

    if (!isfinite(x))
        return put_special(buffer, x);
    decimal_of(&d, x, digits);
    return put(buffer, &d);
}
