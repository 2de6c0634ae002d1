/*
 * A regression in closed form: the normal model under flat priors.
 *
 * With n points, k coefficients and density 1 for sigma > 0 the posterior has df = n - k - 1:
 * beta ~ Student-t about the least squares fit b with the scale matrix s^2 (X'X)^-1,
 * s^2 = RSS / df, and RSS / sigma^2 ~ chi-squared(df). A further y at x ~ Student-t with df about
 * x'b with the scale s sqrt(1 + x'(X'X)^-1 x). Source: Gelman et al., Bayesian Data Analysis, 14.2, where the density is
 * 1 / sigma^2 for sigma^2, which gives df = n - k.
 */
#include "regression.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

enum { K = 2 };

/* Least squares: n, mean of x, sum of squares about it, fit at the mean, slope, residuals. */
struct line {
    double n, mean, squares, centre, slope, rss;
};

/* Of all points but one; SIZE_MAX: of all. */
static struct line least_squares(const struct bushes *b, size_t without)
{
    struct line l = { .n = 0.0 };

    for (size_t i = 0; i < b->n; i++)
        if (i != without) {
            l.n += 1.0;
            l.mean += (b->log_volume[i] - l.mean) / l.n;
            l.centre += (b->log_weight[i] - l.centre) / l.n;
        }
    for (size_t i = 0; i < b->n; i++)
        if (i != without) {
            const double x = b->log_volume[i] - l.mean;
            l.squares += x * x;
            l.slope += x * b->log_weight[i];
        }
    l.slope /= l.squares;
    for (size_t i = 0; i < b->n; i++)
        if (i != without) {
            const double fit = l.centre + l.slope * (b->log_volume[i] - l.mean);
            l.rss += (b->log_weight[i] - fit) * (b->log_weight[i] - fit);
        }
    return l;
}

double regression_student_t(double x, double df, double loc, double scale)
{
    const double z = (x - loc) / scale;

    return lgamma(0.5 * (df + 1.0)) - lgamma(0.5 * df) - 0.5 * log(PI * df) - log(scale) -
        0.5 * (df + 1.0) * log1p(z * z / df);
}

/* log p(y_i | the others) */
static double left_out(const struct bushes *b, size_t i)
{
    const struct line l = least_squares(b, i);
    const double df = l.n - K - 1.0, x = b->log_volume[i] - l.mean;
    const double spread = 1.0 + 1.0 / l.n + x * x / l.squares;

    return regression_student_t(
        b->log_weight[i], df, l.centre + l.slope * x, sqrt(l.rss / df * spread));
}

struct exact regression_exact(const struct bushes *b)
{
    const struct line l = least_squares(b, SIZE_MAX);
    const double df = l.n - K - 1.0;
    struct exact e = { .mean = { l.centre - l.slope * l.mean, l.slope }, .df = df };

    e.scale[INTERCEPT] = sqrt(l.rss / df * (1.0 / l.n + l.mean * l.mean / l.squares));
    e.scale[SLOPE] = sqrt(l.rss / df / l.squares);
    for (size_t k = 0; k < K; k++)
        e.sd[k] = e.scale[k] * sqrt(df / (df - 2.0));
    e.mean[SIGMA] = sqrt(0.5 * l.rss) * exp(lgamma(0.5 * (df - 1.0)) - lgamma(0.5 * df));
    e.sd[SIGMA] = sqrt(l.rss / (df - 2.0) - e.mean[SIGMA] * e.mean[SIGMA]);
    for (size_t i = 0; i < b->n; i++)
        e.elpd += left_out(b, i);
    return e;
}
