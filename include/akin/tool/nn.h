/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/nn.h - encoders: from images or vectors to features and projections, and the gradients back.
 *
 *     images [n,c,h,w]  ->  backbone  ->  features [n,f]  ->  head  ->  projections [n,d]
 *
 * Rows     A training pass takes exactly `batch` rows, the number that the encoder was created for: both
 *          views of a step are one batch. Inference takes 1 to `batch` rows.
 * Norms    In training, batch norm uses the statistics of the batch. In inference it uses its running
 *          averages (momentum 0.1, unbiased variance, epsilon 1e-5)  [Ioffe2015].
 * Memory   akin_encoder_create() plans and allocates everything; a step allocates nothing of ours.
 * Vectors  A plain vector is an image of height 1, width d and 1 channel. identity, linear and mlp take
 *          vectors, with d <= 2^24.
 * Grid     With feature_grid g > 1, features keep coarse places: column c g g + y g + x is channel c in cell
 *          (y,x). The head always reads the average over the whole map.
 * Threads  One encoder serves one caller at a time, and the number of threads must stay what it was at
 *          akin_encoder_create(). The same inputs give the same bits on one instruction set, with any number
 *          of threads up to 16. There is one exception, with AVX-512: the gradient of a 3x3 layer of 96
 *          channels or more, when the batch holds fewer than two 4x4 tiles a channel. That one needs the same
 *          number of threads.
 * Weights  An optimiser works on the tensors in place (akin_encoder_tensor_at()), in the layout of this
 *          machine's convolutions. akin_encoder_export() and akin_encoder_import() copy from and to the plain
 *          layout that files hold. What is written counts from the next forward pass on.
 */
#ifndef AKIN_TOOL_NN_H
#define AKIN_TOOL_NN_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_encoder akin_encoder;

/* How 3x3 convolutions with stride 1 are computed; the others are direct. */
typedef enum akin_conv_algorithm {
    AKIN_CONV_AUTO = 0,     /* by a fixed rule of shapes (src/nn/conv.c): the same choice in every run */
    AKIN_CONV_DIRECT = 1,   /* nearest to the plain sum */
    AKIN_CONV_WINOGRAD = 2, /* F(4x4,3x3) [Lavin2016] wherever it exists; gradients within 1e-2 of direct */
} akin_conv_algorithm;

/* Start from AKIN_ENCODER_OPTS_INIT. A 0 in width, blocks and stem_stride means: what the table says. */
typedef struct akin_encoder_opts {
    uint32_t struct_size;
    int32_t width;          /* channels of the first stage, units of mlp and linear, width of vit-* */
    int32_t blocks;         /* residual blocks in every stage, hidden layers of mlp, blocks of vit-* */
    int32_t stem_stride;    /* stride of the first convolution: 1 or 2 */
    const char *name;       /* of a row of the table, akin_encoder_kind_at() */
    int32_t head_out;       /* width d of the projections; 0 = no head */
    int32_t head_hidden;    /* Linear -> [batch norm] -> ReLU -> Linear with so many units; 0 = one Linear */
    int32_t head_batchnorm; /* 0 or 1 */
    /* akin_precision. With bf16, activations and the weights of convolutions are bfloat16, and of vit-* the
     * operands of products; master weights, gradients of weights, statistics and the head stay float32. */
    int32_t precision;
    int32_t algorithm; /* akin_conv_algorithm */
    /* g >= 1: features are the averages of the last map over g x g cells, [f g g]; 1 = over all of it. */
    int32_t feature_grid;
    uint64_t seed; /* of the initial weights */
    /* Parts that do not learn, with commas between: the first words of the names of tensors, such as
     * "stem,stage1", or "backbone" for all before the head; NULL = none. Their tensors have no gradient,
     * their batch norm uses its running averages in training too, and those do not move. A backward pass ends
     * at the first layer that learns, and nothing of the layers in front of it is kept for it. */
    const char *freeze;
    int32_t heads; /* of vit-*; 0 = width / 64, at least 1. A head's width is a multiple of 16 */
    int32_t patch; /* of vit-*: side of a patch; 0 = 4, of images above 64 pixels 8, above 128 16 */
} akin_encoder_opts;

#define AKIN_ENCODER_OPTS_INIT                                                                               \
    {                                                                                                        \
        .struct_size = sizeof(akin_encoder_opts), .name = "resnet-s", .head_out = 128, .head_hidden = 128,   \
        .head_batchnorm = 1, .feature_grid = 1, .seed = 1                                                    \
    }

/* A row of the table of encoders; owned by the library, to be read through pointers only. */
typedef struct akin_encoder_kind {
    const char *name;
    const char *help; /* one line, no full stop */
} akin_encoder_kind;

AKIN_API const akin_encoder_kind *akin_encoder_kind_at(int i); /* NULL after the last */

typedef struct akin_encoder_info {
    uint32_t struct_size;
    int32_t layers; /* how many akin_encoder_get_layer() knows; from akin_encoder_describe(): 0 */
    int32_t threads;
    int32_t precision; /* akin_precision */
    const char *name;
    int64_t parameters;     /* trainable numbers, with the head */
    int64_t macs_per_image; /* multiplications with addition, forward, with the head */
    int64_t features;       /* width f */
    int64_t projection;     /* width d; 0 without a head */
    int64_t memory_bytes;   /* held by the encoder; from akin_encoder_describe(): for each image of a batch */
    int64_t batch, channels, height, width;
} akin_encoder_info;

#define AKIN_ENCODER_INFO_INIT                                                                               \
    {                                                                                                        \
        .struct_size = sizeof(akin_encoder_info)                                                             \
    }

/* What akin_encoder_create() would build, without building it. Fails as it does. */
AKIN_API akin_status akin_encoder_describe(const akin_encoder_opts *opts, int64_t height, int64_t width,
                                           int64_t channels, akin_encoder_info *info, akin_error *err);

/* Build an encoder for `batch` images [channels,height,width]. Its weights are drawn from opts->seed:
 * convolutions normal with variance 2/(outputs x kernel area) [He2015 eq.14], batch norm 1 and 0, linear
 * layers uniform in +-1/sqrt(inputs). A seed gives the same weights on every machine.
 *
 *   AKIN_ERR_ARGUMENT     out is NULL, or opts sets what this version does not know
 *   AKIN_ERR_RANGE        no such encoder (the message names the nearest), or an option outside its range
 *   AKIN_ERR_SHAPE        batch, height, width or channels is not usable with this encoder
 *   AKIN_ERR_UNSUPPORTED  f64; bf16 on a processor without AVX-512, or a layer that oneDNN does not offer
 *   AKIN_ERR_NOMEM        the message says how much is needed */
AKIN_API akin_status akin_encoder_create(const akin_encoder_opts *opts, int64_t batch, int64_t height,
                                         int64_t width, int64_t channels, akin_encoder **out,
                                         akin_error *err);
AKIN_API void akin_encoder_free(akin_encoder *e);

/* Encode n images. features [n,f] and projections [n,d] receive the results; a view whose data is NULL is
 * skipped. A training pass uses the statistics of the batch, moves the running averages (see
 * akin_encoder_track_averages()), and keeps what one akin_encoder_backward() needs.
 *
 *   AKIN_ERR_SHAPE     n is not batch (training) or not in 1..batch, or a view does not fit
 *   AKIN_ERR_ARGUMENT  images is NULL, projections are wanted without a head, or the thread count has
 *                      changed */
AKIN_API akin_status akin_encoder_forward(akin_encoder *e, const float *images, int64_t n, bool training,
                                          akin_mat features, akin_mat projections, akin_error *err);

/* Whether training passes move the running averages; at first they do. Turn it off for a pass over images
 * that were counted before, and for one with weights that are not the encoder's own. */
AKIN_API void akin_encoder_track_averages(akin_encoder *e, bool on);

/* Gradients of every tensor from dL/dprojections [batch,d] and dL/dfeatures [batch,f]. They are written, not
 * added to what is there. A view whose data is NULL counts as zero. The last forward pass must have been a
 * training one, and the weights must not have changed since.
 *
 *   AKIN_ERR_ARGUMENT  there is no such forward pass, both views are empty, or dfeatures of a grid is given
 *   AKIN_ERR_SHAPE     a view does not fit */
AKIN_API akin_status akin_encoder_backward(akin_encoder *e, akin_cmat dprojections, akin_cmat dfeatures,
                                           akin_error *err);

/* dL/dinput [batch, c h w] of the last backward pass, in the layout of the images. It is for encoders that
 * stand on another layer, such as a table of words (akin/tool/bag.h). The weights must not have changed
 * since.
 *
 *   AKIN_ERR_ARGUMENT     there was no backward pass, or dinput is empty
 *   AKIN_ERR_SHAPE        dinput does not fit
 *   AKIN_ERR_UNSUPPORTED  the encoder has convolutions: only identity, linear and mlp have an input
 *                         gradient */
AKIN_API akin_status akin_encoder_input_gradient(akin_encoder *e, akin_mat dinput, akin_error *err);

/* One array of a net's state; owned by the library, to be read through pointers only. The numbers that data
 * and grad point to may be written. Those beyond the plain ones are padding: they are zero and have zero
 * gradient, and they must stay zero. Every update that maps (0, 0) to 0 leaves them so. */
typedef struct akin_tensor {
    const char *name; /* "stage1.block0.conv1.weight" */
    float *data;      /* [count], 64-byte aligned */
    float *grad;      /* [count], or NULL for running averages */
    int64_t count;    /* stored numbers, padding included */
    int64_t plain;    /* product of shape */
    int64_t shape[4]; /* [out,in,kh,kw], [out,in] or [channels] */
    int32_t ndim;
    bool decay; /* weight decay applies: to weights yes, to biases and batch norm no */
} akin_tensor;

/* NULL after the last */
AKIN_API const akin_tensor *akin_encoder_tensor_at(const akin_encoder *e, int64_t i);

/* Copy tensor i into, or from, plain row-major memory of tensor.plain floats, without loss.
 *   AKIN_ERR_RANGE  no tensor i */
AKIN_API akin_status akin_encoder_export(const akin_encoder *e, int64_t i, float *plain, akin_error *err);
AKIN_API akin_status akin_encoder_export_grad(const akin_encoder *e, int64_t i, float *plain,
                                              akin_error *err);
AKIN_API akin_status akin_encoder_import(akin_encoder *e, int64_t i, const float *plain, akin_error *err);

/*   AKIN_ERR_ARGUMENT  e or info is NULL, or info was not initialised */
AKIN_API akin_status akin_encoder_get_info(const akin_encoder *e, akin_encoder_info *info, akin_error *err);

/* Where the time goes, a layer at a time: seconds are sums over all steps since the encoder was created. */
typedef struct akin_encoder_layer {
    uint32_t struct_size;
    const char *name; /* "stage1.block0.conv1" */
    const char *what; /* "conv 3x3/1 32->32 at 14x14" */
    /* Forward, backward to the data, backward to the weights; "" where there is none. */
    const char *algorithm[3];
    int64_t parameters, macs;
    double forward_s, backward_data_s, backward_weights_s, norm_forward_s, norm_backward_s;
} akin_encoder_layer;

#define AKIN_ENCODER_LAYER_INIT                                                                              \
    {                                                                                                        \
        .struct_size = sizeof(akin_encoder_layer)                                                            \
    }

/*   AKIN_ERR_RANGE  no layer i */
AKIN_API akin_status akin_encoder_get_layer(const akin_encoder *e, int32_t i, akin_encoder_layer *layer,
                                            akin_error *err);

/* How fast a layer could be: its convolution alone, on memory of its own. */
typedef struct akin_encoder_limit {
    uint32_t struct_size;
    const char *name; /* as in akin_encoder_layer */
    const char *what; /* layers of the same text have the same limit */
    /* Forward, backward to the data, backward to the weights. */
    /* "winograd in parts"; "" where there is none, as for a layer without convolution */
    const char *fastest[3];
    double seconds[3];  /* of a batch; medians */
    double onednn_s[3]; /* the same, of the ways that are oneDNN's */
} akin_encoder_limit;

#define AKIN_ENCODER_LIMIT_INIT                                                                              \
    {                                                                                                        \
        .struct_size = sizeof(akin_encoder_limit)                                                            \
    }

/* Time layer i now, in every way that this build knows, at the encoder's precision and batch: direct or
 * Winograd, in parts of the batch or on oneDNN's own threads, and akin's own Winograd. The sum over all
 * layers bounds the images per second of a step from above. A layer takes some hundred milliseconds.
 *
 *   AKIN_ERR_RANGE  no layer i          AKIN_ERR_NOMEM  no room for another copy of the layer */
AKIN_API akin_status akin_encoder_measure_limit(const akin_encoder *e, int32_t i, akin_encoder_limit *limit,
                                                akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_NN_H */
