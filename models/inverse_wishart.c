#include "models/inverse_wishart.h"

static wick_var eye_like(wick_var x)
{
    return wick_eye(x.w, wick_event_size(x, 0));
}

/* x^-1 = M' M with M = L^-1, x = L L' */
static wick_var inverse(const wick_transform *self, wick_var x)
{
    const wick_var m = wick_solve_triangular(wick_cholesky(x), eye_like(x));

    (void)self;
    return wick_matmul(wick_transpose(m), m);
}

/* Of the D (D + 1) / 2 elements that are free: |dy / dx| = |x|^-(D + 1) */
static wick_var log_det(const wick_transform *self, wick_var x, wick_var y)
{
    (void)self;
    return wick_mul((double)wick_event_size(x, 0) + 1.0, wick_logdet(y));
}

wick_dist inverse_wishart(wick *w, double df, wick_var scale)
{
    const wick_var scale_tril = wick_diagonal_matrix(wick_pow(scale, -0.5));

    return wick_transformed(w, wick_wishart(df, scale_tril),
        (wick_transform){ .name = "inverse",
            .forward = inverse,
            .inverse = inverse,
            .log_det = log_det,
            .codomain = { .kind = WICK_POSITIVE_DEFINITE },
            .event_rank = 2 });
}
