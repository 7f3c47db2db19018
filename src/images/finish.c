/* SPDX-License-Identifier: Apache-2.0 */
/* images/finish.c - from what a reader left to a finished set: one shape, no alpha, class names, statistics and
 * fingerprint (pass.c). */
#include "images/dataset.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

akin_status ak_pixels_alloc(int64_t n, int64_t height, int64_t width, int64_t channels, uint8_t **out,
                            akin_error *err)
{
    const double want = (double)n * (double)height * (double)width * (double)channels;
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    const double have = pages > 0 && page > 0 ? (double)pages * (double)page : 0x1p62;
    *out = NULL;
    if (want < have && want < 0x1p62) {
        const size_t bytes = ((size_t)(n * height * width * channels) + 63) & ~(size_t)63;
        *out = aligned_alloc(64, bytes ? bytes : 64);
    }
    if (*out) return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_NOMEM,
        "%lld images of %lldx%lldx%lld need %.1f GiB; this machine has %.1f; a smaller size needs less",
        (long long)n, (long long)height, (long long)width, (long long)channels, want * 0x1p-30,
        have * 0x1p-30);
}

/* One shape --------------------------------------------------------------------------------------------------- */

/* In place: alpha goes, the bytes move together. */
static void drop_alpha(ak_image_split *s)
{
    if (s->channels != 4) return;
    const int64_t pixels = s->n * s->height * s->width;
    for (int64_t p = 0; p < pixels; p++)
        for (int c = 0; c < 3; c++) s->pixels[3 * p + c] = s->pixels[4 * p + c];
    s->channels = 3;
}

typedef struct resize_job {
    const ak_image_split *from;
    uint8_t *to;
    int64_t size;
    atomic_bool failed;
} resize_job;

static void resize_one(int64_t i, int worker, void *ctx)
{
    resize_job *job = ctx;
    const ak_image_split *s = job->from;
    (void)worker;
    if (!ak_resize_crop(s->pixels + i * s->height * s->width * s->channels, s->height, s->width, s->channels,
                        job->to + i * job->size * job->size * s->channels, job->size))
        atomic_store(&job->failed, true);
}

static akin_status resize_split(ak_image_split *s, int64_t size, akin_error *err)
{
    if (size == 0 || (s->height == size && s->width == size)) return AKIN_OK;
    resize_job job = { .from = s, .size = size };
    AK_TRY(ak_pixels_alloc(s->n, size, size, s->channels, &job.to, err));
    ak_parallel_tasks(s->n, resize_one, &job);
    if (atomic_load(&job.failed)) {
        free(job.to);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to scale the images");
    }
    free(s->pixels);
    s->pixels = job.to;
    s->height = s->width = size;
    return AKIN_OK;
}

static akin_status one_shape(akin_image_set *ds, int64_t size, akin_error *err)
{
    for (int k = 0; k < ds->splits; k++) {
        if (ds->split[k].reader.read) continue; /* it gives them so */
        drop_alpha(&ds->split[k]);
        AK_TRY(resize_split(&ds->split[k], size, err));
    }
    const ak_image_split *a = &ds->split[0];
    for (int k = 1; k < ds->splits; k++) {
        const ak_image_split *b = &ds->split[k];
        if (a->height == b->height && a->width == b->width && a->channels == b->channels) continue;
        return ak_fail(err, AKIN_ERR_INPUT,
                       "%s images are %lldx%lld with %lld channel%s, %s images %lldx%lld with %lld%s",
                       a->name, (long long)a->height, (long long)a->width, (long long)a->channels,
                       a->channels == 1 ? "" : "s", b->name, (long long)b->height, (long long)b->width,
                       (long long)b->channels, a->channels == b->channels ? "; give a size (--size N)" : "");
    }
    return AKIN_OK;
}

/* Classes ------------------------------------------------------------------------------------------------------ */

static void free_names(akin_image_set *ds)
{
    for (int64_t k = 0; ds->class_names && k < ds->classes; k++) free(ds->class_names[k]);
    free(ds->class_names);
    ds->class_names = NULL;
}

akin_status ak_image_set_set_names(akin_image_set *ds, const char *const *names, int64_t n, akin_error *err)
{
    free_names(ds);
    ds->classes = n;
    ds->class_names = ak_alloc(sizeof *ds->class_names, n, 1);
    for (int64_t k = 0; k < n && ds->class_names; k++) {
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)k);
        ds->class_names[k] = strdup(names ? names[k] : number);
        if (!ds->class_names[k]) free_names(ds);
    }
    return ds->class_names ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the names of classes");
}

/* Zalando's Fashion-MNIST, told by the name of its folder. */
static const char *const FASHION[10] = { "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                         "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot" };

static bool is_fashion(const akin_image_set *ds)
{
    const char *name = ds->name;
    bool named = false;
    for (; *name && !named; name++) named = (name[0] | 32) == 'f' && strncmp(name + 1, "ashion", 6) == 0;
    return named && ds->classes == 10 && strcmp(ds->format, "idx") == 0 && ds->split[0].height == 28;
}

static akin_status name_classes(akin_image_set *ds, akin_error *err)
{
    int64_t most = -1;
    for (int k = 0; k < ds->splits; k++)
        for (int64_t i = 0; ds->split[k].labels && i < ds->split[k].n; i++)
            if (ds->split[k].labels[i] > most) most = ds->split[k].labels[i];
    if (most < 0) { /* no labels anywhere */
        free_names(ds);
        ds->classes = 0;
        return AKIN_OK;
    }
    if (ds->class_names) return AKIN_OK;
    if (ds->classes < most + 1) ds->classes = most + 1;
    return ak_image_set_set_names(ds, is_fashion(ds) ? FASHION : NULL, ds->classes, err);
}

akin_status ak_image_set_measure(akin_image_set *ds, akin_error *err)
{
    const akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    return ak_image_set_pass(ds, &opts, err);
}

akin_status ak_image_set_finish(akin_image_set *ds, const akin_image_set_opts *opts, akin_error *err)
{
    for (int k = 0; k < ds->splits; k++) {
        ak_image_split *s = &ds->split[k];
        s->path = ds->path;
        if (!s->reader.read) s->kept = s->n;
    }
    AK_TRY(one_shape(ds, opts->size, err));
    AK_TRY(name_classes(ds, err));
    return ak_image_set_pass(ds, opts, err);
}
