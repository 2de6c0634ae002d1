/**
 * Fitting: losses, compiled functions, SVI, restarts, runs.
 */
#ifndef WICK_INFER_H
#define WICK_INFER_H

#include <wick/optim.h>

WICK_BEGIN

/* --- losses ---------------------------------------------------------------------------------- */

/**
 * A loss: runs both programs, returns a scalar var. Its value is the reported loss, its adjoint
 * the gradient. The built-in ones have the same type as yours. A loss never resets the tape.
 *
 * @param options  wick_svi_options.loss_options
 */
typedef wick_var (*wick_loss)(wick *w, wick_program model, wick_program guide, const void *options);

/** Options of the built-in losses; NULL, and zeros, for the defaults. */
typedef struct wick_elbo_options {
    size_t num_particles; /**< draws of the guide; 0: one, or two where particles are compared */
    /** All in one run, along an ambient dimension "particles" around both programs; otherwise each in
     * a run of its own. */
    bool vectorize_particles;
    /** Of the ELBOs, 0 < decay < 1: draws without a gradient have moving averages of their cost as
     * baselines; 0: none. Pyro's decay is 0.9. */
    double baseline;
    const double *kl_weight; /**< multiplies log p and log q of the latent sites, but of those that
                                  are summed out of the model; read in each run, also of a compiled
                                  step, so set it from step to step to anneal. NULL: 1 */
    double alpha;            /**< of wick_renyi_elbo; not 1 */
    /** Of wick_reweighted_wake_sleep: the part of the wake phase in the loss of the guide, 0 to 1; 0:
     * all of it, WICK_ZERO: nothing. */
    double insomnia;
} wick_elbo_options;

/**
 * Minus the evidence lower bound, E_q[log p - log q], by draws from the guide. Gradients go through
 * reparameterised draws; other draws, discrete ones above all, have their score: what depends on
 * such a draw is multiplied by exp(log q - detach(log q)), which is unbiased, but noisy. What depends
 * on a draw is read off the tape, in a plate member by member: costs of other members, and those from
 * before the draw, add no noise. Baselines take away more of it: .baseline for all such sites, or
 * wick_baseline for one.
 *
 * A moving average b of the cost R of a site's draws, in each member of its plates, is the parameter
 * "baseline.NAME", which begins at 0. After a step, and whatever the optimiser, b = decay b + (1 -
 * decay) R.
 *
 * Errors: WICK_ERR_NAME if a latent site of the model is missing in the guide or the other way
 * round, unless it is marked by wick_auxiliary; WICK_ERR_SHAPE if a site stands in other plates in the
 * two, if its value in the guide has another event than a draw of the model, or a discrete one has
 * more values; WICK_ERR_DOMAIN if the distribution of the guide goes beyond the support of the
 * model's, or one of them is discrete (the ends of an interval do not count; wick_delta goes with
 * any), and for options out of range; WICK_ERR_ARGUMENT if a site of the guide is marked for
 * enumeration, and for an option that is of another loss.
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

/**
 * The same with KL(q || p) in closed form for each latent site where it is known
 * (wick_kl_divergence) and right: given what was drawn besides, E_q[log q(z) - log p(z)] is that
 * divergence if neither distribution depends on z. Otherwise log q - log p at the draw. No structure of
 * the guide is assumed: what depends on z, also by way of another site, is read off the tape. Values
 * that C code read (wick_value, wick_get), and sites enumerated one value at a time, may have gone
 * anywhere: with them all is taken at the draw. So are a site that is enumerated, one in whose
 * density a variable of the model stands that is summed out, and one whose mask has an event.
 *
 * Errors: as above.
 */
WICK_API wick_var wick_trace_mean_field_elbo(
    wick *w, wick_program model, wick_program guide, const void *options);

/**
 * Minus Renyi's bound of K particles, log(mean_k (p_k / q_k)^(1 - alpha)) / (1 - alpha), over the whole
 * joint density. alpha 0 is the importance weighted bound (IWAE), alpha to 1 the ELBO. Its expectation
 * is the bound that is fitted; its gradient is unbiased for that. Draws without a gradient have
 * their score times what the bound is above that in which their particle counts as the geometric
 * mean of the others. Discrete sites that the guide lacks are summed out of the model.
 *
 * Particles are num_particles, 2 by default, and the draws along ambient dimensions that the programs
 * open. It is not linear: with subsampled plates, the mean over minibatches is not the full bound.
 *
 * Errors: as above; WICK_ERR_ARGUMENT for alpha 1, and for one particle; WICK_ERR_DOMAIN for an alpha
 * that is not finite.
 * Sources: Li & Turner (2016), "Renyi divergence variational inference", eq. 10; Burda, Grosse &
 * Salakhutdinov (2016), "Importance weighted autoencoders"; Mnih & Rezende (2016), "Variational
 * inference for Monte Carlo objectives".
 */
WICK_API wick_var wick_renyi_elbo(
    wick *w, wick_program model, wick_program guide, const void *options);

/**
 * Reweighted wake-sleep, for guides whose draws have no gradient. The value is that of
 * wick_renyi_elbo at alpha 0; what is differentiated is something else. With the particles z_k as
 * numbers, and weights w_k = p_k / q_k over their sum, parameters of the model follow
 * sum_k w_k log p(x, z_k) (wake), those of the guide
 * insomnia sum_k (w_k - 1/K) log q(z_k) + (1 - insomnia) mean log q(z) over z that the model dreams
 * (sleep). The 1/K changes no mean, and takes the noise away where the guide is the posterior.
 * No gradient goes through any draw: a wick_delta of a parameter stays where it is.
 *
 * To sleep, the guide must be able to look at what was dreamed: pass the data through
 * wick_deterministic(w, NAME, x), with the name and in the plates of the observed site. The model is run
 * as under wick_uncondition, as often as there are particles.
 *
 * Errors: as of wick_renyi_elbo; WICK_ERR_DOMAIN for an insomnia outside 0 to 1; WICK_ERR_NAME if it
 * is below 1 and the guide names no data of the model's.
 * Sources: Bornschein & Bengio (2015), "Reweighted wake-sleep"; Le et al. (2019), "Revisiting
 * reweighted wake-sleep".
 */
WICK_API wick_var wick_reweighted_wake_sleep(
    wick *w, wick_program model, wick_program guide, const void *options);

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

    /** The optimiser of a parameter, asked for once, before its first update; all zero: optim. NULL:
     * optim for all. A learning rate of WICK_ZERO keeps a parameter where it is. */
    wick_optim (*optim_for)(const char *param, void *arg);
    void *optim_arg;

    wick_schedule schedule; /**< of the learning rates, by wick_svi_steps; all zero: they stay */
    double clip_norm;  /**< the gradients of all parameters are scaled down together, if need be, to
                            this Euclidean norm; 0: they are not (Pascanu et al. 2013). An error
                            for parameters by member where graph.reduce spreads the members */
    double clip_value; /**< then each number is clipped to +- this; 0: they are not */

    bool compile;             /**< record once, then run what was recorded: see wick_graph_new */
    size_t threads;           /**< of a compiled step: 0 or 1: the caller's; WICK_ALL_THREADS */
    wick_graph_options graph; /**< of a compiled step; its threads count if those above are 0 */
} wick_svi_options;

/**
 * Model, guide, loss and optimiser together.
 *
 * What the optimiser remembers stays with the parameters: a second wick_svi on the same ones, with an
 * optimiser of the same name, goes on with it, until wick_params_clear.
 *
 * @return  to be given to wick_svi_free before the handle goes; NULL after an error. Every
 *          function that takes a wick_svi takes NULL.
 * Errors: WICK_ERR_ARGUMENT for a program without function, and for options of the optimiser, the
 * schedule or the clipping that are out of range or do not go together. Those of an optimiser that
 * optim_for returns are errors of the step.
 */
WICK_API wick_svi *wick_svi_new(
    wick *w, wick_program model, wick_program guide, const wick_svi_options *options);
WICK_API void wick_svi_free(wick_svi *svi);

/**
 * One step: resets the tape, runs the loss, differentiates, updates the parameters met.
 *
 * @return  the loss before the update; NaN after an error. A step that fails leaves parameters,
 *          optimiser state and the step counter as they were.
 * Errors: those of the loss; those of wick_lbfgs; WICK_ERR_STATE if a plate or handler is open
 * around it; WICK_ERR_NONFINITE if the loss or a gradient is NaN or infinite, with where it began.
 */
WICK_API double wick_svi_step(wick_svi *svi);

/** The loss without an update; makes parameters that do not exist yet. NaN after an error. */
WICK_API double wick_svi_evaluate(wick_svi *svi);

/** Steps done. */
WICK_API uint64_t wick_svi_steps(const wick_svi *svi);

/**
 * Euclidean norm of the gradient of a parameter in the last step, in unconstrained coordinates,
 * before any clipping; 0 if the last step did not meet it. name NULL: of all parameters together.
 * Errors: WICK_ERR_NAME for an unknown parameter.
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

/* --- running a fit --------------------------------------------------------------------------- */

/** When a run stops by itself. */
typedef enum wick_rule {
    WICK_RULE_AUTO,  /**< NOISY once a step has drawn or taken a minibatch, else EXACT */
    WICK_RULE_NONE,  /**< after its steps only */
    WICK_RULE_EXACT, /**< the loss changes by no more than loss_tolerance in a step, and the norm of
                          the gradient of all parameters is at most gradient_tolerance, both times
                          the larger of 1 and |loss| */
    WICK_RULE_NOISY  /**< the mean loss no longer falls: see wick_svi_run */
} wick_rule;

/** Which parameters stand at the end of a run. */
typedef enum wick_keep {
    WICK_KEEP_BEST,   /**< those of the smallest loss; of a noisy one, those at the end of the last
                           window of steps whose mean is the smallest, or above it by no more than
                           two standard errors of the difference */
    WICK_KEEP_LAST,   /**< for losses that change their meaning on the way, as in annealing */
    WICK_KEEP_AVERAGE /**< the mean over the last half of the steps, up to three quarters (Polyak &
                           Juditsky 1992), in unconstrained coordinates */
} wick_keep;

/** Why a run stopped. */
typedef enum wick_stop {
    WICK_STOP_STEPS,     /**< its steps are done */
    WICK_STOP_CONVERGED, /**< by its rule */
    WICK_STOP_STALLED,  /**< an exact loss stayed the same for three steps, to the last bit, but its
                              gradient is not small: a rate of 0, or the end of what rounding allows */
    WICK_STOP_CALLBACK, /**< the callback said so */
    WICK_STOP_ERROR     /**< a step failed: see wick_message */
} wick_stop;

/** Zero is the default. */
typedef struct wick_svi_run_options {
    uint64_t steps; /**< at most; 0: 10000 */
    wick_rule rule;
    double loss_tolerance;     /**< 0: 1e-10 */
    double gradient_tolerance; /**< 0: 1e-6 */
    uint64_t min_steps;        /**< before the first check of a noisy loss; 0: 1024 */
    wick_keep keep;
    uint64_t window; /**< steps of a noisy loss whose means are compared by KEEP_BEST; 0: 100 */

    /** After each step: how many this run has done, and the loss before the last one. False ends
     * the run. NULL: none. */
    bool (*callback)(uint64_t steps, double loss, void *arg);
    void *callback_arg;

    double *losses; /**< room for n_losses; the losses of the first steps go there. NULL: nowhere */
    size_t n_losses;
} wick_svi_run_options;

/** What came of a run. */
typedef struct wick_svi_result {
    uint64_t steps; /**< that this run has done */
    double loss;    /**< exact: at the last parameters; noisy: mean of the last window's steps */
    double best;    /**< the smallest: exact, or the mean of a window; NaN if there is none */
    uint64_t best_step;   /**< after so many steps of this run */
    double gradient_norm; /**< of all parameters together, in the last step */
    bool noisy;           /**< the loss counted as noisy */
    bool converged;       /**< stop is WICK_STOP_CONVERGED */
    wick_stop stop;
    char verdict[240]; /**< the same in words */
} wick_svi_result;

/**
 * Steps until a rule or a limit stops them.
 *
 * The rule for a noisy loss compares the third and the fourth quarter of all losses so far. They are
 * kept as means of 32 to 64 blocks of consecutive steps; the blocks of both quarters give the
 * standard error of the difference of their means (batch means, so that losses may be correlated
 * within a block). The check is made at 32, 40, 48 and 56 blocks, that is each time after 1/7 to 1/4
 * more steps; then the blocks are merged in pairs. Two checks in a row at which the mean fell by at
 * most half a standard error, or by loss_tolerance of itself, stop the run. So it takes a few
 * checks too many where nothing happens any more, mostly up to twice the steps; and it stops too
 * early where the loss falls by less in a quarter of the run than noise can tell: then more
 * particles, larger minibatches or more min_steps help.
 *
 * The first thing a run does is to evaluate the loss, so that all parameters exist. Parameters are
 * put back as they were, at their best, also if a step failed or the callback ended the run; what
 * the optimiser remembers, and the schedule, are those of the last step. A parameter that is new in a
 * later step starts the search for the best anew. Steps allocate nothing that those of wick_svi_step
 * do not.
 *
 * With graph.reduce every process must stop at the same step: the losses are the same in all, the
 * gradient norms are not if parameters are local to a process, so take no EXACT rule then.
 *
 * Errors: those of the steps; WICK_ERR_ARGUMENT for tolerances that are negative or NaN.
 * Source of the statistic: Geweke (1992), with batch means as in Flegal & Jones (2010).
 */
WICK_API wick_svi_result wick_svi_run(wick_svi *svi, const wick_svi_run_options *options);

WICK_END

#endif
