/* SPDX-License-Identifier: Apache-2.0 */
/* enumerated_rows.h - what docs/theory.md says of an enumerated model. All expectations are sums over types,
 * positives and multisets of negatives, in double, with no code of the library. */
#ifndef AK_TESTS_ENUMERATED_ROWS_H
#define AK_TESTS_ENUMERATED_ROWS_H

#include "enumerated.h"

enum { MARGINS = 8 };
static const double MARGIN[MARGINS] = { 0, 0.25, 0.5, 1, 2, 4, 8, 16 };

/* What docs/theory.md calls these things. h: 0 hinge, 1 logistic in base 2. */
typedef struct exact {
    double info, info_class, nce, sup, sub, partial, sub_clean, clean_partial, ln, hit, max, jensen, gap;
    double hinge_k, hinge_k_other, logit_k_other, hinge_clean, spread, spread2, zero_one, tau;
    double same[2], other[2], block_same[2], block[2], mean[2], excess[MARGINS], margin[MARGINS], deviation;
    double covered[CLASSES], clean_covered[CLASSES];
} exact;

/* Enumeration -------------------------------------------------------------------------------------------- */

static double ell(double v, int h) { return h ? log2(1 + exp(-v)) : fmax(0, 1 - v); }

/* All about one anchor type p, one multiset of negatives and its probability. */
static void one_tuple(const model *m, int p, const int *times, double mass, exact *e)
{
    const int y = m->cls[p];
    int col = 0, of[CLASSES] = { 0 };
    double sum = 0, other_sum = 0, high = -INFINITY, other_high = -INFINITY, classes = 1, spread = 1,
           worst = -INFINITY;
    for (int u = 0; u < m->types; u++) {
        if (!times[u]) continue;
        sum += times[u] * exp(m->s[p][u]);
        high = fmax(high, m->s[p][u]);
        of[m->cls[u]] += times[u];
        if (m->cls[u] == y) continue;
        other_sum += times[u] * exp(m->s[p][u]);
        other_high = fmax(other_high, m->s[p][u]);
    }
    col = of[y];
    bool all = true;
    for (int c = 0; c < m->classes; c++) {
        const double x = m->score[p][c] - m->score[p][y];
        if (c != y && of[c]) classes += exp(x), worst = fmax(worst, x);
        spread += of[c] * exp(x);
        all = all && (c == y || of[c]);
    }
    const double sub = log(classes);
    e->info += mass * log1p(sum * exp(-m->s[p][p]));
    e->nce += mass * (log(sum) - m->s[p][p]);
    e->sub += mass * sub;
    e->partial += all ? 0 : mass * sub;
    e->sub_clean += col ? 0 : mass * sub;
    e->clean_partial += col || all ? 0 : mass * sub;
    e->ln += mass * log(1.0 + col);
    e->hit += col ? mass : 0;
    e->max += mass * fmax(sub, log(1.0 + col));
    e->jensen += mass * log(spread);
    e->hinge_clean += col ? 0 : mass * fmax(0, 1 + worst);
    e->covered[y] += all ? mass / m->rho[y] : 0;
    e->clean_covered[y] += all && !col ? mass / m->rho[y] : 0;
    for (int q = 0; q < m->types; q++) {
        if (m->cls[q] != y) continue;
        const double x = mass * m->weight[q] / m->rho[y];
        e->info_class += x * log1p(sum * exp(-m->s[p][q]));
        e->hinge_k += x * fmax(0, 1 + high - m->s[p][q]);
        if (other_sum > 0) {
            e->hinge_k_other += x * fmax(0, 1 + other_high - m->s[p][q]);
            e->logit_k_other += x * log2(1 + other_sum * exp(-m->s[p][q]));
        }
    }
}

static void all_tuples(const model *m, int p, int type, int left, int *times, double mass, exact *e)
{
    if (type == m->types - 1) {
        times[type] = left;
        one_tuple(m, p, times, mass * pow(m->weight[type], left) / tgamma(left + 1), e);
        return;
    }
    for (int i = 0; i <= left; i++) {
        times[type] = i;
        all_tuples(m, p, type + 1, left - i, times, mass * pow(m->weight[type], i) / tgamma(i + 1), e);
    }
}

/* E ell(mean of 4 positives - mean of 4 negatives of class c). */
static double block_loss(const model *m, int p, int c, int h)
{
    double sum = 0, pos[4096], weight[4096];
    int sums = 0;
    for (int side = 0; side < 2; side++) {
        const int cls = side ? c : m->cls[p];
        int own[TYPES], n = 0, all = 1;
        for (int u = 0; u < m->types; u++)
            if (m->cls[u] == cls) own[n++] = u;
        for (int i = 0; i < 4; i++) all *= n;
        for (int code = 0; code < all; code++) {
            double mean = 0, mass = 1;
            for (int i = 0, rest = code; i < 4; i++, rest /= n) {
                mean += m->s[p][own[rest % n]] / 4;
                mass *= m->weight[own[rest % n]] / m->rho[cls];
            }
            for (int i = 0; i < sums && side; i++) sum += weight[i] * mass * ell(pos[i] - mean, h);
            if (!side) pos[code] = mean, weight[code] = mass;
        }
        if (!side) sums = all;
    }
    return sum;
}

/* One anchor type p against one positive and one negative, and against class means. */
static void one_negative(const model *m, int p, exact *e)
{
    const int y = m->cls[p];
    for (int q = 0; q < m->types; q++)
        for (int u = 0; u < m->types && m->cls[q] == y; u++) {
            const double mass = m->weight[p] * m->weight[q] / m->rho[y] * m->weight[u];
            const double margin = m->s[p][q] - m->s[p][u];
            e->zero_one += margin <= 2e-6 / m->t ? mass : 0;
            for (int h = 0; h < 2; h++)
                if (m->cls[u] == y)
                    e->same[h] += mass / e->tau * ell(margin, h);
                else
                    e->other[h] += mass / (1 - e->tau) * ell(margin, h);
            const double z = m->score[p][y] - m->score[p][m->cls[u]] - margin;
            for (int i = 0; i < MARGINS && m->cls[u] != y; i++)
                e->excess[i] += mass / (1 - e->tau) * fmax(0, z - MARGIN[i]);
        }
    for (int c = 0; c < m->classes; c++)
        for (int h = 0; h < 2; h++) {
            const double mass = m->weight[p] * m->rho[c], loss = block_loss(m, p, c, h);
            if (c == y) {
                e->block_same[h] += mass / e->tau * loss;
                continue;
            }
            e->block[h] += mass / (1 - e->tau) * loss;
            e->mean[h] += mass / (1 - e->tau) * ell(m->score[p][y] - m->score[p][c], h);
            for (int i = 0; i < MARGINS && !h; i++)
                e->margin[i] +=
                    mass / (1 - e->tau) * fmax(0, 1 - (m->score[p][y] - m->score[p][c]) / (1 + MARGIN[i]));
        }
}

/* Largest eigenvalue of the covariance of a class: 64 squarings of a matrix of at most 3 by 3. */
static double largest_eigenvalue(const model *m, int c)
{
    double s[DIM][DIM] = { { 0 } }, a[DIM][DIM], trace = 0, value = 0;
    for (int v = 0; v < m->types; v++)
        for (int i = 0; i < m->d; i++)
            for (int j = 0; j < m->d && m->cls[v] == c; j++)
                s[i][j] += m->weight[v] / m->rho[c] * ((double)m->b[v][i] - m->mean[c][i]) *
                           ((double)m->b[v][j] - m->mean[c][j]);
    for (int i = 0; i < m->d; i++) trace += s[i][i];
    if (trace < 1e-15) return 0;
    memcpy(a, s, sizeof a);
    for (int step = 0; step < 64; step++) {
        double next[DIM][DIM] = { { 0 } };
        trace = 0;
        for (int i = 0; i < m->d; i++)
            for (int j = 0; j < m->d; j++)
                for (int k = 0; k < m->d; k++) next[i][j] += a[i][k] * a[k][j];
        for (int i = 0; i < m->d; i++) trace += next[i][i];
        for (int i = 0; i < m->d; i++)
            for (int j = 0; j < m->d; j++) a[i][j] = next[i][j] / trace;
    }
    for (int i = 0; i < m->d; i++)
        for (int j = 0; j < m->d; j++) value += s[i][j] * a[j][i];
    return value;
}

static exact enumerate(const model *m)
{
    exact e = { 0 };
    for (int c = 0; c < m->classes; c++) e.tau += m->rho[c] * m->rho[c];
    for (int c = 0; c < m->classes; c++)
        e.deviation += m->rho[c] * m->rho[c] / e.tau * sqrt(largest_eigenvalue(m, c)) / m->t;
    for (int p = 0; p < m->types; p++) {
        const int y = m->cls[p];
        int times[TYPES] = { 0 };
        double sum = 0, square = 0;
        all_tuples(m, p, 0, m->k, times, m->weight[p] * tgamma(m->k + 1), &e);
        one_negative(m, p, &e);
        for (int c = 0; c < m->classes; c++) sum += exp(m->score[p][c] - m->score[p][y]);
        for (int j = 0; j < m->d; j++) square += pow((double)m->b[p][j] - m->mean[y][j], 2);
        e.sup += m->weight[p] * log(sum);
        e.gap += m->weight[p] * fmin(0, m->score[p][y] - m->s[p][p]);
        e.spread += m->weight[p] * sqrt(square);
        e.spread2 += m->weight[p] * square;
    }
    return e;
}

/* Rows by their formulas --------------------------------------------------------------------------------- */

typedef struct sides {
    double value, measured;
} sides;

static bool is(const char *name, const char *what) { return strcmp(name, what) == 0; }

static sides nozawa_row(const char *name, const model *m, const exact *e)
{
    double covered = INFINITY, clean = INFINITY, value = NAN;
    for (int c = 0; c < m->classes; c++) {
        covered = fmin(covered, e->covered[c]);
        clean = fmin(clean, e->clean_covered[c]);
    }
    if (is(name, "nozawa-sato-eq8")) value = e->sub_clean + e->ln + e->gap;
    if (is(name, "nozawa-sato-eq10")) value = (e->sub + e->ln) / 2 + e->gap;
    if (is(name, "nozawa-sato-mix")) value = fmax(e->sub, e->ln) + e->gap;
    if (is(name, "nozawa-sato-max")) value = e->max + e->gap;
    if (is(name, "nozawa-sato-jensen")) value = e->jensen + e->gap;
    if (!isnan(value)) return (sides){ value, e->info };
    if (is(name, "nozawa-sato-eq8-sup")) return (sides){ NAN, e->sub_clean - e->clean_partial };
    if (is(name, "nozawa-sato-eq8-sub")) return (sides){ NAN, e->clean_partial };
    if (is(name, "nozawa-sato-eq10-sup")) return (sides){ NAN, (e->sub - e->partial) / 2 };
    if (is(name, "nozawa-sato-eq10-sub")) return (sides){ NAN, e->partial / 2 };
    if (is(name, "nozawa-sato-upper"))
        return (sides){ (2 * (e->info - e->gap) - e->ln - e->partial) / covered, e->sup };
    if (is(name, "arora-k-upper")) return (sides){ (e->info - e->gap - e->ln) / clean, e->sup };
    return (sides){ NAN, NAN };
}

static sides factor_row(const char *name, const model *m, const exact *e)
{
    double most = 0, entropy = 0, harmonic = 0, value = NAN;
    const double c = m->classes, k = m->k, t = m->t;
    for (int i = 0; i < m->classes; i++) {
        most = fmax(most, m->rho[i]);
        entropy -= m->rho[i] * log(m->rho[i]);
        harmonic += i ? 1.0 / i : 0;
    }
    const double up = log(most * c * c * pow(cosh(1 / t), 2) / k);
    if (is(name, "ash") && m->uniform)
        value = 2 * fmax(1, 2 * (c - 1) * harmonic / k) / (1 - e->hit) * (e->info - e->gap - e->ln);
    if (is(name, "bao-upper")) value = e->info - e->gap + up;
    if (is(name, "bao-lower"))
        value = e->info_class + entropy + log(k) - 2 * log(1 + k) - 2 * log(cosh(1 / t));
    if (is(name, "elst-ghoshdastidar")) value = e->info + e->spread / t + up;
    if (is(name, "wang-upper")) value = e->nce + sqrt(e->spread2) / t - log(k / c);
    if (is(name, "wang-lower")) value = e->nce - sqrt(e->spread2) / t - e->spread2 / (2 * t * t) - log(k / c);
    if (!isnan(value)) return (sides){ value, e->sup };
    if (!is(name, "awasthi-optimum") || !m->uniform) return (sides){ NAN, NAN };
    value = 0;
    for (int i = 0; i <= m->k; i++)
        value += tgamma(k + 1) / tgamma(i + 1) / tgamma(k - i + 1) * pow(1 / c, i) * pow(1 - 1 / c, k - i) *
                 log(1 + i + (k - i) * exp(-c / ((c - 1) * t)));
    return (sides){ value, e->info_class };
}

static sides arora_row(const char *name, const model *m, const exact *e, const char *assumed)
{
    const int h = strstr(name, "logistic") != NULL;
    const double tau = e->tau, g = h ? 1 / log(2) : 1, c = g / sqrt(2) * e->deviation, none = 1 - e->hit;
    const double clean = (h ? e->sub_clean / log(2) : e->hinge_clean) / none;
    if (strstr(name, "lemma-4.3"))
        return (sides){ (tau * e->same[h] + (1 - tau) * e->other[h] - tau) / (1 - tau), e->mean[h] };
    if (strstr(name, "theorem-4.1")) return (sides){ NAN, e->mean[h] };
    if (strstr(name, "lemma-4.4")) return (sides){ c, e->same[h] - 1 };
    if (strstr(name, "theorem-4.5")) return (sides){ e->other[h] + tau / (1 - tau) * c, e->mean[h] };
    if (strstr(name, "prop-6.2"))
        return (sides){ (tau * e->block_same[h] + (1 - tau) * e->block[h] - tau) / (1 - tau), e->mean[h] };
    if (strstr(name, "theorem-6.1-deviation"))
        return (sides){
            ((h ? e->logit_k_other : e->hinge_k_other) + sqrt(2) * g * m->k * tau * e->deviation) / none,
            clean
        };
    if (strstr(name, "theorem-6.1"))
        return (sides){ (h ? (e->info_class - e->ln) / log(2) : e->hinge_k - e->hit) / none, clean };
    if (!strstr(name, "lemma-5.1")) return (sides){ NAN, NAN };
    static const char *const GAMMA[MARGINS] = { "1,", "1.25,", "1.5,", "2,", "3,", "5,", "9,", "17," };
    const char *gamma = strstr(assumed, "gamma ") + 6;
    int i = 0;
    while (i < MARGINS - 1 && strncmp(gamma, GAMMA[i], strlen(GAMMA[i])) != 0) i++;
    return (sides){ (1 + MARGIN[i]) * e->margin[i] + e->excess[i], e->other[0] };
}

static sides expected(const akin_bound_row *r, const model *m, const exact *e)
{
    if (is(r->name, "pac-bayes-catoni")) return (sides){ NAN, e->zero_one };
    sides s = nozawa_row(r->name, m, e);
    if (isnan(s.measured)) s = factor_row(r->name, m, e);
    if (isnan(s.measured) && strncmp(r->name, "arora-", 6) == 0) s = arora_row(r->name, m, e, r->assumed);
    return s;
}

#endif
