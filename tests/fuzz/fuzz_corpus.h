/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_corpus.h - texts in a form that is forced, under options that the last bytes of the input
 * give. */
#ifndef AK_TESTS_FUZZ_CORPUS_H
#define AK_TESTS_FUZZ_CORPUS_H

#include "akin/tool/corpus.h"
#include "akin/tool/utf8.h"
#include "fuzz.h"

static inline void fz_see_corpus(const akin_corpus *c)
{
    const akin_texts *t = akin_corpus_texts(c);
    FZ_CHECK(t->n > 0 && t->start[0] == 0);
    for (int64_t i = 0; i < t->n; i++) {
        const int64_t bytes = t->start[i + 1] - t->start[i];
        FZ_CHECK(bytes >= 0 && akin_utf8_check(t->bytes + t->start[i], bytes) == bytes);
    }
    char name[64];
    akin_error err;
    for (int s = 0; s < akin_corpus_splits(c); s++) {
        const int32_t *items;
        int64_t n;
        FZ_CHECK(akin_corpus_split(c, akin_corpus_split_name(c, s), &items, &n, &err) == AKIN_OK);
        for (int64_t i = 0; i < n; i++) {
            FZ_CHECK(items[i] >= 0 && items[i] < t->n);
            FZ_CHECK(strlen(akin_corpus_item_name(c, items[i], name, sizeof name)) < sizeof name);
        }
    }
}

static inline void fz_corpus(const char *file, const char *format, fz_input in)
{
    static const char *const COLUMNS[] = { NULL,
                                           "text=1",
                                           "anchor=1,positive=2",
                                           "text=2,label=1",
                                           "text=-1",
                                           "anchor=1,positive=2,negative=3,label=kind",
                                           "text=text,group=1",
                                           "1" };
    const unsigned a = fz_option(&in), b = fz_option(&in);
    akin_corpus_opts opts = AKIN_CORPUS_OPTS_INIT;
    opts.format = format;
    opts.on_bad = a & 1 ? AKIN_BAD_SKIP : AKIN_BAD_STOP;
    opts.max_bad_frac = a & 2 ? 1 : 0.5;
    opts.drop_duplicates = a & 4;
    opts.min_words = a >> 3 & 3;
    opts.val_frac = a & 32 ? 0.25 : 0;
    opts.test_frac = a & 64 ? 0.5 : 0;
    opts.shuffle = a & 128;
    opts.columns = COLUMNS[b & 7];
    opts.rows = (akin_corpus_rows)(b >> 3 & 1);
    opts.max_bytes = 1 << 22;
    akin_error err;
    akin_corpus *c = NULL;
    if (fz_said(akin_corpus_open(fz_file(file, in.at, in.n), &opts, &c, &err), &err)) fz_see_corpus(c);
    akin_corpus_free(c);
}

#endif
