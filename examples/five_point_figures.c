/* The pictures of the five-point example, as the tutorial has them, and what they rest on. */
#include "five_point.h"

#include <math.h>
#include <stdio.h>

static void finish(wick_figure *f)
{
    wick_figure_write(f);
    wick_figure_free(f);
}

/* --- the fit ----------------------------------------------------------------------------------- */

static void draw_convergence(wick *w, const char *out, const struct fit *fit)
{
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "01_convergence",
            .title = "Convergence of SVI",
            .xlabel = "iters",
            .ylabel = "loss",
            .log_y = true,
            .height = 300 });

    wick_figure_add(f, &(wick_series){ .y = fit->losses, .n = fit->steps });
    finish(f);
}

static void draw_norms(wick *w, const char *out, const struct fit *fit)
{
    static const char *const TITLES[] = { "weights", "scale", "locs" };
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "02_gradient_norms",
            .title = "Gradient norms during SVI",
            .xlabel = "iters",
            .ylabel = "gradient norm",
            .log_y = true });

    for (size_t p = 0; p < N_PARAMS; p++)
        wick_figure_add(
            f, &(wick_series){ .title = TITLES[p], .y = fit->norms[p], .n = fit->steps });
    finish(f);
}

/* As the tutorial has it: w_k phi((x - loc_k) / scale), which is the density times scale. */
static void draw_density(wick *w, const char *out, const struct results *r)
{
    static const double ROOT_2_PI = 2.5066282746310005024;
    const struct fit *fit = &r->fit;
    const double *x = r->classes.grid;
    double y[K][GRID], sum[GRID], zero[N] = { 0.0 };
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "03_density",
            .title = "Density of two-component mixture model",
            .xlabel = "data value",
            .ylabel = "probability density",
            .xrange = { -3.0, 15.0 } });

    for (size_t i = 0; i < GRID; i++) {
        for (size_t k = 0; k < K; k++) {
            const double z = (x[i] - fit->locs[k]) / fit->scale;
            y[k][i] = fit->weights[k] * exp(-0.5 * z * z) / ROOT_2_PI;
        }
        sum[i] = y[0][i] + y[1][i];
    }
    wick_figure_add(
        f, &(wick_series){ .title = "component 0", .x = x, .y = y[0], .n = GRID, .color = "red" });
    wick_figure_add(
        f, &(wick_series){ .title = "component 1", .x = x, .y = y[1], .n = GRID, .color = "blue" });
    wick_figure_add(f,
        &(wick_series){ .title = "mixture",
            .x = x,
            .y = sum,
            .n = GRID,
            .color = "black",
            .dash = WICK_DASHED });
    wick_figure_add(f,
        &(wick_series){ .title = "data",
            .x = r->points.x,
            .y = zero,
            .n = N,
            .color = "black",
            .style = WICK_POINTS,
            .marker = WICK_STAR,
            .size = 1.6 });
    finish(f);
}

/* --- the classifier ---------------------------------------------------------------------------- */

static void draw_map(wick *w, const char *out, const struct results *r)
{
    const struct classes *c = &r->classes;
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "04_map_assignment",
            .title = "MAP assignment",
            .xlabel = "data value",
            .ylabel = "class assignment",
            .xrange = { -3.0, 15.0 },
            .yrange = { -0.15, 1.15 },
            .key = WICK_KEY_TOP_LEFT,
            .width = 800,
            .height = 220 });

    wick_figure_add(f,
        &(wick_series){
            .title = "new data", .x = c->grid, .y = c->grid_labels, .n = GRID, .width = 2.0 });
    wick_figure_add(f,
        &(wick_series){ .title = "data",
            .x = r->points.x,
            .y = c->labels,
            .n = N,
            .color = "black",
            .style = WICK_POINTS,
            .marker = WICK_STAR,
            .size = 1.2 });
    finish(f);
}

/* The probabilities that the draws have are a line under them. */
static void draw_random(wick *w, const char *out, const struct results *r)
{
    const struct classes *c = &r->classes;
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "05_random_assignment",
            .title = "Random posterior assignment",
            .xlabel = "data value",
            .ylabel = "class assignment",
            .xrange = { 5.48, 6.02 },
            .yrange = { -0.15, 1.15 },
            .key = WICK_KEY_TOP_LEFT,
            .width = 800,
            .height = 220 });

    wick_figure_add(f,
        &(wick_series){ .title = "probability of 1",
            .x = c->close_up,
            .y = c->close_up_probs,
            .n = CLOSE_UP,
            .color = "#aaaaaa" });
    wick_figure_add(f,
        &(wick_series){ .title = "draw",
            .x = c->close_up,
            .y = c->close_up_drawn,
            .n = CLOSE_UP,
            .color = "#1f77b4",
            .style = WICK_POINTS,
            .marker = WICK_CROSS,
            .size = 0.9 });
    finish(f);
}

/* --- the guide of the assignments -------------------------------------------------------------- */

/* The line below: the loss where the guide is the posterior. */
static void draw_guide_convergence(wick *w, const char *out, const struct results *r)
{
    const struct guide_fit *g = &r->interval;
    const double ends[] = { 0.0, (double)(g->steps - 1) };
    const double bound[] = { r->fit.final_loss, r->fit.final_loss };
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "06_convergence_full_guide",
            .title = "Convergence of SVI",
            .xlabel = "iters",
            .ylabel = "loss",
            .log_y = true,
            .height = 300 });

    wick_figure_add(f, &(wick_series){ .title = "unit interval", .y = g->losses, .n = g->steps });
    wick_figure_add(f, &(wick_series){ .title = "simplex", .y = r->simplex.losses, .n = g->steps });
    wick_figure_add(f,
        &(wick_series){ .title = "exact posterior",
            .x = ends,
            .y = bound,
            .n = 2,
            .color = "#555555",
            .dash = WICK_DASHED });
    finish(f);
}

static void draw_guide_norms(wick *w, const char *out, const struct results *r)
{
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "07_gradient_norms_full_guide",
            .title = "Gradient norms during SVI",
            .xlabel = "iters",
            .ylabel = "gradient norm",
            .log_y = true });

    wick_figure_add(f,
        &(wick_series){ .title = "assignment_probs, unit interval",
            .y = r->interval.norms,
            .n = r->interval.steps });
    wick_figure_add(f,
        &(wick_series){
            .title = "assignment_probs, simplex", .y = r->simplex.norms, .n = r->simplex.steps });
    finish(f);
}

static void draw_probs(wick *w, const char *out, const struct results *r)
{
    static const char *const COLORS[K] = { "red", "blue" };
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "08_assignment_probs",
            .title = "Mixture assignment probabilities",
            .xlabel = "data value",
            .ylabel = "assignment probability",
            .xrange = { -0.7, 12.7 },
            .yrange = { -0.07, 1.07 },
            .key = WICK_KEY_CENTER,
            .width = 800,
            .height = 300 });

    for (size_t k = 0; k < K; k++) {
        double y[N];
        char title[64];
        snprintf(title, sizeof title, "component with mean %.2g", r->fit.locs[k]);
        for (size_t i = 0; i < N; i++)
            y[i] = r->simplex.probs[K * i + k];
        wick_figure_add(f,
            &(wick_series){ .title = title,
                .x = r->points.x,
                .y = y,
                .n = N,
                .color = COLORS[k],
                .style = WICK_POINTS,
                .size = 1.3 });
    }
    finish(f);
}

void five_point_draw(wick *w, const struct example_options *o, const struct results *r)
{
    draw_convergence(w, o->out, &r->fit);
    draw_norms(w, o->out, &r->fit);
    draw_density(w, o->out, r);
    draw_map(w, o->out, r);
    draw_random(w, o->out, r);
    draw_guide_convergence(w, o->out, r);
    draw_guide_norms(w, o->out, r);
    draw_probs(w, o->out, r);
    five_point_draw_chains(w, o, &r->chains);
}
