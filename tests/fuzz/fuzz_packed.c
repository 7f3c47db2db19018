/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_packed.c - bytes that are gzip, zstd, xz, or none of them, read in pieces of the size that the
 * last byte gives. */
#include "files/byte_stream.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char piece[70000];
    fz_input in = { data, size };
    const size_t most = (size_t)fz_option(&in) * 257 + 1;
    akin_error err;
    ak_byte_stream *s = NULL;
    if (!fz_said(ak_byte_stream_open(fz_file("packed", in.at, in.n), &s, &err), &err)) return 0;
    int64_t all = 0;
    size_t got = 0;
    akin_status status;
    do {
        status = ak_byte_stream_some(s, piece, most, &got, &err);
        if (fz_said(status, &err)) all += (int64_t)got;
    } while (status == AKIN_OK && got == most && all < 1 << 22);
    FZ_CHECK(all <= ak_byte_stream_limit(s) && (status != AKIN_OK || all == ak_byte_stream_given(s)));
    if (!ak_byte_stream_is_packed(s)) FZ_CHECK(status == AKIN_OK && (all == (int64_t)in.n || all >= 1 << 22));
    ak_byte_stream_close(s);
    return 0;
}
