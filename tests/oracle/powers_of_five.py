#!/usr/bin/env python3
"""Writes src/io/powers.h, the powers of five from which src/io/wide.c makes powers of ten.

Run: python3 powers_of_five.py > src/io/powers.h

Exact integers. The asserts are what wide.h promises, for every exponent that it may meet.
"""

STEP, FIRST, LAST = 28, -13, 12  # 5^(28 * FIRST) ... 5^(28 * LAST)
MIN, MAX = -342, 340  # exponents of ten that matter


def normalised(q, bits):
    """(f, e): f = floor(5^q / 2^e) has just so many bits."""
    if q >= 0:
        f, e = 5**q, 0
    else:
        e = -(5**-q).bit_length() - bits
        f = (1 << -e) // 5**-q
    shift = f.bit_length() - bits
    return (f >> shift if shift >= 0 else f << -shift), e + shift


def check(q):
    """The product of both tables is just below 5^q, and its exponent is that of the formula."""
    (a, ea), (b, eb) = normalised(q // STEP * STEP, 128), normalised(q % STEP, 64)
    p, e = a * b >> 64, ea + eb + 64
    if p < 1 << 127:
        p, e = p << 1, e - 1
    assert e + q == (q * 217706 >> 16) - 127  # 10^q = p * 2^(e + q)
    exact, scale = (5**q, 1) if q >= 0 else (1, 5**-q)
    low, high = (p, p + 4)
    if e >= 0:
        assert low << e <= exact < high << e
    else:
        assert low * scale <= exact << -e < high * scale
    assert q not in range(STEP) or (p << e == exact if e >= 0 else p == exact << -e)


for power in range(MIN, MAX + 1):
    check(power)

mask = (1 << 64) - 1
print("""/**
 * Powers of five, normalised: the highest bit is set. Made by tests/oracle/powers_of_five.py.
 */
#ifndef WICKI_IO_POWERS_H
#define WICKI_IO_POWERS_H

#include <stdint.h>

/** Coarse powers are 5^(28 * FIRST) ... 5^(28 * LAST), fine ones 5^0 ... 5^27. */
enum { WICKI_POWER_STEP = %d, WICKI_POWER_FIRST = %d };

/** 128 bits, rounded down: high and low word. */
static const uint64_t WICKI_COARSE_POWERS[%d][2] = {""" % (STEP, FIRST, LAST - FIRST + 1))
for k in range(FIRST, LAST + 1):
    f = normalised(k * STEP, 128)[0]
    print("    { 0x%016x, 0x%016x }, /* 5^%d */" % (f >> 64, f & mask, k * STEP))
print("""};

/** 64 bits, exact. */
static const uint64_t WICKI_FINE_POWERS[WICKI_POWER_STEP] = {""")
for r in range(STEP):
    print("    0x%016x," % normalised(r, 64)[0])
print("""};

#endif""")
