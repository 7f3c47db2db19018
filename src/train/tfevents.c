/* SPDX-License-Identifier: Apache-2.0 */
/* train/tfevents.c - TensorBoard's event format, written by hand: it has three message types.
 *
 * A file is a row of records. A record, little endian: u64 length, masked CRC-32C of the length, data,
 * masked CRC-32C of the data. The data is a protobuf message:
 *     Event   { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5 }
 *     Summary { repeated Value value = 1 }
 *     Value   { string tag = 1; float simple_value = 2 } */
#include "train/tfevents.h"

#include <string.h>

typedef struct sink {
    unsigned char *at;
} sink;

static void put_bytes(sink *s, const void *data, size_t bytes)
{
    memcpy(s->at, data, bytes);
    s->at += bytes;
}

static void put_fixed(sink *s, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) *s->at++ = (unsigned char)(value >> (8 * i));
}

static void put_varint(sink *s, uint64_t value)
{
    for (; value >= 128; value >>= 7) *s->at++ = (unsigned char)(value | 128);
    *s->at++ = (unsigned char)value;
}

static void put_double(sink *s, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_fixed(s, bits, 8);
}

uint32_t ak_masked_crc32c(const void *data, size_t bytes)
{
    const unsigned char *at = data;
    uint32_t crc = ~0u;
    for (size_t i = 0; i < bytes; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0x82F63B78u & -(crc & 1u));
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xA282EAD8u;
}

/* Make a record of the `bytes` that stand at buffer + 12 already. */
static size_t frame(unsigned char *buffer, size_t bytes)
{
    sink s = { buffer };
    put_fixed(&s, bytes, 8);
    put_fixed(&s, ak_masked_crc32c(buffer, 8), 4);
    s.at += bytes;
    put_fixed(&s, ak_masked_crc32c(buffer + 12, bytes), 4);
    return bytes + 16;
}

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };
#define KEY(field, wire) ((field) << 3 | (wire))

size_t ak_event_version(unsigned char *buffer, double wall_s)
{
    static const char version[] = "brain.Event:2";
    sink s = { buffer + 12 };
    put_varint(&s, KEY(1, FIXED64));
    put_double(&s, wall_s);
    put_varint(&s, KEY(3, BYTES));
    put_varint(&s, sizeof version - 1);
    put_bytes(&s, version, sizeof version - 1);
    return frame(buffer, (size_t)(s.at - buffer) - 12);
}

/* Bytes of a Value with a tag of n < 100 characters: two keys, length, tag, float. */
static uint64_t value_bytes(size_t n) { return 2 + n + 5; }

size_t ak_event_scalars(unsigned char *buffer, double wall_s, int64_t step, const ak_scalar *scalars,
                        int count)
{
    uint64_t summary = 0;
    for (int i = 0; i < count; i++) summary += 2 + value_bytes(strnlen(scalars[i].tag, 99));
    sink s = { buffer + 12 };
    put_varint(&s, KEY(1, FIXED64));
    put_double(&s, wall_s);
    put_varint(&s, KEY(2, VARINT));
    put_varint(&s, (uint64_t)step);
    put_varint(&s, KEY(5, BYTES));
    put_varint(&s, summary);
    for (int i = 0; i < count; i++) {
        const size_t n = strnlen(scalars[i].tag, 99);
        uint32_t bits;
        memcpy(&bits, &scalars[i].value, sizeof bits);
        put_varint(&s, KEY(1, BYTES));
        put_varint(&s, value_bytes(n));
        put_varint(&s, KEY(1, BYTES));
        put_varint(&s, n);
        put_bytes(&s, scalars[i].tag, n);
        put_varint(&s, KEY(2, FIXED32));
        put_fixed(&s, bits, 4);
    }
    return frame(buffer, (size_t)(s.at - buffer) - 12);
}
