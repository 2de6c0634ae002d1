/* Expectations under distributions of one continuous number, in closed form. */
#include "dist/kl.h"

#include "dist/law.h"

#define LOG_ROOT_PI (0.5 * WICKI_LOG_PI)
#define PI_SQUARED 9.8696044010893586

static wick_var first(const wick_dist *dist)
{
    return dist->parameter[0].var;
}

static wick_var second(const wick_dist *dist)
{
    return dist->parameter[1].var;
}

/* x where 0 < condition, else infinite */
static wick_var if_positive(wick_var condition, wick_var x)
{
    return wick_where(wick_less(0.0, condition), x, INFINITY);
}

/* --- p a gamma, an exponential, a chi-squared ------------------------------------------------- */

wick_var wicki_gamma_concentration(const wick_dist *dist)
{
    if (dist->type == &wicki_dist_exponential)
        return wick_num(first(dist).w, 1.0);
    return dist->type == &wicki_dist_chi2 ? wick_mul(0.5, first(dist)) : first(dist);
}

wick_var wicki_gamma_rate(const wick_dist *dist)
{
    if (dist->type == &wicki_dist_exponential)
        return first(dist);
    return dist->type == &wicki_dist_chi2 ? wick_num(first(dist).w, 0.5) : second(dist);
}

static wick_var gamma_log(const wick_dist *p)
{
    return wick_sub(wick_digamma(wicki_gamma_concentration(p)), wick_log(wicki_gamma_rate(p)));
}

static wick_var gamma_log_variance(const wick_dist *p)
{
    return wick_trigamma(wicki_gamma_concentration(p));
}

/* Gamma(a + k) / Gamma(a) rate^-k */
static wick_var gamma_power(const wick_dist *p, wick_var k)
{
    const wick_var a = wicki_gamma_concentration(p), raised = wick_add(a, k);
    const wick_var ratio = wick_sub(wick_lgamma(raised), wick_lgamma(a));

    return if_positive(
        raised, wick_exp(wick_sub(ratio, wick_mul(k, wick_log(wicki_gamma_rate(p))))));
}

/* e^(t loc) (1 + t / rate)^-a */
static wick_var gamma_decay(const wick_dist *p, wick_var loc, wick_var t)
{
    const wick_var log_base = wick_log1p(wick_div(t, wicki_gamma_rate(p)));

    return wick_exp(wick_sub(wick_mul(t, loc), wick_mul(wicki_gamma_concentration(p), log_base)));
}

/* --- p an inverse gamma, a beta, a Kumaraswamy ------------------------------------------------ */

static wick_var inverse_gamma_log(const wick_dist *p)
{
    return wick_sub(wick_log(second(p)), wick_digamma(first(p)));
}

static wick_var inverse_gamma_log_variance(const wick_dist *p)
{
    return wick_trigamma(first(p));
}

/* Gamma(a - k) / Gamma(a) rate^k */
static wick_var inverse_gamma_power(const wick_dist *p, wick_var k)
{
    const wick_var lowered = wick_sub(first(p), k);
    const wick_var ratio = wick_sub(wick_lgamma(lowered), wick_lgamma(first(p)));

    return if_positive(lowered, wick_exp(wick_add(ratio, wick_mul(k, wick_log(second(p))))));
}

static wick_var beta_log(const wick_dist *p)
{
    return wick_sub(wick_digamma(first(p)), wick_digamma(wick_add(first(p), second(p))));
}

static wick_var beta_log_variance(const wick_dist *p)
{
    return wick_sub(wick_trigamma(first(p)), wick_trigamma(wick_add(first(p), second(p))));
}

static wick_var beta_log_rest(const wick_dist *p)
{
    return wick_sub(wick_digamma(second(p)), wick_digamma(wick_add(first(p), second(p))));
}

/* Gamma(a + k) Gamma(a + b) / (Gamma(a) Gamma(a + b + k)) */
static wick_var beta_power(const wick_dist *p, wick_var k)
{
    const wick_var raised = wick_add(first(p), k), sum = wick_add(first(p), second(p));
    const wick_var own = wick_sub(wick_lgamma(raised), wick_lgamma(first(p)));
    const wick_var all = wick_sub(wick_lgamma(wick_add(sum, k)), wick_lgamma(sum));

    return if_positive(raised, wick_exp(wick_sub(own, all)));
}

/* -(psi(b + 1) + gamma) / a: x^a is a beta(1, b) */
static wick_var kumaraswamy_log(const wick_dist *p)
{
    const wick_var harmonic = wick_add(WICKI_EULER_GAMMA, wick_digamma(wick_add(1.0, second(p))));

    return wick_neg(wick_div(harmonic, first(p)));
}

static wick_var kumaraswamy_log_variance(const wick_dist *p)
{
    const wick_var rest = wick_sub(PI_SQUARED / 6.0, wick_trigamma(wick_add(1.0, second(p))));

    return wick_div(rest, wick_square(first(p)));
}

/* b B(1 + k / a, b) */
static wick_var kumaraswamy_power(const wick_dist *p, wick_var k)
{
    const wick_var raised = wick_add(1.0, wick_div(k, first(p))), b = second(p);
    const wick_var top = wick_add(wick_lgamma(raised), wick_lgamma(wick_add(1.0, b)));

    return if_positive(raised, wick_exp(wick_sub(top, wick_lgamma(wick_add(raised, b)))));
}

/* --- p a lognormal, a Weibull, a Pareto, half of a normal or Cauchy --------------------------- */

static wick_var lognormal_log(const wick_dist *p)
{
    return first(p);
}

static wick_var lognormal_log_variance(const wick_dist *p)
{
    return wick_square(second(p));
}

/* exp(k loc + k^2 scale^2 / 2) */
static wick_var lognormal_power(const wick_dist *p, wick_var k)
{
    const wick_var spread = wick_mul(0.5, wick_square(wick_mul(k, second(p))));

    return wick_exp(wick_add(wick_mul(k, first(p)), spread));
}

static wick_var weibull_log(const wick_dist *p)
{
    return wick_sub(wick_log(first(p)), wick_div(WICKI_EULER_GAMMA, second(p)));
}

static wick_var weibull_log_variance(const wick_dist *p)
{
    return wick_div(PI_SQUARED / 6.0, wick_square(second(p)));
}

/* scale^k Gamma(1 + k / concentration) */
static wick_var weibull_power(const wick_dist *p, wick_var k)
{
    const wick_var raised = wick_add(1.0, wick_div(k, second(p)));
    const wick_var scaled = wick_mul(k, wick_log(first(p)));

    return if_positive(raised, wick_exp(wick_add(scaled, wick_lgamma(raised))));
}

static wick_var pareto_log(const wick_dist *p)
{
    return wick_add(wick_log(first(p)), wick_div(1.0, second(p)));
}

static wick_var pareto_log_variance(const wick_dist *p)
{
    return wick_square(wick_div(1.0, second(p)));
}

/* alpha scale^k / (alpha - k) */
static wick_var pareto_power(const wick_dist *p, wick_var k)
{
    const wick_var lowered = wick_sub(second(p), k);
    const wick_var scaled = wick_exp(wick_mul(k, wick_log(first(p))));

    return if_positive(lowered, wick_div(wick_mul(second(p), scaled), lowered));
}

static wick_var half_normal_log(const wick_dist *p)
{
    return wick_sub(wick_log(first(p)), 0.5 * (WICKI_EULER_GAMMA + WICKI_LOG_2));
}

static wick_var half_normal_log_variance(const wick_dist *p)
{
    return wick_num(first(p).w, PI_SQUARED / 8.0);
}

/* scale^k 2^(k / 2) Gamma((k + 1) / 2) / pi^(1 / 2) */
static wick_var half_normal_power(const wick_dist *p, wick_var k)
{
    const wick_var raised = wick_mul(0.5, wick_add(k, 1.0));
    const wick_var scaled = wick_mul(k, wick_add(0.5 * WICKI_LOG_2, wick_log(first(p))));
    const wick_var log_gamma = wick_sub(wick_lgamma(raised), LOG_ROOT_PI);

    return if_positive(raised, wick_exp(wick_add(scaled, log_gamma)));
}

/* 2 e^(t loc + u^2 / 2) Phi(-u) with u = t scale */
static wick_var half_normal_decay(const wick_dist *p, wick_var loc, wick_var t)
{
    const wick_var u = wick_mul(t, first(p));
    const wick_var log_tail = wick_add(WICKI_LOG_2, wick_log_normal_cdf(wick_neg(u)));
    const wick_var grown = wick_add(wick_mul(t, loc), wick_mul(0.5, wick_square(u)));

    return wick_exp(wick_add(grown, log_tail));
}

static wick_var half_cauchy_log(const wick_dist *p)
{
    return wick_log(first(p));
}

static wick_var half_cauchy_log_variance(const wick_dist *p)
{
    return wick_num(first(p).w, PI_SQUARED / 4.0);
}

/* --- p a uniform ------------------------------------------------------------------------------ */

static wick_var x_log_x(wick_var x)
{
    return wick_where(wick_less(0.0, x), wick_mul(x, wick_log(x)), 0.0);
}

/* (b log b - a log a) / (b - a) - 1 */
static wick_var mean_log(wick_var a, wick_var b)
{
    return wick_sub(wick_div(wick_sub(x_log_x(b), x_log_x(a)), wick_sub(b, a)), 1.0);
}

static wick_var uniform_log(const wick_dist *p)
{
    return mean_log(first(p), second(p));
}

static wick_var uniform_log_rest(const wick_dist *p)
{
    return mean_log(wick_sub(1.0, second(p)), wick_sub(1.0, first(p)));
}

/* (high^(k+1) - low^(k+1)) / ((k + 1) (high - low)), for k > 0 */
static wick_var uniform_power(const wick_dist *p, wick_var k)
{
    const wick_var raised = wick_add(k, 1.0);
    const wick_var ends = wick_sub(wick_pow(second(p), raised), wick_pow(first(p), raised));
    const wick_var width = wick_sub(second(p), first(p));

    return wick_div(ends, wick_mul(raised, width));
}

/* e^(-t (low - loc)) (1 - e^-u) / u with u = t (high - low) */
static wick_var uniform_decay(const wick_dist *p, wick_var loc, wick_var t)
{
    const wick_var u = wick_mul(t, wick_sub(second(p), first(p)));
    const wick_var average = wick_div(wick_neg(wick_expm1(wick_neg(u))), u);

    return wick_mul(wick_exp(wick_mul(t, wick_sub(loc, first(p)))), average);
}

/* (u |u| + v |v|) / (2 (high - low)) with u = high - loc, v = loc - low */
static wick_var uniform_distance(const wick_dist *p, wick_var loc)
{
    const wick_var low = first(p), high = second(p);
    const wick_var above = wick_sub(high, loc), below = wick_sub(loc, low);
    const wick_var squares =
        wick_add(wick_mul(above, wick_abs(above)), wick_mul(below, wick_abs(below)));

    return wick_div(wick_mul(0.5, squares), wick_sub(high, low));
}

/* --- p of any real number --------------------------------------------------------------------- */

/* e^(-t (loc_p - loc)) */
static wick_var shifted(const wick_dist *p, wick_var loc, wick_var t)
{
    return wick_exp(wick_mul(t, wick_sub(loc, first(p))));
}

static wick_var normal_decay(const wick_dist *p, wick_var loc, wick_var t)
{
    const wick_var spread = wick_mul(0.5, wick_square(wick_mul(t, second(p))));

    return wick_exp(wick_add(wick_mul(t, wick_sub(loc, first(p))), spread));
}

/* Leone, Nelson & Nottingham (1961), The folded normal distribution, Technometrics 3:
 * scale (2 / pi)^(1 / 2) e^(-z^2 / 2) + d (2 Phi(z) - 1), d = loc_p - loc, z = d / scale */
static wick_var normal_distance(const wick_dist *p, wick_var loc)
{
    static const double ROOT_2_OVER_PI = 0.79788456080286536, ROOT_HALF = 0.70710678118654752;
    const wick_var d = wick_sub(first(p), loc), z = wick_div(d, second(p));
    const wick_var bell = wick_exp(wick_mul(-0.5, wick_square(z)));
    const wick_var centre = wick_mul(wick_mul(ROOT_2_OVER_PI, second(p)), bell);

    return wick_add(centre, wick_mul(d, wick_erf(wick_mul(ROOT_HALF, z))));
}

/* e^(-t (loc_p - loc)) / (1 - u^2), u = t scale < 1 */
static wick_var laplace_decay(const wick_dist *p, wick_var loc, wick_var t)
{
    const wick_var rest = wick_sub(1.0, wick_square(wick_mul(t, second(p))));

    return if_positive(rest, wick_div(shifted(p, loc, t), rest));
}

/* e^(-t (loc_p - loc)) Gamma(1 + u), u = t scale */
static wick_var gumbel_decay(const wick_dist *p, wick_var loc, wick_var t)
{
    const wick_var u = wick_mul(t, second(p)), ahead = wick_mul(t, wick_sub(loc, first(p)));

    return wick_exp(wick_add(ahead, wick_lgamma(wick_add(1.0, u))));
}

/* e^(-t (loc_p - loc)) Gamma(1 - u) Gamma(1 + u), u = t scale < 1 */
static wick_var logistic_decay(const wick_dist *p, wick_var loc, wick_var t)
{
    const wick_var u = wick_mul(t, second(p)), rest = wick_sub(1.0, u);
    const wick_var gammas = wick_add(wick_lgamma(rest), wick_lgamma(wick_add(1.0, u)));

    return if_positive(rest, wick_mul(shifted(p, loc, t), wick_exp(gammas)));
}

static const wicki_expectations KNOWN[] = {
    { .type = &wicki_dist_exponential,
        .log = gamma_log,
        .log_variance = gamma_log_variance,
        .power = gamma_power,
        .decay = gamma_decay },
    { .type = &wicki_dist_gamma,
        .log = gamma_log,
        .log_variance = gamma_log_variance,
        .power = gamma_power,
        .decay = gamma_decay },
    { .type = &wicki_dist_chi2,
        .log = gamma_log,
        .log_variance = gamma_log_variance,
        .power = gamma_power,
        .decay = gamma_decay },
    { .type = &wicki_dist_inverse_gamma,
        .log = inverse_gamma_log,
        .log_variance = inverse_gamma_log_variance,
        .power = inverse_gamma_power },
    { .type = &wicki_dist_beta,
        .log = beta_log,
        .log_variance = beta_log_variance,
        .log_rest = beta_log_rest,
        .power = beta_power },
    { .type = &wicki_dist_kumaraswamy,
        .log = kumaraswamy_log,
        .log_variance = kumaraswamy_log_variance,
        .power = kumaraswamy_power },
    { .type = &wicki_dist_lognormal,
        .log = lognormal_log,
        .log_variance = lognormal_log_variance,
        .power = lognormal_power },
    { .type = &wicki_dist_weibull,
        .log = weibull_log,
        .log_variance = weibull_log_variance,
        .power = weibull_power },
    { .type = &wicki_dist_pareto,
        .log = pareto_log,
        .log_variance = pareto_log_variance,
        .power = pareto_power },
    { .type = &wicki_dist_half_normal,
        .log = half_normal_log,
        .log_variance = half_normal_log_variance,
        .power = half_normal_power,
        .decay = half_normal_decay },
    { .type = &wicki_dist_half_cauchy,
        .log = half_cauchy_log,
        .log_variance = half_cauchy_log_variance },
    { .type = &wicki_dist_uniform,
        .log = uniform_log,
        .log_rest = uniform_log_rest,
        .power = uniform_power,
        .decay = uniform_decay,
        .distance = uniform_distance },
    { .type = &wicki_dist_normal, .decay = normal_decay, .distance = normal_distance },
    { .type = &wicki_dist_laplace, .decay = laplace_decay },
    { .type = &wicki_dist_gumbel, .decay = gumbel_decay },
    { .type = &wicki_dist_logistic, .decay = logistic_decay },
    { .type = &wicki_dist_cauchy },
    { .type = &wicki_dist_student_t },
    { .type = &wicki_dist_truncated_normal },
};

const wicki_expectations *wicki_expectations_of(const wick_dist_type *type)
{
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (KNOWN[i].type == type)
            return &KNOWN[i];
    return NULL;
}
