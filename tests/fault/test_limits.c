/* SPDX-License-Identifier: Apache-2.0 */
/* fault/test_limits.c - the limits of docs/formats.md, each at N and at N+1: what is allowed is read, one
 * more is refused with a sentence that has the limit. Others stand with what they are limits of: the
 * header of .npy in test_npy.c, that of safetensors in test_train.c, the depth of JSON in test_json.c, the
 * pixels and scans of pictures in test_data_images.c, the columns of libsvm in test_vectors.c. */
#include "akin/tool/corpus.h"
#include "akin/tool/file_set.h"
#include "akin/tool/images.h"
#include "akin/tool/vectors.h"
#include "base/base.h"
#include "files/byte_stream.h"
#include "files/safetensors.h"
#include "images/decode.h"
#include "test.h"

#include <sys/resource.h>
#include <zlib.h>

static akin_error err;
static char folder[300];

static long resident_mib(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return use.ru_maxrss >> 10;
}

/* The path is borrowed until the eighth call after this one. */
static const char *in_folder(const char *name)
{
    static char path[8][700];
    static int next;
    char *to = path[next++ % 8];
    snprintf(to, sizeof path[0], "%s/%s", folder, name);
    return to;
}

static const char *put(const char *name, const void *bytes, size_t n)
{
    const char *path = in_folder(name);
    unlink(path);
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
    return path;
}

static void dimensions_of_npy(void **state)
{
    (void)state;
    for (int ndim = AKIN_MAX_DIMS; ndim <= AKIN_MAX_DIMS + 1; ndim++) {
        char bytes[256] = "\x93NUMPY\1", head[128] = "{'descr': '|u1', 'fortran_order': False, 'shape': (";
        for (int d = 0; d < ndim; d++) strcat(head, "1,");
        strcat(head, "), }\n");
        bytes[8] = (char)strlen(head);
        memcpy(bytes + 10, head, strlen(head) + 1);
        akin_array a;
        const char *path = put("dims.npy", bytes, 10 + strlen(head) + 1);
        if (ndim > AKIN_MAX_DIMS) {
            CHECK_FAILS(akin_npy_load(path, &a, &err), AKIN_ERR_FORMAT, "more than 8 dimensions");
            continue;
        }
        CHECK_OK(akin_npy_load(path, &a, &err));
        CHECK(a.ndim == 8 && a.count == 1);
        akin_array_free(&a);
    }
}

static void dimensions_and_number_of_tensors(void **state)
{
    (void)state;
    enum { MOST = 65536 };
    static const int64_t ones[AKIN_MAX_DIMS + 1] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 }, none[1] = { 0 };
    static const float x[1] = { 1 };
    static char names[MOST + 1][8];
    const char *path = in_folder("limits.safetensors");
    for (int ndim = AKIN_MAX_DIMS; ndim <= AKIN_MAX_DIMS + 1; ndim++) {
        const ak_tensor_out t = { "w", ndim, ones, x };
        if (ndim > AKIN_MAX_DIMS)
            CHECK_FAILS(ak_safetensors_save(path, &t, 1, NULL, 0, &err), AKIN_ERR_IO, "reads back damaged");
        else
            CHECK_OK(ak_safetensors_save(path, &t, 1, NULL, 0, &err));
    }
    ak_tensor_out *all = calloc(MOST + 1, sizeof *all);
    CHECK(all);
    for (int i = 0; i <= MOST; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        all[i] = (ak_tensor_out){ names[i], 1, none, x };
    }
    CHECK_OK(ak_safetensors_save(path, all, MOST, NULL, 0, &err));
    CHECK_FAILS(ak_safetensors_save(path, all, MOST + 1, NULL, 0, &err), AKIN_ERR_IO, "reads back damaged");
    free(all);
}

static void length_of_a_line(void **state)
{
    (void)state;
    enum { MOST = 16 << 20 };
    char *text = malloc(MOST + 8);
    CHECK(text);
    for (int over = 0; over <= 1; over++) {
        const size_t n = MOST + (size_t)over;
        memset(text, 'a', n);
        memcpy(text + n, "\nb c\n", 5);
        akin_corpus *c = NULL;
        const char *path = put("line.txt", text, n + 5);
        if (over)
            CHECK_FAILS(akin_corpus_open(path, NULL, &c, &err), AKIN_ERR_INPUT,
                        "line 1 has more than 16 MiB");
        else
            CHECK_OK(akin_corpus_open(path, NULL, &c, &err));
        akin_corpus_free(c);
    }
    free(text);
}

/* What stands beside the text of a row may be as deep as other programs make it. */
static void depth_of_a_row(void **state)
{
    (void)state;
    enum { MOST = AKIN_JSON_DEPTH_DATA };
    static char text[2 * MOST + 100];
    for (int over = 0; over <= 1; over++) {
        const int arrays = MOST - 1 + over; /* in an object */
        int n = sprintf(text, "{\"text\": \"four five\"}\n{\"text\": \"one two\", \"more\": ");
        memset(text + n, '[', (size_t)arrays);
        memset(text + n + arrays, ']', (size_t)arrays);
        n += 2 * arrays;
        n += sprintf(text + n, "}\n");
        akin_corpus *c = NULL;
        const char *path = put("deep.jsonl", text, (size_t)n);
        if (over)
            CHECK_FAILS(akin_corpus_open(path, NULL, &c, &err), AKIN_ERR_FORMAT,
                        "nested more than 512 levels deep");
        else
            CHECK_OK(akin_corpus_open(path, NULL, &c, &err));
        akin_corpus_free(c);
    }
}

/* Folders in folders, of which the last has the file. */
static void deep(const char *name, int levels, const char *file, const char *bytes)
{
    char path[300];
    snprintf(path, sizeof path, "%s", name);
    for (int i = 0; i < levels; i++) strcat(path, "/d");
    CHECK_OK(akin_folder_make(in_folder(path), &err));
    strcat(path, file);
    put(path, bytes, strlen(bytes));
}

static void depth_of_folders(void **state)
{
    (void)state;
    deep("text16", 16, "/a.txt", "one two\nthree\n");
    deep("text17", 17, "/a.txt", "one two\nthree\n");
    deep("images16", 16, "/a.pgm", "P2 1 1 9\n3\n");
    deep("images17", 17, "/a.pgm", "P2 1 1 9\n3\n");
    akin_corpus *c = NULL;
    CHECK_OK(akin_corpus_open(in_folder("text16"), NULL, &c, &err));
    akin_corpus_free(c);
    c = NULL;
    CHECK_FAILS(akin_corpus_open(in_folder("text17"), NULL, &c, &err), AKIN_ERR_INPUT, "16");
    akin_image_set *set = NULL;
    CHECK_OK(akin_image_set_open(in_folder("images16"), NULL, &set, &err));
    akin_image_set_free(set);
    set = NULL;
    CHECK_FAILS(akin_image_set_open(in_folder("images17"), NULL, &set, &err), AKIN_ERR_INPUT, "16");
}

static void classes_of_a_table(void **state)
{
    (void)state;
    enum { MOST = 65536 };
    char *text = malloc((MOST + 1) * 12);
    CHECK(text);
    for (int n = MOST; n <= MOST + 1; n++) {
        size_t at = 0;
        for (int i = 0; i < n; i++) at += (size_t)sprintf(text + at, "%d,c%d\n", i % 7, i);
        akin_vector_set *set = NULL;
        const char *path = put("classes.csv", text, at);
        if (n > MOST)
            CHECK_FAILS(akin_vectors_open(path, NULL, &set, &err), AKIN_ERR_INPUT,
                        "more than 65536 different");
        else
            CHECK_OK(akin_vectors_open(path, NULL, &set, &err));
        akin_vectors_free(set);
    }
    free(text);
}

/* Zeros, which gzip packs more than 1,000 times: 64 MiB of them, and a byte more. */
static void bytes_that_come_out_of_a_packed_file(void **state)
{
    (void)state;
    enum { FREE = 1 << 26, PIECE = 1 << 20 };
    static char zeros[PIECE];
    const char *path = in_folder("zeros.gz");
    for (int over = 0; over <= 1; over++) {
        gzFile gz = gzopen(path, "wb9");
        for (int i = 0; i < FREE / PIECE; i++) CHECK(gz && gzwrite(gz, zeros, PIECE) == PIECE);
        CHECK((!over || gzwrite(gz, zeros, 1) == 1) && gzclose(gz) == Z_OK);
        ak_byte_stream *s = NULL;
        CHECK_OK(ak_byte_stream_open(path, &s, &err));
        akin_status status = AKIN_OK;
        int64_t all = 0;
        for (size_t got = 1; got && !status; all += (int64_t)got)
            if ((status = ak_byte_stream_some(s, zeros, PIECE, &got, &err)) != AKIN_OK) got = 0;
        ak_byte_stream_close(s);
        CHECK(over ? status == AKIN_ERR_INPUT && strstr(err.message, "1000 times")
                   : status == AKIN_OK && all == FREE);
    }
}

/* 48,685 bytes that say 8,192 x 8,192, which a picture may have, and 20,000 x 20,000: refused by the
 * header. */
static void a_png_bomb_takes_no_memory(void **state)
{
    (void)state;
    static const uint8_t head[] = {
        0x89, 'P', 'N', 'G', '\r', '\n', 26, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'
    };
    enum { BYTES = 48685 };
    uint8_t *file = calloc(1, BYTES);
    CHECK(file);
    for (int over = 0; over <= 1; over++) {
        memcpy(file, head, sizeof head);
        const uint32_t side = over ? 20000 : 8192;
        for (int i = 0; i < 8; i++) file[16 + i] = (uint8_t)(side >> (24 - 8 * (i % 4)));
        file[24] = 8; /* bits, grey */
        const uint32_t sum = (uint32_t)crc32(0, file + 12, 17);
        for (int i = 0; i < 4; i++) file[29 + i] = (uint8_t)(sum >> (24 - 8 * i));
        const uint32_t data = BYTES - 45;
        for (int i = 0; i < 4; i++) file[33 + i] = (uint8_t)(data >> (24 - 8 * i));
        memcpy(file + 37, "IDAT", 4);
        const long before = resident_mib();
        ak_decoded_image p = { .pixels = NULL };
        CHECK_FAILS(ak_picture_decode(file, BYTES, NULL, &p, &err), AKIN_ERR_FORMAT,
                    over ? "20000x20000 pixels" : "more pixels than its bytes can hold");
        CHECK_LE(resident_mib() - before, 10);
    }
    free(file);
}

static void length_of_a_manifest(void **state)
{
    (void)state;
    enum { MOST = 1 << 20 };
    static char text[MOST + 1];
    static const char HEAD[] = "{\"format\": \"akin-file-set-1\", \"complete\": true, \"files\": {}}";
    const char *rows = put("m.npy", "x", 1);
    for (int over = 0; over <= 1; over++) {
        uint64_t before = 0;
        memset(text, ' ', sizeof text);
        memcpy(text, HEAD, sizeof HEAD - 1);
        put("m.set.json", text, MOST + (size_t)over);
        CHECK_FAILS(akin_file_set_check(&rows, 1, &before, &err), AKIN_ERR_INPUT,
                    over ? "1048576" : "is about another file"); /* read, and understood */
    }
}

/* What the system cannot name is refused with its reason, and nothing is written past a path's room. */
static void length_of_a_path(void **state)
{
    (void)state;
    char path[4200];
    for (size_t n = 4094; n <= 4097; n++) {
        memset(path, '/', n);
        path[n - 1] = 'x';
        path[n] = 0;
        akin_corpus *c = NULL;
        akin_image_set *set = NULL;
        akin_vector_set *v = NULL;
        CHECK_FAILS(akin_corpus_open(path, NULL, &c, &err), AKIN_ERR_INPUT,
                    n < 4096 ? "No such" : "too long");
        CHECK_FAILS(akin_image_set_open(path, NULL, &set, &err), AKIN_ERR_INPUT,
                    n < 4096 ? "No such" : "too long");
        CHECK_FAILS(akin_vectors_open(path, NULL, &v, &err), AKIN_ERR_INPUT,
                    n < 4096 ? "No such" : "too long");
    }
}

int main(void)
{
    snprintf(folder, sizeof folder, "%s", test_folder());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_png_bomb_takes_no_memory),
        cmocka_unit_test(dimensions_of_npy),
        cmocka_unit_test(dimensions_and_number_of_tensors),
        cmocka_unit_test(length_of_a_line),
        cmocka_unit_test(depth_of_a_row),
        cmocka_unit_test(depth_of_folders),
        cmocka_unit_test(classes_of_a_table),
        cmocka_unit_test(bytes_that_come_out_of_a_packed_file),
        cmocka_unit_test(length_of_a_manifest),
        cmocka_unit_test(length_of_a_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
