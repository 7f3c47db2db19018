/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of pictures: order, splits in their usual spellings, classes, sizes; what is bad is named, and left
 * out on request without moving the others; what is no picture is counted. */
#include "image_folders.h"

static void class_folders_give_labels_in_byte_order(void **state)
{
    (void)state;
    fresh_folder();
    static const char *const made[] = { "b", "a b", "a", "Z", "a/deep", "empty" };
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) make(made[i]);
    put_plain("b/2.PPM", 2, 2, 3, 10);
    put_plain("b/1.pgm", 2, 2, 1, 20);
    put_plain("a/deep/x.ppm", 2, 2, 3, 30);
    put_plain("a/y.ppm", 2, 2, 3, 40);
    put_plain("a b/z.ppm", 2, 2, 3, 50);
    put_plain("Z/q.ppm", 2, 2, 3, 60);
    put("b/notes.txt", "hello", 5);
    put("b/.hidden.ppm", "hello", 5);
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    const akin_images v = split_of(ds, "train");
    static const char *const names[] = { "Z/q.ppm", "a b/z.ppm", "a/deep/x.ppm",
                                         "a/y.ppm", "b/1.pgm",   "b/2.PPM" };
    static const int label[] = { 0, 2, 1, 1, 3, 3 }, value[] = { 60, 50, 30, 40, 20, 10 };
    static const char *const classes[] = { "Z", "a", "a b", "b" };
    CHECK(v.n == 6 && v.channels == 3 && v.classes == 4 && akin_image_set_splits(ds) == 1);
    for (int i = 0; i < 6; i++) {
        char name[64];
        CHECK(strcmp(akin_image_set_item_name(ds, "train", i, name, sizeof name), names[i]) == 0);
        CHECK(v.labels[i] == label[i] && v.pixels[12 * i] == value[i] && v.pixels[12 * i + 11] == value[i]);
    }
    for (int k = 0; k < 4; k++) CHECK(strcmp(akin_image_set_class_name(ds, k), classes[k]) == 0);
    CHECK(akin_image_set_ignored(ds) == 2);
    akin_image_set_free(ds);

    put_plain("loose.ppm", 2, 2, 3, 1); /* beside the class folders */
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK(!split_of(ds, "train").labels && split_of(ds, "train").n == 7);
    CHECK(told(ds, "1 image is outside of the class folders"));
    akin_image_set_free(ds);
}

/* What people type before and between: seg_train/seg_train/cat, images_test, train/images. */
static void splits_behind_a_head_and_a_wrapping(void **state)
{
    (void)state;
    static const struct {
        const char *train, *test, *told;
    } forms[] = {
        { "images_train", "images_test", "Folder 'images_train' is read as the split train." },
        { "seg_train/seg_train", "seg_test/seg_test", "Split test is read from 'seg_test/seg_test'." },
        { "train/images", "valid/Images", "Split train is read from 'train/images'." },
        { "Train", "TEST/test", "Split test is read from 'TEST/test'." },
    };
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        static const char *const classes[] = { "cat", "eel" };
        akin_image_set *ds = NULL;
        fresh_folder();
        for (int k = 0; k < 6; k++) {
            const char *part = k < 4 ? k % 2 ? forms[f].train : forms[f].test : k % 2 ? "docs" : "seg_pred";
            char name[64];
            snprintf(name, sizeof name, "%s", part);
            char *slash = strchr(name, '/');
            if (slash && k < 2) {
                *slash = 0;
                make(name);
                *slash = '/';
            }
            if (k < 2 || k > 3) make(name);
            if (k > 3) continue; /* no pictures */
            snprintf(name, sizeof name, "%s/%s", part, classes[k / 2]);
            make(name);
            snprintf(name, sizeof name, "%s/%s/1.pgm", part, classes[k / 2]);
            put_plain(name, 2, 2, 1, k);
        }
        CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
        const akin_images train = split_of(ds, "train"), test = split_of(ds, "test");
        CHECK(train.n == 2 && test.n == 2 && train.classes == 2 && told(ds, forms[f].told));
        CHECK(train.pixels[0] == 1 && test.pixels[0] == 0 && test.labels[1] == 1);
        CHECK(strcmp(akin_image_set_class_name(ds, 1), "eel") == 0);
        akin_image_set_free(ds);
    }
    fresh_folder(); /* classes, whatever their names hold */
    make("steam_train");
    make("test_tube");
    put_plain("steam_train/1.pgm", 2, 2, 1, 1);
    put_plain("test_tube/1.pgm", 2, 2, 1, 2);
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK(akin_image_set_splits(ds) == 1 && split_of(ds, "train").classes == 2);
    akin_image_set_free(ds);
}

static void splits_share_their_classes(void **state)
{
    (void)state;
    for (int form = 0; form < 3; form++) { /* test/; val/; both */
        fresh_folder();
        make("train");
        make("train/cat");
        make("train/eel");
        put_plain("train/cat/1.pgm", 2, 2, 1, 1);
        put_plain("train/eel/1.pgm", 2, 2, 1, 2);
        for (int k = 0; k < 2; k++) {
            const char *split = k ? "val" : "test";
            char name[64];
            if (form != 2 && form != k) continue;
            make(split);
            snprintf(name, sizeof name, "%s/dog", split);
            make(name);
            snprintf(name, sizeof name, "%s/dog/1.pgm", split);
            put_plain(name, 2, 2, 1, 3 + k);
        }
        akin_image_set *ds = NULL;
        CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
        CHECK(akin_image_set_splits(ds) == (form == 2 ? 3 : 2));
        const akin_images train = split_of(ds, "train"), test = split_of(ds, "test");
        CHECK(train.n == 2 && train.classes == 3 && train.labels[0] == 0 && train.labels[1] == 2);
        CHECK(test.n == 1 && test.labels[0] == 1 && test.pixels[0] == (form == 1 ? 4 : 3));
        if (form == 2) CHECK(split_of(ds, "val").pixels[0] == 4);
        char name[64];
        akin_image_set_item_name(ds, "test", 0, name, sizeof name);
        CHECK(strcmp(name, form == 1 ? "val/dog/1.pgm" : "test/dog/1.pgm") == 0);
        akin_image_set_free(ds);
    }
    fresh_folder();
    make("train");
    make("test");
    put_plain("train/a.pgm", 2, 2, 1, 1);
    akin_image_set *ds = NULL;
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT, "/test' is empty");
}

static void sizes_must_agree_or_be_given(void **state)
{
    (void)state;
    fresh_folder();
    put_plain("a.ppm", 20, 30, 3, 100);
    put_plain("b.pgm", 9, 8, 1, 50);
    akin_image_set *ds = NULL;
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT,
                "'a.ppm' is 20x30, 'b.pgm' is 9x8; give --size");
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    opts.size = 16;
    CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
    const akin_images v = split_of(ds, "train");
    CHECK(v.n == 2 && v.height == 16 && v.width == 16 && v.channels == 3);
    for (int i = 0; i < 768; i++) CHECK(v.pixels[i] == 100 && v.pixels[768 + i] == 50);
    akin_image_set_free(ds);
}

static void bad_files_are_named_or_left_out(void **state)
{
    (void)state;
    fresh_folder();
    char name[64], linked[600], target[600];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "%02d.pgm", i);
        put_plain(name, 4, 4, 1, i);
    }
    put("07.jpg", "\xff\xd8\xff\xe0 this is no picture", 24);
    put("07.pgm", "P5 4 4 255\nshort", 16); /* good header, bad pixels: found only in the second pass */
    put("31.pgm", "not a picture", 13);
    snprintf(target, sizeof target, "%s/05.pgm", folder);
    snprintf(linked, sizeof linked, "%s/99.pgm", folder);
    CHECK(symlink(target, linked) == 0);
    snprintf(linked, sizeof linked, "%s/98.pgm", folder);
    CHECK(symlink("nowhere", linked) == 0);
    akin_image_set *ds = NULL;
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    char first[764] = "";
    for (int threads = 1; threads <= 4; threads++) { /* the first in order, whoever finds it */
        akin_set_threads(threads);
        CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_FORMAT, "07.jpg': JPEG: ");
        if (threads > 1) CHECK(strcmp(first, err.message) == 0);
        strcpy(first, err.message);
    }
    snprintf(linked, sizeof linked, "%s/07.jpg", folder);
    CHECK(unlink(linked) == 0);
    for (int threads = 1; threads <= 4; threads++) {
        akin_set_threads(threads);
        CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_FORMAT, "07.pgm': PNM: truncated");
        opts.on_bad = AKIN_BAD_SKIP;
        CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
        const akin_images v = split_of(ds, "train");
        CHECK(v.n == 39 && akin_image_set_bad_count(ds) == 3);
        int at = 0;
        for (int i = 0; i < 40; i++)
            if (i != 7 && i != 31) CHECK(v.pixels[16 * at++] == i);
        CHECK(v.pixels[16 * at] == 5); /* through the link */
        const akin_bad_item *bad;
        bad = akin_image_set_bad_at(ds, 0);
        CHECK(strcmp(bad->name, "07.pgm") == 0 && strstr(bad->reason, "truncated"));
        bad = akin_image_set_bad_at(ds, 1);
        CHECK(strcmp(bad->name, "31.pgm") == 0 && strstr(bad->reason, "6e 6f 74"));
        bad = akin_image_set_bad_at(ds, 2);
        CHECK(strcmp(bad->name, "98.pgm") == 0 && strstr(bad->reason, "No such file"));
        CHECK(!akin_image_set_bad_at(ds, 3) && !akin_image_set_bad_at(ds, -1));
        akin_image_set_free(ds);
        opts.max_bad_frac = 0.05;
        CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_INPUT,
                    "3 of 42 images cannot be read, more than --max-bad 0.05 allows; the first are '07.pgm'");
        opts = (akin_image_set_opts)AKIN_IMAGE_SET_OPTS_INIT;
    }
    akin_set_threads(0);

    fresh_folder();
    put("bad\nname.jpg", "x", 1);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_FORMAT, "bad\\nname.jpg");
    opts.on_bad = AKIN_BAD_SKIP;
    opts.max_bad_frac = 1;
    CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_INPUT, "none is left");
}

/* Make FOLDER/a/0.pgm of this grey for each name of the list, and open the whole. */
static akin_image_set *open_folders(const char *const *names)
{
    char path[256];
    akin_image_set *ds = NULL;
    fresh_folder();
    for (int i = 0; names[i]; i++) {
        make(names[i]);
        snprintf(path, sizeof path, "%s/a", names[i]);
        make(path);
        snprintf(path, sizeof path, "%s/a/0.pgm", names[i]);
        put_plain(path, 2, 2, 1, (uint8_t)(10 * i + 10));
    }
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    return ds;
}

/* Each row: folders as they are called, and the greys of the image in train, test and val (0 = no split). */
static void usual_spellings_of_splits(void **state)
{
    (void)state;
    static const struct {
        const char *names[4];
        int grey[3];
    } rows[] = {
        { { "train", "valid", "test" }, { 10, 30, 20 } },
        { { "Train", "Test" }, { 10, 20, 0 } },
        { { "training", "testing" }, { 10, 20, 0 } },
        { { "TRAIN", "VALIDATION" }, { 10, 20, 0 } },
        { { "train2017", "val2017", "test2017" }, { 10, 30, 20 } },
        { { "train_set", "dev", "test-set" }, { 10, 30, 20 } },
        { { "train", "eval" }, { 10, 20, 0 } },
        { { "Training" }, { 10, 0, 0 } },
        { { "train", "test", "extra" }, { 10, 20, 0 } }, /* told as left out */
        { { "train", "extra" }, { 10, 0, 0 } },          /* train holds classes */
    };
    static const char *const split[] = { "train", "test", "val" };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        akin_image_set *ds = open_folders(rows[r].names);
        int splits = 0;
        for (int k = 0; k < 3; k++) {
            akin_images v = AKIN_IMAGES_INIT;
            const akin_status status = akin_image_set_split(ds, split[k], &v, &err);
            CHECK((status == AKIN_OK) == (rows[r].grey[k] > 0));
            if (status) continue;
            splits++;
            CHECK(v.n == 1 && v.pixels[0] == rows[r].grey[k] && v.classes == 1);
        }
        CHECK(akin_image_set_splits(ds) == splits);
        for (int i = 0; rows[r].names[i]; i++) { /* what is not literal is told */
            const char *name = rows[r].names[i];
            char text[64];
            snprintf(text, sizeof text, "'%s'", name);
            const bool literal = strcmp(name, "train") == 0 || strcmp(name, "test") == 0;
            CHECK(told(ds, text) == !literal);
        }
        akin_image_set_free(ds);
    }
}

static void folders_of_one_meaning_are_an_error(void **state)
{
    (void)state;
    akin_image_set *ds = NULL;
    akin_image_set_free(open_folders((const char *const[]){ "train", "test", NULL }));
    make("Train");
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT,
                "two folders for the split train, 'Train' and 'train'");
}

static void classes_may_be_called_like_splits(void **state)
{
    (void)state;
    akin_image_set *ds = NULL;
    fresh_folder();
    static const char *const vehicle[] = { "bus", "car", "train", "tram" };
    for (int i = 0; i < 4; i++) {
        char path[64];
        make(vehicle[i]);
        snprintf(path, sizeof path, "%s/0.pgm", vehicle[i]);
        put_plain(path, 2, 2, 1, (uint8_t)i);
    }
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK(akin_image_set_splits(ds) == 1 && split_of(ds, "train").classes == 4);
    CHECK(told(ds, "Folder 'train' is read as a class like 'bus', not as a split"));
    akin_image_set_free(ds);
    ds = open_folders((const char *const[]){ "cat", "test", "dog", NULL }); /* none for training */
    CHECK(akin_image_set_splits(ds) == 1 && split_of(ds, "train").classes == 3);
    CHECK(told(ds, "Folder 'test' is read as a class, not as a split"));
    akin_image_set_free(ds);
    fresh_folder();
    static const char *const made[] = { "cat", "cat/train", "cat/test", "dog", "dog/train", "dog/test" };
    for (int i = 0; i < 6; i++) {
        char path[64];
        make(made[i]);
        snprintf(path, sizeof path, "%s/0.pgm", made[i]);
        if (strlen(made[i]) > 3) put_plain(path, 2, 2, 1, (uint8_t)i);
    }
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK(told(ds, "2 images such as 'cat/test/0.pgm' are in a folder that is named like a split"));
    akin_image_set_free(ds);
}

/* What a zip file of a Mac, a network drive or a repository has beside the data. */
static void clutter_does_not_count(void **state)
{
    (void)state;
    akin_image_set *ds = NULL;
    fresh_folder();
    static const char *const made[] = { "set",          "set/a", "set/b",      "set/a/@eaDir", "__MACOSX",
                                        "__MACOSX/set", ".git",  "lost+found", "empty",        "empty/deep" };
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) make(made[i]);
    put_plain("set/a/0.pgm", 2, 2, 1, 1);
    put_plain("set/b/0.pgm", 2, 2, 1, 2);
    put_plain("set/a/@eaDir/thumb.pgm", 9, 9, 1, 3);
    put("set/a/._0.pgm", "x", 1);
    put("set/Thumbs.db", "x", 1);
    put("__MACOSX/set/._0.pgm", "x", 1);
    put("__MACOSX/set/1.pgm", "x", 1);
    put("README.txt", "x", 1);
    put("desktop.ini", "x", 1);
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK(split_of(ds, "train").n == 2 && split_of(ds, "train").classes == 2);
    CHECK(told(ds, "Read from the only folder in it, 'set'"));
    CHECK(akin_image_set_ignored(ds) == 3); /* of set: Thumbs.db, ._0.pgm, @eaDir */
    akin_image_set_free(ds);
}

/* What is taken where nobody says a size: the rule of AKIN_SIZE_FIT, for shorter sides around its limits. */
static void a_size_that_fits(void **state)
{
    (void)state;
    static const struct {
        int side[3], size;
        const char *text;
    } rows[] = {
        { { 20, 24, 30 }, 32, "3 images of 3 sizes from 20x21 to 30x31 (height x width); taking --size 32." },
        { { 33, 47, 90 }, 40, "taking --size 40." },
        { { 48, 48, 200 }, 48, "3 images of 2 sizes from 48x49 to 200x201" },
        { { 100, 120, 300 }, 64, "taking --size 64." },
        { { 40, 40, 40 }, 0, NULL },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        fresh_folder();
        for (int i = 0; i < 3; i++)
            put_plain(i == 0   ? "a.ppm"
                      : i == 1 ? "b.ppm"
                               : "c.ppm",
                      rows[r].side[i], rows[r].side[i] + 1, 3, 90);
        akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
        akin_image_set *ds = NULL;
        opts.size = AKIN_SIZE_FIT;
        CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
        const akin_images v = split_of(ds, "train");
        CHECK(v.n == 3 && v.height == (rows[r].size ? rows[r].size : 40) &&
              v.width == (rows[r].size ? rows[r].size : 41));
        if (rows[r].text)
            CHECK(told(ds, rows[r].text));
        else
            CHECK(!akin_image_set_remark(ds, 0));
        CHECK(told(ds, "enlarged") == (r == 0 || r == 1));
        akin_image_set_free(ds);
        opts.size = 0;
        if (rows[r].size)
            CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_INPUT, "differ in size");
    }
}

/* Grey for a run in colour and the other way round: right, and told. */
static void channels_are_those_asked_for(void **state)
{
    (void)state;
    static const uint8_t colour[3] = { 200, 100, 50 };
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    akin_image_set *ds = NULL;
    fresh_folder();
    put_plain("a.pgm", 2, 2, 1, 77);
    opts.channels = 3;
    CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
    akin_images v = split_of(ds, "train");
    CHECK(v.channels == 3);
    for (int i = 0; i < 12; i++) CHECK(v.pixels[i] == 77);
    CHECK(told(ds, "1 of 1 images is grey; it gets three equal channels."));
    akin_image_set_free(ds);
    uint8_t pixels[12];
    size_t n;
    for (int i = 0; i < 12; i++) pixels[i] = colour[i % 3];
    uint8_t *bytes = pic_pnm(pixels, 2, 2, 3, &n);
    put("b.ppm", bytes, n);
    free(bytes);
    opts.channels = 1;
    CHECK_OK(akin_image_set_open(folder, &opts, &ds, &err));
    v = split_of(ds, "train");
    CHECK(v.channels == 1 && v.pixels[0] == 77);
    for (int i = 4; i < 8; i++) CHECK(v.pixels[i] == 124); /* 0.299 200 + 0.587 100 + 0.114 50 = 124.2 */
    CHECK(told(ds, "1 of 2 images is coloured; it becomes grey"));
    akin_image_set_free(ds);
    opts.channels = 2;
    CHECK_FAILS(akin_image_set_open(folder, &opts, &ds, &err), AKIN_ERR_RANGE, "channels is 2");
}

static void folders_without_data_say_what_they_hold(void **state)
{
    (void)state;
    fresh_folder();
    akin_image_set *ds = NULL;
    put("b.txt", "x", 1);
    put("a.csv", "x", 1);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT,
                "2 other files such as 'a.csv'");
    char loop[600];
    make("class");
    put_plain("class/a.pgm", 2, 2, 1, 1);
    snprintf(loop, sizeof loop, "%s/class/loop", folder);
    CHECK(symlink("..", loop) == 0);
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK(split_of(ds, "train").n == 1 && told(ds, "leads back to a folder that it is in"));
    akin_image_set_free(ds);
    if (geteuid() == 0) return; /* root may read everything */
    fresh_folder();
    make("closed");
    put("x.txt", "x", 1);
    snprintf(loop, sizeof loop, "%s/closed", folder);
    CHECK(chmod(loop, 0) == 0);
    CHECK_FAILS(akin_image_set_open(folder, NULL, &ds, &err), AKIN_ERR_INPUT, "Permission denied");
    chmod(loop, 0700);
}

/* A picture whose header needs more than the 64 KiB that the first pass reads. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(class_folders_give_labels_in_byte_order),
        cmocka_unit_test(splits_behind_a_head_and_a_wrapping),
        cmocka_unit_test(splits_share_their_classes),
        cmocka_unit_test(sizes_must_agree_or_be_given),
        cmocka_unit_test(bad_files_are_named_or_left_out),
        cmocka_unit_test(usual_spellings_of_splits),
        cmocka_unit_test(folders_of_one_meaning_are_an_error),
        cmocka_unit_test(classes_may_be_called_like_splits),
        cmocka_unit_test(clutter_does_not_count),
        cmocka_unit_test(a_size_that_fits),
        cmocka_unit_test(channels_are_those_asked_for),
        cmocka_unit_test(folders_without_data_say_what_they_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
