/*
 * Three fits of the same mixture: the document's, with drawn assignments; the same parameters with
 * the assignments summed out; and that with a Cholesky factor for a parameter. And closed-form EM,
 * from where they end, and from its own starts.
 */
#include "forum_em.h"

#include <math.h>
#include <stdio.h>

#include "models/gmm_em.h"
#include "models/gmm_predict.h"
#include "models/gmm_summary.h"

/* Log-likelihoods that differ by less are of the same optimum. */
static const double SAME = 0.05;

/* A fit has arrived at an optimum where EM adds no more than this to its log-likelihood and to any
 * coordinate of a mean. */
static const double NEAR = 1.0, NEAR_MEANS = 0.1;

/* --- fits ------------------------------------------------------------------------------------ */

static void run_steps(wick *w, const struct fit *f, double lr, wick_keep keep, double *losses)
{
    wick_svi *svi = wick_svi_new(w, f->model, f->guide,
        &(wick_svi_options){ .loss = f->loss, .optim = FORUM_ADAM(lr), .compile = true });

    wick_svi_run(svi,
        &(wick_svi_run_options){ .steps = f->steps,
            .rule = WICK_RULE_NONE,
            .keep = keep,
            .losses = losses,
            .n_losses = f->steps });
    wick_svi_free(svi);
}

/* The seed of the start, and its loss. */
static void start(wick *w, const struct example_options *o, struct fit *f)
{
    wick_svi *svi = wick_svi_new(
        w, f->model, f->guide, &(wick_svi_options){ .loss = f->loss, .compile = true });

    wick_params_clear(w);
    if (o->seed < 0)
        wick_multistart(svi, STARTS, NULL);
    else
        wick_set_seed(w, (uint64_t)o->seed);
    f->seed = wick_seed(w);
    f->initial_loss = wick_svi_evaluate(svi);
    wick_svi_free(svi);
}

static void read_end(wick *w, struct end *end)
{
    end->mixture = gmm_mixture_new(w, K, D, GMM_FULL);
    if (end->mixture)
        forum_read(w, end->mixture);
}

void forum_run_fit(wick *w, const struct example_options *o, struct fit *f)
{
    start(w, o, f);
    run_steps(w, f, FORUM_LR, WICK_KEEP_LAST, f->losses);
    read_end(w, &f->document);
    run_steps(w, f, 3.0 * FORUM_LR, WICK_KEEP_AVERAGE, NULL);
    read_end(w, &f->more);
}

/* --- closed-form EM -------------------------------------------------------------------------- */

static gmm gmm_of(const struct rows *r)
{
    return (gmm){ .components = K, .dimensions = D, .n = r->n, .x = r->x };
}

double forum_log_likelihood(wick *w, const struct rows *r, const gmm_mixture *m)
{
    const gmm data = gmm_of(r);

    return gmm_evaluate(w, m, &data).log_likelihood;
}

static double run_em(wick *w, const struct rows *r, gmm_em_options options, gmm_mixture *out)
{
    const gmm data = gmm_of(r);

    options.max_iterations = 20000;
    options.tolerance = 1e-12;
    return gmm_em_fit(w, &data, &options, out).log_likelihood;
}

/* Components in the order of the document's, of the mixture and of what EM makes of it. */
static void follow(wick *w, const struct rows *r, const gmm_mixture *truth, struct end *end)
{
    const gmm_em_options from_there = {
        .start = GMM_START_GIVEN, .given = end->mixture, .keep_collapsed = true
    };
    size_t order[K] = { 0 };

    gmm_match(w, end->mixture, truth, order);
    gmm_reorder(w, end->mixture, order);
    end->em = gmm_mixture_new(w, K, D, GMM_FULL);
    if (!end->em)
        return;
    end->log_likelihood = forum_log_likelihood(w, r, end->mixture);
    end->em_log_likelihood = run_em(w, r, from_there, end->em);
}

void forum_run_em(wick *w, const struct rows *r, struct fit *fits, struct reference *ref)
{
    const gmm_em_options restarts = { .restarts = STARTS };
    size_t order[K] = { 0 };

    wick_params_clear(w);
    wick_set_seed(w, 0);
    ref->truth = forum_truth(w);
    ref->best = gmm_mixture_new(w, K, D, GMM_FULL);
    if (wick_status(w) != WICK_OK)
        return;
    for (size_t i = 0; i < FITS; i++) {
        follow(w, r, ref->truth, &fits[i].document);
        follow(w, r, ref->truth, &fits[i].more);
    }
    ref->best_log_likelihood = run_em(w, r, restarts, ref->best);
    gmm_match(w, ref->best, ref->truth, order);
    gmm_reorder(w, ref->best, order);
    ref->truth_log_likelihood = forum_log_likelihood(w, r, ref->truth);
}

/* --- showing it ------------------------------------------------------------------------------ */

static double largest_difference(size_t n, const double *a, const double *b)
{
    double most = 0.0;

    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

static void print_end(const char *name, const struct end *end, const struct reference *ref)
{
    const double higher = end->em_log_likelihood - end->log_likelihood,
                 means = largest_difference(K * D, end->mixture->loc, end->em->loc),
                 below = ref->best_log_likelihood - end->em_log_likelihood;

    printf("  %-10s %.3f       %.3f       %.3f      %.3f           ", name, end->log_likelihood,
        end->em_log_likelihood, higher, means);
    if (fabs(below) < SAME)
        printf("the best optimum");
    else
        printf("another optimum, %.3f %s", fabs(below), below > 0.0 ? "lower" : "higher");
    printf(higher > NEAR || means > NEAR_MEANS ? "; not there yet\n" : "\n");
}

static void print_ends(const struct fit *fits, const struct reference *ref, bool more)
{
    printf("             log-likelihood  EM from there  higher by  means differ by  EM ends in\n");
    for (size_t i = 0; i < FITS; i++)
        print_end(fits[i].name, more ? &fits[i].more : &fits[i].document, ref);
}

static void print_mixture(const char *name, const gmm_mixture *m)
{
    double c[D * D];

    for (size_t k = 0; k < K; k++) {
        gmm_mixture_covariance(m, k, c);
        printf("  %-10s %.3f   %6.3f   %6.3f   %6.3f   %6.3f   %6.3f\n", k ? "" : name,
            m->weights[k], m->loc[k * D], m->loc[k * D + 1], c[0], c[1], c[3]);
    }
}

static void print_mixtures(const struct fit *fits, const struct reference *ref)
{
    printf("\n             weight  mean x   mean y   var x    cov      var y\n");
    for (size_t i = 0; i < FITS; i++)
        print_mixture(fits[i].name, fits[i].more.mixture);
    print_mixture("best EM", ref->best);
    print_mixture("generating", ref->truth);
    printf("  The weights differ from the generating ones by up to");
    for (size_t i = 0; i < FITS; i++)
        printf("%s %.3f (%s)", i ? "," : "",
            largest_difference(K, fits[i].more.mixture->weights, ref->truth->weights),
            fits[i].name);
    printf("\n");
}

void forum_print_fits(const struct fit *fits, const struct reference *ref)
{
    printf(
        "\nSecond attempt: the M step of EM as a loss, at drawn assignments; best of %d starts\n",
        STARTS);
    printf(
        "seed = %llu, initial_loss = %.6f\n", (unsigned long long)fits->seed, fits->initial_loss);
    for (size_t i = MARGINAL; i < FITS; i++)
        printf("beside it %s, %s: seed %llu, initial loss %.6f\n", fits[i].name,
            i == MARGINAL ? "the assignments summed out" : "and scale_tril a parameter",
            (unsigned long long)fits[i].seed, fits[i].initial_loss);
    printf("\nAfter the document's %zu steps\n", fits->steps);
    print_ends(fits, ref, false);
    printf("After %zu more at the rate %g, the parameters averaged\n", fits->steps, 3.0 * FORUM_LR);
    print_ends(fits, ref, true);
    printf("  best EM    %.3f       of %d restarts\n", ref->best_log_likelihood, STARTS);
    printf("  generating %.3f\n", ref->truth_log_likelihood);
    print_mixtures(fits, ref);
}
