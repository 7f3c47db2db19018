/* SPDX-License-Identifier: Apache-2.0 */
/* train/step_loss.c - the loss of a step, from the projections to its value, its gradient and what the value
 * means.
 *
 * A loss that treats difficult pairs apart counts them in the steps that are logged  [Zhang2025 eq.12]. */
#include "train/step_loss.h"

#include "train/cross_entropy.h"
#include "train/past.h"
#include "train/fault.h"
#include "train/learned.h"
#include "train/listed.h"
#include "train/nested.h"
#include "train/predictor.h"
#include "train/targets.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The projections of the step as the loss takes them. */
static akin_loss_batch batch_of(const ak_trainer *t)
{
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.precision = t->set.loss_precision;
    ak_row_span spans[3];
    const int n = ak_visits_spans(&t->visits, t->sampler, spans);
    akin_cmat view[3] = { { NULL, 0, 0, 0 } };
    for (int i = 0; i < n; i++)
        view[i] =
            (akin_cmat){ t->projections + spans[i].first * t->width, spans[i].rows, t->width, t->width };
    batch.a = view[0];
    if (n >= 2 && !(t->set.loss->needs & AKIN_LOSS_TRIPLES)) batch.b = view[1];
    if (t->momentum && t->set.queue) {
        batch.keys = ak_momentum_keys(t->momentum);
        batch.keys_only = batch.keys_alike = 1;
    }
    if (n == 3 && batch.b.data)
        batch.keys = view[2];
    else if (n == 3) {
        batch.positives = view[1];
        batch.negatives = view[2];
        batch.block = t->set.block;
        batch.count = t->set.negatives;
    }
    batch.averages = t->past.average;
    ak_listed_fill(t, false, &batch);
    ak_targets_fill(t, false, &batch);
    batch.ranks = t->comm;
    batch.whole = t->visits.whole;
    batch.items = t->set.batch;
    if (t->set.loss->needs & AKIN_LOSS_FEATURES) batch.features = akin_mat_const(t->features);
    return batch;
}

/* The anchors of all ranks, and what comes with them. Chance and floor do not depend on the rows. */
static akin_loss_batch whole_batch(const ak_trainer *t)
{
    akin_loss_batch batch = batch_of(t);
    akin_cmat *const parts[] = { &batch.a,         &batch.b,        &batch.positives,
                                 &batch.negatives, &batch.features, &batch.keys };
    const int64_t anchors = batch.a.rows;
    for (int i = 0; i < 6; i++)
        if (i < 5 || !batch.keys_only) parts[i]->rows = parts[i]->rows / anchors * t->set.batch;
    ak_targets_fill(t, true, &batch);
    ak_listed_fill(t, true, &batch);
    return batch;
}

akin_status ak_step_loss_calibrate(ak_trainer *t, int64_t first, int64_t count, akin_error *err)
{
    const akin_loss_batch batch = whole_batch(t);
    /* What is learned changes little from one report to the next. */
    akin_loss_params now = t->learned.data ? ak_learned_params(t, first) : t->set.loss_params;
    if (t->past.temperatures.data) now.temperature = ak_past_temperature(t);
    return ak_nested_calibrate(t, &now, &batch, first, count, &t->calibration, err);
}

/* The loss treats some pairs apart: those of a window, or those above thresholds. */
static bool has_window(const ak_trainer *t)
{
    return t->set.loss->needs & AKIN_LOSS_FEATURES || t->set.false_negatives > 0;
}

/* The same, and every item has a class by which to count them. The value of the loss does not depend on the
 * class. */
static bool counts_classes(const ak_trainer *t)
{
    if (!has_window(t) || !t->learning.group) return false;
    for (int64_t i = 0; i < t->learning.part.n; i++)
        if (t->learning.group[i] < 0) return false;
    return true;
}

akin_status ak_step_loss_prepare(ak_trainer *t, akin_error *err)
{
    AK_TRY(ak_targets_prepare(t, counts_classes(t), err));
    t->calibration = (akin_calibration)AKIN_CALIBRATION_INIT;
    if (t->set.supervised) {
        t->calibration.chance = log((double)t->learning.groups);
        t->calibration.floor = 0;
        t->calibration.floor_known = true;
        t->scratch_bytes = (size_t)t->rows * sizeof(double);
    } else {
        const akin_loss_batch batch = batch_of(t);
        AK_TRY(ak_step_loss_calibrate(t, 0, 1, err));
        t->scratch_bytes = akin_loss_scratch_bytes(t->set.loss, &t->set.loss_params, &batch, 0) + 64;
    }
    t->scratch = ak_alloc(1, (int64_t)t->scratch_bytes, 1);
    if (!t->scratch)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the loss: %zu bytes", t->scratch_bytes);
    return AKIN_OK;
}

static const akin_loss_window NOTHING_SEEN = {
    .struct_size = sizeof NOTHING_SEEN, .share = NAN, .other_class = NAN, .other_class_chance = NAN
};

/* Where the step under way puts what is asked of it beside the gradient when it will be logged: counts, if it
 * has a window, and the loss with partners permuted. */
static void ask_more(ak_trainer *t, akin_loss_grads *grads)
{
    const int64_t done = t->state.step + 1;
    t->window = NOTHING_SEEN;
    t->permuted = (akin_loss_permuted){ .struct_size = sizeof t->permuted, .loss = NAN, .error = NAN };
    if (done % t->set.log_every != 0 && done != t->steps) return;
    grads->permuted = &t->permuted;
    if (has_window(t)) grads->window = &t->window;
}

/* Of a loss that is a mean over anchors, each with what its own rank has: from the mean over this rank's to
 * that over all. */
static akin_status mean_over_ranks(ak_trainer *t, double *loss, akin_error *err)
{
    ak_row_span spans[3];
    if (ak_comm_size(t->comm) == 1 || t->visits.whole) return AKIN_OK;
    ak_visits_spans(&t->visits, t->sampler, spans);
    const double share = (double)spans[0].rows / (double)t->set.batch;
    for (int64_t i = 0; i < spans[0].rows * t->width; i++)
        t->gradient[i] = (float)(share * (double)t->gradient[i]);
    *loss *= share;
    AK_TRY(ak_comm_agree(t->comm, AKIN_OK, err));
    return ak_comm_sum(t->comm, loss, 1, err);
}

static akin_status contrast(ak_trainer *t, double *loss, akin_error *err)
{
    akin_loss_batch batch = batch_of(t);
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    ak_row_span spans[3];
    const int n = ak_visits_spans(&t->visits, t->sampler, spans);
    akin_loss_params params = ak_learned_params(t, t->state.step);
    params.average_share = ak_past_share(t, params.average_share);
    ask_more(t, &grads);
    ak_past_read(t, &batch, &grads);
    ak_learned_ask(t, &grads);
    grads.a = ak_rows_from(t->gradient, 0, spans[0].rows, t->width);
    const bool tuples = t->set.loss->needs & AKIN_LOSS_TRIPLES;
    akin_mat *rest[2] = { tuples ? &grads.positives : &grads.b, tuples ? &grads.negatives : &grads.keys };
    for (int i = 1; i < n && (!t->momentum || t->visits.both); i++) /* keys take no gradient */
        *rest[i - 1] = ak_rows_from(t->gradient, spans[i].first, spans[i].rows, t->width);
    AK_TRY(ak_predictor_forward(t, &batch, &grads, err));
    const akin_status status = ak_nested_eval(t, &params, &batch, &grads, loss, err);
    if (status) t->agreed = batch.ranks && ak_comm_size(t->comm) > 1;
    if (status) return status;
    t->permuted.loss -= *loss;
    return ak_predictor_backward(t, err);
}

static akin_status classify(ak_trainer *t, double *loss, akin_error *err)
{
    *loss = ak_cross_entropy_of(ak_rows_from(t->projections, 0, t->rows, t->width), t->labels, t->gradient,
                                t->scratch);
    return mean_over_ranks(t, loss, err);
}

/* Names the first of the loss's inputs that is not finite; "" when all are finite. */
static const char *first_not_finite(const ak_trainer *t, const ak_rows *rows)
{
    if (rows->dense && !ak_all_finite(rows->dense, rows->n * t->learning.source.row_floats))
        return "the views are not finite; ";
    if (!ak_all_finite(t->projections, t->rows * t->width)) return "the projections are not finite; ";
    return "";
}

akin_status ak_step_loss(ak_trainer *t, const ak_rows *rows, double *loss, akin_error *err)
{
    ak_targets_step(t);
    akin_error why = { .status = AKIN_OK };
    akin_status status = AKIN_OK;
    if (t->set.supervised)
        status = classify(t, loss, &why);
    else if (!(status = ak_listed_step(t, &why)))
        status = contrast(t, loss, &why);
    if (!status) ak_fault(t, "loss", loss);
    if (!status && isfinite(*loss)) return AKIN_OK;
    /* The loss calls a row of zeros or a NaN bad input. In training they are a matter of numbers. */
    if (status == AKIN_ERR_DISTRIBUTED) {
        if (err) *err = why;
        return status;
    }
    return ak_fail(err, status == AKIN_ERR_NOMEM ? status : AKIN_ERR_NUMERIC,
                   "step %" PRId64 ": %s%s; the last checkpoint is good: try a smaller --lr",
                   t->state.step + 1, first_not_finite(t, rows),
                   status ? why.message : "the loss is not finite");
}

/* What permuting the partners adds to the step's loss, added to that of the interval: the loss is a mean over
 * the steps since the last report, in which the encoder may have changed more than that. */
static void tell_permuted(ak_trainer *t, akin_train_progress *p)
{
    akin_loss_permuted of_interval = t->permuted;
    p->permuted = NAN;
    t->calibration.permuted_known = 0;
    if (t->set.supervised) return;
    of_interval.loss += p->loss;
    akin_loss_calibration_add(&t->calibration, &of_interval, t->set.batch);
    if (t->calibration.permuted_known) p->permuted = t->calibration.permuted;
}

void ak_step_loss_tell(ak_trainer *t, akin_train_progress *p)
{
    tell_permuted(t, p);
    p->learned = akin_loss_learned(&t->calibration, p->loss);
    p->verdict = akin_loss_verdict(&t->calibration, p->loss);
    const akin_loss_window w = has_window(t) ? t->window : NOTHING_SEEN;
    p->window_share = w.share;
    p->window_other_class = w.other_class;
    p->window_other_class_chance = w.other_class_chance;
    p->alpha = p->lambda = p->temperature = p->scale = p->bias = NAN;
    const akin_loss_params now = ak_learned_params(t, t->state.step - 1);
    const bool sigmoid = strcmp(t->set.loss->name, "sigmoid") == 0;
    if (t->set.learn_scale) *(sigmoid ? &p->scale : &p->temperature) = sigmoid ? now.scale : now.temperature;
    if (t->set.anneal.temperature_end > 0) p->temperature = now.temperature;
    if (t->past.temperatures.data) p->temperature = ak_past_temperature(t);
    if (t->set.learn_bias) p->bias = now.bias;
    if (strcmp(t->set.loss->name, "balanced") != 0) return;
    p->alpha = now.alpha;
    p->lambda = now.lambda;
}
