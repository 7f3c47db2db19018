/* SPDX-License-Identifier: Apache-2.0 */
/* The page of items side by side: what names and texts bring is escaped, nothing is fetched, long rows and
 * long pages say what they leave out, a picture that cannot be had ends it. */
#include "test.h"

#include "akin/tool/report.h"

#include <string.h>

enum { N = 4000 };
static int64_t item[N], start[N + 1];
static double number[N];
static akin_error err;

static const char *name(int64_t i, void *ctx)
{
    (void)ctx;
    static char text[64];
    if (i == 0) return "<script>alert(1)</script>\"&'";
    snprintf(text, sizeof text, "item %lld", (long long)i);
    return text;
}

static const char *words(int64_t i, int64_t *bytes, void *ctx)
{
    (void)ctx;
    static char text[2000];
    memset(text, 'x', sizeof text);
    if (i == 0) memcpy(text, "<b>\xFF & \x01", 8);
    *bytes = i == 1 ? 1999 : 20;
    return text;
}

static akin_status picture(int64_t i, uint8_t *pixels, void *ctx, akin_error *why)
{
    const int64_t *bad = ctx;
    uint32_t state = (uint32_t)i + 1;
    if (i == *bad) {
        if (why) snprintf(why->message, sizeof why->message, "item %lld is gone", (long long)i);
        return AKIN_ERR_INPUT;
    }
    for (int k = 0; k < 300 * 200 * 3; k++)
        pixels[k] = (uint8_t)((state = state * 1664525u + 1013904223u) >> 24);
    return AKIN_OK;
}

static akin_sheet_section section_of(int64_t rows, int64_t each)
{
    for (int64_t i = 0; i < N; i++) {
        item[i] = i;
        number[i] = i % 2 ? 0.5 : NAN;
        start[i] = i * each;
    }
    start[rows] = rows * each;
    return (akin_sheet_section){ "Groups & more", "A <sentence>.", "similarity", rows, start, item, number };
}

static char *page(const akin_sheet *s)
{
    char *html = NULL;
    size_t bytes = 0;
    CHECK_OK(akin_sheet_write(s, &html, &bytes, &err));
    CHECK(html && strlen(html) == bytes);
    CHECK(!strstr(html, "<script") && !strstr(html, "http:") && !strstr(html, "https:") &&
          !strstr(html, "<b>\xFF"));
    return html;
}

static void test_escaped(void **state)
{
    (void)state;
    const akin_sheet_section section = section_of(2, 2), none = { "Nothing", "", "", 0, start, item, number };
    const akin_sheet_section both[] = { section, none };
    akin_sheet s = AKIN_SHEET_INIT;
    s.section = both;
    s.sections = 2;
    s.kind = "Copies";
    s.title = "<i>";
    s.headline = "2 < 3";
    s.item = name;
    s.words = words;
    char *html = page(&s);
    CHECK(strstr(html, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    CHECK(strstr(html, "<h1>&lt;i&gt;</h1>") && strstr(html, "2 &lt; 3") &&
          strstr(html, "A &lt;sentence&gt;."));
    CHECK(strstr(html, "&lt;b&gt;\xEF\xBF\xBD &amp; "));
    CHECK(strstr(html, "similarity <b>0.5000</b>") && !strstr(html, "Nothing"));
    CHECK(strstr(html, "xxx\xE2\x80\xA6</q>")); /* a long text is cut */
    free(html);
}

static void test_long(void **state)
{
    (void)state;
    akin_sheet_section section = section_of(1, 40);
    akin_sheet s = AKIN_SHEET_INIT;
    int64_t bad = -1;
    s.section = &section;
    s.sections = 1;
    s.item = name;
    char *html = page(&s);
    CHECK(strstr(html, "item 23<") && !strstr(html, "item 24<") && strstr(html, "and 16 more"));
    free(html);
    s.picture = picture;
    s.ctx = &bad;
    s.height = 200;
    s.width = 300;
    s.channels = 3;
    section = section_of(300, 1);
    html = page(&s);
    CHECK(strlen(html) < 3500000 && strstr(html, " of 300 are shown"));
    CHECK(strstr(html, "<img width=\"112\" height=\"74\""));
    free(html);
    bad = 2;
    size_t bytes;
    CHECK_FAILS(akin_sheet_write(&s, &html, &bytes, &err), AKIN_ERR_INPUT, "item 2 is gone");
    CHECK_FAILS(akin_sheet_write(NULL, &html, &bytes, &err), AKIN_ERR_ARGUMENT, "sheet");
    s.item = NULL;
    CHECK_FAILS(akin_sheet_write(&s, &html, &bytes, &err), AKIN_ERR_ARGUMENT, "item");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_escaped), cmocka_unit_test(test_long) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
