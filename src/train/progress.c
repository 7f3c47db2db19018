/* SPDX-License-Identifier: Apache-2.0 */
/* train/progress.c - what a logged step tells: loss, speed, collapse, warnings. */
#include "train/progress.h"

#include "train/learned.h"
#include "train/step_loss.h"

#include <inttypes.h>
#include <math.h>

/* The anchors are measured, which are the first rows. Cross-entropy has logits instead of projections. */
static void measure_collapse(ak_trainer *t, akin_train_progress *p)
{
    ak_collapse now = { NAN, NAN };
    ak_row_span spans[3];
    ak_visits_spans(&t->visits, t->sampler, spans);
    if (!t->set.supervised) /* the step is over: the memory of its gradient is free */
        now = ak_collapse_measure(t->projections, spans[0].rows, t->width, t->gradient);
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

/* The least loss of what has learned nothing. Where equal rows are at the floor (simsiam, byol), chance is
 * no such loss. */
static double start_of(const akin_train_progress *p)
{
    return p->permuted < p->chance || p->chance <= p->floor ? p->permuted : p->chance;
}

static void warn_of_collapse(ak_trainer *t, const akin_train_progress *p)
{
    char text[512];
    ak_row_span spans[3];
    ak_visits_spans(&t->visits, t->sampler, spans);
    const ak_collapse_seen seen = {
        .now = { p->embedding_std, p->participation_ratio },
        .rows = spans[0].rows,
        .width = t->width,
        .loss = p->loss,
        .smoothed_loss = ak_learned_levels(t) ? p->chance + t->state.smoothed_loss * (p->chance - p->floor)
                                              : t->state.smoothed_loss,
        .chance = start_of(p),
        .floor = p->floor,
        .warm = warm(t),
    };
    t->watch.limits = t->set.warn;
    while (ak_collapse_warning(&t->watch, &seen, text, sizeof text))
        ak_trainer_say(t, "step %" PRId64 ": %s", t->state.step, text);
}

akin_status ak_progress_report(ak_trainer *t, akin_error *err)
{
    const double now = ak_now_s(), span = now - t->interval_started_s;
    akin_train_progress p = { .step = t->state.step, .steps = t->steps, .epochs = t->set.epochs };
    p.epoch = (t->state.step - 1) / t->epoch_steps + 1;
    p.loss = t->state.interval_loss / (double)t->state.interval_steps;
    if (t->set.anneal.on || t->learned.data || t->past.temperatures.data)
        AK_TRY(
            ak_step_loss_calibrate(t, t->state.step - t->state.interval_steps, t->state.interval_steps, err));
    p.chance = t->calibration.chance;
    p.floor = t->calibration.floor_known ? t->calibration.floor : NAN;
    p.unit = t->learning.kind->unit;
    p.lr = ak_schedule_lr(&t->schedule, t->state.step - 1);
    p.grad_norm = t->grad_norm;
    p.samples_per_s = (double)(t->interval_timed * t->set.batch) / span;
    p.data_wait_frac = t->interval_wait_s / span;
    p.elapsed_s = t->state.elapsed_s + (now - t->started_s);
    p.collisions = t->state.interval_collisions / (double)t->state.interval_steps;
    p.left_s = (double)(t->steps - t->state.step) * span / (double)t->interval_timed;
    measure_collapse(t, &p);
    ak_step_loss_tell(t, &p);
    if (t->log) AK_TRY(ak_run_log_step(t->log, &p, err)); /* rank 0 has it */
    if (t->opts.on_progress) t->opts.on_progress(&p, t->opts.ctx);
    warn_of_collapse(t, &p);
    t->state.interval_loss = 0;
    t->state.interval_steps = t->interval_timed = 0;
    t->interval_started_s = now;
    t->interval_wait_s = t->state.interval_collisions = 0;
    return AKIN_OK;
}
