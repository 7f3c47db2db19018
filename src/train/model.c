/* SPDX-License-Identifier: Apache-2.0 */
/* train/model.c - the encoder of a run, to embed data with. */
#include "akin/train.h"

#include "base/base.h"
#include "train/checkpoint.h"
#include "train/config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

enum { BATCH = 256, WARM_UP_IMAGES = 4096 };

struct akin_model {
    akin_train_config *config;
    akin_train_settings set;
    akin_encoder *encoder;
    akin_encoder_info info;
    akin_model_kind kind;
    bool averaged; /* the weights are the moving average */
    bool warm;     /* RANDOM: batch-norm statistics are there */
    int64_t step;
    float mean[AKIN_MAX_CHANNELS], std[AKIN_MAX_CHANNELS];
    float *input; /* [BATCH, c, h, w] */
    char data_path[4096];
};

/* What run.json says of the images. */
typedef struct shape {
    int64_t height, width, channels;
    int64_t projection; /* width of what the head gives: of the supervised reference, as many as classes */
} shape;

static akin_status read_run(const char *run, shape *s, char *data_path, size_t size, akin_error *err)
{
    char path[4096], *text = NULL;
    if (!akin_run_path(path, sizeof path, run, "run.json"))
        return akin_fail(err, AKIN_ERR_INPUT, "the path of the run folder is too long");
    if (akin_file_load(path, (size_t)16 << 20, &text, NULL, NULL))
        return akin_fail(err, AKIN_ERR_INPUT, "'%s' is no run folder: it has no readable run.json", run);
    json_t *root = json_loads(text, 0, NULL);
    free(text);
    const json_t *data = json_object_get(root, "data");
    const char *found = json_string_value(json_object_get(data, "path"));
    s->height = json_integer_value(json_object_get(data, "height"));
    s->width = json_integer_value(json_object_get(data, "width"));
    s->channels = json_integer_value(json_object_get(data, "channels"));
    s->projection = json_integer_value(json_object_get(json_object_get(root, "encoder"), "projection"));
    akin_status status = AKIN_OK;
    if (!found || s->height < 1 || s->width < 1 || s->channels < 1 || s->channels > AKIN_MAX_CHANNELS)
        status =
            akin_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: it does not describe the run's data", path);
    else
        snprintf(data_path, size, "%s", found);
    json_decref(root);
    return status;
}

static akin_status choose_weights(akin_model *m, const char *run, akin_error *err)
{
    const bool kept = m->set.update.ema > 0;
    if (m->kind == AKIN_MODEL_AVERAGED && !kept)
        return akin_fail(
            err, AKIN_ERR_ARGUMENT,
            "'%s' keeps no average of its weights, it was trained without --ema; take the raw ones", run);
    m->averaged = kept && (m->kind == AKIN_MODEL_AVERAGED || m->kind == AKIN_MODEL_TRAINED);
    return AKIN_OK;
}

static akin_status which_of(const char *text, int64_t *which, akin_error *err)
{
    *which = AKIN_CHECKPOINT_NEWEST;
    if (!text || strcmp(text, "newest") == 0) return AKIN_OK;
    if (strcmp(text, "best") == 0) {
        *which = AKIN_CHECKPOINT_BEST;
        return AKIN_OK;
    }
    static const akin_opt_desc step = { "checkpoint", AKIN_OPT_INT, NULL, NULL, 1, 1e15, NULL };
    double value;
    if (akin_opt_check(&step, text, &value, NULL))
        return akin_fail(err, AKIN_ERR_RANGE,
                         "--checkpoint is '%s'; it must be newest, best or the number of a step", text);
    *which = (int64_t)value;
    return AKIN_OK;
}

static akin_status load(akin_model *m, const char *run, int64_t which, akin_error *err)
{
    shape s = { 0 };
    char path[4096];
    AKIN_TRY(read_run(run, &s, m->data_path, sizeof m->data_path, err));
    if (!akin_run_path(path, sizeof path, run, "run.json")) return AKIN_ERR_INPUT;
    AKIN_TRY(akin_train_config_create(&m->config, err));
    AKIN_TRY(akin_train_config_load(m->config, path, err));
    AKIN_TRY(akin_train_settings_of(m->config, &m->set, err));
    if (m->set.supervised) m->set.encoder.head_out = (int32_t)s.projection;
    AKIN_TRY(akin_encoder_create(&m->set.encoder, BATCH, s.height, s.width, s.channels, m->set.seed,
                                 &m->encoder, err));
    AKIN_TRY(akin_encoder_get_info(m->encoder, &m->info, err));
    m->input = akin_alloc(sizeof(float), BATCH * s.channels, s.height * s.width);
    if (!m->input) return akin_fail(err, AKIN_ERR_NOMEM, "no memory for a batch of images");
    akin_train_state state;
    const akin_tensor_list list = akin_encoder_tensor_list(m->encoder);
    AKIN_TRY(choose_weights(m, run, err));
    const char *prefix = m->averaged ? AKIN_EMA_PREFIX : "";
    AKIN_TRY(akin_checkpoint_load(run, which, &list, prefix, NULL, 0, &state, NULL, 0, err));
    memcpy(m->mean, state.mean, sizeof m->mean);
    memcpy(m->std, state.std, sizeof m->std);
    m->step = state.step;
    if (m->kind != AKIN_MODEL_RANDOM) return AKIN_OK;
    /* The checkpoint gave the normalisation of the data; the weights are drawn again from the seed. */
    akin_encoder_free(m->encoder);
    m->encoder = NULL;
    m->step = 0;
    return akin_encoder_create(&m->set.encoder, BATCH, s.height, s.width, s.channels, m->set.seed,
                               &m->encoder, err);
}

akin_status akin_model_open(const char *run, const akin_model_opts *user, akin_model **out, akin_error *err)
{
    akin_model_opts opts = AKIN_MODEL_OPTS_INIT;
    int64_t which;
    AKIN_TRY(akin_opts_import(&opts, user, "model", err));
    AKIN_TRY(which_of(opts.checkpoint, &which, err));
    akin_model *m = calloc(1, sizeof *m);
    if (!m) return akin_fail(err, AKIN_ERR_NOMEM, "no memory for a model");
    m->kind = opts.kind;
    const akin_status status = load(m, run, which, err);
    if (status) {
        akin_model_free(m);
        return status;
    }
    *out = m;
    return AKIN_OK;
}

akin_status akin_model_load(const char *run, akin_model_kind kind, akin_model **out, akin_error *err)
{
    akin_model_opts opts = AKIN_MODEL_OPTS_INIT;
    opts.kind = kind;
    return akin_model_open(run, &opts, out, err);
}

void akin_model_free(akin_model *m)
{
    if (!m) return;
    akin_encoder_free(m->encoder);
    akin_train_config_free(m->config);
    free(m->input);
    free(m);
}

int64_t akin_model_width(const akin_model *m, akin_layer layer)
{
    return layer == AKIN_LAYER_PROJECTOR && m->info.projection ? m->info.projection : m->info.features;
}

bool akin_model_has_head(const akin_model *m) { return m->info.projection > 0; }

int64_t akin_model_step(const akin_model *m) { return m->step; }

const char *akin_model_weights(const akin_model *m)
{
    if (m->kind == AKIN_MODEL_RANDOM) return "random";
    return m->averaged ? "ema" : "raw";
}

akin_train_config *akin_model_config(akin_model *m) { return m->config; }

akin_status akin_model_open_data(const akin_model *m, const char *path, akin_dataset **out, akin_error *err)
{
    akin_train_settings now; /* the caller may have changed the configuration, such as size */
    AKIN_TRY(akin_train_settings_of(m->config, &now, err));
    if (!path && m->data_path[0] != '/' && access(m->data_path, F_OK) != 0)
        return akin_fail(
            err, AKIN_ERR_INPUT,
            "the run's data '%s' is not to be found from here; go where its training was started, or "
            "name the data set",
            m->data_path);
    return akin_dataset_open(path ? path : m->data_path, &now.data, out, err);
}

typedef struct normalise {
    const akin_model *model;
    const akin_images *images;
    int64_t first;
} normalise;

static void fill(int64_t begin, int64_t end, void *ctx)
{
    const normalise *w = ctx;
    const akin_images *im = w->images;
    const int64_t c = im->channels, area = im->height * im->width;
    for (int64_t i = begin; i < end; i++) {
        const uint8_t *from = im->pixels + (w->first + i) * area * c;
        float *to = w->model->input + i * area * c;
        for (int64_t k = 0; k < c; k++) {
            const float mean = w->model->mean[k], std = w->model->std[k];
            for (int64_t p = 0; p < area; p++)
                to[k * area + p] = ((float)from[p * c + k] / 255.0f - mean) / std;
        }
    }
}

/* Inference needs running averages; an encoder that never trained takes them from real images. */
static akin_status warm_up(akin_model *m, const akin_images *images, akin_error *err)
{
    const akin_mat none = { 0 };
    const int64_t n = images->n < WARM_UP_IMAGES ? images->n : WARM_UP_IMAGES;
    for (int64_t first = 0; first + BATCH <= n; first += BATCH) {
        normalise w = { m, images, first };
        akin_parallel_for(BATCH, 16, fill, &w);
        AKIN_TRY(akin_encoder_forward(m->encoder, m->input, BATCH, true, none, none, err));
    }
    m->warm = true;
    return AKIN_OK;
}

static akin_mat rows_of(akin_mat a, int64_t first, int64_t n)
{
    if (!a.data) return a;
    akin_mat part = { a.data + first * a.stride, n, a.cols, a.stride };
    return part;
}

akin_status akin_model_embed(akin_model *m, const akin_images *images, akin_mat backbone, akin_mat projector,
                             akin_error *err)
{
    const akin_encoder_info *info = &m->info;
    if (images->height != info->height || images->width != info->width || images->channels != info->channels)
        return akin_fail(
            err, AKIN_ERR_SHAPE,
            "the images are %lldx%lld with %lld channels; the run was trained on %lldx%lld with %lld",
            (long long)images->height, (long long)images->width, (long long)images->channels,
            (long long)info->height, (long long)info->width, (long long)info->channels);
    if (m->kind == AKIN_MODEL_RANDOM && !m->warm) AKIN_TRY(warm_up(m, images, err));
    for (int64_t first = 0; first < images->n; first += BATCH) {
        const int64_t n = images->n - first < BATCH ? images->n - first : BATCH;
        normalise w = { m, images, first };
        akin_parallel_for(n, 16, fill, &w);
        const bool head = m->info.projection > 0;
        const akin_mat features = rows_of(backbone, first, n), z = rows_of(projector, first, n), none = { 0 };
        AKIN_TRY(akin_encoder_forward(m->encoder, m->input, n, false, head || features.data ? features : z,
                                      head ? z : none, err));
        for (int64_t i = 0; !head && features.data && z.data && i < n; i++)
            memcpy(z.data + i * z.stride, features.data + i * features.stride,
                   (size_t)z.cols * sizeof(float));
    }
    return AKIN_OK;
}

akin_status akin_model_embed_views(akin_model *m, const akin_images *images, const int64_t *item, int64_t n,
                                   uint64_t seed, uint32_t epoch, uint32_t view, akin_mat backbone,
                                   akin_mat projector, akin_error *err)
{
    akin_augment_opts opts = m->set.augment;
    opts.height = opts.width = 0;
    const int64_t bytes = images->height * images->width * images->channels;
    const size_t room =
        akin_augment_scratch_bytes(&opts, images->height, images->width, images->channels) + 64;
    uint8_t *pixels = akin_alloc(1, n, bytes);
    void *memory = akin_alloc(1, (int64_t)room, 1);
    akin_arena scratch;
    akin_arena_init(&scratch, memory, room);
    akin_status status = AKIN_OK;
    if (!pixels || !memory) status = akin_fail(err, AKIN_ERR_NOMEM, "no memory for %lld views", (long long)n);
    for (int64_t i = 0; i < n && !status; i++) {
        if (item[i] < 0 || item[i] >= images->n) {
            status = akin_fail(err, AKIN_ERR_RANGE, "item[%lld] is %lld; there are %lld images", (long long)i,
                               (long long)item[i], (long long)images->n);
            break;
        }
        const akin_augment_name name = { seed, epoch, (uint64_t)item[i], view };
        status = akin_augment_view(&opts, images->pixels + item[i] * bytes, images->height, images->width,
                                   images->channels, &name, &scratch, pixels + i * bytes, err);
    }
    akin_images views = *images;
    views.pixels = pixels;
    views.n = n;
    views.labels = NULL;
    if (!status) status = akin_model_embed(m, &views, backbone, projector, err);
    free(pixels);
    free(memory);
    return status;
}
