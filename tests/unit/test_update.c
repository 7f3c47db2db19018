/* SPDX-License-Identifier: Apache-2.0 */
/* The update of a list of tensors, as two nets would give it: against a reference in double, and what of it a
 * checkpoint keeps. */
#include "base/base.h"
#include "test.h"
#include "train/update.h"

#include <float.h>

static akin_error err;

/* Four tensors: a weight that decays, a bias that does not, an average without a gradient, a table larger
 * than one block of a sum. */
enum { TENSORS = 4, LARGEST = 9000 };
static const int64_t COUNT[TENSORS] = { 60, 7, 7, LARGEST };

typedef struct net {
    akin_tensor t[TENSORS];
    float data[TENSORS][LARGEST], grad[TENSORS][LARGEST];
} net;

static net *net_create(void)
{
    static const char *const NAMES[TENSORS] = { "a.weight", "a.bias", "a.running_mean", "table" };
    net *w = ak_alloc(sizeof *w, 1, 1);
    for (int i = 0; i < TENSORS; i++) {
        w->t[i] = (akin_tensor){ .name = NAMES[i],
                                 .data = w->data[i],
                                 .grad = i == 2 ? NULL : w->grad[i],
                                 .count = COUNT[i],
                                 .plain = COUNT[i],
                                 .shape = { COUNT[i] },
                                 .ndim = 1,
                                 .decay = i == 0 || i == 3 };
        for (int64_t k = 0; k < COUNT[i]; k++) w->data[i][k] = (float)test_uniform(-1, 1);
    }
    return w;
}

static void fill_gradients(net *w, double size)
{
    for (int i = 0; i < TENSORS; i++)
        for (int64_t k = 0; k < COUNT[i]; k++) w->grad[i][k] = (float)test_uniform(-size, size);
    for (int64_t k = 0; k < COUNT[2]; k++) w->data[2][k] += (float)test_uniform(-0.1, 0.1);
}

static ak_update_opts opts_of(ak_optimizer_kind kind)
{
    return (ak_update_opts){ .optimizer = { kind, 0.9, 0.99, 1e-8, 0.01, false, 0.001 } };
}

static double norm_of(const net *w)
{
    double sum = 0;
    for (int i = 0; i < TENSORS; i++)
        for (int64_t k = 0; w->t[i].grad && k < COUNT[i]; k++) sum += pow((double)w->grad[i][k], 2);
    return sqrt(sum);
}

static void clipping_bounds_the_norm_of_all_gradients(void **state) /* [Pascanu2013 alg.1] */
{
    (void)state;
    for (int passes = 0; passes < 2; passes++) { /* above and below the limit */
        net *w = net_create();
        float *before = ak_alloc(sizeof *before, TENSORS, LARGEST);
        ak_update_opts o = opts_of(AK_SGD);
        o.optimizer.momentum = o.optimizer.weight_decay = 0;
        o.clip_norm = passes ? 1000 : 0.5;
        ak_update *u = NULL;
        CHECK_OK(ak_update_create(w->t, TENSORS, &o, &u, &err));
        fill_gradients(w, 1);
        memcpy(before, w->data, sizeof w->data);
        const double want = norm_of(w), share = passes ? 1 : 0.5 / want;
        float(*grad)[LARGEST] = ak_alloc(sizeof(float), TENSORS, LARGEST);
        memcpy(grad, w->grad, sizeof w->grad);
        double norm = 0;
        CHECK_OK(ak_update_step(u, 0.1, 0, &norm, &err));
        CHECK_NEAR(norm, want, 1e-12 * want);
        for (int i = 0; i < TENSORS; i++)
            for (int64_t k = 0; k < COUNT[i]; k++) {
                const double step = w->t[i].grad ? 0.1 * share * (double)grad[i][k] : 0;
                /* x below 1.2 rounds once, the step below 0.1 three times */
                CHECK_NEAR(w->data[i][k], (double)before[i * LARGEST + k] - step, 1.5 * FLT_EPSILON);
            }
        if (!passes) CHECK_NEAR(norm_of(w), 0.5, 0.5 * FLT_EPSILON);
        ak_update_free(u);
        free(grad);
        free(before);
        free(w);
    }
}

static void a_gradient_that_is_not_finite_stops_before_any_weight_changes(void **state)
{
    (void)state;
    for (int kind = AK_SGD; kind <= AK_LARS; kind++) {
        net *w = net_create(), *same = ak_alloc(sizeof *same, 1, 1);
        ak_update *u = NULL;
        const ak_update_opts o = opts_of((ak_optimizer_kind)kind);
        CHECK_OK(ak_update_create(w->t, TENSORS, &o, &u, &err));
        fill_gradients(w, 1);
        w->grad[3][LARGEST - 1] = kind == AK_LARS ? INFINITY : NAN;
        memcpy(same, w, sizeof *w);
        CHECK_FAILS(ak_update_step(u, 0.1, 6, NULL, &err), AKIN_ERR_NUMERIC,
                    "step 7: the gradient of table is not finite");
        CHECK(memcmp(same, w, sizeof *w) == 0);
        ak_update_free(u);
        free(same);
        free(w);
    }
}

static void gradients_of_zero_have_norm_zero(void **state)
{
    (void)state;
    net *w = net_create(), *same = ak_alloc(sizeof *same, 1, 1);
    ak_update_opts o = opts_of(AK_SGD);
    o.optimizer.weight_decay = 0;
    o.clip_norm = 1e-3;
    ak_update *u = NULL;
    CHECK_OK(ak_update_create(w->t, TENSORS, &o, &u, &err));
    memcpy(same, w, sizeof *w);
    double norm = 1;
    CHECK_OK(ak_update_step(u, 0.1, 0, &norm, &err));
    CHECK(norm == 0 && memcmp(same, w, sizeof *w) == 0);
    ak_update_free(u);
    free(same);
    free(w);
}

/* Tensor by tensor the same bits as the optimiser alone, with the tensor's own decay, slots and gradient. */
static void each_tensor_is_stepped_with_its_own_decay(void **state)
{
    (void)state;
    enum { STEPS = 5 };
    for (int kind = AK_SGD; kind <= AK_LARS; kind++) {
        net *w = net_create(), *alone = ak_alloc(sizeof *alone, 1, 1);
        memcpy(alone->data, w->data, sizeof w->data);
        float(*slots)[2][LARGEST] = ak_alloc(sizeof *slots, TENSORS, 1);
        ak_update_opts o = opts_of((ak_optimizer_kind)kind);
        o.optimizer.weight_decay = 0.5;
        ak_update *u = NULL;
        CHECK_OK(ak_update_create(w->t, TENSORS, &o, &u, &err));
        for (int s = 0; s < STEPS; s++) {
            fill_gradients(w, 1);
            CHECK_OK(ak_update_step(u, 0.1, s, NULL, &err));
            for (int i = 0; i < TENSORS; i++) {
                float *of[2] = { slots[i][0], slots[i][1] };
                if (i != 2)
                    ak_optimizer_step(&o.optimizer, alone->data[i], w->grad[i], of, COUNT[i], 0.1, s,
                                      i == 0 || i == 3);
            }
        }
        memcpy(alone->data[2], w->data[2], sizeof w->data[2]); /* moved by fill_gradients() alone */
        CHECK(memcmp(alone->data, w->data, sizeof w->data) == 0);
        ak_update_free(u);
        free(slots);
        free(alone);
        free(w);
    }
}

/* The decay of the average at the step with t steps done, by the formula of update.h. */
static double decay_at(double ema, int t) { return fmin(ema, (1.0 + t) / (10.0 + t)); }

static void the_average_follows_weights_and_running_averages(void **state)
{
    (void)state;
    enum { STEPS = 60 };
    net *w = net_create();
    ak_update_opts o = opts_of(AK_ADAMW);
    o.ema = 0.8; /* from t = 35 on d is 0.8 */
    ak_update *u = NULL;
    CHECK_OK(ak_update_create(w->t, TENSORS, &o, &u, &err));
    double *want = ak_alloc(sizeof *want, TENSORS, LARGEST);
    for (int i = 0; i < TENSORS; i++)
        for (int64_t k = 0; k < COUNT[i]; k++) want[i * LARGEST + k] = w->data[i][k];
    for (int s = 0; s < STEPS; s++) {
        fill_gradients(w, 1);
        CHECK_OK(ak_update_step(u, 0.01, s, NULL, &err));
        const double d = decay_at(0.8, s + 1);
        for (int i = 0; i < TENSORS; i++)
            for (int64_t k = 0; k < COUNT[i]; k++)
                want[i * LARGEST + k] = d * want[i * LARGEST + k] + (1 - d) * (double)w->data[i][k];
    }
    CHECK(decay_at(0.8, 34) < 0.8 && decay_at(0.8, 35) == 0.8);
    ak_array_set sets[AK_UPDATE_MAX_SETS];
    CHECK(ak_update_arrays(u, sets) == 3 && strcmp(sets[2].prefix, "ema.") == 0);
    /* values below 8; a step rounds three times, and what it adds dies away with factor 0.8 */
    for (int i = 0; i < TENSORS; i++)
        for (int64_t k = 0; k < COUNT[i]; k++)
            CHECK_NEAR(sets[2].data[i][k], want[i * LARGEST + k], 8 * 3 * FLT_EPSILON / (1 - 0.8));
    ak_update_free(u);
    free(want);
    free(w);
}

/* Checkpoints -------------------------------------------------------------------------------------------- */

static void advance(ak_update *u, net *w, int from, int to)
{
    for (int s = from; s < to; s++) {
        test_seed = 100 + (uint64_t)s; /* the gradients of a step are a function of the step */
        fill_gradients(w, 1);
        CHECK_OK(ak_update_step(u, 0.05, s, NULL, &err));
    }
}

static void a_checkpoint_keeps_all_that_lives_between_steps(void **state)
{
    (void)state;
    for (int kind = AK_SGD; kind <= AK_LARS; kind++) {
        char run[512];
        snprintf(run, sizeof run, "%s/run%d", test_folder(), kind);
        CHECK_OK(akin_folder_make(run, &err));
        ak_update_opts o = opts_of((ak_optimizer_kind)kind);
        o.clip_norm = 1;
        o.ema = 0.9;
        net *w = net_create(), *other = net_create();
        ak_update *u = NULL, *later = NULL;
        CHECK_OK(ak_update_create(w->t, TENSORS, &o, &u, &err));
        advance(u, w, 0, 5);
        ak_tensor_list list = { w->t, TENSORS, NULL, NULL, NULL, NULL, 0 };
        ak_array_set sets[AK_UPDATE_MAX_SETS], again[AK_UPDATE_MAX_SETS];
        const int n = ak_update_arrays(u, sets);
        const ak_train_state at = { .step = 5, .interval_loss = 1.0 / 3 };
        net *kept = ak_alloc(sizeof *kept, 1, 1);
        memcpy(kept, w, sizeof *w);
        CHECK_OK(ak_checkpoint_save(run, &list, sets, n, &at, &err));
        CHECK(memcmp(kept, w, sizeof *w) == 0); /* saving leaves everything in its place */
        advance(u, w, 5, 9);

        CHECK_OK(ak_update_create(other->t, TENSORS, &o, &later, &err));
        ak_tensor_list into = { other->t, TENSORS, NULL, NULL, NULL, NULL, 0 };
        CHECK(ak_update_arrays(later, again) == n);
        ak_train_state found;
        CHECK_OK(ak_checkpoint_load(run, AK_CHECKPOINT_NEWEST, &(ak_checkpoint_target){ &into, "", again, n },
                                    &found, NULL, 0, &err));
        CHECK(found.step == 5 && found.interval_loss == 1.0 / 3);
        advance(later, other, 5, 9);
        CHECK(memcmp(w->data, other->data, sizeof w->data) == 0);
        for (int k = 0; k < n; k++)
            for (int i = 0; i < TENSORS; i++) {
                CHECK(!sets[k].data[i] == !again[k].data[i]);
                if (sets[k].data[i])
                    CHECK(memcmp(sets[k].data[i], again[k].data[i], (size_t)COUNT[i] * 4) == 0);
            }
        uint64_t a, b;
        CHECK_OK(ak_checkpoint_sum(&list, &a, &err));
        CHECK_OK(ak_checkpoint_sum(&into, &b, &err));
        CHECK(a == b);

        /* the averaged weights in place of the last ones; a set that is not in the file */
        CHECK_OK(ak_checkpoint_save(run, &list, sets, n, &(ak_train_state){ .step = 9 }, &err));
        CHECK_OK(ak_checkpoint_load(run, AK_CHECKPOINT_NEWEST,
                                    &(ak_checkpoint_target){ &into, "ema.", NULL, 0 }, &found, NULL, 0,
                                    &err));
        for (int i = 0; i < TENSORS; i++)
            CHECK(memcmp(other->data[i], sets[n - 1].data[i], (size_t)COUNT[i] * 4) == 0);
        CHECK_FAILS(ak_checkpoint_load(run, AK_CHECKPOINT_NEWEST,
                                       &(ak_checkpoint_target){ &into, "none.", NULL, 0 }, &found, NULL, 0,
                                       &err),
                    AKIN_ERR_FORMAT, "no tensor 'none.a.weight'");
        ak_update_free(u);
        ak_update_free(later);
        free(kept);
        free(w);
        free(other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clipping_bounds_the_norm_of_all_gradients),
        cmocka_unit_test(a_gradient_that_is_not_finite_stops_before_any_weight_changes),
        cmocka_unit_test(gradients_of_zero_have_norm_zero),
        cmocka_unit_test(each_tensor_is_stepped_with_its_own_decay),
        cmocka_unit_test(the_average_follows_weights_and_running_averages),
        cmocka_unit_test(a_checkpoint_keeps_all_that_lives_between_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
