/* SPDX-License-Identifier: Apache-2.0 */
/* akin/akin.h - all public headers. */
#ifndef AKIN_AKIN_H
#define AKIN_AKIN_H

#include "akin/augment.h"
#include "akin/bag.h"
#include "akin/base.h"
#include "akin/data.h"
#include "akin/diagnose.h"
#include "akin/difficulty.h"
#include "akin/eval.h"
#include "akin/gru.h"
#include "akin/loss.h"
#include "akin/nn.h"
#include "akin/report.h"
#include "akin/study.h"
#include "akin/text.h"
#include "akin/theory.h"
#include "akin/train.h"
#include "akin/vectors.h"

#endif
