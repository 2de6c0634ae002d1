/* The mean-field normal guide. */
#include "infer/auto.h"

static void prepare(wick *w, wick_guide *guide)
{
    const char *prefix = guide->options.prefix;

    for (wicki_auto_site *s = guide->sites; s; s = s->next) {
        s->param[0] = wick_name(w, "%s.locs.%s", prefix, s->name);
        s->param[1] = wick_name(w, "%s.scales.%s", prefix, s->name);
        s->auxiliary = wick_name(w, "%s_unconstrained", s->name);
    }
}

static wick_var scale_of(wick *w, const wick_guide *guide, const wicki_auto_site *s)
{
    const wick_init init =
        wick_init_fill_array(guide->options.init_scale, s->coordinate_rank, s->coordinate_sizes);

    return wick_param(w, s->param[1], init, wick_positive());
}

/* A real site is the normal itself, so that its KL to a normal prior is known in closed form. */
static void sample(wick *w, const wick_guide *guide, const wicki_auto_site *s)
{
    const wick_var loc = wicki_auto_coordinates(w, s);
    const wick_dist normal = wick_normal(loc, scale_of(w, guide, s));

    if (s->support.kind == WICK_REAL)
        wick_sample(w, s->name, normal);
    else
        wicki_auto_sample(w, s, wick_sample(w, s->auxiliary, wick_auxiliary(normal)));
}

static void run(wick *w, wick_guide *guide)
{
    for (const wicki_auto_site *s = guide->sites; s && wicki_ok(w); s = s->next) {
        wicki_auto_enter(w, guide, s);
        sample(w, guide, s);
        wicki_auto_exit(w, s);
    }
}

static wick_var value(wick *w, wick_guide *guide, const wicki_auto_site *s, double z)
{
    const wick_var loc = wicki_auto_coordinates(w, s);

    return wicki_auto_value(s, wick_add(loc, wick_mul(scale_of(w, guide, s), z)));
}

static const wicki_auto_kind auto_normal = { .name = "AutoNormal",
    .function = "wick_auto_normal_new",
    .what = "a normal for each coordinate",
    .scaled = true,
    .prepare = prepare,
    .run = run,
    .value = value };

wick_guide *wick_auto_normal_new(wick *w, wick_program model, const wick_auto_options *options)
{
    return wicki_auto_new(w, model, options, &auto_normal);
}
