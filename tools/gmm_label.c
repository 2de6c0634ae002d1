#include "gmm_label.h"

#include <stdlib.h>

#include <wick/extend.h>

#include "gmm_model_file.h"
#include "gmm_output.h"
#include "gmm_text.h"

/* All that is told of labelled rows. */
struct labels {
    const struct tool_options *options;
    struct tool_model model;
    struct tool_data data;
    struct tool_rows rows;
};

static double total_weight(const struct tool_rows *r)
{
    double sum = 0.0;

    for (size_t k = 0; k < r->components; k++)
        sum += r->weight[k];
    return sum;
}

static void print_labels(const struct labels *l)
{
    const gmm_mixture *m = l->model.mixture;

    tool_data_print(l->options, &l->data, stdout);
    printf("\n%s: %zu component%s, %s covariance\n\n", tool_file_name(l->options->model),
        m->components, m->components == 1 ? "" : "s", gmm_covariance_name(m->covariance));
    printf("component  labelled  expected\n");
    for (size_t k = 0; k < m->components; k++)
        printf(
            "%9zu  %8.8g  %8.6g\n", k, l->rows.weight[k], m->weights[k] * total_weight(&l->rows));
    printf("\nlog-likelihood %.9g, %.6g per row\n", l->rows.log_density,
        l->rows.log_density / total_weight(&l->rows));
}

static bool write_summary(wick *w, const char *path, void *arg)
{
    const struct labels *l = arg;
    const gmm_mixture *m = l->model.mixture;
    wick_summary *s = wick_summary_new(w, path);

    tool_data_summary(s, l->options, &l->data);
    wick_summary_text(s, "model", tool_file_name(l->options->model));
    wick_summary_text(s, "covariance", gmm_covariance_name(m->covariance));
    wick_summary_count(s, "components", m->components);
    wick_summary_number(s, "log_likelihood", l->rows.log_density);
    wick_summary_array(s, "labelled", m->components, l->rows.weight);
    return wick_summary_close(s);
}

static bool show(wick *w, struct labels *l)
{
    const struct tool_options *o = l->options;

    if (o->out && !tool_rows_write(w, o, &l->rows))
        return false;
    if (!o->quiet && !o->json)
        print_labels(l);
    return tool_summary(w, o, write_summary, l);
}

bool tool_label(wick *w, const struct tool_options *o)
{
    struct labels l = { .options = o };
    bool fine = tool_model_read(w, o->model, &l.model) &&
        tool_data_read(w, o->file, o->columns, o->weights, l.model.mixture->dimensions,
            l.model.names, &l.data);

    if (fine && l.data.dimensions != l.model.mixture->dimensions) {
        wick_fail(w, WICK_ERR_SHAPE,
            "%s: %zu columns, but the model has %zu; choose them by --columns",
            tool_file_name(o->file), l.data.dimensions, l.model.mixture->dimensions);
        fine = false;
    }
    fine = fine && tool_rows_predict(w, l.model.mixture, &l.data, &l.rows) && show(w, &l);
    tool_rows_free(&l.rows);
    tool_data_free(&l.data);
    tool_model_free(&l.model);
    return fine;
}
