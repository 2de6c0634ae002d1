/**
 * The handle, its errors, its memory, its random numbers.
 *
 * Everything happens in a handle. There is no global or thread-local state: two handles on two
 * threads never meet. One handle belongs to one thread at a time.
 *
 * Errors stick. The first error is kept in the handle with a message that says which function,
 * which site and plate, what was got and what was needed. After it every call on the handle is
 * inert: it does nothing and returns a harmless value (WICK_VAR_NONE, NULL, NaN, 0) until
 * wick_clear. So a model needs no checks; look once, after the fit.
 */
#ifndef WICK_BASE_H
#define WICK_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define WICK_BEGIN extern "C" {
#define WICK_END }
#else
#define WICK_BEGIN
#define WICK_END
#endif

#if defined __GNUC__
#define WICK_PRINTF(string, first) __attribute__((format(printf, string, first)))
#define WICK_API __attribute__((visibility("default")))
#else
#define WICK_PRINTF(string, first)
#define WICK_API
#endif

WICK_BEGIN

/** The handle. */
typedef struct wick wick;

/** Status codes: name, what it means. The enum, its texts and its tests come from this list. */
#define WICK_STATUS_LIST(X)                                                      \
    X(OK, "no error")                                                            \
    X(ERR_ARGUMENT, "an argument is not allowed")                                \
    X(ERR_SHAPE, "shapes, sizes or plates do not fit")                           \
    X(ERR_DOMAIN, "a value is outside the domain of a function or distribution") \
    X(ERR_NONFINITE, "a loss or gradient is NaN or infinite")                    \
    X(ERR_NAME, "a name is unknown, or used twice")                              \
    X(ERR_STATE, "a call does not fit the state of its object")                  \
    X(ERR_MEMORY, "out of memory")                                               \
    X(ERR_LIMIT, "a built-in limit is exceeded")                                 \
    X(ERR_NUMERIC, "a numerical method failed")                                  \
    X(ERR_IO, "a file could not be read or written")

typedef enum wick_code {
#define WICK_STATUS_ENUM(name, text) WICK_##name,
    WICK_STATUS_LIST(WICK_STATUS_ENUM)
#undef WICK_STATUS_ENUM
} wick_code;

/**
 * Where memory comes from. Both functions or neither (malloc and free).
 *
 * `allocate` returns size bytes aligned for any type, or NULL; size is never 0. `release` takes
 * what allocate returned, never NULL. Once the steps of a fit have found their size, after two or
 * three, neither is called.
 */
typedef struct wick_allocator {
    void *(*allocate)(size_t size, void *arg);
    void (*release)(void *memory, void *arg);
    void *arg;
} wick_allocator;

/**
 * How inner loops round. Either way results do not depend on threads or on the vector width.
 */
typedef enum wick_math {
    WICK_MATH_FAST,    /**< a*b + c rounds once where the machine can: the same bits on every
                            machine with AVX2 and FMA (x86-64-v3, v4), others on older ones */
    WICK_MATH_PORTABLE /**< the same bits on every machine with IEEE 754 arithmetic; slower */
} wick_math;

/** Options of a handle; zero everywhere is the default. */
typedef struct wick_options {
    uint64_t seed;            /**< seed of all random numbers; 0 is a seed like any other */
    wick_allocator allocator; /**< all zero: malloc and free */
    wick_math math;           /**< how inner loops round */
} wick_options;

/**
 * A new handle.
 *
 * @param options  copied; NULL for the defaults
 * @return         the handle, to be given to wick_free; NULL if memory ran out or only one of
 *                 the allocator's functions is set. NULL is accepted by every function that takes
 *                 a handle and behaves as one that is out of memory.
 */
WICK_API wick *wick_new(const wick_options *options);

/** Frees the handle and what belongs to it. Objects made from it by a _new function go first. */
WICK_API void wick_free(wick *w);

/** The first error since wick_new or wick_clear, or WICK_OK. */
WICK_API wick_code wick_status(const wick *w);

/** One line about the first error; "no error" while there is none. Lives until the next error. */
WICK_API const char *wick_message(const wick *w);

/** Forgets the error. The tape is reset: vars and traces made before are stale. */
WICK_API void wick_clear(wick *w);

/** The code's name, such as "WICK_ERR_SHAPE". */
WICK_API const char *wick_code_name(wick_code code);

/** The code's meaning in a few words. */
WICK_API const char *wick_code_text(wick_code code);

/** The library's version, such as "0.1.0". */
WICK_API const char *wick_version(void);

/**
 * Ends the life of every var, trace, handler and dist made since the last reset; their memory is
 * used again. wick_svi_step, wick_svi_evaluate and wick_multistart call it at their start.
 */
WICK_API void wick_reset(wick *w);

/**
 * Sets the seed and starts the generator afresh.
 *
 * A draw depends on the seed, the step, the run of the program within the step, the name of the
 * site and the member's index, on nothing else: not on threads, order, or what ran before.
 */
WICK_API void wick_set_seed(wick *w, uint64_t seed);

/** The seed in use. */
WICK_API uint64_t wick_seed(const wick *w);

/**
 * Draws outside the sites, for initial values and synthetic data: a sequence that starts afresh
 * with wick_set_seed. After an error they return 0.5, 0 and 0.
 */
WICK_API double wick_draw_uniform(wick *w);         /**< on the open interval (0, 1) */
WICK_API double wick_draw_normal(wick *w);          /**< standard normal */
WICK_API size_t wick_draw_below(wick *w, size_t n); /**< 0 .. n-1, all equally likely; n > 0 */

/**
 * k different indices out of 0 .. n-1 in random order (a draw without replacement).
 *
 * @param indices  room for k
 * Errors: WICK_ERR_ARGUMENT if k > n.
 */
WICK_API void wick_draw_choice(wick *w, size_t n, size_t k, size_t *indices);

/**
 * A name from a format, as printf has it: wick_name(w, "z_%d", t). Interned: the same text gives
 * the same pointer, which lives as long as the handle. Errors: WICK_ERR_LIMIT over 255 bytes.
 */
WICK_API const char *wick_name(wick *w, const char *format, ...) WICK_PRINTF(2, 3);

WICK_END

#endif
