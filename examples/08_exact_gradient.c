/* SPDX-License-Identifier: Apache-2.0 */
/* The exact gradient of NT-Xent on 16,384 rows, in memory that grows with the rows and not with their square.
 *
 *     cc examples/08_exact_gradient.c -Iinclude -Lbuild -lakin -lm -o exact && LD_LIBRARY_PATH=build ./exact
 *
 * A matrix of all similarities would take 1 GiB here. The result is held against the definition, written out
 * for one row.
 */
#include <akin/loss.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ITEMS = 8192, ROWS = 2 * ITEMS, WIDTH = 16 };
static const double TEMPERATURE = 0.2;

/* A number between -1 and 1; the same ones every time. */
static float noise(void)
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) * 0x1p-23f - 1;
}

static double cosine(const float *x, const float *y)
{
    double xy = 0, xx = 0, yy = 0;
    for (int k = 0; k < WIDTH; k++) {
        xy += (double)x[k] * (double)y[k];
        xx += (double)x[k] * (double)x[k];
        yy += (double)y[k] * (double)y[k];
    }
    return xy / sqrt(xx * yy);
}

/* Loss of anchor i, by its definition: -s_ij/t + log sum_{k != i} exp(s_ik/t), j the other view of the
 * item. */
static double by_definition(const float *z, int i)
{
    double sum = 0;
    for (int k = 0; k < ROWS; k++)
        if (k != i) sum += exp(cosine(z + i * WIDTH, z + k * WIDTH) / TEMPERATURE);
    return log(sum) - cosine(z + i * WIDTH, z + (i + ITEMS) % ROWS * WIDTH) / TEMPERATURE;
}

int main(void)
{
    float *z = malloc(sizeof *z * ROWS * WIDTH), *dz = malloc(sizeof *dz * ROWS * WIDTH);
    if (!z || !dz) return 1;
    for (int i = 0; i < ITEMS * WIDTH; i++) {
        z[i] = noise();
        z[ITEMS * WIDTH + i] = z[i] + 0.3f * noise();
    }
    const akin_loss *loss = akin_loss_find("ntxent");
    akin_error err;
    akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
    akin_loss_defaults(loss, &params, &err);
    params.temperature = TEMPERATURE;
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.a = (akin_cmat){ z, ITEMS, WIDTH, WIDTH };
    batch.b = (akin_cmat){ z + ITEMS * WIDTH, ITEMS, WIDTH, WIDTH };
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    grads.a = (akin_mat){ dz, ITEMS, WIDTH, WIDTH };
    grads.b = (akin_mat){ dz + ITEMS * WIDTH, ITEMS, WIDTH, WIDTH };

    const size_t bytes = akin_loss_scratch_bytes(loss, &params, &batch, 0);
    void *memory = malloc(bytes);
    akin_arena scratch;
    akin_arena_init(&scratch, memory, bytes);
    double value = 0, mean = 0;
    if (akin_loss_eval(loss, &params, &batch, &scratch, &value, &grads, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (int i = 0; i < ROWS; i += 64) mean += by_definition(z, i) / (ROWS / 64);
    double norm = 0,
           along = 0; /* a length does not matter to a cosine: the gradient has no part along its row */
    for (int k = 0; k < WIDTH; k++) {
        norm += (double)dz[k] * (double)dz[k];
        along += (double)dz[k] * (double)z[k];
    }
    printf("%d rows of %d: loss %.4f; of every 64th row, by definition, %.4f\n", ROWS, WIDTH, value, mean);
    printf("scratch %.1f MiB; the similarities alone would take %.0f MiB\n", (double)bytes / 1048576,
           4.0 * ROWS * ROWS / 1048576);
    printf("gradient of the first row: length %.2e, along the row %.1e of it\n", sqrt(norm),
           along / sqrt(norm));
    free(memory);
    free(dz);
    free(z);
    return !(fabs(value - mean) < 0.05) || !(fabs(along) < 1e-3 * sqrt(norm));
}
