/**
 * Values on the tape, and the ops that combine them.
 *
 * A var has an *event shape* (rank 0 to 4: what one member is) and a set of *named dimensions*
 * (the plates, enumerated variables and draws that it varies over). Ops work member by member:
 * the result varies over the union of the dimensions of the operands, matched by name. Event
 * shapes must agree; a scalar goes with any.
 *
 * Every op returns a new var, or WICK_VAR_NONE once the handle has an error. Errors that any op
 * can raise: WICK_ERR_STATE (a var of an earlier step, of another handle, or never set),
 * WICK_ERR_SHAPE (event shapes that do not agree), WICK_ERR_LIMIT (over 16 dimensions on one
 * value), WICK_ERR_MEMORY. Only further errors are listed below. An argument outside the domain
 * of a function gives NaN, as in C; a loss that turns NaN is reported with the op, site and member
 * where it began.
 */
#ifndef WICK_VAR_H
#define WICK_VAR_H

#include <wick/base.h>

WICK_BEGIN

/** A value on the tape. Lives until the tape is reset. Copy it freely. */
typedef struct wick_var {
    wick *w;
    uint32_t node;
    uint32_t serial;
} wick_var;

/** Most axes of an event, most named dimensions of a value. */
enum { WICK_MAX_RANK = 4, WICK_MAX_DIMS = 16 };

/** A var or a number: what binary ops and distributions take. Made by WICK_OPERAND. */
typedef struct wick_argument {
    wick_var var; /**< the var; var.node is WICK_NODE_NUMBER when it is a number */
    double number;
} wick_argument;

#define WICK_NODE_NUMBER UINT32_MAX

WICK_END

#ifdef __cplusplus

#define WICK_VAR_NONE (wick_var{ nullptr, 0, 0 })

/** In C++ operands convert by themselves: wick_add(x, 1.0). A parameter type only. */
struct wick_operand : wick_argument {
    wick_operand(wick_var v) : wick_argument{ v, 0.0 }
    {
    }
    wick_operand(double x) : wick_argument{ { nullptr, WICK_NODE_NUMBER, 0 }, x }
    {
    }
    wick_operand(int x) : wick_operand(static_cast<double>(x))
    {
    }
};

#else

#define WICK_VAR_NONE ((wick_var){ NULL, 0, 0 })

typedef wick_argument wick_operand;

static inline wick_operand wick_operand_var(wick_var v)
{
    return (wick_operand){ v, 0.0 };
}

static inline wick_operand wick_operand_number(double x)
{
    return (wick_operand){ { NULL, WICK_NODE_NUMBER, 0 }, x };
}

#define WICK_NUMBER_TYPES(X) \
    X(float, float)          \
    X(int, int)              \
    X(unsigned, unsigned)    \
    X(long, long)            \
    X(ulong, unsigned long)  \
    X(llong, long long)      \
    X(ullong, unsigned long long)

#define WICK_NUMBER_CONVERTER(name, type)                  \
    static inline wick_operand wick_operand_##name(type x) \
    {                                                      \
        return wick_operand_number((double)x);             \
    }
WICK_NUMBER_TYPES(WICK_NUMBER_CONVERTER)

/** The operand of a var, a floating or an integer number; anything else does not compile. */
#define WICK_OPERAND(x)                               \
    _Generic((x), wick_var                            \
             : wick_operand_var, double               \
             : wick_operand_number, float             \
             : wick_operand_float, int                \
             : wick_operand_int, unsigned             \
             : wick_operand_unsigned, long            \
             : wick_operand_long, unsigned long       \
             : wick_operand_ulong, long long          \
             : wick_operand_llong, unsigned long long \
             : wick_operand_ullong)(x)

/* An op on two plain numbers has no handle: calling 0 does not compile. */
#define WICK_BINARY(function, a, b)   \
    _Generic((a), wick_var            \
             : function, default      \
             : _Generic((b), wick_var \
                        : function, default : 0))(WICK_OPERAND(a), WICK_OPERAND(b))
#define WICK_TERNARY(function, a, b, c)                        \
    _Generic((a), wick_var                                     \
             : function, default                               \
             : _Generic((b), wick_var                          \
                        : function, default                    \
                        : _Generic((c), wick_var               \
                                   : function, default : 0)))( \
        WICK_OPERAND(a), WICK_OPERAND(b), WICK_OPERAND(c))

#endif

WICK_BEGIN

/* --- constants and data ---------------------------------------------------------------------- */

/** A scalar constant. */
WICK_API wick_var wick_num(wick *w, double x);

/** Constants of any event shape, the same everywhere: wick_fill(w, 0.5, 3) is (0.5, 0.5, 0.5). */
WICK_API wick_var wick_fill_array(wick *w, double x, size_t rank, const size_t *sizes);

/** The n by n identity. */
WICK_API wick_var wick_eye(wick *w, size_t n);

/** A copy of an array, row-major, that varies over no plate: wick_const(w, table, 2, 3). */
WICK_API wick_var wick_const_array(wick *w, const double *values, size_t rank, const size_t *sizes);

/**
 * The user's data over the open plates: wick_data(w, x, n) or, for vectors, wick_data(w, x, n * D, D).
 *
 * @param values  doubles, row-major: the open plates from the outermost to the innermost, then the
 *                event. Read in place where it can be: it must outlive the step.
 * @param count   number of doubles: the product of the full plate sizes and the event, also under
 *                subsampling, where the rows of the minibatch are picked
 * @param sizes   the event shape; none for scalars
 * Errors: WICK_ERR_SHAPE if count is anything else. Nothing is read then, nor after an error.
 */
WICK_API wick_var wick_data_array(
    wick *w, const double *values, size_t count, size_t rank, const size_t *sizes);

/**
 * The same for data of the minibatch only, which the user has picked or just received: the members
 * present, in the order in which wick_index gives them. The count is of these.
 */
WICK_API wick_var wick_data_minibatch_array(
    wick *w, const double *values, size_t count, size_t rank, const size_t *sizes);

/** Types of the elements of an array. Integers beyond 2^53 are rounded. */
#define WICK_ELEMENT_LIST(X)    \
    X(DOUBLE, double, double)   \
    X(FLOAT, float, float)      \
    X(INT8, int8, int8_t)       \
    X(UINT8, uint8, uint8_t)    \
    X(INT16, int16, int16_t)    \
    X(UINT16, uint16, uint16_t) \
    X(INT32, int32, int32_t)    \
    X(UINT32, uint32, uint32_t) \
    X(INT64, int64, int64_t)    \
    X(UINT64, uint64, uint64_t)

typedef enum wick_element {
#define WICK_ELEMENT_ENUM(upper, lower, type) WICK_##upper,
    WICK_ELEMENT_LIST(WICK_ELEMENT_ENUM)
#undef WICK_ELEMENT_ENUM
} wick_element;

typedef struct wick_array wick_array;

/** An array and what it is over. */
typedef struct wick_array_options {
    const void *values; /**< row-major: the plates, then the event */
    wick_element element;
    size_t count; /**< elements: the product of the full plate sizes and the event */
    const char *const
        *plates; /**< names, ended by NULL, as the array has them from the outermost to
                                    the innermost, wherever they are opened; NULL: over none */
    size_t rank, sizes[WICK_MAX_RANK]; /**< the event of a member */
    bool
        copy; /**< keep a copy in wick's own order, as doubles: made once, when it is read first, and
                    never looked at again in `values`, which may go then. Without it, `values` must
                    outlive the steps and may change between them */
} wick_array_options;

/**
 * Declares an array once, with its plates by name, for wick_array_var. Where plates nest otherwise than
 * the array does, and for floats and integers, it need not be laid out anew.
 *
 * @param options  copied, with the names, not with the values
 * @return         to be given to wick_array_free before the handle goes; NULL after an error
 * Errors: WICK_ERR_ARGUMENT without values or for an unknown type of element; WICK_ERR_SHAPE for an
 * event of more than WICK_MAX_RANK axes; WICK_ERR_LIMIT for more than WICK_MAX_DIMS plates.
 */
WICK_API wick_array *wick_array_new(wick *w, const wick_array_options *options);
WICK_API void wick_array_free(wick_array *array);

/**
 * Its values, over its plates, which need not be open: the members present of each.
 *
 * A plate of whole members whose values are doubles in wick's order, as those of a copy are, is read
 * in place.
 * Errors: WICK_ERR_NAME if a plate has not been opened in this step; WICK_ERR_SHAPE if the count is
 * not that of the plates and the event.
 */
WICK_API wick_var wick_array_var(wick_array *array);

#ifndef __cplusplus
#define WICK_COUNT(...) (sizeof((size_t[]){ __VA_ARGS__ }) / sizeof(size_t))
#define wick_fill(w, x, ...) \
    wick_fill_array(w, x, WICK_COUNT(__VA_ARGS__), (size_t[]){ __VA_ARGS__ })
#define wick_const(w, values, ...) \
    wick_const_array(w, values, WICK_COUNT(__VA_ARGS__), (size_t[]){ __VA_ARGS__ })
#define wick_data_minibatch(w, values, ...)                              \
    wick_data_minibatch_array(w, values, ((size_t[]){ __VA_ARGS__ })[0], \
        WICK_COUNT(__VA_ARGS__) - 1, (size_t[]){ __VA_ARGS__, 0 } + 1)
/* count and sizes in one list: the first is the count */
#define wick_data(w, values, ...)                                                           \
    wick_data_array(w, values, ((size_t[]){ __VA_ARGS__ })[0], WICK_COUNT(__VA_ARGS__) - 1, \
        (size_t[]){ __VA_ARGS__, 0 } + 1)
#define wick_reshape(x, ...) \
    wick_reshape_array(x, WICK_COUNT(__VA_ARGS__), (size_t[]){ __VA_ARGS__ })
#endif

/* --- reading values -------------------------------------------------------------------------- */

/**
 * The value of a scalar that varies over nothing; NaN after an error.
 *
 * Errors: WICK_ERR_SHAPE, with the name of the site if it is an enumerated one that is varied over.
 */
WICK_API double wick_value(wick_var x);

/**
 * Copies a value out, row-major: named dimensions in wick_format_var's order, then the event.
 *
 * @param out    room for count doubles
 * @param count  must be wick_size(x)
 * @return       count, or 0 after an error
 */
WICK_API size_t wick_get(wick_var x, double *out, size_t count);

/** The gradient that wick_backward left at x, in wick_get's order; zeros if none reached it. */
WICK_API size_t wick_get_gradient(wick_var x, double *out, size_t count);

WICK_API size_t wick_size(wick_var x);                    /**< all doubles: members times event */
WICK_API size_t wick_members(wick_var x);                 /**< product of the named dimensions */
WICK_API size_t wick_rank(wick_var x);                    /**< axes of the event */
WICK_API size_t wick_event_size(wick_var x, size_t axis); /**< size of one event axis */

/** Text such as "[2] over 'assignment' (2), 'data' (5)", interned; for messages. */
WICK_API const char *wick_format_var(wick_var x);

/**
 * Derivatives of a scalar with respect to every var it depends on, for wick_get_gradient.
 *
 * A second call forgets what the first one left. Errors: WICK_ERR_SHAPE if the loss is not a
 * scalar or varies over something; WICK_ERR_NONFINITE if its value is not finite.
 */
WICK_API void wick_backward(wick_var loss);

/* --- elementwise, one operand ---------------------------------------------------------------- */

WICK_API wick_var wick_neg(wick_var x);      /**< -x */
WICK_API wick_var wick_abs(wick_var x);      /**< |x|; derivative 0 at 0 */
WICK_API wick_var wick_square(wick_var x);   /**< x^2 */
WICK_API wick_var wick_sqrt(wick_var x);     /**< square root, x >= 0 */
WICK_API wick_var wick_exp(wick_var x);      /**< e^x; exactly 0 below -708 */
WICK_API wick_var wick_expm1(wick_var x);    /**< e^x - 1 */
WICK_API wick_var wick_log(wick_var x);      /**< natural logarithm, x >= 0 */
WICK_API wick_var wick_log1p(wick_var x);    /**< log(1 + x), x >= -1 */
WICK_API wick_var wick_sigmoid(wick_var x);  /**< 1 / (1 + e^-x) */
WICK_API wick_var wick_softplus(wick_var x); /**< log(1 + e^x) */
WICK_API wick_var wick_tanh(wick_var x);     /**< hyperbolic tangent */
WICK_API wick_var wick_lgamma(wick_var x);   /**< log |Gamma(x)| */
WICK_API wick_var wick_digamma(wick_var x);  /**< d/dx log Gamma(x) */
WICK_API wick_var wick_erf(wick_var x);      /**< error function */

WICK_API wick_var wick_trigamma(wick_var x); /**< second derivative of log Gamma(x) */
WICK_API wick_var wick_log1mexp(wick_var x); /**< log(1 - e^-x), x >= 0 */

/** Angles are in radians; sin, cos and tan of more than 2^40 (1.1e12) are NaN. */
WICK_API wick_var wick_sin(wick_var x);
WICK_API wick_var wick_cos(wick_var x);
WICK_API wick_var wick_tan(wick_var x);
WICK_API wick_var wick_atan(wick_var x);

/** Phi(x), the distribution function of the standard normal, its logarithm, and its inverse. */
WICK_API wick_var wick_normal_cdf(wick_var x);
WICK_API wick_var wick_log_normal_cdf(wick_var x);
WICK_API wick_var wick_normal_quantile(wick_var p);

/** log I_0(x) and its derivative I_1(x) / I_0(x), modified Bessel functions of the first kind. */
WICK_API wick_var wick_log_bessel_i0(wick_var x);
WICK_API wick_var wick_bessel_ratio(wick_var x);

/** The same value; no gradient flows through it. */
WICK_API wick_var wick_detach(wick_var x);

/* --- elementwise, two and three operands: vars or numbers ------------------------------------ */

WICK_API wick_var wick_add(wick_operand a, wick_operand b); /**< a + b */
WICK_API wick_var wick_sub(wick_operand a, wick_operand b); /**< a - b */
WICK_API wick_var wick_mul(wick_operand a, wick_operand b); /**< a b */
WICK_API wick_var wick_div(wick_operand a, wick_operand b); /**< a / b */
WICK_API wick_var wick_pow(wick_operand a, wick_operand b); /**< a^b */
WICK_API wick_var wick_minimum(
    wick_operand a, wick_operand b); /**< a < b ? a : b; a tie's gradient goes to b */
WICK_API wick_var wick_maximum(
    wick_operand a, wick_operand b); /**< a > b ? a : b; a tie's gradient goes to b */
WICK_API wick_var wick_equal(wick_operand a, wick_operand b); /**< 1 where a == b, else 0 */
WICK_API wick_var wick_less(wick_operand a, wick_operand b);  /**< 1 where a < b, else 0 */

/** log(Phi(b) - Phi(a)), Phi as in wick_normal_cdf; NaN for a > b. Accurate in either tail. */
WICK_API wick_var wick_log_normal_interval(wick_operand a, wick_operand b);

/**
 * The regularised incomplete gamma functions P(a, x) and Q(a, x) = 1 - P(a, x), a > 0: both tails of
 * a gamma with concentration a and rate 1. Then the x where P, or Q, has a given value.
 */
WICK_API wick_var wick_gamma_p(wick_operand a, wick_operand x);
WICK_API wick_var wick_gamma_q(wick_operand a, wick_operand x);
WICK_API wick_var wick_gamma_p_inverse(wick_operand a, wick_operand p);
WICK_API wick_var wick_gamma_q_inverse(wick_operand a, wick_operand q);

/**
 * The regularised incomplete beta function I_x(a, b), a, b > 0: the distribution function of a beta.
 * The upper tail 1 - I_x(a, b) is I_(1-x)(b, a). Then the x where I_x(a, b) is p.
 */
WICK_API wick_var wick_beta_i(wick_operand a, wick_operand b, wick_operand x);
WICK_API wick_var wick_beta_i_inverse(wick_operand a, wick_operand b, wick_operand p);

/** x held between two bounds; the derivative is 1 within them, 0 outside. */
WICK_API wick_var wick_clamp(wick_var x, wick_operand lower, wick_operand upper);

/** a where the condition is not 0, else b. The other one is not looked at, nor its gradient. */
WICK_API wick_var wick_where(wick_var condition, wick_operand a, wick_operand b);

#ifndef __cplusplus
#define wick_add(a, b) WICK_BINARY(wick_add, a, b)
#define wick_sub(a, b) WICK_BINARY(wick_sub, a, b)
#define wick_mul(a, b) WICK_BINARY(wick_mul, a, b)
#define wick_div(a, b) WICK_BINARY(wick_div, a, b)
#define wick_pow(a, b) WICK_BINARY(wick_pow, a, b)
#define wick_minimum(a, b) WICK_BINARY(wick_minimum, a, b)
#define wick_maximum(a, b) WICK_BINARY(wick_maximum, a, b)
#define wick_equal(a, b) WICK_BINARY(wick_equal, a, b)
#define wick_less(a, b) WICK_BINARY(wick_less, a, b)
#define wick_log_normal_interval(a, b) WICK_BINARY(wick_log_normal_interval, a, b)
#define wick_gamma_p(a, x) WICK_BINARY(wick_gamma_p, a, x)
#define wick_gamma_q(a, x) WICK_BINARY(wick_gamma_q, a, x)
#define wick_gamma_p_inverse(a, p) WICK_BINARY(wick_gamma_p_inverse, a, p)
#define wick_gamma_q_inverse(a, q) WICK_BINARY(wick_gamma_q_inverse, a, q)
#define wick_beta_i(a, b, x) WICK_TERNARY(wick_beta_i, a, b, x)
#define wick_beta_i_inverse(a, b, p) WICK_TERNARY(wick_beta_i_inverse, a, b, p)
#define wick_clamp(x, lower, upper) wick_clamp(x, WICK_OPERAND(lower), WICK_OPERAND(upper))
#define wick_where(condition, a, b) wick_where(condition, WICK_OPERAND(a), WICK_OPERAND(b))
#endif

/* --- reductions ------------------------------------------------------------------------------ */

/**
 * Over a plate, closed or open, by name.
 *
 * Sums are over the *full* plate: under subsampling the sum is scaled by N/B, and a value that
 * does not vary over the plate counts N times. A nonlinear use of such a sum is a biased estimate.
 *
 * Errors: WICK_ERR_NAME for a name that is no plate of this step; WICK_ERR_SHAPE if x varies
 * over a variable enumerated within the plate (the sum would have K^N terms).
 */
WICK_API wick_var wick_sum(wick_var x, const char *plate);
WICK_API wick_var wick_mean(wick_var x, const char *plate);
WICK_API wick_var wick_max(
    wick_var x, const char *plate); /**< ties: the gradient goes to the first */
WICK_API wick_var wick_logsumexp(
    wick_var x, const char *plate); /**< log sum exp; -inf where all are */

/** Over one axis of the event, which goes. Errors: WICK_ERR_SHAPE for an axis that is not there. */
WICK_API wick_var wick_sum_axis(wick_var x, size_t axis);
WICK_API wick_var wick_mean_axis(wick_var x, size_t axis);
WICK_API wick_var wick_max_axis(wick_var x, size_t axis);
WICK_API wick_var wick_logsumexp_axis(wick_var x, size_t axis);

/** Over the whole event: a scalar per member. */
WICK_API wick_var wick_sum_event(wick_var x);
WICK_API wick_var wick_mean_event(wick_var x);
WICK_API wick_var wick_max_event(wick_var x);
WICK_API wick_var wick_logsumexp_event(wick_var x);

/** Over the event and every plate. Errors: WICK_ERR_SHAPE if x varies over an enumerated variable. */
WICK_API wick_var wick_total(wick_var x);

/** The sum of n vars, elementwise: one node instead of n - 1. n = 0 gives 0. */
WICK_API wick_var wick_sum_of(wick *w, size_t n, const wick_var *vars);

/** Along the last event axis: e^x / sum e^x, and its logarithm. */
WICK_API wick_var wick_softmax(wick_var x);
WICK_API wick_var wick_log_softmax(wick_var x);

/** Running sums along an event axis. */
WICK_API wick_var wick_cumsum(wick_var x, size_t axis);

/* --- taking, splitting, joining -------------------------------------------------------------- */

/**
 * x[i]: along the one closed plate that x varies over, else along the leading event axis.
 *
 * i is any scalar-event var of indices 0 .. n-1: data, sampled or enumerated. Dimensions that x
 * and i share go element by element. Errors: WICK_ERR_SHAPE if x varies over several closed
 * plates (use wick_take_over), WICK_ERR_DOMAIN for an index outside 0 .. n-1, WICK_ERR_NONFINITE
 * for one that was computed or drawn and is NaN, with where that began, WICK_ERR_STATE for a
 * subsampled plate indexed by anything but its own wick_index.
 */
WICK_API wick_var wick_take(wick_var x, wick_var i);

/** The same along the named plate. */
WICK_API wick_var wick_take_over(wick_var x, const char *plate, wick_var i);

/** The same along the leading event axis. */
WICK_API wick_var wick_at(wick_var x, wick_var i);

/** A constant index along the leading event axis, or along any. Errors: WICK_ERR_DOMAIN. */
WICK_API wick_var wick_pick(wick_var x, size_t index);
WICK_API wick_var wick_select(wick_var x, size_t axis, size_t index);

/** The members' own index, 0 .. N-1, along a plate of this step. Errors: WICK_ERR_NAME. */
WICK_API wick_var wick_index(wick *w, const char *plate);

/** The leading event axis becomes the plate: wick_at(x, wick_index(w, plate)). */
WICK_API wick_var wick_split(wick_var x, const char *plate);

/** The plate becomes the leading event axis. Errors as wick_sum; WICK_ERR_STATE if subsampled. */
WICK_API wick_var wick_join(wick_var x, const char *plate);

/**
 * Group sums, the adjoint of wick_take: result[i[m]] += x[m].
 *
 * @param from  the plate that x varies over, which goes
 * @param i     indices 0 .. n-1 over `from`
 * @param to    the plate, of size n, that comes
 * Errors: WICK_ERR_SHAPE if `to` is `from`, or x or i varies over it; WICK_ERR_STATE if `to` is
 * subsampled; WICK_ERR_DOMAIN and WICK_ERR_NONFINITE for an index, as wick_take.
 */
WICK_API wick_var wick_sum_into(wick_var x, const char *from, wick_var i, const char *to);

/* --- event shapes ---------------------------------------------------------------------------- */

/** n vars of one event shape along a new leading axis. Errors: WICK_ERR_ARGUMENT if n is 0. */
WICK_API wick_var wick_stack(wick *w, size_t n, const wick_var *vars);

/** `count` elements from `first` on, along an event axis. Errors: WICK_ERR_DOMAIN. */
WICK_API wick_var wick_slice(wick_var x, size_t axis, size_t first, size_t count);

/** The same elements, row-major, in another event shape: wick_reshape(x, 2, 3). */
WICK_API wick_var wick_reshape_array(wick_var x, size_t rank, const size_t *sizes);

/* --- vectors and matrices -------------------------------------------------------------------- */

WICK_API wick_var wick_dot(wick_var a, wick_var b);    /**< [n], [n] -> scalar */
WICK_API wick_var wick_outer(wick_var a, wick_var b);  /**< [m], [n] -> [m][n] */
WICK_API wick_var wick_matvec(wick_var a, wick_var x); /**< [m][n], [n] -> [m] */
WICK_API wick_var wick_matmul(wick_var a, wick_var b); /**< [m][n], [n][p] -> [m][p] */
WICK_API wick_var wick_transpose(wick_var a);          /**< [m][n] -> [n][m] */
WICK_API wick_var wick_diagonal(wick_var a);           /**< [n][n] -> [n] */
WICK_API wick_var wick_diagonal_matrix(wick_var x);    /**< [n] -> [n][n], zeros elsewhere */
WICK_API wick_var wick_scale_columns(
    wick_var a, wick_var s); /**< a diag(s): [m][n], [n] -> [m][n] */

/**
 * The lower-triangular L with L L' = a.
 *
 * Source: the adjoint is that of Murray (2016), arXiv:1602.07527, symmetrised.
 * Errors: WICK_ERR_SHAPE if a is not square; WICK_ERR_DOMAIN if it is not symmetric (to 1e-8 of
 * its scale); WICK_ERR_NUMERIC if it is not positive definite, with the pivot.
 */
WICK_API wick_var wick_cholesky(wick_var a);

/**
 * The x of L x = b, or of L' x = b. Reads the lower triangle only; the upper one gets no gradient.
 *
 * @param l  [n][n]   @param b  [n] or [n][m]
 */
WICK_API wick_var wick_solve_triangular(wick_var l, wick_var b);
WICK_API wick_var wick_solve_triangular_transposed(wick_var l, wick_var b);

/** log det of a symmetric positive definite matrix. Errors as wick_cholesky. */
WICK_API wick_var wick_logdet(wick_var a);

WICK_END

#endif
