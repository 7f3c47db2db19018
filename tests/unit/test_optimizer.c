/* SPDX-License-Identifier: Apache-2.0 */
/* Optimisers against their formulas in double, over lengths within and beyond one block of a sum, with and
 * without weight decay and with norms of zero; schedules against values worked out by hand. */
#include "base/base.h"
#include "test.h"
#include "train/optimizer.h"
#include "train/schedule.h"

#include <float.h>

/* The reference: one tensor in double, norms as plain sums. */
typedef struct reference {
    double *x, *m, *v;
    int64_t n;
} reference;

static double norm_of(const double *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i] * x[i];
    return sqrt(sum);
}

static void reference_sgd(reference *r, const ak_optimizer_opts *o, const double *grad, double lr,
                          bool decays)
{
    const double decay = decays ? o->weight_decay : 0;
    double lambda = 1;
    if (o->kind == AK_LARS && decays) {
        const double x = norm_of(r->x, r->n), g = norm_of(grad, r->n);
        if (x > 0 && g > 0) lambda = o->trust * x / (g + decay * x);
    }
    for (int64_t i = 0; i < r->n; i++) {
        const double g = lambda * (grad[i] + decay * r->x[i]);
        r->m[i] = o->momentum * r->m[i] + g;
        r->x[i] -= lr * (o->nesterov ? g + o->momentum * r->m[i] : r->m[i]);
    }
}

static void reference_adamw(reference *r, const ak_optimizer_opts *o, const double *grad, double lr,
                            int64_t step, bool decays)
{
    const double b1 = o->momentum, b2 = o->beta2, t = (double)(step + 1);
    for (int64_t i = 0; i < r->n; i++) {
        r->m[i] = b1 * r->m[i] + (1 - b1) * grad[i];
        r->v[i] = b2 * r->v[i] + (1 - b2) * grad[i] * grad[i];
        const double mean = r->m[i] / (1 - pow(b1, t)), square = r->v[i] / (1 - pow(b2, t));
        r->x[i] -= lr * (mean / (sqrt(square) + o->epsilon) + (decays ? o->weight_decay : 0) * r->x[i]);
    }
}

typedef struct trial {
    ak_optimizer_opts o;
    double lr, spread; /* of the initial weights */
    bool zero_grad;
} trial;

/* Twenty steps of both. Momentum 0.9 bounds |m| by 10 times the largest gradient term, which stays below 4
 * here, and the weights stay below 40 (CHECKed). A step rounds a handful of times at the sizes of x and of lr
 * m; a wrong bit in x or in a norm enters later steps with factors near one. */
static void follow(const trial *t, int64_t n, bool decays)
{
    enum { STEPS = 20 };
    float *x = ak_alloc(sizeof *x, n, 4), *m = x + n, *v = m + n, *g = v + n, *slots[2] = { m, v };
    double *memory = ak_alloc(sizeof *memory, n, 4), *grad = memory + 3 * n;
    reference r = { memory, memory + n, memory + 2 * n, n };
    double largest = 0;
    for (int64_t i = 0; i < n; i++) r.x[i] = x[i] = (float)(t->spread * test_uniform(-1, 1));
    for (int s = 0; s < STEPS; s++) {
        const double lr = t->lr * (s < 4 ? 0.25 * (s + 1) : 1); /* a rate that changes */
        for (int64_t i = 0; i < n; i++) grad[i] = g[i] = t->zero_grad ? 0 : (float)test_uniform(-1, 1);
        if (t->o.kind == AK_ADAMW)
            reference_adamw(&r, &t->o, grad, lr, s, decays);
        else
            reference_sgd(&r, &t->o, grad, lr, decays);
        ak_optimizer_step(&t->o, x, g, slots, n, lr, s, decays);
        for (int64_t i = 0; i < n; i++) largest = fmax(largest, fabs(r.x[i]));
    }
    CHECK_LE(largest, 40);
    /* 10 roundings a step at the size of the largest weight, and for AdamW, whose unit steps carry the
     * relative error of mean / sqrt(square), 10 at the size of lr */
    const double limit = 10 * STEPS * FLT_EPSILON * fmax(largest, t->lr);
    for (int64_t i = 0; i < n; i++) CHECK_NEAR(x[i], r.x[i], limit);
    free(x);
    free(memory);
}

static void follow_all(const trial *t)
{
    static const int64_t LENGTHS[] = { 1, 7, 37, 4096, 4097, 70001 };
    for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++)
        for (int decays = 0; decays < 2; decays++) follow(t, LENGTHS[i], decays);
}

static void sgd_follows_its_definition(void **state)
{
    (void)state;
    for (int nesterov = 0; nesterov < 2; nesterov++) {
        follow_all(&(trial){ { AK_SGD, 0.9, 0, 0, 0.01, nesterov, 0 }, 0.1, 1, false });
        follow_all(&(trial){ { AK_SGD, 0, 0, 0, 0, nesterov, 0 }, 0.1, 1, false });
    }
    CHECK(ak_optimizer_slots(AK_SGD) == 1);
}

static void adamw_follows_its_definition(void **state)
{
    (void)state;
    follow_all(&(trial){ { AK_ADAMW, 0.9, 0.99, 1e-8, 0.05, false, 0 }, 0.01, 1, false });
    CHECK(ak_optimizer_slots(AK_ADAMW) == 2);
}

static void lars_follows_its_definition(void **state) /* [You2017 alg.1] */
{
    (void)state;
    for (int nesterov = 0; nesterov < 2; nesterov++) {
        const ak_optimizer_opts o = { AK_LARS, 0.9, 0, 0, 0.01, nesterov, 0.02 };
        follow_all(&(trial){ o, 0.1, 1, false });
        follow_all(&(trial){ o, 0.1, 0, false }); /* weights of zero: the first step is SGD's */
        follow_all(&(trial){ o, 0.1, 1, true });  /* gradients of zero: decay alone, unscaled */
    }
    CHECK(ak_optimizer_slots(AK_LARS) == 1);
}

/* What LARS is for: the step's length is a share of the weight's, whatever the gradient's scale. */
static void lars_does_not_see_the_scale_of_the_gradient(void **state) /* [You2017 alg.1] */
{
    (void)state;
    enum { N = 50 };
    const ak_optimizer_opts o = { AK_LARS, 0, 0, 0, 0, false, 0.001 };
    float first[N], grad[N];
    for (int i = 0; i < N; i++) {
        first[i] = (float)test_uniform(-1, 1);
        grad[i] = (float)test_uniform(-1, 1);
    }
    for (int power = -20; power <= 20; power += 10) {
        float x[N], g[N], m[N] = { 0 }, *slots[1] = { m };
        double moved = 0, size = 0;
        for (int i = 0; i < N; i++) {
            x[i] = first[i];
            g[i] = ldexpf(grad[i], power);
        }
        ak_optimizer_step(&o, x, g, slots, N, 0.5, 0, true);
        for (int i = 0; i < N; i++) {
            moved += pow((double)x[i] - (double)first[i], 2);
            size += pow((double)first[i], 2);
        }
        /* each difference is exact but for the rounding of x, FLT_EPSILON / 2 of a weight below 1 */
        CHECK_NEAR(sqrt(moved), 0.5 * 0.001 * sqrt(size), FLT_EPSILON * sqrt(N));
    }
}

static void zero_stays_zero(void **state) /* the padding of blocked weights must never grow */
{
    (void)state;
    for (int kind = AK_SGD; kind <= AK_LARS; kind++)
        for (int nesterov = 0; nesterov < 2; nesterov++) {
            const ak_optimizer_opts o = { (ak_optimizer_kind)kind, 0.9, 0.99, 1e-8, 0.1, nesterov, 0.001 };
            float x[4] = { 0 }, g[4] = { 0 }, m[4] = { 0 }, v[4] = { 0 }, *slots[2] = { m, v };
            for (int s = 0; s < 5; s++) ak_optimizer_step(&o, x, g, slots, 4, 0.1, s, true);
            for (int i = 0; i < 4; i++) CHECK(x[i] == 0 && m[i] == 0);
        }
}

static void the_sum_of_squares_is_exact_and_sees_what_is_not_finite(void **state)
{
    (void)state;
    for (int64_t n = 0; n < 600000; n = n * 3 + 1) {
        float *x = ak_alloc(sizeof *x, n + 1, 1);
        double want = 0;
        for (int64_t i = 0; i < n; i++) { /* small integers: every order of the sum gives the same double */
            x[i] = (float)(i % 17 - 8);
            want += (double)x[i] * (double)x[i];
        }
        x[n] = NAN; /* not to be read */
        CHECK(ak_sum_squares(x, n) == want);
        if (n) {
            const int threads = akin_threads();
            for (int64_t i = 0; i < n; i++) x[i] = (float)test_uniform(-1, 1);
            const double sum = ak_sum_squares(x, n);
            akin_set_threads(1);
            CHECK(ak_sum_squares(x, n) == sum);
            akin_set_threads(threads);
            x[n / 2] = FLT_MAX;
            CHECK(isfinite(ak_sum_squares(x, n)));
            x[n - 1] = NAN;
            CHECK(isnan(ak_sum_squares(x, n)));
            x[n - 1] = -INFINITY;
            CHECK(isinf(ak_sum_squares(x, n)));
        }
        free(x);
    }
}

/* Schedules ---------------------------------------------------------------------------------------------- */

static void cosine_warms_up_and_comes_down(void **state) /* [Loshchilov2017 eq.5] */
{
    (void)state;
    ak_schedule_opts o = { .kind = AK_COSINE, .peak = 2, .warmup_epochs = 0.4 };
    ak_schedule s;
    ak_schedule_begin(&s, &o, 10, 10);
    CHECK(s.warmup == 4 && s.steps == 100);
    CHECK_NEAR(ak_schedule_lr(&s, 0), 0.5, 1e-15);
    CHECK_NEAR(ak_schedule_lr(&s, 3), 2, 1e-15);
    CHECK_NEAR(ak_schedule_lr(&s, 4), 2, 1e-15);
    CHECK_NEAR(ak_schedule_lr(&s, 52), 1, 1e-15); /* half of the way down */
    CHECK(ak_schedule_lr(&s, 99) > 0 && ak_schedule_lr(&s, 99) < 0.001);
    for (int64_t i = 5; i < 100; i++) CHECK(ak_schedule_lr(&s, i) < ak_schedule_lr(&s, i - 1));
    /* Made longer twice: what was before stays, and each part is a period from the peak to its own end. */
    ak_schedule parts;
    ak_schedule_begin(&parts, &o, 10, 25);
    ak_schedule_leg(&parts, 100);
    ak_schedule_leg(&parts, 150);
    for (int64_t i = 0; i < 100; i++) CHECK(ak_schedule_lr(&parts, i) == ak_schedule_lr(&s, i));
    CHECK(ak_schedule_lr(&parts, 100) == 2 && ak_schedule_lr(&parts, 150) == 2);
    CHECK_NEAR(ak_schedule_lr(&parts, 125), 1, 1e-15);
    CHECK_NEAR(ak_schedule_lr(&parts, 200), 1, 1e-15);
    CHECK(ak_schedule_lr(&parts, 149) < 0.01 && ak_schedule_lr(&parts, 249) < 0.01);
    s.opts.least = 0.5; /* down to 0.5 rather than 0: the way is 3/4 as long */
    CHECK_NEAR(ak_schedule_lr(&s, 0), 0.5, 1e-15);
    CHECK_NEAR(ak_schedule_lr(&s, 4), 2, 1e-15);
    CHECK_NEAR(ak_schedule_lr(&s, 52), 1.25, 1e-15);
    CHECK_NEAR(ak_schedule_lr(&s, 28), 0.5 + 1.5 * (1 + sqrt(0.5)) / 2, 1e-15); /* a quarter of the way */
    o = (ak_schedule_opts){ .kind = AK_COSINE, .peak = 2 };
    ak_schedule one, longer;
    ak_schedule_begin(&one, &o, 1, 1);
    CHECK_NEAR(ak_schedule_lr(&one, 0), 2, 1e-15);
    o.warmup_epochs = 20; /* longer than the run: it ends on the way up */
    ak_schedule_begin(&longer, &o, 10, 10);
    CHECK_NEAR(ak_schedule_lr(&longer, 99), 1, 1e-15);
}

static void steps_fall_at_their_milestones(void **state)
{
    (void)state;
    ak_schedule_opts o = { .kind = AK_STEP, .peak = 1, .factor = 0.1, .warmup_epochs = 0.3, .milestones = 3 };
    o.milestone[0] = 3, o.milestone[1] = 6, o.milestone[2] = 8.5;
    ak_schedule s;
    ak_schedule_begin(&s, &o, 10, 10);
    static const struct {
        int64_t step;
        double lr;
    } want[] = { { 0, 1.0 / 3 }, { 1, 2.0 / 3 }, { 2, 1 },     { 3, 1 },      { 29, 1 },    { 30, 0.1 },
                 { 59, 0.1 },    { 60, 0.01 },   { 84, 0.01 }, { 85, 0.001 }, { 99, 0.001 } };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        CHECK_NEAR(ak_schedule_lr(&s, want[i].step), want[i].lr, 1e-15);
    s.opts.least = 0.05;
    CHECK_NEAR(ak_schedule_lr(&s, 45), 0.1, 1e-15);
    CHECK_NEAR(ak_schedule_lr(&s, 70), 0.05, 1e-15);
    o.least = 0.05;
    o.warmup_epochs = 4; /* a milestone within the warm-up */
    ak_schedule_begin(&s, &o, 10, 10);
    CHECK_NEAR(ak_schedule_lr(&s, 19), 0.5, 1e-15);
    CHECK_NEAR(ak_schedule_lr(&s, 31), 0.08, 1e-15);
}

static void constant_is_constant_after_its_warm_up(void **state)
{
    (void)state;
    ak_schedule_opts o = { .kind = AK_CONSTANT, .peak = 3, .warmup_epochs = 0.2 };
    ak_schedule s;
    ak_schedule_begin(&s, &o, 10, 2);
    CHECK_NEAR(ak_schedule_lr(&s, 0), 1.5, 1e-15);
    for (int64_t i = 1; i < 20; i++) CHECK(ak_schedule_lr(&s, i) == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sgd_follows_its_definition),
        cmocka_unit_test(adamw_follows_its_definition),
        cmocka_unit_test(lars_follows_its_definition),
        cmocka_unit_test(lars_does_not_see_the_scale_of_the_gradient),
        cmocka_unit_test(zero_stays_zero),
        cmocka_unit_test(the_sum_of_squares_is_exact_and_sees_what_is_not_finite),
        cmocka_unit_test(cosine_warms_up_and_comes_down),
        cmocka_unit_test(steps_fall_at_their_milestones),
        cmocka_unit_test(constant_is_constant_after_its_warm_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
