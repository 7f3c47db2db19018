/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_tokenizer.c - a text cut into words, with capitals and without. */
#include "akin/tool/utf8.h"
#include "fuzz.h"
#include "text/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ak_tokenizer *t[2];
    akin_error err;
    for (int lower = 0; lower < 2; lower++) {
        ak_words words;
        if (!t[lower]) FZ_CHECK(ak_tokenizer_create(lower, &t[lower], &err) == AKIN_OK);
        char *text = fz_text(data, size);
        const akin_status status = ak_tokenize(t[lower], text, (int64_t)size, &words, &err);
        if (fz_said(status, &err)) {
            FZ_CHECK(words.n >= 0 && words.n <= (int64_t)size && (words.n == 0 || words.start[0] == 0));
            for (int64_t i = 0; i < words.n; i++) {
                const int64_t bytes = words.start[i + 1] - words.start[i];
                FZ_CHECK(bytes > 0 && akin_utf8_check(words.bytes + words.start[i], bytes) == bytes);
            }
        } else {
            FZ_CHECK(akin_utf8_check(text, (int64_t)size) < (int64_t)size);
        }
        free(text);
    }
    return 0;
}
