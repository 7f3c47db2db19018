/* SPDX-License-Identifier: Apache-2.0 */
/* model/net.c - an encoder, and for text what stands in front of it.
 *
 * A GRU reads rows of the bag's table. Its gradient has one row for every token of the batch. The bag is
 * given these rows as texts of one word each, so the sparse update is the same as for a bag. */
#include "model/net.h"
#include "model/net_words.h"

#include "akin/tool/model.h"

#include <stdio.h>
#include <string.h>

static const ak_net_front FRONTS[] = {
    { .listed = { .name = "bag",
                  .help = "text: mean of the vectors of words and character n-grams, updated sparsely" },
      .kind = AK_NET_BAG },
    { .listed = { .name = "gru", .help = "text: gated recurrent units over the vectors of the words" },
      .kind = AK_NET_GRU },
    { .listed = { .name = "bigru", .help = "text: gated recurrent units in both directions" },
      .kind = AK_NET_GRU,
      .bidirectional = true },
    { .listed = { .name = "transformer",
                  .help = "text: 4 blocks of 256 with attention over the vectors of the words" },
      .kind = AK_NET_TRANSFORMER },
};
enum { FRONT_COUNT = sizeof FRONTS / sizeof *FRONTS };

const akin_encoder_kind *akin_text_encoder_at(int i)
{
    return i >= 0 && i < FRONT_COUNT ? &FRONTS[i].listed : NULL;
}

const ak_net_front *ak_net_front_find(const char *name)
{
    for (int i = 0; name && i < FRONT_COUNT; i++)
        if (strcmp(FRONTS[i].listed.name, name) == 0) return &FRONTS[i];
    return NULL;
}

void ak_net_release(ak_net *net)
{
    akin_encoder_free(net->encoder);
    akin_encoder_free(net->predictor);
    akin_bag_free(net->bag);
    akin_gru_free(net->gru);
    ak_transformer_free(net->transformer);
    free(net->front.data);
    free(net->dfront.data);
    free(net->words.data);
    free(net->dwords.data);
    free(net->dread.data);
    free(net->each);
    free(net->tensors);
    free(net->names);
    *net = (ak_net){ .kind = AK_NET_DENSE };
}

/* Creating ----------------------------------------------------------------------------------------------- */

static akin_status floats(akin_mat *m, int64_t rows, int64_t cols, akin_error *err)
{
    *m = (akin_mat){ ak_alloc(sizeof(float), rows, cols), rows, cols, cols };
    if (m->data) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld rows of %lld numbers", (long long)rows,
                   (long long)cols);
}

static akin_status create_bag(ak_net *net, const ak_net_plan *p, akin_error *err)
{
    akin_bag_opts opts = p->table;
    opts.tokens = p->tokens;
    const int64_t ids = p->rows * p->max_ids;
    AK_TRY(akin_bag_create(&opts, net->kind == AK_NET_BAG ? p->rows : ids, ids, p->seed, &net->bag, err));
    AK_TRY(floats(&net->front, p->rows, opts.dim, err));
    return floats(&net->dfront, p->rows, opts.dim, err);
}

/* Room for the vectors of all tokens, and for `out` numbers of a row. */
static akin_status create_words(ak_net *net, const ak_net_plan *p, int64_t out, akin_error *err)
{
    const int64_t ids = p->rows * p->max_ids, dim = p->table.dim;
    AK_TRY(create_bag(net, p, err));
    free(net->front.data);
    free(net->dfront.data);
    net->front.data = net->dfront.data = NULL;
    AK_TRY(floats(&net->front, p->rows, out, err));
    AK_TRY(floats(&net->dfront, p->rows, out, err));
    AK_TRY(floats(&net->words, ids, dim, err));
    AK_TRY(floats(&net->dwords, ids, dim, err));
    net->each = ak_alloc(sizeof *net->each, ids + 1, 1);
    if (!net->each) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld tokens", (long long)ids);
    for (int64_t i = 0; i <= ids; i++) net->each[i] = i;
    return AKIN_OK;
}

static akin_status create_gru(ak_net *net, const ak_net_plan *p, bool bidirectional, akin_error *err)
{
    akin_gru_opts opts = AKIN_GRU_OPTS_INIT;
    if (p->hidden) opts.hidden = p->hidden;
    if (p->layers) opts.layers = p->layers;
    opts.bidirectional = bidirectional;
    opts.pool = p->pool;
    AK_TRY(create_words(net, p, opts.hidden * (bidirectional ? 2 : 1), err));
    return akin_gru_create(&opts, p->table.dim, p->rows, p->max_words, p->seed, &net->gru, err);
}

/* Room for the longest rows, which is told before it is used. */
static akin_status create_transformer(ak_net *net, const ak_net_plan *p, akin_error *err)
{
    ak_transformer_opts o = ak_net_transformer_opts(p);
    AK_TRY(ak_transformer_check(&o, err));
    AK_TRY(create_words(net, p, o.width, err));
    AK_TRY(ak_transformer_create(&o, &net->transformer, err));
    AK_TRY(floats(&net->dread, p->rows * p->max_ids, net->transformer->inputs, err));
    return p->max_ids > 1 ? ak_transformer_reserve(net->transformer, p->rows, p->max_ids, err) : AKIN_OK;
}

static akin_status create_encoder(ak_net *net, const ak_net_plan *p, akin_error *err)
{
    akin_encoder_opts e = p->encoder;
    e.seed = p->seed;
    if (net->kind == AK_NET_DENSE)
        return akin_encoder_create(&e, p->rows, p->height, p->width, p->channels, &net->encoder, err);
    e.heads = e.patch = 0;
    const bool hidden = net->kind == AK_NET_BAG && p->layers > 0;
    e.name = hidden ? "mlp" : "identity";
    e.blocks = hidden ? p->layers : 0;
    e.width = hidden ? p->hidden : 0;
    return akin_encoder_create(&e, p->rows, 1, net->front.cols, 1, &net->encoder, err);
}

/* It is an encoder of vectors that has nothing but a head. */
static akin_status create_predictor(ak_net *net, const ak_net_plan *p, akin_error *err)
{
    akin_encoder_opts e = AKIN_ENCODER_OPTS_INIT;
    if (!p->predictor_hidden) return AKIN_OK;
    e.name = "identity";
    e.head_hidden = (int32_t)p->predictor_hidden;
    e.head_out = p->encoder.head_out;
    e.seed = p->seed ^ 0x9e3779b97f4a7c15u;
    return akin_encoder_create(&e, p->predictor_rows, 1, e.head_out, 1, &net->predictor, err);
}

/* One list of all tensors. Those that are not the encoder's get names that tell whose they are. */
static akin_status list_tensors(ak_net *net, akin_error *err)
{
    int64_t of_encoder = 0, of_gru = 0, of_bag = 0, last = 0;
    const akin_tensor *encoder = ak_encoder_tensors(net->encoder, &of_encoder);
    const akin_tensor *gru = net->gru           ? ak_gru_tensors(net->gru, &of_gru)
                             : net->transformer ? ak_transformer_tensors(net->transformer, &of_gru)
                                                : NULL;
    const akin_tensor *bag = net->bag ? ak_bag_tensors(net->bag, &of_bag) : NULL;
    const akin_tensor *predictor = net->predictor ? ak_encoder_tensors(net->predictor, &last) : NULL;
    net->predictor_first = of_encoder + of_gru + of_bag;
    net->predictor_count = last;
    net->count = net->predictor_first + last;
    net->weights = of_encoder + of_gru + (of_bag ? 1 : 0);
    net->encoder_count = of_encoder;
    net->gru_count = of_gru;
    net->tensors = calloc((size_t)net->count, sizeof *net->tensors);
    net->names = calloc((size_t)net->count, sizeof *net->names);
    if (!net->tensors || !net->names) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a list of tensors");
    for (int64_t i = 0; i < net->count; i++) {
        const bool e = i < of_encoder, g = !e && i < of_encoder + of_gru, p = i >= net->predictor_first;
        net->tensors[i] = e   ? encoder[i]
                          : g ? gru[i - of_encoder]
                          : p ? predictor[i - net->predictor_first]
                              : bag[i - of_encoder - of_gru];
        if (e) continue;
        snprintf(net->names[i], sizeof net->names[i], "%s.%s",
                 g   ? (net->gru ? "gru" : "transformer")
                 : p ? "predictor"
                     : "words",
                 net->tensors[i].name);
        net->tensors[i].name = net->names[i];
    }
    return AKIN_OK;
}

/* What is known of the parts, for the whole. */
static akin_status describe(ak_net *net, akin_error *err)
{
    akin_encoder_info e = AKIN_ENCODER_INFO_INIT;
    AK_TRY(akin_encoder_get_info(net->encoder, &e, err));
    if (net->kind == AK_NET_DENSE) net->name = e.name;
    net->parameters = e.parameters;
    net->macs = e.macs_per_image;
    net->features = e.features;
    net->projection = e.projection;
    net->memory_bytes = e.memory_bytes;
    if (net->predictor) {
        akin_encoder_info p = AKIN_ENCODER_INFO_INIT;
        AK_TRY(akin_encoder_get_info(net->predictor, &p, err));
        net->memory_bytes += p.memory_bytes;
    }
    if (net->bag) {
        akin_bag_info b = AKIN_BAG_INFO_INIT;
        AK_TRY(akin_bag_get_info(net->bag, &b, err));
        net->parameters += b.parameters;
        net->memory_bytes += b.memory_bytes;
    }
    if (net->gru) {
        akin_gru_info g = AKIN_GRU_INFO_INIT;
        AK_TRY(akin_gru_get_info(net->gru, &g, err));
        net->parameters += g.parameters;
        net->macs += g.macs_per_token;
        net->memory_bytes += g.memory_bytes;
    }
    if (net->transformer) {
        ak_transformer_opts o = net->transformer->opts;
        int64_t parameters, macs, bytes;
        ak_transformer_count(&o, &parameters, &macs, &bytes);
        net->parameters += parameters;
        net->macs += macs / o.positions;
        net->memory_bytes += ak_transformer_bytes(net->transformer);
    }
    return AKIN_OK;
}

static akin_status create(ak_net *net, const ak_net_plan *plan, akin_error *err)
{
    const ak_net_front *front = ak_net_front_find(plan->encoder.name);
    net->kind = front ? front->kind : AK_NET_DENSE;
    net->name = front ? front->listed.name : plan->encoder.name;
    if (net->kind == AK_NET_BAG) AK_TRY(create_bag(net, plan, err));
    if (net->kind == AK_NET_GRU) AK_TRY(create_gru(net, plan, front->bidirectional, err));
    if (net->kind == AK_NET_TRANSFORMER) AK_TRY(create_transformer(net, plan, err));
    AK_TRY(create_encoder(net, plan, err));
    AK_TRY(create_predictor(net, plan, err));
    AK_TRY(list_tensors(net, err));
    return describe(net, err);
}

akin_status ak_net_create(const ak_net_plan *plan, ak_net *net, akin_error *err)
{
    *net = (ak_net){ .kind = AK_NET_DENSE };
    const akin_status status = create(net, plan, err);
    if (status) ak_net_release(net);
    return status;
}

/* Steps -------------------------------------------------------------------------------------------------- */

static akin_mat rows_of(akin_mat m, int64_t n)
{
    m.rows = n;
    return m;
}

static akin_cmat table_of(const ak_net *net)
{
    int64_t count;
    const akin_tensor *t = ak_bag_tensors(net->bag, &count);
    return (akin_cmat){ t[0].data, t[0].shape[0], t[0].shape[1], t[0].count / t[0].shape[0] };
}

/* What the dense encoder reads of the rows. */
static akin_status forward_front(ak_net *net, const ak_rows *rows, bool training, const float **input,
                                 akin_error *err)
{
    *input = rows->dense;
    if (net->kind == AK_NET_DENSE) return AKIN_OK;
    *input = net->front.data;
    const akin_mat out = rows_of(net->front, rows->n);
    if (net->kind == AK_NET_BAG) return akin_bag_forward(net->bag, rows->ragged, training, out, err);
    const int64_t tokens = rows->ragged.start[rows->n];
    const akin_ragged each = { rows->ragged.ids, net->each, tokens };
    net->dwords.rows = tokens;
    if (training && tokens > 0)
        AK_TRY(akin_bag_forward(net->bag, each, true, rows_of(net->words, tokens), err));
    if (net->kind == AK_NET_TRANSFORMER)
        return ak_net_read_words(net, table_of(net), &rows->ragged, training, out, err);
    return akin_gru_forward(net->gru, table_of(net), &rows->ragged, training, out, err);
}

akin_status ak_net_forward(ak_net *net, const ak_rows *rows, bool training, akin_mat features, akin_mat z,
                           akin_error *err)
{
    const float *input;
    AK_TRY(forward_front(net, rows, training, &input, err));
    return akin_encoder_forward(net->encoder, input, rows->n, training, features, z, err);
}

akin_status ak_net_warm(ak_net *net, const ak_rows *rows, akin_error *err)
{
    const akin_mat none = { 0 };
    const float *input;
    AK_TRY(forward_front(net, rows, false, &input, err));
    return akin_encoder_forward(net->encoder, input, rows->n, true, none, none, err);
}

akin_status ak_net_backward(ak_net *net, akin_cmat dz, akin_cmat dfeatures, akin_error *err)
{
    AK_TRY(akin_encoder_backward(net->encoder, dz, dfeatures, err));
    if (net->kind == AK_NET_DENSE) return AKIN_OK;
    AK_TRY(akin_encoder_input_gradient(net->encoder, net->dfront, err));
    if (net->kind == AK_NET_BAG) return akin_bag_backward(net->bag, akin_mat_const(net->dfront), err);
    if (net->transformer)
        AK_TRY(ak_net_words_gradient(net, err));
    else
        AK_TRY(akin_gru_backward(net->gru, akin_mat_const(net->dfront), net->dwords, err));
    return akin_bag_backward(net->bag, akin_mat_const(net->dwords), err);
}

akin_status ak_net_update(ak_net *net, double lr, akin_error *err)
{
    return net->bag ? akin_bag_update(net->bag, lr, err) : AKIN_OK;
}

/* Checkpoints -------------------------------------------------------------------------------------------- */

static akin_status to_plain(void *ctx, int64_t i, float *plain, akin_error *err)
{
    const ak_net *net = ctx;
    if (i < net->encoder_count) return akin_encoder_export(net->encoder, i, plain, err);
    if (i >= net->predictor_first)
        return akin_encoder_export(net->predictor, i - net->predictor_first, plain, err);
    const akin_tensor *t = &net->tensors[i];
    if (i >= net->encoder_count + net->gru_count)
        return akin_bag_export(net->bag, i - net->encoder_count - net->gru_count, 0, t->shape[0], plain, err);
    memcpy(plain, t->data, (size_t)t->plain * sizeof *plain);
    return AKIN_OK;
}

static akin_status from_plain(void *ctx, int64_t i, const float *plain, akin_error *err)
{
    ak_net *net = ctx;
    if (i < net->encoder_count) return akin_encoder_import(net->encoder, i, plain, err);
    if (i >= net->predictor_first)
        return akin_encoder_import(net->predictor, i - net->predictor_first, plain, err);
    const akin_tensor *t = &net->tensors[i];
    if (i >= net->encoder_count + net->gru_count)
        return akin_bag_import(net->bag, i - net->encoder_count - net->gru_count, 0, t->shape[0], plain, err);
    memcpy(t->data, plain, (size_t)t->plain * sizeof *plain);
    return AKIN_OK;
}

ak_tensor_list ak_net_list(ak_net *net, bool weights_only)
{
    return (ak_tensor_list){ .tensors = net->tensors,
                             .count = weights_only ? net->weights : net->count,
                             .ctx = net,
                             .to_plain = to_plain,
                             .from_plain = from_plain };
}
