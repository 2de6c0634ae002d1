/* Summaries as a table. */
#include "mcmc/summary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const WICKI_STATISTIC_NAMES[] = { "lp__", "accept_stat__", "stepsize__", "treedepth__",
    "n_leapfrog__", "divergent__", "energy__" };

/* --- names ------------------------------------------------------------------------------------ */

void wicki_add_element(wicki_page *page, const wicki_auto_site *s, size_t element)
{
    size_t rest = wicki_auto_size(s), axes = s->n_plates + s->rank;

    wicki_page_add(page, "%s", s->name);
    for (size_t i = 0; i < axes; i++) {
        rest /= i < s->n_plates ? s->plates[i].size : s->sizes[i - s->n_plates];
        wicki_page_add(
            page, "%s%zu%s", i == 0 ? "[" : ",", element / rest, i + 1 == axes ? "]" : "");
        element %= rest;
    }
}

const char *wick_element_name(const wick_mcmc *m, const char *site, size_t element)
{
    wicki_page page = { .w = m ? m->w : NULL };

    if (!wick_mcmc_draws(m, site, element).draws)
        return "";
    wicki_add_element(&page, wicki_auto_find(m->potential[0]->guide, site), element);
    return wicki_page_text(&page);
}

/* --- cells ------------------------------------------------------------------------------------ */

enum { COLUMNS = 10, CELL = 32, GAP = 2, MOST_DECIMALS = 8 };

typedef char cells[COLUMNS][CELL];

static const char *const HEADS[COLUMNS] = { "Mean", "MCSE", "StdDev", "MAD", "5%", "50%", "95%",
    "ESS_bulk", "ESS_tail", "R_hat" };

static int places_before(double x)
{
    return x == 0.0 ? 1 : (int)floor(log10(fabs(x))) + 1;
}

/* With so many decimals, or, where those are too many or too few, as many digits. */
static void write_number(char *cell, double x, int decimals)
{
    const int before = isfinite(x) ? places_before(x) : 1, digits = before + decimals;

    if (isnan(x))
        snprintf(cell, CELL, "nan");
    else if (isinf(x) || (decimals <= MOST_DECIMALS && before <= MOST_DECIMALS))
        snprintf(cell, CELL, "%.*f", decimals, x);
    else
        snprintf(cell, CELL, "%.*g", digits < 2 ? 2 : digits > 17 ? 17 : digits, x);
}

/* Decimals that show two digits of the standard error; without one, four digits of the deviation or
 * the mean. */
static int decimals_of(const wick_chains_summary *s)
{
    const bool has_error = s->mcse > 0.0 && isfinite(s->mcse);
    const double scale = has_error ? s->mcse : s->sd > 0.0 && isfinite(s->sd) ? s->sd : s->mean;
    const int decimals = isfinite(scale) ? (has_error ? 2 : 4) - places_before(scale) : 0;

    return decimals < 0 ? 0 : decimals;
}

static void write_cells(cells row, const wick_chains_summary *s)
{
    const double numbers[] = { s->mean, s->mcse, s->sd, s->mad, s->q5, s->q50, s->q95 };
    const size_t n = sizeof numbers / sizeof *numbers;
    const int decimals = decimals_of(s);

    for (size_t i = 0; i < n; i++)
        write_number(row[i], numbers[i], decimals);
    write_number(row[n], s->ess_bulk, 0);
    write_number(row[n + 1], s->ess_tail, 0);
    snprintf(row[n + 2], CELL, isnan(s->rhat) ? "nan" : s->rhat < 1e4 ? "%.3f" : "%.2g", s->rhat);
}

/* --- lines ------------------------------------------------------------------------------------ */

static size_t longer(size_t width, const char *text)
{
    const size_t n = strlen(text);

    return n > width ? n : width;
}

static void add_row(wicki_page *page, const char *name, size_t name_width, const size_t *width,
    const char *(*cell)(const void *row, size_t column), const void *row)
{
    wicki_page_add(page, "%s", name);
    wicki_page_spaces(page, name_width - strlen(name));
    for (size_t i = 0; i < COLUMNS; i++) {
        wicki_page_spaces(page, GAP + width[i] - strlen(cell(row, i)));
        wicki_page_add(page, "%s", cell(row, i));
    }
    wicki_page_add(page, "\n");
}

static const char *head_cell(const void *row, size_t column)
{
    return ((const char *const *)row)[column];
}

static const char *number_cell(const void *row, size_t column)
{
    return ((const char(*)[CELL])row)[column];
}

const char *wicki_format_lines(wick *w, const char *title, size_t n, const wicki_line *lines)
{
    cells *rows = wick_alloc(w, n * sizeof *rows);
    wicki_page page = { .w = w };
    size_t name_width = 0, width[COLUMNS];

    if (!rows)
        return "";
    for (size_t i = 0; i < COLUMNS; i++)
        width[i] = strlen(HEADS[i]);
    for (size_t k = 0; k < n; k++) {
        write_cells(rows[k], &lines[k].of);
        name_width = longer(name_width, lines[k].name);
        for (size_t i = 0; i < COLUMNS; i++)
            width[i] = longer(width[i], rows[k][i]);
    }
    wicki_page_add(&page, "%s\n\n", title);
    add_row(&page, "", name_width, width, head_cell, HEADS);
    for (size_t k = 0; k < n; k++) {
        if (lines[k].gap)
            wicki_page_add(&page, "\n");
        add_row(&page, lines[k].name, name_width, width, number_cell, rows[k]);
    }
    return wicki_page_text(&page);
}

/* --- of chains -------------------------------------------------------------------------------- */

static bool is_listed(const char *const *sites, const char *name)
{
    bool found = !sites;

    for (; sites && *sites && !found; sites++)
        found = strcmp(*sites, name) == 0;
    return found;
}

/* How many elements the list has; 0 after an error. */
static size_t count_elements(const wick_mcmc *m, const char *const *sites)
{
    const wick_guide *guide = m->potential[0]->guide;
    size_t n = 0;

    for (size_t i = 0; sites && sites[i]; i++)
        if (!wick_mcmc_draws(m, sites[i], 0).draws)
            return 0;
    for (const wicki_auto_site *s = guide->sites; s; s = s->next)
        n += is_listed(sites, s->name) ? wicki_auto_size(s) : 0;
    return n;
}

static void fill_lines(
    const wick_mcmc *m, const char *const *sites, wicki_summarizer *s, wicki_line *line)
{
    wicki_line *first = line + WICKI_STATISTICS;

    for (int i = 0; i < WICKI_STATISTICS; i++)
        *line++ = (wicki_line){ WICKI_STATISTIC_NAMES[i],
            wicki_summarize(s, wick_mcmc_statistic(m, (wick_statistic)i).draws), i == 0 };
    for (const wicki_auto_site *site = m->potential[0]->guide->sites; site; site = site->next)
        for (size_t e = 0; e < wicki_auto_size(site) && is_listed(sites, site->name); e++)
            *line++ = (wicki_line){ wick_element_name(m, site->name, e),
                wicki_summarize(s, wick_mcmc_draws(m, site->name, e).draws), false };
    first->gap = true;
}

void wicki_add_title(wicki_page *page, wick_sampler sampler, size_t chains, size_t warmup, size_t n)
{
    wicki_page_add(page, "%zu chain%s of %s: %zu transitions of warm-up, %zu draws%s", chains,
        chains == 1 ? "" : "s", sampler == WICK_NUTS ? "NUTS" : "HMC", warmup, n,
        chains == 1 ? "" : " each");
}

static const char *title_of(const wick_mcmc *m, size_t n)
{
    wicki_page page = { .w = m->w };

    wicki_add_title(&page, m->options.sampler, m->options.chains, m->options.warmup, n);
    return wicki_page_text(&page);
}

const char *wick_format_chains(const wick_mcmc *m, const char *const *sites)
{
    const wick_chains lp = wick_mcmc_statistic(m, WICK_LP);
    const size_t n = lp.draws ? WICKI_STATISTICS + count_elements(m, sites) : 0;
    wicki_summarizer s;

    if (n == 0 || !wicki_ok(m->w))
        return "";
    wicki_line *lines = wick_alloc(m->w, n * sizeof *lines);
    if (!lines || !wicki_summarizer_open(&s, m->w, lp.chains, lp.n))
        return "";
    fill_lines(m, sites, &s, lines);
    wicki_summarizer_close(&s);
    return wicki_ok(m->w) ? wicki_format_lines(m->w, title_of(m, lp.n), n, lines) : "";
}
