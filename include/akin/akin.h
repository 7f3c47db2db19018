/* SPDX-License-Identifier: Apache-2.0 */
/* akin/akin.h - all public headers. */
#ifndef AKIN_AKIN_H
#define AKIN_AKIN_H

#include "akin/tool/augment.h"
#include "akin/tool/bag.h"
#include "akin/base.h"
#include "akin/data.h"
#include "akin/tool/dataset.h"
#include "akin/tool/images.h"
#include "akin/tool/diagnose.h"
#include "akin/tool/difficulty.h"
#include "akin/eval.h"
#include "akin/tool/gru.h"
#include "akin/loss.h"
#include "akin/tool/nn.h"
#include "akin/tool/report.h"
#include "akin/tool/study.h"
#include "akin/tool/text.h"
#include "akin/theory.h"
#include "akin/train.h"
#include "akin/tool/vectors.h"

#endif
