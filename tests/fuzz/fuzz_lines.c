/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_lines.c - texts, one a line. */
#include "fuzz_corpus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_corpus("texts.txt", "lines", (fz_input){ data, size });
    return 0;
}
