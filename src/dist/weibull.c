#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"

#include <float.h>

/* With t = log(x / scale): log(k / scale) + (k - 1) t - e^(k t), and e^(k t) = (x / scale)^k. */
WICKI_DENSITY_2(weibull, scale, k, t, wicki_log_ratio(x, scale), scale > 0.0 && k > 0.0,
    x > 0.0 && x < INFINITY,
    wicki_log(k / scale) + ((k - 1.0) * t - wicki_exp(k * t)), /* log density */
    (-1.0 - k * wicki_expm1(k * t)) / x,                       /* d / dx */
    k *wicki_expm1(k *t) / scale,                              /* d / dscale */
    1.0 / k - t * wicki_expm1(k * t))                          /* d / dk */

WICKI_DENSITY_OP(weibull, wicki_density_explain);

/* scale e^(1/k) of an exponential e; not 0 or infinite, which are outside the support */
static wick_var weibull_sample(wick *w, const wick_dist *dist)
{
    wick_operand p[WICK_MAX_PARAMETERS];
    const wick_var e = wicki_sample_noise(w, dist, &wicki_draw_exponential, p);
    const wick_var power = wick_exp((wick_div)(wick_operand_var(wick_log(e)), p[1]));

    return wick_clamp((wick_mul)(p[0], wick_operand_var(power)), DBL_MIN, DBL_MAX);
}

/* --- moments --------------------------------------------------------------------------------- */

/* log E[(x / scale)^n] = log Gamma(1 + n / k) */
static wick_var log_moment(const wick_dist *dist, double n)
{
    return wick_lgamma(wick_add(1.0, wick_div(n, dist->parameter[1].var)));
}

static wick_var weibull_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_mul(dist->parameter[0].var, wick_exp(log_moment(dist, 1.0)));
}

/* mean^2 (E[x^2] / mean^2 - 1) */
static wick_var weibull_variance(wick *w, const wick_dist *dist)
{
    const wick_var ratio = wick_sub(log_moment(dist, 2.0), wick_mul(2.0, log_moment(dist, 1.0)));

    return wick_mul(wick_square(weibull_mean(w, dist)), wick_expm1(ratio));
}

/* 1 + gamma (1 - 1/k) + log(scale / k) */
static wick_var weibull_entropy(wick *w, const wick_dist *dist)
{
    const wick_var k = dist->parameter[1].var;
    const wick_var logs = wick_sub(wick_log(dist->parameter[0].var), wick_log(k));

    (void)w;
    return wick_add(1.0 + WICKI_EULER_GAMMA, wick_sub(logs, wick_div(WICKI_EULER_GAMMA, k)));
}

/* 1 - exp(-(x / scale)^k) */
static wick_var weibull_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var ratio = wick_div(wick_maximum(0.0, x), dist->parameter[0].var);
    const wick_var power = wick_exp(wick_mul(dist->parameter[1].var, wick_log(ratio)));

    (void)w;
    return wick_neg(wick_expm1(wick_neg(power)));
}

/* scale (-log(1 - p))^(1/k) */
static wick_var weibull_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    const wick_var e = wick_neg(wick_log1p(wick_neg(p)));
    const wick_var power = wick_exp(wick_div(wick_log(e), dist->parameter[1].var));

    (void)w;
    return wick_mul(dist->parameter[0].var, power);
}

/*
 * With r = k_q / k_p, t = k_q log(scale_p / scale_q): gamma (r - 1) - log r - t + Gamma(1 + r) e^t - 1,
 * as of gumbels: -log x is one. Bauckhage (2013), arXiv:1310.3713.
 */
static wick_var weibull_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_weibull)
        return wicki_kl_across(w, p, q);
    const wick_var ratio = wick_div(q->parameter[1].var, p->parameter[1].var);
    const wick_var log_scales = wick_log(wick_div(p->parameter[0].var, q->parameter[0].var));
    const wick_var t = wick_mul(q->parameter[1].var, log_scales);
    const wick_var growth = wick_expm1(wick_add(wick_lgamma(wick_add(1.0, ratio)), t));
    const wick_var linear = wick_sub(wick_mul(WICKI_EULER_GAMMA, wick_sub(ratio, 1.0)), t);
    return wick_add(wick_sub(linear, wick_log(ratio)), growth);
}

const wick_dist_type wicki_dist_weibull = { .name = "weibull",
    .n_parameters = 2,
    .parameter_names = { "scale", "concentration" },
    .parameter_domain = { { .kind = WICK_POSITIVE }, { .kind = WICK_POSITIVE } },
    .log_prob = &weibull_density,
    .sample = weibull_sample,
    .reparameterised = true,
    .support = { .kind = WICK_POSITIVE },
    .mean = weibull_mean,
    .variance = weibull_variance,
    .entropy = weibull_entropy,
    .cdf = weibull_cdf,
    .quantile = weibull_quantile,
    .kl = weibull_kl };

wick_dist(wick_weibull)(wick_operand scale, wick_operand concentration)
{
    return (wick_dist){ .type = &wicki_dist_weibull, .parameter = { scale, concentration } };
}
