/* The fits of the EM example: its data, its starts, EM as the text has it. */
#include "em_gmm.h"

#include <math.h>

#include "models/gmm_em.h"

enum { SMALL = 5 };

/* An iteration that adds no more than this to the log-likelihood per point is the last. */
static const double TOLERANCE = 1e-10;

/* Square roots of the variances (1.2, 0.8), (0.75, 0.5), (0.6, 0.8). */
const struct state EM_GMM_TRUTH = { .weights = { 0.25, 0.25, 0.5 },
    .loc = { 2.5, 2.5, 7.5, 7.5, 8.0, 1.5 },
    .scale = { 1.0954451150103321, 0.89442719099991586, 0.8660254037844386, 0.70710678118654757,
        0.7745966692414834, 0.89442719099991586 } };

gmm_mixture em_gmm_view(struct state *s)
{
    return (gmm_mixture){ .components = K,
        .dimensions = D,
        .covariance = GMM_DIAGONAL,
        .weights = s->weights,
        .loc = s->loc,
        .scale = s->scale };
}

void em_gmm_data(wick *w, double *x)
{
    const struct state *t = &EM_GMM_TRUTH;

    for (size_t i = 0; i < N; i++) {
        const size_t k = i < N / 4 ? 0 : i < N / 2 ? 1 : 2;
        for (size_t j = 0; j < D; j++)
            x[i * D + j] = t->loc[k * D + j] + t->scale[k * D + j] * wick_draw_normal(w);
    }
}

void em_gmm_begin(wick *w, const gmm *m, uint64_t seed, struct state *s)
{
    size_t rows[K];

    wick_set_seed(w, seed);
    wick_draw_choice(w, m->n, K, rows);
    for (size_t k = 0; k < K && wick_status(w) == WICK_OK; k++) {
        s->weights[k] = 1.0 / K;
        for (size_t j = 0; j < D; j++) {
            s->loc[k * D + j] = m->x[rows[k] * D + j];
            s->scale[k * D + j] = 1.0;
        }
    }
}

static bool record(
    const gmm_mixture *mixture, size_t start, size_t iteration, double log_likelihood, void *arg)
{
    struct run *run = arg;
    struct state *next = &run->states[iteration + 1];
    gmm_mixture view = em_gmm_view(next);

    (void)start;
    run->states[iteration].log_likelihood = log_likelihood;
    gmm_mixture_assign(&view, mixture);
    return true;
}

void em_gmm_textbook(wick *w, const gmm *m, size_t most, struct run *run)
{
    struct state last = run->states[0];
    gmm_mixture mixture = em_gmm_view(&last);

    const gmm_em_result r = gmm_em_fit(w, m,
        &(gmm_em_options){ .start = GMM_START_GIVEN,
            .given = &mixture,
            .max_iterations = most,
            .tolerance = TOLERANCE,
            .keep_collapsed = true,
            .callback = record,
            .callback_arg = run },
        &mixture);
    run->iterations = r.iterations;
    run->converged = r.converged;
    run->states[r.iterations].log_likelihood = r.log_likelihood;
}

double em_gmm_by_hand(wick *w, size_t iterations, gmm_mixture *out)
{
    static const double X[SMALL] = { 0.0, 1.0, 10.0, 11.0, 12.0 };
    double log_likelihood = NAN;

    out->loc[1] = 10.0;
    gmm_em *em = gmm_em_new(w, out, NULL);
    for (size_t i = 0; i <= iterations && gmm_em_push(em, SMALL, X, NULL); i++) {
        gmm_mixture_assign(out, gmm_em_mixture(em));
        log_likelihood = gmm_em_update(em, 0.0);
    }
    gmm_em_free(em);
    return log_likelihood;
}
