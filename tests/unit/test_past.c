/* SPDX-License-Identifier: Apache-2.0 */
/* What losses keep of items between steps (train/past.h): runs that were stopped, and ranks, have the same
 * bits; temperatures go to where the weights of the negatives have the divergence rho from equal ones, and
 * thresholds to where the wanted share is above; the share of a batch falls along a cosine. */
#include "train_ranks.h"

#include "train/past.h"

#include <dirent.h>

/* A tensor of the checkpoint of that step. */
static float *tensor_of(const char *run, int step, const char *name, int64_t *n)
{
    char path[2 * NAME_BYTES], quoted[64];
    uint64_t header;
    long from, to;
    snprintf(path, sizeof path, "%s/%s/checkpoints/step-%010d.safetensors", folder, run, step);
    FILE *f = fopen(path, "rb");
    CHECK(f != NULL);
    CHECK(fread(&header, sizeof header, 1, f) == 1);
    char *text = calloc(header + 1, 1);
    CHECK(fread(text, header, 1, f) == 1);
    snprintf(quoted, sizeof quoted, "\"%s\":", name);
    const char *at = strstr(text, quoted);
    CHECK(at != NULL && (at = strstr(at, "data_offsets")) != NULL && (at = strchr(at, '[')) != NULL);
    CHECK(sscanf(at, "[%ld,%ld]", &from, &to) == 2);
    *n = (to - from) / (long)sizeof(float);
    float *x = malloc((size_t)*n * sizeof *x);
    CHECK(fseek(f, 8 + (long)header + from, SEEK_SET) == 0);
    CHECK((int64_t)fread(x, sizeof *x, (size_t)*n, f) == *n);
    fclose(f);
    free(text);
    return x;
}

static void same(const char *one, const char *other, int step, const char *const *names)
{
    for (int i = 0; names[i]; i++) {
        int64_t n, m;
        float *x = tensor_of(one, step, names[i], &n), *y = tensor_of(other, step, names[i], &m);
        CHECK(n == m && memcmp(x, y, (size_t)n * sizeof *x) == 0);
        free(x);
        free(y);
    }
}

static plan with(const char *run, const char *more, const char *value)
{
    plan p = plan_of(run, "isogclr", "auto");
    const char *const extra[] = { "false-negatives", "0.2", "false-negatives-after", "1", more, value };
    memcpy(p.extra, extra, sizeof extra);
    return p;
}

static const char *const KEPT[] = { "averages", "temperatures", "thresholds", "head.linear1.weight", NULL };

static void stopped_and_shared_runs_have_the_same_bits(void **state)
{
    (void)state;
    plan whole = with("whole", NULL, NULL), parts = with("parts", NULL, NULL), one = with("one", NULL, NULL),
         two = with("two", NULL, NULL);
    train(&whole, 1, AKIN_OK);
    parts.stop_after = 4;
    train(&parts, 1, AKIN_ERR_INTERRUPTED);
    parts.resume = true;
    train(&parts, 1, AKIN_OK);
    same("whole", "parts", whole.steps, KEPT);
    one.reproducible = two.reproducible = true;
    train(&one, 1, AKIN_OK);
    train(&two, 2, AKIN_OK);
    same("one", "two", one.steps, KEPT);
    plan ranks = with("ranks", NULL, NULL);
    train(&ranks, 2, AKIN_OK);
    for (int i = 0; KEPT[i] && i < 3; i++) { /* up to rounding */
        int64_t n, m;
        float *x = tensor_of("whole", whole.steps, KEPT[i], &n),
              *y = tensor_of("ranks", whole.steps, KEPT[i], &m);
        for (int64_t k = 0; k < n; k++)
            CHECK_NEAR((double)x[k], (double)y[k], 0.02 * (1 + fabs((double)x[k])));
        free(x);
        free(y);
    }
}

static void one_temperature_may_be_of_all(void **state)
{
    (void)state;
    int64_t n;
    plan p = with("shared", "temperature-shared", "true");
    train(&p, 1, AKIN_OK);
    float *x = tensor_of("shared", p.steps, "temperatures", &n);
    CHECK(n == 2 && x[0] >= 0.01f && x[0] < 1 && x[0] != 0.1f);
    free(x);
}

/* Rows at rest: temperatures and thresholds go where they belong. */
static void they_go_where_they_belong(void **state)
{
    (void)state;
    enum { N = 40, D = 6 };
    static float a[N * D], b[N * D];
    static unsigned char memory[1 << 22];
    akin_error err;
    const akin_loss *loss = akin_loss_find("isogclr");
    akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
    CHECK_OK(akin_loss_defaults(loss, &params, &err));
    params.average_share = 1;
    params.rho = 0.4;
    double own[N], slope[N], bound[N], above[N];
    for (int i = 0; i < N * D; i++) a[i] = (float)test_normal(), b[i] = a[i] + (float)(0.5 * test_normal());
    for (int i = 0; i < N; i++) own[i] = 0.5, bound[i] = 1;
    for (int step = 0; step < 4000; step++) {
        akin_arena arena;
        akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
        akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
        batch.precision = AKIN_PRECISION_F64;
        batch.a = (akin_cmat){ a, N, D, D };
        batch.b = (akin_cmat){ b, N, D, D };
        batch.temperatures = own;
        batch.thresholds = step < 2000 ? NULL : bound;
        grads.temperatures = slope;
        grads.above = above;
        akin_arena_init(&arena, memory, sizeof memory);
        CHECK_OK(akin_loss_eval(loss, &params, &batch, &arena, NULL, &grads, &err));
        for (int i = 0; i < N && step < 2000; i++) own[i] = fmax(0.01, own[i] - 0.02 * slope[i]);
        for (int i = 0; i < N && step >= 2000; i++) bound[i] += 0.02 * (above[i] - 0.25);
        if (step == 1999) /* dL/dt is rho less that divergence */
            for (int i = 0; i < N; i++) CHECK_NEAR(slope[i], 0, 0.02);
    }
    for (int i = 0; i < N; i++) CHECK_NEAR(above[i], 0.25, 0.05);
}

static void the_share_falls_along_a_cosine(void **state)
{
    (void)state;
    ak_trainer t = { .epoch_steps = 10 };
    CHECK(ak_past_share(&t, 0.3) == 0.3);
    t.set.average_share_epochs = 4;
    CHECK(ak_past_share(&t, 0.3) == 1);
    t.state.step = 9;
    CHECK(ak_past_share(&t, 0.3) == 1); /* by epochs */
    t.state.step = 20;
    CHECK_NEAR(ak_past_share(&t, 0.3), 0.65, 1e-12);
    t.state.step = 40;
    CHECK(ak_past_share(&t, 0.3) == 0.3);
}

int main(void)
{
    snprintf(folder, sizeof folder, "%s", test_folder());
    make_pictures("data", 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stopped_and_shared_runs_have_the_same_bits),
        cmocka_unit_test(one_temperature_may_be_of_all),
        cmocka_unit_test(they_go_where_they_belong),
        cmocka_unit_test(the_share_falls_along_a_cosine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
