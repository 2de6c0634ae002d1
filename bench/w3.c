/*
 * W3, a Bayesian mixture of three Gaussians in the plane (the model of ProbFlow's example) with an
 * independent guide: a step on a minibatch of 1024 of 3072 points.
 */
#include "bench/random.h"
#include "bench/w3_limit.h"
#include "bench/workload.h"

#include <math.h>
#include <string.h>

enum { N = W3_N, BATCH = W3_BATCH, D = W3_D, K = W3_K };

static double points[N][D];

/* --- model and guide ---------------------------------------------------------------------------- */

static void model(wick *w, void *arg)
{
    wick_var mu = WICK_VAR_NONE, sigma = WICK_VAR_NONE;
    wick_var logits = wick_sample(w, "logits", wick_iid(wick_normal(0.0, 1.0), K));

    (void)arg;
    WICK_PLATE (w, "components", K) {
        mu = wick_sample(w, "mu", wick_iid(wick_normal(0.0, 1.0), D));
        sigma = wick_sample(w, "sigma", wick_iid(wick_lognormal(0.0, 1.0), D));
    }
    WICK_PLATE (w, "data", N, .subsample = BATCH) {
        wick_var z = wick_sample(w, "assignment", wick_categorical_logits(logits));
        wick_observe(w, "obs", wick_normal(wick_take(mu, z), wick_take(sigma, z)),
            wick_data(w, points[0], N * D, D));
    }
}

static wick_dist normal(wick *w, const char *loc, const char *scale, size_t n)
{
    return wick_normal(wick_param(w, loc, wick_init_fill(0.0, n), wick_real()),
        wick_param(w, scale, wick_init_fill(0.05, n), wick_positive()));
}

static wick_dist lognormal(wick *w, const char *loc, const char *scale, size_t n)
{
    return wick_lognormal(wick_param(w, loc, wick_init_fill(0.0, n), wick_real()),
        wick_param(w, scale, wick_init_fill(0.05, n), wick_positive()));
}

static void guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "logits", normal(w, "logits_loc", "logits_scale", K));
    WICK_PLATE (w, "components", K) {
        wick_sample(w, "mu", normal(w, "mu_loc", "mu_scale", D));
        wick_sample(w, "sigma", lognormal(w, "sigma_loc", "sigma_scale", D));
    }
}

/* --- the same draws for the limit --------------------------------------------------------------- */

/* What wick drew: the latent values, and which points. */
static double latent[W3_LATENT], chosen[BATCH];

static void watched_guide(wick *w, void *arg)
{
    const wick_trace *trace = wick_trace_run(w, (wick_program){ guide, arg });

    wick_trace_get(trace, "mu", latent + W3_MU, K * D);
    wick_trace_get(trace, "sigma", latent + W3_SIGMA, K * D);
    wick_trace_get(trace, "logits", latent + W3_LOGIT, K);
}

static void watched_model(wick *w, void *arg)
{
    model(w, arg);
    wick_get(wick_index(w, "data"), chosen, BATCH);
}

static double limit_gradient(const double *u, double *g)
{
    double draws[W3_LATENT];
    w3_batch batch;

    for (size_t i = 0; i < W3_LATENT; i++) {
        const double z = i >= W3_SIGMA && i < W3_LOGIT ? log(latent[i]) : latent[i];
        draws[i] = (z - u[i]) * exp(-u[W3_LATENT + i]);
    }
    for (size_t n = 0; n < BATCH; n++) {
        batch.x[n] = points[(size_t)chosen[n]][0];
        batch.y[n] = points[(size_t)chosen[n]][1];
    }
    return w3_limit_gradient(&batch, u, draws, g);
}

/* --- both --------------------------------------------------------------------------------------- */

static void draw_points(void)
{
    static const double MEAN[K][D] = { { 2.0, 0.0 }, { -2.0, -4.0 }, { -2.0, 4.0 } };
    uint64_t state = 13;

    for (size_t n = 0; n < N; n++)
        for (size_t d = 0; d < D; d++)
            points[n][d] = MEAN[n % K][d] + random_normal(&state);
}

static void start(double *u)
{
    w3_fit fit;

    w3_limit_start(&fit);
    memcpy(u, fit.u, sizeof fit.u);
}

static void run_limit(void *arg, size_t times)
{
    static w3_fit fit;

    (void)arg;
    if (fit.power1 == 0.0)
        w3_limit_start(&fit);
    for (size_t i = 0; i < times; i++)
        w3_limit_step(&fit, (const double(*)[D])points);
}

int main(void)
{
    const workload step = { .name = "W3",
        .seconds = 12.0,
        .model = { model, NULL },
        .guide = { guide, NULL },
        .watched_model = { watched_model, NULL },
        .watched_guide = { watched_guide, NULL },
        .parameters = { guide, NULL },
        .optim = wick_adam(.lr = 0.03),
        .list = { { "mu_loc", K * D }, { "sigma_loc", K * D }, { "logits_loc", K },
            { "mu_scale", K * D }, { "sigma_scale", K * D }, { "logits_scale", K } },
        .start = start,
        .limit_gradient = limit_gradient,
        .limit = run_limit };

    draw_points();
    return workload_run(&step);
}
