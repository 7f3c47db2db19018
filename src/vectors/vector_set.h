/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vector_set.h - a set of vectors: what it holds while it is read, and once it is open. */
#ifndef AK_VECTORS_VECTOR_SET_H
#define AK_VECTORS_VECTOR_SET_H

#include "akin/tool/vectors.h"
#include "base/base.h"
#include "base/names.h"
#include "base/remarks.h"
#include "files/npy_parts.h"

enum {
    AK_VECTOR_SPLITS = 2,
    AK_VECTOR_CLASSES = 1 << 16,
    AK_VECTOR_WIDTH = 1 << 24, /* d */
    AK_VECTOR_VALUE_COUNT = 64,
};

typedef struct ak_vector_split {
    const char *name; /* static */
    float *x;         /* [room,d]; NaN = missing, until filled; NULL: the rows are in file */
    int64_t n, room;
    int64_t unlabelled, unlabelled_line; /* rows of a table without their label, and where the first stands */
    int32_t *labels, *groups;            /* [room] numbers of names, or NULL */
    double *times;                       /* [room], or NULL */
    double *values;                      /* [room,value_count], or NULL */
    int32_t *source;                     /* [room] */
    int32_t *order, *place, *group_start;
    int32_t *piece, *piece_start; /* [n], [pieces+1] of a series, or NULL */
    int64_t pieces;
    int32_t *origin;          /* [n], or NULL */
    struct ak_sparse *sparse; /* libsvm, until all files are read */
    ak_npy_parts *file;       /* of rows that stay on disk, by source; else NULL */
    uint64_t *hash;           /* [n] of these, as they are filled */
    const akin_vector_set *set;
} ak_vector_split;

struct akin_vector_set {
    char name[256], fingerprint[17];
    ak_remarks remarks;
    const char *format; /* static */
    akin_vectors_opts opts;
    akin_vector_scale given; /* a copy of opts.scale; d = 0: none */
    ak_vector_split split[AK_VECTOR_SPLITS];
    int splits;
    int64_t d;
    int64_t classes, groups;
    char **class_names; /* [classes], each owned */
    int64_t value_count;
    char **value_names;         /* [value_count], each owned */
    ak_names group_names;       /* as they came; none where no groups are told */
    char **column_names;        /* [d], each owned */
    float *fill;                /* [d], for missing values of rows on disk; or NULL */
    double *mean, *std;         /* [d]: the scale in use */
    akin_vector_scale scale;    /* both of them */
    akin_vector_column *column; /* [d] */
    char **file_column;         /* [layout.columns], each owned: the columns of the table of train */
    int32_t *file_role;         /* [layout.columns] */
    akin_vector_layout layout;  /* both of them; columns = 0: train is no table */
    int64_t missing;
    int64_t series;    /* steps of an item; 0 = no series */
    int64_t full_rows; /* rows of train without opts.keep */
    char full[17];     /* fingerprint without opts.keep; "" = the same */

    /* only while reading */
    struct ak_table *table;    /* csv: the columns of the file */
    akin_vector_layout wanted; /* a copy of opts.layout; columns = 0: none is known */
    ak_names label_names;      /* as they came */
    unsigned char *kept;       /* [full_rows] of train, with opts.keep */
};

enum { AK_VECTOR_LABELS = 1, AK_VECTOR_GROUPS = 2, AK_VECTOR_TIMES = 4, AK_VECTOR_VALUES = 8 };

/* Make room for one more row of x, and of the arrays named in what. The new row of x is not cleared. */
akin_status ak_vectors_grow(const akin_vector_set *set, ak_vector_split *split, int what, akin_error *err);
/* AKIN_ERR_NOMEM unless n rows of d numbers are within the limits. */
akin_status ak_vectors_fit(const akin_vector_set *set, int64_t n, int64_t d, akin_error *err);
/* The number of a label, or of a group; it may be new. */
akin_status ak_vectors_label(akin_vector_set *set, const char *text, size_t length, int32_t *id,
                             akin_error *err);
akin_status ak_vectors_group(akin_vector_set *set, const char *text, size_t length, int32_t *id,
                             akin_error *err);
/* The values of training are so many, named by their numbers from 1 unless they have names; of test as many.
 * who is for the sentence.  AKIN_ERR_SHAPE, AKIN_ERR_NOMEM */
akin_status ak_vectors_count_values(akin_vector_set *set, int64_t count, const char *who, akin_error *err);
/* Columns are named by their numbers, from 1, unless they have names already. */
akin_status ak_vectors_name_columns(akin_vector_set *set, akin_error *err);

/* The neighbours of a row: rows of its group that stand within window places of it, as a range of
 * rows->order that holds the row itself too. With window < 0, the whole group. Nothing is checked: 0 <= row
 * < n. */
void ak_vectors_neighbours(const akin_vectors *rows, int64_t row, int64_t window, int64_t *first,
                           int64_t *count);

/* Rows of a split one after the other, in memory or on disk, in blocks of some: each() is given n of them
 * from row first on. */
typedef akin_status ak_rows_fn(const float *x, int64_t first, int64_t n, void *ctx, akin_error *err);
akin_status ak_vectors_walk(const akin_vector_set *set, const ak_vector_split *s, ak_rows_fn *each, void *ctx,
                            akin_error *err);
/* Row i into out [d].  AKIN_ERR_INPUT when it cannot be read any more, or is another. */
akin_status ak_vectors_read_row(const akin_vector_set *set, const ak_vector_split *s, int64_t i, float *out,
                                akin_error *err);
/* Its values [first, first+count), for which nothing says whether they are others. */
akin_status ak_vectors_read_values(const akin_vector_set *set, const ak_vector_split *s, int64_t i,
                                   int64_t first, int64_t count, float *out, akin_error *err);

/* [n of the split] a hash of the values of each row. */
void ak_vectors_row_hashes(const akin_vector_set *set, int split, uint64_t *out);

#endif
