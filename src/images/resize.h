/* SPDX-License-Identifier: Apache-2.0 */
/* images/resize.h - scale the shorter side and keep the middle square. */
#ifndef AK_IMAGES_RESIZE_H
#define AK_IMAGES_RESIZE_H

#include <stdbool.h>
#include <stdint.h>

/* How images are brought to one size. */
typedef struct ak_scaling {
    int64_t size;    /* of the square that is kept; 0 = images stay as they are */
    int64_t shorter; /* what the shorter side becomes before, >= size; 0 = the size itself */
} ak_scaling;

/* An image of that shape is not that of the square already, or is to be cropped. */
static inline bool ak_scales(const ak_scaling *s, int64_t h, int64_t w)
{
    return s->size && (h != s->size || w != s->size || (s->shorter && s->shorter != s->size));
}

/* src [h,w,c] -> dst [size,size,c].  false when out of memory. */
bool ak_resize_crop(const uint8_t *src, int64_t h, int64_t w, int64_t c, uint8_t *dst, const ak_scaling *to);

#endif
