/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_jsonl.c - texts in JSON lines. */
#include "fuzz_corpus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_corpus("texts.jsonl", "jsonl", (fz_input){ data, size });
    return 0;
}
