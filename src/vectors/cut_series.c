/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/cut_series.c - a series as pieces: the steps of a session, in order, between which none is missing.
 *
 * A session is a group. With times, the usual step is the median of the differences between rows that follow
 * one another in a session, over the training split. A difference above 1.5 of it is a gap: something was not
 * measured there, so no item and no positive reaches across. Where more than a quarter of all differences are
 * gaps, the times have no usual step, and are refused. Without times every session is one piece. */
#include "vectors/vectors_readers.h"

#include <stdio.h>

static const double GAP = 1.5, MOST_GAPS = 0.25;

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int32_t group_of(const ak_vector_split *s, int64_t row) { return s->groups ? s->groups[row] : 0; }

/* Place k of the order begins a session. */
static bool begins(const ak_vector_split *s, int64_t k)
{
    return k == 0 || group_of(s, s->order[k]) != group_of(s, s->order[k - 1]);
}

static double step_before(const ak_vector_split *s, int64_t k)
{
    return s->times[s->order[k]] - s->times[s->order[k - 1]];
}

/* The median step of train; 0 = there are no times, or no session has two rows. */
static akin_status usual_step(const akin_vector_set *set, double *usual, akin_error *err)
{
    const ak_vector_split *s = &set->split[0];
    *usual = 0;
    if (!s->times) return AKIN_OK;
    double *steps = ak_alloc(sizeof *steps, s->n, 1);
    int64_t n = 0;
    if (!steps) return ak_no_memory(err, "for the times of '%s'", set->name);
    for (int64_t k = 0; k < s->n; k++)
        if (!begins(s, k)) steps[n++] = step_before(s, k);
    qsort(steps, (size_t)n, sizeof *steps, by_value);
    if (n) *usual = steps[n / 2];
    free(steps);
    return AKIN_OK;
}

static akin_status check_times(const akin_vector_set *set, const ak_vector_split *s, akin_error *err)
{
    for (int64_t k = 0; s->times && k < s->n; k++)
        if (!begins(s, k) && step_before(s, k) <= 0)
            return ak_fail(err, AKIN_ERR_INPUT,
                           "'%s': rows %lld and %lld (from 0) of %s have one time, %.15g; steps of a session "
                           "have times of their own%s",
                           set->name, (long long)s->source[s->order[k - 1]],
                           (long long)s->source[s->order[k]], s->name, s->times[s->order[k]],
                           s->groups ? ""
                                     : ": where there are several sessions, groups tell which "
                                       "(--group-column)");
    return AKIN_OK;
}

typedef struct counts {
    int64_t sessions, steps, gaps, shorter;
} counts;

static akin_status cut(const akin_vector_set *set, ak_vector_split *s, double usual, counts *c,
                       akin_error *err)
{
    s->piece = ak_alloc(sizeof *s->piece, s->n, 1);
    s->piece_start = ak_alloc(sizeof *s->piece_start, s->n + 1, 1);
    if (!s->piece || !s->piece_start) return ak_no_memory(err, "for the pieces of '%s'", set->name);
    for (int64_t k = 0; k < s->n; k++) {
        const bool session = begins(s, k), gap = !session && usual > 0 && step_before(s, k) > GAP * usual;
        c->sessions += session && s == set->split;
        c->steps += !session;
        c->gaps += gap;
        if (session || gap) s->piece_start[s->pieces++] = (int32_t)k;
        s->piece[s->order[k]] = (int32_t)(s->pieces - 1);
    }
    s->piece_start[s->pieces] = (int32_t)s->n;
    for (int64_t p = 0; p < s->pieces; p++)
        c->shorter += s->piece_start[p + 1] - s->piece_start[p] < set->series;
    return AKIN_OK;
}

static void tell(akin_vector_set *set, const counts *c, double usual)
{
    ak_remark(
        &set->remarks,
        "A series: an item is %lld step%s around a row of a session, of which train has %lld; beyond the "
        "ends of one its first and its last step are repeated.",
        (long long)set->series, set->series == 1 ? "" : "s", (long long)c->sessions);
    if (c->gaps)
        ak_remark(
            &set->remarks,
            "%lld gap%s: steps longer than 1.5 of the usual %g; no item and no positive reaches across.",
            (long long)c->gaps, c->gaps == 1 ? "" : "s", usual);
    if (c->shorter)
        ak_remark(&set->remarks,
                  "%lld session%s or piece%s of one are shorter than the %lld steps of an item.",
                  (long long)c->shorter, c->shorter == 1 ? "" : "s", c->shorter == 1 ? "" : "s",
                  (long long)set->series);
}

akin_status ak_vectors_cut_series(akin_vector_set *set, akin_error *err)
{
    counts c = { 0 };
    double usual;
    set->series = set->opts.series;
    if (!set->series) return AKIN_OK;
    if (set->kept && !set->split[0].times)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "--keep leaves out steps of the series '%s', and without times nobody knows where; "
                       "--time-column tells",
                       set->name);
    AK_TRY(usual_step(set, &usual, err));
    for (int k = 0; k < set->splits; k++) {
        AK_TRY(check_times(set, &set->split[k], err));
        AK_TRY(cut(set, &set->split[k], usual, &c, err));
    }
    if ((double)c.gaps > MOST_GAPS * (double)c.steps)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "the times of '%s' are not evenly spaced: %lld of %lld steps are longer than 1.5 of the "
            "usual %g; resample them, or leave the times out to take rows by their places",
            set->name, (long long)c.gaps, (long long)c.steps, usual);
    tell(set, &c, usual);
    return AKIN_OK;
}
