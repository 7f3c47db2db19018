/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of text on damaged files: one small sample per format and packing, cut at every byte and with
 * every bit flipped. Asked for: no crash (the sanitizers watch when they are on), and either an error with
 * a sentence or a set of valid texts. A packed file that was cut is always an error, and one that is
 * accepted after a flip holds what it held: the flip was in a part that says nothing, such as gzip's time
 * stamp. */
#include "akin/tool/corpus.h"
#include "akin/tool/utf8.h"
#include "akin/tool/word_vectors.h"
#include "test.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

static akin_error err;
static char folder[256], path[512];

static const char TEXT[] =
    "first \xc3\xa9\nsecond line, a longer one\nthird\n\nfirst again, and \"quotes\"\n";

static void put(const void *bytes, size_t n)
{
    unlink(path); /* a file that is truncated and written again is flushed by some file systems */
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
}

/* The fingerprint, or "" when it was refused. */
static void try_file(const unsigned char *bytes, size_t n, char print[17])
{
    akin_corpus *c = NULL;
    put(bytes, n);
    err.message[0] = print[0] = 0;
    const akin_status status = akin_corpus_open(path, NULL, &c, &err);
    if (status != AKIN_OK) {
        CHECK(c == NULL && err.message[0] && err.status == status && status != AKIN_ERR_INTERNAL);
        CHECK(!strchr(err.message, '\n'));
        return;
    }
    const akin_texts t = *akin_corpus_texts(c);
    CHECK(t.n >= 1);
    for (int64_t i = 0; i < t.n; i++) {
        const int64_t bytes_of = t.start[i + 1] - t.start[i];
        CHECK(bytes_of >= 0 && akin_utf8_check(t.bytes + t.start[i], bytes_of) == bytes_of);
    }
    const akin_text_tuples p = *akin_corpus_tuples(c);
    for (int64_t i = 0; i < p.n; i++) CHECK(p.anchor[i] < t.n && p.positive[i] < t.n);
    strcpy(print, akin_corpus_fingerprint(c));
    akin_corpus_free(c);
}

static void cut_and_flip(const char *name, const unsigned char *sample, size_t n, bool packed)
{
    unsigned char bytes[4096];
    char whole[17], print[17];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    memcpy(bytes, sample, n);
    try_file(bytes, n, whole);
    CHECK(*whole);
    for (size_t i = 0; i < n; i++) {
        try_file(bytes, i, print);
        if (packed && i >= 6) CHECK(!*print); /* with less, it is no packed file but some bytes */
    }
    for (size_t i = 0; i < n; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] = (unsigned char)(bytes[i] ^ 1 << bit);
            try_file(bytes, n, print);
            if (packed && *print) CHECK(strcmp(print, whole) == 0);
            bytes[i] = (unsigned char)(bytes[i] ^ 1 << bit);
        }
    CHECK(unlink(path) == 0);
}

static void packed_files(void **state)
{
    (void)state;
    unsigned char packed[4096];
    size_t n = 0;
    z_stream z = { .next_in = (unsigned char *)(uintptr_t)TEXT,
                   .avail_in = sizeof TEXT - 1,
                   .next_out = packed,
                   .avail_out = sizeof packed };
    CHECK(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK &&
          deflate(&z, Z_FINISH) == Z_STREAM_END);
    n = sizeof packed - z.avail_out;
    deflateEnd(&z);
    cut_and_flip("a.gz", packed, n, true);
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
    n = ZSTD_compress2(zstd, packed, sizeof packed, TEXT, sizeof TEXT - 1);
    ZSTD_freeCCtx(zstd);
    cut_and_flip("a.zst", packed, n, true);
    n = 0;
    CHECK(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, (const uint8_t *)TEXT, sizeof TEXT - 1, packed,
                                  &n, sizeof packed) == LZMA_OK);
    cut_and_flip("a.xz", packed, n, true);
}

static void refused(const char *name, const void *bytes, size_t n, akin_status status, const char *said)
{
    akin_corpus *c = NULL;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    put(bytes, n);
    CHECK_FAILS(akin_corpus_open(path, NULL, &c, &err), status, said);
    CHECK(c == NULL && unlink(path) == 0);
}

/* Little endian, as xz has its sums. */
static void put_sum(unsigned char *to, const unsigned char *of, size_t n)
{
    const uint32_t sum = lzma_crc32(of, n, 0);
    for (int i = 0; i < 4; i++) to[i] = (unsigned char)(sum >> (8 * i));
}

/* Headers with right sums that ask a decoder for more memory than it has, or for what it does not know. */
static void headers_that_ask_for_too_much(void **state)
{
    (void)state;
    /* [RFC8878 3.1.1.1.2]: the window is 2^(10 + the upper five bits) bytes */
    unsigned char zstd[] = { 0x28, 0xb5, 0x2f, 0xfd, 0, 0, 1, 0, 0 };
    for (int log = 27; log <= 28; log++) { /* a frame without a byte */
        zstd[5] = (unsigned char)((log - 10) << 3);
        if (log > 27)
            refused("w.zst", zstd, sizeof zstd, AKIN_ERR_INPUT, "needs more than 128 MiB to be inflated");
        else
            refused("w.zst", zstd, sizeof zstd, AKIN_ERR_INPUT, "is empty");
    }
    unsigned char xz[4096];
    size_t n = 0;
    CHECK(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, (const uint8_t *)TEXT, sizeof TEXT - 1, xz, &n,
                                  sizeof xz) == LZMA_OK);
    unsigned char *block = xz + LZMA_STREAM_HEADER_SIZE;
    const size_t size = 4 * (block[0] + (size_t)1);
    unsigned char *filter = block + 2; /* LZMA2 and one byte, the size of the window */
    while (filter < block + size - 6 && (filter[0] != 0x21 || filter[1] != 1)) filter++;
    CHECK(filter < block + size - 6);
    const unsigned char window = filter[2];
    filter[2] = 37; /* 1.5 GiB */
    put_sum(block + size - 4, block, size - 4);
    refused("w.xz", xz, n, AKIN_ERR_INPUT,
            "needs more than 256 MiB to be inflated; pack it again with xz -6");
    filter[2] = window;
    filter[0] = 0x3f; /* a filter that there is not */
    put_sum(block + size - 4, block, size - 4);
    refused("w.xz", xz, n, AKIN_ERR_FORMAT, "options that liblzma does not know");
}

static void plain_files(void **state)
{
    (void)state;
    static const char *const SAMPLE[][2] = {
        { "a.txt", TEXT },
        { "a.tsv", "text\tlabel\n\"one \"\"1\"\"\"\ta\ntwo\tb\n" },
        { "a.csv", "anchor,positive,negative\n\"one\n\"\"1\"\"\",b,c\nd,e,\n" },
        { "a.jsonl", "{\"anchor\":\"a\\u00e9\",\"positive\":[\"b\",\"c\"],\"label\":1}\n{\"text\":\"t\","
                     "\"group\":\"g\"}\n" },
        { "a.json", "[{\"text\":\"a]\\\"\"},\n \"b\", {\"text\":\"c\",\"label\":1}]\n" },
    };
    for (size_t i = 0; i < sizeof SAMPLE / sizeof *SAMPLE; i++)
        cut_and_flip(SAMPLE[i][0], (const unsigned char *)SAMPLE[i][1], strlen(SAMPLE[i][1]), false);
}

static void word_vectors(void **state)
{
    (void)state;
    char bytes[] = "2 3\nab 1 -2.5 3e-2\nc 4 5 6\n";
    const int64_t start[] = { 0, 4 };
    const akin_texts texts = { sizeof texts, "ab c", start, 1 };
    akin_vocab_opts o = AKIN_VOCAB_OPTS_INIT;
    akin_vocab *v = NULL;
    o.min_count = 1;
    CHECK_OK(akin_vocab_build(&texts, NULL, 0, &o, &v, &err));
    snprintf(path, sizeof path, "%s/a.vec", folder);
    for (size_t cut = 0; cut < sizeof bytes - 1; cut++)
        for (int bit = -1; bit < 8; bit++) {
            akin_word_vectors *w = NULL;
            if (bit >= 0) bytes[cut] = (char)(bytes[cut] ^ 1 << bit);
            put(bytes, bit < 0 ? cut : sizeof bytes - 1);
            if (akin_word_vectors_load(path, v, &w, &err) == AKIN_OK)
                for (int64_t j = 0; j < w->mat.rows * w->mat.cols; j++) CHECK(isfinite(w->mat.data[j]));
            akin_word_vectors_free(w);
            if (bit >= 0) bytes[cut] = (char)(bytes[cut] ^ 1 << bit);
        }
    CHECK(unlink(path) == 0);
    akin_vocab_free(v);
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
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_files),
        cmocka_unit_test(headers_that_ask_for_too_much),
        cmocka_unit_test(plain_files),
        cmocka_unit_test(word_vectors),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
