/* SPDX-License-Identifier: Apache-2.0 */
/* report/bound_table.c - bounds beside what they bound: numbers and a drawing in each line, so that nothing
 * is only drawn. Rows about the same quantity share an axis, which is broken where a value lies far
 * beyond it. Shape as well as colour tells measured (full circle) from bound (diamond). */
#include "report/bound.h"
#include "report/scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double WIDTH = 208, LEFT = 10, RIGHT = 10;

static double at(const ak_scale *s, double v) { return LEFT + ak_scale_share(s, v) * (WIDTH - LEFT - RIGHT); }

/* Numbers ------------------------------------------------------------------------------------------------ */

/* Beyond the numbers of a computer, by the logarithm. */
static void put_bound(ak_html *h, const ak_bound *b)
{
    if (isfinite(b->value))
        ak_html_loss(h, b->value);
    else if (isfinite(b->log_value))
        ak_html_put(h, "e^%.4g", b->log_value);
    else
        ak_html_raw(h, "\xE2\x80\x93");
}

static void put_interval(ak_html *h, double low, double high)
{
    if (!isfinite(low) || !isfinite(high) || low == high) return;
    ak_html_raw(h, "<span class=\"ci\">[");
    ak_html_loss(h, low);
    ak_html_raw(h, ", ");
    ak_html_loss(h, high);
    ak_html_raw(h, "]</span>");
}

static void number_cell(ak_html *h, double x, double low, double high)
{
    ak_html_raw(h, "<td>");
    ak_html_loss(h, x);
    put_interval(h, low, high);
    ak_html_raw(h, "</td>");
}

void ak_bound_paper(ak_html *h, const ak_bound *b)
{
    ak_html_put(h, "<small class=\"paper\">%s%s", b->paper, *b->paper ? " " : "");
    if (*b->mark) ak_html_put(h, "(%s) ", b->mark);
    ak_html_put(h, "<code>%s</code></small>", b->words.name);
}

static void verdict_cell(ak_html *h, const ak_bound *b)
{
    ak_html_raw(h, "<td class=\"says\">");
    if (b->fails)
        ak_html_raw(h, "<b class=\"bad\">fails</b>");
    else if (b->holds)
        ak_html_raw(h, "holds");
    else
        ak_html_put(h, "undecided<span class=\"ci\">%s</span>", b->reason);
    if (b->vacuous && !b->fails) ak_html_raw(h, ", vacuous");
    ak_html_raw(h, "</td>");
}

/* Drawings ----------------------------------------------------------------------------------------------- */

/* Where the axis is broken: two strokes across it. */
static void put_break(ak_html *h, double x, double y)
{
    ak_html_put(h, "<path class=\"break\" d=\"M%.1f %.1fl4 -7M%.1f %.1fl4 -7\"/>", x - 4, y + 3.5, x,
                y + 3.5);
}

static void put_span(ak_html *h, const ak_scale *s, const char *class, double low, double high, double y)
{
    if (isfinite(low) && isfinite(high) && low < high)
        ak_html_put(h, "<path class=\"span %s\" d=\"M%.1f %.1fH%.1f\"/>", class, at(s, low), y, at(s, high));
}

/* A bound on the axis, or an arrow beyond its break with the value. */
static void put_mark(ak_html *h, const ak_scale *s, const ak_bound *b)
{
    const double y = 20, x = at(s, b->value);
    const int beyond = ak_scale_beyond(s, b->value);
    if (!beyond) {
        put_span(h, s, "k1", b->low, b->high, y);
        ak_html_put(h, "<path class=\"dot k1\" d=\"M%.1f %.1fl4 4 -4 4 -4 -4z\"/>", x, y - 4);
        return;
    }
    const double edge = beyond > 0 ? WIDTH - 2 : 2;
    put_break(h, beyond > 0 ? edge - 13 : edge + 13, y);
    ak_html_put(h, "<path class=\"arrow\" d=\"M%.1f %.1fl%d -3.5v7z\"/>", edge, y, beyond > 0 ? -6 : 6);
    ak_html_put(h, "<text class=\"far\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">",
                beyond > 0 ? edge - 20 : edge + 20, y + 3.5, beyond > 0 ? "end" : "start");
    put_bound(h, b);
    ak_html_raw(h, "</text>");
}

static void drawing(ak_html *h, const ak_scale *s, const ak_bound *b)
{
    double tick[AK_SCALE_TICKS];
    ak_html_put(h, "<svg class=\"dots\" viewBox=\"0 0 %.0f 28\" aria-hidden=\"true\">", WIDTH);
    const int ticks = ak_scale_ticks(s, 5, tick);
    for (int k = 0; k < ticks; k++) ak_html_put(h, "<path class=\"grid\" d=\"M%.1f 0v28\"/>", at(s, tick[k]));
    if (isfinite(b->reference) && !ak_scale_beyond(s, b->reference))
        ak_html_put(h, "<path class=\"refer\" d=\"M%.1f 0v28\"/>", at(s, b->reference));
    if (isfinite(b->measured)) {
        put_span(h, s, "k0", b->measured_low, b->measured_high, 8);
        ak_html_put(h, "<circle class=\"dot k0\" cx=\"%.1f\" cy=\"8\" r=\"3.4\"/>", at(s, b->measured));
    }
    if (!isnan(b->value)) put_mark(h, s, b);
    ak_html_raw(h, "</svg>");
}

static void axis(ak_html *h, const ak_scale *s)
{
    double tick[AK_SCALE_TICKS];
    ak_html_put(h, "<svg class=\"dots\" viewBox=\"0 0 %.0f 20\" aria-hidden=\"true\">", WIDTH);
    ak_html_put(h, "<path class=\"axis\" d=\"M%.1f 19.5H%.1f\"/>", LEFT, WIDTH - RIGHT);
    const int ticks = ak_scale_ticks(s, 5, tick);
    for (int k = 0; k < ticks; k++) {
        ak_html_put(h, "<path class=\"axis\" d=\"M%.1f 15.5v4\"/>", at(s, tick[k]));
        ak_html_put(h, "<text x=\"%.1f\" y=\"12\" text-anchor=\"middle\">", at(s, tick[k]));
        ak_scale_number(h, s, tick[k]);
        ak_html_raw(h, "</text>");
    }
    if (s->above) put_break(h, WIDTH - RIGHT, 17);
    if (s->below) put_break(h, LEFT, 17);
    ak_html_raw(h, "</svg>");
}

/* Groups ------------------------------------------------------------------------------------------------- */

static bool same_axis(const ak_bound *a, const ak_bound *b)
{
    return strcmp(a->words.what, b->words.what) == 0 && strcmp(a->words.unit, b->words.unit) == 0;
}

static bool belongs(const ak_bound *b, const ak_bound *first, unsigned sorts)
{
    return sorts >> b->sort & 1 && same_axis(b, first);
}

static ak_scale scale_of(const ak_bound *all, size_t count, const ak_bound *first, unsigned sorts)
{
    enum { ROWS = 64 };
    double core[4 * ROWS], seen[7 * ROWS];
    size_t cores = 0, seens = 0, rows = 0;
    for (size_t i = 0; i < count && rows < ROWS; i++) {
        const ak_bound *b = &all[i];
        if (!belongs(b, first, sorts)) continue;
        rows++;
        const double inner[] = { b->measured, b->measured_low, b->measured_high, b->reference };
        memcpy(core + cores, inner, sizeof inner);
        memcpy(seen + seens, inner, sizeof inner);
        cores += 4;
        seens += 4;
        seen[seens++] = b->value;
        if (isfinite(b->value)) seen[seens++] = b->low;
        if (isfinite(b->value)) seen[seens++] = b->high;
    }
    return ak_scale_of(core, cores, seen, seens);
}

static void put_row(ak_html *h, const ak_scale *s, const ak_bound *b)
{
    ak_html_put(h, "<tr><th scope=\"row\">%s", b->words.title ? b->words.title : b->words.name);
    ak_bound_paper(h, b);
    ak_html_raw(h, "</th>");
    number_cell(h, b->measured, b->measured_low, b->measured_high);
    ak_html_raw(h, b->lower ? "<td>\xE2\x89\xA5\xC2\xA0" : "<td>\xE2\x89\xA4\xC2\xA0");
    put_bound(h, b);
    if (isfinite(b->value)) put_interval(h, b->low, b->high);
    ak_html_raw(h, "</td>");
    number_cell(h, b->apart, b->apart_low, b->apart_high);
    verdict_cell(h, b);
    ak_html_raw(h, "<td class=\"plot\">");
    drawing(h, s, b);
    ak_html_raw(h, "</td></tr>\n<tr class=\"plotrow\"><td colspan=\"5\">");
    drawing(h, s, b);
    ak_html_raw(h, "</td></tr>\n");
}

static void put_group(ak_html *h, const ak_bound *all, size_t count, const ak_bound *first, unsigned sorts)
{
    const ak_scale s = scale_of(all, count, first, sorts);
    ak_html_put(h, "<tbody><tr class=\"group\"><th colspan=\"5\" scope=\"rowgroup\">%s <small>%s%s",
                first->words.what, first->words.unit, s.log ? ", logarithmic" : "");
    ak_html_put(h, "%s</small></th><td class=\"plot\">", s.above || s.below ? ", axis broken" : "");
    axis(h, &s);
    ak_html_raw(h, "</td></tr>\n<tr class=\"plotrow\"><td colspan=\"5\">");
    axis(h, &s);
    ak_html_raw(h, "</td></tr>\n");
    for (size_t i = 0; i < count; i++)
        if (belongs(&all[i], first, sorts)) put_row(h, &s, &all[i]);
    ak_html_raw(h, "</tbody>\n");
}

static void legend(ak_html *h)
{
    ak_html_raw(
        h, "<ul class=\"legend\" aria-label=\"Marks\"><li><svg class=\"mark-key\" viewBox=\"0 0 12 12\" "
           "aria-hidden=\"true\"><circle class=\"dot k0\" cx=\"6\" cy=\"6\" r=\"3.4\"/></svg>measured</li>"
           "<li><svg class=\"mark-key\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path class=\"dot k1\" "
           "d=\"M6 2l4 4 -4 4 -4 -4z\"/></svg>bound</li><li><svg class=\"mark-key\" viewBox=\"0 0 12 12\" "
           "aria-hidden=\"true\"><path class=\"refer\" d=\"M6 0v12\"/></svg>chance, or the least there is"
           "</li><li><svg class=\"mark-key\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path "
           "class=\"break\" d=\"M2 9.5l4 -7M6 9.5l4 -7\"/></svg>the axis is broken: the value lies beyond"
           "</li></ul>\n");
}

static void legend_and_head(ak_html *h, const char *name)
{
    legend(h);
    ak_html_put(
        h,
        "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"%s\"><table class=\"bounds\">"
        "<caption class=\"sr\">%s</caption><thead><tr><th scope=\"col\">what is bounded, and from what"
        "</th><th scope=\"col\">measured</th><th scope=\"col\">bound</th><th scope=\"col\">measured less "
        "bound</th><th scope=\"col\" class=\"says\">verdict</th><th class=\"plot\" scope=\"col\">drawn"
        "</th></tr></thead>\n",
        name, name);
}

size_t ak_bounds_table(ak_html *h, const ak_bound *all, size_t count, unsigned sorts, const char *name)
{
    size_t rows = 0;
    for (size_t i = 0; i < count; i++) rows += sorts >> all[i].sort & 1;
    if (!rows) return 0;
    legend_and_head(h, name);
    for (size_t i = 0; i < count; i++) {
        bool first = sorts >> all[i].sort & 1;
        for (size_t j = 0; j < i && first; j++) first = !belongs(&all[j], &all[i], sorts);
        if (first) put_group(h, all, count, &all[i], sorts);
    }
    ak_html_raw(h, "</table></div>\n");
    return rows;
}

/* How much a bound tells --------------------------------------------------------------------------------- */

static void put_share(ak_html *h, const ak_bound *b)
{
    ak_html_put(h, "<tr><th scope=\"row\">%s <span class=\"muted\">(%s) %s</span>", b->words.what,
                b->words.unit, b->words.title ? b->words.title : "");
    ak_bound_paper(h, b);
    ak_html_put(
        h,
        "</th><td>%.0f\xC2\xA0%%</td><td class=\"way\"><svg viewBox=\"0 0 200 12\" "
        "aria-hidden=\"true\"><path class=\"whole\" d=\"M0 6H200\"/><path class=\"told\" d=\"M0 6H%.1f\""
        "/></svg></td></tr>\n",
        100 * b->tells, 200 * b->tells);
}

void ak_bounds_tell(ak_html *h, const ak_bound *all, size_t count)
{
    const ak_bound *order[64];
    size_t n = 0;
    for (size_t i = 0; i < count && n < 64; i++) {
        const ak_bound *b = &all[i];
        if (b->sort != AK_BOUND_SHOWN || !isfinite(b->tells)) continue;
        size_t at = n++;
        for (; at > 0 && order[at - 1]->tells < b->tells; at--) order[at] = order[at - 1];
        order[at] = b;
    }
    if (!n) return;
    ak_html_raw(
        h, "<h3>How far is it? What each bound tells of what could be known</h3>\n<p "
           "class=\"muted\">100\xC2\xA0%: the bound is what was measured. 0\xC2\xA0%: it is no better than "
           "chance, or than the least there is.</p>\n<table class=\"tells\"><caption class=\"sr\">How much "
           "each bound tells, most first</caption><thead><tr><th scope=\"col\">bound</th><th "
           "scope=\"col\">tells</th><th scope=\"col\" class=\"way\">0\xC2\xA0% to 100\xC2\xA0%</th></tr>"
           "</thead><tbody>\n");
    for (size_t i = 0; i < n; i++) put_share(h, order[i]);
    ak_html_raw(h, "</tbody></table>\n");
}

/* Lists -------------------------------------------------------------------------------------------------- */

void ak_bounds_list(ak_html *h, const ak_bound *all, size_t count, ak_bound_sort sort, const char *name)
{
    const bool measures = sort == AK_BOUND_IS_MEASURE;
    ak_html_put(
        h,
        "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"%s\"><table class=\"bounds\">"
        "<caption class=\"sr\">%s</caption><thead><tr><th scope=\"col\">what</th><th "
        "scope=\"col\">measured</th><th scope=\"col\">%s</th><th scope=\"col\">unit</th>",
        name, name, measures ? "beside it" : "bound");
    ak_html_raw(h, measures ? "</tr></thead><tbody>\n" : "<th scope=\"col\">why</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < count; i++) {
        const ak_bound *b = &all[i];
        if (b->sort != sort) continue;
        ak_html_put(h, "<tr><th scope=\"row\">%s", b->words.what);
        if (b->words.title && !measures) ak_html_put(h, " <span class=\"muted\">%s</span>", b->words.title);
        ak_bound_paper(h, b);
        ak_html_raw(h, "</th>");
        number_cell(h, b->measured, b->measured_low, b->measured_high);
        ak_html_raw(h, "<td>");
        put_bound(h, b);
        ak_html_put(h, "</td><td>%s</td>", b->words.unit);
        if (!measures) ak_html_put(h, "<td class=\"says\">%s</td>", b->reason);
        ak_html_raw(h, "</tr>\n");
    }
    ak_html_raw(h, "</tbody></table></div>\n");
}
