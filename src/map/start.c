/* SPDX-License-Identifier: Apache-2.0 */
/* map/start.c - where a map begins: the first two principal components, by subspace iteration [Halko2011
 * alg.4.4].
 *
 * Q [d,WIDTH] begins with normal numbers; ROUNDS times it becomes orthonormal and Q <- C Q, with C the sum of
 * (x - mean)(x - mean)'. The eigenvectors of Q'CQ turn it to the components. */
#include "map/layout.h"

#include "base/rng.h"
#include "kernels/gemm.h"
#include "linalg/eigen.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { MOST_WIDTH = 10, ROUNDS = 12, PARTS = 32, BLOCK = 512 };

typedef struct power {
    const ak_map_rows *rows;
    int64_t width;
    float *q;       /* [width,d] */
    float *product; /* [PARTS,width,d] */
    float *seen;    /* [PARTS,BLOCK,width] */
    double *sum;    /* [PARTS,width] of seen, then */
    int64_t first;  /* part of this rank */
    atomic_bool failed;
} power;

/* Part p of X'(X Q), with the sums of X Q. */
static void multiply(int64_t place, int worker, void *ctx)
{
    (void)worker;
    power *w = ctx;
    const int64_t part = w->first + place;
    const int64_t n = w->rows->n, d = w->rows->d, k = w->width;
    const int64_t begin = n * part / PARTS, end = n * (part + 1) / PARTS;
    float *seen = w->seen + part * BLOCK * k, *product = w->product + part * k * d;
    double *sum = w->sum + part * k;
    memset(product, 0, (size_t)(k * d) * sizeof *product);
    memset(sum, 0, (size_t)k * sizeof *sum);
    for (int64_t first = begin; first < end; first += BLOCK) {
        const int64_t rows = end - first < BLOCK ? end - first : BLOCK;
        const float *x = w->rows->x + first * d;
        if (!ak_gemm(false, true, rows, k, d, x, d, w->q, d, 0, seen, k) ||
            !ak_gemm(true, false, k, d, rows, seen, k, x, d, 1, product, d))
            atomic_store(&w->failed, true);
        for (int64_t i = 0; i < rows; i++)
            for (int64_t c = 0; c < k; c++) sum[c] += (double)seen[i * k + c];
    }
}

static akin_status multiply_parts(int64_t begin, int64_t end, void *ctx, akin_error *err)
{
    power *w = ctx;
    w->first = begin;
    ak_parallel_tasks(end - begin, multiply, w);
    return atomic_load(&w->failed) ? ak_no_memory(err, "for the start of a map") : AKIN_OK;
}

/* to [width,d] <- C Q, in double. mean [d]: of the rows. */
static akin_status apply(power *w, const double *mean, double *to, akin_error *err)
{
    const int64_t d = w->rows->d, k = w->width;
    const ak_column made[] = { { w->product, (size_t)(k * d) * sizeof *w->product },
                               { w->sum, (size_t)k * sizeof *w->sum } };
    const ak_division all = {
        .rows = PARTS, .step = 1, .work = multiply_parts, .ctx = w, .column = made, .columns = 2
    };
    AK_TRY(ak_comm_divide(w->rows->ranks, &all, err));
    for (int64_t c = 0; c < k; c++) {
        double sum = 0;
        for (int64_t p = 0; p < PARTS; p++) sum += w->sum[p * k + c];
        for (int64_t e = 0; e < d; e++) {
            double total = 0;
            for (int64_t p = 0; p < PARTS; p++) total += (double)w->product[(p * k + c) * d + e];
            to[c * d + e] = total - sum * mean[e];
        }
    }
    return AKIN_OK;
}

static double inner(const double *a, const double *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* Rows of z orthonormal, by Gram and Schmidt twice; a row that depends on the others becomes zeros. */
static void orthonormal(double *z, int64_t k, int64_t d)
{
    for (int64_t c = 0; c < k; c++) {
        const double before = sqrt(inner(z + c * d, z + c * d, d));
        for (int twice = 0; twice < 2; twice++)
            for (int64_t b = 0; b < c; b++) {
                const double along = inner(z + b * d, z + c * d, d);
                for (int64_t e = 0; e < d; e++) z[c * d + e] -= along * z[b * d + e];
            }
        const double norm = sqrt(inner(z + c * d, z + c * d, d));
        for (int64_t e = 0; e < d; e++)
            z[c * d + e] = norm > 1e-10 * before && norm > 0 ? z[c * d + e] / norm : 0;
    }
}

static void to_float(const double *z, int64_t n, float *q)
{
    for (int64_t i = 0; i < n; i++) q[i] = (float)z[i];
}

/* The components [2,d] in float, the greatest loading of each positive. */
static akin_status components(power *w, const double *mean, double *z, double *cz, float *out,
                              akin_error *err)
{
    const int64_t d = w->rows->d, k = w->width;
    double small[MOST_WIDTH * MOST_WIDTH], value[MOST_WIDTH], vector[MOST_WIDTH * MOST_WIDTH];
    for (int64_t a = 0; a < k; a++)
        for (int64_t b = 0; b < k; b++)
            small[a * k + b] = (inner(z + a * d, cz + b * d, d) + inner(z + b * d, cz + a * d, d)) / 2;
    (void)mean;
    AK_TRY(ak_eigen(small, k, value, vector, err));
    for (int64_t c = 0; c < 2; c++) {
        int64_t most = 0;
        for (int64_t e = 0; e < d; e++) {
            double sum = 0;
            for (int64_t a = 0; a < k && c < k; a++) sum += vector[c * k + a] * z[a * d + e];
            cz[e] = sum;
            if (fabs(sum) > fabs(cz[most])) most = e;
        }
        const double sign = cz[most] < 0 ? -1 : 1;
        for (int64_t e = 0; e < d; e++) out[c * d + e] = (float)(sign * cz[e]);
    }
    return AKIN_OK;
}

/* start [n,2]: rows by components, less its mean, the first of deviation 1. */
static void place(const ak_map_rows *rows, const float *component, uint64_t seed, float *start)
{
    const int64_t n = rows->n, d = rows->d;
    double mean[2] = { 0, 0 }, square = 0;
    for (int64_t i = 0; i < n; i++)
        for (int c = 0; c < 2; c++) {
            const float *x = rows->x + i * d, *v = component + c * d;
            double sum = 0;
            for (int64_t e = 0; e < d; e++) sum += (double)x[e] * (double)v[e];
            start[2 * i + c] = (float)sum;
            mean[c] += sum / (double)n;
        }
    for (int64_t i = 0; i < n; i++)
        square += ((double)start[2 * i] - mean[0]) * ((double)start[2 * i] - mean[0]);
    const double deviation = sqrt(square / (double)n), scale = deviation > 1e-12 ? 1 / deviation : 0;
    ak_rng rng = ak_rng_at(seed, AK_RNG_MAP, 0, 1, 0); /* so that copies do not lie on each other */
    for (int64_t i = 0; i < 2 * n; i++)
        start[i] = (float)(((double)start[i] - mean[i % 2]) * scale + 1e-2 * ak_rng_normal(&rng));
}

static akin_status find(power *w, double *mean, double *z, double *cz, float *component, uint64_t seed,
                        akin_error *err)
{
    const int64_t n = w->rows->n, d = w->rows->d, k = w->width;
    for (int64_t i = 0; i < n; i++)
        for (int64_t e = 0; e < d; e++) mean[e] += (double)w->rows->x[i * d + e];
    for (int64_t e = 0; e < d; e++) mean[e] /= (double)n;
    ak_rng rng = ak_rng_at(seed, AK_RNG_MAP, 1, 1, 0);
    for (int64_t i = 0; i < k * d; i++) z[i] = ak_rng_normal(&rng);
    for (int round = 0; round <= ROUNDS; round++) {
        orthonormal(z, k, d);
        to_float(z, k * d, w->q);
        AK_TRY(apply(w, mean, cz, err));
        if (round < ROUNDS) memcpy(z, cz, (size_t)(k * d) * sizeof *z);
    }
    return components(w, mean, z, cz, component, err);
}

akin_status ak_map_start(const ak_map_rows *rows, uint64_t seed, float *start, akin_error *err)
{
    const int64_t d = rows->d, k = d < MOST_WIDTH ? d : MOST_WIDTH;
    power w = { .rows = rows, .width = k };
    atomic_init(&w.failed, false);
    w.q = ak_alloc(sizeof *w.q, k, d);
    w.product = ak_alloc(sizeof *w.product, PARTS * k, d);
    w.seen = ak_alloc(sizeof *w.seen, PARTS * BLOCK, k);
    w.sum = ak_alloc(sizeof *w.sum, PARTS, k);
    double *mean = ak_alloc(sizeof *mean, d, 1), *z = ak_alloc(sizeof *z, k, d),
           *cz = ak_alloc(sizeof *cz, k, d);
    float *component = ak_alloc(sizeof *component, 2, d);
    akin_status status = w.q && w.product && w.seen && w.sum && mean && z && cz && component
                             ? find(&w, mean, z, cz, component, seed, err)
                             : ak_no_memory(err, "for the start of a map");
    if (!status) place(rows, component, seed, start);
    free(w.q);
    free(w.product);
    free(w.seen);
    free(w.sum);
    free(mean);
    free(z);
    free(cz);
    free(component);
    return status;
}
