/* SPDX-License-Identifier: Apache-2.0 */
/* images/unify.c - what a reader left becomes one set: splits of one shape, alpha drawn, classes with
 * names. */
#include "images/unify.h"

#include "images/channels.h"
#include "images/images_options.h"
#include "images/resize.h"

#include <stdatomic.h>
#include <string.h>

/* One shape ---------------------------------------------------------------------------------------------- */

bool ak_draw_alpha(uint8_t *pixels, int64_t n, const ak_pixel_rules *rules)
{
    for (int64_t p = 0; p < n; p++) {
        const uint8_t alpha = pixels[4 * p + 3];
        if (alpha < 255 && !rules->given) return false;
        for (int c = 0; c < 3; c++)
            pixels[3 * p + c] = ak_over(pixels[4 * p + c], alpha, rules->background[c]);
    }
    return true;
}

void ak_remark_alpha(akin_image_set *ds, const akin_image_set_opts *opts)
{
    if (opts->background)
        ak_remark(&ds->remarks, "The fourth channel is taken for alpha: drawn on %s (--background).",
                  ak_background_name(opts));
    else
        ak_remark(&ds->remarks, "The fourth channel is 255 everywhere: it is taken for alpha and left out.");
}

static akin_status draw_split(akin_image_set *ds, ak_image_split *s, const akin_image_set_opts *opts,
                              akin_error *err)
{
    ak_pixel_rules rules;
    if (s->channels != 4) return AKIN_OK;
    AK_TRY(ak_pixel_rules_of(opts, &rules, err));
    if (!ak_draw_alpha(s->pixels, s->n * s->height * s->width, &rules))
        return ak_fail(err, AKIN_ERR_INPUT, "'%s': " AK_UNSURE_ALPHA, ds->path);
    s->channels = 3;
    ak_remark_alpha(ds, opts);
    return AKIN_OK;
}

typedef struct resize_job {
    const ak_image_split *from;
    uint8_t *to;
    ak_scaling scaling;
    atomic_bool failed;
} resize_job;

static void resize_one(int64_t i, int worker, void *ctx)
{
    resize_job *job = ctx;
    const ak_image_split *s = job->from;
    (void)worker;
    if (!ak_resize_crop(s->pixels + i * s->height * s->width * s->channels, s->height, s->width, s->channels,
                        job->to + i * job->scaling.size * job->scaling.size * s->channels, &job->scaling))
        atomic_store(&job->failed, true);
}

static akin_status resize_split(ak_image_split *s, ak_scaling scaling, akin_error *err)
{
    const int64_t size = scaling.size;
    if (!ak_scales(&scaling, s->height, s->width)) return AKIN_OK;
    resize_job job = { .from = s, .scaling = scaling };
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

/* A reader of images in other channels. */
typedef struct converter {
    ak_image_split from; /* what it reads of; only shape, places and reader are used */
} converter;

static akin_status read_converted(const ak_image_split *s, int64_t item, uint8_t *out, akin_error *err)
{
    const converter *c = s->reader.ctx;
    ak_image_split from = c->from;
    from.origin = s->origin;
    uint8_t *pixels = malloc((size_t)ak_image_bytes(&from));
    if (!pixels) return ak_no_memory(err, "for an image in other channels");
    const akin_status status = from.reader.read(&from, item, pixels, err);
    if (!status) ak_convert_channels(pixels, from.channels, out, s->channels, s->height * s->width);
    free(pixels);
    return status;
}

static void close_converter(void *ctx)
{
    converter *c = ctx;
    if (c->from.reader.close) c->from.reader.close(c->from.reader.ctx);
    free(c);
}

/* The images in memory are not read yet where there is a reader; there is room for them in the new shape. */
static akin_status convert_reader(ak_image_split *s, int64_t channels, akin_error *err)
{
    converter *c = calloc(1, sizeof *c);
    if (!c) return ak_no_memory(err, "for images in other channels");
    c->from = *s;
    s->reader = (ak_item_reader){ read_converted, close_converter, c };
    s->channels = channels;
    s->cached = s->cached * c->from.channels / (channels > c->from.channels ? channels : c->from.channels);
    free(s->pixels);
    s->pixels = NULL;
    return s->cached ? ak_pixels_alloc(s->cached, s->height, s->width, channels, &s->pixels, err) : AKIN_OK;
}

static akin_status convert_split(akin_image_set *ds, ak_image_split *s, int64_t channels, akin_error *err)
{
    if (channels == 0 || s->channels == channels || (s->channels != 1 && s->channels != 3)) return AKIN_OK;
    ak_remark(&ds->remarks, channels == 3
                                ? "The images are grey; they get three equal channels, as the network's have."
                                : "The images are coloured; they become grey, as the network's are.");
    if (s->reader.read) return convert_reader(s, channels, err);
    uint8_t *to = NULL;
    AK_TRY(ak_pixels_alloc(s->n, s->height, s->width, channels, &to, err));
    ak_convert_channels(s->pixels, s->channels, to, channels, s->n * s->height * s->width);
    free(s->pixels);
    s->pixels = to;
    s->channels = channels;
    return AKIN_OK;
}

static akin_status one_shape(akin_image_set *ds, const akin_image_set_opts *opts, akin_error *err)
{
    for (int k = 0; k < ds->splits; k++) {
        ak_image_split *s = &ds->split[k];
        const int64_t height = s->height, width = s->width, size = opts->size;
        if (!s->reader.read) { /* else it gives them so */
            AK_TRY(draw_split(ds, s, opts, err));
            AK_TRY(resize_split(s, (ak_scaling){ size, opts->resize }, err));
        }
        AK_TRY(convert_split(ds, s, opts->channels, err));
        if (s->height != height || s->width != width)
            ak_remark(&ds->remarks, "The images of %lldx%lld are scaled to %lldx%lld.", (long long)height,
                      (long long)width, (long long)size, (long long)size);
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

/* Classes ------------------------------------------------------------------------------------------------ */

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
    const int64_t most = ak_image_set_largest_label(ds);
    if (most < 0) { /* no labels anywhere */
        ak_image_set_drop_classes(ds);
        return AKIN_OK;
    }
    if (ds->class_names) return AKIN_OK;
    if (ds->classes < most + 1) ds->classes = most + 1;
    return ak_image_set_name_classes(ds, is_fashion(ds) ? FASHION : NULL, ds->classes, err);
}

akin_status ak_image_set_unify(akin_image_set *ds, const akin_image_set_opts *user, akin_error *err)
{
    const akin_image_set_opts defaults = AKIN_IMAGE_SET_OPTS_INIT, *opts = user ? user : &defaults;
    for (int k = 0; k < ds->splits; k++) {
        ak_image_split *s = &ds->split[k];
        s->path = ds->path;
        if (!s->reader.read) s->cached = s->n;
    }
    AK_TRY(one_shape(ds, opts, err));
    return name_classes(ds, err);
}
