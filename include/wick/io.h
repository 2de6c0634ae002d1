/**
 * What a program shows of a fit: a progress line, figures, a summary of its numbers.
 *
 * Numbers are written with a decimal point in every locale, and so that reading them gives the
 * same double. Files appear whole or not at all: written to FILE.tmp, then renamed. Missing
 * directories are made. As everywhere, a _new function returns NULL after an error, and every
 * function takes NULL; objects are freed before their handle.
 */
#ifndef WICK_IO_H
#define WICK_IO_H

#include <stdio.h>

#include <wick/base.h>

WICK_BEGIN

/* --- progress -------------------------------------------------------------------------------- */

typedef struct wick_progress wick_progress;

/** Zero is the default. */
typedef struct wick_progress_options {
    FILE *stream;      /**< NULL: stderr; must outlive the progress */
    uint64_t total;    /**< steps to come; 0: unknown, then no percentage and no time left */
    const char *label; /**< what runs, up to 24 bytes are shown; NULL: "fit" */
    double interval;   /**< seconds between two drawings; 0: 0.1 */
    bool always;       /**< draw also where the stream is no terminal, one line each time */
} wick_progress_options;

/**
 * A line that tells how far a loop is, drawn over and over in its place:
 *
 *     fit  120/200  60 %  loss 17.4435  12345 it/s  0:00 left
 *
 * It is drawn on a terminal only: into a file or a pipe nothing is written, unless .always.
 *
 * @param options  copied; NULL for the defaults
 * Errors: WICK_ERR_ARGUMENT if the interval is negative or not a number.
 */
WICK_API wick_progress *wick_progress_new(wick *w, const wick_progress_options *options);

/** One step is done, with this loss. Takes no memory, and looks at the clock now and then only. */
WICK_API void wick_progress_step(wick_progress *progress, double loss);

/** Shows the last step and ends the line. */
WICK_API void wick_progress_free(wick_progress *progress);

/* --- figures --------------------------------------------------------------------------------- */

typedef struct wick_figure wick_figure;

/** Ends of an axis. Equal ends (zero) are chosen from the data, so is an end that is NAN. */
typedef struct wick_range {
    double min, max;
} wick_range;

/** Where the legend stands. */
typedef enum wick_key {
    WICK_KEY_AUTO, /**< top right if there are several series with a title, else nowhere */
    WICK_KEY_NONE,
    WICK_KEY_TOP_RIGHT,
    WICK_KEY_TOP_LEFT,
    WICK_KEY_BOTTOM_RIGHT,
    WICK_KEY_BOTTOM_LEFT,
    WICK_KEY_CENTER,
    WICK_KEY_ABOVE /**< in one row above the frame */
} wick_key;

/** Zero is the default, but for name. Texts are shown as they are: nothing in them is markup. */
typedef struct wick_figure_options {
    const char *directory; /**< NULL: the current one */
    const char *name;      /**< stem of the files: letters, digits, "_", "-" and "." */
    const char *title, *xlabel, *ylabel;
    wick_range xrange, yrange;
    double xtics, ytics; /**< from one number at the axis to the next; 0: chosen; on an axis that is
                                 not logarithmic */
    bool log_y;          /**< logarithmic, but linear after all where a value is negative or none
                                 is positive; zeros are left out */
    bool equal_axes;     /**< a unit of x is as long as one of y */
    unsigned width, height; /**< in pixels; 0: 1000 and 400, with a surface 700 and 600 */
    wick_key key;
    /** Of a surface: its third axis, and from where it is seen, in degrees above the floor and about
     * the third axis from x towards y, as matplotlib counts them. */
    const char *zlabel;
    wick_range zrange; /**< the floor, and where the surface is cut off; chosen: room for the floor
                            below it */
    double ztics;
    double elevation, azimuth; /**< from -90 to 90, and any; both 0: 30 and -60 */
} wick_figure_options;

typedef enum wick_style {
    WICK_LINES,
    WICK_POINTS,
    WICK_LINES_POINTS,
    WICK_STEPS,
    WICK_IMPULSES /**< a vertical line from zero to each point */
} wick_style;

typedef enum wick_dash { WICK_SOLID, WICK_DASHED, WICK_DOTTED, WICK_DASH_DOT } wick_dash;

typedef enum wick_marker {
    WICK_CIRCLE,
    WICK_STAR,
    WICK_CROSS,
    WICK_PLUS,
    WICK_SQUARE,
    WICK_TRIANGLE,
    WICK_DIAMOND
} wick_marker;

/** One curve or cloud of points. Zero is the default, but for y and n. */
typedef struct wick_series {
    const char *title; /**< in the legend, and at the head of the column; NULL: not in the legend */
    const double *x;   /**< n values; NULL: 0, 1, 2, ... */
    const double *y;   /**< n values; those that are not finite make a gap */
    size_t n;          /**< at least 1 */
    wick_style style;  /**< WICK_LINES */
    const char *color; /**< "#rrggbb", "#aarrggbb" (aa: transparency) or a name that gnuplot has;
                             NULL: the next of six */
    wick_dash dash;    /**< WICK_SOLID */
    double width;      /**< of lines; 0: 1.5 */
    wick_marker marker; /**< of points; WICK_CIRCLE */
    double size;        /**< of points; 0: 1 */
} wick_series;

/**
 * A figure: directory/name.tsv (the data: a table with one row of names; "NA" fills up shorter
 * columns; series with the same x share its column), name.gp (the script: `gnuplot name.gp` in
 * the directory draws it again) and name.png where gnuplot is found.
 *
 * @param options  copied, with its texts
 * Errors: WICK_ERR_NAME for a name that is missing or no plain file name; WICK_ERR_ARGUMENT for
 * an unknown key or an infinite end of an axis; WICK_ERR_IO if the directory cannot be made.
 */
WICK_API wick_figure *wick_figure_new(wick *w, const wick_figure_options *options);

/**
 * Adds a series. Later ones are drawn over earlier ones.
 *
 * @param series  copied, with its texts and values
 * Errors: WICK_ERR_ARGUMENT without values, or for a style, colour, width or size that is not
 * there; nothing is added then.
 */
WICK_API void wick_figure_add(wick_figure *figure, const wick_series *series);

typedef enum wick_grid_style {
    WICK_IMAGE,
    WICK_CONTOURS,
    WICK_SURFACE,       /**< in space, with its contours on the floor */
    WICK_IMAGE_CONTOURS /**< an image, and white contours above the series */
} wick_grid_style;

/** A function on a grid of nx times ny points, at equal distances from end to end. */
typedef struct wick_grid {
    size_t nx, ny;        /**< at least 2 */
    wick_range x, y;      /**< the first and the last point */
    const double *values; /**< rows of the same y, ny of them, of nx values each; finite */
    wick_grid_style style;
    size_t levels; /**< contours, about; 0: 8 */
} wick_grid;

/**
 * Gives the figure a function of x and y: as an image below the series, as contours above them, or
 * as a surface, with the series on the floor (lines and points only); coloured by its values. Axes
 * without ends of their own end where it does. A figure has one; its table is
 * directory/name_grid.tsv: x, y, value, with a blank line after each row.
 *
 * @param grid  copied, with its values
 * Errors: WICK_ERR_ARGUMENT for fewer than 2 points, ends that are not finite or equal, or values
 * that are not finite; WICK_ERR_STATE for a second grid, or one on a logarithmic axis.
 */
WICK_API void wick_figure_add_grid(wick_figure *figure, const wick_grid *grid);

/**
 * Writes data and script, and has gnuplot draw the picture. It may be called again, after more
 * series. No gnuplot, or one that fails, is no error: run the script by hand to see why.
 *
 * @return  whether data and script are there
 * Errors: WICK_ERR_STATE without a series or grid, or for steps or impulses below a surface;
 * WICK_ERR_IO with the path and the reason.
 */
WICK_API bool wick_figure_write(wick_figure *figure);

/** Did the last wick_figure_write make the picture? */
WICK_API bool wick_figure_rendered(const wick_figure *figure);

WICK_API void wick_figure_free(wick_figure *figure);

/** Zero is the default, but for name. */
typedef struct wick_sheet_options {
    const char *name;       /**< stem of its files, as of a figure's */
    const char *title;      /**< above all figures; an animation has none */
    size_t columns;         /**< 0: about as many as rows */
    unsigned width, height; /**< in pixels; 0: each figure has its own size */
    double delay; /**< seconds that each figure is shown, at most 655: an animation; 0: all of
                                 them beside each other */
} wick_sheet_options;

/**
 * Several figures in one picture, row by row, or as an animation: name.gp, and name.png or name.gif
 * where gnuplot is found, in the directory of the figures. It writes their tables too, but not their
 * scripts and pictures, for which there is wick_figure_write.
 *
 * @param figures  n of them, in one directory, with names of their own
 * @return         whether data and script are there
 * Errors: WICK_ERR_NAME for a name that is missing, no plain file name or that of a figure, and for
 * two figures of one name; WICK_ERR_ARGUMENT without figures, for figures of several directories or
 * of another handle, or a delay that is negative or too long; those of wick_figure_write.
 */
WICK_API bool wick_sheet_write(
    wick *w, const wick_sheet_options *options, size_t n, wick_figure *const *figures);

/* --- summary --------------------------------------------------------------------------------- */

typedef struct wick_summary wick_summary;

/**
 * The numbers of a run as one JSON object, written key by key and in this order.
 *
 * @param path  of the file that wick_summary_close writes
 * Errors: WICK_ERR_ARGUMENT without a path; WICK_ERR_IO if its directory cannot be made. Of the
 * functions that add a key: WICK_ERR_NAME if it is empty or was used before, WICK_ERR_ARGUMENT if
 * values are missing; nothing is added then.
 */
WICK_API wick_summary *wick_summary_new(wick *w, const char *path);

/** A number; NaN and infinities, which JSON does not have, become null, here and in arrays. */
WICK_API void wick_summary_number(wick_summary *summary, const char *key, double value);
WICK_API void wick_summary_integer(wick_summary *summary, const char *key, int64_t value);
WICK_API void wick_summary_count(wick_summary *summary, const char *key, uint64_t value);
WICK_API void wick_summary_bool(wick_summary *summary, const char *key, bool value);

/** UTF-8, bytes that are not become U+FFFD; NULL becomes null. */
WICK_API void wick_summary_text(wick_summary *summary, const char *key, const char *text);

WICK_API void wick_summary_array(
    wick_summary *summary, const char *key, size_t n, const double *values);

/** An array of rows; values are row-major. */
WICK_API void wick_summary_matrix(
    wick_summary *summary, const char *key, size_t rows, size_t columns, const double *values);

/**
 * Writes the file and frees the summary, in any case.
 *
 * @return  whether the file is there; false, and nothing is written, if the handle has an error
 * Errors: WICK_ERR_IO with the path and the reason.
 */
WICK_API bool wick_summary_close(wick_summary *summary);

WICK_END

#endif
