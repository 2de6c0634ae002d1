/* The members of a parameter that are present in a step: moved by themselves. */
#include "infer/svi.h"

/* So many arrays of so many numbers: value, gradient, state. */
static size_t arrays(const wick_optim *optim)
{
    return 2 + optim->n_state;
}

static bool is_part(const wick *w, const wicki_entry *entry)
{
    return entry->sparse && wicki_entry_present(w, entry, NULL) < entry->members;
}

size_t wicki_sparse_room(const wick *w, const wicki_entry *entry, const wick_optim *optim)
{
    return is_part(w, entry) ? arrays(optim) * entry->elements * wicki_entry_present(w, entry, NULL)
                             : 0;
}

/* Rows of n numbers, with `full` in the store: those at the places given. */
static void gather(
    size_t rows, size_t n, size_t full, const size_t *place, const double *from, double *to)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < n; i++)
            to[r * n + i] = from[r * full + place[i]];
}

static void scatter(
    size_t rows, size_t n, size_t full, const size_t *place, const double *from, double *to)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < n; i++)
            to[r * full + place[i]] = from[r * n + i];
}

void wicki_sparse_update(const wick *w, const wicki_entry *entry, const wick_optim *optim,
    const wick_update *u, double *scratch, size_t *place)
{
    const size_t n = wicki_entry_present(w, entry, place), full = entry->members;
    const size_t rows = entry->elements, part = rows * n;
    double *gradient = scratch + part, *state = gradient + part;
    wick_update moved = *u;

    gather(rows, n, full, place, u->value, scratch);
    gather(rows, n, full, place, u->gradient, gradient);
    gather(rows * optim->n_state, n, full, place, u->state, state);
    moved.n = part;
    moved.value = scratch;
    moved.gradient = gradient;
    moved.state = state;
    optim->update(optim, &moved);
    scatter(rows, n, full, place, scratch, u->value);
    scatter(rows * optim->n_state, n, full, place, state, u->state);
}
