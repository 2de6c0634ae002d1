/* One step: the loss, its gradients, and what moves the parameters. */
#include "infer/svi.h"
#include "tape/loop.h"

#include <math.h>
#include <string.h>

void *wicki_grown(wick *w, void *old, size_t *capacity, size_t n, size_t size)
{
    if (n <= *capacity)
        return old;
    const size_t most = n > 2 * *capacity ? n : 2 * *capacity;
    void *grown = wicki_allocate(w, most * size);
    if (!grown)
        return NULL;
    if (*capacity > 0)
        memcpy(grown, old, *capacity * size);
    wicki_release(w, old);
    *capacity = most;
    return grown;
}

/* --- norms of gradients ------------------------------------------------------------------------ */

/* Where the squares overflow. */
static double scaled_norm(size_t n, const double *x)
{
    double largest = 0.0, sum = 0.0;

    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(x[i]));
    for (size_t i = 0; i < n; i++)
        sum += x[i] / largest * (x[i] / largest);
    return largest * sqrt(sum);
}

static bool gradient_is_finite(wick *w, wicki_entry *entry, const double *gradient)
{
    const size_t n = wicki_entry_size(entry);
    const double square = wicki_dot(n, gradient, gradient);

    entry->gradient_norm = sqrt(square);
    if (isfinite(square))
        return true;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(gradient[i])) {
            wick_fail(w, WICK_ERR_NONFINITE,
                "wick_svi_step: the gradient of parameter '%s' is %g at [%zu], in unconstrained "
                "coordinates, where its value is %g",
                entry->name, gradient[i], i, entry->value[i]);
            return false;
        }
    entry->gradient_norm = scaled_norm(n, gradient);
    return true;
}

static void forget_norms(wick *w)
{
    for (size_t i = 0; i < w->store->count; i++)
        w->store->entry[i]->gradient_norm = 0.0;
}

/* Moving averages are no part of the loss. */
static double norm_in(const wicki_entry *entry)
{
    return entry->decay > 0.0 ? 0.0 : entry->gradient_norm;
}

static double norm_of_all(const wick *w)
{
    double largest = 0.0, sum = 0.0;

    for (size_t i = 0; i < w->store->count; i++)
        largest = fmax(largest, norm_in(w->store->entry[i]));
    for (size_t i = 0; largest > 0.0 && i < w->store->count; i++) {
        const double part = norm_in(w->store->entry[i]) / largest;
        sum += part * part;
    }
    return largest * sqrt(sum);
}

double wick_svi_gradient_norm(wick_svi *svi, const char *name)
{
    if (!svi || !wicki_ok(svi->w))
        return NAN;
    if (!name)
        return norm_of_all(svi->w);
    const wicki_entry *entry = wicki_store_need(svi->w, "wick_svi_gradient_norm", name);
    return entry ? entry->gradient_norm : NAN;
}

/* --- the loss and its gradients ---------------------------------------------------------------- */

bool wicki_svi_loss(wick_svi *svi, wicki_outcome *loss)
{
    wick *w = svi->w;

    wicki_reset(w);
    w->step = wicki_svi_key(svi);
    if (wicki_recorder_run(w, &svi->loss, loss) && !isfinite(*loss->result->value))
        wicki_fail_nonfinite(
            w, wick_name(w, "the loss at step %llu", (unsigned long long)svi->steps), loss->result);
    return wicki_ok(w);
}

static bool room_for_params(wick_svi *svi, size_t n)
{
    wicki_moved *moved = wicki_grown(svi->w, svi->moved, &svi->moved_capacity, n, sizeof *moved);
    if (moved)
        svi->moved = moved;
    wick_update *update =
        moved ? wicki_grown(svi->w, svi->update, &svi->update_capacity, n, sizeof *update) : NULL;
    if (update)
        svi->update = update;
    return update;
}

static bool same_params(const wick_svi *svi, const wicki_outcome *loss)
{
    bool same = loss->n_params == svi->n_params;

    for (size_t i = 0; same && i < svi->n_params; i++)
        same = loss->param[i].entry == svi->moved[i].entry;
    if (!same)
        wick_fail(svi->w, WICK_ERR_STATE,
            "wick_svi_step: the loss met other parameters at another point; '%s' needs the same at "
            "all points",
            svi->options.optim.name ? svi->options.optim.name : "this optimiser");
    return same;
}

/* Notes what was met, and the gradients, which is all that changes while a step searches. */
static bool take_gradients(wick_svi *svi, const wicki_outcome *loss)
{
    if (svi->searching ? !same_params(svi, loss) : !room_for_params(svi, loss->n_params + 1))
        return false;
    svi->n_params = loss->n_params;
    forget_norms(svi->w);
    for (size_t i = 0; i < loss->n_params; i++) {
        wicki_entry *entry = loss->param[i].entry;
        const double *gradient =
            svi->graph ? wicki_graph_gradient(svi->graph, i) : wicki_entry_gradient(svi->w, entry);
        if (!gradient || !gradient_is_finite(svi->w, entry, gradient))
            return false;
        svi->moved[i].entry = entry;
        svi->update[i].gradient = gradient;
    }
    return true;
}

static bool differentiate(wick_svi *svi, double *value)
{
    wicki_outcome loss;

    if (svi->graph) {
        *value = wicki_graph_run(svi->graph, wicki_svi_key(svi), true);
        return wicki_ok(svi->w) && take_gradients(svi, &svi->graph->frame->outcome);
    }
    if (!wicki_svi_loss(svi, &loss))
        return false;
    *value = *loss.result->value;
    wicki_backward(svi->w, loss.result);
    return wicki_ok(svi->w) && take_gradients(svi, &loss);
}

/* --- the optimiser of a parameter -------------------------------------------------------------- */

static void forget_error(wick *w)
{
    w->status = WICK_OK;
    w->message[0] = '\0';
}

/* Raises the error anew, with whose it is. */
static void fail_choice(wick *w, const char *param, const char *what)
{
    char message[WICKI_MESSAGE_SIZE];

    memcpy(message, w->message, sizeof message);
    forget_error(w);
    wick_fail(w, WICK_ERR_ARGUMENT, "wick_svi_step: the optimiser of parameter '%s': %s", param,
        what ? what : message);
}

static bool choose(wick_svi *svi, const char *param)
{
    wick *w = svi->w;
    wicki_choice *choice =
        wicki_grown(w, svi->choice, &svi->choice_capacity, svi->n_choices + 1, sizeof *choice);

    if (!choice)
        return false;
    svi->choice = choice;
    choice += svi->n_choices;
    *choice = (wicki_choice){ param, svi->options.optim_for(param, svi->options.optim_arg) };
    if (!choice->optim.update && !choice->optim.whole)
        choice->optim = svi->options.optim;
    if (choice->optim.whole)
        fail_choice(w, param, "it moves all parameters together; give it as .optim");
    else if (choice->optim.check && !choice->optim.check(w, &choice->optim))
        fail_choice(w, param, NULL);
    else if (choice->optim.name) {
        const wicki_name *name = wicki_intern(w, "the optimiser's name", choice->optim.name);
        choice->optim.name = name ? name->text : NULL;
    }
    svi->n_choices += wicki_ok(w);
    return wicki_ok(w);
}

/* Parameters are mostly met in the same order. */
static bool find_choice(wick_svi *svi, size_t i)
{
    const char *param = svi->moved[i].entry->name;
    size_t k = i;

    if (!svi->options.optim_for)
        return true;
    if (k >= svi->n_choices || svi->choice[k].param != param)
        for (k = 0; k < svi->n_choices && svi->choice[k].param != param;)
            k++;
    svi->moved[i].choice = k;
    return k < svi->n_choices || choose(svi, param);
}

static const wick_optim *optim_of(const wick_svi *svi, size_t i)
{
    return svi->options.optim_for ? &svi->choice[svi->moved[i].choice].optim : &svi->options.optim;
}

/* --- updates ----------------------------------------------------------------------------------- */

static bool room_for_scratch(wick_svi *svi, size_t n, size_t places)
{
    double *scratch =
        wicki_grown(svi->w, svi->scratch, &svi->scratch_capacity, n + 1, sizeof *scratch);
    if (scratch)
        svi->scratch = scratch;
    size_t *place = scratch
        ? wicki_grown(svi->w, svi->place, &svi->place_capacity, places + 1, sizeof *place)
        : NULL;
    if (place)
        svi->place = place;
    return place;
}

/* Whose tape has the plates of the last run. */
static const wick *handle_of(const wick_svi *svi)
{
    return svi->graph ? &svi->graph->frame->handle : svi->w;
}

/* What needs all gradients together cannot be had where a parameter is spread over processes. */
static bool is_here(const wick_svi *svi, const wicki_entry *entry)
{
    const wick_svi_options *o = &svi->options;
    const char *plate = svi->graph && o->graph.reduce ? svi->graph->plate : NULL;

    for (size_t i = 0; plate && (o->clip_norm > 0.0 || o->optim.whole) && i < entry->n_plates; i++)
        if (entry->plates[i] == plate) {
            wick_fail(svi->w, WICK_ERR_STATE,
                "wick_svi_step: %s needs the gradients of all parameters, and other processes have "
                "members of '%s' in plate '%s'",
                o->optim.whole ? "this optimiser" : "clip_norm", entry->name, plate);
            return false;
        }
    return true;
}

/* Everything that can fail comes before the first update. */
static bool prepare(wick_svi *svi)
{
    const wick_svi_options *o = &svi->options;
    const double rate = wick_schedule_factor(&o->schedule, svi->steps);
    size_t largest = 0, all = 0, sparse = 0;

    if (!(rate >= 0.0 && rate < INFINITY)) {
        wick_fail(svi->w, WICK_ERR_ARGUMENT,
            "wick_svi_step: the schedule gives %g for step %llu, need 0 or more, finite", rate,
            (unsigned long long)svi->steps);
        return false;
    }
    for (size_t i = 0; i < svi->n_params; i++) {
        wicki_entry *entry = svi->moved[i].entry;
        wick_update *u = &svi->update[i];
        *u = (wick_update){ .n = wicki_entry_size(entry),
            .value = entry->value,
            .gradient = u->gradient,
            .rate = rate };
        if (entry->decay > 0.0 && !o->optim.whole)
            continue;
        if (!is_here(svi, entry) || !find_choice(svi, i))
            return false;
        const wick_optim *optim = optim_of(svi, i);
        if (!wicki_entry_state(svi->w, entry, optim->name, optim->n_state))
            return false;
        svi->moved[i].norm = entry->gradient_norm;
        u->state = entry->state;
        u->step = entry->steps + 1; /* from 1 again if another optimiser was here before */
        largest = u->n > largest ? u->n : largest;
        all += u->n;
        const size_t room = wicki_sparse_room(handle_of(svi), entry, optim);
        sparse = room > sparse ? room : sparse;
    }
    const bool clips = o->clip_norm > 0.0 || o->clip_value > 0.0;
    if (o->optim.whole)
        return room_for_scratch(svi, all, 0);
    return (!clips && sparse == 0) || room_for_scratch(svi, largest + sparse, sparse);
}

static void clip(wick_svi *svi, wick_update *u, double factor)
{
    const double most = svi->options.clip_value > 0.0 ? svi->options.clip_value : INFINITY;

    for (size_t i = 0; i < u->n; i++) {
        const double g = factor * u->gradient[i], below = g > most ? most : g;
        svi->scratch[i] = below < -most ? -most : below;
    }
    u->gradient = svi->scratch;
}

/* Towards the mean, from which the gradient is the distance. */
static void move_average(const wick_update *u, double decay)
{
    for (size_t i = 0; i < u->n; i++)
        u->value[i] -= (1.0 - decay) * u->gradient[i];
}

static void update_all(wick_svi *svi)
{
    const wick_svi_options *o = &svi->options;
    const double norm = o->clip_norm > 0.0 ? norm_of_all(svi->w) : 0.0;
    const double factor = norm > o->clip_norm ? o->clip_norm / norm : 1.0;
    const wick_optim *shares = NULL; /* who computed the shared numbers, and for which step */
    uint64_t step = 0;
    double shared[8] = { 0.0 };

    for (size_t i = 0; i < svi->n_params; i++) {
        wick_update *u = &svi->update[i];
        wicki_entry *entry = svi->moved[i].entry;
        entry->steps++;
        if (entry->decay > 0.0) {
            move_average(u, entry->decay);
            continue;
        }
        const wick_optim *optim = optim_of(svi, i);
        if (optim->share && (shares != optim || step != u->step))
            optim->share(optim, u->step, shared);
        shares = optim;
        step = u->step;
        u->shared = shared;
        if (factor < 1.0 || o->clip_value > 0.0)
            clip(svi, u, factor);
        if (wicki_sparse_room(handle_of(svi), entry, optim) > 0)
            wicki_sparse_update(handle_of(svi), entry, optim, u, svi->scratch + u->n, svi->place);
        else
            optim->update(optim, u);
    }
}

/* --- a step of all parameters together --------------------------------------------------------- */

static bool evaluate_again(wick_whole_step *step)
{
    wick_svi *svi = step->owner;
    wick *w = svi->w;

    if (differentiate(svi, &step->loss))
        return true;
    if (w->status != WICK_ERR_NONFINITE && w->status != WICK_ERR_DOMAIN)
        return false;
    forget_error(w);
    step->loss = INFINITY;
    return true;
}

/* All parameters, to the scratch array or back. */
static void copy_values(wick_svi *svi, bool back)
{
    double *kept = svi->scratch;

    for (size_t i = 0; i < svi->n_params; kept += svi->update[i++].n)
        if (back)
            memcpy(svi->update[i].value, kept, svi->update[i].n * sizeof *kept);
        else
            memcpy(kept, svi->update[i].value, svi->update[i].n * sizeof *kept);
}

/* A minibatch that stays the same in all steps would be taken for all the data. */
static bool plates_are_whole(const wick_svi *svi)
{
    const wicki_dims *dims = svi->graph ? &svi->graph->frame->tape.dims : svi->w->dims;

    for (uint32_t i = 1; i < dims->n_dims; i++)
        if (dims->dim[i].kind == WICKI_PLATE && dims->dim[i].present < dims->dim[i].full) {
            wick_fail(svi->w, WICK_ERR_STATE,
                "wick_svi_step: '%s' needs all members of a plate, and '%s' is subsampled; take an "
                "optimiser for gradients with noise, such as wick_adam",
                svi->options.optim.name ? svi->options.optim.name : "this optimiser",
                dims->dim[i].name);
            return false;
        }
    return true;
}

/* Updates are counted alike for all from here on. */
static void count_update(wick_svi *svi)
{
    uint64_t most = 0;

    for (size_t i = 0; i < svi->n_params; i++)
        most = svi->moved[i].entry->steps > most ? svi->moved[i].entry->steps : most;
    for (size_t i = 0; i < svi->n_params; i++)
        svi->moved[i].entry->steps = most + 1;
}

static bool move_together(wick_svi *svi, double loss)
{
    const wick_optim *optim = &svi->options.optim;
    wick_whole_step step = { .w = svi->w,
        .n_params = svi->n_params,
        .param = svi->update,
        .loss = loss,
        .evaluate = evaluate_again,
        .owner = svi };

    if (svi->n_params == 0)
        return true;
    copy_values(svi, false);
    svi->searching = true;
    const bool done = optim->whole(optim, &step) && wicki_ok(svi->w);
    svi->searching = false;
    if (done)
        count_update(svi);
    else
        copy_values(svi, true);
    forget_norms(svi->w);
    for (size_t i = 0; i < svi->n_params; i++)
        svi->moved[i].entry->gradient_norm = svi->moved[i].norm;
    if (!done && wicki_ok(svi->w))
        wick_fail(svi->w, WICK_ERR_NUMERIC, "wick_svi_step: the optimiser gave up");
    return done;
}

/* --- a step ------------------------------------------------------------------------------------ */

static bool move(wick_svi *svi, double loss)
{
    if (!prepare(svi))
        return false;
    if (svi->options.optim.whole)
        return plates_are_whole(svi) && move_together(svi, loss);
    update_all(svi);
    return true;
}

double wicki_svi_step(wick_svi *svi)
{
    const size_t known = svi->w->store->count;
    double loss = NAN;

    if (differentiate(svi, &loss) && move(svi, loss)) {
        svi->steps++;
        return loss;
    }
    wicki_store_truncate(svi->w, known);
    return NAN;
}
