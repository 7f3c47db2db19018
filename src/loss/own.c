/* SPDX-License-Identifier: Apache-2.0 */
/* loss/own.c - holds the gradient of a caller's own loss against differences of its values. */
#include "akin/loss.h"
#include "base/base.h"

#include <math.h>
#include <string.h>

size_t akin_loss_fn_check_bytes(akin_cmat z)
{
    const size_t rows = ak_arena_padded(sizeof(float), z.rows, z.cols);
    return rows && rows < SIZE_MAX / 8 ? 3 * rows + 64 : 0;
}

typedef struct check {
    akin_loss_fn *fn;
    void *ctx;
    akin_mat x, dz, probe; /* the rows, dense; their gradient; the gradient beside them, which nobody reads */
    akin_error *err;
} check;

static akin_status call(const check *c, akin_mat dz, double *value)
{
    AK_TRY(c->fn(akin_mat_const(c->x), value, dz, c->ctx, c->err));
    if (isfinite(*value)) return AKIN_OK;
    return ak_fail(c->err, AKIN_ERR_NUMERIC, "loss_fn_check: the loss is %g, not finite", *value);
}

/* The slope along number i, from four values; its error falls with the fourth power of the step. */
static akin_status slope(const check *c, int64_t i, float step, double *out)
{
    const float kept = c->x.data[i];
    static const float places[] = { 1, -1, 2, -2 };
    double value[4] = { 0 };
    akin_status status = AKIN_OK;
    for (int p = 0; p < 4 && !status; p++) {
        c->x.data[i] = kept + places[p] * step;
        status = call(c, c->probe, &value[p]);
    }
    c->x.data[i] = kept;
    *out = (8 * (value[0] - value[1]) - (value[2] - value[3])) / (12 * (double)step);
    return status;
}

static akin_status compare(const check *c, double *worst)
{
    const int64_t n = c->x.rows * c->x.cols;
    double squares = 0, largest = 0, gap = 0, value;
    for (int64_t i = 0; i < n; i++) squares += (double)c->x.data[i] * (double)c->x.data[i];
    const float step = squares > 0 ? (float)sqrt(squares / (double)n) / 64 : 1.0f / 64;
    AK_TRY(call(c, c->dz, &value));
    if (!ak_all_finite(c->dz.data, n))
        return ak_fail(c->err, AKIN_ERR_NUMERIC, "loss_fn_check: the gradient is not finite");
    for (int64_t i = 0; i < n; i++) {
        double seen = 0;
        AK_TRY(slope(c, i, step, &seen));
        largest = fmax(largest, fabs((double)c->dz.data[i]));
        gap = fmax(gap, fabs(seen - (double)c->dz.data[i]));
    }
    *worst = largest > 0 ? gap / largest : gap;
    return AKIN_OK;
}

static akin_mat take(akin_arena *scratch, akin_cmat z)
{
    return (akin_mat){ ak_arena_array(scratch, float, z.rows, z.cols), z.rows, z.cols, z.cols };
}

akin_status akin_loss_fn_check(akin_loss_fn *fn, void *ctx, akin_cmat z, akin_arena *scratch, double *worst,
                               akin_error *err)
{
    if (!fn || !scratch || !worst)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "loss_fn_check: fn, scratch and worst must not be NULL");
    AK_TRY(ak_check_view(z, "z", err));
    const size_t mark = scratch->used;
    check c = { fn, ctx, take(scratch, z), take(scratch, z), take(scratch, z), err };
    akin_status status = AKIN_OK;
    double found = 0;
    if (!c.x.data || !c.dz.data || !c.probe.data) {
        status = ak_fail(err, AKIN_ERR_NOMEM,
                         "loss_fn_check: scratch is too small; akin_loss_fn_check_bytes() tells the size");
    } else {
        for (int64_t i = 0; i < z.rows; i++)
            memcpy(ak_row(c.x, i), ak_crow(z, i), (size_t)z.cols * sizeof(float));
        status = compare(&c, &found);
    }
    scratch->used = mark;
    if (!status) *worst = found;
    return status;
}
