/**
 * Numbers out of text, the same in every locale, each rounded once to the nearest double.
 */
#ifndef WICKI_IO_PARSE_H
#define WICKI_IO_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * The number that the text begins with: sign, digits with a point among them, exponent
 * ("-12.5e+3", "+.5", "7."); or sign and "inf", "infinity" or "nan" in any case.
 *
 * The result is the double nearest to the number, the even one of two that are as near, whatever
 * the number of digits; infinite from 2^1024 - 2^970 on, and zero up to 2^-1075.
 *
 * @param text  ends in a byte that no number has in it, such as a zero or a line end
 * @return      bytes of the number; 0, and value is as it was, if there is none
 *
 * Method: Clinger, How to read floating point numbers accurately (1990), for few digits; else the
 * first 19 digits times a power of ten of 128 bits, as Lemire, Number parsing at a gigabyte per
 * second (2021), but with a bound of the error that is followed through; and where that bound
 * does not decide, wicki_compare_decimal.
 */
size_t wicki_parse_number(const char *text, double *value);

/** The double nearest to digits * 10^ten, of up to 19 digits without a point. */
double wicki_decimal_value(const char *digits, size_t length, int64_t ten);

/** Is the byte one of 0 to 9, in every locale? */
static inline bool wicki_is_digit(char c)
{
    return (unsigned)c - '0' < 10;
}

/**
 * Compares two positive numbers exactly: digits * 10^ten with odd * 2^two. They must agree to 32
 * bits or so, and odd * 2^two be one of the midpoints between doubles.
 *
 * @param digits  a text of digits, with a point or none, which does not count; the first digit is
 *                not 0, and ten belongs to the last one
 * @param length  of that text
 * @return        less than, equal to, or greater than 0
 */
int wicki_compare_decimal(const char *digits, size_t length, int64_t ten, uint64_t odd, int two);

#endif
