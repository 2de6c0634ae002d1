/* The No-U-Turn sampler. */
#include "base/special.h"
#include "mcmc/hmc.h"
#include "tape/loop.h"

#include <math.h>
#include <string.h>

/* A trajectory that grows. */
typedef struct growth {
    wicki_hmc *h;
    wicki_stream *stream;
    wicki_point *tip; /* the end that moves */
    double step;      /* with its sign */
    double energy;    /* at the start */
    double accepts;
    wicki_transition *result;
} growth;

/* value e^log_scale; the scale is 0, but where that would leave what a double can hold. */
typedef struct weight {
    double value, log_scale;
} weight;

/* A part of it: momenta and velocities at both ends, the sum of momenta, the sum of the weights
 * exp(-energy), beside that of the start. */
typedef struct tree {
    double *p_begin, *velocity_begin, *p_end, *velocity_end, *rho;
    wicki_point *proposal;
    weight weight;
} tree;

/* --- weights ----------------------------------------------------------------------------------- */

/* Of the logarithm of one whose scale is 0: the sum of 2^20 of them is far from infinite. */
static const double LARGEST_PLAIN = 600.0;

static weight weight_of(double log_weight)
{
    if (fabs(log_weight) <= LARGEST_PLAIN)
        return (weight){ wicki_exp(log_weight), 0.0 };
    return (weight){ 1.0, log_weight };
}

/* Gives both the larger of their scales. */
static void rescale(weight *a, weight *b)
{
    const double scale = wicki_max(a->log_scale, b->log_scale);

    if (a->log_scale == b->log_scale)
        return;
    *a = (weight){ a->value * wicki_exp(a->log_scale - scale), scale };
    *b = (weight){ b->value * wicki_exp(b->log_scale - scale), scale };
}

static bool happens(wicki_stream *stream, double probability)
{
    return probability >= 1.0 || wicki_uniform(stream) < probability;
}

/* --- does it turn back? ------------------------------------------------------------------------ */

/* Twice a sum has its sign. */
bool wicki_hmc_moves_apart(size_t n, const double *velocity_begin, const double *velocity_end,
    const double *rho, const double *extra)
{
    const double *other = extra ? extra : rho;
    double begin = 0.0, end = 0.0;

    for (size_t i = 0; i < n; i++) {
        const double sum = rho[i] + other[i];
        begin += velocity_begin[i] * sum;
        end += velocity_end[i] * sum;
    }
    return begin > 0.0 && end > 0.0;
}

/* Two trees side by side: as a whole, and each with the first point of the other. */
static bool both_move_apart(size_t n, const tree *a, const tree *b)
{
    return wicki_hmc_moves_apart(n, a->velocity_begin, b->velocity_end, a->rho, b->rho) &&
        wicki_hmc_moves_apart(n, a->velocity_begin, b->velocity_begin, a->rho, b->p_begin) &&
        wicki_hmc_moves_apart(n, a->velocity_end, b->velocity_end, b->rho, a->p_end);
}

/* --- growing ----------------------------------------------------------------------------------- */

static bool grow_leaf(growth *g, tree *t)
{
    wicki_hmc *h = g->h;
    const size_t n = h->target.n;
    wicki_point *z = g->tip;
    const bool exists = wicki_hmc_leapfrog(h, z, g->step);

    z->energy = exists ? wicki_hmc_energy(h, z, t->velocity_begin) : INFINITY;
    const double error = z->energy - g->energy;
    g->result->leapfrogs++;
    t->weight = weight_of(-error);
    g->accepts += error <= 0.0 ? 1.0 : error <= LARGEST_PLAIN ? t->weight.value : 0.0;
    if (error > WICKI_MOST_ERROR) {
        g->result->divergent = true;
        return false;
    }
    wicki_point_copy(n, t->proposal, z);
    for (size_t i = 0; i < n; i++) {
        t->velocity_end[i] = t->velocity_begin[i];
        t->p_begin[i] = t->p_end[i] = t->rho[i] = z->p[i];
    }
    return true;
}

static void swap_points(wicki_point *a, wicki_point *b)
{
    const wicki_point c = *a;

    *a = *b;
    *b = c;
}

/* A tree of 2^depth leapfrogs; false if it ends in a divergence or turns back. */
static bool grow(growth *g, unsigned depth, tree *t)
{
    if (depth == 0)
        return grow_leaf(g, t);
    wicki_level *l = &g->h->level[depth - 1];
    tree a = { t->p_begin, t->velocity_begin, l->p_end, l->velocity_end, l->rho_first, t->proposal,
        { 0.0, 0.0 } };
    tree b = { l->p_begin, l->velocity_begin, t->p_end, t->velocity_end, l->rho_second,
        &l->proposal, { 0.0, 0.0 } };

    if (!grow(g, depth - 1, &a) || !grow(g, depth - 1, &b))
        return false;
    rescale(&a.weight, &b.weight);
    t->weight = (weight){ a.weight.value + b.weight.value, a.weight.log_scale };
    if (happens(g->stream, b.weight.value / t->weight.value))
        swap_points(t->proposal, &l->proposal);
    for (size_t i = 0; i < g->h->target.n; i++)
        t->rho[i] = a.rho[i] + b.rho[i];
    return both_move_apart(g->h->target.n, &a, &b);
}

/* --- a transition ------------------------------------------------------------------------------ */

static void swap_arrays(double **a, double **b)
{
    double *c = *a;

    *a = *b;
    *b = c;
}

/*
 * Doubles the trajectory, which has the weight `whole`, in one direction; a new point is taken
 * with probability min(1, ratio of weights). Returns false when it is over.
 */
static bool extend(growth *g, bool forward, unsigned depth, weight *whole)
{
    wicki_hmc *h = g->h;
    const size_t n = h->target.n;
    tree new = { h->p_begin, h->velocity_begin, h->p_end, h->velocity_next, h->rho_next,
        &h->proposal, { 0.0, 0.0 } };
    const tree old = { .velocity_begin = h->velocity[!forward],
        .p_end = h->p_near,
        .velocity_end = h->velocity[forward],
        .rho = h->rho };

    g->tip = &h->end[forward];
    g->step = forward ? h->step : -h->step;
    memcpy(h->p_near, g->tip->p, n * sizeof *h->p_near);
    if (!grow(g, depth, &new))
        return false;
    g->result->depth++;
    rescale(whole, &new.weight);
    if (happens(g->stream, new.weight.value / whole->value))
        swap_points(&h->now, &h->proposal);
    whole->value += new.weight.value;
    const bool apart = both_move_apart(n, &old, &new);
    for (size_t i = 0; i < n; i++)
        h->rho[i] += h->rho_next[i];
    swap_arrays(&h->velocity[forward], &h->velocity_next);
    return apart;
}

static void begin(growth *g)
{
    wicki_hmc *h = g->h;
    const size_t n = h->target.n;

    wicki_metric_draw(&h->metric, g->stream, h->now.p);
    g->energy = h->now.energy = wicki_hmc_energy(h, &h->now, h->velocity[0]);
    memcpy(h->velocity[1], h->velocity[0], n * sizeof *h->velocity[0]);
    memcpy(h->rho, h->now.p, n * sizeof *h->rho);
    wicki_point_copy(n, &h->end[0], &h->now);
    wicki_point_copy(n, &h->end[1], &h->now);
}

wicki_transition wicki_hmc_nuts(wicki_hmc *h, wicki_stream *stream)
{
    wicki_transition t = { .depth = 0 };
    growth g = { .h = h, .stream = stream, .result = &t };
    weight whole = { 1.0, 0.0 };

    begin(&g);
    while (t.depth < h->max_depth && extend(&g, wicki_uniform(stream) > 0.5, t.depth, &whole)) {}
    t.accept = g.accepts / (double)t.leapfrogs;
    t.energy = h->now.energy;
    return t;
}
