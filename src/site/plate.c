/* Plates and ambient dimensions: opening one gives the tape a dimension. */
#include "base/philox.h"
#include "kernel/kernels.h"
#include "kernel/shuffle.h"
#include "site/plate.h"
#include "site/stack.h"

#include <string.h>

/* On the stack of handlers: what was open before. */
typedef struct opened {
    wick_handler handler;
    uint32_t open, n_open;
} opened;

static void close_dimension(wick *w, wick_handler *self)
{
    const opened *before = (const opened *)self;

    w->tape->open = before->open;
    w->tape->n_open = before->n_open;
}

static void open_dimension(wick *w, uint32_t dim)
{
    opened *scope = wicki_ok(w) ? wick_alloc(w, sizeof *scope) : NULL;

    if (!scope) {
        wick_enter(w, NULL);
        return;
    }
    *scope = (opened){
        .handler.exit = close_dimension, .open = w->tape->open, .n_open = w->tape->n_open
    };
    w->tape->open = wicki_set_with(w, w->tape->open, dim);
    if (wicki_ok(w) && wicki_dim_at(w, dim)->kind == WICKI_PLATE)
        w->tape->plate_order[w->tape->n_open++] = dim;
    wick_enter(w, &scope->handler);
}

/* --- the minibatch ----------------------------------------------------------------------------- */

struct wicki_minibatch {
    size_t *indices;
    wicki_shuffle shuffle;
};

static void copy_given(wick *w, const wicki_dim *dim)
{
    size_t *indices = dim->minibatch->indices;

    for (size_t i = 0; i < dim->present; i++) {
        indices[i] = dim->given[i];
        if (dim->given[i] >= dim->full) {
            wick_fail(w, WICK_ERR_ARGUMENT, "plate '%s': index %zu at [%zu], need 0 to %zu",
                dim->name, dim->given[i], i, dim->full - 1);
            return;
        }
    }
}

/* The first B of a random permutation: B of N without replacement, in O(B) time and memory. */
static void draw_indices(const wick *w, const wicki_dim *dim)
{
    const wicki_random random = { w->seed, 0, wicki_name_of(dim->name)->hash };
    wicki_stream stream = wicki_stream_new(wicki_random_key(&random, w->step), 0, 0);
    struct wicki_minibatch *b = dim->minibatch;

    for (int i = 0; i < WICKI_SHUFFLE_ROUNDS; i++)
        b->shuffle.key[i] = (uint32_t)wicki_below(&stream, (uint64_t)1 << 32);
    w->kernels->shuffle->take(&b->shuffle, dim->present, b->indices);
}

static bool room_for_minibatch(wick *w, wicki_dim *dim)
{
    struct wicki_minibatch *b = wick_alloc(w, sizeof *b);

    if (!b)
        return false;
    b->indices = wick_alloc(w, dim->present * sizeof *b->indices);
    b->shuffle = wicki_shuffle_of(dim->full);
    dim->minibatch = b;
    dim->index = b->indices;
    return wicki_ok(w);
}

void wicki_plate_choose_members(wick *w, const wicki_dim *dim)
{
    if (!dim->minibatch)
        return;
    if (dim->given)
        copy_given(w, dim);
    else
        draw_indices(w, dim);
}

static const uint64_t LARGEST_SHUFFLE = (uint64_t)1 << 32;

/* --- plates ------------------------------------------------------------------------------------ */

static bool sizes_are_valid(wick *w, const wick_plate_options *o)
{
    if (o->size == 0)
        wick_fail(w, WICK_ERR_ARGUMENT, "plate '%s': size 0, need at least 1", o->name);
    else if (o->subsample > o->size)
        wick_fail(w, WICK_ERR_ARGUMENT, "plate '%s': a subsample of %zu from %zu members", o->name,
            o->subsample, o->size);
    else if (o->subsample > 0 && o->subsample < o->size && !o->indices && o->size > LARGEST_SHUFFLE)
        wick_fail(w, WICK_ERR_LIMIT,
            "plate '%s': minibatches are drawn from at most 2^32 members, it has %zu; give indices",
            o->name, o->size);
    else if (o->indices && o->subsample == 0)
        wick_fail(
            w, WICK_ERR_ARGUMENT, "plate '%s': indices without their number in subsample", o->name);
    return wicki_ok(w);
}

/* The largest plate is tiled; if it was not the first to be met, the recording has to start anew. */
static bool is_tiled(wick *w, const wicki_dim *dim)
{
    wicki_tape *tape = w->tape;

    if (!tape->tiling)
        return false;
    if (!tape->choose)
        return dim->name == tape->tiled;
    if (dim->present <= tape->whole)
        return false;
    if (tape->tiled && tape->tiled != dim->name) {
        const wicki_name *other = wicki_name_of(tape->tiled);
        if (other->plate_serial != w->serial ||
            wicki_dim_at(w, other->plate)->present > dim->present ||
            (wicki_dim_at(w, other->plate)->present == dim->present &&
                strcmp(tape->tiled, dim->name) > 0))
            return false;
        wick_fail(w, WICK_ERR_STATE, "plate '%s' is larger than '%s'", dim->name, tape->tiled);
    }
    tape->tiled = dim->name;
    return true;
}

static uint32_t new_plate(wick *w, const wick_plate_options *o, wicki_name *name)
{
    wicki_dim dim = { .kind = WICKI_PLATE, .name = name->text, .full = o->size };

    dim.present = dim.size = o->subsample > 0 ? o->subsample : o->size;
    dim.given = o->indices;
    if ((dim.present < dim.full || o->indices) && !room_for_minibatch(w, &dim))
        return 0;
    wicki_plate_choose_members(w, &dim);
    dim.tiled = is_tiled(w, &dim);
    if (dim.tiled) {
        dim.size = w->tape->tile < dim.present ? w->tape->tile : dim.present;
        dim.first = w->tape->first;
    }
    if (!wicki_ok(w))
        return 0;
    name->plate = wicki_dim_new(w, &dim);
    name->plate_serial = name->plate ? w->serial : 0;
    return name->plate;
}

static bool fits_earlier(wick *w, const wick_plate_options *o, uint32_t plate)
{
    const wicki_dim *dim = wicki_dim_at(w, plate);

    if (wicki_set_has(w, w->tape->open, plate))
        wick_fail(w, WICK_ERR_STATE,
            "plate '%s' is open already, or was left by break or return; a plate cannot stand in "
            "itself",
            o->name);
    else if (dim->full != o->size)
        wick_fail(w, WICK_ERR_SHAPE,
            "plate '%s' has %zu members here, but it had %zu earlier in this step; give it one "
            "size in guide and model (if it is an autoguide's, make the guide anew)",
            o->name, o->size, dim->full);
    else if (o->subsample > 0 && dim->present != o->subsample)
        wick_fail(w, WICK_ERR_SHAPE,
            "plate '%s' has %zu of %zu members here, but it had %zu of %zu earlier in this step; "
            "give it one subsample in guide and model",
            o->name, o->subsample, o->size, dim->present, dim->full);
    else if (o->indices &&
        (!dim->index || memcmp(o->indices, dim->index, dim->present * sizeof *dim->index) != 0))
        wick_fail(
            w, WICK_ERR_SHAPE, "plate '%s': other indices than earlier in this step", o->name);
    return wicki_ok(w);
}

static uint32_t plate_of(wick *w, const wick_plate_options *o)
{
    if (!o) {
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_plate_enter: the options are NULL");
        return 0;
    }
    wicki_name *name = wicki_intern(w, "wick_plate_enter", o->name);
    if (!name || !sizes_are_valid(w, o))
        return 0;
    const wick_plate_options whole = { .name = o->name, .size = o->size };
    if (w->tape->all_members)
        o = &whole;
    if (name->plate_serial != w->serial)
        return new_plate(w, o, name);
    return fits_earlier(w, o, name->plate) ? name->plate : 0;
}

void wick_plate_enter(wick *w, const wick_plate_options *options)
{
    if (w)
        open_dimension(w, wicki_ok(w) ? plate_of(w, options) : 0);
}

/* The ambient dimension of that name in this step; 0 if there is none yet. */
static uint32_t ambient_named(const wick *w, const char *interned)
{
    const wicki_dims *dims = &w->tape->dims;

    for (uint32_t i = 1; i < dims->n_dims; i++)
        if (dims->dim[i].kind == WICKI_AMBIENT && dims->dim[i].name == interned)
            return i;
    return 0;
}

static uint32_t ambient_of(wick *w, const char *name, size_t n)
{
    const uint32_t known = ambient_named(w, name);

    if (n == 0)
        wick_fail(w, WICK_ERR_ARGUMENT, "ambient dimension '%s': size 0, need at least 1", name);
    else if (known && wicki_set_has(w, w->tape->open, known))
        wick_fail(w, WICK_ERR_STATE,
            "ambient dimension '%s' is open already, or was left by break or return", name);
    else if (known && wicki_dim_at(w, known)->size != n)
        wick_fail(w, WICK_ERR_SHAPE,
            "ambient dimension '%s': %zu draws, but it had %zu earlier in this step", name, n,
            wicki_dim_at(w, known)->size);
    if (!wicki_ok(w) || known)
        return wicki_ok(w) ? known : 0;
    return wicki_dim_new(
        w, &(wicki_dim){ .kind = WICKI_AMBIENT, .name = name, .size = n, .full = n });
}

void wick_ambient_enter(wick *w, const char *text, size_t n)
{
    if (!w)
        return;
    const wicki_name *name = wicki_intern(w, "wick_ambient_enter", text);
    open_dimension(w, name ? ambient_of(w, name->text, n) : 0);
}
