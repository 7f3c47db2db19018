/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_jpeg.c - src/images/decode_jpeg.c. */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_picture(&ak_jpeg, data, size);
    return 0;
}
