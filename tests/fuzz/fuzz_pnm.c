/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_pnm.c - src/images/decode_pnm.c. */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_picture(&ak_pnm, data, size);
    return 0;
}
