/* SPDX-License-Identifier: Apache-2.0 */
/* cli/prune/prune.h - what the parts of the prune verb share. */
#ifndef AKIN_CLI_PRUNE_PRUNE_H
#define AKIN_CLI_PRUNE_PRUNE_H

#include "akin/tool/difficulty.h"
#include "akin/tool/dataset.h"
#include "akin/model.h"
#include "command/command.h"

/* The training part of a run's data, measured. */
typedef struct cli_prune {
    const cli_args *args;
    const char *run, *data; /* data NULL = the run's own */
    akin_dataset *set;
    akin_split_view part;
    int64_t step;
    double temperature;
    akin_difficulty *d;         /* NULL when nothing had to be measured */
    double stable[AKIN_SCORES]; /* mean rank correlation with the others, NaN without */
    int others;                 /* runs of --with and checkpoints of --over-checkpoints */
    /* [n] mean and standard deviation over the run and the others, or NULL: of the place by `by` as a share, 0 the most
     * difficult, and of the loss */
    double *rank[2], *loss[2];
    akin_score by;
    int64_t *order;                    /* [n] by `by`, or NULL */
    int64_t *same;                     /* [n] the first exactly equal item */
    uint8_t *kept;                     /* [n] */
    int64_t difficult, copies, random; /* how many go for which reason, the first that holds */
    int64_t left;
} cli_prune;

/* Embed items and views with the run, and with the run of --with; measure.c. */
akin_status cli_prune_measure(cli_prune *p, akin_model *model, akin_error *err);

/* One set of scores of the same items by another model; measure.c. */
akin_status cli_prune_measure_one(const cli_prune *p, akin_model *m, akin_difficulty **out, akin_error *err);
/* The other runs and checkpoints, compared with p->d; stable.c. */
akin_status cli_prune_compare(cli_prune *p, const akin_model *model, akin_error *err);
bool cli_prune_compares(const cli_args *args);

/* p->same of images, vectors and text; same.c. */
akin_status cli_prune_same(cli_prune *p, akin_error *err);

/* write.c */
akin_status cli_prune_keep(const cli_prune *p, const char *path, akin_error *err);
akin_status cli_prune_scores(const cli_prune *p, const char *path, akin_error *err);
akin_json *cli_prune_json(const cli_prune *p);

/* RUN/gallery/difficulty.npy and .json, of images; gallery.c. */
akin_status cli_prune_gallery(const cli_prune *p, akin_error *err);

#endif
