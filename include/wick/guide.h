/**
 * Autoguides: guides that are made from a model.
 *
 * A guide is made by running the model once, aside, to find its latent sites; after that it is a
 * program like any other (wick_guide_program). Sites with finite discrete support are left out: let
 * wick_trace_enum_elbo sum over them. All others get a value x = biject_to(support)(u) from
 * *unconstrained coordinates* u, which are real, and the density of u, divided by |det dx/du|:
 *
 * - wick_auto_delta_new                 u or x is a parameter: a point estimate
 * - wick_auto_normal_new                every u is a normal of its own (mean field)
 * - wick_auto_multivariate_normal_new   all u together are one multivariate normal
 * - wick_auto_low_rank_new              the same, its covariance of low rank plus a diagonal
 * - wick_auto_laplace_new               u is a parameter; wick_laplace_approximation then makes a
 *                                       multivariate normal by the curvature at the optimum
 * - wick_auto_list_new                  guides for some of the sites each, and programs of one's own
 *
 * Parameters are kept in the store under names that begin with the guide's: "AutoNormal.locs.x".
 * The functions that read a guide take it between steps or in the middle of one: vars stay alive.
 *
 * Source: Kucukelbir, Tran, Ranganath, Gelman & Blei (2017), "Automatic differentiation variational
 * inference"; the guides are named after those of Pyro and NumPyro.
 */
#ifndef WICK_GUIDE_H
#define WICK_GUIDE_H

#include <wick/infer.h>

WICK_BEGIN

typedef struct wick_guide wick_guide;

/* --- where a guide starts -------------------------------------------------------------------- */

/**
 * An initial value for a site, in its support: one member's, or a var that varies over the site's
 * plates, which are open; in a subsampled plate it must be one member's. The site is that of a run
 * of the model aside: type, name, plates, dist and value are set. Called where a parameter of the
 * guide is new. WICK_VAR_NONE leaves the site to the default.
 */
typedef wick_var (*wick_init_function)(wick *w, const wick_site *site, void *arg);

/** The median of 15 draws from the prior, the default: of each element, or of each unconstrained
 * coordinate where those are not in the support. arg: not used. */
WICK_API wick_var wick_init_to_median(wick *w, const wick_site *site, void *arg);

/** The mean of the prior; the median of 15 draws where it is not known or infinite. arg: not used. */
WICK_API wick_var wick_init_to_mean(wick *w, const wick_site *site, void *arg);

/** A draw from the prior. arg: not used. */
WICK_API wick_var wick_init_to_sample(wick *w, const wick_site *site, void *arg);

/** Uniform in (-radius, radius) in each unconstrained coordinate. arg: const double *radius, NULL
 * for 2, as Stan has it. */
WICK_API wick_var wick_init_to_uniform(wick *w, const wick_site *site, void *arg);

/** The point whose unconstrained coordinates are 0. arg: not used. */
WICK_API wick_var wick_init_to_feasible(wick *w, const wick_site *site, void *arg);

/** Values for a site: one member's, or all members', plates from the smallest to the largest. */
typedef struct wick_init_value {
    const char *site;
    const double *values;
    size_t count;
} wick_init_value;

/**
 * The values given. arg: const wick_init_value *, ended by one whose site is NULL; other sites are
 * left to the default. Errors: WICK_ERR_SHAPE for a count that is neither.
 */
WICK_API wick_var wick_init_to_value(wick *w, const wick_site *site, void *arg);

/* --- options --------------------------------------------------------------------------------- */

/**
 * Which maximum a point estimate is. The density of a transformed variable has another maximum:
 * that of log p(x) + log |det dx/du| over u is not at the x that maximises log p(x).
 */
typedef enum wick_map_space {
    WICK_MAP_CONSTRAINED = 0, /**< over x itself: no Jacobian, as Stan's optimize with jacobian=0 */
    WICK_MAP_UNCONSTRAINED    /**< over the coordinates u: with Jacobian, as the Laplace guide */
} wick_map_space;

/** Zero is the default. Lists of names are read by the _new function only. */
typedef struct wick_auto_options {
    wick_init_function init; /**< NULL: wick_init_to_median */
    void *init_arg;
    const char *const *expose; /**< names, ended by NULL: only these sites; NULL: all */
    const char *const *hide;   /**< names, ended by NULL: these sites are left out; NULL: none */
    const char *prefix;        /**< of the parameters' names; NULL: the guide's, "AutoNormal" */
    wick_map_space space;      /**< wick_auto_delta_new only */
    double init_scale;         /**< normal guides: standard deviation of each u; 0: 0.1 */
    size_t rank;               /**< wick_auto_low_rank_new only; 0: sqrt(dimension), rounded up */
} wick_auto_options;

/* --- guides ---------------------------------------------------------------------------------- */

/*
 * Each returns a guide to be given to wick_guide_free; NULL after an error.
 *
 * Errors: WICK_ERR_NAME if .expose or .hide names what is no latent site; WICK_ERR_ARGUMENT for a
 * discrete site that could not be summed out either (with an event, or without a finite set of
 * values), for options out of range or of another guide, and if no site is left for a joint guide;
 * WICK_ERR_DOMAIN for a support with a bound that is not finite where it has to be, or depends on
 * other sites; WICK_ERR_SHAPE for a site with one possible value, such as one weight that is 1. When
 * the guide first runs: WICK_ERR_DOMAIN for an initial value outside the support, WICK_ERR_SHAPE for
 * one of another event.
 */

/**
 * A guide of point estimates: site x becomes delta(x). By .space
 * - WICK_MAP_CONSTRAINED: x is the parameter "AutoDelta.x", constrained to the support of x. With an
 *   ELBO this is the MAP estimate in the constrained space: no Jacobian.
 * - WICK_MAP_UNCONSTRAINED: the parameter "AutoDelta.x_unconstrained" has the coordinates u. log q is
 *   -log |det dx/du|, so that the ELBO is log p(x) + log |det dx/du|: with Jacobian.
 */
WICK_API wick_guide *wick_auto_delta_new(
    wick *w, wick_program model, const wick_auto_options *options);

/**
 * The mean-field normal guide: u ~ normal(loc, scale) in each coordinate, with the parameters
 * "AutoNormal.locs.x" and "AutoNormal.scales.x" (positive), for each member of the plates of x. Where
 * the support is real, x itself is that normal; else u is the auxiliary site "x_unconstrained".
 */
WICK_API wick_guide *wick_auto_normal_new(
    wick *w, wick_program model, const wick_auto_options *options);

/**
 * One multivariate normal over the coordinates of all sites, in the order they were met, members of
 * the plates first: parameters "AutoMultivariateNormal.loc" [D] and ".scale_tril" [D][D] (a lower
 * Cholesky factor), auxiliary site "AutoMultivariateNormal.latent".
 *
 * Errors: WICK_ERR_SHAPE for a site in a subsampled plate.
 */
WICK_API wick_guide *wick_auto_multivariate_normal_new(
    wick *w, wick_program model, const wick_auto_options *options);

/**
 * The same with the covariance diag(s) (F F' + 1) diag(s): parameters "AutoLowRank.loc" [D],
 * ".cov_factor" F [D][rank], ".scale" s [D] (positive). F starts from normals of variance 1 / rank,
 * s at init_scale / sqrt(2).
 *
 * Errors: as above; WICK_ERR_ARGUMENT for a rank over D.
 */
WICK_API wick_guide *wick_auto_low_rank_new(
    wick *w, wick_program model, const wick_auto_options *options);

/**
 * The point estimate in the coordinates of all sites, parameter "AutoLaplace.loc" [D], with Jacobian
 * as WICK_MAP_UNCONSTRAINED. Fit it by any optimiser, then call wick_laplace_approximation.
 *
 * Errors: as above.
 */
WICK_API wick_guide *wick_auto_laplace_new(
    wick *w, wick_program model, const wick_auto_options *options);

/** Zero is the default. */
typedef struct wick_laplace_options {
    wick_loss loss;           /**< that the guide was fitted with; NULL: wick_trace_enum_elbo */
    const void *loss_options; /**< handed to the loss */
} wick_laplace_options;

/**
 * The Laplace approximation: a multivariate normal guide with loc as the fitted guide of
 * wick_auto_laplace_new has it, and the inverse of the Hessian of the loss there as covariance. Its
 * parameters are that loc and ".scale_tril", which is set.
 *
 * The Hessian is made of differences of exact gradients, extrapolated to step 0 (Ridders 1982), and
 * symmetrised.
 *
 * @return  a guide of its own, to be given to wick_guide_free; NULL after an error
 * Errors: WICK_ERR_ARGUMENT for a guide of another kind; WICK_ERR_STATE if it was not run yet, or if
 * a plate of the model is subsampled; WICK_ERR_NUMERIC if the Hessian is not positive definite, with
 * the direction in which the loss does not grow and the coordinate that has most of it, if the loss
 * is not at its minimum (a Newton step would lower it by more than 0.01), or not smooth there.
 */
WICK_API wick_guide *wick_laplace_approximation(
    wick_guide *guide, const wick_laplace_options *options);

/** A part of a list: a guide, or a program of one's own. */
typedef struct wick_guide_part {
    wick_guide *guide;    /**< it must outlive the list */
    wick_program program; /**< if guide is NULL */
} wick_guide_part;

/**
 * Guides one after the other, for some of the sites each: made with .expose or .hide, or programs
 * that sample what the others leave. Parts of one kind that are joint need a .prefix each. A
 * program is run once, aside, to find its sites; later parts may use what earlier ones sampled.
 *
 * Errors: WICK_ERR_NAME for a continuous site that no part has, or more than one, or a site of a
 * part that is not in the model (wick_auxiliary sites may be); WICK_ERR_ARGUMENT for a part without
 * guide and program, or with both.
 */
WICK_API wick_guide *wick_auto_list_new(
    wick *w, wick_program model, size_t n, const wick_guide_part *parts);

/** Takes NULL. Parameters stay. */
WICK_API void wick_guide_free(wick_guide *guide);

/** The guide as a program; it lives as long as the guide. */
WICK_API wick_program wick_guide_program(const wick_guide *guide);

/** What it is, in one line: "AutoDelta: 2 sites, 4 coordinates; maximum a posteriori in the
 * constrained space (no Jacobian)". Interned. */
WICK_API const char *wick_guide_describe(const wick_guide *guide);

/* --- reading a guide ------------------------------------------------------------------------- */

/** The sites it has, in order. NULL past the end. */
WICK_API size_t wick_guide_site_count(const wick_guide *guide);
WICK_API const char *wick_guide_site(const wick_guide *guide, size_t index);

/** Doubles of a site: members of its full plates times the event; of all sites if it is NULL. 0 for
 * a site that the guide does not have. */
WICK_API size_t wick_guide_size(const wick_guide *guide, const char *site);

/*
 * Values are in the support, in wick_param_get's order: plates from the smallest to the largest
 * (equal ones by name), then the event. Plates are whole, whatever the model subsamples. Each
 * returns count, or 0 after an error.
 *
 * Errors: WICK_ERR_NAME for a site that the guide does not have; WICK_ERR_SHAPE if count is not
 * right; WICK_ERR_STATE if the guide was not run yet, so that it has no parameters; for median and
 * quantiles WICK_ERR_ARGUMENT for a site of a program of one's own in a list.
 */

/** The point estimate: of a normal guide its median. */
WICK_API size_t wick_guide_get(
    const wick_guide *guide, const char *site, double *out, size_t count);

/** The median of each unconstrained coordinate, transformed. */
WICK_API size_t wick_guide_median(
    const wick_guide *guide, const char *site, double *out, size_t count);

/**
 * The p-quantile of each unconstrained coordinate, transformed. If the support ties no elements
 * together these are the quantiles of the elements. Those of a point estimate are all the point.
 *
 * Errors: also WICK_ERR_DOMAIN unless 0 < p < 1.
 */
WICK_API size_t wick_guide_quantile(
    const wick_guide *guide, const char *site, double p, double *out, size_t count);

/**
 * n independent draws, one after the other, from random numbers that no other call has had.
 *
 * @param site   NULL: all sites, each draw has them in order
 * @param count  must be n times wick_guide_size
 */
WICK_API size_t wick_guide_sample(
    const wick_guide *guide, const char *site, size_t n, double *out, size_t count);

/** Mean and standard deviation of each value over n draws. Either array may be NULL. */
WICK_API size_t wick_guide_moments(
    const wick_guide *guide, const char *site, size_t n, double *mean, double *sd, size_t count);

WICK_END

#endif
