/* SPDX-License-Identifier: Apache-2.0 */
/* model/settings_update.c - optimiser, schedule and average of the weights; the pieces of a step. */
#include "base/plain.h"
#include "model/config_rules.h"
#include "model/settings_groups.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Read "60,80,92.5": epochs that increase and lie within the run. */
static akin_status milestones_of(const char *list, double epochs, ak_schedule_opts *s, akin_error *err)
{
    if (!list || !*list)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--schedule step needs --milestones, the epochs after which the rate falls, such "
                       "as --milestones 60,80");
    const char *at = list;
    double before = 0;
    for (;;) {
        char *end;
        const double epoch = ak_strtod(at, &end);
        if (end == at || (*end && *end != ',') || !isfinite(epoch))
            return ak_fail(err, AKIN_ERR_ARGUMENT,
                           "--milestones is '%s'; it must be epochs with commas between, such as 60,80",
                           list);
        if (epoch <= before || epoch >= epochs)
            return ak_fail(err, AKIN_ERR_RANGE,
                           "--milestones is '%s'; %g must be greater than %g and less than the %g epochs of "
                           "the run",
                           list, epoch, before, epochs);
        if (s->milestones == AK_MAX_MILESTONES)
            return ak_fail(err, AKIN_ERR_RANGE, "--milestones is '%s'; at most %d can be given", list,
                           AK_MAX_MILESTONES);
        s->milestone[s->milestones++] = before = epoch;
        if (!*end) return AKIN_OK;
        at = end + 1;
    }
}

static akin_status schedule_of(const akin_train_config *c, ak_schedule_opts *s, akin_error *err)
{
    static const char *const KINDS[] = {
        [AK_COSINE] = "cosine", [AK_STEP] = "step", [AK_CONSTANT] = "constant", NULL
    };
    s->kind = (ak_schedule_kind)ak_config_choice(c, "schedule", KINDS);
    s->peak = ak_config_number(c, "lr");
    s->least = s->kind == AK_CONSTANT ? 0 : ak_config_number(c, "lr-min");
    s->factor = ak_config_number(c, "lr-factor");
    s->warmup_epochs = ak_config_number(c, "warmup");
    if (s->least > s->peak)
        return ak_fail(err, AKIN_ERR_RANGE, "--lr-min is %g; it must be at most --lr, which is %g", s->least,
                       s->peak);
    if (s->kind != AK_STEP) return AKIN_OK;
    return milestones_of(akin_train_config_get(c, "milestones"), ak_config_number(c, "epochs"), s, err);
}

static akin_status optimizer_of(const akin_train_config *c, ak_optimizer_opts *o, akin_error *err)
{
    static const char *const KINDS[] = { [AK_SGD] = "sgd", [AK_ADAMW] = "adamw", [AK_LARS] = "lars", NULL };
    o->kind = (ak_optimizer_kind)ak_config_choice(c, "optimizer", KINDS);
    o->momentum = ak_config_number(c, "momentum");
    o->beta2 = ak_config_number(c, "beta2");
    o->epsilon = 1e-8;
    o->weight_decay = ak_config_number(c, "weight-decay");
    o->nesterov = akin_train_config_is_set(c, "nesterov");
    o->trust = ak_config_number(c, "trust");
    if (o->nesterov && o->momentum == 0)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--nesterov looks ahead along the momentum; --momentum is 0");
    return AKIN_OK;
}

akin_status ak_settings_update(const akin_train_config *c, ak_train_settings *s, akin_error *err)
{
    ak_update_opts *update = &s->update;
    AK_TRY(ak_config_check_needs(c, err));
    AK_TRY(optimizer_of(c, &update->optimizer, err));
    update->clip_norm = ak_config_number(c, "clip-norm");
    update->ema = ak_config_number(c, "ema");
    return schedule_of(c, &s->schedule, err);
}

static akin_status check_micro(int64_t batch, int64_t micro, akin_error *err)
{
    if (micro == 0 || (micro > 1 && micro <= batch && batch % micro == 0)) return AKIN_OK;
    int64_t near = micro < batch ? micro : batch;
    while (near > 1 && batch % near != 0) near--;
    if (near < 2) near = batch;
    return ak_fail(err, AKIN_ERR_RANGE,
                   "--micro-batch is %lld; it must be at least 2 and divide --batch-size, which is %lld: "
                   "%lld does",
                   (long long)micro, (long long)batch, (long long)near);
}

akin_status ak_settings_visits(const akin_train_config *c, ak_train_settings *s, akin_error *err)
{
    s->micro = (int64_t)ak_config_number(c, "micro-batch");
    s->whole = ak_config_flag(c, "reproducible");
    s->norm_all = strcmp(akin_train_config_get(c, "batch-norm"), "all") == 0;
    if (s->norm_all && s->whole)
        return ak_fail(
            err, AKIN_ERR_ARGUMENT,
            "--reproducible takes the statistics of each chunk, --batch-norm all those of the step; "
            "leave one of them out");
    s->momentum = ak_train_config_needed(c, "momentum-encoder") ? ak_config_number(c, "momentum-encoder") : 0;
    s->queue = ak_train_config_needed(c, "queue") ? (int64_t)ak_config_number(c, "queue") : 0;
    AK_TRY(check_micro(s->batch, s->micro, err));
    if (s->queue && s->momentum == 0)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--queue holds keys of a momentum encoder; give --momentum-encoder too, such as 0.99");
    if (s->queue && s->loss->needs & AKIN_LOSS_FEATURES)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--queue keeps no features, which --difficult compares; leave one of them out");
    if (s->queue % s->batch != 0)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "--queue is %lld; it must be a multiple of --batch-size, which is %lld: %lld is",
                       (long long)s->queue, (long long)s->batch,
                       (long long)((s->queue / s->batch + 1) * s->batch));
    if (s->momentum > 0 && s->loss_params.symmetric)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--symmetric makes anchors of the keys, which with --momentum-encoder take no "
                       "gradient; leave one of them out");
    return AKIN_OK;
}
