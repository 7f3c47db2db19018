/* SPDX-License-Identifier: Apache-2.0 */
/* train/nested.h - the loss on leading columns of the projections, beside that on all of them [Kusupati2022]:
 * with widths w_1 < ... < w_k and d columns, (1/(k+1)) (L(w_1) + ... + L(w_k) + L(d)), L(w) the loss of the
 * first w columns. So the first columns alone are an embedding too. Without widths it is L(d). */
#ifndef AK_TRAIN_NESTED_H
#define AK_TRAIN_NESTED_H

#include "train/trainer.h"

/* Check the widths, and take memory.  AKIN_ERR_ARGUMENT, AKIN_ERR_NOMEM */
akin_status ak_nested_prepare(ak_trainer *t, akin_error *err);

/* As akin_loss_eval() with the trainer's scratch; gradients go to places in t->gradient. */
akin_status ak_nested_eval(ak_trainer *t, const akin_loss_params *params, const akin_loss_batch *batch,
                           const akin_loss_grads *grads, double *value, akin_error *err);

/* As akin_loss_calibrate(): means over the widths. first, count: as ak_anneal_calibrate() has them. */
akin_status ak_nested_calibrate(const ak_trainer *t, const akin_loss_params *params,
                                const akin_loss_batch *batch, int64_t first, int64_t count,
                                akin_calibration *out, akin_error *err);

#endif
