/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/subject.h - what bounds and diagnoses read of a trained run: items of its data set, sampled and
 * embedded as they are and as random views.
 *
 * Memory   What is handed out lives until its free; the model and the data set may go before it.
 * Threads  Results do not depend on the number of threads.
 * Errors   On failure err (may be NULL) holds a sentence. */
#ifndef AKIN_TOOL_SUBJECT_H
#define AKIN_TOOL_SUBJECT_H

#include "akin/data.h"
#include "akin/model.h"
#include "akin/tool/diagnose.h"

#ifdef __cplusplus
extern "C" {
#endif

/* For bounds (akin/theory.h): embeddings of two random views of the same items, with their labels.
 * Owned by the library; read through pointers only. */
typedef struct akin_view_pair {
    const float *a, *b; /* [n,d] */
    const int32_t *labels;
    int64_t n, d;
    int64_t negatives;   /* of the run's batch */
    double temperature;  /* of the run's loss; 1/scale of the sigmoid loss */
    double sigmoid_bias; /* of the sigmoid loss; NaN for another loss */
} akin_view_pair;

typedef struct akin_view_pair_opts {
    uint32_t struct_size;
    const char *split; /* NULL = "train" */
    akin_layer layer;
    int64_t items; /* at most so many, spread over the split and its classes; 0 = all */
    uint64_t seed; /* names the views; no epoch of training draws the same */
} akin_view_pair_opts;

#define AKIN_VIEW_PAIR_OPTS_INIT                                                                             \
    {                                                                                                        \
        .struct_size = sizeof(akin_view_pair_opts), .layer = AKIN_LAYER_PROJECTOR                            \
    }

/* AKIN_ERR_INPUT when the split has no labels; else fails as akin_model_embed(). */
AKIN_API akin_status akin_view_pair_make(akin_model *model, const akin_dataset *set,
                                         const akin_view_pair_opts *opts, const akin_view_pair **out,
                                         akin_error *err);
AKIN_API void akin_view_pair_free(const akin_view_pair *pair); /* takes NULL */

/* For akin_diagnose(): a sample of items and their views, with what is known of the run's loss. */
typedef struct akin_subject akin_subject;

typedef struct akin_subject_opts {
    uint32_t struct_size;
    const char *split; /* NULL = "test" where there is one, else "train" */
    akin_layer layer;
    int64_t items; /* every n/items-th item; 0 = all */
    int32_t views; /* random views of each, 0 to 64 */
    int64_t batch; /* items of a batch of the loss; 0 = that of the run */
    uint64_t seed; /* names the views */
} akin_subject_opts;

#define AKIN_SUBJECT_OPTS_INIT                                                                               \
    {                                                                                                        \
        .struct_size = sizeof(akin_subject_opts), .layer = AKIN_LAYER_BACKBONE, .views = 4                   \
    }

/* run: the folder of the model, whose log is read where the loss of the views here is not that of training.
 * AKIN_ERR_INPUT (no such split), AKIN_ERR_RANGE (views), AKIN_ERR_NOMEM; else as akin_model_embed(). */
AKIN_API akin_status akin_subject_make(akin_model *model, const akin_dataset *set, const char *run,
                                       const akin_subject_opts *opts, akin_subject **out, akin_error *err);
/* The same items in another model's eyes: `other` of the input. */
AKIN_API akin_status akin_subject_compare(akin_subject *subject, akin_model *other, const akin_dataset *set,
                                          akin_error *err);
AKIN_API void akin_subject_free(akin_subject *subject); /* takes NULL */

/* For akin_diagnose(), with the run's temperature, lambda and batch; borrowed. */
AKIN_API const akin_diagnose_input *akin_subject_input(const akin_subject *subject);
AKIN_API const char *akin_subject_split(const akin_subject *subject);
/* The item of the split that row i is of. */
AKIN_API int64_t akin_subject_item(const akin_subject *subject, int64_t row);
#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_SUBJECT_H */
