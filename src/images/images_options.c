/* SPDX-License-Identifier: Apache-2.0 */
/* images/images_options.c - options of reading images by flag, and their bounds. */
#include "images/images_options.h"

#include "base/plain.h"

#include <string.h>

const akin_opt_desc ak_images_opt_desc[] = {
    AKIN_IMAGES_OPT_ROWS,
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

enum { ROWS = sizeof ak_images_opt_desc / sizeof *ak_images_opt_desc - 1 };

const akin_opt_desc *akin_images_opt_at(int i) { return i >= 0 && i < ROWS ? &ak_images_opt_desc[i] : NULL; }

akin_status ak_background_read(const char *text, uint8_t rgb[3], akin_error *err)
{
    const bool black = text && strcmp(text, "black") == 0;
    memset(rgb, black ? 0 : 255, 3);
    if (!text || black || strcmp(text, "white") == 0) return AKIN_OK;
    const bool fine = strlen(text) == 6 && strspn(text, "0123456789abcdefABCDEF") == 6;
    if (!fine)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "background is '%.40s'; it must be white, black or RRGGBB, such as ff8000", text);
    for (int k = 0; k < 3; k++) {
        const char part[3] = { text[2 * k], text[2 * k + 1], 0 };
        rgb[k] = (uint8_t)strtoul(part, NULL, 16);
    }
    return AKIN_OK;
}

akin_status akin_image_set_opts_set(akin_image_set_opts *opts, const char *name, const char *text,
                                    akin_error *err)
{
    int row = 0;
    double value = 0;
    uint8_t rgb[3];
    akin_image_set_opts all = AKIN_IMAGE_SET_OPTS_INIT;
    if (!opts || !name || !text)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "images: opts, name and text must not be NULL");
    AK_TRY(ak_opt_find(ak_images_opt_desc, name, "images", &row, err));
    AK_TRY(akin_opt_check(&ak_images_opt_desc[row], text, &value, err));
    AK_TRY(ak_opts_import(&all, opts, "image_set_opts_set", err));
    if (strcmp(name, "background") == 0) {
        AK_TRY(ak_background_read(text, rgb, err));
        all.background = text;
    } else {
        all.sample_bits = (int32_t)value;
    }
    return ak_result_export(opts, &all, "image_set_opts_set", err);
}

akin_status ak_pixel_rules_of(const akin_image_set_opts *opts, ak_pixel_rules *out, akin_error *err)
{
    if (opts->sample_bits < 0 || opts->sample_bits > 16)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "sample_bits is %d; it must be between 1 and 16, or 0 for automatic",
                       opts->sample_bits);
    *out = (ak_pixel_rules){ .given = opts->background != NULL, .bits = opts->sample_bits };
    return ak_background_read(opts->background, out->background, err);
}

const char *ak_background_name(const akin_image_set_opts *opts)
{
    return opts->background ? opts->background : "white";
}
