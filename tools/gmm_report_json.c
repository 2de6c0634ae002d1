#include <stdio.h>
#include <stdlib.h>

#include "gmm_report.h"

/* "bic_full": by the number of components, from the fewest; null where a fit failed. */
static void add_criteria(
    wick *w, wick_summary *s, const struct tool_fit *fits, size_t n, double *values)
{
    static const char *const NAMES[] = { "log_likelihood", "bic", "aic", "icl" };
    const char *form = gmm_covariance_name(fits->covariance);

    for (size_t j = 0; j < 4; j++) {
        for (size_t i = 0; i < n; i++) {
            const gmm_evaluation *e = &fits[i].evaluation;
            const double of[] = { e->log_likelihood, e->bic, e->aic, e->icl };
            values[i] = of[j];
        }
        wick_summary_array(s, wick_name(w, "%s_%s", NAMES[j], form), n, values);
    }
}

static void add_fits(wick *w, wick_summary *s, const struct tool_report *r)
{
    const size_t n = r->options->most - r->options->fewest + 1;
    double *values = calloc(n, sizeof *values);

    wick_summary_count(s, "fewest_components", r->options->fewest);
    for (size_t i = 0; values && i < r->fits->n; i += n)
        add_criteria(w, s, r->fits->fits + i, n, values);
    free(values);
}

static void add_mixture(wick *w, wick_summary *s, const gmm_mixture *m)
{
    const size_t k = m->components, d = m->dimensions;
    double *covariance = calloc(d * d, sizeof *covariance);

    wick_summary_array(s, "weights", k, m->weights);
    wick_summary_matrix(s, "means", k, d, m->loc);
    for (size_t i = 0; covariance && i < k; i++) {
        gmm_mixture_covariance(m, i, covariance);
        wick_summary_matrix(s, wick_name(w, "covariance_%zu", i), d, d, covariance);
    }
    free(covariance);
}

static void add_best(wick *w, wick_summary *s, const struct tool_report *r)
{
    const struct tool_fit *best = tool_report_best(r);

    wick_summary_text(s, "covariance", gmm_covariance_name(best->covariance));
    wick_summary_count(s, "components", best->components);
    wick_summary_number(s, "log_likelihood", best->evaluation.log_likelihood);
    wick_summary_count(s, "parameters", best->evaluation.parameters);
    wick_summary_number(s, "bic", best->evaluation.bic);
    wick_summary_number(s, "aic", best->evaluation.aic);
    wick_summary_number(s, "icl", best->evaluation.icl);
    if (r->options->method == METHOD_VB) {
        wick_summary_number(s, "elbo", best->elbo);
        wick_summary_number(s, "k_hat", best->k);
    }
    wick_summary_bool(s, "converged", best->converged);
    wick_summary_bool(s, "collapsed", best->collapsed);
    wick_summary_count(s, "iterations", best->iterations);
    wick_summary_count(s, "starts", best->starts);
    wick_summary_count(s, "best_starts", best->best_found);
    add_mixture(w, s, best->mixture);
}

bool tool_report_summary(wick *w, const char *path, void *report)
{
    const struct tool_report *r = report;
    wick_summary *s = wick_summary_new(w, path);

    tool_data_summary(s, r->options, r->data);
    wick_summary_text(s, "method", tool_method_name(r->options->method));
    wick_summary_count(s, "seed", r->options->seed);
    add_fits(w, s, r);
    add_best(w, s, r);
    wick_summary_count(s, "findings", r->n_findings);
    for (size_t i = 0; i < r->n_findings; i++)
        wick_summary_text(s, wick_name(w, "finding_%zu", i), r->findings[i]);
    return wick_summary_close(s);
}
