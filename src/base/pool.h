/**
 * Worker threads that share the jobs of a run with the caller.
 *
 * A pool belongs to one handle, and so to one thread at a time. Its threads are created when a run
 * first needs them. They block the signals that are sent to the process, so that the handlers of
 * the host program run in its own threads. Between runs they look for work for 50 microseconds,
 * then sleep.
 *
 * After a fork the child has the pool but not its threads: a run starts new ones, and
 * wicki_pool_free gives back the memory. The fork must not happen during a run.
 */
#ifndef WICKI_BASE_POOL_H
#define WICKI_BASE_POOL_H

#include <wick/base.h>

typedef struct wicki_pool wicki_pool;

enum { WICKI_MAX_THREADS = 1024 };

/** One job of a run: its index, and who does it, 0 (the caller) to threads - 1. */
typedef void wicki_job(void *arg, size_t index, size_t worker);

/**
 * A pool without threads as yet.
 *
 * @param threads  how many work in a run, with the caller: 0 (as 1) to WICKI_MAX_THREADS
 * @return         the pool, to be given to wicki_pool_free before the handle is freed; NULL after
 *                 an error
 *
 * Errors: WICK_ERR_LIMIT for more threads, WICK_ERR_MEMORY.
 */
wicki_pool *wicki_pool_new(wick *w, size_t threads);

/** Ends the threads, waits for them, and frees the pool. NULL is allowed. */
void wicki_pool_free(wicki_pool *pool);

/**
 * Calls job(arg, index, worker) once for each index 0 .. n_jobs - 1, and returns when all are done.
 *
 * Indices are handed out in order, each to whoever is free; no two jobs run at the same time with
 * the same worker. What the caller wrote before is visible to the jobs, and what they wrote is
 * visible to the caller afterwards. Allocates nothing. If the system refuses a thread the others
 * do its work, the caller alone if need be. A job must not run the same pool.
 */
void wicki_pool_run(wicki_pool *pool, size_t n_jobs, wicki_job *job, void *arg);

/** CPUs that are online, at least 1. Limits of this process (affinity, quotas) do not count. */
size_t wicki_cpu_count(void);

#endif
