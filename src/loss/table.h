/* SPDX-License-Identifier: Apache-2.0 */
/* loss/table.h - the internal side of the list of losses. */
#ifndef AK_LOSS_TABLE_H
#define AK_LOSS_TABLE_H

#include "akin/tool/loss.h"
#include "loss/levels.h"

bool ak_loss_is_listed(const akin_loss *loss); /* one of the library's rows, not a copy */
akin_status ak_loss_check_listed(const akin_loss *loss, akin_error *err); /* the same as AKIN_ERR_ARGUMENT */

/* Of a row that is listed: its function; its chance and floor; its options; whether one item is too few for
 * it; whether it takes further keys. */
ak_loss_run_fn *ak_loss_run_of(const akin_loss *loss);
ak_levels_fn *ak_loss_levels_of(const akin_loss *loss);
const akin_opt_desc *ak_loss_options_of(const akin_loss *loss); /* ended by a row without a name */
bool ak_loss_needs_negatives(const akin_loss *loss);
bool ak_loss_takes_keys(const akin_loss *loss, const akin_loss_params *params);

/* The base of dimcl and its parameters, its defaults where params says nothing of them; or NULL. */
const akin_loss *ak_dimcl_base(const akin_loss_params *params, akin_loss_params *of_base);

/* What the caller left as AKIN_LOSS_PARAMS_INIT has it takes the loss's default. */
void ak_loss_params_complete(akin_loss_params *params, const akin_loss *loss);

/* Is every parameter of the loss in the range of its table? */
akin_status ak_loss_params_check(const akin_loss_params *params, const akin_loss *loss, akin_error *err);

/* Import and check what akin_loss_eval() and akin_loss_calibrate() are given; embeddings are looked at only
 * when `data`. */
akin_status ak_loss_open(ak_loss_call *c, const akin_loss *loss, const akin_loss_params *params,
                         const akin_loss_batch *batch, bool data, akin_error *err);

#endif
