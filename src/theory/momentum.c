/* SPDX-License-Identifier: Apache-2.0 */
/* theory/momentum.c - what a key encoder that lags behind changes in the loss [He2020].
 *
 * b_i are keys by the moving average of the encoder, now_i those that the encoder itself has for the same
 * views, delta_i = |b_i - now_i|. With unit rows, no similarity of an anchor moves by more than delta_j/t.
 * The loss over all keys, ln sum_j e^{s_ij} - s_ii, moves by at most the greatest change of a similarity and
 * that of its own one:
 *
 *     |L(a, b) - L(a, now)| <= (E delta_i + max_j delta_j)/t.
 *
 * So a lag that is small beside t makes the loss of the queue that of the encoder itself. */
#include "kernels/gemm.h"
#include "theory/contrast_parts.h"
#include "theory/theory.h"

#include <string.h>

enum { ITEMS = 4096, STRIP = 64 };

/* The loss of anchors against all m keys. False: no memory. */
static bool loss_of(const float *anchor, const float *key, int64_t m, int64_t d, double t, double *loss)
{
    float *sim = ak_alloc(sizeof *sim, STRIP, m);
    bool good = sim != NULL;
    *loss = 0;
    for (int64_t from = 0; from < m && good; from += STRIP) {
        const int64_t rows = m - from < STRIP ? m - from : STRIP;
        good = ak_gemm(false, true, rows, m, d, anchor + from * d, d, key, d, 0, sim, m);
        for (int64_t i = 0; i < rows && good; i++) {
            double high = -INFINITY, sum = 0;
            for (int64_t j = 0; j < m; j++) ak_add_exp(&high, &sum, (double)sim[i * m + j] / t);
            *loss += (high + log(sum) - (double)sim[i * m + from + i] / t) / (double)m;
        }
    }
    free(sim);
    return good;
}

static void add_rows(ak_theory_job *job, int64_t m, const double lag[2], const double loss[2])
{
    const double t = job->in.temperature;
    akin_bound_row *r =
        ak_bound_add(job, "momentum-lag", "[He2020 eq.2]", AKIN_MARK_DERIVED,
                     "distance of the averaged encoder's keys from its own", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, lag[0], 0, NAN);
    ak_bound_assume(r, "unit rows, %lld items; the greatest %.6g; t %g", (long long)m, lag[1], t);
    r = ak_bound_add(job, "momentum-loss", "[He2020 eq.2]", AKIN_MARK_DERIVED,
                     "change of the loss by the lag of the keys", AKIN_BOUND_UPPER);
    ak_bound_set(r, (lag[0] + lag[1]) / t, 0, fabs(loss[0] - loss[1]), 0, 4 / t);
    ak_bound_assume(r, "loss over all keys of %lld items: %.6g by the average, %.6g by the encoder itself",
                    (long long)m, loss[0], loss[1]);
}

akin_status ak_theory_momentum(ak_theory_job *job, akin_error *err)
{
    if (!job->now) return AKIN_OK;
    const int64_t d = job->d, m = job->n < ITEMS ? job->n : ITEMS;
    float *rows = ak_alloc(sizeof *rows, 3 * m, d);
    double lag[2] = { 0, 0 }, loss[2] = { 0, 0 };
    bool good = rows != NULL;
    for (int64_t i = 0; i < m && good; i++) {
        const int64_t item = i * job->n / m;
        const float *from[] = { job->a + item * d, job->b + item * d, job->now + item * d };
        double square = 0;
        for (int k = 0; k < 3; k++) memcpy(rows + (k * m + i) * d, from[k], (size_t)d * sizeof *rows);
        for (int64_t j = 0; j < d; j++) square += pow((double)from[1][j] - (double)from[2][j], 2);
        lag[0] += sqrt(square) / (double)m;
        lag[1] = fmax(lag[1], sqrt(square));
    }
    for (int k = 0; k < 2 && good; k++)
        good = loss_of(rows, rows + (k + 1) * m * d, m, d, job->in.temperature, &loss[k]);
    free(rows);
    if (!good) return ak_no_memory(err, "for the keys of %lld items", (long long)m);
    add_rows(job, m, lag, loss);
    return AKIN_OK;
}
