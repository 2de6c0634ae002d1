/**
 * The parameter store: values that are learned, by name, shared by all programs of a handle.
 *
 * A parameter is kept in unconstrained coordinates and read through transform_to of its
 * constraint. In plates there is one value per member; the store keeps the full plate, a program
 * sees the minibatch. Parameters live until wick_params_clear or wick_free.
 */
#ifndef WICK_PARAMS_H
#define WICK_PARAMS_H

#include <wick/site.h>

WICK_BEGIN

/** How a new parameter starts; looked at only when it is new. */
typedef struct wick_init {
    enum { WICK_INIT_NUMBER, WICK_INIT_VALUES, WICK_INIT_RANDN, WICK_INIT_EYE, WICK_INIT_VAR } kind;
    double number;
    const double *values;
    wick_var var;
    size_t rank, sizes[WICK_MAX_RANK];
    bool sparse; /**< set by wick_init_sparse */
} wick_init;

WICK_API wick_init wick_init_num(double x); /**< a scalar per member */
WICK_API wick_init wick_init_fill_array(double x, size_t rank, const size_t *sizes);
WICK_API wick_init wick_init_values_array(const double *values, size_t rank, const size_t *sizes);
WICK_API wick_init wick_init_randn_array(size_t rank, const size_t *sizes); /**< standard normals */
WICK_API wick_init wick_init_eye(size_t n);                                 /**< the identity */
WICK_API wick_init wick_init_var(
    wick_var x); /**< the value of a var: one member's, or the plate's */

/**
 * The same for a parameter by member of which a step moves only the members present in its minibatch,
 * with what the optimiser remembers of them, as PyTorch's SparseAdam does. Without it a step moves all
 * members, those that are not there by what is remembered of their gradients, as in Pyro. Steps are
 * counted for the parameter as a whole. Optimisers of all parameters together move all.
 */
WICK_API wick_init wick_init_sparse(wick_init init);

#ifndef __cplusplus
#define wick_init_fill(x, ...) \
    wick_init_fill_array(x, WICK_COUNT(__VA_ARGS__), (size_t[]){ __VA_ARGS__ })
#define wick_init_values(values, ...) \
    wick_init_values_array(values, WICK_COUNT(__VA_ARGS__), (size_t[]){ __VA_ARGS__ })
#define wick_init_randn(...) \
    wick_init_randn_array(WICK_COUNT(__VA_ARGS__), (size_t[]){ __VA_ARGS__ })
#endif

/**
 * A parameter, in the constrained space.
 *
 * @param init  one member's value, used for every member of the open plates; ignored if the
 *              parameter exists
 * Errors: WICK_ERR_ARGUMENT for a constraint that is discrete, WICK_ERR_DOMAIN for an interval
 * without finite bounds, or if init violates the constraint; WICK_ERR_SHAPE or WICK_ERR_NAME if it
 * exists with another shape, other plates or another constraint.
 */
WICK_API wick_var wick_param(wick *w, const char *name, wick_init init, wick_constraint constraint);

/** A parameter that is defined elsewhere. Errors: WICK_ERR_NAME if it is not, with those that are. */
WICK_API wick_var wick_param_read(wick *w, const char *name);

/** Parameters in the order they were made. NULL past the end. */
WICK_API size_t wick_param_count(const wick *w);
WICK_API const char *wick_param_name(const wick *w, size_t index);
WICK_API bool wick_param_exists(const wick *w, const char *name);

/** Values of a parameter: members of all its plates times the event; 0 if unknown. */
WICK_API size_t wick_param_size(const wick *w, const char *name);
WICK_API wick_constraint wick_param_constraint(const wick *w, const char *name);

/**
 * Copies a parameter out, or in, in the constrained space. Row-major: plates from the smallest to
 * the largest (equal ones by name), then the event.
 *
 * @param count  must be wick_param_size
 * @return       count, or 0 after an error
 * Errors: WICK_ERR_NAME, WICK_ERR_SHAPE, for set also WICK_ERR_DOMAIN (nothing is changed then).
 */
WICK_API size_t wick_param_get(wick *w, const char *name, double *out, size_t count);
WICK_API size_t wick_param_set(wick *w, const char *name, const double *values, size_t count);

/** The same in unconstrained coordinates. */
WICK_API size_t wick_param_get_unconstrained(wick *w, const char *name, double *out, size_t count);
WICK_API size_t wick_param_set_unconstrained(
    wick *w, const char *name, const double *values, size_t count);

/**
 * Forgets a parameter and what optimisers keep with it; the tape is reset. It is made anew where a
 * program meets it. Errors: WICK_ERR_NAME.
 */
WICK_API void wick_param_remove(wick *w, const char *name);

/** Forgets all parameters and what optimisers keep with them; the tape is reset. */
WICK_API void wick_params_clear(wick *w);

WICK_END

#endif
