/* SPDX-License-Identifier: Apache-2.0 */
/* train/window.c - the window of difficult pairs, counted by the loss in the steps that are logged  [Zhang2025 eq.12],
 * and what the loss means in a step. */
#include "train/window.h"

#include <math.h>
#include <string.h>

bool ak_trainer_counts_classes(const ak_trainer *t)
{
    if (!(t->set.loss->needs & AKIN_LOSS_FEATURES) || !t->subject.group) return false;
    for (int64_t i = 0; i < t->subject.part.n; i++)
        if (t->subject.group[i] < 0) return false;
    return true;
}

akin_loss_window *ak_trainer_window(ak_trainer *t)
{
    const int64_t done = t->state.step + 1;
    t->window = (akin_loss_window){ NAN, NAN, NAN };
    const bool logged = done % t->set.log_every == 0 || done == t->steps;
    return logged && t->set.loss->needs & AKIN_LOSS_FEATURES ? &t->window : NULL;
}

void ak_trainer_tell_loss(const ak_trainer *t, akin_train_progress *p)
{
    const bool has = t->set.loss->needs & AKIN_LOSS_FEATURES;
    const akin_loss_window w = has ? t->window : (akin_loss_window){ NAN, NAN, NAN };
    p->window_share = w.share;
    p->window_other_class = w.other_class;
    p->window_other_class_chance = w.other_class_chance;
    p->alpha = p->lambda = NAN;
    if (strcmp(t->set.loss->name, "balanced") != 0) return;
    const akin_loss_params now = ak_anneal_params(&t->anneal, &t->set.loss_params, t->state.step - 1);
    p->alpha = now.alpha;
    p->lambda = now.lambda;
}

akin_status ak_trainer_calibrate(ak_trainer *t, int64_t first, int64_t count, akin_error *err)
{
    const akin_loss_batch batch = ak_trainer_batch(t);
    return ak_anneal_calibrate(&t->anneal, t->set.loss, &t->set.loss_params, &batch, first, count,
                               &t->calibration, err);
}
