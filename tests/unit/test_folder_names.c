/* SPDX-License-Identifier: Apache-2.0 */
/* Which part of a data set a name means, and which names are none of the data. */
#include "test.h"

#include "base/folder_names.h"

#include <string.h>

static ak_part_name meant(const char *name) { return ak_part_meant(name, strlen(name)); }

static void usual_spellings(void **state)
{
    (void)state;
    static const char *const train[] = { "train",     "Train",        "TRAIN",     "training", "Training",
                                         "train_set", "training-set", "trainset",  "TrainSet", "train2017",
                                         "trn",       "train_images", "train data" };
    static const char *const test[] = {
        "test", "Test", "TESTING", "test_set", "testData", "tst", "test2015"
    };
    static const char *const val[] = { "val",     "valid", "Valid", "validation", "VALIDATION",
                                       "val2017", "dev",   "eval",  "Dev",        "valid_set" };
    for (size_t i = 0; i < sizeof train / sizeof *train; i++) CHECK(meant(train[i]) == AK_PART_TRAIN);
    for (size_t i = 0; i < sizeof test / sizeof *test; i++) CHECK(meant(test[i]) == AK_PART_TEST);
    for (size_t i = 0; i < sizeof val / sizeof *val; i++) CHECK(meant(val[i]) == AK_PART_VAL);
    CHECK(ak_part_meant("train/cat", 5) == AK_PART_TRAIN);
}

static void other_names(void **state)
{
    (void)state;
    static const char *const none[] = { "",       "trains",    "trainer",     "tests",     "testament",
                                        "valley", "evaluate2", "device",      "restrain",  "cat",
                                        "train1", "test-1",    "train-label", "validated", "train20177" };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) CHECK(meant(none[i]) == AK_PART_NONE);
}

static void clutter(void **state)
{
    (void)state;
    static const char *const yes[] = {
        ".git",       ".DS_Store", "._a.jpg",     "__MACOSX",     "@eaDir",
        "lost+found", "Thumbs.db", "desktop.ini", "$RECYCLE.BIN", "THUMBS.DB"
    };
    static const char *const no[] = { "a.jpg", "thumbs", "README.txt", "found", "MACOSX", "recycle" };
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) CHECK(ak_is_clutter(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) CHECK(!ak_is_clutter(no[i]));
}

/* The same two in every order of a folder. */
static void two_first_of_any_order(void **state)
{
    (void)state;
    static const char *const name[] = { "b", "a.txt", "c", "a" };
    for (int order = 0; order < 24; order++) {
        char first[256] = "", second[256] = "";
        int left[] = { 0, 1, 2, 3 };
        for (int n = 4, code = order; n; code /= n, n--) {
            const int at = code % n;
            ak_two_first(first, second, name[left[at]]);
            left[at] = left[n - 1];
        }
        CHECK(strcmp(first, "a") == 0 && strcmp(second, "a.txt") == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_spellings),
        cmocka_unit_test(other_names),
        cmocka_unit_test(clutter),
        cmocka_unit_test(two_first_of_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
