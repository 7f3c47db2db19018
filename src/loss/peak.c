/* SPDX-License-Identifier: Apache-2.0 */
/* loss/peak.c - how fast this build multiplies matrices that stay in the cache, as a measure for the
 * engine. */
#include "loss/engine.h"

#include <stdatomic.h>

enum { DEPTH = 128, ROUNDS = 16 };

/* Operands of one worker: one tile, its product. */
typedef struct operands {
    _Alignas(64) double a[AK_TILE * DEPTH], bt[AK_TILE * DEPTH], s[AK_TILE * AK_LDW];
} operands;

typedef struct peak {
    ak_similarity_fn *multiply;
    size_t real;
    operands *memory;
    double until;
    atomic_llong tiles;
} peak;

static void multiply_tile(const peak *p, operands *o)
{
    for (int64_t column = 0; column < AK_TILE; column += AK_PANEL)
        for (int64_t row = 0; row < AK_TILE; row += AK_STRIP)
            p->multiply((ak_operand){ o->a, row, AK_TILE }, (ak_operand){ o->bt, column, AK_TILE }, DEPTH,
                        (char *)o->s + (size_t)(row * AK_LDW + column) * p->real, AK_LDW);
}

static void multiply(int64_t task, int worker, void *ctx)
{
    (void)worker;
    peak *p = ctx;
    operands *o = &p->memory[task];
    while (ak_now_s() < p->until) {
        for (int round = 0; round < ROUNDS; round++) multiply_tile(p, o);
        atomic_fetch_add(&p->tiles, ROUNDS);
    }
}

double akin_engine_peak(akin_precision precision, double seconds)
{
    const int threads = akin_threads();
    const ak_bf16_kernels *bf16 = precision == AKIN_PRECISION_BF16 ? ak_kernels_bf16() : NULL;
    peak p = { .multiply = bf16                              ? bf16->similarity
                           : precision == AKIN_PRECISION_F64 ? ak_kernels_double.similarity
                                                             : ak_kernels()->similarity,
               .real = precision == AKIN_PRECISION_F64 ? sizeof(double) : sizeof(float) };
    p.memory = ak_alloc(sizeof *p.memory, threads, 1);
    if (!p.memory) return 0;
    atomic_init(&p.tiles, 0);
    double start = 0;
    for (int warm = 1; warm >= 0; warm--) { /* once to wake the threads and the clock */
        atomic_store(&p.tiles, 0);
        start = ak_now_s();
        p.until = start + seconds / (warm ? 10 : 1);
        ak_parallel_tasks(threads, multiply, &p);
    }
    const double took = ak_now_s() - start;
    free(p.memory);
    return (double)atomic_load(&p.tiles) * 2.0 * AK_TILE * AK_TILE * DEPTH / took;
}
