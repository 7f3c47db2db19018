/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_vocab.c - the file of a vocabulary as it is, and with its last line, the sum, put right. */
#include "akin/tool/vocab.h"
#include "fuzz.h"

#include <xxhash.h>

static void load(const uint8_t *data, size_t n)
{
    akin_error err;
    akin_vocab *v = NULL;
    if (fz_said(akin_vocab_load(fz_file("vocabulary.txt", data, n), &v, &err), &err)) {
        FZ_CHECK(akin_vocab_words(v) >= 0 && akin_vocab_rows(v) > akin_vocab_words(v));
        for (int64_t i = 0; i < akin_vocab_words(v); i++)
            FZ_CHECK(akin_vocab_word(v, i) && akin_vocab_count(v, i) >= 0);
        /* What is saved again is the same file. */
        char *text = NULL;
        size_t bytes = 0;
        const char *path = fz_path("again.txt");
        FZ_CHECK(akin_vocab_save(v, path, &err) == AKIN_OK);
        FZ_CHECK(akin_file_load(path, 1 << 26, &text, &bytes, &err) == AKIN_OK);
        FZ_CHECK(bytes == n && memcmp(text, data, n) == 0);
        free(text);
    }
    akin_vocab_free(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { LAST = 6 + 16 + 1 };
    load(data, size);
    uint8_t *copy = malloc(size + LAST + 1);
    FZ_CHECK(copy);
    if (size) memcpy(copy, data, size);
    const size_t body = size >= LAST && memcmp(data + size - LAST, "xxh64 ", 6) == 0 ? size - LAST : size;
    snprintf((char *)copy + body, LAST + 1, "xxh64 %016llx\n", (unsigned long long)XXH64(copy, body, 0));
    load(copy, body + LAST);
    free(copy);
    return 0;
}
