/**
 * What fuzz targets share: bytes that choose, things that must hold, files.
 *
 * A target is a file with LLVMFuzzerTestOneInput, which libFuzzer calls with bytes that it changes in
 * search of new paths. It makes something of them, gives it to the library, and aborts where the
 * result is not what the headers promise. fuzz/replay.c runs it on the committed inputs.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "tests/support/memory.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <wick/wick.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Stops with a message unless the condition holds. */
#define REQUIRE(condition, ...)           \
    do {                                  \
        if (!(condition)) {               \
            fprintf(stderr, __VA_ARGS__); \
            fputc('\n', stderr);          \
            abort();                      \
        }                                 \
    } while (0)

/* --- bytes that choose ------------------------------------------------------------------------ */

/** Bytes that are taken one after the other; past their end they are all '0'. */
typedef struct bytes {
    const uint8_t *next;
    size_t left;
} bytes;

static inline unsigned take_byte(bytes *b)
{
    if (b->left == 0)
        return '0';
    b->left--;
    return *b->next++;
}

/** 0 .. n-1. '0' is 0, '1' is 1, so that inputs can be written by hand. */
static inline unsigned take_below(bytes *b, unsigned n)
{
    return (uint8_t)(take_byte(b) - '0') % n;
}

/** One of 256 numbers from -4 to 4, '0' is 0. */
static inline double take_number(bytes *b)
{
    return (int8_t)(take_byte(b) - '0') / 32.0;
}

/* --- what holds of every handle --------------------------------------------------------------- */

/** The handle has no error, or one of these codes (ended by WICK_OK) with a message of one line. */
static inline void require_documented(const wick *w, const wick_code *codes)
{
    const wick_code code = wick_status(w);
    const char *message = wick_message(w);

    if (code == WICK_OK)
        return;
    while (*codes != WICK_OK && *codes != code)
        codes++;
    REQUIRE(*codes == code, "%s is not documented: %s", wick_code_name(code), message);
    REQUIRE(*message && !strchr(message, '\n'), "not a line: '%s'", message);
}

/** The handle goes, and with it all that was taken from its allocator. */
static inline void end_handle(wick *w, const memory *m)
{
    wick_free(w);
    REQUIRE(m->blocks == 0, "%zu blocks are left", m->blocks);
}

/** The same double, or both NaN. */
static inline bool same_number(double a, double b)
{
    return a == b ? signbit(a) == signbit(b) : isnan(a) && isnan(b);
}

/* --- files ------------------------------------------------------------------------------------ */

enum { FUZZ_PATH = 256 };

/** The path of a scratch file of this process, by its extension. */
static inline const char *scratch_file(char path[FUZZ_PATH], const char *extension)
{
    const char *folder = getenv("TMPDIR");

    snprintf(
        path, FUZZ_PATH, "%s/wick-fuzz-%ld%s", folder ? folder : "/tmp", (long)getpid(), extension);
    return path;
}

/** Writes a file of what it begins with, and the rest of the bytes. */
static inline void write_file(const char *path, const char *begin, size_t n, bytes rest)
{
    FILE *file = fopen(path, "wb");

    REQUIRE(file && fwrite(begin, 1, n, file) == n &&
            fwrite(rest.next, 1, rest.left, file) == rest.left && fclose(file) == 0,
        "cannot write %s", path);
}

#endif
