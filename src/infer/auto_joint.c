/* Guides with one vector for the coordinates of all sites: multivariate normals, and a point. */
#include "infer/auto.h"

#include "base/philox.h"

#include <math.h>

/* Parameters: the first is the place of the centre. */
enum { LOC, SCALE_TRIL, SCALE = SCALE_TRIL, COV_FACTOR };

static void name_params(wick *w, wick_guide *guide, const char *second, const char *third)
{
    const char *prefix = guide->options.prefix;

    guide->param[LOC] = wick_name(w, "%s.loc", prefix);
    if (second)
        guide->param[SCALE_TRIL] = wick_name(w, "%s.%s", prefix, second);
    if (third)
        guide->param[COV_FACTOR] = wick_name(w, "%s.%s", prefix, third);
    guide->auxiliary = wick_name(w, "%s.latent", prefix);
}

static wick_var loc_of(wick *w, const wick_guide *guide)
{
    return wick_param(
        w, guide->param[LOC], wick_init_fill_array(0.0, 1, &guide->dimension), wick_real());
}

void wicki_auto_sample_joint(wick *w, const wick_guide *guide, wick_var joint)
{
    for (const wicki_auto_site *s = guide->sites; s && wicki_ok(w); s = s->next) {
        wicki_auto_enter(w, guide, s);
        wicki_auto_sample(w, s, wicki_auto_take(s, joint));
        wicki_auto_exit(w, s);
    }
}

/* --- a covariance of full rank ----------------------------------------------------------------- */

static void prepare_full(wick *w, wick_guide *guide)
{
    name_params(w, guide, "scale_tril", NULL);
}

/* Starts as init_scale times the identity. */
static wick_var scale_tril_of(wick *w, const wick_guide *guide)
{
    const size_t n = guide->dimension, sizes[] = { n, n };
    wick_init init = wick_init_fill_array(0.0, 2, sizes);

    if (!wicki_name_of(guide->param[SCALE_TRIL])->entry) {
        double *values = wicki_alloc_zero(w, n * n * sizeof *values);
        for (size_t i = 0; values && i < n; i++)
            values[i * n + i] = guide->options.init_scale;
        init = wick_init_values_array(values, 2, sizes);
    }
    if (!wicki_ok(w))
        return WICK_VAR_NONE;
    return wick_param(w, guide->param[SCALE_TRIL], init, wick_lower_cholesky());
}

static void run_full(wick *w, wick_guide *guide)
{
    const wick_var loc = loc_of(w, guide);
    const wick_dist normal = wick_multivariate_normal(loc, scale_tril_of(w, guide));

    wicki_auto_sample_joint(w, guide, wick_sample(w, guide->auxiliary, wick_auxiliary(normal)));
}

/* The variances are the sums of squares of the rows. */
static wick_var vector_full(wick *w, wick_guide *guide, double z)
{
    const wick_var scale = wick_sqrt(wick_sum_axis(wick_square(scale_tril_of(w, guide)), 1));

    return wick_add(loc_of(w, guide), wick_mul(scale, z));
}

static const wicki_auto_kind auto_multivariate_normal = { .name = "AutoMultivariateNormal",
    .function = "wick_auto_multivariate_normal_new",
    .what = "one multivariate normal",
    .joint = true,
    .scaled = true,
    .prepare = prepare_full,
    .run = run_full,
    .vector = vector_full };

const wicki_auto_kind wicki_auto_laplace_normal = { .name = "AutoLaplace",
    .function = "wick_laplace_approximation",
    .what = "the multivariate normal of a Laplace approximation",
    .joint = true,
    .scaled = true,
    .prepare = prepare_full,
    .run = run_full,
    .vector = vector_full };

wick_guide *wick_auto_multivariate_normal_new(
    wick *w, wick_program model, const wick_auto_options *options)
{
    return wicki_auto_new(w, model, options, &auto_multivariate_normal);
}

/* --- a covariance of low rank plus a diagonal -------------------------------------------------- */

static void prepare_low_rank(wick *w, wick_guide *guide)
{
    const size_t n = guide->dimension;

    if (guide->options.rank == 0)
        guide->options.rank = (size_t)ceil(sqrt((double)n));
    if (guide->options.rank > n)
        wick_fail(w, WICK_ERR_ARGUMENT, "%s: .rank is %zu, need at most %zu, the dimension",
            guide->kind->function, guide->options.rank, n);
    name_params(w, guide, "scale", "cov_factor");
}

/* Half of the variance comes from the diagonal, half, on average, from the factor. */
static wick_var scale_of(wick *w, const wick_guide *guide)
{
    const double each = sqrt(0.5) * guide->options.init_scale;

    return wick_param(
        w, guide->param[SCALE], wick_init_fill_array(each, 1, &guide->dimension), wick_positive());
}

static double *draw_factor(wick *w, const wick_guide *guide)
{
    const size_t n = guide->dimension * guide->options.rank;
    const wicki_random random = { w->seed, 0, wicki_name_of(guide->param[COV_FACTOR])->hash };
    wicki_stream stream = wicki_stream_new(wicki_random_key(&random, 0), 0, 0);
    double *values = wicki_alloc_doubles(w, n);

    for (size_t i = 0; values && i < n; i++)
        values[i] = wicki_normal(&stream) / sqrt((double)guide->options.rank);
    return values;
}

static wick_var cov_factor_of(wick *w, const wick_guide *guide)
{
    const size_t sizes[] = { guide->dimension, guide->options.rank };
    wick_init init = wick_init_fill_array(0.0, 2, sizes);

    if (!wicki_name_of(guide->param[COV_FACTOR])->entry)
        init = wick_init_values_array(draw_factor(w, guide), 2, sizes);
    return wicki_ok(w) ? wick_param(w, guide->param[COV_FACTOR], init, wick_real()) : WICK_VAR_NONE;
}

static void run_low_rank(wick *w, wick_guide *guide)
{
    const wick_var loc = loc_of(w, guide), scale = scale_of(w, guide);
    const wick_var turned = wick_scale_columns(wick_transpose(cov_factor_of(w, guide)), scale);
    const wick_dist normal =
        wick_low_rank_multivariate_normal(loc, wick_transpose(turned), wick_square(scale));

    wicki_auto_sample_joint(w, guide, wick_sample(w, guide->auxiliary, wick_auxiliary(normal)));
}

/* The variances are scale^2 (1 + the sums of squares of the rows). */
static wick_var vector_low_rank(wick *w, wick_guide *guide, double z)
{
    const wick_var squares = wick_sum_axis(wick_square(cov_factor_of(w, guide)), 1);
    const wick_var scale = wick_mul(scale_of(w, guide), wick_sqrt(wick_add(squares, 1.0)));

    return wick_add(loc_of(w, guide), wick_mul(scale, z));
}

static const wicki_auto_kind auto_low_rank = { .name = "AutoLowRank",
    .function = "wick_auto_low_rank_new",
    .what = "one multivariate normal, its covariance of low rank plus a diagonal",
    .joint = true,
    .scaled = true,
    .ranked = true,
    .prepare = prepare_low_rank,
    .run = run_low_rank,
    .vector = vector_low_rank };

wick_guide *wick_auto_low_rank_new(wick *w, wick_program model, const wick_auto_options *options)
{
    return wicki_auto_new(w, model, options, &auto_low_rank);
}

/* --- a point ----------------------------------------------------------------------------------- */

static void prepare_point(wick *w, wick_guide *guide)
{
    name_params(w, guide, NULL, NULL);
}

static void run_point(wick *w, wick_guide *guide)
{
    wicki_auto_sample_joint(w, guide, loc_of(w, guide));
}

static wick_var vector_point(wick *w, wick_guide *guide, double z)
{
    (void)z;
    return loc_of(w, guide);
}

const wicki_auto_kind wicki_auto_laplace = { .name = "AutoLaplace",
    .function = "wick_auto_laplace_new",
    .what = "maximum a posteriori in the unconstrained space (with Jacobian), for "
            "wick_laplace_approximation",
    .joint = true,
    .prepare = prepare_point,
    .run = run_point,
    .vector = vector_point };

wick_guide *wick_auto_laplace_new(wick *w, wick_program model, const wick_auto_options *options)
{
    return wicki_auto_new(w, model, options, &wicki_auto_laplace);
}
