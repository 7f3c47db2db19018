/* SPDX-License-Identifier: Apache-2.0 */
/* train/step.c - one step of a run.
 *
 *     views -> projections -> loss and its gradient -> back through the net -> optimiser
 *
 * The rows of a step go through the encoder in visits (visits.h). With one visit this is a plain step. With
 * several, the loss and the gradient of the projections are still those of the whole batch. Then each chunk
 * is encoded once more, its part of that gradient goes back through the net, and the gradients of the
 * weights are added up [Gao2021]. With a momentum encoder the positives are keys: averaged weights make them
 * first, and they take no gradient [He2020].
 *
 * Batch norm takes the statistics of the rows of a visit. They are the same at both visits of a chunk. Its
 * running averages move at the first of the two only, and never for keys.
 *
 * Numerics. In every step the loss and then the gradient of each tensor are checked before any weight
 * changes; after the change the weights and running averages are. A value that is not finite stops the run
 * in that step, with the name of the tensor, and no file ever holds it. Threads: everything here is in a
 * fixed order. */
#include "train/step.h"

#include "train/fault.h"
#include "train/finite.h"
#include "train/learned.h"
#include "train/past.h"
#include "train/predictor.h"
#include "train/ranks.h"
#include "train/step_loss.h"
#include "train/whole.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Visits ------------------------------------------------------------------------------------------------- */

static akin_mat visit_z(const ak_trainer *t, const ak_rows *rows)
{
    return (akin_mat){ t->visit_rows, rows->n, t->width, t->width };
}

/* Take the rows of the next visit and encode them. Without a head the features serve as projections. */
static akin_status visit(ak_trainer *t, ak_visit_kind kind, ak_rows *rows, akin_error *err)
{
    double waited_s;
    AK_TRY(ak_ranks_before_pass(t, ak_loader_next(t->loader, rows, &waited_s, err), err));
    t->interval_wait_s += waited_s;
    ak_time_profile_lap(&t->profile, AKIN_PHASE_WAIT);
    ak_fault(t, "views", (void *)rows->dense);
    const akin_mat z = visit_z(t, rows), none = { 0 };
    akin_encoder_track_averages(t->net.encoder, kind == AK_VISIT_ENCODE);
    AK_TRY(ak_ranks_after_pass(
        t, ak_net_forward(&t->net, rows, true, t->head ? t->visit_features : z, t->head ? z : none, err)));
    ak_time_profile_lap(&t->profile, AKIN_PHASE_FORWARD);
    return AKIN_OK;
}

/* Copy what a visit has made to its places in the step. */
static void scatter(ak_trainer *t, ak_visit at, const ak_rows *rows)
{
    ak_row_span spans[3];
    const int n = ak_visit_places(&t->visits, t->sampler, at, spans);
    const size_t row = (size_t)t->width * sizeof(float), features = (size_t)t->features.cols * sizeof(float);
    for (int64_t i = 0, from = 0; i < n; from += spans[i++].rows) {
        const size_t count = (size_t)spans[i].rows;
        memcpy(t->projections + spans[i].first * t->width, t->visit_rows + from * t->width, count * row);
        memcpy(t->items + spans[i].first, rows->items + from, count * sizeof *t->items);
        if (t->features.data)
            memcpy(ak_row(t->features, spans[i].first), ak_row(t->visit_features, from), count * features);
    }
}

/* Fetch the gradient of a visit's rows from their places in the step. */
static void gather(ak_trainer *t, ak_visit at)
{
    ak_row_span spans[3];
    const int n = ak_visit_places(&t->visits, t->sampler, at, spans);
    for (int64_t i = 0, to = 0; i < n; to += spans[i++].rows)
        memcpy(t->visit_rows + to * t->width, t->gradient + spans[i].first * t->width,
               (size_t)(spans[i].rows * t->width) * sizeof(float));
}

static akin_status visit_chunks(ak_trainer *t, ak_visit_kind kind, ak_rows *rows, akin_error *err)
{
    const int64_t chunks = ak_visits_chunks(&t->visits, t->sampler);
    const bool noted = t->visits.whole && kind == AK_VISIT_ENCODE;
    for (int64_t c = 0; c < chunks; c++) {
        if (noted) ak_whole_begin_chunk(t);
        AK_TRY(visit(t, kind, rows, err));
        if (noted) ak_whole_end_chunk(t, c);
        scatter(t, (ak_visit){ kind, c }, rows);
    }
    return noted ? ak_whole_meet(t, err) : AKIN_OK;
}

static akin_status make_keys(ak_trainer *t, ak_rows *rows, akin_error *err)
{
    if (!t->momentum) return AKIN_OK;
    ak_momentum_follow(t->momentum, ak_predictor_decay(t));
    ak_momentum_swap(t->momentum);
    ak_time_profile_lap(&t->profile, AKIN_PHASE_UPDATE);
    const akin_status status = visit_chunks(t, AK_VISIT_KEYS, rows, err);
    ak_predictor_keep(t);
    ak_momentum_swap(t->momentum);
    ak_time_profile_lap(&t->profile, AKIN_PHASE_UPDATE);
    return status;
}

/* A table of vectors has too many rows to be checked in each step. What is about to be added to it is
 * checked, chunk by chunk. */
static akin_status check_words(const ak_trainer *t, akin_error *err)
{
    const akin_mat *d = t->net.dwords.data ? &t->net.dwords : &t->net.dfront;
    const akin_tensor words = { .name = "the vectors of the text",
                                .grad = d->data,
                                .count = d->rows * d->cols };
    return d->data ? ak_check_gradients(&words, 1, t->state.step, err) : AKIN_OK;
}

static akin_status add_words(ak_trainer *t, int64_t chunk, akin_error *err)
{
    if (!t->chunk_words) return AKIN_OK;
    AK_TRY(check_words(t, err));
    return ak_words_add(t->chunk_words, chunk, err);
}

/* From the last chunk, whose activations the net still holds, to the first. */
static akin_status backward(ak_trainer *t, ak_rows *rows, akin_error *err)
{
    const int64_t chunks = ak_visits_chunks(&t->visits, t->sampler),
                  first = ak_visits_first_chunk(&t->visits, t->sampler);
    for (int64_t i = 0; i < chunks; i++) {
        if (i > 0) AK_TRY(visit(t, AK_VISIT_AGAIN, rows, err));
        gather(t, (ak_visit){ AK_VISIT_AGAIN, chunks - 1 - i });
        const akin_cmat dz = akin_mat_const(visit_z(t, rows)), none = { 0 };
        const bool last = i == chunks - 1;
        if (last) AK_TRY(ak_ranks_begin_sums(t, i, chunks, err));
        akin_status status = ak_net_backward(&t->net, t->head ? dz : none, t->head ? none : dz, err);
        if (t->set.norm_all) AK_TRY(ak_ranks_after_pass(t, status));
        ak_fault(t, "backward", &status);
        if (!status && t->gradsum && !(last && t->gradflow)) ak_gradsum_add(t->gradsum, i, chunks);
        if (!status && t->treesum) ak_treesum_add(t->treesum, first + chunks - 1 - i);
        if (!status) status = add_words(t, chunks - 1 - i, err);
        ak_time_profile_lap(&t->profile, AKIN_PHASE_BACKWARD);
        AK_TRY(last ? ak_ranks_end_sums(t, status, err) : status);
    }
    return AKIN_OK;
}

/* Steps -------------------------------------------------------------------------------------------------- */

/* Smooth the loss: its mean in the first epoch, then an exponential average with the span of an epoch. How
 * often a step is logged does not matter. Where parameters of the loss change with the step, its level
 * between chance and floor is smoothed instead: that can be compared from step to step. */
static akin_status smooth(ak_trainer *t, double loss, akin_error *err)
{
    if (t->set.anneal.on || t->learned.data) AK_TRY(ak_step_loss_calibrate(t, t->state.step - 1, 1, err));
    if (ak_learned_levels(t)) loss = ak_anneal_level(&t->calibration, loss);
    const int64_t done = t->state.step < t->epoch_steps ? t->state.step : t->epoch_steps;
    if (done <= 1 || !isfinite(t->state.smoothed_loss)) t->state.smoothed_loss = loss;
    t->state.smoothed_loss += (loss - t->state.smoothed_loss) / (double)done;
    return AKIN_OK;
}

akin_status ak_trainer_step(ak_trainer *t, akin_error *err)
{
    ak_rows rows;
    double loss;
    const int64_t dense = t->net.encoder_count + t->net.gru_count;
    ak_ranks_begin_step(t);
    AK_TRY(make_keys(t, &rows, err));
    AK_TRY(visit_chunks(t, AK_VISIT_ENCODE, &rows, err));
    ak_fault(t, "projections", t->projections);
    AK_TRY(ak_step_loss(t, &rows, &loss, err));
    ak_fault(t, "loss gradient", t->gradient);
    ak_time_profile_lap(&t->profile, AKIN_PHASE_LOSS);
    AK_TRY(backward(t, &rows, err));
    ak_fault(t, "gradients", NULL);
    AK_TRY(ak_check_gradients(t->net.tensors, dense, t->state.step, err));
    AK_TRY(check_words(t, err));
    AK_TRY(ak_predictor_check_gradients(t, err));
    ak_time_profile_lap(&t->profile, AKIN_PHASE_CHECK);
    const double lr = ak_schedule_lr(&t->schedule, t->state.step);
    AK_TRY(ak_update_step(t->update, lr, t->state.step, &t->grad_norm, err));
    ak_learned_step(t, lr);
    AK_TRY(ak_ranks_update_words(t, lr * t->set.words_lr, err));
    ak_time_profile_lap(&t->profile, AKIN_PHASE_UPDATE);
    ak_fault(t, "weights", NULL);
    AK_TRY(ak_check_weights(t->net.tensors, dense, t->state.step, err));
    AK_TRY(ak_predictor_check_weights(t, err));
    ak_time_profile_lap(&t->profile, AKIN_PHASE_CHECK);
    AK_TRY(ak_ranks_enqueue(t, err));
    AK_TRY(ak_past_keep(t, err));
    ak_time_profile_lap(&t->profile, AKIN_PHASE_UPDATE);
    t->state.step++;
    AK_TRY(smooth(t, loss, err));
    t->state.interval_loss += loss;
    t->state.interval_steps++;
    t->state.interval_collisions += t->collisions;
    t->interval_timed++;
    return ak_time_profile_step(&t->profile, t->net.encoder, err);
}
