/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_heif.c - src/images/decode_heif.c. */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_picture(&ak_heif, data, size);
    return 0;
}
