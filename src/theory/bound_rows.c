/* SPDX-License-Identifier: Apache-2.0 */
/* theory/bound_rows.c - rows of bounds: how one is added and how it is judged. */
#include "base/plain.h"
#include "eval/eval.h"
#include "theory/theory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { ROWS = 160 };

struct akin_bounds {
    int count;
    int lost; /* rows for which there was no room */
    akin_bound_row row[ROWS];
    akin_bound_row spare; /* takes what is lost, so that add() has something to return */
};

akin_bound_row *ak_bound_add(ak_theory_job *job, const char *name, const char *paper, const char *mark,
                             const char *quantity, akin_bound_sense sense)
{
    akin_bounds *all = job->bounds;
    all->lost += all->count == ROWS;
    akin_bound_row *row = all->count < ROWS ? &all->row[all->count++] : &all->spare;
    *row = (akin_bound_row){ .name = name,
                             .paper = paper,
                             .mark = mark,
                             .quantity = quantity,
                             .sense = sense,
                             .holds = AKIN_TRUTH_UNKNOWN,
                             .value = NAN,
                             .log_value = NAN,
                             .interval = { NAN, NAN },
                             .measured = NAN,
                             .measured_interval = { NAN, NAN },
                             .reference = NAN,
                             .difference = NAN,
                             .difference_interval = { NAN, NAN } };
    return row;
}

akin_bound_row *ak_bound_last(ak_theory_job *job)
{
    return job->bounds->lost ? &job->bounds->spare : &job->bounds->row[job->bounds->count - 1];
}

akin_status ak_bounds_whole(const akin_bounds *bounds, akin_error *err)
{
    if (bounds->lost == 0) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INTERNAL, "bounds: %d rows; there is room for %d", ROWS + bounds->lost,
                   ROWS);
}

void ak_bound_undecided(akin_bound_row *row, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ak_vsnprintf(row->reason, sizeof row->reason, format, args);
    va_end(args);
    row->holds = AKIN_TRUTH_UNKNOWN;
}

/* A skewness below this is rounding. */
static double shifted(double q, double a)
{
    return fabs(a) < 1e-9 ? q : 3 / a * (cbrt(1 + a * (q - a / 6)) - 1);
}

ak_reach ak_reach_of(const ak_estimate *x, int64_t df, double tail)
{
    const double rare = -log(tail) * x->unseen;
    if (!(x->error > 0)) return (ak_reach){ rare, rare };
    if (df < 1) return (ak_reach){ INFINITY, INFINITY };
    const double q = ak_student(df, tail);
    return (ak_reach){ x->error * shifted(q, x->skew), -x->error * shifted(-q, x->skew) };
}

/* The verdict on a difference that should be <= 0. half: how far its 95 % interval goes up; far: how much of
 * it chance explains at most, but with probability AK_BOUND_FALSE. */
static void decide(akin_bound_row *row, double excess, double half, double far, double rounding)
{
    row->holds = AKIN_TRUTH_UNKNOWN;
    if (!isfinite(row->value) || !isfinite(row->measured))
        ak_bound_undecided(row, isnan(row->value)      ? "not stated for this case"
                                : isnan(row->measured) ? "not measured"
                                                       : "what is not finite is not compared");
    else if (half > 0 && row->blocks > 0 && row->blocks < AK_BOUND_BLOCKS)
        ak_bound_undecided(row, "too few blocks to judge: %lld; a verdict needs %d", (long long)row->blocks,
                           AK_BOUND_BLOCKS);
    else if (excess + half <= rounding)
        row->holds = AKIN_TRUTH_YES;
    else if (!(excess <= rounding + far))
        row->holds = AKIN_TRUTH_NO;
    else
        ak_bound_undecided(row, "within the sampling error");
}

static void fill(akin_bound_row *row, const ak_bound_sides *x, double reference)
{
    row->value = x->value;
    row->log_value = x->value > 0 ? log(x->value) : NAN;
    row->interval[0] = x->value - x->value_reach.below;
    row->interval[1] = x->value + x->value_reach.above;
    row->measured = x->measured;
    row->measured_interval[0] = x->measured - x->measured_reach.below;
    row->measured_interval[1] = x->measured + x->measured_reach.above;
    row->reference = reference;
    row->reason[0] = 0;
}

/* A run prints dozens of rows at each of many checkpoints, so that two standard errors would make some of
 * them FALSE by chance. Student's t of the difference must be so far out that a true inequality gives it with
 * a probability of AK_BOUND_FALSE at most: 60 rows at 1,000 checkpoints are wrong once in 1,600 runs. */
void ak_bound_judge(akin_bound_row *row, const ak_bound_sides *x, double reference)
{
    fill(row, x, reference);
    if (row->sense == AKIN_BOUND_MEASURE) return;
    const bool upper = row->sense == AKIN_BOUND_UPPER;
    const ak_reach near = ak_reach_of(&x->difference, x->df, 0.025),
                   far = ak_reach_of(&x->difference, x->df, AK_BOUND_FALSE);
    /* the wider of both sides: skewness is itself an estimate, and must not make a FALSE easier */
    const double most = fmax(far.below, far.above) + x->slack, more = x->slack + x->rounding;
    row->blocks = x->blocks;
    row->difference = x->difference.mean;
    row->difference_interval[0] = row->difference - near.below - more;
    row->difference_interval[1] = row->difference + near.above + more;
    decide(row, upper ? row->difference : -row->difference, (upper ? near.above : near.below) + x->slack,
           most, 1e-5 * (1 + fabs(x->measured)) + 5 * x->rounding);
    row->vacuous = row->sense == AKIN_BOUND_UPPER ? x->value >= reference : x->value <= reference;
}

void ak_bound_set(akin_bound_row *row, double value, double value_half, double measured, double measured_half,
                  double reference)
{
    const ak_bound_sides x = {
        .value = value,
        .measured = measured,
        .value_reach = { value_half, value_half },
        .measured_reach = { measured_half, measured_half },
    };
    fill(row, &x, reference);
    if (row->sense == AKIN_BOUND_MEASURE) return;
    const double half = value_half + measured_half; /* 5.612: the normal quantile at AK_BOUND_FALSE */
    row->difference = measured - value;
    row->difference_interval[0] = row->difference - half;
    row->difference_interval[1] = row->difference + half;
    decide(row, row->sense == AKIN_BOUND_UPPER ? row->difference : -row->difference, half,
           half * 5.612 / 1.96, 1e-5 * (1 + fabs(measured)));
    if (isnan(value) || isnan(measured)) return;
    row->vacuous = row->sense == AKIN_BOUND_UPPER ? value >= reference : value <= reference;
}

void ak_bound_assume(akin_bound_row *row, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ak_vsnprintf(row->assumed, sizeof row->assumed, format, args);
    va_end(args);
}

akin_bounds *ak_bounds_create(void) { return calloc(1, sizeof(akin_bounds)); }

const akin_bound_row *akin_bounds_at(const akin_bounds *bounds, int i)
{
    return bounds && i >= 0 && i < bounds->count ? &bounds->row[i] : NULL;
}

void akin_bounds_free(akin_bounds *bounds) { free(bounds); }
