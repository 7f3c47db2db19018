/* SPDX-License-Identifier: Apache-2.0 */
/* train/events.h - TensorBoard event files: scalars only. */
#ifndef AKIN_SRC_EVENTS_H
#define AKIN_SRC_EVENTS_H

#include "base/base.h"

/* One scalar to log. */
typedef struct ak_scalar {
    const char *tag;
    float value;
} ak_scalar;

/* The bytes of the record that opens a file, and of one with scalars at a step. Both return the length; buffer
 * must have room for AK_EVENT_BYTES(count). wall_s is seconds since 1970. */
enum { AK_EVENT_SCALAR_BYTES = 128 };
#define AK_EVENT_BYTES(count) (128 + (count)*AK_EVENT_SCALAR_BYTES)
size_t ak_event_version(unsigned char *buffer, double wall_s);
size_t ak_event_scalars(unsigned char *buffer, double wall_s, int64_t step, const ak_scalar *scalars,
                        int count);

/* Masked CRC-32C of TFRecord framing. */
uint32_t ak_masked_crc32c(const void *data, size_t bytes);

#endif
