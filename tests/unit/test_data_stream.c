/* SPDX-License-Identifier: Apache-2.0 */
/* Images that stay on disk: the same set as the one in memory in every respect, whatever the cache holds and
 * whatever is bad in it; and files that change under an open set are errors that name them. */
#include "akin/tool/images.h"
#include "akin/tool/derive.h"
#include "akin/tool/keep_list.h"
#include "pictures.h"
#include "test.h"
#include "set/image_rows.h"

#include <sys/stat.h>

enum { SIDE = 6, NAME_BYTES = 64 };

static akin_error err;
static char folder[256];

static const char *path_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, uint8_t *bytes, size_t n)
{
    pic_put(path_of(name), bytes, n);
    free(bytes);
}

static int whole(int lo, int hi) { return (int)test_int(lo, hi); }

static uint8_t *noise(size_t n)
{
    uint8_t *p = malloc(n);
    for (size_t i = 0; i < n; i++) p[i] = (uint8_t)test_int(0, 255);
    return p;
}

static void put_random(const char *name, int h, int w)
{
    const int c = whole(0, 1) ? 3 : 1;
    uint8_t *pixels = noise((size_t)(h * w * c));
    size_t n;
    uint8_t *bytes = strstr(name, ".jpg")
                         ? pic_jpeg(pixels, h, w, c, 0, &n)
                         : pic_png(pixels, h, w, c == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, 8,
                                   (size_t)(w * c), 0, &n);
    put(name, bytes, n);
    free(pixels);
}

/* train/ with two classes and test/; images of several sizes; each third an equal one of the one before. */
static void make_folder(int per_class)
{
    snprintf(folder, sizeof folder, "%s", test_folder());
    static const char *const made[] = { "train", "test", "train/ant", "train/bee", "test/ant", "test/bee" };
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) CHECK(mkdir(path_of(made[i]), 0777) == 0);
    for (size_t k = 2; k < sizeof made / sizeof *made; k++)
        for (int i = 0; i < per_class; i++) {
            char name[NAME_BYTES], equal[512], from[512];
            snprintf(name, sizeof name, "%s/%02d.%s", made[k], i, i % 2 ? "jpg" : "png");
            put_random(name, whole(SIDE, 2 * SIDE), whole(SIDE, 2 * SIDE));
            if (i % 3 != 2) continue;
            snprintf(from, sizeof from, "%s", path_of(name));
            snprintf(name, sizeof name, "%s/%02d-again.png", made[k], i);
            snprintf(equal, sizeof equal, "%s", path_of(name));
            CHECK(link(from, equal) == 0);
        }
}

static akin_image_set *open_with(int64_t cache, int32_t size, akin_on_bad on_bad)
{
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    opts.cache = cache;
    opts.size = size;
    opts.on_bad = on_bad;
    opts.background = "black"; /* fourth channels of arrays are alpha */
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
    return ds;
}

static akin_images split_of(const akin_image_set *ds, int k)
{
    akin_images v = AKIN_IMAGES_INIT;
    CHECK_OK(akin_image_set_split(ds, akin_image_set_split_name(ds, k), &v, &err));
    return v;
}

static void same_duplicates(const akin_image_set *a, const akin_image_set *b)
{
    akin_duplicates *x = NULL, *y = NULL;
    const akin_duplicate *p;
    CHECK_OK(akin_image_set_duplicates(a, &x, &err));
    CHECK_OK(akin_image_set_duplicates(b, &y, &err));
    CHECK(akin_duplicates_count(x) == akin_duplicates_count(y));
    for (int64_t i = 0; (p = akin_duplicates_at(x, i)) != NULL; i++) {
        const akin_duplicate *q = akin_duplicates_at(y, i);
        CHECK(p->split == q->split && p->item == q->item && p->first_split == q->first_split &&
              p->first == q->first);
    }
    akin_duplicates_free(x);
    akin_duplicates_free(y);
}

static void same_bad(const akin_image_set *a, const akin_image_set *b)
{
    CHECK(akin_image_set_bad_count(a) == akin_image_set_bad_count(b));
    for (int64_t i = 0; i < akin_image_set_bad_count(a); i++) {
        const akin_bad_item *x = akin_image_set_bad_at(a, i), *y = akin_image_set_bad_at(b, i);
        CHECK(strcmp(x->name, y->name) == 0 && strcmp(x->reason, y->reason) == 0);
    }
}

/* b, of which `kept` images are in memory, is the set a, which is all there. */
static void same_sets(const akin_image_set *a, const akin_image_set *b, int64_t kept)
{
    double m[2][3], s[2][3];
    CHECK(strcmp(akin_image_set_fingerprint(a), akin_image_set_fingerprint(b)) == 0);
    CHECK(akin_image_set_splits(a) == akin_image_set_splits(b) && akin_image_set_cached(b) == kept);
    akin_image_set_stats(a, m[0], s[0]);
    akin_image_set_stats(b, m[1], s[1]);
    CHECK(memcmp(m[0], m[1], sizeof m[0]) == 0 && memcmp(s[0], s[1], sizeof s[0]) == 0);
    for (int k = 0; k < akin_image_set_splits(a); k++) {
        const akin_images x = split_of(a, k), y = split_of(b, k);
        const size_t bytes = (size_t)(x.height * x.width * x.channels);
        CHECK(x.pixels && x.n == y.n && x.height == y.height && x.width == y.width &&
              x.channels == y.channels);
        CHECK((y.pixels != NULL) == (kept >= y.n));
        kept = kept >= y.n ? kept - y.n : 0;
        CHECK((x.labels != NULL) == (y.labels != NULL));
        if (x.labels) CHECK(memcmp(x.labels, y.labels, (size_t)x.n * sizeof *x.labels) == 0);
        int64_t *items = calloc((size_t)x.n, 2 * sizeof *items); /* any order, some twice */
        for (int64_t i = 0; i < 2 * x.n; i++) items[i] = i < x.n ? x.n - 1 - i : test_int(0, (int)x.n - 1);
        uint8_t *got = malloc(2 * (size_t)x.n * bytes);
        CHECK_OK(akin_images_fetch(&y, items, 2 * x.n, got, &err));
        for (int64_t i = 0; i < 2 * x.n; i++)
            CHECK(memcmp(got + (size_t)i * bytes, x.pixels + (size_t)items[i] * bytes, bytes) == 0);
        for (int64_t i = 0; i < x.n; i++) {
            char one[NAME_BYTES], other[NAME_BYTES];
            const char *split = akin_image_set_split_name(a, k);
            akin_image_set_item_name(b, split, i, other, sizeof other);
            if (strchr(other, '/') && y.classes == 2) CHECK(y.labels[i] == (strstr(other, "/bee/") != NULL));
            CHECK(strcmp(akin_image_set_item_name(a, split, i, one, sizeof one),
                         akin_image_set_item_name(b, split, i, other, sizeof other)) == 0);
        }
        free(items);
        free(got);
    }
    same_duplicates(a, b);
    same_bad(a, b);
}

static void the_cache_changes_nothing(void **state)
{
    (void)state;
    for (int trial = 0; trial < 4; trial++) {
        make_folder(trial < 2 ? 7 : 1);
        akin_image_set *all = open_with(-1, SIDE, AKIN_BAD_STOP);
        const akin_images train = split_of(all, 0), test = split_of(all, 1);
        const int64_t bytes = SIDE * SIDE * train.channels, n = train.n + test.n;
        const int64_t kept[] = { 0, 1, train.n - 1, train.n, train.n + 1, n - 1, n };
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
            akin_image_set *some =
                open_with(kept[i] * bytes + (int64_t)(i % 2) * (bytes - 1), SIDE, AKIN_BAD_STOP);
            same_sets(all, some, kept[i]);
            akin_image_set_free(some);
        }
        akin_image_set_free(all);
    }
}

static void what_is_bad_is_left_out_alike(void **state)
{
    (void)state;
    make_folder(8);
    put("train/ant/01-.png", noise(50), 50); /* a bad header */
    put("test/bee/zz.jpg", noise(3), 3);
    static const char *const short_names[] = { "train/ant/00.png", "train/bee/04.png", "test/ant/02.png" };
    for (int i = 0; i < 3; i++) { /* a good header and bad pixels */
        struct stat info;
        CHECK(stat(path_of(short_names[i]), &info) == 0);
        CHECK(truncate(path_of(short_names[i]), info.st_size - 20) == 0);
    }
    akin_image_set *all = open_with(-1, SIDE, AKIN_BAD_SKIP), *none = open_with(0, SIDE, AKIN_BAD_SKIP);
    CHECK(akin_image_set_bad_count(all) == 6); /* of one of the short ones there is a second name */
    same_sets(all, none, 0);
    for (int64_t i = 1; i < 6; i++) { /* train before test, then by name */
        const char *before = akin_image_set_bad_at(none, i - 1)->name;
        const char *name = akin_image_set_bad_at(none, i)->name;
        CHECK(before[1] == name[1] ? strcmp(before, name) < 0 : before[1] == 'r');
    }
    akin_image_set_free(all);
    akin_image_set_free(none);
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    opts.cache = 0;
    opts.size = SIDE;
    akin_image_set *ds = NULL;
    CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_FORMAT, "train/ant/00.png");
    opts.on_bad = AKIN_BAD_SKIP;
    opts.max_bad_frac = 0.05;
    CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_INPUT,
                "more than --max-bad 0.05 allows");
}

/* .npy -------------------------------------------------------------------------------------------------- */

enum { N = 9, TALL = 5, WIDE = 8 };

static void save(const char *name, akin_dtype dtype, int64_t c)
{
    const int64_t shape[4] = { N, TALL, WIDE, c }, count = N * TALL * WIDE * c;
    uint8_t *bytes = noise((size_t)count);
    int32_t *whole = malloc((size_t)count * sizeof *whole);
    float *real = malloc((size_t)count * sizeof *real);
    for (int64_t i = 0; i < count; i++) {
        whole[i] = bytes[i];
        real[i] = (float)bytes[i] / 255;
    }
    const void *data = dtype == AKIN_DTYPE_U8    ? (void *)bytes
                       : dtype == AKIN_DTYPE_I32 ? (void *)whole
                                                 : (void *)real;
    CHECK_OK(akin_npy_save(path_of(name), dtype, 4, shape, data, &err));
    free(bytes);
    free(whole);
    free(real);
}

static void arrays_are_read_image_by_image(void **state)
{
    (void)state;
    static const akin_dtype dtypes[] = { AKIN_DTYPE_U8, AKIN_DTYPE_I32, AKIN_DTYPE_F32 };
    static const int64_t channels[] = { 1, 3, 4 };
    for (int d = 0; d < 3; d++)
        for (int c = 0; c < 3; c++)
            for (int32_t size = 0; size <= 4; size += 4) {
                snprintf(folder, sizeof folder, "%s", test_folder());
                save("train.npy", dtypes[d], channels[c]);
                save("test.npy", dtypes[d], channels[c]);
                int32_t labels[N];
                for (int i = 0; i < N; i++) labels[i] = i % 4;
                const int64_t n = N;
                CHECK_OK(akin_npy_save(path_of("train-labels.npy"), AKIN_DTYPE_I32, 1, &n, labels, &err));
                akin_image_set *all = open_with(-1, size, AKIN_BAD_STOP),
                               *none = open_with(0, size, AKIN_BAD_STOP);
                same_sets(all, none, 0);
                akin_image_set_free(none);
                const akin_images v = split_of(all, 0);
                none = open_with(2 * v.height * v.width * v.channels, size, AKIN_BAD_STOP);
                same_sets(all, none, 2);
                akin_image_set_free(none);
                akin_image_set_free(all);
            }
}

static void an_array_that_shrinks_is_an_error(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", test_folder());
    save("train.npy", AKIN_DTYPE_U8, 3);
    akin_image_set *ds = open_with(0, 0, AKIN_BAD_STOP);
    const akin_images v = split_of(ds, 0);
    uint8_t *out = malloc(TALL * WIDE * 3);
    const int64_t last = N - 1, beyond = N, first = 0;
    CHECK_OK(akin_images_fetch(&v, &last, 1, out, &err));
    CHECK(truncate(path_of("train.npy"), 300) == 0);
    CHECK_FAILS(akin_images_fetch(&v, &last, 1, out, &err), AKIN_ERR_INPUT, "it became shorter");
    CHECK_OK(akin_images_fetch(&v, &first, 1, out, &err));
    CHECK_FAILS(akin_images_fetch(&v, &beyond, 1, out, &err), AKIN_ERR_RANGE, "there are 9 images");
    akin_image_set_free(ds);
    free(out);
}

/* Some items of a split: those that were in memory stay there, the others are found on disk as before. */
static void a_part_of_a_set_on_disk_is_that_part(void **state)
{
    (void)state;
    for (int form = 0; form < 2; form++) { /* a folder, an array */
        make_folder(6);
        if (form) {
            snprintf(folder, sizeof folder, "%s", test_folder());
            save("train.npy", AKIN_DTYPE_U8, 3);
        }
        akin_image_set *all = open_with(-1, SIDE, AKIN_BAD_STOP);
        akin_images v = split_of(all, 0);
        const int64_t held[] = { 0, 4, v.n };
        for (int h = 0; h < 3; h++) {
            akin_image_set_free(all);
            all = open_with(-1, SIDE, AKIN_BAD_STOP);
            akin_image_set *some = open_with(held[h] * SIDE * SIDE * 3, SIDE, AKIN_BAD_STOP);
            unsigned char *chosen = calloc((size_t)v.n, 1);
            int64_t in_memory = 0;
            for (int64_t i = 0; i < v.n; i++) {
                chosen[i] = i == 1 || i == v.n - 1 || test_int(0, 1);
                in_memory += chosen[i] && i < held[h];
            }
            CHECK_OK(akin_image_set_select(all, "train", chosen, &err));
            CHECK_OK(akin_image_set_select(some, "train", chosen, &err));
            same_sets(all, some, in_memory);
            if (h < 2)
                CHECK_FAILS(akin_image_set_save(some, folder, &err), AKIN_ERR_UNSUPPORTED,
                            "not all in memory");
            akin_image_set_free(some);
            free(chosen);
        }
        akin_image_set_free(all);
    }
}

/* Changes under an open set ----------------------------------------------------------------------------- */

static void a_set_must_not_change(void **state)
{
    (void)state;
    make_folder(4);
    const int64_t item = 1;
    uint8_t *out = malloc(SIDE * SIDE * 3);
    for (int change = 0; change < 3; change++) {
        put_random("train/ant/01.jpg", SIDE, SIDE);
        akin_image_set *ds = open_with(0, SIDE, AKIN_BAD_STOP);
        const akin_images v = split_of(ds, 0);
        CHECK_OK(akin_images_fetch(&v, &item, 1, out, &err));
        if (change == 0) {
            put_random("train/ant/01.jpg", SIDE, SIDE);
            CHECK_FAILS(akin_images_fetch(&v, &item, 1, out, &err), AKIN_ERR_INPUT,
                        "train/ant/01.jpg is another image than when the set was opened");
        } else if (change == 1) {
            CHECK(truncate(path_of("train/ant/01.jpg"), 30) == 0);
            CHECK_FAILS(akin_images_fetch(&v, &item, 1, out, &err), AKIN_ERR_FORMAT, "train/ant/01.jpg");
        } else {
            CHECK(unlink(path_of("train/ant/01.jpg")) == 0);
            const int64_t many[3] = { 0, 1, 2 };
            uint8_t *three = malloc(3 * SIDE * SIDE * 3);
            CHECK_FAILS(akin_images_fetch(&v, many, 3, three, &err), AKIN_ERR_INPUT, "train/ant/01.jpg");
            free(three);
        }
        akin_image_set_free(ds);
    }
    free(out);
}

static bool until(int64_t done, int64_t total, void *ctx)
{
    CHECK(done > 0 && done <= total);
    return --*(int *)ctx > 0;
}

static void opening_can_be_stopped(void **state)
{
    (void)state;
    make_folder(4);
    for (int calls = 1; calls < 5; calls++) {
        int left = calls;
        akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
        opts.size = SIDE;
        opts.on_progress = until;
        opts.ctx = &left;
        akin_image_set *ds = NULL;
        if (calls <= 2) { /* one call for each split, which are small */
            CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_INTERRUPTED, "images");
        } else {
            CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
            CHECK(left == calls - 2);
            akin_image_set_free(ds);
        }
    }
}

/* Order ------------------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

/* Names that differ around "/" in the order of bytes: "a-b/x", "a.png", "a/x", "a0.png". */
static void names_are_in_the_order_of_whole_paths(void **state)
{
    (void)state;
    static const char *const folders[] = { "a", "a-b", "a/b", "a!", "a0", "a/b!", "Z" };
    static const char *const files[] = { "a.png", "a0.png", "b.png", "!.png", "b-.png", "z.png" };
    enum { MOST = 48 };
    char want[MOST][NAME_BYTES];
    int n = 0;
    snprintf(folder, sizeof folder, "%s", test_folder());
    for (size_t d = 0; d < sizeof folders / sizeof *folders; d++) {
        CHECK(mkdir(path_of(folders[d]), 0777) == 0);
        for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
            snprintf(want[n], NAME_BYTES, "%s/%s", folders[d], files[f]);
            put_random(want[n++], SIDE, SIDE);
        }
    }
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        snprintf(want[n], NAME_BYTES, "%s", files[f]);
        put_random(want[n++], SIDE, SIDE);
    }
    qsort(want, (size_t)n, sizeof *want, by_text);
    akin_image_set *ds = open_with(-1, 0, AKIN_BAD_STOP);
    CHECK(split_of(ds, 0).n == n);
    for (int i = 0; i < n; i++) {
        char name[NAME_BYTES];
        CHECK(strcmp(akin_image_set_item_name(ds, "train", i, name, sizeof name), want[i]) == 0);
    }
    akin_image_set_free(ds);
}

/* Training rows ----------------------------------------------------------------------------------------- */

/* Calls as a worker makes them, with one scratch throughout; and the same of the set in memory. */
static void rows_do_not_depend_on_what_is_kept(void **state)
{
    (void)state;
    enum { ROWS = 8, CALLS = 12 };
    make_folder(7);
    akin_image_set *set[2] = { open_with(-1, SIDE, AKIN_BAD_STOP), open_with(700, SIDE, AKIN_BAD_STOP) };
    const ak_pixel_scale scale = { { 0.4f, 0.5f, 0.6f }, { 0.2f, 0.3f, 0.4f } };
    float *dense[2];
    ak_row_source source[2];
    akin_images from[2];
    akin_augment_opts augment = AKIN_AUGMENT_OPTS_INIT;
    CHECK_OK(akin_augment_preset("simclr", &augment, &err));
    void *memory[2];
    akin_arena scratch[2];
    for (int k = 0; k < 2; k++) {
        from[k] = split_of(set[k], 0);
        CHECK_OK(ak_image_views_source(&from[k], &augment, &scale, &source[k], &err));
        const size_t bytes = ak_row_source_scratch(&source[k], ROWS);
        memory[k] = ak_alloc(1, (int64_t)bytes, 1);
        akin_arena_init(&scratch[k], memory[k], bytes);
        dense[k] = malloc(ROWS * (size_t)source[k].row_floats * sizeof(float));
    }
    CHECK(from[0].pixels && !from[1].pixels);
    int32_t items[ROWS] = { 0 };
    for (int call = 0; call < CALLS; call++) {
        const int64_t n = call % 3 == 2 ? test_int(1, ROWS) : ROWS;
        for (int i = 0; i < ROWS && call % 2 == 0; i++) items[i] = whole(0, (int)from[0].n - 1);
        if (call % 4 == 3) items[2] = items[5]; /* not every row is that of the call before */
        const akin_view_name name = {
            .struct_size = sizeof(akin_view_name), .epoch = 1, .seed = 3, .view = (uint32_t)call % 2
        };
        for (int k = 0; k < 2; k++)
            CHECK_OK(source[k].make(&source[k], items, n, &name, &scratch[k], dense[k], NULL, NULL, &err));
        CHECK(memcmp(dense[0], dense[1], (size_t)(n * source[0].row_floats) * sizeof(float)) == 0);
    }
    for (int k = 0; k < 2; k++) {
        free(dense[k]);
        free(memory[k]);
        ak_row_source_release(&source[k]);
        akin_image_set_free(set[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cache_changes_nothing),
        cmocka_unit_test(what_is_bad_is_left_out_alike),
        cmocka_unit_test(arrays_are_read_image_by_image),
        cmocka_unit_test(an_array_that_shrinks_is_an_error),
        cmocka_unit_test(a_part_of_a_set_on_disk_is_that_part),
        cmocka_unit_test(a_set_must_not_change),
        cmocka_unit_test(opening_can_be_stopped),
        cmocka_unit_test(names_are_in_the_order_of_whole_paths),
        cmocka_unit_test(rows_do_not_depend_on_what_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
