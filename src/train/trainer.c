/* SPDX-License-Identifier: Apache-2.0 */
/* train/trainer.c - a training run, from the first step or a checkpoint to DONE.
 *
 * A step: take the batch of views the loader has made, encode both views as one batch, loss and gradient of the
 * projections, back through the encoder, optimiser. Everything it needs is allocated before the first step.
 *
 * Numerics. The loss, then each tensor's gradient, are checked every step, before any weight changes: what is not
 * finite stops the run with the name of the tensor, and no checkpoint ever holds it. */
#include "akin/train.h"

#include "base/base.h"
#include "train/checkpoint.h"
#include "train/config.h"
#include "train/loader.h"
#include "train/record.h"
#include "train/schedule.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <jansson.h>

typedef struct trainer {
    const char *run;
    char data_path[4096];
    akin_train_config *config;
    akin_train_settings set;
    akin_train_events events;
    akin_dataset *data;
    akin_images images;
    int64_t view_height, view_width; /* what the encoder is trained on; the images may be larger */
    akin_encoder *encoder;
    float **slots;
    int64_t slot_count;
    akin_loader *loader;
    akin_record *record;
    akin_train_state state;
    int64_t epoch_steps, steps, warmup;
    float *projections, *gradient; /* [2*batch, width] */
    akin_mat features;             /* [2*batch, f], for losses that read them; else empty */
    int64_t width;
    void *scratch;
    size_t scratch_bytes;
    akin_calibration calibration;
    double started_s, interval_started_s, interval_wait_s;
    int64_t interval_timed; /* steps since interval_started_s */
    bool interrupted;
} trainer;

static void say(trainer *t, const char *format, ...) AKIN_PRINTF(2, 3);
static void say(trainer *t, const char *format, ...)
{
    char line[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (t->record) akin_record_log(t->record, line, NULL); /* a lost remark stops nothing; lost results do */
    if (t->events.on_message) t->events.on_message(line, t->events.ctx);
}

static void release(trainer *t)
{
    akin_loader_free(t->loader);
    akin_record_close(t->record);
    for (int64_t i = 0; t->slots && i < t->slot_count; i++) free(t->slots[i]);
    free(t->slots);
    akin_encoder_free(t->encoder);
    akin_dataset_free(t->data);
    akin_train_config_free(t->config);
    free(t->features.data);
    free(t->projections);
    free(t->gradient);
    free(t->scratch);
}

static bool exists(const char *run, const char *name)
{
    char path[4096];
    struct stat info;
    return akin_run_path(path, sizeof path, run, name) && stat(path, &info) == 0;
}

/* Configuration ----------------------------------------------------------------------------------------------- */

static akin_status copy_given(const akin_train_config *from, akin_train_config *to, akin_error *err)
{
    const akin_opt_desc *o;
    for (int i = 0; from && (o = akin_train_option(i)) != NULL; i++)
        if (akin_train_config_given(from, o->name))
            AKIN_TRY(akin_train_config_set(to, o->name, akin_train_config_get(from, o->name), err));
    return AKIN_OK;
}

/* What the caller gives on resume may repeat the run's configuration, not change it. How it is logged, and how many
 * threads make views, changes no result. */
static akin_status check_same(const akin_train_config *given, const akin_train_config *of_run,
                              akin_error *err)
{
    static const char *const free_to_change[] = { "workers", "log-every", "checkpoint-every", NULL };
    const akin_opt_desc *o;
    for (int i = 0; given && (o = akin_train_option(i)) != NULL; i++) {
        if (!akin_train_config_given(given, o->name)) continue;
        bool may_change = false;
        for (const char *const *f = free_to_change; *f; f++)
            may_change = may_change || strcmp(*f, o->name) == 0;
        const char *now = akin_train_config_get(given, o->name),
                   *then = akin_train_config_get(of_run, o->name);
        const bool number = o->type == AKIN_OPT_INT || o->type == AKIN_OPT_REAL;
        const bool same = then && (number ? strtod(now, NULL) == strtod(then, NULL) : strcmp(now, then) == 0);
        if (!same && !may_change)
            return akin_fail(
                err, AKIN_ERR_ARGUMENT,
                "--%s is %s, but the run was begun with %s; resume without it, or begin another run", o->name,
                now, then ? then : "none");
    }
    return AKIN_OK;
}

static akin_status data_path_of_run(const char *run, char *path, size_t size, akin_error *err)
{
    char file[4096], *text = NULL;
    if (!akin_run_path(file, sizeof file, run, "run.json"))
        return akin_fail(err, AKIN_ERR_INPUT, "the path of the run folder is too long");
    AKIN_TRY(akin_file_load(file, (size_t)16 << 20, &text, NULL, err));
    json_t *root = json_loads(text, 0, NULL);
    free(text);
    const char *found = json_string_value(json_object_get(json_object_get(root, "data"), "path"));
    akin_status status = AKIN_OK;
    if (!found)
        status = akin_fail(err, AKIN_ERR_FORMAT, "'%s' does not say which data the run used", file);
    else
        snprintf(path, size, "%s", found);
    json_decref(root);
    return status;
}

static akin_status configure(trainer *t, const char *data, const akin_train_config *given, bool resume,
                             bool force, akin_error *err)
{
    char file[4096];
    if (!akin_run_path(file, sizeof file, t->run, "run.json"))
        return akin_fail(err, AKIN_ERR_ARGUMENT, "the path of the run folder is too long");
    const bool begun = exists(t->run, "run.json");
    if (begun && !resume && !force)
        return akin_fail(err, AKIN_ERR_ARGUMENT,
                         "'%s' holds a run already; --resume goes on with it, --force replaces it", t->run);
    if (!begun && !data)
        return akin_fail(err, AKIN_ERR_ARGUMENT,
                         "there is no run in '%s' to resume; name the data to begin one", t->run);
    AKIN_TRY(akin_train_config_create(&t->config, err));
    if (begun && resume) {
        AKIN_TRY(akin_train_config_load(t->config, file, err));
        AKIN_TRY(check_same(given, t->config, err));
    }
    AKIN_TRY(copy_given(given, t->config, err));
    AKIN_TRY(akin_train_settings_of(t->config, &t->set, err));
    if (data)
        snprintf(t->data_path, sizeof t->data_path, "%s", data);
    else
        AKIN_TRY(data_path_of_run(t->run, t->data_path, sizeof t->data_path, err));
    return AKIN_OK;
}

/* Preparation ------------------------------------------------------------------------------------------------- */

static akin_status open_data(trainer *t, akin_error *err)
{
    AKIN_TRY(akin_dataset_open(t->data_path, &t->set.data, &t->data, err));
    AKIN_TRY(akin_dataset_split(t->data, "train", &t->images, err));
    const int64_t bad = akin_dataset_bad_count(t->data);
    if (bad) say(t, "%lld unreadable images are left out; 'akin inspect' lists them", (long long)bad);
    if (t->images.n < t->set.batch)
        return akin_fail(
            err, AKIN_ERR_INPUT,
            "'%s' has %lld image%s to train on, fewer than one batch of %lld; give a smaller --batch-size",
            t->data_path, (long long)t->images.n, t->images.n == 1 ? "" : "s", (long long)t->set.batch);
    if (t->images.channels > AKIN_MAX_CHANNELS)
        return akin_fail(err, AKIN_ERR_UNSUPPORTED, "'%s' has %lld channels; at most %d can be trained on",
                         t->data_path, (long long)t->images.channels, AKIN_MAX_CHANNELS);
    t->epoch_steps = akin_loader_epoch_steps(t->images.n, t->set.batch);
    t->steps = t->epoch_steps * t->set.epochs;
    t->warmup = (int64_t)(t->set.warmup_epochs * (double)t->epoch_steps + 0.5);
    snprintf(t->state.fingerprint, sizeof t->state.fingerprint, "%s", akin_dataset_fingerprint(t->data));
    double mean[3], std[3];
    akin_dataset_stats(t->data, mean, std);
    for (int64_t c = 0; c < t->images.channels; c++) {
        t->state.mean[c] = (float)mean[c];
        t->state.std[c] = std[c] > 0 ? (float)std[c] : 1; /* a channel without contrast stays as it is */
    }
    t->view_height = t->set.augment.height ? t->set.augment.height : t->images.height;
    t->view_width = t->set.augment.width ? t->set.augment.width : t->images.width;
    return AKIN_OK;
}

static akin_loss_batch batch_of(const trainer *t)
{
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.a = (akin_cmat){ t->projections, t->set.batch, t->width, t->width };
    batch.b = (akin_cmat){ t->projections + t->set.batch * t->width, t->set.batch, t->width, t->width };
    if (t->set.loss->needs & AKIN_LOSS_FEATURES) batch.features = akin_const(t->features);
    return batch;
}

static akin_status prepare_loss(trainer *t, akin_error *err)
{
    const akin_loss_batch batch = batch_of(t);
    t->calibration = (akin_calibration)AKIN_CALIBRATION_INIT;
    AKIN_TRY(akin_loss_calibrate(t->set.loss, &t->set.loss_params, &batch, NULL, &t->calibration, err));
    t->scratch_bytes =
        akin_loss_scratch_bytes(t->set.loss, &t->set.loss_params, &batch, AKIN_PRECISION_F32, 0) + 64;
    t->scratch = akin_alloc(1, (int64_t)t->scratch_bytes, 1);
    if (!t->scratch)
        return akin_fail(err, AKIN_ERR_NOMEM, "no memory for the loss: %zu bytes", t->scratch_bytes);
    return AKIN_OK;
}

static akin_status loss_and_gradient(trainer *t, double *loss, akin_error *err)
{
    const akin_loss_batch batch = batch_of(t);
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    grads.a = (akin_mat){ t->gradient, t->set.batch, t->width, t->width };
    grads.b = (akin_mat){ t->gradient + t->set.batch * t->width, t->set.batch, t->width, t->width };
    akin_arena scratch;
    akin_arena_init(&scratch, t->scratch, t->scratch_bytes);
    akin_error why = { .status = AKIN_OK };
    const akin_status status = akin_loss_eval(t->set.loss, &t->set.loss_params, &batch, AKIN_PRECISION_F32,
                                              &scratch, loss, &grads, &why);
    if (!status && isfinite(*loss)) return AKIN_OK;
    /* In training a row without direction or a value that is not finite is a matter of numbers, not of input. */
    return akin_fail(err, status == AKIN_ERR_NOMEM ? status : AKIN_ERR_NUMERIC,
                     "step %" PRId64 ": %s; the last checkpoint is good: try a smaller --lr",
                     t->state.step + 1, status ? why.message : "the loss is not finite");
}

static akin_status prepare(trainer *t, akin_error *err)
{
    const int64_t rows = 2 * t->set.batch;
    AKIN_TRY(akin_encoder_create(&t->set.encoder, rows, t->view_height, t->view_width, t->images.channels,
                                 t->set.seed, &t->encoder, err));
    akin_encoder_info info;
    AKIN_TRY(akin_encoder_get_info(t->encoder, &info, err));
    if (info.projection == 0)
        return akin_fail(err, AKIN_ERR_ARGUMENT,
                         "training needs a projection head; --head-out must be at least 1");
    t->width = info.projection;
    t->projections = akin_alloc(sizeof(float), rows, t->width);
    t->gradient = akin_alloc(sizeof(float), rows, t->width);
    const bool wanted = t->set.loss->needs & AKIN_LOSS_FEATURES;
    if (wanted)
        t->features =
            (akin_mat){ akin_alloc(sizeof(float), rows, info.features), rows, info.features, info.features };

    int64_t count;
    const akin_tensor *tensors = akin_encoder_tensors(t->encoder, &count);
    const int per_tensor = akin_optimizer_slots(t->set.optimizer.kind);
    t->slots = calloc((size_t)count * AKIN_OPTIMIZER_MAX_SLOTS, sizeof *t->slots);
    bool ok = t->projections && t->gradient && t->slots && (!wanted || t->features.data);
    for (int64_t i = 0; ok && i < count; i++)
        for (int k = 0; ok && tensors[i].grad && k < per_tensor; k++) {
            t->slots[t->slot_count] = akin_alloc(sizeof(float), tensors[i].count, 1);
            ok = t->slots[t->slot_count++] != NULL;
        }
    if (!ok)
        return akin_fail(err, AKIN_ERR_NOMEM, "no memory for the optimiser of %lld tensors",
                         (long long)count);
    return prepare_loss(t, err);
}

static akin_status write_run_json(trainer *t, akin_error *err)
{
    akin_encoder_info info;
    AKIN_TRY(akin_encoder_get_info(t->encoder, &info, err));
    akin_images test = { 0 };
    if (akin_dataset_split(t->data, "test", &test, NULL)) test.n = 0;
    json_t *classes = json_array();
    for (int64_t k = 0; k < t->images.classes; k++)
        json_array_append_new(classes, json_string(akin_dataset_class_name(t->data, k)));
    char created[32];
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_t *root = json_pack(
        "{s:{s:s,s:s,s:i}, s:s, s:s?, s:o, s:{s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:b,s:o},"
        " s:{s:s,s:I,s:I,s:I,s:I}, s:{s:s,s:s,s:s,s:o,s:o}}",
        "akin", "version", akin_version(), "isa", akin_isa(), "threads", akin_threads(), "created", created,
        "command", t->events.command, "config", akin_train_config_json(t->config), "data", "path",
        t->data_path, "name", akin_dataset_name(t->data), "format", akin_dataset_format(t->data),
        "fingerprint", t->state.fingerprint, "train", (json_int_t)t->images.n, "test", (json_int_t)test.n,
        "height", (json_int_t)t->images.height, "width", (json_int_t)t->images.width, "channels",
        (json_int_t)t->images.channels, "labels", t->images.labels != NULL, "classes", classes, "encoder",
        "name", info.name, "parameters", (json_int_t)info.parameters, "macs_per_image",
        (json_int_t)info.macs_per_image, "features", (json_int_t)info.features, "projection",
        (json_int_t)info.projection, "loss", "name", t->set.loss->name, "line", t->set.loss->line, "formula",
        t->set.loss->formula, "chance", json_real(t->calibration.chance), "floor",
        t->calibration.floor_known ? json_real(t->calibration.floor) : json_null());
    char *text = root ? json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(root);
    if (!text) return akin_fail(err, AKIN_ERR_NOMEM, "no memory for run.json");
    char path[4096];
    akin_status status = AKIN_ERR_IO;
    if (akin_run_path(path, sizeof path, t->run, "run.json"))
        status = akin_file_save(path, text, strlen(text), err);
    free(text);
    return status;
}

/* A few items beside their views of epoch 0, for people to look at. */
static akin_status write_views(trainer *t, akin_error *err)
{
    enum { ROWS = 8, VIEWS = 7 };
    const akin_images *im = &t->images;
    const int64_t pixels = t->view_height * t->view_width * im->channels;
    const int64_t item_pixels = im->height * im->width * im->channels;
    const int64_t rows = im->n < ROWS ? im->n : ROWS;
    const int64_t shape[5] = { rows, 1 + VIEWS, t->view_height, t->view_width, im->channels };
    akin_augment_opts original = AKIN_AUGMENT_OPTS_INIT; /* the image itself, at the size of the views */
    original.height = (int32_t)t->view_height;
    original.width = (int32_t)t->view_width;
    uint8_t *sheet = akin_alloc(1, rows * (1 + VIEWS), pixels);
    const size_t bytes =
        akin_augment_scratch_bytes(&t->set.augment, im->height, im->width, im->channels) + 64;
    void *memory = akin_alloc(1, (int64_t)bytes, 1);
    akin_arena scratch;
    akin_arena_init(&scratch, memory, bytes);
    akin_status status = AKIN_OK;
    if (!sheet || !memory) status = akin_fail(err, AKIN_ERR_NOMEM, "no memory for the sample views");
    for (int64_t r = 0; !status && r < rows; r++) {
        const int64_t item = r * (im->n / rows);
        uint8_t *row = sheet + r * (1 + VIEWS) * pixels;
        for (uint32_t v = 0; v <= VIEWS && !status; v++) {
            const akin_augment_name name = { t->set.seed, 0, (uint64_t)item, v ? v - 1 : 0 };
            status = akin_augment_view(v ? &t->set.augment : &original, im->pixels + item * item_pixels,
                                       im->height, im->width, im->channels, &name, &scratch, row + v * pixels,
                                       err);
        }
    }
    char path[4096];
    if (!status && akin_run_path(path, sizeof path, t->run, "gallery")) status = akin_folder_make(path, err);
    if (!status && akin_run_path(path, sizeof path, t->run, "gallery/views.npy"))
        status = akin_npy_save(path, AKIN_U8, 5, shape, sheet, err);
    free(sheet);
    free(memory);
    return status;
}

/* Resume from a checkpoint, or write what a new run begins with. */
static akin_status begin(trainer *t, bool resume, akin_error *err)
{
    const int per_tensor = akin_optimizer_slots(t->set.optimizer.kind);
    char note[512] = "";
    akin_train_state found;
    const bool has_checkpoint = resume && exists(t->run, "checkpoints") && exists(t->run, "run.json");
    akin_status status = AKIN_ERR_INPUT;
    if (has_checkpoint)
        status =
            akin_checkpoint_load(t->run, t->encoder, t->slots, per_tensor, &found, note, sizeof note, err);
    if (has_checkpoint && status) return status;
    if (!status) {
        if (strcmp(found.fingerprint, t->state.fingerprint) != 0)
            return akin_fail(
                err, AKIN_ERR_INPUT,
                "'%s' has changed since the run began (fingerprint %s, then %s); begin another run",
                t->data_path, t->state.fingerprint, found.fingerprint);
        t->state = found;
        AKIN_TRY(akin_record_open(t->run, &found.mark, &t->record, err));
        if (note[0]) say(t, "%s", note);
        say(t, "resumed at step %" PRId64 " of %" PRId64, found.step, t->steps);
        return AKIN_OK;
    }
    AKIN_TRY(akin_record_open(t->run, NULL, &t->record, err));
    AKIN_TRY(write_views(t, err));
    return write_run_json(t, err); /* last: with it the folder counts as a run */
}

/* Steps ------------------------------------------------------------------------------------------------------- */

/* x - x is 0 for every finite x and NaN otherwise; eight lanes, so that the compiler can use vectors. */
static bool all_finite(const float *x, int64_t n)
{
    float lane[8] = { 0 };
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < 8; l++) lane[l] += x[i + l] - x[i + l];
    for (; i < n; i++) lane[0] += x[i] - x[i];
    for (int l = 1; l < 8; l++) lane[0] += lane[l];
    return lane[0] == 0;
}

static akin_status check_finite(trainer *t, akin_error *err)
{
    int64_t count;
    const akin_tensor *tensors = akin_encoder_tensors(t->encoder, &count);
    for (int64_t i = 0; i < count; i++) {
        if (!tensors[i].grad) continue;
        if (!all_finite(tensors[i].grad, tensors[i].count))
            return akin_fail(err, AKIN_ERR_NUMERIC,
                             "step %" PRId64
                             ": the gradient of %s is not finite; the last checkpoint is good: try a "
                             "smaller --lr",
                             t->state.step + 1, tensors[i].name);
    }
    return AKIN_OK;
}

static void update(trainer *t)
{
    int64_t count, s = 0;
    const akin_tensor *tensors = akin_encoder_tensors(t->encoder, &count);
    const int per_tensor = akin_optimizer_slots(t->set.optimizer.kind);
    const double lr = akin_cosine_lr(t->set.lr, t->state.step, t->warmup, t->steps);
    for (int64_t i = 0; i < count; i++) {
        if (!tensors[i].grad) continue;
        akin_optimizer_step(&t->set.optimizer, tensors[i].data, tensors[i].grad, t->slots + s,
                            tensors[i].count, lr, t->state.step, tensors[i].decay);
        s += per_tensor;
    }
}

static akin_status one_step(trainer *t, akin_error *err)
{
    const int64_t rows = 2 * t->set.batch;
    double waited_s, loss;
    const float *views;
    AKIN_TRY(akin_loader_next(t->loader, &views, &waited_s, err));
    const akin_mat z = { t->projections, rows, t->width, t->width };
    AKIN_TRY(akin_encoder_forward(t->encoder, views, rows, true, t->features, z, err));
    AKIN_TRY(loss_and_gradient(t, &loss, err));
    const akin_cmat dz = { t->gradient, rows, t->width, t->width }, nothing = { 0 };
    AKIN_TRY(akin_encoder_backward(t->encoder, dz, nothing, err));
    AKIN_TRY(check_finite(t, err));
    update(t);
    t->state.step++;
    t->state.interval_loss += loss;
    t->state.interval_steps++;
    t->interval_timed++;
    t->interval_wait_s += waited_s;
    return AKIN_OK;
}

static akin_status report_progress(trainer *t, akin_error *err)
{
    const double now = akin_now_s(), span = now - t->interval_started_s;
    akin_train_progress p = { .step = t->state.step, .steps = t->steps, .epochs = t->set.epochs };
    p.epoch = (t->state.step - 1) / t->epoch_steps + 1;
    p.loss = t->state.interval_loss / (double)t->state.interval_steps;
    p.chance = t->calibration.chance;
    p.floor = t->calibration.floor_known ? t->calibration.floor : NAN;
    p.learned = akin_loss_learned(&t->calibration, p.loss);
    p.verdict = akin_loss_verdict(&t->calibration, p.loss);
    p.lr = akin_cosine_lr(t->set.lr, t->state.step - 1, t->warmup, t->steps);
    p.samples_per_s = (double)(t->interval_timed * t->set.batch) / span;
    p.data_wait_frac = t->interval_wait_s / span;
    p.elapsed_s = t->state.elapsed_s + (now - t->started_s);
    p.left_s = (double)(t->steps - t->state.step) * span / (double)t->interval_timed;
    AKIN_TRY(akin_record_step(t->record, &p, err));
    if (t->events.on_progress) t->events.on_progress(&p, t->events.ctx);
    t->state.interval_loss = 0;
    t->state.interval_steps = t->interval_timed = 0;
    t->interval_started_s = now;
    t->interval_wait_s = 0;
    return AKIN_OK;
}

static akin_status save(trainer *t, akin_error *err)
{
    akin_train_state state = t->state;
    state.elapsed_s += akin_now_s() - t->started_s;
    akin_record_mark_now(t->record, &state.mark);
    const int per_tensor = akin_optimizer_slots(t->set.optimizer.kind);
    AKIN_TRY(akin_checkpoint_save(t->run, t->encoder, t->slots, per_tensor, &state, err));
    akin_checkpoint_trim(t->run);
    if (t->events.on_checkpoint)
        t->events.on_checkpoint(state.step, (state.step - 1) / t->epoch_steps + 1, t->events.ctx);
    return AKIN_OK;
}

static akin_status run_steps(trainer *t, akin_error *err)
{
    const int64_t every = t->set.checkpoint_every ? t->set.checkpoint_every : t->epoch_steps;
    t->started_s = t->interval_started_s = akin_now_s();
    while (t->state.step < t->steps) {
        AKIN_TRY(one_step(t, err));
        const bool last = t->state.step == t->steps;
        if (t->state.step % t->set.log_every == 0 || last) AKIN_TRY(report_progress(t, err));
        t->interrupted = !last && t->events.should_stop && t->events.should_stop(t->events.ctx);
        if (t->state.step % every == 0 || last || t->interrupted) AKIN_TRY(save(t, err));
        if (t->interrupted) {
            say(t, "stopped at step %" PRId64 " of %" PRId64 "; the checkpoint is written", t->state.step,
                t->steps);
            return akin_fail(err, AKIN_ERR_INTERRUPTED,
                             "stopped at step %" PRId64 " of %" PRId64
                             "; go on with: akin train --resume --out %s",
                             t->state.step, t->steps, t->run);
        }
    }
    return AKIN_OK;
}

static akin_status finish(trainer *t, akin_error *err)
{
    uint64_t sum = 0;
    AKIN_TRY(akin_checkpoint_sum(t->encoder, &sum, err));
    const double seconds = t->state.elapsed_s + (akin_now_s() - t->started_s);
    char text[512], path[4096];
    const int length = snprintf(text, sizeof text,
                                "{\"steps\": %" PRId64 ", \"epochs\": %" PRId64
                                ", \"seconds\": %.1f, \"weights_xxh64\": \"%016" PRIx64 "\"}\n",
                                t->steps, t->set.epochs, seconds, sum);
    if (!akin_run_path(path, sizeof path, t->run, "DONE"))
        return akin_fail(err, AKIN_ERR_IO, "the path of the run folder is too long");
    say(t, "done: %" PRId64 " steps in %.0f s, weights %016" PRIx64, t->steps, seconds, sum);
    return akin_file_save(path, text, (size_t)length, err);
}

static akin_status train(trainer *t, const char *data, const akin_train_config *c, bool resume, bool force,
                         akin_error *err)
{
    AKIN_TRY(configure(t, data, c, resume, force, err));
    if (resume && exists(t->run, "DONE")) {
        say(t, "'%s' is complete; nothing to resume", t->run);
        return AKIN_OK;
    }
    AKIN_TRY(
        akin_folder_make(t->run, err)); /* before the work: an output that cannot be stored fails at once */
    if (force && !resume) AKIN_TRY(akin_run_clear(t->run, err));
    AKIN_TRY(open_data(t, err));
    AKIN_TRY(prepare(t, err));
    AKIN_TRY(begin(t, resume, err));
    akin_encoder_info info;
    AKIN_TRY(akin_encoder_get_info(t->encoder, &info, err));
    say(t,
        "%s: %lld images %lldx%lldx%lld; %s, %lld parameters, %.1f MMAC an image; %s; %lld epochs of %lld "
        "steps",
        akin_dataset_name(t->data), (long long)t->images.n, (long long)t->images.height,
        (long long)t->images.width, (long long)t->images.channels, info.name, (long long)info.parameters,
        1e-6 * (double)info.macs_per_image, t->set.loss->name, (long long)t->set.epochs,
        (long long)t->epoch_steps);
    const akin_loader_plan plan = { t->images,     t->set.augment, t->state.mean, t->state.std,  t->set.batch,
                                    t->state.step, t->steps,       t->set.seed,   t->set.workers };
    AKIN_TRY(akin_loader_create(&plan, &t->loader, err));
    AKIN_TRY(run_steps(t, err));
    return finish(t, err);
}

akin_status akin_train(const char *data, const char *run, const akin_train_config *c, bool resume, bool force,
                       const akin_train_events *events, akin_error *err)
{
    if (!run) return akin_fail(err, AKIN_ERR_ARGUMENT, "train: run must not be NULL");
    trainer t = { .run = run, .events = AKIN_TRAIN_EVENTS_INIT };
    AKIN_TRY(akin_opts_import(&t.events, events, "train", err));
    const akin_status status = train(&t, data, c, resume, force, err);
    release(&t);
    return status;
}
