/* SPDX-License-Identifier: Apache-2.0 */
/* images/list_folder.h - which images a folder holds, in which split and class. */
#ifndef AK_IMAGES_LIST_FOLDER_H
#define AK_IMAGES_LIST_FOLDER_H

#include "images/image_set.h"

#include <sys/types.h>

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
    int above_class[AK_MAX_SPLITS]; /* folders of an item's name before that of its class */
    int splits;
    char **class_name;     /* [classes], sorted byte by byte, owned */
    int64_t classes;       /* that have names */
    bool labelled;         /* every item has a label */
    int64_t outside;       /* images beside class folders */
    ak_file_kinds other;   /* files that are no pictures */
    int64_t clutter;       /* files and folders that systems leave behind (base/folder_names.h) */
    char first_other[256]; /* the first name of other, or else of clutter */
    ak_remarks *remarks;   /* what was decided is told there */
} ak_folder_list;

/* remarks: where what was decided by names is told. The list is freed by the caller, also on failure. */
akin_status ak_list_folder(const char *root, ak_remarks *remarks, ak_folder_list *list, akin_error *err);
/* The list of one picture, a file in the folder root. */
akin_status ak_list_file(const char *root, const char *name, ak_remarks *remarks, ak_folder_list *list,
                         akin_error *err);
void ak_folder_list_free(ak_folder_list *list);

/* The folders on the way to one that is read, each known by its place on the disk. */
typedef struct ak_folder_level {
    dev_t device;
    ino_t number;
    const struct ak_folder_level *above;
    int depth;
} ak_folder_level;

/* Sets device and number of an open folder; *loop: it is one of those above. False: it cannot be asked. */
bool ak_folder_level_set(ak_folder_level *level, int fd, bool *loop);

/* Whether the folder "folder/name", or one within it, holds a file whose name is wanted. Clutter is passed
 * over. Fails where one of them cannot be read. */
akin_status ak_folder_holds(const char *folder, const char *name, bool (*wanted)(const char *name),
                            bool *found, akin_error *err);

#endif
