/* SPDX-License-Identifier: Apache-2.0 */
/* base/parallel.c - the one place that owns threads of computation (OpenMP), and the clock. */
#include "base/base.h"

#include <time.h>
#ifdef _OPENMP
#include <omp.h>
#endif

static int g_threads; /* 0 = all the cores the runtime sees */
static _Thread_local bool alone;

void akin_set_threads(int threads)
{
    g_threads = threads > 0 ? threads : 0;
#ifdef _OPENMP
    if (g_threads) omp_set_num_threads(g_threads); /* oneDNN takes its count from the same runtime */
#endif
}

void ak_parallel_alone(void) { alone = true; }

int akin_threads(void)
{
#ifdef _OPENMP
    return g_threads ? g_threads : omp_get_max_threads();
#else
    return 1;
#endif
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
    if (!g_threads) g_threads = akin_threads(); /* the hint must not change our own count */
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
