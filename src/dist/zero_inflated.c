#include "dist/composite.h"

#include "base/special.h"

#include <math.h>

/* log(gate + (1 - gate) p(0)) at 0, log((1 - gate) p(x)) elsewhere; in: x, log p(x), gate */
static void value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++) {
        const double x = in[0][i], log_p = in[1][i], gate = in[2][i];
        const double zero = wicki_log(gate + (1.0 - gate) * wicki_exp(log_p));
        const double other = wicki_log1p(-gate) + log_p;
        out[i] = gate >= 0.0 && gate <= 1.0 ? x == 0.0 ? zero : other : (double)NAN;
    }
}

static void partials(size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    for (size_t i = 0; i < n; i++) {
        const double x = in[0][i], p = wicki_exp(in[1][i]), gate = in[2][i];
        const double all = gate + (1.0 - gate) * p;
        if (partial[0])
            partial[0][i] = 0.0;
        if (partial[1])
            partial[1][i] = x == 0.0 ? (1.0 - gate) * p / all : 1.0;
        if (partial[2])
            partial[2][i] = x == 0.0 ? (1.0 - p) / all : -1.0 / (1.0 - gate);
    }
}

static const wick_op ZERO_INFLATED_OP = {
    .name = "wick_zero_inflated", .value = value, .partials = partials
};

static wick_var zero_inflated_density(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_argument in[] = { { .var = x }, { .var = wick_log_prob(w, wicki_base(dist, 0), x) },
        dist->parameter[0] };

    return wick_record(w, &ZERO_INFLATED_OP, 3, in, NULL, 0);
}

static wick_var zero_inflated_sample(wick *w, const wick_dist *dist)
{
    const wick_dist base = wicki_base(dist, 0);
    wick_dist gate = wick_bernoulli(0.0);

    gate.parameter[0] = dist->parameter[0];
    const wick_var empty = wicki_part_draw(w, &gate, 1), x = wicki_part_draw(w, &base, 2);
    return wick_where(empty, 0.0, x);
}

static wick_var others(wick *w, const wick_dist *dist)
{
    return wick_sub(1.0, wicki_parameter(w, dist, 0));
}

static wick_var zero_inflated_mean(wick *w, const wick_dist *dist)
{
    return wick_mul(others(w, dist), wick_dist_mean(w, wicki_base(dist, 0)));
}

/* (1 - gate) (variance + gate mean^2) of the base */
static wick_var zero_inflated_variance(wick *w, const wick_dist *dist)
{
    const wick_dist base = wicki_base(dist, 0);
    const wick_var square = wick_square(wick_dist_mean(w, base));
    const wick_var between = wick_mul(wicki_parameter(w, dist, 0), square);

    return wick_mul(others(w, dist), wick_add(wick_dist_variance(w, base), between));
}

/* (1 - gate) F(x), and gate from 0 on */
static wick_var zero_inflated_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var part = wick_mul(others(w, dist), wick_dist_cdf(w, wicki_base(dist, 0), x));

    return wick_add(part, wick_where(wick_less(x, 0.0), 0.0, wicki_parameter(w, dist, 0)));
}

static const wick_dist_type ZERO_INFLATED = { .name = "zero_inflated",
    .n_parameters = 1,
    .parameter_names = { "gate" },
    .parameter_domain = { { .kind = WICK_INTERVAL, .lower = 0.0, .upper = 1.0 } },
    .log_prob = &ZERO_INFLATED_OP,
    .density = zero_inflated_density,
    .sample = zero_inflated_sample,
    .mean = zero_inflated_mean,
    .variance = zero_inflated_variance,
    .cdf = zero_inflated_cdf };

static bool counts(wick *w, const wick_dist *base)
{
    if (!wicki_ok(w) || !base->type)
        return wicki_ok(w);
    const wick_constraint c = base->type->support;
    if (base->type->event_rank == 0 && (c.kind == WICK_BOOLEAN || c.kind == WICK_INTEGER_INTERVAL))
        return true;
    wick_fail(w, WICK_ERR_ARGUMENT,
        "wick_zero_inflated: %s is no distribution of counts; at 0 it has no probability to add to",
        base->type->name);
    return false;
}

wick_dist(wick_zero_inflated)(wick *w, wick_operand gate, wick_dist base)
{
    if (!counts(w, &base))
        return (wick_dist){ .type = NULL };
    wick_dist dist = wicki_compose(w, &ZERO_INFLATED, sizeof ZERO_INFLATED, 1, &base);
    dist.parameter[0] = gate;
    return dist;
}
