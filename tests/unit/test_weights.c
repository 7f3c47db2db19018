/* SPDX-License-Identifier: Apache-2.0 */
/* Weights from elsewhere. Files are written here as other programs write them: names of torchvision, no sums,
 * half floats and counters among them, in another order. What is imported embeds to the same bits as the net
 * that was written; what is damaged, or of another network, is refused with a sentence that says where. */
#include "akin/model.h"
#include "akin/tool/model.h"
#include "akin/tool/weights.h"

#include "base/base.h"
#include "files/tensor_file.h"
#include "model/weight_names.h"
#include "nn/tensors.h"
#include "test.h"

enum {
    BATCH = 256 /* as a model has it: sums of products depend on it */,
    SIDE = 16,
    IMAGES = 5,
    ROOM = 1 << 24
};

static akin_error err;
static char folder[300], path[400], run[400];

/* Writing files ---------------------------------------------------------------------------------- */

typedef struct file {
    char header[1 << 17];
    size_t used, bytes;
    unsigned char *data; /* [ROOM] */
} file;

static void begin(file *f)
{
    f->used = f->bytes = 0;
    if (!f->data) f->data = malloc(ROOM);
}

static void put_raw(file *f, const char *name, const char *dtype, int ndim, const int64_t *shape,
                    const void *data, size_t bytes)
{
    char text[96];
    f->used += (size_t)sprintf(f->header + f->used,
                               "%s\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}",
                               f->used ? "," : "", name, dtype, ak_shape_text(ndim, shape, text, sizeof text),
                               f->bytes, f->bytes + bytes);
    CHECK(f->used < sizeof f->header - 400 && f->bytes + bytes <= ROOM);
    memcpy(f->data + f->bytes, data, bytes);
    f->bytes += bytes;
}

static void put(file *f, const char *name, const akin_tensor *t, const float *x)
{
    put_raw(f, name, "F32", t->ndim, t->shape, x, (size_t)t->plain * sizeof *x);
}

/* With `odd` bytes of padding: others do not align what follows. */
static void finish_as(const file *f, const char *to, int odd, size_t cut)
{
    FILE *out = fopen(to, "wb");
    const uint64_t length = f->used + 2 + (uint64_t)odd;
    unsigned char prefix[8];
    for (int i = 0; i < 8; i++) prefix[i] = (unsigned char)(length >> (8 * i));
    char *all = malloc(8 + (size_t)length + f->bytes);
    memcpy(all, prefix, 8);
    all[8] = '{';
    memcpy(all + 9, f->header, f->used);
    all[9 + f->used] = '}';
    memset(all + 10 + f->used, ' ', (size_t)odd);
    memcpy(all + 8 + length, f->data, f->bytes);
    const size_t n = 8 + (size_t)length + f->bytes;
    CHECK(out && fwrite(all, 1, cut < n ? cut : n, out) == (cut < n ? cut : n) && fclose(out) == 0);
    free(all);
}

static void finish(const file *f) { finish_as(f, path, 3, SIZE_MAX); }

/* A net and its file ----------------------------------------------------------------------------- */

typedef struct net {
    const char *encoder;
    akin_encoder *e;
    const akin_tensor *t;
    int64_t n;
    ak_weight_name *name;
    float **x; /* [n] plain values */
} net;

static net make(const char *encoder, int width, int hidden, int out, ak_weight_form form, int channels)
{
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    net w = { .encoder = encoder };
    o.name = encoder;
    o.width = width;
    o.head_hidden = hidden;
    o.head_out = out;
    o.seed = 11;
    o.algorithm = AKIN_CONV_DIRECT;
    CHECK_OK(akin_encoder_create(&o, BATCH, SIDE, SIDE, channels, &w.e, &err));
    w.t = ak_encoder_tensors(w.e, &w.n);
    w.name = calloc((size_t)w.n, sizeof *w.name);
    w.x = calloc((size_t)w.n, sizeof *w.x);
    ak_weight_names(w.t, w.n, form, w.name);
    for (int64_t i = 0; i < w.n; i++) {
        w.x[i] = malloc((size_t)w.t[i].plain * sizeof **w.x);
        CHECK_OK(akin_encoder_export(w.e, i, w.x[i], &err));
        for (int64_t k = 0; k < w.t[i].plain; k++)
            w.x[i][k] = w.name[i].name[0] ? w.x[i][k] + (w.t[i].ndim == 1 ? (float)test_uniform(0, 0.4) : 0)
                                          : (float)w.name[i].value;
        CHECK_OK(akin_encoder_import(w.e, i, w.x[i], &err));
    }
    return w;
}

static void drop(net *w)
{
    for (int64_t i = 0; i < w->n; i++) free(w->x[i]);
    free(w->x);
    free(w->name);
    akin_encoder_free(w->e);
}

/* From the last tensor to the first, with what a training program keeps beside them. */
static void add_net(const net *w, const char *prefix, file *f)
{
    const int64_t counter = 7;
    const float bias[1000] = { 0 };
    char name[256];
    for (int64_t i = w->n; i-- > 0;) {
        const akin_tensor *t = &w->t[i];
        if (!w->name[i].name[0]) continue;
        float *x = malloc((size_t)t->plain * sizeof *x), *less = malloc((size_t)t->plain * sizeof *less);
        for (int64_t k = 0; k < t->plain; k++) {
            less[k] = w->name[i].less[0] ? 0.25f * (float)(k % 7) : 0; /* exact, so that the bits come back */
            x[k] = w->name[i].less[0] ? roundf(w->x[i][k] * 64) / 64 + less[k] : w->x[i][k];
        }
        snprintf(name, sizeof name, "%s%s", prefix, w->name[i].name);
        put(f, name, t, x);
        snprintf(name, sizeof name, "%s%s", prefix, w->name[i].less);
        if (w->name[i].less[0]) put(f, name, t, less);
        if (strstr(t->name, "running_mean")) {
            snprintf(name, sizeof name, "%s%.80s.num_batches_tracked", prefix, w->name[i].name);
            put_raw(f, name, "I64", 0, NULL, &counter, sizeof counter);
        }
        free(x);
        free(less);
    }
    snprintf(name, sizeof name, "%sfc.bias", prefix);
    put_raw(f, name, "F32", 1, (const int64_t[]){ 1000 }, bias, sizeof bias);
}

static void write_net(const net *w, const char *prefix, file *f)
{
    begin(f);
    add_net(w, prefix, f);
}

/* The values that write_net() rounds, in the net too. */
static void round_means(net *w)
{
    for (int64_t i = 0; i < w->n; i++) {
        if (!w->name[i].less[0]) continue;
        for (int64_t k = 0; k < w->t[i].plain; k++) w->x[i][k] = roundf(w->x[i][k] * 64) / 64;
        CHECK_OK(akin_encoder_import(w->e, i, w->x[i], &err));
    }
}

/* Importing -------------------------------------------------------------------------------------- */

static const char *wanted; /* prefix */

static akin_status import(const char *encoder, const char *mean, const char *std)
{
    akin_train_config *c = NULL;
    akin_import_opts opts = AKIN_IMPORT_OPTS_INIT;
    char side[8];
    snprintf(side, sizeof side, "%d", SIDE);
    CHECK_OK(akin_train_config_create(&c, &err));
    if (encoder) CHECK_OK(akin_train_config_set(c, "encoder", encoder, &err));
    CHECK_OK(akin_train_config_set(c, "size", side, &err));
    CHECK_OK(akin_train_config_set(c, "convolution", "direct", &err));
    opts.force = true;
    opts.mean = mean;
    opts.std = std;
    opts.prefix = wanted;
    err.message[0] = 0;
    const akin_status status = akin_import(path, run, c, &opts, &err);
    akin_train_config_free(c);
    return status;
}

/* Embeds as the net does that was written, to the bit. */
static void embeds_as(const net *w, int channels, const float *mean, const float *std)
{
    enum { MOST = IMAGES * SIDE * SIDE * 3 };
    static uint8_t pixels[MOST];
    static float input[MOST];
    const int area = SIDE * SIDE;
    for (int i = 0; i < MOST; i++) pixels[i] = (uint8_t)test_u64();
    for (int i = 0; i < IMAGES; i++)
        for (int c = 0; c < channels; c++)
            for (int p = 0; p < area; p++)
                input[(i * channels + c) * area + p] =
                    ((float)pixels[(i * area + p) * channels + c] / 255.0f - mean[c]) / std[c];
    akin_model *m = NULL;
    CHECK_OK(akin_model_open(run, NULL, &m, &err));
    CHECK(akin_model_step(m) == 0 && akin_model_warning(m, 0) == NULL);
    const int64_t f = akin_model_width(m, AKIN_LAYER_BACKBONE), d = akin_model_width(m, AKIN_LAYER_PROJECTOR);
    float *got = calloc((size_t)(IMAGES * (f + d)), sizeof *got),
          *want = calloc((size_t)(IMAGES * (f + d)), 4);
    akin_images images = AKIN_IMAGES_INIT;
    images.pixels = pixels;
    images.n = IMAGES;
    images.height = images.width = SIDE;
    images.channels = channels;
    const akin_mat none = { 0 };
    const akin_mat gf = { got, IMAGES, f, f }, gd = { got + IMAGES * f, IMAGES, d, d };
    const akin_mat wf = { want, IMAGES, f, f }, wd = { want + IMAGES * f, IMAGES, d, d };
    const bool head = akin_model_has_head(m);
    CHECK_OK(akin_model_embed_images(m, &images, gf, head ? gd : none, &err));
    CHECK_OK(akin_encoder_forward(w->e, input, IMAGES, false, wf, head ? wd : none, &err));
    double norm = 0;
    for (int64_t i = 0; i < IMAGES * f; i++) norm += (double)want[i] * (double)want[i];
    CHECK(norm > 0);
    CHECK(memcmp(got, want, (size_t)(IMAGES * (head ? f + d : f)) * sizeof *got) == 0);
    free(got);
    free(want);
    akin_model_free(m);
}

static const float MEAN[3] = { 0.485f, 0.456f, 0.406f }, STD[3] = { 0.229f, 0.224f, 0.225f };

static void what_is_imported_embeds_to_the_same_bits(void **state)
{
    (void)state;
    static const struct {
        const char *encoder, *as, *prefix;
        int width, hidden, out;
        ak_weight_form form;
    } cases[] = {
        { "resnet18-large", "resnet18", "", 4, 0, 0, AK_WEIGHTS_RESNET },
        { "resnet18", "resnet18-large", "module.", 4, 0, 0, AK_WEIGHTS_RESNET }, /* the stem is the file's */
        { "resnet50-large", "resnet50", "backbone.", 4, 6, 5, AK_WEIGHTS_RESNET },
        { "resnet34", "resnet34", "", 3, 0, 7, AK_WEIGHTS_RESNET },
        { "resnet-s", "resnet-s", "", 8, 0, 0, AK_WEIGHTS_OURS },
        { "vgg16", "vgg16", "", 4, 0, 0, AK_WEIGHTS_VGG_BN },
        { "vgg16", "vgg16", "net.", 4, 0, 0, AK_WEIGHTS_VGG },
        { "cnn4", "cnn4", "", 4, 8, 4, AK_WEIGHTS_PLAIN },
        { "mlp", "mlp", "", 8, 0, 0, AK_WEIGHTS_PLAIN },
        { "linear", "linear", "", 8, 0, 0, AK_WEIGHTS_OURS },
    };
    file f = { .data = NULL };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        net w = make(cases[i].encoder, cases[i].width, cases[i].hidden, cases[i].out, cases[i].form, 3);
        round_means(&w);
        write_net(&w, cases[i].prefix, &f);
        finish(&f);
        CHECK_OK(import(cases[i].as, NULL, NULL));
        embeds_as(&w, 3, MEAN, STD);
        drop(&w);
    }
    free(f.data);
}

/* What is told of the file stands in run.json. */
static void told(const char *words)
{
    char text[16384] = "", name[420];
    snprintf(name, sizeof name, "%s/run.json", run);
    FILE *in = fopen(name, "rb");
    text[in ? fread(text, 1, sizeof text - 1, in) : 0] = 0;
    if (in) fclose(in);
    if (!strstr(text, words)) print_error("not told: %s\n", words);
    CHECK(strstr(text, words));
}

/* MoCo and BYOL store the network and a moving average of it, DINO a student and a teacher. */
static void one_of_several_networks(void **state)
{
    (void)state;
    static const struct {
        const char *network, *average;
    } pairs[] = { { "module.encoder_q.", "module.encoder_k." },
                  { "online_network.encoder.", "target_network.encoder." },
                  { "backbone.", "momentum_backbone." },
                  { "backbone.", "backbone_momentum." } };
    file f = { .data = NULL };
    net w = make("resnet18", 4, 0, 0, AK_WEIGHTS_RESNET, 3),
        other = make("resnet18", 4, 0, 0, AK_WEIGHTS_RESNET, 3);
    char words[64];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (int first = 0; first < 2; first++) { /* in either order */
            begin(&f);
            if (first) add_net(&w, pairs[i].network, &f);
            add_net(&other, pairs[i].average, &f);
            if (!first) add_net(&w, pairs[i].network, &f);
            finish(&f);
            CHECK_OK(import("resnet18", NULL, NULL));
            embeds_as(&w, 3, MEAN, STD);
            snprintf(words, sizeof words, "behind '%s', by its name a moving average", pairs[i].average);
            told(words);
        }
    wanted = "backbone_momentum"; /* the dot may be left out */
    CHECK_OK(import("resnet18", NULL, NULL));
    embeds_as(&other, 3, MEAN, STD);
    wanted = "backbon";
    CHECK_FAILS(import("resnet18", NULL, NULL), AKIN_ERR_INPUT, "no tensor 'backbon.conv1.weight'");
    wanted = NULL;

    begin(&f);
    add_net(&other, "student.", &f);
    add_net(&w, "teacher.", &f);
    finish(&f);
    CHECK_FAILS(import("resnet18", NULL, NULL), AKIN_ERR_ARGUMENT,
                "2 networks, behind 'student.', 'teacher.'");
    wanted = "teacher.";
    CHECK_OK(import("resnet18", NULL, NULL));
    embeds_as(&w, 3, MEAN, STD);
    wanted = NULL;

    write_net(&w, "ema.", &f); /* alone it is what is wanted; a convolution of something else is no network */
    const float x = 1;
    put_raw(&f, "decoder.conv1.weight", "F32", 4, (const int64_t[]){ 1, 1, 1, 1 }, &x, sizeof x);
    finish(&f);
    CHECK_OK(import("resnet18", NULL, NULL));
    embeds_as(&w, 3, MEAN, STD);
    drop(&w);
    drop(&other);
    free(f.data);
}

/* nn.Sequential(*list(resnet.children())[:-1]), with and without modules for the ReLU and the pooling. */
static void layers_as_children_of_a_sequential(void **state)
{
    (void)state;
    static const char *const prefixes[] = { "", "backbone.", "model.0." };
    file f = { .data = NULL };
    for (int layer1 = 2; layer1 <= 4; layer1++) {
        net w = make("resnet18", 4, 0, 0, AK_WEIGHTS_RESNET, 3);
        for (int64_t i = 0; i < w.n; i++) {
            char name[sizeof w.name[i].name], *at = w.name[i].name;
            const int child = *at == 'c' ? 0 : *at == 'b' ? 1 : layer1 + (at[5] - '1');
            snprintf(name, sizeof name, "%d%.80s", child, strchr(at, '.'));
            memcpy(at, name, sizeof name);
        }
        write_net(&w, prefixes[layer1 - 2], &f);
        finish(&f);
        CHECK_OK(import("resnet18", NULL, NULL));
        embeds_as(&w, 3, MEAN, STD);
        told("children of a Sequential");
        const float x = 1;
        char name[64];
        snprintf(name, sizeof name, "%s%d.2.conv1.weight", prefixes[layer1 - 2], layer1);
        put_raw(&f, name, "F32", 1, (const int64_t[]){ 1 }, &x, sizeof x);
        finish(&f);
        CHECK_FAILS(import("resnet18", NULL, NULL), AKIN_ERR_INPUT, "which resnet18 has not");
        CHECK_FAILS(import("resnet34", NULL, NULL), AKIN_ERR_SHAPE, ".2.conv1.weight' has the shape [1]");
        drop(&w);
    }
    free(f.data);
}

static void grey_images_and_their_scale(void **state)
{
    (void)state;
    const float mean[3] = { 0.25f }, std[3] = { 0.5f };
    file f = { .data = NULL };
    net w = make("resnet18", 4, 0, 0, AK_WEIGHTS_RESNET, 1);
    write_net(&w, "", &f);
    finish(&f);
    CHECK_FAILS(import("resnet18", NULL, NULL), AKIN_ERR_ARGUMENT, "--mean and --std");
    CHECK_FAILS(import("resnet18", "0.25,0.5", "1"), AKIN_ERR_RANGE, "1 channels");
    CHECK_FAILS(import("resnet18", "0.25x", "1"), AKIN_ERR_RANGE, "--mean is '0.25x'");
    CHECK_FAILS(import("resnet18", "0.25,", "1"), AKIN_ERR_RANGE, "--mean");
    CHECK_FAILS(import("resnet18", "0.25", "0"), AKIN_ERR_RANGE, "above 0");
    CHECK_FAILS(import("resnet18", "nan", "1"), AKIN_ERR_RANGE, "--mean");
    CHECK_OK(import("resnet18", "0.25", "0.5"));
    embeds_as(&w, 1, mean, std);
    drop(&w);
    free(f.data);
}

/* Types that a float holds exactly come as they are; BF16 and F16 of 1.5 are 3FC0 and 3E00. */
static void every_type_of_float_is_read(void **state)
{
    (void)state;
    const double wide[2] = { 1.5, -0.25 };
    const uint16_t bf16[2] = { 0x3fc0, 0xbe80 }, half[2] = { 0x3e00, 0xb400 };
    const int32_t whole[2] = { 1, 2 };
    const int64_t shape[1] = { 2 };
    file f = { .data = NULL };
    begin(&f);
    put_raw(&f, "wide", "F64", 1, shape, wide, sizeof wide);
    put_raw(&f, "bf16", "BF16", 1, shape, bf16, sizeof bf16);
    put_raw(&f, "half", "F16", 1, shape, half, sizeof half);
    put_raw(&f, "whole", "I32", 1, shape, whole, sizeof whole);
    finish(&f);
    ak_tensor_file *t = NULL;
    CHECK_OK(ak_tensor_file_open(path, &t, &err));
    float x[2];
    for (int i = 0; i < 3; i++) {
        CHECK_OK(ak_tensor_file_read(t, ak_tensor_file_at(t, i), x, &err));
        CHECK(x[0] == 1.5f && x[1] == -0.25f);
    }
    CHECK_FAILS(ak_tensor_file_read(t, ak_tensor_file_at(t, 3), x, &err), AKIN_ERR_FORMAT, "type I32");
    CHECK(ak_tensor_file_at(t, 4) == NULL && ak_tensor_file_find(t, "wid") == NULL);
    ak_tensor_file_free(t);
    free(f.data);
}

/* Refusals --------------------------------------------------------------------------------------- */

static void other_networks_are_told(void **state)
{
    (void)state;
    file f = { .data = NULL };
    net w = make("resnet50-large", 4, 0, 0, AK_WEIGHTS_RESNET, 3);
    write_net(&w, "", &f);
    finish(&f);
    CHECK_FAILS(import(NULL, NULL, NULL), AKIN_ERR_ARGUMENT, "--encoder resnet18");
    CHECK_FAILS(import("resnet18", NULL, NULL), AKIN_ERR_SHAPE,
                "layer1.0.conv1.weight' has the shape [4, 4, 1, 1]; "
                "resnet18-large needs [4, 4, 3, 3]");
    CHECK_FAILS(import("resnet101", NULL, NULL), AKIN_ERR_INPUT, "has no tensor 'layer3.6.conv1.weight'");
    CHECK_FAILS(import("vgg16", NULL, NULL), AKIN_ERR_INPUT, "no tensor 'features.0.weight'");
    CHECK_FAILS(import("identity", NULL, NULL), AKIN_ERR_ARGUMENT, "takes no weights");
    CHECK_FAILS(import("bag", NULL, NULL), AKIN_ERR_ARGUMENT, "takes no weights");
    CHECK_FAILS(import("resnet51", NULL, NULL), AKIN_ERR_RANGE, "resnet50");
    const float x = 1;
    put_raw(&f, "layer4.3.conv1.weight", "F32", 1, (const int64_t[]){ 1 }, &x, sizeof x);
    finish(&f);
    CHECK_FAILS(import("resnet50", NULL, NULL), AKIN_ERR_INPUT, "which resnet50-large has not");
    drop(&w);
    free(f.data);
}

static void values_that_are_none_are_told(void **state)
{
    (void)state;
    file f = { .data = NULL };
    net w = make("resnet18", 4, 0, 0, AK_WEIGHTS_RESNET, 3);
    for (int64_t i = 0; i < w.n; i++) {
        const float kept = w.x[i][0];
        const bool var = strstr(w.t[i].name, "running_var") != NULL;
        w.x[i][0] = i % 2 ? NAN : INFINITY;
        write_net(&w, "", &f);
        finish(&f);
        CHECK_FAILS(import("resnet18", NULL, NULL), AKIN_ERR_FORMAT, w.name[i].name);
        CHECK(strstr(err.message, "value 0"));
        w.x[i][0] = -1;
        if (var) {
            write_net(&w, "", &f);
            finish(&f);
            CHECK_FAILS(import("resnet18", NULL, NULL), AKIN_ERR_FORMAT, "a variance, is -1");
        }
        w.x[i][0] = kept;
        if (i > 12) i += 9; /* the first layers, and then some */
    }
    drop(&w);
    free(f.data);
}

/* No sums here: a cut file is always refused, a bit of the header either refused or without effect on what is
 * read. After each the folder is as it was before. */
static void cuts_and_flips(void **state)
{
    (void)state;
    file f = { .data = NULL };
    net w = make("linear", 1, 0, 0, AK_WEIGHTS_PLAIN, 3);
    write_net(&w, "", &f);
    finish(&f);
    CHECK_OK(import("linear", NULL, NULL));
    const size_t n = 8 + f.used + 2 + 3 + f.bytes;
    for (size_t cut = 0; cut < n; cut += cut < 600 ? 1 : 997) {
        finish_as(&f, path, 3, cut);
        const akin_status status = import("linear", NULL, NULL);
        CHECK((status == AKIN_ERR_FORMAT || status == AKIN_ERR_INPUT) && strstr(err.message, path));
    }
    for (size_t bit = 0; bit < 8 * f.used; bit++) {
        f.header[bit / 8] = (char)(f.header[bit / 8] ^ 1 << bit % 8);
        finish(&f);
        ak_tensor_file *t = NULL;
        akin_status status = ak_tensor_file_open(path, &t, &err);
        ak_tensor_file_free(t);
        if (!status) status = import("linear", NULL, NULL);
        CHECK(status == AKIN_OK || (status != AKIN_ERR_INTERNAL && err.status == status && err.message[0]));
        f.header[bit / 8] = (char)(f.header[bit / 8] ^ 1 << bit % 8);
        if (status == AKIN_OK) embeds_as(&w, 3, MEAN, STD); /* such as a classifier of another name */
    }
    embeds_as(&w, 3, MEAN, STD);
    drop(&w);
    free(f.data);
}

static void write_text(const char *name, const char *bytes, size_t n)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK_OK(akin_file_save(path, bytes, n, &err));
}

static void files_that_are_none(void **state)
{
    (void)state;
    write_text("a.pth", "PK\3\4 zip", 8);
    CHECK_FAILS(import("resnet18", NULL, NULL), AKIN_ERR_INPUT, "weights_only=True");
    write_text("b.bin", "\x80\x02}q", 4);
    CHECK_FAILS(import("resnet18", NULL, NULL), AKIN_ERR_INPUT, "torch.load('b.bin'");
    write_text("c.safetensors", "\x08\0\0\0\0\0\0\0hallo   ", 16);
    CHECK_FAILS(import("resnet18", NULL, NULL), AKIN_ERR_INPUT, "byte 8 is not '{'");
    write_text("d.safetensors", "", 0);
    CHECK_FAILS(import("resnet18", NULL, NULL), AKIN_ERR_INPUT, "fewer than 10 bytes");
    write_text("e.safetensors", "\x02\0\0\0\0\0\0\0{}", 10);
    CHECK_FAILS(import("resnet18", NULL, NULL), AKIN_ERR_INPUT, "no tensor 'conv1.weight'");
    snprintf(path, sizeof path, "%s/missing", folder);
    CHECK_FAILS(import("resnet18", NULL, NULL), AKIN_ERR_INPUT, "missing");
    static const char *const HEADERS[] = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":["
        "1],"
        "\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0.5,8]}}",
        "{\"a\":3}",
    };
    for (size_t i = 0; i < sizeof HEADERS / sizeof *HEADERS; i++) {
        char bytes[512] = { 0 };
        const size_t n = strlen(HEADERS[i]);
        bytes[0] = (char)n;
        memcpy(bytes + 8, HEADERS[i], n);
        write_text("f.safetensors", bytes, 16 + n); /* 8 bytes of tensors */
        CHECK_FAILS(import("resnet18", NULL, NULL), AKIN_ERR_FORMAT, "damaged");
    }
}

/* A run that is there stays whole when an import fails, and is replaced only on demand. */
static void a_run_is_not_replaced_by_accident(void **state)
{
    (void)state;
    file f = { .data = NULL };
    akin_train_config *c = NULL;
    net w = make("resnet18", 4, 0, 0, AK_WEIGHTS_RESNET, 3);
    write_net(&w, "", &f);
    snprintf(path, sizeof path, "%s/w.safetensors", folder);
    finish(&f);
    CHECK_OK(import("resnet18", NULL, NULL));
    CHECK_OK(akin_train_config_create(&c, &err));
    CHECK_OK(akin_train_config_set(c, "encoder", "resnet18", &err));
    CHECK_FAILS(akin_import(path, run, c, NULL, &err), AKIN_ERR_ARGUMENT, "--force");
    CHECK_FAILS(akin_import(run, folder, c, NULL, &err), AKIN_ERR_ARGUMENT, "--init");
    CHECK_OK(akin_train_config_set(c, "size", "0", &err));
    akin_import_opts opts = AKIN_IMPORT_OPTS_INIT;
    opts.force = true;
    CHECK_FAILS(akin_import(path, run, c, &opts, &err), AKIN_ERR_ARGUMENT, "--size is 0");
    CHECK_FAILS(akin_import(NULL, run, c, NULL, &err), AKIN_ERR_ARGUMENT, "NULL");
    akin_train_config_free(c);
    embeds_as(&w, 3, MEAN, STD);
    drop(&w);
    free(f.data);
}

int main(void)
{
    snprintf(folder, sizeof folder, "%s", test_folder());
    snprintf(path, sizeof path, "%s/w.safetensors", folder);
    snprintf(run, sizeof run, "%s/run", folder);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_imported_embeds_to_the_same_bits),
        cmocka_unit_test(grey_images_and_their_scale),
        cmocka_unit_test(one_of_several_networks),
        cmocka_unit_test(layers_as_children_of_a_sequential),
        cmocka_unit_test(every_type_of_float_is_read),
        cmocka_unit_test(other_networks_are_told),
        cmocka_unit_test(values_that_are_none_are_told),
        cmocka_unit_test(cuts_and_flips),
        cmocka_unit_test(files_that_are_none),
        cmocka_unit_test(a_run_is_not_replaced_by_accident),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
