/* SPDX-License-Identifier: Apache-2.0 */
/* report/figures.c - the list of charts. */
#include "report/figures.h"

#include "base/escape.h"
#include "base/plain.h"

#include <string.h>

/* "AVG-2 mu %" -> "avg-2-mu": a name that needs no quotes in a shell. */
static void slug(char to[AK_FIGURE_TEXT], const char *name)
{
    size_t used = 0;
    for (const char *c = name; *c && used + 1 < AK_FIGURE_TEXT; c++) {
        const bool plain = ak_isalnum(*c) || *c == '.' || *c == '_' || (*c & 0x80);
        if (plain)
            to[used++] = ak_tolower(*c);
        else if (used > 0 && to[used - 1] != '-')
            to[used++] = '-';
    }
    while (used > 0 && to[used - 1] == '-') used--;
    to[used] = 0;
}

static bool is_taken(const ak_charts *c, const char *name)
{
    for (int i = 0; i < c->count; i++)
        if (strcmp(c->row[i].name, name) == 0) return true;
    return false;
}

void ak_charts_add(ak_charts *c, const char *name, const char *title,
                   void (*fill)(ak_figure *f, const ak_charts_of *of, int at), int at)
{
    if (c->count == c->room) {
        const int room = 2 * c->room + 16;
        ak_chart *more = realloc(c->row, (size_t)room * sizeof *more);
        if (!more) {
            c->failed = true;
            return;
        }
        c->row = more;
        c->room = room;
    }
    ak_chart *r = &c->row[c->count];
    slug(r->name, name);
    for (int n = 2; (*r->name == 0 || is_taken(c, r->name)) && n < 1000;
         n++) { /* names that differ in signs alone */
        char again[AK_FIGURE_TEXT - 8];
        slug(r->name, name);
        ak_show(r->name, strlen(r->name), AK_HEAD, again, sizeof again);
        snprintf(r->name, sizeof r->name, "%s-%d", *again ? again : "chart", n);
    }
    ak_show(title, strlen(title), AK_HEAD, r->title, sizeof r->title);
    r->fill = fill;
    r->at = at;
    c->count++;
}

void ak_charts_list(ak_charts *c, const ak_charts_of *of)
{
    *c = (ak_charts){ 0 };
    if (of->study)
        ak_charts_of_study(c, of);
    else
        ak_charts_of_runs(c, of);
}

void ak_charts_free(ak_charts *c)
{
    free(c->row);
    *c = (ak_charts){ 0 };
}
