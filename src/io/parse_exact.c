#include "io/parse.h"

#include <string.h>

/*
 * A midpoint between two doubles has at most 767 digits: the digits after 800 count only by being
 * zero or not, which one more digit says. Midpoints are at least 2^-1075, so that ten is at least
 * -1126, and no number here has more than 2700 bits: a side is 801 digits (2661 bits) and is
 * multiplied only up to the size of the other, or odd * 5^1126 (2670 bits) likewise.
 */
enum { MAX_DIGITS = 800, MAX_WORDS = 96, WORD = 32 };

/* sum of words[i] * 2^(32 i) */
typedef struct natural {
    int n;
    uint32_t words[MAX_WORDS];
} natural;

static void push(natural *a, uint64_t word)
{
    if (word != 0 && a->n < MAX_WORDS)
        a->words[a->n++] = (uint32_t)word;
}

/* a = a * factor + term */
static void multiply_add(natural *a, uint32_t factor, uint32_t term)
{
    uint64_t carry = term;

    for (int i = 0; i < a->n; i++) {
        carry += (uint64_t)a->words[i] * factor;
        a->words[i] = (uint32_t)carry;
        carry >>= WORD;
    }
    push(a, carry);
}

static void multiply_power_of_five(natural *a, int64_t exponent)
{
    static const uint32_t FIVES[] = { 1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125,
        9765625, 48828125, 244140625, 1220703125 };

    for (; exponent >= 13; exponent -= 13)
        multiply_add(a, FIVES[13], 0);
    multiply_add(a, FIVES[exponent > 0 ? exponent : 0], 0);
}

static void shift_left(natural *a, int64_t bits)
{
    const int words = (int)(bits / WORD) < MAX_WORDS - a->n ? (int)(bits / WORD) : MAX_WORDS - a->n;

    memmove(a->words + words, a->words, (size_t)a->n * sizeof *a->words);
    memset(a->words, 0, (size_t)words * sizeof *a->words);
    a->n += words;
    multiply_add(a, UINT32_C(1) << bits % WORD, 0);
}

static int compare(const natural *a, const natural *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (int i = a->n - 1; i >= 0; i--)
        if (a->words[i] != b->words[i])
            return a->words[i] < b->words[i] ? -1 : 1;
    return 0;
}

/* Returns how many digits at the end were left out. */
static int64_t read_digits(natural *a, const char *digits, size_t length)
{
    int64_t n = 0, left_out = 0;
    bool more = false;

    for (size_t i = 0; i < length; i++) {
        if (digits[i] == '.')
            continue;
        if (n < MAX_DIGITS) {
            multiply_add(a, 10, (uint32_t)(digits[i] - '0'));
            n++;
        } else {
            more |= digits[i] != '0';
            left_out++;
        }
    }
    if (!more)
        return left_out;
    multiply_add(a, 10, 1);
    return left_out - 1;
}

int wicki_compare_decimal(const char *digits, size_t length, int64_t ten, uint64_t odd, int two)
{
    const uint32_t low = (uint32_t)odd, high = (uint32_t)(odd >> WORD);
    natural a = { 0 }, b = { .n = high ? 2 : 1, .words = { low, high } };

    ten += read_digits(&a, digits, length);
    multiply_power_of_five(ten < 0 ? &b : &a, ten < 0 ? -ten : ten);
    shift_left(ten > two ? &a : &b, ten > two ? ten - two : two - ten);
    return compare(&a, &b);
}
