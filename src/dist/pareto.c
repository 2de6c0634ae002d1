#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"

#include <float.h>

/* With t = log(x / scale): log(alpha / scale) - (alpha + 1) t. */
WICKI_DENSITY_2(pareto, scale, alpha, t, wicki_log_ratio(x, scale), scale > 0.0 && alpha > 0.0,
    x >= scale, wicki_log(alpha / scale) - (alpha + 1.0) * t, /* log density */
    -(alpha + 1.0) / x,                                       /* d / dx */
    alpha / scale,                                            /* d / dscale */
    1.0 / alpha - t)                                          /* d / dalpha */

static void pareto_explain(const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    if (!wicki_explain_parameters(node, element, &text))
        wicki_explain_bounds(node, element, 1, 0, &text);
}

WICKI_DENSITY_OP(pareto, pareto_explain);

static wick_constraint pareto_support(const wick_dist *dist)
{
    return (wick_greater_than)(dist->parameter[0]);
}

/* scale e^(e / alpha) of an exponential e; not infinite, which is outside the support */
static wick_var pareto_sample(wick *w, const wick_dist *dist)
{
    wick_operand p[WICK_MAX_PARAMETERS];
    const wick_var e = wicki_sample_noise(w, dist, &wicki_draw_exponential, p);
    const wick_var power = wick_exp((wick_div)(wick_operand_var(e), p[1]));

    return wick_minimum(DBL_MAX, (wick_mul)(p[0], wick_operand_var(power)));
}

/* --- moments --------------------------------------------------------------------------------- */

/* x where alpha > n, else infinite; NaN where alpha is no number or not positive */
static wick_var if_above(wick_var alpha, double n, wick_var x)
{
    const wick_var infinite = wick_where(wick_less(0.0, alpha), INFINITY, NAN);

    return wick_where(wick_less(n, alpha), x, infinite);
}

/* scale alpha / (alpha - 1) */
static wick_var pareto_mean(wick *w, const wick_dist *dist)
{
    const wick_var scale = dist->parameter[0].var, alpha = dist->parameter[1].var;

    (void)w;
    return if_above(alpha, 1.0, wick_div(wick_mul(scale, alpha), wick_sub(alpha, 1.0)));
}

/* (scale / (alpha - 1))^2 alpha / (alpha - 2) */
static wick_var pareto_variance(wick *w, const wick_dist *dist)
{
    const wick_var alpha = dist->parameter[1].var;
    const wick_var scale = wick_div(dist->parameter[0].var, wick_sub(alpha, 1.0));

    (void)w;
    return if_above(
        alpha, 2.0, wick_mul(wick_square(scale), wick_div(alpha, wick_sub(alpha, 2.0))));
}

/* log(scale / alpha) + 1 / alpha + 1 */
static wick_var pareto_entropy(wick *w, const wick_dist *dist)
{
    const wick_var alpha = dist->parameter[1].var;
    const wick_var logs = wick_sub(wick_log(dist->parameter[0].var), wick_log(alpha));

    (void)w;
    return wick_add(wick_add(logs, wick_div(1.0, alpha)), 1.0);
}

/* 1 - (scale / x)^alpha */
static wick_var pareto_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var ratio = wick_minimum(1.0, wick_div(dist->parameter[0].var, x));
    const wick_var below = wick_less(x, dist->parameter[0].var);
    const wick_var power = wick_mul(dist->parameter[1].var, wick_log(ratio));

    (void)w;
    return wick_where(below, 0.0, wick_neg(wick_expm1(power)));
}

/* scale (1 - p)^(-1 / alpha) */
static wick_var pareto_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    const wick_var e = wick_neg(wick_log1p(wick_neg(wicki_probability(p))));

    (void)w;
    return wick_mul(dist->parameter[0].var, wick_exp(wick_div(e, dist->parameter[1].var)));
}

/* alpha_q log(scale_p / scale_q) + r - log r - 1 with r = alpha_q / alpha_p, scale_p >= scale_q */
static wick_var pareto_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_pareto)
        return wicki_kl_across(w, p, q);
    const wick_var ratio = wick_div(q->parameter[1].var, p->parameter[1].var);
    const wick_var log_scales = wick_log(wick_div(p->parameter[0].var, q->parameter[0].var));
    const wick_var shapes = wick_sub(wick_sub(ratio, 1.0), wick_log(ratio));
    const wick_var kl = wick_add(wick_mul(q->parameter[1].var, log_scales), shapes);
    return wick_where(wick_less(log_scales, 0.0), INFINITY, kl);
}

const wick_dist_type wicki_dist_pareto = { .name = "pareto",
    .n_parameters = 2,
    .parameter_names = { "scale", "alpha" },
    .parameter_domain = { { .kind = WICK_POSITIVE }, { .kind = WICK_POSITIVE } },
    .log_prob = &pareto_density,
    .sample = pareto_sample,
    .reparameterised = true,
    .support = { .kind = WICK_GREATER_THAN },
    .support_of = pareto_support,
    .mean = pareto_mean,
    .variance = pareto_variance,
    .entropy = pareto_entropy,
    .cdf = pareto_cdf,
    .quantile = pareto_quantile,
    .kl = pareto_kl };

wick_dist(wick_pareto)(wick_operand scale, wick_operand alpha)
{
    return (wick_dist){ .type = &wicki_dist_pareto, .parameter = { scale, alpha } };
}
