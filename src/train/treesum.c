/* SPDX-License-Identifier: Apache-2.0 */
/* train/treesum.c - the tree of treesum.h. A vector holds the gradients of all tensors, one behind the other.
 * An addition of two nodes goes into one of their vectors, and the other one is free again. */
#include "train/treesum.h"

#include "base/base.h"
#include "train/arrays.h"

#include <string.h>

enum { GRAIN = 16384, MOST = 128 }; /* waiting nodes: 2 * 63 and more would be 2^63 chunks */

typedef struct node {
    int level, place; /* place: its vector */
    int64_t index;
} node;

typedef struct tree {
    int64_t chunks;
    node waiting[MOST]; /* in the order of chunks, from the last */
    int count;
} tree;

struct ak_treesum {
    akin_tensor *tensors; /* [count] */
    int64_t count, n;
    tree tree;
    int vectors;
    float *vector[MOST], *waiting[MOST];
};

/* Vectors of a tree: the ones of a sum, or parts of an array. */
typedef void add_fn(void *ctx, int to, int from);

/* A node without a right neighbour is the node above it, too. */
static node raise(const tree *t, node x)
{
    while ((int64_t)1 << x.level < t->chunks && x.index % 2 == 0 && (x.index + 1) << x.level >= t->chunks) {
        x.level++;
        x.index /= 2;
    }
    return x;
}

/* The place among the waiting of the node with which x makes up the one above; -1: it has not come. */
static int sibling_of(const tree *t, node x)
{
    if ((int64_t)1 << x.level >= t->chunks) return -1; /* the root */
    for (int i = 0; i < t->count; i++)
        if (t->waiting[i].level == x.level && t->waiting[i].index == (x.index ^ 1)) return i;
    return -1;
}

static node take(tree *t, int i)
{
    const node x = t->waiting[i];
    memmove(t->waiting + i, t->waiting + i + 1, (size_t)(--t->count - i) * sizeof x);
    return x;
}

static void insert(tree *t, node x, add_fn *add, void *ctx)
{
    for (;;) {
        x = raise(t, x);
        const int i = sibling_of(t, x);
        if (i < 0) break;
        const node other = take(t, i);
        add(ctx, other.place, x.place);
        x = (node){ x.level + 1, other.place, x.index / 2 };
    }
    int at = 0; /* in the order of chunks: the same whoever came first */
    while (at < t->count && t->waiting[at].index << t->waiting[at].level > x.index << x.level) at++;
    memmove(t->waiting + at + 1, t->waiting + at, (size_t)(t->count++ - at) * sizeof x);
    t->waiting[at] = x;
}

static int free_place(const tree *t)
{
    bool taken[MOST] = { false };
    for (int i = 0; i < t->count; i++) taken[t->waiting[i].place] = true;
    int k = 0;
    while (taken[k]) k++;
    return k;
}

static void add_nothing(void *ctx, int to, int from) { (void)ctx, (void)to, (void)from; }

/* The waiting nodes of a rank when its chunks are added, from its last to its first; most: places taken. */
static tree plan_of(int64_t all, int64_t first, int64_t mine, int *most)
{
    tree t = { .chunks = all };
    *most = 0;
    for (int64_t c = first + mine; c-- > first;) {
        const node x = raise(&t, (node){ 0, 0, c });
        const int i = sibling_of(&t, x);
        const int place = i < 0 ? free_place(&t) : t.waiting[i].place;
        if (place + 1 > *most) *most = place + 1;
        if (i >= 0) take(&t, i);
        insert(&t, i < 0 ? (node){ x.level, place, x.index } : (node){ x.level + 1, place, x.index / 2 },
               add_nothing, NULL);
    }
    return t;
}

int ak_treesum_parts(int64_t all, int64_t first, int64_t mine)
{
    int most;
    return plan_of(all, first, mine, &most).count;
}

akin_status ak_treesum_create(const akin_tensor *tensors, int64_t count, int64_t all, int64_t first,
                              int64_t mine, ak_treesum **out, akin_error *err)
{
    ak_treesum *s = calloc(1, sizeof *s);
    bool ok = s && (s->tensors = ak_tensors_copy(tensors, count)) != NULL;
    if (ok) {
        s->count = count;
        s->tree.chunks = all;
        for (int64_t i = 0; i < count; i++)
            if (tensors[i].grad) s->n += tensors[i].count;
        plan_of(all, first, mine, &s->vectors);
        for (int i = 0; i < s->vectors; i++) ok = (s->vector[i] = ak_alloc(4, s->n + 1, 1)) != NULL && ok;
    }
    if (!ok) {
        ak_treesum_free(s);
        return ak_no_memory(err, "for the gradients of %lld tensors", (long long)count);
    }
    *out = s;
    return AKIN_OK;
}

void ak_treesum_free(ak_treesum *s)
{
    if (!s) return;
    for (int i = 0; i < s->vectors; i++) free(s->vector[i]);
    free(s->tensors);
    free(s);
}

int64_t ak_treesum_bytes(const ak_treesum *s) { return s->vectors * s->n * (int64_t)sizeof(float); }

/* Additions ---------------------------------------------------------------------------------------------- */

typedef struct addition {
    float *to;
    const float *from;
} addition;

static void add_range(int64_t begin, int64_t end, void *ctx)
{
    const addition *w = ctx;
    for (int64_t i = begin; i < end; i++) w->to[i] += w->from[i];
}

static void add_vectors(void *ctx, int to, int from)
{
    const ak_treesum *s = ctx;
    addition w = { s->vector[to], s->vector[from] };
    ak_parallel_for(s->n, GRAIN, add_range, &w);
}

/* The gradients of the tensors, to a vector or added to it. */
static void put_gradients(const ak_treesum *s, float *to, bool add)
{
    for (int64_t i = 0; i < s->count; i++) {
        const akin_tensor *x = &s->tensors[i];
        addition w = { to, x->grad };
        if (!x->grad) continue;
        if (add)
            ak_parallel_for(x->count, GRAIN, add_range, &w);
        else
            memcpy(to, x->grad, (size_t)x->count * sizeof *to);
        to += x->count;
    }
}

void ak_treesum_add(ak_treesum *s, int64_t chunk)
{
    node x = raise(&s->tree, (node){ 0, 0, chunk });
    const int i = sibling_of(&s->tree, x);
    x.place = i < 0 ? free_place(&s->tree) : s->tree.waiting[i].place;
    put_gradients(s, s->vector[x.place], i >= 0);
    if (i >= 0) {
        take(&s->tree, i);
        x = (node){ x.level + 1, x.place, x.index / 2 };
    }
    insert(&s->tree, x, add_vectors, s);
}

int ak_treesum_waiting(ak_treesum *s, float *const **sums, int64_t *n)
{
    for (int i = 0; i < s->tree.count; i++) s->waiting[i] = s->vector[s->tree.waiting[i].place];
    *sums = s->waiting;
    *n = s->n;
    return s->tree.count;
}

void ak_treesum_finish(ak_treesum *s)
{
    const float *from = s->vector[s->tree.waiting[0].place];
    for (int64_t i = 0; i < s->count; i++) {
        if (!s->tensors[i].grad) continue;
        memcpy(s->tensors[i].grad, from, (size_t)s->tensors[i].count * sizeof *from);
        from += s->tensors[i].count;
    }
    s->tree.count = 0;
}

/* Over the ranks -------------------------------------------------------------------------------------- */

typedef struct parts {
    float *vectors;
    int64_t n;
} parts;

static void add_parts(void *ctx, int to, int from)
{
    const parts *p = ctx;
    for (int64_t i = 0; i < p->n; i++) p->vectors[to * p->n + i] += p->vectors[from * p->n + i];
}

void ak_treesum_join(int64_t all, const int64_t *first, int ranks, float *vectors, int64_t n)
{
    tree t = { .chunks = all };
    parts p = { vectors, n };
    int place = 0, most;
    for (int r = 0; r < ranks; r++) {
        const tree of_rank = plan_of(all, first[r], first[r + 1] - first[r], &most);
        for (int i = 0; i < of_rank.count; i++) {
            node x = of_rank.waiting[i];
            x.place = place++;
            insert(&t, x, add_parts, &p);
        }
    }
    if (t.waiting[0].place) memcpy(vectors, vectors + t.waiting[0].place * n, (size_t)n * sizeof *vectors);
}
