/* SPDX-License-Identifier: Apache-2.0 */
/* report: contrast of the colours that the style sheet and the script of the map name, by WCAG 2's formula:
 * 4.5 for text, 3 for what is drawn; light, dark, on paper. What the keyboard reaches has an outline. */
#include "report/map.h"
#include "report/page.h"
#include "test.h"

#include <ctype.h>

/* Both lists of strings as one text. */
static const char *joined(const char *const *parts)
{
    static char text[65536];
    size_t used = 0;
    for (; *parts; parts++) used += (size_t)snprintf(text + used, sizeof text - used, "%s", *parts);
    CHECK(used < sizeof text);
    return text;
}

/* "#15181b" or "#fff" as linear luminance [WCAG 2.1, relative luminance]. */
static double luminance(const char *hex)
{
    double channel[3];
    size_t digits = 0;
    while (isxdigit((unsigned char)hex[digits + 1])) digits++;
    CHECK(hex[0] == '#' && (digits == 3 || digits == 6));
    for (size_t c = 0; c < 3; c++) {
        char two[3] = { hex[1 + c * digits / 3], hex[digits == 3 ? 1 + c : 2 + 2 * c], 0 };
        const double x = (double)strtol(two, NULL, 16) / 255;
        channel[c] = x <= 0.03928 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
    }
    return 0.2126 * channel[0] + 0.7152 * channel[1] + 0.0722 * channel[2];
}

static double contrast(const char *a, const char *b)
{
    const double x = luminance(a), y = luminance(b);
    return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

enum { LIGHT, DARK, PAPER, THEMES };

/* The value of --name in a theme; what a theme does not set is as in the light one. */
static const char *colour(const char *style, int theme, const char *name)
{
    static const char *const BEGIN[THEMES] = { ":root{", "(prefers-color-scheme:dark){:root{",
                                               "@media print{:root{" };
    char key[32];
    snprintf(key, sizeof key, "--%s:", name);
    const char *at = strstr(style, BEGIN[theme]), *end = at ? strchr(at, '}') : NULL;
    CHECK(at && end);
    at = strstr(at, key);
    if (at && at < end) return at + strlen(key);
    CHECK(theme == PAPER);
    return colour(style, LIGHT, name);
}

static void check(const char *style, int theme, const char *name, const char *on, double least)
{
    const double got = contrast(colour(style, theme, name), colour(style, theme, on));
    if (!(got >= least)) print_error("theme %d: --%s on --%s has %.2f\n", theme, name, on, got);
    CHECK_LE(least, got);
}

static void colours_can_be_read(void **state)
{
    (void)state;
    CHECK_NEAR(contrast("#000", "#ffffff"), 21, 1e-9);
    CHECK_NEAR(contrast("#767676", "#fff"), 4.54, 0.005); /* known: the palest grey that passes on white */
    static const char *const TEXT[] = { "ink", "soft", "accent", "alert" };
    static const char *const DRAWN[] = { "raw", "random", "trained", "same", "other", "c0",
                                         "c1",  "c2",     "c3",      "c4",   "c5",    "c6" };
    const char *style = joined(ak_page_style);
    for (int t = 0; t < THEMES; t++) {
        for (size_t i = 0; i < sizeof TEXT / sizeof *TEXT; i++) check(style, t, TEXT[i], "paper", 4.5);
        check(style, t, "ink", "wash", 4.5);
        check(style, t, "soft", "wash", 4.5);
        for (size_t i = 0; i < sizeof DRAWN / sizeof *DRAWN; i++) check(style, t, DRAWN[i], "paper", 3);
    }
}

/* CSS's hsl() as #rrggbb. */
static void put_hsl(char hex[8], int hue, double saturation, double lightness)
{
    int channel[3];
    for (int c = 0; c < 3; c++) {
        const double k = fmod((c == 0 ? 0 : c == 1 ? 8 : 4) + hue / 30.0, 12);
        const double a = saturation * fmin(lightness, 1 - lightness);
        channel[c] = (int)lround(255 * (lightness - a * fmax(-1, fmin(fmin(k - 3, 9 - k), 1))));
    }
    snprintf(hex, 8, "#%02x%02x%02x", channel[0] & 255, channel[1] & 255, channel[2] & 255);
}

/* The points of the map lie on --wash. */
static void points_can_be_seen(void **state)
{
    (void)state;
    const char *style = joined(ak_page_style);
    char wash[2][8];
    for (int t = LIGHT; t <= DARK; t++) snprintf(wash[t], sizeof wash[t], "%.7s", colour(style, t, "wash"));
    static const char *const LIST[] = { "const SET = [", "const NIGHT = [" };
    const char *script = joined(ak_map_script);
    for (int t = LIGHT; t <= DARK; t++) {
        const char *at = strstr(script, LIST[t]), *end = at ? strchr(at, ']') : NULL;
        CHECK(at && end);
        int colours = 0;
        while ((at = strchr(at, '#')) && at < end) {
            CHECK_LE(3, contrast(at, wash[t]));
            at++;
            colours++;
        }
        CHECK(colours == 10);
    }
    int saturation, dark, light; /* the classes after the seventh */
    const char *more = strstr(script, "% 360} ");
    CHECK(more && sscanf(more, "%% 360} %d%% ${night() ? %d : %d}%%", &saturation, &dark, &light) == 3);
    for (int hue = 0; hue < 360; hue++)
        for (int t = LIGHT; t <= DARK; t++) {
            char hex[8];
            put_hsl(hex, hue, saturation / 100.0, (t == DARK ? dark : light) / 100.0);
            CHECK_LE(3, contrast(hex, wash[t]));
        }
}

static void the_focus_is_seen(void **state)
{
    (void)state;
    const char *style = joined(ak_page_style);
    static const char *const REACHED[] = { "#map-canvas:focus-visible", ".found button:focus-visible",
                                           ".scroll:focus-visible", "summary:focus-visible" };
    for (size_t i = 0; i < sizeof REACHED / sizeof *REACHED; i++) {
        const char *at = strstr(style, REACHED[i]), *rule = at ? strchr(at, '{') : NULL;
        CHECK(rule && strncmp(rule, "{outline:2px solid var(--accent)", 32) == 0);
    }
    CHECK(!strstr(style, "outline:none") && !strstr(style, "outline:0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(colours_can_be_read),
                                        cmocka_unit_test(points_can_be_seen),
                                        cmocka_unit_test(the_focus_is_seen) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
