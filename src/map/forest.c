/* SPDX-License-Identifier: Apache-2.0 */
/* map/forest.c - nearly the nearest neighbours of many rows: a forest of random splits [Dasgupta2008], and
 * neighbours of neighbours [Dong2011].
 *
 * A tree. All rows are one node. A node is split at the median of <x, a - b>, a and b two of its rows by
 * chance, until a node has at most LEAF rows; node j of level l is the places n j / 2^l to n (j+1) / 2^l of
 * the tree's order. Rows of one leaf are compared with each other, by one matrix product.
 *
 * Neighbours of neighbours. BLOCK rows that follow each other in the order of a tree lie near each other, and
 * so do the neighbours of their neighbours: these are gathered once for the block, and compared with all of
 * it by matrix products.
 *
 * Bits. Every list has one owner in each pass, who alone writes it; lists of others are read as they were
 * before the pass. Shapes of products are functions of n. So nothing depends on the number of threads.
 *
 * Ranks. Each grows every tree, and compares the leaves and blocks of its part of the order; after a pass the
 * lists of all parts are gathered. */
#include "map/graph.h"

#include "base/rng.h"
#include "kernels/gemm.h"
#include "kernels/kernels.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { LEAF = 256, BLOCK = 64, CHUNK = 512, MOST = 6144, TREES = 6, PLAIN = 2 };

typedef struct entry {
    float key;
    int32_t row;
} entry;

typedef struct forest {
    const ak_map_rows *rows;
    int64_t k;
    uint64_t seed;
    int32_t *index, *old; /* [n,k] -1 = none yet; old as it was before the pass */
    float *s;             /* [n,k] descending */
    entry *order;         /* [n] */
    int64_t tree, level;
    float *direction; /* [2^level, d] */
    int64_t room;     /* rows of a worker's memory, at least CHUNK */
    float *gather;    /* per worker [room,d] */
    float *tile;      /* per worker [room * room] or [BLOCK * CHUNK] */
    int32_t *found;   /* per worker [MOST] */
    int32_t *stamp;   /* per worker [n]: the block that a row was last found by */
    int64_t first;    /* of the leaves or blocks of this rank */
    entry *lists;     /* [n,k] lists in the order of the tree, where there are several ranks */
    atomic_bool failed;
} forest;

/* Lists -------------------------------------------------------------------------------------------------- */

static bool before(float s, int32_t j, float t, int32_t l) { return s > t || (s == t && j < l); }

static void offer(forest *f, int64_t i, int32_t j, float s)
{
    const int64_t k = f->k;
    int32_t *index = f->index + i * k;
    float *value = f->s + i * k;
    if (index[k - 1] >= 0 && !before(s, j, value[k - 1], index[k - 1])) return;
    for (int64_t r = 0; r < k; r++)
        if (index[r] == j) return;
    int64_t r = k - 1;
    for (; r > 0 && (index[r - 1] < 0 || before(s, j, value[r - 1], index[r - 1])); r--) {
        index[r] = index[r - 1];
        value[r] = value[r - 1];
    }
    index[r] = j;
    value[r] = s;
}

static void offer_row(forest *f, int64_t i, const int32_t *other, const float *product, int64_t count)
{
    const float *bias = f->rows->bias, *worst = f->s + i * f->k + f->k - 1;
    for (int64_t c = 0; c < count; c++) {
        const float s = product[c] + bias[other[c]];
        if (s >= *worst && other[c] != i) offer(f, i, other[c], s);
    }
}

/* Trees -------------------------------------------------------------------------------------------------- */

static int64_t node_begin(const forest *f, int64_t node)
{
    return (f->rows->n * node) >> f->level; /* below 2^30 2^23 */
}

static int64_t node_of(const forest *f, int64_t place)
{
    int64_t node = (place << f->level) / f->rows->n;
    while (node_begin(f, node + 1) <= place) node++;
    while (node_begin(f, node) > place) node--;
    return node;
}

static void make_direction(int64_t node, int worker, void *ctx)
{
    (void)worker;
    forest *f = ctx;
    const int64_t d = f->rows->d, begin = node_begin(f, node), count = node_begin(f, node + 1) - begin;
    float *to = f->direction + node * d;
    ak_rng rng = ak_rng_at(f->seed, AK_RNG_MAP, (uint32_t)f->tree, (uint64_t)node, (uint32_t)f->level + 1);
    for (int tries = 0; tries < 8; tries++) { /* copies have no direction */
        const float *a = f->rows->x + f->order[begin + ak_rng_below(&rng, (uint32_t)count)].row * d;
        const float *b = f->rows->x + f->order[begin + ak_rng_below(&rng, (uint32_t)count)].row * d;
        bool any = false;
        for (int64_t c = 0; c < d; c++) {
            to[c] = a[c] - b[c];
            any = any || to[c] != 0;
        }
        if (any) break;
    }
}

static void project(int64_t begin, int64_t end, void *ctx)
{
    forest *f = ctx;
    const int64_t d = f->rows->d;
    const ak_kernels_f32 *kernels = ak_kernels();
    int64_t node = begin < end ? node_of(f, begin) : 0;
    for (int64_t p = begin; p < end; p++) {
        while (node_begin(f, node + 1) <= p) node++;
        f->order[p].key = (float)kernels->dot(f->rows->x + f->order[p].row * d, f->direction + node * d, d);
    }
}

static bool lower(entry a, entry b) { return a.key < b.key || (a.key == b.key && a.row < b.row); }

/* The entries before place at are those that are lower than it. */
static void select_place(entry *e, int64_t n, int64_t at)
{
    int64_t low = 0, high = n - 1;
    while (low < high) {
        const entry a = e[low], b = e[low + (high - low) / 2], c = e[high];
        const entry pivot = lower(a, b) ? (lower(b, c)   ? b
                                           : lower(a, c) ? c
                                                         : a)
                                        : (lower(a, c)   ? a
                                           : lower(b, c) ? c
                                                         : b);
        int64_t i = low, j = high;
        while (i <= j) {
            while (lower(e[i], pivot)) i++;
            while (lower(pivot, e[j])) j--;
            if (i > j) break;
            const entry swap = e[i];
            e[i++] = e[j];
            e[j--] = swap;
        }
        if (at <= j)
            high = j;
        else if (at >= i)
            low = i;
        else
            return;
    }
}

static void split(int64_t node, int worker, void *ctx)
{
    (void)worker;
    forest *f = ctx;
    const int64_t begin = node_begin(f, node), count = node_begin(f, node + 1) - begin;
    f->level++;
    const int64_t middle = node_begin(f, 2 * node + 1) - begin;
    f->level--;
    select_place(f->order + begin, count, middle);
}

static int64_t levels(int64_t n)
{
    int64_t l = 0;
    while ((n >> l) >= LEAF) l++;
    return l;
}

static void grow_tree(forest *f)
{
    const int64_t n = f->rows->n, last = levels(n);
    for (int64_t i = 0; i < n; i++) f->order[i] = (entry){ 0, (int32_t)i };
    for (f->level = 0; f->level < last; f->level++) {
        ak_parallel_tasks((int64_t)1 << f->level, make_direction, f);
        ak_parallel_for(n, 256, project, f);
        ak_parallel_tasks((int64_t)1 << f->level, split, f);
    }
}

/* Comparing ---------------------------------------------------------------------------------------------- */

static void gather_rows(const forest *f, const int32_t *which, int64_t count, float *to)
{
    const int64_t d = f->rows->d;
    for (int64_t c = 0; c < count; c++) memcpy(to + c * d, f->rows->x + which[c] * d, (size_t)d * sizeof *to);
}

static void compare_leaf(int64_t place, int worker, void *ctx)
{
    forest *f = ctx;
    const int64_t leaf = f->first + place, begin = node_begin(f, leaf);
    const int64_t d = f->rows->d, count = node_begin(f, leaf + 1) - begin;
    float *x = f->gather + worker * (f->room + BLOCK) * d, *tile = f->tile + worker * f->room * f->room;
    int32_t *which = f->found + worker * (int64_t)MOST;
    for (int64_t c = 0; c < count; c++) which[c] = f->order[begin + c].row;
    gather_rows(f, which, count, x);
    if (!ak_gemm(false, true, count, count, d, x, d, x, d, 0, tile, count)) atomic_store(&f->failed, true);
    for (int64_t c = 0; c < count; c++) offer_row(f, which[c], which, tile + c * count, count);
}

/* Neighbours and their neighbours of the rows of a block, each once. */
static int64_t find_others(const forest *f, int64_t begin, int64_t count, int32_t mark, int32_t *stamp,
                           int32_t *found)
{
    const int64_t k = f->k;
    int64_t n = 0;
    for (int64_t c = 0; c < count; c++)
        for (int64_t r = 0; r < k; r++) {
            const int32_t j = f->old[f->order[begin + c].row * k + r];
            if (j < 0 || n + k + 1 > MOST) continue;
            for (int64_t e = -1; e < k; e++) {
                const int32_t l = e < 0 ? j : f->old[j * k + e];
                if (l < 0 || stamp[l] == mark) continue;
                stamp[l] = mark;
                found[n++] = l;
            }
        }
    return n;
}

static void compare_block(int64_t place, int worker, void *ctx)
{
    forest *f = ctx;
    const int64_t block = f->first + place, n = f->rows->n, d = f->rows->d, begin = block * BLOCK;
    const int64_t count = n - begin < BLOCK ? n - begin : BLOCK;
    float *own = f->gather + worker * (f->room + BLOCK) * d, *x = own + BLOCK * d;
    float *tile = f->tile + worker * f->room * f->room;
    int32_t *found = f->found + worker * (int64_t)MOST, which[BLOCK] = { 0 };
    for (int64_t c = 0; c < count; c++) which[c] = f->order[begin + c].row;
    gather_rows(f, which, count, own);
    const int32_t mark = (int32_t)(f->tree * ((n + BLOCK - 1) / BLOCK) + block + 1);
    const int64_t others = find_others(f, begin, count, mark, f->stamp + worker * n, found);
    for (int64_t first = 0; first < others; first += CHUNK) {
        const int64_t some = others - first < CHUNK ? others - first : CHUNK;
        gather_rows(f, found + first, some, x);
        if (!ak_gemm(false, true, count, some, d, own, d, x, d, 0, tile, CHUNK))
            atomic_store(&f->failed, true);
        for (int64_t c = 0; c < count; c++) offer_row(f, which[c], found + first, tile + c * CHUNK, some);
    }
}

/* -------------------------------------------------------------------------------------------------------- */

/* A pass over the order of the tree, by parts that begin at places: of leaves or of blocks. */
typedef struct pass {
    forest *f;
    ak_task_fn *compare;
    int64_t parts;
    int64_t (*begin)(const forest *f, int64_t part);
} pass;

static int64_t block_begin(const forest *f, int64_t block)
{
    return block * BLOCK < f->rows->n ? block * BLOCK : f->rows->n;
}

static void pack(const forest *f, int64_t begin, int64_t end)
{
    for (int64_t p = begin; p < end; p++)
        for (int64_t r = 0, at = f->order[p].row * f->k; r < f->k; r++)
            f->lists[p * f->k + r] = (entry){ f->s[at + r], f->index[at + r] };
}

static void unpack(forest *f, int64_t begin, int64_t end)
{
    for (int64_t p = begin; p < end; p++)
        for (int64_t r = 0, at = f->order[p].row * f->k; r < f->k; r++) {
            f->s[at + r] = f->lists[p * f->k + r].key;
            f->index[at + r] = f->lists[p * f->k + r].row;
        }
}

/* Parts [begin, end) and nothing else. */
static akin_status run_part(const pass *p, int64_t begin, int64_t end, akin_error *err)
{
    forest *f = p->f;
    f->first = begin;
    ak_parallel_tasks(end - begin, p->compare, f);
    return atomic_load(&f->failed)
               ? ak_no_memory(err, "for the neighbours of %lld rows", (long long)f->rows->n)
               : AKIN_OK;
}

static akin_status run_pass(const pass *p, akin_error *err)
{
    forest *f = p->f;
    ak_comm *c = f->rows->ranks;
    const int rank = ak_comm_rank(c), size = ak_comm_size(c);
    if (size == 1) return run_part(p, 0, p->parts, err);
    int64_t *offset = ak_alloc(sizeof *offset, size + 1, 1);
    if (!offset) return ak_no_memory(err, "for %d ranks", size);
    const int64_t bytes = f->k * (int64_t)sizeof *f->lists;
    for (int r = 0; r <= size; r++) offset[r] = p->begin(f, ak_comm_first(c, p->parts, r)) * bytes;
    akin_status status =
        run_part(p, ak_comm_first(c, p->parts, rank), ak_comm_first(c, p->parts, rank + 1), err);
    if (!status) pack(f, offset[rank] / bytes, offset[rank + 1] / bytes);
    char *all = (char *)f->lists;
    status = ak_comm_agree(c, status, err);
    if (!status) status = ak_comm_gather(c, all + offset[rank], all, offset, err);
    if (!status) unpack(f, 0, offset[rank] / bytes);
    if (!status) unpack(f, offset[rank + 1] / bytes, f->rows->n);
    free(offset);
    return status;
}

static akin_status search(forest *f, akin_error *err)
{
    const int64_t n = f->rows->n, k = f->k;
    const pass leaves = { f, compare_leaf, (int64_t)1 << levels(n), node_begin },
               blocks = { f, compare_block, (n + BLOCK - 1) / BLOCK, block_begin };
    for (int64_t i = 0; i < n * k; i++) f->index[i] = -1;
    for (int64_t i = 0; i < n * k; i++) f->s[i] = -INFINITY;
    for (f->tree = 0; f->tree < TREES; f->tree++) {
        grow_tree(f);
        f->level = levels(n);
        AK_TRY(run_pass(&leaves, err));
        if (f->tree < PLAIN) continue;
        memcpy(f->old, f->index, (size_t)(n * k) * sizeof *f->old);
        AK_TRY(run_pass(&blocks, err));
    }
    return AKIN_OK;
}

akin_status ak_map_nearest_approximate(const ak_map_rows *rows, int64_t k, uint64_t seed, int32_t *index,
                                       akin_error *err)
{
    const int64_t n = rows->n, d = rows->d, workers = akin_threads();
    forest f = { .rows = rows, .k = k, .seed = seed, .index = index, .room = CHUNK };
    atomic_init(&f.failed, false);
    f.old = ak_alloc(sizeof *f.old, n, k);
    f.s = ak_alloc(sizeof *f.s, n, k);
    f.order = ak_alloc(sizeof *f.order, n, 1);
    f.direction = ak_alloc(sizeof *f.direction, (int64_t)1 << levels(n), d);
    f.gather = ak_alloc(sizeof *f.gather, workers * (f.room + BLOCK), d);
    f.tile = ak_alloc(sizeof *f.tile, workers * f.room, f.room);
    f.found = ak_alloc(sizeof *f.found, workers, MOST);
    f.stamp = ak_alloc(sizeof *f.stamp, workers, n);
    const bool several = ak_comm_size(rows->ranks) > 1;
    if (several) f.lists = ak_alloc(sizeof *f.lists, n, k);
    const bool ok = f.old && f.s && f.order && f.direction && f.gather && f.tile && f.found && f.stamp &&
                    (f.lists || !several);
    const akin_status status =
        ok ? search(&f, err) : ak_no_memory(err, "for the neighbours of %lld rows", (long long)n);
    free(f.old);
    free(f.s);
    free(f.order);
    free(f.direction);
    free(f.gather);
    free(f.tile);
    free(f.found);
    free(f.stamp);
    free(f.lists);
    return status;
}
