/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/keep_list.h - keep-lists: which items of one split of a data set are used, as a text file that
 * people and other programs can read, sort, cut and join.
 *
 *     # akin keep-list 1
 *     # command: akin data longtail mnist -o tail.txt --ratio 100 --seed 3
 *     # source: mnist
 *     # fingerprint: 4f1d0c6a6cb1f3e2
 *     # split: train
 *     # items: 60000
 *     # shape: 28x28x1
 *     # seed: 3
 *     # kept: 12406
 *     train/7
 *     train/12
 *
 * One name a line, as akin_image_set_item_name() and the names of `akin embed` have it; order means nothing.
 * Lines that begin with # are remarks, of which those above are understood and may all be missing: a list of
 * names by hand is a keep-list too. Empty lines and a carriage return at the end of a line are passed over.
 * In a name a backslash begins an escape: \\ backslash, \n newline, \r carriage return, \# a # at its
 * beginning.
 *
 * Names of arrays are places ("train/7"), so that a list fits any array of enough rows: where the list says
 * how many items its split had, and what pixels, these are held against the set. Names of files need no such
 * check.
 *
 * Memory   A list owns what it holds; what it gives is borrowed from it.
 * Threads  Reentrant.
 */
#ifndef AKIN_TOOL_KEEP_LIST_H
#define AKIN_TOOL_KEEP_LIST_H

#include "akin/tool/program.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_keep_list akin_keep_list;

/* What the remarks say. Start from AKIN_KEEP_LIST_HEAD_INIT; NULL and 0 = unknown. */
typedef struct akin_keep_list_head {
    uint32_t struct_size;
    const char *command;              /* how the list was made */
    const char *source, *fingerprint; /* name and fingerprint of the whole set */
    const char *split;                /* NULL = "train" */
    const char *note;                 /* one line more, such as the counts of classes */
    int64_t items;                    /* of the whole split */
    int64_t height, width, channels;  /* of an image */
    uint64_t seed;
    bool seeded;       /* whether the seed says anything */
    akin_files *files; /* the list is one of the files of a result; NULL: it stands alone */
} akin_keep_list_head;

#define AKIN_KEEP_LIST_HEAD_INIT                                                                             \
    {                                                                                                        \
        .struct_size = sizeof(akin_keep_list_head)                                                           \
    }

/* Read a list.  AKIN_ERR_INPUT (cannot be read; holds no name; a name twice, with both lines),
 * AKIN_ERR_FORMAT (another version of the format, a remark or an escape that makes no sense, a 0 byte; with
 * the line), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_keep_list_load(const char *path, akin_keep_list **out, akin_error *err);
AKIN_API void akin_keep_list_free(akin_keep_list *keep); /* takes NULL */

AKIN_API int64_t akin_keep_list_count(const akin_keep_list *keep);
/* Name i in the order of the file, and its line, from 1. NULL and 0 after the last. */
AKIN_API const char *akin_keep_list_name(const akin_keep_list *keep, int64_t i);
AKIN_API int64_t akin_keep_list_line(const akin_keep_list *keep, int64_t i);
AKIN_API const akin_keep_list_head *akin_keep_list_about(const akin_keep_list *keep);
AKIN_API const char *akin_keep_list_path(const akin_keep_list *keep); /* as it was given when loading */

/* Write a list of n names; head may be NULL, and need not name the split.  AKIN_ERR_ARGUMENT, AKIN_ERR_RANGE
 * (n < 0), AKIN_ERR_IO, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_keep_list_save(const char *path, const akin_keep_list_head *head,
                                         const char *const *names, int64_t n, akin_error *err);

/* The name of item i, in buf or elsewhere. */
typedef const char *akin_item_name_fn(void *ctx, int64_t i, char *buf, size_t size);

/* kept[i] = 1 for the items whose name is in the list, else 0; for sets of any kind. `what` names the set in
 * a sentence.  AKIN_ERR_INPUT for a name that no item has, with its line and how many more there are;
 * AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_keep_list_match(const akin_keep_list *keep, int64_t items, akin_item_name_fn *name,
                                          void *ctx, const char *what, unsigned char *kept, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_KEEP_LIST_H */
