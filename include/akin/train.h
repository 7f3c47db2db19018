/* SPDX-License-Identifier: Apache-2.0 */
/* akin/train.h - training runs: configuration, the run itself, and the model it leaves.
 *
 * A run is a folder (docs/formats.md, "The run folder"). It is a function of (configuration, seed, data), on one
 * machine to the bit, whatever the number of threads (README, Limits): stopped at any instant and resumed, it ends with
 * the same weights.
 *
 * Memory   Objects with a create/free pair are owned by the caller; free takes NULL.
 * Threads  akin_train() uses the threads of akin_set_threads() and `workers` loader threads of its own. Two runs
 *          at the same time in one process are fine.
 * Errors   One sentence: what, where, what to do. On failure no output argument is written.
 */
#ifndef AKIN_TRAIN_H
#define AKIN_TRAIN_H

#include "akin/base.h"
#include "akin/tool/images.h"
#include "akin/tool/nn.h"
#include "akin/data.h"
#include "akin/tool/program.h" /* akin_opt_desc */

#ifdef __cplusplus
extern "C" {
#endif

/* Configuration: every option by the name of its flag, as text. ----------------------------------------- */

typedef struct akin_train_config akin_train_config;

AKIN_API akin_status akin_train_config_create(akin_train_config **out, akin_error *err);
AKIN_API void akin_train_config_free(akin_train_config *c);

/* Row i of all options of training (its own, the loader's, the encoders', the augmentations', the losses'), or
 * NULL past the last. */
AKIN_API const akin_opt_desc *akin_train_option(int i);

/* AKIN_ERR_ARGUMENT for an unknown name (with the nearest one), AKIN_ERR_RANGE for a bad value. */
AKIN_API akin_status akin_train_config_set(akin_train_config *c, const char *name, const char *text,
                                           akin_error *err);
/* The value in force: set, else the preset's, else the default; NULL when there is none. Borrowed until the next
 * change of c. */
AKIN_API const char *akin_train_config_get(const akin_train_config *c, const char *name);
AKIN_API bool akin_train_config_given(const akin_train_config *c, const char *name); /* set by the caller */
/* Set everything a JSON file holds: {"name": value, ...}, or a run.json. What is set already stays. */
AKIN_API akin_status akin_train_config_load(akin_train_config *c, const char *path, akin_error *err);

/* Row i of the encoders that read text, which stand beside those of akin_encoder_kind_at(); NULL past the last. */
AKIN_API const akin_encoder_kind *akin_text_encoder_at(int i);

/* Training. ---------------------------------------------------------------------------------------------- */

/* What is known after a logged step; the same as a line of metrics.jsonl. */
typedef struct akin_train_progress {
    int64_t step, steps; /* steps done, steps in all */
    int64_t epoch, epochs;
    double loss, chance,
        floor;           /* mean over the steps since the last report; floor is NaN when none is known */
    double learned;      /* share of the way from chance to floor, NaN without a floor */
    const char *verdict; /* one word */
    double lr;
    double samples_per_s;  /* items, each with two views */
    double data_wait_frac; /* share of the time spent waiting for the loader */
    double elapsed_s, left_s;
    double collisions; /* latent classes: share of negatives of the anchor's class; NaN otherwise */
    double grad_norm;  /* of all gradients together in the last step, before clipping */
    double
        embedding_std; /* of the projections, as akin diagnose's feature-std: 0 = all one way, 1 = the whole sphere */
    double participation_ratio; /* dimensions they use; both of the last step, NaN for cross-entropy */
    const char *unit;           /* what the items are: "images", "texts" or "vectors" */
    /* Difficult pairs, of the last step, as in akin_loss_window; NaN otherwise and without classes. */
    double window_share, window_other_class, window_other_class_chance;
    double alpha, lambda; /* balanced: of the last step; NaN otherwise */
} akin_train_progress;

/* Where the time of the loop over steps goes; the phases follow one another and leave nothing out. */
typedef enum akin_phase {
    AKIN_PHASE_WAIT,     /* for a batch of the loader */
    AKIN_PHASE_FORWARD,  /* the encoder */
    AKIN_PHASE_LOSS,     /* and its gradient */
    AKIN_PHASE_BACKWARD, /* the encoder */
    AKIN_PHASE_CHECK,    /* that gradients and weights are finite */
    AKIN_PHASE_UPDATE,   /* of the weights */
    AKIN_PHASE_LOG,      /* progress, metrics and events */
    AKIN_PHASE_SAVE,     /* checkpoints */
    AKIN_PHASES
} akin_phase;

AKIN_API const char *akin_phase_name(akin_phase phase); /* "data wait"; NULL outside the list */

/* All steps but the first, which touches all memory for the first time; borrowed for the call. */
typedef struct akin_train_profile {
    int64_t steps;
    double seconds;              /* the sum of the phases */
    double phase_s[AKIN_PHASES]; /* over all steps */
    double step_s[3];            /* quartiles of one step, log and checkpoint left out, over the last 4096 */
    const akin_layer_info *layers; /* [layer_count]: seconds over all steps */
    int32_t layer_count;
} akin_train_profile;

typedef struct akin_train_events {
    uint32_t struct_size;
    void *ctx;
    void (*on_message)(const char *line, void *ctx);              /* what a person wants to know */
    void (*on_progress)(const akin_train_progress *p, void *ctx); /* each logged step */
    bool (*should_stop)(void *ctx); /* asked after each step: true = write a checkpoint and return */
    const char *command;            /* how the run was begun, for run.json; may be NULL */
    void (*on_checkpoint)(int64_t step, int64_t epoch, void *ctx); /* after each checkpoint is stored */
    void (*on_profile)(const akin_train_profile *p, void *ctx);    /* once, after the last step */
    bool profile; /* tell the profile as a table on on_message and write it to profile.json */
} akin_train_events;

#define AKIN_TRAIN_EVENTS_INIT                                                                               \
    {                                                                                                        \
        sizeof(akin_train_events), NULL, NULL, NULL, NULL, NULL, NULL, NULL, false                           \
    }

/* Train on `data` (a path; NULL on resume = the run's own) into the folder `run`.
 *
 * resume: go on from the newest valid checkpoint of `run`, with its configuration; c may then only change nothing
 *         or repeat what the run has.  force: replace what `run` holds.
 *
 * Returns AKIN_OK when the run is complete, or
 *   AKIN_ERR_INTERRUPTED  should_stop said so; a checkpoint is written
 *   AKIN_ERR_ARGUMENT     the run exists (neither resume nor force), or options contradict each other or the run
 *   AKIN_ERR_INPUT        data missing, too small for the batch, changed since the run began
 *   AKIN_ERR_NUMERIC      a loss, gradient or weight is not finite; the sentence names the tensor and step. The
 *                         last good checkpoint stays
 *   AKIN_ERR_IO           an output could not be stored; the last good checkpoint stays
 *   and what the data set, encoder and loss return. */
AKIN_API akin_status akin_train(const char *data, const char *run, const akin_train_config *c, bool resume,
                                bool force, const akin_train_events *events, akin_error *err);

/* The trained model. --------------------------------------------------------------------------------------- */

typedef struct akin_model akin_model;

typedef enum akin_model_kind {
    AKIN_MODEL_TRAINED, /* the newest valid checkpoint: the average of the weights if the run keeps one (--ema) */
    AKIN_MODEL_RANDOM,   /* the same encoder at its initial weights: what training is compared with */
    AKIN_MODEL_RAW,      /* the newest valid checkpoint: the weights of its last step */
    AKIN_MODEL_AVERAGED, /* likewise: the average;  AKIN_ERR_ARGUMENT when the run keeps none */
} akin_model_kind;

typedef struct akin_model_opts {
    uint32_t struct_size;
    akin_model_kind kind;
    /* Which checkpoint, not of RANDOM: "newest" (the default; a damaged one is passed over), "best" (the lowest training
     * loss, smoothed over about an epoch) or a step, such as "1200"; NULL = "newest". Borrowed for the call. */
    const char *checkpoint;
} akin_model_opts;

#define AKIN_MODEL_OPTS_INIT                                                                                 \
    {                                                                                                        \
        sizeof(akin_model_opts), AKIN_MODEL_TRAINED, NULL                                                    \
    }

/* AKIN_ERR_RANGE        checkpoint is none of the three
 * AKIN_ERR_INPUT        run is no run, or has no such checkpoint; the sentence lists what there is
 * AKIN_ERR_FORMAT       the checkpoint named is damaged */
AKIN_API akin_status akin_model_open(const char *run, const akin_model_opts *opts, akin_model **out,
                                     akin_error *err);
/* The same with the newest checkpoint. */
AKIN_API akin_status akin_model_load(const char *run, akin_model_kind kind, akin_model **out,
                                     akin_error *err);
AKIN_API void akin_model_free(akin_model *m);
/* The steps of a run's checkpoints, without "best", oldest first, at most room of them. Returns how many there are; -1
 * without memory. */
AKIN_API int akin_run_checkpoints(const char *run, int64_t *steps, int room);

typedef enum akin_layer { AKIN_LAYER_BACKBONE, AKIN_LAYER_PROJECTOR } akin_layer;

/* Without a head the projector's layer is the backbone's: what the loss has read. */
AKIN_API int64_t akin_model_width(const akin_model *m, akin_layer layer);
AKIN_API bool akin_model_has_head(const akin_model *m);
AKIN_API int64_t akin_model_step(const akin_model *m);        /* of the checkpoint; 0 for random */
AKIN_API const char *akin_model_weights(const akin_model *m); /* "raw", "ema" or "random" */
AKIN_API akin_train_config *akin_model_config(akin_model *m); /* borrowed */

/* Embeddings of all images, both layers in one pass; either may have data = NULL. backbone is
 * [n, width(BACKBONE)], projector [n, width(PROJECTOR)]; rows as the network gives them, not normalised.
 * AKIN_MODEL_RANDOM: batch-norm statistics are first taken from the first images of the call, at most 4096.
 * AKIN_ERR_SHAPE when the images are not of the size the run was trained on. */
AKIN_API akin_status akin_model_embed(akin_model *m, const akin_images *images, akin_mat backbone,
                                      akin_mat projector, akin_error *err);

/* Any kind of data. ---------------------------------------------------------------------------------------- */

AKIN_API akin_data_kind akin_model_data_kind(const akin_model *m);
AKIN_API const akin_vocab *akin_model_vocab(const akin_model *m); /* of text; else NULL. Borrowed */

/* The run's data set as the run saw it, vectors with the run's scale: format, size, on-bad and max-bad as in
 * akin_model_config(m), where they may be changed. path NULL = the run's own, of the items it learned from. The caller
 * frees *out. */
AKIN_API akin_status akin_model_open_dataset(const akin_model *m, const char *path, akin_dataset **out,
                                             akin_error *err);

/* The name of a random view, as in akin_view_name. */
typedef struct akin_dataset_view {
    uint64_t seed;
    uint32_t epoch, view;
} akin_dataset_view;

/* As akin_model_embed(), of items item[0..n) of a split, or with item NULL of all of it in order (n is not read); with a
 * view of random views by the run's recipe, of images at their own size (training may have used smaller views); (seed,
 * epoch, view) and the item's index name a view as in akin_view_name: the same name, the same view.
 * AKIN_ERR_INPUT for another kind of data, AKIN_ERR_SHAPE for another width, AKIN_ERR_RANGE for an item outside. */
AKIN_API akin_status akin_model_embed_dataset(akin_model *m, const akin_dataset *set, const char *split,
                                              const int64_t *item, int64_t n, const akin_dataset_view *view,
                                              akin_mat backbone, akin_mat projector, akin_error *err);

/* Texts that belong to no set, such as lines of a pipe.  AKIN_ERR_UNSUPPORTED unless the run is of text. */
AKIN_API akin_status akin_model_embed_texts(akin_model *m, const akin_texts *texts, akin_mat backbone,
                                            akin_mat projector, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TRAIN_H */
