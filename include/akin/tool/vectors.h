/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/vectors.h - sets of feature vectors: rows of numbers with labels, groups and times where the files have
 * them, and random views of the rows.
 *
 * A set is a file, or a folder with train.EXT and, where there is one, test.EXT (else val.EXT); what it is, is
 * detected:
 *   npy      numbers [n,d] of any type that akin_npy_load() reads; beside NAME.npy there may be NAME-labels.npy or
 *            NAME-labels.txt (else labels.npy or labels.txt), NAME-groups.npy and NAME-times.npy
 *   csv      comma, tab, semicolon, bar or blanks between columns, with or without a header; plain or gzip
 *   libsvm   "label index:value ...", indices ascending from 1, what is not listed is 0; "qid:" is the group;
 *            plain or gzip
 * docs/vectors.md says what is accepted to the byte.
 *
 * Rows     float32 [n,d], as in the file; a whole number beyond 2^24 is rounded to the nearest float. Infinities
 *          and numbers beyond float32 are refused with file, line and column.
 * Missing  an empty cell, NA, N/A, nan, null or ?, in any case of letters, and NaN in .npy: refused with its place,
 *          or filled and counted (akin_vectors_opts.missing). Labels, groups and times must not be missing.
 * Splits   "train" is always there; "test" where a folder has one, or holdout made one.
 * Labels   int32 in [0,classes) with a name for each class, in ascending order: of the numbers if all labels are
 *          numbers, else of the bytes.
 * Scale    mean and deviation (divisor n) of the columns of train, in double. A column that never changes has
 *          deviation 1.
 * Memory   A set is resident: 4*n*d bytes and about 16 a row, read-only after opening. Views borrow from the set.
 * Threads  A set that is open may be read from any number of threads. What it holds does not depend on threads.
 */
#ifndef AKIN_VECTORS_H
#define AKIN_VECTORS_H

#include "akin/tool/augment.h" /* akin_view_name */
#include "akin/base.h"
#include "akin/tool/program.h" /* akin_opt_desc */
#include "akin/tool/reading.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_vector_set akin_vector_set;

/* What is subtracted from, and divides, every column. Borrowed. */
typedef struct akin_vector_scale {
    int64_t d;
    const double *mean, *std; /* [d]; std > 0 */
} akin_vector_scale;

typedef enum akin_missing {
    AKIN_MISSING_REFUSE, /* fail with the place of the first one */
    AKIN_MISSING_MEAN,   /* the mean of the column over the rows of train that have it, or of opts->scale */
    AKIN_MISSING_ZERO,   /* 0 */
} akin_missing;

/* Start from AKIN_VECTORS_OPTS_INIT. A column is named by its header, else by its number: 1 is the first, -1 the
 * last. All texts are only read during the call. */
typedef struct akin_vectors_opts {
    uint32_t struct_size;
    const char *format;       /* "auto", "npy", "csv" (any delimiter) or "libsvm"; NULL = "auto" */
    const char *label_file;   /* npy: the labels of train; NULL = the file beside, if there is one */
    const char *label_column; /* csv; NULL = the column called label or class, else the only column of text;
                                   "none" = no labels */
    const char *group_column; /* csv; NULL = none */
    const char
        *time_column; /* csv: numbers, or dates such as 2026-01-31 or 2026-01-31T18:30:00Z; NULL = none */
    const char *ignore_columns; /* csv: columns to leave out, with commas between; NULL = none */
    int32_t header;             /* csv: 0 detect, 1 yes, 2 no */
    int32_t delimiter;          /* csv: 0 detect, else the character; ' ' is any run of blanks and tabs */
    int32_t missing;            /* akin_missing */
    double holdout;     /* in [0,1): this share of train becomes test, where the files have no test part */
    uint64_t seed;      /* of holdout */
    int32_t unscaled;   /* not 0: mean 0 and deviation 1 for every column */
    int64_t max_values; /* most numbers n*d; 0 = half of this machine's memory */
    const akin_vector_scale *scale; /* of a trained model, in place of this set's own; NULL = its own */
    const char *
        keep; /* a keep-list (akin/tool/keep_list.h): only its rows of train are read, named by their places in the whole;
                         statistics, scale and fingerprint are theirs. The files are read twice. NULL = all */
} akin_vectors_opts;

#define AKIN_VECTORS_OPTS_INIT                                                                               \
    {                                                                                                        \
        sizeof(akin_vectors_opts), "auto", NULL, NULL, NULL, NULL, NULL, 0, 0, AKIN_MISSING_REFUSE, 0, 1, 0, \
            0, NULL, NULL                                                                                    \
    }

/* The options above as rows for a verb's table. */
#define AKIN_VECTORS_OPT_ROWS                                                                                   \
    { "label-column",                                                                                           \
      AKIN_OPT_TEXT,                                                                                            \
      NULL,                                                                                                     \
      "COLUMN",                                                                                                 \
      0,                                                                                                        \
      0,                                                                                                        \
      "tables: the labels, by name or number (1 first, -1 last); none = no labels" },                           \
        { "group-column", AKIN_OPT_TEXT, NULL, "COLUMN", 0, 0, "tables: rows with one value are one group" },   \
        { "time-column", AKIN_OPT_TEXT, NULL, "COLUMN", 0, 0, "tables: number or date that orders the rows" },  \
        { "ignore-columns", AKIN_OPT_TEXT, NULL, "COLUMNS", 0, 0, "tables: left out; commas between" },         \
        { "label-file", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "vectors in .npy: the labels of train" },            \
        { "header", AKIN_OPT_CHOICE, "auto", "auto|yes|no", 0, 0, "tables: the first line names the columns" }, \
        { "delimiter",                                                                                          \
          AKIN_OPT_CHOICE,                                                                                      \
          "auto",                                                                                               \
          "auto|comma|tab|semicolon|bar|space",                                                                 \
          0,                                                                                                    \
          0,                                                                                                    \
          "tables: what is between columns" },                                                                  \
        { "missing",                                                                                            \
          AKIN_OPT_CHOICE,                                                                                      \
          "refuse",                                                                                             \
          "refuse|mean|zero",                                                                                   \
          0,                                                                                                    \
          0,                                                                                                    \
          "vectors: missing values: fail, or fill with the column's training mean, or 0" },                     \
        { "holdout", AKIN_OPT_REAL, "0", "SHARE", 0, 0.95, "vectors, text: this share of train becomes test" }, \
    {                                                                                                           \
        "vector-scale", AKIN_OPT_CHOICE, "columns", "columns|none", 0, 0,                                       \
            "vectors: divide columns by their deviation after taking off the mean, or not"                      \
    }

AKIN_API extern const akin_opt_desc akin_vectors_opt_desc[]; /* the rows above; ends with a NULL name */

/* Set the option of a flag ("missing"); opts keeps pointers into text.  AKIN_ERR_RANGE for a value outside its
 * bounds, AKIN_ERR_ARGUMENT for an unknown name. */
AKIN_API akin_status akin_vectors_set(akin_vectors_opts *opts, const char *name, const char *text,
                                      akin_error *err);

/* Read a set into memory.
 *
 * opts     NULL for the defaults.
 *
 * Returns AKIN_OK, or
 *   AKIN_ERR_ARGUMENT  path or out is NULL, or opts is from the future
 *   AKIN_ERR_RANGE     an option outside its bounds, or a column that is not there
 *   AKIN_ERR_INPUT     nothing usable there; a value that is missing, infinite or no number; too many classes
 *   AKIN_ERR_FORMAT    a damaged file: lines of different numbers of columns, an open quote, an index that does not
 *                      ascend, a zero byte, damaged gzip
 *   AKIN_ERR_SHAPE     an array that is no [n,d]; counts that differ; widths of train and test, or of scale
 *   AKIN_ERR_NOMEM     more values than memory, or than max_values
 * and, with keep, as akin_keep_list_load() and akin_keep_list_match(); AKIN_ERR_INPUT for a list of another set or split. */
AKIN_API akin_status akin_vectors_open(const char *path, const akin_vectors_opts *opts, akin_vector_set **out,
                                       akin_error *err);
AKIN_API void akin_vectors_free(akin_vector_set *set); /* takes NULL; ends all views */

/* A borrowed view of one split. */
typedef struct akin_vectors {
    const float *x; /* [n,d], not scaled; missing values are filled */
    int64_t n, d;
    const int32_t *labels; /* [n], or NULL */
    int64_t classes;       /* of the whole set; 0 without labels */
    const int32_t *groups; /* [n] in [0,group_count), or NULL */
    int64_t group_count;   /* of the whole set; 1 without groups */
    const double *times;   /* [n], or NULL; dates are seconds since 1970 */
    const int32_t *source; /* [n]: the row, from 0, of the file it came from */
    /* Neighbours: the rows sorted by group, then time (equal times, or none: as in the file). Rows of group g are
     * order[group_start[g] .. group_start[g+1]); place is the inverse of order. */
    const int32_t *order, *place; /* [n] */
    const int32_t *group_start;   /* [group_count+1] */
    const int32_t
        *origin; /* [n]: places in the whole split, of which this is a subset; NULL = it is the whole */
} akin_vectors;

AKIN_API int akin_vectors_splits(const akin_vector_set *set); /* 1 or 2 */
AKIN_API const char *akin_vectors_split_name(const akin_vector_set *set,
                                             int split); /* NULL beyond the last */

/* AKIN_ERR_INPUT, with the names there are, when the set has no such split. */
AKIN_API akin_status akin_vectors_split(const akin_vector_set *set, const char *split, akin_vectors *view,
                                        akin_error *err);

/* The rows of row's group within window places of it: *first and *count tell a range of view->order that holds row
 * itself too. With window < 0, the whole group. Nothing is checked: 0 <= row < n. */
AKIN_API void akin_vectors_near(const akin_vectors *view, int64_t row, int64_t window, int64_t *first,
                                int64_t *count);

AKIN_API const char *akin_vectors_name(const akin_vector_set *set);   /* last part of the path */
AKIN_API const char *akin_vectors_format(const akin_vector_set *set); /* "npy", "csv", "libsvm" */
/* 16 hexadecimal digits: XXH3 (64 bits) over names, shapes, presence of labels, values, groups and order. */
AKIN_API const char *akin_vectors_fingerprint(const akin_vector_set *set);
/* The same of the set without opts->keep, and in *rows (may be NULL) the rows that its train has. */
AKIN_API const char *akin_vectors_whole(const akin_vector_set *set, int64_t *rows);
/* What a person should know about how the set was read, a sentence or more; "" when there is nothing. */
AKIN_API const char *akin_vectors_remark(const akin_vector_set *set);
AKIN_API const char *akin_vectors_class_name(const akin_vector_set *set,
                                             int64_t k); /* NULL beyond the last */

/* The scale that views use: opts->scale, or that of train. Borrowed from the set. A model that is to be used on other
 * data keeps the two arrays and gives them back as opts->scale. */
AKIN_API akin_vector_scale akin_vectors_scale(const akin_vector_set *set);

/* What is known about a column, over train. */
typedef struct akin_vector_column {
    const char *name; /* of the header, else its number from 1 in the file; borrowed */
    double mean, std; /* divisor n; std = 0 when constant */
    double min, max;
    int64_t missing; /* over all splits */
} akin_vector_column;

AKIN_API int64_t akin_vectors_width(const akin_vector_set *set); /* d */
AKIN_API int64_t
akin_vectors_missing(const akin_vector_set *set); /* values that were missing and are filled */
AKIN_API bool akin_vectors_column(const akin_vector_set *set, int64_t c, akin_vector_column *out);

/* All rows whose d values equal those of an earlier row. The list is the caller's; akin_duplicates_free() frees it.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_vectors_duplicates(const akin_vector_set *set, akin_duplicates **out,
                                             akin_error *err);

/* Views. ---------------------------------------------------------------------------------------------------
 * With x the scaled row, (value - mean)/std, and in this order:
 *
 *     mixed    x <- lambda x + (1 - lambda) y,  y another row of the split, lambda uniform in [mix_min,1]
 *              with probability mix_prob                                                  [Verma2021]
 *     noisy    x_c <- x_c + noise g_c,          g_c standard normal
 *     masked   x_c <- 0 or y_c,                 y_c that column of a row drawn anew for each column,
 *              with probability mask_prob for each column                                 [Yoon2020] [Bahri2022]
 *
 * A view is a function of (rows of the split, scale, options, seed, epoch, item, view) and of nothing else. Every
 * draw has a place of its own in the stream, so an option moves no draw of another. */

typedef struct akin_vector_view_opts {
    uint32_t struct_size;
    float noise;        /* >= 0, in deviations of the column */
    float mask_prob;    /* in [0,1], of each column */
    int32_t mask_with;  /* 0: 0, which is the mean; 1: the column of another row ("marginal") */
    float mix_prob;     /* in [0,1], of a row */
    float mix_min;      /* least lambda, in [0,1] */
    int32_t keep_first; /* not 0: view number 0 is the row as it is */
} akin_vector_view_opts;

/* Views equal the scaled rows. */
#define AKIN_VECTOR_VIEW_OPTS_INIT                                                                           \
    {                                                                                                        \
        sizeof(akin_vector_view_opts), 0, 0, 0, 0, 0.5f, 0                                                   \
    }

typedef struct akin_vector_view_preset_desc {
    const char *name;  /* --vector-views NAME; NULL ends the table */
    const char *paper; /* tag in docs/papers.md; "" where there is none */
    const char *line;  /* one line of help */
    akin_vector_view_opts opts;
} akin_vector_view_preset_desc;

AKIN_API extern const akin_vector_view_preset_desc akin_vector_view_presets[];

#define AKIN_VECTOR_VIEW_PRESET_NAMES "none|noise|mask|scarf|mix"

/* One flag per option, as rows for a verb's table; a flag that is not given leaves what the preset says. */
#define AKIN_VECTOR_VIEW_OPT_ROWS                                                                            \
    { "vector-views",                                                                                        \
      AKIN_OPT_CHOICE,                                                                                       \
      "scarf",                                                                                               \
      AKIN_VECTOR_VIEW_PRESET_NAMES,                                                                         \
      0,                                                                                                     \
      0,                                                                                                     \
      "recipe of the views of vectors; the options below change single parts of it" },                       \
        { "noise", AKIN_OPT_REAL, NULL, "SIGMA", 0, 100, "Gaussian noise, in deviations of a column" },      \
        { "mask-prob", AKIN_OPT_REAL, NULL, "P", 0, 1, "probability of masking a column" },                  \
        { "mask-with", AKIN_OPT_CHOICE, NULL, "mean|marginal", 0, 0, "the mean, or another row's value" },   \
        { "mix-prob", AKIN_OPT_REAL, NULL, "P", 0, 1, "probability of mixing a row with another" },          \
        { "mix-min", AKIN_OPT_REAL, NULL, "SHARE", 0, 1, "least share of the row itself in a mixture" },     \
    {                                                                                                        \
        "keep-first", AKIN_OPT_CHOICE, NULL, "no|yes", 0, 0, "the first view of a row is the row as it is"   \
    }

AKIN_API extern const akin_opt_desc akin_vector_view_opt_desc[]; /* the rows above; ends with a NULL name */

/* AKIN_ERR_RANGE when no preset has that name; the sentence lists them. */
AKIN_API akin_status akin_vector_view_preset(const char *name, akin_vector_view_opts *out, akin_error *err);
/* As akin_augment_set(), _get() and _check(). A choice has the value of its place in the list, from 0. */
AKIN_API akin_status akin_vector_view_set(akin_vector_view_opts *opts, const char *name, const char *text,
                                          akin_error *err);
AKIN_API akin_status akin_vector_view_get(const akin_vector_view_opts *opts, const char *name, double *value,
                                          akin_error *err);
AKIN_API akin_status akin_vector_view_check(const akin_vector_view_opts *opts, akin_error *err);

/* A batch: for i < n the view of row items[i] under the name (name->seed, name->epoch, items[i], name->view) goes to
 * row i of out, [n,d]. Serial and reentrant, without scratch: call from as many threads as you like.
 *
 * opts     NULL: the scaled rows.
 * scale    NULL: mean 0 and deviation 1.
 *
 * AKIN_ERR_ARGUMENT (NULL), AKIN_ERR_RANGE (an item outside the rows, options, name), AKIN_ERR_SHAPE (out, scale). */
AKIN_API akin_status akin_vector_views(const akin_vector_view_opts *opts, const akin_vectors *rows,
                                       const akin_vector_scale *scale, const int32_t *items, int64_t n,
                                       const akin_view_name *name, akin_mat out, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_VECTORS_H */
