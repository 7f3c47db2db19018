/* SPDX-License-Identifier: Apache-2.0 */
/* train/update.h - from gradients to new weights: check, clip, optimiser, moving average.
 *
 * One object updates any list of tensors, of one net or of several. It owns what lives between two steps: the
 * optimiser's arrays and the averaged weights. */
#ifndef AK_TRAIN_UPDATE_H
#define AK_TRAIN_UPDATE_H

#include "akin/tool/nn.h"
#include "model/checkpoint.h"
#include "train/optimizer.h"

typedef struct ak_update ak_update;

/* The list is copied, its arrays are borrowed. Tensors without a gradient (running averages) are averaged,
 * but not stepped. The moving average begins at the present values of the tensors.  AKIN_ERR_NOMEM. */
akin_status ak_update_create(const akin_tensor *tensors, int64_t count, const ak_update_opts *opts,
                             ak_update **out, akin_error *err);
void ak_update_free(ak_update *u);

/* One step; `step` is the number of steps done before. In this order:
 *     |g|^2 = sum of squares of all gradients, in double, in the order of the list
 *     clip:      if |g| > c:  grad = grad c / |g|, in place
 *     optimiser: as in optimizer.h, with the tensor's decay
 *     ema:       s = s + (1 - d_t) (x - s), d_t = min(d, (1 + t) / (10 + t)), t = step + 1
 * The bound on d_t lets the initial weights fade early; after 9 / (1 - d) steps it is d. Running averages of
 * batch norm are averaged in the same way. *grad_norm (may be NULL) receives |g| before clipping.
 * AKIN_ERR_NUMERIC when a gradient is not finite, with the tensor's name; then no weight has changed. */
akin_status ak_update_step(ak_update *u, double lr, int64_t step, double *grad_norm, akin_error *err);

/* The arrays to keep in a checkpoint: "optimizer0.", "optimizer1.", "ema.". Returns how many sets; they
 * borrow from u. */
enum { AK_UPDATE_MAX_SETS = AK_OPTIMIZER_MAX_SLOTS + 1 };
int ak_update_arrays(const ak_update *u, ak_array_set sets[AK_UPDATE_MAX_SETS]);

#endif
