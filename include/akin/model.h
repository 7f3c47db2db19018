/* SPDX-License-Identifier: Apache-2.0 */
/* akin/model.h - the trained encoder of a run: open it, ask what it is, embed data with it.
 *
 * Example
 *     akin_error err;
 *     akin_model *model = NULL;
 *     akin_dataset *photos = NULL;
 *     akin_split_view train = AKIN_SPLIT_VIEW_INIT;
 *     akin_status status = akin_model_open("runs/a", NULL, &model, &err);
 *     if (!status) status = akin_model_open_dataset(model, "photos", &photos, &err);
 *     if (!status) status = akin_dataset_split(photos, "train", AKIN_TARGET_AUTO, &train, &err);
 *     const int64_t width = status ? 0 : akin_model_width(model, AKIN_LAYER_BACKBONE);
 *     float *rows = malloc((size_t)(train.n * width) * sizeof *rows);
 *     const akin_mat backbone = { rows, train.n, width, width }, none = { NULL, 0, 0, 0 };
 *     if (!status) status = akin_model_embed(model, photos, NULL, backbone, none, &err);
 *     free(rows);
 *     akin_dataset_free(photos);
 *     akin_model_free(model);
 *
 * Shapes   An embedding is a row of floats. A model gives two for every item: the features of its backbone,
 *          and the projections that the loss has read. akin_model_width() tells how wide they are.
 * Memory   A model and a data set are the caller's; free takes NULL. Texts that a model gives are borrowed
 *          from it.
 * Threads  A model serves one caller at a time, with the threads of akin_set_threads().
 * Errors   One sentence: what, where, what to do. Rows are the exception to "on failure no output is
 *          written" (akin/base.h): after a failure they may be written in part.
 */
#ifndef AKIN_MODEL_H
#define AKIN_MODEL_H

#include "akin/base.h"
#include "akin/data.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_model akin_model;

/* Opening. ----------------------------------------------------------------------------------------------- */

/* Which weights. A run that was trained with --ema keeps the weights of the last step,
 * and beside them their moving average. */
typedef enum akin_model_kind {
    AKIN_MODEL_TRAINED,  /* the averaged weights, where the run keeps them; else those of the last step */
    AKIN_MODEL_RANDOM,   /* the same encoder before its first step: what training is compared with */
    AKIN_MODEL_RAW,      /* the weights of the last step */
    AKIN_MODEL_AVERAGED, /* the averaged weights */
} akin_model_kind;

typedef struct akin_model_opts {
    uint32_t struct_size;
    akin_model_kind kind;
    /* "newest", "best" or the number of a step, such as "1200"; NULL = "newest". The newest is the newest
     * checkpoint that is not damaged; the best has the lowest training loss, smoothed over about an epoch. */
    const char *checkpoint;
    /* Not NULL: an akin_ranks (akin/tool/ranks.h), to be there as long as the model. Its embeddings are made
     * by all ranks together: each embeds some batches, and all have all rows, with the bits of one process.
     * So every rank calls akin_model_embed() with the same data and options, and an error of one is that of
     * all. */
    void *ranks;
} akin_model_opts;

#define AKIN_MODEL_OPTS_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_model_opts), .kind = AKIN_MODEL_TRAINED                                   \
    }

/* Open the model of the run in the folder `run`. opts NULL: the newest checkpoint, AKIN_MODEL_TRAINED.
 * AKIN_ERR_RANGE        checkpoint is none of the three
 * AKIN_ERR_ARGUMENT     run or out is NULL; AKIN_MODEL_AVERAGED, and the run keeps no average
 * AKIN_ERR_INPUT        run is no run, or has no such checkpoint; the sentence lists what there is
 * AKIN_ERR_FORMAT       the checkpoint that was named is damaged */
AKIN_API akin_status akin_model_open(const char *run, const akin_model_opts *opts, akin_model **out,
                                     akin_error *err);
AKIN_API void akin_model_free(akin_model *m);

/* The steps at which the run has a checkpoint, oldest first, into steps[0..room); "best" is not among them.
 * *count receives how many there are, which may be more than room. steps may be NULL when room is 0.
 * AKIN_ERR_ARGUMENT     run or count is NULL
 * AKIN_ERR_INPUT        run is no run
 * AKIN_ERR_NOMEM        out of memory */
AKIN_API akin_status akin_run_checkpoints(const char *run, int64_t *steps, int64_t room, int64_t *count,
                                          akin_error *err);

/* What a model is. --------------------------------------------------------------------------------------- */

typedef enum akin_layer {
    AKIN_LAYER_BACKBONE,  /* the features: what other tasks use */
    AKIN_LAYER_PROJECTOR, /* the projections: what the loss has read; without a head, the features */
} akin_layer;

AKIN_API int64_t akin_model_width(const akin_model *m, akin_layer layer); /* columns of that layer's rows */
AKIN_API bool akin_model_has_head(const akin_model *m);                   /* the two layers differ */
AKIN_API int64_t akin_model_step(const akin_model *m);        /* of the checkpoint; 0 for AKIN_MODEL_RANDOM */
AKIN_API const char *akin_model_weights(const akin_model *m); /* "raw", "ema" or "random" */
AKIN_API akin_data_kind akin_model_data_kind(const akin_model *m); /* what it was trained on */

/* An option of the run as text, by the name of its flag ("temperature"); NULL when it has no value. Borrowed
 * until the next akin_model_set_option(). */
AKIN_API const char *akin_model_option(const akin_model *m, const char *name);

/* Change how akin_model_open_dataset() reads data: "format", "size", "resize", "cache", "on-bad", "max-bad",
 * "background", "sample-bits", of vectors "missing", and of tables "header", "delimiter" and "decimal".
 * AKIN_ERR_ARGUMENT for another option, AKIN_ERR_RANGE for a bad value. */
AKIN_API akin_status akin_model_set_option(akin_model *m, const char *name, const char *text,
                                           akin_error *err);

/* Embedding. --------------------------------------------------------------------------------------------- */

/* Open data for this model, read as the run read its own: the same format and size, vectors on the same
 * scale, columns of a table found by their names. path NULL = the run's own data, those items that it
 * learned from. Fails as akin_dataset_open() does. */
AKIN_API akin_status akin_model_open_dataset(const akin_model *m, const char *path, akin_dataset **out,
                                             akin_error *err);

/* What of a data set to embed. All pointers are borrowed for the call. */
typedef struct akin_embed_opts {
    uint32_t struct_size;
    bool random_views;   /* embed random views by the run's recipe instead of the items as they are */
    const char *split;   /* NULL = "train" */
    const int64_t *item; /* [n] which items of the split; NULL = all of it, in order */
    int64_t n;           /* is not read when item is NULL */
    /* The name of the views, with random_views. A view is a function of this name and of its item's place in
     * the split: the same name gives the same view. Views of images have the images' own size. */
    uint64_t view_seed;
    uint32_t view_epoch, view;
    /* Told after every batch, in the calling thread; of several ranks each of its own items. Returning false
     * stops it: AKIN_ERR_INTERRUPTED. May be NULL. */
    bool (*on_progress)(int64_t done, int64_t total, void *ctx);
    void *ctx;
} akin_embed_opts;

#define AKIN_EMBED_OPTS_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_embed_opts)                                                               \
    }

/* Embed items of a data set, both layers in one pass. backbone is [n, width of AKIN_LAYER_BACKBONE] and
 * projector [n, width of AKIN_LAYER_PROJECTOR]; one of the two may have data = NULL. Rows come as the network
 * gives them, not of unit length. opts NULL: all items of "train".
 * A model of AKIN_MODEL_RANDOM takes the statistics of batch norm from the first items of its first call, at
 * most 4096.
 * AKIN_ERR_ARGUMENT     m or set is NULL
 * AKIN_ERR_INPUT        another kind of data than the model was trained on, or no such split
 * AKIN_ERR_SHAPE        images of another size or vectors of another width than in training; rows of another
 *                       shape, or of several ranks, with gaps between
 * AKIN_ERR_RANGE        an item outside the split
 * AKIN_ERR_INTERRUPTED  on_progress returned false; the rows of the batches before it are there */
AKIN_API akin_status akin_model_embed(akin_model *m, const akin_dataset *set, const akin_embed_opts *opts,
                                      akin_mat backbone, akin_mat projector, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_MODEL_H */
