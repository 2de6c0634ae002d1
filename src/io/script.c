/* The gnuplot script of a figure, with matplotlib's colours: the curves, the legend, and the whole. */
#include "io/figure.h"

#include <string.h>

static const char *const COLORS[] = { "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd",
    "#8c564b" };
static const char *const STYLES[] = { "lines", "points", "linespoints", "steps", "impulses" };
static const char *const DASHES[] = { "solid", "(16, 10)", "(3, 6)", "(16, 6, 3, 6)" };
static const char *const MARKERS[] = { "7", "star", "2", "1", "5", "9", "13" };
static const char *const KEYS[] = { "top right", "off", "top right", "top left", "bottom right",
    "bottom left", "center center", "above horizontal nobox" };

enum { N_COLORS = sizeof COLORS / sizeof *COLORS };
_Static_assert(sizeof STYLES / sizeof *STYLES == WICK_IMPULSES + 1, "one name for each style");
_Static_assert(sizeof DASHES / sizeof *DASHES == WICK_DASH_DOT + 1, "one pattern for each dash");
_Static_assert(sizeof MARKERS / sizeof *MARKERS == WICK_DIAMOND + 1, "one type for each marker");
_Static_assert(sizeof KEYS / sizeof *KEYS == WICK_KEY_ABOVE + 1, "one place for each key");

/* In points: a star is a letter, where the terminal has it, and of a letter's colour (tc) in space. */
static const double STAR_SIZE = 13.0;

static const double DEFAULT_WIDTH = 1.8;

bool wicki_is_color(const char *color)
{
    static const char NAME[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

    if (*color != '#')
        return *color && color[strspn(color, NAME)] == '\0';
    const size_t n = strspn(color + 1, "0123456789abcdefABCDEF");
    return color[n + 1] == '\0' && (n == 6 || n == 8);
}

void wicki_quote(wicki_buffer *script, const char *text)
{
    wicki_buffer_bytes(script, "'", 1);
    for (; *text; text++)
        if (*text == '\'')
            wicki_buffer_bytes(script, "''", 2);
        else if ((unsigned char)*text < 0x20 || *text == 0x7f)
            wicki_buffer_bytes(script, " ", 1);
        else
            wicki_buffer_bytes(script, text, 1);
    wicki_buffer_bytes(script, "'", 1);
}

/* --- labels, legend, curves ------------------------------------------------------------------ */

void wicki_script_terminal(wicki_buffer *script, const char *name, unsigned width, unsigned height)
{
    wicki_buffer_add(script,
        "# Draws %s.png: gnuplot %s.gp\n"
        "if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {\n"
        "    set terminal pngcairo size %u, %u enhanced font 'DejaVu Sans,11' "
        "background rgb 'white'\n"
        "    star = '\xe2\x98\x85'\n"
        "} else {\n"
        "    set terminal png size %u, %u enhanced truecolor\n"
        "    star = '*'\n"
        "}\n"
        "set output '%s.png'\n",
        name, name, width, height, width, height, name);
}

static void add_common(wicki_buffer *script)
{
    wicki_buffer_add(script,
        "reset\n"
        "set encoding utf8\n"
        "set datafile separator tab\n"
        "set datafile missing 'NA'\n"
        "set border 15 lw 1 lc rgb '#333333'\n"
        "set tics nomirror out scale 0.6 textcolor rgb '#333333'\n"
        "set grid lt 1 lw 1 lc rgb '#eeeeee'\n");
}

static void add_label(wicki_buffer *script, const char *what, const char *text, const char *look)
{
    if (!text || !*text)
        return;
    wicki_buffer_add(script, "set %s ", what);
    wicki_quote(script, text);
    wicki_buffer_add(script, " noenhanced%s\n", look);
}

static bool is_titled(const wicki_series *s)
{
    return s->of.title && *s->of.title;
}

static void add_key(const wick_figure *f, wicki_buffer *script)
{
    size_t titled = 0;

    for (const wicki_series *s = f->first; s; s = s->next)
        titled += is_titled(s);
    if (titled == 0 || f->of.key == WICK_KEY_NONE || (f->of.key == WICK_KEY_AUTO && titled < 2))
        wicki_buffer_add(script, "unset key\n");
    else
        wicki_buffer_add(script,
            "set key opaque box lw 0.5 lc rgb '#cccccc' Left reverse samplen 2.5 spacing 1.15 "
            "width 1 height 0.3 noenhanced %s\n",
            KEYS[f->of.key]);
}

static void add_look(wicki_buffer *script, const wick_series *s, const char *color)
{
    const double size = s->size > 0.0 ? s->size : 1.0;

    wicki_buffer_add(script, " with %s lc rgb '%s' lw ", STYLES[s->style], color);
    wicki_buffer_number(script, s->width > 0.0 ? s->width : DEFAULT_WIDTH);
    if (s->style != WICK_POINTS)
        wicki_buffer_add(script, " dt %s", DASHES[s->dash]);
    if (s->style != WICK_POINTS && s->style != WICK_LINES_POINTS)
        return;
    wicki_buffer_add(script, " pt %s ps ", MARKERS[s->marker]);
    wicki_buffer_number(script, size);
    if (s->marker == WICK_STAR)
        wicki_buffer_add(script, " font ',%.0f' tc rgb '%s'", STAR_SIZE * size, color);
}

/* Under a surface a series lies on the floor. */
static void add_columns(
    const wick_figure *f, wicki_buffer *script, const wicki_series *s, bool logarithmic)
{
    const size_t x = s->x_column, y = s->y_column;

    if (logarithmic)
        wicki_buffer_add(script, " skip 1 using %zu:($%zu > 0 ? $%zu : NaN)", x, y, y);
    else
        wicki_buffer_add(script, " skip 1 using %zu:%zu", x, y);
    if (wicki_is_surface(f)) {
        wicki_buffer_add(script, ":(");
        wicki_buffer_number(script, wicki_surface_range(f).min);
        wicki_buffer_add(script, ")");
    }
}

static void add_series(const wick_figure *f, wicki_buffer *script, const wicki_series *s,
    const char *color, bool logarithmic)
{
    const bool below = f->grid && f->grid->of.style != WICK_CONTOURS;

    if (s == f->first)
        wicki_buffer_add(script, "%s'%s.tsv'", below ? WICKI_PLOT_SEPARATOR : "plot ", f->of.name);
    else
        wicki_buffer_add(script, WICKI_PLOT_SEPARATOR "''");
    add_columns(f, script, s, logarithmic);
    add_look(script, &s->of, color);
    if (wicki_is_surface(f))
        wicki_buffer_add(script, " nocontour");
    if (is_titled(s)) {
        wicki_buffer_add(script, " title ");
        wicki_quote(script, s->of.title);
    } else {
        wicki_buffer_add(script, " notitle");
    }
}

static void add_plot(const wick_figure *f, wicki_buffer *script, bool logarithmic)
{
    size_t n = 0;

    if (f->grid)
        wicki_grid_below(f, script);
    for (const wicki_series *s = f->first; s; s = s->next)
        add_series(f, script, s, s->of.color ? s->of.color : COLORS[n++ % N_COLORS], logarithmic);
    if (f->grid)
        wicki_grid_above(f, script);
    wicki_buffer_add(script, "\n");
}

void wicki_figure_body(const wick_figure *f, wicki_buffer *script)
{
    add_common(script);
    add_label(script, "title", f->of.title, " font ',12'");
    add_label(script, "xlabel", f->of.xlabel, "");
    add_label(script, "ylabel", f->of.ylabel, "");
    add_label(script, "zlabel", f->of.zlabel, " rotate by 90");
    const bool logarithmic = wicki_figure_axes(f, script);
    add_key(f, script);
    if (f->of.equal_axes)
        wicki_buffer_add(
            script, wicki_is_surface(f) ? "set view equal xy\n" : "set size ratio -1\n");
    if (f->grid)
        wicki_grid_prepare(f, script);
    add_plot(f, script, logarithmic);
}

void wicki_figure_script(const wick_figure *f, wicki_buffer *script)
{
    wicki_script_terminal(script, f->of.name, wicki_figure_width(f), wicki_figure_height(f));
    wicki_figure_body(f, script);
}
