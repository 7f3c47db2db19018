/* SPDX-License-Identifier: Apache-2.0 */
/* cli/prune/gallery.c - pictures for the report: the hardest items, the easiest, the least consistent, pairs that are
 * probably of one class, and copies. */
#include "cli/prune/prune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 12, ROWS = 5 };

typedef struct row {
    const char *kind;
    int64_t item[COLUMNS];
    double value[COLUMNS];
    int count;
    bool pairs; /* 2j and 2j+1 belong together */
} row;

static akin_status no_memory(akin_error *err)
{
    err->status = AKIN_ERR_NOMEM;
    snprintf(err->message, sizeof err->message, "no memory for the gallery");
    return AKIN_ERR_NOMEM;
}

/* The first or last of an order. */
static void ends(const cli_prune *p, row *r, const int64_t *order, akin_score s, bool last)
{
    const int64_t n = p->part.n;
    r->count = (int)(n < COLUMNS ? n : COLUMNS);
    for (int k = 0; k < r->count; k++) {
        r->item[k] = order[last ? n - 1 - k : k];
        r->value[k] = akin_difficulty_score(p->d, s)[r->item[k]];
    }
}

/* Pairs of an item and its nearest, if each is the other's: inside or outside of groups of copies, nearest first. */
static akin_status pairs(const cli_prune *p, row *r, bool copies, akin_error *err)
{
    const int64_t n = p->part.n, *group = akin_difficulty_groups(p->d);
    const int32_t *nearest = akin_difficulty_nearest(p->d);
    const float *nearness = akin_difficulty_nearness(p->d);
    double *score = malloc((size_t)n * sizeof *score);
    int64_t *order = malloc((size_t)n * sizeof *order);
    akin_status status = score && order ? AKIN_OK : no_memory(err);
    for (int64_t i = 0; i < n && !status; i++) {
        const int64_t j = nearest[i];
        const bool fits = i < j && nearest[j] == i && copies == (group[i] == group[j]);
        score[i] = fits ? (double)nearness[i] : -2;
    }
    if (!status) status = akin_difficulty_order(score, n, 1, order, err);
    r->pairs = true;
    for (int64_t k = 0; k < n && r->count + 2 <= COLUMNS && !status && score[order[k]] > -2; k++) {
        r->item[r->count] = order[k];
        r->item[r->count + 1] = nearest[order[k]];
        r->value[r->count] = r->value[r->count + 1] = score[order[k]];
        r->count += 2;
    }
    free(score);
    free(order);
    return status;
}

static akin_status choose(const cli_prune *p, row rows[ROWS], int *count, akin_error *err)
{
    int64_t *order = malloc((size_t)p->part.n * sizeof *order);
    akin_status status = order ? AKIN_OK : no_memory(err);
    const bool varies = !status && !isnan(akin_difficulty_score(p->d, AKIN_SCORE_LOSS_SD)[0]);
    if (!status) {
        rows[0] = (row){ .kind = "hardest" };
        ends(p, &rows[0], p->order, p->by, false);
        rows[1] = (row){ .kind = "easiest" };
        ends(p, &rows[1], p->order, p->by, true);
        *count = 2;
    }
    if (varies) {
        status =
            akin_difficulty_order(akin_difficulty_score(p->d, AKIN_SCORE_LOSS_SD), p->part.n, 1, order, err);
        rows[*count] = (row){ .kind = "inconsistent" };
        if (!status) ends(p, &rows[(*count)++], order, AKIN_SCORE_LOSS_SD, false);
    }
    for (int copies = 0; copies < 2 && !status; copies++) {
        rows[*count] = (row){ .kind = copies ? "copies" : "kin" };
        status = pairs(p, &rows[*count], copies, err);
        *count += !status && rows[*count].count > 0;
    }
    free(order);
    return status;
}

static akin_json *row_json(const cli_prune *p, const row *r)
{
    akin_json *items = akin_json_array();
    for (int k = 0; k < r->count; k++) {
        char name[1024];
        const int64_t i = r->item[k];
        akin_json_append(
            items, akin_json_pack(
                       "{s:o,s:o,s:f,s:b}", "item",
                       cli_json_text(akin_dataset_item_name(p->set, "train", i, name, sizeof name)), "label",
                       p->part.labels ? cli_json_text(akin_dataset_class_name(p->set, AKIN_TARGET_AUTO,
                                                                              p->part.labels[i]))
                                      : akin_json_null(),
                       "value", r->value[k], "kept", p->kept[i]));
    }
    return akin_json_pack("{s:s,s:b,s:o}", "kind", r->kind, "pairs", r->pairs, "items", items);
}

static akin_status store(const cli_prune *p, const row *rows, int count, const unsigned char *pixels,
                         const akin_images *images, akin_error *err)
{
    char path[4096];
    akin_json *list = akin_json_array();
    for (int r = 0; r < count; r++) akin_json_append(list, row_json(p, &rows[r]));
    akin_json *root = akin_json_pack("{s:s,s:s,s:I,s:o}", "by", akin_score_name(p->by), "layer",
                                     cli_text(p->args, "layer"), "step", (int64_t)p->step, "rows", list);
    snprintf(path, sizeof path, "%s/gallery", p->run);
    akin_status status = akin_folder_make(path, err);
    const int64_t shape[5] = { count, COLUMNS, images->height, images->width, images->channels };
    snprintf(path, sizeof path, "%s/gallery/difficulty.npy", p->run);
    if (!status) status = akin_npy_save(path, AKIN_U8, 5, shape, pixels, err);
    snprintf(path, sizeof path, "%s/gallery/difficulty.json", p->run);
    if (!status) status = akin_json_save(path, root, AKIN_JSON_INDENTED, 6, err);
    akin_json_free(root);
    return status;
}

akin_status cli_prune_gallery(const cli_prune *p, akin_error *err)
{
    akin_images images = AKIN_IMAGES_INIT;
    row rows[ROWS];
    int count = 0;
    if (!akin_dataset_images(p->set) || p->data) return AKIN_OK;
    akin_status status = akin_image_set_split(akin_dataset_images(p->set), "train", &images, err);
    if (!status) status = choose(p, rows, &count, err);
    if (status) return status;
    const size_t bytes = (size_t)(images.height * images.width * images.channels);
    unsigned char *pixels = calloc((size_t)(ROWS * COLUMNS), bytes);
    if (!pixels) return no_memory(err);
    for (int r = 0; r < count && !status; r++) /* from disk, where the set is larger than memory */
        status = akin_images_fetch(&images, rows[r].item, rows[r].count,
                                   pixels + (size_t)(r * COLUMNS) * bytes, err);
    if (!status) status = store(p, rows, count, pixels, &images, err);
    free(pixels);
    return status;
}
