/* SPDX-License-Identifier: Apache-2.0 */
/* images/resize.h - scale the shorter side to a size and keep the middle square. */
#ifndef AK_IMAGES_RESIZE_H
#define AK_IMAGES_RESIZE_H

#include <stdbool.h>
#include <stdint.h>

/* src [h,w,c] -> dst [size,size,c].  false when out of memory. */
bool ak_resize_crop(const uint8_t *src, int64_t h, int64_t w, int64_t c, uint8_t *dst, int64_t size);

#endif
