/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_loss.c - any loss with any parameters on any batch: an error with a sentence, or a finite value,
 * finite gradients, and a calibration that has no NaN where it knows a floor. */
#include "akin/loss.h"
#include "fuzz.h"

enum { MOST = 6, WIDE = 4 };

static void fill(fz_input *in, float *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++) x[i] = (float)fz_real(in);
}

/* Odd parameters are rare: most inputs shall come to a value. */
static void choose(fz_input *in, akin_loss_params *p)
{
    double *const REAL[] = { &p->temperature, &p->base_temperature,
                             &p->sigma,       &p->alpha,
                             &p->lambda,      &p->constant,
                             &p->mu,          &p->beta,
                             &p->tau_plus,    &p->ratio,
                             &p->scale,       &p->bias,
                             &p->weight,      &p->pos_high,
                             &p->pos_low,     &p->rho };
    const int64_t changes = fz_int(in, 0, 4);
    for (int64_t i = 0; i < changes; i++) *REAL[fz_int(in, 0, 15)] = fz_real(in);
    p->symmetric = (int32_t)fz_int(in, 0, 1);
    p->include_positive = (int32_t)fz_int(in, 0, 1);
    p->mode = (int32_t)fz_int(in, -1, 3);
    p->one_sided = (int32_t)fz_int(in, 0, 1);
}

static void evaluate(const akin_loss *loss, const akin_loss_params *params, const akin_loss_batch *batch,
                     const akin_loss_grads *grads)
{
    akin_error err;
    const size_t bytes = akin_loss_scratch_bytes(loss, params, batch, 0);
    if (bytes == 0) return;
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    akin_arena arena;
    double value = NAN;
    FZ_CHECK(memory);
    akin_arena_init(&arena, memory, (bytes + 63) / 64 * 64);
    const akin_status status = akin_loss_eval(loss, params, batch, &arena, &value, grads, &err);
    FZ_CHECK(status != AKIN_ERR_NOMEM && arena.used == 0);
    if (fz_said(status, &err)) {
        FZ_CHECK(isfinite(value));
        const akin_mat all[] = { grads->a, grads->b, grads->positives, grads->negatives, grads->keys };
        for (int k = 0; k < 5; k++)
            for (int64_t i = 0; all[k].data && i < all[k].rows; i++)
                FZ_CHECK(ak_all_finite(all[k].data + i * all[k].stride, all[k].cols));
    }
    akin_calibration c = AKIN_CALIBRATION_INIT;
    if (fz_said(akin_loss_calibrate(loss, params, batch, NULL, &c, &err), &err)) {
        FZ_CHECK(!isnan(c.chance) && (!c.floor_known || !isnan(c.floor)));
        FZ_CHECK(*akin_loss_verdict(&c, value) && *akin_loss_verdict_text(&c, value));
        (void)akin_loss_learned(&c, value);
    }
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static float x[6][MOST * MOST * MOST * WIDE], g[5][MOST * MOST * MOST * WIDE];
    fz_input in = { data, size };
    const akin_loss *loss = NULL;
    for (int i = (int)fz_int(&in, 0, 31); i >= 0 && !loss; i--) loss = akin_loss_at(i);
    akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    const int64_t n = fz_int(&in, 1, MOST), d = fz_int(&in, 1, WIDE);
    choose(&in, &params);
    batch.precision = (akin_precision)fz_int(&in, 0, 2);
    int32_t labels[MOST];
    for (int64_t i = 0; i < n; i++) labels[i] = (int32_t)fz_int(&in, 0, 3) - (int32_t)(i == 5);
    if (loss->needs & AKIN_LOSS_LABELS || fz_int(&in, 0, 1)) batch.labels = labels;
    batch.a = (akin_cmat){ x[0], n, d, d };
    grads.a = (akin_mat){ g[0], n, d, d };
    if (loss->needs & AKIN_LOSS_TRIPLES) {
        batch.block = fz_int(&in, 1, 3);
        batch.count = fz_int(&in, 1, 3);
        batch.positives = (akin_cmat){ x[1], n * batch.block, d, d };
        batch.negatives = (akin_cmat){ x[2], n * batch.block * batch.count, d, d };
        grads.positives = (akin_mat){ g[1], batch.positives.rows, d, d };
        grads.negatives = (akin_mat){ g[2], batch.negatives.rows, d, d };
    } else {
        batch.b = (akin_cmat){ x[1], n, d, d };
        grads.b = (akin_mat){ g[1], n, d, d };
        if (loss->needs & AKIN_LOSS_FEATURES) batch.features = (akin_cmat){ x[2], 2 * n, d, d };
        const int64_t keys = fz_int(&in, -3, 3);
        if (keys > 0) {
            batch.keys = (akin_cmat){ x[3], keys, d, d };
            grads.keys = (akin_mat){ g[3], keys, d, d };
            batch.keys_only = (int32_t)fz_int(&in, 0, 1);
        }
    }
    fill(&in, x[0], n * d);
    fill(&in, x[1], batch.b.data ? n * d : batch.positives.rows * d);
    fill(&in, x[2], 2 * MOST * MOST * d);
    fill(&in, x[3], 3 * d);
    evaluate(loss, &params, &batch, &grads);
    return 0;
}
