/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_picture_paths.c - a table of the paths of pictures, looked at. */
#include "files/picture_paths.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int DELIMITERS[] = { 0, ',', '\t', '\n' };
    fz_input in = { data, size };
    const int delimiter = DELIMITERS[fz_option(&in) & 3];
    ak_picture_paths p;
    char advice[AK_PICTURE_ADVICE];
    ak_picture_paths_find(fz_file("pictures.csv", in.at, in.n), delimiter, &p, NULL);
    FZ_CHECK(p.column >= -1 && strnlen(p.name, sizeof p.name) < sizeof p.name &&
             strnlen(p.folder, sizeof p.folder) < sizeof p.folder);
    if (p.column >= 0) FZ_CHECK(strlen(ak_picture_paths_advice(&p, advice)) < sizeof advice);
    return 0;
}
