#include "io/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "io/digits.h"

/* Powers of ten that are written out: below, 0.00001; above, all 17 digits before the point. */
enum { MIN_FIXED = -5, MAX_FIXED = 16 };

static void trim(wicki_digits *d)
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

static char *put_digits(char *p, const wicki_digits *d, int from, int to)
{
    for (int i = from; i < to && i < d->n; i++)
        *p++ = d->digits[i];
    return p;
}

/* 0.00123, 123, 123.45, 12300 */
static char *put_fixed(char *p, const wicki_digits *d)
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
static char *put_scientific(char *p, const wicki_digits *d, const char *end)
{
    *p++ = d->digits[0];
    if (d->n > 1)
        *p++ = '.';
    p = put_digits(p, d, 1, d->n);
    return p + snprintf(p, (size_t)(end - p), "e%d", d->exponent);
}

static size_t put(char *buffer, const wicki_digits *d)
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
    wicki_digits d;

    if (!isfinite(x))
        return put_special(buffer, x);
    wicki_tell_digits(&d, x);
    trim(&d);
    return put(buffer, &d);
}

size_t wicki_number_digits(char buffer[WICKI_NUMBER_SIZE], double x, int digits)
{
    wicki_digits d;

    if (!isfinite(x))
        return put_special(buffer, x);
    wicki_round_digits(&d, x, digits);
    return put(buffer, &d);
}
