/* SPDX-License-Identifier: Apache-2.0 */
/* model/subject.h - what a run learns from: images, vectors or text, with all that is known once it is open.
 *
 * The only part of training that knows the kinds: it opens the set, says what the net's input is, makes the source of
 * rows, and writes what a run folder holds of the data. */
#ifndef AKIN_SRC_SUBJECT_H
#define AKIN_SRC_SUBJECT_H

#include "akin/tool/json.h"
#include "akin/tool/dataset.h"
#include "model/config.h"
#include "model/net.h"
#include "set/rows.h"

typedef struct ak_subject {
    akin_data_kind kind;
    akin_target target;
    akin_dataset *set;
    akin_split_view part; /* of "train" */
    const int32_t *group; /* [part.n]: latent classes; NULL = none */
    int64_t groups;
    int64_t height, width, channels; /* of a dense row */
    akin_images images;              /* images */
    akin_vectors vectors;            /* vectors; scale as trained with */
    akin_vector_scale scale;
    akin_vocab *vocab; /* text */
    akin_tokens *tokens;
    akin_word_vectors words; /* given by --word-vectors; else empty */
    int32_t *near;           /* [words,k] for replacement; else NULL */
    akin_neighbours neighbours;
    ak_image_source image_source;
    ak_vector_source vector_source;
    ak_text_source text_source;
    ak_source source;
} ak_subject;

/* Open the data at path; remarks for a person go to `say`. mean and std (images, [4]) receive the normalisation, and are
 * borrowed by the source.  Fails as the readers do. On success *s is to be released, and must not move. */
akin_status ak_subject_open(const char *path, const ak_train_settings *set, float *mean, float *std,
                            void (*say)(void *ctx, const char *line), void *ctx, ak_subject *s,
                            akin_error *err);
void ak_subject_release(ak_subject *s);

/* Into the plan of the net: shape of its input; of text the size of its table. */
void ak_subject_plan(const ak_subject *s, const ak_train_settings *set, ak_net_plan *plan);

/* Given word vectors become rows of the net's table. */
akin_status ak_subject_seed(const ak_subject *s, ak_net *net, akin_error *err);

/* The "data" of run.json; new reference. */
akin_json *ak_subject_json(const ak_subject *s, const char *path);

/* What else the run folder holds of the data: sample views of images, the vocabulary of text. */
akin_status ak_subject_write(const ak_subject *s, const char *run, const ak_train_settings *set,
                             akin_error *err);

/* "images", "vectors" or "texts". */
const char *ak_subject_unit(akin_data_kind kind);

#endif
