/* SPDX-License-Identifier: Apache-2.0 */
/* train/configure.c - from what the caller gives, or from the run that is resumed, to settings. */
#include "train/configure.h"
#include "train/init.h"
#include "train/longer.h"
#include "base/data_path.h"
#include "base/path.h"

#include "akin/tool/json.h"

#include "base/plain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

akin_status ak_trainer_copy_options(const akin_train_config *from, akin_train_config *to, akin_error *err)
{
    const akin_opt_desc *o;
    for (int i = 0; from && (o = akin_train_option_at(i)) != NULL; i++)
        if (akin_train_config_is_set(from, o->name))
            AK_TRY(akin_train_config_set(to, o->name, akin_train_config_get(from, o->name), err));
    return AKIN_OK;
}

/* A run names the recipe that it took, or none; its options stand beside it. */
static bool repeats_recipe(const char *given, const char *of_run)
{
    return strcmp(given, "auto") == 0 || (!of_run && strcmp(given, "none") == 0);
}

/* On resume the caller may repeat the configuration of the run, not change it. These may change, because
 * they change no result: what is logged, how many threads make views, and what stays in memory. */
static akin_status check_same(const akin_train_config *given, const akin_train_config *of_run,
                              akin_error *err)
{
    static const char *const free_to_change[] = { "workers",  "cache",     "log-every",   "checkpoint-every",
                                                  "warn-std", "warn-rank", "warn-chance", NULL };
    const akin_opt_desc *o;
    for (int i = 0; given && (o = akin_train_option_at(i)) != NULL; i++) {
        if (!akin_train_config_is_set(given, o->name)) continue;
        if (strcmp(o->name, "recipe") == 0 &&
            repeats_recipe(akin_train_config_get(given, "recipe"), akin_train_config_get(of_run, "recipe")))
            continue;
        bool may_change = false;
        for (const char *const *f = free_to_change; *f; f++)
            may_change = may_change || strcmp(*f, o->name) == 0;
        const char *now = akin_train_config_get(given, o->name),
                   *then = akin_train_config_get(of_run, o->name);
        if (strcmp(o->name, "epochs") == 0 && then && ak_strtod(now, NULL) > ak_strtod(then, NULL))
            continue; /* longer.h */
        const bool file = strcmp(o->name, "init") == 0 || strcmp(o->name, "word-vectors") == 0 ||
                          strcmp(o->name, "pair-file") == 0;
        char *full = file ? ak_realpath(now) : NULL; /* run.json has it so */
        const bool found = full && then && strcmp(full, then) == 0;
        free(full);
        if (found) continue;
        const bool number = o->type == AKIN_OPT_INT || o->type == AKIN_OPT_REAL;
        const bool same =
            then && (number ? ak_strtod(now, NULL) == ak_strtod(then, NULL) : strcmp(now, then) == 0);
        if (!same && !may_change)
            return ak_fail(
                err, AKIN_ERR_ARGUMENT,
                "--%s is %s, but the run was begun with %s; resume without it, or begin another run", o->name,
                now, then ? then : "none");
    }
    return AKIN_OK;
}

static akin_status data_path_of_run(const char *run, char *path, size_t size, akin_error *err)
{
    char file[4096];
    akin_json *root = NULL;
    const char *found = NULL;
    if (!ak_run_path(file, sizeof file, run, "run.json"))
        return ak_fail(err, AKIN_ERR_INPUT, "the path of the run folder is too long");
    AK_TRY(akin_json_load(file, (size_t)16 << 20, 0, &root, err));
    akin_error why;
    akin_status status = akin_json_read_text(root, "data.path", &found, &why);
    if (akin_json_is_null(akin_json_find(root, "data.path")))
        status = ak_fail(err, AKIN_ERR_INPUT,
                         "the run in '%s' learned from data that a program gave; give them again", run);
    else if (status)
        status =
            ak_fail(err, AKIN_ERR_FORMAT, "'%s' does not say which data the run used: %s", file, why.message);
    else
        snprintf(path, size, "%s", found);
    akin_json_free(root);
    return status;
}

static akin_status check_trained(const char *run, const char *file, akin_error *err)
{
    akin_json *root = NULL;
    AK_TRY(akin_json_load(file, (size_t)64 << 20, 0, &root, err));
    const bool imported = akin_json_is_object(akin_json_get(root, "import"));
    akin_json_free(root);
    if (!imported) return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_ARGUMENT,
        "'%s' was imported, not trained, so there is nothing to resume; 'akin train DATA --init %s "
        "--out NEW' goes on from its weights",
        run, run);
}

/* The run must find its data from any folder. A path that cannot be resolved stays as it is; opening it says
 * why. */
static akin_status absolute(const char *path, char *out, size_t size, akin_error *err)
{
    char *full = ak_data_path_absolute(path);
    if (!full && errno == ENOMEM) return ak_no_memory(err, "for the path of '%s'", path);
    const int length = snprintf(out, size, "%s", full ? full : path);
    free(full);
    if (length >= 0 && (size_t)length < size) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INPUT, "the path of the data is too long: '%.200s...'", path);
}

/* Where the data are: into t->data_path. */
static akin_status find_data(ak_trainer *t, const char *data, akin_error *err)
{
    const size_t room = sizeof t->data_path;
    if (t->opts.dataset) { /* open already: its name, for sentences */
        snprintf(t->data_path, room, "%s", akin_dataset_name(t->opts.dataset));
        return AKIN_OK;
    }
    if (!data) return data_path_of_run(t->run, t->data_path, room, err);
    if (!akin_json_is_utf8(data)) /* resume and eval find the data again by run.json */
        return ak_fail(err, AKIN_ERR_INPUT,
                       "the path '%s' is not UTF-8, so run.json cannot name it; rename it, or give a link",
                       data);
    return absolute(data, t->data_path, room, err);
}

/* A run finds its pairs again from any folder. What is not there, its reader tells. */
static akin_status find_pairs(ak_trainer *t, akin_error *err)
{
    if (!akin_train_config_is_set(t->config, "pair-file")) return AKIN_OK;
    char *full = ak_realpath(akin_train_config_get(t->config, "pair-file"));
    if (!full) return errno == ENOMEM ? ak_no_memory(err, "for the path of the pairs") : AKIN_OK;
    const akin_status status = akin_train_config_set(t->config, "pair-file", full, err);
    free(full);
    return status;
}

static akin_status kind_of_data(const ak_trainer *t, const ak_kind **kind, akin_error *err)
{
    *kind = t->opts.dataset ? t->opts.dataset->kind
                            : ak_kind_of_format(akin_train_config_get(t->config, "format"));
    if (!*kind) AK_TRY(ak_detect(t->data_path, kind, err));
    if (!*kind) *kind = ak_kind_of(AKIN_DATA_UNKNOWN);
    return AKIN_OK;
}

akin_status ak_trainer_read_options(ak_trainer *t, akin_error *err)
{
    AK_TRY(ak_train_settings_of(t->config, &t->set, err));
    if (t->keep_path[0]) t->set.data.keep = t->keep_path;
    return AKIN_OK;
}

akin_status ak_trainer_configure(ak_trainer *t, const char *data, const akin_train_config *given,
                                 akin_error *err)
{
    const bool resume = t->opts.resume, force = t->opts.force;
    char file[4096];
    if (!ak_run_path(file, sizeof file, t->run, "run.json"))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "the path of the run folder is too long");
    bool begun, kept = false;
    AK_TRY(ak_run_has(t->run, "run.json", &begun, err));
    if (begun && !resume && !force)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "'%s' holds a run already; --resume goes on with it, --force replaces it", t->run);
    if (data && t->opts.dataset)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "train: data and opts.dataset are both given; give one");
    if (!begun && !data && !t->opts.dataset)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "there is no run in '%s' to resume; name the data to begin one", t->run);
    AK_TRY(akin_train_config_create(&t->config, err));
    if (begun && resume) {
        AK_TRY(check_trained(t->run, file, err));
        AK_TRY(akin_train_config_load(t->config, file, err));
        AK_TRY(check_same(given, t->config, err));
        AK_TRY(ak_longer_configure(t, given, err));
    }
    AK_TRY(ak_trainer_copy_options(given, t->config, err));
    AK_TRY(find_data(t, data, err));
    AK_TRY(find_pairs(t, err));
    const ak_kind *kind;
    AK_TRY(kind_of_data(t, &kind, err));
    ak_train_config_set_kind(t->config, kind);
    AK_TRY(ak_init_settle_path(t, "word-vectors", err));
    AK_TRY(ak_init_open(t, begun && resume, err));
    t->encoder_given = akin_train_config_is_set(t->config, "encoder");
    t->going_on = begun && resume;
    const akin_status status = ak_train_settings_of(t->config, &t->set, err);
    if (status == AKIN_ERR_ARGUMENT && !t->opts.dataset) AK_TRY(ak_dataset_explain(t->data_path, err));
    if (status) return status;
    AK_TRY(ak_longer_check(t, err));
    if (begun && resume && t->set.data.keep) AK_TRY(ak_run_has(t->run, "keep.txt", &kept, err));
    if (kept && ak_run_path(t->keep_path, sizeof t->keep_path, t->run, "keep.txt"))
        t->set.data.keep = t->keep_path;
    /* run.json tells the encoder that was taken, also where the kind of the data chose it. */
    if (akin_train_config_is_set(t->config, "encoder")) return AKIN_OK;
    return akin_train_config_set(t->config, "encoder", t->set.encoder.name, err);
}
