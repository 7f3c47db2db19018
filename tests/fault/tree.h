/* SPDX-License-Identifier: Apache-2.0 */
/* tree.h - what a folder holds, for the campaign: copied, deleted, and compared file by file. */
#ifndef AK_TESTS_FAULT_TREE_H
#define AK_TESTS_FAULT_TREE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct tree_entry {
    char *path;    /* within the folder */
    uint64_t sum;  /* of a file's bytes */
    int64_t bytes; /* -1: a folder */
} tree_entry;

typedef struct tree {
    tree_entry *entries; /* by path */
    int count, room;
} tree;

void tree_copy(const char *from, const char *to); /* a file or a folder with all in it; to is made */
void tree_remove(const char *path);
tree tree_read(const char *folder);
void tree_free(tree *t);

/* The first path in which they differ and that matches none of the patterns, which blanks divide; NULL when
 * there is none. A folder of b alone without files in it is no difference. patterns may be NULL. */
const char *tree_differs(const tree *a, const tree *b, const char *patterns);
/* A path of a that b has not, and whose name says that it is temporary; NULL when there is none. */
const char *tree_temporary(const tree *a, const tree *b);
/* A file of now that is neither as in a nor as in b, is not temporary and matches no pattern; NULL when there
 * is none. */
const char *tree_neither(const tree *a, const tree *b, const tree *now, const char *patterns);
/* A sum of the bytes of one file; 0 where it cannot be read. */
uint64_t tree_file_sum(const char *path, int64_t *bytes);

#endif
