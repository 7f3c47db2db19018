/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/weights.h - a run from weights that were trained elsewhere (docs/weights.md).
 *
 * The run embeds as the network did where it was trained: with its stem, its running averages, and the size,
 * the mean and the deviation of its images.
 */
#ifndef AKIN_TOOL_WEIGHTS_H
#define AKIN_TOOL_WEIGHTS_H

#include "akin/train.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_import_opts {
    uint32_t struct_size;
    bool force; /* replace the run that the folder holds */
    /* Of the pixels, from 0 to 1, as the network was trained: a number, or one for each channel with commas
     * between. NULL: as a file of akin_export() says; else ImageNet's, 0.485,0.456,0.406 and
     * 0.229,0.224,0.225, for three channels. */
    const char *mean, *std;
    /* Data that the run counts as its own, for evaluation, diagnosis and pruning; NULL = it has none. */
    const char *data;
    const char *command; /* how it was called, for run.json; NULL = not told */
    void *ctx;
    void (*on_message)(const char *line, void *ctx); /* what a person wants to know; may be NULL */
    /* What the names of the tensors begin with, where the file holds more than one network; NULL = found, and
     * told. The last dot may be left out. */
    const char *prefix;
} akin_import_opts;

#define AKIN_IMPORT_OPTS_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_import_opts)                                                              \
    }

/* Make the folder `run` a run with the weights of a safetensors file. config names the encoder ("resnet18",
 * "resnet34", "resnet50", "resnet101", "vgg16", or any other of akin's), and may set "size", "resize" and
 * further options that evaluation and diagnosis read. A file of akin_export() says its encoder, the size of
 * its images and how they are normalised. What config and opts set counts; a message says where it is not
 * that. Of other files, without a size, images are taken as torchvision's weights want them: the shorter side
 * becomes 256 pixels, and the middle 224 are kept; those of a 3x3 stem 32.
 *
 *   AKIN_ERR_ARGUMENT  no encoder, or not that of the file; no square images and no size; the folder holds a
 *                      run, and force is not set; size is 0; several networks, and no prefix
 *   AKIN_ERR_INPUT     the file cannot be read, is a pickle, or is of another network
 *   AKIN_ERR_UNSUPPORTED  it is of vectors or text, by what akin_export() wrote
 *   AKIN_ERR_FORMAT    it is damaged, or a value is not finite
 *   AKIN_ERR_SHAPE     a tensor has another shape than the encoder's
 *   AKIN_ERR_IO        the run could not be stored
 *   and what the data set and the encoder return. */
AKIN_API akin_status akin_import(const char *file, const char *run, const akin_train_config *config,
                                 const akin_import_opts *opts, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_WEIGHTS_H */
