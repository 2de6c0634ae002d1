/* The sites of a trace as a table. */
#include "dist/dist.h"
#include "site/page.h"
#include "site/store.h"

enum { COLUMNS = 7, GAP = 2 };

/* --- what is in a cell ------------------------------------------------------------------------- */

static bool is_factor(const wick_site *site)
{
    return site->observed && site->dist.type == &wicki_dist_unit;
}

static void write_name(wicki_page *page, const wick_site *site)
{
    wicki_page_add(page, "%s", site->name);
}

static void write_type(wicki_page *page, const wick_site *site)
{
    const char *type = site->type == WICK_PARAM ? "param"
        : site->type == WICK_DETERMINISTIC      ? "deterministic"
        : is_factor(site)                       ? "factor"
        : site->observed                        ? "observed"
                                                : "sample";

    wicki_page_add(page, "%s", type);
}

/* The node of a parameter; NULL for a number. */
static const wick_node *parameter_of(wick *w, const wick_dist *dist, size_t j)
{
    const wick_argument *p = &dist->parameter[j];

    if (!p->var.w && p->var.node == WICK_NODE_NUMBER)
        return NULL;
    return wicki_node_of(w, "wick_format_shapes", p->var);
}

/* The event of a draw: independent copies, further axes of the parameters, its own. */
static void write_draw(wicki_page *page, const wick_dist *dist)
{
    size_t rank = 0, sizes[WICK_MAX_RANK];

    wicki_page_add(page, "%s", dist->type->name);
    if (dist->iid_rank > WICK_MAX_RANK) /* what wick_iid refused, and no sizes */
        wicki_page_add(page, " [...]");
    else if (!wicki_dist_event(page->w, dist, &rank, sizes))
        rank = 0;
    for (size_t i = 0; i < rank; i++)
        wicki_page_add(page, "%s[%zu]", i == 0 ? " " : "", sizes[i]);
}

static void write_distribution(wicki_page *page, const wick_site *site)
{
    if (site->type == WICK_SAMPLE && !is_factor(site))
        write_draw(page, &site->dist);
    else if (site->entry)
        wicki_page_add(page, "constraint %s", wick_constraint_name(site->entry->constraint));
}

static void write_dims(wicki_page *page, uint32_t dims)
{
    const wicki_set *set = wicki_set_at(page->w, dims);

    for (uint32_t i = 0; i < set->n; i++) {
        const wicki_dim *dim = wicki_dim_at(page->w, set->dim[i]);
        wicki_page_add(page, "%s%s (%zu", i ? ", " : "", dim->name, dim->present);
        if (dim->present < dim->full)
            wicki_page_add(page, " of %zu", dim->full);
        wicki_page_add(page, ")");
    }
}

static void write_plates(wicki_page *page, const wick_site *site)
{
    write_dims(page, site->plates);
}

static void write_enumerated(wicki_page *page, const wick_site *site)
{
    if (site->enumerated)
        wicki_page_add(page, "%zu values", wicki_dim_at(page->w, site->enumerated)->size);
}

static void write_scalar(wicki_page *page, uint32_t dims)
{
    wicki_page_add(page, "scalar%s", dims ? " over " : "");
    write_dims(page, dims);
}

static void write_value(wicki_page *page, const wick_site *site)
{
    const wick_node *node =
        is_factor(site) ? NULL : wicki_node_of(page->w, "wick_format_shapes", site->value);

    if (!node)
        return;
    if (node->rank == 0) {
        write_scalar(page, node->dims);
        return;
    }
    for (uint32_t i = 0; i < node->rank; i++)
        wicki_page_add(page, "[%u]", node->event[i]);
    wicki_page_add(page, "%s", node->dims ? " over " : "");
    write_dims(page, node->dims);
}

/* What wick_site_log_prob would vary over, without a node for it: shapes may be wrong as yet. */
static uint32_t add_parameters(wick *w, const wick_dist *dist, uint32_t dims)
{
    for (size_t j = 0; j < dist->type->n_parameters && wicki_ok(w); j++) {
        const wick_node *x = parameter_of(w, dist, j);
        dims = x ? wicki_set_union(w, dims, x->dims) : dims;
    }
    for (size_t i = 0; i < dist->n_bases; i++)
        dims = add_parameters(w, &dist->base[i], dims);
    return dims;
}

/* A mixture does not vary over the plate of its components, which is not open. */
static uint32_t without_closed(wick *w, uint32_t dims, uint32_t open)
{
    const uint32_t plates = wicki_set_of_kind(w, dims, WICKI_PLATE);

    return wicki_set_minus(w, dims, wicki_set_minus(w, plates, open));
}

static void write_density(wicki_page *page, const wick_site *site)
{
    wick *w = page->w;
    const wick_node *value = wicki_node_of(w, "wick_format_shapes", site->value);
    uint32_t dims = site->plates;

    if (site->type != WICK_SAMPLE || !value)
        return;
    dims = wicki_set_union(w, dims, value->dims);
    dims = add_parameters(w, &site->dist, dims);
    write_scalar(page, site->dist.n_bases ? without_closed(w, dims, site->plates) : dims);
}

/* --- rows and columns -------------------------------------------------------------------------- */

typedef struct column {
    const char *head;
    void (*write)(wicki_page *page, const wick_site *site);
} column;

static const column TABLE[COLUMNS] = { { "site", write_name }, { "type", write_type },
    { "distribution", write_distribution }, { "plates", write_plates },
    { "enumerated", write_enumerated }, { "value", write_value },
    { "log density", write_density } };

/* Writes a cell, of the heads if there is no site; returns its width in characters. */
static size_t write_cell(wicki_page *page, const column *c, const wick_site *site)
{
    const size_t begin = page->length;
    size_t width = 0;

    if (site)
        c->write(page, site);
    else
        wicki_page_add(page, "%s", c->head);
    for (size_t i = begin; i < page->length; i++) {
        const unsigned char byte = (unsigned char)page->text[i];
        width += (byte & 0xc0) != 0x80; /* but for the first, bytes of UTF-8 begin with 10 */
        if (byte < ' ' || byte == 0x7f)
            page->text[i] = '?';
    }
    return width;
}

/* The widths of the columns; 0 where no site has anything to say. */
static void measure(wick *w, const wick_trace *trace, size_t *width)
{
    wicki_page scratch = { .w = w };

    for (size_t c = 0; c < COLUMNS; c++) {
        width[c] = 0;
        for (const wick_site *s = wick_trace_first(trace); s; s = wick_site_next(s)) {
            const size_t n = write_cell(&scratch, &TABLE[c], s);
            width[c] = n > width[c] ? n : width[c];
            scratch.length = 0;
        }
        const size_t head = write_cell(&scratch, &TABLE[c], NULL);
        width[c] = width[c] > 0 && width[c] < head ? head : width[c];
        scratch.length = 0;
    }
}

/* No spaces at the end: those before a cell are written when there is one. */
static void write_row(wicki_page *page, const size_t *width, const wick_site *site)
{
    size_t before = 0;

    for (size_t c = 0; c < COLUMNS; c++) {
        const size_t end = page->length;
        if (width[c] == 0)
            continue;
        wicki_page_spaces(page, before);
        const size_t n = write_cell(page, &TABLE[c], site);
        if (n == 0)
            page->length = end;
        before = (n == 0 ? before : 0) + width[c] - n + GAP;
    }
    wicki_page_add(page, "\n");
}

const char *wick_format_shapes(wick *w, const wick_trace *trace)
{
    size_t width[COLUMNS];
    wicki_page page = { .w = w };

    if (!wicki_ok(w) || !wick_trace_first(trace))
        return "";
    measure(w, trace, width);
    write_row(&page, width, NULL);
    for (const wick_site *s = wick_trace_first(trace); s; s = wick_site_next(s))
        write_row(&page, width, s);
    return wicki_page_text(&page);
}
