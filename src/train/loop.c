/* SPDX-License-Identifier: Apache-2.0 */
/* train/loop.c - akin_train(): a run from its first step, or from a checkpoint, to DONE. */
#include "base/plain.h"
#include "base/path.h"
#include "train/begin.h"
#include "train/budget.h"
#include "train/configure.h"
#include "train/memory.h"
#include "train/prepare.h"
#include "train/progress.h"
#include "train/ranks.h"
#include "train/recipes.h"
#include "train/step.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* All ranks make the same weights of the same sums. */
static akin_status compare_weights(ak_trainer *t, const char *what, akin_error *err)
{
    uint64_t sum = 0;
    if (ak_comm_size(t->comm) == 1) return AKIN_OK;
    const ak_tensor_list list = ak_net_list(&t->net, true);
    AK_TRY(ak_checkpoint_sum(&list, &sum, err));
    return ak_ranks_compare(t, what, sum, err);
}

static akin_status store(ak_trainer *t, akin_error *err)
{
    ak_train_state state = t->state;
    state.elapsed_s += ak_now_s() - t->started_s;
    AK_TRY(ak_run_log_sync(t->log, err));
    ak_run_log_lengths(t->log, &state.lengths);
    ak_tensor_list list;
    ak_array_set sets[AK_TRAINER_MAX_SETS];
    const int set_count = ak_trainer_arrays(t, &list, sets);
    AK_TRY(ak_checkpoint_save(t->run, &list, sets, set_count, &state, err));
    t->replacing = false; /* from here on the new run counts, whatever happens */
    AK_TRY(ak_run_forget_replaced(t->run, err));
    if (state.best_step == state.step) AK_TRY(ak_checkpoint_mark_best(t->run, state.step, err));
    ak_checkpoint_trim(t->run, t->set.keep_every * t->epoch_steps);
    return AKIN_OK;
}

/* regular: a checkpoint that the configuration asks for, not one of an interruption. Only a regular one can
 * be the best, so the best is the same with and without interruptions. */
static akin_status save(ak_trainer *t, bool regular, akin_error *err)
{
    if (regular && (t->state.best_step == 0 || t->state.smoothed_loss < t->state.best_loss)) {
        t->state.best_loss = t->state.smoothed_loss;
        t->state.best_step = t->state.step;
    }
    const double begun = ak_now_s();
    AK_TRY(compare_weights(t, "the weights of this rank", err));
    AK_TRY(ak_ranks_agree(t, ak_ranks_writes(t) ? store(t, err) : AKIN_OK, err));
    if (t->opts.on_checkpoint)
        t->opts.on_checkpoint(t->state.step, (t->state.step + t->epoch_steps - 1) / t->epoch_steps,
                              t->opts.ctx);
    if (t->budget.save_s < ak_now_s() - begun) t->budget.save_s = ak_now_s() - begun;
    return AKIN_OK;
}

/* Of several ranks the first one is asked, during the step. */
static bool asked_to_stop(const ak_trainer *t)
{
    if (ak_comm_size(t->comm) > 1) return t->stop;
    return t->opts.should_stop && t->opts.should_stop(t->opts.ctx);
}

static akin_status run_steps(ak_trainer *t, akin_error *err)
{
    const int64_t every = t->set.checkpoint_every ? t->set.checkpoint_every : t->epoch_steps;
    const int64_t stays = t->set.keep_every * t->epoch_steps;
    t->started_s = t->interval_started_s = ak_now_s();
    ak_time_profile_start(&t->profile);
    if (t->steps == 0) return save(t, true, err); /* what it begins with */
    while (t->state.step < t->steps) {
        AK_TRY(ak_trainer_step(t, err));
        const bool last = t->state.step == t->steps;
        if (t->state.step % t->set.log_every == 0 || last) AK_TRY(ak_progress_report(t, err));
        ak_time_profile_lap(&t->profile, AKIN_PHASE_LOG);
        const bool interrupted = !last && asked_to_stop(t);
        const bool regular = t->state.step % every == 0 || (stays && t->state.step % stays == 0) || last;
        if (regular || interrupted) AK_TRY(save(t, regular, err));
        ak_time_profile_lap(&t->profile, AKIN_PHASE_SAVE);
        if (!interrupted) AK_TRY(ak_budget_follow(t, err));
        if (interrupted) {
            akin_error end; /* the caller tells it, so on_message does not */
            const akin_status status =
                ak_fail(&end, AKIN_ERR_INTERRUPTED,
                        "stopped at step %" PRId64 " of %" PRId64
                        "; the checkpoint is written; go on with: akin train --resume %s",
                        t->state.step, t->steps, t->run);
            if (t->log) ak_run_log_line(t->log, end.message, NULL);
            if (err) *err = end;
            return status;
        }
    }
    return AKIN_OK;
}

static akin_status tell_profile(ak_trainer *t, akin_error *err)
{
    akin_train_profile p;
    if (!t->opts.on_profile && !t->opts.profile) return AKIN_OK;
    if (t->profile.steps == 0) return AKIN_OK; /* resumed at the last step */
    AK_TRY(ak_time_profile_read(&t->profile, t->net.encoder, &p, err));
    if (t->opts.on_profile) t->opts.on_profile(&p, t->opts.ctx);
    if (!t->opts.profile) return AKIN_OK;
    ak_time_profile_table(&p, ak_trainer_say_line, t);
    char path[4096];
    akin_json *json = ak_time_profile_json(&p);
    akin_status status = AKIN_OK;
    if (ak_run_path(path, sizeof path, t->run, "profile.json"))
        status = akin_json_save(path, json, AKIN_JSON_INDENTED, 9, err);
    akin_json_free(json);
    return status;
}

static akin_status write_done(ak_trainer *t, akin_error *err)
{
    uint64_t sum = 0;
    const ak_tensor_list list = ak_net_list(&t->net, true);
    AK_TRY(ak_checkpoint_sum(&list, &sum, err));
    const double seconds = t->state.elapsed_s + (ak_now_s() - t->started_s);
    char text[512], path[4096];
    const int length = ak_snprintf(text, sizeof text,
                                   "{\"steps\": %" PRId64 ", \"epochs\": %" PRId64
                                   ", \"seconds\": %.1f, \"weights_xxh64\": \"%016" PRIx64
                                   "\", \"best_step\": %" PRId64 "}\n",
                                   t->steps, t->set.epochs, seconds, sum, t->state.best_step);
    if (!ak_run_path(path, sizeof path, t->run, "DONE"))
        return ak_fail(err, AKIN_ERR_IO, "the path of the run folder is too long");
    ak_trainer_say(t,
                   "done: %" PRId64 " steps in %.0f s, weights %016" PRIx64 "; lowest loss at step %" PRId64,
                   t->steps, seconds, sum, t->state.best_step);
    return akin_file_save(path, text, (size_t)length, err);
}

/* One line: the data, the net, the loss and the steps. */
static void say_run(ak_trainer *t)
{
    const ak_learning *l = &t->learning;
    char shape[64] = "";
    if (!l->kind->tokens)
        snprintf(shape, sizeof shape, " %lldx%lldx%lld", (long long)l->shape.height,
                 (long long)l->shape.width, (long long)l->shape.channels);
    ak_trainer_say(t, "%s: %lld %s%s; %s, %lld parameters, %.1f MMAC; %s; %lld epoch%s of %lld steps",
                   akin_dataset_name(l->set), (long long)l->part.n, l->kind->unit, shape, t->net.name,
                   (long long)t->net.parameters, 1e-6 * (double)t->net.macs, t->set.loss->name,
                   (long long)t->set.epochs, t->set.epochs == 1 ? "" : "s", (long long)t->epoch_steps);
}

/* Nobody else writes the folder while we look at it. One that cannot be written to may still be complete. */
static akin_status enter(ak_trainer *t, akin_error *err)
{
    bool there;
    AK_TRY(ak_look_stored(t->run, &there, NULL, err));
    t->made = !there;
    if (!there) return AKIN_OK;
    const akin_status status = ak_run_lock(t->run, &t->lock, err);
    if (status) return status == AKIN_ERR_IO ? AKIN_OK : status;
    return ak_run_recover(t->run, err);
}

/* The run before, where there is one, goes only now that everything else is known to work. */
static akin_status begin(ak_trainer *t, akin_error *err)
{
    if (t->opts.force && !t->opts.resume) {
        t->replacing = true;
        AK_TRY(ak_run_set_aside(t->run, err));
    }
    return ak_trainer_begin(t, err);
}

/* Of the ranks the first one makes the folder, and holds it. */
static akin_status open_folder(ak_trainer *t, akin_error *err)
{
    if (!ak_ranks_writes(t)) return AKIN_OK;
    /* Before the work: an output that cannot be stored fails at once. */
    AK_TRY(akin_folder_make(t->run, err));
    return t->lock < 0 ? ak_run_lock(t->run, &t->lock, err) : AKIN_OK;
}

/* A complete run that is not made longer: the same for all ranks. */
static akin_status is_complete(ak_trainer *t, bool *complete, akin_error *err)
{
    bool done = false;
    akin_status status = AKIN_OK;
    if (ak_ranks_writes(t)) status = ak_run_has(t->run, "DONE", &done, err);
    AK_TRY(ak_ranks_agree(t, status, err));
    *complete = t->opts.resume && done && !t->longer;
    return ak_comm_share(t->comm, complete, sizeof *complete, 0, err);
}

/* Each rank by itself. available: memory, before the data were read. */
static akin_status prepare(ak_trainer *t, int64_t available, akin_error *err)
{
    AK_TRY(ak_trainer_prepare(t, err));
    return ak_trainer_check_memory(t, available, err);
}

/* What the person left to the data and to the speed. */
static akin_status choose(ak_trainer *t, akin_error *err)
{
    const bool asked = t->opts.recipe || akin_train_config_is_set(t->config, "recipe") ||
                       akin_train_config_is_set(t->config, "budget");
    if (!asked || t->going_on) return AKIN_OK;
    t->views_given = akin_train_config_is_set(t->config, "view-height") ||
                     akin_train_config_is_set(t->config, "view-width");
    akin_status status = ak_trainer_open_data(t, err);
    if (!status) status = ak_recipe_take(t, err);
    AK_TRY(ak_ranks_agree(t, status, err));
    return ak_budget_choose(t, err);
}

/* The folder of the run, and from where it goes on. */
static akin_status begin_all(ak_trainer *t, akin_error *err)
{
    bool resumed = false;
    AK_TRY(ak_ranks_agree(t, ak_ranks_writes(t) ? begin(t, err) : AKIN_OK, err));
    resumed = t->state.step > 0;
    AK_TRY(ak_comm_share(t->comm, &resumed, sizeof resumed, 0, err));
    if (ak_ranks_writes(t)) return AKIN_OK;
    return resumed ? ak_trainer_follow(t, err) : AKIN_OK;
}

/* Of several ranks: what came to this one, and how much of its way the calculation went on beside. */
static void say_moved(ak_trainer *t)
{
    double bytes, took_s, waited_s;
    akin_ranks_moved(t->comm, &bytes, &took_s, &waited_s);
    if (ak_comm_size(t->comm) == 1 || bytes == 0) return;
    ak_trainer_say(t,
                   "ranks: %.1f MB of gradients and rows came to rank 0 in messages that were under way for "
                   "%.1f s, all together; it waited for %.1f s of them",
                   1e-6 * bytes, took_s, waited_s);
}

static akin_status train(ak_trainer *t, const char *data, const akin_train_config *c, akin_error *err)
{
    bool complete;
    AK_TRY(ak_ranks_agree(t, ak_ranks_writes(t) ? enter(t, err) : AKIN_OK, err));
    AK_TRY(ak_ranks_agree(t, ak_trainer_configure(t, data, c, err), err));
    AK_TRY(is_complete(t, &complete, err));
    if (complete) {
        ak_trainer_say(t, "'%s' is complete; nothing to resume", t->run);
        return AKIN_OK;
    }
    AK_TRY(ak_ranks_agree(t, open_folder(t, err), err));
    const int64_t available = akin_memory_available();
    AK_TRY(choose(t, err));
    AK_TRY(ak_ranks_agree(t, prepare(t, available, err), err));
    AK_TRY(ak_ranks_compare_text(t, "the data of this rank", t->state.fingerprint, err));
    AK_TRY(ak_ranks_compare_text(t, "the instructions that this rank's processor has", akin_isa(), err));
    AK_TRY(ak_ranks_compare_text(t, "the words of this rank", ak_learning_vocabulary(&t->learning), err));
    AK_TRY(begin_all(t, err));
    AK_TRY(compare_weights(t, "the weights that this rank begins with", err));
    say_run(t);
    ak_trainer_say_memory(t);
    const ak_loader_plan plan = { .source = &t->learning.source,
                                  .sampler = t->sampler,
                                  .first = t->state.step,
                                  .steps = t->timed ? INT64_C(1) << 40 : t->steps,
                                  .seed = t->set.seed,
                                  .workers = t->set.workers,
                                  .visits = t->visits };
    AK_TRY(ak_loader_create(&plan, &t->loader, err));
    AK_TRY(run_steps(t, err));
    AK_TRY(tell_profile(t, err));
    ak_budget_say(t);
    say_moved(t);
    return ak_ranks_writes(t) ? write_done(t, err) : AKIN_OK;
}

/* The new run has failed before its first checkpoint. */
static akin_status put_back(const char *run, akin_status status, akin_error *err)
{
    akin_error why, first = { .status = status };
    char where[600];
    if (!ak_run_put_back(run, &why)) return status;
    if (err) first = *err;
    return ak_fail(err, status, "%.600s%s, and could not be put back: %.300s", first.message,
                   ak_run_replaced_text(run, where, sizeof where), why.message);
}

akin_status akin_train(const char *data, const char *run, const akin_train_config *config,
                       const akin_train_opts *opts, akin_error *err)
{
    if (!run) return ak_fail(err, AKIN_ERR_ARGUMENT, "train: run must not be NULL");
    ak_trainer t = { .run = run, .opts = AKIN_TRAIN_OPTS_INIT, .lock = -1, .began_s = ak_now_s() };
    AK_TRY(ak_opts_import(&t.opts, opts, "train", err));
    t.comm = t.opts.ranks;
    if (!ak_ranks_writes(&t)) { /* what there is to tell, rank 0 tells */
        t.opts.on_message = NULL;
        t.opts.on_progress = NULL;
        t.opts.on_checkpoint = NULL;
        t.opts.on_profile = NULL;
        t.opts.profile = false;
    }
    const akin_status status_of_run = train(&t, data, config, err);
    akin_status status = ak_ranks_end(&t, status_of_run, err);
    ak_trainer_release(&t);
    if (status && t.replacing) status = put_back(run, status, err);
    if (t.lock >= 0 || ak_ranks_writes(&t)) ak_run_unlock(run, t.lock);
    if (status && t.made) rmdir(run); /* only where it is empty: nothing was begun */
    return status;
}
