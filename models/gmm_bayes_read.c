/* Between mixtures and the autoguides of gmm_bayes_model: where they start, what they found. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

#include "models/gmm_bayes.h"
#include "models/matrix.h"

static bool has_matrices(const gmm_mixture *m)
{
    return m->covariance == GMM_FULL || m->covariance == GMM_TIED;
}

static const char *covariance_name(const gmm_mixture *m)
{
    return has_matrices(m) ? "covariance" : "variance";
}

/* Covariance matrices or variances: as many numbers as the scales. */
static size_t scale_size(const gmm_mixture *m)
{
    return gmm_scale_size(m->components, m->dimensions, m->covariance);
}

/* --- where a guide starts -------------------------------------------------------------------- */

struct gmm_bayes_start {
    wick_init_value values[4];
    gmm_mixture *mixture; /* with covariances for scales */
};

static void square_scales(gmm_mixture *to, const gmm_mixture *from)
{
    const size_t size = from->dimensions * from->dimensions, n = scale_size(from);

    for (size_t i = 0; i < n; i++)
        to->scale[i] = from->scale[i] * from->scale[i];
    for (size_t k = 0; has_matrices(from) && k < n / size; k++)
        gmm_mixture_covariance(from, k, to->scale + k * size);
}

gmm_bayes_start *gmm_bayes_start_new(wick *w, const gmm_mixture *mixture)
{
    gmm_bayes_start *start = calloc(1, sizeof *start);
    const size_t k = mixture->components;

    if (!start) {
        wick_fail(w, WICK_ERR_MEMORY, "gmm_bayes_start_new: no memory");
        return NULL;
    }
    start->mixture = gmm_mixture_copy(w, mixture);
    if (!start->mixture) {
        free(start);
        return NULL;
    }
    for (size_t i = 0; i < k; i++)
        start->mixture->weights[i] = fmax(mixture->weights[i], 1e-300);
    square_scales(start->mixture, mixture);
    start->values[0] = (wick_init_value){ "loc", start->mixture->loc, k * mixture->dimensions };
    start->values[1] =
        (wick_init_value){ covariance_name(mixture), start->mixture->scale, scale_size(mixture) };
    if (k > 1)
        start->values[2] = (wick_init_value){ "weights", start->mixture->weights, k };
    return start;
}

void gmm_bayes_start_free(gmm_bayes_start *start)
{
    if (start)
        gmm_mixture_free(start->mixture);
    free(start);
}

void *gmm_bayes_init_arg(gmm_bayes_start *start)
{
    return start ? start->values : NULL;
}

/* --- what it found --------------------------------------------------------------------------- */

static bool factor(wick *w, gmm_mixture *m)
{
    const size_t d = m->dimensions, n = scale_size(m);

    for (size_t i = 0; !has_matrices(m) && i < n; i++)
        m->scale[i] = sqrt(m->scale[i]);
    for (size_t k = 0; has_matrices(m) && k < n / (d * d); k++)
        if (!matrix_cholesky(d, m->scale + k * d * d, m->scale + k * d * d)) {
            wick_fail(w, WICK_ERR_NUMERIC,
                "gmm_bayes: the covariance of component %zu is singular to the precision of "
                "doubles; a prior with a larger scale helps",
                k);
            return false;
        }
    return true;
}

typedef size_t (*reader)(const wick_guide *guide, const char *site, double *out, size_t count);

static size_t draw_one(const wick_guide *guide, const char *site, double *out, size_t count)
{
    return wick_guide_sample(guide, site, 1, out, count);
}

static bool read_guide(wick *w, const wick_guide *guide, reader read, gmm_mixture *out)
{
    out->weights[0] = 1.0;
    if (out->components > 1)
        read(guide, "weights", out->weights, out->components);
    read(guide, "loc", out->loc, out->components * out->dimensions);
    read(guide, covariance_name(out), out->scale, scale_size(out));
    return wick_status(w) == WICK_OK && factor(w, out);
}

bool gmm_bayes_point(wick *w, const wick_guide *guide, gmm_mixture *out)
{
    gmm_mixture *found = gmm_mixture_new(w, out->components, out->dimensions, out->covariance);
    const bool ok = found && read_guide(w, guide, wick_guide_get, found);

    if (ok)
        gmm_mixture_assign(out, found);
    gmm_mixture_free(found);
    return ok;
}

/* --- moments --------------------------------------------------------------------------------- */

/* Mean and sum of squares about it, after one more draw (Welford 1962). */
static void add_draw(size_t n, size_t draw, const double *x, double *mean, double *squares)
{
    for (size_t i = 0; i < n; i++) {
        const double off = x[i] - mean[i];
        mean[i] += off / (double)draw;
        squares[i] += off * (x[i] - mean[i]);
    }
}

static void add_mixture(size_t draw, const gmm_mixture *x, gmm_mixture *mean, gmm_mixture *squares)
{
    const size_t k = x->components;

    add_draw(k, draw, x->weights, mean->weights, squares->weights);
    add_draw(k * x->dimensions, draw, x->loc, mean->loc, squares->loc);
    add_draw(scale_size(x), draw, x->scale, mean->scale, squares->scale);
}

static void clear(gmm_mixture *m)
{
    const size_t k = m->components;

    memset(m->weights, 0, k * sizeof *m->weights);
    memset(m->loc, 0, k * m->dimensions * sizeof *m->loc);
    memset(m->scale, 0, scale_size(m) * sizeof *m->scale);
}

static void roots(size_t n, size_t draws, double *squares)
{
    for (size_t i = 0; i < n; i++)
        squares[i] = sqrt(squares[i] / (double)(draws - 1));
}

static bool gather(wick *w, const wick_guide *guide, size_t draws, gmm_mixture *x,
    gmm_mixture *mean, gmm_mixture *squares)
{
    clear(mean);
    clear(squares);
    for (size_t i = 1; i <= draws; i++) {
        if (!read_guide(w, guide, draw_one, x))
            return false;
        add_mixture(i, x, mean, squares);
    }
    roots(x->components, draws, squares->weights);
    roots(x->components * x->dimensions, draws, squares->loc);
    roots(scale_size(x), draws, squares->scale);
    return true;
}

bool gmm_bayes_moments(
    wick *w, const wick_guide *guide, size_t draws, gmm_mixture *mean, gmm_mixture *sd)
{
    const gmm_mixture *like = mean ? mean : sd;
    gmm_mixture *each[3] = { NULL, NULL, NULL };
    bool ok = like && draws >= 2;

    if (ok && sd &&
        (sd->components != like->components || sd->dimensions != like->dimensions ||
            sd->covariance != like->covariance)) {
        wick_fail(
            w, WICK_ERR_SHAPE, "gmm_bayes_moments: mean and sd have different sizes or forms");
        return false;
    }
    if (!ok)
        wick_fail(w, WICK_ERR_ARGUMENT,
            "gmm_bayes_moments: got %zu draws%s, need two at least and a mixture to write to",
            draws, like ? "" : " and no mixture");
    for (int i = 0; ok && i < 3; i++)
        ok = (each[i] = gmm_mixture_new(w, like->components, like->dimensions, like->covariance));
    ok = ok && gather(w, guide, draws, each[0], each[1], each[2]);
    if (ok && mean)
        gmm_mixture_assign(mean, each[1]);
    if (ok && sd)
        gmm_mixture_assign(sd, each[2]);
    for (int i = 0; i < 3; i++)
        gmm_mixture_free(each[i]);
    return ok;
}
