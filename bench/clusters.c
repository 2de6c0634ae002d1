#include "bench/clusters.h"

#include "bench/random.h"

#include <stdlib.h>

enum { D = CLUSTERS_D };

/* --- points ------------------------------------------------------------------------------------- */

bool clusters_make(clusters *c)
{
    uint64_t state = 17;
    double *locs = malloc(c->k * D * sizeof *locs);

    if (!c->x)
        c->x = malloc(c->n * D * sizeof *c->x);
    for (size_t i = 0; i < c->k * D && locs; i++)
        locs[i] = 4.0 * random_normal(&state);
    for (size_t i = 0; i < c->n && locs && c->x; i++) {
        const size_t k = (size_t)((double)c->k * random_uniform(&state));
        for (size_t d = 0; d < D; d++)
            c->x[i * D + d] = locs[k * D + d] + random_normal(&state);
    }
    free(locs);
    return locs && c->x;
}

/* Around points that are spread over the data; scales are a little too wide. */
void clusters_start(const clusters *c, double *u)
{
    double *loc = u + c->k, *scale = loc + c->k * D;

    for (size_t k = 0; k < c->k; k++) {
        u[k] = 0.01 * (double)k;
        for (size_t i = 0; i < D; i++) {
            loc[k * D + i] = c->x[k * (c->n / c->k) * D + i];
            for (size_t j = 0; j < D && c->full; j++)
                scale[(k * D + i) * D + j] = i == j ? 0.5 : i > j ? 0.1 : 0.0;
            if (!c->full)
                scale[k * D + i] = 0.5 + 0.02 * (double)i;
        }
    }
}

/* --- the model ---------------------------------------------------------------------------------- */

typedef struct mixture {
    wick_var weights, locs, scales;
} mixture;

static mixture parameters(wick *w, const clusters *c)
{
    mixture m = { .weights = wick_param(
                      w, "weights", wick_init_fill(1.0 / (double)c->k, c->k), wick_simplex()) };

    WICK_PLATE (w, "components", c->k) {
        m.locs = wick_param(w, "locs", wick_init_fill(0.0, D), wick_real());
        m.scales = c->full ? wick_param(w, "scales", wick_init_eye(D), wick_lower_cholesky())
                           : wick_param(w, "scales", wick_init_fill(1.0, D), wick_positive());
    }
    return m;
}

void clusters_define(wick *w, void *c)
{
    parameters(w, c);
}

void clusters_model(wick *w, void *arg)
{
    const clusters *c = arg;
    const mixture m = parameters(w, c);

    WICK_PLATE (w, "data", c->n) {
        wick_var z = wick_sample(w, "assignment", wick_categorical(m.weights));
        wick_var loc = wick_take(m.locs, z), scale = wick_take(m.scales, z);
        wick_observe(w, "obs",
            c->full ? wick_multivariate_normal(loc, scale) : wick_normal(loc, scale),
            wick_data(w, c->x, c->n * D, D));
    }
}

void clusters_guide(wick *w, void *c)
{
    (void)w;
    (void)c;
}
