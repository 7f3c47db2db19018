/* SPDX-License-Identifier: Apache-2.0 */
/* report/map.c - the section of the map: places as whole numbers, neighbours, names, and one sheet of small
 * pictures. What is drawn of it is said by map_script.c.
 *
 * The sheet has a budget of bytes, so that a page can be sent by mail. Where pictures as they are do not fit,
 * it is a JPEG; where that does not fit, they are made smaller. */
#include "report/map.h"

#include "akin/tool/json.h"
#include "report/gallery.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_TILE = 64, BLOCK = 8, COLUMNS = 32, EXTENT = 10000, MOST_ROWS = 65500 /* of a JPEG */ };
static const size_t SHEET_BUDGET = 2200000, TILES_BUDGET = 48000000;

/* Data ------------------------------------------------------------------------------------------------- */

static void put_ints(ak_html *h, const char *key, const int32_t *x, int64_t n)
{
    ak_html_put(h, ",\n\"%s\":[", key);
    for (int64_t i = 0; i < n; i++) ak_html_put(h, i ? ",%lld" : "%lld", (long long)x[i]);
    ak_html_raw(h, "]");
}

/* Both axes by one scale; the longer one has EXTENT units. */
static void put_places(ak_html *h, const akin_report_map *m)
{
    float low[2] = { INFINITY, INFINITY }, high[2] = { -INFINITY, -INFINITY };
    for (int64_t i = 0; i < m->n; i++)
        for (int c = 0; c < 2; c++) {
            const float x = m->places.data[i * m->places.stride + c];
            if (x < low[c]) low[c] = x;
            if (x > high[c]) high[c] = x;
        }
    const double width = (double)high[0] - (double)low[0], height = (double)high[1] - (double)low[1];
    const double most = width > height ? width : height, unit = most > 0 ? EXTENT / most : 0;
    ak_html_put(h, ",\"w\":%.0f,\"h\":%.0f", width * unit, height * unit);
    for (int c = 0; c < 2; c++) {
        ak_html_put(h, ",\n\"%s\":[", c ? "y" : "x");
        for (int64_t i = 0; i < m->n; i++) {
            const double x = (double)m->places.data[i * m->places.stride + c];
            ak_html_put(h, i ? ",%.0f" : "%.0f", (x - (double)low[c]) * unit);
        }
        ak_html_raw(h, "]");
    }
}

/* What else colours the items; of difficulty the thousandths. */
static void put_colours(ak_html *h, const akin_report_map *m)
{
    if (m->cluster) {
        put_ints(h, "cluster", m->cluster, m->n);
        ak_html_raw(h, ",\n\"central\":[");
        for (int64_t c = 0; c < m->clusters; c++)
            ak_html_put(h, c ? ",%lld" : "%lld", (long long)m->central[c]);
        ak_html_raw(h, "]");
    }
    if (!m->difficulty) return;
    ak_html_raw(h, ",\n\"hard\":[");
    for (int64_t i = 0; i < m->n; i++) ak_html_put(h, i ? ",%.0f" : "%.0f", 1000 * (double)m->difficulty[i]);
    ak_html_raw(h, "]");
}

static void put_names(ak_html *h, const akin_report_map *m)
{
    akin_json *names = akin_json_array();
    for (int64_t i = 0; i < m->n; i++) akin_json_append(names, akin_json_text(m->item(i, m->ctx)));
    ak_html_raw(h, ",\n\"name\":");
    ak_html_json(h, names);
    if (!m->labels) return;
    put_ints(h, "label", m->labels, m->n);
    akin_json *classes = akin_json_array();
    for (int64_t k = 0; k < m->classes; k++) {
        const char *name = m->class_name ? m->class_name(k, m->ctx) : NULL;
        char number[32];
        snprintf(number, sizeof number, "class %lld", (long long)k);
        akin_json_append(classes, akin_json_text(name ? name : number));
    }
    ak_html_raw(h, ",\n\"classes\":");
    ak_html_json(h, classes);
}

/* Pictures --------------------------------------------------------------------------------------------- */

typedef struct sheet {
    int64_t h, w, c;      /* of a tile */
    int64_t rise, pitch;  /* from one tile to the next: a JPEG's are whole blocks */
    unsigned char *tiles; /* [n,h,w,c] */
} sheet;

/* So that the longer side is `side`. */
static void set_size(sheet *s, int64_t height, int64_t width, int64_t side)
{
    const int64_t longer = height > width ? height : width;
    s->h = longer > side ? height * side / longer : height;
    s->w = longer > side ? width * side / longer : width;
    if (s->h < 1) s->h = 1;
    if (s->w < 1) s->w = 1;
}

static akin_status fetch_tiles(const akin_report_map *m, sheet *s, akin_error *err)
{
    int64_t side = LARGEST_TILE;
    s->c = m->channels;
    while (side > BLOCK && (size_t)(m->n * side * side * s->c) > TILES_BUDGET) side--;
    set_size(s, m->height, m->width, side);
    unsigned char *whole = ak_alloc(1, m->height * m->width, s->c);
    s->tiles = ak_alloc(1, m->n, s->h * s->w * s->c);
    akin_status status =
        whole && s->tiles ? AKIN_OK : ak_no_memory(err, "for %lld pictures", (long long)m->n);
    for (int64_t i = 0; i < m->n && !status; i++) {
        status = m->picture(i, whole, m->ctx, err);
        if (!status)
            ak_gallery_shrink(whole, m->height, m->width, s->c, s->h, s->w,
                              s->tiles + i * s->h * s->w * s->c);
    }
    free(whole);
    return status;
}

/* Tile i at the size of `as`; what is left of its place has the colours of its edges. */
static void put_tile(unsigned char *to, int64_t stride, const unsigned char *tile, const sheet *as)
{
    for (int64_t y = 0; y < as->rise; y++) {
        const unsigned char *row = tile + (y < as->h ? y : as->h - 1) * as->w * as->c;
        for (int64_t x = 0; x < as->pitch; x++)
            memcpy(to + y * stride + x * as->c, row + (x < as->w ? x : as->w - 1) * as->c, (size_t)as->c);
    }
}

/* The tiles at a size, side by side, as a data URI; quality 0: a PNG. */
static akin_status put_sheet(ak_html *h, const sheet *s, int64_t n, const sheet *as, int quality,
                             akin_error *err)
{
    const int64_t rows = (n + COLUMNS - 1) / COLUMNS, wide = as->pitch * COLUMNS, high = rows * as->rise;
    unsigned char *all = ak_alloc(1, high, wide * as->c), *tile = ak_alloc(1, as->h * as->w * as->c, 1);
    if (!all || !tile) {
        free(all);
        free(tile);
        return ak_no_memory(err, "for %lld pictures", (long long)n);
    }
    memset(all, 0, (size_t)(high * wide * as->c));
    for (int64_t i = 0; i < n; i++) {
        ak_gallery_shrink(s->tiles + i * s->h * s->w * s->c, s->h, s->w, s->c, as->h, as->w, tile);
        put_tile(all + ((i / COLUMNS) * as->rise * wide + (i % COLUMNS) * as->pitch) * as->c, wide * as->c,
                 tile, as);
    }
    if (quality && high <= MOST_ROWS)
        ak_gallery_jpeg(h, all, high, wide, as->c, quality, as->rise % 16 == 0 && as->pitch % 16 == 0);
    else
        ak_gallery_png(h, all, high, wide, as->c);
    free(all);
    free(tile);
    return h->failed ? ak_no_memory(err, "for the pictures of the map") : AKIN_OK;
}

/* A side as pictures are, then in whole blocks: as large as fits. */
static akin_status put_pictures(ak_html *h, const akin_report_map *m, sheet *as, akin_error *err)
{
    static const int QUALITY[] = { 0, 85, 60 };
    sheet s = { .tiles = NULL };
    akin_status status = fetch_tiles(m, &s, err);
    const int64_t whole = s.h > s.w ? s.h : s.w;
    const size_t start = h->used;
    bool fits = false;
    for (int64_t side = whole; !fits && !status; side = (side - 1) / BLOCK * BLOCK) {
        const bool small = (size_t)(m->n * s.h * s.w * s.c) <= 5 * SHEET_BUDGET; /* else no PNG of it fits */
        for (int q = side == whole && small ? 0 : 1; q < 3 && !fits && !status; q++) {
            *as = (sheet){ .c = s.c };
            set_size(as, s.h, s.w, side);
            const bool png = QUALITY[q] == 0;
            as->rise = png ? as->h : (as->h + BLOCK - 1) / BLOCK * BLOCK;
            as->pitch = png ? as->w : (as->w + BLOCK - 1) / BLOCK * BLOCK;
            h->used = start;
            status = put_sheet(h, &s, m->n, as, QUALITY[q], err);
            fits = h->used - start <= SHEET_BUDGET || (side <= BLOCK && q == 2);
        }
    }
    free(s.tiles);
    return status;
}

/* The section ------------------------------------------------------------------------------------------ */

static const char HINT[] =
    "Point at an item, click it, or move with the arrow keys: here it is shown with what "
    "is nearest to it.";

static void put_colour_words(ak_html *h, const akin_report_map *m)
{
    if (m->cluster)
        ak_html_put(
            h,
            " Clusters are those of k-means with k = %lld on the features, numbered by size: a way to "
            "look around, for another k gives others.",
            (long long)m->clusters);
    if (m->difficulty)
        ak_html_raw(h, " Difficult is an item whose two random views the encoder tells apart from other "
                       "items least well: the loss of its own views is great.");
}

static void put_frame(ak_html *h, const akin_report_map *m)
{
    ak_html_raw(h, "<figure><p class=\"bar\"><label>Colour by <select id=\"map-colour\">");
    if (m->labels)
        ak_html_raw(h,
                    "<option value=\"class\">class</option><option value=\"mixed\">how many of the nearest "
                    "have its class</option>");
    if (m->cluster) ak_html_raw(h, "<option value=\"cluster\">cluster</option>");
    ak_html_raw(h, "<option value=\"density\">how much is like it</option>");
    if (m->difficulty) ak_html_raw(h, "<option value=\"hard\">how difficult it is</option>");
    ak_html_raw(h, "</select></label></p>\n"
                   "<div class=\"map\"><canvas id=\"map-canvas\" tabindex=\"0\" role=\"application\" "
                   "aria-label=\"Map of ");
    ak_html_count(h, (double)m->n);
    ak_html_put(
        h,
        " items. Arrow keys move to the nearest item in that direction, Escape leaves it; a table of the "
        "items is below.\" aria-describedby=\"map-item\"></canvas>\n"
        "<div id=\"map-item\" role=\"region\" aria-live=\"polite\" aria-label=\"The item\">"
        "<p class=\"muted\">%s</p></div></div>\n<ul id=\"map-legend\" class=\"legend\" "
        "aria-label=\"Colours\"></ul>\n"
        "<noscript><p class=\"missing\">The map is drawn by a script within this page, and scripts are "
        "off. <code>akin map RUN -o map.npy --svg map.svg</code> makes a picture.</p></noscript>\n",
        HINT);
    ak_html_raw(h, "<figcaption><b>Map.</b> ");
    ak_html_count(h, (double)m->n);
    if (m->n < m->of) {
        ak_html_raw(h, " of ");
        ak_html_count(h, (double)m->of);
    }
    ak_html_put(
        h,
        " items of the %s part%s. Near is like; how far apart two groups lie, and which way is up, mean "
        "little. Similarity is the cosine of the features as the network gives them; <code>akin map</code> "
        "and "
        "<code>akin nn</code> take features halfway to whitened unless <code>--form plain</code> is there. "
        "Neighbours are among the items on the map.%s",
        m->split, m->n < m->of ? ", evenly spaced" : "",
        m->labels ? " Labels gave colours and nothing else." : "");
    put_colour_words(h, m);
    ak_html_raw(h, "</figcaption></figure>\n");
    if (m->remark) ak_html_put(h, "<p class=\"missing\">%s.</p>\n", m->remark);
    ak_html_put(
        h,
        "<details id=\"map-table\"><summary>The items as a table</summary><div class=\"scroll\" "
        "role=\"group\" tabindex=\"0\" aria-label=\"The items of the map\">"
        "<table class=\"compare\"><thead><tr><th scope=\"col\">item</th>%s%s<th scope=\"col\">mean "
        "similarity of its %d nearest</th>%s<th scope=\"col\">the nearest, similarity</th></tr></thead>"
        "<tbody id=\"map-rows\"></tbody></table></div>"
        "<button type=\"button\" id=\"map-more\" hidden>more items</button></details>\n",
        m->labels ? "<th scope=\"col\">class</th>" : "", m->cluster ? "<th scope=\"col\">cluster</th>" : "",
        m->k, m->difficulty ? "<th scope=\"col\">loss of its views</th>" : "");
}

static void put_data(ak_html *h, const akin_report_map *m, const sheet *as)
{
    ak_html_put(h, "<script type=\"application/json\" id=\"map-data\">{\"k\":%d,\"hint\":\"%s\"", m->k, HINT);
    if (m->picture)
        ak_html_put(h, ",\"sheet\":{\"columns\":%d,\"w\":%lld,\"h\":%lld,\"pitch\":%lld,\"rise\":%lld}",
                    COLUMNS, (long long)as->w, (long long)as->h, (long long)as->pitch, (long long)as->rise);
    put_places(h, m);
    put_ints(h, "near", m->near, m->n * m->k);
    ak_html_raw(h, ",\n\"sim\":[");
    for (int64_t i = 0; i < m->n * m->k; i++)
        ak_html_put(h, i ? ",%.0f" : "%.0f", 1000 * (double)m->similarity[i]);
    ak_html_raw(h, "]");
    put_colours(h, m);
    put_names(h, m);
    ak_html_raw(h, "}</script>\n<script>");
    for (const char *const *line = ak_map_script; *line; line++) ak_html_raw(h, *line);
    ak_html_raw(h, "</script>\n");
}

/* By counting: half of the items, or one more, have a nearest of at least the median. */
ak_map_summary ak_map_summarise(const akin_report_map *m)
{
    enum { STEPS = 2000 }; /* thousandths from -1 to 1 */
    int64_t count[STEPS + 1] = { 0 }, passed = 0;
    ak_map_summary s = { 0 };
    for (int64_t i = 0; i < m->n; i++) {
        const double x = floor(1000 * (double)m->similarity[i * m->k] + 0.5) + 1000;
        count[x < 0 ? 0 : x > STEPS ? STEPS : (int)x]++;
    }
    int at = STEPS;
    for (; passed + count[at] < (m->n + 1) / 2; at--) passed += count[at];
    s.median = (at - 1000) / 1000.0;
    for (at = 0; !count[at]; at++) continue;
    s.least = (at - 1000) / 1000.0;
    s.same = count[STEPS];
    return s;
}

static void put_missing(ak_html *h, const char *why)
{
    ak_html_put(h,
                "<section id=\"map\"><h2>Map of the items</h2>\n<p class=\"missing\">There is no map: "
                "%s.</p></section>\n",
                why);
}

static akin_status put_map(ak_html *h, const akin_report_map *m, akin_error *err)
{
    sheet as = { .tiles = NULL };
    akin_status status = AKIN_OK;
    ak_html_raw(h, "<section id=\"map\"><h2>Map of the items</h2>\n");
    put_frame(h, m);
    if (m->picture) {
        ak_html_raw(h, "<img id=\"map-sheet\" alt=\"\" hidden src=\"");
        status = put_pictures(h, m, &as, err);
        ak_html_raw(h, "\">\n");
    }
    put_data(h, m, &as);
    ak_html_raw(h, "</section>\n");
    return status;
}

akin_status ak_report_map_check(const akin_report_map *m, akin_error *err)
{
    if (m->n < 2 || m->k < 1 || m->k >= m->n)
        return ak_fail(err, AKIN_ERR_SHAPE, "report: %lld items with %d neighbours are no map",
                       (long long)m->n, m->k);
    if (m->places.rows != m->n || m->places.cols != 2 || !m->places.data)
        return ak_fail(err, AKIN_ERR_SHAPE, "report: the places are not [%lld,2]", (long long)m->n);
    if (!m->near || !m->similarity || !m->item || !m->split)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "report: a map needs near, similarity, item and split");
    if (m->cluster && (!m->central || m->clusters < 1))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "report: clusters of a map need central");
    if (m->picture && (m->height < 1 || m->width < 1 || (m->channels != 1 && m->channels != 3)))
        return ak_fail(err, AKIN_ERR_SHAPE, "report: pictures of a map have 1 or 3 channels");
    return AKIN_OK;
}

akin_status ak_map_section(ak_html *h, const akin_report_map *map, bool *scripted, akin_error *err)
{
    *scripted = false;
    if (!map) return AKIN_OK;
    akin_report_map m = AKIN_REPORT_MAP_INIT;
    AK_TRY(ak_opts_import(&m, map, "report map", err));
    if (m.missing) {
        put_missing(h, m.missing);
        return AKIN_OK;
    }
    AK_TRY(ak_report_map_check(&m, err));
    akin_error why;
    const akin_status status = put_map(h, &m, &why);
    *scripted = !status;
    if (status == AKIN_ERR_NOMEM) return ak_no_memory(err, "for the map of the page");
    if (!status) return AKIN_OK;
    h->used = 0;
    put_missing(h, why.message);
    return AKIN_OK;
}
