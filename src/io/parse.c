#include "io/parse.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "io/wide.h"

/* Digits that fit into 64 bits; the largest exponent of a number w * 10^ten that is finite; the end
 * of exponents that are counted, far above the length of any text. */
enum { MAX_DIGITS = 19, MAX_TEN = 308 };
static const int64_t ENDLESS = INT64_C(1) << 60;

/* A number in decimal: w * 10^ten, or, if not all digits are in w, up to (w + 1) * 10^ten */
typedef struct decimal {
    uint64_t w;
    int64_t ten;
    bool more;
    const char *digits; /* all of them, from the first that is not 0, with the point */
    size_t length;
    int64_t last_ten; /* exponent of the last of them */
} decimal;

/* --- w * 10^ten to 128 bits ------------------------------------------------------------------ */

/* What the number is: at least value * 2^two, less than (value + error) * 2^two. */
typedef struct bounds {
    wicki_wide value, error;
    int two;
} bounds;

/* The error: less than 4 units from p and 1 from the product, twice that after a shift; and where
 * digits are left out, one unit of w times p. */
static bounds approximate(const decimal *d)
{
    const int zeros = wicki_leading_zeros(d->w);
    bounds b = { .error = { 0, 5 } };
    int two;

    b.value = wicki_wide_scale(wicki_power_of_ten((int)d->ten, &two), d->w << zeros);
    if (d->ten >= 0 && d->ten <= WICKI_EXACT_TEN)
        b.error.low = 0;
    if (d->more)
        b.error.high = UINT64_C(1) << zeros;
    b.two = two - 63 - zeros;
    if (wicki_wide_normalise(&b.value)) {
        b.error = wicki_wide_add(b.error, b.error);
        b.two--;
    }
    return b;
}

/* --- rounding -------------------------------------------------------------------------------- */

static double double_of(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The bound does not decide: look at all digits. */
static bool exceeds_half(const decimal *d, uint64_t mantissa, int unit)
{
    const int order =
        wicki_compare_decimal(d->digits, d->length, d->last_ten, 2 * mantissa + 1, unit - 1);

    return order > 0 || (order == 0 && mantissa % 2 == 1);
}

/* Is the number above the middle between two doubles, of which the lower is mantissa * 2^unit?
 * `rest` is what the number has beyond it, and half the middle, in units of 2^64. */
static bool rounds_up(const decimal *d, const bounds *b, uint64_t mantissa, int unit, uint64_t half)
{
    const wicki_wide rest = { b->value.high & (2 * half - 1), b->value.low };
    const wicki_wide most = wicki_wide_add(rest, b->error);
    const bool exact = b->error.high == 0 && b->error.low == 0;

    if (rest.high > half || (rest.high == half && rest.low > 0))
        return true;
    if (most.high < half || (most.high == half && most.low == 0 && !exact))
        return false;
    if (exact)
        return mantissa % 2 == 1;
    return exceeds_half(d, mantissa, unit);
}

/* The smallest doubles have fewer bits than 53; below half the smallest, none. */
static double round_bounds(const decimal *d, const bounds *b)
{
    const int exponent = b->two + 127; /* 2^exponent <= number, but for the error */
    const int bits = exponent < -1022 ? 1075 + exponent : DBL_MANT_DIG;
    const int unit = exponent < -1022 ? -1074 : exponent - 52;

    if (exponent > 1023)
        return INFINITY;
    if (bits < 0) { /* half the smallest is reached at most by the error */
        const bool reaches = bits == -1 && wicki_wide_add(b->value, b->error).high < b->value.high;
        return reaches && exceeds_half(d, 0, -1074) ? DBL_TRUE_MIN : 0.0;
    }
    const uint64_t mantissa = bits == 0 ? 0 : b->value.high >> (64 - bits);
    const uint64_t half = UINT64_C(1) << (63 - bits);
    const uint64_t rounded = mantissa + rounds_up(d, b, mantissa, unit, half);
    const uint64_t biased = exponent < -1022 ? 0 : (uint64_t)(exponent + 1022);
    return double_of((biased << 52) + rounded);
}

static const double TENS[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
    1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

static double value_of(const decimal *d)
{
    if (d->w == 0)
        return 0.0;
    /* Clinger: both factors are doubles, so that one operation rounds once. */
    if (FLT_EVAL_METHOD == 0 && d->w <= UINT64_C(1) << 53 && d->ten >= -22 && d->ten <= 22)
        return d->ten < 0 ? (double)d->w / TENS[-d->ten] : (double)d->w * TENS[d->ten];
    if (d->ten < WICKI_MIN_TEN)
        return 0.0;
    if (d->ten > MAX_TEN)
        return INFINITY;
    const bounds b = approximate(d);
    return round_bounds(d, &b);
}

/* --- text ------------------------------------------------------------------------------------ */

static const char *read_digits(const char *p, uint64_t *w)
{
    uint64_t value = *w;

    for (; wicki_is_digit(*p); p++)
        value = 10 * value + (uint64_t)(*p - '0');
    *w = value;
    return p;
}

/* "e-12" behind the digits; where no digit follows the e, the number ended before it. */
static const char *read_exponent(const char *p, int64_t *ten)
{
    const char *q = p + 1;
    int64_t e = 0;

    if (*p != 'e' && *p != 'E')
        return p;
    const bool negative = *q == '-';
    q += *q == '-' || *q == '+';
    if (!wicki_is_digit(*q))
        return p;
    for (; wicki_is_digit(*q); q++)
        e = e < ENDLESS / 10 ? 10 * e + (*q - '0') : ENDLESS;
    *ten += negative ? -e : e;
    return q;
}

/* More than 19 characters of digits: leading zeros do not count, and what does not fit into w is
 * left out. */
static void read_long(decimal *d)
{
    const char *p = d->digits, *end = p + d->length;
    int n = 0;

    for (; p < end && (*p == '0' || *p == '.'); p++)
        ;
    d->length = (size_t)(end - p);
    d->digits = p;
    d->ten = d->last_ten;
    d->w = 0;
    for (; p < end && n < MAX_DIGITS; p++)
        if (*p != '.') {
            d->w = 10 * d->w + (uint64_t)(*p - '0');
            n++;
        }
    for (; p < end; p++) {
        d->ten += *p != '.';
        d->more |= *p != '.' && *p != '0';
    }
}

static const char *read_decimal(const char *text, decimal *d)
{
    const char *p = read_digits(text, &d->w), *end = p;
    size_t n = (size_t)(p - text);

    if (*p == '.') {
        end = read_digits(p + 1, &d->w);
        n += (size_t)(end - p) - 1;
        d->ten = -(end - p - 1);
    }
    if (n == 0)
        return NULL;
    d->digits = text;
    d->length = (size_t)(end - text);
    end = read_exponent(end, &d->ten);
    d->last_ten = d->ten;
    if (n > MAX_DIGITS)
        read_long(d);
    return end;
}

/* Bytes of the word, in any case of letters, that p begins with. */
static size_t match(const char *p, const char *word)
{
    size_t n = 0;

    while (word[n] && (p[n] == word[n] || p[n] == word[n] - 'a' + 'A'))
        n++;
    return word[n] ? 0 : n;
}

static const char *read_word(const char *p, double *value)
{
    const size_t infinity = match(p, "infinity"), inf = match(p, "inf"), nan = match(p, "nan");

    *value = nan ? NAN : INFINITY;
    return p + (infinity ? infinity : inf ? inf : nan);
}

size_t wicki_parse_number(const char *text, double *value)
{
    const bool negative = *text == '-';
    const char *p = text + (negative || *text == '+');
    decimal d = { 0 };
    double x;

    const char *end = read_decimal(p, &d);
    if (end)
        x = value_of(&d);
    else
        end = read_word(p, &x);
    if (end == p)
        return 0;
    *value = negative ? -x : x;
    return (size_t)(end - text);
}

double wicki_decimal_value(const char *digits, size_t length, int64_t ten)
{
    decimal d = { .ten = ten, .digits = digits, .length = length, .last_ten = ten };

    for (size_t i = 0; i < length; i++)
        d.w = 10 * d.w + (uint64_t)(digits[i] - '0');
    return value_of(&d);
}
