/* SPDX-License-Identifier: Apache-2.0 */
/* model/foreign.h - weights from elsewhere: a safetensors file of torchvision, timm or akin, or another run.
 *
 * A file of others does not say which network it is of, so its encoder is named by the caller. What can be
 * read off the shapes is: the stem (7x7 or 3x3), the width, the channels of the images, the head. A run says
 * all of it, and so does a file of akin_export(), in its metadata. */
#ifndef AK_MODEL_FOREIGN_H
#define AK_MODEL_FOREIGN_H

#include "base/remarks.h"
#include "model/net.h"
#include "model/weight_names.h"
#include "set/measured.h"

typedef struct ak_foreign ak_foreign;

/* What the weights are of. */
typedef struct ak_foreign_about {
    const char *path;
    bool run;                           /* of a run; else of a file */
    char encoder[32];                   /* the row of the table that they fit */
    int32_t width, blocks, stem_stride; /* as in akin_encoder_opts; 0 = as in the table */
    int32_t channels;                   /* of the images; 0 = the input is a row of numbers */
    int64_t inputs;                     /* of mlp and linear in a file: numbers in a row; else 0 */
    int32_t head_hidden, head_out;      /* head_out 0: there is no head */
    bool head_norm;
    const char *names;           /* "torchvision's", "akin's": whose names of tensors these are */
    const char *prefix;          /* of all names, "" mostly */
    int64_t step;                /* of a run */
    uint64_t sum;                /* XXH64 of the file, or of the run's weights */
    const ak_pixel_scale *scale; /* of a run or akin_export(): how images were normalised; else NULL */
    /* Of a file of akin_export(), else 0: the images, and the cells that features are averaged over. */
    int32_t height, image_width, shorter_side, grid;
} ak_foreign_about;

/* path: a file, or a run folder, whose newest checkpoint counts. encoder: of a file; "resnet50" also where
 * the stem is the large one; NULL = as a file of akin_export() says. prefix: what the names of a file begin
 * with, where it holds more than one network; NULL = it is found.
 * AKIN_ERR_ARGUMENT  a file that does not say its encoder, and none is named; or it says another; or it holds
 *                    several networks
 * AKIN_ERR_UNSUPPORTED  it is of vectors or text
 * AKIN_ERR_INPUT, AKIN_ERR_FORMAT  it cannot be read, or its tensors are not those of such an encoder
 * and as akin_model_open(). */
akin_status ak_foreign_open(const char *path, const char *encoder, const char *prefix, ak_foreign **out,
                            akin_error *err);
void ak_foreign_free(ak_foreign *w); /* takes NULL */
const ak_foreign_about *ak_foreign_of(const ak_foreign *w);

/* "resnet18" and "resnet18-large" differ in the stem, which is that of the weights. */
bool ak_same_but_for_stem(const char *a, const char *b);

/* Put them into a net of that encoder. Remarks tell what of a file was not taken, and that a head of another
 * shape stays as it was drawn. Where the net's images have one channel and those of the weights several, or
 * the other way round, the first convolution's weights are added up or shared out.
 * AKIN_ERR_SHAPE   a tensor of the backbone has another shape: the sentence has both
 * AKIN_ERR_INPUT   there is none of that name, or one that such an encoder has not
 * AKIN_ERR_FORMAT  a value that is not finite, or a variance below 0 */
akin_status ak_foreign_take(const ak_foreign *w, ak_net *net, ak_remarks *told, akin_error *err);

#endif
