/* Compiled steps on several threads give the bits that one thread gives; a fork in between too. */
#include "tests/graph/zoo.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
#define SANITIZED
#elif defined __has_feature
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

enum { MEMBERS = 20000, N_MODELS = 5 };

/* One pass; draws and a gradient per member; a drawn minibatch; passes; nested. */
static const char *const MODELS[N_MODELS] = { "mixture", "drawn", "drawn minibatch", "standardised",
    "smaller inside" };

static wick_svi_options on_threads(size_t threads)
{
    return (wick_svi_options){ .compile = true, .threads = threads };
}

START_TEST(any_number_of_threads_gives_the_same_bits)
{
    static const size_t THREADS[] = { 0, 2, 3, 7, WICK_ALL_THREADS };
    const zoo_model *z = zoo_named(MODELS[_i]);
    zoo_data d = zoo_data_new(MEMBERS);
    const zoo_fit one = zoo_fit_of(z, &d, on_threads(1));

    for (int i = 0; i < 5; i++) {
        const zoo_fit several = zoo_fit_of(z, &d, on_threads(THREADS[i]));
        zoo_same(z, &d, &several, &one, 0.0);
        zoo_fit_free(several);
    }
    zoo_fit_free(one);
    zoo_data_free(d);
}
END_TEST

/* --- one handle ------------------------------------------------------------------------------- */

static double step_with(wick *w, const zoo_model *z, zoo_data *d, size_t threads, int steps)
{
    wick_svi *svi = zoo_svi(w, z, d, on_threads(threads));
    double loss = NAN;

    for (int i = 0; i < steps; i++)
        loss = wick_svi_step(svi);
    wick_svi_free(svi);
    return loss;
}

START_TEST(one_handle_serves_pools_of_any_size_one_after_the_other)
{
    static const size_t THREADS[] = { 3, 1, 7, 2, 3 };
    const zoo_model *z = zoo_named("mixture");
    zoo_data d = zoo_data_new(MEMBERS);
    wick *w = wick_new(NULL), *alone = wick_new(NULL);

    for (int i = 0; i < 5; i++)
        ck_assert_double_eq(step_with(w, z, &d, THREADS[i], 3), step_with(alone, z, &d, 1, 3));
    assert_ok(w);
    wick_free(w);
    wick_free(alone);
    zoo_data_free(d);
}
END_TEST

/* --- handles side by side --------------------------------------------------------------------- */

typedef struct side {
    pthread_t thread;
    const zoo_model *z;
    zoo_data *d;
    double loss;
} side;

static void *fit_on_two(void *arg)
{
    side *s = arg;
    wick *w = wick_new(NULL);

    s->loss = step_with(w, s->z, s->d, 2, 4);
    wick_free(w);
    return NULL;
}

START_TEST(handles_with_pools_of_their_own_do_not_meet)
{
    zoo_data d = zoo_data_new(MEMBERS);
    side sides[4];

    for (int i = 0; i < 4; i++) {
        sides[i] = (side){ .z = zoo_named(MODELS[i % 2]), .d = &d };
        ck_assert_int_eq(pthread_create(&sides[i].thread, NULL, fit_on_two, &sides[i]), 0);
    }
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_join(sides[i].thread, NULL), 0);
    for (int i = 0; i < 2; i++) {
        wick *w = wick_new(NULL);
        const double want = step_with(w, sides[i].z, &d, 1, 4);
        ck_assert_double_eq(sides[i].loss, want);
        ck_assert_double_eq(sides[i + 2].loss, want);
        wick_free(w);
    }
    zoo_data_free(d);
}
END_TEST

/* --- fork ------------------------------------------------------------------------------------- */

/* Goes on with the fit, then frees all; the losses go to the parent. */
static void child(wick *w, wick_svi *svi, int out)
{
    double losses[4];

    for (int i = 0; i < 4; i++)
        losses[i] = wick_svi_step(svi);
    const bool ok = wick_status(w) == WICK_OK && write(out, losses, sizeof losses) == sizeof losses;
    wick_svi_free(svi);
    wick_free(w);
    _exit(ok ? EXIT_SUCCESS : EXIT_FAILURE);
}

START_TEST(after_a_fork_parent_and_child_go_on_with_the_same_bits)
{
    const zoo_model *z = zoo_named(MODELS[_i]);
    zoo_data d = zoo_data_new(MEMBERS);
    wick *w = wick_new(NULL);
    wick_svi *svi = zoo_svi(w, z, &d, on_threads(3));
    double own[4], of_child[4] = { 0 };
    int ends[2], status = 0;

    for (int i = 0; i < 3; i++)
        wick_svi_step(svi); /* the threads have run */
    assert_ok(w);
    ck_assert_int_eq(pipe(ends), 0);
    const pid_t process = fork();
    ck_assert_int_ge(process, 0);
    if (process == 0)
        child(w, svi, ends[1]);
    for (int i = 0; i < 4; i++)
        own[i] = wick_svi_step(svi);
    ck_assert_int_eq(waitpid(process, &status, 0), process);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
    ck_assert_int_eq(read(ends[0], of_child, sizeof of_child), sizeof of_child);
    assert_same_bits(of_child, own, 4);
    close(ends[0]);
    close(ends[1]);
    wick_svi_free(svi);
    wick_free(w);
    zoo_data_free(d);
}
END_TEST

START_TEST(threads_beyond_the_number_of_blocks_are_not_made)
{
    const zoo_model *z = zoo_named("mixture");
    zoo_data d = zoo_data_new(MEMBERS);
    wick *w = wick_new(NULL), *alone = wick_new(NULL);

    ck_assert_double_eq(step_with(w, z, &d, 100000, 3), step_with(alone, z, &d, 1, 3));
    assert_ok(w);
    wick_free(w);
    wick_free(alone);
    zoo_data_free(d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threads_graph");
    TCase *tests = new_case(suite, "threads_graph");

    tcase_add_loop_test(tests, any_number_of_threads_gives_the_same_bits, 0, N_MODELS);
    tcase_add_test(tests, one_handle_serves_pools_of_any_size_one_after_the_other);
    tcase_add_test(tests, handles_with_pools_of_their_own_do_not_meet);
    tcase_add_test(tests, threads_beyond_the_number_of_blocks_are_not_made);
/* A sanitizer of threads forbids new ones after a fork; the allocator of one of addresses may stay
 * locked in the child by a thread that was just beginning. check_threads_pool forks under the
 * latter, once all have begun. */
#ifndef SANITIZED
    tcase_add_loop_test(tests, after_a_fork_parent_and_child_go_on_with_the_same_bits, 0, 2);
#endif
    return run_suite(suite);
}
