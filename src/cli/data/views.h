/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/views.h - akin data views, and the option rows it reads besides those of data inspect and --out,
 * --force. */
#ifndef AK_CLI_DATA_VIEWS_H
#define AK_CLI_DATA_VIEWS_H

#include "command/command.h"

#include "akin/tool/augment.h"

#define CLI_VIEWS_ROWS                                                                                       \
    {                                                                                                        \
        "config", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "views: options as JSON, such as the run.json of a run" \
    },                                                                                                       \
        { "rows", AKIN_OPT_INT, "8", "N", 1, 4096, "views: items, evenly spaced" },                          \
        { "per-item", AKIN_OPT_INT, "8", "N", 1, 4096, "views: views of each, two an epoch" },               \
        { "epoch", AKIN_OPT_INT, "0", "N", 0, 1e6, "views: of the first two" },                              \
        { "enlarge", AKIN_OPT_INT, "0", "N", 0, 64, "views: enlarge each pixel; 0 = cells of about 64" },    \
        AKIN_AUGMENT_OPT_ROWS

int cli_data_views(const cli_args *args, const char *path);

#endif
