/* SPDX-License-Identifier: Apache-2.0 */
/* set/images.c - the row of images in the list of the kinds of data. */
#include "set/kinds.h"

#include "images/cache.h"
#include "images/decode.h"
#include "images/image_set.h"
#include "images/images_options.h"
#include "images/readers.h"
#include "set/image_rows.h"
#include "set/summary.h"
#include "views/view_options.h"

#include <stdio.h>
#include <string.h>

static const double MAX_BAD = 0.05; /* of the images of a folder, unless --max-bad says otherwise */

static bool has_name(const char *base)
{
    return ak_is_image_name(base) || ak_idx_is_images(base) || ak_cifar_is_batch(base);
}

/* An array [n,h,w] or [n,h,w,c], or bytes in the form of IDX. */
static bool has_bytes(ak_glimpse *g)
{
    const int dimensions = ak_glimpse_npy_dimensions(g);
    if (dimensions >= 0) return dimensions == 3 || dimensions == 4;
    return g->bytes >= 4 && g->head[0] == 0 && g->head[1] == 0 && g->head[2] == 8;
}

/* Options -------------------------------------------------------------------------------------- */

static akin_status set_augment(void *opts, const char *name, const char *text, akin_error *err)
{
    return akin_augment_set(opts, name, text, err);
}

static akin_status set_open(void *opts, const char *name, const char *text, akin_error *err)
{
    return akin_image_set_opts_set(opts, name, text, err);
}

static akin_status read_options(const ak_option_reader *from, ak_data_opts *to, akin_error *err)
{
    ak_image_opts *o = &to->of.images;
    o->open = (akin_image_set_opts)AKIN_IMAGE_SET_OPTS_INIT;
    o->augment = (akin_augment_opts)AKIN_AUGMENT_OPTS_INIT;
    o->open.format = ak_option_value(from, "format");
    o->open.size = (int32_t)ak_option_number(from, "size", AKIN_SIZE_FIT);
    o->open.resize = (int32_t)ak_option_number(from, "resize", 0);
    if (ak_option_value(from, "cache")) o->open.cache = (int64_t)ak_option_number(from, "cache", 0) << 20;
    o->open.on_bad = ak_option_is(from, "on-bad", "stop") ? AKIN_BAD_STOP : AKIN_BAD_SKIP;
    o->open.max_bad_frac = ak_option_number(from, "max-bad", MAX_BAD);
    AK_TRY(ak_option_table_read(from, ak_images_opt_desc, set_open, &o->open, err));
    if (ak_option_value(from, "augment"))
        AK_TRY(akin_augment_preset(ak_option_value(from, "augment"), &o->augment, err));
    AK_TRY(ak_option_preset_read(from, ak_augment_opt_desc, set_augment, &o->augment, err));
    return akin_augment_check(&o->augment, err);
}

static bool preset_value(const ak_data_opts *opts, const char *name, double *value)
{
    return ak_augment_get(&opts->of.images.augment, name, value, NULL) == AKIN_OK;
}

/* An open set ---------------------------------------------------------------------------------- */

static akin_status open_set(const char *path, const ak_data_opts *opts, void **out, akin_error *err)
{
    akin_image_set_opts o = opts->of.images.open;
    akin_image_set *set = NULL;
    o.keep = opts->keep;
    o.on_progress = opts->on_progress;
    o.ctx = opts->ctx;
    AK_TRY(ak_image_set_open(path, &o, opts->sharing, &set, err));
    *out = set;
    return AKIN_OK;
}

static void free_set(void *set) { akin_image_set_free(set); }
static int splits(const void *set) { return akin_image_set_splits(set); }
static const char *split_name(const void *set, int split) { return akin_image_set_split_name(set, split); }

static akin_status split(const void *set, const char *name, akin_split_view *out, akin_error *err)
{
    akin_images im = AKIN_IMAGES_INIT;
    AK_TRY(akin_image_set_split(set, name, &im, err));
    out->n = im.n;
    out->labels = out->groups = im.labels;
    out->classes = out->group_count = im.classes;
    return AKIN_OK;
}

static const char *set_name(const void *set) { return akin_image_set_name(set); }
static const char *format(const void *set) { return akin_image_set_format(set); }
static const char *fingerprint(const void *set) { return akin_image_set_fingerprint(set); }
static const char *remark(const void *set, int64_t i) { return akin_image_set_remark(set, i); }
static int64_t bad_count(const void *set) { return akin_image_set_bad_count(set); }

/* Other data of the run are to be read in the same way. */
static const char *settled(const void *ds, int i, char text[32])
{
    const akin_image_set *set = ds;
    if (!set->from.read) return NULL; /* no files of pictures */
    if (i == 0) {
        snprintf(text, 32, "%s", set->folder.skips ? "skip" : "stop");
        return "on-bad";
    }
    snprintf(text, 32, "%d", set->folder.size);
    return i == 1 && set->folder.fitted ? "size" : NULL;
}

static const char *item_name(const void *set, const char *split, int64_t i, char *buf, size_t size)
{
    return akin_image_set_item_name(set, split, i, buf, size);
}

static const char *class_name(const void *set, int64_t k) { return akin_image_set_class_name(set, k); }

static akin_status keep_save(const char *path, const void *set, const char *split, const unsigned char *kept,
                             const akin_keep_list_head *head, akin_error *err)
{
    return akin_image_set_keep_list_save(path, set, split, kept, head, err);
}

/* Of all splits; images that stay on disk do not count. */
static int64_t resident_bytes(const void *set)
{
    akin_images im = AKIN_IMAGES_INIT;
    if (akin_image_set_split(set, "train", &im, NULL)) return 0;
    return akin_image_set_cached(set) * im.height * im.width * im.channels;
}

/* Single items --------------------------------------------------------------------------------- */

static akin_status duplicates(const void *set, const char *name, int64_t n, int64_t *same, akin_error *err)
{
    (void)n;
    akin_duplicates *list = NULL;
    AK_TRY(akin_image_set_duplicates(set, &list, err));
    ak_mark_duplicates(list, ak_split_number(&ak_kind_images, set, name), same);
    akin_duplicates_free(list);
    return AKIN_OK;
}

static void hashes(const void *set, int split, uint64_t *out) { ak_image_set_hashes(set, split, out); }

static akin_status pictures(const void *set, const char *name, akin_images *out, akin_error *err)
{
    return akin_image_set_split(set, name, out, err);
}

static int64_t raw_width(const void *set)
{
    akin_images im = AKIN_IMAGES_INIT;
    return akin_image_set_split(set, "train", &im, NULL) ? 0 : im.height * im.width * im.channels;
}

static bool on_disk(const void *set)
{
    akin_images im = AKIN_IMAGES_INIT;
    return !akin_image_set_split(set, "train", &im, NULL) && !im.pixels;
}

/* Pixels from 0 to 1. */
static akin_status raw_read(const void *set, const char *name, akin_mat out, akin_error *err)
{
    enum { CHUNK = 256 };
    int64_t items[CHUNK];
    akin_images im = AKIN_IMAGES_INIT;
    AK_TRY(akin_image_set_split(set, name, &im, err));
    uint8_t *bytes = malloc((size_t)(CHUNK * out.cols));
    akin_status status = bytes ? AKIN_OK : ak_no_memory(err, "for the raw pixels");
    for (int64_t first = 0; first < im.n && !status; first += CHUNK) {
        const int64_t n = im.n - first < CHUNK ? im.n - first : CHUNK;
        for (int64_t i = 0; i < n; i++) items[i] = first + i;
        status = akin_images_fetch(&im, items, n, bytes, err);
        for (int64_t i = 0; i < n && !status; i++)
            for (int64_t k = 0; k < out.cols; k++)
                ak_row(out, first + i)[k] = (float)bytes[i * out.cols + k] / 255.0f;
    }
    free(bytes);
    return status;
}

static const ak_raw_form raw = { .name = "pixels", .width = raw_width, .on_disk = on_disk, .read = raw_read };

/* Measured ------------------------------------------------------------------------------------- */

typedef struct image_measure {
    int64_t height, width, channels; /* of the images as they are stored */
    int64_t sample_bits;             /* of 16-bit images; 0: there were none */
    ak_pixel_scale scale;
} image_measure;

static akin_status measure(const void *set, const akin_split_view *train, const ak_data_opts *opts,
                           const ak_teller *tell, void **out, akin_error *err)
{
    (void)train;
    (void)opts;
    (void)tell;
    akin_images im = AKIN_IMAGES_INIT;
    AK_TRY(akin_image_set_split(set, "train", &im, err));
    if (im.channels > AK_MAX_CHANNELS)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has %lld channels; at most %d can be trained on",
                       set_name(set), (long long)im.channels, AK_MAX_CHANNELS);
    image_measure *m = calloc(1, sizeof *m);
    if (!m) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the mean of the images");
    double mean[3], std[3];
    akin_image_set_stats(set, mean, std);
    for (int64_t c = 0; c < im.channels; c++) {
        m->scale.mean[c] = (float)mean[c];
        m->scale.std[c] = std[c] > 0 ? (float)std[c] : 1; /* a channel without contrast stays as it is */
    }
    m->height = im.height;
    m->width = im.width;
    m->channels = im.channels;
    m->sample_bits = akin_image_set_sample_bits(set);
    *out = m;
    return AKIN_OK;
}

/* Mean and deviation come from the checkpoint. */
static akin_status recall(const akin_json *root, const char *path, const char *run, void **out,
                          akin_error *err)
{
    (void)run;
    akin_error why;
    image_measure *m = calloc(1, sizeof *m);
    if (!m) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the mean of the images");
    if (akin_json_read_int(root, "data.height", 1, INT32_MAX, &m->height, &why) ||
        akin_json_read_int(root, "data.width", 1, INT32_MAX, &m->width, &why) ||
        akin_json_read_int(root, "data.channels", 1, AK_MAX_CHANNELS, &m->channels, &why)) {
        free(m);
        return ak_measured_damaged(path, &why, err);
    }
    if (akin_json_read_int(root, "data.sample_bits", 1, 16, &m->sample_bits, &why)) m->sample_bits = 0;
    *out = m;
    return AKIN_OK;
}

static void describe(const void *measured, int64_t groups, akin_json *data)
{
    (void)groups;
    const image_measure *m = measured;
    akin_json_put(data, "height", akin_json_int(m->height));
    akin_json_put(data, "width", akin_json_int(m->width));
    akin_json_put(data, "channels", akin_json_int(m->channels));
    if (m->sample_bits) akin_json_put(data, "sample_bits", akin_json_int(m->sample_bits));
}

static ak_pixel_scale *pixel_scale(void *measured) { return &((image_measure *)measured)->scale; }

/* Images of another size, in other channels or with another white become as those of the run, where nobody
 * says otherwise. */
static void open_alike(const void *measured, ak_data_opts *opts)
{
    const image_measure *m = measured;
    akin_image_set_opts *o = &opts->of.images.open;
    if (o->size == AKIN_SIZE_FIT && m->height == m->width && m->height <= 4096) o->size = (int32_t)m->height;
    if (m->channels == 1 || m->channels == 3) o->channels = (int32_t)m->channels;
    if (!o->sample_bits) o->sample_bits = (int32_t)m->sample_bits;
}

static ak_row_shape shape(const void *measured, const ak_data_opts *opts, bool training)
{
    const image_measure *m = measured;
    const akin_augment_opts *a = &opts->of.images.augment;
    return (ak_row_shape){ .height = training && a->height ? a->height : m->height,
                           .width = training && a->width ? a->width : m->width,
                           .channels = m->channels };
}

/* A few items beside their views of epoch 0, for people to look at. */
static akin_status save(const void *measured, const void *set, const ak_data_opts *opts, uint64_t seed,
                        const char *run, akin_error *err)
{
    char path[4096];
    const ak_row_shape view = shape(measured, opts, true);
    akin_images im = AKIN_IMAGES_INIT;
    akin_array sheet = { .data = NULL };
    AK_TRY(akin_image_set_split(set, "train", &im, err));
    AK_TRY(ak_measured_path(path, run, "gallery", err));
    AK_TRY(ak_sample_views(&im, &opts->of.images.augment, view.height, view.width, seed, &sheet, err));
    akin_status status = akin_folder_make(path, err);
    if (!status) status = ak_measured_path(path, run, "gallery/views.npy", err);
    if (!status) status = akin_npy_save(path, AKIN_DTYPE_U8, sheet.ndim, sheet.shape, sheet.data, err);
    akin_array_free(&sheet);
    return status;
}

static akin_status train_rows(const void *set, const akin_split_view *train, void *measured,
                              const ak_data_opts *opts, ak_row_source *out, akin_error *err)
{
    (void)train;
    akin_images im = AKIN_IMAGES_INIT;
    AK_TRY(akin_image_set_split(set, "train", &im, err));
    return ak_image_views_source(&im, &opts->of.images.augment, pixel_scale(measured), out, err);
}

static akin_status rows_of_images(const akin_images *im, void *measured, const ak_data_opts *opts,
                                  ak_row_source *out, akin_error *err)
{
    const image_measure *m = measured;
    if (im->height != m->height || im->width != m->width || im->channels != m->channels)
        return ak_fail(
            err, AKIN_ERR_SHAPE,
            "the images are %lldx%lld with %lld channels; the run was trained on %lldx%lld with %lld",
            (long long)im->height, (long long)im->width, (long long)im->channels, (long long)m->height,
            (long long)m->width, (long long)m->channels);
    return ak_images_source(im, &opts->of.images.augment, pixel_scale(measured), out, err);
}

static akin_status embed_rows(const void *set, const char *split, void *measured, const ak_data_opts *opts,
                              bool views, ak_row_source *out, akin_error *err)
{
    (void)views;
    akin_images im = AKIN_IMAGES_INIT;
    AK_TRY(akin_image_set_split(set, split, &im, err));
    return rows_of_images(&im, measured, opts, out, err);
}

/* The row -------------------------------------------------------------------------------------- */

static const char *const formats[] = { "idx", "cifar", "images", NULL };
static const char *const shared_formats[] = { "npy", NULL };
static const akin_opt_desc *const options[] = { ak_images_opt_desc, ak_augment_opt_desc, NULL };
static const char *const also[] = {
    "init",        "freeze",       "size",        "resize",      "cache",
    "stem-stride", "feature-grid", "convolution", "micro-batch", "momentum-encoder",
    "queue",       "reproducible", "heads",       "patch",       NULL
};

const ak_kind ak_kind_images = {
    .id = AKIN_DATA_IMAGES,
    .name = "images",
    .unit = "images",
    .has_name = has_name,
    .has_bytes = has_bytes,
    .formats = formats,
    .shared_formats = shared_formats,
    .options = options,
    .also = also,
    .read_options = read_options,
    .preset_value = preset_value,
    .open = open_set,
    .free = free_set,
    .splits = splits,
    .split_name = split_name,
    .split = split,
    .set_name = set_name,
    .format = format,
    .fingerprint = fingerprint,
    .remark = remark,
    .bad_count = bad_count,
    .settled = settled,
    .item_name = item_name,
    .class_name = class_name,
    .group_name = class_name,
    .keep_save = keep_save,
    .summary = &ak_summary_of_images,
    .duplicates = duplicates,
    .hashes = hashes,
    .pictures = pictures,
    .raw = &raw,
    .resident_bytes = resident_bytes,
    .measure = measure,
    .recall = recall,
    .forget = free,
    .describe = describe,
    .save = save,
    .pixel_scale = pixel_scale,
    .open_alike = open_alike,
    .shape = shape,
    .train_rows = train_rows,
    .embed_rows = embed_rows,
    .rows_of_images = rows_of_images,
};
