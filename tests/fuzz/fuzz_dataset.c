/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_dataset.c - a file that anybody may give the program: what it is, is told by its bytes. The
 * first byte chooses the name. */
#include "akin/data.h"
#include "akin/tool/dataset.h"
#include "fuzz.h"

#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const NAMES[] = { "data",      "data.txt", "data.csv",   "data.npy",
                                         "data.json", "data.gz",  "data.jsonl", "data.tsv" };
    fz_input in = { data, size };
    const char *path = fz_file(NAMES[fz_option(&in) & 7], in.at, in.n);
    akin_error err;
    akin_dataset *set = NULL;
    if (fz_said(akin_dataset_open(path, NULL, &set, &err), &err)) {
        FZ_CHECK(akin_dataset_split_count(set) >= 1 && strlen(akin_dataset_fingerprint(set)) == 16);
        const char *remark;
        for (int64_t i = 0; (remark = akin_dataset_remark(set, i)) != NULL; i++) FZ_CHECK(*remark);
    }
    akin_dataset_free(set);
    unlink(path);
    return 0;
}
