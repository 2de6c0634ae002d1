/* Making a graph, running it, checking it. */
#include "graph/graph.h"

#include "base/clock.h"
#include "tape/op_list.h"

#include <math.h>
#include <string.h>

/* Members of the frame's part of the plate; the smallest plate in tiles; a tile; a block. */
enum { FRAME_MEMBERS = 8, LARGEST_WHOLE = 1024, SMALLEST_TILE = 128, LARGEST_TILE = 512 };
enum { SMALLEST_BLOCK = 1024, MOST_BLOCKS = 64 };
static const size_t CACHE = 65536 / sizeof(double); /* doubles */

static const uint64_t LONGEST_CHECK = 1024; /* runs between two checks */
static const double WORTH_THREADS = 50e-6;  /* seconds of a run */

/* --- recording ------------------------------------------------------------------------------- */

static wicki_recording *record(wick_graph *g, const wicki_tiling *tiling, const char **tiled)
{
    wick *w = g->w;

    if (g->frame)
        wicki_graph_place_gradients(g);
    w->step = g->step;
    return wicki_recording_new(w, &g->what, tiling, tiled);
}

static void forget_error(wick *w)
{
    w->status = WICK_OK;
    w->message[0] = '\0';
}

static wicki_recording *record_part(wick_graph *g)
{
    const wicki_name *given =
        g->options.plate ? wicki_intern(g->w, "wick_graph_new", g->options.plate) : NULL;
    wicki_tiling t = { .plate = given ? given->text : NULL,
        .tile = FRAME_MEMBERS,
        .choose = !given,
        .whole = LARGEST_WHOLE };
    const char *tiled = NULL;
    const size_t known = g->w->store->count;
    wicki_recording *r = record(g, &t, &tiled);

    while (!r && tiled && tiled != t.plate) { /* a larger plate came later */
        forget_error(g->w);
        wicki_store_truncate(g->w, known);
        t.plate = tiled;
        r = record(g, &t, &tiled);
    }
    g->plate = tiled;
    return r;
}

static uint32_t dim_named(const wicki_recording *r, const char *name)
{
    for (uint32_t i = 1; name && i < r->tape.dims.n_dims; i++)
        if (r->tape.dims.dim[i].kind == WICKI_PLATE && r->tape.dims.dim[i].name == name)
            return i;
    return 0;
}

static void drop_frame(wick_graph *g)
{
    wicki_recording_free(g->frame);
    g->frame = NULL;
    g->section = NULL;
    g->n_passes = 0;
}

static wicki_recording *record_whole(wick_graph *g)
{
    return record(g, NULL, NULL);
}

/*
 * A recording that makes parameters has their initial values on the tape: the next one has not. If it
 * looked at values, they are made again from those of all members.
 */
static wicki_recording *record_with_params(wick_graph *g, wicki_recording *(*make)(wick_graph *g))
{
    const size_t known = g->w->store->count;
    wicki_recording *r = make(g);

    if (!r || g->w->store->count == known)
        return r;
    if (r->tape.read && r->tape.tiled) {
        wicki_recording_free(r);
        wicki_store_truncate(g->w, known);
        r = record_whole(g);
    }
    wicki_recording_free(r);
    return wicki_ok(g->w) ? make(g) : NULL;
}

/* With a plate in tiles if there is one that can be, else with all plates whole. */
static bool record_frame(wick_graph *g)
{
    const size_t known = g->w->store->count;

    g->frame = record_with_params(g, record_part);
    g->dim = g->frame ? dim_named(g->frame, g->plate) : 0;
    if (g->frame && !g->dim)
        g->plate = NULL; /* there is no such plate */
    if (g->frame && (!g->dim || !g->frame->tape.read) && wicki_graph_divide(g))
        return true;
    if (g->frame && g->frame->handle.status == WICK_ERR_MEMORY)
        wick_fail(g->w, WICK_ERR_MEMORY, "%s: no memory to compile it", g->what.name);
    if (!wicki_ok(g->w) && (!g->plate || g->w->status == WICK_ERR_MEMORY))
        return false;
    forget_error(g->w);
    drop_frame(g);
    wicki_store_truncate(g->w, known);
    g->plate = NULL;
    g->dim = 0;
    g->frame = record_with_params(g, record_whole);
    return g->frame && wicki_graph_divide(g);
}

/* --- tiles ----------------------------------------------------------------------------------- */

static size_t rounded_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

/* All depends on the shapes alone: not on threads, not on time. */
static void choose_sizes(wick_graph *g)
{
    const size_t n = wicki_dim_at(&g->frame->handle, g->dim)->present;
    const size_t fits = CACHE / (wicki_graph_doubles_per_member(g) + 1);
    size_t tile = LARGEST_TILE;

    while (tile > SMALLEST_TILE && tile > fits)
        tile /= 2;
    if (g->options.tile)
        tile = rounded_up(g->options.tile, 8);
    if (tile + FRAME_MEMBERS > n)
        tile = n;
    g->tile = tile;
    g->block = rounded_up((n + MOST_BLOCKS - 1) / MOST_BLOCKS, SMALLEST_BLOCK);
    g->block = rounded_up(g->block, tile);
    g->rest = n / tile * tile;
    if (g->rest < n && n - g->rest < FRAME_MEMBERS && g->rest > tile)
        g->rest -= tile;
    g->n_blocks = (g->rest + g->block - 1) / g->block;
}

/* The minibatch that the frame chose serves all. */
static void share_minibatches(const wick_graph *g, wicki_recording *r)
{
    for (uint32_t i = 1; i < r->tape.dims.n_dims; i++)
        r->tape.dims.dim[i].index = g->frame->tape.dims.dim[i].index;
}

static bool make_tile(wick_graph *g, wicki_tile *t, size_t first, size_t members)
{
    const wicki_tiling tiling = {
        .plate = g->plate, .tile = members, .first = first, .again = true
    };

    t->recording = record(g, &tiling, NULL);
    if (!t->recording || !wicki_recordings_agree(g->w, g->frame, t->recording))
        return false;
    share_minibatches(g, t->recording);
    if (wicki_graph_plan_tile(g, t))
        return true;
    wick_fail(g->w, WICK_ERR_MEMORY, "%s: no memory for a tile", g->what.name);
    return false;
}

static size_t threads_wanted(const wick_graph *g)
{
    const size_t wanted =
        g->options.threads == WICK_ALL_THREADS ? wicki_cpu_count() : g->options.threads;
    const size_t most = g->n_blocks < wanted ? g->n_blocks : wanted;

    return most ? most : 1;
}

static bool make_tiles(wick_graph *g)
{
    const size_t n = wicki_dim_at(&g->frame->handle, g->dim)->present;
    size_t sums = 0;

    choose_sizes(g);
    g->n_threads = threads_wanted(g);
    g->tiles = wicki_allocate(g->w, (g->n_threads + 1) * sizeof *g->tiles);
    for (size_t i = 0; g->tiles && i < g->n_threads; i++)
        if (!make_tile(g, &g->tiles[i], 0, g->tile))
            return false;
    if (!g->tiles || (g->rest < n && !make_tile(g, &g->tiles[g->n_threads], g->rest, n - g->rest)))
        return false;
    for (size_t i = 0; i < g->tiles[0].n_sums; i++)
        sums += g->tiles[0].sum[i].n;
    wick *arena = &g->frame->handle;
    g->block_sums = wicki_alloc_doubles(arena, (g->n_blocks + 1) * sums + 1);
    g->total = wicki_alloc_doubles(arena, sums + 1);
    if (g->n_threads > 1)
        g->pool = wicki_pool_new(g->w, g->n_threads);
    return g->block_sums && g->total && wicki_ok(g->w);
}

/* --- building -------------------------------------------------------------------------------- */

static void free_parts(wick_graph *g)
{
    for (size_t i = 0; g->tiles && i <= g->n_threads; i++)
        wicki_recording_free(g->tiles[i].recording);
    wicki_release(g->w, g->tiles);
    wicki_pool_free(g->pool);
    g->tiles = NULL;
    g->pool = NULL;
    g->threaded = false;
    drop_frame(g);
}

static bool has_draws(const wick_graph *g)
{
    for (uint32_t i = 0; i < g->frame->tape.n_nodes; i++)
        if (g->section[i].live && g->frame->tape.node[i]->op == &wicki_op_draw)
            return true;
    return false;
}

static bool has_minibatches(const wick_graph *g)
{
    for (uint32_t i = 1; i < g->frame->tape.dims.n_dims; i++)
        if (g->frame->tape.dims.dim[i].minibatch)
            return true;
    return false;
}

/* Without tiles there is nothing to add up: other processes would wait. */
static bool can_reduce(wick_graph *g)
{
    if (!g->options.reduce || g->dim)
        return true;
    wick_fail(g->w, WICK_ERR_STATE,
        "%s: reduce is set, but no plate is run in tiles; name the plate in .plate, and only sum "
        "over it",
        g->what.name);
    return false;
}

static bool build(wick_graph *g)
{
    const size_t known = g->w->store->count;

    free_parts(g);
    const bool built = record_frame(g) && can_reduce(g) && wicki_graph_plan_frame(g) &&
        (g->n_passes == 0 || make_tiles(g));
    if (!built) {
        if (wicki_ok(g->w))
            wick_fail(g->w, WICK_ERR_MEMORY, "%s: no memory to compile it", g->what.name);
        free_parts(g);
        wicki_store_truncate(g->w, known);
        return false;
    }
    g->has_draws = has_draws(g);
    g->has_minibatches = has_minibatches(g);
    g->seed = g->w->seed;
    g->generation = g->w->store->generation;
    g->runs = 0;
    g->until_check = 1;
    return true;
}

/* Parameters that were cleared, or another seed, make another program. */
static bool is_built(const wick_graph *g)
{
    return g->frame && g->seed == g->w->seed && g->generation == g->w->store->generation;
}

wick_graph *wicki_graph_new(wick *w, const wicki_recorder *what, const wick_graph_options *options)
{
    wick_graph *g = wicki_ok(w) ? wicki_allocate(w, sizeof *g) : NULL;

    if (!g)
        return NULL;
    g->w = w;
    g->what = *what;
    if (options)
        g->options = *options;
    return g;
}

void wick_graph_free(wick_graph *g)
{
    if (!g)
        return;
    free_parts(g);
    wicki_release(g->w, g);
}

/* --- checks ---------------------------------------------------------------------------------- */

bool wick_graph_verify(wick_graph *g)
{
    if (!g || !wicki_ok(g->w))
        return false;
    if (!is_built(g))
        return build(g);
    const wicki_tiling t = {
        .plate = g->plate, .tile = FRAME_MEMBERS, .again = true, .passing = true
    };
    wicki_recording *now = record(g, &t, NULL);
    const bool agree = now && wicki_recordings_agree(g->w, g->frame, now);
    wicki_recording_free(now);
    if (!agree)
        free_parts(g); /* the next run records the program as it is then */
    return agree;
}

/* After 1, 2, 4, ... runs, then each 1024. */
static bool check_is_due(wick_graph *g)
{
    const uint64_t longest = g->options.check_every ? g->options.check_every : LONGEST_CHECK;

    if (--g->until_check > 0)
        return false;
    g->until_check = g->runs < longest ? g->runs : longest;
    return true;
}

/* --- running --------------------------------------------------------------------------------- */

/* Threads are used if a run without them took long enough; the bits are the same either way. */
static void execute(wick_graph *g, bool gradients)
{
    if (g->pool && !g->threaded) {
        const double start = wicki_seconds();
        wicki_graph_execute(g, gradients);
        g->threaded = wicki_seconds() - start > WORTH_THREADS;
        return;
    }
    wicki_graph_execute(g, gradients);
}

/* An error inside an op stays in the handle of its recording; NULL if there is none. */
static wick *handle_with_error(const wick_graph *g)
{
    wick *w = &g->frame->handle;

    for (size_t i = 0; w->status == WICK_OK && g->tiles && i <= g->n_threads; i++)
        if (g->tiles[i].recording && g->tiles[i].recording->handle.status != WICK_OK)
            w = &g->tiles[i].recording->handle;
    return w->status == WICK_OK ? NULL : w;
}

/* What may be elsewhere does not end a tolerant graph: it has no value here. */
static void forgive(wick_graph *g)
{
    for (wick *w = handle_with_error(g); w && w->status == WICK_ERR_NUMERIC;
         w = handle_with_error(g)) {
        forget_error(w);
        g->value = NAN;
    }
}

const wick *wicki_graph_error(const wick_graph *g)
{
    return g->frame ? handle_with_error(g) : NULL;
}

bool wicki_graph_raise(wick_graph *g)
{
    const wick *w = wicki_graph_error(g);

    if (!w)
        return false;
    wick_fail(g->w, w->status, "%s", w->message);
    free_parts(g);
    return true;
}

double wicki_graph_repeat(wick_graph *g, bool gradients)
{
    g->runs++;
    execute(g, gradients);
    if (g->tolerant)
        forgive(g);
    return g->value;
}

double wicki_graph_run(wick_graph *g, uint64_t step, bool gradients)
{
    if (!g || !wicki_ok(g->w))
        return NAN;
    g->step = step;
    if (!is_built(g) ? !build(g) : check_is_due(g) && !wick_graph_verify(g))
        return NAN;
    wicki_graph_repeat(g, gradients);
    if (wicki_graph_raise(g))
        return NAN;
    if (isfinite(g->value) || g->tolerant)
        return g->value;
    wicki_graph_fail_nonfinite(
        g, wick_name(g->w, "%s at step %llu", g->what.name, (unsigned long long)step));
    free_parts(g);
    return NAN;
}

/* --- the public face ------------------------------------------------------------------------- */

wick_graph *wick_graph_new(
    wick *w, wick_scalar_function function, void *arg, const wick_graph_options *options)
{
    const wicki_recorder what = { function, arg, "the function" };

    if (wicki_ok(w) && !function)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_graph_new: the function is NULL");
    return wicki_graph_new(w, &what, options);
}

double wick_graph_run(wick_graph *g)
{
    return g ? wicki_graph_run(g, g->step + (g->runs > 0), true) : NAN;
}

double wick_graph_evaluate(wick_graph *g)
{
    return g ? wicki_graph_run(g, g->step + (g->runs > 0), false) : NAN;
}

static const wicki_graph_param *param_named(const wick_graph *g, const char *name)
{
    if (!g->frame || g->generation != g->w->store->generation) /* they were cleared */
        return NULL;
    for (size_t i = 0; i < g->frame->outcome.n_params; i++)
        if (strcmp(g->frame->outcome.param[i].entry->name, name) == 0)
            return &g->frame->outcome.param[i];
    return NULL;
}

size_t wick_graph_gradient(wick_graph *g, const char *name, double *out, size_t count)
{
    const wicki_graph_param *p = g && wicki_ok(g->w) && name ? param_named(g, name) : NULL;

    if (!g || !wicki_ok(g->w))
        return 0;
    if (!p) {
        wick_fail(g->w, WICK_ERR_NAME, "wick_graph_gradient: no parameter '%s' in the function",
            name ? name : "(NULL)");
        return 0;
    }
    if (count != wicki_entry_size(p->entry)) {
        wick_fail(g->w, WICK_ERR_SHAPE,
            "wick_graph_gradient: room for %zu doubles was given, parameter '%s' has %zu", count,
            name, wicki_entry_size(p->entry));
        return 0;
    }
    const double *gradient = wicki_graph_gradient(g, (size_t)(p - g->frame->outcome.param));
    for (size_t m = 0; m < p->entry->members; m++)
        for (size_t e = 0; e < p->entry->elements; e++)
            *out++ = gradient ? gradient[e * p->entry->members + m] : 0.0;
    return count;
}

const char *wick_graph_describe(wick_graph *g)
{
    char buffer[256] = "not recorded yet";
    wicki_text text = { buffer, sizeof buffer, 0 };

    if (!g)
        return "no graph";
    /* one for each pass and way, but for the last, whose two may be one */
    const unsigned sweeps = 2 * (unsigned)g->n_passes - g->linear;
    if (g->frame && !g->plate)
        wicki_text_add(&text, "all plates whole");
    if (g->frame && g->plate)
        wicki_text_add(&text,
            "plate '%s' of %zu in tiles of %zu, %u pass%s, %zu block%s, %zu thread%s", g->plate,
            wicki_dim_at(&g->frame->handle, g->dim)->present, g->tile, sweeps,
            sweeps > 1 ? "es" : "", g->n_blocks, g->n_blocks > 1 ? "s" : "", g->n_threads,
            g->n_threads > 1 ? "s" : "");
    return wick_name(g->w, "%s", buffer);
}
