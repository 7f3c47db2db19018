/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ref_loss.h - every loss as it is printed in docs/losses.md, naively, in dual numbers: a value and its
 * derivative in one direction, both double. Nothing is shared with the library. Constants of a gradient
 * ("stop") drop the derivative. */
#ifndef AK_TESTS_REF_LOSS_H
#define AK_TESTS_REF_LOSS_H

#include "akin/loss.h"
#include "test.h"

typedef struct dual {
    double v, d;
} dual;

static inline dual num(double v) { return (dual){ v, 0 }; }
static inline dual stop(dual a) { return num(a.v); }
static inline dual add(dual a, dual b) { return (dual){ a.v + b.v, a.d + b.d }; }
static inline dual sub(dual a, dual b) { return (dual){ a.v - b.v, a.d - b.d }; }
static inline dual mul(dual a, dual b) { return (dual){ a.v * b.v, a.v * b.d + a.d * b.v }; }
static inline dual over(dual a, dual b) { return (dual){ a.v / b.v, (a.d - a.v / b.v * b.d) / b.v }; }
static inline dual times(double k, dual a) { return (dual){ k * a.v, k * a.d }; }
static inline dual expd(dual a) { return (dual){ exp(a.v), exp(a.v) * a.d }; }
static inline dual logd(dual a) { return (dual){ log(a.v), a.d / a.v }; }
static inline dual sqrtd(dual a) { return (dual){ sqrt(a.v), a.d / (2 * sqrt(a.v)) }; }
static inline dual maxd(dual a, dual b) { return a.v >= b.v ? a : b; }
/* log(1 + e^x): the second form keeps a learned pair's value and slope. */
static inline dual softplusd(dual x)
{
    const double e = exp(-fabs(x.v)), up = x.v > 0 ? 1 : e;
    return (dual){ fmax(x.v, 0) + log1p(e), x.d * up / (1 + e) };
}

/* Rows of both views, and columns; a test may have more. */
#ifndef REF_MOST_ROWS
#define REF_MOST_ROWS 288
#define REF_MOST_COLUMNS 64
#endif
enum { REF_MOST = REF_MOST_ROWS, REF_COLUMNS = REF_MOST_COLUMNS };

/* A problem; x holds a, then b (curl-*: a, positives, negatives), one after the other without stride. */
typedef struct ref_case {
    const akin_loss *loss;
    akin_loss_params p;
    int64_t n, d, h, block, count, m;
    double *x;        /* [2n,d], or the triples, then [m,d] further keys */
    double *features; /* [2n,h] */
    int32_t *labels;
    const double *averages;    /* [n] sogclr: logarithms from before, NaN where there is none; or NULL */
    const int64_t *link_start; /* xclr: [2n+1], or NULL */
    const int32_t *link;
    const float *link_weight;
    const float *targets; /* [2n,q], or NULL: labels */
    int64_t q;
    const double *temperatures, *thresholds; /* [2n] of the rows' items, or NULL */
    bool keys_only;                          /* further keys are all the negatives */
    int64_t moving;                          /* index into x whose derivative is wanted; -1 none */
    const double *along;        /* as x, or NULL: the derivative along this direction is wanted instead */
    dual s[REF_MOST][REF_MOST]; /* similarities of all rows of both views, then of the further keys */
    bool same[REF_MOST];
} ref_case;

static inline dual ref_x(const ref_case *c, int64_t i)
{
    return (dual){ c->x[i], c->along ? c->along[i] : i == c->moving ? 1 : 0 };
}

/* All similarities of scaled rows; radius 0: to unit length, else shorten to it. */
static inline void ref_similarities(ref_case *c, double radius)
{
    static dual z[REF_MOST][REF_COLUMNS];
    const int64_t rows = 2 * c->n + c->m;
    for (int64_t i = 0; i < rows; i++) {
        dual square = num(0);
        for (int64_t k = 0; k < c->d; k++)
            square = add(square, mul(ref_x(c, i * c->d + k), ref_x(c, i * c->d + k)));
        dual scale = num(1);
        if (radius == 0)
            scale = over(num(1), sqrtd(square));
        else if (sqrt(square.v) > radius)
            scale = over(num(radius), sqrtd(square));
        for (int64_t k = 0; k < c->d; k++) z[i][k] = mul(ref_x(c, i * c->d + k), scale);
    }
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j <= i; j++) {
            dual s = num(0);
            for (int64_t k = 0; k < c->d; k++) s = add(s, mul(z[i][k], z[j][k]));
            c->s[i][j] = c->s[j][i] = s;
        }
}

/* log sum exp over k with use(k) of factor * s_ik, largest taken out. */
typedef bool ref_use(const ref_case *c, int64_t i, int64_t k);

static inline dual ref_lse(const ref_case *c, int64_t i, int64_t first, int64_t last, double factor,
                           ref_use *use)
{
    double most = -INFINITY;
    dual sum = num(0);
    for (int64_t k = first; k < last; k++)
        if (use(c, i, k)) most = fmax(most, factor * c->s[i][k].v);
    for (int64_t k = first; k < last; k++)
        if (use(c, i, k)) sum = add(sum, expd(sub(times(factor, c->s[i][k]), num(most))));
    return add(logd(sum), num(most));
}

static inline int64_t ref_partner(const ref_case *c, int64_t i) { return i < c->n ? i + c->n : i - c->n; }
static inline bool ref_negative(const ref_case *c, int64_t i, int64_t k)
{
    if (c->thresholds && c->s[i][k].v > c->thresholds[i]) return false;
    return k != i && k != ref_partner(c, i) && (!c->keys_only || k >= 2 * c->n);
}
static inline bool ref_other_label(const ref_case *c, int64_t i, int64_t k)
{
    return c->labels[i % c->n] != c->labels[k % c->n];
}
static inline bool ref_across(const ref_case *c, int64_t i, int64_t k)
{
    return k != ref_partner(c, i) && (!c->keys_only || k >= 2 * c->n);
}

/* The losses on all rows of both views, one anchor; they differ in how the negatives' sum m meets the
 * positive. */
static inline dual ref_view_anchor(const ref_case *c, int64_t i, double weight)
{
    const akin_loss_params *p = &c->p;
    const char *name = c->loss->name;
    const int64_t rows = 2 * c->n + c->m;
    const dual own = c->s[i][ref_partner(c, i)];
    const double a = 1 / p->temperature;
    if (!strcmp(name, "ntxent"))
        return softplusd(sub(ref_lse(c, i, 0, rows, a, ref_negative), times(a, own)));
    if (!strcmp(name, "dcl") || !strcmp(name, "flatnce"))
        return sub(ref_lse(c, i, 0, rows, a, ref_negative), times(a, own));
    if (!strcmp(name, "sogclr")) {
        const dual m = ref_lse(c, i, 0, rows, a, ref_negative), loss = sub(m, times(a, own));
        const double old = c->averages ? c->averages[i % c->n] : NAN, count = (double)(2 * c->n - 2);
        if (isnan(old)) return loss;
        const double mean = exp(m.v) / count, u = (1 - p->average_share) * exp(old) + p->average_share * mean;
        return sub((dual){ log(count * u), mean > 0 ? mean / u * m.d : 0 }, times(a, own));
    }
    if (!strcmp(name, "isogclr")) {
        const double t = c->temperatures ? c->temperatures[i] : p->temperature;
        const double old = c->averages ? c->averages[i % c->n] : NAN, g = isnan(old) ? 1 : p->average_share;
        dual x = sub(ref_lse(c, i, 0, rows, 1 / t, ref_negative), times(1 / t, own));
        x = sub(x, num(log((double)(2 * c->n - 2))));
        const double u = (g < 1 ? (1 - g) * exp(old) : 0) + g * exp(x.v);
        return times(t, (dual){ log(u) + p->rho, exp(x.v) > 0 ? exp(x.v) / u * x.d : 0 });
    }
    if (!strcmp(name, "dclw")) return sub(ref_lse(c, i, 0, rows, a, ref_negative), times(a * weight, own));
    if (!strcmp(name, "nscl")) return sub(ref_lse(c, i, 0, rows, a, ref_other_label), times(a, own));
    if (!strcmp(name, "balanced")) {
        dual m = ref_lse(c, i, 0, rows, p->alpha, ref_negative);
        if (p->include_positive) m = add(times(p->alpha, own), softplusd(sub(m, times(p->alpha, own))));
        return sub(times(p->lambda / p->alpha, add(num(log(p->constant)), m)), own);
    }
    /* debiased and hard-negative, relative to e^(s_ij/t) */
    const double count = (double)(2 * c->n - 2);
    dual m = ref_lse(c, i, 0, rows, a, ref_negative);
    if (!strcmp(name, "hard-negative"))
        m = add(num(log(count)), sub(ref_lse(c, i, 0, rows, a * (1 + p->beta), ref_negative),
                                     ref_lse(c, i, 0, rows, a * p->beta, ref_negative)));
    const dual ratio = expd(sub(m, times(a, own)));
    const dual first = times(1 / (1 - p->tau_plus), sub(ratio, num(p->tau_plus * count)));
    const dual second = times(count, expd(sub(num(-a), times(a, own))));
    return logd(add(num(1), maxd(first, second)));
}

static inline dual ref_supcon(const ref_case *c)
{
    const int64_t rows = 2 * c->n;
    const double a = 1 / c->p.temperature;
    const double t0 = c->p.base_temperature > 0 ? c->p.base_temperature : c->p.temperature;
    dual total = num(0);
    for (int64_t i = 0; i < rows; i++) {
        dual sum = num(0), pull = num(0);
        int64_t partners = 0;
        for (int64_t k = 0; k < rows; k++) {
            if (k == i) continue;
            sum = add(sum, expd(times(a, sub(c->s[i][k], num(1)))));
            if (ref_other_label(c, i, k)) continue;
            pull = add(pull, times(a, sub(c->s[i][k], num(1))));
            partners++;
        }
        if (partners) total = add(total, sub(logd(sum), times(1 / (double)partners, pull)));
    }
    return times(c->p.temperature / t0 / (double)rows, total);
}

static inline int ref_descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

static inline double ref_cosine(const ref_case *c, int64_t i, int64_t k)
{
    double dot = 0, x = 0, y = 0;
    for (int64_t t = 0; t < c->h; t++) {
        const double u = c->features[i * c->h + t], v = c->features[k * c->h + t];
        dot += u * v;
        x += u * u;
        y += v * v;
    }
    return dot / sqrt(x * y);
}

/* Pairs, those of two labels, those in the window, and both. */
typedef struct ref_window {
    int64_t pairs, other, inside, other_inside;
} ref_window;

static inline dual ref_difficult(const ref_case *c, ref_window *window)
{
    const akin_loss_params *p = &c->p;
    /* one-sided: anchors are the rows of a, keys those of b */
    const int64_t anchors = p->one_sided ? c->n : 2 * c->n, from = p->one_sided ? c->n : 0, to = 2 * c->n;
    const int64_t q = p->one_sided ? c->n : 2 * c->n - 1;
    dual total = num(0);
    if (window) *window = (ref_window){ 0, 0, 0, 0 };
    for (int64_t i = 0; i < anchors; i++) {
        double v[REF_MOST];
        int64_t used = 0;
        for (int64_t k = from; k < to; k++)
            if (k != i) v[used++] = ref_cosine(c, i, k);
        qsort(v, (size_t)used, sizeof *v, ref_descending);
        const double hi = v[(int64_t)fmin((double)(q - 1), floor(p->pos_high * (double)q))];
        const double lo = v[(int64_t)fmin((double)(q - 1), floor(p->pos_low * (double)q))];
        dual own = num(0), sum = num(0);
        for (int64_t k = from; k < to; k++) {
            if (k == i) continue;
            const double cos = ref_cosine(c, i, k), chosen = lo <= cos && cos < hi ? 1 : 0;
            if (window) {
                const bool other = c->labels[i % c->n] != c->labels[k % c->n];
                window->pairs++;
                window->other += other;
                window->inside += chosen > 0;
                window->other_inside += other && chosen > 0;
            }
            const double sharp = chosen * p->rho + 1 - chosen;
            dual logit = num(0);
            if (p->mode == 0) logit = times((1 - chosen) / p->temperature, c->s[i][k]);
            if (p->mode == 1) logit = times(1 / p->temperature, add(c->s[i][k], num(chosen * p->sigma)));
            if (p->mode == 2) logit = times(1 / (sharp * p->temperature), c->s[i][k]);
            if (p->mode == 3)
                logit = times(1 / (sharp * p->temperature), add(c->s[i][k], num(chosen * p->sigma)));
            if (k == ref_partner(c, i)) own = logit;
            sum = add(sum, expd(sub(logit, num(1.5 / p->temperature))));
        }
        total = add(total, add(sub(logd(sum), own), num(1.5 / p->temperature)));
    }
    return times(1 / (double)anchors, total);
}

/* One direction of infonce and dual-temperature: queries from `first`, keys of the other view (and further
 * keys). */
static inline dual ref_across_views(const ref_case *c, int64_t first)
{
    const double a = 1 / c->p.temperature;
    const bool two = !strcmp(c->loss->name, "dual-temperature");
    dual total = num(0);
    for (int64_t i = first; i < first + c->n; i++) {
        const int64_t from = c->n - first;
        const dual own = c->s[i][ref_partner(c, i)];
        const int64_t to = first == 0 ? from + c->n + c->m : from + c->n; /* further keys follow b */
        const dual x = sub(ref_lse(c, i, from, to, a, ref_across), times(a, own));
        dual value = softplusd(x);
        if (two) {
            const double y =
                sub(ref_lse(c, i, from, to, a / c->p.ratio, ref_across), times(a / c->p.ratio, own)).v;
            value = times((1 / (1 + exp(-y))) / (1 / (1 + exp(-x.v))), value);
        }
        total = add(total, value);
    }
    return times(1 / (double)c->n, total);
}

static inline dual ref_pairwise(ref_case *c)
{
    const char *name = c->loss->name;
    const double n = (double)c->n;
    dual total = num(0);
    if (!strcmp(name, "align-uniform")) {
        for (int64_t i = 0; i < c->n; i++)
            total = add(total, times(1 / n, sub(num(2), times(2, c->s[i][i + c->n]))));
        for (int side = 0; side < 2; side++) {
            dual sum = num(0);
            for (int64_t i = 0; i < c->n; i++)
                for (int64_t k = 0; k < i; k++) {
                    const dual s = c->s[i + side * c->n][k + side * c->n];
                    sum = add(sum, expd(times(-2, sub(num(2), times(2, s)))));
                }
            total = add(total, times(c->p.weight / 2, logd(times(2 / (n * (n - 1)), sum))));
        }
        return total;
    }
    for (int64_t i = 0; i < c->n; i++)
        for (int64_t k = 0; k < c->n; k++) {
            const dual s = c->s[i][k + c->n];
            if (!strcmp(name, "spectral"))
                total = add(total, times(1 / c->p.mu,
                                         i == k ? times(-2 / n, s) : times(1 / (n * (n - 1)), mul(s, s))));
            else
                total = add(total, times(1 / n, softplusd(times(i == k ? -1 : 1,
                                                                add(times(c->p.scale, s), num(c->p.bias))))));
        }
    return total;
}

static inline dual ref_curl(const ref_case *c)
{
    dual total = num(0);
    const int64_t positives = c->n * c->d, negatives = positives + c->n * c->block * c->d;
    for (int64_t i = 0; i < c->n; i++) {
        dual worst = num(-INFINITY), sum = num(1);
        for (int64_t q = 0; q < c->count; q++) {
            dual v = num(0);
            for (int64_t b = 0; b < c->block; b++)
                for (int64_t k = 0; k < c->d; k++) {
                    const dual p = ref_x(c, positives + (i * c->block + b) * c->d + k);
                    const dual g = ref_x(c, negatives + ((i * c->count + q) * c->block + b) * c->d + k);
                    v = add(v, times(1 / (double)c->block, mul(ref_x(c, i * c->d + k), sub(p, g))));
                }
            if (-v.v > worst.v) worst = times(-1, v);
            sum = add(sum, expd(times(-1, v)));
        }
        const bool hinge = !strcmp(c->loss->name, "curl-hinge");
        total = add(total, hinge ? maxd(num(0), add(num(1), worst)) : times(1 / log(2), logd(sum)));
    }
    return times(1 / (double)c->n, total);
}

/* Column k of a view, less its mean; *square: the sum of the squares of that. */
static inline void ref_column(const ref_case *c, int view, int64_t k, dual *column, dual *square)
{
    dual mean = num(0);
    *square = num(0);
    for (int64_t i = 0; i < c->n; i++) {
        column[i] = ref_x(c, (view * c->n + i) * c->d + k);
        mean = add(mean, times(1 / (double)c->n, column[i]));
    }
    for (int64_t i = 0; i < c->n; i++) {
        column[i] = sub(column[i], mean);
        *square = add(*square, mul(column[i], column[i]));
    }
}

static inline dual ref_product(const dual *x, const dual *y, int64_t n)
{
    dual sum = num(0);
    for (int64_t i = 0; i < n; i++) sum = add(sum, mul(x[i], y[i]));
    return sum;
}

static inline dual ref_vicreg(const ref_case *c)
{
    static dual x[REF_COLUMNS][REF_MOST];
    const double n = (double)c->n, d = (double)c->d;
    dual total = num(0), square;
    for (int64_t i = 0; i < c->n * c->d; i++) {
        const dual gap = sub(ref_x(c, i), ref_x(c, c->n * c->d + i));
        total = add(total, times(c->p.invariance / (n * d), mul(gap, gap)));
    }
    for (int view = 0; view < 2; view++)
        for (int64_t k = 0; k < c->d; k++) {
            ref_column(c, view, k, x[k], &square);
            const dual s = sqrtd(add(times(1 / (n - 1), square), num(1e-4)));
            total = add(total, times(c->p.variance / (2 * d), maxd(num(0), sub(num(1), s))));
            for (int64_t j = 0; j < k; j++) {
                const dual cov = times(1 / (n - 1), ref_product(x[k], x[j], c->n));
                total = add(total, times(2 * c->p.covariance / d, mul(cov, cov)));
            }
        }
    return total;
}

static inline dual ref_barlow(const ref_case *c)
{
    static dual x[2][REF_COLUMNS][REF_MOST];
    const double n = (double)c->n;
    dual total = num(0), square;
    for (int view = 0; view < 2; view++)
        for (int64_t k = 0; k < c->d; k++) {
            ref_column(c, view, k, x[view][k], &square);
            const dual s = sqrtd(add(times(1 / n, square), num(1e-5)));
            for (int64_t i = 0; i < c->n; i++) x[view][k][i] = over(x[view][k][i], s);
        }
    for (int64_t j = 0; j < c->d; j++)
        for (int64_t k = 0; k < c->d; k++) {
            const dual r = times(1 / n, ref_product(x[0][j], x[1][k], c->n)), gap = sub(num(1), r);
            total = add(total, j == k ? mul(gap, gap) : times(c->p.lambda, mul(r, r)));
        }
    return total;
}

/* Of columns as barlow has them: 2d rows, of which k and k + d are partners. */
static inline dual ref_dimensions(const ref_case *c)
{
    static dual x[2 * REF_COLUMNS][REF_MOST];
    const double n = (double)c->n;
    dual total = num(0), square;
    for (int64_t k = 0; k < 2 * c->d; k++) {
        ref_column(c, (int)(k / c->d), k % c->d, x[k], &square);
        const dual s = sqrtd(add(times(1 / n, square), num(1e-5)));
        for (int64_t i = 0; i < c->n; i++) x[k][i] = over(x[k][i], s);
    }
    for (int64_t i = 0; i < 2 * c->d; i++) {
        const int64_t partner = (i + c->d) % (2 * c->d);
        const dual own = ref_product(x[i], x[partner], c->n);
        double most = -INFINITY;
        static dual gap[2 * REF_COLUMNS];
        for (int64_t k = 0; k < 2 * c->d; k++) {
            gap[k] = times(1 / (n * c->p.temperature), sub(ref_product(x[i], x[k], c->n), own));
            if (k != i && k != partner) most = fmax(most, gap[k].v);
        }
        dual sum = num(0);
        for (int64_t k = 0; k < 2 * c->d; k++)
            if (k != i && k != partner) sum = add(sum, expd(sub(gap[k], num(most))));
        if (c->d > 1) total = add(total, softplusd(add(num(most), logd(sum))));
    }
    return times(1 / (2 * (double)c->d), total);
}

/* Of a and b alone: each row's target is its partner. */
static inline dual ref_predict(const ref_case *c)
{
    dual total = num(0);
    for (int64_t i = 0; i < c->n; i++) total = add(total, times(1 / (double)c->n, c->s[i][i + c->n]));
    return !strcmp(c->loss->name, "byol") ? sub(num(4), times(4, total)) : times(-1, total);
}

/* What is known of the pair: its weight, NaN where it is unknown. */
static inline double ref_link(const ref_case *c, int64_t i, int64_t k)
{
    for (int64_t l = c->link_start ? c->link_start[i] : 0; c->link_start && l < c->link_start[i + 1]; l++)
        if (c->link[l] == k) return (double)c->link_weight[l];
    return NAN;
}

static inline double ref_target_gap(const ref_case *c, int64_t i, int64_t k, double power)
{
    double sum = 0;
    if (!c->targets) return pow(fabs((double)c->labels[i % c->n] - c->labels[k % c->n]), power);
    for (int64_t j = 0; j < c->q; j++)
        sum += pow(fabs((double)c->targets[i * c->q + j] - (double)c->targets[k * c->q + j]), power);
    return sum;
}

/* The share of k in the targets of i, before they add up to 1; NaN: k is not in the sum below either. */
static inline double ref_share(const ref_case *c, int64_t i, int64_t k)
{
    const akin_loss_params *p = &c->p;
    if (k == i) return NAN;
    if (!strcmp(c->loss->name, "y-aware"))
        return exp(-ref_target_gap(c, i, k, 2) / (2 * p->bandwidth * p->bandwidth));
    const bool own = k == ref_partner(c, i);
    double w = ref_link(c, i, k);
    if (own && p->partner_only) return 1;
    if (own && (isnan(w) || (w <= 0 && !(p->target_temperature > 0)))) w = 1;
    if (p->partner_only && w > 0) return NAN;
    if (isnan(w)) {
        if (p->known_only) return NAN;
        w = 0;
    }
    if (p->partner_only) return 0;
    return p->target_temperature > 0 ? exp(w / p->target_temperature) : fmax(w, 0);
}

static inline dual ref_soft(const ref_case *c)
{
    const double a = 1 / c->p.temperature;
    const int64_t rows = 2 * c->n;
    double share[REF_MOST];
    dual total = num(0);
    for (int64_t i = 0; i < rows; i++) {
        double shares = 0;
        for (int64_t k = 0; k < rows; k++) {
            share[k] = ref_share(c, i, k);
            shares += isnan(share[k]) ? 0 : share[k];
        }
        dual sum = num(0), pull = num(0), other = num(0); /* of e^(s - 1), and of e^(s - s_k) of a lone k */
        int64_t lone = -1;
        for (int64_t k = 0; k < rows; k++) {
            if (isnan(share[k])) continue;
            const dual s = times(a, sub(c->s[i][k], num(1)));
            sum = add(sum, expd(s));
            pull = add(pull, times(share[k] / shares, s));
            if (share[k] == shares) lone = k;
        }
        for (int64_t k = 0; k < rows && lone >= 0; k++)
            if (k != lone && !isnan(share[k]))
                other = add(other, expd(times(a, sub(c->s[i][k], c->s[i][lone]))));
        const dual softplus = { log1p(other.v), other.d / (1 + other.v) };
        total = add(total, lone >= 0 ? softplus : sub(logd(sum), pull));
    }
    return times(1 / (double)rows, total);
}

static inline dual ref_distance(const ref_case *c, int64_t i, int64_t k)
{
    dual square = num(0);
    for (int64_t j = 0; j < c->d; j++) {
        const dual gap = sub(ref_x(c, i * c->d + j), ref_x(c, k * c->d + j));
        square = add(square, mul(gap, gap));
    }
    return square.v > 0 ? sqrtd(square) : num(0);
}

static inline dual ref_ranked(const ref_case *c)
{
    const int64_t rows = 2 * c->n;
    dual total = num(0);
    for (int64_t i = 0; i < rows; i++) {
        dual a[REF_MOST];
        double gap[REF_MOST];
        for (int64_t k = 0; k < rows; k++) {
            a[k] = times(-1 / c->p.temperature, ref_distance(c, i, k));
            gap[k] = ref_target_gap(c, i, k, 1);
        }
        for (int64_t j = 0; j < rows; j++) {
            dual sum = num(0);
            double most = -INFINITY;
            for (int64_t k = 0; k < rows; k++)
                if (k != i && gap[k] >= gap[j]) most = fmax(most, a[k].v);
            for (int64_t k = 0; k < rows && j != i; k++)
                if (k != i && gap[k] >= gap[j]) sum = add(sum, expd(sub(a[k], num(most))));
            if (j != i) total = add(total, add(sub(num(most), a[j]), logd(sum)));
        }
    }
    return times(1 / ((double)rows * (double)(rows - 1)), total);
}

#include "ref_matrix.h"

static inline dual ref_loss(ref_case *c);

/* The base has its own defaults, and the temperature that is meant for it. */
static inline dual ref_dimcl(ref_case *c)
{
    static const char *const names[] = { NULL, "ntxent", "barlow", "vicreg" };
    const akin_loss *const loss = c->loss;
    const akin_loss_params p = c->p;
    const dual own = ref_dimensions(c);
    if (!p.mode) return own;
    c->loss = akin_loss_find(names[p.mode]);
    akin_loss_defaults(c->loss, &c->p, NULL);
    if (p.base_temperature > 0) c->p.temperature = p.base_temperature;
    const dual base = ref_loss(c);
    c->loss = loss;
    c->p = p;
    return add(times(c->p.weight, own), times(1 - c->p.weight, base));
}

/* The loss, and its derivative by x[moving]. */
static inline dual ref_loss(ref_case *c)
{
    const char *name = c->loss->name;
    if (c->loss->needs & AKIN_LOSS_TRIPLES) return ref_curl(c);
    if (!strcmp(name, "vicreg")) return ref_vicreg(c);
    if (!strcmp(name, "barlow")) return ref_barlow(c);
    if (!strcmp(name, "dimcl")) return ref_dimcl(c);
    if (!strcmp(name, "matrix-ssl")) return ref_matrix_ssl(c);
    if (!strcmp(name, "rank-n-contrast")) return ref_ranked(c);
    ref_similarities(c, !strcmp(name, "spectral") ? sqrt(c->p.mu) : 0);
    if (c->loss->needs & AKIN_LOSS_TARGETS) return ref_predict(c);
    if (!strcmp(name, "spectral") || !strcmp(name, "sigmoid") || !strcmp(name, "align-uniform"))
        return ref_pairwise(c);
    if (!strcmp(name, "supcon")) return ref_supcon(c);
    if (!strcmp(name, "xclr") || !strcmp(name, "y-aware")) return ref_soft(c);
    if (!strcmp(name, "difficult")) return ref_difficult(c, NULL);
    if (!strcmp(name, "infonce") || !strcmp(name, "dual-temperature")) {
        const dual forth = ref_across_views(c, 0);
        return c->p.symmetric ? times(0.5, add(forth, ref_across_views(c, c->n))) : forth;
    }
    double sum = 0;
    for (int64_t i = 0; i < c->n; i++) sum += exp(c->s[i][i + c->n].v / c->p.sigma);
    dual total = num(0);
    for (int64_t i = 0; i < 2 * c->n; i++) {
        const double weight = 2 - (double)c->n * exp(c->s[i % c->n][i % c->n + c->n].v / c->p.sigma) / sum;
        total = add(total, ref_view_anchor(c, i, weight));
    }
    return times(1 / (double)(2 * c->n), total);
}

#endif
