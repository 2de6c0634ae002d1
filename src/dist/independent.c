#include "dist/composite.h"

static wick_var independent_density(wick *w, const wick_dist *dist, wick_var x)
{
    return wick_log_prob(w, wicki_base(dist, 0), x);
}

static wick_var independent_sample(wick *w, const wick_dist *dist)
{
    const wick_dist base = wicki_base(dist, 0);

    return wicki_var_of(w, wicki_dist_draw(w, &base));
}

static wick_var independent_mean(wick *w, const wick_dist *dist)
{
    return wick_dist_mean(w, wicki_base(dist, 0));
}

static wick_var independent_variance(wick *w, const wick_dist *dist)
{
    return wick_dist_variance(w, wicki_base(dist, 0));
}

static const wick_op NAME = { .name = "wick_to_event" };

static const wick_dist_type INDEPENDENT = { .name = "independent",
    .log_prob = &NAME,
    .density = independent_density,
    .sample = independent_sample,
    .mean = independent_mean,
    .variance = independent_variance };

wick_dist wick_to_event(wick *w, wick_dist base, size_t axes)
{
    wick_dist_type type = INDEPENDENT;

    if (wicki_ok(w) && base.type && axes + base.type->event_rank > WICK_MAX_RANK)
        wick_fail(w, WICK_ERR_SHAPE,
            "wick_to_event: %zu axes and the %u of one draw, at most %d are allowed", axes,
            base.type->event_rank, WICK_MAX_RANK);
    if (!wicki_ok(w))
        return (wick_dist){ .type = NULL };
    type.event_rank = (uint8_t)axes;
    type.reparameterised = base.type && base.type->reparameterised;
    return wicki_compose(w, &type, sizeof type, 1, &base);
}
