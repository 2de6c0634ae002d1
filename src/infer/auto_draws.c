/* Draws of a guide. */
#include "infer/auto.h"

#include "base/philox.h"
#include "tape/take.h"

#include <math.h>
#include <string.h>

static const size_t CHUNK = 1 << 16; /* doubles that are drawn at a time, or one draw */

static size_t chunk_of(const wick_guide *guide)
{
    const size_t all = wick_guide_size(guide, NULL), n = all ? CHUNK / all : 1;

    return n ? n : 1;
}

/* One site's values of n draws, `stride` doubles from one draw to the next. */
static void copy_draws(wick *w, const wick_trace *trace, const wicki_auto_site *s, uint32_t ambient,
    size_t n, double *out, size_t stride)
{
    const wick_site *site = wick_trace_find(trace, s->name);
    const size_t size = wicki_auto_size(s);
    wick_node *node = site ? wicki_node_of(w, "wick_guide_sample", site->value) : NULL;

    if (!node)
        return;
    node = wicki_expand(w, node, wicki_set_union(w, site->plates, ambient));
    double *values = wicki_alloc_doubles(w, n * size);
    if (!node || !values || wick_get(wicki_var_of(w, node), values, n * size) != n * size)
        return;
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * stride, values + i * size, size * sizeof *out);
}

/* Runs the guide along a dimension of draws. */
static void draw(wick *w, const wick_guide *guide, const char *site, size_t n, double *out)
{
    static const uint64_t POSTERIOR = 0x706f73746572696fu; /* "posterio" */
    const uint64_t seed = wicki_hash(wicki_hash(w->seed, POSTERIOR), w->draws++);
    const size_t stride = wick_guide_size(guide, site);

    WICK_AMBIENT (w, "wick_guide_sample", n)
        WICK_WITH (w, wick_reseed(w, seed)) {
            const uint32_t ambient = w->tape->open;
            const wick_trace *trace = wick_trace_run(w, wick_guide_program(guide));
            for (const wicki_auto_site *s = guide->sites; s && wicki_ok(w); s = s->next)
                if (!site || strcmp(s->name, site) == 0) {
                    copy_draws(w, trace, s, ambient, n, out, stride);
                    out += wicki_auto_size(s);
                }
        }
}

static bool draw_aside(const wick_guide *guide, const char *site, size_t n, double *out)
{
    wick_guide *g = (wick_guide *)(uintptr_t)guide;
    wicki_sandbox sandbox;

    if (!wicki_sandbox_open(g->w, &sandbox))
        return false;
    g->reading = true;
    draw(g->w, guide, site, n, out);
    g->reading = false;
    wicki_sandbox_close(g->w, &sandbox);
    return wicki_ok(g->w);
}

size_t wick_guide_sample(
    const wick_guide *guide, const char *site, size_t n, double *out, size_t count)
{
    if (!guide || !wicki_ok(guide->w) ||
        !wicki_auto_can_read(guide, "wick_guide_sample", site, n, count))
        return 0;
    const size_t size = wick_guide_size(guide, site), chunk = chunk_of(guide);
    for (size_t done = 0; done < n; done += chunk)
        if (!draw_aside(guide, site, n - done < chunk ? n - done : chunk, out + done * size))
            return 0;
    return count;
}

/* --- moments ----------------------------------------------------------------------------------- */

/* Welford's update: the mean, and the sum of squares about it. */
static void add_draw(size_t size, const double *x, double number, double *mean, double *square)
{
    for (size_t i = 0; i < size; i++) {
        const double before = x[i] - mean[i];
        mean[i] += before / number;
        square[i] += before * (x[i] - mean[i]);
    }
}

static bool add_draws(const wick_guide *guide, const char *site, size_t n, double *draws,
    double *mean, double *square)
{
    const size_t size = wick_guide_size(guide, site), chunk = chunk_of(guide);

    for (size_t done = 0; done < n; done += chunk) {
        const size_t now = n - done < chunk ? n - done : chunk;
        if (!draw_aside(guide, site, now, draws))
            return false;
        for (size_t i = 0; i < now; i++)
            add_draw(size, draws + i * size, (double)(done + i + 1), mean, square);
    }
    return true;
}

size_t wick_guide_moments(
    const wick_guide *guide, const char *site, size_t n, double *mean, double *sd, size_t count)
{
    wick *w = guide ? guide->w : NULL;

    if (!wicki_ok(w))
        return 0;
    if (n < 2)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_guide_moments: %zu draws, need at least 2", n);
    if (!wicki_ok(w) || !wicki_auto_can_read(guide, "wick_guide_moments", site, 1, count))
        return 0;
    const wicki_mark mark = wicki_arena_mark(&w->arena);
    double *sums = wicki_alloc_zero(w, 2 * count * sizeof *sums);
    double *draws = wicki_alloc_doubles(w, chunk_of(guide) * count);
    const bool done = wicki_ok(w) && add_draws(guide, site, n, draws, sums, sums + count);
    for (size_t i = 0; done && i < count; i++) {
        if (mean)
            mean[i] = sums[i];
        if (sd)
            sd[i] = sqrt(sums[count + i] / (double)(n - 1));
    }
    wicki_arena_release(&w->arena, mark);
    return done ? count : 0;
}
