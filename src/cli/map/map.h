/* SPDX-License-Identifier: Apache-2.0 */
/* cli/map/map.h - what akin map maps, and the old map that new rows go to. */
#ifndef AK_CLI_MAP_MAP_H
#define AK_CLI_MAP_MAP_H

#include "cli/source.h"

#include "akin/tool/map.h"

/* The map FILE.npy that --place names: its places, how it was made, and the rows that it is of, which are
 * those or are refused. */
typedef struct cli_old_map {
    akin_array map; /* F32 [n,2] */
    akin_map_opts opts;
    cli_source of;
} cli_old_map;

/* Of which form the rows of that map are. */
akin_status cli_old_map_form(const char *path, cli_form *out, akin_error *err);
akin_status cli_old_map_open(const cli_args *args, const char *path, cli_old_map *out, akin_error *err);
void cli_old_map_free(cli_old_map *old);

/* The words of the options of a map. */
extern const char *const cli_map_metrics[], *const cli_map_losses[], *const cli_map_searches[];

#endif
