#include "infer/stopping.h"

#include <math.h>

enum { FEWEST_BLOCKS = WICKI_MOST_BLOCKS / 2, BETWEEN_CHECKS = 8, CHECKS_TO_STOP = 2 };

static const double FALL = 0.5; /* standard errors that a fall must exceed */

/* --- a window ---------------------------------------------------------------------------------- */

void wicki_window_add(wicki_window *window, double loss)
{
    const double off = loss - window->mean;

    window->mean += off / (double)++window->n;
    window->squares += off * (loss - window->mean);
}

double wicki_window_error(const wicki_window *window)
{
    const double n = (double)window->n;

    return window->n > 1 ? sqrt(window->squares / (n - 1.0) / n) : 0.0;
}

/* --- the trend --------------------------------------------------------------------------------- */

wicki_trend wicki_trend_new(uint64_t min_steps, double tolerance)
{
    return (wicki_trend){ .length = (min_steps + FEWEST_BLOCKS - 1) / FEWEST_BLOCKS,
        .tolerance = tolerance };
}

static wicki_window window_of(size_t n, const double *x)
{
    wicki_window window = { .n = 0 };

    for (size_t i = 0; i < n; i++)
        wicki_window_add(&window, x[i]);
    return window;
}

/* The third quarter of the blocks against the fourth. */
static void compare(wicki_trend *t)
{
    const size_t n = t->n_blocks / 4;
    const wicki_window third = window_of(n, t->block + t->n_blocks - 2 * n);
    const wicki_window fourth = window_of(n, t->block + t->n_blocks - n);
    const double end = fourth.mean;

    t->fall = third.mean - end;
    const double a = wicki_window_error(&third), b = wicki_window_error(&fourth);
    t->error = sqrt(a * a + b * b);
    t->compared = 2 * n * t->length;
    const bool falls = t->fall > FALL * t->error && t->fall > t->tolerance * fmax(1.0, fabs(end));
    t->flat = falls ? 0 : t->flat + 1;
}

static void merge(wicki_trend *t)
{
    for (size_t i = 0; i < FEWEST_BLOCKS; i++)
        t->block[i] = 0.5 * (t->block[2 * i] + t->block[2 * i + 1]);
    t->n_blocks = FEWEST_BLOCKS;
    t->length *= 2;
}

bool wicki_trend_is_over(wicki_trend *t, double loss)
{
    wicki_window_add(&t->open, loss);
    if (t->open.n < t->length)
        return false;
    t->block[t->n_blocks++] = t->open.mean;
    t->open = (wicki_window){ .n = 0 };
    if (t->n_blocks == WICKI_MOST_BLOCKS)
        merge(t);
    if (t->n_blocks < FEWEST_BLOCKS || t->n_blocks % BETWEEN_CHECKS != 0)
        return false;
    compare(t);
    return t->flat >= CHECKS_TO_STOP;
}
