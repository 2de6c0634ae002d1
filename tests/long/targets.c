/*
 * NUTS on densities whose moments and quantiles are known: targets [--seed N]
 *
 * Of each quantity the mean, the variance and the probabilities below its 5 % and 95 % quantiles,
 * within 4.5 standard errors by the effective sample size of just that. Then what the warm-up has
 * to reach: the acceptance that was asked for, and the metric.
 */
#include "tests/long/target_laws.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHAINS = 4, DRAWS = 5000, ALL = CHAINS * DRAWS, MOST_DIMENSIONS = 100 };

#define MOST_Z 4.5

/* What is compared. */
enum { MEAN, VARIANCE, LOW, HIGH, FIGURES };

typedef struct result {
    double z[FIGURES]; /* the largest |z| of all quantities */
    size_t tested[FIGURES];
    double accept, least_ess, leapfrogs, divergent;
} result;

typedef struct tally {
    size_t passed, failed;
} tally;

/* A mark for a figure of the table. */
static const char *judge(tally *t, bool good)
{
    if (good)
        t->passed++;
    else
        t->failed++;
    return good ? "" : " **fails**";
}

/* --- draws against what is known --------------------------------------------------------------- */

static double mean_of(const double *x)
{
    double sum = 0.0;

    for (size_t k = 0; k < ALL; k++)
        sum += x[k] / ALL;
    return sum;
}

static double statistic_of(const wick_mcmc *m, wick_statistic which)
{
    const wick_chains x = wick_mcmc_statistic(m, which);

    return x.n > 0 ? mean_of(x.draws) : NAN;
}

/* What has the mean that is wanted, of one draw. */
static double figure_of(double x, int figure, law l)
{
    switch (figure) {
    case MEAN:
        return x;
    case VARIANCE:
        return (x - l.mean) * (x - l.mean);
    case LOW:
        return x <= l.low;
    default:
        return x <= l.high;
    }
}

static void compare(wick *w, const double *x, law l, result *r)
{
    static double y[ALL];
    const double want[FIGURES] = { l.mean, l.variance, 0.05, 0.95 };

    for (int f = 0; f < FIGURES; f++) {
        if (isnan(want[f]))
            continue;
        for (size_t k = 0; k < ALL; k++)
            y[k] = figure_of(x[k], f, l);
        const double error = wick_mcse_mean(w, (wick_chains){ CHAINS, DRAWS, y });
        const double z = fabs(mean_of(y) - want[f]) / error;
        r->z[f] = z <= r->z[f] ? r->z[f] : z; /* NaN stays */
        r->tested[f]++;
    }
}

/* A quantity of all draws. */
static void values_of(const target *t, const wick_mcmc *m, size_t quantity, double *x)
{
    const double *draws[MOST_DIMENSIONS];
    double q[MOST_DIMENSIONS];

    for (size_t i = 0; i < t->n; i++)
        draws[i] = wick_mcmc_draws(m, "q", i).draws;
    for (size_t k = 0; k < ALL; k++) {
        for (size_t i = 0; i < t->n; i++)
            q[i] = draws[i][k];
        x[k] = t->value(q, quantity);
    }
}

static void measure(wick *w, const target *t, const wick_mcmc *m, result *r)
{
    static double x[ALL];

    r->least_ess = INFINITY;
    for (size_t i = 0; i < t->quantities; i++) {
        values_of(t, m, i, x);
        compare(w, x, t->law_of(i), r);
        r->least_ess = fmin(r->least_ess, wick_ess_bulk(w, (wick_chains){ CHAINS, DRAWS, x }));
    }
    r->accept = statistic_of(m, WICK_ACCEPT_STAT);
    r->leapfrogs = statistic_of(m, WICK_N_LEAPFROG) * ALL;
    r->divergent = statistic_of(m, WICK_DIVERGENT) * ALL;
}

/* --- chains ------------------------------------------------------------------------------------ */

/* A density and its chains, in a handle of their own. */
typedef struct chains {
    wick *w;
    wick_potential *potential;
    wick_mcmc *m;
} chains;

static chains run(
    uint64_t seed, wick_log_density density, size_t n, const wick_mcmc_options *options)
{
    chains c = { .w = wick_new(&(wick_options){ .seed = seed, .math = WICK_MATH_PORTABLE }) };

    c.potential = wick_potential_of_density(c.w, density, NULL, n, NULL);
    c.m = wick_mcmc_new(c.potential, options);
    wick_mcmc_run(c.m);
    return c;
}

static bool have_run(tally *t, const chains *c)
{
    if (wick_status(c->w) == WICK_OK)
        return true;
    fprintf(stderr, "targets: %s\n", wick_message(c->w));
    t->failed++;
    return false;
}

static chains run_target(uint64_t seed, const target *t)
{
    return run(seed, t->density, t->n,
        &(wick_mcmc_options){ .chains = CHAINS,
            .warmup = t->warmup,
            .samples = DRAWS,
            .metric = t->metric,
            .target_accept = t->target_accept });
}

static void end(chains c)
{
    wick_mcmc_free(c.m);
    wick_potential_free(c.potential);
    wick_free(c.w);
}

static void print_target(tally *t, const target *of, uint64_t seed)
{
    const chains c = run_target(seed, of);
    result r = { .accept = 0.0 };

    if (have_run(t, &c)) {
        measure(c.w, of, c.m, &r);
        printf("| %s ", of->name);
        for (int f = 0; f < FIGURES; f++)
            printf("| %.2f%s ", r.z[f], judge(t, r.tested[f] > 0 && r.z[f] <= MOST_Z));
        printf("| %.3f | %.0f | %.4f | %.0f |\n", r.accept, r.least_ess, r.least_ess / r.leapfrogs,
            r.divergent);
    }
    fflush(stdout);
    end(c);
}

/* --- what a warm-up reaches -------------------------------------------------------------------- */

/* Of 200 chains on a normal in 10 dimensions: mean and standard deviation over the chains. */
enum { MANY = 200, SHORT = 500, FIRST = 75 };

typedef struct spread {
    double mean, deviation;
} spread;

/* By tests/oracle/acceptance.R: rstan 2.21.7, as many chains. */
static const spread RSTAN[] = { { 0.7907747, 0.00119614 }, { 0.8831622, 0.01760637 },
    { -0.3572733, 0.06590523 } };

/* In the warm-up, after its first phase; after it; the logarithm of the step size. */
static double chain_figure(const chains *c, size_t chain, int figure)
{
    const wick_chains x = figure == 0 ? wick_mcmc_warmup_statistic(c->m, WICK_ACCEPT_STAT)
                                      : wick_mcmc_statistic(c->m, WICK_ACCEPT_STAT);
    const size_t first = figure == 0 ? FIRST : 0;
    double sum = 0.0;

    if (figure == 2)
        return log(wick_mcmc_chain(c->m, chain).step_size);
    for (size_t k = first; k < x.n; k++)
        sum += x.draws[chain * x.n + k];
    return sum / (double)(x.n - first);
}

static spread over_chains(const chains *c, int figure)
{
    spread s = { 0.0, 0.0 };

    for (size_t i = 0; i < MANY; i++)
        s.mean += chain_figure(c, i, figure) / MANY;
    for (size_t i = 0; i < MANY; i++)
        s.deviation += pow(chain_figure(c, i, figure) - s.mean, 2.0) / (MANY - 1);
    s.deviation = sqrt(s.deviation);
    return s;
}

/* What dual averaging holds at 0.8 is the acceptance of the warm-up. The step size it ends with is
 * a mean of logarithms, at which more is accepted: as much as in Stan. */
static void check_acceptance(tally *t, uint64_t seed)
{
    static const char *const NAMES[] = { "acceptance in the warm-up", "acceptance after it",
        "log step size" };
    const target *of = &TARGET[1];
    const chains c = run(seed, of->density, of->n,
        &(wick_mcmc_options){ .chains = MANY, .samples = SHORT, .keep_warmup = true });

    printf(
        "\n%d chains on the normal with d = 10, target 0.8, beside as many of rstan 2.21.7: the\n"
        "acceptance of the warm-up, which is what is adapted, within 0.8 +- 0.05, and z of the\n"
        "differences.\n\n| figure | wick | rstan | z |\n|---|---|---|---|\n",
        MANY);
    for (int f = 0; have_run(t, &c) && f < 3; f++) {
        const spread s = over_chains(&c, f);
        const double z =
            (s.mean - RSTAN[f].mean) / hypot(s.deviation, RSTAN[f].deviation) * sqrt(MANY);
        const bool near = f > 0 || fabs(s.mean - 0.8) <= 0.05;
        printf("| %s | %.4f | %.4f | %.2f%s |\n", NAMES[f], s.mean, RSTAN[f].mean, z,
            judge(t, near && fabs(z) <= MOST_Z));
    }
    printf("\n");
    end(c);
}

/* The variance of the draws of the last window: that of 5000 transitions is the last 3300. */
static void check_metric(tally *t, uint64_t seed)
{
    const target *of = &TARGET[3];
    const chains c = run_target(seed, of);
    double least = INFINITY, most = 0.0;

    for (size_t chain = 0; have_run(t, &c) && chain < CHAINS; chain++)
        for (size_t i = 0; i < WIDE; i++) {
            const double ratio = wick_mcmc_chain(c.m, chain).inverse_metric[i] / wide_variance(i);
            least = fmin(least, ratio);
            most = fmax(most, ratio);
        }
    printf("- metric over variance on a normal with variances 1e-4 to 1e4, %d chains after %zu "
           "transitions: %.3f to %.3f (within 20 %%)%s\n",
        CHAINS, of->warmup, least, most,
        judge(t, least <= most && least >= 1.0 / 1.2 && most <= 1.2));
    end(c);
}

/* All 16 chains start on one side in 3e-5 of seeds. */
static void check_far_modes(tally *t, uint64_t seed)
{
    const chains c = run(seed, far_modes_density, 1, &(wick_mcmc_options){ .chains = 16 });
    const double rhat = wick_rhat(c.w, wick_mcmc_draws(c.m, "q", 0));

    printf("- R-hat of two modes 20 standard deviations apart: %.2f (above 1.01)%s\n", rhat,
        judge(t, rhat > 1.01));
    end(c);
}

static bool read_seed(int n, char **argument, uint64_t *seed)
{
    char *end;

    if (n == 1)
        return true;
    if (n != 3 || strcmp(argument[1], "--seed") != 0)
        return false;
    *seed = strtoull(argument[2], &end, 10);
    return *argument[2] >= '0' && *argument[2] <= '9' && *end == '\0';
}

int main(int n, char **argument)
{
    tally t = { 0, 0 };
    uint64_t seed = 1;

    if (!read_seed(n, argument, &seed)) {
        fprintf(stderr, "usage: targets [--seed N]\n");
        return 2;
    }
    printf(
        "## NUTS on known densities\n\n"
        "%d chains of %d draws. The largest |z| over all quantities of the mean, of the variance\n"
        "and of the shares of draws below the true quantiles of 5 %% and 95 %%, against closed\n"
        "forms or quadrature, by the standard error of each: above %.1f it fails, as one seed\n"
        "in 250 does by chance. Then the acceptance, the least bulk ESS, that for each gradient, "
        "and\n"
        "the divergent transitions.\n\n",
        CHAINS, DRAWS, MOST_Z);
    printf(
        "| density | z, mean | z, variance | z, 5 %% | z, 95 %% | acceptance | bulk ESS | ESS for "
        "a gradient | divergent |\n|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < TARGETS; i++)
        print_target(&t, &TARGET[i], seed);
    check_acceptance(&t, seed);
    check_metric(&t, seed);
    check_far_modes(&t, seed);
    printf("\n%zu passed, %zu failed\n", t.passed, t.failed);
    return t.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
