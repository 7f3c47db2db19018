/* SPDX-License-Identifier: Apache-2.0 */
/* model/model.h - a model while it is loaded (model.c) and while it embeds (embed.c). */
#ifndef AKIN_SRC_MODEL_H
#define AKIN_SRC_MODEL_H

#include "akin/model.h"
#include "akin/tool/model.h"

#include "model/config.h"
#include "model/net.h"
#include "model/subject.h"

enum { AK_MODEL_BATCH = 256 };

struct akin_model {
    akin_train_config *config;
    ak_train_settings set;
    ak_net net;
    akin_model_kind kind;
    akin_data_kind kind_of_data;
    int64_t height, width, channels; /* of a dense row */
    int64_t dim;                     /* of given word vectors; 0 = the option's */
    int64_t projection;              /* width of what the head gives */
    bool averaged;                   /* the weights are the moving average */
    bool warm;                       /* RANDOM: batch-norm statistics are there */
    int64_t step;
    float mean[AK_MAX_CHANNELS], std[AK_MAX_CHANNELS]; /* images */
    double *scale_values;                              /* vectors: mean, then std */
    akin_vector_scale scale;
    akin_vocab *vocab; /* text */
    float *input;      /* [AK_MODEL_BATCH, c, h, w] */
    char data_path[4096];
};

#endif
