/* SPDX-License-Identifier: Apache-2.0 */
/* theory/neural_collapse.c - how near the classes are to neural collapse  [Papyan2020]. On unit rows.
 *
 *     S_W = sum_c pi_c Cov_c,   S_B = 1/C sum_c (mu_c - mu_G)(mu_c - mu_G)^T,   mu_G = 1/C sum_c mu_c
 *
 * NC1 = tr(S_W S_B^+)/C. With eigenpairs (l, v) of the Gram matrix M M^T/C of the centred means, the
 * eigenvectors of S_B are M^T v/sqrt(C l), so that only a C x C problem is solved. NC3 and NC4 need a
 * classifier. The paper takes the network's last layer; here it is least squares on one-hot labels with a
 * ridge of 1e-4 of the variance along a typical direction, tr Cov^2 / tr Cov: columns of zeros do not change
 * it, as they would change a mean over columns.
 *
 * Threads. Sums in order of items; the scores of an item are independent of those of others. */
#include "theory/diagnosis.h"
#include "linalg/cholesky.h"
#include "linalg/eigen.h"

#include <math.h>
#include <string.h>

enum { GRAM_CLASSES = 512 };

typedef struct collapse {
    double *m;    /* [C,d] centred class means */
    double *gram; /* [C,C] M M^T */
    double trace_w, trace_b;
} collapse;

static void centre_means(const ak_diagnose_job *job, collapse *k)
{
    const int64_t c = job->classes, d = job->unit.cols;
    double *centre = k->m + c * d, total = 0, spread = 0;
    for (int64_t y = 0; y < c; y++)
        for (int64_t j = 0; j < d; j++) centre[j] += job->proto[y * d + j] / (double)c;
    for (int64_t j = 0; j < d; j++) total += job->moment[j * d + j];
    for (int64_t y = 0; y < c; y++)
        for (int64_t j = 0; j < d; j++) {
            k->m[y * d + j] = job->proto[y * d + j] - centre[j];
            spread += job->prior[y] * pow(job->proto[y * d + j] - job->mean[j], 2);
        }
    for (int64_t y = 0; y < c; y++)
        for (int64_t z = 0; z <= y; z++) {
            double s = 0;
            for (int64_t j = 0; j < d; j++) s += k->m[y * d + j] * k->m[z * d + j];
            k->gram[y * c + z] = k->gram[z * c + y] = s;
        }
    k->trace_w = fmax(total - spread, 0);
    for (int64_t y = 0; y < c; y++) k->trace_b += k->gram[y * c + y] / (double)c;
}

/* tr(S_W S_B^+)/C */
static akin_status nc1(const ak_diagnose_job *job, const collapse *k, double *out, akin_error *err)
{
    const int64_t c = job->classes, d = job->unit.cols;
    double *work = ak_alloc(sizeof *work, 2 * c * c + c + 2 * d + d * d, 1);
    if (!work) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld classes", (long long)c);
    double *v = work + c * c, *l = v + c * c, *u = l + c, *wu = u + d, *sw = wu + d;
    memcpy(sw, job->moment, (size_t)(d * d) * sizeof *sw);
    for (int64_t y = 0; y < c; y++)
        for (int64_t i = 0; i < d; i++) {
            const double a = job->prior[y] * (job->proto[y * d + i] - job->mean[i]);
            for (int64_t j = 0; j < d; j++) sw[i * d + j] -= a * (job->proto[y * d + j] - job->mean[j]);
        }
    for (int64_t i = 0; i < c * c; i++) work[i] = k->gram[i] / (double)c;
    akin_status status = ak_eigen(work, c, l, v, err);
    double sum = 0;
    for (int64_t e = 0; !status && e < c && l[e] > 1e-10 * l[0]; e++) {
        memset(u, 0, (size_t)d * sizeof *u);
        for (int64_t y = 0; y < c; y++)
            for (int64_t j = 0; j < d; j++) u[j] += v[e * c + y] * k->m[y * d + j] / sqrt((double)c * l[e]);
        for (int64_t i = 0; i < d; i++)
            for (int64_t j = 0; j < d; j++) sum += u[i] * sw[i * d + j] * u[j] / l[e];
    }
    free(work);
    *out = sum / (double)c;
    return status;
}

static void nc2(const ak_diagnose_job *job, const collapse *k)
{
    const int64_t c = job->classes;
    const double count = (double)c, pairs = count * (count - 1);
    double mean = 0, square = 0, cosine = 0, cosine2 = 0, away = 0, norm = 0, apart = 0;
    for (int64_t y = 0; y < c; y++) {
        const double length = sqrt(k->gram[y * c + y]);
        mean += length / count;
        square += length * length / count;
        for (int64_t z = 0; z < c; z++) {
            norm += pow(k->gram[y * c + z], 2);
            if (z == y) continue;
            const double x = k->gram[y * c + z] / (length * sqrt(k->gram[z * c + z]));
            cosine += x / pairs;
            cosine2 += x * x / pairs;
            away += fabs(x + 1 / (count - 1)) / pairs;
        }
    }
    for (int64_t y = 0; y < c; y++)
        for (int64_t z = 0; z < c; z++)
            apart += pow(k->gram[y * c + z] / sqrt(norm) - ((y == z) - 1 / count) / sqrt(count - 1), 2);
    akin_diagnosis *o = job->out;
    ak_diagnosis_add(o,
                     AK_CLASS_VALUE("nc2-norms", sqrt(fmax(square - mean * mean, 0)) / mean, "[Papyan2020]",
                                    "unverified", ""),
                     "spread of the class means' distances from their centre; 0 at collapse");
    ak_diagnosis_add(o,
                     AK_CLASS_VALUE("nc2-angles", sqrt(fmax(cosine2 - cosine * cosine, 0)), "[Papyan2020]",
                                    "unverified", ""),
                     "spread of the cosines between centred class means; 0 at collapse");
    ak_diagnosis_add(o, AK_CLASS_VALUE("nc2-simplex", away, "[Papyan2020]", "unverified", ""),
                     "mean distance of those cosines from -1/(C-1) = %.4f", -1 / (count - 1));
    ak_diagnosis_add(o, AK_CLASS_VALUE("nc2-etf", sqrt(apart), "[Papyan2020]", "unverified", ""),
                     "distance of the class means' Gram matrix from a simplex; 0 at collapse");
}

/* Least squares on one-hot labels: rows W_c and biases. */
static akin_status least_squares(const ak_diagnose_job *job, double *w, double *bias, akin_error *err)
{
    const int64_t c = job->classes, d = job->unit.cols;
    double *a = ak_alloc(sizeof *a, d, d), trace = 0, square = 0;
    if (!a) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld columns", (long long)d);
    memcpy(a, job->moment, (size_t)(d * d) * sizeof *a);
    for (int64_t j = 0; j < d; j++) trace += a[j * d + j];
    for (int64_t i = 0; i < d * d; i++) square += a[i] * a[i];
    const double ridge = 1e-4 * (trace > 0 ? square / trace : 0) + 1e-14;
    for (int64_t j = 0; j < d; j++) a[j * d + j] += ridge;
    for (int64_t y = 0; y < c; y++)
        for (int64_t j = 0; j < d; j++) w[y * d + j] = job->prior[y] * (job->proto[y * d + j] - job->mean[j]);
    const akin_status status = ak_solve_spd(a, d, w, c, err);
    free(a);
    for (int64_t y = 0; y < c && !status; y++) {
        bias[y] = job->prior[y];
        for (int64_t j = 0; j < d; j++) bias[y] -= w[y * d + j] * job->mean[j];
    }
    return status;
}

typedef struct least_squares_scores {
    const double *scale, *bias; /* [C]: the score of class y is scale[y] s + bias[y] */
    double *best;               /* [n]: greatest score */
    int32_t *predicted;         /* [n]: its class */
} least_squares_scores;

static void linear_scores(const ak_pair_tile *tile, int64_t task, void *ctx)
{
    least_squares_scores *w = ctx;
    (void)task;
    for (int64_t r = 0; r < tile->rows; r++) {
        const int64_t i = tile->first_row + r;
        for (int64_t c = 0; c < tile->columns; c++) {
            const int64_t y = tile->first_column + c;
            const double s = w->scale[y] * (double)tile->s[r * AK_PAIR_COLUMNS + c] + w->bias[y];
            if (s > w->best[i]) {
                w->best[i] = s;
                w->predicted[i] = (int32_t)y;
            }
        }
    }
}

/* Share of items that the classifier and the nearest class mean label differently. unit: its rows at unit
 * length; scale: their lengths. */
static akin_status nc4(const ak_diagnose_job *job, const int32_t *nearest, const float *unit,
                       const double *scale, const double *bias, double *out, akin_error *err)
{
    const int64_t c = job->classes, d = job->unit.cols, n = job->unit.rows;
    least_squares_scores s = { .scale = scale, .bias = bias };
    s.best = ak_alloc(sizeof *s.best, n, 1);
    s.predicted = ak_alloc(sizeof *s.predicted, n, 1);
    akin_status status =
        s.best && s.predicted ? AKIN_OK : ak_no_memory(err, "for the scores of %lld items", (long long)n);
    for (int64_t i = 0; i < n && !status; i++) s.best[i] = -INFINITY;
    const akin_cmat columns = { unit, c, d, d };
    if (!status) status = ak_pairs_walk(akin_mat_const(job->unit), columns, false, linear_scores, &s, err);
    *out = 0;
    for (int64_t i = 0; i < n && !status; i++) *out += (s.predicted[i] != nearest[i]) / (double)n;
    free(s.best);
    free(s.predicted);
    return status;
}

static akin_status nc34(ak_diagnose_job *job, const collapse *k, const int32_t *nearest, akin_error *err)
{
    const int64_t c = job->classes, d = job->unit.cols;
    double *w = ak_alloc(sizeof *w, c, d), *bias = ak_alloc(sizeof *bias, c, 1),
           *scale = ak_alloc(sizeof *scale, c, 1);
    float *unit = ak_alloc(sizeof *unit, c, d);
    akin_status status = w && bias && scale && unit
                             ? least_squares(job, w, bias, err)
                             : ak_fail(err, AKIN_ERR_NOMEM, "no memory for a classifier");
    if (status) goto done;
    double norm_w = 0, norm_m = 0, apart = 0;
    for (int64_t y = 0; y < c; y++) {
        double square = 0;
        for (int64_t j = 0; j < d; j++) {
            square += w[y * d + j] * w[y * d + j];
            norm_m += k->m[y * d + j] * k->m[y * d + j];
        }
        norm_w += square;
        scale[y] = sqrt(square);
        for (int64_t j = 0; j < d; j++) unit[y * d + j] = square > 0 ? (float)(w[y * d + j] / scale[y]) : 0;
    }
    for (int64_t i = 0; i < c * d; i++) apart += pow(w[i] / sqrt(norm_w) - k->m[i] / sqrt(norm_m), 2);
    ak_diagnosis_add(
        job->out, AK_CLASS_VALUE("nc3", sqrt(apart), "[Papyan2020]", "reconstruction", ""),
        "distance between a least-squares classifier and the class means, both scaled; 0 at collapse, "
        "1.41 = unrelated");
    double differ;
    status = nc4(job, nearest, unit, scale, bias, &differ, err);
    if (!status)
        ak_diagnosis_add(job->out, AK_CLASS_VALUE("nc4", differ, "[Papyan2020]", "reconstruction", ""),
                         "share of items that this classifier and the nearest class mean label differently");

done:
    free(w);
    free(bias);
    free(scale);
    free(unit);
    return status;
}

akin_status ak_diagnose_collapse(ak_diagnose_job *job, const int32_t *nearest, akin_error *err)
{
    const int64_t c = job->classes, d = job->unit.cols;
    collapse k = { .m = ak_alloc(sizeof(double), c + 1, d), .gram = ak_alloc(sizeof(double), c, c) };
    akin_status status =
        k.m && k.gram ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld classes", (long long)c);
    double first = NAN;
    if (!status) {
        centre_means(job, &k);
        if (c <= GRAM_CLASSES && k.trace_b > 1e-14) status = nc1(job, &k, &first, err);
    }
    if (!status && k.trace_b <= 1e-14)
        ak_diagnosis_add(job->out, AK_CLASS_VALUE("nc1", NAN, "[Papyan2020]", "unverified", "poor"),
                         "all class means coincide: neural collapse is not defined");
    else if (!status) {
        ak_diagnosis_add(job->out, AK_CLASS_VALUE("nc1", first, "[Papyan2020]", "unverified", ""),
                         c <= GRAM_CLASSES ? "tr(S_W S_B^+)/C: 0 when every class is a point"
                                           : "not computed: more than 512 classes");
        ak_diagnosis_add(job->out,
                         AK_CLASS_VALUE("nc1-ratio", k.trace_w / k.trace_b, "[Papyan2020]", "unverified", ""),
                         "tr S_W / tr S_B: variance in classes over variance between them");
        nc2(job, &k);
        status = nc34(job, &k, nearest, err);
    }
    free(k.m);
    free(k.gram);
    return status;
}
