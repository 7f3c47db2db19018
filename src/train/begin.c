/* SPDX-License-Identifier: Apache-2.0 */
/* train/begin.c - the first files of a new run, or the newest checkpoint of a resumed one. */
#include "train/begin.h"

#include "akin/tool/json.h"
#include "model/config_json.h"
#include "train/init.h"
#include "train/listed.h"
#include "train/longer.h"
#include "train/word_start.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static akin_status write_run_json(ak_trainer *t, akin_error *err)
{
    char created[32];
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &utc);
    akin_json *root = akin_json_pack(
        "{s:{s:s,s:s,s:i}, s:s, s:s?, s:o, s:o, s:{s:s,s:I,s:I,s:I,s:I}, s:{s:s,s:s,s:s,s:o,s:o}}", "akin",
        "version", akin_version(), "isa", akin_isa(), "threads", akin_threads(), "created", created,
        "command", t->opts.command, "config", ak_train_config_json(t->config), "data",
        ak_learning_json(&t->learning, t->opts.dataset ? NULL : t->data_path), "encoder", "name", t->net.name,
        "parameters", (int64_t)t->net.parameters, "macs_per_image", (int64_t)t->net.macs, "features",
        (int64_t)t->net.features, "projection", (int64_t)t->net.projection, "loss", "name", t->set.loss->name,
        "line", t->set.loss->line, "formula", t->set.loss->formula, "chance",
        akin_json_real(t->calibration.chance), "floor",
        t->calibration.floor_known ? akin_json_real(t->calibration.floor) : akin_json_null());
    akin_json *init = ak_init_json(t);
    if (init) akin_json_put(root, "init", init);
    akin_json *pairs = ak_listed_json(t);
    if (pairs) akin_json_put(root, "pairs", pairs);
    ak_word_start_record(t, root);
    char path[4096];
    akin_status status = AKIN_ERR_IO;
    if (ak_run_path(path, sizeof path, t->run, "run.json"))
        status = akin_json_save(path, root, AKIN_JSON_INDENTED, 12, err);
    akin_json_free(root);
    return status;
}

/* Views are normalised as they were when the run began. */
static void take_pixel_scale(ak_trainer *t)
{
    const ak_learning *l = &t->learning;
    ak_pixel_scale *scale = l->kind->pixel_scale ? l->kind->pixel_scale(l->measured) : NULL;
    if (!scale) return;
    memcpy(scale->mean, t->state.mean, sizeof scale->mean);
    memcpy(scale->std, t->state.std, sizeof scale->std);
}

/* Go on from a checkpoint. note: which newer ones were damaged, or "". */
static akin_status resume_from(ak_trainer *t, const ak_train_state *found, const char *note, akin_error *err)
{
    if (strcmp(found->fingerprint, t->state.fingerprint) != 0)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' has changed since the run began (fingerprint %s, now %s); begin another run",
                       t->data_path, found->fingerprint, t->state.fingerprint);
    AK_TRY(ak_word_start_check(t, err));
    AK_TRY(ak_longer_record(t, err));
    AK_TRY(ak_word_start_again(t, found->step, err));
    t->state = *found;
    take_pixel_scale(t);
    if (found->best_step == found->step) /* a kill may have come between the save and this */
        AK_TRY(ak_checkpoint_mark_best(t->run, found->step, err));
    if (!note[0]) ak_checkpoint_trim(t->run, t->set.keep_every * t->epoch_steps);
    AK_TRY(ak_run_log_open(t->run, &found->lengths, &t->log, err));
    if (note[0]) ak_trainer_say(t, "%s", note);
    if (found->step == 0) ak_word_start_say(t);
    ak_trainer_say(t, "resumed at step %" PRId64 " of %" PRId64, found->step, t->steps);
    return AKIN_OK;
}

/* The newest checkpoint into the run. */
static akin_status load(ak_trainer *t, ak_train_state *found, char *note, size_t size, akin_error *err)
{
    ak_tensor_list list;
    ak_array_set sets[AK_TRAINER_MAX_SETS];
    const int set_count = ak_trainer_arrays(t, &list, sets);
    const ak_checkpoint_target target = {
        .list = &list, .weights = "", .sets = sets, .set_count = set_count
    };
    return ak_checkpoint_load(t->run, AK_CHECKPOINT_NEWEST, &target, found, note, size, err);
}

akin_status ak_trainer_follow(ak_trainer *t, akin_error *err)
{
    char note[1024] = "";
    ak_train_state found;
    AK_TRY(load(t, &found, note, sizeof note, err));
    t->state = found;
    take_pixel_scale(t);
    return AKIN_OK;
}

akin_status ak_trainer_begin(ak_trainer *t, akin_error *err)
{
    int checkpoints = 0;
    if (t->opts.resume) AK_TRY(ak_checkpoint_count(t->run, &checkpoints, err));
    bool begun;
    AK_TRY(ak_run_has(t->run, "run.json", &begun, err));
    if (checkpoints > 0 && begun) {
        char note[1024] = "";
        ak_train_state found;
        AK_TRY(load(t, &found, note, sizeof note, err));
        return resume_from(t, &found, note, err);
    }
    AK_TRY(ak_run_log_open(t->run, NULL, &t->log, err));
    ak_word_start_say(t);
    AK_TRY(ak_learning_save(&t->learning, t->set.seed, t->run, err));
    return write_run_json(t, err); /* last: with it the folder counts as a run */
}
