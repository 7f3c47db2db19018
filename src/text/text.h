/* SPDX-License-Identifier: Apache-2.0 */
/* text/text.h - what the files of this folder share: a table of words, the corpus being read. */
#ifndef AKIN_SRC_TEXT_H
#define AKIN_SRC_TEXT_H

#include "akin/tool/text.h"
#include "base/base.h"
#include "files/lines.h"

#include <string.h>

enum {
    AK_TEXT_DEPTH = 16, /* of nested folders */
    AK_BAD_KEPT = 1000,
};

/* Distinct texts, numbered from 0 in the order they came. Zeroed = empty. */
typedef struct ak_wordmap {
    char *bytes; /* all texts, each ended by a 0 */
    int64_t used, bytes_room;
    int64_t *start; /* [n+1] into bytes */
    int64_t n, room;
    uint64_t *hash; /* [n] */
    int64_t hash_room;
    int32_t *slot; /* [slots], index or -1 */
    int64_t slots;
} ak_wordmap;

int64_t ak_wordmap_find(const ak_wordmap *m, const char *text, int64_t bytes); /* -1 when absent */
/* The number of text, new or old; -1 when out of memory. */
int64_t ak_wordmap_add(ak_wordmap *m, const char *text, int64_t bytes);
void ak_wordmap_free(ak_wordmap *m); /* leaves *m zeroed */
static inline const char *ak_wordmap_text(const ak_wordmap *m, int64_t i) { return m->bytes + m->start[i]; }
static inline int64_t ak_wordmap_bytes(const ak_wordmap *m, int64_t i)
{
    return m->start[i + 1] - m->start[i] - 1;
}
uint64_t ak_text_hash(const char *text, int64_t bytes);

/* The corpus ------------------------------------------------------------------------------------------------- */

typedef struct ak_text_item {
    int32_t group, label, position, file, line, split;
} ak_text_item;

typedef struct ak_bad_text {
    char *name, *reason;
} ak_bad_text;

typedef struct ak_text_tuple {
    int32_t anchor, positive;
    int64_t negatives; /* where its negatives end */
} ak_text_tuple;

struct akin_corpus {
    char *path;
    char name[256], fingerprint[17];
    char whole[17];      /* fingerprint without opts.keep; "" = fingerprint */
    int64_t whole_items; /* of train, likewise */
    const char *format;
    akin_corpus_opts opts;
    char *bytes; /* texts, one after the other */
    int64_t used, bytes_room;
    int64_t *start; /* [n+1] */
    int64_t n, start_room;
    ak_text_item *item; /* [n] while reading; freed at the end */
    int64_t item_room;
    ak_wordmap files, group_names, label_names, seen;
    ak_text_tuple *tuple; /* [tuples] while reading */
    int64_t tuples, tuple_room;
    int32_t *negative;
    int64_t negatives, negative_room;
    akin_corpus_counts counts;
    int64_t taken; /* bytes that were read */
    ak_bad_text bad[AK_BAD_KEPT];
    int64_t bad_kept;
    akin_tokenizer *tokenizer; /* for min_words */

    /* finished */
    int32_t *group, *label, *position, *file, *line;
    int32_t *group_order, *class_order; /* [groups], [classes]: where their names are in the maps above */
    int64_t groups, classes;
    int32_t *anchor, *positive;
    int64_t *negative_start;
    int32_t *members; /* [n] items by split */
    int64_t member_start[4];
    int split_id[3], splits; /* which of ak_text_splits there are */
};

extern const char *const ak_text_splits[3]; /* train, val, test */

/* Where an item stands. */
typedef struct ak_text_place {
    const char *file;
    int64_t line;
    int32_t group, label, position, split; /* -1 = none */
} ak_text_place;

/* Take one item: check it, leave it out where the options say so (*item = -1), else append it. must: a part of a tuple,
 * which is taken even when short; a duplicate becomes the earlier item. */
akin_status ak_corpus_add(akin_corpus *c, const ak_text_place *at, const char *text, int64_t bytes, bool must,
                          int32_t *item, akin_error *err);
/* An unusable row: AKIN_ERR_FORMAT with reason, or it is counted and listed. */
akin_status ak_corpus_bad_row(akin_corpus *c, const char *file, int64_t line, const char *reason,
                              akin_error *err);
/* Open a file, and stop when it would take more than opts->max_bytes. */
akin_status ak_corpus_budget(akin_corpus *c, const akin_lines *l, int64_t before, akin_error *err);
/* Forget all items from n on: a document that is left out. */
void ak_corpus_cut(akin_corpus *c, int64_t n);
akin_status ak_corpus_finish(akin_corpus *c, akin_error *err);
akin_status ak_corpus_keep(akin_corpus *c,
                           akin_error *err); /* with opts.keep, once there are splits; corpus_keep.c */

/* One row of a table. Texts and negatives may be empty where there is none. */
typedef struct ak_text_field {
    const char *text;
    int64_t bytes;
} ak_text_field;

enum { AK_ROW_PARTS = 256 }; /* positives, or negatives, of one row */

typedef struct ak_text_row {
    ak_text_field text, anchor, label, group; /* text NULL = absent */
    ak_text_field positive[AK_ROW_PARTS], negative[AK_ROW_PARTS];
    int positives, negatives;
    bool overflow; /* more than that */
} ak_text_row;

akin_status ak_corpus_row(akin_corpus *c, const char *file, int64_t line, const ak_text_row *row,
                          akin_error *err);

/* What a column is called. */
typedef enum ak_role {
    ROLE_NONE,
    ROLE_TEXT,
    ROLE_ANCHOR,
    ROLE_POSITIVE,
    ROLE_NEGATIVE,
    ROLE_LABEL,
    ROLE_GROUP
} ak_role;
ak_role ak_role_of(const char *name, int64_t bytes); /* by its usual name, any case */
/* The role that the option columns gives to a column by this name or number (from 1; 0: only the name). */
ak_role ak_role_given(const char *columns, const char *name, int64_t bytes, int64_t number);
akin_status ak_columns_check(const char *columns, akin_error *err);
void ak_row_put(ak_text_row *row, ak_role role, const char *text, int64_t bytes);

akin_status ak_lines_read(akin_corpus *c, akin_error *err);
akin_status ak_table_read(akin_corpus *c, char separator, akin_error *err);
akin_status ak_jsonl_read(akin_corpus *c, akin_error *err);
akin_status ak_documents_read(akin_corpus *c, akin_error *err);

/* Vocabulary ------------------------------------------------------------------------------------------------- */

struct akin_vocab {
    akin_vocab_opts opts;
    ak_wordmap map; /* in order of ids */
    int64_t *count; /* [words] */
    int64_t *row;   /* [words+1] into ids: the word itself and its n-grams */
    int32_t *ids;
    char fingerprint[17];
};

/* Rows of ids for the words of m: with own, word i begins with the id i; then its n-grams. row [m->n+1] and ids are
 * allocated. */
akin_status ak_words_expand(const akin_vocab *v, const ak_wordmap *m, bool own, int64_t **row, int32_t **ids,
                            akin_error *err);
/* From words in their final order, taken over, also on failure; count [words] likewise. */
akin_status ak_vocab_create(const akin_vocab_opts *opts, ak_wordmap *map, int64_t *count, akin_vocab **out,
                            akin_error *err);
akin_status ak_vocab_opts_check(akin_vocab_opts *opts,
                                akin_error *err); /* maxn 0 sets minn and buckets to 0 */
/* The file, in memory of its own, without its last line, and the last line's number. */
akin_status ak_vocab_print(const akin_vocab *v, char **text, size_t *bytes, uint64_t *sum, akin_error *err);

/* Tokenising many texts in blocks ---------------------------------------------------------------------------- */

/* Text `item` of block `block` was cut into words; runs on any thread, in item order within a block. */
typedef akin_status ak_words_fn(int64_t block, int64_t item, const akin_words *words, void *ctx,
                                akin_error *err);

/* Call fn for items (NULL: all n) in `blocks` blocks of following items; the first error in item order wins. */
akin_status ak_texts_tokenize(const akin_texts *texts, const int32_t *items, int64_t n, bool lower,
                              int64_t blocks, ak_words_fn *fn, void *ctx, akin_error *err);
int64_t ak_text_blocks(int64_t n);

#endif
