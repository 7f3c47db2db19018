/* SPDX-License-Identifier: Apache-2.0 */
/* Odd bytes in files of text and in tables: line ends of every kind, comments at the top, UTF-16, zero bytes,
 * quotes that stay open. Each is read, with a remark, or refused by its name and place. */
#include "akin/tool/corpus.h"
#include "akin/tool/lines.h"
#include "akin/tool/vectors.h"
#include "test.h"

#include <zlib.h>

static akin_error err;
static char folder[256], path[512];

static const char *put(const char *name, const void *bytes, size_t n)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path); /* a file that is truncated and written again is flushed by some file systems */
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
    return path;
}

static const char *put_text(const char *name, const char *text) { return put(name, text, strlen(text)); }

static bool corpus_says(const akin_corpus *c, const char *what)
{
    const char *line;
    for (int64_t i = 0; (line = akin_corpus_remark(c, i)) != NULL; i++)
        if (strstr(line, what)) return true;
    return false;
}

static bool vectors_say(const akin_vector_set *set, const char *what)
{
    const char *line;
    for (int64_t i = 0; (line = akin_vectors_remark(set, i)) != NULL; i++)
        if (strstr(line, what)) return true;
    return false;
}

/* Lines of many lengths, also empty ones, so that line ends fall on the borders of pieces in many ways. */
static size_t many_lines(const char *end, bool last, char *to)
{
    size_t n = 0;
    for (int i = 0; i < 4000; i++) {
        const int length = i * 7919 % 251;
        for (int k = 0; k < length; k++) to[n++] = (char)('a' + (i + k) % 26);
        if (i == 3999 && !last) break;
        for (const char *e = end; *e; e++) to[n++] = *e;
    }
    return n;
}

static void check_lines(const char *name)
{
    akin_lines *l = NULL;
    const char *text;
    int64_t bytes;
    bool got = true;
    CHECK_OK(akin_lines_open(name, &l, &err));
    for (int i = 0; i < 4000; i++) {
        const int length = i * 7919 % 251;
        CHECK_OK(akin_lines_next(l, &text, &bytes, &got, &err));
        CHECK(got && bytes == length && akin_lines_number(l) == i + 1);
        for (int k = 0; k < length; k++) CHECK(text[k] == 'a' + (i + k) % 26);
    }
    CHECK_OK(akin_lines_next(l, &text, &bytes, &got, &err));
    CHECK(!got);
    akin_lines_close(l);
}

static void line_ends(void **state)
{
    (void)state;
    static const char *const ENDS[] = { "\n", "\r\n", "\r" };
    char *bytes = malloc(4000 * 260);
    CHECK(bytes);
    for (int e = 0; e < 3; e++)
        for (int last = 0; last < 2; last++) {
            const size_t n = many_lines(ENDS[e], last, bytes);
            check_lines(put("many.txt", bytes, n));
            gzFile gz = gzopen(path, "wb1");
            CHECK(gz && gzwrite(gz, bytes, (unsigned)n) == (int)n && gzclose(gz) == Z_OK);
            check_lines(path);
        }
    free(bytes);
    unlink(path);
}

/* One table in three forms is one table. */
static void tables_by_line_end(void **state)
{
    (void)state;
    static const char *const TEXT[] = { "text,label\n\"one\nfish\",a\ntwo,b\n\nred,a\n",
                                        "text,label\r\n\"one\r\nfish\",a\r\ntwo,b\r\n\r\nred,a",
                                        "text,label\r\"one\rfish\",a\rtwo,b\r\rred,a\r" };
    static const char *const NUMBERS[] = { "a,b,label\n1,2,x\n3,4,y\n", "a,b,label\r\n1,2,x\r\n3,4,y",
                                           "a,b,label\r1,2,x\r3,4,y" };
    char print[2][17];
    for (int i = 0; i < 3; i++) {
        akin_corpus *c = NULL;
        akin_vector_set *set = NULL;
        CHECK_OK(akin_corpus_open(put_text("t.csv", TEXT[i]), NULL, &c, &err));
        if (i == 0) strcpy(print[0], akin_corpus_fingerprint(c));
        CHECK(strcmp(print[0], akin_corpus_fingerprint(c)) == 0 && akin_corpus_texts(c)->n == 3);
        CHECK(corpus_says(c, "end in CR") == (i == 2));
        akin_corpus_free(c);
        CHECK_OK(akin_vectors_open(put_text("v.csv", NUMBERS[i]), NULL, &set, &err));
        if (i == 0) strcpy(print[1], akin_vectors_fingerprint(set));
        CHECK(strcmp(print[1], akin_vectors_fingerprint(set)) == 0);
        CHECK(vectors_say(set, "end in CR") == (i == 2));
        akin_vectors_free(set);
        unlink(path);
    }
    akin_corpus *c = NULL;
    CHECK_OK(akin_corpus_open(put_text("stray.txt", "one\ntwo\rthree\nfour\n"), NULL, &c, &err));
    CHECK(akin_corpus_texts(c)->n == 3 && corpus_says(c, "Line 2 of 'stray.txt' has a carriage return"));
    akin_corpus_free(c);
}

/* The text in an encoding of units of `width` bytes, the lowest first or last. */
static size_t widen(const char *text, int width, bool low_first, bool mark, unsigned char *to)
{
    size_t n = 0;
    for (int i = mark ? -1 : 0; i < 0 || text[i]; i++) {
        const unsigned code = i < 0 ? 0xfeff : (unsigned char)text[i];
        for (int k = 0; k < width; k++)
            to[n++] = (unsigned char)(code >> 8 * (low_first ? k : width - 1 - k));
    }
    return n;
}

static void wide_text(void **state)
{
    (void)state;
    static const char TABLE[] = "a,b,label\n1,2,x\n3,4,y\n5,6,x\n";
    static const char *const NAMES[2][2] = { { "UTF-16BE", "UTF-16LE" }, { "UTF-32BE", "UTF-32LE" } };
    unsigned char bytes[256];
    for (int width = 2; width <= 4; width += 2)
        for (int low = 0; low < 2; low++)
            for (int mark = 0; mark < 2; mark++) {
                char want[64];
                snprintf(want, sizeof want, "iconv -f %.*s -t UTF-8", mark ? 6 : 8, NAMES[width == 4][low]);
                akin_corpus *c = NULL;
                akin_vector_set *set = NULL;
                put("wide.csv", bytes, widen(TABLE, width, low, mark, bytes));
                CHECK_FAILS(akin_corpus_open(path, NULL, &c, &err), AKIN_ERR_FORMAT, want);
                CHECK_FAILS(akin_vectors_open(path, NULL, &set, &err), AKIN_ERR_FORMAT, want);
            }
    unlink(path);
}

static void refused_tables(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *what;
    } BAD[] = {
        { "a,b\n1,2\n3,\0004\n", 13, "line 3: byte 0x00, number 11 of the file, is a zero byte (NUL)" },
        { "a,who\n1,Ren\xe9\n", 13,
          "line 2: byte 0xe9, number 12 of the file, is not UTF-8; perhaps it is "
          "Latin-1 (iconv -f LATIN1 -t UTF-8)" },
        { "a,b\n1,\"2\n3,4\n5,6\n", 17, "line 2: a quote opens here and is never closed" },
        { "a,b\n1,\"2\n3\",\"4\n5,6\n", 19, "line 3: a quote opens here and is never closed" },
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        akin_vector_set *set = NULL;
        put("bad.csv", BAD[i].bytes, BAD[i].n);
        CHECK_FAILS(akin_vectors_open(path, NULL, &set, &err), AKIN_ERR_FORMAT, BAD[i].what);
    }
    unlink(path);
}

static void comments(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t d, rows;
        const char *column, *says;
    } GOOD[] = {
        { "# made by \"x\n#\na,b,label\n1,2,x\n3,4,y\n", 2, 2, "a", "2 lines at the top of 'c.csv' begin" },
        { "# made by x\n# a,b,label\n1,2,x\n3,4,y\n", 2, 2, "a",
          "Line 2 of 'c.csv', which begins with #, is" },
        { "# a b c\n1 2 3\n4 5 6\n", 3, 2, "a", "taken as the header" }, /* numpy.savetxt(header="a b c") */
        { "# 1,2\n3,4\n5,6\n", 2, 2, "1", "1 line at the top of 'c.csv' begins with # and is left out" },
    };
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        akin_vector_set *set = NULL;
        akin_vectors rows = AKIN_VECTORS_INIT;
        CHECK_OK(akin_vectors_open(put_text("c.csv", GOOD[i].text), NULL, &set, &err));
        CHECK_OK(akin_vectors_split(set, "train", &rows, &err));
        CHECK(rows.n == GOOD[i].rows && rows.d == GOOD[i].d && vectors_say(set, GOOD[i].says));
        CHECK(strcmp(akin_vectors_column_at(set, 0)->name, GOOD[i].column) == 0);
        akin_vectors_free(set);
    }
    akin_corpus *c = NULL;
    CHECK_OK(akin_corpus_open(put_text("c.csv", "# by x, y, z\ntext,label\n#tag,a\n"), NULL, &c, &err));
    CHECK(akin_corpus_texts(c)->n == 1 && corpus_says(c, "1 line at the top of 'c.csv'"));
    akin_corpus_free(c);
    CHECK_OK(akin_corpus_open(put_text("c.tsv", "#tag one\n#tag two\nno tag\n"), NULL, &c, &err));
    CHECK(akin_corpus_texts(c)->n == 3 &&
          corpus_says(c, "Line 1 of 'c.tsv' begins with # and is read as a row"));
    akin_corpus_free(c);
}

static const char *text_of(const akin_corpus *c, int64_t i)
{
    static char text[64];
    const akin_texts t = *akin_corpus_texts(c);
    snprintf(text, sizeof text, "%.*s", (int)(t.start[i + 1] - t.start[i]), t.bytes + t.start[i]);
    return text;
}

static void arrays_of_json(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t n;
        const char *last;
    } GOOD[] = {
        { "[\"one, two\",\"th]ree\"]", 2, "th]ree" },
        { "\xef\xbb\xbf [\r\n {\"text\": \"a \\\"] b\"},\r\n {\"id\": [1, {}], \"text\": \"c\"} ]\n", 2,
          "c" },
        { "[{\"text\":\"\\u00e9\"}]", 1, "\xc3\xa9" },
    };
    static const char *const BAD[][2] = {
        { "[1, 2]", "line 1: a JSON array of neither objects nor strings" },
        { "[]", "is empty" },
        { "[\"a\",\n\n3]", "line 3: neither an object nor a string" },
        { "[\"a\"\n\"b\"]", "line 1: not JSON" },
        { "[\"a\",\n\"b\"", "line 2: the file ends before its JSON array does" },
        { "[\"a\"", "the file ends before its JSON array does" },
        { "[\"a", "the file ends before its JSON array does" },
        { "[\"a\"] \"b\"", "something behind the JSON array" },
        { "{\n\"data\": [\"a\"]\n}\n", "is one JSON object over several lines" },
        { "{\"data\": [\"a\"]}\n", "line 1: neither text nor anchor" },
    };
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        akin_corpus *c = NULL;
        CHECK_OK(akin_corpus_open(put_text("a.json", GOOD[i].text), NULL, &c, &err));
        CHECK(akin_corpus_texts(c)->n == GOOD[i].n && corpus_says(c, "is a JSON array"));
        CHECK(strcmp(text_of(c, GOOD[i].n - 1), GOOD[i].last) == 0);
        akin_corpus_free(c);
    }
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        akin_corpus *c = NULL;
        put_text("a.json", BAD[i][0]);
        CHECK_FAILS(akin_corpus_open(path, NULL, &c, &err), (akin_status)err.status, BAD[i][1]);
        CHECK(!c);
    }
    akin_corpus *c = NULL;
    CHECK_OK(akin_corpus_open(put_text("l.json", "{\"text\":\"a\"}\n\n{\"text\":\"b\"}\n"), NULL, &c, &err));
    CHECK(akin_corpus_texts(c)->n == 2 && !corpus_says(c, "JSON array"));
    akin_corpus_free(c);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, test_folder());
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends), cmocka_unit_test(tables_by_line_end),
        cmocka_unit_test(wide_text), cmocka_unit_test(refused_tables),
        cmocka_unit_test(comments),  cmocka_unit_test(arrays_of_json),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
