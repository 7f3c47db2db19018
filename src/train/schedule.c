/* SPDX-License-Identifier: Apache-2.0 */
/* train/schedule.c - warm-up, then cosine, steps or nothing. */
#include "train/schedule.h"

#include <math.h>

static int64_t in_steps(double epochs, int64_t epoch_steps)
{
    return (int64_t)(epochs * (double)epoch_steps + 0.5);
}

void ak_schedule_begin(ak_schedule *s, const ak_schedule_opts *opts, int64_t epoch_steps, int64_t epochs)
{
    *s = (ak_schedule){ .opts = *opts };
    s->steps = epoch_steps * epochs;
    s->warmup = in_steps(s->opts.warmup_epochs, epoch_steps);
    for (int i = 0; i < s->opts.milestones; i++) s->at[i] = in_steps(s->opts.milestone[i], epoch_steps);
}

void ak_schedule_leg(ak_schedule *s, int64_t end)
{
    if (s->legs < AK_MAX_LEGS) s->end[s->legs++] = end;
}

void ak_schedule_plan(ak_schedule *s, const ak_step_plan *plan)
{
    s->plan = *plan;
    s->steps = plan->at[plan->count - 1].steps;
}

static double falling(const ak_schedule_opts *o, double way)
{
    return o->least + (o->peak - o->least) * 0.5 * (1 + cos(3.14159265358979323846 * way));
}

/* The cosine of a plan that may change on the way. */
static double planned(const ak_schedule *s, int64_t step)
{
    int64_t begin = s->warmup, end = s->plan.at[0].steps;
    double done = 0;
    for (int i = 1; i < s->plan.count && s->plan.at[i].from <= step; i++) {
        const int64_t from = s->plan.at[i].from;
        if (from > begin) {
            done += (1 - done) * (double)(from - begin) / (double)(end - begin);
            begin = from;
        }
        end = s->plan.at[i].steps;
    }
    if (end <= begin) return s->opts.peak;
    return falling(&s->opts, done + (1 - done) * (double)(step - begin) / (double)(end - begin));
}

static double cosine(const ak_schedule *s, int64_t step)
{
    const ak_schedule_opts *o = &s->opts;
    int64_t begin = s->warmup, end = s->steps;
    if (s->plan.count) return planned(s, step);
    for (int i = 0; i < s->legs; i++) {
        if (step < s->end[i]) {
            end = s->end[i];
            break;
        }
        if (s->end[i] > begin) begin = s->end[i];
    }
    if (end <= begin) return o->peak;
    return falling(o, (double)(step - begin) / (double)(end - begin));
}

double ak_schedule_lr(const ak_schedule *s, int64_t step)
{
    const ak_schedule_opts *o = &s->opts;
    const int warming = step < s->warmup;
    double lr = o->peak;
    if (warming) lr = o->peak * (double)(step + 1) / (double)s->warmup;
    if (o->kind == AK_COSINE && !warming) return cosine(s, step);
    if (o->kind != AK_STEP) return lr;
    for (int i = 0; i < o->milestones && s->at[i] <= step; i++) lr *= o->factor;
    return lr < o->least && !warming ? o->least : lr;
}
