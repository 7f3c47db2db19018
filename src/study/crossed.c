/* SPDX-License-Identifier: Apache-2.0 */
/* study/crossed.c - the interval of a mean over repetitions and items that cross (akin/tool/study.h), and the
 * items of a claim: which of them the runs on both sides got right.
 *
 * The items of a cell are row `items_row` of DIR/runs/ID/eval-items.npy, where the measurement is "...top1"
 * of `akin eval`. That folder holds the last evaluation alone, so its eval.json must tell the same results
 * as the document that was measured. */
#include "akin/base.h"
#include "base/base.h"
#include "base/path.h"
#include "eval/eval.h"
#include "study/study.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

akin_status akin_crossed95_of(const double *x, int64_t n, int64_t items, akin_mean95 *out, akin_error *err)
{
    if (!x || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "crossed95: x and out must not be NULL");
    ak_crossed c;
    akin_mean95 m = AKIN_MEAN95_INIT;
    AK_TRY(ak_crossed_of(x, n, items, &c, err));
    const double half = ak_crossed_half(&c, 0.025);
    m.n = n;
    m.mean = c.mean;
    m.low = c.mean - half;
    m.high = c.mean + half;
    return ak_result_export(out, &m, "crossed95", err);
}

/* The items of a claim --------------------------------------------------------------------------------- */

static bool same_text(const akin_json *a, const akin_json *b, const char *key)
{
    const char *x = akin_json_get_text(a, key), *y = akin_json_get_text(b, key);
    return x && y && strcmp(x, y) == 0;
}

/* Whether two documents tell of the same test items. */
static bool same_items(const akin_json *a, const akin_json *b)
{
    return same_text(a, b, "fingerprint") && same_text(a, b, "split") && same_text(a, b, "target");
}

/* Whether they are the same evaluation: all of its results are equal, but for rounding. */
static bool same_evaluation(const akin_json *a, const akin_json *b)
{
    const akin_json *x = akin_json_get(a, "results"), *y = akin_json_get(b, "results");
    const size_t n = akin_json_length(x);
    bool same = same_items(a, b) && n == akin_json_length(y);
    for (size_t k = 0; k < n && same; k++) {
        const akin_json *r = akin_json_at(x, k), *q = akin_json_at(y, k);
        same = same_text(r, q, "protocol") && same_text(r, q, "encoder") && same_text(r, q, "layer") &&
               fabs(akin_json_get_real(r, "top1") - akin_json_get_real(q, "top1")) < 1e-8;
    }
    return same;
}

/* What is stored and cannot be read is an error; what is damaged is as good as absent. */
static akin_status unread(akin_status status)
{
    return status == AKIN_ERR_NOMEM ? status : status == AKIN_ERR_INPUT ? AKIN_ERR_IO : AKIN_OK;
}

/* DIR/logs/ID.TOOL.json, or with tool NULL DIR/runs/ID/eval.json; *out is NULL where it is not there. */
static akin_status document(const akin_study *s, const char *id, const char *tool, akin_json **out,
                            akin_error *err)
{
    char path[AK_STUDY_PATH + 2 * AK_STUDY_NAME];
    bool there;
    *out = NULL;
    const int wrote = tool ? snprintf(path, sizeof path, "%s/logs/%s.%s.json", s->place, id, tool)
                           : snprintf(path, sizeof path, "%s/runs/%s/eval.json", s->place, id);
    if (wrote < 0 || (size_t)wrote >= sizeof path) return AKIN_OK;
    AK_TRY(ak_look_stored(path, &there, NULL, err));
    return there ? unread(akin_json_load(path, (size_t)256 << 20, 0, out, err)) : AKIN_OK;
}

/* The result that a measurement reads top1 of; NULL: it reads something else. */
static const akin_json *result_of(const akin_study *s, const akin_json *measure, const akin_json *doc)
{
    const char *path = akin_json_get_text(measure, "path"), *from = akin_json_get_text(measure, "from");
    const char *verb = akin_json_as_text(akin_json_at(akin_json_get(ak_study_list(s, "tools"), from), 0));
    char parent[AK_STUDY_PATH];
    const size_t n = path ? strlen(path) : 0;
    if (!verb || strcmp(verb, "eval") != 0 || n < 5 || n >= sizeof parent ||
        strcmp(path + n - 5, ".top1") != 0)
        return NULL;
    memcpy(parent, path, n - 5);
    parent[n - 5] = 0;
    return ak_study_find(doc, parent);
}

/* left - right for each test item. */
typedef struct pairing {
    double *x; /* [rows, items]; items is 0 before the first cell */
    int64_t rows, items;
    akin_json *first;   /* the document of the first cell, that all are held against */
    akin_status status; /* of what cannot be read */
    akin_error *err;
} pairing;

static akin_status load_items(const char *path, akin_array *right, akin_error *err)
{
    bool there;
    AK_TRY(ak_look_stored(path, &there, NULL, err));
    return there ? unread(akin_npy_load(path, right, err)) : AKIN_OK;
}

/* Add weight times what the cell got right to a row. false: that is not told. */
static bool add_right(const akin_study *s, const char *id, const akin_json *result, double weight, pairing *t,
                      int64_t row)
{
    char path[AK_STUDY_PATH + AK_STUDY_NAME + 64];
    const double n = akin_json_get_real(result, "n"), at = akin_json_get_real(result, "items_row");
    akin_array right = { .data = NULL };
    snprintf(path, sizeof path, "%s/runs/%s/eval-items.npy", s->place, id);
    if (!(n >= 2) || !(at >= 0) || (t->status = load_items(path, &right, t->err))) return false;
    bool fits = right.data && right.dtype == AKIN_DTYPE_U8 && right.ndim == 2 &&
                at < (double)right.shape[0] &&
                (double)right.shape[1] == n; /* fewer are kept where classes are unknown */
    const int64_t count = fits ? right.shape[1] : 0;
    const uint8_t *hit = fits ? (const uint8_t *)right.data + (int64_t)at * count : NULL;
    int64_t hits = 0;
    for (int64_t i = 0; i < count; i++) hits += hit[i];
    fits = fits && fabs((double)hits - akin_json_get_real(result, "top1") * n) < 0.5;
    if (fits && !t->items) {
        t->x = ak_alloc(sizeof *t->x, t->rows, count);
        if (!t->x) t->status = ak_no_memory(t->err, "for the items of a claim");
        if (t->x) memset(t->x, 0, sizeof *t->x * (size_t)(t->rows * count));
        t->items = count;
    }
    fits = fits && t->x && t->items == count;
    for (int64_t i = 0; i < count && fits; i++) t->x[row * count + i] += weight * hit[i];
    akin_array_free(&right);
    return fits;
}

/* A cell's part of the difference. */
static bool add_cell(const akin_study *s, const ak_study_cell *cell, const akin_json *measure, double weight,
                     pairing *t, int64_t row)
{
    const akin_json *factor = akin_json_get(measure, "factor");
    akin_json *doc = NULL, *last = NULL;
    t->status = document(s, cell->id, akin_json_get_text(measure, "from"), &doc, t->err);
    if (!t->status) t->status = document(s, cell->id, NULL, &last, t->err);
    const akin_json *result = t->status ? NULL : result_of(s, measure, doc);
    if (factor) weight *= akin_json_as_real(factor);
    const bool fits = result && same_evaluation(doc, last) && (!t->first || same_items(t->first, doc)) &&
                      add_right(s, cell->id, result, weight, t, row);
    if (fits && !t->first) t->first = akin_json_share(doc);
    akin_json_free(last);
    akin_json_free(doc);
    return fits;
}

/* The cells that a side means, all or the chosen one. */
static bool add_side(const akin_study *s, const akin_json *what, const ak_study_pair *p, int64_t chosen,
                     double sign, pairing *t, int64_t row)
{
    if (akin_json_is_number(what)) return true; /* moves all items alike */
    const akin_json *measure = ak_study_measure_named(s, akin_json_get_text(what, "measure"));
    int64_t count = 0, at = 0;
    bool fits = !akin_json_get(what, "correlate") && measure;
    for (int pass = 0; pass < 2 && fits; pass++)
        for (int k = 0; k < s->cell_count && fits; k++) {
            const ak_study_cell *cell = &s->cells[k];
            if (cell->seed != p->seed ||
                !ak_study_where(akin_json_get(what, "where"), s->configs[cell->config].labels))
                continue;
            if (!pass)
                count++;
            else if (chosen < 0 || at++ == chosen)
                fits = add_cell(s, cell, measure, sign / (chosen < 0 ? (double)count : 1), t, row);
        }
    return fits;
}

akin_status ak_study_items(const akin_study *s, const akin_json *left, const akin_json *right,
                           const ak_study_pair *pair, int64_t n, double **x, int64_t *items, akin_error *err)
{
    pairing t = { .rows = n, .err = err };
    bool fits = n > 0;
    for (int64_t k = 0; k < n && fits; k++)
        fits = add_side(s, left, &pair[k], pair[k].left, 1, &t, k) &&
               add_side(s, right, &pair[k], pair[k].right, -1, &t, k);
    akin_json_free(t.first);
    fits = fits && t.items && !t.status;
    if (!fits) free(t.x);
    *x = fits ? t.x : NULL;
    *items = fits ? t.items : 0;
    return t.status;
}
