/* SPDX-License-Identifier: Apache-2.0 */
/* model/config_update.c - options of the optimiser, the schedule and the average: which belong together, and their
 * typed values. */
#include "model/config.h"

#include "base/base.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* An option that only some values of another make use of. */
static const struct need {
    const char *name, *by, *values[3];
} NEEDS[] = {
    { "nesterov", "optimizer", { "sgd", "lars" } },
    { "trust", "optimizer", { "lars" } },
    { "milestones", "schedule", { "step" } },
    { "lr-factor", "schedule", { "step" } },
    { "lr-min", "schedule", { "cosine", "step" } },
    { "block", "loss", { "curl-hinge", "curl-logistic" } },
    { "negatives", "loss", { "curl-hinge", "curl-logistic" } },
    { "negatives", "pairs", { "given" } },
    { "class-prior", "loss", { "curl-hinge", "curl-logistic" } },
    { "without-replacement", "loss", { "curl-hinge", "curl-logistic" } },
    { "window", "pairs", { "near" } },
    { "momentum-encoder", "loss", { "infonce" } },
    { "queue", "loss", { "infonce" } },
    { "difficult", "loss", { "ntxent", "infonce" } },
    { "alpha-end", "loss", { "balanced" } },
    { "lambda-end", "loss", { "balanced" } },
    { "anneal", "loss", { "balanced" } },
};
enum { NEED_COUNT = sizeof NEEDS / sizeof *NEEDS };

static bool met(const akin_train_config *c, const struct need *need)
{
    const char *value = akin_train_config_get(c, need->by);
    for (int i = 0; i < 3 && need->values[i]; i++)
        if (strcmp(need->values[i], value) == 0) return true;
    return false;
}

bool ak_train_config_needed(const akin_train_config *c, const char *name)
{
    bool held_back = false;
    for (int i = 0; i < NEED_COUNT; i++) {
        if (strcmp(NEEDS[i].name, name) != 0) continue;
        if (met(c, &NEEDS[i])) return true;
        held_back = true;
    }
    return !held_back;
}

const char *ak_train_config_default(const akin_train_config *c, const char *name)
{
    if (strcmp(name, "lr") != 0) return NULL;
    return strcmp(akin_train_config_get(c, "optimizer"), "lars") == 0 ? "1" : NULL;
}

static akin_status check_needs(const akin_train_config *c, akin_error *err)
{
    for (int i = 0; i < NEED_COUNT; i++) {
        const struct need *n = &NEEDS[i];
        if (!akin_train_config_is_set(c, n->name) || ak_train_config_needed(c, n->name)) continue;
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--%s is an option of --%s %s%s%s; --%s is %s", n->name, n->by,
                       n->values[0], n->values[1] ? " and " : "", n->values[1] ? n->values[1] : "", n->by,
                       akin_train_config_get(c, n->by));
    }
    return AKIN_OK;
}

static double real(const akin_train_config *c, const char *name)
{
    return strtod(akin_train_config_get(c, name), NULL);
}

static int choice(const akin_train_config *c, const char *name, const char *const *names)
{
    const char *value = akin_train_config_get(c, name);
    int i = 0;
    while (names[i + 1] && strcmp(names[i], value) != 0) i++;
    return i;
}

/* "60,80,92.5": epochs, increasing, within the run. */
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
        const double epoch = strtod(at, &end);
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
    static const char *const KINDS[] = { "cosine", "step", "constant", NULL }; /* as in ak_schedule_kind */
    s->kind = (ak_schedule_kind)choice(c, "schedule", KINDS);
    s->peak = real(c, "lr");
    s->least = s->kind == AK_CONSTANT ? 0 : real(c, "lr-min");
    s->factor = real(c, "lr-factor");
    s->warmup_epochs = real(c, "warmup");
    if (s->least > s->peak)
        return ak_fail(err, AKIN_ERR_RANGE, "--lr-min is %g; it must be at most --lr, which is %g", s->least,
                       s->peak);
    if (s->kind != AK_STEP) return AKIN_OK;
    return milestones_of(akin_train_config_get(c, "milestones"), real(c, "epochs"), s, err);
}

static akin_status optimizer_of(const akin_train_config *c, ak_optimizer_opts *o, akin_error *err)
{
    static const char *const KINDS[] = { "sgd", "adamw", "lars", NULL }; /* as in ak_optimizer_kind */
    o->kind = (ak_optimizer_kind)choice(c, "optimizer", KINDS);
    o->momentum = real(c, "momentum");
    o->beta2 = real(c, "beta2");
    o->epsilon = 1e-8;
    o->weight_decay = real(c, "weight-decay");
    o->nesterov = akin_train_config_is_set(c, "nesterov");
    o->trust = real(c, "trust");
    if (o->nesterov && o->momentum == 0)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--nesterov looks ahead along the momentum; --momentum is 0");
    return AKIN_OK;
}

akin_status ak_train_update_of(const akin_train_config *c, ak_update_opts *update, ak_schedule_opts *schedule,
                               akin_error *err)
{
    AK_TRY(check_needs(c, err));
    AK_TRY(optimizer_of(c, &update->optimizer, err));
    update->clip_norm = real(c, "clip-norm");
    update->ema = real(c, "ema");
    return schedule_of(c, schedule, err);
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

akin_status ak_train_visits_of(const akin_train_config *c, ak_train_settings *s, akin_error *err)
{
    s->micro = (int64_t)real(c, "micro-batch");
    s->momentum = ak_train_config_needed(c, "momentum-encoder") ? real(c, "momentum-encoder") : 0;
    s->queue = ak_train_config_needed(c, "queue") ? (int64_t)real(c, "queue") : 0;
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
