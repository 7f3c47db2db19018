/* SPDX-License-Identifier: Apache-2.0 */
/* cli/labels/page.c - labels that are called wrong as a page: items side by side for each pair of classes. */
#include "cli/labels/labels.h"

#include "akin/tool/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS = 40, OF_PAIR = 60, TITLE = 256 }; /* at most */

/* What the page is made of. */
typedef struct sheet_work {
    akin_sheet_section section[PAIRS];
    char title[PAIRS][TITLE];
    int64_t start[OF_PAIR + 1]; /* each item is a row of its own */
    int64_t *item;
    double *score;
} sheet_work;

static void add_pair(const cli_suspects *s, sheet_work *w, int k, const cli_suspect_pair *pair, int64_t *at)
{
    const akin_label_state *t = s->state;
    char given[128], suggested[128], buf[32], number[32];
    const int64_t first = *at;
    akin_show_name(cli_suspect_class(s, pair->given, buf, sizeof buf), given, sizeof given);
    akin_show_name(cli_suspect_class(s, pair->suggested, buf, sizeof buf), suggested, sizeof suggested);
    cli_near_say(w->title[k], TITLE, "Given %.60s, likely %.60s: %s", given, suggested,
                 akin_show_number(pair->n, number));
    for (int64_t r = 0; r < t->n && *at - first < OF_PAIR; r++) {
        const int64_t i = t->order[r];
        if (!t->wrong[i] || t->given[i] != pair->given || t->suggested[i] != pair->suggested) continue;
        w->item[*at] = i;
        w->score[(*at)++] = t->score[i];
    }
    w->section[k] = (akin_sheet_section){ .title = w->title[k],
                                          .text = pair->n > OF_PAIR ? "The most suspect 60." : "",
                                          .number_name = "score",
                                          .rows = *at - first,
                                          .start = w->start,
                                          .item = w->item + first,
                                          .number = w->score + first };
}

static akin_status write_page(cli_suspects *s, sheet_work *w, const cli_suspect_pair *pairs, int64_t count,
                              const char *path, akin_files *files, akin_error *err)
{
    const akin_label_state *t = s->state;
    char headline[256], text[768], what[128], a[32], b[32], c[32];
    const int sections = (int)(count < PAIRS ? count : PAIRS);
    int64_t at = 0;
    for (int k = 0; k <= OF_PAIR; k++) w->start[k] = k;
    for (int k = 0; k < sections; k++) add_pair(s, w, k, &pairs[k], &at);
    cli_near_say(headline, sizeof headline, "%s of %s labels are called wrong; about %s are, by estimate.",
                 akin_show_number(t->called, a), akin_show_number(t->n, b),
                 akin_show_number(llround(t->estimate), c));
    cli_near_say(
        text, sizeof text,
        "Judged: %s, by classifiers that have not seen the item. %.1f %% of the items look most like the "
        "class they are given. Where two classes are hard to tell apart, right labels are called wrong, "
        "too: look before you leave them out. The smallest score is the most suspect%s.",
        cli_near_what(&s->near, what, sizeof what), 100 * t->agree,
        count > PAIRS ? "; the rarest pairs of classes are left out here" : "");
    akin_sheet sheet = AKIN_SHEET_INIT;
    sheet.kind = "Labels";
    sheet.headline = headline;
    sheet.text = text;
    sheet.section = w->section;
    sheet.sections = sections;
    return cli_near_page(&s->near, &sheet, path, files, err);
}

akin_status cli_suspects_page(cli_suspects *s, const char *path, akin_files *files, akin_error *err)
{
    int64_t count = 0;
    cli_suspect_pair *pairs = cli_suspect_pairs(s->state, &count);
    sheet_work *w = calloc(1, sizeof *w);
    akin_status status =
        w && (pairs || !s->state->called) ? AKIN_OK : cli_no_memory(err, s->state->n, "items");
    if (!status) {
        w->item = malloc(((size_t)s->state->called + 1) * sizeof *w->item);
        w->score = malloc(((size_t)s->state->called + 1) * sizeof *w->score);
        if (!w->item || !w->score) status = cli_no_memory(err, s->state->n, "items");
    }
    if (!status) status = write_page(s, w, pairs, count, path, files, err);
    if (w) free(w->item);
    if (w) free(w->score);
    free(w);
    free(pairs);
    return status;
}
