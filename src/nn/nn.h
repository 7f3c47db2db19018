/* SPDX-License-Identifier: Apache-2.0 */
/* nn/nn.h - internal side of akin/nn.h.
 *
 * plan.c      which layers, of which shapes: pure arithmetic, the table of encoders
 * device.c    oneDNN's engine and stream, and everything that is owned
 * onednn.h    oneDNN 2.x or 3.x
 * conv.c      one convolution: forward, backward to the data, backward to the weights
 * winograd.c  3x3 convolutions of many channels, over the kernels of winograd.h
 * limits.c    how fast this machine's convolutions are by themselves
 * grid.c      features over a grid of cells
 * norm.c      batch norm (or bias) + residual + ReLU, over the passes of lanes.h
 * dense.c     linear layers of the head and of mlp
 * encoder.c   building an encoder from its plan, and the public functions
 * step.c      the forward and the backward pass
 * tensors.c   the list of tensors, initial weights, plain layout
 */
#ifndef AKIN_SRC_NN_H
#define AKIN_SRC_NN_H

#include "akin/nn.h"

#include "base/base.h"
#include "nn/lanes.h"
#include "nn/onednn.h"
#include "nn/winograd.h"

enum {
    AKIN_NN_NODES = 192, /* convolutions and poolings; resnet50 has 54 */
    AKIN_NN_DENSE = 16,  /* linear layers */
    AKIN_NN_NAME = 56,
    AKIN_NN_WIDEST = 1 << 24, /* numbers in a vector: an image of height 1 */
    AKIN_NN_PAD = 16,         /* widths are stored as multiples of this: the widest vector in floats */
    AKIN_NN_CHUNKS = 32,      /* blocks of images of a reduction: fixed, so that threads do not change sums */
    AKIN_NN_BUFFERS = 4,      /* gradient buffers; the plan uses 3 */
    AKIN_NN_PARTS = 16,       /* most parts of a batch that are computed side by side */
};

/* Plan ------------------------------------------------------------------------------------------------ */

typedef struct akin_act { /* one activation [batch, c, h, w] */
    int32_t c, h, w;
    bool passing; /* used by the next node only and not by the backward pass: lives in a gradient buffer */
    int32_t grads, grad[2]; /* gradient buffers that add up to its gradient; while the plan is walked */
    int32_t padded;         /* channels as stored */
    void *data;
    const akin_layout *layout;
    dnnl_memory_t memory;
} akin_act;

typedef enum akin_node_kind { AKIN_NODE_CONV, AKIN_NODE_POOL } akin_node_kind;

typedef struct akin_op { /* one oneDNN primitive with its arguments */
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t arg[6];
    int args;
    const char *info;
} akin_op;

typedef struct akin_split { /* the same operation on parts of the batch */
    akin_op part[AKIN_NN_PARTS];
    int parts; /* 1: one primitive that uses all threads by itself */
} akin_split;

typedef struct akin_norm {
    bool batch; /* batch norm; otherwise a bias */
    bool relu, residual;
    int32_t channels, padded;
    int64_t spatial;
    float *gamma, *dgamma, *beta, *dbeta, *running_mean,
        *running_var;                                                /* [padded] tensors; gamma NULL: bias */
    float *mean, *scale, *shift, *inv_std, *factor, *offset, *slope; /* [padded] of this step */
} akin_norm;

typedef struct akin_node {
    char name[AKIN_NN_NAME];
    akin_node_kind kind;
    int32_t in, out, residual; /* activations; residual -1 = none */
    int32_t kernel, stride, pad;
    bool relu;
    int32_t d1, d2, dx, din; /* gradient buffers; -1 = none */
    void *y;                 /* the convolution's result, before the norm */
    float *weight, *grad;    /* the master weights and their gradient */
    const akin_layout *weight_layout;
    int32_t weight_tensor;
    akin_split op[3];                /* forward, to the data, to the weights */
    akin_op to_forward, to_backward; /* copies of the weights */
    bool wide[3]; /* computed in float32 although activations are bf16, on copies in the device's wide[] */
    akin_op wide_x, wide_dy, narrow_y,
        narrow_dx;   /* x -> wide[0], dy -> wide[1]; wide[1] -> y, wide[0] -> dx */
    int64_t weights; /* floats in weight and grad */
    bool own[3]; /* computed by winograd.h, not by oneDNN; forward and to the data only with the weights */
    akin_winograd winograd; /* of the whole batch, as read forward */
    void *winograd_din;     /* where the gradient to the data goes; NULL = nowhere */
    akin_norm norm;
    double seconds[5]; /* op[0..2], norm forward, norm backward */
    char what[64];
} akin_node;

typedef struct akin_dense {
    char name[AKIN_NN_NAME], norm_name[AKIN_NN_NAME];
    int32_t in, out;               /* widths */
    int64_t in_stride, out_stride; /* of the rows as stored */
    bool relu, batchnorm;
    const float *x;       /* [batch][in_stride] */
    float *y, *a, *dout;  /* [batch][out_stride]: before and after the norm; gradient to a */
    float *weight, *grad; /* [out,in] */
    akin_norm norm;
    double seconds[5];
    char what[64];
} akin_dense;

typedef struct akin_plan {
    const char *name;
    int64_t batch;
    int32_t channels, height, width;
    int32_t features, projection;
    int32_t precision, algorithm;
    int32_t grid;                                 /* features are the last map over grid x grid cells */
    int32_t acts, nodes, denses, backbone_denses; /* denses before the features */
    int32_t buffers;                              /* gradient buffers in use */
    int64_t wide;                                 /* floats in each of the device's wide[] */
    int64_t parameters, macs, image_bytes;        /* image_bytes: memory for each image of the batch */
    akin_act act[AKIN_NN_NODES + 1];              /* act[0] = the images */
    akin_node node[AKIN_NN_NODES];
    akin_dense dense[AKIN_NN_DENSE];
} akin_plan;

/* Fill plan from options; AKIN_ERR_RANGE, AKIN_ERR_SHAPE. */
akin_status akin_plan_make(const akin_encoder_opts *user, int64_t batch, int64_t height, int64_t width,
                           int64_t channels, akin_plan *plan, akin_error *err);

/* Device ---------------------------------------------------------------------------------------------- */

typedef struct akin_device {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_attr_t attr; /* of every primitive */
    const akin_lanes *lanes;
    const akin_winograd_kernels *winograd;
    int type; /* index into lanes->op */
    dnnl_data_type_t data_type;
    dnnl_format_tag_t tag; /* of activations */
    struct akin_late {     /* memories that get their block once the largest of their pool is known */
        dnnl_memory_t memory;
        int pool;
    } * late;
    size_t lates, late_room, bytes;
    size_t pool_bytes[2 * AKIN_NN_PARTS]; /* scratch of part k; gradient of part k */
    void *pool[2 * AKIN_NN_PARTS];
    struct {
        void *p;
        size_t bytes; /* of pages */
        int kind;
    } * owned;
    size_t owneds, owned_room;
    double *sums;   /* [2][AKIN_NN_CHUNKS][widest] */
    int64_t widest; /* channels, padded */
    float *wide[2]; /* activations in float32 for the convolutions that want them, [plan.wide] each */
    bool winograds; /* oneDNN has Winograd too; asked by akin_conv_ask() */
    bool library;   /* convolutions are oneDNN's alone */
    bool whole;     /* convolutions are not cut into parts: oneDNN's own threads */
    bool hold;      /* training passes leave the running averages as they are */
} akin_device;

akin_status akin_device_open(akin_device *d, int32_t precision, akin_error *err);
void akin_device_close(akin_device *d); /* and everything that it owns */

/* Zeroed memory owned by d; blocks of 2 MiB and more take no memory before they are touched. */
akin_status akin_device_alloc(akin_device *d, size_t item, int64_t n, int64_t m, void *out, akin_error *err);
/* Layouts, owned by d: made; of the first so many images; chosen by oneDNN (see onednn.h). */
akin_status akin_device_layout(akin_device *d, const dnnl_dims_t dims, dnnl_data_type_t type,
                               dnnl_format_tag_t tag, const akin_layout **out, const char *layer,
                               akin_error *err);
akin_status akin_device_slice(akin_device *d, const akin_layout *whole, int64_t images,
                              const akin_layout **out, const char *layer, akin_error *err);
akin_status akin_device_chosen(akin_device *d, const_dnnl_primitive_desc_t by, dnnl_query_t what,
                               const akin_layout **out, const char *layer, akin_error *err);
akin_status akin_device_memory(akin_device *d, const akin_layout *layout, void *data, dnnl_memory_t *out,
                               const char *layer, akin_error *err);
/* Memory whose block is the pool's. */
akin_status akin_device_late(akin_device *d, const akin_layout *layout, int pool, dnnl_memory_t *out,
                             const char *layer, akin_error *err);
/* At least so many bytes in a pool. */
void akin_device_reserve(akin_device *d, int pool, size_t bytes);
/* Make op from a description, which is destroyed; scratch of the given pool is added to its arguments. */
akin_status akin_device_op(akin_device *d, dnnl_primitive_desc_t desc, akin_op *op, int pool,
                           const char *layer, akin_error *err);
void akin_op_arg(akin_op *op, int id, dnnl_memory_t memory);
akin_status akin_device_share(akin_device *d, akin_error *err); /* allocate the pools */
akin_status akin_device_run(akin_device *d, const akin_op *op, const char *layer, akin_error *err);
akin_status akin_device_run_split(akin_device *d, const akin_split *op, const char *layer, akin_error *err);
/* Copy between layouts; empty when they are equal. */
akin_status akin_device_reorder(akin_device *d, const akin_layout *from_layout, dnnl_memory_t from,
                                const akin_layout *to_layout, dnnl_memory_t to, akin_op *op,
                                const char *layer, akin_error *err);
/* AKIN_ERR_UNSUPPORTED or _INTERNAL naming layer and oneDNN's status. */
akin_status akin_device_fail(akin_error *err, dnnl_status_t status, const char *layer, const char *what);

/* Layers ---------------------------------------------------------------------------------------------- */

/* Set d->winograds; before the first layer. */
akin_status akin_conv_ask(akin_device *d, akin_error *err);
/* Whether oneDNN has better than its reference code for the first layer with the images as they come. */
bool akin_conv_is_fast(akin_device *d, const akin_node *n, const akin_act *in, const akin_act *out);
/* Floats in each wide[] that a layer needs; 0 = none. */
int64_t akin_conv_wide(const akin_plan *plan, const akin_node *n, const akin_act *in, const akin_act *out);
/* Into how many parts a batch of results with so many places is cut; sums: of which each gives a gradient to weights. */
int akin_conv_parts(int64_t batch, int64_t area, bool sums);

akin_status akin_conv_build(akin_device *d, const akin_plan *plan, akin_node *n, const akin_act *in,
                            const akin_act *out, void *const *buffers, akin_error *err);
/* Forward (0), to the data (1) or to the weights (2); the parts of the last are added up in order. */
akin_status akin_conv_run(akin_device *d, const akin_node *n, int direction, akin_error *err);

/* Whether winograd.h can compute a layer, whether it is to compute a direction of it, the layout that the weights have
 * then, and the preparation. */
bool akin_winograd_possible(const akin_device *d, const akin_plan *plan, const akin_node *n);
bool akin_winograd_wanted(const akin_device *d, const akin_plan *plan, const akin_node *n, const akin_act *in,
                          const akin_act *out, int direction);
akin_status akin_winograd_layout(akin_device *d, const akin_act *in, const akin_act *out,
                                 const akin_layout **weights, const char *layer, akin_error *err);
void akin_winograd_build(akin_device *d, akin_node *n, const akin_act *in, const akin_act *out,
                         void *const *buffers);
void akin_winograd_run(const akin_device *d, const akin_node *n, int direction);
akin_status akin_pool_build(akin_device *d, const akin_plan *plan, akin_node *n, const akin_act *in,
                            const akin_act *out, void *const *buffers, akin_error *err);

akin_status akin_norm_build(akin_device *d, akin_norm *n, int32_t channels, int32_t padded, int64_t spatial,
                            akin_error *err);
/* The last map over grid x grid cells, for out.rows images. */
void akin_grid_average(const akin_encoder *e, akin_mat out);

void akin_norm_forward(akin_device *d, akin_norm *n, const void *x, const void *residual, void *out,
                       int64_t images, bool training, int type);
/* d1 (+ d2) is the gradient to out; dx receives that to x and may be d1. With a residual, d1 keeps what
 * flows into it. */
void akin_norm_backward(akin_device *d, akin_norm *n, const void *x, const void *out, void *d1,
                        const void *d2, void *dx, int64_t images, int type);

void akin_add(akin_device *d, const akin_act *a, void *d1, const void *d2, int64_t images); /* d1 += d2 */

akin_status akin_dense_build(akin_device *d, akin_dense *l, const float *x, int64_t batch, akin_error *err);
akin_status akin_dense_forward(akin_device *d, akin_dense *l, int64_t rows, bool training, akin_error *err);
/* l->dout is overwritten; din [rows][in_stride] may be NULL. */
akin_status akin_dense_backward(akin_device *d, akin_dense *l, float *din, int64_t rows, akin_error *err);

/* din [rows,in] = what the last backward pass says of the layer's input. */
akin_status akin_dense_input(akin_dense *l, akin_mat din, akin_error *err);

/* The encoder ----------------------------------------------------------------------------------------- */

typedef struct akin_slot { /* how a tensor relates to its layer */
    char name[96];
    const akin_node *node; /* the convolution whose weights these are; NULL: plain layout */
} akin_slot;

struct akin_encoder {
    akin_plan plan;
    akin_device device;
    akin_tensor *tensor;
    akin_slot *slot;
    int64_t tensors;
    int threads;
    bool ready;     /* a training forward pass waits for its backward */
    bool went_back; /* and that was the last pass */
    bool direct;    /* identity: dfeatures was given, and belongs to the gradient of the input */
    void *buffer[AKIN_NN_BUFFERS]; /* gradients of activations */
    void *images;                  /* as the first layer reads them */
    float *features, *dfeatures;   /* [batch][feature_stride] */
    int64_t feature_stride;
};

akin_status akin_tensors_build(akin_encoder *e, uint64_t seed, akin_error *err);

static inline int32_t akin_pad_to(int32_t n, int32_t to) { return (n + to - 1) / to * to; }

#endif
