/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus.h - the corpus: what it holds while it is read, and once it is open. */
#ifndef AK_TEXT_CORPUS_H
#define AK_TEXT_CORPUS_H

#include "akin/tool/corpus.h"
#include "base/base.h"
#include "base/names.h"
#include "base/remarks.h"
#include "text/tokenizer.h"

enum {
    AK_TEXT_SPLITS = 3,
    AK_BAD_LISTED = 1000,
};

extern const char *const ak_text_splits[AK_TEXT_SPLITS]; /* train, val, test */

/* What is known of an item while the corpus is read; numbers of names, or -1 for none. */
typedef struct ak_text_item {
    int32_t group, label, position, file, line, split;
    bool mute, bad; /* it has no words; it stands for a row that cannot be used */
} ak_text_item;

typedef struct ak_text_tuple {
    int32_t anchor, positive;
    int64_t negatives; /* where its negatives end */
} ak_text_tuple;

struct akin_corpus {
    char *path;
    char name[256], fingerprint[17];
    size_t folder; /* of a range of files: the bytes before the names of its files, which are not shown */
    ak_remarks remarks;
    char full[17];      /* the fingerprint without opts.keep; "" = the same */
    int64_t full_items; /* texts of train without opts.keep, and of all opts.rows */
    const char *format;
    akin_corpus_opts opts;
    char *bytes; /* texts, one after the other */
    int64_t used, bytes_room;
    int64_t *start; /* [n+1] */
    int64_t n, start_room;
    ak_names files, group_names, label_names;
    int32_t *negative;
    int64_t negatives, negative_room;
    akin_text_counts counts;
    akin_bad_item bad[AK_BAD_LISTED]; /* texts owned */
    int64_t bad_listed;

    /* only while reading */
    ak_text_item *item; /* [n] */
    int64_t item_room;
    ak_names seen;        /* with drop_duplicates: the texts so far, numbered as items */
    ak_text_tuple *tuple; /* [tuples] */
    int64_t tuples, tuple_room;
    int reading;             /* the split of the file that is read, unless it says so itself */
    int64_t taken;           /* bytes of text that were read */
    int64_t blank, bad_rows; /* items that are empty; of them those of rows that cannot be used */
    ak_tokenizer *tokenizer; /* for min_words */

    /* once all is read */
    int32_t *group, *label, *position, *file, *line; /* [n] */
    int32_t *group_order, *class_order; /* [groups], [classes]: their numbers in the names above */
    int64_t groups, classes;
    int32_t *anchor, *positive; /* [tuples] */
    int64_t *negative_start;    /* [tuples+1] */
    int32_t *members;           /* [n] items by split */
    int64_t member_start[AK_TEXT_SPLITS + 1];
    int split_id[AK_TEXT_SPLITS], splits; /* which of ak_text_splits there are */
    int64_t with_words[AK_TEXT_SPLITS];   /* items of each split, if only those with words are taken */

    /* what the caller is given */
    akin_texts texts;
    akin_text_groups who;
    akin_text_tuples rows;
};

/* Items of a split that have words, or are in tuples. */
int64_t ak_corpus_with_words(const akin_corpus *c, const char *split);

/* Free what only reading needs, and forget the caller's texts in the options. */
void ak_corpus_end_reading(akin_corpus *c);

#endif
