/* SPDX-License-Identifier: Apache-2.0 */
/* items/gallery.c - pictures for the report: the hardest items, the easiest, the least consistent, pairs
 * that are probably of one class, and copies. */
#include "items/items.h"

#include "akin/tool/dataset.h"
#include "akin/tool/json.h"
#include "base/base.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS = 12, ROWS = 5 };

typedef struct row {
    const char *kind;
    int64_t item[COLUMNS];
    double value[COLUMNS];
    int count;
    bool pairs; /* 2j and 2j+1 belong together */
} row;

/* The first or last of an order. */
static void take_end(const akin_items *items, row *r, const int64_t *order, akin_score s, bool last)
{
    const int64_t n = items->part.n;
    r->count = (int)(n < COLUMNS ? n : COLUMNS);
    for (int k = 0; k < r->count; k++) {
        r->item[k] = order[last ? n - 1 - k : k];
        r->value[k] = akin_difficulty_score(items->d, s)[r->item[k]];
    }
}

/* Pairs of an item and its nearest, if each is the other's: inside or outside of groups of copies, nearest
 * first. */
static akin_status take_pairs(const akin_items *items, row *r, bool copies, akin_error *err)
{
    const int64_t n = items->part.n, *group = akin_difficulty_groups(items->d);
    const int32_t *nearest = akin_difficulty_nearest(items->d);
    const float *nearness = akin_difficulty_nearness(items->d);
    double *score = ak_alloc(sizeof *score, n, 1);
    int64_t *order = ak_alloc(sizeof *order, n, 1);
    akin_status status = score && order ? AKIN_OK : ak_no_memory(err, "for the gallery");
    for (int64_t i = 0; i < n && !status; i++) {
        const int64_t j = nearest[i];
        const bool fits = i < j && nearest[j] == i && copies == (group[i] == group[j]);
        score[i] = fits ? (double)nearness[i] : -2;
    }
    if (!status) status = akin_difficulty_order(score, n, 1, order, err);
    r->pairs = true;
    for (int64_t k = 0; !status && k < n && r->count + 2 <= COLUMNS && score[order[k]] > -2; k++) {
        r->item[r->count] = order[k];
        r->item[r->count + 1] = nearest[order[k]];
        r->value[r->count] = r->value[r->count + 1] = score[order[k]];
        r->count += 2;
    }
    free(score);
    free(order);
    return status;
}

static akin_status fill_rows(const akin_items *items, row rows[ROWS], int *count, akin_error *err)
{
    const double *varies = akin_difficulty_score(items->d, AKIN_SCORE_LOSS_SD);
    rows[0] = (row){ .kind = "hardest" };
    take_end(items, &rows[0], items->order, items->opts.by, false);
    rows[1] = (row){ .kind = "easiest" };
    take_end(items, &rows[1], items->order, items->opts.by, true);
    *count = 2;
    if (!isnan(varies[0])) {
        int64_t *order = ak_alloc(sizeof *order, items->part.n, 1);
        const akin_status status = order ? akin_difficulty_order(varies, items->part.n, 1, order, err)
                                         : ak_no_memory(err, "for the gallery");
        rows[*count] = (row){ .kind = "inconsistent" };
        if (!status) take_end(items, &rows[(*count)++], order, AKIN_SCORE_LOSS_SD, false);
        free(order);
        if (status) return status;
    }
    for (int copies = 0; copies < 2; copies++) {
        rows[*count] = (row){ .kind = copies ? "copies" : "kin" };
        AK_TRY(take_pairs(items, &rows[*count], copies, err));
        *count += rows[*count].count > 0;
    }
    return AKIN_OK;
}

static akin_json *row_json(const akin_items *items, const row *r)
{
    akin_json *list = akin_json_array();
    const int32_t *labels = items->part.labels;
    for (int k = 0; k < r->count; k++) {
        char name[1024];
        const int64_t i = r->item[k];
        const char *label = labels ? akin_dataset_class_name(items->set, AKIN_TARGET_AUTO, labels[i]) : NULL;
        akin_dataset_item_name(items->set, "train", i, name, sizeof name);
        akin_json_append(list, akin_json_pack("{s:o,s:o,s:f,s:b}", "item", akin_json_text(name), "label",
                                              labels ? akin_json_text(label) : akin_json_null(), "value",
                                              r->value[k], "kept", items->kept[i]));
    }
    return akin_json_pack("{s:s,s:b,s:o}", "kind", r->kind, "pairs", r->pairs, "items", list);
}

static akin_status save_json(const akin_items *items, const row *rows, int count, const char *path,
                             akin_files *files, akin_error *err)
{
    akin_json *list = akin_json_array();
    for (int r = 0; r < count; r++) akin_json_append(list, row_json(items, &rows[r]));
    akin_json *root = akin_json_pack("{s:s,s:s,s:I,s:o}", "by", akin_score_name(items->opts.by), "layer",
                                     items->opts.layer == AKIN_LAYER_PROJECTOR ? "projector" : "backbone",
                                     "step", items->state.step, "rows", list);
    const akin_status status = akin_json_add(files, path, root, AKIN_JSON_INDENTED, 6, err);
    akin_json_free(root);
    return status;
}

static akin_status save_pixels(const akin_images *images, const row *rows, int count, const char *path,
                               akin_files *files, akin_error *err)
{
    const int64_t shape[5] = { count, COLUMNS, images->height, images->width, images->channels };
    const size_t bytes = (size_t)(images->height * images->width * images->channels);
    unsigned char *pixels = calloc((size_t)(ROWS * COLUMNS), bytes);
    akin_status status = pixels ? AKIN_OK : ak_no_memory(err, "for the gallery");
    for (int r = 0; r < count && !status; r++) /* from disk, where the set is larger than memory */
        status = akin_images_fetch(images, rows[r].item, rows[r].count,
                                   pixels + (size_t)(r * COLUMNS) * bytes, err);
    if (!status) status = akin_npy_add(files, path, AKIN_DTYPE_U8, 5, shape, pixels, err);
    free(pixels);
    return status;
}

akin_status akin_items_save_gallery(const akin_items *items, const char *folder, akin_files *files,
                                    akin_error *err)
{
    akin_images images = AKIN_IMAGES_INIT;
    row rows[ROWS];
    int count = 0;
    char path[4096];
    if (!items || !folder)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "save_gallery: items and folder must not be NULL");
    if (!items->kept || !items->d)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "save_gallery: measure and choose items first");
    if (!akin_dataset_has_pictures(items->set)) return AKIN_OK;
    AK_TRY(akin_dataset_pictures(items->set, "train", &images, err));
    AK_TRY(fill_rows(items, rows, &count, err));
    AK_TRY(akin_folder_make(folder, err));
    snprintf(path, sizeof path, "%s/difficulty.npy", folder);
    AK_TRY(save_pixels(&images, rows, count, path, files, err));
    snprintf(path, sizeof path, "%s/difficulty.json", folder);
    return save_json(items, rows, count, path, files, err);
}
