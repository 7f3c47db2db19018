/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_labels.c - labels as text, and numbers of classes. */
#include "akin/tool/class_numbers.h"
#include "akin/tool/program.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    akin_error err;
    akin_array a;
    const char *path = fz_file("labels.txt", data, size);
    if (fz_said(akin_labels_load(path, &a, &err), &err)) {
        FZ_CHECK(a.ndim == 1 && a.dtype == AKIN_DTYPE_I32 && a.count > 0 && a.count <= (int64_t)size);
        akin_array_free(&a);
    }
    for (int whole = 0; whole < 2; whole++) {
        double *numbers = NULL;
        int64_t n = 0;
        if (!fz_said(akin_class_numbers_load(path, whole, &numbers, &n, &err), &err)) continue;
        for (int64_t i = 0; i < n; i++) FZ_CHECK(isfinite(numbers[i]));
        free(numbers);
    }
    return 0;
}
