/* The posterior by NUTS, as the tutorial ends, and beside what is known of it exactly. */
#include "five_point.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <wick/extend.h>

/* By tests/oracle/five_point_posterior.py: sums over the 32 assignments, weights and locs in closed form,
 * quadrature over the scale. The last is the probability of the split 0, 1 and 10, 11, 12. */
static const double EXACT[FIGURES] = { 10.622496, 0.422764, 1.822626, 0.883773 };
static const char *const NAMES[FIGURES] = { "E[larger loc]", "E[smaller loc]", "E[scale]",
    "P(0 1 | 10 11 12)" };
static const char *const KEYS[FIGURES] = { "max_loc", "min_loc", "scale", "split" };

/* --- what a draw says -------------------------------------------------------------------------- */

/* The places of a draw's numbers among the draws of all. */
struct draws {
    wick_chains weights[K], locs[K], scale;
};

static struct draws draws_of(const wick_mcmc *chains)
{
    struct draws d = { .scale = wick_mcmc_draws(chains, "scale", 0) };

    for (size_t k = 0; k < K; k++) {
        d.weights[k] = wick_mcmc_draws(chains, "weights", k);
        d.locs[k] = wick_mcmc_draws(chains, "locs", k);
    }
    return d;
}

/* Given the globals of a draw the assignments are independent. */
static double split_probability(const struct draws *d, size_t i, const struct points *points)
{
    double both = 0.0;

    for (size_t low = 0; low < K; low++) {
        double p = 1.0;
        for (size_t n = 0; n < points->n; n++) {
            double density[K];
            for (size_t k = 0; k < K; k++) {
                const double z = (points->x[n] - d->locs[k].draws[i]) / d->scale.draws[i];
                density[k] = d->weights[k].draws[i] * exp(-0.5 * z * z);
            }
            const size_t k = points->x[n] < 5.0 ? low : 1 - low;
            const double all = density[0] + density[1];
            p *= all > 0.0 ? density[k] / all : 0.0;
        }
        both += p;
    }
    return both;
}

static double figure_of(const struct draws *d, size_t figure, size_t i, const struct points *points)
{
    switch (figure) {
    case 0:
        return fmax(d->locs[0].draws[i], d->locs[1].draws[i]);
    case 1:
        return fmin(d->locs[0].draws[i], d->locs[1].draws[i]);
    case 2:
        return d->scale.draws[i];
    default:
        return split_probability(d, i, points);
    }
}

/* --- chains ------------------------------------------------------------------------------------ */

static double mean_of(wick_chains x)
{
    double sum = 0.0;

    for (size_t i = 0; i < x.chains * x.n; i++)
        sum += x.draws[i];
    return sum / (double)(x.chains * x.n);
}

static void run_document(wick_potential *p, struct chains *c)
{
    wick_mcmc *m = wick_mcmc_new(
        p, &(wick_mcmc_options){ .chains = 1, .warmup = 50, .samples = DOCUMENT_DRAWS });

    if (wick_mcmc_run(m)) {
        for (size_t k = 0; k < K; k++)
            for (size_t i = 0; i < DOCUMENT_DRAWS; i++)
                c->locs[k][i] = wick_mcmc_draws(m, "locs", k).draws[i];
        c->step_size = mean_of(wick_mcmc_statistic(m, WICK_STEP_SIZE));
        c->accept = mean_of(wick_mcmc_statistic(m, WICK_ACCEPT_STAT));
    }
    wick_mcmc_free(m);
}

static void measure(wick *w, const wick_mcmc *m, const struct points *points, struct chains *c)
{
    const struct draws d = draws_of(m);
    const size_t n = d.scale.chains * d.scale.n;
    double *x = five_point_doubles(n);

    for (size_t f = 0; f < FIGURES; f++) {
        const wick_chains figure = { d.scale.chains, d.scale.n, x };
        for (size_t i = 0; i < n; i++)
            x[i] = figure_of(&d, f, i, points);
        c->mean[f] = mean_of(figure);
        c->error[f] = wick_mcse_mean(w, figure);
        c->ess[f] = wick_ess_bulk(w, figure);
        c->rhat[f] = wick_rhat(w, figure);
    }
    c->rhat_locs = wick_rhat(w, d.locs[0]);
    c->divergent = mean_of(wick_mcmc_statistic(m, WICK_DIVERGENT)) * (double)n;
    free(x);
}

/* What is wrong with the chains, and the components in one order: that of the locs. */
static void relabel(wick *w, const wick_mcmc *m, struct chains *c)
{
    const char *const sites[] = { "locs", "weights", NULL };
    const wick_findings *found = wick_diagnose(m, NULL);

    snprintf(c->diagnosis, TEXT, "%s", found ? found->text : "");
    wick_relabel *r = wick_relabel_new(m, &(wick_relabel_options){ .sites = sites });
    snprintf(c->relabelled, TEXT, "%s", wick_relabel_format(r));
    c->rhat_relabelled = wick_rhat(w, wick_relabel_draws(r, "locs", 0));
    wick_relabel_free(r);
}

static void run_long(wick *w, wick_potential *p, const struct points *points, struct chains *c)
{
    wick_mcmc *m =
        wick_mcmc_new(p, &(wick_mcmc_options){ .samples = LONG_DRAWS, .target_accept = 0.9 });

    if (wick_mcmc_run(m)) {
        measure(w, m, points, c);
        relabel(w, m, c);
    }
    wick_mcmc_free(m);
}

/* In a handle of its own, of which the bits are the same on every machine: chains go another way after
 * the smallest difference. */
void five_point_sample(wick *caller, struct points *points, struct chains *c)
{
    wick *w = wick_new(&(wick_options){ .seed = 2, .math = WICK_MATH_PORTABLE });
    wick_potential *p = wick_potential_new(w, (wick_program){ five_point_model, points }, NULL);

    run_document(p, c);
    run_long(w, p, points, c);
    wick_potential_free(p);
    if (wick_status(w) != WICK_OK)
        wick_fail(caller, wick_status(w), "%s", wick_message(w));
    wick_free(w);
}

/* --- what came of it --------------------------------------------------------------------------- */

void five_point_print_chains(const struct chains *c)
{
    printf("\nNUTS as in the document: 50 transitions of warm-up, %d draws, step size %.3f, "
           "acceptance %.2f\n",
        DOCUMENT_DRAWS, c->step_size, c->accept);
    printf("\n4 chains of %d draws  estimate    error     exact       z  bulk ESS  R-hat\n",
        LONG_DRAWS);
    for (size_t f = 0; f < FIGURES; f++)
        printf("%-20s  %9.4f  %7.4f %9.4f  %6.2f  %8.0f  %5.3f\n", NAMES[f], c->mean[f],
            c->error[f], EXACT[f], (c->mean[f] - EXACT[f]) / c->error[f], c->ess[f], c->rhat[f]);
    printf("R-hat of the loc of component 0: %.2f: which of the two is the larger one differs from "
           "chain to\nchain, or changes within it. %.0f of %d draws diverged.\n",
        c->rhat_locs, c->divergent, 4 * LONG_DRAWS);
    printf("\n%s\n%s", c->diagnosis, c->relabelled);
}

void five_point_add_chains(wick_summary *s, const struct chains *c)
{
    char key[64];

    for (size_t f = 0; f < FIGURES; f++) {
        snprintf(key, sizeof key, "nuts_%s", KEYS[f]);
        wick_summary_number(s, key, c->mean[f]);
        snprintf(key, sizeof key, "nuts_%s_se", KEYS[f]);
        wick_summary_number(s, key, c->error[f]);
    }
    wick_summary_number(s, "nuts_rhat_locs", c->rhat_locs);
    wick_summary_number(s, "nuts_rhat_locs_relabelled", c->rhat_relabelled);
    wick_summary_number(s, "nuts_divergent", c->divergent);
    wick_summary_number(s, "nuts_step_size", c->step_size);
}

/* --- pictures ---------------------------------------------------------------------------------- */

static size_t bin_of(double x, double low, double width)
{
    const double bin = (x - low) / width;

    return bin < 0.0 ? 0 : bin < BINS ? (size_t)bin : BINS - 1;
}

/* log(draws + 3), as the tutorial's contours are of it. */
static void draw_histogram(wick *w, const char *out, const struct chains *c)
{
    double low[K], width[K], values[BINS * BINS] = { 0.0 };

    for (size_t k = 0; k < K; k++) {
        double least = INFINITY, most = -INFINITY;
        for (size_t i = 0; i < DOCUMENT_DRAWS; i++) {
            least = fmin(least, c->locs[k][i]);
            most = fmax(most, c->locs[k][i]);
        }
        low[k] = least;
        width[k] = (most - least) / BINS;
    }
    for (size_t i = 0; i < DOCUMENT_DRAWS; i++)
        values[bin_of(c->locs[1][i], low[1], width[1]) * BINS +
            bin_of(c->locs[0][i], low[0], width[0])]++;
    for (size_t i = 0; i < BINS * BINS; i++)
        values[i] = log(values[i] + 3.0);
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "09_posterior_hist2d",
            .title = "Posterior density as estimated by collapsed NUTS: log(draws + 3)",
            .xlabel = "loc of component 0",
            .ylabel = "loc of component 1",
            .xrange = { low[0], low[0] + BINS * width[0] },
            .yrange = { low[1], low[1] + BINS * width[1] },
            .width = 800,
            .height = 800 });
    wick_figure_add_grid(f,
        &(wick_grid){ .nx = BINS,
            .ny = BINS,
            .x = { low[0] + 0.5 * width[0], low[0] + (BINS - 0.5) * width[0] },
            .y = { low[1] + 0.5 * width[1], low[1] + (BINS - 0.5) * width[1] },
            .values = values,
            .style = WICK_IMAGE_CONTOURS,
            .levels = 7 });
    wick_figure_write(f);
    wick_figure_free(f);
}

static void draw_trace(wick *w, const char *out, const struct chains *c)
{
    static const char *const TITLES[K] = { "loc of component 0", "loc of component 1" };
    static const char *const COLORS[K] = { "red", "blue" };
    wick_figure *f = wick_figure_new(w,
        &(wick_figure_options){ .directory = out,
            .name = "10_trace",
            .title = "Trace plot of loc parameter during NUTS inference",
            .xlabel = "NUTS step",
            .ylabel = "loc",
            .key = WICK_KEY_ABOVE,
            .width = 800,
            .height = 300 });

    for (size_t k = 0; k < K; k++)
        wick_figure_add(f,
            &(wick_series){
                .title = TITLES[k], .y = c->locs[k], .n = DOCUMENT_DRAWS, .color = COLORS[k] });
    wick_figure_write(f);
    wick_figure_free(f);
}

void five_point_draw_chains(wick *w, const struct example_options *o, const struct chains *c)
{
    draw_histogram(w, o->out, c);
    draw_trace(w, o->out, c);
}
