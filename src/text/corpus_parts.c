/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_parts.c - which files of a folder are the splits of a corpus, told by their names. */
#include "text/corpus_parts.h"

#include "base/folder.h"
#include "base/folder_names.h"
#include "base/path.h"
#include "base/plain.h"

#include <stdio.h>
#include <string.h>

enum { MOST_DEPTH = 16 };

static bool ends_in(const char *name, size_t n, const char *end)
{
    const size_t k = strlen(end);
    return n > k && ak_strncasecmp(name + n - k, end, k) == 0;
}

const char *ak_corpus_table_format(const char *name)
{
    static const char *const PACKED[] = { ".gz", ".zst", ".xz" };
    static const char *const ENDING[][2] = { { ".tsv", "tsv" },
                                             { ".csv", "csv" },
                                             { ".jsonl", "jsonl" },
                                             { ".ndjson", "jsonl" },
                                             { ".json", "jsonl" } };
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof PACKED / sizeof *PACKED; i++)
        if (ends_in(name, n, PACKED[i])) {
            n -= strlen(PACKED[i]);
            break;
        }
    for (size_t i = 0; i < sizeof ENDING / sizeof *ENDING; i++)
        if (ends_in(name, n, ENDING[i][0])) return ENDING[i][1];
    return NULL;
}

void ak_corpus_free_parts(ak_corpus_parts *found)
{
    for (int i = 0; i < AK_TEXT_SPLITS; i++) {
        free(found->path[i]);
        found->path[i] = NULL;
    }
}

/* Which split the name of a file means, by all before its first dot; -1 = none. */
static int split_of(const char *name)
{
    static const int number[] = { [AK_PART_TRAIN] = 0, [AK_PART_VAL] = 1, [AK_PART_TEST] = 2 };
    const ak_part_name part = ak_part_meant(name, strcspn(name, "."));
    return part == AK_PART_NONE ? -1 : number[part];
}

/* What one folder holds. */
typedef struct content {
    int64_t files, folders;
    bool folder_train;                 /* a folder of the name of a split */
    char *folder;                      /* the last one, owned */
    char name[AK_TEXT_SPLITS][2][256]; /* of each split, the first two by name */
} content;

static akin_status take_entry(ak_corpus_parts *found, content *all, const char *folder, const char *name,
                              akin_error *err)
{
    bool below;
    AK_TRY(ak_path_is_folder(folder, name, &below, err));
    if (below) {
        all->folders++;
        all->folder_train = all->folder_train || split_of(name) == 0;
        free(all->folder);
        all->folder = ak_path_join(folder, name);
        return all->folder ? AKIN_OK : ak_no_memory(err, "to list '%s'", folder);
    }
    all->files++;
    const int split = split_of(name);
    if (split < 0) {
        if (found->others++ == 0 || strcmp(name, found->other) < 0)
            snprintf(found->other, sizeof found->other, "%s", name);
        return AKIN_OK;
    }
    ak_two_first(all->name[split][0], all->name[split][1], name);
    return AKIN_OK;
}

/* Two files of one split are an error. */
static akin_status take_splits(ak_corpus_parts *found, content *all, const char *folder, akin_error *err)
{
    char a[AK_SHOWN], b[AK_SHOWN];
    for (int i = 0; i < AK_TEXT_SPLITS; i++) {
        const char *first = all->name[i][0], *second = all->name[i][1];
        if (*second)
            return ak_fail(err, AKIN_ERR_INPUT,
                           "'%s' holds two files for the split %s, '%s' and '%s'; rename one, or give "
                           "--format documents",
                           folder, ak_text_splits[i], ak_shown(first, a), ak_shown(second, b));
        if (*first && !(found->path[i] = ak_path_join(folder, first)))
            return ak_no_memory(err, "to list '%s'", folder);
    }
    return AKIN_OK;
}

static akin_status look(ak_corpus_parts *found, content *all, const char *folder, akin_error *err)
{
    ak_folder dir = ak_folder_open(folder);
    akin_status status = AKIN_OK;
    for (const struct dirent *e; !status && (e = ak_folder_next(&dir)) != NULL;)
        if (!ak_is_clutter(e->d_name)) status = take_entry(found, all, folder, e->d_name, err);
    AK_TRY(ak_folder_close(&dir, status, err));
    return take_splits(found, all, folder, err);
}

/* Not where a page called training.md stands among thirty others: those are documents. */
static bool are_splits(const ak_corpus_parts *found, const content *all, bool asked)
{
    const bool train = found->path[0], rest = found->path[1] || found->path[2];
    const int64_t parts = train + (found->path[1] != NULL) + (found->path[2] != NULL);
    if (!train || all->folder_train) return false;
    if (asked || ak_corpus_table_format(found->path[0])) return true;
    if (rest) return found->others + all->folders <= parts;
    return all->files == 1 && !all->folders;
}

akin_status ak_corpus_find_parts(const char *folder, bool asked, ak_corpus_parts *found, akin_error *err)
{
    memset(found, 0, sizeof *found);
    content all = { .files = 0 };
    akin_status status = look(found, &all, folder, err);
    for (int depth = 0; !status && all.files == 0 && all.folders == 1 && !all.folder_train; depth++) {
        char *only = all.folder;
        memset(&all, 0, sizeof all);
        if (depth < MOST_DEPTH) status = look(found, &all, only, err);
        free(only);
    }
    if (!status && !are_splits(found, &all, asked)) ak_corpus_free_parts(found);
    found->others += all.folders;
    free(all.folder);
    return status;
}

void ak_corpus_tell_parts(akin_corpus *c, const ak_corpus_parts *found)
{
    char shown[AK_SHOWN];
    for (int i = 0; i < AK_TEXT_SPLITS; i++) {
        const char *name = found->path[i] ? ak_path_base(found->path[i]) : NULL;
        const size_t n = strlen(ak_text_splits[i]);
        if (name && (strncmp(name, ak_text_splits[i], n) != 0 || (name[n] && name[n] != '.')))
            ak_remark(&c->remarks, "File '%s' is read as the split %s.", ak_shown(name, shown),
                      ak_text_splits[i]);
    }
    if (found->others > 0)
        ak_remark(&c->remarks,
                  "Files named like splits are read; left out: %lld other%s of the folder%s%s%s.",
                  (long long)found->others, found->others == 1 ? "" : "s", found->other[0] ? ", '" : "",
                  ak_shown(found->other, shown), found->other[0] ? "' first" : "");
    c->counts.ignored += found->others;
}
