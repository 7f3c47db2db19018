/* SPDX-License-Identifier: Apache-2.0 */
/* set/pixel_scale.c - how the pixels of a network from elsewhere are scaled, as a person says it. */
#include "set/measured.h"

#include "base/plain.h"

/* One number, or one for each channel. */
static akin_status read_numbers(const char *name, const char *text, int64_t channels, bool positive,
                                float out[AK_MAX_CHANNELS], akin_error *err)
{
    const char *at = text;
    char *end;
    int n = 0;
    for (bool more = true; more && n < AK_MAX_CHANNELS; at = end + 1) {
        const double x = ak_strtod(at, &end);
        more = *end == ',';
        if (end == at || (*end && !more) || !(x > -1e3 && x < 1e3) || (positive && !(x > 0)))
            return ak_fail(err, AKIN_ERR_RANGE, "--%s is '%.100s'; it must be %s of pixels from 0 to 1", name,
                           text, positive ? "deviations above 0" : "means");
        out[n++] = (float)x;
        if (!more) break;
    }
    if ((n == 1 || n == channels) && !*end) {
        for (int64_t c = n; c < channels; c++) out[c] = out[0];
        return AKIN_OK;
    }
    return ak_fail(err, AKIN_ERR_RANGE, "--%s is '%.100s'; there are %lld channels", name, text,
                   (long long)channels);
}

akin_status ak_pixel_scale_read(const char *file, const char *mean, const char *std, int64_t channels,
                                const ak_pixel_scale *told, ak_pixel_scale *out, akin_error *err)
{
    static const char *const MEAN = "0.485,0.456,0.406", *const STD = "0.229,0.224,0.225"; /* ImageNet's */
    if (told) *out = *told;
    if ((!mean || !std) && channels != 3 && !told)
        return ak_fail(
            err, AKIN_ERR_ARGUMENT,
            "'%s' is of images with %lld channel%s; --mean and --std must tell how they were normalised",
            file, (long long)channels, channels == 1 ? "" : "s");
    if (mean || !told) AK_TRY(read_numbers("mean", mean ? mean : MEAN, channels, false, out->mean, err));
    if (std || !told) AK_TRY(read_numbers("std", std ? std : STD, channels, true, out->std, err));
    return AKIN_OK;
}
