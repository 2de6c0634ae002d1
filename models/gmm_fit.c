#include "models/gmm_fit.h"

#include <math.h>

#include "models/gmm_fitting.h"

static double log_posterior(const gmm_fitting *f, const gmm_prior *prior, const gmm_mixture *at)
{
    gmm all = *f->m;
    const gmm_bayes bayes = { &all, prior ? *prior : (gmm_prior){ .flat = false } };
    double value = NAN;

    all.batch = 0;
    all.indices = NULL;
    wick_params_clear(f->own);
    gmm_bayes_start *start = gmm_bayes_start_new(f->own, at);
    wick_guide *guide = wick_auto_delta_new(f->own, gmm_bayes_model(&bayes),
        &(wick_auto_options){ .init = wick_init_to_value, .init_arg = gmm_bayes_init_arg(start) });
    if (guide)
        value = gmm_fitting_evaluate(f, gmm_bayes_model(&bayes), wick_guide_program(guide));
    wick_guide_free(guide);
    gmm_bayes_start_free(start);
    return value;
}

/* --- maximum likelihood and the mode ----------------------------------------------------------- */

bool gmm_gradient_fit(
    wick *w, const gmm *m, const gmm_fit_options *options, gmm_mixture *out, gmm_fit_result *result)
{
    gmm_fitting f = { .function = "gmm_gradient_fit", .w = w, .m = m, .options = options };
    const bool ok = gmm_fitting_begin(&f, NULL, out) && gmm_fitting_starts(&f);

    if (ok) {
        gmm_units_leave(f.units, f.best, true);
        f.result.log_likelihood = gmm_fitting_log_likelihood(&f, m, f.best);
    }
    return gmm_fitting_end(&f, ok, out, result);
}

bool gmm_map_fit(wick *w, const gmm *m, const gmm_prior *prior, const gmm_fit_options *options,
    gmm_mixture *out, gmm_fit_result *result)
{
    gmm_fitting f = {
        .function = "gmm_map_fit", .w = w, .m = m, .options = options, .priors = true
    };
    const bool ok = gmm_fitting_begin(&f, prior, out) && gmm_fitting_starts(&f);

    if (ok) {
        gmm_units_leave(f.units, f.best, true);
        f.result.log_likelihood = gmm_fitting_log_likelihood(&f, m, f.best);
        if (!prior || !prior->flat)
            f.result.log_posterior = log_posterior(&f, prior, f.best);
    }
    return gmm_fitting_end(&f, ok, out, result);
}
