#include "tape/draw.h"

#include "tape/op_list.h"
#include "tape/take.h"

#include <string.h>

/* A dimension of the result: where its members are, and what they are called. */
typedef struct draw_axis {
    uint32_t dim;
    size_t size;
    size_t in[WICK_MAX_INPUTS], out; /* strides in memory */
    uint64_t member, other;          /* strides of the two addresses */
} draw_axis;

typedef struct draws {
    const wicki_draw_kind *kind;
    uint64_t key;
    wicki_random random; /* what the key is made from, beside the step */
    size_t rank, sizes[WICK_MAX_RANK];
    uint32_t dims;
    uint32_t n_axes;
    draw_axis axis[WICK_MAX_DIMS];
    wicki_drawing drawing;           /* of the first member, but for the pointers */
    size_t batch;                    /* draws of one member */
    size_t in_next[WICK_MAX_INPUTS]; /* from one draw of a member to the next */
} draws;

/* --- shapes ------------------------------------------------------------------------------------ */

static size_t last_axes(const wick_node *node, size_t n)
{
    size_t elements = 1;

    for (size_t i = 0; i < n; i++)
        elements *= node->event[node->rank - 1 - i];
    return elements;
}

/* Is the batch of an input that of the result? */
static bool same_batch(const wick_node *in, size_t in_rank, const wick_node *node, size_t rank)
{
    if (in->rank - in_rank != node->rank - rank)
        return false;
    return memcmp(in->event, node->event, (in->rank - in_rank) * sizeof *in->event) == 0;
}

static bool fail_event(
    wick *w, const wicki_draw_kind *kind, const wick_node *node, const char *what)
{
    char buffer[64];
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_text_add_event(&text, node);
    wick_fail(w, WICK_ERR_SHAPE, "%s: %s %s does not fit", kind->name, what, buffer);
    return false;
}

static bool lay_out_events(wick *w, wick_node *node, draws *d)
{
    const wicki_draw_kind *kind = d->kind;

    if (node->rank < kind->rank)
        return fail_event(w, kind, node, "the event");
    d->drawing.out_size = last_axes(node, kind->rank);
    d->drawing.out_stride = node->members;
    d->batch = node->elements / d->drawing.out_size;
    for (uint32_t j = 0; j < node->n_in; j++) {
        const wick_node *in = node->in[j];
        const size_t rank = kind->in_rank[j];
        if (in->rank < rank || (in->rank > rank && !same_batch(in, rank, node, kind->rank)))
            return fail_event(w, kind, in, "a parameter's event");
        d->drawing.in_size[j] = last_axes(in, rank);
        d->drawing.in_stride[j] = in->members;
        d->in_next[j] = in->rank > rank ? d->drawing.in_size[j] * in->members : 0;
    }
    return true;
}

/* Plates from small to large by their full size, then by name: the same for any minibatch. */
static bool addressed_before(const wicki_dim *a, const wicki_dim *b)
{
    return a->full != b->full ? a->full < b->full : strcmp(a->name, b->name) < 0;
}

static uint64_t plates_within(const wick *w, const wicki_set *set, const wicki_dim *plate)
{
    uint64_t stride = 1;

    for (uint32_t i = 0; i < set->n; i++) {
        const wicki_dim *other = wicki_dim_at(w, set->dim[i]);
        if (other->kind == WICKI_PLATE && addressed_before(plate, other))
            stride *= other->full;
    }
    return stride;
}

static void lay_out_dims(const wick *w, const wick_node *node, draws *d)
{
    const wicki_set *set = wicki_set_at(w, node->dims);
    uint64_t other = d->batch;

    d->n_axes = set->n;
    for (uint32_t i = set->n; i-- > 0;) {
        const wicki_dim *dim = wicki_dim_at(w, set->dim[i]);
        draw_axis *axis = &d->axis[i];
        *axis = (draw_axis){ .dim = set->dim[i], .size = dim->size };
        axis->out = wicki_dim_stride(node, set->dim[i]);
        for (uint32_t j = 0; j < node->n_in; j++)
            axis->in[j] = wicki_dim_stride(node->in[j], set->dim[i]);
        if (dim->kind == WICKI_PLATE) {
            axis->member = plates_within(w, set, dim);
        } else {
            axis->other = other;
            other *= dim->size;
        }
    }
}

static bool draw_shape(wick *w, wick_node *node)
{
    draws *d = node->data;
    const uint32_t dims = wicki_set_union(w, node->dims, d->dims);

    node->differentiable = false;
    if (!wicki_ok(w) || !wicki_node_shape(w, node, d->rank, d->sizes, dims) ||
        !lay_out_events(w, node, d))
        return false;
    lay_out_dims(w, node, d);
    return true;
}

/* --- drawing ----------------------------------------------------------------------------------- */

typedef struct place {
    size_t in[WICK_MAX_INPUTS], out;
    uint64_t member, other;
} place;

static place place_of(const wick_node *node, const draws *d, const size_t *at)
{
    place p = { .out = 0 };

    for (uint32_t i = 0; i < d->n_axes; i++) {
        const draw_axis *axis = &d->axis[i];
        const uint64_t global = wicki_dim_member(wicki_dim_at(node->w, axis->dim), at[i]);
        p.out += axis->out * at[i];
        p.member += axis->member * global;
        p.other += axis->other * at[i];
        for (uint32_t j = 0; j < node->n_in; j++)
            p.in[j] += axis->in[j] * at[i];
    }
    return p;
}

static wicki_stream stream_at(uint64_t key, uint64_t member, uint64_t element)
{
    const uint64_t high = element >> 32;

    return wicki_stream_new(high ? wicki_hash(key, high) : key, member, (uint32_t)element);
}

static void draw_member(wick_node *node, const draws *d, const place *p)
{
    wicki_drawing drawing = d->drawing;

    for (size_t b = 0; b < d->batch; b++) {
        wicki_stream stream = stream_at(d->key, p->member, p->other + b);
        drawing.out = node->value + p->out + b * drawing.out_size * drawing.out_stride;
        for (uint32_t j = 0; j < node->n_in; j++)
            drawing.in[j] = node->in[j]->value + p->in[j] + b * d->in_next[j];
        d->kind->draw(&stream, &drawing);
    }
}

static bool next_member(const draws *d, size_t *at)
{
    for (uint32_t i = d->n_axes; i-- > 0; at[i] = 0)
        if (++at[i] < d->axis[i].size)
            return true;
    return false;
}

static void draw_forward(wick_node *node)
{
    const draws *d = node->data;
    size_t at[WICK_MAX_DIMS] = { 0 };

    do {
        const place p = place_of(node, d, at);
        draw_member(node, d, &p);
    } while (next_member(d, at));
}

static void draw_reverse(wick_node *node)
{
    (void)node;
}

static bool same_draws(const wick_node *a, const wick_node *b)
{
    const draws *x = a->data, *y = b->data;

    return x->kind == y->kind && memcmp(&x->random, &y->random, sizeof x->random) == 0;
}

const wick_op wicki_op_draw = { .name = "draw",
    .shape = draw_shape,
    .forward = draw_forward,
    .reverse = draw_reverse,
    .same = same_draws };

/* --- kinds without parameters ------------------------------------------------------------------ */

static void draw_uniform(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = wicki_uniform(stream);
}

static void draw_normal(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = wicki_normal(stream);
}

static void draw_exponential(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = wicki_exponential(stream);
}

const wicki_draw_kind wicki_draw_uniform = { .name = "uniform", .draw = draw_uniform };
const wicki_draw_kind wicki_draw_normal = { .name = "normal", .draw = draw_normal };
const wicki_draw_kind wicki_draw_exponential = { .name = "exponential", .draw = draw_exponential };

/* --- constructors ------------------------------------------------------------------------------ */

wick_node *wicki_draw_record(wick *w, const wicki_draw_kind *kind, size_t n_in,
    wick_node *const *in, size_t rank, const size_t *sizes, uint32_t dims)
{
    draws d = { .kind = kind, .rank = rank, .dims = dims };

    if (!wicki_ok(w))
        return NULL;
    if (rank > WICK_MAX_RANK || n_in > WICK_MAX_INPUTS) {
        wick_fail(w, WICK_ERR_LIMIT, "%s: %zu axes and %zu parameters, at most %d and %d",
            kind->name, rank, n_in, WICK_MAX_RANK, WICK_MAX_INPUTS);
        return NULL;
    }
    d.key = w->random_key;
    d.random = w->random;
    for (size_t i = 0; i < rank; i++)
        d.sizes[i] = sizes[i];
    return wicki_record(w, &wicki_op_draw, n_in, in, &d, sizeof d);
}

wick_node *wicki_noise(
    wick *w, const wicki_draw_kind *kind, size_t rank, const size_t *sizes, uint32_t dims)
{
    wick_node *none[1] = { NULL };

    return wicki_draw_record(w, kind, 0, none, rank, sizes, dims);
}

void wicki_draw_set_key(wick_node *node, uint64_t key)
{
    draws *d = node->data;

    d->key = key;
}

void wicki_draw_set_step(wick_node *node, uint64_t step)
{
    wicki_draw_set_key(node, wicki_random_key(&((const draws *)node->data)->random, step));
}
