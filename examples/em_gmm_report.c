/* What the EM example prints and writes. */
#include "em_gmm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/gmm_summary.h"

enum { SHOWN = 11 };

/* Components in the order of the clusters. */
static struct state matched(wick *w, const struct state *s)
{
    struct state copy = *s, truth = EM_GMM_TRUTH;
    gmm_mixture mixture = em_gmm_view(&copy), reference = em_gmm_view(&truth);
    size_t order[K];

    if (isfinite(gmm_match(w, &mixture, &reference, order)))
        gmm_reorder(w, &mixture, order);
    return copy;
}

static void print_state(const char *name, const struct state *s)
{
    for (size_t k = 0; k < K; k++) {
        printf("  %-12s %zu  %.4f", k == 0 ? name : "", k + 1, s->weights[k]);
        for (size_t j = 0; j < D; j++)
            printf("  %6.4f", s->loc[k * D + j]);
        for (size_t j = 0; j < D; j++)
            printf("  %8.4f", s->scale[k * D + j] * s->scale[k * D + j]);
        printf("\n");
    }
}

static void print_states(wick *w, const struct pair *p, bool with_truth)
{
    const struct state textbook = matched(w, em_gmm_end(&p->textbook));
    const struct state published = matched(w, em_gmm_end(&p->published));

    printf("                  weight  mean x  mean y  variance x, y\n");
    if (with_truth)
        print_state("drawn from", &EM_GMM_TRUTH);
    print_state("text", &textbook);
    print_state("code", &published);
}

static size_t nearest_cluster(const double *loc)
{
    const double *centre = EM_GMM_TRUTH.loc;
    size_t nearest = 0;
    double least = INFINITY;

    for (size_t k = 0; k < K; k++) {
        const double x = loc[0] - centre[k * D], y = loc[1] - centre[k * D + 1];
        if (x * x + y * y < least) {
            least = x * x + y * y;
            nearest = k;
        }
    }
    return nearest;
}

/* Where a bad optimum has too many components, and where none. */
static void print_shares(const struct state *s)
{
    size_t count[K] = { 0 };

    for (size_t k = 0; k < K; k++)
        count[nearest_cluster(s->loc + k * D)]++;
    printf("The means nearest to");
    for (size_t k = 0; k < K; k++)
        printf(" (%g, %g): %zu%s", EM_GMM_TRUTH.loc[k * D], EM_GMM_TRUTH.loc[k * D + 1], count[k],
            k + 1 < K ? "," : ".\n");
}

static void print_row(const struct pair *p, size_t i)
{
    const struct run *t = &p->textbook, *c = &p->published;

    printf("  %4zu", i);
    if (i <= t->iterations)
        printf("  %15.6f", t->states[i].log_likelihood);
    else
        printf("  %15s", "");
    if (i <= c->iterations)
        printf("  %15.6f  %12.6f", c->states[i].log_likelihood, c->states[i].cost);
    printf("\n");
}

static void print_iterations(const struct pair *p)
{
    const size_t t = p->textbook.iterations, c = p->published.iterations;
    const size_t last = t > c ? t : c, other = t > c ? c : t;

    printf("             text's              code's        code's\n"
           "        log-likelihood  log-likelihood          cost\n");
    for (size_t i = 0; i <= last; i++)
        if (i < SHOWN || i == other || i == last)
            print_row(p, i);
    printf("The text's %s after %zu iterations, the code's %s after %zu.\n",
        p->textbook.converged ? "ends" : "is cut off", t,
        p->published.converged ? "ends" : "is cut off", c);
}

static size_t count_bad(const struct results *r, bool published)
{
    size_t n = 0;

    for (size_t i = 0; i < r->starts; i++)
        n += em_gmm_ends_badly(r, published ? &r->pairs[i].published : &r->pairs[i].textbook);
    return n;
}

/* Iterations of the code that lowered the log-likelihood by more than rounding would. */
static size_t count_falls(const struct results *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->starts; i++) {
        const struct run *run = &r->pairs[i].published;
        for (size_t j = 0; j < run->iterations; j++)
            n += run->states[j + 1].log_likelihood < run->states[j].log_likelihood - 1e-6;
    }
    return n;
}

void em_gmm_print(wick *w, const struct results *r, double truth, double gradient)
{
    printf("%d points of three clusters; log-likelihood of the mixture they were drawn from: "
           "%.4f\n\n",
        N, truth);
    printf("EM by the document's text and by its code; the best of %zu start%s, seed %llu:\n",
        r->starts, r->starts > 1 ? "s" : "", (unsigned long long)r->best->textbook.seed);
    print_iterations(r->best);
    print_states(w, r->best, true);
    printf("Maximum by gradients (L-BFGS) from the same start: %.6f, by EM: %.6f.\n", gradient,
        em_gmm_end(&r->best->textbook)->log_likelihood);
    if (r->starts > 1)
        printf("\nOf %zu starts %zu by the text and %zu by the code end in another optimum.\n"
               "The code's log-likelihood fell in %zu iterations, the text's cannot fall.\n",
            r->starts, count_bad(r, false), count_bad(r, true), count_falls(r));
    if (!r->bad)
        return;
    printf("The best of those, seed %llu, log-likelihood %.4f:\n",
        (unsigned long long)r->bad->textbook.seed, em_gmm_end(&r->bad->textbook)->log_likelihood);
    print_states(w, r->bad, false);
    print_shares(em_gmm_end(&r->bad->textbook));
    printf("The document prints one of this kind: means (6.19, 1.81), (7.36, 7.63), (7.69, 7.51), "
           "weights\n0.7501, 0.1253, 0.1247.\n");
}

static void write_run(wick *w, wick_summary *s, const char *prefix, const struct run *run)
{
    const struct state last = matched(w, em_gmm_end(run));
    double variances[K * D];
    char key[60];

    for (size_t k = 0; k < K * D; k++)
        variances[k] = last.scale[k] * last.scale[k];
#define KEY(name) (snprintf(key, sizeof key, "%s_%s", prefix, name), key)
    wick_summary_count(s, KEY("seed"), run->seed);
    wick_summary_number(s, KEY("log_likelihood"), last.log_likelihood);
    wick_summary_count(s, KEY("iterations"), run->iterations);
    wick_summary_bool(s, KEY("converged"), run->converged);
    wick_summary_array(s, KEY("weights"), K, last.weights);
    wick_summary_matrix(s, KEY("means"), K, D, last.loc);
    wick_summary_matrix(s, KEY("variances"), K, D, variances);
#undef KEY
}

/* Where each start ended. */
static void write_starts(wick_summary *s, const char *key, const struct results *r, bool published)
{
    double *ends = calloc(r->starts, sizeof *ends);

    for (size_t i = 0; ends && i < r->starts; i++)
        ends[i] =
            em_gmm_end(published ? &r->pairs[i].published : &r->pairs[i].textbook)->log_likelihood;
    wick_summary_array(s, key, r->starts, ends);
    free(ends);
}

void em_gmm_write(wick *w, wick_summary *s, const struct results *r)
{
    write_starts(s, "textbook_log_likelihoods", r, false);
    write_starts(s, "published_log_likelihoods", r, true);
    wick_summary_count(s, "starts", r->starts);
    wick_summary_count(s, "best_start", (uint64_t)(r->best - r->pairs));
    wick_summary_count(s, "textbook_bad_starts", count_bad(r, false));
    wick_summary_count(s, "published_bad_starts", count_bad(r, true));
    write_run(w, s, "textbook", &r->best->textbook);
    write_run(w, s, "published", &r->best->published);
    if (r->bad) {
        write_run(w, s, "textbook_bad", &r->bad->textbook);
        write_run(w, s, "published_bad", &r->bad->published);
    }
}
