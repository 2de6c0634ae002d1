/* Steps of a chain, and the way back: against long double, in every build. */
#include "kernel/chain.h"
#include "kernel/kernels.h"

#include "../support/suite.h"

extern const wicki_kernels wicki_kernels_plain;

/* Inside of loops: an assertion that holds costs Check a write to a file. */
#define MUST(holds, ...)               \
    do {                               \
        if (!(holds))                  \
            ck_abort_msg(__VA_ARGS__); \
    } while (0)

/* The build number i that can run here, the plain one first; NULL after the last. */
static const wicki_kernels *build(size_t i)
{
    if (i-- == 0)
        return &wicki_kernels_plain;
    for (size_t k = 0; k < wicki_n_kernel_tables; k++)
        if (wicki_kernels_usable(wicki_kernel_tables[k]) && i-- == 0)
            return wicki_kernel_tables[k];
    return NULL;
}

/* --- problems -------------------------------------------------------------------------------- */

/* A table [states][results]; members of plates, or 0: a vector. */
typedef struct sizes {
    size_t states, results, members;
} sizes;

static const sizes SIZES[] = { { 1, 1, 0 }, { 2, 2, 0 }, { 3, 5, 0 }, { 7, 8, 0 }, { 8, 9, 0 },
    { 16, 16, 0 }, { 17, 24, 0 }, { 33, 15, 0 }, { 1, 2, 1 }, { 2, 3, 5 }, { 3, 3, 8 }, { 4, 4, 9 },
    { 5, 9, 16 }, { 16, 16, 17 }, { 3, 17, 40 } };
enum { N_SIZES = sizeof SIZES / sizeof *SIZES };

/* Arrays of exactly their size, so that a tool may find what is read beyond them. */
typedef struct problem {
    sizes n;
    double *log, *table, *turned, *message, *message_offset, *message_scale, *g;
    double *u, *p, *offset, *scale, *unsafe, *value, *h, *du, *to[2], *table_adjoint, *sums;
} problem;

static double scatter(uint64_t seed, uint64_t index)
{
    uint64_t x = (seed + 1) * 0x9e3779b97f4a7c15u + (index + 1) * 0xd1342543de82ef95u;

    x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u;
    return (double)(int64_t)(x ^ x >> 32) * 0x1p-63;
}

static double *array(size_t n, uint64_t seed, double low, double high)
{
    double *x = malloc(n * sizeof *x);

    for (size_t i = 0; i < n; i++)
        x[i] = low + (high - low) * (0.5 + 0.5 * scatter(seed, i));
    return x;
}

static size_t members_of(const problem *q)
{
    return q->n.members ? q->n.members : 1;
}

static problem make(sizes n)
{
    const size_t m = n.members ? n.members : 1, u = n.states * m, r = n.results * m;
    const size_t t = n.states * n.results;
    problem q = { .n = n };

    q.log = array(u, 1, -90.0, -60.0);
    q.table = array(t, 2, 0.0, 1.0);
    q.turned = array(t, 2, 0.0, 1.0);
    for (size_t i = 0; i < t; i++)
        q.turned[i % n.results * n.states + i / n.results] = q.table[i];
    q.message = array(u, 3, 0.1, 2.0);
    q.message_offset = array(m, 4, -20.0, 20.0);
    q.message_scale = array(m, 5, 1.0, 1.0);
    q.g = array(r, 6, -1.0, 1.0);
    double **room[] = { &q.u, &q.p, &q.offset, &q.scale, &q.unsafe, &q.value, &q.h, &q.du, &q.to[0],
        &q.to[1], &q.table_adjoint, &q.sums };
    const size_t size[] = { u, r, m, m, m, r, r, u, u, u, t, 8 * t };
    for (size_t i = 0; i < sizeof size / sizeof *size; i++)
        *room[i] = array(size[i], i, 0.0, 0.0);
    if (r > 2)
        q.g[1] = 0.0;
    return q;
}

static void discard(problem *q)
{
    double *all[] = { q->log, q->table, q->turned, q->message, q->message_offset, q->message_scale,
        q->g, q->u, q->p, q->offset, q->scale, q->unsafe, q->value, q->h, q->du, q->to[0], q->to[1],
        q->table_adjoint, q->sums };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

static wicki_chain_step step_of(const problem *q, const wicki_chain_place *place)
{
    const size_t m = members_of(q);
    const bool plates = q->n.members > 0;

    return (wicki_chain_step){ .states = q->n.states,
        .results = q->n.results,
        .members = m,
        .plates = plates,
        .weights_one = !plates,
        .product = { .rows = plates ? q->n.results : 1,
            .terms = q->n.states,
            .n = plates ? m : q->n.results,
            .out_row = plates ? m : 0,
            .one_row = plates,
            .one_term = plates ? q->n.results : 1,
            .many_term = plates ? m : q->n.results },
        .n_places = 1,
        .place = place,
        .table = q->table,
        .turned = plates ? NULL : q->turned,
        .u = q->u,
        .out = { q->p, q->offset, q->scale } };
}

static void run(const wicki_kernels *kernels, problem *q)
{
    static const wicki_chain_place FIRST = { 0, 0, 0 };
    const wicki_chain_message message = { q->message, q->message_offset, q->message_scale };
    const wicki_chain_step s = step_of(q, &FIRST);
    const wicki_chain_adjoint a = { .g = q->g,
        .h = q->h,
        .du = q->du,
        .to = { q->to[0], q->to[1] },
        .fresh = { true, false },
        .table = q->n.members ? NULL : q->table_adjoint,
        .sums = q->n.members ? q->sums : NULL };

    const size_t unsafe = kernels->chain->forward(&s, q->log, &message, 0.25, q->value, q->unsafe);
    MUST(unsafe == 0, "%s: %zu members are unsafe", kernels->name, unsafe);
    kernels->chain->reverse(&s, &a);
    for (size_t i = 0; q->n.members && i < q->n.states * q->n.results; i++)
        for (size_t j = 0; j < 8; j++)
            q->table_adjoint[i] += q->sums[8 * i + j];
}

/* --- tests ----------------------------------------------------------------------------------- */

static bool near(double got, long double want)
{
    return fabsl(got - want) <= 4e-14L * (1.0L + fabsl(want));
}

static void compare(const wicki_kernels *kernels, const problem *q)
{
    const size_t m = members_of(q), k = q->n.states, r = q->n.results;
    long double *to_log = calloc(k * m, sizeof *to_log),
                *to_table = calloc(k * r, sizeof *to_table);

    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < r; j++) {
            long double sum = 0.0;
            for (size_t a = 0; a < k; a++)
                sum +=
                    expl(q->log[a * m + i] + 70.0L) * q->message[a * m + i] * q->table[a * r + j];
            const long double want = logl(sum) - 70.0L + q->message_offset[i] + 0.25L;
            MUST(near(q->value[j * m + i], want), "%s: value %zu, %zu is %.17g, want %.17Lg",
                kernels->name, j, i, q->value[j * m + i], want);
            for (size_t a = 0; a < k; a++) {
                const long double u =
                    expl(q->log[a * m + i] + 70.0L) * q->message[a * m + i] / sum * q->g[j * m + i];
                to_log[a * m + i] += u * q->table[a * r + j];
                to_table[a * r + j] += u;
            }
        }
    for (size_t i = 0; i < k * m; i++)
        MUST(near(q->to[0][i], to_log[i]) && near(q->to[1][i], to_log[i]),
            "%s: adjoint %zu is %.17g and %.17g, want %.17Lg", kernels->name, i, q->to[0][i],
            q->to[1][i], to_log[i]);
    for (size_t i = 0; i < k * r; i++)
        MUST(near(q->table_adjoint[i], to_table[i]), "%s: table %zu is %.17g, want %.17Lg",
            kernels->name, i, q->table_adjoint[i], to_table[i]);
    free(to_log);
    free(to_table);
}

START_TEST(sums_and_gradients_are_those_of_long_double)
{
    for (size_t b = 0; build(b); b++) {
        problem q = make(SIZES[_i]);
        run(build(b), &q);
        compare(build(b), &q);
        discard(&q);
    }
}
END_TEST

static bool same(const double *a, const double *b, size_t n)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}

START_TEST(all_builds_of_a_mode_give_the_same_bits)
{
    const size_t m = SIZES[_i].members ? SIZES[_i].members : 1;
    const size_t u = SIZES[_i].states * m, r = SIZES[_i].results * m;
    const size_t t = SIZES[_i].states * SIZES[_i].results;
    problem first[2];
    bool found[2] = { false, false };

    for (size_t b = 0; build(b); b++) {
        const wicki_kernels *kernels = build(b);
        problem q = make(SIZES[_i]), *f = &first[kernels->fast];
        run(kernels, &q);
        if (found[kernels->fast])
            MUST(same(q.value, f->value, r) && same(q.p, f->p, r) && same(q.u, f->u, u) &&
                    same(q.to[0], f->to[0], u) && same(q.table_adjoint, f->table_adjoint, t),
                "%s differs", kernels->name);
        if (found[kernels->fast])
            discard(&q);
        else
            *f = q;
        found[kernels->fast] = true;
    }
    for (int i = 0; i < 2; i++)
        if (found[i])
            discard(&first[i]);
}
END_TEST

/* A weight that underflows must not hide in a sum that nearly does. */
START_TEST(sums_that_nearly_underflow_are_reported)
{
    static const double TABLE[4] = { 1.0, 1e-260, 1.0, 0.0 }, LOG[2] = { -1.0, -700.0 };
    static const wicki_chain_place FIRST = { 0, 0, 0 };

    for (size_t b = 0; build(b); b++) {
        problem q = make((sizes){ 2, 2, 0 });
        memcpy(q.table, TABLE, sizeof TABLE);
        const wicki_chain_step s = step_of(&q, &FIRST);
        ck_assert_uint_eq(build(b)->chain->forward(&s, LOG, NULL, 0.0, q.value, q.unsafe), 1);
        ck_assert(*q.unsafe == 1.0);
        q.table[1] = 1e-200;
        ck_assert_uint_eq(build(b)->chain->forward(&s, LOG, NULL, 0.0, q.value, q.unsafe), 0);
        q.table[3] = NAN;
        ck_assert_uint_eq(build(b)->chain->forward(&s, LOG, NULL, 0.0, q.value, q.unsafe), 1);
        discard(&q);
    }
}
END_TEST

START_TEST(pairs_add_up_to_the_product_of_their_matrices)
{
    const size_t rows = SIZES[_i].states, columns = SIZES[_i].results, n = 5;

    for (size_t b = 0; build(b); b++) {
        double *u = array(n * rows, 7, -1.0, 1.0), *h = array(n * columns, 8, -1.0, 1.0);
        double *table = array(rows * columns, 9, -1.0, 1.0);
        double *before = array(rows * columns, 9, -1.0, 1.0);
        wicki_chain_pair pair[5];
        for (size_t j = 0; j < n; j++)
            pair[j] = (wicki_chain_pair){ u + j * rows, h + j * columns };
        build(b)->chain->outer(n, pair, rows, columns, table);
        for (size_t i = 0; i < rows * columns; i++) {
            long double want = before[i];
            for (size_t j = 0; j < n; j++)
                want += (long double)pair[j].u[i / columns] * pair[j].h[i % columns];
            MUST(near(table[i], want), "%s: %zu is %.17g, want %.17Lg", build(b)->name, i, table[i],
                want);
        }
        free(u);
        free(h);
        free(table);
        free(before);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chain kernel");
    TCase *tests = new_case(suite, "chain");

    tcase_add_loop_test(tests, sums_and_gradients_are_those_of_long_double, 0, N_SIZES);
    tcase_add_loop_test(tests, all_builds_of_a_mode_give_the_same_bits, 0, N_SIZES);
    tcase_add_test(tests, sums_that_nearly_underflow_are_reported);
    tcase_add_loop_test(tests, pairs_add_up_to_the_product_of_their_matrices, 0, N_SIZES);
    return run_suite(suite);
}
