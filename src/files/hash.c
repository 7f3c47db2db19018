/* SPDX-License-Identifier: Apache-2.0 */
/* files/hash.c - the sum of a file. */
#include "files/hash.h"

#include "base/path.h"
#include "base/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { PIECE = 1 << 16 };

akin_status ak_hash_file(const char *path, int64_t *bytes, char sum[AK_HASH_DIGITS + 1], akin_error *err)
{
    unsigned char *piece = malloc(PIECE);
    XXH64_state_t *state = XXH64_createState();
    const int fd = ak_open(path, O_RDONLY, 0);
    akin_status status = !piece || !state ? ak_no_memory(err, "to read '%s'", path)
                         : fd < 0         ? ak_cannot_open(path, err)
                                          : AKIN_OK;
    *bytes = 0;
    if (state) XXH64_reset(state, 0);
    for (ssize_t got = 1; got != 0 && !status;) {
        got = read(fd, piece, PIECE);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            status = ak_fail(err, ak_status_of(errno, AKIN_ERR_INPUT), "cannot read '%s': %s", path,
                             ak_strerror(errno));
        if (got > 0) XXH64_update(state, piece, (size_t)got);
        if (got > 0) *bytes += got;
    }
    if (!status) snprintf(sum, AK_HASH_DIGITS + 1, "%016llx", (unsigned long long)XXH64_digest(state));
    if (fd >= 0) close(fd);
    XXH64_freeState(state);
    free(piece);
    return status;
}
