#include "forum_em_model.h"

#include <math.h>

/* --- data ------------------------------------------------------------------------------------ */

static const double WEIGHTS[K] = { 2.0 / 8, 5.0 / 8, 1.0 / 8 };
static const double MEANS[K][D] = { { 1, 2 }, { 5, 6 }, { 3, 1 } };
const double FORUM_COVARIANCES[K][D * D] = { { 1.0, 0.2, 0.2, 1.5 }, { 3.0, -0.3, -2.0, 9.0 },
    { 1.2, 0.4, 0.4, 1.3 } };

void forum_effective_covariance(const double *c, double *out)
{
    const double xx = c[0] * c[0] + c[2] * c[2], xy = c[0] * c[1] + c[2] * c[3],
                 yy = c[1] * c[1] + c[3] * c[3], r = fabs(c[0] * c[3] - c[1] * c[2]),
                 divisor = sqrt(xx + yy + 2.0 * r);

    out[0] = (xx + r) / divisor;
    out[1] = out[2] = xy / divisor;
    out[3] = (yy + r) / divisor;
}

static void lower_factor(const double *covariance, double *l)
{
    l[0] = sqrt(covariance[0]);
    l[1] = 0.0;
    l[2] = covariance[2] / l[0];
    l[3] = sqrt(covariance[3] - l[2] * l[2]);
}

gmm_mixture *forum_truth(wick *w)
{
    gmm_mixture *m = gmm_mixture_new(w, K, D, GMM_FULL);
    double covariance[D * D];

    for (size_t k = 0; m && k < K; k++) {
        m->weights[k] = WEIGHTS[k];
        for (size_t d = 0; d < D; d++)
            m->loc[k * D + d] = MEANS[k][d];
        forum_effective_covariance(FORUM_COVARIANCES[k], covariance);
        lower_factor(covariance, m->scale + k * D * D);
    }
    return m;
}

struct draw {
    size_t n;
    const gmm_mixture *truth;
};

static void draw_rows(wick *w, void *arg)
{
    const struct draw *d = arg;
    const wick_var weights = wick_const(w, d->truth->weights, K),
                   means = wick_const(w, d->truth->loc, K, D),
                   scale_tril = wick_const(w, d->truth->scale, K, D, D);

    WICK_PLATE (w, "data", d->n) {
        const wick_var z = wick_sample(w, "assignment", wick_categorical(weights));
        wick_sample(
            w, "obs", wick_multivariate_normal(wick_take(means, z), wick_take(scale_tril, z)));
    }
}

void forum_draw(wick *w, size_t n, double *x)
{
    gmm_mixture *truth = forum_truth(w);
    struct draw d = { n, truth };

    if (truth)
        wick_trace_get(wick_trace_run(w, (wick_program){ draw_rows, &d }), "obs", x, n * D);
    gmm_mixture_free(truth);
}

/* --- parameters ------------------------------------------------------------------------------ */

void forum_define(wick *w, void *arg)
{
    (void)arg;
    wick_param(w, "weights", wick_init_fill(1.0 / K, K), wick_simplex());
    WICK_PLATE (w, "components", K) {
        wick_param(w, "means", wick_init_randn(D), wick_real());
        wick_param(w, "chol_factor", wick_init_eye(D), wick_real());
        wick_param(w, "scale_diag", wick_init_fill(1.0, D), wick_positive());
    }
}

void forum_cholesky_define(wick *w, void *arg)
{
    (void)arg;
    wick_param(w, "weights", wick_init_fill(1.0 / K, K), wick_simplex());
    WICK_PLATE (w, "components", K) {
        wick_param(w, "means", wick_init_randn(D), wick_real());
        wick_param(w, "scale_tril", wick_init_eye(D), wick_lower_cholesky());
    }
}

/* Over the plate "components", or the K first entries of an event. */
struct components {
    wick_var means, scale_tril;
};

static struct components read_components(wick *w)
{
    struct components c = { WICK_VAR_NONE, WICK_VAR_NONE };

    WICK_PLATE (w, "components", K) {
        c.means = wick_param_read(w, "means");
        c.scale_tril =
            wick_scale_columns(wick_param_read(w, "chol_factor"), wick_param_read(w, "scale_diag"));
    }
    return c;
}

static struct components read_cholesky_components(wick *w)
{
    struct components c = { WICK_VAR_NONE, WICK_VAR_NONE };

    WICK_PLATE (w, "components", K) {
        c.means = wick_param_read(w, "means");
        c.scale_tril = wick_param_read(w, "scale_tril");
    }
    return c;
}

/* --- programs -------------------------------------------------------------------------------- */

static void mixture(wick *w, const struct rows *r, wick_var weights, struct components c)
{
    WICK_PLATE (w, "data", r->n) {
        const wick_var z = wick_sample(w, "assignment", wick_categorical(weights));
        wick_observe(w, "obs",
            wick_multivariate_normal(wick_take(c.means, z), wick_take(c.scale_tril, z)),
            wick_data(w, r->x, r->n * D, D));
    }
}

void forum_model(wick *w, void *arg)
{
    mixture(w, arg, wick_param_read(w, "weights"), read_components(w));
}

void forum_cholesky_model(wick *w, void *arg)
{
    mixture(w, arg, wick_param_read(w, "weights"), read_cholesky_components(w));
}

void forum_first_model(wick *w, void *arg)
{
    static const double EYES[K * D * D] = { 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1 };
    const struct components c = { wick_fill(w, 0.0, K, D), wick_const(w, EYES, K, D, D) };

    mixture(w, arg, wick_fill(w, 1.0 / K, K), c);
}

void forum_guide(wick *w, void *arg)
{
    const struct rows *r = arg;

    forum_define(w, arg);
    const wick_var log_weights = wick_log(wick_param_read(w, "weights"));
    const struct components c = read_components(w);
    WICK_PLATE (w, "data", r->n) {
        const wick_var log_prob = wick_log_prob(
            w, wick_multivariate_normal(c.means, c.scale_tril), wick_data(w, r->x, r->n * D, D));
        const wick_var log_joint = wick_add(wick_join(log_prob, "components"), log_weights);
        wick_sample(w, "assignment", wick_categorical(wick_softmax(log_joint)));
    }
}

/* --- the loss -------------------------------------------------------------------------------- */

wick_var forum_em_loss(wick *w, wick_program model, wick_program guide, const void *options)
{
    wick_trace *model_trace = NULL, *guide_trace = wick_trace_run(w, guide);
    wick_var log_joint = wick_num(w, 0.0);

    (void)options;
    WICK_WITH (w, wick_replay(w, guide_trace))
        model_trace = wick_trace_run(w, model);
    for (const wick_site *s = wick_trace_first(model_trace); s; s = wick_site_next(s))
        if (s->type == WICK_SAMPLE)
            log_joint = wick_add(log_joint, wick_total(wick_site_log_prob(w, s)));
    return wick_neg(log_joint);
}

/* --- numbers --------------------------------------------------------------------------------- */

void forum_read(wick *w, gmm_mixture *out)
{
    double scale[K * D] = { 0.0 };

    wick_param_get(w, "weights", out->weights, K);
    wick_param_get(w, "means", out->loc, K * D);
    if (wick_param_exists(w, "scale_tril")) {
        wick_param_get(w, "scale_tril", out->scale, K * D * D);
        return;
    }
    wick_param_get(w, "chol_factor", out->scale, K * D * D);
    wick_param_get(w, "scale_diag", scale, K * D);
    for (size_t i = 0; i < K * D * D; i++)
        out->scale[i] *= scale[i / (D * D) * D + i % D];
}
