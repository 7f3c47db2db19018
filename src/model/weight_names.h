/* SPDX-License-Identifier: Apache-2.0 */
/* model/weight_names.h - what other libraries call the tensors of an encoder.
 *
 * Shapes need no table: the plain layout of every tensor of ours (akin_encoder_export(),
 * akin_gru_tensor_at()) is PyTorch's, [out,in,kh,kw], [out,in] or [channels], and so are the gates of a GRU
 * and their order.
 * "num_batches_tracked" has no counterpart here, and load_state_dict() does not miss it.
 *
 *     form     ours                              theirs
 *     resnet   stem.conv, its .bn                conv1, bn1
 *              stage2.block0.conv1, its .bn      layer2.0.conv1, layer2.0.bn1
 *              stage2.block0.shortcut, its .bn   layer2.0.downsample.0, layer2.0.downsample.1
 *     vgg-bn   stage2.block1.conv, its .bn       features.10, features.11
 *     vgg      the same, without batch norm      features.7
 *     plain    as vgg-bn; hidden2, hidden2.bn    features.N; hidden.3, hidden.4
 *
 * A number of features or hidden counts the modules of a torch.nn.Sequential: the convolution, its batch norm
 * where there is one, its ReLU, and a pooling behind each stage. Names of all else are ours in every form
 * (head.linear1, head.bn, head.linear2, linear, words, gru). torchvision and timm agree on those of ResNets
 * but for what stands behind the features, which is not ours. */
#ifndef AK_MODEL_WEIGHT_NAMES_H
#define AK_MODEL_WEIGHT_NAMES_H

#include "akin/tool/nn.h"

typedef enum ak_weight_form {
    AK_WEIGHTS_RESNET, /* torchvision's and timm's ResNets */
    AK_WEIGHTS_VGG_BN, /* torchvision's and timm's vgg16_bn: a bias before each batch norm */
    AK_WEIGHTS_VGG,    /* vgg16: a bias, and no batch norm */
    AK_WEIGHTS_PLAIN,  /* of nobody else */
    AK_WEIGHTS_OURS,   /* akin's own, as checkpoints have them */
} ak_weight_form;

enum { AK_WEIGHT_NAME = 96 };

typedef struct ak_weight_name {
    char name[AK_WEIGHT_NAME]; /* "" = they have none: all its values are `value` */
    /* The bias of the convolution in front of this running mean, which ours is without: ours = theirs - bias.
     * It changes no output, so on the way out it may be 0; "" = there is none. */
    char less[AK_WEIGHT_NAME];
    double value; /* the batch norm that changes nothing: weight sqrt(1 + epsilon), mean 0, variance 1 */
} ak_weight_name;

/* The form in which the weights of an encoder are written. */
ak_weight_form ak_weight_form_of(const char *encoder);

/* names[i] for each tensors[i] of a net, all of them in the net's order. */
void ak_weight_names(const akin_tensor *tensors, int64_t count, ak_weight_form form, ak_weight_name *names);

#endif
