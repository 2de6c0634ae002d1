/* The pictures of the regression. */
#include "regression.h"

#include <math.h>
#include <stdlib.h>

static void finish(wick_figure *figure)
{
    wick_figure_write(figure);
    wick_figure_free(figure);
}

/* --- predictions ------------------------------------------------------------------------------- */

enum { GRID = 60 };

static const double LOW = -2.2, HIGH = 4.2; /* of log volume */

/* The quantile of each column. */
static void take_quantile(wick *w, const wick_draws *d, double prob, double out[GRID])
{
    double *column = regression_doubles(d->draws);

    for (size_t j = 0; j < GRID; j++) {
        for (size_t i = 0; i < d->draws; i++)
            column[i] = d->values[i * d->size + j];
        out[j] = wick_sample_quantile(w, d->draws, column, prob);
    }
    free(column);
}

static void add_band(wick_figure *figure, wick *w, const double *x, const wick_draws *d,
    const char *title, const char *color)
{
    double y[GRID];

    for (size_t end = 0; end < 2; end++) {
        take_quantile(w, d, end == 0 ? 0.05 : 0.95, y);
        wick_figure_add(figure,
            &(wick_series){
                .title = end == 0 ? title : NULL, .x = x, .y = y, .n = GRID, .color = color });
    }
}

/* Lines and further weights at each draw, over a grid. */
static void draw_predictions(wick *w, const char *out, const struct fit *f)
{
    double x[GRID], y[GRID];
    struct bushes grid = { .n = GRID, .log_volume = x };
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "01_predictions",
            .title = "Weight of the leaves by volume of the canopy, with intervals of 90 %",
            .xlabel = "log volume (cubic metres)",
            .ylabel = "log weight (grams)",
            .xrange = { LOW, HIGH },
            .key = WICK_KEY_TOP_LEFT,
            .height = 500 });

    for (size_t j = 0; j < GRID; j++)
        x[j] = LOW + (HIGH - LOW) * (double)j / (GRID - 1);
    wick_predictive *p = wick_predictive_new(w, (wick_program){ regression_model, &grid },
        &(wick_posterior){ .sites = f->sites, .n_sites = 2 },
        &(wick_predictive_options){ .sites = (const char *const[]){ "line", "log_weight", NULL } });
    if (p) {
        take_quantile(w, wick_predictive_find(p, "line"), 0.5, y);
        add_band(figure, w, x, wick_predictive_find(p, "log_weight"), "a further bush", "#9ecae1");
        add_band(figure, w, x, wick_predictive_find(p, "line"), "the line", "#1f77b4");
        wick_figure_add(figure,
            &(wick_series){ .title = "median line", .x = x, .y = y, .n = GRID, .color = "black" });
    }
    wick_figure_add(figure,
        &(wick_series){ .title = "46 bushes",
            .x = f->data.log_volume,
            .y = f->data.log_weight,
            .n = f->data.n,
            .style = WICK_POINTS,
            .color = "#ff7f0e",
            .size = 0.9 });
    finish(figure);
    wick_predictive_free(p);
}

/* --- the slope --------------------------------------------------------------------------------- */

enum { BINS = 40, CURVE = 200 };

static const double LEFT = 0.5, RIGHT = 0.95;

static void add_histogram(wick_figure *figure, wick_chains x)
{
    const double width = (RIGHT - LEFT) / BINS, n = (double)(x.chains * x.n);
    double at[BINS + 1], density[BINS + 1] = { 0.0 };

    for (size_t b = 0; b <= BINS; b++)
        at[b] = LEFT + width * (double)b;
    for (size_t i = 0; i < x.chains * x.n; i++)
        if (x.draws[i] >= LEFT && x.draws[i] < RIGHT)
            density[(size_t)((x.draws[i] - LEFT) / width)] += 1.0 / (n * width);
    wick_figure_add(figure,
        &(wick_series){ .title = "NUTS",
            .x = at,
            .y = density,
            .n = BINS + 1,
            .style = WICK_STEPS,
            .color = "#aaaaaa" });
}

static double normal_density(double x, double mean, double sd)
{
    static const double ROOT_2_PI = 2.5066282746310005024;
    const double z = (x - mean) / sd;

    return exp(-0.5 * z * z) / (ROOT_2_PI * sd);
}

static void draw_slope(wick *w, const char *out, const struct results *r)
{
    static const char *const TITLES[GUIDES] = { "full rank", "Laplace", "mean field" };
    static const wick_dash DASHES[GUIDES] = { WICK_DASHED, WICK_DOTTED, WICK_DASH_DOT };
    const struct exact *e = &r->exact;
    double x[CURVE], y[CURVE];
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "02_slope",
            .title = "Posterior of the slope",
            .xlabel = "beta[1]",
            .ylabel = "density",
            .xrange = { LEFT, RIGHT } });

    add_histogram(figure, regression_draws(r->fits[NORMAL].chains, SLOPE));
    for (size_t i = 0; i < CURVE; i++) {
        x[i] = LEFT + (RIGHT - LEFT) * (double)i / (CURVE - 1);
        y[i] = exp(regression_student_t(x[i], e->df, e->mean[SLOPE], e->scale[SLOPE]));
    }
    wick_figure_add(
        figure, &(wick_series){ .title = "exact", .x = x, .y = y, .n = CURVE, .color = "black" });
    for (size_t g = 0; g < GUIDES; g++) {
        for (size_t i = 0; i < CURVE; i++)
            y[i] = normal_density(x[i], r->guides[g].mean[SLOPE], r->guides[g].sd[SLOPE]);
        wick_figure_add(figure,
            &(wick_series){ .title = TITLES[g], .x = x, .y = y, .n = CURVE, .dash = DASHES[g] });
    }
    finish(figure);
}

/* --- leave-one-out ----------------------------------------------------------------------------- */

static void draw_loo(wick *w, const char *out, const struct fit *fits)
{
    static const char *const TITLES[MODELS] = { "normal", "Student-t" };
    wick_figure *figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "03_leave_one_out",
            .title = "Log density of each bush, given the others",
            .xlabel = "bush",
            .ylabel = "elpd",
            .xrange = { -1.0, (double)fits[NORMAL].data.n },
            .key = WICK_KEY_ABOVE,
            .height = 300 });

    for (size_t m = 0; m < MODELS; m++)
        wick_figure_add(figure,
            &(wick_series){ .title = TITLES[m],
                .y = fits[m].loo->pointwise,
                .n = fits[m].loo->members,
                .style = WICK_POINTS,
                .marker = m == NORMAL ? WICK_CIRCLE : WICK_CROSS });
    finish(figure);
}

void regression_draw(wick *w, const struct example_options *o, const struct results *r)
{
    draw_predictions(w, o->out, &r->fits[NORMAL]);
    draw_slope(w, o->out, r);
    draw_loo(w, o->out, r->fits);
}
