/* SPDX-License-Identifier: Apache-2.0 */
/* report: curves made thin, steps of axes, text and numbers as a page has them. */
#include "report/chart.h"
#include "report/html.h"
#include "test.h"

#include <float.h>

#define P "\xC2\xA0%" /* a no-break space before the percent sign */

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

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thinning_keeps_what_is_seen),
        cmocka_unit_test(steps_are_nice),
        cmocka_unit_test(any_bytes_become_utf8),
        cmocka_unit_test(numbers_read_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
