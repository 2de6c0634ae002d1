#include <math.h>
#include <stdlib.h>

#include <wick/extend.h>

#include "models/gmm_em.h"
#include "models/gmm_em_rows.h"
#include "models/gmm_moments.h"
#include "models/gmm_start.h"
#include "models/matrix.h"
#include "models/options.h"

enum { MOST_SAMPLED = 20000, DEFAULT_RESTARTS = 20 };

/* The tolerance of starts that are compared; only the best one is followed further. */
static const double COARSE = 1e-5;

/* A start, and how far it has come. */
typedef struct candidate {
    gmm_mixture *mixture;
    double log_likelihood;
    size_t start, iterations, restarted, floored;
    bool converged, degenerate;
} candidate;

/* All that a fit needs. */
typedef struct fit {
    wick *w;
    const gmm *m;
    gmm_em_options options;
    gmm_rows *rows;
    gmm_sample *sample;
    double *floor;
    size_t whole; /* directions in which all data together are at the floor */
    gmm_em *em;
    const gmm_rows *followed; /* what the candidate at hand is fitted to */
    bool stopped;
} fit;

/* --- options --------------------------------------------------------------------------------- */

static gmm_em_options with_defaults(const gmm_em_options *given, size_t components)
{
    gmm_em_options o = given ? *given : (gmm_em_options){ .restarts = 0 };

    if (o.restarts == 0)
        o.restarts = o.start == GMM_START_GIVEN || components == 1 ? 1 : DEFAULT_RESTARTS;
    if (o.max_iterations == 0)
        o.max_iterations = 1000;
    o.tolerance = model_option(o.tolerance, 1e-8);
    o.variance_floor = model_option(o.variance_floor, 1e-6);
    return o;
}

static bool options_hold(wick *w, const gmm_em_options *o)
{
    if ((unsigned)o->start > GMM_START_GIVEN)
        wick_fail(w, WICK_ERR_DOMAIN, "gmm_em_fit: unknown start %d", (int)o->start);
    else if (!(o->tolerance >= 0.0 && o->tolerance < INFINITY))
        wick_fail(w, WICK_ERR_DOMAIN, "gmm_em_fit: tolerance is %g, need at least 0", o->tolerance);
    else if (!(o->variance_floor >= 0.0 && o->variance_floor <= 1.0))
        wick_fail(
            w, WICK_ERR_DOMAIN, "gmm_em_fit: variance_floor is %g, need 0 to 1", o->variance_floor);
    else if (o->start == GMM_START_GIVEN && o->restarts != 1)
        wick_fail(w, WICK_ERR_DOMAIN,
            "gmm_em_fit: got %zu restarts from a given mixture, which would all be the same; need "
            "1",
            o->restarts);
    return wick_status(w) == WICK_OK;
}

static bool same_shape(wick *w, const gmm *m, const gmm_mixture *mixture, const char *which)
{
    if (!mixture)
        wick_fail(w, WICK_ERR_ARGUMENT, "gmm_em_fit: need a mixture %s (gmm_mixture_new)", which);
    else if (mixture->components != m->components || mixture->dimensions != m->dimensions ||
        mixture->covariance != m->covariance)
        wick_fail(w, WICK_ERR_SHAPE,
            "gmm_em_fit: the mixture %s has %zu components of %zu columns, %s; need %zu of %zu, %s",
            which, mixture->components, mixture->dimensions,
            gmm_covariance_name(mixture->covariance), m->components, m->dimensions,
            gmm_covariance_name(m->covariance));
    return wick_status(w) == WICK_OK;
}

static bool is_asked_well(wick *w, const gmm *m, const gmm_em_options *o, const gmm_mixture *out)
{
    if (!m || m->components == 0 || m->dimensions == 0 || (unsigned)m->covariance > GMM_SPHERICAL) {
        wick_fail(w, WICK_ERR_ARGUMENT,
            "gmm_em_fit: need components and dimensions, each at least 1, and a form of "
            "covariance");
        return false;
    }
    return options_hold(w, o) && same_shape(w, m, out, "for the result") &&
        (o->start != GMM_START_GIVEN ||
            (same_shape(w, m, o->given, "to start from") &&
                gmm_mixture_check(w, "gmm_em_fit", o->given)));
}

/* --- the data -------------------------------------------------------------------------------- */

static bool look_at_data(fit *f, const char *function)
{
    const gmm *m = f->m;

    f->rows = gmm_rows_new(f->w, function, m->n, m->dimensions, m->x, m->row_weights);
    if (f->rows)
        f->sample = gmm_sample_new(f->w, function, f->rows, MOST_SAMPLED);
    f->floor = matrix_doubles(f->w, m->dimensions);
    for (size_t j = 0; f->sample && f->floor && j < m->dimensions; j++)
        f->floor[j] = f->options.variance_floor * f->sample->spread[j];
    return wick_status(f->w) == WICK_OK;
}

static void release(fit *f)
{
    gmm_em_free(f->em);
    gmm_rows_free(f->rows);
    gmm_sample_free(f->sample);
    free(f->floor);
}

bool gmm_em_floor(wick *w, const gmm *m, const gmm_em_options *options, double *out)
{
    fit f = { .w = w, .m = m, .options = with_defaults(options, m ? m->components : 0) };

    if (!m)
        wick_fail(w, WICK_ERR_ARGUMENT, "gmm_em_floor: need data");
    const bool ok = m && options_hold(w, &f.options) && look_at_data(&f, "gmm_em_floor");

    for (size_t j = 0; ok && j < m->dimensions; j++)
        out[j] = f.floor[j];
    release(&f);
    return ok;
}

static void add_row(gmm_moments *one, const double *x, const double *center, double weight)
{
    const size_t d = one->dimensions;
    const bool matrix = one->covariance == GMM_FULL || one->covariance == GMM_TIED;

    one->count[0] += weight;
    for (size_t i = 0; i < d; i++)
        for (size_t j = matrix ? 0 : i; j < (matrix ? d : i + 1); j++)
            one->products[matrix                      ? i * d + j
                    : one->covariance == GMM_DIAGONAL ? i
                                                      : 0] +=
                weight * (x[i] - center[i]) * (x[j] - center[j]);
}

/* In how many directions a single component for all of the data would be at the floor. */
static bool count_whole(fit *f)
{
    gmm_mixture *one = gmm_mixture_new(f->w, 1, f->m->dimensions, f->m->covariance);
    gmm_moments *moments = one ? gmm_moments_new(f->w, one) : NULL;
    const gmm_sample *s = f->sample;

    for (size_t i = 0; moments && i < s->n; i++)
        add_row(moments, s->x + i * s->dimensions, s->center, s->row_weights[i]);
    if (moments)
        gmm_moments_maximise(moments, f->floor, one, &f->whole);
    gmm_moments_free(moments);
    gmm_mixture_free(one);
    return moments != NULL;
}

/* --- one start ------------------------------------------------------------------------------- */

/* Does it expect less than one row? */
static bool is_empty(const fit *f, size_t component)
{
    return gmm_em_mixture(f->em)->weights[component] * (double)f->followed->n < 1.0 - 1e-9;
}

static bool is_collapsed(const fit *f, size_t component)
{
    return gmm_em_floored(f->em, component) > f->whole;
}

/* Begins components anew that are of no use; how many. */
static size_t repair(fit *f, size_t left)
{
    const size_t k = f->m->components;
    size_t repaired = 0;

    for (size_t i = 0; i < k && !f->options.keep_collapsed && k > 1; i++) {
        const bool bad = is_empty(f, i) || (is_collapsed(f, i) && f->m->covariance != GMM_TIED);
        if (bad && repaired < left && gmm_start_component(f->w, f->sample, i, gmm_em_open(f->em)))
            repaired++;
    }
    return repaired;
}

static void judge(const fit *f, candidate *c)
{
    c->degenerate = false;
    c->floored = 0;
    for (size_t k = 0; k < f->m->components; k++) {
        c->degenerate |= is_empty(f, k) || is_collapsed(f, k);
        c->floored += gmm_em_floored(f->em, k) > 0;
    }
}

/* A scale of a column given those before it. */
static double scale_of(const gmm_mixture *m, size_t k, size_t column)
{
    const size_t d = m->dimensions;

    switch (m->covariance) {
    case GMM_FULL:
        return m->scale[(k * d + column) * d + column];
    case GMM_TIED:
        return m->scale[column * d + column];
    case GMM_DIAGONAL:
        return m->scale[k * d + column];
    default:
        return m->scale[k];
    }
}

/* Of a loc: (rounding / scale)^2 in each column. A count is good to an ulp of all rows, and what is
 * divided by it no better. */
static double lost_by_loc(const gmm_mixture *m, size_t k)
{
    double sum = 0.0;

    for (size_t j = 0; j < m->dimensions; j++) {
        const double off = 0x1p-50 * m->loc[k * m->dimensions + j] / scale_of(m, k, j);
        sum += off * off;
    }
    return sum / m->weights[k];
}

/* Of a scale: the rounding of its largest direction in the smallest, in units of the columns. */
static double lost_by_scale(const fit *f, const gmm_mixture *m, size_t k)
{
    double least = INFINITY, most = 0.0;

    for (size_t j = 0; j < m->dimensions; j++) {
        const double scale = scale_of(m, k, j) / sqrt(f->sample->spread[j]);
        least = fmin(least, scale);
        most = fmax(most, scale);
    }
    const double off = 0x1p-50 * (most / least) * (most / least);
    return m->covariance == GMM_FULL || m->covariance == GMM_TIED ? off + off * off : 0.0;
}

/* What the log-likelihood may lose in an iteration because numbers are rounded. */
static double lost_to_rounding(const fit *f, double log_likelihood, double weight)
{
    const gmm_mixture *m = gmm_em_mixture(f->em);
    double sum = 1e-13 * fabs(log_likelihood) + 1e-9 * weight;

    for (size_t k = 0; k < m->components; k++)
        if (m->weights[k] > 1e-10)
            sum += weight * (lost_by_loc(m, k) + lost_by_scale(f, m, k));
    return sum;
}

/* Has it risen by no more than the tolerance? A loc that is rounded may take an iteration more. */
static bool has_converged(double last, double now, double weight, double tolerance)
{
    const double rounding = 1e-9 * (fabs(now) + weight);

    return now - last <= tolerance * weight && now >= last - rounding;
}

/* Where rounding counts, as around a row 1e30 deviations away, a fall says nothing. */
static bool rises(const fit *f, double last, double now, double rounding)
{
    if (now >= last - rounding || rounding > 1e-3 * f->followed->total_weight)
        return true;
    wick_fail(f->w, WICK_ERR_STATE,
        "gmm_em_fit: the log-likelihood fell from %.12g to %.12g in an iteration, which only "
        "rounding can do; center and scale the columns of the data",
        last, now);
    return false;
}

static bool go_on(fit *f, candidate *c, double log_likelihood)
{
    const gmm_em_options *o = &f->options;

    c->iterations++;
    f->stopped = o->callback &&
        !o->callback(
            gmm_em_mixture(f->em), c->start, c->iterations - 1, log_likelihood, o->callback_arg);
    return !f->stopped;
}

/* Follows a candidate until it converges, or for so many iterations. False after an error. */
static bool follow(fit *f, candidate *c, const gmm_rows *rows, size_t most, double tolerance)
{
    double last = -INFINITY, rounding = 0.0;

    f->followed = rows;
    if (!gmm_em_restart(f->em, c->mixture))
        return false;
    for (size_t i = 0;; i++) {
        if (!gmm_em_push_rows(f->em, rows))
            return false;
        const double now = c->log_likelihood = gmm_em_pushed(f->em);
        const double here = lost_to_rounding(f, now, rows->total_weight);
        if (!rises(f, last, now, fmax(rounding, here)))
            return false;
        rounding = here;
        c->converged = has_converged(last, now, rows->total_weight, tolerance);
        if (c->converged || i == most || f->stopped)
            break;
        gmm_em_update(f->em, 0.0);
        const size_t repaired = go_on(f, c, now) ? repair(f, f->m->components - c->restarted) : 0;
        c->restarted += repaired;
        last = repaired > 0 ? -INFINITY : now;
    }
    gmm_mixture_assign(c->mixture, gmm_em_mixture(f->em));
    judge(f, c);
    return true;
}

/* --- all starts ------------------------------------------------------------------------------ */

static bool begin(fit *f, candidate *c)
{
    c->mixture = gmm_mixture_new(f->w, f->m->components, f->m->dimensions, f->m->covariance);
    if (c->mixture && f->options.start == GMM_START_GIVEN)
        gmm_mixture_assign(c->mixture, f->options.given);
    return c->mixture &&
        (f->options.start == GMM_START_GIVEN ||
            gmm_start_mixture(f->w, f->sample, f->options.start, c->mixture));
}

/* Without a collapsed component first, then the larger log-likelihood, then the earlier start. */
static int compare(const void *left, const void *right)
{
    const candidate *a = left, *b = right;

    if (a->degenerate != b->degenerate)
        return a->degenerate ? 1 : -1;
    if (a->log_likelihood != b->log_likelihood)
        return a->log_likelihood < b->log_likelihood ? 1 : -1;
    return (a->start > b->start) - (a->start < b->start);
}

/* One that has not begun comes last. */
static void line_up(candidate *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        c[i] = (candidate){ .start = i, .log_likelihood = -INFINITY, .degenerate = true };
}

/* All starts to a coarse tolerance, then the best to its end; one that collapses there makes way for
 * the next. */
static bool follow_all(fit *f, candidate *c, const gmm_rows *rows)
{
    const gmm_em_options *o = &f->options;
    const size_t n = o->restarts, most = o->max_iterations;
    const double tolerance = n > 1 ? fmax(COARSE, o->tolerance) : o->tolerance;

    line_up(c, n);
    for (size_t i = 0; i < n && !f->stopped; i++)
        if (!begin(f, &c[i]) || !follow(f, &c[i], rows, most, tolerance))
            return false;
    qsort(c, n, sizeof *c, compare);
    for (size_t i = 0; i < n && tolerance > o->tolerance && !f->stopped; i++) {
        if (c[i].degenerate || c[i].iterations >= most)
            break;
        if (!follow(f, &c[i], rows, most - c[i].iterations, o->tolerance))
            return false;
        if (!c[i].degenerate)
            break;
    }
    qsort(c, n, sizeof *c, compare);
    return true;
}

static void compare_starts(const candidate *c, size_t n, double weight, gmm_em_result *r)
{
    const double near = 0.01 * weight;

    for (size_t i = 0; i < n; i++) {
        r->starts += c[i].mixture != NULL;
        r->degenerate += c[i].mixture && c[i].degenerate;
        r->best_found += c[i].mixture && c[i].degenerate == c->degenerate &&
            c[i].log_likelihood > c->log_likelihood - near;
    }
}

static void describe(const fit *f, const candidate *c, gmm_em_result *r)
{
    r->log_likelihood = c->log_likelihood;
    r->iterations = c->iterations;
    r->converged = c->converged;
    r->stopped = f->stopped;
    r->best_start = c->start;
    r->restarted = c->restarted;
    r->floored = c->floored;
    r->collapsed = c->degenerate;
}

/* The best of all starts; with a sample of the rows first, where there are many. */
static bool search(fit *f, candidate *c, gmm_em_result *result)
{
    const size_t n = f->options.restarts;
    const bool sampled = n > 1 && f->rows->n_patterns == 1 && f->sample->n < f->rows->n;
    gmm_rows *some = !sampled ? NULL
                              : gmm_rows_new(f->w, "gmm_em_fit", f->sample->n, f->m->dimensions,
                                    f->sample->x, f->sample->row_weights);
    const gmm_rows *rows = sampled ? some : f->rows;
    bool ok = rows && follow_all(f, c, rows);

    if (ok)
        compare_starts(c, n, rows->total_weight, result);
    if (ok && sampled && !f->stopped)
        ok = follow(f, c, f->rows, f->options.max_iterations, f->options.tolerance);
    if (ok)
        describe(f, c, result);
    gmm_rows_free(some);
    return ok;
}

static gmm_em_result run(fit *f, gmm_mixture *out)
{
    gmm_em_result result = { .log_likelihood = NAN };
    candidate *c = calloc(f->options.restarts, sizeof *c);

    if (!c)
        wick_fail(
            f->w, WICK_ERR_MEMORY, "gmm_em_fit: no memory for %zu starts", f->options.restarts);
    f->em = gmm_em_new(
        f->w, out, &(gmm_em_step_options){ .floor = f->floor, .threads = f->options.threads });
    if (c && f->em && search(f, c, &result))
        gmm_mixture_assign(out, c->mixture);
    else
        result.log_likelihood = NAN;
    for (size_t i = 0; c && i < f->options.restarts; i++)
        gmm_mixture_free(c[i].mixture);
    free(c);
    return result;
}

gmm_em_result gmm_em_fit(wick *w, const gmm *m, const gmm_em_options *options, gmm_mixture *out)
{
    fit f = { .w = w, .m = m, .options = with_defaults(options, m ? m->components : 0) };
    gmm_em_result result = { .log_likelihood = NAN };

    if (wick_status(w) != WICK_OK || !is_asked_well(w, m, &f.options, out))
        return result;
    if (look_at_data(&f, "gmm_em_fit") && count_whole(&f))
        result = run(&f, out);
    release(&f);
    return result;
}
