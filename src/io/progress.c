#include <wick/draws.h>

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/handle.h"
#include "io/number.h"

/* Columns of the line, so that it fits into any terminal; longest stretch of steps between two
 * looks at the clock, and shortest time, in intervals, in which a stretch may grow. */
enum { COLUMNS = 79, MAX_STRETCH = 64, LOOKS = 8, LABEL = 24, LOSS_DIGITS = 6, STEP_DIGITS = 2 };

struct wick_progress {
    wick *w;
    FILE *stream; /* NULL: nothing is drawn */
    bool terminal;
    char label[LABEL + 1];
    uint64_t total, done, look_at, stretch;
    uint64_t drawn; /* steps done when the line was drawn last */
    double interval, start, looked_at, drawn_at;
    double loss;
    wick_mcmc_progress chains; /* of chains, if there are any: what the line tells */
    size_t width;              /* of the line on the terminal */
};

/* Cut at a whole UTF-8 sequence, without control characters. */
static void copy_label(char *to, const char *label)
{
    size_t n = 0;

    for (; label[n] && n < LABEL; n++)
        to[n] = (unsigned char)label[n] < 0x20 || label[n] == 0x7f ? ' ' : label[n];
    if (label[n])
        while (n > 0 && ((unsigned char)label[n] & 0xc0) == 0x80)
            n--;
    to[n] = '\0';
}

/* --- the line -------------------------------------------------------------------------------- */

/* 0:07, 12:34, 1:02:03 */
static void add_time(wicki_text *line, double seconds)
{
    if (!(seconds < 1e9)) {
        wicki_text_add(line, "-:--");
        return;
    }
    const long t = lround(seconds), minutes = t / 60;
    if (minutes < 60)
        wicki_text_add(line, "%ld:%02ld", minutes, t % 60);
    else
        wicki_text_add(line, "%ld:%02ld:%02ld", minutes / 60, minutes % 60, t % 60);
}

static void add_rate(wicki_text *line, double rate)
{
    char number[WICKI_NUMBER_SIZE];

    if (!(rate > 0.0) || isinf(rate))
        return;
    if (rate < 100.0) {
        wicki_number_digits(number, rate, rate < 10.0 ? 2 : 3);
        wicki_text_add(line, "  %s it/s", number);
    } else {
        wicki_text_add(line, "  %.0f it/s", rate);
    }
}

static void add_count(wicki_text *line, uint64_t done, uint64_t total, bool percent)
{
    wicki_text_add(line, "  %llu", (unsigned long long)done);
    if (total > 0)
        wicki_text_add(line, "/%llu", (unsigned long long)total);
    if (total > 0 && percent)
        wicki_text_add(line, "  %.0f %%", floor(100.0 * (double)done / (double)total));
}

/* Time left, or at the end the time it took. */
static void add_end(wicki_text *line, double rate, bool over, double left, double elapsed)
{
    add_rate(line, rate);
    wicki_text_add(line, "  ");
    add_time(line, over ? elapsed : left);
    wicki_text_add(line, over ? "" : " left");
}

static void compose_fit(const wick_progress *p, wicki_text *line, double elapsed)
{
    const double rate = elapsed > 0.0 ? (double)p->done / elapsed : 0.0;
    const bool over = p->done >= p->total;
    char loss[WICKI_NUMBER_SIZE];

    wicki_number_digits(loss, p->loss, LOSS_DIGITS);
    wicki_text_add(line, "%s", *p->label ? p->label : "fit");
    add_count(line, p->done, p->total, true);
    wicki_text_add(line, "  loss %s", loss);
    add_end(line, rate, over, over ? 0.0 : (double)(p->total - p->done) / rate, elapsed);
}

static void compose_chains(const wick_progress *p, wicki_text *line, bool percent)
{
    const wick_mcmc_progress *c = &p->chains;
    char step[WICKI_NUMBER_SIZE];

    wicki_number_digits(step, c->step_size, STEP_DIGITS);
    wicki_text_add(line, "%s", *p->label ? p->label : "chains");
    add_count(line, c->done, c->total, percent);
    wicki_text_add(line, "  %s  step %s  %zu divergent", c->warm < c->chains ? "warm-up" : "draws",
        step, c->divergent);
    add_end(line, c->rate, c->done >= c->total, c->seconds_left, c->seconds);
}

/* The percentage of chains goes if the line is too long with it. */
static void compose(const wick_progress *p, wicki_text *line, double elapsed)
{
    char longer[2 * COLUMNS] = "";
    wicki_text text = { .buffer = longer, .size = sizeof longer };

    if (p->chains.chains == 0) {
        compose_fit(p, line, elapsed);
        return;
    }
    compose_chains(p, &text, true);
    if (text.length < line->size)
        wicki_text_add(line, "%s", longer);
    else
        compose_chains(p, line, false);
}

/* On a terminal the line is written over the one before, whose rest is blanked. */
static void draw(wick_progress *p, double time)
{
    char text[COLUMNS + 1] = "";
    wicki_text line = { .buffer = text, .size = sizeof text };

    compose(p, &line, time - p->start);
    if (p->terminal) {
        const size_t left = p->width > line.length ? p->width - line.length : 0;
        fprintf(p->stream, "\r%s%*s", text, (int)left, "");
    } else {
        fprintf(p->stream, "%s\n", text);
    }
    fflush(p->stream);
    p->width = line.length;
    p->drawn = p->done;
    p->drawn_at = time;
}

/* --- public ---------------------------------------------------------------------------------- */

wick_progress *wick_progress_new(wick *w, const wick_progress_options *options)
{
    const wick_progress_options o = options ? *options : (wick_progress_options){ 0 };

    if (!wicki_ok(w))
        return NULL;
    if (!(o.interval >= 0.0)) {
        char number[WICKI_NUMBER_SIZE];
        wicki_number_text(number, o.interval);
        wick_fail(w, WICK_ERR_ARGUMENT, "wick_progress_new: interval is %s, need 0 or more seconds",
            number);
        return NULL;
    }
    wick_progress *p = wicki_allocate(w, sizeof *p);
    if (!p)
        return NULL;
    FILE *stream = o.stream ? o.stream : stderr;
    *p = (wick_progress){ .w = w, .total = o.total, .look_at = 1, .stretch = 1 };
    p->terminal = isatty(fileno(stream)) == 1;
    p->stream = p->terminal || o.always ? stream : NULL;
    p->interval = o.interval > 0.0 ? o.interval : 0.1;
    p->start = p->looked_at = p->drawn_at = wicki_seconds();
    copy_label(p->label, o.label ? o.label : "");
    return p;
}

/* Stretches double while steps are quick, and start again at one step when they are slow. */
static void look(wick_progress *p)
{
    const double time = wicki_seconds();
    const bool quick = time - p->looked_at < p->interval / LOOKS;

    p->stretch = !quick ? 1 : p->stretch < MAX_STRETCH ? 2 * p->stretch : MAX_STRETCH;
    p->look_at = p->done + p->stretch;
    p->looked_at = time;
    if (time - p->drawn_at >= p->interval)
        draw(p, time);
}

void wick_progress_step(wick_progress *p, double loss)
{
    if (!p || !p->stream || !wicki_ok(p->w))
        return;
    p->loss = loss;
    if (++p->done >= p->look_at)
        look(p);
}

void wick_progress_free(wick_progress *p)
{
    if (!p)
        return;
    if (p->stream && p->done != p->drawn)
        draw(p, wicki_seconds());
    if (p->terminal && p->width > 0) {
        fputc('\n', p->stream);
        fflush(p->stream);
    }
    wicki_release(p->w, p);
}

bool wick_progress_chains(const wick_mcmc_progress *progress, void *line)
{
    wick_progress *p = line;

    if (!p || !p->stream || !progress)
        return true;
    const double time = wicki_seconds();
    p->chains = *progress;
    p->done = progress->done;
    if (time - p->drawn_at >= p->interval)
        draw(p, time);
    return true;
}
