/* SPDX-License-Identifier: Apache-2.0 */
/* train/tfevents.h - TensorBoard event files: scalars only. */
#ifndef AK_TRAIN_TFEVENTS_H
#define AK_TRAIN_TFEVENTS_H

#include "base/base.h"

/* One scalar to log. */
typedef struct ak_scalar {
    const char *tag;
    float value;
} ak_scalar;

/* Make the record that opens a file, or one with scalars at a step. Both return the length in bytes. buffer
 * has room for AK_EVENT_BYTES(count) bytes. wall_s is in seconds since 1970. */
enum { AK_EVENT_SCALAR_BYTES = 128 };
#define AK_EVENT_BYTES(count) (128 + (count)*AK_EVENT_SCALAR_BYTES)
size_t ak_event_version(unsigned char *buffer, double wall_s);
size_t ak_event_scalars(unsigned char *buffer, double wall_s, int64_t step, const ak_scalar *scalars,
                        int count);

/* The check sum of a record: CRC-32C, rotated and shifted as TFRecord wants it. */
uint32_t ak_masked_crc32c(const void *data, size_t bytes);

#endif
