/* SPDX-License-Identifier: Apache-2.0 */
/* train/step.c - one step of a run.
 *
 *     views -> projections -> loss and its gradient -> back through the net -> optimiser
 *
 * The rows of a step pass the encoder in the visits of visits.h. Where that is one, the step is the plain one. Where there
 * are several, the loss and the gradient of all projections are still those of the whole batch; only then is each chunk
 * encoded once more, its part of that gradient taken back, and the gradients of the weights added up [Gao2021]. With a
 * momentum encoder the positives are keys, made first, with averaged weights and without a gradient [He2020].
 *
 * Batch norm takes the statistics of a visit's rows, the same ones at both visits of a chunk; its running averages move at
 * the first of them only, and never for keys.
 *
 * Numerics. The loss, then each tensor's gradient, are checked every step, before any weight changes, then the weights
 * and running averages: what is not finite stops the run in that step with the name of the tensor, and no file ever
 * holds it. Threads: everything here is in a fixed order. */
#include "train/trainer.h"

#include "train/cross_entropy.h"
#include "train/finite.h"
#include "train/window.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

ak_train_fault_fn *ak_train_fault;

static void fault(ak_trainer *t, const char *stage, void *values)
{
    if (ak_train_fault) ak_train_fault(t, stage, values);
}

static akin_mat part_of(float *rows, int64_t first, int64_t n, int64_t width)
{
    return (akin_mat){ rows + first * width, n, width, width };
}

static akin_status contrast(ak_trainer *t, double *loss, akin_error *err)
{
    const akin_loss_batch batch = ak_trainer_batch(t);
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    ak_row_span parts[3];
    const int n = ak_sampler_parts(t->sampler, parts);
    const akin_loss_params params = ak_anneal_params(&t->anneal, &t->set.loss_params, t->state.step);
    grads.window = ak_trainer_window(t);
    grads.a = part_of(t->gradient, 0, parts[0].rows, t->width);
    const bool tuples = t->set.loss->needs & AKIN_LOSS_TRIPLES;
    akin_mat *rest[2] = { tuples ? &grads.positives : &grads.b, tuples ? &grads.negatives : &grads.keys };
    for (int i = 1; i < n && !t->momentum; i++) /* keys take no gradient */
        *rest[i - 1] = part_of(t->gradient, parts[i].first, parts[i].rows, t->width);
    akin_arena scratch;
    akin_arena_init(&scratch, t->scratch, t->scratch_bytes);
    return akin_loss_eval(t->set.loss, &params, &batch, t->set.loss_precision, &scratch, loss, &grads, err);
}

/* Of what the loss was computed from, the first that is not finite; "" when all of it is. */
static const char *first_not_finite(const ak_trainer *t, const ak_rows *rows)
{
    if (rows->dense && !ak_all_finite(rows->dense, rows->n * t->subject.source.row_floats))
        return "the views are not finite; ";
    if (!ak_all_finite(t->projections, t->rows * t->width)) return "the projections are not finite; ";
    return "";
}

static akin_status loss_and_gradient(ak_trainer *t, const ak_rows *rows, double *loss, akin_error *err)
{
    for (int64_t i = 0; t->labels && i < t->rows; i++) t->labels[i] = t->subject.group[t->items[i]];
    akin_error why = { .status = AKIN_OK };
    akin_status status = AKIN_OK;
    if (t->set.supervised)
        *loss = ak_cross_entropy_of(part_of(t->projections, 0, t->rows, t->width), t->labels, t->gradient,
                                    t->scratch);
    else
        status = contrast(t, loss, &why);
    if (!status) fault(t, "loss", loss);
    if (!status && isfinite(*loss)) return AKIN_OK;
    /* In training a row without direction or a value that is not finite is a matter of numbers, not of input. */
    return ak_fail(err, status == AKIN_ERR_NOMEM ? status : AKIN_ERR_NUMERIC,
                   "step %" PRId64 ": %s%s; the last checkpoint is good: try a smaller --lr",
                   t->state.step + 1, first_not_finite(t, rows),
                   status ? why.message : "the loss is not finite");
}

/* Visits ------------------------------------------------------------------------------------------------------ */

static akin_mat visit_z(const ak_trainer *t, const ak_rows *rows)
{
    return (akin_mat){ t->visit_rows, rows->n, t->width, t->width };
}

/* Take the rows of the next visit and encode them. Without a head the features take the place of the projections. */
static akin_status visit(ak_trainer *t, ak_visit_kind kind, ak_rows *rows, akin_error *err)
{
    double waited_s;
    AK_TRY(ak_loader_next(t->loader, rows, &waited_s, err));
    t->interval_wait_s += waited_s;
    ak_profile_lap(&t->profile, AKIN_PHASE_WAIT);
    fault(t, "views", (void *)rows->dense);
    const akin_mat z = visit_z(t, rows), none = { 0 };
    akin_encoder_track(t->net.encoder, kind == AK_VISIT_ENCODE);
    AK_TRY(ak_net_forward(&t->net, rows, true, t->head ? t->visit_features : z, t->head ? z : none, err));
    ak_profile_lap(&t->profile, AKIN_PHASE_FORWARD);
    return AKIN_OK;
}

/* What a visit has made, to its places in the step. */
static void scatter(ak_trainer *t, ak_visit at, const ak_rows *rows)
{
    ak_row_span spans[3];
    const int n = ak_visit_spans(&t->visits, t->sampler, at, spans);
    const size_t row = (size_t)t->width * sizeof(float), features = (size_t)t->features.cols * sizeof(float);
    for (int64_t i = 0, from = 0; i < n; from += spans[i++].rows) {
        const size_t count = (size_t)spans[i].rows;
        memcpy(t->projections + spans[i].first * t->width, t->visit_rows + from * t->width, count * row);
        memcpy(t->items + spans[i].first, rows->items + from, count * sizeof *t->items);
        if (t->features.data)
            memcpy(ak_row(t->features, spans[i].first), ak_row(t->visit_features, from), count * features);
    }
}

/* The gradient of a visit's rows, from their places in the step. */
static void gather(ak_trainer *t, ak_visit at)
{
    ak_row_span spans[3];
    const int n = ak_visit_spans(&t->visits, t->sampler, at, spans);
    for (int64_t i = 0, to = 0; i < n; to += spans[i++].rows)
        memcpy(t->visit_rows + to * t->width, t->gradient + spans[i].first * t->width,
               (size_t)(spans[i].rows * t->width) * sizeof(float));
}

static akin_status visit_chunks(ak_trainer *t, ak_visit_kind kind, ak_rows *rows, akin_error *err)
{
    const int64_t chunks = ak_visits_chunks(&t->visits, t->sampler);
    for (int64_t c = 0; c < chunks; c++) {
        AK_TRY(visit(t, kind, rows, err));
        scatter(t, (ak_visit){ kind, c }, rows);
    }
    return AKIN_OK;
}

static akin_status make_keys(ak_trainer *t, ak_rows *rows, akin_error *err)
{
    if (!t->momentum) return AKIN_OK;
    ak_momentum_follow(t->momentum);
    ak_momentum_swap(t->momentum);
    ak_profile_lap(&t->profile, AKIN_PHASE_UPDATE);
    const akin_status status = visit_chunks(t, AK_VISIT_KEYS, rows, err);
    ak_momentum_swap(t->momentum);
    ak_profile_lap(&t->profile, AKIN_PHASE_UPDATE);
    return status;
}

/* From the last chunk, which the net still holds, to the first. */
static akin_status backward(ak_trainer *t, ak_rows *rows, akin_error *err)
{
    const int64_t chunks = ak_visits_chunks(&t->visits, t->sampler);
    for (int64_t i = 0; i < chunks; i++) {
        if (i > 0) AK_TRY(visit(t, AK_VISIT_AGAIN, rows, err));
        gather(t, (ak_visit){ AK_VISIT_AGAIN, chunks - 1 - i });
        const akin_cmat dz = akin_const(visit_z(t, rows)), none = { 0 };
        AK_TRY(ak_net_backward(&t->net, t->head ? dz : none, t->head ? none : dz, err));
        if (t->gradsum) ak_gradsum_add(t->gradsum, i, chunks);
        ak_profile_lap(&t->profile, AKIN_PHASE_BACKWARD);
    }
    return AKIN_OK;
}

static void enqueue(ak_trainer *t)
{
    ak_row_span parts[3];
    if (!t->momentum) return;
    ak_sampler_parts(t->sampler, parts);
    ak_momentum_enqueue(t->momentum, t->state.step,
                        akin_const(part_of(t->projections, parts[1].first, parts[1].rows, t->width)));
}

/* Steps ------------------------------------------------------------------------------------------------------- */

/* A table of vectors has too many rows to look at in each step: what is about to be added to it is looked at instead. */
static akin_status check_words(const ak_trainer *t, akin_error *err)
{
    const akin_mat *d = t->net.gru ? &t->net.dwords : &t->net.dfront;
    const akin_tensor words = { .name = "the vectors of the text",
                                .grad = d->data,
                                .count = d->rows * d->cols };
    return d->data ? ak_check_gradients(&words, 1, t->state.step, err) : AKIN_OK;
}

/* The mean over the first epoch, from then on exponential with the span of an epoch: whatever is logged, and whenever,
 * it is the same. Where parameters of the loss change with the step, of its place between chance and floor. */
static akin_status smooth(ak_trainer *t, double loss, akin_error *err)
{
    if (t->set.anneal.on) { /* what can be compared from step to step */
        AK_TRY(ak_trainer_calibrate(t, t->state.step - 1, 1, err));
        loss = ak_anneal_level(&t->calibration, loss);
    }
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
    AK_TRY(make_keys(t, &rows, err));
    AK_TRY(visit_chunks(t, AK_VISIT_ENCODE, &rows, err));
    fault(t, "projections", t->projections);
    AK_TRY(loss_and_gradient(t, &rows, &loss, err));
    fault(t, "loss gradient", t->gradient);
    ak_profile_lap(&t->profile, AKIN_PHASE_LOSS);
    AK_TRY(backward(t, &rows, err));
    fault(t, "gradients", NULL);
    AK_TRY(ak_check_gradients(t->net.tensors, dense, t->state.step, err));
    AK_TRY(check_words(t, err));
    ak_profile_lap(&t->profile, AKIN_PHASE_CHECK);
    const double lr = ak_schedule_lr(&t->schedule, t->state.step);
    AK_TRY(ak_update_step(t->update, lr, t->state.step, &t->grad_norm, err));
    AK_TRY(ak_net_update(&t->net, lr, err));
    ak_profile_lap(&t->profile, AKIN_PHASE_UPDATE);
    fault(t, "weights", NULL);
    AK_TRY(ak_check_weights(t->net.tensors, dense, t->state.step, err));
    ak_profile_lap(&t->profile, AKIN_PHASE_CHECK);
    enqueue(t);
    ak_profile_lap(&t->profile, AKIN_PHASE_UPDATE);
    t->state.step++;
    AK_TRY(smooth(t, loss, err));
    t->state.interval_loss += loss;
    t->state.interval_steps++;
    t->state.interval_collisions += ak_sampler_collisions(t->sampler, t->items);
    t->interval_timed++;
    return ak_profile_step(&t->profile, t->net.encoder, err);
}
