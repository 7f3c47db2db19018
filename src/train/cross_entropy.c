/* SPDX-License-Identifier: Apache-2.0 */
/* train/cross_entropy.c - every row by itself. The losses of the rows are summed afterwards, in their
 * order. */
#include "train/cross_entropy.h"

#include "base/base.h"

#include <math.h>

typedef struct work {
    akin_mat scores;
    const int32_t *label;
    float *gradient;
    double *loss; /* [n] */
} work;

static void rows(int64_t begin, int64_t end, void *ctx)
{
    const work *w = ctx;
    const int64_t classes = w->scores.cols;
    for (int64_t i = begin; i < end; i++) {
        const float *s = w->scores.data + i * w->scores.stride;
        float *g = w->gradient + i * classes, most = s[0];
        for (int64_t c = 1; c < classes; c++) most = s[c] > most ? s[c] : most;
        double sum = 0;
        for (int64_t c = 0; c < classes; c++) sum += exp((double)s[c] - (double)most);
        const double scale = 1 / (double)w->scores.rows;
        for (int64_t c = 0; c < classes; c++)
            g[c] = (float)(scale * (exp((double)s[c] - (double)most) / sum - (c == w->label[i])));
        w->loss[i] = log(sum) + (double)most - (double)s[w->label[i]];
    }
}

double ak_cross_entropy_of(akin_mat scores, const int32_t *label, float *gradient, double *loss)
{
    work w = { scores, label, gradient, loss };
    ak_parallel_for(scores.rows, 16, rows, &w);
    double sum = 0;
    for (int64_t i = 0; i < scores.rows; i++) sum += loss[i];
    return sum / (double)scores.rows;
}
