/* SPDX-License-Identifier: Apache-2.0 */
/* report/sheet.c - a page of items side by side: pictures, texts or names in rows, under headings. */
#include "akin/tool/report.h"
#include "report/gallery.h"
#include "report/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_SIDE = 112, MOST_ITEMS = 24, TEXT_SHOWN = 600 };
static const size_t BUDGET = 3000000;

typedef struct writing {
    const akin_sheet *s;
    ak_html *h;
    uint8_t *whole, *small; /* of a picture */
    int64_t height, width;  /* of small */
    akin_status status;
    akin_error *err;
} writing;

static void put_picture(writing *w, int64_t i)
{
    const akin_sheet *s = w->s;
    if (!w->status) w->status = s->picture(i, w->whole, s->ctx, w->err);
    if (w->status) return;
    ak_gallery_shrink(w->whole, s->height, s->width, s->channels, w->height, w->width, w->small);
    ak_html_put(w->h, "<img width=\"%lld\" height=\"%lld\" alt=\"\" src=\"", (long long)w->width,
                (long long)w->height);
    ak_gallery_png(w->h, w->small, w->height, w->width, s->channels);
    ak_html_raw(w->h, "\">");
}

/* The beginning of a text, cut between characters. */
static void put_words(writing *w, int64_t i)
{
    char shown_text[TEXT_SHOWN + 1];
    int64_t bytes = 0;
    const char *text = w->s->words(i, &bytes, w->s->ctx);
    int64_t shown = bytes < TEXT_SHOWN ? bytes : TEXT_SHOWN;
    while (shown < bytes && shown > 0 && ((unsigned char)text[shown] & 0xC0) == 0x80) shown--;
    ak_html_raw(w->h, "<q>");
    if (text) memcpy(shown_text, text, (size_t)shown);
    shown_text[text ? shown : 0] = 0;
    ak_html_text(w->h, shown_text);
    ak_html_raw(w->h, shown < bytes ? "\xE2\x80\xA6</q>" : "</q>");
}

static void put_item(writing *w, const akin_sheet_section *section, int64_t k)
{
    const akin_sheet *s = w->s;
    const int64_t i = section->item[k];
    ak_html_raw(w->h, s->picture ? "<li>" : s->words ? "<li class=\"words\">" : "<li class=\"bare\">");
    if (s->picture) put_picture(w, i);
    if (s->words && !s->picture) put_words(w, i);
    ak_html_raw(w->h, "<small>");
    ak_html_text(w->h, s->item(i, s->ctx));
    ak_html_raw(w->h, "</small>");
    if (isfinite(section->number[k]))
        ak_html_put(w->h, "%s <b>%.4f</b>", section->number_name, section->number[k]);
    ak_html_raw(w->h, "</li>");
}

static void put_section(writing *w, const akin_sheet_section *section)
{
    const size_t room = BUDGET / (size_t)w->s->sections, begin = w->h->used;
    int64_t r = 0;
    ak_html_put(w->h, "<section><h2>%s</h2>\n", section->title);
    if (*section->text) ak_html_put(w->h, "<p>%s</p>\n", section->text);
    ak_html_raw(w->h, w->s->words && !w->s->picture ? "<ol class=\"rows wide\">\n" : "<ol class=\"rows\">\n");
    for (; r < section->rows && w->h->used - begin < room && !w->h->failed && !w->status; r++) {
        const int64_t first = section->start[r], n = section->start[r + 1] - first;
        ak_html_raw(w->h, "<li><ul class=\"side\">");
        for (int64_t k = 0; k < n && k < MOST_ITEMS; k++) put_item(w, section, first + k);
        if (n > MOST_ITEMS)
            ak_html_put(w->h, "<li class=\"bare\">and %lld more</li>", (long long)(n - MOST_ITEMS));
        ak_html_raw(w->h, "</ul></li>\n");
    }
    ak_html_raw(w->h, "</ol>\n");
    if (r < section->rows)
        ak_html_put(w->h,
                    "<p class=\"missing\">The first %lld of %lld are shown, to keep the page small.</p>\n",
                    (long long)r, (long long)section->rows);
    ak_html_raw(w->h, "</section>\n");
}

static void put_page(writing *w)
{
    const akin_sheet *s = w->s;
    ak_html *h = w->h;
    ak_page_head(h, s->kind, s->title, NULL, 0);
    ak_html_put(h, "<main><p class=\"kind\">%s</p><h1>%s</h1>\n<p class=\"headline\">%s</p>\n", s->kind,
                s->title, s->headline);
    if (*s->text) ak_html_put(h, "<p>%s</p>\n", s->text);
    for (int k = 0; k < s->sections; k++)
        if (s->section[k].rows) put_section(w, &s->section[k]);
    ak_html_raw(h, "</main>\n");
    ak_page_foot(h, false);
}

static void set_size(writing *w)
{
    const akin_sheet *s = w->s;
    const int64_t longer = s->height > s->width ? s->height : s->width;
    w->height = longer > LARGEST_SIDE ? s->height * LARGEST_SIDE / longer : s->height;
    w->width = longer > LARGEST_SIDE ? s->width * LARGEST_SIDE / longer : s->width;
    if (w->height < 1) w->height = 1;
    if (w->width < 1) w->width = 1;
}

akin_status akin_sheet_write(const akin_sheet *sheet, char **html, size_t *bytes, akin_error *err)
{
    akin_sheet s = AKIN_SHEET_INIT;
    if (!sheet || !html || !bytes)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "sheet: sheet, html and bytes must not be NULL");
    AK_TRY(ak_opts_import(&s, sheet, "sheet", err));
    if (!s.item || (s.sections && !s.section))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "sheet: item and section must not be NULL");
    ak_html h = { .data = NULL };
    writing w = { .s = &s, .h = &h, .err = err };
    if (s.picture) {
        set_size(&w);
        w.whole = ak_alloc(1, s.height * s.width, s.channels);
        w.small = ak_alloc(1, w.height * w.width, s.channels);
    }
    const bool ok = !s.picture || (w.whole && w.small);
    if (ok) put_page(&w);
    free(w.whole);
    free(w.small);
    if (ok && !w.status && !h.failed) {
        *html = h.data;
        *bytes = h.used;
        return AKIN_OK;
    }
    free(h.data);
    return w.status ? w.status : ak_no_memory(err, "for the page of %s", s.title);
}
