/* SPDX-License-Identifier: Apache-2.0 */
/* export/proto.c - the wire format of Protocol Buffers: tag = field number x 8 + type, then the value. */
#include "export/proto.h"

#include <string.h>

enum { VARINT = 0, LENGTH = 2, FOUR_BYTES = 5 };

void ak_proto_raw(ak_proto *p, const void *data, size_t bytes)
{
    if (p->failed || !bytes) return;
    p->failed = !ak_grow(&p->data, &p->room, p->bytes + (int64_t)bytes, 1);
    if (p->failed) return;
    memcpy(p->data + p->bytes, data, bytes);
    p->bytes += (int64_t)bytes;
}

/* Seven bits a byte, the lowest first; the top bit says that more follow. */
static void varint(ak_proto *p, uint64_t value)
{
    unsigned char bytes[10];
    size_t n = 0;
    do {
        bytes[n] = (unsigned char)(value & 0x7f);
        value >>= 7;
        if (value) bytes[n] |= 0x80;
        n++;
    } while (value);
    ak_proto_raw(p, bytes, n);
}

static void tag(ak_proto *p, int field, int type) { varint(p, (uint64_t)field << 3 | (uint64_t)type); }

void ak_proto_int(ak_proto *p, int field, int64_t value)
{
    tag(p, field, VARINT);
    varint(p, (uint64_t)value);
}

void ak_proto_float(ak_proto *p, int field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    unsigned char bytes[4];
    for (int i = 0; i < 4; i++) bytes[i] = (unsigned char)(bits >> (8 * i));
    tag(p, field, FOUR_BYTES);
    ak_proto_raw(p, bytes, sizeof bytes);
}

void ak_proto_head(ak_proto *p, int field, int64_t bytes)
{
    tag(p, field, LENGTH);
    varint(p, (uint64_t)bytes);
}

void ak_proto_bytes(ak_proto *p, int field, const void *data, size_t bytes)
{
    ak_proto_head(p, field, (int64_t)bytes);
    ak_proto_raw(p, data, bytes);
}

void ak_proto_text(ak_proto *p, int field, const char *text) { ak_proto_bytes(p, field, text, strlen(text)); }

void ak_proto_put(ak_proto *p, int field, ak_proto *message)
{
    p->failed = p->failed || message->failed;
    ak_proto_bytes(p, field, message->data, (size_t)message->bytes);
    ak_proto_free(message);
}

void ak_proto_free(ak_proto *p)
{
    free(p->data);
    *p = (ak_proto){ .data = NULL };
}
