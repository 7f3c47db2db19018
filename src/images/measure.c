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

enum { BLOCK_BYTES = 16 << 20, MOST_BLOCK = 4096 };

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
    return item < s->cached ? s->pixels + item * bytes : p->buffer + (item - p->first) * bytes;
}

static void read_item(int64_t i, int worker, void *ctx)
{
    measuring *p = ctx;
    const ak_image_split *s = &p->ds->split[p->split];
    const int64_t item = p->first + i;
    uint8_t *at = place_of(p, item);
    const bool there = !s->reader.read || (s->filled && item < s->cached);
    p->failed[i] = !there && s->reader.read(s, item, at, NULL) != AKIN_OK;
    if (p->failed[i]) return;
    if (s->hash) s->hash[item] = XXH3_64bits(at, (size_t)ak_image_bytes(s));
    if (p->split == 0) count_levels(s, at, p->histogram[worker]);
}

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

/* *bad counts images that are to be left out. */
static akin_status measure_block(measuring *p, int64_t n, int64_t *bad, akin_error *err)
{
    const ak_image_split *s = &p->ds->split[p->split];
    const size_t bytes = (size_t)ak_image_bytes(s);
    ak_parallel_tasks(n, read_item, p);
    for (int64_t i = 0; i < n; i++) {
        if (p->failed[i]) read_item(i, 0, p); /* what lacked, such as memory, may be there now */
        if (!p->failed[i]) continue;
        AK_TRY(note_failure(p, p->first + i, err));
        ++*bad;
    }
    const int64_t kept = s->cached <= p->first ? 0 : s->cached - p->first < n ? s->cached - p->first : n;
    if (kept) XXH3_64bits_update(p->state, place_of(p, p->first), (size_t)kept * bytes);
    if (kept < n) XXH3_64bits_update(p->state, place_of(p, p->first + kept), (size_t)(n - kept) * bytes);
    p->done += n;
    if (!s->reader.read || !p->opts->on_progress || p->opts->on_progress(p->done, p->total, p->opts->ctx))
        return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INTERRUPTED, "stopped after %lld of %lld images", (long long)p->done,
                   (long long)p->total);
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
    int64_t block = BLOCK_BYTES / ak_image_bytes(s);
    if (block > MOST_BLOCK) block = MOST_BLOCK;
    if (block > s->n) block = s->n;
    if (block < akin_threads()) block = akin_threads() < MOST_BLOCK ? akin_threads() : MOST_BLOCK;
    p->buffer = s->cached < s->n ? ak_alloc(1, block, ak_image_bytes(s)) : NULL;
    akin_status status = AKIN_OK;
    if (s->cached < s->n && !p->buffer)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for a block of images");
    for (p->first = 0; p->first < s->n && !status; p->first += block)
        status = measure_block(p, s->n - p->first < block ? s->n - p->first : block, bad, err);
    free(p->buffer);
    return status;
}

static akin_status measure_all(measuring *p, int64_t *bad, akin_error *err)
{
    *bad = p->done = p->total = 0;
    memset(p->histogram, 0, (size_t)akin_threads() * sizeof *p->histogram);
    XXH3_64bits_reset(p->state);
    for (int k = 0; k < p->ds->splits; k++) p->total += p->ds->split[k].n;
    for (p->split = 0; p->split < p->ds->splits; p->split++) AK_TRY(measure_split(p, bad, err));
    return AKIN_OK;
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
        *p = (measuring){ .ds = ds, .opts = opts, .state = XXH3_createState() };
        p->histogram = ak_alloc(sizeof *p->histogram, akin_threads(), 1);
    }
    if (!p || !p->state || !p->histogram)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory to read the images");
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
