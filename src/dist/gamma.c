#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"
#include "dist/log_gamma.h"

#include <float.h>

/* a log y - y - log Gamma(a) - log x with y = rate x */
WICKI_DENSITY_2(gamma, a, rate, y, rate *x, a > 0.0 && rate > 0.0, x > 0.0 && x < INFINITY,
    wicki_gamma_form(y, a) - wicki_log(x),    /* log density */
    (a - 1.0) / x - rate,                     /* d / dx */
    wicki_log(y) - wicki_digamma_positive(a), /* d / da */
    a / rate - x)                             /* d / drate */

WICKI_DENSITY_OP(gamma, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* e^(log g) / rate; not 0, which is outside the support, where it underflows. */
static wick_var gamma_sample(wick *w, const wick_dist *dist)
{
    wicki_sampling s;
    const wick_var g = wicki_log_gamma_of(w, dist, &s);

    if (!wicki_ok(w))
        return WICK_VAR_NONE;
    const wick_operand rate = wicki_operand_of(w, dist, 1, s.parameter[1]);
    const wick_var x = (wick_div)(wick_operand_var(wick_exp(g)), rate);
    return wick_clamp(x, DBL_MIN, DBL_MAX);
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var gamma_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_div(dist->parameter[0].var, dist->parameter[1].var);
}

static wick_var gamma_variance(wick *w, const wick_dist *dist)
{
    return wick_div(gamma_mean(w, dist), dist->parameter[1].var);
}

/* h(a) - log rate, see log_gamma.h */
static wick_var gamma_entropy(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_sub(wicki_gamma_entropy(dist->parameter[0].var), wick_log(dist->parameter[1].var));
}

static wick_var gamma_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    (void)w;
    return wick_gamma_p(dist->parameter[0].var, wick_mul(dist->parameter[1].var, x));
}

static wick_var gamma_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    (void)w;
    return wick_div(wick_gamma_p_inverse(dist->parameter[0].var, p), dist->parameter[1].var);
}

static wick_var gamma_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_gamma)
        return wicki_kl_across(w, p, q);
    const wick_var log_ratio = wick_log(wick_div(q->parameter[1].var, p->parameter[1].var));
    return wicki_gamma_kl(p->parameter[0].var, q->parameter[0].var, log_ratio);
}

const wick_dist_type wicki_dist_gamma = { .name = "gamma",
    .n_parameters = 2,
    .parameter_names = { "concentration", "rate" },
    .parameter_domain = { { .kind = WICK_POSITIVE }, { .kind = WICK_POSITIVE } },
    .log_prob = &gamma_density,
    .sample = gamma_sample,
    .reparameterised = true,
    .support = { .kind = WICK_POSITIVE },
    .mean = gamma_mean,
    .variance = gamma_variance,
    .entropy = gamma_entropy,
    .cdf = gamma_cdf,
    .quantile = gamma_quantile,
    .kl = gamma_kl };

wick_dist(wick_gamma)(wick_operand concentration, wick_operand rate)
{
    return (wick_dist){ .type = &wicki_dist_gamma, .parameter = { concentration, rate } };
}
