/**
 * The mixture of five points (Pyro's Gaussian mixture tutorial), for several test programs.
 */
#ifndef TESTS_SUPPORT_FIVE_POINT_H
#define TESTS_SUPPORT_FIVE_POINT_H

#include "tests/support/suite.h"

enum { FIVE = 5 };

static const double FIVE_POINTS[FIVE] = { 0.0, 1.0, 10.0, 11.0, 12.0 };

/** The model, and where its parameters start. */
typedef struct five_point {
    const double *x;    /**< five numbers */
    const double *locs; /**< two numbers; NULL: two of the points, drawn */
    double scale;       /**< 0: sqrt(var / 2), as the tutorial has it */
} five_point;

static inline void five_point_model(wick *w, void *arg)
{
    const five_point *f = arg;
    const wick_var weights = wick_sample(w, "weights", wick_dirichlet(wick_fill(w, 0.5, 2)));
    const wick_var scale = wick_sample(w, "scale", wick_lognormal(0.0, 2.0));
    wick_var locs = WICK_VAR_NONE;

    WICK_PLATE (w, "components", 2)
        locs = wick_sample(w, "locs", wick_normal(0.0, 10.0));
    WICK_PLATE (w, "data", FIVE) {
        const wick_var z = wick_sample(w, "assignment", wick_categorical(weights));
        wick_observe(w, "obs", wick_normal(wick_take(locs, z), scale), wick_data(w, f->x, FIVE));
    }
}

static inline wick_var five_point_start(wick *w, const wick_site *site, void *arg)
{
    const five_point *f = arg;
    double locs[2];
    size_t chosen[2];

    if (strcmp(site->name, "weights") == 0)
        return wick_fill(w, 0.5, 2);
    if (strcmp(site->name, "scale") == 0)
        return wick_num(w, f->scale > 0.0 ? f->scale : sqrt(33.7 / 2.0));
    wick_draw_choice(w, FIVE, 2, chosen);
    for (int k = 0; k < 2; k++)
        locs[k] = f->locs ? f->locs[k] : f->x[chosen[k]];
    return wick_split(wick_const(w, locs, 2), "components");
}

/** Handle, guide and svi of one fit. */
typedef struct five_point_fit {
    wick *w;
    wick_guide *guide;
    wick_svi *svi;
} five_point_fit;

/** The tutorial's fit; what could not be made is NULL. */
static inline five_point_fit five_point_new(const wick_options *options, five_point *f)
{
    const wick_program model = { five_point_model, f };
    five_point_fit fit = { .w = wick_new(options) };

    fit.guide = wick_auto_delta_new(
        fit.w, model, &(wick_auto_options){ .init = five_point_start, .init_arg = f });
    fit.svi = wick_svi_new(fit.w, model, wick_guide_program(fit.guide),
        &(wick_svi_options){ .loss = wick_trace_enum_elbo,
            .optim = wick_adam(.lr = 0.1, .beta1 = 0.8, .beta2 = 0.99) });
    return fit;
}

static inline void five_point_free(five_point_fit fit)
{
    wick_svi_free(fit.svi);
    wick_guide_free(fit.guide);
    wick_free(fit.w);
}

#endif
