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

/** The gnuplot script. */
void wicki_figure_script(const wick_figure *figure, wicki_buffer *script);

/** The grid as a table, and the parts of the script for it: before the plot, below and above its
 * series. `first` tells whether nothing is plotted yet. */
void wicki_grid_table(const wick_figure *figure, wicki_buffer *table);
void wicki_grid_prepare(const wick_figure *figure, wicki_buffer *script);
void wicki_grid_below(const wick_figure *figure, wicki_buffer *script);
void wicki_grid_above(const wick_figure *figure, wicki_buffer *script);

/** Is it a colour: "#", then 6 or 8 hexadecimal digits, or a name of letters, digits, hyphens? */
bool wicki_is_color(const char *color);

/** A text as a string of gnuplot, in which nothing is special; control characters become blanks. */
void wicki_quote(wicki_buffer *script, const char *text);

/** Has gnuplot run the script in the figure's directory; is the picture there? */
bool wicki_figure_render(const wick_figure *figure);

#endif
