/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_webp.c - src/images/decode_webp.c. */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_picture(&ak_webp, data, size);
    return 0;
}
