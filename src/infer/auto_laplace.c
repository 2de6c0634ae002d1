/* The Laplace approximation: a normal with the curvature of the loss at its minimum. */
#include "infer/auto.h"
#include "infer/definite.h"
#include "infer/hessian.h"
#include "tape/loop.h"

#include <math.h>
#include <string.h>

static const char FUNCTION[] = "wick_laplace_approximation";

/* A loss as a function of the joint vector of a guide. */
typedef struct target {
    wick *w;
    const wick_guide *guide;
    wick_laplace_options options;
    wicki_entry *entry; /* of the vector */
    size_t n;
    double *at;         /* the vector where the fit ended */
    double *gradient;   /* there */
    double *hessian;    /* [n][n] */
    double *scale;      /* 1 / sqrt of its diagonal */
    double *scale_tril; /* [n][n] */
    double *work;
} target;

/* --- gradients --------------------------------------------------------------------------------- */

static void refuse_minibatches(wick *w)
{
    for (uint32_t i = 1; i < w->dims->n_dims; i++) {
        const wicki_dim *dim = wicki_dim_at(w, i);
        if (wicki_ok(w) && dim->kind == WICKI_PLATE && dim->present < dim->full)
            wick_fail(w, WICK_ERR_STATE,
                "%s: plate '%s' has %zu of %zu members, and the curvature of a part is no "
                "approximation of the whole; let the model open the whole plate",
                FUNCTION, dim->name, dim->present, dim->full);
    }
}

static bool run_loss(const target *t, double *gradient)
{
    wick *w = t->w;
    const wick_var x =
        t->options.loss(w, t->guide->model, wick_guide_program(t->guide), t->options.loss_options);
    wick_node *loss = wicki_node_of(w, FUNCTION, x);

    refuse_minibatches(w);
    if (!wicki_ok(w) || !isfinite(*loss->value))
        return false;
    wicki_backward(w, loss);
    const double *slope = wicki_ok(w) ? wicki_entry_gradient(w, t->entry) : NULL;
    if (slope)
        memcpy(gradient, slope, t->n * sizeof *slope);
    return slope && isfinite(wicki_dot(t->n, slope, slope));
}

/* In the sandbox, with the vector at x. */
static bool gradient_at(void *arg, const double *x, double *gradient)
{
    const target *t = arg;
    wicki_sandbox sandbox;

    if (!wicki_sandbox_open(t->w, &sandbox))
        return false;
    memcpy(t->entry->value, x, t->n * sizeof *x);
    const bool finite = run_loss(t, gradient);
    memcpy(t->entry->value, t->at, t->n * sizeof *x);
    wicki_sandbox_close(t->w, &sandbox);
    return finite && wicki_ok(t->w);
}

/* --- the Hessian ------------------------------------------------------------------------------- */

static const double SMOOTH = 1e-4; /* relative error of a column beyond which it is none */

static void fail_column(const target *t, size_t j, double error)
{
    char buffer[192];
    wicki_text text = { buffer, sizeof buffer, 0 };

    wicki_auto_add_place(&text, t->guide, j);
    wick_fail(t->w, WICK_ERR_NUMERIC,
        "%s: the gradient of the loss has no derivative along %s: differences with smaller and "
        "smaller steps disagree by %.2g of their size; the loss must be smooth there, and not "
        "random",
        FUNCTION, buffer, error);
}

static bool find_hessian(target *t)
{
    const wicki_gradient f = { gradient_at, t, t->n };
    double *h = t->hessian;

    if (!gradient_at(t, t->at, t->gradient)) {
        if (wicki_ok(t->w))
            wick_fail(t->w, WICK_ERR_NONFINITE,
                "%s: the loss or its gradient is not finite where the fit ended", FUNCTION);
        return false;
    }
    for (size_t j = 0; j < t->n && wicki_ok(t->w); j++) {
        const double error = wicki_hessian_column(&f, t->at, j, h + j * t->n, t->work);
        if (wicki_ok(t->w) && !(error <= SMOOTH))
            fail_column(t, j, error);
    }
    for (size_t i = 0; i < t->n; i++)
        for (size_t j = 0; j < i; j++)
            h[i * t->n + j] = h[j * t->n + i] = 0.5 * (h[i * t->n + j] + h[j * t->n + i]);
    return wicki_ok(t->w);
}

/* --- is it positive definite? ------------------------------------------------------------------ */

/* Up to this a pivot of the scaled Hessian cannot be told from 0 by differences. */
static const double FLAT = 1e-8;

/* The coordinate with the most of a direction, but for one; n if none has any. */
static size_t most_of(size_t n, const double *v, size_t but)
{
    size_t most = n;

    for (size_t i = 0; i < n; i++)
        if (i != but && fabs(v[i]) > (most < n ? fabs(v[most]) : 0.0))
            most = i;
    return most;
}

static void add_direction(wicki_text *text, const target *t, const double *v)
{
    const size_t first = most_of(t->n, v, t->n), second = most_of(t->n, v, first);

    wicki_auto_add_place(text, t->guide, first);
    if (second == t->n || fabs(v[second]) < 0.3)
        return;
    wicki_text_add(
        text, " and, of %s sign, ", v[first] * v[second] > 0.0 ? "the same" : "opposite");
    wicki_auto_add_place(text, t->guide, second);
}

static void fail_not_definite(const target *t)
{
    double *direction = t->gradient;
    const double least = wicki_least_eigenvector(t->n, t->hessian, t->scale, direction, t->work);
    char buffer[320];
    wicki_text text = { buffer, sizeof buffer, 0 };

    add_direction(&text, t, direction);
    wick_fail(t->w, WICK_ERR_NUMERIC,
        "%s: the Hessian is not positive definite: its least eigenvalue, scaled, is %.3g, in the "
        "direction of %s; near 0 the model does not determine that direction, below 0 the fit has "
        "not ended at a minimum",
        FUNCTION, least, buffer);
}

/* --- at the minimum? --------------------------------------------------------------------------- */

static const double MOST_GAIN = 0.01; /* that a Newton step may still promise: 0.14 deviations */

/* With H^-1 = L L' the step promises |L' gradient|^2 / 2. */
static bool is_at_minimum(const target *t)
{
    double gain = 0.0;
    size_t most = 0;

    for (size_t j = 0; j < t->n; j++) {
        double x = 0.0;
        for (size_t i = j; i < t->n; i++)
            x += t->scale_tril[i * t->n + j] * t->gradient[i];
        gain += 0.5 * x * x;
        if (fabs(t->gradient[j] * t->scale[j]) > fabs(t->gradient[most] * t->scale[most]))
            most = j;
    }
    if (gain <= MOST_GAIN)
        return true;
    char buffer[192];
    wicki_text text = { buffer, sizeof buffer, 0 };
    wicki_auto_add_place(&text, t->guide, most);
    wick_fail(t->w, WICK_ERR_NUMERIC,
        "%s: the fit has not ended at a minimum: a Newton step would lower the loss by %.3g, most "
        "along %s; go on with the optimiser",
        FUNCTION, gain, buffer);
    return false;
}

/* --- the guide --------------------------------------------------------------------------------- */

static bool find_factor(target *t)
{
    if (!find_hessian(t))
        return false;
    wicki_unit_scale(t->n, t->hessian, t->scale);
    if (wicki_inverse_cholesky(t->n, t->hessian, t->scale, FLAT, t->scale_tril, t->work))
        return is_at_minimum(t);
    fail_not_definite(t);
    return false;
}

static void set_param(wick *w, const char *name, size_t n, const double *values)
{
    const size_t sizes[] = { n, n };
    wicki_sandbox sandbox;

    if (wicki_name_of(name)->entry) {
        wick_param_set(w, name, values, n * n);
    } else if (wicki_sandbox_open(w, &sandbox)) {
        wick_param(w, name, wick_init_values_array(values, 2, sizes), wick_lower_cholesky());
        wicki_sandbox_close(w, &sandbox);
    }
}

/* Everything in one piece; the work of the differences serves the matrices too. */
static bool make_room(target *t)
{
    const size_t n = t->n, differences = wicki_hessian_work(n), matrices = 2 * n * n;
    double *x = wicki_alloc_doubles(
        t->w, (3 + 2 * n) * n + (differences > matrices ? differences : matrices));

    t->at = x;
    if (!x)
        return false;
    t->gradient = x + n;
    t->scale = x + 2 * n;
    t->hessian = x + 3 * n;
    t->scale_tril = t->hessian + n * n;
    t->work = t->scale_tril + n * n;
    memcpy(t->at, t->entry->value, n * sizeof *x);
    return true;
}

static wick_guide *approximate(target *t)
{
    wick_guide *guide = make_room(t) && find_factor(t)
        ? wicki_auto_copy(t->guide, &wicki_auto_laplace_normal)
        : NULL;

    if (guide)
        set_param(t->w, guide->param[1], t->n, t->scale_tril);
    if (wicki_ok(t->w))
        return guide;
    wick_guide_free(guide);
    return NULL;
}

wick_guide *wick_laplace_approximation(wick_guide *guide, const wick_laplace_options *options)
{
    wick *w = guide ? guide->w : NULL;
    target t = { .w = w, .guide = guide };

    if (!wicki_ok(w))
        return NULL;
    if (guide->kind != &wicki_auto_laplace) {
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: the guide is %s, need one of wick_auto_laplace_new",
            FUNCTION, guide->kind->name);
        return NULL;
    }
    if (options)
        t.options = *options;
    if (!t.options.loss)
        t.options.loss = wick_trace_enum_elbo;
    t.entry = wicki_name_of(guide->param[0])->entry;
    t.n = guide->dimension;
    if (!t.entry) {
        wick_fail(w, WICK_ERR_STATE, "%s: the guide has no parameter '%s' yet; fit it first",
            FUNCTION, guide->param[0]);
        return NULL;
    }
    const wicki_mark mark = wicki_arena_mark(&w->arena);
    wick_guide *result = approximate(&t);
    wicki_arena_release(&w->arena, mark);
    return result;
}
