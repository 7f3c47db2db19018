/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_tiff.c - src/images/decode_tiff.c. */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_picture(&ak_tiff, data, size);
    return 0;
}
