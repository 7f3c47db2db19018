/* SPDX-License-Identifier: Apache-2.0 */
/* base/parallel.c - the one place that owns threads of computation (OpenMP), and the clock. */
#include "base/base.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#ifdef _OPENMP
#include <omp.h>
#endif

static atomic_int wanted; /* 0 = all the cores the runtime sees */
static int seen = 1;      /* so many */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local int
    own; /* of this thread from its first use on, so that nobody changes it under a call */
static _Thread_local bool alone;

static void look(void)
{
#ifdef _OPENMP
    seen = omp_get_max_threads();
#endif
}

/* oneDNN takes its count from the same runtime, which keeps one for each thread. */
static void take(int threads)
{
    own = threads;
#ifdef _OPENMP
    if (omp_get_max_threads() != threads) omp_set_num_threads(threads);
#endif
}

void akin_set_threads(int threads)
{
    pthread_once(&once, look);
#ifdef _OPENMP
    atomic_store(&wanted, threads > 0 ? threads : 0);
    take(threads > 0 ? threads : seen);
#else
    (void)threads;
#endif
}

void ak_parallel_alone(void) { alone = true; }

int akin_threads(void)
{
    if (own) return own;
    pthread_once(&once, look);
    const int threads = atomic_load(&wanted);
    take(threads ? threads : seen);
    return own;
}

void ak_parallel_for(int64_t n, int64_t grain, ak_range_fn *fn, void *ctx)
{
    const int64_t most = (n + grain - 1) / grain;
    int threads = akin_threads();
    if (threads > most) threads = (int)most;
    if (threads > 1 && !alone) {
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) schedule(static)
#endif
        for (int t = 0; t < threads; t++) fn(n * t / threads, n * (t + 1) / threads, ctx);
    } else if (n > 0) {
        fn(0, n, ctx);
    }
}

void ak_parallel_tasks(int64_t n, ak_task_fn *fn, void *ctx)
{
    int threads = akin_threads();
    if (threads > n) threads = (int)n;
    if (threads > 1 && !alone) {
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
        for (int64_t i = 0; i < n; i++) fn(i, omp_get_thread_num(), ctx);
        return;
#endif
    }
#ifdef _OPENMP
    const int outside = omp_get_max_threads();
    omp_set_num_threads(1); /* a lone task computes as one of many: a library it calls stays on its thread */
#endif
    for (int64_t i = 0; i < n; i++) fn(i, 0, ctx);
#ifdef _OPENMP
    omp_set_num_threads(outside);
#endif
}

void ak_parallel_hint(int threads)
{
    akin_threads(); /* the hint must not change our own count */
#ifdef _OPENMP
    omp_set_num_threads(threads);
#else
    (void)threads;
#endif
}

double ak_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
