/* SPDX-License-Identifier: Apache-2.0 */
/* export/weights.h - the weights of a model in plain layout, up to the layer that is exported. */
#ifndef AK_EXPORT_WEIGHTS_H
#define AK_EXPORT_WEIGHTS_H

#include "files/safetensors.h"
#include "model/model.h"

typedef struct ak_weights {
    ak_tensor_out *tensor; /* [count], under our names */
    float **data;          /* [count], each owned */
    int count;
    int64_t parameters; /* numbers in all of them */
} ak_weights;

/* Those of the backbone, and with the projector those of the head. On failure *w is empty.  AKIN_ERR_NOMEM */
akin_status ak_weights_take(const akin_model *m, akin_layer layer, ak_weights *w, akin_error *err);
void ak_weights_free(ak_weights *w);

/* The one of that name, which must be there. */
const ak_tensor_out *ak_weights_find(const ak_weights *w, const char *name);

#endif
