/* Several figures in one picture: beside each other, or one after the other. */
#include <math.h>
#include <string.h>

#include "io/figure.h"

typedef struct sheet {
    const wick_sheet_options *of;
    size_t n, columns;
    wick_figure *const *figures;
} sheet;

/* GIF counts hundredths of a second, in 16 bits. */
static const double LONGEST_DELAY = 655.0;

/* --- mistakes -------------------------------------------------------------------------------- */

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool check_options(wick *w, const wick_sheet_options *o, size_t n)
{
    if (!wicki_check_figure_name(w, "wick_sheet_write", o ? o->name : NULL))
        return false;
    if (n == 0)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_sheet_write: the sheet %s has no figure", o->name);
    else if (!(o->delay >= 0.0 && o->delay <= LONGEST_DELAY))
        wick_fail(w, WICK_ERR_ARGUMENT,
            "wick_sheet_write: the delay of %s is %g, need seconds, at most %g", o->name, o->delay,
            LONGEST_DELAY);
    return wicki_ok(w);
}

static bool check_pair(wick *w, const wick_figure *a, const wick_figure *b)
{
    if (!same(a->of.directory, b->of.directory))
        wick_fail(w, WICK_ERR_ARGUMENT,
            "wick_sheet_write: the figures are in %s and %s, need one directory", a->of.directory,
            b->of.directory);
    else if (a != b && same(a->of.name, b->of.name))
        wick_fail(w, WICK_ERR_NAME,
            "wick_sheet_write: two figures are named %s, which is the name of their tables",
            a->of.name);
    return wicki_ok(w);
}

static bool check_figures(wick *w, const sheet *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const wick_figure *f = s->figures ? s->figures[i] : NULL;
        if (!f || f->w != w)
            wick_fail(w, WICK_ERR_ARGUMENT,
                "wick_sheet_write: figure %zu is missing or of another handle", i);
        else if (same(f->of.name, s->of->name))
            wick_fail(w, WICK_ERR_NAME, "wick_sheet_write: the sheet has the name %s of a figure",
                f->of.name);
        for (size_t j = 0; wicki_ok(w) && j < i; j++)
            check_pair(w, s->figures[j], f);
        if (!wicki_ok(w))
            return false;
    }
    return true;
}

/* --- the script ------------------------------------------------------------------------------ */

static bool is_animated(const sheet *s)
{
    return s->of->delay > 0.0;
}

static size_t columns_of(const wick_sheet_options *o, size_t n)
{
    const size_t columns = o->columns ? o->columns : (size_t)ceil(sqrt((double)n));

    return columns < n ? columns : n;
}

static size_t rows_of(const sheet *s)
{
    return (s->n + s->columns - 1) / s->columns;
}

static unsigned width_of(const sheet *s)
{
    unsigned width = 0;

    for (size_t i = 0; i < s->n; i++)
        if (width < wicki_figure_width(s->figures[i]))
            width = wicki_figure_width(s->figures[i]);
    return s->of->width ? s->of->width : is_animated(s) ? width : width * (unsigned)s->columns;
}

static unsigned height_of(const sheet *s)
{
    unsigned height = 0;

    for (size_t i = 0; i < s->n; i++)
        if (height < wicki_figure_height(s->figures[i]))
            height = wicki_figure_height(s->figures[i]);
    return s->of->height ? s->of->height : is_animated(s) ? height : height * (unsigned)rows_of(s);
}

static void add_animation(const sheet *s, wicki_buffer *script)
{
    const char *name = s->of->name;

    wicki_buffer_add(script,
        "# Draws %s.gif: gnuplot %s.gp\n"
        "set terminal gif animate delay %.0f loop 0 size %u, %u enhanced font 'DejaVu Sans,10'\n"
        "star = '*'\n"
        "set output '%s.gif'\n",
        name, name, fmax(1.0, 100.0 * s->of->delay), width_of(s), height_of(s), name);
}

static void add_layout(const sheet *s, wicki_buffer *script)
{
    wicki_script_terminal(script, s->of->name, width_of(s), height_of(s));
    wicki_buffer_add(script, "set multiplot layout %zu, %zu", rows_of(s), s->columns);
    if (s->of->title && *s->of->title) {
        wicki_buffer_add(script, " title ");
        wicki_quote(script, s->of->title);
        wicki_buffer_add(script, " noenhanced font ',13'");
    }
    wicki_buffer_add(script, "\n");
}

static void make_script(const void *from, wicki_buffer *script)
{
    const sheet *s = from;

    if (is_animated(s))
        add_animation(s, script);
    else
        add_layout(s, script);
    for (size_t i = 0; i < s->n; i++) {
        wicki_buffer_add(script, "\n");
        wicki_figure_body(s->figures[i], script);
    }
    wicki_buffer_add(script, is_animated(s) ? "\nset output\n" : "\nunset multiplot\n");
}

bool wick_sheet_write(
    wick *w, const wick_sheet_options *options, size_t n, wick_figure *const *figures)
{
    if (!wicki_ok(w) || !check_options(w, options, n))
        return false;
    const sheet s = { options, n, columns_of(options, n), figures };
    if (!check_figures(w, &s))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!wicki_figure_write_data(figures[i]))
            return false;
    const char *directory = figures[0]->of.directory;
    wicki_write_part(w, directory, options->name, ".gp", make_script, &s);
    if (wicki_ok(w))
        wicki_render(w, directory, options->name, is_animated(&s) ? ".gif" : ".png");
    return wicki_ok(w);
}
