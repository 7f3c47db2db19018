/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_study.c - the file of a study: its axes, its cells and its claims. */
#include "akin/tool/study.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    akin_error err;
    akin_study *s = NULL;
    if (fz_said(akin_study_open(fz_file("study.json", data, size), NULL, NULL, &s, &err), &err)) {
        const char *claim;
        for (int i = 0; (claim = akin_study_claim_at(s, i)) != NULL; i++) FZ_CHECK(strlen(claim) < 4096);
    }
    akin_study_free(s);
    return 0;
}
