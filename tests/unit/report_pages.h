/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/report_pages.h - a run folder for the tests of the report to write, and pages read back by a
 * small HTML reader that knows nothing of how they were made: elements nest, attributes are quoted, text
 * holds no markup, nothing points outside. */
#ifndef AK_TESTS_UNIT_REPORT_PAGES_H
#define AK_TESTS_UNIT_REPORT_PAGES_H

#include "akin/tool/program.h"
#include "akin/tool/report.h"

#include "report/chart.h"
#include "report/html.h"
#include "base/plain.h"
#include "test.h"

#include <ctype.h>
#include <float.h>

static akin_error err;
static char folder[512], page_path[600];

/* Writing run folders ---------------------------------------------------------------------------------- */

static inline const char *in(const char *name)
{
    static char path[700];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static inline void save(const char *name, const char *text)
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

static inline char *result(char *at, const char *protocol, const char *encoder, const char *layer,
                           double top1, const char *more)
{
    return at + ak_snprintf(
                    at, 512,
                    "%s{\"protocol\":\"%s\",\"encoder\":\"%s\",\"layer\":\"%s\",\"top1\":%.4f,\"top5\":null,"
                    "\"ci95\":[%.4f,%.4f],\"n\":10000,\"reference\":60000%s}",
                    at[-1] == '[' ? "" : ",", protocol, encoder, layer, top1, top1 - 0.006, top1 + 0.006,
                    more);
}

static inline void save_eval(const char *knn, double raw, double random, double trained)
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

static inline void save_metrics(int steps, const char *tail)
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

static inline void save_pictures(const char *name, int64_t columns, int64_t channels, unsigned char *pixels)
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
static inline void make_run(void)
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

static inline void drop_run(void)
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

static inline bool is_one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(*list, name) == 0) return true;
    return false;
}

/* A copy without the two scripts of a map: the first holds data and no markup, the second runs, and the page
 * names its sum. */
static inline char *without_map(const char *whole)
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
static inline void check_html(const char *whole)
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

/* The page of the run, checked; free() frees. Inlined, GCC 12 takes what it gives for the address of its
 * variable. */
static __attribute__((noinline, unused)) char *read_page(const char *path)
{
    char *page = NULL;
    size_t bytes;
    CHECK_OK(akin_file_load(path, 8 << 20, &page, &bytes, &err));
    CHECK(strlen(page) == bytes);
    check_html(page);
    return page;
}

static inline char *report(void)
{
    const char *runs[] = { folder };
    CHECK_OK(akin_report_write(runs, 1, NULL, NULL, &err));
    return read_page(page_path);
}

static inline void expect(const char *page, const char *text)
{
    if (strstr(page, text)) return;
    print_error("the page lacks '%s'\n", text);
    _fail(__FILE__, __LINE__);
}

static inline int occurrences(const char *page, const char *text)
{
    int n = 0;
    for (const char *at = page; (at = strstr(at, text)); at++) n++;
    return n;
}

#define P "\xC2\xA0%" /* a no-break space before the percent sign */

#endif
