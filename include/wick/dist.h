/**
 * Distributions, constraints, transforms.
 *
 * A wick_dist is a small value: a type and its parameters, vars or numbers. It draws nothing and
 * computes nothing until it is used at a site or by wick_log_prob. Its *event* is that of its
 * parameters together (for elementwise distributions also of the value); its density sums over
 * the event. What a distribution varies over is what its parameters vary over.
 *
 * A parameter outside its domain, or a NaN, makes the density NaN; the loss then reports the
 * parameter, its member and the site. A value outside the support has the density -inf.
 */
#ifndef WICK_DIST_H
#define WICK_DIST_H

#include <wick/var.h>

WICK_BEGIN

typedef struct wick_dist_type wick_dist_type;

enum { WICK_MAX_PARAMETERS = 3 };

/** How a discrete latent site of a guide is summed over (wick_trace_enum_elbo). */
typedef enum wick_enumeration {
    WICK_NOT_ENUMERATED = 0,
    WICK_PARALLEL,  /**< as a dimension: one run has all values */
    WICK_SEQUENTIAL /**< one run for each value, for programs whose C code depends on it */
} wick_enumeration;

/** A distribution. Lives as long as the vars in it. */
typedef struct wick_dist {
    const wick_dist_type *type;
    wick_argument parameter[WICK_MAX_PARAMETERS];
    size_t iid_sizes[WICK_MAX_RANK]; /**< leading event axes made by wick_iid */
    unsigned char iid_rank;
    wick_enumeration enumerate; /**< marked by wick_enumerate */
} wick_dist;

/* --- continuous ------------------------------------------------------------------------------ */

/** (2 pi scale^2)^(-1/2) exp(-(x - loc)^2 / (2 scale^2)), x real, scale > 0. */
WICK_API wick_dist wick_normal(wick_operand loc, wick_operand scale);

/** exp of a normal(loc, scale), x > 0, scale > 0. */
WICK_API wick_dist wick_lognormal(wick_operand loc, wick_operand scale);

/** |y| of a y ~ normal(0, scale), x >= 0, scale > 0. */
WICK_API wick_dist wick_half_normal(wick_operand scale);

/** 1 / (high - low) for low <= x <= high, low < high. */
WICK_API wick_dist wick_uniform(wick_operand low, wick_operand high);

/** rate exp(-rate x), x >= 0, rate > 0. */
WICK_API wick_dist wick_exponential(wick_operand rate);

/** rate^a x^(a-1) exp(-rate x) / Gamma(a), x > 0, a = concentration > 0, rate > 0. */
WICK_API wick_dist wick_gamma(wick_operand concentration, wick_operand rate);

/** x^(a-1) (1-x)^(b-1) / B(a, b), 0 < x < 1, a = concentration1 > 0, b = concentration0 > 0. */
WICK_API wick_dist wick_beta(wick_operand concentration1, wick_operand concentration0);

/** prod x_k^(a_k - 1) Gamma(sum a) / prod Gamma(a_k), x on the simplex, a = concentration [K] > 0. */
WICK_API wick_dist wick_dirichlet(wick_var concentration);

/**
 * Normal with loc [D] and covariance scale_tril scale_tril', scale_tril [D][D] lower-triangular
 * with a positive diagonal. The upper triangle is not read and gets no gradient.
 */
WICK_API wick_dist wick_multivariate_normal(wick_var loc, wick_var scale_tril);

/** All mass at value: density 0 (in logs) there, -inf elsewhere. A draw is the value itself. */
WICK_API wick_dist wick_delta(wick_operand value);

/* --- discrete -------------------------------------------------------------------------------- */

/** 1 with probability probs, else 0; 0 <= probs <= 1. */
WICK_API wick_dist wick_bernoulli(wick_operand probs);

/** The same with probability sigmoid(logits). */
WICK_API wick_dist wick_bernoulli_logits(wick_operand logits);

/**
 * 0 .. K-1 with probabilities proportional to probs [K] >= 0, along the last event axis.
 *
 * Normalised here: rows need not sum to 1. A row that sums to 0 has density NaN.
 */
WICK_API wick_dist wick_categorical(wick_var probs);

/** The same with probabilities softmax(logits). */
WICK_API wick_dist wick_categorical_logits(wick_var logits);

/**
 * rate^x exp(-rate) / x!, x = 0, 1, 2, ..., rate >= 0. With rate 0 all mass is at 0. The support is
 * not finite: such a site cannot be summed out.
 */
WICK_API wick_dist wick_poisson(wick_operand rate);

/** No value at all, only a term of the log-density: what wick_factor observes. */
WICK_API wick_dist wick_unit(wick_operand log_factor);

#ifndef __cplusplus
#define wick_normal(loc, scale) wick_normal(WICK_OPERAND(loc), WICK_OPERAND(scale))
#define wick_lognormal(loc, scale) wick_lognormal(WICK_OPERAND(loc), WICK_OPERAND(scale))
#define wick_half_normal(scale) wick_half_normal(WICK_OPERAND(scale))
#define wick_uniform(low, high) wick_uniform(WICK_OPERAND(low), WICK_OPERAND(high))
#define wick_exponential(rate) wick_exponential(WICK_OPERAND(rate))
#define wick_gamma(concentration, rate) wick_gamma(WICK_OPERAND(concentration), WICK_OPERAND(rate))
#define wick_beta(a, b) wick_beta(WICK_OPERAND(a), WICK_OPERAND(b))
#define wick_delta(value) wick_delta(WICK_OPERAND(value))
#define wick_bernoulli(probs) wick_bernoulli(WICK_OPERAND(probs))
#define wick_bernoulli_logits(logits) wick_bernoulli_logits(WICK_OPERAND(logits))
#define wick_poisson(rate) wick_poisson(WICK_OPERAND(rate))
#define wick_unit(log_factor) wick_unit(WICK_OPERAND(log_factor))
#endif

/* --- using one ------------------------------------------------------------------------------- */

/** Independent copies along new leading event axes: wick_iid(wick_normal(0.0, 1.0), D). */
WICK_API wick_dist wick_iid_array(wick_dist dist, size_t rank, const size_t *sizes);

#ifndef __cplusplus
#define wick_iid(dist, ...) wick_iid_array(dist, WICK_COUNT(__VA_ARGS__), (size_t[]){ __VA_ARGS__ })
#endif

/**
 * Marks a discrete distribution with finite support for enumeration at its site in a guide:
 * wick_trace_enum_elbo takes the exact expectation over it. In a model nothing need be marked.
 */
WICK_API wick_dist wick_enumerate(wick_dist dist);

/**
 * The same, one run of guide and model for each value: for C code that depends on the value, read by
 * wick_value, or by wick_get in a plate, whose members all have the same one.
 */
WICK_API wick_dist wick_enumerate_sequential(wick_dist dist);

/**
 * The log-density at x, per member, summed over the event.
 *
 * Errors: WICK_ERR_SHAPE if the event of x does not fit the parameters.
 */
WICK_API wick_var wick_log_prob(wick *w, wick_dist dist, wick_var x);

/* --- constraints and transforms -------------------------------------------------------------- */

/** Constraints: name, axes of the event that it ties together. */
#define WICK_CONSTRAINT_LIST(X)          \
    X(REAL, real, 0)                     \
    X(POSITIVE, positive, 0)             \
    X(NONNEGATIVE, nonnegative, 0)       \
    X(UNIT_INTERVAL, unit_interval, 0)   \
    X(INTERVAL, interval, 0)             \
    X(SIMPLEX, simplex, 1)               \
    X(ORDERED, ordered, 1)               \
    X(LOWER_CHOLESKY, lower_cholesky, 2) \
    X(BOOLEAN, boolean, 0)               \
    X(INTEGER_INTERVAL, integer_interval, 0)

typedef enum wick_constraint_kind {
#define WICK_CONSTRAINT_ENUM(upper, lower, rank) WICK_##upper,
    WICK_CONSTRAINT_LIST(WICK_CONSTRAINT_ENUM)
#undef WICK_CONSTRAINT_ENUM
} wick_constraint_kind;

/** A set that values lie in; the bounds are used by the intervals only. */
typedef struct wick_constraint {
    wick_constraint_kind kind;
    double lower, upper;
} wick_constraint;

WICK_API wick_constraint wick_real(void);
WICK_API wick_constraint wick_positive(void);      /**< x > 0 */
WICK_API wick_constraint wick_nonnegative(void);   /**< x >= 0; transforms as positive does */
WICK_API wick_constraint wick_unit_interval(void); /**< 0 < x < 1 */
WICK_API wick_constraint wick_interval(double lower, double upper);
WICK_API wick_constraint wick_simplex(void);        /**< x_k >= 0, sum 1; last event axis */
WICK_API wick_constraint wick_ordered(void);        /**< x_1 < x_2 < ...; last event axis */
WICK_API wick_constraint wick_lower_cholesky(void); /**< lower triangle, positive diagonal */

/** The constraint's name, such as "simplex". */
WICK_API const char *wick_constraint_name(wick_constraint constraint);

/** Where the draws of a distribution lie. */
WICK_API wick_constraint wick_support(wick_dist dist);

/**
 * Unconstrained coordinates to the constrained set, as parameters use it: exp, sigmoid, softmax
 * (K coordinates for K weights), the lower triangle with exp on the diagonal, x_1 then sums of exp.
 */
WICK_API wick_var wick_transform_to(wick_constraint constraint, wick_var unconstrained);

/**
 * The same as a bijection, as guides and samplers use it: stick-breaking (K - 1 coordinates) for
 * the simplex, otherwise the same maps; lower_cholesky takes a vector of n (n + 1) / 2 coordinates,
 * row by row.
 *
 * Source: Stan reference manual, "Constraint transforms"; the simplex is centred so that zeros
 * give equal weights.
 */
WICK_API wick_var wick_biject_to(wick_constraint constraint, wick_var unconstrained);

/** log |det d biject_to / d unconstrained|, a scalar per member. */
WICK_API wick_var wick_biject_log_det(wick_constraint constraint, wick_var unconstrained);

WICK_END

#endif
