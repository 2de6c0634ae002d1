#include "models/gmm_predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

#include "models/gmm_rows.h"
#include "models/matrix.h"

/* --- checks ---------------------------------------------------------------------------------- */

/* Beyond it a square is infinite. */
static const double LARGEST = 1e150;

bool gmm_predict_check(
    wick *w, const char *function, const gmm_mixture *m, size_t n, const double *x)
{
    if (wick_status(w) != WICK_OK || !gmm_mixture_check(w, function, m))
        return false;
    const size_t d = m->dimensions;
    if (n == 0 || !x) {
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: got %zu rows%s, need at least one", function, n,
            x ? "" : " at NULL");
        return false;
    }
    for (size_t i = 0; i < n * d; i++)
        if (fabs(x[i]) > LARGEST) {
            wick_fail(w, WICK_ERR_ARGUMENT,
                "%s: x in row %zu, column %zu is %g: infinite, or its square is; take the row out, "
                "make the number NaN (not seen), or scale the column",
                function, i / d, i % d, x[i]);
            return false;
        }
    return wick_status(w) == WICK_OK;
}

/* --- densities ------------------------------------------------------------------------------- */

/* Numbers in a block of rows, which may be copied, and in a value of the tape; rows at most. */
enum { BLOCK_NUMBERS = 1 << 19, TAPE_NUMBERS = 1 << 16, MOST_ROWS = 1 << 15 };

/* What is worked out of the rows that are on the tape together. */
typedef struct chunk {
    wick *w;
    const gmm_mixture *mixture;
    double *log_density, *log_joint, *responsibilities;
    void (*show)(const gmm_row *row, void *arg);
    void *arg;
} chunk;

static size_t rows_of(size_t numbers, size_t each)
{
    const size_t n = numbers / each;

    return n == 0 ? 1 : n < MOST_ROWS ? n : MOST_ROWS;
}

static size_t chunk_rows(const gmm_mixture *m)
{
    return rows_of(TAPE_NUMBERS, m->components + m->dimensions);
}

static wick_var scale_of(wick *w, const gmm_mixture *m)
{
    const size_t d = m->dimensions, n = gmm_scale_size(m->components, m->dimensions, m->covariance);

    if (m->covariance == GMM_SPHERICAL)
        return wick_data(w, m->scale, n);
    if (m->covariance == GMM_DIAGONAL)
        return wick_data(w, m->scale, n, d);
    return m->covariance == GMM_FULL ? wick_data(w, m->scale, n, d, d)
                                     : wick_const(w, m->scale, d, d);
}

/* log(weight_k p(x | k)), [K] over the rows. */
static wick_var log_joint(
    wick *w, const gmm_mixture *m, const gmm_pattern *p, size_t first, size_t n)
{
    const size_t k = m->components, d = m->dimensions, seen = p->n_columns;
    wick_var joint = WICK_VAR_NONE, log_weights = WICK_VAR_NONE;
    wick_dist component;

    WICK_PLATE (w, "components", k) {
        log_weights = wick_log(wick_data(w, m->weights, k));
        component = gmm_component(
            w, m->covariance, wick_data(w, m->loc, k * d, d), scale_of(w, m), seen, p->columns);
    }
    WICK_PLATE (w, "rows", n) {
        const wick_var x = wick_data(w, p->x + first * seen, n * seen, seen);
        joint = wick_add(wick_log_prob(w, component, x), log_weights);
    }
    return wick_join(joint, "components");
}

/* n rows of a pattern, on the tape. */
static bool evaluate(chunk *c, const gmm_pattern *p, size_t first, size_t n)
{
    wick_reset(c->w);
    const wick_var joint = log_joint(c->w, c->mixture, p, first, n);
    wick_get(wick_logsumexp_event(joint), c->log_density, n);
    wick_get(wick_max_event(joint), c->log_joint, n);
    wick_get(wick_softmax(joint), c->responsibilities, n * c->mixture->components);
    return wick_status(c->w) == WICK_OK;
}

static double largest(size_t n, const double *x)
{
    double most = x[0];

    for (size_t i = 1; i < n; i++)
        most = x[i] > most ? x[i] : most;
    return most;
}

/* Rows of which nothing was seen: their density is 1. */
static bool evaluate_unseen(chunk *c, size_t n)
{
    const gmm_mixture *m = c->mixture;
    double best;

    wick_reset(c->w);
    best = wick_value(wick_log(wick_num(c->w, largest(m->components, m->weights))));
    for (size_t i = 0; i < n; i++) {
        c->log_density[i] = 0.0;
        c->log_joint[i] = best;
    }
    return wick_status(c->w) == WICK_OK;
}

static void show_rows(chunk *c, const gmm_pattern *p, size_t first, size_t n, size_t offset)
{
    const gmm_mixture *m = c->mixture;

    for (size_t i = 0; i < n; i++) {
        const bool known = p->n_columns > 0 && c->log_density[i] > -INFINITY;
        const gmm_row row = { .row = offset + (p->rows ? p->rows[first + i] : first + i),
            .seen = p->n_columns > 0,
            .log_density = c->log_density[i],
            .log_joint = c->log_joint[i],
            .responsibilities = known ? c->responsibilities + i * m->components : m->weights };
        c->show(&row, c->arg);
    }
}

static bool show_pattern(chunk *c, const gmm_pattern *p, size_t offset)
{
    const size_t most = chunk_rows(c->mixture);

    for (size_t first = 0; first < p->n; first += most) {
        const size_t n = p->n - first < most ? p->n - first : most;
        if (!(p->n_columns > 0 ? evaluate(c, p, first, n) : evaluate_unseen(c, n)))
            return false;
        show_rows(c, p, first, n, offset);
    }
    return true;
}

static bool show_block(chunk *c, const char *function, size_t offset, size_t n, const double *x)
{
    const size_t d = c->mixture->dimensions;
    gmm_rows *rows = gmm_rows_new(c->w, function, n, d, x + offset * d, NULL);
    bool ok = rows != NULL;

    for (size_t i = 0; ok && i < rows->n_patterns; i++)
        ok = show_pattern(c, &rows->patterns[i], offset);
    gmm_rows_free(rows);
    return ok;
}

static bool show_all(chunk *c, const char *function, size_t n, const double *x)
{
    const gmm_mixture *m = c->mixture;
    const size_t most = chunk_rows(m), block = rows_of(BLOCK_NUMBERS, m->dimensions);
    bool ok;

    c->log_density = matrix_doubles(c->w, most);
    c->log_joint = matrix_doubles(c->w, most);
    c->responsibilities = matrix_doubles(c->w, most * m->components);
    ok = wick_status(c->w) == WICK_OK;
    for (size_t at = 0; ok && at < n; at += block)
        ok = show_block(c, function, at, n - at < block ? n - at : block, x);
    free(c->log_density);
    free(c->log_joint);
    free(c->responsibilities);
    return ok;
}

static bool each(wick *w, const char *function, const gmm_mixture *m, size_t n, const double *x,
    void (*show)(const gmm_row *row, void *arg), void *arg)
{
    chunk c = { .w = w, .mixture = m, .show = show, .arg = arg };

    return gmm_predict_check(w, function, m, n, x) && show_all(&c, function, n, x);
}

bool gmm_predict_each(wick *w, const gmm_mixture *m, size_t n, const double *x,
    void (*show)(const gmm_row *row, void *arg), void *arg)
{
    return each(w, "gmm_predict_each", m, n, x, show, arg);
}

/* --- predictions ----------------------------------------------------------------------------- */

typedef struct filling {
    const gmm_prediction *to;
    size_t components;
} filling;

static size_t label_of(size_t n, const double *responsibilities)
{
    size_t best = 0;

    for (size_t k = 1; k < n; k++)
        if (responsibilities[k] > responsibilities[best])
            best = k;
    return best;
}

static void fill(const gmm_row *row, void *arg)
{
    const filling *f = arg;
    const size_t k = f->components;

    if (f->to->log_density)
        f->to->log_density[row->row] = row->log_density;
    if (f->to->labels)
        f->to->labels[row->row] = label_of(k, row->responsibilities);
    if (f->to->responsibilities)
        memcpy(f->to->responsibilities + row->row * k, row->responsibilities,
            k * sizeof *row->responsibilities);
}

bool gmm_predict(
    wick *w, const gmm_mixture *m, size_t n, const double *x, const gmm_prediction *prediction)
{
    filling f = { prediction, m ? m->components : 0 };

    return each(w, "gmm_predict", m, n, x, fill, &f);
}

/* --- draws ----------------------------------------------------------------------------------- */

/* The first whose running sum passes a uniform number; one of weight 0 never does. */
static size_t draw_component(wick *w, const gmm_mixture *m)
{
    const double u = wick_draw_uniform(w);
    double sum = 0.0;
    size_t k = 0, last = 0;

    for (; k < m->components; k++) {
        sum += m->weights[k];
        if (m->weights[k] > 0.0)
            last = k;
        if (u < sum)
            return last;
    }
    return last;
}

static void draw_row(wick *w, const gmm_mixture *m, size_t k, double *z, double *x)
{
    const size_t d = m->dimensions;
    const double *l = m->scale + (m->covariance == GMM_FULL ? k * d * d : 0);

    for (size_t j = 0; j < d; j++)
        z[j] = wick_draw_normal(w);
    for (size_t j = 0; j < d; j++) {
        double off = 0.0;
        if (m->covariance == GMM_DIAGONAL || m->covariance == GMM_SPHERICAL)
            off = z[j] * m->scale[m->covariance == GMM_DIAGONAL ? k * d + j : k];
        else
            for (size_t i = 0; i <= j; i++)
                off += l[j * d + i] * z[i];
        x[j] = m->loc[k * d + j] + off;
    }
}

bool gmm_draw(wick *w, const gmm_mixture *m, size_t n, double *x, size_t *labels)
{
    if (wick_status(w) != WICK_OK || !gmm_mixture_check(w, "gmm_draw", m))
        return false;
    double *z = matrix_doubles(w, m->dimensions);
    for (size_t i = 0; z && i < n; i++) {
        const size_t k = draw_component(w, m);
        draw_row(w, m, k, z, x + i * m->dimensions);
        if (labels)
            labels[i] = k;
    }
    free(z);
    return wick_status(w) == WICK_OK;
}
