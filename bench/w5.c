/*
 * W5, the No-U-Turn sampler on eight schools, not centred, and on the mixture of five points:
 * a gradient of the potential, and a leapfrog with all that the sampler does for it.
 */
#include "bench/timing.h"
#include "bench/w5_limit.h"

#include "mcmc/hmc.h"

#include <wick/wick.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { K = 2, N = 5, SAMPLES = 1000, TESTS = 20, VARIANTS = 4 };

static const double POINTS[N] = { 0.0, 1.0, 10.0, 11.0, 12.0 };

/* --- the models --------------------------------------------------------------------------------- */

static void schools(wick *w, void *arg)
{
    wick_var mu = wick_sample(w, "mu", wick_normal(0.0, 5.0));
    wick_var tau = wick_sample(w, "tau", wick_half_cauchy(5.0));

    (void)arg;
    WICK_PLATE (w, "schools", W5_SCHOOLS) {
        wick_var z = wick_sample(w, "z", wick_normal(0.0, 1.0));
        wick_observe(w, "y",
            wick_normal(wick_add(mu, wick_mul(tau, z)), wick_data(w, W5_ERRORS, W5_SCHOOLS)),
            wick_data(w, W5_EFFECTS, W5_SCHOOLS));
    }
}

static void mixture(wick *w, void *arg)
{
    wick_var weights = wick_sample(w, "weights", wick_dirichlet(wick_fill(w, 0.5, K)));
    wick_var scale = wick_sample(w, "scale", wick_lognormal(0.0, 2.0));
    wick_var locs = WICK_VAR_NONE;

    (void)arg;
    WICK_PLATE (w, "components", K)
        locs = wick_sample(w, "locs", wick_normal(0.0, 10.0));
    WICK_PLATE (w, "data", N) {
        wick_var z = wick_sample(w, "assignment", wick_categorical(weights));
        wick_observe(w, "obs", wick_normal(wick_take(locs, z), scale), wick_data(w, POINTS, N));
    }
}

typedef struct problem {
    const char *name, *gradient_name;
    wick_program model;
    size_t n;
    double (*limit)(void *arg, const double *q, double *gradient);
    void (*leapfrogs)(size_t times, double step, double *q, double *p);
    double step; /* of the sampler: about what the warm-up finds */
} problem;

static const problem PROBLEMS[] = {
    { "W5_schools", "W5_schools_gradient", { schools, NULL }, W5_SCHOOLS_PARAMS, w5_schools_limit,
        w5_schools_leapfrogs, 0.4 },
    { "W5_points", "W5_points_gradient", { mixture, NULL }, W5_POINTS_PARAMS, w5_points_limit,
        w5_points_leapfrogs, 0.3 },
};

/* --- what is timed ------------------------------------------------------------------------------ */

typedef struct subject {
    const problem *problem;
    wick_math math;
    wick *w;
    wick_potential *potential;
    wick_mcmc *mcmc;
    wicki_hmc *sampler; /* wick's, on the limit's gradient */
    double leapfrogs;   /* of one run of the chain; 1: of what counts them itself */
} subject;

static void set(const subject *s, double *q)
{
    for (size_t i = 0; i < s->problem->n; i++)
        q[i] = 0.5 * sin(1.0 + (double)i);
}

/* Each gradient waits for the one before it, as in any trajectory. */
static void run_gradient(const subject *s, bool limit, size_t times)
{
    double q[W5_MOST], g[W5_MOST];

    set(s, q);
    for (size_t i = 0; i < times; i++) {
        if (limit)
            s->problem->limit(NULL, q, g);
        else
            wick_potential_value(s->potential, q, g);
        q[0] += 1e-300 * g[0];
    }
}

static void run_limit_gradient(void *arg, size_t times)
{
    run_gradient(arg, true, times);
}

static void run_wick_gradient(void *arg, size_t times)
{
    run_gradient(arg, false, times);
}

static void run_limit(void *arg, size_t times)
{
    const subject *s = arg;
    double q[W5_MOST], p[W5_MOST];

    set(s, q);
    memset(p, 0, sizeof p);
    s->problem->leapfrogs(times, 0.5 * s->problem->step, q, p);
}

static void run_chain(void *arg, size_t times)
{
    subject *s = arg;

    for (size_t i = 0; i < times; i++)
        wick_mcmc_run(s->mcmc);
}

/* Transitions of wick's sampler, until so many leapfrogs are done. */
static void run_sampler(void *arg, size_t times)
{
    subject *s = arg;
    wicki_stream stream = wicki_stream_new(wicki_random_key(&(wicki_random){ 1, 0, 1 }, 0), 0, 0);

    for (size_t done = 0; done < times;)
        done += wicki_hmc_nuts(s->sampler, &stream).leapfrogs;
}

/* --- making it ---------------------------------------------------------------------------------- */

static double total_leapfrogs(const wick_mcmc *m)
{
    const wick_chains n = wick_mcmc_statistic(m, WICK_N_LEAPFROG);
    double total = 0.0;

    for (size_t i = 0; i < n.chains * n.n; i++)
        total += n.draws[i];
    return total;
}

static bool start_sampler(subject *s)
{
    const wicki_target target = { s->problem->n, s->problem->limit, NULL };
    double q[W5_MOST];

    set(s, q);
    s->sampler = wicki_hmc_new(s->w, &target, WICK_METRIC_DIAGONAL, 10);
    if (s->sampler)
        s->sampler->step = s->problem->step;
    return s->sampler && wicki_hmc_start(s->sampler, q);
}

/* The first chain records the model, and counts the leapfrogs of those that follow. */
static bool start(subject *s, const problem *p, wick_math math)
{
    *s = (subject){ .problem = p, .math = math };
    s->w = wick_new(&(wick_options){ .seed = 5, .math = math });
    s->potential = wick_potential_new(s->w, p->model, NULL);
    s->mcmc = wick_mcmc_new(s->potential,
        &(wick_mcmc_options){
            .chains = 1, .warmup = WICK_NO_WARMUP, .samples = SAMPLES, .step_size = p->step });
    if (wick_mcmc_run(s->mcmc) && start_sampler(s)) {
        s->leapfrogs = total_leapfrogs(s->mcmc);
        return true;
    }
    fprintf(stderr, "w5: %s: %s\n", p->name, wick_message(s->w));
    return false;
}

static void stop(subject *s)
{
    wicki_hmc_free(s->sampler);
    wick_mcmc_free(s->mcmc);
    wick_potential_free(s->potential);
    wick_free(s->w);
}

/* --- is it the same? ---------------------------------------------------------------------------- */

static bool near(double got, double want, double tolerance)
{
    return fabs(got - want) <= tolerance * (1.0 + fabs(want));
}

static bool agree(const subject *s)
{
    double q[W5_MOST], got[W5_MOST], want[W5_MOST];
    bool good = true;

    for (size_t t = 0; t < TESTS; t++) {
        for (size_t i = 0; i < s->problem->n; i++)
            q[i] = 2.0 * sin(1.0 + (double)(t * s->problem->n + i));
        const double value = wick_potential_value(s->potential, q, got);
        good &= near(value, s->problem->limit(NULL, q, want), 1e-12);
        for (size_t i = 0; i < s->problem->n; i++)
            good &= near(got[i], want[i], 1e-11);
    }
    if (!good)
        fprintf(stderr, "w5: %s: wick and the limit differ\n", s->problem->name);
    return good;
}

/* --- the table ---------------------------------------------------------------------------------- */

static double run_once(void *arg)
{
    const bench_variant *v = arg;

    v->run(v->arg, 1);
    return 0.0;
}

static void measure(const char *name, size_t n, bench_variant *v)
{
    for (size_t i = 0; i < n; i++)
        v[i].peak_rss_kib = bench_alone(run_once, &v[i]).peak_rss_kib;
    bench_measure(n, v, 6.0);
    for (size_t i = 0; i < n; i++) {
        const double each = v[i].run == run_chain ? ((subject *)v[i].arg)->leapfrogs : 1.0;
        v[i].lower /= each;
        v[i].median /= each;
        v[i].upper /= each;
    }
    bench_print(name, n, v);
}

static bool run_problem(const problem *p)
{
    subject fast, portable;
    const bool started[] = { start(&fast, p, WICK_MATH_FAST),
        start(&portable, p, WICK_MATH_PORTABLE) };
    const bool good = started[0] && started[1] && agree(&fast) && agree(&portable);

    if (good) {
        measure(p->gradient_name, 3,
            (bench_variant[VARIANTS]){ { .name = "limit", .run = run_limit_gradient, .arg = &fast },
                { .name = "wick", .run = run_wick_gradient, .arg = &fast },
                { .name = "wick_portable", .run = run_wick_gradient, .arg = &portable } });
        measure(p->name, 4,
            (bench_variant[VARIANTS]){ { .name = "limit", .run = run_limit, .arg = &fast },
                { .name = "wick_nuts", .run = run_chain, .arg = &fast },
                { .name = "wick_nuts_portable", .run = run_chain, .arg = &portable },
                { .name = "wick_nuts_of_limit", .run = run_sampler, .arg = &fast } });
    }
    stop(&fast);
    stop(&portable);
    return good;
}

int main(void)
{
    bool good = true;

    for (size_t i = 0; i < sizeof PROBLEMS / sizeof *PROBLEMS; i++)
        good &= run_problem(&PROBLEMS[i]);
    return !good;
}
