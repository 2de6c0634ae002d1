#include "infer/definite.h"

#include <math.h>
#include <string.h>

void wicki_unit_scale(size_t n, const double *a, double *scale)
{
    for (size_t i = 0; i < n; i++) {
        const double x = fabs(a[i * n + i]);
        scale[i] = x > 0.0 ? 1.0 / sqrt(x) : 1.0;
    }
}

/* --- the factor of the inverse ----------------------------------------------------------------- */

/* The upper triangular U with U U' = diag(scale) a diag(scale); false for a small pivot. */
static bool factor(size_t n, const double *a, const double *scale, double least, double *u)
{
    for (size_t j = n; j-- > 0;)
        for (size_t i = j + 1; i-- > 0;) {
            double x = a[i * n + j] * scale[i] * scale[j];
            for (size_t k = j + 1; k < n; k++)
                x -= u[i * n + k] * u[j * n + k];
            if (i == j && !(x > least))
                return false;
            u[i * n + j] = i == j ? sqrt(x) : x / u[j * n + j];
        }
    return true;
}

/* a^-1 = diag(scale) (U')^-1 U^-1 diag(scale), and (U')^-1 is lower triangular. */
bool wicki_inverse_cholesky(
    size_t n, const double *a, const double *scale, double least, double *l, double *work)
{
    const double *u = work;

    if (!factor(n, a, scale, least, work))
        return false;
    memset(l, 0, n * n * sizeof *l);
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double x = i == j ? 1.0 : 0.0;
            for (size_t k = j; k < i; k++)
                x -= u[k * n + i] * l[k * n + j];
            l[i * n + j] = x / u[i * n + i];
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            l[i * n + j] *= scale[i];
    return true;
}

/* --- the least eigenvalue ---------------------------------------------------------------------- */

enum { MOST_SWEEPS = 30 };
static const double NOTHING_LEFT = 1e-14; /* off the diagonal, of a matrix with 1 on it */

/* x, y = c x - s y, s x + c y along two rows or columns */
static void turn(size_t n, double *x, double *y, size_t step, double c, double s)
{
    for (size_t k = 0; k < n * step; k += step) {
        const double before = x[k];
        x[k] = c * before - s * y[k];
        y[k] = s * before + c * y[k];
    }
}

/* The rotation that makes a_pq zero; the columns of v collect them. */
static void rotate(size_t n, double *a, double *v, size_t p, size_t q)
{
    const double theta = 0.5 * (a[q * n + q] - a[p * n + p]) / a[p * n + q];
    const double t = copysign(1.0, theta) / (fabs(theta) + sqrt(theta * theta + 1.0));
    const double c = 1.0 / sqrt(t * t + 1.0), s = t * c;

    turn(n, a + p, a + q, n, c, s);
    turn(n, a + p * n, a + q * n, 1, c, s);
    turn(n, v + p, v + q, n, c, s);
}

static bool sweep(size_t n, double *a, double *v)
{
    bool rotated = false;

    for (size_t p = 0; p < n; p++)
        for (size_t q = p + 1; q < n; q++)
            if (fabs(a[p * n + q]) > NOTHING_LEFT) {
                rotate(n, a, v, p, q);
                rotated = true;
            }
    return rotated;
}

double wicki_least_eigenvector(
    size_t n, const double *a, const double *scale, double *vector, double *work)
{
    double *b = work, *v = work + n * n;
    size_t least = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            b[i * n + j] = a[i * n + j] * scale[i] * scale[j];
            v[i * n + j] = i == j ? 1.0 : 0.0;
        }
    for (int i = 0; i < MOST_SWEEPS && sweep(n, b, v); i++)
        ;
    for (size_t i = 1; i < n; i++)
        least = b[i * n + i] < b[least * n + least] ? i : least;
    for (size_t i = 0; i < n; i++)
        vector[i] = v[i * n + least];
    return b[least * n + least];
}
