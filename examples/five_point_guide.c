/*
 * Which component does a point belong to? Asked of a second guide, which has a probability for each
 * assignment beside the globals, and sums over the assignments. The globals keep their values.
 *
 * The bound is minus the log-evidence of the first fit plus a divergence: it comes down to that fit's
 * loss as the probabilities go to those of the posterior. Numbers to expect: 338.636994 at first; after
 * 200 steps 17.9807 where the probabilities of a point are two numbers between 0 and 1, which are
 * normalised when they are used, and 17.7124 where they are on the simplex.
 */
#include "five_point.h"

#include <stdio.h>
#include <string.h>

/* The handler hides the parameters of the globals from the svi: they are read, not updated. */
struct full_guide {
    wick_program globals;
    const struct points *points;
    const struct guide_fit *fit;
};

static void full_guide(wick *w, void *arg)
{
    const struct full_guide *f = arg;

    WICK_WITH (w, wick_block(w, .hide_types = WICK_PARAM))
        wick_call(w, f->globals);
    WICK_PLATE (w, "data", f->points->n) {
        wick_var probs =
            wick_param(w, f->fit->param, wick_init_fill(1.0 / K, K), f->fit->constraint);
        wick_sample(w, "assignment", wick_enumerate(wick_categorical(probs)));
    }
}

/* weights, scale, locs as they are in the store. */
enum { N_GLOBALS = K + 1 + K };

static void read_globals(wick *w, double *out)
{
    static const size_t SIZES[N_PARAMS] = { K, 1, K };

    for (size_t p = 0; p < N_PARAMS; p++, out += SIZES[p - 1])
        wick_param_get_unconstrained(w, FIVE_POINT_PARAMS[p], out, SIZES[p]);
}

static void train(wick *w, wick_svi *svi, struct guide_fit *g)
{
    for (size_t i = 0; i < g->steps && wick_status(w) == WICK_OK; i++) {
        g->losses[i] = wick_svi_step(svi);
        g->norms[i] = wick_svi_gradient_norm(svi, g->param);
    }
    g->final_loss = wick_svi_evaluate(svi);
}

static void read_probs(wick *w, const struct fit *fit, struct guide_fit *g)
{
    double probs[N * K] = { 0.0 };

    wick_param_get(w, g->param, probs, N * K);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < K; k++)
            g->probs[K * i + k] = probs[K * i + fit->order[k]];
}

void five_point_fit_guide(wick *w, const struct fit *fit, struct points *d, struct guide_fit *g)
{
    struct full_guide full = { wick_guide_program(fit->guide), d, g };
    double before[N_GLOBALS] = { 0.0 }, after[N_GLOBALS] = { 0.0 };
    wick_svi *svi =
        wick_svi_new(w, (wick_program){ five_point_model, d }, (wick_program){ full_guide, &full },
            &(wick_svi_options){ .loss = wick_trace_enum_elbo,
                .optim = wick_adam(.lr = 0.2, .beta1 = 0.8, .beta2 = 0.99) });

    read_globals(w, before);
    train(w, svi, g);
    read_globals(w, after);
    g->kept = memcmp(before, after, sizeof before) == 0;
    read_probs(w, fit, g);
    wick_svi_free(svi);
}

static double loss_at(const struct guide_fit *g, size_t step)
{
    return step < g->steps ? g->losses[step] : g->final_loss;
}

void five_point_print_guides(
    const struct guide_fit *interval, const struct guide_fit *simplex, const struct points *d)
{
    static const size_t SHOWN[] = { 0, 1, 10, 50, 100, 200 };

    printf("\nguide of the assignments, globals %s\n",
        interval->kept && simplex->kept ? "as they were" : "CHANGED");
    printf("step  unit interval  simplex\n");
    for (size_t i = 0; i < sizeof SHOWN / sizeof *SHOWN; i++)
        if (SHOWN[i] <= interval->steps)
            printf("%4zu  %-13.6f  %.6f\n", SHOWN[i], loss_at(interval, SHOWN[i]),
                loss_at(simplex, SHOWN[i]));
    printf("\npoint  unit interval    simplex\n");
    for (size_t i = 0; i < d->n; i++)
        printf("%5g  %.4f  %.4f   %.5f  %.5f\n", d->x[i], interval->probs[K * i],
            interval->probs[K * i + 1], simplex->probs[K * i], simplex->probs[K * i + 1]);
}
