/* SPDX-License-Identifier: Apache-2.0 */
/* items/table.c - the items as files: the keep-list of those that stay, and the table of all scores. */
#include "base/plain.h"
#include "items/items.h"

#include "akin/tool/dataset.h"
#include "base/base.h"
#include "base/escape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static akin_status not_chosen(const char *who, akin_error *err)
{
    return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: choose items first (akin_items_choose)", who);
}

/* Keep-list ------------------------------------------------------------------------------------------ */

static void describe(const akin_items *items, const char *run, char *to, size_t size)
{
    const akin_items_state *s = &items->state;
    const bool difficult = s->gone_difficult > 0;
    snprintf(to, size, "run %s, step %lld; dropped %lld difficult%s%s%s, %lld copies, %lld at random of %lld",
             run, (long long)s->step, (long long)s->gone_difficult, difficult ? " by " : "",
             difficult ? akin_score_name(items->opts.by) : "",
             difficult && items->opts.consensus ? " (consensus)" : "", (long long)s->gone_copies,
             (long long)s->gone_random, (long long)s->n);
}

akin_status akin_items_save_keep(const akin_items *items, const char *path, const char *run,
                                 const char *command, akin_files *files, akin_error *err)
{
    char note[1024];
    akin_keep_list_head head = AKIN_KEEP_LIST_HEAD_INIT;
    if (!items || !path) return ak_fail(err, AKIN_ERR_ARGUMENT, "save_keep: items and path must not be NULL");
    if (!items->kept) return not_chosen("save_keep", err);
    describe(items, run ? run : "", note, sizeof note);
    head.command = command;
    head.note = note;
    head.seed = items->difficulty.seed;
    head.seeded = true;
    head.files = files;
    return akin_dataset_keep_list_save(path, items->set, "train", items->kept, &head, err);
}

/* Table ---------------------------------------------------------------------------------------------- */

/* A field of a table: as names in files are, so that no tab and no line end is in it. */
static void put_field(FILE *f, const char *text)
{
    char little[1024];
    const size_t n = strlen(text);
    char *line = n < sizeof little / 4 ? little : malloc(4 * n + 1);
    if (line) fwrite(line, 1, (size_t)akin_name_escape(text, (int64_t)n, line), f);
    if (line != little) free(line);
}

static void put_name(const akin_items *items, FILE *f, int64_t i)
{
    char name[4096];
    put_field(f, akin_dataset_item_name(items->set, "train", i, name, sizeof name));
    fputc('\t', f);
}

static void put_item(const akin_items *items, FILE *f, int64_t i)
{
    const akin_difficulty *d = items->d;
    const int32_t *labels = items->part.labels;
    put_name(items, f, i);
    if (labels) put_field(f, akin_dataset_class_name(items->set, AKIN_TARGET_AUTO, labels[i]));
    for (akin_score s = 0; s < AKIN_SCORES; s++) {
        const double x = akin_difficulty_score(d, s)[i];
        if (isnan(x))
            fputs("\tnan", f);
        else
            ak_fprintf(f, "\t%.6g", x);
    }
    fprintf(f, "\t%d\t", akin_difficulty_members(d)[i]);
    put_name(items, f, akin_difficulty_groups(d)[i]);
    put_name(items, f, akin_difficulty_nearest(d)[i]);
    ak_fprintf(f, "%.6g\t%d", (double)akin_difficulty_nearness(d)[i], items->kept[i]);
    if (items->state.models)
        ak_fprintf(f, "\t%.6g\t%.6g\t%.6g\t%.6g", items->place[0][i], items->place[1][i], items->loss[0][i],
                   items->loss[1][i]);
    fputc('\n', f);
}

akin_status akin_items_save_scores(const akin_items *items, const char *path, akin_files *files,
                                   akin_error *err)
{
    char *text = NULL;
    size_t bytes = 0;
    if (!items || !path)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "save_scores: items and path must not be NULL");
    if (!items->kept || !items->d) return not_chosen("save_scores", err);
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the table of scores");
    fputs("item\tlabel", f);
    for (akin_score s = 0; s < AKIN_SCORES; s++) fprintf(f, "\t%s", akin_score_name(s));
    fputs("\tdifficult\tgroup\tnearest\tnearness\tkept", f);
    if (items->state.models) fputs("\tplace-mean\tplace-sd\tloss-mean\tloss-runs-sd", f);
    fputc('\n', f);
    for (int64_t i = 0; i < items->part.n; i++) put_item(items, f, i);
    const bool whole = !ferror(f);
    const akin_status status = fclose(f) == 0 && whole && text /* glibc may close it without memory for it */
                                   ? akin_files_save(files, path, text, bytes, err)
                                   : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the table of scores");
    free(text);
    return status;
}
