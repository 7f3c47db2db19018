/* SPDX-License-Identifier: Apache-2.0 */
/* Charts of a study by its summary: which axis they are against, their curves, intervals and the paper's
 * points, read back from CSV, and the drawing. */
#include "test.h"

#include "akin/tool/plot.h"
#include "akin/tool/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/akin-plot-XXXXXX", path[256];
static akin_error err;

/* Configurations of K = 64, 4, 16 and two losses: mean K/2 (+ 1 of "b"), half of the interval 0.5. */
static akin_json *study(const char *k_label)
{
    static const char *const LOSS[] = { "a", "b" };
    static const int K[] = { 64, 4, 16 };
    char text[8192] = "{\"configurations\": [";
    for (int i = 0; i < 6; i++) {
        const int k = K[i % 3];
        const int mean = k / 2 + i / 3; /* written without a locale's decimal point */
        char label[32], one[700];
        snprintf(label, sizeof label, k_label, k);
        snprintf(
            one, sizeof one,
            "%s{\"name\": \"K=%s loss=%s\", \"labels\": {\"K\": \"%s\", \"loss\": \"%s\"}, \"results\": {"
            "\"top 1, %%\": {\"n\": 3, \"mean\": %d, \"low\": %d.5, \"high\": %d.5%s}, "
            "\"nothing\": {\"n\": 0, \"mean\": null}}}",
            i ? ", " : "", label, LOSS[i / 3], label, LOSS[i / 3], mean, mean - 1, mean,
            i == 1 ? ", \"published\": 7.25" : "");
        strcat(text, one);
    }
    strcat(text, "]}");
    akin_json *root = NULL;
    CHECK_OK(akin_json_parse(text, strlen(text), "study", 0, &root, &err));
    return root;
}

static const char *written(const akin_json *of, const char *what, const char *end)
{
    static char text[65536];
    akin_plot_opts o = AKIN_PLOT_OPTS_INIT;
    o.overwrite = 1;
    snprintf(path, sizeof path, "%s/f%s", dir, end);
    CHECK_OK(akin_plot_write(NULL, 0, of, what, path, &o, &err));
    FILE *f = fopen(path, "rb");
    CHECK(f != NULL);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    unlink(path);
    return text;
}

static void a_study_against_its_numbers(void **state)
{
    (void)state;
    akin_json *s = study("%d"), *list = NULL;
    CHECK_OK(akin_plot_list(NULL, 0, s, &list, &err));
    CHECK(akin_json_length(list) == 1); /* what has no result is left out */
    CHECK(strcmp(akin_json_get_text(akin_json_at(list, 0), "name"), "top-1") == 0);
    akin_json_free(list);
    const char *csv = written(s, "top-1", ".csv");
    CHECK(strcmp(csv, "K,loss=a,loss=a low,loss=a high,\"loss=a, paper\",loss=b,loss=b low,loss=b high\r\n"
                      "4,2,1.5,2.5,7.25,3,2.5,3.5\r\n"
                      "16,8,7.5,8.5,,9,8.5,9.5\r\n"
                      "64,32,31.5,32.5,,33,32.5,33.5\r\n") == 0);
    const char *svg = written(s, "top-1", ".svg");
    CHECK(strstr(svg, ">top 1, %</text>") && strstr(svg, ">loss=a, paper</text>") &&
          strstr(svg, ">64</text>"));
    int spans = 0, open = 0;
    for (const char *at = svg; (at = strstr(at, "class=\"span ")) != NULL; at++) spans++;
    for (const char *at = svg; (at = strstr(at, " open\"")) != NULL; at++) open++;
    CHECK(spans == 6 && open == 2); /* an interval a point; the paper's point, and its mark in the legend */
    CHECK(strstr(written(s, "top-1", ".tex"), "xmode=log") != NULL);
    akin_json_free(s);
}

static void a_study_without_numbers(void **state)
{
    (void)state;
    akin_json *s = study("k%d");
    const char *csv = written(s, "top-1", ".csv");
    CHECK(strncmp(csv,
                  "configuration,measured,measured low,measured high,paper\r\nK=k64 loss=a,32,31.5,32.5,\r\n"
                  "K=k4 loss=a,2,1.5,2.5,7.25\r\n",
                  110) == 0);
    CHECK(strstr(written(s, "top-1", ".svg"), ">K=k16 loss=b</text>") != NULL);
    akin_json_free(s);
}

static void what_is_refused(void **state)
{
    (void)state;
    akin_json *s = study("%d"), *out = NULL;
    akin_plot_opts o = AKIN_PLOT_OPTS_INIT;
    snprintf(path, sizeof path, "%s/x.svg", dir);
    CHECK(akin_plot_list(NULL, 1, NULL, &out, &err) == AKIN_ERR_ARGUMENT);
    CHECK(akin_plot_list(NULL, 0, s, NULL, &err) == AKIN_ERR_ARGUMENT);
    CHECK(akin_plot_write(NULL, 0, s, NULL, path, NULL, &err) == AKIN_ERR_ARGUMENT);
    CHECK(akin_plot_write(NULL, 0, s, "top-1", NULL, NULL, &err) == AKIN_ERR_ARGUMENT);
    CHECK(akin_plot_write(NULL, 0, s, "top-2", path, NULL, &err) == AKIN_ERR_ARGUMENT &&
          strstr(err.message, "'top-1'"));
    CHECK(akin_plot_write(NULL, 0, s, "top-1", "svg", NULL, &err) == AKIN_ERR_ARGUMENT);
    CHECK(akin_plot_write(NULL, 0, s, "top-1", "/tmp/.svg", NULL, &err) == AKIN_ERR_ARGUMENT);
    const double bad[] = { 99, -1, AKIN_PLOT_MOST + 1, NAN, INFINITY };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        o.width = bad[i];
        CHECK(akin_plot_write(NULL, 0, s, "top-1", path, &o, &err) == AKIN_ERR_RANGE);
    }
    o = (akin_plot_opts)AKIN_PLOT_OPTS_INIT;
    for (int i = 0; i < 4; i++) {
        o.map_items = i == 0 ? 2 : i == 1 ? AKIN_REPORT_MAX_MAP + 1 : 1000;
        o.clusters = i == 2 ? -2 : i == 3 ? AKIN_REPORT_MAX_CLUSTERS + 1 : 0;
        CHECK(akin_plot_make(NULL, 0, s, "top-1", path, &o, &err) == AKIN_ERR_RANGE);
    }
    CHECK(akin_plot_make(NULL, 0, s, "map", path, NULL, &err) == AKIN_ERR_ARGUMENT);
    CHECK(akin_plot_make(NULL, 1, NULL, "map", path, NULL, &err) == AKIN_ERR_ARGUMENT);
    CHECK(access(path, F_OK) != 0);
    CHECK_OK(akin_plot_make(NULL, 0, s, "top-1", path, NULL, &err)); /* of a study all is as without a map */
    CHECK(unlink(path) == 0);
    akin_json_free(s);
    CHECK_OK(akin_json_parse("{}", 2, "empty", 0, &s, &err));
    CHECK_OK(akin_plot_list(NULL, 0, s, &out, &err));
    CHECK(akin_json_length(out) == 0);
    akin_json_free(out);
    akin_json_free(s);
}

int main(void)
{
    if (!mkdtemp(dir)) return 1;
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_study_against_its_numbers),
                                        cmocka_unit_test(a_study_without_numbers),
                                        cmocka_unit_test(what_is_refused) };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(dir);
    return failed;
}
