/* SPDX-License-Identifier: Apache-2.0 */
/* items/view_pair.c - two random views of a run's items, embedded, with their labels: what bounds compare. */
#include "akin/tool/subject.h"

#include "base/base.h"
#include "base/plain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NO_EPOCH = INT32_MAX }; /* views that no epoch of training draws */

/* Which items of the split: `take` of them, spread over the split, each class with its share to less than
 * one item, so that equal classes stay equal: some bounds are stated for those only. out [take]. */
static akin_status choose(const akin_split_view *part, int64_t take, int64_t *out, akin_error *err)
{
    const int64_t classes = part->classes;
    int64_t *size = calloc((size_t)(3 * classes + 1), sizeof *size);
    if (!size) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the classes");
    int64_t *quota = size + classes, *seen = quota + classes, before = 0, n = 0;
    for (int64_t i = 0; i < part->n; i++) size[part->labels[i]]++;
    for (int64_t c = 0; c < classes; c++) { /* rounded at the running sum: together they are `take` */
        quota[c] = (before + size[c]) * take / part->n - before * take / part->n;
        before += size[c];
    }
    for (int64_t i = 0; i < part->n; i++) {
        const int64_t c = part->labels[i], j = seen[c]++;
        if ((j + 1) * quota[c] / size[c] > j * quota[c] / size[c]) out[n++] = i;
    }
    free(size);
    return AKIN_OK;
}

static akin_status embed_views(akin_model *model, const akin_dataset *set, const akin_view_pair_opts *o,
                               const int64_t *item, const akin_mat to[2], akin_error *err)
{
    const akin_mat none = { NULL, 0, 0, 0 };
    const bool backbone = o->layer == AKIN_LAYER_BACKBONE;
    akin_embed_opts what = AKIN_EMBED_OPTS_INIT;
    what.random_views = true;
    what.split = o->split;
    what.item = item;
    what.n = to[0].rows;
    what.view_seed = o->seed;
    what.view_epoch = NO_EPOCH;
    for (uint32_t v = 0; v < 2; v++) {
        what.view = v;
        AK_TRY(akin_model_embed(model, set, &what, backbone ? to[v] : none, backbone ? none : to[v], err));
    }
    return AKIN_OK;
}

akin_status akin_view_pair_make(akin_model *model, const akin_dataset *set, const akin_view_pair_opts *opts,
                                const akin_view_pair **out, akin_error *err)
{
    akin_view_pair_opts o = AKIN_VIEW_PAIR_OPTS_INIT;
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    if (!model || !set || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "view_pair: model, set and out must not be NULL");
    AK_TRY(ak_opts_import(&o, opts, "view_pair", err));
    if (!o.split) o.split = "train";
    AK_TRY(akin_dataset_split(set, o.split, AKIN_TARGET_AUTO, &part, err));
    if (!part.labels)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "this data set has no labels, and the bounds compare with labels");
    const int64_t n = o.items > 0 && o.items < part.n ? o.items : part.n,
                  d = akin_model_width(model, o.layer);
    int64_t *item = ak_alloc(sizeof *item, n, 1);
    float *a = ak_alloc(sizeof *a, n, d), *b = ak_alloc(sizeof *b, n, d);
    int32_t *labels = ak_alloc(sizeof *labels, n, 1);
    akin_view_pair *pair = malloc(sizeof *pair);
    akin_status status = item && a && b && labels && pair
                             ? choose(&part, n, item, err)
                             : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the embeddings");
    const akin_mat to[2] = { { a, n, d, d }, { b, n, d, d } };
    for (int64_t i = 0; i < n && !status; i++) labels[i] = part.labels[item[i]];
    if (!status) status = embed_views(model, set, &o, item, to, err);
    free(item);
    if (status) {
        free(a);
        free(b);
        free(labels);
        free(pair);
        return status;
    }
    const char *temperature = akin_model_option(model, "temperature"),
               *batch = akin_model_option(model, "batch-size"), *loss = akin_model_option(model, "loss"),
               *scale = akin_model_option(model, "scale"), *bias = akin_model_option(model, "bias");
    *pair = (akin_view_pair){ a, b, labels, n, d, 255, 0.5, (double)NAN };
    if (temperature && ak_strtod(temperature, NULL) > 0) pair->temperature = ak_strtod(temperature, NULL);
    if (loss && strcmp(loss, "sigmoid") == 0) {
        if (scale && ak_strtod(scale, NULL) > 0) pair->temperature = 1 / ak_strtod(scale, NULL);
        if (bias) pair->sigmoid_bias = ak_strtod(bias, NULL);
    }
    if (batch && strtol(batch, NULL, 10) > 1) pair->negatives = strtol(batch, NULL, 10) - 1;
    *out = pair;
    return AKIN_OK;
}

void akin_view_pair_free(const akin_view_pair *pair)
{
    if (!pair) return;
    free((float *)pair->a);
    free((float *)pair->b);
    free((int32_t *)pair->labels);
    free((akin_view_pair *)pair);
}
