/* SPDX-License-Identifier: Apache-2.0 */
/* cli/report/report.h - the map of a run's items that akin report draws. */
#ifndef AK_CLI_REPORT_REPORT_H
#define AK_CLI_REPORT_REPORT_H

#include "command/command.h"

#include "akin/data.h"
#include "akin/model.h"
#include "akin/tool/images.h"
#include "akin/tool/report.h"

enum { CLI_REPORT_NEAREST = 6 };

/* A map and what it borrows. */
typedef struct cli_report_map {
    akin_report_map map;
    akin_model *model;
    akin_dataset *set;
    akin_images pictures;
    int64_t *item; /* [n] of the split */
    int32_t *labels, *near;
    float *rows, *places, *similarity;
    char name[4096], why[1024];
} cli_report_map;

/* Embed up to `most` items of the training part of the run's own data, find what is nearest, make a map. What
 * cannot be read is said in map.missing. AKIN_ERR_NOMEM. cli_report_map_free() frees, then too. */
akin_status cli_report_map_make(const cli_args *args, const char *run, int64_t most, cli_report_map *out,
                                akin_error *err);
void cli_report_map_free(cli_report_map *m);

#endif
