/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_utf8.c - UTF-8: found, mended, and named for what it is instead. */
#include "akin/tool/utf8.h"
#include "base/utf8.h"
#include "files/text_bytes.h"
#include "fuzz.h"

/* The table of well-formed sequences (Unicode, table 3-7), written once more. */
static size_t well_formed(const uint8_t *s, size_t n)
{
    const uint8_t a = s[0];
    const size_t length = a < 0x80                 ? 1
                          : a >= 0xC2 && a <= 0xDF ? 2
                          : a >= 0xE0 && a <= 0xEF ? 3
                          : a >= 0xF0 && a <= 0xF4 ? 4
                                                   : 0;
    if (length == 0 || length > n) return 0;
    const uint8_t low = a == 0xE0   ? 0xA0
                        : a == 0xF0 ? 0x90
                                    : 0x80,
                  high = a == 0xED   ? 0x9F
                         : a == 0xF4 ? 0x8F
                                     : 0xBF;
    for (size_t i = 1; i < length; i++)
        if (s[i] < (i == 1 ? low : 0x80) || s[i] > (i == 1 ? high : 0xBF)) return 0;
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fz_text(data, size), *mended = malloc(3 * size + 1);
    FZ_CHECK(mended);
    size_t at = 0, n = 0;
    while (at < size && (n = well_formed(data + at, size - at)) > 0) {
        FZ_CHECK(ak_utf8_length(text + at, size - at, NULL) == n);
        at += n;
    }
    if (at < size) FZ_CHECK(ak_utf8_length(text + at, size - at, NULL) == 0);
    const int64_t good = akin_utf8_check(text, (int64_t)size),
                  bytes = akin_utf8_mend(text, (int64_t)size, mended);
    FZ_CHECK(good <= (int64_t)at && (good == (int64_t)size) == (at == size && !memchr(text, 0, size)));
    FZ_CHECK(bytes <= 3 * (int64_t)size && akin_utf8_check(mended, bytes) == bytes);
    char why[AK_BAD_BYTE];
    if (good < (int64_t)size) FZ_CHECK(*ak_text_bad_byte(text, (int64_t)size, good, why));
    (void)ak_text_wide(text, size);
    akin_error err;
    fz_said(ak_text_explain(fz_file("text", data, size), &err), &err);
    free(text);
    free(mended);
    return 0;
}
