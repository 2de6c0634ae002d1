#include "bench/w1_limit.h"

#include "base/special.h"

#include <stdbool.h>

/* One row for each point, one for the weights themselves, two to fill the vectors. In row n,
 * d is the log odds of component 0 against 1 given y_n; in the weights' row without a point. */
enum { N = 5, WEIGHTS = N, ROWS = 8 };

static const double Y[ROWS] = { 0.0, 1.0, 10.0, 11.0, 12.0 };
static const double VARIANCE = 33.7; /* of Y */

static const double LOG_PI = 1.1447298858494002, LOG_ROOT_2_PI = 0.91893853320467274;
static const double LOG_2 = 0.69314718055994531, LOG_10 = 2.3025850929940457;

static double square(double x)
{
    return x * x;
}

/* The sum over the points, with additions that need not wait for each other. */
static double sum(const double x[ROWS])
{
    return ((x[0] + x[1]) + (x[2] + x[3])) + x[4];
}

static double product(const double x[ROWS])
{
    return ((x[0] * x[1]) * (x[2] * x[3])) * x[4];
}

/* e^x for x <= 0. Taylor's series to r^12 by Estrin's scheme: half of Horner's waiting. */
WICKI_INLINE double exp_of_negative(double x)
{
    const double shift = 0x1.8p52, low = wicki_max(x, -708.0);
    const double shifted = low * 1.4426950408889634 + shift, k = shifted - shift;
    const double r = (low - k * WICKI_LN2_HIGH) - k * WICKI_LN2_LOW, r2 = r * r, r4 = r2 * r2;
    const double from0 = (1.0 + r) + r2 * (1.0 / 2 + r * (1.0 / 6));
    const double from4 = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
    const double from8 = (1.0 / 40320 + r * (1.0 / 362880)) +
        r2 * ((1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600));
    const double power = wicki_from_bits((wicki_to_bits(shifted) + 1023) << 52);

    return (from0 + r4 * (from4 + r4 * from8)) * power;
}

static double power(double x, int n)
{
    return n == 4 ? square(square(x)) : square(x) * square(square(x));
}

/* log sum_k weights_k Normal(y; loc_k, scale) = log weights_1 - z1^2 / 2 + log(1 + e^d) + ..., and
 * log(1 + e^d) = max(d, 0) + log(1 + e^-|d|); one logarithm of a product serves all rows. The
 * logarithms of Jacobians are those of both weights and of the scale. */
WICKI_INLINE double gradient(const double u[W1_PARAMS], double g[W1_PARAMS], bool jacobian)
{
    const int n_weights = jacobian ? N + 1 : N - 1, n_scales = jacobian ? N : N + 1;
    const double odds = u[W1_LOGIT] - u[W1_LOGIT + 1], log_scale = u[W1_LOG_SCALE];
    const double loc0 = u[W1_LOC], loc1 = u[W1_LOC + 1], inverse = exp(-log_scale);
    double r[ROWS], rz0[ROWS], rz1[ROWS], rzz[ROWS], level[ROWS], above[ROWS];

    for (int n = 0; n < ROWS; n++) {
        const double z0 = (Y[n] - loc0) * inverse, z1 = (Y[n] - loc1) * inverse;
        const double d = n < N ? odds + 0.5 * (z1 * z1 - z0 * z0) : odds;
        const double e = exp_of_negative(-fabs(d)), smaller = e / (1.0 + e);
        r[n] = d > 0.0 ? 1.0 - smaller : smaller; /* probability of component 0 */
        rz0[n] = r[n] * z0;
        rz1[n] = (1.0 - r[n]) * z1;
        rzz[n] = rz0[n] * z0 + rz1[n] * z1;
        level[n] = wicki_max(d, 0.0) - 0.5 * z1 * z1;
        above[n] = 1.0 + e;
    }

    const double logs = log(product(above) / power(above[WEIGHTS], n_weights));

    g[W1_LOGIT] = n_weights * r[WEIGHTS] - (sum(r) + 0.5 * (n_weights - N));
    g[W1_LOGIT + 1] = -g[W1_LOGIT];
    g[W1_LOG_SCALE] = n_scales + 0.25 * log_scale - sum(rzz);
    g[W1_LOC] = 0.01 * loc0 - inverse * sum(rz0);
    g[W1_LOC + 1] = 0.01 * loc1 - inverse * sum(rz1);

    const double constant = LOG_PI + LOG_2 + 2.0 * LOG_10 + (N + 3) * LOG_ROOT_2_PI;
    const double scale_prior = 0.125 * square(log_scale) + n_scales * log_scale;
    const double loc_prior = 0.005 * (square(loc0) + square(loc1));
    const double weights = n_weights * wicki_max(odds, 0.0) - 0.5 * (n_weights - N) * odds;
    return constant + scale_prior + loc_prior + weights - logs - sum(level);
}

WICKI_INLINE double step(w1_fit *fit)
{
    const double rate = 0.1, beta1 = 0.8, beta2 = 0.99, eps = 1e-8;
    double g[W1_PARAMS];
    const double loss = gradient(fit->u, g, false);

    fit->power1 *= beta1;
    fit->power2 *= beta2;
    const double ahead = rate / (1.0 - fit->power1), root = 1.0 / sqrt(1.0 - fit->power2);
    for (int i = 0; i < W1_PARAMS; i++) {
        fit->m[i] = beta1 * fit->m[i] + (1.0 - beta1) * g[i];
        fit->v[i] = beta2 * fit->v[i] + (1.0 - beta2) * g[i] * g[i];
        fit->u[i] -= ahead * fit->m[i] / (sqrt(fit->v[i]) * root + eps);
    }
    return loss;
}

w1_fit w1_limit_start(void)
{
    return (w1_fit){ .u = { [W1_LOG_SCALE] = 0.5 * log(VARIANCE / 2.0), [W1_LOC] = 1.0, 10.0 },
        .power1 = 1.0,
        .power2 = 1.0 };
}

/* --- for the processor at hand ------------------------------------------------------------------ */

#if defined __GNUC__ && defined __x86_64__
#define FOR_FMA __attribute__((target("avx2,fma")))

static bool has_fma(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#else
#define FOR_FMA

static bool has_fma(void)
{
    return false;
}
#endif

FOR_FMA static double gradient_fma(const double u[W1_PARAMS], double g[W1_PARAMS])
{
    return gradient(u, g, false);
}

FOR_FMA static double potential_fma(const double u[W1_PARAMS], double g[W1_PARAMS])
{
    return gradient(u, g, true);
}

FOR_FMA static double step_fma(w1_fit *fit)
{
    return step(fit);
}

double w1_limit_gradient(const double u[W1_PARAMS], double g[W1_PARAMS])
{
    return has_fma() ? gradient_fma(u, g) : gradient(u, g, false);
}

double w1_limit_potential(const double u[W1_PARAMS], double g[W1_PARAMS])
{
    return has_fma() ? potential_fma(u, g) : gradient(u, g, true);
}

double w1_limit_step(w1_fit *fit)
{
    return has_fma() ? step_fma(fit) : step(fit);
}
