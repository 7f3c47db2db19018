/* SPDX-License-Identifier: Apache-2.0 */
/* A loss whose scratch is too small, by a byte, by half, by nearly all: it says so and writes no value, or it
 * has the value that it always has; nothing beyond the scratch is touched, and all of it is given back. Each
 * loss and precision, without gradients, with them, and with permuted partners. */
#include "akin/loss.h"
#include "test.h"

enum { N = 37, D = 12, H = 5, BLOCK = 2, COUNT = 3, GUARD = 256, MOST = 1 << 22 };

static akin_error err;
static float a[N * D], b[N * D], features[2 * N * H], positives[N * BLOCK * D],
    negatives[N * BLOCK * COUNT * D];
static float ga[N * D], gb[N * D], gp[N * BLOCK * D], gn[N * BLOCK * COUNT * D];
static int32_t labels[N];
static _Alignas(64) unsigned char memory[MOST + GUARD];

static void fill(float *x, int count)
{
    for (int i = 0; i < count; i++) x[i] = (float)test_normal();
}

static akin_loss_batch batch_of(const akin_loss *loss, akin_precision precision)
{
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.precision = precision;
    batch.a = (akin_cmat){ a, N, D, D };
    batch.labels = labels;
    batch.features = (akin_cmat){ features, 2 * N, H, H };
    if (loss->needs & AKIN_LOSS_TRIPLES) {
        batch.positives = (akin_cmat){ positives, N * BLOCK, D, D };
        batch.negatives = (akin_cmat){ negatives, N * BLOCK * COUNT, D, D };
        batch.block = BLOCK;
        batch.count = COUNT;
    } else {
        batch.b = (akin_cmat){ b, N, D, D };
    }
    return batch;
}

static akin_loss_grads grads_of(const akin_loss *loss)
{
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    grads.a = (akin_mat){ ga, N, D, D };
    if (loss->needs & AKIN_LOSS_TRIPLES) {
        grads.positives = (akin_mat){ gp, N * BLOCK, D, D };
        grads.negatives = (akin_mat){ gn, N * BLOCK * COUNT, D, D };
    } else {
        grads.b = (akin_mat){ gb, N, D, D };
    }
    return grads;
}

/* The value with so much scratch; NaN where it is refused. */
static double with(const akin_loss *loss, const akin_loss_batch *batch, int wanted, size_t bytes)
{
    double value = 4711;
    akin_arena arena;
    akin_loss_grads grads = grads_of(loss);
    akin_loss_permuted permuted = AKIN_LOSS_PERMUTED_INIT;
    if (wanted == 2) grads.permuted = &permuted;
    memset(memory + bytes, 0x5a, GUARD);
    akin_arena_init(&arena, memory, bytes);
    err.message[0] = 0;
    const akin_status status =
        akin_loss_eval(loss, NULL, batch, &arena, &value, wanted ? &grads : NULL, &err);
    for (int i = 0; i < GUARD; i++) CHECK(memory[bytes + (size_t)i] == 0x5a);
    CHECK(arena.used == 0);
    if (!status) return value;
    CHECK(status == AKIN_ERR_NOMEM && value == 4711);
    if (!strstr(err.message, "arena")) fail_msg("%s: %s", loss->name, err.message);
    return NAN;
}

static void any_scratch(void **state)
{
    (void)state;
    static const akin_precision PRECISIONS[] = { AKIN_PRECISION_F32, AKIN_PRECISION_F64,
                                                 AKIN_PRECISION_BF16 };
    int64_t refused = 0, taken = 0;
    fill(a, N * D);
    fill(b, N * D);
    fill(features, 2 * N * H);
    fill(positives, N * BLOCK * D);
    fill(negatives, N * BLOCK * COUNT * D);
    for (int i = 0; i < N; i++) labels[i] = i % 4;
    double plain = 0; /* without gradients, which some losses compute in another way */
    for (int i = 0; akin_loss_at(i); i++)
        for (size_t p = 0; p < sizeof PRECISIONS / sizeof *PRECISIONS; p++)
            for (int wanted = 0; wanted < 3; wanted++) {
                const akin_loss *loss = akin_loss_at(i);
                const akin_loss_batch batch = batch_of(loss, PRECISIONS[p]);
                const size_t told = akin_loss_scratch_bytes(loss, NULL, &batch, 0);
                CHECK(told > 0 && told <= MOST);
                const double value = with(loss, &batch, wanted, told);
                if (wanted == 0) plain = value;
                CHECK_NEAR(value, plain, 1e-6 * fabs(plain));
                for (size_t bytes = told - 1, less = 1; bytes > 0; less += less / 6 + 1) {
                    const double got = with(loss, &batch, wanted, bytes);
                    *(isnan(got) ? &refused : &taken) += 1;
                    if (!isnan(got)) CHECK_NEAR(got, value, 1e-6 * fabs(value));
                    bytes -= bytes < less ? bytes : less;
                }
            }
    print_message("%lld sizes: %lld refused\n", (long long)(refused + taken), (long long)refused);
    CHECK(refused > 1000 && taken > 1000);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = { cmocka_unit_test(any_scratch) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
