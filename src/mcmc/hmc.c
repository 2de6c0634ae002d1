#include "mcmc/hmc.h"

#include "base/special.h"
#include "tape/loop.h"

#include <math.h>
#include <string.h>

/* --- making one -------------------------------------------------------------------------------- */

/* Arrays of n doubles, one after the other. */
typedef struct room {
    double *next;
    size_t n;
} room;

static double *take(room *r)
{
    double *x = r->next;

    r->next += r->n;
    return x;
}

static wicki_point take_point(room *r)
{
    return (wicki_point){ .q = take(r), .p = take(r), .gradient = take(r) };
}

enum { ARRAYS = 22, ARRAYS_OF_LEVEL = 9 };

static void lay_out(wicki_hmc *h, room *r)
{
    double **const arrays[] = { &h->velocity[0], &h->velocity[1], &h->velocity_next,
        &h->velocity_begin, &h->velocity_work, &h->p_begin, &h->p_end, &h->p_near, &h->rho,
        &h->rho_next };

    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        *arrays[i] = take(r);
    h->now = take_point(r);
    h->end[0] = take_point(r);
    h->end[1] = take_point(r);
    h->proposal = take_point(r);
    for (unsigned d = 0; d < h->max_depth; d++)
        h->level[d] = (wicki_level){ .p_end = take(r),
            .velocity_end = take(r),
            .rho_first = take(r),
            .p_begin = take(r),
            .velocity_begin = take(r),
            .rho_second = take(r),
            .proposal = take_point(r) };
}

/* The sampler, its levels and its arrays in one piece. */
wicki_hmc *wicki_hmc_new(wick *w, const wicki_target *target, wick_metric kind, unsigned max_depth)
{
    const size_t n = target->n, metric = 3 * wicki_metric_size(kind, n);
    const size_t arrays = (ARRAYS + ARRAYS_OF_LEVEL * max_depth) * n + metric;
    const size_t head = sizeof(wicki_hmc) + max_depth * sizeof(wicki_level);
    const size_t begin = (head + sizeof(double) - 1) / sizeof(double);
    wicki_hmc *h = wicki_allocate(w, (begin + arrays) * sizeof(double));

    if (!h)
        return NULL;
    room r = { (double *)h + begin, n };
    h->w = w;
    h->target = *target;
    h->step = 1.0;
    h->max_depth = max_depth;
    h->level = (wicki_level *)(h + 1);
    lay_out(h, &r);
    h->metric = wicki_metric_in(kind, n, r.next);
    return h;
}

void wicki_hmc_free(wicki_hmc *h)
{
    if (h)
        wicki_release(h->w, h);
}

/* --- points ------------------------------------------------------------------------------------ */

void wicki_point_copy(size_t n, wicki_point *to, const wicki_point *from)
{
    memcpy(to->q, from->q, n * sizeof *to->q);
    memcpy(to->p, from->p, n * sizeof *to->p);
    memcpy(to->gradient, from->gradient, n * sizeof *to->gradient);
    to->potential = from->potential;
    to->energy = from->energy;
}

static bool look(wicki_hmc *h, wicki_point *z)
{
    z->potential = h->target.value(h->target.arg, z->q, z->gradient);
    if (isfinite(z->potential))
        return true;
    z->potential = INFINITY;
    return false;
}

bool wicki_hmc_start(wicki_hmc *h, const double *q)
{
    memcpy(h->now.q, q, h->target.n * sizeof *q);
    if (!look(h, &h->now))
        return false;
    for (size_t i = 0; i < h->target.n; i++)
        if (!isfinite(h->now.gradient[i]))
            return false;
    return true;
}

double wicki_hmc_energy(const wicki_hmc *h, const wicki_point *z, double *velocity)
{
    wicki_metric_velocity(&h->metric, z->p, velocity);
    const double energy = z->potential + 0.5 * wicki_dot(h->target.n, z->p, velocity);
    return isnan(energy) ? INFINITY : energy;
}

/* x += step rate */
static void advance(size_t n, double step, const double *restrict rate, double *restrict x)
{
    for (size_t i = 0; i < n; i++)
        x[i] += step * rate[i];
}

bool wicki_hmc_leapfrog(wicki_hmc *h, wicki_point *z, double step)
{
    const size_t n = h->target.n;

    advance(n, -0.5 * step, z->gradient, z->p);
    wicki_metric_velocity(&h->metric, z->p, h->velocity_work);
    advance(n, step, h->velocity_work, z->q);
    if (!look(h, z))
        return false;
    advance(n, -0.5 * step, z->gradient, z->p);
    return true;
}

/* --- a static trajectory ----------------------------------------------------------------------- */

/* One that meets a point without density is rejected, whichever way it is gone. */
static double end_of_trajectory(wicki_hmc *h, wicki_point *z, size_t leapfrogs, size_t *done)
{
    for (*done = 0; *done < leapfrogs; ++*done)
        if (!wicki_hmc_leapfrog(h, z, h->step)) {
            ++*done;
            return INFINITY;
        }
    return wicki_hmc_energy(h, z, h->velocity_work);
}

wicki_transition wicki_hmc_static(wicki_hmc *h, wicki_stream *stream, size_t leapfrogs)
{
    wicki_transition t = { .depth = 0 };
    wicki_point *z = &h->end[1];

    wicki_metric_draw(&h->metric, stream, h->now.p);
    h->now.energy = wicki_hmc_energy(h, &h->now, h->velocity_work);
    wicki_point_copy(h->target.n, z, &h->now);
    z->energy = end_of_trajectory(h, z, leapfrogs, &t.leapfrogs);
    const double error = z->energy - h->now.energy;
    t.divergent = error > WICKI_MOST_ERROR;
    t.accept = error > 0.0 ? wicki_exp(-error) : 1.0;
    if (wicki_uniform(stream) < t.accept)
        wicki_point_copy(h->target.n, &h->now, z);
    t.energy = h->now.energy;
    return t;
}
