/* SPDX-License-Identifier: Apache-2.0 */
/* text/static_model.h - the vectors of words of a folder of model2vec, or of a static embedding of
 * sentence-transformers. */
#ifndef AK_TEXT_STATIC_MODEL_H
#define AK_TEXT_STATIC_MODEL_H

#include "akin/tool/word_vectors.h"

/* The folder has model.safetensors ("embeddings" [rows,d], or "embedding.weight"; perhaps "mapping", the row
 * of each token, and "weights", a factor for each) and tokenizer.json. All members of w but its sum are
 * written; what is there on failure, akin_word_vectors_free() frees.
 * AKIN_ERR_INPUT, AKIN_ERR_FORMAT, AKIN_ERR_NOMEM */
akin_status ak_static_model_read(const char *folder, const akin_vocab *v, akin_word_vectors *w,
                                 akin_error *err);

/* Room for a vector of each word, zeros.  AKIN_ERR_NOMEM */
akin_status ak_word_vectors_start(akin_word_vectors *w, int64_t words, int64_t cols, akin_error *err);

#endif
