/* SPDX-License-Identifier: Apache-2.0 */
/* cli/near/near.h - what akin dups, outliers and labels share: where rows come from, names, tables, the
 * keep-list and pictures on the page. */
#ifndef AK_CLI_NEAR_NEAR_H
#define AK_CLI_NEAR_NEAR_H

#include "cli/source.h"
#include "cli/trained.h"

#include "akin/tool/dataset.h"
#include "akin/tool/report.h"

/* Options of both. */
/* clang-format off */
#define CLI_NEAR_OPTIONS                                                                                     \
    CLI_FORM_OPTIONS("plain"),                                                                               \
    { "layer", AKIN_OPT_CHOICE, "backbone", "backbone|projector", 0, 0, "with RUN: which layer" },           \
    { "split", AKIN_OPT_CHOICE, "train", "train|test|val", 0, 0, "with RUN or DATA: which part of it" },     \
    { "names", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "one name a line [FILE.names.txt beside FILE.npy]" },      \
    CLI_READING_OPTIONS,                                                                                     \
    CLI_RAW_OPTIONS
#define CLI_NEAR_HEADINGS                                                                                    \
    { "form", NULL, "What is compared" },                                                                    \
    CLI_READING_HEADING,                                                                                     \
    { "format", "raw", "DATA that no run has embedded" },                                                    \
    CLI_COMMON_HEADING
/* clang-format on */

typedef struct cli_near {
    cli_source source;
    akin_images pictures;
    bool has_pictures;
    char name[4096], shown[16400];
} cli_near;

/* raw: what becomes of data that no run has embedded. */
akin_status cli_near_open(const cli_args *args, cli_raw raw, cli_near *out, akin_error *err);
void cli_near_free(cli_near *n);

/* The name of item i, "row 7" where it has none; in n until the next call. */
const char *cli_near_name(cli_near *n, int64_t i);
/* The same for a table on a terminal, at most size-1 bytes: of a long one the beginning and more of the end,
 * since paths differ there. Returns to. */
const char *cli_near_shown(cli_near *n, int64_t i, char *to, size_t size);
/* "4200 items by small grey pictures, whitened" */
const char *cli_near_what(const cli_near *n, char *to, size_t size);
/* As snprintf(), with numbers as akin_print() has them. */
void cli_near_say(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "of", "feature", "whitened", "items", "width". */
akin_json *cli_near_json(const cli_near *n);

/* -1, or the exit code: files that options name, by a list that NULL ends, can be written and differ. */
int cli_near_check_files(const cli_args *args, const char *const *options);
/* A remark on items that have nothing to compare. */
void cli_near_tell_zeros(const cli_args *args, int64_t zeros);
/* -1, or the exit code: --out needs names. */
int cli_near_check_names(const cli_args *args, const cli_near *n);

/* Lines of a table. Once a write has failed, nothing more is written; close() tells. */
typedef struct cli_lines {
    akin_writer *w;
    akin_status status;
    akin_error *err;
} cli_lines;

cli_lines cli_lines_open(akin_files *files, const char *path, akin_error *err);
void cli_lines_put(cli_lines *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The name of item i, and its class where items have classes, a tab before each. */
void cli_lines_item(cli_lines *l, cli_near *n, int64_t i);
void cli_lines_head(cli_lines *l, const cli_near *n, const char *name); /* the same of a head line */
akin_status cli_lines_close(cli_lines *l);

/* The items with kept[i], as a keep-list. */
akin_status cli_near_keep(const cli_args *args, cli_near *n, const unsigned char *kept, const char *note,
                          akin_files *files, akin_error *err);
/* What a verb does with its items; w is its own, with n in it. */
typedef struct cli_near_verb {
    cli_raw raw;
    akin_status (*find)(const cli_args *args, void *w, akin_error *err); /* of several ranks all call it */
    /* The files that options name; all are there afterwards or none. */
    akin_status (*write)(const cli_args *args, void *w, akin_files *files, akin_error *err);
    void (*doubts)(const cli_args *args, void *w);
    akin_json *(*summary)(const cli_args *args, void *w);
    void (*print)(const cli_args *args, void *w);
} cli_near_verb;
/* Opens the items, and all of that in turn; nothing where code is not -1, that of what was asked for. Ranks
 * find together, the first one writes and prints. The exit code. */
int cli_near_run(const cli_args *args, const cli_near_verb *verb, cli_near *n, void *w, int code);

/* The page, from its sections and texts; items are those of n. */
akin_status cli_near_page(cli_near *n, akin_sheet *sheet, const char *path, akin_files *files,
                          akin_error *err);

#endif
