/* SPDX-License-Identifier: Apache-2.0 */
/* set/images.c - the row of images in the list of the kinds of data. */
#include "images/dataset.h"
#include "set/kinds.h"

#include <string.h>

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

/* Options --------------------------------------------------------------------------------------------------- */

static akin_status set_augment(void *opts, const char *name, const char *text, akin_error *err)
{
    return akin_augment_set(opts, name, text, err);
}

static akin_status read_options(const ak_option_reader *from, ak_data_opts *to, akin_error *err)
{
    ak_image_opts *o = &to->of.images;
    o->open = (akin_image_set_opts)AKIN_IMAGE_SET_OPTS_INIT;
    o->augment = (akin_augment_opts)AKIN_AUGMENT_OPTS_INIT;
    o->open.format = ak_option_value(from, "format");
    o->open.size = (int32_t)ak_option_number(from, "size", 0);
    if (ak_option_value(from, "cache")) o->open.cache = (int64_t)ak_option_number(from, "cache", 0) << 20;
    if (ak_option_is(from, "on-bad", "skip")) o->open.on_bad = AKIN_BAD_SKIP;
    o->open.max_bad_frac = ak_option_number(from, "max-bad", o->open.max_bad_frac);
    if (ak_option_value(from, "augment"))
        AK_TRY(akin_augment_preset(ak_option_value(from, "augment"), &o->augment, err));
    AK_TRY(ak_option_preset_read(from, akin_augment_opt_desc, set_augment, &o->augment, err));
    return akin_augment_check(&o->augment, err);
}

static bool preset_value(const ak_data_opts *opts, const char *name, double *value)
{
    return akin_augment_get(&opts->of.images.augment, name, value, NULL) == AKIN_OK;
}

/* An open set ----------------------------------------------------------------------------------------------- */

static akin_status open_set(const char *path, const ak_data_opts *opts, void **out, akin_error *err)
{
    akin_image_set_opts o = opts->of.images.open;
    akin_image_set *set = NULL;
    o.keep = opts->keep;
    o.on_progress = opts->on_progress;
    o.progress_ctx = opts->progress_ctx;
    AK_TRY(akin_image_set_open(path, &o, &set, err));
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
static int64_t bad_count(const void *set) { return akin_image_set_bad_count(set); }

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

/* The row --------------------------------------------------------------------------------------------------- */

static const char *const formats[] = { "idx", "cifar", "images", NULL };
static const akin_opt_desc *const options[] = { akin_augment_opt_desc, NULL };
static const char *const also[] = { "size",        "cache",       "stem-stride",      "feature-grid",
                                    "convolution", "micro-batch", "momentum-encoder", "queue",
                                    NULL };

const ak_kind ak_kind_images = {
    .id = AKIN_DATA_IMAGES,
    .name = "images",
    .unit = "images",
    .has_name = has_name,
    .has_bytes = has_bytes,
    .formats = formats,
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
    .bad_count = bad_count,
    .item_name = item_name,
    .class_name = class_name,
    .group_name = class_name,
    .keep_save = keep_save,
};
