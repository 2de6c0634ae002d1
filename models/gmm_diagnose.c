#include "models/gmm_summary.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

#include "models/gmm_em.h"
#include "models/gmm_predict.h"
#include "models/gmm_tally.h"
#include "models/matrix.h"

/* What one row has of a component that is alone with it; how near a variance is to its floor. */
static const double ALONE = 0.9, AT_FLOOR = 1.01;
/* Columns with at least this part of the largest element of a direction are its main ones. */
static const double MAIN = 0.3;

_Static_assert((int)GMM_TALLY_ROWS <= (int)GMM_EXAMPLES, "the rows of a load are examples");

typedef struct diagnosis {
    wick *w;
    const gmm_mixture *mixture;
    const gmm *data;
    gmm_diagnose_options options;
    gmm_tally *tally;
    const gmm_column *columns;
    const gmm_load *loads;
    size_t varying; /* columns that are not constant: */
    size_t *which;  /* which */
    gmm_findings *findings;
    double *floor;
    double *matrix, *vectors, *values; /* scratch */
} diagnosis;

/* --- findings --------------------------------------------------------------------------------- */

/* A new one, which is NULL where there is no memory. */
static gmm_finding *found(diagnosis *g, gmm_finding_kind kind, size_t component)
{
    gmm_findings *f = g->findings;
    gmm_finding *list = realloc(f->list, (f->n + 1) * sizeof *list);

    if (!list) {
        wick_fail(g->w, WICK_ERR_MEMORY, "gmm_diagnose: no memory for %zu findings", f->n + 1);
        return NULL;
    }
    f->list = list;
    gmm_finding *finding = &list[f->n++];
    *finding = (gmm_finding){ .kind = kind, .component = component, .other = GMM_NONE };
    if (component != GMM_NONE) {
        const gmm_load *l = &g->loads[component];
        finding->points = l->points;
        for (size_t i = 0; i < l->n && l->most[i] > 1e-3 * l->most[0]; i++)
            finding->rows[finding->n_rows++] = l->rows[i];
    }
    return finding;
}

static void found_value(
    diagnosis *g, gmm_finding_kind kind, size_t component, double value, double limit)
{
    gmm_finding *finding = found(g, kind, component);

    if (finding) {
        finding->value = value;
        finding->limit = limit;
    }
}

/* The column in which a row is farthest out. */
static size_t farthest_column(const diagnosis *g, size_t row)
{
    const size_t d = g->data->dimensions;
    const double *x = g->data->x + row * d;
    double most = -1.0;
    size_t best = 0;

    for (size_t j = 0; j < d; j++) {
        const double off = g->columns[j].constant
            ? 0.0
            : fabs(x[j] - g->columns[j].mean) / g->columns[j].deviation;
        if (off > most) {
            most = off;
            best = j;
        }
    }
    return best;
}

static void found_alone(diagnosis *g, size_t k)
{
    gmm_finding *finding = found(g, GMM_FINDING_ALONE, k);

    if (!finding)
        return;
    const size_t row = finding->rows[0], j = farthest_column(g, row);
    finding->n_rows = finding->n_columns = 1;
    finding->columns[0] = j;
    finding->value = g->data->x[row * g->data->dimensions + j];
    finding->limit = ALONE;
}

/* --- covariances ------------------------------------------------------------------------------ */

/* Adds the main columns of a direction, the elements of which are those of the varying columns. */
static void add_columns(const diagnosis *g, gmm_finding *finding, size_t direction)
{
    const size_t n = g->varying;
    double most = 0.0;

    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(g->vectors[i * n + direction]));
    for (size_t i = 0; i < n; i++) {
        bool there = finding->n_columns == GMM_EXAMPLES;
        for (size_t j = 0; j < finding->n_columns; j++)
            there = there || finding->columns[j] == g->which[i];
        if (!there && fabs(g->vectors[i * n + direction]) >= MAIN * most)
            finding->columns[finding->n_columns++] = g->which[i];
    }
}

/* Eigenvalues of the covariance of the varying columns, each divided by unit_i unit_j. */
static bool decompose(diagnosis *g, size_t k, const double *floor)
{
    const size_t d = g->mixture->dimensions, n = g->varying;

    gmm_mixture_covariance(g->mixture, k, g->vectors);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const size_t a = g->which[i], b = g->which[j];
            const double va = floor ? floor[a] : g->vectors[a * d + a],
                         vb = floor ? floor[b] : g->vectors[b * d + b];
            if (!(va > 0.0 && vb > 0.0))
                return false;
            g->matrix[i * n + j] = g->vectors[a * d + b] / sqrt(va) / sqrt(vb);
        }
    matrix_eigen(n, g->matrix, g->values, g->vectors);
    return n > 0;
}

static size_t smallest(size_t n, const double *x)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++)
        if (x[i] < x[best])
            best = i;
    return best;
}

static double largest(size_t n, const double *x)
{
    double most = x[0];

    for (size_t i = 1; i < n; i++)
        most = fmax(most, x[i]);
    return most;
}

/* Of a matrix. `named` is the component of the finding, or none. */
static bool matrix_at_floor(diagnosis *g, size_t k, size_t named)
{
    if (!g->options.floor || !decompose(g, k, g->options.floor))
        return false;
    const size_t worst = smallest(g->varying, g->values);
    if (g->values[worst] > AT_FLOOR)
        return false;
    gmm_finding *finding = found(g, GMM_FINDING_FLOOR, named);
    if (!finding)
        return true;
    finding->value = g->values[worst];
    finding->limit = AT_FLOOR;
    add_columns(g, finding, worst);
    for (size_t i = 0; i < g->varying; i++)
        if (g->values[i] <= AT_FLOOR)
            add_columns(g, finding, i);
    return true;
}

static bool matrix_singular(diagnosis *g, size_t k, size_t named)
{
    if (!decompose(g, k, NULL))
        return false;
    const size_t worst = smallest(g->varying, g->values);
    const double least = g->values[worst], most = largest(g->varying, g->values),
                 condition = least > 0.0 ? most / least : INFINITY;
    if (condition <= g->options.condition)
        return false;
    gmm_finding *finding = found(g, GMM_FINDING_SINGULAR, named);
    if (finding) {
        finding->value = condition;
        finding->limit = g->options.condition;
        add_columns(g, finding, worst);
    }
    return true;
}

/* Of standard deviations. */
static bool deviations_at_floor(diagnosis *g, size_t k)
{
    const gmm_mixture *m = g->mixture;
    gmm_finding *finding = NULL;

    for (size_t i = 0; g->options.floor && i < g->varying; i++) {
        const size_t j = g->which[i];
        const double s = m->scale[m->covariance == GMM_DIAGONAL ? k * m->dimensions + j : k],
                     floor = g->options.floor[j], ratio = s * s / floor;
        if (!(floor > 0.0 && ratio <= AT_FLOOR))
            continue;
        if (!finding && !(finding = found(g, GMM_FINDING_FLOOR, k)))
            return true;
        if (finding->n_columns == 0 || ratio < finding->value)
            finding->value = ratio;
        finding->limit = AT_FLOOR;
        if (finding->n_columns < GMM_EXAMPLES)
            finding->columns[finding->n_columns++] = j;
    }
    return finding != NULL;
}

static bool is_matrix(const gmm_mixture *m)
{
    return m->covariance == GMM_FULL || m->covariance == GMM_TIED;
}

/* --- components ------------------------------------------------------------------------------- */

static void check_component(diagnosis *g, size_t k)
{
    const gmm_load *l = &g->loads[k];
    const gmm_covariance form = g->mixture->covariance;
    const double effective = l->squares > 0.0 ? l->points * l->points / l->squares : 0.0,
                 needed = form == GMM_FULL ? (double)g->varying + 1.0 : 2.0;

    if (l->most[0] > ALONE * l->points && l->most[0] > 0.5)
        found_alone(g, k);
    else if (l->points < 1.0)
        found_value(g, GMM_FINDING_EMPTY, k, l->points, 1.0);
    else if (effective < needed - 0.01)
        found_value(g, GMM_FINDING_COLLAPSED, k, effective, needed);
    else if (form == GMM_FULL) {
        if (!matrix_at_floor(g, k, k))
            matrix_singular(g, k, k);
    } else if (form != GMM_TIED)
        deviations_at_floor(g, k);
}

static void check_pairs(diagnosis *g)
{
    const size_t n = g->mixture->components;
    double *divergences = matrix_doubles(g->w, n * n);

    if (divergences && gmm_divergences(g->w, g->mixture, g->mixture, divergences))
        for (size_t k = 0; k < n; k++)
            for (size_t other = 0; other < k; other++) {
                if (g->loads[k].points < 1.0 || g->loads[other].points < 1.0 ||
                    !(divergences[k * n + other] < g->options.divergence))
                    continue;
                found_value(g, GMM_FINDING_DUPLICATED, k, divergences[k * n + other],
                    g->options.divergence);
                if (wick_status(g->w) == WICK_OK)
                    g->findings->list[g->findings->n - 1].other = other;
                break;
            }
    free(divergences);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void check_rows(diagnosis *g)
{
    const size_t n = g->mixture->components;
    size_t *seen = calloc(n, sizeof *seen);

    if (!seen) {
        wick_fail(g->w, WICK_ERR_MEMORY, "gmm_diagnose: no memory for %zu rows", n);
        return;
    }
    const size_t distinct = gmm_distinct_rows(g->data, n, seen);
    if (distinct < n)
        found_value(g, GMM_FINDING_FEW_ROWS, GMM_NONE, (double)distinct, (double)n);
    free(seen);
}

static void check_columns(diagnosis *g)
{
    for (size_t j = 0; j < g->data->dimensions; j++)
        if (g->columns[j].constant) {
            gmm_finding *finding = found(g, GMM_FINDING_CONSTANT, GMM_NONE);
            if (!finding)
                return;
            finding->value = g->columns[j].number;
            finding->n_columns = 1;
            finding->columns[0] = j;
        }
}

/* --- floors ----------------------------------------------------------------------------------- */

static void find_varying(diagnosis *g)
{
    for (size_t j = 0; j < g->mixture->dimensions; j++)
        if (!g->columns[j].constant)
            g->which[g->varying++] = j;
}

/* That of EM; none if a column was never seen. */
static void find_floor(diagnosis *g)
{
    gmm data = *g->data;

    data.components = g->mixture->components;
    data.covariance = g->mixture->covariance;
    for (size_t j = 0; j < data.dimensions; j++)
        if (g->columns[j].n == 0.0)
            return;
    if (gmm_em_floor(g->w, &data, NULL, g->floor))
        g->options.floor = g->floor;
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool allocate(diagnosis *g)
{
    const size_t d = g->mixture->dimensions, n = is_matrix(g->mixture) ? d * d : 1;

    g->which = calloc(d, sizeof *g->which);
    g->findings = calloc(1, sizeof *g->findings);
    g->matrix = matrix_doubles(g->w, n);
    g->vectors = matrix_doubles(g->w, n);
    g->values = matrix_doubles(g->w, d);
    g->floor = matrix_doubles(g->w, d);
    if (!g->which || !g->findings)
        wick_fail(g->w, WICK_ERR_MEMORY, "gmm_diagnose: no memory for %zu columns", d);
    return wick_status(g->w) == WICK_OK;
}

static void release(diagnosis *g)
{
    gmm_tally_free(g->tally);
    free(g->which);
    free(g->matrix);
    free(g->vectors);
    free(g->values);
    free(g->floor);
}

static void check(diagnosis *g)
{
    check_rows(g);
    check_columns(g);
    for (size_t k = 0; k < g->mixture->components && wick_status(g->w) == WICK_OK; k++)
        check_component(g, k);
    if (g->mixture->covariance == GMM_TIED && !matrix_at_floor(g, 0, GMM_NONE))
        matrix_singular(g, 0, GMM_NONE);
    check_pairs(g);
}

gmm_findings *gmm_diagnose(
    wick *w, const gmm_mixture *m, const gmm *data, const gmm_diagnose_options *options)
{
    diagnosis g = { .w = w, .mixture = m, .data = data };

    if (!gmm_data_check(w, "gmm_diagnose", m, data))
        return NULL;
    if (options)
        g.options = *options;
    if (g.options.divergence == 0.0)
        g.options.divergence = 0.01;
    if (g.options.condition == 0.0)
        g.options.condition = 1e8;
    if (allocate(&g) && (g.tally = gmm_tally_new(w, m, data))) {
        g.columns = g.tally->columns;
        g.loads = g.tally->loads;
        find_varying(&g);
        if (!g.options.floor)
            find_floor(&g);
        check(&g);
    }
    release(&g);
    if (wick_status(w) == WICK_OK)
        return g.findings;
    gmm_findings_free(g.findings);
    return NULL;
}

void gmm_findings_free(gmm_findings *findings)
{
    if (findings)
        free(findings->list);
    free(findings);
}
