/* SPDX-License-Identifier: Apache-2.0 */
/* train/init.c - weights from elsewhere become the first ones of a run (see init.h). */
#include "train/init.h"

#include "base/path.h"
#include "model/config_rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

akin_status ak_init_settle_path(ak_trainer *t, const char *option, akin_error *err)
{
    if (!akin_train_config_is_set(t->config, option)) return AKIN_OK;
    char *full = ak_realpath(akin_train_config_get(t->config, option));
    if (!full) return AKIN_OK; /* opening it says why */
    const akin_status status = akin_train_config_set(t->config, option, full, err);
    free(full);
    return status;
}

static akin_status set_open(ak_trainer *t, const char *name, int32_t value, akin_error *err)
{
    char text[16];
    if (!value || akin_train_config_is_set(t->config, name)) return AKIN_OK;
    snprintf(text, sizeof text, "%d", value);
    return akin_train_config_set(t->config, name, text, err);
}

static akin_status settle_encoder(ak_trainer *t, akin_error *err)
{
    const ak_foreign_about *a = ak_foreign_of(t->init);
    const char *asked =
        akin_train_config_is_set(t->config, "encoder") ? ak_config_text(t->config, "encoder") : NULL;
    if (asked && !ak_same_but_for_stem(asked, a->encoder))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--encoder is %s, and '%s' is of %s; leave --encoder out",
                       asked, a->path, a->encoder);
    if (asked && strcmp(asked, a->encoder) != 0)
        ak_trainer_say(t, "the stem is that of '%s': --encoder %s", a->path, a->encoder);
    AK_TRY(akin_train_config_set(t->config, "encoder", a->encoder, err));
    AK_TRY(set_open(t, "width", a->width, err));
    AK_TRY(set_open(t, "blocks", a->blocks, err));
    AK_TRY(set_open(t, "stem-stride", a->stem_stride, err));
    const bool given = akin_train_config_is_set(t->config, "head-out") ||
                       akin_train_config_is_set(t->config, "head-hidden") ||
                       akin_train_config_is_set(t->config, "head-norm");
    if (given || !a->head_out || ak_config_chose(t->config, "loss", ak_cross_entropy.name)) return AKIN_OK;
    char hidden[16]; /* which may be 0 */
    snprintf(hidden, sizeof hidden, "%d", a->head_hidden);
    AK_TRY(set_open(t, "head-out", a->head_out, err));
    AK_TRY(akin_train_config_set(t->config, "head-hidden", hidden, err));
    return akin_train_config_set(t->config, "head-norm", a->head_norm ? "batch" : "none", err);
}

/* The sum that the run began with; "" when its run.json tells none. */
static akin_status recorded_sum(const char *run, char sum[17], akin_error *err)
{
    char path[4096];
    akin_json *root = NULL;
    sum[0] = 0;
    if (!ak_run_path(path, sizeof path, run, "run.json"))
        return ak_fail(err, AKIN_ERR_INPUT, "the path of the run folder is too long");
    AK_TRY(akin_json_load(path, (size_t)64 << 20, 0, &root, err));
    const char *text = akin_json_as_text(akin_json_find(root, "init.xxh64"));
    snprintf(sum, 17, "%s", text ? text : "");
    akin_json_free(root);
    return AKIN_OK;
}

akin_status ak_init_open(ak_trainer *t, bool begun, akin_error *err)
{
    if (!akin_train_config_is_set(t->config, "init")) return AKIN_OK;
    int checkpoints = 0;
    char then[17] = "", now[17];
    akin_error why;
    AK_TRY(ak_init_settle_path(t, "init", err));
    if (begun) AK_TRY(ak_checkpoint_count(t->run, &checkpoints, err));
    if (begun) AK_TRY(recorded_sum(t->run, then, err));
    const char *path = akin_train_config_get(t->config, "init");
    const char *encoder =
        akin_train_config_is_set(t->config, "encoder") ? ak_config_text(t->config, "encoder") : NULL;
    const akin_status status = ak_foreign_open(path, encoder, NULL, &t->init, &why);
    if (status == AKIN_ERR_NOMEM || (status && !checkpoints))
        return ak_fail(err, status, "--init: %s", why.message);
    snprintf(now, sizeof now, "%016" PRIx64, t->init ? ak_foreign_of(t->init)->sum : 0);
    const bool changed = status || (then[0] && strcmp(then, now) != 0);
    if (changed && !checkpoints)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' has changed since the run began with its weights (check sum %s, now %s); begin another "
            "run",
            path, then, now);
    if (changed)
        ak_trainer_say(t, "'%s' has changed since the run began with its weights, which it needs no more",
                       path);
    if (checkpoints) {
        ak_foreign_free(t->init);
        t->init = NULL;
        return AKIN_OK;
    }
    return settle_encoder(t, err);
}

/* Frozen layers see the pixels that they were trained on. */
static void take_scale(ak_trainer *t)
{
    const ak_foreign_about *a = ak_foreign_of(t->init);
    const ak_learning *l = &t->learning;
    ak_pixel_scale *scale = l->kind->pixel_scale ? l->kind->pixel_scale(l->measured) : NULL;
    if (!scale || !a->scale || l->shape.channels != a->channels) return;
    *scale = *a->scale;
    memcpy(t->state.mean, scale->mean, sizeof scale->mean);
    memcpy(t->state.std, scale->std, sizeof scale->std);
    ak_trainer_say(t, "images are normalised as those of '%s' are", a->path);
}

akin_status ak_init_take(ak_trainer *t, akin_error *err)
{
    const char *line;
    if (!t->init) return AKIN_OK;
    const ak_foreign_about *a = ak_foreign_of(t->init);
    AK_TRY(ak_foreign_take(t->init, &t->net, &t->init_told, err));
    if (a->run)
        ak_trainer_say(t, "beginning with the weights of '%s' at step %" PRId64, a->path, a->step);
    else
        ak_trainer_say(t, "beginning with the weights of '%s', under %s names", a->path, a->names);
    for (int64_t i = 0; (line = ak_remark_at(&t->init_told, i)) != NULL; i++) ak_trainer_say(t, "%s", line);
    if (t->set.encoder.freeze)
        ak_trainer_say(t, "frozen: %s; no gradient there, and batch norm by its running averages",
                       t->set.encoder.freeze);
    take_scale(t);
    return AKIN_OK;
}

akin_json *ak_init_json(const ak_trainer *t)
{
    char sum[17];
    const char *line;
    if (!t->init) return NULL;
    const ak_foreign_about *a = ak_foreign_of(t->init);
    akin_json *remarks = akin_json_array();
    for (int64_t i = 0; (line = ak_remark_at(&t->init_told, i)) != NULL; i++)
        akin_json_append(remarks, akin_json_text(line));
    snprintf(sum, sizeof sum, "%016" PRIx64, a->sum);
    akin_json *init = akin_json_pack("{s:o,s:s,s:s,s:o}", "path", akin_json_text(a->path), "xxh64", sum,
                                     "names", a->names, "remarks", remarks);
    if (a->run) akin_json_put(init, "step", akin_json_int(a->step));
    return init;
}
