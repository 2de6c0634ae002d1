/* Params that become sample sites. */
#include "dist/constraint.h"
#include "dist/dist.h"
#include "site/handlers.h"
#include "site/param.h"
#include "site/site.h"

#include <string.h>

typedef struct lifted {
    const char *name; /* interned */
    wick_dist prior;
    wick_var value; /* once the param was met in this run */
    uint32_t plates;
} lifted;

typedef struct lift {
    wick_handler handler;
    size_t n;
    lifted param[];
} lift;

/* --- does the prior fit the param? ------------------------------------------------------------- */

static bool support_fits(wick *w, const wick_dist *prior, const wick_site *site)
{
    const wicki_param_site *p = (const wicki_param_site *)site;
    const wick_constraint support = wick_support(*prior);

    if (!p->init || !prior->type || wicki_is_delta(prior) ||
        wicki_constraint_within(support, p->constraint))
        return true;
    wick_fail(w, WICK_ERR_DOMAIN,
        "wick_lift: the prior of '%s' is %s, whose support is %s, but the param is %s; take a "
        "prior of that support",
        site->name, prior->type->name, wick_constraint_name(support),
        wick_constraint_name(p->constraint));
    return false;
}

static bool shape_fits(wick *w, const wick_site *site, wick_var value)
{
    const wicki_param_site *p = (const wicki_param_site *)site;
    const wick_node *node = wicki_node_of(w, "wick_lift", value);
    wick_node want = { .w = w, .elements = 1 };

    if (!node || (p->init && !wicki_init_shape(w, p->init, &want)))
        return false;
    if (!p->init ||
        (node->rank == want.rank &&
            memcmp(node->event, want.event, want.rank * sizeof *want.event) == 0))
        return true;
    char buffer[128];
    wicki_text text = { buffer, sizeof buffer, 0 };
    wicki_text_add_event(&text, node);
    wicki_text_add(&text, ", the param is ");
    wicki_text_add_event(&text, &want);
    wick_fail(w, WICK_ERR_SHAPE,
        "wick_lift: the value of '%s' is %s; for independent copies of a prior say wick_iid",
        site->name, buffer);
    return false;
}

/* --- the handler ------------------------------------------------------------------------------- */

static lifted *lifted_of(wick_handler *self, const char *name)
{
    lift *l = (lift *)self;

    for (size_t i = l->n; i-- > 0;)
        if (l->param[i].name == name)
            return &l->param[i];
    return NULL;
}

/* The message that goes on in place of the param's. */
static wick_var sample_instead(
    wick *w, const wick_handler *self, const wick_site *site, const wick_dist *prior)
{
    wick_site *own = wicki_alloc(w, sizeof *own);

    if (!own)
        return WICK_VAR_NONE;
    *own = *site;
    own->type = WICK_SAMPLE;
    own->dist = *prior;
    own->enumerate = prior->enumerate;
    own->frozen = false;
    return wicki_sample_outside(w, self, own);
}

static void lift_param(wick *w, wick_handler *self, wick_site *site)
{
    lifted *l = site->type == WICK_PARAM ? lifted_of(self, site->name) : NULL;

    if (!l)
        return;
    if (!l->value.w) {
        if (!support_fits(w, &l->prior, site))
            return;
        const wick_var value = sample_instead(w, self, site, &l->prior);
        if (!shape_fits(w, site, value))
            return;
        l->value = value;
        l->plates = site->plates;
    } else if (l->plates != site->plates) {
        wick_fail(w, WICK_ERR_SHAPE,
            "wick_lift: '%s' was met in other plates before; open the same ones", site->name);
        return;
    }
    site->value = l->value;
    site->stop = true;
}

static void forget_values(wick *w, wick_handler *self)
{
    lift *l = (lift *)self;

    (void)w;
    for (size_t i = 0; i < l->n; i++)
        l->param[i].value = WICK_VAR_NONE;
}

wick_handler *wick_lift(wick *w, size_t n, const wick_prior *priors)
{
    lift *l = wicki_handler_new(w, sizeof *l + n * sizeof *l->param, lift_param);

    if (!l)
        return NULL;
    if (n > 0 && !priors) {
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_lift: %zu priors, but the array is NULL", n);
        return NULL;
    }
    l->handler.exit = forget_values;
    l->n = n;
    for (size_t i = 0; i < n; i++) {
        const wicki_name *name = wicki_intern(w, "wick_lift", priors[i].name);
        if (!name)
            return NULL;
        l->param[i] = (lifted){ .name = name->text, .prior = priors[i].dist };
    }
    return &l->handler;
}
