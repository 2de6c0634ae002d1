/* The gnuplot script of a figure, with matplotlib's colours. */
#include "io/figure.h"

#include <math.h>
#include <string.h>

#include "io/number.h"

static const char *const COLORS[] = { "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd",
    "#8c564b" };
static const char *const STYLES[] = { "lines", "points", "linespoints", "steps", "impulses" };
static const char *const DASHES[] = { "solid", "(16, 10)", "(3, 6)", "(16, 6, 3, 6)" };
static const char *const MARKERS[] = { "7", "star", "2", "1", "5", "9", "13" };
static const char *const KEYS[] = { "top right", "off", "top right", "top left", "bottom right",
    "bottom left", "center center", "above horizontal nobox" };

enum { N_COLORS = sizeof COLORS / sizeof *COLORS, MAX_TICS = 10 };
_Static_assert(sizeof STYLES / sizeof *STYLES == WICK_IMPULSES + 1, "one name for each style");
_Static_assert(sizeof DASHES / sizeof *DASHES == WICK_DASH_DOT + 1, "one pattern for each dash");
_Static_assert(sizeof MARKERS / sizeof *MARKERS == WICK_DIAMOND + 1, "one type for each marker");
_Static_assert(sizeof KEYS / sizeof *KEYS == WICK_KEY_ABOVE + 1, "one place for each key");

/* Room beside the data, as a fraction of what they span. */
static const double MARGIN = 0.05;

/* gnuplot labels powers of ten only; below this ratio of the ends there would be too few. */
static const double FEW_DECADES = 30.0;

/* Below this ratio equal steps make good tics also on a logarithmic axis. */
static const double NEARLY_LINEAR = 4.0;

/* In points: a star is a letter, where the terminal has it. */
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

/* --- axes ------------------------------------------------------------------------------------ */

/* What the data span where they can be seen. */
typedef struct span {
    double min, max;
    double min_positive;
} span;

static bool is_automatic(wick_range r)
{
    return r.min == r.max || (isnan(r.min) && isnan(r.max));
}

/* An end that is NAN bounds nothing. */
static bool is_inside(wick_range r, double x)
{
    return is_automatic(r) || !(x < r.min || x > r.max);
}

static span span_of(const wick_figure *f)
{
    span s = { INFINITY, -INFINITY, INFINITY };

    for (const wicki_series *series = f->first; series; series = series->next) {
        for (size_t i = 0; i < series->of.n; i++) {
            const double x = series->of.x[i], y = series->of.y[i];
            if (!isfinite(x) || !isfinite(y) || !is_inside(f->of.xrange, x))
                continue;
            s.min = fmin(s.min, y);
            s.max = fmax(s.max, y);
            if (y > 0.0)
                s.min_positive = fmin(s.min_positive, y);
        }
        if (series->of.style == WICK_IMPULSES && s.min <= s.max) {
            s.min = fmin(s.min, 0.0);
            s.max = fmax(s.max, 0.0);
        }
    }
    return s;
}

static bool is_logarithmic(const wick_figure *f, span s)
{
    return f->of.log_y && s.min >= 0.0 && isfinite(s.min_positive);
}

/* Data that are flat but for rounding get `least` of room instead of a margin. */
static wick_range widen(double min, double max, double least)
{
    const double room = max - min > 1e-9 * least ? MARGIN * (max - min) : least;

    return (wick_range){ min - room, max + room };
}

static wick_range y_range(const wick_figure *f, span s, bool logarithmic)
{
    const wick_range given = f->of.yrange;
    wick_range r = { 0.0, 1.0 };

    if (logarithmic) {
        r = widen(log10(s.min_positive), log10(s.max), 0.1);
        r = (wick_range){ pow(10.0, r.min), pow(10.0, r.max) };
    } else if (s.min <= s.max) {
        r = widen(s.min, s.max, s.min == 0.0 ? 1.0 : 0.1 * fabs(s.min));
    }
    if (is_automatic(given))
        return r;
    if (!isnan(given.min) && !(logarithmic && given.min <= 0.0))
        r.min = given.min;
    if (!isnan(given.max) && !(logarithmic && given.max <= 0.0))
        r.max = given.max;
    return r;
}

static void add_end(wicki_buffer *script, double x)
{
    if (isnan(x))
        wicki_buffer_add(script, "*");
    else
        wicki_buffer_number(script, x);
}

static void add_range(wicki_buffer *script, const char *axis, wick_range r)
{
    wicki_buffer_add(script, "set %s [", axis);
    add_end(script, r.min);
    wicki_buffer_add(script, ":");
    add_end(script, r.max);
    wicki_buffer_add(script, "]\n");
}

/* A number that is short in decimal: mantissa times ten to the power of exponent. */
typedef struct round_number {
    double mantissa;
    int exponent;
} round_number;

/* Dividing by an exact power of ten, unlike multiplying by 0.1, gives the double nearest to it. */
static double value_of(round_number r)
{
    return r.exponent < 0 ? r.mantissa / pow(10.0, -r.exponent)
                          : r.mantissa * pow(10.0, r.exponent);
}

/* 1, 2 or 5 times a power of ten, so that it goes into the width 3 to 8 times. */
static round_number nice_step(double width)
{
    const double third = width / 3.0;
    const int exponent = (int)floor(log10(third));
    const double leading = third / pow(10.0, exponent);

    return (round_number){ leading >= 5.0 ? 5.0 : leading >= 2.0 ? 2.0 : 1.0, exponent };
}

static void add_tic(wicki_buffer *script, wick_range r, round_number at, size_t *n)
{
    char label[WICKI_NUMBER_SIZE];
    const double x = value_of(at);

    if (x < r.min || x > r.max)
        return;
    wicki_number_text(label, x);
    wicki_buffer_add(script, "%s'%s' %s", (*n)++ ? ", " : "", label, label);
}

static void add_linear_tics(wicki_buffer *script, wick_range r)
{
    const round_number step = nice_step(r.max - r.min);
    const double first = ceil(r.min / value_of(step)), last = floor(r.max / value_of(step));
    size_t n = 0;

    for (int k = 0; k < MAX_TICS && first + k <= last; k++)
        add_tic(script, r, (round_number){ (first + k) * step.mantissa, step.exponent }, &n);
}

static void add_decade_tics(wicki_buffer *script, wick_range r)
{
    static const double MANTISSAS[] = { 1.0, 2.0, 3.0, 5.0 };
    const int last = (int)floor(log10(r.max));
    size_t n = 0;

    for (int exponent = (int)floor(log10(r.min)); exponent <= last; exponent++)
        for (size_t i = 0; i < sizeof MANTISSAS / sizeof *MANTISSAS; i++)
            add_tic(script, r, (round_number){ MANTISSAS[i], exponent }, &n);
}

static void add_log_tics(wicki_buffer *script, wick_range r)
{
    const double ratio = r.max / r.min;

    if (!(ratio > 1.0) || ratio >= FEW_DECADES) {
        wicki_buffer_add(script, "set format y '10^{%%L}'\n");
        return;
    }
    wicki_buffer_add(script, "set ytics (");
    if (ratio < NEARLY_LINEAR)
        add_linear_tics(script, r);
    else
        add_decade_tics(script, r);
    wicki_buffer_add(script, ")\n");
}

static void add_axes(const wick_figure *f, wicki_buffer *script, bool logarithmic, span s)
{
    const wick_range y = y_range(f, s, logarithmic);

    if (!is_automatic(f->of.xrange))
        add_range(script, "xrange", f->of.xrange);
    else if (s.min > s.max)
        add_range(script, "xrange", (wick_range){ 0.0, 1.0 });
    add_range(script, "yrange", y);
    if (!logarithmic)
        return;
    wicki_buffer_add(script, "set logscale y\n");
    add_log_tics(script, y);
}

/* --- labels, legend, curves ------------------------------------------------------------------ */

static void add_preamble(const wick_figure *f, wicki_buffer *script)
{
    const unsigned width = f->of.width ? f->of.width : 1000;
    const unsigned height = f->of.height ? f->of.height : 400;

    wicki_buffer_add(script, "# Draws %s.png: gnuplot %s.gp\n", f->of.name, f->of.name);
    wicki_buffer_add(script, "reset\n");
    wicki_buffer_add(script,
        "if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {\n"
        "    set terminal pngcairo size %u, %u enhanced font 'DejaVu Sans,11' "
        "background rgb 'white'\n"
        "    star = '\xe2\x98\x85'\n"
        "} else {\n"
        "    set terminal png size %u, %u enhanced truecolor\n"
        "    star = '*'\n"
        "}\n"
        "set encoding utf8\n"
        "set datafile separator tab\n"
        "set datafile missing 'NA'\n"
        "set border 15 lw 1 lc rgb '#333333'\n"
        "set tics nomirror out scale 0.6 textcolor rgb '#333333'\n"
        "set grid lt 1 lw 1 lc rgb '#eeeeee'\n",
        width, height, width, height);
    wicki_buffer_add(script, "set output '%s.png'\n", f->of.name);
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
        wicki_buffer_add(script, " font ',%.0f'", STAR_SIZE * size);
}

/* Between two parts of a plot. */
#define SEPARATOR ", \\\n     "

static bool has_image(const wick_figure *f)
{
    return f->grid && f->grid->of.style == WICK_IMAGE;
}

static void add_series(const wick_figure *f, wicki_buffer *script, const wicki_series *s,
    const char *color, bool logarithmic)
{
    const size_t x = s->x_column, y = s->y_column;

    if (s == f->first)
        wicki_buffer_add(script, "%s'%s.tsv'", has_image(f) ? SEPARATOR : "plot ", f->of.name);
    else
        wicki_buffer_add(script, SEPARATOR "''");
    if (logarithmic)
        wicki_buffer_add(script, " skip 1 using %zu:($%zu > 0 ? $%zu : NaN)", x, y, y);
    else
        wicki_buffer_add(script, " skip 1 using %zu:%zu", x, y);
    add_look(script, &s->of, color);
    if (is_titled(s)) {
        wicki_buffer_add(script, " title ");
        wicki_quote(script, s->of.title);
    } else {
        wicki_buffer_add(script, " notitle");
    }
}

void wicki_figure_script(const wick_figure *f, wicki_buffer *script)
{
    const span s = span_of(f);
    const bool logarithmic = is_logarithmic(f, s);
    size_t n = 0;

    add_preamble(f, script);
    add_label(script, "title", f->of.title, " font ',12'");
    add_label(script, "xlabel", f->of.xlabel, "");
    add_label(script, "ylabel", f->of.ylabel, "");
    add_axes(f, script, logarithmic, s);
    add_key(f, script);
    if (f->of.equal_axes)
        wicki_buffer_add(script, "set size ratio -1\n");
    if (f->grid)
        wicki_grid_prepare(f, script);
    if (has_image(f))
        wicki_grid_below(f, script);
    for (const wicki_series *series = f->first; series; series = series->next)
        add_series(f, script, series, series->of.color ? series->of.color : COLORS[n++ % N_COLORS],
            logarithmic);
    if (f->grid && !has_image(f))
        wicki_grid_above(f, script);
    wicki_buffer_add(script, "\n");
}
