/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_text_tsv.c - texts in a table with tabs. */
#include "fuzz_corpus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_corpus("texts.tsv", "tsv", (fz_input){ data, size });
    return 0;
}
