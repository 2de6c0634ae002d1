#include "gmm_pictures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <wick/extend.h>

#include "gmm_shapes.h"

/* Rows and starts that are drawn at most, and components that are named above the picture. */
enum { MOST_POINTS = 4000, MOST_STARTS = 50, KEY_ABOVE = 5 };

static const char *const COLORS[] = { "#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e",
    "#17becf", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22" };

enum { N_COLORS = sizeof COLORS / sizeof *COLORS };

static double *doubles(wick *w, size_t n)
{
    double *x = calloc(n, sizeof *x);

    if (!x)
        wick_fail(w, WICK_ERR_MEMORY, "no memory for a picture of %zu points", n);
    return x;
}

static bool finish(wick_figure *figure, struct tool_pictures *made)
{
    const bool written = wick_figure_write(figure);

    made->rendered = wick_figure_rendered(figure);
    wick_figure_free(figure);
    return written;
}

/* --- BIC ------------------------------------------------------------------------------------- */

/* One line: the fits first .. first + n - 1, which have one form. */
static void add_form(wick *w, wick_figure *figure, const struct tool_fit *fits, size_t n)
{
    double *x = doubles(w, 2 * n);

    for (size_t i = 0; x && i < n; i++) {
        x[i] = (double)fits[i].components;
        x[n + i] = fits[i].mixture ? fits[i].evaluation.bic : NAN;
    }
    if (x)
        wick_figure_add(figure,
            &(wick_series){ .title = gmm_covariance_name(fits->covariance),
                .x = x,
                .y = x + n,
                .n = n,
                .style = WICK_LINES_POINTS });
    free(x);
}

static bool draw_bic(
    wick *w, const struct tool_options *o, const struct tool_fits *fits, struct tool_pictures *made)
{
    const size_t n = o->most - o->fewest + 1;
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = o->out,
            .name = "bic",
            .title = "Bayesian information criterion: smaller is better",
            .xlabel = "components",
            .ylabel = "BIC",
            .width = 700,
            .key = WICK_KEY_ABOVE });

    for (size_t first = 0; first < fits->n; first += n)
        add_form(w, figure, fits->fits + first, n);
    made->bic = finish(figure, made);
    return made->bic;
}

/* --- the rows and the components ------------------------------------------------------------- */

/* Rows with a label: columns 0 and 1 (or zeros) of every stride-th, into x and y; how many. */
static size_t take_rows(const struct tool_data *d, const struct tool_rows *r, size_t label,
    size_t stride, double *x, double *y)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n; i += stride)
        if (r->values[i * r->columns] == (double)label) {
            x[n] = d->x[i * d->dimensions];
            y[n++] = d->dimensions > 1 ? d->x[i * d->dimensions + 1] : 0.0;
        }
    return n;
}

static void add_rows(
    wick *w, wick_figure *figure, const struct tool_data *d, const struct tool_rows *r)
{
    const size_t stride = (d->n + MOST_POINTS - 1) / MOST_POINTS, room = d->n / stride + 1;
    double *x = doubles(w, 2 * room);

    for (size_t k = 0; x && k < r->components; k++) {
        const size_t n = take_rows(d, r, k, stride, x, x + room);
        char color[16];
        snprintf(color, sizeof color, "#99%s", COLORS[k % N_COLORS] + 1);
        if (n > 0)
            wick_figure_add(figure,
                &(wick_series){ .x = x,
                    .y = x + room,
                    .n = n,
                    .style = WICK_POINTS,
                    .color = color,
                    .size = 0.6 });
    }
    free(x);
}

static void add_ellipses(wick *w, wick_figure *figure, const gmm_mixture *m)
{
    double x[SHAPE_POINTS], y[SHAPE_POINTS];

    for (size_t k = 0; k < m->components; k++)
        if (tool_ellipse(w, m, k, x, y))
            wick_figure_add(figure,
                &(wick_series){ .title = wick_name(w, "component %zu", k),
                    .x = x,
                    .y = y,
                    .n = SHAPE_POINTS,
                    .color = COLORS[k % N_COLORS],
                    .width = 2.0 });
}

static void add_densities(
    wick *w, wick_figure *figure, const gmm_mixture *m, const struct tool_data *d)
{
    double *x = doubles(w, (m->components + 2) * SHAPE_POINTS);
    double *sum = x ? x + SHAPE_POINTS : NULL;

    if (x && tool_densities(w, m, d->n, d->x, x, sum)) {
        for (size_t k = 0; k < m->components; k++)
            wick_figure_add(figure,
                &(wick_series){ .title = wick_name(w, "component %zu", k),
                    .x = x,
                    .y = sum + (k + 1) * SHAPE_POINTS,
                    .n = SHAPE_POINTS,
                    .color = COLORS[k % N_COLORS] });
        wick_figure_add(figure,
            &(wick_series){ .title = "mixture",
                .x = x,
                .y = sum,
                .n = SHAPE_POINTS,
                .color = "black",
                .dash = WICK_DASHED });
    }
    free(x);
}

static bool draw_components(wick *w, const struct tool_options *o, const struct tool_data *d,
    const gmm_mixture *m, const struct tool_rows *r, struct tool_pictures *made)
{
    const bool plane = d->dimensions > 1;
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = o->out,
            .name = "components",
            .title = plane ? "Rows by label; ellipses hold 95 % of a component"
                           : "Density of the mixture and of its components",
            .xlabel = tool_data_column(w, d, 0),
            .ylabel = plane ? tool_data_column(w, d, 1) : "density",
            .width = plane ? 800 : 0,
            .height = plane ? 680 : 0,
            .key = m->components > KEY_ABOVE ? WICK_KEY_AUTO : WICK_KEY_ABOVE });

    add_rows(w, figure, d, r);
    if (plane)
        add_ellipses(w, figure, m);
    else
        add_densities(w, figure, m, d);
    made->components = finish(figure, made);
    return made->components;
}

/* --- starts ---------------------------------------------------------------------------------- */

/* The points of one start, into x and y; how many. */
static size_t take_start(const struct tool_trace *t, size_t start, double *x, double *y)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        if (t->points[i].start == start) {
            x[n] = (double)t->points[i].iteration;
            y[n++] = t->points[i].value;
        }
    return n;
}

static void add_start(wick *w, wick_figure *figure, const struct tool_fit *fit, size_t start)
{
    const bool best = start == fit->best_start;
    double *x = doubles(w, 2 * fit->trace.n);
    const size_t n = x ? take_start(&fit->trace, start, x, x + fit->trace.n) : 0;

    if (n > 0)
        wick_figure_add(figure,
            &(wick_series){ .title = best ? "best" : NULL,
                .x = x,
                .y = x + fit->trace.n,
                .n = n,
                .color = best ? COLORS[0] : "#999999",
                .width = best ? 2.5 : 1.0 });
    free(x);
}

/* The first iteration comes from anywhere: the axis begins at the least of what followed. */
static double least_value(const struct tool_trace *t)
{
    double least = NAN;

    for (size_t i = 0; i < t->n; i++)
        if (t->points[i].iteration > 0)
            least = fmin(least, t->points[i].value);
    return least;
}

static bool draw_starts(
    wick *w, const struct tool_options *o, const struct tool_fit *fit, struct tool_pictures *made)
{
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = o->out,
            .name = "starts",
            .title = "Starts of the chosen fit",
            .xlabel = "iteration",
            .ylabel = o->method == METHOD_EM ? "log-likelihood" : "minus loss",
            .yrange = { least_value(&fit->trace), NAN },
            .width = 800,
            .key = WICK_KEY_BOTTOM_RIGHT });

    for (size_t start = 0; start < fit->starts && start < MOST_STARTS; start++)
        if (start != fit->best_start)
            add_start(w, figure, fit, start);
    add_start(w, figure, fit, fit->best_start);
    made->starts = finish(figure, made);
    return made->starts;
}

bool tool_pictures_write(wick *w, const struct tool_options *o, const struct tool_data *d,
    const struct tool_fits *fits, const struct tool_rows *r, struct tool_pictures *made)
{
    const struct tool_fit *best = &fits->fits[fits->best];

    *made = (struct tool_pictures){ 0 };
    return (o->most == o->fewest || draw_bic(w, o, fits, made)) &&
        draw_components(w, o, d, best->mixture, r, made) &&
        (best->trace.n == 0 || draw_starts(w, o, best, made));
}
