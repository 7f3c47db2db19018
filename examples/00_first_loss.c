/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest program: the NT-Xent loss of four pairs of embeddings, its gradient, and what the value means.
 *
 *     cc examples/00_first_loss.c -Iinclude -Lbuild -lakin -o loss && LD_LIBRARY_PATH=build ./loss
 */
#include <akin/loss.h>

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    enum { N = 4, D = 2 };
    const float a[N][D] = { { 1, 0 }, { 0, 1 }, { -1, 0 }, { 0, -1 } };
    const float b[N][D] = { { 2, 1 }, { -1, 2 }, { -2, -1 }, { 1, -2 } };
    float grad_a[N][D], grad_b[N][D];

    const akin_loss *loss = akin_loss_find("ntxent");
    akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
    akin_loss_defaults(loss, &params, NULL);
    params.temperature = 0.2;

    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.a = (akin_cmat){ a[0], N, D, D };
    batch.b = (akin_cmat){ b[0], N, D, D };
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    grads.a = (akin_mat){ grad_a[0], N, D, D };
    grads.b = (akin_mat){ grad_b[0], N, D, D };

    const size_t bytes = akin_loss_scratch_bytes(loss, &params, &batch, 0);
    void *memory = malloc(bytes);
    akin_arena scratch;
    akin_arena_init(&scratch, memory, bytes);

    double value;
    akin_error err;
    akin_calibration means = AKIN_CALIBRATION_INIT;
    if (akin_loss_eval(loss, &params, &batch, &scratch, &value, &grads, &err) ||
        akin_loss_calibrate(loss, &params, &batch, NULL, &means, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("loss %.4f nats, chance %.4f, floor %.4f: %s\n", value, means.chance, means.floor,
           akin_loss_verdict_text(&means, value));
    printf("gradient of the first row: %+.4f %+.4f\n", (double)grad_a[0][0], (double)grad_a[0][1]);
    free(memory);
    return 0;
}
