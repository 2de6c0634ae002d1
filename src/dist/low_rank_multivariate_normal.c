#include "dist/density.h"
#include "dist/gaussian.h"

/*
 * C = F F' + diag(d), F [D][R]. With e = x - loc, K = I + F' diag(d)^-1 F = M M' and
 * z = K^-1 F' diag(d)^-1 e,
 *
 *     e' C^-1 e = (e - F z)' diag(d)^-1 (e - F z) + z'z,   det C = det(M)^2 prod_i d_i
 *
 * (Woodbury; the sum of squares is a minimum over z, so that errors of z hardly count). With
 * a = C^-1 e = diag(d)^-1 (e - F z) and W = K^-1 F' the derivatives are -a in x, a in loc,
 * a_i z_r - W_ri / d_i in F_ir and (a_i^2 - (1 - F_i W_i / d_i) / d_i) / 2 in d_i.
 */
enum { X, LOC, FACTOR, DIAGONAL, INPUTS };

/* One member of a draw of the event: what its density is made from. */
typedef struct member {
    size_t d, r;
    const double *in[INPUTS];
    size_t stride[INPUTS];
    double *m, *w; /* M [R][R], W [R][D] */
    double *e, *z; /* e - F z [D], z [R] */
    double log_det;
} member;

static double at(const member *k, size_t j, size_t i)
{
    return k->in[j][i * k->stride[j]];
}

static double factor_at(const member *k, size_t i, size_t r)
{
    return at(k, FACTOR, i * k->r + r);
}

/* M, row by row; sums its logarithms. */
static void factor(member *k)
{
    for (size_t i = 0; i < k->r; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = i == j ? 1.0 : 0.0;
            for (size_t c = 0; c < k->d; c++)
                sum += factor_at(k, c, i) * factor_at(k, c, j) / at(k, DIAGONAL, c);
            for (size_t c = 0; c < j; c++)
                sum -= k->m[i * k->r + c] * k->m[j * k->r + c];
            k->m[i * k->r + j] = i == j ? sqrt(sum) : sum / k->m[j * k->r + j];
        }
    for (size_t i = 0; i < k->r; i++)
        k->log_det += wicki_log(k->m[i * k->r + i]);
}

/* K^-1 b in place: element i of b at [i * stride]. */
static void solve(const member *k, double *b, size_t stride)
{
    for (size_t i = 0; i < k->r; i++) {
        for (size_t c = 0; c < i; c++)
            b[i * stride] -= k->m[i * k->r + c] * b[c * stride];
        b[i * stride] /= k->m[i * k->r + i];
    }
    for (size_t i = k->r; i-- > 0;) {
        b[i * stride] /= k->m[i * k->r + i];
        for (size_t c = 0; c < i; c++)
            b[c * stride] -= k->m[i * k->r + c] * b[i * stride];
    }
}

/* What is made from the parameters only: M, log det(C) / 2 and, for gradients, W. */
static void prepare(member *k, bool gradient)
{
    k->log_det = 0.0;
    for (size_t i = 0; i < k->d; i++) {
        const double d = at(k, DIAGONAL, i);
        k->log_det += d > 0.0 ? 0.5 * wicki_log(d) : (double)NAN;
    }
    factor(k);
    for (size_t i = 0; gradient && i < k->d; i++) {
        for (size_t r = 0; r < k->r; r++)
            k->w[r * k->d + i] = factor_at(k, i, r);
        solve(k, k->w + i, k->d);
    }
}

/* z, e - F z; e' C^-1 e */
static double square_of(const member *k)
{
    double sum = 0.0;

    for (size_t i = 0; i < k->d; i++)
        k->e[i] = at(k, X, i) - at(k, LOC, i);
    for (size_t r = 0; r < k->r; r++) {
        k->z[r] = 0.0;
        for (size_t i = 0; i < k->d; i++)
            k->z[r] += factor_at(k, i, r) * k->e[i] / at(k, DIAGONAL, i);
    }
    solve(k, k->z, 1);
    for (size_t r = 0; r < k->r; r++)
        sum += k->z[r] * k->z[r];
    for (size_t i = 0; i < k->d; i++) {
        for (size_t r = 0; r < k->r; r++)
            k->e[i] -= factor_at(k, i, r) * k->z[r];
        sum += k->e[i] * k->e[i] / at(k, DIAGONAL, i);
    }
    return sum;
}

/* --- density --------------------------------------------------------------------------------- */

/* A value at infinity has density -inf, whatever became of its square. */
static double density_of(const member *k)
{
    const double square = square_of(k);
    bool infinite = false;

    for (size_t i = 0; i < k->d; i++) {
        if (isnan(at(k, X, i)))
            return at(k, X, i);
        infinite |= isinf(at(k, X, i));
    }
    if (infinite && !isnan(k->log_det))
        return -INFINITY;
    return -0.5 * square - k->log_det - (double)k->d * WICKI_HALF_LOG_2PI;
}

static member member_of(const wick_node *node, const wick_run *part, size_t i)
{
    const wicki_density *d = node->data;
    const wick_node *f = node->in[FACTOR];
    member k = { .d = d->n, .r = f->event[f->rank - 1], .m = d->scratch };

    for (size_t j = 0; j < INPUTS; j++) {
        k.in[j] = part->in[j] + i * part->in_step[j];
        k.stride[j] = part->in_stride[j];
    }
    k.w = k.m + k.r * k.r;
    k.e = k.w + k.r * k.d;
    k.z = k.e + k.d;
    return k;
}

/* Are factor and diagonal those of the member before? */
static bool is_prepared(const wick_run *part, size_t i)
{
    return i > 0 && part->in_step[FACTOR] == 0 && part->in_step[DIAGONAL] == 0;
}

static void low_rank_multivariate_normal_forward_run(wick_node *node, const wick_run *run)
{
    const wicki_density *d = node->data;

    for (size_t b = 0; b < d->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        double log_det = 0.0;
        for (size_t i = 0; i < run->n; i++) {
            member k = member_of(node, &part, i);
            k.log_det = log_det;
            if (!is_prepared(&part, i))
                prepare(&k, false);
            log_det = k.log_det;
            run->out[i] += density_of(&k);
        }
    }
}

/* --- gradient -------------------------------------------------------------------------------- */

static void add_to(const wick_run *part, size_t j, size_t i, size_t element, double share)
{
    if (part->in_adjoint[j])
        part->in_adjoint[j][i * part->in_step[j] + element * part->in_stride[j]] += share;
}

static void add_row(const member *k, const wick_run *part, size_t i, size_t row, double g)
{
    const double d = at(k, DIAGONAL, row), a = k->e[row] / d;
    double explained = 0.0;

    add_to(part, X, i, row, -g * a);
    add_to(part, LOC, i, row, g * a);
    for (size_t r = 0; r < k->r; r++) {
        const double w = k->w[r * k->d + row];
        explained += factor_at(k, row, r) * w;
        add_to(part, FACTOR, i, row * k->r + r, g * (a * k->z[r] - w / d));
    }
    add_to(part, DIAGONAL, i, row, 0.5 * g * (a * a - (1.0 - explained / d) / d));
}

static void low_rank_multivariate_normal_reverse_run(wick_node *node, const wick_run *run)
{
    const wicki_density *d = node->data;

    for (size_t b = 0; b < d->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        bool prepared = false;
        for (size_t i = 0; i < run->n; i++) {
            if (run->out_adjoint[i] == 0.0)
                continue;
            member k = member_of(node, &part, i);
            if (!prepared || !is_prepared(&part, i))
                prepare(&k, true);
            prepared = true;
            square_of(&k);
            for (size_t row = 0; row < k.d; row++)
                add_row(&k, &part, i, row, run->out_adjoint[i]);
        }
    }
}

static bool shape(wick *w, wick_node *node)
{
    wicki_density *d = node->data;

    if (!wicki_density_shape(w, node))
        return false;
    const wick_node *f = node->in[FACTOR];
    const size_t r = f->event[f->rank - 1];
    d->scratch = wicki_alloc_doubles(w, r * r + r * d->n + d->n + r);
    return wicki_ok(w);
}

WICKI_DENSITY_RUNS(low_rank_multivariate_normal, shape, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* loc + F u + d^(1/2) v, of noise [..][D + R] */
static wick_var low_rank_sample(wick *w, const wick_dist *dist)
{
    wicki_sampling s;

    if (!wicki_sampling_of(w, dist, &s) || !wicki_need_own_axes(w, dist, 1, s.parameter[1]))
        return WICK_VAR_NONE;
    const size_t axis = s.rank - 1, n = s.sizes[axis], r = s.parameter[1]->event[1];
    size_t sizes[WICK_MAX_RANK];
    memcpy(sizes, s.sizes, sizeof sizes);
    sizes[axis] += r;
    const wick_var noise =
        wicki_var_of(w, wicki_noise(w, &wicki_draw_normal, s.rank, sizes, s.dims));
    const wick_var u = wick_slice(noise, axis, n, r), v = wick_slice(noise, axis, 0, n);
    wick_node *loc = wicki_sampling_spread(w, &s, s.parameter[0]);
    wick_node *d = wicki_sampling_spread(w, &s, s.parameter[2]);
    if (!wicki_ok(w))
        return WICK_VAR_NONE;
    const wick_var own = wick_mul(wick_sqrt(wicki_var_of(w, d)), v);
    const wick_var common = wicki_each_vector(wicki_var_of(w, s.parameter[1]), u);
    return wick_add(wicki_var_of(w, loc), wick_add(common, own));
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var low_rank_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return dist->parameter[0].var;
}

static wick_var low_rank_variance(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_add(wicki_row_squares(dist->parameter[1].var), dist->parameter[2].var);
}

const wick_dist_type wicki_dist_low_rank_multivariate_normal = { .name =
                                                                     "low_rank_multivariate_normal",
    .n_parameters = 3,
    .parameter_names = { "loc", "cov_factor", "cov_diag" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_REAL }, { .kind = WICK_POSITIVE } },
    .parameter_rank = { 1, 2, 1 },
    .rectangular = true,
    .event_rank = 1,
    .log_prob = &low_rank_multivariate_normal_density,
    .sample = low_rank_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL },
    .mean = low_rank_mean,
    .variance = low_rank_variance,
    .entropy = wicki_gaussian_entropy,
    .kl = wicki_gaussian_kl };

wick_dist wick_low_rank_multivariate_normal(wick_var loc, wick_var cov_factor, wick_var cov_diag)
{
    return (wick_dist){ .type = &wicki_dist_low_rank_multivariate_normal,
        .parameter = { { .var = loc }, { .var = cov_factor }, { .var = cov_diag } } };
}
