/* SPDX-License-Identifier: Apache-2.0 */
/* images/channels.h - grey pixels to three channels, and colours to grey. */
#ifndef AK_IMAGES_CHANNELS_H
#define AK_IMAGES_CHANNELS_H

#include <stdint.h>

/* from [n,c], c = 1 or 3, into to [n,d], d = 1 or 3: as they are, three equal channels, or
 * 0.299 R + 0.587 G + 0.114 B, rounded. */
void ak_convert_channels(const uint8_t *from, int64_t c, uint8_t *to, int64_t d, int64_t n);

#endif
