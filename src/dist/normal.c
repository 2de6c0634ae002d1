/* The normal and what is made from it by exp and by the absolute value. */
#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"
#include "kernel/kernels.h"
#include "kernel/map.h"
#include "kernel/normal.h"
#include "tape/loop.h"
#include "tape/take.h"
#include "tape/twin.h"

WICKI_DENSITY_2(normal, loc, scale, z, (x - loc) / scale, scale > 0.0, true,
    -0.5 * z * z - wicki_log(scale) - WICKI_HALF_LOG_2PI, /* log density */
    -z / scale,                                           /* d / dx */
    z / scale,                                            /* d / dloc */
    (-1.0 + z * z) / scale)                               /* d / dscale */

WICKI_DENSITY_2(lognormal, loc, scale, z, (wicki_log(x) - loc) / scale, scale > 0.0, x > 0.0,
    -0.5 * z * z - wicki_log(scale) - WICKI_HALF_LOG_2PI - wicki_log(x), /* log density */
    -(1.0 + z / scale) / x,                                              /* d / dx */
    z / scale,                                                           /* d / dloc */
    (-1.0 + z * z) / scale)                                              /* d / dscale */

static const double HALF_LOG_2_OVER_PI = -0.22579135264472744;

WICKI_DENSITY_1(half_normal, scale, z, x / scale, scale > 0.0, x >= 0.0,
    -0.5 * z * z - wicki_log(scale) + HALF_LOG_2_OVER_PI, /* log density */
    -z / scale,                                           /* d / dx */
    (-1.0 + z * z) / scale)                               /* d / dscale */

/* --- the normal over the members of a plate ---------------------------------------------------- */

enum { VALUE, LOC, SCALE };

/* Tables of more rows would be larger than what they save is worth. */
static const size_t MOST_ROWS = (size_t)1 << 20;

/* For nodes whose value, loc or both vary along the innermost dimension, and whose scale does not. */
typedef struct plan {
    wicki_normal_rows q;
    const wicki_normal_kernels *kernels;
    uint32_t x, loc; /* what varies is x, value or loc: the density does not tell them apart */
    double *inverse, *norm;
    double *sums; /* NULL: nothing that does not vary needs a gradient */
    size_t n_sums;
    bool shared;  /* by all steps of a chain */
    double scale; /* that its constants were made from last, if it is shared */
} plan;

static plan *plan_of(const wick_node *node)
{
    return ((const wicki_density *)node->data)->plan;
}

/* Where the rows begin: dimension by dimension, from the outermost on, each row becomes many. */
static void find_rows(const plan *p, const wick_node *node, wicki_normal_row *row)
{
    const wicki_set *dims = wicki_set_at(node->w, node->dims);
    size_t rows = 1;

    row[0] = (wicki_normal_row){ 0, 0, 0 };
    for (uint32_t i = 0; i + 1 < dims->n; i++) {
        const size_t size = wicki_dim_at(node->w, dims->dim[i])->size;
        const size_t x = wicki_dim_stride(node->in[p->x], dims->dim[i]);
        const size_t loc = wicki_dim_stride(node->in[p->loc], dims->dim[i]);
        const size_t scale = wicki_dim_stride(node->in[SCALE], dims->dim[i]);
        for (size_t r = rows; r-- > 0;) {
            const wicki_normal_row first = row[r];
            for (size_t k = size; k-- > 0;)
                row[r * size + k] = (wicki_normal_row){ first.x + k * x, first.loc + k * loc,
                    first.scale + k * scale };
        }
        rows *= size;
    }
}

static bool needs_sums(const plan *p, const wick_node *node)
{
    return node->in[SCALE]->differentiable ||
        (node->in[p->loc]->differentiable && !p->q.loc_varies);
}

static bool allocate(wick *w, plan *p, const wick_node *node)
{
    const wick_node *scale = node->in[SCALE];
    const size_t constants = scale->members * (scale->elements + 1);

    p->n_sums = needs_sums(p, node) ? p->q.rows * WICKI_NORMAL_LANES(p->q.event) : 0;
    p->inverse = wicki_alloc_doubles(w, constants + p->n_sums);
    if (!p->inverse)
        return false;
    p->norm = p->inverse + scale->members * scale->elements;
    p->sums = p->n_sums ? p->inverse + constants : NULL;
    p->q.inverse = p->inverse;
    p->q.norm = p->norm;
    return true;
}

static size_t step_of(const wick_node *node, uint32_t j)
{
    return ((const wicki_density *)node->data)->step[j] * node->in[j]->members;
}

static bool make_plan(wick *w, wick_node *node, uint32_t dim)
{
    wicki_density *d = node->data;
    const size_t n = wicki_dim_at(w, dim)->size, rows = node->members / n;
    const bool value_varies = wicki_set_has(w, node->in[VALUE]->dims, dim);
    wicki_normal_row *row;
    plan *p = wicki_alloc(w, sizeof *p + rows * sizeof *row);

    if (!p)
        return false;
    row = (wicki_normal_row *)(p + 1);
    p->kernels = w->kernels->normal;
    p->shared = false;
    p->x = value_varies ? VALUE : LOC;
    p->loc = value_varies ? LOC : VALUE;
    p->q = (wicki_normal_rows){ .n = n,
        .event = d->batch,
        .rows = rows,
        .row = row,
        .loc_varies = wicki_set_has(w, node->in[p->loc]->dims, dim),
        .x_step = step_of(node, p->x),
        .loc_step = step_of(node, p->loc),
        .scale_step = step_of(node, SCALE) };
    find_rows(p, node, row);
    d->plan = p;
    return allocate(w, p, node);
}

/* An observation of one enumerated variable: its next twin differs from it in what is observed. */
static bool is_step(const wick *w, const wick_node *node)
{
    const wicki_set *dims = wicki_set_at(w, node->dims);

    return dims->n == 1 && wicki_dim_at(w, dims->dim[0])->kind == WICKI_ENUMERATED &&
        ((const wicki_density *)node->data)->batch == 1 && node->in[LOC]->dims == node->dims &&
        node->in[VALUE]->dims == 0 && !node->in[VALUE]->differentiable;
}

/* The plans of such steps are one: its inputs are found anew in each call. */
static bool share_plan(wick *w, wick_node *node, uint32_t dim)
{
    wicki_density *d = node->data;
    wicki_twin_key key;

    if (!is_step(w, node) || !wicki_twin_key_of(w, node->op, 2, node->in + LOC, 0, &key))
        return wicki_ok(w) && make_plan(w, node, dim);
    const wick_node *first = wicki_twin_kept(w, &key);
    if (first) {
        d->plan = ((const wicki_density *)first->data)->plan;
        return true;
    }
    if (!make_plan(w, node, dim))
        return false;
    plan *p = plan_of(node);
    p->shared = true;
    p->scale = NAN;
    p->sums = NULL;
    return wicki_twin_keep(w, &key, node);
}

/* A plate of one member has nothing that varies; a tile of one member is part of a larger plate. */
static bool normal_shape(wick *w, wick_node *node)
{
    const wicki_set *dims = wicki_set_at(w, node->dims);

    if (!wicki_density_shape(w, node))
        return false;
    if (node->masked || dims->n == 0)
        return true;
    const uint32_t last = dims->dim[dims->n - 1];
    const wicki_dim *dim = wicki_dim_at(w, last);
    if (dim->present == 1 || node->members / dim->size > MOST_ROWS ||
        wicki_set_has(w, node->in[SCALE]->dims, last))
        return true;
    return share_plan(w, node, last);
}

static void normal_prepare(wick_node *node)
{
    const wick_node *scale = node->in[SCALE];
    plan *p = plan_of(node);

    if (!p || (p->shared && p->scale == *scale->value))
        return;
    p->scale = *scale->value;
    p->kernels->prepare(
        scale->members, scale->elements, p->q.event, scale->value, p->inverse, p->norm);
    if (p->sums)
        memset(p->sums, 0, p->n_sums * sizeof *p->sums);
}

static void point_to_inputs(plan *p, const wick_node *node)
{
    p->q.x = node->in[p->x]->value;
    p->q.loc = node->in[p->loc]->value;
}

/* Where there is no plan: of single numbers, none of which is summed over an event. */
static const wicki_map_kernel *normal_kernel(const wick_node *node)
{
    for (uint32_t j = VALUE; j <= SCALE; j++)
        if (node->in[j]->elements > 1)
            return NULL;
    return plan_of(node) ? NULL : &node->w->kernels->map->normal;
}

static void normal_forward(wick_node *node)
{
    plan *p = plan_of(node);

    if (!p) {
        wicki_map_forward(node);
        return;
    }
    point_to_inputs(p, node);
    p->kernels->forward(&p->q, node->value);
}

static void normal_reverse(wick_node *node)
{
    plan *p = plan_of(node);

    if (!p) {
        wicki_map_reverse(node);
        return;
    }
    point_to_inputs(p, node);
    double *x = node->in[p->x]->adjoint;
    if (p->shared) {
        p->kernels->row_back(&p->q, node->adjoint, x, node->in[SCALE]->adjoint);
        return;
    }
    double *loc = p->q.loc_varies ? node->in[p->loc]->adjoint : NULL;
    if (x || loc)
        p->kernels->slopes(&p->q, node->adjoint, x, loc);
    if (p->sums)
        p->kernels->sums(&p->q, node->adjoint, p->sums);
}

static void normal_finish(wick_node *node)
{
    plan *p = plan_of(node);

    if (p && p->sums)
        p->kernels->finish(&p->q, p->sums, node->in[p->loc]->adjoint, node->in[SCALE]->adjoint);
}

static const wick_op normal_density = { .name = "wick_normal",
    .shape = normal_shape,
    .prepare = normal_prepare,
    .forward = normal_forward,
    .reverse = normal_reverse,
    .finish = normal_finish,
    .value = normal_value,
    .partials = normal_partials,
    .kernel = normal_kernel,
    .sum_event = true,
    .explain = wicki_density_explain };

WICKI_DENSITY_OP(lognormal, wicki_density_explain);
WICKI_DENSITY_OP(half_normal, wicki_density_explain);

/* --- draws ----------------------------------------------------------------------------------- */

/* loc + scale z */
static wick_var normal_sample(wick *w, const wick_dist *dist)
{
    wick_operand p[WICK_MAX_PARAMETERS];
    const wick_var z = wicki_sample_noise(w, dist, &wicki_draw_normal, p);

    return (wick_add)(p[0], wick_operand_var((wick_mul)(p[1], wick_operand_var(z))));
}

static wick_var lognormal_sample(wick *w, const wick_dist *dist)
{
    return wick_exp(normal_sample(w, dist));
}

/* scale |z| */
static wick_var half_normal_sample(wick *w, const wick_dist *dist)
{
    wick_operand p[WICK_MAX_PARAMETERS];
    const wick_var z = wicki_sample_noise(w, dist, &wicki_draw_normal, p);

    return (wick_mul)(p[0], wick_operand_var(wick_abs(z)));
}

/* --- moments --------------------------------------------------------------------------------- */

static wick_var normal_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return dist->parameter[0].var;
}

static wick_var normal_variance(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_square(dist->parameter[1].var);
}

/* (1 + log(2 pi)) / 2 + log scale */
static wick_var normal_entropy(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_add(0.5 + WICKI_HALF_LOG_2PI, wick_log(dist->parameter[1].var));
}

static wick_var normal_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    (void)w;
    return wick_normal_cdf(wicki_standardised(dist, x));
}

static wick_var normal_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    (void)w;
    return wicki_located(dist, wick_normal_quantile(p));
}

/* exp(loc + scale^2 / 2) */
static wick_var lognormal_mean(wick *w, const wick_dist *dist)
{
    const wick_var half = wick_mul(0.5, wick_square(dist->parameter[1].var));

    (void)w;
    return wick_exp(wick_add(dist->parameter[0].var, half));
}

/* mean^2 (exp(scale^2) - 1) */
static wick_var lognormal_variance(wick *w, const wick_dist *dist)
{
    const wick_var spread = wick_expm1(wick_square(dist->parameter[1].var));

    return wick_mul(wick_square(lognormal_mean(w, dist)), spread);
}

static wick_var lognormal_entropy(wick *w, const wick_dist *dist)
{
    return wick_add(dist->parameter[0].var, normal_entropy(w, dist));
}

static wick_var lognormal_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    return normal_cdf(w, dist, wick_log(wick_maximum(0.0, x)));
}

static wick_var lognormal_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    return wick_exp(normal_quantile(w, dist, p));
}

static const double ROOT_2_OVER_PI = 0.79788456080286536, ONE_LESS_2_OVER_PI = 0.36338022763241866;
static const double ROOT_2 = 1.4142135623730951;

static wick_var half_normal_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_mul(ROOT_2_OVER_PI, dist->parameter[0].var);
}

static wick_var half_normal_variance(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_mul(ONE_LESS_2_OVER_PI, wick_square(dist->parameter[0].var));
}

/* (1 + log(pi / 2)) / 2 + log scale */
static wick_var half_normal_entropy(wick *w, const wick_dist *dist)
{
    (void)w;
    return wick_add(0.5 - HALF_LOG_2_OVER_PI, wick_log(dist->parameter[0].var));
}

static wick_var half_normal_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var z = wick_div(wick_maximum(0.0, x), dist->parameter[0].var);

    (void)w;
    return wick_erf(wick_div(z, ROOT_2));
}

/* z^2 / 2 is a gamma with concentration 1/2: this keeps the digits of a small p. */
static wick_var half_normal_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    const wick_var half_square = wick_gamma_p_inverse(0.5, p);

    (void)w;
    return wick_mul(dist->parameter[0].var, wick_mul(ROOT_2, wick_sqrt(half_square)));
}

/* (r^2 - 1) / 2 - log r with r = scale_p / scale_q */
static wick_var kl_of_scales(wick_var p, wick_var q)
{
    const wick_var ratio = wick_div(p, q);

    return wick_sub(wick_mul(0.5, wick_sub(wick_square(ratio), 1.0)), wick_log(ratio));
}

/* the same and (loc_p - loc_q)^2 / (2 scale_q^2) */
static wick_var normal_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != p->type)
        return wicki_kl_across(w, p, q);
    const wick_var t =
        wick_div(wick_sub(p->parameter[0].var, q->parameter[0].var), q->parameter[1].var);
    const wick_var scales = kl_of_scales(p->parameter[1].var, q->parameter[1].var);
    return wick_add(scales, wick_mul(0.5, wick_square(t)));
}

static wick_var half_normal_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    if (q->type != &wicki_dist_half_normal)
        return wicki_kl_across(w, p, q);
    return kl_of_scales(p->parameter[0].var, q->parameter[0].var);
}

/* --- types ----------------------------------------------------------------------------------- */

const wick_dist_type wicki_dist_normal = { .name = "normal",
    .n_parameters = 2,
    .parameter_names = { "loc", "scale" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_POSITIVE } },
    .log_prob = &normal_density,
    .sample = normal_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL },
    .mean = normal_mean,
    .variance = normal_variance,
    .entropy = normal_entropy,
    .cdf = normal_cdf,
    .quantile = normal_quantile,
    .kl = normal_kl };

const wick_dist_type wicki_dist_lognormal = { .name = "lognormal",
    .n_parameters = 2,
    .parameter_names = { "loc", "scale" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_POSITIVE } },
    .log_prob = &lognormal_density,
    .sample = lognormal_sample,
    .reparameterised = true,
    .support = { .kind = WICK_POSITIVE },
    .mean = lognormal_mean,
    .variance = lognormal_variance,
    .entropy = lognormal_entropy,
    .cdf = lognormal_cdf,
    .quantile = lognormal_quantile,
    .kl = normal_kl };

const wick_dist_type wicki_dist_half_normal = { .name = "half_normal",
    .n_parameters = 1,
    .parameter_names = { "scale" },
    .parameter_domain = { { .kind = WICK_POSITIVE } },
    .log_prob = &half_normal_density,
    .sample = half_normal_sample,
    .reparameterised = true,
    .support = { .kind = WICK_NONNEGATIVE },
    .mean = half_normal_mean,
    .variance = half_normal_variance,
    .entropy = half_normal_entropy,
    .cdf = half_normal_cdf,
    .quantile = half_normal_quantile,
    .kl = half_normal_kl };

wick_dist(wick_normal)(wick_operand loc, wick_operand scale)
{
    return (wick_dist){ .type = &wicki_dist_normal, .parameter = { loc, scale } };
}

wick_dist(wick_lognormal)(wick_operand loc, wick_operand scale)
{
    return (wick_dist){ .type = &wicki_dist_lognormal, .parameter = { loc, scale } };
}

wick_dist(wick_half_normal)(wick_operand scale)
{
    return (wick_dist){ .type = &wicki_dist_half_normal, .parameter = { scale } };
}
