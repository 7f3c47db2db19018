/* SPDX-License-Identifier: Apache-2.0 */
/* export/weights.c - copies of a model's tensors in plain layout. */
#include "export/weights.h"

#include <string.h>

void ak_weights_free(ak_weights *w)
{
    for (int i = 0; w->data && i < w->count; i++) free(w->data[i]);
    free(w->data);
    free(w->tensor);
    *w = (ak_weights){ .count = 0 };
}

static bool of_head(const char *name) { return strncmp(name, "head.", 5) == 0; }

static akin_status take(const ak_tensor_list *list, bool head, ak_weights *w, akin_error *err)
{
    w->tensor = calloc((size_t)list->count + 1, sizeof *w->tensor);
    w->data = calloc((size_t)list->count + 1, sizeof *w->data);
    if (!w->tensor || !w->data) return ak_no_memory(err, "for a list of weights");
    for (int64_t i = 0; i < list->count; i++) {
        const akin_tensor *t = &list->tensors[i];
        if (of_head(t->name) && !head) continue;
        float *plain = ak_alloc(sizeof *plain, t->plain, 1);
        if (!plain) return ak_no_memory(err, "for the weights '%s'", t->name);
        w->data[w->count] = plain;
        w->tensor[w->count++] = (ak_tensor_out){ t->name, t->ndim, t->shape, plain };
        w->parameters += t->plain;
        AK_TRY(list->to_plain(list->ctx, i, plain, err));
    }
    return AKIN_OK;
}

akin_status ak_weights_take(const akin_model *m, akin_layer layer, ak_weights *w, akin_error *err)
{
    ak_net net = m->net; /* whose list does not change it */
    const ak_tensor_list list = ak_net_list(&net, true);
    *w = (ak_weights){ .count = 0 };
    const akin_status status = take(&list, layer == AKIN_LAYER_PROJECTOR, w, err);
    if (status) ak_weights_free(w);
    return status;
}

const ak_tensor_out *ak_weights_find(const ak_weights *w, const char *name)
{
    for (int i = 0; i < w->count; i++)
        if (strcmp(w->tensor[i].name, name) == 0) return &w->tensor[i];
    return NULL;
}
