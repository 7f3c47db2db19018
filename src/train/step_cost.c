/* SPDX-License-Identifier: Apache-2.0 */
/* train/step_cost.c - the model of akin/tool/step_cost.h.
 *
 * It follows the functions that do the work: src/train/step.c and ranks.c (chunks, gradients),
 * src/loss/ring.c (walks), src/dist/flow.c (sums), src/train/memory.c (memory). */
#include "akin/tool/step_cost.h"

#include "base/base.h"
#include "dist/dist.h"
#include "loss/ring.h"
#include "train/visits.h"

#include <math.h>
#include <stdlib.h>

enum {
    VIEWS = 2,
    STEP_ROUNDS = 1, /* agreements of a step beside those of the loss and of sums: train/ranks.c */
    SLOTS = 4,       /* batches that the loader holds: train/loader.c */
    NUMBERS = 3,     /* that travel with the gradients: train/gradflow.c, ranks.c */
    PIECE =
        1 << 20, /* floats that travel together, and how many pieces are under way: the same, dist/flow.c */
    PIECES = 3,
};

/* Until a message of so many bytes begins to come, and how long it then comes. */
static double begins(const akin_step_costs *c, double bytes)
{
    return (bytes > c->eager_bytes ? 3 : 1) * (c->latency_s + c->poll_s);
}

static double comes(const akin_step_costs *c, double bytes)
{
    return (bytes + c->message_bytes) / c->bandwidth;
}

/* Seconds of one message of a rank that has no other under way. */
static double message(const akin_step_costs *c, double bytes) { return begins(c, bytes) + comes(c, bytes); }

/* Seconds in which each of r ranks gives every other one a message of so many bytes. */
static double collective(const akin_step_costs *c, int r, double bytes)
{
    return begins(c, bytes) + (r - 1) * (comes(c, bytes) + c->message_s);
}

/* The part of the rank that has most items, as train/visits.c deals them out. */
static void part_of(const akin_step_costs *c, int ranks, int rank, int64_t *items, int64_t *chunks)
{
    const int64_t all = c->micro ? c->batch / c->micro : ranks;
    *chunks = all * (rank + 1) / ranks - all * rank / ranks;
    *items = c->micro ? *chunks * c->micro : c->batch * (rank + 1) / ranks - c->batch * rank / ranks;
}

/* Encoder ------------------------------------------------------------------------------------------------ */

static bool predicts(const akin_step_costs *c) { return c->loss->needs & AKIN_LOSS_TARGETS; }

/* Rows of an item in a pass: of both views, or of one where a momentum encoder makes the other's; one that
 * makes what is predicted (byol) makes both, too. */
static int64_t views_of(const akin_step_costs *c) { return c->momentum_encoder && !predicts(c) ? 1 : VIEWS; }

/* Of the predictor: two linear layers, their biases, and batch norm. */
static double predictor_weights(const akin_step_costs *c)
{
    const double h = (double)c->predictor, d = (double)c->columns;
    return h > 0 ? 2 * d * h + 2 * h + d : 0;
}

static double forward_s(const akin_step_costs *c, int64_t items)
{
    return c->chunk_s + (double)(views_of(c) * items) * c->row_forward_s;
}

static double backward_s(const akin_step_costs *c, int64_t items)
{
    return (double)(views_of(c) * items) * c->row_backward_s;
}

static void add_encoder(const akin_step_costs *c, akin_step_cost *o)
{
    const int64_t of_chunk = o->items / o->chunks;
    const double chunks = (double)o->chunks, keys = c->momentum_encoder ? chunks : 0;
    o->encoder_s = keys * forward_s(c, of_chunk);
    o->encoder_s += (2 * chunks - 1) * forward_s(c, of_chunk) + chunks * backward_s(c, of_chunk);
}

/* Loss --------------------------------------------------------------------------------------------------- */

/* Of the products of a walk: similarities once, or once more and a product with each side's weights. */
static double weight_of(const ak_ring_passage *p) { return p->weigh ? 3 : 1; }

/* Seconds that a walk waits, of which the work takes `work` s: the rank's own pairs are 1 / ranks of it, the
 * rest is as many turns. Rows of the next piece come, and what the piece before has gained goes, while this
 * one is worked on. */
static double waits(const akin_step_costs *c, const ak_ring_passage *p, int ranks, double work)
{
    if (p->turns == 0) return 0;
    const double turns = (double)p->turns, own = work / ranks, turn = (work - own) / turns;
    const double rows = (double)p->row_bytes / turns, gains = (double)p->gain_bytes / turns;
    double each = begins(c, fmax(rows, gains)) + comes(c, rows), last = 0;
    if (p->gain_bytes) {
        each += comes(c, gains); /* over the same connection */
        last = message(c, gains);
    }
    return fmax(0, message(c, rows) - own) + (turns - 1) * fmax(0, each - turn) + last;
}

static akin_status add_loss(const akin_step_costs *c, int rank, akin_step_cost *o, akin_error *err)
{
    const int ranks = o->ranks;
    const double share = (double)o->items / (double)c->batch;
    o->loss_s = c->loss_s * share;
    if (ranks == 1) return AKIN_OK;
    int64_t *items = ak_alloc(sizeof *items, ranks, 1), chunks, rounds;
    if (!items) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %d ranks", ranks);
    for (int r = 0; r < ranks; r++) part_of(c, ranks, r, &items[r], &chunks);
    ak_ring_traffic t = { .rank = rank, .ranks = ranks, .items = items, .queue = c->queue > 0 };
    t.keys = c->momentum_encoder && !predicts(c);
    const akin_status status =
        ak_ring_count(c->loss, c->params, c->loss_precision, c->columns, c->features, &t, &rounds, err);
    free(items);
    AK_TRY(status);
    double all = 0, moved = 0;
    for (int i = 0; i < t.passages; i++) all += weight_of(&t.passage[i]);
    for (int i = 0; i < t.passages; i++) {
        const ak_ring_passage *p = &t.passage[i];
        const double messages = (double)p->turns * (p->gain_bytes ? 2 : 1);
        o->pieces += p->turns;
        moved += (double)(p->row_bytes + p->gain_bytes);
        o->loss_wait_s += waits(c, p, ranks, o->loss_s * weight_of(p) / all) + messages * c->message_s;
    }
    if (t.sum_bytes) { /* the rounds are counted with those of the step */
        moved += (double)t.sum_bytes * (ranks - 1);
        o->loss_wait_s += collective(c, ranks, (double)t.sum_bytes) - begins(c, 0);
    }
    o->loss_bytes = moved;
    o->loss_s += 2 * moved / c->memory_bytes_per_s; /* rows are packed, and gains added */
    o->rounds += rounds;
    return AKIN_OK;
}

/* In the midst of the passes: what each rank has of every batch norm, a mean and a variance of each channel;
 * forward also of how many values. */
static void add_norms(const akin_step_costs *c, akin_step_cost *o)
{
    const double norms = (double)c->norms, channels = (double)c->norm_numbers;
    if (!c->norm_all || c->norms == 0) return;
    o->exchange_s += norms * collective(c, o->ranks, sizeof(double) * (channels / norms + 1));
    o->exchange_s += norms * collective(c, o->ranks, sizeof(double) * channels / norms);
    o->rounds += 2 * c->norms + 1; /* and whether all begin the pass */
    o->other_bytes += sizeof(double) * (2 * channels + norms) * (o->ranks - 1);
}

/* The new keys of a queue, which every rank has. */
static void add_keys(const akin_step_costs *c, akin_step_cost *o)
{
    const double row = sizeof(float) * (double)c->columns;
    if (!c->queue) return;
    o->exchange_s += collective(c, o->ranks, row * (double)o->items);
    o->rounds += 2; /* one agreement */
    o->other_bytes += row * (double)(c->batch - o->items);
}

/* An agreement, then its batch norm as in add_norms(); the gradients of its tensors, in double, each after an
 * agreement. */
static void add_predictor(const akin_step_costs *c, akin_step_cost *o)
{
    enum { TENSORS = 5 };
    const double bytes = sizeof(double) * predictor_weights(c);
    const double norm = sizeof(double) * 2 * (double)c->predictor;
    if (bytes == 0) return;
    o->rounds += 2 * TENSORS + 3;
    o->exchange_s += collective(c, o->ranks, norm + sizeof(double)) + collective(c, o->ranks, norm);
    o->exchange_s += TENSORS * collective(c, o->ranks, bytes / TENSORS);
    o->exchange_s += (TENSORS + 1) * collective(c, o->ranks, sizeof(double));
    o->other_bytes += (bytes + 2 * norm + sizeof(double)) * (o->ranks - 1);
}

/* Exchange ----------------------------------------------------------------------------------------------- */

static void add_exchange(const akin_step_costs *c, akin_step_cost *o)
{
    const int r = o->ranks;
    if (r == 1) return;
    const int64_t averages = c->norm_all ? 0 : c->averages; /* else they are the same */
    const double floats = (double)(c->weights + averages + NUMBERS), pieces = ceil(floats / PIECE);
    const double slice = sizeof(float) * floats / pieces / r, buckets = c->buckets ? c->buckets : pieces;
    o->gradient_bytes = 2 * sizeof(float) * floats * (r - 1) / r;
    double sum_s = 2 * pieces * collective(c, r, slice);
    sum_s += 4 * sizeof(float) * floats / c->memory_bytes_per_s; /* into one place and back, and added */
    const double beside = backward_s(c, o->items / o->chunks) * (1 - 1 / buckets);
    o->exchange_s = fmax(sum_s / buckets, sum_s - beside);
    const int64_t small = o->rounds + STEP_ROUNDS;
    o->exchange_s += (double)small * collective(c, r, sizeof(double));
    o->rounds = small;
    o->other_bytes = (double)small * (r - 1) * sizeof(double);
    add_norms(c, o);
    add_keys(c, o);
    add_predictor(c, o);
}

/* Memory ------------------------------------------------------------------------------------------------- */

/* Of the loss, with the ring's places. */
static akin_status loss_bytes(const akin_step_costs *c, const akin_step_cost *o, double *bytes,
                              akin_error *err)
{
    const float any = 0;
    const int64_t n = o->items, d = c->columns, h = c->features;
    ak_rehearsal notes = { .ring = NULL };
    ak_comm *comm = NULL;
    AK_TRY(ak_rehearsal_open(&notes, 0, o->ranks, &comm, err));
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.precision = c->loss_precision;
    batch.a = (akin_cmat){ &any, n, d, d }; /* only the shape is read */
    if (c->loss->needs & AKIN_LOSS_TRIPLES)
        batch.positives = batch.negatives = batch.a;
    else
        batch.b = batch.a;
    if (c->loss->needs & AKIN_LOSS_FEATURES) batch.features = (akin_cmat){ &any, VIEWS * n, h, h };
    batch.ranks = comm;
    batch.items = c->batch;
    *bytes = (double)akin_loss_scratch_bytes(c->loss, c->params, &batch, 0);
    ak_comm_close(comm);
    return AKIN_OK;
}

static akin_status add_memory(const akin_step_costs *c, akin_step_cost *o, akin_error *err)
{
    const double rows = (double)(VIEWS * o->items), of_chunk = (double)(views_of(c) * (o->items / o->chunks));
    const double number = sizeof(float), weights = (double)c->weights, averages = (double)c->averages;
    const double predictor = number * predictor_weights(c);
    double loss;
    AK_TRY(loss_bytes(c, o, &loss, err));
    loss +=
        rows * (2 * number * (double)c->columns + sizeof(int32_t)) + number * of_chunk * (double)c->columns;
    if (predicts(c)) loss += 2 * number * rows * (double)c->columns;
    if (c->loss->needs & AKIN_LOSS_FEATURES) loss += number * (rows + of_chunk) * (double)c->features;
    const double encoder = c->encoder_bytes + of_chunk * c->encoder_row_bytes;
    const double keys = c->momentum_encoder ? number * weights : 0,
                 queue = number * (double)(c->queue * c->columns);
    const double optimizer =
        number * weights * (c->optimizer_arrays + (o->chunks > 1 ? 1 : 0)) + keys + queue;
    const double checkpoint = number * (weights * (1 + c->optimizer_arrays) + averages) + keys + queue;
    const double loader = SLOTS * of_chunk * (number * (double)c->image_numbers + sizeof(int32_t));
    o->memory_bytes = encoder + optimizer + loss + loader + checkpoint;
    o->memory_bytes += predictor * (3 + 2 * c->optimizer_arrays); /* weights, gradients, a checkpoint */
    if (o->ranks > 1) o->memory_bytes += number * (weights + 2 * averages + PIECES * PIECE);
    return AKIN_OK;
}

/* The two functions -------------------------------------------------------------------------------------- */

akin_status akin_step_costs_count(akin_step_costs *costs, const akin_encoder_opts *encoder, int64_t height,
                                  int64_t width, int64_t channels, akin_error *err)
{
    enum { ROWS = 4 };
    if (!costs || costs->struct_size < sizeof *costs)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "step cost: costs is NULL or was not initialised");
    akin_encoder_info info = AKIN_ENCODER_INFO_INIT;
    AK_TRY(akin_encoder_describe(encoder, height, width, channels, &info, err));
    costs->encoder_row_bytes = (double)info.memory_bytes;
    akin_encoder *e = NULL;
    AK_TRY(akin_encoder_create(encoder, ROWS, height, width, channels, &e, err));
    akin_status status = akin_encoder_get_info(e, &info, err);
    costs->weights = costs->averages = costs->norms = costs->norm_numbers = 0;
    const akin_tensor *t;
    for (int32_t i = 0; !status && (t = akin_encoder_tensor_at(e, i)); i++) {
        *(t->grad ? &costs->weights : &costs->averages) += t->count;
        if (!t->grad) costs->norm_numbers += t->plain, costs->norms++;
    }
    akin_encoder_free(e);
    AK_TRY(status);
    costs->norms /= 2; /* a mean and a variance each */
    costs->encoder_bytes = fmax(0, (double)info.memory_bytes - ROWS * costs->encoder_row_bytes);
    costs->features = info.features;
    costs->columns = info.projection ? info.projection : info.features;
    costs->image_numbers = height * width * channels;
    return AKIN_OK;
}

static bool usable(double x, double least) { return isfinite(x) && x >= least; }

static akin_status check(const akin_step_costs *c, int32_t ranks, akin_error *err)
{
    if (ranks < 1 || ranks > AKIN_STEP_COST_RANKS)
        return ak_fail(err, AKIN_ERR_RANGE, "step cost: %d ranks; expected 1 to %d", ranks,
                       AKIN_STEP_COST_RANKS);
    if (!c->loss) return ak_fail(err, AKIN_ERR_ARGUMENT, "step cost: loss is NULL");
    const struct {
        const char *name;
        double value, least;
    } numbers[] = {
        { "batch", (double)c->batch, 2 },
        { "micro", (double)c->micro, 0 },
        { "columns", (double)c->columns, 1 },
        { "weights", (double)c->weights, 0 },
        { "averages", (double)c->averages, 0 },
        { "buckets", c->buckets, 0 },
        { "chunk_s", c->chunk_s, 0 },
        { "row_forward_s", c->row_forward_s, 0 },
        { "row_backward_s", c->row_backward_s, 0 },
        { "loss_s", c->loss_s, 0 },
        { "update_s", c->update_s, 0 },
        { "memory_bytes_per_s", c->memory_bytes_per_s, 1 },
        { "bandwidth", ranks > 1 ? c->bandwidth : 1, 1 },
        { "latency_s", c->latency_s, 0 },
        { "message_s", c->message_s, 0 },
        { "poll_s", c->poll_s, 0 },
        { "eager_bytes", c->eager_bytes, 0 },
        { "message_bytes", c->message_bytes, 0 },
        { "queue", (double)c->queue, 0 },
        { "predictor", (double)c->predictor, 0 },
        { "norms", (double)c->norms, 0 },
        { "norm_numbers", (double)c->norm_numbers, 0 },
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!usable(numbers[i].value, numbers[i].least))
            return ak_fail(err, AKIN_ERR_RANGE, "step cost: %s is %g; expected at least %g", numbers[i].name,
                           numbers[i].value, numbers[i].least);
    if (c->queue && !c->momentum_encoder)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "step cost: a queue holds keys of a momentum encoder");
    if (c->micro && c->batch % c->micro)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "step cost: micro %lld does not divide batch %lld",
                       (long long)c->micro, (long long)c->batch);
    const int64_t chunks = c->micro ? c->batch / c->micro : c->batch;
    if (chunks < ranks)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "step cost: a step of %lld chunks is too small for %d ranks",
                       (long long)chunks, ranks);
    return AKIN_OK;
}

static akin_status cost_of(const akin_step_costs *c, int32_t ranks, akin_step_cost *o, akin_error *err)
{
    int most = 0;
    *o = (akin_step_cost)AKIN_STEP_COST_INIT;
    o->ranks = ranks;
    for (int r = 0; r < ranks; r++) {
        int64_t items, chunks;
        part_of(c, ranks, r, &items, &chunks);
        if (items <= o->items) continue;
        o->items = items;
        o->chunks = chunks;
        most = r;
    }
    add_encoder(c, o);
    AK_TRY(add_loss(c, most, o, err));
    add_exchange(c, o);
    o->update_s = c->update_s;
    if (c->momentum_encoder) o->update_s += 3 * sizeof(float) * (double)c->weights / c->memory_bytes_per_s;
    o->step_s = o->encoder_s + o->loss_s + o->loss_wait_s + o->exchange_s + o->update_s;
    o->images_per_s = (double)c->batch / o->step_s;
    return add_memory(c, o, err);
}

akin_status akin_step_cost_of(const akin_step_costs *costs, int32_t ranks, akin_step_cost *out,
                              akin_error *err)
{
    akin_step_costs c = AKIN_STEP_COSTS_INIT;
    akin_step_cost o, one;
    if (!costs || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "step cost: costs or out is NULL");
    AK_TRY(ak_opts_import(&c, costs, "step cost", err));
    AK_TRY(check(&c, ranks, err));
    AK_TRY(cost_of(&c, ranks, &o, err));
    AK_TRY(cost_of(&c, 1, &one, err));
    o.efficiency = one.step_s / (ranks * o.step_s);
    return ak_result_export(out, &o, "step cost", err);
}
