/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_gif.c - src/images/decode_gif.c. */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_picture(&ak_gif, data, size);
    return 0;
}
