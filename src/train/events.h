/* SPDX-License-Identifier: Apache-2.0 */
/* train/events.h - TensorBoard event files: scalars only. */
#ifndef AKIN_SRC_EVENTS_H
#define AKIN_SRC_EVENTS_H

#include "base/base.h"

/* One scalar to log. */
typedef struct akin_scalar {
    const char *tag;
    float value;
} akin_scalar;

/* The bytes of the record that opens a file, and of one with scalars at a step. Both return the length; buffer
 * must have room for AKIN_EVENT_BYTES(count). wall_s is seconds since 1970. */
enum { AKIN_EVENT_SCALAR_BYTES = 128 };
#define AKIN_EVENT_BYTES(count) (128 + (count)*AKIN_EVENT_SCALAR_BYTES)
size_t akin_event_version(unsigned char *buffer, double wall_s);
size_t akin_event_scalars(unsigned char *buffer, double wall_s, int64_t step, const akin_scalar *scalars,
                          int count);

/* Masked CRC-32C of TFRecord framing. */
uint32_t akin_masked_crc32c(const void *data, size_t bytes);

#endif
