#include "dist/log_gamma.h"

#include "base/stirling.h"

#include <float.h>

wick_var wicki_log_gamma(wick *w, const wicki_sampling *s, wick_var concentration, uint64_t part)
{
    const wicki_random whole = w->random;
    wicki_random own = whole;
    wick_node *a = wicki_node_of(w, "log gamma", concentration);

    if (!a)
        return WICK_VAR_NONE;
    if (a->rank > 0)
        a = wicki_sampling_spread(w, s, a);
    own.name = part ? wicki_hash(whole.name, part) : whole.name;
    wicki_random_begin(w, &own, w->random_step);
    wick_node *x = a ? wicki_log_gamma_noise(w, a, s->rank, s->sizes, s->dims) : NULL;
    wicki_random_begin(w, &whole, w->random_step);
    return wicki_var_of(w, x);
}

wick_var wicki_sampling_parameter(wick *w, const wick_dist *dist, const wicki_sampling *s, size_t j)
{
    const wick_operand p = wicki_operand_of(w, dist, j, s->parameter[j]);

    return p.var.w ? p.var : wick_num(w, p.number);
}

wick_var wicki_log_gamma_of(wick *w, const wick_dist *dist, wicki_sampling *s)
{
    if (!wicki_sampling_of(w, dist, s))
        return WICK_VAR_NONE;
    return wicki_log_gamma(w, s, wicki_sampling_parameter(w, dist, s, 0), 0);
}

wick_var wicki_positive_exp(wick_var x)
{
    return wick_clamp(wick_exp(x), DBL_MIN, DBL_MAX);
}

/* --- entropy --------------------------------------------------------------------------------- */

/* psi(a) - log a + 1 / (2 a) and psi'(a) - 1 / a - 1 / (2 a^2) (DLMF 5.11.2, 5.15.8) */
static double psi_rest(double a)
{
    const double u = 1.0 / (a * a);

    if (a < 10.0)
        return wicki_digamma_positive(a) - wicki_log(a) + 0.5 / a;
    return u *
        (wicki_horner4(
             -1.0 / 12 * u + 691.0 / 32760, u, -1.0 / 132, 1.0 / 240, -1.0 / 252, 1.0 / 120) *
                u -
            1.0 / 12);
}

static double trigamma_rest(double a)
{
    const double v = 1.0 / a, u = v * v;

    if (a < 10.0)
        return wicki_trigamma_positive(a) - v - 0.5 * u;
    return v * u *
        wicki_horner4(7.0 / 6 * u - 691.0 / 2730, u, 5.0 / 66, -1.0 / 30, 1.0 / 42, -1.0 / 30) * u +
        v * u / 6.0;
}

static void gamma_entropy_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++) {
        const double a = in[0][i];
        const double rest = (1.0 - a) * psi_rest(a) - 0.5 / a + wicki_stirling_error(a);
        out[i] = a > 0.0 ? 0.5 + WICKI_HALF_LOG_2PI + 0.5 * wicki_log(a) + rest : (double)NAN;
    }
}

/* 1 + (1 - a) psi'(a) */
static void gamma_entropy_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    for (size_t i = 0; i < n; i++) {
        const double a = in[0][i];
        partial[0][i] = (0.5 + 0.5 / a) / a + (1.0 - a) * trigamma_rest(a);
    }
}

static const wick_op gamma_entropy = {
    .name = "gamma entropy", .value = gamma_entropy_value, .partials = gamma_entropy_partials
};

wick_var wicki_gamma_entropy(wick_var a)
{
    return wick_record(a.w, &gamma_entropy, 1, &(wick_argument){ .var = a }, NULL, 0);
}

/* --- divergence ------------------------------------------------------------------------------ */

/* (p - q) psi(p) - log Gamma(p) + log Gamma(q), by Stirling's formula with what it lacks: all terms
 * vanish as p comes to q. */
static void shape_divergence_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++) {
        const double p = in[0][i], q = in[1][i], d = p - q;
        const double errors = wicki_stirling_error(q) - wicki_stirling_error(p);
        const double main = q * wicki_log_minus(p / q, d / q);
        const double half = 0.5 * wicki_log_minus(q / p, -d / p);
        out[i] = p > 0.0 && q > 0.0 ? d * psi_rest(p) + errors - (main + half) : (double)NAN;
    }
}

static void shape_divergence_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    for (size_t i = 0; partial[0] && i < n; i++)
        partial[0][i] = (in[0][i] - in[1][i]) * wicki_trigamma_positive(in[0][i]);
    for (size_t i = 0; partial[1] && i < n; i++)
        partial[1][i] = wicki_digamma_positive(in[1][i]) - wicki_digamma_positive(in[0][i]);
}

static const wick_op shape_divergence = { .name = "gamma divergence",
    .value = shape_divergence_value,
    .partials = shape_divergence_partials };

wick_var wicki_gamma_kl(wick_var p, wick_var q, wick_var log_ratio)
{
    const wick_var shape = wick_record(
        p.w, &shape_divergence, 2, (wick_argument[]){ { .var = p }, { .var = q } }, NULL, 0);
    const wick_var scale = wick_sub(wick_mul(p, wick_expm1(log_ratio)), wick_mul(q, log_ratio));

    return wick_add(shape, scale);
}
