/* SPDX-License-Identifier: Apache-2.0 */
/* An array in drawn numbers of files with drawn numbers of rows, some of them none, is that of one file: read
 * whole, and in drawn pieces over the ends of files. */
#include "files/npy_parts.h"
#include "test.h"

#include <string.h>

enum { MOST_FILES = 7, MOST_ROWS = 5, MOST_WIDTH = 4 };

static akin_error err;
static char folder[256];

typedef struct drawn {
    char *path[MOST_FILES];
    int64_t files, rows, width, begin[MOST_FILES + 1];
    double value[MOST_FILES * MOST_ROWS * MOST_WIDTH];
} drawn;

static void draw(drawn *d)
{
    d->files = test_int(1, MOST_FILES);
    d->width = test_int(1, MOST_WIDTH);
    d->begin[0] = 0;
    for (int64_t k = 0; k < d->files; k++) {
        const int64_t n = test_int(d->files == 1, MOST_ROWS), shape[] = { n, d->width };
        double *at = d->value + d->begin[k] * d->width;
        for (int64_t i = 0; i < n * d->width; i++) at[i] = (double)test_int(-1000, 1000) / 7;
        d->begin[k + 1] = d->begin[k] + n;
        d->path[k] = malloc(512);
        snprintf(d->path[k], 512, "%.200s/x-%d.npy", folder, (int)k);
        CHECK_OK(akin_npy_save(d->path[k], AKIN_DTYPE_F64, 2, shape, at, &err));
    }
    d->rows = d->begin[d->files];
}

static void check_pieces(const drawn *d, const ak_npy_parts *p)
{
    const int64_t count = d->rows * d->width;
    double got[MOST_FILES * MOST_ROWS * MOST_WIDTH];
    for (int i = 0; i < 20 && count; i++) {
        const int64_t first = test_int(0, (int)count - 1), n = test_int(0, (int)(count - first));
        CHECK_OK(ak_npy_parts_read(p, first, n, got, &err));
        CHECK(memcmp(got, d->value + first, (size_t)n * sizeof *got) == 0);
    }
    for (int64_t row = 0; row < d->rows; row++) {
        int64_t of_file, k = 0;
        const char *path = ak_npy_parts_file(p, row, &of_file);
        while (k < d->files && strcmp(path, d->path[k]) != 0) k++;
        CHECK(k < d->files && d->begin[k] + of_file == row && row < d->begin[k + 1]);
    }
}

static void pieces_are_those_of_one_array(void **state)
{
    (void)state;
    for (int round = 0; round < 60; round++) {
        drawn d;
        ak_npy_parts *p = NULL;
        akin_array all;
        draw(&d);
        CHECK_OK(ak_npy_parts_open(d.path, d.files, &p, &err));
        const akin_array told = ak_npy_parts_array(p);
        CHECK(told.shape[0] == d.rows && told.shape[1] == d.width && told.count == d.rows * d.width);
        CHECK_OK(ak_npy_parts_load(p, &all, &err));
        CHECK(all.count == told.count && memcmp(all.data, d.value, (size_t)all.count * sizeof(double)) == 0);
        check_pieces(&d, p);
        akin_array_free(&all);
        ak_npy_parts_close(p);
        for (int64_t k = 0; k < d.files; k++) free(d.path[k]);
    }
}

/* A file that is another array than when all were opened. */
static void a_file_that_changes_is_told(void **state)
{
    (void)state;
    drawn d;
    double row[MOST_WIDTH] = { 0 };
    ak_npy_parts *p = NULL;
    do draw(&d);
    while (d.files < 3 || d.begin[2] == d.begin[1]);
    const int64_t shape[] = { d.begin[2] - d.begin[1] + 1, d.width };
    double *longer = calloc((size_t)(shape[0] * shape[1]), sizeof *longer);
    CHECK_OK(ak_npy_parts_open(d.path, d.files, &p, &err));
    CHECK_OK(akin_npy_save(d.path[1], AKIN_DTYPE_F64, 2, shape, longer, &err));
    CHECK(ak_npy_parts_read(p, d.begin[1] * d.width, d.width, row, &err) == AKIN_ERR_INPUT);
    CHECK(strstr(err.message, "x-1.npy' is another array"));
    ak_npy_parts_close(p);
    free(longer);
    for (int64_t k = 0; k < d.files; k++) free(d.path[k]);
}

int main(void)
{
    snprintf(folder, sizeof folder, "%s", test_folder());
    const struct CMUnitTest tests[] = { cmocka_unit_test(pieces_are_those_of_one_array),
                                        cmocka_unit_test(a_file_that_changes_is_told) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
