/*
 * Bounds of several particles together: Renyi's, of which the importance weighted one is a case,
 * and what reweighted wake-sleep reports.
 *
 * With l_k = log p - log q of particle k and a_k = (1 - alpha) l_k the bound is
 * log(mean_k exp a_k) / (1 - alpha). Its slope by l_k is the particle's share of the sum. A draw
 * without a gradient has its score, times what the bound is above that in which the particle's a_k
 * is the mean of the others', which does not depend on the draw (Mnih & Rezende 2016, VIMCO). A
 * score has the mean 0: a further 1/K of it makes up for what log q, by which the bound falls,
 * passes on where all shares are alike.
 */
#include "infer/elbo.h"

#include "base/special.h"
#include "tape/take.h"

#include <math.h>

/* --- the op ----------------------------------------------------------------------------------- */

/*
 * Inputs: log p, log q, and perhaps the score of each particle; its members and elements are they.
 */
typedef struct particles {
    double order; /* 1 - alpha */
    bool wake;    /* of a guide that is woken: insomnia is the part of that in its loss */
    double insomnia;
    double *share; /* [particles]; then the weights of the scores; then room */
} particles;

static size_t count(const wick_node *node)
{
    return node->in[0]->members * node->in[0]->elements;
}

static bool has_scores(const wick_node *node)
{
    return node->n_in > 2;
}

static bool particles_shape(wick *w, wick_node *node)
{
    particles *p = node->data;

    p->share = wicki_alloc_doubles(w, 3 * count(node));
    return p->share && wicki_node_shape(w, node, 0, NULL, 0);
}

static double log_add(double a, double b)
{
    const double top = a > b ? a : b, low = a > b ? b : a;

    return isfinite(top) ? top + wicki_log1p(wicki_exp(low - top)) : top;
}

static double log_sum(size_t n, const double *a)
{
    double top = -INFINITY, sum = 0.0;

    for (size_t i = 0; i < n; i++)
        top = a[i] > top ? a[i] : top;
    if (!isfinite(top))
        return top;
    for (size_t i = 0; i < n; i++)
        sum += wicki_exp(a[i] - top);
    return top + wicki_log(sum);
}

/*
 * The weights of the scores: what the bound is above that with a[k] the mean of the others, by sums
 * of those before k and behind it. Where all others are impossible it is compared with nothing.
 */
static void compare(size_t n, const double *a, double order, double bound, double *above)
{
    double *mean = above + n, log_before = -INFINITY, before = 0.0;
    double log_behind = -INFINITY, behind = 0.0;

    for (size_t k = 0; k < n; k++) {
        above[k] = log_before;
        mean[k] = before / (double)(n - 1);
        log_before = log_add(log_before, a[k]);
        before += a[k];
    }
    for (size_t k = n; k-- > 0;) {
        const double others = log_add(above[k], log_behind);
        const double own = mean[k] + behind / (double)(n - 1);
        const double without = (log_add(others, own) - wicki_log((double)n)) / order;
        above[k] = (isfinite(without) ? bound - without : bound) + 1.0 / (double)n;
        log_behind = log_add(log_behind, a[k]);
        behind += a[k];
    }
}

static void particles_forward(wick_node *node)
{
    const particles *p = node->data;
    const size_t n = count(node);
    double *share = p->share;

    for (size_t k = 0; k < n; k++)
        share[k] = p->order * (node->in[0]->value[k] - node->in[1]->value[k]);
    const double all = log_sum(n, share), bound = (all - wicki_log((double)n)) / p->order;
    if (has_scores(node))
        compare(n, share, p->order, bound, share + n);
    for (size_t k = 0; k < n; k++)
        share[k] = wicki_exp(share[k] - all);
    *node->value = -bound;
}

static void add_shares(
    const wick_node *node, uint32_t j, double factor, const double *share, double less)
{
    if (node->n_in > j && node->in[j]->adjoint)
        for (size_t k = 0; k < count(node); k++)
            node->in[j]->adjoint[k] += factor * (share[k] - less);
}

/*
 * Awake, log q of a particle is raised by its share instead of lowering the bound. 1/K less has the
 * same mean, since that of grad log q is 0, and no noise where all shares are alike.
 */
static void particles_reverse(wick_node *node)
{
    const particles *p = node->data;
    const double g = *node->adjoint;

    if (g == 0.0)
        return;
    add_shares(node, 0, -g, p->share, 0.0);
    if (p->wake)
        add_shares(node, 1, -g * p->insomnia, p->share, 1.0 / (double)count(node));
    else
        add_shares(node, 1, g, p->share, 0.0);
    add_shares(node, 2, -g, p->share + count(node), 0.0);
}

static bool same_particles(const wick_node *a, const wick_node *b)
{
    const particles *x = a->data, *y = b->data;

    return x->order == y->order && x->wake == y->wake && x->insomnia == y->insomnia;
}

static const wick_op particles_op = { .name = "particles",
    .shape = particles_shape,
    .forward = particles_forward,
    .reverse = particles_reverse,
    .same = same_particles };

/* --- the particles ---------------------------------------------------------------------------- */

typedef wick_node *part(wick *w, const wicki_bound *b, const wicki_pair *p);

static wick_node *log_p(wick *w, const wicki_bound *b, const wicki_pair *p)
{
    wicki_contraction *c = wicki_contraction_new(w, WICKI_SUM, true);

    wicki_contraction_by_draw(c);
    wicki_add_model(w, b, p, c, 1.0);
    return wicki_contract(c);
}

static wick_node *log_q(wick *w, const wicki_bound *b, const wicki_pair *p)
{
    wicki_contraction *c = wicki_contraction_new(w, WICKI_SUM, true);

    wicki_contraction_by_draw(c);
    wicki_add_guide(w, b, p, c, 1.0);
    return wicki_contract(c);
}

static wick_node *score(wick *w, const wicki_bound *b, const wicki_pair *p)
{
    wick_node *sum = p->choices && !b->cut ? wicki_choices_score(w, p->choices) : NULL;

    return sum ? sum : wicki_node_of(w, b->loss, wick_num(w, 0.0));
}

/* A part of all particles: those of one run lie along ambient dimensions, runs along the event. */
static wick_node *of_all(
    wick *w, const wicki_bound *b, const wicki_pair *first, part *of_run, uint32_t draws)
{
    size_t n = 0;

    for (const wicki_pair *p = first; p; p = p->next)
        n++;
    wick_var *each = wick_alloc(w, n * sizeof *each);
    n = 0;
    for (const wicki_pair *p = first; p && wicki_ok(w); p = p->next) {
        wick_node *node = of_run(w, b, p);
        each[n++] = wicki_var_of(w, node ? wicki_expand(w, node, draws) : NULL);
    }
    if (!wicki_ok(w))
        return NULL;
    return wicki_node_of(w, b->loss, n > 1 ? wick_stack(w, n, each) : *each);
}

static uint32_t ambient_of(wick *w, const wick_trace *trace)
{
    uint32_t all = 0;

    for (const wick_site *s = wick_trace_first(trace); s; s = wick_site_next(s))
        all = wicki_set_union(w, all, wicki_set_of_kind(w, s->plates, WICKI_AMBIENT));
    return all;
}

/* The ambient dimensions that sites stand in. */
static uint32_t draws_of(wick *w, const wicki_pair *first)
{
    uint32_t all = 0;

    for (const wicki_pair *p = first; p; p = p->next)
        all = wicki_set_union(
            w, all, wicki_set_union(w, ambient_of(w, p->guide), ambient_of(w, p->model)));
    return all;
}

static bool any_draw(const wicki_bound *b, const wicki_pair *first)
{
    for (const wicki_pair *p = first; p; p = p->next)
        if (p->choices && !b->cut)
            return true;
    return false;
}

wick_var wicki_particle_bound(wick *w, const wicki_bound *b, const wicki_pair *first)
{
    const particles data = {
        .order = 1.0 - b->options.alpha, .wake = b->wake, .insomnia = b->options.insomnia
    };
    const uint32_t draws = draws_of(w, first);
    wick_node *in[] = { of_all(w, b, first, log_p, draws), of_all(w, b, first, log_q, draws),
        NULL };
    size_t n_in = 2;

    if (any_draw(b, first))
        in[n_in++] = of_all(w, b, first, score, draws);
    if (!wicki_ok(w))
        return WICK_VAR_NONE;
    if (in[0]->members * in[0]->elements < 2) {
        wick_fail(w, WICK_ERR_ARGUMENT,
            "%s: one particle, need at least 2; set num_particles, or use wick_trace_elbo, which "
            "is this bound with one",
            b->loss);
        return WICK_VAR_NONE;
    }
    return wicki_var_of(w, wicki_record(w, &particles_op, n_in, in, &data, sizeof data));
}

/* --- the loss --------------------------------------------------------------------------------- */

static bool alpha_holds(wick *w, const wick_elbo_options *o)
{
    if (o && o->alpha == 1.0)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "wick_renyi_elbo: at alpha 1 this is the evidence lower bound; use wick_trace_elbo");
    else if (o && !isfinite(o->alpha))
        wick_fail(
            w, WICK_ERR_DOMAIN, "wick_renyi_elbo: alpha is %g, need a finite number", o->alpha);
    return wicki_ok(w);
}

wick_var wick_renyi_elbo(wick *w, wick_program model, wick_program guide, const void *options)
{
    wicki_bound b = { "wick_renyi_elbo", model, guide, .sum_model = true, .renyi = true };
    const wicki_pair *first = alpha_holds(w, options) ? wicki_bound_run(w, &b, options) : NULL;

    return first ? wicki_particle_bound(w, &b, first) : WICK_VAR_NONE;
}
