/* The joint distribution of the discrete sites of a small model: one run for each state.
 *
 * Nothing of this is shared with the contraction, which is tested against it. */
#include "infer/exact.h"

#include "base/special.h"
#include "dist/dist.h"
#include "site/sandbox.h"
#include "site/site.h"

#include <math.h>
#include <string.h>

static const size_t MOST_STATES = (size_t)1 << 20;

/* One member of a discrete site. */
typedef struct digit {
    uint32_t value, k;
} digit;

/* The odometer. A run takes its digits in the order in which it meets them, and adds new ones. */
typedef struct walk {
    wick_handler handler;
    wick_exact *e;
    wick_program model;
    size_t most;
    wicki_list digits, places; /* of digit; of wicki_place, those of this run */
    wicki_list shown;          /* of double: values of this run that are not their numbers */
    size_t taken;              /* digits, in this run */
} walk;

/* --- lists ------------------------------------------------------------------------------------- */

/* Room for some more items at the end; NULL after an error. They count already. */
static void *append(wick *w, wicki_list *l, size_t more, size_t size)
{
    if (!l->item || l->capacity - l->n < more) {
        const size_t capacity = 2 * l->capacity + more + 16;
        void *item = capacity > SIZE_MAX / size ? NULL : wicki_allocate(w, capacity * size);
        if (!item) {
            wicki_fail_memory(w, more * size);
            return NULL;
        }
        if (l->n > 0)
            memcpy(item, l->item, l->n * size);
        wicki_release(w, l->item);
        l->item = item;
        l->capacity = capacity;
    }
    l->n += more;
    return (char *)l->item + (l->n - more) * size;
}

/* --- a run ------------------------------------------------------------------------------------- */

static bool plates_are_whole(wick *w, const wick_site *site)
{
    const wicki_set *set = wicki_set_at(w, site->plates);

    for (uint32_t i = 0; i < set->n; i++) {
        const wicki_dim *dim = wicki_dim_at(w, set->dim[i]);
        if (dim->kind == WICKI_AMBIENT)
            wick_fail(w, WICK_ERR_ARGUMENT,
                "wick_exact_new: the ambient dimension '%s' is open; a state is one draw, "
                "open none",
                dim->name);
        else if (dim->present < dim->full)
            wick_fail(w, WICK_ERR_ARGUMENT,
                "wick_exact_new: plate '%s' has %zu of %zu members; all are needed, open "
                "it without subsample",
                dim->name, dim->present, dim->full);
    }
    return wicki_ok(w);
}

static bool is_usable(wick *w, const wick_site *site)
{
    if (site->scale != 1.0)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "wick_exact_new: the site has the scale %g; probabilities have none, take wick_scale "
            "away",
            site->scale);
    return wicki_ok(w) && plates_are_whole(w, site);
}

static const digit *take_digit(wick *w, walk *k, size_t cardinality)
{
    const bool known = k->taken < k->digits.n;
    digit *d = known ? (digit *)k->digits.item + k->taken : append(w, &k->digits, 1, sizeof *d);

    if (!d)
        return NULL;
    if (!known)
        *d = (digit){ .value = 0, .k = (uint32_t)cardinality };
    if (d->k != cardinality)
        wick_fail(w, WICK_ERR_STATE,
            "wick_exact_new: the model took another path with the same values; its C code must "
            "depend on nothing else");
    k->taken++;
    return d;
}

/* The value is kept as it would be read: members first. */
static void show(wick *w, walk *k, const wick_site *site, wicki_place *p)
{
    const wick_node *value = wicki_node_of(w, "wick_exact_new", site->value);

    if (!value || !site->dist.type->support_value)
        return;
    double *out = append(w, &k->shown, value->members * value->elements, sizeof *out);
    if (!out)
        return;
    p->elements = value->elements;
    p->shown = k->shown.n - value->members * value->elements;
    for (size_t m = 0; m < value->members; m++)
        for (size_t e = 0; e < value->elements; e++)
            *out++ = value->value[e * value->members + m];
}

static void give_state(wick *w, walk *k, wick_site *site, size_t cardinality)
{
    wick_node *value = wicki_leaf(w, NULL, 0, NULL, site->plates, false);
    wicki_place *p = value ? append(w, &k->places, 1, sizeof *p) : NULL;

    if (!p)
        return;
    *p = (wicki_place){
        .name = site->name, .k = cardinality, .members = value->members, .first = k->taken
    };
    for (size_t m = 0; m < value->members; m++) {
        const digit *d = take_digit(w, k, cardinality);
        if (!d)
            return;
        value->value[m] = d->value;
    }
    site->value = wicki_dist_value(w, &site->dist, wicki_var_of(w, value));
    show(w, k, site, p);
}

static void meet_site(wick *w, wick_handler *self, wick_site *site)
{
    if (site->type != WICK_SAMPLE || !is_usable(w, site) || site->observed || site->value.w)
        return;
    const size_t cardinality = wicki_dist_cardinality(w, &site->dist);
    if (cardinality > 0)
        give_state(w, (walk *)self, site, cardinality);
    else if (wicki_ok(w) && !wicki_is_delta(&site->dist))
        wick_fail(w, WICK_ERR_ARGUMENT,
            "wick_exact_new: a latent site (%s) has no value and no finite support; give it a "
            "value by wick_condition or wick_substitute in the model's function",
            site->dist.type->name);
}

/* --- its probability --------------------------------------------------------------------------- */

/* A density counts once for each member of the plates, whether it varies or not. */
static double sum_of(wick *w, const wick_site *site, bool masked)
{
    const wick_node *density = wicki_site_density(w, site, masked);
    double sum = 0.0;

    if (!density)
        return NAN;
    for (size_t i = 0; i < density->members; i++)
        sum += density->value[i];
    if (isnan(sum) || sum == INFINITY)
        wick_fail(w, WICK_ERR_NONFINITE, "wick_exact_new: the log-density of '%s' is %g",
            site->name, sum);
    return sum * (double)(wicki_set_at(w, site->plates)->members / density->members);
}

/* What comes after a density of 0 is not looked at. */
static double log_joint_of(wick *w, const walk *k, const wick_trace *trace)
{
    const wicki_place *p = k->places.item;
    size_t met = 0;
    double sum = 0.0;

    for (const wick_site *s = wick_trace_first(trace); s && sum > -INFINITY;
         s = wick_site_next(s)) {
        if (s->type != WICK_SAMPLE)
            continue;
        const bool ours = met < k->places.n && p[met].name == s->name;
        met += ours;
        sum += sum_of(w, s, !ours);
    }
    return sum;
}

/* --- what was met ------------------------------------------------------------------------------ */

static bool same_layout(const wicki_layout *a, const wicki_list *places)
{
    const wicki_place *x = a->place, *y = places->item;
    bool same = a->n == places->n;

    for (size_t i = 0; same && i < a->n; i++)
        same = x[i].name == y[i].name && x[i].k == y[i].k && x[i].members == y[i].members &&
            x[i].elements == y[i].elements;
    return same;
}

/* A site may be missing on a path, but wherever it is met it is the same. */
static bool fits_others(const wick_exact *e, const wicki_place *p)
{
    for (size_t i = 0; i < e->layouts.n; i++) {
        const wicki_place *other = wicki_place_in(wicki_layout_at(e, i), p->name);
        if (!other ||
            (other->k == p->k && other->members == p->members && other->elements == p->elements))
            continue;
        wick_fail(e->w, WICK_ERR_SHAPE,
            "wick_exact_new: '%s' has %zu members of %zu values, on another path %zu of %zu; give "
            "it another name there",
            p->name, p->members, p->k, other->members, other->k);
        return false;
    }
    return true;
}

static bool add_layout(wick_exact *e, const wicki_list *places)
{
    const wicki_place *p = places->item;

    for (size_t i = 0; i < places->n; i++)
        if (!fits_others(e, &p[i]))
            return false;
    wicki_place *copy = wicki_allocate(e->w, (places->n + 1) * sizeof *copy);
    wicki_layout *l = copy ? append(e->w, &e->layouts, 1, sizeof *l) : NULL;
    if (!l) {
        wicki_release(e->w, copy);
        return false;
    }
    if (places->n > 0)
        memcpy(copy, p, places->n * sizeof *copy);
    *l = (wicki_layout){ copy, places->n };
    return true;
}

/* The number of the layout; the last one is the likeliest. One past the end after an error. */
static size_t layout_of(wick_exact *e, const wicki_list *places)
{
    for (size_t i = e->layouts.n; i-- > 0;)
        if (same_layout(wicki_layout_at(e, i), places))
            return i;
    return add_layout(e, places) ? e->layouts.n - 1 : e->layouts.n;
}

static void keep_state(wick *w, walk *k, double log_joint)
{
    wick_exact *e = k->e;
    const size_t first = e->values.n, shown = e->shown.n, number = layout_of(e, &k->places);
    uint32_t *value = wicki_ok(w) ? append(w, &e->values, k->taken, sizeof *value) : NULL;
    double *kept = value ? append(w, &e->shown, k->shown.n, sizeof *kept) : NULL;
    wicki_state *s = kept ? append(w, &e->states, 1, sizeof *s) : NULL;

    if (!s)
        return;
    for (size_t i = 0; i < k->taken; i++)
        value[i] = ((const digit *)k->digits.item)[i].value;
    if (k->shown.n > 0)
        memcpy(kept, k->shown.item, k->shown.n * sizeof *kept);
    *s = (wicki_state){ log_joint, first, shown, number };
}

/* --- all runs ---------------------------------------------------------------------------------- */

static void fail_too_many(wick *w, const walk *k, double states)
{
    char buffer[256];
    wicki_text text = { buffer, sizeof buffer, 0 };
    const wicki_place *p = k->places.item;

    for (size_t i = 0; i < k->places.n; i++) {
        wicki_text_add(&text, "%s'%s' %zu", i ? ", " : "", p[i].name, p[i].k);
        if (p[i].members > 1)
            wicki_text_add(&text, "^%zu", p[i].members);
    }
    wick_fail(w, WICK_ERR_LIMIT,
        "wick_exact_new: %.15g states, at most %zu are allowed (%s); raise most_states, or sum "
        "them out with wick_trace_enum_elbo or wick_infer_marginals",
        states, k->most, buffer);
}

/* Is the first path so long that, were all like it, there would be too many? */
static void foresee(wick *w, const walk *k)
{
    const digit *d = k->digits.item;
    double states = 1.0;

    for (size_t i = 0; i < k->digits.n; i++)
        states *= d[i].k;
    if (states > (double)k->most)
        fail_too_many(w, k, states);
}

static void run_once(wick *w, walk *k)
{
    wicki_sandbox sandbox;

    if (!wicki_sandbox_open(w, &sandbox))
        return;
    k->handler = (wick_handler){ .process = meet_site };
    k->places.n = k->shown.n = k->taken = 0;
    const wick_trace *trace = wick_trace_run(w, wick_wrap(w, k->model, &k->handler));
    if (wicki_ok(w) && k->e->states.n == 0)
        foresee(w, k);
    const double log_joint = wicki_ok(w) ? log_joint_of(w, k, trace) : NAN;
    wicki_sandbox_close(w, &sandbox);
    if (wicki_ok(w))
        keep_state(w, k, log_joint);
}

/* The last digit turns fastest; those after one that was turned are found anew. */
static bool advance(wick *w, walk *k)
{
    digit *d = k->digits.item;

    if (wicki_ok(w) && k->taken < k->digits.n)
        wick_fail(w, WICK_ERR_STATE,
            "wick_exact_new: the model took a shorter path with the same values; its C code must "
            "depend on nothing else");
    for (; wicki_ok(w) && k->digits.n > 0; k->digits.n--)
        if (++d[k->digits.n - 1].value < d[k->digits.n - 1].k)
            break;
    if (wicki_ok(w) && k->digits.n > 0 && k->e->states.n == k->most)
        fail_too_many(w, k, (double)k->most + 1.0);
    return wicki_ok(w) && k->digits.n > 0;
}

/* log sum exp, with the sum's rounding errors carried along */
static void find_evidence(wick *w, wick_exact *e)
{
    const size_t n = e->states.n;
    double most = -INFINITY, sum = 0.0, lost = 0.0;

    for (size_t i = 0; i < n; i++)
        most = fmax(most, wicki_state_at(e, i)->log_joint);
    if (most == -INFINITY) {
        wick_fail(w, WICK_ERR_NONFINITE,
            "wick_exact_new: none of %zu states has a positive probability", n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const double x = wicki_exp(wicki_state_at(e, i)->log_joint - most) - lost, next = sum + x;
        lost = (next - sum) - x;
        sum = next;
    }
    e->log_evidence = most + wicki_log(sum);
}

static void run_all(wick *w, walk *k)
{
    const size_t known = w->store->count;

    do
        run_once(w, k);
    while (advance(w, k));
    wicki_release(w, k->digits.item);
    wicki_release(w, k->places.item);
    wicki_release(w, k->shown.item);
    if (wicki_ok(w))
        find_evidence(w, k->e);
    if (!wicki_ok(w))
        wicki_store_truncate(w, known);
}

wick_exact *wick_exact_new(wick *w, wick_program model, const wick_exact_options *options)
{
    wick_exact *e = wicki_ok(w) ? wicki_allocate(w, sizeof *e) : NULL;

    if (!e)
        return NULL;
    *e = (wick_exact){ .w = w };
    walk k = { .e = e, .model = model, .most = options ? options->most_states : 0 };
    if (k.most == 0)
        k.most = MOST_STATES;
    run_all(w, &k);
    if (wicki_ok(w))
        return e;
    wick_exact_free(e);
    return NULL;
}

void wick_exact_free(wick_exact *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->layouts.n; i++)
        wicki_release(e->w, wicki_layout_at(e, i)->place);
    wicki_release(e->w, e->layouts.item);
    wicki_release(e->w, e->values.item);
    wicki_release(e->w, e->shown.item);
    wicki_release(e->w, e->states.item);
    wicki_release(e->w, e);
}
