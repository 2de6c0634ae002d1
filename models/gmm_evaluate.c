#include "models/gmm_predict.h"

#include <math.h>

#include <wick/extend.h>

/* --- checks ---------------------------------------------------------------------------------- */

static bool row_weights_hold(wick *w, const char *function, const gmm *data)
{
    double sum = 0.0;

    for (size_t i = 0; i < data->n; i++) {
        if (!(data->row_weights[i] >= 0.0 && data->row_weights[i] <= 1e150)) {
            wick_fail(w, WICK_ERR_ARGUMENT,
                "%s: the weight of row %zu is %g, need a number of at least 0", function, i,
                data->row_weights[i]);
            return false;
        }
        sum += data->row_weights[i];
    }
    if (sum == 0.0)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: all %zu rows have weight 0", function, data->n);
    return wick_status(w) == WICK_OK;
}

bool gmm_data_check(wick *w, const char *function, const gmm_mixture *m, const gmm *data)
{
    if (wick_status(w) != WICK_OK || !gmm_mixture_check(w, function, m))
        return false;
    if (!data || data->dimensions != m->dimensions) {
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: got data of %zu columns, the mixture has %zu",
            function, data ? data->dimensions : 0, m->dimensions);
        return false;
    }
    if (!gmm_predict_check(w, function, m, data->n, data->x))
        return false;
    return !data->row_weights || row_weights_hold(w, function, data);
}

/* --- the whole ------------------------------------------------------------------------------- */

size_t gmm_parameter_count(size_t components, size_t dimensions, gmm_covariance covariance)
{
    const size_t k = components, d = dimensions, triangle = d * (d + 1) / 2;
    const size_t of_covariances = covariance == GMM_FULL ? k * triangle
        : covariance == GMM_TIED                         ? triangle
        : covariance == GMM_DIAGONAL                     ? k * d
                                                         : k;

    return k - 1 + k * d + of_covariances;
}

/* A sum, and what rounding took from it (Neumaier 1974). */
typedef struct sum {
    double value, lost;
} sum;

static void add(sum *s, double x)
{
    const double next = s->value + x;

    if (fabs(next) < INFINITY)
        s->lost += fabs(s->value) >= fabs(x) ? (s->value - next) + x : (x - next) + s->value;
    s->value = next;
}

typedef struct totals {
    const double *row_weights;
    sum log_likelihood, log_joint, n;
} totals;

static void total(const gmm_row *row, void *arg)
{
    totals *t = arg;
    const double weight = t->row_weights ? t->row_weights[row->row] : 1.0;

    if (!row->seen || weight == 0.0)
        return;
    add(&t->log_likelihood, weight * row->log_density);
    add(&t->log_joint, weight * row->log_joint);
    add(&t->n, weight);
}

gmm_evaluation gmm_evaluate(wick *w, const gmm_mixture *m, const gmm *data)
{
    gmm_evaluation e = { NAN, NAN, 0, NAN, NAN, NAN };
    totals t = { .row_weights = data ? data->row_weights : NULL };

    if (!gmm_data_check(w, "gmm_evaluate", m, data) ||
        !gmm_predict_each(w, m, data->n, data->x, total, &t))
        return e;
    if (t.n.value == 0.0)
        wick_fail(
            w, WICK_ERR_ARGUMENT, "gmm_evaluate: nothing was seen in any of %zu rows", data->n);
    wick_reset(w);
    const double n = t.n.value + t.n.lost, log_n = wick_value(wick_log(wick_num(w, n)));
    if (wick_status(w) != WICK_OK)
        return e;
    e.log_likelihood = t.log_likelihood.value + t.log_likelihood.lost;
    e.n = n;
    e.parameters = gmm_parameter_count(m->components, m->dimensions, m->covariance);
    const double nu = (double)e.parameters;
    e.aic = -2.0 * e.log_likelihood + 2.0 * nu;
    e.bic = -2.0 * e.log_likelihood + nu * log_n;
    e.icl = -2.0 * (t.log_joint.value + t.log_joint.lost) + nu * log_n;
    return e;
}
