#include "dist/composite.h"
#include "tape/mixture.h"

/* The type of a mixture, which has the plate of its components. */
typedef struct mixture {
    wick_dist_type type;
    const char *plate;
} mixture;

enum { MIXING, COMPONENT };

static const char *plate_of(const wick_dist *dist)
{
    return ((const mixture *)dist->type)->plate;
}

/* log P(k), over the plate */
static wick_var log_weights(wick *w, const wick_dist *dist)
{
    return wick_log_prob(w, dist->base[MIXING], wick_index(w, plate_of(dist)));
}

static wick_var mixture_density(wick *w, const wick_dist *dist, wick_var x)
{
    static const char name[] = "wick_mixture_same_family";
    wick_node *const factors[] = { wicki_node_of(w, name, log_weights(w, dist)),
        wicki_node_of(w, name, wick_log_prob(w, wicki_base(dist, COMPONENT), x)) };

    if (!factors[0] || !factors[1])
        return WICK_VAR_NONE;
    return wicki_var_of(
        w, wicki_mixture(w, WICKI_SUM, 2, factors, wicki_plate_named(w, name, plate_of(dist))));
}

/* A draw of every component, and one of them. */
static wick_var mixture_sample(wick *w, const wick_dist *dist)
{
    const wick_dist mixing = wicki_base(dist, MIXING), component = wicki_base(dist, COMPONENT);
    const wick_var k = wicki_part_draw(w, &mixing, 1), x = wicki_part_draw(w, &component, 2);

    return wick_take_over(x, plate_of(dist), k);
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var average(wick *w, const wick_dist *dist, wick_var of_components)
{
    size_t rank, sizes[WICK_MAX_RANK];

    if (wicki_dist_event(w, &dist->base[MIXING], &rank, sizes) && rank > 0) {
        wick_fail(w, WICK_ERR_SHAPE,
            "wick_mixture_same_family: the weights have rows of their own; moments are known for "
            "one row, or for rows over a plate");
        return WICK_VAR_NONE;
    }
    const wick_var weights = wick_exp(log_weights(w, dist));

    return wick_sum(wick_mul(weights, of_components), plate_of(dist));
}

static wick_var mixture_mean(wick *w, const wick_dist *dist)
{
    return average(w, dist, wick_dist_mean(w, wicki_base(dist, COMPONENT)));
}

/* E[variance + mean^2] - E[mean]^2, about the mean of all */
static wick_var mixture_variance(wick *w, const wick_dist *dist)
{
    const wick_dist component = wicki_base(dist, COMPONENT);
    const wick_var mean = wick_dist_mean(w, component);
    const wick_var off = wick_square(wick_sub(mean, average(w, dist, mean)));

    return average(w, dist, wick_add(wick_dist_variance(w, component), off));
}

static wick_var mixture_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    return average(w, dist, wick_dist_cdf(w, wicki_base(dist, COMPONENT), x));
}

/* --- the type -------------------------------------------------------------------------------- */

static const wick_op NAME = { .name = "wick_mixture_same_family" };

static const wick_dist_type MIXTURE = { .name = "mixture_same_family",
    .log_prob = &NAME,
    .density = mixture_density,
    .sample = mixture_sample,
    .mean = mixture_mean,
    .variance = mixture_variance };

static bool fits(wick *w, const wick_dist *mixing, const char *plate)
{
    if (!wicki_ok(w) || !mixing->type || !wicki_plate_named(w, "wick_mixture_same_family", plate))
        return wicki_ok(w);
    const size_t n = mixing->type->cardinality ? mixing->type->cardinality(w, mixing) : 0;
    const size_t members = wicki_dim_at(w, wicki_plate_named(w, "", plate))->full;
    if (wicki_ok(w) && n != members)
        wick_fail(w, WICK_ERR_SHAPE,
            "wick_mixture_same_family: mixing has %zu values, plate '%s' of the components has %zu "
            "members",
            n, plate, members);
    return wicki_ok(w);
}

wick_dist wick_mixture_same_family(
    wick *w, wick_dist mixing, const char *plate, wick_dist component)
{
    mixture type = { MIXTURE, NULL };
    const wick_dist bases[] = { mixing, component };

    if (!fits(w, &mixing, plate))
        return (wick_dist){ .type = NULL };
    type.plate = wick_name(w, "%s", plate);
    type.type.cdf = component.type && component.type->cdf ? mixture_cdf : NULL;
    return wicki_compose(w, &type.type, sizeof type, 2, bases);
}
