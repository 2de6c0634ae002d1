#include "models/gmm_summary.h"

#include <math.h>
#include <string.h>

#include <wick/extend.h>

#include "models/gmm_predict.h"
#include "models/gmm_tally.h"
#include "models/text.h"

/* --- findings --------------------------------------------------------------------------------- */

static void add_column(text *t, const char *const *columns, size_t j)
{
    if (columns)
        text_add(t, "'%s'", columns[j]);
    else
        text_add(t, "%zu", j);
}

/* "column 3", "columns 'a', 'b' and 'c'" */
static void add_columns(text *t, const gmm_finding *f, const char *const *columns)
{
    text_add(t, f->n_columns == 1 ? "column " : "columns ");
    for (size_t i = 0; i < f->n_columns; i++) {
        text_add(t, "%s", i == 0 ? "" : i + 1 == f->n_columns ? " and " : ", ");
        add_column(t, columns, f->columns[i]);
    }
}

/* " (row 3)", " (such as rows 3, 9)" */
static void add_rows(text *t, const gmm_finding *f)
{
    const bool more = f->points > (double)f->n_rows + 0.5;

    for (size_t i = 0; i < f->n_rows; i++)
        text_add(t, "%s%zu",
            i > 0                ? ", "
                : f->n_rows == 1 ? more ? " (such as row " : " (row "
                : more           ? " (such as rows "
                                 : " (rows ",
            f->rows[i]);
    text_add(t, f->n_rows > 0 ? ")" : "");
}

/* Whose covariance it is. */
static void add_owner(text *t, const gmm_finding *f)
{
    if (f->component == GMM_NONE)
        text_add(t, "the tied covariance");
    else
        text_add(t, "component %zu", f->component);
}

static void add_alone(text *t, const gmm_finding *f, const char *const *columns)
{
    text_add(
        t, "component %zu has row %zu to itself (%.6g in ", f->component, f->rows[0], f->value);
    add_columns(t, f, columns);
    text_add(t,
        "); its scale means nothing: take the row out if it is an outlier, or fit fewer "
        "components");
}

static void add_collapsed(text *t, const gmm_finding *f)
{
    text_add(t, "component %zu has collapsed onto %.2g effective rows", f->component, f->value);
    add_rows(t, f);
    text_add(t,
        ", where its covariance needs %.0f; fit fewer components, or covariances with fewer "
        "numbers (tied, diagonal, spherical)",
        f->limit);
}

static void add_floor(text *t, const gmm_finding *f, const char *const *columns)
{
    add_owner(t, f);
    text_add(t, " has next to no variance ");
    text_add(t, f->n_columns == 1 ? "in " : "in a direction of ");
    add_columns(t, f, columns);
    add_rows(t, f);
    text_add(t, ", no more than the floor; ");
    if (f->n_columns == 1)
        text_add(t, "are values repeated or rounded? Fit fewer components, or raise the floor");
    else
        text_add(
            t, "does one column follow from the others? Leave it out, or fit fewer components");
}

static void add_singular(text *t, const gmm_finding *f, const char *const *columns)
{
    add_owner(t, f);
    text_add(t, " is nearly singular (condition number %.2g as correlations): ", f->value);
    add_columns(t, f, columns);
    text_add(t, " follow from one another; leave one out, or raise the variance floor");
}

static void add_finding(text *t, const gmm_finding *f, const char *const *columns)
{
    switch (f->kind) {
    case GMM_FINDING_ALONE:
        add_alone(t, f, columns);
        break;
    case GMM_FINDING_EMPTY:
        text_add(t,
            "component %zu is empty: %.2g rows are expected in it; fit one component fewer, or "
            "take more restarts",
            f->component, f->points);
        break;
    case GMM_FINDING_COLLAPSED:
        add_collapsed(t, f);
        break;
    case GMM_FINDING_FLOOR:
        add_floor(t, f, columns);
        break;
    case GMM_FINDING_SINGULAR:
        add_singular(t, f, columns);
        break;
    case GMM_FINDING_DUPLICATED:
        text_add(t,
            "components %zu and %zu are nearly the same (symmetric KL divergence %.2g); fit one "
            "component fewer, or take more restarts",
            f->other, f->component, f->value);
        break;
    case GMM_FINDING_FEW_ROWS:
        text_add(t, "%.0f distinct row%s for %.0f components; fit no more components than that",
            f->value, f->value == 1.0 ? "" : "s", f->limit);
        break;
    case GMM_FINDING_CONSTANT:
        add_columns(t, f, columns);
        if (isnan(f->value))
            text_add(t, " was seen in no row; leave it out");
        else
            text_add(t, " is %.6g in every row; leave it out, it tells no component from another",
                f->value);
    }
}

const char *gmm_finding_name(gmm_finding_kind kind)
{
    static const char *const names[] = {
#define GMM_FINDING_NAME(upper, lower, text) #lower,
        GMM_FINDING_LIST(GMM_FINDING_NAME)
#undef GMM_FINDING_NAME
    };

    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

const char *gmm_format_finding(wick *w, const gmm_finding *f, const char *const *columns)
{
    text t = { .w = w };

    add_finding(&t, f, columns);
    return text_get(&t);
}

const char *gmm_format_findings(wick *w, const gmm_findings *findings, const char *const *columns)
{
    text t = { .w = w };

    if (!findings)
        return "";
    if (findings->n == 0)
        text_add(&t, "nothing wrong was found\n");
    for (size_t i = 0; i < findings->n; i++) {
        text_add(&t, "- ");
        add_finding(&t, &findings->list[i], columns);
        text_add(&t, "\n");
    }
    return text_get(&t);
}

/* --- the table -------------------------------------------------------------------------------- */

enum { MOST_CORRELATIONS = 10 };

static void add_criteria(text *t, const gmm_evaluation *e)
{
    text_add(t, "%.6g row%s, log-likelihood %.8g (%.6g a row), %zu parameters\n", e->n,
        e->n == 1.0 ? "" : "s", e->log_likelihood, e->log_likelihood / e->n, e->parameters);
    text_add(t, "BIC %.8g, AIC %.8g, ICL %.8g (smaller is better)\n", e->bic, e->aic, e->icl);
}

static size_t name_width(size_t d, const char *const *columns)
{
    size_t most = strlen("column");

    for (size_t j = 0; columns && j < d; j++)
        most = strlen(columns[j]) > most ? strlen(columns[j]) : most;
    return most;
}

/* The covariance of columns i and j of a component. */
static double covariance(const gmm_mixture *m, size_t k, size_t i, size_t j)
{
    const size_t d = m->dimensions;
    const double *l = m->scale + (m->covariance == GMM_FULL ? k * d * d : 0);
    double sum = 0.0;

    if (m->covariance == GMM_DIAGONAL || m->covariance == GMM_SPHERICAL) {
        const double s = m->scale[m->covariance == GMM_DIAGONAL ? k * d + i : k];
        return i == j ? s * s : 0.0;
    }
    for (size_t n = 0; n <= i && n <= j; n++)
        sum += l[i * d + n] * l[j * d + n];
    return sum;
}

static void add_column_line(
    text *t, const gmm_mixture *m, size_t k, size_t j, int width, const char *const *columns)
{
    const double sd = sqrt(covariance(m, k, j, j));
    const bool matrix = m->covariance == GMM_FULL || m->covariance == GMM_TIED;

    if (columns)
        text_add(t, "  %-*s", width, columns[j]);
    else
        text_add(t, "  %-*zu", width, j);
    text_add(t, " %12.6g %12.6g", m->loc[k * m->dimensions + j], sd);
    for (size_t i = 0; matrix && i < j && m->dimensions <= MOST_CORRELATIONS; i++)
        text_add(t, "%s%7.3f", i == 0 ? " " : "",
            covariance(m, k, j, i) / sd / sqrt(covariance(m, k, i, i)));
    text_add(t, "\n");
}

static void add_component(
    text *t, const gmm_mixture *m, size_t k, const gmm_tally *tally, const char *const *columns)
{
    const int width = (int)name_width(m->dimensions, columns);
    const bool matrix = m->covariance == GMM_FULL || m->covariance == GMM_TIED;

    text_add(t, "\ncomponent %zu: weight %.6g", k, m->weights[k]);
    if (tally)
        text_add(
            t, ", %.6g row%s", tally->loads[k].points, tally->loads[k].points == 1.0 ? "" : "s");
    text_add(t, "\n  %-*s %12s %12s%s\n", width, "column", "loc", "sd",
        matrix && m->dimensions > 1 && m->dimensions <= MOST_CORRELATIONS ? "    correlations"
                                                                          : "");
    for (size_t j = 0; j < m->dimensions; j++)
        add_column_line(t, m, k, j, width, columns);
}

static void add_mixture(
    text *t, const gmm_mixture *m, const gmm_tally *tally, const char *const *columns)
{
    for (size_t k = 0; k < m->components; k++)
        add_component(t, m, k, tally, columns);
}

const char *gmm_format_summary(
    wick *w, const gmm_mixture *m, const gmm *data, const char *const *columns)
{
    gmm_tally *tally = NULL;
    text t = { .w = w };

    if (wick_status(w) != WICK_OK || !gmm_mixture_check(w, "gmm_format_summary", m))
        return "";
    const gmm_evaluation e = data ? gmm_evaluate(w, m, data) : (gmm_evaluation){ 0 };
    if (data && wick_status(w) == WICK_OK)
        tally = gmm_tally_new(w, m, data);
    text_add(&t, "%zu component%s, %zu column%s, %s covariances\n", m->components,
        m->components == 1 ? "" : "s", m->dimensions, m->dimensions == 1 ? "" : "s",
        gmm_covariance_name(m->covariance));
    if (data)
        add_criteria(&t, &e);
    add_mixture(&t, m, tally, columns);
    gmm_tally_free(tally);
    return text_get(&t);
}
