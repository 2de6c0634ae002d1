/*
 * A normal within bounds. Standardised, it is that of z between a = (low - loc) / scale and b = (high
 * - loc) / scale, with probability P = Phi(b) - Phi(a); c is the point of [a, b] that is nearest to 0.
 */
#include "base/normal_cdf.h"
#include "base/quadrature.h"
#include "dist/density.h"
#include "dist/kl.h"
#include "dist/law.h"

#include <float.h>

/* --- parts of the normal ---------------------------------------------------------------------- */

/* The probability (over density(c)), mean and central second moment of a part of the normal. */
typedef struct part {
    double weight, mean, square;
} part;

/* c < z < c + width, as s = z - c */
static part part_beyond(double c, double width)
{
    const double reach = wicki_min(width, wicki_parabola_reach(c, 0.5));
    double weight[WICKI_GAUSS];
    part p = { 0.0, 0.0, 0.0 };

    for (int i = 0; i < WICKI_GAUSS; i++) {
        const double s = reach * wicki_gauss_point[i];
        weight[i] = reach * wicki_gauss_weight[i] * wicki_exp(-s * (c + 0.5 * s));
        p.weight += weight[i];
        p.mean += weight[i] * s;
    }
    p.mean /= p.weight;
    for (int i = 0; i < WICKI_GAUSS; i++) {
        const double d = reach * wicki_gauss_point[i] - p.mean;
        p.square += weight[i] * d * d;
    }
    return p;
}

/* --- density --------------------------------------------------------------------------------- */

/* log P + c^2 / 2 + log(2 pi) / 2, of moderate size however far out the interval is; width is b - a */
static double log_mass(double a, double b, double width)
{
    if (a < 0.0 && b > 0.0)
        return wicki_log_normal_interval(a, b) + WICKI_HALF_LOG_2PI;
    return wicki_log(part_beyond(a >= 0.0 ? a : -b, width).weight);
}

/* -(z^2 - c^2) / 2 - log(scale) - log(2 pi) / 2 - (log P + c^2 / 2): far out, where z and c are large,
 * z - c is x less the bound. */
static double log_density(double x, double loc, double scale, double low, double high)
{
    const double a = (low - loc) / scale, b = (high - loc) / scale, z = (x - loc) / scale;
    const double c = a > 0.0 ? a : b < 0.0 ? b : 0.0;
    const double gap = a > 0.0 ? (x - low) / scale : b < 0.0 ? (x - high) / scale : z;

    return -0.5 * gap * (z + c) - wicki_log(scale) - log_mass(a, b, (high - low) / scale);
}

/* Derivatives of log P by a and b. */
typedef struct ends {
    double a, b, by_a, by_b;
} ends;

static ends ends_of(double loc, double scale, double low, double high)
{
    ends e = { .a = (low - loc) / scale, .b = (high - loc) / scale };

    wicki_log_normal_interval_slopes(e.a, e.b, &e.by_a, &e.by_b);
    return e;
}

static double by_loc(double z, double loc, double scale, double low, double high)
{
    const ends e = ends_of(loc, scale, low, high);

    return (z + e.by_a + e.by_b) / scale;
}

/* a and b may be infinite, with derivatives 0 there. */
static double by_scale(double z, double loc, double scale, double low, double high)
{
    const ends e = ends_of(loc, scale, low, high);
    const double of_a = e.by_a == 0.0 ? 0.0 : e.a * e.by_a;
    const double of_b = e.by_b == 0.0 ? 0.0 : e.b * e.by_b;

    return ((z * z - 1.0) + (of_a + of_b)) / scale;
}

WICKI_DENSITY_4(truncated_normal, loc, scale, low, high, z, (x - loc) / scale,
    scale > 0.0 && low < high, low <= x && x <= high && fabs(x) < INFINITY,
    log_density(x, loc, scale, low, high),        /* log density */
    -z / scale,                                   /* d / dx */
    by_loc(z, loc, scale, low, high),             /* d / dloc */
    by_scale(z, loc, scale, low, high),           /* d / dscale */
    -ends_of(loc, scale, low, high).by_a / scale, /* d / dlow */
    -ends_of(loc, scale, low, high).by_b / scale) /* d / dhigh */

static void truncated_normal_explain(
    const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    if (!wicki_explain_parameters(node, element, &text))
        wicki_explain_bounds(node, element, 3, 4, &text);
}

WICKI_DENSITY_OP(truncated_normal, truncated_normal_explain);

static wick_constraint truncated_normal_support(const wick_dist *dist)
{
    return wicki_constraint_between(dist->parameter[2], dist->parameter[3]);
}

/* --- standardised quantile ------------------------------------------------------------------- */

/* From here on Phi(-c) is near its underflow. */
static const double FAR = 30.0;

/*
 * The s with P(c < z < c + s) = q P(c < z < c + width), far out; rest is 1 - q. With h(x) = density /
 * Phi(-x), the log of the probability beyond c + s, given beyond c, is -g(s), g(s) = s (c + s / 2) +
 * log(h(c + s) / h(c)), and g' = h(c + s). g is convex and almost linear: Newton from g(s) = s h(c).
 */
static double beyond(double q, double rest, double c, double width)
{
    const double h = wicki_log_normal_cdf_slope(-c);
    const double whole = width < INFINITY
        ? width * (c + 0.5 * width) + wicki_log(wicki_log_normal_cdf_slope(-(c + width)) / h)
        : INFINITY;
    const double goal =
        q < 0.5 ? -wicki_log1p(q * wicki_expm1(-whole)) : -wicki_log(rest + q * wicki_exp(-whole));
    double s = goal / h;

    for (int i = 0; i < 4; i++) {
        const double slope = wicki_log_normal_cdf_slope(-(c + s));
        s -= (s * (c + 0.5 * s) + wicki_log(slope / h) - goal) / slope;
    }
    return s;
}

/* The z with P(a < Z < z) = u P(a < Z < b), from the nearer tail. */
static double inverse(double u, double a, double b)
{
    if (!(u >= 0.0 && u <= 1.0 && a < b))
        return NAN;
    if (u == 0.0 || u == 1.0)
        return u == 0.0 ? a : b;
    if (a > FAR)
        return wicki_min(b, a + beyond(u, 1.0 - u, a, b - a));
    if (b < -FAR)
        return wicki_max(a, b - beyond(1.0 - u, u, -b, b - a));
    const double below = (1.0 - u) * wicki_normal_cdf(a) + u * wicki_normal_cdf(b);
    const double above = (1.0 - u) * wicki_normal_cdf(-a) + u * wicki_normal_cdf(-b);
    const double z = below < above ? wicki_normal_quantile(below) : -wicki_normal_quantile(above);
    return wicki_max(a, wicki_min(b, z));
}

static void inverse_value(size_t n, double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++)
        out[i] = inverse(in[0][i], in[1][i], in[2][i]);
}

/* density(at) / density(z) */
static double density_ratio(double at, double z)
{
    return fabs(at) < INFINITY ? wicki_exp(0.5 * (z - at) * (z + at)) : 0.0;
}

/* P / density(z), (1 - u) density(a) / density(z), u density(b) / density(z) */
static void inverse_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    for (size_t i = 0; i < n; i++) {
        const double u = in[0][i], a = in[1][i], b = in[2][i], z = out[i];
        const double c = a > 0.0 ? a : b < 0.0 ? b : 0.0;
        if (partial[0])
            partial[0][i] = wicki_exp(log_mass(a, b, b - a) + 0.5 * (z - c) * (z + c));
        if (partial[1])
            partial[1][i] = (1.0 - u) * density_ratio(a, z);
        if (partial[2])
            partial[2][i] = u * density_ratio(b, z);
    }
}

static const wick_op INVERSE = {
    .name = "wick_truncated_normal", .value = inverse_value, .partials = inverse_partials
};

static wick_var standard_quantile(wick_var u, wick_var a, wick_var b)
{
    const wick_argument in[] = { { .var = u }, { .var = a }, { .var = b } };

    return wick_record(a.w, &INVERSE, 3, in, NULL, 0);
}

/* (bound - loc) / scale */
static wick_var end(wick_operand bound, wick_operand loc, wick_operand scale)
{
    return (wick_div)(wick_operand_var((wick_sub)(bound, loc)), scale);
}

/* --- draws ----------------------------------------------------------------------------------- */

static bool bounds_are_apart(wick *w, wick_operand low, wick_operand high)
{
    const wick_var width =
        (wick_minimum)(wick_operand_number(DBL_MAX), wick_operand_var((wick_sub)(high, low)));
    const wick_node *node = wicki_node_of(w, "wick_truncated_normal", width);

    return node &&
        wicki_check_domain(w, "wick_truncated_normal", "high - low", node, wick_positive());
}

/* loc + scale z by inversion, kept within the bounds where it is rounded */
static wick_var truncated_normal_sample(wick *w, const wick_dist *dist)
{
    wick_operand p[WICK_MAX_PARAMETERS];
    const wick_var u = wicki_sample_noise(w, dist, &wicki_draw_uniform, p);

    for (size_t j = 0; wicki_ok(w) && j < 4; j++)
        p[j] = p[j].var.w ? p[j] : wick_operand_var(wick_num(w, p[j].number));
    if (!wicki_ok(w) || !bounds_are_apart(w, p[2], p[3]))
        return WICK_VAR_NONE;
    const wick_var z = standard_quantile(u, end(p[2], p[0], p[1]), end(p[3], p[0], p[1]));
    const wick_var x = (wick_add)(p[0], wick_operand_var((wick_mul)(p[1], wick_operand_var(z))));
    return (wick_clamp)(x, p[2], p[3]);
}

/* --- moments --------------------------------------------------------------------------------- */

/* Mean and variance between a and b: sums of positive terms, about the end nearest to 0. */
static void moments(double a, double b, double *mean, double *variance)
{
    if (a >= 0.0 || b <= 0.0) {
        const double c = a >= 0.0 ? a : -b;
        const part p = part_beyond(c, b - a);
        *mean = copysign(c + p.mean, a >= 0.0 ? 1.0 : -1.0);
        *variance = p.square / p.weight;
        return;
    }
    const part above = part_beyond(0.0, b), below = part_beyond(0.0, -a);
    const double weight = above.weight + below.weight;
    const double apart = above.mean + below.mean, share = above.weight / weight;
    *mean = share * above.mean - (1.0 - share) * below.mean;
    *variance = (above.square + below.square) / weight + share * (1.0 - share) * apart * apart;
}

static void mean_value(size_t n, double *out, const double *const *in)
{
    double variance;

    for (size_t i = 0; i < n; i++)
        if (in[0][i] < in[1][i])
            moments(in[0][i], in[1][i], &out[i], &variance);
        else
            out[i] = NAN;
}

static void variance_value(size_t n, double *out, const double *const *in)
{
    double mean;

    for (size_t i = 0; i < n; i++)
        if (in[0][i] < in[1][i])
            moments(in[0][i], in[1][i], &mean, &out[i]);
        else
            out[i] = NAN;
}

/* With d = end - mean: of the mean d density / P at b and -d density / P at a, of the variance (d^2 -
 * variance) density / P at b and its negative at a; at infinite ends 0. */
static void moment_partials(size_t n, double *const *partial, const double *const *in, bool second)
{
    for (size_t i = 0; i < n; i++) {
        double mean, variance, slope[2];
        moments(in[0][i], in[1][i], &mean, &variance);
        wicki_log_normal_interval_slopes(in[0][i], in[1][i], &slope[0], &slope[1]);
        for (int j = 0; j < 2; j++) {
            const double d = in[j][i] - mean, by = second ? d * d - variance : d;
            if (partial[j])
                partial[j][i] = fabs(in[j][i]) < INFINITY ? by * slope[j] : 0.0;
        }
    }
}

static void mean_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    moment_partials(n, partial, in, false);
}

static void variance_partials(
    size_t n, double *const *partial, const double *out, const double *const *in)
{
    (void)out;
    moment_partials(n, partial, in, true);
}

static const wick_op MEAN = {
    .name = "wick_truncated_normal", .value = mean_value, .partials = mean_partials
};
static const wick_op VARIANCE = {
    .name = "wick_truncated_normal", .value = variance_value, .partials = variance_partials
};

static wick_var lower(const wick_dist *dist)
{
    return end(dist->parameter[2], dist->parameter[0], dist->parameter[1]);
}

static wick_var upper(const wick_dist *dist)
{
    return end(dist->parameter[3], dist->parameter[0], dist->parameter[1]);
}

static wick_var of_ends(const wick_op *op, wick_var a, wick_var b)
{
    return wick_record(a.w, op, 2, (wick_argument[]){ { .var = a }, { .var = b } }, NULL, 0);
}

static wick_var truncated_normal_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return wicki_located(dist, of_ends(&MEAN, lower(dist), upper(dist)));
}

static wick_var truncated_normal_variance(wick *w, const wick_dist *dist)
{
    const wick_var variance = of_ends(&VARIANCE, lower(dist), upper(dist));

    (void)w;
    return wick_mul(wick_square(dist->parameter[1].var), variance);
}

/* log(scale) + log(2 pi) / 2 + log P + E[z^2] / 2 */
static wick_var truncated_normal_entropy(wick *w, const wick_dist *dist)
{
    const wick_var a = lower(dist), b = upper(dist);
    const wick_var square = wick_add(wick_square(of_ends(&MEAN, a, b)), of_ends(&VARIANCE, a, b));
    const wick_var mass = wick_add(wick_log_normal_interval(a, b), wick_mul(0.5, square));

    (void)w;
    return wick_add(WICKI_HALF_LOG_2PI, wick_add(wick_log(dist->parameter[1].var), mass));
}

static wick_var truncated_normal_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var a = lower(dist), b = upper(dist);
    const wick_var z =
        (wick_clamp)(wicki_standardised(dist, x), wick_operand_var(a), wick_operand_var(b));

    (void)w;
    return wick_exp(wick_sub(wick_log_normal_interval(a, z), wick_log_normal_interval(a, b)));
}

static wick_var truncated_normal_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    const wick_var x = wicki_located(dist, standard_quantile(p, lower(dist), upper(dist)));

    (void)w;
    return (wick_clamp)(x, dist->parameter[2], dist->parameter[3]);
}

const wick_dist_type wicki_dist_truncated_normal = { .name = "truncated_normal",
    .n_parameters = 4,
    .parameter_names = { "loc", "scale", "low", "high" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_POSITIVE },
        { .kind = WICK_INTERVAL, .lower = -INFINITY, .upper = INFINITY },
        { .kind = WICK_INTERVAL, .lower = -INFINITY, .upper = INFINITY } },
    .log_prob = &truncated_normal_density,
    .sample = truncated_normal_sample,
    .reparameterised = true,
    .support = { .kind = WICK_INTERVAL, .lower = -INFINITY, .upper = INFINITY },
    .support_of = truncated_normal_support,
    .mean = truncated_normal_mean,
    .variance = truncated_normal_variance,
    .entropy = truncated_normal_entropy,
    .cdf = truncated_normal_cdf,
    .quantile = truncated_normal_quantile,
    .kl = wicki_kl_across };

wick_dist(wick_truncated_normal)(
    wick_operand loc, wick_operand scale, wick_operand low, wick_operand high)
{
    return (
        wick_dist){ .type = &wicki_dist_truncated_normal, .parameter = { loc, scale, low, high } };
}
