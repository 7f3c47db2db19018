/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_libsvm.c - vectors in the form of libsvm. */
#include "akin/tool/vectors.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    akin_vectors_opts opts = AKIN_VECTORS_OPTS_INIT;
    opts.format = "libsvm";
    opts.max_values = 1 << 22;
    akin_error err;
    akin_vector_set *set = NULL;
    if (fz_said(akin_vectors_open(fz_file("rows.svm", data, size), &opts, &set, &err), &err)) {
        akin_vectors rows = AKIN_VECTORS_INIT;
        FZ_CHECK(akin_vectors_split(set, "train", &rows, &err) == AKIN_OK);
        FZ_CHECK(rows.n > 0 && rows.d > 0 && ak_all_finite(rows.x, rows.n * rows.d));
    }
    akin_vectors_free(set);
    return 0;
}
