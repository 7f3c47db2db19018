/* SPDX-License-Identifier: Apache-2.0 */
/* train/predictor.c - see train/predictor.h. The predictor is an encoder of vectors that has nothing but a
 * head. Ranks: its batch norm takes the statistics of the rows of all of them, so they enter each of its
 * passes together; its gradients are added up in double, in the order of the ranks. */
#include "train/predictor.h"

#include "train/finite.h"
#include "train/ranks.h"

#include <math.h>
#include <string.h>

static bool predicts(const ak_trainer *t)
{
    return !t->set.supervised && t->set.loss && t->set.loss->needs & AKIN_LOSS_TARGETS;
}

static akin_mat rows_of(const ak_trainer *t, float *data)
{
    return (akin_mat){ data, t->rows, t->width, t->width };
}

akin_status ak_predictor_plan(const ak_trainer *t, int64_t *hidden, akin_error *err)
{
    const akin_encoder_opts *e = &t->set.encoder;
    const char *name = t->set.loss->name;
    const int64_t usual =
        strcmp(name, "byol") == 0 && e->head_hidden ? e->head_hidden : (e->head_out + 3) / 4;
    ak_row_span spans[3];
    *hidden = 0;
    if (!predicts(t)) return AKIN_OK;
    if (e->head_out == 0)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--loss %s predicts projections, and there is no head; --head-out must be at least 1",
                       name);
    if (ak_visits_spans(&t->visits, t->sampler, spans) != 2)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--loss %s takes pairs; these have negatives of their own",
                       name);
    if (t->set.whole)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--loss %s has a predictor, whose sums follow the ranks; it does not go with "
                       "--reproducible",
                       name);
    *hidden = t->set.predictor < 0 ? usual : t->set.predictor;
    return AKIN_OK;
}

akin_status ak_predictor_prepare(ak_trainer *t, akin_error *err)
{
    if (!predicts(t)) return AKIN_OK;
    const bool slopes = t->set.pass_gradient;
    t->targets = ak_alloc(sizeof *t->targets, t->rows, t->width);
    t->predictions = ak_alloc(sizeof *t->predictions, t->rows, t->width);
    if (slopes) t->target_slopes = ak_alloc(sizeof *t->target_slopes, t->rows, t->width);
    if (t->targets && t->predictions && (t->target_slopes || !slopes)) return AKIN_OK;
    return ak_no_memory(err, "for the predictions of a step");
}

void ak_predictor_release(ak_trainer *t)
{
    free(t->targets);
    free(t->predictions);
    free(t->target_slopes);
}

int64_t ak_predictor_bytes(const ak_trainer *t)
{
    return predicts(t) ? 4 * t->rows * t->width * (t->set.pass_gradient ? 3 : 2) : 0;
}

double ak_predictor_decay(const ak_trainer *t)
{
    const double pi = 3.14159265358979323846, done = (double)t->state.step / (double)t->steps;
    return predicts(t) ? 1 - (1 - t->set.momentum) * (cos(pi * done) + 1) / 2 : t->set.momentum;
}

/* Rows of both views change places: to [a; b] from [b; a], and back. */
static void exchange_views(const ak_trainer *t, const float *from, float *to)
{
    const size_t half = (size_t)(t->rows / 2 * t->width);
    memcpy(to, from + half, half * sizeof *to);
    memcpy(to + half, from, half * sizeof *to);
}

void ak_predictor_keep(ak_trainer *t)
{
    if (predicts(t)) exchange_views(t, t->projections, t->targets);
}

/* After a pass: what fails in it fails on all, or the ranks no longer hear each other. */
static akin_status of_all(ak_trainer *t, akin_status status)
{
    if (status && ak_comm_size(t->comm) > 1) t->agreed = true;
    return status;
}

akin_status ak_predictor_forward(ak_trainer *t, akin_loss_batch *batch, akin_loss_grads *grads,
                                 akin_error *err)
{
    const akin_mat none = { 0 };
    if (!predicts(t)) return AKIN_OK;
    if (!t->momentum) exchange_views(t, t->projections, t->targets);
    if (t->net.predictor) {
        AK_TRY(ak_ranks_agree(t, AKIN_OK, err));
        AK_TRY(of_all(t, akin_encoder_forward(t->net.predictor, t->projections, t->rows, true, none,
                                              rows_of(t, t->predictions), err)));
        batch->a.data = t->predictions;
        batch->b.data = t->predictions + t->rows / 2 * t->width;
    }
    batch->targets = akin_mat_const(rows_of(t, t->targets));
    if (t->target_slopes) grads->targets = rows_of(t, t->target_slopes);
    return AKIN_OK;
}

/* Those of the tensors become sums over the ranks. */
static akin_status add_ranks(ak_trainer *t, akin_error *err)
{
    const akin_tensor *tensors = t->net.tensors + t->net.predictor_first;
    for (int64_t i = 0; i < t->net.predictor_count; i++) {
        const akin_tensor *x = &tensors[i];
        if (!x->grad) continue;
        double *sum = ak_alloc(sizeof *sum, x->count, 1);
        akin_status status = sum ? AKIN_OK : ak_no_memory(err, "for the gradients of the predictor");
        status = ak_ranks_agree(t, status, err);
        for (int64_t k = 0; !status && k < x->count; k++) sum[k] = (double)x->grad[k];
        if (!status) status = ak_comm_sum(t->comm, sum, x->count, err);
        for (int64_t k = 0; !status && k < x->count; k++) x->grad[k] = (float)sum[k];
        free(sum);
        AK_TRY(status);
    }
    return AKIN_OK;
}

akin_status ak_predictor_backward(ak_trainer *t, akin_error *err)
{
    const akin_cmat slopes = akin_mat_const(rows_of(t, t->gradient)), none = { 0 };
    const akin_mat to = rows_of(t, t->predictions);
    const size_t bytes = (size_t)(t->rows * t->width) * sizeof *t->gradient;
    if (!predicts(t)) return AKIN_OK;
    if (t->net.predictor) {
        AK_TRY(of_all(t, akin_encoder_backward(t->net.predictor, slopes, none, err)));
        AK_TRY(of_all(t, akin_encoder_input_gradient(t->net.predictor, to, err)));
        memcpy(t->gradient, t->predictions, bytes);
        if (ak_comm_size(t->comm) > 1) AK_TRY(add_ranks(t, err));
    }
    if (!t->target_slopes) return AKIN_OK;
    exchange_views(t, t->target_slopes, t->predictions);
    for (int64_t i = 0; i < t->rows * t->width; i++) t->gradient[i] += t->predictions[i];
    return AKIN_OK;
}

akin_status ak_predictor_check_gradients(const ak_trainer *t, akin_error *err)
{
    if (!t->net.predictor) return AKIN_OK;
    return ak_check_gradients(t->net.tensors + t->net.predictor_first, t->net.predictor_count, t->state.step,
                              err);
}

akin_status ak_predictor_check_weights(const ak_trainer *t, akin_error *err)
{
    if (!t->net.predictor) return AKIN_OK;
    return ak_check_weights(t->net.tensors + t->net.predictor_first, t->net.predictor_count, t->state.step,
                            err);
}
