/* SPDX-License-Identifier: Apache-2.0 */
/* theory/haochen.c - the spectral contrastive loss against the best linear change of these features
 * [HaoChen2021].
 *
 *     L_spec(f) = -2 E f(x).f(x+) + E (f(x).f(x'))^2
 *
 * over both views in either role. It is at least what the best linear change of the features has, whatever f
 * is. The difference is what a linear layer could still win. two_view.c computes both.
 *
 * The eigenvalue number C of the two-view operator. It is near 1 where both views of an item agree along as
 * many directions as there are classes.
 *
 * The edges between classes, phi: estimated by the share of positive pairs whose views the mean classifier
 * puts into different classes. Labels cannot tell it, as a view has the label of its item.
 *
 * Precision. Rows are read as they were given and made unit length in double: a row rounded to float has no
 * digits along directions where collapsed features have theirs. */
#include "base/plain.h"
#include "eval/eval.h"
#include "theory/contrast.h"
#include "kernels/gemm.h"
#include "theory/two_view.h"

#include <math.h>
#include <string.h>

enum { PAIRS = 4096 };
static const double MOST = 0x1p32; /* items times the square of columns: beyond, fewer items are taken */

static int64_t greatest(const float *x, int64_t n)
{
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (x[i] > x[best]) best = i;
    return best;
}

static akin_status add_cross_edges(ak_theory_job *job, akin_error *err)
{
    enum { STRIP = 64 };
    const int64_t d = job->d, c = job->classes, m = job->n < PAIRS ? job->n : PAIRS;
    float *mean = ak_alloc(sizeof *mean, c, d), *score = ak_alloc(sizeof *score, 2 * STRIP, c),
          *row = ak_alloc(sizeof *row, 2 * STRIP, d);
    bool good = mean && score && row;
    int64_t apart = 0;
    for (int64_t j = 0; good && j < c * d; j++) mean[j] = (float)job->mean_b[j];
    for (int64_t from = 0; from < m && good; from += STRIP) {
        const int64_t rows = m - from < STRIP ? m - from : STRIP;
        for (int64_t i = 0; i < rows; i++) {
            const int64_t item = (from + i) * job->n / m;
            memcpy(row + i * d, job->a + item * d, (size_t)d * sizeof *row);
            memcpy(row + (rows + i) * d, job->b + item * d, (size_t)d * sizeof *row);
        }
        good = ak_gemm(false, true, 2 * rows, c, d, row, d, mean, d, 0, score, c);
        for (int64_t i = 0; i < rows && good; i++)
            apart += greatest(score + i * c, c) != greatest(score + (rows + i) * c, c);
    }
    free(mean);
    free(score);
    free(row);
    if (!good) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the edges between classes");
    const double share = (double)apart / (double)m;
    akin_bound_row *r = ak_bound_add(job, "haochen-cross-edges", "[HaoChen2021]", AKIN_MARK_DERIVED,
                                     "positive pairs across classes", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, share, 0, NAN);
    if (m < job->n) ak_wilson95(share, m, r->measured_interval); /* else all pairs were looked at */
    ak_bound_assume(r, "classes told by the mean classifier; %lld pairs", (long long)m);
    return AKIN_OK;
}

static void add_rows(ak_theory_job *job, const ak_two_view *o, int64_t items)
{
    const int64_t c = job->classes;
    char cut[96] = "", some[64] = "";
    if (o->cut > 0)
        ak_snprintf(cut, sizeof cut, ", %lld cut: below %g of the greatest second moment", (long long)o->cut,
                    AK_TWO_VIEW_CUT);
    if (items < job->n) ak_snprintf(some, sizeof some, "; %lld items", (long long)items);
    akin_bound_row *r = ak_bound_add(job, "haochen-spectral", "[HaoChen2021 eq.6]", AKIN_MARK_DERIVED,
                                     "spectral contrastive loss", AKIN_BOUND_LOWER);
    /* no eigenvalue is above 1; where all are, rounding must not say that it is better than the least */
    const double least = -(double)o->rank, best = o->best < least * (1 - 1e-9) ? least : o->best;
    /* both sides are of the same items: their difference is exact; the intervals are of other items */
    ak_bound_judge(r,
                   &(ak_bound_sides){ .value = best,
                                      .measured = o->loss,
                                      .measured_reach = { o->loss_half, o->loss_half },
                                      .difference = { .mean = o->loss - best } },
                   least);
    r->interval[0] = o->best_interval[0];
    r->interval[1] = o->best_interval[1];
    ak_bound_assume(r, "best linear change of these features; %lld direction%s%s%s; unit rows, mu = 1",
                    (long long)o->rank, o->rank == 1 ? "" : "s", cut, some);
    r = ak_bound_add(job, "haochen-eigenvalue", "[HaoChen2021]", AKIN_MARK_DERIVED,
                     "eigenvalue C of the two-view operator", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, o->value, o->value_half, NAN);
    ak_bound_assume(
        r, "1 = both views agree along C = %lld directions; the first %.6g, the one after C %.6g%s%s",
        (long long)c, o->first, o->next, cut, some);
}

/* 1 / length of each row. */
static double *row_scales(akin_cmat x)
{
    double *scale = ak_alloc(sizeof *scale, x.rows, 1);
    for (int64_t i = 0; scale && i < x.rows; i++) {
        double sum = 0;
        for (int64_t j = 0; j < x.cols; j++) sum += pow((double)x.data[i * x.stride + j], 2);
        scale[i] = 1 / sqrt(sum);
    }
    return scale;
}

static akin_status add_spectrum(ak_theory_job *job, akin_error *err)
{
    const double d = (double)job->d, fits = fmin((double)job->n, floor(MOST / (d * d)));
    const int64_t step = (int64_t)ceil((double)job->n / fits), items = (job->n + step - 1) / step;
    const akin_cmat a = job->in.a, b = job->in.b.data ? job->in.b : a;
    ak_two_view_input in = { .a = { a.data, items, a.cols, a.stride * step },
                             .b = { b.data, items, b.cols, b.stride * step },
                             .eigenvalue = job->classes - 1 };
    double *scale_a = row_scales(in.a), *scale_b = row_scales(in.b);
    ak_two_view out;
    akin_status status = scale_a && scale_b ? AKIN_OK : ak_no_memory(err, "for %lld rows", (long long)items);
    in.scale_a = scale_a;
    in.scale_b = scale_b;
    if (!status) status = ak_two_view_of(&in, &out, err);
    if (!status) add_rows(job, &out, items);
    free(scale_a);
    free(scale_b);
    return status;
}

akin_status ak_theory_haochen(ak_theory_job *job, akin_error *err)
{
    if (job->d <= AK_TWO_VIEW_COLUMNS) {
        AK_TRY(add_spectrum(job, err));
    } else {
        akin_bound_row *r = ak_bound_add(job, "haochen-spectral", "[HaoChen2021 eq.6]", AKIN_MARK_DERIVED,
                                         "spectral contrastive loss", AKIN_BOUND_LOWER);
        ak_bound_assume(r, "not computed: %lld columns; up to %d are", (long long)job->d,
                        AK_TWO_VIEW_COLUMNS);
    }
    return add_cross_edges(job, err);
}
