/* SPDX-License-Identifier: Apache-2.0 */
/* A program that has called setlocale(): numbers and letters are read and written as in "C", training has the
 * same weights and the same record, and the functions of the user see the user's locale. The other tests run
 * once more in such a locale as NAME_de. */
#include "akin/model.h"
#include "akin/tool/json.h"
#include "akin/tool/program.h"
#include "akin/train.h"
#include "base/plain.h"
#include "test.h"

static akin_error err;
static char folder[256];

static const char *const LOCALES[] = { "de_DE.UTF-8", "tr_TR.UTF-8" };

static void enter(const char *name)
{
    if (setlocale(LC_ALL, name)) return;
    print_message("skipped: no locale %s here\n", name);
    exit(77);
}

static void numbers_have_a_point(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        enter(LOCALES[k]);
        char text[64], *end = NULL;
        snprintf(text, sizeof text, "%.1f", 0.5);
        CHECK(strcmp(text, "0,5") == 0); /* it is such a locale */
        ak_snprintf(text, sizeof text, "%.2f %g %a|%s", 0.25, 1.5e-7, 0.75, "0,5");
        CHECK(strcmp(text, "0.25 1.5e-07 0x1.8p-1|0,5") == 0);
        CHECK(ak_strtod("0.75,5", &end) == 0.75 && strcmp(end, ",5") == 0);
        CHECK(ak_strtof("1e-3x", &end) == 1e-3f && *end == 'x');
        akin_json *v = NULL;
        CHECK_OK(akin_json_parse("[2.5]", 5, "text", 0, &v, &err));
        CHECK(akin_json_as_real(akin_json_at(v, 0)) == 2.5);
        char *printed = NULL;
        CHECK_OK(akin_json_print(v, AKIN_JSON_COMPACT, 17, &printed, &err));
        CHECK(strcmp(printed, "[2.5]") == 0);
        free(printed);
        akin_json_free(v);
        CHECK(strcmp(localeconv()->decimal_point, ",") == 0); /* what was is there again */
    }
    setlocale(LC_ALL, "C");
}

static void letters_are_those_of_ascii(void **state)
{
    (void)state;
    enter("tr_TR.UTF-8");
    CHECK(ak_strcasecmp("LIBSVM", "libsvm") == 0 && ak_strncasecmp("INFinity", "inf", 3) == 0);
    CHECK(ak_strcasecmp("a", "b") < 0 && ak_strcasecmp("ab", "A") > 0 && ak_strncasecmp("a", "b", 0) == 0);
    for (int c = 0; c < 256; c++) {
        const char x = (char)c;
        const bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
        CHECK(ak_isalpha(x) == (upper || lower) && ak_isdigit(x) == digit);
        CHECK(ak_isalnum(x) == (upper || lower || digit));
        CHECK(ak_isspace(x) == (c && strchr(" \t\n\v\f\r", c) != NULL));
        CHECK(ak_tolower(x) == (char)(upper ? c + 32 : c));
    }
    setlocale(LC_ALL, "C");
}

/* The keys of records that hold times. */
static bool changes(const char *key)
{
    static const char *const KEYS[] = { "seconds",       "elapsed_s",      "time_left_s",
                                        "samples_per_s", "data_wait_frac", "created" };
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (strcmp(key, KEYS[i]) == 0) return true;
    return false;
}

static void check_same(const akin_json *a, const akin_json *b, const char *where)
{
    const char *key;
    akin_json *value;
    if (akin_json_is_object(a)) {
        CHECK(akin_json_keys(a) == akin_json_keys(b));
        AKIN_JSON_EACH(a, key, value)
        {
            const akin_json *other = akin_json_get(b, key);
            if (akin_json_kind_of(other) != akin_json_kind_of(value)) print_error("%s: '%s'\n", where, key);
            CHECK(akin_json_kind_of(other) == akin_json_kind_of(value));
            if (!changes(key)) check_same(value, other, key);
        }
        return;
    }
    if (!akin_json_equal(a, b)) print_error("'%s' differs\n", where);
    CHECK(akin_json_equal(a, b));
}

static akin_json *lines_of(const char *run, const char *name)
{
    char path[512];
    akin_json *list = NULL;
    snprintf(path, sizeof path, "%s/%s", run, name);
    CHECK_OK(akin_json_load_lines(path, 1 << 24, 1000, &list, &err));
    return list;
}

static akin_json *record_of(const char *run, const char *name)
{
    char path[512];
    akin_json *v = NULL;
    snprintf(path, sizeof path, "%s/%s", run, name);
    CHECK_OK(akin_json_load(path, 1 << 24, 0, &v, &err));
    return v;
}

typedef struct seen {
    char point[8];
    int calls;
} seen;

static void look(seen *s)
{
    CHECK(strcmp(localeconv()->decimal_point, s->point) == 0);
    s->calls++;
}

static void on_message(const char *line, void *ctx)
{
    (void)line;
    look(ctx);
}

static void on_progress(const akin_train_progress *p, void *ctx)
{
    CHECK(p->lr > 0 && p->lr <= 0.25);
    look(ctx);
}

static void train(const char *locale, const char *run)
{
    static const char *const OPTIONS[][2] = {
        { "epochs", "3" },    { "batch-size", "16" }, { "lr", "0.25" },          { "temperature", "0.35" },
        { "head-out", "4" },  { "warmup", "0.5" },    { "head-hidden", "8" },    { "encoder", "linear" },
        { "log-every", "1" }, { "workers", "1" },     { "weight-decay", "1e-4" }
    };
    char data[300];
    seen s = { .calls = 0 };
    snprintf(data, sizeof data, "%s/table.csv", folder);
    akin_train_config *c = NULL;
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    enter(locale);
    snprintf(s.point, sizeof s.point, "%s", localeconv()->decimal_point);
    opts.ctx = &s;
    opts.on_message = on_message;
    opts.on_progress = on_progress;
    CHECK_OK(akin_train_config_create(&c, &err));
    for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++)
        CHECK_OK(akin_train_config_set(c, OPTIONS[i][0], OPTIONS[i][1], &err));
    CHECK_FAILS(akin_train_config_set(c, "lr", "0,25", &err), AKIN_ERR_RANGE, "0,25");
    CHECK_OK(akin_train(data, run, c, &opts, &err));
    akin_train_config_free(c);
    setlocale(LC_ALL, "C");
    CHECK(s.calls > 10);
}

static void save_table(void)
{
    char path[300];
    snprintf(path, sizeof path, "%s/table.csv", folder);
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    fprintf(f, "width,height,depth,label\n");
    for (int i = 0; i < 48; i++)
        fprintf(f, "%.9g,%.17g,%.3e,%s\n", test_normal(), test_normal(), test_normal(), i % 3 ? "I" : "ı");
    fclose(f);
}

static void training_is_the_same(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", test_folder());
    save_table();
    char plain[300], other[300];
    snprintf(plain, sizeof plain, "%s/run", folder);
    train("C", plain);
    for (int k = 0; k < 2; k++) {
        snprintf(other, sizeof other, "%s/%s", folder, LOCALES[k]);
        train(LOCALES[k], other);
        static const char *const RECORDS[] = { "run.json", "DONE" };
        for (int r = 0; r < 2; r++) {
            akin_json *a = record_of(plain, RECORDS[r]), *b = record_of(other, RECORDS[r]);
            check_same(a, b, RECORDS[r]); /* DONE has the check sum of the weights */
            akin_json_free(a);
            akin_json_free(b);
        }
        akin_json *a = lines_of(plain, "metrics.jsonl"), *b = lines_of(other, "metrics.jsonl");
        CHECK(akin_json_length(a) == 9 && akin_json_length(b) == 9);
        for (size_t i = 0; i < 9; i++) check_same(akin_json_at(a, i), akin_json_at(b, i), "metrics.jsonl");
        akin_json_free(a);
        akin_json_free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(numbers_have_a_point),
                                        cmocka_unit_test(letters_are_those_of_ascii),
                                        cmocka_unit_test(training_is_the_same) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
