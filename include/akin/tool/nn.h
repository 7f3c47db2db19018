/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/nn.h - encoders: from a batch of images to features and projections, and the gradients back.
 *
 *     images [n,c,h,w]  ->  backbone  ->  features [n,f]  ->  projection head  ->  projections [n,d]
 *
 * Shapes   Images are dense float32, normalised by the caller. A training step has exactly `batch` rows, the
 *          number the encoder was created for (both views of a step are one batch); inference takes 1..batch.
 * Norms    Batch norm uses the statistics of the batch in training, and its running averages (momentum 0.1,
 *          unbiased variance, epsilon 1e-5) in inference  [Ioffe2015].
 * Memory   Everything is planned and allocated by akin_encoder_create(); a step allocates nothing of ours.
 * Vectors  Plain vectors are images of height 1, width d and 1 channel, for identity, linear and mlp; d <= 2^24.
 * Grid     With feature_grid g > 1 the features keep coarse places: cell (y,x) of channel c is column c g g + y g + x.
 *          The head always reads the average over the whole map.
 * Threads  One encoder serves one caller at a time, and the thread count must be the one it was created with.
 *          The same inputs give the same bits on the same instruction set with any number of threads up to 16;
 *          except, with AVX-512, a gradient where a 3x3 layer of 96 channels or more has fewer than two 4x4 tiles
 *          a channel in the batch: there with the same number of threads.
 * Weights  akin_encoder_tensors() gives them, with their gradients, as flat arrays for an optimiser, in the
 *          layout of this machine's convolutions; akin_encoder_export() and _import() give the plain layout
 *          that files hold. Whatever is written to them counts from the next forward pass on.
 */
#ifndef AKIN_NN_H
#define AKIN_NN_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_encoder akin_encoder;

/* How 3x3 convolutions with stride 1 are computed; the others are direct. */
typedef enum akin_conv_algorithm {
    AKIN_CONV_AUTO = 0,   /* a fixed rule of shapes, stated in src/nn/conv.c: the same choice in every run */
    AKIN_CONV_DIRECT = 1, /* nearest to the plain sum */
    AKIN_CONV_WINOGRAD = 2, /* F(4x4,3x3) [Lavin2016] wherever it exists; gradients within 1e-2 of direct */
} akin_conv_algorithm;

/* Start from AKIN_ENCODER_OPTS_INIT. Zero in width, blocks and stem_stride means: as in the table. */
typedef struct akin_encoder_opts {
    uint32_t struct_size;
    int32_t width;          /* channels of the first stage, or units of mlp and linear */
    int32_t blocks;         /* residual blocks in every stage, or hidden layers of mlp */
    int32_t stem_stride;    /* stride of the first convolution: 1 or 2 */
    const char *name;       /* a row of akin_encoder_kinds() */
    int32_t head_out;       /* width d of the projections; 0 = no head */
    int32_t head_hidden;    /* Linear -> [batch norm] -> ReLU -> Linear with so many units; 0 = one Linear */
    int32_t head_batchnorm; /* 0 or 1 */
    int32_t precision; /* akin_precision; bf16: activations and convolution weights, while master weights,
                             * statistics, gradients of weights and the head stay float32 */
    int32_t algorithm; /* akin_conv_algorithm */
    int32_t
        feature_grid; /* g >= 1: features are the last map averaged over g x g cells, [f g g]; 1 = over all of it */
} akin_encoder_opts;

#define AKIN_ENCODER_OPTS_INIT                                                                               \
    {                                                                                                        \
        sizeof(akin_encoder_opts), 0, 0, 0, "resnet-s", 128, 128, 1, 0, 0, 1                                 \
    }

/* The table of encoders. */
typedef struct akin_encoder_kind {
    const char *name;
    const char *help; /* one line, no full stop */
} akin_encoder_kind;

AKIN_API int akin_encoder_kinds(void);                         /* how many */
AKIN_API const akin_encoder_kind *akin_encoder_kind_at(int i); /* NULL outside the table */

typedef struct akin_encoder_info {
    const char *name;
    int64_t parameters;     /* trainable numbers, head included */
    int64_t macs_per_image; /* multiplications with addition, forward, head included */
    int64_t features;       /* width f */
    int64_t projection;     /* width d; 0 without a head */
    int64_t memory_bytes;   /* held by the encoder; from describe(): for each image of a batch */
    int64_t batch, channels, height, width;
    int32_t layers; /* rows of akin_encoder_layer_at(); from describe(): 0 */
    int32_t threads;
    int32_t precision;
} akin_encoder_info;

/* What create() would build, without building it. Fails as create() does. */
AKIN_API akin_status akin_encoder_describe(const akin_encoder_opts *opts, int64_t height, int64_t width,
                                           int64_t channels, akin_encoder_info *info, akin_error *err);

/* Build an encoder with weights drawn from seed: convolutions normal with variance 2/(outputs x kernel area)
 * [He2015 eq.14], batch norm 1 and 0, linear layers uniform in +-1/sqrt(inputs). A seed gives the same weights
 * on every machine.
 *
 *   AKIN_ERR_ARGUMENT     out is NULL, or opts is from the future
 *   AKIN_ERR_RANGE        no such encoder (the message names the nearest), or a width outside its range
 *   AKIN_ERR_SHAPE        batch, height, width or channels is not usable with this encoder
 *   AKIN_ERR_UNSUPPORTED  f64; bf16 on a processor without AVX-512, or a layer that oneDNN does not offer
 *   AKIN_ERR_NOMEM        the message says how much is needed */
AKIN_API akin_status akin_encoder_create(const akin_encoder_opts *opts, int64_t batch, int64_t height,
                                         int64_t width, int64_t channels, uint64_t seed, akin_encoder **out,
                                         akin_error *err);
AKIN_API void akin_encoder_free(akin_encoder *e);

/* Encode n images. features [n,f] and projections [n,d] receive the results; a view whose data is NULL is
 * skipped. training: batch statistics, running averages updated (akin_encoder_track()), and all kept for one backward().
 *
 *   AKIN_ERR_SHAPE     n is not batch (training) or not in 1..batch, or a view does not fit
 *   AKIN_ERR_ARGUMENT  images is NULL, projections are wanted without a head, or the thread count has changed */
AKIN_API akin_status akin_encoder_forward(akin_encoder *e, const float *images, int64_t n, bool training,
                                          akin_mat features, akin_mat projections, akin_error *err);

/* Whether training passes move the running averages, as they do at first. Off for what passes a second time, or with
 * weights that are not the encoder's own. */
AKIN_API void akin_encoder_track(akin_encoder *e, bool on);

/* Gradients of every tensor, written and not accumulated, from dL/dprojections [batch,d] and dL/dfeatures
 * [batch,f]; a view whose data is NULL counts as zero. Belongs to the last forward(), which must have been a
 * training one; weights must not have changed in between.
 *
 *   AKIN_ERR_ARGUMENT  there is no such forward(), both views are empty, or dfeatures of a grid is given
 *   AKIN_ERR_SHAPE     a view does not fit */
AKIN_API akin_status akin_encoder_backward(akin_encoder *e, akin_cmat dprojections, akin_cmat dfeatures,
                                           akin_error *err);

/* dL/dinput [batch, c h w] of the last backward(), in the layout of the images; for encoders that stand on another
 * (akin/tool/bag.h). Weights must not have changed since.
 *
 *   AKIN_ERR_ARGUMENT     there was no backward(), or dinput is empty
 *   AKIN_ERR_SHAPE        dinput does not fit
 *   AKIN_ERR_UNSUPPORTED  the encoder has convolutions: identity, linear and mlp have an input gradient */
AKIN_API akin_status akin_encoder_input_gradient(akin_encoder *e, akin_mat dinput, akin_error *err);

/* One array of the encoder's state. Elements beyond the plain ones are padding: they are zero, have zero
 * gradient, and must be left at zero, which every update that maps (0, 0) to 0 does. */
typedef struct akin_tensor {
    const char *name; /* "stage1.block0.conv1.weight" */
    float *data;      /* [count], 64-byte aligned */
    float *grad;      /* [count], or NULL for running averages */
    int64_t count;    /* stored numbers, padding included */
    int64_t plain;    /* product of shape */
    int64_t shape[4]; /* [out,in,kh,kw], [out,in] or [channels] */
    int32_t ndim;
    bool decay; /* weight decay applies: weights yes; biases and batch norm no */
} akin_tensor;

AKIN_API const akin_tensor *akin_encoder_tensors(const akin_encoder *e, int64_t *count);

/* Copy tensor i into, or from, plain row-major memory of tensor.plain floats, without loss.
 *   AKIN_ERR_RANGE  no tensor i */
AKIN_API akin_status akin_encoder_export(const akin_encoder *e, int64_t i, float *plain, akin_error *err);
AKIN_API akin_status akin_encoder_export_grad(const akin_encoder *e, int64_t i, float *plain,
                                              akin_error *err);
AKIN_API akin_status akin_encoder_import(akin_encoder *e, int64_t i, const float *plain, akin_error *err);

AKIN_API akin_status akin_encoder_get_info(const akin_encoder *e, akin_encoder_info *info, akin_error *err);

/* Where the time goes: one row a layer, summed over all steps since creation. */
typedef struct akin_layer_info {
    const char *name;         /* "stage1.block0.conv1" */
    const char *what;         /* "conv 3x3/1 32->32 at 14x14" */
    const char *algorithm[3]; /* forward, backward to the data, backward to the weights; "" where none */
    int64_t parameters, macs;
    double forward_s, backward_data_s, backward_weights_s, norm_forward_s, norm_backward_s;
} akin_layer_info;

AKIN_API akin_status akin_encoder_layer_at(const akin_encoder *e, int32_t i, akin_layer_info *info,
                                           akin_error *err);

/* How fast layer i could be: its convolution alone, on memory of its own, timed now with every way this build knows
 * (direct or Winograd, in parts of the batch or on oneDNN's own threads, akin's own Winograd) at the encoder's precision and batch. The
 * sum over all layers bounds the images per second of a step from above. Takes some hundred milliseconds a layer. */
typedef struct akin_layer_limit {
    const char *name; /* as in akin_layer_info */
    const char *what; /* layers of the same text have the same limit */
    const char
        *fastest[3]; /* "winograd in parts"; "" where there is none, as for layers that are no convolution */
    double seconds[3];  /* of a batch: forward, backward to the data, backward to the weights; medians */
    double onednn_s[3]; /* the same of the ways that are oneDNN's */
} akin_layer_limit;

/*   AKIN_ERR_RANGE  no layer i          AKIN_ERR_NOMEM  no room for another copy of the layer */
AKIN_API akin_status akin_encoder_limit_at(const akin_encoder *e, int32_t i, akin_layer_limit *limit,
                                           akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_NN_H */
