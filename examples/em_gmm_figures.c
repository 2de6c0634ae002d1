/* The pictures of the EM example: data, a surface for each iteration, where fits end. */
#include "em_gmm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/gmm_predict.h"

enum { PIXELS = 100, FRAMES = 11, PANELS = 6, OUTLINE = 65 };

static const wick_range PLANE = { -2.0, 12.0 };

static const double PI = 3.14159265358979323846;

/* --- surfaces -------------------------------------------------------------------------------- */

static const struct run *shown_run(const struct example_options *o, const struct results *r)
{
    return o->flagged ? &r->best->published : &r->best->textbook;
}

static double *grid_points(void)
{
    double *points = calloc(PIXELS * PIXELS * D, sizeof *points);
    const double step = (PLANE.max - PLANE.min) / (PIXELS - 1);

    for (size_t i = 0; points && i < PIXELS * PIXELS; i++) {
        points[i * D] = PLANE.min + step * (double)(i % PIXELS);
        points[i * D + 1] = PLANE.min + step * (double)(i / PIXELS);
    }
    return points;
}

/* The density; as published the sum of the components' densities, without their weights. */
static bool evaluate(
    wick *w, bool published, const struct state *s, const double *points, double *density)
{
    struct state copy = *s;
    const gmm_mixture mixture = em_gmm_view(&copy);

    for (size_t k = 0; k < K && published; k++)
        copy.weights[k] = 1.0 / K;
    const bool done = gmm_predict(
        w, &mixture, PIXELS * PIXELS, points, &(gmm_prediction){ .log_density = density });
    for (size_t i = 0; done && i < PIXELS * PIXELS; i++)
        density[i] = (published ? K : 1) * exp(density[i]);
    return done;
}

/* Seen as the document sees it, and as high; its sums go beyond what it shows of them. */
static wick_figure *surface_of(wick *w, const struct example_options *o, size_t frame,
    size_t iteration, const struct state *s, const double *density)
{
    char name[32], title[80];

    snprintf(name, sizeof name, "em_%02zu", frame);
    snprintf(
        title, sizeof title, "Iteration %zu, log-likelihood %.1f", iteration, s->log_likelihood);
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = o->out,
            .name = name,
            .title = title,
            .xlabel = "x",
            .ylabel = "y",
            .zlabel = o->flagged ? "sum of densities" : "density",
            .zrange = { -0.15, o->flagged ? 0.4 : 0.2 },
            .xtics = 2.0,
            .ytics = 2.0,
            .ztics = 0.1,
            .elevation = 27.0,
            .azimuth = -21.0,
            .width = 500,
            .height = 450 });
    wick_figure_add_grid(figure,
        &(wick_grid){ .nx = PIXELS,
            .ny = PIXELS,
            .x = PLANE,
            .y = PLANE,
            .values = density,
            .style = WICK_SURFACE });
    return figure;
}

/* One after the other, and the last. */
static size_t iteration_of(const struct run *run, size_t frame, size_t frames)
{
    return frame + 1 == frames ? run->iterations : frame;
}

static void write_sheets(wick *w, size_t frames, wick_figure *const *figures)
{
    static const size_t CHOSEN[PANELS] = { 0, 1, 2, 4, 7, 10 };
    wick_figure *panels[PANELS];
    size_t n = 0;

    for (size_t i = 0; i < PANELS && CHOSEN[i] < frames; i++)
        panels[n++] = figures[CHOSEN[i]];
    wick_sheet_write(w, &(wick_sheet_options){ .name = "em_overview", .columns = 3 }, n, panels);
    wick_sheet_write(w, &(wick_sheet_options){ .name = "em", .delay = 0.8 }, frames, figures);
}

static void draw_surfaces(wick *w, const struct example_options *o, const struct results *r)
{
    const struct run *run = shown_run(o, r);
    const size_t frames = run->iterations + 1 < FRAMES ? run->iterations + 1 : FRAMES;
    double *points = grid_points(), *density = calloc(PIXELS * PIXELS, sizeof *density);
    wick_figure *figures[FRAMES] = { NULL };

    for (size_t i = 0; points && density && i < frames; i++) {
        const size_t iteration = iteration_of(run, i, frames);
        const struct state *s = &run->states[iteration];
        if (evaluate(w, o->flagged, s, points, density))
            figures[i] = surface_of(w, o, i, iteration, s, density);
        wick_figure_write(figures[i]);
    }
    if (points && density)
        write_sheets(w, frames, figures);
    for (size_t i = 0; i < FRAMES; i++)
        wick_figure_free(figures[i]);
    free(points);
    free(density);
}

/* --- points and ellipses --------------------------------------------------------------------- */

static wick_figure *plane_of(
    wick *w, const struct example_options *o, const char *name, const char *title)
{
    return wick_figure_new(w,
        &(wick_figure_options){ .directory = o->out,
            .name = name,
            .title = title,
            .xlabel = "x",
            .ylabel = "y",
            .xrange = PLANE,
            .yrange = { -2.0, 11.0 },
            .xtics = 2.0,
            .ytics = 2.0,
            .equal_axes = true,
            .width = 600,
            .height = 560 });
}

static void add_points(wick_figure *figure, const gmm *m, double size)
{
    double *columns = calloc(2 * m->n, sizeof *columns);

    for (size_t i = 0; columns && i < m->n; i++) {
        columns[i] = m->x[i * D];
        columns[m->n + i] = m->x[i * D + 1];
    }
    if (columns)
        wick_figure_add(figure,
            &(wick_series){ .x = columns,
                .y = columns + m->n,
                .n = m->n,
                .style = WICK_POINTS,
                .color = "#aa1f77b4",
                .size = size });
    free(columns);
}

/* Two standard deviations around each mean. */
static void add_ellipses(wick_figure *figure, const struct state *s)
{
    static const char *const COLORS[K] = { "#d62728", "#2ca02c", "#ff7f0e" };
    double x[OUTLINE], y[OUTLINE];

    for (size_t k = 0; k < K; k++) {
        for (size_t i = 0; i < OUTLINE; i++) {
            const double angle = 2.0 * PI * (double)i / (OUTLINE - 1);
            x[i] = s->loc[k * D] + 2.0 * s->scale[k * D] * cos(angle);
            y[i] = s->loc[k * D + 1] + 2.0 * s->scale[k * D + 1] * sin(angle);
        }
        wick_figure_add(figure,
            &(wick_series){ .x = x, .y = y, .n = OUTLINE, .color = COLORS[k], .width = 2.5 });
        wick_figure_add(figure,
            &(wick_series){ .x = s->loc + k * D,
                .y = s->loc + k * D + 1,
                .n = 1,
                .style = WICK_POINTS,
                .marker = WICK_CROSS,
                .color = COLORS[k],
                .width = 3.0,
                .size = 1.5 });
    }
}

static wick_figure *optimum_of(
    wick *w, const struct example_options *o, const char *name, const gmm *m, const struct run *run)
{
    const struct state *s = &run->states[run->iterations];
    char title[80];

    snprintf(title, sizeof title, "Start %llu: log-likelihood %.1f after %zu iterations",
        (unsigned long long)run->seed, s->log_likelihood, run->iterations);
    wick_figure *figure = plane_of(w, o, name, title);
    add_points(figure, m, 0.3);
    add_ellipses(figure, s);
    return figure;
}

/* The best optimum, and beside it the one that the document prints. */
static void draw_optima(wick *w, const struct example_options *o, const struct results *r)
{
    wick_figure *figures[2] = { optimum_of(w, o, "optimum_best", r->m, shown_run(o, r)), NULL };

    if (r->bad)
        figures[1] = optimum_of(
            w, o, "optimum_bad", r->m, o->flagged ? &r->bad->published : &r->bad->textbook);
    wick_sheet_write(
        w, &(wick_sheet_options){ .name = "03_optima", .columns = 2 }, r->bad ? 2 : 1, figures);
    wick_figure_free(figures[0]);
    wick_figure_free(figures[1]);
}

static void draw_data(wick *w, const struct example_options *o, const gmm *m)
{
    wick_figure *figure = plane_of(w, o, "01_data", "Three clusters of 500, 500 and 1000 points");

    add_points(figure, m, 0.5);
    wick_figure_write(figure);
    wick_figure_free(figure);
}

/* --- convergence ----------------------------------------------------------------------------- */

static void add_curve(
    wick_figure *figure, const struct run *run, const char *title, const char *color)
{
    double *y = calloc(run->iterations + 1, sizeof *y);

    for (size_t i = 0; y && i <= run->iterations; i++)
        y[i] = run->states[i].log_likelihood;
    if (y)
        wick_figure_add(figure,
            &(wick_series){
                .title = title, .y = y, .n = run->iterations + 1, .color = color, .width = 2.0 });
    free(y);
}

static void draw_convergence(wick *w, const struct example_options *o, const struct results *r)
{
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = o->out,
            .name = "02_convergence",
            .title = "Log-likelihood from each start",
            .xlabel = "iteration",
            .ylabel = "log-likelihood",
            .xrange = { 0.0, 40.0 },
            .yrange = { -10000.0, -7000.0 },
            .key = WICK_KEY_BOTTOM_RIGHT });

    for (size_t i = 0; i < r->starts; i++)
        add_curve(figure, &r->pairs[i].textbook, NULL, "#cccccc");
    add_curve(figure, &r->best->textbook, "the best start", "#1f77b4");
    add_curve(figure, &r->best->published, "the same, published code", "#ff7f0e");
    if (r->bad)
        add_curve(figure, &r->bad->textbook, "a bad start", "#d62728");
    wick_figure_write(figure);
    wick_figure_free(figure);
}

void em_gmm_draw(wick *w, const struct example_options *o, const struct results *r)
{
    draw_data(w, o, r->m);
    draw_convergence(w, o, r);
    draw_optima(w, o, r);
    draw_surfaces(w, o, r);
}
