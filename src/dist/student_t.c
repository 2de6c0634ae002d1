#include "base/incomplete.h"
#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"
#include "dist/log_gamma.h"

/* --- density --------------------------------------------------------------------------------- */

/* log Gamma(a + 1/2) - log Gamma(a) - log(a) / 2, without cancellation when a is large */
static double half_step(double a)
{
    const double u = 0.5 / a;

    return a * wicki_log_minus(1.0 + u, u) + wicki_stirling_error(a + 0.5) -
        wicki_stirling_error(a);
}

/* psi(a + 1/2) - psi(a) - 1 / (2 a), its derivative; from the series of DLMF 5.11.2 for large a */
static double half_step_slope(double a)
{
    const double u = 1.0 / (a * a);
    const double series = u * (0.125 - u * (1.0 / 64 - u * (1.0 / 128)));

    return a > 100.0 ? series
                     : wicki_digamma_positive(a + 0.5) - wicki_digamma_positive(a) - 0.5 / a;
}

/* log(1 + t^2), which is twice log |t| before t^2 overflows */
static double fall(double t)
{
    return fabs(t) > 1e8 ? 2.0 * wicki_log(fabs(t)) : wicki_log1p(t * t);
}

/* t / (1 + t^2) and t^2 / (1 + t^2) */
static double pull(double t)
{
    return fabs(t) > 1.0 ? 1.0 / (t + 1.0 / t) : t / (1.0 + t * t);
}

static double share(double t)
{
    return fabs(t) > 1.0 ? 1.0 / (1.0 + 1.0 / (t * t)) : t * t / (1.0 + t * t);
}

/* The density of z = sqrt(df) t */
static double standard_log_density(double df, double t)
{
    return half_step(0.5 * df) - WICKI_HALF_LOG_2PI - 0.5 * (df + 1.0) * fall(t);
}

/* The derivative by df at a fixed z: two differences that vanish when df is large, and the rest of
 * the second. */
static double by_df(double df, double t)
{
    const double part = share(t);
    const double near = wicki_log_minus(1.0 / (1.0 + t * t), -part);

    return 0.5 * (half_step_slope(0.5 * df) + (fabs(t) < 1.0 ? near : part - fall(t)) + part / df);
}

WICKI_DENSITY_3(student_t, df, loc, scale, t, (x - loc) / scale / sqrt(df), df > 0.0 && scale > 0.0,
    fabs(x) < INFINITY,                             /* domain, support */
    standard_log_density(df, t) - wicki_log(scale), /* log density */
    -(df + 1.0) / sqrt(df) * pull(t) / scale,       /* d / dx */
    by_df(df, t),                                   /* d / ddf */
    (df + 1.0) / sqrt(df) * pull(t) / scale,        /* d / dloc */
    ((df + 1.0) * share(t) - 1.0) / scale)          /* d / dscale */

WICKI_DENSITY_OP(student_t, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* loc + scale z / sqrt(g / a), z normal, g gamma with concentration a = df / 2 */
static wick_var student_t_sample(wick *w, const wick_dist *dist)
{
    wicki_sampling s;

    if (!wicki_sampling_of(w, dist, &s))
        return WICK_VAR_NONE;
    const wick_var a = wick_mul(0.5, wicki_sampling_parameter(w, dist, &s, 0));
    const wick_var g = wick_sub(wicki_log_gamma(w, &s, a, 1), wick_log(a));
    const wick_var stretch = wicki_positive_exp(wick_mul(-0.5, g));
    const wick_var z = wicki_var_of(w, wicki_noise(w, &wicki_draw_normal, s.rank, s.sizes, s.dims));
    const wick_operand loc = wicki_operand_of(w, dist, 1, s.parameter[1]);
    const wick_operand scale = wicki_operand_of(w, dist, 2, s.parameter[2]);
    const wick_var t = (wick_mul)(scale, wick_operand_var(wick_mul(z, stretch)));
    return (wick_add)(loc, wick_operand_var(t));
}

/* --- distribution function ------------------------------------------------------------------- */

/* t; if finite, held where its square does not overflow */
static double held(double z, double df)
{
    const double t = z / sqrt(df);

    return fabs(z) < INFINITY ? wicki_max(-1e150, wicki_min(1e150, t)) : t;
}

/* P(T <= z) of the standard one, inputs z and df: I_x(df / 2, 1/2) / 2 below 0, x = 1 / (1 +
 * t^2) */
static void cdf_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++) {
        const double z = in[0][i], df = in[1][i], t = held(z, df), x = 1.0 / (1.0 + t * t);
        const double tail = 0.5 * wicki_beta_i_between(0.5 * df, 0.5, x, share(t));
        out[i] = z > 0.0 ? 1.0 - tail : tail;
    }
}

/* d/ddf P at a fixed z < 0: x depends on df too, and dI/dx dx/ddf = |z| p(z) / df. */
static double cdf_slope(double z, double df)
{
    const double t = held(z, df), x = 1.0 / (1.0 + t * t);
    double by_a, by_b;

    wicki_beta_i_slopes(0.5 * df, 0.5, x, share(t), &by_a, &by_b);
    const double density = wicki_exp(standard_log_density(df, t));
    return (z > 0.0 ? -0.5 : 0.5) * (0.5 * by_a + fabs(z) * density / df);
}

static double density_at(double z, double df)
{
    return wicki_exp(standard_log_density(df, held(z, df)));
}

static void cdf_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    for (size_t i = 0; partial[0] && i < n; i++)
        partial[0][i] = density_at(in[0][i], in[1][i]);
    for (size_t i = 0; partial[1] && i < n; i++)
        partial[1][i] = cdf_slope(in[0][i], in[1][i]);
}

/* Its inverse, inputs p and df: z^2 = df (1 - x) / x with I_x(df / 2, 1/2) = 2 p below 1/2. */
static void quantile_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++) {
        const double p = in[0][i], df = in[1][i], least = wicki_min(p, 1.0 - p);
        const double logit =
            wicki_beta_logit_quantile(0.5 * df, 0.5, 2.0 * least, 1.0 - 2.0 * least);
        const double size = logit == -INFINITY ? INFINITY : sqrt(df) * wicki_exp(-0.5 * logit);
        out[i] = p < 0.5 ? -size : size;
    }
}

static void quantile_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    for (size_t i = 0; partial[0] && i < n; i++)
        partial[0][i] = 1.0 / density_at(out[i], in[1][i]);
    for (size_t i = 0; partial[1] && i < n; i++)
        partial[1][i] = -cdf_slope(out[i], in[1][i]) / density_at(out[i], in[1][i]);
}

static const wick_op cdf_op = {
    .name = "student_t cdf", .value = cdf_value, .partials = cdf_partials
};
static const wick_op quantile_op = {
    .name = "student_t quantile", .value = quantile_value, .partials = quantile_partials
};

static wick_var with_df(wick *w, const wick_op *op, wick_var x, const wick_dist *dist)
{
    return wick_record(w, op, 2, (wick_argument[]){ { .var = x }, dist->parameter[0] }, NULL, 0);
}

static wick_var student_t_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var z = wick_div(wick_sub(x, dist->parameter[1].var), dist->parameter[2].var);

    return with_df(w, &cdf_op, z, dist);
}

static wick_var student_t_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    const wick_var z = with_df(w, &quantile_op, p, dist);

    return wick_add(dist->parameter[1].var, wick_mul(dist->parameter[2].var, z));
}

/* --- moments --------------------------------------------------------------------------------- */

/* of the standard one, with a = df / 2: (a + 1/2) (psi(a + 1/2) - psi(a)) and what it is below */
static void entropy_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++) {
        const double a = 0.5 * in[0][i];
        const double factor = (a + 0.5) * (half_step_slope(a) + 0.5 / a);
        out[i] = factor + WICKI_HALF_LOG_2PI - half_step(a);
    }
}

/* By a: 1 / (2 a) + (a + 1/2) (psi'(a + 1/2) - psi'(a)) */
static void entropy_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    for (size_t i = 0; i < n; i++) {
        const double a = 0.5 * in[0][i];
        const double step = wicki_trigamma_positive(a + 0.5) - wicki_trigamma_positive(a);
        partial[0][i] = 0.5 * (0.5 / a + (a + 0.5) * step);
    }
}

static const wick_op entropy_op = {
    .name = "student_t entropy", .value = entropy_value, .partials = entropy_partials
};

static wick_var student_t_entropy(wick *w, const wick_dist *dist)
{
    const wick_var h = wick_record(w, &entropy_op, 1, dist->parameter, NULL, 0);

    return wick_add(h, wick_log(dist->parameter[2].var));
}

/* There is none for df <= 1. */
static wick_var student_t_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_where(wick_less(1.0, dist->parameter[0].var), dist->parameter[1].var, NAN);
}

/* scale^2 df / (df - 2), infinite for df <= 2, none for df <= 1 */
static wick_var student_t_variance(wick *w, const wick_dist *dist)
{
    const wick_var df = dist->parameter[0].var, square = wick_square(dist->parameter[2].var);
    const wick_var finite = wick_mul(square, wick_div(df, wick_sub(df, 2.0)));
    const wick_var infinite = wick_where(wick_less(1.0, df), INFINITY, NAN);

    (void)w;
    return wick_where(wick_less(2.0, df), finite, infinite);
}

const wick_dist_type wicki_dist_student_t = { .name = "student_t",
    .n_parameters = 3,
    .parameter_names = { "df", "loc", "scale" },
    .parameter_domain = { { .kind = WICK_POSITIVE }, { .kind = WICK_REAL },
        { .kind = WICK_POSITIVE } },
    .log_prob = &student_t_density,
    .sample = student_t_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL },
    .mean = student_t_mean,
    .variance = student_t_variance,
    .entropy = student_t_entropy,
    .cdf = student_t_cdf,
    .quantile = student_t_quantile,
    .kl = wicki_kl_across };

wick_dist(wick_student_t)(wick_operand df, wick_operand loc, wick_operand scale)
{
    return (wick_dist){ .type = &wicki_dist_student_t, .parameter = { df, loc, scale } };
}
