/*
 * Expectations of costs under a guide with discrete sites.
 *
 * Each cost is a table over enumerated variables of the guide. The variables are averaged away, the
 * one that was met last first: its probabilities depend on those before it only, so
 * E[cost] = E[ ... E[cost | all but the last] ... ]. A value on a path, and a draw, multiply the
 * cost by a weight: its probability, and exp(log q - detach(log q)), which is 1 and has the gradient
 * of log q (Foerster et al. 2018, DiCE).
 */
#include "dist/dist.h"
#include "infer/elbo.h"
#include "site/site.h"
#include "tape/axis.h"
#include "tape/op_list.h"

typedef struct choice {
    const wick_site *site;
    wick_node *log_q; /* of its value or values, unmasked, unscaled */
    wick_node *score; /* of a draw: log q - detach(log q) */
    uint32_t plates;  /* of the site */
    uint32_t own;     /* those of them that the value varies over */
    const unsigned char
        *reached; /* by place: how it depends on the value; NULL for enumerated ones */
} choice;

/* A node depends on the value; a member of it on the values of other members too. */
enum { REACHED = 1, MIXED = 2 };

/* A cost on its way through the variables it still varies over. */
typedef struct cost {
    wicki_factor is;
    struct cost *next;
} cost;

struct wicki_choices {
    choice *choice;
    size_t n, n_weights; /* all; those that are not enumerated in parallel, which give weights */
    wick_node **weight;  /* room for theirs */
    size_t *variable_of; /* of each dimension: the number of its choice and 1, or 0 */
    size_t *value_of;    /* by place, of each node that is a value on a path or a draw: the same */
    uint32_t first_dim, n_dims;       /* those of the variables */
    uint32_t first, last, added, end; /* nodes: of the run, and since its factors are held back */
};

static bool is_choice(const wick_site *s)
{
    return s->type == WICK_SAMPLE && !s->observed &&
        (s->enumerate || !s->dist.type->reparameterised);
}

static bool is_draw(const choice *o)
{
    return o->site->enumerate == WICK_NOT_ENUMERATED;
}

wicki_choices *wicki_choices_of(wick *w, const wick_trace *guide)
{
    size_t n = 0;

    for (const wick_site *s = wick_trace_first(guide); s; s = wick_site_next(s))
        n += is_choice(s);
    wicki_choices *choices = n > 0 ? wicki_alloc_zero(w, sizeof *choices) : NULL;
    if (!choices || !(choices->choice = wicki_alloc_zero(w, n * sizeof *choices->choice)))
        return NULL;
    for (const wick_site *s = wick_trace_first(guide); s; s = wick_site_next(s))
        if (is_choice(s))
            choices->choice[choices->n++] = (choice){ .site = s,
                .log_q = wicki_site_density(w, s, false),
                .plates = wicki_set_of_kind(w, s->plates, WICKI_PLATE) };
    choices->first = choices->last = wicki_ok(w) ? w->tape->n_nodes : 0;
    for (size_t i = 0; i < choices->n && wicki_ok(w); i++)
        if (choices->choice[i].site->value.node < choices->first)
            choices->first = choices->choice[i].site->value.node;
    return wicki_ok(w) ? choices : NULL;
}

/* --- nodes and dimensions of one run ------------------------------------------------------------ */

/*
 * The nodes that may depend on its values, numbered from 1; 0: the node is none of them. Between those
 * of the run and of its factors lie the runs of other paths and particles.
 */
static uint32_t place_of(const wicki_choices *c, uint32_t node)
{
    if (node >= c->first && node < c->last)
        return node - c->first + 1;
    return node >= c->added && node < c->end ? node - c->added + c->last - c->first + 1 : 0;
}

static uint32_t count_places(const wicki_choices *c)
{
    return c->last - c->first + c->end - c->added + 1;
}

static const wick_node *node_at(const wick *w, const wicki_choices *c, uint32_t place)
{
    const uint32_t n = c->last - c->first;

    return w->tape->node[place <= n ? place - 1 + c->first : place - 1 - n + c->added];
}

/* The number of the choice that a dimension belongs to, and 1; 0 for other dimensions. */
static size_t variable_of(const wicki_choices *c, uint32_t dim)
{
    return dim >= c->first_dim && dim - c->first_dim < c->n_dims
        ? c->variable_of[dim - c->first_dim]
        : 0;
}

/* --- what depends on a value ------------------------------------------------------------------- */

/* Has a value a dimension that is the plate, or that the plate owns? */
static bool varies_over(const wick *w, const wick_node *node, uint32_t plate)
{
    const wicki_set *set = wicki_set_at(w, node->dims);

    for (uint32_t i = 0; i < set->n; i++)
        if (set->dim[i] == plate || wicki_set_has(w, wicki_dim_at(w, set->dim[i])->owners, plate))
            return true;
    return false;
}

/* Does a node that depends on the value lack a plate of it? Then members have been put together. */
static bool is_outside(const wick *w, const choice *from, const wick_node *node)
{
    const wicki_set *own = wicki_set_at(w, from->own);

    for (uint32_t i = 0; i < own->n; i++)
        if (!varies_over(w, node, own->dim[i]))
            return true;
    return false;
}

/* What a node passes on. */
static unsigned char passed_on(const wick *w, const wicki_choices *c, const choice *from,
    const unsigned char *reached, const wick_node *node)
{
    const uint32_t place = place_of(c, node->id);

    if (!reached[place])
        return 0;
    return reached[place] | (is_outside(w, from, node) ? MIXED : 0);
}

static unsigned char by_parameters(const wick *w, const wicki_choices *c, const choice *from,
    const unsigned char *reached, const wick_dist *dist)
{
    unsigned char how = 0;

    for (size_t i = 0; i < dist->type->n_parameters; i++) {
        const wick_var p = dist->parameter[i].var;
        how |= p.w == w ? passed_on(w, c, from, reached, w->tape->node[p.node]) : 0;
    }
    for (size_t i = 0; i < dist->n_bases; i++)
        how |= by_parameters(w, c, from, reached, &dist->base[i]);
    return how;
}

/* Does it vary over the values of another choice, whose probabilities depend on it? An enumerated
 * value need not be an operand: to take by it is to rename an axis. */
static unsigned char by_choices(const wick *w, const wicki_choices *c, const choice *from,
    const unsigned char *reached, const wick_node *node)
{
    const wicki_set *set = wicki_set_at(w, node->dims);
    size_t at = c->value_of[place_of(c, node->id)];
    unsigned char how = at ? by_parameters(w, c, from, reached, &c->choice[at - 1].site->dist) : 0;

    for (uint32_t i = 0; i < set->n; i++)
        if ((at = variable_of(c, set->dim[i])))
            how |= by_parameters(w, c, from, reached, &c->choice[at - 1].site->dist);
    return how;
}

/* Taking along a plate moves members; along the event it takes an axis away. */
static unsigned char by_operands(const wick *w, const wicki_choices *c, const choice *from,
    const unsigned char *reached, const wick_node *node)
{
    unsigned char how = 0;

    for (uint32_t j = 0; j < node->n_in; j++)
        if (wicki_on_tape(node->in[j]))
            how |= passed_on(w, c, from, reached, node->in[j]);
    if (from->own && node->op == &wicki_op_gather && wicki_on_tape(node->in[0]) &&
        node->rank == node->in[0]->rank && reached[place_of(c, node->in[0]->id)])
        how |= MIXED;
    return how;
}

/* One way along the tape: returns how far it went. */
static size_t spread(
    const wick *w, const wicki_choices *c, const choice *from, unsigned char *reached)
{
    size_t n = 0;

    for (uint32_t place = 1; place < count_places(c); place++) {
        const wick_node *node = node_at(w, c, place);
        reached[place] |=
            by_operands(w, c, from, reached, node) | by_choices(w, c, from, reached, node);
        n += reached[place];
    }
    return n;
}

/*
 * Through the tape; and through the probabilities of another choice to its value, which is not on the
 * tape after them if it was given. What C read may have gone anywhere.
 */
static const unsigned char *find_reached(wick *w, const wicki_choices *c, const choice *from)
{
    const uint32_t value = place_of(c, from->site->value.node), n_places = count_places(c);
    unsigned char *reached = wicki_alloc_zero(w, n_places);

    if (!reached)
        return NULL;
    reached[value] = REACHED;
    for (uint32_t i = value; i < n_places && w->tape->read && is_draw(from); i++)
        reached[i] = REACHED | MIXED;
    size_t n = 0, before;
    do {
        before = n;
        n = spread(w, c, from, reached);
    } while (n != before);
    return reached;
}

static void find_dims(wick *w, wicki_choices *c)
{
    uint32_t end = 0;

    c->first_dim = UINT32_MAX;
    for (size_t i = 0; i < c->n; i++) {
        const uint32_t dim = c->choice[i].site->enumerated;
        c->first_dim = dim && dim < c->first_dim ? dim : c->first_dim;
        end = dim >= end ? dim + 1 : end;
    }
    c->n_dims = end > c->first_dim ? end - c->first_dim : 0;
    c->variable_of = wicki_alloc_zero(w, (c->n_dims + 1) * sizeof *c->variable_of);
}

static wick_node *score_of_draw(wick *w, wick_node *log_q)
{
    const wick_var x = wicki_var_of(w, log_q);

    return wicki_node_of(w, "score", wick_sub(x, wick_detach(x)));
}

static bool prepare(wick *w, wicki_choices *c)
{
    c->end = w->tape->n_nodes;
    find_dims(w, c);
    c->value_of = wicki_alloc_zero(w, count_places(c) * sizeof *c->value_of);
    if (!wicki_ok(w))
        return false;
    for (size_t i = 0; i < c->n; i++) {
        const wick_site *s = c->choice[i].site;
        if (s->enumerated)
            c->variable_of[s->enumerated - c->first_dim] = i + 1;
        else
            c->value_of[place_of(c, s->value.node)] = i + 1;
        c->n_weights += !s->enumerated;
    }
    c->weight = wick_alloc(w, (c->n_weights + 1) * sizeof *c->weight);
    for (size_t i = 0; i < c->n; i++) {
        choice *o = &c->choice[i];
        if (o->site->enumerated)
            continue;
        const uint32_t value = o->site->value.node;
        o->own = wicki_set_of_kind(w, w->tape->node[value]->dims, WICKI_PLATE);
        o->reached = find_reached(w, c, o);
        if (is_draw(o))
            o->score = score_of_draw(w, o->log_q);
    }
    return wicki_ok(w);
}

/* --- values on a path, and draws --------------------------------------------------------------- */

/* The sum over members present, which are those that the cost depends on. */
static wick_node *sum_present(wick *w, wick_node *x, uint32_t plates)
{
    const wicki_set *set = wicki_set_at(w, plates);

    for (uint32_t i = 0; i < set->n && wicki_ok(w); i++) {
        if (!wicki_set_has(w, x->dims, set->dim[i]))
            continue;
        wicki_axis a = wicki_dim_axis(w, x, set->dim[i]);
        a.scale = 1.0;
        x = wicki_reduce_axis(w, &wicki_op_sum, x, &a);
    }
    return x;
}

static void fail_outside(wick *w, const choice *o, const char *site)
{
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_text_add_set(&text, w, o->plates);
    wick_fail(w, WICK_ERR_SHAPE,
        "site '%s' is enumerated one value at a time, for all members of %s at once, but '%s' "
        "outside depends on it; loop over the members, with a name each, or sample it",
        o->site->name, buffer, site);
}

/* The score of the values that a cost depends on: of its own member, or of all. */
static wick_node *score_of(wick *w, const choice *o, const wicki_factor *f, bool mixed)
{
    return sum_present(w, o->score, mixed ? o->plates : wicki_set_minus(w, o->plates, f->plates));
}

/* The log weight that a choice gives to a cost; NULL for none. */
static wick_node *log_weight(wick *w, const wicki_choices *c, const choice *o, wicki_factor *f)
{
    const bool inside = wicki_set_within(w, o->plates, f->plates);
    const unsigned char how = o->reached ? passed_on(w, c, o, o->reached, f->density) : 0;

    if (o->site->enumerated)
        return NULL;
    if (is_draw(o))
        return how ? score_of(w, o, f, how & MIXED) : NULL;
    if (inside && !(how & MIXED))
        return o->log_q;
    if (how)
        fail_outside(w, o, f->site);
    f->weight /= (double)wicki_dist_cardinality(w, &o->site->dist); /* it is met on each path */
    return NULL;
}

static void weigh(wick *w, const wicki_choices *c, wicki_factor *f)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n && c->n_weights > 0 && wicki_ok(w); i++) {
        wick_node *weight = log_weight(w, c, &c->choice[i], f);
        if (weight)
            c->weight[n++] = weight;
    }
    if (n == 0 || !wicki_ok(w))
        return;
    wick_node *sum = n > 1 ? wicki_weighted_sum(w, n, c->weight, NULL) : *c->weight;
    f->density = wicki_weigh(w, sum, f->density);
}

/* --- enumerated variables ---------------------------------------------------------------------- */

/* The variable that was met last among those a cost varies over: its number and 1, or 0. */
static size_t last_variable(const wick *w, const wicki_choices *c, uint32_t dims)
{
    const wicki_set *set = wicki_set_at(w, dims);
    size_t last = 0;

    for (uint32_t i = 0; i < set->n; i++) {
        const size_t v = variable_of(c, set->dim[i]);
        last = v > last ? v : last;
    }
    return last;
}

/* The plates of the variables in a cost: over the others it can be summed. */
static uint32_t plates_needed(wick *w, uint32_t dims)
{
    const wicki_set *set = wicki_set_at(w, dims);
    uint32_t needed = 0;

    for (uint32_t i = 0; i < set->n; i++)
        needed = wicki_set_union(w, needed, wicki_dim_at(w, set->dim[i])->owners);
    return needed;
}

static void sum_over_others(wick *w, wicki_factor *f)
{
    const uint32_t needed = plates_needed(w, f->density->dims);
    const uint32_t beyond = wicki_set_minus(w, f->plates, needed);
    const wicki_set *set = wicki_set_at(w, beyond);

    for (uint32_t i = 0; i < set->n && f->density; i++)
        f->density = wicki_sum_plate(w, f->density, set->dim[i]);
    f->plates = wicki_set_minus(w, f->plates, beyond);
}

/* Costs go to the variable that is averaged first; those without any are done. */
static void file(wick *w, wicki_contraction *c, const wicki_choices *choices, cost **of_variable,
    const wicki_factor *f)
{
    const size_t last = wicki_ok(w) ? last_variable(w, choices, f->density->dims) : 0;

    if (!wicki_ok(w))
        return;
    if (last == 0) {
        wicki_contraction_add_up(c, f);
        return;
    }
    cost *filed = wick_alloc(w, sizeof *filed);
    if (!filed)
        return;
    *filed = (cost){ *f, of_variable[last - 1] };
    sum_over_others(w, &filed->is);
    of_variable[last - 1] = filed;
}

/* The cost with the largest table, taken out together with all that it covers: their sum. */
static wicki_factor take_largest(wick *w, cost **list)
{
    const cost *largest = *list;
    size_t n = 0;

    for (const cost *k = *list; k; k = k->next, n++)
        if (k->is.density->members > largest->is.density->members)
            largest = k;
    wicki_factor sum = largest->is;
    wick_node **nodes = wick_alloc(w, n * sizeof *nodes);
    double *weights = wick_alloc(w, n * sizeof *weights);
    if (!nodes || !weights) {
        *list = NULL;
        return sum;
    }
    n = 0;
    for (cost **link = list; *link;) {
        const wicki_factor *f = &(*link)->is;
        if (f->plates != sum.plates ||
            !wicki_set_within(w, f->density->dims, largest->is.density->dims)) {
            link = &(*link)->next;
            continue;
        }
        nodes[n] = f->density;
        weights[n++] = f->weight * f->scale;
        *link = (*link)->next;
    }
    sum.density = wicki_weighted_sum(w, n, nodes, weights);
    sum.weight = sum.scale = 1.0;
    return sum;
}

static bool table_fits(wick *w, const choice *o, const wick_node *x)
{
    const uint32_t dims = wicki_set_union(w, o->log_q->dims, x->dims);
    const wicki_set *set = wicki_set_at(w, dims);

    if (!wicki_ok(w) || set->members <= WICKI_LARGEST_TABLE)
        return wicki_ok(w);
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };
    wicki_text_add_set(&text, w, dims);
    wick_fail(w, WICK_ERR_LIMIT,
        "averaging over '%s' needs a table of %zu numbers, over %s; do not enumerate all of these "
        "in the guide",
        o->site->name, set->members, buffer);
    return false;
}

/* The mean over the values of a variable. */
static wick_node *average(wick *w, const choice *o, wick_node *x)
{
    if (!x || !table_fits(w, o, x))
        return NULL;
    wick_node *weighed = wicki_weigh(w, o->log_q, x);
    if (!weighed)
        return NULL;
    wicki_axis a = wicki_dim_axis(w, weighed, o->site->enumerated);
    a.scale = 1.0;
    return wicki_reduce_axis(w, &wicki_op_sum, weighed, &a);
}

wick_node *wicki_choices_score(wick *w, const wicki_choices *choices)
{
    wick_node **each = wick_alloc(w, choices->n * sizeof *each);
    size_t n = 0;

    for (size_t i = 0; i < choices->n && wicki_ok(w); i++) {
        const choice *o = &choices->choice[i];
        each[n++] = sum_present(w, score_of_draw(w, o->log_q), o->plates);
    }
    return wicki_ok(w) ? wicki_weighted_sum(w, n, each, NULL) : NULL;
}

void wicki_choices_hold(wick *w, wicki_contraction *c, wicki_choices *choices)
{
    wicki_contraction_hold(c, choices != NULL);
    if (choices)
        choices->added = w->tape->n_nodes;
    for (size_t i = 0; choices && i < choices->n; i++)
        if (choices->choice[i].site->enumerated)
            wicki_contraction_keep(c, choices->choice[i].site->enumerated);
}

wick_node *wicki_choice_log_q(const wicki_choices *choices, size_t *next, const wick_site *site)
{
    if (!choices || *next == choices->n || choices->choice[*next].site != site)
        return NULL;
    return choices->choice[(*next)++].log_q;
}

void wicki_expect(
    wick *w, wicki_contraction *c, wicki_choices *choices, double weight, double decay)
{
    wicki_factor *held = NULL;
    const size_t n = wicki_contraction_take(c, &held);
    cost **of_variable = wicki_alloc_zero(w, choices->n * sizeof *of_variable);
    if (!of_variable || !prepare(w, choices))
        return;
    for (size_t i = 0; i < choices->n && wicki_ok(w); i++) {
        choice *o = &choices->choice[i];
        wicki_factor f = { NULL, o->plates, 1.0, weight, o->site->name };
        if (!is_draw(o) || !(f.density = wicki_compare_draw(w, o->site, decay, &o->score)))
            continue;
        weigh(w, choices, &f);
        file(w, c, choices, of_variable, &f);
    }
    for (size_t i = 0; i < n && wicki_ok(w); i++) {
        weigh(w, choices, &held[i]);
        file(w, c, choices, of_variable, &held[i]);
    }
    for (size_t v = choices->n; v-- > 0;)
        while (of_variable[v] && wicki_ok(w)) {
            wicki_factor f = take_largest(w, &of_variable[v]);
            f.density = average(w, &choices->choice[v], f.density);
            file(w, c, choices, of_variable, &f);
        }
}
