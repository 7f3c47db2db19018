/* SPDX-License-Identifier: Apache-2.0 */
/* report: what the page says first, of one run and of several. */
#include "report_pages.h"

static void few_steps_are_told(void **state)
{
    (void)state;
    make_run();
    unlink(in("DONE"));
    save_metrics(99, "");
    char *page = report();
    expect(page, "class=\"headline\"><b>99 steps are too few to judge.</b> kNN accuracy ");
    free(page);
    save("DONE", "{\"steps\":1}");
    page = report();
    expect(page, "class=\"headline\"><b>1 step is too few to judge.</b> kNN accuracy ");
    free(page);
    unlink(in("DONE"));
    save_metrics(100, "");
    page = report();
    CHECK(!strstr(page, "too few to judge"));
    free(page);
    drop_run();
}

static void a_headline_does_not_flatter(void **state)
{
    (void)state;
    static const struct {
        double raw, random, trained;
        const char *end;
    } CASES[] = { { 0.851, 0.832, 0.856, "for a random encoder; the 95 % intervals overlap." },
                  { 0.851, 0.832, 0.80, "for a random encoder; training made it worse." },
                  { 0.70, 0.90, 0.88, "for a random encoder; training made it worse." },
                  { 0.851, 0.832, 0.884, "for a random encoder. " } };
    for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
        make_run();
        save_eval("knn-v1", CASES[c].raw, CASES[c].random, CASES[c].trained);
        char *page = report();
        expect(page, CASES[c].end);
        free(page);
        drop_run();
    }
}

/* What eval.json tells of the same items decides, not two intervals side by side. */
static void a_headline_says_no_better_than_pixels(void **state)
{
    (void)state;
    static const struct {
        const char *verdict, *more, *end;
    } CASES[] = { { "level", "\"difference\":0.002,\"ci95\":[-0.004,0.008],\"p\":0.51",
                    ": <b>no better than pixels</b> (+0.2 points, 95" P " \xE2\x88\x92"
                    "0.4 to 0.8), <b>no better "
                    "than a random encoder</b> (+0.2 points, " },
                  { "below", "\"difference\":-0.063,\"ci95\":[-0.07,-0.056],\"p\":1e-30",
                    ": <b>no better than pixels</b> (\xE2\x88\x92"
                    "6.3 points, 95" P " \xE2\x88\x92"
                    "7.0 to " },
                  { "above", "\"difference\":0.033,\"ci95\":[0.026,0.04],\"p\":1e-20",
                    ": <b>better than pixels</b> by 3.3 points (95" P " 2.6 to 4.0), <b>better than a random "
                    "encoder</b> by 3.3 points (95" P " 2.6 to 4.0). " } };
    for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
        static char text[8192];
        char more[1024];
        snprintf(more, sizeof more,
                 ",\"against\":[{\"encoder\":\"none\",\"layer\":\"pixels\",%s,\"verdict\":\"%s\"},"
                 "{\"encoder\":\"random\",\"layer\":\"backbone\",%s,\"verdict\":\"%s\"},5,{}]",
                 CASES[c].more, CASES[c].verdict, CASES[c].more, CASES[c].verdict);
        make_run();
        char *at = text + sprintf(text, "{\"results\":[");
        at = result(at, "knn-v1", "none", "pixels", 0.851, "");
        at = result(at, "knn-v1", "random", "backbone", 0.832, "");
        at = result(at, "knn-v1", "trained", "backbone", c == 1 ? 0.788 : c == 2 ? 0.884 : 0.853, more);
        sprintf(at, "]}");
        save("eval.json", text);
        char *page = report();
        expect(page, CASES[c].end);
        expect(page, c == 1   ? ">6.3 points below raw pixels"
                     : c == 2 ? ">+3.3 points over raw pixels"
                              : ">+0.2 points over raw pixels");
        CHECK(!strstr(page, "intervals overlap"));
        free(page);
        drop_run();
    }
}

/* The rows of whitened features come first in the file: nothing may take them for the plain ones. */
static void whitened_is_compared_with_whitened(void **state)
{
    (void)state;
    static char text[8192];
    make_run();
    char *at = text + sprintf(text, "{\"results\":[");
    at = result(at, "knn-v1", "none", "pixels-white", 0.871, ",\"shrinkage\":0.01");
    at = result(at, "knn-v1", "random", "backbone-white", 0.8733, ",\"shrinkage\":0.01");
    at = result(at, "knn-v1", "trained", "backbone-white", 0.9062, ",\"shrinkage\":0.01");
    at = result(at, "knn-v1", "none", "pixels", 0.851, "");
    at = result(at, "knn-v1", "random", "backbone", 0.832, "");
    at = result(at, "knn-v1", "trained", "backbone", 0.884, "");
    sprintf(at, "],\"seconds\":41.2}");
    save("eval.json", text);
    char *page = report();
    expect(page, "kNN accuracy 88.4" P " against 85.1" P " on raw pixels and 83.2" P " for a random encoder. "
                 "With all features whitened: 90.6" P " against 87.1" P " on raw pixels and 87.3" P
                 " for a random encoder. ");
    expect(page, "<th scope=\"row\">backbone, whitened</th>");
    expect(page, "<dt>Whitened</dt>");
    expect(page, "0.01 of the average variance");
    const char *row = strstr(page, "<th scope=\"row\">backbone, whitened</th>");
    const char *gain = strstr(row, "class=\"gain\"><b>");
    CHECK(gain && strncmp(gain, "class=\"gain\"><b>+3.3<", 21) == 0); /* 90.62 - 87.33 */
    expect(page,
           "+3.3 points over raw pixels"); /* the key figure is that of the plain features: 88.4 - 85.1 */
    free(page);
    drop_run();

    make_run(); /* without such rows nothing is said of them */
    page = report();
    CHECK(!strstr(page, "hitened</th>") && !strstr(page, "<dt>Whitened") &&
          !strstr(page, "features whitened"));
    free(page);
    drop_run();
}

static void several_runs_are_compared(void **state)
{
    (void)state;
    char first[512], second[512], out[600];
    make_run();
    snprintf(first, sizeof first, "%s", folder);
    make_run();
    snprintf(second, sizeof second, "%s", folder);
    snprintf(out, sizeof out, "%s/report.html", second);
    save("run.json",
         "{\"config\":{\"lr\":0.1,\"flip\":true,\"only\":\"<here>\"},\"loss\":{\"chance\":6.9305,\"floor\":"
         "4.9326}}");
    save_eval("knn-v1", 0.851, 0.832, 0.861);
    const char *runs[] = { first, second };
    CHECK_FAILS(akin_report_write(runs, 2, NULL, NULL, &err), AKIN_ERR_ARGUMENT, "-o FILE");
    CHECK_OK(akin_report_write(runs, 2, out, NULL, &err));
    char *page = read_page(out);
    expect(page, "2 runs compared");
    expect(page, "kNN accuracy from 86.1" P " (");
    expect(page, "loss (nats)");
    expect(page, "<th scope=\"row\">lr</th><td>0.06</td><td>0.1</td>");
    expect(page, "<td>&lt;here&gt;</td>");
    CHECK(!strstr(page, "<th scope=\"row\">flip</th>"));
    expect(page, "were made with different data");
    free(page);

    save("run.json", "{\"loss\":{\"chance\":5,\"floor\":1}}");
    CHECK_OK(akin_report_write(runs, 2, out, NULL, &err));
    page = read_page(out);
    expect(page, "share of the way from chance to floor");
    free(page);

    save_eval("knn-v2", 0.851, 0.832, 0.861);
    CHECK_FAILS(akin_report_write(runs, 2, out, NULL, &err), AKIN_ERR_INPUT, "knn-v2");
    save("eval.json",
         "{\"results\":[{\"protocol\":\"knn-v1\",\"encoder\":\"trained\",\"layer\":\"backbone\",\"top1\":0.5,"
         "\"k\":200}]}");
    CHECK_FAILS(akin_report_write(runs, 2, out, NULL, &err), AKIN_ERR_INPUT, "k = ");
    drop_run();
    snprintf(folder, sizeof folder, "%s", first);
    drop_run();
}

/* Also below chance: with partners permuted the loss is the same. A run of an older version, which has not
 * logged that, is judged as it was. */
static void a_run_that_learned_nothing_is_told_first(void **state)
{
    (void)state;
    make_run();
    save("metrics.jsonl",
         "{\"step\":9,\"loss\":5.01,\"chance\":6.9,\"floor\":4.9,\"learned\":0.02,\"permuted\":5.02,"
         "\"verdict\":\"nothing learned\"}\n");
    char *page = report();
    CHECK(strstr(page, "not show that anything was learned: it is 5.01") &&
          !strstr(page, "at the first step"));
    CHECK(strstr(page, "with partners permuted it would be 5.02"));
    free(page);
    save(
        "metrics.jsonl",
        "{\"step\":9,\"loss\":5.4,\"chance\":6.9,\"floor\":4.9,\"learned\":0.75,\"verdict\":\"learning\"}\n");
    page = report();
    CHECK(strstr(page, "75 % of the way from its chance level to its floor"));
    CHECK(!strstr(page, "permuted it"));
    free(page);
    save(
        "metrics.jsonl",
        "{\"step\":1,\"loss\":6.7,\"chance\":6.9,\"floor\":4.9,\"learned\":0.07,\"verdict\":\"learning\"}\n"
        "{\"step\":9,\"loss\":5.4,\"chance\":6.9,\"floor\":4.9,\"learned\":0.75,\"verdict\":\"learning\"}\n");
    page = report();
    CHECK(strstr(
        page, "75 % of the way from its chance level to its floor, of which <b>7 % at the first step</b>"));
    CHECK(strstr(page, "<small>7 % at the first step</small>"));
    free(page);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_steps_are_told),
        cmocka_unit_test(a_headline_does_not_flatter),
        cmocka_unit_test(a_headline_says_no_better_than_pixels),
        cmocka_unit_test(whitened_is_compared_with_whitened),
        cmocka_unit_test(several_runs_are_compared),
        cmocka_unit_test(a_run_that_learned_nothing_is_told_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
