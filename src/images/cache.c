/* SPDX-License-Identifier: Apache-2.0 */
/* images/cache.c - images in memory and images on disk behind one function.
 *
 * Which images stay in memory. The first of each split, as many as fit, decoded once when the set is opened
 * and never exchanged for others. Training reads every image once an epoch, in an order drawn anew. A cache
 * that drops the least recently used image would drop nearly every image before it is read again; a part that
 * stays is found in memory every epoch. It also needs no lock.
 *
 * The others are read from disk each time. Their pixels are hashed when the set is opened, and compared with
 * that hash at every later reading, so a run stops when an image on disk has changed. Files are read, not
 * mapped into memory: a file that becomes shorter is an error to report, not a signal that ends the
 * program. */
#include "images/cache.h"

#include "base/path.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

akin_status ak_split_cache(akin_image_set *ds, ak_image_split *s, akin_error *err)
{
    const int64_t bytes = ak_image_bytes(s);
    s->cached = s->n;
    if (s->n > ds->cache / bytes) s->cached = ds->cache / bytes;
    ds->cache -= s->cached * bytes;
    if (s->cached) AK_TRY(ak_pixels_alloc(s->cached, s->height, s->width, s->channels, &s->pixels, err));
    if (s->cached == s->n) return AKIN_OK;
    s->hash = ak_alloc(sizeof *s->hash, s->n, 1);
    if (s->hash) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the index of %lld images", (long long)s->n);
}

akin_status ak_split_fetch(const ak_image_split *s, int64_t item, uint8_t *out, akin_error *err)
{
    const size_t bytes = (size_t)ak_image_bytes(s);
    if (item < s->cached) {
        memcpy(out, s->pixels + (size_t)item * bytes, bytes);
        return AKIN_OK;
    }
    char name[64], shown[AK_SHOWN];
    akin_error why = { .status = AKIN_OK };
    const akin_status status = s->reader.read(s, item, out, &why);
    if (status && s->items)
        return ak_fail(err, status, "'%s/%s': %s", s->path, ak_shown(s->items[item], shown), why.message);
    if (status) return ak_fail(err, status, "%s", why.message);
    if (XXH3_64bits(out, bytes) == s->hash[item]) return AKIN_OK;
    snprintf(name, sizeof name, "%s item %lld", s->name, (long long)item);
    return ak_fail(err, AKIN_ERR_INPUT,
                   "'%s': %s is another image than when the set was opened; a set must not change while it "
                   "is read",
                   s->path, s->items ? ak_shown(s->items[item], shown) : name);
}

akin_status ak_image_set_all_cached(const akin_image_set *ds, const char *what, akin_error *err)
{
    for (int k = 0; k < ds->splits; k++)
        if (ds->split[k].cached < ds->split[k].n)
            return ak_fail(
                err, AKIN_ERR_UNSUPPORTED,
                "%s: the images of '%s' are not all in memory; a larger cache (--cache), a smaller "
                "size (--size) or a part of the set (--keep) may help",
                what, ds->name);
    return AKIN_OK;
}

/* Many at once ------------------------------------------------------------------------------------------- */

typedef struct fetch_job {
    const akin_images *from;
    const int64_t *items;
    uint8_t *out;
    _Atomic int64_t failed; /* the first in order */
} fetch_job;

static akin_status fetch_one(const akin_images *from, int64_t item, uint8_t *out, akin_error *err)
{
    const size_t bytes = (size_t)(from->height * from->width * from->channels);
    if (!from->pixels) return ak_split_fetch(from->split, item, out, err);
    memcpy(out, from->pixels + (size_t)item * bytes, bytes);
    return AKIN_OK;
}

static void fetch_task(int64_t i, int worker, void *ctx)
{
    fetch_job *job = ctx;
    (void)worker;
    int64_t first = atomic_load(&job->failed);
    if (i > first) return;
    const int64_t bytes = job->from->height * job->from->width * job->from->channels;
    if (fetch_one(job->from, job->items[i], job->out + i * bytes, NULL) == AKIN_OK) return;
    while (i < first && !atomic_compare_exchange_weak(&job->failed, &first, i)) {}
}

akin_status akin_images_fetch(const akin_images *user, const int64_t *items, int64_t n, uint8_t *out,
                              akin_error *err)
{
    akin_images all = AKIN_IMAGES_INIT;
    const akin_images *images = &all;
    if (!user || !items || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "images_fetch: images, items and out must not be NULL");
    AK_TRY(ak_opts_import(&all, user, "images_fetch", err));
    if (!images->pixels && !images->split)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "images_fetch: the view has no images");
    for (int64_t i = 0; i < n; i++)
        if (items[i] < 0 || items[i] >= images->n)
            return ak_fail(err, AKIN_ERR_RANGE, "images_fetch: items[%lld] is %lld; there are %lld images",
                           (long long)i, (long long)items[i], (long long)images->n);
    if (n == 1) return fetch_one(images, items[0], out, err);
    fetch_job job = { .from = images, .items = items, .out = out };
    atomic_init(&job.failed, INT64_MAX);
    ak_parallel_tasks(n, fetch_task, &job);
    /* What failed may be read now, and is held against its sum; else this says why it cannot be. */
    const int64_t bytes = images->height * images->width * images->channels;
    for (int64_t i = atomic_load(&job.failed); i < n; i++)
        AK_TRY(fetch_one(images, items[i], out + i * bytes, err));
    return AKIN_OK;
}

akin_status akin_images_fetch_one(const void *images, int64_t item, uint8_t *out, akin_error *err)
{
    return akin_images_fetch(images, &item, 1, out, err);
}
