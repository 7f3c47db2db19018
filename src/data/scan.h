/* SPDX-License-Identifier: Apache-2.0 */
/* data/scan.h - which images a folder holds, in which split and class. */
#ifndef AKIN_SRC_SCAN_H
#define AKIN_SRC_SCAN_H

#include "data/dataset.h"

/* One for each of perhaps millions of files, so small. */
typedef struct akin_scan_item {
    const char *name; /* path within the folder, in akin_scan.names */
    char *reason;     /* owned; NULL when there was no failure */
    int32_t label, height, width;
    akin_status status; /* of the last attempt to read it */
    uint8_t split;      /* index into akin_scan.split_name */
    uint8_t channels;
} akin_scan_item;

typedef struct akin_scan {
    const char *root;
    akin_scan_item *item; /* [n]: by split, then by name, byte by byte */
    int64_t n, room;
    akin_name_pool names;
    const char *split_name[AKIN_MAX_SPLITS];
    int splits;
    char **class_name;        /* [classes], sorted byte by byte, owned */
    int64_t classes;          /* 0: no labels */
    int64_t ignored, outside; /* files that are no images; images beside class folders */
    char other[256];          /* the first ignored name */
} akin_scan;

akin_status akin_scan_folder(const char *root, akin_scan *scan, akin_error *err);
void akin_scan_free(akin_scan *scan);

#endif
