/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/data.h - data sets as the command line names them: of which kind, opened with which options. */
#ifndef AK_CLI_DATA_DATA_H
#define AK_CLI_DATA_DATA_H

#include "command/command.h"

#include "akin/data.h"
#include "akin/tool/images.h"

enum { CLI_SHOWN_CLASSES = 32, CLI_NAME = 256 };

/* What DATA is: by --format, else detected; images where nothing is recognised. */
akin_status cli_data_kind(const cli_args *args, const char *path, akin_data_kind *kind, akin_error *err);
/* Whether an option was given that is for another kind of data than that at path, or the kind cannot be found
 * out; told, with the exit code in *code. */
bool cli_stray_kind(const cli_args *args, const char *path, int *code);

/* --format, --size, --on-bad, --max-bad, --keep and --cache as options of an image set. */
akin_image_set_opts cli_data_opts(const cli_args *args);

/* What was understood of a set of images, on stderr. */
void cli_tell_image_remarks(const cli_args *args, const akin_image_set *set);

/* Open DATA with the options that were given. learn: of text only items with a word, which training would
 * take. */
akin_status cli_data_open(const cli_args *args, const char *path, bool learn, akin_dataset **out,
                          akin_error *err);

#endif
