/*
 * EM as the code of the document has it, which differs from its text in the E step, without the
 * components' prior weights, and in when to stop: by the mean log-density of all points under all
 * components, which is no likelihood of anything.
 */
#include "em_gmm.h"

#include <math.h>
#include <stdlib.h>

#include <wick/extend.h>

#include "models/gmm_predict.h"

/* As published. */
static const double TINY_COUNT = 1e-6, LEAST_VARIANCE = 1e-6, LEAST_CHANGE = 1e-5;

static const double LOG_2PI = 1.8378770664093454836;

/* The mean of log normal(x_i; loc_k, variance_k) over all i and k. */
static double cost_of(const gmm *m, const struct state *s)
{
    double sum = 0.0;

    for (size_t k = 0; k < K * D; k++) {
        const double variance = s->scale[k] * s->scale[k];
        double squares = 0.0;
        for (size_t i = 0; i < m->n; i++) {
            const double z = m->x[i * D + k % D] - s->loc[k];
            squares += z * z;
        }
        sum -= 0.5 * (squares / variance + (double)m->n * (log(variance) + LOG_2PI));
    }
    return sum / (double)(K * m->n);
}

/* The weights are left out: those of a mixture with equal weights. */
static bool expect(wick *w, const gmm *m, const struct state *s, double *responsibilities)
{
    struct state equal = *s;
    const gmm_mixture mixture = em_gmm_view(&equal);

    for (size_t k = 0; k < K; k++)
        equal.weights[k] = 1.0 / K;
    return gmm_predict(
        w, &mixture, m->n, m->x, &(gmm_prediction){ .responsibilities = responsibilities });
}

static void maximise_column(
    const gmm *m, const double *r, size_t k, size_t j, double count, struct state *s)
{
    double sum = 0.0, squares = 0.0;

    for (size_t i = 0; i < m->n; i++)
        sum += r[i * K + k] * m->x[i * D + j];
    const double loc = sum / (count + TINY_COUNT);
    for (size_t i = 0; i < m->n; i++)
        squares += r[i * K + k] * (m->x[i * D + j] - loc) * (m->x[i * D + j] - loc);
    s->loc[k * D + j] = loc;
    s->scale[k * D + j] = sqrt(fmax(squares / (count + TINY_COUNT), LEAST_VARIANCE));
}

static void maximise(const gmm *m, const double *r, struct state *s)
{
    double total = 0.0;

    for (size_t k = 0; k < K; k++) {
        double count = 0.0;
        for (size_t i = 0; i < m->n; i++)
            count += r[i * K + k];
        for (size_t j = 0; j < D; j++)
            maximise_column(m, r, k, j, count, s);
        s->weights[k] = count;
        total += count;
    }
    for (size_t k = 0; k < K; k++)
        s->weights[k] /= total;
}

static void evaluate(wick *w, const gmm *m, struct state *s)
{
    const gmm_mixture mixture = em_gmm_view(s);

    s->log_likelihood = gmm_evaluate(w, &mixture, m).log_likelihood;
    s->cost = cost_of(m, s);
}

bool em_gmm_published(wick *w, const gmm *m, size_t most, struct run *run)
{
    double *r = calloc(m->n * K, sizeof *r);
    struct state *s = run->states;
    size_t i = 0;

    if (r)
        evaluate(w, m, s);
    for (bool changes = r != NULL; changes && i < most && expect(w, m, &s[i], r); i++) {
        maximise(m, r, &s[i + 1]);
        evaluate(w, m, &s[i + 1]);
        changes = fabs(s[i + 1].cost - s[i].cost) >= LEAST_CHANGE;
        run->converged = !changes;
    }
    run->iterations = i;
    free(r);
    if (!r)
        wick_fail(w, WICK_ERR_MEMORY, "em_gmm_published: no memory");
    return wick_status(w) == WICK_OK;
}
