/* SPDX-License-Identifier: Apache-2.0 */
/* train/schedule.c - warm-up, then cosine, steps or nothing. */
#include "train/schedule.h"

#include <math.h>

static int64_t in_steps(double epochs, int64_t epoch_steps)
{
    return (int64_t)(epochs * (double)epoch_steps + 0.5);
}

void ak_schedule_begin(ak_schedule *s, int64_t epoch_steps, int64_t epochs)
{
    s->steps = epoch_steps * epochs;
    s->warmup = in_steps(s->warmup_epochs, epoch_steps);
    for (int i = 0; i < s->milestones; i++) s->at[i] = in_steps(s->milestone[i], epoch_steps);
}

static double cosine(const ak_schedule *s, int64_t step)
{
    if (s->steps <= s->warmup) return s->peak;
    const double way = (double)(step - s->warmup) / (double)(s->steps - s->warmup);
    return s->least + (s->peak - s->least) * 0.5 * (1 + cos(3.14159265358979323846 * way));
}

double ak_schedule_lr(const ak_schedule *s, int64_t step)
{
    const int warming = step < s->warmup;
    double lr = s->peak;
    if (warming) lr = s->peak * (double)(step + 1) / (double)s->warmup;
    if (s->kind == AK_COSINE && !warming) return cosine(s, step);
    if (s->kind != AK_STEP) return lr;
    for (int i = 0; i < s->milestones && s->at[i] <= step; i++) lr *= s->factor;
    return lr < s->least && !warming ? s->least : lr;
}
