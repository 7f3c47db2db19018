/* SPDX-License-Identifier: Apache-2.0 */
/* train/trainer.c - a training run, from the first step or a checkpoint to DONE.
 *
 * A step: take the batch of views the loader has made, encode both views as one batch, loss and gradient of the
 * projections, back through the encoder, optimiser. Everything it needs is allocated before the first step.
 *
 * Numerics. The loss, then each tensor's gradient, are checked every step, before any weight changes, then the weights
 * and running averages: what is not finite stops the run in that step with the name of the tensor, and no file ever
 * holds it. */
#include "train/trainer.h"

#include "train/cross_entropy.h"
#include "train/finite.h"
#include "train/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void release(akin_trainer *t)
{
    akin_loader_free(t->loader);
    akin_sampler_free(t->sampler);
    akin_profile_free(&t->profile);
    akin_record_close(t->record);
    akin_update_free(t->update);
    akin_net_release(&t->net);
    akin_subject_release(&t->subject);
    akin_train_config_free(t->config);
    free(t->features.data);
    free(t->projections);
    free(t->gradient);
    free(t->labels);
    free(t->scratch);
}

akin_train_fault_fn *akin_train_fault;

static void fault(akin_trainer *t, const char *stage, void *values)
{
    if (akin_train_fault) akin_train_fault(t, stage, values);
}

static akin_mat part_of(float *rows, int64_t first, int64_t n, int64_t width)
{
    return (akin_mat){ rows + first * width, n, width, width };
}

static akin_status contrast(akin_trainer *t, double *loss, akin_error *err)
{
    const akin_loss_batch batch = akin_trainer_batch(t);
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    akin_part parts[3];
    const int n = akin_sampler_parts(t->sampler, parts);
    grads.a = part_of(t->gradient, 0, parts[0].rows, t->width);
    const bool tuples = t->set.loss->needs & AKIN_LOSS_TRIPLES;
    akin_mat *rest[2] = { tuples ? &grads.positives : &grads.b, tuples ? &grads.negatives : &grads.keys };
    for (int i = 1; i < n; i++) *rest[i - 1] = part_of(t->gradient, parts[i].first, parts[i].rows, t->width);
    akin_arena scratch;
    akin_arena_init(&scratch, t->scratch, t->scratch_bytes);
    return akin_loss_eval(t->set.loss, &t->set.loss_params, &batch, AKIN_PRECISION_F32, &scratch, loss,
                          &grads, err);
}

/* Of what the loss was computed from, the first that is not finite; "" when all of it is. */
static const char *first_not_finite(const akin_trainer *t, const akin_rows *rows)
{
    if (rows->dense && !akin_all_finite(rows->dense, rows->n * t->subject.source.row_floats))
        return "the views are not finite; ";
    if (!akin_all_finite(t->projections, t->rows * t->width)) return "the projections are not finite; ";
    return "";
}

static akin_status loss_and_gradient(akin_trainer *t, const akin_rows *rows, double *loss, akin_error *err)
{
    for (int64_t i = 0; t->labels && i < t->rows; i++) t->labels[i] = t->subject.group[rows->items[i]];
    akin_error why = { .status = AKIN_OK };
    akin_status status = AKIN_OK;
    if (t->set.supervised)
        *loss = akin_cross_entropy_of(part_of(t->projections, 0, t->rows, t->width), t->labels, t->gradient,
                                      t->scratch);
    else
        status = contrast(t, loss, &why);
    if (!status) fault(t, "loss", loss);
    if (!status && isfinite(*loss)) return AKIN_OK;
    /* In training a row without direction or a value that is not finite is a matter of numbers, not of input. */
    return akin_fail(err, status == AKIN_ERR_NOMEM ? status : AKIN_ERR_NUMERIC,
                     "step %" PRId64 ": %s%s; the last checkpoint is good: try a smaller --lr",
                     t->state.step + 1, first_not_finite(t, rows),
                     status ? why.message : "the loss is not finite");
}

/* Steps ------------------------------------------------------------------------------------------------------- */

/* Without a head the features take the place of the projections. */
static akin_status encode(akin_trainer *t, const akin_rows *rows, akin_error *err)
{
    const akin_mat z = { t->projections, t->rows, t->width, t->width }, none = { 0 };
    return akin_net_forward(&t->net, rows, true, t->head ? t->features : z, t->head ? z : none, err);
}

static akin_status backward(akin_trainer *t, akin_error *err)
{
    const akin_cmat dz = { t->gradient, t->rows, t->width, t->width }, none = { 0 };
    return akin_net_backward(&t->net, t->head ? dz : none, t->head ? none : dz, err);
}

/* A table of vectors has too many rows to look at in each step: what is about to be added to it is looked at instead. */
static akin_status check_words(const akin_trainer *t, akin_error *err)
{
    const akin_mat *d = t->net.gru ? &t->net.dwords : &t->net.dfront;
    const akin_tensor words = { .name = "the vectors of the text",
                                .grad = d->data,
                                .count = d->rows * d->cols };
    return d->data ? akin_check_gradients(&words, 1, t->state.step, err) : AKIN_OK;
}

/* The mean over the first epoch, from then on exponential with the span of an epoch: whatever is logged, and whenever,
 * it is the same. */
static void smooth(akin_trainer *t, double loss)
{
    const int64_t done = t->state.step < t->epoch_steps ? t->state.step : t->epoch_steps;
    if (done <= 1 || !isfinite(t->state.smoothed_loss)) t->state.smoothed_loss = loss;
    t->state.smoothed_loss += (loss - t->state.smoothed_loss) / (double)done;
}

static akin_status one_step(akin_trainer *t, akin_error *err)
{
    akin_rows rows;
    double waited_s, loss;
    AKIN_TRY(akin_loader_next(t->loader, &rows, &waited_s, err));
    akin_profile_lap(&t->profile, AKIN_PHASE_WAIT);
    const int64_t dense = t->net.encoder_count + t->net.gru_count;
    fault(t, "views", (void *)rows.dense);
    AKIN_TRY(encode(t, &rows, err));
    akin_profile_lap(&t->profile, AKIN_PHASE_FORWARD);
    fault(t, "projections", t->projections);
    AKIN_TRY(loss_and_gradient(t, &rows, &loss, err));
    fault(t, "loss gradient", t->gradient);
    akin_profile_lap(&t->profile, AKIN_PHASE_LOSS);
    AKIN_TRY(backward(t, err));
    akin_profile_lap(&t->profile, AKIN_PHASE_BACKWARD);
    fault(t, "gradients", NULL);
    AKIN_TRY(akin_check_gradients(t->net.tensors, dense, t->state.step, err));
    AKIN_TRY(check_words(t, err));
    akin_profile_lap(&t->profile, AKIN_PHASE_CHECK);
    const double lr = akin_schedule_lr(&t->set.schedule, t->state.step);
    AKIN_TRY(akin_update_step(t->update, lr, t->state.step, &t->grad_norm, err));
    AKIN_TRY(akin_net_update(&t->net, lr, err));
    akin_profile_lap(&t->profile, AKIN_PHASE_UPDATE);
    fault(t, "weights", NULL);
    AKIN_TRY(akin_check_weights(t->net.tensors, dense, t->state.step, err));
    akin_profile_lap(&t->profile, AKIN_PHASE_CHECK);
    t->state.step++;
    smooth(t, loss);
    t->state.interval_loss += loss;
    t->state.interval_steps++;
    t->interval_collisions += akin_sampler_collisions(t->sampler, rows.items);
    t->interval_timed++;
    t->interval_wait_s += waited_s;
    return akin_profile_step(&t->profile, t->net.encoder, err);
}

/* Of the anchors, which are the first rows. Cross-entropy has logits instead of projections. */
static void measure_collapse(akin_trainer *t, akin_train_progress *p)
{
    akin_collapse now = { NAN, NAN };
    akin_part parts[3];
    akin_sampler_parts(t->sampler, parts);
    if (!t->set.supervised) /* the step is over, and the memory of its gradient free */
        now = akin_collapse_measure(t->projections, parts[0].rows, t->width, t->gradient);
    p->embedding_std = now.embedding_std;
    p->participation_ratio = now.participation_ratio;
}

/* The warm-up, an epoch and a hundred steps are over, or the run is. */
static bool warm(const akin_trainer *t)
{
    int64_t from = 100;
    if (from < t->epoch_steps) from = t->epoch_steps;
    if (from < t->set.schedule.warmup) from = t->set.schedule.warmup;
    return t->state.step >= from || t->state.step == t->steps;
}

static void warn_of_collapse(akin_trainer *t, const akin_train_progress *p)
{
    char text[512];
    akin_part parts[3];
    akin_sampler_parts(t->sampler, parts);
    const akin_collapse_sight seen = {
        .now = { p->embedding_std, p->participation_ratio },
        .rows = parts[0].rows,
        .width = t->width,
        .loss = p->loss,
        .smoothed_loss = t->state.smoothed_loss,
        .chance = p->chance,
        .floor = p->floor,
        .warm = warm(t),
    };
    t->watch.limits = t->set.warn;
    while (akin_collapse_warning(&t->watch, &seen, text, sizeof text))
        akin_trainer_say(t, "step %" PRId64 ": %s", t->state.step, text);
}

static akin_status report_progress(akin_trainer *t, akin_error *err)
{
    const double now = akin_now_s(), span = now - t->interval_started_s;
    akin_train_progress p = { .step = t->state.step, .steps = t->steps, .epochs = t->set.epochs };
    p.epoch = (t->state.step - 1) / t->epoch_steps + 1;
    p.loss = t->state.interval_loss / (double)t->state.interval_steps;
    p.chance = t->calibration.chance;
    p.floor = t->calibration.floor_known ? t->calibration.floor : NAN;
    p.learned = akin_loss_learned(&t->calibration, p.loss);
    p.verdict = akin_loss_verdict(&t->calibration, p.loss);
    p.unit = akin_subject_unit(t->subject.kind);
    p.lr = akin_schedule_lr(&t->set.schedule, t->state.step - 1);
    p.grad_norm = t->grad_norm;
    p.samples_per_s = (double)(t->interval_timed * t->set.batch) / span;
    p.data_wait_frac = t->interval_wait_s / span;
    p.elapsed_s = t->state.elapsed_s + (now - t->started_s);
    p.collisions = t->interval_collisions / (double)t->interval_timed;
    p.left_s = (double)(t->steps - t->state.step) * span / (double)t->interval_timed;
    measure_collapse(t, &p);
    AKIN_TRY(akin_record_step(t->record, &p, err));
    if (t->events.on_progress) t->events.on_progress(&p, t->events.ctx);
    warn_of_collapse(t, &p);
    t->state.interval_loss = 0;
    t->state.interval_steps = t->interval_timed = 0;
    t->interval_started_s = now;
    t->interval_wait_s = t->interval_collisions = 0;
    return AKIN_OK;
}

/* regular: one of the configuration's checkpoints, not of an interruption. Only these can be the best one, which is then
 * the same whether or not a run was interrupted. */
static akin_status save(akin_trainer *t, bool regular, akin_error *err)
{
    if (regular && (t->state.best_step == 0 || t->state.smoothed_loss < t->state.best_loss)) {
        t->state.best_loss = t->state.smoothed_loss;
        t->state.best_step = t->state.step;
    }
    akin_train_state state = t->state;
    state.elapsed_s += akin_now_s() - t->started_s;
    AKIN_TRY(akin_record_sync(t->record, err));
    akin_record_mark_now(t->record, &state.mark);
    const akin_tensor_list list = akin_net_list(&t->net, false);
    akin_array_set sets[AKIN_UPDATE_MAX_SETS];
    const int set_count = akin_update_arrays(t->update, sets);
    AKIN_TRY(akin_checkpoint_save(t->run, &list, sets, set_count, &state, err));
    if (state.best_step == state.step) AKIN_TRY(akin_checkpoint_mark_best(t->run, state.step, err));
    akin_checkpoint_trim(t->run);
    if (t->events.on_checkpoint)
        t->events.on_checkpoint(state.step, (state.step - 1) / t->epoch_steps + 1, t->events.ctx);
    return AKIN_OK;
}

static akin_status run_steps(akin_trainer *t, akin_error *err)
{
    const int64_t every = t->set.checkpoint_every ? t->set.checkpoint_every : t->epoch_steps;
    t->started_s = t->interval_started_s = akin_now_s();
    akin_profile_start(&t->profile);
    while (t->state.step < t->steps) {
        AKIN_TRY(one_step(t, err));
        const bool last = t->state.step == t->steps;
        if (t->state.step % t->set.log_every == 0 || last) AKIN_TRY(report_progress(t, err));
        akin_profile_lap(&t->profile, AKIN_PHASE_LOG);
        const bool interrupted = !last && t->events.should_stop && t->events.should_stop(t->events.ctx);
        const bool regular = t->state.step % every == 0 || last;
        if (regular || interrupted) AKIN_TRY(save(t, regular, err));
        akin_profile_lap(&t->profile, AKIN_PHASE_SAVE);
        if (interrupted) {
            akin_trainer_say(t, "stopped at step %" PRId64 " of %" PRId64 "; the checkpoint is written",
                             t->state.step, t->steps);
            return akin_fail(err, AKIN_ERR_INTERRUPTED,
                             "stopped at step %" PRId64 " of %" PRId64
                             "; go on with: akin train --resume --out %s",
                             t->state.step, t->steps, t->run);
        }
    }
    return AKIN_OK;
}

static void say_line(const char *line, void *ctx) { akin_trainer_say(ctx, "%s", line); }

static akin_status tell_profile(akin_trainer *t, akin_error *err)
{
    akin_train_profile p;
    if (!t->events.on_profile && !t->events.profile) return AKIN_OK;
    if (t->profile.steps == 0) return AKIN_OK; /* resumed at the last step */
    AKIN_TRY(akin_profile_read(&t->profile, t->net.encoder, &p, err));
    if (t->events.on_profile) t->events.on_profile(&p, t->events.ctx);
    if (!t->events.profile) return AKIN_OK;
    akin_profile_table(&p, say_line, t);
    char path[4096], *text = akin_profile_json(&p);
    if (!text) return akin_fail(err, AKIN_ERR_NOMEM, "no memory for the profile");
    akin_status status = AKIN_OK;
    if (akin_run_path(path, sizeof path, t->run, "profile.json"))
        status = akin_file_save(path, text, strlen(text), err);
    free(text);
    return status;
}

static akin_status finish(akin_trainer *t, akin_error *err)
{
    uint64_t sum = 0;
    const akin_tensor_list list = akin_net_list(&t->net, true);
    AKIN_TRY(akin_checkpoint_sum(&list, &sum, err));
    const double seconds = t->state.elapsed_s + (akin_now_s() - t->started_s);
    char text[512], path[4096];
    const int length =
        snprintf(text, sizeof text,
                 "{\"steps\": %" PRId64 ", \"epochs\": %" PRId64
                 ", \"seconds\": %.1f, \"weights_xxh64\": \"%016" PRIx64 "\", \"best_step\": %" PRId64 "}\n",
                 t->steps, t->set.epochs, seconds, sum, t->state.best_step);
    if (!akin_run_path(path, sizeof path, t->run, "DONE"))
        return akin_fail(err, AKIN_ERR_IO, "the path of the run folder is too long");
    akin_trainer_say(
        t, "done: %" PRId64 " steps in %.0f s, weights %016" PRIx64 "; lowest loss at step %" PRId64,
        t->steps, seconds, sum, t->state.best_step);
    return akin_file_save(path, text, (size_t)length, err);
}

static akin_status train(akin_trainer *t, const char *data, const akin_train_config *c, bool resume,
                         bool force, akin_error *err)
{
    AKIN_TRY(akin_trainer_configure(t, data, c, resume, force, err));
    if (resume && akin_run_has(t->run, "DONE")) {
        akin_trainer_say(t, "'%s' is complete; nothing to resume", t->run);
        return AKIN_OK;
    }
    AKIN_TRY(
        akin_folder_make(t->run, err)); /* before the work: an output that cannot be stored fails at once */
    if (force && !resume) AKIN_TRY(akin_run_clear(t->run, err));
    const int64_t available = akin_memory_available();
    AKIN_TRY(akin_trainer_prepare(t, err));
    AKIN_TRY(akin_trainer_check_memory(t, available, err));
    AKIN_TRY(akin_trainer_begin(t, resume, err));
    char shape[64] = "";
    if (t->subject.kind != AKIN_DATA_TEXT)
        snprintf(shape, sizeof shape, " %lldx%lldx%lld", (long long)t->subject.height,
                 (long long)t->subject.width, (long long)t->subject.channels);
    akin_trainer_say(t, "%s: %lld %s%s; %s, %lld parameters, %.1f MMAC; %s; %lld epochs of %lld steps",
                     akin_set_name(t->subject.set), (long long)t->subject.part.n,
                     akin_subject_unit(t->subject.kind), shape, t->net.name, (long long)t->net.parameters,
                     1e-6 * (double)t->net.macs, t->set.loss->name, (long long)t->set.epochs,
                     (long long)t->epoch_steps);
    akin_trainer_say_memory(t);
    const akin_loader_plan plan = { &t->subject.source, t->sampler,     t->state.step, t->steps,
                                    t->set.seed,        t->set.workers, { 0, false } };
    AKIN_TRY(akin_loader_create(&plan, &t->loader, err));
    AKIN_TRY(run_steps(t, err));
    AKIN_TRY(tell_profile(t, err));
    return finish(t, err);
}

akin_status akin_train(const char *data, const char *run, const akin_train_config *c, bool resume, bool force,
                       const akin_train_events *events, akin_error *err)
{
    if (!run) return akin_fail(err, AKIN_ERR_ARGUMENT, "train: run must not be NULL");
    akin_trainer t = { .run = run, .events = AKIN_TRAIN_EVENTS_INIT };
    AKIN_TRY(akin_opts_import(&t.events, events, "train", err));
    const akin_status status = train(&t, data, c, resume, force, err);
    release(&t);
    return status;
}
