#include "bench/em_limit.h"

#include "bench/w4_sums.h"

#include "base/special.h"

#include <math.h>
#include <string.h>

enum { D = W4_D, K = W4_K };

static const double LOG_ROOT_2_PI = 0.91893853320467274;

void em_limit_start(em_limit *m, bool full, size_t n, const double *x)
{
    const size_t some = n < 1000 ? n : 1000;

    *m = (em_limit){ .full = full };
    for (size_t i = 0; i < some; i++)
        for (size_t d = 0; d < D; d++)
            m->centre[d] += x[i * D + d] / (double)some;
    for (size_t k = 0; k < K; k++) {
        m->weight[k] = 1.0 / K;
        for (size_t d = 0; d < D; d++) {
            m->loc[k][d] = x[k * (n / K) * D + d] - m->centre[d];
            m->covariance[k][d][d] = 1.0;
        }
    }
}

/* --- E step ------------------------------------------------------------------------------------- */

static void set_diagonal(const em_limit *m, int k, w4_mixture *to)
{
    for (int d = 0; d < D; d++) {
        const double precision = 1.0 / m->covariance[k][d][d], loc = m->loc[k][d];
        to->factor[d][k] = precision * loc;
        to->factor[D + d][k] = -0.5 * precision;
        to->constant[k] += 0.5 * (wicki_log(precision) - precision * loc * loc);
    }
}

/* The inverse of the lower Cholesky factor; minus the logarithm of its determinant is returned. */
static double invert(const double (*covariance)[D], double (*inverse)[D])
{
    double l[D][D], log_det = 0.0;

    for (int j = 0; j < D; j++)
        for (int i = j; i < D; i++) {
            double sum = covariance[i][j];
            for (int e = 0; e < j; e++)
                sum -= l[i][e] * l[j][e];
            l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
        }
    memset(inverse, 0, sizeof(double[D][D]));
    for (int j = 0; j < D; j++) {
        inverse[j][j] = 1.0 / l[j][j];
        log_det -= wicki_log(l[j][j]);
        for (int i = j + 1; i < D; i++) {
            for (int e = j; e < i; e++)
                inverse[i][j] -= l[i][e] * inverse[e][j];
            inverse[i][j] /= l[i][i];
        }
    }
    return log_det;
}

static void set_full(const em_limit *m, int k, w4_mixture *to)
{
    double inverse[D][D];

    to->constant[k] += invert(m->covariance[k], inverse);
    for (int a = 0; a < D; a++) {
        to->factor[a][k] = 0.0;
        for (int b = 0; b < D; b++) {
            double precision = 0.0;
            for (int e = a > b ? a : b; e < D; e++)
                precision += inverse[e][a] * inverse[e][b];
            to->factor[a][k] += precision * m->loc[k][b];
            to->factor[w4_feature_of(a, b)][k] = (a == b ? -0.5 : -1.0) * precision;
            to->constant[k] -= 0.5 * m->loc[k][a] * precision * m->loc[k][b];
        }
    }
}

static void sum_up(const em_limit *m, size_t n, const double *x, w4_sums *s)
{
    w4_mixture set;

    memcpy(set.centre, m->centre, sizeof set.centre);
    for (int k = 0; k < K; k++) {
        set.constant[k] = wicki_log(m->weight[k]) - D * LOG_ROOT_2_PI;
        (m->full ? set_full : set_diagonal)(m, k, &set);
    }
    (m->full ? w4_sum_full : w4_sum_diagonal)(&set, n, x, s);
}

/* --- M step ------------------------------------------------------------------------------------- */

double em_limit_iterate(em_limit *m, size_t n, const double *x)
{
    w4_sums s;

    sum_up(m, n, x, &s);
    for (int k = 0; k < K; k++) {
        const double r = s.responsibility[k], *feature = s.feature[k];
        m->weight[k] = r / (double)n;
        for (int a = 0; a < D; a++)
            m->loc[k][a] = feature[a] / r;
        for (int a = 0; a < D; a++)
            for (int b = m->full ? 0 : a; b < (m->full ? D : a + 1); b++)
                m->covariance[k][a][b] =
                    feature[w4_feature_of(a, b)] / r - m->loc[k][a] * m->loc[k][b];
    }
    return s.log_likelihood;
}
