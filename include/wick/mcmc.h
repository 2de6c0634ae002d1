/**
 * Markov chains: the density they draw from, and how far their draws can be trusted.
 */
#ifndef WICK_MCMC_H
#define WICK_MCMC_H

#include <wick/discrete.h>
#include <wick/guide.h>

WICK_BEGIN

/* --- the potential --------------------------------------------------------------------------- */

/**
 * The potential of a model: U(q) = -log p(x, z(q)) - log |det dz/dq|, minus the log density of its
 * continuous latent sites z in *unconstrained coordinates* q. z = biject_to(support)(q) site by
 * site, in the order they were met, members of the plates first, as the joint vector of an
 * autoguide; discrete sites are summed out as wick_trace_enum_elbo does it. Parameters
 * (wick_param) stay at their values.
 *
 * The potential is compiled (wick_graph_new): what is said there of C's numbers and `if` holds
 * here. It keeps its coordinates as a parameter "potential.N" in the store of the handle, N a
 * number; freeing the potential takes that out again.
 *
 * Source: Kucukelbir, Tran, Ranganath, Gelman & Blei (2017), "Automatic differentiation variational
 * inference", for the coordinates.
 */
typedef struct wick_potential wick_potential;

/** Zero is the default. */
typedef struct wick_potential_options {
    wick_init_function init; /**< where chains start; NULL: uniform in each coordinate */
    void *init_arg;
    double init_radius;       /**< then in (-radius, radius); 0: 2, as Stan has it */
    size_t init_tries;        /**< starts that are tried; 0: 100 */
    wick_graph_options graph; /**< threads, tiles, checks */
} wick_potential_options;

/**
 * The potential of a model's continuous latent sites.
 *
 * @param options  copied; NULL: defaults
 * @return         to be given to wick_potential_free before the handle goes; NULL after an error
 *
 * Errors: those of wick_auto_laplace_new; when it is first evaluated those of wick_trace_enum_elbo
 * and wick_graph_new, and WICK_ERR_STATE if a plate of the model has a minibatch: the density of a
 * part is not that of the whole.
 */
WICK_API wick_potential *wick_potential_new(
    wick *w, wick_program model, const wick_potential_options *options);

/** A log density of one's own, up to a constant: a scalar, of a vector q of n unconstrained
 * numbers. */
typedef wick_var (*wick_log_density)(wick *w, wick_var q, void *arg);

/**
 * The potential -log p(q). Its one site is "q". .init gets a site with this name, without a
 * distribution: its value must be [n].
 *
 * Errors: WICK_ERR_ARGUMENT without a function or for n = 0; when it is first evaluated
 * WICK_ERR_SHAPE if the function returns no scalar.
 */
WICK_API wick_potential *wick_potential_of_density(
    wick *w, wick_log_density function, void *arg, size_t n, const wick_potential_options *options);

/** Takes NULL. The tape is reset. */
WICK_API void wick_potential_free(wick_potential *p);

/** The number of coordinates. */
WICK_API size_t wick_potential_dimension(const wick_potential *p);

/**
 * U(q), and its gradient if that is not NULL. Where the density is 0, infinite or NaN, or a matrix
 * of the model has no Cholesky factor, U is +inf and the gradient NaN, which is no error. Once the
 * first calls have recorded the model nothing is allocated; what records or checks it resets the
 * tape.
 *
 * @param q  wick_potential_dimension numbers
 * @return   NaN after an error, those of wick_graph_run
 */
WICK_API double wick_potential_value(wick_potential *p, const double *q, double *gradient);

/** Sites in the order of their coordinates. NULL past the end. */
WICK_API size_t wick_potential_site_count(const wick_potential *p);
WICK_API const char *wick_potential_site(const wick_potential *p, size_t index);

/** Doubles of a site's value: members of its plates times the event; of all sites if it is NULL.
 * 0 for a site that the potential does not have. */
WICK_API size_t wick_potential_size(const wick_potential *p, const char *site);

/**
 * The values z(q) of a site, in its support, in wick_param_get's order: plates from the smallest
 * to the largest, then the event; of all sites one after the other if it is NULL.
 *
 * @return  count, or 0 after an error
 * Errors: WICK_ERR_NAME for a site that it does not have; WICK_ERR_SHAPE if count is not right.
 */
WICK_API size_t wick_potential_constrain(
    wick_potential *p, const char *site, const double *q, double *out, size_t count);

/**
 * A point where U and its gradient are finite, for the start of a chain: up to .init_tries points
 * are tried. Depends on the handle's seed and the chain's number only.
 *
 * @param q  receives the point
 * @return   false after an error
 * Errors: WICK_ERR_NONFINITE if none was found, with what was wrong at the last one and at which
 * site; WICK_ERR_NUMERIC if that was a matrix without Cholesky factor; for .init those of
 * autoguides.
 */
WICK_API bool wick_potential_start(wick_potential *p, uint64_t chain, double *q);

/* --- chains ---------------------------------------------------------------------------------- */

/** Draws of one quantity. */
typedef struct wick_chains {
    size_t chains, n;    /**< chains, and draws of each */
    const double *draws; /**< chains times n numbers */
} wick_chains;

/** How chains move. */
typedef enum wick_sampler {
    WICK_NUTS = 0, /**< trajectories that end where they turn back */
    WICK_HMC       /**< trajectories of fixed length */
} wick_sampler;

/** The metric: which covariance of the coordinates the warm-up learns. */
typedef enum wick_metric {
    WICK_METRIC_DIAGONAL = 0, /**< variances */
    WICK_METRIC_DENSE,        /**< variances and covariances */
    WICK_METRIC_UNIT          /**< none: all variances are 1 */
} wick_metric;

/** For .warmup: the step size is that of the options, the metric 1. */
#define WICK_NO_WARMUP SIZE_MAX

/** How far chains are. */
typedef struct wick_mcmc_progress {
    size_t chains, warm; /**< chains, and those that are past the warm-up */
    size_t done, total;  /**< transitions of all chains: made so far, and planned */
    size_t divergent;    /**< trajectories after the warm-up that were divergent */
    double step_size;    /**< the mean of the chains */
    double seconds;      /**< since wick_mcmc_run was called */
    double rate;         /**< transitions a second in that time */
    double seconds_left; /**< at this rate */
} wick_mcmc_progress;

/** Is told how far chains are; false: interrupt them. */
typedef bool (*wick_mcmc_callback)(const wick_mcmc_progress *progress, void *arg);

/** Zero is the default, which is that of CmdStan. */
typedef struct wick_mcmc_options {
    size_t chains;  /**< 0: 4 */
    size_t warmup;  /**< transitions before them; 0: 1000; WICK_NO_WARMUP: none */
    size_t samples; /**< draws of each chain; 0: 1000 */
    wick_sampler sampler;
    wick_metric metric;
    double target_accept; /**< of the acceptance statistic, between 0 and 1; 0: 0.8 */
    double step_size;     /**< where the search for the first step size begins; 0: 1 */
    unsigned max_depth;   /**< at most 2^max_depth - 1 leapfrogs a trajectory; 0: 10; up to 20 */
    double time;          /**< WICK_HMC: of a trajectory, step size times leapfrogs; 0: 2 pi */
    bool keep_warmup;     /**< for wick_mcmc_warmup_draws */
    size_t threads; /**< chains that run at a time; 0: 1; WICK_ALL_THREADS: one for each CPU */
    wick_mcmc_callback callback; /**< called now and then, and at the end; or NULL */
    void *callback_arg;
    double interval; /**< seconds between calls; 0: 0.1; a tiny one: after each transition */
} wick_mcmc_options;

/**
 * Chains of Hamiltonian Monte Carlo.
 *
 * Each starts at wick_potential_start, finds a step size at which a leapfrog is accepted with
 * about 0.8, and warms up as Stan does: dual averaging of the step size, and a metric from draws
 * in windows (75 transitions, then 25, 50, 100, ..., then 50; in 15, 75 and 10 % if there are
 * fewer than 150; none below 20). A draw depends on the handle's seed, the number of its chain and
 * of its transition: chains are the same however many there are, and on however many threads.
 *
 * NUTS draws from all points of a trajectory by their densities, and ends it where the velocity of
 * an end has a negative product with the sum of the momenta; it looks at the trajectory, at each
 * of its halves, and at each half with the next point of the other. A trajectory is divergent if
 * its energy grows by more than 1000, or if it meets a point without density.
 *
 * Source: Neal (2011), "MCMC using Hamiltonian dynamics"; Hoffman & Gelman (2014), "The No-U-Turn
 * Sampler", JMLR 15; Betancourt (2017), "A Conceptual Introduction to Hamiltonian Monte Carlo";
 * Stan Reference Manual, "MCMC Sampling".
 */
typedef struct wick_mcmc wick_mcmc;

/**
 * Room for the draws; nothing is run yet.
 *
 * @param p        must live as long as the chains
 * @param options  copied; NULL: defaults
 * @return         to be given to wick_mcmc_free before the potential goes; NULL after an error
 * Errors: WICK_ERR_ARGUMENT for options out of range; WICK_ERR_LIMIT for draws that no memory
 * could hold, or too many threads.
 */
WICK_API wick_mcmc *wick_mcmc_new(wick_potential *p, const wick_mcmc_options *options);

/** Takes NULL. The tape is reset. */
WICK_API void wick_mcmc_free(wick_mcmc *m);

/**
 * Runs all chains to their end. The tape is reset; transitions allocate nothing.
 *
 * The callback, the model and all else of the user run on the caller's thread, between rounds of
 * some 20 milliseconds: other threads only repeat what was recorded. Each of them records the
 * model once. An allocator of one's own is called on the caller's thread.
 *
 * After an interrupt the draws so far can be read, and a further call goes on: the draws are those
 * of a run without interrupt. After the end a further call begins anew, with the handle's seed, the
 * data and the parameters as they are then, and so it does after an error.
 *
 * @return  true at the end; false after an interrupt, which is no error, or an error
 * Errors: those of wick_potential_start and wick_potential_value; WICK_ERR_NUMERIC if a chain
 * finds no step size, or a covariance that is not finite and positive definite, as with improper
 * densities.
 */
WICK_API bool wick_mcmc_run(wick_mcmc *m);

/**
 * Plans more draws of each chain: the next run goes on where the chains stand.
 *
 * @return  false after an error, and nothing is changed: WICK_ERR_LIMIT, WICK_ERR_MEMORY
 */
WICK_API bool wick_mcmc_extend(wick_mcmc *m, size_t more);

/** The options with defaults filled in; .warmup is 0 if there is none. */
WICK_API const wick_mcmc_options *wick_mcmc_settings(const wick_mcmc *m);

/** What was given to wick_mcmc_new. */
WICK_API wick_potential *wick_mcmc_potential(const wick_mcmc *m);

/** What a chain did and learned. */
typedef struct wick_chain_info {
    size_t warmup, samples;             /**< transitions made so far */
    size_t warmup_leapfrogs, leapfrogs; /**< in the warm-up, and after it: gradients */
    double warmup_seconds, seconds;     /**< likewise */
    double step_size;                   /**< as it is now */
    const double *inverse_metric;       /**< the covariance: n variances, or n times n; NULL: 1 */
    size_t n_metric;                    /**< numbers there; they change when chains run */
} wick_chain_info;

/** Errors: WICK_ERR_ARGUMENT for a chain that there is not; all is 0 then. */
WICK_API wick_chain_info wick_mcmc_chain(const wick_mcmc *m, size_t chain);

/* --- draws ----------------------------------------------------------------------------------- */

/**
 * The draws of one number, as many as all chains have: an element of a site's value, numbered as
 * wick_potential_constrain has them. They stay until the chains run again.
 *
 * @return  without draws after an error
 * Errors: WICK_ERR_NAME for a site that there is not, WICK_ERR_SHAPE for an element that it has
 * not, WICK_ERR_STATE before wick_mcmc_run, WICK_ERR_MEMORY.
 */
WICK_API wick_chains wick_mcmc_draws(const wick_mcmc *m, const char *site, size_t element);

/** The same of the warm-up. Errors: also WICK_ERR_STATE without .keep_warmup. */
WICK_API wick_chains wick_mcmc_warmup_draws(const wick_mcmc *m, const char *site, size_t element);

/** What is known of each draw beside its value; the names are those of Stan's output. */
typedef enum wick_statistic {
    WICK_LP = 0,      /**< lp__: log density in unconstrained coordinates, minus the potential */
    WICK_ACCEPT_STAT, /**< accept_stat__: mean of min(1, e^-change of energy) over a trajectory */
    WICK_STEP_SIZE,   /**< stepsize__ */
    WICK_TREE_DEPTH,  /**< treedepth__: doublings of the trajectory; 0 for WICK_HMC */
    WICK_N_LEAPFROG,  /**< n_leapfrog__ */
    WICK_DIVERGENT,   /**< divergent__: 1 if the trajectory was divergent, else 0 */
    WICK_ENERGY       /**< energy__: potential and kinetic energy, for wick_ebfmi */
} wick_statistic;

/** A statistic of the draws. Errors: WICK_ERR_ARGUMENT for one that there is not, WICK_ERR_STATE
 * before wick_mcmc_run, WICK_ERR_MEMORY. */
WICK_API wick_chains wick_mcmc_statistic(const wick_mcmc *m, wick_statistic which);

/** The same of the warm-up. Errors: also WICK_ERR_STATE without .keep_warmup. */
WICK_API wick_chains wick_mcmc_warmup_statistic(const wick_mcmc *m, wick_statistic which);

/**
 * The model at draws first .. first + n - 1 of a chain: its continuous latent sites have their
 * values, along an ambient dimension "draws" if n is not 1. So what discrete.h says of a model can
 * be said of each draw, and deterministic and unobserved sites are read by a trace:
 *
 *     wick_marginals *q = wick_infer_marginals(w, wick_mcmc_program(m, 0, 0, 100));
 *     ... wick_marginal(q, "assignment") varies over "draws" and the plate of the site
 *
 * @return  a program, until the tape is reset; that of the model itself after an error
 * Errors: WICK_ERR_ARGUMENT for draws that there are not, and for a density without a model.
 */
WICK_API wick_program wick_mcmc_program(const wick_mcmc *m, size_t chain, size_t first, size_t n);

/* --- diagnostics ----------------------------------------------------------------------------- */

/*
 * Draws of one quantity are n numbers from each of several chains, one chain after the other.
 * Chains are split in halves (of an odd number the middle draw is left out), so that one chain is
 * enough, and a chain that drifts is found. Every function returns NaN where nothing can be said:
 * draws that are not finite, all the same, or fewer than 12 in a chain.
 *
 * Source: Vehtari, Gelman, Simpson, Carpenter & Buerkner (2021), "Rank-normalization, folding, and
 * localization: an improved R-hat for assessing convergence of MCMC", Bayesian Analysis 16(2). The
 * numbers are those of the R package posterior.
 */

/**
 * R-hat: the larger of those of the ranks of the draws, as normal scores, and of the ranks of their
 * distances from the median. Above 1.01 the chains do not agree.
 *
 * Errors of this and the functions below: WICK_ERR_ARGUMENT without chains or draws,
 * WICK_ERR_MEMORY, WICK_ERR_DOMAIN for a probability that is not between 0 and 1; NaN is returned
 * then.
 */
WICK_API double wick_rhat(wick *w, wick_chains x);

/**
 * Effective sample sizes: how many independent draws would say as much of the ranks of the draws
 * (bulk), of their 5 % and 95 % quantiles (tail; the smaller), of the mean, of a quantile. Below
 * 400, or 100 for each chain, none of the diagnostics can be relied on.
 */
WICK_API double wick_ess_bulk(wick *w, wick_chains x);
WICK_API double wick_ess_tail(wick *w, wick_chains x);
WICK_API double wick_ess_mean(wick *w, wick_chains x);
WICK_API double wick_ess_quantile(wick *w, wick_chains x, double prob);

/** Monte Carlo standard errors of the mean, the standard deviation, a quantile. */
WICK_API double wick_mcse_mean(wick *w, wick_chains x);
WICK_API double wick_mcse_sd(wick *w, wick_chains x);
WICK_API double wick_mcse_quantile(wick *w, wick_chains x, double prob);

/** The quantile of n numbers, between order statistics (type 7 of Hyndman & Fan 1996, as R's
 * default). */
WICK_API double wick_sample_quantile(wick *w, size_t n, const double *x, double prob);

/**
 * E-BFMI of one chain, from its n energies: how well draws of the momentum follow the energies of
 * the posterior. Below 0.3 they do not reach its tails.
 *
 * Source: Betancourt (2016), "Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte
 * Carlo": the sum of squared differences over n, over the variance, as rstan has it.
 */
WICK_API double wick_ebfmi(wick *w, size_t n, const double *energies);

WICK_END

#endif
