/* Elementwise ops of special functions: angles, normal tails, incomplete gamma and beta, Bessel. */
#include "base/bessel.h"
#include "base/incomplete.h"
#include "base/normal_cdf.h"
#include "base/polygamma.h"
#include "base/special.h"
#include "base/trigonometry.h"
#include "tape/elementwise.h"

/* --- one operand ------------------------------------------------------------------------------- */

#define UNARY(op, formula, derivative) WICKI_MAP_1(op, NULL, formula, derivative)

UNARY(sin, wicki_sin(x), wicki_cos(x))
UNARY(cos, wicki_cos(x), -wicki_sin(x))
UNARY(tan, wicki_tan(x), 1.0 + y * y)
UNARY(atan, wicki_atan(x), 1.0 / (1.0 + x * x))
UNARY(log1mexp, wicki_log1mexp(x), 1.0 / wicki_expm1(x))
UNARY(normal_cdf, wicki_normal_cdf(x), wicki_normal_density(x))
UNARY(log_normal_cdf, wicki_log_normal_cdf(x), wicki_log_normal_cdf_slope(x))
UNARY(normal_quantile, wicki_normal_quantile(x), 1.0 / wicki_normal_density(y))
UNARY(trigamma, wicki_trigamma(x), wicki_tetragamma(x))
UNARY(log_bessel_i0, wicki_log_bessel_i0(x), wicki_bessel_ratio(x))
UNARY(bessel_ratio, wicki_bessel_ratio(x), wicki_bessel_ratio_slope(x))

/* --- two operands ------------------------------------------------------------------------------ */

/* the derivative of a quantile by a; y is 0 where it underflows */
static double gamma_quantile_slope(double a, double y)
{
    return y > 0.0 && y < INFINITY ? y * wicki_log_gamma_slope(a, wicki_log(y)) : y;
}

static double gamma_quantile(double a, double p, double q)
{
    return wicki_exp(wicki_log_gamma_quantile(a, p, q));
}

static double interval_slope(double a, double b, bool upper)
{
    double by_a, by_b;

    wicki_log_normal_interval_slopes(a, b, &by_a, &by_b);
    return upper ? by_b : by_a;
}

WICKI_MAP_2(log_normal_interval, wicki_log_normal_interval(a, b), interval_slope(a, b, false),
    interval_slope(a, b, true))
WICKI_MAP_2(gamma_p, wicki_gamma_p(a, b), wicki_gamma_p_by_a(a, b), wicki_gamma_density(a, b))
WICKI_MAP_2(gamma_q, wicki_gamma_q(a, b), -wicki_gamma_p_by_a(a, b), -wicki_gamma_density(a, b))
WICKI_MAP_2(gamma_p_inverse, gamma_quantile(a, b, 1.0 - b), gamma_quantile_slope(a, y),
    1.0 / wicki_gamma_density(a, y))
WICKI_MAP_2(gamma_q_inverse, gamma_quantile(a, 1.0 - b, b), gamma_quantile_slope(a, y),
    -1.0 / wicki_gamma_density(a, y))

/* --- three operands: a, b and x or p ----------------------------------------------------------- */

static void beta_i_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++)
        out[i] = wicki_beta_i(in[0][i], in[1][i], in[2][i]);
}

static void beta_i_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    for (size_t i = 0; i < n; i++) {
        const double a = in[0][i], b = in[1][i], x = in[2][i];
        double by_a = 0.0, by_b = 0.0;
        if (partial[0] || partial[1])
            wicki_beta_i_slopes(a, b, x, 1.0 - x, &by_a, &by_b);
        if (partial[0])
            partial[0][i] = by_a;
        if (partial[1])
            partial[1][i] = by_b;
        if (partial[2])
            partial[2][i] = wicki_beta_density(a, b, x);
    }
}

static void beta_i_inverse_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++)
        out[i] = wicki_beta_quantile(in[0][i], in[1][i], in[2][i], 1.0 - in[2][i]);
}

/* From I_x(a, b) = p: dx/dp = 1 / density, dx/da = -(dI/da) / density. */
static void beta_i_inverse_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++) {
        const double a = in[0][i], b = in[1][i], inverse = 1.0 / wicki_beta_density(a, b, out[i]);
        double by_a = 0.0, by_b = 0.0;
        if (partial[0] || partial[1])
            wicki_beta_i_slopes(a, b, out[i], 1.0 - out[i], &by_a, &by_b);
        if (partial[0])
            partial[0][i] = -by_a * inverse;
        if (partial[1])
            partial[1][i] = -by_b * inverse;
        if (partial[2])
            partial[2][i] = inverse;
    }
}

#define TERNARY(op)                                                                      \
    const wick_op wicki_op_##op = {                                                      \
        .name = "wick_" #op, .value = op##_value, .partials = op##_partials              \
    };                                                                                   \
    wick_var(wick_##op)(wick_operand a, wick_operand b, wick_operand c)                  \
    {                                                                                    \
        wick *w = wicki_handle_of(3, (wick_var[]){ a.var, b.var, c.var });               \
        return wick_record(w, &wicki_op_##op, 3, (wick_argument[]){ a, b, c }, NULL, 0); \
    }

TERNARY(beta_i)
TERNARY(beta_i_inverse)
