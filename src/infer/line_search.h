/**
 * A step length that meets the strong Wolfe conditions.
 */
#ifndef WICKI_INFER_LINE_SEARCH_H
#define WICKI_INFER_LINE_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

/** A point of the line: how far along, the loss there, its derivative by the length. */
typedef struct wicki_point {
    double length, loss, slope;
} wicki_point;

typedef enum wicki_found {
    WICKI_FOUND,   /**< both conditions hold */
    WICKI_LOWER,   /**< the loss is lower, the slope not yet small enough */
    WICKI_FLAT,    /**< no loss differs by more than rounding */
    WICKI_NOTHING, /**< no point is lower */
    WICKI_ERROR
} wicki_found;

/** The losses along a line. */
typedef struct wicki_line {
    /** Evaluates at point->length; the loss may be INFINITY. False after an error. */
    bool (*evaluate)(void *arg, wicki_point *point);
    void *arg;
    double armijo, curvature; /**< 0 < c1 < c2 < 1 */
    size_t evaluations;       /**< at most */
    wicki_point start, last;  /**< given: length 0, slope below 0; the one evaluated last */
} wicki_line;

/** Tries the length first; point: what was found, of WICKI_FOUND the one that was evaluated last. */
wicki_found wicki_line_search(wicki_line *line, double first, wicki_point *point);

#endif
