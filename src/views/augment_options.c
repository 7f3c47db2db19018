/* SPDX-License-Identifier: Apache-2.0 */
/* views/augment_options.c - recipes by name, and options by flag. */
#include "views/augment_options.h"

#include <stdio.h>
#include <string.h>

/* What all recipes have in common: no erasing, and of the parts that they leave out the numbers of the defaults. */
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
static const akin_augment_opts MOCO_V2 = { COMMON, JITTER(0.4f, 0.1f), .crop_min = 0.2f, .blur_prob = 0.5f };
static const akin_augment_opts GREY_S = {
    COMMON,           .crop_min = 0.3f, .flip_prob = 0.5f, .jitter_prob = 0.8f, .brightness = 0.8f,
    .contrast = 0.8f, .gamma = 0.7f
};

/* The only list of presets; AKIN_AUGMENT_PRESET_NAMES repeats the names for the help, and a test compares. */
static const akin_augment_preset_desc PRESETS[] = {
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

const akin_augment_preset_desc *akin_augment_preset_at(int i)
{
    return i >= 0 && i < PRESET_COUNT ? &PRESETS[i] : NULL;
}

const akin_opt_desc ak_augment_options[] = {
    AKIN_AUGMENT_OPT_ROWS,
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* Where each row of ak_augment_options keeps its value, in the same order. REAL is a float, INT an int32_t. */
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
};
_Static_assert(sizeof FIELD / sizeof *FIELD == sizeof ak_augment_options / sizeof *ak_augment_options - 1,
               "a row without a field");

const akin_opt_desc *akin_augment_opt_at(int i)
{
    return i >= 0 && i < (int)(sizeof FIELD / sizeof *FIELD) ? &ak_augment_options[i] : NULL;
}

static double field(const akin_augment_opts *opts, int row)
{
    const char *at = (const char *)opts + FIELD[row];
    if (ak_augment_options[row].type == AKIN_OPT_INT) {
        int32_t whole;
        memcpy(&whole, at, sizeof whole);
        return whole;
    }
    float real;
    memcpy(&real, at, sizeof real);
    return (double)real;
}

static void set_field(akin_augment_opts *opts, int row, double value)
{
    char *at = (char *)opts + FIELD[row];
    const int32_t whole = (int32_t)value;
    const float real = (float)value;
    if (ak_augment_options[row].type == AKIN_OPT_INT)
        memcpy(at, &whole, sizeof whole);
    else
        memcpy(at, &real, sizeof real);
}

static akin_status find(const char *name, int *row, akin_error *err)
{
    const char *names[sizeof FIELD / sizeof *FIELD + 1] = { NULL };
    if (!name) return ak_fail(err, AKIN_ERR_ARGUMENT, "augment: the option's name must not be NULL");
    for (int i = 0; ak_augment_options[i].name; i++) {
        names[i] = ak_augment_options[i].name;
        if (strcmp(names[i], name) == 0) {
            *row = i;
            return AKIN_OK;
        }
    }
    const char *near = akin_nearest_name(name, names);
    return ak_fail(err, AKIN_ERR_ARGUMENT, "augment: there is no option '%s'%s%s%s", name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

akin_status akin_augment_preset(const char *name, akin_augment_opts *out, akin_error *err)
{
    if (!name || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "augment: name and out must not be NULL");
    for (int i = 0; i < PRESET_COUNT; i++)
        if (strcmp(PRESETS[i].name, name) == 0) return ak_result_export(out, PRESETS[i].opts, "augment", err);
    return akin_opt_check(&ak_augment_options[0], name, NULL, err); /* says which there are */
}

akin_status akin_augment_set(akin_augment_opts *opts, const char *name, const char *text, akin_error *err)
{
    int row = 0;
    double value = 0;
    if (!opts || !text) return ak_fail(err, AKIN_ERR_ARGUMENT, "augment: opts and text must not be NULL");
    AK_TRY(find(name, &row, err));
    if (row == 0) return akin_augment_preset(text, opts, err);
    AK_TRY(akin_opt_check(&ak_augment_options[row], text, &value, err));
    set_field(opts, row, value);
    return AKIN_OK;
}

akin_status akin_augment_get(const akin_augment_opts *opts, const char *name, double *value, akin_error *err)
{
    int row = 0;
    if (!opts || !value) return ak_fail(err, AKIN_ERR_ARGUMENT, "augment: opts and value must not be NULL");
    AK_TRY(find(name, &row, err));
    if (row == 0) return ak_fail(err, AKIN_ERR_ARGUMENT, "augment: a preset has no single value");
    *value = field(opts, row);
    return AKIN_OK;
}

static akin_status ordered(const char *name, float least, float most, akin_error *err)
{
    if (least <= most) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_RANGE, "augment: --%s-min is %g, above --%s-max, %g", name, (double)least,
                   name, (double)most);
}

akin_status akin_augment_check(const akin_augment_opts *user, akin_error *err)
{
    if (!user) return ak_fail(err, AKIN_ERR_ARGUMENT, "augment: opts must not be NULL");
    akin_augment_opts all = AKIN_AUGMENT_OPTS_INIT;
    AK_TRY(ak_opts_import(&all, user, "augment", err));
    const akin_augment_opts *opts = &all;
    for (int row = 1; ak_augment_options[row].name; row++) {
        const akin_opt_desc *d = &ak_augment_options[row];
        const double x = field(opts, row);
        /* bounds as floats: 0.001f is not 0.001; a NaN fails */
        if (!((float)x >= (float)d->min && (float)x <= (float)d->max))
            return ak_fail(err, AKIN_ERR_RANGE, "augment: --%s is %g; it must be between %g and %g", d->name,
                           x, d->min, d->max);
    }
    if (opts->blur_size && opts->blur_size % 2 == 0)
        return ak_fail(err, AKIN_ERR_RANGE, "augment: --blur-size is %d; it must be odd, or 0",
                       (int)opts->blur_size);
    AK_TRY(ordered("crop", opts->crop_min, opts->crop_max, err));
    AK_TRY(ordered("ratio", opts->ratio_min, opts->ratio_max, err));
    AK_TRY(ordered("blur-sigma", opts->blur_sigma_min, opts->blur_sigma_max, err));
    return ordered("erase", opts->erase_min, opts->erase_max, err);
}
