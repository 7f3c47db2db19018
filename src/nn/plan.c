/* SPDX-License-Identifier: Apache-2.0 */
/* nn/plan.c - the table of encoders, and from a row of it the list of layers with their shapes.
 *
 * Nothing here knows oneDNN. The backbone is a list of nodes in order; a node is a convolution with its norm
 * (and the residual that is added before the ReLU) or a max pooling. The head, mlp and linear are a list of
 * linear layers.
 *
 * The blocks: basic = 3x3, 3x3 [He2016 fig.2]; bottleneck = 1x1, 3x3, 1x1 with 4 times the width [He2016
 * fig.5], stride on the 3x3; plain = one 3x3 without shortcut [Simonyan2015]; skip = one 3x3 that is added to
 * what it reads. Flat encoders read series: images of height 1 with a channel for each column, so that a
 * kernel of k is 1xk. conv1d ends in one convolution over all steps that are left, as [Schneider2023] does,
 * and keeps the order of the steps; resnet1d ends in their average. */
#include "nn/nn.h"

#include <stdio.h>
#include <string.h>

enum { STAGES = 5 };
typedef enum family { PLAIN, BASIC, BOTTLENECK, SKIP, DENSE, IDENTITY, VIT } family;

typedef struct stage {
    int8_t times;  /* channels = width x times */
    int8_t stride; /* of the first block */
    int8_t blocks; /* 0 ends the list; of mlp: hidden layers */
    int8_t pooled; /* 1: 2x2 max pooling after the stage */
} stage;

typedef struct stem {
    int8_t kernel; /* of the first convolution; 0 = there is no stem */
    int8_t stride;
    int8_t pooled; /* 1: 3x3 max pooling after it */
} stem;

typedef struct row {
    akin_encoder_kind kind;
    family family;
    int16_t width; /* channels of the first stage, or units of a layer */
    stem stem;
    stage stages[STAGES];
    bool flat; /* reads series */
} row;

/* clang-format off */
#define SMALL { .kernel = 3, .stride = 1 }
#define LARGE { .kernel = 7, .stride = 2, .pooled = 1 }
#define STAGE(times_, stride_, blocks_) { .times = times_, .stride = stride_, .blocks = blocks_ }
#define POOLED(times_, blocks_) { .times = times_, .stride = 1, .blocks = blocks_, .pooled = 1 }

static const row ROWS[] = {
    { .kind = { .name = "resnet-s",
                .help = "small residual encoder for 28x28 and 32x32: "
                        "5x5 stem with stride 2, one block a stage" },
      .family = BASIC, .width = 32, .stem = { .kernel = 5, .stride = 2 },
      .stages = { STAGE(1, 1, 1), STAGE(2, 2, 1), STAGE(4, 2, 1) } },
    { .kind = { .name = "resnet8", .help = "CIFAR residual net, 16-32-64 channels, 1 block a stage" },
      .family = BASIC, .width = 16, .stem = SMALL,
      .stages = { STAGE(1, 1, 1), STAGE(2, 2, 1), STAGE(4, 2, 1) } },
    { .kind = { .name = "resnet14", .help = "CIFAR residual net, 16-32-64 channels, 2 blocks a stage" },
      .family = BASIC, .width = 16, .stem = SMALL,
      .stages = { STAGE(1, 1, 2), STAGE(2, 2, 2), STAGE(4, 2, 2) } },
    { .kind = { .name = "resnet20", .help = "CIFAR residual net, 16-32-64 channels, 3 blocks a stage" },
      .family = BASIC, .width = 16, .stem = SMALL,
      .stages = { STAGE(1, 1, 3), STAGE(2, 2, 3), STAGE(4, 2, 3) } },
    { .kind = { .name = "resnet18", .help = "ResNet-18 with the small-image stem (3x3, no pooling)" },
      .family = BASIC, .width = 64, .stem = SMALL,
      .stages = { STAGE(1, 1, 2), STAGE(2, 2, 2), STAGE(4, 2, 2), STAGE(8, 2, 2) } },
    { .kind = { .name = "resnet34", .help = "ResNet-34 with the small-image stem" },
      .family = BASIC, .width = 64, .stem = SMALL,
      .stages = { STAGE(1, 1, 3), STAGE(2, 2, 4), STAGE(4, 2, 6), STAGE(8, 2, 3) } },
    { .kind = { .name = "resnet50", .help = "ResNet-50 with the small-image stem" },
      .family = BOTTLENECK, .width = 64, .stem = SMALL,
      .stages = { STAGE(1, 1, 3), STAGE(2, 2, 4), STAGE(4, 2, 6), STAGE(8, 2, 3) } },
    { .kind = { .name = "resnet101", .help = "ResNet-101 with the small-image stem" },
      .family = BOTTLENECK, .width = 64, .stem = SMALL,
      .stages = { STAGE(1, 1, 3), STAGE(2, 2, 4), STAGE(4, 2, 23), STAGE(8, 2, 3) } },
    { .kind = { .name = "resnet18-large",
                .help = "ResNet-18 with the large-image stem (7x7 stride 2, 3x3 pooling)" },
      .family = BASIC, .width = 64, .stem = LARGE,
      .stages = { STAGE(1, 1, 2), STAGE(2, 2, 2), STAGE(4, 2, 2), STAGE(8, 2, 2) } },
    { .kind = { .name = "resnet34-large", .help = "ResNet-34 with the large-image stem" },
      .family = BASIC, .width = 64, .stem = LARGE,
      .stages = { STAGE(1, 1, 3), STAGE(2, 2, 4), STAGE(4, 2, 6), STAGE(8, 2, 3) } },
    { .kind = { .name = "resnet50-large", .help = "ResNet-50 with the large-image stem" },
      .family = BOTTLENECK, .width = 64, .stem = LARGE,
      .stages = { STAGE(1, 1, 3), STAGE(2, 2, 4), STAGE(4, 2, 6), STAGE(8, 2, 3) } },
    { .kind = { .name = "resnet101-large", .help = "ResNet-101 with the large-image stem" },
      .family = BOTTLENECK, .width = 64, .stem = LARGE,
      .stages = { STAGE(1, 1, 3), STAGE(2, 2, 4), STAGE(4, 2, 23), STAGE(8, 2, 3) } },
    { .kind = { .name = "vgg16", .help = "the 13 convolutions of VGG-16 with batch norm" },
      .family = PLAIN, .width = 64,
      .stages = { POOLED(1, 2), POOLED(2, 2), POOLED(4, 3), POOLED(8, 3), POOLED(8, 3) } },
    { .kind = { .name = "cnn4", .help = "four 3x3 convolutions, each followed by 2x2 pooling" },
      .family = PLAIN, .width = 64,
      .stages = { POOLED(1, 1), POOLED(1, 1), POOLED(1, 1), POOLED(1, 1) } },
    { .kind = { .name = "conv1d",
                .help = "series: three 1x3 convolutions with skips, then one over the whole window" },
      .family = SKIP, .width = 32, .stem = SMALL, .flat = true,
      .stages = { STAGE(1, 1, 3) } },
    { .kind = { .name = "resnet1d",
                .help = "series: residual net of 1x3 convolutions, 32-64-128 channels, averaged over time" },
      .family = BASIC, .width = 32, .stem = { .kernel = 5, .stride = 1 }, .flat = true,
      .stages = { STAGE(1, 1, 1), STAGE(2, 2, 1), STAGE(4, 2, 1) } },
    { .kind = { .name = "vit-tiny", .help = 
                        "vision transformer: 12 blocks of 192, 3 heads, mean of the patches" },
      .family = VIT, .width = 192, .stages = { STAGE(1, 1, 12) } },
    { .kind = { .name = "vit-small", .help = "vision transformer: 12 blocks of 384, 6 heads" },
      .family = VIT, .width = 384, .stages = { STAGE(1, 1, 12) } },
    { .kind = { .name = "mlp", .help = "two hidden layers of 512 with batch norm, on the pixels" },
      .family = DENSE, .width = 512,
      .stages = { STAGE(1, 1, 2) } },
    { .kind = { .name = "linear", .help = "one linear layer on the pixels" },
      .family = DENSE, .width = 128 },
    { .kind = { .name = "identity",
                .help = "no layers: the features are the inputs, and only the head learns" },
      .family = IDENTITY },
};
/* clang-format on */

enum { N_ROWS = sizeof ROWS / sizeof *ROWS };
_Static_assert(N_ROWS == 21, "tests/unit/test_nn.c builds every encoder: a new row belongs there too");
_Static_assert(AK_NN_NAME >= sizeof "stage5.block16.shortcut.bn", "names of layers are cut");

const akin_encoder_kind *akin_encoder_kind_at(int i) { return i >= 0 && i < N_ROWS ? &ROWS[i].kind : NULL; }

/* Layers ---------------------------------------------------------------------------------------------- */

typedef struct builder {
    ak_layer_plan *p;
    bool flat; /* kernels of height 1 */
    bool full; /* more layers than fit */
} builder;

static int32_t out_size(int32_t in, int32_t kernel, int32_t stride, int32_t pad)
{
    return (in + 2 * pad - kernel) / stride + 1;
}

static int32_t add_node(builder *b, const char *name, ak_node node, int32_t channels)
{
    ak_layer_plan *p = b->p;
    if (p->nodes == AK_NN_NODES) {
        b->full = true;
        return 0;
    }
    const ak_act *in = &p->act[node.in];
    ak_act *out = &p->act[++p->acts];
    out->c = channels;
    out->h = out_size(in->h, node.tall, node.stride, node.pad_down);
    out->w = out_size(in->w, node.kernel, node.stride, node.pad);
    snprintf(node.name, sizeof node.name, "%s", name);
    snprintf(node.what, sizeof node.what, "%s %dx%d/%d %d->%d at %dx%d",
             node.kind == AK_NODE_CONV ? "conv" : "maxpool", node.tall, node.kernel, node.stride, in->c,
             out->c, out->h, out->w);
    node.out = p->acts;
    p->node[p->nodes++] = node;
    return p->acts;
}

static int32_t conv(builder *b, const char *name, int32_t in, int32_t channels, int32_t kernel,
                    int32_t stride, int32_t residual, bool relu)
{
    const ak_node node = { .kind = AK_NODE_CONV,
                           .in = in,
                           .residual = residual,
                           .kernel = kernel,
                           .tall = b->flat ? 1 : kernel,
                           .stride = stride,
                           .pad = kernel / 2,
                           .pad_down = b->flat ? 0 : kernel / 2,
                           .relu = relu };
    return add_node(b, name, node, channels);
}

/* Maps of one pixel a side stay as they are, so that any image size goes through. */
static int32_t pool(builder *b, const char *name, int32_t in, int32_t kernel)
{
    const ak_act *a = &b->p->act[in];
    if (a->h < 2 || a->w < 2) return in;
    const ak_node node = { .kind = AK_NODE_POOL,
                           .in = in,
                           .residual = -1,
                           .kernel = kernel,
                           .tall = kernel,
                           .stride = 2,
                           .pad = kernel / 2 - (kernel == 2),
                           .pad_down = kernel / 2 - (kernel == 2) };
    return add_node(b, name, node, a->c);
}

typedef struct place {
    int stage, block;
} place;

static int32_t part(builder *b, place at, const char *name, int32_t in, int32_t channels, int32_t kernel,
                    int32_t stride, int32_t residual, bool relu)
{
    char full[AK_NN_NAME];
    snprintf(full, sizeof full, "stage%d.block%d.%s", at.stage, at.block, name);
    return conv(b, full, in, channels, kernel, stride, residual, relu);
}

static int32_t block(builder *b, family f, place at, int32_t in, int32_t channels, int32_t stride)
{
    if (f == PLAIN || f == SKIP)
        return part(b, at, "conv", in, channels, 3, stride, f == SKIP ? in : -1, true);
    const int32_t out = f == BASIC ? channels : 4 * channels;
    int32_t shortcut = in;
    if (stride != 1 || b->p->act[in].c != out) {
        shortcut = part(b, at, "shortcut", in, out, 1, stride, -1, false);
        b->p->act[shortcut].passing = true;
    }
    if (f == BASIC) {
        const int32_t middle = part(b, at, "conv1", in, channels, 3, stride, -1, true);
        return part(b, at, "conv2", middle, channels, 3, 1, shortcut, true);
    }
    const int32_t narrow = part(b, at, "conv1", in, channels, 1, 1, -1, true);
    const int32_t middle = part(b, at, "conv2", narrow, channels, 3, stride, -1, true);
    return part(b, at, "conv3", middle, out, 1, 1, shortcut, true);
}

/* All steps that are left in one: a convolution as long as they are. For long kernels, and for the gradient
 * of long strides, oneDNN has its slow reference code only; so convolutions in front of it, each of four
 * steps to one, leave few. */
static int32_t join(builder *b, int32_t in)
{
    enum { LONGEST = 8, FOLD = 4 };
    char name[AK_NN_NAME];
    for (int i = 1; b->p->act[in].w > LONGEST && !b->full; i++) {
        const int32_t rest = (FOLD - b->p->act[in].w % FOLD) % FOLD;
        const ak_node node = { .kind = AK_NODE_CONV,
                               .in = in,
                               .residual = -1,
                               .kernel = FOLD,
                               .tall = 1,
                               .stride = FOLD,
                               .pad = (rest + 1) / 2,
                               .relu = true };
        snprintf(name, sizeof name, "join%d.conv", i);
        in = add_node(b, name, node, b->p->act[in].c);
    }
    const ak_act *a = &b->p->act[in];
    const ak_node node = {
        .kind = AK_NODE_CONV, .in = in, .residual = -1, .kernel = a->w, .tall = 1, .stride = 1
    };
    return add_node(b, "join.conv", node, a->c);
}

static void backbone(builder *b, const row *r, int32_t width, int32_t blocks, int32_t stem_stride)
{
    int32_t at = 0;
    char name[AK_NN_NAME];
    if (r->stem.kernel) at = conv(b, "stem.conv", at, width, r->stem.kernel, stem_stride, -1, true);
    if (r->stem.pooled) at = pool(b, "stem.pool", at, 3);
    for (int s = 0; s < STAGES && r->stages[s].blocks; s++) {
        const stage *st = &r->stages[s];
        const int32_t count = blocks && r->family != PLAIN ? blocks : st->blocks;
        for (int32_t i = 0; i < count && !b->full; i++) {
            const place where = { s + 1, i };
            at = block(b, r->family, where, at, width * st->times, i == 0 ? st->stride : 1);
        }
        snprintf(name, sizeof name, "stage%d.pool", s + 1);
        if (st->pooled) at = pool(b, name, at, 2);
    }
    if (r->family == SKIP) at = join(b, at);
    b->p->features = b->p->act[at].c;
}

static void linear(builder *b, const char *name, const char *norm, int32_t out, bool relu, bool batchnorm)
{
    ak_layer_plan *p = b->p;
    if (p->denses == AK_NN_DENSE) {
        b->full = true;
        return;
    }
    ak_dense *l = &p->dense[p->denses];
    if (p->denses > 0) {
        l->in = l[-1].out;
        l->in_stride = l[-1].out_stride;
    } else if (ak_plan_deep(p)) {
        l->in = p->features;
        l->in_stride = ak_pad_to(l->in, AK_NN_PAD);
    } else {
        l->in = p->channels * p->height * p->width;
        l->in_stride = l->in;
    }
    p->denses++;
    l->out = out;
    l->out_stride = ak_pad_to(out, AK_NN_PAD);
    l->relu = relu;
    l->batchnorm = batchnorm;
    snprintf(l->name, sizeof l->name, "%s", name);
    snprintf(l->norm_name, sizeof l->norm_name, "%s", batchnorm ? norm : name);
    snprintf(l->what, sizeof l->what, "linear %d->%d", l->in, l->out);
}

static void dense_backbone(builder *b, const row *r, int32_t width, int32_t hidden)
{
    char name[AK_NN_NAME], norm[AK_NN_NAME];
    if (r->stages[0].blocks == 0)
        linear(b, "linear", "", width, false, false);
    else
        for (int32_t i = 0; i < hidden; i++) {
            snprintf(name, sizeof name, "hidden%d", i + 1);
            snprintf(norm, sizeof norm, "hidden%d.bn", i + 1);
            linear(b, name, norm, width, true, true);
        }
    b->p->backbone_denses = b->p->denses;
    b->p->features = width;
}

static void identity(builder *b) { b->p->features = b->p->channels * b->p->height * b->p->width; }

static void head(builder *b, const akin_encoder_opts *o)
{
    if (o->head_out == 0) return;
    if (o->head_hidden) linear(b, "head.linear1", "head.bn", o->head_hidden, true, o->head_batchnorm != 0);
    linear(b, o->head_hidden ? "head.linear2" : "head.linear1", "", o->head_out, false, false);
    b->p->projection = o->head_out;
}

/* Parts that do not learn ----------------------------------------------------------------------------- */

static bool is_of(const char *layer, const char *part, size_t bytes)
{
    const bool head = strncmp(layer, "head.", 5) == 0;
    if (bytes == 8 && memcmp(part, "backbone", 8) == 0) return !head;
    return !head && strncmp(layer, part, bytes) == 0 && (layer[bytes] == 0 || layer[bytes] == '.');
}

/* "stem, stage1, stage2": the first words of the layers' names, but for the head's. */
static void list_parts(const ak_layer_plan *p, char *text, size_t size)
{
    size_t used = 0, length = 0;
    const char *last = "";
    text[0] = 0;
    for (int32_t i = 0; i < p->nodes + p->denses; i++) {
        const char *name = i < p->nodes ? p->node[i].name : p->dense[i - p->nodes].name;
        const size_t n = strcspn(name, ".");
        if (strncmp(name, "head.", 5) == 0 || (n == length && memcmp(name, last, n) == 0)) continue;
        if (used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%.*s", used ? ", " : "", (int)n, name);
        last = name;
        length = n;
    }
}

static bool freeze_part(ak_layer_plan *p, const char *part, size_t bytes)
{
    bool any = false;
    if (p->vit.layers && bytes == 8 && memcmp(part, "backbone", 8) == 0) any = p->vit.frozen = true;
    for (int32_t i = 0; i < p->nodes; i++)
        if (is_of(p->node[i].name, part, bytes)) any = p->node[i].frozen = true;
    for (int32_t i = 0; i < p->denses; i++)
        if (is_of(p->dense[i].name, part, bytes)) any = p->dense[i].frozen = true;
    return any && bytes > 0;
}

static akin_status freeze(ak_layer_plan *p, const char *parts, akin_error *err)
{
    char known[200];
    for (const char *at = parts; at; at = *at ? at + 1 : NULL) {
        const size_t bytes = strcspn(at, ",");
        list_parts(p, known, sizeof known);
        if (!freeze_part(p, at, bytes))
            return ak_fail(
                err, AKIN_ERR_RANGE,
                "encoder: %s has no part '%.*s' to freeze; it has %s, and backbone for all of them", p->name,
                (int)(bytes < 100 ? bytes : 100), at, known);
        at += bytes;
    }
    const ak_node *n = p->node;
    while (parts && p->first_node < p->nodes && (n->frozen || n->kind == AK_NODE_POOL)) n++, p->first_node++;
    while (p->first_dense < p->denses && p->dense[p->first_dense].frozen) p->first_dense++;
    if (parts && p->first_node == p->nodes && p->first_dense == p->denses)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "encoder: all of %s is frozen, and there is no head: nothing would learn", p->name);
    return AKIN_OK;
}

/* Checks ---------------------------------------------------------------------------------------------- */

static akin_status in_range(const char *what, int64_t value, int64_t least, int64_t most, akin_error *err)
{
    if (value >= least && value <= most) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_RANGE, "encoder: %s is %lld; it must be between %lld and %lld", what,
                   (long long)value, (long long)least, (long long)most);
}

static akin_status find(const char *name, const row **out, akin_error *err)
{
    const char *names[N_ROWS + 1] = { 0 };
    for (int i = 0; i < N_ROWS; i++) {
        names[i] = ROWS[i].kind.name;
        if (name && strcmp(name, names[i]) == 0) {
            *out = &ROWS[i];
            return AKIN_OK;
        }
    }
    const char *near = name ? akin_nearest_name(name, names) : NULL;
    return ak_fail(err, AKIN_ERR_RANGE, "encoder: there is no encoder '%s'%s%s%s; '--encoder list' shows all",
                   name ? name : "", near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static akin_status check(const akin_encoder_opts *o, const row *r, const ak_layer_plan *p, akin_error *err)
{
    AK_TRY(in_range("width", o->width, 0, 4096, err));
    if (o->width && r->family == IDENTITY)
        return ak_fail(err, AKIN_ERR_RANGE, "encoder: %s has no width to choose", r->kind.name);
    AK_TRY(in_range("blocks", o->blocks, 0, 16, err));
    if (o->blocks && (r->family == PLAIN || r->stages[0].blocks == 0))
        return ak_fail(err, AKIN_ERR_RANGE, "encoder: %s has no number of blocks to choose", r->kind.name);
    AK_TRY(in_range("stem_stride", o->stem_stride, 0, 2, err));
    if (o->stem_stride && !r->stem.kernel)
        return ak_fail(err, AKIN_ERR_RANGE, "encoder: %s has no stem whose stride could be chosen",
                       r->kind.name);
    AK_TRY(in_range("heads", o->heads, 0, 64, err));
    AK_TRY(in_range("patch", o->patch, 0, 64, err));
    if ((o->heads || o->patch) && r->family != VIT)
        return ak_fail(err, AKIN_ERR_RANGE, "encoder: %s has no %s to choose; vit-tiny and vit-small have",
                       r->kind.name, o->heads ? "heads" : "patches");
    AK_TRY(in_range("head_out", o->head_out, 0, 65536, err));
    AK_TRY(in_range("head_hidden", o->head_hidden, 0, 65536, err));
    AK_TRY(in_range("head_batchnorm", o->head_batchnorm, 0, 1, err));
    AK_TRY(in_range("feature_grid", o->feature_grid, 1, 64, err));
    AK_TRY(in_range("precision", o->precision, AKIN_PRECISION_F32, AKIN_PRECISION_F64, err));
    if (o->precision == AKIN_PRECISION_F64)
        return ak_fail(err, AKIN_ERR_UNSUPPORTED, "encoder: f64 is not available; use f32 or bf16");
    AK_TRY(in_range("algorithm", o->algorithm, AKIN_CONV_AUTO, AKIN_CONV_WINOGRAD, err));
    if (p->batch < 1 || p->batch > 1 << 20)
        return ak_fail(err, AKIN_ERR_SHAPE, "encoder: batch is %lld; it must be between 1 and 1048576",
                       (long long)p->batch);
    const bool vectors = (r->family == DENSE || r->family == IDENTITY) && p->height == 1;
    if (r->flat && p->height != 1)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "encoder: %s reads series, which are 1 high, and these are images %d high; take "
                       "another encoder",
                       r->kind.name, p->height);
    const int32_t most = r->flat || vectors ? AK_NN_CHANNELS : 4;
    if (p->channels < 1 || p->channels > most)
        return ak_fail(err, AKIN_ERR_SHAPE, "encoder: %s have %d channels; 1 to %d are possible",
                       most > 4 ? "series" : "images", p->channels, most);
    const int32_t widest = vectors ? AK_NN_WIDEST : 4096;
    if (p->height < 1 || p->width < 1 || p->height > 4096 || p->width > widest)
        return ak_fail(err, AKIN_ERR_SHAPE, "encoder: images are %dx%d; each side must be between 1 and %d",
                       p->height, p->width, widest);
    if (most > 4 && (int64_t)p->channels * p->width > AK_NN_WIDEST)
        return ak_fail(
            err, AKIN_ERR_SHAPE,
            "encoder: series of %d channels and %d steps have more than %d numbers; take fewer steps",
            p->channels, p->width, AK_NN_WIDEST);
    return AKIN_OK;
}

static int32_t clamp32(int64_t x) { return (int32_t)(x < -1 ? -1 : x > INT32_MAX ? INT32_MAX : x); }

akin_status ak_plan_make(const akin_encoder_opts *user, int64_t batch, int64_t height, int64_t width,
                         int64_t channels, ak_layer_plan *plan, akin_error *err)
{
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    AK_TRY(ak_opts_import(&o, user, "encoder", err));
    const row *r = NULL;
    AK_TRY(find(o.name, &r, err));
    memset(plan, 0, sizeof *plan);
    plan->name = r->kind.name;
    plan->batch = batch;
    plan->channels = clamp32(channels);
    plan->height = clamp32(height);
    plan->width = clamp32(width);
    plan->precision = o.precision;
    plan->algorithm = o.algorithm;
    plan->grid = o.feature_grid;
    plan->seed = o.seed;
    AK_TRY(check(&o, r, plan, err));

    plan->act[0] = (ak_act){ .c = plan->channels, .h = plan->height, .w = plan->width };
    builder b = { .p = plan, .flat = r->flat };
    const int32_t w = o.width ? o.width : r->width;
    const int32_t blocks = o.blocks ? o.blocks : r->stages[0].blocks;
    if (r->family == VIT) AK_TRY(ak_vit_make(plan, &o, w, blocks, err));
    if (r->family == IDENTITY)
        identity(&b);
    else if (r->family == DENSE)
        dense_backbone(&b, r, w, blocks);
    else if (r->family != VIT)
        backbone(&b, r, w, o.blocks, o.stem_stride ? o.stem_stride : r->stem.stride);
    const ak_act *map = &plan->act[plan->acts];
    if (!b.full && plan->grid > 1 && (plan->nodes == 0 || map->h < plan->grid || map->w < plan->grid))
        return ak_fail(err, AKIN_ERR_RANGE,
                       "encoder: features on a %dx%d grid need a last map of that size; %s has %dx%d",
                       plan->grid, plan->grid, plan->name, plan->nodes ? map->h : 1,
                       plan->nodes ? map->w : 1);
    head(&b, &o);
    if (b.full)
        return ak_fail(err, AKIN_ERR_RANGE, "encoder: %s with %d blocks has too many layers", r->kind.name,
                       o.blocks);
    AK_TRY(freeze(plan, o.freeze, err));
    if (plan->nodes && !ak_plan_buffers(plan))
        return ak_fail(err, AKIN_ERR_INTERNAL, "encoder: %s needs more than %d gradient buffers",
                       r->kind.name, AK_NN_BUFFERS);
    ak_plan_totals(plan);
    return AKIN_OK;
}
