/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/items.h - the training items of a data set in the eyes of a trained encoder: how difficult each
 * one is, which are copies, whether other models agree, and which to keep. docs/prune.md tells what each
 * score finds and what it misses.
 *
 *     akin_items_open()      the items, and which of them are exactly equal
 *     akin_items_measure()   the scores of each item (akin/tool/difficulty.h), from random views of it
 *     akin_items_compare()   the same scores by another model; as often as wanted
 *     akin_items_choose()    which items stay
 *     akin_items_save_...()  a keep-list, a table of scores, pictures for the report
 *
 * Memory   The model and the data set are borrowed and must outlive the items.
 * Threads  One akin_items is for one thread at a time. Results do not depend on the number of threads.
 * Errors   On failure err (may be NULL) holds a sentence. */
#ifndef AKIN_TOOL_ITEMS_H
#define AKIN_TOOL_ITEMS_H

#include "akin/data.h"
#include "akin/model.h"
#include "akin/tool/difficulty.h"
#include "akin/tool/program.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_items akin_items;

/* Start from AKIN_ITEMS_OPTS_INIT. */
typedef struct akin_items_opts {
    uint32_t struct_size;
    akin_layer layer; /* whose embeddings are compared; the loss is always that of the projector */
    bool whiten;      /* whiten features and views first; not for the loss */
    bool consensus;   /* choose by the mean place over all models, not by the first model alone */
    akin_score by;    /* the score that orders the items */
    int64_t draws;    /* pairs of random views of each item, >= 1 */
    /* Of the loss; 0 = that of each model's own loss, or where it has none difficulty->temperature. */
    double temperature;
    /* NULL = defaults; its seed also names the views. Borrowed for the call. */
    const akin_difficulty_opts *difficulty;
} akin_items_opts;

#define AKIN_ITEMS_OPTS_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_items_opts), .layer = AKIN_LAYER_BACKBONE, .by = AKIN_SCORE_LOSS,         \
        .draws = 4                                                                                           \
    }

/* The training part of a set, which is that of the model or another of the same kind. Copies are looked for
 * at once: pixels, numbers or bytes of text that are exactly equal.
 * AKIN_ERR_INPUT (no training part), AKIN_ERR_RANGE (draws), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_items_open(akin_model *model, const akin_dataset *set, const akin_items_opts *opts,
                                     akin_items **out, akin_error *err);
AKIN_API void akin_items_free(akin_items *items); /* takes NULL */

/* Embed the items and `draws` pairs of random views of each, and score them. Draw e takes views 0 and 1 of
 * epoch e of the model's augmentations, so that two models of one recipe are shown the same views.  Fails
 * as akin_difficulty_begin(). */
AKIN_API akin_status akin_items_measure(akin_items *items, akin_error *err);

/* After akin_items_measure(): the scores by another model. Kept are rank correlations with the first
 * model's, and for each item the mean and standard deviation of its place and of its loss over all models.
 * Fails as akin_items_measure(). */
AKIN_API akin_status akin_items_compare(akin_items *items, akin_model *other, akin_error *err);

/* Which items stay. Start from AKIN_PRUNE_OPTS_INIT. --------------------------------------------------------
 *
 * dropped = copies (all of a group but its first item), united with
 *     the round(drop n) most difficult items of all n, or
 *     round(random n) items of all n drawn by the seed, or
 *     so many of the most difficult others that round(keep n) stay (fewer where copies leave fewer).
 * So a list for a smaller share always holds one for a greater, and one without copies lies within that
 * without exact copies. */
typedef struct akin_prune_opts {
    uint32_t struct_size;
    bool copies;               /* drop copies */
    double drop, random, keep; /* shares; at most one of them >= 0 */
    uint64_t seed;             /* of random */
} akin_prune_opts;

#define AKIN_PRUNE_OPTS_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_prune_opts), .drop = -1, .random = -1, .keep = -1                         \
    }

/* order [n]: most difficult first, may be NULL for random and copies; groups [n], may be NULL without
 * copies. kept [n] receives 1 or 0.  AKIN_ERR_ARGUMENT (nothing asked for, two shares, a missing array),
 * AKIN_ERR_RANGE (a share beyond [0,1], nothing would stay), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_prune(const int64_t *order, const int64_t *groups, int64_t n,
                                const akin_prune_opts *opts, uint8_t *kept, akin_error *err);

/* The same for the items, by the order of opts.by; opts NULL: all stay.
 * AKIN_ERR_INPUT where the score needs labels and there are none; else fails as akin_prune(). */
AKIN_API akin_status akin_items_choose(akin_items *items, const akin_prune_opts *opts, akin_error *err);

/* What is known so far. Owned by the library; read through pointers only. */
typedef struct akin_items_state {
    int64_t n;                 /* items */
    int64_t step;              /* of the model */
    double temperature;        /* that the loss was measured with */
    const int64_t *same;       /* [n] the first exactly equal item, the item itself where there is none */
    const akin_difficulty *d;  /* the scores, or NULL */
    int64_t copy_groups;       /* groups of copies with more than one item */
    int64_t copies;            /* items that go as copies of another */
    double spacing, suggested; /* of copies: akin_difficulty_spacing(), _suggested(); NaN before measuring */
    double duplicate;          /* the distance that was taken for copies */
    int64_t members;           /* of the paper's difficult set */
    int models;                /* others that were compared */
    /* Mean rank correlation of a score with that of the others; NaN without others. */
    double agree[AKIN_SCORES];
    /* [n] mean and standard deviation over all models of the place by opts.by, as a share, 0 the most
     * difficult; NULL without others. */
    const double *place[2];
    /* [n] mean and standard deviation over all models of the loss; NULL without others. */
    const double *loss[2];
    const uint8_t *kept;                              /* [n] 1 for items that stay, or NULL */
    int64_t left;                                     /* how many stay */
    int64_t gone_copies, gone_random, gone_difficult; /* how many go for which reason, the first that holds */
} akin_items_state;

AKIN_API const akin_items_state *akin_items_look(const akin_items *items);

/* One score over all items. */
typedef struct akin_score_range {
    uint32_t struct_size;
    double mean, least, median, greatest; /* all NaN where the score is not known */
} akin_score_range;

#define AKIN_SCORE_RANGE_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_score_range)                                                              \
    }

/* After akin_items_measure().  AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_items_score_range(const akin_items *items, akin_score score, akin_score_range *out,
                                            akin_error *err);

/* Of the three below all that are of one result are given the same files; NULL: each stands alone. */

/* A keep-list of the items that stay (akin/tool/keep_list.h); its note names the run. Borrowed: run, command.
 * AKIN_ERR_IO, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_items_save_keep(const akin_items *items, const char *path, const char *run,
                                          const char *command, akin_files *files, akin_error *err);
/* All scores as text, one item a line, tabs between; the first line names the columns.  AKIN_ERR_IO,
 * AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_items_save_scores(const akin_items *items, const char *path, akin_files *files,
                                            akin_error *err);
/* FOLDER/difficulty.npy and .json, which the report shows: the hardest items, the easiest, the least
 * consistent, pairs that are probably of one class, and copies. Of images only, else nothing is written.
 * AKIN_ERR_IO, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_items_save_gallery(const akin_items *items, const char *folder, akin_files *files,
                                             akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_ITEMS_H */
