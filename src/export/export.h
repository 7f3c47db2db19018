/* SPDX-License-Identifier: Apache-2.0 */
/* export/export.h - the forms in which a model leaves, and what is told of it.
 *
 * export.c      akin_model_export()
 * weights.c     copies of the tensors
 * state_dict.c  the tensors under the names of others
 * describe.c    what is told of a model
 * graph*.c      the model as a graph; onnx.c, proto.c: the graph as a file
 * torch_file.c  a file of torch.save() */
#ifndef AK_EXPORT_EXPORT_H
#define AK_EXPORT_EXPORT_H

#include "akin/tool/export.h"
#include "export/weights.h"
#include "model/weight_names.h"

/* What is told of a model and its file; with `all` also what is long: scales of columns, the vocabulary. */
akin_json *ak_export_describe(const akin_model *m, const akin_export_opts *opts, const ak_weights *w,
                              bool all);

/* about: the text of ak_export_describe(). */
akin_status ak_graph_save(const akin_model *m, const ak_weights *w, const akin_export_opts *opts,
                          const char *path, const char *about, akin_error *err);

/* Tensors as load_state_dict() takes them. */
typedef struct ak_state_dict {
    ak_tensor_out *tensor;
    ak_weight_name *name;
    float *zeros; /* biases that ours are without, and whitening: owned */
    float *mean, *map;
    int64_t shape[3]; /* of whitening */
    int count;
} ak_state_dict;

akin_status ak_state_dict_make(const akin_model *m, const ak_weights *w, const akin_whitening *whitening,
                               ak_state_dict *out, akin_error *err);
void ak_state_dict_free(ak_state_dict *d);

akin_status ak_torch_save(const char *path, const ak_state_dict *d, akin_error *err);

#endif
