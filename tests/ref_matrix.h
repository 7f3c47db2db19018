/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ref_matrix.h - the part of ref_loss.h that is matrix-ssl. No matrix [d,d] is made: all goes through
 * those of items [n,n], K = z z^T, of p too, and M = z p^T of rows of length 1 less their mean.
 *
 *     det(p^T z/n + mu I) = mu^d det(I + M/(n mu)),    |p^T z|^2 = <K_z, K_p>
 *     log(S/c) = integral over t in [0,1] of (I - A^-1)/t,  A = (1 - t) I + t S/c,  by Gauss and Legendre
 *     A^-1 = (I - (b/n) z^T (a I + (b/n) K)^-1 z)/a,  a = 1 - t + t mu/c,  b = t/c,  S = z^T z/n + mu I */
#ifndef AK_TESTS_REF_MATRIX_H
#define AK_TESTS_REF_MATRIX_H

enum { REF_ITEMS = REF_MOST / 2, REF_NODES = 8 };
typedef dual ref_rows[REF_ITEMS][REF_COLUMNS];
typedef dual ref_square[REF_ITEMS][REF_ITEMS];

static inline dual log_absd(dual a) { return (dual){ log(fabs(a.v)), a.d / a.v }; }

/* To length 1, less their mean. */
static inline void ref_centre(ref_rows z, int64_t n, int64_t d)
{
    for (int64_t i = 0; i < n; i++) {
        dual square = num(0);
        for (int64_t k = 0; k < d; k++) square = add(square, mul(z[i][k], z[i][k]));
        for (int64_t k = 0; k < d; k++) z[i][k] = over(z[i][k], sqrtd(square));
    }
    for (int64_t k = 0; k < d; k++) {
        dual mean = num(0);
        for (int64_t i = 0; i < n; i++) mean = add(mean, times(1 / (double)n, z[i][k]));
        for (int64_t i = 0; i < n; i++) z[i][k] = sub(z[i][k], mean);
    }
}

static inline void ref_gram(ref_rows x, ref_rows y, ref_square to, int64_t n, int64_t d)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            to[i][j] = num(0);
            for (int64_t k = 0; k < d; k++) to[i][j] = add(to[i][j], mul(x[i][k], y[j][k]));
        }
}

/* x <- b^-1 x, where there is one; b is destroyed. Returns log |det b|. */
static inline dual ref_eliminate(ref_square b, ref_square x, int64_t n)
{
    dual log_det = num(0);
    for (int64_t k = 0; k < n; k++) {
        int64_t best = k;
        for (int64_t i = k; i < n; i++)
            if (fabs(b[i][k].v) > fabs(b[best][k].v)) best = i;
        for (int64_t j = 0; j < n; j++) {
            const dual kept = b[k][j], other = x ? x[k][j] : num(0);
            b[k][j] = b[best][j];
            b[best][j] = kept;
            if (x) x[k][j] = x[best][j], x[best][j] = other;
        }
        log_det = add(log_det, log_absd(b[k][k]));
        for (int64_t i = x ? 0 : k + 1; i < n; i++) {
            const dual factor = over(b[i][k], b[k][k]);
            if (i == k) continue;
            for (int64_t j = k; j < n; j++) b[i][j] = sub(b[i][j], mul(factor, b[k][j]));
            for (int64_t j = 0; x && j < n; j++) x[i][j] = sub(x[i][j], mul(factor, x[k][j]));
        }
    }
    for (int64_t i = 0; x && i < n; i++)
        for (int64_t j = 0; j < n; j++) x[i][j] = over(x[i][j], b[i][i]);
    return log_det;
}

/* The trace of (a I + b K)^-1 x. */
static inline dual ref_within(ref_square x, ref_square k, double a, double b, int64_t n)
{
    static ref_square left, right;
    dual sum = num(0);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            left[i][j] = add(times(b, k[i][j]), num(i == j ? a : 0));
            right[i][j] = x[i][j];
        }
    ref_eliminate(left, right, n);
    for (int64_t i = 0; i < n; i++) sum = add(sum, right[i][i]);
    return sum;
}

/* l of p and z, which become centred. */
static inline dual ref_matrix_pair(const akin_loss_params *par, int64_t n, int64_t d, ref_rows z, ref_rows p)
{
    static const double NODE[] = { 0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                                   0.9602898564975363 },
                        WEIGHT[] = { 0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
                                     0.1012285362903763 };
    static ref_square kz, kp, m, work, of_z;
    const double mu = par->mu, c = sqrt(mu * (mu + 1)), items = (double)n, width = (double)d;
    dual squares = num(0), of_p = num(0), aligned;
    ref_centre(z, n, d);
    ref_centre(p, n, d);
    ref_gram(z, z, kz, n, d);
    ref_gram(p, p, kp, n, d);
    ref_gram(z, p, m, n, d);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            work[i][j] = add(times(1 / (items * mu), m[i][j]), num(i == j));
            of_z[i][j] = times(mu, kz[i][j]); /* z P z^T */
            for (int64_t k = 0; k < n; k++)
                of_z[i][j] = add(of_z[i][j], times(1 / items, mul(m[i][k], m[j][k])));
            squares = add(squares, times(1 / (items * items), mul(kz[i][j], kp[i][j])));
        }
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < d; k++) of_p = add(of_p, times(1 / items, mul(p[i][k], p[i][k])));
    const dual log_det = add(ref_eliminate(work, NULL, n), num(width * log(mu)));
    const dual all = add(of_p, num(mu * width)); /* tr P */
    aligned = times(log(c), all);
    for (int node = 0; node < REF_NODES; node++) {
        const double t = (1 + (node % 2 ? 1 : -1) * NODE[node / 2]) / 2, a = 1 - t + t * mu / c,
                     b = t / c / items;
        const dual inverse = times(1 / a, sub(all, times(b, ref_within(of_z, kz, a, b, n)))); /* tr(P A^-1) */
        aligned = add(aligned, times(WEIGHT[node / 2] / 2 / t, sub(all, inverse)));
    }
    return sub(times(-par->lambda, log_det),
               add(times(par->match_weight, aligned), times(par->align_weight, squares)));
}

/* The partner is what a row predicts, a constant. */
static inline dual ref_matrix_ssl(const ref_case *c)
{
    static ref_rows z, p;
    dual total = num(0);
    for (int view = 0; view < 2; view++) {
        for (int64_t i = 0; i < c->n; i++)
            for (int64_t k = 0; k < c->d; k++) {
                z[i][k] = ref_x(c, (view * c->n + i) * c->d + k);
                p[i][k] = stop(ref_x(c, (!view * c->n + i) * c->d + k));
            }
        total = add(total, times(0.5, ref_matrix_pair(&c->p, c->n, c->d, z, p)));
    }
    return total;
}

#endif
