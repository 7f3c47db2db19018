/* SPDX-License-Identifier: Apache-2.0 */
/* overview/items.c - which items of the map are to be looked at first: near copies, labels that are likely
 * wrong, items unlike all others, and the most ordinary ones. A part that these items do not allow, such as
 * labels of one class, is left out. */
#include "overview/overview.h"

#include "base/base.h"

#include "akin/tool/dataset.h"
#include "akin/tool/dups.h"
#include "akin/tool/label_errors.h"
#include "akin/tool/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 12, FAR = 5, LONG_JUDGED = 5000 };

/* Share of the labels that the features must give back: below it an odd item says as much of the encoder. */
static const double ENOUGH = 0.7;

/* What the page asks for -------------------------------------------------------------------------------- */

static const char *class_of(const ak_overview_items *s, int64_t k, char number[32])
{
    const char *name = s->m->map.class_name(k, s->m);
    snprintf(number, 32, "class %lld", (long long)k);
    return name ? name : number;
}

static const char *item_name(int64_t i, void *ctx)
{
    ak_overview_items *s = ctx;
    const ak_overview_map *m = s->m;
    char of[4096], given[32], perhaps[32];
    akin_dataset_item_name(m->set, m->map.split, m->item[i], of, sizeof of);
    if (!m->labels)
        snprintf(s->name, sizeof s->name, "%s", of);
    else if (s->wrong && s->wrong[i])
        snprintf(s->name, sizeof s->name, "%s: given as %s, perhaps %s", of, class_of(s, m->labels[i], given),
                 class_of(s, s->perhaps[i], perhaps));
    else
        snprintf(s->name, sizeof s->name, "%s: %s", of, class_of(s, m->labels[i], given));
    return s->name;
}

static const char *item_words(int64_t i, int64_t *bytes, void *ctx)
{
    const ak_overview_map *m = ((ak_overview_items *)ctx)->m;
    return akin_dataset_item_text(m->set, m->map.split, m->item[i], bytes);
}

static akin_status item_picture(int64_t i, uint8_t *pixels, void *ctx, akin_error *err)
{
    const ak_overview_map *m = ((ak_overview_items *)ctx)->m;
    return m->map.picture(i, pixels, (void *)(uintptr_t)m, err);
}

/* Parts ------------------------------------------------------------------------------------------------- */

/* So many items from the front of an order, in one row. */
static void add_row(ak_overview_items *s, const char *title, const char *text, const char *number_name,
                    int64_t n)
{
    const int k = s->sheet.sections++;
    int64_t *start = s->start[k];
    start[0] = 0;
    start[1] = n;
    s->section[k] = (akin_sheet_section){ title, text, number_name, n > 0, start, s->item[k], s->number[k] };
}

static void copy_groups(ak_overview_items *s, const akin_dups_found *f, const double *like)
{
    const int k = s->sheet.sections++;
    int64_t rows = 0, used = 0;
    for (int64_t first = 0; first < f->n && rows < SHOWN; first++) {
        int64_t n = 0;
        for (int64_t i = first; i < f->n && used + n < AK_OVERVIEW_ITEMS; i++) {
            if (f->group[i] != first) continue;
            s->item[k][used + n] = i;
            s->number[k][used + n++] = i == first ? NAN : like[i];
        }
        if (n < 2) continue;
        s->start[k][rows++] = used;
        used += n;
    }
    s->start[k][rows] = used;
    s->section[k] =
        (akin_sheet_section){ "Near copies",
                              "Groups whose first item has the others very near. Whether these are "
                              "copies is for the eye.",
                              "similarity",
                              rows,
                              s->start[k],
                              s->item[k],
                              s->number[k] };
}

/* Of each copy how like it is to the first of its group: of equal rows, as the first of them is. */
static void likeness(const akin_dups_found *f, double *like)
{
    for (int64_t i = 0; i < f->n; i++) like[i] = NAN;
    for (int64_t p = 0; p < f->pairs; p++)
        if (f->group[f->pair[p].b] == f->pair[p].a) like[f->pair[p].b] = f->pair[p].similarity;
    for (int64_t p = 0; p < f->pairs; p++)
        if (isnan(like[f->pair[p].b])) like[f->pair[p].b] = like[f->pair[p].a];
}

static akin_status add_copies(ak_overview_items *s, akin_cmat rows, akin_error *err)
{
    akin_dups *dups = NULL;
    akin_status status = akin_dups_find(rows, NULL, &dups, err);
    if (status) return status;
    const akin_dups_found *f = akin_dups_look(dups);
    double *like = malloc((size_t)f->n * sizeof *like);
    s->copies_known = true;
    s->groups = f->groups;
    s->copies = f->copies;
    if (!like)
        status = ak_no_memory(err, "for %lld items", (long long)f->n);
    else if (f->groups) {
        likeness(f, like);
        copy_groups(s, f, like);
    }
    free(like);
    akin_dups_free(dups);
    return status;
}

static akin_status show_labels(ak_overview_items *s, const akin_label_state *l, akin_error *err)
{
    const int64_t n = l->n;
    const int k = s->sheet.sections;
    int64_t shown = 0;
    s->wrong = malloc((size_t)n);
    s->perhaps = malloc((size_t)n * sizeof *s->perhaps);
    if (!s->wrong || !s->perhaps) return ak_no_memory(err, "for %lld labels", (long long)n);
    memcpy(s->wrong, l->wrong, (size_t)n);
    s->called = l->called;
    for (int64_t r = 0; r < n; r++) {
        const int64_t i = l->order[r];
        s->perhaps[i] = l->label[l->suggested[i]];
        if (!l->wrong[i] || shown == SHOWN) continue;
        s->item[k][shown] = i;
        s->number[k][shown++] = NAN;
    }
    if (shown)
        add_row(s, "Labels that are likely wrong",
                "The rest of the items, judged by their features, say another class: confident learning "
                "[Northcutt2021].",
                "", shown);
    return AKIN_OK;
}

static const char *class_name(int64_t k, void *ctx)
{
    ak_overview_items *s = ctx;
    return class_of(s, k, s->class_number);
}

enum { MOST_CLASSES = 1000 };

/* How many items of each class are judged as which. */
static akin_status count_classes(ak_overview_items *s, const akin_label_state *l, bool knn, akin_error *err)
{
    const int64_t classes = s->m->map.classes;
    if (classes > MOST_CLASSES) return AKIN_OK;
    s->counts = calloc((size_t)(classes * classes), sizeof *s->counts);
    if (!s->counts) return ak_no_memory(err, "for %lld classes", (long long)classes);
    for (int64_t i = 0; i < l->n; i++)
        if (!isnan(l->score[i])) s->counts[l->label[l->given[i]] * classes + l->label[l->suggested[i]]]++;
    s->classes = (akin_report_classes)AKIN_REPORT_CLASSES_INIT;
    s->classes.classes = classes;
    s->classes.counts = s->counts;
    s->classes.name = class_name;
    s->classes.how = knn ? "by the votes of its nearest"
                         : "by a linear layer fitted to them, and by the votes of its "
                           "nearest";
    s->classes.ctx = s;
    return AKIN_OK;
}

static akin_status add_labels(ak_overview_items *s, akin_cmat rows, akin_error *err)
{
    const int64_t n = s->m->map.n;
    akin_label_errors *found = NULL;
    akin_label_opts how = AKIN_LABEL_OPTS_INIT;
    if (n > LONG_JUDGED) how.method = AKIN_LABEL_KNN; /* a page is not to take minutes */
    akin_status status = akin_label_errors_find(rows, s->m->labels, n, &how, &found, err);
    if (status) return status;
    const akin_label_state *l = akin_label_errors_look(found);
    s->agree = l->agree;
    status = count_classes(s, l, how.method == AKIN_LABEL_KNN, err);
    if (!status && l->agree >= ENOUGH) status = show_labels(s, l, err);
    akin_label_errors_free(found);
    return status;
}

typedef struct ranked {
    int64_t item;
    double distance;
} ranked;

static int farthest_first(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->distance != y->distance) return x->distance > y->distance ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static akin_status add_far(ak_overview_items *s, akin_cmat rows, akin_error *err)
{
    const int64_t n = rows.rows;
    double *distance = malloc((size_t)n * sizeof *distance);
    ranked *order = malloc((size_t)n * sizeof *order);
    akin_outliers_opts how = AKIN_OUTLIERS_OPTS_INIT;
    how.k = FAR;
    int64_t known = 0;
    akin_status status = distance && order ? akin_outliers(rows, &how, distance, NULL, err)
                                           : ak_no_memory(err, "for %lld items", (long long)n);
    for (int64_t i = 0; i < n && !status; i++)
        if (!isnan(distance[i])) order[known++] = (ranked){ i, distance[i] };
    if (known) qsort(order, (size_t)known, sizeof *order, farthest_first);
    const int64_t shown = known < SHOWN ? known : SHOWN;
    for (int side = 0; side < 2 && shown; side++) {
        const int k = s->sheet.sections;
        for (int64_t r = 0; r < shown; r++) {
            const ranked *of = &order[side ? known - 1 - r : r];
            s->item[k][r] = of->item;
            s->number[k][r] = 1 - of->distance;
        }
        add_row(s, side ? "Most ordinary" : "Unlike all others",
                side ? "Items that have the most like them."
                     : "Items whose 5th nearest is farthest away: rare, odd, or damaged [Ramaswamy2000].",
                "5th nearest", shown);
    }
    free(distance);
    free(order);
    return status;
}

/* Together ---------------------------------------------------------------------------------------------- */

static void headline(ak_overview_items *s)
{
    char n[32], a[32], b[32];
    size_t at = (size_t)snprintf(s->headline, sizeof s->headline, "Among the %s items of the map ",
                                 akin_show_number(s->m->map.n, n));
    if (!s->copies_known)
        at += (size_t)snprintf(s->headline + at, sizeof s->headline - at,
                               "too few differ to say how near copies would be");
    else if (!s->groups)
        at += (size_t)snprintf(s->headline + at, sizeof s->headline - at, "there are no near copies");
    else
        at += (size_t)snprintf(s->headline + at, sizeof s->headline - at,
                               s->groups == 1 ? "there is %s group of near copies (%s could go)"
                                              : "there are %s groups of near copies (%s items could go)",
                               akin_show_number(s->groups, a), akin_show_number(s->copies, b));
    char *end = s->headline + at;
    const size_t room = sizeof s->headline - at;
    if (!(s->agree >= 0))
        snprintf(end, room, ".");
    else if (s->agree < ENOUGH)
        snprintf(
            end, room,
            ". Labels are not judged: from the features, %d %% of them are found again, and %d %% are asked "
            "for.",
            (int)(100 * s->agree), (int)(100 * ENOUGH + 0.5));
    else if (s->called == 0)
        snprintf(end, room, ", and no label is called wrong.");
    else
        snprintf(end, room,
                 s->called == 1 ? ", and %s label is likely wrong." : ", and %s labels are likely wrong.",
                 akin_show_number(s->called, a));
}

/* Only memory that lacks ends it. */
static akin_status unless_memory(akin_status status) { return status == AKIN_ERR_NOMEM ? status : AKIN_OK; }

akin_status ak_overview_items_make(ak_overview_map *m, ak_overview_items *s, akin_error *err)
{
    const akin_cmat rows = { m->rows, m->map.n, akin_model_width(m->model, AKIN_LAYER_BACKBONE),
                             akin_model_width(m->model, AKIN_LAYER_BACKBONE) };
    memset(s, 0, sizeof *s);
    s->agree = NAN;
    s->m = m;
    s->sheet = (akin_sheet)AKIN_SHEET_INIT;
    akin_status status = unless_memory(add_copies(s, rows, err));
    if (!status && m->labels) status = unless_memory(add_labels(s, rows, err));
    if (!status) status = unless_memory(add_far(s, rows, err));
    headline(s);
    s->sheet.section = s->section;
    s->sheet.title = "Look at these first";
    s->sheet.headline = s->headline;
    s->sheet.text = "'akin dups', 'akin labels' and 'akin outliers' do this for all items, and write tables "
                    "and keep-lists.";
    s->sheet.item = item_name;
    int64_t bytes;
    s->sheet.words = item_words(0, &bytes, s) ? item_words : NULL;
    s->sheet.picture = m->map.picture ? item_picture : NULL;
    s->sheet.height = m->map.height;
    s->sheet.width = m->map.width;
    s->sheet.channels = m->map.channels;
    s->sheet.ctx = s;
    return status;
}

void ak_overview_items_free(ak_overview_items *s)
{
    free(s->wrong);
    free(s->perhaps);
    free(s->counts);
    memset(s, 0, sizeof *s);
}
