/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/neighbours.c - nearest neighbours of a few items, stored for the report. */
#include "cli/eval/eval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUERIES = 8, NEIGHBOURS = 8, TEXT_SHOWN = 300 };

static akin_status no_memory(akin_error *err)
{
    err->status = AKIN_ERR_NOMEM;
    snprintf(err->message, sizeof err->message, "no memory for the gallery");
    return AKIN_ERR_NOMEM;
}

/* The beginning of a text, cut between characters. */
static akin_json *beginning(const akin_corpus *corpus, int32_t item)
{
    const akin_texts t = akin_corpus_texts(corpus);
    const char *text = t.bytes + t.start[item];
    int64_t bytes = t.start[item + 1] - t.start[item];
    if (bytes > TEXT_SHOWN) {
        bytes = TEXT_SHOWN;
        while (bytes > 0 && ((unsigned char)text[bytes] & 0xC0) == 0x80) bytes--;
    }
    return akin_json_text_n(text, (size_t)bytes);
}

static akin_json *item_json(const cli_neighbours *n, const char *split, const akin_split_view *part,
                            int64_t i)
{
    char name[1024];
    akin_json *item = akin_json_pack(
        "{s:o,s:o}", "item", cli_json_text(akin_dataset_item_name(n->data, split, i, name, sizeof name)),
        "label",
        part->labels ? cli_json_text(akin_dataset_class_name(n->data, n->target, part->labels[i]))
                     : akin_json_null());
    if (akin_dataset_text(n->data))
        akin_json_put(item, "text", beginning(akin_dataset_text(n->data), part->items[i]));
    return item;
}

/* Pixels of the items of a split, or none. */
typedef struct sheet {
    akin_images train, test;
    int64_t pixels; /* of an item; 0 = there are none */
    uint8_t *rows;
} sheet;

static akin_status sheet_open(const cli_neighbours *n, int64_t cells, sheet *s, akin_error *err)
{
    const akin_image_set *images = akin_dataset_images(n->data);
    if (!images) return AKIN_OK;
    s->train = s->test = (akin_images)AKIN_IMAGES_INIT;
    akin_status status = akin_image_set_split(images, "train", &s->train, err);
    if (!status) status = akin_image_set_split(images, n->test_split, &s->test, err);
    if (status) return status;
    s->pixels = s->test.height * s->test.width * s->test.channels;
    s->rows = malloc((size_t)(cells * s->pixels));
    return s->rows ? AKIN_OK : no_memory(err);
}

static akin_status put(sheet *s, int64_t cell, const akin_images *from, int64_t i, akin_error *err)
{
    return s->pixels ? akin_images_fetch(from, &i, 1, s->rows + cell * s->pixels, err) : AKIN_OK;
}

static akin_status store(const cli_neighbours *n, const sheet *s, int64_t rows, int64_t k, akin_json *found,
                         akin_error *err)
{
    char path[4096];
    akin_json *root =
        akin_json_pack("{s:s,s:s,s:O}", "encoder", n->encoder, "layer", n->layer, "rows", found);
    snprintf(path, sizeof path, "%s/gallery", n->run);
    akin_status status = akin_folder_make(path, err);
    const int64_t shape[5] = { rows, 1 + k, s->test.height, s->test.width, s->test.channels };
    snprintf(path, sizeof path, "%s/gallery/%s.npy", n->run, n->name);
    if (!status && s->pixels) status = akin_npy_save(path, AKIN_U8, 5, shape, s->rows, err);
    snprintf(path, sizeof path, "%s/gallery/%s.json", n->run, n->name);
    if (!status) status = akin_json_save(path, root, AKIN_JSON_INDENTED, 6, err);
    akin_json_free(root);
    return status;
}

akin_status cli_eval_neighbours(const cli_neighbours *n, akin_mat train, akin_mat test, akin_error *err)
{
    int64_t item[QUERIES];
    int32_t index[QUERIES * (NEIGHBOURS + 1)];
    float similarity[QUERIES * (NEIGHBOURS + 1)];
    const bool same =
        strcmp(n->test_split, "train") == 0; /* then the first neighbour may be the item itself */
    const int64_t rows = test.rows < QUERIES ? test.rows : QUERIES, others = train.rows - same;
    const int64_t k = others < NEIGHBOURS ? others : NEIGHBOURS, asked = k + same;
    akin_split_view in_train = AKIN_SPLIT_VIEW_INIT, in_test = AKIN_SPLIT_VIEW_INIT;
    sheet s = { .pixels = 0 };
    akin_mat queries = { malloc((size_t)(rows * test.cols) * sizeof(float)), rows, test.cols, test.cols };
    akin_status status = queries.data ? sheet_open(n, rows * (1 + k), &s, err) : no_memory(err);
    if (!status) status = akin_dataset_split(n->data, "train", n->target, &in_train, err);
    if (!status) status = akin_dataset_split(n->data, n->test_split, n->target, &in_test, err);
    for (int64_t q = 0; q < rows && !status; q++) {
        item[q] = q * (test.rows / rows);
        memcpy(queries.data + q * test.cols, test.data + item[q] * test.stride,
               (size_t)test.cols * sizeof(float));
    }
    if (!status)
        status = akin_eval_neighbours(akin_const(queries), akin_const(train), asked, index, similarity, err);
    akin_json *list = akin_json_array();
    for (int64_t q = 0; q < rows && !status; q++) {
        akin_json *found = akin_json_array();
        status = put(&s, q * (1 + k), &s.test, item[q], err);
        for (int64_t j = 0, shown = 0; j < asked && shown < k && !status; j++) {
            const int64_t i = index[q * asked + j];
            if (same && i == item[q]) continue;
            status = put(&s, q * (1 + k) + ++shown, &s.train, i, err);
            akin_json *one = item_json(n, "train", &in_train, i);
            akin_json_put(one, "similarity", akin_json_real((double)similarity[q * asked + j]));
            akin_json_append(found, one);
        }
        akin_json_append(list,
                         akin_json_pack("{s:o,s:o}", "query", item_json(n, n->test_split, &in_test, item[q]),
                                        "neighbours", found));
    }
    if (!status) status = store(n, &s, rows, k, list, err);
    akin_json_free(list);
    free(s.rows);
    free(queries.data);
    return status;
}
