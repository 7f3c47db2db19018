/* SPDX-License-Identifier: Apache-2.0 */
/* nn/gru_batch.c - the rows of a batch: checked, sorted by length, given their places, and filled with word
 * vectors.
 *
 * Rows are sorted longest first; equal lengths stay in the order given. So the rows that still have tokens
 * at a step are the first ones of their group, and nothing is computed for tokens that are not there. */
#include "nn/gru.h"

#include <string.h>
#include <unistd.h>

static akin_status check_rows(const akin_gru *g, akin_cmat table, const akin_ragged *rows, akin_error *err)
{
    if (!g || !rows || !rows->start || !table.data)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "gru: forward needs a gru, rows and a table of word vectors");
    if (rows->rows < 1 || rows->rows > g->max_rows)
        return ak_fail(err, AKIN_ERR_SHAPE, "gru: %lld rows; expected 1 to %lld", (long long)rows->rows,
                       (long long)g->max_rows);
    if (table.rows < 1 || table.cols != g->dim || table.stride < table.cols)
        return ak_fail(
            err, AKIN_ERR_SHAPE, "gru: the table is [%lld,%lld] with stride %lld; expected width %lld",
            (long long)table.rows, (long long)table.cols, (long long)table.stride, (long long)g->dim);
    if (rows->start[0] != 0)
        return ak_fail(err, AKIN_ERR_SHAPE, "gru: the first row starts at %lld; expected 0",
                       (long long)rows->start[0]);
    for (int64_t r = 0; r < rows->rows; r++)
        if (rows->start[r + 1] < rows->start[r])
            return ak_fail(err, AKIN_ERR_SHAPE, "gru: row %lld starts at %lld and ends before it, at %lld",
                           (long long)r, (long long)rows->start[r], (long long)rows->start[r + 1]);
    if (rows->start[rows->rows] > 0 && !rows->ids)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "gru: the rows have no ids");
    for (int64_t r = 0; r < rows->rows; r++)
        for (int64_t t = rows->start[r]; t < rows->start[r + 1]; t++)
            if (rows->ids[t] < 0 || rows->ids[t] >= table.rows)
                return ak_fail(err, AKIN_ERR_RANGE,
                               "gru: row %lld, token %lld is word %d; the table has words 0 to %lld",
                               (long long)r, (long long)(t - rows->start[r]), (int)rows->ids[t],
                               (long long)table.rows - 1);
    return AKIN_OK;
}

static int64_t length_of(const akin_gru *g, const akin_ragged *rows, int64_t r)
{
    const int64_t length = rows->start[r + 1] - rows->start[r];
    return length < g->max_len ? length : g->max_len;
}

/* Room ------------------------------------------------------------------------------------------------ */

/* Refused before anything is allocated. Linux grants memory that it does not have, and kills the process
 * that uses it. */
static akin_status take_block(void **block, size_t *bytes, size_t item, int64_t n, const char *what,
                              akin_error *err)
{
    free(*block);
    *block = NULL;
    *bytes = ak_arena_padded(item, n, 1);
    const double need = (double)item * (double)n;
    const double have = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    if (*bytes && (have <= 0 || need <= have)) *block = ak_alloc(item, n, 1);
    if (*block) return AKIN_OK;
    *bytes = 0;
    return ak_fail(
        err, AKIN_ERR_NOMEM,
        "gru: a batch with %lld %s needs %.1f MiB of memory, which are not there; give fewer rows at a time",
        (long long)n, what, need * 0x1p-20);
}

static float *cut(unsigned char **at, int64_t floats)
{
    float *p = (float *)(void *)*at;
    *at += (size_t)floats * sizeof(float);
    return p;
}

static akin_status row_room(akin_gru *g, int64_t rows, akin_error *err)
{
    if (rows <= g->row_room) return AKIN_OK;
    g->row_room = 0;
    const int64_t room = (rows + 15) / 16 * 16 + 16; /* a multiple of 16 keeps each array on a cache line */
    const int64_t sides = (int64_t)g->opts.layers * g->directions;
    const int64_t floats = (sides + g->directions) * g->padded + 1;
    AK_TRY(take_block(&g->row_block, &g->row_bytes,
                      (size_t)floats * sizeof(float) + 2 * sizeof(int32_t) + sizeof(int64_t), room, "rows",
                      err));
    unsigned char *at = g->row_block;
    for (int l = 0; l < g->opts.layers; l++)
        for (int d = 0; d < g->directions; d++) g->layer[l].side[d].dh = cut(&at, room * g->padded);
    g->feature = cut(&at, room * g->directions * g->padded);
    g->over = cut(&at, room);
    g->first = (int64_t *)(void *)at;
    at += (size_t)room * sizeof(int64_t);
    g->length = (int32_t *)(void *)at;
    at += (size_t)room * sizeof(int32_t);
    g->order = (int32_t *)(void *)at;
    g->row_room = room - 1; /* first has one more */
    return AKIN_OK;
}

static akin_status place_room(akin_gru *g, int64_t places, akin_error *err)
{
    if (places <= g->place_room) return AKIN_OK;
    g->place_room = 0;
    const int64_t room = (places + places / 4 + 15) / 16 * 16 + 16;
    int64_t floats = 0;
    for (int l = 0; l < g->opts.layers; l++) floats += 2 * g->layer[l].stored + g->directions * 5 * g->padded;
    AK_TRY(take_block(&g->place_block, &g->place_bytes, (size_t)floats * sizeof(float) + sizeof(int64_t),
                      room, "tokens", err));
    unsigned char *at = g->place_block;
    for (int l = 0; l < g->opts.layers; l++) {
        ak_gru_layer *layer = &g->layer[l];
        layer->x = cut(&at, room * layer->stored);
        layer->dx = cut(&at, room * layer->stored);
        for (int d = 0; d < g->directions; d++) {
            layer->side[d].h = cut(&at, room * g->padded);
            layer->side[d].gate = cut(&at, room * 4 * g->padded);
        }
    }
    g->token = (int64_t *)(void *)at;
    g->place_room = room - 1; /* gate has one more */
    return AKIN_OK;
}

/* Places ---------------------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Sorted by length, longest first; first[] serves as the keys. */
static void sort_rows(akin_gru *g, const akin_ragged *rows)
{
    int64_t *key = g->first;
    for (int64_t r = 0; r < rows->rows; r++) key[r] = (g->max_len - length_of(g, rows, r)) << 24 | r;
    qsort(key, (size_t)rows->rows, sizeof *key, by_key);
    int64_t place = 0;
    for (int64_t s = 0; s < rows->rows; s++) {
        const int64_t r = key[s] & ((1 << 24) - 1), length = length_of(g, rows, r);
        g->order[s] = (int32_t)r;
        g->length[s] = (int32_t)length;
        g->over[s] = length ? 1 / (float)length : 0;
        g->first[s] = place;
        place += length + 1;
    }
    g->first[rows->rows] = place;
}

typedef struct fill_job {
    akin_gru *g;
    akin_cmat table;
    const akin_ragged *rows;
} fill_job;

static void fill_range(int64_t begin, int64_t end, void *ctx)
{
    const fill_job *w = ctx;
    akin_gru *g = w->g;
    ak_gru_layer *input = &g->layer[0];
    for (int64_t s = begin; s < end; s++) {
        const int64_t start = w->rows->start[g->order[s]], first = g->first[s], length = g->length[s];
        for (int64_t t = 0; t <= length; t++) {
            float *x = input->x + (first + t) * input->stored;
            int64_t used = 0;
            if (t < length) {
                used = g->dim;
                memcpy(x, ak_crow(w->table, w->rows->ids[start + t]), (size_t)used * sizeof *x);
            }
            memset(x + used, 0, (size_t)(input->stored - used) * sizeof *x);
            g->token[first + t] = t < length ? start + t : -1;
        }
        for (int l = 0; l < g->opts.layers; l++) {
            ak_gru_layer *layer = &g->layer[l];
            memset(layer->x + (first + length) * layer->stored, 0, (size_t)layer->stored * sizeof(float));
            for (int d = 0; d < g->directions; d++)
                memset(layer->side[d].h + ak_gru_place(g, s, d, 0) * g->padded, 0,
                       (size_t)g->padded * sizeof(float));
        }
    }
}

akin_status ak_gru_take(akin_gru *g, akin_cmat table, const akin_ragged *rows, akin_error *err)
{
    AK_TRY(check_rows(g, table, rows, err));
    int64_t places = rows->rows;
    for (int64_t r = 0; r < rows->rows; r++) places += length_of(g, rows, r);
    g->ready = false;
    AK_TRY(row_room(g, rows->rows, err));
    AK_TRY(place_room(g, places, err));
    g->rows = rows->rows;
    g->places = places;
    g->tokens = rows->start[rows->rows];
    sort_rows(g, rows);
    fill_job w = { g, table, rows };
    ak_parallel_for(rows->rows, 8, fill_range, &w);
    return AKIN_OK;
}
