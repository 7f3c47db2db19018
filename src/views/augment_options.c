/* SPDX-License-Identifier: Apache-2.0 */
/* views/augment_options.c - recipes by name, and options by flag. */
#include "akin/tool/augment.h"

#include "views/augment_canvas.h"
#include "views/preset_options.h"
#include "views/view_options.h"

#include <string.h>

/* What all recipes have in common: no erasing, and of the parts that they leave out the numbers of the
 * defaults. */
#define COMMON                                                                                               \
    .struct_size = sizeof(akin_augment_opts), .crop_max = 1, .ratio_min = 0.75f, .ratio_max = 4.0f / 3.0f,   \
    .blur_sigma_min = 0.1f, .blur_sigma_max = 2, .solarize_threshold = 128, .erase_min = 0.02f,              \
    .erase_max = 0.33f, .erase_level = 128
/* SimCLR's jitter at a strength: brightness, contrast and saturation s, hue s/4. */
#define JITTER(s, quarter)                                                                                   \
    .flip_prob = 0.5f, .jitter_prob = 0.8f, .brightness = s, .contrast = s, .saturation = s, .hue = quarter, \
    .gray_prob = 0.2f

static const akin_augment_opts NONE = AKIN_AUGMENT_OPTS_INIT;
static const akin_augment_opts SIMCLR_CIFAR = { COMMON, JITTER(0.4f, 0.1f), .crop_min = 0.08f };
static const akin_augment_opts SIMCLR = { COMMON, JITTER(0.8f, 0.2f), .crop_min = 0.08f, .blur_prob = 0.5f };
static const akin_augment_opts SUPCON_CIFAR = { COMMON, JITTER(0.4f, 0.1f), .crop_min = 0.2f };
static const akin_augment_opts MOCO_V2 = { COMMON, JITTER(0.4f, 0.1f), .crop_min = 0.2f, .blur_prob = 0.5f,
                                           .blur_size = -1 };
static const akin_augment_opts GREY_S = {
    COMMON,           .crop_min = 0.3f, .flip_prob = 0.5f, .jitter_prob = 0.8f, .brightness = 0.8f,
    .contrast = 0.8f, .gamma = 0.7f
};

/* The only list of presets; AKIN_AUGMENT_PRESET_NAMES repeats the names for the help, and a test compares. */
static const ak_augment_preset PRESETS[] = {
    { "none", "", "the images as they are", &NONE },
    { "simclr-cifar", "[Chen2020 B.9]",
      "SimCLR for 32x32: crop, flip, jitter at half strength, grey; no blur", &SIMCLR_CIFAR },
    { "simclr", "[Chen2020 App. A]", "SimCLR for ImageNet: full jitter, blur in half of the views", &SIMCLR },
    { "nozawa-sato", "[NozawaSato2021]", "the bounds' experiments on CIFAR; the numbers of simclr-cifar",
      &SIMCLR_CIFAR },
    { "supcon-cifar", "[Khosla2020]", "as simclr-cifar with crops of at least a fifth", &SUPCON_CIFAR },
    { "moco-v2", "[ChenFan2020]", "MoCo v2: as supcon-cifar, blur in half of the views", &MOCO_V2 },
    { "grey-s", "",
      "small grey images, such as Fashion-MNIST: crop, flip, gamma, strong brightness and contrast",
      &GREY_S },
};
enum { PRESET_COUNT = sizeof PRESETS / sizeof *PRESETS };

const ak_augment_preset *ak_augment_preset_at(int i)
{
    return i >= 0 && i < PRESET_COUNT ? &PRESETS[i] : NULL;
}

const akin_opt_desc ak_augment_opt_desc[] = {
    AKIN_AUGMENT_OPT_ROWS,
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};
enum { OPT_COUNT = sizeof ak_augment_opt_desc / sizeof *ak_augment_opt_desc - 1 };

/* Where each row of ak_augment_opt_desc keeps its value, in the same order. */
#define AT(field) offsetof(akin_augment_opts, field)
static const size_t FIELD[] = {
    0, /* augment */
    AT(crop_min),
    AT(crop_max),
    AT(ratio_min),
    AT(ratio_max),
    AT(height),
    AT(width),
    AT(flip_prob),
    AT(jitter_prob),
    AT(brightness),
    AT(contrast),
    AT(saturation),
    AT(hue),
    AT(gray_prob),
    AT(blur_prob),
    AT(blur_sigma_min),
    AT(blur_sigma_max),
    AT(blur_size),
    AT(solarize_prob),
    AT(solarize_threshold),
    AT(erase_prob),
    AT(erase_min),
    AT(erase_max),
    AT(erase_level),
    AT(gamma),
    AT(turn_prob),
    AT(rotate),
};
_Static_assert(sizeof FIELD / sizeof *FIELD == OPT_COUNT, "a row without a field");
_Static_assert(sizeof(akin_augment_opts) <= AK_PRESET_OPTS_BYTES, "options of views have grown");

const akin_opt_desc *akin_augment_opt_at(int i)
{
    return i >= 0 && i < OPT_COUNT ? &ak_augment_opt_desc[i] : NULL;
}

akin_status akin_augment_preset(const char *name, akin_augment_opts *out, akin_error *err)
{
    if (!name || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "augment: name and out must not be NULL");
    for (int i = 0; i < PRESET_COUNT; i++)
        if (strcmp(PRESETS[i].name, name) == 0) return ak_result_export(out, PRESETS[i].opts, "augment", err);
    return akin_opt_check(&ak_augment_opt_desc[0], name, NULL, err); /* says which there are */
}

static akin_status preset(const char *name, void *opts, akin_error *err)
{
    return akin_augment_preset(name, opts, err);
}

static const ak_preset_options TABLE = { .who = "augment",
                                         .rows = ak_augment_opt_desc,
                                         .field = FIELD,
                                         .defaults = &NONE,
                                         .bytes = sizeof NONE,
                                         .preset = preset };

akin_status akin_augment_set(akin_augment_opts *opts, const char *name, const char *text, akin_error *err)
{
    return ak_preset_set(&TABLE, opts, name, text, err);
}

akin_status ak_augment_get(const akin_augment_opts *opts, const char *name, double *value, akin_error *err)
{
    return ak_preset_get(&TABLE, opts, name, value, err);
}

static akin_status ordered(const char *name, float least, float most, akin_error *err)
{
    if (least <= most) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_RANGE, "augment: --%s-min is %g, above --%s-max, %g", name, (double)least,
                   name, (double)most);
}

akin_status akin_augment_check(const akin_augment_opts *opts, akin_error *err)
{
    akin_augment_opts all;
    AK_TRY(ak_preset_check(&TABLE, opts, &all, err));
    if (all.blur_size > 0 && all.blur_size % 2 == 0)
        return ak_fail(err, AKIN_ERR_RANGE, "augment: --blur-size is %d; it must be odd, 0 or -1",
                       (int)all.blur_size);
    if (all.blur_size < 0 && all.blur_sigma_max > AK_AUGMENT_MOST_SIGMA)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "augment: --blur-sigma-max is %g; with --blur-size -1 it must be at most %d",
                       (double)all.blur_sigma_max, AK_AUGMENT_MOST_SIGMA);
    AK_TRY(ordered("crop", all.crop_min, all.crop_max, err));
    AK_TRY(ordered("ratio", all.ratio_min, all.ratio_max, err));
    AK_TRY(ordered("blur-sigma", all.blur_sigma_min, all.blur_sigma_max, err));
    return ordered("erase", all.erase_min, all.erase_max, err);
}
