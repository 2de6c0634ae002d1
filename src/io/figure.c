#include "io/figure.h"

#include <math.h>
#include <string.h>

#include "io/file.h"

/* --- options --------------------------------------------------------------------------------- */

static bool is_file_name(const char *name)
{
    static const char ALLOWED[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

    return *name && *name != '-' && *name != '.' && name[strspn(name, ALLOWED)] == '\0';
}

bool wicki_check_figure_name(wick *w, const char *function, const char *name)
{
    if (!name)
        wick_fail(w, WICK_ERR_NAME, "%s: no name, need the stem of its files", function);
    else if (!is_file_name(name))
        wick_fail(w, WICK_ERR_NAME,
            "%s: the name is \"%s\", need letters, digits, \"_\", \"-\" and \".\", with a "
            "letter, a digit or \"_\" first",
            function, name);
    return wicki_ok(w);
}

static bool has_infinite_end(const wick_figure_options *o)
{
    return isinf(o->xrange.min) || isinf(o->xrange.max) || isinf(o->yrange.min) ||
        isinf(o->yrange.max) || isinf(o->zrange.min) || isinf(o->zrange.max);
}

static bool is_step(double step)
{
    return step >= 0.0 && isfinite(step);
}

static const char *problem_of(const wick_figure_options *o)
{
    if (has_infinite_end(o))
        return "an axis with an infinite end, need a number, or NAN for any";
    if (!is_step(o->xtics) || !is_step(o->ytics) || !is_step(o->ztics))
        return "tics at a distance that is negative or not finite, need a number, or 0 for any";
    if (!(fabs(o->elevation) <= 90.0) || !isfinite(o->azimuth))
        return "no view, need degrees, the elevation between -90 and 90";
    return NULL;
}

static bool check_options(wick *w, const wick_figure_options *o)
{
    if (!wicki_check_figure_name(w, "wick_figure_new", o ? o->name : NULL))
        return false;
    const char *problem = problem_of(o);
    if ((unsigned)o->key > WICK_KEY_ABOVE)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_figure_new: key is %d, need a wick_key", (int)o->key);
    else if (problem)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_figure_new: the figure %s has %s", o->name, problem);
    return wicki_ok(w);
}

static void copy_texts(wick_figure *f)
{
    const wick_figure_options o = f->of;

    f->of.directory = wicki_copy_text(f->w, o.directory && *o.directory ? o.directory : ".");
    f->of.name = wicki_copy_text(f->w, o.name);
    f->of.title = wicki_copy_text(f->w, o.title);
    f->of.xlabel = wicki_copy_text(f->w, o.xlabel);
    f->of.ylabel = wicki_copy_text(f->w, o.ylabel);
    f->of.zlabel = wicki_copy_text(f->w, o.zlabel);
}

static void release_text(wick *w, const char *text)
{
    wicki_release(w, (void *)(uintptr_t)text);
}

wick_figure *wick_figure_new(wick *w, const wick_figure_options *options)
{
    if (!wicki_ok(w) || !check_options(w, options))
        return NULL;
    wick_figure *f = wicki_allocate(w, sizeof *f);
    if (!f)
        return NULL;
    *f = (wick_figure){ .w = w, .of = *options };
    copy_texts(f);
    if (wicki_ok(w) &&
        wicki_make_directory(w, "wick_figure_new", f->of.directory, strlen(f->of.directory)))
        return f;
    wick_figure_free(f);
    return NULL;
}

void wick_figure_free(wick_figure *f)
{
    if (!f)
        return;
    for (wicki_series *s = f->first, *next; s; s = next) {
        next = s->next;
        wicki_release(f->w, s);
    }
    wicki_release(f->w, f->grid);
    release_text(f->w, f->of.directory);
    release_text(f->w, f->of.name);
    release_text(f->w, f->of.title);
    release_text(f->w, f->of.xlabel);
    release_text(f->w, f->of.ylabel);
    release_text(f->w, f->of.zlabel);
    wicki_release(f->w, f);
}

/* --- series ---------------------------------------------------------------------------------- */

static bool check_series(wick *w, const wick_series *s)
{
    const char *problem = NULL;

    if (!s || !s->y || s->n == 0)
        problem = "no values";
    else if ((unsigned)s->style > WICK_IMPULSES)
        problem = "an unknown style";
    else if ((unsigned)s->dash > WICK_DASH_DOT)
        problem = "an unknown dash";
    else if ((unsigned)s->marker > WICK_DIAMOND)
        problem = "an unknown marker";
    else if (s->color && !wicki_is_color(s->color))
        problem = "a color that is neither #rrggbb, #aarrggbb nor a name";
    else if (!(s->width >= 0.0 && isfinite(s->width)) || !(s->size >= 0.0 && isfinite(s->size)))
        problem = "a width or size that is negative or not finite";
    if (problem)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_figure_add: series \"%s\" has %s",
            s && s->title ? s->title : "", problem);
    return !problem;
}

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *copy_to(char *to, const char *text)
{
    return text ? memcpy(to, text, strlen(text) + 1) : NULL;
}

static wicki_series *copy_series(wick *w, const wick_series *given)
{
    const size_t n = given->n, texts = text_size(given->title) + text_size(given->color);

    if (n > (SIZE_MAX - sizeof(wicki_series) - texts) / (2 * sizeof(double))) {
        wick_fail(w, WICK_ERR_LIMIT, "wick_figure_add: %zu points do not fit into memory", n);
        return NULL;
    }
    wicki_series *s = wicki_allocate(w, sizeof *s + 2 * n * sizeof(double) + texts);
    if (!s)
        return NULL;
    char *text = (char *)(s->xy + 2 * n);
    for (size_t i = 0; i < n; i++) {
        s->xy[i] = given->x ? given->x[i] : (double)i;
        s->xy[n + i] = given->y[i];
    }
    s->of = *given;
    s->of.x = s->xy;
    s->of.y = s->xy + n;
    s->of.title = copy_to(text, given->title);
    s->of.color = copy_to(text + text_size(given->title), given->color);
    return s;
}

static void place_columns(wick_figure *f, wicki_series *s)
{
    for (const wicki_series *other = f->first; other && s->x_column == 0; other = other->next)
        if (other->of.n == s->of.n && memcmp(other->xy, s->xy, s->of.n * sizeof *s->xy) == 0)
            s->x_column = other->x_column;
    if (s->x_column == 0)
        s->x_column = ++f->n_columns;
    s->y_column = ++f->n_columns;
}

void wick_figure_add(wick_figure *f, const wick_series *series)
{
    if (!f || !wicki_ok(f->w) || !check_series(f->w, series))
        return;
    wicki_series *s = copy_series(f->w, series);
    if (!s)
        return;
    place_columns(f, s);
    if (f->last)
        f->last->next = s;
    else
        f->first = s;
    f->last = s;
}

/* --- the table ------------------------------------------------------------------------------- */

/* A name of a column: TAB and line ends would break the table. */
static void add_name(wicki_buffer *table, const char *name)
{
    for (; *name; name++)
        wicki_buffer_add(table, "%c", (unsigned char)*name < 0x20 ? ' ' : *name);
}

static const char *first_text(const char *a, const char *b, const char *c)
{
    return a && *a ? a : b && *b ? b : c;
}

static bool brings_x(const wicki_series *s)
{
    return s->x_column + 1 == s->y_column;
}

static void add_cell(wicki_buffer *table, const wicki_series *s, const double *column, size_t i)
{
    if (i < s->of.n)
        wicki_buffer_number(table, column[i]);
    else
        wicki_buffer_bytes(table, "NA", 2);
}

static void add_row(const wick_figure *f, wicki_buffer *table, size_t i)
{
    for (const wicki_series *s = f->first; s; s = s->next) {
        if (s != f->first)
            wicki_buffer_bytes(table, "\t", 1);
        if (brings_x(s)) {
            add_cell(table, s, s->of.x, i);
            wicki_buffer_bytes(table, "\t", 1);
        }
        add_cell(table, s, s->of.y, i);
    }
    wicki_buffer_bytes(table, "\n", 1);
}

static void add_header(const wick_figure *f, wicki_buffer *table)
{
    for (const wicki_series *s = f->first; s; s = s->next) {
        if (s != f->first)
            wicki_buffer_bytes(table, "\t", 1);
        if (brings_x(s)) {
            add_name(table, first_text(f->of.xlabel, NULL, "x"));
            wicki_buffer_bytes(table, "\t", 1);
        }
        add_name(table, first_text(s->of.title, f->of.ylabel, "y"));
    }
    wicki_buffer_bytes(table, "\n", 1);
}

void wicki_figure_table(const wick_figure *f, wicki_buffer *table)
{
    size_t rows = 0;

    for (const wicki_series *s = f->first; s; s = s->next)
        rows = s->of.n > rows ? s->of.n : rows;
    add_header(f, table);
    for (size_t i = 0; i < rows && wicki_ok(f->w); i++)
        add_row(f, table, i);
}

/* --- writing --------------------------------------------------------------------------------- */

unsigned wicki_figure_width(const wick_figure *f)
{
    return f->of.width ? f->of.width : wicki_is_surface(f) ? 700 : 1000;
}

unsigned wicki_figure_height(const wick_figure *f)
{
    return f->of.height ? f->of.height : wicki_is_surface(f) ? 600 : 400;
}

void wicki_write_part(wick *w, const char *directory, const char *name, const char *ending,
    wicki_part *make, const void *from)
{
    wicki_buffer path = { .w = w }, text = { .w = w };

    wicki_buffer_add(&path, "%s/%s%s", directory, name, ending);
    make(from, &text);
    if (wicki_ok(w))
        wicki_write_file(w, "wick_figure_write", path.text, &text);
    wicki_buffer_free(&text);
    wicki_buffer_free(&path);
}

static void make_table(const void *f, wicki_buffer *text)
{
    wicki_figure_table(f, text);
}

static void make_grid_table(const void *f, wicki_buffer *text)
{
    wicki_grid_table(f, text);
}

static void make_script(const void *f, wicki_buffer *text)
{
    wicki_figure_script(f, text);
}

/* Steps and impulses are drawn in the plane only. */
static bool check_figure(const wick_figure *f)
{
    if (!f->first && !f->grid)
        wick_fail(f->w, WICK_ERR_STATE,
            "wick_figure_write: the figure %s is empty, need wick_figure_add first", f->of.name);
    for (const wicki_series *s = f->first; s && wicki_is_surface(f); s = s->next)
        if (s->of.style == WICK_STEPS || s->of.style == WICK_IMPULSES)
            wick_fail(f->w, WICK_ERR_STATE,
                "wick_figure_write: series \"%s\" of the figure %s has steps or impulses, need "
                "lines or points below a surface",
                s->of.title ? s->of.title : "", f->of.name);
    return wicki_ok(f->w);
}

bool wicki_figure_write_data(const wick_figure *f)
{
    if (!check_figure(f))
        return false;
    if (f->first)
        wicki_write_part(f->w, f->of.directory, f->of.name, ".tsv", make_table, f);
    if (f->grid)
        wicki_write_part(f->w, f->of.directory, f->of.name, "_grid.tsv", make_grid_table, f);
    return wicki_ok(f->w);
}

bool wick_figure_write(wick_figure *f)
{
    if (!f || !wicki_ok(f->w))
        return false;
    f->rendered = false;
    if (!wicki_figure_write_data(f))
        return false;
    wicki_write_part(f->w, f->of.directory, f->of.name, ".gp", make_script, f);
    if (wicki_ok(f->w))
        f->rendered = wicki_render(f->w, f->of.directory, f->of.name, ".png");
    return wicki_ok(f->w);
}

bool wick_figure_rendered(const wick_figure *f)
{
    return f && f->rendered;
}
