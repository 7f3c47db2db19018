/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cluster/cluster.h - the clusters that akin cluster made, for those who tell them. */
#ifndef AK_CLI_CLUSTER_CLUSTER_H
#define AK_CLI_CLUSTER_CLUSTER_H

#include "cli/lists.h"

#include "akin/tool/cluster.h"

typedef struct cli_clusters {
    const cli_args *args;
    cli_source source;
    akin_labels *own;      /* of --labels, or NULL: those of the source */
    const int32_t *labels; /* [n], or NULL */
    akin_cluster_opts opts;
    akin_cluster_result result;
    akin_cluster_agreement agree; /* of labels */
    int32_t *cluster;             /* [n] */
    double *distance;             /* [n] to the mean of the cluster */
    int64_t m, *central;          /* [clusters,m] */
    int64_t *size;                /* [clusters] */
} cli_clusters;

/* Into -o: cluster ids as .npy, or a table of items, tabs between. */
akin_status cli_clusters_write(const cli_clusters *c, const char *path, akin_error *err);
/* What was made, on stdout; returns the exit code. */
int cli_clusters_tell(const cli_clusters *c);

#endif
