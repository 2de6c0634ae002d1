#include "io/chain_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "io/number.h"

bool wicki_chain_path(wick *w, const char *function, const char *path)
{
    if (wicki_ok(w) && (!path || !*path || strcmp(path, "-") == 0))
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: the path is %s, need that of a file", function,
            !path       ? "NULL"
                : *path ? "\"-\""
                        : "empty");
    return wicki_ok(w);
}

void wicki_chain_tensor_name(char to[WICKI_CHAIN_TENSOR_NAME], const char *what, size_t chain)
{
    snprintf(to, WICKI_CHAIN_TENSOR_NAME, "%s.%zu", what, chain);
}

size_t wicki_chain_rows(const wick_mcmc_options *o, size_t done)
{
    if (o->keep_warmup)
        return done;
    return done > o->warmup ? done - o->warmup : 0;
}

/* --- texts ----------------------------------------------------------------------------------- */

/* Keys and values follow each other, each with its zero. */
static void end_text(wicki_buffer *to)
{
    wicki_buffer_bytes(to, "", 1);
}

static void add_word(wicki_buffer *to, const char *key, const char *value)
{
    wicki_buffer_add(to, "%s%c%s", key, '\0', value);
    end_text(to);
}

static void add_count(wicki_buffer *to, const char *key, uint64_t value)
{
    wicki_buffer_add(to, "%s%c%" PRIu64, key, '\0', value);
    end_text(to);
}

static void add_number(wicki_buffer *to, const char *key, double value)
{
    char text[WICKI_NUMBER_SIZE];

    wicki_number_text(text, value);
    add_word(to, key, text);
}

/* Bytes that are not UTF-8 as \xNN. */
static void add_name(wicki_buffer *to, const char *name)
{
    for (size_t n; *name; name += n ? n : 1) {
        n = wicki_utf8_length(name);
        if (n > 0)
            wicki_buffer_bytes(to, name, n);
        else
            wicki_buffer_add(to, "\\x%02X", (unsigned)(unsigned char)*name);
    }
}

/* theta, plate schools of 8, event [2, 3] */
static void add_site(wicki_buffer *to, size_t number, const wicki_auto_site *s)
{
    wicki_buffer_add(to, "site %zu%c", number, '\0');
    add_name(to, s->name);
    for (size_t i = 0; i < s->n_plates; i++) {
        wicki_buffer_add(to, ", plate ");
        add_name(to, s->plates[i].name);
        wicki_buffer_add(to, " of %zu", s->plates[i].size);
    }
    for (size_t i = 0; i < s->rank; i++)
        wicki_buffer_add(to, i ? ", %zu" : ", event [%zu", s->sizes[i]);
    wicki_buffer_add(to, s->rank ? "]" : "");
    end_text(to);
}

static void add_options(wicki_buffer *to, const wick_mcmc *m)
{
    static const char *const METRIC[] = {
        [WICK_METRIC_DIAGONAL] = "diagonal",
        [WICK_METRIC_DENSE] = "dense",
        [WICK_METRIC_UNIT] = "unit",
    };
    const wick_mcmc_options *o = &m->options;

    add_word(to, WICKI_CHAIN_FILE_KEY, WICKI_CHAIN_FILE_FORMAT);
    add_count(to, "chains", o->chains);
    add_count(to, "warmup", o->warmup);
    add_word(to, "keep_warmup", o->keep_warmup ? "true" : "false");
    add_word(to, "sampler", o->sampler == WICK_HMC ? "HMC" : "NUTS");
    add_word(to, "metric", METRIC[o->metric]);
    add_number(to, "target_accept", o->target_accept);
    add_number(to, "step_size", o->step_size);
    add_count(to, "max_depth", o->max_depth);
    add_number(to, "time", o->time);
    add_count(to, "seed", m->w->seed);
}

/* --- all of them ----------------------------------------------------------------------------- */

static size_t count_texts(const wicki_buffer *text)
{
    size_t n = 0;

    for (size_t i = 0; i < text->length; i++)
        n += text->text[i] == '\0';
    return n;
}

bool wicki_chain_tags_make(wicki_chain_tags *to, const wick_mcmc *m)
{
    const wick_potential *p = m->potential[0];
    size_t number = 0;

    *to = (wicki_chain_tags){ .text.w = m->w };
    add_options(&to->text, m);
    add_count(&to->text, "sites", wick_potential_site_count(p));
    for (const wicki_auto_site *s = p->guide->sites; s; s = s->next)
        add_site(&to->text, number++, s);
    if (!wicki_ok(m->w))
        return false;
    const size_t n = count_texts(&to->text) / 2;
    to->tags = wicki_allocate(m->w, n * sizeof *to->tags);
    const char *next = to->text.text;
    for (; to->tags && to->n < n; to->n++) {
        const char *value = next + strlen(next) + 1;
        to->tags[to->n] = (wicki_tag){ next, value };
        next = value + strlen(value) + 1;
    }
    return to->tags;
}

void wicki_chain_tags_free(wicki_chain_tags *tags)
{
    wicki_release(tags->text.w, tags->tags);
    wicki_buffer_free(&tags->text);
}
