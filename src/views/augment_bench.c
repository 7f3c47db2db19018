/* SPDX-License-Identifier: Apache-2.0 */
/* views/augment_bench.c - how many views a second, as a training step asks for them. */
#include "akin/tool/augment.h"

#include "base/base.h"
#include "base/rng.h"

#include <stdlib.h>

/* About 4 MB of results and less than a millisecond a batch, so that on a machine that is shared the median
 * is over batches that were not interrupted. */
enum { MOST_IMAGES = 256, BATCH_FLOATS = 1 << 20, MAX_BATCHES = 4096 };

typedef struct bench {
    uint8_t *pixels;
    float *out;
    void *scratch;
    int32_t images, items[MOST_IMAGES];
    double rate[MAX_BATCHES];
} bench;

static akin_status measure(bench *b, const akin_augment_opts *opts, const akin_augment_images *images,
                           size_t scratch_bytes, double seconds, akin_augment_speed *out, akin_error *err)
{
    akin_arena arena;
    akin_arena_init(&arena, b->scratch, scratch_bytes + 64);
    const double start = ak_now_s();
    int64_t n = 0;
    for (int64_t i = -1; i < MAX_BATCHES && (n < 5 || ak_now_s() - start < seconds); i++) {
        const akin_view_name name = { .struct_size = sizeof(akin_view_name),
                                      .epoch = (uint32_t)(i + 1),
                                      .seed = 1 };
        akin_augment_wanted wanted = AKIN_AUGMENT_WANTED_INIT;
        wanted.n = b->images;
        wanted.items = b->items;
        wanted.name = &name;
        const double t = ak_now_s();
        AK_TRY(akin_augment_batch(opts, images, &wanted, &arena, b->out, err));
        if (i >= 0) b->rate[n++] = b->images / (ak_now_s() - t); /* the first one warms up */
    }
    qsort(b->rate, (size_t)n, sizeof *b->rate, ak_compare_double);
    const akin_augment_speed speed = { .struct_size = sizeof speed,
                                       .batches = n,
                                       .views_per_s = b->rate[n / 2],
                                       .lower = b->rate[n / 4],
                                       .upper = b->rate[n - 1 - n / 4] };
    return ak_result_export(out, &speed, "augment", err);
}

akin_status akin_augment_bench(const akin_augment_opts *opts, int64_t height, int64_t width, int64_t channels,
                               double seconds, akin_augment_speed *out, akin_error *err)
{
    akin_augment_params p = AKIN_AUGMENT_PARAMS_INIT;
    const akin_picture shape = {
        .struct_size = sizeof shape, .height = height, .width = width, .channels = (int32_t)channels
    };
    const akin_view_name first = AKIN_VIEW_NAME_INIT;
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "augment: out must not be NULL");
    AK_TRY(akin_augment_draw(opts, &shape, &first, &p, err)); /* checks everything */

    const size_t scratch_bytes = akin_augment_scratch_bytes(opts, height, width, channels);
    const int64_t bytes = height * width * channels;
    akin_status status = AKIN_OK;
    bench *b = ak_alloc(sizeof *b, 1, 1);
    if (b) {
        const int64_t floats = channels * p.height * p.width, fit = BATCH_FLOATS / floats;
        b->images = (int32_t)(fit < 4 ? 4 : fit > MOST_IMAGES ? MOST_IMAGES : fit);
        b->pixels = ak_alloc(1, b->images, bytes);
        b->out = ak_alloc(sizeof(float), b->images, floats);
        b->scratch = ak_alloc(1, (int64_t)scratch_bytes + 64, 1);
    }
    if (!b || !b->pixels || !b->out || !b->scratch) {
        status = ak_fail(err, AKIN_ERR_NOMEM, "augment: no memory for %d images of %lld bytes",
                         b ? (int)b->images : 0, (long long)bytes);
        goto done;
    }
    ak_rng r = ak_rng_at(1, AK_RNG_SAMPLE, 0, 0, 0);
    for (int64_t i = 0; i < b->images * bytes; i++) b->pixels[i] = (uint8_t)ak_rng_u32(&r);
    for (int32_t i = 0; i < b->images; i++) b->items[i] = i;
    const akin_augment_images images = { .struct_size = sizeof images,
                                         .pixels = b->pixels,
                                         .count = b->images,
                                         .height = height,
                                         .width = width,
                                         .channels = channels };
    status = measure(b, opts, &images, scratch_bytes, seconds, out, err);

done:
    if (b) {
        free(b->pixels);
        free(b->out);
        free(b->scratch);
    }
    free(b);
    return status;
}
