/* SPDX-License-Identifier: Apache-2.0 */
/* set/learning.c - from a path, or an open data set, to rows that a run can learn from. */
#include "set/learning.h"

#include "akin/tool/dataset.h"
#include "akin/tool/labels.h"
#include "akin/tool/vocab.h"

#include <stdio.h>

enum { MOST_NAMES = 10000 };

const char *ak_learning_vocabulary(const ak_learning *l)
{
    return l->kind->vocabulary ? akin_vocab_fingerprint(l->kind->vocabulary(l->measured)) : "";
}

void ak_learning_release(ak_learning *l)
{
    ak_row_source_release(&l->source);
    if (l->kind) l->kind->forget(l->measured);
    akin_dataset_free(l->own);
    free(l->keep);
    *l = (ak_learning){ .kind = NULL };
}

/* A line now and then while a large set is read for the first time. */
typedef struct reading {
    const ak_teller *tell;
    double said_s;
} reading;

static bool on_reading(int64_t done, int64_t total, void *ctx)
{
    enum { EVERY_S = 10 };
    reading *r = ctx;
    const double now = ak_now_s();
    if (r->said_s + EVERY_S > now) return true;
    r->said_s = now;
    ak_tell(r->tell, "read %lld of %lld images", (long long)done, (long long)total);
    return true;
}

static akin_status open_set(const char *path, const ak_teller *tell, ak_learning *l, akin_error *err)
{
    ak_data_opts opts = l->opts;
    reading r = { tell, ak_now_s() };
    opts.on_progress = on_reading;
    opts.ctx = &r;
    AK_TRY(ak_dataset_open(path, &opts, &l->own, err));
    l->set = l->own;
    return AKIN_OK;
}

static void tell_remarks(const ak_learning *l, const ak_teller *tell)
{
    const char *line;
    for (int64_t i = 0; (line = akin_dataset_remark(l->set, i)) != NULL; i++) ak_tell(tell, "%s", line);
}

/* Items of the parts to test on that are learned from, too. */
static akin_status find_repeats(ak_learning *l, const ak_teller *tell, akin_error *err)
{
    static const char *const parts[2] = { "test", "val" };
    for (int i = 0; i < 2; i++) {
        akin_split_view part = AKIN_SPLIT_VIEW_INIT;
        int64_t n = 0;
        if (akin_dataset_split(l->set, parts[i], AKIN_TARGET_AUTO, &part, NULL)) continue;
        AK_TRY(akin_dataset_repeats(l->set, parts[i], l->set, "train", &n, err));
        if (!n) continue;
        snprintf(l->repeats[i], sizeof l->repeats[i],
                 "%lld of the %lld %s items are also in train, exactly: an evaluation on them is too good.",
                 (long long)n, (long long)part.n, parts[i]);
        ak_tell(tell, "%s", l->repeats[i]);
    }
    return AKIN_OK;
}

/* Of images the remarks say it. */
static void tell_bad(const ak_learning *l, const ak_teller *tell)
{
    const int64_t bad = akin_dataset_bad_count(l->set);
    if (bad && l->kind->mends_bad)
        ak_tell(tell, "%lld %s have bad bytes or cannot be read; 'akin inspect' lists them", (long long)bad,
                l->kind->unit);
}

static akin_status prepare(ak_learning *l, const ak_teller *tell, akin_error *err)
{
    const ak_kind *kind = l->kind;
    const bool by_group = l->opts.target == AKIN_TARGET_AUTO; /* groups, for positives, go before labels */
    AK_TRY(akin_dataset_split(l->set, "train", l->opts.target, &l->part, err));
    tell_remarks(l, tell);
    tell_bad(l, tell);
    AK_TRY(find_repeats(l, tell, err));
    l->group = by_group ? l->part.groups : l->part.labels;
    l->groups = by_group ? l->part.group_count : l->part.classes;
    AK_TRY(kind->measure(l->set->set, &l->part, &l->opts, tell, &l->measured, err));
    l->shape = kind->shape(l->measured, &l->opts, true);
    return kind->train_rows(l->set->set, &l->part, l->measured, &l->opts, &l->source, err);
}

bool ak_learning_grouped(const ak_learning *l)
{
    return l->group && (l->group != l->part.labels || ak_dataset_by_groups(l->set, l->opts.target));
}

akin_status ak_learning_open(const char *path, const akin_dataset *given, const ak_data_opts *opts,
                             const ak_teller *tell, ak_learning *out, akin_error *err)
{
    *out = (ak_learning){ .kind = opts->kind, .opts = *opts, .set = given, .part = AKIN_SPLIT_VIEW_INIT };
    akin_status status = AKIN_OK;
    if (given && opts->keep)
        status = ak_fail(err, AKIN_ERR_ARGUMENT,
                         "a keep-list is for data in files; give a set of these items only");
    else if (opts->keep) /* before the set reads it, and before --force moves it aside with the run */
        status = akin_file_load(opts->keep, (size_t)1 << 32, &out->keep, &out->keep_bytes, err);
    if (!status && !given) status = open_set(path, tell, out, err);
    if (!status) status = prepare(out, tell, err);
    if (status) ak_learning_release(out);
    return status;
}

/* The run folder ------------------------------------------------------------------------------- */

static bool names_in_file(const ak_learning *l) { return l->part.classes > MOST_NAMES; }

akin_json *ak_learning_json(const ak_learning *l, const char *path)
{
    akin_split_view test = AKIN_SPLIT_VIEW_INIT;
    if (akin_dataset_split(l->set, "test", AKIN_TARGET_AUTO, &test, NULL)) test.n = 0;
    akin_json *classes = akin_json_array();
    for (int64_t k = 0; k < l->part.classes && !names_in_file(l); k++)
        akin_json_append(classes, akin_json_pack("s?", akin_dataset_class_name(l->set, l->opts.target, k)));
    akin_json *data =
        akin_json_pack("{s:s,s:s?,s:s?,s:s,s:s,s:I,s:I,s:b,s:o}", "kind", l->kind->name, "path", path, "name",
                       akin_dataset_name(l->set), "format", akin_dataset_format(l->set), "fingerprint",
                       akin_dataset_fingerprint(l->set), "train", l->part.n, "test", test.n, "labels",
                       l->part.labels != NULL, "classes", classes);
    akin_json *remarks = akin_json_array();
    const char *line;
    for (int64_t i = 0; (line = akin_dataset_remark(l->set, i)) != NULL; i++)
        akin_json_append(remarks, akin_json_text(line));
    for (int i = 0; i < 2; i++)
        if (l->repeats[i][0]) akin_json_append(remarks, akin_json_text(l->repeats[i]));
    akin_json_put(data, "remarks", remarks);
    if (l->part.labels)
        akin_json_put(data, "classes_of",
                      akin_json_text(ak_dataset_by_groups(l->set, l->opts.target) ? "groups" : "labels"));
    if (names_in_file(l)) akin_json_put(data, "classes_file", akin_json_text(AK_CLASSES_FILE));
    l->kind->describe(l->measured, l->groups, data);
    return data;
}

/* The keep-list goes with the run: evaluation and resume need it, and must not find another. */
static akin_status save_keep(const ak_learning *l, const char *run, akin_error *err)
{
    char path[4096];
    AK_TRY(ak_measured_path(path, run, "keep.txt", err));
    return akin_file_save(path, l->keep, l->keep_bytes, err);
}

static const char *class_name(int64_t k, void *ctx)
{
    const ak_learning *l = ctx;
    return akin_dataset_class_name(l->set, l->opts.target, k);
}

/* More classes than run.json is to hold. */
static akin_status save_classes(const ak_learning *l, const char *run, akin_error *err)
{
    char path[4096];
    AK_TRY(ak_measured_path(path, run, AK_CLASSES_FILE, err));
    return akin_class_names_save(path, class_name, (void *)l, l->part.classes, err);
}

akin_status ak_learning_save(const ak_learning *l, uint64_t seed, const char *run, akin_error *err)
{
    if (names_in_file(l)) AK_TRY(save_classes(l, run, err));
    if (l->keep) AK_TRY(save_keep(l, run, err));
    return l->kind->save ? l->kind->save(l->measured, l->set->set, &l->opts, seed, run, err) : AKIN_OK;
}

akin_status ak_learning_again(ak_learning *l, const ak_data_opts *opts, const ak_teller *tell,
                              akin_error *err)
{
    const ak_kind *kind = l->kind;
    const ak_teller silent = { NULL, NULL };
    ak_row_source_release(&l->source);
    kind->forget(l->measured);
    l->measured = NULL;
    l->opts = *opts;
    AK_TRY(kind->measure(l->set->set, &l->part, &l->opts, tell ? tell : &silent, &l->measured, err));
    l->shape = kind->shape(l->measured, &l->opts, true);
    return kind->train_rows(l->set->set, &l->part, l->measured, &l->opts, &l->source, err);
}

akin_status ak_learning_usual_view(ak_learning *l, akin_error *err)
{
    AK_TRY(l->kind->take_usual_view(&l->opts, err));
    ak_row_source_release(&l->source);
    return l->kind->train_rows(l->set->set, &l->part, l->measured, &l->opts, &l->source, err);
}
