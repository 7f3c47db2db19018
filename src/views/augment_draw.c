/* SPDX-License-Identifier: Apache-2.0 */
/* views/augment_draw.c - what chance decides about a view  [Chen2020 App. A].
 *
 * Every decision has a place of its own in the stream of (seed, epoch, item, view): block b, word w of
 * Philox. So switching one part off, or a crop that needs a second try, moves no other draw; two runs that
 * differ in one option see the same views otherwise.
 *
 * Precision. Draws are multiples of 2^-24, 32-bit products pick pixels. */
#include "views/augment_draw.h"
#include "views/view_name.h"

#include "base/base.h"
#include "base/rng.h"
#include "views/portable_math.h"

#include <math.h>
#include <string.h>

enum {
    GATES = 0,      /* flip, jitter, gray, blur */
    FACTORS = 1,    /* brightness, contrast, saturation, hue */
    MORE = 2,       /* order of the jitter, sigma of the blur, solarize, erase */
    BENDS = 3,      /* exponent of gamma, whether there are quarter turns, which, angle */
    ERASE_TRY = 16, /* + try: area, ratio, y, x */
    CROP_TRY = 32,  /* + try: area, ratio, y, x */
    TRIES = 10,
};

static double between(uint32_t word, double lo, double hi) { return lo + (hi - lo) * ak_rng_unit(word); }
static bool happens(uint32_t word, float probability) { return ak_rng_unit(word) < (double)probability; }

/* 0..n-1; the bias, n/2^32, is far below what any number of views shows */
static int32_t below(uint32_t word, int32_t n) { return (int32_t)((uint64_t)word * (uint32_t)n >> 32); }

/* The sides of a box of that area and ratio, to the nearest pixel (halves to even). */
static void sides(double area, double log2_ratio, int32_t *height, int32_t *width)
{
    const double root = ak_portable_exp2(0.5 * log2_ratio), side = sqrt(area);
    *width = (int32_t)lrint(side * root);
    *height = (int32_t)lrint(side / root);
}

static void centre_crop(const ak_augment_plan *plan, akin_augment_params *p)
{
    const double least = (double)plan->opts.ratio_min, most = (double)plan->opts.ratio_max;
    const double ratio = (double)plan->width / plan->height;
    p->crop_height = plan->height;
    p->crop_width = plan->width;
    if (ratio < least) p->crop_height = (int32_t)lrint(plan->width / least);
    if (ratio > most) p->crop_width = (int32_t)lrint(plan->height * most);
    if (p->crop_height < 1) p->crop_height = 1;
    if (p->crop_width < 1) p->crop_width = 1;
    p->crop_y = (plan->height - p->crop_height) / 2;
    p->crop_x = (plan->width - p->crop_width) / 2;
}

static void draw_crop(const ak_augment_plan *plan, const ak_rng *stream, akin_augment_params *p)
{
    const akin_augment_opts *o = &plan->opts;
    p->crop_height = plan->height;
    p->crop_width = plan->width;
    if (o->crop_min >= 1) return;
    const double area = (double)plan->height * plan->width;
    for (uint32_t t = 0; t < TRIES; t++) {
        uint32_t word[4];
        ak_rng_block(stream, CROP_TRY + t, word);
        const double share = between(word[0], (double)o->crop_min, (double)o->crop_max);
        int32_t height, width;
        sides(area * share, plan->log2_ratio_min + plan->log2_ratio_span * ak_rng_unit(word[1]), &height,
              &width);
        if (height < 1 || width < 1 || height > plan->height || width > plan->width) continue;
        p->crop_height = height;
        p->crop_width = width;
        p->crop_y = below(word[2], plan->height - height + 1);
        p->crop_x = below(word[3], plan->width - width + 1);
        return;
    }
    centre_crop(plan, p);
}

static void draw_erase(const ak_augment_plan *plan, const ak_rng *stream, akin_augment_params *p)
{
    const akin_augment_opts *o = &plan->opts;
    const double area = (double)p->height * p->width, most = 1.722466024471091; /* log2(3.3) */
    const double least = -1.7369655941662063;                                   /* log2(0.3) */
    for (uint32_t t = 0; t < TRIES; t++) {
        uint32_t word[4];
        ak_rng_block(stream, ERASE_TRY + t, word);
        const double share = between(word[0], (double)o->erase_min, (double)o->erase_max);
        int32_t height, width;
        sides(area * share, between(word[1], least, most), &height, &width);
        if (height < 1 || width < 1 || height >= p->height || width >= p->width) continue;
        p->erase_height = height;
        p->erase_width = width;
        p->erase_y = below(word[2], p->height - height + 1);
        p->erase_x = below(word[3], p->width - width + 1);
        return;
    }
}

/* Order number n of 24: which of what is left comes next. */
static void set_order(int32_t n, uint8_t order[4])
{
    uint8_t left[4] = { 0, 1, 2, 3 };
    for (int32_t i = 0, kinds = 4; i < 4; i++, kinds--) {
        const int32_t at = n % kinds;
        n /= kinds;
        order[i] = left[at];
        for (int32_t j = at; j + 1 < kinds; j++) left[j] = left[j + 1];
    }
}

static void draw_jitter(const ak_augment_plan *plan, const ak_rng *stream, akin_augment_params *p)
{
    const akin_augment_opts *o = &plan->opts;
    uint32_t word[4];
    ak_rng_block(stream, FACTORS, word);
    p->brightness = (float)between(word[0], 1 - (double)o->brightness, 1 + (double)o->brightness);
    p->contrast = (float)between(word[1], 1 - (double)o->contrast, 1 + (double)o->contrast);
    if (plan->channels < 3) return;
    p->saturation = (float)between(word[2], 1 - (double)o->saturation, 1 + (double)o->saturation);
    p->hue = (float)between(word[3], -(double)o->hue, (double)o->hue);
}

static void draw_bends(const akin_augment_opts *o, const ak_rng *stream, akin_augment_params *p)
{
    uint32_t word[4];
    ak_rng_block(stream, BENDS, word);
    if (o->gamma > 0) p->gamma = (float)between(word[0], -(double)o->gamma, (double)o->gamma);
    if (happens(word[1], o->turn_prob)) p->turns = p->height == p->width ? 1 + below(word[2], 3) : 2;
    if (o->rotate > 0) p->angle = (float)between(word[3], -(double)o->rotate, (double)o->rotate);
}

/* SimCLR blurs with a kernel of a tenth of the side; -1 is left to the blur. */
static int32_t blur_size(int32_t asked, int32_t height, int32_t width)
{
    const int32_t side = height < width ? height : width, radius = side / 20;
    if (asked) return asked;
    return radius < 1 ? 3 : radius > 127 ? 255 : 2 * radius + 1;
}

void ak_augment_plan_draw(const ak_augment_plan *plan, const akin_view_name *name, akin_augment_params *out)
{
    const akin_augment_opts *o = &plan->opts;
    const ak_rng stream = ak_rng_at(name->seed, AK_RNG_AUGMENT, name->epoch, name->item, name->view);
    akin_augment_params p = AKIN_AUGMENT_PARAMS_INIT;
    p.height = plan->view_height;
    p.width = plan->view_width;
    uint32_t gate[4], more[4];
    ak_rng_block(&stream, GATES, gate);
    ak_rng_block(&stream, MORE, more);
    draw_crop(plan, &stream, &p);
    p.flip = happens(gate[0], o->flip_prob);
    if (happens(gate[1], o->jitter_prob)) {
        draw_jitter(plan, &stream, &p);
        set_order(below(more[0], 24), p.order);
    }
    p.gray = plan->channels >= 3 && happens(gate[2], o->gray_prob);
    if (happens(gate[3], o->blur_prob)) {
        p.blur_sigma = (float)between(more[1], (double)o->blur_sigma_min, (double)o->blur_sigma_max);
        p.blur_size = blur_size(o->blur_size, p.height, p.width);
    }
    if (happens(more[2], o->solarize_prob)) p.solarize_threshold = o->solarize_threshold;
    if (happens(more[3], o->erase_prob)) draw_erase(plan, &stream, &p);
    p.erase_level = o->erase_level;
    if (o->gamma > 0 || o->turn_prob > 0 || o->rotate > 0) draw_bends(o, &stream, &p);
    *out = p;
}

static akin_status check_sides(int64_t height, int64_t width, int64_t channels, akin_error *err)
{
    if (height < 1 || width < 1 || height > AKIN_AUGMENT_SIDE || width > AKIN_AUGMENT_SIDE)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "augment: the image is %lld high and %lld wide; both must be 1 to %d",
                       (long long)height, (long long)width, AKIN_AUGMENT_SIDE);
    if (channels != 1 && channels != 3 && channels != 4)
        return ak_fail(err, AKIN_ERR_SHAPE, "augment: the image has %lld channels; it must have 1, 3 or 4",
                       (long long)channels);
    return AKIN_OK;
}

akin_status ak_augment_plan_make(const akin_augment_opts *user, int64_t height, int64_t width,
                                 int64_t channels, ak_augment_plan *out, akin_error *err)
{
    ak_augment_plan plan = { .opts = AKIN_AUGMENT_OPTS_INIT };
    if (!user) return ak_fail(err, AKIN_ERR_ARGUMENT, "augment: opts must not be NULL");
    AK_TRY(ak_opts_import(&plan.opts, user, "augment", err));
    AK_TRY(akin_augment_check(&plan.opts, err));
    AK_TRY(check_sides(height, width, channels, err));
    plan.height = (int32_t)height;
    plan.width = (int32_t)width;
    plan.channels = (int32_t)channels;
    plan.view_height = plan.opts.height ? plan.opts.height : plan.height;
    plan.view_width = plan.opts.width ? plan.opts.width : plan.width;
    plan.log2_ratio_min = ak_portable_log2((double)plan.opts.ratio_min);
    plan.log2_ratio_span = ak_portable_log2((double)plan.opts.ratio_max) - plan.log2_ratio_min;
    *out = plan;
    return AKIN_OK;
}

akin_status akin_augment_draw(const akin_augment_opts *opts, const akin_picture *user,
                              const akin_view_name *name, akin_augment_params *out, akin_error *err)
{
    akin_picture picture = AKIN_PICTURE_INIT;
    akin_augment_params params;
    ak_augment_plan plan;
    if (!user || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "augment: picture and out must not be NULL");
    AK_TRY(ak_opts_import(&picture, user, "augment", err));
    AK_TRY(ak_augment_plan_make(opts, picture.height, picture.width, picture.channels, &plan, err));
    AK_TRY(ak_view_name_check(name, "augment", err));
    ak_augment_plan_draw(&plan, name, &params);
    return ak_result_export(out, &params, "augment", err);
}
