/* A multinomial whose probabilities are a draw of a dirichlet. */
#include "dist/count_rows.h"
#include "dist/sample.h"

/* --- density --------------------------------------------------------------------------------- */

/* NaN if one is bad */
static double sum_of(const wicki_count_row *r)
{
    double sum = 0.0;

    for (size_t k = 0; k < r->k; k++) {
        const double a = r->p[k * r->p_stride];
        sum += a > 0.0 && a < INFINITY ? a : (double)NAN;
    }
    return sum;
}

static double concentration_density(const wicki_count_row *r)
{
    const double outside = wicki_count_row_check(r), s = sum_of(r);
    double sum = wicki_dirichlet_total_log(s, r->n);

    if (isnan(s) || outside != 0.0)
        return isnan(s) ? s : outside;
    for (size_t k = 0; k < r->k; k++)
        sum += wicki_dirichlet_count_log(r->x[k * r->x_stride], r->p[k * r->p_stride], s, r->n);
    return sum;
}

/* psi(a + x) - psi(a) + psi(s) - psi(s + n) */
static void concentration_gradient(const wicki_count_row *r, double g, double *adjoint)
{
    const double s = sum_of(r);
    const bool possible = wicki_count_row_check(r) == 0.0 && !isnan(s);

    for (size_t k = 0; possible && k < r->k; k++)
        adjoint[k * r->p_stride] +=
            g * wicki_dirichlet_count_by_a(r->x[k * r->x_stride], r->p[k * r->p_stride], s, r->n);
}

WICKI_COUNT_RUNS(dirichlet_multinomial, concentration, 2, 1)

static void explain(const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    if (!wicki_explain_parameters(node, element, &text))
        wicki_explain_value(node, element, wicki_counts_of(node, element, 2), &text);
}

WICKI_DENSITY_RUNS(dirichlet_multinomial, wicki_density_shape, explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* Given those before it, each is a beta_binomial. */
static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    double n = *d->in[1];

    for (size_t k = 0; k < d->out_size; k++)
        d->out[k * d->out_stride] = d->in[0][k * d->in_stride[0]];
    wicki_sum_from_the_end(d);
    for (size_t k = 0; k + 1 < d->out_size; k++) {
        double *out = d->out + k * d->out_stride;
        const double a = d->in[0][k * d->in_stride[0]];
        *out = n > 0.0 ? wicki_beta_binomial_draw(stream, a, out[d->out_stride], n) : 0.0;
        n -= *out;
    }
    d->out[(d->out_size - 1) * d->out_stride] = n;
}

static const wicki_draw_kind KIND = {
    .name = "wick_dirichlet_multinomial", .draw = draw, .rank = 1, .in_rank = { 1, 0 }
};

static wick_var dirichlet_multinomial_sample(wick *w, const wick_dist *dist)
{
    return wicki_sample_draw(w, dist, &KIND);
}

/* --- hooks ----------------------------------------------------------------------------------- */

static wick_constraint dirichlet_multinomial_support(const wick_dist *dist)
{
    return (wick_constraint){ .kind = WICK_MULTINOMIAL,
        .upper = wicki_same_everywhere(dist->parameter[1]) };
}

static size_t last_size(wick_var x)
{
    return wick_event_size(x, wick_rank(x) - 1);
}

/* The sum of concentrations, with the event of the concentrations. */
static wick_var concentration_sum(wick *w, wick_var a)
{
    return wicki_repeat_last(w, wick_sum_axis(a, wick_rank(a) - 1), last_size(a));
}

/* n a_k / s */
static wick_var dirichlet_multinomial_mean(wick *w, const wick_dist *dist)
{
    const wick_var a = dist->parameter[0].var;
    const wick_var n = wicki_repeat_last(w, dist->parameter[1].var, last_size(a));

    return wick_mul(n, wick_div(a, concentration_sum(w, a)));
}

/* n m (1 - m) (n + s) / (1 + s), m = a_k / s */
static wick_var dirichlet_multinomial_variance(wick *w, const wick_dist *dist)
{
    const wick_var a = dist->parameter[0].var, s = concentration_sum(w, a), m = wick_div(a, s);
    const wick_var n = wicki_repeat_last(w, dist->parameter[1].var, last_size(a));
    const wick_var more = wick_div(wick_add(n, s), wick_add(1.0, s));

    return wick_mul(wick_mul(n, wick_mul(m, wick_sub(1.0, m))), more);
}

/* --- type ------------------------------------------------------------------------------------ */

const wick_dist_type wicki_dist_dirichlet_multinomial = { .name = "dirichlet_multinomial",
    .n_parameters = 2,
    .parameter_names = { "concentration", "total_count" },
    .parameter_domain = { { .kind = WICK_POSITIVE }, WICKI_COUNTS },
    .parameter_rank = { 1, 0 },
    .event_rank = 1,
    .log_prob = &dirichlet_multinomial_density,
    .sample = dirichlet_multinomial_sample,
    .support = { .kind = WICK_MULTINOMIAL, .upper = NAN },
    .support_of = dirichlet_multinomial_support,
    .mean = dirichlet_multinomial_mean,
    .variance = dirichlet_multinomial_variance };

wick_dist(wick_dirichlet_multinomial)(wick_var concentration, wick_operand total_count)
{
    return (wick_dist){ .type = &wicki_dist_dirichlet_multinomial,
        .parameter = { { .var = concentration }, total_count } };
}
