/*
 * The mixture of five points: Pyro's Gaussian mixture tutorial,
 * https://pyro.ai/examples/gmm.html
 *
 * Five numbers, two components. The assignments are summed out exactly; weights, locs and scale
 * are fitted by Adam in 200 steps from the best of 100 starts. Numbers to expect: initial loss
 * 25.665584461, loss after 200 steps 17.4432549, weights (0.375, 0.625), locs (0.49894, 10.98446),
 * scale 0.651434. The components are shown in order of loc, so that their labels do not matter.
 * Then the assignments: those of any data by the trained model, and by a second guide.
 */
#include "five_point.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STARTS = 100 };

static const double POINTS[N] = { 0.0, 1.0, 10.0, 11.0, 12.0 };
const char *const FIVE_POINT_PARAMS[] = { "AutoDelta.weights", "AutoDelta.scale",
    "AutoDelta.locs" };

/* --- the model --------------------------------------------------------------------------------- */

void five_point_model(wick *w, void *arg)
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

/* Components in order of loc. */
static void read_estimates(struct fit *fit)
{
    double weights[K] = { 0.0 }, locs[K] = { 0.0 };

    wick_guide_get(fit->guide, "weights", weights, K);
    wick_guide_get(fit->guide, "locs", locs, K);
    wick_guide_get(fit->guide, "scale", &fit->scale, 1);
    const size_t first = locs[0] > locs[1];
    for (size_t k = 0; k < K; k++) {
        fit->order[k] = k ^ first;
        fit->weights[k] = weights[fit->order[k]];
        fit->locs[k] = locs[fit->order[k]];
    }
}

static void train(wick *w, wick_svi *svi, struct fit *fit, bool quiet)
{
    wick_progress *progress =
        quiet ? NULL : wick_progress_new(w, &(wick_progress_options){ .total = fit->steps });

    for (size_t i = 0; i < fit->steps && wick_status(w) == WICK_OK; i++) {
        fit->losses[i] = wick_svi_step(svi);
        for (size_t p = 0; p < N_PARAMS; p++)
            fit->norms[p][i] = wick_svi_gradient_norm(svi, FIVE_POINT_PARAMS[p]);
        wick_progress_step(progress, fit->losses[i]);
    }
    wick_progress_free(progress);
    fit->final_loss = wick_svi_evaluate(svi);
}

/* From the given seed, or from the best of 100. The guide stays, with its parameters. */
static void run_fit(wick *w, struct points *d, double scale, long seed, struct fit *fit, bool quiet)
{
    struct start start = { d, scale };
    const wick_program mixture = { five_point_model, d };

    fit->guide = wick_auto_delta_new(
        w, mixture, &(wick_auto_options){ .init = initial_value, .init_arg = &start });
    wick_svi *svi = wick_svi_new(w, mixture, wick_guide_program(fit->guide),
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
    read_estimates(fit);
    wick_svi_free(svi);
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

static void print_all(const struct results *r, bool chosen)
{
    print_fit(&r->fit, chosen);
    five_point_print_classes(&r->classes);
    five_point_print_guides(&r->interval, &r->simplex, &r->points);
    print_stuck(&r->stuck);
    five_point_print_chains(&r->chains);
}

static void write_summary(wick *w, const char *path, const struct results *r)
{
    const struct fit *fit = &r->fit, *stuck = &r->stuck;
    const struct classes *c = &r->classes;
    wick_summary *s = wick_summary_new(w, path);

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
    wick_summary_array(s, "map_labels", N, c->labels);
    wick_summary_number(s, "switch_at", c->switch_at);
    wick_summary_count(s, "grid_ones", five_point_count_ones(c->grid_labels, GRID));
    wick_summary_array(s, "random_labels", N, c->drawn);
    wick_summary_count(s, "random_ones", five_point_count_ones(c->close_up_drawn, CLOSE_UP));
    wick_summary_array(s, "guide_losses_unit_interval", r->interval.steps, r->interval.losses);
    wick_summary_number(s, "guide_final_loss_unit_interval", r->interval.final_loss);
    wick_summary_array(s, "guide_losses_simplex", r->simplex.steps, r->simplex.losses);
    wick_summary_number(s, "guide_final_loss_simplex", r->simplex.final_loss);
    wick_summary_matrix(s, "assignment_probs_unit_interval", N, K, r->interval.probs);
    wick_summary_matrix(s, "assignment_probs", N, K, r->simplex.probs);
    wick_summary_bool(s, "globals_unchanged", r->interval.kept && r->simplex.kept);
    wick_summary_number(s, "large_scale_loss", stuck->final_loss);
    wick_summary_array(s, "large_scale_locs", K, stuck->locs);
    wick_summary_number(s, "large_scale_scale", stuck->scale);
    five_point_add_chains(s, &r->chains);
    wick_summary_close(s);
}

/* --- memory for the curves --------------------------------------------------------------------- */

double *five_point_doubles(size_t n)
{
    double *x = calloc(n, sizeof *x);

    if (!x) {
        fprintf(stderr, "five_point: out of memory\n");
        exit(1);
    }
    return x;
}

static struct fit new_fit(size_t steps)
{
    double *all = five_point_doubles((1 + N_PARAMS) * steps);
    struct fit fit = { .steps = steps, .losses = all };

    for (size_t p = 0; p < N_PARAMS; p++)
        fit.norms[p] = all + (p + 1) * steps;
    return fit;
}

static struct guide_fit new_guide_fit(const char *param, wick_constraint constraint, size_t steps)
{
    double *all = five_point_doubles(2 * steps);

    return (struct guide_fit){ .param = param,
        .constraint = constraint,
        .steps = steps,
        .losses = all,
        .norms = all + steps };
}

static struct results new_results(size_t steps)
{
    return (struct results){ .points = { N, POINTS },
        .fit = new_fit(steps),
        .stuck = new_fit(steps),
        .interval = new_guide_fit("assignment_probs", wick_unit_interval(), steps),
        .simplex = new_guide_fit("assignment_probs_simplex", wick_simplex(), steps) };
}

static void free_results(struct results *r)
{
    wick_guide_free(r->fit.guide);
    wick_guide_free(r->stuck.guide);
    free(r->fit.losses);
    free(r->stuck.losses);
    free(r->interval.losses);
    free(r->simplex.losses);
}

static void run(wick *w, const struct example_options *o, struct results *r)
{
    run_fit(w, &r->points, 0.0, o->seed, &r->fit, o->quiet);
    five_point_classify(w, &r->fit, &r->points, &r->classes);
    five_point_fit_guide(w, &r->fit, &r->points, &r->interval);
    five_point_fit_guide(w, &r->fit, &r->points, &r->simplex);

    /*
     * The tutorial's remark: from a large scale everything lands in one cluster. The loss falls
     * below that of the fit above, and on without end: dirichlet(0.5) is unbounded where a weight
     * goes to 0. A lower loss is not a better fit here.
     */
    run_fit(w, &r->points, 20.0, (long)r->fit.seed, &r->stuck, true);
    five_point_sample(w, &r->points, &r->chains);
}

int main(int argc, char **argv)
{
    struct example_options o = { .name = "five_point",
        .about = "Fits a mixture of two normals to five points, and classifies (Pyro's tutorial).",
        .seed = -1,
        .steps = 200,
        .out = "five_point" };

    example_read_options(&o, argc, argv);
    struct results r = new_results(o.steps);
    wick *w = wick_new(NULL);

    run(w, &o, &r);
    if (!o.quiet && wick_status(w) == WICK_OK)
        print_all(&r, o.seed < 0);
    five_point_draw(w, &o, &r);
    write_summary(w, example_path(&o, "summary.json"), &r);

    bool failed = wick_status(w) != WICK_OK;
    if (failed)
        fprintf(stderr, "five_point: %s\n", wick_message(w));
    if (!failed && !(r.interval.kept && r.simplex.kept)) {
        fprintf(stderr, "five_point: fitting the guide of the assignments moved the globals\n");
        failed = true;
    }
    free_results(&r);
    wick_free(w);
    return failed;
}
