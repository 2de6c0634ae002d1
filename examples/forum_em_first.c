/*
 * The first attempt, and why it cannot work.
 *
 * Its model reads no parameters, and all its components are the same: the log-density of rows and
 * assignments is one number, whatever the guide draws. The ELBO is that number plus the entropy of
 * the assignments. Nothing pulls the components to the data; they learn to be equal.
 */
#include "forum_em.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/gmm_em.h"
#include "models/gmm_predict.h"
#include "models/gmm_summary.h"

/* What counts as the same component in the end: closer than one standard deviation. */
static const double CLOSE = 1.0;

static const char *const PARAM[PARAMS] = { "weights", "means", "chol_factor", "scale_diag" };

/* --- numbers of the end ---------------------------------------------------------------------- */

static double one_normal(wick *w, const struct rows *r)
{
    gmm_mixture *m = gmm_mixture_new(w, 1, D, GMM_FULL);
    double value = NAN;

    if (m)
        value =
            gmm_em_fit(w, &(gmm){ .components = 1, .dimensions = D, .n = r->n, .x = r->x }, NULL, m)
                .log_likelihood;
    gmm_mixture_free(m);
    return value;
}

/* exp of the mean over rows of -sum_k r_k log r_k */
static double perplexity(wick *w, const struct rows *r, const gmm_mixture *m)
{
    double *p = calloc(r->n * K, sizeof *p), entropy = 0.0;

    if (p && gmm_predict(w, m, r->n, r->x, &(gmm_prediction){ .responsibilities = p }))
        for (size_t i = 0; i < r->n * K; i++)
            entropy -= p[i] > 0.0 ? p[i] * log(p[i]) : 0.0;
    free(p);
    return exp(entropy / (double)r->n);
}

/* --- what depends on what -------------------------------------------------------------------- */

/* Which parameters the model meets, and the gradient of log p(z, x), z drawn by the guide, which is
 * returned. */
static double find_dependence(
    wick *w, wick_program model, wick_program guide, struct dependence *out)
{
    wick_svi *svi = wick_svi_new(w, model, guide,
        &(wick_svi_options){ .loss = forum_em_loss, .optim = wick_sgd(.lr = WICK_ZERO) });
    const double loss = wick_svi_step(svi);

    for (size_t i = 0; i < PARAMS; i++)
        out[i].gradient = wick_svi_gradient_norm(svi, PARAM[i]);
    wick_svi_free(svi);
    wick_reset(w);
    const wick_trace *trace = wick_trace_run(w, model);
    for (size_t i = 0; i < PARAMS; i++) {
        const wick_site *site = wick_trace_find(trace, PARAM[i]);
        out[i].met = site && site->type == WICK_PARAM;
    }
    return -loss;
}

/* --- the fit, and what is looked at ---------------------------------------------------------- */

static void train(wick *w, wick_program model, wick_program guide, struct first *f)
{
    wick_svi *svi = wick_svi_new(w, model, guide,
        &(wick_svi_options){
            .loss = wick_trace_elbo, .optim = FORUM_ADAM(FORUM_LR), .compile = true });

    wick_svi_run(svi,
        &(wick_svi_run_options){ .steps = f->steps,
            .rule = WICK_RULE_NONE,
            .keep = WICK_KEEP_LAST,
            .losses = f->losses,
            .n_losses = f->steps });
    wick_svi_free(svi);
}

void forum_run_first(wick *w, const struct example_options *o, struct rows *r, struct first *f)
{
    const wick_program model = { forum_first_model, r }, second = { forum_model, r },
                       guide = { forum_guide, r };

    wick_params_clear(w);
    wick_set_seed(w, f->seed = o->seed < 0 ? 0 : (uint64_t)o->seed);
    f->constant = find_dependence(w, model, guide, f->first);
    find_dependence(w, second, guide, f->second);
    train(w, model, guide, f);
    f->mixture = gmm_mixture_new(w, K, D, GMM_FULL);
    if (!f->mixture)
        return;
    forum_read(w, f->mixture);
    f->log_likelihood = forum_log_likelihood(w, r, f->mixture);
    f->one_normal = one_normal(w, r);
    f->perplexity = perplexity(w, r, f->mixture);
    forum_density(w, f->mixture, f->density);
}

/* --- showing it ------------------------------------------------------------------------------ */

static void print_dependence(const struct first *f)
{
    printf("                first model      second model, which reads them\n");
    printf(
        "  in the guide  read  gradient   read  gradient  of log p(assignment, obs): norms at the "
        "start\n");
    for (size_t i = 0; i < PARAMS; i++)
        printf("  %-12s  %-4s  %-9.6g  %-4s  %.6g\n", PARAM[i], f->first[i].met ? "yes" : "no",
            f->first[i].gradient, f->second[i].met ? "yes" : "no", f->second[i].gradient);
}

static void print_findings(wick *w, const struct rows *r, const struct first *f)
{
    const gmm data = { .dimensions = D, .n = r->n, .x = r->x };
    gmm_findings *found =
        gmm_diagnose(w, f->mixture, &data, &(gmm_diagnose_options){ .divergence = CLOSE });

    for (size_t i = 0; found && i < found->n; i++) {
        const gmm_finding *finding = &found->list[i];
        printf("%s component %zu is %s", i ? "," : " ", finding->component,
            gmm_finding_name(finding->kind));
        if (finding->kind == GMM_FINDING_DUPLICATED)
            printf(" (with %zu, divergence %.2f)", finding->other, finding->value);
    }
    printf(found && found->n > 0 ? "\n" : " no component is like another\n");
    gmm_findings_free(found);
}

void forum_print_first(wick *w, const struct rows *r, const struct first *f)
{
    const size_t modes = forum_modes(f->density);

    printf("\nFirst attempt: trace ELBO, %zu steps, seed %llu\n", f->steps,
        (unsigned long long)f->seed);
    print_dependence(f);
    printf(
        "  log p(assignment, obs) is %.3f whatever the parameters and the assignments: all that\n"
        "  is left to learn is to make the assignments equally likely. The loss went from %.1f to\n"
        "  %.1f; its minimum is %.3f. The assignments are as uncertain now as %.2f equally\n"
        "  likely ones out of %d; the density has %zu mode%s, and of its components:\n  ",
        f->constant, f->losses[0], f->losses[f->steps - 1], -f->constant - (double)r->n * log(K),
        f->perplexity, K, modes, modes == 1 ? "" : "s");
    print_findings(w, r, f);
    printf(
        "  Nothing drew them to the data: the log-likelihood is %.1f, that of one normal %.1f.\n",
        f->log_likelihood, f->one_normal);
    printf("  weight   mean x   mean y\n");
    for (size_t k = 0; k < K; k++)
        printf("  %.4f  %7.3f  %7.3f\n", f->mixture->weights[k], f->mixture->loc[k * D],
            f->mixture->loc[k * D + 1]);
}
