/* SPDX-License-Identifier: Apache-2.0 */
/* nn/lanes: every pass of every table against plain loops in double, float32 and bfloat16. Limits: one
 * rounding of the result (2^-24 or 2^-8), plus float rounding of the three or four operations before it. */
#include "nn/lanes.h"

#include "akin/base.h"
#include "test.h"

enum { IMAGES = 3, BLOCKS = 2, SPATIAL = 7, MOST = IMAGES * BLOCKS * SPATIAL * 16, CHANNELS = BLOCKS * 16 };

typedef struct fixture {
    const ak_lanes *lanes;
    int type;
    int64_t n; /* elements in use */
    float x[MOST], r[MOST], d1[MOST], d2[MOST];
    void *bx, *br, *bd1, *bd2, *out; /* the same as stored */
    float scale[CHANNELS], shift[CHANNELS], mean[CHANNELS], factor[CHANNELS], offset[CHANNELS],
        slope[CHANNELS];
    double sum[CHANNELS], dot[CHANNELS];
    ak_pass p;
} fixture;

static float value(const fixture *f, const void *array, int64_t i)
{
    if (f->type == 0) return ((const float *)array)[i];
    const uint32_t bits = (uint32_t)((const uint16_t *)array)[i] << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static int channel(const fixture *f, int64_t i)
{
    const int lanes = f->lanes->lanes;
    return (int)(i / (SPATIAL * lanes) % BLOCKS * lanes + i % lanes);
}

/* Random numbers, stored and read back, so that float and stored array agree. */
static void *stored(fixture *f, float *x)
{
    void *to = calloc(MOST, sizeof(float));
    for (int64_t i = 0; i < f->n; i++) x[i] = (float)test_normal();
    f->lanes->op[f->type].from_float(x, to, f->n);
    for (int64_t i = 0; i < f->n; i++) x[i] = value(f, to, i);
    return to;
}

static fixture *begin(const ak_lanes *lanes, int type)
{
    fixture *f = calloc(1, sizeof *f);
    f->lanes = lanes;
    f->type = type;
    f->n = IMAGES * BLOCKS * SPATIAL * lanes->lanes;
    f->bx = stored(f, f->x);
    f->br = stored(f, f->r);
    f->bd1 = stored(f, f->d1);
    f->bd2 = stored(f, f->d2);
    f->out = calloc(MOST, sizeof(float));
    float *const arrays[] = { f->scale, f->shift, f->mean, f->factor, f->offset, f->slope };
    for (int a = 0; a < 6; a++)
        for (int c = 0; c < CHANNELS; c++) arrays[a][c] = (float)test_normal();
    f->p = (ak_pass){ 0,
                      IMAGES,
                      BLOCKS,
                      SPATIAL,
                      .x = f->bx,
                      .out = f->out,
                      .d1 = f->bd1,
                      .dx = f->bd1,
                      .scale = f->scale,
                      .shift = f->shift,
                      .mean = f->mean,
                      .factor = f->factor,
                      .offset = f->offset,
                      .slope = f->slope,
                      .sum = f->sum,
                      .dot = f->dot };
    return f;
}

static void end(fixture *f)
{
    free(f->bx);
    free(f->br);
    free(f->bd1);
    free(f->bd2);
    free(f->out);
    free(f);
}

static double unit(const fixture *f) { return f->type ? 0x1p-8 : 0x1p-24; }

static void near_sums(const fixture *f, const double *sum, const double *dot)
{
    for (int c = 0; c < BLOCKS * f->lanes->lanes; c++) {
        CHECK_NEAR(f->sum[c], sum[c], 2e-5);
        CHECK_NEAR(f->dot[c], dot[c], 1e-4);
    }
}

static void check_moments(const ak_lanes *lanes, int type)
{
    fixture *f = begin(lanes, type);
    double sum[CHANNELS] = { 0 }, dot[CHANNELS] = { 0 };
    for (int64_t i = 0; i < f->n; i++) {
        const double v = (double)f->x[i] - (double)f->mean[channel(f, i)];
        sum[channel(f, i)] += v;
        dot[channel(f, i)] += v * v;
    }
    lanes->op[type].moments(&f->p);
    near_sums(f, sum, dot);
    end(f);
}

static void check_apply(const ak_lanes *lanes, int type)
{
    for (int variant = 0; variant < 4; variant++) {
        fixture *f = begin(lanes, type);
        f->p.relu = variant & 1;
        if (variant & 2) f->p.residual = f->br;
        lanes->op[type].apply(&f->p);
        for (int64_t i = 0; i < f->n; i++) {
            const int c = channel(f, i);
            const double a = (double)f->x[i] * (double)f->scale[c], b = (double)f->shift[c];
            const double r = variant & 2 ? (double)f->r[i] : 0;
            const double want = f->p.relu && a + b + r < 0 ? 0 : a + b + r;
            CHECK_NEAR(value(f, f->out, i), want,
                       unit(f) * fabs(want) + 4 * 0x1p-24 * (fabs(a) + fabs(b) + fabs(r)));
        }
        end(f);
    }
}

/* The gradient through mask, two contributions, and the pass that follows. */
static void check_gradient(const ak_lanes *lanes, int type, int mask, bool both)
{
    fixture *f = begin(lanes, type);
    f->p.mask = mask;
    f->p.relu = mask != AK_MASK_NONE;
    f->p.d2 = both ? f->bd2 : NULL;
    f->p.store = both || mask == AK_MASK_OUT;
    if (mask == AK_MASK_OUT) f->p.residual = f->br;
    lanes->op[type].apply(&f->p);
    double sum[CHANNELS] = { 0 }, dot[CHANNELS] = { 0 }, *g = calloc((size_t)f->n, sizeof *g);
    for (int64_t i = 0; i < f->n; i++) {
        const int c = channel(f, i);
        g[i] = (double)f->d1[i] + (both ? (double)f->d2[i] : 0);
        if (mask != AK_MASK_NONE && value(f, f->out, i) <= 0) g[i] = 0;
        sum[c] += g[i];
        dot[c] += g[i] * ((double)f->x[i] - (double)f->mean[c]);
    }
    lanes->op[type].grad_sums(&f->p);
    near_sums(f, sum, dot);
    if (f->p.store)
        for (int64_t i = 0; i < f->n; i++)
            CHECK_NEAR(value(f, f->bd1, i), g[i], (unit(f) + 0x1p-23) * fabs(g[i]));

    for (int64_t i = 0; f->p.store && i < f->n; i++) g[i] = (double)value(f, f->bd1, i);
    lanes->op[type].grad_apply(&f->p);
    for (int64_t i = 0; i < f->n; i++) {
        const int c = channel(f, i);
        const double xc = (double)f->x[i] - (double)f->mean[c], k = (double)f->factor[c];
        const double o = (double)f->offset[c], t = xc * (double)f->slope[c], want = k * (g[i] - o - t);
        CHECK_NEAR(value(f, f->bd1, i), want,
                   unit(f) * fabs(want) +
                       6 * 0x1p-24 * fabs(k) * (fabs(g[i]) + fabs(o) + fabs(t) + fabs((double)f->mean[c])));
    }
    free(g);
    end(f);
}

static void check_means(const ak_lanes *lanes, int type)
{
    fixture *f = begin(lanes, type);
    const int64_t stride = BLOCKS * lanes->lanes + 3;
    float *mean = calloc((size_t)(IMAGES * stride), sizeof *mean);
    double *want = calloc((size_t)(IMAGES * stride), sizeof *want);
    for (int64_t i = 0; i < f->n; i++)
        want[i / (BLOCKS * SPATIAL * lanes->lanes) * stride + channel(f, i)] += (double)f->x[i] / SPATIAL;
    lanes->op[type].mean_forward(&f->p, mean, stride);
    for (int64_t i = 0; i < IMAGES * stride; i++) CHECK_NEAR(mean[i], want[i], 1e-6);

    lanes->op[type].mean_backward(&f->p, mean, stride);
    for (int64_t i = 0; i < f->n; i++) {
        const double g =
            (double)mean[i / (BLOCKS * SPATIAL * lanes->lanes) * stride + channel(f, i)] / SPATIAL;
        CHECK_NEAR(value(f, f->bd1, i), g, (unit(f) + 0x1p-22) * fabs(g));
    }
    f->p.d2 = f->bd2;
    for (int64_t i = 0; i < f->n; i++) f->d1[i] = value(f, f->bd1, i);
    lanes->op[type].add(&f->p);
    for (int64_t i = 0; i < f->n; i++) {
        const double s = (double)f->d1[i] + (double)f->d2[i];
        CHECK_NEAR(value(f, f->bd1, i), s, (unit(f) + 0x1p-23) * fabs(s));
    }
    free(mean);
    free(want);
    end(f);
}

static int tables(const ak_lanes *out[3])
{
    int n = 0;
    out[n++] = &ak_lanes_ref;
    if (strcmp(akin_isa(), "ref") != 0) out[n++] = &ak_lanes_avx2;
    if (strncmp(akin_isa(), "avx512", 6) == 0) out[n++] = &ak_lanes_avx512;
    return n;
}

static void passes_agree_with_plain_loops(void **state)
{
    (void)state;
    const ak_lanes *table[3];
    const int n = tables(table);
    for (int i = 0; i < n; i++)
        for (int type = 0; type < 2; type++) {
            check_moments(table[i], type);
            check_apply(table[i], type);
            check_means(table[i], type);
            for (int mask = AK_MASK_NONE; mask <= AK_MASK_OUT; mask++)
                for (int both = 0; both < 2; both++) check_gradient(table[i], type, mask, both);
        }
}

static uint16_t to_bf16(const ak_lanes *lanes, float x)
{
    uint16_t out;
    lanes->op[1].from_float(&x, &out, 1);
    return out;
}

static void bf16_rounds_to_nearest_even(void **state)
{
    (void)state;
    const ak_lanes *table[3];
    const int n = tables(table);
    for (int i = 0; i < n; i++) {
        CHECK(to_bf16(table[i], 1.0f) == 0x3f80);
        CHECK(to_bf16(table[i], 1.00390625f) == 0x3f80);         /* 1 + 2^-8: a tie, to even */
        CHECK(to_bf16(table[i], 1.01171875f) == 0x3f82);         /* 1 + 3 2^-8: a tie, to even */
        CHECK(to_bf16(table[i], 1.0039063692092896f) == 0x3f81); /* just above the tie */
        CHECK(to_bf16(table[i], -2.0f) == 0xc000);
        CHECK(to_bf16(table[i], INFINITY) == 0x7f80);
        CHECK(to_bf16(table[i], 3.4028235e38f) == 0x7f80);
        CHECK((to_bf16(table[i], NAN) & 0x7fff) > 0x7f80);
    }
}

/* A NaN goes through the ReLU of every pass, also when stored as bfloat16. */
static void nan_passes(void **state)
{
    (void)state;
    const ak_lanes *table[3];
    const int n = tables(table);
    for (int i = 0; i < n; i++)
        for (int type = 0; type < 2; type++) {
            fixture *f = begin(table[i], type);
            f->scale[0] = NAN;
            f->p.relu = 1;
            table[i]->op[type].apply(&f->p);
            CHECK(isnan(value(f, f->out, 0)) && !isnan(value(f, f->out, 1)));
            end(f);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_agree_with_plain_loops),
        cmocka_unit_test(bf16_rounds_to_nearest_even),
        cmocka_unit_test(nan_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
