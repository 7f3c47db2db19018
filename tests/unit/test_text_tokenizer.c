/* SPDX-License-Identifier: Apache-2.0 */
/* Words: the own path for ASCII against ICU's iterator on the whole text, on random texts of signs that
 * meet every rule; a text cut at white space against ICU on the whole, with other scripts mixed in; and
 * examples worked by hand. The reference below goes through ICU alone and shares nothing with the library. */
#include "akin/tool/utf8.h"
#include "akin/tool/vocab.h"
#include "text/tokenizer.h"
#include "test.h"

#include <unicode/ubrk.h>
#include <unicode/ustring.h>

static akin_error err;
static ak_tokenizer *lower, *as_is;

/* The words of a text by ICU, each followed by a line end. */
static void reference(const char *text, bool fold, char *out)
{
    static UChar wide[4096], folded[12288];
    static UBreakIterator *breaks;
    UErrorCode code = U_ZERO_ERROR;
    int32_t n = 0, bytes = 0;
    u_strFromUTF8(wide, 4096, &n, text, -1, &code);
    for (int32_t i = 0; i < n; i++)
        if (wide[i] == '@') wide[i] = ' '; /* ICU 72 takes it for a letter, UAX 29 does not */
    const UChar *s = wide;
    if (fold) {
        n = u_strToLower(folded, 12288, wide, n, "", &code);
        s = folded;
    }
    if (!breaks) breaks = ubrk_open(UBRK_WORD, "en", NULL, 0, &code);
    ubrk_setText(breaks, s, n, &code);
    for (int32_t from = 0, to = ubrk_next(breaks); to != UBRK_DONE; from = to, to = ubrk_next(breaks)) {
        if (ubrk_getRuleStatus(breaks) < UBRK_WORD_NONE_LIMIT) continue;
        bool joiners = true;
        for (int32_t i = from; i < to; i++) joiners = joiners && s[i] == '_';
        if (joiners) continue;
        u_strToUTF8(out, 1 << 15, &bytes, s + from, to - from, &code);
        out += bytes;
        *out++ = '\n';
    }
    *out = 0;
    CHECK(U_SUCCESS(code));
}

static void library(const char *text, bool fold, char *out)
{
    ak_words w = { .n = -1 };
    CHECK_OK(ak_tokenize(fold ? lower : as_is, text, (int64_t)strlen(text), &w, &err));
    for (int64_t i = 0; i < w.n; i++) {
        memcpy(out, w.bytes + w.start[i], (size_t)(w.start[i + 1] - w.start[i]));
        out += w.start[i + 1] - w.start[i];
        *out++ = '\n';
    }
    *out = 0;
}

static void compare(const char *text)
{
    static char want[1 << 15], got[1 << 15];
    for (int fold = 0; fold < 2; fold++) {
        reference(text, fold, want);
        library(text, fold, got);
        if (strcmp(want, got) == 0) continue;
        print_error("'%s':\nICU:\n%sakin:\n%s", text, want, got);
        _fail(__FILE__, __LINE__);
    }
}

static void ascii_words_are_those_of_icu(void **state)
{
    (void)state;
    static const char FEW[] = "aZ0_.',;: -\t\n\"9b/@&";
    char text[128];
    for (int round = 0; round < 20000; round++) {
        const int64_t n = test_int(0, 40);
        for (int64_t i = 0; i < n; i++)
            text[i] = round % 2 ? FEW[test_int(0, (int64_t)sizeof FEW - 2)] : (char)test_int(1, 127);
        text[n] = 0;
        compare(text);
    }
}

static void mixed_words_are_those_of_icu(void **state)
{
    (void)state;
    static const char *const PART[] = { "a",
                                        "B",
                                        "9",
                                        " ",
                                        ".",
                                        "'",
                                        "_",
                                        "\xc3\xa9",
                                        "\xc3\x89",
                                        "\xcc\x81" /* combining acute */,
                                        "\xe2\x80\x99" /* right quote */,
                                        "\xe2\x80\x8d" /* joiner */,
                                        "\xc2\xad" /* soft hyphen */,
                                        "\xd7\x90" /* alef */,
                                        "\"",
                                        "\xe6\x97\xa5",
                                        "\xe6\x9c\xac",
                                        "\xe3\x82\xab\xe3\x83\x8a",
                                        "\xd0\x96",
                                        "\xce\xa3",
                                        "\xc4\xb0" /* capital dotted i */,
                                        "\xf0\x9f\x87\xa9" /* regional D */,
                                        "\xf0\x9f\x98\x80",
                                        "\xc2\xa0" /* no-break space */,
                                        "\t",
                                        ",",
                                        "0",
                                        "\xe0\xb8\xa0\xe0\xb8\xb2\xe0\xb8\xa9\xe0\xb8\xb2" /* Thai */,
                                        "\xf0\x9d\x9f\x98",
                                        "\xc2\xb7",
                                        "x" };
    char text[256];
    for (int round = 0; round < 10000; round++) {
        text[0] = 0;
        const int64_t n = test_int(0, 20);
        for (int64_t i = 0; i < n; i++)
            strcat(text, PART[test_int(0, (int64_t)(sizeof PART / sizeof *PART) - 1)]);
        compare(text);
    }
}

static void check_words(const char *text, const char *want)
{
    char got[1024];
    library(text, true, got);
    if (strcmp(got, want) == 0) return;
    print_error("'%s' gave '%s', expected '%s'\n", text, got, want);
    _fail(__FILE__, __LINE__);
}

static void examples(void **state)
{
    (void)state;
    check_words("", "");
    check_words(" ... -- !", "");
    check_words("The quick (\"brown\") fox can't jump 32.3 feet, right?",
                "the\nquick\nbrown\nfox\ncan't\njump\n32.3\nfeet\nright\n"); /* UAX 29's own example */
    check_words("e.g. U.S.A. 1,000.5 a.1 snake_case __ x_", "e.g\nu.s.a\n1,000.5\na\n1\nsnake_case\nx_\n");
    check_words("\xc3\x9c"
                "BER Stra\xc3\x9f"
                "e",
                "\xc3\xbc"
                "ber\nstra\xc3\x9f"
                "e\n");
    check_words("\xce\xa3\xce\x9f\xce\xa6\xce\x9f\xce\xa3",
                "\xcf\x83\xce\xbf\xcf\x86\xce\xbf\xcf\x82\n"); /* final sigma */
}

static void long_words_are_cut_between_characters(void **state)
{
    (void)state;
    char text[1024];
    ak_words w;
    memset(text, 'a', sizeof text);
    CHECK_OK(ak_tokenize(lower, text, 1000, &w, &err));
    CHECK(w.n == 1 && w.start[1] == AKIN_WORD_BYTES);
    for (int i = 1; i + 1 < 1000; i += 2) memcpy(text + i, "\xc3\xa9", 2); /* borders at odd bytes */
    CHECK_OK(ak_tokenize(lower, text, 999, &w, &err));
    CHECK(w.n == 1 && w.start[1] == AKIN_WORD_BYTES - 1);
    CHECK(akin_utf8_check(w.bytes, w.start[1]) == w.start[1]);
}

static void bad_bytes_are_refused(void **state)
{
    (void)state;
    ak_words w;
    CHECK_FAILS(ak_tokenize(lower, "abc \xff", 5, &w, &err), AKIN_ERR_INPUT, "UTF-8");
    CHECK_FAILS(ak_tokenize(lower, NULL, 5, &w, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(ak_tokenize(lower, "a", (int64_t)1 << 40, &w, &err), AKIN_ERR_INPUT, "limit");
}

/* Every byte sequence of 1 to 3 bytes and many of 4, against a decoder that says what the bytes stand for. */
static bool reference_utf8(const unsigned char *s, int n)
{
    for (int i = 0; i < n;) {
        const int k = s[i] < 0x80 ? 1 : s[i] >> 5 == 6 ? 2 : s[i] >> 4 == 14 ? 3 : s[i] >> 3 == 30 ? 4 : 0;
        if (k == 0 || i + k > n) return false;
        long code = k == 1 ? s[i] : s[i] & (0x7f >> k);
        for (int j = 1; j < k; j++) {
            if (s[i + j] >> 6 != 2) return false;
            code = code << 6 | (s[i + j] & 63);
        }
        static const long LEAST[] = { 0, 1, 0x80, 0x800, 0x10000 };
        if (code < LEAST[k] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
        i += k;
    }
    return true;
}

static void utf8_is_checked(void **state)
{
    (void)state;
    static const unsigned char EDGE[] = { 0,    1,    0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                          0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
                                          0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff };
    enum { E = sizeof EDGE };
    for (int a = 0; a < E; a++)
        for (int b = 0; b < E; b++)
            for (int c = 0; c < E; c++)
                for (int d = 0; d < E; d++) {
                    const unsigned char s[4] = { EDGE[a], EDGE[b], EDGE[c], EDGE[d] };
                    CHECK((akin_utf8_check((const char *)s, 4) == 4) == reference_utf8(s, 4));
                }
    char text[64] = "0123456789abcdefghijklmnopqrstuvwxyz";
    for (int i = 0; i < 36; i++) { /* the place is told, also among eight */
        const char kept = text[i];
        text[i] = (char)(i % 2 ? 0xff : 0);
        CHECK(akin_utf8_check(text, 36) == i);
        text[i] = kept;
    }
}

static int set_up(void **state)
{
    (void)state;
    return ak_tokenizer_create(true, &lower, &err) || ak_tokenizer_create(false, &as_is, &err);
}

static int tear_down(void **state)
{
    (void)state;
    ak_tokenizer_free(lower);
    ak_tokenizer_free(as_is);
    ak_tokenizer_free(NULL);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ascii_words_are_those_of_icu),
        cmocka_unit_test(mixed_words_are_those_of_icu),
        cmocka_unit_test(examples),
        cmocka_unit_test(long_words_are_cut_between_characters),
        cmocka_unit_test(bad_bytes_are_refused),
        cmocka_unit_test(utf8_is_checked),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
