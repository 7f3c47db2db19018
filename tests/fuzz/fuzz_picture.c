/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_picture.c - a picture of any kind, told by its first bytes, finished to bytes of one or three
 * channels under rules that the last bytes of the input give. */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_input in = { data, size };
    const unsigned option = fz_option(&in);
    const ak_pixel_rules rules = { .background = { (uint8_t)option, 255, 0 },
                                   .given = option & 1,
                                   .bits = (int)(option >> 1 & 15) };
    akin_error err;
    ak_decoded_image seen = { 0 }, got = { 0 };
    if (fz_said(ak_picture_probe(in.at, in.n, &rules, &seen, &err), &err)) fz_see(&seen);
    FZ_CHECK(seen.pixels == NULL);
    if (fz_said(ak_picture_decode(in.at, in.n, &rules, &got, &err), &err)) {
        got.deep = false; /* it was; what is finished is bytes */
        fz_see(&got);
        FZ_CHECK(got.pixels && (got.channels == 1 || got.channels == 3));
    } else {
        FZ_CHECK(got.pixels == NULL);
    }
    free(got.pixels);
    uint32_t largest = 0;
    fz_said(ak_picture_largest(in.at, in.n, &largest, &err), &err);
    FZ_CHECK(largest < 65536);
    return 0;
}
