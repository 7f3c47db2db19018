/* SPDX-License-Identifier: Apache-2.0 */
/* train/trainer.c - a training run, from the first step or a checkpoint to DONE; what a step is stands in step.c. */
#include "train/trainer.h"

#include "train/memory.h"
#include "train/window.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void release(ak_trainer *t)
{
    ak_loader_free(t->loader);
    ak_sampler_free(t->sampler);
    ak_profile_free(&t->profile);
    ak_record_close(t->record);
    ak_update_free(t->update);
    ak_momentum_free(t->momentum);
    ak_gradsum_free(t->gradsum);
    ak_net_release(&t->net);
    ak_subject_release(&t->subject);
    akin_train_config_free(t->config);
    free(t->features.data);
    free(t->projections);
    free(t->gradient);
    free(t->visit_rows);
    free(t->visit_features.data);
    free(t->items);
    free(t->labels);
    free(t->scratch);
}

/* Of the anchors, which are the first rows. Cross-entropy has logits instead of projections. */
static void measure_collapse(ak_trainer *t, akin_train_progress *p)
{
    ak_collapse now = { NAN, NAN };
    ak_row_span parts[3];
    ak_sampler_parts(t->sampler, parts);
    if (!t->set.supervised) /* the step is over, and the memory of its gradient free */
        now = ak_collapse_measure(t->projections, parts[0].rows, t->width, t->gradient);
    p->embedding_std = now.embedding_std;
    p->participation_ratio = now.participation_ratio;
}

/* The warm-up, an epoch and a hundred steps are over, or the run is. */
static bool warm(const ak_trainer *t)
{
    int64_t from = 100;
    if (from < t->epoch_steps) from = t->epoch_steps;
    if (from < t->schedule.warmup) from = t->schedule.warmup;
    return t->state.step >= from || t->state.step == t->steps;
}

static void warn_of_collapse(ak_trainer *t, const akin_train_progress *p)
{
    char text[512];
    ak_row_span parts[3];
    ak_sampler_parts(t->sampler, parts);
    const ak_collapse_sight seen = {
        .now = { p->embedding_std, p->participation_ratio },
        .rows = parts[0].rows,
        .width = t->width,
        .loss = p->loss,
        .smoothed_loss = t->set.anneal.on ? p->chance + t->state.smoothed_loss * (p->chance - p->floor)
                                          : t->state.smoothed_loss,
        .chance = p->chance,
        .floor = p->floor,
        .warm = warm(t),
    };
    t->watch.limits = t->set.warn;
    while (ak_collapse_warning(&t->watch, &seen, text, sizeof text))
        ak_trainer_say(t, "step %" PRId64 ": %s", t->state.step, text);
}

static akin_status report_progress(ak_trainer *t, akin_error *err)
{
    const double now = ak_now_s(), span = now - t->interval_started_s;
    akin_train_progress p = { .step = t->state.step, .steps = t->steps, .epochs = t->set.epochs };
    p.epoch = (t->state.step - 1) / t->epoch_steps + 1;
    p.loss = t->state.interval_loss / (double)t->state.interval_steps;
    if (t->set.anneal.on)
        AK_TRY(
            ak_trainer_calibrate(t, t->state.step - t->state.interval_steps, t->state.interval_steps, err));
    p.chance = t->calibration.chance;
    p.floor = t->calibration.floor_known ? t->calibration.floor : NAN;
    p.learned = akin_loss_learned(&t->calibration, p.loss);
    p.verdict = akin_loss_verdict(&t->calibration, p.loss);
    p.unit = ak_subject_unit(t->subject.kind);
    p.lr = ak_schedule_lr(&t->schedule, t->state.step - 1);
    p.grad_norm = t->grad_norm;
    p.samples_per_s = (double)(t->interval_timed * t->set.batch) / span;
    p.data_wait_frac = t->interval_wait_s / span;
    p.elapsed_s = t->state.elapsed_s + (now - t->started_s);
    p.collisions = t->state.interval_collisions / (double)t->state.interval_steps;
    p.left_s = (double)(t->steps - t->state.step) * span / (double)t->interval_timed;
    measure_collapse(t, &p);
    ak_trainer_tell_loss(t, &p);
    AK_TRY(ak_record_step(t->record, &p, err));
    if (t->opts.on_progress) t->opts.on_progress(&p, t->opts.ctx);
    warn_of_collapse(t, &p);
    t->state.interval_loss = 0;
    t->state.interval_steps = t->interval_timed = 0;
    t->interval_started_s = now;
    t->interval_wait_s = t->state.interval_collisions = 0;
    return AKIN_OK;
}

/* regular: one of the configuration's checkpoints, not of an interruption. Only these can be the best one, which is then
 * the same whether or not a run was interrupted. */
static akin_status save(ak_trainer *t, bool regular, akin_error *err)
{
    if (regular && (t->state.best_step == 0 || t->state.smoothed_loss < t->state.best_loss)) {
        t->state.best_loss = t->state.smoothed_loss;
        t->state.best_step = t->state.step;
    }
    ak_train_state state = t->state;
    state.elapsed_s += ak_now_s() - t->started_s;
    AK_TRY(ak_record_sync(t->record, err));
    ak_record_mark_now(t->record, &state.mark);
    ak_tensor_list list;
    ak_array_set sets[AK_TRAINER_MAX_SETS];
    const int set_count = ak_trainer_arrays(t, &list, sets);
    AK_TRY(ak_checkpoint_save(t->run, &list, sets, set_count, &state, err));
    if (state.best_step == state.step) AK_TRY(ak_checkpoint_mark_best(t->run, state.step, err));
    ak_checkpoint_trim(t->run, t->set.keep_every * t->epoch_steps);
    if (t->opts.on_checkpoint)
        t->opts.on_checkpoint(state.step, (state.step - 1) / t->epoch_steps + 1, t->opts.ctx);
    return AKIN_OK;
}

static akin_status run_steps(ak_trainer *t, akin_error *err)
{
    const int64_t every = t->set.checkpoint_every ? t->set.checkpoint_every : t->epoch_steps;
    const int64_t stays = t->set.keep_every * t->epoch_steps;
    t->started_s = t->interval_started_s = ak_now_s();
    ak_profile_start(&t->profile);
    while (t->state.step < t->steps) {
        AK_TRY(ak_trainer_step(t, err));
        const bool last = t->state.step == t->steps;
        if (t->state.step % t->set.log_every == 0 || last) AK_TRY(report_progress(t, err));
        ak_profile_lap(&t->profile, AKIN_PHASE_LOG);
        const bool interrupted = !last && t->opts.should_stop && t->opts.should_stop(t->opts.ctx);
        const bool regular = t->state.step % every == 0 || (stays && t->state.step % stays == 0) || last;
        if (regular || interrupted) AK_TRY(save(t, regular, err));
        ak_profile_lap(&t->profile, AKIN_PHASE_SAVE);
        if (interrupted) {
            ak_trainer_say(t, "stopped at step %" PRId64 " of %" PRId64 "; the checkpoint is written",
                           t->state.step, t->steps);
            return ak_fail(err, AKIN_ERR_INTERRUPTED,
                           "stopped at step %" PRId64 " of %" PRId64
                           "; go on with: akin train --resume --out %s",
                           t->state.step, t->steps, t->run);
        }
    }
    return AKIN_OK;
}

static void say_line(const char *line, void *ctx) { ak_trainer_say(ctx, "%s", line); }

static akin_status tell_profile(ak_trainer *t, akin_error *err)
{
    akin_train_profile p;
    if (!t->opts.on_profile && !t->opts.profile) return AKIN_OK;
    if (t->profile.steps == 0) return AKIN_OK; /* resumed at the last step */
    AK_TRY(ak_profile_read(&t->profile, t->net.encoder, &p, err));
    if (t->opts.on_profile) t->opts.on_profile(&p, t->opts.ctx);
    if (!t->opts.profile) return AKIN_OK;
    ak_profile_table(&p, say_line, t);
    char path[4096];
    akin_json *json = ak_profile_json(&p);
    akin_status status = AKIN_OK;
    if (ak_run_path(path, sizeof path, t->run, "profile.json"))
        status = akin_json_save(path, json, AKIN_JSON_INDENTED, 9, err);
    akin_json_free(json);
    return status;
}

static akin_status finish(ak_trainer *t, akin_error *err)
{
    uint64_t sum = 0;
    const ak_tensor_list list = ak_net_list(&t->net, true);
    AK_TRY(ak_checkpoint_sum(&list, &sum, err));
    const double seconds = t->state.elapsed_s + (ak_now_s() - t->started_s);
    char text[512], path[4096];
    const int length =
        snprintf(text, sizeof text,
                 "{\"steps\": %" PRId64 ", \"epochs\": %" PRId64
                 ", \"seconds\": %.1f, \"weights_xxh64\": \"%016" PRIx64 "\", \"best_step\": %" PRId64 "}\n",
                 t->steps, t->set.epochs, seconds, sum, t->state.best_step);
    if (!ak_run_path(path, sizeof path, t->run, "DONE"))
        return ak_fail(err, AKIN_ERR_IO, "the path of the run folder is too long");
    ak_trainer_say(t,
                   "done: %" PRId64 " steps in %.0f s, weights %016" PRIx64 "; lowest loss at step %" PRId64,
                   t->steps, seconds, sum, t->state.best_step);
    return akin_file_save(path, text, (size_t)length, err);
}

static akin_status train(ak_trainer *t, const char *data, const akin_train_config *c, akin_error *err)
{
    const bool resume = t->opts.resume, force = t->opts.force;
    AK_TRY(ak_trainer_configure(t, data, c, resume, force, err));
    if (resume && ak_run_has(t->run, "DONE")) {
        ak_trainer_say(t, "'%s' is complete; nothing to resume", t->run);
        return AKIN_OK;
    }
    AK_TRY(
        akin_folder_make(t->run, err)); /* before the work: an output that cannot be stored fails at once */
    if (force && !resume) AK_TRY(ak_run_clear(t->run, err));
    const int64_t available = akin_memory_available();
    AK_TRY(ak_trainer_prepare(t, err));
    AK_TRY(ak_trainer_check_memory(t, available, err));
    AK_TRY(ak_trainer_begin(t, resume, err));
    char shape[64] = "";
    if (t->subject.kind != AKIN_DATA_TEXT)
        snprintf(shape, sizeof shape, " %lldx%lldx%lld", (long long)t->subject.height,
                 (long long)t->subject.width, (long long)t->subject.channels);
    ak_trainer_say(t, "%s: %lld %s%s; %s, %lld parameters, %.1f MMAC; %s; %lld epochs of %lld steps",
                   akin_dataset_name(t->subject.set), (long long)t->subject.part.n,
                   ak_subject_unit(t->subject.kind), shape, t->net.name, (long long)t->net.parameters,
                   1e-6 * (double)t->net.macs, t->set.loss->name, (long long)t->set.epochs,
                   (long long)t->epoch_steps);
    ak_trainer_say_memory(t);
    const ak_loader_plan plan = { &t->subject.source, t->sampler,     t->state.step, t->steps,
                                  t->set.seed,        t->set.workers, t->visits };
    AK_TRY(ak_loader_create(&plan, &t->loader, err));
    AK_TRY(run_steps(t, err));
    AK_TRY(tell_profile(t, err));
    return finish(t, err);
}

akin_status akin_train(const char *data, const char *run, const akin_train_config *config,
                       const akin_train_opts *opts, akin_error *err)
{
    if (!run) return ak_fail(err, AKIN_ERR_ARGUMENT, "train: run must not be NULL");
    ak_trainer t = { .run = run, .opts = AKIN_TRAIN_OPTS_INIT };
    AK_TRY(ak_opts_import(&t.opts, opts, "train", err));
    const akin_status status = train(&t, data, config, err);
    release(&t);
    return status;
}
