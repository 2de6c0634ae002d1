/*
 * W2, a mixture of three Gaussians in the plane with full covariances (the model of a thread in
 * Pyro's forum, its discrete variable summed out): a gradient.
 */
#include "bench/random.h"
#include "bench/w2_limit.h"
#include "bench/workload.h"

enum { N = W2_N, D = W2_D, K = W2_K };

static double points[N][D];
static w2_points columns; /* the same for the limit */

/* --- the model ---------------------------------------------------------------------------------- */

typedef struct mixture {
    wick_var weights, means, tril;
} mixture;

static mixture parameters(wick *w)
{
    mixture m = { .weights = wick_param(w, "weights", wick_init_fill(1.0 / K, K), wick_simplex()) };

    WICK_PLATE (w, "components", K) {
        m.means = wick_param(w, "means", wick_init_randn(D), wick_real());
        wick_var chol = wick_param(w, "chol_factor", wick_init_eye(D), wick_real());
        wick_var scale = wick_param(w, "scale_diag", wick_init_fill(1.0, D), wick_positive());
        m.tril = wick_scale_columns(chol, scale);
    }
    return m;
}

static void define(wick *w, void *arg)
{
    (void)arg;
    parameters(w);
}

static void model(wick *w, void *arg)
{
    const mixture m = parameters(w);

    (void)arg;
    WICK_PLATE (w, "data", N) {
        wick_var z = wick_sample(w, "assignment", wick_categorical(m.weights));
        wick_observe(w, "obs",
            wick_multivariate_normal(wick_take(m.means, z), wick_take(m.tril, z)),
            wick_data(w, points[0], N * D, D));
    }
}

static void guide(wick *w, void *arg)
{
    (void)w;
    (void)arg;
}

/* --- data and start ----------------------------------------------------------------------------- */

static void draw_points(void)
{
    static const double MEAN[K][D] = { { 1.0, 2.0 }, { 5.0, 6.0 }, { 3.0, 1.0 } };
    static const double TRIL[K][3] = { { 1.0, 0.2, 1.2 }, { 1.7, -0.2, 3.0 }, { 1.1, 0.4, 1.1 } };
    uint64_t state = 11;

    for (size_t n = 0; n < N; n++) {
        const double u = random_uniform(&state);
        const size_t k = u < 0.25 ? 0 : u < 0.875 ? 1 : 2;
        const double x = random_normal(&state), y = random_normal(&state);
        points[n][0] = columns.x[n] = MEAN[k][0] + TRIL[k][0] * x;
        points[n][1] = columns.y[n] = MEAN[k][1] + TRIL[k][1] * x + TRIL[k][2] * y;
    }
}

static void start(double *u)
{
    for (int k = 0; k < K; k++) {
        u[W2_LOGIT + k] = 0.1 * k;
        for (int d = 0; d < D; d++) {
            u[W2_MEAN + k * D + d] = d == 0 ? 1.0 + k : 2.0 - k;
            u[W2_LOG_SCALE + k * D + d] = 0.2 * d;
            u[W2_CHOL + (k * D + d) * D + d] = 1.0;
        }
        u[W2_CHOL + (k * D + 1) * D] = 0.1;
        u[W2_CHOL + k * D * D + 1] = 0.0;
    }
}

static double limit_gradient(const double *u, double *g)
{
    return w2_limit_gradient(&columns, u, g);
}

static void run_limit(void *arg, size_t times)
{
    double u[W2_PARAMS], g[W2_PARAMS];

    (void)arg;
    start(u);
    for (size_t i = 0; i < times; i++) {
        w2_limit_gradient(&columns, u, g);
        u[W2_LOGIT] += 1e-300 * g[W2_LOGIT];
    }
}

int main(void)
{
    const workload gradient = { .name = "W2",
        .seconds = 12.0,
        .model = { model, NULL },
        .guide = { guide, NULL },
        .parameters = { define, NULL },
        .optim = workload_idle(),
        .list = { { "weights", K }, { "means", K * D }, { "scale_diag", K * D },
            { "chol_factor", K * D * D } },
        .start = start,
        .limit_gradient = limit_gradient,
        .limit = run_limit };

    draw_points();
    return workload_run(&gradient);
}
