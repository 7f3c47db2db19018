/* SPDX-License-Identifier: Apache-2.0 */
/* cluster/density.c - core distances and the minimum spanning tree of w_ij = max(core_i, core_j, |x_i - x_j|)
 * over all pairs  [Campello2013].
 *
 * Prim's algorithm: the tree grows by the row that is nearest to it. Distances are made when they are wanted,
 * so that memory is linear in the rows. Rows that are outside stand in a list, cut into blocks; each block
 * finds its nearest, equal ones by number, and so does the whole: neither blocks nor threads change it. Ranks
 * find the core distances of a part of the rows each; every rank grows the whole tree. */
#include "base/select.h"
#include "cluster/cluster.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 1024 };

const ak_far *ak_far_here(void)
{
#if defined(__x86_64__)
    const char *isa = akin_isa();
    if (strncmp(isa, "avx512", 6) == 0) return &ak_far_avx512;
    if (strcmp(isa, "avx2") == 0) return &ak_far_avx2;
#endif
    return &ak_far_ref;
}

typedef struct prim {
    const ak_map_rows *rows;
    const ak_far *far;
    int64_t rank;      /* which of the sorted distances is the core distance */
    double *core;      /* [n] */
    double *near;      /* [n] of a row outside: the least w to the tree */
    int32_t *from;     /* [n] and from which row of the tree */
    int32_t *outside;  /* [left] */
    int32_t *nearest;  /* [blocks] the nearest row of each, as a place in outside */
    double *buffer;    /* per worker: [n] */
    int64_t left, now; /* the newest row of the tree */
    int64_t first;     /* row of this rank */
} prim;

/* Core distances ----------------------------------------------------------------------------------------- */

static void core_of(int64_t place, int worker, void *ctx)
{
    prim *w = ctx;
    const int64_t i = w->first + place;
    const int64_t n = w->rows->n, d = w->rows->d;
    double *square = w->buffer + worker * n;
    w->far->squares(w->rows->x + i * d, w->rows->x, d, NULL, n, square);
    w->core[i] = sqrt(ak_select_double(square, n, w->rank));
}

static akin_status some_cores(int64_t begin, int64_t end, void *ctx, akin_error *err)
{
    prim *w = ctx;
    (void)err;
    w->first = begin;
    ak_parallel_tasks(end - begin, core_of, w);
    return AKIN_OK;
}

/* Tree --------------------------------------------------------------------------------------------------- */

static void grow_block(int64_t task, int worker, void *ctx)
{
    prim *w = ctx;
    const int64_t first = task * BLOCK, now = w->now, d = w->rows->d;
    const int64_t count = w->left - first < BLOCK ? w->left - first : BLOCK;
    const int32_t *list = w->outside + first;
    double *square = w->buffer + worker * w->rows->n;
    int64_t best = -1;
    w->far->squares(w->rows->x + now * d, w->rows->x, d, list, count, square);
    for (int64_t k = 0; k < count; k++) {
        const int32_t j = list[k];
        const double length = fmax(fmax(w->core[now], w->core[j]), sqrt(square[k]));
        if (length < w->near[j]) {
            w->near[j] = length;
            w->from[j] = (int32_t)now;
        }
        if (best < 0 || w->near[j] < w->near[list[best]] ||
            (w->near[j] == w->near[list[best]] && j < list[best]))
            best = k;
    }
    w->nearest[task] = (int32_t)(first + best);
}

/* The row outside that is nearest to the tree, as a place in the list. */
static int64_t find_nearest(prim *w)
{
    const int64_t blocks = (w->left + BLOCK - 1) / BLOCK;
    ak_parallel_tasks(blocks, grow_block, w);
    int64_t best = w->nearest[0];
    for (int64_t b = 1; b < blocks; b++) {
        const int32_t j = w->outside[w->nearest[b]], i = w->outside[best];
        if (w->near[j] < w->near[i] || (w->near[j] == w->near[i] && j < i)) best = w->nearest[b];
    }
    return best;
}

static void grow(prim *w, ak_edge *edge)
{
    const int64_t n = w->rows->n;
    for (int64_t i = 1; i < n; i++) {
        w->outside[i - 1] = (int32_t)i;
        w->near[i] = (double)INFINITY;
    }
    w->now = 0;
    for (w->left = n - 1; w->left > 0;) {
        const int64_t at = find_nearest(w);
        const int32_t j = w->outside[at];
        edge[n - 1 - w->left] = (ak_edge){ w->near[j], w->from[j], j };
        w->outside[at] = w->outside[--w->left];
        w->now = j;
    }
}

akin_status ak_density_tree(const ak_map_rows *rows, int64_t neighbours, ak_edge *edge, akin_error *err)
{
    const int64_t n = rows->n;
    prim w = { .rows = rows, .far = ak_far_here(), .rank = (neighbours < n ? neighbours : n) - 1 };
    w.core = ak_alloc(sizeof *w.core, n, 1);
    w.near = ak_alloc(sizeof *w.near, n, 1);
    w.from = ak_alloc(sizeof *w.from, n, 1);
    w.outside = ak_alloc(sizeof *w.outside, n, 1);
    w.nearest = ak_alloc(sizeof *w.nearest, n / BLOCK + 1, 1);
    w.buffer = ak_alloc(sizeof *w.buffer, akin_threads(), n > BLOCK ? n : BLOCK);
    const bool ok = w.core && w.near && w.from && w.outside && w.nearest && w.buffer;
    const ak_column core = { w.core, sizeof *w.core };
    const ak_division all = { .rows = n,
                              .step = 1,
                              .cost = 2 * (double)n * (double)rows->d,
                              .work = some_cores,
                              .ctx = &w,
                              .column = &core,
                              .columns = 1 };
    akin_status status = ok ? ak_comm_divide(rows->ranks, &all, err)
                            : ak_no_memory(err, "for the neighbours of %lld rows", (long long)n);
    if (!status) grow(&w, edge);
    free(w.core);
    free(w.near);
    free(w.from);
    free(w.outside);
    free(w.nearest);
    free(w.buffer);
    return status;
}
