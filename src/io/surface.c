/* A function of x and y as a surface in space, with its contours on the floor. */
#include "io/figure.h"

#include <math.h>

/* Room below and above the surface, as fractions of what it spans. */
static const double BELOW = 0.75, ABOVE = 0.05;

/* As matplotlib looks at it. */
static const double ELEVATION = 30.0, AZIMUTH = -60.0;

bool wicki_is_surface(const wick_figure *f)
{
    return f->grid && f->grid->of.style == WICK_SURFACE;
}

static wick_range values_of(const wick_grid *g)
{
    wick_range r = { g->values[0], g->values[0] };

    for (size_t i = 1; i < g->nx * g->ny; i++) {
        r.min = fmin(r.min, g->values[i]);
        r.max = fmax(r.max, g->values[i]);
    }
    return r;
}

wick_range wicki_surface_range(const wick_figure *f)
{
    const wick_range given = f->of.zrange, values = values_of(&f->grid->of);
    const double span = values.max - values.min;
    const double size = span > 0.0 ? span : values.max != 0.0 ? fabs(values.max) : 1.0;
    wick_range r = { values.min - BELOW * size, values.max + ABOVE * size };

    if (given.min == given.max)
        return r;
    if (!isnan(given.min))
        r.min = given.min;
    if (!isnan(given.max))
        r.max = given.max;
    return r;
}

/* gnuplot turns the box: by 90 - elevation about x, then by 90 + azimuth about z. */
static void add_view(const wick_figure *f, wicki_buffer *script)
{
    const bool given = f->of.elevation != 0.0 || f->of.azimuth != 0.0;
    const double about_x = 90.0 - (given ? f->of.elevation : ELEVATION);
    const double about_z = fmod(90.0 + (given ? f->of.azimuth : AZIMUTH), 360.0);

    wicki_buffer_add(script, "set view ");
    wicki_buffer_number(script, about_x);
    wicki_buffer_add(script, ", ");
    wicki_buffer_number(script, about_z < 0.0 ? about_z + 360.0 : about_z);
    wicki_buffer_add(script, ", 1.05\n");
}

/* At equal steps between the ends, not at round numbers: those depend on the floor. */
static void add_contours(const wick_figure *f, wicki_buffer *script, wick_range values)
{
    const double n = (double)wicki_grid_levels(f), step = (values.max - values.min) / (n + 1.0);

    wicki_buffer_add(script, "set contour base\nset cntrparam levels incremental ");
    wicki_buffer_number(script, values.min + step);
    wicki_buffer_add(script, ", ");
    wicki_buffer_number(script, step);
    wicki_buffer_add(script, ", ");
    wicki_buffer_number(script, values.min + (n + 0.5) * step);
    wicki_buffer_add(script, "\n");
}

/* The colours are those of the values alone, not of the room around them. Border: the floor, and the
 * edges at the back. */
void wicki_surface_prepare(const wick_figure *f, wicki_buffer *script)
{
    const wick_range z = wicki_surface_range(f), values = values_of(&f->grid->of);

    wicki_script_range(script, "zrange", z);
    if (values.min < values.max) {
        wicki_script_range(script, "cbrange", values);
        add_contours(f, script, values);
    }
    wicki_buffer_add(script, "set xyplane at ");
    wicki_buffer_number(script, z.min);
    wicki_buffer_add(script, "\nset border 895\nunset colorbox\nset pm3d depthorder\n");
    add_view(f, script);
}

/* The contours alone: they are part of a plot whose surface is not drawn. */
void wicki_surface_below(const wick_figure *f, wicki_buffer *script)
{
    wicki_buffer_add(script,
        "splot '%s_grid.tsv' using 1:2:3 with lines lw 2 lc palette nosurface notitle", f->of.name);
}

void wicki_surface_above(const wick_figure *f, wicki_buffer *script)
{
    wicki_buffer_add(script,
        WICKI_PLOT_SEPARATOR "'%s_grid.tsv' using 1:2:3 with pm3d nocontour notitle", f->of.name);
}
