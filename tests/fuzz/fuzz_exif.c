/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_exif.c - the orientation in EXIF. */
#include "fuzz.h"
#include "images/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int orientation = ak_exif_orientation(data, size);
    FZ_CHECK(orientation >= 1 && orientation <= 8);
    return 0;
}
