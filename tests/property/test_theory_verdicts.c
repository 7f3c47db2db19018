/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts and intervals of akin bounds on random models that are small enough to enumerate. An item is one
 * of a few types; a type is two unit vectors, one for each view, and a class. All expectations are sums over
 * types, positives and multisets of negatives, in double, by the formulas of docs/theory.md and with no code
 * of the library. Then
 *   - no inequality that is proved or derived fails in exact numbers, and none is called false;
 *   - nothing is called false that holds;
 *   - 95 % intervals of bounds, of measures and of their differences hold the exact value as often as they
 *     say, at every number of items.
 * And bounds of high probability fail as seldom as they say, on data that was made for them to fail.
 *
 * AKIN_TEST_FULL=1 takes 500 models at each number of items and prints the table of docs/theory.md; a
 * greater number takes so many. */
#include "test.h"

#include "akin/theory.h"

enum { TYPES = 12, CLASSES = 12, DIM = 3, MARGINS = 8, ROWS = 64, SIZES = 7 };
static const int SIZE[SIZES] = { 18, 24, 32, 48, 100, 300, 1000 };
static const double MARGIN[MARGINS] = { 0, 0.25, 0.5, 1, 2, 4, 8, 16 };

static akin_error err;

typedef struct model {
    int n, classes, types, d, k, count[TYPES], cls[TYPES];
    bool uniform;
    double t, rho[CLASSES], weight[TYPES];
    float a[TYPES][DIM], b[TYPES][DIM];
    double s[TYPES][TYPES], score[TYPES][CLASSES], mean[CLASSES][DIM];
} model;

/* What docs/theory.md calls these things. h: 0 hinge, 1 logistic in base 2. */
typedef struct exact {
    double info, info_class, nce, sup, sub, partial, sub_clean, clean_partial, ln, hit, max, jensen, gap;
    double hinge_k, hinge_k_other, logit_k_other, hinge_clean, spread, spread2, zero_one, tau;
    double same[2], other[2], block_same[2], block[2], mean[2], excess[MARGINS], margin[MARGINS], deviation;
    double covered[CLASSES], clean_covered[CLASSES];
} exact;

/* Models ------------------------------------------------------------------------------------------------- */

static void unit(const double *x, float *to, int d)
{
    double length = 0;
    for (int j = 0; j < d; j++) length += x[j] * x[j];
    for (int j = 0; j < d; j++) to[j] = (float)(x[j] / sqrt(length));
}

/* Items of types: at least one each, in all n; with equal classes where that goes. */
static void share_items(model *m)
{
    int left = m->n - m->types;
    m->uniform = m->n % m->classes == 0 && test_int(0, 1);
    for (int v = 0; v < m->types; v++) m->count[v] = 1;
    if (m->uniform) {
        for (int c = 0; c < m->classes; c++) {
            int first = 0, own = 0;
            for (int v = m->types - 1; v >= 0; v--)
                if (m->cls[v] == c) first = v, own++;
            for (int i = own; i < m->n / m->classes; i++) m->count[first + (int)test_int(0, own - 1)]++;
        }
        return;
    }
    double weight[TYPES], total = 0;
    for (int v = 0; v < m->types; v++) total += weight[v] = exp(test_uniform(0, 3));
    for (int v = 0; v < m->types; v++) {
        const int more = (int)((m->n - m->types) * weight[v] / total);
        m->count[v] += more;
        left -= more;
    }
    m->count[0] += left;
}

static model random_model(int n)
{
    static const double temperatures[] = { .25, .5, 1, 2 };
    model m = { .n = n, .d = (int)test_int(1, DIM), .t = temperatures[test_int(0, 3)] };
    const bool many = n >= 100 && test_int(0, 7) == 0; /* more classes than are enumerated by their sets */
    m.classes = many ? CLASSES : (int)test_int(2, 4);
    m.k = (n <= 48    ? 7
           : n == 100 ? 4
           : n == 300 ? 3
                      : 2) +
          (int)test_int(0, many ? 1 : 2); /* not summed up */
    const double noise = test_int(0, 1) ? 0.3 : 2, apart = test_int(0, 1) ? 0.2 : 1;
    for (int c = 0; c < m.classes; c++) {
        double centre[DIM];
        for (int j = 0; j < m.d; j++) centre[j] = test_normal();
        const int types = many ? 1 : (int)test_int(1, m.classes == 2 ? 3 : m.classes == 3 ? 2 : 1);
        for (int i = 0; i < types; i++, m.types++) {
            double x[DIM], y[DIM];
            for (int j = 0; j < m.d; j++) {
                x[j] = centre[j] + noise * test_normal();
                y[j] = x[j] + apart * noise * test_normal();
            }
            m.cls[m.types] = c;
            unit(x, m.a[m.types], m.d);
            unit(y, m.b[m.types], m.d);
        }
    }
    share_items(&m);
    return m;
}

static double inner(const float *x, const float *y, int d)
{
    double s = 0;
    for (int j = 0; j < d; j++) s += (double)x[j] * (double)y[j];
    return s;
}

static void fill(model *m)
{
    for (int v = 0; v < m->types; v++) {
        m->weight[v] = (double)m->count[v] / m->n;
        m->rho[m->cls[v]] += m->weight[v];
        for (int u = 0; u < m->types; u++) m->s[v][u] = inner(m->a[v], m->b[u], m->d) / m->t;
    }
    for (int v = 0; v < m->types; v++)
        for (int j = 0; j < m->d; j++)
            m->mean[m->cls[v]][j] += m->weight[v] / m->rho[m->cls[v]] * (double)m->b[v][j];
    for (int v = 0; v < m->types; v++)
        for (int c = 0; c < m->classes; c++)
            for (int j = 0; j < m->d; j++) m->score[v][c] += (double)m->a[v][j] * m->mean[c][j] / m->t;
}

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

/* Counting ----------------------------------------------------------------------------------------------- */

/* Intervals, and how many of them hold what they should. Those of one model go together: the standard error
 * of the share is that of a ratio over models, from sums of squares and products of their counts. */
typedef struct cover {
    int64_t seen, held, models;
    double now_seen, now_held, ss, sh, hh; /* now: of the model at hand */
} cover;

typedef struct tally {
    char name[ROWS][48];
    int rows;
    cover row[ROWS], size[SIZES];
    cover wide; /* of rows that are widened for what blocks may not have seen */
    int64_t verdicts, no, undecided, wrong_yes, wrong_no, fails;
} tally;

static void count(cover *x, bool held)
{
    x->seen++;
    x->held += held;
    x->now_seen += 1;
    x->now_held += held;
}

static void close_model(cover *x)
{
    x->models += x->now_seen > 0;
    x->ss += x->now_seen * x->now_seen;
    x->sh += x->now_seen * x->now_held;
    x->hh += x->now_held * x->now_held;
    x->now_seen = x->now_held = 0;
}

static double share(const cover *x) { return 100 * (double)x->held / (double)x->seen; }

static double share_error(const cover *x)
{
    const double p = share(x) / 100, square = x->hh - 2 * p * x->sh + p * p * x->ss, m = (double)x->models;
    return m > 1 ? 100 * sqrt(fmax(square, 0) * m / (m - 1)) / (double)x->seen : INFINITY;
}

/* From 93 to 97 %, but for three standard errors: of some forty shares that are as they should be, one is
 * outside in ten runs if all of them were at the edge. A share with an error above 1.5 says nothing. */
static void check_cover(const char *name, const cover *x)
{
    const double error = share_error(x);
    if (x->models < 30 || error > 1.5) return;
    const bool good = share(x) >= 93 - 3 * error && share(x) <= 97 + 3 * error;
    if (!good)
        print_error("%s: %.2f %% of %lld, standard error %.2f\n", name, share(x), (long long)x->seen, error);
    CHECK(good);
}

static int row_of(tally *c, const char *name)
{
    for (int i = 0; i < c->rows; i++)
        if (is(c->name[i], name)) return i;
    CHECK(c->rows < ROWS);
    snprintf(c->name[c->rows], sizeof c->name[0], "%s", name);
    return c->rows++;
}

/* One interval against what it should hold. What is exact must agree up to the rounding of float. */
static void interval(tally *c, int row, int size, bool sampled, bool wide, const double *x, double want)
{
    const double half = 0.5 * (x[1] - x[0]), off = fabs(0.5 * (x[0] + x[1]) - want), scale = 1 + fabs(want);
    if (!isfinite(want) || !isfinite(half)) return;
    if (!sampled || half < 2e-5 * scale) {
        if (off > half + 1e-4 * scale) print_error("%s: %.9g is off\n", c->name[row], want);
        CHECK_LE(off, half + 1e-4 * scale);
        return;
    }
    if (wide) {
        count(&c->wide, off <= half);
        return;
    }
    count(&c->row[row], off <= half);
    count(&c->size[size], off <= half);
}

static double all_collide(const model *m)
{
    double sum = 0;
    for (int c = 0; c < m->classes; c++) sum += pow(m->rho[c], m->k + 1);
    return sum;
}

static void one_row(tally *c, int size, const akin_bound_row *r, const model *m, const exact *e)
{
    const sides s = expected(r, m, e);
    const int row = row_of(c, r->name);
    const bool wide = strstr(r->name, "theorem-6.1") &&
                      ((1 - e->hit) * (double)r->blocks < 10 || all_collide(m) * (double)r->blocks < 10);
    if (isnan(s.measured)) return;
    interval(c, row, size, r->blocks > 0, false, r->measured_interval, s.measured);
    if (r->sense == AKIN_BOUND_MEASURE || isnan(s.value)) return;
    interval(c, row, size, r->blocks > 0, wide, r->interval, s.value);
    interval(c, row, size, r->blocks > 0, wide, r->difference_interval, s.measured - s.value);
    const double excess = r->sense == AKIN_BOUND_UPPER ? s.measured - s.value : s.value - s.measured;
    const double least = 1e-9 * (1 + fabs(s.value));
    const bool known = !*r->mark || is(r->mark, AKIN_MARK_DERIVED);
    if (known) CHECK_LE(excess, least); /* the theorem itself */
    c->verdicts++;
    c->fails += excess > least;
    c->no += r->holds == AKIN_TRUTH_NO;
    c->undecided += r->holds == AKIN_TRUTH_UNKNOWN;
    c->wrong_no += r->holds == AKIN_TRUTH_NO && excess <= least;
    if (r->holds == AKIN_TRUTH_NO && excess <= least)
        print_error("%s is called false: %.9g, %.9g to %.9g; exact %.9g (seed %llu)\n", r->name,
                    r->difference, r->difference_interval[0], r->difference_interval[1], s.measured - s.value,
                    (unsigned long long)test_seed);
    c->wrong_yes += r->holds == AKIN_TRUTH_YES && excess > 1e-4 * (1 + fabs(s.value));
    CHECK(r->holds != AKIN_TRUTH_UNKNOWN || r->reason[0]);
}

static akin_bounds *bounds_of(const model *m, const char *list, uint64_t seed)
{
    float *a = malloc((size_t)(m->n * m->d) * sizeof *a), *b = malloc((size_t)(m->n * m->d) * sizeof *b);
    int32_t *labels = malloc((size_t)m->n * sizeof *labels);
    int at = 0;
    for (int v = 0; v < m->types; v++)
        for (int i = 0; i < m->count[v]; i++, at++) {
            memcpy(a + at * m->d, m->a[v], (size_t)m->d * sizeof *a);
            memcpy(b + at * m->d, m->b[v], (size_t)m->d * sizeof *b);
            labels[at] = m->cls[v];
        }
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    in.a = (akin_cmat){ a, m->n, m->d, m->d };
    in.b = (akin_cmat){ b, m->n, m->d, m->d };
    in.labels = labels;
    in.count = m->n;
    in.temperature = m->t;
    in.negatives = m->k;
    in.seed = seed;
    akin_bounds *bounds = NULL;
    CHECK_OK(akin_bounds_compute(&in, list, &bounds, &err));
    free(a);
    free(b);
    free(labels);
    return bounds;
}

static const char LIST[] = "arora,nozawa-sato,ash,bao,awasthi,wang,pac-bayes";

static void one_model(tally *c, int size, bool few)
{
    model m = random_model(SIZE[size]);
    if (few) m.k = (int)test_int(1, 2); /* what the library sums up itself */
    fill(&m);
    const exact e = enumerate(&m);
    akin_bounds *bounds = bounds_of(&m, LIST, test_seed);
    const akin_bound_row *r;
    for (int i = 0; (r = akin_bounds_at(bounds, i)); i++) one_row(c, size, r, &m, &e);
    akin_bounds_free(bounds);
}

static void print_cover(const char *name, const cover *x)
{
    if (x->seen)
        printf("| %s | %lld | %lld | %.1f | %.1f |\n", name, (long long)x->models, (long long)x->seen,
               share(x), share_error(x));
}

static void print_table(const tally *c)
{
    char name[16];
    printf("| | models | intervals | hold, %% | standard error |\n");
    for (int i = 0; i < SIZES; i++) {
        snprintf(name, sizeof name, "n = %d", SIZE[i]);
        print_cover(name, &c->size[i]);
    }
    for (int i = 0; i < c->rows; i++) print_cover(c->name[i], &c->row[i]);
    print_cover("widened", &c->wide);
    printf("%lld verdicts: %lld false, of which %lld of what holds; %lld true of %lld that fail; %lld "
           "undecided\n",
           (long long)c->verdicts, (long long)c->no, (long long)c->wrong_no, (long long)c->wrong_yes,
           (long long)c->fails, (long long)c->undecided);
    fflush(stdout);
}

static void check_all(const tally *c, bool full)
{
    char name[16];
    cover all = { .seen = 0 };
    CHECK(c->wrong_no == 0);
    /* 2.5 % in theory, of those that fail by chance so narrowly that it matters */
    CHECK_LE(c->wrong_yes, 2 + 0.025 * (double)c->fails);
    if (c->wide.seen > 300) CHECK_LE(94, share(&c->wide));
    for (int i = 0; i < SIZES; i++) {
        all.seen += c->size[i].seen;
        all.held += c->size[i].held;
        snprintf(name, sizeof name, "n = %d", SIZE[i]);
        if (full) check_cover(name, &c->size[i]);
    }
    for (int i = 0; i < c->rows && full; i++) check_cover(c->name[i], &c->row[i]);
    /* A few models: a third as many intervals count as independent. Four standard errors. */
    const double error = 400 * sqrt(0.95 * 0.05 / ((double)all.seen / 30));
    CHECK_LE(fabs(share(&all) - 95), full ? 2 : error);
}

static void verdicts_and_coverage(void **state)
{
    (void)state;
    const char *wish = getenv("AKIN_TEST_FULL");
    const bool full = wish != NULL;
    const int models = !full ? 6 : atoi(wish) > 1 ? atoi(wish) : 500;
    static tally c;
    for (int size = 0; size < SIZES; size++)
        for (int i = 1; i <= models; i++) {
            test_seed = (uint64_t)(full ? 1000000 * (size + 1) + i : 1000 * (size + 1) + i);
            one_model(&c, size, false);
            close_model(&c.size[size]);
            close_model(&c.wide);
            for (int r = 0; r < c.rows; r++) close_model(&c.row[r]);
        }
    test_seed = 1;
    if (full) print_table(&c);
    check_all(&c, full);
}

/* With one or two negatives and few items everything but blocks is summed up: no interval is left. */
static void few_tuples_are_summed_up(void **state)
{
    (void)state;
    static tally c;
    for (test_seed = 1; test_seed <= 12; test_seed++) one_model(&c, (int)test_int(0, 3), true);
    test_seed = 1;
    CHECK(c.wrong_no == 0 && c.verdicts > 200);
    for (int i = 0; i < c.rows; i++)
        if (!strstr(c.name[i], "prop-6.2")) CHECK(c.row[i].seen == 0);
}

/* Data made for anchors that share negatives to err together: every positive has similarity 0, a negative of
 * another class +-1/2 by its own coin, one of the same class 0. So the zero-one risk is 1/2 + 1/(2C), with
 * the tie, and L_un the mean of ell(0) and (ell(1/(2t)) + ell(-1/(2t))) / 2. Every seed draws new coins. */
static void high_probability_bounds_fail_seldom(void **state)
{
    (void)state;
    enum { KINDS = 16, EACH = 32, N = KINDS * EACH, D = KINDS + 1 };
    static float a[N * D], b[N * D];
    static int32_t labels[N];
    const int seeds = getenv("AKIN_TEST_FULL") ? 200 : 8;
    int zero_one = 0, hinge = 0, logistic = 0;
    const double root = sqrt(0.5), own = 1.0 / KINDS, risk = 0.5 + 0.5 * own, t = 0.5;
    const double un = own + (1 - own) * 0.5 * (log2(1 + exp(0.5 / t)) + log2(1 + exp(-0.5 / t)));
    for (int seed = 1; seed <= seeds; seed++) {
        test_seed = (uint64_t)seed;
        memset(a, 0, sizeof a);
        memset(b, 0, sizeof b);
        for (int i = 0; i < N; i++) {
            const double coin = test_int(0, 1) ? root : -root;
            labels[i] = i % KINDS;
            a[i * D] = a[i * D + 1 + labels[i]] = (float)root;
            b[i * D] = (float)coin;
            b[i * D + 1 + labels[i]] = (float)-coin;
        }
        akin_bound_input in = AKIN_BOUND_INPUT_INIT;
        in.a = (akin_cmat){ a, N, D, D };
        in.b = (akin_cmat){ b, N, D, D };
        in.labels = labels;
        in.count = N;
        in.temperature = t;
        in.negatives = 1;
        in.seed = (uint64_t)seed;
        akin_bounds *bounds = NULL;
        CHECK_OK(akin_bounds_compute(&in, "pac-bayes,arora", &bounds, &err));
        const akin_bound_row *r;
        for (int i = 0; (r = akin_bounds_at(bounds, i)); i++) {
            zero_one += is(r->name, "pac-bayes-catoni") && r->value < risk;
            hinge += is(r->name, "arora-theorem-4.1-hinge") && r->value < 1; /* L_un = 1 */
            logistic += is(r->name, "arora-theorem-4.1-logistic") && r->value < (un - own) / (1 - own);
            CHECK(!is(r->name, "pac-bayes-catoni") || strstr(r->assumed, "tuples that share no item"));
        }
        akin_bounds_free(bounds);
    }
    test_seed = 1;
    if (seeds == 200)
        printf("of %d seeds below the truth: pac-bayes-catoni %d, arora-theorem-4.1-hinge %d, -logistic %d\n",
               seeds, zero_one, hinge, logistic);
    const double most = 0.05 * seeds + 3 * sqrt(0.05 * 0.95 * seeds);
    CHECK_LE(zero_one, most);
    CHECK_LE(hinge, most);
    CHECK_LE(logistic, most);
}

/* Too few items for ten tuples: a bound of high probability is shown, and not judged. */
static void too_few_tuples_are_told(void **state)
{
    (void)state;
    test_seed = 7;
    model m = random_model(18);
    fill(&m);
    akin_bounds *bounds = bounds_of(&m, "pac-bayes", 1);
    const akin_bound_row *r = akin_bounds_at(bounds, 0);
    CHECK(r && r->holds == AKIN_TRUTH_UNKNOWN && strstr(r->reason, "a verdict needs 10"));
    akin_bounds_free(bounds);
    test_seed = 1;
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_and_coverage),
        cmocka_unit_test(few_tuples_are_summed_up),
        cmocka_unit_test(high_probability_bounds_fail_seldom),
        cmocka_unit_test(too_few_tuples_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
