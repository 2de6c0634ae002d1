/* L-BFGS. The parameters of a step are the blocks of one long vector. */
#include "infer/line_search.h"
#include "infer/optim.h"
#include "tape/loop.h"

#include <string.h>

enum { LR, HISTORY, ARMIJO, CURVATURE, EVALUATIONS };
enum { LONGEST_HISTORY = 100, FEWEST_EVALUATIONS = 5 };

/* A pair with less curvature, relative to |s| |y|, is rounding. */
static const double LEAST_CURVATURE = 1e-12;

/* --- arrays over all blocks -------------------------------------------------------------------- */

/* The state: differences of values, differences of gradients, then these. */
enum { START, GRADIENT, DIRECTION, N_OTHERS };

typedef struct lbfgs {
    wick_whole_step *step;
    size_t history, other; /* the number of pairs kept; of the first array behind them */
} lbfgs;

static double *array(const wick_update *u, size_t k)
{
    return u->state + k * u->n;
}

static double dot(const lbfgs *l, size_t a, size_t b)
{
    double sum = 0.0;

    for (size_t i = 0; i < l->step->n_params; i++) {
        const wick_update *u = &l->step->param[i];
        sum += wicki_dot(u->n, array(u, a), array(u, b));
    }
    return sum;
}

/* direction += factor * array k */
static void add(const lbfgs *l, double factor, size_t k)
{
    for (size_t i = 0; i < l->step->n_params; i++) {
        const wick_update *u = &l->step->param[i];
        double *d = array(u, l->other + DIRECTION);
        for (size_t j = 0; j < u->n; j++)
            d[j] += factor * array(u, k)[j];
    }
}

static void scale(const lbfgs *l, double factor)
{
    for (size_t i = 0; i < l->step->n_params; i++) {
        const wick_update *u = &l->step->param[i];
        double *d = array(u, l->other + DIRECTION);
        for (size_t j = 0; j < u->n; j++)
            d[j] *= factor;
    }
}

/* --- the direction ----------------------------------------------------------------------------- */

/* The step that made each pair decides its place; only if all parameters were in all of them are
 * the pairs of use. */
static size_t pairs(const lbfgs *l)
{
    const uint64_t done = l->step->param[0].step - 1;

    for (size_t i = 1; i < l->step->n_params; i++)
        if (l->step->param[i].step - 1 != done)
            return 0;
    return done < l->history ? (size_t)done : l->history;
}

/* Of the k-th pair, from the latest: 0. */
static size_t place(const lbfgs *l, size_t k)
{
    return (size_t)((l->step->param[0].step - 2 - k) % l->history);
}

/* Minus the gradient; algorithm 7.4 multiplies it by the inverse Hessian of the pairs. Pairs without
 * curvature are zeros. Returns whether there was one. */
static bool set_direction(const lbfgs *l, size_t n)
{
    double share[LONGEST_HISTORY], curvature[LONGEST_HISTORY];
    bool scaled = false;

    for (size_t i = 0; i < l->step->n_params; i++) {
        const wick_update *u = &l->step->param[i];
        for (size_t j = 0; j < u->n; j++)
            array(u, l->other + DIRECTION)[j] = -array(u, l->other + GRADIENT)[j];
    }
    for (size_t k = 0; k < n; k++) {
        const size_t s = place(l, k), y = l->history + s;
        curvature[k] = dot(l, s, y);
        if (!(curvature[k] > 0.0))
            continue;
        share[k] = dot(l, s, l->other + DIRECTION) / curvature[k];
        add(l, -share[k], y);
    }
    for (size_t k = 0; k < n && !scaled; k++)
        if (curvature[k] > 0.0) {
            const size_t y = l->history + place(l, k);
            scale(l, curvature[k] / dot(l, y, y));
            scaled = true;
        }
    for (size_t k = n; k-- > 0;)
        if (curvature[k] > 0.0) {
            const size_t s = place(l, k);
            add(l, share[k] - dot(l, l->history + s, l->other + DIRECTION) / curvature[k], s);
        }
    return scaled;
}

/* --- the line ---------------------------------------------------------------------------------- */

static void move_to(const lbfgs *l, double length)
{
    for (size_t i = 0; i < l->step->n_params; i++) {
        const wick_update *u = &l->step->param[i];
        const double *start = array(u, l->other + START), *d = array(u, l->other + DIRECTION);
        for (size_t j = 0; j < u->n; j++)
            u->value[j] = start[j] + length * d[j];
    }
}

static bool evaluate(void *arg, wicki_point *p)
{
    const lbfgs *l = arg;

    move_to(l, p->length);
    if (!l->step->evaluate(l->step))
        return false;
    p->loss = l->step->loss;
    p->slope = 0.0;
    for (size_t i = 0; p->loss < INFINITY && i < l->step->n_params; i++) {
        const wick_update *u = &l->step->param[i];
        p->slope += wicki_dot(u->n, u->gradient, array(u, l->other + DIRECTION));
    }
    return true;
}

static void keep_start(const lbfgs *l)
{
    for (size_t i = 0; i < l->step->n_params; i++) {
        const wick_update *u = &l->step->param[i];
        memcpy(array(u, l->other + START), u->value, u->n * sizeof(double));
        memcpy(array(u, l->other + GRADIENT), u->gradient, u->n * sizeof(double));
    }
}

static void put_back(const lbfgs *l)
{
    for (size_t i = 0; i < l->step->n_params; i++) {
        const wick_update *u = &l->step->param[i];
        memcpy(u->value, array(u, l->other + START), u->n * sizeof(double));
    }
}

/* Puts the pair of this step, or zeros, in its place, and forgets the others if they were misleading:
 * nothing can fail any more. */
static void keep_pair(const lbfgs *l, bool forget, bool moved)
{
    const size_t s = (size_t)((l->step->param[0].step - 1) % l->history), y = l->history + s;

    for (size_t i = 0; i < l->step->n_params; i++) {
        const wick_update *u = &l->step->param[i];
        if (forget)
            memset(u->state, 0, 2 * l->history * u->n * sizeof(double));
        for (size_t j = 0; j < u->n; j++) {
            array(u, s)[j] = moved ? u->value[j] - array(u, l->other + START)[j] : 0.0;
            array(u, y)[j] = moved ? u->gradient[j] - array(u, l->other + GRADIENT)[j] : 0.0;
        }
    }
    const double ss = dot(l, s, s), yy = dot(l, y, y);
    if (moved && !(dot(l, s, y) > LEAST_CURVATURE * sqrt(ss) * sqrt(yy)))
        keep_pair(l, forget, false);
}

/* --- a step ------------------------------------------------------------------------------------ */

static wicki_found search(
    const wick_optim *self, lbfgs *l, double loss, bool scaled, wicki_line *line, wicki_point *p)
{
    const double norm = sqrt(dot(l, l->other + DIRECTION, l->other + DIRECTION));
    const double first = scaled || norm <= 1.0 ? 1.0 : 1.0 / norm;

    *line = (wicki_line){ .evaluate = evaluate,
        .arg = l,
        .armijo = self->option[ARMIJO],
        .curvature = self->option[CURVATURE],
        .evaluations = (size_t)self->option[EVALUATIONS],
        .start = { 0.0, loss, dot(l, l->other + GRADIENT, l->other + DIRECTION) } };
    if (line->start.slope == 0.0)
        return WICKI_FLAT;
    if (!(line->start.slope < 0.0) || !(norm < INFINITY))
        return WICKI_NOTHING;
    return wicki_line_search(line, first * self->option[LR] * l->step->param[0].rate, p);
}

static bool fail_steep(const lbfgs *l, const wicki_line *line)
{
    wick_fail(l->step->w, WICK_ERR_NUMERIC,
        "wick_lbfgs: the loss is %g, and its gradient so long that a double cannot hold its "
        "square; give the data or the parameters another scale",
        line->start.loss);
    return false;
}

static bool fail(const wick_optim *self, const lbfgs *l, const wicki_line *line)
{
    if (!isfinite(line->start.slope))
        return fail_steep(l, line);
    wick_fail(l->step->w, WICK_ERR_NUMERIC,
        "wick_lbfgs: no lower loss along the gradient in %.0f evaluations: it is %.17g with slope "
        "%g, and at distance %g it is %.17g; the loss must be a smooth function of the parameters "
        "with that gradient, which scores of draws do not give",
        self->option[EVALUATIONS], line->start.loss, line->start.slope,
        line->last.length * sqrt(-line->start.slope), line->last.loss);
    return false;
}

static bool whole(const wick_optim *self, wick_whole_step *step)
{
    const size_t history = (size_t)self->option[HISTORY];
    lbfgs l = { .step = step, .history = history, .other = 2 * history };
    const double loss = step->loss;
    const size_t n = pairs(&l);
    wicki_line line;
    wicki_point p;

    if (self->option[LR] * step->param[0].rate == 0.0)
        return true;
    keep_start(&l);
    bool scaled = set_direction(&l, n), forget = n == 0;
    wicki_found found = search(self, &l, loss, scaled, &line, &p);
    if (scaled && (found == WICKI_FLAT || found == WICKI_NOTHING)) {
        forget = true;
        set_direction(&l, 0);
        found = search(self, &l, loss, false, &line, &p);
    }
    if (found == WICKI_NOTHING)
        return fail(self, &l, &line);
    if (found == WICKI_ERROR)
        return false;
    const bool moved = found != WICKI_FLAT;
    if (found == WICKI_LOWER && line.last.length != p.length && !evaluate(&l, &p))
        return false;
    if (!moved)
        put_back(&l);
    keep_pair(&l, forget, moved);
    return true;
}

/* --- options ----------------------------------------------------------------------------------- */

wick_lbfgs_options wick_lbfgs_options_default(void)
{
    return (wick_lbfgs_options){
        .lr = 1.0, .history = 10, .armijo = 1e-4, .curvature = 0.9, .evaluations = 30
    };
}

static bool check(wick *w, const wick_optim *self)
{
    const double *o = self->option;
    static const wicki_option FIRST[] = { { "lr", WICKI_NOT_NEGATIVE } };

    if (!wicki_options_hold(w, "wick_lbfgs", self, 1, FIRST))
        return false;
    if (o[HISTORY] > LONGEST_HISTORY)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_lbfgs: history is %.0f, need %d or less", o[HISTORY],
            LONGEST_HISTORY);
    else if (o[EVALUATIONS] < FEWEST_EVALUATIONS)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_lbfgs: evaluations is %.0f, need %d or more",
            o[EVALUATIONS], FEWEST_EVALUATIONS);
    else if (!(o[ARMIJO] > 0.0 && o[ARMIJO] < o[CURVATURE] && o[CURVATURE] < 1.0))
        wick_fail(w, WICK_ERR_ARGUMENT,
            "wick_lbfgs: armijo is %g and curvature %g, need 0 < armijo < curvature < 1", o[ARMIJO],
            o[CURVATURE]);
    return wick_status(w) == WICK_OK;
}

wick_optim wick_lbfgs_with(wick_lbfgs_options options)
{
    const wick_lbfgs_options standard = wick_lbfgs_options_default();
    const size_t history = options.history ? options.history : standard.history;
    const size_t kept = history < LONGEST_HISTORY ? history : LONGEST_HISTORY;

    return (wick_optim){ .name = "lbfgs",
        .whole = whole,
        .check = check,
        .n_state = 2 * kept + N_OTHERS,
        .option = { [LR] = wicki_chosen(options.lr, standard.lr),
            [HISTORY] = (double)history,
            [ARMIJO] = wicki_chosen(options.armijo, standard.armijo),
            [CURVATURE] = wicki_chosen(options.curvature, standard.curvature),
            [EVALUATIONS] =
                (double)(options.evaluations ? options.evaluations : standard.evaluations) } };
}
