/**
 * Models: programs of sample sites, parameters and plates, and the handlers that reinterpret them.
 *
 * A program is a C function and its argument. It calls wick_sample, wick_observe, wick_param and
 * the ops; each call sends a message (a wick_site) through the stack of handlers: innermost first
 * on the way out, outermost first on the way back. A handler changes the message on the way out,
 * and looks on the way back. Inference is a composition of handlers.
 *
 * Five rules: inside a plate write one member; a plate opened again is the same plate; to leave a
 * plate, take, sum, join or sum_into; loops are C loops; what is enumerated looks like one value.
 */
#ifndef WICK_SITE_H
#define WICK_SITE_H

#include <wick/dist.h>

WICK_BEGIN

/** A model or guide: a function and its argument. */
typedef struct wick_program {
    void (*fn)(wick *w, void *arg);
    void *arg;
} wick_program;

/** What a site is. The values are bits, for wick_block. */
typedef enum wick_site_type {
    WICK_SAMPLE = 1,       /**< a random variable, latent or observed */
    WICK_PARAM = 2,        /**< a parameter of the store */
    WICK_DETERMINISTIC = 4 /**< a value that was given a name */
} wick_site_type;

typedef struct wick_site wick_site;
typedef struct wick_trace wick_trace;
typedef struct wick_handler wick_handler;

/** A message on its way through the handlers, and afterwards the record of it in a trace. */
struct wick_site {
    wick_site_type type;
    const char *name;           /**< interned: wick_name(w, "x") == name compares names */
    wick_dist dist;             /**< sample sites */
    wick_var value;             /**< params: in the constrained space */
    wick_var unconstrained;     /**< params only */
    wick_var mask;              /**< product of the masks, or WICK_VAR_NONE */
    double scale;               /**< product of the wick_scale handlers; plates are not in it */
    uint64_t seed;              /**< of the draw */
    bool seeded;                /**< set by a wick_reseed */
    uint32_t plates;            /**< the set of open plates */
    uint32_t enumerated;        /**< the dimension it was enumerated along, or 0 */
    bool observed;              /**< value is data */
    wick_enumeration enumerate; /**< whether it is marked for enumeration, and how */
    bool frozen;                /**< params: gradients are cut */
    bool stop;                  /**< set by a handler: those outside it do not see the message */
    bool recorded;              /**< a trace keeps it */
    struct wicki_entry *entry;  /**< params: the entry of the store */
    wick_site *next;            /**< in a trace: the site recorded after it */
};

/* --- sites ----------------------------------------------------------------------------------- */

/**
 * A latent random variable.
 *
 * @param name  a literal or wick_name(w, "z_%d", t); once per run
 * @return      its value: drawn, replayed, conditioned or enumerated
 * Errors: WICK_ERR_SHAPE if the distribution varies over a plate that is not open.
 */
WICK_API wick_var wick_sample(wick *w, const char *name, wick_dist dist);

/** An observed one; returns x. Errors: also WICK_ERR_SHAPE if x varies over a closed plate. */
WICK_API wick_var wick_observe(wick *w, const char *name, wick_dist dist, wick_var x);

/** A term of the log-density, once per member of the open plates. */
WICK_API void wick_factor(wick *w, const char *name, wick_var log_factor);

/** Gives a value a name in traces; returns it. */
WICK_API wick_var wick_deterministic(wick *w, const char *name, wick_var x);

/* --- plates ---------------------------------------------------------------------------------- */

/** A plate: members that are independent given what is outside. */
typedef struct wick_plate_options {
    const char *name;
    size_t size;      /**< members, at least 1 */
    size_t subsample; /**< members of the minibatch of this step; 0: all */
    /** The minibatch's indices, copied when the plate is opened; NULL: drawn without replacement
     * by (seed, step, name). An autoguide reads them there again in each step. */
    const size_t *indices;
} wick_plate_options;

/**
 * Opens a plate until the matching wick_exit. One name is one dimension with one size and one
 * minibatch for the whole step, whoever opens it.
 *
 * Errors: WICK_ERR_ARGUMENT (size 0, subsample over size, index out of range), WICK_ERR_SHAPE
 * (another size than before in this step), WICK_ERR_LIMIT (a minibatch to be drawn from more than
 * 2^32 members), WICK_ERR_STATE (still open, or was left by break or return).
 */
WICK_API void wick_plate_enter(wick *w, const wick_plate_options *options);

/**
 * Opens an ambient dimension of n draws around a program: sites draw along it, losses average it.
 * One name is one dimension for the whole step, in guide and model alike.
 *
 * Errors: WICK_ERR_ARGUMENT (size 0), WICK_ERR_SHAPE (another size than before in this step),
 * WICK_ERR_STATE (still open).
 */
WICK_API void wick_ambient_enter(wick *w, const char *name, size_t n);

/** Closes what was opened last: a plate, an ambient dimension or a handler. */
WICK_API void wick_exit(wick *w);

/** Opens a handler. Errors: WICK_ERR_STATE if it is open already or belongs to an earlier step. */
WICK_API void wick_enter(wick *w, wick_handler *handler);

WICK_END

#ifdef __cplusplus

/** Closes a plate or handler at the end of its block: wick_scope s(w, wick_scale(w, 2.0)); */
class wick_scope
{
  public:
    wick_scope(wick *w, wick_handler *handler) : w_(w)
    {
        wick_enter(w, handler);
    }
    wick_scope(wick *w, const wick_plate_options &plate) : w_(w)
    {
        wick_plate_enter(w, &plate);
    }
    ~wick_scope()
    {
        wick_exit(w_);
    }
    wick_scope(const wick_scope &) = delete;
    wick_scope &operator=(const wick_scope &) = delete;

  private:
    wick *w_;
};

#else

#ifdef __COUNTER__
#define WICK_UNIQUE __COUNTER__
#else
#define WICK_UNIQUE __LINE__
#endif
#define WICK_SCOPE_NAMED(w, enter, once) \
    for (bool once = (enter, true); once; once = (wick_exit(w), false))
#define WICK_SCOPE_NUMBERED(w, enter, number) WICK_SCOPE_NAMED(w, enter, wick_once_##number)
#define WICK_SCOPE_EXPANDED(w, enter, number) WICK_SCOPE_NUMBERED(w, enter, number)

/**
 * WICK_PLATE(w, "data", n) { ... }   or   WICK_PLATE(w, "data", n, .subsample = b) { ... }
 *
 * The body runs once, also after an error. Do not leave it by break, return or goto: that is
 * found when the program ends, and reported. continue ends the body.
 */
#define WICK_PLATE(w, plate_name, ...)                                                           \
    WICK_SCOPE_EXPANDED(w,                                                                       \
        wick_plate_enter(w, &(wick_plate_options){ .name = (plate_name), .size = __VA_ARGS__ }), \
        WICK_UNIQUE)

#define WICK_AMBIENT(w, name, n) WICK_SCOPE_EXPANDED(w, wick_ambient_enter(w, name, n), WICK_UNIQUE)

/** WICK_WITH(w, wick_scale(w, 2.0)) { ... }: the same for a handler. */
#define WICK_WITH(w, handler) WICK_SCOPE_EXPANDED(w, wick_enter(w, handler), WICK_UNIQUE)

#endif

WICK_BEGIN

/* --- programs and traces --------------------------------------------------------------------- */

/** Runs a program inside another, under the same handlers and plates. */
WICK_API void wick_call(wick *w, wick_program program);

/** The program under a handler, as a program; lives until the tape is reset. */
WICK_API wick_program wick_wrap(wick *w, wick_program program, wick_handler *handler);

/** Runs a program and records its sites. NULL after an error. Lives until the tape is reset. */
WICK_API wick_trace *wick_trace_run(wick *w, wick_program program);

/**
 * The sites in the order they were met: for (s = wick_trace_first(t); s; s = wick_site_next(s)).
 *
 * This and the two functions below look into the trace, which must be alive: of this step. Only
 * wick_replay, which knows the handle, can tell one that is gone.
 */
WICK_API const wick_site *wick_trace_first(const wick_trace *trace);
WICK_API const wick_site *wick_site_next(const wick_site *site);

/** The site of that name, or NULL. */
WICK_API const wick_site *wick_trace_find(const wick_trace *trace, const char *name);

/** wick_get of the value of a site. Errors: WICK_ERR_NAME with the names that are there. */
WICK_API size_t wick_trace_get(
    const wick_trace *trace, const char *name, double *out, size_t count);

/**
 * The log-density of a sample site: per member, expanded to the plates of the site, unscaled,
 * unmasked. A density counts once per member whether its value varies or not.
 */
WICK_API wick_var wick_site_log_prob(wick *w, const wick_site *site);

/** The same with scale and mask; where the mask is 0 the density is not evaluated. */
WICK_API wick_var wick_site_cost(wick *w, const wick_site *site);

/* --- looking at programs --------------------------------------------------------------------- */

/**
 * A table of the sites of a trace, a line each:
 *
 *   site  type    distribution  plates  enumerated  value              log density
 *   z     sample  categorical   n (5)   2 values    scalar over z (2)  scalar over z (2), n (5)
 *   x     sample  normal [3]    n (5)               [3] over n (5)     scalar over z (2), n (5)
 *
 * The type is sample, observed, param, deterministic or factor. The event of a draw stands after
 * its distribution, unless it is a scalar, the size of a plate after its name, of a minibatch as
 * (64 of 1000). The log density is that of wick_site_log_prob; it is not computed, so that sites
 * can be looked at whose shapes do not fit yet. Columns that have nothing for any site are left
 * out.
 *
 * @return  text that lives until the tape is reset; "" after an error, and for a trace that is NULL
 *          or has no sites
 */
WICK_API const char *wick_format_shapes(wick *w, const wick_trace *trace);

/**
 * A model or guide as a graph, in the language of Graphviz: dot -Tsvg draws it.
 *
 * Sites are nodes: latent ones white, observed ones grey, params dashed, deterministic ones with a
 * double line, factors square. Plates are boxes around them; of plates that cross, the one with
 * more sites is the outer box, and the other one is drawn in it once more, under the same label.
 * Edges lead to a site from those that its distribution and its mask are computed from, and its
 * value, if that is observed or deterministic; a discrete value that is only used as an index
 * counts. What goes through wick_value and C code is not seen, nor are sites under wick_block.
 *
 * The program is run once, aside: tape, parameters and draws are as before, and parameters that it
 * made are gone again. It has to make the vars and handlers that it uses itself.
 *
 * @return  text that lives until the tape is reset; "" after an error, also one of the program
 */
WICK_API const char *wick_model_dot(wick *w, wick_program model);

/* --- handlers: each lives until the tape is reset -------------------------------------------- */

/** Records the sites in *trace, which is set at once. */
WICK_API wick_handler *wick_record_trace(wick *w, wick_trace **trace);

/**
 * Sites of the trace take the values recorded there. Observed sites and params keep their own.
 * Errors: WICK_ERR_STATE for a trace of an earlier step; WICK_ERR_SHAPE if a site stands in other
 * plates than the one recorded.
 */
WICK_API wick_handler *wick_replay(wick *w, const wick_trace *trace);

/** Which messages are hidden. All zero hides everything. */
typedef struct wick_block_options {
    wick *reserved;            /**< what the macro puts there is not looked at */
    unsigned hide_types;       /**< WICK_SAMPLE | WICK_PARAM | ... */
    const char *const *hide;   /**< names, ended by NULL */
    const char *const *expose; /**< names, ended by NULL: everything else is hidden */
    bool (*hide_site)(const wick_site *site, void *arg);
    void *arg;
} wick_block_options;

/** Hides messages from the handlers outside it. It does not cut gradients: wick_freeze does. */
WICK_API wick_handler *wick_block_with(wick *w, const wick_block_options *options);
/* wick_block(w) or wick_block(w, .hide_types = WICK_PARAM) */
#define wick_block(...) \
    wick_block_with(WICK_FIRST(__VA_ARGS__, 0), &(wick_block_options){ .reserved = __VA_ARGS__ })

/** A value for a site, by name. */
typedef struct wick_binding {
    const char *name;
    wick_var value;
} wick_binding;

/**
 * Latent sites of these names become observed with these values. The bindings are copied. Of
 * several conditions the innermost decides, and a condition overrules a substitute or a replay.
 */
WICK_API wick_handler *wick_condition(wick *w, size_t n, const wick_binding *bindings);

/**
 * Latent sites and params of these names take these values; latent sites stay latent. Of several
 * substitutes and replays the innermost decides.
 */
WICK_API wick_handler *wick_substitute(wick *w, size_t n, const wick_binding *bindings);

/**
 * Observed sites become latent again, and are drawn from their distributions; a wick_condition
 * further in is undone, one further out holds. The draw has the event of the distribution alone:
 * where that came from the observation, say wick_iid. wick_observe returns the draw.
 *
 * A wick_factor, which observes nothing, stays a term of the log-density.
 */
WICK_API wick_handler *wick_uncondition(wick *w);

/**
 * Intervention: the program goes on with these values at the sites of these names, as if they were
 * written there, and no density says how probable they are.
 *
 * Each such site is split. Its value, and what handlers inside this one see, is the one given: a
 * deterministic site. For the handlers outside the site stays what it was, latent or observed, with
 * a value of its own on which nothing depends: hide it by wick_block, sum it out (to 1), or observe
 * it by wick_condition, inside or outside, which gives the distribution of a counterfactual. Of
 * several interventions the innermost decides.
 *
 * Source: Richardson & Robins (2013), "Single world intervention graphs"; pyro.poutine.do and
 * numpyro.handlers.do split sites in the same way.
 */
WICK_API wick_handler *wick_do(wick *w, size_t n, const wick_binding *bindings);

/** A prior for a param, by name. */
typedef struct wick_prior {
    const char *name;
    wick_dist dist; /**< of the param in its constrained space, for one member of its plates */
} wick_prior;

/**
 * Params of these names become latent sample sites with these priors. The priors are copied.
 *
 * Handlers outside see a sample site, once, however often the program meets the param; handlers
 * inside see a param that was given a value. The param itself is neither made nor read. A
 * wick_substitute of the name gives the site its value, inside and outside.
 *
 * Errors, when the param is met: WICK_ERR_DOMAIN if the support of the prior is not within the
 * constraint of the param (the ends of an interval do not count; wick_delta goes with any; nothing
 * is known at a wick_param_read); WICK_ERR_SHAPE if the draw is not of the shape of the initial
 * value, or the param was met in other plates before.
 */
WICK_API wick_handler *wick_lift(wick *w, size_t n, const wick_prior *priors);

/** Multiplies the log-densities of the sites in it. Errors: WICK_ERR_DOMAIN unless factor > 0. */
WICK_API wick_handler *wick_scale(wick *w, double factor);

/** Where the mask is 0, sites in it have no density and no gradient; it may vary over anything. */
WICK_API wick_handler *wick_mask(wick *w, wick_var mask);

/** Draws in it depend on this seed instead of the handle's. */
WICK_API wick_handler *wick_reseed(wick *w, uint64_t seed);

/** Marks every latent discrete site with finite support for enumeration. */
WICK_API wick_handler *wick_config_enumerate(wick *w);

/**
 * How a latent sample site is to be enumerated. site->enumerate is what its distribution or a
 * handler further in says so far: return that to leave it alone.
 */
typedef wick_enumeration (*wick_infer_function)(const wick_site *site, void *arg);

/** Marks latent sample sites as the function says. */
WICK_API wick_handler *wick_infer_config(wick *w, wick_infer_function function, void *arg);

/** Parameters in it pass their values and receive no gradient. */
WICK_API wick_handler *wick_freeze(wick *w);

WICK_END

#endif
