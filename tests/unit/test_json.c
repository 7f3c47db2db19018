/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: what is read and refused, what getters say of every case, and that no missing part goes unnoticed,
 * whichever allocation fails. */
#include "akin/tool/json.h"
#include "akin/tool/program.h"
#include "files/safetensors.h"
#include "test.h"

#include <fcntl.h>
#include <float.h>
#include <jansson.h>
#include <sys/mman.h>

static akin_error err;

static akin_json *parsed(const char *text)
{
    akin_json *v = NULL;
    CHECK_OK(akin_json_parse(text, strlen(text), "text", AKIN_JSON_UNIQUE, &v, &err));
    return v;
}

static void check_print(const akin_json *v, akin_json_layout layout, int digits, const char *want)
{
    char *text = NULL;
    CHECK_OK(akin_json_print(v, layout, digits, &text, &err));
    if (strcmp(text, want) != 0) print_error("printed %s, expected %s\n", text, want);
    CHECK(strcmp(text, want) == 0);
    free(text);
}

static void layouts_and_digits(void **state)
{
    (void)state;
    akin_json *v =
        parsed("{\"b\" : [1, 2.5, -0.1],\n\"a\":{}, \"t\":\"\\u00e9\\n\\\"\", \"n\":null, \"y\":true}");
    check_print(
        v, AKIN_JSON_COMPACT, 17,
        "{\"b\":[1,2.5,-0.10000000000000001],\"a\":{},\"t\":\"\xc3\xa9\\n\\\"\",\"n\":null,\"y\":true}");
    check_print(v, AKIN_JSON_SPACED, 3,
                "{\"b\": [1, 2.5, -0.1], \"a\": {}, \"t\": \"\xc3\xa9\\n\\\"\", \"n\": null, \"y\": true}");
    check_print(akin_json_get(v, "b"), AKIN_JSON_INDENTED, 9, "[\n 1,\n 2.5,\n -0.1\n]");
    akin_json_free(v);
}

/* Each of these is refused, in one sentence that says where. */
static void malformed_text_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } CASES[] = {
        { "", "f.json: line 1, column 0: " },
        { "{", "f.json: line 1, column 1: " },
        { "{\n\"a\": 1,\n}", "f.json: line 3, column 1: " },
        { "[1,2", "f.json: line 1, column 4: " },
        { "{\"a\":1}x", "f.json: line 1, column 8: " },
        { "{\"a\" 1}", "f.json: line 1, column 6: " },
        { "[01]", "f.json: line 1, column 2: " },
        { "[1.]", "f.json: line 1, column 3: " },
        { "[NaN]", "f.json: line 1, column 4: " },
        { "[Infinity]", "f.json: line 1, column 9: " },
        { "['a']", "f.json: line 1, column 2: " },
        { "[\"\x80\"]", "f.json: line 1, column 2: " },
        { "[\"\\ud800\"]", "f.json: line 1, column 9: " },
        { "[\"a\nb\"]", "f.json: line 1, column 3: " },
        { "12", "f.json: line 1, column 2: " },
        { "\"a\"", "f.json: line 1, column 3: " },
        { "[nothingthatislongandknown]", "f.json: line 1, column 26: " },
        { "{\"a\":1,\"b\":{\"c\":1,\"c\":2}}", "duplicate object key" },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        akin_json *v = NULL;
        CHECK_FAILS(
            akin_json_parse(CASES[i].text, strlen(CASES[i].text), "f.json", AKIN_JSON_UNIQUE, &v, &err),
            AKIN_ERR_FORMAT, CASES[i].says);
        CHECK(v == NULL);
    }
    akin_json *v = NULL;
    CHECK_FAILS(akin_json_parse("[\0]", 3, "f.json", 0, &v, &err), AKIN_ERR_FORMAT, "f.json: line 1,");
    CHECK_FAILS(akin_json_parse("[1", 2, NULL, 0, &v, &err), AKIN_ERR_FORMAT, "column 2: ");
}

/* Without UNIQUE the last of equal keys counts. */
static void duplicates(void **state)
{
    (void)state;
    akin_json *v = NULL;
    const char text[] = "{\"a\":1,\"b\":2,\"a\":3}";
    CHECK_OK(akin_json_parse(text, sizeof text - 1, NULL, 0, &v, &err));
    CHECK(akin_json_keys(v) == 2 && akin_json_as_int(akin_json_get(v, "a")) == 3);
    akin_json_free(v);
}

static void deep_nesting(void **state)
{
    (void)state;
    enum { LIMIT = AKIN_JSON_DEPTH }; /* 32 */
    char *text = malloc(2 * LIMIT + 4);
    for (int deep = LIMIT; deep <= LIMIT + 1; deep++) {
        memset(text, '[', (size_t)deep);
        memset(text + deep, ']', (size_t)deep);
        akin_json *v = NULL;
        if (deep == LIMIT) {
            CHECK_OK(akin_json_parse(text, 2 * (size_t)deep, "deep", 0, &v, &err));
            CHECK_OK(akin_json_check(v, &err));
            CHECK(akin_json_equal(v, v));
        } else {
            CHECK_FAILS(akin_json_parse(text, 2 * (size_t)deep, "deep", 0, &v, &err), AKIN_ERR_FORMAT,
                        "deep: byte 33: nested more than 32 levels deep");
        }
        akin_json_free(v);
    }
    akin_json *v = NULL;
    enum { DATA = AKIN_JSON_DEPTH_DATA }; /* 512 */
    char *long_text = malloc(2 * DATA + 2);
    CHECK(long_text);
    for (int deep = DATA; deep <= DATA + 1; deep++) {
        memset(long_text, '[', (size_t)deep);
        memset(long_text + deep, ']', (size_t)deep);
        if (deep == DATA)
            CHECK_OK(akin_json_parse(long_text, 2 * (size_t)deep, "data", AKIN_JSON_DATA, &v, &err));
        else
            CHECK_FAILS(akin_json_parse(long_text, 2 * (size_t)deep, "data", AKIN_JSON_DATA, &v, &err),
                        AKIN_ERR_FORMAT, "data: byte 513: nested more than 512 levels deep");
        if (deep == DATA) akin_json_free(v);
    }
    free(long_text);
    /* What stands in a text opens no level; side by side is not deep. */
    char wide[512] = "[";
    for (int i = 0; i < 40; i++)
        strcat(wide, i ? ",[{}]" : "[{\"[[[[\\\"[[[[\":\"{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{\"}]");
    strcat(wide, "]");
    CHECK_OK(akin_json_parse(wide, strlen(wide), NULL, 0, &v, &err));
    CHECK(akin_json_length(v) == 40);
    akin_json_free(v);
    CHECK_FAILS(akin_json_parse("[\"\\", 3, NULL, 0, &v, &err), AKIN_ERR_FORMAT, "column");
    free(text);
}

static void numbers_at_the_limits(void **state)
{
    (void)state;
    akin_json *v =
        parsed("[9223372036854775807,-9223372036854775808,1.7976931348623157e308,4.9e-324,-0.0,1E2]");
    CHECK(akin_json_as_int(akin_json_at(v, 0)) == INT64_MAX &&
          akin_json_as_int(akin_json_at(v, 1)) == INT64_MIN);
    CHECK(akin_json_as_real(akin_json_at(v, 2)) == DBL_MAX);
    CHECK(akin_json_as_real(akin_json_at(v, 3)) > 0);
    CHECK(akin_json_is_real(akin_json_at(v, 4)) && signbit(akin_json_as_real(akin_json_at(v, 4))));
    CHECK(akin_json_is_real(akin_json_at(v, 5)) && akin_json_as_real(akin_json_at(v, 5)) == 100);
    check_print(v, AKIN_JSON_COMPACT, 17,
                "[9223372036854775807,-9223372036854775808,1.7976931348623157e308,4.9406564584124654e-324,-0."
                "0,100.0]");
    akin_json_free(v);
    v = NULL;
    CHECK_FAILS(akin_json_parse("[9223372036854775808]", 21, "n", 0, &v, &err), AKIN_ERR_FORMAT,
                "n: line 1, column");
    CHECK_FAILS(akin_json_parse("[1e309]", 7, "n", 0, &v, &err), AKIN_ERR_FORMAT, "n: line 1, column");
    CHECK(akin_json_real(NAN) == NULL && akin_json_real(INFINITY) == NULL);
}

/* Getters: missing, of another kind, outside its range; the sentence has the whole path. */
static void getters_tell_cases_apart(void **state)
{
    (void)state;
    akin_json *v = parsed(
        "{\"data\":{\"mean\":[1,2.5,\"x\"],\"n\":7,\"path\":\"p\",\"gone\":null},\"ok\":true,\"a.b\":1}");
    int64_t n = -1;
    double x = -1, two[2];
    bool yes = false;
    const char *text = NULL;
    akin_json *part = NULL;
    CHECK_OK(akin_json_read_int(v, "data.n", 0, 7, &n, &err));
    CHECK_OK(akin_json_read_real(v, "data.mean[1]", &x, &err));
    CHECK_OK(akin_json_read_bool(v, "ok", &yes, &err));
    CHECK_OK(akin_json_read_text(v, "data.path", &text, &err));
    CHECK_OK(akin_json_read_value(v, "data.mean", AKIN_JSON_ARRAY, &part, &err));
    CHECK(n == 7 && x == 2.5 && yes && strcmp(text, "p") == 0 && akin_json_length(part) == 3);
    CHECK_OK(akin_json_read_real(v, "data.n", &x, &err)); /* a whole number is a number */
    CHECK(x == 7);

    CHECK_FAILS(akin_json_read_int(v, "data.m", 0, 9, &n, &err), AKIN_ERR_INPUT, "'data.m' is missing");
    CHECK_FAILS(akin_json_read_int(v, "data.mean[3]", 0, 9, &n, &err), AKIN_ERR_INPUT,
                "'data.mean[3]' is missing");
    CHECK_FAILS(akin_json_read_int(v, "data.mean[", 0, 9, &n, &err), AKIN_ERR_INPUT, "is missing");
    CHECK_FAILS(akin_json_read_int(v, "ok.n", 0, 9, &n, &err), AKIN_ERR_INPUT, "is missing");
    CHECK_FAILS(akin_json_read_int(NULL, "n", 0, 9, &n, &err), AKIN_ERR_INPUT, "is missing");
    CHECK_FAILS(akin_json_read_int(v, "data.mean[1]", 0, 9, &n, &err), AKIN_ERR_FORMAT,
                "'data.mean[1]' is a number; it must be a whole number");
    CHECK_FAILS(akin_json_read_text(v, "data.gone", &text, &err), AKIN_ERR_FORMAT,
                "'data.gone' is null; it must be a text");
    CHECK_FAILS(akin_json_read_bool(v, "data", &yes, &err), AKIN_ERR_FORMAT, "must be true or false");
    CHECK_FAILS(akin_json_read_int(v, "data.n", 8, 9, &n, &err), AKIN_ERR_RANGE, "between 8 and 9");
    CHECK_FAILS(akin_json_read_reals(v, "data.mean", 2, two, &err), AKIN_ERR_RANGE, "must hold 2");
    double three[3] = { -1, -1, -1 };
    CHECK_FAILS(akin_json_read_reals(v, "data.mean", 3, three, &err), AKIN_ERR_FORMAT,
                "'data.mean[2]' is a text");
    CHECK(three[0] == -1 && n == 7 && yes); /* nothing is written on failure */
    CHECK(akin_json_find(v, "a.b") == NULL && akin_json_as_int(akin_json_get(v, "a.b")) == 1);
    CHECK(akin_json_find(v, "") == v);
    akin_json_free(v);
}

static void what_is_absent_is_left_out(void **state)
{
    (void)state;
    akin_json *v = akin_json_pack("{s:s,s:f,s:o,s:s?,s:[f,i],s:b,s:I}", "a", NULL, "b", (double)NAN, "c",
                                  NULL, "d", NULL, "e", (double)INFINITY, 3, "f", 7, "g", (int64_t)1 << 40);
    check_print(v, AKIN_JSON_COMPACT, 17, "{\"d\":null,\"e\":[3],\"f\":true,\"g\":1099511627776}");
    akin_json_free(v);
}

static void text_that_is_not_utf8_is_repaired(void **state)
{
    (void)state;
    akin_json *v = akin_json_object();
    akin_json_put(v, "k\xff", akin_json_text("a\xc3\xa9\xc3(\xed\xa0\x80\xf4\x90\x80\x80"));
    CHECK(akin_json_is_utf8("a\xc3\xa9") && !akin_json_is_utf8("a\xc3"));
    akin_json_put(v, "z", akin_json_text_n("a\0b\xc3", 4));
    check_print(v, AKIN_JSON_COMPACT, 17,
                "{\"k\xef\xbf\xbd\":\"a\xc3\xa9\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\",\"z\":\"a\\u0000b\xef\xbf\xbd\"}");
    CHECK(akin_json_text_bytes(akin_json_get(v, "z")) == 6);
    akin_json_free(v);
}

static void objects_change(void **state)
{
    (void)state;
    akin_json *v = akin_json_object(), *more = parsed("{\"c\":3,\"a\":{}}");
    CHECK(akin_json_keys(v) == 0 && akin_json_get(v, "") == NULL);
    check_print(v, AKIN_JSON_COMPACT, 17, "{}");
    akin_json_put(v, "a", akin_json_int(1));
    akin_json_put(v, "", akin_json_int(2)); /* a key like any other */
    akin_json_merge(v, more);
    check_print(v, AKIN_JSON_COMPACT, 17, "{\"a\":{},\"\":2,\"c\":3}");
    akin_json *copy = akin_json_copy(v);
    CHECK(akin_json_equal(v, copy));
    akin_json_remove(v, "a");
    akin_json_remove(v, "none");
    akin_json_remove(v, "");
    CHECK(akin_json_keys(v) == 1 && !akin_json_equal(v, copy) && akin_json_keys(copy) == 3);
    akin_json_remove(v, "c");
    CHECK(akin_json_keys(v) == 0 && akin_json_get(v, "c") == NULL);
    check_print(v, AKIN_JSON_COMPACT, 17, "{}");
    const char *key;
    akin_json *value;
    AKIN_JSON_EACH(v, key, value) CHECK(false);
    akin_json_put(v, "c", akin_json_array());
    check_print(v, AKIN_JSON_COMPACT, 17, "{\"c\":[]}");
    CHECK(!akin_json_equal(v, NULL));
    akin_json_free(v);
    akin_json_free(copy);
    akin_json_free(more);
}

static void equal_is_by_value(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal;
    } CASES[] = {
        { "{\"a\":1,\"b\":{}}", "{\"b\":{},\"a\":1}", true },
        { "[1]", "[1.0]", false },
        { "[1,2]", "[2,1]", false },
        { "{\"a\":1}", "{\"b\":1}", false },
        { "[{}]", "[[]]", false },
        { "[null,true]", "[null,true]", true },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        akin_json *a = parsed(CASES[i].a), *b = parsed(CASES[i].b);
        CHECK(akin_json_equal(a, b) == CASES[i].equal);
        akin_json_free(a);
        akin_json_free(b);
    }
}

static void files(void **state)
{
    (void)state;
    char path[600];
    snprintf(path, sizeof path, "%s/v.json", test_folder());
    akin_json *v = parsed("{\"a\":[1,0.333333333333]}"), *back = NULL;
    CHECK_OK(akin_json_save(path, v, AKIN_JSON_SPACED, 3, &err));
    CHECK_OK(akin_json_load(path, 100, AKIN_JSON_UNIQUE, &back, &err));
    check_print(back, AKIN_JSON_COMPACT, 17, "{\"a\":[1,0.33300000000000002]}");
    akin_json_free(back);
    back = NULL;
    CHECK_FAILS(akin_json_load(path, 3, 0, &back, &err), AKIN_ERR_INPUT, "v.json");
    CHECK_OK(akin_file_save(path, "{\n x", 4, &err));
    CHECK_FAILS(akin_json_load(path, 100, 0, &back, &err), AKIN_ERR_FORMAT, "v.json: line 2, column 2: ");
    CHECK(back == NULL);
    akin_json_free(v);
}

/* Values a line: empty lines are passed over, damaged ones told, and the reader goes on behind them. */
static void lines_of_values(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":1}\n\n \t\r\n{\"a\":\n[2]\n{\"a\":3}";
    static const akin_status want[] = { AKIN_OK, AKIN_ERR_FORMAT, AKIN_OK, AKIN_OK, AKIN_ERR_INPUT };
    size_t at = 0;
    akin_json *line;
    for (int i = 0; i < 5; i++) {
        CHECK(akin_json_line(text, sizeof text - 1, &at, &line, &err) == want[i]);
        CHECK((line != NULL) == (want[i] == AKIN_OK));
        if (i == 3) CHECK(akin_json_get_int(line, "a") == 3 && text[at - 1] != '\n');
        akin_json_free(line);
    }
    CHECK(akin_json_line(NULL, 0, &(size_t){ 0 }, &line, NULL) == AKIN_ERR_INPUT);

    char path[600];
    snprintf(path, sizeof path, "%s/v.jsonl", test_folder());
    CHECK_OK(akin_file_save(path, text, sizeof text - 1, &err));
    akin_json *list = NULL;
    CHECK_OK(akin_json_load_lines(path, 100, 10, &list, &err));
    check_print(list, AKIN_JSON_COMPACT, 17, "[{\"a\":1},[2],{\"a\":3}]");
    akin_json_free(list);
    list = NULL;
    CHECK_OK(akin_json_load_lines(path, 100, 1, &list, &err));
    CHECK(akin_json_length(list) == 1);
    akin_json_free(list);
    list = NULL;
    CHECK_FAILS(akin_json_load_lines(path, 10, 10, &list, &err), AKIN_ERR_INPUT, "v.jsonl");
    CHECK(list == NULL);
}

static void values_under_a_key(void **state)
{
    (void)state;
    akin_json *v = parsed("{\"t\":\"x\",\"n\":2,\"r\":2.5,\"y\":true}");
    CHECK(strcmp(akin_json_get_text(v, "t"), "x") == 0 && akin_json_get_text(v, "n") == NULL);
    CHECK(akin_json_get_int(v, "n") == 2 && akin_json_get_int(v, "r") == 0);
    CHECK(akin_json_get_real(v, "r") == 2.5 && akin_json_get_real(v, "n") == 2);
    CHECK(isnan(akin_json_get_real(v, "t")) && isnan(akin_json_get_real(NULL, "t")));
    CHECK(akin_json_get_bool(v, "y") && !akin_json_get_bool(v, "n"));
    akin_json_free(v);
}

/* Failing allocations ------------------------------------------------------------------------------------ */

static long left; /* allocations until they fail; negative = never */

/* Jansson's blocks lie in pages of their own. The pages of a freed one are closed: a value that is used after
 * it was freed ends the test, also without a sanitizer. */
typedef union fence {
    size_t bytes; /* of the mapping */
    max_align_t align;
} fence;

static int zeros = -1;

static void *meagre(size_t bytes)
{
    if (left == 0) return NULL;
    if (left > 0) left--;
    fence *f = mmap(NULL, sizeof *f + bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, zeros, 0);
    if (f == MAP_FAILED) return NULL;
    f->bytes = sizeof *f + bytes;
    return f + 1;
}

static void fenced_off(void *block)
{
    fence *f = block ? (fence *)block - 1 : NULL;
    if (f) mprotect(f, f->bytes, PROT_NONE);
}

static void begin_meagre(void)
{
    left = -1;
    zeros = open("/dev/zero", O_RDONLY);
    CHECK(zeros >= 0);
    json_set_alloc_funcs(meagre, fenced_off);
    ak_json_watch(); /* as the program does */
}

static void end_meagre(void)
{
    json_set_alloc_funcs(malloc, free);
    close(zeros);
}

/* Every builder once, on objects and arrays that are empty and not, and beyond the room that a new one
 * has. */
static akin_json *built(void)
{
    akin_json *root = akin_json_object(), *list = akin_json_array(), *one = akin_json_object();
    akin_json_put(one, "only", akin_json_int(1));
    akin_json_append(list, akin_json_text("text"));
    for (int i = 0; i < 20; i++)
        akin_json_append(list, akin_json_pack("{s:i,s:[f,s]}", "i", i, "x", 0.5, "y"));
    akin_json_put(root, "list", akin_json_share(list)); /* both are used again below */
    akin_json_put(root, "one", akin_json_share(one));
    akin_json_put(root, "empty", akin_json_object());
    for (int i = 0; i < 20; i++) {
        char key[16];
        snprintf(key, sizeof key, "key%d", i);
        akin_json_put(root, key, akin_json_real(i));
    }
    akin_json *more = akin_json_pack("{s:n,s:b}", "null", "bool", 1);
    akin_json_merge(root, more);
    akin_json_free(more);
    akin_json_put(root, "copy", akin_json_copy(one));
    akin_json_put(root, "again", list);
    akin_json_free(one);
    akin_json_remove(root, "key3");
    return root;
}

/* Whichever allocation fails, the document is refused as a whole, or it is complete. */
static void no_missing_part_goes_unnoticed(void **state)
{
    (void)state;
    akin_json *want = built();
    begin_meagre();
    long n = 0;
    for (bool failed = true; failed; n++) {
        left = n;
        akin_json *v = built();
        failed = left == 0;
        left = -1;
        const akin_status status = akin_json_check(v, &err);
        CHECK(status == (failed ? AKIN_ERR_NOMEM : AKIN_OK) || (failed && akin_json_equal(v, want)));
        char *text = NULL;
        CHECK(akin_json_print(v, AKIN_JSON_COMPACT, 17, &text, &err) == status);
        free(text);
        akin_json_free(v);
    }
    CHECK(n > 200);
    end_meagre();
    akin_json_free(want);
}

/* The header of saved weights is built of nested values. */
static void weights_without_memory(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s/t.safetensors", test_folder());
    const float data[2] = { 1, 2 };
    const int64_t shape[1] = { 2 };
    const ak_tensor_out tensor = { "weight", 1, shape, data };
    const ak_text_pair pair = { "step", "12" };
    begin_meagre();
    akin_status status = AKIN_ERR_NOMEM;
    for (long n = 0; status && n < 1000; n++) {
        left = n;
        status = ak_safetensors_save(path, &tensor, 1, &pair, 1, &err);
        CHECK(status == AKIN_OK || status == AKIN_ERR_NOMEM);
    }
    CHECK(status == AKIN_OK);
    end_meagre();
}

/* What was complete before a failure stays marked after it: later successes do not hide it. */
static void a_mark_stays(void **state)
{
    (void)state;
    begin_meagre();
    akin_json *empty = akin_json_object(), *some = akin_json_object(), *list = akin_json_array();
    akin_json_put(some, "a", akin_json_int(1));
    akin_json *x = akin_json_int(1), *y = akin_json_int(2);
    left = 0;
    akin_json_put(empty, "x", x);
    akin_json_put(some, "x", y);
    akin_json_append(list, akin_json_int(1));
    left = -1;
    akin_json_put(empty, "y", akin_json_int(1));
    akin_json_append(list, akin_json_int(1));
    akin_json *root = akin_json_pack("{s:o}", "list", list);
    CHECK(akin_json_check(empty, NULL) == AKIN_ERR_NOMEM && akin_json_check(some, NULL) == AKIN_ERR_NOMEM);
    CHECK(akin_json_check(root, NULL) == AKIN_ERR_NOMEM);
    int64_t n;
    CHECK_FAILS(akin_json_read_int(root, "list[0]", 0, 9, &n, &err), AKIN_ERR_NOMEM, "'list[0]'");
    CHECK(akin_json_check(NULL, NULL) == AKIN_ERR_NOMEM);
    akin_json_free(root);
    akin_json_free(empty);
    akin_json_free(some);
    end_meagre();
}

static void reading_without_memory(void **state)
{
    (void)state;
    const char text[] =
        "{\"a\":[1,2.5,\"text\",{},{\"b\":null}],\"c\":\"\\u00e9 and a longer text than the others\"}";
    begin_meagre();
    long n = 0;
    for (akin_status status = AKIN_ERR_NOMEM; status; n++) {
        akin_json *v = NULL;
        left = n;
        status = akin_json_parse(text, sizeof text - 1, "t", AKIN_JSON_UNIQUE, &v, &err);
        left = -1;
        if (status != AKIN_OK && status != AKIN_ERR_NOMEM)
            print_error("allocation %ld: %s\n", n, err.message);
        CHECK(status == AKIN_OK || (status == AKIN_ERR_NOMEM && v == NULL));
        if (status) CHECK(strstr(err.message, "no memory for the JSON of t"));
        akin_json_free(v);
    }
    CHECK(n > 10);
    end_meagre();
}

/* A program that embeds the library has its own functions, and keeps them. */
static void the_functions_of_others_stay(void **state)
{
    (void)state;
    begin_meagre();
    json_set_alloc_funcs(meagre, fenced_off); /* as set by someone else: without the watch */
    akin_json *v = NULL;
    CHECK_OK(akin_json_parse("[1,\"two\"]", 9, "t", AKIN_JSON_UNIQUE, &v, &err));
    json_malloc_t get;
    json_free_t give;
    json_get_alloc_funcs(&get, &give);
    CHECK(get == meagre && give == fenced_off);
    akin_json_free(v);
    left = 0;
    v = NULL;
    CHECK(akin_json_parse("[1,\"two\"]", 9, "t", AKIN_JSON_UNIQUE, &v, &err) != AKIN_OK && !v);
    end_meagre();
}

static void no_text_reaches_a_terminal_as_a_command(void **state)
{
    (void)state;
    akin_json *v =
        akin_json_pack("[s,s,s]", "\x7f\x1b[0m\n", "a\xc2\x9b\xc3\xbc", "\xe2\x80\xaex\xef\xbb\xbf");
    check_print(v, AKIN_JSON_COMPACT, 17,
                "[\"\\u007F\\u001B[0m\\n\",\"a\\u009B\xc3\xbc\",\"\\u202Ex\\uFEFF\"]");
    akin_json_free(v);
    v = akin_json_pack("{s:s}", "\xc2\x80", "b\x7f");
    check_print(v, AKIN_JSON_INDENTED, 17, "{\n \"\\u0080\": \"b\\u007F\"\n}");
    akin_json_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_text_reaches_a_terminal_as_a_command),
        cmocka_unit_test(layouts_and_digits),
        cmocka_unit_test(malformed_text_is_refused),
        cmocka_unit_test(duplicates),
        cmocka_unit_test(deep_nesting),
        cmocka_unit_test(numbers_at_the_limits),
        cmocka_unit_test(getters_tell_cases_apart),
        cmocka_unit_test(what_is_absent_is_left_out),
        cmocka_unit_test(text_that_is_not_utf8_is_repaired),
        cmocka_unit_test(objects_change),
        cmocka_unit_test(equal_is_by_value),
        cmocka_unit_test(files),
        cmocka_unit_test(lines_of_values),
        cmocka_unit_test(values_under_a_key),
        cmocka_unit_test(no_missing_part_goes_unnoticed),
        cmocka_unit_test(weights_without_memory),
        cmocka_unit_test(a_mark_stays),
        cmocka_unit_test(reading_without_memory),
        cmocka_unit_test(the_functions_of_others_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
