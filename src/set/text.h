/* SPDX-License-Identifier: Apache-2.0 */
/* set/text.h - the two halves of the row of text: text.c opens a corpus, text_rows.c measures it and makes
 * rows of it. */
#ifndef AK_SET_TEXT_H
#define AK_SET_TEXT_H

#include "set/kinds.h"

const akin_corpus *ak_text_set_corpus(const void *set);

/* Functions of the row; kinds.h says what they do. */
akin_status ak_text_measure(const void *set, const akin_split_view *train, const ak_data_opts *opts,
                            const ak_teller *tell, void **out, akin_error *err);
akin_status ak_text_recall(const akin_json *root, const char *path, const char *run, void **out,
                           akin_error *err);
akin_status ak_text_recall_exported(const akin_json *root, const char *path, void **out, akin_error *err);
void ak_text_forget(void *measured);
const akin_vocab *ak_text_vocabulary(const void *measured);
void ak_text_describe(const void *measured, int64_t groups, akin_json *data);
akin_status ak_text_save(const void *measured, const void *set, const ak_data_opts *opts, uint64_t seed,
                         const char *run, akin_error *err);
ak_row_shape ak_text_shape(const void *measured, const ak_data_opts *opts, bool training);
akin_status ak_text_train_rows(const void *set, const akin_split_view *train, void *measured,
                               const ak_data_opts *opts, ak_row_source *out, akin_error *err);
akin_status ak_text_embed_rows(const void *set, const char *split, void *measured, const ak_data_opts *opts,
                               bool views, ak_row_source *out, akin_error *err);

extern const ak_measured_raw_form ak_text_raw; /* bags of words: text_raw.c */
extern const ak_words_form ak_text_words;      /* and of their n-grams: the same */

/* Texts that belong to no set; otherwise as ak_text_embed_rows(). */
akin_status ak_texts_embed_rows(const akin_texts *texts, void *measured, const ak_data_opts *opts,
                                ak_row_source *out, akin_error *err);

#endif
