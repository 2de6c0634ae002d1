/* The variational posterior of a Gaussian mixture: gmm_vb_fit. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

#include "models/gmm_fitting.h"
#include "models/matrix.h"

static bool has_posterior(wick *w, const gmm_prior *prior)
{
    if (prior && (prior->flat || (prior->shrinkage == 0.0 && signbit(prior->shrinkage))))
        wick_fail(w, WICK_ERR_ARGUMENT,
            "gmm_vb_fit: a flat prior, for which a component without rows has no posterior; need "
            "a shrinkage above 0");
    return wick_status(w) == WICK_OK;
}

/* About the posterior standard deviation of a coordinate, in units of what is within components. */
static double width(const gmm_fitting *f)
{
    double rows = 0.0;

    for (size_t i = 0; i < f->m->n; i++)
        rows += f->m->row_weights ? f->m->row_weights[i] : 1.0;
    return sqrt((double)f->m->components / (rows + (double)f->m->components));
}

/* The harmonic mean over components of the variance of a column. */
static void variances_within(const gmm_mixture *m, double *scratch, double *out)
{
    const size_t d = m->dimensions;
    double mean = 0.0;

    for (size_t j = 0; j < d; j++)
        out[j] = 0.0;
    for (size_t k = 0; k < m->components; k++) {
        gmm_mixture_covariance(m, k, scratch);
        for (size_t j = 0; j < d; j++)
            out[j] += m->weights[k] / scratch[j * d + j];
    }
    for (size_t j = 0; j < d; j++)
        mean += (out[j] = 1.0 / out[j]) / (double)d;
    for (size_t j = 0; j < d && m->covariance == GMM_SPHERICAL; j++)
        out[j] = mean;
}

/* The spread within components is the unit from here on. */
static bool rescale(gmm_fitting *f)
{
    const size_t d = f->m->dimensions;
    double *scratch = matrix_doubles(f->w, d * d), *factor = matrix_doubles(f->w, d);

    if (scratch && factor) {
        variances_within(f->best, scratch, factor);
        for (size_t j = 0; j < d; j++)
            factor[j] = sqrt(factor[j]);
        gmm_units_leave(f->units, f->best, true);
        gmm_units_rescale(f->units, factor);
        gmm_units_enter(f->units, f->best);
    }
    free(scratch);
    free(factor);
    return wick_status(f->w) == WICK_OK;
}

/* Locs of the guide move by parts of what they are uncertain by, its scales by parts of themselves. */
static wick_optim vb_optim(const char *param, void *arg)
{
    const gmm_fitting *f = arg;
    const bool locs = strstr(param, ".locs.") || strstr(param, "Normal.loc");
    const double wide = width(f);

    if (locs)
        return wick_adam(.lr = 0.1 * wide);
    return wick_adam(.lr = f->options->full_rank ? fmin(0.003, 0.2 * wide) : 0.02);
}

static wick_svi_result ascend(gmm_fitting *f, const gmm_bayes *bayes, wick_program guide)
{
    const gmm_fit_options *o = f->options;
    const uint64_t steps = o->vb_steps ? o->vb_steps : 3000;
    wick_svi *svi = wick_svi_new(f->own, gmm_bayes_model(bayes), guide,
        &(wick_svi_options){ .loss = wick_trace_enum_elbo,
            .optim_for = vb_optim,
            .optim_arg = f,
            .schedule = { .decay = WICK_DECAY_COSINE, .steps = steps, .factor = 0.02 },
            .compile = true,
            .threads = o->threads });
    const wick_svi_result r = wick_svi_run(svi,
        &(wick_svi_run_options){ .steps = steps,
            .rule = WICK_RULE_NONE,
            .keep = WICK_KEEP_AVERAGE,
            .callback = o->callback ? gmm_fitting_step : NULL,
            .callback_arg = f });

    wick_svi_free(svi);
    return r;
}

/* Means and deviations to f->best and f->now. */
static bool fit_posterior(gmm_fitting *f, wick_guide *guide)
{
    const size_t draws = f->options->draws ? f->options->draws : 1000;
    gmm_units *u = f->units;
    gmm batches = u->m;
    const gmm_bayes bayes = { &batches, u->prior };

    batches.batch = f->m->batch;
    batches.indices = f->m->indices;
    f->calls = f->result.starts;
    const wick_svi_result r = ascend(f, &bayes, wick_guide_program(guide));
    if (wick_status(f->own) != WICK_OK || !gmm_bayes_moments(f->own, guide, draws, f->best, f->now))
        return gmm_fitting_pass_on(f);
    const wick_guide_check check = wick_check_guide(f->own, gmm_bayes_model(&f->bayes),
        wick_guide_program(guide), &(wick_check_options){ .draws = draws });
    f->result.elbo = check.elbo;
    f->result.elbo_se = check.elbo_se;
    f->result.k = check.k;
    f->result.steps = r.steps;
    snprintf(f->result.verdict, sizeof f->result.verdict, "%s", r.verdict);
    return gmm_fitting_pass_on(f);
}

static bool fit_around_mode(gmm_fitting *f)
{
    gmm_bayes_start *start = gmm_bayes_start_new(f->own, f->best);
    const wick_auto_options options = {
        .init = wick_init_to_value, .init_arg = gmm_bayes_init_arg(start), .init_scale = width(f)
    };

    wick_params_clear(f->own);
    wick_guide *guide = f->options->full_rank
        ? wick_auto_multivariate_normal_new(f->own, gmm_bayes_model(&f->bayes), &options)
        : wick_auto_normal_new(f->own, gmm_bayes_model(&f->bayes), &options);
    const bool ok = guide && fit_posterior(f, guide);
    wick_guide_free(guide);
    gmm_bayes_start_free(start);
    return ok;
}

bool gmm_vb_fit(wick *w, const gmm *m, const gmm_prior *prior, const gmm_fit_options *options,
    gmm_mixture *mean, gmm_mixture *sd, gmm_fit_result *result)
{
    gmm_fitting f = {
        .function = "gmm_vb_fit", .w = w, .m = m, .options = options, .priors = true
    };
    const bool ok = gmm_fitting_begin(&f, prior, mean) && (!sd || gmm_fits(w, f.function, m, sd)) &&
        has_posterior(w, prior) && gmm_fitting_starts(&f) && rescale(&f) && fit_around_mode(&f);

    if (ok) {
        const double scaled = gmm_fitting_log_likelihood(&f, &f.units->m, f.best);
        gmm_units_leave(f.units, f.best, true);
        gmm_units_leave(f.units, f.now, false);
        f.result.log_likelihood = gmm_fitting_log_likelihood(&f, m, f.best);
        f.result.elbo += f.result.log_likelihood - scaled; /* densities in units of the data */
    }
    if (ok && sd && wick_status(f.own) == WICK_OK)
        gmm_mixture_assign(sd, f.now);
    return gmm_fitting_end(&f, ok, mean, result);
}
