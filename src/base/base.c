/* SPDX-License-Identifier: Apache-2.0 */
/* base/base.c - sentences of errors, structs that know their size, views, arena. */
#include "base/base.h"

#include "base/escape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *akin_version(void) { return AKIN_VERSION; }

akin_status ak_fail(akin_error *err, akin_status status, const char *format, ...)
{
    if (status == AKIN_ERR_NOMEM) akin_memory_lack();
    if (err) {
        va_list args;
        va_start(args, format);
        err->status = status;
        akin_vformat(err->message, sizeof err->message, format, args);
        va_end(args);
    }
    return status;
}

akin_status ak_fail_as(akin_error *err, akin_status status)
{
    if (err) err->status = status;
    return status;
}

akin_status ak_no_memory(akin_error *err, const char *format, ...)
{
    char what[sizeof err->message];
    va_list args;
    va_start(args, format);
    akin_vformat(what, sizeof what, format, args);
    va_end(args);
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory %s", what);
}

akin_status ak_opts_import(void *opts, const void *user, const char *who, akin_error *err)
{
    if (!user) return AKIN_OK;
    uint32_t ours, theirs;
    memcpy(&ours, opts, sizeof ours);
    memcpy(&theirs, user, sizeof theirs);
    if (theirs < sizeof theirs)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: opts.struct_size is %u: not initialised", who, theirs);
    for (uint32_t i = ours; i < theirs; i++)
        if (((const unsigned char *)user)[i] != 0)
            return ak_fail(err, AKIN_ERR_ARGUMENT,
                           "%s: opts has %u bytes, this library knows %u, and byte %u is set", who, theirs,
                           ours, i);
    memcpy(opts, user, theirs < ours ? theirs : ours);
    memcpy(opts, &ours, sizeof ours);
    return AKIN_OK;
}

akin_status ak_result_export(void *out, const void *result, const char *who, akin_error *err)
{
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: no place for the result", who);
    uint32_t ours, theirs;
    memcpy(&ours, result, sizeof ours);
    memcpy(&theirs, out, sizeof theirs);
    if (theirs < sizeof theirs)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: the result's struct_size is %u: not initialised", who,
                       theirs);
    memset(out, 0, theirs);
    memcpy(out, result, theirs < ours ? theirs : ours);
    memcpy(out, &theirs, sizeof theirs);
    return AKIN_OK;
}

akin_status ak_check_view(akin_cmat a, const char *who, akin_error *err)
{
    if (a.data && a.rows >= 1 && a.cols >= 1 && a.stride >= a.cols) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_SHAPE,
                   "%s is [%lld,%lld] with stride %lld%s; counts must be >= 1 and stride >= columns", who,
                   (long long)a.rows, (long long)a.cols, (long long)a.stride, a.data ? "" : " and no data");
}

/* x - x is 0 for every finite x and NaN otherwise; eight lanes, so that the compiler can use vectors. */
bool ak_all_finite(const float *x, int64_t n)
{
    float lane[8] = { 0 };
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < 8; l++) lane[l] += x[i + l] - x[i + l];
    for (; i < n; i++) lane[0] += x[i] - x[i];
    for (int l = 1; l < 8; l++) lane[0] += lane[l];
    return lane[0] == 0;
}

enum { ALIGN = 64 };

void akin_arena_init(akin_arena *arena, void *memory, size_t bytes)
{
    const size_t skew = (size_t)(-(uintptr_t)memory & (ALIGN - 1));
    const bool fits = memory && bytes > skew;
    arena->base = fits ? (unsigned char *)memory + skew : NULL;
    arena->size = fits ? bytes - skew : 0;
    arena->used = 0;
}

size_t ak_arena_padded(size_t item, int64_t n, int64_t m)
{
    if (n < 0 || m < 0) return 0;
    const uint64_t un = (uint64_t)n, um = (uint64_t)m;
    if (um && un > (SIZE_MAX - ALIGN) / item / um) return 0;
    const size_t bytes = (size_t)(un * um) * item;
    return (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

void *ak_arena_take(akin_arena *arena, size_t item, int64_t n, int64_t m)
{
    const size_t bytes = ak_arena_padded(item, n, m);
    if (bytes == 0 || bytes > arena->size - arena->used) return NULL;
    void *block = arena->base + arena->used;
    arena->used += bytes;
    return block;
}

void *ak_alloc(size_t item, int64_t n, int64_t m)
{
    const size_t bytes = ak_arena_padded(item, n, m);
    if (bytes == 0) return NULL;
    void *block = aligned_alloc(ALIGN, bytes);
    if (block)
        memset(block, 0, bytes);
    else
        akin_memory_lack();
    return block;
}
