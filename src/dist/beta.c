#include "dist/density.h"
#include "dist/kl.h"
#include "dist/log_gamma.h"

#include <float.h>

/*
 * (a - 1) log x + (b - 1) log(1 - x) - log B(a, b), written about the mean a / (a + b) so that it
 * keeps its precision when a and b are large: with d = x b - (1 - x) a, x s / a = 1 + d / a and
 * (1 - x) s / b = 1 - d / b.
 */
WICKI_INLINE double beta_log_density(double x, double a, double b)
{
    const double s = a + b, rest = 1.0 - x, d = x * b - rest * a;
    const double first = a * wicki_log_minus(x * s / a, d / a);
    const double second = b * wicki_log_minus(rest * s / b, -d / b);
    const double errors =
        wicki_stirling_error(s) - (wicki_stirling_error(a) + wicki_stirling_error(b));

    return (first + second) + errors + 0.5 * wicki_log(a * (b / s)) - wicki_log(x) -
        wicki_log1p(-x) - WICKI_HALF_LOG_2PI;
}

WICKI_DENSITY_2(beta, a, b, s, a + b, a > 0.0 && b > 0.0, x > 0.0 && x < 1.0,
    beta_log_density(x, a, b),                                               /* log density */
    (a - 1.0) / x - (b - 1.0) / (1.0 - x),                                   /* d / dx */
    wicki_log(x) - wicki_digamma_positive(a) + wicki_digamma_positive(s),    /* d / da */
    wicki_log1p(-x) - wicki_digamma_positive(b) + wicki_digamma_positive(s)) /* d / db */

WICKI_DENSITY_OP(beta, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* G / (G + H) of two gammas, from their logarithms: neither is lost if both are tiny. */
static wick_var beta_sample(wick *w, const wick_dist *dist)
{
    wicki_sampling s;
    const wick_var g = wicki_log_gamma_of(w, dist, &s);

    if (!wicki_ok(w))
        return WICK_VAR_NONE;
    const wick_var h = wicki_log_gamma(w, &s, wicki_sampling_parameter(w, dist, &s, 1), 1);
    return wick_clamp(wick_sigmoid(wick_sub(g, h)), DBL_MIN, 1.0 - 0.5 * DBL_EPSILON);
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var beta_mean(wick *w, const wick_dist *dist)
{
    const wick_var a = dist->parameter[0].var, b = dist->parameter[1].var;

    (void)w;
    return wick_div(a, wick_add(a, b));
}

/* mean (b / s) / (s + 1), s = a + b */
static wick_var beta_variance(wick *w, const wick_dist *dist)
{
    const wick_var a = dist->parameter[0].var, b = dist->parameter[1].var, s = wick_add(a, b);
    const wick_var product = wick_mul(wick_div(a, s), wick_div(b, s));

    (void)w;
    return wick_div(product, wick_add(s, 1.0));
}

/* h(a) + h(b) - h(s) - psi(s), see log_gamma.h */
static wick_var beta_entropy(wick *w, const wick_dist *dist)
{
    const wick_var a = dist->parameter[0].var, b = dist->parameter[1].var, s = wick_add(a, b);
    const wick_var both = wick_add(wicki_gamma_entropy(a), wicki_gamma_entropy(b));

    (void)w;
    return wick_sub(wick_sub(both, wicki_gamma_entropy(s)), wick_digamma(s));
}

static wick_var beta_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    (void)w;
    return wick_beta_i(dist->parameter[0].var, dist->parameter[1].var, x);
}

static wick_var beta_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    (void)w;
    return wick_beta_i_inverse(dist->parameter[0].var, dist->parameter[1].var, p);
}

/* Gammas are their sum and their share of it, which are independent: the divergence of gammas with
 * one rate is that of their shares and that of their sums. */
static wick_var beta_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_beta)
        return wicki_kl_across(w, p, q);
    const wick_var none = wick_num(w, 0.0);
    const wick_var a = p->parameter[0].var, b = p->parameter[1].var;
    const wick_var c = q->parameter[0].var, d = q->parameter[1].var;
    const wick_var both = wick_add(wicki_gamma_kl(a, c, none), wicki_gamma_kl(b, d, none));
    return wick_sub(both, wicki_gamma_kl(wick_add(a, b), wick_add(c, d), none));
}

const wick_dist_type wicki_dist_beta = { .name = "beta",
    .n_parameters = 2,
    .parameter_names = { "concentration1", "concentration0" },
    .parameter_domain = { { .kind = WICK_POSITIVE }, { .kind = WICK_POSITIVE } },
    .log_prob = &beta_density,
    .sample = beta_sample,
    .reparameterised = true,
    .support = { .kind = WICK_UNIT_INTERVAL },
    .mean = beta_mean,
    .variance = beta_variance,
    .entropy = beta_entropy,
    .cdf = beta_cdf,
    .quantile = beta_quantile,
    .kl = beta_kl };

wick_dist(wick_beta)(wick_operand concentration1, wick_operand concentration0)
{
    return (wick_dist){ .type = &wicki_dist_beta, .parameter = { concentration1, concentration0 } };
}
