/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/derive.h - akin data longtail, mix, split and convert: data sets made from data sets, and the
 * option rows they read besides those of data inspect and --out, --force. */
#ifndef AK_CLI_DATA_DERIVE_H
#define AK_CLI_DATA_DERIVE_H

#include "command/command.h"

#include "akin/tool/images.h"
#include "akin/tool/keep_list.h"

#define CLI_LONGTAIL_ROWS                                                                                    \
    { "profile", AKIN_OPT_CHOICE, "exp", "exp|step", 0, 0, "longtail: sizes fall evenly, or in one step" },  \
        { "ratio", AKIN_OPT_REAL, "100", "R", 1, 1e9, "longtail: largest class over smallest" },             \
        { "classes-minor",                                                                                   \
          AKIN_OPT_REAL,                                                                                     \
          "0.5",                                                                                             \
          "SHARE",                                                                                           \
          0,                                                                                                 \
          1,                                                                                                 \
          "longtail: share of the classes that are small (step)" },                                          \
        { "class-order",                                                                                     \
          AKIN_OPT_CHOICE,                                                                                   \
          "given",                                                                                           \
          "given|random",                                                                                    \
          0,                                                                                                 \
          0,                                                                                                 \
          "longtail: the first class is the largest, or the seed says which" },                              \
    {                                                                                                        \
        "largest", AKIN_OPT_INT, "0", "N", 0, 2147483647,                                                    \
            "longtail: items of the largest class; 0 = as many as the smallest of DATA has"                  \
    }

#define CLI_MIX_ROWS                                                                                         \
    { "share", AKIN_OPT_REAL, "0.1", "F", 0, 1, "mix: share of the training images that are mixed" },        \
        { "omega", AKIN_OPT_REAL, "0.5", "W", 0, 1, "mix: (1-W) of the image and W of another" },            \
    {                                                                                                        \
        "with", AKIN_OPT_CHOICE, "other", "other|same|any", 0, 0, "mix: the class of the other image"        \
    }

#define CLI_SPLIT_ROWS                                                                                       \
    { "test",                                                                                                \
      AKIN_OPT_REAL,                                                                                         \
      "0.2",                                                                                                 \
      "F",                                                                                                   \
      0,                                                                                                     \
      1,                                                                                                     \
      "split: share of train that becomes test; 0 where there is a test split" },                            \
        { "val", AKIN_OPT_REAL, "0", "F", 0, 1, "split: share of train that becomes val" },                  \
        { "groups",                                                                                          \
          AKIN_OPT_TEXT,                                                                                     \
          NULL,                                                                                              \
          "FILE",                                                                                            \
          0,                                                                                                 \
          0,                                                                                                 \
          "split: a whole number a line (or .npy); equal ones stay together [equal images]" },               \
    {                                                                                                        \
        "lists", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "split: write keep-lists alone, no images"                 \
    }

#define CLI_DERIVE_ROWS CLI_LONGTAIL_ROWS, CLI_MIX_ROWS, CLI_SPLIT_ROWS

/* The actions; each returns the exit code. */
int cli_data_longtail(const cli_args *args, const char *path);
int cli_data_mix(const cli_args *args, const char *path);
int cli_data_split(const cli_args *args, const char *path);
int cli_data_convert(const cli_args *args, const char *path);

/* Shared: derive.c ----------------------------------------------------------------------------------- */

/* The image set at path, for an output at --out whose file `mark` ("" = --out itself) must not be there
 * without --force. 0, or the exit code, told. */
int cli_derive_open(const cli_args *args, const char *path, const char *mark, akin_image_set **ds,
                    akin_images *train);

/* folder/name, for a message or a file; to holds 4096 bytes. */
const char *cli_derive_file(char *to, const char *folder, const char *name);

/* What lists say of this command. */
akin_keep_list_head cli_derive_head(const cli_args *args);

#endif
