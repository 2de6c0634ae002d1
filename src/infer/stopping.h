/**
 * What noisy losses say: the mean of a window with its standard error, and whether they still fall.
 */
#ifndef WICKI_INFER_STOPPING_H
#define WICKI_INFER_STOPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Losses of consecutive steps: their mean, and the sum of squares around it (Welford 1962). */
typedef struct wicki_window {
    uint64_t n;
    double mean, squares;
} wicki_window;

void wicki_window_add(wicki_window *window, double loss);
double wicki_window_error(const wicki_window *window); /**< of the mean; 0 for one loss */

enum { WICKI_MOST_BLOCKS = 64 };

/** All losses so far, in blocks. */
typedef struct wicki_trend {
    double block[WICKI_MOST_BLOCKS]; /**< means of `length` losses each */
    size_t n_blocks;
    uint64_t length;    /**< losses in a block */
    wicki_window open;  /**< the block that is not full */
    double tolerance;   /**< relative: a fall by less counts for nothing */
    double fall, error; /**< at the last check: of the mean, and its standard error */
    uint64_t compared;  /**< steps that entered it; 0: there was none */
    unsigned flat;      /**< checks in a row that found no fall */
} wicki_trend;

/** The first check comes after about that many losses. */
wicki_trend wicki_trend_new(uint64_t min_steps, double tolerance);

/** One more loss. Is this enough of a plateau to stop? */
bool wicki_trend_is_over(wicki_trend *trend, double loss);

#endif
