/**
 * Fitting: losses, optimisers, SVI, autoguides, restarts.
 */
#ifndef WICK_INFER_H
#define WICK_INFER_H

#include <wick/params.h>

WICK_BEGIN

/* --- losses ---------------------------------------------------------------------------------- */

/**
 * A loss: runs both programs, returns a scalar var. Its value is the reported loss, its adjoint
 * the gradient. The built-in ones have the same type as yours. A loss never resets the tape.
 *
 * @param options  wick_svi_options.loss_options
 */
typedef wick_var (*wick_loss)(wick *w, wick_program model, wick_program guide, const void *options);

/** Options of the built-in losses; NULL for the defaults. */
typedef struct wick_elbo_options {
    size_t num_particles; /**< draws of the guide that are averaged; 0: one */
} wick_elbo_options;

/**
 * Minus the evidence lower bound, E_q[log p - log q], by draws from the guide. Gradients go through
 * reparameterised draws; other draws, discrete ones above all, have their score: what depends on
 * such a draw is multiplied by exp(log q - detach(log q)), which is unbiased, but noisy.
 *
 * Errors: WICK_ERR_NAME if a latent site of the model is missing in the guide or the other way
 * round; WICK_ERR_SHAPE if a site stands in other plates in the two, if its value in the guide has
 * another event than a draw of the model, or a discrete one has more values; WICK_ERR_DOMAIN if the
 * distribution of the guide goes beyond the support of the model's, or one of them is discrete (the
 * ends of an interval do not count; wick_delta goes with any); WICK_ERR_ARGUMENT if a site of the
 * guide is marked for enumeration.
 */
WICK_API wick_var wick_trace_elbo(
    wick *w, wick_program model, wick_program guide, const void *options);

/**
 * The same with discrete sites summed over exactly. In the model: every latent site with finite
 * support that has no value from the guide or a handler is summed out, inside the log. In the guide:
 * sites marked by wick_enumerate, wick_config_enumerate or wick_infer_config; the bound is its exact
 * expectation over them. Both may be mixed with each other and with draws.
 *
 * A site enumerated one value at a time within a plate has the same value in all members of a run;
 * nothing outside the plate may depend on it.
 *
 * Errors: as above; WICK_ERR_LIMIT for a sum whose table would be too large, with the sites that meet
 * in it; WICK_ERR_SHAPE for sites that are not in a tree of plates, and for a subsampled plate within
 * a variable of the model that is summed out; WICK_ERR_ARGUMENT for sites of the model of different
 * scale that are summed together.
 */
WICK_API wick_var wick_trace_enum_elbo(
    wick *w, wick_program model, wick_program guide, const void *options);

/* --- optimisers ------------------------------------------------------------------------------ */

/** One update of one parameter, in unconstrained coordinates. */
typedef struct wick_update {
    size_t n;
    double *value;
    const double *gradient;
    double *state;        /**< n_state arrays of n doubles, zero before the first update */
    uint64_t step;        /**< 1 for the first update of this parameter */
    const double *shared; /**< what the optimiser's share function computed for this step */
} wick_update;

/** An optimiser: an update and how much it remembers. Make your own by filling one in. */
typedef struct wick_optim {
    void (*update)(const struct wick_optim *self, const wick_update *u);
    /** Raises an error for options out of range and returns false; NULL: they are fine. */
    bool (*check)(wick *w, const struct wick_optim *self);
    /** Fills the 8 numbers that all updates of one step share; NULL: there are none. */
    void (*share)(const struct wick_optim *self, uint64_t step, double *shared);
    size_t n_state;
    double option[8]; /**< meaning is the update's own */
} wick_optim;

/** The value 0 where 0 in an option means "the default". */
#define WICK_ZERO (-0.0)

/** Options of Adam; 0 is the default, WICK_ZERO is zero. */
typedef struct wick_adam_options {
    char reserved;
    double lr;    /**< 0: 1e-3 */
    double beta1; /**< 0: 0.9 */
    double beta2; /**< 0: 0.999 */
    double eps;   /**< 0: 1e-8 */
} wick_adam_options;

WICK_API wick_adam_options wick_adam_options_default(void);

/**
 * Adam. m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
 * x -= lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps), t counted per parameter.
 * Moments below the smallest normal number are 0, and where m is 0 nothing moves.
 *
 * Source: Kingma & Ba (2015), algorithm 1. Options out of range (lr < 0, a beta outside [0, 1),
 * eps < 0, NaN) are reported by wick_svi_new as WICK_ERR_ARGUMENT.
 */
WICK_API wick_optim wick_adam_with(wick_adam_options options);
#define wick_adam(...) wick_adam_with((wick_adam_options){ 0, __VA_ARGS__ })

/* --- compiled functions ----------------------------------------------------------------------- */

/** As many threads as the machine has processors online, whatever the process may use of them. */
#define WICK_ALL_THREADS SIZE_MAX

/** Zero is the default. */
typedef struct wick_graph_options {
    size_t threads; /**< 0 or 1: the caller's; WICK_ALL_THREADS. Any number gives the same bits */
    const char *plate;    /**< the plate that is run in tiles; NULL: the largest, of more than 1024
                            members. It must live as long as the graph */
    size_t tile;          /**< members in a tile; 0: what fits into the cache */
    uint64_t check_every; /**< runs between two checks, at most; 0: 1024 */

    /**
     * Called once a run, or more often if a sum over the plate enters in a way that is not linear:
     * once for each time that the tiles are gone through. It gets all sums over the tiled plate, of
     * values and of gradients: add to them those of other processes, which hold other members.
     * NULL: there are none.
     *
     * It is not called if no plate is tiled: name the plate if a process may have few members.
     * Each process numbers its members from 0, in draws too. wick_mean divides by the process's own
     * count, and what does not vary over the plate counts that often. Parameters by member are
     * local to a process; all others stay the same in all.
     */
    void (*reduce)(double *sums, size_t n, void *arg);
    void *reduce_arg;
} wick_graph_options;

/** A function that returns a scalar: a loss, a log-density. */
typedef wick_var (*wick_scalar_function)(wick *w, void *arg);

typedef struct wick_graph wick_graph;

/**
 * A function compiled: recorded once, then run again without its C code.
 *
 * In each run parameters and data are read anew, sites draw anew, minibatches are chosen anew.
 * What C computed is frozen: the numbers given to wick_num and to ops, what `if` and `for`
 * decided. After 1, 2, 4, ... runs and then every check_every the program is recorded again and
 * compared; if it differs the run fails (WICK_ERR_STATE) with the first site that does.
 *
 * A plate of more than 1024 members (the largest) is run in tiles: memory does not grow with it.
 * That takes a program that only sums over the plate (wick_sum, wick_mean, wick_sum_into, sites)
 * and reads no values (wick_value, wick_get) while it runs; others are run whole.
 *
 * Recording resets the tape: by the first run and by checks.
 *
 * @return  to be given to wick_graph_free before the handle goes; NULL after an error
 */
WICK_API wick_graph *wick_graph_new(
    wick *w, wick_scalar_function function, void *arg, const wick_graph_options *options);
WICK_API void wick_graph_free(wick_graph *g);

/** The function's value, and the gradients. NaN after an error. Each run is a step of the random
 * numbers. Errors: those of the function; WICK_ERR_NONFINITE; WICK_ERR_STATE by a check. */
WICK_API double wick_graph_run(wick_graph *g);

/** The value alone. */
WICK_API double wick_graph_evaluate(wick_graph *g);

/**
 * The gradient of a parameter in the last run, in unconstrained coordinates, members first as
 * wick_param_get has it. Returns count, 0 after an error. Errors: WICK_ERR_NAME for a parameter
 * that the function did not meet, WICK_ERR_SHAPE for another count.
 */
WICK_API size_t wick_graph_gradient(wick_graph *g, const char *name, double *out, size_t count);

/** Records the function again and compares, now. False after an error: WICK_ERR_STATE if it
 * differs, with the first site that does. */
WICK_API bool wick_graph_verify(wick_graph *g);

/** How the function is run, in one line: "plate 'data' of 1000000 in tiles of 256, 1 pass, 62
 * blocks, 2 threads". Lives until the tape is reset. */
WICK_API const char *wick_graph_describe(wick_graph *g);

/* --- SVI ------------------------------------------------------------------------------------- */

typedef struct wick_svi wick_svi;

/** Zero is the default. */
typedef struct wick_svi_options {
    wick_loss loss;           /**< NULL: wick_trace_elbo */
    const void *loss_options; /**< handed to the loss; must outlive the svi */
    wick_optim optim;         /**< all zero: wick_adam() */
    bool compile;             /**< record once, then run what was recorded: see wick_graph_new */
    size_t threads;           /**< of a compiled step: 0 or 1: the caller's; WICK_ALL_THREADS */
    wick_graph_options graph; /**< of a compiled step; its threads count if those above are 0 */
} wick_svi_options;

/**
 * Model, guide, loss and optimiser together.
 *
 * What the optimiser remembers stays with the parameters: a second wick_svi on the same ones goes on
 * with it, until wick_params_clear.
 *
 * @return  to be given to wick_svi_free before the handle goes; NULL after an error. Every
 *          function that takes a wick_svi takes NULL.
 */
WICK_API wick_svi *wick_svi_new(
    wick *w, wick_program model, wick_program guide, const wick_svi_options *options);
WICK_API void wick_svi_free(wick_svi *svi);

/**
 * One step: resets the tape, runs the loss, differentiates, updates the parameters met.
 *
 * @return  the loss before the update; NaN after an error. A step that fails leaves parameters,
 *          optimiser state and the step counter as they were.
 * Errors: those of the loss; WICK_ERR_STATE if a plate or handler is open around it;
 * WICK_ERR_NONFINITE if the loss or a gradient is NaN or infinite, with where it began.
 */
WICK_API double wick_svi_step(wick_svi *svi);

/** The loss without an update; makes parameters that do not exist yet. NaN after an error. */
WICK_API double wick_svi_evaluate(wick_svi *svi);

/** Steps done. */
WICK_API uint64_t wick_svi_steps(const wick_svi *svi);

/**
 * Euclidean norm of the gradient of a parameter in the last step, in unconstrained coordinates;
 * 0 if the last step did not meet it. Errors: WICK_ERR_NAME for an unknown parameter.
 */
WICK_API double wick_svi_gradient_norm(wick_svi *svi, const char *name);

/**
 * The best of n starts: for seeds 0 .. n-1 sets the seed, clears the parameters, evaluates; then
 * starts again at the best. Losses within 1e-9 of the best tie to the lowest seed; NaN never wins.
 *
 * @param losses  room for n losses, or NULL
 * @return        the best seed
 * Errors: WICK_ERR_NONFINITE if no start has a finite loss.
 */
WICK_API uint64_t wick_multistart(wick_svi *svi, size_t n, double *losses);

/* --- autoguides ------------------------------------------------------------------------------ */

typedef struct wick_guide wick_guide;

/**
 * An initial value for a site: one member's, or a var that varies over the site's plates, which
 * are open. Of the site, type, name and plates are set. WICK_VAR_NONE leaves it to the default.
 */
typedef wick_var (*wick_init_function)(wick *w, const wick_site *site, void *arg);

typedef struct wick_auto_options {
    wick_init_function init; /**< NULL: the median of 15 draws from the prior */
    void *init_arg;
    const char *const *expose; /**< names, ended by NULL: only these sites; NULL: all. It must
                                    outlive the guide */
} wick_auto_options;

/**
 * A guide of point estimates: site x becomes delta(parameter "AutoDelta.x"), constrained to the
 * support of x. With an ELBO this is the MAP estimate in the constrained space: no Jacobian.
 *
 * Runs the model once to find its latent sites; those with finite discrete support are left out.
 *
 * @return  to be given to wick_guide_free; NULL after an error
 * Errors: WICK_ERR_NAME if .expose names what is no latent site; WICK_ERR_ARGUMENT for a discrete
 * site that could not be summed out either: with an event, or without a finite set of values.
 */
WICK_API wick_guide *wick_auto_delta_new(
    wick *w, wick_program model, const wick_auto_options *options);
WICK_API void wick_guide_free(wick_guide *guide);
WICK_API wick_program wick_guide_program(const wick_guide *guide);

/** The current point estimate of a site, as wick_param_get gives it. */
WICK_API size_t wick_guide_get(
    const wick_guide *guide, const char *site, double *out, size_t count);

WICK_END

#endif
