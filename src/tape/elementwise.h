/**
 * Elementwise ops from formulas: a line gives the value and the derivatives, in x (or a, b, c) and,
 * where it saves work, the value y. Each makes the op wicki_op_NAME and the constructor wick_NAME.
 */
#ifndef WICKI_TAPE_ELEMENTWISE_H
#define WICKI_TAPE_ELEMENTWISE_H

#include "kernel/kernels.h"
#include "kernel/map.h"
#include "tape/op_list.h"

/** Of one operand; inner is a vectorised inner loop or NULL. */
#define WICKI_MAP_1(op, inner, formula, derivative)                                          \
    static void op##_value(size_t n, double *out, const double *const *in)                   \
    {                                                                                        \
        for (size_t i = 0; i < n; i++) {                                                     \
            const double x = in[0][i];                                                       \
            out[i] = formula;                                                                \
        }                                                                                    \
    }                                                                                        \
    static void op##_partials(                                                               \
        size_t n, double *const *partial, const double *out, const double *const *in)        \
    {                                                                                        \
        for (size_t i = 0; i < n; i++) {                                                     \
            const double x = in[0][i], y = out[i];                                           \
            (void)x;                                                                         \
            (void)y;                                                                         \
            partial[0][i] = derivative;                                                      \
        }                                                                                    \
    }                                                                                        \
    const wick_op wicki_op_##op = {                                                          \
        .name = "wick_" #op, .value = op##_value, .vector = inner, .partials = op##_partials \
    };                                                                                       \
    wick_var wick_##op(wick_var x)                                                           \
    {                                                                                        \
        return wick_record(x.w, &wicki_op_##op, 1, &(wick_argument){ .var = x }, NULL, 0);   \
    }

#define WICKI_MAP_PARTIAL_2(j, derivative)                       \
    if (partial[j])                                              \
        for (size_t i = 0; i < n; i++) {                         \
            const double a = in[0][i], b = in[1][i], y = out[i]; \
            (void)a;                                             \
            (void)b;                                             \
            (void)y;                                             \
            partial[j][i] = derivative;                          \
        }

#define WICKI_FORMULAS_2(op, formula, by_a, by_b)                                     \
    static void op##_value(size_t n, double *out, const double *const *in)            \
    {                                                                                 \
        for (size_t i = 0; i < n; i++) {                                              \
            const double a = in[0][i], b = in[1][i];                                  \
            out[i] = formula;                                                         \
        }                                                                             \
    }                                                                                 \
    static void op##_partials(                                                        \
        size_t n, double *const *partial, const double *out, const double *const *in) \
    {                                                                                 \
        WICKI_MAP_PARTIAL_2(0, by_a)                                                  \
        WICKI_MAP_PARTIAL_2(1, by_b)                                                  \
    }

#define WICKI_CONSTRUCTOR_2(op)                                                       \
    wick_var(wick_##op)(wick_operand a, wick_operand b)                               \
    {                                                                                 \
        wick *w = wicki_handle_of(2, (wick_var[]){ a.var, b.var });                   \
        return wick_record(w, &wicki_op_##op, 2, (wick_argument[]){ a, b }, NULL, 0); \
    }

/** Of two operands, vars or numbers. */
#define WICKI_MAP_2(op, formula, by_a, by_b)                                \
    WICKI_FORMULAS_2(op, formula, by_a, by_b)                               \
    const wick_op wicki_op_##op = {                                         \
        .name = "wick_" #op, .value = op##_value, .partials = op##_partials \
    };                                                                      \
    WICKI_CONSTRUCTOR_2(op)

/** The same with a kernel (kernel/map.h). */
#define WICKI_KERNEL_2(op, formula, by_a, by_b)                                                    \
    WICKI_FORMULAS_2(op, formula, by_a, by_b)                                                      \
    static const wicki_map_kernel *op##_kernel(const wick_node *node)                              \
    {                                                                                              \
        return &node->w->kernels->map->op;                                                         \
    }                                                                                              \
    const wick_op wicki_op_##op = {                                                                \
        .name = "wick_" #op, .value = op##_value, .partials = op##_partials, .kernel = op##_kernel \
    };                                                                                             \
    WICKI_CONSTRUCTOR_2(op)

#endif
