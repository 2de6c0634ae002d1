/* Draws of the logarithm of a gamma with rate 1, which gradients flow through. */
#include "base/incomplete.h"
#include "tape/draw.h"
#include "tape/op_list.h"

#include <string.h>

static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = wicki_log_gamma_draw(stream, *d->in[0]);
}

static const wicki_draw_kind KIND = { .name = "log gamma", .draw = draw };

/* Inputs are the draw and the concentration. */
static void implicit_gamma_value(size_t n, double *out, const double *const *in)
{
    memcpy(out, in[0], n * sizeof *out);
}

static void implicit_gamma_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    for (size_t i = 0; partial[0] && i < n; i++)
        partial[0][i] = 1.0;
    for (size_t i = 0; partial[1] && i < n; i++)
        partial[1][i] = wicki_log_gamma_slope(in[1][i], out[i]);
}

const wick_op wicki_op_implicit_gamma = {
    .name = "implicit_gamma", .value = implicit_gamma_value, .partials = implicit_gamma_partials
};

wick_node *wicki_implicit_gamma(wick *w, wick_node *log_draw, wick_node *concentration)
{
    wick_node *in[] = { log_draw, concentration };

    return wicki_record(w, &wicki_op_implicit_gamma, 2, in, NULL, 0);
}

wick_node *wicki_log_gamma_noise(
    wick *w, wick_node *concentration, size_t rank, const size_t *sizes, uint32_t dims)
{
    wick_node *x = wicki_draw_record(w, &KIND, 1, &concentration, rank, sizes, dims);

    return x && concentration->differentiable ? wicki_implicit_gamma(w, x, concentration) : x;
}
