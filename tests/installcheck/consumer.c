/*
 * A program outside the source tree, in C11: the posterior mode of a normal mean, and its closed
 * form: the mean of three points and a prior of weight 1 at 0 is their sum over 4.
 */
#include <math.h>
#include <stdio.h>

#include <wick/wick.h>

enum { N = 3 };

static void model(wick *w, void *arg)
{
    const double *x = arg;
    wick_var mean = wick_sample(w, "mean", wick_normal(0.0, 1.0));

    WICK_PLATE (w, "data", N)
        wick_observe(w, "x", wick_normal(mean, 1.0), wick_data(w, x, N));
}

int main(void)
{
    double x[N] = { 1.5, 2.25, 0.75 }, mean = 0.0;
    wick *w = wick_new(NULL);
    const wick_program normal = { model, x };
    wick_guide *guide = wick_auto_delta_new(w, normal, NULL);
    wick_svi *svi = wick_svi_new(
        w, normal, wick_guide_program(guide), &(wick_svi_options){ .optim = wick_adam(.lr = 0.1) });

    for (int i = 0; i < 300; i++)
        wick_svi_step(svi);
    wick_guide_get(guide, "mean", &mean, 1);
    printf("wick %s: mean %.3f, %s\n", wick_version(), mean, wick_message(w));
    const int failed = wick_status(w) != WICK_OK || fabs(mean - 4.5 / 4.0) > 1e-3;
    wick_svi_free(svi);
    wick_guide_free(guide);
    wick_free(w);
    return failed;
}
