/* SPDX-License-Identifier: Apache-2.0 */
/* text/ngrams.c - character n-grams and their numbers  [Bojanowski2017 sec.3.2]. */
#include "text/ngrams.h"

#include <string.h>

/* 32-bit FNV-1a. As in fastText a byte is a signed number, so from 0x80 on its upper bits are set. */
static uint32_t hash_byte(uint32_t h, char byte)
{
    const uint32_t wide = (uint32_t)(signed char)byte;
    return (h ^ wide) * 16777619u;
}

int64_t ak_ngrams(const akin_vocab_opts *o, int64_t words, const char *word, int64_t bytes, int32_t *ids,
                  int64_t room)
{
    char wrapped[AKIN_WORD_BYTES + 2];
    int64_t n = 0;
    if (o->maxn == 0) return 0;
    if (bytes > AKIN_WORD_BYTES) bytes = AKIN_WORD_BYTES;
    wrapped[0] = '<';
    memcpy(wrapped + 1, word, (size_t)bytes);
    wrapped[bytes + 1] = '>';
    bytes += 2;
    for (int64_t i = 0; i < bytes; i++) {
        if ((wrapped[i] & 0xc0) == 0x80) continue;
        uint32_t h = 2166136261u;
        int64_t j = i;
        for (int32_t k = 1; j < bytes && k <= o->maxn; k++) {
            h = hash_byte(h, wrapped[j++]);
            while (j < bytes && (wrapped[j] & 0xc0) == 0x80) h = hash_byte(h, wrapped[j++]);
            if (k < o->minn || (k == 1 && (i == 0 || j == bytes))) continue;
            if (n < room) ids[n] = (int32_t)(words + h % (uint32_t)o->buckets);
            n++;
        }
    }
    return n;
}

typedef struct expansion {
    const akin_vocab_opts *opts;
    int64_t words;
    const ak_names *names;
    int64_t own; /* 1 with the word's own id */
    int64_t *row;
    int32_t *ids;
} expansion;

static int64_t ngrams_of(const expansion *w, int64_t i, int32_t *ids, int64_t room)
{
    return ak_ngrams(w->opts, w->words, ak_names_text(w->names, i), ak_names_bytes(w->names, i), ids, room);
}

static void count_rows(int64_t begin, int64_t end, void *ctx)
{
    const expansion *w = ctx;
    for (int64_t i = begin; i < end; i++) w->row[i + 1] = w->own + ngrams_of(w, i, NULL, 0);
}

static void fill_rows(int64_t begin, int64_t end, void *ctx)
{
    const expansion *w = ctx;
    for (int64_t i = begin; i < end; i++) {
        int32_t *to = w->ids + w->row[i];
        if (w->own) *to++ = (int32_t)i;
        ngrams_of(w, i, to, w->row[i + 1] - w->row[i] - w->own);
    }
}

akin_status ak_ngrams_of_names(const akin_vocab_opts *opts, int64_t words, const ak_names *names, bool own,
                               int64_t **row, int32_t **ids, akin_error *err)
{
    expansion w = { .opts = opts, .words = words, .names = names, .own = own };
    w.row = calloc((size_t)names->n + 1, sizeof *w.row);
    if (!w.row) return ak_no_memory(err, "for the n-grams of words");
    ak_parallel_for(names->n, 4096, count_rows, &w);
    for (int64_t i = 0; i < names->n; i++) w.row[i + 1] += w.row[i];
    w.ids = malloc((size_t)w.row[names->n] * sizeof *w.ids + 1);
    if (!w.ids) {
        free(w.row);
        return ak_no_memory(err, "for the n-grams of words");
    }
    ak_parallel_for(names->n, 4096, fill_rows, &w);
    *row = w.row;
    *ids = w.ids;
    return AKIN_OK;
}

/* Add id to a table of `room` places, a power of two; 0 is a free place. True where it is new. */
static bool add_id(uint32_t *table, uint32_t room, uint32_t id)
{
    uint32_t at = id * 2654435761u & (room - 1);
    while (table[at] && table[at] != id + 1) at = (at + 1) & (room - 1);
    const bool known = table[at] != 0;
    table[at] = id + 1;
    return !known;
}

int64_t ak_ngrams_different(const akin_vocab_opts *opts, const ak_names *names, int64_t most)
{
    enum { IDS = (AKIN_WORD_BYTES + 2) * 16 };
    akin_vocab_opts wide = *opts;
    wide.buckets = 100000000;
    uint32_t room = 64;
    while (room < 2 * (uint64_t)most) room *= 2;
    uint32_t *table = calloc(room, sizeof *table);
    if (!table) return -1;
    int64_t n = 0;
    for (int64_t i = 0; i < names->n && n < most; i++) {
        int32_t ids[IDS];
        const int64_t some = ak_ngrams(&wide, 0, ak_names_text(names, i), ak_names_bytes(names, i), ids, IDS);
        for (int64_t k = 0; k < some && n < most; k++) n += add_id(table, room, (uint32_t)ids[k]);
    }
    free(table);
    return n;
}
