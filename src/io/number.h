/**
 * Numbers as text, the same in every locale.
 */
#ifndef WICKI_IO_NUMBER_H
#define WICKI_IO_NUMBER_H

#include <stddef.h>

/** Room for any number and the ending zero. */
enum { WICKI_NUMBER_SIZE = 32 };

/**
 * The shortest of 15, 16 and 17 significant digits that strtod reads back as x, without trailing
 * zeros: 0.1, -2.5e-7, 1e22, 2251799813685248.5; nan, inf and -inf.
 *
 * @return  the length
 */
size_t wicki_number_text(char buffer[WICKI_NUMBER_SIZE], double x);

/** As many significant digits, 1 to 17, with trailing zeros: 17.4400 has 6. */
size_t wicki_number_digits(char buffer[WICKI_NUMBER_SIZE], double x, int digits);

#endif
