/* What is asked of the states of a model. */
#include "infer/exact.h"

#include "base/special.h"

#include <math.h>
#include <string.h>

static bool alive(const wick_exact *e)
{
    return e && wicki_ok(e->w);
}

double wick_exact_log_evidence(const wick_exact *e)
{
    return alive(e) ? e->log_evidence : NAN;
}

size_t wick_exact_states(const wick_exact *e)
{
    return alive(e) ? e->states.n : 0;
}

static const wicki_state *state_of(const wick_exact *e, const char *function, size_t i)
{
    if (!alive(e))
        return NULL;
    if (i < e->states.n)
        return wicki_state_at(e, i);
    wick_fail(e->w, WICK_ERR_ARGUMENT, "%s: state %zu of %zu", function, i, e->states.n);
    return NULL;
}

static double probability(const wick_exact *e, const wicki_state *s)
{
    return wicki_exp(s->log_joint - e->log_evidence);
}

double wick_exact_prob(const wick_exact *e, size_t i)
{
    const wicki_state *s = state_of(e, "wick_exact_prob", i);

    return s ? probability(e, s) : NAN;
}

size_t wick_exact_mode(const wick_exact *e)
{
    size_t best = 0;

    for (size_t i = 1; alive(e) && i < e->states.n; i++)
        if (wicki_state_at(e, i)->log_joint > wicki_state_at(e, best)->log_joint)
            best = i;
    return best;
}

static void fail_unknown(const wick_exact *e, const char *function, const char *name)
{
    char buffer[256] = "none";
    wicki_text text = { buffer, sizeof buffer, 0 };

    for (size_t i = 0; i < e->layouts.n; i++)
        for (size_t j = 0; j < wicki_layout_at(e, i)->n; j++) {
            const char *met = wicki_layout_at(e, i)->place[j].name;
            size_t before = 0;
            while (before < i && !wicki_place_in(wicki_layout_at(e, before), met))
                before++;
            if (before == i)
                wicki_text_add(&text, "%s'%s'", text.length ? ", " : "", met);
        }
    wick_fail(e->w, WICK_ERR_NAME, "%s: no discrete site '%s' was met; there are: %s", function,
        name, buffer);
}

/* The site as it is on the first path that has it; NULL after an error. */
static const wicki_place *place_of(const wick_exact *e, const char *function, const char *site)
{
    const wicki_name *name = alive(e) ? wicki_intern(e->w, function, site) : NULL;
    const wicki_place *p = NULL;

    for (size_t i = 0; name && !p && i < e->layouts.n; i++)
        p = wicki_place_in(wicki_layout_at(e, i), name->text);
    if (name && !p)
        fail_unknown(e, function, site);
    return p;
}

static bool count_is(
    const wick_exact *e, const char *function, const wicki_place *p, size_t count, size_t need)
{
    if (count != need)
        wick_fail(e->w, WICK_ERR_SHAPE, "%s: room for %zu doubles was given, '%s' has %zu",
            function, count, p->name, need);
    return count == need;
}

/* Values that are not their numbers. */
static size_t get_shown(const wick_exact *e, const wicki_state *s, const char *name, double *out)
{
    const wicki_place *p = wicki_place_in(wicki_layout_at(e, s->layout), name);

    if (!p)
        return 0;
    memcpy(out, (const double *)e->shown.item + s->shown + p->shown,
        p->members * p->elements * sizeof *out);
    return p->members * p->elements;
}

static const uint32_t *values_of(const wick_exact *e, const wicki_state *s, const char *interned)
{
    const wicki_place *p = wicki_place_in(wicki_layout_at(e, s->layout), interned);

    return p ? (const uint32_t *)e->values.item + s->first + p->first : NULL;
}

size_t wick_exact_get(const wick_exact *e, size_t i, const char *site, double *out, size_t count)
{
    static const char FUNCTION[] = "wick_exact_get";
    const wicki_state *s = state_of(e, FUNCTION, i);
    const wicki_place *p = s ? place_of(e, FUNCTION, site) : NULL;

    if (!p || !count_is(e, FUNCTION, p, count, p->members * (p->elements ? p->elements : 1)))
        return 0;
    if (p->elements > 0)
        return get_shown(e, s, p->name, out);
    const uint32_t *value = values_of(e, s, p->name);
    for (size_t m = 0; value && m < count; m++)
        out[m] = value[m];
    return value ? count : 0;
}

size_t wick_exact_marginals(const wick_exact *e, const char *site, double *out, size_t count)
{
    static const char FUNCTION[] = "wick_exact_marginals";
    const wicki_place *p = place_of(e, FUNCTION, site);

    if (!p || !count_is(e, FUNCTION, p, count, p->members * p->k))
        return 0;
    memset(out, 0, count * sizeof *out);
    for (size_t i = 0; i < e->states.n; i++) {
        const uint32_t *value = values_of(e, wicki_state_at(e, i), p->name);
        const double probability_of_state = probability(e, wicki_state_at(e, i));
        for (size_t m = 0; value && m < p->members; m++)
            out[m * p->k + value[m]] += probability_of_state;
    }
    return count;
}
