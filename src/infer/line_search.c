/* Nocedal & Wright (2006), algorithms 3.5 and 3.6. */
#include "infer/line_search.h"

#include <math.h>

/* Losses closer than this, relatively, are equal: where they are, slopes decide (Hager & Zhang 2005,
 * the approximate Wolfe conditions). */
static const double ROUNDING = 1e-13;

static double noise(const wicki_line *line)
{
    return ROUNDING * fabs(line->start.loss);
}

static bool is_too_high(const wicki_line *line, const wicki_point *p)
{
    return !(
        p->loss <= line->start.loss + line->armijo * p->length * line->start.slope + noise(line));
}

static bool is_flat_enough(const wicki_line *line, const wicki_point *p)
{
    return fabs(p->slope) <= -line->curvature * line->start.slope;
}

/* Where the cubic through two points and their slopes is least (3.59); the middle if that is close
 * to an end, or nowhere. */
static double between(const wicki_point *a, const wicki_point *b)
{
    const double width = b->length - a->length, middle = a->length + 0.5 * width;
    const double d1 = a->slope + b->slope - 3.0 * (b->loss - a->loss) / width;
    const double square = d1 * d1 - a->slope * b->slope;
    const double d2 = copysign(sqrt(square), width);
    const double part = 1.0 - (b->slope + d2 - d1) / (b->slope - a->slope + 2.0 * d2);

    return part >= 0.1 && part <= 0.9 ? a->length + part * width : middle;
}

/* Between low, the best so far, from which the loss falls towards the other end, and that end. */
static wicki_found zoom(wicki_line *line, wicki_point low, wicki_point high, wicki_point *point)
{
    for (; line->evaluations > 0; line->evaluations--) {
        wicki_point p = { .length = between(&low, &high) };
        if (!line->evaluate(line->arg, &p))
            return WICKI_ERROR;
        line->last = p;
        if (is_too_high(line, &p) || p.loss > low.loss + noise(line)) {
            high = p;
            continue;
        }
        *point = p;
        if (is_flat_enough(line, &p))
            return WICKI_FOUND;
        if (p.slope * (high.length - low.length) >= 0.0)
            high = low;
        low = p;
    }
    *point = low;
    if (low.loss < line->start.loss - noise(line))
        return WICKI_LOWER;
    return fabs(line->last.loss - line->start.loss) <= noise(line) ? WICKI_FLAT : WICKI_NOTHING;
}

wicki_found wicki_line_search(wicki_line *line, double first, wicki_point *point)
{
    wicki_point before = line->start;

    line->last = before;
    for (wicki_point p = { .length = first }; line->evaluations > 0; line->evaluations--) {
        if (!line->evaluate(line->arg, &p))
            return WICKI_ERROR;
        line->last = p;
        if (is_too_high(line, &p) || (before.length > 0.0 && p.loss > before.loss + noise(line))) {
            line->evaluations--;
            return zoom(line, before, p, point);
        }
        *point = p;
        if (is_flat_enough(line, &p))
            return WICKI_FOUND;
        if (p.slope >= 0.0) {
            line->evaluations--;
            return zoom(line, p, before, point);
        }
        before = p;
        p.length *= 4.0;
    }
    *point = before; /* the loss falls on and on */
    return before.loss < line->start.loss - noise(line) ? WICKI_LOWER : WICKI_FLAT;
}
