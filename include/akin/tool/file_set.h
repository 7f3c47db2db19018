/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/file_set.h - the files of one result, such as those of `akin embed`: FILE.npy, FILE.names.txt,
 * FILE.labels.npy and FILE.classes.txt. They appear together, and are known to belong together.
 *
 * FILE.set.json says what each of them holds, by length and sum. It says first that the set is being written,
 * then the files get their names, and last it says that the set is complete. So after a kill at any point the
 * old files are there, or the new ones, or what is there is refused.
 *
 * The rows may be in up to 512 shards instead, FILE-00000.npy and on, which are read, checked and named as
 * one by a range of braces: "FILE-{00000..00003}.npy".
 *
 * Memory   As each function says.
 * Threads  One set is for one thread at a time.
 * Errors   On failure err (may be NULL) holds a sentence. */
#ifndef AKIN_TOOL_FILE_SET_H
#define AKIN_TOOL_FILE_SET_H

#include "akin/tool/json.h"
#include "akin/tool/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The file beside that has this end: FILE.npy, or FILE-{00000..00003}.npy, and ".names.txt" ->
 * FILE.names.txt; "" is FILE.npy itself. In memory of its own, which free() frees; NULL when memory lacks. */
AKIN_API char *akin_file_set_name(const char *path, const char *end);
/* The first file of such a set that is there, FILE.set.json among them; NULL when none is. free() frees it.
 * It fails as akin_path_look() does. */
AKIN_API akin_status akin_file_set_taken(const char *path, char **taken, akin_error *err);

/* Writing --------------------------------------------------------------------------------------------- */

typedef struct akin_file_set akin_file_set;

/* A set whose first file is path.  AKIN_ERR_ARGUMENT where that is a range, AKIN_ERR_NOMEM */
AKIN_API akin_status akin_file_set_open(const char *path, akin_file_set **out, akin_error *err);
/* A writer for the file with this end: "", ".names.txt", ".labels.npy" or ".classes.txt", each once; or, in
 * the place of "", "-00000.npy", "-00001.npy" and on, in order, of a set whose path ends in .npy; the first
 * may be a later one, of a set whose earlier shards another process writes. It belongs to the set;
 * akin_writer_commit() writes it out under its temporary name and does not free it.
 * AKIN_ERR_ARGUMENT, AKIN_ERR_IO, AKIN_ERR_NOMEM */
AKIN_API akin_status akin_file_set_add(akin_file_set *set, const char *end, akin_writer **out,
                                       akin_error *err);
/* A writer for one more file, of any name, such as a picture: it takes its name with the others, and where
 * that fails the older file is put back with theirs. FILE.set.json has no sum of it. Fails as
 * akin_file_set_add() does. */
AKIN_API akin_status akin_file_set_beside(akin_file_set *set, const char *path, akin_writer **out,
                                          akin_error *err);
/* Several processes may write the shards of one set, each into a set of its own, of the same path. When its
 * writers are committed, each gives what is to be known of its shards; one takes those of the others, and it
 * alone commits. Whatever comes of that, the others abort their sets afterwards: what has its name by then
 * stays. */
typedef struct akin_shard {
    uint32_t struct_size;
    int64_t bytes;
    char xxh64[24];
    char temporary[16]; /* what the name of the file has behind FILE-00003.npy until the commit: ".tmp" */
} akin_shard;

#define AKIN_SHARD_INIT                                                                                      \
    {                                                                                                        \
        .struct_size = sizeof(akin_shard)                                                                    \
    }

/* Shard k, which is this set's.  AKIN_ERR_ARGUMENT, AKIN_ERR_IO */
AKIN_API akin_status akin_file_set_give(const akin_file_set *set, int k, akin_shard *out, akin_error *err);
/* Shard k, which is another's: the one behind the last that this set has.  AKIN_ERR_ARGUMENT,
 * AKIN_ERR_NOMEM */
AKIN_API akin_status akin_file_set_take(akin_file_set *set, int k, const akin_shard *shard, akin_error *err);

/* All files get their names; each must have been committed. Files of an older set that this one has not are
 * deleted. about: an object whose members FILE.set.json has too; NULL = none. Frees set, also on failure.
 * AKIN_ERR_IO, AKIN_ERR_NOMEM */
AKIN_API akin_status akin_file_set_commit(akin_file_set *set, const akin_json *about, akin_error *err);
AKIN_API void akin_file_set_abort(akin_file_set *set); /* frees set, which may be NULL, and leaves no file */

/* Reading --------------------------------------------------------------------------------------------- */
/* Files that a verb uses together: check() before they are read, same() afterwards. A path that no
 * FILE.set.json is about is anybody's own file, and fits. */

/* Whether each of n paths (NULL: left out) has what its set says; of FILE.labels.npy also FILE.classes.txt.
 * *state receives what same() is to compare.
 * AKIN_ERR_INPUT names the file that is half written, or not as it was, and says how to go on;
 * AKIN_ERR_FORMAT when FILE.set.json is damaged; AKIN_ERR_NOMEM */
AKIN_API akin_status akin_file_set_check(const char *const *paths, int n, uint64_t *state, akin_error *err);
/* AKIN_ERR_INPUT when one of the sets was written, or began to be, since the check. */
AKIN_API akin_status akin_file_set_same(const char *const *paths, int n, uint64_t state, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_FILE_SET_H */
