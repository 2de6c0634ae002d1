/* A step of a chain in probabilities. */
#include "kernel/kernels.h"
#include "kernel/math.h"
#include "tape/chain_step.h"
#include "tape/loop.h"
#include "tape/op_list.h"
#include "tape/twin.h"

#include <string.h>

/* --- layout ----------------------------------------------------------------------------------- */

/* Axes that are neither lanes nor rows, the last the fastest. */
static bool lay_out_places(wick *w, const wicki_chain_plan *p, wicki_chain_step *s)
{
    size_t n = 1;

    for (size_t i = 0; i < p->n_axes; i++)
        n *= i != p->lanes && i != p->rows ? p->axis[i].size : 1;
    wicki_chain_place *place = wick_alloc(w, n * sizeof *place);
    if (!place)
        return false;
    place[0] = (wicki_chain_place){ 0, 0, 0 };
    s->n_places = 1;
    for (size_t i = 0; i < p->n_axes; i++) {
        const wicki_chain_axis *a = &p->axis[i];
        if (i == p->lanes || i == p->rows)
            continue;
        const size_t one = s->weights_one ? a->weights : a->table;
        const size_t many = s->weights_one ? a->table : a->weights;
        for (size_t j = s->n_places; j-- > 0;) {
            const wicki_chain_place at = place[j];
            for (size_t k = a->size; k-- > 0;)
                place[j * a->size + k] = (wicki_chain_place){ at.out + k * a->out, at.one + k * one,
                    at.many + k * many };
        }
        s->n_places *= a->size;
    }
    s->place = place;
    return true;
}

static void lay_out_product(const wicki_chain_plan *p, wicki_chain_step *s)
{
    static const wicki_chain_axis NONE = { .size = 1 };
    const wicki_chain_axis *rows = p->rows < p->n_axes ? &p->axis[p->rows] : &NONE;

    s->weights_one = p->lanes < p->n_axes && p->axis[p->lanes].table == 1;
    s->product = (wicki_chain_product){ .rows = rows->size,
        .terms = p->summed.size,
        .n = p->plates ? p->members : p->axis[p->lanes].size,
        .out_row = rows->out,
        .one_row = s->weights_one ? rows->weights : rows->table,
        .one_term = s->weights_one ? p->summed.weights : p->summed.table,
        .many_term = s->weights_one ? p->summed.table : p->summed.weights };
}

/* A vector times a matrix, for which the matrix is wanted with its axes exchanged too. */
static bool is_turned(const wicki_chain_plan *p)
{
    return !p->plates && p->n_axes == 1 && p->summed.weights == 1 &&
        p->summed.table == p->axis[0].size;
}

static bool same_form(const wicki_chain_form *a, const wicki_chain_form *b)
{
    const wicki_chain_step *x = &a->step, *y = &b->step;

    return x->states == y->states && x->results == y->results && x->members == y->members &&
        x->plates == y->plates && x->weights_one == y->weights_one && x->table == y->table &&
        x->turned == y->turned && x->n_places == y->n_places &&
        memcmp(&x->product, &y->product, sizeof x->product) == 0 &&
        memcmp(x->place, y->place, x->n_places * sizeof *x->place) == 0;
}

static bool describe(wick *w, const wick_node *node, const wicki_chain_plan *p, wicki_chain_form *f)
{
    const wick_node *table = node->in[EXP_TABLE];
    wicki_chain_step *s = &f->step;

    *f = (wicki_chain_form){ .n = 0 };
    lay_out_product(p, s);
    s->members = p->members;
    s->plates = p->plates;
    s->states = wicki_set_at(w, p->weights)->members / p->members;
    s->results = node->members / p->members;
    s->table = table->value;
    s->turned = is_turned(p) ? table->value + TURNED * table->members : NULL;
    if (s->turned && table->differentiable)
        f->pairs = wicki_twin_first(node->in[EXP_TABLE])->data;
    return lay_out_places(w, p, s);
}

static bool give_scratch(wick *w, wicki_chain_form *f)
{
    const wicki_chain_step *s = &f->step;

    f->du = wicki_alloc_doubles(w, s->states * s->members);
    f->h = f->pairs ? NULL : wicki_alloc_doubles(w, s->results * s->members);
    return wicki_ok(w);
}

static bool room_for_station(wick *w, wicki_chain_form *f)
{
    if (f->n < f->capacity)
        return true;
    const size_t capacity = f->capacity ? 2 * f->capacity : 4;
    wicki_chain_station *stations = wick_alloc(w, capacity * sizeof *stations);
    wicki_chain_link *link = wick_alloc(w, capacity * sizeof *link);
    if (!stations || !link)
        return false;
    if (f->n > 0) {
        memcpy(stations, f->station, f->n * sizeof *stations);
        memcpy(link, f->link, f->n * sizeof *link);
    }
    f->station = stations;
    f->link = link;
    f->capacity = capacity;
    return true;
}

static bool add_station(wick *w, wick_node *node, wicki_chain_data *c)
{
    wicki_chain_form *f = c->form;
    wicki_chain_pairs *p = f->pairs;

    if (!room_for_station(w, f) || !wicki_chain_room_for_pair(w, p))
        return false;
    const wicki_chain_step *s = wicki_chain_step_at(c);
    c->index = f->n++;
    f->station[c->index] = (wicki_chain_station){ .node = node, .pair = p->n++ };
    const wick_node *log = wicki_chain_log(node);
    f->link[c->index] =
        (wicki_chain_link){ .log = log ? log->value : NULL, .u = s->u, .out = s->out };
    p->pair[f->station[c->index].pair] = (wicki_chain_pair){ s->u, NULL };
    return true;
}

static bool allocate(wick *w, wick_node *node, wicki_chain_data *c)
{
    const wicki_chain_step *s = &c->form->step;
    const wick_node *table = node->in[EXP_TABLE];

    c->room = wicki_alloc_doubles(w,
        wicki_chain_padded(HEAD * s->members) + wicki_chain_padded(s->results * s->members) +
            s->states * s->members);
    if (s->plates && table->differentiable)
        c->sums = wicki_alloc_doubles(w, 8 * table->members);
    if (!wicki_ok(w) || !c->form->pairs)
        return wicki_ok(w);
    return add_station(w, node, c);
}

/* That of the step before, if it is the same and has room for the reverse. */
static wicki_chain_form *form_of(wick *w, const wick_node *node, const wicki_chain_plan *p)
{
    const wicki_chain_data *c = node->data;
    wicki_chain_form *before =
        c->message ? ((const wicki_chain_data *)node->in[FIRST]->data)->form : NULL;
    wicki_chain_form own, *made;

    if (!describe(w, node, p, &own))
        return NULL;
    if (before && same_form(before, &own) && (before->du || !node->differentiable))
        return before;
    if (!(made = wick_alloc(w, sizeof *made)))
        return NULL;
    *made = own;
    return !node->differentiable || give_scratch(w, made) ? made : NULL;
}

static bool chain_shape(wick *w, wick_node *node)
{
    wicki_chain_data *c = node->data;
    wicki_chain_plan p;

    return wicki_chain_plan_of(w, &p, c->dim, node->in[LOG_TABLE]->dims, c->weights) &&
        wicki_node_shape(w, node, 0, NULL, wicki_set_without(w, p.all, c->dim)) &&
        (c->form = form_of(w, node, &p)) && allocate(w, node, c);
}

/* --- the op ----------------------------------------------------------------------------------- */

static void clear_sums(wick_node *node)
{
    const wicki_chain_data *c = node->data;

    if (c->sums)
        memset(c->sums, 0, 8 * node->in[EXP_TABLE]->members * sizeof *c->sums);
}

/* Of plates, the table may be elsewhere now: in the frame of a tile. */
static void point_to_table(const wick_node *node, wicki_chain_step *s)
{
    if (s->plates)
        s->table = node->in[EXP_TABLE]->value;
}

static void forward_alone(wick_node *node)
{
    const wicki_chain_data *c = node->data;
    wicki_chain_step *s = wicki_chain_step_at(c);
    const wick_node *log = wicki_chain_log(node);
    double *unsafe = wicki_chain_part(c, UNSAFE);
    wicki_chain_message before;

    point_to_table(node, s);
    if (c->message)
        before = wicki_chain_message_in(
            ((const wicki_chain_data *)node->in[FIRST]->data)->room, s->members);
    size_t left = node->w->kernels->chain->forward(s, log ? log->value : NULL,
        c->message ? &before : NULL, s->table[SHIFT * node->in[EXP_TABLE]->members],
        wicki_chain_is_quiet(node) ? NULL : node->value, unsafe);
    for (size_t i = 0; left > 0; i++)
        if (unsafe[i] > 0.0) {
            wicki_chain_forward_in_logs(node, i);
            left--;
        }
    if (c->form->pairs)
        c->form->station[c->index].together = false;
}

/* --- runs ------------------------------------------------------------------------------------- */

/* Nobody looks at the result before the next step has run: then it runs with that. */
static bool is_deferred(const wick_node *node)
{
    return ((const wicki_chain_data *)node->data)->followed && wicki_chain_is_quiet(node);
}

static void find_adjoints(const wick_node *node)
{
    const wicki_chain_data *c = node->data;
    const wick_node *log = wicki_chain_log(node);
    wicki_chain_link *l = &c->form->link[c->index];

    l->h = node->adjoint;
    l->to = log ? log->adjoint : NULL;
    l->fresh = node->fresh >> (FIRST + (uint32_t)c->message) & 1;
}

static size_t first_of_run(const wicki_chain_form *f, size_t last)
{
    while (last > 0 && f->station[last - 1].deferred)
        last--;
    return last;
}

static void give_values(wick_node *node)
{
    const wicki_chain_data *c = node->data;
    const wicki_chain_step *s = wicki_chain_step_at(c);

    node->w->kernels->math->log(s->results, s->out.p, node->value);
    for (size_t i = 0; i < s->results; i++)
        node->value[i] += *s->out.offset;
}

/* The steps from first on, of which the node is the last. */
static void forward_together(wick_node *node, size_t first)
{
    const wicki_chain_data *c = node->data;
    const wicki_chain_form *f = c->form;
    const wick_node *begin = f->station[first].node;
    const bool message = ((const wicki_chain_data *)begin->data)->message;
    const size_t n = c->index + 1 - first;
    wicki_chain_message before;

    if (message)
        before =
            wicki_chain_message_in(((const wicki_chain_data *)begin->in[FIRST]->data)->room, 1);
    const bool unsafe = node->w->kernels->chain->forward_run(&f->step, n, f->link + first,
        message ? &before : NULL, f->step.table[SHIFT * node->in[EXP_TABLE]->members]);
    for (size_t i = first; i <= c->index; i++)
        if (unsafe)
            forward_alone(f->station[i].node);
        else
            f->station[i].together = true;
    if (!unsafe && !wicki_chain_is_quiet(node))
        give_values(node);
}

static void chain_forward(wick_node *node)
{
    const wicki_chain_data *c = node->data;

    if (!c->form->pairs) {
        forward_alone(node);
        return;
    }
    if (c->form->link[c->index].h != node->adjoint)
        find_adjoints(node);
    c->form->station[c->index].deferred = is_deferred(node);
    if (is_deferred(node))
        return;
    const size_t first = first_of_run(c->form, c->index);
    if (first < c->index)
        forward_together(node, first);
    else
        forward_alone(node);
}

static void reverse_together(wick_node *node)
{
    const wicki_chain_data *c = node->data;
    const wicki_chain_form *f = c->form;
    const size_t first = first_of_run(f, c->index);
    const wick_node *begin = f->station[first].node;
    double *to =
        ((const wicki_chain_data *)begin->data)->message ? begin->in[FIRST]->adjoint : NULL;

    node->w->kernels->chain->reverse_run(
        &f->step, c->index + 1 - first, f->link + first, f->du, to, begin->fresh >> FIRST & 1);
    for (size_t i = first; i <= c->index; i++)
        f->pairs->pair[f->station[i].pair].h = f->link[i].h;
}

/* Of a vector: all of it, or nothing, was found in logs. */
static void reverse_vector_in_logs(wick_node *node)
{
    for (uint32_t j = FIRST; j < node->n_in; j++)
        if (node->in[j]->adjoint && node->fresh >> j & 1)
            memset(node->in[j]->adjoint, 0, node->in[j]->members * sizeof *node->adjoint);
    wicki_chain_reverse_in_logs(node, 0);
}

static void chain_reverse(wick_node *node)
{
    const wicki_chain_data *c = node->data;
    const wicki_chain_form *f = c->form;
    wicki_chain_step *s = wicki_chain_step_at(c);
    wicki_chain_adjoint a = {
        .g = node->adjoint, .h = f->pairs ? node->adjoint : f->h, .du = f->du, .sums = c->sums
    };

    if (f->pairs && f->station[c->index].together) {
        if (!f->station[c->index].deferred)
            reverse_together(node);
        return;
    }
    if (!s->plates && *s->out.scale == 0.0) {
        reverse_vector_in_logs(node);
        return;
    }
    point_to_table(node, s);
    for (uint32_t j = FIRST; j < node->n_in; j++) {
        a.to[j - FIRST] = node->in[j]->adjoint;
        a.fresh[j - FIRST] = node->fresh >> j & 1;
    }
    if (f->pairs)
        f->pairs->pair[f->station[c->index].pair].h = node->adjoint;
    else
        a.table = node->in[EXP_TABLE]->adjoint;
    node->w->kernels->chain->reverse(s, &a);
    for (size_t i = 0; s->plates && i < s->members; i++)
        if (s->out.scale[i] == 0.0)
            wicki_chain_reverse_in_logs(node, i);
}

static void chain_finish(wick_node *node)
{
    const wicki_chain_data *c = node->data;
    const wick_node *table = node->in[EXP_TABLE];

    if (!c->sums)
        return;
    for (size_t i = 0; i < table->members; i++)
        table->adjoint[i] += wicki_sum(8, c->sums + 8 * i);
    clear_sums(node);
}

/* What the weights are made of is met once, all of it. */
static bool chain_stores(const wick_node *node, uint32_t j)
{
    (void)node;
    return j >= FIRST;
}

static bool same_chain(const wick_node *a, const wick_node *b)
{
    const wicki_chain_data *x = a->data, *y = b->data;

    return x->dim == y->dim && x->message == y->message;
}

const wick_op wicki_op_chain = { .name = "chain",
    .shape = chain_shape,
    .prepare = clear_sums,
    .forward = chain_forward,
    .reverse = chain_reverse,
    .finish = chain_finish,
    .stores = chain_stores,
    .same = same_chain };
