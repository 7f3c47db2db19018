/* SPDX-License-Identifier: Apache-2.0 */
/* theory/zero_rows.c - a diagnosis of the items that have a direction. A row of zeros has none: the item is
 * left out of all values, with its views and its label, and counted. */
#include "theory/diagnosis.h"

#include <stdlib.h>
#include <string.h>

static bool is_zero(akin_cmat x, int64_t i)
{
    if (!x.data || i >= x.rows) return false;
    for (int64_t j = 0; j < x.cols; j++)
        if (ak_crow(x, i)[j] != 0) return false; /* a NaN too */
    return true;
}

static bool is_left_out(const akin_diagnose_input *in, int64_t i)
{
    bool zero = is_zero(in->features, i) || is_zero(in->other, i);
    for (int32_t v = 0; v < in->view_count && !zero; v++) zero = is_zero(in->views[v], i);
    return zero;
}

/* The rows that are kept, of x, which may have fewer than there are items. */
static akin_status copy(const ak_directed *o, int64_t kept, akin_cmat *x, float **mine, akin_error *err)
{
    int64_t rows = 0;
    while (rows < kept && o->row[rows] < x->rows) rows++;
    *mine = ak_alloc(sizeof **mine, rows ? rows : 1, x->cols);
    if (!*mine) return ak_no_memory(err, "for the rows that are not all zeros");
    for (int64_t k = 0; k < rows; k++)
        memcpy(*mine + k * x->cols, ak_crow(*x, o->row[k]), (size_t)x->cols * sizeof **mine);
    *x = (akin_cmat){ *mine, rows, x->cols, x->cols };
    return AKIN_OK;
}

static akin_status copy_all(ak_directed *o, int64_t kept, akin_error *err)
{
    akin_diagnose_input *in = &o->in;
    AK_TRY(copy(o, kept, &in->features, &o->mine[0], err));
    if (in->other.data) AK_TRY(copy(o, kept, &in->other, &o->mine[1], err));
    for (int32_t v = 0; v < in->view_count; v++) {
        o->views[v] = in->views[v];
        AK_TRY(copy(o, kept, &o->views[v], &o->mine[2 + v], err));
    }
    if (in->view_count) in->views = o->views;
    if (!in->labels) return AKIN_OK;
    o->labels = ak_alloc(sizeof *o->labels, kept, 1);
    if (!o->labels) return ak_no_memory(err, "for the labels of the rows that are not all zeros");
    for (int64_t k = 0; k < kept; k++) o->labels[k] = in->labels[o->row[k]];
    in->labels = o->labels;
    in->label_count = kept;
    return AKIN_OK;
}

akin_status ak_directed_make(ak_directed *o, akin_error *err)
{
    const int64_t n = o->in.features.rows;
    int64_t kept = 0;
    o->row = ak_alloc(sizeof *o->row, n, 1);
    if (!o->row) return ak_no_memory(err, "for the numbers of the rows");
    for (int64_t i = 0; i < n; i++)
        if (!is_left_out(&o->in, i))
            o->row[kept++] = i;
        else if (o->zeros++ == 0)
            o->first = i;
    if (!o->zeros) return AKIN_OK;
    if (kept < 2 || kept < o->zeros)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "features: %lld of %lld items have a row that is all zeros, row %lld (from 0) first; a "
            "diagnosis needs two other ones, and no fewer than those",
            (long long)o->zeros, (long long)n, (long long)o->first);
    return copy_all(o, kept, err);
}

void ak_directed_tell(const ak_directed *o, akin_diagnosis *d)
{
    if (!o->zeros) return;
    d->zeros = o->zeros;
    d->first_zero = o->first;
    ak_diagnosis_add(
        d,
        (akin_diagnosis_value){
            "zero-rows", "collapse", (double)o->zeros, "", "",
            ak_diagnosis_verdict((double)o->zeros / (double)(o->in.features.rows + o->zeros), 0, 0.01), "" },
        "items left out of all values: their row, or that of a view, is all zeros and has no "
        "direction; fair up to 1 %%, else poor");
}

void ak_directed_restore(const ak_directed *o, akin_diagnosis_pair *pair, int64_t n)
{
    for (int64_t i = 0; o->zeros && i < n; i++) {
        pair[i].a = o->row[pair[i].a];
        pair[i].b = o->row[pair[i].b];
    }
}

void ak_directed_free(ak_directed *o)
{
    for (int i = 0; i < AK_DIRECTED; i++) free(o->mine[i]);
    free(o->labels);
    free(o->row);
}
