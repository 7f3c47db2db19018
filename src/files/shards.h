/* SPDX-License-Identifier: Apache-2.0 */
/* files/shards.h - samples in archives of tar, as WebDataset keeps them: members whose names are the same up
 * to the first dot of the last part are one sample, and what stands behind that dot says what each is.
 *
 *     000017.jpg  000017.cls  000017.json      sample "000017": a picture, the number of its class, and more
 *
 * A list says of each sample where the one member is that is wanted; its bytes are read when they are wanted.
 * Those of a packed archive are kept in memory. */
#ifndef AK_FILES_SHARDS_H
#define AK_FILES_SHARDS_H

#include "files/shard_list.h"

typedef struct ak_sample {
    char *name;        /* "000017"; with that of its archive where two have the same: "a.tar/000017" */
    int32_t shard;     /* of the list */
    int32_t label;     /* -1: there is no .cls */
    int64_t bytes;     /* of its member; -1: it has none of those wanted */
    int64_t offset;    /* in the archive, */
    void *held;        /* or, of a packed one, the bytes; owned */
    const char *field; /* of its member, "jpg": what stands behind the dot; in ak_shards.fields */
} ak_sample;

typedef struct ak_shards {
    ak_shard_list list;
    ak_sample *sample; /* [n] in the order of the archives; only those that have what was wanted */
    int64_t n, room;
    char **fields;
    int64_t field_count, field_room;
    bool labelled; /* each has a label */
} ak_shards;

typedef struct ak_shards_want {
    const char *what;                  /* "picture", for sentences */
    bool (*field)(const char *ending); /* whether a member is such: "jpg", "seg.png" */
    int64_t largest;                   /* bytes of a member */
    int64_t held;                      /* bytes of all that may be held in memory */
} ak_shards_want;

/* What was found and is not read is told.
 * AKIN_ERR_INPUT   an archive is not there; no sample has what is wanted; packed archives hold too much
 * AKIN_ERR_FORMAT  damaged or cut (files/tar.h); two members of one name; a .cls that is no class
 * AKIN_ERR_UNSUPPORTED, AKIN_ERR_NOMEM */
akin_status ak_shards_open(const char *path, const ak_shards_want *want, ak_remarks *remarks, ak_shards *out,
                           akin_error *err);
void ak_shards_close(ak_shards *s);

/* The first `most` bytes of the member of sample i, at most, in new memory, with a 0 behind. Any number of
 * threads.  AKIN_ERR_INPUT when the archive cannot be read any more, AKIN_ERR_NOMEM. On failure the sentence
 * is the reason alone. */
akin_status ak_shards_read(const ak_shards *s, int64_t i, size_t most, uint8_t **data, size_t *n,
                           akin_error *err);

/* What the first of the archives with members holds, as far as wanted() tells by the endings of their names:
 * the least number that it gave, where what is none gives INT32_MAX. */
akin_status ak_shards_look(const char *path, int (*wanted)(const char *ending), int *least, akin_error *err);

#endif
