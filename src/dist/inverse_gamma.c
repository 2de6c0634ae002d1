#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"
#include "dist/log_gamma.h"

#include <float.h>

/* a log y - y - log Gamma(a) - log x with y = rate / x, a gamma with rate 1 */
WICKI_DENSITY_2(inverse_gamma, a, rate, y, rate / x, a > 0.0 && rate > 0.0,
    x > 0.0 && x < INFINITY,                  /* support */
    wicki_gamma_form(y, a) - wicki_log(x),    /* log density */
    (y - (a + 1.0)) / x,                      /* d / dx */
    wicki_log(y) - wicki_digamma_positive(a), /* d / da */
    (a - y) / rate)                           /* d / drate */

WICKI_DENSITY_OP(inverse_gamma, wicki_density_explain);

/* rate e^(-log g), finite and positive where it over- or underflows. */
static wick_var inverse_gamma_sample(wick *w, const wick_dist *dist)
{
    wicki_sampling s;
    const wick_var g = wicki_log_gamma_of(w, dist, &s);

    if (!wicki_ok(w))
        return WICK_VAR_NONE;
    const wick_operand rate = wicki_operand_of(w, dist, 1, s.parameter[1]);
    const wick_var inverse = wicki_positive_exp(wick_neg(g));
    return wick_clamp((wick_mul)(rate, wick_operand_var(inverse)), DBL_MIN, DBL_MAX);
}

/* --- moments --------------------------------------------------------------------------------- */

/* rate / (a - 1), infinite for a <= 1 */
static wick_var inverse_gamma_mean(wick *w, const wick_dist *dist)
{
    const wick_var a = dist->parameter[0].var, rate = dist->parameter[1].var;

    (void)w;
    return wick_where(wick_less(1.0, a), wick_div(rate, wick_sub(a, 1.0)), INFINITY);
}

/* mean^2 / (a - 2), infinite for a <= 2 */
static wick_var inverse_gamma_variance(wick *w, const wick_dist *dist)
{
    const wick_var a = dist->parameter[0].var;
    const wick_var square = wick_square(inverse_gamma_mean(w, dist));

    return wick_where(wick_less(2.0, a), wick_div(square, wick_sub(a, 2.0)), INFINITY);
}

/* h(a) - 2 psi(a) + log rate, see log_gamma.h */
static wick_var inverse_gamma_entropy(wick *w, const wick_dist *dist)
{
    const wick_var a = dist->parameter[0].var, psi = wick_digamma(a);
    const wick_var h = wick_sub(wicki_gamma_entropy(a), wick_mul(2.0, psi));

    (void)w;
    return wick_add(h, wick_log(dist->parameter[1].var));
}

/* Q(a, rate / x) */
static wick_var inverse_gamma_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var y = wick_div(dist->parameter[1].var, wick_maximum(0.0, x));

    (void)w;
    return wick_gamma_q(dist->parameter[0].var, y);
}

static wick_var inverse_gamma_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    (void)w;
    return wick_div(dist->parameter[1].var, wick_gamma_q_inverse(dist->parameter[0].var, p));
}

/* That of the gammas of which they are the inverses. */
static wick_var inverse_gamma_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_inverse_gamma)
        return wicki_kl_across(w, p, q);
    const wick_var log_ratio = wick_log(wick_div(q->parameter[1].var, p->parameter[1].var));
    return wicki_gamma_kl(p->parameter[0].var, q->parameter[0].var, log_ratio);
}

const wick_dist_type wicki_dist_inverse_gamma = { .name = "inverse_gamma",
    .n_parameters = 2,
    .parameter_names = { "concentration", "rate" },
    .parameter_domain = { { .kind = WICK_POSITIVE }, { .kind = WICK_POSITIVE } },
    .log_prob = &inverse_gamma_density,
    .sample = inverse_gamma_sample,
    .reparameterised = true,
    .support = { .kind = WICK_POSITIVE },
    .mean = inverse_gamma_mean,
    .variance = inverse_gamma_variance,
    .entropy = inverse_gamma_entropy,
    .cdf = inverse_gamma_cdf,
    .quantile = inverse_gamma_quantile,
    .kl = inverse_gamma_kl };

wick_dist(wick_inverse_gamma)(wick_operand concentration, wick_operand rate)
{
    return (wick_dist){ .type = &wicki_dist_inverse_gamma, .parameter = { concentration, rate } };
}
