/* Distributions that draw nothing: a point mass, the same with a density, a term of the log-density. */
#include "dist/density.h"
#include "dist/law.h"

WICKI_DENSITY_1(delta, value, gap, x == value ? 0.0 : 1.0, value == value, gap == 0.0,
    0.0, /* log density */
    0.0, /* d / dx */
    0.0) /* d / dvalue */

WICKI_DENSITY_1(unit, log_factor, y, log_factor, true, true, y, /* log density */
    0.0,                                                        /* d / dx */
    1.0)                                                        /* d / dlog_factor */

static void delta_explain(const wick_node *node, size_t element, char *buffer, size_t size)
{
    wicki_text text = { buffer, size, 0 };

    if (!wicki_explain_parameters(node, element, &text) &&
        !wicki_explain_value(node, element, wick_real(), &text))
        wicki_text_add(&text, "the value is not that of the point mass");
}

WICKI_DENSITY_OP(delta, delta_explain);
WICKI_DENSITY_OP(unit, wicki_density_explain);

/* --- a point mass that has a density ----------------------------------------------------------- */

enum { LOG_DENSITY = 2 }; /* the input */

static bool delta_density_shape(wick *w, wick_node *node)
{
    char buffer[64];
    wicki_text text = { buffer, sizeof buffer, 0 };

    if (!wicki_density_shape(w, node))
        return false;
    if (node->in[LOG_DENSITY]->rank == 0)
        return true;
    wicki_text_add_event(&text, node->in[LOG_DENSITY]);
    wick_fail(w, WICK_ERR_SHAPE,
        "wick_delta_density: log_density is %s, need a scalar: it counts once for the whole value; "
        "sum it over the event",
        buffer);
    return false;
}

/* Is every element of the value that of the point? A NaN is what it is compared with. */
static bool is_at_point(const wick_node *node, const wick_run *run, size_t m)
{
    const wicki_density *d = node->data;

    for (size_t b = 0; b < d->batch; b++) {
        const wick_run part = wicki_batch_run(node, run, b);
        if (part.in[0][m * part.in_step[0]] != part.in[1][m * part.in_step[1]])
            return false;
    }
    return true;
}

static void delta_density_forward_run(wick_node *node, const wick_run *run)
{
    for (size_t m = 0; m < run->n; m++)
        run->out[m] += is_at_point(node, run, m)
            ? run->in[LOG_DENSITY][m * run->in_step[LOG_DENSITY]]
            : -INFINITY;
}

static void delta_density_reverse_run(wick_node *node, const wick_run *run)
{
    double *adjoint = run->in_adjoint[LOG_DENSITY];

    for (size_t m = 0; adjoint && m < run->n; m++)
        if (is_at_point(node, run, m))
            adjoint[m * run->in_step[LOG_DENSITY]] += run->out_adjoint[m];
}

WICKI_DENSITY_RUNS(delta_density, delta_density_shape, delta_explain);

/* --- draws ------------------------------------------------------------------------------------- */

/* The value itself, whether it varies over the open plates or not. */
static wick_var delta_sample(wick *w, const wick_dist *dist)
{
    wicki_sampling s;

    if (dist->parameter[0].var.w && dist->iid_rank == 0)
        return dist->parameter[0].var;
    if (!wicki_sampling_of(w, dist, &s))
        return WICK_VAR_NONE;
    if (!dist->parameter[0].var.w)
        return wick_fill_array(w, dist->parameter[0].number, s.rank, s.sizes);
    return wicki_var_of(w, wicki_sampling_spread(w, &s, s.parameter[0]));
}

static wick_var unit_sample(wick *w, const wick_dist *dist)
{
    return wick_fill_array(w, 0.0, dist->iid_rank, dist->iid_sizes);
}

/* --- moments ---------------------------------------------------------------------------------- */

static wick_var delta_mean(wick *w, const wick_dist *dist)
{
    (void)w;
    return dist->parameter[0].var;
}

/* The variance, and the entropy of a mass that counts as a density of 1. */
static wick_var zero(wick *w, const wick_dist *dist)
{
    (void)dist;
    return wick_num(w, 0.0);
}

static wick_var delta_cdf(wick *w, const wick_dist *dist, wick_var x)
{
    const wick_var reached = wick_sub(1.0, wick_less(x, dist->parameter[0].var));

    (void)w;
    return wick_where(wick_equal(x, x), reached, NAN);
}

static wick_var delta_quantile(wick *w, const wick_dist *dist, wick_var p)
{
    const wick_var in = wicki_probability(p);

    (void)w;
    return wick_where(wick_equal(in, in), dist->parameter[0].var, NAN);
}

/* -log q(value), as in Pyro; of numbers only, since the density of an event is one for all of it */
static wick_var delta_kl(wick *w, const wick_dist *p, const wick_dist *q)
{
    wick_dist one = *q;
    bool scalar = wick_rank(p->parameter[0].var) == 0 && q->type->event_rank == 0;

    for (size_t j = 0; j < q->type->n_parameters; j++)
        scalar = scalar && wick_rank(q->parameter[j].var) == 0;
    one.iid_rank = 0;
    return scalar ? wick_neg(wick_log_prob(w, one, p->parameter[0].var)) : WICK_VAR_NONE;
}

const wick_dist_type wicki_dist_delta = { .name = "delta",
    .n_parameters = 1,
    .parameter_names = { "value" },
    .parameter_domain = { { .kind = WICK_REAL } },
    .log_prob = &delta_density,
    .sample = delta_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL },
    .mean = delta_mean,
    .variance = zero,
    .entropy = zero,
    .cdf = delta_cdf,
    .quantile = delta_quantile,
    .kl = delta_kl };

const wick_dist_type wicki_dist_delta_density = { .name = "delta_density",
    .n_parameters = 2,
    .parameter_names = { "value", "log_density" },
    .parameter_domain = { { .kind = WICK_REAL }, { .kind = WICK_REAL } },
    .log_prob = &delta_density_density,
    .sample = delta_sample,
    .reparameterised = true,
    .support = { .kind = WICK_REAL } };

const wick_dist_type wicki_dist_unit = { .name = "unit",
    .n_parameters = 1,
    .parameter_names = { "log_factor" },
    .parameter_domain = { { .kind = WICK_REAL } },
    .log_prob = &unit_density,
    .sample = unit_sample,
    .support = { .kind = WICK_REAL } };

wick_dist(wick_delta)(wick_operand value)
{
    return (wick_dist){ .type = &wicki_dist_delta, .parameter = { value } };
}

wick_dist(wick_delta_density)(wick_operand value, wick_operand log_density)
{
    return (wick_dist){ .type = &wicki_dist_delta_density, .parameter = { value, log_density } };
}

wick_dist(wick_unit)(wick_operand log_factor)
{
    return (wick_dist){ .type = &wicki_dist_unit, .parameter = { log_factor } };
}
