/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/synth.h - akin data synth, and the option rows it reads. */
#ifndef AK_CLI_DATA_SYNTH_H
#define AK_CLI_DATA_SYNTH_H

#include "command/command.h"

#include "akin/theory.h"
#include "akin/tool/latent.h"

#define CLI_SYNTH_ROWS                                                                                       \
    { "out", AKIN_OPT_TEXT, NULL, "DIR", 0, 0, "where to: a folder; views: the picture" },                   \
        { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace what is there" },                               \
        { "classes", AKIN_OPT_INT, "10", "C", 2, 1e6, "synth: number of classes" },                          \
        { "items", AKIN_OPT_INT, "1000", "N", 2, 1e8, "synth: number of items" },                            \
        { "width", AKIN_OPT_INT, "32", "D", 1, 65536, "synth: columns" },                                    \
        { "imbalance", AKIN_OPT_REAL, "1", "R", 1, 1e9, "synth: largest class over smallest" },              \
        { "spread", AKIN_OPT_REAL, "0.5", "S", 0, 1e6, "synth: of items around their class" },               \
        { "view-spread", AKIN_OPT_REAL, "0.2", "S", 0, 1e6, "synth: of views around their item" },           \
        { "model",                                                                                           \
          AKIN_OPT_CHOICE,                                                                                   \
          "gaussian",                                                                                        \
          "gaussian|discrete",                                                                               \
          0,                                                                                                 \
          0,                                                                                                 \
          "synth: discrete has finitely many views, so that all of it is known" },                           \
        { "views", AKIN_OPT_INT, "4", "V", 1, AKIN_DISCRETE_VIEWS, "synth: views of an item (discrete)" },   \
        { "overlap",                                                                                         \
          AKIN_OPT_REAL,                                                                                     \
          "0",                                                                                               \
          "P",                                                                                               \
          0,                                                                                                 \
          1,                                                                                                 \
          "synth: probability that a view is one of another class (discrete)" },                             \
        { "negatives", AKIN_OPT_INT, "15", "K", 1, 1e9, "synth: of tau_K and coverage (discrete)" },         \
        { "temperature", AKIN_OPT_REAL, "0.5", "T", 0, 1e6, "synth: of the expected losses (discrete)" },    \
    {                                                                                                        \
        "mix", AKIN_OPT_REAL, "0", "P", 0, 1, "synth: probability that the second view is of any item"       \
    }

int cli_data_synth(const cli_args *args);

#endif
