/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_options.h - the options of a corpus as a whole table, ended by a row without a name. */
#ifndef AK_TEXT_CORPUS_OPTIONS_H
#define AK_TEXT_CORPUS_OPTIONS_H

#include "akin/tool/corpus.h"
#include "base/base.h"

extern const akin_opt_desc ak_corpus_opt_desc[];

#endif
