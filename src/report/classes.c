/* SPDX-License-Identifier: Apache-2.0 */
/* report/classes.c - which classes the features tell apart: of each how many items are found again, and what
 * the others are taken for; where classes are few, all counts. */
#include "report/classes.h"

#include "base/base.h"

#include <stdlib.h>
#include <string.h>

enum { MATRIX = 12 }; /* as many columns as a page has room for */

typedef struct line {
    int64_t of, items, found, other, times; /* other: the class that most of the rest are taken for */
} line;

/* The class that is found again least comes first. */
static int least_first(const void *a, const void *b)
{
    const line *x = a, *y = b;
    const double p = (double)x->found / (double)x->items, q = (double)y->found / (double)y->items;
    if (p != q) return p < q ? -1 : 1;
    return (x->of > y->of) - (x->of < y->of);
}

static line line_of(const akin_report_classes *c, int64_t k)
{
    line l = { .of = k, .other = -1 };
    for (int64_t j = 0; j < c->classes; j++) {
        const int64_t n = c->counts[k * c->classes + j];
        l.items += n;
        if (j == k)
            l.found = n;
        else if (n > l.times)
            l.other = j, l.times = n;
    }
    return l;
}

static void put_line(ak_html *h, const akin_report_classes *c, const line *l)
{
    ak_html_raw(h, "<tr><th scope=\"row\">");
    ak_html_text(h, c->name(l->of, c->ctx));
    ak_html_raw(h, "</th><td>");
    ak_html_count(h, (double)l->items);
    ak_html_raw(h, "</td><td><b>");
    ak_html_percent(h, (double)l->found / (double)l->items);
    ak_html_raw(h, "</b></td><td>");
    if (l->other >= 0) {
        ak_html_text(h, c->name(l->other, c->ctx));
        ak_html_put(h, " <span class=\"muted\">%lld</span>", (long long)l->times);
    }
    ak_html_raw(h, "</td></tr>\n");
}

static void put_matrix(ak_html *h, const akin_report_classes *c)
{
    ak_html_raw(h, "<details><summary>All counts: a line a given class, a column a class that is judged"
                   "</summary>");
    ak_html_scroll(h, "Counts of classes");
    ak_html_raw(h, "<table class=\"compare\"><thead><tr><th scope=\"col\">given</th>");
    for (int64_t j = 0; j < c->classes; j++) {
        ak_html_raw(h, "<th scope=\"col\">");
        ak_html_text(h, c->name(j, c->ctx));
        ak_html_raw(h, "</th>");
    }
    ak_html_raw(h, "</tr></thead><tbody>\n");
    for (int64_t k = 0; k < c->classes; k++) {
        ak_html_raw(h, "<tr><th scope=\"row\">");
        ak_html_text(h, c->name(k, c->ctx));
        ak_html_raw(h, "</th>");
        for (int64_t j = 0; j < c->classes; j++)
            ak_html_put(h, j == k ? "<td><b>%lld</b></td>" : "<td>%lld</td>",
                        (long long)c->counts[k * c->classes + j]);
        ak_html_raw(h, "</tr>\n");
    }
    ak_html_raw(h, "</tbody></table></div></details>\n");
}

akin_status ak_classes_section(ak_html *h, const akin_report_classes *classes, akin_error *err)
{
    akin_report_classes c = AKIN_REPORT_CLASSES_INIT;
    if (!classes) return AKIN_OK;
    AK_TRY(ak_opts_import(&c, classes, "report classes", err));
    if (!c.counts || !c.name || c.classes < 1)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "report: classes need counts and name");
    line *lines = ak_alloc(sizeof *lines, c.classes, 1);
    if (!lines) return ak_no_memory(err, "for %lld classes", (long long)c.classes);
    int64_t n = 0;
    for (int64_t k = 0; k < c.classes; k++) {
        const line l = line_of(&c, k);
        if (l.items > 0) lines[n++] = l;
    }
    if (n) qsort(lines, (size_t)n, sizeof *lines, least_first);
    ak_html_raw(h, "<section id=\"classes\"><h2>Classes</h2>\n");
    ak_html_scroll(h, "Classes");
    ak_html_put(
        h,
        "<table class=\"compare\"><caption><b>Which classes are mixed up.</b> Each item of the map is judged "
        "by the features of the others: %s. The class that is found again least comes first."
        "</caption>\n<thead><tr><th scope=\"col\">class</th><th scope=\"col\">items</th><th "
        "scope=\"col\">found again</th><th scope=\"col\">most often taken for</th></tr></thead><tbody>\n",
        c.how);
    for (int64_t i = 0; i < n; i++) put_line(h, &c, &lines[i]);
    ak_html_raw(h, "</tbody></table></div>\n");
    if (c.classes <= MATRIX) put_matrix(h, &c);
    ak_html_raw(h, "</section>\n");
    free(lines);
    return AKIN_OK;
}
