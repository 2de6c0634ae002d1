/*
 * Baselines: what the cost of a draw is compared with, so that only the surprise moves the guide.
 *
 * A moving average is a parameter whose gradient is its distance from the cost; step.c moves it by
 * 1 - decay of that, whatever the optimiser. So minibatches, tiles and failed steps treat it as
 * they treat any parameter.
 */
#include "infer/elbo.h"
#include "site/store.h"
#include "tape/axis.h"

/* One number for each member of the site's plates, the full ones in the store. */
static wick_var moving_average(wick *w, const wick_site *site, uint32_t plates, double decay)
{
    const char *name = wick_name(w, "baseline.%s", site->name);
    const uint32_t open = w->tape->open;

    w->tape->open = plates;
    const wick_var average = wick_param(w, name, wick_init_num(0.0), wick_real());
    w->tape->open = open;
    wicki_entry *entry = wicki_ok(w) ? wicki_name_of(name)->entry : NULL;
    if (entry)
        entry->decay = decay;
    return average;
}

/* A minibatch counts each member N/B times, but each moves its own average once. */
static double share_present(const wick *w, uint32_t plates)
{
    const wicki_set *set = wicki_set_at(w, plates);
    double share = 1.0;

    for (uint32_t i = 0; i < set->n; i++)
        share /= wicki_plate_scale(w, set->dim[i]);
    return share;
}

static wick_var given(wick *w, const wick_site *site, uint32_t plates)
{
    const wick_node *node = wicki_node_of(w, "wick_baseline", site->dist.baseline);

    if (!node)
        return WICK_VAR_NONE;
    if (node->rank > 0)
        wick_fail(w, WICK_ERR_SHAPE,
            "wick_baseline: the baseline is %s, need one number for each draw of the site",
            wick_format_var(site->dist.baseline));
    else if (!wicki_set_within(w, wicki_set_at(w, node->dims)->plates, plates))
        wick_fail(w, WICK_ERR_SHAPE,
            "wick_baseline: the baseline is %s, but the site does not stand in all of these plates",
            wick_format_var(site->dist.baseline));
    return site->dist.baseline;
}

/* The baseline, and the rate of its fit. */
static wick_var baseline_of(wick *w, const wick_site *site, double decay, double *rate)
{
    const uint32_t plates = wicki_set_of_kind(w, site->plates, WICKI_PLATE);

    *rate = 1.0;
    if (site->dist.baseline.w)
        return given(w, site, plates);
    if (decay == 0.0)
        return WICK_VAR_NONE;
    *rate = share_present(w, plates);
    return moving_average(w, site, plates, decay);
}

/*
 * With the score s = log q - rate b, of value 0, and a cost -b s of value 0 as well, the gradient
 * of a draw of cost R is (R - b) (grad log q - rate grad b): that of log q times the surprise, and
 * that of rate (b - R)^2 / 2, which moves b to the mean of R.
 */
wick_node *wicki_compare_draw(wick *w, const wick_site *site, double decay, wick_node **score)
{
    const char *outer = w->site;
    double rate;

    w->site = site->name;
    const wick_var b = baseline_of(w, site, decay, &rate);
    wick_node *cost = NULL;
    if (b.w && wicki_ok(w)) {
        const wick_var known = wick_detach(b), fit = wick_mul(wick_sub(b, known), rate);
        const wick_var s = wick_sub(wicki_var_of(w, *score), fit);
        *score = wicki_node_of(w, "baseline", s);
        cost = wicki_node_of(w, "baseline", wick_mul(wick_neg(known), s));
    }
    w->site = outer;
    return cost;
}
