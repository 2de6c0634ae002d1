/* Named dimensions: unions and their order, and every way to take, split, join and sum along them. */
#include "tests/tape/fixture.h"

#include "tape/take.h"

static wick *w;

static void start(void)
{
    w = wick_new(NULL);
}

static void finish(void)
{
    wick_free(w);
}

static void expect_error(wick_code code, const char *part)
{
    ck_assert_msg(wick_status(w) == code, "%s", wick_message(w));
    ck_assert_msg(strstr(wick_message(w), part) != NULL, "%s", wick_message(w));
}

static uint32_t subsampled(const char *name, size_t size, size_t n, const size_t *indices)
{
    wick_plate_enter(w, &(wick_plate_options){ name, size, n, indices });
    wick_exit(w);
    return wicki_plate_named(w, "test", name);
}

/* A scalar over a set whose values are 0.5, 1.5, 2.5, ... in memory order. */
static wick_var counted(size_t rank, const size_t *sizes, uint32_t set)
{
    const wick_var x = leaf(w, rank, sizes, set);

    for (size_t i = 0; i < size_of(x); i++)
        node_of(x)->value[i] = (double)i + 0.5;
    return x;
}

static wick_var index_over(uint32_t set, size_t n, const double *values)
{
    wick_node *node = wicki_leaf(w, NULL, 0, NULL, set, false);

    ck_assert_uint_eq(node->members, n);
    memcpy(node->value, values, n * sizeof *values);
    return wicki_var_of(w, node);
}

static void expect_values(wick_var x, size_t n, const double *want)
{
    ck_assert_uint_eq(size_of(x), n);
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(
            node_of(x)->value[i] == want[i], "%zu: %g, not %g", i, node_of(x)->value[i], want[i]);
}

/* --- sets -------------------------------------------------------------------------------------- */

START_TEST(dimensions_lie_by_kind_and_plates_from_small_to_large)
{
    const uint32_t big = closed_plate(w, "big", 7), late = closed_plate(w, "late", 3);
    const uint32_t early = closed_plate(w, "early", 3);
    const uint32_t e = other_dim(w, WICKI_ENUMERATED, "e", 9);
    const uint32_t m = other_dim(w, WICKI_AMBIENT, "m", 8);
    uint32_t set = 0;

    for (size_t i = 0; i < 5; i++)
        set = wicki_set_with(w, set, ((uint32_t[]){ big, late, e, early, m })[i]);
    const wick_var x = leaf(w, 1, (size_t[]){ 2 }, set);
    const char *text = wick_format_var(x);
    const char *order[] = { "[2]", "m", "e", "early", "late", "big" };
    for (size_t i = 0; i < 6; i++) {
        ck_assert_msg(strstr(text, order[i]) != NULL, "%s not in order in %s", order[i], text);
        text = strstr(text, order[i]) + strlen(order[i]);
    }
    ck_assert_uint_eq(wick_members(x), 7 * 3 * 9 * 3 * 8);
}
END_TEST

START_TEST(equal_unions_are_one_set_however_they_were_made)
{
    enum { N = 12 };
    uint32_t dim[N], single[N], up = 0, down = 0;

    for (uint32_t i = 0; i < N; i++) {
        dim[i] = closed_plate(w, wick_name(w, "p%u", i), 2 + i % 3);
        single[i] = wicki_set_with(w, 0, dim[i]);
    }
    for (size_t i = 0; i < N; i++)
        up = wicki_set_union(w, up, single[i]);
    for (size_t i = N; i-- > 0;)
        down = wicki_set_union(w, down, single[i]);
    ck_assert_uint_eq(up, down);
    ck_assert_uint_ne(up, 0);
    for (size_t i = 0; i < N; i++) {
        const uint32_t rest = wicki_set_without(w, up, dim[i]);
        ck_assert(!wicki_set_has(w, rest, dim[i]) && wicki_set_within(w, rest, up));
        ck_assert_uint_eq(wicki_set_union(w, rest, single[i]), up);
        ck_assert_uint_eq(wicki_set_minus(w, up, rest), single[i]);
    }
}
END_TEST

START_TEST(sixteen_dimensions_are_allowed_and_seventeen_are_listed)
{
    wick_var x = wick_num(w, 0.5);

    for (int i = 0; i < 16; i++) {
        const uint32_t dim = other_dim(w, WICKI_ENUMERATED, wick_name(w, "z_%d", i), 1);
        x = wick_add(x, leaf(w, 0, NULL, wicki_set_with(w, 0, dim)));
    }
    ck_assert_int_eq(wick_status(w), WICK_OK);
    const uint32_t last = other_dim(w, WICKI_ENUMERATED, "one_more", 1);
    wick_add(x, leaf(w, 0, NULL, wicki_set_with(w, 0, last)));
    expect_error(WICK_ERR_LIMIT, "more than 16 dimensions: 'z_0' (1), 'z_1' (1)");
    ck_assert_ptr_nonnull(strstr(wick_message(w), "one_more"));
}
END_TEST

START_TEST(a_set_too_large_for_memory_is_an_error)
{
    const uint32_t a = closed_plate(w, "a", (size_t)1 << 40),
                   b = closed_plate(w, "b", (size_t)1 << 41);

    wicki_set_with(w, wicki_set_with(w, 0, a), b);
    expect_error(WICK_ERR_LIMIT, "does not fit into memory");
}
END_TEST

START_TEST(values_are_read_member_by_member)
{
    const dims d = dims_with(w, 4);
    const wick_var x = counted(1, (size_t[]){ 2 }, set_of(w, &d, A | B));
    double out[24];

    /* memory: event (2), b (3), a (4); read as b, a, event */
    ck_assert_uint_eq(wick_get(x, out, 24), 24);
    for (size_t i = 0; i < 24; i++)
        ck_assert_double_eq(out[i], (double)(i % 2 * 12 + i / 2) + 0.5);
    ck_assert_uint_eq(wick_get(x, out, 23), 0);
    expect_error(WICK_ERR_SHAPE, "wick_get: room for 23 doubles was given, the value has 24");
}
END_TEST

/* Two values over every other one of 16 dimensions: no two axes can be walked as one. */
static void comb(wick_var *even, wick_var *odd, size_t rank, const size_t *sizes)
{
    uint32_t set[2] = { 0, 0 };

    for (int i = 0; i < 16; i++) {
        const uint32_t dim = other_dim(w, WICKI_ENUMERATED, wick_name(w, "z_%d", i), 2);
        set[i % 2] = wicki_set_with(w, set[i % 2], dim);
    }
    *even = counted(rank, sizes, set[0]);
    *odd = index_over(set[1], 256, node_of(wick_fill(w, 0.0, 256))->value);
    for (size_t m = 0; m < 256; m++)
        node_of(*odd)->value[m] = (double)(m * 7 % 3 % 2);
}

/* Every other bit of a member's number, from bit `first` on. */
static size_t every_other_bit(size_t member, unsigned first)
{
    size_t bits = 0;

    for (unsigned i = 0; i < 8; i++)
        bits |= (member >> (2 * i + first) & 1) << i;
    return bits;
}

START_TEST(sixteen_dimensions_and_four_axes_are_walked)
{
    const size_t sizes[] = { 2, 3, 2, 3 };
    wick_var x, i;

    comb(&x, &i, 4, sizes);
    const wick_node *sum = node_of(wick_add(x, i)), *taken = node_of(wick_at(x, i));
    const wick_node *in = node_of(x), *index = node_of(i);
    ck_assert_uint_eq(sum->members, 65536);
    ck_assert_uint_eq(taken->elements, 18);
    for (size_t k = 0; k < 18 * 65536; k += 997) {
        const size_t e = k / 65536, of_x = every_other_bit(k % 65536, 1);
        const double at = index->value[every_other_bit(k % 65536, 0)];
        ck_assert_double_eq(sum->value[k], in->value[e * 256 + of_x] + at);
        ck_assert_double_eq(taken->value[k], in->value[((size_t)at * 18 + e) * 256 + of_x]);
    }
}
END_TEST

/* --- taking ------------------------------------------------------------------------------------ */

START_TEST(taking_along_a_plate_picks_members)
{
    const dims d = dims_with(w, 4);
    const wick_var x = counted(1, (size_t[]){ 2 }, set_of(w, &d, B));
    const wick_var i = index_over(set_of(w, &d, A), 4, (double[]){ 2, 0, 0, 1 });

    expect_values(wick_take(x, i), 8, (double[]){ 2.5, 0.5, 0.5, 1.5, 5.5, 3.5, 3.5, 4.5 });
    expect_values(
        wick_take_over(x, "b", i), 8, (double[]){ 2.5, 0.5, 0.5, 1.5, 5.5, 3.5, 3.5, 4.5 });
}
END_TEST

START_TEST(dimensions_that_value_and_index_share_go_element_by_element)
{
    const dims d = dims_with(w, 4);
    const wick_var x = counted(0, NULL, set_of(w, &d, A | B | E));
    const wick_var i = index_over(set_of(w, &d, A | M), 8, (double[]){ 2, 0, 0, 1, 1, 1, 2, 2 });
    const wick_node *y = node_of(wick_take_over(x, "b", i));

    /* y[m][e][a] = x[e][i[m][a]][a] */
    ck_assert_uint_eq(y->members, 16);
    for (size_t k = 0; k < 16; k++) {
        const size_t m = k / 8, e = k / 4 % 2, a = k % 4;
        const size_t b = (size_t)node_of(i)->value[m * 4 + a];
        ck_assert_double_eq(y->value[k], node_of(x)->value[(e * 3 + b) * 4 + a]);
    }
}
END_TEST

START_TEST(taking_along_the_event_when_no_plate_is_closed)
{
    const dims d = dims_with(w, 4);
    const wick_var x = counted(2, (size_t[]){ 3, 2 }, 0);
    const wick_var i = index_over(set_of(w, &d, A), 4, (double[]){ 2, 0, 0, 1 });

    expect_values(wick_take(x, i), 8, (double[]){ 4.5, 0.5, 0.5, 2.5, 5.5, 1.5, 1.5, 3.5 });
    expect_values(wick_pick(x, 2), 2, (double[]){ 4.5, 5.5 });
}
END_TEST

START_TEST(taking_inside_the_plate_is_along_the_event)
{
    wick_plate_enter(w, &(wick_plate_options){ .name = "a", .size = 3 });
    const wick_var x = wick_data(w, ((double[]){ 1, 2, 3, 4, 5, 6 }), 6, 2);
    const wick_var i = wick_data(w, ((double[]){ 1, 0, 1 }), 3);

    expect_values(wick_take(x, i), 3, (double[]){ 2, 3, 6 });
    wick_exit(w);
}
END_TEST

START_TEST(taking_from_several_closed_plates_needs_a_name)
{
    const dims d = dims_with(w, 4);
    const wick_var x = counted(0, NULL, set_of(w, &d, A | B));

    wick_take(x, wick_num(w, 1));
    expect_error(WICK_ERR_SHAPE, "several closed plates: 'b' (3), 'a' (4)");
}
END_TEST

static const double BAD_INDICES[] = { 3.0, -1.0, 0.5, NAN, INFINITY, 1e300 };

START_TEST(an_index_that_is_none_is_an_error)
{
    const wick_var x = wick_fill(w, 0.5, 3);

    wick_at(x, wick_num(w, BAD_INDICES[_i]));
    expect_error(WICK_ERR_DOMAIN, "is not one of 0 to 2");
}
END_TEST

START_TEST(an_index_in_a_vector_is_an_error)
{
    wick_at(wick_fill(w, 0.5, 3), wick_fill(w, 1.0, 2));
    expect_error(WICK_ERR_SHAPE, "the index has an event of rank 1");
}
END_TEST

START_TEST(a_scalar_cannot_be_indexed)
{
    wick_at(wick_num(w, 0.5), wick_num(w, 0));
    expect_error(WICK_ERR_SHAPE, "wick_at: the event is a scalar");
}
END_TEST

/* --- splitting and joining --------------------------------------------------------------------- */

START_TEST(a_leading_axis_becomes_a_plate_and_comes_back)
{
    const dims d = dims_with(w, 4);
    const wick_var x = counted(2, (size_t[]){ 3, 2 }, set_of(w, &d, A));
    const wick_var split = wick_split(x, "b"), joined = wick_join(split, "b");

    /* memory of x: [3][2][a], of split: [2][b][a] */
    ck_assert_uint_eq(wick_rank(split), 1);
    for (size_t i = 0; i < 24; i++)
        ck_assert_double_eq(
            node_of(split)->value[i], node_of(x)->value[(i / 4 % 3 * 2 + i / 12) * 4 + i % 4]);
    ck_assert_uint_eq(wick_rank(joined), 2);
    expect_values(joined, 24, node_of(x)->value);
}
END_TEST

START_TEST(splitting_along_a_plate_that_is_there_takes_the_diagonal)
{
    const dims d = dims_with(w, 4);
    const wick_var x = counted(1, (size_t[]){ 3 }, set_of(w, &d, B));

    /* x[i] of member b, for i = b */
    expect_values(wick_split(x, "b"), 3, (double[]){ 0.5, 4.5, 8.5 });
}
END_TEST

START_TEST(an_axis_of_another_size_is_not_split)
{
    const dims d = dims_with(w, 4);
    const wick_var x = counted(1, (size_t[]){ 2 }, set_of(w, &d, A));

    wick_split(x, "b");
    expect_error(WICK_ERR_DOMAIN, "the index 2 is not one of 0 to 1");
}
END_TEST

/* As for the covariance of a Gaussian process: every pair of members. */
START_TEST(two_joins_make_a_matrix_of_all_pairs)
{
    const dims d = dims_with(w, 5);
    const wick_var x = random_leaf(w, 0, NULL, set_of(w, &d, A), 7);
    const wick_var row = wick_join(x, "a");                  /* [j], over nothing */
    const wick_var pairs = wick_join(wick_sub(row, x), "a"); /* [i][j] = x_j - x_i */
    const wick_node *node = node_of(pairs);

    ck_assert_uint_eq(node->rank, 2);
    ck_assert_uint_eq(node->members, 1);
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 5; j++)
            ck_assert_double_eq(
                node->value[i * 5 + j], node_of(x)->value[j] - node_of(x)->value[i]);
}
END_TEST

START_TEST(joining_what_does_not_vary_repeats_it)
{
    closed_plate(w, "a", 3);
    expect_values(wick_join(vector(w, 2, (double[]){ 0.5, 7.5 }), "a"), 6,
        (double[]){ 0.5, 7.5, 0.5, 7.5, 0.5, 7.5 });
}
END_TEST

START_TEST(a_fifth_axis_is_not_joined)
{
    closed_plate(w, "a", 3);
    wick_join(wick_fill(w, 0.5, 1, 2, 1, 2), "a");
    expect_error(WICK_ERR_SHAPE, "wick_join: the event has 4 axes already");
}
END_TEST

START_TEST(a_plate_of_no_name_in_this_step_is_an_error)
{
    wick_join(wick_num(w, 0.5), "nowhere");
    expect_error(WICK_ERR_NAME, "wick_join: no plate 'nowhere' was opened in this step");
}
END_TEST

/* --- group sums -------------------------------------------------------------------------------- */

START_TEST(group_sums_add_members_by_their_index)
{
    const dims d = dims_with(w, 4);
    const wick_var x = counted(1, (size_t[]){ 2 }, set_of(w, &d, A | E));
    const wick_var i = index_over(set_of(w, &d, A), 4, (double[]){ 2, 0, 2, 2 });
    const wick_node *y = node_of(wick_sum_into(x, "a", i, "b"));
    double want[12] = { 0 };

    /* x: [2][e][a], y: [2][e][b] */
    for (size_t k = 0; k < 16; k++)
        want[k / 4 * 3 + (size_t)node_of(i)->value[k % 4]] += node_of(x)->value[k];
    ck_assert_uint_eq(y->rank, 1);
    for (size_t k = 0; k < 12; k++)
        ck_assert_double_eq(y->value[k], want[k]);
}
END_TEST

START_TEST(group_sums_and_taking_are_adjoint)
{
    const dims d = dims_with(w, 9);
    const wick_var x = random_leaf(w, 0, NULL, set_of(w, &d, A), 1);
    const wick_var y = random_leaf(w, 0, NULL, set_of(w, &d, B), 2);
    const wick_var i = index_over(set_of(w, &d, A), 9, (double[]){ 0, 2, 1, 1, 2, 0, 0, 1, 2 });
    const wick_var left = wick_sum(wick_mul(x, wick_take(y, i)), "a");
    const wick_var right = wick_sum(wick_mul(y, wick_sum_into(x, "a", i, "b")), "b");

    ck_assert_double_eq_tol(wick_value(left), wick_value(right), 1e-14);
}
END_TEST

START_TEST(a_group_sum_needs_two_plates)
{
    const dims d = dims_with(w, 4);
    const wick_var x = counted(0, NULL, set_of(w, &d, B));

    wick_sum_into(x, "a", wick_num(w, 1.0), "a"); /* neither varies over it */
    expect_error(WICK_ERR_SHAPE,
        "wick_sum_into: from plate 'a' into itself; need another plate of 4 members");
}
END_TEST

/* --- axes of the event ------------------------------------------------------------------------- */

START_TEST(views_of_the_event_are_the_elements_they_name)
{
    const dims d = dims_with(w, 5);
    const wick_var x = counted(2, (size_t[]){ 3, 4 }, set_of(w, &d, A));
    const wick_node *in = node_of(x), *selected = node_of(wick_select(x, 1, 2));
    const wick_node *slice = node_of(wick_slice(x, 1, 1, 2)), *t = node_of(wick_transpose(x));
    const wick_node *shaped = node_of(wick_reshape(x, 2, 3, 2));

    for (size_t a = 0; a < 5; a++)
        for (size_t i = 0; i < 3; i++) {
            ck_assert_double_eq(selected->value[i * 5 + a], in->value[(i * 4 + 2) * 5 + a]);
            for (size_t j = 0; j < 4; j++)
                ck_assert_double_eq(t->value[(j * 3 + i) * 5 + a], in->value[(i * 4 + j) * 5 + a]);
            for (size_t j = 0; j < 2; j++)
                ck_assert_double_eq(
                    slice->value[(i * 2 + j) * 5 + a], in->value[(i * 4 + j + 1) * 5 + a]);
        }
    ck_assert_uint_eq(shaped->rank, 3);
    ck_assert_mem_eq(shaped->value, in->value, 60 * sizeof(double));
}
END_TEST

START_TEST(a_diagonal_is_every_n_plus_first_element)
{
    const dims d = dims_with(w, 5);
    const wick_node *in = node_of(counted(2, (size_t[]){ 3, 3 }, set_of(w, &d, A)));
    const wick_node *y = node_of(wick_diagonal(wicki_var_of(w, in)));

    for (size_t k = 0; k < 15; k++)
        ck_assert_double_eq(y->value[k], in->value[k / 5 * 20 + k % 5]);
}
END_TEST

static const struct {
    int call;
    wick_code code;
    const char *message;
} VIEW_ERRORS[] = {
    { 0, WICK_ERR_SHAPE, "wick_select: axis 2 of an event of rank 2" },
    { 1, WICK_ERR_DOMAIN, "wick_select: index 3 along an axis of 3 elements" },
    { 2, WICK_ERR_DOMAIN, "wick_slice: 2 elements from 2 on, the axis has 3" },
    { 3, WICK_ERR_DOMAIN, "wick_slice: 0 elements from 0 on" },
    { 4, WICK_ERR_SHAPE, "wick_reshape: 5 elements in 1 axes, the event has 6" },
    { 5, WICK_ERR_SHAPE, "wick_transpose: got [2], need a matrix" },
    { 6, WICK_ERR_SHAPE, "wick_diagonal: got [2][3], need a square matrix" },
    { 7, WICK_ERR_SHAPE, "wick_sum_axis: axis 2 of an event of rank 2" },
    { 8, WICK_ERR_SHAPE, "wick_cumsum: axis 1 of an event of rank 1" },
    { 9, WICK_ERR_SHAPE, "wick_softmax: axis 0 of an event of rank 0" },
    { 10, WICK_ERR_SHAPE, "wick_add: event shapes [2][3] and [2] do not agree" },
    { 11, WICK_ERR_DOMAIN, "wick_pick: index 2 along an axis of 2 elements" },
    { 12, WICK_ERR_SHAPE, "event axis 1 has the size 0" },
    { 13, WICK_ERR_SHAPE, "an event of 5 axes, at most 4" },
};
enum { N_VIEW_ERRORS = sizeof VIEW_ERRORS / sizeof *VIEW_ERRORS };

static void wrong_view(int call)
{
    const wick_var x = wick_fill(w, 0.5, 2, 3), v = wick_fill(w, 0.5, 2);

    switch (call) {
    case 0:
        wick_select(x, 2, 0);
        return;
    case 1:
        wick_select(x, 1, 3);
        return;
    case 2:
        wick_slice(x, 1, 2, 2);
        return;
    case 3:
        wick_slice(x, 1, 0, 0);
        return;
    case 4:
        wick_reshape(x, 5);
        return;
    case 5:
        wick_transpose(v);
        return;
    case 6:
        wick_diagonal(x);
        return;
    case 7:
        wick_sum_axis(x, 2);
        return;
    case 8:
        wick_cumsum(v, 1);
        return;
    case 9:
        wick_softmax(wick_num(w, 0.5));
        return;
    case 10:
        wick_add(x, v);
        return;
    case 11:
        wick_pick(v, 2);
        return;
    case 12:
        wick_fill(w, 0.5, 2, 0);
        return;
    default:
        wick_fill(w, 0.5, 1, 1, 1, 1, 1);
    }
}

START_TEST(axes_that_are_not_there_are_errors)
{
    wrong_view(VIEW_ERRORS[_i].call);
    expect_error(VIEW_ERRORS[_i].code, VIEW_ERRORS[_i].message);
}
END_TEST

/* --- reductions over plates -------------------------------------------------------------------- */

START_TEST(a_reduction_over_a_plate_leaves_the_other_dimensions)
{
    const dims d = dims_with(w, 4);
    const wick_var x = counted(1, (size_t[]){ 2 }, set_of(w, &d, A | B));
    const wick_node *in = node_of(x), *over_b = node_of(wick_sum(x, "b"));
    const wick_node *over_a = node_of(wick_mean(x, "a")), *max = node_of(wick_max(x, "b"));

    for (size_t e = 0; e < 2; e++)
        for (size_t a = 0; a < 4; a++) {
            const double *column = in->value + e * 12 + a;
            ck_assert_double_eq(over_b->value[e * 4 + a], column[0] + column[4] + column[8]);
            ck_assert_double_eq(max->value[e * 4 + a], column[8]);
        }
    for (size_t k = 0; k < 6; k++) {
        const double *row = in->value + k * 4;
        ck_assert_double_eq(over_a->value[k], (row[0] + row[1] + row[2] + row[3]) / 4.0);
    }
}
END_TEST

START_TEST(what_does_not_vary_counts_once_per_member)
{
    closed_plate(w, "a", 5);
    const wick_var x = number(w, 0.3);

    ck_assert_double_eq(wick_value(wick_sum(x, "a")), 1.5);
    ck_assert_double_eq(wick_value(wick_mean(x, "a")), 0.3);
    ck_assert_double_eq(wick_value(wick_max(x, "a")), 0.3);
    ck_assert_double_eq_tol(wick_value(wick_logsumexp(x, "a")), 0.3 + log(5.0), 1e-15);
}
END_TEST

START_TEST(a_minibatch_stands_for_its_plate)
{
    const size_t picked[] = { 8, 1 };
    const uint32_t a = subsampled("a", 10, 2, picked);
    const wick_var i = wick_index(w, "a"),
                   x = index_over(wicki_set_with(w, 0, a), 2, (double[]){ 3, 4 });

    expect_values(i, 2, (double[]){ 8, 1 });
    ck_assert_double_eq(wick_value(wick_sum(x, "a")), 35.0); /* 7 times 10/2 */
    ck_assert_double_eq(wick_value(wick_mean(x, "a")), 3.5);
    ck_assert_double_eq(wick_value(wick_total(x)), 35.0);
    ck_assert_double_eq(wick_value(wick_sum(number(w, 0.3), "a")), 3.0);
    ck_assert_double_eq_tol(
        wick_value(wick_logsumexp(x, "a")), log(5.0 * (exp(3.0) + exp(4.0))), 1e-14);
    /* a full-plate table is taken by the members' own indices */
    const wick_var table = counted(1, (size_t[]){ 10 }, 0);
    expect_values(wick_at(table, i), 2, (double[]){ 8.5, 1.5 });
    expect_values(wick_take(x, i), 2, (double[]){ 3, 4 });
}
END_TEST

START_TEST(a_minibatch_is_not_joined)
{
    subsampled("a", 10, 2, NULL);
    wick_join(wick_num(w, 0.5), "a");
    expect_error(WICK_ERR_STATE, "wick_join: plate 'a' is subsampled (2 of 10 members)");
}
END_TEST

START_TEST(a_minibatch_is_indexed_by_its_own_index_only)
{
    const uint32_t a = subsampled("a", 10, 2, NULL);

    wick_take(counted(0, NULL, wicki_set_with(w, 0, a)), wick_num(w, 0));
    expect_error(WICK_ERR_STATE, "only its own wick_index can index it");
}
END_TEST

START_TEST(a_variable_enumerated_in_a_plate_is_not_summed_over_it)
{
    const dims d = dims_with(w, 4);
    const wicki_dim dim = { .kind = WICKI_ENUMERATED,
        .name = wick_name(w, "z"),
        .size = 3,
        .full = 3,
        .owners = set_of(w, &d, A) };
    const uint32_t z = wicki_set_with(w, 0, wicki_dim_new(w, &dim));

    wick_sum(counted(0, NULL, wicki_set_union(w, z, set_of(w, &d, A))), "a");
    expect_error(WICK_ERR_SHAPE, "there would be 3^4 cases");
}
END_TEST

START_TEST(a_total_refuses_what_is_no_plate)
{
    const dims d = dims_with(w, 4);

    wick_total(counted(0, NULL, set_of(w, &d, A | E)));
    expect_error(WICK_ERR_SHAPE, "varies over 'e', which is enumerated");
    wick_clear(w);
    const dims again = dims_with(w, 4);
    wick_total(counted(0, NULL, set_of(w, &again, A | M)));
    expect_error(WICK_ERR_SHAPE, "varies over 'm', which is an ambient dimension");
}
END_TEST

/* --- data -------------------------------------------------------------------------------------- */

START_TEST(data_is_read_outermost_plate_first)
{
    double x[4 * 3 * 2];

    for (size_t i = 0; i < 24; i++)
        x[i] = (double)i;
    /* memory: [2][inner 3][outer 4]; the user's: [outer][inner][2] */
    wick_plate_enter(w, &(wick_plate_options){ .name = "outer", .size = 4 });
    wick_plate_enter(w, &(wick_plate_options){ .name = "inner", .size = 3 });
    const wick_node *node = node_of(wick_data(w, x, 24, 2));
    wick_exit(w);
    wick_exit(w);
    for (size_t i = 0; i < 24; i++)
        ck_assert_double_eq(node->value[i], (double)((i % 4 * 3 + i / 4 % 3) * 2 + i / 12));
}
END_TEST

START_TEST(data_of_a_minibatch_is_its_rows)
{
    const size_t picked[] = { 3, 0 };
    const double x[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

    wick_plate_enter(w, &(wick_plate_options){ "a", 4, 2, picked });
    expect_values(wick_data(w, x, 8, 2), 4, (double[]){ 7, 1, 8, 2 });
    wick_exit(w);
}
END_TEST

START_TEST(data_of_another_size_is_not_read)
{
    wick_plate_enter(w, &(wick_plate_options){ .name = "a", .size = 4 });
    wick_data(w, (const double *)1, 5);
    expect_error(WICK_ERR_SHAPE, "wick_data: got 5 numbers, need 4 (plate 'a' 4, event of 1)");
    wick_exit(w);
}
END_TEST

START_TEST(plain_data_in_order_is_used_in_place)
{
    const double x[] = { 1.5, 2.5, 3.5 };

    wick_plate_enter(w, &(wick_plate_options){ .name = "a", .size = 3 });
    ck_assert_ptr_eq(node_of(wick_data(w, x, 3))->value, x);
    wick_exit(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dims");
    TCase *sets = tcase_create("sets"), *taking = tcase_create("taking");
    TCase *views = tcase_create("views"), *plates = tcase_create("plates");

    tcase_add_checked_fixture(sets, start, finish);
    tcase_add_test(sets, dimensions_lie_by_kind_and_plates_from_small_to_large);
    tcase_add_test(sets, equal_unions_are_one_set_however_they_were_made);
    tcase_add_test(sets, sixteen_dimensions_are_allowed_and_seventeen_are_listed);
    tcase_add_test(sets, a_set_too_large_for_memory_is_an_error);
    tcase_add_test(sets, values_are_read_member_by_member);
    tcase_add_test(sets, sixteen_dimensions_and_four_axes_are_walked);
    tcase_add_checked_fixture(taking, start, finish);
    tcase_add_test(taking, taking_along_a_plate_picks_members);
    tcase_add_test(taking, dimensions_that_value_and_index_share_go_element_by_element);
    tcase_add_test(taking, taking_along_the_event_when_no_plate_is_closed);
    tcase_add_test(taking, taking_inside_the_plate_is_along_the_event);
    tcase_add_test(taking, taking_from_several_closed_plates_needs_a_name);
    tcase_add_loop_test(taking, an_index_that_is_none_is_an_error, 0, 6);
    tcase_add_test(taking, an_index_in_a_vector_is_an_error);
    tcase_add_test(taking, a_scalar_cannot_be_indexed);
    tcase_add_test(taking, a_leading_axis_becomes_a_plate_and_comes_back);
    tcase_add_test(taking, splitting_along_a_plate_that_is_there_takes_the_diagonal);
    tcase_add_test(taking, an_axis_of_another_size_is_not_split);
    tcase_add_test(taking, two_joins_make_a_matrix_of_all_pairs);
    tcase_add_test(taking, joining_what_does_not_vary_repeats_it);
    tcase_add_test(taking, a_fifth_axis_is_not_joined);
    tcase_add_test(taking, a_plate_of_no_name_in_this_step_is_an_error);
    tcase_add_test(taking, group_sums_add_members_by_their_index);
    tcase_add_test(taking, group_sums_and_taking_are_adjoint);
    tcase_add_test(taking, a_group_sum_needs_two_plates);
    tcase_add_checked_fixture(views, start, finish);
    tcase_add_test(views, views_of_the_event_are_the_elements_they_name);
    tcase_add_test(views, a_diagonal_is_every_n_plus_first_element);
    tcase_add_loop_test(views, axes_that_are_not_there_are_errors, 0, N_VIEW_ERRORS);
    tcase_add_checked_fixture(plates, start, finish);
    tcase_add_test(plates, a_reduction_over_a_plate_leaves_the_other_dimensions);
    tcase_add_test(plates, what_does_not_vary_counts_once_per_member);
    tcase_add_test(plates, a_minibatch_stands_for_its_plate);
    tcase_add_test(plates, a_minibatch_is_not_joined);
    tcase_add_test(plates, a_minibatch_is_indexed_by_its_own_index_only);
    tcase_add_test(plates, a_variable_enumerated_in_a_plate_is_not_summed_over_it);
    tcase_add_test(plates, a_total_refuses_what_is_no_plate);
    tcase_add_test(plates, data_is_read_outermost_plate_first);
    tcase_add_test(plates, data_of_a_minibatch_is_its_rows);
    tcase_add_test(plates, data_of_another_size_is_not_read);
    tcase_add_test(plates, plain_data_in_order_is_used_in_place);
    suite_add_tcase(suite, sets);
    suite_add_tcase(suite, taking);
    suite_add_tcase(suite, views);
    suite_add_tcase(suite, plates);
    return run_suite(suite);
}
