/* A model as a picture: text for Graphviz. */
#include "dist/dist.h"
#include "site/page.h"
#include "site/sandbox.h"
#include "site/site.h"

#include <stdlib.h>
#include <string.h>

enum { INDENT = 4 };

/* --- values of sites on the tape --------------------------------------------------------------- */

/* A node of its own for each value that a site returns, so that whatever is made of it leads here
 * and no further. Its data is the name of the site. */
static bool value_shape(wick *w, wick_node *node)
{
    const uint32_t dim = node->in[0]->coordinate;

    node->alias = true;
    if (dim && wicki_dim_at(w, dim)->index) /* the only index that wick_take allows there */
        node->coordinate = dim;
    return wicki_node_event_of(w, node, node->in[0]);
}

static const wick_op value_of_site = { .name = "wick_model_dot", .shape = value_shape };

static void mark_value(wick *w, wick_handler *self, wick_site *site)
{
    wick_node *node = wicki_node_of(w, "wick_model_dot", site->value);

    (void)self;
    if (node)
        node = wicki_record(w, &value_of_site, 1, &node, &site->name, sizeof site->name);
    site->value = wicki_var_of(w, node);
}

/* --- the model as it is drawn ------------------------------------------------------------------ */

/* A site, in the cluster of its innermost plate. */
typedef struct vertex {
    const wick_site *site;
    struct vertex *next;
} vertex;

/* A plate, or the whole. */
typedef struct cluster {
    uint32_t dim;
    const struct cluster *outer;
    vertex *first_vertex, **last_vertex;
    struct cluster *first, **last; /* those in it */
    struct cluster *next;          /* the one beside it */
    struct cluster *same;          /* another one of this plate */
} cluster;

typedef struct drawing {
    wick *w;
    const wick_trace *trace;
    wicki_page page;
    cluster whole;
    size_t *n_sites;    /* of each dimension: sites that stand in it ... */
    cluster **clusters; /* ... and its clusters */

    uint32_t *way;  /* of each node: see find_ways */
    uint32_t *seen; /* the last search that came by, numbered from 1 */
    uint32_t *stack, n_stack, search;
    const wick_site **sources; /* what the search found */
    size_t n_sources;
} drawing;

/* --- plates ------------------------------------------------------------------------------------ */

static void count_sites(drawing *d)
{
    for (const wick_site *s = wick_trace_first(d->trace); s; s = wick_site_next(s)) {
        const wicki_set *set = wicki_set_at(d->w, s->plates);
        for (uint32_t i = 0; i < set->n; i++)
            d->n_sites[set->dim[i]]++;
    }
}

static bool stands_outside(const drawing *d, uint32_t a, uint32_t b)
{
    return d->n_sites[a] != d->n_sites[b] ? d->n_sites[a] > d->n_sites[b] : a < b;
}

/* The cluster of a plate within another one, a new one if need be. */
static cluster *cluster_in(drawing *d, cluster *outer, uint32_t dim)
{
    cluster *c = d->clusters[dim];

    while (c && c->outer != outer)
        c = c->same;
    if (c)
        return c;
    c = wick_alloc(d->w, sizeof *c);
    if (!c)
        return NULL;
    *c = (cluster){ .dim = dim, .outer = outer, .same = d->clusters[dim] };
    c->last_vertex = &c->first_vertex;
    c->last = &c->first;
    d->clusters[dim] = c;
    *outer->last = c;
    outer->last = &c->next;
    return c;
}

/* If one of two plates holds all sites of the other it comes first, at every site that has both. */
static void place(drawing *d, const wick_site *site)
{
    const wicki_set *set = wicki_set_at(d->w, site->plates);
    vertex *v = wick_alloc(d->w, sizeof *v);
    uint32_t sorted[WICK_MAX_DIMS];
    cluster *c = &d->whole;

    for (uint32_t i = 0; i < set->n; i++) {
        uint32_t at = i;
        for (; at > 0 && stands_outside(d, set->dim[i], sorted[at - 1]); at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = set->dim[i];
    }
    for (uint32_t i = 0; i < set->n && c; i++)
        c = cluster_in(d, c, sorted[i]);
    if (!v || !c)
        return;
    *v = (vertex){ .site = site };
    *c->last_vertex = v;
    c->last_vertex = &v->next;
}

/* --- text -------------------------------------------------------------------------------------- */

/* In quotes; a backslash before another one, a quote and the n of a new line. */
static void write_quoted(wicki_page *page, const char *name)
{
    wicki_page_add(page, "\"");
    while (*name) {
        const size_t plain = strcspn(name, "\\\"\n");
        wicki_page_add(page, "%.*s", (int)plain, name);
        name += plain;
        if (*name)
            wicki_page_add(page, "\\%c", *name == '\n' ? 'n' : *name);
        name += *name != '\0';
    }
    wicki_page_add(page, "\"");
}

static const char *style_of(const wick_site *site)
{
    if (site->type == WICK_PARAM)
        return " [style=dashed, fontsize=10, height=0.3]";
    if (site->type == WICK_DETERMINISTIC)
        return " [peripheries=2]";
    if (site->observed)
        return site->dist.type == &wicki_dist_unit ? " [shape=square]" : " [fillcolor=grey]";
    return "";
}

static void write_label(drawing *d, const wicki_dim *dim, size_t depth)
{
    wicki_page_spaces(&d->page, depth * INDENT);
    wicki_page_add(&d->page, "label=");
    write_quoted(&d->page, dim->name);
    d->page.length--; /* the closing quote comes after the size */
    wicki_page_add(&d->page, "  N = %zu", dim->present);
    if (dim->present < dim->full)
        wicki_page_add(&d->page, " of %zu", dim->full);
    wicki_page_add(&d->page, "\";\n");
}

static size_t write_inside(drawing *d, const cluster *c, size_t depth, size_t n_before);

/* Clusters are numbered as they come; returns how many there are up to here. */
static size_t write_cluster(drawing *d, const cluster *c, size_t depth, size_t n_before)
{
    wicki_page_spaces(&d->page, depth * INDENT);
    wicki_page_add(&d->page, "subgraph cluster_%zu {\n", ++n_before);
    write_label(d, wicki_dim_at(d->w, c->dim), depth + 1);
    n_before = write_inside(d, c, depth + 1, n_before);
    wicki_page_spaces(&d->page, depth * INDENT);
    wicki_page_add(&d->page, "}\n");
    return n_before;
}

static size_t write_inside(drawing *d, const cluster *c, size_t depth, size_t n_before)
{
    for (const vertex *v = c->first_vertex; v; v = v->next) {
        wicki_page_spaces(&d->page, depth * INDENT);
        write_quoted(&d->page, v->site->name);
        wicki_page_add(&d->page, "%s;\n", style_of(v->site));
    }
    for (const cluster *in = c->first; in; in = in->next)
        n_before = write_cluster(d, in, depth, n_before);
    return n_before;
}

/* --- edges ------------------------------------------------------------------------------------- */

static const uint32_t NOWHERE = UINT32_MAX;

/* Of each node, where the search for its sources goes on: at the node, or if all its inputs lead
 * to one and the same place, there; NOWHERE if it comes from no site. */
static void find_ways(drawing *d)
{
    const wicki_tape *tape = d->w->tape;

    for (uint32_t i = 0; i < tape->n_nodes; i++) {
        const wick_node *node = tape->node[i];
        uint32_t way = node->op == &value_of_site ? i : NOWHERE;
        for (uint32_t j = 0; j < node->n_in && way != i; j++) {
            const uint32_t to = wicki_on_tape(node->in[j]) ? d->way[node->in[j]->id] : NOWHERE;
            if (to != NOWHERE)
                way = way == NOWHERE || way == to ? to : i;
        }
        d->way[i] = way;
    }
}

static void look_at(drawing *d, const wick_node *node)
{
    const uint32_t way = node && wicki_on_tape(node) ? d->way[node->id] : NOWHERE;

    if (way == NOWHERE || d->seen[way] == d->search)
        return;
    d->seen[way] = d->search;
    d->stack[d->n_stack++] = way;
}

/* A parameter that is met again has another node, and is the same source. */
static void add_source(drawing *d, const wick_node *value)
{
    const wick_site *site = wicki_trace_find(d->trace, *(const char *const *)value->data);

    if (site->value.node != value->id && d->seen[site->value.node] == d->search)
        return;
    d->seen[site->value.node] = d->search;
    d->sources[d->n_sources++] = site;
}

static void search(drawing *d)
{
    while (d->n_stack > 0) {
        const wick_node *node = d->w->tape->node[d->stack[--d->n_stack]];
        if (node->op == &value_of_site)
            add_source(d, node);
        for (uint32_t j = 0; j < node->n_in && node->op != &value_of_site; j++)
            look_at(d, node->in[j]);
    }
}

static void look_at_parameters(drawing *d, const wick_dist *dist)
{
    for (size_t j = 0; dist->type && j < dist->type->n_parameters; j++)
        if (dist->parameter[j].var.w)
            look_at(d, wicki_node_of(d->w, "wick_model_dot", dist->parameter[j].var));
    for (size_t i = 0; i < dist->n_bases; i++)
        look_at_parameters(d, &dist->base[i]);
}

/* What the density of a site is computed from, or the value where it is given. */
static void find_sources(drawing *d, const wick_site *site)
{
    wick *w = d->w;
    const wick_node *value = wicki_node_of(w, "wick_model_dot", site->value);

    d->search++;
    d->n_sources = 0;
    if (site->mask.w)
        look_at(d, wicki_node_of(w, "wick_model_dot", site->mask));
    if (value && (site->observed || site->type == WICK_DETERMINISTIC))
        look_at(d, value->in[0]);
    look_at_parameters(d, &site->dist);
    search(d);
}

static int compare(const void *a, const void *b)
{
    const uint32_t x = (*(const wick_site *const *)a)->value.node;
    const uint32_t y = (*(const wick_site *const *)b)->value.node;

    return (x > y) - (x < y);
}

static void write_edges(drawing *d, const wick_site *site)
{
    find_sources(d, site);
    qsort(d->sources, d->n_sources, sizeof *d->sources, compare);
    for (size_t i = 0; i < d->n_sources; i++) {
        wicki_page_spaces(&d->page, INDENT);
        write_quoted(&d->page, d->sources[i]->name);
        wicki_page_add(&d->page, " -> ");
        write_quoted(&d->page, site->name);
        wicki_page_add(&d->page, ";\n");
    }
}

/* --- all of it --------------------------------------------------------------------------------- */

static const wick_trace *run_marked(wick *w, wick_program model)
{
    wick_handler marks = { .postprocess = mark_value };
    wick_trace *trace = NULL;

    WICK_WITH (w, wick_record_trace(w, &trace))
        WICK_WITH (w, &marks)
            wicki_run(w, "wick_model_dot", model);
    return wicki_ok(w) ? trace : NULL;
}

static bool prepare(drawing *d)
{
    const size_t n_dims = d->w->dims->n_dims, n_nodes = d->w->tape->n_nodes;

    d->whole.last_vertex = &d->whole.first_vertex;
    d->whole.last = &d->whole.first;
    d->n_sites = wicki_alloc_zero(d->w, (n_dims + 1) * sizeof *d->n_sites);
    d->clusters = wicki_alloc_zero(d->w, (n_dims + 1) * sizeof *d->clusters);
    d->way = wick_alloc(d->w, (n_nodes + 1) * sizeof *d->way);
    d->seen = wicki_alloc_zero(d->w, (n_nodes + 1) * sizeof *d->seen);
    d->stack = wick_alloc(d->w, (n_nodes + 1) * sizeof *d->stack);
    d->sources = wick_alloc(d->w, (n_nodes + 1) * sizeof *d->sources);
    return wicki_ok(d->w);
}

static void write_all(drawing *d)
{
    count_sites(d);
    for (const wick_site *s = wick_trace_first(d->trace); s && wicki_ok(d->w);
         s = wick_site_next(s))
        place(d, s);
    wicki_page_add(&d->page,
        "digraph model {\n"
        "    labelloc=b; labeljust=r;\n"
        "    node [style=filled, fillcolor=white];\n");
    write_inside(d, &d->whole, 1, 0);
    find_ways(d);
    for (const wick_site *s = wick_trace_first(d->trace); s && wicki_ok(d->w);
         s = wick_site_next(s))
        write_edges(d, s);
    wicki_page_add(&d->page, "}\n");
}

/* The text, beyond the sandbox; NULL after an error. */
static char *draw(wick *w, wick_program model)
{
    drawing d = { .w = w, .trace = run_marked(w, model), .page = { .w = w } };

    if (!d.trace || !prepare(&d))
        return NULL;
    write_all(&d);
    char *copy = wicki_allocate(w, d.page.length + 1);
    return copy ? memcpy(copy, d.page.text, d.page.length + 1) : NULL;
}

/* On the tape what wicki_allocate gave, which is given back. */
static const char *moved(wick *w, char *copy)
{
    const size_t size = copy ? strlen(copy) + 1 : 0;
    char *text = copy ? wick_alloc(w, size) : NULL;

    if (text)
        memcpy(text, copy, size);
    wicki_release(w, copy);
    return text ? text : "";
}

const char *wick_model_dot(wick *w, wick_program model)
{
    const size_t n_params = wicki_ok(w) ? w->store->count : 0;
    const uint64_t draws = wicki_ok(w) ? w->draws : 0;
    wicki_sandbox sandbox;

    if (!wicki_ok(w) || !wicki_sandbox_open(w, &sandbox))
        return "";
    char *copy = draw(w, model);
    wicki_sandbox_close(w, &sandbox);
    wicki_store_truncate(w, n_params);
    w->draws = draws;
    return moved(w, copy);
}
