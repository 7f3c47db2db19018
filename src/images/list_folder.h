/* SPDX-License-Identifier: Apache-2.0 */
/* images/list_folder.h - which images a folder holds, in which split and class. */
#ifndef AK_IMAGES_LIST_FOLDER_H
#define AK_IMAGES_LIST_FOLDER_H

#include "images/image_set.h"

/* One for each of perhaps millions of files, so small. */
typedef struct ak_listed_image {
    const char *name; /* path within the folder, in ak_folder_list.names */
    char *reason;     /* owned; NULL when there was no failure */
    int32_t label, height, width;
    akin_status status; /* of the last attempt to read it */
    uint8_t split;      /* index into ak_folder_list.split_name */
    uint8_t channels;
} ak_listed_image;

typedef struct ak_folder_list {
    const char *root;
    ak_listed_image *item; /* [n]: by split, then by name, byte by byte */
    int64_t n, room;
    ak_name_pool names;
    const char *split_name[AK_MAX_SPLITS];
    int splits;
    char **class_name;        /* [classes], sorted byte by byte, owned */
    int64_t classes;          /* 0: no labels */
    int64_t ignored, outside; /* files that are no images; images beside class folders */
    char other[256];          /* the first ignored name */
} ak_folder_list;

akin_status ak_list_folder(const char *root, ak_folder_list *list, akin_error *err);
void ak_folder_list_free(ak_folder_list *list);

#endif
