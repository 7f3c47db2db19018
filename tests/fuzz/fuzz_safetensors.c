/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_safetensors.c - a safetensors file as it is, and with its sums put right. */
#include "files/safetensors.h"
#include "fuzz_sums.h"

static void load(const uint8_t *data, size_t n)
{
    akin_error err;
    ak_safetensors *s = NULL;
    if (!fz_said(ak_safetensors_load(fz_file("s.safetensors", data, n), &s, &err), &err)) {
        FZ_CHECK(s == NULL);
        return;
    }
    for (int64_t count = 0; count < 20; count++) {
        const float *x = ak_safetensors_find(s, "w", count);
        for (int64_t i = 0; x && i < count; i++) fz_seen += x[i] > 0;
    }
    (void)ak_safetensors_text(s, "step");
    ak_safetensors_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    load(data, size);
    uint8_t *copy = (uint8_t *)fz_text(data, size);
    fz_mend_safetensors(copy, size);
    if (memcmp(copy, data, size) != 0) load(copy, size);
    free(copy);
    return 0;
}
