/* SPDX-License-Identifier: Apache-2.0 */
/* set/graph.h - pairs of items from a file: which are alike, and how much; which are known to differ. What
 * the file does not tell of is unknown. docs/training.md describes the forms of the file. */
#ifndef AK_SET_GRAPH_H
#define AK_SET_GRAPH_H

#include "akin/tool/keep_list.h"
#include "base/base.h"

/* Every pair stands with both its items, whose others are in ascending order. */
typedef struct ak_graph {
    int64_t items;
    int64_t *start; /* [items + 1] into other and weight */
    int32_t *other;
    float *weight;        /* above 0: alike; below: known to differ; never 0 */
    int64_t alike, apart; /* pairs, each once */
    int64_t repeats;      /* that the file tells again with the same weight */
    int64_t alone;        /* items that are alike with none */
    bool header;          /* its first line was taken as names of columns */
    bool numbered;        /* lines name an item by its number */
    char fingerprint[24]; /* of the pairs, whatever the form of the file */
} ak_graph;

/* name tells item i of those that are learned from. AKIN_ERR_INPUT (cannot be read, no pairs, an item that
 * there is not, an item with itself, one pair with two weights), AKIN_ERR_FORMAT; with the line, or the entry
 * of the matrix. AKIN_ERR_NOMEM. */
akin_status ak_graph_read(const char *path, int64_t items, akin_item_name_fn *name, void *ctx, ak_graph **out,
                          akin_error *err);
void ak_graph_free(ak_graph *g); /* takes NULL */

/* Reading, piece by piece: graph_text.c, graph_matrix.c. */
typedef struct ak_graph_pair {
    int32_t a, b;
    float weight;
    int64_t place; /* the line, or the entry from 0 */
} ak_graph_pair;

typedef struct ak_graph_reader {
    const char *path;
    const char *unit; /* "line" or "entry" */
    int64_t items;
    akin_item_name_fn *name;
    void *ctx;
    ak_graph_pair *pair;
    int64_t n, room;
    bool header, numbered;
} ak_graph_reader;

akin_status ak_graph_add(ak_graph_reader *r, int64_t a, int64_t b, double weight, int64_t place,
                         akin_error *err);
akin_status ak_graph_read_text(ak_graph_reader *r, akin_error *err);
akin_status ak_graph_read_matrix(ak_graph_reader *r, akin_error *err);

#endif
