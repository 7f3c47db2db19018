/* SPDX-License-Identifier: Apache-2.0 */
/* Data sets of arrays: IDX, CIFAR and .npy files written here byte by byte, read back item by item; and each
 * thing that can be wrong with them, by its sentence. */
#include "akin/tool/images.h"
#include "base/base.h"
#include "pictures.h"
#include "test.h"

#include <sys/stat.h>
#include <xxhash.h>
#include <zlib.h>

static akin_error err;
static char folder[256];

static void fresh_folder(void) { snprintf(folder, sizeof folder, "%s", test_folder()); }

static const char *in_folder(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const void *data, size_t n) { pic_put(in_folder(name), data, n); }

static void put_gz(const char *name, const void *data, size_t n)
{
    gzFile file = gzopen(in_folder(name), "wb");
    CHECK(file && gzwrite(file, data, (unsigned)n) == (int)n && gzclose(file) == Z_OK);
}

/* Header and items of an IDX file; returns its length. */
static size_t idx(uint8_t *to, int ndim, const int *shape, const uint8_t *items)
{
    size_t n = 0, count = 1;
    to[n++] = 0;
    to[n++] = 0;
    to[n++] = 8;
    to[n++] = (uint8_t)ndim;
    for (int i = 0; i < ndim; i++) {
        for (int b = 3; b >= 0; b--) to[n++] = (uint8_t)(shape[i] >> 8 * b);
        count *= (size_t)shape[i];
    }
    if (items) memcpy(to + n, items, count);
    return n + count;
}

/* Whether a sentence about the set holds text. */
static bool told(const akin_image_set *set, const char *text)
{
    const char *line;
    for (int64_t i = 0; (line = akin_image_set_remark(set, i)) != NULL; i++)
        if (strstr(line, text)) return true;
    return false;
}

static akin_images split_of(const akin_image_set *ds, const char *name)
{
    akin_images v = AKIN_IMAGES_INIT;
    CHECK_OK(akin_image_set_split(ds, name, &v, &err));
    return v;
}

enum { N = 6, H = 3, W = 5 };
static uint8_t items[N * H * W], labels[N], file[4096];

static void fill(void)
{
    for (int i = 0; i < N * H * W; i++) items[i] = (uint8_t)(i * 7 + 1);
    for (int i = 0; i < N; i++) labels[i] = (uint8_t)(i % 3);
}

static size_t idx_images(void) { return idx(file, 3, (const int[]){ N, H, W }, items); }
static size_t idx_labels(void) { return idx(file, 1, (const int[]){ N }, labels); }

static void idx_is_read_plain_and_gzip(void **state)
{
    (void)state;
    fill();
    char prints[4][17];
    for (int form = 0; form < 4; form++) {
        fresh_folder();
        const char *const names[4][2] = { { "train-images-idx3-ubyte", "train-labels-idx1-ubyte" },
                                          { "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz" },
                                          { "train-images.idx3-ubyte", "train-labels.idx1-ubyte" },
                                          { "digits-train-images-idx3-ubyte",
                                            "digits-train-labels-idx1-ubyte.gz" } };
        size_t n = idx_images();
        (form == 1 ? put_gz : put)(names[form][0], file, n);
        n = idx_labels();
        (form == 1 || form == 3 ? put_gz : put)(names[form][1], file, n);
        n = idx(file, 3, (const int[]){ 2, H, W }, items + 30);
        (form == 1 ? put_gz : put)(form == 2   ? "t10k-images.idx3-ubyte"
                                   : form == 1 ? "t10k-images-idx3-ubyte.gz"
                                   : form == 3 ? "digits-test-images-idx3-ubyte"
                                               : "t10k-images-idx3-ubyte",
                                   file, n);
        akin_image_set *ds = NULL;
        CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
        CHECK(akin_image_set_splits(ds) == 2 && strcmp(akin_image_set_format(ds), "idx") == 0);
        const akin_images train = split_of(ds, "train"), test = split_of(ds, "test");
        CHECK(train.n == N && train.height == H && train.width == W && train.channels == 1 &&
              train.classes == 3);
        CHECK(memcmp(train.pixels, items, sizeof items) == 0);
        for (int i = 0; i < N; i++) CHECK(train.labels[i] == labels[i]);
        CHECK(test.n == 2 && !test.labels && memcmp(test.pixels, items + 30, 30) == 0);
        char name[32];
        CHECK(strcmp(akin_image_set_item_name(ds, "train", 5, name, sizeof name), "train/5") == 0);
        CHECK(strcmp(akin_image_set_item_name(ds, "train", 6, name, sizeof name), "") == 0);
        CHECK(strcmp(akin_image_set_item_name(ds, "nope", 0, name, sizeof name), "") == 0);
        CHECK(strcmp(akin_image_set_class_name(ds, 2), "2") == 0 && !akin_image_set_class_name(ds, 3));
        strcpy(prints[form], akin_image_set_fingerprint(ds));
        CHECK(strlen(prints[form]) == 16 && strcmp(prints[form], prints[0]) == 0); /* content, not form */
        akin_images none = AKIN_IMAGES_INIT;
        CHECK_FAILS(akin_image_set_split(ds, "val", &none, &err), AKIN_ERR_INPUT, "it has train, test");
        akin_image_set_free(ds);
    }
    akin_image_set_free(NULL);
}

static void one_idx_file_is_a_train_split(void **state)
{
    (void)state;
    fill();
    fresh_folder();
    put("t10k-images-idx3-ubyte", file, idx_images());
    put("t10k-labels-idx1-ubyte", file, idx_labels());
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(in_folder("t10k-images-idx3-ubyte"), NULL, &ds, &err));
    CHECK(akin_image_set_splits(ds) == 1 && split_of(ds, "train").labels);
    akin_image_set_free(ds);
    put("whatever", file, idx_images());
    CHECK_OK(akin_image_set_open(in_folder("whatever"), NULL, &ds, &err));
    CHECK(!split_of(ds, "train").labels && split_of(ds, "train").classes == 0);
    akin_image_set_free(ds);
}

/* A file of this name and content gives this failure. */
static void refused(const char *name, size_t n, akin_status status, const char *text)
{
    akin_image_set *ds = NULL;
    put(name, file, n);
    CHECK_FAILS(akin_image_set_open(in_folder(name), NULL, &ds, &err), status, text);
    CHECK(ds == NULL);
}

static void damaged_idx_is_refused(void **state)
{
    (void)state;
    fill();
    fresh_folder();
    const char *name = "train-images-idx3-ubyte";
    const size_t n = idx_images();
    refused(
        name, n - 1, AKIN_ERR_FORMAT,
        "truncated or its header is damaged: its header announces 90 bytes after byte 16, the file has 89");
    refused(name, n + 1, AKIN_ERR_FORMAT,
            "too long: its header announces 90 bytes after byte 16, the file has 91");
    refused(name, 10, AKIN_ERR_FORMAT, "it ends after 10 bytes, 2 more are needed");
    refused(name, 0, AKIN_ERR_FORMAT, "it ends after 0 bytes");
    idx(file, 3, (const int[]){ 2000000000, 2000000000, 2000000000 }, NULL);
    /* 8e27 overflows 64 bits; the saturated product is told */
    refused(name, n, AKIN_ERR_FORMAT, "its header announces 9223372036");
    idx(file, 3, (const int[]){ 0, H, W }, NULL);
    refused(name, 16, AKIN_ERR_FORMAT, "dimension 0 at byte 4 is 0");
    idx_images();
    file[2] = 0x0d;
    refused(name, n, AKIN_ERR_FORMAT, "type 0x0d");
    file[2] = 0x77;
    refused(name, n, AKIN_ERR_FORMAT, "not an IDX file: it begins with 00 00 77 03");
    idx_images();
    file[3] = 5;
    refused(name, n, AKIN_ERR_FORMAT, "5 dimensions");
    refused(name, idx_labels(), AKIN_ERR_SHAPE, "1 dimension (labels?)");
    refused(name, idx(file, 4, (const int[]){ 2, H, W, 2 }, items), AKIN_ERR_SHAPE, "c = 1, 3 or 4");

    put(name, file, idx_images());
    put("train-labels-idx1-ubyte", file, idx(file, 1, (const int[]){ N - 1 }, labels));
    akin_image_set *ds = NULL;
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_SHAPE, "5 labels for 6 images");
    put("other-train-images-idx3-ubyte", file, idx_images());
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT, "several IDX sets");
    fresh_folder();
    put("t10k-images-idx3-ubyte", file, idx_images());
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT, "no train-images");
}

static void damaged_gzip_is_refused(void **state)
{
    (void)state;
    fill();
    fresh_folder();
    const char *name = "train-images-idx3-ubyte.gz";
    const size_t n = idx_images();
    put_gz(name, file, n);
    char *packed = NULL;
    size_t length = 0;
    CHECK_OK(akin_file_load(in_folder(name), 4096, &packed, &length, &err));
    memcpy(file, packed, length);
    refused(name, length - 1, AKIN_ERR_FORMAT, "breaks off at byte");
    refused(name, length / 2, AKIN_ERR_FORMAT, "breaks off at byte");
    file[length] = 'x';
    refused(name, length + 1, AKIN_ERR_FORMAT, "bytes after its gzip data");
    file[length - 8] ^= 1; /* check sum */
    refused(name, length, AKIN_ERR_FORMAT, "incorrect data check");
    idx_images();
    put_gz(name, file, n - 1);
    akin_image_set *ds = NULL;
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_FORMAT, "1 more are needed");
    put_gz(name, file, n + 1);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_FORMAT,
                "inflates to more than the 106 bytes");
    idx(file, 3, (const int[]){ 60000, 1000, 1000 }, NULL); /* 60 GB in a file of some bytes */
    put_gz(name, file, 16);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_FORMAT, "can inflate to at most");
    /* two members are one stream */
    idx_images();
    gzFile out = gzopen(in_folder(name), "wb");
    gzwrite(out, file, 50);
    gzclose(out);
    out = gzopen(in_folder(name), "ab");
    gzwrite(out, file + 50, (unsigned)(n - 50));
    gzclose(out);
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK(memcmp(split_of(ds, "train").pixels, items, sizeof items) == 0);
    akin_image_set_free(ds);
    free(packed);
}

/* CIFAR: records of planes ------------------------------------------------------------------------------ */

enum { PLANE = 1024 };
static uint8_t records[4 * (2 + 3 * PLANE)];

static size_t cifar(int head, int n, int label)
{
    const size_t record = (size_t)head + 3 * PLANE;
    for (int i = 0; i < n; i++) {
        uint8_t *r = records + (size_t)i * record;
        r[0] = (uint8_t)(head == 2 ? 7 : label + i);
        r[head - 1] = (uint8_t)(label + i);
        for (int p = 0; p < 3 * PLANE; p++) r[head + p] = (uint8_t)(p / PLANE * 50 + p % PLANE / 32 + i);
    }
    return (size_t)n * record;
}

static void cifar_planes_become_pixels(void **state)
{
    (void)state;
    for (int head = 1; head <= 2; head++) {
        fresh_folder();
        put(head == 1 ? "data_batch_1.bin" : "train.bin", records, cifar(head, 3, 2));
        if (head == 1) put("data_batch_2.bin", records, cifar(head, 2, 7));
        put(head == 1 ? "test_batch.bin" : "test.bin", records, cifar(head, 1, 1));
        akin_image_set *ds = NULL;
        CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
        const akin_images train = split_of(ds, "train"), test = split_of(ds, "test");
        CHECK(train.n == (head == 1 ? 5 : 3) && test.n == 1 && train.channels == 3 && train.height == 32);
        CHECK(train.classes == (head == 1 ? 10 : 100) && train.labels[1] == 3 && test.labels[0] == 1);
        if (head == 1) CHECK(train.labels[3] == 7 && train.labels[4] == 8);
        for (int y = 0; y < 32; y++)
            for (int c = 0; c < 3; c++)
                CHECK(train.pixels[2 * 3072 + (y * 32 + 5) * 3 + c] == c * 50 + y + 2);
        CHECK(strcmp(akin_image_set_class_name(ds, 1), head == 1 ? "automobile" : "1") == 0);
        akin_image_set_free(ds);
        put(head == 1 ? "batches.meta.txt" : "fine_label_names.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n", 22);
        CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
        CHECK(strcmp(akin_image_set_class_name(ds, 1), head == 1 ? "b" : "1") ==
              0); /* 100 names are needed there */
        akin_image_set_free(ds);
    }
}

static void damaged_cifar_is_refused(void **state)
{
    (void)state;
    fresh_folder();
    akin_image_set *ds = NULL;
    put("data_batch_1.bin", records, cifar(1, 2, 1) - 1);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_FORMAT,
                "6145 bytes; CIFAR-10 files are whole records of 3073 bytes (3072 left over)");
    put("data_batch_1.bin", records, 0);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_FORMAT, "0 bytes");
    put("data_batch_1.bin", records, cifar(1, 2, 9));
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_FORMAT,
                "byte 3073: label 10 of record 1 is not below 10");
    put("data_batch_1.bin", records, cifar(1, 2, 1));
    put("data_batch_3.bin", records, cifar(1, 2, 1));
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT,
                "has data_batch_3.bin but only 2 of the 3");
    fresh_folder();
    put("test_batch.bin", records, cifar(1, 2, 1));
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT,
                "has no training batch: data_batch_1.bin");
}

/* .npy -------------------------------------------------------------------------------------------------- */

static void npy_images_are_read(void **state)
{
    (void)state;
    fill();
    fresh_folder();
    char path[512];
    const int64_t grey[3] = { N, H, W }, rgba[4] = { 1, 2, 3, 4 }, one = N;
    snprintf(path, sizeof path, "%s/train.npy", folder);
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_U8, 3, grey, items, &err));
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(path, NULL, &ds, &err));
    CHECK(memcmp(split_of(ds, "train").pixels, items, sizeof items) == 0 && !split_of(ds, "train").labels);
    akin_image_set_free(ds);

    float real[N * H * W];
    int64_t whole[N * H * W], y[N];
    for (int i = 0; i < N * H * W; i++) {
        real[i] = (float)items[i] / 255;
        whole[i] = items[i];
    }
    for (int i = 0; i < N; i++) y[i] = labels[i] + 1;
    for (int i = 0; i < N * H * W; i++)
        real[i] += (float)(i % 2 ? 0.4 : -0.4) / 255; /* to the nearest byte */
    snprintf(path, sizeof path, "%s/test.npy", folder);
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_F32, 3, grey, real, &err));
    snprintf(path, sizeof path, "%s/train.npy", folder);
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_I64, 3, grey, whole, &err));
    snprintf(path, sizeof path, "%s/train-labels.npy", folder);
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_I64, 1, &one, y, &err));
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    const akin_images train = split_of(ds, "train"), test = split_of(ds, "test");
    CHECK(memcmp(train.pixels, items, sizeof items) == 0 && memcmp(test.pixels, items, sizeof items) == 0);
    CHECK(train.classes == 4 && train.labels[2] == 3 && !test.labels);
    akin_duplicates *pairs = NULL;
    CHECK_OK(akin_image_set_duplicates(ds, &pairs, &err));
    const akin_duplicate *d = akin_duplicates_at(pairs, 4);
    CHECK(akin_duplicates_count(pairs) == N && d->split == 1 && d->first_split == 0 && d->item == 4 &&
          d->first == 4);
    akin_duplicates_free(pairs);
    akin_image_set_free(ds);

    fresh_folder();
    snprintf(path, sizeof path, "%s/a.npy", folder);
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_U8, 4, rgba, items, &err));
    CHECK_FAILS(akin_image_set_open(path, NULL, &ds, &err), AKIN_ERR_INPUT, "nothing says that it is alpha");
    for (int i = 3; i < 24; i += 4) items[i] = 255;
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_U8, 4, rgba, items, &err)); /* alpha goes */
    CHECK_OK(akin_image_set_open(path, NULL, &ds, &err));
    const akin_images rgb = split_of(ds, "train");
    CHECK(rgb.channels == 3 && rgb.pixels[0] == items[0] && rgb.pixels[3] == items[4] &&
          rgb.pixels[17] == items[22]);
    akin_image_set_free(ds);
}

static void unfit_npy_is_refused(void **state)
{
    (void)state;
    fresh_folder();
    char path[512], beside[512];
    akin_image_set *ds = NULL;
    snprintf(path, sizeof path, "%s/a.npy", folder);
    snprintf(beside, sizeof beside, "%s/a-labels.npy", folder);
    static const struct {
        akin_dtype dtype;
        int ndim;
        int64_t shape[5];
        akin_status status;
        const char *text;
    } cases[] = {
        { AKIN_DTYPE_F32, 2, { 10, 4 }, AKIN_ERR_FORMAT, "table of 10 vectors of 4 numbers" },
        { AKIN_DTYPE_F32, 1, { 10 }, AKIN_ERR_SHAPE, "1 dimension;" },
        { AKIN_DTYPE_U8, 5, { 1, 2, 2, 2, 2 }, AKIN_ERR_SHAPE, "5 dimensions" },
        { AKIN_DTYPE_U8, 4, { 2, 3, 4, 2 }, AKIN_ERR_SHAPE, "channels are second here" },
        { AKIN_DTYPE_U8, 4, { 2, 5, 4, 2 }, AKIN_ERR_SHAPE, "must be 1, 3 or 4" },
        { AKIN_DTYPE_U8, 3, { 0, 5, 4 }, AKIN_ERR_INPUT, "holds no images" },
    };
    static const float zeros[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_OK(akin_npy_save(path, cases[i].dtype, cases[i].ndim, cases[i].shape, zeros, &err));
        CHECK_FAILS(akin_image_set_open(path, NULL, &ds, &err), cases[i].status, cases[i].text);
    }
    const int64_t shape[3] = { 2, 2, 3 }, three = 3, two = 2;
    float real[12] = { 0 };
    real[8] = NAN;
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_F32, 3, shape, real, &err));
    CHECK_FAILS(akin_image_set_open(path, NULL, &ds, &err), AKIN_ERR_INPUT,
                "item 1, row 0, column 2 (from 0) is nan");
    real[8] = 1.5f;
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_F32, 3, shape, real, &err));
    CHECK_FAILS(akin_image_set_open(path, NULL, &ds, &err), AKIN_ERR_INPUT, "is 1.5; reals must be in [0,1]");
    const int32_t whole[12] = { 0, 256 };
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_I32, 3, shape, whole, &err));
    CHECK_FAILS(akin_image_set_open(path, NULL, &ds, &err), AKIN_ERR_INPUT, "column 1 (from 0) is 256");
    real[8] = 0.5f;
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_F32, 3, shape, real, &err));
    const int64_t y[3] = { 0, -1, 1 };
    CHECK_OK(akin_npy_save(beside, AKIN_DTYPE_I64, 1, &three, y, &err));
    CHECK_FAILS(akin_image_set_open(path, NULL, &ds, &err), AKIN_ERR_SHAPE, "3 labels for 2 images");
    CHECK_OK(akin_npy_save(beside, AKIN_DTYPE_I64, 1, &two, y, &err));
    CHECK_FAILS(akin_image_set_open(path, NULL, &ds, &err), AKIN_ERR_INPUT, "label 1 (from 0) is -1");
}

/* Any set ----------------------------------------------------------------------------------------------- */

static void options_and_paths_are_checked(void **state)
{
    (void)state;
    fresh_folder();
    akin_image_set *ds = NULL;
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    CHECK_FAILS(akin_image_set_open(NULL, NULL, &ds, &err), AKIN_ERR_ARGUMENT, "must not be NULL");
    CHECK_FAILS(akin_image_set_open("/nonexistent", NULL, &ds, &err), AKIN_ERR_INPUT, "No such file");
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT, "is empty");
    opts.size = 4097;
    CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_RANGE, "size is 4097");
    opts.size = 0;
    opts.max_bad_frac = NAN;
    CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_RANGE, "max_bad_frac is nan");
    opts.max_bad_frac = 0.5;
    opts.format = "tiff";
    CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_RANGE, "format is 'tiff'");
    opts.format = "idx";
    CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_INPUT, "no train-images");
    put("x", "text", 4);
    CHECK_FAILS(akin_image_set_open(in_folder("x"), NULL, &ds, &err), AKIN_ERR_INPUT,
                "it begins with 74 65 78 74");
    put("x.png", "text", 4);
    CHECK_FAILS(akin_image_set_open(in_folder("x.png"), NULL, &ds, &err), AKIN_ERR_FORMAT, "x.png': no JPEG");
    CHECK_FAILS(akin_image_set_open("/dev/null", NULL, &ds, &err), AKIN_ERR_INPUT,
                "neither a file nor a folder");
}

/* Mean and deviation against two plain sums in double; n terms of at most 1 lose less than n DBL_EPSILON. */
static void statistics_and_size(void **state)
{
    (void)state;
    fresh_folder();
    enum { M = 700, S = 8 };
    uint8_t *x = malloc(M * S * S * 3);
    double sum[3] = { 0 }, square[3] = { 0 };
    for (int i = 0; i < M * S * S * 3; i++) {
        x[i] = (uint8_t)(test_u64() % (i % 3 == 0 ? 256u : 64u));
        sum[i % 3] += x[i] / 255.0;
        square[i % 3] += x[i] / 255.0 * (x[i] / 255.0);
    }
    const int64_t shape[4] = { M, S, S, 3 };
    char path[512];
    snprintf(path, sizeof path, "%s/fashion.npy", folder);
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_U8, 4, shape, x, &err));
    akin_image_set *ds = NULL;
    char first[17] = "";
    for (int threads = 1; threads <= 3; threads++) {
        akin_set_threads(threads);
        CHECK_OK(akin_image_set_open(path, NULL, &ds, &err));
        double mean[3], std[3];
        akin_image_set_stats(ds, mean, std);
        const double n = M * S * S;
        for (int c = 0; c < 3; c++) {
            CHECK_NEAR(mean[c], sum[c] / n, 2 * n * 0x1p-52);
            CHECK_NEAR(std[c] * std[c], square[c] / n - sum[c] / n * sum[c] / n, 4 * n * 0x1p-52);
        }
        if (threads > 1) CHECK(strcmp(first, akin_image_set_fingerprint(ds)) == 0);
        strcpy(first, akin_image_set_fingerprint(ds));
        akin_image_set_free(ds);
    }
    akin_set_threads(0);
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    opts.size = 4; /* halves: means of a triangle of 4 pixels, 1:3:3:1 inside */
    CHECK_OK(akin_image_set_open(path, &opts, &ds, &err));
    const akin_images v = split_of(ds, "train");
    CHECK(v.height == 4 && v.width == 4 && v.n == M);
    double want = 0;
    static const int weight[4] = { 1, 3, 3, 1 };
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++) want += weight[a] * weight[b] * x[((1 + a) * S + 3 + b) * 3 + 1] / 64.0;
    CHECK_NEAR(v.pixels[(1 * 4 + 2) * 3 + 1], want, 0.5 + 1e-4); /* one rounding */
    CHECK(strcmp(first, akin_image_set_fingerprint(ds)) != 0);
    akin_image_set_free(ds);
    free(x);
}

/* The bytes that docs/formats.md says are hashed, in one piece. */
static void the_fingerprint_is_what_the_document_says(void **state)
{
    (void)state;
    fill();
    fresh_folder();
    put("train-images-idx3-ubyte", file, idx_images());
    put("train-labels-idx1-ubyte", file, idx_labels());
    put("t10k-images-idx3-ubyte", file, idx(file, 3, (const int[]){ 2, H, W }, items));
    uint8_t all[512];
    size_t n = 0;
    for (int k = 0; k < 2; k++) {
        const int64_t numbers[5] = { k ? 2 : N, H, W, 1, k ? 0 : 1 };
        memcpy(all + n, k ? "test" : "train", k ? 4 : 5);
        n += k ? 4 : 5;
        for (int i = 0; i < 5; i++)
            for (int b = 0; b < 8; b++) all[n++] = (uint8_t)((uint64_t)numbers[i] >> 8 * b);
        memcpy(all + n, items, (size_t)(numbers[0] * H * W));
        n += (size_t)(numbers[0] * H * W);
    }
    char want[17];
    snprintf(want, sizeof want, "%016llx", (unsigned long long)XXH3_64bits(all, n));
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK(strcmp(akin_image_set_fingerprint(ds), want) == 0);
    akin_image_set_free(ds);
}

static void an_only_subfolder_stands_for_its_folder(void **state)
{
    (void)state;
    fill();
    fresh_folder();
    char inner[512];
    snprintf(inner, sizeof inner, "%s/Fashion-thing", folder);
    CHECK(mkdir(inner, 0777) == 0);
    put("Fashion-thing/train-images-idx3-ubyte", file, idx_images());
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK(split_of(ds, "train").n == N && told(ds, "Fashion-thing"));
    akin_image_set_free(ds);
}

static void fashion_mnist_is_known(void **state)
{
    (void)state;
    const char *path = "/usr/share/datasets/fashion-mnist";
    if (access(path, R_OK) != 0) {
        print_message("skipped: %s is not installed\n", path);
        skip();
    }
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(path, NULL, &ds, &err));
    const akin_images train = split_of(ds, "train"), test = split_of(ds, "test");
    CHECK(train.n == 60000 && test.n == 10000 && train.height == 28 && train.width == 28 &&
          train.channels == 1);
    CHECK(train.classes == 10 && train.labels[0] == 9 && test.labels[0] == 9); /* ankle boots, as published */
    CHECK(strcmp(akin_image_set_class_name(ds, 9), "Ankle boot") == 0);
    double mean[3], std[3];
    akin_image_set_stats(ds, mean, std);
    CHECK_NEAR(mean[0], 0.2860, 5e-5); /* the figures that the literature normalises with */
    CHECK_NEAR(std[0], 0.3530, 5e-5);
    akin_image_set_free(ds);
}

/* An older caller's structs are shorter: only what it has is read and written. */
static void older_callers_are_served(void **state)
{
    (void)state;
    enum { KNOWN = offsetof(akin_images, labels) };
    const int64_t shape[3] = { N, H, W };
    char path[512];
    fill();
    fresh_folder();
    snprintf(path, sizeof path, "%s/a.npy", folder);
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_U8, 3, shape, items, &err));
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    opts.struct_size = offsetof(akin_image_set_opts, format);
    opts.size = 2;
    opts.format = "of a field that is not known";
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(path, &opts, &ds, &err));
    unsigned char bytes[sizeof(akin_images)];
    memset(bytes, 0xa5, sizeof bytes);
    const uint32_t known = KNOWN, none = 0;
    memcpy(bytes, &known, sizeof known);
    CHECK_OK(akin_image_set_split(ds, "train", (akin_images *)(void *)bytes, &err));
    akin_images v = AKIN_IMAGES_INIT;
    memcpy(&v.n, bytes + offsetof(akin_images, n), KNOWN - offsetof(akin_images, n));
    CHECK(v.n == N && v.height == 2 && v.width == 2 && v.channels == 1 && v.pixels);
    for (size_t i = KNOWN; i < sizeof bytes; i++) CHECK(bytes[i] == 0xa5);
    uint8_t out[4];
    const int64_t last = N - 1;
    v.struct_size = KNOWN; /* with pixels it needs no more */
    CHECK_OK(akin_images_fetch(&v, &last, 1, out, &err));
    CHECK(memcmp(out, v.pixels + 4 * last, 4) == 0);
    memcpy(bytes, &none, sizeof none);
    CHECK_FAILS(akin_image_set_split(ds, "train", (akin_images *)(void *)bytes, &err), AKIN_ERR_ARGUMENT,
                "not initialised");
    v.struct_size = 0;
    CHECK_FAILS(akin_images_fetch(&v, &last, 1, out, &err), AKIN_ERR_ARGUMENT, "not initialised");
    akin_image_set_free(ds);
    ds = NULL;
    opts.struct_size = 0;
    CHECK_FAILS(akin_image_set_open(path, &opts, &ds, &err), AKIN_ERR_ARGUMENT, "not initialised");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idx_is_read_plain_and_gzip),
        cmocka_unit_test(one_idx_file_is_a_train_split),
        cmocka_unit_test(damaged_idx_is_refused),
        cmocka_unit_test(damaged_gzip_is_refused),
        cmocka_unit_test(cifar_planes_become_pixels),
        cmocka_unit_test(damaged_cifar_is_refused),
        cmocka_unit_test(npy_images_are_read),
        cmocka_unit_test(unfit_npy_is_refused),
        cmocka_unit_test(options_and_paths_are_checked),
        cmocka_unit_test(statistics_and_size),
        cmocka_unit_test(the_fingerprint_is_what_the_document_says),
        cmocka_unit_test(an_only_subfolder_stands_for_its_folder),
        cmocka_unit_test(fashion_mnist_is_known),
        cmocka_unit_test(older_callers_are_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
