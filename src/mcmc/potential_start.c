/* Where chains start. */
#include "mcmc/potential.h"

#include "base/philox.h"

#include <math.h>

static const uint64_t STARTS = 0x7374617274730000u; /* "starts" */

static void draw_uniform(const wick_potential *p, uint64_t key, double *q)
{
    const double radius = p->options.init_radius;
    wicki_stream stream = wicki_stream_new(key, 0, 0);

    for (size_t i = 0; i < p->guide->dimension; i++)
        q[i] = radius * (2.0 * wicki_uniform(&stream) - 1.0);
}

/* Of a vector without a model. */
static bool ask_for_vector(const wick_potential *p, double *q)
{
    wick *w = p->w;
    const size_t n = p->guide->dimension;
    const wick_site site = { .type = WICK_SAMPLE, .name = p->guide->sites->name };
    wicki_sandbox sandbox;

    if (!wicki_sandbox_open(w, &sandbox))
        return false;
    const wick_var x = p->options.init(w, &site, p->options.init_arg);
    const bool given = wicki_ok(w) && x.w && wick_get(x, q, n) == n;
    wicki_sandbox_close(w, &sandbox);
    if (wicki_ok(w) && !given)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "wick_potential_start: .init left '%s' to the default, but there is none for a density "
            "without a model; return [%zu] numbers",
            site.name, n);
    return given;
}

/* Ready functions and those of the user draw by the seed: it is this try's while they run. */
static bool ask(wick_potential *p, uint64_t key, double *q)
{
    wick *w = p->w;
    const uint64_t seed = w->seed, draws = w->draws;

    w->seed = key;
    w->draws = 0;
    const bool given = p->density ? ask_for_vector(p, q) : wicki_auto_start_joint(w, p->guide, q);
    w->seed = seed;
    w->draws = draws;
    return given;
}

static bool propose(wick_potential *p, uint64_t chain, size_t number, double *q)
{
    const uint64_t key = wicki_hash(wicki_hash(wicki_hash(p->w->seed, STARTS), chain), number);

    if (p->options.init)
        return ask(p, key, q);
    draw_uniform(p, key, q);
    return true;
}

static size_t first_bad(size_t n, const double *x)
{
    size_t i = 0;

    while (i < n && isfinite(x[i]))
        i++;
    return i;
}

/* Says what was wrong at the last start. */
static void fail_starts(wick_potential *p, double value, const double *gradient)
{
    wick *w = p->w;
    const size_t n = p->guide->dimension, tries = p->options.init_tries;
    const char *text = wick_name(w,
        "wick_potential_start: of %zu starts none has a finite density; at the last the potential",
        tries);
    char buffer[192];
    wicki_text place = { buffer, sizeof buffer, 0 };

    if (!wicki_ok(w))
        return;
    if (!isfinite(value)) {
        wicki_graph_fail_nonfinite(p->graph, text);
        return;
    }
    const size_t bad = first_bad(n, gradient);
    wicki_auto_add_place(&place, p->guide, bad);
    wick_fail(w, WICK_ERR_NONFINITE, "%s is %g, but its gradient is %g at %s", text, value,
        gradient[bad], buffer);
}

/* A matrix without a factor is no start, unless there is no other. */
static bool is_start(wick_potential *p, const double *q, double *gradient, bool last)
{
    const double value = wicki_potential_evaluate(p, q, gradient);

    if (wicki_ok(p->w)) {
        if (isfinite(value) && first_bad(p->guide->dimension, gradient) == p->guide->dimension)
            return true;
        if (last)
            fail_starts(p, value, gradient);
    } else if (p->w->status == WICK_ERR_NUMERIC && !last) {
        wick_clear(p->w);
    }
    return false;
}

bool wick_potential_start(wick_potential *p, uint64_t chain, double *q)
{
    if (!p || !wicki_ok(p->w))
        return false;
    const size_t n = p->guide->dimension, tries = p->options.init_tries;
    double *gradient = wicki_allocate(p->w, n * sizeof *gradient);
    bool found = false;

    for (size_t i = 0; gradient && !found && i < tries && wicki_ok(p->w); i++)
        found = propose(p, chain, i, q) && is_start(p, q, gradient, i + 1 == tries);
    wicki_release(p->w, gradient);
    return found;
}
