/*
 * A line through 46 points: how heavy the leaves of mesquite bushes are, by the volume of their
 * canopies; logarithms of both. The model is logmesquite_logvolume of posteriordb,
 * https://github.com/stan-dev/posteriordb: a normal about the line, under flat priors.
 *
 * Its posterior is known in closed form, and beside it stand chains of NUTS, a full-rank and a
 * mean-field guide fitted by variational inference, and a Laplace approximation. Chains that are
 * saved halfway, loaded and run on make the same draws as those that were never stopped. Then a
 * robust model, a Student-t with 4 degrees of freedom about the line, and which of the two predicts
 * better. The chains are written to files for Stan's tools too: mesquite_1.csv and so on.
 */
#include "regression.h"

#include "mesquite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const NAMES[FIGURES] = { "beta[0]", "beta[1]", "sigma" };
static const char *const KEYS[FIGURES] = { "intercept", "slope", "sigma" };
static const char *const GUIDE_NAMES[GUIDES] = { "full rank", "Laplace", "mean field" };
static const char *const GUIDE_KEYS[GUIDES] = { "full_rank", "laplace", "mean_field" };

/* Means, standard deviations and errors of means: 10,000 draws by Stan, the reference posterior of
 * mesquite-logmesquite_logvolume. */
static const double POSTERIORDB[3][FIGURES] = { { 5.17084758, 0.722008519, 0.426670306 },
    { 0.0864216841, 0.0561992269, 0.0477878422 }, { 0.00088, 0.000562, 0.000478 } };

/* --- the model --------------------------------------------------------------------------------- */

void regression_model(wick *w, void *arg)
{
    const struct bushes *b = arg;
    const wick_var beta = wick_sample(w, "beta", wick_improper_uniform(wick_real(), 2));
    const wick_var sigma = wick_sample(w, "sigma", wick_improper_uniform(wick_positive()));

    WICK_PLATE (w, "bushes", b->n) {
        const wick_var x = wick_data(w, b->log_volume, b->n);
        const wick_var line = wick_deterministic(
            w, "line", wick_add(wick_pick(beta, 0), wick_mul(wick_pick(beta, 1), x)));
        const wick_dist weight =
            b->df > 0.0 ? wick_student_t(b->df, line, sigma) : wick_normal(line, sigma);
        if (b->log_weight)
            wick_observe(w, "log_weight", weight, wick_data(w, b->log_weight, b->n));
        else
            wick_sample(w, "log_weight", weight);
    }
}

/* --- chains ------------------------------------------------------------------------------------ */

wick_chains regression_draws(const wick_mcmc *m, size_t figure)
{
    return figure == SIGMA ? wick_mcmc_draws(m, "sigma", 0) : wick_mcmc_draws(m, "beta", figure);
}

/* Rows for predictions: beta of each draw, then sigma of each. */
static void take_draws(struct fit *f)
{
    const wick_chains sigma = regression_draws(f->chains, SIGMA);
    const size_t n = sigma.chains * sigma.n;

    f->draws = regression_doubles(FIGURES * n);
    for (size_t k = 0; k < FIGURES && sigma.draws; k++) {
        const double *x = regression_draws(f->chains, k).draws;
        for (size_t i = 0; x && i < n; i++)
            f->draws[k == SIGMA ? 2 * n + i : 2 * i + k] = x[i];
    }
    f->sites[0] = (wick_draws){ .name = "beta", .draws = n, .size = 2, .values = f->draws };
    f->sites[1] =
        (wick_draws){ .name = "sigma", .draws = n, .size = 1, .values = f->draws + 2 * n };
}

static void run_fit(wick *w, const struct example_options *o, struct fit *f)
{
    const wick_program model = { regression_model, &f->data };

    f->potential = wick_potential_new(w, model, NULL);
    f->chains = wick_mcmc_new(
        f->potential, &(wick_mcmc_options){ .samples = o->steps, .threads = o->threads });
    if (!wick_mcmc_run(f->chains))
        return;
    take_draws(f);
    for (size_t k = 0; k < FIGURES; k++)
        f->figure[k] = wick_summarize(w, regression_draws(f->chains, k));
    wick_draws *log_likelihood = wick_log_likelihood_new(
        w, model, &(wick_posterior){ .sites = f->sites, .n_sites = 2 }, NULL);
    f->loo = wick_loo(w, log_likelihood, NULL);
    wick_draws_free(log_likelihood);
}

static void free_fit(struct fit *f)
{
    wick_elpd_free(f->loo);
    wick_mcmc_free(f->chains);
    wick_potential_free(f->potential);
    free(f->draws);
}

static bool same_draws(const wick_mcmc *a, const wick_mcmc *b)
{
    for (size_t k = 0; k < FIGURES; k++) {
        const wick_chains x = regression_draws(a, k), y = regression_draws(b, k);
        if (x.chains != y.chains || x.n != y.n || !x.draws || !y.draws ||
            memcmp(x.draws, y.draws, x.chains * x.n * sizeof *x.draws) != 0)
            return false;
    }
    return true;
}

/* The same chains, saved at half of their draws, and others that load that and run on. */
static bool resume(const struct example_options *o, const struct fit *f)
{
    const char *path = example_path(o, "half.chains");
    wick_mcmc *half =
        wick_mcmc_new(f->potential, &(wick_mcmc_options){ .samples = (o->steps + 1) / 2 });
    wick_mcmc *whole = wick_mcmc_new(
        f->potential, &(wick_mcmc_options){ .samples = o->steps, .threads = o->threads });
    const bool same = wick_mcmc_run(half) && wick_mcmc_save(half, path) &&
        wick_mcmc_load(whole, path) && wick_mcmc_run(whole) && same_draws(f->chains, whole);

    wick_mcmc_free(half);
    wick_mcmc_free(whole);
    return same;
}

/* --- guides ------------------------------------------------------------------------------------ */

/* An exact loss to its minimum. A noisy one twice: from wherever it starts to where it is flat, and
 * on from there with the parameters averaged. */
static void fit_guide(wick *w, wick_program model, wick_guide *guide, bool exact_loss)
{
    const wick_elbo_options particles = { .num_particles = 16, .vectorize_particles = true };
    wick_svi *svi = wick_svi_new(w, model, wick_guide_program(guide),
        &(wick_svi_options){ .loss_options = exact_loss ? NULL : &particles,
            .optim = exact_loss ? wick_lbfgs() : wick_adam(.lr = 0.02),
            .compile = true });

    wick_svi_run(svi, NULL);
    if (!exact_loss)
        wick_svi_run(svi, &(wick_svi_run_options){ .keep = WICK_KEEP_AVERAGE });
    wick_svi_free(svi);
}

static void read_guide(
    wick *w, wick_program model, const wick_guide *guide, struct approximation *a)
{
    enum { DRAWS = 20000 };

    wick_guide_moments(guide, "beta", DRAWS, a->mean, a->sd, 2);
    wick_guide_moments(guide, "sigma", DRAWS, a->mean + SIGMA, a->sd + SIGMA, 1);
    a->check = wick_check_guide(
        w, model, wick_guide_program(guide), &(wick_check_options){ .draws = 10000 });
}

static void run_guides(wick *w, struct bushes *data, struct approximation guides[GUIDES])
{
    const wick_program model = { regression_model, data };
    wick_guide *full_rank = wick_auto_multivariate_normal_new(w, model, NULL);
    wick_guide *mean_field = wick_auto_normal_new(w, model, NULL);
    wick_guide *mode = wick_auto_laplace_new(w, model, NULL);

    fit_guide(w, model, full_rank, false);
    fit_guide(w, model, mean_field, false);
    fit_guide(w, model, mode, true);
    wick_guide *laplace = wick_laplace_approximation(mode, NULL);
    read_guide(w, model, full_rank, &guides[FULL_RANK]);
    read_guide(w, model, mean_field, &guides[MEAN_FIELD]);
    read_guide(w, model, laplace, &guides[LAPLACE]);
    wick_guide_free(laplace);
    wick_guide_free(mode);
    wick_guide_free(mean_field);
    wick_guide_free(full_rank);
}

/* --- showing it -------------------------------------------------------------------------------- */

static void print_row(const char *name, const double *mean, const double *sd)
{
    printf("%-12s", name);
    for (size_t k = 0; k < FIGURES; k++)
        printf("  %8.4f  %6.4f", mean[k], sd[k]);
}

static void print_methods(const struct results *r)
{
    const struct fit *f = &r->fits[NORMAL];
    double mean[FIGURES], sd[FIGURES];

    printf(
        "              beta[0]            beta[1]            sigma             k-hat  effective\n");
    printf(
        "                  mean      sd      mean      sd      mean      sd              draws\n");
    print_row("exact", r->exact.mean, r->exact.sd);
    printf("\n");
    print_row("posteriordb", POSTERIORDB[0], POSTERIORDB[1]);
    printf("\n");
    for (size_t k = 0; k < FIGURES; k++) {
        mean[k] = f->figure[k].mean;
        sd[k] = f->figure[k].sd;
    }
    print_row("NUTS", mean, sd);
    printf("\n");
    for (size_t g = 0; g < GUIDES; g++) {
        print_row(GUIDE_NAMES[g], r->guides[g].mean, r->guides[g].sd);
        printf("  %6.2f  %7.1f %%\n", r->guides[g].check.k,
            100.0 * r->guides[g].check.effective_draws / (double)r->guides[g].check.draws);
    }
}

static void print_all(const struct results *r)
{
    const struct fit *normal = &r->fits[NORMAL], *robust = &r->fits[ROBUST];

    print_methods(r);
    printf("\n%s\n", wick_format_chains(normal->chains, NULL));
    printf("Saved halfway, loaded and run on: %s draws\n\n", r->resumed ? "the same" : "other");
    printf("leave-one-out            elpd     se  largest k\n");
    printf("normal, exact        %8.3f\n", r->exact.elpd);
    printf("normal, by NUTS      %8.3f  %5.2f  %9.2f\n", normal->loo->elpd, normal->loo->elpd_se,
        normal->loo->worst);
    printf("Student-t, by NUTS   %8.3f  %5.2f  %9.2f\n", robust->loo->elpd, robust->loo->elpd_se,
        robust->loo->worst);
}

static void write_summary(wick *w, const struct example_options *o, const struct results *r)
{
    wick_summary *s = wick_summary_new(w, example_path(o, "summary.json"));

    wick_summary_integer(s, "seed", o->seed);
    for (size_t k = 0; k < FIGURES; k++) {
        const wick_chains_summary *f = &r->fits[NORMAL].figure[k];
        const double row[] = { f->mean, f->mcse, f->sd, f->ess_bulk, f->rhat };
        wick_summary_array(s, wick_name(w, "nuts_%s", KEYS[k]), 5, row);
    }
    wick_summary_array(s, "exact_means", FIGURES, r->exact.mean);
    wick_summary_array(s, "exact_sds", FIGURES, r->exact.sd);
    for (size_t g = 0; g < GUIDES; g++) {
        const struct approximation *a = &r->guides[g];
        wick_summary_array(s, wick_name(w, "%s_means", GUIDE_KEYS[g]), FIGURES, a->mean);
        wick_summary_array(s, wick_name(w, "%s_sds", GUIDE_KEYS[g]), FIGURES, a->sd);
        wick_summary_number(s, wick_name(w, "%s_k_hat", GUIDE_KEYS[g]), a->check.k);
    }
    wick_summary_bool(s, "resumed_draws_are_the_same", r->resumed);
    wick_summary_number(s, "elpd_exact", r->exact.elpd);
    wick_summary_number(s, "elpd_normal", r->fits[NORMAL].loo->elpd);
    wick_summary_number(s, "elpd_student_t", r->fits[ROBUST].loo->elpd);
    wick_summary_close(s);
}

/* --- all of it --------------------------------------------------------------------------------- */

double *regression_doubles(size_t n)
{
    double *x = calloc(n, sizeof *x);

    if (!x) {
        fprintf(stderr, "regression: out of memory\n");
        exit(1);
    }
    return x;
}

static bool is_near(const char *what, const char *name, double z)
{
    if (fabs(z) > 4.5)
        fprintf(stderr, "regression: %s is %.2f standard errors from %s\n", name, z, what);
    return !(fabs(z) > 4.5);
}

/* Means of the chains against the exact ones, and against those of posteriordb. */
static bool is_right(const struct results *r)
{
    bool right = r->resumed;

    for (size_t k = 0; k < FIGURES; k++) {
        const wick_chains_summary *f = &r->fits[NORMAL].figure[k];
        const double error = hypot(f->mcse, POSTERIORDB[2][k]);
        right &= is_near("the exact mean", NAMES[k], (f->mean - r->exact.mean[k]) / f->mcse);
        right &= is_near("that of posteriordb", NAMES[k], (f->mean - POSTERIORDB[0][k]) / error);
    }
    return right;
}

static bool show(wick *w, const struct example_options *o, const struct results *r)
{
    wick_mcmc_write_stan_csv(r->fits[NORMAL].chains, example_path(o, "mesquite"),
        &(wick_mcmc_csv_options){ .model = "logmesquite_logvolume" });
    if (!o->quiet)
        print_all(r);
    regression_draw(w, o, r);
    write_summary(w, o, r);
    return is_right(r);
}

static void run(wick *w, const struct example_options *o, struct results *r)
{
    r->exact = regression_exact(&r->fits[NORMAL].data);
    run_fit(w, o, &r->fits[NORMAL]);
    run_fit(w, o, &r->fits[ROBUST]);
    r->resumed = resume(o, &r->fits[NORMAL]);
    run_guides(w, &r->fits[NORMAL].data, r->guides);
}

int main(int argc, char **argv)
{
    struct example_options o = { .name = "regression",
        .about = "A linear regression by NUTS, by guides and in closed form.",
        .seed = 1,
        .seed_about = "seed of all random numbers",
        .steps = 1000,
        .steps_about = "draws of each of 4 chains",
        .threads = 4,
        .out = "regression" };
    double x[MESQUITE_BUSHES], y[MESQUITE_BUSHES];

    example_read_options(&o, argc, argv);
    for (size_t i = 0; i < MESQUITE_BUSHES; i++) {
        x[i] = log(MESQUITE[i].longer * MESQUITE[i].shorter * MESQUITE[i].height);
        y[i] = log(MESQUITE[i].weight);
    }
    const struct bushes data = { .n = MESQUITE_BUSHES, .log_volume = x, .log_weight = y };
    struct results r = { .fits = { { .data = data }, { .data = data } } };
    wick *w = wick_new(&(wick_options){ .seed = (uint64_t)o.seed, .math = WICK_MATH_PORTABLE });
    bool right = false;

    r.fits[ROBUST].data.df = 4.0;
    run(w, &o, &r);
    if (wick_status(w) == WICK_OK)
        right = show(w, &o, &r);
    if (wick_status(w) != WICK_OK)
        fprintf(stderr, "regression: %s\n", wick_message(w));
    const bool failed = wick_status(w) != WICK_OK || !right;
    free_fit(&r.fits[NORMAL]);
    free_fit(&r.fits[ROBUST]);
    wick_free(w);
    return failed;
}
