/* SPDX-License-Identifier: Apache-2.0 */
/* Expectations of logarithms of sums against sums over all draws, in long double. */
#include "test.h"
#include "theory/log_sums.h"

enum { KEYS = 6, DRAWS = 4, CASES = 2000 };

static long double plus(long double x) { return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x)); }

/* One of the n^k draws, by its code. */
static void one_draw(const double *s, int n, int first, int end, double own, int k, int code,
                     long double mass, long double *want)
{
    long double sum = 0, others = 0;
    for (int i = 0; i < k; i++, code /= n) {
        const int key = code % n;
        sum += expl((long double)s[key] - own);
        if (key < first || key >= end) others += expl((long double)s[key] - own);
    }
    want[0] += mass * log1pl(sum);
    want[1] += mass * logl(sum);
    for (int p = first; p < end; p++) {
        const long double away = expl((long double)own - s[p]);
        want[2] += mass / (end - first) * log1pl(sum * away);
        want[3] += mass / (end - first) * log1pl(others * away);
    }
}

static void all_draws_are_in_the_sums(void **state)
{
    (void)state;
    double worst = 0, most_nodes = 0;
    for (int round = 0; round < CASES; round++) {
        test_seed++;
        const double t = exp(test_uniform(-4.5, 1.5));
        const int n = (int)test_int(2, KEYS), k = (int)test_int(1, DRAWS), first = (int)test_int(0, n - 1),
                  end = (int)test_int(first + 1, first == 0 ? n - 1 : n);
        double s[KEYS], room[KEYS];
        for (int j = 0; j < n; j++) s[j] = (test_int(0, 3) ? test_uniform(-1, 1) : 1) / t;
        const double own = s[test_int(first, end - 1)];
        long double want[6] = { 0 }, all = 1;
        for (int i = 0; i < k; i++) all *= n;
        for (int code = 0; code < (int)all; code++) one_draw(s, n, first, end, own, k, code, 1 / all, want);
        for (int p = first; p < end; p++)
            for (int q = 0; q < n; q++) {
                const bool same = q >= first && q < end;
                const int size = end - first;
                want[same ? 4 : 5] +=
                    plus((long double)s[q] - s[p]) / (size * (long double)(same ? size : n - size));
            }
        ak_log_sums x;
        ak_log_sums_of(s, n, first, end, own, k, room, &x);
        const double found[6] = { x.info, x.nce, x.info_class, x.other_class, x.same, x.other };
        for (int i = 0; i < 6; i++) {
            const double off = fabs(found[i] - (double)want[i]) / (1 + 2 / t);
            worst = fmax(worst, off);
            if (!(off <= 2e-12))
                print_error("%d: %.17g, %.17g (n %d, k %d, t %g)\n", i, found[i], (double)want[i], n, k, t);
            CHECK_LE(off, 2e-12);
        }
        most_nodes = fmax(most_nodes, ak_log_sums_nodes(2 / t, k));
    }
    CHECK(worst > 0 && most_nodes > 300);
}

/* Labels of unequal probability: all n^k of them. */
static void drawn_values_are_summed(void **state)
{
    (void)state;
    for (int round = 0; round < CASES; round++) {
        test_seed++;
        const int n = (int)test_int(1, 4), k = (int)test_int(1, DRAWS);
        double x[4], rho[4], room[4], total = 0;
        for (int i = 0; i < n; i++) total += rho[i] = test_uniform(0.05, 1);
        for (int i = 0; i < n; i++) {
            rho[i] /= total;
            x[i] = test_int(0, 4) ? exp(test_uniform(-40, 40)) : 0;
        }
        int all = 1;
        for (int i = 0; i < k; i++) all *= n;
        long double want = 0;
        for (int code = 0; code < all; code++) {
            long double sum = 0, mass = 1;
            for (int i = 0, rest = code; i < k; i++, rest /= n) {
                sum += x[rest % n];
                mass *= rho[rest % n];
            }
            want += mass * log1pl(sum);
        }
        CHECK_LE(fabs(ak_log_sum_drawn(x, rho, n, k, room) - (double)want), 1e-10);
    }
}

/* Many draws: a sum of equal values is known; so is its mean for few draws of many keys. */
static void many_draws(void **state)
{
    (void)state;
    double s[5], room[5];
    for (int j = 0; j < 5; j++) s[j] = 3;
    ak_log_sums x;
    for (double k = 1; k <= 0x1p24; k *= 2) {
        ak_log_sums_of(s, 5, 1, 3, 3, k, room, &x);
        CHECK_LE(fabs(x.info - log1p(k)), 1e-11);
        CHECK_LE(fabs(x.nce - log(k)), 1e-11);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_draws_are_in_the_sums),
        cmocka_unit_test(drawn_values_are_summed),
        cmocka_unit_test(many_draws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
