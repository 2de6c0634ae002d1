#include "dist/categories.h"
#include "dist/count_laws.h"
#include "dist/counts.h"
#include "dist/density.h"
#include "dist/sample.h"

/* At rate 0 there is only 0. */
WICKI_DENSITY_1(poisson, rate, above, x / rate, rate >= 0.0 && rate < INFINITY,
    wicki_is_count(x) && (rate > 0.0 || x == 0.0), wicki_poisson_log(x, rate), /* log density */
    0.0,                                                                       /* d / dx */
    (x > 0.0 ? above : 0.0) - 1.0)                                             /* d / drate */

WICKI_DENSITY_OP(poisson, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

static void draw(wicki_stream *stream, const wicki_drawing *d)
{
    *d->out = wicki_poisson_draw(stream, *d->in[0]);
}

static const wicki_draw_kind KIND = { .name = "wick_poisson", .draw = draw };

static wick_var poisson_sample(wick *w, const wick_dist *dist)
{
    return wicki_sample_draw(w, dist, &KIND);
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var poisson_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return dist->parameter[0].var;
}

static wick_var poisson_entropy(wick *w, const wick_dist *dist)
{
    return wicki_poisson_entropy(w, dist->parameter[0].var);
}

static wick_var poisson_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    return wicki_poisson_cdf(w, x, dist->parameter[0].var);
}

static wick_var poisson_quantile(wick *w, const wick_dist *dist, wick_var level)
{
    return wicki_poisson_quantile(w, level, dist->parameter[0].var);
}

/* a log(a / b) - a + b of rates a and b */
static void kl_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++) {
        const double a = in[0][i], b = in[1][i], valid = a >= 0.0 && b >= 0.0 ? 0.0 : (double)NAN;
        const double inside = -a * wicki_log_minus(b / a, (b - a) / a);
        out[i] = (a > 0.0 ? (b > 0.0 ? inside : INFINITY) : b) + valid;
    }
}

static void kl_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    for (size_t i = 0; i < n; i++) {
        const double a = in[0][i], b = in[1][i];
        if (partial[0])
            partial[0][i] = -wicki_log_near(b / a, (b - a) / a);
        if (partial[1])
            partial[1][i] = (b - a) / b;
    }
}

static const wick_op KL = {
    .name = "wick_kl_divergence", .value = kl_value, .partials = kl_partials
};

/* Of a law that ends at some count: inf, but for rate 0, where it is -log of what q gives to 0. */
static wick_var kl_from_finite(wick_var rate, wick_var log_zero)
{
    return wick_where(wick_less(0.0, rate), INFINITY, wick_neg(log_zero));
}

static wick_var poisson_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    const wick_var rate = p->parameter[0].var;

    if (q->type == &wicki_dist_poisson)
        return wick_record(
            w, &KL, 2, (wick_argument[]){ p->parameter[0], q->parameter[0] }, NULL, 0);
    if (q->type == &wicki_dist_bernoulli || q->type == &wicki_dist_bernoulli_logits)
        return kl_from_finite(rate,
            wicki_outcomes_of(q->parameter[0].var, q->type == &wicki_dist_bernoulli_logits).zero);
    if (q->type == &wicki_dist_binomial || q->type == &wicki_dist_binomial_logits)
        return kl_from_finite(rate,
            wick_mul(q->parameter[0].var,
                wicki_outcomes_of(q->parameter[1].var, q->type == &wicki_dist_binomial_logits)
                    .zero));
    return WICK_VAR_NONE;
}

const wick_dist_type wicki_dist_poisson = { .name = "poisson",
    .n_parameters = 1,
    .parameter_names = { "rate" },
    .parameter_domain = { { .kind = WICK_NONNEGATIVE } },
    .log_prob = &poisson_density,
    .sample = poisson_sample,
    .support = WICKI_COUNTS,
    .mean = poisson_mean,
    .variance = poisson_mean,
    .entropy = poisson_entropy,
    .cdf = poisson_cdf,
    .quantile = poisson_quantile,
    .kl = poisson_kl };

wick_dist(wick_poisson)(wick_operand rate)
{
    return (wick_dist){ .type = &wicki_dist_poisson, .parameter = { rate } };
}
