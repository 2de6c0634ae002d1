#include "infer/elbo.h"

#include "dist/dist.h"
#include "infer/match.h"
#include "site/handlers.h"
#include "tape/take.h"

/* Can it be given a value here, and of how many? */
static size_t cases_of(wick *w, const wick_site *site)
{
    if (site->type != WICK_SAMPLE || site->observed || site->value.w)
        return 0;
    return wicki_dist_cardinality(w, &site->dist);
}

/* A table of that size is refused here already: nobody meant it. */
static bool is_small(wick *w, const wick_site *site, size_t n)
{
    if (n > WICKI_LARGEST_TABLE)
        wick_fail(w, WICK_ERR_LIMIT,
            "the site (%s) would be summed over %zu values, at most %d are allowed; sample it in "
            "the guide",
            site->dist.type->name, n, WICKI_LARGEST_TABLE);
    return wicki_ok(w);
}

static void give_dimension(wick *w, wick_site *site, size_t n)
{
    const wicki_dim dim = { .kind = WICKI_ENUMERATED,
        .name = site->name,
        .size = n,
        .full = n,
        .seed = site->seed,
        .owners = wicki_set_of_kind(w, site->plates, WICKI_PLATE) };
    site->enumerated = is_small(w, site, n) ? wicki_dim_new(w, &dim) : 0;
    if (site->enumerated)
        site->value = wicki_dist_value(
            w, &site->dist, wicki_var_of(w, wicki_coordinate(w, site->enumerated)));
}

/* --- in a model: all --------------------------------------------------------------------------- */

static void enumerate_site(wick *w, wick_handler *self, wick_site *site)
{
    const size_t n = cases_of(w, site);

    (void)self;
    if (n > 0)
        give_dimension(w, site, n);
}

wick_handler *wicki_enumerate_all(wick *w)
{
    return wicki_handler_new(w, sizeof(wick_handler), enumerate_site);
}

/* --- in a guide: what is marked ---------------------------------------------------------------- */

typedef struct enumerate_marked {
    wick_handler handler;
    wicki_path *path;
    size_t met; /* sites that were given their value of the path */
} enumerate_marked;

/* The number of the value on the path; beyond its end the path goes on with the first one. */
static size_t value_on_path(wick *w, enumerate_marked *e, size_t n)
{
    wicki_path *path = e->path;
    const size_t at = e->met++;

    if (at < path->n)
        return path->step[at].value;
    if (path->n == path->capacity) {
        const size_t capacity = path->capacity ? 2 * path->capacity : 8;
        wicki_step *longer = wick_alloc(w, capacity * sizeof *longer);
        for (size_t i = 0; longer && i < path->n; i++)
            longer[i] = path->step[i];
        path->step = longer;
        path->capacity = longer ? capacity : path->n;
        if (!longer)
            return 0;
    }
    path->step[path->n++] = (wicki_step){ .value = 0, .n = n };
    return 0;
}

/* Over the plates of the site, as any value there: what puts members together is then seen. */
static void give_value(wick *w, wick_site *site, size_t value)
{
    wick_node *number = wicki_node_of(w, "value", wick_num(w, (double)value));
    const uint32_t plates = wicki_set_of_kind(w, site->plates, WICKI_PLATE);

    if (number)
        site->value =
            wicki_dist_value(w, &site->dist, wicki_var_of(w, wicki_expand(w, number, plates)));
}

static void fail_marked(wick *w, const wick_site *site)
{
    char buffer[192];
    wicki_text why = { buffer, sizeof buffer, 0 };

    wicki_text_add_why_not_enumerated(&why, w, &site->dist);
    wick_fail(w, WICK_ERR_ARGUMENT,
        "the site is marked for enumeration, but %s; leave the mark out, it is sampled then",
        buffer);
}

static void enumerate_if_marked(wick *w, wick_handler *self, wick_site *site)
{
    if (site->type != WICK_SAMPLE || !site->enumerate)
        return;
    const size_t n = cases_of(w, site);
    if (n == 0) {
        if (!site->observed && !site->value.w)
            fail_marked(w, site);
        site->enumerate = WICK_NOT_ENUMERATED; /* it has its value from elsewhere */
    } else if (site->enumerate == WICK_PARALLEL) {
        give_dimension(w, site, n);
    } else if (is_small(w, site, n)) {
        give_value(w, site, value_on_path(w, (enumerate_marked *)self, n));
    }
}

wick_handler *wicki_enumerate_marked(wick *w, wicki_path *path)
{
    enumerate_marked *e = wicki_handler_new(w, sizeof *e, enumerate_if_marked);

    if (!e)
        return NULL;
    e->path = path;
    return &e->handler;
}

bool wicki_path_next(wicki_path *path)
{
    while (path->n > 0 && path->step[path->n - 1].value + 1 == path->step[path->n - 1].n)
        path->n--;
    if (path->n == 0)
        return false;
    path->step[path->n - 1].value++;
    return true;
}
