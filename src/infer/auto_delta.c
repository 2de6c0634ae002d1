/* The guide of point estimates, in the constrained or in the unconstrained space. */
#include "infer/auto.h"

static bool is_constrained(const wick_guide *guide)
{
    return guide->options.space == WICK_MAP_CONSTRAINED;
}

static void prepare(wick *w, wick_guide *guide)
{
    const char *prefix = guide->options.prefix;

    for (wicki_auto_site *s = guide->sites; s; s = s->next)
        s->param[0] =
            wick_name(w, is_constrained(guide) ? "%s.%s" : "%s.%s_unconstrained", prefix, s->name);
}

static wick_var constrained(wick *w, const wicki_auto_site *s)
{
    return wick_param(w, s->param[0], wick_init_fill_array(0.0, s->rank, s->sizes), s->support);
}

static void run(wick *w, wick_guide *guide)
{
    for (const wicki_auto_site *s = guide->sites; s && wicki_ok(w); s = s->next) {
        wicki_auto_enter(w, guide, s);
        if (is_constrained(guide))
            wick_sample(w, s->name, wick_delta(constrained(w, s)));
        else
            wicki_auto_sample(w, s, wicki_auto_coordinates(w, s));
        wicki_auto_exit(w, s);
    }
}

static wick_var value(wick *w, wick_guide *guide, const wicki_auto_site *s, double z)
{
    (void)z;
    if (is_constrained(guide))
        return constrained(w, s);
    return wicki_auto_value(s, wicki_auto_coordinates(w, s));
}

static const wicki_auto_kind auto_delta = { .name = "AutoDelta",
    .function = "wick_auto_delta_new",
    .what = "maximum a posteriori",
    .point = true,
    .prepare = prepare,
    .run = run,
    .value = value };

wick_guide *wick_auto_delta_new(wick *w, wick_program model, const wick_auto_options *options)
{
    return wicki_auto_new(w, model, options, &auto_delta);
}
