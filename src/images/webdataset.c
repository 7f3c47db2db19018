/* SPDX-License-Identifier: Apache-2.0 */
/* images/webdataset.c - pictures in archives of tar (files/shards.h): its samples are the pictures of a list
 * (pictures.c), their labels what the .cls say. */
#include "images/readers.h"

#include "files/shards.h"
#include "images/decode.h"
#include "images/pictures.h"

#include <stdio.h>
#include <string.h>

/* "jpg", "seg.png" */
static bool is_picture(const char *ending)
{
    char name[64];
    snprintf(name, sizeof name, "x.%s", ending);
    return ak_is_image_name(name);
}

/* ctx: the shards. */
static akin_status read_bytes(const void *ctx, const char *name, int64_t place, size_t most, uint8_t **data,
                              size_t *n, bool *whole, akin_error *err)
{
    const ak_shards *s = ctx;
    (void)name;
    AK_TRY(ak_shards_read(s, place, most, data, n, err));
    *whole = (int64_t)*n == s->sample[place].bytes;
    return AKIN_OK;
}

static void close_shards(void *ctx)
{
    ak_shards_close(ctx);
    free(ctx);
}

/* The splits in the order of images, and which of them archives of each part are: those for validation are
 * the tests where there are no others. */
static void name_splits(const ak_shards *s, ak_folder_list *list, int split_of[3])
{
    static const char *const WORDS[] = { "train", "test", "val" };
    bool there[3] = { false, false, false };
    for (int64_t i = 0; i < s->n; i++) there[s->list.part[s->sample[i].shard]] = true;
    for (int part = 0; part < 3; part++) {
        split_of[part] = list->splits;
        if (!there[part] && part != AK_PART_TRAIN) continue;
        list->split_name[list->splits++] = part == AK_PART_VAL && !there[AK_PART_TEST] ? "test" : WORDS[part];
    }
}

static void tell_splits(const ak_shards *s, const ak_folder_list *list, ak_remarks *to)
{
    int64_t n[AK_MAX_SPLITS] = { 0 };
    if (!s->list.parts) return;
    for (int64_t i = 0; i < list->n; i++) n[list->item[i].split]++;
    for (int k = 0; k < list->splits; k++)
        ak_remark(to, "By the names of their archives %lld samples are the split %s.", (long long)n[k],
                  list->split_name[k]);
}

static akin_status make_list(const ak_shards *s, ak_folder_list *list, akin_error *err)
{
    int split_of[3];
    name_splits(s, list, split_of);
    list->item = ak_alloc(sizeof *list->item, s->n, 1);
    if (!list->item) return ak_no_memory(err, "for the list of images");
    for (int64_t i = 0; i < s->n; i++) {
        const ak_sample *sample = &s->sample[i];
        ak_listed_image *item = &list->item[list->n++];
        item->name = ak_name_pool_add(&list->names, "", sample->name);
        item->label = sample->label;
        item->split = (uint8_t)split_of[s->list.part[sample->shard]];
        if (!item->name) return ak_no_memory(err, "for the list of images");
    }
    list->labelled = s->labelled;
    return AKIN_OK;
}

static akin_status read_archives(akin_image_set *ds, const char *path, bool is_folder,
                                 const akin_image_set_opts *opts, akin_error *err)
{
    const ak_shards_want want = { "picture", is_picture, AK_MAX_FILE_BYTES, ds->cache };
    ak_folder_list list = { .root = path };
    bool shards;
    (void)is_folder;
    AK_TRY(ak_shards_are(path, &shards, err));
    if (!shards)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' names no archives of tar; format webdataset needs them",
                       path);
    ak_shards *s = calloc(1, sizeof *s);
    if (!s) return ak_no_memory(err, "for the archives of '%s'", path);
    ds->from = (ak_picture_source){ read_bytes, close_shards, s };
    akin_status status = ak_shards_open(path, &want, &ds->remarks, s, err);
    if (!status) status = make_list(s, &list, err);
    if (!status) tell_splits(s, &list, &ds->remarks);
    if (!status) status = ak_pictures_read(ds, &list, opts, err);
    ak_folder_list_free(&list);
    return status;
}

const ak_image_format ak_webdataset = { "webdataset", NULL, NULL, read_archives };
