/* SPDX-License-Identifier: Apache-2.0 */
/* loss/floor.c - the least value of a softmax loss, given which items are copies of one another.
 *
 * Let anchor i have a_i rows that are as similar to it as its positive (the positive itself, or a copy of
 * it) and q_i other rows. Let u_i be the mean over those of s_i,positive - s_ik. The log-sum-exp is convex,
 * so that
 *
 *     l_i >= log(a_i + q_i exp(-alpha u_i)),   and   sum_i q_i u_i <= N^2
 *
 * because |sum z|^2 >= 0. The floor is the least sum of these convex functions under the one linear
 * constraint, with each u_i in [0,2]. Its dual is a concave function of one number, the multiplier. Any
 * multiplier gives a value that no encoder can go below; where all a_i and q_i are equal it is the value of
 * a centred simplex. Without copies this is the closed form of docs/losses.md.  [Chen2020] [Graf2021
 * thm.2] */
#include "loss/levels.h"

#include <math.h>
#include <string.h>

/* Sizes of groups -------------------------------------------------------------------------------------- */

enum { TABLE = 8192 };

static uint64_t mix(int64_t value)
{
    uint64_t x = (uint64_t)value * 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93u;
    return x ^ (x >> 32);
}

static void count_size(ak_group_sizes *s, int64_t size)
{
    int k = 0;
    while (k < s->kinds && s->size[k] != size) k++;
    if (s->kinds < 0 || k == AK_MOST_SIZES) {
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

/* Group numbers from either array. A table on the stack counts the groups whose hash falls into the present
 * pass: there are enough passes that it stays half empty, and no memory is needed. */
ak_group_sizes ak_sizes_of_groups(const int64_t *groups, const int32_t *labels, int64_t n)
{
    ak_group_sizes s = { .kinds = 0 };
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

ak_group_sizes ak_sizes_of_singles(int64_t n)
{
    ak_group_sizes s = { .kinds = 1 };
    s.size[0] = 1;
    s.groups[0] = n;
    return s;
}

/* The bound -------------------------------------------------------------------------------------------- */

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

static double dual(const ak_floor_bound *b, double nu)
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
double ak_floor_of(const ak_floor_bound *b)
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
