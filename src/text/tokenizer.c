/* SPDX-License-Identifier: Apache-2.0 */
/* text/tokenizer.c - words between Unicode word boundaries [Davis2022], in lower case.
 *
 * No boundary rule joins anything across ASCII white space or @, so a text is cut there first. (ICU 72
 * takes @ for a letter; the standard does not, and cutting there makes the result the same for all
 * versions.) Most pieces are nothing but ASCII and are handled here. Letters, digits and _ run on. One of .
 * ' between two letters, and one of . , ; ' between two digits, does not break the run (rules WB5 to WB13b
 * without what needs other characters). Any other piece goes through ICU as a whole: words_icu.c. A build
 * without ICU refuses it, so that no text has other words there. A test compares both ways with each other,
 * and the cutting with ICU on whole texts.
 *
 * ICU rather than libunistring: see docs/text.md. */
#include "text/tokenizer.h"

#include "text/unicode_words.h"

#include <string.h>

struct ak_tokenizer {
    bool lower;
    ak_word_list words;
    ak_unicode *unicode; /* NULL until a piece needs it */
};

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
static const unsigned char CLASS[256] = { /* 16 a line: controls, digits, capitals, small letters, HIGH */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 32, 32, 32, 32, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    32, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0, 0, 16, 0, 24, 0,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 16, 0, 0, 0, 0,
    32, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 4,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
};
/* clang-format on */

akin_status ak_tokenizer_create(bool lower, ak_tokenizer **out, akin_error *err)
{
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "tokenizer_create: out must not be NULL");
    ak_tokenizer *t = calloc(1, sizeof *t);
    if (!t) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a tokenizer");
    t->lower = lower;
    *out = t;
    return AKIN_OK;
}

void ak_tokenizer_free(ak_tokenizer *t)
{
    if (!t) return;
    ak_unicode_free(t->unicode);
    free(t->words.bytes);
    free(t->words.start);
    free(t);
}

/* Add the words of s up to its first white space. Returns the bytes read, or -1 when they are not all
 * ASCII: then the caller forgets the words that were added. */
static int64_t ascii_piece(ak_word_list *w, bool lower, const unsigned char *s, int64_t n)
{
    const unsigned char fold = lower ? 0x20 : 0;
    int64_t i = 0;
    for (;;) {
        while (i < n && !(CLASS[s[i]] & (IN_WORD | SPACE | HIGH))) i++;
        if (i == n || CLASS[s[i]] == SPACE) return i;
        if (CLASS[s[i]] == HIGH) return -1;
        char *to = w->bytes + w->used;
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
        w->used = (int32_t)(to - w->bytes);
        ak_word_list_end_word(w);
    }
}

akin_status ak_tokenize(ak_tokenizer *t, const char *text, int64_t bytes, ak_words *out, akin_error *err)
{
    if (!t || !out || (!text && bytes > 0))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "tokenize: t, text and out must not be NULL");
    if (bytes < 0 || bytes > MOST_BYTES)
        return ak_fail(err, AKIN_ERR_INPUT, "a text of %lld bytes; the limit is %d", (long long)bytes,
                       MOST_BYTES);
    ak_word_list *w = &t->words;
    /* Lower case takes at most three bytes for two (U+0130), or two bytes more than the character had. */
    if (!ak_grow(&w->bytes, &w->bytes_room, 3 * bytes + 8, 1) ||
        !ak_grow(&w->start, &w->start_room, bytes + 2, sizeof *w->start))
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the words of a text of %lld bytes",
                       (long long)bytes);
    w->n = 0;
    w->used = w->start[0] = 0;
    for (int64_t i = 0; i < bytes; i++) {
        const int64_t n = w->n;
        const int32_t used = w->used;
        int64_t piece = ascii_piece(w, t->lower, (const unsigned char *)text + i, bytes - i);
        if (piece < 0) {
            w->n = n;
            w->used = used;
            for (piece = 0; i + piece < bytes && CLASS[(unsigned char)text[i + piece]] != SPACE;) piece++;
            AK_TRY(ak_unicode_words(&t->unicode, t->lower, text + i, piece, w, err));
        }
        i += piece;
    }
    *out = (ak_words){ w->bytes, w->start, w->n };
    return AKIN_OK;
}

/* Many texts
 * -------------------------------------------------------------------------------------------------- */

typedef struct block_work {
    const ak_tokenize_job *job;
    ak_tokenizer **tokenizer; /* [threads] */
    ak_tokenized_fn *fn;
    void *ctx;
    akin_status *status; /* [blocks] */
    akin_error *error;   /* [blocks] */
} block_work;

static akin_status tokenize_item(const block_work *w, int64_t block, int worker, int64_t item,
                                 akin_error *err)
{
    const akin_texts *texts = w->job->texts;
    const int64_t at = texts->start[item];
    ak_words words = { .n = 0 };
    akin_error why;
    const akin_status status =
        ak_tokenize(w->tokenizer[worker], texts->bytes + at, texts->start[item + 1] - at, &words, &why);
    if (!status) return w->fn(block, item, &words, w->ctx, err);
    return ak_fail(err, status, "text %lld: %.700s", (long long)item,
                   status == AKIN_ERR_INPUT ? "it is not UTF-8" : why.message);
}

static void tokenize_block(int64_t block, int worker, void *ctx)
{
    const block_work *w = ctx;
    const ak_tokenize_job *job = w->job;
    const int64_t end = job->n * (block + 1) / job->blocks;
    akin_status status = AKIN_OK;
    for (int64_t i = job->n * block / job->blocks; i < end && !status; i++)
        status = tokenize_item(w, block, worker, job->items ? job->items[i] : i, &w->error[block]);
    w->status[block] = status;
}

int64_t ak_text_blocks(int64_t n) { return n < 512 ? 1 : n < 64 * 512 ? n / 512 : 64; }

akin_status ak_tokenize_texts(const ak_tokenize_job *job, ak_tokenized_fn *fn, void *ctx, akin_error *err)
{
    const int threads = akin_threads();
    const int64_t blocks = job->blocks;
    block_work w = { .job = job, .fn = fn, .ctx = ctx };
    w.tokenizer = calloc((size_t)threads, sizeof(ak_tokenizer *));
    w.status = calloc((size_t)blocks, sizeof *w.status);
    w.error = calloc((size_t)blocks, sizeof *w.error);
    akin_status status = AKIN_OK;
    if (!w.tokenizer || !w.status || !w.error)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory to find words");
    for (int i = 0; i < threads && !status; i++)
        status = ak_tokenizer_create(job->lower, &w.tokenizer[i], err);
    if (!status) ak_parallel_tasks(blocks, tokenize_block, &w);
    for (int64_t b = 0; b < blocks && !status; b++) {
        status = w.status[b];
        if (status && err) *err = w.error[b];
    }
    for (int i = 0; w.tokenizer && i < threads; i++) ak_tokenizer_free(w.tokenizer[i]);
    free(w.tokenizer);
    free(w.status);
    free(w.error);
    return status;
}
