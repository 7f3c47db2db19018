/* SPDX-License-Identifier: Apache-2.0 */
/* views/augment_ops.c - the loops over pixels in plain C, and which row of loops to use. */
#include "views/augment_ops.h"

#include <string.h>

enum { LANES = 32 };

/* sum += weight * at[0..LANES), then sum >> 15 */
typedef struct sums {
    int32_t lane[LANES];
} sums;

static inline sums sums_start(int32_t value)
{
    sums s;
    for (int l = 0; l < LANES; l++) s.lane[l] = value;
    return s;
}

static inline void sums_add(sums *s, const int16_t *at, int32_t weight)
{
    for (int l = 0; l < LANES; l++) s->lane[l] += weight * at[l];
}

static inline void sums_store(const sums *s, int16_t *at)
{
    for (int l = 0; l < LANES; l++) at[l] = (int16_t)(s->lane[l] >> 15);
}

static void enlarge_columns(const ak_augment_axis *axis, const ak_augment_window *from, int16_t *dst,
                            int64_t stride, int64_t plane);

#define K(name) name##_ref
#include "views/augment_ops.inc"

static void enlarge_columns(const ak_augment_axis *axis, const ak_augment_window *from, int16_t *dst,
                            int64_t stride, int64_t plane)
{
    const int32_t channels = from->channels;
    for (int32_t y = 0; y < from->rows; y++) {
        const uint8_t *row = from->pixels + y * from->stride;
        for (int32_t c = 0; c < channels; c++)
            for (int32_t x = 0; x < axis->out; x++) {
                const int16_t a = row[axis->left[x] * channels + c], b = row[axis->right[x] * channels + c];
                const int16_t step = times((int16_t)((b - a) * AK_AUGMENT_ONE), axis->fraction[x]);
                dst[c * plane + y * stride + x] = (int16_t)(a * AK_AUGMENT_ONE + step);
            }
    }
}

const ak_augment_ops *ak_augment_ops_get(void)
{
#if defined(__x86_64__)
    const char *isa = akin_isa();
    if (strncmp(isa, "avx512", 6) == 0) return &ak_augment_ops_avx512;
    if (strcmp(isa, "avx2") == 0) return &ak_augment_ops_avx2;
#endif
    return &ak_augment_ops_ref;
}
