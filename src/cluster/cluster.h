/* SPDX-License-Identifier: Apache-2.0 */
/* cluster/cluster.h - what the files of this folder share.
 *
 *     cluster.c   the border, numbers of clusters, central items    kmeans.c   k-means, by linalg/lloyd.h
 *     density.c   core distances and the minimum spanning tree      condense.c  the tree taken apart
 *     agree.c     clusters beside labels                            far.inc    squared distances */
#ifndef AK_CLUSTER_CLUSTER_H
#define AK_CLUSTER_CLUSTER_H

#include "akin/tool/cluster.h"
#include "map/graph.h"

/* Squared distances of x to `count` rows of y, those listed or all from the first on, in double from sums in
 * 16 lanes of float: the same bits on any instruction set. */
typedef struct ak_far {
    const char *isa;
    void (*squares)(const float *x, const float *y, int64_t d, const int32_t *list, int64_t count,
                    double *out);
} ak_far;
extern const ak_far ak_far_ref, ak_far_avx2, ak_far_avx512;
const ak_far *ak_far_here(void); /* of akin_isa() */

/* cluster [n]; of result inertia (in the rows' own scale), iterations, converged. */
akin_status ak_kmeans(const ak_map_rows *rows, const akin_cluster_opts *opts, int32_t *cluster,
                      akin_cluster_result *result, akin_error *err);

/* Edges of a tree over n rows. */
typedef struct ak_edge {
    double length;
    int32_t a, b;
} ak_edge;

/* edge [n-1]: the minimum spanning tree of w. */
akin_status ak_density_tree(const ak_map_rows *rows, int64_t neighbours, ak_edge *edge, akin_error *err);
/* Take it apart: cluster [n], -1 = noise. Orders the edges. */
akin_status ak_condense(ak_edge *edge, int64_t n, int64_t min_size, int32_t *cluster, akin_error *err);

#endif
