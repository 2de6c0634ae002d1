/*
 * The mixture of five points: the MAP part of Pyro's Gaussian mixture tutorial,
 * https://pyro.ai/examples/gmm.html
 *
 * Five numbers, two components. The assignments are summed out exactly; weights, locs and scale
 * are fitted by Adam in 200 steps from the best of 100 starts. Numbers to expect: initial loss
 * 25.665584461, loss after 200 steps 17.4432549, weights (0.375, 0.625), locs (0.49894, 10.98446),
 * scale 0.651434. The components are shown in order of loc, so that their labels do not matter.
 */
#include "common.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wick/wick.h>

enum { K = 2, N = 5, STARTS = 100 };

static const double POINTS[N] = { 0.0, 1.0, 10.0, 11.0, 12.0 };
static const char *const PARAMS[] = { "AutoDelta.weights", "AutoDelta.scale", "AutoDelta.locs" };
enum { N_PARAMS = 3 };

struct points {
    size_t n;
    const double *x;
};

/* --- the model --------------------------------------------------------------------------------- */

static void model(wick *w, void *arg)
{
    const struct points *d = arg;
    wick_var weights = wick_sample(w, "weights", wick_dirichlet(wick_fill(w, 0.5, K)));
    wick_var scale = wick_sample(w, "scale", wick_lognormal(0.0, 2.0));
    wick_var locs = WICK_VAR_NONE;

    WICK_PLATE (w, "components", K)
        locs = wick_sample(w, "locs", wick_normal(0.0, 10.0));
    WICK_PLATE (w, "data", d->n) {
        wick_var z = wick_sample(w, "assignment", wick_categorical(weights));
        wick_observe(w, "obs", wick_normal(wick_take(locs, z), scale), wick_data(w, d->x, d->n));
    }
}

/* --- initial values ---------------------------------------------------------------------------- */

static double variance(const struct points *d)
{
    double mean = 0.0, squares = 0.0;

    for (size_t i = 0; i < d->n; i++)
        mean += d->x[i] / (double)d->n;
    for (size_t i = 0; i < d->n; i++)
        squares += (d->x[i] - mean) * (d->x[i] - mean);
    return squares / (double)(d->n - 1);
}

struct start {
    const struct points *points;
    double scale; /* 0: from the data, sqrt(var / 2) */
};

static wick_var initial_value(wick *w, const wick_site *site, void *arg)
{
    const struct start *start = arg;
    const struct points *d = start->points;

    if (strcmp(site->name, "weights") == 0)
        return wick_fill(w, 1.0 / K, K);
    if (strcmp(site->name, "scale") == 0)
        return wick_num(w, start->scale > 0.0 ? start->scale : sqrt(variance(d) / 2.0));
    size_t chosen[K];
    double locs[K] = { 0.0 };
    wick_draw_choice(w, d->n, K, chosen);
    for (size_t k = 0; k < K && wick_status(w) == WICK_OK; k++)
        locs[k] = d->x[chosen[k]];
    return wick_split(wick_const(w, locs, K), "components");
}

/* --- the fit ----------------------------------------------------------------------------------- */

struct fit {
    uint64_t seed;
    double initial_loss, final_loss;
    size_t steps;
    double *losses, *norms[N_PARAMS]; /* per step */
    double weights[K], locs[K], scale;
};

/* Components in order of loc. */
static void read_estimates(const wick_guide *guide, struct fit *fit)
{
    double weights[K] = { 0.0 }, locs[K] = { 0.0 };

    wick_guide_get(guide, "weights", weights, K);
    wick_guide_get(guide, "locs", locs, K);
    wick_guide_get(guide, "scale", &fit->scale, 1);
    const size_t first = locs[0] > locs[1];
    for (size_t k = 0; k < K; k++) {
        fit->weights[k] = weights[k ^ first];
        fit->locs[k] = locs[k ^ first];
    }
}

static void train(wick *w, wick_svi *svi, struct fit *fit, bool quiet)
{
    wick_progress *progress =
        quiet ? NULL : wick_progress_new(w, &(wick_progress_options){ .total = fit->steps });

    for (size_t i = 0; i < fit->steps && wick_status(w) == WICK_OK; i++) {
        fit->losses[i] = wick_svi_step(svi);
        for (size_t p = 0; p < N_PARAMS; p++)
            fit->norms[p][i] = wick_svi_gradient_norm(svi, PARAMS[p]);
        wick_progress_step(progress, fit->losses[i]);
    }
    wick_progress_free(progress);
    fit->final_loss = wick_svi_evaluate(svi);
}

/* From the given seed, or from the best of 100. */
static void run_fit(wick *w, struct points *d, double scale, long seed, struct fit *fit, bool quiet)
{
    struct start start = { d, scale };
    const wick_program mixture = { model, d };
    wick_guide *guide = wick_auto_delta_new(
        w, mixture, &(wick_auto_options){ .init = initial_value, .init_arg = &start });
    wick_svi *svi = wick_svi_new(w, mixture, wick_guide_program(guide),
        &(wick_svi_options){ .loss = wick_trace_enum_elbo,
            .optim = wick_adam(.lr = 0.1, .beta1 = 0.8, .beta2 = 0.99) });

    if (seed < 0) {
        fit->seed = wick_multistart(svi, STARTS, NULL);
    } else {
        fit->seed = (uint64_t)seed;
        wick_set_seed(w, fit->seed);
        wick_params_clear(w);
    }
    fit->initial_loss = wick_svi_evaluate(svi);
    train(w, svi, fit, quiet);
    read_estimates(guide, fit);
    wick_svi_free(svi);
    wick_guide_free(guide);
}

/* --- showing it -------------------------------------------------------------------------------- */

static void print_fit(const struct fit *fit, bool chosen)
{
    static const size_t SHOWN[] = { 0, 1, 2, 5, 10, 20, 50, 100, 150 };

    if (chosen)
        printf("initial_loss = %.9f (best of %d starts)\n\n", fit->initial_loss, STARTS);
    else
        printf("initial_loss = %.9f (seed %d)\n\n", fit->initial_loss, (int)fit->seed);
    printf("step  loss          |g| weights  |g| scale    |g| locs\n");
    for (size_t i = 0; i < sizeof SHOWN / sizeof *SHOWN; i++) {
        const size_t s = SHOWN[i];
        if (s < fit->steps)
            printf("%4zu  %.9f  %-11.6g  %-11.6g  %.6g\n", s, fit->losses[s], fit->norms[0][s],
                fit->norms[1][s], fit->norms[2][s]);
    }
    printf("\nloss after %zu steps = %.9f\n", fit->steps, fit->final_loss);
    printf("weights = [%.6f %.6f]\n", fit->weights[0], fit->weights[1]);
    printf("locs = [%.5f %.5f]\n", fit->locs[0], fit->locs[1]);
    printf("scale = %.7f\n", fit->scale);
}

static void print_stuck(const struct fit *fit)
{
    printf("\nfrom scale 20, after %zu steps: loss = %.6f, weights = [%.2g %.2g], ", fit->steps,
        fit->final_loss, fit->weights[0], fit->weights[1]);
    printf("locs = [%.2g %.5g], scale = %.5g\n", fit->locs[0], fit->locs[1], fit->scale);
}

static void draw_convergence(wick *w, const struct example_options *o, const struct fit *fit)
{
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){ .directory = o->out,
            .name = "01_convergence",
            .title = "Convergence of SVI",
            .xlabel = "iters",
            .ylabel = "loss",
            .log_y = true,
            .height = 300 });

    wick_figure_add(f, &(wick_series){ .y = fit->losses, .n = fit->steps });
    wick_figure_write(f);
    wick_figure_free(f);
}

static void draw_norms(wick *w, const struct example_options *o, const struct fit *fit)
{
    static const char *const TITLES[] = { "weights", "scale", "locs" };
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){ .directory = o->out,
            .name = "02_gradient_norms",
            .title = "Gradient norms during SVI",
            .xlabel = "iters",
            .ylabel = "gradient norm",
            .log_y = true });

    for (size_t p = 0; p < N_PARAMS; p++)
        wick_figure_add(
            f, &(wick_series){ .title = TITLES[p], .y = fit->norms[p], .n = fit->steps });
    wick_figure_write(f);
    wick_figure_free(f);
}

/* As the tutorial has it: w_k phi((x - loc_k) / scale), which is the density times scale. */
static void draw_density(wick *w, const struct example_options *o, const struct fit *fit)
{
    enum { GRID = 180 };
    static const double ROOT_2_PI = 2.5066282746310005024;
    double x[GRID], y[K][GRID], sum[GRID], zero[N] = { 0.0 };
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){ .directory = o->out,
            .name = "03_density",
            .title = "Density of two-component mixture model",
            .xlabel = "data value",
            .ylabel = "probability density",
            .xrange = { -3.0, 15.0 } });

    for (size_t i = 0; i < GRID; i++) {
        x[i] = -3.0 + 0.1 * (double)i;
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
            .x = POINTS,
            .y = zero,
            .n = N,
            .color = "black",
            .style = WICK_POINTS,
            .marker = WICK_STAR,
            .size = 1.6 });
    wick_figure_write(f);
    wick_figure_free(f);
}

static void write_summary(
    wick *w, const struct example_options *o, const struct fit *fit, const struct fit *stuck)
{
    wick_summary *s = wick_summary_new(w, example_path(o, "summary.json"));

    wick_summary_count(s, "seed", fit->seed);
    wick_summary_number(s, "initial_loss", fit->initial_loss);
    wick_summary_array(s, "losses", fit->steps, fit->losses);
    wick_summary_number(s, "final_loss", fit->final_loss);
    wick_summary_array(s, "weights", K, fit->weights);
    wick_summary_array(s, "locs", K, fit->locs);
    wick_summary_number(s, "scale", fit->scale);
    wick_summary_array(s, "gradient_norm_weights", fit->steps, fit->norms[0]);
    wick_summary_array(s, "gradient_norm_scale", fit->steps, fit->norms[1]);
    wick_summary_array(s, "gradient_norm_locs", fit->steps, fit->norms[2]);
    wick_summary_number(s, "large_scale_loss", stuck->final_loss);
    wick_summary_array(s, "large_scale_locs", K, stuck->locs);
    wick_summary_number(s, "large_scale_scale", stuck->scale);
    wick_summary_close(s);
}

/* --- memory for the curves --------------------------------------------------------------------- */

static void allocate(struct fit *fit, size_t steps)
{
    double *all = calloc((1 + N_PARAMS) * steps, sizeof *all);

    if (!all) {
        fprintf(stderr, "five_point: out of memory\n");
        exit(1);
    }
    *fit = (struct fit){ .steps = steps, .losses = all };
    for (size_t p = 0; p < N_PARAMS; p++)
        fit->norms[p] = all + (p + 1) * steps;
}

int main(int argc, char **argv)
{
    struct example_options o = { .name = "five_point",
        .about = "Fits a mixture of two normals to five points (MAP, Pyro's tutorial).",
        .seed = -1,
        .steps = 200,
        .out = "five_point" };
    struct points points = { N, POINTS };
    struct fit fit, stuck;

    example_read_options(&o, argc, argv);
    allocate(&fit, o.steps);
    allocate(&stuck, o.steps);
    wick *w = wick_new(NULL);

    run_fit(w, &points, 0.0, o.seed, &fit, o.quiet);
    if (!o.quiet && wick_status(w) == WICK_OK)
        print_fit(&fit, o.seed < 0);

    /*
     * The tutorial's remark: from a large scale everything lands in one cluster. The loss falls
     * below that of the fit above, and on without end: dirichlet(0.5) is unbounded where a weight
     * goes to 0. A lower loss is not a better fit here.
     */
    run_fit(w, &points, 20.0, (long)fit.seed, &stuck, true);
    if (!o.quiet && wick_status(w) == WICK_OK)
        print_stuck(&stuck);

    draw_convergence(w, &o, &fit);
    draw_norms(w, &o, &fit);
    draw_density(w, &o, &fit);
    write_summary(w, &o, &fit, &stuck);

    const bool failed = wick_status(w) != WICK_OK;
    if (failed)
        fprintf(stderr, "five_point: %s\n", wick_message(w));
    wick_free(w);
    free(fit.losses);
    free(stuck.losses);
    return failed;
}
