/* SPDX-License-Identifier: Apache-2.0 */
/* theory/bound_rows.c - rows of bounds: how one is added and how it is judged. */
#include "base/plain.h"
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
                             .reference = NAN };
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

/* A row is FALSE only beyond five standard errors. A run prints dozens of rows at each of many checkpoints:
 * with two standard errors some of them would be FALSE by chance. */
void ak_bound_set(akin_bound_row *row, double value, double value_half, double measured, double measured_half,
                  double reference)
{
    row->value = value;
    row->log_value = value > 0 ? log(value) : NAN;
    row->interval[0] = value - value_half;
    row->interval[1] = value + value_half;
    row->measured = measured;
    row->measured_interval[0] = measured - measured_half;
    row->measured_interval[1] = measured + measured_half;
    row->reference = reference;
    if (row->sense == AKIN_BOUND_MEASURE || isnan(value) || isnan(measured)) return;
    row->vacuous = row->sense == AKIN_BOUND_UPPER ? value >= reference : value <= reference;
    if (!isfinite(value) || !isfinite(measured)) return; /* what overflowed is not compared */
    const double excess = row->sense == AKIN_BOUND_UPPER ? measured - value : value - measured;
    const double rounding = 1e-5 * (1 + fabs(measured));
    if (excess <= rounding)
        row->holds = AKIN_TRUTH_YES;
    else
        row->holds =
            excess <= rounding + 2.6 * (value_half + measured_half) ? AKIN_TRUTH_UNKNOWN : AKIN_TRUTH_NO;
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
