/* SPDX-License-Identifier: Apache-2.0 */
/* loss/calibrate.c - what the value of a loss means: chance, floor, and a word between them.
 *
 * Chance is the loss of equal embeddings. The floors of the softmax losses come from one bound. Let anchor i have a_i
 * rows as similar to it as its positive (itself a positive, or a copy of it) and q_i other rows, and u_i be the mean
 * over those of s_i,positive - s_ik. The log-sum-exp is convex, so that
 *
 *     l_i >= log(a_i + q_i exp(-alpha u_i)),   and   sum_i q_i u_i <= N^2
 *
 * because |sum z|^2 >= 0. The least of the sum of these convex functions under the one linear constraint, each u_i in
 * [0,2], is the floor; its dual is a concave function of one number, the multiplier. Any multiplier gives a value that
 * no encoder can go below; where all a_i and q_i are equal it is the value of a centred simplex. Without copies this
 * is the closed form of docs/losses.md.  [Chen2020] [Graf2021 thm.2] */
#include "loss/frame.h"
#include "loss/table.h"

#include <math.h>
#include <string.h>

typedef struct levels {
    double chance, floor, duplicate_floor; /* NaN where not known */
} levels;

/* Sizes of groups -------------------------------------------------------------------------------------- */

enum { TABLE = 8192, MOST_SIZES = 1024 };

/* How many groups have each size. */
typedef struct sizes {
    int64_t size[MOST_SIZES], groups[MOST_SIZES];
    int kinds; /* -1: more than MOST_SIZES */
} sizes;

static uint64_t mix(int64_t value)
{
    uint64_t x = (uint64_t)value * 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93u;
    return x ^ (x >> 32);
}

static void count_size(sizes *s, int64_t size)
{
    int k = 0;
    while (k < s->kinds && s->size[k] != size) k++;
    if (s->kinds < 0 || k == MOST_SIZES) {
        s->kinds = -1;
        return;
    }
    if (k == s->kinds) {
        s->size[k] = size;
        s->groups[k] = 0;
        s->kinds++;
    }
    s->groups[k]++;
}

/* Group numbers from either array. A table on the stack counts the groups whose hash falls into the present pass:
 * there are enough passes that it stays half empty, and no memory is needed. */
static sizes group_sizes(const int64_t *groups, const int32_t *labels, int64_t n)
{
    sizes s = { .kinds = 0 };
    const uint64_t passes = (uint64_t)(n / (TABLE / 4) + 1);
    for (uint64_t pass = 0; pass < passes; pass++) {
        struct {
            int64_t value, count;
        } table[TABLE];
        for (int t = 0; t < TABLE; t++) table[t].count = 0;
        int used = 0;
        for (int64_t i = 0; i < n; i++) {
            const int64_t value = groups ? groups[i] : labels[i];
            const uint64_t h = mix(value);
            if (h % passes != pass) continue;
            size_t at = (size_t)(h / passes % TABLE);
            while (table[at].count && table[at].value != value) at = (at + 1) % TABLE;
            if (table[at].count == 0 && ++used == TABLE) { /* hashes chosen against us */
                s.kinds = -1;
                return s;
            }
            table[at].value = value;
            table[at].count++;
        }
        for (int t = 0; t < TABLE && s.kinds >= 0; t++)
            if (table[t].count) count_size(&s, table[t].count);
    }
    return s;
}

static sizes singles(int64_t n)
{
    sizes s = { .kinds = 1 };
    s.size[0] = 1;
    s.groups[0] = n;
    return s;
}

/* The bound -------------------------------------------------------------------------------------------- */

typedef struct bound {
    const sizes *groups;
    double views; /* rows an item has: 2 when anchors and keys are Z, 1 when they are a and b */
    double
        included; /* a_i = max(0, views size - included): without the anchor (1), its positive (2), all equals */
    double rows; /* N: anchors, and keys of each */
    double alpha;
} bound;

/* min over u in [0,2] of log(a + q exp(-alpha u)) + nu q u */
static double least(double a, double q, double alpha, double nu)
{
    if (q <= 0) return log(a);
    const double ends[2] = { log(a + q), log(a + q * exp(-2 * alpha)) + 2 * nu * q };
    double best = fmin(ends[0], ends[1]);
    const double e = nu * a / (alpha - nu * q); /* exp(-alpha u) where the slope is 0 */
    if (alpha > nu * q && e < 1 && e > exp(-2 * alpha))
        best = fmin(best, log(a + q * e) - nu * q * log(e) / alpha);
    return best;
}

static double dual(const bound *b, double nu)
{
    double sum = -nu * b->rows * b->rows;
    for (int k = 0; k < b->groups->kinds; k++) {
        const double size = b->views * (double)b->groups->size[k];
        sum += size * (double)b->groups->groups[k] *
               least(fmax(0, size - b->included), b->rows - size, b->alpha, nu);
    }
    return sum / b->rows;
}

/* Golden section over the logarithm of the multiplier. */
static double floor_of(const bound *b)
{
    if (b->groups->kinds < 0) return NAN;
    const double shrink = 0.61803398874989484820;
    double low = log(b->alpha / b->rows) - 60 - 2 * b->alpha, high = log(b->alpha) + 1;
    for (int step = 0; step < 200; step++) {
        const double left = high - shrink * (high - low), right = low + shrink * (high - low);
        if (dual(b, exp(left)) < dual(b, exp(right)))
            low = left;
        else
            high = right;
    }
    return dual(b, exp((low + high) / 2));
}

/* Losses ----------------------------------------------------------------------------------------------- */

typedef struct subject {
    const ak_loss_call *c;
    const akin_loss_params *p;
    double n, m; /* items, further keys */
    bool keys_only;
    sizes groups;
} subject;

typedef levels levels_fn(const subject *s);

static double zview_floor(const subject *s, const sizes *groups, double included, double alpha)
{
    if (s->m > 0) return NAN;
    const bound b = { groups, 2, included, 2 * s->n, alpha };
    return floor_of(&b);
}

/* log(1 + k e^x) without overflow. */
static double log1p_exp(double k, double x) { return x > 0 ? x + log(exp(-x) + k) : log1p(k * exp(x)); }

/* Negatives that are keys alone: the floor is reached by anchors and positives in one point, keys opposite. */
static levels with_keys_only(const subject *s)
{
    const double alpha = 1 / s->p->temperature;
    return (levels){ log1p(s->m), log1p_exp(s->m, -2 * alpha), NAN };
}

static double ntxent_floor(const subject *s, double alpha)
{
    return s->m > 0 ? NAN : log1p_exp(2 * s->n - 2, -alpha * s->n / (s->n - 1));
}

static levels ntxent(const subject *s)
{
    const double alpha = 1 / s->p->temperature;
    if (s->keys_only) return with_keys_only(s);
    return (levels){ log(2 * s->n - 1 + s->m), ntxent_floor(s, alpha), zview_floor(s, &s->groups, 1, alpha) };
}

static levels infonce(const subject *s)
{
    const double alpha = 1 / s->p->temperature;
    const bound b = { &s->groups, 1, 0, s->n, alpha };
    if (s->keys_only) return with_keys_only(s);
    if (s->m > 0) return (levels){ log(s->n + s->m), NAN, NAN };
    return (levels){ log(s->n), log1p_exp(s->n - 1, -alpha * s->n / (s->n - 1)), floor_of(&b) };
}

/* Also dclw: its weights fall as s_i,positive rises and have mean 1, so that mean(w s) <= mean(s). */
static levels dcl(const subject *s)
{
    const double alpha = 1 / s->p->temperature, k = 2 * s->n - 2;
    if (s->keys_only) return (levels){ log(s->m), log(s->m) - 2 * alpha, NAN };
    return (levels){ log(k + s->m), s->m > 0 ? NAN : log(k) - alpha - alpha / (s->n - 1),
                     zview_floor(s, &s->groups, 2, alpha) };
}

/* f(p) = -p + lambda/alpha ( log c + log( [e^(alpha p)] + K e^(-alpha (1+p)/K) ) ), convex in p = the mean positive. */
static double balanced_at(const subject *s, double p)
{
    const double alpha = s->p->alpha, k = 2 * s->n - 2, others = log(k) - alpha * (1 + p) / k;
    const double lse = s->p->include_positive ? alpha * p + ak_log1p_exp(others - alpha * p) : others;
    return -p + s->p->lambda / alpha * (log(s->p->constant) + lse);
}

/* The least value of a convex function on [-1,1]. */
static double minimum(const subject *s, double (*f)(const subject *, double))
{
    double low = -1, high = 1;
    for (int step = 0; step < 200; step++) {
        const double left = low + (high - low) / 3, right = high - (high - low) / 3;
        if (f(s, left) < f(s, right))
            high = right;
        else
            low = left;
    }
    return fmin(f(s, (low + high) / 2), fmin(f(s, -1), f(s, 1)));
}

static levels balanced(const subject *s)
{
    const double k = 2 * s->n - 2 + (s->p->include_positive ? 1 : 0), force = s->p->lambda / s->p->alpha;
    levels l = { s->p->lambda - 1 + force * log(s->p->constant * k), minimum(s, balanced_at), NAN };
    /* With lambda <= 1 the positive at 1 is best, copies or not. */
    if (s->p->lambda <= 1)
        l.duplicate_floor = s->p->lambda - 1 +
                            force * (log(s->p->constant) +
                                     zview_floor(s, &s->groups, s->p->include_positive ? 1 : 2, s->p->alpha));
    return l;
}

/* With q = the mean of a_i.b_i:  |A B^T|^2 >= (trace)^2/d, the diagonal is at most n mu q, squares are not negative. */
static double spectral_at(const subject *s, double x)
{
    const double mu = s->p->mu, q = mu * (x + 1) / 2, d = (double)s->c->in.a.cols;
    return (-2 * q + fmax(0, (s->n * q * q / d - mu * q) / (s->n - 1))) / mu;
}

static levels spectral(const subject *s) { return (levels){ s->p->mu - 2, minimum(s, spectral_at), NAN }; }

static levels supcon(const subject *s)
{
    const double t = s->p->temperature, t0 = s->p->base_temperature > 0 ? s->p->base_temperature : t;
    levels l = { t / t0 * log(2 * s->n - 1), NAN, NAN };
    if (s->c->in.labels) {
        const sizes classes = group_sizes(NULL, s->c->in.labels, s->c->in.a.rows);
        l.floor = t / t0 * zview_floor(s, &classes, 1, 1 / t);
    }
    return l;
}

static levels nscl(const subject *s)
{
    const sizes classes = group_sizes(NULL, s->c->in.labels, s->c->in.a.rows);
    double chance = 0;
    for (int k = 0; k < classes.kinds; k++) {
        const double size = (double)classes.size[k];
        chance += size * (double)classes.groups[k] * log(2 * (s->n - size));
    }
    const bound b = { &classes, 2, INFINITY, 2 * s->n, 1 / s->p->temperature };
    return (levels){ classes.kinds < 0 ? NAN : chance / s->n, floor_of(&b), NAN };
}

/* The correction makes the loss concave in the negatives, and no floor is known, but without it it is ntxent. The same
 * for hard negatives, whose weighted mean is at least the plain one. */
static levels debiased(const subject *s)
{
    const double alpha = 1 / s->p->temperature;
    const bool none = s->p->tau_plus == 0;
    return (levels){ log(2 * s->n - 1), none ? ntxent_floor(s, alpha) : NAN,
                     none ? zview_floor(s, &s->groups, 1, alpha) : NAN };
}

static levels dual_temperature(const subject *s) { return (levels){ log(s->n), NAN, NAN }; }

/* With p = the mean of a_i.b_i, the mean of the others is at least -(p + n(1-p)/2)/(n-1), because
 * |sum (a+b)|^2 >= 0 and |sum (a-b)|^2 <= n sum |a-b|^2. */
static double sigmoid_at(const subject *s, double p)
{
    const double scale = s->p->scale, bias = s->p->bias;
    const double own = ak_log1p_exp(-(scale * p + bias));
    if (s->n < 2) return own;
    const double others = fmax(-1, -(p + s->n * (1 - p) / 2) / (s->n - 1));
    return own + (s->n - 1) * ak_log1p_exp(scale * others + bias);
}

static levels sigmoid(const subject *s)
{
    const double x = s->p->scale + s->p->bias;
    return (levels){ ak_log1p_exp(-x) + (s->n - 1) * ak_log1p_exp(x), minimum(s, sigmoid_at), NAN };
}

static levels align_uniform(const subject *s)
{
    return (levels){ 0, -s->p->weight * 4 * s->n / (s->n - 1), NAN };
}

static levels curl_hinge(const subject *s)
{
    (void)s;
    return (levels){ 1, 0, NAN };
}

static levels curl_logistic(const subject *s) { return (levels){ log2(1 + (double)s->c->in.count), 0, NAN }; }

/* Where all features are equal no pair is selected. */
static levels difficult(const subject *s)
{
    return (levels){ log(s->p->one_sided ? s->n : 2 * s->n - 1), NAN, NAN };
}

/* In the order of akin_losses. */
static levels_fn *const LEVELS[] = {
    ntxent,   infonce,       dcl,        dcl,           dcl,       balanced,
    spectral, supcon,        nscl,       debiased,      debiased,  dual_temperature,
    sigmoid,  align_uniform, curl_hinge, curl_logistic, difficult,
};

akin_status akin_loss_calibrate(const akin_loss *loss, const akin_loss_params *params,
                                const akin_loss_batch *batch, const int64_t *groups, akin_calibration *out,
                                akin_error *err)
{
    ak_loss_call c;
    AK_TRY(ak_loss_open(&c, loss, params, batch, false, err));
    if (loss->needs & AKIN_LOSS_LABELS && !c.in.labels)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "%s: chance and floor depend on the labels, and there are none", loss->name);
    subject s = { .c = &c, .p = &c.p, .n = (double)c.in.a.rows, .m = (double)c.in.keys.rows };
    s.keys_only = c.in.keys_only;
    s.groups = groups ? group_sizes(groups, NULL, c.in.a.rows) : singles(c.in.a.rows);
    levels l = LEVELS[loss - akin_losses](&s);
    /* Without copies, or where their effect is not known, the duplicate floor is the floor. */
    if (!groups || !(l.duplicate_floor > l.floor)) l.duplicate_floor = l.floor;
    akin_calibration result = AKIN_CALIBRATION_INIT;
    result.floor_known = isfinite(l.floor);
    result.chance = l.chance;
    result.floor = result.floor_known ? l.floor : NAN;
    result.duplicate_floor = l.duplicate_floor;
    *out = result;
    return AKIN_OK;
}

/* Words ------------------------------------------------------------------------------------------------ */

double akin_loss_learned(const akin_calibration *c, double value)
{
    const double floor = c->duplicate_floor;
    if (!c->floor_known || !(c->chance > floor)) return NAN;
    const double learned = (c->chance - value) / (c->chance - floor);
    return learned < 0 ? 0 : learned > 1 ? 1 : learned;
}

static const char *const WORDS[][2] = {
    { "broken", "the loss is not a finite number" },
    { "worse-than-chance", "above chance: negatives are closer than positives" },
    { "chance", "at chance: no better than equal embeddings, nothing learned yet or collapsed" },
    { "below-chance", "below chance; how far it could fall is not known for this loss" },
    { "learning", "between chance and floor" },
    { "good", "most of the way from chance to the floor" },
    { "floor", "at the floor: no encoder can go lower on such a batch" },
};

static int word(const akin_calibration *c, double value)
{
    if (!isfinite(value)) return 0;
    const bool known = c->floor_known && c->chance > c->duplicate_floor;
    const double room = known ? c->chance - c->duplicate_floor : fabs(c->chance) + 1e-3;
    const double below = (c->chance - value) / room;
    if (below < -0.02) return 1;
    if (below < 0.02) return 2;
    if (!known) return 3;
    return below < 0.8 ? 4 : below < 0.995 ? 5 : 6;
}

const char *akin_loss_verdict(const akin_calibration *c, double value) { return WORDS[word(c, value)][0]; }
const char *akin_loss_verdict_text(const akin_calibration *c, double value)
{
    return WORDS[word(c, value)][1];
}
