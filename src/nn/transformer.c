/* SPDX-License-Identifier: Apache-2.0 */
/* nn/transformer.c - building a transformer, its tensors, and the room for a batch. */
#include "nn/transformer.h"

#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TRANSFORMER_VIEW = 0x746672 }; /* keeps its initial weights apart from those of others of one seed */

static const ak_token_ops *choose_ops(void)
{
#if defined(__x86_64__)
    const char *isa = akin_isa();
    if (strncmp(isa, "avx512", 6) == 0) return &ak_token_avx512;
    if (strcmp(isa, "avx2") == 0) return &ak_token_avx2;
#endif
    return &ak_token_ref;
}

/* NULL where the instruction set has no vectors of 16 floats. */
static const ak_half_ops *choose_half(void)
{
#if defined(__x86_64__)
    const char *isa = akin_isa();
    if (strcmp(isa, "avx512bf16") == 0) return &ak_half_avx512bf16;
    if (strcmp(isa, "avx512") == 0) return &ak_half_avx512;
#endif
    return NULL;
}

static int64_t pad(int64_t n) { return (n + AK_TOKEN_PAD - 1) / AK_TOKEN_PAD * AK_TOKEN_PAD; }

/* Floats of a token that a batch keeps: of each block, and besides. */
static int64_t of_block(const ak_transformer_opts *o) { return (6 + AK_TF_TIMES) * o->width + 4 + o->heads; }
static int64_t besides(const ak_transformer_opts *o)
{
    const int64_t backward = (o->half ? 7 + AK_TF_PAIRS / 2 : 9 + 2 * AK_TF_TIMES) * o->width;
    return backward + 2 * o->width + pad(o->inputs) + 3;
}

void ak_transformer_count(const ak_transformer_opts *o, int64_t *parameters, int64_t *macs_per_row,
                          int64_t *bytes)
{
    const int64_t d = o->width, matrices = (4 + 2 * AK_TF_TIMES) * d * d;
    const int64_t vectors = (9 + AK_TF_TIMES) * d;
    *parameters = o->layers * (matrices + vectors) + (o->inputs + 1 + o->positions + 2) * d;
    *macs_per_row = o->positions * (o->layers * (matrices + 2 * o->positions * d) + o->inputs * d);
    *bytes = (int64_t)sizeof(float) * (o->layers * of_block(o) + besides(o));
}

/* Tensors --------------------------------------------------------------------------------------------- */

/* Draw what a tensor holds at first: bound 0 = the constant. */
typedef struct initial {
    float bound, constant;
    double spread; /* of a normal distribution; 0 = uniform in +-bound */
} initial;

static akin_status add_tensor(ak_transformer *t, const char *name, int64_t rows, int64_t cols, initial s,
                              float **data, float **grad, akin_error *err)
{
    const int64_t count = rows * (cols ? cols : 1);
    AK_TRY(ak_device_alloc(&t->device, sizeof(float), count, 1, data, err));
    AK_TRY(ak_device_alloc(&t->device, sizeof(float), count, 1, grad, err));
    snprintf(t->name[t->tensors], sizeof *t->name, "%s", name);
    t->tensor[t->tensors] = (akin_tensor){ .name = t->name[t->tensors],
                                           .data = *data,
                                           .grad = *grad,
                                           .count = count,
                                           .plain = count,
                                           .shape = { rows, cols },
                                           .ndim = cols ? 2 : 1,
                                           .decay = cols > 0 };
    ak_rng r = ak_rng_at(t->opts.seed, AK_RNG_INIT, 0, (uint64_t)t->tensors, TRANSFORMER_VIEW);
    for (int64_t i = 0; i < count; i++)
        (*data)[i] = s.spread > 0  ? (float)(s.spread * ak_rng_normal(&r))
                     : s.bound > 0 ? ak_rng_range(&r, -s.bound, s.bound)
                                   : s.constant;
    t->tensors++;
    return AKIN_OK;
}

/* Uniform in +-sqrt(6 / (in + out)) [Glorot2010 eq.16], biases 0. */
static akin_status add_matrix(ak_transformer *t, const char *layer, int64_t out, int64_t in, ak_matrix *m,
                              akin_error *err)
{
    char name[AK_TF_NAME];
    m->out = out;
    m->in = in;
    snprintf(name, sizeof name, "%s.weight", layer);
    const initial s = { .bound = (float)sqrt(6 / (double)(in + out)) };
    AK_TRY(add_tensor(t, name, out, in, s, &m->weight, &m->grad, err));
    snprintf(name, sizeof name, "%s.bias", layer);
    AK_TRY(add_tensor(t, name, out, 0, (initial){ 0 }, &m->bias, &m->dbias, err));
    for (int back = 0; back < 2; back++) {
        const int64_t cols = back ? pad(in) : out, depth = back ? out : in;
        const int64_t most = t->ops->panel - 1; /* the last panel is stored whole */
        if (t->half && m != &t->embed)
            AK_TRY(ak_device_alloc(&t->device, sizeof(uint32_t), cols, depth / 2, &m->half[back], err));
        else
            AK_TRY(ak_device_alloc(&t->device, sizeof(float), cols + most, depth, &m->packed[back], err));
    }
    return AKIN_OK;
}

static akin_status add_norm(ak_transformer *t, const char *layer, ak_layer_norm *n, akin_error *err)
{
    char name[AK_TF_NAME];
    snprintf(name, sizeof name, "%s.weight", layer);
    AK_TRY(add_tensor(t, name, t->width, 0, (initial){ .constant = 1 }, &n->gamma, &n->dgamma, err));
    snprintf(name, sizeof name, "%s.bias", layer);
    return add_tensor(t, name, t->width, 0, (initial){ 0 }, &n->beta, &n->dbeta, err);
}

static akin_status add_block(ak_transformer *t, int i, akin_error *err)
{
    const int64_t d = t->width;
    ak_tf_block *b = &t->block[i];
    char name[6][AK_TF_NAME];
    static const char *const PARTS[] = { "norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2" };
    for (int k = 0; k < 6; k++) snprintf(name[k], sizeof *name, "blocks.%d.%s", i, PARTS[k]);
    AK_TRY(add_norm(t, name[0], &b->norm[0], err));
    AK_TRY(add_matrix(t, name[1], 3 * d, d, &b->qkv, err));
    AK_TRY(add_matrix(t, name[2], d, d, &b->proj, err));
    AK_TRY(add_norm(t, name[3], &b->norm[1], err));
    AK_TRY(add_matrix(t, name[4], AK_TF_TIMES * d, d, &b->fc1, err));
    return add_matrix(t, name[5], d, AK_TF_TIMES * d, &b->fc2, err);
}

static akin_status build(ak_transformer *t, akin_error *err)
{
    const ak_transformer_opts *o = &t->opts;
    const int64_t most = 12 * o->layers + 5;
    AK_TRY(ak_device_alloc(&t->device, sizeof *t->tensor, most, 1, &t->tensor, err));
    AK_TRY(ak_device_alloc(&t->device, sizeof *t->name, most, 1, &t->name, err));
    AK_TRY(add_matrix(t, o->patch ? "patch_embed.proj" : "word_embed.proj", t->width, o->inputs, &t->embed,
                      err));
    if (o->patch) { /* as a convolution has it */
        akin_tensor *w = &t->tensor[0];
        w->ndim = 4;
        w->shape[1] = o->channels;
        w->shape[2] = w->shape[3] = o->patch;
    }
    const initial near = { .spread = 0.02 };
    AK_TRY(add_tensor(t, "pos_embed.weight", o->positions, t->width, near, &t->place, &t->dplace, err));
    t->tensor[t->tensors - 1].decay = false;
    for (int i = 0; i < o->layers; i++) AK_TRY(add_block(t, i, err));
    AK_TRY(add_norm(t, "norm", &t->last, err));
    const int64_t wide = t->width / o->heads, attention = ak_attention_scratch(wide, o->positions);
    /* Forward a norm and units; backward in bf16 a gradient, a norm, units and their gradients. */
    const int64_t floats = AK_TF_BLOCK * (t->half ? 2 + 2 * AK_TF_TIMES : 1 + AK_TF_TIMES) * t->width;
    const int64_t block = floats + (t->half ? AK_TF_BLOCK * AK_TF_TIMES / 2 * t->width : 0);
    t->rounded_at = floats;
    t->scratch_floats = attention > block ? attention : block;
    AK_TRY(ak_device_alloc(&t->device, sizeof(float), AK_TF_SUMS * t->width, 1, &t->sums, err));
    return ak_device_alloc(&t->device, sizeof(float), t->threads, t->scratch_floats, &t->scratch, err);
}

akin_status ak_transformer_check(const ak_transformer_opts *o, akin_error *err)
{
    if (o->layers < 1 || o->layers > AK_TF_LAYERS)
        return ak_fail(err, AKIN_ERR_RANGE, "transformer: %d blocks; it must be 1 to %d", o->layers,
                       AK_TF_LAYERS);
    if (o->half && !choose_half())
        return ak_fail(err, AKIN_ERR_UNSUPPORTED,
                       "encoder: bf16 needs a processor with AVX-512, this one offers %s; use f32",
                       akin_isa());
    if (o->heads >= 1 && o->width % (o->heads * AK_TOKEN_PAD) == 0) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_RANGE,
                   "transformer: width %d and %d heads; a head's width must be a multiple of %d", o->width,
                   o->heads, AK_TOKEN_PAD);
}

akin_status ak_transformer_create(const ak_transformer_opts *opts, ak_transformer **out, akin_error *err)
{
    AK_TRY(ak_transformer_check(opts, err));
    ak_transformer *t = calloc(1, sizeof *t);
    if (!t) return ak_fail(err, AKIN_ERR_NOMEM, "encoder: out of memory");
    t->opts = *opts;
    t->width = opts->width;
    t->inputs = pad(opts->inputs);
    t->ops = choose_ops();
    t->half = opts->half ? choose_half() : NULL;
    t->isa = t->ops == &ak_token_ref ? "ref" : akin_isa();
    t->threads = akin_threads();
    const akin_status status = build(t, err);
    if (status)
        ak_transformer_free(t);
    else
        *out = t;
    return status;
}

void ak_transformer_free(ak_transformer *t)
{
    if (!t) return;
    ak_device_close(&t->room);
    ak_device_close(&t->device);
    free(t);
}

int64_t ak_transformer_bytes(const ak_transformer *t)
{
    return (int64_t)(sizeof *t + t->device.bytes + t->room.bytes);
}

const akin_tensor *ak_transformer_tensors(const ak_transformer *t, int64_t *count)
{
    *count = t ? t->tensors : 0;
    return t ? t->tensor : NULL;
}

/* Room ------------------------------------------------------------------------------------------------ */

typedef struct want {
    float **at;
    int64_t floats; /* of a token */
} want;

static akin_status take_all(ak_transformer *t, int64_t tokens, const want *all, int n, akin_error *err)
{
    for (int i = 0; i < n; i++)
        AK_TRY(ak_device_alloc(&t->room, sizeof(float), tokens, all[i].floats, all[i].at, err));
    return AKIN_OK;
}

static akin_status block_room(ak_transformer *t, ak_tf_block *b, int64_t tokens, akin_error *err)
{
    const int64_t d = t->width;
    const want all[] = { { &b->x, d },
                         { &b->heads, 3 * d },
                         { &b->mixed, d },
                         { &b->middle, d },
                         { &b->units, AK_TF_TIMES * d },
                         { &b->lse, t->opts.heads },
                         { &b->norm[0].mean, 1 },
                         { &b->norm[0].over, 1 },
                         { &b->norm[1].mean, 1 },
                         { &b->norm[1].over, 1 } };
    return take_all(t, tokens, all, sizeof all / sizeof *all, err);
}

static akin_status backward_room(ak_transformer *t, int64_t tokens, akin_error *err)
{
    const int64_t d = t->width, blocks = (tokens + AK_TF_BLOCK - 1) / AK_TF_BLOCK;
    const want all[] = { { &t->dx[0], d },     { &t->dx[1], d },      { &t->dmiddle, d },
                         { &t->dmixed, d },    { &t->dheads, 3 * d }, { &t->dunits, AK_TF_TIMES * d },
                         { &t->normed[0], d }, { &t->normed[1], d },  { &t->active, AK_TF_TIMES * d } };
    AK_TRY(take_all(t, tokens, all, t->half ? 5 : 9, err));
    if (t->half)
        AK_TRY(ak_device_alloc(&t->room, AK_TF_BLOCK / 2 * sizeof *t->pairs, blocks, AK_TF_PAIRS * d,
                               &t->pairs, err));
    return ak_device_alloc(&t->room, sizeof(float), blocks, AK_TF_SUMS * d, &t->part, err);
}

/* In inference one block's room serves all. */
static akin_status make_room(ak_transformer *t, int64_t rows, int64_t tokens, akin_error *err)
{
    const want all[] = { { &t->input, t->inputs },
                         { &t->end, t->width },
                         { &t->other, t->width },
                         { &t->last.mean, 1 },
                         { &t->last.over, 1 } };
    const int count = sizeof all / sizeof *all;
    AK_TRY(ak_device_alloc(&t->room, sizeof *t->first, rows + 1, 1, &t->first, err));
    AK_TRY(ak_device_alloc(&t->room, sizeof *t->start, rows + 1, 1, &t->start, err));
    AK_TRY(ak_device_alloc(&t->room, sizeof *t->row, tokens, 1, &t->row, err));
    AK_TRY(take_all(t, tokens, all, count, err));
    for (int i = 0; i < (t->training_room ? t->opts.layers : 1); i++)
        AK_TRY(block_room(t, &t->block[i], tokens, err));
    return t->training_room ? backward_room(t, tokens, err) : AKIN_OK;
}

static akin_status room(ak_transformer *t, int64_t rows, int64_t tokens, bool training, akin_error *err)
{
    if (rows <= t->row_room && tokens <= t->token_room && (t->training_room || !training)) return AKIN_OK;
    const bool again = t->token_room > 0 && tokens > t->token_room; /* batches of different lengths */
    const int64_t more = tokens + (again ? tokens / 4 : 0);
    tokens = more > t->token_room ? more : t->token_room;
    rows = rows > t->row_room ? rows : t->row_room;
    t->training_room = t->training_room || training;
    t->row_room = t->token_room = 0;
    ak_device_close(&t->room);
    t->room = (ak_device){ 0 };
    AK_TRY(make_room(t, rows, tokens > 0 ? tokens : 1, err));
    t->row_room = rows;
    t->token_room = tokens;
    return AKIN_OK;
}

akin_status ak_transformer_take(ak_transformer *t, int64_t rows, const int64_t *start, bool training,
                                akin_error *err)
{
    int64_t tokens = 0, at = 0;
    const int64_t most = t->opts.positions;
    if (akin_threads() > t->threads)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "encoder: created for %d threads and called with %d",
                       t->threads, akin_threads());
    for (int64_t r = 0; r < rows; r++) {
        const int64_t length = start[r + 1] - start[r];
        tokens += length < most ? length : most;
    }
    AK_TRY(room(t, rows, tokens, training, err));
    t->rows = rows;
    t->tokens = tokens;
    t->training = training;
    for (int64_t r = 0; r < rows; r++) {
        const int64_t length = start[r + 1] - start[r];
        t->first[r] = at;
        for (int64_t k = 0; k < length && k < most; k++) t->row[at++] = (int32_t)r;
    }
    t->first[rows] = at;
    memcpy(t->start, start, (size_t)(rows + 1) * sizeof *start);
    return AKIN_OK;
}

akin_status ak_transformer_reserve(ak_transformer *t, int64_t rows, int64_t longest, akin_error *err)
{
    return room(t, rows, rows * (longest < t->opts.positions ? longest : t->opts.positions), true, err);
}

/* Patches --------------------------------------------------------------------------------------------- */

typedef struct patch_job {
    ak_transformer *t;
    const float *images;
    int64_t height, width;
} patch_job;

/* Numbers of a patch stand as in a convolution's weights: channel, then row, then column. */
static void patch_range(int64_t begin, int64_t end, void *ctx)
{
    const patch_job *w = ctx;
    const ak_transformer_opts *o = &w->t->opts;
    const int64_t side = o->patch, across = w->width / side, down = w->height / side;
    for (int64_t i = begin; i < end; i++)
        for (int64_t at = 0; at < down * across; at++) {
            float *to = w->t->input + (i * down * across + at) * w->t->inputs;
            const float *from = w->images + i * o->channels * w->height * w->width;
            from += at / across * side * w->width + at % across * side;
            for (int64_t c = 0; c < o->channels; c++)
                for (int64_t y = 0; y < side; y++, to += side)
                    memcpy(to, from + (c * w->height + y) * w->width, (size_t)side * sizeof *to);
        }
}

void ak_transformer_patches(ak_transformer *t, const float *images, int64_t height, int64_t width)
{
    patch_job w = { t, images, height, width };
    ak_parallel_for(t->rows, 8, patch_range, &w);
}
