/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_vec.c - word vectors as text, for a vocabulary of three words. */
#include "akin/tool/vocab.h"
#include "akin/tool/word_vectors.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static akin_vocab *v;
    akin_error err;
    if (!v) {
        static const int64_t START[] = { 0, 12 };
        const akin_texts texts = { sizeof texts, "one two cats", START, 1 };
        akin_vocab_opts opts = AKIN_VOCAB_OPTS_INIT;
        opts.min_count = 1;
        opts.maxn = 0;
        FZ_CHECK(akin_vocab_build(&texts, NULL, 1, &opts, &v, &err) == AKIN_OK);
    }
    akin_word_vectors *w = NULL;
    if (fz_said(akin_word_vectors_load(fz_file("words.vec", data, size), v, &w, &err), &err)) {
        FZ_CHECK(w->mat.rows == akin_vocab_words(v) && w->mat.cols > 0 && w->found <= w->mat.rows);
        FZ_CHECK(ak_all_finite(w->mat.data, w->mat.rows * w->mat.stride));
    }
    akin_word_vectors_free(w);
    return 0;
}
