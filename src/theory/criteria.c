/* SPDX-License-Identifier: Apache-2.0 */
/* theory/criteria.c - numbers by which runs are ranked without labels (criteria.h), and those of a diagnosis.
 *
 * Precision. Cosines of pairs in float, sums in double. Threads: tiles of rows, each with sums of its own,
 * added in order of rows. */
#include "theory/criteria.h"

#include "akin/eval.h"
#include "linalg/cholesky.h"
#include "theory/diagnosis.h"

#include <math.h>
#include <string.h>

/* The spectrum ------------------------------------------------------------------------------------------- */

double ak_alpha_req(const double *lambda, int64_t d)
{
    double w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;
    int64_t rank = 0, points = 0;
    while (rank < d && lambda[rank] > 1e-10 * lambda[0]) rank++;
    for (int64_t j = rank < 100 ? 1 + rank / 10 : 11; j <= rank && j <= 100; j++, points++) {
        const double weight = 1 / (double)j, x = -log((double)j), y = log(lambda[j - 1]);
        w += weight;
        wx += weight * x;
        wy += weight * y;
        wxx += weight * x * x;
        wxy += weight * x * y;
    }
    return points < 3 ? NAN : (w * wxy - wx * wy) / (w * wxx - wx * wx);
}

double ak_self_cluster(double q, int64_t n, int64_t d)
{
    const double items = (double)n, random = items + items * (items - 1) / (double)d;
    return d < 2 ? NAN : (q - random) / (items * items - random);
}

akin_status ak_coherence(akin_cmat x, double *out, akin_error *err)
{
    const int64_t n = x.rows, d = x.cols;
    int64_t rank = 0;
    double *moment = ak_alloc(sizeof *moment, d, d), *row = ak_alloc(sizeof *row, d, 1), floor = 0, most = 0;
    akin_status status = AKIN_OK;
    if (!moment || !row || !ak_second_moment(x, NULL, moment))
        status = ak_no_memory(err, "for the moments of %lld columns", (long long)d);
    if (!status) {
        for (int64_t j = 0; j < d; j++) floor += 1e-12 * moment[j * d + j];
        ak_cholesky(moment, d, floor);
        for (int64_t j = 0; j < d; j++) rank += pow(moment[j * d + j], 2) > 2 * floor;
    }
    for (int64_t i = 0; i < n && !status; i++) { /* |L^-1 x|^2 = x^T (X^T X)^-1 x */
        double leverage = 0;
        for (int64_t j = 0; j < d; j++) {
            double s = (double)x.data[i * x.stride + j];
            for (int64_t k = 0; k < j; k++) s -= moment[j * d + k] * row[k];
            row[j] = s / moment[j * d + j];
            leverage += row[j] * row[j];
        }
        most = fmax(most, leverage);
    }
    free(moment);
    free(row);
    if (!status) *out = rank ? most * (double)n / (double)rank : (double)NAN;
    return status;
}

/* InfoNCE ------------------------------------------------------------------------------------------------ */

typedef struct infonce_job {
    const double *t;
    int64_t temperatures;
    double *lse; /* [batch, temperatures]: log sum exp(s/t) */
    double *own; /* [batch] cosine with the other view */
} infonce_job;

/* A batch has no more rows than a tile has columns, so that a tile has whole rows. */
static void add_tile(const ak_pair_tile *tile, int64_t task, void *ctx)
{
    infonce_job *w = ctx;
    (void)task;
    for (int64_t r = 0; r < tile->rows; r++) {
        const int64_t i = tile->first_row + r;
        const float *s = tile->s + r * AK_PAIR_COLUMNS;
        float most = s[0];
        for (int64_t j = 1; j < tile->columns; j++) most = s[j] > most ? s[j] : most;
        w->own[i] = (double)s[i];
        for (int64_t k = 0; k < w->temperatures; k++) {
            double sum = 0;
            for (int64_t j = 0; j < tile->columns; j++) sum += exp(((double)s[j] - (double)most) / w->t[k]);
            w->lse[i * w->temperatures + k] = (double)most / w->t[k] + log(sum);
        }
    }
}

akin_status ak_infonce_bounds(akin_cmat a, akin_cmat b, const double *t, int64_t temperatures,
                              ak_infonce_of *out, akin_error *err)
{
    const int64_t batch = a.rows < AK_INFONCE_ITEMS ? a.rows : AK_INFONCE_ITEMS, batches = a.rows / batch;
    infonce_job w = { .t = t, .temperatures = temperatures };
    w.lse = ak_alloc(sizeof(double), batch, temperatures);
    w.own = ak_alloc(sizeof(double), batch, 1);
    ak_infonce_of o = { .batch = batch };
    akin_status status = w.lse && w.own ? AKIN_OK : ak_no_memory(err, "for %lld pairs", (long long)batch);
    for (int64_t first = 0; first < batches && !status; first++) {
        const akin_cmat x = { a.data + first * a.stride, batch, a.cols, a.stride * batches };
        const akin_cmat y = { b.data + first * b.stride, batch, b.cols, b.stride * batches };
        status = ak_pairs_walk(x, y, false, add_tile, &w, err);
        for (int64_t i = 0; i < batch && !status; i++)
            for (int64_t k = 0; k < temperatures; k++) {
                const double lse = w.lse[i * temperatures + k] - log((double)batch);
                o.lse[k] += t[k] * lse / (double)(batches * batch);
                o.bound[k] += (w.own[i] / t[k] - lse) / (double)(batches * batch);
            }
    }
    free(w.lse);
    free(w.own);
    if (!status) *out = o;
    return status;
}

/* Neighbourhoods in place of classes --------------------------------------------------------------------- */

/* |x/|x| - y/|y|| */
static double apart(const double *x, const double *y, int64_t d)
{
    double xx = 0, yy = 0, xy = 0;
    for (int64_t k = 0; k < d; k++) {
        xx += x[k] * x[k];
        yy += y[k] * y[k];
        xy += x[k] * y[k];
    }
    return xx > 0 && yy > 0 ? sqrt(fmax(2 - 2 * xy / sqrt(xx * yy), 0)) : 0;
}

static void add_mean(const akin_cmat *view, int32_t q, int64_t i, double *to)
{
    for (int32_t t = 0; t < q; t++)
        for (int64_t k = 0; k < view[t].cols; k++) to[k] += (double)view[t].data[i * view[t].stride + k] / q;
}

akin_status ak_prototype_bias_views(const akin_cmat *view, int32_t q, int64_t k, double *out, akin_error *err)
{
    const int64_t n = view[0].rows, d = view[0].cols, near = k < n - 1 ? k : n - 1;
    akin_mat mean = { ak_alloc(sizeof(float), n, d), n, d, d };
    int32_t *index = ak_alloc(sizeof *index, n, near + 1);
    double *own = ak_alloc(sizeof *own, d, 1), *all = ak_alloc(sizeof *all, d, 1), sum = 0;
    akin_status status = AKIN_OK;
    if (!mean.data || !index || !own || !all) status = ak_no_memory(err, "for %lld items", (long long)n);
    for (int64_t i = 0; i < n && !status; i++) {
        memset(own, 0, (size_t)d * sizeof *own);
        add_mean(view, q, i, own);
        for (int64_t c = 0; c < d; c++) ak_row(mean, i)[c] = (float)own[c];
    }
    if (!status)
        status = akin_eval_neighbours(akin_mat_const(mean), akin_mat_const(mean), near + 1, index, NULL, err);
    for (int64_t i = 0; i < n && !status; i++) {
        memset(own, 0, (size_t)d * sizeof *own);
        memset(all, 0, (size_t)d * sizeof *all);
        add_mean(view, q, i, own);
        int64_t others = 0; /* the item itself is among its neighbours, unless many are equal */
        for (int64_t j = 0; j <= near && others < near; j++)
            if (index[i * (near + 1) + j] != i) {
                add_mean(view, q, index[i * (near + 1) + j], all);
                others++;
            }
        for (int64_t c = 0; c < d; c++) all[c] += own[c];
        sum += apart(all, own, d);
    }
    free(mean.data);
    free(index);
    free(own);
    free(all);
    if (!status) *out = sum / (double)n;
    return status;
}

/* A diagnosis -------------------------------------------------------------------------------------------- */

enum { ITEMS = 2048, MOST_VIEWS = 64, NEAR = 10, COHERENCE_WIDTH = 1024 };
#define VALUE(name, x, paper, mark) ((akin_diagnosis_value){ name, "label-free", x, paper, mark, "", "" })

static akin_status add_spectrum(ak_diagnose_job *job, akin_error *err)
{
    const int64_t n = job->unit.rows, d = job->unit.cols;
    const double *l = job->out->spectrum;
    double squares = 0, sum = 0, coherence = NAN;
    for (int64_t i = 0; i < d; i++) {
        sum += l[i];
        for (int64_t j = 0; j < d; j++) {
            const double s = job->moment[i * d + j] + job->mean[i] * job->mean[j];
            squares += s * s;
        }
    }
    if (d <= COHERENCE_WIDTH) AK_TRY(ak_coherence(akin_mat_const(job->unit), &coherence, err));
    ak_diagnosis_add(job->out, VALUE("ne-sum", l[0] > 0 ? sum / l[0] : 1, "[HeOzay2022]", ""),
                     "covariance eigenvalues over the greatest, summed: 1 = one direction, %lld = all alike",
                     (long long)d);
    ak_diagnosis_add(job->out, VALUE("alpha-req", ak_alpha_req(l, d), "[Agrawal2022]", "reconstruction"),
                     "decay of the spectrum, l_j ~ j^-alpha; the paper finds the best features near 1");
    ak_diagnosis_add(
        job->out,
        VALUE("self-cluster", ak_self_cluster(squares * (double)n * (double)n, n, d), "[Tsitsulin2023]", ""),
        "0 = cosines as of random directions, 1 = all rows along one line");
    ak_diagnosis_add(job->out, VALUE("coherence", coherence, "[Tsitsulin2023]", ""),
                     isnan(coherence) ? "not computed for more than %d columns"
                                      : "the greatest weight of a row on its span: 1 = all weigh alike",
                     COHERENCE_WIDTH);
    return AKIN_OK;
}

/* views: unit rows of at most ITEMS items */
static akin_status add_views(ak_diagnose_job *job, const akin_cmat *view, akin_error *err)
{
    const akin_diagnose_input *in = job->in;
    const double t[AK_INFONCE_TEMPERATURES] = { in->temperature, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5 };
    const int64_t n = view[0].rows, d = view[0].cols;
    ak_infonce_of nce;
    double lidar, bias, best, length = 0;
    AK_TRY(ak_infonce_bounds(view[0], view[1], t, AK_INFONCE_TEMPERATURES, &nce, err));
    AK_TRY(ak_lidar(view, in->view_count, 1e-4, &lidar, err));
    AK_TRY(ak_prototype_bias_views(view, in->view_count, NEAR, &bias, err));
    best = nce.bound[0];
    for (int k = 1; k < AK_INFONCE_TEMPERATURES; k++) best = fmax(best, nce.bound[k]);
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < d; k++) {
            double m = 0;
            for (int32_t v = 0; v < in->view_count; v++)
                m += (double)view[v].data[i * view[v].stride + k] / in->view_count;
            length += m * m / (double)n;
        }
    ak_diagnosis_add(job->out, VALUE("lidar", lidar, "[Thilak2024]", "reconstruction"),
                     "directions that tell %lld items apart over those that tell %d views apart; the paper "
                     "takes 1000 items of 50 views",
                     (long long)n, in->view_count);
    ak_diagnosis_add(job->out, VALUE("infonce-bound", best, "[Oord2018]", ""),
                     "nats that a view tells of another, at least; batches of %lld items allow %.3g",
                     (long long)nce.batch, log((double)nce.batch));
    ak_diagnosis_add(job->out, VALUE("align-uniform", job->alignment + job->uniformity, "[Wang2020]", ""),
                     "alignment + uniformity; less is better");
    ak_diagnosis_add(job->out, VALUE("prototype-bias-views", bias, "[Lee2025]", "derived"),
                     "E|direction of the %d nearest items and the item - its own|: 0 = items sit in groups",
                     NEAR);
    ak_diagnosis_add(
        job->out, VALUE("objective-views", in->lambda * nce.lse[0] - length, "[Lee2025]", "derived"),
        "-E|item mean|^2 + lambda t log E exp(u.u'/t): the part of supervised-objective-bound that "
        "needs no labels; less is better");
    return AKIN_OK;
}

akin_status ak_diagnose_criteria(ak_diagnose_job *job, akin_error *err)
{
    const akin_diagnose_input *in = job->in;
    akin_mat unit[MOST_VIEWS] = { { 0 } };
    akin_cmat view[MOST_VIEWS];
    AK_TRY(add_spectrum(job, err));
    if (!in->view_count) return AKIN_OK;
    const int64_t rows = in->views[0].rows, step = (rows + ITEMS - 1) / ITEMS, n = (rows + step - 1) / step;
    akin_status status = AKIN_OK;
    if (n < 2) return AKIN_OK;
    for (int32_t v = 0; v < in->view_count && !status; v++) {
        const akin_cmat some = { in->views[v].data, n, in->views[v].cols, in->views[v].stride * step };
        status = ak_unit_copy(some, "a view", &unit[v], err);
        view[v] = akin_mat_const(unit[v]);
    }
    if (!status) status = add_views(job, view, err);
    for (int32_t v = 0; v < in->view_count; v++) free(unit[v].data);
    return status;
}
