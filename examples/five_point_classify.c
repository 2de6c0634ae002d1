/*
 * Which component does a number belong to? Asked of the trained model: the globals come from the
 * guide, the assignments are inferred. The numbers need not be those of the fit.
 *
 * Numbers to expect: labels 0 0 1 1 1; the switch at 5.721028; 92 of the 180 numbers of the grid are
 * in the upper component, and of draws in the close-up 55.27 of 100, give or take 3.
 */
#include "five_point.h"

#include <math.h>
#include <stdio.h>

/* The model of new data with the globals of the guide. Lives until the tape is reset. */
static wick_program trained_model(wick *w, const struct fit *fit, struct points *d)
{
    const wick_program mixture = { five_point_model, d };

    wick_reset(w);
    wick_trace *globals = wick_trace_run(w, wick_guide_program(fit->guide));
    return wick_wrap(w, mixture, wick_replay(w, globals));
}

static void classify(wick *w, const struct fit *fit, size_t n, const double *x,
    wick_assignment which, double *labels)
{
    struct points d = { n, x };
    wick_trace *t = wick_infer_discrete(w, trained_model(w, fit, &d), which);

    if (wick_trace_get(t, "assignment", labels, n) != n)
        return;
    for (size_t i = 0; i < n; i++)
        labels[i] = (double)fit->order[labels[i] > 0.5];
}

/* The probabilities of the upper component. */
static void upper_probs(wick *w, const struct fit *fit, size_t n, const double *x, double *probs)
{
    struct points d = { n, x };
    wick_marginals *m = wick_infer_marginals(w, trained_model(w, fit, &d));
    wick_var each = wick_marginal(m, "assignment");

    wick_get(wick_pick(each, fit->order[1]), probs, n);
}

/* Where the label changes between two neighbours of the grid; NAN if it never does. */
static double find_switch(wick *w, const struct fit *fit, const double *x, const double *labels)
{
    size_t i = 1;

    while (i < GRID && labels[i] == labels[i - 1])
        i++;
    if (i == GRID)
        return NAN;
    double low = x[i - 1], high = x[i];
    for (int halving = 0; halving < 40; halving++) {
        const double middle = 0.5 * (low + high);
        double label = 0.0;
        classify(w, fit, 1, &middle, WICK_MODE, &label);
        if (label == labels[i])
            high = middle;
        else
            low = middle;
    }
    return 0.5 * (low + high);
}

void five_point_classify(wick *w, const struct fit *fit, const struct points *d, struct classes *c)
{
    *c = (struct classes){ .switch_at = NAN };
    for (size_t i = 0; i < GRID; i++)
        c->grid[i] = -3.0 + 0.1 * (double)i;
    for (size_t i = 0; i < CLOSE_UP; i++)
        c->close_up[i] = 5.5 + 0.005 * (double)i;

    classify(w, fit, d->n, d->x, WICK_MODE, c->labels);
    classify(w, fit, d->n, d->x, WICK_DRAW, c->drawn);
    classify(w, fit, GRID, c->grid, WICK_MODE, c->grid_labels);
    c->switch_at = find_switch(w, fit, c->grid, c->grid_labels);
    classify(w, fit, CLOSE_UP, c->close_up, WICK_DRAW, c->close_up_drawn);
    upper_probs(w, fit, CLOSE_UP, c->close_up, c->close_up_probs);
}

size_t five_point_count_ones(const double *labels, size_t n)
{
    size_t ones = 0;

    for (size_t i = 0; i < n; i++)
        ones += labels[i] == 1.0;
    return ones;
}

static void print_labels(const char *what, const double *labels)
{
    printf("%s = [", what);
    for (size_t i = 0; i < N; i++)
        printf("%s%.0f", i ? " " : "", labels[i]);
    printf("]\n");
}

void five_point_print_classes(const struct classes *c)
{
    double expected = 0.0, variance = 0.0;

    for (size_t i = 0; i < CLOSE_UP; i++) {
        const double p = c->close_up_probs[i];
        expected += p;
        variance += p * (1.0 - p);
    }
    printf("\n");
    print_labels("map_labels", c->labels);
    print_labels("random_labels", c->drawn);
    printf("from %g to %g: %zu of %d in the upper component, switch_at = %.6f\n", c->grid[0],
        c->grid[GRID - 1], five_point_count_ones(c->grid_labels, GRID), GRID, c->switch_at);
    printf("from %g to %g, drawn: %zu of %d, expected %.2f, sd %.2f\n", c->close_up[0],
        c->close_up[CLOSE_UP - 1], five_point_count_ones(c->close_up_drawn, CLOSE_UP), CLOSE_UP,
        expected, sqrt(variance));
}
