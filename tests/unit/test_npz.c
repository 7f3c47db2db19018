/* SPDX-License-Identifier: Apache-2.0 */
/* .npz files: those of NumPy (the bytes below were written by NumPy 2.4) are read, those of ours hold what
 * was put in, and every cut and flip of both is refused or changes nothing; limits at N and N+1. */
#include "akin/tool/labels.h"
#include "akin/tool/npz.h"
#include "files/npz.h"
#include "test.h"

#include <unistd.h>
#include <zlib.h>

/* clang-format off */
static const unsigned char PLAIN[] = { /* 538 bytes */
    80, 75, 3, 4, 45, 0, 0, 0, 0, 0, 0, 0, 33, 0, 204, 202, 156, 189, 255, 255, 255, 255, 255, 255, 255,
    255, 5, 0, 20, 0, 120, 46, 110, 112, 121, 1, 0, 16, 0, 152, 0, 0, 0, 0, 0, 0, 0, 152, 0, 0, 0, 0, 0,
    0, 0, 147, 78, 85, 77, 80, 89, 1, 0, 118, 0, 123, 39, 100, 101, 115, 99, 114, 39, 58, 32, 39, 60,
    102, 52, 39, 44, 32, 39, 102, 111, 114, 116, 114, 97, 110, 95, 111, 114, 100, 101, 114, 39, 58, 32,
    70, 97, 108, 115, 101, 44, 32, 39, 115, 104, 97, 112, 101, 39, 58, 32, 40, 51, 44, 32, 50, 41, 44,
    32, 125, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32,
    32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32,
    32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 10, 0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0,
    0, 128, 64, 0, 0, 160, 64, 80, 75, 3, 4, 45, 0, 0, 0, 0, 0, 0, 0, 33, 0, 162, 179, 208, 75, 255,
    255, 255, 255, 255, 255, 255, 255, 5, 0, 20, 0, 121, 46, 110, 112, 121, 1, 0, 16, 0, 152, 0, 0, 0,
    0, 0, 0, 0, 152, 0, 0, 0, 0, 0, 0, 0, 147, 78, 85, 77, 80, 89, 1, 0, 118, 0, 123, 39, 100, 101, 115,
    99, 114, 39, 58, 32, 39, 60, 105, 56, 39, 44, 32, 39, 102, 111, 114, 116, 114, 97, 110, 95, 111,
    114, 100, 101, 114, 39, 58, 32, 70, 97, 108, 115, 101, 44, 32, 39, 115, 104, 97, 112, 101, 39, 58,
    32, 40, 51, 44, 41, 44, 32, 125, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32,
    32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32,
    32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 10, 1, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 80, 75, 1, 2, 45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 33, 0,
    204, 202, 156, 189, 152, 0, 0, 0, 152, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 1, 0, 0, 0,
    0, 120, 46, 110, 112, 121, 80, 75, 1, 2, 45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 33, 0, 162, 179, 208, 75,
    152, 0, 0, 0, 152, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 1, 207, 0, 0, 0, 121, 46, 110,
    112, 121, 80, 75, 5, 6, 0, 0, 0, 0, 2, 0, 2, 0, 102, 0, 0, 0, 158, 1, 0, 0, 0, 0,
};
static const unsigned char PACKED[] = { /* 589 bytes */
    80, 75, 3, 4, 45, 0, 0, 0, 8, 0, 0, 0, 33, 0, 204, 202, 156, 189, 255, 255, 255, 255, 255, 255, 255,
    255, 5, 0, 20, 0, 120, 46, 110, 112, 121, 1, 0, 16, 0, 152, 0, 0, 0, 0, 0, 0, 0, 85, 0, 0, 0, 0, 0,
    0, 0, 155, 236, 23, 234, 27, 16, 201, 200, 80, 198, 80, 173, 158, 146, 90, 156, 92, 164, 110, 165,
    160, 110, 147, 102, 162, 174, 163, 160, 158, 150, 95, 84, 82, 148, 152, 23, 159, 95, 148, 146, 10,
    18, 119, 75, 204, 41, 78, 5, 138, 23, 103, 36, 22, 164, 2, 249, 26, 198, 58, 10, 70, 154, 58, 10,
    181, 10, 100, 3, 46, 6, 48, 104, 176, 7, 18, 14, 64, 4, 196, 13, 64, 188, 192, 1, 0, 80, 75, 3, 4,
    45, 0, 0, 0, 8, 0, 0, 0, 33, 0, 162, 179, 208, 75, 255, 255, 255, 255, 255, 255, 255, 255, 5, 0, 20,
    0, 121, 46, 110, 112, 121, 1, 0, 16, 0, 152, 0, 0, 0, 0, 0, 0, 0, 74, 0, 0, 0, 0, 0, 0, 0, 155, 236,
    23, 234, 27, 16, 201, 200, 80, 198, 80, 173, 158, 146, 90, 156, 92, 164, 110, 165, 160, 110, 147,
    105, 161, 174, 163, 160, 158, 150, 95, 84, 82, 148, 152, 23, 159, 95, 148, 146, 10, 18, 119, 75,
    204, 41, 78, 5, 138, 23, 103, 36, 22, 164, 2, 249, 26, 198, 58, 154, 58, 10, 181, 10, 20, 0, 46, 70,
    6, 84, 0, 227, 3, 0, 80, 75, 3, 4, 45, 0, 0, 0, 8, 0, 0, 0, 33, 0, 56, 81, 243, 153, 255, 255, 255,
    255, 255, 255, 255, 255, 11, 0, 20, 0, 99, 108, 97, 115, 115, 101, 115, 46, 110, 112, 121, 1, 0, 16,
    0, 144, 0, 0, 0, 0, 0, 0, 0, 78, 0, 0, 0, 0, 0, 0, 0, 155, 236, 23, 234, 27, 16, 201, 200, 80, 198,
    80, 173, 158, 146, 90, 156, 92, 164, 110, 165, 160, 110, 19, 106, 164, 174, 163, 160, 158, 150, 95,
    84, 82, 148, 152, 23, 159, 95, 148, 146, 10, 18, 119, 75, 204, 41, 78, 5, 138, 23, 103, 36, 22, 164,
    2, 249, 26, 70, 58, 154, 58, 10, 181, 10, 20, 0, 174, 68, 6, 8, 120, 9, 196, 186, 126, 12, 12, 0,
    80, 75, 1, 2, 45, 3, 45, 0, 0, 0, 8, 0, 0, 0, 33, 0, 204, 202, 156, 189, 85, 0, 0, 0, 152, 0, 0, 0,
    5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 1, 0, 0, 0, 0, 120, 46, 110, 112, 121, 80, 75, 1, 2, 45, 3,
    45, 0, 0, 0, 8, 0, 0, 0, 33, 0, 162, 179, 208, 75, 74, 0, 0, 0, 152, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 128, 1, 140, 0, 0, 0, 121, 46, 110, 112, 121, 80, 75, 1, 2, 45, 3, 45, 0, 0, 0, 8, 0,
    0, 0, 33, 0, 56, 81, 243, 153, 78, 0, 0, 0, 144, 0, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128,
    1, 13, 1, 0, 0, 99, 108, 97, 115, 115, 101, 115, 46, 110, 112, 121, 80, 75, 5, 6, 0, 0, 0, 0, 3, 0,
    3, 0, 159, 0, 0, 0, 152, 1, 0, 0, 0, 0,
};
/* clang-format on */

static akin_error err;
static char path[512];
static size_t most_read = SIZE_MAX;

/* In the place of the system's, as one that is interrupted: at most most_read bytes at a time. */
ssize_t pread(int fd, void *to, size_t n, off_t at)
{
    const off_t was = lseek(fd, 0, SEEK_CUR);
    if (was < 0 || lseek(fd, at, SEEK_SET) < 0) return -1;
    const ssize_t got = read(fd, to, n < most_read ? n : most_read);
    return lseek(fd, was, SEEK_SET) < 0 ? -1 : got;
}

static void fresh_path(void)
{
    if (!*path) snprintf(path, sizeof path, "%s/a.npz", test_folder());
}

static void put(const void *bytes, size_t n)
{
    fresh_path();
    unlink(path);
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
}

/* What PLAIN and PACKED hold; false where it is refused. */
static bool holds(bool *same)
{
    static const float X[6] = { 0, 1, 2, 3, 4, 5 };
    static const int32_t Y[3] = { 1, 0, 1 };
    akin_array x = { .data = NULL };
    akin_labels *y = NULL;
    const bool read =
        akin_npy_load_matrix(path, &x, &err) == AKIN_OK && akin_labels_open(path, &y, &err) == AKIN_OK;
    *same = read && x.shape[0] == 3 && x.shape[1] == 2 && memcmp(x.data, X, sizeof X) == 0 &&
            akin_labels_count(y) == 3 && memcmp(akin_labels_values(y), Y, sizeof Y) == 0;
    const char *name = read ? akin_labels_class_name(y, 1) : NULL;
    *same = *same && (!name || strcmp(name, "\xC3\xA9\xE4\xB8\xAD") == 0);
    akin_array_free(&x);
    akin_labels_free(y);
    return read;
}

static void numpys_are_read(void **state)
{
    (void)state;
    bool same;
    put(PLAIN, sizeof PLAIN);
    CHECK(holds(&same) && same);
    put(PACKED, sizeof PACKED);
    CHECK(holds(&same) && same);
}

static const char *name_of(int64_t i, void *ctx)
{
    static const char *const NAMES[] = { "one", "", "\xE4\xB8\xAD \xF0\x9F\x98\x80", "bad \xFF byte" };
    (void)ctx;
    return i == 1 ? NULL : NAMES[i];
}

static void write_ours(void)
{
    akin_writer *file = NULL;
    akin_npz_writer *w = NULL;
    const float rows[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    const int32_t labels[4] = { 2, 0, 1, 2 };
    const int64_t shape[2] = { 4, 2 };
    fresh_path();
    CHECK_OK(akin_writer_open(path, &file, &err));
    CHECK_OK(akin_npz_begin(file, &w, &err));
    akin_status status = akin_npz_add(w, "embeddings", AKIN_DTYPE_F32, 2, shape, rows, &err);
    if (!status) status = akin_npz_add(w, "labels", AKIN_DTYPE_I32, 1, shape, labels, &err);
    if (!status) status = akin_npz_add_texts(w, "names", name_of, NULL, 4, &err);
    CHECK_OK(akin_npz_end(w, status, &err));
    CHECK_OK(akin_writer_commit(file, &err));
}

static void ours_hold_what_was_put_in(void **state)
{
    (void)state;
    write_ours();
    akin_names names = AKIN_NAMES_INIT;
    akin_array x, y;
    bool is = false;
    CHECK(akin_npz_is(path, &is, &err) == AKIN_OK && is);
    CHECK(akin_npz_is("nothing.npz", &is, &err) == AKIN_OK && !is);
    CHECK(akin_npz_is("/", &is, &err) == AKIN_OK && !is);
    CHECK_OK(akin_npz_names(path, &names, &err));
    CHECK(names.n == 4 && strcmp(names.name[0], "one") == 0 && !*names.name[1]);
    CHECK(strcmp(names.name[2], name_of(2, NULL)) == 0 &&
          strcmp(names.name[3], "bad \xEF\xBF\xBD byte") == 0);
    CHECK_OK(akin_npy_load_matrix(path, &x, &err));
    CHECK(x.shape[0] == 4 && x.shape[1] == 2 && ((const float *)x.data)[7] == 8);
    CHECK_OK(akin_labels_load(path, &y, &err));
    CHECK(y.count == 4 && ((const int32_t *)y.data)[3] == 2);
    akin_names_free(&names);
    akin_array_free(&x);
    akin_array_free(&y);
}

/* Every cut and flip: refused, or what it was. Fields that nobody needs, such as dates, may be anything. */
static void damage(const unsigned char *whole, size_t n)
{
    unsigned char *bytes = malloc(n);
    bool same;
    int64_t wrong = 0, unseen = 0;
    CHECK(bytes);
    memcpy(bytes, whole, n);
    for (size_t cut = 0; cut < n; cut++) {
        put(bytes, cut);
        CHECK(!holds(&same));
    }
    for (size_t bit = 0; bit < 8 * n; bit++) {
        bytes[bit / 8] = (unsigned char)(bytes[bit / 8] ^ 1 << bit % 8);
        put(bytes, n);
        const bool read = holds(&same);
        wrong += read && !same;
        unseen += read;
        bytes[bit / 8] = (unsigned char)(bytes[bit / 8] ^ 1 << bit % 8);
    }
    CHECK(wrong == 0);
    CHECK_LE(unseen, 8 * n / 2);
    free(bytes);
}

static void damaged_ones_are_refused(void **state)
{
    (void)state;
    damage(PLAIN, sizeof PLAIN);
    damage(PACKED, sizeof PACKED);
}

/* One member, x.npy, which is deflated. */
static void write_packed(unsigned char *from, size_t bytes)
{
    z_stream s = { .next_in = from };
    const size_t room = compressBound((uLong)bytes);
    unsigned char *out = malloc(room + 200);
    CHECK(from && out && deflateInit2(&s, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    static const unsigned char LOCAL[30] = { 'P', 'K', 3, 4, 20, 0, 0, 0, 8, 0, [26] = 5 };
    unsigned char central[46] = { 'P', 'K', 1, 2, 20, 0, 20, 0, 0, 0, 8, 0, [28] = 5 },
                  end[22] = { 'P', 'K', 5, 6 };
    memcpy(out, LOCAL, 30);
    memcpy(out + 30, "x.npy", 5);
    s.avail_in = (uInt)bytes;
    s.next_out = out + 35;
    s.avail_out = (uInt)room;
    CHECK(deflate(&s, Z_FINISH) == Z_STREAM_END);
    const uint32_t packed = (uint32_t)s.total_out, at = 35 + packed, whole = (uint32_t)bytes;
    const uint32_t sum = (uint32_t)crc32(0, from, (uInt)bytes), length = 46 + 5;
    deflateEnd(&s);
    memcpy(central + 16, &sum, 4), memcpy(central + 20, &packed, 4), memcpy(central + 24, &whole, 4);
    memcpy(out + at, central, 46), memcpy(out + at + 46, "x.npy", 5);
    end[8] = end[10] = 1;
    memcpy(end + 12, &length, 4), memcpy(end + 16, &at, 4);
    memcpy(out + at + length, end, 22);
    put(out, at + length + 22);
    free(out);
}

static void write_zeros(size_t bytes)
{
    unsigned char *zeros = calloc(bytes, 1);
    write_packed(zeros, bytes);
    free(zeros);
}

/* Packed bytes are read in blocks of 64 KiB: two and a part, and what ends with a block; and by a system that
 * gives a part of what is asked for. */
static void long_members_are_unpacked(void **state)
{
    (void)state;
    enum { MOST = 40000 };
    static char text[128 + 4 * MOST];
    const int sizes[] = { MOST, 30000, 16384, 16300 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int n = sizes[i];
        memset(text, ' ', 128);
        memcpy(text, "\x93NUMPY\1\0\x76", 10);
        memcpy(text + 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (", 51);
        snprintf(text + 61, 20, "%d, 1), }", n);
        text[61 + strlen(text + 61)] = ' ';
        text[127] = '\n';
        float *x = (float *)(void *)(text + 128);
        for (int k = 0; k < n; k++) x[k] = (float)test_normal(); /* which does not pack */
        write_packed((unsigned char *)text, 128 + 4 * (size_t)n);
        for (int some = 0; some < 2; some++) {
            akin_array a;
            most_read = some ? 7777 : SIZE_MAX;
            CHECK_OK(akin_npy_load_matrix(path, &a, &err));
            CHECK(a.shape[0] == n && a.shape[1] == 1 && memcmp(a.data, x, sizeof *x * (size_t)n) == 0);
            akin_array_free(&a);
        }
    }
}

static void bombs_are_refused(void **state)
{
    (void)state;
    akin_array a;
    write_zeros(64 << 20);
    CHECK_FAILS(akin_npy_load_matrix(path, &a, &err), AKIN_ERR_FORMAT, "does not begin with \\x93NUMPY");
    write_zeros((64 << 20) + (1 << 16));
    CHECK_FAILS(akin_npy_load_matrix(path, &a, &err), AKIN_ERR_FORMAT,
                "the limit is 1000 times as much, or 64 MiB");
    const size_t bytes =
        ((size_t)64 << 20) + (1 << 16); /* as long, and packed some hundred times: unpacked */
    unsigned char *long_one = calloc(bytes, 1);
    for (size_t i = 0; long_one && i < bytes; i += 499) long_one[i] = (unsigned char)test_int(0, 255);
    write_packed(long_one, bytes);
    free(long_one);
    CHECK_FAILS(akin_npy_load_matrix(path, &a, &err), AKIN_ERR_FORMAT, "does not begin with \\x93NUMPY");
}

static akin_status write_members(int64_t n)
{
    akin_writer *file = NULL;
    ak_zip_writer *z = NULL;
    ak_zip *back = NULL;
    CHECK_OK(akin_writer_open(path, &file, &err));
    CHECK_OK(ak_zip_begin(file, &z, &err));
    akin_status status = AKIN_OK;
    for (int64_t i = 0; i < n && !status; i++) {
        char name[32];
        snprintf(name, sizeof name, "%lld", (long long)i);
        status = ak_zip_add(z, name, "", 0, "", 0, 1, &err);
    }
    CHECK_OK(ak_zip_end(z, status, &err));
    CHECK_OK(akin_writer_commit(file, &err));
    status = ak_zip_open(path, &back, &err);
    if (!status) CHECK(ak_zip_count(back) == n && strcmp(ak_zip_name(back, n - 1), "65535") == 0);
    ak_zip_close(back);
    return status;
}

static void too_many_members_are_refused(void **state)
{
    (void)state;
    CHECK_OK(write_members(AK_ZIP_MEMBERS));
    CHECK_FAILS(write_members(AK_ZIP_MEMBERS + 1), AKIN_ERR_FORMAT, "has 65537 members");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numpys_are_read),          cmocka_unit_test(ours_hold_what_was_put_in),
        cmocka_unit_test(damaged_ones_are_refused), cmocka_unit_test(long_members_are_unpacked),
        cmocka_unit_test(bombs_are_refused),        cmocka_unit_test(too_many_members_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
