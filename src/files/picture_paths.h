/* SPDX-License-Identifier: Apache-2.0 */
/* files/picture_paths.h - tables of the paths of images, as captions and annotations come: akin trains on the
 * folder of the images, or on the words beside, and never on the paths. */
#ifndef AK_FILES_PICTURE_PATHS_H
#define AK_FILES_PICTURE_PATHS_H

#include "base/base.h"
#include "base/path.h"

/* A name without blanks at its ends that ends as those of images do: "cat/1.JPG". */
bool ak_is_picture_path(const char *text, size_t length);

typedef struct ak_picture_paths {
    int64_t column;      /* from 0; -1: no column names images */
    bool header;         /* the first row does not, so that it names the columns */
    bool there;          /* the files are there, from here or from the folder of the table */
    bool addresses;      /* they are addresses of a network */
    char name[AK_SHOWN]; /* the column: its name, quoted, or its number */
    char example[AK_SHOWN];
    char folder[1024]; /* that holds all files looked at; "": not there */
    char words[64];    /* another column, of words, as an option names it; "": none */
} ak_picture_paths;

/* Look at the first rows of a table. delimiter 0: detected; '\n': each line is a field. What is no
 * table, or no regular file, has no such column. It fails as ak_look() does where a file cannot be read. */
akin_status ak_picture_paths_find(const char *table, int delimiter, ak_picture_paths *out, akin_error *err);
/* What akin can do with them, in one sentence without a stop; to is returned. */
enum { AK_PICTURE_ADVICE = 1800 };
const char *ak_picture_paths_advice(const ak_picture_paths *p, char to[AK_PICTURE_ADVICE]);

#endif
