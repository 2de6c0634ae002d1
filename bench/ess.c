/*
 * How far draws of the No-U-Turn sampler go: effective draws for each gradient, and for each
 * second. bench/peers/ess.R sets rstan beside it.
 *
 *     ess [FIRST [LAST]]
 *
 * For seeds FIRST to LAST (1 to 20) a chain of 2,000 draws, and four of 1,000, after 1,000 to warm
 * up, of each posterior; prints for each what was found, tab-separated: posterior, seed, figure,
 * value. Effective draws are those of the bulk. Time is that of the processor.
 */
#include <wick/wick.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SCHOOLS = 8, POINTS = 5, COORDINATES = 10, QUANTITIES = 4, SAMPLES = 2000 };

/* --- posteriors --------------------------------------------------------------------------------- */

static void eight_schools(wick *w, void *arg)
{
    static const double y[SCHOOLS] = { 28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0 };
    static const double sigma[SCHOOLS] = { 15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0 };
    const wick_var mu = wick_sample(w, "mu", wick_normal(0.0, 5.0));
    const wick_var tau = wick_sample(w, "tau", wick_half_cauchy(5.0));

    (void)arg;
    WICK_PLATE (w, "schools", SCHOOLS) {
        const wick_var z = wick_sample(w, "z", wick_normal(0.0, 1.0));
        wick_observe(w, "y",
            wick_normal(wick_add(mu, wick_mul(tau, z)), wick_data(w, sigma, SCHOOLS)),
            wick_data(w, y, SCHOOLS));
    }
}

static void five_points(wick *w, void *arg)
{
    static const double x[POINTS] = { 0.0, 1.0, 10.0, 11.0, 12.0 };
    const wick_var weights = wick_sample(w, "weights", wick_dirichlet(wick_fill(w, 0.5, 2)));
    const wick_var scale = wick_sample(w, "scale", wick_lognormal(0.0, 2.0));
    wick_var locs = WICK_VAR_NONE;

    (void)arg;
    WICK_PLATE (w, "components", 2)
        locs = wick_sample(w, "locs", wick_normal(0.0, 10.0));
    WICK_PLATE (w, "data", POINTS) {
        const wick_var z = wick_sample(w, "assignment", wick_categorical(weights));
        wick_observe(w, "obs", wick_normal(wick_take(locs, z), scale), wick_data(w, x, POINTS));
    }
}

static wick_var normal(wick *w, wick_var q, void *arg)
{
    (void)w;
    (void)arg;
    return wick_mul(-0.5, wick_sum_event(wick_square(q)));
}

/* Eigenvalues of the covariance from 1 to 100; their directions are the columns of the reflection
 * 1 - 2 u u', u = (1, ..., 1) / sqrt(10). */
static wick_var correlated(wick *w, wick_var q, void *arg)
{
    const wick_var x = wick_sub(q, wick_mul(0.2, wick_sum_event(q)));
    double sd[COORDINATES];

    (void)arg;
    for (size_t i = 0; i < COORDINATES; i++)
        sd[i] = pow(10.0, (double)i / (COORDINATES - 1));
    return normal(w, wick_div(x, wick_const(w, sd, COORDINATES)), NULL);
}

/* --- quantities --------------------------------------------------------------------------------- */

typedef enum choice { ONE, LARGEST, SMALLEST, LP } choice;

/* A number of each draw: one of a site, the larger or smaller of two, or the log density. */
typedef struct quantity {
    const char *name, *site;
    size_t element;
    choice choice;
} quantity;

typedef struct posterior {
    const char *name;
    wick_program model;
    wick_log_density density;            /* without a model */
    quantity quantities[QUANTITIES + 1]; /* ended by one without a name */
} posterior;

static const posterior POSTERIORS[] = {
    { "eight_schools", { eight_schools, NULL }, NULL,
        { { "mu", "mu", 0, ONE }, { "tau", "tau", 0, ONE }, { "z[1]", "z", 0, ONE },
            { "lp__", NULL, 0, LP } } },
    { "five_points", { five_points, NULL }, NULL,
        { { "scale", "scale", 0, ONE }, { "min loc", "locs", 0, SMALLEST },
            { "max loc", "locs", 0, LARGEST }, { "lp__", NULL, 0, LP } } },
    { "normal", { NULL, NULL }, normal,
        { { "q[1]", "q", 0, ONE }, { "q[5]", "q", 4, ONE }, { "q[10]", "q", 9, ONE },
            { "lp__", NULL, 0, LP } } },
    { "correlated", { NULL, NULL }, correlated,
        { { "q[1]", "q", 0, ONE }, { "q[5]", "q", 4, ONE }, { "q[10]", "q", 9, ONE },
            { "lp__", NULL, 0, LP } } },
};

/* --- figures ------------------------------------------------------------------------------------ */

typedef struct run {
    const posterior *posterior;
    unsigned seed;
    wick *w;
    wick_potential *potential;
    wick_mcmc *chains;
} run;

static void print_row(const run *r, const char *figure, double value)
{
    printf("%s\t%u\t%s\t%.9g\n", r->posterior->name, r->seed, figure, value);
}

static double *choose(const run *r, const quantity *q, wick_chains first)
{
    const wick_chains second = wick_mcmc_draws(r->chains, q->site, q->element + 1);
    const size_t n = first.chains * first.n;
    double *chosen = second.draws ? malloc(n * sizeof *chosen) : NULL;

    for (size_t i = 0; chosen && i < n; i++)
        chosen[i] = (q->choice == LARGEST ? fmax : fmin)(first.draws[i], second.draws[i]);
    return chosen;
}

static double ess(const run *r, const quantity *q)
{
    wick_chains x = q->choice == LP ? wick_mcmc_statistic(r->chains, WICK_LP)
                                    : wick_mcmc_draws(r->chains, q->site, q->element);
    double *chosen = NULL;

    if (q->choice == LARGEST || q->choice == SMALLEST)
        x.draws = chosen = choose(r, q, x);
    const double bulk = wick_ess_bulk(r->w, x);
    free(chosen);
    return bulk;
}

static double mean_of(const run *r, wick_statistic which)
{
    const wick_chains x = wick_mcmc_statistic(r->chains, which);
    double sum = 0.0;

    for (size_t i = 0; i < x.chains * x.n; i++)
        sum += x.draws[i];
    return sum / (double)(x.chains * x.n);
}

/* --- runs --------------------------------------------------------------------------------------- */

static double processor_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void open_run(run *r, const posterior *p, unsigned seed)
{
    *r = (run){ .posterior = p, .seed = seed };
    r->w = wick_new(&(wick_options){ .seed = seed });
    r->potential = p->density ? wick_potential_of_density(r->w, p->density, NULL, COORDINATES, NULL)
                              : wick_potential_new(r->w, p->model, NULL);
}

static bool close_run(run *r)
{
    const bool good = wick_status(r->w) == WICK_OK;

    if (!good)
        fprintf(stderr, "ess: %s: %s\n", r->posterior->name, wick_message(r->w));
    wick_mcmc_free(r->chains);
    wick_potential_free(r->potential);
    wick_free(r->w);
    return good;
}

static void print_sampler(const run *r, double seconds)
{
    static const struct {
        const char *name;
        wick_statistic which;
    } list[] = { { "step size", WICK_STEP_SIZE }, { "tree depth", WICK_TREE_DEPTH },
        { "leapfrogs", WICK_N_LEAPFROG }, { "accept_stat", WICK_ACCEPT_STAT },
        { "divergent", WICK_DIVERGENT } };
    const wick_chain_info info = wick_mcmc_chain(r->chains, 0);

    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        print_row(r, list[i].name, mean_of(r, list[i].which));
    print_row(
        r, "us per leapfrog", 1e6 * seconds / (double)(info.warmup_leapfrogs + info.leapfrogs));
}

static void print_ess(const run *r)
{
    const double gradients = SAMPLES * mean_of(r, WICK_N_LEAPFROG);

    for (const quantity *q = r->posterior->quantities; q->name; q++) {
        const double bulk = ess(r, q);
        char name[40];
        snprintf(name, sizeof name, "ESS %s", q->name);
        print_row(r, name, bulk);
        snprintf(name, sizeof name, "ESS per gradient %s", q->name);
        print_row(r, name, bulk / gradients);
    }
}

/* One chain; the model is recorded before it. */
static bool run_chain(const posterior *p, unsigned seed)
{
    double start[COORDINATES];
    run r;

    open_run(&r, p, seed);
    r.chains = wick_mcmc_new(r.potential, &(wick_mcmc_options){ .chains = 1, .samples = SAMPLES });
    wick_potential_start(r.potential, 0, start);
    const double begin = processor_seconds();
    if (wick_mcmc_run(r.chains)) {
        print_sampler(&r, processor_seconds() - begin);
        print_ess(&r);
    }
    return close_run(&r);
}

/* NaN if one is. */
static double least_ess(const run *r)
{
    double least = INFINITY;

    for (const quantity *q = r->posterior->quantities; q->name; q++) {
        const double bulk = ess(r, q);
        if (isnan(bulk) || bulk < least)
            least = bulk;
    }
    return least;
}

/* Four chains, with all that is done for them and with reading their draws. */
static bool run_four(const posterior *p, unsigned seed)
{
    const double begin = processor_seconds();
    run r;

    open_run(&r, p, seed);
    r.chains = wick_mcmc_new(r.potential, NULL);
    if (wick_mcmc_run(r.chains)) {
        wick_mcmc_statistic(r.chains, WICK_LP);
        const double seconds = processor_seconds() - begin;
        const double least = least_ess(&r);
        print_row(&r, "4 chains: seconds", seconds);
        print_row(&r, "4 chains: min ESS", least);
        print_row(&r, "4 chains: min ESS per second", least / seconds);
    }
    return close_run(&r);
}

int main(int argc, char **argv)
{
    const unsigned long first = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
    const unsigned long last = argc > 2 ? strtoul(argv[2], NULL, 10) : 20;
    bool good = true;

    if (first < 1 || last > 1000000) {
        fputs("usage: ess [FIRST [LAST]], seeds from 1 to 1000000\n", stderr);
        return 2;
    }
    for (unsigned long seed = first; seed <= last; seed++)
        for (size_t i = 0; i < sizeof POSTERIORS / sizeof *POSTERIORS; i++) {
            good &= run_chain(&POSTERIORS[i], (unsigned)seed);
            good &= run_four(&POSTERIORS[i], (unsigned)seed);
        }
    return !good;
}
