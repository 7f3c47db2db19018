/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/rows_hold_out.c - a share of the rows becomes the test split. So that test says something about
 * rows that are new,
 *
 *     a series              the last steps of each session are taken
 *     with groups           whole groups are drawn until they hold the share: no group is in both parts
 *     with times, no groups the latest rows are taken
 *     with labels           of each class the share, rounded, and never all of its rows
 *     else                  rows are drawn
 *
 * Draws depend on the seed, and on nothing but the rows. Both parts keep the order of the file. */
#include "base/rng.h"
#include "vectors/vectors_readers.h"

#include <math.h>
#include <string.h>

typedef struct timed {
    double time;
    int32_t row;
} timed;

static int by_time(const void *a, const void *b)
{
    const timed *x = a, *y = b;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static bool draw_latest(const ak_vector_split *s, int64_t want, bool *test)
{
    timed *list = ak_alloc(sizeof *list, s->n, 1);
    if (!list) return false;
    for (int64_t i = 0; i < s->n; i++) list[i] = (timed){ s->times[i], (int32_t)i };
    qsort(list, (size_t)s->n, sizeof *list, by_time);
    for (int64_t i = s->n - want; i < s->n; i++) test[list[i].row] = true;
    free(list);
    return true;
}

typedef struct step {
    double time;
    int32_t group, row;
} step;

static int by_session(const void *a, const void *b)
{
    const step *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Of each session the share, rounded, and never all of its steps. */
static bool draw_ends(const ak_vector_split *s, double share, bool *test)
{
    step *list = ak_alloc(sizeof *list, s->n, 1);
    if (!list) return false;
    for (int64_t i = 0; i < s->n; i++)
        list[i] = (step){ s->times ? s->times[i] : 0, s->groups ? s->groups[i] : 0, (int32_t)i };
    qsort(list, (size_t)s->n, sizeof *list, by_session);
    for (int64_t first = 0, end; first < s->n; first = end) {
        for (end = first + 1; end < s->n && list[end].group == list[first].group;) end++;
        int64_t want = (int64_t)floor(share * (double)(end - first) + 0.5);
        if (want > end - first - 1) want = end - first - 1;
        for (int64_t i = end - want; i < end; i++) test[list[i].row] = true;
    }
    free(list);
    return true;
}

/* Draw groups in random order while they fit. A group is passed over when with it test would exceed the
 * wanted number of rows by more than half. */
static bool draw_groups(const ak_vector_split *s, int64_t groups, int64_t want, uint64_t seed, bool *test)
{
    int32_t *order = ak_alloc(sizeof *order, groups, 1);
    int64_t *size = ak_alloc(sizeof *size, groups, 1);
    bool *taken = ak_alloc(sizeof *taken, groups, 1);
    const bool fine = order && size && taken;
    for (int64_t i = 0; fine && i < s->n; i++) size[s->groups[i]]++;
    for (int64_t g = 0; fine && g < groups; g++) order[g] = (int32_t)g;
    ak_rng rng = ak_rng_at(seed, AK_RNG_HOLDOUT, 0, 0, 0);
    if (fine) ak_rng_shuffle(&rng, order, groups);
    for (int64_t g = 0, held = 0; fine && g < groups && held < want; g++) {
        const int64_t more = size[order[g]];
        if (held + more - want > want / 2 && more > 1) continue;
        taken[order[g]] = true;
        held += more;
    }
    for (int64_t i = 0; fine && i < s->n; i++) test[i] = taken[s->groups[i]];
    free(order);
    free(size);
    free(taken);
    return fine;
}

/* Draw its share of each class. Without labels all rows are one class. */
static bool draw_classes(const ak_vector_split *s, int64_t classes, double share, uint64_t seed, bool *test)
{
    int32_t *row = ak_alloc(sizeof *row, s->n, 1);
    int64_t *start = ak_alloc(sizeof *start, classes + 2, 1);
    const bool fine = row && start;
    for (int64_t i = 0; fine && i < s->n; i++) start[(s->labels ? s->labels[i] : 0) + 2]++;
    for (int64_t k = 2; fine && k < classes + 2; k++) start[k] += start[k - 1];
    for (int64_t i = 0; fine && i < s->n; i++) row[start[(s->labels ? s->labels[i] : 0) + 1]++] = (int32_t)i;
    for (int64_t k = 0; fine && k < classes; k++) {
        const int64_t n = start[k + 1] - start[k];
        if (n == 0) continue;
        ak_rng rng = ak_rng_at(seed, AK_RNG_HOLDOUT, 0, (uint64_t)k, 0);
        ak_rng_shuffle(&rng, row + start[k], n);
        int64_t want = (int64_t)floor(share * (double)n + 0.5);
        if (want > n - 1) want = n - 1;
        for (int64_t i = 0; i < want; i++) test[row[start[k] + i]] = true;
    }
    free(row);
    free(start);
    return fine;
}

static void copy_row(const akin_vector_set *set, const ak_vector_split *from, int64_t i, ak_vector_split *to)
{
    const int64_t j = to->n++;
    if (from->x) memmove(to->x + j * set->d, from->x + i * set->d, (size_t)set->d * sizeof *to->x);
    to->source[j] = from->source[i];
    if (from->labels) to->labels[j] = from->labels[i];
    if (from->groups) to->groups[j] = from->groups[i];
    if (from->times) to->times[j] = from->times[i];
    const int64_t values = set->value_count;
    if (from->values)
        memmove(to->values + j * values, from->values + i * values, (size_t)values * sizeof *to->values);
}

/* Move the rows of test out of train; the other rows close up. */
static bool move_rows(akin_vector_set *set, const bool *in_test, int64_t count)
{
    ak_vector_split *train = &set->split[0], *test = &set->split[1], kept = *train;
    test->name = "test";
    test->room = count;
    set->splits = 2;
    if (train->file) test->file = ak_npy_parts_share(train->file);
    if (train->x) test->x = ak_alloc(sizeof *test->x, count, set->d);
    test->source = ak_alloc(sizeof *test->source, count, 1);
    if (train->labels) test->labels = ak_alloc(sizeof *test->labels, count, 1);
    if (train->groups) test->groups = ak_alloc(sizeof *test->groups, count, 1);
    if (train->times) test->times = ak_alloc(sizeof *test->times, count, 1);
    if (train->values) test->values = ak_alloc(sizeof *test->values, count, set->value_count);
    if ((train->x && !test->x) || !test->source || (train->labels && !test->labels) ||
        (train->groups && !test->groups) || (train->times && !test->times) ||
        (train->values && !test->values))
        return false;
    kept.n = 0;
    for (int64_t i = 0; i < train->n; i++) copy_row(set, train, i, in_test[i] ? test : &kept);
    train->n = kept.n;
    return true;
}

akin_status ak_vectors_hold_out(akin_vector_set *set, akin_error *err)
{
    const ak_vector_split *s = &set->split[0];
    const double share = set->opts.holdout;
    if (share == 0) return AKIN_OK;
    if (set->splits > 1)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "--holdout is %g, and '%s' has a test file of its own; leave one out", share,
                       set->name);
    const int64_t want = (int64_t)floor(share * (double)s->n + 0.5);
    bool *test = ak_alloc(sizeof *test, s->n, 1), fine = test != NULL;
    if (fine && set->opts.series)
        fine = draw_ends(s, share, test);
    else if (fine && s->groups)
        fine = draw_groups(s, set->groups, want, set->opts.seed, test);
    else if (fine && s->times)
        fine = draw_latest(s, want, test);
    else if (fine)
        fine = draw_classes(s, s->labels ? set->classes : 1, share, set->opts.seed, test);
    int64_t count = 0;
    for (int64_t i = 0; fine && i < s->n; i++) count += test[i];
    akin_status status = AKIN_OK;
    if (!fine)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory to part the rows of '%s'", set->name);
    else if (count == 0 || count == s->n)
        status = ak_fail(err, AKIN_ERR_INPUT, "--holdout %g leaves %s part of the %lld rows of '%s'%s", share,
                         count ? "no training" : "no test", (long long)s->n, set->name,
                         s->groups && !set->opts.series ? ", whose groups stay whole" : "");
    else if (!move_rows(set, test, count))
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory to part the rows of '%s'", set->name);
    else
        ak_remark(&set->remarks, "%lld rows are held out as test: %s.", (long long)count,
                  set->opts.series ? "the last of each session"
                  : s->groups      ? "whole groups"
                  : s->times       ? "the latest"
                  : s->labels      ? "the same share of each class"
                                   : "drawn at random");
    free(test);
    return status;
}
