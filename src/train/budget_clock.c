/* SPDX-License-Identifier: Apache-2.0 */
/* train/budget_clock.c - the arithmetic of budget.h: from seconds to steps. */
#include "train/budget.h"

#include <math.h>

/* The speed is measured anew, since the time before, after these shares of the steps, */
static const double EARLY[] = { 0.01, 0.03, 0.06, 0.1, 0.15 };
/* then whenever this share of what is left has been made, until so little is left. */
static const double OF_LEFT = 0.25, ENOUGH = 0.015;

/* What is left of the steps changes by less than this share: the plan stays. */
static const double LEAST_CHANGE = 0.005;

int64_t ak_budget_steps(double seconds, double used, double step_s)
{
    const double n = floor((seconds - used) / step_s);
    return n >= 1 ? (n < 1e14 ? (int64_t)n : (int64_t)1e14) : 1;
}

static int64_t next_look(int64_t step, int64_t steps)
{
    const double left = (double)(steps - step);
    int64_t next = step + (int64_t)ceil(OF_LEFT * left);
    if (left < ENOUGH * (double)steps) return INT64_MAX;
    for (size_t i = sizeof EARLY / sizeof *EARLY; i-- > 0;) {
        const int64_t at = (int64_t)ceil(EARLY[i] * (double)steps);
        if (at > step && at < next) next = at;
    }
    return next;
}

void ak_budget_begin(ak_budget *b, double seconds, int64_t step, int64_t steps, double used)
{
    *b = (ak_budget){ .seconds = seconds, .save_s = b->save_s, .mark = step, .mark_s = used };
    b->next = next_look(step, steps);
}

int64_t ak_budget_look(ak_budget *b, int64_t step, int64_t steps, double used)
{
    const double step_s = (used - b->mark_s) / (double)(step - b->mark);
    const int64_t left = step_s > 0 ? ak_budget_steps(b->seconds - b->save_s, used, step_s) : steps - step;
    const bool changed = b->changes < AK_MAX_TURNS - 1 &&
                         fabs((double)(step + left - steps)) > LEAST_CHANGE * (double)(steps - step);
    if (changed) steps = step + left;
    if (changed) b->changes++;
    b->mark = step;
    b->mark_s = used;
    b->next = next_look(step, steps);
    return steps;
}
