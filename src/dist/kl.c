#include "dist/kl.h"

#include "dist/law.h"

static wick_var first(const wick_dist *dist)
{
    return dist->parameter[0].var;
}

static wick_var second(const wick_dist *dist)
{
    return dist->parameter[1].var;
}

/* --- expectations of p that may be missing ---------------------------------------------------- */

static wick_var log_of(const wicki_expectations *e, const wick_dist *p)
{
    return e->log ? e->log(p) : WICK_VAR_NONE;
}

static wick_var log_rest_of(const wicki_expectations *e, const wick_dist *p)
{
    return e->log_rest ? e->log_rest(p) : WICK_VAR_NONE;
}

static wick_var power_of(const wicki_expectations *e, const wick_dist *p, wick_var k)
{
    return e->power ? e->power(p, k) : WICK_VAR_NONE;
}

/* E[(x - loc)^2]; infinite also where there is no mean */
static wick_var square_about(wick *w, const wick_dist *p, wick_var loc)
{
    const wick_var spread = p->type->variance(w, p);
    const wick_var all = wick_add(spread, wick_square(wick_sub(p->type->mean(w, p), loc)));

    return wick_where(wick_equal(all, all), all, INFINITY);
}

/* --- -E_p[log q], one function for each family of q ------------------------------------------- */

typedef wick_var cross(
    wick *w, const wicki_expectations *e, const wick_dist *p, const wick_dist *q);

/* a x + b y, none if one of the expectations x, y is */
static wick_var combined(wick_var a, wick_var x, wick_var b, wick_var y)
{
    return x.w && y.w ? wick_add(wick_mul(a, x), wick_mul(b, y)) : WICK_VAR_NONE;
}

static wick_var plus(wick_var x, wick_var constant)
{
    return x.w ? wick_add(x, constant) : WICK_VAR_NONE;
}

/* log Gamma(a) - a log rate - (a - 1) E[log x] + rate E[x] */
static wick_var to_gamma(
    wick *w, const wicki_expectations *e, const wick_dist *p, const wick_dist *q)
{
    const wick_var a = wicki_gamma_concentration(q), rate = wicki_gamma_rate(q);
    const wick_var norm = wick_sub(wick_lgamma(a), wick_mul(a, wick_log(rate)));

    return plus(combined(wick_sub(1.0, a), log_of(e, p), rate, p->type->mean(w, p)), norm);
}

static wick_var to_exponential(
    wick *w, const wicki_expectations *e, const wick_dist *p, const wick_dist *q)
{
    (void)e;
    return wick_sub(wick_mul(first(q), p->type->mean(w, p)), wick_log(first(q)));
}

/* log Gamma(a) - a log rate + (a + 1) E[log x] + rate E[1 / x] */
static wick_var to_inverse_gamma(
    wick *w, const wicki_expectations *e, const wick_dist *p, const wick_dist *q)
{
    const wick_var a = first(q), rate = second(q);
    const wick_var norm = wick_sub(wick_lgamma(a), wick_mul(a, wick_log(rate)));
    const wick_var inverse = p->type == &wicki_dist_uniform || p->type == &wicki_dist_half_cauchy
        ? WICK_VAR_NONE
        : power_of(e, p, wick_num(w, -1.0));

    return plus(combined(wick_add(1.0, a), log_of(e, p), rate, inverse), norm);
}

/* log B(a, b) - (a - 1) E[log x] - (b - 1) E[log(1 - x)] */
static wick_var to_beta(
    wick *w, const wicki_expectations *e, const wick_dist *p, const wick_dist *q)
{
    const wick_var a = first(q), b = second(q);
    const wick_var gammas = wick_add(wick_lgamma(a), wick_lgamma(b));
    const wick_var norm = wick_sub(gammas, wick_lgamma(wick_add(a, b)));

    (void)w;
    return plus(
        combined(wick_sub(1.0, a), log_of(e, p), wick_sub(1.0, b), log_rest_of(e, p)), norm);
}

/* log scale + log(2 pi) / 2 + E[(x - loc)^2] / (2 scale^2) */
static wick_var normal_form(wick_var square, wick_var scale)
{
    const wick_var half = wick_div(wick_mul(0.5, square), wick_square(scale));

    return wick_add(wick_add(WICKI_HALF_LOG_2PI, wick_log(scale)), half);
}

static wick_var to_normal(
    wick *w, const wicki_expectations *e, const wick_dist *p, const wick_dist *q)
{
    (void)e;
    return normal_form(square_about(w, p, first(q)), second(q));
}

static wick_var to_half_normal(
    wick *w, const wicki_expectations *e, const wick_dist *p, const wick_dist *q)
{
    (void)e;
    return wick_sub(normal_form(square_about(w, p, wick_num(w, 0.0)), first(q)), WICKI_LOG_2);
}

static wick_var to_truncated_normal(
    wick *w, const wicki_expectations *e, const wick_dist *p, const wick_dist *q)
{
    const wick_var low = wick_sub(q->parameter[2].var, first(q));
    const wick_var high = wick_sub(q->parameter[3].var, first(q));
    const wick_var mass =
        wick_log_normal_interval(wick_div(low, second(q)), wick_div(high, second(q)));

    return wick_add(to_normal(w, e, p, q), mass);
}

/* that of a normal and log x, and E[log x] */
static wick_var to_lognormal(
    wick *w, const wicki_expectations *e, const wick_dist *p, const wick_dist *q)
{
    (void)w;
    if (!e->log || !e->log_variance)
        return WICK_VAR_NONE;
    const wick_var mean = e->log(p);
    const wick_var square = wick_add(e->log_variance(p), wick_square(wick_sub(mean, first(q))));
    return wick_add(mean, normal_form(square, second(q)));
}

/* -log k + k log scale - (k - 1) E[log x] + E[x^k] / scale^k */
static wick_var to_weibull(
    wick *w, const wicki_expectations *e, const wick_dist *p, const wick_dist *q)
{
    const wick_var k = second(q), log_power = wick_mul(k, wick_log(first(q)));
    const wick_var norm = wick_sub(log_power, wick_log(k));

    (void)w;
    return plus(
        combined(wick_sub(1.0, k), log_of(e, p), wick_exp(wick_neg(log_power)), power_of(e, p, k)),
        norm);
}

/* -log alpha - alpha log scale + (alpha + 1) E[log x] */
static wick_var to_pareto(
    wick *w, const wicki_expectations *e, const wick_dist *p, const wick_dist *q)
{
    const wick_var alpha = second(q), norm = wick_mul(alpha, wick_log(first(q)));

    (void)w;
    if (!e->log)
        return WICK_VAR_NONE;
    return wick_sub(wick_mul(wick_add(1.0, alpha), e->log(p)), wick_add(wick_log(alpha), norm));
}

static wick_var to_uniform(
    wick *w, const wicki_expectations *e, const wick_dist *p, const wick_dist *q)
{
    (void)w, (void)e, (void)p;
    return wick_log(wick_sub(second(q), first(q)));
}

/* log scale + E[z] + E[e^-z] */
static wick_var to_gumbel(
    wick *w, const wicki_expectations *e, const wick_dist *p, const wick_dist *q)
{
    if (!e->decay)
        return WICK_VAR_NONE;
    const wick_var z = wick_div(wick_sub(p->type->mean(w, p), first(q)), second(q));
    const wick_var decay = e->decay(p, first(q), wick_div(1.0, second(q)));
    return wick_add(wick_log(second(q)), wick_add(z, decay));
}

/* log(2 scale) + E|x - loc| / scale */
static wick_var to_laplace(
    wick *w, const wicki_expectations *e, const wick_dist *p, const wick_dist *q)
{
    (void)w;
    if (!e->distance)
        return WICK_VAR_NONE;
    const wick_var norm = wick_add(WICKI_LOG_2, wick_log(second(q)));
    return wick_add(norm, wick_div(e->distance(p, first(q)), second(q)));
}

static const struct {
    const wick_dist_type *type;
    cross *of;
} CROSS[] = {
    { &wicki_dist_exponential, to_exponential },
    { &wicki_dist_gamma, to_gamma },
    { &wicki_dist_chi2, to_gamma },
    { &wicki_dist_inverse_gamma, to_inverse_gamma },
    { &wicki_dist_beta, to_beta },
    { &wicki_dist_normal, to_normal },
    { &wicki_dist_half_normal, to_half_normal },
    { &wicki_dist_truncated_normal, to_truncated_normal },
    { &wicki_dist_lognormal, to_lognormal },
    { &wicki_dist_weibull, to_weibull },
    { &wicki_dist_pareto, to_pareto },
    { &wicki_dist_uniform, to_uniform },
    { &wicki_dist_gumbel, to_gumbel },
    { &wicki_dist_laplace, to_laplace },
};

/* --- supports --------------------------------------------------------------------------------- */

/* The ends of a support, as vars if they are parameters. */
static void ends_of(const wick_dist *dist, wick_operand *low, wick_operand *high)
{
    const wick_constraint c = wick_support(*dist);
    const bool unit = c.kind == WICK_UNIT_INTERVAL;
    const bool positive = unit || c.kind == WICK_POSITIVE || c.kind == WICK_NONNEGATIVE;
    const bool from = c.kind == WICK_INTERVAL || c.kind == WICK_GREATER_THAN;
    const bool to = c.kind == WICK_INTERVAL || c.kind == WICK_LESS_THAN;

    *low = wick_operand_number(from ? c.lower : positive ? 0.0 : -INFINITY);
    *high = wick_operand_number(to ? c.upper : unit ? 1.0 : INFINITY);
    if (from && c.lower_var.w)
        *low = wick_operand_var(c.lower_var);
    if (to && c.upper_var.w)
        *high = wick_operand_var(c.upper_var);
}

/* 1 where a < b, else 0, as a var only if one of them is. */
static wick_operand is_less(wick_operand a, wick_operand b)
{
    if (!a.var.w && !b.var.w)
        return wick_operand_number(a.number < b.number ? 1.0 : 0.0);
    return wick_operand_var((wick_less)(a, b));
}

static bool is_number(wick_operand x, double value)
{
    return !x.var.w && x.number == value;
}

/* x where p is within the support of q, else infinite; x may be unknown. The bounds of a uniform and a
 * Pareto are finite, those of a truncated normal need not be. */
static wick_var within_support(const wick_dist *p, const wick_dist *q, wick_var x)
{
    const bool bounded = q->type == &wicki_dist_uniform || q->type == &wicki_dist_pareto;
    wick_operand p_low, p_high, q_low, q_high;

    ends_of(p, &p_low, &p_high);
    ends_of(q, &q_low, &q_high);
    const wick_operand below = is_less(p_low, q_low), above = is_less(q_high, p_high);
    if (is_number(below, 1.0) || is_number(above, 1.0) || (bounded && is_number(p_low, -INFINITY)))
        return wick_num(first(p).w, INFINITY);
    if (x.w && below.var.w)
        x = wick_where(below.var, INFINITY, x);
    if (x.w && above.var.w)
        x = wick_where(above.var, INFINITY, x);
    return x;
}

wick_var wicki_kl_across(wick *w, const wick_dist *p, const wick_dist *q)
{
    const wicki_expectations *e = wicki_expectations_of(p->type);

    for (size_t i = 0; e && i < sizeof CROSS / sizeof *CROSS; i++) {
        if (CROSS[i].type != q->type)
            continue;
        const wick_var x = CROSS[i].of(w, e, p, q);
        return within_support(p, q, x.w ? wick_sub(x, p->type->entropy(w, p)) : x);
    }
    return WICK_VAR_NONE;
}
