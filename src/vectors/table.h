/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/table.h - the columns of one file of a table, while it is read. */
#ifndef AK_VECTORS_TABLE_H
#define AK_VECTORS_TABLE_H

#include "files/records.h"
#include "vectors/vector_set.h"

typedef struct ak_column {
    char *first;           /* the cell of the first record: the name, with a header */
    akin_vector_role role; /* of this file */
    int64_t slot;          /* of a feature: where its value goes, in [0,d); so of a continuous label */
    bool word;             /* the first row of data has a word there */
    bool extra;            /* the columns that are wanted are others */

    /* Gathered from the rows. */
    double last;                    /* the value of the last row */
    bool counts, rises;             /* so far each whole number is one more, or more, than the one before */
    bool point, point_sure;         /* a number with a point; one whose point cannot be of thousands */
    bool comma, comma_sure;         /* the same of commas */
    int64_t point_line, comma_line; /* of the first one */
} ak_column;

/* What the first rows below the first record hold in a column. */
typedef struct ak_below {
    int32_t whole, fraction, text, missing; /* cells: digits alone; other numbers; neither; nothing */
    int32_t pictures, dates;                /* of text: paths of images; days, however they are written */
    int32_t same;                           /* cells of the same bytes as the first record's */
    bool first_word, second_text;           /* the first record has a word there; the second has text */
} ak_below;

struct ak_table {
    const char *path; /* borrowed */
    int64_t columns, d;
    int64_t values;    /* columns that are continuous labels */
    ak_column *column; /* [columns] */
    ak_below *below;   /* [columns], until the roles are given */
    int64_t rows;      /* that below was made of */
    bool header;
    int64_t label; /* the column, or -1 */
    int what;      /* AK_VECTOR_LABELS ... */
    int delimiter;
};

/* A table of the first record. Free with ak_csv_table_free(). */
akin_status ak_table_create(const char *path, const ak_field *field, int64_t count, struct ak_table **out,
                            akin_error *err);
/* Look at a record below the first. */
void ak_table_look(const akin_vector_set *set, struct ak_table *t, const ak_field *field, int64_t count);

/* Whether the first record is a header: t->header. What was assumed is remarked. wanted: the columns of the
 * run, or of the training file; NULL: none are known. */
void ak_table_find_header(akin_vector_set *set, struct ak_table *t, const akin_vector_layout *wanted);

/* Which column is what, by the options and what is usual; set->d and set->column_names with it. */
akin_status ak_table_give_roles(akin_vector_set *set, struct ak_table *t, akin_error *err);
/* The same from the columns that are wanted. training: wanted is of the training file. */
akin_status ak_table_match(akin_vector_set *set, struct ak_table *t, const akin_vector_layout *wanted,
                           bool training, akin_error *err);
/* No column is the label yet: take the one with the usual name, else the only one of words. */
void ak_table_guess_label(akin_vector_set *set, struct ak_table *t);
akin_status ak_table_name_features(akin_vector_set *set, const struct ak_table *t, akin_error *err);

/* After the last row of the training file: leave out columns that count the rows, and name those that may be
 * an index, a time or a target. */
void ak_table_judge(akin_vector_set *set, struct ak_table *t, ak_vector_split *split);
/* Keep the layout in the set: of the table, or the one that is wanted. */
akin_status ak_table_keep_layout(akin_vector_set *set, const struct ak_table *t, akin_error *err);

/* The name of a column for a sentence: quoted, or its number without a header. */
enum { AK_COLUMN_SHOWN = 64 };
const char *ak_column_shown(const struct ak_table *t, int64_t c, char to[AK_COLUMN_SHOWN]);
/* The column of that name; -1: none, -2: several. */
int64_t ak_table_find(const struct ak_table *t, const char *name, size_t length);

/* Up to five names, "'a', 'b' and 3 more", of columns as they are added. */
typedef struct ak_name_list {
    char text[360];
    int64_t n;
} ak_name_list;
void ak_name_list_add(ak_name_list *l, const char *shown);
const char *ak_name_list_end(ak_name_list *l);

#endif
