/* SPDX-License-Identifier: Apache-2.0 */
/* A set of names against a list that is searched from its beginning: the same numbers, whatever the texts are
 * and however often the table grows. */
#include "base/names.h"
#include "test.h"

#include <string.h>

enum { MOST = 3000, LONGEST = 40 };

static char text[MOST][LONGEST];
static int64_t bytes[MOST];

/* The place of a text among the first n different ones, or -1. */
static int64_t slow_find(int64_t n, const char *want, int64_t size)
{
    for (int64_t i = 0; i < n; i++)
        if (bytes[i] == size && memcmp(text[i], want, (size_t)size) == 0) return i;
    return -1;
}

/* A text over few letters, so that many come again; also the empty text, and texts with zero bytes in
 * them. */
static int64_t draw(char to[LONGEST])
{
    const int64_t size = test_int(0, 5);
    for (int64_t k = 0; k < size; k++) to[k] = (char)test_int(0, 4);
    return size;
}

static void numbers_are_those_of_a_slow_list(void **state)
{
    (void)state;
    ak_names names = { .n = 0 };
    int64_t n = 0;
    for (int round = 0; round < 6000; round++) {
        char one[LONGEST] = { 0 };
        const int64_t size = draw(one), known = slow_find(n, one, size);
        CHECK(ak_names_find(&names, one, size) == known);
        const int64_t id = ak_names_add(&names, one, size);
        CHECK(id == (known < 0 ? n : known));
        if (known < 0 && n < MOST) {
            memcpy(text[n], one, sizeof one);
            bytes[n++] = size;
        }
        CHECK(names.n == n);
    }
    CHECK(n > 1000);
    for (int64_t i = 0; i < n; i++) {
        CHECK(ak_names_bytes(&names, i) == bytes[i]);
        CHECK(memcmp(ak_names_text(&names, i), text[i], (size_t)bytes[i]) == 0);
        CHECK(ak_names_text(&names, i)[bytes[i]] == 0); /* ended */
        CHECK(ak_names_find(&names, text[i], bytes[i]) == i);
    }
    ak_names_free(&names);
}

static void a_set_that_was_freed_is_empty(void **state)
{
    (void)state;
    ak_names names = { .n = 0 };
    CHECK(ak_names_find(&names, "a", 1) == -1);
    CHECK(ak_names_add(&names, "a", 1) == 0 && ak_names_add(&names, "", 0) == 1);
    ak_names_free(&names);
    CHECK(names.n == 0 && ak_names_find(&names, "a", 1) == -1);
    CHECK(ak_names_add(&names, "b", 1) == 0);
    ak_names_free(&names);
    ak_names_free(&names);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_a_slow_list),
        cmocka_unit_test(a_set_that_was_freed_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
