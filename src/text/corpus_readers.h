/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_readers.h - the readers of c->path, one a format; and the steps after reading, in their
 * order. */
#ifndef AK_TEXT_CORPUS_READERS_H
#define AK_TEXT_CORPUS_READERS_H

#include "text/corpus.h"

akin_status ak_corpus_read_lines(akin_corpus *c, akin_error *err);
akin_status ak_corpus_read_tsv(akin_corpus *c, akin_error *err);
akin_status ak_corpus_read_csv(akin_corpus *c, akin_error *err);
akin_status ak_corpus_read_jsonl(akin_corpus *c, akin_error *err);
akin_status ak_corpus_read_documents(akin_corpus *c, akin_error *err);
akin_status ak_corpus_read_shards(akin_corpus *c, akin_error *err);

struct akin_lines;
/* A file of JSON that begins with a bracket; l has given no line yet. */
akin_status ak_corpus_read_json_array(akin_corpus *c, struct akin_lines *l, akin_error *err);
/* One object, or with a string one text, that stands in this line. */
akin_status ak_corpus_add_json(akin_corpus *c, int64_t line, const char *text, int64_t bytes,
                               akin_error *err);

/* One array for each thing that is known of items; groups, classes and positions numbered for good. */
akin_status ak_corpus_number(akin_corpus *c, akin_error *err);
/* With opts.val_frac or opts.test_frac: move items of train to val and test. */
akin_status ak_corpus_hold_out(akin_corpus *c, akin_error *err);
/* The items of each split, the tuples as arrays, and the fingerprint. */
akin_status ak_corpus_arrange(akin_corpus *c, akin_error *err);
akin_status ak_corpus_hash(akin_corpus *c, akin_error *err); /* sets the fingerprint */
/* With opts.keep: only the items of the keep-list stay in train. */
akin_status ak_corpus_select(akin_corpus *c, akin_error *err);
/* Items that opts.rows does not want are in no split any more. */
akin_status ak_corpus_choose_rows(akin_corpus *c, akin_error *err);

#endif
