/* SPDX-License-Identifier: Apache-2.0 */
/* train/ranks_check.c - the same small run twice, on one rank and on all, without a run folder: what
 * akin_train() makes of data that a program gives, up to its last step.
 *
 * The net is small, its chunks are large enough for batch norm to be tame, and the rate is low: so the
 * rounding of sums in another order grows to some 1e-6 in a hundred steps, while anything that is counted
 * twice, left out or in another place shows in the first.
 *
 * Where rounding decides, two runs differ from there on, and nothing is wrong. Two such places are left out:
 * - ReLUs. A number within rounding of zero, some 2e-7 after a few steps, is passed on by one run and has no
 *   gradient in the other. Of 64 rows x 48 units a step, normal with density 0.4 at zero, that is one in
 *   3072 x 0.4 x 4e-7 = 5e-4 of the steps, one in twenty runs of a hundred; from it weights come to be up to
 *   1e-2 apart. Each rank has its own rows' ReLUs, so none is needed here.
 * - The window of `difficult` is a selection among pairs that may be nearly equal. It is opened to all. */
#include "train/prepare.h"
#include "train/ranks.h"
#include "train/step.h"

#include "akin/tool/train.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DIM = 12, CLASSES = 3, MICRO = 8, FEWEST_CHUNKS = 4, BATCHES = 2 };

typedef struct subject {
    const char *loss;
    int64_t batch, steps;
    uint64_t seed;
    akin_dataset *set;
} subject;

/* Rows around a point of their class. */
static bool row_of(int64_t i, float *out, void *ctx)
{
    const subject *s = ctx;
    ak_rng r = ak_rng_at(s->seed, AK_RNG_PAIRS, 0, (uint64_t)i, 0);
    for (int64_t k = 0; k < DIM; k++)
        out[k] = (float)(ak_rng_normal(&r) + 2 * (double)(k % CLASSES == i % CLASSES));
    return true;
}

static int32_t label_of(int64_t i, void *ctx)
{
    (void)ctx;
    return (int32_t)(i % CLASSES);
}

static akin_status configure(ak_trainer *t, const subject *s, akin_error *err)
{
    char batch[24], micro[24], epochs[24];
    const akin_loss *loss = akin_loss_find(s->loss);
    const bool tuples = loss && loss->needs & AKIN_LOSS_TRIPLES,
               window = loss && loss->needs & AKIN_LOSS_FEATURES;
    snprintf(batch, sizeof batch, "%lld", (long long)s->batch);
    snprintf(micro, sizeof micro, "%d", MICRO);
    snprintf(epochs, sizeof epochs, "%lld", (long long)(s->steps + BATCHES - 1) / BATCHES);
    const char *const set[][2] = {
        { "loss", s->loss },
        { "encoder", "mlp" },
        { "width", "16" },
        { "head-hidden", "16" },
        { "head-out", "8" },
        { "batch-size", batch },
        { "micro-batch", micro },
        { "epochs", epochs },
        { "optimizer", "sgd" },
        { "lr", "0.01" },
        { "vector-views", "noise" },
        { "pairs", tuples ? "latent" : "auto" },
        { "workers", "1" },
        { window ? "mode" : NULL, "temperature" },
        { window ? "pos-high" : NULL, "0" },
        { window ? "pos-low" : NULL, "1" },
    };
    AK_TRY(akin_train_config_create(&t->config, err));
    ak_train_config_set_kind(t->config, s->set->kind);
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        if (set[i][0]) AK_TRY(akin_train_config_set(t->config, set[i][0], set[i][1], err));
    return ak_train_settings_of(t->config, &t->set, err);
}

static akin_status begin(ak_trainer *t, const subject *s, akin_error *err)
{
    AK_TRY(configure(t, s, err));
    AK_TRY(ak_trainer_prepare(t, err));
    ak_encoder_drop_relus(t->net.encoder);
    if (t->net.predictor) ak_encoder_drop_relus(t->net.predictor);
    const ak_loader_plan plan = { .source = &t->learning.source,
                                  .sampler = t->sampler,
                                  .steps = s->steps,
                                  .seed = t->set.seed,
                                  .workers = 1,
                                  .visits = t->visits };
    return ak_loader_create(&plan, &t->loader, err);
}

static akin_status run(ak_trainer *t, const subject *s, akin_error *err)
{
    AK_TRY(ak_ranks_agree(t, begin(t, s, err), err));
    ak_time_profile_start(&t->profile);
    while (t->state.step < s->steps) AK_TRY(ak_trainer_step(t, err));
    return AKIN_OK;
}

/* Weights and running averages one behind the other, into *out. */
static akin_status weights_of(ak_trainer *t, float **out, int64_t *n, akin_error *err)
{
    const ak_tensor_list list = ak_net_list(&t->net, true);
    *n = 0;
    for (int64_t i = 0; i < list.count; i++) *n += list.tensors[i].plain;
    float *to = *out = ak_alloc(sizeof *to, *n, 1);
    if (!to) return ak_no_memory(err, "for the weights of a check");
    for (int64_t i = 0; i < list.count; to += list.tensors[i++].plain)
        AK_TRY(list.to_plain(list.ctx, i, to, err));
    return AKIN_OK;
}

/* On these ranks; comm NULL: this one alone. */
static akin_status learn(ak_comm *comm, const subject *s, float **weights, int64_t *n, akin_error *err)
{
    ak_trainer t = { .run = "", .opts = AKIN_TRAIN_OPTS_INIT, .lock = -1, .comm = comm };
    t.opts.dataset = s->set;
    akin_status status = run(&t, s, err);
    if (!status) status = weights_of(&t, weights, n, err);
    status = ak_ranks_end(&t, status, err);
    ak_trainer_release(&t);
    return status;
}

static double apart(const float *x, const float *y, int64_t n)
{
    double far = 0;
    for (int64_t i = 0; i < n; i++) {
        const double d = fabs((double)x[i] - (double)y[i]) / (1 + fabs((double)x[i]));
        if (!(d <= far)) far = d; /* NaN too */
    }
    return far;
}

akin_status akin_train_check_ranks(akin_ranks *ranks, const char *loss, int64_t steps, uint64_t seed,
                                   double *error, akin_error *err)
{
    AK_GIVEN(loss, err);
    AK_GIVEN(error, err);
    const int size = ak_comm_size(ranks);
    subject s = { .loss = loss, .steps = steps, .seed = seed };
    s.batch = MICRO * (size > FEWEST_CHUNKS ? size : FEWEST_CHUNKS);
    akin_own_rows own = AKIN_OWN_ROWS_INIT;
    own.n = BATCHES * s.batch;
    own.d = DIM;
    own.row = row_of;
    own.label = label_of;
    own.ctx = &s;
    float *one = NULL, *many = NULL;
    int64_t n = 0;
    akin_status status = ak_comm_agree(ranks, akin_dataset_from_rows(&own, &s.set, err), err);
    if (!status) { /* the others wait */
        const bool first = ak_comm_rank(ranks) == 0;
        status = ak_comm_agree(ranks, first ? learn(NULL, &s, &one, &n, err) : AKIN_OK, err);
    }
    if (!status) status = learn(ranks, &s, &many, &n, err);
    if (!status) *error = one ? apart(one, many, n) : 0;
    if (!status) status = ak_comm_share(ranks, error, sizeof *error, 0, err);
    akin_dataset_free(s.set);
    free(one);
    free(many);
    return status;
}
