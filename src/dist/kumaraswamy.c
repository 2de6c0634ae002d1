#include "base/normal_cdf.h"
#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"

#include <float.h>

/* With t = -a log x, x^a = e^-t: log(a b) + (a - 1) log x + (b - 1) log(1 - e^-t). */
WICKI_DENSITY_2(kumaraswamy, a, b, t, -a *wicki_log(x), a > 0.0 && b > 0.0, x > 0.0 && x < 1.0,
    wicki_log(a) + wicki_log(b) + (a - 1.0) * wicki_log(x) +
        (b - 1.0) * wicki_log1mexp(t),                           /* log density */
    ((a - 1.0) - (b - 1.0) * a / wicki_expm1(t)) / x,            /* d / dx */
    1.0 / a + wicki_log(x) * (1.0 - (b - 1.0) / wicki_expm1(t)), /* d / da */
    1.0 / b + wicki_log1mexp(t))                                 /* d / db */

WICKI_DENSITY_OP(kumaraswamy, wicki_density_explain);

/* (1 - (1 - p)^(1 / b))^(1 / a) with e = -log(1 - p) */
static wick_var invert(wick_operand a, wick_operand b, wick_var e)
{
    const wick_var rest = (wick_div)(wick_operand_var(wick_neg(e)), b);
    const wick_var inner = wick_log(wick_neg(wick_expm1(rest)));

    return wick_exp((wick_div)(wick_operand_var(inner), a));
}

/* Not 0 or 1, which are outside the support. */
static wick_var kumaraswamy_sample(wick *w, const wick_dist *dist)
{
    wick_operand p[WICK_MAX_PARAMETERS];
    const wick_var e = wicki_sample_noise(w, dist, &wicki_draw_exponential, p);

    return wick_clamp(invert(p[0], p[1], e), DBL_MIN, 1.0 - 0.5 * DBL_EPSILON);
}

/* --- moments --------------------------------------------------------------------------------- */

/* log E[x^n] = log(b B(1 + n / a, b)) */
static wick_var log_moment(const wick_dist *dist, double n)
{
    const wick_var first = wick_add(1.0, wick_div(n, dist->parameter[0].var));
    const wick_var b = dist->parameter[1].var;

    return wick_sub(wick_add(wick_lgamma(first), wick_lgamma(wick_add(1.0, b))),
        wick_lgamma(wick_add(first, b)));
}

static wick_var kumaraswamy_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_exp(log_moment(dist, 1.0));
}

/* mean^2 (E[x^2] / mean^2 - 1) */
static wick_var kumaraswamy_variance(wick *w, const wick_dist *dist)
{
    const wick_var first = wick_mul(2.0, log_moment(dist, 1.0));

    (void)w;
    return wick_mul(wick_exp(first), wick_expm1(wick_sub(log_moment(dist, 2.0), first)));
}

/* (1 - 1/b) + (1 - 1/a) H(b) - log(a b) with the harmonic number H(b) = psi(b + 1) + gamma */
static wick_var kumaraswamy_entropy(wick *w, const wick_dist *dist)
{
    const wick_var a = dist->parameter[0].var, b = dist->parameter[1].var;
    const wick_var harmonic = wick_add(WICKI_EULER_GAMMA, wick_digamma(wick_add(1.0, b)));
    const wick_var weighted = wick_mul(harmonic, wick_sub(1.0, wick_div(1.0, a)));
    const wick_var logs = wick_add(wick_log(a), wick_log(b));

    (void)w;
    return wick_sub(wick_add(weighted, wick_sub(1.0, wick_div(1.0, b))), logs);
}

/* 1 - (1 - x^a)^b */
static wick_var kumaraswamy_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var log_x = wick_log(wick_clamp(x, 0.0, 1.0));
    const wick_var log_rest = wick_log1mexp(wick_neg(wick_mul(dist->parameter[0].var, log_x)));

    (void)w;
    return wick_neg(wick_expm1(wick_mul(dist->parameter[1].var, log_rest)));
}

static wick_var kumaraswamy_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    (void)w;
    return invert(dist->parameter[0], dist->parameter[1], wick_neg(wick_log1p(wick_neg(p))));
}

const wick_dist_type wicki_dist_kumaraswamy = { .name = "kumaraswamy",
    .n_parameters = 2,
    .parameter_names = { "concentration1", "concentration0" },
    .parameter_domain = { { .kind = WICK_POSITIVE }, { .kind = WICK_POSITIVE } },
    .log_prob = &kumaraswamy_density,
    .sample = kumaraswamy_sample,
    .reparameterised = true,
    .support = { .kind = WICK_UNIT_INTERVAL },
    .mean = kumaraswamy_mean,
    .variance = kumaraswamy_variance,
    .entropy = kumaraswamy_entropy,
    .cdf = kumaraswamy_cdf,
    .quantile = kumaraswamy_quantile,
    .kl = wicki_kl_across };

wick_dist(wick_kumaraswamy)(wick_operand concentration1, wick_operand concentration0)
{
    return (wick_dist){ .type = &wicki_dist_kumaraswamy,
        .parameter = { concentration1, concentration0 } };
}
