/* SPDX-License-Identifier: Apache-2.0 */
/* set/dataset.c - a data set of any kind by one handle: what the row of its kind knows, behind one
 * interface. */
#include "akin/tool/dataset.h"

#include "base/path.h"
#include "files/shard_list.h"
#include "set/kinds.h"
#include "set/text.h"

#include <stdio.h>
#include <string.h>

void akin_dataset_free(akin_dataset *s)
{
    if (!s) return;
    s->kind->free(s->set);
    ak_class_map_free(s->classes);
    ak_remarks_free(&s->remarks);
    free(s);
}

/* By --format, by the run, or as options name columns of a table of numbers. */
static bool kind_is_known(const ak_data_opts *opts)
{
    const akin_vectors_opts *o = opts->kind == &ak_kind_vectors ? &opts->of.vectors.open : NULL;
    return opts->forced || opts->classes ||
           (o &&
            (o->label_column || o->group_column || o->time_column || o->ignore_columns || o->value_column));
}

/* akin embed writes x.labels.npy beside x.npy; as data an array has its labels in x-labels.npy. */
static akin_status tell_unread_labels(akin_dataset *s, const char *path, const ak_data_opts *opts,
                                      akin_error *err)
{
    const size_t n = strlen(path), range = ak_range_of_shards(path);
    const bool named = opts->kind == &ak_kind_vectors && opts->of.vectors.open.label_file;
    if (n < 5 || strcmp(path + n - 4, ".npy") != 0 || named) return AKIN_OK;
    char *labels = malloc(n + 16), shown[AK_SHOWN];
    bool there;
    if (!labels) return ak_no_memory(err, "for the labels of '%s'", path);
    snprintf(labels, n + 16, "%.*s.labels.npy", (int)(range ? range : n - 4), path);
    const akin_status status = ak_look(labels, &there, NULL, err);
    if (!status && there)
        ak_remark(&s->remarks,
                  "Not read: '%s', as akin embed writes it. An array that is data has its labels in "
                  "NAME-labels.npy.",
                  ak_shown(ak_path_base(labels), shown));
    free(labels);
    return status;
}

akin_status ak_dataset_open(const char *path, const ak_data_opts *opts, akin_dataset **out, akin_error *err)
{
    akin_dataset *s = calloc(1, sizeof *s);
    if (!s) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a data set");
    s->kind = opts->kind;
    akin_status status = s->kind->open(path, opts, &s->set, err);
    if (status) {
        free(s);
        return status;
    }
    status = tell_unread_labels(s, path, opts, err);
    if (!status && !kind_is_known(opts)) status = ak_detect_remark(path, s->kind, &s->remarks, err);
    if (!status) status = ak_dataset_tell_twins(s, err);
    if (!status && opts->classes) status = ak_dataset_take_classes(s, opts->classes, opts->target, err);
    if (status)
        akin_dataset_free(s);
    else
        *out = s;
    return status;
}

akin_status ak_dataset_other_kind(const ak_kind *wanted, const char *whose, const char *path,
                                  akin_status status, akin_error *err)
{
    char shown[AK_SHOWN];
    const bool of_data = status == AKIN_ERR_INPUT || status == AKIN_ERR_FORMAT || status == AKIN_ERR_SHAPE;
    const ak_kind *found = NULL;
    if (!of_data || !err || ak_detect(path, &found, NULL) || !found || found == wanted) return status;
    const akin_error why = *err;
    return ak_fail(err, status, "%s %s, and '%s' looks like %s: %.600s", whose, wanted->name,
                   ak_shown(path, shown), found->name, why.message);
}

/* Every name of the list has a value; only then may it be read in steps of two. */
static akin_status check_pairs(const char *const *list, akin_error *err)
{
    for (; list && list[0]; list += 2)
        if (!list[1]) return ak_fail(err, AKIN_ERR_ARGUMENT, "data: option '%s' has no value", list[0]);
    return AKIN_OK;
}

/* Options that every kind has, beside those of its row. */
static akin_status check_names(const ak_kind *kind, const char *const *list, akin_error *err)
{
    static const char *const common[] = { "format", "keep", "on-bad", "max-bad" };
    for (; list && list[0]; list += 2) {
        bool known = false;
        for (size_t i = 0; i < sizeof common / sizeof *common; i++)
            known = known || strcmp(list[0], common[i]) == 0;
        if (!known && !ak_kind_lists_option(kind, list[0]))
            return ak_fail(err, AKIN_ERR_ARGUMENT, "data: '%s' is no option of %s", list[0], kind->name);
    }
    return AKIN_OK;
}

akin_status ak_dataset_explain(const char *path, akin_error *err)
{
    akin_dataset *set = NULL;
    const ak_kind *kind;
    AK_TRY(ak_detect(path, &kind, err));
    if (kind) return AKIN_OK;
    AK_TRY(akin_dataset_open(path, NULL, &set, err));
    akin_dataset_free(set);
    return AKIN_OK;
}

akin_status ak_data_opts_of_list(const char *path, const ak_kind *kind, const char *const *list,
                                 uint64_t seed, ak_data_opts *out, akin_error *err)
{
    AK_TRY(check_pairs(list, err));
    ak_option_reader reader = ak_options_of_list(list);
    reader.seed = seed;
    const ak_kind *forced = ak_kind_of_format(ak_option_value(&reader, "format"));
    if (forced) kind = forced;
    if (!kind) AK_TRY(ak_detect(path, &kind, err));
    if (!kind) kind = ak_kind_of(AKIN_DATA_UNKNOWN);
    const akin_status names = check_names(kind, list, err);
    if (names) AK_TRY(ak_dataset_explain(path, err));
    return names ? names : ak_data_opts_read(kind, &reader, out, err);
}

akin_status akin_dataset_open(const char *path, const akin_dataset_opts *user, akin_dataset **out,
                              akin_error *err)
{
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "data: path and out must not be NULL");
    akin_dataset_opts o = AKIN_DATASET_OPTS_INIT;
    AK_TRY(ak_opts_import(&o, user, "data", err));
    if (o.kind != AKIN_DATA_UNKNOWN && ak_kind_of(o.kind)->id != o.kind)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "data: kind is %d, which is none of akin_data_kind",
                       (int)o.kind);
    ak_data_opts opts;
    AK_TRY(ak_data_opts_of_list(path, o.kind == AKIN_DATA_UNKNOWN ? NULL : ak_kind_of(o.kind), o.options,
                                o.seed, &opts, err));
    opts.on_progress = o.on_progress;
    opts.ctx = o.ctx;
    return ak_dataset_open(path, &opts, out, err);
}

akin_data_kind akin_dataset_kind(const akin_dataset *s) { return s->kind->id; }

const akin_image_set *akin_dataset_images(const akin_dataset *s)
{
    return s->kind == &ak_kind_images ? s->set : NULL;
}

const akin_corpus *akin_dataset_text(const akin_dataset *s)
{
    return s->kind == &ak_kind_text ? ak_text_set_corpus(s->set) : NULL;
}

const akin_vector_set *akin_dataset_vectors(const akin_dataset *s)
{
    return s->kind == &ak_kind_vectors ? s->set : NULL;
}

/* Splits --------------------------------------------------------------------------------------- */

int akin_dataset_split_count(const akin_dataset *s) { return s->kind->splits(s->set); }

const char *akin_dataset_split_name(const akin_dataset *s, int split)
{
    return s->kind->split_name(s->set, split);
}

/* Groups may stand for labels, and labels for groups, where every item has one. */
static void choose_target(akin_target target, akin_split_view *p)
{
    bool whole = p->groups != NULL;
    for (int64_t i = 0; whole && i < p->n; i++) whole = p->groups[i] >= 0;
    const bool by_group = target == AKIN_TARGET_GROUP || (target == AKIN_TARGET_AUTO && !p->labels);
    if (!p->groups && p->labels) {
        p->groups = p->labels;
        p->group_count = p->classes;
    }
    if (!by_group) return;
    p->labels = whole ? p->groups : NULL;
    p->classes = whole ? p->group_count : 0;
}

akin_status akin_dataset_split(const akin_dataset *s, const char *split, akin_target target,
                               akin_split_view *out, akin_error *err)
{
    akin_split_view p = AKIN_SPLIT_VIEW_INIT;
    if (!s || !split || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "data: set, split and out must not be NULL");
    if ((unsigned)target > AKIN_TARGET_GROUP)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "data: target is %d, which is none of akin_target",
                       (int)target);
    AK_TRY(ak_dataset_part(s, split, &p, err));
    choose_target(target, &p);
    return ak_result_export(out, &p, "data", err);
}

/* Names ---------------------------------------------------------------------------------------- */

const char *akin_dataset_name(const akin_dataset *s) { return s->kind->set_name(s->set); }
const char *akin_dataset_format(const akin_dataset *s) { return s->kind->format(s->set); }
const char *akin_dataset_fingerprint(const akin_dataset *s) { return s->kind->fingerprint(s->set); }

const char *akin_dataset_remark(const akin_dataset *s, int64_t i)
{
    int64_t n = 0;
    if (s->kind->remark)
        for (const char *line; (line = s->kind->remark(s->set, n)) != NULL; n++)
            if (n == i) return line;
    return ak_remark_at(&s->remarks, i - n);
}

int64_t akin_dataset_bad_count(const akin_dataset *s)
{
    return s->kind->bad_count ? s->kind->bad_count(s->set) : 0;
}

const char *akin_dataset_item_name(const akin_dataset *s, const char *split, int64_t i, char *buf,
                                   size_t size)
{
    return s->kind->item_name(s->set, split, i, buf, size);
}

const char *akin_dataset_class_name(const akin_dataset *s, akin_target target, int64_t k)
{
    return ak_dataset_by_groups(s, target) ? ak_dataset_group_name(s, k) : ak_dataset_label_name(s, k);
}

/* Keep-lists ----------------------------------------------------------------------------------- */

/* Names one after the other in one block. */
static akin_status save_names(const char *path, const akin_dataset *s, const char *split,
                              const unsigned char *kept, int64_t n, const akin_keep_list_head *head,
                              akin_error *err)
{
    enum { LONGEST = 8192 };
    int64_t count = 0, used = 0, room = 1 << 16;
    char *block = malloc((size_t)room);
    size_t *at = ak_alloc(sizeof *at, n + 1, 1);
    bool fine = block && at;
    for (int64_t i = 0; i < n && fine; i++) {
        if (!kept[i]) continue;
        if (room - used < LONGEST) {
            char *more = realloc(block, (size_t)(room *= 2));
            fine = more != NULL;
            if (more) block = more;
        }
        if (!fine) break;
        akin_dataset_item_name(s, split, i, block + used, LONGEST);
        at[count++] = (size_t)used;
        used += (int64_t)strlen(block + used) + 1;
    }
    const char **name = fine ? ak_alloc(sizeof *name, count + 1, 1) : NULL;
    for (int64_t k = 0; name && k < count; k++) name[k] = block + at[k];
    const akin_status status =
        name ? akin_keep_list_save(path, head, name, count, err)
             : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the names of %lld items", (long long)n);
    free(name);
    free(at);
    free(block);
    return status;
}

akin_status akin_dataset_keep_list_save(const char *path, const akin_dataset *s, const char *split,
                                        const unsigned char *kept, const akin_keep_list_head *user,
                                        akin_error *err)
{
    if (!path || !s || !split || !kept)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "keep: path, set, split and kept must not be NULL");
    if (s->kind->keep_save) return s->kind->keep_save(path, s->set, split, kept, user, err);
    akin_split_view p = AKIN_SPLIT_VIEW_INIT;
    akin_keep_list_head head = AKIN_KEEP_LIST_HEAD_INIT;
    AK_TRY(ak_opts_import(&head, user, "keep", err));
    AK_TRY(akin_dataset_split(s, split, AKIN_TARGET_AUTO, &p, err));
    head.source = akin_dataset_name(s);
    head.split = split;
    head.items = p.n;
    const bool train = strcmp(split, "train") == 0; /* the one that may be a subset */
    head.fingerprint = s->kind->whole(s->set, train ? &head.items : NULL);
    return save_names(path, s, split, kept, p.n, &head, err);
}
