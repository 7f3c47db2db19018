/* SPDX-License-Identifier: Apache-2.0 */
/* text/word_vectors.h - writing word vectors; reading is in akin/tool/word_vectors.h. */
#ifndef AK_TEXT_WORD_VECTORS_H
#define AK_TEXT_WORD_VECTORS_H

#include "akin/tool/word_vectors.h"

/* Write fastText's text form; numbers are read back as the same floats.  AKIN_ERR_SHAPE (rows),
 * AKIN_ERR_IO. */
akin_status ak_word_vectors_save(const char *path, const akin_vocab *v, akin_cmat vectors, akin_error *err);

#endif
