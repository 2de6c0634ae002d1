/* Bad input: each gives its error and says what was wrong; nothing is lost by it. */
#include "tests/support/fit.h"
#include "tests/support/memory.h"

#include <stdio.h>

/* What a bad program may need that must be made outside of it. */
typedef struct outside {
    wick_var stale, foreign;
    char *long_name;
} outside;

typedef void bad_program(wick *w, const outside *o);

static wick_var bernoullis(wick *w, const char *plate, size_t n)
{
    wick_var z = WICK_VAR_NONE;

    WICK_PLATE (w, plate, n)
        z = wick_sample(w, wick_name(w, "z_%s", plate), wick_bernoulli(0.3));
    return z;
}

static void observe_normal(wick *w, wick_dist dist, double x)
{
    wick_observe(w, "y", dist, wick_num(w, x));
}

/* --- vars ------------------------------------------------------------------------------------- */

static void stale_var(wick *w, const outside *o)
{
    observe_normal(w, wick_normal(o->stale, 1.0), 0.5);
}

static void stale_operand(wick *w, const outside *o)
{
    wick_add(wick_num(w, 0.5), o->stale);
}

static void foreign_var(wick *w, const outside *o)
{
    observe_normal(w, wick_normal(0.5, o->foreign), 0.5);
}

static void foreign_operand(wick *w, const outside *o)
{
    wick_mul(wick_num(w, 0.5), o->foreign);
}

static void never_set(wick *w, const outside *o)
{
    const wick_var nothing = wick_exp(wick_add(WICK_VAR_NONE, 1.0)); /* no handle to tell */

    (void)o;
    ck_assert_int_eq(wick_status(w), WICK_OK);
    observe_normal(w, wick_normal(nothing, 1.0), 0.5);
}

static void never_set_value(wick *w, const outside *o)
{
    (void)o;
    wick_observe(w, "y", wick_normal(0.5, 1.5), WICK_VAR_NONE);
}

static void never_set_dist(wick *w, const outside *o)
{
    const wick_dist nothing = { .type = NULL };

    (void)o;
    wick_sample(w, "y", nothing);
}

static void shapes_of_operands(wick *w, const outside *o)
{
    (void)o;
    wick_add(wick_fill(w, 0.5, 3), wick_fill(w, 0.5, 2));
}

static void shapes_of_a_density(wick *w, const outside *o)
{
    (void)o;
    wick_observe(w, "y", wick_normal(wick_fill(w, 0.5, 3), 1.5), wick_fill(w, 0.5, 2));
}

static void shapes_of_a_vector_density(wick *w, const outside *o)
{
    (void)o;
    wick_observe(w, "y", wick_multivariate_normal(wick_fill(w, 0.5, 3), wick_eye(w, 3)),
        wick_fill(w, 0.5, 4));
}

static void event_of_a_scalar_observation(wick *w, const outside *o)
{
    (void)o;
    wick_observe(w, "y", wick_categorical(wick_num(w, 0.5)), wick_num(w, 1.0));
}

/* --- plates ----------------------------------------------------------------------------------- */

static void plate_value_outside(wick *w, const outside *o)
{
    wick_var x = WICK_VAR_NONE;

    (void)o;
    WICK_PLATE (w, "rows", 3)
        x = wick_index(w, "rows");
    observe_normal(w, wick_normal(wick_mul(x, 2.0), 1.5), 0.5);
}

static void plate_value_observed_outside(wick *w, const outside *o)
{
    wick_var x = WICK_VAR_NONE;

    (void)o;
    WICK_PLATE (w, "rows", 3)
        x = wick_index(w, "rows");
    WICK_PLATE (w, "cols", 2)
        wick_observe(w, "y", wick_normal(0.5, 1.5), x);
}

static void plate_value_named_outside(wick *w, const outside *o)
{
    wick_var x = WICK_VAR_NONE;

    (void)o;
    WICK_PLATE (w, "rows", 3)
        x = wick_index(w, "rows");
    wick_deterministic(w, "y", x);
}

static void plate_value_as_factor_outside(wick *w, const outside *o)
{
    wick_var x = WICK_VAR_NONE;

    (void)o;
    WICK_PLATE (w, "rows", 3)
        x = wick_index(w, "rows");
    wick_factor(w, "y", x);
}

static void plate_value_as_mask_outside(wick *w, const outside *o)
{
    wick_var x = WICK_VAR_NONE;

    (void)o;
    WICK_PLATE (w, "rows", 3)
        x = wick_index(w, "rows");
    WICK_WITH (w, wick_mask(w, x))
        observe_normal(w, wick_normal(0.5, 1.5), 0.5);
}

static void enumerated_value_outside(wick *w, const outside *o)
{
    (void)o;
    observe_normal(w, wick_normal(bernoullis(w, "rows", 3), 1.5), 0.5);
}

static void sum_of_enumerated_values(wick *w, const outside *o)
{
    (void)o;
    observe_normal(w, wick_normal(wick_sum(bernoullis(w, "rows", 3), "rows"), 1.5), 0.5);
}

static void join_of_enumerated_values(wick *w, const outside *o)
{
    (void)o;
    wick_join(bernoullis(w, "rows", 3), "rows");
}

static void take_over_two_plates(wick *w, const outside *o)
{
    wick_var x = WICK_VAR_NONE;

    (void)o;
    WICK_PLATE (w, "rows", 3)
        WICK_PLATE (w, "cols", 2)
            x = wick_add(wick_index(w, "rows"), wick_index(w, "cols"));
    wick_take(x, wick_num(w, 1.0));
}

static void take_out_of_range(wick *w, const outside *o)
{
    (void)o;
    observe_normal(w, wick_normal(wick_take(wick_fill(w, 0.5, 4), wick_num(w, 4.0)), 1.5), 0.5);
}

static void sum_over_no_plate(wick *w, const outside *o)
{
    (void)o;
    wick_sum(wick_num(w, 0.5), "rows");
}

static void data_of_wrong_count(wick *w, const outside *o)
{
    static const double X[] = { 0.5, 1.5, 2.5, 3.5 };

    (void)o;
    WICK_PLATE (w, "rows", 3)
        wick_observe(w, "y", wick_normal(0.5, 1.5), wick_data(w, X, 4));
}

static void plate_of_size_0(wick *w, const outside *o)
{
    (void)o;
    WICK_PLATE (w, "rows", 0)
        observe_normal(w, wick_normal(0.5, 1.5), 0.5);
}

static void scope_left_open(wick *w, const outside *o)
{
    (void)o;
    WICK_PLATE (w, "rows", 3)
        return;
}

/* --- sites and parameters --------------------------------------------------------------------- */

static void duplicate_site(wick *w, const outside *o)
{
    (void)o;
    for (int i = 0; i < 2; i++)
        observe_normal(w, wick_normal(0.5, 1.5), 0.5);
}

static void unknown_parameter(wick *w, const outside *o)
{
    (void)o;
    wick_param_read(w, "weigths");
}

static void latent_not_in_the_guide(wick *w, const outside *o)
{
    (void)o;
    wick_sample(w, "x", wick_normal(0.5, 1.5));
}

static void null_initial_values(wick *w, const outside *o)
{
    (void)o;
    wick_param(w, "new", wick_init_values(NULL, 3), wick_real());
}

static void null_bindings(wick *w, const outside *o)
{
    (void)o;
    wick_condition(w, 2, NULL);
}

static void null_name(wick *w, const outside *o)
{
    (void)o;
    wick_sample(w, NULL, wick_normal(0.5, 1.5));
}

static void empty_name(wick *w, const outside *o)
{
    (void)o;
    wick_param(w, "", wick_init_num(0.5), wick_real());
}

static void long_site_name(wick *w, const outside *o)
{
    wick_sample(w, o->long_name, wick_normal(o->stale, 1.5));
}

static void long_param_name(wick *w, const outside *o)
{
    wick_param(w, o->long_name, wick_init_num(-0.5), wick_positive());
}

static void long_plate_name(wick *w, const outside *o)
{
    WICK_PLATE (w, o->long_name, 0) {}
}

static void too_long_a_name(wick *w, const outside *o)
{
    wick_sample(w, wick_name(w, "%s", o->long_name), wick_normal(0.5, 1.5));
}

static void name_of_two_lines(wick *w, const outside *o)
{
    wick_sample(w, "a\nb", wick_normal(o->stale, 1.5));
}

/* --- values ----------------------------------------------------------------------------------- */

static void negative_scale_number(wick *w, const outside *o)
{
    (void)o;
    observe_normal(w, wick_normal(0.5, -1.5), 0.5);
}

static void negative_scale_in_a_plate(wick *w, const outside *o)
{
    static const double SCALE[] = { 0.5, 1.5, -2.5, 3.5 };

    (void)o;
    WICK_PLATE (w, "rows", 4)
        observe_normal(w, wick_normal(0.5, wick_data(w, SCALE, 4)), 0.5);
}

static void negative_scale_parameter(wick *w, const outside *o)
{
    (void)o;
    observe_normal(w, wick_normal(0.5, wick_param(w, "s", wick_init_num(-0.25), wick_real())), 0.5);
}

static void negative_scale_drawn_from(wick *w, const outside *o)
{
    (void)o;
    wick_sample(w, "x", wick_normal(0.5, -1.5));
}

static void probabilities_that_sum_to_0(wick *w, const outside *o)
{
    (void)o;
    wick_sample(w, "z", wick_categorical(wick_fill(w, 0.0, 3)));
}

static void observed_probabilities_that_sum_to_0(wick *w, const outside *o)
{
    static const double PROBS[] = { 0.5, 0.25, 0.0, 0.0 };

    (void)o;
    WICK_PLATE (w, "rows", 2)
        wick_observe(w, "y", wick_categorical(wick_data(w, PROBS, 4, 2)), wick_num(w, 1.0));
}

static void nan_data(wick *w, const outside *o)
{
    static const double X[] = { 0.5, 1.5, NAN, 3.5, 4.5, 5.5 };

    (void)o;
    WICK_PLATE (w, "rows", 2)
        WICK_PLATE (w, "cols", 3)
            wick_observe(w, "y", wick_normal(0.5, 1.5), wick_data(w, X, 6));
}

static void nan_data_in_a_minibatch(wick *w, const outside *o)
{
    static const double X[] = { 0.5, 1.5, 2.5, 3.5, NAN, 5.5 };
    static const size_t SOME[] = { 1, 4 };

    (void)o;
    WICK_PLATE (w, "rows", 6, .subsample = 2, .indices = SOME)
        wick_observe(w, "y", wick_normal(0.5, 1.5), wick_data(w, X, 6));
}

static void nan_data_under_enumeration(wick *w, const outside *o)
{
    static const double X[] = { 0.5, NAN, 2.5 };

    (void)o;
    WICK_PLATE (w, "rows", 3) {
        const wick_var z = wick_sample(w, "z", wick_bernoulli(0.3));
        wick_observe(w, "y", wick_normal(z, 1.5), wick_data(w, X, 3));
    }
}

static void value_outside_the_support(wick *w, const outside *o)
{
    static const double X[] = { 0.5, 1.5, -2.5 };

    (void)o;
    WICK_PLATE (w, "rows", 3)
        wick_observe(w, "y", wick_gamma(1.5, 2.5), wick_data(w, X, 3));
}

static void a_log_that_goes_wrong(wick *w, const outside *o)
{
    (void)o;
    wick_factor(w, "f", wick_log(wick_sub(wick_num(w, 0.5), 0.75)));
}

/* --- the matrix ------------------------------------------------------------------------------- */

static const struct {
    bad_program *program;
    wick_code code;
    const char *words[5];
} MATRIX[] = {
    { stale_var, WICK_ERR_STATE, { "earlier step", "'y'", "wick_get" } },
    { stale_operand, WICK_ERR_STATE, { "add", "earlier step" } },
    { foreign_var, WICK_ERR_STATE, { "another handle", "'y'" } },
    { foreign_operand, WICK_ERR_STATE, { "mul", "another handle" } },
    { never_set, WICK_ERR_STATE, { "never set", "'y'" } },
    { never_set_value, WICK_ERR_STATE, { "wick_observe", "never set", "'y'" } },
    { never_set_dist, WICK_ERR_ARGUMENT, { "distribution was never set", "'y'" } },
    { shapes_of_operands, WICK_ERR_SHAPE, { "add", "[3]", "[2]" } },
    { shapes_of_a_density, WICK_ERR_SHAPE, { "normal", "[3]", "[2]", "'y'" } },
    { shapes_of_a_vector_density, WICK_ERR_SHAPE, { "[4]", "3", "'y'" } },
    { event_of_a_scalar_observation, WICK_ERR_SHAPE, { "probs", "a scalar", "'y'" } },
    { plate_value_outside, WICK_ERR_SHAPE, { "loc", "'rows' (3)", "not open", "'y'" } },
    { plate_value_observed_outside, WICK_ERR_SHAPE,
        { "value", "'rows' (3)", "'y'", "'cols' (2)" } },
    { plate_value_named_outside, WICK_ERR_SHAPE, { "value", "'rows' (3)", "'y'" } },
    { plate_value_as_factor_outside, WICK_ERR_SHAPE, { "'rows' (3)", "not open", "'y'" } },
    { plate_value_as_mask_outside, WICK_ERR_SHAPE, { "'rows' (3)", "not open", "'y'" } },
    { enumerated_value_outside, WICK_ERR_SHAPE, { "loc", "'rows' (3)", "not open", "'y'" } },
    { sum_of_enumerated_values, WICK_ERR_SHAPE, { "wick_sum", "'rows'", "'z_rows'" } },
    { join_of_enumerated_values, WICK_ERR_SHAPE, { "wick_join", "'rows'", "'z_rows'" } },
    { take_over_two_plates, WICK_ERR_SHAPE,
        { "wick_take", "'cols' (2), 'rows' (3)", "wick_take_over" } },
    { take_out_of_range, WICK_ERR_DOMAIN, { "index", "4", "3" } },
    { sum_over_no_plate, WICK_ERR_NAME, { "wick_sum", "'rows'" } },
    { data_of_wrong_count, WICK_ERR_SHAPE, { "wick_data", "got 4", "need 3", "'rows'" } },
    { plate_of_size_0, WICK_ERR_ARGUMENT, { "plate 'rows'", "size 0", "at least 1" } },
    { scope_left_open, WICK_ERR_STATE, { "'rows' still open", "return" } },
    { duplicate_site, WICK_ERR_NAME, { "two sites are named 'y'" } },
    { unknown_parameter, WICK_ERR_NAME, { "wick_param_read", "'weigths'", "'kept'" } },
    { latent_not_in_the_guide, WICK_ERR_NAME, { "model but not in the guide", "'x'" } },
    { null_initial_values, WICK_ERR_ARGUMENT, { "wick_param", "values are NULL" } },
    { null_bindings, WICK_ERR_ARGUMENT, { "wick_condition", "2 bindings", "NULL" } },
    { null_name, WICK_ERR_NAME, { "wick_sample", "name is NULL" } },
    { empty_name, WICK_ERR_NAME, { "wick_param", "name is empty" } },
    { long_site_name, WICK_ERR_STATE, { "earlier step" } },
    { long_param_name, WICK_ERR_DOMAIN, { "wick_param", "..." } },
    { long_plate_name, WICK_ERR_ARGUMENT, { "plate 'nnnnn", "..." } },
    { too_long_a_name, WICK_ERR_LIMIT, { "wick_name", "5000 bytes", "255" } },
    { name_of_two_lines, WICK_ERR_STATE, { "earlier step", "a?b" } },
    { negative_scale_number, WICK_ERR_NONFINITE, { "normal", "scale is -1.5", "'y'" } },
    { negative_scale_in_a_plate, WICK_ERR_NONFINITE, { "'y'", "'rows' 2", "scale is -2.5" } },
    { negative_scale_parameter, WICK_ERR_NONFINITE, { "'y'", "scale is -0.25" } },
    { negative_scale_drawn_from, WICK_ERR_DOMAIN, { "wick_normal", "scale is -1.5", "'x'" } },
    { probabilities_that_sum_to_0, WICK_ERR_NONFINITE, { "'z'", "sum to 0" } },
    { observed_probabilities_that_sum_to_0, WICK_ERR_NONFINITE, { "'y'", "'rows' 1", "sum to 0" } },
    { nan_data, WICK_ERR_NONFINITE, { "step 1", "'y'", "'rows' 0, 'cols' 2", "value is nan" } },
    { nan_data_in_a_minibatch, WICK_ERR_NONFINITE, { "'y'", "'rows' 4", "value is nan" } },
    { nan_data_under_enumeration, WICK_ERR_NONFINITE, { "'y'", "'rows' 1", "value is nan" } },
    { value_outside_the_support, WICK_ERR_NONFINITE, { "'y'", "'rows' 2", "-2.5", "support" } },
    { a_log_that_goes_wrong, WICK_ERR_NONFINITE, { "log", "nan", "-0.25" } },
};
enum { N_MATRIX = sizeof MATRIX / sizeof *MATRIX };

/* A good model, after which a bad program may run. */
typedef struct patient {
    bad_program *bad;
    outside o;
} patient;

static void patient_model(wick *w, void *arg)
{
    const patient *p = arg;
    const wick_var kept = wick_param(w, "kept", wick_init_fill(0.625, 2), wick_positive());

    wick_observe(w, "good", wick_normal(wick_pick(kept, 0), wick_pick(kept, 1)), wick_num(w, 0.3));
    if (p->bad)
        p->bad(w, &p->o);
}

START_TEST(bad_input_gives_its_error_and_nothing_is_lost)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 0);
    wick *w = wick_new(&options), *other = wick_new(NULL);
    patient p = { .o = { .stale = wick_num(w, 1.25), .foreign = wick_num(other, 1.25) } };
    wick_svi *svi = wick_svi_new(w, (wick_program){ patient_model, &p }, NOTHING,
        &(wick_svi_options){ .loss = wick_trace_enum_elbo });
    double before[2], after[2];

    p.o.long_name = malloc(5001);
    memset(p.o.long_name, 'n', 5000);
    p.o.long_name[5000] = '\0';
    ck_assert(isfinite(wick_svi_step(svi)));
    assert_ok(w);
    wick_param_get_unconstrained(w, "kept", before, 2);

    p.bad = MATRIX[_i].program;
    ck_assert_double_nan(wick_svi_step(svi));
    assert_fails(w, MATRIX[_i].code, MATRIX[_i].words);
    ck_assert_uint_lt(strlen(wick_message(w)), 512);
    ck_assert_double_nan(wick_svi_step(svi)); /* inert, and the first message stays */
    assert_fails(w, MATRIX[_i].code, MATRIX[_i].words);
    wick_clear(w);
    ck_assert_str_eq(wick_message(w), "no error");

    wick_param_get_unconstrained(w, "kept", after, 2);
    assert_same_bits(before, after, 2);
    ck_assert_uint_eq(wick_param_count(w), 1); /* what the failed step made is gone */
    ck_assert_uint_eq(wick_svi_steps(svi), 1);
    p.bad = NULL;
    ck_assert(isfinite(wick_svi_step(svi)));
    ck_assert_uint_eq(wick_svi_steps(svi), 2);
    assert_ok(w);

    free(p.o.long_name);
    wick_svi_free(svi);
    wick_free(w);
    wick_free(other);
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("errors");
    TCase *matrix = new_case(suite, "matrix");

    tcase_add_loop_test(matrix, bad_input_gives_its_error_and_nothing_is_lost, 0, N_MATRIX);
    return run_suite(suite);
}
