/* SPDX-License-Identifier: Apache-2.0 */
/* data/vectors.h - what the readers of vectors fill in, and what they share. */
#ifndef AKIN_SRC_VECTORS_H
#define AKIN_SRC_VECTORS_H

#include "akin/vectors.h"
#include "base/base.h"

enum {
    AKIN_VECTOR_SPLITS = 2,
    AKIN_VECTOR_CLASSES = 1 << 16,
    AKIN_VECTOR_WIDTH = 1 << 24,  /* d */
    AKIN_VECTOR_RECORD = 1 << 28, /* bytes of one line of a text file */
    AKIN_LABEL_SHOWN = 48,
};

/* Distinct texts, numbered from 0 as they come; vectors_names.c. */
typedef struct akin_names akin_names;
akin_names *akin_names_create(void); /* NULL when out of memory */
void akin_names_free(akin_names *names);
int32_t akin_names_id(akin_names *names, const char *text, size_t length); /* -1 when out of memory */
int64_t akin_names_count(const akin_names *names);
const char *akin_names_text(const akin_names *names, int64_t id); /* borrowed until the next id() */

/* What a cell is; vectors_number.c. *value is written for NUMBER and INFINITE. */
typedef enum akin_cell { AKIN_CELL_NUMBER, AKIN_CELL_MISSING, AKIN_CELL_INFINITE, AKIN_CELL_TEXT } akin_cell;
akin_cell akin_cell_parse(const char *text, size_t length, double *value);
/* A number, or a date as seconds since 1970-01-01 UTC. false: neither. */
bool akin_cell_time(const char *text, size_t length, double *value);
/* text for a sentence: quoted, at most 40 bytes of it, control characters as '?'. Returns to. */
const char *akin_cell_shown(const char *text, size_t length, char to[AKIN_LABEL_SHOWN]);

/* Lines of delimited text; vectors_records.c. */
typedef struct akin_records akin_records;
typedef struct akin_field {
    const char *text; /* length bytes and a 0 */
    size_t length;
} akin_field;
/* delimiter 0: detected from the first lines. */
akin_status akin_records_open(const char *path, int delimiter, akin_records **out, akin_error *err);
void akin_records_close(akin_records *r); /* takes NULL */
void akin_records_short(
    akin_records *r); /* from here on, a record of more than 128 KiB is an error: for a look */
int akin_records_delimiter(const akin_records *r);
/* The next record that is not blank; *count = 0 at the end. Fields are borrowed until the next call. */
akin_status akin_records_next(akin_records *r, akin_field **fields, int64_t *count, akin_error *err);
int64_t akin_records_line(const akin_records *r); /* where the last record began, from 1 */
typedef struct akin_vector_split {
    const char *name; /* static */
    float *x;         /* [room,d]; NaN = missing, until finished */
    int64_t n, room;
    int32_t *labels, *groups; /* [room] numbers of names, or NULL */
    double *times;            /* [room], or NULL */
    int32_t *source;          /* [room] */
    int32_t *order, *place, *group_start;
    int32_t *origin;            /* [n], or NULL */
    struct akin_sparse *sparse; /* libsvm, until all files are read */
} akin_vector_split;

struct akin_vector_set {
    char name[256], remark[600], fingerprint[17];
    const char *format; /* static */
    akin_vectors_opts opts;
    struct akin_table *table; /* csv: the columns, until all files are read */
    akin_vector_split split[AKIN_VECTOR_SPLITS];
    int splits;
    int64_t d;
    int64_t *column_at;                    /* [d]: number of the column in its file, from 1 */
    char **column_names;                   /* [d], each owned, or NULL without a header */
    akin_names *label_names, *group_names; /* as they came; NULL without labels, groups */
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
akin_status akin_vectors_read_csv(akin_vector_set *set, akin_vector_split *split, const char *path,
                                  akin_error *err);
akin_status akin_vectors_read_libsvm(akin_vector_set *set, akin_vector_split *split, const char *path,
                                     akin_error *err);
akin_status akin_vectors_read_npy(akin_vector_set *set, akin_vector_split *split, const char *path,
                                  akin_error *err);
akin_status akin_vectors_densify(akin_vector_set *set, akin_error *err); /* libsvm, after the last file */
void akin_sparse_free(struct akin_sparse *sparse);                       /* take NULL */
void akin_table_free(struct akin_table *table);

enum { AKIN_VECTOR_LABELS = 1, AKIN_VECTOR_GROUPS = 2, AKIN_VECTOR_TIMES = 4 };

/* Room for one more row, with the arrays named in what. The new row of x is not cleared. */
akin_status akin_vectors_grow(const akin_vector_set *set, akin_vector_split *split, int what,
                              akin_error *err);
/* AKIN_ERR_NOMEM unless n rows of d numbers are within the limits. */
akin_status akin_vectors_fit(const akin_vector_set *set, int64_t n, int64_t d, akin_error *err);
/* Number of a label or group; creates the list of names. */
akin_status akin_vectors_id(akin_names **names, const char *text, size_t length, bool label, int32_t *id,
                            akin_error *err);

/* After the readers. */
akin_status akin_vectors_classes(akin_vector_set *set, akin_error *err); /* vectors_classes.c */
akin_status akin_vectors_holdout(akin_vector_set *set, akin_error *err); /* vectors_holdout.c */
akin_status akin_vectors_finish(akin_vector_set *set, akin_error *err);  /* vectors_finish.c */

/* With opts.keep, vectors_keep.c: before reading, which rows they are; after the hold-out, leave only these. */
akin_status akin_vectors_find_kept(akin_vector_set *set, const char *path, akin_error *err);
akin_status akin_vectors_keep(akin_vector_set *set, akin_error *err);

void akin_vectors_note(akin_vector_set *set, const char *format, ...) AKIN_PRINTF(2, 3); /* adds to remark */
akin_status akin_vectors_opts_check(const akin_vectors_opts *opts, akin_error *err); /* vectors_options.c */

#endif
