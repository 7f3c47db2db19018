/* SPDX-License-Identifier: Apache-2.0 */
/* report/sheet.c - items side by side: pictures, texts or names in rows, under headings; a page of their own,
 * or a part of another. */
#include "report/sheet.h"

#include "report/gallery.h"
#include "report/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_SIDE = 112, MOST_ITEMS = 24, TEXT_SHOWN = 600, TEXT_OF_PART = 240 };
static const size_t PAGE_BUDGET = 3000000;

typedef struct writing {
    const akin_sheet *s;
    ak_html *h;
    uint8_t *whole, *small; /* of a picture */
    int64_t height, width;  /* of small */
    size_t budget;          /* bytes of all sections */
    int level;              /* of their headings */
    int64_t text;           /* bytes shown of a text, at most TEXT_SHOWN */
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
    int64_t shown = bytes < w->text ? bytes : w->text;
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
    const size_t room = w->budget / (size_t)w->s->sections, begin = w->h->used;
    int64_t r = 0;
    ak_html_put(w->h, "<section><h%d>%s</h%d>\n", w->level, section->title, w->level);
    if (*section->text) ak_html_put(w->h, "<p>%s</p>\n", section->text);
    const bool wide = section->rows == 1 || (w->s->words && !w->s->picture);
    ak_html_raw(w->h, wide ? "<ol class=\"rows wide\">\n" : "<ol class=\"rows\">\n");
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

static void put_sections(writing *w)
{
    for (int k = 0; k < w->s->sections; k++)
        if (w->s->section[k].rows) put_section(w, &w->s->section[k]);
}

static void put_page(writing *w)
{
    const akin_sheet *s = w->s;
    ak_html *h = w->h;
    ak_page_head(h, s->kind, s->title, NULL, 0);
    ak_html_put(h, "<main><p class=\"kind\">%s</p><h1>%s</h1>\n<p class=\"headline\">%s</p>\n", s->kind,
                s->title, s->headline);
    if (*s->text) ak_html_put(h, "<p>%s</p>\n", s->text);
    put_sections(w);
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

/* What writes all of it, once its pictures have somewhere to be. */
static akin_status with_room(writing *w, void (*put)(writing *))
{
    const akin_sheet *s = w->s;
    if (!s->item || (s->sections && !s->section))
        return ak_fail(w->err, AKIN_ERR_ARGUMENT, "sheet: item and section must not be NULL");
    if (s->picture) {
        set_size(w);
        w->whole = ak_alloc(1, s->height * s->width, s->channels);
        w->small = ak_alloc(1, w->height * w->width, s->channels);
    }
    const bool ok = !s->picture || (w->whole && w->small);
    if (ok) put(w);
    free(w->whole);
    free(w->small);
    if (w->status) return w->status;
    return ok && !w->h->failed ? AKIN_OK : ak_no_memory(w->err, "for the page of %s", s->title);
}

akin_status akin_sheet_write(const akin_sheet *sheet, char **html, size_t *bytes, akin_error *err)
{
    akin_sheet s = AKIN_SHEET_INIT;
    if (!sheet || !html || !bytes)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "sheet: sheet, html and bytes must not be NULL");
    AK_TRY(ak_opts_import(&s, sheet, "sheet", err));
    ak_html h = { .data = NULL };
    writing w = { .s = &s, .h = &h, .budget = PAGE_BUDGET, .level = 2, .text = TEXT_SHOWN, .err = err };
    const akin_status status = with_room(&w, put_page);
    if (status) {
        free(h.data);
        return status;
    }
    *html = h.data;
    *bytes = h.used;
    return AKIN_OK;
}

static void put_part(writing *w)
{
    ak_html_put(w->h, "<section id=\"items\"><h2>%s</h2>\n<p>%s</p>\n", w->s->title, w->s->headline);
    put_sections(w);
    if (*w->s->text) ak_html_put(w->h, "<p class=\"muted\">%s</p>\n", w->s->text);
    ak_html_raw(w->h, "</section>\n");
}

akin_status ak_sheet_part(ak_html *h, const akin_sheet *sheet, size_t budget, akin_error *err)
{
    akin_sheet s = AKIN_SHEET_INIT;
    if (!sheet) return AKIN_OK;
    AK_TRY(ak_opts_import(&s, sheet, "sheet", err));
    writing w = { .s = &s, .h = h, .budget = budget, .level = 3, .text = TEXT_OF_PART, .err = err };
    return with_room(&w, put_part);
}
