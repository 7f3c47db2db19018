/* SPDX-License-Identifier: Apache-2.0 */
/* cli/map/map.h - what akin map maps, and the old map that new rows go to. */
#ifndef AK_CLI_MAP_MAP_H
#define AK_CLI_MAP_MAP_H

#include "cli/named.h"
#include "cli/table.h"

#include "akin/data.h"
#include "akin/model.h"
#include "akin/tool/map.h"

/* Rows with names and labels: of a file, or a run's embeddings of a data set. */
typedef struct cli_source {
    const char *path, *data; /* FILE.npy or RUN; DATA or NULL */
    char layer[16], split[16];
    bool run;
    akin_cmat rows;
    cli_named named;
    cli_table table;   /* of a file */
    akin_model *model; /* of a run */
    akin_dataset *set;
    akin_split_view part;
    float *memory;
    char name[4096];
} cli_source;

/* layer, split: of a run. plain: neither names nor labels are wanted. */
akin_status cli_source_open(const cli_args *args, const char *path, const char *data, const char *layer,
                            const char *split, bool plain, cli_source *out, akin_error *err);
void cli_source_free(cli_source *s);

/* The map FILE.npy that --place names: its places, how it was made, and the rows that it is of, which are
 * those or are refused. */
typedef struct cli_old_map {
    akin_array map; /* F32 [n,2] */
    akin_map_opts opts;
    cli_source of;
} cli_old_map;

akin_status cli_old_map_open(const cli_args *args, const char *path, cli_old_map *out, akin_error *err);
void cli_old_map_free(cli_old_map *old);

/* The words of the options of a map. */
extern const char *const cli_map_metrics[], *const cli_map_losses[], *const cli_map_searches[];

#endif
