/* SPDX-License-Identifier: Apache-2.0 */
/* set/kinds.h - the kinds of data, one row each: images, text, vectors.
 *
 * Everything that differs between the kinds stands in its row (images.c, text.c, vectors.c); everybody else
 * asks the row and never compares kinds. A new kind is a reader in a folder of its own, a row here, and a
 * test. */
#ifndef AK_SET_KINDS_H
#define AK_SET_KINDS_H

#include "akin/data.h"
#include "akin/tool/json.h"
#include "akin/tool/keep_list.h"
#include "base/base.h"
#include "set/classes.h"
#include "set/measured.h"
#include "set/options.h"
#include "set/rows.h"

/* The first look at a file, for the question which kind reads it. */
typedef struct ak_glimpse {
    const char *path;
    const char *base; /* the last part of path */
    const char *head; /* [bytes]: the beginning, unpacked where gzip packed it; NULL before it is read */
    size_t bytes;
    int numbers;        /* of a file of text: 1 = rows of numbers, -1 = words, 0 = not looked at yet */
    akin_status status; /* a look at the file failed, with *err */
    akin_error *err;
} ak_glimpse;

/* Whether a file that begins like text holds rows of numbers rather than words; read once, then remembered in
 * g. Where it cannot be read, neither, and g->status says so. */
bool ak_glimpse_is_text(const ak_glimpse *g);
bool ak_glimpse_is_numbers(ak_glimpse *g);
/* Where a look at the first rows of a file left a doubt whether it holds numbers or text, say so. */
akin_status ak_detect_remark(const char *path, const struct ak_kind *kind, ak_remarks *to, akin_error *err);
/* What a path holds; NULL where it is not there, or is of no kind.  AKIN_ERR_INPUT, AKIN_ERR_NOMEM: something
 * of it cannot be read, so that nobody knows. */
akin_status ak_detect(const char *path, const struct ak_kind **out, akin_error *err);
/* The number of dimensions that the header of a .npy file tells; -1 = no such header. */
int ak_glimpse_npy_dimensions(ak_glimpse *g);

/* Neighbours and pairs that the data themselves tell; borrowed, and NULL where there are none. */
typedef struct ak_relations {
    const int32_t *order;                        /* [n]: the items in the order of time */
    const int32_t *anchor, *positive, *negative; /* tuples, as in akin_text_tuples */
    const int64_t *negative_start;
    int64_t tuples;
    const int32_t *piece; /* [n]: of a series, steps of one session without a gap */
    int64_t pieces;
    const double *values; /* [n,value_count]: continuous labels */
    int64_t value_count;
} ak_relations;

typedef struct ak_summary_form ak_summary_form; /* summary.h */

/* Items as rows of numbers without an encoder: what a trained one is compared with. */
typedef struct ak_raw_form {
    const char *name; /* "pixels" */
    int64_t (*width)(const void *set);
    /* The items stay on disk, so that their rows may be more than memory holds. NULL: they never do. */
    bool (*on_disk)(const void *set);
    /* All items of a split into out [n, width]. */
    akin_status (*read)(const void *set, const char *split, akin_mat out, akin_error *err);
} ak_raw_form;

/* The same of a kind whose rows need what a run measured, such as a vocabulary. */
typedef struct ak_measured_raw_form {
    const char *name; /* "tf-idf" */
    int64_t (*width)(const void *measured);
    /* All items of a split of set into out [n, width]. What the rows weigh by is counted on the training
     * split of basis. */
    akin_status (*read)(const void *basis, const void *set, const char *split, const void *measured,
                        const ak_data_opts *opts, akin_mat out, akin_error *err);
} ak_measured_raw_form;

/* What the words of an item say without an encoder, beside what it gives. */
typedef struct ak_words_form {
    int64_t (*width)(const void *measured);
    /* *weight: what rows() reads; free() frees it. */
    akin_status (*weigh)(const void *measured, double **weight, akin_error *err);
    /* Rows of length 1, or of zeros, of the ids that the encoder reads. out [rows,width] */
    akin_status (*rows)(const void *measured, const double *weight, akin_ragged ids, akin_mat out,
                        akin_error *err);
} ak_words_form;

/* A member may be NULL only where its comment says what NULL means; test_kinds holds every row against
 * that. */
typedef struct ak_kind {
    akin_data_kind id;
    const char *name;    /* "text" */
    const char *unit;    /* "texts", as in "10000 texts" */
    const char *encoder; /* the one that is taken where none is named; NULL: the default of --encoder */
    const char *series_encoder; /* the same of a series (--series); NULL: there are no series of it */
    bool mends_bad;             /* items that cannot be read as they are may be kept, mended */
    bool tokens;                /* an item becomes numbers of words, not a row of numbers */

    /* Which files are of this kind. Names are asked first, of all kinds, then first bytes. */
    bool (*has_name)(const char *base);
    bool (*has_bytes)(ak_glimpse *g);
    bool only_train;  /* in a folder only a file called train.EXT tells that the folder is of this kind */
    bool reads_notes; /* a folder of nothing but README files and the like is of this kind */

    /* Options. A train option is for this kind when it stands in `options` or `also`, or in those of no
     * kind. */
    const char *const *formats;          /* values of --format that only this kind has, ended by NULL */
    const char *const *shared_formats;   /* those that other kinds read too; ended by NULL */
    const akin_opt_desc *const *options; /* tables of options that belong to it, ended by NULL */
    const char *const *also;             /* further options, which have their rows elsewhere; ended by NULL */
    akin_status (*read_options)(const ak_option_reader *from, ak_data_opts *to, akin_error *err);
    /* The number that a preset gave an option; false: no preset decides it. NULL: there are no presets of
     * numbers. */
    bool (*preset_value)(const ak_data_opts *opts, const char *name, double *value);

    /* An open set. free() takes NULL. */
    akin_status (*open)(const char *path, const ak_data_opts *opts, void **out, akin_error *err);
    /* Change options so that no row is left out: items that teach nothing, and, of other data than the run's
     * own, those that options would leave or hold out. NULL: none ever is. */
    void (*take_all)(ak_data_opts *opts, bool other);
    /* How many items of a split something can be learned from; NULL: all. */
    int64_t (*learnable)(const void *set, const char *split);
    void (*free)(void *set);
    int (*splits)(const void *set);
    const char *(*split_name)(const void *set, int split);
    akin_status (*split)(const void *set, const char *split, akin_split_view *out, akin_error *err);
    const char *(*set_name)(const void *set);
    const char *(*format)(const void *set);
    const char *(*fingerprint)(const void *set);
    int64_t (*bad_count)(const void *set); /* NULL: no item is ever left out */
    /* What was understood of the data, sentence i; NULL beyond the last. NULL: nothing is ever assumed. */
    const char *(*remark)(const void *set, int64_t i);
    /* Option i that was left open and was decided by the data, for the configuration of the run: its name,
     * and its value in text; NULL beyond the last. NULL: the data decide nothing. */
    const char *(*settled)(const void *set, int i, char text[32]);
    const char *(*item_name)(const void *set, const char *split, int64_t i, char *buf, size_t size);
    const char *(*class_name)(const void *set, int64_t k);
    const char *(*group_name)(const void *set, int64_t g);
    /* Fingerprint and, where items is not NULL, number of items of the whole that the set is a subset of. For
     * keep-lists; NULL only where keep_save() writes them. */
    const char *(*whole)(const void *set, int64_t *items);
    /* How a keep-list is written; NULL: by the names of the items. */
    akin_status (*keep_save)(const char *path, const void *set, const char *split, const unsigned char *kept,
                             const akin_keep_list_head *head, akin_error *err);
    const ak_summary_form *summary; /* what is told of it */

    /* Single items. Which items of a split are exactly equal to an earlier one: same[i] is the first of them,
     * for the n items of the split; it holds i before. */
    akin_status (*duplicates)(const void *set, const char *split, int64_t n, int64_t *same, akin_error *err);
    /* A hash of each item of the split of that number (ak_split_number()): equal items of two sets have equal
     * ones. */
    void (*hashes)(const void *set, int split, uint64_t *out);
    /* The bytes of item i of a split, borrowed; NULL: the items are no texts. */
    const char *(*item_text)(const void *set, const char *split, int64_t i, int64_t *bytes);
    /* The items of a split as pictures for people; NULL: they are none. */
    akin_status (*pictures)(const void *set, const char *split, akin_images *out, akin_error *err);
    const ak_raw_form *raw;                   /* NULL: items are no rows of numbers */
    const ak_measured_raw_form *measured_raw; /* NULL: none but raw, if that */
    const ak_words_form *words;               /* NULL: items have no words */

    /* What only this kind knows of who belongs together; NULL: nothing. */
    akin_status (*relations)(const void *set, const char *split, ak_relations *out, akin_error *err);
    /* A sentence when two views of one item would be the same, so that there is nothing to learn; NULL: they
     * differ, or nobody looks. */
    const char *(*same_views)(const ak_data_opts *opts);
    /* The recipe that is taken where they would be the same, none was given and nothing else makes pairs: its
     * option, for run.json. NULL where same_views is, as the two below. */
    const char *view_option;
    const char *usual_view; /* the value of that option; NULL: as above */
    /* The same into opts; NULL: as above. */
    akin_status (*take_usual_view)(ak_data_opts *opts, akin_error *err);
    /* Bytes that the set keeps in memory, for the estimate of what a run needs. */
    int64_t (*resident_bytes)(const void *set);

    /* What is measured on the training split before the first step (measured.h). forget() takes NULL. */
    akin_status (*measure)(const void *set, const akin_split_view *train, const ak_data_opts *opts,
                           const ak_teller *tell, void **out, akin_error *err);
    /* The same from a run folder, whose run.json is root and lies at path. */
    akin_status (*recall)(const akin_json *root, const char *path, const char *run, void **out,
                          akin_error *err);
    void (*forget)(void *measured);
    /* The same from what the file of an exported model tells of its input, as "data" of root. NULL: recall()
     * does, without a run. */
    akin_status (*recall_exported)(const akin_json *root, const char *path, void **out, akin_error *err);
    /* Into the "data" of run.json. groups: how many there are to be told apart. */
    void (*describe)(const void *measured, int64_t groups, akin_json *data);
    /* What else the run folder holds of it; NULL: nothing. */
    akin_status (*save)(const void *measured, const void *set, const ak_data_opts *opts, uint64_t seed,
                        const char *run, akin_error *err);
    /* What a checkpoint keeps of it; NULL: nothing. */
    ak_pixel_scale *(*pixel_scale)(void *measured);
    /* Mean and deviation of each column, by which rows are scaled; NULL: items have no columns. */
    const akin_vector_scale *(*column_scale)(const void *measured);
    /* The words that the net knows; NULL: it reads no words. */
    const akin_vocab *(*vocabulary)(const void *measured);
    /* Open other data on the same footing, such as vectors on the scale of the run; NULL: nothing is to be
     * done. */
    void (*open_alike)(const void *measured, ak_data_opts *opts);
    /* Open the run's own data again, to go on learning from them: columns of a table are found as the run
     * found them, and what is measured is measured anew. NULL: nothing is to be done. */
    void (*open_again)(const void *measured, ak_data_opts *opts);

    /* Rows for a net. */
    ak_row_shape (*shape)(const void *measured, const ak_data_opts *opts, bool training);
    /* Random views of the training split. All is borrowed. */
    akin_status (*train_rows)(const void *set, const akin_split_view *train, void *measured,
                              const ak_data_opts *opts, ak_row_source *out, akin_error *err);
    /* Items of a split to embed, or, with views, their random views.  AKIN_ERR_SHAPE when they are not of the
     * shape that was trained on. */
    akin_status (*embed_rows)(const void *set, const char *split, void *measured, const ak_data_opts *opts,
                              bool views, ak_row_source *out, akin_error *err);
    /* What belongs to no set, for a net that was trained with what `measured` says. NULL: items of this kind
     * are no images. */
    akin_status (*rows_of_images)(const akin_images *images, void *measured, const ak_data_opts *opts,
                                  ak_row_source *out, akin_error *err);
    /* NULL: items of this kind are no texts. */
    akin_status (*rows_of_texts)(const akin_texts *texts, void *measured, const ak_data_opts *opts,
                                 ak_row_source *out, akin_error *err);
} ak_kind;

/* Row i; NULL after the last. */
const ak_kind *ak_kind_at(int i);
/* The row of a kind. UNKNOWN: images, whose reader says best what is missing. */
const ak_kind *ak_kind_of(akin_data_kind id);
/* The kind of that name; NULL when there is none. */
const ak_kind *ak_kind_named(const char *name);
/* The kind that a value of --format forces; NULL where the data are to be looked at, as with "auto" and with
 * formats that several kinds read. */
const ak_kind *ak_kind_of_format(const char *format);
/* The first kind that has this format among others'; NULL when none has. */
const ak_kind *ak_kind_sharing_format(const char *format);
/* The option belongs to this kind, perhaps to others too. */
bool ak_kind_lists_option(const ak_kind *kind, const char *name);
/* The option of training means something for this kind. */
bool ak_kind_has_option(const ak_kind *kind, const char *name);

extern const ak_kind ak_kind_images, ak_kind_text, ak_kind_vectors;

/* A data set of any kind, open. */
struct akin_dataset {
    const ak_kind *kind;
    void *set;             /* what kind->open made */
    ak_class_map *classes; /* in the numbers of a run; NULL: as the reader numbered them */
    ak_remarks remarks;    /* beside those of the reader */
};

/* From a list of copies, same[item] = first for those that lie in the split together with the first. */
void ak_mark_duplicates(const akin_duplicates *list, int split, int64_t *same);
/* The number of the split of that name, of those that kind->split_name() tells; -1 = none. */
int ak_split_number(const ak_kind *kind, const void *set, const char *split);

/* As akin_dataset_open(), with options that have been read. */
akin_status ak_dataset_open(const char *path, const ak_data_opts *opts, akin_dataset **out, akin_error *err);
/* What the list of akin_dataset_opts asks for. kind: NULL = as the data are. Fails as akin_dataset_open(). */
akin_status ak_data_opts_of_list(const char *path, const ak_kind *kind, const char *const *list,
                                 uint64_t seed, ak_data_opts *out, akin_error *err);
/* Data that were to be of a kind cannot be read, with status and *err: the reader of that kind says what it
 * misses; where they look like another kind, that says more. whose: "the run was trained on". Returns
 * status. */
akin_status ak_dataset_other_kind(const ak_kind *wanted, const char *whose, const char *path,
                                  akin_status status, akin_error *err);
/* What is wrong with data that are of no kind (a path that is not there, an empty file, UTF-16), before an
 * option is said to be of another kind than theirs; AKIN_OK where nothing is. */
akin_status ak_dataset_explain(const char *path, akin_error *err);

#endif
