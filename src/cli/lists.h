/* SPDX-License-Identifier: Apache-2.0 */
/* cli/lists.h - what verbs on single items have and write: labels, and names in a table. */
#ifndef AK_CLI_LISTS_H
#define AK_CLI_LISTS_H

#include "cli/source.h"

#include <stdio.h>

/* A name as a field of a table: escaped as names in files are, so that neither a tab nor a line end is in
 * it. */
void cli_put_name(FILE *to, const char *name);

/* The name of an item, or its number where items have none, in buf or elsewhere. */
const char *cli_item_name(const cli_source *s, int64_t i, char *buf, size_t size);

/* The labels of the items: of the file that --labels names, which *own then holds and the caller frees; else
 * those of the source; NULL where there are none. */
akin_status cli_source_labels(const cli_args *args, const cli_source *s, akin_labels **own,
                              const int32_t **labels, akin_error *err);
/* The name of a label, or its number where it has none, in buf or elsewhere. */
const char *cli_label_name(const cli_source *s, const akin_labels *own, int32_t label, char *buf,
                           size_t size);

#endif
