/**
 * What a figure is made of, and the parts that write it.
 */
#ifndef WICKI_IO_FIGURE_H
#define WICKI_IO_FIGURE_H

#include <wick/io.h>

#include "io/buffer.h"

/** A copy of a series in one piece of memory; its pointers lead into it. */
typedef struct wicki_series {
    wick_series of;
    struct wicki_series *next;
    size_t x_column, y_column; /**< in the table, from 1 */
    double xy[];
} wicki_series;

/** A copy of a grid and its values. */
typedef struct wicki_grid {
    wick_grid of;
    double values[];
} wicki_grid;

struct wick_figure {
    wick *w;
    wick_figure_options of; /**< texts are copies; directory is not NULL */
    wicki_series *first, *last;
    wicki_grid *grid; /**< or NULL */
    size_t n_columns;
    bool rendered;
};

/** The data as a table: a row of names, then TAB-separated columns. */
void wicki_figure_table(const wick_figure *figure, wicki_buffer *table);

/** In pixels, with the defaults. */
unsigned wicki_figure_width(const wick_figure *figure);
unsigned wicki_figure_height(const wick_figure *figure);

/** Writes the tables, and nothing else. False after an error. */
bool wicki_figure_write_data(const wick_figure *figure);

/** Writes directory/name + ending. */
typedef void wicki_part(const void *from, wicki_buffer *text);
void wicki_write_part(wick *w, const char *directory, const char *name, const char *ending,
    wicki_part *make, const void *from);

/** Is it a plain file name? Fails with WICK_ERR_NAME if not. */
bool wicki_check_figure_name(wick *w, const char *function, const char *name);

/* --- the script ------------------------------------------------------------------------------ */

/** Between two parts of a plot. */
#define WICKI_PLOT_SEPARATOR ", \\\n     "

/** The gnuplot script. */
void wicki_figure_script(const wick_figure *figure, wicki_buffer *script);

/** All of it but the terminal and the file. It takes back what a figure before it has set. */
void wicki_figure_body(const wick_figure *figure, wicki_buffer *script);

/** The beginning: how to draw it by hand, the terminal, the file. */
void wicki_script_terminal(wicki_buffer *script, const char *name, unsigned width, unsigned height);

void wicki_script_range(wicki_buffer *script, const char *axis, wick_range range);

/** Ends and tics of the axes; true if y is logarithmic. */
bool wicki_figure_axes(const wick_figure *figure, wicki_buffer *script);

/** The grid as a table, and the parts of the script for it: before the plot, below and above its
 * series. `first` tells whether nothing is plotted yet. */
void wicki_grid_table(const wick_figure *figure, wicki_buffer *table);
size_t wicki_grid_levels(const wick_figure *figure);
void wicki_grid_prepare(const wick_figure *figure, wicki_buffer *script);
void wicki_grid_below(const wick_figure *figure, wicki_buffer *script);
void wicki_grid_above(const wick_figure *figure, wicki_buffer *script);

/** The same of a surface, whose series lie on the floor; its floor and ceiling. */
bool wicki_is_surface(const wick_figure *figure);
wick_range wicki_surface_range(const wick_figure *figure);
void wicki_surface_prepare(const wick_figure *figure, wicki_buffer *script);
void wicki_surface_below(const wick_figure *figure, wicki_buffer *script);
void wicki_surface_above(const wick_figure *figure, wicki_buffer *script);

/** Is it a colour: "#", then 6 or 8 hexadecimal digits, or a name of letters, digits, hyphens? */
bool wicki_is_color(const char *color);

/** A text as a string of gnuplot, in which nothing is special; control characters become blanks. */
void wicki_quote(wicki_buffer *script, const char *text);

/** Has gnuplot run name.gp in the directory; is the picture, name + ending, there? */
bool wicki_render(wick *w, const char *directory, const char *name, const char *ending);

#endif
