#include "dist/composite.h"

static wick_var masked_density(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_dist base = wicki_base(dist, 0);

    return wick_where(wicki_parameter(w, dist, 0), wick_log_prob(w, base, x), 0.0);
}

static wick_var masked_sample(wick *w, const wick_dist *dist)
{
    const wick_dist base = wicki_base(dist, 0);

    return wicki_var_of(w, wicki_dist_draw(w, &base));
}

#define OF_BASE(what)                                             \
    static wick_var masked_##what(wick *w, const wick_dist *dist) \
    {                                                             \
        return wick_dist_##what(w, wicki_base(dist, 0));          \
    }
#define AT_BASE(what)                                                         \
    static wick_var masked_##what(wick *w, const wick_dist *dist, wick_var x) \
    {                                                                         \
        return wick_dist_##what(w, wicki_base(dist, 0), x);                   \
    }

OF_BASE(mean)
OF_BASE(variance)
AT_BASE(cdf)
AT_BASE(quantile)

static const wick_op NAME = { .name = "wick_masked" };

static const wick_dist_type MASKED = { .name = "masked",
    .n_parameters = 1,
    .parameter_names = { "mask" },
    .parameter_domain = { { .kind = WICK_BOOLEAN } },
    .log_prob = &NAME,
    .density = masked_density,
    .sample = masked_sample,
    .mean = masked_mean,
    .variance = masked_variance,
    .cdf = masked_cdf,
    .quantile = masked_quantile };

wick_dist(wick_masked)(wick *w, wick_dist base, wick_operand mask)
{
    wick_dist_type type = MASKED;

    type.reparameterised = base.type && base.type->reparameterised;
    wick_dist dist = wicki_compose(w, &type, sizeof type, 1, &base);
    dist.parameter[0] = mask;
    return dist;
}
