/* Tests of ranks. */
#include "tests/long/ranks.h"

#include <math.h>

void sbc_ranks_add(sbc_ranks *r, double value, const double *draws)
{
    size_t rank = 0;

    for (size_t i = 0; i < SBC_DRAWS; i++)
        rank += draws[i] < value;
    r->count[rank]++;
    r->n++;
}

/* P(X >= x) for 7 degrees of freedom, by parts: 1 - erf(s) and a polynomial, s = sqrt(x / 2). */
static double tail_of(double x)
{
    const double root = sqrt(2.0 * x / 3.14159265358979323846);

    return erfc(sqrt(0.5 * x)) + root * exp(-0.5 * x) * (1.0 + x / 3.0 + x * x / 15.0);
}

double sbc_chi_squared(const sbc_ranks *r)
{
    const double want = (double)r->n / SBC_BINS;
    double sum = 0.0;

    for (size_t b = 0; b < SBC_BINS; b++) {
        double got = 0.0;
        for (size_t i = 0; i < SBC_RANKS / SBC_BINS; i++)
            got += (double)r->count[b * (SBC_RANKS / SBC_BINS) + i];
        sum += (got - want) * (got - want) / want;
    }
    return tail_of(sum);
}

/* The normal quantile, by bisection. */
static double score_of(size_t rank)
{
    const double p = ((double)rank + 0.5) / SBC_RANKS;
    double low = -10.0, high = 10.0;

    for (int i = 0; i < 60; i++) {
        const double middle = 0.5 * (low + high);
        if (0.5 * erfc(-middle / sqrt(2.0)) < p)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The z of the mean of the scores to a power: against the mean and variance over all ranks. */
static double power_z(const sbc_ranks *r, double power)
{
    double got = 0.0, mean = 0.0, square = 0.0;

    for (size_t i = 0; i < SBC_RANKS; i++) {
        const double x = pow(score_of(i), power);
        got += (double)r->count[i] * x / (double)r->n;
        mean += x / SBC_RANKS;
        square += x * x / SBC_RANKS;
    }
    return (got - mean) / sqrt((square - mean * mean) / (double)r->n);
}

double sbc_mean_z(const sbc_ranks *r)
{
    return power_z(r, 1.0);
}

double sbc_variance_z(const sbc_ranks *r)
{
    return power_z(r, 2.0);
}

bool sbc_uniform(const sbc_ranks *r)
{
    return sbc_chi_squared(r) >= SBC_LEAST_P && fabs(sbc_mean_z(r)) <= SBC_MOST_Z &&
        fabs(sbc_variance_z(r)) <= SBC_MOST_Z;
}
