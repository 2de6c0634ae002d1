#include "gmm_shapes.h"

#include <math.h>
#include <stdlib.h>

#include <wick/extend.h>

#include "models/gmm_predict.h"

static double *doubles(wick *w, size_t n)
{
    double *x = calloc(n, sizeof *x);

    if (!x)
        wick_fail(w, WICK_ERR_MEMORY, "no memory for %zu points of a curve", n);
    return x;
}

/* loc + r L u for u on the circle; L is of the first two columns. r^2 is the 95 % quantile of the
 * chi-squared distribution with two degrees of freedom, -2 log 0.05. */
bool tool_ellipse(wick *w, const gmm_mixture *m, size_t k, double *x, double *y)
{
    const size_t d = m->dimensions;
    const double r = sqrt(-2.0 * log(0.05)), turn = 2.0 * acos(-1.0);
    const double *loc = m->loc + k * d;
    double *tril = doubles(w, d * d);

    if (!tril)
        return false;
    gmm_mixture_scale_tril(m, k, tril);
    for (size_t i = 0; i < SHAPE_POINTS; i++) {
        const double angle = turn * (double)i / (SHAPE_POINTS - 1);
        x[i] = loc[0] + r * tril[0] * cos(angle);
        y[i] = loc[1] + r * (tril[d] * cos(angle) + tril[d + 1] * sin(angle));
    }
    free(tril);
    return true;
}

/* From the least to the greatest number of the data, and a tenth of their distance more. */
static void grid(size_t n, const double *data, double *x)
{
    double least = INFINITY, greatest = -INFINITY;

    for (size_t i = 0; i < n; i++) {
        least = fmin(least, data[i]);
        greatest = fmax(greatest, data[i]);
    }
    const double margin = greatest > least ? 0.1 * (greatest - least) : 1.0;
    for (size_t i = 0; i < SHAPE_POINTS; i++)
        x[i] = least - margin +
            (greatest - least + 2.0 * margin) * (double)i / (double)(SHAPE_POINTS - 1);
}

bool tool_densities(
    wick *w, const gmm_mixture *m, size_t n, const double *data, double *x, double *y)
{
    double *log_density = doubles(w, SHAPE_POINTS);
    double *responsibilities = doubles(w, SHAPE_POINTS * m->components);

    grid(n, data, x);
    const bool fine = log_density && responsibilities &&
        gmm_predict(w, m, SHAPE_POINTS, x,
            &(gmm_prediction){ .log_density = log_density, .responsibilities = responsibilities });
    for (size_t i = 0; fine && i < SHAPE_POINTS; i++) {
        y[i] = exp(log_density[i]);
        for (size_t k = 0; k < m->components; k++)
            y[(k + 1) * SHAPE_POINTS + i] = y[i] * responsibilities[i * m->components + k];
    }
    free(log_density);
    free(responsibilities);
    return fine;
}
