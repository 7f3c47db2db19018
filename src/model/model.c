/* SPDX-License-Identifier: Apache-2.0 */
/* model/model.c - the encoder of a run, to embed data with: what is loaded, and from which checkpoint. */
#include "model/model.h"

#include "akin/tool/json.h"

#include "base/path.h"
#include "dist/sharing.h"
#include "model/checkpoint.h"
#include "model/run_folder.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static akin_status read_data(akin_model *m, const akin_json *root, const char *path, const char *run,
                             akin_error *err)
{
    const char *found = "", *kind = akin_json_as_text(akin_json_find(root, "data.kind"));
    akin_error why;
    if (!akin_json_is_null(akin_json_find(root, "data.path")) &&
        akin_json_read_text(root, "data.path", &found, &why))
        return ak_measured_damaged(path, &why, err);
    snprintf(m->data_path, sizeof m->data_path, "%s", found);
    const char *print = akin_json_as_text(akin_json_find(root, "data.fingerprint"));
    const akin_json *train = akin_json_find(root, "data.train"), *test = akin_json_find(root, "data.test");
    snprintf(m->fingerprint, sizeof m->fingerprint, "%s", print ? print : "");
    m->trained = akin_json_is_int(train) ? akin_json_as_int(train) : -1;
    m->tested = akin_json_is_int(test) ? akin_json_as_int(test) : -1;
    m->data_kind = ak_kind_named(kind);
    if (!m->data_kind)
        m->data_kind = ak_kind_of(AKIN_DATA_UNKNOWN); /* runs of the first versions tell none */
    m->imported = akin_json_is_object(akin_json_get(root, "import"));
    m->projection = akin_json_as_int(akin_json_find(root, "encoder.projection"));
    AK_TRY(ak_run_classes_read(root, run, &m->classes, err));
    return m->data_kind->recall(root, path, run, &m->measured, err);
}

static akin_status read_run(akin_model *m, const char *run, akin_error *err)
{
    char path[4096], before[600];
    akin_json *root = NULL;
    if (!ak_run_path(path, sizeof path, run, "run.json"))
        return ak_fail(err, AKIN_ERR_INPUT, "the path of the run folder is too long");
    bool there;
    AK_TRY(ak_run_has(run, "run.json", &there, err));
    if (!there) {
        const char *set_aside = ak_run_replaced_text(run, before, sizeof before);
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is no run folder: it has no run.json%s", run,
                       *set_aside ? set_aside : "; 'akin train DATA --out RUN' makes one");
    }
    akin_status status = akin_json_load(path, (size_t)64 << 20, 0, &root, err);
    if (!status) status = read_data(m, root, path, run, err);
    akin_json_free(root);
    if (status) return status;
    AK_TRY(ak_run_has(run, "keep.txt", &there, err));
    AK_TRY(akin_train_config_create(&m->config, err));
    ak_train_config_set_kind(m->config, m->data_kind);
    AK_TRY(akin_train_config_load(m->config, path, err));
    if (there && akin_train_config_is_set(m->config, "keep") &&
        ak_run_path(path, sizeof path, run, "keep.txt")) /* the run's own copy */
        AK_TRY(akin_train_config_set(m->config, "keep", path, err));
    AK_TRY(ak_train_settings_of(m->config, &m->set, err));
    if (m->set.supervised) m->set.encoder.head_out = (int32_t)m->projection;
    return AKIN_OK;
}

static akin_status choose_weights(akin_model *m, const char *run, akin_error *err)
{
    const bool kept = m->set.update.ema > 0;
    if (m->kind == AKIN_MODEL_AVERAGED && !kept)
        return ak_fail(
            err, AKIN_ERR_ARGUMENT,
            "'%s' keeps no average of its weights, it was trained without --ema; take the raw ones", run);
    m->averaged = kept && (m->kind == AKIN_MODEL_AVERAGED || m->kind == AKIN_MODEL_TRAINED);
    return AKIN_OK;
}

static akin_status which_of(const char *text, int64_t *which, akin_error *err)
{
    *which = AK_CHECKPOINT_NEWEST;
    if (!text || strcmp(text, "newest") == 0) return AKIN_OK;
    if (strcmp(text, "best") == 0) {
        *which = AK_CHECKPOINT_BEST;
        return AKIN_OK;
    }
    static const akin_opt_desc step = { "checkpoint", AKIN_OPT_INT, NULL, NULL, 1, 1e15, NULL };
    double value;
    if (akin_opt_check(&step, text, &value, NULL))
        return ak_fail(err, AKIN_ERR_RANGE,
                       "--checkpoint is '%s'; it must be newest, best or the number of a step", text);
    *which = (int64_t)value;
    return AKIN_OK;
}

/* How many rows go through the net at once. Large images of deep networks take up to 0.1 GiB each. */
static int64_t batch_of(const ak_net_plan *p)
{
    enum { MOST = 256, LEAST = 8 };
    const double limit = 0x1p31;
    int64_t rows = MOST;
    akin_encoder_info info = AKIN_ENCODER_INFO_INIT;
    if (ak_net_front_find(p->encoder.name) ||
        akin_encoder_describe(&p->encoder, p->height, p->width, p->channels, &info, NULL))
        return rows; /* what is wrong with it, its creation tells */
    while (rows > LEAST && (double)rows * (double)info.memory_bytes > limit) rows /= 2;
    return rows;
}

/* The net as training made it, at its initial weights; of text it takes any number of words of a batch. */
static akin_status create_net(akin_model *m, akin_error *err)
{
    const ak_row_shape shape = m->data_kind->shape(m->measured, &m->set.data, false);
    ak_net_plan plan = { .encoder = m->set.encoder,
                         .height = shape.height,
                         .width = shape.width,
                         .channels = shape.channels,
                         .hidden = m->set.encoder.width,
                         .layers = m->set.encoder.blocks,
                         .pool = m->set.pool,
                         .max_ids = 1,
                         .tokens = shape.tokens,
                         .max_words = shape.max_words,
                         .positions = shape.max_words,
                         .table = m->set.table,
                         .seed = m->set.seed };
    if (shape.dim) plan.table.dim = (int32_t)shape.dim;
    plan.encoder.freeze = NULL; /* nothing learns here, and a random encoder takes its statistics from data */
    plan.rows = m->rows = batch_of(&plan);
    return ak_net_create(&plan, &m->net, err);
}

/* DONE tells the last step and the sum of its weights. Where the newest checkpoint has others, the folder
 * holds files of two runs, or one was copied in part. */
static akin_status check_done(akin_model *m, const char *run, const ak_tensor_list *list, int64_t step,
                              akin_error *err)
{
    char path[4096], now[17];
    akin_json *done = NULL;
    uint64_t sum = 0;
    bool has;
    AK_TRY(ak_run_has(run, "DONE", &has, err));
    if (!has || !ak_run_path(path, sizeof path, run, "DONE")) return AKIN_OK;
    AK_TRY(akin_json_load(path, 1 << 16, 0, &done, err));
    const int64_t steps = akin_json_as_int(akin_json_find(done, "steps"));
    const char *then = akin_json_get_text(done, "weights_xxh64");
    akin_status status = m->averaged ? AKIN_OK : ak_checkpoint_sum(list, &sum, err);
    snprintf(now, sizeof now, "%016" PRIx64, sum);
    const bool other = !then || (!m->averaged && strcmp(then, now) != 0);
    if (!status && (steps != step || other))
        ak_remark(&m->warnings,
                  "'%s' says that the run ended at step %lld with weights %s, but its newest checkpoint is "
                  "of step %lld "
                  "with %s: the folder holds files of two runs, or not all of one",
                  path, (long long)steps, then ? then : "unknown", (long long)step,
                  m->averaged ? "others" : now);
    akin_json_free(done);
    return status;
}

static akin_status load(akin_model *m, const char *run, int64_t which, akin_error *err)
{
    AK_TRY(read_run(m, run, err));
    AK_TRY(create_net(m, err));
    ak_train_state state;
    ak_tensor_list list = ak_net_list(&m->net, true);
    AK_TRY(choose_weights(m, run, err));
    const ak_checkpoint_target target = { .list = &list, .weights = m->averaged ? AK_EMA_PREFIX : "" };
    char note[1024] = "";
    AK_TRY(ak_checkpoint_load(run, which, &target, &state, note, sizeof note, err));
    if (note[0])
        ak_remark(&m->warnings, "%s", note);
    else if (which == AK_CHECKPOINT_NEWEST)
        AK_TRY(check_done(m, run, &list, state.step, err));
    if (m->data_kind->pixel_scale) {
        ak_pixel_scale *scale = m->data_kind->pixel_scale(m->measured);
        memcpy(scale->mean, state.mean, sizeof scale->mean);
        memcpy(scale->std, state.std, sizeof scale->std);
    }
    m->step = state.step;
    if (m->kind != AKIN_MODEL_RANDOM) return AKIN_OK;
    /* The checkpoint gave the normalisation of the data; the weights are drawn again from the seed. */
    ak_net_release(&m->net);
    m->step = 0;
    return create_net(m, err);
}

akin_status akin_model_open(const char *run, const akin_model_opts *user, akin_model **out, akin_error *err)
{
    akin_model_opts opts = AKIN_MODEL_OPTS_INIT;
    int64_t which;
    if (!run || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "model: run and out must not be NULL");
    AK_TRY(ak_opts_import(&opts, user, "model", err));
    AK_TRY(which_of(opts.checkpoint, &which, err));
    akin_model *m = calloc(1, sizeof *m);
    if (!m) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a model");
    m->kind = opts.kind;
    m->ranks = opts.ranks;
    akin_status status = load(m, run, which, err);
    if (!status) status = ak_remarks_check(&m->warnings, err);
    if (status) {
        akin_model_free(m);
        return status;
    }
    *out = m;
    return AKIN_OK;
}

void akin_model_free(akin_model *m)
{
    if (!m) return;
    ak_net_release(&m->net);
    if (m->data_kind) m->data_kind->forget(m->measured);
    akin_train_config_free(m->config);
    ak_run_classes_free(&m->classes);
    ak_remarks_free(&m->warnings);
    free(m->words);
    for (int i = 0; i < AK_READ_OPTIONS; i++) free(m->as_run[i]);
    free(m);
}

int64_t akin_model_width(const akin_model *m, akin_layer layer)
{
    if (layer == AKIN_LAYER_PROJECTOR) return m->net.projection ? m->net.projection : m->net.features;
    return m->net.features + (m->words ? m->data_kind->words->width(m->measured) : 0);
}

bool akin_model_has_words(const akin_model *m) { return m->data_kind->words != NULL; }

akin_status akin_model_add_words(akin_model *m, akin_error *err)
{
    if (!m) return ak_fail(err, AKIN_ERR_ARGUMENT, "add_words: model must not be NULL");
    if (!m->data_kind->words)
        return ak_fail(err, AKIN_ERR_UNSUPPORTED, "the run was trained on %s, which have no words",
                       m->data_kind->name);
    return m->words ? AKIN_OK : m->data_kind->words->weigh(m->measured, &m->words, err);
}

bool akin_model_has_head(const akin_model *m) { return m->net.projection > 0; }

int64_t akin_model_step(const akin_model *m) { return m->step; }

const char *akin_model_warning(const akin_model *m, int64_t i) { return ak_remark_at(&m->warnings, i); }

akin_data_kind akin_model_data_kind(const akin_model *m) { return m->data_kind->id; }

const char *akin_model_weights(const akin_model *m)
{
    if (m->kind == AKIN_MODEL_RANDOM) return "random";
    return m->averaged ? "ema" : "raw";
}

const char *akin_model_option(const akin_model *m, const char *name)
{
    return akin_train_config_get(m->config, name);
}

/* Options that may be changed. The first AK_READ_OPTIONS make other data of the same files. */
static const char *const READING[] = { "format",  "size",       "resize",      "header",  "delimiter",
                                       "decimal", "background", "sample-bits", "missing", "cache",
                                       "on-bad",  "max-bad",    NULL };

/* Option n is to be text: whether data are then read otherwise than by the run. */
static akin_status note_change(akin_model *m, int n, const char *name, const char *text, akin_error *err)
{
    const char *had = akin_train_config_get(m->config, name);
    if (!m->as_run[n]) m->as_run[n] = strdup(had ? had : "");
    if (!m->as_run[n]) return ak_no_memory(err, "for an option of a model");
    m->otherwise = strcmp(m->as_run[n], text) != 0;
    for (int i = 0; i < AK_READ_OPTIONS; i++) {
        if (i == n || !m->as_run[i]) continue;
        const char *now = akin_train_config_get(m->config, READING[i]);
        m->otherwise = m->otherwise || !now || strcmp(now, m->as_run[i]) != 0;
    }
    return AKIN_OK;
}

akin_status akin_model_set_option(akin_model *m, const char *name, const char *text, akin_error *err)
{
    if (!m || !name || !text)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "model: m, name and text must not be NULL");
    for (int n = 0; READING[n]; n++) {
        if (strcmp(READING[n], name) != 0) continue;
        if (n < AK_READ_OPTIONS) AK_TRY(note_change(m, n, name, text, err));
        return akin_train_config_set(m->config, name, text, err);
    }
    return ak_fail(
        err, AKIN_ERR_ARGUMENT,
        "model: '%s' cannot be changed; format, size, resize, header, delimiter, decimal, background, "
        "sample-bits, missing, cache, on-bad and "
        "max-bad can",
        name);
}

/* Data --------------------------------------------------------------------------------------------------- */

static akin_status path_of(const akin_model *m, const char *given, const char **path, akin_error *err)
{
    *path = given ? given : m->data_path;
    if (!**path && m->imported)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "the run was imported without data; name a data set, or import it again with one: akin "
            "import FILE DATA");
    if (!**path)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "the run learned from data that a program gave it, not from files; name a data set");
    bool there = true;
    if (!given && m->data_path[0] != '/') AK_TRY(ak_look(m->data_path, &there, NULL, err));
    if (there) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INPUT,
                   "the run's data '%s' is not to be found from here; go where its training was started, or "
                   "name the data set",
                   m->data_path);
}

static akin_status open_set(const akin_model *m, const char *path, bool all, akin_dataset **out,
                            akin_error *err)
{
    if (!m || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "model: m and out must not be NULL");
    ak_train_settings now; /* the caller may have changed the configuration, such as size */
    AK_TRY(ak_train_settings_of(m->config, &now, err));
    if (path) now.data.keep = NULL; /* the list is of the run's own data */
    AK_TRY(path_of(m, path, &path, err));
    now.data.classes = &m->classes;
    if (m->data_kind->open_alike) m->data_kind->open_alike(m->measured, &now.data);
    bool same = false;
    if (all && m->data_kind->take_all) {
        AK_TRY(akin_path_same(path, m->data_path, &same, err));
        m->data_kind->take_all(&now.data, !same);
    }
    ak_sharing ranks;
    if (all) AK_TRY(ak_comm_sharing(m->ranks, (uint64_t)m->data_kind->id, &ranks, &now.data.sharing, err));
    const akin_status status = ak_dataset_open(path, &now.data, out, err);
    return status ? ak_dataset_other_kind(m->data_kind, "the run was trained on", path, status, err)
                  : AKIN_OK;
}

bool akin_model_knows_data(const akin_model *m) { return m && m->data_path[0] && !m->imported; }

akin_status akin_model_open_dataset(const akin_model *m, const char *path, akin_dataset **out,
                                    akin_error *err)
{
    return open_set(m, path, false, out, err);
}

akin_status akin_model_open_rows(const akin_model *m, const char *path, akin_dataset **out, akin_error *err)
{
    return open_set(m, path, true, out, err);
}
