/* SPDX-License-Identifier: Apache-2.0 */
/* nn/grid.c - features that keep coarse places: the last map averaged over g x g cells.
 *
 * Cell k of an axis of `side` places covers [floor(k side/g), ceil((k+1) side/g)): cells overlap by one place
 * where g does not divide the side. Sums are float, in the order of the places; images are independent of one
 * another. */
#include "nn/nn.h"

#include "base/base.h"

#include <string.h>

typedef struct job {
    const ak_act *map;
    int32_t lanes, grid;
    bool bf16;
    akin_mat out;
} job;

static float at(const void *data, int64_t i, bool bf16)
{
    if (!bf16) return ((const float *)data)[i];
    const uint32_t bits = (uint32_t)((const uint16_t *)data)[i] << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void average(int64_t begin, int64_t end, void *ctx)
{
    const job *w = ctx;
    const ak_act *a = w->map;
    const int32_t g = w->grid;
    for (int64_t image = begin; image < end; image++)
        for (int32_t c = 0; c < a->c; c++) {
            const int64_t plane =
                (image * (a->padded / w->lanes) + c / w->lanes) * a->h * a->w * w->lanes + c % w->lanes;
            for (int32_t cell = 0; cell < g * g; cell++) {
                const int32_t gy = cell / g, gx = cell % g;
                const int32_t y0 = gy * a->h / g, y1 = ((gy + 1) * a->h + g - 1) / g;
                const int32_t x0 = gx * a->w / g, x1 = ((gx + 1) * a->w + g - 1) / g;
                float sum = 0;
                for (int32_t y = y0; y < y1; y++)
                    for (int32_t x = x0; x < x1; x++)
                        sum += at(a->data, plane + (int64_t)(y * a->w + x) * w->lanes, w->bf16);
                ak_row(w->out, image)[c * g * g + cell] = sum / (float)((y1 - y0) * (x1 - x0));
            }
        }
}

void ak_grid_average(const akin_encoder *e, akin_mat out)
{
    job w = { .map = &e->plan.act[e->plan.acts],
              .lanes = e->device.lanes->lanes,
              .grid = e->plan.grid,
              .bf16 = e->plan.precision == AKIN_PRECISION_BF16,
              .out = out };
    ak_parallel_for(out.rows, 4, average, &w);
}
