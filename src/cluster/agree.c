/* SPDX-License-Identifier: Apache-2.0 */
/* cluster/agree.c - purity, normalised mutual information and the adjusted Rand index of clusters beside
 * labels; akin/tool/cluster.h has the formulas.
 *
 * Pairs (cluster, label) are sorted and counted, so that memory is linear in the items. */
#include "cluster/cluster.h"

#include <math.h>

typedef struct cell {
    int32_t cluster, label;
} cell;

static int by_cluster(const void *a, const void *b)
{
    const cell *x = a, *y = b;
    if (x->cluster != y->cluster) return x->cluster < y->cluster ? -1 : 1;
    return (x->label > y->label) - (x->label < y->label);
}

static int by_label(const void *a, const void *b)
{
    const cell *x = a, *y = b;
    return (x->label > y->label) - (x->label < y->label);
}

/* Over groups of equal cells: how many, their pairs, the entropy of their shares. */
typedef struct counts {
    int64_t groups;
    double pairs, entropy;
} counts;

static counts count(const cell *x, int64_t n, int (*same)(const void *, const void *))
{
    counts c = { 0, 0, 0 };
    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && same(&x[i], &x[end]) == 0;) end++;
        const double m = (double)(end - i), share = m / (double)n;
        c.groups++;
        c.pairs += m * (m - 1) / 2;
        c.entropy -= share * log(share);
    }
    return c;
}

static int of_one_cluster(const void *a, const void *b)
{
    return ((const cell *)a)->cluster != ((const cell *)b)->cluster;
}

/* Items of the most frequent label of each cluster, in all. */
static double most_frequent(const cell *x, int64_t n)
{
    double sum = 0, most = 0;
    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && by_cluster(&x[i], &x[end]) == 0;) end++;
        most = fmax(most, (double)(end - i));
        if (end == n || x[end].cluster != x[i].cluster) {
            sum += most;
            most = 0;
        }
    }
    return sum;
}

static void measure(cell *x, int64_t n, akin_cluster_agreement *a)
{
    qsort(x, (size_t)n, sizeof *x, by_cluster);
    const counts both = count(x, n, by_cluster), cluster = count(x, n, of_one_cluster);
    a->purity = most_frequent(x, n) / (double)n;
    qsort(x, (size_t)n, sizeof *x, by_label);
    const counts label = count(x, n, by_label);
    const double all = (double)n * ((double)n - 1) / 2,
                 chance = all > 0 ? cluster.pairs * label.pairs / all : 0;
    const double most = (cluster.pairs + label.pairs) / 2 - chance;
    const double entropies = cluster.entropy + label.entropy;
    /* equal partitions have 0 or what rounding leaves of it */
    a->nmi = entropies > 0 ? fmin(1, fmax(0, 2 * (entropies - both.entropy) / entropies)) : 1;
    a->ari = most > 0 ? (both.pairs - chance) / most : 1;
    a->clusters = (int32_t)cluster.groups;
    a->labels = (int32_t)label.groups;
}

akin_status akin_cluster_agree(const int32_t *cluster, const int32_t *labels, int64_t total,
                               akin_cluster_agreement *out, akin_error *err)
{
    akin_cluster_agreement a = AKIN_CLUSTER_AGREEMENT_INIT;
    AK_GIVEN(cluster, err);
    AK_GIVEN(labels, err);
    if (total < 1) return ak_fail(err, AKIN_ERR_SHAPE, "cluster: %lld items; one at least", (long long)total);
    cell *x = ak_alloc(sizeof *x, total, 1);
    if (!x) return ak_no_memory(err, "for the labels of %lld items", (long long)total);
    for (int64_t i = 0; i < total; i++)
        if (cluster[i] >= 0) x[a.n++] = (cell){ cluster[i], labels[i] };
    a.purity = a.nmi = a.ari = (double)NAN;
    if (a.n) measure(x, a.n, &a);
    free(x);
    return ak_result_export(out, &a, "cluster", err);
}
