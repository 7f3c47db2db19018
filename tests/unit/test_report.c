/* SPDX-License-Identifier: Apache-2.0 */
/* report: the page of a run folder that the test writes. The page is read back by a small HTML reader that
 * knows nothing of how it was made: elements nest, attributes are quoted, text holds no markup, nothing
 * points outside. Thumbnails are decoded again and compared with the pixels. Then each part is taken away,
 * damaged or filled with hostile text in turn. */
#include "akin/tool/program.h"
#include "akin/tool/report.h"

#include "report/chart.h"
#include "report/html.h"
#include "base/plain.h"
#include "test.h"

#include <ctype.h>
#include <fcntl.h>
#include <float.h>
#include <png.h>
#include <sys/stat.h>

static akin_error err;
static char folder[512], page_path[600];

/* Writing run folders ---------------------------------------------------------------------------------- */

static const char *in(const char *name)
{
    static char path[700];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void save(const char *name, const char *text)
{
    CHECK_OK(akin_file_save(in(name), text, strlen(text), &err));
}

#define RUN_HEAD                                                                                             \
    "{\"akin\":{\"version\":\"0.1.0\",\"isa\":\"avx2\",\"threads\":2},\"created\":\"2026-11-21T21:13:18Z\"," \
    "\"command\":\"akin train shoes --out run\",\"config\":{\"lr\":0.06,\"flip\":true,\"resume\":null},"
#define RUN_TAIL                                                                                             \
    "\"encoder\":{\"name\":\"tiny\",\"parameters\":274832,\"macs_per_image\":7812352,\"features\":128,"      \
    "\"projection\":64},\"loss\":{\"name\":\"ntxent\",\"line\":\"two views\",\"chance\":6.9305,\"floor\":"   \
    "4.9326,\"formula\":\"L = a < b\"}}"
#define RUN_DATA(classes)                                                                                    \
    "\"data\":{\"path\":\"/data/shoes\",\"name\":\"Shoes\",\"format\":\"idx\",\"fingerprint\":\"ab12\","     \
    "\"train\":60000,\"test\":10000,\"height\":28,\"width\":28,\"channels\":1,\"labels\":true,\"classes\":"  \
    "[" classes "]},"

static char *result(char *at, const char *protocol, const char *encoder, const char *layer, double top1,
                    const char *more)
{
    return at + ak_snprintf(
                    at, 512,
                    "%s{\"protocol\":\"%s\",\"encoder\":\"%s\",\"layer\":\"%s\",\"top1\":%.4f,\"top5\":null,"
                    "\"ci95\":[%.4f,%.4f],\"n\":10000,\"reference\":60000%s}",
                    at[-1] == '[' ? "" : ",", protocol, encoder, layer, top1, top1 - 0.006, top1 + 0.006,
                    more);
}

static void save_eval(const char *knn, double raw, double random, double trained)
{
    static char text[8192];
    char *at = text + sprintf(text, "{\"results\":[");
    at = result(at, knn, "none", "pixels", raw, ",\"k\":20,\"temperature\":0.07");
    at = result(at, knn, "random", "backbone", random, ",\"k\":20,\"temperature\":0.07");
    at = result(at, knn, "trained", "backbone", trained, ",\"k\":20,\"temperature\":0.07");
    at = result(at, knn, "trained", "projector", trained - 0.02, ",\"k\":20,\"temperature\":0.07");
    at = result(at, "mean-v1", "trained", "backbone", 0.802, ",\"labels_per_class\":null");
    at = result(at, "mean-v1", "trained", "backbone", 0.704, ",\"labels_per_class\":5,\"draws\":10");
    sprintf(at, "],\"seconds\":41.2}");
    save("eval.json", text);
}

static void save_metrics(int steps, const char *tail)
{
    char *text = malloc((size_t)steps * 256 + 4096), *at = text;
    for (int s = 1; s <= steps; s++)
        at += ak_snprintf(
            at, 256,
            "{\"step\":%d,\"steps\":%d,\"epoch\":1,\"epochs\":20,\"loss\":%.5f,\"learned\":0.81,\"verdict\":"
            "\"learning\",\"lr\":0.06,\"samples_per_s\":6750.5,\"data_wait_frac\":0.004}\n",
            s, steps, 5.3 + 1.6 * exp(-4.0 * s / steps));
    strcpy(at, tail);
    save("metrics.jsonl", text);
    free(text);
}

enum { ROWS = 3, VIEWS = 4, H = 7, W = 5 };

static void save_pictures(const char *name, int64_t columns, int64_t channels, unsigned char *pixels)
{
    const int64_t shape[5] = { ROWS, columns, H, W, channels };
    for (int64_t i = 0; i < ROWS * columns * H * W * channels; i++)
        pixels[i] = (unsigned char)test_int(0, 255);
    CHECK_OK(akin_npy_save(in(name), AKIN_DTYPE_U8, 5, shape, pixels, &err));
}

static const char NEIGHBOURS[] =
    "{\"encoder\":\"trained\",\"layer\":\"backbone\",\"rows\":["
    "{\"query\":{\"item\":\"a\",\"label\":\"Sneaker\"},\"neighbours\":[{\"item\":\"b\",\"label\":\"Sneaker\","
    "\"similarity\":0.987},{\"item\":\"c\",\"label\":\"Bag\",\"similarity\":0.5}]},"
    "{\"query\":{\"item\":\"d\",\"label\":null},\"neighbours\":[{\"item\":\"e\",\"label\":null,"
    "\"similarity\":"
    "0.25}]},{\"query\":{\"item\":\"f\",\"label\":\"Bag\"},\"neighbours\":[]}]}";

static unsigned char views[ROWS * (1 + VIEWS) * H * W * 3], near_pixels[ROWS * 3 * H * W];

/* A whole run in a new folder. */
static void make_run(void)
{
    snprintf(folder, sizeof folder, "%s", test_folder());
    snprintf(page_path, sizeof page_path, "%s/report.html", folder);
    CHECK_OK(akin_folder_make(in("gallery"), &err));
    save("run.json", RUN_HEAD RUN_DATA("\"Sneaker\",\"Bag\"") RUN_TAIL);
    save("DONE", "{\"steps\":500,\"epochs\":20,\"seconds\":178.4,\"weights_xxh64\":\"9f3a\"}");
    save_metrics(500, "");
    save_eval("knn-v1", 0.851, 0.832, 0.884);
    save_pictures("gallery/views.npy", 1 + VIEWS, 3, views);
    save_pictures("gallery/neighbours.npy", 3, 1, near_pixels);
    save("gallery/neighbours.json", NEIGHBOURS);
}

static void drop_run(void)
{
    static const char *const FILES[] = { "run.json",
                                         "metrics.jsonl",
                                         "eval.json",
                                         "diagnose.json",
                                         "DONE",
                                         "report.html",
                                         "gallery/views.npy",
                                         "gallery/neighbours.npy",
                                         "gallery/neighbours.json",
                                         "gallery/neighbours-pixels.npy",
                                         "gallery/neighbours-pixels.json" };
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) unlink(in(FILES[i]));
    rmdir(in("gallery"));
    rmdir(folder);
}

/* Reading pages ---------------------------------------------------------------------------------------- */

static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(*list, name) == 0) return true;
    return false;
}

/* A copy without the two scripts of a map: the first holds data and no markup, the second runs, and the page
 * names its sum. */
static char *without_map(const char *whole)
{
    char *page = strdup(whole), *data = strstr(page, "<script type=\"application/json\" id=\"map-data\">");
    if (!data) return page;
    char *script = strstr(data, "</script>\n<script>'use strict'"), *end;
    CHECK(script != NULL);
    CHECK(!memchr(data + 1, '<', (size_t)(script - data) - 1));
    end = strstr(script + 9, "</script>");
    CHECK(end != NULL && strstr(page, "script-src 'sha256-"));
    memmove(data, end + 9, strlen(end + 9) + 1);
    return page;
}

/* Every tag is one we write, attributes are quoted, elements close in order, nothing points outside. */
static void check_html(const char *whole)
{
    static const char *const VOID_TAGS[] = { "meta", "link", "img", "br", NULL };
    static const char *const SVG_TAGS[] = { "path", "rect", "circle", NULL };
    static const char *const FORBIDDEN[] = { "script", "iframe", "object", "embed",
                                             "form",   "input",  "base",   NULL };
    char open[64][16];
    int depth = 0;
    CHECK(strncmp(whole, "<!DOCTYPE html>\n", 16) == 0);
    char *page = without_map(whole);
    for (const char *at = page + 16; *at;) {
        if (*at != '<') {
            CHECK(*at != '>' || (depth > 0 && strcmp(open[depth - 1], "style") == 0));
            CHECK((unsigned char)*at >= 0x20 || *at == '\n');
            at++;
            continue;
        }
        const bool closing = *++at == '/';
        at += closing;
        char name[16];
        int n = 0;
        while (isalnum((unsigned char)*at) && n < 15) name[n++] = *at++;
        name[n] = 0;
        CHECK(n > 0 && !is_one_of(name, FORBIDDEN));
        bool self_closed = false;
        while (*at && *at != '>') { /* attributes */
            while (*at == ' ' || *at == '\n') at++;
            if (*at == '/') {
                self_closed = true;
                at++;
                continue;
            }
            if (*at == '>') break;
            const char *key = at;
            while (isalnum((unsigned char)*at) || *at == '-') at++;
            CHECK(at > key && !closing);
            CHECK(!(at - key > 2 && key[0] == 'o' && key[1] == 'n')); /* onclick and the like */
            if (*at == ' ' || *at == '>') continue;                   /* <details open> */
            CHECK(at[0] == '=' && at[1] == '"');
            const char *value = at + 2;
            at = strchr(value, '"');
            CHECK(at != NULL);
            CHECK(!memchr(value, '<', (size_t)(at - value)));
            if (strncmp(key, "src=", 4) == 0 || strncmp(key, "href=", 5) == 0)
                CHECK(strncmp(value, "data:", 5) == 0);
            at++;
            CHECK(*at == ' ' || *at == '>' || *at == '/' || *at == '\n');
        }
        CHECK(*at++ == '>');
        if (closing) {
            CHECK(depth > 0 && strcmp(open[depth - 1], name) == 0);
            depth--;
        } else if (self_closed)
            CHECK(is_one_of(name, SVG_TAGS));
        else if (!is_one_of(name, VOID_TAGS)) {
            CHECK(depth < 64);
            strcpy(open[depth++], name);
        }
    }
    CHECK(depth == 0);
    static const char *const NEVER[] = { "http://", "https://", "url(", "@import", ">nan",   " nan",
                                         ">inf",    " inf<",    ">NaN", " NaN",    "(null)", NULL };
    for (const char *const *word = NEVER; *word; word++)
        if (strstr(page, *word)) {
            print_error("the page holds '%s': %.80s\n", *word, strstr(page, *word));
            _fail(__FILE__, __LINE__);
        }
    free(page);
}

/* The page of the run, checked; free() frees. */
static char *read_page(const char *path)
{
    char *page = NULL;
    size_t bytes;
    CHECK_OK(akin_file_load(path, 8 << 20, &page, &bytes, &err));
    CHECK(strlen(page) == bytes);
    check_html(page);
    return page;
}

static char *report(void)
{
    const char *runs[] = { folder };
    CHECK_OK(akin_report_write(runs, 1, NULL, NULL, &err));
    return read_page(page_path);
}

static void expect(const char *page, const char *text)
{
    if (strstr(page, text)) return;
    print_error("the page lacks '%s'\n", text);
    _fail(__FILE__, __LINE__);
}

static int occurrences(const char *page, const char *text)
{
    int n = 0;
    for (const char *at = page; (at = strstr(at, text)); at++) n++;
    return n;
}

#define P "\xC2\xA0%" /* a no-break space before the percent sign */

/* Tests ------------------------------------------------------------------------------------------------ */

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

/* Maps ------------------------------------------------------------------------------------------------- */

enum { ON_MAP = 5, NEAR = 2 };

static const char *map_name(int64_t i, void *ctx)
{
    (void)ctx;
    return i == 1 ? "</script><script>alert(1)</script>&\"\xFF" : "plain";
}

static const char *map_class(int64_t k, void *ctx)
{
    (void)ctx;
    return k ? "<b>" : NULL;
}

static unsigned char map_pixels[ON_MAP * H * W];

static akin_status no_picture(int64_t i, uint8_t *pixels, void *ctx, akin_error *e)
{
    (void)i, (void)pixels, (void)ctx;
    return ak_fail(e, AKIN_ERR_INPUT, "gone");
}

static akin_status map_picture(int64_t i, uint8_t *pixels, void *ctx, akin_error *e)
{
    if (ctx) return snprintf(e->message, sizeof e->message, "'<x>' is gone"), e->status = AKIN_ERR_INPUT;
    memcpy(pixels, map_pixels + i * H * W, H * W);
    return AKIN_OK;
}

static char *report_map(const akin_report_map *map)
{
    const char *runs[] = { folder };
    akin_report_opts opts = AKIN_REPORT_OPTS_INIT;
    opts.map = map;
    CHECK_OK(akin_report_write(runs, 1, NULL, &opts, &err));
    return read_page(page_path);
}

static void a_map_is_drawn_or_missed(void **state)
{
    (void)state;
    static const float PLACES[ON_MAP * 2] = { -1, 0, 3, 0, 0, 1, 1, 2, 2, -0.5f };
    static const int32_t NEIGHBOUR[ON_MAP * NEAR] = { 2, 3, 4, 3, 0, 3, 2, 1, 1, 3 },
                                            LABEL[ON_MAP] = { 0, 1, 0, 1, 0 };
    static const float SIMILAR[ON_MAP * NEAR] = { 0.5f, 0.25f, 0.9f, 0.1f, 1, -1, 0, 0, 0.3f, 0.2f };
    make_run();
    for (int i = 0; i < ON_MAP * H * W; i++) map_pixels[i] = (unsigned char)test_int(0, 255);
    akin_report_map m = AKIN_REPORT_MAP_INIT;
    m.n = ON_MAP;
    m.of = 50;
    m.k = NEAR;
    m.places = (akin_cmat){ PLACES, ON_MAP, 2, 2 };
    m.near = NEIGHBOUR;
    m.similarity = SIMILAR;
    m.item = map_name;
    char *page = report_map(&m);
    expect(page, "\"k\":2,");
    expect(page, "\"w\":10000,\"h\":6250,\n\"x\":[0,10000,2500,5000,7500],\n\"y\":[1250,1250,3750,6250,0],\n"
                 "\"near\":[2,3,4,3,0,3,2,1,1,3],\n\"sim\":[500,250,900,100,1000,-1000,0,0,300,200]");
    expect(
        page,
        "\"\\u003c/script\\u003e\\u003cscript\\u003ealert(1)\\u003c/script\\u003e\\u0026\\\"\xEF\xBF\xBD\"");
    expect(page, "5 of 50 items of the train part, evenly spaced.");
    CHECK(!strstr(page, "\"label\"") && !strstr(page, "map-sheet\" alt"));
    free(page);

    m.labels = LABEL;
    m.classes = 2;
    m.class_name = map_class;
    m.picture = map_picture;
    m.height = H;
    m.width = W;
    m.channels = 1;
    page = report_map(&m);
    expect(page, "\"label\":[0,1,0,1,0],\n\"classes\":[\"class 0\",\"\\u003cb\\u003e\"]");
    expect(page, "\"sheet\":{\"columns\":32,\"w\":5,\"h\":7,\"pitch\":5,\"rise\":7}");
    free(page);

    m.ctx = &m; /* a picture can no longer be read: the page says so and has no script */
    page = report_map(&m);
    expect(page, "There is no map: &#39;&lt;x&gt;&#39; is gone.");
    CHECK(!strstr(page, "<script") && !strstr(page, "script-src"));
    free(page);
    m.missing = "no <data>";
    page = report_map(&m);
    expect(page, "There is no map: no &lt;data&gt;.");
    free(page);
    m.missing = NULL;
    m.k = ON_MAP;
    const char *runs[] = { folder };
    akin_report_opts opts = AKIN_REPORT_OPTS_INIT;
    opts.map = &m;
    CHECK_FAILS(akin_report_write(runs, 1, NULL, &opts, &err), AKIN_ERR_SHAPE, "no map");
    drop_run();
}

static const char *sheet_class(int64_t k, void *ctx)
{
    static char name[2][16];
    static int turn;
    (void)ctx;
    snprintf(name[turn ^= 1], 16, "<%d>", (int)k);
    return name[turn];
}

/* Items to be looked at stand below the map, in the order that is given, and without it not at all. */
static void items_stand_below_the_map(void **state)
{
    (void)state;
    static const float places[2 * ON_MAP] = { 0 };
    static const int32_t near[ON_MAP] = { 1, 0, 0, 0, 0 };
    static const float like[ON_MAP] = { 0.5f, 0.5f, 0.5f, 0.5f, 0.5f };
    const int64_t start[] = { 0, 2, 3 }, item[] = { 3, 1, 4 };
    const double number[] = { NAN, 0.25, 0.125 };
    const akin_sheet_section sections[] = { { "Pairs & <more>", "Look.", "likeness", 2, start, item, number },
                                            { "Nothing", "", "", 0, start, item, number } };
    make_run();
    const char *runs[] = { folder };
    akin_report_opts opts = AKIN_REPORT_OPTS_INIT;
    akin_report_map m = AKIN_REPORT_MAP_INIT;
    akin_sheet s = AKIN_SHEET_INIT;
    m.n = m.of = ON_MAP;
    m.k = 1;
    m.places = (akin_cmat){ places, ON_MAP, 2, 2 };
    m.near = near;
    m.similarity = like;
    m.item = s.item = map_name;
    s.title = "First <these>";
    s.section = sections;
    s.sections = 2;
    opts.map = &m;
    opts.items = &s;
    CHECK_OK(akin_report_write(runs, 1, NULL, &opts, &err));
    char *page = read_page(page_path);
    const char *map = strstr(page, "<section id=\"map\">"), *items = strstr(page, "<section id=\"items\">"),
               *training = strstr(page, "id=\"training\"");
    CHECK(map && items && training && map < items && items < training);
    expect(page, "<h2>First &lt;these&gt;</h2>");
    expect(page, "<h3>Pairs &amp; &lt;more&gt;</h3>");
    const char *at = strstr(items, "likeness <b>0.2500</b>");
    CHECK(at && strstr(at, "likeness <b>0.1250</b>") && !strstr(page, "<h3>Nothing</h3>"));
    free(page);

    static const int64_t counts[] = { 3, 1, 0, 2, 1, 0, 0, 0, 0 }; /* of 4, 3 and no items */
    akin_report_classes c = AKIN_REPORT_CLASSES_INIT;
    c.classes = 3;
    c.counts = counts;
    c.name = sheet_class;
    opts.classes = &c;
    CHECK_OK(akin_report_write(runs, 1, NULL, &opts, &err));
    page = read_page(page_path);
    const char *second = strstr(page, "<th scope=\"row\">&lt;1&gt;</th><td>3</td><td><b>33.3"),
               *first = strstr(page, "<th scope=\"row\">&lt;0&gt;</th><td>4</td><td><b>75.0");
    CHECK(second && first && second < first); /* the least found again comes first */
    expect(page, "<td>&lt;0&gt; <span class=\"muted\">2</span></td>");
    expect(page, "<tr><th scope=\"row\">&lt;1&gt;</th><td>2</td><td><b>1</b></td><td>0</td></tr>");
    CHECK(!strstr(page, "<th scope=\"row\">&lt;2&gt;</th><td>0</td><td><b>"));
    free(page);
    c.name = NULL;
    CHECK_FAILS(akin_report_write(runs, 1, NULL, &opts, &err), AKIN_ERR_ARGUMENT, "classes need");
    opts.classes = NULL;

    s.picture = no_picture; /* then they are left out, and the rest is there */
    s.height = H, s.width = W, s.channels = 1;
    CHECK_OK(akin_report_write(runs, 1, NULL, &opts, &err));
    page = read_page(page_path);
    CHECK(!strstr(page, "<section id=\"items\">") && strstr(page, "<section id=\"map\">"));
    free(page);
    s.picture = NULL;
    m.missing = "no reason";
    CHECK_OK(akin_report_write(runs, 1, NULL, &opts, &err));
    page = read_page(page_path);
    CHECK(!strstr(page, "<section id=\"items\">"));
    free(page);
    m.missing = NULL;
    s.item = NULL;
    CHECK_FAILS(akin_report_write(runs, 1, NULL, &opts, &err), AKIN_ERR_ARGUMENT, "item");
    drop_run();
}

static akin_status noise(int64_t i, uint8_t *pixels, void *ctx, akin_error *error)
{
    (void)i, (void)ctx, (void)error;
    for (int p = 0; p < 32 * 32 * 3; p++) pixels[p] = (uint8_t)(test_u64() >> 56);
    return AKIN_OK;
}

/* Pictures that nothing makes smaller without a loss: the sheet loses a little, and then size. */
static void many_pictures_of_a_map_stay_small(void **state)
{
    (void)state;
    enum { MANY = 4000 };
    static float places[2 * MANY], similar[MANY];
    static int32_t near[MANY];
    make_run();
    for (int i = 0; i < MANY; i++) near[i] = (i + 1) % MANY;
    akin_report_map m = AKIN_REPORT_MAP_INIT;
    m.n = m.of = MANY;
    m.k = 1;
    m.places = (akin_cmat){ places, MANY, 2, 2 };
    m.near = near;
    m.similarity = similar;
    m.item = map_name;
    m.picture = noise;
    m.height = m.width = 32;
    m.channels = 3;
    char *page = report_map(&m);
    const char *sheet = strstr(page, "src=\"data:image/jpeg;base64,"),
               *end = sheet ? strchr(sheet + 5, '"') : NULL;
    CHECK(end && end - sheet > 500000);
    CHECK_LE(end - sheet, 2300000);
    int w, h, pitch, rise;
    const char *sizes = strstr(end, "\"sheet\":{\"columns\":32,");
    CHECK(sizes && sscanf(sizes, "\"sheet\":{\"columns\":32,\"w\":%d,\"h\":%d,\"pitch\":%d,\"rise\":%d", &w,
                          &h, &pitch, &rise) == 4);
    CHECK(w == h && w < 32 && w % 8 == 0 && pitch == w && rise == h);
    free(page);
    drop_run();
}

static void without_labels_words_come_first(void **state)
{
    (void)state;
    static const float PLACES[ON_MAP * 2] = { 0, 0, 1, 0, 0, 1, 1, 1, 2, 2 };
    static const int32_t NEIGHBOUR[ON_MAP] = { 1, 0, 3, 2, 3 };
    static const float SIMILAR[ON_MAP] = { 0.9996f, 0.9996f, 0.75f, 0.75f, -0.5f };
    akin_report_map m = AKIN_REPORT_MAP_INIT;
    m.n = m.of = ON_MAP;
    m.k = 1;
    m.places = (akin_cmat){ PLACES, ON_MAP, 2, 2 };
    m.near = NEIGHBOUR;
    m.similarity = SIMILAR;
    m.item = map_name;
    make_run();
    unlink(in("eval.json"));
    char *page = report_map(&m);
    expect(page, "class=\"headline\">The loss went 81 % of the way"); /* labelled data, not evaluated yet */
    CHECK(!strstr(page, "class=\"next\""));
    free(page);

    save("run.json", RUN_HEAD "\"data\":{\"path\":\"/d\",\"labels\":false}," RUN_TAIL);
    save("diagnose.json", "{\"layer\":\"backbone\",\"items\":5,\"measures\":[{\"name\":\"effective-rank\","
                          "\"value\":23.4}]}");
    page = report_map(&m);
    expect(page, "class=\"headline\">The map below has 5 items");
    expect(
        page,
        "similarity 0.75 or more</b>; the most unusual has none above -0.50. 2 of them have another that ");
    expect(page, "The features use about 23 of their 128 dimensions.");
    expect(page, "class=\"subtitle next\">The loss went 81 % of the way");
    expect(page, "<code>akin dups ");
    CHECK(!strstr(page, "class=\"figures\""));
    free(page);
    page = report(); /* no map: nothing to say about its items */
    expect(page, "class=\"headline\">The loss went 81 % of the way");
    free(page);
    drop_run();
}

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
                    ": <b>no better than pixels</b> (+0.2 points, 95 % \xE2\x88\x92"
                    "0.4 to 0.8), <b>no better "
                    "than a random encoder</b> (+0.2 points, " },
                  { "below", "\"difference\":-0.063,\"ci95\":[-0.07,-0.056],\"p\":1e-30",
                    ": <b>no better than pixels</b> (\xE2\x88\x92"
                    "6.3 points, 95 % \xE2\x88\x92"
                    "7.0 to " },
                  { "above", "\"difference\":0.033,\"ci95\":[0.026,0.04],\"p\":1e-20",
                    ": <b>better than pixels</b> by 3.3 points (95 % 2.6 to 4.0), <b>better than a random "
                    "encoder</b> by 3.3 points (95 % 2.6 to 4.0). " } };
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

/* Pieces ----------------------------------------------------------------------------------------------- */

static void thinning_keeps_what_is_seen(void **state)
{
    (void)state;
    enum { MOST = 5000 };
    static double x[MOST], y[MOST], to_x[4 * 64], to_y[4 * 64];
    for (int round = 0; round < 300; round++) {
        const int64_t n = test_int(1, MOST), width = test_int(1, 64);
        double lo = DBL_MAX, hi = -DBL_MAX;
        int64_t finite = 0, first = -1, last = -1;
        for (int64_t i = 0; i < n; i++) {
            x[i] = (double)i;
            y[i] = test_int(0, 9) ? test_normal() : NAN;
            if (isnan(y[i])) continue;
            lo = fmin(lo, y[i]);
            hi = fmax(hi, y[i]);
            if (first < 0) first = i;
            last = i;
            finite++;
        }
        const int64_t used = ak_thin(x, y, n, width, to_x, to_y);
        CHECK(used <= 4 * width && used <= finite);
        if (n <= 4 * width) CHECK(used == finite);
        if (!finite) continue;
        double got_lo = DBL_MAX, got_hi = -DBL_MAX;
        for (int64_t i = 0; i < used; i++) {
            CHECK(to_y[i] == y[(int64_t)to_x[i]]);
            CHECK(i == 0 || to_x[i] > to_x[i - 1]);
            got_lo = fmin(got_lo, to_y[i]);
            got_hi = fmax(got_hi, to_y[i]);
        }
        CHECK(got_lo == lo && got_hi == hi);
        CHECK(to_x[0] == (double)first && to_x[used - 1] == (double)last);
    }
}

static void steps_are_nice(void **state)
{
    (void)state;
    for (int round = 0; round < 1000; round++) {
        const double span = pow(10, test_uniform(-12, 12));
        const int most = (int)test_int(1, 12);
        const double step = ak_nice_step(span, most), digit = step / pow(10, floor(log10(step) + 1e-9));
        CHECK_LE(span / step, most * (1 + 1e-6));
        CHECK(fabs(digit - 1) < 1e-6 || fabs(digit - 2) < 1e-6 || fabs(digit - 5) < 1e-6);
    }
    CHECK(ak_nice_step(0, 5) == 1 && ak_nice_step(NAN, 5) == 1 && ak_nice_step(INFINITY, 5) == 1);
}

/* Is it UTF-8? Written from the table of the Unicode standard (3-7), unlike the code it checks. */
static bool is_utf8(const unsigned char *s)
{
    while (*s) {
        if (s[0] <= 0x7F)
            s += 1;
        else if (s[0] >= 0xC2 && s[0] <= 0xDF && s[1] >= 0x80 && s[1] <= 0xBF)
            s += 2;
        else if (s[0] >= 0xE0 && s[0] <= 0xEF && s[1] >= (s[0] == 0xE0 ? 0xA0 : 0x80) &&
                 s[1] <= (s[0] == 0xED ? 0x9F : 0xBF) && s[2] >= 0x80 && s[2] <= 0xBF)
            s += 3;
        else if (s[0] >= 0xF0 && s[0] <= 0xF4 && s[1] >= (s[0] == 0xF0 ? 0x90 : 0x80) &&
                 s[1] <= (s[0] == 0xF4 ? 0x8F : 0xBF) && s[2] >= 0x80 && s[2] <= 0xBF && s[3] >= 0x80 &&
                 s[3] <= 0xBF)
            s += 4;
        else
            return false;
    }
    return true;
}

static void any_bytes_become_utf8(void **state)
{
    (void)state;
    static const unsigned char EDGE[] = { 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                          0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0,
                                          0xF4, 0xF5, 0xFF, '<',  '&',  '"',  '\'', '>' };
    for (int round = 0; round < 20000; round++) {
        char bytes[8] = { 0 };
        const int64_t n = test_int(1, 7);
        for (int64_t i = 0; i < n; i++) bytes[i] = (char)EDGE[test_int(0, sizeof EDGE - 1)];
        ak_html h = { 0 }, t = { 0 };
        ak_html_utf8(&h, bytes, (size_t)n);
        CHECK(is_utf8((const unsigned char *)h.data));
        CHECK(!is_utf8((const unsigned char *)bytes) || strcmp(h.data, bytes) == 0);
        ak_html_text(&t, bytes);
        CHECK(is_utf8((const unsigned char *)t.data) && !strpbrk(t.data, "<>\"'"));
        free(h.data);
        free(t.data);
    }
}

static const char *written(ak_html *h)
{
    static char text[200];
    snprintf(text, sizeof text, "%s", h->data);
    free(h->data);
    *h = (ak_html){ 0 };
    return text;
}

static void numbers_read_well(void **state)
{
    (void)state;
    ak_html h = { 0 };
#define WRITES(call, want)                                                                                   \
    do {                                                                                                     \
        call;                                                                                                \
        assert_string_equal(written(&h), want);                                                              \
    } while (0)
    WRITES(ak_html_count(&h, 999), "999");
    WRITES(ak_html_count(&h, 60000), "60,000");
    WRITES(ak_html_count(&h, -1234567), "-1,234,567");
    WRITES(ak_html_count(&h, NAN), "\xE2\x80\x93");
    WRITES(ak_html_count(&h, 1e300), "1e+300");
    WRITES(ak_html_percent(&h, 0.88449), "88.4" P);
    WRITES(ak_html_percent(&h, 1), "100.0" P);
    WRITES(ak_html_loss(&h, 6.93049), "6.930");
    WRITES(ak_html_loss(&h, 12.345), "12.35");
    WRITES(ak_html_loss(&h, 0), "0.000");
    WRITES(ak_html_loss(&h, -1e-9), "-1e-09");
    WRITES(ak_html_loss(&h, INFINITY), "\xE2\x80\x93");
    WRITES(ak_html_duration(&h, 0.26), "0.3\xC2\xA0s");
    WRITES(ak_html_duration(&h, 59.4), "59\xC2\xA0s");
    WRITES(ak_html_duration(&h, 178.4), "2\xC2\xA0min 58\xC2\xA0s");
    WRITES(ak_html_duration(&h, 7261), "2\xC2\xA0h 1\xC2\xA0min");
    WRITES(ak_html_duration(&h, -1), "\xE2\x80\x93");
    WRITES(ak_html_date(&h, "2026-01-02T03:04:05+01:00"), "2\xC2\xA0January 2026, 03:04 +01:00");
    WRITES(ak_html_date(&h, "2026-13-02T03:04"), "2026-13-02T03:04");
    WRITES(ak_html_date(&h, "<now>"), "&lt;now&gt;");
    WRITES(ak_html_put(&h, "%s|%d|%lld|%.2f|%%", "<", -1, 1LL << 40, -0.001), "&lt;|-1|1099511627776|0.00|%");
    WRITES(ak_html_base64(&h, "\x00\xFF\x10", 1), "AA==");
    WRITES(ak_html_base64(&h, "\x00\xFF\x10", 2), "AP8=");
    WRITES(ak_html_base64(&h, "\x00\xFF\x10", 3), "AP8Q");
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
        cmocka_unit_test(a_whole_run_is_told),
        cmocka_unit_test(thumbnails_are_the_pixels),
        cmocka_unit_test(hostile_text_stays_text),
        cmocka_unit_test(missing_parts_become_sentences),
        cmocka_unit_test(pictures_of_a_wrong_shape_are_left_out),
        cmocka_unit_test(a_folder_that_is_no_run_is_refused),
        cmocka_unit_test(an_existing_file_is_kept_unless_told),
        cmocka_unit_test(a_map_is_drawn_or_missed),
        cmocka_unit_test(items_stand_below_the_map),
        cmocka_unit_test(without_labels_words_come_first),
        cmocka_unit_test(many_pictures_of_a_map_stay_small),
        cmocka_unit_test(few_steps_are_told),
        cmocka_unit_test(a_headline_does_not_flatter),
        cmocka_unit_test(a_headline_says_no_better_than_pixels),
        cmocka_unit_test(whitened_is_compared_with_whitened),
        cmocka_unit_test(several_runs_are_compared),
        cmocka_unit_test(a_resumed_run_counts_what_came_later),
        cmocka_unit_test(a_long_record_is_thinned),
        cmocka_unit_test(many_pictures_stay_small),
        cmocka_unit_test(large_pictures_are_averaged),
        cmocka_unit_test(thinning_keeps_what_is_seen),
        cmocka_unit_test(a_run_that_learned_nothing_is_told_first),
        cmocka_unit_test(steps_are_nice),
        cmocka_unit_test(any_bytes_become_utf8),
        cmocka_unit_test(numbers_read_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
