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
    char other[AK_WEIGHT_NAME]; /* prefix of its moving average, which is not taken; "" = none */
    int first_child;  /* a ResNet's layers are the children of a Sequential, and layer1 is this one; 0 = no */
    char encoder[32]; /* as a file of akin_export() says; "" = it says none */
    ak_pixel_scale scale; /* of the same */
    ak_foreign_about about;
};

/* w->file as weights of `encoder`, or of what its metadata say: fill in form, prefix and about. prefix: of
 * the network that is wanted; NULL = of the one that is there. */
akin_status ak_foreign_look(ak_foreign *w, const char *encoder, const char *prefix, akin_error *err);

/* A name of a tensor as w->file has it: behind the prefix, or in a Sequential. */
enum { AK_FOREIGN_NAME = 2 * AK_WEIGHT_NAME + 16 };
const char *ak_foreign_name(const ak_foreign *w, const char *name, char full[AK_FOREIGN_NAME]);

/* What of the file was not used: classifiers and counters are told; a layer that the encoder has not is
 * AKIN_ERR_INPUT. */
akin_status ak_foreign_rest(const ak_foreign *w, const unsigned char *used, ak_remarks *told,
                            akin_error *err);

#endif
