/* SPDX-License-Identifier: Apache-2.0 */
/* images/measure.c - the one pass over all pixels of a set: it fills the cache and computes hashes,
 * statistics and fingerprint.
 *
 * Images are handled in blocks of some MiB. The images of a block are read, hashed and counted in parallel.
 * Then the block is added to the fingerprint, split by split and in order; so the fingerprint depends neither
 * on threads nor on which images stay in memory.
 *
 * Statistics. A histogram for each channel counts how often each of the 256 levels occurs. Counts are whole
 * numbers, so their order of addition does not matter. Mean and variance are two sums over the histogram, in
 * double.
 *
 * Ranks. Those of a job may share the decoding of pictures (base/sharing.h): each decodes its part of a
 * block, and receives the pixels of the others, so that all have what one process has. Where that took
 * longer for the first block than decoding it all alone, each goes on alone; all of them, or none. Of the
 * part of rank 0 the others decode one in sixteen too, and compare: so they have the same pictures.
 *
 * Bad images. Where bad images stop the reading, the first one in item order is reported. Where they are to
 * be left out, they are listed, and the rest is read once more: the fingerprint begins with the number of
 * images, which has changed.
 */
#include "images/measure.h"

#include "base/path.h"
#include "files/hash.h"
#include "images/decode.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK_BYTES = 16 << 20, MOST_BLOCK = 4096, CHECK_EVERY = 16 };

typedef struct measuring {
    akin_image_set *ds;
    const akin_image_set_opts *opts;
    XXH3_state_t *state;
    int64_t (*histogram)[3][256]; /* per worker */
    uint8_t *buffer;              /* images of a block that are not kept */
    int split;
    int64_t first; /* image of the block */
    bool failed[MOST_BLOCK];
    int64_t done, total;
    const ak_sharing *sharing; /* or NULL; then the buffer has all images of the block */
    bool tried;                /* whether sharing pays was found out */
    int64_t block;             /* how many it has */
    int64_t own;               /* of the block the first that is of this rank */
    uint8_t *checked;          /* images of rank 0's part that this rank has decoded too */
    bool check_failed[MOST_BLOCK / CHECK_EVERY + 1];
} measuring;

static void count_levels(const ak_image_split *s, const uint8_t *p, int64_t (*h)[256])
{
    const uint8_t *stop = p + ak_image_bytes(s);
    if (s->channels == 1)
        while (p < stop) h[0][*p++]++;
    else
        for (; p < stop; p += 3) {
            h[0][p[0]]++;
            h[1][p[1]]++;
            h[2][p[2]]++;
        }
}

static uint8_t *place_of(const measuring *p, int64_t item)
{
    const ak_image_split *s = &p->ds->split[p->split];
    const int64_t bytes = ak_image_bytes(s);
    return item < s->cached && !p->sharing ? s->pixels + item * bytes : p->buffer + (item - p->first) * bytes;
}

static void decode_item(measuring *p, int64_t i)
{
    const ak_image_split *s = &p->ds->split[p->split];
    const int64_t item = p->first + i;
    const bool there = !s->reader.read || (s->filled && item < s->cached);
    p->failed[i] = !there && s->reader.read(s, item, place_of(p, item), NULL) != AKIN_OK;
}

static void take_item(int64_t i, int worker, void *ctx)
{
    measuring *p = ctx;
    const ak_image_split *s = &p->ds->split[p->split];
    const int64_t item = p->first + i;
    const size_t bytes = (size_t)ak_image_bytes(s);
    const uint8_t *at = place_of(p, item);
    if (p->failed[i]) return;
    if (p->sharing && item < s->cached) memcpy(s->pixels + (size_t)item * bytes, at, bytes);
    if (s->hash) s->hash[item] = XXH3_64bits(at, bytes);
    if (p->split == 0) count_levels(s, at, p->histogram[worker]);
}

static void read_item(int64_t i, int worker, void *ctx)
{
    decode_item(ctx, i);
    take_item(i, worker, ctx);
}

static void decode_own(int64_t i, int worker, void *ctx)
{
    measuring *p = ctx;
    (void)worker;
    decode_item(p, p->own + i);
}

/* Sharing ------------------------------------------------------------------------------------------------ */

/* How long this rank took for its part, and for the exchange. */
typedef struct times {
    double decode_s, exchange_s;
} times;

/* The rank that comes last to an exchange waits for nobody there: its time is that of the exchange alone. */
static akin_status decide(measuring *p, times mine, akin_error *err)
{
    const ak_sharing *s = p->sharing;
    times *all = ak_alloc(sizeof *all, s->size, 1);
    akin_status status = s->agree(s->ctx, all ? AKIN_OK : ak_no_memory(err, "for what ranks exchange"), err);
    if (!status) all[s->rank] = mine;
    if (!status) status = s->gather(s->ctx, all, s->size, sizeof *all, err);
    double decode = 0, exchange = INFINITY;
    for (int r = 0; r < s->size && !status; r++) {
        decode = fmax(decode, all[r].decode_s);
        exchange = fmin(exchange, all[r].exchange_s);
    }
    free(all);
    p->tried = true;
    if (!status && exchange > decode * (s->size - 1)) p->sharing = NULL;
    return status;
}

static int64_t part_of_first(const measuring *p, int64_t n)
{
    return p->sharing->first(p->sharing->ctx, n, 1);
}

/* How many of the block this rank decodes beside rank 0, and which. */
static int64_t check_count(const measuring *p, int64_t n)
{
    return p->sharing->rank ? (part_of_first(p, n) + CHECK_EVERY - 1) / CHECK_EVERY : 0;
}

static int64_t check_item(const measuring *p, int64_t n, int64_t k)
{
    const int64_t i = k * CHECK_EVERY + p->sharing->rank % CHECK_EVERY, part = part_of_first(p, n);
    return i < part ? i : part - 1;
}

static void decode_check(int64_t k, int worker, void *ctx)
{
    measuring *p = ctx;
    const ak_image_split *s = &p->ds->split[p->split];
    (void)worker;
    const int64_t item = p->first + check_item(p, p->block, k);
    p->check_failed[k] = s->reader.read(s, item, p->checked + k * ak_image_bytes(s), NULL) != AKIN_OK;
}

static akin_status check_first(const measuring *p, int64_t n, akin_error *err)
{
    const int64_t bytes = ak_image_bytes(&p->ds->split[p->split]);
    bool same = true;
    for (int64_t k = 0; k < check_count(p, n); k++) {
        const int64_t i = check_item(p, n, k);
        same = same && p->failed[i] == p->check_failed[k] &&
               (p->failed[i] || memcmp(p->checked + k * bytes, p->buffer + i * bytes, (size_t)bytes) == 0);
    }
    return same ? AKIN_OK
                : ak_fail(err, AKIN_ERR_DISTRIBUTED,
                          "the data of this rank are not those of rank 0; ranks need the same data, akin and "
                          "AKIN_ISA");
}

static akin_status read_shared(measuring *p, int64_t n, akin_error *err)
{
    const ak_sharing *s = p->sharing;
    ak_image_split *split = &p->ds->split[p->split];
    p->own = s->first(s->ctx, n, s->rank);
    p->block = n;
    const double begun = ak_now_s();
    ak_parallel_tasks(s->first(s->ctx, n, s->rank + 1) - p->own, decode_own, p);
    ak_parallel_tasks(check_count(p, n), decode_check, p);
    const double decoded = ak_now_s();
    AK_TRY(s->gather(s->ctx, p->buffer, n, ak_image_bytes(split), err));
    const double exchanged = ak_now_s();
    AK_TRY(s->gather(s->ctx, p->failed, n, sizeof *p->failed, err));
    if (split->facts) AK_TRY(s->gather(s->ctx, split->facts + p->first, n, sizeof *split->facts, err));
    AK_TRY(s->agree(s->ctx, check_first(p, n, err), err));
    ak_parallel_tasks(n, take_item, p);
    return p->tried ? AKIN_OK : decide(p, (times){ decoded - begun, exchanged - decoded }, err);
}

/* Failures ----------------------------------------------------------------------------------------------- */

/* Report why image `item` failed; or, where bad images are left out, list it and return AKIN_OK. */
static akin_status note_failure(measuring *p, int64_t item, akin_error *err)
{
    const ak_image_split *s = &p->ds->split[p->split];
    akin_error why = { .status = AKIN_OK };
    if (s->reader.read(s, item, place_of(p, item), &why) == AKIN_OK)
        why.status = ak_fail(&why, AKIN_ERR_INPUT, "%s", "it could not be read, and then could");
    if (!s->items) return ak_fail(err, why.status, "%s", why.message);
    char shown[AK_SHOWN];
    const bool innocent = ak_file_is_innocent(why.status);
    if (innocent || p->opts->on_bad == AKIN_BAD_STOP)
        return ak_fail(err, why.status, "'%s/%s': %s%s", s->path, ak_shown(s->items[item], shown),
                       why.message, innocent ? "" : "; --on-bad skip leaves such files out");
    AK_TRY(ak_image_set_add_bad(p->ds, p->split, s->items[item], why.message, err));
    ((ak_image_split *)(uintptr_t)s)->items[item] = NULL; /* drop_failed() moves the others together */
    return AKIN_OK;
}

/* Of the images that are there now, those of a block that failed; *bad counts what is to be left out. */
static akin_status note_failures(measuring *p, int64_t n, int64_t *bad, akin_error *err)
{
    for (int64_t i = 0; i < n; i++) {
        if (p->failed[i]) read_item(i, 0, p); /* what lacked, such as memory, may be there now */
        if (!p->failed[i]) continue;
        AK_TRY(note_failure(p, p->first + i, err));
        ++*bad;
    }
    p->done += n;
    const ak_image_split *s = &p->ds->split[p->split];
    if (!s->reader.read || !p->opts->on_progress || p->opts->on_progress(p->done, p->total, p->opts->ctx))
        return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INTERRUPTED, "stopped after %lld of %lld images", (long long)p->done,
                   (long long)p->total);
}

static void hash_block(measuring *p, int64_t n)
{
    const ak_image_split *s = &p->ds->split[p->split];
    const size_t bytes = (size_t)ak_image_bytes(s);
    const int64_t kept = s->cached <= p->first ? 0 : s->cached - p->first < n ? s->cached - p->first : n;
    if (kept) XXH3_64bits_update(p->state, place_of(p, p->first), (size_t)kept * bytes);
    if (kept < n) XXH3_64bits_update(p->state, place_of(p, p->first + kept), (size_t)(n - kept) * bytes);
}

static akin_status measure_block(measuring *p, int64_t n, int64_t *bad, akin_error *err)
{
    const ak_sharing *s = p->sharing;
    akin_status status = AKIN_OK;
    if (s)
        AK_TRY(read_shared(p, n, err));
    else
        ak_parallel_tasks(n, read_item, p);
    const ak_sharing *later = p->sharing;
    p->sharing = s; /* this block is in the buffer */
    status = note_failures(p, n, bad, err);
    if (!status) hash_block(p, n);
    p->sharing = later;
    return s ? s->agree(s->ctx, status, err) : status;
}

/* Images of a block: the same on all ranks, whatever their threads and memory. */
static int64_t block_of(const measuring *p, const ak_image_split *s)
{
    const int64_t least = p->sharing ? 2 * p->sharing->size : akin_threads();
    int64_t block = BLOCK_BYTES / ak_image_bytes(s);
    if (block > s->n) block = s->n;
    if (block < least) block = least;
    return block > MOST_BLOCK ? MOST_BLOCK : block;
}

static akin_status measure_split(measuring *p, int64_t *bad, akin_error *err)
{
    const ak_image_split *s = &p->ds->split[p->split];
    XXH3_64bits_update(p->state, s->name, strlen(s->name));
    ak_hash_number(p->state, s->n);
    ak_hash_number(p->state, s->height);
    ak_hash_number(p->state, s->width);
    ak_hash_number(p->state, s->channels);
    ak_hash_number(p->state, s->labels != NULL);
    const int64_t block = block_of(p, s);
    const bool buffered = s->cached < s->n || p->sharing;
    p->buffer = buffered ? ak_alloc(1, block, ak_image_bytes(s)) : NULL;
    akin_status status = AKIN_OK;
    if (p->sharing) p->checked = ak_alloc(1, block / CHECK_EVERY + 1, ak_image_bytes(s));
    if ((buffered && !p->buffer) || (p->sharing && !p->checked))
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for a block of images");
    if (p->sharing) status = p->sharing->agree(p->sharing->ctx, status, err);
    for (p->first = 0; p->first < s->n && !status; p->first += block)
        status = measure_block(p, s->n - p->first < block ? s->n - p->first : block, bad, err);
    free(p->buffer);
    free(p->checked);
    p->checked = NULL;
    return status;
}

static akin_status measure_all(measuring *p, int64_t *bad, akin_error *err)
{
    *bad = p->done = p->total = 0;
    memset(p->histogram, 0, (size_t)akin_threads() * sizeof *p->histogram);
    XXH3_64bits_reset(p->state);
    for (int k = 0; k < p->ds->splits; k++) p->total += p->ds->split[k].n;
    for (p->split = 0; p->split < p->ds->splits; p->split++) AK_TRY(measure_split(p, bad, err));
    if (!p->sharing) return AKIN_OK;
    bool same;
    AK_TRY(ak_sharing_same(p->sharing, (uint64_t)*bad, &same, err));
    return same ? AKIN_OK
                : ak_fail(err, AKIN_ERR_DISTRIBUTED,
                          "the ranks do not find the same pictures bad; they need the same data");
}

static void drop_failed(ak_image_split *s)
{
    int64_t n = 0;
    for (int64_t i = 0; s->items && i < s->n; i++) {
        if (!s->items[i]) continue;
        s->items[n] = s->items[i];
        if (s->labels) s->labels[n] = s->labels[i];
        if (s->place) s->place[n] = s->place[i];
        if (s->facts) s->facts[n] = s->facts[i];
        n++;
    }
    if (s->items) s->n = n;
    if (s->cached > s->n) s->cached = s->n;
}

static void set_statistics(const measuring *p)
{
    akin_image_set *ds = p->ds;
    const ak_image_split *s = &ds->split[0];
    const double pixels = (double)(s->n * s->height * s->width);
    const int workers = akin_threads();
    int64_t count[256] = { 0 };
    for (int c = 0; c < s->channels; c++) {
        double mean = 0, variance = 0;
        int64_t *h = p->histogram[0][c];
        for (int w = 1; w < workers; w++)
            for (int v = 0; v < 256; v++) h[v] += p->histogram[w][c][v];
        for (int v = 0; v < 256; v++) {
            mean += (double)h[v] * v;
            count[v] += h[v];
        }
        mean /= 255 * pixels;
        for (int v = 0; v < 256; v++) variance += (double)h[v] * (v / 255.0 - mean) * (v / 255.0 - mean);
        ds->mean[c] = mean;
        ds->std[c] = sqrt(variance / pixels);
    }
    int64_t above = 0;
    ds->brightest = ds->usual = 255;
    while (ds->brightest > 0 && !count[ds->brightest]) ds->brightest--;
    while (ds->usual > 0 && 1000 * (above += count[ds->usual]) <= s->n * ak_image_bytes(s)) ds->usual--;
}

akin_status ak_image_set_measure(akin_image_set *ds, const akin_image_set_opts *user, akin_error *err)
{
    const akin_image_set_opts defaults = AKIN_IMAGE_SET_OPTS_INIT, *opts = user ? user : &defaults;
    measuring *p = calloc(1, sizeof *p);
    akin_status status = AKIN_OK;
    if (p) {
        *p = (measuring){ .ds = ds, .opts = opts, .sharing = ds->sharing, .state = XXH3_createState() };
        p->histogram = ak_alloc(sizeof *p->histogram, akin_threads(), 1);
    }
    if (!p || !p->state || !p->histogram)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory to read the images");
    if (ds->sharing) status = ds->sharing->agree(ds->sharing->ctx, status, err);
    for (int64_t bad = 1; bad > 0 && !status;) {
        status = measure_all(p, &bad, err);
        if (status || bad == 0) break;
        for (int k = 0; k < ds->splits; k++) drop_failed(&ds->split[k]);
        ak_image_set_sort_bad(ds);
        status = ak_image_set_check_bad(ds, opts, err);
    }
    if (!status) {
        set_statistics(p);
        for (int k = 0; k < ds->splits; k++) ds->split[k].filled = true;
        snprintf(ds->fingerprint, sizeof ds->fingerprint, "%016llx",
                 (unsigned long long)XXH3_64bits_digest(p->state));
    }
    if (p) {
        XXH3_freeState(p->state);
        free(p->histogram);
    }
    free(p);
    return status;
}
