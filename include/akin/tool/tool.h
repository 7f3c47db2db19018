/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/tool.h - all headers of the tool tier: what a program like `akin` needs. They may change with any
 * version; akin/akin.h has the headers that are kept. */
#ifndef AKIN_TOOL_TOOL_H
#define AKIN_TOOL_TOOL_H

#include "akin/tool/augment.h"
#include "akin/tool/bag.h"
#include "akin/tool/dataset.h"
#include "akin/tool/derive.h"
#include "akin/tool/diagnose.h"
#include "akin/tool/difficulty.h"
#include "akin/tool/gru.h"
#include "akin/tool/images.h"
#include "akin/tool/json.h"
#include "akin/tool/keep_list.h"
#include "akin/tool/lines.h"
#include "akin/tool/model.h"
#include "akin/tool/nn.h"
#include "akin/tool/program.h"
#include "akin/tool/reading.h"
#include "akin/tool/report.h"
#include "akin/tool/study.h"
#include "akin/tool/text.h"
#include "akin/tool/train.h"
#include "akin/tool/vectors.h"
#include "akin/tool/view_name.h"

#endif
