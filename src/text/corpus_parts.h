/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_parts.h - a folder of files that are the splits of a corpus, such as train.tsv and test.tsv. */
#ifndef AK_TEXT_CORPUS_PARTS_H
#define AK_TEXT_CORPUS_PARTS_H

#include "text/corpus.h"

/* Paths by split, owned; NULL = none. */
typedef struct ak_corpus_parts {
    char *path[AK_TEXT_SPLITS];
    int64_t others;  /* what else is in the folder */
    char other[256]; /* the first of them that is a file, or "" */
} ak_corpus_parts;

/* The files of a folder whose names up to the first dot mean a split (base/folder_names.h). A folder that
 * holds nothing but one folder stands for that one. None are found where no file means train, where folders
 * are the splits, and, unless asked, where a lone 'train' that is no table stands among other files: that is
 * a document. AKIN_ERR_INPUT: two files mean one split. Free what was found in any case. */
akin_status ak_corpus_find_parts(const char *folder, bool asked, ak_corpus_parts *found, akin_error *err);
void ak_corpus_free_parts(ak_corpus_parts *found);

/* Remarks on names that do not say it plainly, and on what is left out. */
void ak_corpus_tell_parts(akin_corpus *c, const ak_corpus_parts *found);

/* The name of a file ends in that of a table (.tsv, .csv) or of objects (.jsonl, .ndjson, .json), packed or
 * not, in any case; else NULL. The ending as a format: "tsv", "csv", "jsonl". */
const char *ak_corpus_table_format(const char *name);

#endif
