/**
 * Powers of five, normalised: the highest bit is set. Made by tests/oracle/powers_of_five.py.
 */
#ifndef WICKI_IO_POWERS_H
#define WICKI_IO_POWERS_H

#include <stdint.h>

/** Coarse powers are 5^(28 * FIRST) ... 5^(28 * LAST), fine ones 5^0 ... 5^27. */
enum { WICKI_POWER_STEP = 28, WICKI_POWER_FIRST = -13 };

/** 128 bits, rounded down: high and low word. */
static const uint64_t WICKI_COARSE_POWERS[26][2] = {
    { 0xe1afa13afbd14d6d, 0x82189c09a3a1ec21 }, /* 5^-364 */
    { 0xe3e27a444d8d98b7, 0xfd1b1b2308169b25 }, /* 5^-336 */
    { 0xe61acf033d1a45df, 0x6fb92487298e33bd }, /* 5^-308 */
    { 0xe858ad248f5c22c9, 0xd1b3400f8f9cff68 }, /* 5^-280 */
    { 0xea9c227723ee8bcb, 0x465e15a979c1cadc }, /* 5^-252 */
    { 0xece53cec4a314ebd, 0xa4f8bf5635246428 }, /* 5^-224 */
    { 0xef340a98172aace4, 0x86fb897116c87c34 }, /* 5^-196 */
    { 0xf18899b1bc3f8ca1, 0xdc44e6c3cb279ac1 }, /* 5^-168 */
    { 0xf3e2f893dec3f126, 0x5a89dba3c3efccfa }, /* 5^-140 */
    { 0xf64335bcf065d37d, 0x4d4617b5ff4a16d5 }, /* 5^-112 */
    { 0xf8a95fcf88747d94, 0x75a44c6397ce912a }, /* 5^-84 */
    { 0xfb158592be068d2e, 0xeed6e2f0f0d56712 }, /* 5^-56 */
    { 0xfd87b5f28300ca0d, 0x8bca9d6e188853fc }, /* 5^-28 */
    { 0x8000000000000000, 0x0000000000000000 }, /* 5^0 */
    { 0x813f3978f8940984, 0x4000000000000000 }, /* 5^28 */
    { 0x82818f1281ed449f, 0xbff8f10e7a8921a4 }, /* 5^56 */
    { 0x83c7088e1aab65db, 0x792667c6da79e0fa }, /* 5^84 */
    { 0x850fadc09923329e, 0x03e2cf6bc604ddb0 }, /* 5^112 */
    { 0x865b86925b9bc5c2, 0x0b8a2392ba45a9b2 }, /* 5^140 */
    { 0x87aa9aff79042286, 0x90fb44d2f05d0842 }, /* 5^168 */
    { 0x88fcf317f22241e2, 0x441fece3bdf81f03 }, /* 5^196 */
    { 0x8a5296ffe33cc92f, 0x82bd6b70d99aaa6f }, /* 5^224 */
    { 0x8bab8eefb6409c1a, 0x1ad089b6c2f7548e }, /* 5^252 */
    { 0x8d07e33455637eb2, 0xdb0b487b6423e1e8 }, /* 5^280 */
    { 0x8e679c2f5e44ff8f, 0x570f09eaa7ea7648 }, /* 5^308 */
    { 0x8fcac257558ee4e6, 0x213a4f0aa5e8a7b1 }, /* 5^336 */
};

/** 64 bits, exact. */
static const uint64_t WICKI_FINE_POWERS[WICKI_POWER_STEP] = {
    0x8000000000000000,
    0xa000000000000000,
    0xc800000000000000,
    0xfa00000000000000,
    0x9c40000000000000,
    0xc350000000000000,
    0xf424000000000000,
    0x9896800000000000,
    0xbebc200000000000,
    0xee6b280000000000,
    0x9502f90000000000,
    0xba43b74000000000,
    0xe8d4a51000000000,
    0x9184e72a00000000,
    0xb5e620f480000000,
    0xe35fa931a0000000,
    0x8e1bc9bf04000000,
    0xb1a2bc2ec5000000,
    0xde0b6b3a76400000,
    0x8ac7230489e80000,
    0xad78ebc5ac620000,
    0xd8d726b7177a8000,
    0x878678326eac9000,
    0xa968163f0a57b400,
    0xd3c21bcecceda100,
    0x84595161401484a0,
    0xa56fa5b99019a5c8,
    0xcecb8f27f4200f3a,
};

#endif
