#include "io/chain_sites.h"

#include <wick/draws.h>

#include <string.h>

#include "io/buffer.h"

/* Room for x before and behind, and for a number. */
enum { MORE = 2 + 24 };

/* --- names ----------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A character of another kind becomes one _, however many bytes it has. */
static void make_name(char *to, const char *site)
{
    const char *begin = to;

    if (!is_letter(*site))
        *to++ = 'x';
    for (size_t n; *site; site += n) {
        const bool keeps = is_letter(*site) || (*site >= '0' && *site <= '9');
        n = wicki_utf8_length(site);
        n = n ? n : 1;
        *to++ = keeps ? *site : '_';
    }
    if (to - begin >= 2 && to[-1] == '_' && to[-2] == '_')
        *to++ = 'x';
    *to = '\0';
}

/* A site whose own name is one of Stan's keeps it. */
static bool is_taken(const wicki_chain_site *sites, size_t n, size_t i, const char *name)
{
    for (size_t j = 0; j < n; j++)
        if ((j < i && strcmp(sites[j].name, name) == 0) ||
            (j != i && strcmp(sites[j].site, name) == 0))
            return true;
    return false;
}

static bool name_site(wick *w, wicki_chain_site *sites, size_t n, size_t i)
{
    const size_t size = strlen(sites[i].site) + MORE;
    char *name = wick_alloc(w, size);

    if (!name)
        return false;
    make_name(name, sites[i].site);
    const size_t length = strlen(name);
    for (size_t number = 2; is_taken(sites, n, i, name); number++) {
        wicki_text text = { name, size, length };
        wicki_text_add(&text, "_%zu", number);
    }
    sites[i].name = name;
    return true;
}

/* --- shapes ---------------------------------------------------------------------------------- */

static void shape_site(wicki_chain_site *to, const wicki_auto_site *s)
{
    to->site = s->name;
    to->elements = wicki_auto_size(s);
    for (size_t i = 0; i < s->n_plates; i++)
        to->sizes[to->n_sizes++] = s->plates[i].size;
    for (size_t i = 0; i < s->rank; i++)
        to->sizes[to->n_sizes++] = s->sizes[i];
}

const wicki_chain_site *wicki_chain_sites(const wick_mcmc *m, size_t *n)
{
    const wick_potential *p = m->potential[0];
    size_t i = 0;

    *n = wick_potential_site_count(p);
    wicki_chain_site *sites = wicki_alloc_zero(m->w, *n * sizeof *sites);
    if (!sites)
        return NULL;
    for (const wicki_auto_site *s = p->guide->sites; s; s = s->next)
        shape_site(&sites[i++], s);
    for (i = 0; i < *n; i++)
        if (!name_site(m->w, sites, *n, i))
            return NULL;
    return sites;
}

/* --- public ---------------------------------------------------------------------------------- */

const char *wick_mcmc_file_name(const wick_mcmc *m, size_t site)
{
    size_t n;
    const wicki_chain_site *sites = m && wicki_ok(m->w) ? wicki_chain_sites(m, &n) : NULL;

    return sites && site < n ? sites[site].name : NULL;
}

bool wicki_chains_can_be_written(
    const wick_mcmc *m, const char *function, const char *path, const char *what)
{
    if (!path || !*path)
        wick_fail(m->w, WICK_ERR_ARGUMENT, "%s: no %s, need one for the files", function, what);
    else if (wicki_mcmc_common(m, true) == 0)
        wick_fail(m->w, WICK_ERR_STATE, "%s: there are no draws yet; call wick_mcmc_run", function);
    return wicki_ok(m->w);
}
