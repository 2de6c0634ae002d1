/* The pictures of the eight schools. */
#include "eight_schools.h"

#include <math.h>
#include <stdlib.h>

/* --- the funnel -------------------------------------------------------------------------------- */

/* Draws of theta[0] and log tau: those that diverged over the others. */
static void add_draws(wick_figure *figure, const struct fit *f, bool divergent)
{
    const size_t n = f->divergent.chains * f->divergent.n;
    double *x = eight_schools_doubles(2 * n), *y = x + n;
    size_t chosen = 0;

    for (size_t i = 0; i < n; i++)
        if ((f->divergent.draws[i] > 0.0) == divergent) {
            x[chosen] = f->figure[0].draws[i];
            y[chosen++] = log(f->figure[TAU].draws[i]);
        }
    if (chosen > 0)
        wick_figure_add(figure,
            &(wick_series){ .title = divergent ? "divergent" : "draws",
                .x = x,
                .y = y,
                .n = chosen,
                .style = WICK_POINTS,
                .color = divergent ? "red" : "#b01f77b4",
                .size = divergent ? 0.7 : 0.5 });
    free(x);
}

static wick_figure *funnel(wick *w, const char *out, const struct fit *f)
{
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = f->centred ? "01_funnel_centred" : "01_funnel_non_centred",
            .title = f->centred ? "Centred" : "Non-centred",
            .xlabel = "theta[0], the effect in the first school",
            .ylabel = "log tau",
            .xrange = { -25.0, 45.0 },
            .yrange = { -7.0, 5.0 },
            .key = WICK_KEY_BOTTOM_RIGHT });

    add_draws(figure, f, false);
    add_draws(figure, f, true);
    return figure;
}

/* --- ranks ------------------------------------------------------------------------------------- */

enum { BINS = 20 };

static int compare(const void *a, const void *b)
{
    const double *const *x = a, *const *y = b;

    return (**x > **y) - (**x < **y);
}

/* How many draws of each chain are in each 20th of all draws in order; the last one stands twice. */
static void count_ranks(wick_chains x, double *counts)
{
    const size_t n = x.chains * x.n;
    const double **place = calloc(n, sizeof *place);

    for (size_t i = 0; place && i < n; i++)
        place[i] = x.draws + i;
    if (place)
        qsort(place, n, sizeof *place, compare);
    for (size_t i = 0; place && i < n; i++)
        counts[(size_t)(place[i] - x.draws) / x.n * (BINS + 1) + i * BINS / n]++;
    for (size_t c = 0; c < x.chains; c++)
        counts[c * (BINS + 1) + BINS] = counts[c * (BINS + 1) + BINS - 1];
    free(place);
}

static wick_figure *ranks(wick *w, const char *out, const struct fit *f)
{
    const wick_chains tau = f->figure[TAU];
    const double even = (double)tau.n / BINS;
    double *counts = eight_schools_doubles(tau.chains * (BINS + 1));
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = f->centred ? "02_ranks_centred" : "02_ranks_non_centred",
            .title = f->centred ? "Centred" : "Non-centred",
            .xlabel = "rank of tau among all draws, in 20ths",
            .ylabel = "draws of a chain",
            .xrange = { 0.0, 20.0 },
            .yrange = { 0.0, 2.5 * even },
            .key = WICK_KEY_TOP_RIGHT });

    count_ranks(tau, counts);
    for (size_t c = 0; c < tau.chains; c++)
        wick_figure_add(figure,
            &(wick_series){ .title = wick_name(w, "chain %zu", c + 1),
                .y = counts + c * (BINS + 1),
                .n = BINS + 1,
                .style = WICK_STEPS });
    wick_figure_add(figure,
        &(wick_series){ .x = (double[]){ 0.0, BINS },
            .y = (double[]){ even, even },
            .n = 2,
            .color = "#555555",
            .dash = WICK_DASHED });
    free(counts);
    return figure;
}

/* --- shrinkage --------------------------------------------------------------------------------- */

/* Intervals as upright lines with gaps between them, and their centres. */
static void add_intervals(wick_figure *figure, const char *title, const char *color, double shift,
    const double *low, const double *centre, const double *high)
{
    double x[3 * SCHOOLS], y[3 * SCHOOLS];
    double at[SCHOOLS];

    for (size_t j = 0; j < SCHOOLS; j++) {
        at[j] = x[3 * j] = x[3 * j + 1] = x[3 * j + 2] = (double)(j + 1) + shift;
        y[3 * j] = low[j];
        y[3 * j + 1] = high[j];
        y[3 * j + 2] = NAN;
    }
    wick_figure_add(
        figure, &(wick_series){ .x = x, .y = y, .n = 3 * SCHOOLS, .color = color, .width = 2.5 });
    wick_figure_add(figure,
        &(wick_series){ .title = title,
            .x = at,
            .y = centre,
            .n = SCHOOLS,
            .style = WICK_POINTS,
            .color = color,
            .size = 1.4 });
}

static void draw_shrinkage(wick *w, const char *out, const struct fit *f)
{
    static const double Z = 1.6448536269514722; /* of 95 % */
    const double *raw = EIGHT_SCHOOLS_EFFECT;
    double low[SCHOOLS], high[SCHOOLS];
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "03_shrinkage",
            .title = "Effects of coaching, with intervals of 90 %",
            .xlabel = "school",
            .ylabel = "effect",
            .xrange = { 0.5, SCHOOLS + 0.5 },
            .xtics = 1.0,
            .key = WICK_KEY_ABOVE });

    wick_figure_add(figure,
        &(wick_series){ .title = "posterior mean of mu",
            .x = (double[]){ 0.5, SCHOOLS + 0.5 },
            .y = (double[]){ f->mean[MU], f->mean[MU] },
            .n = 2,
            .color = "#555555",
            .dash = WICK_DASHED });
    for (size_t j = 0; j < SCHOOLS; j++) {
        low[j] = raw[j] - Z * EIGHT_SCHOOLS_ERROR[j];
        high[j] = raw[j] + Z * EIGHT_SCHOOLS_ERROR[j];
    }
    add_intervals(figure, "each school alone", "#ff7f0e", -0.1, low, raw, high);
    for (size_t j = 0; j < SCHOOLS; j++) {
        const wick_chains x = f->figure[j];
        low[j] = wick_sample_quantile(w, x.chains * x.n, x.draws, 0.05);
        high[j] = wick_sample_quantile(w, x.chains * x.n, x.draws, 0.95);
    }
    add_intervals(figure, "posterior", "#1f77b4", 0.1, low, f->mean, high);
    wick_figure_write(figure);
    wick_figure_free(figure);
}

/* --- replications ------------------------------------------------------------------------------ */

enum { CELLS = 40 };

static void draw_largest(wick *w, const char *out, const struct fit *f)
{
    const wick_chains x = f->figure[LARGEST];
    double at[CELLS + 1], counts[CELLS + 1] = { 0.0 }, most = 0.0;
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "04_largest",
            .title = "The largest effect in replications of the data",
            .xlabel = "largest effect",
            .ylabel = "draws",
            .xrange = { 0.0, 2.0 * CELLS } });

    for (size_t b = 0; b <= CELLS; b++)
        at[b] = 2.0 * (double)b;
    for (size_t i = 0; i < x.chains * x.n; i++)
        if (x.draws[i] >= 0.0 && x.draws[i] < 2.0 * CELLS)
            most = fmax(most, ++counts[(size_t)(x.draws[i] / 2.0)]);
    wick_figure_add(figure,
        &(wick_series){ .title = "replications",
            .x = at,
            .y = counts,
            .n = CELLS + 1,
            .style = WICK_STEPS,
            .color = "#1f77b4" });
    wick_figure_add(figure,
        &(wick_series){ .title = "data",
            .x = (double[]){ 28.0, 28.0 },
            .y = (double[]){ 0.0, most },
            .n = 2,
            .color = "black",
            .dash = WICK_DASHED });
    wick_figure_write(figure);
    wick_figure_free(figure);
}

/* --- all --------------------------------------------------------------------------------------- */

static void draw_pair(wick *w, const char *name, const char *title, wick_figure *a, wick_figure *b)
{
    wick_sheet_write(w,
        &(wick_sheet_options){
            .name = name, .title = title, .columns = 2, .width = 1000, .height = 450 },
        2, (wick_figure *const[]){ a, b });
    wick_figure_free(a);
    wick_figure_free(b);
}

void eight_schools_draw(wick *w, const struct example_options *o, const struct fit *fits)
{
    const struct fit *centred = &fits[CENTRED], *best = &fits[NON_CENTRED];

    draw_pair(w, "01_funnel", "The funnel", funnel(w, o->out, centred), funnel(w, o->out, best));
    draw_pair(w, "02_ranks", "Ranks of tau, chain by chain", ranks(w, o->out, centred),
        ranks(w, o->out, best));
    draw_shrinkage(w, o->out, best);
    draw_largest(w, o->out, best);
}
