/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* wcwidth() */
/* Names of any bytes: in files they are one line each that can be taken back, and no two become the same;
 * what is shown of them, and of sentences that hold them, has nothing that a terminal obeys. */
#include "akin/tool/escape.h"
#include "akin/tool/keep_list.h"
#include "akin/tool/utf8.h"
#include "base/escape.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "test.h"

#include <wchar.h>

enum { NAMES = 10000, LONGEST = 24 };

static akin_error err;
static char names[NAMES][LONGEST + 1];

/* Names that differ, mostly of bytes that have a meaning somewhere. */
static void draw_names(void)
{
    static const char OFTEN[] = "\\\\\\nrtx#  ab19\n\r\t\x1b\x7f\xc2\x85\x9b\xe2\x80\xaa\xff/";
    for (int i = 0; i < NAMES; i++) {
        const int n = (int)test_int(1, LONGEST - 5);
        for (int k = 0; k < n; k++)
            names[i][k] = test_int(0, 4) ? OFTEN[test_int(0, (int)sizeof OFTEN - 2)] : (char)test_int(1, 255);
        snprintf(names[i] + n, 6, "%x", (unsigned)i);
        if (i % 3 == 0) memmove(names[i] + 4, names[i], (size_t)n - (n > 4 ? 4 : 0));
    }
}

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

/* No byte of a control character, also not in UTF-8, and nothing that is no UTF-8. */
static bool clean(const char *text)
{
    const int64_t n = (int64_t)strlen(text);
    bool good = akin_utf8_check(text, n) == n;
    for (const unsigned char *s = (const unsigned char *)text; *s && good; s++)
        good = *s >= 32 && *s != 127 && !(*s == 0xC2 && s[1] < 0xA0) &&
               !(*s == 0xE2 && s[1] == 0x80 && s[2] >= 0xA8 && s[2] <= 0xAE);
    return good;
}

static void every_name_is_one_line_and_comes_back(void **state)
{
    (void)state;
    static char line[NAMES][4 * LONGEST + 1];
    draw_names();
    for (int i = 0; i < NAMES; i++) {
        char back[4 * LONGEST + 1];
        const int64_t n = (int64_t)strlen(names[i]);
        const int64_t wrote = akin_name_escape(names[i], n, line[i]);
        CHECK(wrote == (int64_t)strlen(line[i]) && clean(line[i]));
        CHECK(*line[i] != '#' && *line[i] != ' ' && line[i][wrote - 1] != ' ');
        CHECK(akin_name_unescape(line[i], wrote, back) == n && strcmp(back, names[i]) == 0);
        strcpy(back, line[i]);
        CHECK(akin_name_unescape(back, wrote, back) == n && strcmp(back, names[i]) == 0); /* in place */
    }
    qsort(names, NAMES, sizeof *names, by_text);
    qsort(line, NAMES, sizeof *line, by_text);
    int different = 1, lines = 1;
    for (int i = 1; i < NAMES; i++) {
        different += strcmp(names[i - 1], names[i]) != 0;
        lines += strcmp(line[i - 1], line[i]) != 0;
    }
    CHECK(different == lines && different > NAMES / 2);
}

static void files_of_names_give_them_back(void **state)
{
    (void)state;
    static const char *list[NAMES];
    char path[512];
    draw_names();
    qsort(names, NAMES, sizeof *names, by_text);
    int n = 0;
    for (int i = 0; i < NAMES; i++)
        if (i == 0 || strcmp(names[i - 1], names[i]) != 0) list[n++] = names[i];
    snprintf(path, sizeof path, "%s/names.txt", test_folder());
    akin_writer *w = NULL;
    CHECK_OK(akin_writer_open(path, &w, &err));
    for (int i = 0; i < n; i++) CHECK_OK(akin_name_write(w, list[i], &err));
    CHECK_OK(akin_writer_commit(w, &err));
    akin_names got = AKIN_NAMES_INIT;
    CHECK_OK(akin_names_load(path, &got, &err));
    CHECK(got.n == n);
    for (int i = 0; i < n; i++) CHECK(strcmp(got.name[i], list[i]) == 0);
    akin_names_free(&got);
    akin_keep_list *keep = NULL;
    CHECK_OK(akin_keep_list_load(path, &keep, &err)); /* a file of names is a keep-list too */
    CHECK(akin_keep_list_count(keep) == n);
    akin_keep_list_free(keep);
    CHECK_OK(akin_keep_list_save(path, NULL, list, n, &err));
    CHECK_OK(akin_keep_list_load(path, &keep, &err));
    CHECK(akin_keep_list_count(keep) == n);
    for (int i = 0; i < n; i++) CHECK(strcmp(akin_keep_list_name(keep, i), list[i]) == 0);
    akin_keep_list_free(keep);
}

static const char *escaped(const char *name)
{
    static char to[256];
    akin_name_escape(name, (int64_t)strlen(name), to);
    return to;
}

static void ordinary_names_stay_and_others_are_spelt_out(void **state)
{
    (void)state;
    static const char *const same[] = { "a b.jpg", "\xC3\xBC", "\xE6\x97\xA5\xE6\x9C\xAC",
                                        "-x",      "%s%n",     "q\"'",
                                        "a#b",     "" };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) CHECK(strcmp(escaped(same[i]), same[i]) == 0);
    CHECK(strcmp(escaped("a\nb\tc\rd\\e"), "a\\nb\\tc\\rd\\\\e") == 0);
    CHECK(strcmp(escaped("#a "), "\\#a\\x20") == 0 && strcmp(escaped(" "), "\\x20") == 0);
    CHECK(strcmp(escaped("\x1b[0m\x7f"), "\\x1b[0m\\x7f") == 0);
    CHECK(strcmp(escaped("\xFFx\xC2\x85\xE2\x80\xAE"), "\\xffx\\xc2\\x85\\xe2\\x80\\xae") == 0);
    char to[16];
    CHECK(akin_name_unescape("\\xC3\\xbc", 8, to) == 2 && strcmp(to, "\xC3\xBC") == 0);
    strcpy(to, "as it was");
    CHECK(akin_name_unescape("a\\", 2, to) == -1 && akin_name_unescape("\\q", 2, to) == -1);
    CHECK(akin_name_unescape("\\x4", 3, to) == -1 && akin_name_unescape("\\x00", 4, to) == -1);
    CHECK(akin_name_unescape("\\\\\\xg0", 6, to) == -1 && strcmp(to, "as it was") == 0);
}

static void a_file_without_escapes_is_read_as_it_stands(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s/old.txt", test_folder());
    static const char TEXT[] = "back\\slash\r\n\n#hash\na\\\\b\nC:\\";
    CHECK_OK(akin_file_save(path, TEXT, strlen(TEXT), &err));
    akin_names got = AKIN_NAMES_INIT;
    CHECK_OK(akin_names_load(path, &got, &err));
    CHECK(got.n == 5 && strcmp(got.name[0], "back\\slash") == 0 && *got.name[1] == 0);
    CHECK(strcmp(got.name[2], "#hash") == 0 && strcmp(got.name[3], "a\\b") == 0);
    CHECK(strcmp(got.name[4], "C:\\") == 0);
    akin_names_free(&got);
    akin_names_free(NULL);
    CHECK_OK(akin_file_save(path, "a\0b", 3, &err));
    CHECK_FAILS(akin_names_load(path, &got, &err), AKIN_ERR_FORMAT, "byte 1");
    CHECK_OK(akin_file_save(path, "", 0, &err));
    CHECK_OK(akin_names_load(path, &got, &err));
    CHECK(got.n == 0);
    akin_names_free(&got);
}

static void what_is_shown_is_cut_between_characters(void **state)
{
    (void)state;
    char to[12];
    CHECK(strcmp(ak_show("0123456789abc", 13, AK_HEAD, to, sizeof to), "01234567...") == 0);
    CHECK(strcmp(ak_show("0123456789abc", 13, AK_TAIL, to, sizeof to), "...56789abc") == 0);
    CHECK(strcmp(ak_show("0123456789a", 11, AK_HEAD, to, sizeof to), "0123456789a") == 0);
    CHECK(strcmp(ak_show("123456\n\nabc", 11, AK_HEAD, to, sizeof to), "123456\\n...") == 0);
    CHECK(strcmp(ak_show("1234567\nabc", 11, AK_HEAD, to, sizeof to), "1234567...") == 0);
    CHECK(strcmp(ak_show("abc\n1234567", 11, AK_TAIL, to, sizeof to), "...1234567") == 0);
    CHECK(strcmp(ak_show("\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5", 12, AK_TAIL, to, sizeof to),
                 "...\xE6\x97\xA5\xE6\x97\xA5") == 0);
    draw_names();
    for (int i = 0; i < NAMES; i++) {
        ak_show(names[i], strlen(names[i]), i & 1 ? AK_HEAD : AK_TAIL, to, sizeof to);
        CHECK(strlen(to) < sizeof to && clean(to));
    }
}

static const char *formatted(const char *format, ...)
{
    static char to[400];
    va_list args;
    va_start(args, format);
    const int n = akin_vformat(to, sizeof to, format, args);
    va_end(args);
    CHECK(n == (int)strlen(to));
    return to;
}

static void formats_are_those_of_printf(void **state)
{
    (void)state;
    char want[400];
#define SAME(...) (ak_snprintf(want, sizeof want, __VA_ARGS__), strcmp(formatted(__VA_ARGS__), want) == 0)
    const double third = 1.0 / 3;
    CHECK(SAME("%d %5d|%-5d|%05d %+d %u %x %X %o %%", -3, 4, 5, 6, 7, 8u, 255u, 255u, 8u));
    CHECK(
        SAME("%ld %lld %zu %lu %llu %hd %hhu", -1L, -2LL, (size_t)3, 4UL, 5ULL, (short)6, (unsigned char)7));
    CHECK(SAME("%jd %td %llx %*d %-*d| %.*d", (intmax_t)1, (ptrdiff_t)2, 3LL, 4, 5, 6, 7, 3, 8));
    CHECK(SAME("%f %.2f %10.3f %-10.3f|%g %.7g %e %.0f %+.1e %*.*f", third, third, third, third, third, third,
               third, 2.5, 1e300, 9, 4, third));
    CHECK(SAME("%f %g %g %.17g %La", 1e300, INFINITY, (double)NAN, third, (long double)third));
    CHECK(SAME("%s|%6s|%-6s|%.2s|%*s|%-*s|%.*s|%c%3c|\n", "abc", "abc", "abc", "abc", 5, "abc", 5, "abc", 1,
               "abc", 'x', 'y'));
    CHECK(SAME("%*s|%s", -5, "abc", ""));
#undef SAME
    CHECK(strcmp(formatted("%s\n%c", "a\nb\\\x1b[0m", '\t'), "a\\nb\\\\x1b[0m\n\\t") == 0);
    CHECK(strcmp(formatted("%4s|%-3s|%.3s", "\xC3\xBC", "\xC3\xBC", "a\xE6\x97\xA5"),
                 "   \xC3\xBC|\xC3\xBC  |a") == 0);
}

static void widths_count_columns_of_a_terminal(void **state)
{
    (void)state;
    /* two characters of two columns; e and an accent upon it; an emoji; a Hangul syllable of three letters */
    CHECK(strcmp(formatted("%6s|%-6s|", "\xE6\x97\xA5\xE6\x9C\xAC", "\xE6\x97\xA5\xE6\x9C\xAC"),
                 "  \xE6\x97\xA5\xE6\x9C\xAC|\xE6\x97\xA5\xE6\x9C\xAC  |") == 0);
    CHECK(strcmp(formatted("%3s|%-3s|", "e\xCC\x81", "e\xCC\x81"), "  e\xCC\x81|e\xCC\x81  |") == 0);
    CHECK(strcmp(formatted("%3s|", "\xF0\x9F\x98\x80"), " \xF0\x9F\x98\x80|") == 0);
    CHECK(ak_text_columns("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB") == 2);
    CHECK(ak_text_columns("") == 0 && ak_text_columns("a\xFFz\xC3\xBC") == 4);
}

/* The C library's table is another one, of another Unicode, and calls a few signs otherwise: the numbers in
 * circles are wide there. */
static void columns_are_those_of_the_c_library(void **state)
{
    (void)state;
    char before[64];
    snprintf(before, sizeof before, "%s", setlocale(LC_CTYPE, NULL));
    if (!setlocale(LC_CTYPE, "C.UTF-8")) return;
    int known = 0, other = 0;
    for (uint32_t c = 0xA0; c < 0x110000; c++) {
        const int columns = wcwidth((wchar_t)c);
        known += columns >= 0;
        other += columns >= 0 && columns != ak_code_columns(c);
    }
    setlocale(LC_CTYPE, before);
    CHECK(known > 100000);
    CHECK_LE(other, known / 1000);
}

static void of_a_sentence_that_is_too_long_the_texts_are_shortened(void **state)
{
    (void)state;
    char longer[2000], once[sizeof err.message];
    for (int shift = 0; shift < 5; shift++) {
        for (int i = 0; i < 1998; i++) longer[i] = "\xC3\xBC\n"[(i + 3 - shift % 3) % 3];
        longer[1998] = 0;
        ak_fail(&err, AKIN_ERR_INPUT, "%.*s'%s': the reason", shift, "12345", longer);
        const size_t n = strlen(err.message);
        CHECK(clean(err.message) && n > sizeof err.message / 3 && strstr(err.message, "'..."));
        CHECK(strcmp(err.message + n - 13, "': the reason") == 0);
        strcpy(once, err.message);
        ak_fail(&err, AKIN_ERR_INPUT, "%s", once);
        CHECK(strcmp(once, err.message) == 0);
        ak_fail(&err, AKIN_ERR_INPUT, "%s%s%s%s%s%s: %s", longer, longer, longer, longer, longer, longer,
                "end");
        CHECK(clean(err.message) && strcmp(err.message + strlen(err.message) - 5, ": end") == 0);
    }
    draw_names();
    for (int i = 0; i < NAMES; i++) {
        ak_fail(&err, AKIN_ERR_INPUT, "'%s': no", names[i]);
        CHECK(clean(err.message));
        strcpy(once, err.message);
        ak_fail(&err, AKIN_ERR_INPUT, "%s", once);
        CHECK(strcmp(once, err.message) == 0);
    }
}

static void ordinals_end_as_they_are_read(void **state)
{
    static const struct {
        int64_t x;
        const char *end;
    } CASES[] = { { 0, "th" },   { 1, "st" },   { 2, "nd" },   { 3, "rd" },   { 4, "th" },
                  { 11, "th" },  { 12, "th" },  { 13, "th" },  { 21, "st" },  { 22, "nd" },
                  { 101, "st" }, { 111, "th" }, { 113, "th" }, { 1003, "rd" } };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        assert_string_equal(akin_show_ordinal(CASES[i].x), CASES[i].end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_one_line_and_comes_back),
        cmocka_unit_test(files_of_names_give_them_back),
        cmocka_unit_test(ordinary_names_stay_and_others_are_spelt_out),
        cmocka_unit_test(a_file_without_escapes_is_read_as_it_stands),
        cmocka_unit_test(what_is_shown_is_cut_between_characters),
        cmocka_unit_test(formats_are_those_of_printf),
        cmocka_unit_test(widths_count_columns_of_a_terminal),
        cmocka_unit_test(columns_are_those_of_the_c_library),
        cmocka_unit_test(ordinals_end_as_they_are_read),
        cmocka_unit_test(of_a_sentence_that_is_too_long_the_texts_are_shortened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
