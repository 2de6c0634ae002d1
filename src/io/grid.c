/* A function of x and y in a figure: its table; images and contours. */
#include "io/figure.h"

#include <math.h>
#include <string.h>

static bool is_span(wick_range r)
{
    return isfinite(r.min) && isfinite(r.max) && r.min < r.max;
}

static bool all_finite(size_t n, const double *x)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

static const char *problem_of(const wick_grid *g)
{
    if (!g || !g->values || g->nx < 2 || g->ny < 2)
        return "needs values, at least 2 times 2 of them";
    if (g->nx > SIZE_MAX / sizeof(double) / 2 / g->ny)
        return "does not fit into memory";
    if (!is_span(g->x) || !is_span(g->y))
        return "needs finite ends, the first below the last";
    if ((unsigned)g->style > WICK_IMAGE_CONTOURS)
        return "has an unknown style";
    return all_finite(g->nx * g->ny, g->values) ? NULL : "has a value that is not finite";
}

static wick_range range_or(wick_range given, wick_range grid)
{
    return given.min == given.max ? grid : given;
}

void wick_figure_add_grid(wick_figure *f, const wick_grid *grid)
{
    if (!f || !wicki_ok(f->w))
        return;
    const char *problem = problem_of(grid);
    if (problem)
        wick_fail(f->w, WICK_ERR_ARGUMENT, "wick_figure_add_grid: the grid %s", problem);
    else if (f->grid || f->of.log_y)
        wick_fail(f->w, WICK_ERR_STATE, "wick_figure_add_grid: the figure %s %s", f->of.name,
            f->grid ? "has a grid already" : "has a logarithmic axis, on which a grid is not even");
    if (!wicki_ok(f->w))
        return;
    const size_t n = grid->nx * grid->ny;
    wicki_grid *copy = wicki_allocate(f->w, sizeof *copy + n * sizeof(double));
    if (!copy)
        return;
    copy->of = *grid;
    memcpy(copy->values, grid->values, n * sizeof(double));
    copy->of.values = copy->values;
    f->grid = copy;
    f->of.xrange = range_or(f->of.xrange, grid->x);
    f->of.yrange = range_or(f->of.yrange, grid->y);
}

static double place(wick_range r, size_t i, size_t n)
{
    const double part = (double)i / (double)(n - 1);

    return r.min * (1.0 - part) + r.max * part;
}

void wicki_grid_table(const wick_figure *f, wicki_buffer *table)
{
    const wick_grid *g = &f->grid->of;

    for (size_t j = 0; j < g->ny && wicki_ok(f->w); j++) {
        for (size_t i = 0; i < g->nx; i++) {
            wicki_buffer_number(table, place(g->x, i, g->nx));
            wicki_buffer_bytes(table, "\t", 1);
            wicki_buffer_number(table, place(g->y, j, g->ny));
            wicki_buffer_bytes(table, "\t", 1);
            wicki_buffer_number(table, g->values[j * g->nx + i]);
            wicki_buffer_bytes(table, "\n", 1);
        }
        wicki_buffer_bytes(table, "\n", 1);
    }
}

/* A contour is kept in a block of gnuplot, whose columns blanks separate. */
static void prepare_contours(const wick_figure *f, wicki_buffer *script)
{
    wicki_buffer_add(script,
        "set datafile separator whitespace\n"
        "set contour base\nunset surface\nset cntrparam levels auto %zu\n"
        "set table $contours\nsplot '%s_grid.tsv' using 1:2:3\nunset table\n"
        "unset contour\nset surface\n",
        wicki_grid_levels(f), f->of.name);
}

size_t wicki_grid_levels(const wick_figure *f)
{
    return f->grid->of.levels ? f->grid->of.levels : 8;
}

/* Viridis (Smith & van der Walt 2015, matplotlib), which gnuplot has from version 6 on. */
void wicki_grid_prepare(const wick_figure *f, wicki_buffer *script)
{
    wicki_buffer_add(script,
        "set palette defined (0 '#440154', 1 '#472c7a', 2 '#3b518b', 3 '#2c718e', 4 '#21908d', "
        "5 '#27ad81', 6 '#5cc863', 7 '#aadc32', 8 '#fde725')\n");
    switch (f->grid->of.style) {
    case WICK_IMAGE:
        wicki_buffer_add(script, "unset grid\n");
        break;
    case WICK_IMAGE_CONTOURS:
        wicki_buffer_add(script, "unset grid\n");
        prepare_contours(f, script);
        break;
    case WICK_CONTOURS:
        prepare_contours(f, script);
        break;
    case WICK_SURFACE:
        wicki_surface_prepare(f, script);
        break;
    }
}

void wicki_grid_below(const wick_figure *f, wicki_buffer *script)
{
    if (f->grid->of.style == WICK_IMAGE || f->grid->of.style == WICK_IMAGE_CONTOURS)
        wicki_buffer_add(script, "plot '%s_grid.tsv' using 1:2:3 with image notitle", f->of.name);
    else if (f->grid->of.style == WICK_SURFACE)
        wicki_surface_below(f, script);
}

void wicki_grid_above(const wick_figure *f, wicki_buffer *script)
{
    if (f->grid->of.style == WICK_CONTOURS)
        wicki_buffer_add(script, "%s$contours using 1:2:3 with lines lw 2 lc palette notitle",
            f->first ? WICKI_PLOT_SEPARATOR : "plot ");
    else if (f->grid->of.style == WICK_IMAGE_CONTOURS)
        wicki_buffer_add(script, "%s$contours using 1:2:3 with lines lw 1.2 lc rgb 'white' notitle",
            WICKI_PLOT_SEPARATOR);
    else if (f->grid->of.style == WICK_SURFACE)
        wicki_surface_above(f, script);
}
