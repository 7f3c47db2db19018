/* SPDX-License-Identifier: Apache-2.0 */
/* model/foreign_look.h - foreign.h from the inside: what can be read off the tensors of a file. */
#ifndef AK_MODEL_FOREIGN_LOOK_H
#define AK_MODEL_FOREIGN_LOOK_H

#include "akin/model.h"

#include "files/tensor_file.h"
#include "model/foreign.h"

struct ak_foreign {
    char *path;
    ak_tensor_file *file; /* of a file */
    akin_model *model;    /* of a run */
    ak_weight_form form;
    char prefix[AK_WEIGHT_NAME];
    char encoder[32];     /* as a file of akin_export() says; "" = it says none */
    ak_pixel_scale scale; /* of the same */
    ak_foreign_about about;
};

/* w->file as weights of `encoder`, or of what its metadata say: fill in form, prefix and about. */
akin_status ak_foreign_look(ak_foreign *w, const char *encoder, akin_error *err);

/* What of the file was not used: classifiers and counters are told; a layer that the encoder has not is
 * AKIN_ERR_INPUT. */
akin_status ak_foreign_rest(const ak_foreign *w, const unsigned char *used, ak_remarks *told,
                            akin_error *err);

#endif
