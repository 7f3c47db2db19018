/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors that stay on disk are those in memory, over drawn arrays, types, missing values, hold-outs and
 * ranges of files: fingerprint, columns, rows, copies and views, bit for bit; and a file that changes is
 * told. */
#include "akin/tool/vector_views.h"
#include "akin/tool/vectors.h"
#include "test.h"

#include <string.h>

enum { MOST_ROWS = 90, MOST_WIDTH = 6, MOST_FILES = 3 };

static akin_error err;
static char folder[200], path[256];

/* An array in one file or some; with n labels beside all. */
static void draw_files(int64_t *rows, int64_t *width, bool missing)
{
    const int files = (int)test_int(1, MOST_FILES);
    const akin_dtype dtype = test_int(0, 2) == 0 ? AKIN_DTYPE_I32
                             : test_int(0, 1)    ? AKIN_DTYPE_F32
                                                 : AKIN_DTYPE_F64;
    int32_t label[MOST_FILES * MOST_ROWS];
    char name[256];
    *width = test_int(1, MOST_WIDTH);
    *rows = 0;
    for (int k = 0; k < MOST_FILES; k++) {
        snprintf(name, sizeof name, "%s/x-%d.npy", folder, k);
        unlink(name);
    }
    for (int k = 0; k < files; k++) {
        const int64_t n = test_int(10, MOST_ROWS), shape[] = { n, *width };
        double f64[MOST_ROWS * MOST_WIDTH];
        float f32[MOST_ROWS * MOST_WIDTH];
        int32_t i32[MOST_ROWS * MOST_WIDTH];
        for (int64_t i = 0; i < n * *width; i++) {
            i32[i] = (int32_t)test_int(-3, 3); /* some rows are equal */
            f64[i] = missing && test_int(0, 9) == 0 ? NAN : i32[i] == 0 ? -0.0 : i32[i] * 0.7;
            f32[i] = (float)f64[i];
        }
        const void *data = dtype == AKIN_DTYPE_I32   ? (void *)i32
                           : dtype == AKIN_DTYPE_F32 ? (void *)f32
                                                     : (void *)f64;
        snprintf(name, sizeof name, "%s/x-%d.npy", folder, k);
        CHECK_OK(akin_npy_save(name, dtype, 2, shape, data, &err));
        *rows += n;
    }
    for (int64_t i = 0; i < *rows; i++) label[i] = (int32_t)test_int(0, 2);
    snprintf(name, sizeof name, files > 1 ? "%s/x-labels.npy" : "%s/x-0-labels.npy", folder);
    CHECK_OK(akin_npy_save(name, AKIN_DTYPE_I32, 1, rows, label, &err));
    snprintf(path, sizeof path, files > 1 ? "%s/x-{0..%d}.npy" : "%s/x-%d.npy", folder, files - 1);
}

static void remove_labels(void)
{
    char name[256];
    for (int k = 0; k < 2; k++) {
        snprintf(name, sizeof name, k ? "%s/x-labels.npy" : "%s/x-0-labels.npy", folder);
        unlink(name);
    }
}

static void same_rows(const akin_vectors *a, const akin_vectors *b)
{
    float x[MOST_WIDTH], y[MOST_WIDTH];
    CHECK(a->n == b->n && a->d == b->d && a->x && !b->x);
    for (int64_t i = 0; i < a->n; i++) {
        CHECK_OK(akin_vectors_row(a, i, x, &err));
        CHECK_OK(akin_vectors_row(b, i, y, &err));
        CHECK(memcmp(x, y, (size_t)a->d * sizeof *x) == 0 && a->labels[i] == b->labels[i]);
        CHECK(a->source[i] == b->source[i] && a->order[i] == b->order[i]);
    }
}

static void same_views(const akin_vectors *a, const akin_vectors *b, const akin_vector_scale *scale)
{
    static const char *const NAMES[] = { "noise", "mask", "scarf", "mix" };
    float x[8 * MOST_WIDTH], y[8 * MOST_WIDTH];
    for (int k = 0; k < 4; k++) {
        akin_vector_view_opts opts = AKIN_VECTOR_VIEW_OPTS_INIT;
        akin_view_name name = AKIN_VIEW_NAME_INIT;
        int32_t item[8];
        name.seed = (uint64_t)k;
        name.view = 1;
        for (int i = 0; i < 8; i++) item[i] = (int32_t)test_int(0, a->n - 1);
        CHECK_OK(akin_vector_view_preset(NAMES[k], &opts, &err));
        CHECK_OK(akin_vector_views(&opts, a, scale, item, &name, (akin_mat){ x, 8, a->d, a->d }, &err));
        CHECK_OK(akin_vector_views(&opts, b, scale, item, &name, (akin_mat){ y, 8, a->d, a->d }, &err));
        CHECK(memcmp(x, y, (size_t)(8 * a->d) * sizeof *x) == 0);
    }
}

static void same_sets(const akin_vector_set *a, const akin_vector_set *b)
{
    akin_duplicates *p = NULL, *q = NULL;
    CHECK(strcmp(akin_vectors_fingerprint(a), akin_vectors_fingerprint(b)) == 0);
    CHECK(akin_vectors_splits(a) == akin_vectors_splits(b) &&
          akin_vectors_missing(a) == akin_vectors_missing(b));
    for (int64_t c = 0; c < akin_vectors_width(a); c++) {
        const akin_vector_column *x = akin_vectors_column_at(a, c), *y = akin_vectors_column_at(b, c);
        CHECK(memcmp(&x->mean, &y->mean, 4 * sizeof x->mean) == 0 && x->missing == y->missing);
    }
    for (int64_t i = 0; akin_vectors_remark(a, i) || akin_vectors_remark(b, i); i++)
        CHECK(strcmp(akin_vectors_remark(a, i), akin_vectors_remark(b, i)) == 0);
    for (int k = 0; k < akin_vectors_splits(a); k++) {
        akin_vectors x = AKIN_VECTORS_INIT, y = AKIN_VECTORS_INIT;
        CHECK_OK(akin_vectors_split(a, akin_vectors_split_name(a, k), &x, &err));
        CHECK_OK(akin_vectors_split(b, akin_vectors_split_name(b, k), &y, &err));
        same_rows(&x, &y);
        same_views(&x, &y, akin_vectors_scale(a));
    }
    CHECK_OK(akin_vectors_duplicates(a, &p, &err));
    CHECK_OK(akin_vectors_duplicates(b, &q, &err));
    CHECK(akin_duplicates_count(p) == akin_duplicates_count(q));
    akin_duplicates_free(p);
    akin_duplicates_free(q);
}

static void rows_on_disk_are_those_in_memory(void **state)
{
    (void)state;
    for (int round = 0; round < 40; round++) {
        int64_t rows, width;
        akin_vectors_opts opts = AKIN_VECTORS_OPTS_INIT;
        akin_vector_set *memory = NULL, *disk = NULL;
        remove_labels();
        opts.missing = round % 3;
        draw_files(&rows, &width, opts.missing != AKIN_MISSING_REFUSE);
        if (round % 4 == 1) opts.holdout = 0.3;
        CHECK_OK(akin_vectors_open(path, &opts, &memory, &err));
        opts.cache = rows * width * 4 - 1;
        CHECK_OK(akin_vectors_open(path, &opts, &disk, &err));
        same_sets(memory, disk);
        akin_vectors_free(disk);
        opts.cache = rows * width * 4; /* there is room for all */
        CHECK_OK(akin_vectors_open(path, &opts, &disk, &err));
        akin_vectors v = AKIN_VECTORS_INIT;
        CHECK_OK(akin_vectors_split(disk, "train", &v, &err));
        CHECK(v.x);
        akin_vectors_free(memory);
        akin_vectors_free(disk);
    }
}

static void another_value_is_told(void **state)
{
    const int64_t shape[] = { 20, 3 };
    double x[60];
    float row[3];
    (void)state;
    remove_labels();
    for (int i = 0; i < 60; i++) x[i] = i % 7;
    snprintf(path, sizeof path, "%s/one.npy", folder);
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_F64, 2, shape, x, &err));
    akin_vectors_opts opts = AKIN_VECTORS_OPTS_INIT;
    akin_vector_set *set = NULL;
    akin_vectors v = AKIN_VECTORS_INIT;
    opts.cache = 0;
    CHECK_OK(akin_vectors_open(path, &opts, &set, &err));
    CHECK_OK(akin_vectors_split(set, "train", &v, &err));
    FILE *file = fopen(path, "r+b"); /* the first value of row 4, in its place */
    const double other = 5.5;
    CHECK(file && fseek(file, 128 + 4 * 24, SEEK_SET) == 0 && fwrite(&other, 8, 1, file) == 1 &&
          fclose(file) == 0);
    CHECK_OK(akin_vectors_row(&v, 3, row, &err));
    CHECK_FAILS(akin_vectors_row(&v, 4, row, &err), AKIN_ERR_INPUT, "row 4 (from 0) has other values");
    CHECK(truncate(path, 128 + 10 * 24) == 0);
    CHECK_FAILS(akin_vectors_row(&v, 19, row, &err), AKIN_ERR_INPUT, "one.npy");
    akin_vectors_free(set);
    x[31] = INFINITY;
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_F64, 2, shape, x, &err));
    CHECK_FAILS(akin_vectors_open(path, &opts, &set, &err), AKIN_ERR_INPUT,
                "row 10, column 1 (from 0) is inf");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rows_on_disk_are_those_in_memory),
                                        cmocka_unit_test(another_value_is_told) };
    snprintf(folder, sizeof folder, "%.190s", test_folder());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
