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

/* Below so many epochs views have fewer pixels (docs/training.md has what that is worth); a smaller size must
 * let the data be seen so many times as often. */
static const double ENOUGH_EPOCHS = 8, WORTH = 1.5;
enum { LEAST_SIDE = 24, SIDE_STEP = 4 };

int ak_budget_size(const double *epochs, int n, double enough)
{
    int taken = 0;
    for (int i = 1; i < n && epochs[taken] < enough; i++)
        if (epochs[i] >= WORTH * epochs[taken]) taken = i;
    return taken;
}

/* 0: too small. */
static int64_t smaller(int64_t side, int quarters)
{
    const int64_t to = (side * quarters / 4 + SIDE_STEP / 2) / SIDE_STEP * SIDE_STEP;
    return to >= LEAST_SIDE && to < side ? to : 0;
}

ak_budget_view ak_budget_views(int64_t height, int64_t width, double epochs)
{
    ak_budget_view views[3] = { { height, width, 1 } };
    double seen[3] = { epochs };
    int n = 1;
    for (int quarters = 3; quarters >= 2; quarters--, n++) {
        const int64_t h = smaller(height, quarters), w = smaller(width, quarters);
        if (!h || !w) break;
        views[n] = (ak_budget_view){ h, w, (double)(h * w) / (double)(height * width) };
        seen[n] = epochs / views[n].cost;
    }
    return views[ak_budget_size(seen, n, ENOUGH_EPOCHS)];
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
