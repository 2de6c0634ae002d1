/* The pictures: the document's contour plot, of both attempts, and the losses. */
#include "forum_em.h"

#include <math.h>
#include <stdlib.h>

#include "models/gmm_predict.h"

const wick_range FORUM_X = { -5.0, 10.0 }, FORUM_Y = { -5.0, 15.0 };

/* --- densities ------------------------------------------------------------------------------- */

void forum_density(wick *w, const gmm_mixture *m, double *density)
{
    double *x = calloc(GRID * GRID * D, sizeof *x);

    for (size_t i = 0; x && i < GRID * GRID; i++) {
        x[i * D] = FORUM_X.min + (FORUM_X.max - FORUM_X.min) * (double)(i % GRID) / (GRID - 1);
        x[i * D + 1] = FORUM_Y.min + (FORUM_Y.max - FORUM_Y.min) * (double)(i / GRID) / (GRID - 1);
    }
    if (x)
        gmm_predict(w, m, GRID * GRID, x, &(gmm_prediction){ .log_density = density });
    for (size_t i = 0; i < GRID * GRID; i++)
        density[i] = exp(density[i]);
    free(x);
}

static bool is_mode(const double *density, size_t i)
{
    const size_t row = i / GRID, column = i % GRID;

    for (size_t r = row ? row - 1 : 0; r <= row + 1 && r < GRID; r++)
        for (size_t c = column ? column - 1 : 0; c <= column + 1 && c < GRID; c++)
            if (r * GRID + c != i && density[r * GRID + c] >= density[i])
                return false;
    return true;
}

size_t forum_modes(const double *density)
{
    size_t modes = 0;

    for (size_t i = 0; i < GRID * GRID; i++)
        modes += is_mode(density, i);
    return modes;
}

/* --- pictures -------------------------------------------------------------------------------- */

static void finish(wick_figure *figure)
{
    wick_figure_write(figure);
    wick_figure_free(figure);
}

/* The pairs of numbers as two columns. */
static void add_points(wick_figure *figure, const double *pairs, size_t n, wick_series series)
{
    double *columns = calloc(2 * n, sizeof *columns);

    for (size_t i = 0; columns && i < n; i++) {
        columns[i] = pairs[i * D];
        columns[n + i] = pairs[i * D + 1];
    }
    series.x = columns;
    series.y = columns ? columns + n : NULL;
    series.n = n;
    series.style = WICK_POINTS;
    if (columns)
        wick_figure_add(figure, &series);
    free(columns);
}

static void draw_contours(wick *w, const char *out, const char *name, const char *title,
    const struct rows *rows, const gmm_mixture *m, const double *density)
{
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = name,
            .title = title,
            .xlabel = "X1",
            .ylabel = "X2",
            .xrange = FORUM_X,
            .yrange = FORUM_Y,
            .key = WICK_KEY_TOP_LEFT,
            .width = 800,
            .height = 600 });

    add_points(figure, rows->x, rows->n,
        (wick_series){ .title = "Samples", .color = "#991f77b4", .size = 0.5 });
    wick_figure_add_grid(figure,
        &(wick_grid){ .nx = GRID,
            .ny = GRID,
            .x = FORUM_X,
            .y = FORUM_Y,
            .values = density,
            .style = WICK_CONTOURS,
            .levels = 50 });
    add_points(figure, m->loc, K,
        (wick_series){
            .title = "Means", .color = "red", .marker = WICK_CROSS, .size = 2.0, .width = 3.0 });
    finish(figure);
}

static void draw_first_losses(wick *w, const char *out, const struct first *f)
{
    const double floor[] = { -f->constant - N * log(K), -f->constant - N * log(K) },
                 ends[] = { 0.0, (double)f->steps };
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "01_first_attempt_loss",
            .title = "First attempt: trace ELBO, the model without parameters",
            .xlabel = "step",
            .ylabel = "loss" });

    wick_figure_add(
        figure, &(wick_series){ .title = "loss", .y = f->losses, .n = f->steps, .width = 1.0 });
    wick_figure_add(figure,
        &(wick_series){
            .title = "equal assignments", .x = ends, .y = floor, .n = 2, .dash = WICK_DASHED });
    finish(figure);
}

static void draw_losses(wick *w, const char *out, const struct fit *fits)
{
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "03_loss",
            .title = "Second attempt: -log p(x, z) at drawn z, and -log p(x)",
            .xlabel = "step",
            .ylabel = "loss",
            .log_y = true });

    for (size_t i = 0; i < FITS; i++)
        wick_figure_add(figure,
            &(wick_series){ .title = fits[i].name,
                .y = fits[i].losses,
                .n = fits[i].steps,
                .dash = i == CHOLESKY ? WICK_DASHED : WICK_SOLID });
    finish(figure);
}

void forum_draw_figures(wick *w, const struct example_options *o, const struct results *r)
{
    draw_first_losses(w, o->out, &r->first);
    draw_contours(w, o->out, "02_first_attempt_contour",
        "First attempt: Contour Plot of the Learned Mixture Distribution", &r->rows,
        r->first.mixture, r->first.density);
    draw_losses(w, o->out, r->fit);
    draw_contours(w, o->out, "04_contour", "Contour Plot of the Learned Mixture Distribution",
        &r->rows, r->fit[EM_STYLE].more.mixture, r->density);
}
