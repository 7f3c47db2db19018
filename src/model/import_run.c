/* SPDX-License-Identifier: Apache-2.0 */
/* model/import_run.c - akin_import(): a run folder from a file of weights.
 *
 * Everything is read and checked before the folder is touched. Then files come in the order of training
 * (run_folder.h): run.json, the checkpoint of step 0, DONE. */
#include "akin/tool/weights.h"

#include "akin/tool/json.h"
#include "base/escape.h"
#include "base/data_path.h"
#include "base/path.h"
#include "base/plain.h"
#include "model/checkpoint.h"
#include "model/config_json.h"
#include "model/config_rules.h"
#include "model/run_folder.h"
#include "model/settings.h"
#include "model/train_options.h"
#include "model/foreign.h"
#include "set/learning.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct importing {
    const char *file, *run;
    akin_import_opts opts;
    int lock;
    bool begun; /* something was written */
    ak_foreign *weights;
    akin_train_config *config;
    ak_train_settings set;
    ak_learning learning; /* kind NULL: without data */
    char data_path[4096];
    int64_t channels;
    ak_pixel_scale scale;
    ak_net net;
    ak_remarks told;
} importing;

static void say(importing *m, const char *format, ...) AK_PRINTF(2, 3);

static void say(importing *m, const char *format, ...)
{
    char line[1024];
    va_list list;
    va_start(list, format);
    akin_vformat(line, sizeof line, format, list);
    va_end(list);
    if (m->opts.on_message) m->opts.on_message(line, m->opts.ctx);
}

static void say_line(const char *line, void *ctx) { say(ctx, "%s", line); }

/* Configuration ---------------------------------------------------------------------------------- */

static bool differ(const float *a, const float *b, int64_t n)
{
    for (int64_t c = 0; c < n; c++)
        if (!(fabsf(a[c] - b[c]) < 1e-4F)) return true;
    return false;
}

static akin_status read_scale(importing *m, akin_error *err)
{
    const int64_t channels = m->channels;
    const ak_pixel_scale *told = ak_foreign_of(m->weights)->scale;
    AK_TRY(ak_pixel_scale_read(m->file, m->opts.mean, m->opts.std, channels, told, &m->scale, err));
    if (told && (differ(told->mean, m->scale.mean, channels) || differ(told->std, m->scale.std, channels)))
        ak_remark(&m->told, "--mean or --std is not that of the network's training; it is taken as given.");
    return AKIN_OK;
}

static akin_status set_number(importing *m, const char *name, int64_t value, akin_error *err)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    return akin_train_config_set(m->config, name, text, err);
}

/* The side of square images of 1 or 3 channels that are rows of so many numbers; 0 = there is none. */
static int64_t side_of(int64_t inputs, int64_t *channels)
{
    for (*channels = 1; *channels <= 3; *channels += 2)
        for (int64_t side = 1; side * side * *channels <= inputs && side <= 4096; side++)
            if (side * side * *channels == inputs) return side;
    return 0;
}

/* An option as the file tells it, where it does. One that was given counts; that they differ is said. */
static akin_status set_told(importing *m, const char *name, int64_t value, akin_error *err)
{
    if (!value) return AKIN_OK;
    if (!akin_train_config_is_set(m->config, name)) return set_number(m, name, value, err);
    const int64_t given = (int64_t)ak_config_number(m->config, name);
    if (given != value)
        ak_remark(&m->told, "--%s is %lld; the network was trained with %lld.", name, (long long)given,
                  (long long)value);
    return AKIN_OK;
}

/* As the run had it that the file was exported from. */
static akin_status settle_told_size(importing *m, akin_error *err)
{
    const ak_foreign_about *a = ak_foreign_of(m->weights);
    const bool given = akin_train_config_is_set(m->config, "size");
    m->channels = a->channels;
    if (a->height != a->image_width && !given)
        return ak_fail(
            err, AKIN_ERR_ARGUMENT,
            "'%s' was trained on images of %dx%d pixels, which are no squares; choose a square with "
            "--size",
            m->file, a->height, a->image_width);
    AK_TRY(set_told(m, "size", a->height == a->image_width ? a->height : 0, err));
    if (given || a->shorter_side == a->height) return AKIN_OK;
    return set_told(m, "resize", a->shorter_side, err);
}

/* The size of the images, and their channels. */
static akin_status settle_size(importing *m, akin_error *err)
{
    enum { LARGE = 224, LARGE_RESIZE = 256, SMALL = 32 };
    const ak_foreign_about *a = ak_foreign_of(m->weights);
    const bool large = strstr(a->encoder, "-large") || strncmp(a->encoder, "vgg", 3) == 0;
    if (a->height) return settle_told_size(m, err);
    m->channels = a->channels ? a->channels : 3;
    int64_t size = large ? LARGE : SMALL;
    if (a->inputs) size = side_of(a->inputs, &m->channels);
    if (!size)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "'%s': %s reads %lld numbers, which are no square image of 1 or 3 channels", m->file,
                       a->encoder, (long long)a->inputs);
    if (akin_train_config_is_set(m->config, "size")) {
        if (ak_config_number(m->config, "size") < 1)
            return ak_fail(err, AKIN_ERR_ARGUMENT,
                           "--size is 0; an imported network needs images of one size");
        return AKIN_OK;
    }
    AK_TRY(set_number(m, "size", size, err));
    if (size != LARGE || akin_train_config_is_set(m->config, "resize")) return AKIN_OK;
    return set_number(m, "resize", LARGE_RESIZE, err);
}

static akin_status configure(importing *m, const akin_train_config *given, akin_error *err)
{
    const ak_foreign_about *a = ak_foreign_of(m->weights);
    const akin_opt_desc *o;
    AK_TRY(akin_train_config_create(&m->config, err));
    for (int i = 0; (o = akin_train_option_at(i)) != NULL; i++)
        if (akin_train_config_is_set(given, o->name))
            AK_TRY(akin_train_config_set(m->config, o->name, akin_train_config_get(given, o->name), err));
    ak_train_config_set_kind(m->config, &ak_kind_images);
    AK_TRY(akin_train_config_set(m->config, "encoder", a->encoder, err));
    AK_TRY(set_told(m, "width", a->width, err));
    AK_TRY(set_told(m, "blocks", a->blocks, err));
    AK_TRY(set_told(m, "stem-stride", a->stem_stride, err));
    AK_TRY(set_told(m, "feature-grid", a->grid, err));
    AK_TRY(set_number(m, "head-out", a->head_out, err));
    if (a->head_out) AK_TRY(set_number(m, "head-hidden", a->head_hidden, err));
    if (a->head_out)
        AK_TRY(akin_train_config_set(m->config, "head-norm", a->head_norm ? "batch" : "none", err));
    AK_TRY(settle_size(m, err));
    AK_TRY(read_scale(m, err));
    AK_TRY(ak_train_settings_of(m->config, &m->set, err));
    if (m->channels == 1 || m->channels == 3) m->set.data.of.images.open.channels = (int32_t)m->channels;
    return AKIN_OK;
}

/* Net -------------------------------------------------------------------------------------------- */

static akin_status open_data(importing *m, akin_error *err)
{
    const ak_teller teller = { say_line, m };
    const ak_kind *kind = NULL;
    if (!m->opts.data) return AKIN_OK;
    char *full = ak_data_path_absolute(m->opts.data);
    snprintf(m->data_path, sizeof m->data_path, "%s", full ? full : m->opts.data);
    free(full);
    AK_TRY(ak_detect(m->data_path, &kind, err));
    if (kind && kind != &ak_kind_images)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' holds %s; the network reads images", m->opts.data,
                       kind->name);
    return ak_learning_open(m->data_path, NULL, &m->set.data, &teller, &m->learning, err);
}

static akin_status make_net(importing *m, akin_error *err)
{
    const int64_t size = m->set.data.of.images.open.size;
    const ak_net_plan plan = { .encoder = m->set.encoder,
                               .height = size,
                               .width = size,
                               .channels = m->channels,
                               .hidden = m->set.encoder.width,
                               .layers = m->set.encoder.blocks,
                               .rows = 1,
                               .seed = m->set.seed };
    AK_TRY(ak_net_create(&plan, &m->net, err));
    return ak_foreign_take(m->weights, &m->net, &m->told, err);
}

static void tell(importing *m)
{
    const ak_foreign_about *a = ak_foreign_of(m->weights);
    const akin_image_set_opts *o = &m->set.data.of.images.open;
    const char *line;
    char numbers[2][120] = { "", "" };
    for (int c = 0; c < m->channels; c++)
        for (int k = 0; k < 2; k++) {
            const size_t at = strlen(numbers[k]);
            ak_snprintf(numbers[k] + at, sizeof numbers[k] - at, "%s%.6g", c ? ", " : "",
                        (double)(k ? m->scale.std : m->scale.mean)[c]);
        }
    say(m, "%s: %s, %lld parameters, %lld features; tensors have %s names%s%s%s", ak_path_base(m->file),
        a->encoder, (long long)m->net.parameters, (long long)m->net.features, a->names,
        *a->prefix ? " behind '" : "", a->prefix, *a->prefix ? "'" : "");
    for (int64_t i = 0; (line = ak_remark_at(&m->told, i)) != NULL; i++) say(m, "%s", line);
    say(m,
        "images: the shorter side becomes %d pixels, the middle %dx%d is kept; from 0 to 1, less %s, over %s",
        o->resize ? o->resize : o->size, o->size, o->size, numbers[0], numbers[1]);
    if (!m->opts.data)
        say(m,
            "it has no data of its own: embed and nn take a data set; for eval, diagnose, prune and bounds "
            "import it with one");
}

/* The folder ------------------------------------------------------------------------------------- */

static akin_json *numbers_of(const float *x, int64_t n)
{
    akin_json *list = akin_json_array();
    for (int64_t i = 0; i < n; i++) akin_json_append(list, akin_json_real((double)x[i]));
    return list;
}

static akin_json *about_json(const importing *m)
{
    const ak_foreign_about *a = ak_foreign_of(m->weights);
    const akin_image_set_opts *o = &m->set.data.of.images.open;
    char sum[17];
    snprintf(sum, sizeof sum, "%016" PRIx64, a->sum);
    akin_json *remarks = akin_json_array();
    const char *line;
    for (int64_t i = 0; (line = ak_remark_at(&m->told, i)) != NULL; i++)
        akin_json_append(remarks, akin_json_text(line));
    return akin_json_pack("{s:o,s:s,s:s,s:s,s:i,s:i,s:o,s:o,s:o}", "file", akin_json_text(m->file), "xxh64",
                          sum, "names", a->names, "prefix", a->prefix, "shorter_side",
                          o->resize ? o->resize : o->size, "size", o->size, "mean",
                          numbers_of(m->scale.mean, m->channels), "std",
                          numbers_of(m->scale.std, m->channels), "remarks", remarks);
}

static akin_json *data_json(const importing *m)
{
    const int64_t size = m->set.data.of.images.open.size;
    if (m->learning.kind) return ak_learning_json(&m->learning, m->data_path);
    return akin_json_pack("{s:s,s:n,s:b,s:I,s:I,s:I}", "kind", ak_kind_images.name, "path", "labels", 0,
                          "height", size, "width", size, "channels", m->channels);
}

static akin_status write_record(const importing *m, akin_error *err)
{
    char created[32], path[4096];
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &utc);
    akin_json *root = akin_json_pack(
        "{s:{s:s,s:s,s:i}, s:s, s:s?, s:o, s:o, s:{s:s,s:I,s:I,s:I,s:I}, s:o}", "akin", "version",
        akin_version(), "isa", akin_isa(), "threads", akin_threads(), "created", created, "command",
        m->opts.command, "config", ak_train_config_json(m->config), "data", data_json(m), "encoder", "name",
        m->net.name, "parameters", m->net.parameters, "macs_per_image", m->net.macs, "features",
        m->net.features, "projection", m->net.projection, "import", about_json(m));
    akin_status status = AKIN_ERR_IO;
    if (ak_run_path(path, sizeof path, m->run, "run.json"))
        status = akin_json_save(path, root, AKIN_JSON_INDENTED, 12, err);
    akin_json_free(root);
    return status;
}

static akin_status write_done(const importing *m, akin_error *err)
{
    const ak_tensor_list list = ak_net_list((ak_net *)&m->net, true);
    uint64_t sum = 0;
    char text[160], path[4096];
    AK_TRY(ak_checkpoint_sum(&list, &sum, err));
    const int length = snprintf(
        text, sizeof text,
        "{\"steps\": 0, \"epochs\": 0, \"weights_xxh64\": \"%016" PRIx64 "\", \"best_step\": 0}\n", sum);
    if (!ak_run_path(path, sizeof path, m->run, "DONE"))
        return ak_fail(err, AKIN_ERR_IO, "the path of the run folder is too long");
    return akin_file_save(path, text, (size_t)length, err);
}

static akin_status write_run(importing *m, akin_error *err)
{
    ak_train_state state = { .step = 0 };
    const ak_tensor_list list = ak_net_list(&m->net, true);
    memcpy(state.mean, m->scale.mean, sizeof state.mean);
    memcpy(state.std, m->scale.std, sizeof state.std);
    for (int c = 0; c < AK_MAX_CHANNELS; c++)
        if (!(state.std[c] > 0)) state.std[c] = 1; /* of channels that there are not */
    if (m->learning.kind)
        snprintf(state.fingerprint, sizeof state.fingerprint, "%s",
                 akin_dataset_fingerprint(m->learning.set));
    m->begun = true;
    AK_TRY(ak_run_set_aside(m->run, err)); /* also what a killed import has left */
    if (m->learning.kind) AK_TRY(ak_learning_save(&m->learning, m->set.seed, m->run, err));
    AK_TRY(write_record(m, err));
    AK_TRY(ak_checkpoint_save(m->run, &list, NULL, 0, &state, err));
    m->begun = false; /* it counts from here on */
    AK_TRY(ak_run_forget_replaced(m->run, err));
    return write_done(m, err);
}

static akin_status enter(importing *m, akin_error *err)
{
    bool there;
    AK_TRY(ak_look_stored(m->run, &there, NULL, err));
    if (!there) return AKIN_OK;
    AK_TRY(ak_run_lock(m->run, &m->lock, err));
    AK_TRY(ak_run_recover(m->run, err));
    AK_TRY(ak_run_has(m->run, "run.json", &there, err));
    if (!there || m->opts.force) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_ARGUMENT, "'%s' holds a run already; --force replaces it", m->run);
}

/* A run has no need of it, and a folder of data is none of weights. */
static akin_status refuse_folder(const importing *m, akin_error *err)
{
    struct stat info;
    bool there, run;
    AK_TRY(ak_look(m->file, &there, &info, err));
    if (!there || !S_ISDIR(info.st_mode)) return AKIN_OK;
    AK_TRY(ak_run_has(m->file, "run.json", &run, err));
    if (!run)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' is a folder; import takes a safetensors file, and then DATA", m->file);
    return ak_fail(err, AKIN_ERR_ARGUMENT,
                   "'%s' is a run already; 'akin train DATA --init %s --out NEW' goes on from its weights",
                   m->file, m->file);
}

static akin_status import_weights(importing *m, const akin_train_config *given, akin_error *err)
{
    const char *encoder =
        akin_train_config_is_set(given, "encoder") ? akin_train_config_get(given, "encoder") : NULL;
    AK_TRY(enter(m, err));
    AK_TRY(refuse_folder(m, err));
    AK_TRY(ak_foreign_open(m->file, encoder, m->opts.prefix, &m->weights, err));
    AK_TRY(configure(m, given, err));
    AK_TRY(open_data(m, err));
    AK_TRY(make_net(m, err));
    tell(m);
    AK_TRY(akin_folder_make(m->run, err));
    if (m->lock < 0) AK_TRY(ak_run_lock(m->run, &m->lock, err));
    return write_run(m, err);
}

/* Nothing of the new run stays, and the one that it was to replace comes back. */
static void undo(const char *run)
{
    char path[4096];
    bool replacing = true;
    if (ak_run_has(run, "replaced", &replacing, NULL) || replacing) {
        ak_run_put_back(run, NULL);
        return;
    }
    if (ak_run_path(path, sizeof path, run, "run.json")) unlink(path);
    ak_run_clear(run, NULL);
}

akin_status akin_import(const char *file, const char *run, const akin_train_config *config,
                        const akin_import_opts *opts, akin_error *err)
{
    if (!file || !run || !config)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "import: file, run and config must not be NULL");
    importing m = { .file = file, .run = run, .opts = AKIN_IMPORT_OPTS_INIT, .lock = -1 };
    AK_TRY(ak_opts_import(&m.opts, opts, "import", err));
    const akin_status status = import_weights(&m, config, err);
    if (status && m.begun) undo(run);
    ak_run_unlock(run, m.lock);
    ak_net_release(&m.net);
    if (m.learning.kind) ak_learning_release(&m.learning);
    ak_foreign_free(m.weights);
    akin_train_config_free(m.config);
    ak_remarks_free(&m.told);
    return status;
}
