/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of vectors on damaged files: a small sample of each format, cut at every byte and with every
 * single bit flipped. Asked for: no crash (the sanitizers watch when they are on), and either one sentence
 * or a set of finite values with classes in range. A cut .npy or gzip must be refused. */
#include "akin/data.h"
#include "akin/tool/program.h"
#include "akin/tool/vectors.h"
#include "test.h"

#include <zlib.h>

static akin_error err;
static char path[512];

/* 1 when it opened. */
static int try_bytes(const unsigned char *bytes, size_t n)
{
    unlink(path); /* a new file: flushing an old one takes most of the time */
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
    akin_vector_set *set = NULL;
    akin_vectors_opts o = AKIN_VECTORS_OPTS_INIT;
    o.max_values = 1 << 20;
    err.message[0] = 0;
    akin_data_detect(path);
    const akin_status status = akin_vectors_open(path, &o, &set, &err);
    if (status) {
        CHECK(!set && err.message[0] && !strchr(err.message, '\n') && status != AKIN_ERR_INTERNAL);
        return 0;
    }
    akin_vectors v = AKIN_VECTORS_INIT;
    akin_duplicates *list = NULL;
    CHECK_OK(akin_vectors_split(set, "train", &v, &err));
    CHECK(v.n >= 1 && v.d >= 1 && v.n * v.d <= 1 << 20);
    for (int64_t i = 0; i < v.n * v.d; i++) CHECK(isfinite(v.x[i]));
    for (int64_t i = 0; v.labels && i < v.n; i++) CHECK(v.labels[i] >= 0 && v.labels[i] < v.classes);
    for (int64_t i = 0; v.groups && i < v.n; i++) CHECK(v.groups[i] >= 0 && v.groups[i] < v.group_count);
    for (int64_t i = 0; i < v.n; i++) CHECK(v.order[v.place[i]] == i);
    for (int64_t c = 0; c < v.d; c++) CHECK(akin_vectors_scale(set)->std[c] > 0);
    CHECK_OK(akin_vectors_duplicates(set, &list, &err));
    akin_duplicates_free(list);
    akin_vectors_free(set);
    return 1;
}

static void damage(const char *name, const void *bytes, size_t n, bool cuts_show)
{
    const char *folder = test_folder();
    unsigned char *copy = malloc(n);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    memcpy(copy, bytes, n);
    CHECK(try_bytes(copy, n));
    for (size_t cut = 0; cut < n; cut++) CHECK(!try_bytes(copy, cut) || !cuts_show);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        copy[bit / 8] ^= (unsigned char)(1 << bit % 8);
        try_bytes(copy, n);
        copy[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    free(copy);
    unlink(path);
    rmdir(folder);
}

static const char TABLE[] = "a,b,class\n1,-2.5e3,\"x, y\"\n\"4\",5,z\r\n\n7,8,\"q\"\"\"\n";
static const char SPARSE[] = "+1 qid:3 1:2 4:1e-3 # c\n-1 qid:4 3:7.5\n2 qid:3 1:0\n";

static void tables_survive(void **state)
{
    (void)state;
    damage("a.csv", TABLE, sizeof TABLE - 1, false);
    damage("a.tsv", "1\t2\n3\t4\n", 8, false);
    damage("a.data", "x 1  2\ny 3 4 \n", 14, false);
}

static void libsvm_survives(void **state)
{
    (void)state;
    damage("a.libsvm", SPARSE, sizeof SPARSE - 1, false);
}

static void gzip_survives(void **state)
{
    (void)state;
    unsigned char packed[256];
    z_stream z = { .next_in = (unsigned char *)(uintptr_t)TABLE,
                   .avail_in = sizeof TABLE - 1,
                   .next_out = packed,
                   .avail_out = sizeof packed };
    CHECK(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    damage("a.csv.gz", packed, z.total_out, true);
    deflateEnd(&z);
}

static void npy_survives(void **state)
{
    (void)state;
    const char *folder = test_folder();
    const float x[6] = { 1, 2, 3, 4, 5, 6 };
    const int64_t shape[] = { 3, 2 };
    char name[512], *bytes = NULL;
    size_t n = 0;
    snprintf(name, sizeof name, "%s/x.npy", folder);
    CHECK_OK(akin_npy_save(name, AKIN_DTYPE_F32, 2, shape, x, &err));
    CHECK_OK(akin_file_load(name, 4096, &bytes, &n, &err));
    unlink(name);
    rmdir(folder);
    damage("a.npy", bytes, n, true);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_survive),
        cmocka_unit_test(libsvm_survives),
        cmocka_unit_test(gzip_survives),
        cmocka_unit_test(npy_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
