/* SPDX-License-Identifier: Apache-2.0 */
/* train/length.c - epochs, checkpoints and warm-up of runs whose length nobody gave (length.h). */
#include "train/length.h"

#include "base/plain.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    ENOUGH_STEPS = 600, /* a hundred teach next to nothing [docs/choose.md] */
    MOST_EPOCHS = 40,
    SAVES = 20, /* checkpoints of a run, where epochs are short */
};

static akin_status set_number(ak_trainer *t, const char *name, int64_t value, akin_error *err)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    return akin_train_config_set(t->config, name, text, err);
}

/* Checkpoints of a short epoch would take more time than its steps. */
akin_status ak_length_space_checkpoints(ak_trainer *t, int64_t epoch_steps, int64_t steps, akin_error *err)
{
    if (akin_train_config_is_set(t->config, "checkpoint-every") || epoch_steps >= steps / SAVES)
        return AKIN_OK;
    return set_number(t, "checkpoint-every", (steps / SAVES + epoch_steps - 1) / epoch_steps * epoch_steps,
                      err);
}

akin_status ak_length_warm_up(ak_trainer *t, double epochs, akin_error *err)
{
    char text[32];
    if (akin_train_config_is_set(t->config, "warmup")) return AKIN_OK;
    ak_snprintf(text, sizeof text, "%.4g", 0.05 * epochs);
    return akin_train_config_set(t->config, "warmup", text, err);
}

akin_status ak_length_settle(ak_trainer *t, akin_error *err)
{
    const int64_t usual = t->set.epochs, epoch_steps = t->epoch_steps;
    int64_t epochs = (ENOUGH_STEPS + epoch_steps - 1) / epoch_steps;
    if (epochs > MOST_EPOCHS) epochs = MOST_EPOCHS;
    if (!t->free_length || epochs <= usual) return AKIN_OK;
    ak_trainer_say(t, "recipe: taking --epochs %" PRId64 ", as an epoch has %" PRId64 " step%s", epochs,
                   epoch_steps, epoch_steps == 1 ? "" : "s");
    AK_TRY(set_number(t, "epochs", epochs, err));
    AK_TRY(ak_length_space_checkpoints(t, epoch_steps, epochs * epoch_steps, err));
    AK_TRY(ak_length_warm_up(t, (double)epochs, err));
    ak_train_settings now;
    AK_TRY(ak_train_settings_of(t->config, &now, err));
    t->set.epochs = now.epochs;
    t->set.checkpoint_every = now.checkpoint_every;
    t->set.schedule.warmup_epochs = now.schedule.warmup_epochs;
    return AKIN_OK;
}
