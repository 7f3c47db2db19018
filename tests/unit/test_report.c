/* SPDX-License-Identifier: Apache-2.0 */
/* report: the page of a run folder that the test writes (report_pages.h). Thumbnails are decoded again and
 * compared with the pixels. Then each part is taken away, damaged or filled with hostile text in turn. */
#include "report_pages.h"

#include <fcntl.h>
#include <png.h>
#include <sys/stat.h>

static void a_whole_run_is_told(void **state)
{
    (void)state;
    make_run();
    char *page = report();
    expect(page,
           "kNN accuracy 88.4" P " against 85.1" P " on raw pixels and 83.2" P " for a random encoder. ");
    expect(page, "The loss went 81 % of the way");
    expect(page, "Content-Security-Policy\" content=\"default-src 'none'; img-src data:; ");
    expect(page, "21\xC2\xA0November 2026, 21:13 UTC");
    expect(page, "trained in 2\xC2\xA0min 58\xC2\xA0s");
    expect(page, "akin train shoes --out run");
    expect(page, "274,832 parameters, 7.81 million multiply-adds an item, 128 features, projected to 64");
    expect(page, "60,000 to train, 10,000 to test");
    expect(page, "fingerprint <code>ab12</code>");
    expect(page, "instructions avx2, 2 threads");
    expect(page, "chance 6.931");
    expect(page, "floor 4.933");
    expect(page, "L = a &lt; b");
    expect(page, "<b>88.4" P "</b><span class=\"ci\">[87.8, 89.0]</span>");
    expect(page, "<b>+3.3</b>");
    expect(page, "5 labels per class");
    expect(page, "k = 20, T = 0.07, training items = 60,000, test items = 10,000.");
    expect(page, "alt=\"Sneaker, similarity 0.987 (b)\"");
    expect(page, "<li class=\"same\"><img");
    expect(page, "<li class=\"other\"><img");
    expect(page, "<li class=\"unknown\"><img");
    expect(page, "<b>1 of 2</b>, else Bag</p>");
    expect(page, "Of 2 neighbours, 1 (50 %) have the query");
    expect(page, "<th scope=\"rowgroup\"");
    CHECK(occurrences(page, "<img") == ROWS * (1 + VIEWS) + ROWS * 3);
    CHECK(occurrences(page, " alt=\"") == occurrences(page, "<img"));
    CHECK(occurrences(page, "<svg") ==
          occurrences(page, "</title>") - 1 + occurrences(page, "aria-hidden=\"true\"><path"));
    char *again = report();
    CHECK(strcmp(page, again) == 0);
    free(page);
    free(again);
    drop_run();
}

static int base64_value(char c)
{
    static const char DIGIT[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(DIGIT, c) : NULL;
    return at ? (int)(at - DIGIT) : -1;
}

/* The pixels of the picture whose data URI begins at text. */
static void decode_picture(const char *text, int format, unsigned char *pixels, int64_t bytes)
{
    static unsigned char file[65536];
    size_t n = 0;
    unsigned bits = 0, held = 0;
    for (; base64_value(*text) >= 0; text++) {
        bits = bits << 6 | (unsigned)base64_value(*text);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        file[n++] = (unsigned char)(bits >> held);
    }
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    CHECK(png_image_begin_read_from_memory(&image, file, n));
    image.format = (png_uint_32)format;
    CHECK(image.width == W && image.height == H);
    CHECK((int64_t)PNG_IMAGE_SIZE(image) == bytes);
    CHECK(png_image_finish_read(&image, NULL, pixels, 0, NULL));
}

static void thumbnails_are_the_pixels(void **state)
{
    (void)state;
    make_run();
    char *page = report();
    const struct {
        const char *section;
        const unsigned char *pixels;
        int64_t count, bytes;
        int format;
    } sheets[] = { { "id=\"views\"", views, ROWS * (1 + VIEWS), H * W * 3, PNG_FORMAT_RGB },
                   { "id=\"neighbours\"", near_pixels, ROWS * 3, H * W, PNG_FORMAT_GRAY } };
    for (int s = 0; s < 2; s++) {
        const char *at = strstr(page, sheets[s].section);
        CHECK(at != NULL);
        for (int64_t i = 0; i < sheets[s].count; i++) {
            unsigned char got[H * W * 3];
            at = strstr(at, "base64,");
            CHECK(at != NULL);
            at += 7;
            decode_picture(at, sheets[s].format, got, sheets[s].bytes);
            CHECK(memcmp(got, sheets[s].pixels + i * sheets[s].bytes, (size_t)sheets[s].bytes) == 0);
        }
    }
    free(page);
    drop_run();
}

static void hostile_text_stays_text(void **state)
{
    (void)state;
    make_run();
    save("run.json", "{\"command\":\"akin train '</code><script>alert(1)</script>' \\u202e "
                     "\xFF\xC3(\",\"created\":\"<b>\","
                     "\"config\":{\"<i>\":\"\\\"><script>\",\"list\":[\"<u>\",{\"a\":\"&amp;\"}]},"
                     "\"akin\":{\"version\":\"<x>\",\"isa\":\"\\u0001\\u0085\"}," RUN_DATA(
                         "\"<script>alert(2)</script>\",\"\xED\xA0\x80\",\"caf\xC3\xA9\"") RUN_TAIL);
    save("gallery/neighbours.json",
         "{\"rows\":[{\"query\":{\"item\":\"\\\" "
         "onload=\\\"x\",\"label\":\"<s>\"},\"neighbours\":[{\"item\":\"'\","
         "\"label\":\"<script>3\"},{\"item\":7,\"label\":\"<s>\",\"similarity\":\"x\"}]},{},[]]}");
    save("metrics.jsonl", "{\"step\":1,\"loss\":5,\"verdict\":\"</figcaption><script>\"}\n");
    save("DONE", "{\"weights_xxh64\":\"<img src=x>\"}");
    save("eval.json",
         "{\"results\":[{\"protocol\":\"<script>-v1\",\"encoder\":\"trained\",\"layer\":\"backbone\","
         "\"top1\":0.5},{\"protocol\":\"<script>-v1\"},5,null,\"x\"]}");
    save("diagnose.json", "{\"layer\":\"<script>4\",\"items\":\"x\",\"spectrum\":[0.5,\"<b>\",2,-3],"
                          "\"measures\":[{\"name\":\"<script>5\","
                          "\"value\":null,\"verdict\":\"<i>\",\"means\":\"</"
                          "td>\",\"paper\":\"[<x>]\",\"mark\":\"\\\"\"},5,null,[],{\"name\":7}]}");
    char *page = report();
    expect(page, "&lt;script&gt;5");
    expect(
        page,
        "&lt;/code&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39; \\xe2\\x80\\xae \xEF\xBF\xBD\xEF\xBF\xBD(");
    expect(page, "caf\xC3\xA9");
    expect(page, "<th scope=\"row\">&lt;i&gt;</th><td>&quot;&gt;&lt;script&gt;</td>");
    expect(page, "&quot; onload=&quot;x");
    CHECK(!strstr(page, "\xFF") && !strstr(page, "\xE2\x80\xAE") && !strstr(page, "\x01"));
    free(page);
    drop_run();
}

static void missing_parts_become_sentences(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *sentence; /* text NULL: the file is removed */
    } CASES[] = {
        { "eval.json", NULL, "This run has not been evaluated" },
        { "eval.json", "{\"results\":", "eval.json could not be used: " },
        { "eval.json", "[]", "it has no list of results" },
        { "eval.json", "{\"results\":[]}", "This run has not been evaluated" },
        { "metrics.jsonl", NULL, "there is no curve to show" },
        { "metrics.jsonl", "", "there is no curve to show" },
        { "metrics.jsonl", "{\"step\":1,\"loss\":null}\n", "1 logged step has no finite loss" },
        { "metrics.jsonl", "{\"step\":1,\"loss\":6.5}\n{\"step\":2,\"lo",
          "The last line of metrics.jsonl is incomplete" },
        { "metrics.jsonl",
          "{\"step\":1,\"loss\":6.5}\nx\n{\"step\":2,\"loss\":NaN}\n{\"step\":3,\"loss\":6}\n",
          "2 lines of metrics.jsonl could not be read and were left out" },
        { "metrics.jsonl", "{\"step\":1,\"loss\":1e308}\n{\"step\":2,\"loss\":-1e308}\n", "Figure 1." },
        { "metrics.jsonl", "{\"step\":9e15,\"loss\":6}\n{\"step\":9.000001e15,\"loss\":6}\n", "Figure 1." },
        { "diagnose.json", "{", "diagnose.json could not be used: " },
        { "diagnose.json", "{\"measures\":7}",
          "diagnose.json could not be used: it has no list of measures" },
        { "diagnose.json", "{\"measures\":[]}", "Training" },
        { "diagnose.json", "{\"measures\":[{\"name\":\"nc1\",\"value\":1.5,\"mark\":\"unverified\"}]}",
          "unverified" },
        { "DONE", NULL, "still running, or interrupted" },
        { "DONE", "", "DONE could not be used: " },
        { "DONE", "[]", "finished" },
        { "gallery/views.npy", NULL, "Nearest neighbours" },
        { "gallery/views.npy", "\x93NUMPY", "gallery/views.npy could not be used: " },
        { "gallery/neighbours.json", NULL, "unlabelled" },
        { "gallery/neighbours.json", "{\"rows\":[{}]}", "it has 1 rows and gallery/neighbours.npy has 3" },
        { "run.json", "{}", "Training" },
        { "run.json", "{\"loss\":{\"chance\":6.93,\"floor\":null}}", "no floor is known" },
        { "run.json", "{\"loss\":{\"chance\":3,\"floor\":4},\"data\":[],\"akin\":7,\"config\":1}",
          "no floor is known" },
        { "run.json", "{\"loss\":{\"chance\":null}}", "no floor is known" },
    };
    for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
        make_run();
        unlink(in(CASES[c].name));
        if (CASES[c].text) save(CASES[c].name, CASES[c].text);
        char *page = report();
        expect(page, CASES[c].sentence);
        free(page);
        drop_run();
    }
}

static void pictures_of_a_wrong_shape_are_left_out(void **state)
{
    (void)state;
    static const int64_t SHAPES[][5] = {
        { 3, 1, 2, 2, 1 }, { 3, 2, 2, 2, 2 }, { 1, 2, 9000, 1, 1 }, { 2, 2, 0, 2, 1 }
    };
    static unsigned char zeros[2 * 9000];
    for (int s = 0; s < 5; s++) {
        make_run();
        if (s < 4)
            CHECK_OK(akin_npy_save(in("gallery/views.npy"), AKIN_DTYPE_U8, 5, SHAPES[s], zeros, &err));
        else
            CHECK_OK(akin_npy_save(in("gallery/views.npy"), AKIN_DTYPE_F32, 5, (int64_t[]){ 1, 2, 1, 1, 1 },
                                   zeros, &err));
        char *page = report();
        expect(page, "gallery/views.npy could not be used: ");
        CHECK(!strstr(page, "id=\"views\""));
        free(page);
        drop_run();
    }
}

static void a_folder_that_is_no_run_is_refused(void **state)
{
    (void)state;
    make_run();
    const char *runs[] = { folder }, *nowhere[] = { "/nonexistent/run" }, *file[] = { page_path };
    CHECK_FAILS(akin_report_write(nowhere, 1, NULL, NULL, &err), AKIN_ERR_INPUT, "'/nonexistent/run'");
    save("report.html", "x");
    CHECK_FAILS(akin_report_write(file, 1, NULL, NULL, &err), AKIN_ERR_INPUT, "not a run folder");
    unlink(in("run.json"));
    CHECK_FAILS(akin_report_write(runs, 1, NULL, NULL, &err), AKIN_ERR_INPUT, "has no run.json");
    save("run.json", "{\"a\":");
    CHECK_FAILS(akin_report_write(runs, 1, NULL, NULL, &err), AKIN_ERR_FORMAT, "line 1");
    save("run.json", "[1]");
    CHECK_FAILS(akin_report_write(runs, 1, NULL, NULL, &err), AKIN_ERR_FORMAT, "no JSON object");
    save("run.json", "");
    CHECK_FAILS(akin_report_write(runs, 1, NULL, NULL, &err), AKIN_ERR_FORMAT, "empty");
    CHECK_FAILS(akin_report_write(NULL, 1, NULL, NULL, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_report_write(runs, 0, NULL, NULL, &err), AKIN_ERR_RANGE, "1 to 64");
    char *page = NULL; /* a failure leaves the old page alone */
    CHECK_OK(akin_file_load(page_path, 100, &page, NULL, &err));
    CHECK(strcmp(page, "x") == 0);
    free(page);
    drop_run();
}

static void an_existing_file_is_kept_unless_told(void **state)
{
    (void)state;
    make_run();
    char other[600];
    snprintf(other, sizeof other, "%s/gallery/../DONE", folder);
    const char *runs[] = { folder };
    CHECK_FAILS(akin_report_write(runs, 1, other, NULL, &err), AKIN_ERR_ARGUMENT, "--force");
    const akin_report_opts force = { .struct_size = sizeof force, .overwrite = 1 };
    CHECK_OK(akin_report_write(runs, 1, other, &force, &err));
    free(read_page(other));
    free(report());
    snprintf(other, sizeof other, "%s/gallery/../report.html", folder); /* the run's own, by another name */
    CHECK_OK(akin_report_write(runs, 1, other, NULL, &err));
    drop_run();
}

static void a_resumed_run_counts_what_came_later(void **state)
{
    (void)state;
    make_run();
    save("metrics.jsonl",
         "{\"step\":1,\"loss\":6}\n{\"step\":2,\"loss\":5.9}\n{\"step\":3,\"loss\":5.111}\n"
         "{\"event\":\"resumed\"}\n{\"step\":2,\"loss\":5.888}\n{\"step\":3,\"loss\":5.222}\n");
    char *page = report();
    expect(page, "over 3 steps");
    expect(page, "Last value 5.222");
    CHECK(!strstr(page, "5.111"));
    free(page);
    drop_run();
}

static void a_long_record_is_thinned(void **state)
{
    (void)state;
    make_run();
    save_metrics(100000, "");
    char *page = report();
    CHECK_LE(strlen(page), 400000);
    expect(page, "over 100,000 steps");
    free(page);
    drop_run();
}

static void many_pictures_stay_small(void **state)
{
    (void)state;
    make_run();
    enum { N = 64, COLUMNS = 11, SIDE = 40 }; /* noise does not compress: the worst case */
    const int64_t shape[5] = { N, COLUMNS, SIDE, SIDE, 3 };
    unsigned char *noise = malloc((size_t)N * COLUMNS * SIDE * SIDE * 3);
    for (int64_t i = 0; i < (int64_t)N * COLUMNS * SIDE * SIDE * 3; i++) noise[i] = (unsigned char)test_u64();
    CHECK_OK(akin_npy_save(in("gallery/views.npy"), AKIN_DTYPE_U8, 5, shape, noise, &err));
    CHECK_OK(akin_npy_save(in("gallery/neighbours.npy"), AKIN_DTYPE_U8, 5, shape, noise, &err));
    unlink(in("gallery/neighbours.json"));
    free(noise);
    char *page = report();
    CHECK_LE(strlen(page), 2e6);
    expect(page, "of 64 images are shown");
    expect(page, "of 64 queries are shown");
    free(page);
    drop_run();
}

static void large_pictures_are_averaged(void **state)
{
    (void)state;
    make_run();
    /* [1,2,192,384,1]: blocks of 4 x 4 become one pixel of 96 columns and 48 rows */
    enum { HEIGHT = 192, WIDTH = 384 };
    static unsigned char big[2 * HEIGHT * WIDTH];
    for (int i = 0; i < HEIGHT; i++)
        for (int j = 0; j < WIDTH; j++)
            big[i * WIDTH + j] = (unsigned char)(4 * (i / 4 % 8) + (j / 4 % 8) + (j % 2 ? 2 : 0));
    CHECK_OK(akin_npy_save(in("gallery/views.npy"), AKIN_DTYPE_U8, 5, (int64_t[]){ 1, 2, HEIGHT, WIDTH, 1 },
                           big, &err));
    char *page = report();
    expect(strstr(page, "id=\"views\""), "<img width=\"96\" height=\"48\"");
    free(page);
    drop_run();
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_run_is_told),
        cmocka_unit_test(thumbnails_are_the_pixels),
        cmocka_unit_test(hostile_text_stays_text),
        cmocka_unit_test(missing_parts_become_sentences),
        cmocka_unit_test(pictures_of_a_wrong_shape_are_left_out),
        cmocka_unit_test(a_folder_that_is_no_run_is_refused),
        cmocka_unit_test(an_existing_file_is_kept_unless_told),
        cmocka_unit_test(a_resumed_run_counts_what_came_later),
        cmocka_unit_test(a_long_record_is_thinned),
        cmocka_unit_test(many_pictures_stay_small),
        cmocka_unit_test(large_pictures_are_averaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
