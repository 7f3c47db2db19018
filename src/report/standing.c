/* SPDX-License-Identifier: Apache-2.0 */
/* report/standing.c - what the results of a run are worth now: of which step they are, and what speaks
 * against them. */
#include "report/run.h"

#include "base/folder.h"
#include "base/path.h"

#include <math.h>
#include <string.h>

/* The newest step-N.safetensors, or -1. */
static int64_t newest_step(ak_run *run)
{
    int64_t newest = -1;
    akin_error err;
    char *path = ak_path_join(run->folder, "checkpoints");
    akin_status status = path ? AKIN_OK : ak_no_memory(&err, "for the checkpoints of '%s'", run->folder);
    ak_folder dir = { .path = path };
    if (path) dir = ak_folder_open(path);
    for (const struct dirent *entry; (entry = ak_folder_next(&dir)) != NULL;) {
        char *end = NULL;
        if (strncmp(entry->d_name, "step-", 5) != 0) continue;
        const long long step = strtoll(entry->d_name + 5, &end, 10);
        if (end && strcmp(end, ".safetensors") == 0 && step > newest) newest = step;
    }
    status = ak_folder_close_stored(&dir, status, &err);
    free(path);
    if (status) ak_run_note(run, "Which checkpoint is the newest is not known: %s.", err.message);
    return status ? -1 : newest;
}

static void judge(ak_run *run, const akin_json *record, const char *what, const char *verb, int64_t newest)
{
    const double step = akin_json_get_real(record, "step");
    if (!record) return;
    if (isfinite(step) && newest >= 0 && step < (double)newest)
        ak_run_note(
            run, "The %s are of step %.0f; the newest checkpoint is of step %lld. 'akin %s %s' measures it.",
            what, step, (long long)newest, verb, run->folder);
    if (akin_json_get_bool(record, "data_changed"))
        ak_run_note(
            run,
            "The %s are of data that have changed since training: their fingerprint is another than that "
            "of the run.",
            what);
}

void ak_run_judge(ak_run *run)
{
    const int64_t newest = run->newest = newest_step(run);
    judge(run, run->evaluation, "accuracies", "eval", newest);
    judge(run, run->bounds, "bounds", "bounds", newest);
    judge(run, run->diagnosis, "measures of the embedding", "diagnose", newest);
    const double n = akin_json_get_real(run->evaluation, "test_items"),
                 fitted = akin_json_get_real(run->evaluation, "also_in_train"),
                 learned = akin_json_get_real(run->evaluation, "also_learned");
    if (fitted > 0)
        ak_run_note(
            run,
            "%.0f of the %.0f test items are also training items, exactly: the accuracies are too good by "
            "what they give.",
            fitted, n);
    if (learned > 0 && learned != fitted)
        ak_run_note(run,
                    "The run learned from %.0f of the %.0f test items: they are in its own data, exactly.",
                    learned, n);
}

void ak_page_of_step(ak_html *h, const akin_json *record)
{
    const double step = akin_json_get_real(record, "step");
    const char *split = akin_json_get_text(record, "split"), *data = akin_json_get_text(record, "data"),
               *weights = akin_json_get_text(record, "weights");
    if (!isfinite(step)) return;
    ak_html_raw(h, "<p class=\"muted\">Of step ");
    ak_html_count(h, step);
    if (weights) ak_html_put(h, ", %s weights", strcmp(weights, "ema") == 0 ? "averaged" : weights);
    if (split) ak_html_put(h, ", on the %s part", split);
    if (data) ak_html_put(h, split ? " of %s" : ", on %s", data);
    ak_html_raw(h, ".</p>\n");
}
