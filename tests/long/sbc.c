/*
 * Simulation-based calibration of NUTS: sbc [--replicates N] [--seed N] [MODEL ...]
 *
 * A replicate draws parameters from the prior of a model, and data given them, by the model itself
 * under wick_uncondition; then draws from the posterior by NUTS. The rank of each parameter, and of
 * the log-likelihood, among the draws of the posterior is uniform if everything is right: samplers,
 * densities, transforms, enumeration, warm-up, NUTS. The same is done with draws that are made 20 %
 * too narrow, which must be found.
 */
#include "tests/long/ranks.h"
#include "tests/long/sbc_models.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WARMUP = 300, MOST_QUANTITIES = SBC_MOST_PARAMETERS + 1 };

/* Kept draws may be correlated by this much from one to the next: 127 of them then say as much as
 * 104, and the variance of a rank is larger by 0.2 %. */
#define MOST_CORRELATION 0.1

typedef struct options {
    uint64_t replicates, seed;
    bool chosen[SBC_MODELS];
} options;

/* What is known of a quantity: its ranks, those among narrower draws, and its autocorrelation. */
typedef struct quantity {
    char name[32];
    bool shown;
    sbc_ranks ranks, narrow;
    double correlation;
} quantity;

/* A model with the data of the replicate at hand. */
typedef struct calibration {
    const sbc_model *model;
    wick *w;
    wick_potential *potential;
    double data[SBC_MOST_DATA];
    size_t n_parameters; /* the log-likelihood is the quantity after them */
    quantity quantity[MOST_QUANTITIES];
    double truth[MOST_QUANTITIES], draw[MOST_QUANTITIES][SBC_DRAWS];
    double share;                /* of one replicate in a mean over all */
    double leapfrogs, divergent; /* for each transition */
    bool alike;                  /* is the potential the same as one that is recorded anew? */
} calibration;

/* --- one replicate ----------------------------------------------------------------------------- */

/* The true parameters, and data: everything the model draws by itself. */
static void simulate(calibration *c)
{
    const sbc_model *m = c->model;
    double *truth = c->truth;

    wick_reset(c->w);
    const wick_program program = { m->program, c->data };
    const wick_trace *trace =
        wick_trace_run(c->w, wick_wrap(c->w, program, wick_uncondition(c->w)));
    for (size_t s = 0; s < m->n_sites; s++)
        truth += wick_trace_get(trace, m->site[s].name, truth, m->site[s].size);
    if (!m->series)
        wick_trace_get(trace, m->data, c->data, m->n_data);
    for (size_t i = 0; m->series && i < m->n_data; i++)
        wick_trace_get(trace, wick_name(c->w, m->data, (int)i), c->data + i, 1);
    c->truth[c->n_parameters] = m->log_likelihood(c->truth, c->data);
}

static void take_draws(calibration *c, const wick_mcmc *chain)
{
    const sbc_model *m = c->model;
    size_t i = 0;

    for (size_t s = 0; s < m->n_sites; s++)
        for (size_t e = 0; e < m->site[s].size; e++, i++) {
            const wick_chains x = wick_mcmc_draws(chain, m->site[s].name, e);
            for (size_t k = 0; k < SBC_DRAWS && x.n > 0; k++)
                c->draw[i][k] = x.draws[(k + 1) * m->thin - 1];
        }
}

static double mean_of(wick_chains x)
{
    double sum = 0.0;

    for (size_t i = 0; i < x.n; i++)
        sum += x.draws[i] / (double)x.n;
    return sum;
}

/* Draws from the posterior, every so many transitions. */
static bool sample(calibration *c)
{
    const sbc_model *m = c->model;
    wick_mcmc *chain = wick_mcmc_new(c->potential,
        &(wick_mcmc_options){ .chains = 1,
            .warmup = WARMUP,
            .samples = SBC_DRAWS * m->thin,
            .target_accept = m->target_accept });

    if (wick_mcmc_run(chain)) {
        take_draws(c, chain);
        c->leapfrogs += c->share * mean_of(wick_mcmc_statistic(chain, WICK_N_LEAPFROG));
        c->divergent += c->share * mean_of(wick_mcmc_statistic(chain, WICK_DIVERGENT));
    }
    wick_mcmc_free(chain);
    return wick_status(c->w) == WICK_OK;
}

/* The log-likelihoods of the draws. */
static void add_likelihoods(calibration *c)
{
    for (size_t k = 0; k < SBC_DRAWS; k++) {
        double parameter[SBC_MOST_PARAMETERS];
        for (size_t i = 0; i < c->n_parameters; i++)
            parameter[i] = c->draw[i][k];
        c->draw[c->n_parameters][k] = c->model->log_likelihood(parameter, c->data);
    }
}

/* Draws of one parameter are drawn towards their mean, of logarithms if it is positive. */
static void narrow(double *x, bool positive)
{
    double mean = 0.0;

    for (size_t k = 0; k < SBC_DRAWS; k++)
        mean += (positive ? log(x[k]) : x[k]) / SBC_DRAWS;
    for (size_t k = 0; k < SBC_DRAWS; k++) {
        const double z = mean + 0.8 * ((positive ? log(x[k]) : x[k]) - mean);
        x[k] = positive ? exp(z) : z;
    }
}

static void narrow_all(calibration *c)
{
    size_t i = 0;

    for (size_t s = 0; s < c->model->n_sites; s++)
        for (size_t e = 0; e < c->model->site[s].size; e++)
            narrow(c->draw[i++], c->model->site[s].positive);
}

/* From one kept draw to the next. */
static double correlation_of(const double *x)
{
    double mean = 0.0, variance = 0.0, both = 0.0;

    for (size_t k = 0; k < SBC_DRAWS; k++)
        mean += x[k] / SBC_DRAWS;
    for (size_t k = 0; k < SBC_DRAWS; k++) {
        variance += (x[k] - mean) * (x[k] - mean);
        both += k > 0 ? (x[k] - mean) * (x[k - 1] - mean) : 0.0;
    }
    return both / variance;
}

static void rank_all(calibration *c, bool narrowed)
{
    for (size_t i = 0; i <= c->n_parameters; i++) {
        quantity *q = &c->quantity[i];
        sbc_ranks_add(narrowed ? &q->narrow : &q->ranks, c->truth[i], c->draw[i]);
        if (!narrowed)
            q->correlation += c->share * correlation_of(c->draw[i]);
    }
}

/* --- all replicates of a model ----------------------------------------------------------------- */

static void name_quantities(calibration *c)
{
    size_t i = 0;

    for (size_t s = 0; s < c->model->n_sites; s++)
        for (size_t e = 0; e < c->model->site[s].size; e++) {
            const sbc_site *site = &c->model->site[s];
            quantity *q = &c->quantity[i++];
            q->shown = !site->half || e % 2 == 0;
            if (site->size == 1)
                snprintf(q->name, sizeof q->name, "%s", site->name);
            else
                snprintf(q->name, sizeof q->name, "%s[%zu]", site->name, e);
        }
    c->n_parameters = i;
    c->quantity[i].shown = true;
    snprintf(c->quantity[i].name, sizeof c->quantity[i].name, "log-likelihood");
}

/* The data are written over for each replicate. Does the potential read them? */
static bool is_as_recorded_anew(calibration *c)
{
    double q[SBC_MOST_PARAMETERS] = { 0.3, -0.2, 0.5, 0.1, -0.4, 0.2, 0.6, -0.1 };
    wick_potential *anew =
        wick_potential_new(c->w, (wick_program){ c->model->program, c->data }, NULL);
    const double one = wick_potential_value(c->potential, q, NULL);
    const double other = wick_potential_value(anew, q, NULL);

    wick_potential_free(anew);
    return isfinite(one) && one == other;
}

static bool replicate(calibration *c, const options *o, uint64_t r)
{
    wick_set_seed(c->w, (o->seed << 32) + 2 * r);
    simulate(c);
    if (!c->potential)
        c->potential = wick_potential_new(c->w, (wick_program){ c->model->program, c->data }, NULL);
    wick_set_seed(c->w, (o->seed << 32) + 2 * r + 1);
    if (!sample(c))
        return false;
    add_likelihoods(c);
    rank_all(c, false);
    narrow_all(c);
    add_likelihoods(c);
    rank_all(c, true);
    return true;
}

static bool calibrate(calibration *c, const options *o)
{
    bool done = true;

    c->w = wick_new(&(wick_options){ .math = WICK_MATH_PORTABLE });
    c->share = 1.0 / (double)o->replicates;
    name_quantities(c);
    for (uint64_t r = 0; done && r < o->replicates; r++) {
        done = replicate(c, o, r);
        if (!done)
            fprintf(stderr, "sbc: %s, replicate %zu: %s\n", c->model->key, (size_t)r,
                wick_message(c->w));
    }
    c->alike = done && is_as_recorded_anew(c);
    wick_potential_free(c->potential);
    wick_free(c->w);
    return done;
}

/* --- what came of it --------------------------------------------------------------------------- */

typedef struct tally {
    size_t passed, failed;
} tally;

/* A mark for the table. */
static const char *judge(tally *t, bool good)
{
    if (good)
        t->passed++;
    else
        t->failed++;
    return good ? "" : " **fails**";
}

static void print_quantities(tally *t, const calibration *c)
{
    for (size_t i = 0; i <= c->n_parameters; i++) {
        const quantity *q = &c->quantity[i];
        if (q->shown)
            printf("| %s | %s | %.2g%s | %.2f | %.2f | %.1e | %.1f |\n", c->model->name, q->name,
                sbc_chi_squared(&q->ranks), judge(t, sbc_uniform(&q->ranks)), sbc_mean_z(&q->ranks),
                sbc_variance_z(&q->ranks), sbc_chi_squared(&q->narrow), sbc_variance_z(&q->narrow));
    }
}

static void print_chains(tally *t, const calibration *c)
{
    double correlation = -1.0;
    size_t found = 0, all = 0;

    for (size_t i = 0; i <= c->n_parameters; i++) {
        const quantity *q = &c->quantity[i];
        correlation = fmax(correlation, q->correlation);
        all += q->shown;
        found += q->shown && !sbc_uniform(&q->narrow);
    }
    printf("| %s | %zu | %.1f | %.3f%s | %.4f %% | %s%s | %zu of %zu%s |\n", c->model->name,
        c->model->thin, c->leapfrogs, correlation, judge(t, correlation <= MOST_CORRELATION),
        100.0 * c->divergent, c->alike ? "same" : "other", judge(t, c->alike), found, all,
        judge(t, found == all));
}

static void print_all(tally *t, const calibration *c, size_t n, const options *o)
{
    printf(
        "## Simulation-based calibration\n\n"
        "%zu times parameters are drawn from the prior of a model and data given them, and the\n"
        "rank of each parameter and of the log-likelihood is found among %d draws by NUTS, which\n"
        "is uniform if all is right (Talts et al. 2018). A row fails if the chi-squared test of\n"
        "%d bins has p < %.0e, or a |z| of mean or variance of the normal scores of the ranks is\n"
        "above %.1f: one seed in 40,000, so that one run in about 1,500 would fail by chance. The\n"
        "last two columns are the same tests of draws made 20 %% too narrow.\n\n",
        (size_t)o->replicates, SBC_DRAWS, SBC_BINS, SBC_LEAST_P, SBC_MOST_Z);
    printf("| model | quantity | p | z, mean | z, variance | narrow: p | narrow: z, variance |\n"
           "|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < n; i++)
        print_quantities(t, &c[i]);
    printf(
        "\nEach chain has %d transitions of warm-up; then every so many of them a draw is kept,\n"
        "so that the autocorrelation of the kept draws is at most %.1f for each quantity. The\n"
        "potential is recorded once; after the last replicate it must be that of one recorded\n"
        "anew. Draws that are too narrow must be found in each quantity.\n\n",
        WARMUP, MOST_CORRELATION);
    printf("| model | transitions for a draw | leapfrogs for a transition | autocorrelation | "
           "divergent | recorded anew | narrow draws found in |\n|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < n; i++)
        print_chains(t, &c[i]);
}

/* --- the command line -------------------------------------------------------------------------- */

static bool choose(options *o, const char *key)
{
    for (size_t i = 0; i < SBC_MODELS; i++)
        if (strcmp(SBC_MODEL[i].key, key) == 0)
            return o->chosen[i] = true;
    return false;
}

static bool read_number(const char *text, uint64_t *x)
{
    char *end;

    *x = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0';
}

static bool read_options(options *o, int n, char **argument)
{
    bool any = false, known = true;

    for (int i = 1; known && i < n; i++)
        if (strcmp(argument[i], "--replicates") == 0 && i + 1 < n)
            known = read_number(argument[++i], &o->replicates);
        else if (strcmp(argument[i], "--seed") == 0 && i + 1 < n)
            known = read_number(argument[++i], &o->seed);
        else
            any = known = choose(o, argument[i]);
    for (size_t i = 0; !any && i < SBC_MODELS; i++)
        o->chosen[i] = true;
    return known && o->replicates > 0;
}

int main(int n, char **argument)
{
    static calibration all[SBC_MODELS];
    options o = { .replicates = 1000, .seed = 1 };
    tally t = { 0, 0 };
    size_t done = 0;

    if (!read_options(&o, n, argument)) {
        fprintf(stderr,
            "usage: sbc [--replicates N] [--seed N] "
            "[normal] [regression] [poisson] [mixture] [hmm]\n");
        return 2;
    }
    for (size_t i = 0; i < SBC_MODELS; i++) {
        if (!o.chosen[i])
            continue;
        all[done].model = &SBC_MODEL[i];
        if (calibrate(&all[done], &o))
            done++;
        else
            t.failed++;
    }
    print_all(&t, all, done, &o);
    printf("\n%zu passed, %zu failed\n", t.passed, t.failed);
    return t.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
