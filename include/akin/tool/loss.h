/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/loss.h - the parameters of a loss as rows of options: names, defaults, ranges, help. */
#ifndef AKIN_TOOL_LOSS_H
#define AKIN_TOOL_LOSS_H

#include "akin/loss.h"
#include "akin/tool/program.h" /* akin_opt_desc */

#ifdef __cplusplus
extern "C" {
#endif

/* Parameter i of a loss; NULL after the last, for i < 0, and when loss is NULL or not one that akin_loss_at()
 * or akin_loss_find() gave. akin_loss_params_set() takes its name. */
AKIN_API const akin_opt_desc *akin_loss_option_at(const akin_loss *loss, int i);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_LOSS_H */
