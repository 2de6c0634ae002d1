/* The axes of a figure: ends and tics. */
#include "io/figure.h"

#include <math.h>

#include "io/number.h"

enum { MAX_TICS = 10 };

/* Room beside the data, as a fraction of what they span. */
static const double MARGIN = 0.05;

/* gnuplot labels powers of ten only; below this ratio of the ends there would be too few. */
static const double FEW_DECADES = 30.0;

/* Below this ratio equal steps make good tics also on a logarithmic axis. */
static const double NEARLY_LINEAR = 4.0;

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

static wick_range y_range(const wick_figure *f, span s)
{
    const wick_range given = f->of.yrange;
    const bool logarithmic = is_logarithmic(f, s);
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

void wicki_script_range(wicki_buffer *script, const char *axis, wick_range r)
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

static void add_step(wicki_buffer *script, char axis, double step)
{
    if (!(step > 0.0))
        return;
    wicki_buffer_add(script, "set %ctics ", axis);
    wicki_buffer_number(script, step);
    wicki_buffer_add(script, "\n");
}

bool wicki_figure_axes(const wick_figure *f, wicki_buffer *script)
{
    const span s = span_of(f);
    const wick_range y = y_range(f, s);
    const bool logarithmic = is_logarithmic(f, s);

    if (!is_automatic(f->of.xrange))
        wicki_script_range(script, "xrange", f->of.xrange);
    else if (s.min > s.max)
        wicki_script_range(script, "xrange", (wick_range){ 0.0, 1.0 });
    wicki_script_range(script, "yrange", y);
    add_step(script, 'x', f->of.xtics);
    if (!logarithmic) {
        add_step(script, 'y', f->of.ytics);
        add_step(script, 'z', f->of.ztics);
        return false;
    }
    wicki_buffer_add(script, "set logscale y\n");
    add_log_tics(script, y);
    return true;
}
