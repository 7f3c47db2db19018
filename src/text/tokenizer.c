/* SPDX-License-Identifier: Apache-2.0 */
/* text/tokenizer.c - words between Unicode word boundaries [Davis2022], in lower case.
 *
 * No boundary rule joins anything across ASCII white space or @, so a text is cut there first. (ICU 72 takes @ for a
 * letter; the standard does not, and cutting there makes the result the same for all versions.) A piece of nothing but ASCII,
 * which is most of most texts, is handled here: letters, digits and _ run on; one of . ' between two letters and one of
 * . , ; ' between two digits does not break the run (WB5 to WB13b without what needs other characters). Any other piece
 * goes through ICU as a whole (words_icu.c; a build without ICU refuses it, so that no text has other words there).
 * A test holds both paths against each other, and the cutting against ICU on whole texts.
 *
 * ICU rather than libunistring: see docs/text.md. */
#include "text/tokenizer.h"

enum { MOST_BYTES = 1 << 28 };

/* What a byte can be in a word. */
enum {
    OTHER = 0,
    LETTER = 1,
    DIGIT = 2,
    JOINER = 4,
    IN_WORD = 7,
    MID_LETTER = 8,
    MID_DIGIT = 16,
    SPACE = 32,
    HIGH = 64
};

/* clang-format off */
static const unsigned char CLASS[256] = { /* 32 a line: controls, digits, capitals, small letters, HIGH */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 32, 32, 32, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    32, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0, 0, 16, 0, 24, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 16, 0, 0, 0, 0,
    32, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 4,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
};
/* clang-format on */

akin_status akin_tokenizer_create(bool lower, akin_tokenizer **out, akin_error *err)
{
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "tokenizer_create: out must not be NULL");
    akin_tokenizer *t = calloc(1, sizeof *t);
    if (!t) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a tokenizer");
    t->lower = lower;
    *out = t;
    return AKIN_OK;
}

void akin_tokenizer_free(akin_tokenizer *t)
{
    if (!t) return;
    ak_unicode_free(t->unicode);
    free(t->bytes);
    free(t->start);
    free(t);
}

/* The piece s[0..n), up to white space. Returns its length, or -1 when it is not all ASCII: then what it left in t is
 * to be forgotten. */
static int64_t ascii_piece(akin_tokenizer *t, const unsigned char *s, int64_t n)
{
    int64_t i = 0;
    for (;;) {
        while (i < n && !(CLASS[s[i]] & (IN_WORD | SPACE | HIGH))) i++;
        if (i == n || CLASS[s[i]] == SPACE) return i;
        if (CLASS[s[i]] == HIGH) return -1;
        char *to = t->bytes + t->used;
        const unsigned char fold = t->lower ? 0x20 : 0;
        int seen = 0;
        for (; i < n; i++) {
            const int k = CLASS[s[i]];
            if (k & IN_WORD) {
                *to++ = (char)(k == LETTER ? s[i] | fold : s[i]);
                seen |= k;
                continue;
            }
            if (k == HIGH) return -1;
            if (i + 1 == n) break;
            const int around = CLASS[s[i - 1]] & CLASS[s[i + 1]];
            if (!((k & MID_LETTER && around & LETTER) || (k & MID_DIGIT && around & DIGIT))) break;
            *to++ = (char)s[i];
        }
        if (!(seen & (LETTER | DIGIT))) continue; /* nothing but _ */
        t->used = (int32_t)(to - t->bytes);
        ak_tokenizer_end_word(t);
    }
}

akin_status akin_tokenize(akin_tokenizer *t, const char *text, int64_t bytes, akin_words *out,
                          akin_error *err)
{
    if (!t || !out || (!text && bytes > 0))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "tokenize: t, text and out must not be NULL");
    if (bytes < 0 || bytes > MOST_BYTES)
        return ak_fail(err, AKIN_ERR_INPUT, "a text of %lld bytes; the limit is %d", (long long)bytes,
                       MOST_BYTES);
    /* Lower case takes at most three bytes for two (U+0130), or two bytes more than a character had. */
    if (!ak_grow(&t->bytes, &t->bytes_room, 3 * bytes + 8, 1) ||
        !ak_grow(&t->start, &t->start_room, bytes + 2, sizeof *t->start))
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the words of a text of %lld bytes",
                       (long long)bytes);
    t->n = 0;
    t->used = t->start[0] = 0;
    for (int64_t i = 0; i < bytes; i++) {
        const int64_t n = t->n;
        const int32_t used = t->used;
        int64_t piece = ascii_piece(t, (const unsigned char *)text + i, bytes - i);
        if (piece < 0) {
            t->n = n;
            t->used = used;
            for (piece = 0; i + piece < bytes && CLASS[(unsigned char)text[i + piece]] != SPACE;) piece++;
            AK_TRY(ak_unicode_piece(t, text + i, piece, err));
        }
        i += piece;
    }
    *out = (akin_words){ t->bytes, t->start, t->n };
    return AKIN_OK;
}

/* Many texts -------------------------------------------------------------------------------------------------- */

typedef struct block_job {
    const akin_texts *texts;
    const int32_t *items;
    int64_t n, blocks;
    akin_tokenizer **tokenizer; /* [threads] */
    ak_words_fn *fn;
    void *ctx;
    akin_status *status; /* [blocks] */
    akin_error *error;   /* [blocks] */
} block_job;

static void tokenize_block(int64_t block, int worker, void *ctx)
{
    const block_job *w = ctx;
    const int64_t end = w->n * (block + 1) / w->blocks;
    akin_status status = AKIN_OK;
    for (int64_t i = w->n * block / w->blocks; i < end && !status; i++) {
        const int64_t item = w->items ? w->items[i] : i;
        const int64_t at = w->texts->start[item];
        akin_words words = { .n = 0 };
        status = akin_tokenize(w->tokenizer[worker], w->texts->bytes + at, w->texts->start[item + 1] - at,
                               &words, &w->error[block]);
        if (status) {
            const akin_error why = w->error[block];
            status = ak_fail(&w->error[block], status, "text %lld: %.700s", (long long)item,
                             status == AKIN_ERR_INPUT ? "it is not UTF-8" : why.message);
        } else
            status = w->fn(block, item, &words, w->ctx, &w->error[block]);
    }
    w->status[block] = status;
}

int64_t ak_text_blocks(int64_t n) { return n < 512 ? 1 : n < 64 * 512 ? n / 512 : 64; }

akin_status ak_texts_tokenize(const akin_texts *texts, const int32_t *items, int64_t n, bool lower,
                              int64_t blocks, ak_words_fn *fn, void *ctx, akin_error *err)
{
    const int threads = akin_threads();
    block_job w = { texts, items, n, blocks, NULL, fn, ctx, NULL, NULL };
    w.tokenizer = calloc((size_t)threads, sizeof(akin_tokenizer *));
    w.status = calloc((size_t)blocks, sizeof *w.status);
    w.error = calloc((size_t)blocks, sizeof *w.error);
    akin_status status = AKIN_OK;
    if (!w.tokenizer || !w.status || !w.error)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory to find words");
    for (int i = 0; i < threads && !status; i++) status = akin_tokenizer_create(lower, &w.tokenizer[i], err);
    if (!status) ak_parallel_tasks(blocks, tokenize_block, &w);
    for (int64_t b = 0; b < blocks && !status; b++) {
        status = w.status[b];
        if (status && err) *err = w.error[b];
    }
    for (int i = 0; w.tokenizer && i < threads; i++) akin_tokenizer_free(w.tokenizer[i]);
    free(w.tokenizer);
    free(w.status);
    free(w.error);
    return status;
}
