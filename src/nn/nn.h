/* SPDX-License-Identifier: Apache-2.0 */
/* nn/nn.h - internal side of akin/tool/nn.h.
 *
 * plan.c      which layers, of which shapes: pure arithmetic, the table of encoders
 * plan_buffers.c  which memory their activations and gradients share
 * plan_totals.c  what they add up to
 * device.c    oneDNN's engine and stream, and everything that is owned
 * onednn.h    oneDNN 2.x or 3.x
 * conv.c      one convolution: forward, backward to the data, backward to the weights
 * winograd.c  3x3 convolutions of many channels, over the kernels of winograd.h
 * limits.c    how fast this machine's convolutions are by themselves
 * grid.c      features over a grid of cells
 * norm.c      batch norm (or bias) + residual + ReLU, over the passes of lanes.h
 * dense.c     linear layers of the head and of mlp
 * vit.c       a transformer over patches, as the backbone (transformer.h)
 * encoder.c   building an encoder from its plan, and the public functions
 * step.c      the forward and the backward pass
 * tensors.c   the list of tensors, initial weights, plain layout
 */
#ifndef AK_NN_NN_H
#define AK_NN_NN_H

#include "akin/tool/nn.h"

#include "base/base.h"
#include "nn/lanes.h"
#include "nn/onednn.h"
#include "nn/tensors.h"
#include "nn/winograd.h"

enum {
    AK_NN_NODES = 192, /* convolutions and poolings; resnet50 has 54 */
    AK_NN_DENSE = 16,  /* linear layers */
    AK_NN_NAME = 56,
    AK_NN_WIDEST = 1 << 24,   /* numbers in a vector: an image of height 1 */
    AK_NN_CHANNELS = 1 << 16, /* of a series, which has one for each column */
    AK_NN_PAD = 16,           /* widths are stored as multiples of this: the widest vector in floats */
    AK_NN_CHUNKS = 32,        /* blocks of images of a reduction: fixed, so that threads do not change sums */
    AK_NN_BUFFERS = 4,        /* gradient buffers; the plan uses 3 */
    AK_NN_FEWEST_PARTS = 4,
    AK_NN_PARTS = 16, /* most parts of a batch that are computed side by side */
};

/* Plan ------------------------------------------------------------------------------------------------ */

typedef struct ak_act { /* one activation [batch, c, h, w] */
    int32_t c, h, w;
    bool passing;           /* used by the next node only and not by the backward pass */
    int32_t shared;         /* the gradient buffer that it lives in; -1 = memory of its own */
    int32_t grads, grad[2]; /* gradient buffers that add up to its gradient; while the plan is walked */
    int32_t padded;         /* channels as stored */
    bool blocked;           /* in blocks of channels; otherwise in planes */
    void *data;
    const ak_layout *layout;
    dnnl_memory_t memory;
} ak_act;

typedef enum ak_node_kind { AK_NODE_CONV, AK_NODE_POOL } ak_node_kind;

typedef struct ak_op { /* one oneDNN primitive with its arguments */
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t arg[6];
    int args;
    const char *info;
} ak_op;

typedef struct ak_split_op { /* the same operation on parts of the batch */
    ak_op part[AK_NN_PARTS];
    int parts; /* 1: one primitive that uses all threads by itself */
} ak_split_op;

typedef struct ak_norm {
    bool batch;  /* batch norm; otherwise a bias */
    bool frozen; /* no gradient; batch norm by its running averages */
    bool relu, residual;
    int32_t channels, padded;
    int64_t spatial;
    /* Tensors [padded]; gamma NULL: a bias. */
    float *gamma, *dgamma, *beta, *dbeta, *running_mean, *running_var;
    double values; /* of a channel in this step, those of all encoders that share */
    /* Of this step, [padded]. */
    float *mean, *scale, *shift, *inv_std, *factor, *offset, *slope;
} ak_norm;

typedef struct ak_node {
    char name[AK_NN_NAME];
    ak_node_kind kind;
    int32_t in, out, residual;   /* activations; residual -1 = none */
    int32_t kernel, stride, pad; /* across; a pooling's and an image's also down */
    int32_t tall, pad_down;      /* the same of kernel and pad down: of a series 1 and 0 */
    bool relu, frozen;
    int32_t d1, d2, dx, din; /* gradient buffers; -1 = none */
    int32_t y_shared;        /* the gradient buffer that y lives in; -1 = memory of its own */
    void *y;                 /* the convolution's result, before the norm */
    float *weight, *grad;    /* the master weights and their gradient; frozen: NULL */
    const ak_layout *weight_layout;
    int32_t tensor;                /* the place of weight among the tensors; those of the norm come next */
    ak_split_op op[3];             /* forward, to the data, to the weights */
    ak_op to_forward, to_backward; /* copies of the weights */
    bool wide[3]; /* computed in float32 although activations are bf16, on copies in the device's wide[] */
    ak_op wide_x, wide_dy, narrow_y, narrow_dx; /* x -> wide[0], dy -> wide[1]; wide[1] -> y, wide[0] -> dx */
    int64_t weights;                            /* floats in weight and grad */
    bool own[3]; /* computed by winograd.h, not by oneDNN; forward and to the data only with the weights */
    ak_winograd winograd; /* of the whole batch, as read forward */
    void *winograd_din;   /* where the gradient to the data goes; NULL = nowhere */
    ak_norm norm;
    double seconds[5]; /* op[0..2], norm forward, norm backward */
    char what[64];
} ak_node;

typedef struct ak_dense {
    char name[AK_NN_NAME], norm_name[AK_NN_NAME];
    int32_t in, out;               /* widths */
    int64_t in_stride, out_stride; /* of the rows as stored */
    bool relu, batchnorm, frozen;
    const float *x;       /* [batch][in_stride] */
    float *y, *a, *dout;  /* [batch][out_stride]: before and after the norm; gradient to a */
    float *weight, *grad; /* [out,in] */
    int32_t tensor;
    ak_norm norm;
    double seconds[5];
    char what[64];
} ak_dense;

typedef struct ak_vit_plan { /* layers 0: none */
    int32_t width, layers, heads, patch;
    bool frozen;
    char what[64];
} ak_vit_plan;

typedef struct ak_layer_plan {
    const char *name;
    int64_t batch;
    int32_t channels, height, width;
    int32_t features, projection;
    int32_t precision, algorithm;
    uint64_t seed;                                /* of the initial weights */
    int32_t grid;                                 /* features are the last map over grid x grid cells */
    int32_t acts, nodes, denses, backbone_denses; /* denses before the features */
    int32_t first_node, first_dense;              /* the first that learn: where a backward pass ends */
    int32_t buffers;                              /* gradient buffers in use */
    int64_t wide;                                 /* floats in each of the device's wide[] */
    int64_t parameters, macs, image_bytes;        /* image_bytes: memory for each image of the batch */
    ak_act act[AK_NN_NODES + 1];                  /* act[0] = the images */
    ak_node node[AK_NN_NODES];
    ak_dense dense[AK_NN_DENSE];
    ak_vit_plan vit;
} ak_layer_plan;

/* Fill plan from options; AKIN_ERR_RANGE, AKIN_ERR_SHAPE. */
akin_status ak_plan_make(const akin_encoder_opts *user, int64_t batch, int64_t height, int64_t width,
                         int64_t channels, ak_layer_plan *plan, akin_error *err);
/* Gradient buffers of its nodes (plan_buffers.c); false: there are too few. */
bool ak_plan_buffers(ak_layer_plan *plan);
/* Parameters, multiplications and memory of all layers. */
void ak_plan_totals(ak_layer_plan *p);
/* The features are made by convolutions or a transformer, not by linear layers on the input. */
static inline bool ak_plan_deep(const ak_layer_plan *p) { return p->nodes > 0 || p->vit.layers > 0; }

/* Device ---------------------------------------------------------------------------------------------- */

typedef struct ak_device {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_attr_t attr; /* of every primitive */
    const ak_lanes *lanes;
    const ak_winograd_kernels *winograd;
    int type; /* index into lanes->op */
    dnnl_data_type_t data_type;
    dnnl_format_tag_t tag; /* of activations */
    struct ak_late {       /* memories that get their block once the largest of their pool is known */
        dnnl_memory_t memory;
        int pool;
    } * late;
    size_t lates, late_room, bytes;
    size_t pool_bytes[2 * AK_NN_PARTS]; /* scratch of part k; gradient of part k */
    void *pool[2 * AK_NN_PARTS];
    struct {
        void *p;
        size_t bytes; /* of pages */
        int kind;
    } * owned;
    size_t owneds, owned_room;
    double *sums;        /* [2][AK_NN_CHUNKS][widest] */
    int64_t widest;      /* channels, padded */
    float *wide[2];      /* activations in float32 for the convolutions that want them, [plan.wide] each */
    bool winograds;      /* oneDNN has Winograd too; asked by ak_conv_ask() */
    bool library;        /* convolutions are oneDNN's alone */
    bool whole;          /* convolutions are not cut into parts: oneDNN's own threads */
    bool hold;           /* training passes leave the running averages as they are */
    ak_norm_share share; /* count 0: this encoder alone */
    double *shared;      /* [count + 1][1 + 2 widest]: of all, then of this one */
    akin_status share_status; /* the first failure of a pass */
    akin_error share_error;
} ak_device;

akin_status ak_device_open(ak_device *d, int32_t precision, akin_error *err);
int32_t ak_device_lanes(void);      /* channels of an activation are stored as multiples of these */
void ak_device_close(ak_device *d); /* and everything that it owns */

/* Zeroed memory owned by d; blocks of 2 MiB and more take no memory before they are touched. */
akin_status ak_device_alloc(ak_device *d, size_t item, int64_t n, int64_t m, void *out, akin_error *err);
/* Layouts, owned by d. layout: from dimensions, type and tag. slice: of so many images of a whole layout.
 * chosen: the one that oneDNN chose for a primitive (see onednn.h). */
akin_status ak_device_layout(ak_device *d, const dnnl_dims_t dims, dnnl_data_type_t type,
                             dnnl_format_tag_t tag, const ak_layout **out, const char *layer,
                             akin_error *err);
akin_status ak_device_slice(ak_device *d, const ak_layout *whole, int64_t images, const ak_layout **out,
                            const char *layer, akin_error *err);
akin_status ak_device_chosen(ak_device *d, const_dnnl_primitive_desc_t by, dnnl_query_t what,
                             const ak_layout **out, const char *layer, akin_error *err);
akin_status ak_device_memory(ak_device *d, const ak_layout *layout, void *data, dnnl_memory_t *out,
                             const char *layer, akin_error *err);
/* Memory that gets its block in ak_device_share(), from a pool. */
akin_status ak_device_late(ak_device *d, const ak_layout *layout, int pool, dnnl_memory_t *out,
                           const char *layer, akin_error *err);
/* Ask for at least so many bytes in a pool; ak_device_share() allocates them. */
void ak_device_reserve(ak_device *d, int pool, size_t bytes);
/* Make op from a description, which is destroyed; scratch of the given pool is added to its arguments. */
akin_status ak_device_op(ak_device *d, dnnl_primitive_desc_t desc, ak_op *op, int pool, const char *layer,
                         akin_error *err);
void ak_op_arg(ak_op *op, int id, dnnl_memory_t memory);
akin_status ak_device_share(ak_device *d, akin_error *err); /* allocate the pools */
akin_status ak_device_run(ak_device *d, const ak_op *op, const char *layer, akin_error *err);
akin_status ak_device_run_split(ak_device *d, const ak_split_op *op, const char *layer, akin_error *err);
/* Make op a copy from one layout to another; it stays empty when the two are equal. */
akin_status ak_device_reorder(ak_device *d, const ak_layout *from_layout, dnnl_memory_t from,
                              const ak_layout *to_layout, dnnl_memory_t to, ak_op *op, const char *layer,
                              akin_error *err);
/* A batch is cut into AK_NN_FEWEST_PARTS parts or more, as far as it has images. How many,
 * when each image has `area` places in the result. sums: each part gives a gradient to the weights. */
int ak_device_parts(int64_t batch, int64_t area, bool sums);
/* AKIN_ERR_UNSUPPORTED or _INTERNAL naming layer and oneDNN's status. */
akin_status ak_device_fail(akin_error *err, dnnl_status_t status, const char *layer, const char *what);

/* Layers ---------------------------------------------------------------------------------------------- */

/* Set d->winograds; before the first layer. */
akin_status ak_conv_ask(ak_device *d, akin_error *err);
/* Whether oneDNN has more than its slow reference code for the first layer, with the images as they come. */
akin_status ak_conv_ask_fast(ak_device *d, const ak_node *n, const ak_act *in, const ak_act *out, bool *fast,
                             akin_error *err);
/* Floats in each wide[] that a layer needs; 0 = none. */
int64_t ak_conv_wide(const ak_layer_plan *plan, const ak_node *n, const ak_act *in, const ak_act *out);
akin_status ak_conv_build(ak_device *d, const ak_layer_plan *plan, ak_node *n, const ak_act *in,
                          const ak_act *out, void *const *buffers, akin_error *err);
/* direction: 0 forward, 1 the gradient to the data, 2 the gradient to the weights, whose parts are added up
 * in order. */
akin_status ak_conv_run(ak_device *d, const ak_node *n, int direction, akin_error *err);

/* Whether winograd.h can compute a layer. */
bool ak_winograd_possible(const ak_device *d, const ak_layer_plan *plan, const ak_node *n);
/* Whether it is to compute this direction of the layer. */
bool ak_winograd_wanted(const ak_device *d, const ak_layer_plan *plan, const ak_node *n, const ak_act *in,
                        const ak_act *out, int direction);
/* The layout that the weights have then. */
akin_status ak_winograd_layout(ak_device *d, const ak_act *in, const ak_act *out, const ak_layout **weights,
                               const char *layer, akin_error *err);
/* Prepare the layer; then run a direction of it, numbered as for ak_conv_run(). */
void ak_winograd_build(ak_device *d, ak_node *n, const ak_act *in, const ak_act *out, void *const *buffers);
void ak_winograd_run(const ak_device *d, const ak_node *n, int direction);

akin_status ak_pool_build(ak_device *d, ak_node *n, const ak_act *in, const ak_act *out, void *const *buffers,
                          akin_error *err);

akin_status ak_norm_build(ak_device *d, ak_norm *n, int32_t channels, int32_t padded, int64_t spatial,
                          akin_error *err);
/* The last map over grid x grid cells, for out.rows images. */
void ak_grid_average(const akin_encoder *e, akin_mat out);

void ak_norm_forward(ak_device *d, ak_norm *n, const void *x, const void *residual, void *out, int64_t images,
                     bool training, int type);
/* d1 (+ d2) is the gradient to out. dx receives the gradient to x, and may be d1. With a residual, d1 then
 * holds the gradient to the residual. */
void ak_norm_backward(ak_device *d, ak_norm *n, const void *x, const void *out, void *d1, const void *d2,
                      void *dx, int64_t images, int type);

void ak_add(ak_device *d, const ak_act *a, void *d1, const void *d2, int64_t images); /* d1 += d2 */

akin_status ak_dense_build(ak_device *d, ak_dense *l, const float *x, int64_t batch, akin_error *err);
akin_status ak_dense_forward(ak_device *d, ak_dense *l, int64_t rows, bool training, akin_error *err);
/* l->dout is overwritten; din [rows][in_stride] may be NULL. */
akin_status ak_dense_backward(ak_device *d, ak_dense *l, float *din, int64_t rows, akin_error *err);

/* Plan the transformer.  AKIN_ERR_RANGE, _SHAPE, _UNSUPPORTED */
akin_status ak_vit_make(ak_layer_plan *p, const akin_encoder_opts *o, int32_t width, int32_t layers,
                        akin_error *err);
/* Add what it has: parameters, multiplications and memory of an image. */
void ak_vit_count(const ak_layer_plan *p, int64_t *parameters, int64_t *macs, int64_t *bytes);
akin_status ak_vit_build(akin_encoder *e, akin_error *err);
/* From e->images to e->features, of n images; those behind are 0. Backward from e->dfeatures. */
akin_status ak_vit_forward(akin_encoder *e, int64_t n, bool training, akin_error *err);
akin_status ak_vit_backward(akin_encoder *e, akin_error *err);
akin_encoder_layer ak_vit_layer(const akin_encoder *e);

/* din [rows,in] = the gradient of the last backward pass with respect to the layer's input. */
akin_status ak_dense_input(ak_dense *l, akin_mat din, akin_error *err);

/* The encoder ----------------------------------------------------------------------------------------- */

typedef struct ak_slot { /* how a tensor relates to its layer */
    char name[96];
    const ak_node *node; /* the convolution whose weights these are; NULL: plain layout */
    bool average;        /* of batch norm, and training moves it */
} ak_slot;

struct akin_encoder {
    ak_layer_plan plan;
    ak_device device;
    akin_tensor *tensor;
    ak_slot *slot;
    int64_t tensors;
    int threads;
    bool ready;                  /* a training forward pass waits for its backward */
    bool went_back;              /* the last pass was a backward pass */
    bool direct;                 /* identity: the gradient of the input includes dfeatures */
    void *buffer[AK_NN_BUFFERS]; /* gradients of activations */
    void *images;                /* as the first layer reads them */
    float *features, *dfeatures; /* [batch][feature_stride] */
    int64_t feature_stride;
    struct ak_transformer *transformer; /* NULL: none */
    int64_t *starts;                    /* [batch+1] its tokens of each image */
    ak_gradients_fn *watch;             /* of backward passes; NULL: nobody */
    void *watch_ctx;
};

akin_status ak_tensors_build(akin_encoder *e, uint64_t seed, akin_error *err);

static inline int32_t ak_pad_to(int32_t n, int32_t to) { return (n + to - 1) / to * to; }

/* A 3x3 convolution that keeps the size of its map: the only ones that Winograd's algorithm computes. */
static inline bool ak_node_is_3x3(const ak_node *n)
{
    return n->kind == AK_NODE_CONV && n->kernel == 3 && n->tall == 3 && n->stride == 1 && n->pad == 1;
}

#endif
