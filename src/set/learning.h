/* SPDX-License-Identifier: Apache-2.0 */
/* set/learning.h - the training split of a data set of any kind, ready for a run to learn from it: measured,
 * with a source of rows. */
#ifndef AK_SET_LEARNING_H
#define AK_SET_LEARNING_H

#include "set/kinds.h"

typedef struct ak_learning {
    const ak_kind *kind;
    ak_data_opts opts; /* its texts are borrowed */
    const akin_dataset *set;
    akin_dataset *own;    /* the same where it was opened here; else NULL */
    akin_split_view part; /* "train" */
    /* [part.n]: the class or group that positives and labels are taken from; NULL = none. */
    const int32_t *group;
    int64_t groups;
    void *measured; /* of the kind's own type */
    ak_row_shape shape;
    ak_row_source source;
    char *keep; /* the text of opts.keep, as it was when the data were opened; NULL = no list */
    size_t keep_bytes;
    char repeats[2][160]; /* remarks on items of the test parts that are learned from; "" = none */
} ak_learning;

/* Open the data at path, or take those of `given` where that is not NULL; opts say how either is read.
 * Remarks for a person go to tell. Fails as the readers do. On success *out is to be released, and must not
 * move. */
akin_status ak_learning_open(const char *path, const akin_dataset *given, const ak_data_opts *opts,
                             const ak_teller *tell, ak_learning *out, akin_error *err);
void ak_learning_release(ak_learning *l);

/* Whether the data have groups, such as documents, that are not their labels. */
bool ak_learning_grouped(const ak_learning *l);

/* Views by the kind's usual recipe (kinds.h): into the options, and a source of rows that makes them. */
akin_status ak_learning_usual_view(ak_learning *l, akin_error *err);

/* With other options, which do not say how files are read: what is measured, and a source of rows. Their
 * texts are borrowed. tell: NULL where what was told of the measures is still true. */
akin_status ak_learning_again(ak_learning *l, const ak_data_opts *opts, const ak_teller *tell,
                              akin_error *err);

/* The fingerprint of the words that the net is to know; "" where it reads none. */
const char *ak_learning_vocabulary(const ak_learning *l);

/* The "data" of run.json. path: where they lie; NULL: the caller gave them. */
akin_json *ak_learning_json(const ak_learning *l, const char *path);

/* What else a new run folder holds of the data: the keep-list, samples, the vocabulary. */
akin_status ak_learning_save(const ak_learning *l, uint64_t seed, const char *run, akin_error *err);

#endif
