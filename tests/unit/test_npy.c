/* SPDX-License-Identifier: Apache-2.0 */
/* .npy files: every dtype, byte order and item order against items computed here; headers byte for byte as
 * NumPy writes them (the strings below were printed by NumPy 2.4); limits at N and N+1; sentences that name
 * the place. */
#include "base/base.h"
#include "test.h"

#include <sys/stat.h>

static akin_error err;
static char path[512];

static void fresh_path(void) { snprintf(path, sizeof path, "%s/a.npy", test_folder()); }

/* Write a file of the given version and header text, then bytes of items. */
static void write_npy(int version, const char *header, const void *items, size_t bytes)
{
    const size_t n = strlen(header), first = version == 1 ? 10 : 12;
    char *all = malloc(first + n + bytes);
    memcpy(all, "\x93NUMPY", 6);
    all[6] = (char)version;
    all[7] = 0;
    for (size_t i = 8; i < first; i++) all[i] = (char)(n >> 8 * (i - 8) & 255);
    memcpy(all + first, header, n);
    if (bytes) memcpy(all + first + n, items, bytes);
    unlink(path); /* a new file: flushing an old one takes most of the time */
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(all, 1, first + n + bytes, file) == first + n + bytes && fclose(file) == 0);
    free(all);
}

static void what_is_saved_is_loaded(void **state)
{
    (void)state;
    fresh_path();
    const double values[24] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 250, 255, 7, 7, 7, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
    const size_t bytes[] = { 1, 4, 8, 4, 8 };
    for (int dtype = AKIN_DTYPE_U8; dtype <= AKIN_DTYPE_F64; dtype++) {
        uint64_t raw[24];
        for (int i = 0; i < 24; i++) {
            void *to = (char *)raw + (size_t)i * bytes[dtype];
            if (dtype == AKIN_DTYPE_U8) *(uint8_t *)to = (uint8_t)values[i];
            if (dtype == AKIN_DTYPE_I32) *(int32_t *)to = (int32_t)-values[i];
            if (dtype == AKIN_DTYPE_I64) *(int64_t *)to = (int64_t)values[i] << 40;
            if (dtype == AKIN_DTYPE_F32) *(float *)to = (float)values[i] / 3;
            if (dtype == AKIN_DTYPE_F64) *(double *)to = values[i] / 7;
        }
        for (int ndim = 0; ndim <= 4; ndim++) {
            const int64_t shapes[5][4] = { { 0 }, { 24 }, { 4, 6 }, { 2, 3, 4 }, { 2, 1, 3, 4 } };
            CHECK_OK(akin_npy_save(path, (akin_dtype)dtype, ndim, shapes[ndim], raw, &err));
            akin_array a;
            CHECK_OK(akin_npy_load(path, &a, &err));
            CHECK((int)a.dtype == dtype && a.ndim == ndim && a.count == (ndim ? 24 : 1));
            CHECK(memcmp(a.shape, shapes[ndim], (size_t)ndim * sizeof *a.shape) == 0);
            CHECK(memcmp(a.data, raw, (size_t)a.count * bytes[dtype]) == 0);
            akin_array_free(&a);
            CHECK(a.data == NULL && a.count == 0);
        }
    }
}

static void headers_are_those_of_numpy(void **state)
{
    (void)state;
    fresh_path();
    static const struct {
        akin_dtype dtype;
        int ndim;
        int64_t shape[AKIN_MAX_DIMS];
        const char *text; /* up to the padding */
        int total;
    } cases[] = {
        { AKIN_DTYPE_F32, 2, { 3, 4 }, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }", 128 },
        { AKIN_DTYPE_F64, 0, { 0 }, "{'descr': '<f8', 'fortran_order': False, 'shape': (), }", 128 },
        { AKIN_DTYPE_U8, 1, { 3 }, "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", 128 },
        { AKIN_DTYPE_I32,
          3,
          { 0, 28, 28 },
          "{'descr': '<i4', 'fortran_order': False, 'shape': (0, 28, 28), }",
          128 },
        { AKIN_DTYPE_F32,
          8,
          { 1000, 0, 32, 32, 1, 1, 1, 1 },
          "{'descr': '<f4', 'fortran_order': False, 'shape': (1000, 0, 32, 32, 1, 1, 1, 1), }",
          128 },
        { AKIN_DTYPE_F32,
          8,
          { 0, 1000000, 1000000, 1000000, 1000000, 1000000, 1000000, 1000000 },
          "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 1000000, 1000000, 1000000, 1000000, "
          "1000000, "
          "1000000, 1000000), }",
          192 },
        { AKIN_DTYPE_F32, /* room for 21 digits of the first dimension, of which 10 are taken */
          8,
          { 1000000000, 0, 32, 32, 1, 1, 1, 1 },
          "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 0, 32, 32, 1, 1, 1, 1), }",
          128 },
        { AKIN_DTYPE_I64, 1, { 12 }, "{'descr': '<i8', 'fortran_order': False, 'shape': (12,), }", 128 },
    };
    const int64_t items[12] = { 1 };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        CHECK_OK(akin_npy_save(path, cases[c].dtype, cases[c].ndim, cases[c].shape, items, &err));
        char *data = NULL;
        CHECK_OK(akin_file_load(path, 4096, &data, NULL, &err));
        const size_t n = strlen(cases[c].text);
        CHECK(memcmp(data, "\x93NUMPY\x01\x00", 8) == 0);
        CHECK(data[8] == (char)(cases[c].total - 10) && data[9] == 0);
        CHECK(memcmp(data + 10, cases[c].text, n) == 0);
        for (int i = 10 + (int)n; i < cases[c].total - 1; i++) CHECK(data[i] == ' ');
        CHECK(data[cases[c].total - 1] == '\n');
        free(data);
    }
}

/* One array of each dtype in both byte orders; the items are written here byte by byte. */
static void every_dtype_in_both_byte_orders(void **state)
{
    (void)state;
    fresh_path();
    static const struct {
        const char *name;
        int bytes;
        uint64_t bits; /* of the one item */
        akin_dtype dtype;
        double value;
    } cases[] = {
        { "b1", 1, 1, AKIN_DTYPE_U8, 1 },
        { "u1", 1, 200, AKIN_DTYPE_U8, 200 },
        { "i1", 1, 0x80, AKIN_DTYPE_I32, -128 },
        { "i2", 2, 0xff38, AKIN_DTYPE_I32, -200 },
        { "u2", 2, 0xff38, AKIN_DTYPE_I32, 65336 },
        { "i4", 4, 0x80000000, AKIN_DTYPE_I32, -2147483648.0 },
        { "u4", 4, 0x80000000, AKIN_DTYPE_I64, 2147483648.0 },
        { "i8", 8, 0xffffffff00000000, AKIN_DTYPE_I64, -4294967296.0 },
        { "u8", 8, 0x0000000100000000, AKIN_DTYPE_I64, 4294967296.0 },
        { "f2", 2, 0x3555, AKIN_DTYPE_F32, 0.333251953125 },
        { "f2", 2, 0x8001, AKIN_DTYPE_F32, -0x1p-24 },
        { "f2", 2, 0x7bff, AKIN_DTYPE_F32, 65504 },
        { "f4", 4, 0xc0490fdb, AKIN_DTYPE_F32, (double)-3.14159274f },
        { "f8", 8, 0x3fd5555555555555, AKIN_DTYPE_F64, 1 / 3.0 },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (int big = 0; big <= 1; big++) {
            char header[128];
            unsigned char raw[16];
            for (int i = 0; i < 2 * cases[c].bytes; i++) {
                const int k = i % cases[c].bytes;
                raw[i] = (unsigned char)(cases[c].bits >> 8 * (big ? cases[c].bytes - 1 - k : k));
            }
            snprintf(header, sizeof header, "{'descr': '%c%s', 'fortran_order': False, 'shape': (2,), }\n",
                     big ? '>' : '<', cases[c].name);
            for (int version = 1; version <= 3; version++) {
                write_npy(version, header, raw, (size_t)(2 * cases[c].bytes));
                akin_array a;
                CHECK_OK(akin_npy_load(path, &a, &err));
                CHECK(a.dtype == cases[c].dtype && a.count == 2);
                for (int i = 0; i < 2; i++) {
                    const double x = a.dtype == AKIN_DTYPE_U8    ? ((uint8_t *)a.data)[i]
                                     : a.dtype == AKIN_DTYPE_I32 ? ((int32_t *)a.data)[i]
                                     : a.dtype == AKIN_DTYPE_I64 ? (double)((int64_t *)a.data)[i]
                                     : a.dtype == AKIN_DTYPE_F32 ? (double)((float *)a.data)[i]
                                                                 : ((double *)a.data)[i];
                    CHECK_NEAR(x, cases[c].value, 0);
                }
                akin_array_free(&a);
            }
        }
    write_npy(1, "{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }\n", "\0\0\0\0\0\0\0\x80", 8);
    akin_array a;
    CHECK_FAILS(akin_npy_load(path, &a, &err), AKIN_ERR_INPUT, "item 0 at byte 68 is above 2^63-1");
}

/* Long enough for several blocks, so that offsets between blocks count. */
static void long_arrays_are_converted_in_blocks(void **state)
{
    (void)state;
    fresh_path();
    enum { N = 50000 };
    uint16_t *raw = malloc(N * sizeof *raw);
    for (int i = 0; i < N; i++) raw[i] = (uint16_t)(i * 7);
    write_npy(1, "{'descr': '<u2', 'fortran_order': False, 'shape': (50000,), }\n", raw, N * sizeof *raw);
    akin_array a;
    CHECK_OK(akin_npy_load(path, &a, &err));
    for (int i = 0; i < N; i++) CHECK(((int32_t *)a.data)[i] == raw[i]);
    akin_array_free(&a);
    free(raw);
}

static void fortran_order_becomes_c_order(void **state)
{
    (void)state;
    fresh_path();
    int32_t items[2 * 3 * 4];
    for (int i = 0; i < 2; i++) /* item (i,j,k) = 100i + 10j + k lies at i + 2 (j + 3 k) */
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 4; k++) items[i + 2 * (j + 3 * k)] = 100 * i + 10 * j + k;
    write_npy(1, "{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3, 4), }\n", items, sizeof items);
    akin_array a;
    CHECK_OK(akin_npy_load(path, &a, &err));
    for (int i = 0; i < 24; i++) CHECK(((int32_t *)a.data)[i] == 100 * (i / 12) + 10 * (i / 4 % 3) + i % 4);
    akin_array_free(&a);
}

static void other_spellings_of_the_header_are_read(void **state)
{
    (void)state;
    fresh_path();
    static const char *const good[] = {
        "{\"shape\":(2L,3L),\"fortran_order\":False,\"descr\":\"=f4\"}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3,)}   \n",
        "{ 'fortran_order' : False , 'shape' : ( 2 , 3 ) , 'descr' : '<f4' , }\n\n",
    };
    const float items[6] = { 1, 2, 3, 4, 5, 6 };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        write_npy(1, good[i], items, sizeof items);
        akin_array a;
        CHECK_OK(akin_npy_load(path, &a, &err));
        CHECK(a.ndim == 2 && a.shape[0] == 2 && a.shape[1] == 3 && memcmp(a.data, items, sizeof items) == 0);
        akin_array_free(&a);
    }
}

static void damaged_headers_are_refused(void **state)
{
    (void)state;
    fresh_path();
    static const struct {
        const char *header;
        akin_status status;
        const char *text;
    } bad[] = {
        { "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", AKIN_ERR_FORMAT, "never unpickled" },
        { "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }", AKIN_ERR_FORMAT, "records" },
        { "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", AKIN_ERR_FORMAT, "dtype '<c8'" },
        { "{'descr': '<U4', 'fortran_order': False, 'shape': (1,), }", AKIN_ERR_FORMAT, "dtype '<U4'" },
        { "{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }", AKIN_ERR_FORMAT, "dtype '<f3'" },
        { "{'descr': '', 'fortran_order': False, 'shape': (1,), }", AKIN_ERR_FORMAT, "dtype ''" },
        { "{'descr': '<f4', 'fortran_order': False, }", AKIN_ERR_FORMAT, "before the end" },
        { "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", AKIN_ERR_FORMAT, "once" },
        { "{'descr': '<f4', 'colour': 'red', 'fortran_order': False, 'shape': ()}", AKIN_ERR_FORMAT, "once" },
        { "{'descr': '<f4', 'fortran_order': false, 'shape': ()}", AKIN_ERR_FORMAT, "True or False" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", AKIN_ERR_FORMAT, "found '-'" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (1.5,)}", AKIN_ERR_FORMAT, "found '.'" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", AKIN_ERR_FORMAT,
          "2^63" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} import os", AKIN_ERR_FORMAT,
          "only spaces" },
        { "{'descr': '<f4", AKIN_ERR_FORMAT, "closing quote" },
        { "{'descr': '<f4444444444444444444444'", AKIN_ERR_FORMAT, "short string" },
        { "", AKIN_ERR_FORMAT, "found the end, expected '{'" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", AKIN_ERR_FORMAT,
          "more than 8 dimensions" },
        /* 2^32 * 2^32 wraps to 0 in 64 bits */
        { "{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", AKIN_ERR_FORMAT,
          "larger than any file" },
        { "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000)}", AKIN_ERR_FORMAT,
          "needs 8000000000000 bytes" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (int version = 1; version <= 2; version++) {
            write_npy(version, bad[i].header, "\0\0\0\0", 4);
            akin_array a = { .ndim = 77 };
            CHECK_FAILS(akin_npy_load(path, &a, &err), bad[i].status, bad[i].text);
            CHECK(a.ndim == 77); /* nothing is written on failure */
        }
}

static void the_length_of_the_file_must_fit(void **state)
{
    (void)state;
    fresh_path();
    const char *header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
    const float items[7] = { 0 };
    akin_array a;
    write_npy(1, header, items, 23);
    CHECK_FAILS(akin_npy_load(path, &a, &err), AKIN_ERR_FORMAT,
                "truncated: shape (2,3) of <f4 needs 24 bytes after the 70 of the header, the file has 23");
    write_npy(1, header, items, 25);
    CHECK_FAILS(akin_npy_load(path, &a, &err), AKIN_ERR_FORMAT,
                "too long: shape (2,3) of <f4 needs 24 bytes");
    for (size_t cut = 0; cut < 70; cut++) {
        CHECK_OK(akin_file_save(path,
                                "\x93NUMPY\x01\x00\x3c\x00{'descr': '<f4', 'fortran_order': False, 'shape'",
                                cut < 48 ? cut : 48, &err));
        CHECK_FAILS(akin_npy_load(path, &a, &err), AKIN_ERR_FORMAT,
                    cut < 6 ? "not a .npy file" : "truncated");
    }
    CHECK_OK(akin_file_save(path, "\x93NUMPY\x04\x00\x00\x00\x00\x00", 12, &err));
    CHECK_FAILS(akin_npy_load(path, &a, &err), AKIN_ERR_FORMAT, "version 4.0");
    CHECK_FAILS(akin_npy_load("/nonexistent.npy", &a, &err), AKIN_ERR_INPUT, "No such file");
    CHECK_FAILS(akin_npy_load("/tmp", &a, &err), AKIN_ERR_INPUT, "not a regular file");
}

static void a_header_may_have_64_kib_and_no_more(void **state)
{
    (void)state;
    fresh_path();
    char *header = malloc(65538);
    for (int over = 0; over <= 1; over++) {
        memset(header, ' ', 65538);
        const char *text = "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }";
        memcpy(header, text, strlen(text));
        header[65536 + over] = 0;
        write_npy(2, header, "x", 1);
        akin_array a;
        if (over) {
            CHECK_FAILS(akin_npy_load(path, &a, &err), AKIN_ERR_FORMAT,
                        "65537 bytes at byte 8; the limit is 65536");
        } else {
            CHECK_OK(akin_npy_load(path, &a, &err));
            CHECK(a.count == 1 && *(uint8_t *)a.data == 'x');
            akin_array_free(&a);
        }
    }
    free(header);
}

static void matrices_are_finite_floats(void **state)
{
    (void)state;
    fresh_path();
    akin_array a;
    const int32_t whole[6] = { 1, -2, 3, 4, 5, 1 << 24 };
    const int64_t shape[3] = { 2, 3, 1 }, six = 6, none[2] = { 0, 5 };
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_I32, 2, shape, whole, &err));
    CHECK_OK(akin_npy_load_matrix(path, &a, &err));
    CHECK(a.dtype == AKIN_DTYPE_F32 && a.ndim == 2 && a.shape[0] == 2 && a.shape[1] == 3);
    for (int i = 0; i < 6; i++) CHECK(((float *)a.data)[i] == (float)whole[i]);
    akin_array_free(&a);
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_I32, 1, &six, whole, &err));
    CHECK_OK(akin_npy_load_matrix(path, &a, &err));
    CHECK(a.ndim == 2 && a.shape[0] == 6 && a.shape[1] == 1);
    akin_array_free(&a);
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_F32, 2, none, NULL, &err));
    CHECK_OK(akin_npy_load_matrix(path, &a, &err));
    CHECK(a.count == 0 && a.shape[1] == 5 && a.data);
    akin_array_free(&a);

    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_I32, 3, shape, whole, &err));
    CHECK_FAILS(akin_npy_load_matrix(path, &a, &err), AKIN_ERR_SHAPE, "3 dimensions");
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_I32, 0, NULL, whole, &err));
    CHECK_FAILS(akin_npy_load_matrix(path, &a, &err), AKIN_ERR_SHAPE, "0 dimensions");
    float f[6] = { 1, 2, 3, 4, NAN, 6 };
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_F32, 2, shape, f, &err));
    CHECK_FAILS(akin_npy_load_matrix(path, &a, &err), AKIN_ERR_INPUT, "row 1, column 1 (from 0) is nan");
    f[1] = -INFINITY;
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_F32, 2, shape, f, &err));
    CHECK_FAILS(akin_npy_load_matrix(path, &a, &err), AKIN_ERR_INPUT, "row 0, column 1 (from 0) is -inf");
    const double d[6] = { 0, 0, 0, 0, 0, 1e39 };
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_F64, 2, shape, d, &err));
    CHECK_FAILS(akin_npy_load_matrix(path, &a, &err), AKIN_ERR_INPUT, "column 2 (from 0) is 1e+39");
}

static void labels_come_from_arrays_and_text(void **state)
{
    (void)state;
    fresh_path();
    akin_array a;
    const int64_t wide[3] = { 5, -1, 2147483647 }, n = 3;
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_I64, 1, &n, wide, &err));
    CHECK_OK(akin_labels_load(path, &a, &err));
    const int32_t *y = a.data;
    CHECK(a.dtype == AKIN_DTYPE_I32 && a.count == 3 && y[0] == 5 && y[1] == -1 && y[2] == INT32_MAX);
    akin_array_free(&a);
    const double real[3] = { 1, 2, 2.5 };
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_F64, 1, &n, real, &err));
    CHECK_FAILS(akin_labels_load(path, &a, &err), AKIN_ERR_INPUT, "label 2 (from 0) is 2.5");
    const int64_t far[3] = { 0, INT64_MAX, 0 }, two[2] = { 3, 2 };
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_I64, 1, &n, far, &err));
    CHECK_FAILS(akin_labels_load(path, &a, &err), AKIN_ERR_INPUT, "label 1");
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_U8, 2, two, far, &err));
    CHECK_FAILS(akin_labels_load(path, &a, &err), AKIN_ERR_SHAPE, "2 dimensions");

    static const struct {
        const char *text, *fails; /* NULL: gives 3, -4, 5 */
    } cases[] = {
        { "3\n-4\n5\n", NULL },
        { "3\r\n-4\r\n5", NULL },
        { " 3 \n-4\t\n5\n\n\n", NULL },
        { "3\n\n5\n", "line 2: '' is not" },
        { "3\n \n5\n", "line 2: ' ' is not" },
        { "3\ncat\n5\n", "line 2: 'cat' is not" },
        { "3\n4 5\n", "line 2: '4 5' is not" },
        { "3\n2147483648\n", "line 2" },
        { "3\n99999999999999999999\n", "line 2" },
        { "", "holds no labels" },
        { "\n\n", "holds no labels" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_OK(akin_file_save(path, cases[i].text, strlen(cases[i].text), &err));
        if (cases[i].fails) {
            CHECK_FAILS(akin_labels_load(path, &a, &err), AKIN_ERR_INPUT, cases[i].fails);
            continue;
        }
        CHECK_OK(akin_labels_load(path, &a, &err));
        y = a.data;
        CHECK(a.count == 3 && y[0] == 3 && y[1] == -4 && y[2] == 5);
        akin_array_free(&a);
    }
    CHECK_FAILS(akin_labels_load("/nonexistent", &a, &err), AKIN_ERR_INPUT, "No such file");
}

static void impossible_shapes_are_not_saved(void **state)
{
    (void)state;
    fresh_path();
    const int64_t huge[2] = { INT64_MAX / 2, 3 }, negative = -1, one = 1;
    CHECK_FAILS(akin_npy_save(path, AKIN_DTYPE_U8, 2, huge, "", &err), AKIN_ERR_SHAPE, "dimension 0");
    CHECK_FAILS(akin_npy_save(path, AKIN_DTYPE_U8, 1, &negative, "", &err), AKIN_ERR_SHAPE,
                "dimension 0 is -1");
    CHECK_FAILS(akin_npy_save(path, AKIN_DTYPE_U8, 9, huge, "", &err), AKIN_ERR_ARGUMENT, "dimensions");
    CHECK_FAILS(akin_npy_save(path, AKIN_DTYPE_U8, 1, &one, NULL, &err), AKIN_ERR_ARGUMENT, "no data");
    CHECK(access(path, F_OK) != 0);
    CHECK_FAILS(akin_npy_save("/nonexistent/a.npy", AKIN_DTYPE_U8, 1, &one, "", &err), AKIN_ERR_IO,
                "No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_saved_is_loaded),
        cmocka_unit_test(headers_are_those_of_numpy),
        cmocka_unit_test(every_dtype_in_both_byte_orders),
        cmocka_unit_test(long_arrays_are_converted_in_blocks),
        cmocka_unit_test(fortran_order_becomes_c_order),
        cmocka_unit_test(other_spellings_of_the_header_are_read),
        cmocka_unit_test(damaged_headers_are_refused),
        cmocka_unit_test(the_length_of_the_file_must_fit),
        cmocka_unit_test(a_header_may_have_64_kib_and_no_more),
        cmocka_unit_test(matrices_are_finite_floats),
        cmocka_unit_test(labels_come_from_arrays_and_text),
        cmocka_unit_test(impossible_shapes_are_not_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
