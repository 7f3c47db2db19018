/* SPDX-License-Identifier: Apache-2.0 */
/* export/proto.h - messages of Protocol Buffers, written into memory.
 *
 * A message is a list of fields, each a number and a value: a whole number as a varint, four bytes, or a
 * length and so many bytes, which may be a message again. That is all of the wire format that ONNX needs,
 * and nothing is ever read, so no library stands in between. Memory that lacks is remembered, and asked for
 * once, at the end: `failed`. */
#ifndef AK_EXPORT_PROTO_H
#define AK_EXPORT_PROTO_H

#include "base/base.h"

typedef struct ak_proto {
    unsigned char *data;
    int64_t bytes, room;
    bool failed;
} ak_proto;

void ak_proto_int(ak_proto *p, int field, int64_t value); /* also of an enum; negative ones take ten bytes */
void ak_proto_float(ak_proto *p, int field, float value);
void ak_proto_bytes(ak_proto *p, int field, const void *data, size_t bytes);
void ak_proto_text(ak_proto *p, int field, const char *text);
/* A message of its own as a field; it is emptied. */
void ak_proto_put(ak_proto *p, int field, ak_proto *message);
/* The beginning of a field of so many bytes, which follow elsewhere. */
void ak_proto_head(ak_proto *p, int field, int64_t bytes);
void ak_proto_raw(ak_proto *p, const void *data, size_t bytes); /* bytes as they are */
void ak_proto_free(ak_proto *p);

#endif
