#include "dist/composite.h"

#include "base/special.h"

#include <math.h>

/* The type of a transformed distribution, which has its transform. */
typedef struct transformed {
    wick_dist_type type;
    wick_transform transform;
} transformed;

static const wick_transform *transform_of(const wick_dist *dist)
{
    return &((const transformed *)dist->type)->transform;
}

static wick_var back(const wick_dist *dist, wick_var y)
{
    const wick_transform *t = transform_of(dist);

    return t->inverse(t, y);
}

static wick_var forth(const wick_dist *dist, wick_var x)
{
    const wick_transform *t = transform_of(dist);

    return t->forward(t, x);
}

static void bounds_of(wick_constraint c, double *lower, double *upper)
{
    *lower = c.kind == WICK_REAL ? -INFINITY : c.kind == WICK_INTERVAL ? c.lower : 0.0;
    *upper = c.kind == WICK_UNIT_INTERVAL ? 1.0 : c.kind == WICK_INTERVAL ? c.upper : INFINITY;
}

/* A set of numbers that is not all of them has no density outside. */
static wick_var within(const wick_dist *dist, wick_var y, wick_var density)
{
    const wick_constraint c = transform_of(dist)->codomain;
    double lower, upper;

    if (c.kind == WICK_REAL || dist->type->event_rank > 0)
        return density;
    bounds_of(c, &lower, &upper);
    const wick_var inside = wick_mul(wick_less(lower, y), wick_less(y, upper));
    return wick_where(inside, density, -INFINITY);
}

/* One for each number of a draw, where it is the same for all too. */
static wick_var sum_like(wick *w, wick_var log_det, wick_var y)
{
    const wick_node *node = wicki_node_of(w, "wick_transformed", y);
    size_t sizes[WICK_MAX_RANK];

    if (!node)
        return WICK_VAR_NONE;
    for (size_t i = 0; i < node->rank; i++)
        sizes[i] = node->event[i];
    return wick_sum_event(wick_add(log_det, wick_fill_array(w, 0.0, node->rank, sizes)));
}

static wick_var transformed_density(wick *w, const wick_dist *dist, wick_var y)
{
    const wick_transform *t = transform_of(dist);
    const wick_dist base = wicki_base(dist, 0);
    const wick_var x = back(dist, y);
    wick_var log_det = t->log_det(t, x, y);

    if (t->event_rank < base.type->event_rank)
        log_det = sum_like(w, log_det, y);
    return within(dist, y, wick_sub(wick_log_prob(w, base, x), log_det));
}

static wick_var transformed_sample(wick *w, const wick_dist *dist)
{
    const wick_dist base = wicki_base(dist, 0);

    return forth(dist, wicki_var_of(w, wicki_dist_draw(w, &base)));
}

static wick_var transformed_cdf(wick *w, const wick_dist *dist, wick_var y)
{
    return wick_dist_cdf(w, wicki_base(dist, 0), back(dist, y));
}

static wick_var transformed_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    return forth(dist, wick_dist_quantile(w, wicki_base(dist, 0), p));
}

/* A map of all numbers, of those of a smaller set: nothing is known. */
static wick_constraint transformed_support(const wick_dist *dist)
{
    const wick_constraint c = transform_of(dist)->codomain;

    if (c.kind == WICK_REAL && wick_support(dist->base[0]).kind != WICK_REAL)
        return (wick_constraint){ .kind = WICK_INTERVAL, .lower = NAN, .upper = NAN };
    return c;
}

static const wick_op NAME = { .name = "wick_transformed" };

static const wick_dist_type TRANSFORMED = { .name = "transformed",
    .log_prob = &NAME,
    .density = transformed_density,
    .sample = transformed_sample,
    .support_of = transformed_support };

static bool transform_fits(wick *w, const wick_dist *base, const wick_transform *t)
{
    if (!wicki_ok(w) || !base->type)
        return wicki_ok(w);
    if (!t->forward || !t->inverse || !t->log_det)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "wick_transformed: the transform lacks forward, inverse or log_det");
    else if (t->event_rank > base->type->event_rank)
        wick_fail(w, WICK_ERR_SHAPE,
            "wick_transformed: %s ties %u axes together, one draw of %s has %u; take a base that "
            "draws them together, such as wick_multivariate_normal",
            t->name ? t->name : "the transform", t->event_rank, base->type->name,
            base->type->event_rank);
    return wicki_ok(w);
}

wick_dist wick_transformed(wick *w, wick_dist base, wick_transform transform)
{
    transformed type = { TRANSFORMED, transform };

    if (!transform_fits(w, &base, &transform))
        return (wick_dist){ .type = NULL };
    type.type.support = transform.codomain;
    if (base.type) {
        type.type.reparameterised = base.type->reparameterised;
        type.type.cdf = transform.increasing && base.type->cdf ? transformed_cdf : NULL;
        type.type.quantile =
            transform.increasing && base.type->quantile ? transformed_quantile : NULL;
    }
    return wicki_compose(w, &type.type, sizeof type, 1, &base);
}

/* --- transforms ------------------------------------------------------------------------------ */

static wick_var exp_forward(const wick_transform *self, wick_var x)
{
    (void)self;
    return wick_exp(x);
}

static wick_var exp_inverse(const wick_transform *self, wick_var y)
{
    (void)self;
    return wick_log(y);
}

static wick_var exp_log_det(const wick_transform *self, wick_var x, wick_var y)
{
    (void)self;
    (void)y;
    return x;
}

wick_transform wick_transform_exp(void)
{
    return (wick_transform){ .name = "exp",
        .forward = exp_forward,
        .inverse = exp_inverse,
        .log_det = exp_log_det,
        .codomain = wick_positive(),
        .increasing = true };
}

static wick_var sigmoid_forward(const wick_transform *self, wick_var x)
{
    (void)self;
    return wick_sigmoid(x);
}

static wick_var sigmoid_inverse(const wick_transform *self, wick_var y)
{
    (void)self;
    return wick_sub(wick_log(y), wick_log1p(wick_neg(y)));
}

/* log (y (1 - y)) */
static wick_var sigmoid_log_det(const wick_transform *self, wick_var x, wick_var y)
{
    (void)self;
    (void)y;
    return wick_neg(wick_add(wick_softplus(x), wick_softplus(wick_neg(x))));
}

wick_transform wick_transform_sigmoid(void)
{
    return (wick_transform){ .name = "sigmoid",
        .forward = sigmoid_forward,
        .inverse = sigmoid_inverse,
        .log_det = sigmoid_log_det,
        .codomain = wick_unit_interval(),
        .increasing = true };
}

static wick_var tanh_forward(const wick_transform *self, wick_var x)
{
    (void)self;
    return wick_tanh(x);
}

static wick_var tanh_inverse(const wick_transform *self, wick_var y)
{
    (void)self;
    return wick_mul(0.5, wick_sub(wick_log1p(y), wick_log1p(wick_neg(y))));
}

/* log (1 - tanh(x)^2) = 2 (log 2 - x - softplus(-2 x)) */
static wick_var tanh_log_det(const wick_transform *self, wick_var x, wick_var y)
{
    static const double LOG_2 = 0.6931471805599453;

    (void)self;
    (void)y;
    return wick_mul(2.0, wick_sub(wick_sub(LOG_2, x), wick_softplus(wick_mul(-2.0, x))));
}

wick_transform wick_transform_tanh(void)
{
    return (wick_transform){ .name = "tanh",
        .forward = tanh_forward,
        .inverse = tanh_inverse,
        .log_det = tanh_log_det,
        .codomain = wick_interval(-1.0, 1.0),
        .increasing = true };
}

static wick_var affine_forward(const wick_transform *self, wick_var x)
{
    const wick_operand scaled =
        wick_operand_var((wick_mul)(self->parameter[1], wick_operand_var(x)));

    return (wick_add)(self->parameter[0], scaled);
}

static wick_var affine_inverse(const wick_transform *self, wick_var y)
{
    const wick_var from_loc = (wick_sub)(wick_operand_var(y), self->parameter[0]);

    return (wick_div)(wick_operand_var(from_loc), self->parameter[1]);
}

static wick_var log_of(wick *w, const wick_argument *a)
{
    return a->var.w ? wick_log(a->var) : wick_num(w, wicki_log(a->number));
}

static wick_var affine_log_det(const wick_transform *self, wick_var x, wick_var y)
{
    (void)y;
    return log_of(x.w, &self->parameter[1]);
}

wick_transform(wick_transform_affine)(wick_operand loc, wick_operand scale)
{
    return (wick_transform){ .name = "affine",
        .forward = affine_forward,
        .inverse = affine_inverse,
        .log_det = affine_log_det,
        .codomain = wick_real(),
        .increasing = true,
        .parameter = { loc, scale } };
}

static wick_var power_forward(const wick_transform *self, wick_var x)
{
    return (wick_pow)(wick_operand_var(x), self->parameter[0]);
}

static wick_var power_inverse(const wick_transform *self, wick_var y)
{
    const wick_operand log_y = wick_operand_var(wick_log(y));

    return wick_exp((wick_div)(log_y, self->parameter[0]));
}

/* log (a x^(a - 1)) = log a + log y - log x */
static wick_var power_log_det(const wick_transform *self, wick_var x, wick_var y)
{
    const wick_var ratio = wick_sub(wick_log(y), wick_log(x));

    return wick_add(log_of(x.w, &self->parameter[0]), ratio);
}

wick_transform(wick_transform_power)(wick_operand exponent)
{
    return (wick_transform){ .name = "power",
        .forward = power_forward,
        .inverse = power_inverse,
        .log_det = power_log_det,
        .codomain = wick_positive(),
        .increasing = true,
        .parameter = { exponent } };
}
