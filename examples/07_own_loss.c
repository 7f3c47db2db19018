/* SPDX-License-Identifier: Apache-2.0 */
/* A loss of your own, and an encoder trained with it.
 *
 *     cc examples/07_own_loss.c -Iinclude -Lbuild -lakin -lm -o own_loss && LD_LIBRARY_PATH=build ./own_loss
 *
 * The loss here has no negatives. It pulls the two views of an item together, and holds the rows of each view
 * apart by asking that their second moments are those of independent numbers of variance 1:
 *
 *     L = 1/n sum_i |a_i - b_i|^2  +  1/d ( |A'A/n - I|^2 + |B'B/n - I|^2 )
 *
 * Any function of type akin_loss_fn can stand in its place. akin_loss_fn_check() tells whether its gradient
 * is right.
 */
#include <akin/loss.h>
#include <akin/tool/nn.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS = 128, PIXELS = 12, WIDTH = 4, STEPS = 200 };

/* The second part of the loss, for one view x [n,d] with gradient g, to which it is added. */
static double hold_apart(const float *x, float *g, int n, int d)
{
    double sum = 0, m[WIDTH][WIDTH];
    for (int j = 0; j < d; j++)
        for (int k = 0; k < d; k++) {
            m[j][k] = j == k ? -1 : 0;
            for (int i = 0; i < n; i++) m[j][k] += (double)x[i * d + j] * (double)x[i * d + k] / n;
            sum += m[j][k] * m[j][k] / d;
        }
    for (int i = 0; i < n; i++)
        for (int k = 0; k < d; k++)
            for (int j = 0; j < d; j++) g[i * d + k] += (float)(4.0 / n / d * m[j][k] * (double)x[i * d + j]);
    return sum;
}

static akin_status own_loss(akin_cmat z, double *value, akin_mat dz, void *ctx, akin_error *err)
{
    (void)ctx; /* parameters would come this way */
    (void)err;
    const int n = (int)z.rows / 2, d = (int)z.cols, all = n * d;
    *value = 0;
    for (int i = 0; i < all; i++) {
        const float gap = z.data[i] - z.data[all + i];
        *value += (double)gap * (double)gap / n;
        dz.data[i] = 2 * gap / (float)n;
        dz.data[all + i] = -2 * gap / (float)n;
    }
    for (int view = 0; view < 2; view++)
        *value += hold_apart(z.data + view * all, dz.data + view * all, n, d);
    return AKIN_OK;
}

/* A number between -1 and 1; the same ones every time. */
static float noise(void)
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) * 0x1p-23f - 1;
}

/* An item is four hidden numbers, spread over all pixels; a view of it has noise of its own. */
static void draw(float *x)
{
    float spread[4][PIXELS];
    for (int i = 0; i < 4 * PIXELS; i++) spread[i / PIXELS][i % PIXELS] = noise();
    for (int i = 0; i < ITEMS; i++) {
        const float hidden[4] = { noise(), noise(), noise(), noise() };
        for (int view = 0; view < 2; view++)
            for (int p = 0; p < PIXELS; p++) {
                float *at = &x[(view * ITEMS + i) * PIXELS + p];
                *at = 0.2f * noise();
                for (int h = 0; h < 4; h++) *at += hidden[h] * spread[h][p];
            }
    }
}

/* Plain gradient descent on every tensor that has a gradient. */
static void update(akin_encoder *e, float rate)
{
    const akin_tensor *t;
    for (int64_t i = 0; (t = akin_encoder_tensor_at(e, i)); i++)
        for (int64_t j = 0; t->grad && j < t->count; j++) t->data[j] -= rate * t->grad[j];
}

static akin_status train(akin_encoder *e, const float *x, double *first, double *last, akin_error *err)
{
    static float z[2 * ITEMS * WIDTH], dz[2 * ITEMS * WIDTH];
    const akin_mat rows = { z, 2 * ITEMS, WIDTH, WIDTH }, gradient = { dz, 2 * ITEMS, WIDTH, WIDTH };
    const akin_mat nothing = { NULL, 0, 0, 0 };
    for (int step = 0; step < STEPS; step++) {
        akin_status status = akin_encoder_forward(e, x, 2 * ITEMS, true, rows, nothing, err);
        if (!status) status = own_loss(akin_mat_const(rows), step ? last : first, gradient, NULL, err);
        if (!status)
            status = akin_encoder_backward(e, akin_mat_const(nothing), akin_mat_const(gradient), err);
        if (status) return status;
        update(e, 0.05f);
    }
    return AKIN_OK;
}

int main(void)
{
    static float x[2 * ITEMS * PIXELS], probe[2 * 6 * WIDTH];
    draw(x);
    for (size_t i = 0; i < sizeof probe / sizeof *probe; i++) probe[i] = noise();
    const akin_cmat at = { probe, 2 * 6, WIDTH, WIDTH };
    const size_t bytes = akin_loss_fn_check_bytes(at);
    void *memory = malloc(bytes);
    akin_arena scratch;
    akin_arena_init(&scratch, memory, bytes);

    akin_encoder_opts opts = AKIN_ENCODER_OPTS_INIT;
    opts.name = "linear";
    opts.width = WIDTH;
    opts.head_out = 0;
    akin_encoder *encoder = NULL;
    akin_error err;
    double wrong = 1, first = 0, last = 0;
    akin_status status = akin_loss_fn_check(own_loss, NULL, at, &scratch, &wrong, &err);
    if (!status) status = akin_encoder_create(&opts, 2 * ITEMS, 1, PIXELS, 1, &encoder, &err);
    if (!status) status = train(encoder, x, &first, &last, &err);
    if (status)
        fprintf(stderr, "%s\n", err.message);
    else
        printf("gradient wrong by %.1g of its largest number; loss %.3f, after %d steps %.3f\n", wrong, first,
               STEPS, last);
    akin_encoder_free(encoder);
    free(memory);
    return status || !(wrong < 1e-3) || !(last < first / 2);
}
