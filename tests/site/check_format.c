/* Programs as text: the table of sites, and the graph. The texts that are expected were written by
 * hand from the models. */
#include "tests/support/five_point.h"
#include "tests/support/memory.h"

#include <stdio.h>
#include <unistd.h>

static five_point FIVE_DATA = { .x = FIVE_POINTS };

static const wick_program FIVE_MODEL = { five_point_model, &FIVE_DATA };

/* Pupils within schools: plates within plates, parameters, independent copies, a factor. */
static void schools(wick *w, void *arg)
{
    const double *grades = arg;
    const wick_var tau = wick_param(w, "tau", wick_init_fill(1.2, 2), wick_positive());

    WICK_PLATE (w, "schools", 4) {
        const wick_var centre = wick_sample(w, "centre", wick_iid(wick_normal(0.0, 3.0), 2));
        const wick_var bias = wick_param(w, "bias", wick_init_num(0.1), wick_real());
        WICK_PLATE (w, "pupils", 30) {
            const wick_var skill = wick_sample(w, "skill", wick_normal(centre, tau));
            const wick_var mean =
                wick_deterministic(w, "mean", wick_add(wick_mean_event(skill), bias));
            wick_observe(w, "grade", wick_normal(mean, 0.5), wick_data(w, grades, 120));
        }
        wick_factor(w, "shrink", wick_mul(wick_square(bias), -0.5));
    }
}

static double GRADES[120];

static const wick_program SCHOOLS = { schools, GRADES };

static void minibatch(wick *w, void *arg)
{
    const double *x = arg;
    const wick_var noise = wick_sample(w, "noise", wick_gamma(2.0, 3.0));

    WICK_PLATE (w, "data", 1000, .subsample = 64) {
        const wick_var local = wick_sample(w, "local", wick_normal(0.0, 1.5));
        const wick_var i = wick_deterministic(w, "row", wick_index(w, "data"));
        wick_observe(
            w, "x", wick_normal(wick_take_over(local, "data", i), noise), wick_data(w, x, 1000));
    }
}

static double THOUSAND[1000];

static const wick_program MINIBATCH = { minibatch, THOUSAND };

/* --- the table of sites ----------------------------------------------------------------------- */

START_TEST(a_table_has_a_line_for_every_site)
{
    wick *w = wick_new(NULL);

    ck_assert_str_eq(wick_format_shapes(w, wick_trace_run(w, FIVE_MODEL)),
        /* clang-format off */
"site        type      distribution   plates          value                       log density\n"
"weights     sample    dirichlet [2]                  [2]                         scalar\n"
"scale       sample    lognormal                      scalar                      scalar\n"
"locs        sample    normal         components (2)  scalar over components (2)  scalar over components (2)\n"
"assignment  sample    categorical    data (5)        scalar over data (5)        scalar over data (5)\n"
"obs         observed  normal         data (5)        scalar over data (5)        scalar over data (5)\n"
        /* clang-format on */
    );
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_table_shows_params_deterministic_values_and_factors_in_nested_plates)
{
    wick *w = wick_new(NULL);

    ck_assert_str_eq(wick_format_shapes(w, wick_trace_run(w, SCHOOLS)),
        /* clang-format off */
"site    type           distribution         plates                    value                                 log density\n"
"tau     param          constraint positive                            [2]\n"
"centre  sample         normal [2]           schools (4)               [2] over schools (4)                  scalar over schools (4)\n"
"bias    param          constraint real      schools (4)               scalar over schools (4)\n"
"skill   sample         normal [2]           schools (4), pupils (30)  [2] over schools (4), pupils (30)     scalar over schools (4), pupils (30)\n"
"mean    deterministic                       schools (4), pupils (30)  scalar over schools (4), pupils (30)\n"
"grade   observed       normal               schools (4), pupils (30)  scalar over schools (4), pupils (30)  scalar over schools (4), pupils (30)\n"
"shrink  factor                              schools (4)                                                     scalar over schools (4)\n"
        /* clang-format on */
    );
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_table_shows_minibatches)
{
    wick *w = wick_new(NULL);

    ck_assert_str_eq(wick_format_shapes(w, wick_trace_run(w, MINIBATCH)),
        /* clang-format off */
"site   type           distribution  plates             value                          log density\n"
"noise  sample         gamma                            scalar                         scalar\n"
"local  sample         normal        data (64 of 1000)  scalar over data (64 of 1000)  scalar over data (64 of 1000)\n"
"row    deterministic                data (64 of 1000)  scalar over data (64 of 1000)\n"
"x      observed       normal        data (64 of 1000)  scalar over data (64 of 1000)  scalar over data (64 of 1000)\n"
        /* clang-format on */
    );
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void five_point_guide(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "weights", wick_delta(wick_fill(w, 0.5, 2)));
    wick_sample(w, "scale", wick_delta(1.7));
    WICK_PLATE (w, "components", 2)
        wick_sample(w, "locs", wick_delta(wick_index(w, "components")));
}

/* The trace of the model as the loss runs it: delta sites, enumerated ones. */
START_TEST(a_table_shows_what_is_enumerated)
{
    wick *w = wick_new(NULL);
    wick_trace *trace;
    const wick_program recorded = wick_wrap(w, FIVE_MODEL, wick_record_trace(w, &trace));

    wick_trace_enum_elbo(w, recorded, (wick_program){ five_point_guide, NULL }, NULL);
    ck_assert_str_eq(wick_format_shapes(w, trace),
        /* clang-format off */
"site        type      distribution   plates          enumerated  value                       log density\n"
"weights     sample    dirichlet [2]                              [2]                         scalar\n"
"scale       sample    lognormal                                  scalar                      scalar\n"
"locs        sample    normal         components (2)              scalar over components (2)  scalar over components (2)\n"
"assignment  sample    categorical    data (5)        2 values    scalar over assignment (2)  scalar over assignment (2), data (5)\n"
"obs         observed  normal         data (5)                    scalar over data (5)        scalar over assignment (2), data (5)\n"
        /* clang-format on */
    );
    assert_ok(w);
    wick_free(w);
}
END_TEST

static const wick_op OWN_DENSITY = { .name = "own" };
static const wick_dist_type OWN = { .name = "own", .log_prob = &OWN_DENSITY };

static void events(wick *w, void *arg)
{
    static const double LOCS[6] = { 0.3, -0.1, 0.7, 1.4, 0.2, -0.9 };
    const wick_var rows = wick_const(w, LOCS, 2, 3), eye = wick_eye(w, 3);

    (void)arg;
    wick_sample(w, "copies", wick_iid(wick_multivariate_normal(rows, eye), 5));
    wick_sample(w, "simplices", wick_iid(wick_dirichlet(wick_fill(w, 0.5, 4)), 2));
    wick_sample(w, "digits", wick_categorical(wick_fill(w, 0.5, 2, 3)));
    wick_observe(w, "wrong", wick_normal(wick_pick(rows, 0), 1.0), wick_fill(w, 0.0, 2));
    wick_observe(w, "no parameters", (wick_dist){ .type = &OWN }, wick_num(w, 0.0));
    wick_observe(w, "five axes", wick_iid(wick_normal(0.0, 1.0), 1, 2, 3, 4, 5), wick_num(w, 0.0));
}

START_TEST(a_table_has_the_events_of_draws_and_of_values_even_if_they_disagree)
{
    wick *w = wick_new(NULL);

    ck_assert_str_eq(wick_format_shapes(w, wick_trace_run(w, (wick_program){ events, NULL })),
        /* clang-format off */
"site           type      distribution                   value      log density\n"
"copies         sample    multivariate_normal [5][2][3]  [5][2][3]  scalar\n"
"simplices      sample    dirichlet [2][4]               [2][4]     scalar\n"
"digits         sample    categorical [2]                [2]        scalar\n"
"wrong          observed  normal [3]                     [2]        scalar\n"
"no parameters  observed  own                            scalar     scalar\n"
"five axes      observed  normal [...]                   scalar     scalar\n"
        /* clang-format on */
    );
    assert_ok(w);
    wick_free(w);
}
END_TEST

static void odd_names(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "\xce\xbc", wick_normal(0.0, 1.0)); /* a Greek letter, two bytes of UTF-8 */
    wick_sample(w, "two\nlines", wick_normal(0.0, 1.0));
}

START_TEST(a_table_counts_characters_and_stays_a_line_for_each_site)
{
    wick *w = wick_new(NULL);

    ck_assert_str_eq(wick_format_shapes(w, wick_trace_run(w, (wick_program){ odd_names, NULL })),
        /* clang-format off */
"site       type    distribution  value   log density\n"
"\xce\xbc          sample  normal        scalar  scalar\n"
"two?lines  sample  normal        scalar  scalar\n"
        /* clang-format on */
    );
    wick_free(w);
}
END_TEST

START_TEST(there_is_no_table_after_an_error_and_of_no_trace)
{
    wick *w = wick_new(NULL);
    const wick_trace *trace = wick_trace_run(w, FIVE_MODEL);

    ck_assert_str_eq(wick_format_shapes(w, NULL), "");
    ck_assert_str_eq(wick_format_shapes(NULL, trace), "");
    ck_assert_str_eq(wick_format_shapes(w, wick_trace_run(w, NOTHING)), "");
    assert_ok(w);
    wick_exp(WICK_VAR_NONE);
    wick_sample(w, "", wick_normal(0.0, 1.0));
    ck_assert_str_eq(wick_format_shapes(w, trace), "");
    ck_assert_str_eq(wick_model_dot(w, FIVE_MODEL), "");
    wick_free(w);
}
END_TEST

/* --- the graph -------------------------------------------------------------------------------- */

#define HEAD                         \
    "digraph model {\n"              \
    "    labelloc=b; labeljust=r;\n" \
    "    node [style=filled, fillcolor=white];\n"

static void assert_dot(wick_program model, const char *want)
{
    wick *w = wick_new(NULL);

    ck_assert_str_eq(wick_model_dot(w, model), want);
    assert_ok(w);
    wick_free(w);
}

START_TEST(the_graph_of_the_five_point_mixture)
{
    assert_dot(FIVE_MODEL,
        HEAD "    \"weights\";\n"
             "    \"scale\";\n"
             "    subgraph cluster_1 {\n"
             "        label=\"components  N = 2\";\n"
             "        \"locs\";\n"
             "    }\n"
             "    subgraph cluster_2 {\n"
             "        label=\"data  N = 5\";\n"
             "        \"assignment\";\n"
             "        \"obs\" [fillcolor=grey];\n"
             "    }\n"
             "    \"weights\" -> \"assignment\";\n"
             "    \"scale\" -> \"obs\";\n"
             "    \"locs\" -> \"obs\";\n"
             "    \"assignment\" -> \"obs\";\n"
             "}\n");
}
END_TEST

/* A hidden Markov chain: the row of a table is chosen by the state before, which is no number in
 * any formula but an index only. */
static void chain(wick *w, void *arg)
{
    const int n = *(const int *)arg;
    const wick_var rows = wick_param(w, "rows", wick_init_fill(0.5, 2, 2), wick_simplex());
    const wick_var locs = wick_param(w, "locs", wick_init_randn(2), wick_real());
    wick_var z = wick_num(w, 0.0);

    for (int t = 0; t < n; t++) {
        z = wick_sample(w, wick_name(w, "z_%d", t), wick_categorical(wick_at(rows, z)));
        wick_observe(
            w, wick_name(w, "x_%d", t), wick_normal(wick_at(locs, z), 0.5), wick_num(w, 0.3 * t));
    }
}

START_TEST(the_graph_of_three_steps_of_a_hidden_markov_model)
{
    int n = 3;

    assert_dot((wick_program){ chain, &n },
        HEAD "    \"rows\" [style=dashed, fontsize=10, height=0.3];\n"
             "    \"locs\" [style=dashed, fontsize=10, height=0.3];\n"
             "    \"z_0\";\n"
             "    \"x_0\" [fillcolor=grey];\n"
             "    \"z_1\";\n"
             "    \"x_1\" [fillcolor=grey];\n"
             "    \"z_2\";\n"
             "    \"x_2\" [fillcolor=grey];\n"
             "    \"rows\" -> \"z_0\";\n"
             "    \"locs\" -> \"x_0\";\n"
             "    \"z_0\" -> \"x_0\";\n"
             "    \"rows\" -> \"z_1\";\n"
             "    \"z_0\" -> \"z_1\";\n"
             "    \"locs\" -> \"x_1\";\n"
             "    \"z_1\" -> \"x_1\";\n"
             "    \"rows\" -> \"z_2\";\n"
             "    \"z_1\" -> \"z_2\";\n"
             "    \"locs\" -> \"x_2\";\n"
             "    \"z_2\" -> \"x_2\";\n"
             "}\n");
}
END_TEST

START_TEST(the_graph_of_nested_plates)
{
    assert_dot(SCHOOLS,
        HEAD "    \"tau\" [style=dashed, fontsize=10, height=0.3];\n"
             "    subgraph cluster_1 {\n"
             "        label=\"schools  N = 4\";\n"
             "        \"centre\";\n"
             "        \"bias\" [style=dashed, fontsize=10, height=0.3];\n"
             "        \"shrink\" [shape=square];\n"
             "        subgraph cluster_2 {\n"
             "            label=\"pupils  N = 30\";\n"
             "            \"skill\";\n"
             "            \"mean\" [peripheries=2];\n"
             "            \"grade\" [fillcolor=grey];\n"
             "        }\n"
             "    }\n"
             "    \"tau\" -> \"skill\";\n"
             "    \"centre\" -> \"skill\";\n"
             "    \"bias\" -> \"mean\";\n"
             "    \"skill\" -> \"mean\";\n"
             "    \"mean\" -> \"grade\";\n"
             "    \"bias\" -> \"shrink\";\n"
             "}\n");
}
END_TEST

/* x stands in both plates, which have sites of their own: more of them in columns. */
static void crossed(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "rows", 2)
        wick_sample(w, "r", wick_normal(0.0, 1.0));
    WICK_PLATE (w, "columns", 3) {
        wick_sample(w, "c", wick_normal(0.0, 1.0));
        wick_sample(w, "d", wick_normal(0.0, 1.0));
    }
    WICK_PLATE (w, "rows", 2)
        WICK_PLATE (w, "columns", 3)
            wick_sample(w, "x", wick_normal(0.0, 1.0));
}

START_TEST(of_crossed_plates_the_one_with_fewer_sites_is_drawn_twice)
{
    assert_dot((wick_program){ crossed, NULL },
        HEAD "    subgraph cluster_1 {\n"
             "        label=\"rows  N = 2\";\n"
             "        \"r\";\n"
             "    }\n"
             "    subgraph cluster_2 {\n"
             "        label=\"columns  N = 3\";\n"
             "        \"c\";\n"
             "        \"d\";\n"
             "        subgraph cluster_3 {\n"
             "            label=\"rows  N = 2\";\n"
             "            \"x\";\n"
             "        }\n"
             "    }\n"
             "}\n");
}
END_TEST

/* Both have the same sites: the one that was opened first is outside. */
static void same_sites(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "outer", 9)
        WICK_PLATE (w, "inner", 2)
            wick_sample(w, "x", wick_normal(0.0, 1.0));
    WICK_PLATE (w, "inner", 2)
        WICK_PLATE (w, "outer", 9)
            wick_sample(w, "y", wick_normal(0.0, 1.0));
}

START_TEST(of_plates_with_the_same_sites_the_one_opened_first_is_outside)
{
    assert_dot((wick_program){ same_sites, NULL },
        HEAD "    subgraph cluster_1 {\n"
             "        label=\"outer  N = 9\";\n"
             "        subgraph cluster_2 {\n"
             "            label=\"inner  N = 2\";\n"
             "            \"x\";\n"
             "            \"y\";\n"
             "        }\n"
             "    }\n"
             "}\n");
}
END_TEST

START_TEST(the_graph_of_a_minibatch_says_so_and_its_index_may_have_a_name)
{
    assert_dot(MINIBATCH,
        HEAD "    \"noise\";\n"
             "    subgraph cluster_1 {\n"
             "        label=\"data  N = 64 of 1000\";\n"
             "        \"local\";\n"
             "        \"row\" [peripheries=2];\n"
             "        \"x\" [fillcolor=grey];\n"
             "    }\n"
             "    \"noise\" -> \"x\";\n"
             "    \"local\" -> \"x\";\n"
             "}\n");
}
END_TEST

/* --- edges ------------------------------------------------------------------------------------ */

/* Names of the sites that lead to a site in the graph of a program, each followed by a space. */
static void sources_of(const char *dot, const char *site, char *out, size_t size)
{
    char arrow[64];

    *out = '\0';
    snprintf(arrow, sizeof arrow, " -> \"%s\";\n", site);
    for (const char *line = dot; *line; line = strchr(line, '\n') + 1) {
        const char *end = strstr(line, arrow), *name = strchr(line, '"');
        if (end && end < strchr(line, '\n'))
            snprintf(
                out + strlen(out), size - strlen(out), "%.*s ", (int)(end - name) - 2, name + 1);
    }
}

static void from_ops(wick *w, void *arg)
{
    static const double TABLE[3] = { 0.4, -1.3, 2.2 };
    const wick_var a = wick_sample(w, "a", wick_normal(0.0, 1.0));
    const wick_var k = wick_sample(w, "k", wick_categorical(wick_fill(w, 0.3, 3)));
    const wick_var b = wick_sample(
        w, "b", wick_normal(wick_exp(wick_mul(wick_add(a, 1.0), 0.2)), wick_softplus(a)));
    const wick_var entry = wick_at(wick_const(w, TABLE, 3), k);

    (void)arg;
    wick_sample(w, "indexed", wick_normal(entry, 1.0));
    wick_sample(w, "chosen", wick_normal(wick_where(wick_less(a, 0.0), b, 2.0), 1.0));
    wick_sample(w, "twice", wick_normal(wick_sub(b, wick_square(b)), wick_exp(b)));
    wick_sample(w, "detached", wick_normal(wick_detach(b), 1.0));
    wick_sample(w, "constant", wick_normal(wick_add(wick_num(w, 1.5), 2.0), 0.5));
    wick_sample(w, "point", wick_delta(wick_mul(a, 2.0)));
    wick_observe(w, "gap", wick_normal(0.0, 1.0), wick_sub(a, b));
    wick_factor(w, "term", wick_mul(b, entry));
    WICK_WITH (w, wick_mask(w, wick_equal(k, 1.0)))
        wick_sample(w, "masked", wick_normal(a, 1.0));
}

/* Sites whose values are one and the same, sites that are hidden, and parameters met again. */
static void from_sites(wick *w, void *arg)
{
    const wick_var a = wick_sample(w, "a", wick_normal(0.0, 1.0));
    const wick_var renamed = wick_deterministic(w, "renamed", a);
    const wick_var seen = wick_observe(w, "seen", wick_normal(a, 1.0), wick_num(w, 0.6));
    const wick_var p = wick_param(w, "p", wick_init_num(0.2), wick_positive());
    const wick_var again = wick_param(w, "p", wick_init_num(0.2), wick_positive());
    const wick_var third = wick_param_read(w, "p");
    wick_var hidden = WICK_VAR_NONE;

    (void)arg;
    WICK_WITH (w, wick_block(w))
        hidden = wick_sample(w, "hidden", wick_normal(a, p));
    wick_sample(w, "by renamed", wick_normal(renamed, 1.0));
    wick_sample(w, "by seen", wick_normal(seen, 1.0));
    wick_sample(w, "by p", wick_normal(again, p));
    wick_sample(w, "by again", wick_normal(again, third));
    wick_sample(w, "by hidden", wick_normal(hidden, 1.0));
}

/* After an intervention on a, what was computed from it no longer comes from it. */
static void intervened(wick *w, void *arg)
{
    const wick_binding given = { "a", wick_num(w, 0.8) };

    (void)arg;
    WICK_WITH (w, wick_do(w, 1, &given))
        wick_call(w, (wick_program){ from_ops, NULL });
}

START_TEST(edges_come_from_all_that_a_density_is_computed_from_and_from_nothing_else)
{
    static const struct {
        void (*program)(wick *w, void *arg);
        const char *site, *sources;
    } WANT[] = { { from_ops, "a", "" }, { from_ops, "b", "a " }, { from_ops, "indexed", "k " },
        { from_ops, "chosen", "a b " }, { from_ops, "twice", "b " }, { from_ops, "detached", "b " },
        { from_ops, "constant", "" }, { from_ops, "point", "a " }, { from_ops, "gap", "a b " },
        { from_ops, "term", "k b " }, { from_ops, "masked", "a k " },
        { from_sites, "renamed", "a " }, { from_sites, "by renamed", "renamed " },
        { from_sites, "seen", "a " }, { from_sites, "by seen", "seen " },
        { from_sites, "by p", "p " }, { from_sites, "by again", "p " },
        { from_sites, "by hidden", "a p " }, { from_sites, "p", "" }, { intervened, "b", "" },
        { intervened, "chosen", "b " } };
    wick *w = wick_new(NULL);
    char sources[64];

    for (size_t i = 0; i < sizeof WANT / sizeof *WANT; i++) {
        const char *dot = wick_model_dot(w, (wick_program){ WANT[i].program, NULL });
        assert_ok(w);
        sources_of(dot, WANT[i].site, sources, sizeof sources);
        ck_assert_msg(strcmp(sources, WANT[i].sources) == 0, "'%s' comes from '%s', want '%s'",
            WANT[i].site, sources, WANT[i].sources);
    }
    wick_free(w);
}
END_TEST

/* A hundred thousand sites take no time, unless something is done for every pair of them. */
START_TEST(the_graph_of_a_long_chain_has_an_edge_for_each_step)
{
    enum { STEPS = 50000 };
    wick *w = wick_new(NULL);
    int n = STEPS;
    size_t edges = 0;

    for (const char *at = wick_model_dot(w, (wick_program){ chain, &n }); *at; at++)
        edges += *at == '>';
    ck_assert_uint_eq(edges, 4 * STEPS - 1); /* the first state has none before it */
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* --- names ------------------------------------------------------------------------------------ */

static void quoted_names(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "the \"plate\"", 2) {
        const wick_var x = wick_sample(w, "a \"b\" \\ c\\", wick_normal(0.0, 1.0));
        wick_sample(w, "two\nlines", wick_normal(x, 1.0));
    }
}

START_TEST(quotes_backslashes_and_new_lines_in_names_are_escaped)
{
    assert_dot((wick_program){ quoted_names, NULL },
        HEAD "    subgraph cluster_1 {\n"
             "        label=\"the \\\"plate\\\"  N = 2\";\n"
             "        \"a \\\"b\\\" \\\\ c\\\\\";\n"
             "        \"two\\nlines\";\n"
             "    }\n"
             "    \"a \\\"b\\\" \\\\ c\\\\\" -> \"two\\nlines\";\n"
             "}\n");
}
END_TEST

/* Only where Graphviz is installed. */
START_TEST(graphviz_reads_the_graphs)
{
    const wick_program models[] = { FIVE_MODEL, SCHOOLS, MINIBATCH, NOTHING, { crossed, NULL },
        { from_ops, NULL }, { quoted_names, NULL } };

    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        FILE *dot = popen("if command -v dot >/dev/null; then dot -Tsvg >/dev/null 2>&1; "
                          "else cat >/dev/null; fi",
            "w");
        wick *w = wick_new(NULL);
        ck_assert_ptr_nonnull(dot);
        fputs(wick_model_dot(w, models[i]), dot);
        assert_ok(w);
        ck_assert_int_eq(pclose(dot), 0);
        wick_free(w);
    }
}
END_TEST

/* --- what looking at a model leaves behind ---------------------------------------------------- */

/* Draws, makes a parameter, and has a plate of the same name and another size. */
static void meddling(wick *w, void *arg)
{
    (void)arg;
    const wick_var p = wick_param(w, "p", wick_init_num(0.9), wick_real());
    const wick_var q = wick_param(w, "q", wick_init_num(wick_draw_uniform(w)), wick_real());

    WICK_PLATE (w, "data", 7)
        wick_sample(w, "x", wick_normal(p, wick_exp(q)));
}

enum { MEMBERS = 3 };

typedef struct seen {
    bool look;
    double x[MEMBERS], y[MEMBERS], uniform;
} seen;

static void looking(wick *w, void *arg)
{
    seen *s = arg;
    const wick_var p = wick_param(w, "p", wick_init_num(0.4), wick_real());

    WICK_PLATE (w, "data", MEMBERS) {
        const wick_var x = wick_sample(w, "x", wick_normal(p, 1.0));
        if (s->look)
            ck_assert_ptr_nonnull(
                strstr(wick_model_dot(w, (wick_program){ meddling, NULL }), "N = 7"));
        const wick_var y =
            wick_sample(w, "y", wick_normal(wick_take_over(x, "data", wick_index(w, "data")), p));
        wick_get(x, s->x, MEMBERS);
        wick_get(y, s->y, MEMBERS);
    }
    s->uniform = wick_draw_uniform(w);
}

START_TEST(looking_at_a_model_changes_neither_tape_nor_parameters_nor_draws)
{
    seen plain = { .look = false }, looked = { .look = true };

    for (int i = 0; i < 2; i++) {
        seen *s = i == 0 ? &plain : &looked;
        wick *w = wick_new(&(wick_options){ .seed = 31 });
        double p;
        const wick_trace *trace = wick_trace_run(w, (wick_program){ looking, s });
        wick_backward(wick_sum(wick_trace_find(trace, "y")->value, "data"));
        ck_assert_uint_eq(wick_get_gradient(wick_trace_find(trace, "p")->value, &p, 1), 1);
        ck_assert_uint_eq(wick_param_get(w, "p", &p, 1), 1);
        assert_close(p, 0.4, 1e-15);
        ck_assert_uint_eq(wick_param_count(w), 1);
        ck_assert(!wick_param_exists(w, "q"));
        assert_ok(w);
        wick_free(w);
    }
    assert_same_bits(plain.x, looked.x, MEMBERS);
    assert_same_bits(plain.y, looked.y, MEMBERS);
    assert_same_bits(&plain.uniform, &looked.uniform, 1);
}
END_TEST

START_TEST(texts_live_until_the_tape_is_reset)
{
    wick *w = wick_new(NULL);
    const char *dot = wick_model_dot(w, FIVE_MODEL);
    const char *table = wick_format_shapes(w, wick_trace_run(w, FIVE_MODEL));
    char *kept = malloc(strlen(dot) + 1);

    strcpy(kept, dot);
    ck_assert_str_ne(wick_model_dot(w, SCHOOLS), dot);
    ck_assert_ptr_nonnull(strstr(table, "assignment  sample    categorical"));
    ck_assert_str_eq(dot, kept);
    free(kept);
    wick_free(w);
}
END_TEST

static void broken(wick *w, void *arg)
{
    (void)arg;
    wick_param(w, "p", wick_init_num(0.4), wick_real());
    WICK_PLATE (w, "data", 3)
        wick_sample(w, "bad", wick_normal(wick_fill(w, 0.0, 2), wick_fill(w, 1.0, 3)));
}

static void left_open(wick *w, void *arg)
{
    (void)arg;
    WICK_PLATE (w, "data", 3)
        return;
}

START_TEST(errors_in_the_model_are_the_handles)
{
    wick *w = wick_new(NULL);

    ck_assert_str_eq(wick_model_dot(w, (wick_program){ broken, NULL }), "");
    ck_assert_uint_eq(wick_param_count(w), 0);
    assert_error(w, WICK_ERR_SHAPE, "[2]", "[3]", "'bad'", "'data'");
    ck_assert_str_eq(wick_model_dot(w, (wick_program){ left_open, NULL }), "");
    assert_error(w, WICK_ERR_STATE, "wick_model_dot", "'data'", "still open");
    ck_assert_str_eq(wick_model_dot(w, (wick_program){ NULL, NULL }), "");
    assert_error(w, WICK_ERR_ARGUMENT, "wick_model_dot", "no function");
    ck_assert_str_eq(wick_model_dot(NULL, FIVE_MODEL), "");
    ck_assert_str_ne(wick_model_dot(w, FIVE_MODEL), "");
    wick_free(w);
}
END_TEST

START_TEST(where_memory_ends_there_is_no_text_and_nothing_is_left)
{
    size_t n_failed = 0;

    for (bool done = false; !done; n_failed++) {
        memory m = { .fail_at = n_failed + 1 };
        const wick_options options = memory_options(&m, 5);
        wick *w = wick_new(&options);
        const char *dot = wick_model_dot(w, SCHOOLS);
        const char *table = wick_format_shapes(w, wick_trace_run(w, SCHOOLS));
        done = wick_status(w) == WICK_OK;
        ck_assert(done || wick_status(w) == WICK_ERR_MEMORY);
        ck_assert(done == (strlen(table) > 0));
        ck_assert(!done || strlen(dot) > 0);
        wick_free(w);
        ck_assert_uint_eq(m.blocks, 0);
    }
    ck_assert_uint_gt(n_failed, 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("format");
    TCase *tables = new_case(suite, "tables");
    TCase *graphs = new_case(suite, "graphs");

    tcase_add_test(tables, a_table_has_a_line_for_every_site);
    tcase_add_test(tables, a_table_shows_params_deterministic_values_and_factors_in_nested_plates);
    tcase_add_test(tables, a_table_shows_minibatches);
    tcase_add_test(tables, a_table_shows_what_is_enumerated);
    tcase_add_test(tables, a_table_has_the_events_of_draws_and_of_values_even_if_they_disagree);
    tcase_add_test(tables, a_table_counts_characters_and_stays_a_line_for_each_site);
    tcase_add_test(tables, there_is_no_table_after_an_error_and_of_no_trace);

    tcase_add_test(graphs, the_graph_of_the_five_point_mixture);
    tcase_add_test(graphs, the_graph_of_three_steps_of_a_hidden_markov_model);
    tcase_add_test(graphs, the_graph_of_nested_plates);
    tcase_add_test(graphs, of_crossed_plates_the_one_with_fewer_sites_is_drawn_twice);
    tcase_add_test(graphs, of_plates_with_the_same_sites_the_one_opened_first_is_outside);
    tcase_add_test(graphs, the_graph_of_a_minibatch_says_so_and_its_index_may_have_a_name);
    tcase_add_test(
        graphs, edges_come_from_all_that_a_density_is_computed_from_and_from_nothing_else);
    tcase_add_test(graphs, the_graph_of_a_long_chain_has_an_edge_for_each_step);
    tcase_add_test(graphs, quotes_backslashes_and_new_lines_in_names_are_escaped);
    tcase_add_test(graphs, graphviz_reads_the_graphs);
    tcase_add_test(graphs, looking_at_a_model_changes_neither_tape_nor_parameters_nor_draws);
    tcase_add_test(graphs, texts_live_until_the_tape_is_reset);
    tcase_add_test(graphs, errors_in_the_model_are_the_handles);
    tcase_add_test(graphs, where_memory_ends_there_is_no_text_and_nothing_is_left);
    return run_suite(suite);
}
