/* SPDX-License-Identifier: Apache-2.0 */
/* dist/comm.c - what communicators of all kinds share: sums in the order of ranks, and agreeing.
 *
 * Sums. MPI's own reductions may add in another order on another day. So the numbers are gathered as they are
 * and every rank adds them, rank 0 first: the same bits everywhere. For gradients that would move size times
 * as much as is needed; there every rank receives one slice of all the others, adds it, and the slices are
 * gathered. Both go in pieces that fit into scratch that is there from the beginning. */
#include "dist/kind.h"

#include "akin/tool/escape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

ak_comm *ak_comm_create(const ak_comm_kind *kind, int rank, int size)
{
    ak_comm *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->kind = kind;
    c->rank = rank;
    c->size = size;
    c->room_bytes = (size_t)size * 64 > AK_COMM_ROOM ? (size_t)size * 64 : AK_COMM_ROOM;
    if (size > 1) c->room = malloc(c->room_bytes);
    for (int i = 0; i < 2; i++) c->offset[i] = calloc((size_t)size + 1, sizeof *c->offset[i]);
    if ((size == 1 || c->room) && c->offset[0] && c->offset[1]) return c;
    ak_comm_free(c);
    return NULL;
}

void ak_comm_free(ak_comm *c)
{
    if (!c) return;
    free(c->room);
    free(c->offset[0]);
    free(c->offset[1]);
    free(c);
}

static const ak_comm_kind *kind_of(const ak_comm *c) { return c && c->size > 1 ? c->kind : &ak_comm_self; }

int ak_comm_rank(const ak_comm *c) { return c ? c->rank : 0; }
int ak_comm_size(const ak_comm *c) { return c ? c->size : 1; }

void ak_comm_close(ak_comm *c)
{
    if (!c) return;
    c->kind->close(c);
    ak_comm_free(c);
}

_Noreturn void ak_comm_abort(ak_comm *c, akin_status status, const char *why)
{
    char rank[32] = "";
    if (ak_comm_size(c) > 1) snprintf(rank, sizeof rank, "rank %d: ", c->rank);
    if (why) {
        fflush(stdout);
        akin_print(stderr, "akin: %s%s\n", rank, why);
    }
    (c ? c->kind : &ak_comm_self)->abort(c, akin_status_exit_code(status));
    _Exit(akin_status_exit_code(status)); /* not reached */
}

/* Sums and the like of numbers of eight bytes ------------------------------------------------------- */

enum { ITEM = 8 };

static void add_doubles(void *to, const void *from, int64_t n)
{
    double *x = to;
    const double *y = from;
    for (int64_t i = 0; i < n; i++) x[i] += y[i];
}

static void add_counts(void *to, const void *from, int64_t n)
{
    int64_t *x = to;
    const int64_t *y = from;
    for (int64_t i = 0; i < n; i++) x[i] = (int64_t)((uint64_t)x[i] + (uint64_t)y[i]);
}

static void keep_largest_count(void *to, const void *from, int64_t n)
{
    int64_t *x = to;
    const int64_t *y = from;
    for (int64_t i = 0; i < n; i++)
        if (y[i] > x[i]) x[i] = y[i];
}

static void keep_largest(void *to, const void *from, int64_t n)
{
    double *x = to;
    const double *y = from;
    for (int64_t i = 0; i < n; i++)
        if (y[i] > x[i] || isnan(y[i])) x[i] = y[i];
}

static akin_status fold(ak_comm *c, void *x, int64_t n, void (*add)(void *, const void *, int64_t),
                        akin_error *err)
{
    if (ak_comm_size(c) == 1) return AKIN_OK;
    const int64_t most = (int64_t)c->room_bytes / ITEM / c->size;
    for (int64_t at = 0; at < n; at += most) {
        const int64_t count = n - at < most ? n - at : most;
        unsigned char *piece = (unsigned char *)x + at * ITEM;
        for (int r = 0; r <= c->size; r++) c->offset[0][r] = r * count * ITEM;
        AK_TRY(c->kind->gather(c, piece, c->room, c->offset[0], err));
        memcpy(piece, c->room, (size_t)(count * ITEM));
        for (int r = 1; r < c->size; r++) add(piece, c->room + c->offset[0][r], count);
    }
    return AKIN_OK;
}

akin_status ak_comm_sum(ak_comm *c, double *x, int64_t n, akin_error *err)
{
    return fold(c, x, n, add_doubles, err);
}

akin_status ak_comm_most(ak_comm *c, double *x, int64_t n, akin_error *err)
{
    return fold(c, x, n, keep_largest, err);
}

akin_status ak_comm_sum_counts(ak_comm *c, int64_t *x, int64_t n, akin_error *err)
{
    return fold(c, x, n, add_counts, err);
}

akin_status ak_comm_most_counts(ak_comm *c, int64_t *x, int64_t n, akin_error *err)
{
    return fold(c, x, n, keep_largest_count, err);
}

/* One piece of at most most * size floats: rank r adds floats [r, r + 1) * n / size of it. */
static akin_status sum_piece(ak_comm *c, float *x, int64_t n, akin_error *err)
{
    const int64_t item = (int64_t)sizeof *x;
    float *got = (float *)(void *)c->room;
    for (int r = 0; r <= c->size; r++) c->offset[0][r] = n * r / c->size * item;
    const int64_t mine = (c->offset[0][c->rank + 1] - c->offset[0][c->rank]) / item;
    for (int r = 0; r <= c->size; r++) c->offset[1][r] = r * mine * item;
    AK_TRY(c->kind->exchange(c, x, c->offset[0], got, c->offset[1], err));
    for (int r = 1; r < c->size; r++)
        for (int64_t i = 0; i < mine; i++) got[i] += got[r * mine + i];
    return c->kind->gather(c, got, x, c->offset[0], err);
}

akin_status ak_comm_sum_floats(ak_comm *c, float *x, int64_t n, akin_error *err)
{
    if (ak_comm_size(c) == 1) return AKIN_OK;
    const int64_t slice = (int64_t)(c->room_bytes / sizeof *x) / c->size - 1, most = slice * c->size;
    for (int64_t at = 0; at < n; at += most) AK_TRY(sum_piece(c, x + at, n - at < most ? n - at : most, err));
    return AKIN_OK;
}

/* As sum_piece(), of at most most * size floats; what goes out is packed by the rank that it goes to. */
static akin_status join_piece(ak_comm *c, float *const *mine, const int *parts, int64_t at, int64_t n,
                              ak_comm_join_fn *join, void *ctx, float *out, akin_error *err)
{
    const int64_t item = (int64_t)sizeof **mine;
    int64_t *to = c->offset[0], *from = c->offset[1];
    float *packed = (float *)(void *)c->room, *got = packed + c->room_bytes / 2 / sizeof *got;
    const int64_t first = n * c->rank / c->size, count = n * (c->rank + 1) / c->size - first;
    float *end = packed;
    to[0] = from[0] = 0;
    for (int r = 0; r < c->size; r++) {
        const int64_t begin = n * r / c->size, size = n * (r + 1) / c->size - begin;
        for (int i = 0; i < parts[c->rank]; i++, end += size)
            if (size) memcpy(end, mine[i] + at + begin, (size_t)(size * item));
        to[r + 1] = (end - packed) * item;
        from[r + 1] = from[r] + parts[r] * count * item;
    }
    AK_TRY(c->kind->exchange(c, packed, to, got, from, err));
    join(got, count, ctx);
    for (int r = 0; r <= c->size; r++) to[r] = n * r / c->size * item;
    return c->kind->gather(c, got, out + at, to, err);
}

akin_status ak_comm_join_floats(ak_comm *c, float *const *mine, const int *parts, int64_t n,
                                ak_comm_join_fn *join, void *ctx, float *out, akin_error *err)
{
    const int size = ak_comm_size(c);
    int64_t total = 0, largest = 1;
    for (int r = 0; r < size; r++) {
        total += parts[r];
        if (parts[r] > largest) largest = parts[r];
    }
    if (size == 1) return ak_fail(err, AKIN_ERR_INTERNAL, "one rank has nobody to join sums with");
    const int64_t half = (int64_t)(c->room_bytes / 2 / sizeof **mine);
    const int64_t slice = half / (largest * size > total ? largest * size : total) - 1, most = slice * size;
    if (slice < 1) return ak_fail(err, AKIN_ERR_INTERNAL, "sums of too many parts: %lld", (long long)total);
    for (int64_t at = 0; at < n; at += most)
        AK_TRY(join_piece(c, mine, parts, at, n - at < most ? n - at : most, join, ctx, out, err));
    return AKIN_OK;
}

/* In turn: slices, so that a rank adds to one while the next one is on its way. */
akin_status ak_comm_sum_in_turn(ak_comm *c, double *x, int64_t n, ak_comm_add_fn *add, void *ctx,
                                akin_error *err)
{
    enum { SLICE = 1 << 15 };
    const int rank = ak_comm_rank(c), size = ak_comm_size(c);
    ak_transfer sent = { .out_bytes = 0 };
    for (int64_t at = 0; at < n; at += SLICE) {
        const int64_t count = n - at < SLICE ? n - at : SLICE;
        const size_t bytes = (size_t)(count * ITEM);
        ak_transfer came = { .in = x + at, .in_bytes = bytes, .from = rank - 1 };
        if (rank == 0) memset(x + at, 0, bytes);
        if (rank > 0) AK_TRY(ak_comm_begin(c, &came, err));
        if (rank > 0) AK_TRY(ak_comm_end(c, &came, err));
        add(x, at, at + count, ctx);
        if (rank + 1 == size) continue;
        if (sent.out_bytes) AK_TRY(ak_comm_end(c, &sent, err));
        sent = (ak_transfer){ .out = x + at, .out_bytes = bytes, .to = rank + 1 };
        AK_TRY(ak_comm_begin(c, &sent, err));
    }
    if (sent.out_bytes) AK_TRY(ak_comm_end(c, &sent, err));
    return ak_comm_share(c, x, (size_t)(n * ITEM), size - 1, err);
}

/* The others ---------------------------------------------------------------------------------------- */

akin_status ak_comm_gather(ak_comm *c, const void *mine, void *all, const int64_t *offset, akin_error *err)
{
    return kind_of(c)->gather(c, mine, all, offset, err);
}

akin_status ak_comm_share(ak_comm *c, void *x, size_t bytes, int root, akin_error *err)
{
    return bytes ? kind_of(c)->share(c, x, bytes, root, err) : AKIN_OK;
}

akin_status ak_comm_agree(ak_comm *c, akin_status mine, akin_error *err)
{
    if (ak_comm_size(c) == 1) return mine;
    akin_error own = { AKIN_OK, "" };
    if (!err) err = &own;
    const int32_t code = (int32_t)mine;
    int32_t *all = (int32_t *)(void *)c->room;
    for (int r = 0; r <= c->size; r++) c->offset[0][r] = r * (int64_t)sizeof code;
    AK_TRY(c->kind->gather(c, &code, all, c->offset[0], err));
    int first = 0;
    while (first < c->size && all[first] == AKIN_OK) first++;
    if (first == c->size) return AKIN_OK;
    const akin_status status = (akin_status)all[first];
    char text[sizeof err->message];
    memcpy(text, err->message, sizeof text);
    AK_TRY(c->kind->share(c, text, sizeof text, first, err));
    text[sizeof text - 1] = 0;
    c->agreed = status;
    if (first != c->rank) ak_fail(err, status, "rank %d: %s", first, text);
    return status;
}

akin_status ak_comm_begin(ak_comm *c, ak_transfer *t, akin_error *err)
{
    t->waited_s = t->took_s = 0;
    t->state = NULL;
    return kind_of(c)->begin(c, t, err);
}

akin_status ak_comm_end(ak_comm *c, ak_transfer *t, akin_error *err)
{
    AK_TRY(kind_of(c)->end(c, t, err));
    if (ak_comm_size(c) == 1) return AKIN_OK;
    c->moved_bytes += (double)t->in_bytes;
    c->moved_s += t->took_s;
    c->waited_s += t->waited_s;
    return AKIN_OK;
}
