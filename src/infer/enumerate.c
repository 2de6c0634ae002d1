#include "infer/elbo.h"

#include "dist/dist.h"

static void give_dimension(wick *w, wick_handler *self, wick_site *site)
{
    (void)self;
    if (site->type != WICK_SAMPLE || site->observed || site->value.w)
        return;
    const size_t n = wicki_dist_cardinality(w, &site->dist);
    if (n == 0)
        return;
    const wicki_dim dim = { .kind = WICKI_ENUMERATED,
        .name = site->name,
        .size = n,
        .full = n,
        .owners = wicki_set_of_kind(w, site->plates, WICKI_PLATE) };
    site->enumerated = wicki_dim_new(w, &dim);
    if (site->enumerated)
        site->value = wicki_var_of(w, wicki_coordinate(w, site->enumerated));
}

wick_handler *wicki_enumerate_all(wick *w)
{
    wick_handler *handler = wicki_alloc_zero(w, sizeof *handler);

    if (!handler)
        return NULL;
    handler->process = give_dimension;
    handler->serial = w->serial;
    return handler;
}
