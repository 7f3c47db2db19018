/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/vectors.h - sets of feature vectors: rows of numbers, with labels, groups and times where the
 * files have them.
 *
 * A set is a file, or a folder with train.EXT and, where there is one, test.EXT (else val.EXT). The format
 * is detected:
 *   npy      numbers [n,d] of any type that akin_npy_load() reads. Beside NAME.npy there may be
 *            NAME-labels.npy or NAME-labels.txt (else labels.npy or labels.txt), NAME-groups.npy,
 *            NAME-times.npy and NAME-values.npy
 *   csv      comma, tab, semicolon, bar or blanks between columns, with or without a header; plain or gzip
 *   libsvm   "label index:value ...", indices ascending from 1; what is not listed is 0; "qid:" is the group;
 *            plain or gzip
 * docs/vectors.md says what is accepted, to the byte.
 *
 * Rows     float32 [n,d], as in the file. A whole number beyond 2^24 is rounded to the nearest float.
 *          Infinities and numbers beyond float32 are refused with file, line and column.
 * Missing  An empty cell, NA, N/A, nan, null or ?, in any case of letters, and NaN in .npy. Such a value is
 *          refused with its place, or filled and counted (akin_vectors_opts.missing). Labels, groups and
 *          times must be there.
 * Splits   "train" is always there; "test" where a folder has one, or where opts->holdout made one.
 * Labels   int32 in [0,classes), with a name for each class. Classes are in ascending order: of the numbers
 *          if all labels are numbers, else of the bytes.
 * Scale    Mean and deviation (divisor n) of the columns of train, in double. A column that never changes has
 *          deviation 1.
 * Memory   A set is in memory: 4*n*d bytes and about 16 a row, read-only after opening. What the functions
 *          give is borrowed from the set. With opts->cache rows of .npy in C order stay on disk where they
 *          are more, and are read when they are wanted; no value depends on it.
 * Threads  An open set may be read from any number of threads. What it holds does not depend on threads.
 */
#ifndef AKIN_TOOL_VECTORS_H
#define AKIN_TOOL_VECTORS_H

#include "akin/base.h"
#include "akin/tool/program.h" /* akin_opt_desc */
#include "akin/tool/reading.h" /* akin_duplicate */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_vector_set akin_vector_set;

/* What is subtracted from every column, and what it is then divided by. Borrowed. */
typedef struct akin_vector_scale {
    uint32_t struct_size;
    int64_t d;
    const double *mean, *std; /* [d]; std > 0 */
} akin_vector_scale;

#define AKIN_VECTOR_SCALE_INIT                                                                               \
    {                                                                                                        \
        .struct_size = sizeof(akin_vector_scale)                                                             \
    }

/* What a column of a table is. */
typedef enum akin_vector_role {
    AKIN_ROLE_FEATURE,
    AKIN_ROLE_LABEL,
    AKIN_ROLE_GROUP,
    AKIN_ROLE_TIME,
    AKIN_ROLE_LEFT_OUT,
    AKIN_ROLE_VALUE,
} akin_vector_role;

/* The columns of a table, in the order of the file. Borrowed. */
typedef struct akin_vector_layout {
    uint32_t struct_size;
    int32_t header;          /* not 0: the first line named the columns; 0: names are numbers from 1 */
    int64_t columns;         /* of the file; 0 = the set is of no table */
    const char *const *name; /* [columns] */
    const int32_t *role;     /* [columns]: akin_vector_role */
} akin_vector_layout;

#define AKIN_VECTOR_LAYOUT_INIT                                                                              \
    {                                                                                                        \
        .struct_size = sizeof(akin_vector_layout)                                                            \
    }

typedef enum akin_missing {
    AKIN_MISSING_REFUSE, /* fail with the place of the first one */
    AKIN_MISSING_MEAN,   /* the mean of the column over the rows of train that have it, or of opts->scale */
    AKIN_MISSING_ZERO,   /* 0 */
} akin_missing;

/* Options. Start from AKIN_VECTORS_OPTS_INIT. A column is named by its header, else by its number: 1 is the
 * first, -1 the last. All texts are only read during the call. */
typedef struct akin_vectors_opts {
    uint32_t struct_size;
    /* "auto", "npy", "csv" (any delimiter) or "libsvm"; NULL = "auto" */
    const char *format;
    /* npy: the labels of train; NULL = the file beside, if there is one */
    const char *label_file;
    /* csv: NULL = the column called label or class, else the only column of text; "none" = no labels */
    const char *label_column;
    /* csv: rows with one value are one group; NULL = none */
    const char *group_column;
    /* csv: numbers, or dates such as 2026-01-31 or 2026-01-31T18:30:00Z; NULL = none */
    const char *time_column;
    /* csv: columns to leave out, with commas between; NULL = none */
    const char *ignore_columns;
    int32_t header;    /* csv: 0 detect, 1 yes, 2 no */
    int32_t delimiter; /* csv: 0 detect, else the character; ' ' is any run of blanks and tabs */
    int32_t missing;   /* akin_missing */
    /* in [0,1): this share of train becomes test, where the files have no test part */
    double holdout;
    uint64_t seed;      /* of holdout */
    int32_t unscaled;   /* not 0: mean 0 and deviation 1 for every column */
    int64_t max_values; /* most numbers n*d; 0 = half of this machine's memory */
    /* of a trained model, in place of this set's own; NULL = its own */
    const akin_vector_scale *scale;
    /* A keep-list (akin/tool/keep_list.h): only its rows of train are read, named by their places in the
     * full train split. Statistics, scale and fingerprint are theirs. The files are read twice. NULL = all
     * rows */
    const char *keep;
    int32_t decimal;       /* csv: the decimal sign: 0 as each column has it, 1 a point, 2 a comma */
    int32_t keep_counters; /* csv: not 0: a column that counts the rows is a feature too */
    /* csv: the columns of the table that a model was trained on, which are found in this one by their names,
     * and by their places where one of the two has no names; NULL = none are known. label_column and the
     * like are then not asked. */
    const akin_vector_layout *layout;
    int64_t cache; /* npy: most bytes of rows, as float32, to hold in memory; -1 = all of them */
    /* Rows are steps in time, and an item is so many of them, around a row; 0 = rows are items by themselves.
     * Rows of one group are a session; of several .npy without groups each is one. docs/series.md */
    int64_t series;
    /* csv: columns of numbers that items are told by, such as a position: continuous labels; commas between;
     * NULL = none */
    const char *value_column;
} akin_vectors_opts;

#define AKIN_VECTORS_OPTS_INIT                                                                               \
    {                                                                                                        \
        .struct_size = sizeof(akin_vectors_opts), .format = "auto", .seed = 1, .cache = -1                   \
    }

/* The options above as rows for a verb's table. */
/* clang-format off */
#define AKIN_VECTORS_OPT_ROWS                                                                                \
    { "label-column", AKIN_OPT_TEXT, NULL, "COLUMN", 0, 0,                                                   \
      "tables: the labels, by name or number (1 first, -1 last); none = no labels" },                        \
    { "group-column", AKIN_OPT_TEXT, NULL, "COLUMN", 0, 0, "tables: rows with one value are one group" },    \
    { "time-column", AKIN_OPT_TEXT, NULL, "COLUMN", 0, 0, "tables: number or date that orders the rows" },   \
    { "ignore-columns", AKIN_OPT_TEXT, NULL, "COLUMNS", 0, 0, "tables: left out; commas between" },          \
    { "label-file", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "vectors in .npy: the labels of train" },             \
    { "header", AKIN_OPT_CHOICE, "auto", "auto|yes|no", 0, 0,                                                \
      "tables: the first line names the columns" },                                                          \
    { "delimiter", AKIN_OPT_CHOICE, "auto", "auto|comma|tab|semicolon|bar|space", 0, 0,                      \
      "tables: what is between columns" },                                                                   \
    { "decimal", AKIN_OPT_CHOICE, "auto", "auto|point|comma", 0, 0, "tables: the decimal sign" },            \
    { "counters", AKIN_OPT_CHOICE, "leave-out", "leave-out|keep", 0, 0,                                      \
      "tables: a column that counts the rows is no feature, or one" },                                       \
    { "missing", AKIN_OPT_CHOICE, "refuse", "refuse|mean|zero", 0, 0,                                        \
      "vectors: missing values: fail, or fill with the column's training mean, or 0" },                      \
    { "holdout", AKIN_OPT_REAL, "0", "SHARE", 0, 0.95, "vectors, text: this share of train becomes test" },  \
    { "vector-scale", AKIN_OPT_CHOICE, "columns", "columns|none", 0, 0,                                      \
      "vectors: divide columns by their deviation after taking off the mean, or not" },                      \
    { "series", AKIN_OPT_INT, "0", "STEPS", 0, 4096,                                                         \
      "tables, .npy: rows are steps in time; an item is so many of them around a row. 0 = no series" },      \
    { "value-column", AKIN_OPT_TEXT, NULL, "COLUMNS", 0, 0,                                                  \
      "tables: numbers to be told from the embedding, continuous labels; commas between" }
/* clang-format on */

/* Row i of these options, in the library's own memory; NULL after the last. */
AKIN_API const akin_opt_desc *akin_vectors_opt_at(int i);

/* Set the option of a flag ("missing"); opts keeps pointers into text.
 * AKIN_ERR_RANGE for a value outside its bounds, AKIN_ERR_ARGUMENT for an unknown name. */
AKIN_API akin_status akin_vectors_opts_set(akin_vectors_opts *opts, const char *name, const char *text,
                                           akin_error *err);

/* Read a set into memory.
 *
 * opts     NULL for the defaults.
 *
 * Returns AKIN_OK, or
 *   AKIN_ERR_ARGUMENT  path or out is NULL, or opts is from the future
 *   AKIN_ERR_RANGE     an option outside its bounds, or a column that is not there
 *   AKIN_ERR_INPUT     nothing usable there; a value that is missing, infinite or no number; too many classes
 *   AKIN_ERR_FORMAT    a damaged file: lines of different numbers of columns, an open quote, an index that
 *                      does not ascend, a zero byte, damaged gzip
 *                      with opts->series: two rows of a session at one time, times without a usual step
 *   AKIN_ERR_SHAPE     an array that is no [n,d]; counts that differ; widths of train and test, or of scale;
 *                      a column that train or opts->layout has and a table has not
 *   AKIN_ERR_NOMEM     more values than memory, or than max_values
 * With opts->keep also as akin_keep_list_load() and akin_keep_list_match(), and AKIN_ERR_INPUT for a list
 * of another set or split. */
AKIN_API akin_status akin_vectors_open(const char *path, const akin_vectors_opts *opts, akin_vector_set **out,
                                       akin_error *err);
AKIN_API void akin_vectors_free(akin_vector_set *set); /* takes NULL; ends all that was borrowed */

/* The rows of one split, borrowed. A caller may also make one of rows of its own: x, n and d are enough for
 * views. Start from AKIN_VECTORS_INIT. */
typedef struct akin_vectors {
    uint32_t struct_size;
    const float *x; /* [n,d], not scaled; missing values are filled; NULL: they stay on disk */
    int64_t n, d;
    const int32_t *labels; /* [n], or NULL */
    int64_t classes;       /* of the whole set; 0 without labels */
    const int32_t *groups; /* [n] in [0,group_count), or NULL */
    int64_t group_count;   /* of the whole set; 1 without groups */
    const double *times;   /* [n], or NULL; dates are seconds since 1970 */
    const int32_t *source; /* [n]: the row, from 0, of the file it came from */
    /* Neighbours: the rows sorted by group, then time (equal times, or none: as in the file). Rows of group
     * g are order[group_start[g] .. group_start[g+1]); place is the inverse of order. */
    const int32_t *order, *place; /* [n] */
    const int32_t *group_start;   /* [group_count+1] */
    /* With opts->keep: [n], the places of these rows in the full split; else NULL */
    const int32_t *origin;
    /* Where x is NULL: values [first, first+count) of a row into out. Any number of threads. */
    akin_status (*fetch)(const void *from, int64_t row, int64_t first, int64_t count, float *out,
                         akin_error *err);
    const void *from;
    /* With opts->series: steps of an item, else 0. Rows of piece p are order[piece_start[p] ..
     * piece_start[p+1]), steps of one session without a gap; piece [n] says whose each row is. */
    int64_t series, pieces;
    const int32_t *piece, *piece_start;
    const double *values; /* [n,value_count]: continuous labels, or NULL */
    int64_t value_count;
} akin_vectors;

#define AKIN_VECTORS_INIT                                                                                    \
    {                                                                                                        \
        .struct_size = sizeof(akin_vectors)                                                                  \
    }

AKIN_API int akin_vectors_splits(const akin_vector_set *set); /* 1 or 2 */
/* NULL beyond the last */
AKIN_API const char *akin_vectors_split_name(const akin_vector_set *set, int split);

/* Row i of a split, wherever it is, into out [d].
 * AKIN_ERR_INPUT when the file cannot be read any more, or has other values than when it was opened;
 * AKIN_ERR_ARGUMENT, AKIN_ERR_RANGE */
AKIN_API akin_status akin_vectors_row(const akin_vectors *rows, int64_t i, float *out, akin_error *err);

/* The rows of a split into *rows.
 * AKIN_ERR_INPUT, with the names there are, when the set has no such split; AKIN_ERR_ARGUMENT. */
AKIN_API akin_status akin_vectors_split(const akin_vector_set *set, const char *split, akin_vectors *rows,
                                        akin_error *err);

AKIN_API const char *akin_vectors_name(const akin_vector_set *set);   /* last part of the path */
AKIN_API const char *akin_vectors_format(const akin_vector_set *set); /* "npy", "csv", "libsvm" */
/* 16 hexadecimal digits: XXH3 (64 bits) over names, shapes, presence of labels, values, groups and order. */
AKIN_API const char *akin_vectors_fingerprint(const akin_vector_set *set);
/* The fingerprint that the set would have, and the rows that its train split would have, without
 * opts->keep. */
AKIN_API const char *akin_vectors_full_fingerprint(const akin_vector_set *set);
AKIN_API int64_t akin_vectors_full_rows(const akin_vector_set *set);
/* What a person should know about how the set was read: sentence i; NULL beyond the last. */
AKIN_API const char *akin_vectors_remark(const akin_vector_set *set, int64_t i);
/* NULL beyond the last */
AKIN_API const char *akin_vectors_class_name(const akin_vector_set *set, int64_t k);
AKIN_API const char *akin_vectors_group_name(const akin_vector_set *set, int64_t g);
/* Of continuous label k: of the header, else its number, from 1, in the file */
AKIN_API const char *akin_vectors_value_name(const akin_vector_set *set, int64_t k);

/* The scale that views use: opts->scale, or that of train. Owned by the set. A model that is to be used on
 * other data keeps a copy of the two arrays and gives them back as opts->scale. */
AKIN_API const akin_vector_scale *akin_vectors_scale(const akin_vector_set *set);

/* The columns of the table of train; columns = 0 where it is none. Owned by the set. A model that is to be
 * used on other data keeps a copy, and gives it back as opts->layout. */
AKIN_API const akin_vector_layout *akin_vectors_layout(const akin_vector_set *set);

/* What is known about a column, over train. Owned by the library; read through pointers only. */
typedef struct akin_vector_column {
    const char *name; /* of the header, else its number from 1 in the file */
    double mean, std; /* divisor n; std = 0 when constant */
    double min, max;
    int64_t missing; /* over all splits */
} akin_vector_column;

AKIN_API int64_t akin_vectors_width(const akin_vector_set *set); /* d */
/* values that were missing and are filled */
AKIN_API int64_t akin_vectors_missing(const akin_vector_set *set);
/* NULL beyond the last column */
AKIN_API const akin_vector_column *akin_vectors_column_at(const akin_vector_set *set, int64_t c);

/* All rows whose d values equal those of an earlier row. The list is the caller's; akin_duplicates_free()
 * frees it.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_vectors_duplicates(const akin_vector_set *set, akin_duplicates **out,
                                             akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_VECTORS_H */
