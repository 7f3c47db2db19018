/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_keep_list.c - a keep-list, and its names against those of a set. */
#include "akin/tool/keep_list.h"
#include "fuzz.h"

static const char *name_of(void *ctx, int64_t i, char *buf, size_t size)
{
    (void)ctx;
    snprintf(buf, size, "%d", (int)i);
    return buf;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    akin_error err;
    akin_keep_list *keep = NULL;
    if (!fz_said(akin_keep_list_load(fz_file("keep.txt", data, size), &keep, &err), &err)) return 0;
    int64_t line = 0;
    for (int64_t i = 0; i < akin_keep_list_count(keep); i++) {
        FZ_CHECK(akin_keep_list_name(keep, i) && akin_keep_list_line(keep, i) > line);
        line = akin_keep_list_line(keep, i);
    }
    unsigned char kept[12] = { 0 };
    if (fz_said(akin_keep_list_match(keep, 12, name_of, NULL, "the test", kept, &err), &err)) {
        int n = 0;
        for (int i = 0; i < 12; i++) n += kept[i];
        FZ_CHECK(n == (int)akin_keep_list_count(keep));
    }
    akin_keep_list_free(keep);
    return 0;
}
