/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_items.h - what a reader does with what it reads: add items and rows to a corpus, one after
 * the other. */
#ifndef AK_TEXT_CORPUS_ITEMS_H
#define AK_TEXT_CORPUS_ITEMS_H

#include "files/lines.h"
#include "text/corpus.h"
#include "text/text_row.h"

/* Where an item stands; -1 = none. */
typedef struct ak_text_place {
    const char *file;
    int64_t line;
    int32_t group, label, position, split;
    bool sparse; /* white space is no item */
} ak_text_place;

/* Add one item, after checks. *item is its number, or -1 where the options leave it out. must: the item is
 * part of a tuple. Then it is added even when it is too short, and if it is a duplicate, *item is the
 * earlier one. */
akin_status ak_corpus_add_item(akin_corpus *c, const ak_text_place *at, const char *text, int64_t bytes,
                               bool must, int32_t *item, akin_error *err);

/* Add the items, and tuples, of one row of a table. */
akin_status ak_corpus_add_row(akin_corpus *c, const char *file, int64_t line, const ak_text_row *row,
                              akin_error *err);

/* A row that cannot be used: AKIN_ERR_FORMAT with the reason, or, as the options say, it is counted and
 * listed, and becomes an item without a text, so that rows keep their places. Where rows have anchors it is
 * left out. */
akin_status ak_corpus_add_bad_row(akin_corpus *c, const char *file, int64_t line, const char *reason,
                                  akin_error *err);

/* AKIN_ERR_INPUT once more has been read than opts->max_bytes allows; l is the file being read. */
akin_status ak_corpus_check_size(const akin_corpus *c, const akin_lines *l, akin_error *err);

/* Forget all items from n on: a document that is left out. */
void ak_corpus_drop_from(akin_corpus *c, int64_t n);

#endif
