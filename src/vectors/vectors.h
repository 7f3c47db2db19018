/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vectors.h - what the readers of vectors fill in, and what they share. */
#ifndef AKIN_SRC_VECTORS_H
#define AKIN_SRC_VECTORS_H

#include "akin/tool/vectors.h"
#include "base/base.h"

enum {
    AK_VECTOR_SPLITS = 2,
    AK_VECTOR_CLASSES = 1 << 16,
    AK_VECTOR_WIDTH = 1 << 24,  /* d */
    AK_VECTOR_RECORD = 1 << 28, /* bytes of one line of a text file */
    AK_LABEL_SHOWN = 48,
};

/* Distinct texts, numbered from 0 as they come; vectors_names.c. */
typedef struct ak_names ak_names;
ak_names *ak_names_create(void); /* NULL when out of memory */
void ak_names_free(ak_names *names);
int32_t ak_names_id(ak_names *names, const char *text, size_t length); /* -1 when out of memory */
int64_t ak_names_count(const ak_names *names);
const char *ak_names_text(const ak_names *names, int64_t id); /* borrowed until the next id() */

/* What a cell is; vectors_number.c. *value is written for NUMBER and INFINITE. */
typedef enum ak_cell { AK_CELL_NUMBER, AK_CELL_MISSING, AK_CELL_INFINITE, AK_CELL_TEXT } ak_cell;
ak_cell ak_cell_parse(const char *text, size_t length, double *value);
/* A number, or a date as seconds since 1970-01-01 UTC. false: neither. */
bool ak_cell_time(const char *text, size_t length, double *value);
/* text for a sentence: quoted, at most 40 bytes of it, control characters as '?'. Returns to. */
const char *ak_cell_shown(const char *text, size_t length, char to[AK_LABEL_SHOWN]);

/* Lines of delimited text; vectors_records.c. */
typedef struct ak_records ak_records;
typedef struct ak_field {
    const char *text; /* length bytes and a 0 */
    size_t length;
} ak_field;
/* delimiter 0: detected from the first lines. */
akin_status ak_records_open(const char *path, int delimiter, ak_records **out, akin_error *err);
void ak_records_close(ak_records *r); /* takes NULL */
void ak_records_short(
    ak_records *r); /* from here on, a record of more than 128 KiB is an error: for a look */
int ak_records_delimiter(const ak_records *r);
/* The next record that is not blank; *count = 0 at the end. Fields are borrowed until the next call. */
akin_status ak_records_next(ak_records *r, ak_field **fields, int64_t *count, akin_error *err);
int64_t ak_records_line(const ak_records *r); /* where the last record began, from 1 */
typedef struct ak_vector_split {
    const char *name; /* static */
    float *x;         /* [room,d]; NaN = missing, until finished */
    int64_t n, room;
    int32_t *labels, *groups; /* [room] numbers of names, or NULL */
    double *times;            /* [room], or NULL */
    int32_t *source;          /* [room] */
    int32_t *order, *place, *group_start;
    int32_t *origin;          /* [n], or NULL */
    struct ak_sparse *sparse; /* libsvm, until all files are read */
} ak_vector_split;

struct akin_vector_set {
    char name[256], remark[600], fingerprint[17];
    const char *format; /* static */
    akin_vectors_opts opts;
    struct ak_table *table; /* csv: the columns, until all files are read */
    ak_vector_split split[AK_VECTOR_SPLITS];
    int splits;
    int64_t d;
    int64_t *column_at;                  /* [d]: number of the column in its file, from 1 */
    char **column_names;                 /* [d], each owned, or NULL without a header */
    ak_names *label_names, *group_names; /* as they came; NULL without labels, groups */
    int64_t classes, groups;
    char **class_names;         /* [classes], each owned */
    double *mean, *std;         /* [d]: the scale in use */
    akin_vector_column *column; /* [d] */
    int64_t missing;
    unsigned char *kept; /* [whole_rows] of train, with opts.keep, while reading */
    int64_t whole_rows;  /* of train, without opts.keep */
    char whole[17];      /* fingerprint likewise; "" = fingerprint */
};

/* Readers of one file each, for a split that is new; the first also decides on d. What they leave on failure is freed
 * by the caller. */
akin_status ak_vectors_read_csv(akin_vector_set *set, ak_vector_split *split, const char *path,
                                akin_error *err);
akin_status ak_vectors_read_libsvm(akin_vector_set *set, ak_vector_split *split, const char *path,
                                   akin_error *err);
akin_status ak_vectors_read_npy(akin_vector_set *set, ak_vector_split *split, const char *path,
                                akin_error *err);
akin_status ak_vectors_densify(akin_vector_set *set, akin_error *err); /* libsvm, after the last file */
void ak_sparse_free(struct ak_sparse *sparse);                         /* take NULL */
void ak_table_free(struct ak_table *table);

enum { AK_VECTOR_LABELS = 1, AK_VECTOR_GROUPS = 2, AK_VECTOR_TIMES = 4 };

/* Room for one more row, with the arrays named in what. The new row of x is not cleared. */
akin_status ak_vectors_grow(const akin_vector_set *set, ak_vector_split *split, int what, akin_error *err);
/* AKIN_ERR_NOMEM unless n rows of d numbers are within the limits. */
akin_status ak_vectors_fit(const akin_vector_set *set, int64_t n, int64_t d, akin_error *err);
/* Number of a label or group; creates the list of names. */
akin_status ak_vectors_id(ak_names **names, const char *text, size_t length, bool label, int32_t *id,
                          akin_error *err);

/* After the readers. */
akin_status ak_vectors_classes(akin_vector_set *set, akin_error *err); /* vectors_classes.c */
akin_status ak_vectors_holdout(akin_vector_set *set, akin_error *err); /* vectors_holdout.c */
akin_status ak_vectors_finish(akin_vector_set *set, akin_error *err);  /* vectors_finish.c */

/* With opts.keep, vectors_keep.c: before reading, which rows they are; after the hold-out, leave only these. */
akin_status ak_vectors_find_kept(akin_vector_set *set, const char *path, akin_error *err);
akin_status ak_vectors_keep(akin_vector_set *set, akin_error *err);

void ak_vectors_note(akin_vector_set *set, const char *format, ...) AK_PRINTF(2, 3); /* adds to remark */
akin_status ak_vectors_opts_check(const akin_vectors_opts *opts, akin_error *err);   /* vectors_options.c */

#endif
