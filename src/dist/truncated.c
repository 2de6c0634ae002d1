#include "dist/composite.h"

#include "dist/constraint.h"
#include "dist/density.h"

enum { LOW, HIGH };

static bool is_discrete(const wick_dist *base)
{
    return wicki_constraint_is_discrete(base->type->support);
}

/* P(X < low), P(X <= high) */
static wick_var below_low(wick *w, const wick_dist *dist, const wick_dist *base)
{
    const wick_var low = wicki_parameter(w, dist, LOW);

    return wick_dist_cdf(w, *base, is_discrete(base) ? wick_sub(low, 1.0) : low);
}

static wick_var up_to_high(wick *w, const wick_dist *dist, const wick_dist *base)
{
    return wick_dist_cdf(w, *base, wicki_parameter(w, dist, HIGH));
}

static wick_var is_within(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var low = wicki_parameter(w, dist, LOW), high = wicki_parameter(w, dist, HIGH);

    return wick_where(wick_less(x, low), 0.0, wick_where(wick_less(high, x), 0.0, 1.0));
}

static wick_var truncated_density(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_dist base = wicki_base(dist, 0);
    const wick_var mass = wick_sub(up_to_high(w, dist, &base), below_low(w, dist, &base));
    const wick_var inside = wick_sub(wick_log_prob(w, base, x), wick_log(mass));

    return wick_where(is_within(w, dist, x), inside, -INFINITY);
}

/* The quantile at F(low) + u (F(high) - F(low)), which rounding may put outside. */
static wick_var truncated_sample(wick *w, const wick_dist *dist)
{
    const wick_dist base = wicki_base(dist, 0), noise = wick_uniform(0.0, 1.0);
    const wick_var u = wicki_part_draw(w, &noise, 1);
    const wick_var low = below_low(w, dist, &base), high = up_to_high(w, dist, &base);
    const wick_var p = wick_add(low, wick_mul(u, wick_sub(high, low)));

    return wick_clamp(wick_dist_quantile(w, base, p), wicki_parameter(w, dist, LOW),
        wicki_parameter(w, dist, HIGH));
}

/* (F(x) - F(low)) / (F(high) - F(low)), from 0 to 1 */
static wick_var truncated_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_dist base = wicki_base(dist, 0);
    const wick_var low = below_low(w, dist, &base), high = up_to_high(w, dist, &base);
    const wick_var part = wick_sub(wick_dist_cdf(w, base, x), low);

    return wick_clamp(wick_div(part, wick_sub(high, low)), 0.0, 1.0);
}

static wick_var truncated_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    const wick_dist base = wicki_base(dist, 0);
    const wick_var low = below_low(w, dist, &base), high = up_to_high(w, dist, &base);

    return wick_dist_quantile(w, base, wick_add(low, wick_mul(p, wick_sub(high, low))));
}

/* What a number says of a bound; nothing is known of a var. */
static double bound(const wick_argument *a)
{
    return a->var.w ? (double)NAN : a->number;
}

static wick_constraint truncated_support(const wick_dist *dist)
{
    const wick_dist *base = &dist->base[0];

    if (!is_discrete(base))
        return wicki_constraint_cut(
            wick_support(*base), dist->parameter[LOW], dist->parameter[HIGH]);
    return (wick_constraint){ .kind = WICK_INTEGER_INTERVAL,
        .lower = bound(&dist->parameter[LOW]),
        .upper = bound(&dist->parameter[HIGH]) };
}

static const wick_op NAME = { .name = "wick_truncated" };

static const wick_dist_type TRUNCATED = { .name = "truncated",
    .n_parameters = 2,
    .parameter_names = { "low", "high" },
    .parameter_domain = { { .kind = WICK_INTERVAL, .lower = -INFINITY, .upper = INFINITY },
        { .kind = WICK_INTERVAL, .lower = -INFINITY, .upper = INFINITY } },
    .log_prob = &NAME,
    .density = truncated_density,
    .sample = truncated_sample,
    .support = { .kind = WICK_INTERVAL, .lower = -INFINITY, .upper = INFINITY },
    .support_of = truncated_support,
    .cdf = truncated_cdf,
    .quantile = truncated_quantile };

static bool can_be_truncated(wick *w, const wick_dist *base)
{
    if (!wicki_ok(w) || !base->type || base->type->cdf)
        return wicki_ok(w);
    wick_fail(w, WICK_ERR_ARGUMENT,
        "wick_truncated: the distribution function of %s is not known in closed form, which is "
        "needed to normalise it",
        base->type->name);
    return false;
}

wick_dist(wick_truncated)(wick *w, wick_dist base, wick_operand low, wick_operand high)
{
    wick_dist_type type = TRUNCATED;

    if (!can_be_truncated(w, &base))
        return (wick_dist){ .type = NULL };
    if (base.type) {
        type.reparameterised = base.type->reparameterised && base.type->quantile;
        type.sample = base.type->quantile ? truncated_sample : NULL;
        type.quantile = base.type->quantile ? truncated_quantile : NULL;
        type.support.kind = is_discrete(&base) ? WICK_INTEGER_INTERVAL : WICK_INTERVAL;
    }
    wick_dist dist = wicki_compose(w, &type, sizeof type, 1, &base);
    dist.parameter[LOW] = low;
    dist.parameter[HIGH] = high;
    return dist;
}
