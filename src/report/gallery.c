/* SPDX-License-Identifier: Apache-2.0 */
/* report/gallery.c - sample views and nearest neighbours as PNG thumbnails in data URIs.
 *
 * A thumbnail keeps its pixels up to 96 a side; larger pictures are averaged over boxes. The pictures of a
 * page have a budget of bytes, so that a report can be sent by mail: whole rows are shown until it is used
 * up, and the caption says how many of how many. */
#include "report/gallery.h"

#include <math.h>
#include <png.h>
#include <string.h>

enum { LARGEST_SIDE = 96, MOST_ROWS = 64, MOST_COLUMNS = 32 };
enum { TEXTS = 4 }; /* neighbours of a text that are shown */
static const size_t VIEWS_BUDGET = 600000, NEIGHBOURS_BUDGET = 1100000;

/* One picture of a sheet: [h,w,c] bytes. */
typedef struct picture {
    const unsigned char *data;
    int64_t h, w, c;
} picture;

static picture picture_at(const akin_array *a, int64_t row, int64_t column)
{
    const int64_t h = a->shape[2], w = a->shape[3], c = a->shape[4];
    return (picture){ (const unsigned char *)a->data + (row * a->shape[1] + column) * h * w * c, h, w, c };
}

/* The mean over boxes: output pixel y covers input rows [y*h/oh, (y+1)*h/oh). */
void ak_gallery_shrink(const unsigned char *pixels, int64_t h, int64_t w, int64_t c, int64_t oh, int64_t ow,
                       unsigned char *out)
{
    for (int64_t y = 0; y < oh; y++)
        for (int64_t x = 0; x < ow; x++)
            for (int64_t k = 0; k < c; k++) {
                const int64_t top = y * h / oh, bottom = (y + 1) * h / oh;
                const int64_t left = x * w / ow, right = (x + 1) * w / ow;
                int64_t sum = 0;
                for (int64_t i = top; i < bottom; i++)
                    for (int64_t j = left; j < right; j++) sum += pixels[(i * w + j) * c + k];
                const int64_t area = (bottom - top) * (right - left);
                out[(y * ow + x) * c + k] = (unsigned char)((sum + area / 2) / area);
            }
}

/* data:image/png;base64,... */
void ak_gallery_png(ak_html *h, const unsigned char *pixels, int64_t height, int64_t width, int64_t channels)
{
    png_image image = { 0 };
    image.version = PNG_IMAGE_VERSION;
    image.width = (png_uint_32)width;
    image.height = (png_uint_32)height;
    image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    png_alloc_size_t bytes =
        4096 + 4 * (png_alloc_size_t)(height * (width + 1) * channels); /* far above deflate's worst */
    unsigned char *file = malloc(bytes);
    if (file && png_image_write_to_memory(&image, file, &bytes, 0, pixels, 0, NULL)) {
        ak_html_raw(h, "data:image/png;base64,");
        ak_html_base64(h, file, bytes);
    } else
        h->failed = true;
    png_image_free(&image);
    free(file);
}

/* <img src=... width height, and leaves the tag open for alt and title. */
static void open_image(ak_html *h, picture p)
{
    unsigned char small[LARGEST_SIDE * LARGEST_SIDE * 3];
    picture shown = p;
    const int64_t side = p.h > p.w ? p.h : p.w;
    if (side > LARGEST_SIDE) {
        shown = (picture){ small, p.h * LARGEST_SIDE / side, p.w * LARGEST_SIDE / side, p.c };
        if (shown.h < 1) shown.h = 1;
        if (shown.w < 1) shown.w = 1;
        ak_gallery_shrink(p.data, p.h, p.w, p.c, shown.h, shown.w, small);
    }
    ak_html_put(h, "<img width=\"%lld\" height=\"%lld\" src=\"", (long long)shown.w, (long long)shown.h);
    ak_gallery_png(h, shown.data, shown.h, shown.w, shown.c);
    ak_html_raw(h, "\"");
}

void ak_gallery_picture(ak_html *h, const akin_array *sheet, int64_t row, int64_t column)
{
    open_image(h, picture_at(sheet, row, column));
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static void shown_of(ak_html *h, int64_t shown, int64_t all, const char *what)
{
    if (shown < all)
        ak_html_put(h, " The first %lld of %lld %s are shown, to keep the page small.", (long long)shown,
                    (long long)all, what);
}

/* Views ------------------------------------------------------------------------------------------------ */

void ak_gallery_views(ak_html *h, const ak_run *run)
{
    const akin_array *a = &run->views.images;
    if (!a->data) return;
    const int64_t columns = least(a->shape[1], MOST_COLUMNS);
    ak_html_put(h,
                "<section id=\"views\"><h2>What the encoder was shown</h2>\n<figure><div class=\"sheet\" "
                "style=\"--n:%lld\">\n",
                (long long)columns);
    const size_t start = h->used;
    int64_t row = 0;
    for (; row < least(a->shape[0], MOST_ROWS) && h->used - start < VIEWS_BUDGET && !h->failed; row++) {
        ak_html_raw(h, "<div class=\"strip\">");
        for (int64_t c = 0; c < columns; c++) {
            open_image(h, picture_at(a, row, c));
            if (c == 0)
                ak_html_put(h, " class=\"original\" alt=\"image %lld, original\">", (long long)row + 1);
            else
                ak_html_put(h, " alt=\"image %lld, view %lld\">", (long long)row + 1, (long long)c);
        }
        ak_html_raw(h, "</div>\n");
    }
    ak_html_put(
        h,
        "</div>\n<figcaption><b>Views.</b> First in each row the image as it is, then %lld random views of "
        "it. Training asks for the same representation of all views of one image, and for another one of "
        "every other image.",
        (long long)columns - 1);
    shown_of(h, row, a->shape[0], "images");
    ak_html_raw(h, "</figcaption></figure></section>\n");
}

/* Neighbours ------------------------------------------------------------------------------------------- */

static const akin_json *words_of(const ak_decoded_grid *s, int64_t row)
{
    return akin_json_at(akin_json_get(s->words, "rows"), (size_t)row);
}

/* 1 same class, 0 another, -1 unknown */
static int agrees(const akin_json *query, const akin_json *neighbour)
{
    const char *a = akin_json_get_text(query, "label"), *b = akin_json_get_text(neighbour, "label");
    return a && b ? strcmp(a, b) == 0 : -1;
}

/* How many neighbours with a known class there are, and how many share the query's. */
static void tally(const ak_decoded_grid *s, int64_t *same, int64_t *known)
{
    *same = *known = 0;
    const akin_json *rows = akin_json_get(s->words, "rows");
    for (size_t r = 0; r < akin_json_length(rows); r++) {
        const akin_json *row = akin_json_at(rows, r), *list = akin_json_get(row, "neighbours");
        for (size_t i = 0; i < akin_json_length(list); i++) {
            const int verdict = agrees(akin_json_get(row, "query"), akin_json_at(list, i));
            *known += verdict >= 0;
            *same += verdict == 1;
        }
    }
}

static void put_words(ak_html *h, const akin_json *o)
{
    const char *label = akin_json_get_text(o, "label"), *item = akin_json_get_text(o, "item");
    const double similarity = akin_json_get_real(o, "similarity");
    ak_html_text(h, label ? label : item ? item : "unlabelled");
    if (isfinite(similarity)) ak_html_put(h, ", similarity %.3f", similarity);
    if (label && item) ak_html_put(h, " (%s)", item);
}

static void neighbour(ak_html *h, const ak_decoded_grid *s, int64_t row, int64_t column)
{
    const akin_json *words = words_of(s, row);
    const akin_json *one = akin_json_at(akin_json_get(words, "neighbours"), (size_t)(column - 1));
    const int verdict = agrees(akin_json_get(words, "query"), one);
    ak_html_put(h, "<li class=\"%s\">", verdict == 1 ? "same" : verdict == 0 ? "other" : "unknown");
    open_image(h, picture_at(&s->images, row, column));
    ak_html_raw(h, " alt=\"");
    put_words(h, one);
    ak_html_raw(h, "\" title=\"");
    put_words(h, one);
    ak_html_raw(h, "\">");
    ak_html_raw(h, "</li>");
}

/* "8 of 10, else Shirt, Coat": in words what the frames show. */
static void score(ak_html *h, const akin_json *words)
{
    const akin_json *query = akin_json_get(words, "query"), *list = akin_json_get(words, "neighbours");
    const size_t n = akin_json_length(list);
    int known = 0, same = 0;
    for (size_t i = 0; i < n; i++) {
        const int verdict = agrees(query, akin_json_at(list, i));
        known += verdict >= 0;
        same += verdict == 1;
    }
    if (!known) return;
    ak_html_put(h, " <b>%d of %d</b>", same, known);
    const char *separator = ", else ";
    for (size_t i = 0; i < n; i++) {
        if (agrees(query, akin_json_at(list, i)) != 0) continue;
        const char *label = akin_json_get_text(akin_json_at(list, i), "label");
        size_t first = 0; /* the first neighbour with this label */
        while (first < i) {
            const char *other = akin_json_get_text(akin_json_at(list, first), "label");
            if (other && strcmp(other, label) == 0) break;
            first++;
        }
        if (first < i) continue;
        ak_html_put(h, "%s%s", separator, label);
        separator = ", ";
    }
}

static void strip(ak_html *h, const ak_decoded_grid *s, int64_t row, int64_t columns, const char *name)
{
    ak_html_put(h, "<p class=\"by\">%s", name);
    score(h, words_of(s, row));
    ak_html_raw(h, "</p><ol class=\"strip\">");
    for (int64_t c = 1; c < columns; c++) neighbour(h, s, row, c);
    ak_html_raw(h, "</ol>\n");
}

/* Do both sheets ask about the same items, row by row? */
static bool same_queries(const ak_decoded_grid *a, const ak_decoded_grid *b)
{
    if (!a->images.data || !b->images.data || !a->words || !b->words) return false;
    if (a->images.shape[0] != b->images.shape[0]) return false;
    for (int64_t r = 0; r < a->images.shape[0]; r++) {
        const char *x = akin_json_get_text(akin_json_get(words_of(a, r), "query"), "item");
        const char *y = akin_json_get_text(akin_json_get(words_of(b, r), "query"), "item");
        if (!x || !y || strcmp(x, y) != 0) return false;
    }
    return true;
}

/* The rows of `main`, with those of `beside` (may be NULL) under them; returns how many rows were shown. */
static int64_t queries(ak_html *h, const ak_decoded_grid *main, const ak_decoded_grid *beside,
                       const char *name)
{
    const int64_t columns = least(main->images.shape[1], MOST_COLUMNS);
    const int64_t under = beside ? least(beside->images.shape[1], MOST_COLUMNS) : 0;
    ak_html_put(h, "<div class=\"queries\" style=\"--n:%lld\">\n",
                (long long)(columns > under ? columns : under) - 1);
    const size_t start = h->used;
    int64_t row = 0;
    for (; row < least(main->images.shape[0], MOST_ROWS) && h->used - start < NEIGHBOURS_BUDGET && !h->failed;
         row++) {
        const akin_json *query = akin_json_get(words_of(main, row), "query");
        const char *label = akin_json_get_text(query, "label");
        ak_html_raw(h, "<div class=\"query\"><div class=\"asked\">");
        open_image(h, picture_at(&main->images, row, 0));
        ak_html_raw(h, " alt=\"query: ");
        put_words(h, query);
        ak_html_put(h, "\"><small>%s</small></div><div class=\"answers\">", label ? label : "query");
        strip(h, main, row, columns, name);
        if (beside) strip(h, beside, row, under, "raw pixels");
        ak_html_raw(h, "</div></div>\n");
    }
    ak_html_raw(h, "</div>\n");
    return row;
}

static void caption(ak_html *h, const ak_run *run, int64_t shown)
{
    const ak_decoded_grid *trained = &run->neighbours[AK_TRAINED], *pixels = &run->neighbours[AK_PIXELS];
    const ak_decoded_grid *first = trained->images.data ? trained : pixels;
    int64_t same, known, raw_same, raw_known;
    ak_html_raw(h,
                "<figcaption><b>Nearest neighbours</b> by cosine similarity, nearest first; left the query.");
    tally(first, &same, &known);
    tally(pixels, &raw_same, &raw_known);
    if (known) {
        ak_html_put(h,
                    " <span class=\"mark same\">Solid frame</span>: the query's class; <span class=\"mark "
                    "other\">dashed frame</span>: another class. Of %lld neighbours, %lld (%.0f %%) have the "
                    "query's class",
                    (long long)known, (long long)same, 100 * (double)same / (double)known);
        if (first == trained && raw_known)
            ak_html_put(h, "; by raw pixels %lld of %lld (%.0f %%)", (long long)raw_same,
                        (long long)raw_known, 100 * (double)raw_same / (double)raw_known);
        ak_html_raw(h, ". Labels were used for the frames only.");
    }
    shown_of(h, shown, first->images.shape[0], "queries");
    ak_html_raw(h, "</figcaption>");
}

/* Texts: the query, then what is nearest to it, each with its class and cosine. */
static bool put_texts(ak_html *h, const ak_decoded_grid *s)
{
    const akin_json *rows = akin_json_get(s->words, "rows");
    if (!akin_json_get_text(akin_json_get(akin_json_at(rows, 0), "query"), "text")) return false;
    bool labelled = false;
    ak_html_raw(h, "<section id=\"neighbours\"><h2>Nearest neighbours</h2>\n<figure><ol class=\"texts\">\n");
    for (size_t r = 0; r < akin_json_length(rows); r++) {
        const akin_json *row = akin_json_at(rows, r), *query = akin_json_get(row, "query"),
                        *list = akin_json_get(row, "neighbours");
        const char *text = akin_json_get_text(query, "text"), *label = akin_json_get_text(query, "label");
        labelled = labelled || label;
        ak_html_raw(h, "<li><b>");
        ak_html_text(h, text ? text : "");
        ak_html_raw(h, "</b>");
        if (label) ak_html_put(h, " <small>%s</small>", label);
        ak_html_raw(h, "<ol>");
        for (size_t i = 0; i < akin_json_length(list) && i < TEXTS; i++) {
            const akin_json *one = akin_json_at(list, i);
            const int verdict = agrees(query, one);
            text = akin_json_get_text(one, "text");
            label = akin_json_get_text(one, "label");
            ak_html_put(h, "<li class=\"%s\">", verdict == 1 ? "same" : verdict == 0 ? "other" : "unknown");
            ak_html_text(h, text ? text : "");
            ak_html_put(h, " <small>%.2f%s%s</small></li>", akin_json_get_real(one, "similarity"),
                        label ? ", " : "", label ? label : "");
        }
        ak_html_raw(h, "</ol></li>\n");
    }
    ak_html_put(h,
                "</ol>\n<figcaption>Items, evenly spaced, and the training items whose features have the "
                "largest cosine with theirs%s.</figcaption></figure></section>\n",
                labelled ? ", with their class" : "");
    return true;
}

void ak_gallery_neighbours(ak_html *h, const ak_run *run)
{
    if (put_texts(h, &run->neighbours[AK_TRAINED])) return;
    const ak_decoded_grid *trained = &run->neighbours[AK_TRAINED], *pixels = &run->neighbours[AK_PIXELS];
    if (!trained->images.data && !pixels->images.data) return;
    ak_html_raw(h, "<section id=\"neighbours\"><h2>Nearest neighbours</h2>\n<figure>");
    int64_t shown;
    if (!trained->images.data)
        shown = queries(h, pixels, NULL, "raw pixels");
    else if (same_queries(trained, pixels))
        shown = queries(h, trained, pixels, "trained");
    else
        shown = queries(h, trained, NULL, "trained");
    caption(h, run, shown);
    ak_html_raw(h, "</figure></section>\n");
}
