/* Minibatches of a plate, and ambient dimensions of draws. */
#include "tests/support/fit.h"

/* --- minibatches ------------------------------------------------------------------------------ */

enum { N = 8, B = 3 };

static void minibatch(wick *w, double *index)
{
    WICK_PLATE (w, "rows", N, .subsample = B)
        wick_get(wick_index(w, "rows"), index, B);
}

START_TEST(minibatches_are_drawn_without_replacement_all_members_and_pairs_alike)
{
    enum { STEPS = 20000 };
    wick *w = wick_new(&(wick_options){ .seed = 20 });
    double member[N] = { 0 }, pair[N][N] = { { 0 } }, index[B];
    const double p = (double)B / N, q = p * (B - 1) / (N - 1);
    double members = 0.0, worst = 0.0;

    for (int step = 0; step < STEPS; step++) {
        wick_reset(w);
        minibatch(w, index);
        for (int i = 0; i < B; i++) {
            ck_assert_double_eq(index[i], floor(index[i]));
            ck_assert_double_lt(index[i], N);
            member[(int)index[i]]++;
            for (int j = 0; j < B; j++) {
                ck_assert(i == j || index[i] != index[j]);
                pair[(int)index[i]][(int)index[j]]++;
            }
        }
    }
    for (int i = 0; i < N; i++) {
        members += pow(member[i] - STEPS * p, 2) / (STEPS * p * (1 - p)) * (N - 1) / N;
        for (int j = 0; j < i; j++)
            worst = fmax(worst, fabs(pair[i][j] - STEPS * q) / sqrt(STEPS * q * (1 - q)));
    }
    ck_assert_double_lt(members, 41.0); /* chi-squared of 7 degrees: p = 8e-7 */
    ck_assert_double_lt(worst, 4.5);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(a_minibatch_depends_on_seed_step_and_name_only)
{
    double a[B], b[B];
    wick *w = wick_new(&(wick_options){ .seed = 3 });
    wick *other = wick_new(&(wick_options){ .seed = 3 });

    wick_sample(other, "before", wick_normal(0.0, 1.0));
    WICK_PLATE (other, "cols", N, .subsample = B)
        wick_get(wick_index(other, "cols"), a, B);
    minibatch(w, b);
    ck_assert_mem_ne(a, b, sizeof a); /* another name */
    minibatch(other, a);
    assert_same_bits(a, b, B);
    minibatch(w, b); /* opened again */
    assert_same_bits(a, b, B);
    wick_reset(w);
    wick_reset(w);
    minibatch(w, b);
    ck_assert_mem_ne(a, b, sizeof a); /* another step */
    wick_free(w);
    wick_free(other);
}
END_TEST

static const double Y[N] = { 0.3, -1.2, 2.2, 0.9, -0.4, 1.7, 5.1, -2.6 };

/* A hierarchy over a minibatch of given members, if any. */
static void members_given(wick *w, void *arg)
{
    const size_t *indices = arg;
    const wick_var loc = wick_param(w, "loc", wick_init_num(0.37), wick_real());

    WICK_PLATE (w, "rows", N, .subsample = indices ? B : 0, .indices = indices) {
        const wick_var y = wick_data(w, Y, N);
        wick_observe(w, "y", wick_normal(loc, 1.4), y);
        wick_factor(w, "f", wick_mul(wick_square(y), -0.05));
    }
    wick_observe(w, "outside", wick_normal(loc, 2.0), wick_num(w, 1.1));
}

START_TEST(the_mean_over_all_subsets_is_the_loss_of_the_full_plate)
{
    wick *w = wick_new(NULL);
    size_t indices[B];
    double mean = 0.0, mean_gradient = 0.0, gradient;
    int subsets = 0;

    for (indices[0] = 0; indices[0] < N; indices[0]++)
        for (indices[1] = indices[0] + 1; indices[1] < N; indices[1]++)
            for (indices[2] = indices[1] + 1; indices[2] < N; indices[2]++) {
                const problem p = { .w = w, .model = { members_given, indices }, .guide = NOTHING };
                mean += gradient_of(&p, &gradient);
                mean_gradient += gradient;
                subsets++;
            }
    ck_assert_int_eq(subsets, 56);
    double want = -log_normal(1.1, 0.37, 2.0), want_gradient = -(1.1 - 0.37) / 4.0;
    for (int i = 0; i < N; i++) {
        want -= log_normal(Y[i], 0.37, 1.4) - 0.05 * Y[i] * Y[i];
        want_gradient -= (Y[i] - 0.37) / (1.4 * 1.4);
    }
    assert_close(mean / subsets, want, 1e-12);
    assert_close(mean_gradient / subsets, want_gradient, 1e-12);
    const problem full = { .w = w, .model = { members_given, NULL }, .guide = NOTHING };
    assert_close(loss_of(&full), want, 1e-13);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(nested_minibatches_scale_by_the_product)
{
    static const size_t ROWS[] = { 5, 2, 7 }, COLS[] = { 1 };
    wick *w = wick_new(NULL);
    double y[N * 4], got[3], want = 0.0;

    for (int i = 0; i < N * 4; i++)
        y[i] = sin(i + 0.5);
    WICK_PLATE (w, "rows", N, .subsample = 3, .indices = ROWS)
        WICK_PLATE (w, "cols", 4, .subsample = 1, .indices = COLS) {
            const wick_var x = wick_data(w, y, N * 4);
            wick_get(x, got, 3);
            wick_observe(w, "y", wick_normal(x, 1.0), wick_num(w, 0.5));
            for (int i = 0; i < 3; i++) {
                ck_assert_double_eq(got[i], y[ROWS[i] * 4 + 1]);
                want += got[i] * (N / 3.0) * 4.0;
            }
            assert_close(wick_value(wick_total(x)), want, 1e-14);
            wick_get(wick_sum(x, "cols"), got, 3);
            ck_assert_double_eq(got[0], 4.0 * y[5 * 4 + 1]);
        }
    assert_ok(w);
    wick_free(w);
}
END_TEST

/* Draws x in a plate of 30, in the members given. */
typedef struct part {
    size_t n;
    const size_t *indices;
    double x[30];
} part;

static void draw_part(wick *w, void *arg)
{
    part *p = arg;

    WICK_PLATE (w, "rows", 30, .subsample = p->n, .indices = p->indices)
        WICK_PLATE (w, "cols", 1)
            wick_get(wick_sample(w, "x", wick_normal(0.0, 1.0)), p->x, p->n ? p->n : 30);
}

START_TEST(the_draw_of_a_member_is_the_same_in_every_minibatch)
{
    static const size_t SOME[] = { 29, 17, 3 }, OTHERS[] = { 17, 0, 8, 21, 29 };
    part full = { 0 }, some = { .n = 3, .indices = SOME }, others = { .n = 5, .indices = OTHERS };
    part *const parts[] = { &full, &some, &others };

    for (int i = 0; i < 3; i++) {
        wick *w = wick_new(&(wick_options){ .seed = 1 });
        ck_assert_ptr_nonnull(wick_trace_run(w, (wick_program){ draw_part, parts[i] }));
        wick_free(w);
    }
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq(some.x[i], full.x[SOME[i]]);
    for (int i = 0; i < 5; i++)
        ck_assert_double_eq(others.x[i], full.x[OTHERS[i]]);
}
END_TEST

/* --- ambient dimensions ----------------------------------------------------------------------- */

START_TEST(sites_draw_along_an_ambient_dimension_but_data_and_params_do_not_see_it)
{
    enum { DRAWS = 6 };
    wick *w = wick_new(NULL);
    wick_trace *trace;
    double x[DRAWS * 3];

    WICK_WITH (w, wick_record_trace(w, &trace))
        WICK_AMBIENT (w, "particles", DRAWS)
            WICK_PLATE (w, "rows", 3) {
                const wick_var y = wick_data(w, Y, 3);
                const wick_var p = wick_param(w, "p", wick_init_num(0.5), wick_real());
                const wick_var draw = wick_sample(w, "x", wick_normal(p, 1.0));
                ck_assert_uint_eq(wick_members(y), 3);
                ck_assert_uint_eq(wick_members(p), 3);
                ck_assert_uint_eq(wick_get(draw, x, DRAWS * 3), DRAWS * 3);
                ck_assert_str_eq(
                    wick_format_var(draw), "a scalar over 'particles' (6), 'rows' (3)");
                wick_observe(w, "y", wick_normal(draw, 1.0), y);
            }
    ck_assert_uint_eq(wick_param_size(w, "p"), 3);
    for (int i = 1; i < DRAWS * 3; i++)
        ck_assert_double_ne(x[i], x[i - 1]);
    assert_ok(w);
    wick_free(w);
}
END_TEST

START_TEST(an_ambient_dimension_opened_again_is_the_same)
{
    wick *w = wick_new(NULL);
    wick_var a, b;

    WICK_AMBIENT (w, "particles", 4)
        a = wick_sample(w, "a", wick_normal(0.0, 1.0));
    WICK_AMBIENT (w, "particles", 4)
        b = wick_sample(w, "b", wick_normal(0.0, 1.0));
    ck_assert_uint_eq(wick_members(wick_add(a, b)), 4);
    WICK_AMBIENT (w, "others", 4)
        b = wick_sample(w, "b", wick_normal(0.0, 1.0));
    ck_assert_uint_eq(wick_members(wick_add(a, b)), 16);
    assert_ok(w);
    WICK_AMBIENT (w, "particles", 5) {}
    assert_error(w, WICK_ERR_SHAPE, "ambient dimension 'particles'", "5 draws", "had 4");
    WICK_AMBIENT (w, "particles", 4)
        WICK_AMBIENT (w, "particles", 4) {}
    assert_error(w, WICK_ERR_STATE, "ambient dimension 'particles'", "open already");
    wick_free(w);
}
END_TEST

START_TEST(minibatches_of_more_than_2_to_the_32_members_take_indices)
{
    static const size_t INDICES[2] = { 17, 4999999999u };
    wick *w = wick_new(NULL);

    WICK_PLATE (w, "data", 5000000000u, .subsample = 2, .indices = INDICES)
        ck_assert_uint_eq(wick_members(wick_index(w, "data")), 2);
    assert_ok(w);
    wick_reset(w);
    WICK_PLATE (w, "data", 5000000000u, .subsample = 2) {}
    ck_assert_int_eq(wick_status(w), WICK_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(wick_message(w), "give indices"));
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("minibatches");
    TCase *batches = new_case(suite, "minibatches");

    tcase_add_test(batches, minibatches_are_drawn_without_replacement_all_members_and_pairs_alike);
    tcase_add_test(batches, a_minibatch_depends_on_seed_step_and_name_only);
    tcase_add_test(batches, the_mean_over_all_subsets_is_the_loss_of_the_full_plate);
    tcase_add_test(batches, nested_minibatches_scale_by_the_product);
    tcase_add_test(batches, the_draw_of_a_member_is_the_same_in_every_minibatch);
    tcase_add_test(
        batches, sites_draw_along_an_ambient_dimension_but_data_and_params_do_not_see_it);
    tcase_add_test(batches, an_ambient_dimension_opened_again_is_the_same);
    tcase_add_test(batches, minibatches_of_more_than_2_to_the_32_members_take_indices);
    return run_suite(suite);
}
