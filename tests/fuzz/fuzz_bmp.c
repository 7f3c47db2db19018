/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_bmp.c - src/images/decode_bmp.c. */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_picture(&ak_bmp, data, size);
    return 0;
}
