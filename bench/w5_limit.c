#include "bench/w5_limit.h"

#include "base/special.h"
#include "bench/w1_limit.h"

const double W5_EFFECTS[W5_SCHOOLS] = { 28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0 };
const double W5_ERRORS[W5_SCHOOLS] = { 15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0 };

static const double INVERSE[W5_SCHOOLS] = { 1.0 / 15, 1.0 / 10, 1.0 / 16, 1.0 / 11, 1.0 / 9,
    1.0 / 11, 1.0 / 10, 1.0 / 18 };

/* --- eight schools ------------------------------------------------------------------------------ */

static double sum(const double x[W5_SCHOOLS])
{
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

/* 17 log(2 pi) / 2 + sum_j log s_j + log 5 + log(5 pi / 2) */
static const double CONSTANT = 39.261609584796304;

WICKI_INLINE double schools(const double *q, double *gradient)
{
    const double mu = q[0], tau = exp(q[1]), *z = q + 2, ratio = 0.04 * tau * tau;
    double squares[W5_SCHOOLS], by_mu[W5_SCHOOLS], by_tau[W5_SCHOOLS];

    for (int j = 0; j < W5_SCHOOLS; j++) {
        const double r = (W5_EFFECTS[j] - mu - tau * z[j]) * INVERSE[j], slope = r * INVERSE[j];
        squares[j] = r * r + z[j] * z[j];
        by_mu[j] = slope;
        by_tau[j] = slope * z[j];
        gradient[2 + j] = z[j] - slope * tau;
    }
    gradient[0] = 0.04 * mu - sum(by_mu);
    gradient[1] = 2.0 * ratio / (1.0 + ratio) - 1.0 - tau * sum(by_tau);
    return CONSTANT + 0.5 * sum(squares) + 0.02 * mu * mu + log(1.0 + ratio) - q[1];
}

double w5_schools_limit(void *arg, const double *q, double *gradient)
{
    (void)arg;
    return schools(q, gradient);
}

/* --- five points -------------------------------------------------------------------------------- */

WICKI_INLINE double points(const double *q, double *gradient)
{
    const double u[W1_PARAMS] = { q[0], 0.0, q[1], q[2], q[3] };
    double g[W1_PARAMS];
    const double value = w1_limit_potential(u, g);

    gradient[0] = g[W1_LOGIT];
    for (int i = 1; i < W5_POINTS_PARAMS; i++)
        gradient[i] = g[W1_LOG_SCALE - 1 + i];
    return value;
}

double w5_points_limit(void *arg, const double *q, double *gradient)
{
    (void)arg;
    return points(q, gradient);
}

/* --- leapfrogs ---------------------------------------------------------------------------------- */

WICKI_INLINE void leapfrogs(double (*potential)(const double *q, double *gradient), size_t n,
    size_t times, double step, double *q, double *p)
{
    double g[W5_MOST];

    potential(q, g);
    for (size_t t = 0; t < times; t++) {
        for (size_t i = 0; i < n; i++) {
            p[i] -= 0.5 * step * g[i];
            q[i] += step * p[i];
        }
        potential(q, g);
        for (size_t i = 0; i < n; i++)
            p[i] -= 0.5 * step * g[i];
    }
}

void w5_schools_leapfrogs(size_t times, double step, double *q, double *p)
{
    leapfrogs(schools, W5_SCHOOLS_PARAMS, times, step, q, p);
}

void w5_points_leapfrogs(size_t times, double step, double *q, double *p)
{
    leapfrogs(points, W5_POINTS_PARAMS, times, step, q, p);
}
