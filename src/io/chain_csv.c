#include <wick/draws.h>

#include "io/buffer.h"
#include "io/chain_sites.h"

static const char FUNCTION[] = "wick_mcmc_write_stan_csv";

/* What the rows of a phase are made of. */
typedef struct rows {
    const wick_chains *statistics; /* WICKI_STATISTICS of them */
    const wick_chains *elements;
    size_t n_elements;
    double *values; /* of a row */
} rows;

typedef wick_chains (*get_draws)(const wick_mcmc *m, const char *site, size_t element);
typedef wick_chains (*get_statistic)(const wick_mcmc *m, wick_statistic which);

/* Everything in the arena. */
static bool find_rows(rows *r, const wick_mcmc *m, size_t n, const wicki_chain_site *sites,
    get_draws draws, get_statistic statistic)
{
    wick_chains *chains = wick_alloc(m->w, (WICKI_STATISTICS + m->size) * sizeof *chains);
    size_t place = WICKI_STATISTICS;

    *r = (rows){ .n_elements = m->size, .values = wick_alloc(m->w, m->size * sizeof(double)) };
    if (!chains || !r->values)
        return false;
    for (size_t i = 0; i < WICKI_STATISTICS; i++)
        chains[i] = statistic(m, (wick_statistic)i);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sites[i].elements; k++)
            chains[place++] = draws(m, sites[i].site, k);
    r->statistics = chains;
    r->elements = chains + WICKI_STATISTICS;
    return wicki_ok(m->w);
}

static void add_rows(wick_stan_csv *csv, const rows *r, size_t chain)
{
    const size_t n = r->statistics->n, first = chain * n;
    const wick_chains *s = r->statistics;

    for (size_t i = first; i < first + n; i++) {
        for (size_t k = 0; k < r->n_elements; k++)
            r->values[k] = r->elements[k].draws[i];
        wick_stan_csv_row(csv,
            &(wick_stan_draw){ .lp = s[WICK_LP].draws[i],
                .accept_stat = s[WICK_ACCEPT_STAT].draws[i],
                .stepsize = s[WICK_STEP_SIZE].draws[i],
                .treedepth = (size_t)s[WICK_TREE_DEPTH].draws[i],
                .n_leapfrog = (size_t)s[WICK_N_LEAPFROG].draws[i],
                .divergent = s[WICK_DIVERGENT].draws[i] != 0.0,
                .energy = s[WICK_ENERGY].draws[i],
                .n = r->n_elements,
                .values = r->values });
    }
}

static wick_stan_csv_options options_of(
    const wick_mcmc *m, const wick_mcmc_csv_options *given, size_t chain)
{
    const wick_mcmc_options *o = &m->options;

    return (wick_stan_csv_options){ .model = given->model,
        .data = given->data,
        .chain = chain + 1,
        .seed = wick_seed(m->w),
        .num_samples = o->samples,
        .num_warmup = o->warmup,
        .save_warmup = o->keep_warmup,
        .delta = o->target_accept,
        .max_depth = o->max_depth,
        .metric = o->metric };
}

static bool write_chain(const wick_mcmc *m, size_t chain, const char *path, size_t n,
    const wick_stan_variable *variables, const rows *phases, const wick_mcmc_csv_options *given)
{
    const wick_stan_csv_options options = options_of(m, given, chain);
    const wick_chain_info info = wick_mcmc_chain(m, chain);
    wick_stan_csv *csv = wick_stan_csv_new(m->w, path, n, variables, &options);

    if (options.save_warmup && m->options.warmup > 0)
        add_rows(csv, &phases[0], chain);
    wick_stan_csv_adapted(csv, info.step_size, m->dimension, info.inverse_metric);
    add_rows(csv, &phases[1], chain);
    return wick_stan_csv_close(csv, info.warmup_seconds, info.seconds);
}

static bool find_phases(rows *phases, const wick_mcmc *m, size_t n, const wicki_chain_site *sites)
{
    const bool warmup = m->options.keep_warmup && m->options.warmup > 0;

    return (!warmup ||
               find_rows(
                   &phases[0], m, n, sites, wick_mcmc_warmup_draws, wick_mcmc_warmup_statistic)) &&
        find_rows(&phases[1], m, n, sites, wick_mcmc_draws, wick_mcmc_statistic);
}

static bool write_all(const wick_mcmc *m, const char *prefix, const wick_mcmc_csv_options *given)
{
    size_t n, chain = 0;
    rows phases[2] = { { .n_elements = 0 }, { .n_elements = 0 } };
    const wicki_chain_site *sites = wicki_chain_sites(m, &n);
    wick_stan_variable *variables = sites ? wick_alloc(m->w, n * sizeof *variables) : NULL;

    if (!variables || !find_phases(phases, m, n, sites))
        return false;
    for (size_t i = 0; i < n; i++)
        variables[i] = (wick_stan_variable){ sites[i].name, sites[i].n_sizes, sites[i].sizes };
    for (bool written = true; written && chain < m->options.chains; chain += written) {
        wicki_buffer path = { .w = m->w };
        wicki_buffer_add(&path, "%s_%zu.csv", prefix, chain + 1);
        written = wicki_ok(m->w) && write_chain(m, chain, path.text, n, variables, phases, given);
        wicki_buffer_free(&path);
    }
    return chain == m->options.chains;
}

bool wick_mcmc_write_stan_csv(
    const wick_mcmc *m, const char *prefix, const wick_mcmc_csv_options *options)
{
    const wick_mcmc_csv_options given = options ? *options : (wick_mcmc_csv_options){ NULL, NULL };

    return m && wicki_ok(m->w) && wicki_chains_can_be_written(m, FUNCTION, prefix, "prefix") &&
        write_all(m, prefix, &given);
}
