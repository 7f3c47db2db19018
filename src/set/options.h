/* SPDX-License-Identifier: Apache-2.0 */
/* set/options.h - what a data set is opened and read with, as typed values, and where the values come
 * from. */
#ifndef AK_SET_OPTIONS_H
#define AK_SET_OPTIONS_H

#include "akin/data.h"
#include "akin/tool/augment.h"
#include "akin/tool/images.h"
#include "akin/tool/corpus.h"
#include "akin/tool/text_views.h"
#include "akin/tool/vocab.h"
#include "akin/tool/vectors.h"
#include "akin/tool/vector_views.h"

struct ak_kind;

/* Where options are read from: a run's configuration, or a caller's list of names and values. */
typedef struct ak_option_reader {
    /* The value in force as text, "1" for a flag that is set; NULL: none, so that the default stays. */
    const char *(*value)(const void *ctx, const char *name);
    bool (*given)(const void *ctx, const char *name); /* not a default */
    const void *ctx;
    uint64_t seed; /* of what is held out */
    bool learning; /* by a run: items that teach nothing are left out */
} ak_option_reader;

typedef struct ak_image_opts {
    akin_image_set_opts open;
    akin_augment_opts augment;
} ak_image_opts;

typedef struct ak_vector_opts {
    akin_vectors_opts open;
    akin_vector_view_opts views;
} ak_vector_opts;

typedef struct ak_text_opts {
    akin_corpus_opts open;
    akin_vocab_opts vocab;
    akin_text_view_opts views;
    int32_t max_words;        /* of a text that are read */
    const char *word_vectors; /* a file of vectors of words; NULL = none */
} ak_text_opts;

/* Borrows all texts. */
typedef struct ak_data_opts {
    const struct ak_kind *kind; /* says which member of `of` is in use */
    akin_target target;
    const struct ak_run_classes *classes; /* of the run that the data are for; NULL = of none */
    const char *keep;                     /* only the items of this keep-list; NULL = all */
    bool forced;                          /* --format says what the data are */
    bool (*on_progress)(int64_t done, int64_t total, void *ctx); /* while a large set is read; may be NULL */
    void *ctx;
    /* Ranks that read the same set, and share what they can of that; may be NULL. */
    const struct ak_sharing *sharing;
    union {
        ak_image_opts images;
        ak_vector_opts vectors;
        ak_text_opts text;
    } of;
} ak_data_opts;

const char *ak_option_value(const ak_option_reader *from, const char *name);
double ak_option_number(const ak_option_reader *from, const char *name, double otherwise);
bool ak_option_is(const ak_option_reader *from, const char *name, const char *value);

/* Sets one option of an options struct by the name of its flag, as akin_vectors_opts_set() does. */
typedef akin_status ak_option_set_fn(void *opts, const char *name, const char *text, akin_error *err);

/* All options of a table that have a value. */
akin_status ak_option_table_read(const ak_option_reader *from, const akin_opt_desc *table,
                                 ak_option_set_fn *set, void *opts, akin_error *err);
/* A table whose first row names a preset, which was taken already: only the options that were given. */
akin_status ak_option_preset_read(const ak_option_reader *from, const akin_opt_desc *table,
                                  ak_option_set_fn *set, void *opts, akin_error *err);

/* Names and values in turn, ended by NULL; a flag has the value "" or "1". list may be NULL and must stay. */
ak_option_reader ak_options_of_list(const char *const *list);

/* Defaults, then what the reader has, as kind->read_options() does it. */
akin_status ak_data_opts_read(const struct ak_kind *kind, const ak_option_reader *from, ak_data_opts *out,
                              akin_error *err);

#endif
