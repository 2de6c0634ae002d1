/*
 * ProbFlow's example "Gaussian Mixture Model": a Bayesian mixture of three Gaussians in the plane,
 * fitted by stochastic variational inference on minibatches.
 *
 * 3072 points of three clusters. Every parameter has a posterior of its own (models/bayes_gmm.h), 27
 * numbers; the assignments of the points are summed out, the divergences from the priors are in closed
 * form. 500 epochs of three minibatches of 1024, Adam with learning rate 0.03.
 *
 * ProbFlow goes through its data in order unless it is told to shuffle, so that in this example each
 * batch is one cluster. It is fitted both ways here. The parameters of the last step still carry the
 * noise of its minibatch; a third fit goes on from the shuffled one and averages the second half of
 * its steps.
 */
#include "common.h"
#include "models/bayes_gmm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <wick/wick.h>

enum { K = 3, D = 2, CLUSTER = 1024, N = K * CLUSTER, BATCH = 1024, STARTS = 20 };
enum { PIXELS = 100, WIDE = 201, DRAWS = 200 };

enum { IN_ORDER, SHUFFLED, AVERAGED, FITS };

static const char *const NAMES[] = { "in the order of the clusters", "shuffled", "averaged" };
static const char *const KEYS[] = { "in_order", "", "averaged" };

struct fit {
    uint64_t seed;
    double *losses; /* per step, of a point */
    double weight_mean[K], weight_sd[K];
    double loc_mean[K * D], loc_sd[K * D];
    double scale_mean[K * D], scale_sd[K * D];
    wick_guide_check check;           /* with all data */
    double integral, narrow_integral; /* of the density, over [-10, 10]^2 and [-6, 6]^2 */
};

/* --- data ------------------------------------------------------------------------------------ */

/* Standard normals, moved block by block: (2, 0), (-2, -4), (-2, 4). */
static void make_data(wick *w, double *x)
{
    static const double CENTRES[K][D] = { { 2.0, 0.0 }, { -2.0, -4.0 }, { -2.0, 4.0 } };

    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < D; j++)
            x[i * D + j] = CENTRES[i / CLUSTER][j] + wick_draw_normal(w);
}

/* --- fitting --------------------------------------------------------------------------------- */

/* One run of the data in their order, for each step. */
struct batches {
    size_t now[BATCH];
};

static bool next_batch(uint64_t steps, double loss, void *arg)
{
    struct batches *b = arg;

    (void)loss;
    for (size_t i = 0; i < BATCH; i++)
        b->now[i] = steps % (N / BATCH) * BATCH + i;
    return true;
}

static void run_fit(
    wick *w, const double *x, const struct example_options *o, size_t which, struct fit *f)
{
    struct batches batches;
    const bayes_gmm m = { .components = K,
        .dimensions = D,
        .n = N,
        .x = x,
        .batch = BATCH,
        .indices = which == IN_ORDER ? batches.now : NULL };

    next_batch(0, 0.0, &batches);
    if (which != AVERAGED)
        wick_params_clear(w);
    wick_svi *svi = wick_svi_new(w, bayes_gmm_model(&m), bayes_gmm_guide(&m),
        &(wick_svi_options){ .loss = wick_trace_mean_field_elbo,
            .optim = wick_adam(.lr = 0.03, .eps = 1e-7),
            .compile = true });
    if (which != AVERAGED && o->seed < 0)
        wick_multistart(svi, STARTS, NULL);
    else if (which != AVERAGED)
        wick_set_seed(w, (uint64_t)o->seed);
    f->seed = wick_seed(w);
    wick_svi_run(svi,
        &(wick_svi_run_options){ .steps = o->steps,
            .rule = WICK_RULE_NONE,
            .keep = which == AVERAGED ? WICK_KEEP_AVERAGE : WICK_KEEP_LAST,
            .callback = next_batch,
            .callback_arg = &batches,
            .losses = f->losses,
            .n_losses = o->steps });
    wick_svi_free(svi);
    for (size_t i = 0; i < o->steps; i++)
        f->losses[i] /= N;
}

/* --- the density ----------------------------------------------------------------------------- */

/* n times n points from -end to end, y by y. */
static double *grid_points(size_t n, double end)
{
    double *points = calloc(n * n * D, sizeof *points);

    for (size_t i = 0; points && i < n * n; i++) {
        points[i * D] = -end + 2.0 * end * (double)(i % n) / (double)(n - 1);
        points[i * D + 1] = -end + 2.0 * end * (double)(i / n) / (double)(n - 1);
    }
    return points;
}

/* The trapezoidal rule. */
static double integral_of(size_t n, double end, const double *density)
{
    const double h = 2.0 * end / (double)(n - 1);
    double sum = 0.0;

    for (size_t i = 0; i < n * n; i++) {
        const bool edge_x = i % n == 0 || i % n == n - 1, edge_y = i / n == 0 || i / n == n - 1;
        sum += (edge_x ? 0.5 : 1.0) * (edge_y ? 0.5 : 1.0) * density[i];
    }
    return sum * h * h;
}

static double integrate(wick *w, const bayes_gmm *m, double end)
{
    double *points = grid_points(WIDE, end), *density = calloc(WIDE * WIDE, sizeof *density);
    double integral = NAN;

    if (points && density && bayes_gmm_density(w, m, WIDE * WIDE, points, density))
        integral = integral_of(WIDE, end, density);
    free(points);
    free(density);
    return integral;
}

/* --- results --------------------------------------------------------------------------------- */

static bayes_gmm all_data(const double *x)
{
    return (bayes_gmm){ .components = K, .dimensions = D, .n = N, .x = x };
}

static void take_results(wick *w, const double *x, struct fit *f)
{
    const bayes_gmm m = all_data(x);
    const bayes_gmm_posterior p = { f->weight_mean, f->weight_sd, f->loc_mean, f->loc_sd,
        f->scale_mean, f->scale_sd };

    bayes_gmm_sort(w, &m);
    bayes_gmm_get(w, &m, &p);
    f->check = wick_check_guide(w, bayes_gmm_model(&m), bayes_gmm_guide(&m), NULL);
    f->integral = integrate(w, &m, 10.0);
    f->narrow_integral = integrate(w, &m, 6.0);
}

/* At the parameters' posterior means, and averaged over draws of them. */
static void take_densities(wick *w, const double *x, double *density, double *averaged)
{
    const bayes_gmm m = all_data(x);
    double *points = grid_points(PIXELS, 6.0);
    bayes_gmm grid = m;

    grid.n = PIXELS * PIXELS;
    grid.x = points;
    if (points && bayes_gmm_density(w, &m, grid.n, points, density))
        wick_predictive_log_density(w, bayes_gmm_model(&grid),
            &(wick_posterior){ .guide = bayes_gmm_guide(&m), .draws = DRAWS }, "x", averaged,
            grid.n);
    for (size_t i = 0; i < PIXELS * PIXELS; i++)
        averaged[i] = exp(averaged[i]);
    free(points);
}

/* --- showing it ------------------------------------------------------------------------------ */

static void print_fit(const struct example_options *o, size_t which, const struct fit *f)
{
    printf("\n%s, seed %llu: loss per point %.4f in step %zu\n", NAMES[which],
        (unsigned long long)f->seed, f->losses[o->steps - 1], o->steps);
    printf("     %-16s  %-16s  %-16s  %-14s  %s\n", "weight", " mean x", " mean y", "sd x", "sd y");
    for (size_t k = 0; k < K; k++) {
        printf("  %zu  %.4f +- %.4f", k + 1, f->weight_mean[k], f->weight_sd[k]);
        for (size_t j = 0; j < D; j++)
            printf("  %6.3f +- %.3f", f->loc_mean[k * D + j], f->loc_sd[k * D + j]);
        for (size_t j = 0; j < D; j++)
            printf("  %.3f +- %.3f", f->scale_mean[k * D + j], f->scale_sd[k * D + j]);
        printf("\n");
    }
    printf("  the density integrates to %.4f over [-10, 10]^2, %.4f over [-6, 6]^2\n", f->integral,
        f->narrow_integral);
    printf("  all data: ELBO %.2f, log-evidence %.2f (+- %.2f), k-hat %.2f\n", f->check.elbo,
        f->check.log_evidence, f->check.log_evidence_se, f->check.k);
}

static wick_figure *figure_of(
    const struct example_options *o, wick *w, const char *name, const char *title, bool is_square)
{
    const wick_range six = { -6.0, 6.0 };

    return wick_figure_new(w,
        &(wick_figure_options){ .directory = o->out,
            .name = name,
            .title = title,
            .xlabel = is_square ? "x" : "epoch",
            .ylabel = is_square ? "y" : "loss per point",
            .xrange = is_square ? six : (wick_range){ 0.0, 0.0 },
            .yrange = is_square ? (wick_range){ -8.0, 8.0 } : (wick_range){ 2.5, 6.0 },
            .equal_axes = is_square,
            .width = is_square ? 640 : 0,
            .height = is_square ? 640 : 0 });
}

static void finish(wick_figure *figure)
{
    wick_figure_write(figure);
    wick_figure_free(figure);
}

static void add_points(wick_figure *figure, const double *x, const char *color, double size)
{
    double *column = calloc(2 * N, sizeof *column);

    for (size_t i = 0; column && i < N; i++) {
        column[i] = x[i * D];
        column[N + i] = x[i * D + 1];
    }
    if (column)
        wick_figure_add(figure,
            &(wick_series){ .x = column,
                .y = column + N,
                .n = N,
                .style = WICK_POINTS,
                .color = color,
                .size = size });
    free(column);
}

static void draw_losses(const struct example_options *o, wick *w, const struct fit *fit)
{
    wick_figure *figure = figure_of(o, w, "02_convergence", "Minibatches of 1024", false);
    double *epoch = calloc(o->steps, sizeof *epoch);

    for (size_t i = 0; epoch && i < o->steps; i++)
        epoch[i] = (double)(i + 1) * BATCH / N;
    for (size_t i = 0; epoch && i < AVERAGED; i++)
        wick_figure_add(figure,
            &(wick_series){ .title = NAMES[i], .x = epoch, .y = fit[i].losses, .n = o->steps });
    finish(figure);
    free(epoch);
}

static void draw(const struct example_options *o, wick *w, const double *x, const struct fit *fit,
    const double *density)
{
    const wick_range six = { -6.0, 6.0 };
    wick_grid grid = { .nx = PIXELS, .ny = PIXELS, .x = six, .y = six, .values = density };

    wick_figure *figure = figure_of(o, w, "01_data", "Three clusters of 1024 points", true);
    add_points(figure, x, "#cc1f77b4", 0.5);
    finish(figure);
    draw_losses(o, w, fit);
    figure = wick_figure_new(w,
        &(wick_figure_options){ .directory = o->out,
            .name = "03_density",
            .title = "Density of the fitted mixture",
            .xlabel = "x",
            .ylabel = "y",
            .equal_axes = true,
            .width = 700,
            .height = 620 });
    wick_figure_add_grid(figure, &grid);
    finish(figure);
    figure = figure_of(o, w, "04_contours", "The density and the points it was fitted to", true);
    add_points(figure, x, "#aa1f77b4", 0.25);
    grid.style = WICK_CONTOURS;
    wick_figure_add_grid(figure, &grid);
    finish(figure);
}

static void write_fit(
    wick_summary *s, const struct example_options *o, size_t which, const struct fit *f)
{
    const char *prefix = KEYS[which];
    char key[60];

#define KEY(name) (snprintf(key, sizeof key, "%s%s%s", prefix, *prefix ? "_" : "", name), key)
    wick_summary_count(s, KEY("seed"), f->seed);
    wick_summary_matrix(s, KEY("means"), K, D, f->loc_mean);
    wick_summary_matrix(s, KEY("means_sd"), K, D, f->loc_sd);
    wick_summary_matrix(s, KEY("sds"), K, D, f->scale_mean);
    wick_summary_matrix(s, KEY("sds_sd"), K, D, f->scale_sd);
    wick_summary_array(s, KEY("weights"), K, f->weight_mean);
    wick_summary_array(s, KEY("weights_sd"), K, f->weight_sd);
    wick_summary_number(s, KEY("elbo"), f->check.elbo);
    wick_summary_number(s, KEY("log_evidence"), f->check.log_evidence);
    wick_summary_number(s, KEY("k_hat"), f->check.k);
    wick_summary_number(s, KEY("density_integral"), f->integral);
    wick_summary_number(s, KEY("density_integral_6"), f->narrow_integral);
    wick_summary_array(s, KEY("losses"), o->steps, f->losses);
#undef KEY
}

static void show(const struct example_options *o, wick *w, const double *x, const struct fit *fit,
    const double *density, const double *averaged)
{
    wick_summary *s = wick_summary_new(w, example_path(o, "summary.json"));
    double most = 0.0;

    for (size_t i = 0; i < PIXELS * PIXELS; i++)
        most = fmax(most, fabs(density[i] - averaged[i]));
    if (!o->quiet) {
        printf(
            "%d points; true means (2, 0), (-2, -4), (-2, 4), sds 1, weights 1/3; the true density "
            "has 0.9848 of\nits mass in [-6, 6]^2\n",
            N);
        for (size_t i = 0; i < FITS; i++)
            print_fit(o, i, &fit[i]);
        printf("\nAveraged over %d draws of the posterior the density changes by %.5f at most.\n",
            DRAWS, most);
    }
    draw(o, w, x, fit, density);
    wick_summary_number(s, "density_by_draws_differs", most);
    write_fit(s, o, SHUFFLED, &fit[SHUFFLED]);
    write_fit(s, o, IN_ORDER, &fit[IN_ORDER]);
    write_fit(s, o, AVERAGED, &fit[AVERAGED]);
    wick_summary_close(s);
}

int main(int argc, char **argv)
{
    static double x[N * D], density[PIXELS * PIXELS], averaged[PIXELS * PIXELS];
    static struct fit fit[FITS];
    struct example_options o = { .name = "bayes_gmm",
        .about = "Fits a Bayesian mixture of Gaussians to points in the plane.",
        .seed = -1,
        .steps = 1500,
        .out = "bayes_gmm" };

    example_read_options(&o, argc, argv);
    double *losses = calloc(FITS * o.steps, sizeof *losses);
    wick *w = losses ? wick_new(&(wick_options){ .math = WICK_MATH_PORTABLE }) : NULL;
    if (w)
        make_data(w, x);
    for (size_t i = 0; w && i < FITS; i++) {
        fit[i].losses = losses + i * o.steps;
        run_fit(w, x, &o, i, &fit[i]);
        take_results(w, x, &fit[i]);
        if (i == SHUFFLED)
            take_densities(w, x, density, averaged);
    }
    if (wick_status(w) == WICK_OK)
        show(&o, w, x, fit, density, averaged);

    const bool failed = wick_status(w) != WICK_OK;
    if (failed)
        fprintf(stderr, "bayes_gmm: %s\n", wick_message(w));
    wick_free(w);
    free(losses);
    return failed;
}
