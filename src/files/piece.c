/* SPDX-License-Identifier: Apache-2.0 */
/* files/piece.c - reading by place. */
#include "files/piece.h"

#include "base/plain.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int ak_piece_read(const ak_piece *p, void *to, size_t bytes, int64_t at)
{
    unsigned char *out = to;
    if (at < 0 || at > p->bytes || (int64_t)bytes > p->bytes - at) return -1;
    if (p->memory) {
        if (bytes) memcpy(to, p->memory + at, bytes);
        return 0;
    }
    while (bytes > 0) {
        const ssize_t got = pread(p->fd, out, bytes, (off_t)(p->base + at));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got < 0 ? errno : -1;
        out += got;
        at += got;
        bytes -= (size_t)got;
    }
    return 0;
}

akin_status ak_piece_failed(akin_error *err, const char *path, int reason, int64_t at)
{
    return ak_fail(err, ak_status_of(reason, AKIN_ERR_INPUT), "cannot read '%s' at byte %lld: %s", path,
                   (long long)at, reason > 0 ? ak_strerror(reason) : "it became shorter while being read");
}
