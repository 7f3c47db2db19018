/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_npy_header.c - the header of .npy, for a file that is said to be as long as it may be: so that
 * shapes are judged whose items are not there. */
#define _GNU_SOURCE
#include "files/npy_header.h"
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    if (fd < 0) fd = memfd_create("header", MFD_CLOEXEC);
    FZ_CHECK(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
    static const int64_t LONG[] = { 0, 1 << 20, INT64_MAX };
    for (int i = 0; i < 3; i++) {
        ak_npy_header h = { 0 };
        akin_error err;
        const int64_t bytes = LONG[i] ? LONG[i] : (int64_t)size;
        const ak_piece file = { .fd = fd, .bytes = bytes };
        if (!fz_said(ak_npy_read_header(&file, "header.npy", &h, &err), &err)) continue;
        FZ_CHECK(h.ndim >= 0 && h.ndim <= AKIN_MAX_DIMS && h.count >= 0 && h.offset > 0 && h.offset <= bytes);
        FZ_CHECK(h.count <= (bytes - h.offset) / h.item_bytes);
        int64_t count = 1;
        for (int d = 0; d < h.ndim; d++) FZ_CHECK(!__builtin_mul_overflow(count, h.shape[d], &count));
        FZ_CHECK(count == h.count);
    }
    return 0;
}
