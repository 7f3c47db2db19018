/* SPDX-License-Identifier: Apache-2.0 */
/* export/state_dict.c - the weights under the names of torchvision where it has the encoder, else as
 * docs/weights.md lists them.
 *
 * Every number stays as it is. torchvision's VGG has a bias before each batch norm, which ours is without:
 * it is 0. A whitening becomes two more tensors, with y = weight (x - mean). */
#include "export/export.h"

#include "eval/eval.h"

#include <stdio.h>
#include <string.h>

void ak_state_dict_free(ak_state_dict *d)
{
    free(d->tensor);
    free(d->name);
    free(d->zeros);
    free(d->mean);
    free(d->map);
    *d = (ak_state_dict){ .count = 0 };
}

static void put(ak_state_dict *d, ak_tensor_out t) { d->tensor[d->count++] = t; }

static akin_status put_whitening(ak_state_dict *d, const akin_whitening *whitening, akin_error *err)
{
    const ak_whitening_parts w = ak_whitening_parts_of(whitening);
    d->mean = ak_alloc(sizeof *d->mean, w.d, 1);
    d->map = ak_alloc(sizeof *d->map, w.d, w.d);
    if (!d->mean || !d->map) return ak_no_memory(err, "for a whitening of %lld columns", (long long)w.d);
    for (int64_t j = 0; j < w.d; j++) {
        d->mean[j] = (float)w.mean[j];
        for (int64_t k = 0; k < w.d; k++)
            d->map[j * w.d + k] = (float)((double)w.map[j * w.d + k] * w.gain[k]);
    }
    d->shape[0] = d->shape[1] = d->shape[2] = w.d;
    put(d, (ak_tensor_out){ "whitening.mean", 1, d->shape, d->mean });
    put(d, (ak_tensor_out){ "whitening.weight", 2, d->shape + 1, d->map });
    return AKIN_OK;
}

static akin_status make(const akin_model *m, const ak_weights *w, const akin_whitening *whitening,
                        akin_tensor *named, ak_state_dict *d, akin_error *err)
{
    int64_t widest = 1;
    d->name = calloc((size_t)w->count + 1, sizeof *d->name);
    d->tensor = calloc(2 * (size_t)w->count + 2, sizeof *d->tensor);
    if (!named || !d->name || !d->tensor) return ak_no_memory(err, "for a list of weights");
    for (int i = 0; i < w->count; i++) {
        named[i].name = w->tensor[i].name;
        if (w->tensor[i].ndim == 1 && w->tensor[i].shape[0] > widest) widest = w->tensor[i].shape[0];
    }
    d->zeros = ak_alloc(sizeof *d->zeros, widest, 1);
    if (!d->zeros) return ak_no_memory(err, "for a list of weights");
    ak_weight_names(named, w->count, ak_weight_form_of(m->net.name), d->name);
    for (int i = 0; i < w->count; i++) {
        ak_tensor_out t = w->tensor[i];
        if (d->name[i].less[0]) put(d, (ak_tensor_out){ d->name[i].less, 1, t.shape, d->zeros });
        t.name = d->name[i].name;
        put(d, t);
    }
    return whitening ? put_whitening(d, whitening, err) : AKIN_OK;
}

akin_status ak_state_dict_make(const akin_model *m, const ak_weights *w, const akin_whitening *whitening,
                               ak_state_dict *out, akin_error *err)
{
    akin_tensor *named = calloc((size_t)w->count + 1, sizeof *named);
    *out = (ak_state_dict){ .count = 0 };
    const akin_status status = make(m, w, whitening, named, out, err);
    free(named);
    if (status) ak_state_dict_free(out);
    return status;
}
