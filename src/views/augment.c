/* SPDX-License-Identifier: Apache-2.0 */
/* views/augment.c - views of images: what was drawn is carried out on planes of 1/128 levels, and rounded
 * once.
 *
 * A view of a small image stays in the first-level cache from the crop to the normalised floats. Parameters
 * that change no pixel (factor 1, no turn) are skipped. */
#include "base/base.h"
#include "views/augment_canvas.h"
#include "views/augment_draw.h"
#include "views/portable_math.h"
#include "views/view_name.h"

#include <math.h>
#include <string.h>

/* The mean luma in 1/128 of a level, to the nearest. */
static int32_t mean_luma(const ak_augment_ops *ops, const ak_augment_canvas *c)
{
    const int16_t *luma = c->planes;
    if (c->channels >= 3) {
        ops->luma(c->planes, c->planes + c->plane, c->planes + 2 * c->plane, c->rows, c->pixels);
        luma = c->rows;
    }
    const uint64_t pixels = (uint64_t)c->pixels;
    return (int32_t)((ops->total(luma, c->pixels) + pixels / 2) / pixels);
}

static uint16_t factor_of(float factor)
{
    const double units = (double)factor * 32768 + 0.5;
    return (uint16_t)(units > 65535 ? 65535 : units); /* 2 becomes 2 - 2^-15 */
}

static void jitter(const ak_augment_ops *ops, ak_augment_canvas *c, const akin_augment_params *p)
{
    int16_t *r = c->planes, *g = r + c->plane, *b = g + c->plane;
    const int32_t colours = c->channels >= 3 ? 3 : 1;
    for (int32_t i = 0; i < 4; i++) {
        if (p->order[i] == 0 && p->brightness != 1) {
            for (int32_t k = 0; k < colours; k++)
                ops->scale(r + k * c->plane, c->pixels, factor_of(p->brightness));
        } else if (p->order[i] == 1 && p->contrast != 1) {
            const int32_t mean = mean_luma(ops, c);
            for (int32_t k = 0; k < colours; k++)
                ops->contrast(r + k * c->plane, c->pixels, factor_of(p->contrast), mean);
        } else if (p->order[i] == 2 && p->saturation != 1 && colours == 3) {
            ops->saturate(r, g, b, c->pixels, factor_of(p->saturation));
        } else if (p->order[i] == 3 && p->hue != 0 && colours == 3) {
            ops->hue(r, g, b, c->pixels, (int16_t)lrint((double)p->hue * 6 * 8192));
        }
    }
}

/* x^exponent by a curve of straight pieces between SEGMENTS + 1 exact points: integer arithmetic, the same
 * bytes on every machine, and a fraction of the time that a power for each pixel takes. */
static void bend(ak_augment_canvas *c, double exponent)
{
    enum { SEGMENTS = 64, STEP = AK_AUGMENT_WHITE / SEGMENTS };
    int32_t point[SEGMENTS + 2] = { 0 };
    for (int32_t i = 1; i <= SEGMENTS; i++)
        point[i] = (int32_t)lrint(AK_AUGMENT_WHITE *
                                  ak_portable_exp2(exponent * ak_portable_log2(i / (double)SEGMENTS)));
    point[SEGMENTS + 1] = point[SEGMENTS];
    const int32_t colours = c->channels >= 3 ? 3 : 1;
    for (int32_t k = 0; k < colours; k++) {
        int16_t *v = c->planes + k * c->plane;
        for (int64_t i = 0; i < c->pixels; i++) {
            const int32_t at = v[i] / STEP, beyond = v[i] % STEP;
            v[i] = (int16_t)(point[at] + (point[at + 1] - point[at]) * beyond / STEP);
        }
    }
}

static void gray(const ak_augment_ops *ops, ak_augment_canvas *c)
{
    ops->luma(c->planes, c->planes + c->plane, c->planes + 2 * c->plane, c->rows, c->pixels);
    for (int32_t k = 0; k < 3; k++)
        memcpy(c->planes + k * c->plane, c->rows, (size_t)c->pixels * sizeof *c->planes);
}

static void erase(ak_augment_canvas *c, const akin_augment_params *p)
{
    const int16_t v = (int16_t)(p->erase_level * AK_AUGMENT_ONE);
    for (int32_t k = 0; k < c->channels; k++)
        for (int32_t y = p->erase_y; y < p->erase_y + p->erase_height; y++) {
            int16_t *row = c->planes + k * c->plane + (int64_t)y * c->width + p->erase_x;
            for (int32_t x = 0; x < p->erase_width; x++) row[x] = v;
        }
}

/* Everything up to the rounding. */
static void render(const ak_augment_ops *ops, ak_augment_canvas *c, const uint8_t *image, int64_t image_width,
                   const akin_augment_params *p)
{
    const int32_t colours = c->channels >= 3 ? 3 : 1;
    ak_augment_resize(ops, c, image, image_width, p);
    if (p->turns || p->angle != 0) ak_augment_turn(c, p->turns, (double)p->angle);
    if (p->gamma != 0) bend(c, ak_portable_exp2((double)p->gamma * 1.4426950408889634));
    jitter(ops, c, p);
    if (p->gray && colours == 3) gray(ops, c);
    if (p->blur_sigma > 0) ak_augment_blur(ops, c, (double)p->blur_sigma, p->blur_size);
    if (p->solarize_threshold < 256)
        for (int32_t k = 0; k < colours; k++)
            ops->solarize(c->planes + k * c->plane, c->pixels, p->solarize_threshold);
    erase(c, p);
}

static akin_status make_canvas(int32_t height, int32_t width, int32_t channels, int32_t in_height,
                               int32_t in_width, akin_arena *scratch, ak_augment_canvas *out, akin_error *err)
{
    const size_t left = scratch->size - scratch->used;
    if (ak_augment_canvas_make(height, width, channels, in_height, in_width, scratch, out)) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "augment: scratch has %zu bytes left; this view needs %zu", left,
                   ak_augment_canvas_bytes(height, width, channels, in_height, in_width));
}

size_t akin_augment_scratch_bytes(const akin_augment_opts *opts, int64_t height, int64_t width,
                                  int64_t channels)
{
    ak_augment_plan plan;
    if (ak_augment_plan_make(opts, height, width, channels, &plan, NULL) != AKIN_OK) return 0;
    return ak_augment_canvas_bytes(plan.view_height, plan.view_width, plan.channels, plan.height, plan.width);
}

static bool inside(int32_t at, int32_t length, int64_t side)
{
    return at >= 0 && length >= 0 && (int64_t)at + length <= side;
}

static akin_status check_bends(const akin_augment_params *p, akin_error *err)
{
    if (!(p->gamma >= -3 && p->gamma <= 3))
        return ak_fail(err, AKIN_ERR_RANGE, "augment: gamma is %g; it must be between -3 and 3",
                       (double)p->gamma);
    if (p->turns < 0 || p->turns > 3 || (p->turns % 2 == 1 && p->height != p->width))
        return ak_fail(
            err, AKIN_ERR_RANGE,
            "augment: the view has %d quarters of a turn; it must be 0 to 3, 0 or 2 where it is not "
            "square",
            (int)p->turns);
    if (!(p->angle >= -45 && p->angle <= 45))
        return ak_fail(err, AKIN_ERR_RANGE, "augment: the angle is %g; it must be between -45 and 45 degrees",
                       (double)p->angle);
    return AKIN_OK;
}

static akin_status check_params(const akin_augment_params *p, int64_t height, int64_t width, akin_error *err)
{
    if (p->height < 1 || p->width < 1 || p->height > AKIN_AUGMENT_SIDE || p->width > AKIN_AUGMENT_SIDE)
        return ak_fail(err, AKIN_ERR_SHAPE, "augment: the view is %d high and %d wide; both must be 1 to %d",
                       (int)p->height, (int)p->width, AKIN_AUGMENT_SIDE);
    if (p->crop_height < 1 || p->crop_width < 1 || !inside(p->crop_y, p->crop_height, height) ||
        !inside(p->crop_x, p->crop_width, width))
        return ak_fail(
            err, AKIN_ERR_RANGE,
            "augment: the crop, %dx%d at row %d, column %d, is empty or leaves the image, %lldx%lld",
            (int)p->crop_height, (int)p->crop_width, (int)p->crop_y, (int)p->crop_x, (long long)height,
            (long long)width);
    if (!inside(p->erase_y, p->erase_height, p->height) || !inside(p->erase_x, p->erase_width, p->width))
        return ak_fail(err, AKIN_ERR_RANGE,
                       "augment: the erased box, %dx%d at row %d, column %d, leaves the view",
                       (int)p->erase_height, (int)p->erase_width, (int)p->erase_y, (int)p->erase_x);
    unsigned parts = 0;
    for (int i = 0; i < 4; i++) parts |= p->order[i] < 4 ? 1u << p->order[i] : 0;
    if (parts != 15)
        return ak_fail(err, AKIN_ERR_RANGE, "augment: the order is %d %d %d %d; it must hold 0, 1, 2 and 3",
                       p->order[0], p->order[1], p->order[2], p->order[3]);
    const float factor[3] = { p->brightness, p->contrast, p->saturation };
    static const char *const name[3] = { "brightness", "contrast", "saturation" };
    for (int i = 0; i < 3; i++)
        if (!(factor[i] >= 0 && factor[i] <= 2))
            return ak_fail(err, AKIN_ERR_RANGE, "augment: the factor of %s is %g; it must be between 0 and 2",
                           name[i], (double)factor[i]);
    if (!(p->hue >= -0.5f && p->hue <= 0.5f))
        return ak_fail(err, AKIN_ERR_RANGE, "augment: the turn of hue is %g; it must be between -0.5 and 0.5",
                       (double)p->hue);
    const bool boxes = p->blur_size == -1 && p->blur_sigma <= AK_AUGMENT_MOST_SIGMA;
    const bool taps = p->blur_size >= 1 && p->blur_size <= 255 && p->blur_size % 2 == 1;
    if (!(p->blur_sigma >= 0 && p->blur_sigma <= 100) || !(boxes || taps))
        return ak_fail(
            err, AKIN_ERR_RANGE,
            "augment: blur has sigma %g and size %d; it must be 0 to 100, and odd, 1 to 255; with size "
            "-1 at most %d",
            (double)p->blur_sigma, (int)p->blur_size, AK_AUGMENT_MOST_SIGMA);
    if (p->solarize_threshold < 0 || p->solarize_threshold > 256 || p->erase_level < 0 ||
        p->erase_level > 255)
        return ak_fail(err, AKIN_ERR_RANGE, "augment: levels are %d (solarize) and %d (erase), not 0 to 255",
                       (int)p->solarize_threshold, (int)p->erase_level);
    return check_bends(p, err);
}

/* Checked parameters and picture. */
static akin_status apply(const akin_augment_params *p, const akin_picture *picture, akin_arena *scratch,
                         uint8_t *out, akin_error *err)
{
    const ak_augment_ops *ops = ak_augment_ops_get();
    const size_t mark = scratch->used;
    ak_augment_canvas c;
    const akin_status status =
        make_canvas(p->height, p->width, picture->channels, p->crop_height, p->crop_width, scratch, &c, err);
    if (status == AKIN_OK) {
        render(ops, &c, picture->pixels, picture->width, p);
        for (int32_t k = 0; k < c.channels; k++)
            ops->store_bytes(c.planes + k * c.plane, c.pixels, out + k, c.channels);
    }
    scratch->used = mark;
    return status;
}

akin_status akin_augment_apply(const akin_augment_params *user, const akin_picture *image,
                               akin_arena *scratch, uint8_t *out, akin_error *err)
{
    const akin_augment_opts none = AKIN_AUGMENT_OPTS_INIT;
    akin_augment_params params = AKIN_AUGMENT_PARAMS_INIT;
    akin_picture picture = AKIN_PICTURE_INIT;
    ak_augment_plan plan;
    if (!user || !image || !scratch || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "augment: params, picture, scratch and out must not be NULL");
    AK_TRY(ak_opts_import(&params, user, "augment", err));
    AK_TRY(ak_opts_import(&picture, image, "augment", err));
    if (!picture.pixels) return ak_fail(err, AKIN_ERR_ARGUMENT, "augment: the picture has no pixels");
    AK_TRY(ak_augment_plan_make(&none, picture.height, picture.width, picture.channels, &plan,
                                err)); /* checks the sides */
    AK_TRY(check_params(&params, picture.height, picture.width, err));
    return apply(&params, &picture, scratch, out, err);
}

akin_status akin_augment_view(const akin_augment_opts *opts, const akin_picture *picture,
                              const akin_view_name *name, akin_arena *scratch, uint8_t *out, akin_error *err)
{
    akin_augment_params params = AKIN_AUGMENT_PARAMS_INIT;
    AK_TRY(akin_augment_draw(opts, picture, name, &params, err));
    return akin_augment_apply(&params, picture, scratch, out, err);
}

static akin_status check_wanted(const akin_augment_images *images, const akin_augment_wanted *w,
                                akin_error *err)
{
    if ((!images->pixels && !images->fetch) || !w->items)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "augment: items, and pixels or fetch of images, must not be NULL");
    AK_TRY(ak_view_name_check(w->name, "augment", err));
    if (w->n < 0)
        return ak_fail(err, AKIN_ERR_SHAPE, "augment: n is %lld; it must be at least 0", (long long)w->n);
    for (int64_t i = 0; i < w->n; i++)
        if (w->items[i] < 0 || w->items[i] >= images->count)
            return ak_fail(err, AKIN_ERR_RANGE, "augment: items[%lld] is %d; there are %lld images",
                           (long long)i, (int)w->items[i], (long long)images->count);
    for (int64_t k = 0; w->mean && k < images->channels; k++)
        if (!isfinite(w->mean[k]))
            return ak_fail(err, AKIN_ERR_RANGE, "augment: mean[%lld] is %g; it must be finite", (long long)k,
                           (double)w->mean[k]);
    for (int64_t k = 0; w->std && k < images->channels; k++)
        if (!(w->std[k] > 0 && isfinite(w->std[k])))
            return ak_fail(err, AKIN_ERR_RANGE, "augment: std[%lld] is %g; it must be above 0 and finite",
                           (long long)k, (double)w->std[k]);
    return AKIN_OK;
}

/* The views one after the other; fetched: room for an image, or NULL when all are in memory. */
static akin_status fill_batch(const ak_augment_plan *plan, const akin_augment_images *images,
                              const akin_augment_wanted *w, ak_augment_canvas *c, uint8_t *fetched,
                              float *out, akin_error *err)
{
    const ak_augment_ops *ops = ak_augment_ops_get();
    const int64_t bytes = images->height * images->width * images->channels;
    float scale[4], shift[4];
    for (int32_t k = 0; k < plan->channels; k++) {
        const double spread = w->std ? (double)w->std[k] : 1, middle = w->mean ? (double)w->mean[k] : 0;
        scale[k] = (float)(1 / (255 * spread));
        shift[k] = (float)(-middle / spread);
    }
    for (int64_t i = 0; i < w->n; i++) {
        if (fetched) AK_TRY(images->fetch(images->source, w->items[i], fetched, err));
        akin_view_name one = *w->name;
        akin_augment_params p;
        one.item = (uint64_t)w->items[i];
        ak_augment_plan_draw(plan, &one, &p);
        render(ops, c, fetched ? fetched : images->pixels + w->items[i] * bytes, images->width, &p);
        for (int32_t k = 0; k < c->channels; k++)
            ops->store_floats(c->planes + k * c->plane, c->pixels, scale[k], shift[k],
                              out + (i * c->channels + k) * c->pixels);
    }
    return AKIN_OK;
}

akin_status akin_augment_batch(const akin_augment_opts *opts, const akin_augment_images *user,
                               const akin_augment_wanted *batch, akin_arena *scratch, float *out,
                               akin_error *err)
{
    akin_augment_images images = AKIN_AUGMENT_IMAGES_INIT;
    akin_augment_wanted wanted = AKIN_AUGMENT_WANTED_INIT;
    ak_augment_plan plan;
    if (!user || !batch || !scratch || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "augment: images, wanted, scratch and out must not be NULL");
    AK_TRY(ak_opts_import(&images, user, "augment", err));
    AK_TRY(ak_opts_import(&wanted, batch, "augment", err));
    AK_TRY(ak_augment_plan_make(opts, images.height, images.width, images.channels, &plan, err));
    AK_TRY(check_wanted(&images, &wanted, err));

    const size_t mark = scratch->used;
    const int64_t bytes = images.height * images.width * images.channels;
    ak_augment_canvas c;
    akin_status status = make_canvas(plan.view_height, plan.view_width, plan.channels, plan.height,
                                     plan.width, scratch, &c, err);
    uint8_t *fetched = images.pixels || status ? NULL : ak_arena_array(scratch, uint8_t, bytes, 1);
    if (!images.pixels && !status && !fetched)
        status = ak_fail(err, AKIN_ERR_NOMEM, "augment: scratch has no %lld bytes left for an image",
                         (long long)bytes);
    if (!status) status = fill_batch(&plan, &images, &wanted, &c, fetched, out, err);
    scratch->used = mark;
    return status;
}
