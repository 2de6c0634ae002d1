/* The handlers: each a struct, a callback, and a function that makes it. */
#include "site/handlers.h"

#include "dist/dist.h"
#include "site/site.h"

#include <math.h>
#include <string.h>

typedef void process(wick *w, wick_handler *self, wick_site *site);

void *wicki_handler_new(wick *w, size_t size, process *p)
{
    wick_handler *handler = wicki_alloc_zero(w, size);

    if (!handler)
        return NULL;
    handler->process = p;
    handler->serial = w->serial;
    return handler;
}

/* --- block ------------------------------------------------------------------------------------- */

typedef struct block {
    wick_handler handler;
    wick_block_options options;
} block;

static bool listed(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static bool hidden(const wick_block_options *o, const wick_site *site)
{
    if (o->expose)
        return !listed(o->expose, site->name);
    if (!o->hide && !o->hide_types && !o->hide_site)
        return true;
    return listed(o->hide, site->name) || (o->hide_types & (unsigned)site->type) ||
        (o->hide_site && o->hide_site(site, o->arg));
}

static void stop_hidden(wick *w, wick_handler *self, wick_site *site)
{
    (void)w;
    if (hidden(&((const block *)self)->options, site))
        site->stop = true;
}

wick_handler *wick_block_with(wick *w, const wick_block_options *options)
{
    block *b = wicki_handler_new(w, sizeof *b, stop_hidden);

    if (!b)
        return NULL;
    if (options)
        b->options = *options;
    return &b->handler;
}

/* --- condition, substitute, do: of several the innermost decides ------------------------------- */

typedef struct bind {
    wick_handler handler;
    size_t n;
    wick_binding binding[];
} bind;

static const wick_binding *binding_of(const wick_handler *self, const wick_site *site)
{
    const bind *b = (const bind *)self;

    for (size_t i = b->n; i-- > 0;)
        if (b->binding[i].name == site->name)
            return &b->binding[i];
    return NULL;
}

static void condition_site(wick *w, wick_handler *self, wick_site *site)
{
    const wick_binding *given =
        site->type == WICK_SAMPLE && !site->observed ? binding_of(self, site) : NULL;

    (void)w;
    if (!given)
        return;
    site->value = given->value;
    site->observed = true;
    site->enumerated = 0; /* whatever a handler inside gave it */
}

static void substitute_site(wick *w, wick_handler *self, wick_site *site)
{
    const bool open = site->type != WICK_DETERMINISTIC && !site->observed && !site->value.w;
    const wick_binding *given = open ? binding_of(self, site) : NULL;

    (void)w;
    if (given)
        site->value = given->value;
}

/* The site goes on by itself; what the program and the handlers inside see is the value given. */
static void split_site(wick *w, wick_handler *self, wick_site *site)
{
    const wick_binding *given = site->type == WICK_SAMPLE ? binding_of(self, site) : NULL;
    wick_site *own = given ? wicki_alloc(w, sizeof *own) : NULL;

    if (!own)
        return;
    *own = *site;
    wicki_sample_outside(w, self, own);
    site->type = WICK_DETERMINISTIC;
    site->dist = (wick_dist){ .type = NULL };
    site->value = given->value;
    site->observed = false;
    site->enumerated = 0;
    site->enumerate = WICK_NOT_ENUMERATED;
    site->stop = true;
}

static wick_handler *new_bind(
    wick *w, const char *function, process *p, size_t n, const wick_binding *bindings)
{
    bind *b = wicki_handler_new(w, sizeof *b + n * sizeof *b->binding, p);

    if (!b)
        return NULL;
    if (n > 0 && !bindings) {
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: %zu bindings, but the array is NULL", function, n);
        return NULL;
    }
    b->n = n;
    for (size_t i = 0; i < n; i++) {
        const wicki_name *name = wicki_intern(w, function, bindings[i].name);
        if (!name || !wicki_node_of(w, function, bindings[i].value))
            return NULL;
        b->binding[i] = (wick_binding){ name->text, bindings[i].value };
    }
    return &b->handler;
}

wick_handler *wick_condition(wick *w, size_t n, const wick_binding *bindings)
{
    return new_bind(w, "wick_condition", condition_site, n, bindings);
}

wick_handler *wick_substitute(wick *w, size_t n, const wick_binding *bindings)
{
    return new_bind(w, "wick_substitute", substitute_site, n, bindings);
}

wick_handler *wick_do(wick *w, size_t n, const wick_binding *bindings)
{
    return new_bind(w, "wick_do", split_site, n, bindings);
}

/* A factor has no observation that could be set aside. */
static void forget_observation(wick *w, wick_handler *self, wick_site *site)
{
    (void)w;
    (void)self;
    if (site->type != WICK_SAMPLE || !site->observed || site->dist.type == &wicki_dist_unit)
        return;
    site->observed = false;
    site->value = WICK_VAR_NONE;
}

wick_handler *wick_uncondition(wick *w)
{
    return wicki_handler_new(w, sizeof(wick_handler), forget_observation);
}

/* --- scale and mask ---------------------------------------------------------------------------- */

typedef struct scale {
    wick_handler handler;
    double factor;
} scale;

static void scale_site(wick *w, wick_handler *self, wick_site *site)
{
    (void)w;
    site->scale *= ((const scale *)self)->factor;
}

wick_handler *wick_scale(wick *w, double factor)
{
    scale *s = wicki_handler_new(w, sizeof *s, scale_site);

    if (!s)
        return NULL;
    if (!(factor > 0.0) || isinf(factor)) {
        wick_fail(w, WICK_ERR_DOMAIN, "wick_scale: got %g, need a positive finite number", factor);
        return NULL;
    }
    s->factor = factor;
    return &s->handler;
}

typedef struct mask {
    wick_handler handler;
    wick_var mask;
} mask;

static void mask_site(wick *w, wick_handler *self, wick_site *site)
{
    const wick_var own = ((const mask *)self)->mask;

    (void)w;
    site->mask = site->mask.w ? wick_mul(site->mask, own) : own;
}

wick_handler *wick_mask(wick *w, wick_var own)
{
    mask *m = wicki_handler_new(w, sizeof *m, mask_site);
    const wick_node *node = m ? wicki_node_of(w, "wick_mask", own) : NULL;

    if (!node)
        return NULL;
    if (node->rank > 0) {
        wick_fail(w, WICK_ERR_SHAPE, "wick_mask: the mask has an event of rank %u, need a scalar",
            node->rank);
        return NULL;
    }
    m->mask = own;
    return &m->handler;
}

/* --- seed, enumeration, freezing --------------------------------------------------------------- */

typedef struct reseed {
    wick_handler handler;
    uint64_t seed;
} reseed;

static void reseed_site(wick *w, wick_handler *self, wick_site *site)
{
    (void)w;
    if (!site->seeded)
        site->seed = ((const reseed *)self)->seed;
    site->seeded = true;
}

wick_handler *wick_reseed(wick *w, uint64_t seed)
{
    reseed *r = wicki_handler_new(w, sizeof *r, reseed_site);

    if (!r)
        return NULL;
    r->seed = seed;
    return &r->handler;
}

static void mark_discrete(wick *w, wick_handler *self, wick_site *site)
{
    (void)self;
    if (site->type == WICK_SAMPLE && !site->observed)
        site->enumerate = site->enumerate                ? site->enumerate
            : wicki_dist_cardinality(w, &site->dist) > 0 ? WICK_PARALLEL
                                                         : WICK_NOT_ENUMERATED;
}

wick_handler *wick_config_enumerate(wick *w)
{
    return wicki_handler_new(w, sizeof(wick_handler), mark_discrete);
}

typedef struct config {
    wick_handler handler;
    wick_infer_function function;
    void *arg;
} config;

static void mark_as_told(wick *w, wick_handler *self, wick_site *site)
{
    const config *c = (const config *)self;

    (void)w;
    if (site->type == WICK_SAMPLE && !site->observed)
        site->enumerate = c->function(site, c->arg);
}

wick_handler *wick_infer_config(wick *w, wick_infer_function function, void *arg)
{
    config *c = wicki_handler_new(w, sizeof *c, mark_as_told);

    if (!c)
        return NULL;
    if (!function) {
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_infer_config: the function is NULL");
        return NULL;
    }
    c->function = function;
    c->arg = arg;
    return &c->handler;
}

static void freeze_param(wick *w, wick_handler *self, wick_site *site)
{
    (void)w;
    (void)self;
    site->frozen |= site->type == WICK_PARAM;
}

wick_handler *wick_freeze(wick *w)
{
    return wicki_handler_new(w, sizeof(wick_handler), freeze_param);
}
