/*
 * Runs chains and writes all files that chains have, for chains.py and chains.R, which look whether
 * other programs find the same draws in them. By hand, in the build directory:
 *
 *     make tests/interop/write_chains
 *     tests/interop/write_chains DIRECTORY
 *     python3 SOURCES/tests/interop/chains.py DIRECTORY
 *     Rscript SOURCES/tests/interop/chains.R DIRECTORY
 *
 * The model, by which the scripts compute lp__ from each draw again: mu ~ Normal(1, 0.5); tau ~
 * HalfNormal(2); x.y of plates a (2) and b (3) and two elements e, ~ Normal(mu + 10 a + 100 b +
 * 1000 e, tau), indices from 0. lp__ is their log density, and log tau for exp.
 */
#include <stdio.h>
#include <stdlib.h>

#include <wick/wick.h>

static void model(wick *w, void *arg)
{
    const double thousands[] = { 0.0, 1000.0 };
    const size_t two = 2;
    const wick_var mu = wick_sample(w, "mu", wick_normal(1.0, 0.5));
    const wick_var tau = wick_sample(w, "tau", wick_half_normal(2.0));

    (void)arg;
    WICK_PLATE (w, "b", 3)
        WICK_PLATE (w, "a", 2) {
            const wick_var tens = wick_mul(wick_index(w, "a"), 10.0);
            const wick_var hundreds = wick_mul(wick_index(w, "b"), 100.0);
            const wick_var place = wick_add(mu, wick_add(tens, hundreds));
            const wick_var loc = wick_add(place, wick_const_array(w, thousands, 1, &two));
            wick_sample(w, "x.y", wick_to_event(w, wick_normal(loc, tau), 1));
        }
}

static void write_chains(wick *w, const char *directory, const char *name, wick_metric metric)
{
    const wick_mcmc_options options = { .chains = 3,
        .warmup = 150,
        .samples = 60,
        .metric = metric,
        .keep_warmup = metric == WICK_METRIC_DENSE,
        .threads = 2 };
    wick_potential *p = wick_potential_new(w, (wick_program){ model, NULL }, NULL);
    wick_mcmc *m = wick_mcmc_new(p, &options);
    const char *prefix = wick_name(w, "%s/%s", directory, name);

    wick_mcmc_run(m);
    wick_mcmc_write_stan_csv(m, prefix, NULL);
    wick_mcmc_write_npy(m, prefix);
    wick_mcmc_save(m, wick_name(w, "%s.safetensors", prefix));
    wick_mcmc_free(m);
    wick_potential_free(p);
}

int main(int argc, char **argv)
{
    wick *w = wick_new(&(wick_options){ .seed = 11 });

    if (argc == 2) {
        write_chains(w, argv[1], "diagonal", WICK_METRIC_DIAGONAL);
        write_chains(w, argv[1], "dense", WICK_METRIC_DENSE);
        write_chains(w, argv[1], "unit", WICK_METRIC_UNIT);
    }
    const bool written = argc == 2 && w && wick_status(w) == WICK_OK;
    if (!written)
        fprintf(stderr, "%s\n", argc == 2 ? wick_message(w) : "need a directory");
    wick_free(w);
    return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
