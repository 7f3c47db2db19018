/* SPDX-License-Identifier: Apache-2.0 */
/* images/channels.c - grey pixels to three channels, and colours to grey. */
#include "images/channels.h"

#include <string.h>

void ak_convert_channels(const uint8_t *from, int64_t c, uint8_t *to, int64_t d, int64_t n)
{
    if (c == d) {
        memcpy(to, from, (size_t)(n * c));
        return;
    }
    for (int64_t i = 0; i < n && d == 3; i++) to[3 * i] = to[3 * i + 1] = to[3 * i + 2] = from[i];
    for (int64_t i = 0; i < n && d == 1; i++) /* in parts of 65536, which are exact where all are equal */
        to[i] =
            (uint8_t)((19595u * from[3 * i] + 38470u * from[3 * i + 1] + 7471u * from[3 * i + 2] + 32768u) >>
                      16);
}
