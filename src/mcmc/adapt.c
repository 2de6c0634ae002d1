#include "mcmc/adapt.h"

#include "base/special.h"

#include <math.h>
#include <string.h>

/* --- windows ----------------------------------------------------------------------------------- */

enum { START = 75, BASE = 25, END = 50, FEWEST = 20 };

static void add_window(wicki_windows *w, size_t first, size_t end)
{
    w->at[w->n++] = (wicki_window){ first, end - 1 };
}

/* Each after the first is twice as long as the one before; one after which the next would not
 * fit takes the rest. */
static void add_doubling(wicki_windows *w, size_t first, size_t length, size_t end)
{
    add_window(w, first, first + length);
    for (first += length; first < end; first = w->at[w->n - 1].last + 1) {
        length *= 2;
        add_window(w, first, first + 3 * length > end ? end : first + length);
    }
}

wicki_windows wicki_windows_of(size_t warmup)
{
    wicki_windows w = { .n = 0 };
    const bool few = warmup < START + BASE + END;
    const size_t first = few ? warmup * 15 / 100 : START;
    const size_t end = warmup - (few ? warmup / 10 : END);

    if (warmup == 0)
        return w;
    if (warmup < FEWEST) {
        add_window(&w, 0, warmup);
        return w;
    }
    add_window(&w, 0, first);
    add_doubling(&w, first, few ? end - first : BASE, end);
    add_window(&w, end, warmup);
    return w;
}

/* --- the step size ----------------------------------------------------------------------------- */

static const double GAMMA = 0.05, KAPPA = 0.75, DELAY = 10.0;

void wicki_averaging_begin(wicki_averaging *a, double step)
{
    a->centre = wicki_log(10.0 * step);
    a->error = a->mean = 0.0;
    a->count = 0;
}

double wicki_averaging_next(wicki_averaging *a, double accept)
{
    const double n = (double)++a->count, share = 1.0 / (n + DELAY);

    a->error = (1.0 - share) * a->error + share * (a->target - fmin(accept, 1.0));
    const double x = a->centre - a->error * sqrt(n) / GAMMA;
    const double weight = wicki_exp(-KAPPA * wicki_log(n));
    a->mean = (1.0 - weight) * a->mean + weight * x;
    return wicki_exp(x);
}

double wicki_averaging_end(const wicki_averaging *a)
{
    return wicki_exp(a->mean);
}

static const double SMALLEST_STEP = 1e-100, LARGEST_STEP = 1e7;
static const double LOG_CROSSING = -0.22314355131420976; /* log 0.8 */

/* Is the acceptance of one leapfrog, with a new momentum, above 0.8? */
static bool is_small(wicki_hmc *h, wicki_stream *stream)
{
    wicki_point *z = &h->end[1];

    wicki_metric_draw(&h->metric, stream, h->now.p);
    const double before = wicki_hmc_energy(h, &h->now, h->velocity_work);
    wicki_point_copy(h->target.n, z, &h->now);
    if (!wicki_hmc_leapfrog(h, z, h->step))
        return false;
    return before - wicki_hmc_energy(h, z, h->velocity_work) > LOG_CROSSING;
}

static bool fail_step(const wicki_hmc *h)
{
    if (wicki_ok(h->w))
        wick_fail(h->w, WICK_ERR_NUMERIC,
            h->step > LARGEST_STEP
                ? "the density hardly changes over a step of 1e7: it is improper, or its "
                  "scale is far from 1"
                : "no step is small enough for the density to change as its gradient "
                  "says: it is not smooth");
    return false;
}

bool wicki_find_step(wicki_hmc *h, wicki_stream *stream)
{
    const bool grows = is_small(h, stream);

    while (is_small(h, stream) == grows) {
        h->step *= grows ? 2.0 : 0.5;
        if (!wicki_ok(h->w) || h->step > LARGEST_STEP || h->step < SMALLEST_STEP)
            return fail_step(h);
    }
    return wicki_ok(h->w);
}

/* --- moments ----------------------------------------------------------------------------------- */

static void forget_draws(wicki_adaptation *a)
{
    const wicki_metric *m = &a->h->metric;

    a->count = 0;
    memset(a->mean, 0, m->n * sizeof *a->mean);
    memset(a->square, 0, wicki_metric_size(m->kind, m->n) * sizeof *a->square);
}

/* Welford's update: the mean, and the sums of squares, or of products, about it. */
static void add_draw(wicki_adaptation *a, const double *q)
{
    const wicki_metric *m = &a->h->metric;
    const size_t n = m->n;
    double *before = a->work;

    a->count++;
    for (size_t i = 0; i < n; i++) {
        before[i] = q[i] - a->mean[i];
        a->mean[i] += before[i] / (double)a->count;
    }
    for (size_t i = 0; m->kind == WICK_METRIC_DIAGONAL && i < n; i++)
        a->square[i] += before[i] * (q[i] - a->mean[i]);
    for (size_t i = 0; m->kind == WICK_METRIC_DENSE && i < n; i++)
        for (size_t j = 0; j <= i; j++)
            a->square[i * n + j] += before[i] * (q[j] - a->mean[j]);
}

/* The estimate, drawn to 1e-3 times the identity as if by five more draws. */
static bool set_metric(wicki_adaptation *a)
{
    wicki_metric *m = &a->h->metric;
    const size_t n = m->n, size = wicki_metric_size(m->kind, n);
    const double count = (double)a->count, share = count / (count + 5.0);
    const size_t to_diagonal = m->kind == WICK_METRIC_DENSE ? n + 1 : 1;

    for (size_t i = 0; i < size; i++)
        a->square[i] *= share / (count - 1.0);
    for (size_t i = 0; i < size; i += to_diagonal)
        a->square[i] += 1e-3 * (1.0 - share);
    for (size_t i = 0; m->kind == WICK_METRIC_DENSE && i < n; i++)
        for (size_t j = 0; j < i; j++)
            a->square[j * n + i] = a->square[i * n + j];
    const bool set = wicki_metric_set(m, a->square);
    if (!set)
        wick_fail(a->h->w, WICK_ERR_NUMERIC,
            "the covariance of %zu draws of the warm-up is not finite and positive definite: the "
            "density is improper, or its scale is far from 1",
            a->count);
    forget_draws(a);
    return set;
}

/* --- all of it --------------------------------------------------------------------------------- */

wicki_adaptation *wicki_adaptation_new(wicki_hmc *h, size_t warmup, double target)
{
    const size_t n = h->target.n, size = wicki_metric_size(h->metric.kind, n);
    const size_t head = (sizeof(wicki_adaptation) + sizeof(double) - 1) / sizeof(double);
    wicki_adaptation *a = wicki_allocate(h->w, (head + 2 * n + size) * sizeof(double));

    if (!a)
        return NULL;
    a->h = h;
    a->windows = wicki_windows_of(warmup);
    a->averaging.target = target;
    a->mean = (double *)a + head;
    a->work = a->mean + n;
    a->square = a->work + n;
    return a;
}

void wicki_adaptation_free(wicki_adaptation *a)
{
    if (a)
        wicki_release(a->h->w, a);
}

bool wicki_adaptation_begin(wicki_adaptation *a, wicki_stream *stream)
{
    if (!wicki_find_step(a->h, stream))
        return false;
    wicki_averaging_begin(&a->averaging, a->h->step);
    return true;
}

bool wicki_adaptation_learn(wicki_adaptation *a, double accept, wicki_stream *stream)
{
    const size_t n = a->windows.n;
    const bool between = a->window > 0 && a->window + 1 < n;

    a->h->step = wicki_averaging_next(&a->averaging, accept);
    if (between && a->h->metric.kind != WICK_METRIC_UNIT)
        add_draw(a, a->h->now.q);
    if (a->done++ < a->windows.at[a->window].last)
        return true;
    a->window++;
    if (a->window == n)
        a->h->step = wicki_averaging_end(&a->averaging);
    if (!between || a->h->metric.kind == WICK_METRIC_UNIT)
        return true;
    return set_metric(a) && wicki_adaptation_begin(a, stream);
}

void wicki_adaptation_place(wicki_adaptation *a, size_t done)
{
    const size_t n = a->windows.n;

    a->done = n > 0 && done > a->windows.at[n - 1].last ? a->windows.at[n - 1].last + 1 : done;
    a->window = 0;
    while (a->window < n && a->done > a->windows.at[a->window].last)
        a->window++;
}
