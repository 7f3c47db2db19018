/* SPDX-License-Identifier: Apache-2.0 */
/* files/shard_list.h - a data set in archives of tar, as WebDataset keeps them: which files a path names.
 *
 *     photos.tar                      one; also .tar.gz .tgz .tar.zst .tzst .tar.xz .txz
 *     photos-{000000..000009}.tar     a range, with as many digits as it is written with
 *     {train,test}-{00..03}.tar       a list of words
 *     a.tar::b/c.tar                  one behind the other
 *     photos/                         a folder of nothing else
 *
 * Where every file is named by a part (train-000.tar, val-000.tar), all of them behind the same words or none
 * (photos-train-0.tar, photos-val-0.tar), and one is of train, these are the splits.
 *
 * A matrix may be in several .npy files too, one behind the other: rows-{00000..00003}.npy. Data may be in
 * several .npy or text files, lines-{0..3}.txt, with splits by their names as archives have them. */
#ifndef AK_FILES_SHARD_LIST_H
#define AK_FILES_SHARD_LIST_H

#include "base/folder_names.h"
#include "base/remarks.h"

enum {
    AK_MAX_SHARDS = 65536,
    AK_MOST_SHARDS = 512 /* that are written, each of which is held by a descriptor until all are there */
};

typedef struct ak_shard_list {
    char **path; /* [n] by part, and in it as they were named; of a folder byte by byte */
    ak_part_name *part;
    int64_t n, room, part_room;
    bool parts; /* the names are those of parts; else all are of train */
} ak_shard_list;

/* The path names archives of tar by itself, whether they are there or not. */
bool ak_shards_named(const char *path);
/* *yes: the path names archives of tar, or is a folder that holds them and nothing else.  AKIN_ERR_INPUT */
akin_status ak_shards_are(const char *path, bool *yes, akin_error *err);

/* AKIN_ERR_INPUT    braces that make no sense; a file of them that is not there, by its name; one twice
 * AKIN_ERR_NOMEM  */
akin_status ak_shard_list_make(const char *path, ak_shard_list *out, akin_error *err);

/* *yes: a path of .npy with braces, and no file by itself.  AKIN_ERR_INPUT */
akin_status ak_is_range(const char *path, bool *yes, akin_error *err);
/* Its files, in order, whether they are there or not.  Fails as ak_shard_list_make() does. */
akin_status ak_shard_list_of_range(const char *path, ak_shard_list *out, akin_error *err);
/* *yes: a path with braces of files that are neither archives nor .npy, and no file by itself.
 * AKIN_ERR_INPUT */
akin_status ak_is_range_of_texts(const char *path, bool *yes, akin_error *err);
/* The files of a range of either kind, which are there, by part.  Fails as ak_shard_list_make() does. */
akin_status ak_shard_list_of_files(const char *path, ak_shard_list *out, akin_error *err);
/* How many files are of a part, and the first of them. */
int64_t ak_shard_list_part(const ak_shard_list *list, ak_part_name part, int64_t *first);
/* The bytes before "-{00000..00003}.npy" where the path ends so, in one range and no other braces; else 0. */
size_t ak_range_of_shards(const char *path);

/* Says which archive is read for training although its name, or its folder's, means another part. */
void ak_shard_list_remark(const ak_shard_list *list, ak_remarks *to);
void ak_shard_list_free(ak_shard_list *list);

#endif
