/* SPDX-License-Identifier: Apache-2.0 */
/* set/set.c - one handle for data sets of three kinds. Labels and groups of a corpus stand by item of the whole
 * corpus; a split's are gathered once, when the set is opened. */
#include "akin/data.h"

#include "base/base.h"

#include <stdio.h>
#include <string.h>

enum { MAX_SPLITS = 3 };

/* What of a corpus is gathered for one split. */
typedef struct gathered {
    int32_t *label, *group, *position;
} gathered;

struct akin_dataset {
    akin_data_kind kind;
    akin_image_set *images;
    akin_corpus *text;
    akin_vector_set *vectors;
    gathered part[MAX_SPLITS]; /* text */
};

void akin_dataset_free(akin_dataset *s)
{
    if (!s) return;
    akin_image_set_free(s->images);
    akin_corpus_free(s->text);
    akin_vectors_free(s->vectors);
    for (int i = 0; i < MAX_SPLITS; i++) {
        free(s->part[i].label);
        free(s->part[i].group);
        free(s->part[i].position);
    }
    free(s);
}

/* from[items[i]] for each i, or NULL where a value is missing and whole is wanted. */
static akin_status gather(const int32_t *from, const int32_t *items, int64_t n, bool whole, int32_t **out,
                          akin_error *err)
{
    if (!from) return AKIN_OK;
    int32_t *to = ak_alloc(sizeof *to, n ? n : 1, 1);
    if (!to) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the labels of %lld items", (long long)n);
    bool all = true;
    for (int64_t i = 0; i < n; i++) {
        to[i] = from[items[i]];
        all = all && to[i] >= 0;
    }
    if (whole && !all) {
        free(to);
        to = NULL;
    }
    *out = to;
    return AKIN_OK;
}

static akin_status gather_all(akin_dataset *s, akin_error *err)
{
    const akin_text_groups *g = akin_corpus_groups(s->text);
    for (int i = 0; i < akin_corpus_splits(s->text); i++) {
        const int32_t *items;
        int64_t n;
        AK_TRY(akin_corpus_split(s->text, akin_corpus_split_name(s->text, i), &items, &n, err));
        AK_TRY(gather(g->label, items, n, true, &s->part[i].label, err));
        AK_TRY(gather(g->group, items, n, false, &s->part[i].group, err));
        AK_TRY(gather(g->group ? g->position : NULL, items, n, false, &s->part[i].position, err));
    }
    return AKIN_OK;
}

static akin_status open_kind(akin_dataset *s, const char *path, const akin_dataset_opts *o, akin_error *err)
{
    switch (s->kind) {
    case AKIN_DATA_TEXT: AK_TRY(akin_corpus_open(path, o->text, &s->text, err)); return gather_all(s, err);
    case AKIN_DATA_VECTORS: return akin_vectors_open(path, o->vectors, &s->vectors, err);
    default:
        /* Also for what is not recognised: the image reader says best what is missing. */
        s->kind = AKIN_DATA_IMAGES;
        return akin_image_set_open(path, o->images, &s->images, err);
    }
}

akin_status akin_dataset_open(const char *path, const akin_dataset_opts *opts, akin_dataset **out,
                              akin_error *err)
{
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "set: path and out must not be NULL");
    akin_dataset_opts o = AKIN_DATASET_OPTS_INIT;
    AK_TRY(ak_opts_import(&o, opts, "set", err));
    akin_dataset *s = calloc(1, sizeof *s);
    if (!s) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a data set");
    s->kind = o.kind == AKIN_DATA_UNKNOWN ? akin_data_detect(path) : o.kind;
    const akin_status status = open_kind(s, path, &o, err);
    if (status) {
        akin_dataset_free(s);
        return status;
    }
    *out = s;
    return AKIN_OK;
}

akin_data_kind akin_dataset_kind(const akin_dataset *s) { return s->kind; }
const akin_image_set *akin_dataset_images(const akin_dataset *s) { return s->images; }
const akin_corpus *akin_dataset_text(const akin_dataset *s) { return s->text; }
const akin_vector_set *akin_dataset_vectors(const akin_dataset *s) { return s->vectors; }

/* Splits -------------------------------------------------------------------------------------------------------- */

int akin_dataset_splits(const akin_dataset *s)
{
    return s->images ? akin_image_set_splits(s->images)
           : s->text ? akin_corpus_splits(s->text)
                     : akin_vectors_splits(s->vectors);
}

const char *akin_dataset_split_name(const akin_dataset *s, int split)
{
    return s->images ? akin_image_set_split_name(s->images, split)
           : s->text ? akin_corpus_split_name(s->text, split)
                     : akin_vectors_split_name(s->vectors, split);
}

static akin_status split_images(const akin_dataset *s, const char *split, akin_part_view *out,
                                akin_error *err)
{
    akin_images im;
    AK_TRY(akin_image_set_split(s->images, split, &im, err));
    *out = (akin_part_view){ im.n, NULL, im.labels, im.classes, im.labels, im.classes, NULL };
    return AKIN_OK;
}

static akin_status split_vectors(const akin_dataset *s, const char *split, akin_part_view *out,
                                 akin_error *err)
{
    akin_vectors v = AKIN_VECTORS_INIT;
    AK_TRY(akin_vectors_split(s->vectors, split, &v, err));
    *out = (akin_part_view){ v.n, NULL, v.labels, v.classes, v.groups, v.groups ? v.group_count : 0, NULL };
    return AKIN_OK;
}

static akin_status split_text(const akin_dataset *s, const char *split, akin_part_view *out, akin_error *err)
{
    const int32_t *items;
    int64_t n;
    AK_TRY(akin_corpus_split(s->text, split, &items, &n, err));
    const akin_text_groups *g = akin_corpus_groups(s->text);
    int i = 0;
    while (strcmp(akin_corpus_split_name(s->text, i), split) != 0) i++;
    const gathered *p = &s->part[i];
    *out =
        (akin_part_view){ n, items, p->label, p->label ? g->classes : 0, p->group, g->groups, p->position };
    return AKIN_OK;
}

/* Groups may stand for labels, and labels for groups, where every item has one. */
static void choose_target(akin_target target, akin_part_view *p)
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
                               akin_part_view *out, akin_error *err)
{
    akin_part_view p;
    if (s->images)
        AK_TRY(split_images(s, split, &p, err));
    else if (s->text)
        AK_TRY(split_text(s, split, &p, err));
    else
        AK_TRY(split_vectors(s, split, &p, err));
    choose_target(target, &p);
    *out = p;
    return AKIN_OK;
}

/* Names --------------------------------------------------------------------------------------------------------- */

const char *akin_dataset_name(const akin_dataset *s)
{
    return s->images ? akin_image_set_name(s->images)
           : s->text ? akin_corpus_name(s->text)
                     : akin_vectors_name(s->vectors);
}

const char *akin_dataset_format(const akin_dataset *s)
{
    return s->images ? akin_image_set_format(s->images)
           : s->text ? akin_corpus_format(s->text)
                     : akin_vectors_format(s->vectors);
}

const char *akin_dataset_fingerprint(const akin_dataset *s)
{
    return s->images ? akin_image_set_fingerprint(s->images)
           : s->text ? akin_corpus_fingerprint(s->text)
                     : akin_vectors_fingerprint(s->vectors);
}

int64_t akin_dataset_bad_count(const akin_dataset *s)
{
    return s->images ? akin_image_set_bad_count(s->images) : s->text ? akin_corpus_counts(s->text)->bad : 0;
}

const char *akin_dataset_item_name(const akin_dataset *s, const char *split, int64_t i, char *buf,
                                   size_t size)
{
    if (s->images) return akin_image_set_item_name(s->images, split, i, buf, size);
    akin_part_view p;
    buf[0] = 0;
    if (akin_dataset_split(s, split, AKIN_TARGET_AUTO, &p, NULL) || i < 0 || i >= p.n) return buf;
    if (s->text) return akin_corpus_item_name(s->text, p.items[i], buf, size);
    akin_vectors v = AKIN_VECTORS_INIT;
    if (akin_vectors_split(s->vectors, split, &v, NULL) == AKIN_OK && v.origin) i = v.origin[i];
    snprintf(buf, size, "%s/%lld", split, (long long)i);
    return buf;
}

/* Names one after the other in one block. */
static akin_status save_names(const char *path, const akin_dataset *s, const char *split,
                              const unsigned char *kept, int64_t n, const akin_keep_head *head,
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
        name ? akin_keep_save(path, head, name, count, err)
             : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the names of %lld items", (long long)n);
    free(name);
    free(at);
    free(block);
    return status;
}

akin_status akin_dataset_keep_save(const char *path, const akin_dataset *s, const char *split,
                                   const unsigned char *kept, const akin_keep_head *user, akin_error *err)
{
    if (!path || !s || !split || !kept)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "set_keep_save: path, set, split and kept must not be NULL");
    if (s->images) return akin_image_set_keep_save(path, s->images, split, kept, user, err);
    akin_part_view p;
    akin_keep_head head = AKIN_KEEP_HEAD_INIT;
    AK_TRY(ak_opts_import(&head, user, "set_keep_save", err));
    AK_TRY(akin_dataset_split(s, split, AKIN_TARGET_AUTO, &p, err));
    head.source = akin_dataset_name(s);
    head.split = split;
    head.items = p.n;
    const bool train = strcmp(split, "train") == 0; /* the one that may be a subset */
    head.fingerprint =
        s->text ? akin_corpus_full_fingerprint(s->text) : akin_vectors_full_fingerprint(s->vectors);
    if (train) head.items = s->text ? akin_corpus_full_items(s->text) : akin_vectors_full_rows(s->vectors);
    return save_names(path, s, split, kept, p.n, &head, err);
}

const char *akin_dataset_class_name(const akin_dataset *s, akin_target target, int64_t k)
{
    if (s->images) return akin_image_set_class_name(s->images, k);
    if (s->vectors) return target == AKIN_TARGET_GROUP ? NULL : akin_vectors_class_name(s->vectors, k);
    akin_part_view p;
    if (akin_dataset_split(s, akin_dataset_split_name(s, 0), AKIN_TARGET_LABEL, &p, NULL)) return NULL;
    const bool by_group = target == AKIN_TARGET_GROUP || (target == AKIN_TARGET_AUTO && !p.labels);
    return by_group ? akin_corpus_group_name(s->text, k) : akin_corpus_class_name(s->text, k);
}
