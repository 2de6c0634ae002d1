#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"
#include "dist/log_gamma.h"

#include <float.h>

/* A gamma with concentration a = df / 2 and rate 1/2: a log y - y - log Gamma(a) - log x, y = x /
 * 2 */
WICKI_DENSITY_1(chi2, df, y, 0.5 * x, df > 0.0, x > 0.0 && x < INFINITY,
    wicki_gamma_form(y, 0.5 * df) - wicki_log(x),            /* log density */
    (0.5 * df - 1.0) / x - 0.5,                              /* d / dx */
    0.5 * (wicki_log(y) - wicki_digamma_positive(0.5 * df))) /* d / ddf */

WICKI_DENSITY_OP(chi2, wicki_density_explain);

static wick_var concentration_of(const wick_dist *dist)
{
    return wick_mul(0.5, dist->parameter[0].var);
}

/* 2 e^(log g), not 0 where it underflows */
static wick_var chi2_sample(wick *w, const wick_dist *dist)
{
    wicki_sampling s;

    if (!wicki_sampling_of(w, dist, &s))
        return WICK_VAR_NONE;
    const wick_var a = wick_mul(0.5, wicki_sampling_parameter(w, dist, &s, 0));
    return wick_mul(2.0, wicki_positive_exp(wicki_log_gamma(w, &s, a, 0)));
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var chi2_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return dist->parameter[0].var;
}

static wick_var chi2_variance(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_mul(2.0, dist->parameter[0].var);
}

/* h(df / 2) + log 2, see log_gamma.h */
static wick_var chi2_entropy(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_add(wicki_gamma_entropy(concentration_of(dist)), WICKI_LOG_2);
}

static wick_var chi2_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    (void)w;
    return wick_gamma_p(concentration_of(dist), wick_mul(0.5, x));
}

static wick_var chi2_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    (void)w;
    return wick_mul(2.0, wick_gamma_p_inverse(concentration_of(dist), p));
}

static wick_var chi2_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_chi2)
        return wicki_kl_across(w, p, q);
    return wicki_gamma_kl(concentration_of(p), concentration_of(q), wick_num(w, 0.0));
}

const wick_dist_type wicki_dist_chi2 = { .name = "chi2",
    .n_parameters = 1,
    .parameter_names = { "df" },
    .parameter_domain = { { .kind = WICK_POSITIVE } },
    .log_prob = &chi2_density,
    .sample = chi2_sample,
    .reparameterised = true,
    .support = { .kind = WICK_POSITIVE },
    .mean = chi2_mean,
    .variance = chi2_variance,
    .entropy = chi2_entropy,
    .cdf = chi2_cdf,
    .quantile = chi2_quantile,
    .kl = chi2_kl };

wick_dist(wick_chi2)(wick_operand df)
{
    return (wick_dist){ .type = &wicki_dist_chi2, .parameter = { df } };
}
