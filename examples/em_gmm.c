/*
 * Angus Turner's "Gaussian Mixture Models in PyTorch": expectation maximisation for three normals in
 * the plane, with diagonal covariances.
 *
 * Points are drawn from three clusters, of 500, 500 and 1000. EM starts from three of the points as
 * means, variances 1 and equal weights, and ends where the log-likelihood stops rising
 * (models/gmm_em.h); it cannot fall. Some starts end in an optimum that is not the best: the document
 * prints one, so here are 20 starts, and the best one wins.
 *
 * The document's code does not do what its text says: see em_gmm_published.c. It runs here from the
 * same starts; with --as-published the pictures are those of it.
 */
#include "em_gmm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/gmm_fit.h"
#include "models/gmm_predict.h"

enum { STARTS = 20, PUBLISHED_ITERATIONS = 50 };

/* A fit that is worse than the best by more than this log-likelihood is in another optimum; fits that
 * differ by less than the second are alike. */
static const double SAME_OPTIMUM = 1.0, ALIKE = 1e-3;

/* --- fits ------------------------------------------------------------------------------------ */

static void fit_pair(
    wick *w, const gmm *m, const struct example_options *o, uint64_t seed, struct pair *p)
{
    const size_t most = o->steps < PUBLISHED_ITERATIONS ? o->steps : PUBLISHED_ITERATIONS;

    p->textbook.seed = p->published.seed = seed;
    em_gmm_begin(w, m, seed, p->textbook.states);
    p->published.states[0] = p->textbook.states[0];
    em_gmm_textbook(w, m, o->steps, &p->textbook);
    em_gmm_published(w, m, most, &p->published);
}

const struct state *em_gmm_end(const struct run *run)
{
    return &run->states[run->iterations];
}

static double reached(const struct pair *p)
{
    return em_gmm_end(&p->textbook)->log_likelihood;
}

/* Of fits that end alike the first is the best. */
static bool is_better(const struct pair *a, const struct pair *b)
{
    return reached(a) > reached(b) + ALIKE;
}

bool em_gmm_ends_badly(const struct results *r, const struct run *run)
{
    return em_gmm_end(run)->log_likelihood < reached(r->best) - SAME_OPTIMUM;
}

static void fit_all(wick *w, const struct example_options *o, struct pair *pairs, struct results *r)
{
    r->best = pairs;
    for (size_t i = 0; i < r->starts && wick_status(w) == WICK_OK; i++) {
        fit_pair(w, r->m, o, o->seed < 0 ? i + 1 : (uint64_t)o->seed, &pairs[i]);
        if (is_better(&pairs[i], r->best))
            r->best = &pairs[i];
    }
    for (size_t i = 0; i < r->starts; i++)
        if (em_gmm_ends_badly(r, &pairs[i].textbook) && (!r->bad || is_better(&pairs[i], r->bad)))
            r->bad = &pairs[i];
}

/* The maximum by L-BFGS through the tape, from the best start. */
static double gradient_fit(wick *w, const struct results *r)
{
    struct state s = r->best->textbook.states[0];
    gmm_mixture mixture = em_gmm_view(&s);
    gmm_fit_result result = { .log_likelihood = NAN };

    gmm_gradient_fit(w, r->m, &(gmm_fit_options){ .given = &mixture }, &mixture, &result);
    return result.log_likelihood;
}

/* --- a case to work out by hand --------------------------------------------------------------- */

static void show_small(wick *w, wick_summary *s, bool quiet)
{
    double log_likelihood[3] = { NAN, NAN, NAN };
    gmm_mixture *mixture = NULL;

    for (size_t i = 0; i < 3 && wick_status(w) == WICK_OK; i++) {
        gmm_mixture_free(mixture);
        mixture = gmm_mixture_new(w, 2, 1, GMM_DIAGONAL);
        if (mixture)
            log_likelihood[i] = em_gmm_by_hand(w, i, mixture);
    }
    if (mixture && !quiet)
        printf("\nBy hand: 0, 1, 10, 11, 12 from means 0 and 10. Log-likelihood %.9f, after one\n"
               "iteration %.9f, after two %.9f; then means %.4f, %.4f, variances\n"
               "%.6f, %.6f, weights %.4f, %.4f.\n",
            log_likelihood[0], log_likelihood[1], log_likelihood[2], mixture->loc[0],
            mixture->loc[1], mixture->scale[0] * mixture->scale[0],
            mixture->scale[1] * mixture->scale[1], mixture->weights[0], mixture->weights[1]);
    wick_summary_array(s, "by_hand_log_likelihood", 3, log_likelihood);
    gmm_mixture_free(mixture);
}

/* --- the whole ------------------------------------------------------------------------------- */

static void show(wick *w, const struct example_options *o, const struct results *r)
{
    struct state truth = EM_GMM_TRUTH;
    const gmm_mixture drawn_from = em_gmm_view(&truth);

    const double true_log_likelihood = gmm_evaluate(w, &drawn_from, r->m).log_likelihood;
    const double gradient = gradient_fit(w, r);
    if (wick_status(w) != WICK_OK)
        return;
    if (!o->quiet)
        em_gmm_print(w, r, true_log_likelihood, gradient);
    wick_summary *s = wick_summary_new(w, example_path(o, "summary.json"));
    wick_summary_number(s, "true_log_likelihood", true_log_likelihood);
    wick_summary_number(s, "gradient_log_likelihood", gradient);
    em_gmm_write(w, s, r);
    show_small(w, s, o->quiet);
    wick_summary_close(s);
    em_gmm_draw(w, o, r);
}

/* --- memory ---------------------------------------------------------------------------------- */

static void free_pairs(struct pair *pairs, size_t n)
{
    for (size_t i = 0; pairs && i < n; i++) {
        free(pairs[i].textbook.states);
        free(pairs[i].published.states);
    }
    free(pairs);
}

static struct pair *new_pairs(size_t n, size_t steps)
{
    struct pair *pairs = calloc(n, sizeof *pairs);
    bool ok = pairs != NULL;

    for (size_t i = 0; ok && i < n; i++) {
        pairs[i].textbook.states = calloc(steps + 1, sizeof *pairs[i].textbook.states);
        pairs[i].published.states =
            calloc(PUBLISHED_ITERATIONS + 1, sizeof *pairs[i].published.states);
        ok = pairs[i].textbook.states && pairs[i].published.states;
    }
    if (ok)
        return pairs;
    free_pairs(pairs, n);
    return NULL;
}

int main(int argc, char **argv)
{
    static double x[N * D];
    const gmm m = { .components = K, .dimensions = D, .covariance = GMM_DIAGONAL, .n = N, .x = x };
    struct example_options o = { .name = "em_gmm",
        .about = "Fits a mixture of three Gaussians by expectation maximisation.",
        .seed = -1,
        .steps = 1000,
        .out = "em_gmm",
        .flag = "as-published",
        .flag_about = "pictures of what the document's code does, not of its text" };

    example_read_options(&o, argc, argv);
    struct results r = { .m = &m, .starts = o.seed < 0 ? STARTS : 1 };
    struct pair *pairs = new_pairs(r.starts, o.steps);
    wick *w = pairs ? wick_new(&(wick_options){ .math = WICK_MATH_PORTABLE }) : NULL;
    r.pairs = pairs;
    if (w) {
        em_gmm_data(w, x);
        fit_all(w, &o, pairs, &r);
    }
    if (wick_status(w) == WICK_OK)
        show(w, &o, &r);

    const bool failed = wick_status(w) != WICK_OK;
    if (failed)
        fprintf(stderr, "em_gmm: %s\n", wick_message(w));
    wick_free(w);
    free_pairs(pairs, r.starts);
    return failed;
}
