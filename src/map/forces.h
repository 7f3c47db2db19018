/* SPDX-License-Identifier: Apache-2.0 */
/* map/forces.h - what negatives do to a map, one table per instruction set.
 *
 * The negatives of item i are the items i + t for the shifts t, counted round. So the pairs of a shift are
 * read in order, and where -t is a shift too every pair is seen from both of its ends: what i does to its
 * negatives is found by those themselves. Items stand in an order by chance, which makes a shift as good as a
 * draw.
 *
 * With u = (x_i - x_k)^2 + (y_i - y_k)^2 and q = 1/(1 + u). Sums are added up by item, shift after shift, so
 * that they do not depend on how items are cut into ranges. */
#ifndef AK_MAP_FORCES_H
#define AK_MAP_FORCES_H

#include <stdint.h>

typedef struct ak_noise {
    const float *x, *y; /* [2n] the map, twice: i + t needs no turn */
    const float *share; /* [2n] pull of InfoNCE: what an end of a pair weighs */
    float c;            /* of negative sampling and NCE */
    const int64_t *shift;
    int64_t shifts;
    float *sum, *fx, *fy; /* [n], written */
} ak_noise;

typedef struct ak_forces {
    const char *isa;
    /* sum_i = sum_k q */
    void (*mass)(const ak_noise *w, int64_t begin, int64_t end);
    /* f_i = sum_k (share_i + share_k) q^2 (y_i - y_k) */
    void (*push_shared)(const ak_noise *w, int64_t begin, int64_t end);
    /* f_i = sum_k q (1 - q/(q + c)) / c ... see forces.inc; sum_i = sum_k q/(q + c) */
    void (*push)(const ak_noise *w, int64_t begin, int64_t end);
} ak_forces;

extern const ak_forces ak_forces_ref, ak_forces_avx2, ak_forces_avx512;
const ak_forces *ak_forces_here(void); /* of akin_isa() */

#endif
