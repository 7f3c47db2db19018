/* SPDX-License-Identifier: Apache-2.0 */
/* akin/train.h - train an encoder: the configuration of a run, and the run itself.
 *
 * Example
 *     akin_error err;
 *     akin_train_config *config = NULL;
 *     akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
 *     opts.force = true;
 *     akin_status status = akin_train_config_create(&config, &err);
 *     if (!status) status = akin_train_config_set(config, "loss", "ntxent", &err);
 *     if (!status) status = akin_train_config_set(config, "epochs", "5", &err);
 *     if (!status) status = akin_train("photos", "runs/a", config, &opts, &err);
 *     if (status) puts(err.message);
 *     akin_train_config_free(config);
 *
 * A run is a folder (docs/formats.md, "The run folder"). Its weights are a function of its configuration, its
 * seed and its data, on one machine to the bit, with any number of threads (README, Limits). A run that was
 * stopped at any moment and is resumed ends with the same weights. akin/model.h opens what a run has learned.
 *
 * Memory   A configuration is the caller's; free takes NULL.
 * Threads  akin_train() uses the threads of akin_set_threads(), and as many loader threads of its own as the
 *          option "workers" says. Two runs at the same time in one process are fine.
 * Errors   One sentence: what, where, what to do.
 */
#ifndef AKIN_TRAIN_H
#define AKIN_TRAIN_H

#include "akin/base.h"
#include "akin/data.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Configuration: every option by the name of its flag (`akin help train`), as text. ---------------------- */

typedef struct akin_train_config akin_train_config;

/* A configuration in which nothing is set.  AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_train_config_create(akin_train_config **out, akin_error *err);
AKIN_API void akin_train_config_free(akin_train_config *c);

/* AKIN_ERR_ARGUMENT for an unknown name (with the nearest one), AKIN_ERR_RANGE for a bad value. */
AKIN_API akin_status akin_train_config_set(akin_train_config *c, const char *name, const char *text,
                                           akin_error *err);
/* The value in force: as set, else the default; NULL when there is none. Borrowed until c changes. */
AKIN_API const char *akin_train_config_get(const akin_train_config *c, const char *name);
AKIN_API bool akin_train_config_is_set(const akin_train_config *c, const char *name);
/* Set what a JSON file holds: {"name": value, ...}, or the run.json of a run. What is set already stays.
 * AKIN_ERR_INPUT (cannot be read), AKIN_ERR_ARGUMENT and AKIN_ERR_RANGE (not such a file, or as for set). */
AKIN_API akin_status akin_train_config_load(akin_train_config *c, const char *path, akin_error *err);

/* Training. ---------------------------------------------------------------------------------------------- */

/* What is known after a logged step; the same as a line of metrics.jsonl. Owned by the library; read through
 * pointers only, during the call of on_progress. */
typedef struct akin_train_progress {
    int64_t step, steps; /* steps done, steps in all */
    int64_t epoch, epochs;
    /* Means over the steps since the last report, in the loss's unit; floor is NaN when none is known. */
    double loss, chance, floor;
    /* Share of the way to the floor from chance, or from permuted where that is less; NaN without a floor. */
    double learned;
    const char *verdict; /* a few words */
    double lr;
    double samples_per_s;  /* items; each gives two views */
    double data_wait_frac; /* share of the time spent waiting for the loader */
    double elapsed_s, left_s;
    double collisions; /* latent classes: share of negatives of the anchor's class; NaN otherwise */
    double grad_norm;  /* of all gradients together in the last step, before clipping */
    /* Of the projections of the last step, NaN for cross-entropy. embedding_std: 0 = all point one way, 1 =
     * they fill the whole sphere. participation_ratio: how many dimensions they use. */
    double embedding_std, participation_ratio;
    const char *unit; /* what the items are: "images", "texts" or "vectors" */
    /* Difficult pairs of the last step, as in akin_loss_window; NaN otherwise and without classes. */
    double window_share, window_other_class, window_other_class_chance;
    double alpha, lambda; /* the loss `balanced`: of the last step; NaN otherwise */
    /* The loss with partners permuted: loss, and what permuting adds to the loss of the last step. NaN where
     * it is not known. */
    double permuted;
    /* After the last step, where it is learned: the temperature, or sigmoid's scale; its bias. Else NaN. */
    double temperature, scale, bias;
} akin_train_progress;

/* Where the time of a run went. akin/tool/train.h has the functions that read it; they are not kept. */
typedef struct akin_train_profile akin_train_profile;

/* How to train, and whom to tell. Callbacks may be NULL; they run in the thread of akin_train(). */
typedef struct akin_train_opts {
    uint32_t struct_size;
    bool resume;  /* go on from the newest undamaged checkpoint of the run; begin where there is none */
    bool force;   /* replace the run that the folder holds, which goes when this one has a checkpoint */
    bool profile; /* tell where the time went: as a table on on_message, and in profile.json */
    const char *command; /* how the run was begun, for run.json; NULL = not told */
    void *ctx;           /* handed to every callback */
    void (*on_message)(const char *line, void *ctx);                     /* what a person wants to know */
    void (*on_progress)(const akin_train_progress *progress, void *ctx); /* each logged step ("log-every") */
    void (*on_checkpoint)(int64_t step, int64_t epoch, void *ctx);       /* after a checkpoint is stored */
    void (*on_profile)(const akin_train_profile *profile, void *ctx);    /* once, after the last step */
    bool (*should_stop)(void *ctx); /* asked after each step: true = write a checkpoint and return */
    /* An open data set to learn from, in place of files; data is then NULL. Borrowed for the call. The
     * options that say how files are read have no effect. On resume it must be given again, and have the same
     * fingerprint. */
    const akin_dataset *dataset;
    /* Not NULL: an akin_ranks (akin/tool/ranks.h). All ranks call akin_train() with the same data, run,
     * configuration and options, and share each step. They see one run folder, into which rank 0 writes.
     * Callbacks are called on rank 0. */
    void *ranks;
    /* The value of "recipe" where the configuration has none: "auto" is what `akin train` gives. NULL: "auto"
     * with a budget, else "none". */
    const char *recipe;
} akin_train_opts;

#define AKIN_TRAIN_OPTS_INIT                                                                                 \
    {                                                                                                        \
        .struct_size = sizeof(akin_train_opts)                                                               \
    }

/* Train on the data at a path, into the folder `run`. config NULL: all defaults; opts NULL: a new run, in
 * silence.
 *
 * With resume, data NULL means the run's own, and config may only repeat what the run was begun with.
 *
 * Returns AKIN_OK when the run is complete, or
 *   AKIN_ERR_INTERRUPTED  should_stop said so; a checkpoint is written
 *   AKIN_ERR_ARGUMENT     the run exists (neither resume nor force), or options contradict each other or the
 *                         run
 *   AKIN_ERR_INPUT        data are missing, too few for a batch, or have changed since the run began
 *   AKIN_ERR_NUMERIC      a loss, gradient or weight is not finite; the sentence names the tensor and the
 *                         step. The last checkpoint is good and stays
 *   AKIN_ERR_IO           an output could not be stored; the last checkpoint is good and stays
 *   and what the data set, the encoder and the loss return. */
AKIN_API akin_status akin_train(const char *data, const char *run, const akin_train_config *config,
                                const akin_train_opts *opts, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TRAIN_H */
