/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/text.h - all that there is for text, by one include. */
#ifndef AKIN_TEXT_H
#define AKIN_TEXT_H

#include "akin/tool/corpus.h"
#include "akin/tool/text_views.h"
#include "akin/tool/tokens.h"
#include "akin/tool/utf8.h"
#include "akin/tool/vocab.h"
#include "akin/tool/word_vectors.h"

#endif /* AKIN_TEXT_H */
