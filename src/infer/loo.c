/* Leave-one-out, and WAIC, from pointwise log-likelihoods. */
#include "base/special.h"
#include "infer/psis.h"
#include "site/page.h"

#include <math.h>
#include <string.h>

static const double WAIC_THRESHOLD = 0.4;

/* --- the matrix -------------------------------------------------------------------------------- */

static bool is_finite(wick *w, const char *function, const wick_draws *d)
{
    for (size_t i = 0; i < d->draws * d->size; i++)
        if (!isfinite(d->values[i])) {
            wick_fail(w, WICK_ERR_NONFINITE,
                "%s: the log-likelihood of member %zu in draw %zu is %g, need a number; weights "
                "cannot leave out what a draw calls impossible",
                function, i % d->size, i / d->size, d->values[i]);
            return false;
        }
    return true;
}

static bool is_usable(wick *w, const char *function, const wick_draws *d)
{
    if (!wicki_ok(w))
        return false;
    if (!d || !d->values || d->size == 0)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: there is no log-likelihood (%s)", function,
            !d ? "NULL" : "no values");
    else if (d->draws < 2)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: %zu draws of the log-likelihood, need at least 2, of a posterior and not a point",
            function, d->draws);
    return wicki_ok(w) && is_finite(w, function, d);
}

static void take_column(const wick_draws *d, size_t member, double *x)
{
    for (size_t s = 0; s < d->draws; s++)
        x[s] = d->values[s * d->size + member];
}

/* --- sums over members ------------------------------------------------------------------------- */

/* The result, and where its arrays are written. */
typedef struct result {
    wick_elpd is;
    double *elpd, *diagnostic, *p; /* by member */
    double values[];
} result;

static result *new_result(wick *w, const char *name, const wick_draws *d)
{
    result *r = wicki_allocate(w, sizeof *r + 3 * d->size * sizeof *r->values);
    if (!r)
        return NULL;
    r->elpd = r->values;
    r->diagnostic = r->values + d->size;
    r->p = r->values + 2 * d->size;
    r->is = (wick_elpd){ .name = name,
        .members = d->size,
        .draws = d->draws,
        .pointwise = r->elpd,
        .diagnostic = r->diagnostic,
        .w = w };
    return r;
}

/* The sum of n numbers, and its standard error from how they differ. */
static double sum_of(size_t n, const double *x, double *se)
{
    double sum = 0.0, squares = 0.0;

    for (size_t i = 0; i < n; i++)
        sum += x[i];
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - sum / (double)n) * (x[i] - sum / (double)n);
    *se = n > 1 ? sqrt((double)n * squares / ((double)n - 1.0)) : NAN;
    return sum;
}

static wick_elpd *summed(result *r, double threshold)
{
    wick_elpd *e = &r->is;

    e->elpd = sum_of(e->members, r->elpd, &e->elpd_se);
    e->p = sum_of(e->members, r->p, &e->p_se);
    e->ic = -2.0 * e->elpd;
    e->ic_se = 2.0 * e->elpd_se;
    e->threshold = threshold;
    e->worst = -INFINITY;
    for (size_t i = 0; i < e->members; i++) {
        e->worst = fmax(e->worst, r->diagnostic[i]);
        e->n_bad += r->diagnostic[i] > threshold;
    }
    return e;
}

/* --- one member -------------------------------------------------------------------------------- */

static double log_mean(size_t n, const double *x)
{
    return wicki_log_sum_exp(n, x) - wicki_log((double)n);
}

/* What leaving members out works with: numbers for each draw. */
typedef struct work {
    wicki_psis psis;
    const double *log_ratios; /* of p to q; NULL: 0 */
    double *guide;            /* the smoothed weights of these; NULL: all are equal */
    double *ll, *weight;
} work;

static bool new_work(work *k, wick *w, size_t draws, const double *log_ratios)
{
    *k = (work){ .log_ratios = log_ratios };
    k->ll = wicki_alloc_doubles(w, draws);
    k->weight = wicki_alloc_doubles(w, draws);
    if (!wicki_ok(w) || !wicki_psis_init(&k->psis, w, draws))
        return false;
    if (log_ratios && wicki_ratios_are_usable(w, "wick_loo", log_ratios, draws)) {
        k->guide = wicki_alloc_doubles(w, draws);
        if (k->guide)
            wick_psis(w, log_ratios, draws, k->guide, NULL);
    }
    return wicki_ok(w);
}

/* log sum_s w_s p(x | theta_s); the weights are overwritten. */
static double weighted(const work *k, size_t n)
{
    for (size_t s = 0; s < n; s++)
        k->weight[s] += k->ll[s];
    return wicki_log_sum_exp(n, k->weight);
}

static double log_mean_posterior(const work *k, size_t n)
{
    if (!k->guide)
        return log_mean(n, k->ll);
    memcpy(k->weight, k->guide, n * sizeof *k->weight);
    return weighted(k, n);
}

static void leave_out(result *r, size_t i, const work *k)
{
    const size_t n = r->is.draws;
    const double lpd = log_mean_posterior(k, n);

    for (size_t s = 0; s < n; s++)
        k->weight[s] = (k->log_ratios ? k->log_ratios[s] : 0.0) - k->ll[s];
    r->diagnostic[i] = wicki_psis_smooth(&k->psis, k->weight);
    wicki_normalise(n, k->weight);
    r->elpd[i] = weighted(k, n);
    r->p[i] = lpd - r->elpd[i];
}

static void penalise(result *r, size_t i, const double *ll)
{
    const size_t n = r->is.draws;
    double mean = 0.0, squares = 0.0;

    for (size_t s = 0; s < n; s++)
        mean += ll[s] / (double)n;
    for (size_t s = 0; s < n; s++)
        squares += (ll[s] - mean) * (ll[s] - mean);
    r->diagnostic[i] = r->p[i] = squares / ((double)n - 1.0);
    r->elpd[i] = log_mean(n, ll) - r->p[i];
}

/* --- the public face --------------------------------------------------------------------------- */

wick_elpd *wick_loo(wick *w, const wick_draws *d, const wick_loo_options *options)
{
    result *r = is_usable(w, "wick_loo", d) ? new_result(w, "loo", d) : NULL;
    work k;

    if (!r)
        return NULL;
    const wicki_mark mark = wicki_arena_mark(&w->arena);
    const bool ready = new_work(&k, w, d->draws, options ? options->log_ratios : NULL);
    for (size_t i = 0; ready && i < d->size; i++) {
        take_column(d, i, k.ll);
        leave_out(r, i, &k);
    }
    wicki_arena_release(&w->arena, mark);
    if (ready)
        return summed(r, wick_psis_threshold(d->draws));
    wick_elpd_free(&r->is);
    return NULL;
}

wick_elpd *wick_waic(wick *w, const wick_draws *d)
{
    result *r = is_usable(w, "wick_waic", d) ? new_result(w, "waic", d) : NULL;

    if (!r)
        return NULL;
    const wicki_mark mark = wicki_arena_mark(&w->arena);
    double *ll = wicki_alloc_doubles(w, d->draws);
    for (size_t i = 0; ll && i < d->size; i++) {
        take_column(d, i, ll);
        penalise(r, i, ll);
    }
    wicki_arena_release(&w->arena, mark);
    if (ll)
        return summed(r, WAIC_THRESHOLD);
    wick_elpd_free(&r->is);
    return NULL;
}

void wick_elpd_free(wick_elpd *e)
{
    if (e)
        wicki_release(e->w, e);
}

/* --- in words ---------------------------------------------------------------------------------- */

static void add_line(wicki_page *page, const char *what, double x, double se)
{
    wicki_page_add(page, "%-8s %12.2f +- %.2f\n", what, x, se);
}

static const char LOO_ADVICE[] =
    "their terms, and so the sum, are not reliable. Fit again without each of them, or look for\n"
    "a model to which they are less surprising.\n";

static const char WAIC_ADVICE[] = "the sum is not reliable; take wick_loo, which says more.\n";

static void add_reliability(wicki_page *page, const wick_elpd *e, bool loo)
{
    if (e->n_bad == 0)
        wicki_page_add(page, "Reliable: no %s of a member is over %.2f (the largest is %.2f).\n",
            loo ? "k-hat" : "p", e->threshold, e->worst);
    else
        wicki_page_add(page, "%zu of %zu members have a %s over %.2f (the largest is %.2f):\n",
            e->n_bad, e->members, loo ? "k-hat" : "p", e->threshold, e->worst);
    if (e->n_bad > 0)
        wicki_page_add(page, "%s", loo ? LOO_ADVICE : WAIC_ADVICE);
}

const char *wick_format_elpd(wick *w, const wick_elpd *e)
{
    wicki_page page = { .w = w };

    if (!wicki_ok(w) || !e)
        return "";
    const bool loo = strcmp(e->name, "loo") == 0;
    wicki_page_add(&page, "%zu draws, %zu members\n", e->draws, e->members);
    add_line(&page, loo ? "elpd_loo" : "elpd_waic", e->elpd, e->elpd_se);
    add_line(&page, loo ? "p_loo" : "p_waic", e->p, e->p_se);
    add_line(&page, loo ? "looic" : "waic", e->ic, e->ic_se);
    add_reliability(&page, e, loo);
    return wicki_page_text(&page);
}
