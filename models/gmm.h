/**
 * Gaussian mixtures, with full, tied, diagonal or spherical covariances.
 *
 *     assignment_i ~ categorical(weights)
 *     x_i ~ normal(loc_k, covariance_k),  k = assignment_i
 *
 * This header has the data, the numbers of a mixture, and the programs for fits by gradient. Closed
 * form EM is in gmm_em.h, labels, densities and criteria in gmm_predict.h, names for what went wrong
 * in gmm_summary.h.
 */
#ifndef MODELS_GMM_H
#define MODELS_GMM_H

#include <wick/wick.h>

/** Forms of the covariances; after scikit-learn's covariance_type. */
typedef enum gmm_covariance {
    GMM_FULL,     /**< a matrix for each component */
    GMM_TIED,     /**< one matrix for all */
    GMM_DIAGONAL, /**< a variance for each component and column */
    GMM_SPHERICAL /**< a variance for each component */
} gmm_covariance;

/** Data, and what is to be fitted to them. It must outlive the programs made from it. */
typedef struct gmm {
    size_t components; /**< K, at least 1 */
    size_t dimensions; /**< D, at least 1 */
    gmm_covariance covariance;
    size_t n;        /**< rows */
    const double *x; /**< n rows of D numbers. NaN: not seen; the density is that of the rest of the
                           row, with what was not seen integrated out */
    const double
        *row_weights;      /**< n numbers, at least 0: a row counts that often. NULL: once each */
    size_t batch;          /**< of the programs only: rows in a step; 0: all */
    const size_t *indices; /**< which ones, batch of them; NULL: drawn anew in each step */
} gmm;

/** The word for a form: "full", "tied", "diagonal", "spherical". */
const char *gmm_covariance_name(gmm_covariance covariance);

/** Numbers in gmm_mixture.scale: K D D, D D, K D or K. */
size_t gmm_scale_size(size_t components, size_t dimensions, gmm_covariance covariance);

/* --- mixtures -------------------------------------------------------------------------------- */

/** A mixture as numbers. */
typedef struct gmm_mixture {
    size_t components, dimensions;
    gmm_covariance covariance;
    double *weights; /**< K, sum 1 */
    double *loc;     /**< K rows of D */
    double *scale; /**< full: K lower triangles L of D rows of D, the covariance is L L'; tied: one;
                         diagonal: standard deviations, K rows of D; spherical: K of them */
} gmm_mixture;

/** Equal weights, locs 0, unit scales. To be freed by gmm_mixture_free; NULL after an error. */
gmm_mixture *gmm_mixture_new(
    wick *w, size_t components, size_t dimensions, gmm_covariance covariance);
gmm_mixture *gmm_mixture_copy(wick *w, const gmm_mixture *from);
void gmm_mixture_free(gmm_mixture *mixture);

/** Copies the numbers between mixtures of the same sizes. */
void gmm_mixture_assign(gmm_mixture *to, const gmm_mixture *from);

/** The covariance of a component, D rows of D, whatever the form. */
void gmm_mixture_covariance(const gmm_mixture *mixture, size_t component, double *out);

/** Its lower Cholesky factor, D rows of D. */
void gmm_mixture_scale_tril(const gmm_mixture *mixture, size_t component, double *out);

/**
 * Checks numbers that came from outside: weights that are a simplex, finite locs, positive
 * diagonals. False after an error that names the component.
 */
bool gmm_mixture_check(wick *w, const char *function, const gmm_mixture *mixture);

/* --- programs -------------------------------------------------------------------------------- */

/**
 * The model, for fits by gradient. With gmm_guide under wick_trace_enum_elbo the assignments are summed
 * out: the loss is minus the log-likelihood, of all rows with their weights.
 *
 * Parameters: "weights" [K] (simplex); over the plate "components" "loc" [D] and "scale_tril" [D][D]
 * (full; lower Cholesky), "scale" [D] (diagonal) or "scale" (spherical; both positive); tied
 * "scale_tril" outside of the plate. Those that do not exist yet start all three from the data, by
 * k-means++ and the handle's seed.
 *
 * Sites: in the plate "data" "assignment" and "x". Where numbers were not seen the rows are grouped by
 * the columns that were, each group in a plate: "data" for the first (the complete rows, if there are
 * any), "data_1", "data_2", ... for more; they have no assignments, and "x", "x_1", ... are drawn from
 * the mixture as a whole. With row_weights these are factors, the weighted log-densities of the rows.
 * Minibatches are drawn from each group in proportion.
 *
 * Each time the program is run it looks at all the data, so compile it (wick_svi_options.compile).
 *
 * The likelihood of full, diagonal and spherical mixtures has no maximum where a component can sit on
 * a few equal rows; see gmm_bayes.h for priors.
 *
 * Errors: WICK_ERR_ARGUMENT for a struct that is not complete, for data as in gmm_em_fit, for a batch
 * of more rows than there are, and for indices where some numbers were not seen or a row has weight
 * 0; WICK_ERR_SHAPE where parameters are there for another number of components or columns.
 */
wick_program gmm_model(const gmm *m);

/** A guide without sites. */
wick_program gmm_guide(void);

/** What the programs ask of the struct before they look at the data. False after an error. */
bool gmm_check(wick *w, const char *function, const gmm *m);

/** Has the mixture numbers, of the sizes and form of m? False after an error that says what it has. */
bool gmm_fits(wick *w, const char *function, const gmm *m, const gmm_mixture *mixture);

/**
 * The rows alone, given weights [K], loc [D] and scale as the parameters are: for models that have them
 * from elsewhere, such as from priors of their own. The plate "components" is closed.
 */
void gmm_observe(wick *w, const gmm *m, wick_var weights, wick_var loc, wick_var scale);

/**
 * The numbers of a mixture as parameters: makes them if they are not there. A weight of 0, whose
 * logarithm no parameter can hold, becomes 1e-300. Resets the tape. False after an error.
 */
bool gmm_set(wick *w, const gmm *m, const gmm_mixture *mixture);

/** The parameters as the numbers of a mixture of m's sizes. False after an error. */
bool gmm_get(wick *w, const gmm *m, gmm_mixture *mixture);

/* --- densities on the tape ------------------------------------------------------------------- */

/**
 * The distribution of a row given its component, of loc [D] and scale [D][D], [D] or a scalar as the
 * form has it. A row is one draw.
 *
 * @param columns  which of the D columns; NULL: all, and n_columns is D
 */
wick_dist gmm_component(wick *w, gmm_covariance covariance, wick_var loc, wick_var scale,
    size_t n_columns, const size_t *columns);

#endif
