/* Lists of guides: each covers some of the sites. */
#include "tests/support/normal_elbo.h"

/* Sites of three sorts, one of them discrete, one in a minibatch. */
static const double VALUES[6] = { 0.5, -1.25, 2.5, 0.75, 3.25, -0.5 };

static void mixed(wick *w, void *arg)
{
    const size_t *subsample = arg;
    const wick_var a = wick_sample(w, "a", wick_normal(0.5, 2.0));
    const wick_var b = wick_sample(w, "b", wick_lognormal(a, 0.5));
    const wick_var weights = wick_sample(w, "weights", wick_dirichlet(wick_fill(w, 2.0, 2)));

    WICK_PLATE (w, "rows", 6, .subsample = *subsample) {
        const wick_var x = wick_sample(w, "x", wick_normal(a, 1.0));
        const wick_var z = wick_sample(w, "z", wick_categorical(weights));
        wick_observe(w, "y", wick_normal(wick_add(x, z), b), wick_data(w, VALUES, 6));
    }
}

static const char *const GLOBAL[] = { "a", "b", NULL };
static const char *const ALL_BUT[] = { "a", "b", "weights", NULL };

/* A program of one's own for the weights, from the coordinate of another site. */
static void own_weights(wick *w, void *arg)
{
    const wick_var loc = wick_param(w, "own.loc", wick_init_num(0.25), wick_real());
    const wick_var u = wick_sample(w, "own.u", wick_auxiliary(wick_normal(loc, 0.5)));
    const wick_var s = wick_sigmoid(u);
    const wick_var x = wick_stack(w, 2, (wick_var[]){ s, wick_sub(1.0, s) });

    (void)arg;
    /* log |dx_1/du| = log s + log (1 - s) */
    wick_sample(w, "weights",
        wick_delta_density(x, wick_neg(wick_add(wick_log(s), wick_log(wick_sub(1.0, s))))));
}

typedef struct blocks {
    wick_guide *global, *local, *list;
} blocks;

static blocks blocks_of(wick *w, size_t *subsample)
{
    const wick_program model = { mixed, subsample };
    blocks b = { .global = wick_auto_multivariate_normal_new(
                     w, model, &(wick_auto_options){ .expose = GLOBAL }),
        .local = wick_auto_normal_new(w, model, &(wick_auto_options){ .hide = ALL_BUT }) };
    b.list = wick_auto_list_new(w, model, 3,
        (wick_guide_part[]){
            { .guide = b.global }, { .program = { own_weights, NULL } }, { .guide = b.local } });
    return b;
}

static void free_blocks(blocks b)
{
    wick_guide_free(b.list);
    wick_guide_free(b.local);
    wick_guide_free(b.global);
}

START_TEST(parts_of_any_sort_make_one_guide)
{
    wick *w = wick_new(&(wick_options){ .seed = 4 });
    size_t subsample = _i ? 2 : 0;
    const blocks b = blocks_of(w, &subsample);
    wick_svi *svi = wick_svi_new(w, (wick_program){ mixed, &subsample }, wick_guide_program(b.list),
        &(wick_svi_options){
            .loss = wick_trace_enum_elbo, .optim = wick_adam(.lr = 0.02), .compile = _i == 2 });
    double first = 0.0, last = 0.0, x[6], weights[2];

    ck_assert_uint_eq(wick_param_count(w), 0);
    for (int i = 0; i < 600; i++)
        *(i < 100 ? &first : i >= 500 ? &last : &(double){ 0.0 }) += wick_svi_step(svi) / 100.0;
    assert_ok(w);
    ck_assert_double_lt(last, first - 1.0);
    ck_assert_uint_eq(wick_guide_site_count(b.list), 4);
    ck_assert_str_eq(wick_guide_site(b.list, 2), "weights");
    ck_assert_uint_eq(wick_guide_size(b.list, NULL), 1 + 1 + 2 + 6);
    ck_assert_uint_eq(wick_guide_median(b.list, "x", x, 6), 6);
    double same[6];
    wick_param_get(w, "AutoNormal.locs.x", same, 6);
    assert_same_bits(x, same, 6);
    ck_assert_uint_eq(wick_guide_sample(b.list, "weights", 1, weights, 2), 2);
    assert_close(weights[0] + weights[1], 1.0, 1e-14);
    assert_ok(w);
    wick_svi_free(svi);
    free_blocks(b);
    wick_free(w);
}
END_TEST

/* Two joint guides over a part of the sites each, blocks of one covariance. */
START_TEST(parts_of_one_kind_have_a_prefix_each)
{
    static const char *const SLOPES[] = { "slopes", NULL };
    static const normal_blocks BLOCKS = { 2,
        { { "first.latent", "first.loc", "first.scale_tril" },
            { "AutoMultivariateNormal.latent", "AutoMultivariateNormal.loc",
                "AutoMultivariateNormal.scale_tril" } } };
    wick *w = wick_new(NULL);
    const wick_program model = { regression, NULL };
    wick_guide *parts[] = { wick_auto_multivariate_normal_new(w, model,
                                &(wick_auto_options){ .hide = SLOPES, .prefix = "first" }),
        wick_auto_multivariate_normal_new(w, model, &(wick_auto_options){ .expose = SLOPES }) };
    wick_guide *list = wick_auto_list_new(
        w, model, 2, (wick_guide_part[]){ { .guide = parts[0] }, { .guide = parts[1] } });
    const gaussian want = regression_posterior();
    double l[4], loc[2], inverse[3];

    fit_normal(w, model, wick_guide_program(list), &BLOCKS, 300);
    wick_param_get(w, "first.scale_tril", l, 1);
    assert_close(l[0] * l[0], 1.0 / want.precision[0][0], 1e-5);
    wick_param_get(w, "AutoMultivariateNormal.loc", loc, 2);
    wick_param_get(w, "AutoMultivariateNormal.scale_tril", l, 4);
    /* a block's covariance is the inverse of its block of the precision */
    const double det =
        want.precision[1][1] * want.precision[2][2] - want.precision[1][2] * want.precision[1][2];
    inverse[0] = want.precision[2][2] / det;
    inverse[1] = -want.precision[1][2] / det;
    inverse[2] = want.precision[1][1] / det;
    assert_close(l[0] * l[0], inverse[0], 1e-5);
    assert_close(l[2] * l[0], inverse[1], 1e-5);
    assert_close(l[2] * l[2] + l[3] * l[3], inverse[2], 1e-5);
    assert_close(loc[0], want.mean[1], 1e-5);
    assert_close(loc[1], want.mean[2], 1e-5);
    assert_ok(w);
    wick_guide_free(list);
    wick_guide_free(parts[0]);
    wick_guide_free(parts[1]);
    wick_free(w);
}
END_TEST

static void stray(wick *w, void *arg)
{
    (void)arg;
    wick_sample(w, "stray", wick_normal(0.5, 1.0));
}

START_TEST(every_site_is_covered_exactly_once)
{
    wick *w = wick_new(NULL);
    size_t whole = 0;
    const wick_program model = { mixed, &whole };
    wick_guide *global = wick_auto_delta_new(w, model, &(wick_auto_options){ .expose = GLOBAL });
    wick_guide *all = wick_auto_normal_new(w, model, NULL);
    const wick_guide_part parts[] = { { .guide = global }, { .guide = all },
        { .program = { own_weights, NULL } }, { .program = { stray, NULL } },
        { .guide = all, .program = { stray, NULL } }, { .guide = NULL } };

    ck_assert_ptr_null(wick_auto_list_new(w, model, 1, parts));
    assert_error(w, WICK_ERR_NAME, "wick_auto_list_new: no part has the site 'weights'",
        "add it to .expose");
    ck_assert_ptr_null(wick_auto_list_new(w, model, 2, parts));
    assert_error(w, WICK_ERR_NAME, "parts 0 and 1 both have the site 'a'", ".hide");
    ck_assert_ptr_null(wick_auto_list_new(w, model, 2, parts + 1));
    assert_error(w, WICK_ERR_NAME, "parts 0 and 1 both have the site 'weights'");
    const wick_guide_part with_stray[] = { parts[1], parts[3] };
    ck_assert_ptr_null(wick_auto_list_new(w, model, 2, with_stray));
    assert_error(w, WICK_ERR_NAME, "part 1 has a site 'stray' that is no latent site of the model",
        "wick_auxiliary");
    ck_assert_ptr_null(wick_auto_list_new(w, (wick_program){ regression, NULL }, 1, parts));
    assert_error(w, WICK_ERR_NAME, "no part has the site 'intercept'");
    ck_assert_ptr_null(wick_auto_list_new(w, model, 1, parts + 4));
    assert_error(w, WICK_ERR_ARGUMENT, "part 0 has a guide and a program");
    ck_assert_ptr_null(wick_auto_list_new(w, model, 1, parts + 5));
    assert_error(w, WICK_ERR_ARGUMENT, "part 0 has neither a guide nor a program");
    ck_assert_ptr_null(wick_auto_list_new(w, model, 0, parts));
    assert_error(w, WICK_ERR_ARGUMENT, "there are no parts");
    ck_assert_uint_eq(wick_param_count(w), 0);
    wick_guide_free(global);
    wick_guide_free(all);
    wick_free(w);
}
END_TEST

START_TEST(quantiles_of_a_program_are_refused_and_unknown_sites_named)
{
    wick *w = wick_new(NULL);
    size_t whole = 0;
    const blocks b = blocks_of(w, &whole);
    double x[2];

    wick_guide_median(b.list, "b", x, 1);
    assert_error(w, WICK_ERR_STATE, "wick_guide_median: the guide has not been run",
        "'AutoMultivariateNormal.loc'");
    wick_trace_run(w, wick_guide_program(b.list));
    ck_assert_uint_eq(wick_guide_median(b.list, "weights", x, 2), 0);
    assert_error(w, WICK_ERR_ARGUMENT, "part 1 of the list", "'weights'", "wick_guide_sample");
    wick_guide_median(b.list, "own.u", x, 1);
    assert_error(w, WICK_ERR_NAME, "no site 'own.u'", "'a', 'b', 'weights', 'x'");
    free_blocks(b);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("auto_list");
    TCase *lists = new_case(suite, "lists");

    tcase_add_loop_test(lists, parts_of_any_sort_make_one_guide, 0, 3);
    tcase_add_test(lists, parts_of_one_kind_have_a_prefix_each);
    tcase_add_test(lists, every_site_is_covered_exactly_once);
    tcase_add_test(lists, quantiles_of_a_program_are_refused_and_unknown_sites_named);
    return run_suite(suite);
}
