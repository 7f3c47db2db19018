/* SPDX-License-Identifier: Apache-2.0 */
/* study/guess.c - how long the training of a cell takes, before any cell was run: its multiplications over
 * a rate.
 *
 *     seconds = epochs x images x rows of an item x 3 x MAC of a row / (rate x threads)
 *
 * Three: the pass forward, and the two products of the way back. The rate is that of small residual
 * networks on one core with AVX2 (resnet-s at 16x16: 5.7e10); with AVX-512 it is 9e10, in bf16 1.5e11, on a
 * busy machine less. Measuring is not in it. */
#include "base/plain.h"
#include "study/study.h"

#include "akin/data.h"
#include "akin/tool/images.h"
#include "akin/tool/nn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double RATE = 5e10; /* multiply-adds a second and thread */

static const char *option(const ak_study_config *c, const char *name)
{
    const char *text = akin_json_get_text(c->options, name);
    const akin_opt_desc *o;
    for (int i = 0; !text && (o = akin_train_option_at(i)) != NULL; i++)
        if (strcmp(o->name, name) == 0) text = o->fallback;
    return text ? text : "";
}

static int32_t whole(const ak_study_config *c, const char *name)
{
    return (int32_t)strtol(option(c, name), NULL, 10);
}

/* Images of the training split and their shape; those of the set that was asked for last are remembered. */
static bool images_of(akin_study *s, const char *data, int32_t size, akin_images *out)
{
    akin_images *kept = &s->images;
    if (strcmp(s->images_of, data) == 0) return *out = *kept, kept->n > 0;
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    akin_image_set *set = NULL;
    opts.size = size;
    opts.on_bad = AKIN_BAD_SKIP;
    *kept = (akin_images)AKIN_IMAGES_INIT;
    snprintf(s->images_of, sizeof s->images_of, "%s", strlen(data) < sizeof s->images_of ? data : "");
    if (akin_data_detect(data) == AKIN_DATA_IMAGES &&
        akin_image_set_open(data, &opts, &set, NULL) == AKIN_OK) {
        if (akin_image_set_split(set, "train", kept, NULL)) kept->n = 0;
        kept->pixels = NULL; /* only n and the shape outlive the set */
        kept->labels = NULL;
        akin_image_set_free(set);
    }
    return *out = *kept, kept->n > 0;
}

double ak_study_guess(akin_study *s, int cell)
{
    const ak_study_config *c = &s->configs[s->cells[cell].config];
    akin_encoder_opts opts = AKIN_ENCODER_OPTS_INIT;
    akin_encoder_info info = AKIN_ENCODER_INFO_INIT;
    akin_images v = AKIN_IMAGES_INIT;
    const char *base = s->data ? s->data : ak_study_text(s, "data");
    const char *data =
        strchr(c->data, '{') ? base : c->data; /* a set that the study makes is about as large */
    if (!data || !images_of(s, data, *option(c, "size") ? whole(c, "size") : AKIN_SIZE_FIT, &v)) return NAN;
    const int32_t height = whole(c, "view-height"), width = whole(c, "view-width");
    opts.name = option(c, "encoder");
    opts.width = whole(c, "width");
    opts.blocks = whole(c, "blocks");
    opts.stem_stride = whole(c, "stem-stride");
    opts.heads = whole(c, "heads");
    opts.patch = whole(c, "patch");
    opts.feature_grid = whole(c, "feature-grid");
    opts.head_out = whole(c, "head-out");
    opts.head_hidden = whole(c, "head-hidden");
    if (akin_encoder_describe(&opts, height ? height : v.height, width ? width : v.width, v.channels, &info,
                              NULL))
        return NAN;
    const bool latent = strcmp(option(c, "pairs"), "latent") == 0,
               alone = strcmp(option(c, "loss"), "cross-entropy") == 0;
    const double block = whole(c, "block"), negatives = whole(c, "negatives"),
                 rows = alone    ? 1
                        : latent ? 1 + block * (1 + negatives)
                                 : 2;
    return ak_strtod(option(c, "epochs"), NULL) * (double)v.n * rows * 3 * (double)info.macs_per_image /
           (RATE * (double)akin_threads());
}
