/* SPDX-License-Identifier: Apache-2.0 */
/* nn/winograd: every table against the plain sum in double, in three directions, for float32 and bfloat16
 * activations.
 *
 * Limits. The largest absolute sum of a row of B^T or A^T is 19 (1 + 1 + ... + 8 + 8), and both dimensions
 * are transformed: what is added up may be 19^2 = 361 times as large as the plain terms, and cancels again.
 * So an error is at most 361 roundings of the sum of the absolute terms; a coefficient that is wrong by a
 * hundredth is a thousand times above that. bfloat16 results have their own rounding, 2^-9. */
#include "nn/winograd.h"

#include "akin/base.h"
#include "test.h"

typedef struct fixture {
    const ak_winograd_kernels *k;
    int half;
    int64_t images, height, width, in, out;
    float *x, *dy, *w;   /* [images][channels][height][width], [out][in][3][3] */
    void *sx, *sdy, *sy; /* as stored */
    float *sw, *grad, *scratch, *u;
    ak_winograd p;
} fixture;

static float rounded(float v) /* to bfloat16 */
{
    uint32_t u;
    memcpy(&u, &v, sizeof u);
    u = (u + 0x7fff + (u >> 16 & 1)) & 0xffff0000u;
    memcpy(&v, &u, sizeof v);
    return v;
}

static int64_t plain_at(const fixture *f, int64_t channels, int64_t i, int64_t c, int64_t y, int64_t x)
{
    return ((i * channels + c) * f->height + y) * f->width + x;
}

static int64_t stored_at(const fixture *f, int64_t channels, int64_t i, int64_t c, int64_t y, int64_t x)
{
    const int64_t lanes = f->k->lanes;
    return (((i * (channels / lanes) + c / lanes) * f->height + y) * f->width + x) * lanes + c % lanes;
}

static int64_t weight_at(const fixture *f, int64_t o, int64_t i, int64_t tap)
{
    const int64_t lanes = f->k->lanes;
    return (((o / lanes * (f->in / lanes) + i / lanes) * 9 + tap) * lanes + i % lanes) * lanes + o % lanes;
}

static void put(void *to, int64_t at, float v, int half)
{
    uint32_t u;
    memcpy(&u, &v, sizeof u);
    if (half)
        ((uint16_t *)to)[at] = (uint16_t)(u >> 16);
    else
        ((float *)to)[at] = v;
}

static double get(const void *from, int64_t at, int half)
{
    if (!half) return (double)((const float *)from)[at];
    const uint32_t u = (uint32_t)((const uint16_t *)from)[at] << 16;
    float v;
    memcpy(&v, &u, sizeof v);
    return (double)v;
}

static void *block(int64_t n)
{
    void *p = aligned_alloc(64, (size_t)(n * 4 + 63) / 64 * 64);
    memset(p, 0xff, (size_t)(n * 4 + 63) / 64 * 64); /* NaN: what is not written is seen */
    return p;
}

static float *draw(const fixture *f, int64_t channels, void **stored)
{
    const int64_t n = f->images * channels * f->height * f->width;
    float *plain = malloc((size_t)n * sizeof *plain);
    *stored = block(n);
    for (int64_t i = 0; i < f->images; i++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t y = 0; y < f->height; y++)
                for (int64_t x = 0; x < f->width; x++) {
                    float v = (float)test_normal();
                    if (f->half) v = rounded(v);
                    plain[plain_at(f, channels, i, c, y, x)] = v;
                    put(*stored, stored_at(f, channels, i, c, y, x), v, f->half);
                }
    return plain;
}

static fixture begin(const ak_winograd_kernels *k, int half)
{
    const int64_t lanes = k->lanes;
    fixture f = {
        .k = k, .half = half, .images = test_int(1, 5), .height = test_int(1, 11), .width = test_int(1, 11)
    };
    f.in = lanes * test_int(1, 3);
    f.out = lanes * test_int(1, 5);
    f.x = draw(&f, f.in, &f.sx);
    f.dy = draw(&f, f.out, &f.sdy);
    const int64_t most = f.in > f.out ? f.in : f.out, weights = 9 * f.in * f.out;
    f.sy = block(f.images * most * f.height * f.width);
    f.w = malloc((size_t)weights * sizeof *f.w);
    f.sw = block(weights);
    f.grad = block(weights);
    f.scratch = block(ak_winograd_scratch(f.in, f.out));
    f.u = block(ak_winograd_weights(f.in, f.out));
    for (int64_t o = 0; o < f.out; o++)
        for (int64_t i = 0; i < f.in; i++)
            for (int64_t t = 0; t < 9; t++)
                f.sw[weight_at(&f, o, i, t)] = f.w[(o * f.in + i) * 9 + t] = (float)test_normal();
    f.p = (ak_winograd){ .x = f.sx,
                         .dy = f.sdy,
                         .y = f.sy,
                         .end = f.images,
                         .height = f.height,
                         .width = f.width,
                         .in = f.in,
                         .out = f.out,
                         .scratch = f.scratch,
                         .u = f.u,
                         .grad = f.grad };
    return f;
}

static void end(fixture *f)
{
    void *const all[] = { f->x, f->dy, f->w, f->sx, f->sdy, f->sy, f->sw, f->grad, f->scratch, f->u };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static bool inside(const fixture *f, int64_t y, int64_t x)
{
    return y >= 0 && y < f->height && x >= 0 && x < f->width;
}

/* What the plain sum says of one number, and the sum of the absolute terms. */
static double forward_of(const fixture *f, int64_t i, int64_t o, int64_t y, int64_t x, double *size)
{
    double sum = 0;
    *size = 0;
    for (int64_t c = 0; c < f->in; c++)
        for (int64_t t = 0; t < 9; t++) {
            const int64_t v = y + t / 3 - 1, h = x + t % 3 - 1;
            if (!inside(f, v, h)) continue;
            const double term =
                (double)f->x[plain_at(f, f->in, i, c, v, h)] * (double)f->w[(o * f->in + c) * 9 + t];
            sum += term;
            *size += fabs(term);
        }
    return sum;
}

static double to_data_of(const fixture *f, int64_t i, int64_t c, int64_t y, int64_t x, double *size)
{
    double sum = 0;
    *size = 0;
    for (int64_t o = 0; o < f->out; o++)
        for (int64_t t = 0; t < 9; t++) {
            const int64_t v = y - t / 3 + 1,
                          h = x - t % 3 + 1; /* the result that read this pixel with this weight */
            if (!inside(f, v, h)) continue;
            const double term =
                (double)f->dy[plain_at(f, f->out, i, o, v, h)] * (double)f->w[(o * f->in + c) * 9 + t];
            sum += term;
            *size += fabs(term);
        }
    return sum;
}

static double to_weights_of(const fixture *f, int64_t o, int64_t c, int64_t t, double *size)
{
    double sum = 0;
    *size = 0;
    for (int64_t i = f->p.begin; i < f->p.end; i++)
        for (int64_t y = 0; y < f->height; y++)
            for (int64_t x = 0; x < f->width; x++) {
                const int64_t v = y + t / 3 - 1, h = x + t % 3 - 1;
                if (!inside(f, v, h)) continue;
                const double term = (double)f->x[plain_at(f, f->in, i, c, v, h)] *
                                    (double)f->dy[plain_at(f, f->out, i, o, y, x)];
                sum += term;
                *size += fabs(term);
            }
    return sum;
}

static void near(double got, double want, double size, const fixture *f, bool stored)
{
    /* 10: a sum without terms has neighbours in its tile that cancel */
    const double limit = 0x1p-24 * 361 * (size + 10) + (f->half && stored ? 0x1p-8 * (fabs(want) + 1e-4) : 0);
    CHECK_NEAR(got, want, limit);
}

static void check_maps(fixture *f, bool to_data)
{
    const int64_t lanes = f->k->lanes, channels = to_data ? f->in : f->out;
    if (to_data) {
        f->p.x = f->sdy;
        f->p.in = f->out;
        f->p.out = f->in;
    }
    f->k->weights(f->sw, f->p.in, f->p.out, to_data, f->u, 0, channels / lanes / 2);
    f->k->weights(f->sw, f->p.in, f->p.out, to_data, f->u, channels / lanes / 2, channels / lanes);
    f->k->convolve[f->half](&f->p);
    for (int64_t i = 0; i < f->images; i++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t y = 0; y < f->height; y++)
                for (int64_t x = 0; x < f->width; x++) {
                    double size;
                    const double want =
                        to_data ? to_data_of(f, i, c, y, x, &size) : forward_of(f, i, c, y, x, &size);
                    near(get(f->sy, stored_at(f, channels, i, c, y, x), f->half), want, size, f, true);
                }
}

static void check_gradient(fixture *f)
{
    f->p.begin = f->images / 3;
    f->k->gradient[f->half](&f->p);
    for (int64_t o = 0; o < f->out; o++)
        for (int64_t c = 0; c < f->in; c++)
            for (int64_t t = 0; t < 9; t++) {
                double size;
                const double want = to_weights_of(f, o, c, t, &size);
                near((double)f->grad[weight_at(f, o, c, t)], want, size, f, false);
            }
}

/* Images one at a time give the bits of all at once: tiles of different images share nothing. */
static void check_shares(fixture *f)
{
    const size_t bytes = (size_t)(f->images * f->out * f->height * f->width) * (f->half ? 2 : 4);
    void *whole = malloc(bytes);
    f->k->weights(f->sw, f->in, f->out, false, f->u, 0, f->out / f->k->lanes);
    f->k->convolve[f->half](&f->p);
    memcpy(whole, f->sy, bytes);
    memset(f->sy, 0xff, bytes);
    for (int64_t i = f->images; i-- > 0;) {
        f->p.begin = i;
        f->p.end = i + 1;
        f->k->convolve[f->half](&f->p);
    }
    CHECK(memcmp(whole, f->sy, bytes) == 0);
    free(whole);
}

static void check(const ak_winograd_kernels *k)
{
    for (uint64_t seed = 1; seed <= 24; seed++)
        for (int half = 0; half < 2; half++)
            for (int what = 0; what < 4; what++) {
                test_seed = seed;
                fixture f = begin(k, half);
                if (what < 2)
                    check_maps(&f, what == 1);
                else if (what == 2)
                    check_gradient(&f);
                else
                    check_shares(&f);
                end(&f);
            }
}

static void plain_c_is_the_plain_sum(void **state)
{
    (void)state;
    check(&ak_winograd_ref);
}

static void avx2_is_the_plain_sum(void **state)
{
    (void)state;
    if (strncmp(akin_isa(), "avx", 3) != 0) skip();
    check(&ak_winograd_avx2);
}

static void avx512_is_the_plain_sum(void **state)
{
    (void)state;
    if (strncmp(akin_isa(), "avx512", 6) != 0) skip();
    check(&ak_winograd_avx512);
}

/* More tiles than are transformed at once, and a constant: inside, each result is the sum of the weights. */
static void many_tiles(void **state)
{
    (void)state;
    const ak_winograd_kernels *k = &ak_winograd_ref;
    enum { SIDE = 40, LANES = 8, AREA = SIDE * SIDE };
    assert_int_equal(k->lanes, LANES);
    float *x = block(AREA * LANES), *y = block(AREA * LANES), *w = block(9 * LANES * LANES);
    float *u = block(ak_winograd_weights(LANES, LANES)), *scratch = block(ak_winograd_scratch(LANES, LANES));
    float *grad = block(9 * LANES * LANES);
    for (int i = 0; i < AREA * LANES; i++) x[i] = 1;
    for (int i = 0; i < 9 * LANES * LANES; i++) w[i] = 1;
    k->weights(w, LANES, LANES, false, u, 0, 1);
    ak_winograd p = { .x = x,
                      .dy = x,
                      .y = y,
                      .end = 1,
                      .height = SIDE,
                      .width = SIDE,
                      .in = LANES,
                      .out = LANES,
                      .scratch = scratch,
                      .u = u,
                      .grad = grad };
    k->convolve[0](&p);
    k->gradient[0](&p);
    for (int i = 0; i < AREA; i++) {
        const int v = i / SIDE, h = i % SIDE, rows = 3 - (v == 0) - (v == SIDE - 1),
                  columns = 3 - (h == 0) - (h == SIDE - 1);
        for (int c = 0; c < LANES; c++) CHECK_NEAR(y[i * LANES + c], rows * columns * LANES, 1e-4);
    }
    for (int t = 0; t < 9; t++) {
        const int rows = SIDE - (t / 3 != 1), columns = SIDE - (t % 3 != 1);
        for (int c = 0; c < LANES * LANES; c++) CHECK_NEAR(grad[t * LANES * LANES + c], rows * columns, 0.02);
    }
    void *const all[] = { x, y, w, u, scratch, grad };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

int main(int argc, char **argv)
{
    (void)argc, (void)argv;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_c_is_the_plain_sum),
        cmocka_unit_test(avx2_is_the_plain_sum),
        cmocka_unit_test(avx512_is_the_plain_sum),
        cmocka_unit_test(many_tiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
