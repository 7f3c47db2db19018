/* SPDX-License-Identifier: Apache-2.0 */
/* akin/akin.h - all headers of the core tier, which are kept. akin/tool/tool.h has the others. */
#ifndef AKIN_AKIN_H
#define AKIN_AKIN_H

#include "akin/base.h"
#include "akin/data.h"
#include "akin/eval.h"
#include "akin/loss.h"
#include "akin/model.h"
#include "akin/theory.h"
#include "akin/train.h"

#endif /* AKIN_AKIN_H */
