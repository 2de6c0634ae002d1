/* The pool: every job once, for any number of threads, across sleeps and forks. */
#ifdef __linux__
#define _GNU_SOURCE /* pthread_setattr_default_np, which makes pthread_create fail */
#endif

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/pool.h"
#include "tests/support/memory.h"
#include "tests/support/suite.h"

enum { MOST_JOBS = 1000, MOST_THREADS = 9 };

#if defined __SANITIZE_THREAD__
#define THREAD_SANITIZER
#elif defined __has_feature
#if __has_feature(thread_sanitizer)
#define THREAD_SANITIZER
#endif
#endif

/* A handle, whose allocations are counted, and a pool. */
typedef struct fixture {
    memory m;
    wick *w;
    wicki_pool *pool;
} fixture;

static void set_up(fixture *f, size_t threads)
{
    *f = (fixture){ .w = NULL };
    const wick_options options = memory_options(&f->m, 0);
    f->w = wick_new(&options);
    f->pool = wicki_pool_new(f->w, threads);
    assert_ok(f->w);
}

static void tear_down(fixture *f)
{
    wicki_pool_free(f->pool);
    wick_free(f->w);
    ck_assert_uint_eq(f->m.blocks, 0);
}

/* What the jobs of a run left behind. Nothing here is atomic: that is what the sanitizer checks. */
typedef struct tally {
    size_t threads, factor; /* factor: read by the jobs, changed before each run */
    size_t product[MOST_JOBS], calls[MOST_JOBS];
    size_t last[MOST_THREADS]; /* 1 + the last index of each worker */
} tally;

static void count_job(void *arg, size_t index, size_t worker)
{
    tally *t = arg;

    t->product[index] = index * t->factor;
    t->calls[index]++;
    if (worker >= t->threads || index < t->last[worker])
        t->calls[index] = MOST_JOBS; /* no such worker, or out of order */
    else
        t->last[worker] = index + 1;
}

static bool is_right(const tally *t, size_t n_jobs)
{
    for (size_t i = 0; i < n_jobs; i++)
        if (t->calls[i] != 1 || t->product[i] != i * t->factor)
            return false;
    for (size_t i = n_jobs; i < MOST_JOBS; i++)
        if (t->calls[i] != 0)
            return false;
    return true;
}

/* A run with its check; false if a job was left out, done twice, or not seen here. */
static bool run_once(wicki_pool *pool, size_t threads, size_t n_jobs, size_t factor)
{
    tally t = { .threads = threads, .factor = factor };

    wicki_pool_run(pool, n_jobs, count_job, &t);
    return is_right(&t, n_jobs);
}

static void pause_for(long microseconds)
{
    nanosleep(&(struct timespec){ .tv_nsec = microseconds * 1000 }, NULL);
}

/* --- jobs ------------------------------------------------------------------------------------- */

START_TEST(each_index_is_done_once_and_in_order_for_every_worker)
{
    static const size_t JOBS[] = { 0, 1, 2, 3, 5, 8, 64, 101, MOST_JOBS };
    const size_t threads = (size_t)_i;
    fixture f;

    set_up(&f, threads);
    for (size_t j = 0; j < sizeof JOBS / sizeof *JOBS; j++)
        for (size_t i = 0; i < 20; i++)
            ck_assert(run_once(f.pool, threads ? threads : 1, JOBS[j], 7 * i + j + 3));
    tear_down(&f);
}
END_TEST

/* Jobs that wait for each other end only if each has a thread of its own. */
typedef struct meeting {
    atomic_size_t arrived;
    size_t expected;
    size_t worker[MOST_THREADS];
} meeting;

static void meet(void *arg, size_t index, size_t worker)
{
    meeting *m = arg;

    m->worker[index] = worker;
    atomic_fetch_add(&m->arrived, 1);
    while (atomic_load(&m->arrived) < m->expected)
        sched_yield();
}

static bool all_meet(wicki_pool *pool, size_t threads)
{
    meeting m = { .expected = threads };
    size_t seen = 0;

    wicki_pool_run(pool, threads, meet, &m);
    for (size_t i = 0; i < threads; i++)
        seen |= (size_t)1 << m.worker[i];
    return seen == ((size_t)1 << threads) - 1;
}

START_TEST(as_many_jobs_as_threads_run_side_by_side)
{
    const size_t threads = (size_t)_i;
    fixture f;

    set_up(&f, threads);
    for (int i = 0; i < 50; i++)
        ck_assert(all_meet(f.pool, threads));
    tear_down(&f);
}
END_TEST

START_TEST(a_larger_run_after_a_smaller_one_gets_its_threads)
{
    fixture f;

    set_up(&f, 6);
    for (size_t threads = 2; threads <= 6; threads++)
        ck_assert(all_meet(f.pool, threads));
    tear_down(&f);
}
END_TEST

/* --- runs ------------------------------------------------------------------------------------- */

START_TEST(ten_thousand_runs_back_to_back_are_right)
{
    const size_t threads = (size_t)_i;
    tally t = { .threads = threads };
    fixture f;

    set_up(&f, threads);
    for (size_t i = 0; i < 10000; i++) {
        const size_t n_jobs = 2 + i % 7;
        t.factor = i + 3;
        memset(t.calls, 0, sizeof t.calls);
        memset(t.last, 0, sizeof t.last);
        wicki_pool_run(f.pool, n_jobs, count_job, &t);
        ck_assert(is_right(&t, n_jobs));
    }
    tear_down(&f);
}
END_TEST

START_TEST(runs_are_right_whether_the_workers_sleep_or_not)
{
    const size_t threads = (size_t)_i;
    fixture f;

    set_up(&f, threads);
    for (size_t i = 0; i < 400; i++) { /* around the time after which they fall asleep */
        pause_for((long)(i % 20) * 20);
        ck_assert(run_once(f.pool, threads, 2 + i % 11, i + 5));
        if (i % 10 == 0)
            ck_assert(all_meet(f.pool, threads));
    }
    tear_down(&f);
}
END_TEST

static void dawdle(void *arg, size_t index, size_t worker)
{
    size_t *done = arg;

    if (worker != 0)
        pause_for(300 + 10 * (long)index);
    else
        sched_yield();
    done[index]++;
}

START_TEST(the_caller_sleeps_until_a_worker_that_takes_long_is_done)
{
    enum { RUNS = 100, JOBS = 5 };
    size_t done[JOBS] = { 0 };
    fixture f;

    set_up(&f, 3);
    for (size_t i = 1; i <= RUNS; i++) {
        wicki_pool_run(f.pool, JOBS, dawdle, done);
        for (size_t j = 0; j < JOBS; j++)
            ck_assert_uint_eq(done[j], i);
    }
    tear_down(&f);
}
END_TEST

START_TEST(two_pools_of_one_handle_do_not_meet)
{
    fixture f;

    set_up(&f, 3);
    wicki_pool *other = wicki_pool_new(f.w, 4);
    for (size_t i = 0; i < 300; i++) {
        ck_assert(run_once(f.pool, 3, 9, i + 3));
        ck_assert(run_once(other, 4, 17, i + 4));
    }
    wicki_pool_free(other);
    tear_down(&f);
}
END_TEST

/* --- memory and limits ------------------------------------------------------------------------ */

START_TEST(a_pool_that_never_ran_is_freed)
{
    fixture f;

    set_up(&f, 5);
    tear_down(&f);
    wicki_pool_free(NULL);
}
END_TEST

START_TEST(a_pool_is_freed_at_any_moment_after_a_run)
{
    for (long i = 0; i < 100; i++) {
        fixture f;
        set_up(&f, 4);
        ck_assert(run_once(f.pool, 4, 2 + (size_t)i % 3, 11));
        pause_for(i % 10 * 10);
        tear_down(&f);
    }
}
END_TEST

START_TEST(a_pool_that_finds_no_memory_is_an_error)
{
    memory m = { 0 };
    const wick_options options = memory_options(&m, 0);
    wick *w = wick_new(&options);

    m.fail_at = m.calls + 1;
    ck_assert_ptr_null(wicki_pool_new(w, 4));
    ck_assert_ptr_null(wicki_pool_new(w, 4));
    assert_error(w, WICK_ERR_MEMORY, "out of memory");
    wick_free(w);
    ck_assert_ptr_null(wicki_pool_new(NULL, 4));
    ck_assert_uint_eq(m.blocks, 0);
}
END_TEST

START_TEST(too_many_threads_are_an_error)
{
    fixture f;

    set_up(&f, WICKI_MAX_THREADS);
    ck_assert(run_once(f.pool, 5, 5, 3));
    ck_assert_ptr_null(wicki_pool_new(f.w, WICKI_MAX_THREADS + 1));
    assert_error(f.w, WICK_ERR_LIMIT, "1025 threads", "1024");
    tear_down(&f);
}
END_TEST

START_TEST(a_run_allocates_nothing)
{
    fixture f;

    set_up(&f, 4);
    const memory before = f.m;
    for (size_t i = 0; i < 200; i++)
        ck_assert(run_once(f.pool, 4, i % 9, 3));
    ck_assert_uint_eq(f.m.calls, before.calls);
    ck_assert_uint_eq(f.m.bytes, before.bytes);
    tear_down(&f);
}
END_TEST

START_TEST(there_is_a_cpu)
{
    ck_assert_uint_ge(wicki_cpu_count(), 1);
    ck_assert_uint_lt(wicki_cpu_count(), 100000);
}
END_TEST

/* --- threads that cannot be created ----------------------------------------------------------- */

#if defined __linux__ && defined __GLIBC__
static void set_stack(size_t size)
{
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, size);
    ck_assert_int_eq(pthread_setattr_default_np(&attributes), 0);
    pthread_attr_destroy(&attributes);
}

/* No machine has an address space for a stack of 2^60 bytes, or for 15/16 of all of 32 bits. */
static const size_t TOO_LARGE = SIZE_MAX / 16 * (SIZE_MAX > UINT32_MAX ? 1 : 15);

START_TEST(without_new_threads_a_run_goes_on_with_those_there_are)
{
    const size_t had = (size_t)_i;
    fixture f;

    set_up(&f, 6);
    ck_assert(all_meet(f.pool, had));
    set_stack(TOO_LARGE);
    for (size_t i = 0; i < 20; i++)
        ck_assert(run_once(f.pool, had, 40, i + 3));
    set_stack((size_t)1 << 20);
    ck_assert(run_once(f.pool, had, 40, 17));
    if (had > 1)
        ck_assert(all_meet(f.pool, had));
    tear_down(&f);
}
END_TEST
#endif

/* --- signals ---------------------------------------------------------------------------------- */

typedef struct masks {
    meeting m;
    sigset_t mask[2];
} masks;

static void note_mask(void *arg, size_t index, size_t worker)
{
    masks *s = arg;

    meet(&s->m, index, worker);
    pthread_sigmask(SIG_BLOCK, NULL, &s->mask[worker]);
}

START_TEST(workers_block_signals_and_the_caller_does_as_before)
{
    masks s = { .m.expected = 2 };
    sigset_t own, before;
    fixture f;

    sigemptyset(&own);
    sigaddset(&own, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &own, &before);
    set_up(&f, 2);
    wicki_pool_run(f.pool, 2, note_mask, &s);
    ck_assert(!sigismember(&s.mask[0], SIGINT) && sigismember(&s.mask[0], SIGUSR2));
    ck_assert(sigismember(&s.mask[1], SIGINT) && sigismember(&s.mask[1], SIGCHLD));
    ck_assert(!sigismember(&s.mask[1], SIGSEGV)); /* of its own making */
    tear_down(&f);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
END_TEST

/* --- forks ------------------------------------------------------------------------------------ */

enum { FORK_THREADS = 4 };

static _Noreturn void end_child(fixture *f, bool right)
{
    wicki_pool_free(f->pool);
    wick_free(f->w);
    _exit(right && f->m.blocks == 0 ? 0 : 1);
}

static void child_runs(fixture *f)
{
    bool right = run_once(f->pool, FORK_THREADS, 33, 5);

    for (size_t i = 0; i < 20; i++)
        right = right && run_once(f->pool, FORK_THREADS, 2 + i, i + 7);
    end_child(f, right && all_meet(f->pool, FORK_THREADS));
}

static void child_only_frees(fixture *f)
{
    end_child(f, true);
}

static bool succeeds(pid_t child)
{
    int status = 1;

    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

typedef void in_child(fixture *f);

/*
 * The threads have all begun before the fork: a thread allocates when it begins, and a sanitizer's
 * allocator stays locked in the child if it was.
 */
static void fork_and_run(in_child *child, bool run_before)
{
    for (long i = 0; i < 10; i++) {
        fixture f;
        set_up(&f, FORK_THREADS);
        ck_assert(!run_before || all_meet(f.pool, FORK_THREADS));
        pause_for(i * 15); /* awake or asleep */
        const pid_t process = fork();
        if (process == 0)
            child(&f);
        ck_assert(run_once(f.pool, FORK_THREADS, 15, 31));
        ck_assert(succeeds(process));
        ck_assert(run_once(f.pool, FORK_THREADS, 15, 37));
        tear_down(&f);
    }
}

START_TEST(a_forked_child_may_free_the_pool_without_a_run)
{
    fork_and_run(child_only_frees, _i);
}
END_TEST

START_TEST(a_forked_child_starts_threads_that_its_parent_had_not)
{
    fork_and_run(child_runs, false);
}
END_TEST

#ifndef THREAD_SANITIZER /* which forbids new threads after the fork of a process that has some */
START_TEST(a_forked_child_starts_threads_that_its_parent_had)
{
    fork_and_run(child_runs, true);
}
END_TEST

/* Runs in the child, then in a child of the child, and back. */
static void child_forks(fixture *f)
{
    bool right = all_meet(f->pool, FORK_THREADS);
    const pid_t child = fork();

    if (child == 0)
        child_runs(f);
    right = succeeds(child) && right;
    end_child(f, right && run_once(f->pool, FORK_THREADS, 21, 23));
}

START_TEST(a_child_of_a_child_starts_threads)
{
    fork_and_run(child_forks, _i);
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("pool");
    TCase *jobs = new_case(suite, "jobs"), *runs = new_case(suite, "runs"),
          *limits = new_case(suite, "limits"), *forks = new_case(suite, "forks");

    tcase_add_loop_test(
        jobs, each_index_is_done_once_and_in_order_for_every_worker, 0, MOST_THREADS + 1);
    tcase_add_loop_test(jobs, as_many_jobs_as_threads_run_side_by_side, 2, MOST_THREADS + 1);
    tcase_add_test(jobs, a_larger_run_after_a_smaller_one_gets_its_threads);
    tcase_add_loop_test(runs, ten_thousand_runs_back_to_back_are_right, 2, 6);
    tcase_add_loop_test(runs, runs_are_right_whether_the_workers_sleep_or_not, 2, 5);
    tcase_add_test(runs, the_caller_sleeps_until_a_worker_that_takes_long_is_done);
    tcase_add_test(runs, two_pools_of_one_handle_do_not_meet);
    tcase_add_test(limits, a_pool_that_never_ran_is_freed);
    tcase_add_test(limits, a_pool_is_freed_at_any_moment_after_a_run);
    tcase_add_test(limits, a_pool_that_finds_no_memory_is_an_error);
    tcase_add_test(limits, too_many_threads_are_an_error);
    tcase_add_test(limits, a_run_allocates_nothing);
    tcase_add_test(limits, there_is_a_cpu);
    tcase_add_test(limits, workers_block_signals_and_the_caller_does_as_before);
#if defined __linux__ && defined __GLIBC__
    tcase_add_loop_test(limits, without_new_threads_a_run_goes_on_with_those_there_are, 1, 5);
#endif
    tcase_add_loop_test(forks, a_forked_child_may_free_the_pool_without_a_run, 0, 2);
    tcase_add_test(forks, a_forked_child_starts_threads_that_its_parent_had_not);
#ifndef THREAD_SANITIZER
    tcase_add_test(forks, a_forked_child_starts_threads_that_its_parent_had);
    tcase_add_loop_test(forks, a_child_of_a_child_starts_threads, 0, 2);
#endif
    return run_suite(suite);
}
