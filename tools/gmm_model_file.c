#include "gmm_model_file.h"

#include <stdlib.h>
#include <string.h>

#include <wick/extend.h>

#include "gmm_data.h"

/* --- the columns ----------------------------------------------------------------------------- */

/* The numbers of a mixture as a table has them: which array, and where in the row of component k. */
struct layout {
    size_t components, dimensions, columns;
    gmm_covariance covariance;
};

static bool is_matrix(gmm_covariance covariance)
{
    return covariance == GMM_FULL || covariance == GMM_TIED;
}

static struct layout layout_of(size_t components, size_t dimensions, gmm_covariance covariance)
{
    const size_t d = dimensions;
    const size_t scales = is_matrix(covariance) ? d * (d + 1) / 2
        : covariance == GMM_DIAGONAL            ? d
                                                : 1;

    return (struct layout){ components, d, 1 + d + scales, covariance };
}

/* Row and column of a lower triangle of the i-th number, row by row. */
static void triangle(size_t i, size_t *row, size_t *column)
{
    for (*row = 0; i > *row; i -= *row)
        ++*row;
    *column = i;
}

/* The name of a column, to be freed. */
static char *column_name(wick *w, const struct layout *l, const char *const *names, size_t column)
{
    size_t i, j;

    if (column == 0)
        return tool_text(w, "weight");
    if (column <= l->dimensions)
        return tool_text(w, "loc.%s", names[column - 1]);
    column -= 1 + l->dimensions;
    if (l->covariance == GMM_SPHERICAL)
        return tool_text(w, "scale");
    if (l->covariance == GMM_DIAGONAL)
        return tool_text(w, "scale.%s", names[column]);
    triangle(column, &i, &j);
    return tool_text(
        w, "%sscale_tril.%s.%s", l->covariance == GMM_TIED ? "tied_" : "", names[i], names[j]);
}

/* Where the number of a component and column is. */
static double *number_at(const gmm_mixture *m, size_t k, size_t column)
{
    const size_t d = m->dimensions;
    size_t i, j;

    if (column == 0)
        return m->weights + k;
    if (column <= d)
        return m->loc + k * d + column - 1;
    column -= 1 + d;
    if (m->covariance == GMM_SPHERICAL)
        return m->scale + k;
    if (m->covariance == GMM_DIAGONAL)
        return m->scale + k * d + column;
    triangle(column, &i, &j);
    return m->scale + (m->covariance == GMM_FULL ? k * d * d : 0) + i * d + j;
}

/* --- writing --------------------------------------------------------------------------------- */

static bool fill_table(wick *w, const struct layout *l, const gmm_mixture *m,
    const char *const *names, double *values, char **columns)
{
    for (size_t i = 0; i < l->columns; i++) {
        columns[i] = column_name(w, l, names, i);
        if (!columns[i])
            return false;
        for (size_t k = 0; k < l->components; k++)
            values[k * l->columns + i] = *number_at(m, k, i);
    }
    return true;
}

bool tool_model_write(wick *w, const char *path, const gmm_mixture *m, const char *const *names)
{
    const struct layout l = layout_of(m->components, m->dimensions, m->covariance);
    double *values = calloc(l.components * l.columns, sizeof *values);
    char **columns = calloc(l.columns, sizeof *columns);
    bool written = false;

    if (!values || !columns)
        wick_fail(w, WICK_ERR_MEMORY, "no memory for a table of %zu columns", l.columns);
    else if (fill_table(w, &l, m, names, values, columns))
        written = wick_table_write(w, path,
            &(wick_table){ l.components, l.columns, values, (const char *const *)columns });
    for (size_t i = 0; columns && i < l.columns; i++)
        free(columns[i]);
    free(columns);
    free(values);
    return written;
}

/* --- reading --------------------------------------------------------------------------------- */

static bool refuse(wick *w, const char *path, const char *why)
{
    wick_fail(
        w, WICK_ERR_IO, "%s is not a model that wick-gmm wrote: %s", tool_file_name(path), why);
    return false;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* The form that the first column after the locs tells. */
static bool find_layout(const wick_table *t, struct layout *l)
{
    size_t d = 0;

    while (d + 1 < t->columns && begins(t->names[d + 1], "loc."))
        d++;
    if (d == 0 || d + 1 == t->columns)
        return false;
    const char *first = t->names[d + 1];
    *l = layout_of(t->rows, d,
        begins(first, "scale_tril.")            ? GMM_FULL
            : begins(first, "tied_scale_tril.") ? GMM_TIED
            : begins(first, "scale.")           ? GMM_DIAGONAL
                                                : GMM_SPHERICAL);
    return l->columns == t->columns;
}

static bool has_columns(wick *w, const struct layout *l, const wick_table *t, char const *const *d)
{
    bool same = true;

    for (size_t i = 0; same && i < l->columns; i++) {
        char *name = column_name(w, l, d, i);
        same = name && strcmp(name, t->names[i]) == 0;
        free(name);
    }
    return same;
}

static bool tied_rows_agree(const wick_table *t, size_t first)
{
    for (size_t i = 0; i < t->rows; i++)
        for (size_t j = first; j < t->columns; j++)
            if (t->values[i * t->columns + j] != t->values[j])
                return false;
    return true;
}

static bool take_numbers(wick *w, const struct layout *l, struct tool_model *model)
{
    gmm_mixture *m = gmm_mixture_new(w, l->components, l->dimensions, l->covariance);

    model->mixture = m;
    for (size_t k = 0; m && k < l->components; k++)
        for (size_t i = 0; i < l->columns; i++)
            *number_at(m, k, i) = model->table->values[k * l->columns + i];
    return m != NULL;
}

bool tool_model_read(wick *w, const char *path, struct tool_model *model)
{
    struct layout l;

    *model = (struct tool_model){ .table = wick_table_read(w, path,
                                      &(wick_table_options){ .header = WICK_HEADER_YES }) };
    const wick_table *t = model->table;
    if (!t)
        return false;
    if (!t->names || t->rows == 0 || !find_layout(t, &l))
        return refuse(w, path, "its columns are not weight, loc.NAME, and those of a scale");
    model->names = calloc(l.dimensions, sizeof *model->names);
    for (size_t i = 0; model->names && i < l.dimensions; i++)
        model->names[i] = t->names[i + 1] + strlen("loc.");
    if (!model->names || !has_columns(w, &l, t, model->names))
        return refuse(w, path, "the names of its columns do not fit together");
    if (l.covariance == GMM_TIED && !tied_rows_agree(t, 1 + l.dimensions))
        return refuse(w, path, "its rows have different scales, where they are tied");
    return take_numbers(w, &l, model) && gmm_mixture_check(w, tool_file_name(path), model->mixture);
}

void tool_model_free(struct tool_model *model)
{
    gmm_mixture_free(model->mixture);
    free(model->names);
    wick_table_free(model->table);
    *model = (struct tool_model){ 0 };
}
