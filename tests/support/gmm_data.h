/**
 * Data for Gaussian mixtures, starts of EM, and where other programs arrive from there: tests/data/gmm.h
 * and tests/data/gmm_missing.h.
 */
#ifndef TESTS_SUPPORT_GMM_DATA_H
#define TESTS_SUPPORT_GMM_DATA_H

#include "models/gmm.h"
#include "tests/data/gmm.h"
#include "tests/data/gmm_missing.h"
#include "tests/support/suite.h"

enum { GMM_MAX_K = 4, GMM_MAX_D = 20 };

/** Data and a start: see GMM_SETS. */
typedef struct gmm_data_set {
    const char *name;
    size_t n, d, k, rows[GMM_MAX_K];
    double sd[GMM_MAX_D], common_sd;
} gmm_data_set;

/** Where EM ends: see GMM_FITS. */
typedef struct gmm_wanted {
    const char *set;
    gmm_covariance covariance;
    double by_sklearn, by_mclust;
    double weights[GMM_MAX_K], loc[GMM_MAX_K * GMM_MAX_D];
    double variances[GMM_MAX_K * GMM_MAX_D], log_dets[GMM_MAX_K];
} gmm_wanted;

/** The same for iris with holes: see GMM_MISSING_FITS. */
typedef struct gmm_wanted_missing {
    gmm_covariance covariance;
    double log_likelihood, weights[3], loc[3 * 4], covariances[3 * 4 * 4];
} gmm_wanted_missing;

static const gmm_data_set GMM_SET[] = { GMM_SETS };
static const gmm_wanted GMM_WANTED[] = { GMM_FITS };
static const gmm_wanted_missing GMM_WANTED_MISSING[] = { GMM_MISSING_FITS };

enum {
    GMM_N_WANTED = sizeof GMM_WANTED / sizeof *GMM_WANTED,
    GMM_N_WANTED_MISSING = sizeof GMM_WANTED_MISSING / sizeof *GMM_WANTED_MISSING
};

static inline const gmm_data_set *gmm_find_set(const char *name)
{
    for (size_t i = 0; i < sizeof GMM_SET / sizeof *GMM_SET; i++)
        if (strcmp(GMM_SET[i].name, name) == 0)
            return &GMM_SET[i];
    ck_abort_msg("no data set %s", name);
    return NULL;
}

/* --- numbers --------------------------------------------------------------------------------- */

/** SplitMix64: Steele, Lea & Flood (2014). */
static inline uint64_t gmm_split_mix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/** Nearly a standard normal: the sum of twelve uniform numbers of 16 bits, less 6. Exact. */
static inline double gmm_bell(uint64_t *state)
{
    double total = -6.0 * 65536.0;

    for (int i = 0; i < 3; i++)
        for (uint64_t z = gmm_split_mix(state), piece = 0; piece < 4; piece++, z >>= 16)
            total += (double)(z & 0xffffu);
    return total / 65536.0;
}

/** tests/oracle/gmm.py makes the same, to the bit. */
static inline void gmm_synthetic(double *x)
{
    static const size_t COMPONENT[10] = { 0, 0, 0, 1, 1, 1, 2, 2, 3, 3 };
    const gmm_data_set *set = gmm_find_set("synthetic");
    uint64_t state = 20;
    double loc[GMM_MAX_K * GMM_MAX_D];

    for (size_t i = 0; i < set->k * set->d; i++)
        loc[i] = 0.75 * gmm_bell(&state);
    for (size_t i = 0; i < set->n; i++) {
        const size_t k = COMPONENT[i % 10];
        double previous = 0.0;
        for (size_t j = 0; j < set->d; j++) {
            const double z = gmm_bell(&state), scale = 0.5 + 0.25 * (double)((k + j) % 4);
            x[i * set->d + j] = loc[k * set->d + j] + scale * z + 0.5 * previous;
            previous = z;
        }
    }
}

/** n rows of D numbers, to be freed. */
static inline double *gmm_data_of(const gmm_data_set *set)
{
    static const double IRIS[] = { GMM_IRIS }, FAITHFUL[] = { GMM_FAITHFUL };
    double *x = malloc(set->n * set->d * sizeof *x), *end = x;

    ck_assert_ptr_nonnull(x);
    if (strcmp(set->name, "iris") == 0)
        memcpy(x, IRIS, sizeof IRIS);
    else if (strcmp(set->name, "faithful") == 0)
        memcpy(x, FAITHFUL, sizeof FAITHFUL);
    else if (strcmp(set->name, "synthetic") == 0)
        gmm_synthetic(x);
    else
        for (size_t i = 0; i < sizeof FAITHFUL / sizeof *FAITHFUL / 2; i++)
            for (size_t copy = 0; copy < i % 4; copy++, end += 2)
                memcpy(end, FAITHFUL + 2 * i, 2 * sizeof *x);
    return x;
}

/** Makes the holes of GMM_MISSING_FITS. */
static inline void gmm_make_holes(size_t n, size_t d, double *x)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++)
            if ((37 * i + 61 * j + 13 * i * j) % 97 < 20 || i == 30)
                x[i * d + j] = NAN;
}

/* --- starts ---------------------------------------------------------------------------------- */

static inline void gmm_fill_scale(const gmm_data_set *set, gmm_mixture *mixture)
{
    const size_t d = set->d, size = gmm_scale_size(set->k, d, mixture->covariance);

    for (size_t i = 0; i < size; i++)
        switch (mixture->covariance) {
        case GMM_FULL:
        case GMM_TIED:
            mixture->scale[i] = i / d % d == i % d ? set->sd[i % d] : 0.0;
            break;
        case GMM_DIAGONAL:
            mixture->scale[i] = set->sd[i % d];
            break;
        case GMM_SPHERICAL:
            mixture->scale[i] = set->common_sd;
        }
}

/** The start, given the data; to be freed. */
static inline gmm_mixture *gmm_start_of(
    wick *w, const gmm_data_set *set, gmm_covariance covariance, const double *x)
{
    gmm_mixture *mixture = gmm_mixture_new(w, set->k, set->d, covariance);

    assert_ok(w);
    for (size_t k = 0; k < set->k; k++)
        memcpy(mixture->loc + k * set->d, x + set->rows[k] * set->d, set->d * sizeof *x);
    gmm_fill_scale(set, mixture);
    return mixture;
}

#endif
