/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_report.c - a run folder with hostile files: run.json, metrics.jsonl, eval.json, bounds.json,
 * diagnose.json and DONE, and the page that is made of them. */
#include "akin/tool/report.h"
#include "fuzz.h"

#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const NAMES[] = { "run/run.json",    "run/metrics.jsonl", "run/eval.json",
                                         "run/bounds.json", "run/diagnose.json", "run/DONE" };
    fz_input in = { data, size };
    for (int i = 0; i < 6; i++) {
        const fz_input part = fz_part(&in);
        const char *path = fz_file(NAMES[i], part.at, part.n);
        if (part.n == 0) unlink(path);
    }
    char *text = NULL;
    size_t bytes = 0;
    akin_error err;
    const char *runs[1] = { fz_path("run") };
    if (!fz_said(akin_report_write(runs, 1, NULL, NULL, &err), &err)) return 0;
    FZ_CHECK(akin_file_load(fz_path("run/report.html"), 1 << 26, &text, &bytes, &err) == AKIN_OK);
    FZ_CHECK(strlen(text) == bytes && !strstr(text, "<script"));
    free(text);
    return 0;
}
