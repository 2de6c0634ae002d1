/*
 * Reweighted wake-sleep (Bornschein & Bengio 2015; Le et al. 2019).
 *
 * Wake: the particles of the guide, as they are, with their shares as weights: the model follows
 * sum w_k log p(x, z_k), the guide sum w_k log q(z_k). Sleep: the guide follows log q(z) of what
 * the model dreams.
 */
#include "infer/elbo.h"
#include "site/handlers.h"
#include "site/site.h"

#include <math.h>

/* --- draws as they are ------------------------------------------------------------------------ */

static void cut(wick *w, wick_handler *self, wick_site *site)
{
    if (site->type != WICK_SAMPLE || site->observed)
        return;
    wick_site outside = *site;
    site->value = wick_detach(wicki_sample_outside(w, self, &outside));
    site->stop = true;
}

wick_handler *wicki_cut_draws(wick *w)
{
    return wicki_handler_new(w, sizeof(wick_handler), cut);
}

/* --- dreams ----------------------------------------------------------------------------------- */

/* Data that the guide has named are those of the dream. */
typedef struct dreaming {
    wick_handler handler;
    const wick_trace *dream;
    size_t given;
} dreaming;

static void give_dream(wick *w, wick_handler *self, wick_site *site)
{
    dreaming *d = (dreaming *)self;
    const wick_site *dreamed =
        site->type == WICK_DETERMINISTIC ? wicki_trace_find(d->dream, site->name) : NULL;

    cut(w, self, site);
    if (!dreamed || dreamed->type != WICK_SAMPLE)
        return;
    if (dreamed->plates != site->plates)
        wick_fail(w, WICK_ERR_SHAPE,
            "wick_reweighted_wake_sleep: the guide names these data in other plates than the model "
            "observes them in; open the same plates around both");
    site->value = dreamed->value;
    d->given++;
}

static wick_program dream_of(wick *w, const wicki_bound *b)
{
    return wick_wrap(w, b->model, wick_uncondition(w));
}

/* A run of the guide on what the model dreamed. */
static const wick_trace *sleep_once(wick *w, const wicki_bound *b)
{
    dreaming *d = wicki_handler_new(w, sizeof *d, give_dream);

    if (!d)
        return NULL;
    d->dream = wicki_bound_trace(w, b, dream_of(w, b), wicki_cut_draws(w));
    const wick_program guide = wick_wrap(w, b->guide, wick_replay(w, d->dream));
    const wick_trace *trace = wicki_bound_trace(w, b, guide, &d->handler);
    if (trace && d->given == 0)
        wick_fail(w, WICK_ERR_NAME,
            "wick_reweighted_wake_sleep: a part of the loss is the sleep phase (insomnia %g), but "
            "the guide names no data that the model observes; pass what it looks at through "
            "wick_deterministic(w, NAME, x), with the name of the observed site",
            b->options.insomnia);
    return trace;
}

/* Minus the mean of log q(z) of dreams. */
static wick_var sleep(wick *w, const wicki_bound *b)
{
    const size_t n = b->options.vectorize_particles ? 1 : b->options.num_particles;
    wicki_pair *dream = wicki_alloc_zero(w, n * sizeof *dream);

    for (size_t i = 0; dream && i < n && wicki_ok(w); i++)
        dream[i].guide = sleep_once(w, b);
    wicki_contraction *c = wicki_contraction_new(w, WICKI_SUM, true);
    for (size_t i = 0; i < n && wicki_ok(w); i++)
        wicki_add_guide(w, b, &dream[i], c, -1.0 / (double)n);
    return wicki_var_of(w, wicki_contract(c));
}

/* --- the loss --------------------------------------------------------------------------------- */

/* The part of the guide's loss that is of the wake phase; NaN after an error. */
static double insomnia_of(wick *w, wicki_bound *b)
{
    double *insomnia = &b->options.insomnia;

    *insomnia = *insomnia == 0.0 ? (signbit(*insomnia) ? 0.0 : 1.0) : *insomnia;
    if (*insomnia >= 0.0 && *insomnia <= 1.0)
        return *insomnia;
    wick_fail(
        w, WICK_ERR_DOMAIN, "%s: insomnia is %g, need a number from 0 to 1", b->loss, *insomnia);
    return NAN;
}

wick_var wick_reweighted_wake_sleep(
    wick *w, wick_program model, wick_program guide, const void *options)
{
    wicki_bound b = { "wick_reweighted_wake_sleep", model, guide, .sum_model = true, .cut = true,
        .wake = true };
    const wicki_pair *first = wicki_bound_run(w, &b, options);
    const double insomnia = first ? insomnia_of(w, &b) : NAN;

    if (!wicki_ok(w))
        return WICK_VAR_NONE;
    const wick_var awake = wicki_particle_bound(w, &b, first);
    if (insomnia == 1.0)
        return awake;
    const wick_var asleep = wick_mul(sleep(w, &b), 1.0 - insomnia);
    return wick_add(awake, wick_sub(asleep, wick_detach(asleep)));
}
