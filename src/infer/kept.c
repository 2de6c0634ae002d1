#include "infer/kept.h"

#include <string.h>

static size_t count_doubles(const wicki_store *store)
{
    size_t n = 0;

    for (size_t i = 0; i < store->count; i++)
        n += wicki_entry_size(store->entry[i]);
    return n;
}

void wicki_kept_free(wick *w, wicki_kept *k)
{
    wicki_release(w, k->best);
    wicki_release(w, k->other);
    *k = (wicki_kept){ .n = 0 };
}

bool wicki_kept_room(wick *w, wicki_kept *k)
{
    wicki_kept_free(w, k);
    k->n = count_doubles(w->store);
    k->count = w->store->count;
    k->changes = w->store->generation;
    k->best = wicki_allocate(w, (k->n + 1) * sizeof *k->best);
    k->other = k->best ? wicki_allocate(w, (k->n + 1) * sizeof *k->other) : NULL;
    return k->other;
}

void wicki_kept_copy_out(const wicki_store *store, double *to)
{
    for (size_t i = 0; i < store->count; to += wicki_entry_size(store->entry[i++]))
        memcpy(to, store->entry[i]->value, wicki_entry_size(store->entry[i]) * sizeof *to);
}

void wicki_kept_copy_in(const wicki_store *store, const double *from)
{
    for (size_t i = 0; i < store->count; from += wicki_entry_size(store->entry[i++])) {
        memcpy(store->entry[i]->value, from, wicki_entry_size(store->entry[i]) * sizeof *from);
        store->entry[i]->serial = 0; /* what is on the tape was computed from the old values */
    }
}

void wicki_kept_swap(wicki_kept *k)
{
    double *const other = k->other;

    k->other = k->best;
    k->best = other;
}

void wicki_kept_add(wicki_kept *k, const wicki_store *store, bool complete)
{
    double *sum = k->other;

    if (k->n_other++ == 0)
        memset(sum, 0, k->n * sizeof *sum);
    for (size_t i = 0; i < store->count; i++) {
        const size_t n = wicki_entry_size(store->entry[i]);
        for (size_t j = 0; j < n; j++)
            sum[j] += store->entry[i]->value[j];
        sum += n;
    }
    if (!complete)
        return;
    wicki_kept_swap(k);
    k->n_best = k->n_other;
    k->n_other = 0;
}

void wicki_kept_average(wicki_kept *k, const wicki_store *store)
{
    const double terms = (double)(k->n_best + k->n_other);

    if (terms == 0.0)
        return;
    for (size_t i = 0; i < k->n; i++)
        k->best[i] = ((k->n_best ? k->best[i] : 0.0) + (k->n_other ? k->other[i] : 0.0)) / terms;
    wicki_kept_copy_in(store, k->best);
}
