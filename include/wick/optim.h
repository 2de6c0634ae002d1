/**
 * Optimisers: how parameters move, given their gradients; and how the learning rate changes.
 */
#ifndef WICK_OPTIM_H
#define WICK_OPTIM_H

#include <wick/params.h>

WICK_BEGIN

/* --- what an optimiser is -------------------------------------------------------------------- */

/** One update of one parameter, in unconstrained coordinates. */
typedef struct wick_update {
    size_t n;
    double *value;
    const double *gradient;
    double *state;        /**< n_state arrays of n doubles, zero before the first update */
    uint64_t step;        /**< 1 for the first update of this parameter */
    double rate;          /**< by the schedule: what the learning rate is multiplied by; else 1 */
    const double *shared; /**< what the optimiser's share function computed for this step */
} wick_update;

/** A step of an optimiser that moves all parameters together and may evaluate the loss again. */
typedef struct wick_whole_step {
    wick *w;
    size_t n_params;
    const wick_update
        *param;  /**< values, which it moves; gradients, of the last evaluation; state */
    double loss; /**< of the last evaluation */
    /** Loss and gradients at the values as they are now. The loss is INFINITY, and gradients must
     * not be read, where one of them is not finite or a value outside its domain. False after any
     * other error. */
    bool (*evaluate)(struct wick_whole_step *self);
    void *owner;
} wick_whole_step;

/** An optimiser: an update and how much it remembers. Make your own by filling one in. */
typedef struct wick_optim {
    const char
        *name; /**< what is remembered was remembered by the optimiser of that name, or NULL */
    void (*update)(const struct wick_optim *self, const wick_update *u);
    /** Raises an error for options out of range and returns false; NULL: they are fine. */
    bool (*check)(wick *w, const struct wick_optim *self);
    /** Fills the 8 numbers that all updates of one step share; NULL: there are none. */
    void (*share)(const struct wick_optim *self, uint64_t step, double *shared);
    /** Instead of update: a step of all parameters together. After an error it returns false, and
     * the values are put back; it changes state only when nothing can fail any more. */
    bool (*whole)(const struct wick_optim *self, wick_whole_step *step);
    size_t n_state;
    double option[8]; /**< meaning is the update's own */
} wick_optim;

/**
 * The value 0 where 0 in an option means "the default".
 *
 * In the options of every optimiser here 0 is the default and WICK_ZERO is zero. Options out of
 * range are WICK_ERR_ARGUMENT, raised by wick_svi_new. A learning rate of WICK_ZERO moves nothing.
 *
 * In the formulas x is the value, g the gradient, t the number of the update of this parameter, from
 * 1, and lr the learning rate times wick_update.rate. Running means below the smallest normal number
 * are 0, and a value whose direction is 0 does not move, even if eps is 0.
 */
#define WICK_ZERO (-0.0)

/* --- optimisers ------------------------------------------------------------------------------ */

typedef struct wick_sgd_options {
    char reserved;
    double lr;        /**< 0: 1e-3 */
    double momentum;  /**< 0: none; below 1 */
    double dampening; /**< 0: none; up to 1 */
    bool nesterov;    /**< needs momentum, and no dampening */
} wick_sgd_options;

WICK_API wick_sgd_options wick_sgd_options_default(void);

/**
 * Gradient descent: x -= lr g. With momentum: b = momentum b + (1 - dampening) g (b = g for t = 1),
 * x -= lr b; with nesterov x -= lr (g + momentum b).
 *
 * Source: PyTorch's SGD; Sutskever, Martens, Dahl & Hinton (2013) for the momentum of Nesterov.
 */
WICK_API wick_optim wick_sgd_with(wick_sgd_options options);
#define wick_sgd(...) wick_sgd_with((wick_sgd_options){ 0, __VA_ARGS__ })

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
 * x -= lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps).
 *
 * Source: Kingma & Ba (2015), algorithm 1.
 */
WICK_API wick_optim wick_adam_with(wick_adam_options options);
#define wick_adam(...) wick_adam_with((wick_adam_options){ 0, __VA_ARGS__ })

typedef struct wick_adamw_options {
    char reserved;
    double lr;           /**< 0: 1e-3 */
    double beta1;        /**< 0: 0.9 */
    double beta2;        /**< 0: 0.999 */
    double eps;          /**< 0: 1e-8 */
    double weight_decay; /**< 0: 0.01 */
} wick_adamw_options;

WICK_API wick_adamw_options wick_adamw_options_default(void);

/**
 * Adam with decoupled weight decay: x -= lr weight_decay x, then the update of Adam. What decays is
 * the value in unconstrained coordinates.
 *
 * Source: Loshchilov & Hutter (2019), algorithm 2, as PyTorch's AdamW has it.
 */
WICK_API wick_optim wick_adamw_with(wick_adamw_options options);
#define wick_adamw(...) wick_adamw_with((wick_adamw_options){ 0, __VA_ARGS__ })

typedef struct wick_clipped_adam_options {
    char reserved;
    double lr;           /**< 0: 1e-3 */
    double beta1;        /**< 0: 0.9 */
    double beta2;        /**< 0: 0.999 */
    double eps;          /**< 0: 1e-8 */
    double weight_decay; /**< 0: none */
    double clip_norm;    /**< 0: 10; above 0, INFINITY for none */
    double lrd;          /**< 0: 1; above 0, at most 1 */
} wick_clipped_adam_options;

WICK_API wick_clipped_adam_options wick_clipped_adam_options_default(void);

/**
 * Pyro's ClippedAdam: every number of g is clipped to [-clip_norm, clip_norm], then
 * weight_decay x is added; m and v are as in Adam;
 * x -= lr lrd^t sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps).
 * Beside Adam eps is thus larger by 1 / sqrt(1 - beta2^t).
 *
 * Source: Pyro's pyro.optim.ClippedAdam, without centered_variance.
 */
WICK_API wick_optim wick_clipped_adam_with(wick_clipped_adam_options options);
#define wick_clipped_adam(...) wick_clipped_adam_with((wick_clipped_adam_options){ 0, __VA_ARGS__ })

typedef struct wick_rmsprop_options {
    char reserved;
    double lr;       /**< 0: 0.01 */
    double alpha;    /**< 0: 0.99 */
    double eps;      /**< 0: 1e-8 */
    double momentum; /**< 0: none; below 1 */
    bool centered;   /**< divide by the standard deviation of g, not by its root mean square */
} wick_rmsprop_options;

WICK_API wick_rmsprop_options wick_rmsprop_options_default(void);

/**
 * RMSprop. v = alpha v + (1 - alpha) g^2, r = g / (sqrt(v) + eps), x -= lr r.
 * Centered: a = alpha a + (1 - alpha) g, and v - a^2, not below 0, stands under the root.
 * With momentum: b = momentum b + r, x -= lr b.
 *
 * Source: Tieleman & Hinton (2012), lecture 6.5; Graves (2013), equations 38 to 45, for the centered
 * one; eps and momentum as PyTorch's RMSprop has them.
 */
WICK_API wick_optim wick_rmsprop_with(wick_rmsprop_options options);
#define wick_rmsprop(...) wick_rmsprop_with((wick_rmsprop_options){ 0, __VA_ARGS__ })

typedef struct wick_adagrad_options {
    char reserved;
    double lr;          /**< 0: 0.01 */
    double lr_decay;    /**< 0: none */
    double accumulator; /**< what the sum begins with; 0: 0 */
    double eps;         /**< 0: 1e-10 */
} wick_adagrad_options;

WICK_API wick_adagrad_options wick_adagrad_options_default(void);

/**
 * Adagrad. s += g^2, x -= lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps).
 *
 * Source: Duchi, Hazan & Singer (2011), as PyTorch's Adagrad has it.
 */
WICK_API wick_optim wick_adagrad_with(wick_adagrad_options options);
#define wick_adagrad(...) wick_adagrad_with((wick_adagrad_options){ 0, __VA_ARGS__ })

typedef struct wick_lbfgs_options {
    char reserved;
    double lr;          /**< first length that is tried along a direction; 0: 1 */
    size_t history;     /**< pairs of differences that are kept; 0: 10; at most 100 */
    double armijo;      /**< c1; 0: 1e-4 */
    double curvature;   /**< c2, above c1; 0: 0.9 */
    size_t evaluations; /**< of one line search, at most; 0: 30; 5 or more */
} wick_lbfgs_options;

WICK_API wick_lbfgs_options wick_lbfgs_options_default(void);

/**
 * L-BFGS with a line search for the strong Wolfe conditions: a step is one direction and one search,
 * for losses that are smooth functions of the parameters: MAP, exact sums, closed forms.
 *
 * A step evaluates loss and gradient at its start, and one time or a few along its line. The
 * direction is that of the history, or the gradient's if there is none, or the other one leads
 * nowhere. Losses that differ by less than 1e-13 of themselves count as equal (rounding; the slopes
 * decide then, as in Hager & Zhang 2005). Where no point of the line is lower by more, the step moves
 * nothing and is no error: this is the end of what arithmetic can tell.
 *
 * Draws: all evaluations of all steps have the random numbers of step 0. So a loss that draws becomes
 * a fixed function, the mean over its draws, and that is what is minimised: take many (Giordano,
 * Ingram & Broderick 2024 advise 30), and gradients through reparameterised draws, since the score
 * of others is no derivative of that function. A minibatch held fixed would ignore the other data:
 * it is an error.
 *
 * Errors of a step, all of which leave everything as it was: WICK_ERR_NUMERIC if the loss falls
 * neither along the direction nor along the gradient, with what was seen there; WICK_ERR_STATE if a
 * plate is subsampled, or if the parameters met are not the same at all points.
 *
 * Source: Nocedal & Wright (2006), algorithms 7.4, 7.5, 3.5 and 3.6, interpolation (3.59).
 */
WICK_API wick_optim wick_lbfgs_with(wick_lbfgs_options options);
#define wick_lbfgs(...) wick_lbfgs_with((wick_lbfgs_options){ 0, __VA_ARGS__ })

/* --- schedules ------------------------------------------------------------------------------- */

/** How the learning rate falls; t is the number of steps done before, those of the warm-up aside. */
typedef enum wick_decay {
    WICK_DECAY_NONE,        /**< 1 */
    WICK_DECAY_EXPONENTIAL, /**< factor^(t / steps) */
    WICK_DECAY_STAIRS,      /**< factor^floor(t / steps) */
    WICK_DECAY_LINEAR,      /**< from 1 to factor in so many steps, then factor */
    WICK_DECAY_COSINE       /**< factor + (1 - factor) (1 + cos(pi min(t / steps, 1))) / 2 */
} wick_decay;

/**
 * What the learning rates of a step are multiplied by. All zero: 1.
 *
 * Source: Loshchilov & Hutter (2017), equation 5, for the cosine.
 */
typedef struct wick_schedule {
    wick_decay decay;
    uint64_t steps;  /**< see wick_decay; needed for all but NONE */
    double factor;   /**< see wick_decay; 0 or more; above 0 for EXPONENTIAL and STAIRS */
    uint64_t warmup; /**< before all that so many steps: 1, 2, ... times 1 / (warmup + 1) */
    /** Instead of all that: your own function of the steps done before; finite, 0 or more. */
    double (*function)(uint64_t t, void *arg);
    void *arg;
} wick_schedule;

/** The factor for the step after t steps, as SVI uses it; NULL: 1. */
WICK_API double wick_schedule_factor(const wick_schedule *schedule, uint64_t t);

WICK_END

#endif
