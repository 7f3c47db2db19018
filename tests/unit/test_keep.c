/* SPDX-License-Identifier: Apache-2.0 */
/* keep-lists: what is written is read back, names of any bytes included; lists by hand; each complaint with
 * its line; subsets of a set: what is left, what it is called, and that a subset of a subset still names the
 * whole. */
#include "akin/tool/derive.h"
#include "akin/tool/keep_list.h"
#include "akin/tool/program.h"
#include "test.h"

static akin_error err;
static char folder[256], path[512];

static const char *in(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *list(const char *text)
{
    in("list.txt");
    CHECK_OK(akin_file_save(path, text, strlen(text), &err));
    return path;
}

static void fresh(void) { snprintf(folder, sizeof folder, "%s", test_folder()); }

enum { N = 20, SIDE = 3, PIXELS = SIDE * SIDE };

/* N images in train, five in test; item i is i + k everywhere. */
static akin_image_set *small_set(int classes)
{
    uint8_t train[N][PIXELS], test[5][PIXELS];
    int32_t labels[N];
    const int64_t shape[3] = { N, SIDE, SIDE }, test_shape[3] = { 5, SIDE, SIDE };
    for (int i = 0; i < N; i++) {
        labels[i] = i % classes;
        for (int k = 0; k < PIXELS; k++) train[i][k] = (uint8_t)(i + 10 * k);
        for (int k = 0; k < PIXELS && i < 5; k++) test[i][k] = (uint8_t)(200 - i - k);
    }
    CHECK_OK(akin_npy_save(in("train.npy"), AKIN_DTYPE_U8, 3, shape, train, &err));
    CHECK_OK(akin_npy_save(in("train-labels.npy"), AKIN_DTYPE_I32, 1, shape, labels, &err));
    CHECK_OK(akin_npy_save(in("test.npy"), AKIN_DTYPE_U8, 3, test_shape, test, &err));
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    return ds;
}

static void written_lists_are_read_back(void **state)
{
    (void)state;
    fresh();
    static const char *const names[] = { "train/7", "a b/c.png",   "#first.png", "new\nline",  "back\\slash",
                                         " blank ", "caf\xC3\xA9", "\xFF\xFE",   "car\rriage", "end\\",
                                         "tab\t",   "\x1B[31mred", "\xC2\x85",   "\\n",        "a#b" };
    enum { NAMES = sizeof names / sizeof *names };
    akin_keep_list_head head = AKIN_KEEP_LIST_HEAD_INIT;
    head.command = "akin prune\nrun";
    head.source = "set";
    head.fingerprint = "0123456789abcdef";
    head.split = "test";
    head.note = "a note: with a colon";
    head.items = 1234567890123;
    head.height = 28;
    head.width = 29;
    head.channels = 3;
    head.seed = UINT64_MAX;
    head.seeded = true;
    akin_keep_list *keep = NULL;
    CHECK_OK(akin_keep_list_save(in("k.txt"), &head, names, NAMES, &err));
    CHECK_OK(akin_keep_list_load(path, &keep, &err));
    CHECK(akin_keep_list_count(keep) == NAMES);
    for (int i = 0; i < NAMES; i++) CHECK(strcmp(akin_keep_list_name(keep, i), names[i]) == 0);
    CHECK(akin_keep_list_name(keep, NAMES) == NULL && akin_keep_list_name(keep, -1) == NULL);
    CHECK(akin_keep_list_line(keep, 1) == akin_keep_list_line(keep, 0) + 1);
    const akin_keep_list_head *h = akin_keep_list_about(keep);
    CHECK(strcmp(h->command, "akin prune\nrun") == 0 && strcmp(h->source, "set") == 0);
    CHECK(strcmp(h->fingerprint, "0123456789abcdef") == 0 && strcmp(h->split, "test") == 0);
    CHECK(strcmp(h->note, "a note: with a colon") == 0 && h->items == 1234567890123);
    CHECK(h->height == 28 && h->width == 29 && h->channels == 3 && h->seed == UINT64_MAX && h->seeded);
    akin_keep_list_free(keep);
    akin_keep_list_free(NULL);
}

static void an_empty_list_and_numbers_of_0(void **state)
{
    (void)state;
    fresh();
    akin_keep_list *keep = NULL;
    CHECK_OK(akin_keep_list_save(in("k.txt"), NULL, NULL, 0, &err)); /* so that nobody takes an older one */
    CHECK_FAILS(akin_keep_list_load(path, &keep, &err), AKIN_ERR_INPUT, "holds no name");
    CHECK_OK(akin_keep_list_load(list("# items: 0\n# seed: 0\na\n"), &keep, &err));
    const akin_keep_list_head *h = akin_keep_list_about(keep);
    CHECK(h->items == 0 && h->seeded && h->seed == 0);
    akin_keep_list_free(keep);
    CHECK_FAILS(akin_keep_list_load(list("# items: -1\na\n"), &keep, &err), AKIN_ERR_FORMAT, "items");
}

static void a_list_by_hand_needs_no_head(void **state)
{
    (void)state;
    fresh();
    akin_keep_list *keep = NULL;
    CHECK_OK(akin_keep_list_load(list("\n# a remark\r\ntrain/1\r\n\ntrain/0"), &keep, &err));
    CHECK(akin_keep_list_count(keep) == 2 && akin_keep_list_about(keep)->split == NULL);
    CHECK(strcmp(akin_keep_list_name(keep, 0), "train/1") == 0 && akin_keep_list_line(keep, 0) == 3);
    CHECK(strcmp(akin_keep_list_name(keep, 1), "train/0") == 0 && akin_keep_list_line(keep, 1) == 5);
    akin_keep_list_free(keep);
}

static void bad_lists_are_refused_with_their_line(void **state)
{
    (void)state;
    fresh();
    akin_keep_list *keep = NULL;
    CHECK_FAILS(akin_keep_list_load(in("none.txt"), &keep, &err), AKIN_ERR_INPUT, "none.txt");
    CHECK_FAILS(akin_keep_list_load(list(""), &keep, &err), AKIN_ERR_INPUT, "holds no name");
    CHECK_FAILS(akin_keep_list_load(list("# akin keep-list 2\na\n"), &keep, &err), AKIN_ERR_FORMAT,
                "line 1: keep-list of");
    CHECK_FAILS(akin_keep_list_load(list("a\nb\na\n"), &keep, &err), AKIN_ERR_INPUT,
                "line 3: 'a' stands in line 1");
    CHECK_FAILS(akin_keep_list_load(list("a\nb\\x\n"), &keep, &err), AKIN_ERR_FORMAT, "line 2: a backslash");
    CHECK_FAILS(akin_keep_list_load(list("b\\"), &keep, &err), AKIN_ERR_FORMAT, "line 1: a backslash");
    CHECK_FAILS(akin_keep_list_load(list("# items: many\na\n"), &keep, &err), AKIN_ERR_FORMAT,
                "'many' is no value of 'items:'");
    CHECK_FAILS(akin_keep_list_load(list("# seed: x\na\n"), &keep, &err), AKIN_ERR_FORMAT, "line 1");
    CHECK_FAILS(akin_keep_list_load(list("# shape: 3by3\na\n"), &keep, &err), AKIN_ERR_FORMAT, "line 1");
    CHECK_OK(akin_file_save(in("zero.txt"), "a\0b\n", 4, &err));
    CHECK_FAILS(akin_keep_list_load(path, &keep, &err), AKIN_ERR_FORMAT, "byte 1");
    CHECK_FAILS(akin_keep_list_load(NULL, &keep, &err), AKIN_ERR_ARGUMENT, "NULL");
    const char *empty = "";
    CHECK_FAILS(akin_keep_list_save(in("k.txt"), NULL, &empty, 1, &err), AKIN_ERR_ARGUMENT,
                "name 0 is empty");
    CHECK(access(path, F_OK) != 0);
    akin_keep_list_head head = AKIN_KEEP_LIST_HEAD_INIT;
    head.note = "beyond what is known";
    head.struct_size = offsetof(akin_keep_list_head, note); /* an older caller */
    const char *name = "a";
    CHECK_OK(akin_keep_list_save(in("k.txt"), &head, &name, 1, &err));
    CHECK_OK(akin_keep_list_load(path, &keep, &err));
    CHECK(!akin_keep_list_about(keep)->note && akin_keep_list_count(keep) == 1);
    akin_keep_list_free(keep);
    head.struct_size = 0;
    CHECK_FAILS(akin_keep_list_save(path, &head, &name, 1, &err), AKIN_ERR_ARGUMENT, "not initialised");
}

static void a_subset_keeps_order_names_and_labels(void **state)
{
    (void)state;
    fresh();
    akin_image_set *ds = small_set(4);
    char before[17], name[64];
    snprintf(before, sizeof before, "%s", akin_image_set_fingerprint(ds));
    akin_keep_list *keep = NULL;
    CHECK_OK(akin_keep_list_load(list("train/13\ntrain/2\ntrain/19\n"), &keep,
                                 &err)); /* the order of the list is none */
    CHECK_OK(akin_image_set_select_listed(ds, NULL, keep, &err));
    akin_images v = AKIN_IMAGES_INIT, test = AKIN_IMAGES_INIT;
    CHECK_OK(akin_image_set_split(ds, "train", &v, &err));
    static const int want[3] = { 2, 13, 19 };
    CHECK(v.n == 3 && v.classes == 4);
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        CHECK(v.labels[i] == want[i] % 4);
        for (int k = 0; k < PIXELS; k++) {
            CHECK(v.pixels[i * PIXELS + k] == (uint8_t)(want[i] + 10 * k));
            sum += (uint8_t)(want[i] + 10 * k);
        }
        snprintf(path, sizeof path, "train/%d", want[i]);
        CHECK(strcmp(akin_image_set_item_name(ds, "train", i, name, sizeof name), path) == 0);
    }
    double mean[3], std[3];
    akin_image_set_stats(ds, mean, std);
    CHECK_NEAR(mean[0], sum / (3 * PIXELS * 255), 1e-12); /* whole numbers and one division */
    CHECK(strcmp(before, akin_image_set_fingerprint(ds)) != 0);
    CHECK_OK(akin_image_set_split(ds, "test", &test, &err));
    CHECK(test.n == 5);
    akin_keep_list_free(keep);
    akin_image_set_free(ds);
}

static void lists_of_subsets_describe_the_whole(void **state)
{
    (void)state;
    fresh();
    akin_image_set *ds = small_set(4), *again = NULL;
    char whole[17];
    snprintf(whole, sizeof whole, "%s", akin_image_set_fingerprint(ds));
    unsigned char kept[N] = { 0 };
    for (int i = 0; i < N; i += 2) kept[i] = 1;
    CHECK_OK(akin_image_set_select(ds, "train", kept, &err));
    memset(kept, 0, sizeof kept);
    kept[0] = kept[9] = 1; /* items 0 and 18 of the whole */
    CHECK_OK(akin_image_set_keep_list_save(in("k.txt"), ds, "train", kept, NULL, &err));
    akin_image_set_free(ds);
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    opts.keep = in("k.txt");
    CHECK_OK(akin_image_set_open(folder, &opts, &again, &err));
    akin_images v = AKIN_IMAGES_INIT;
    char name[64];
    CHECK_OK(akin_image_set_split(again, "train", &v, &err));
    CHECK(v.n == 2 &&
          strcmp(akin_image_set_item_name(again, "train", 1, name, sizeof name), "train/18") == 0);
    akin_keep_list *keep = NULL;
    CHECK_OK(akin_keep_list_load(in("k.txt"), &keep, &err));
    CHECK(akin_keep_list_about(keep)->items == N &&
          strcmp(akin_keep_list_about(keep)->fingerprint, whole) == 0);
    akin_keep_list_free(keep);
    akin_image_set_free(again);
}

static akin_status keep_by(akin_image_set *ds, const char *split, const char *text)
{
    akin_keep_list *keep = NULL;
    CHECK_OK(akin_keep_list_load(list(text), &keep, &err));
    const akin_status status = akin_image_set_select_listed(ds, split, keep, &err);
    akin_keep_list_free(keep);
    return status;
}

static void lists_of_other_sets_are_refused(void **state)
{
    (void)state;
    fresh();
    akin_image_set *ds = small_set(4);
    CHECK_FAILS(keep_by(ds, NULL, "train/1\ntrain/20\nx\n"), AKIN_ERR_INPUT,
                "line 2: 'train/20' is no item of split");
    CHECK(strstr(err.message, "(and 1 names more)") != NULL);
    CHECK_FAILS(keep_by(ds, NULL, "# items: 21\ntrain/1\n"), AKIN_ERR_INPUT, "for the 21 items");
    CHECK_FAILS(keep_by(ds, NULL, "# split: val\nval/1\n"), AKIN_ERR_INPUT, "no split 'val'");
    CHECK_FAILS(keep_by(ds, "test", "# split: train\ntrain/1\n"), AKIN_ERR_INPUT,
                "is of split 'train', not of 'test'");
    CHECK_FAILS(keep_by(ds, NULL, "# fingerprint: 0\n# shape: 3x3x1\ntrain/1\n"), AKIN_ERR_INPUT,
                "its images are others");
    unsigned char none[N] = { 0 };
    CHECK_FAILS(akin_image_set_select(ds, "train", none, &err), AKIN_ERR_INPUT, "nothing of the split");
    akin_images v = AKIN_IMAGES_INIT;
    CHECK_OK(akin_image_set_split(ds, "train", &v, &err));
    CHECK(v.n == N); /* as it was, after all that */
    CHECK_OK(keep_by(ds, NULL,
                     "# fingerprint: 0\n# shape: 6x6x1\ntrain/1\n")); /* another size of the same images */
    akin_image_set_free(ds);
}

static void files_are_told_by_name_alone(void **state)
{
    (void)state;
    fresh();
    static const char header[] = "P5 2 2 255\n";
    for (int i = 0; i < 6; i++) {
        char bytes[32], file[32];
        memcpy(bytes, header, sizeof header - 1);
        memset(bytes + sizeof header - 1, 'a' + i, 4);
        snprintf(file, sizeof file, "%s/%d.pgm", i < 3 ? "cat" : "dog", i);
        if (i % 3 == 0) {
            snprintf(path, sizeof path, "%s/%s", folder, i < 3 ? "cat" : "dog");
            CHECK_OK(akin_folder_make(path, &err));
        }
        CHECK_OK(akin_file_save(in(file), bytes, sizeof header - 1 + 4, &err));
    }
    akin_image_set *ds = NULL;
    CHECK_OK(akin_image_set_open(folder, NULL, &ds, &err));
    CHECK_OK(keep_by(ds, NULL, "# items: 99\n# fingerprint: 0\n# shape: 2x2x1\ndog/4.pgm\ncat/0.pgm\n"));
    akin_images v = AKIN_IMAGES_INIT;
    char name[64];
    CHECK_OK(akin_image_set_split(ds, "train", &v, &err));
    CHECK(v.n == 2 && v.labels[0] == 0 && v.labels[1] == 1);
    CHECK(strcmp(akin_image_set_item_name(ds, "train", 1, name, sizeof name), "dog/4.pgm") == 0);
    akin_image_set_free(ds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_lists_are_read_back),
        cmocka_unit_test(an_empty_list_and_numbers_of_0),
        cmocka_unit_test(a_list_by_hand_needs_no_head),
        cmocka_unit_test(bad_lists_are_refused_with_their_line),
        cmocka_unit_test(a_subset_keeps_order_names_and_labels),
        cmocka_unit_test(lists_of_subsets_describe_the_whole),
        cmocka_unit_test(lists_of_other_sets_are_refused),
        cmocka_unit_test(files_are_told_by_name_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
