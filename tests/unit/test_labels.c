/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of two files meet by name. Random labels, written in every form that a file of labels has: whichever
 * forms two files have, labels of one name get one number, and others do not. */
#include "akin/tool/labels.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static akin_error err;

enum { MOST = 30, CLASSES = 6 };
static const char *const POOL[CLASSES] = { "zoo", "b c", "12", "\xC3\xA9mu", "Ant", "7" };

typedef enum form { WORDS, ARRAY_WITH_NAMES, ARRAY_IN_FOLDER, FORMS } form;

typedef struct file {
    char path[300];
    int64_t n;
    int of[MOST]; /* the pool's */
} file;

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL);
    CHECK(fputs(text, f) >= 0 && fclose(f) == 0);
}

/* Numbers of a random order of the pool, and the names beside. */
static void write_array(file *f, const char *labels, const char *names, const char *folder)
{
    int order[CLASSES], number[CLASSES];
    int32_t value[MOST];
    char path[300], text[300] = "";
    for (int c = 0; c < CLASSES; c++) order[c] = c;
    for (int c = CLASSES - 1; c > 0; c--) {
        const int with = (int)test_int(0, c), old = order[c];
        order[c] = order[with];
        order[with] = old;
    }
    for (int c = 0; c < CLASSES; c++) {
        number[order[c]] = c;
        strcat(strcat(text, POOL[order[c]]), "\n");
    }
    for (int64_t i = 0; i < f->n; i++) value[i] = number[f->of[i]];
    snprintf(f->path, sizeof f->path, "%s/%s", folder, labels);
    snprintf(path, sizeof path, "%s/%s", folder, names);
    CHECK_OK(akin_npy_save(f->path, AKIN_DTYPE_I32, 1, &f->n, value, &err));
    write_text(path, text);
}

static file draw(form how)
{
    file f = { .n = test_int(1, MOST) };
    char folder[256];
    snprintf(folder, sizeof folder, "%s", test_folder());
    const int most = (int)test_int(0, CLASSES - 1);
    for (int64_t i = 0; i < f.n; i++) f.of[i] = (int)test_int(0, most);
    if (how == WORDS) f.of[0] = 0; /* not all of them numbers */
    if (how == ARRAY_WITH_NAMES) write_array(&f, "x.labels.npy", "x.classes.txt", folder);
    if (how == ARRAY_IN_FOLDER) write_array(&f, "test-labels.npy", "class-names.txt", folder);
    if (how != WORDS) return f;
    char text[600] = "";
    for (int64_t i = 0; i < f.n; i++) strcat(strcat(text, POOL[f.of[i]]), test_int(0, 1) ? "\n" : " \r\n");
    snprintf(f.path, sizeof f.path, "%s/labels.txt", folder);
    write_text(f.path, text);
    return f;
}

static void one_name_is_one_number(void **state)
{
    (void)state;
    for (int draws = 0; draws < 200; draws++) {
        const file a = draw((form)test_int(0, FORMS - 1)), b = draw((form)test_int(0, FORMS - 1));
        akin_labels *x = NULL, *y = NULL;
        CHECK_OK(akin_labels_open(a.path, &x, &err));
        CHECK_OK(akin_labels_open(b.path, &y, &err));
        CHECK_OK(akin_labels_join(x, y, &err));
        CHECK(akin_labels_count(x) == a.n && akin_labels_count(y) == b.n);
        const int32_t *p = akin_labels_values(x), *q = akin_labels_values(y);
        for (int64_t i = 0; i < a.n; i++) {
            CHECK(strcmp(akin_labels_class_name(x, p[i]), POOL[a.of[i]]) == 0);
            for (int64_t j = 0; j < b.n; j++) CHECK((p[i] == q[j]) == (a.of[i] == b.of[j]));
        }
        for (int64_t j = 0; j < b.n; j++) CHECK(strcmp(akin_labels_class_name(y, q[j]), POOL[b.of[j]]) == 0);
        akin_labels_free(x);
        akin_labels_free(y);
    }
}

/* Files of text and arrays, by hand. */
static akin_labels *of_text(const char *text)
{
    char path[300];
    akin_labels *l = NULL;
    snprintf(path, sizeof path, "%s/l.txt", test_folder());
    write_text(path, text);
    CHECK_OK(akin_labels_open(path, &l, &err));
    return l;
}

static akin_labels *of_array(const char *names, int32_t first, int32_t second)
{
    char path[300];
    const int32_t value[2] = { first, second };
    const int64_t n = 2;
    akin_labels *l = NULL;
    snprintf(path, sizeof path, "%s", test_folder());
    char *end = path + strlen(path);
    strcpy(end, "/x.classes.txt");
    if (names) write_text(path, names);
    strcpy(end, "/x.labels.npy");
    CHECK_OK(akin_npy_save(path, AKIN_DTYPE_I32, 1, &n, value, &err));
    CHECK_OK(akin_labels_open(path, &l, &err));
    return l;
}

/* After joining, the values of both; said: a part of the only remark, or NULL for none. */
static void meet(akin_labels *a, akin_labels *b, int32_t a0, int32_t a1, int32_t b0, int32_t b1,
                 const char *said)
{
    CHECK_OK(akin_labels_join(a, b, &err));
    const int32_t *p = akin_labels_values(a), *q = akin_labels_values(b);
    CHECK(p[0] == a0 && p[1] == a1 && q[0] == b0 && q[1] == b1);
    const char *line = akin_labels_remark(b, 0);
    CHECK(said ? line && strstr(line, said) && !akin_labels_remark(b, 1) : !line);
    akin_labels_free(a);
    akin_labels_free(b);
}

static void numbers_and_names(void **state)
{
    (void)state;
    static const char *const numbers = "Labels are compared as numbers";
    meet(of_text("5\n-1\n"), of_text("-1\n5\n"), 5, -1, -1, 5, NULL); /* each is its own name */
    meet(of_array(NULL, 4, 2), of_array(NULL, 2, 4), 4, 2, 2, 4, numbers);
    meet(of_array("u\nv\n", 1, 0), of_array(NULL, 0, 1), 1, 0, 0, 1, numbers);
    meet(of_array(NULL, 1, 0), of_text("0\n1"), 1, 0, 0, 1, numbers);
    meet(of_array("u\nv\n", 1, 0), of_text("0\n1"), 1, 0, 0, 1, numbers); /* no name of a number */
    meet(of_array("3\n7\n", 1, 0), of_text("3\n7"), 1, 0, 0, 1, NULL);    /* these are */
    meet(of_text("7\n3"), of_array("3\n7\n", 1, 0), 1, 0, 1, 0, NULL);
    meet(of_text("\xef\xbb\xbf"
                 "7\n3"),
         of_text("\xef\xbb\xbf"
                 "3\n7"),
         7, 3, 3, 7, NULL); /* Notepad */
    meet(of_text("u\nv \r\n\n \n\t\r\n\n"), of_text("v\nu\n"), 0, 1, 1, 0,
         NULL); /* lines of blanks at the end */
    meet(of_text("u\nv"), of_text("\xef\xbb\xbfv\r\nu\r\n"), 0, 1, 1, 0, NULL);
    meet(of_array("\xef\xbb\xbfu\r\nv\r\n", 0, 1), of_text("v\nu"), 0, 1, 1, 0, NULL);
    meet(of_text("7\nx"), of_text("7\n8"), 0, 1, 0, 2, "1 class is not among the classes of ");
    akin_labels *words = of_text("u\nv\n"), *bare = of_array(NULL, 0, 1);
    CHECK_FAILS(akin_labels_join(words, bare, &err), AKIN_ERR_INPUT, "nothing says which is which");
    CHECK_FAILS(akin_labels_join(bare, words, &err), AKIN_ERR_INPUT, "nothing says which is which");
    CHECK_FAILS(akin_labels_join(words, NULL, &err), AKIN_ERR_ARGUMENT, "NULL");
    akin_labels_free(words);
    akin_labels_free(bare);
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    char path[300];
    akin_labels *l = NULL;
    snprintf(path, sizeof path, "%s/l.txt", test_folder());
    CHECK_FAILS(akin_labels_open(path, &l, &err), AKIN_ERR_INPUT, "l.txt");
    write_text(path, "u\n\nv\n");
    CHECK_FAILS(akin_labels_open(path, &l, &err), AKIN_ERR_INPUT, "line 2: no label");
    write_text(path, "");
    CHECK_FAILS(akin_labels_open(path, &l, &err), AKIN_ERR_INPUT, "holds no labels");
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite("u\0v\n", 1, 4, f) == 4 && fclose(f) == 0);
    CHECK_FAILS(akin_labels_open(path, &l, &err), AKIN_ERR_FORMAT, "neither .npy nor text");
    CHECK_FAILS(akin_labels_open(NULL, &l, &err), AKIN_ERR_ARGUMENT, "NULL");
    l = of_text("12\n13\nx\n");
    CHECK(strstr(akin_labels_remark(l, 0), "line 3: they are taken as names"));
    akin_labels_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_name_is_one_number),
        cmocka_unit_test(numbers_and_names),
        cmocka_unit_test(what_is_wrong_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
