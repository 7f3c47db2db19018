/* SPDX-License-Identifier: Apache-2.0 */
/* train/longer.c - more epochs than a run was begun with (see longer.h). */
#include "train/longer.h"

#include "akin/tool/json.h"
#include "base/base.h"
#include "base/plain.h"
#include "model/config_rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static akin_status load_record(const ak_trainer *t, char path[4096], akin_json **root, akin_error *err)
{
    if (!ak_run_path(path, 4096, t->run, "run.json"))
        return ak_fail(err, AKIN_ERR_INPUT, "the path of the run folder is too long");
    return akin_json_load(path, (size_t)64 << 20, 0, root, err);
}

akin_status ak_longer_configure(ak_trainer *t, const akin_train_config *given, akin_error *err)
{
    char path[4096];
    akin_json *root = NULL;
    AK_TRY(load_record(t, path, &root, err));
    const akin_json *list = akin_json_get(root, "longer");
    int64_t last = 0;
    for (size_t i = 0; i < akin_json_length(list) && t->legs < AK_MAX_LEGS; i++) {
        const int64_t epochs = akin_json_as_int(akin_json_at(list, i));
        if (epochs > last) t->earlier[t->legs++] = last = epochs;
    }
    akin_json_free(root);
    const int64_t had = (int64_t)ak_config_number(t->config, "epochs");
    const bool asked = given && akin_train_config_is_set(given, "epochs");
    if (!asked || (int64_t)ak_config_number(given, "epochs") <= had) return AKIN_OK;
    if (akin_train_config_is_set(t->config, "steps"))
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "'%s' cannot be made longer: --steps or --budget has decided where its schedule ends; "
                       "'akin train DATA --init %s --out NEW' begins another run with its weights",
                       t->run, t->run);
    int checkpoints = 0;
    AK_TRY(ak_checkpoint_count(t->run, &checkpoints, err));
    if (checkpoints == 0) return AKIN_OK; /* it begins again, with as many epochs as are asked for now */
    if (t->legs == AK_MAX_LEGS)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "'%s' was made longer %d times; begin another run with --init %s", t->run, AK_MAX_LEGS,
                       t->run);
    t->earlier[t->legs++] = had;
    t->longer = true;
    return AKIN_OK;
}

akin_status ak_longer_check(ak_trainer *t, akin_error *err)
{
    if (!t->longer) return AKIN_OK;
    const long long had = (long long)t->earlier[t->legs - 1], now = (long long)t->set.epochs;
    if (t->set.anneal.on)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "'%s' cannot be made longer: --alpha-end, --lambda-end and "
                       "--temperature-end are of the last step; 'akin train "
                       "DATA --init %s --out NEW' begins another run with its weights",
                       t->run, t->run);
    if (t->set.schedule.kind == AK_COSINE)
        ak_trainer_say(
            t,
            "%lld epochs in place of %lld: the cosine begins anew at epoch %lld, from the peak rate (a "
            "warm restart); a run of %lld epochs at once would have other bits",
            now, had, had, now);
    else
        ak_trainer_say(t, "%lld epochs in place of %lld: the weights will be those of a run of %lld at once",
                       now, had, now);
    return AKIN_OK;
}

void ak_longer_schedule(ak_trainer *t)
{
    for (int i = 0; i < t->legs; i++) ak_schedule_leg(&t->schedule, t->earlier[i] * t->epoch_steps);
}

static akin_status drop_done(const ak_trainer *t, akin_error *err)
{
    char path[4096];
    if (!ak_run_path(path, sizeof path, t->run, "DONE"))
        return ak_fail(err, AKIN_ERR_IO, "the path of the run folder is too long");
    if (unlink(path) != 0 && errno != ENOENT)
        return ak_fail(err, ak_status_of(errno, AKIN_ERR_IO), "cannot remove '%s': %s", path,
                       ak_strerror(errno));
    return ak_folder_sync(path, err);
}

akin_status ak_longer_record(ak_trainer *t, akin_error *err)
{
    char path[4096];
    akin_json *root = NULL;
    if (!t->longer) return AKIN_OK;
    AK_TRY(drop_done(t, err));
    AK_TRY(load_record(t, path, &root, err));
    akin_json *list = akin_json_array(), *config = akin_json_get(root, "config");
    for (int i = 0; i < t->legs; i++) akin_json_append(list, akin_json_int(t->earlier[i]));
    akin_json_put(config, "epochs", akin_json_int(t->set.epochs));
    akin_json_put(root, "longer", list);
    const akin_status status = akin_json_save(path, root, AKIN_JSON_INDENTED, 12, err);
    akin_json_free(root);
    return status;
}
