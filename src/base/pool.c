#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/handle.h"

enum { LINE = 64, SPINS = 200 };
static const double LOOK = 50e-6; /* seconds */

/*
 * The state of a pool is one word: how many workers are in the run, whether to stop, and the number
 * of the run, which is odd while workers may enter. Entering is one exchange of the whole word, so
 * that nobody enters a run that the caller has closed; once the last one has left a closed run
 * only the caller looks at it. A worker does not enter a run twice; when the number has wrapped
 * around it may miss one, which the others then do.
 */
enum { INSIDE = 2047, STOP = 2048, RUN = 4096, OPEN = RUN };

_Static_assert((int)WICKI_MAX_THREADS <= (int)INSIDE, "all threads can be counted");

typedef struct worker {
    wicki_pool *pool;
    size_t index;
    pthread_t thread;
} worker;

/* What many threads write has cache lines of its own. */
struct wicki_pool {
    wick *w;
    size_t threads, started; /* with the caller; workers that this process has */
    pid_t process;           /* the one that started them and has the locks, or 0 */
    pthread_mutex_t mutex;
    pthread_cond_t opened, emptied;
    atomic_size_t sleepers; /* workers that wait for opened */
    atomic_bool waiting;    /* the caller waits for emptied */
    char gap[LINE];
    atomic_size_t state;
    wicki_job *job;
    void *arg;
    size_t n_jobs;
    char second_gap[LINE];
    atomic_size_t next; /* index to hand out */
    char third_gap[LINE];
    worker worker[];
};

/* --- waiting ---------------------------------------------------------------------------------- */

/* Is there a run to enter, other than the one that was seen, or nothing more to come? */
static bool has_opened(size_t state, size_t seen)
{
    return state & STOP || (state & OPEN && state / RUN != seen);
}

static bool has_emptied(size_t state, size_t seen)
{
    (void)seen;
    return (state & INSIDE) == 0;
}

static void relax(void)
{
#if defined __GNUC__ && (defined __x86_64__ || defined __i386__)
    __builtin_ia32_pause();
#endif
}

typedef bool condition(size_t state, size_t seen);

/* Looks for a while; yields in between, for the one waited for may need this CPU. */
static bool spin(wicki_pool *pool, condition *holds, size_t seen)
{
    const double begin = wicki_seconds();

    do {
        for (int i = 0; i < SPINS; i++) {
            if (holds(atomic_load_explicit(&pool->state, memory_order_acquire), seen))
                return true;
            relax();
        }
        sched_yield();
    } while (wicki_seconds() - begin < LOOK);
    return false;
}

/*
 * Sleepers announce themselves before they look at the state for the last time, and the state is
 * changed before they are looked for: in one order of all these (sequential consistency), either
 * the change or the sleeper is seen. The mutex keeps the signal from falling in between.
 */
static void await_open(wicki_pool *pool, size_t seen)
{
    if (spin(pool, has_opened, seen))
        return;
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->sleepers, 1);
    while (!has_opened(atomic_load(&pool->state), seen))
        pthread_cond_wait(&pool->opened, &pool->mutex);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->mutex);
}

static void await_empty(wicki_pool *pool)
{
    if (spin(pool, has_emptied, 0))
        return;
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->waiting, true);
    while (!has_emptied(atomic_load(&pool->state), 0))
        pthread_cond_wait(&pool->emptied, &pool->mutex);
    atomic_store(&pool->waiting, false);
    pthread_mutex_unlock(&pool->mutex);
}

static void wake(wicki_pool *pool, pthread_cond_t *sleepers)
{
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(sleepers);
    pthread_mutex_unlock(&pool->mutex);
}

/* --- workers ---------------------------------------------------------------------------------- */

static bool enter(wicki_pool *pool, size_t *seen)
{
    size_t state = atomic_load(&pool->state);

    while (has_opened(state, *seen) && !(state & STOP))
        if (atomic_compare_exchange_weak(&pool->state, &state, state + 1)) {
            *seen = state / RUN;
            return true;
        }
    return false;
}

static void leave(wicki_pool *pool)
{
    const size_t before = atomic_fetch_sub(&pool->state, 1);

    if (has_emptied(before - 1, 0) && atomic_load(&pool->waiting))
        wake(pool, &pool->emptied);
}

static void take_jobs(wicki_pool *pool, size_t self)
{
    size_t index;

    while ((index = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed)) < pool->n_jobs)
        pool->job(pool->arg, index, self);
}

static void *work(void *arg)
{
    const worker *self = arg;
    wicki_pool *pool = self->pool;
    size_t seen = 0; /* an even number: no run */

    while (!(atomic_load(&pool->state) & STOP)) {
        if (enter(pool, &seen)) {
            take_jobs(pool, self->index);
            leave(pool);
        }
        await_open(pool, seen);
    }
    return NULL;
}

/* --- starting --------------------------------------------------------------------------------- */

static bool init_locks(wicki_pool *pool)
{
    if (pthread_mutex_init(&pool->mutex, NULL) != 0)
        return false;
    if (pthread_cond_init(&pool->opened, NULL) == 0) {
        if (pthread_cond_init(&pool->emptied, NULL) == 0)
            return true;
        pthread_cond_destroy(&pool->opened);
    }
    pthread_mutex_destroy(&pool->mutex);
    return false;
}

/* In a child the locks may be held by threads that it does not have: it makes its own. */
static void begin_process(wicki_pool *pool, pid_t process)
{
    pool->started = 0;
    atomic_init(&pool->sleepers, 0);
    atomic_init(&pool->waiting, false);
    atomic_init(&pool->state, 0);
    atomic_init(&pool->next, 0);
    const bool has_locks = init_locks(pool);
    pool->process = has_locks ? process : 0;
    if (!has_locks)
        pool->threads = 1;
}

/* Signals that a thread brings upon itself cannot be blocked. */
static void block_signals(sigset_t *before)
{
    sigset_t blocked;

    sigfillset(&blocked);
    sigdelset(&blocked, SIGBUS);
    sigdelset(&blocked, SIGFPE);
    sigdelset(&blocked, SIGILL);
    sigdelset(&blocked, SIGSEGV);
    pthread_sigmask(SIG_SETMASK, &blocked, before);
}

static bool start_worker(wicki_pool *pool)
{
    worker *next = &pool->worker[pool->started];

    next->pool = pool;
    next->index = pool->started + 1;
    if (pthread_create(&next->thread, NULL, work, next) != 0)
        return false;
    pool->started++;
    return true;
}

static void start_workers(wicki_pool *pool, size_t wanted)
{
    sigset_t before;

    block_signals(&before);
    while (pool->started < wanted && start_worker(pool))
        ;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pool->started < wanted)
        pool->threads = pool->started + 1; /* the next run need not try again */
}

/* Are there workers for a run of so many jobs? */
static bool has_workers(wicki_pool *pool, size_t n_jobs)
{
    const size_t wanted = n_jobs < pool->threads ? n_jobs : pool->threads;

    if (wanted < 2)
        return false;
    const pid_t process = getpid();
    if (pool->process != process)
        begin_process(pool, process);
    if (pool->process && pool->started < wanted - 1)
        start_workers(pool, wanted - 1);
    return pool->started > 0;
}

/* --- the pool --------------------------------------------------------------------------------- */

wicki_pool *wicki_pool_new(wick *w, size_t threads)
{
    if (!wicki_ok(w))
        return NULL;
    if (threads > WICKI_MAX_THREADS) {
        wick_fail(w, WICK_ERR_LIMIT, "%zu threads, at most %d are allowed", threads,
            (int)WICKI_MAX_THREADS);
        return NULL;
    }
    const size_t n_workers = threads > 1 ? threads - 1 : 0;
    wicki_pool *pool = wicki_allocate(w, sizeof *pool + n_workers * sizeof(worker));
    if (!pool)
        return NULL;
    pool->w = w;
    pool->threads = n_workers + 1;
    return pool;
}

/* Changes the state, and wakes the workers to look at it. */
static void announce(wicki_pool *pool, size_t change)
{
    atomic_fetch_add(&pool->state, change);
    if (atomic_load(&pool->sleepers) > 0)
        wake(pool, &pool->opened);
}

void wicki_pool_free(wicki_pool *pool)
{
    if (!pool)
        return;
    if (pool->process == getpid()) {
        announce(pool, STOP);
        for (size_t i = 0; i < pool->started; i++)
            pthread_join(pool->worker[i].thread, NULL);
        pthread_cond_destroy(&pool->emptied);
        pthread_cond_destroy(&pool->opened);
        pthread_mutex_destroy(&pool->mutex);
    }
    wicki_release(pool->w, pool);
}

void wicki_pool_run(wicki_pool *pool, size_t n_jobs, wicki_job *job, void *arg)
{
    if (!has_workers(pool, n_jobs)) {
        for (size_t i = 0; i < n_jobs; i++)
            job(arg, i, 0);
        return;
    }
    pool->job = job;
    pool->arg = arg;
    pool->n_jobs = n_jobs;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    announce(pool, RUN);
    take_jobs(pool, 0);
    atomic_fetch_add(&pool->state, RUN);
    await_empty(pool);
}

size_t wicki_cpu_count(void)
{
#ifdef _SC_NPROCESSORS_ONLN
    const long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count > 1 ? (size_t)count : 1;
#else
    return 1;
#endif
}
