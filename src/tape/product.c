#include "tape/product.h"

#include "tape/loop.h"

void wicki_add_product(
    size_t n, double *out, const double *a, size_t a_step, const double *b, size_t b_step)
{
    if (a_step == 0 && b_step == 1) {
        wicki_add_product(n, out, b, b_step, a, a_step);
    } else if (a_step == 1 && b_step == 1) {
        for (size_t i = 0; i < n; i++)
            out[i] += a[i] * b[i];
    } else if (a_step == 1) {
        const double same = *b;
        for (size_t i = 0; i < n; i++)
            out[i] += a[i] * same;
    } else {
        const double same = *a * *b;
        for (size_t i = 0; i < n; i++)
            out[i] += same;
    }
}

/* --- shares of adjoints ------------------------------------------------------------------------ */

static double weighted(double g, double x)
{
    return g == 0.0 ? 0.0 : g * x;
}

static double sum_weighted(size_t n, const double *g, const double *x)
{
    double s[8] = { 0 };
    const size_t whole = n - n % 8;

    for (size_t i = 0; i < whole; i += 8)
        for (size_t l = 0; l < 8; l++)
            s[l] += weighted(g[i + l], x[i + l]);
    for (size_t l = 0; l < n % 8; l++)
        s[l] += weighted(g[whole + l], x[whole + l]);
    return wicki_sum(8, s);
}

static double total_weighted(
    size_t n, const double *g, size_t g_step, const double *x, size_t x_step)
{
    if (g_step == 1 && x_step == 1)
        return sum_weighted(n, g, x);
    if (g_step == 1)
        return weighted(wicki_sum(n, g), *x);
    return weighted(*g, x_step == 1 ? wicki_sum(n, x) : (double)n * *x);
}

void wicki_add_weighted(size_t n, double *out, size_t out_step, const double *g, size_t g_step,
    const double *x, size_t x_step)
{
    if (out_step == 0) {
        *out += total_weighted(n, g, g_step, x, x_step);
    } else if (g_step == 1 && x_step == 1) {
        for (size_t i = 0; i < n; i++)
            out[i] += weighted(g[i], x[i]);
    } else if (g_step == 1) {
        const double same = *x;
        for (size_t i = 0; i < n; i++)
            out[i] += weighted(g[i], same);
    } else if (*g != 0.0) {
        wicki_add_product(n, out, g, 0, x, x_step);
    }
}

/* --- rows of a matrix -------------------------------------------------------------------------- */

void wicki_subtract_scaled(size_t n, size_t lanes, double *out, const double *c, const double *x)
{
    if (lanes == 1) {
        const double same = *c;
        for (size_t i = 0; i < n; i++)
            out[i] -= same * x[i];
        return;
    }
    for (size_t i = 0; i < n; i++, out += lanes, x += lanes)
        for (size_t l = 0; l < lanes; l++)
            out[l] -= c[l] * x[l];
}
