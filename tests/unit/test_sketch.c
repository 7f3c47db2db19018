/* SPDX-License-Identifier: Apache-2.0 */
/* Items without an encoder, as copies share them: pictures against integrals over boxes, texts that differ in
 * case and punctuation, rows that differ in length. */
#include "test.h"

#include "akin/tool/dataset.h"

#include <math.h>
#include <string.h>

static akin_error err;

typedef struct pictures {
    int64_t h, w, c;
} pictures;

static uint8_t value(int64_t i, int64_t y, int64_t x, int64_t c)
{
    if (i == 3) return 77; /* of one colour */
    return (uint8_t)((i * 131 + y * y * 7 + x * 13 + y * x * 3 + c * 50) % 251);
}

static bool pixels(int64_t i, uint8_t *out, void *ctx)
{
    const pictures *p = ctx;
    for (int64_t y = 0; y < p->h; y++)
        for (int64_t x = 0; x < p->w; x++)
            for (int64_t c = 0; c < p->c; c++) *out++ = value(i, y, x, c);
    return true;
}

/* The mean grey over box (y,x) of `side` x `side`, by 64 points of the box: exact where no pixel is cut
 * between points. */
static double box_of(const pictures *p, int64_t side, int64_t i, int64_t y, int64_t x)
{
    enum { POINTS = 64 };
    double sum = 0;
    for (int64_t a = 0; a < POINTS; a++)
        for (int64_t b = 0; b < POINTS; b++)
            for (int64_t c = 0; c < p->c; c++)
                sum += value(i, (y * POINTS + a) * p->h / (side * POINTS),
                             (x * POINTS + b) * p->w / (side * POINTS), c);
    return sum / (255.0 * POINTS * POINTS * (double)p->c);
}

static double box(const pictures *p, int64_t i, int64_t y, int64_t x) { return box_of(p, 16, i, y, x); }

static double power(double x) { return x < 0 ? -pow(-x, 0.7) : x > 0 ? pow(x, 0.7) : 0; }

/* Differences of boxes, those side by side first. Of the sides a box holds a power of two, or divides one. */
static void test_edges(void **state)
{
    (void)state;
    const pictures sizes[] = { { 20, 40, 3 }, { 10, 160, 1 }, { 1, 2, 1 } };
    for (int k = 0; k < 3; k++) {
        pictures p = sizes[k];
        float rows[5 * 180];
        akin_dataset *set = NULL;
        akin_own_images own = AKIN_OWN_IMAGES_INIT;
        own.n = 5;
        own.height = p.h;
        own.width = p.w;
        own.channels = p.c;
        own.pixels = pixels;
        own.ctx = &p;
        CHECK_OK(akin_dataset_from_images(&own, &set, &err));
        CHECK(akin_dataset_sketch_width(set, AKIN_SKETCH_EDGES) == 180);
        CHECK(strcmp(akin_dataset_sketch_name(set, AKIN_SKETCH_EDGES), "edges of small pictures") == 0);
        CHECK_OK(
            akin_dataset_sketch_rows(set, "train", AKIN_SKETCH_EDGES, (akin_mat){ rows, 5, 180, 180 }, &err));
        for (int64_t i = 0; i < 5; i++)
            for (int64_t y = 0; y < 10; y++)
                for (int64_t x = 0; x < 9; x++) {
                    const double here = box_of(&p, 10, i, y, x), right = box_of(&p, 10, i, y, x + 1);
                    const double top = box_of(&p, 10, i, x, y), below = box_of(&p, 10, i, x + 1, y);
                    CHECK_NEAR(rows[i * 180 + y * 9 + x], power(right - here), 1e-6);
                    CHECK_NEAR(rows[i * 180 + 90 + x * 10 + y], power(below - top), 1e-6);
                }
        for (int64_t b = 0; b < 180; b++) CHECK(rows[3 * 180 + b] == 0);
        CHECK_FAILS(
            akin_dataset_sketch_rows(set, "train", (akin_sketch)7, (akin_mat){ rows, 5, 180, 180 }, &err),
            AKIN_ERR_RANGE, "form is 7");
        akin_dataset_free(set);
    }
}

static void test_pictures(void **state)
{
    (void)state;
    const pictures sizes[] = { { 32, 32, 3 }, { 8, 64, 1 }, { 16, 16, 3 }, { 1, 2, 1 }, { 128, 32, 1 } };
    for (int k = 0; k < 5; k++) {
        pictures p = sizes[k];
        float rows[5 * 256];
        akin_dataset *set = NULL;
        akin_own_images own = AKIN_OWN_IMAGES_INIT;
        own.n = 5;
        own.height = p.h;
        own.width = p.w;
        own.channels = p.c;
        own.pixels = pixels;
        own.ctx = &p;
        CHECK_OK(akin_dataset_from_images(&own, &set, &err));
        CHECK(akin_dataset_sketch_width(set, AKIN_SKETCH_GREY) == 256);
        CHECK(strcmp(akin_dataset_sketch_name(set, AKIN_SKETCH_GREY), "small grey pictures") == 0);
        CHECK_OK(
            akin_dataset_sketch_rows(set, "train", AKIN_SKETCH_GREY, (akin_mat){ rows, 5, 256, 256 }, &err));
        for (int64_t i = 0; i < 5; i++) {
            double want[256], mean = 0;
            for (int64_t b = 0; b < 256; b++) mean += (want[b] = box(&p, i, b / 16, b % 16)) / 256;
            for (int64_t b = 0; b < 256; b++) CHECK_NEAR(rows[i * 256 + b], want[b] - mean, 1e-6);
        }
        for (int64_t b = 0; b < 256; b++) CHECK(rows[3 * 256 + b] == 0);
        CHECK_FAILS(
            akin_dataset_sketch_rows(set, "train", AKIN_SKETCH_GREY, (akin_mat){ rows, 4, 256, 256 }, &err),
            AKIN_ERR_SHAPE, "must be [5,256]");
        CHECK_FAILS(
            akin_dataset_sketch_rows(set, "none", AKIN_SKETCH_GREY, (akin_mat){ rows, 5, 256, 256 }, &err),
            AKIN_ERR_INPUT, "none");
        akin_dataset_free(set);
    }
}

/* 25 x 10: boxes that cut pixels, by the mean that all of them have. */
static void test_cut_pixels(void **state)
{
    (void)state;
    pictures p = { 25, 10, 1 };
    float rows[256];
    akin_dataset *set = NULL;
    akin_own_images own = AKIN_OWN_IMAGES_INIT;
    own.n = 1;
    own.height = p.h;
    own.width = p.w;
    own.channels = 1;
    own.pixels = pixels;
    own.ctx = &p;
    CHECK_OK(akin_dataset_from_images(&own, &set, &err));
    CHECK_OK(akin_dataset_sketch_rows(set, "train", AKIN_SKETCH_GREY, (akin_mat){ rows, 1, 256, 256 }, &err));
    double mean = 0, sum = 0;
    for (int64_t y = 0; y < p.h; y++)
        for (int64_t x = 0; x < p.w; x++) mean += value(0, y, x, 0) / (255.0 * 250);
    /* Box (0,0) is 25/16 rows by 10/16 columns of its corner. */
    const double corner = (value(0, 0, 0, 0) * 1.0 + value(0, 1, 0, 0) * 0.5625) / 1.5625 / 255;
    CHECK_NEAR(rows[0], corner - mean, 1e-6);
    for (int b = 0; b < 256; b++) sum += (double)rows[b];
    CHECK_NEAR(sum, 0, 1e-4);
    akin_dataset_free(set);
}

enum { TEXTS = 8 };

static void test_texts(void **state)
{
    (void)state;
    static const char *const LINES[TEXTS] = { "The quick brown fox, jumps over the lazy dog.",
                                              "the quick   brown fox jumps OVER the lazy dog",
                                              "the quick brown fox jumps over the lazy cat",
                                              "an altogether different sentence about whales",
                                              "ab",
                                              "AB!",
                                              "\xC3\xA4\xE4\xBD\xA0\xE5\xA5\xBD",
                                              "7 ... 7" };
    static float rows[TEXTS * 1024];
    char path[512];
    akin_dataset *set = NULL;
    akin_dataset_opts opts = AKIN_DATASET_OPTS_INIT;
    opts.kind = AKIN_DATA_TEXT;
    opts.options = (const char *const[]){ "format", "lines", NULL };
    snprintf(path, sizeof path, "%s/lines.txt", test_folder());
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL);
    for (int i = 0; i < TEXTS; i++) fprintf(f, "%s\n", LINES[i]);
    CHECK(fclose(f) == 0);
    CHECK_OK(akin_dataset_open(path, &opts, &set, &err));
    CHECK(akin_dataset_sketch_width(set, AKIN_SKETCH_GREY) == 1024);
    CHECK(strcmp(akin_dataset_sketch_name(set, AKIN_SKETCH_GREY), "runs of four characters") == 0);
    CHECK_OK(akin_dataset_sketch_rows(set, "train", AKIN_SKETCH_GREY, (akin_mat){ rows, TEXTS, 1024, 1024 },
                                      &err));
    double s[TEXTS][TEXTS];
    for (int i = 0; i < TEXTS; i++)
        for (int j = 0; j < TEXTS; j++) {
            s[i][j] = 0;
            for (int k = 0; k < 1024; k++) s[i][j] += (double)rows[i * 1024 + k] * (double)rows[j * 1024 + k];
        }
    CHECK(memcmp(rows, rows + 1024, 1024 * sizeof *rows) == 0);
    CHECK(memcmp(rows + 4 * 1024, rows + 5 * 1024, 1024 * sizeof *rows) == 0);
    for (int i = 0; i < TEXTS; i++) CHECK(s[i][i] > 0);
    CHECK(s[0][2] / sqrt(s[0][0] * s[2][2]) > 0.8);
    CHECK(fabs(s[0][3]) / sqrt(s[0][0] * s[3][3]) < 0.3);
    akin_dataset_free(set);
}

static bool row(int64_t i, float *out, void *ctx)
{
    (void)ctx;
    out[0] = (float)(i % 3) - 1;
    out[1] = (float)(i % 5) * 0.5F;
    return true;
}

static void test_vectors(void **state)
{
    (void)state;
    enum { N = 15 };
    float rows[N * 3], raw[N * 2];
    akin_dataset *set = NULL;
    akin_own_rows own = AKIN_OWN_ROWS_INIT;
    own.n = N;
    own.d = 2;
    own.row = row;
    CHECK_OK(akin_dataset_from_rows(&own, &set, &err));
    CHECK(akin_dataset_sketch_width(set, AKIN_SKETCH_GREY) == 3 &&
          strcmp(akin_dataset_sketch_name(set, AKIN_SKETCH_GREY), "columns") == 0);
    CHECK_OK(akin_dataset_sketch_rows(set, "train", AKIN_SKETCH_GREY, (akin_mat){ rows, N, 3, 3 }, &err));
    CHECK_OK(akin_dataset_raw_rows(set, "train", (akin_mat){ raw, N, 2, 2 }, &err));
    double square = 0;
    for (int i = 0; i < N * 2; i++) square += (double)raw[i] * (double)raw[i];
    for (int i = 0; i < N; i++) {
        CHECK(rows[3 * i] == raw[2 * i] && rows[3 * i + 1] == raw[2 * i + 1]);
        CHECK_NEAR(rows[3 * i + 2], sqrt(square / N), 1e-6);
    }
    CHECK_FAILS(akin_dataset_sketch_rows(NULL, "train", AKIN_SKETCH_GREY, (akin_mat){ rows, N, 3, 3 }, &err),
                AKIN_ERR_ARGUMENT, "NULL");
    akin_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges), cmocka_unit_test(test_pictures), cmocka_unit_test(test_cut_pixels),
        cmocka_unit_test(test_texts), cmocka_unit_test(test_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
