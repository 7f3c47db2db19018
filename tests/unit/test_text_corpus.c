/* SPDX-License-Identifier: Apache-2.0 */
/* Collections of texts: every format, what is left out and counted, what is refused and with which words,
 * splits. */
#include "akin/tool/program.h"
#include "akin/tool/corpus.h"
#include "test.h"

#include <lzma.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

static akin_error err;
static char folder[256];

static const char *at(const char *name)
{
    static char path[4][512];
    static int next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
    return path[next];
}

static void put_bytes(const char *name, const void *bytes, size_t n)
{
    char path[512];
    strcpy(path, at(name));
    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(path, 0777);
        *slash = '/';
    }
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
}

static void put(const char *name, const char *text) { put_bytes(name, text, strlen(text)); }

static akin_corpus *open_with(const char *name, const akin_corpus_opts *o)
{
    akin_corpus *c = NULL;
    CHECK_OK(akin_corpus_open(at(name), o, &c, &err));
    return c;
}

static bool is(const akin_corpus *c, int64_t i, const char *want)
{
    const akin_texts t = *akin_corpus_texts(c);
    const int64_t n = i < t.n ? t.start[i + 1] - t.start[i] : -1;
    if (n == (int64_t)strlen(want) && memcmp(t.bytes + t.start[i], want, (size_t)n) == 0) return true;
    print_error("item %lld is '%.*s', expected '%s'\n", (long long)i, (int)(n < 0 ? 0 : n),
                t.bytes + t.start[i], want);
    return false;
}

static void refused(const char *name, const akin_corpus_opts *o, akin_status status, const char *text)
{
    akin_corpus *c = NULL;
    CHECK_FAILS(akin_corpus_open(at(name), o, &c, &err), status, text);
    CHECK(!c);
}

static void lines(void **state)
{
    (void)state;
    char name[600];
    put("a.txt", "\xef\xbb\xbf"
                 "first line\r\n\r\n  \t\nsecond\xc3\xa9 \n\nlast, without an end");
    akin_corpus *c = open_with("a.txt", NULL);
    CHECK(akin_corpus_texts(c)->n == 6 && is(c, 0, "first line") && is(c, 1, "") && is(c, 2, "") &&
          is(c, 3, "second\xc3\xa9") && is(c, 5, "last, without an end"));
    CHECK(akin_corpus_counts(c)->empty == 0 && akin_corpus_counts(c)->lines == 6);
    CHECK(akin_corpus_counts(c)->wordless == 3);
    CHECK(strstr(akin_corpus_item_name(c, 3, name, sizeof name), "a.txt:4"));
    CHECK(strcmp(akin_corpus_format(c), "lines") == 0 && strcmp(akin_corpus_name(c), "a.txt") == 0);
    CHECK(!akin_corpus_groups(c)->group && !akin_corpus_groups(c)->label && akin_corpus_splits(c) == 1);
    CHECK(akin_corpus_item_name(c, 6, name, sizeof name)[0] == 0);
    akin_corpus_free(c);
    put("a.txt", " \n\n");
    refused("a.txt", NULL, AKIN_ERR_INPUT, "nothing but white space: 2 empty lines");
    put("a.txt", "");
    refused("a.txt", NULL, AKIN_ERR_INPUT, "a.txt' is empty");
    refused("none", NULL, AKIN_ERR_INPUT, "cannot open");
    refused("", &(akin_corpus_opts){ sizeof(akin_corpus_opts), .format = "lines", .max_bytes = 1 },
            AKIN_ERR_INPUT, "needs a file");
}

static void bad_bytes(void **state)
{
    (void)state;
    put("bad.txt", "fine\nnot \xe9 fine\nfine too\nnor\xc0\x80 this\n");
    refused("bad.txt", NULL, AKIN_ERR_FORMAT, "line 2: byte 0xe9, number 5");
    akin_corpus_opts o = AKIN_CORPUS_OPTS_INIT;
    o.on_bad = AKIN_BAD_SKIP;
    akin_corpus *c = open_with("bad.txt", &o);
    CHECK(akin_corpus_texts(c)->n == 4 && is(c, 2, "fine too") && is(c, 1, "not \xef\xbf\xbd fine"));
    CHECK(is(c, 3, "nor\xef\xbf\xbd\xef\xbf\xbd this"));
    CHECK(akin_corpus_counts(c)->bad == 2 && akin_corpus_counts(c)->mended == 2);
    const akin_bad_item *bad = akin_corpus_bad_at(c, 1);
    CHECK(bad && strstr(bad->name, "bad.txt:4") && strstr(bad->reason, "0xc0"));
    CHECK(!akin_corpus_bad_at(c, 2));
    akin_corpus_free(c);
    o.max_bad_frac = 0.4;
    refused("bad.txt", &o, AKIN_ERR_INPUT, "2 of the 4 items");
    put_bytes("zero.txt", "a\0b\n", 4);
    refused("zero.txt", NULL, AKIN_ERR_FORMAT, "byte 0x00, number 2");
}

static int64_t rows_of(const char *name, akin_corpus_rows rows, char print[17])
{
    akin_corpus_opts o = AKIN_CORPUS_OPTS_INIT;
    const int32_t *items;
    int64_t n;
    o.rows = rows;
    o.on_bad = AKIN_BAD_SKIP;
    akin_corpus *c = open_with(name, &o);
    CHECK_OK(akin_corpus_split(c, "train", &items, &n, &err));
    if (*print) CHECK(strcmp(print, akin_corpus_fingerprint(c)) == 0);
    strcpy(print, akin_corpus_fingerprint(c));
    akin_corpus_free(c);
    return n;
}

/* Who asks for which rows gets these, and always the same fingerprint. */
static void choice_of_rows(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        int64_t rows[3];
    } FILES[] = {
        { "r.txt", "one\n...\n\n\xe2\x80\xa6\n\xc3\xa9\n2\n", { 6, 3, 6 } },
        { "r.csv", "text,label\none,a\n\ntwo\nten,b\n,b\n!,a\nthree,b\n", { 5, 3, 6 } },
        { "r.jsonl", "{\"text\":\"one\"}\n\n{\"text\":\"\"}\n[1]\n{\"text\":\"two\"}\n", { 3, 2, 4 } },
    };
    for (size_t f = 0; f < sizeof FILES / sizeof *FILES; f++) {
        char print[17] = "";
        put(FILES[f].name, FILES[f].text);
        for (int r = 0; r < 3; r++)
            CHECK(rows_of(FILES[f].name, (akin_corpus_rows)r, print) == FILES[f].rows[r]);
    }
    akin_corpus_opts o = AKIN_CORPUS_OPTS_INIT;
    o.rows = AKIN_ROWS_WITH_WORDS;
    put("mute.txt", "a\n.\n!\n?\n");
    refused("mute.txt", &o, AKIN_ERR_INPUT, "of the 4 texts of");
    refused("mute.txt", &o, AKIN_ERR_INPUT,
            "only 1 would be left: 0 are bad, 0 have fewer words than --min-words, 3");
    o.max_bad_frac = 0.8;
    akin_corpus_free(open_with("mute.txt", &o));
    o = (akin_corpus_opts)AKIN_CORPUS_OPTS_INIT;
    o.min_words = 2;
    put("short.txt", "a b\na\n\n\n\nb\n");
    refused("short.txt", &o, AKIN_ERR_INPUT, "only 1 would be left: 0 are bad, 2 have fewer words");
    put("short.txt", "a b\nb c\n\n\n\nb\n"); /* empty lines are no texts that are lost */
    akin_corpus_free(open_with("short.txt", &o));
    o = (akin_corpus_opts)AKIN_CORPUS_OPTS_INIT;
    o.on_bad = AKIN_BAD_SKIP;
    put("late.jsonl", "oops\n{\"anchor\":\"a\",\"positive\":\"b\"}\n{\"anchor\":\"a\",\"positive\":\"b\"}\n");
    refused("late.jsonl", &o, AKIN_ERR_FORMAT, "in the first row");
}

static void tables(void **state)
{
    (void)state;
    put("a.tsv", "label\ttext\n10\tten\n9\tnine \"quoted\"\n10\t\"\"\"ten\"\" again\"\n");
    akin_corpus *c = open_with("a.tsv", NULL);
    CHECK(akin_corpus_texts(c)->n == 3 && is(c, 1, "nine \"quoted\"") && is(c, 2, "\"ten\" again"));
    akin_text_groups g = *akin_corpus_groups(c);
    CHECK(g.classes == 2 && g.label[0] == 1 && g.label[1] == 0 &&
          strcmp(akin_corpus_class_name(c, 1), "10") == 0);
    CHECK(!akin_corpus_class_name(c, 2) && !akin_corpus_group_name(c, 0));
    akin_corpus_free(c);
    put("a.csv", "Text,Group,other\n\"a, \"\"b\"\"\nc\",g2,1\nplain,g1,2\nx,g2,3\n");
    c = open_with("a.csv", NULL);
    g = *akin_corpus_groups(c);
    CHECK(akin_corpus_texts(c)->n == 3 && is(c, 0, "a, \"b\"\nc") && g.groups == 2 && g.group[0] == 0 &&
          g.group[1] == 1 && g.group[2] == 0 && g.position[2] == 1 &&
          strcmp(akin_corpus_group_name(c, 0), "g2") == 0);
    akin_corpus_free(c);
    put("b.tsv", "q one\td one\td two\td three\nq two\td four\t\td five\n");
    refused("b.tsv", NULL, AKIN_ERR_INPUT, "no header");
    akin_corpus_opts o = AKIN_CORPUS_OPTS_INIT;
    o.columns = "anchor=1,positive=2,negative=3,negative=4";
    c = open_with("b.tsv", &o);
    const akin_text_tuples t = *akin_corpus_tuples(c);
    CHECK(t.n == 2 && is(c, t.anchor[0], "q one") && is(c, t.positive[0], "d one") &&
          t.negative_start[1] == 2 && t.negative_start[2] == 3 && is(c, t.negative[1], "d three") &&
          is(c, t.negative[2], "d five"));
    akin_corpus_free(c);
    o.columns = "anchor=1,positive=9";
    refused("b.tsv", &o, AKIN_ERR_INPUT, "no column for each");
    o.columns = "anker=1";
    refused("b.tsv", &o, AKIN_ERR_RANGE, "anker=1");
    put("c.csv", "text\n\"open\n");
    refused("c.csv", NULL, AKIN_ERR_FORMAT, "line 2: a quote opens here and is never closed");
    put("c.csv", "text,label\na,b\nc\n");
    refused("c.csv", NULL, AKIN_ERR_FORMAT, "line 3: 1 columns where the first row has 2");
    put("c.csv", "text\n\"a\"b\n");
    refused("c.csv", NULL, AKIN_ERR_FORMAT, "something after a closing quote");
    put("c.csv", "anchor,positive\na,b\nc, \n");
    refused("c.csv", NULL, AKIN_ERR_FORMAT, "line 3");
    put("one.csv", "just one column\n\"and, a comma\"\n");
    c = open_with("one.csv", NULL);
    CHECK(akin_corpus_texts(c)->n == 2 && is(c, 1, "and, a comma"));
    akin_corpus_free(c);
}

static void jsonl(void **state)
{
    (void)state;
    put("a.jsonl",
        "{\"text\": \"caf\\u00e9\", \"label\": 3, \"id\": 7}\n\n{\"text\":\"b\",\"label\":\"-1\"}\n");
    akin_corpus *c = open_with("a.jsonl", NULL);
    CHECK(akin_corpus_texts(c)->n == 2 && is(c, 0, "caf\xc3\xa9") && akin_corpus_groups(c)->label[0] == 1);
    akin_corpus_free(c);
    put("a.jsonl",
        "{\"anchor\":\"q\",\"positive\":[\"p1\",\"p2\"],\"negatives\":[\"n1\",\"n2\"],\"group\":\"g\"}\n"
        "{\"anchor\":\"p2\",\"positive\":\"q\"}\n");
    akin_corpus_opts o = AKIN_CORPUS_OPTS_INIT;
    o.drop_duplicates = true; /* then equal texts of tuples are one item */
    c = open_with("a.jsonl", &o);
    const akin_text_tuples t = *akin_corpus_tuples(c);
    const akin_text_groups g = *akin_corpus_groups(c);
    CHECK(akin_corpus_texts(c)->n == 5 && t.n == 3 && t.negative_start[3] == 4 &&
          is(c, t.positive[1], "p2") && t.anchor[2] == t.positive[1] && t.positive[2] == t.anchor[0] &&
          akin_corpus_counts(c)->duplicates == 2);
    CHECK(g.group[t.anchor[0]] == 0 && g.group[t.positive[1]] == 0 && g.group[t.negative[0]] == -1);
    akin_corpus_free(c);
    o.val_frac = 0.1;
    refused("a.jsonl", &o, AKIN_ERR_INPUT, "held out");
    static const char *const BAD[][2] = { { "{\"text\": 3}\n", "not text" },
                                          { "[1]\n", "a JSON array of neither objects nor strings" },
                                          { "{\"text\": \"a\"\n", "not JSON" },
                                          { "{\"label\": \"a\"}\n", "neither text nor anchor" },
                                          { "{\"anchor\": \"a\"}\n", "without a positive" },
                                          { "{\"anchor\":\"a\",\"positive\":\"b\",\"text\":\"c\"}\n",
                                            "both" },
                                          { "{\"text\":\"a\",\"negative\":[\"b\"]}\n", "without an anchor" },
                                          { "{\"anchor\":\"a\",\"positive\":[1]}\n", "something else" },
                                          { "{\"text\":\"a\",\"text\":\"b\"}\n", "not JSON" } };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        put("a.jsonl", BAD[i][0]);
        refused("a.jsonl", NULL, AKIN_ERR_FORMAT, BAD[i][1]);
    }
    o = (akin_corpus_opts)AKIN_CORPUS_OPTS_INIT;
    o.columns = "text=body,group=who";
    put("a.jsonl", "{\"body\":\"x\",\"who\":\"me\",\"text\":1}\n");
    c = open_with("a.jsonl", &o);
    CHECK(is(c, 0, "x") && strcmp(akin_corpus_group_name(c, 0), "me") == 0);
    akin_corpus_free(c);
}

static void make_documents(void)
{
    put("docs/inner/b/two", "s0\ns1\n\ns2\ns1\ns3\n");
    put("docs/inner/a/one.txt", "one a\none b\n");
    put("docs/inner/a/x.txt", "alone\n");
    put("docs/inner/a/.hidden", "no\n");
}

static void documents(void **state)
{
    (void)state;
    make_documents();
    akin_corpus *c = open_with("docs/", NULL);
    akin_text_groups g = *akin_corpus_groups(c);
    CHECK(akin_corpus_texts(c)->n == 8 && g.groups == 3 && g.classes == 2 && is(c, 0, "one a") &&
          is(c, 2, "alone"));
    CHECK(strcmp(akin_corpus_group_name(c, 0), "a/one.txt") == 0 &&
          strcmp(akin_corpus_class_name(c, 1), "b") == 0);
    CHECK(g.group[7] == 2 && g.label[7] == 1 && g.position[7] == 4 && g.position[0] == 0);
    CHECK(akin_corpus_counts(c)->ignored == 1 && strcmp(akin_corpus_name(c), "docs") == 0);
    akin_corpus_free(c);
    akin_corpus_opts o = AKIN_CORPUS_OPTS_INIT;
    o.drop_duplicates = true;
    o.min_items = 2;
    o.first_items = 3;
    c = open_with("docs", &o);
    g = *akin_corpus_groups(c);
    CHECK(akin_corpus_texts(c)->n == 5 && g.groups == 2 && is(c, 4, "s2") && g.position[4] == 2);
    CHECK(akin_corpus_counts(c)->documents == 1 && akin_corpus_counts(c)->duplicates == 1 &&
          akin_corpus_counts(c)->trimmed == 2);
    CHECK(strcmp(akin_corpus_group_name(c, 1), "b/two") == 0);
    akin_corpus_free(c);
    o = (akin_corpus_opts)AKIN_CORPUS_OPTS_INIT;
    o.max_items = 2;
    o.min_words = 2;
    o.max_bad_frac = 0.8; /* most are meant to go */
    c = open_with("docs", &o);
    CHECK(akin_corpus_texts(c)->n == 2 && akin_corpus_counts(c)->few_words == 6);
    akin_corpus_free(c);
    put("mail/m", "From: x\nSubject: y\n\nbody one\nbody two\n");
    o = (akin_corpus_opts)AKIN_CORPUS_OPTS_INIT;
    o.whole_documents = o.skip_header = true;
    c = open_with("mail", &o);
    CHECK(akin_corpus_texts(c)->n == 1 && is(c, 0, "body one body two"));
    akin_corpus_free(c);
}

static void folders_can_be_splits(void **state)
{
    (void)state;
    const int32_t *items;
    int64_t n;
    put("news/20-train/a/1", "x\ny\n");
    put("news/20-train/b/1", "z\n");
    put("news/20-test/a/1", "t\n");
    put("news/README", "no document\n");
    akin_corpus *c = open_with("news", NULL);
    CHECK(akin_corpus_splits(c) == 2 && strcmp(akin_corpus_split_name(c, 1), "test") == 0 &&
          !akin_corpus_split_name(c, 2));
    CHECK_OK(akin_corpus_split(c, "train", &items, &n, &err));
    CHECK(n == 3 && is(c, items[0], "x"));
    CHECK_OK(akin_corpus_split(c, "test", &items, &n, &err));
    CHECK(n == 1 && is(c, items[0], "t") && akin_corpus_groups(c)->classes == 2);
    CHECK_FAILS(akin_corpus_split(c, "val", &items, &n, &err), AKIN_ERR_INPUT, "it has train, test");
    CHECK(akin_corpus_counts(c)->ignored == 1);
    akin_corpus_free(c);
    akin_corpus_opts o = AKIN_CORPUS_OPTS_INIT;
    o.test_frac = 0.1;
    refused("news", &o, AKIN_ERR_INPUT, "has a split test already");
    o.test_frac = 0;
    o.val_frac = 0.4;
    c = open_with("news", &o);
    CHECK_OK(akin_corpus_split(c, "val", &items, &n, &err));
    CHECK(n == 1 && is(c, items[0], "y"));
    akin_corpus_free(c);
}

/* Sizes by the rule of the header; every document in every split; nothing twice. */
static void held_out_items_are_of_every_document(void **state)
{
    (void)state;
    char text[4096];
    const int sizes[] = { 1, 2, 3, 10, 57 };
    for (int d = 0; d < 5; d++) {
        text[0] = 0;
        for (int i = 0; i < sizes[d]; i++) sprintf(text + strlen(text), "document %d line %d\n", d, i);
        sprintf(text + 3000, "hold/d%d", d);
        put(text + 3000, text);
    }
    char print[3][17];
    for (int shuffle = 0; shuffle < 3; shuffle++) {
        akin_corpus_opts o = AKIN_CORPUS_OPTS_INIT;
        o.val_frac = 0.1;
        o.test_frac = 0.2;
        o.shuffle = shuffle > 0;
        o.seed = (uint64_t)shuffle;
        akin_corpus *c = open_with("hold", &o);
        const int want[5][3] = { { 1, 0, 0 }, { 2, 0, 0 }, { 1, 1, 1 }, { 7, 1, 2 }, { 40, 6, 11 } };
        int got[5][3] = { { 0 } }, seen[73] = { 0 };
        const akin_text_groups g = *akin_corpus_groups(c);
        for (int s = 0; s < 3; s++) {
            const int32_t *items;
            int64_t n;
            CHECK_OK(akin_corpus_split(c, akin_corpus_split_name(c, s), &items, &n, &err));
            for (int64_t i = 0; i < n; i++) {
                got[g.group[items[i]]][s]++;
                seen[items[i]]++;
                if (!shuffle && g.group[items[i]] == 4)
                    CHECK(g.position[items[i]] >= (s == 0 ? 0 : s == 1 ? 40 : 46));
            }
        }
        for (int i = 0; i < 73; i++) CHECK(seen[i] == 1);
        for (int d = 0; d < 5; d++)
            for (int s = 0; s < 3; s++) CHECK(got[d][s] == want[d][s]);
        strcpy(print[shuffle], akin_corpus_fingerprint(c));
        akin_corpus_free(c);
        c = open_with("hold", &o);
        CHECK(strcmp(print[shuffle], akin_corpus_fingerprint(c)) == 0);
        akin_corpus_free(c);
    }
    CHECK(strcmp(print[0], print[1]) != 0 && strcmp(print[1], print[2]) != 0);
}

static const char *const PACKED = "one\ntwo\nthree \xe2\x82\xac\n";

static void compressed_files_are_told_by_their_bytes(void **state)
{
    (void)state;
    unsigned char packed[4096];
    char plain[17];
    size_t n = 0;
    put("p.txt", PACKED);
    akin_corpus *c = open_with("p.txt", NULL);
    strcpy(plain, akin_corpus_fingerprint(c));
    akin_corpus_free(c);
    for (int twice = 0; twice < 2; twice++) {
        gzFile gz = gzopen(at("p1"), twice ? "ab" : "wb");
        CHECK(gz && gzwrite(gz, PACKED, (unsigned)strlen(PACKED)) > 0 && gzclose(gz) == Z_OK);
        n = ZSTD_compress(packed, sizeof packed, PACKED, strlen(PACKED), 3);
        if (twice) memcpy(packed + n, packed, n);
        put_bytes("p2", packed, twice ? 2 * n : n);
        n = 0;
        for (int k = 0; k <= twice; k++)
            CHECK(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, (const uint8_t *)PACKED, strlen(PACKED),
                                          packed, &n, sizeof packed) == LZMA_OK);
        put_bytes("p3", packed, n);
        for (int k = 1; k <= 3; k++) {
            char name[8];
            sprintf(name, "p%d", k);
            c = open_with(name, NULL);
            CHECK(akin_corpus_texts(c)->n == (twice ? 6 : 3) && is(c, 2, "three \xe2\x82\xac"));
            CHECK(twice || strcmp(plain, akin_corpus_fingerprint(c)) == 0);
            akin_corpus_free(c);
        }
    }
}

static void long_lines_and_big_files_are_refused(void **state)
{
    (void)state;
    const size_t n = (size_t)17 << 20;
    char *big = malloc(n);
    CHECK(big);
    memset(big, 'a', n);
    gzFile gz = gzopen(at("big.gz"), "wb1"); /* 17 MiB in 17 KiB */
    CHECK(gz && gzwrite(gz, big, (unsigned)n) > 0 && gzclose(gz) == Z_OK);
    refused("big.gz", NULL, AKIN_ERR_INPUT, "line 1 has more than 16 MiB");
    memset(big, '\n', n);
    gz = gzopen(at("big.gz"), "wb1");
    CHECK(gz && gzwrite(gz, "x\n", 2) == 2 && gzwrite(gz, big, (unsigned)n) > 0 && gzclose(gz) == Z_OK);
    free(big);
    akin_corpus_opts o = AKIN_CORPUS_OPTS_INIT;
    o.max_bytes = 1 << 20;
    refused("big.gz", &o, AKIN_ERR_INPUT, "more than eight times the limit");
    o.max_bytes = 10;
    put("p.txt", "0123456789\n0\n");
    refused("p.txt", &o, AKIN_ERR_INPUT, "more than 10 bytes of text");
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    akin_corpus_opts o = AKIN_CORPUS_OPTS_INIT;
    o.format = "parquet";
    refused("p.txt", &o, AKIN_ERR_RANGE, "parquet");
    o = (akin_corpus_opts)AKIN_CORPUS_OPTS_INIT;
    o.val_frac = 0.5;
    o.test_frac = 0.5;
    refused("p.txt", &o, AKIN_ERR_RANGE, "together below 1");
    o = (akin_corpus_opts)AKIN_CORPUS_OPTS_INIT;
    o.max_items = 1;
    o.min_items = 2;
    refused("p.txt", &o, AKIN_ERR_RANGE, "above max_items");
    o = (akin_corpus_opts)AKIN_CORPUS_OPTS_INIT;
    o.max_bad_frac = NAN;
    refused("p.txt", &o, AKIN_ERR_RANGE, "max_bad_frac");
    CHECK(akin_corpus_open(NULL, NULL, NULL, NULL) == AKIN_ERR_ARGUMENT);
    akin_corpus_free(NULL);
}

/* Each flag reaches a field of its own. */
static void flags_reach_their_fields(void **state)
{
    (void)state;
    const akin_corpus_opts none = AKIN_CORPUS_OPTS_INIT;
    akin_corpus_opts seen[16];
    int n = 0;
    for (const akin_opt_desc *d; (d = akin_corpus_opt_at(n)) != NULL; n++) {
        const char *text = d->type == AKIN_OPT_FLAG   ? ""
                           : d->type == AKIN_OPT_TEXT ? "text=1"
                           : d->type == AKIN_OPT_INT  ? "3"
                                                      : "0.5";
        memcpy(&seen[n], &none, sizeof none); /* with its padding */
        CHECK_OK(akin_corpus_opts_set(&seen[n], d->name, text, &err));
        CHECK(memcmp(&seen[n], &none, sizeof none) != 0);
        for (int k = 0; k < n; k++) CHECK(memcmp(&seen[n], &seen[k], sizeof none) != 0);
    }
    CHECK(seen[0].columns && seen[8].val_frac == 0.5 && seen[9].shuffle && seen[10].test_frac == 0.5);
    akin_corpus_opts o = AKIN_CORPUS_OPTS_INIT;
    CHECK_FAILS(akin_corpus_opts_set(&o, "min-itms", "3", &err), AKIN_ERR_ARGUMENT,
                "did you mean 'min-items'");
    CHECK_FAILS(akin_corpus_opts_set(&o, "min-items", "-1", &err), AKIN_ERR_RANGE, "between 0");
    CHECK_FAILS(akin_corpus_opts_set(&o, "columns", "a", &err), AKIN_ERR_RANGE, "columns are 'a'");
}

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, test_folder());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* A caller that was compiled before the last fields were added, and one that forgot the initialiser. */
static void structs_of_other_sizes(void **state)
{
    (void)state;
    akin_corpus_opts o = AKIN_CORPUS_OPTS_INIT;
    akin_corpus *c = NULL;
    put("old.txt", "one\ntwo\n");
    o.struct_size = offsetof(akin_corpus_opts, max_bytes);
    o.max_bytes = 1; /* not the library's: it is beyond what the caller has */
    o.keep = "no such list";
    CHECK_OK(akin_corpus_opts_set(&o, "min-words", "1", &err));
    CHECK(o.min_words == 1 && o.max_bytes == 1);
    CHECK_OK(akin_corpus_open(at("old.txt"), &o, &c, &err));
    CHECK(akin_corpus_texts(c)->n == 2);
    akin_corpus_free(c);
    c = NULL;
    o.struct_size = 0;
    CHECK_FAILS(akin_corpus_opts_set(&o, "min-words", "2", &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK_FAILS(akin_corpus_open(at("old.txt"), &o, &c, &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK(o.min_words == 1 && !c);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(bad_bytes),
        cmocka_unit_test(choice_of_rows),
        cmocka_unit_test(tables),
        cmocka_unit_test(jsonl),
        cmocka_unit_test(documents),
        cmocka_unit_test(folders_can_be_splits),
        cmocka_unit_test(held_out_items_are_of_every_document),
        cmocka_unit_test(compressed_files_are_told_by_their_bytes),
        cmocka_unit_test(long_lines_and_big_files_are_refused),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(flags_reach_their_fields),
        cmocka_unit_test(structs_of_other_sizes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
