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

static bool check_options(wick *w, const wick_figure_options *o)
{
    if (!o || !o->name)
        wick_fail(w, WICK_ERR_NAME, "wick_figure_new: no name, need the stem of its files");
    else if (!is_file_name(o->name))
        wick_fail(w, WICK_ERR_NAME,
            "wick_figure_new: the name is \"%s\", need letters, digits, \"_\", \"-\" and \".\", "
            "with a letter, a digit or \"_\" first",
            o->name);
    else if ((unsigned)o->key > WICK_KEY_ABOVE)
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_figure_new: key is %d, need a wick_key", (int)o->key);
    else if (isinf(o->xrange.min) || isinf(o->xrange.max) || isinf(o->yrange.min) ||
        isinf(o->yrange.max))
        wick_fail(w, WICK_ERR_ARGUMENT,
            "wick_figure_new: an axis has an infinite end, need a number, or NAN for any");
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

typedef void (*part)(const wick_figure *f, wicki_buffer *text);

static void write_part(const wick_figure *f, part make, const char *ending)
{
    wicki_buffer path = { .w = f->w }, text = { .w = f->w };

    wicki_buffer_add(&path, "%s/%s%s", f->of.directory, f->of.name, ending);
    make(f, &text);
    if (wicki_ok(f->w))
        wicki_write_file(f->w, "wick_figure_write", path.text, &text);
    wicki_buffer_free(&text);
    wicki_buffer_free(&path);
}

bool wick_figure_write(wick_figure *f)
{
    if (!f || !wicki_ok(f->w))
        return false;
    f->rendered = false;
    if (!f->first && !f->grid) {
        wick_fail(f->w, WICK_ERR_STATE,
            "wick_figure_write: the figure %s is empty, need wick_figure_add first", f->of.name);
        return false;
    }
    if (f->first)
        write_part(f, wicki_figure_table, ".tsv");
    if (f->grid)
        write_part(f, wicki_grid_table, "_grid.tsv");
    write_part(f, wicki_figure_script, ".gp");
    if (wicki_ok(f->w))
        f->rendered = wicki_figure_render(f);
    return wicki_ok(f->w);
}

bool wick_figure_rendered(const wick_figure *f)
{
    return f && f->rendered;
}
