/* SPDX-License-Identifier: Apache-2.0 */
/* cluster/condense.c - a minimum spanning tree taken apart into clusters of at least min_size rows, and the
 * most stable of them  [Campello2013].
 *
 * Merging the edges from the shortest on makes a tree of nodes: 0..n-1 are the rows, n + e is made by edge e.
 * It is walked from its top. Where a node falls into two parts of min_size rows or more, two clusters begin;
 * where only one part has so many, the rows of the other leave, and the cluster goes on; where none has, all
 * leave. A row that leaves at the length w adds 1/w - 1/(length where its cluster began).
 *
 * Rows at distance 0 would make a cluster infinitely stable: lengths count as LEAST at least. */
#include "cluster/cluster.h"

#include <math.h>
#include <string.h>

static const double LEAST = 1e-12;

typedef struct node {
    int32_t part[2], size;
    double length;
} node;

typedef struct group {
    int32_t parent;
    int32_t taken; /* the taken cluster that it lies in, or is; -1 none */
    double born;   /* 1/length where it began */
    double stability, within;
} group;

typedef struct visit {
    int32_t node, group;
} visit;

typedef struct tree {
    int64_t n, min_size, groups;
    node *made;      /* [n-1] node n + e */
    int32_t *top;    /* [n] of merging: parents; the node on top of a root's set is at_top */
    int32_t *at_top; /* [n] */
    group *group;    /* [n] */
    visit *stack;    /* [n + 1] */
    int32_t *leaves; /* [n + 1] stack of a part whose rows leave */
} tree;

static int by_length(const void *a, const void *b)
{
    const ak_edge *x = a, *y = b;
    if (x->length != y->length) return x->length < y->length ? -1 : 1;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

static int32_t root_of(int32_t *top, int32_t i)
{
    while (top[i] != i) {
        top[i] = top[top[i]];
        i = top[i];
    }
    return i;
}

static int64_t size_of(const tree *t, int32_t at) { return at < t->n ? 1 : t->made[at - t->n].size; }

static void merge(tree *t, const ak_edge *edge)
{
    for (int64_t i = 0; i < t->n; i++) t->top[i] = t->at_top[i] = (int32_t)i;
    for (int64_t e = 0; e < t->n - 1; e++) {
        const int32_t a = root_of(t->top, edge[e].a), b = root_of(t->top, edge[e].b);
        const int32_t x = t->at_top[a], y = t->at_top[b];
        t->made[e] = (node){ { x, y }, (int32_t)(size_of(t, x) + size_of(t, y)), edge[e].length };
        t->top[b] = a;
        t->at_top[a] = (int32_t)(t->n + e);
    }
}

/* All rows under a node leave the cluster there. */
static void leave(tree *t, int32_t from, int32_t group_number, double when, int32_t *cluster)
{
    group *g = &t->group[group_number];
    int64_t depth = 0;
    t->leaves[depth++] = from;
    while (depth) {
        const int32_t at = t->leaves[--depth];
        if (at < t->n) {
            cluster[at] = group_number;
            g->stability += when - g->born;
            continue;
        }
        t->leaves[depth++] = t->made[at - t->n].part[0];
        t->leaves[depth++] = t->made[at - t->n].part[1];
    }
}

static int32_t begin_group(tree *t, int32_t parent, double when)
{
    t->group[t->groups] = (group){ .parent = parent, .taken = -1, .born = when };
    return (int32_t)t->groups++;
}

/* cluster [n] receives the group that each row leaves last. */
static void walk(tree *t, int32_t *cluster)
{
    int64_t depth = 0;
    t->groups = 0;
    t->stack[depth++] = (visit){ (int32_t)(2 * t->n - 2), begin_group(t, -1, 0) };
    while (depth) {
        const visit v = t->stack[--depth];
        const node *at = &t->made[v.node - t->n];
        const double when = 1 / fmax(at->length, LEAST);
        const int64_t size[2] = { size_of(t, at->part[0]), size_of(t, at->part[1]) };
        const bool both = size[0] >= t->min_size && size[1] >= t->min_size;
        if (both) {
            group *g = &t->group[v.group];
            g->stability += (double)at->size * (when - g->born);
        }
        for (int p = 0; p < 2; p++) {
            if (both)
                t->stack[depth++] = (visit){ at->part[p], begin_group(t, v.group, when) };
            else if (size[p] >= t->min_size)
                t->stack[depth++] = (visit){ at->part[p], v.group };
            else
                leave(t, at->part[p], v.group, when, cluster);
        }
    }
}

/* The most stable, from the leaves up; parents stand before their parts. The whole set is never taken. */
static void take(tree *t)
{
    for (int64_t g = t->groups - 1; g > 0; g--) {
        group *at = &t->group[g];
        const bool own = at->stability >= at->within;
        at->taken = own ? (int32_t)g : -1;
        t->group[at->parent].within += own ? at->stability : at->within;
    }
    for (int64_t g = 1; g < t->groups; g++) {
        const int32_t above = t->group[t->group[g].parent].taken;
        if (above >= 0) t->group[g].taken = above;
    }
}

akin_status ak_condense(ak_edge *edge, int64_t n, int64_t min_size, int32_t *cluster, akin_error *err)
{
    tree t = { .n = n, .min_size = min_size };
    t.made = ak_alloc(sizeof *t.made, n, 1);
    t.top = ak_alloc(sizeof *t.top, n, 1);
    t.at_top = ak_alloc(sizeof *t.at_top, n, 1);
    t.group = ak_alloc(sizeof *t.group, n + 1, 1);
    t.stack = ak_alloc(sizeof *t.stack, n + 1, 1);
    t.leaves = ak_alloc(sizeof *t.leaves, n + 1, 1);
    const bool ok = t.made && t.top && t.at_top && t.group && t.stack && t.leaves;
    if (ok) {
        qsort(edge, (size_t)n - 1, sizeof *edge, by_length);
        merge(&t, edge);
        walk(&t, cluster);
        take(&t);
        for (int64_t i = 0; i < n; i++) cluster[i] = t.group[cluster[i]].taken;
    }
    free(t.made);
    free(t.top);
    free(t.at_top);
    free(t.group);
    free(t.stack);
    free(t.leaves);
    return ok ? AKIN_OK : ak_no_memory(err, "for the tree of %lld rows", (long long)n);
}
