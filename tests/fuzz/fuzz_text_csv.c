/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_text_csv.c - texts in a table with commas and quotes. */
#include "fuzz_corpus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_corpus("texts.csv", "csv", (fz_input){ data, size });
    return 0;
}
