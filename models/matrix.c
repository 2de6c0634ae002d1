#include "models/matrix.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include <wick/extend.h>

double *matrix_doubles(wick *w, size_t n)
{
    double *out = n < SIZE_MAX / sizeof *out ? calloc(n + !n, sizeof *out) : NULL;

    if (!out)
        wick_fail(w, WICK_ERR_MEMORY, "models: no memory for %zu numbers", n);
    return out;
}

bool matrix_cholesky(size_t d, const double *a, double *l)
{
    for (size_t i = 0; i < d; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i * d + j];
            for (size_t m = 0; m < j; m++)
                sum -= l[i * d + m] * l[j * d + m];
            if (i == j && !(sum > 0.0 && sum < INFINITY))
                return false;
            l[i * d + j] = i == j ? sqrt(sum) : sum / l[j * d + j];
        }
        for (size_t j = i + 1; j < d && l != a; j++)
            l[i * d + j] = 0.0;
    }
    for (size_t i = 0; i < d && l == a; i++)
        for (size_t j = i + 1; j < d; j++)
            l[i * d + j] = 0.0;
    return true;
}

void matrix_invert_lower(size_t d, const double *l, double *out)
{
    for (size_t j = 0; j < d; j++)
        for (size_t i = 0; i < d; i++) {
            double sum = i == j;
            for (size_t m = j; m < i; m++)
                sum -= l[i * d + m] * out[m * d + j];
            out[i * d + j] = i < j ? 0.0 : sum / l[i * d + i];
        }
}

void matrix_sandwich(size_t d, const double *l, const double *m, double *scratch, double *out)
{
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++) {
            double sum = 0.0;
            for (size_t k = 0; k <= i; k++)
                sum += l[i * d + k] * m[k * d + j];
            scratch[i * d + j] = sum;
        }
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0.0;
            for (size_t k = 0; k <= j; k++)
                sum += scratch[i * d + k] * l[j * d + k];
            out[i * d + j] = out[j * d + i] = sum;
        }
}

/* Rows and columns i and j of a, and columns of vectors, are turned so that a_ij becomes 0. */
static void rotate(size_t d, double *a, double *vectors, size_t i, size_t j)
{
    const double half = (a[j * d + j] - a[i * d + i]) / (2.0 * a[i * d + j]);
    const double t = copysign(1.0, half) / (fabs(half) + sqrt(half * half + 1.0));
    const double c = 1.0 / sqrt(t * t + 1.0), s = t * c;

    for (size_t k = 0; k < d; k++) {
        const double x = a[k * d + i], y = a[k * d + j];
        a[k * d + i] = c * x - s * y;
        a[k * d + j] = s * x + c * y;
    }
    for (size_t k = 0; k < d; k++) {
        const double x = a[i * d + k], y = a[j * d + k];
        a[i * d + k] = c * x - s * y;
        a[j * d + k] = s * x + c * y;
    }
    for (size_t k = 0; k < d; k++) {
        const double x = vectors[k * d + i], y = vectors[k * d + j];
        vectors[k * d + i] = c * x - s * y;
        vectors[k * d + j] = s * x + c * y;
    }
}

/* Turns what is not negligible beside the diagonal; false if there was nothing. */
static bool sweep(size_t d, double *a, double *vectors)
{
    bool turned = false;

    for (size_t i = 0; i < d; i++)
        for (size_t j = i + 1; j < d; j++) {
            const double size = sqrt(fabs(a[i * d + i])) * sqrt(fabs(a[j * d + j]));
            if (fabs(a[i * d + j]) > 0x1p-53 * size && fabs(a[i * d + j]) > 0x1p-1000) {
                rotate(d, a, vectors, i, j);
                turned = true;
            }
        }
    return turned;
}

void matrix_eigen(size_t d, double *a, double *values, double *vectors)
{
    enum { MOST_SWEEPS = 60 };

    for (size_t i = 0; i < d * d; i++)
        vectors[i] = i % (d + 1) == 0;
    for (int i = 0; i < MOST_SWEEPS && sweep(d, a, vectors); i++)
        ;
    for (size_t i = 0; i < d; i++)
        values[i] = a[i * d + i];
}
