/* What the tests of the tape share: pseudo-random numbers, values over named dimensions. */
#ifndef WICK_TESTS_TAPE_FIXTURE_H
#define WICK_TESTS_TAPE_FIXTURE_H

#include <wick/wick.h>

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tape/op_list.h"
#include "tape/tape.h"

/* Plates a (of any size) and b (of 3), an enumerated variable e and an ambient dimension m (of 2). */
enum { A = 1, B = 2, E = 4, M = 8 };

/* Uniform on (0, 1) by a multiplicative congruence: seed and index decide. */
static inline double pseudo_random(uint64_t seed, uint64_t index)
{
    const uint64_t x = (seed + 1) * 0x9e3779b97f4a7c15u + (index + 1) * 0xd1342543de82ef95u;
    const uint64_t y = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u;

    return ((double)((y ^ y >> 32) >> 11) + 0.5) * 0x1p-53;
}

static inline double between(double low, double high, uint64_t seed, uint64_t index)
{
    return low + (high - low) * pseudo_random(seed, index);
}

static inline wick_node *node_of(wick_var x)
{
    /* an assertion that holds costs Check a write to a file */
    if (wick_status(x.w) != WICK_OK)
        ck_abort_msg("%s", wick_message(x.w));
    return x.w->tape->node[x.node];
}

static inline size_t size_of(wick_var x)
{
    return node_of(x)->members * node_of(x)->elements;
}

/* A plate that is opened and closed again. */
static inline uint32_t closed_plate(wick *w, const char *name, size_t size)
{
    wick_plate_enter(w, &(wick_plate_options){ .name = name, .size = size });
    wick_exit(w);
    return wicki_plate_named(w, "test", name);
}

static inline uint32_t other_dim(wick *w, wicki_dim_kind kind, const char *name, size_t size)
{
    const wicki_dim dim = {
        .kind = kind, .name = wick_name(w, "%s", name), .size = size, .full = size
    };

    return wicki_dim_new(w, &dim);
}

/* The dimensions of a tape, and sets of them by letters. */
typedef struct dims {
    uint32_t a, b, e, m;
} dims;

static inline dims dims_with(wick *w, size_t n)
{
    const uint32_t m = other_dim(w, WICKI_AMBIENT, "m", 2);
    const uint32_t e = other_dim(w, WICKI_ENUMERATED, "e", 2);

    return (dims){ closed_plate(w, "a", n), closed_plate(w, "b", 3), e, m };
}

static inline uint32_t set_of(wick *w, const dims *d, unsigned letters)
{
    const uint32_t dim[4] = { d->a, d->b, d->e, d->m };
    uint32_t set = 0;

    for (unsigned i = 0; i < 4; i++)
        if (letters & 1u << i)
            set = wicki_set_with(w, set, dim[i]);
    return set;
}

/* A differentiable value. */
static inline wick_var leaf(wick *w, size_t rank, const size_t *sizes, uint32_t set)
{
    wick_node *node = wicki_leaf(w, NULL, rank, sizes, set, true);

    if (!node)
        ck_abort_msg("%s", wick_message(w));
    return wicki_var_of(w, node);
}

static inline wick_var random_leaf(
    wick *w, size_t rank, const size_t *sizes, uint32_t set, uint64_t seed)
{
    const wick_var x = leaf(w, rank, sizes, set);

    for (size_t i = 0; i < size_of(x); i++)
        node_of(x)->value[i] = between(-2.0, 2.0, seed, i);
    return x;
}

/* A scalar that varies over nothing, or a vector, as a differentiable value. */
static inline wick_var number(wick *w, double x)
{
    const wick_var var = leaf(w, 0, NULL, 0);

    *node_of(var)->value = x;
    return var;
}

static inline wick_var vector(wick *w, size_t n, const double *x)
{
    const wick_var var = leaf(w, 1, &n, 0);

    memcpy(node_of(var)->value, x, n * sizeof *x);
    return var;
}

static inline double gradient_of(wick_var x)
{
    double g = NAN;

    ck_assert_uint_eq(wick_get_gradient(x, &g, 1), 1);
    return g;
}

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
