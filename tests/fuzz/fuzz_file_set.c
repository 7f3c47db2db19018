/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_file_set.c - the manifest of files that belong together. */
#include "akin/tool/file_set.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_input in = { data, size };
    const fz_input manifest = fz_part(&in);
    fz_file("x.npy.set.json", manifest.at, manifest.n);
    fz_file("x.set.json", manifest.at, manifest.n);
    const char *paths[2] = { fz_file("x.npy", in.at, in.n), fz_path("x.labels.npy") };
    akin_error err;
    uint64_t state = 0;
    for (int n = 1; n <= 2; n++)
        if (fz_said(akin_file_set_check(paths, n, &state, &err), &err))
            fz_said(akin_file_set_same(paths, n, state, &err), &err);
    char *taken;
    akin_file_set_taken(paths[0], &taken, NULL);
    free(taken);
    return 0;
}
