/* SPDX-License-Identifier: Apache-2.0 */
/* What the items of a run are asked through: wrong use is refused, and options of an earlier version are
 * taken. How items are measured and chosen is tested by tests/cli/prune.sh on trained runs and by
 * test_difficulty.c on numbers. Below them the writer of rows and the reader of class numbers, byte for
 * byte. */
#include "akin/tool/class_numbers.h"
#include "akin/tool/items.h"
#include "akin/tool/neighbours.h"
#include "akin/tool/program.h"
#include "akin/tool/row_writer.h"
#include "akin/tool/subject.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static akin_error err;
static char path[300];

static void nothing_is_no_item(void **state)
{
    (void)state;
    akin_items *items = NULL;
    const akin_view_pair *pair = NULL;
    akin_subject *subject = NULL;
    akin_score_range range = AKIN_SCORE_RANGE_INIT;
    akin_neighbour_gallery gallery = AKIN_NEIGHBOUR_GALLERY_INIT;
    const akin_cmat none = { NULL, 0, 0, 0 };
    CHECK_FAILS(akin_items_open(NULL, NULL, NULL, &items, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_items_measure(NULL, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_items_compare(NULL, NULL, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_items_choose(NULL, NULL, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_items_score_range(NULL, AKIN_SCORE_LOSS, &range, &err), AKIN_ERR_ARGUMENT, "measured");
    CHECK_FAILS(akin_view_pair_make(NULL, NULL, NULL, &pair, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_subject_make(NULL, NULL, NULL, NULL, &subject, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_neighbour_gallery_save(&gallery, none, none, &err), AKIN_ERR_ARGUMENT, "needed");
    CHECK(!akin_items_look(NULL) && !akin_subject_input(NULL) && akin_subject_item(NULL, 0) == -1);
    akin_items_free(NULL);
    akin_view_pair_free(NULL);
    akin_subject_free(NULL);
}

static void an_older_caller_prunes(void **state)
{
    (void)state;
    const int64_t groups[] = { 0, 0, 2 };
    uint8_t kept[3];
    akin_prune_opts o = AKIN_PRUNE_OPTS_INIT;
    o.copies = true;
    o.random = 2; /* beyond what the caller's struct has: not read */
    o.struct_size = offsetof(akin_prune_opts, drop);
    CHECK_OK(akin_prune(NULL, groups, 3, &o, kept, &err));
    CHECK(kept[0] == 1 && kept[1] == 0 && kept[2] == 1);
    o.struct_size = 0;
    CHECK_FAILS(akin_prune(NULL, groups, 3, &o, kept, &err), AKIN_ERR_ARGUMENT, "struct_size");
}

static void holds(const char *want)
{
    char *text = NULL;
    CHECK_OK(akin_file_load(path, 4096, &text, NULL, &err));
    if (strcmp(text, want) != 0) fail_msg("'%s' is not '%s'", text, want);
    free(text);
}

static void write_rows(const char *form, int64_t n)
{
    const float rows[2][2] = { { 0.5f, -1 }, { 3, 1e-7f } };
    akin_row_writer *w = NULL;
    CHECK_OK(akin_row_writer_open(path, form, n, 2, &w, &err));
    CHECK_OK(akin_row_writer_put(w, "a b", 3, rows[0], &err));
    CHECK_OK(akin_row_writer_put(w, "", 0, rows[1], &err));
    CHECK_OK(akin_row_writer_close(w, AKIN_OK, &err));
}

static void rows_have_their_form(void **state)
{
    (void)state;
    write_rows("text", 2);
    holds("0.5 -1\n3 1e-07\n");
    write_rows("vec", 2);
    holds("2 2\na_b 0.5 -1\n_ 3 1e-07\n");
    write_rows("vec", -1); /* the number is not known before */
    holds("2 2\na_b 0.5 -1\n_ 3 1e-07\n");
    akin_array a = { .data = NULL };
    write_rows("npy", -1);
    CHECK_OK(akin_npy_load_matrix(path, &a, &err));
    CHECK(a.shape[0] == 2 && a.shape[1] == 2 && ((float *)a.data)[2] == 3);
    akin_array_free(&a);
    akin_row_writer *w = NULL;
    CHECK_FAILS(akin_row_writer_open("-", "npy", 2, 2, &w, &err), AKIN_ERR_ARGUMENT, "pipe");
    CHECK(akin_row_writer_close(NULL, AKIN_ERR_INPUT, &err) == AKIN_ERR_INPUT);
}

static void numbers_of_classes_are_checked(void **state)
{
    (void)state;
    double *x = NULL;
    int64_t n = 0;
    const struct {
        const char *text;
        bool whole;
        const char *said; /* NULL: fine */
    } CASES[] = {
        { "0.25, 0.75\n", false, NULL },       { "3\n4\n5\n", true, NULL },
        { "0.5\n0.6\n", false, "sum to 1.1" }, { "0.5\n-0.5\n", false, "line 2" },
        { "3\n4.5\n", true, "line 2" },        { "7\n", true, "two classes" },
        { "3\nmany\n", true, "line 2" },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        CHECK_OK(akin_file_save(path, CASES[i].text, strlen(CASES[i].text), &err));
        if (CASES[i].said) {
            CHECK_FAILS(akin_class_numbers_load(path, CASES[i].whole, &x, &n, &err), AKIN_ERR_INPUT,
                        CASES[i].said);
            continue;
        }
        CHECK_OK(akin_class_numbers_load(path, CASES[i].whole, &x, &n, &err));
        CHECK(n == (CASES[i].whole ? 3 : 2) && x[0] == (CASES[i].whole ? 3 : 0.25));
        free(x);
    }
}

static int make_path(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "%s/file", test_folder());
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_no_item),
        cmocka_unit_test(an_older_caller_prunes),
        cmocka_unit_test(rows_have_their_form),
        cmocka_unit_test(numbers_of_classes_are_checked),
    };
    return cmocka_run_group_tests(tests, make_path, NULL);
}
