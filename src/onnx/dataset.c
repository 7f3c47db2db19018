/* SPDX-License-Identifier: Apache-2.0 */
/* onnx/dataset.c - data for an ONNX model: opened as a run would open them, in the size and channels that the
 * model takes, with every item. */
#include "onnx/model.h"

#include <string.h>

static bool given(const char *const *options, const char *name)
{
    const ak_option_reader reader = ak_options_of_list(options);
    return ak_option_value(&reader, name) != NULL;
}

/* Where nobody says the size: as of a run that was exported, and else as of torchvision's weights. */
static void settle_images(const akin_onnx *m, const char *const *options, akin_image_set_opts *o)
{
    if (given(options, "size") || given(options, "resize")) return;
    if (m->about)
        o->resize = (int32_t)akin_json_as_int(akin_json_find(m->about, "input.shorter_side"));
    else if (o->size == AK_ONNX_SIZE)
        o->resize = AK_ONNX_RESIZE;
    if (o->resize < o->size) o->resize = 0;
}

/* What akin_model_export() says of missing values, and of the length of a text. */
static void settle_others(const akin_onnx *m, const char *const *options, ak_data_opts *o)
{
    const char *missing = akin_json_as_text(akin_json_find(m->about, "input.missing"));
    if (m->kind->column_scale && missing && !given(options, "missing"))
        o->of.vectors.open.missing = strcmp(missing, "zero") == 0 ? AKIN_MISSING_ZERO : AKIN_MISSING_MEAN;
    if (m->kind->vocabulary)
        o->of.text.max_words = (int32_t)akin_json_as_int(akin_json_find(m->about, "input.max_words"));
}

static akin_status check_images(const akin_onnx *m, const akin_dataset *set, akin_error *err)
{
    akin_images im = AKIN_IMAGES_INIT;
    AK_TRY(akin_dataset_pictures(set, "train", &im, err));
    if (im.channels == m->channels && (!m->height || (im.height == m->height && im.width == m->width)))
        return AKIN_OK;
    if (!m->height)
        return ak_fail(err, AKIN_ERR_SHAPE, "the images have %lld channels; the model takes %lld",
                       (long long)im.channels, (long long)m->channels);
    return ak_fail(err, AKIN_ERR_SHAPE,
                   "the images are %lldx%lld with %lld channels; the model takes %lldx%lld with %lld",
                   (long long)im.height, (long long)im.width, (long long)im.channels, (long long)m->height,
                   (long long)m->width, (long long)m->channels);
}

static akin_status check_vectors(const akin_onnx *m, const akin_dataset *set, akin_error *err)
{
    const int64_t d = akin_vectors_width(akin_dataset_vectors(set));
    if (!m->columns || d == m->columns) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_SHAPE, "the vectors have %lld columns; the model takes %lld", (long long)d,
                   (long long)m->columns);
}

akin_status akin_onnx_open_dataset(const akin_onnx *m, const char *path, const char *const *options,
                                   akin_dataset **out, akin_error *err)
{
    ak_data_opts opts;
    if (!m || !path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "onnx: m, path and out must not be NULL");
    AK_TRY(ak_data_opts_of_list(path, m->kind, options, 1, &opts, err));
    if (m->measured && m->kind->open_alike) m->kind->open_alike(m->measured, &opts);
    if (m->kind->pixel_scale) settle_images(m, options, &opts.of.images.open);
    settle_others(m, options, &opts);
    if (m->kind->take_all) m->kind->take_all(&opts, true);
    opts.forced = true; /* the model says what they are */
    akin_dataset *set = NULL;
    akin_status status = ak_dataset_open(path, &opts, &set, err);
    if (status) return ak_dataset_other_kind(m->kind, "the model takes", path, status, err);
    if (m->kind->pixel_scale) status = check_images(m, set, err);
    if (m->kind->column_scale) status = check_vectors(m, set, err);
    if (status)
        akin_dataset_free(set);
    else
        *out = set;
    return status;
}
