/* SPDX-License-Identifier: Apache-2.0 */
/* report/difficult.c - the items that akin prune found hardest, easiest, least consistent, or alike. */
#include "report/gallery.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *kind, *title, *means;
} LEVELS[] = {
    { "hardest", "Hardest", "told apart from other items with the greatest effort" },
    { "easiest", "Easiest", "outliers that have company are among them" },
    { "inconsistent", "Least consistent", "the loss varies most from one pair of views to another" },
    { "kin", "Probably of one class",
      "each is the other's nearest; training pushes them apart all the same" },
    { "copies", "Copies", "equal, or nearer than the distance that akin prune was given" },
};

/* The row of LEVELS, or -1. */
static int level_of(const akin_json *row)
{
    const char *kind = akin_json_get_text(row, "kind");
    for (int i = 0; kind && i < (int)(sizeof LEVELS / sizeof *LEVELS); i++)
        if (strcmp(LEVELS[i].kind, kind) == 0) return i;
    return -1;
}

static void words(ak_html *h, const akin_json *o)
{
    const char *label = akin_json_get_text(o, "label"), *item = akin_json_get_text(o, "item");
    const double value = akin_json_get_real(o, "value");
    ak_html_text(h, label ? label : item ? item : "unlabelled");
    if (isfinite(value)) ak_html_put(h, ", %.4g", value);
    if (label && item) ak_html_put(h, " (%s)", item);
    if (akin_json_is_false(akin_json_get(o, "kept"))) ak_html_raw(h, ", dropped");
}

static void picture(ak_html *h, const ak_decoded_grid *s, int64_t row, int64_t column, const akin_json *o)
{
    ak_gallery_picture(h, &s->images, row, column);
    ak_html_raw(h, " alt=\"");
    words(h, o);
    ak_html_raw(h, "\" title=\"");
    words(h, o);
    ak_html_raw(h, "\">");
}

/* Solid where two labels agree, dashed where they do not. */
static const char *frame(const akin_json *a, const akin_json *b)
{
    const char *x = akin_json_get_text(a, "label"), *y = akin_json_get_text(b, "label");
    return !x || !y ? "unknown" : strcmp(x, y) == 0 ? "same" : "other";
}

static int64_t one_row(ak_html *h, const ak_decoded_grid *s, int64_t row, const akin_json *about)
{
    const int level = level_of(about);
    const akin_json *items = akin_json_get(about, "items");
    const bool pairs = akin_json_get_bool(about, "pairs");
    const int64_t count = (int64_t)akin_json_length(items), columns = s->images.shape[1];
    if (level < 0 || count < 1 || count > columns) return 0;
    ak_html_put(h, "<h3 class=\"level\">%s<small>%s</small></h3>\n<ol class=\"strip\" style=\"--n:%lld\">",
                LEVELS[level].title, LEVELS[level].means, (long long)(pairs ? (columns + 1) / 2 : columns));
    for (int64_t c = 0; c < count; c += pairs ? 2 : 1) {
        const akin_json *a = akin_json_at(items, (size_t)c), *b = akin_json_at(items, (size_t)c + 1);
        if (pairs && !b) break;
        ak_html_put(h, "<li class=\"%s%s\">", pairs ? "pair " : "", pairs ? frame(a, b) : "unknown");
        picture(h, s, row, c, a);
        if (pairs) picture(h, s, row, c + 1, b);
        ak_html_raw(h, "</li>");
    }
    ak_html_raw(h, "</ol>\n");
    return pairs;
}

void ak_gallery_difficulty(ak_html *h, const ak_run *run)
{
    const ak_decoded_grid *s = &run->difficulty;
    const akin_json *rows = akin_json_get(s->words, "rows");
    const char *by = akin_json_get_text(s->words, "by");
    if (!s->images.data || !akin_json_length(rows)) return;
    ak_html_raw(h, "<section id=\"difficulty\"><h2>Difficult items</h2>\n<figure>");
    int64_t pairs = 0;
    for (size_t r = 0; r < akin_json_length(rows) && !h->failed; r++)
        pairs += one_row(h, s, (int64_t)r, akin_json_at(rows, r));
    ak_html_put(
        h,
        "<figcaption><b>Training items</b> as <code>akin prune</code> ranked them%s%s, the most extreme "
        "first; values and names are on the pictures.",
        by ? " by " : "", by ? by : "");
    if (pairs)
        ak_html_raw(
            h, " Pairs: <span class=\"mark same\">solid frame</span>, of one class by their labels; <span "
               "class=\"mark other\">dashed frame</span>, of two.");
    ak_html_raw(h,
                " A hard item may be a mistake, a rarity or the most telling of all: look before dropping it."
                "</figcaption></figure></section>\n");
}
