/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/tool.h - all headers of the tool tier: what a program like `akin` needs. They may change with any
 * version; akin/akin.h has the headers that are kept. */
#ifndef AKIN_TOOL_TOOL_H
#define AKIN_TOOL_TOOL_H

#include "akin/tool/augment.h"
#include "akin/tool/bag.h"
#include "akin/tool/class_numbers.h"
#include "akin/tool/corpus.h"
#include "akin/tool/dataset.h"
#include "akin/tool/derive.h"
#include "akin/tool/diagnose.h"
#include "akin/tool/difficulty.h"
#include "akin/tool/gru.h"
#include "akin/tool/images.h"
#include "akin/tool/items.h"
#include "akin/tool/json.h"
#include "akin/tool/keep_list.h"
#include "akin/tool/latent.h"
#include "akin/tool/lines.h"
#include "akin/tool/model.h"
#include "akin/tool/neighbours.h"
#include "akin/tool/nn.h"
#include "akin/tool/picture.h"
#include "akin/tool/program.h"
#include "akin/tool/reading.h"
#include "akin/tool/report.h"
#include "akin/tool/row_writer.h"
#include "akin/tool/study.h"
#include "akin/tool/subject.h"
#include "akin/tool/summary.h"
#include "akin/tool/text_views.h"
#include "akin/tool/tokens.h"
#include "akin/tool/train.h"
#include "akin/tool/utf8.h"
#include "akin/tool/vector_views.h"
#include "akin/tool/vectors.h"
#include "akin/tool/view_name.h"
#include "akin/tool/vocab.h"
#include "akin/tool/word_vectors.h"

#endif /* AKIN_TOOL_TOOL_H */
