/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_json_array.c - texts in one array of JSON, which may be spread over lines. */
#include "fuzz_corpus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_corpus("texts.json", "jsonl", (fz_input){ data, size });
    return 0;
}
