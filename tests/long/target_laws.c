/* Densities, and what is known of them in closed form or by quadrature. */
#include "tests/long/target_laws.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

/* --- quantiles and integrals ------------------------------------------------------------------- */

typedef double (*function)(double x, double t);

/* The integral of f(x, t) over x, by Simpson's rule; f is smooth, and small at the ends. */
static double integral(function f, double t, double from, double to)
{
    enum { STEPS = 4000 };
    const double h = (to - from) / STEPS;
    double sum = 0.0;

    for (int i = 0; i <= STEPS; i++)
        sum += f(from + i * h, t) * (i == 0 || i == STEPS ? 1.0 : i % 2 ? 4.0 : 2.0);
    return sum * h / 3.0;
}

/* Where a distribution function is p, by bisection. */
static double quantile(double (*cdf)(double t), double p)
{
    double low = -1e3, high = 1e3;

    for (int i = 0; i < 60; i++) {
        const double middle = 0.5 * (low + high);
        *(cdf(middle) < p ? &low : &high) = middle;
    }
    return low;
}

static law law_with(double mean, double variance, double (*cdf)(double t))
{
    return (law){ mean, variance, quantile(cdf, 0.05), quantile(cdf, 0.95) };
}

static double normal_cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

static double normal_density(double x)
{
    return exp(-0.5 * x * x) / sqrt(2.0 * PI);
}

static law normal_law(double variance)
{
    const double high = 1.64485362695147271 * sqrt(variance); /* qnorm(0.95) */

    return (law){ 0.0, variance, -high, high };
}

static double coordinate(const double *q, size_t i)
{
    return q[i];
}

/* --- normals ----------------------------------------------------------------------------------- */

static wick_var round_density(wick *w, wick_var q, void *arg)
{
    (void)w;
    (void)arg;
    return wick_mul(wick_dot(q, q), -0.5);
}

static law round_law(size_t i)
{
    (void)i;
    return normal_law(1.0);
}

double wide_variance(size_t i)
{
    return pow(10.0, (double)i - 4.0);
}

static wick_var wide_density(wick *w, wick_var q, void *arg)
{
    double scale[WIDE];

    (void)arg;
    for (size_t i = 0; i < WIDE; i++)
        scale[i] = sqrt(wide_variance(i));
    const wick_var z = wick_div(q, wick_const(w, scale, WIDE));
    return wick_mul(wick_dot(z, z), -0.5);
}

static law wide_law(size_t i)
{
    return normal_law(wide_variance(i));
}

/* The variances 0.01, 0.1, 1, 10, 100 along the columns of a reflection I - 2 u u'. */
enum { TURNED = 5 };

static double turned_variance(size_t i)
{
    return pow(10.0, (double)i - 2.0);
}

static double reflection(size_t i, size_t j)
{
    static const double U[TURNED] = { 3.0, 5.0, 4.0, 7.0, 1.0 }; /* of length 10 */

    return (i == j ? 1.0 : 0.0) - 2.0 * U[i] * U[j] / 100.0;
}

static wick_var turned_density(wick *w, wick_var q, void *arg)
{
    double precision[TURNED * TURNED] = { 0.0 };

    (void)arg;
    for (size_t i = 0; i < TURNED; i++)
        for (size_t j = 0; j < TURNED; j++)
            for (size_t k = 0; k < TURNED; k++)
                precision[i * TURNED + j] +=
                    reflection(i, k) * reflection(j, k) / turned_variance(k);
    const wick_var p = wick_const(w, precision, TURNED, TURNED);
    return wick_mul(wick_dot(q, wick_matvec(p, q)), -0.5);
}

/* Along the columns. */
static double turned_value(const double *q, size_t k)
{
    double sum = 0.0;

    for (size_t i = 0; i < TURNED; i++)
        sum += reflection(i, k) * q[i];
    return sum;
}

static law turned_law(size_t k)
{
    return normal_law(turned_variance(k));
}

/* --- the funnel, not centred ------------------------------------------------------------------- */

/* v ~ normal(0, 3) and nine z ~ normal(0, 1); x = e^(v/2) z. */
static wick_var funnel_density(wick *w, wick_var q, void *arg)
{
    const wick_var v = wick_pick(q, 0);
    const wick_var square = wick_sub(wick_dot(q, q), wick_mul(wick_square(v), 8.0 / 9.0));

    (void)w;
    (void)arg;
    return wick_mul(square, -0.5);
}

enum { FUNNEL_V, FUNNEL_X, FUNNEL_LOG_X, FUNNEL_QUANTITIES };

static double funnel_value(const double *q, size_t i)
{
    if (i == FUNNEL_V)
        return q[0];
    const double x = exp(0.5 * q[0]) * q[1];
    return i == FUNNEL_X ? x : log(fabs(x));
}

static double funnel_x(double z, double t)
{
    return normal_density(z) * normal_cdf(t * exp(-1.5 * z));
}

static double funnel_x_cdf(double t)
{
    return integral(funnel_x, t, -10.0, 10.0);
}

static double funnel_log_x(double z, double t)
{
    return normal_density(z) * erf(exp(t - 1.5 * z) / sqrt(2.0));
}

static double funnel_log_x_cdf(double t)
{
    return integral(funnel_log_x, t, -10.0, 10.0);
}

/* log |z| of a standard normal has the mean -(gamma + log 2) / 2 and the variance pi^2 / 8. The mean
 * of x^4 is 3 e^18, of which no sample shows anything: of x the quantiles are tested. */
static law funnel_law(size_t i)
{
    if (i == FUNNEL_V)
        return normal_law(9.0);
    if (i == FUNNEL_X)
        return law_with(NAN, NAN, funnel_x_cdf);
    return law_with(
        -0.5 * (0.57721566490153286 + log(2.0)), 2.25 + PI * PI / 8.0, funnel_log_x_cdf);
}

/* --- a banana ---------------------------------------------------------------------------------- */

/* x ~ normal(0, 10), y ~ normal(3 - 0.03 x^2, 1). */
static wick_var banana_density(wick *w, wick_var q, void *arg)
{
    const wick_var x = wick_mul(wick_pick(q, 0), 0.1);
    const wick_var y = wick_add(wick_pick(q, 1), wick_mul(wick_sub(wick_square(x), 1.0), 3.0));

    (void)w;
    (void)arg;
    return wick_mul(wick_add(wick_square(x), wick_square(y)), -0.5);
}

static double banana_y(double z, double t)
{
    return normal_density(z) * normal_cdf(t - 3.0 + 3.0 * z * z);
}

static double banana_y_cdf(double t)
{
    return integral(banana_y, t, -10.0, 10.0);
}

static law banana_law(size_t i)
{
    return i == 0 ? normal_law(100.0) : law_with(0.0, 19.0, banana_y_cdf);
}

/* --- a ring ------------------------------------------------------------------------------------ */

/* The density exp(-8 (r - 3)^2), r the distance from 0 in the plane: of r it is r times that. */
static wick_var ring_density(wick *w, wick_var q, void *arg)
{
    const wick_var r = wick_sqrt(wick_dot(q, q));

    (void)w;
    (void)arg;
    return wick_mul(wick_square(wick_sub(r, 3.0)), -8.0);
}

static double ring_value(const double *q, size_t i)
{
    return i < 2 ? q[i] : hypot(q[0], q[1]);
}

static double ring_power(double r, double power)
{
    return pow(r, 1.0 + power) * exp(-8.0 * (r - 3.0) * (r - 3.0));
}

static double ring_moment(double power)
{
    return integral(ring_power, power, 0.0, 6.0) / integral(ring_power, 0.0, 0.0, 6.0);
}

static double ring_r_cdf(double t)
{
    return integral(ring_power, 0.0, 0.0, fmin(fmax(t, 0.0), 6.0)) /
        integral(ring_power, 0.0, 0.0, 6.0);
}

/* Of the circle with radius r the part with x < t is 1 - acos(t / r) / pi: with u = asin(t / r), t > 0,
 * that is 1/2 + u / pi, and smooth for r > t. */
static double ring_x(double r, double t)
{
    return ring_power(r, 0.0) * (0.5 + asin(fmin(t / r, 1.0)) / PI);
}

/* Circles within t, then the others, from t on with r = t + s^2, which makes the corner smooth. */
static double ring_x_beyond(double s, double t)
{
    return 2.0 * s * ring_x(t + s * s, t);
}

static double ring_x_cdf(double t)
{
    const double at = fmin(fabs(t), 6.0);
    const double inner = integral(ring_power, 0.0, 0.0, at);
    const double outer = integral(ring_x_beyond, at, 0.0, sqrt(6.0 - at));
    const double below = (inner + outer) / integral(ring_power, 0.0, 0.0, 6.0);

    return t < 0.0 ? 1.0 - below : below;
}

static law ring_law(size_t i)
{
    const double mean = ring_moment(1.0), square = ring_moment(2.0);

    if (i < 2)
        return law_with(0.0, 0.5 * square, ring_x_cdf);
    return law_with(mean, square - mean * mean, ring_r_cdf);
}

/* --- Student's t ------------------------------------------------------------------------------- */

/* With 3 degrees of freedom: (1 + x^2 / 3)^-2. */
static wick_var student_density(wick *w, wick_var q, void *arg)
{
    (void)w;
    (void)arg;
    return wick_mul(wick_log1p(wick_div(wick_dot(q, q), 3.0)), -2.0);
}

static double student_value(const double *q, size_t i)
{
    return i == 0 ? q[0] : log1p(q[0] * q[0] / 3.0);
}

static double student_cdf(double t)
{
    const double s = t / sqrt(3.0);

    return 0.5 + (s / (1.0 + s * s) + atan(s)) / PI;
}

static double student_log_cdf(double t)
{
    return t < 0.0 ? 0.0 : 2.0 * student_cdf(sqrt(3.0 * expm1(fmin(t, 600.0)))) - 1.0;
}

/* Squares of x have no variance. Of the logarithm: digamma(2) - digamma(3/2), and trigamma(3/2) -
 * trigamma(2). */
static law student_law(size_t i)
{
    if (i == 0)
        return law_with(0.0, NAN, student_cdf);
    return law_with(2.0 * log(2.0) - 1.0, PI * PI / 3.0 - 3.0, student_log_cdf);
}

/* --- all of them ------------------------------------------------------------------------------- */

wick_var far_modes_density(wick *w, wick_var q, void *arg)
{
    const wick_var left = wick_mul(wick_square(wick_add(wick_pick(q, 0), 10.0)), -0.5);
    const wick_var right = wick_mul(wick_square(wick_sub(wick_pick(q, 0), 10.0)), -0.5);

    (void)arg;
    return wick_logsumexp_axis(wick_stack(w, 2, (wick_var[]){ left, right }), 0);
}

const target TARGET[TARGETS] = {
    { "normal, d = 1", round_density, 1, 1, coordinate, round_law, WICK_METRIC_DIAGONAL, 0, 0.0 },
    { "normal, d = 10", round_density, 10, 10, coordinate, round_law, WICK_METRIC_DIAGONAL, 0,
        0.0 },
    { "normal, d = 100", round_density, 100, 100, coordinate, round_law, WICK_METRIC_DIAGONAL, 0,
        0.0 },
    { "normal, variances 1e-4 .. 1e4", wide_density, WIDE, WIDE, coordinate, wide_law,
        WICK_METRIC_DIAGONAL, 5000, 0.0 },
    { "normal, condition 1e4, diagonal metric", turned_density, TURNED, TURNED, turned_value,
        turned_law, WICK_METRIC_DIAGONAL, 0, 0.0 },
    { "normal, condition 1e4, dense metric", turned_density, TURNED, TURNED, turned_value,
        turned_law, WICK_METRIC_DENSE, 0, 0.0 },
    { "funnel, not centred", funnel_density, 10, FUNNEL_QUANTITIES, funnel_value, funnel_law,
        WICK_METRIC_DIAGONAL, 0, 0.0 },
    { "banana, target 0.95", banana_density, 2, 2, coordinate, banana_law, WICK_METRIC_DIAGONAL, 0,
        0.95 },
    { "ring", ring_density, 2, 3, ring_value, ring_law, WICK_METRIC_DIAGONAL, 0, 0.0 },
    { "Student's t, 3 degrees of freedom", student_density, 1, 2, student_value, student_law,
        WICK_METRIC_DIAGONAL, 0, 0.0 },
};
