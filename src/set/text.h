/* SPDX-License-Identifier: Apache-2.0 */
/* set/text.h - the corpus of an open set of text. */
#ifndef AKIN_SRC_SET_TEXT_H
#define AKIN_SRC_SET_TEXT_H

#include "akin/tool/text.h"

const akin_corpus *ak_text_set_corpus(const void *set);

#endif
