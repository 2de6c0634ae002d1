#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"

WICKI_DENSITY_1(exponential, rate, mean, 1.0 / rate, rate > 0.0, x >= 0.0,
    wicki_log(rate) - rate * x, /* log density */
    -rate,                      /* d / dx */
    mean - x)                   /* d / drate */

WICKI_DENSITY_OP(exponential, wicki_density_explain);

/* e / rate */
static wick_var exponential_sample(wick *w, const wick_dist *dist)
{
    wick_operand p[WICK_MAX_PARAMETERS];
    const wick_var e = wicki_sample_noise(w, dist, &wicki_draw_exponential, p);

    return (wick_div)(wick_operand_var(e), p[0]);
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var exponential_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_div(1.0, dist->parameter[0].var);
}

static wick_var exponential_variance(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_square(wick_div(1.0, dist->parameter[0].var));
}

static wick_var exponential_entropy(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_sub(1.0, wick_log(dist->parameter[0].var));
}

/* 1 - exp(-rate x) */
static wick_var exponential_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var t = wick_mul(dist->parameter[0].var, wick_maximum(0.0, x));

    (void)w;
    return wick_neg(wick_expm1(wick_neg(t)));
}

/* -log(1 - p) / rate */
static wick_var exponential_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    const wick_var t = wick_neg(wick_log1p(wick_neg(wicki_probability(p))));

    (void)w;
    return wick_div(t, dist->parameter[0].var);
}

/* r - log r - 1 with r = rate_q / rate_p */
static wick_var exponential_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_exponential)
        return wicki_kl_across(w, p, q);
    const wick_var ratio = wick_div(q->parameter[0].var, p->parameter[0].var);
    return wick_sub(wick_sub(ratio, 1.0), wick_log(ratio));
}

const wick_dist_type wicki_dist_exponential = { .name = "exponential",
    .n_parameters = 1,
    .parameter_names = { "rate" },
    .parameter_domain = { { .kind = WICK_POSITIVE } },
    .log_prob = &exponential_density,
    .sample = exponential_sample,
    .reparameterised = true,
    .support = { .kind = WICK_NONNEGATIVE },
    .mean = exponential_mean,
    .variance = exponential_variance,
    .entropy = exponential_entropy,
    .cdf = exponential_cdf,
    .quantile = exponential_quantile,
    .kl = exponential_kl };

wick_dist(wick_exponential)(wick_operand rate)
{
    return (wick_dist){ .type = &wicki_dist_exponential, .parameter = { rate } };
}
