/* Data shared out over processes: sums over the plate are added by pipes, the fit is the same. */
#include "tests/graph/zoo.h"

#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 3, REDUCE_STEPS = 20, MOST_SUMS = 64, MOST_PARAMS = 16 };

/* What a worker hands in and gets back, and what the parent reads in the end. */
typedef struct worker {
    int to[2], from[2]; /* pipes: parent to worker, worker to parent */
    pid_t process;
    size_t calls;
} worker;

typedef struct result {
    double losses[REDUCE_STEPS], params[MOST_PARAMS];
    size_t n_params, calls;
    bool ok;
} result;

static bool send_all(int to, const void *bytes, size_t n)
{
    for (const char *p = bytes; n > 0;) {
        const ssize_t sent = write(to, p, n);
        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool receive_all(int from, void *bytes, size_t n)
{
    for (char *p = bytes; n > 0;) {
        const ssize_t got = read(from, p, n);
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

/* In a worker: all processes' sums instead of its own. */
static void add_over_processes(double *sums, size_t n, void *arg)
{
    worker *self = arg;

    self->calls++;
    if (!send_all(self->from[1], &n, sizeof n) ||
        !send_all(self->from[1], sums, n * sizeof *sums) ||
        !receive_all(self->to[0], sums, n * sizeof *sums))
        _exit(EXIT_FAILURE);
}

/* In the parent: adds in the order of the processes, and gives the sums to all. n = 0: the end. */
static size_t serve_once(worker *workers)
{
    double total[MOST_SUMS] = { 0 }, own[MOST_SUMS];
    size_t n = 0, first = 0;

    for (int i = 0; i < WORKERS; i++) {
        ck_assert(receive_all(workers[i].from[0], &n, sizeof n));
        ck_assert_uint_le(n, MOST_SUMS);
        if (i == 0)
            first = n;
        ck_assert_uint_eq(n, first); /* all are at the same place */
        ck_assert(receive_all(workers[i].from[0], own, n * sizeof *own));
        for (size_t j = 0; j < n; j++)
            total[j] += own[j];
    }
    for (int i = 0; i < WORKERS && n > 0; i++)
        ck_assert(send_all(workers[i].to[1], total, n * sizeof *total));
    return n;
}

/* --- one fit ---------------------------------------------------------------------------------- */

static void fit_part(const zoo_model *z, zoo_data part, worker *self, size_t threads, result *r)
{
    wick_svi_options o = {
        .compile = true, .threads = threads, .graph = { .plate = "data", .tile = 64 }
    };
    wick *w = wick_new(&(wick_options){ .seed = 3 });

    if (self) {
        o.graph.reduce = add_over_processes;
        o.graph.reduce_arg = self;
    }
    wick_svi *svi = zoo_svi(w, z, &part, o);
    for (int i = 0; i < REDUCE_STEPS; i++)
        r->losses[i] = wick_svi_step(svi);
    r->n_params = count_values(w);
    get_all(w, r->params);
    r->ok = wick_status(w) == WICK_OK;
    r->calls = self ? self->calls : 0;
    wick_svi_free(svi);
    wick_free(w);
}

static void work_in_child(
    const zoo_model *z, const zoo_data *d, const size_t *first, int number, worker *self)
{
    static const size_t none = 0;
    const size_t end = number + 1 < WORKERS ? first[number + 1] : d->n;
    zoo_data part = *d;
    result r = { .ok = false };

    part.x += first[number];
    part.y += first[number];
    part.n = end - first[number];
    fit_part(z, part, self, number == 1 ? 2 : 1, &r);
    const bool sent =
        send_all(self->from[1], &none, sizeof none) && send_all(self->from[1], &r, sizeof r);
    _exit(sent ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void start_workers(
    const zoo_model *z, const zoo_data *d, const size_t *first, worker *workers)
{
    for (int i = 0; i < WORKERS; i++) {
        ck_assert_int_eq(pipe(workers[i].to), 0);
        ck_assert_int_eq(pipe(workers[i].from), 0);
        workers[i].calls = 0;
        workers[i].process = fork();
        ck_assert_int_ge(workers[i].process, 0);
        if (workers[i].process == 0)
            work_in_child(z, d, first, i, &workers[i]);
        close(workers[i].to[0]);
        close(workers[i].from[1]);
    }
}

static void end_workers(worker *workers)
{
    for (int i = 0; i < WORKERS; i++) {
        int status = 0;
        ck_assert_int_eq(waitpid(workers[i].process, &status, 0), workers[i].process);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
        close(workers[i].to[1]);
        close(workers[i].from[0]);
    }
}

/* A fit of three processes and one of all data in this process. */
static void compare_with_one(const zoo_model *z, const size_t *first, size_t n, size_t calls)
{
    zoo_data d = zoo_data_new(n);
    worker workers[WORKERS];
    result of[WORKERS], one;

    start_workers(z, &d, first, workers);
    while (serve_once(workers) > 0)
        ;
    for (int i = 0; i < WORKERS; i++)
        ck_assert(receive_all(workers[i].from[0], &of[i], sizeof of[i]));
    end_workers(workers);
    fit_part(z, d, NULL, 1, &one);
    ck_assert(one.ok);
    for (int i = 0; i < WORKERS; i++) {
        ck_assert(of[i].ok);
        ck_assert_uint_eq(of[i].calls, calls);
        ck_assert_uint_eq(of[i].n_params, one.n_params);
        assert_same_bits(of[i].losses, of[0].losses, REDUCE_STEPS);
        assert_same_bits(of[i].params, of[0].params, one.n_params);
    }
    for (int i = 0; i < REDUCE_STEPS; i++)
        assert_close(of[0].losses[i], one.losses[i], 1e-10);
    for (size_t i = 0; i < one.n_params; i++)
        assert_close(of[0].params[i], one.params[i], 1e-10);
    zoo_data_free(d);
}

START_TEST(three_processes_with_a_third_of_the_data_each_make_the_fit_of_one)
{
    static const size_t THIRDS[WORKERS] = { 0, 1700, 3400 };

    compare_with_one(zoo_named("mixture"), THIRDS, 5100, REDUCE_STEPS);
}
END_TEST

START_TEST(processes_may_have_very_different_numbers_of_members)
{
    static const size_t FIRST[WORKERS] = { 0, 1, 41 }; /* one, forty, two thousand */

    compare_with_one(zoo_named("mixture"), FIRST, 2041, REDUCE_STEPS);
}
END_TEST

/* A total that enters a logarithm: two passes, the first for the value. */
static void total_model(wick *w, void *arg)
{
    const zoo_data *d = arg;
    const wick_var a = real_param(w, "a", 0.4), b = real_param(w, "b", -0.3);
    wick_var x = WICK_VAR_NONE;

    WICK_PLATE (w, "data", d->n) {
        x = wick_exp(wick_mul(wick_data(w, d->x, d->n), a));
        wick_observe(w, "y", wick_normal(wick_add(a, b), 0.9), wick_data(w, d->y, d->n));
    }
    const wick_var total = wick_sum(x, "data");
    wick_factor(w, "total", wick_neg(wick_square(wick_sub(wick_log(total), 7.5))));
}

START_TEST(sums_that_enter_in_a_way_that_is_not_linear_are_added_in_each_pass)
{
    static const zoo_model TOTAL = { "total", total_model, do_nothing, NULL, NULL, "data", 1,
        PASSES };
    static const size_t THIRDS[WORKERS] = { 0, 1700, 3400 };

    compare_with_one(&TOTAL, THIRDS, 5100, 2 * REDUCE_STEPS);
}
END_TEST

static void never(double *sums, size_t n, void *arg)
{
    (void)sums;
    (void)n;
    ++*(int *)arg;
}

static wick_var square_of(wick *w, void *arg)
{
    (void)arg;
    return wick_square(wick_param(w, "m", wick_init_num(1.5), wick_real()));
}

START_TEST(reduce_without_a_plate_to_sum_over_is_an_error)
{
    int calls = 0;
    wick *w = wick_new(NULL);
    wick_graph *g = wick_graph_new(
        w, square_of, NULL, &(wick_graph_options){ .reduce = never, .reduce_arg = &calls });

    ck_assert(isnan(wick_graph_run(g)));
    ck_assert_int_eq(wick_status(w), WICK_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(wick_message(w), "name the plate in .plate"));
    ck_assert_int_eq(calls, 0);
    wick_graph_free(g);
    wick_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reduce");
    TCase *tests = new_case(suite, "reduce");

    tcase_add_test(tests, three_processes_with_a_third_of_the_data_each_make_the_fit_of_one);
    tcase_add_test(tests, processes_may_have_very_different_numbers_of_members);
    tcase_add_test(tests, sums_that_enter_in_a_way_that_is_not_linear_are_added_in_each_pass);
    tcase_add_test(new_case(suite, "errors"), reduce_without_a_plate_to_sum_over_is_an_error);
    return run_suite(suite);
}
