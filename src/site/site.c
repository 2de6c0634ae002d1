/* Sample, observe, factor, deterministic. */
#include "dist/dist.h"
#include "site/site.h"
#include "site/stack.h"
#include "tape/take.h"

/* A value may vary over open plates, ambient dimensions, and variables enumerated within them. */
static bool stands_in(
    wick *w, const char *function, const char *what, uint32_t dims, uint32_t plates)
{
    const uint32_t varied = wicki_set_at(w, dims)->plates;
    const uint32_t outside = varied == 0 ? 0 : wicki_set_minus(w, varied, plates);

    if (outside == 0)
        return wicki_ok(w);
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };
    wicki_text_add_set(&text, w, outside);
    wick_fail(w, WICK_ERR_SHAPE,
        "%s: %s varies over %s, which is not open here; to leave a plate use wick_take, wick_sum, "
        "wick_join or wick_sum_into",
        function, what, buffer);
    return false;
}

static bool dist_stands_in(wick *w, const wick_dist *dist, uint32_t plates)
{
    if (!dist->type) {
        wick_fail(w, WICK_ERR_ARGUMENT, "the distribution was never set");
        return false;
    }
    /* What others are made from may vary over more than they do: a mixture over its components. */
    for (size_t i = 0; i < dist->type->n_parameters; i++) {
        const wick_argument *p = &dist->parameter[i];
        if (!p->var.w && p->var.node == WICK_NODE_NUMBER)
            continue;
        const wick_node *node = wicki_node_of(w, dist->type->name, p->var);
        if (!node ||
            !stands_in(
                w, dist->type->log_prob->name, dist->type->parameter_names[i], node->dims, plates))
            return false;
    }
    return true;
}

static void draw_value(wick *w, wick_site *site)
{
    if (site->value.w)
        return;
    if (!wicki_is_delta(&site->dist)) { /* which draws nothing and needs no key */
        const wicki_random random = { site->seed, w->tape->runs, wicki_name_of(site->name)->hash };
        wicki_random_begin(w, &random, w->step);
    }
    site->value = wicki_var_of(w, wicki_dist_draw(w, &site->dist));
}

static bool fits_its_plates(wick *w, const wick_site *site)
{
    const char *outer = w->site;

    w->site = site->name;
    const bool fits = dist_stands_in(w, &site->dist, site->plates);
    w->site = outer;
    return fits;
}

static wick_var send_sample(wick *w, wick_site *site)
{
    if (!fits_its_plates(w, site))
        return WICK_VAR_NONE;
    wicki_send(w, site, draw_value);
    return wicki_ok(w) ? site->value : WICK_VAR_NONE;
}

wick_var wicki_sample_outside(wick *w, const wick_handler *handler, wick_site *site)
{
    if (!fits_its_plates(w, site))
        return WICK_VAR_NONE;
    wicki_send_outside(w, handler, site, draw_value);
    return wicki_ok(w) ? site->value : WICK_VAR_NONE;
}

wick_var wick_sample(wick *w, const char *name, wick_dist dist)
{
    wick_site *site = wicki_site_new(w, "wick_sample", WICK_SAMPLE, name, sizeof *site);

    if (!site)
        return WICK_VAR_NONE;
    site->dist = dist;
    site->enumerate = dist.enumerate;
    return send_sample(w, site);
}

wick_var wick_draw(wick *w, const char *name, wick_dist dist)
{
    wick_site *site = wicki_site_new(w, "wick_draw", WICK_SAMPLE, name, sizeof *site);

    if (!site)
        return WICK_VAR_NONE;
    site->dist = dist;
    draw_value(w, site);
    return site->value;
}

/* A value given from outside, with the site's name in its errors. */
static wick_site *given(
    wick *w, const char *function, wick_site_type type, const char *name, wick_var x)
{
    wick_site *site = wicki_site_new(w, function, type, name, sizeof *site);
    const char *outer = w ? w->site : NULL;

    if (!site)
        return NULL;
    w->site = site->name;
    const wick_node *node = wicki_node_of(w, function, x);
    const bool fits = node && stands_in(w, function, "the value", node->dims, site->plates);
    w->site = outer;
    site->value = x;
    return fits ? site : NULL;
}

wick_var wick_observe(wick *w, const char *name, wick_dist dist, wick_var x)
{
    wick_site *site = given(w, "wick_observe", WICK_SAMPLE, name, x);

    if (!site)
        return WICK_VAR_NONE;
    site->dist = dist;
    site->observed = true;
    return send_sample(w, site);
}

void wick_factor(wick *w, const char *name, wick_var log_factor)
{
    wick_observe(w, name, wick_unit(log_factor), wick_num(w, 0.0));
}

static void keep_value(wick *w, wick_site *site)
{
    (void)w;
    (void)site;
}

wick_var wick_deterministic(wick *w, const char *name, wick_var x)
{
    wick_site *site = given(w, "wick_deterministic", WICK_DETERMINISTIC, name, x);

    if (!site)
        return WICK_VAR_NONE;
    wicki_send(w, site, keep_value);
    return wicki_ok(w) ? site->value : WICK_VAR_NONE;
}

/* --- densities of sites ------------------------------------------------------------------------ */

wick_node *wicki_site_density(wick *w, const wick_site *site, bool masked)
{
    const char *outer = w->site;

    if (!wicki_ok(w))
        return NULL;
    w->site = site->name;
    wick_node *value = wicki_node_of(w, "wick_site_log_prob", site->value);
    wick_node *mask =
        masked && site->mask.w ? wicki_node_of(w, "wick_site_log_prob", site->mask) : NULL;
    wick_node *density = wicki_ok(w) ? wicki_log_prob(w, &site->dist, value, mask) : NULL;
    if (density &&
        !stands_in(w, site->dist.type->log_prob->name, "the density", density->dims, site->plates))
        density = NULL;
    w->site = outer;
    return density;
}

bool wicki_site_counts(const wick_site *site)
{
    const wick_var *p = &site->dist.parameter[0].var;

    return site->type == WICK_SAMPLE &&
        !(site->dist.type == &wicki_dist_delta && p->w == site->value.w &&
            p->node == site->value.node);
}

static bool is_sample(wick *w, const char *function, const wick_site *site)
{
    if (!wicki_ok(w))
        return false;
    if (!site || site->type != WICK_SAMPLE)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: %s%s", function,
            site ? site->name : "the site is NULL", site ? " is not a sample site" : "");
    return wicki_ok(w);
}

wick_var wick_site_log_prob(wick *w, const wick_site *site)
{
    if (!is_sample(w, "wick_site_log_prob", site))
        return WICK_VAR_NONE;
    return wicki_var_of(w, wicki_expand(w, wicki_site_density(w, site, false), site->plates));
}

wick_var wick_site_cost(wick *w, const wick_site *site)
{
    if (!is_sample(w, "wick_site_cost", site))
        return WICK_VAR_NONE;
    const wick_var cost =
        wicki_var_of(w, wicki_expand(w, wicki_site_density(w, site, true), site->plates));
    return site->scale == 1.0 || !wicki_ok(w) ? cost : wick_mul(cost, site->scale);
}
