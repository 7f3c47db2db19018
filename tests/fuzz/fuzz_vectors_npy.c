/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_vectors_npy.c - vectors in .npy, with the labels, groups and times beside. */
#include "akin/tool/vectors.h"
#include "fuzz.h"

#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const NAMES[] = { "rows/train.npy", "rows/train-labels.npy", "rows/train-groups.npy",
                                         "rows/train-times.npy" };
    fz_input in = { data, size };
    akin_vectors_opts opts = AKIN_VECTORS_OPTS_INIT;
    opts.format = "npy";
    opts.missing = (int32_t)(fz_option(&in) % 3);
    opts.max_values = 1 << 22;
    for (int i = 0; i < 4; i++) {
        const fz_input part = fz_part(&in);
        const char *path = fz_file(NAMES[i], part.at, part.n);
        if (part.n == 0) unlink(path);
    }
    akin_error err;
    akin_vector_set *set = NULL;
    if (fz_said(akin_vectors_open(fz_path("rows"), &opts, &set, &err), &err)) {
        akin_vectors rows = AKIN_VECTORS_INIT;
        FZ_CHECK(akin_vectors_split(set, "train", &rows, &err) == AKIN_OK);
        FZ_CHECK(rows.n > 0 && rows.d > 0 && ak_all_finite(rows.x, rows.n * rows.d));
        for (int64_t i = 0; rows.labels && i < rows.n; i++)
            FZ_CHECK(rows.labels[i] >= 0 && rows.labels[i] < rows.classes);
    }
    akin_vectors_free(set);
    return 0;
}
