/**
 * Doubles in decimal digits, correctly rounded, the same in every locale.
 */
#ifndef WICKI_IO_DIGITS_H
#define WICKI_IO_DIGITS_H

#include <stdbool.h>

/** As many digits as tell any double from all others. */
enum { WICKI_ALL_DIGITS = 17 };

/** d1.d2d3... * 10^exponent */
typedef struct wicki_digits {
    bool negative;
    char digits[WICKI_ALL_DIGITS]; /**< characters */
    int n, exponent;
} wicki_digits;

/** Rounds a finite number to n digits, 1 to 17, as printf does. */
void wicki_round_digits(wicki_digits *digits, double x, int n);

/** Rounds it to 15, 16 or 17: the fewest for which x is the nearest double. */
void wicki_tell_digits(wicki_digits *digits, double x);

#endif
