/*
 * Eight schools: coaching for a test, with an effect of its own in each school.
 * Rubin (1981); Gelman, Carlin, Stern, Dunson, Vehtari & Rubin, Bayesian Data Analysis, 5.5.
 *
 * Two ways to write the same model. Where the effects are drawn about mu with the deviation tau,
 * the posterior is a funnel: the smaller tau, the closer they are together, and no step size suits
 * both ends. NUTS does not get into the neck, and its diagnostics say so. With the effects as
 * mu + tau z, z standard normal, there is no funnel. What both find stands beside the reference
 * draws of posteriordb, and beside exact figures.
 */
#include "eight_schools.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const double EIGHT_SCHOOLS_EFFECT[] = { 28, 8, -3, 7, -1, 1, 18, 12 };
const double EIGHT_SCHOOLS_ERROR[] = { 15, 10, 16, 11, 9, 11, 10, 18 };

/*
 * Means of theta, mu and tau, and their standard errors: 10,000 draws by Stan,
 * https://github.com/stan-dev/posteriordb, eight_schools-eight_schools_noncentered. Probabilities:
 * exact, by tests/oracle/eight_schools_posterior.py.
 */
static const struct {
    const char *name, *key;
    double value, error;
} REFERENCE[LARGEST] = { { "theta[0]", "theta_0", 6.15050229, 0.0562 },
    { "theta[1]", "theta_1", 4.93958114, 0.0465 }, { "theta[2]", "theta_2", 3.90590609, 0.0538 },
    { "theta[3]", "theta_3", 4.79601675, 0.0477 }, { "theta[4]", "theta_4", 3.61443632, 0.0461 },
    { "theta[5]", "theta_5", 4.05114758, 0.0480 }, { "theta[6]", "theta_6", 6.31716976, 0.0500 },
    { "theta[7]", "theta_7", 4.88399694, 0.0532 }, { "mu", "mu", 4.41051834, 0.0331 },
    { "tau", "tau", 3.60205952, 0.0320 }, { "P(theta[0] largest)", "first_is_best", 0.190228, 0.0 },
    { "P(largest >= 28)", "largest", 0.313897, 0.0 },
    { "P(smallest >= -3)", "smallest", 0.098723, 0.0 } };

static const char *const KEYS[FITS] = { "centred", "non_centred" };

/* --- the model --------------------------------------------------------------------------------- */

static wick_var non_centred(wick *w, wick_var mu, wick_var tau)
{
    const wick_var z = wick_sample(w, "z", wick_normal(0.0, 1.0));

    return wick_deterministic(w, "theta", wick_add(mu, wick_mul(tau, z)));
}

static void model(wick *w, void *arg)
{
    const struct fit *f = arg;
    const wick_var mu = wick_sample(w, "mu", wick_normal(0.0, 5.0));
    const wick_var tau = wick_sample(w, "tau", wick_half_cauchy(5.0));

    WICK_PLATE (w, "schools", SCHOOLS) {
        const wick_var theta =
            f->centred ? wick_sample(w, "theta", wick_normal(mu, tau)) : non_centred(w, mu, tau);
        wick_observe(w, "effect", wick_normal(theta, wick_data(w, EIGHT_SCHOOLS_ERROR, SCHOOLS)),
            wick_data(w, EIGHT_SCHOOLS_EFFECT, SCHOOLS));
    }
}

/* --- what a draw says -------------------------------------------------------------------------- */

static double extreme(const double *x, double sign)
{
    double most = sign * x[0];

    for (size_t j = 1; j < SCHOOLS; j++)
        most = fmax(most, sign * x[j]);
    return sign * most;
}

/* The effects of a draw, and of a replication of the data with them. */
static void look_at_draw(double *const x[FIGURES], size_t i, const double *theta, const double *y)
{
    for (size_t j = 0; j < SCHOOLS; j++)
        x[j][i] = theta[j];
    x[FIRST_IS_BEST][i] = theta[0] == extreme(theta, 1.0);
    x[LARGEST][i] = extreme(y, 1.0);
    x[REACHES_MOST][i] = x[LARGEST][i] >= extreme(EIGHT_SCHOOLS_EFFECT, 1.0);
    x[REACHES_LEAST][i] = extreme(y, -1.0) >= extreme(EIGHT_SCHOOLS_EFFECT, -1.0);
}

/* theta is a latent site of one model and is computed in the other: a trace of the model at the
 * draws has it, and, as nothing is observed, new effects. */
static void look_at_draws(wick *w, const struct fit *f, double *const x[FIGURES])
{
    const size_t chains = f->divergent.chains, n = f->divergent.n;
    double *theta = eight_schools_doubles(2 * n * SCHOOLS), *y = theta + n * SCHOOLS;

    for (size_t c = 0; c < chains; c++) {
        const wick_program at_draws = wick_mcmc_program(f->chains, c, 0, n);
        const wick_trace *t = wick_trace_run(w, wick_wrap(w, at_draws, wick_uncondition(w)));
        wick_trace_get(t, "theta", theta, n * SCHOOLS);
        wick_trace_get(t, "effect", y, n * SCHOOLS);
        for (size_t i = 0; i < n; i++)
            look_at_draw(x, c * n + i, theta + i * SCHOOLS, y + i * SCHOOLS);
    }
    free(theta);
}

static double mean_of(wick_chains x)
{
    double sum = 0.0;

    for (size_t i = 0; i < x.chains * x.n; i++)
        sum += x.draws[i];
    return sum / (double)(x.chains * x.n);
}

static void measure(wick *w, struct fit *f)
{
    const size_t chains = f->divergent.chains, n = f->divergent.n;
    const wick_chains mu = wick_mcmc_draws(f->chains, "mu", 0);
    const wick_chains tau = wick_mcmc_draws(f->chains, "tau", 0);
    double *x[FIGURES];

    if (!mu.draws || !tau.draws)
        return;
    f->memory = eight_schools_doubles(FIGURES * chains * n);
    for (size_t k = 0; k < FIGURES; k++)
        x[k] = f->memory + k * chains * n;
    memcpy(x[MU], mu.draws, chains * n * sizeof **x);
    memcpy(x[TAU], tau.draws, chains * n * sizeof **x);
    look_at_draws(w, f, x);
    for (size_t k = 0; k < FIGURES; k++) {
        f->figure[k] = (wick_chains){ chains, n, x[k] };
        f->mean[k] = mean_of(f->figure[k]);
        f->error[k] = wick_mcse_mean(w, f->figure[k]);
        f->ess[k] = wick_ess_bulk(w, f->figure[k]);
        f->rhat[k] = wick_rhat(w, f->figure[k]);
    }
}

/* --- chains ------------------------------------------------------------------------------------ */

/* Defaults for the centred model. The other one still diverges now and then at the default 0.8. */
static wick_mcmc *new_chains(const struct fit *f, size_t samples, size_t threads)
{
    return wick_mcmc_new(f->potential,
        &(wick_mcmc_options){
            .samples = samples, .threads = threads, .target_accept = f->centred ? 0.0 : 0.9 });
}

static void run_fit(wick *w, const struct example_options *o, struct fit *f)
{
    f->potential = wick_potential_new(w, (wick_program){ model, f }, NULL);
    f->chains = new_chains(f, o->steps, o->threads);
    if (wick_mcmc_run(f->chains)) {
        f->divergent = wick_mcmc_statistic(f->chains, WICK_DIVERGENT);
        measure(w, f);
    }
}

static void free_fit(struct fit *f)
{
    wick_mcmc_free(f->chains);
    wick_potential_free(f->potential);
    free(f->memory);
}

/* Other chains, on one thread: are the draws of every site the same, bit for bit? */
static bool one_thread_agrees(const struct fit *f)
{
    wick_mcmc *alone = new_chains(f, f->divergent.n, 1);
    bool same = wick_mcmc_run(alone);

    for (size_t s = 0; s < wick_potential_site_count(f->potential); s++) {
        const char *site = wick_potential_site(f->potential, s);
        for (size_t e = 0; e < wick_potential_size(f->potential, site); e++) {
            const wick_chains a = wick_mcmc_draws(f->chains, site, e);
            const wick_chains b = wick_mcmc_draws(alone, site, e);
            same = same && a.chains == b.chains && a.n == b.n &&
                memcmp(a.draws, b.draws, a.chains * a.n * sizeof *a.draws) == 0;
        }
    }
    wick_mcmc_free(alone);
    return same;
}

/* --- showing it -------------------------------------------------------------------------------- */

/* From the reference, in standard errors of both. */
static double distance(const struct fit *f, size_t k)
{
    return (f->mean[k] - REFERENCE[k].value) / hypot(f->error[k], REFERENCE[k].error);
}

static void print_diagnosis(const char *title, const struct fit *f)
{
    const wick_findings *found = wick_diagnose(f->chains, NULL);

    printf("%s\n\n%s\n", title, found ? found->text : "");
}

static void print_means(const struct fit *fits)
{
    printf("                                  centred                     non-centred\n");
    printf("mean                 reference      mean  error      z   ESS    mean  error      z   "
           "ESS\n");
    for (size_t k = 0; k < LARGEST; k++) {
        printf("%-20s  %8.4f", REFERENCE[k].name, REFERENCE[k].value);
        for (const struct fit *f = fits; f < fits + FITS; f++)
            printf("  %8.4f %6.4f %6.2f %5.0f", f->mean[k], f->error[k], distance(f, k), f->ess[k]);
        printf("\n");
    }
}

static void write_fit(wick_summary *s, const struct fit *f)
{
    const char *prefix = KEYS[f->centred ? CENTRED : NON_CENTRED];
    char key[64];

    for (size_t k = 0; k < LARGEST; k++) {
        snprintf(key, sizeof key, "%s_%s", prefix, REFERENCE[k].key);
        wick_summary_number(s, key, f->mean[k]);
        snprintf(key, sizeof key, "%s_%s_se", prefix, REFERENCE[k].key);
        wick_summary_number(s, key, f->error[k]);
        snprintf(key, sizeof key, "%s_%s_ess", prefix, REFERENCE[k].key);
        wick_summary_number(s, key, f->ess[k]);
        snprintf(key, sizeof key, "%s_%s_rhat", prefix, REFERENCE[k].key);
        wick_summary_number(s, key, f->rhat[k]);
    }
    snprintf(key, sizeof key, "%s_divergent", prefix);
    wick_summary_number(s, key, mean_of(f->divergent));
}

static void write_summary(wick *w, const struct example_options *o, const struct fit *fits)
{
    wick_summary *s = wick_summary_new(w, example_path(o, "summary.json"));

    wick_summary_integer(s, "seed", o->seed);
    write_fit(s, &fits[CENTRED]);
    write_fit(s, &fits[NON_CENTRED]);
    wick_summary_close(s);
}

/* --- all of it --------------------------------------------------------------------------------- */

double *eight_schools_doubles(size_t n)
{
    double *x = calloc(n, sizeof *x);

    if (!x) {
        fprintf(stderr, "eight_schools: out of memory\n");
        exit(1);
    }
    return x;
}

/* The non-centred chains have to be right. */
static bool is_right(const struct fit *f)
{
    bool right = true;

    for (size_t k = 0; k < LARGEST; k++)
        if (fabs(distance(f, k)) > 4.5) {
            fprintf(stderr, "eight_schools: %s is %.2f standard errors off\n", REFERENCE[k].name,
                distance(f, k));
            right = false;
        }
    return right;
}

static bool show(wick *w, const struct example_options *o, const struct fit *fits)
{
    const bool same = one_thread_agrees(&fits[NON_CENTRED]);

    if (!o->quiet) {
        print_diagnosis("Centred: theta ~ normal(mu, tau)", &fits[CENTRED]);
        print_diagnosis("Non-centred: theta = mu + tau z, z ~ normal(0, 1); target_accept 0.9",
            &fits[NON_CENTRED]);
        printf("%s\n", wick_format_chains(fits[NON_CENTRED].chains, NULL));
        print_means(fits);
        printf(
            "References of probabilities are exact, the others means of 10,000 draws by Stan. The "
            "last two\nlines are posterior predictive p-values: new effects in the eight schools "
            "reach the largest and\nthe smallest of the data so often.\n");
        printf("\nOn one thread the draws are %s.\n", same ? "the same" : "others");
    }
    eight_schools_draw(w, o, fits);
    write_summary(w, o, fits);
    return is_right(&fits[NON_CENTRED]) && same;
}

int main(int argc, char **argv)
{
    struct example_options o = { .name = "eight_schools",
        .about = "Effects of coaching in eight schools by NUTS, and what its diagnostics say.",
        .seed = 1,
        .seed_about = "seed of the chains",
        .steps = 1000,
        .steps_about = "draws of each of 4 chains",
        .threads = 4,
        .out = "eight_schools" };

    example_read_options(&o, argc, argv);
    wick *w = wick_new(&(wick_options){ .seed = (uint64_t)o.seed, .math = WICK_MATH_PORTABLE });
    struct fit fits[FITS] = { { .centred = true }, { .centred = false } };
    bool right = false;

    run_fit(w, &o, &fits[CENTRED]);
    run_fit(w, &o, &fits[NON_CENTRED]);
    if (wick_status(w) == WICK_OK)
        right = show(w, &o, fits);
    if (wick_status(w) != WICK_OK)
        fprintf(stderr, "eight_schools: %s\n", wick_message(w));
    const bool failed = wick_status(w) != WICK_OK || !right;
    free_fit(&fits[CENTRED]);
    free_fit(&fits[NON_CENTRED]);
    wick_free(w);
    return failed;
}
