/* SPDX-License-Identifier: Apache-2.0 */
/* items/neighbours.c - nearest neighbours of a few items, stored for the report. */
#include "akin/tool/neighbours.h"

#include "akin/eval.h"
#include "akin/tool/dataset.h"
#include "akin/tool/json.h"
#include "akin/tool/program.h"
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUERIES = 8, NEIGHBOURS = 8, TEXT_SHOWN = 300 };

/* The beginning of a text, cut between characters. */
static akin_json *beginning(const char *text, int64_t bytes)
{
    if (bytes > TEXT_SHOWN) {
        bytes = TEXT_SHOWN;
        while (bytes > 0 && ((unsigned char)text[bytes] & 0xC0) == 0x80) bytes--;
    }
    return akin_json_text_n(text, (size_t)bytes);
}

static akin_json *item_json(const akin_neighbour_gallery *n, const char *split, const akin_split_view *part,
                            int64_t i)
{
    char name[1024];
    int64_t bytes;
    const char *text = akin_dataset_item_text(n->set, split, i, &bytes);
    akin_json *item = akin_json_pack(
        "{s:o,s:o}", "item", akin_json_text(akin_dataset_item_name(n->set, split, i, name, sizeof name)),
        "label",
        part->labels ? akin_json_text(akin_dataset_class_name(n->set, n->target, part->labels[i]))
                     : akin_json_null());
    if (text) akin_json_put(item, "text", beginning(text, bytes));
    return item;
}

/* Pixels of the items of a split, or none. */
typedef struct pictures {
    akin_images train, test;
    int64_t pixels; /* of an item; 0 = there are none */
    uint8_t *rows;
} pictures;

static akin_status open_pictures(const akin_neighbour_gallery *n, int64_t cells, pictures *s, akin_error *err)
{
    if (!akin_dataset_has_pictures(n->set)) return AKIN_OK;
    s->train = s->test = (akin_images)AKIN_IMAGES_INIT;
    akin_status status = akin_dataset_pictures(n->set, "train", &s->train, err);
    if (!status) status = akin_dataset_pictures(n->set, n->test_split, &s->test, err);
    if (status) return status;
    s->pixels = s->test.height * s->test.width * s->test.channels;
    s->rows = malloc((size_t)(cells * s->pixels));
    return s->rows ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the gallery");
}

static akin_status put_pixels(pictures *s, int64_t cell, const akin_images *from, int64_t i, akin_error *err)
{
    return s->pixels ? akin_images_fetch(from, &i, 1, s->rows + cell * s->pixels, err) : AKIN_OK;
}

static akin_status store(const akin_neighbour_gallery *n, const pictures *s, int64_t rows, int64_t k,
                         akin_json *found, akin_error *err)
{
    char path[4096];
    akin_json *root =
        akin_json_pack("{s:s,s:s,s:O}", "encoder", n->encoder, "layer", n->layer, "rows", found);
    akin_status status = akin_folder_make(n->folder, err);
    const int64_t shape[5] = { rows, 1 + k, s->test.height, s->test.width, s->test.channels };
    snprintf(path, sizeof path, "%s/%s.npy", n->folder, n->name);
    if (!status && s->pixels) status = akin_npy_add(n->files, path, AKIN_DTYPE_U8, 5, shape, s->rows, err);
    snprintf(path, sizeof path, "%s/%s.json", n->folder, n->name);
    if (!status) status = akin_json_add(n->files, path, root, AKIN_JSON_INDENTED, 6, err);
    akin_json_free(root);
    return status;
}

/* What was found, and which items of the test part asked. */
typedef struct search {
    int64_t rows, k, asked; /* queries, neighbours that are shown, neighbours that are looked for */
    bool same;              /* queries are items themselves: the first neighbour may be the item */
    int64_t item[QUERIES];
    int32_t index[QUERIES * (NEIGHBOURS + 1)];
    float similarity[QUERIES * (NEIGHBOURS + 1)];
} search;

static akin_status find(const akin_neighbour_gallery *n, akin_cmat train, akin_cmat test, search *f,
                        akin_error *err)
{
    f->same = strcmp(n->test_split, "train") == 0;
    f->rows = test.rows < QUERIES ? test.rows : QUERIES;
    const int64_t others = train.rows - f->same;
    f->k = others < NEIGHBOURS ? others : NEIGHBOURS;
    f->asked = f->k + f->same;
    float *queries = ak_alloc(sizeof *queries, f->rows, test.cols);
    if (!queries) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the gallery");
    for (int64_t q = 0; q < f->rows; q++) {
        f->item[q] = q * (test.rows / f->rows);
        memcpy(queries + q * test.cols, test.data + f->item[q] * test.stride,
               (size_t)test.cols * sizeof *queries);
    }
    const akin_cmat asking = { queries, f->rows, test.cols, test.cols };
    const akin_status status = akin_eval_neighbours(asking, train, f->asked, f->index, f->similarity, err);
    free(queries);
    return status;
}

/* Query q with its neighbours, as JSON and as pixels. */
static akin_status show(const akin_neighbour_gallery *n, const search *f, int64_t q,
                        const akin_split_view part[2], pictures *s, akin_json *to, akin_error *err)
{
    akin_json *found = akin_json_array();
    akin_status status = put_pixels(s, q * (1 + f->k), &s->test, f->item[q], err);
    for (int64_t j = 0, shown = 0; j < f->asked && shown < f->k && !status; j++) {
        const int64_t i = f->index[q * f->asked + j];
        if (f->same && i == f->item[q]) continue;
        status = put_pixels(s, q * (1 + f->k) + ++shown, &s->train, i, err);
        akin_json *one = item_json(n, "train", &part[0], i);
        akin_json_put(one, "similarity", akin_json_real((double)f->similarity[q * f->asked + j]));
        akin_json_append(found, one);
    }
    akin_json_append(to,
                     akin_json_pack("{s:o,s:o}", "query", item_json(n, n->test_split, &part[1], f->item[q]),
                                    "neighbours", found));
    return status;
}

akin_status akin_neighbour_gallery_save(const akin_neighbour_gallery *gallery, akin_cmat train,
                                        akin_cmat test, akin_error *err)
{
    akin_neighbour_gallery g = AKIN_NEIGHBOUR_GALLERY_INIT;
    akin_split_view part[2] = { AKIN_SPLIT_VIEW_INIT, AKIN_SPLIT_VIEW_INIT };
    search f;
    pictures s = { .pixels = 0 };
    if (!gallery || !gallery->set || !gallery->folder || !gallery->name || !gallery->test_split)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "neighbour_gallery: set, folder, name and test_split are needed");
    AK_TRY(ak_opts_import(&g, gallery, "neighbour_gallery", err));
    AK_TRY(akin_dataset_split(g.set, "train", g.target, &part[0], err));
    AK_TRY(akin_dataset_split(g.set, g.test_split, g.target, &part[1], err));
    AK_TRY(find(&g, train, test, &f, err));
    akin_json *list = akin_json_array();
    akin_status status = open_pictures(&g, f.rows * (1 + f.k), &s, err);
    for (int64_t q = 0; q < f.rows && !status; q++) status = show(&g, &f, q, part, &s, list, err);
    if (!status) status = store(&g, &s, f.rows, f.k, list, err);
    akin_json_free(list);
    free(s.rows);
    return status;
}
