/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/data.h - what the inspections of the kinds of data share. */
#ifndef AKIN_CLI_DATA_DATA_H
#define AKIN_CLI_DATA_DATA_H

#include "command/command.h"

#include "akin/tool/images.h"
#include "akin/data.h"
#include "akin/tool/corpus.h"
#include "akin/tool/vectors.h"

enum { CLI_MOST_SPLITS = 3, CLI_SHOWN_CLASSES = 32, CLI_NAME = 256 };

/* 60000 as "60,000". */
const char *cli_grouped(int64_t x, char to[32]);
/* A name for the terminal: no control characters, no more than size-1 bytes. */
const char *cli_shown(const char *name, char *to, size_t size);
/* Columns of the terminal that a UTF-8 text takes. */
int cli_columns(const char *text);

/* --format, --size, --on-bad, --max-bad, --keep and --cache as options of an image set; data.c. */
akin_image_set_opts cli_data_opts(const cli_args *args);

/* The on_progress of a set that is opened: notes how far it is. */
typedef struct cli_reading {
    const cli_args *args;
    int64_t said_s; /* when it was said last */
} cli_reading;
bool cli_on_reading(int64_t done, int64_t total, void *ctx);

/* akin inspect of a set of vectors; vectors.c. */
int cli_inspect_vectors(const cli_args *args, const char *path);
/* Whether DATA is vectors: by --format, else detected. */
bool cli_is_vectors(const cli_args *args, const char *path);

/* The same of text; text.c. */
int cli_inspect_text(const cli_args *args, const char *path);
/* The options of a corpus, or of vectors, that were given, but for --seed. */
akin_status cli_text_opts(const cli_args *args, akin_corpus_opts *opts, akin_error *err);
akin_status cli_vectors_opts(const cli_args *args, akin_vectors_opts *opts, akin_error *err);
/* Whether an option was given that is for another kind of data than that at path; told, with the exit code in *code. */
bool cli_stray_kind(const cli_args *args, const char *path, int *code);
bool cli_is_text(const cli_args *args, const char *path);

#endif
