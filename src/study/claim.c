/* SPDX-License-Identifier: Apache-2.0 */
/* study/claim.c - the verdict on a claim, from differences paired by seed and, where runs tell what they got
 * right, by test item (akin/tool/study.h, crossed.c).
 *
 * A side of a claim is one number for each seed, from the cells that the side means:
 *
 *     as it is          their mean
 *     "best"            the cell of one configuration: that which is best by the mean over all other seeds.
 *                       So a method is tuned without a look at the seed by which it is judged, and two
 *                       methods with as many configurations are tuned equally
 *     "correlate"       Spearman's correlation of two measurements over the cells
 *
 * A seed counts only where every one of these cells has the measurement, on both sides.
 *
 * What akin plan computes follows from the grid alone: no seed moves it. Where both sides are of that kind,
 * or numbers of the file, there is no spread to wait for: one seed decides, within the margin. */
#include "study/study.h"

#include "akin/tool/difficulty.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

akin_status ak_study_value(const akin_study *s, const char *id, const char *measure, double *value,
                           bool *found, akin_error *err)
{
    *found = false;
    if (!s->db) return AKIN_OK;
    const akin_status status = ak_study_store_value(s->db, id, measure, NULL, value, found, err);
    *found = *found && isfinite(*value);
    return status;
}

/* The values of a measurement in the cells of a seed that the side means, in the order of the
 * configurations. x: [config_count]. *n = 0 where one of them is missing. */
static akin_status row(const akin_study *s, const akin_json *what, const char *measure, int64_t seed,
                       double *x, int64_t *n, akin_error *err)
{
    bool whole = true;
    *n = 0;
    for (int k = 0; k < s->cell_count && whole; k++) {
        const ak_study_cell *cell = &s->cells[k];
        if (cell->seed != seed ||
            !ak_study_where(akin_json_get(what, "where"), s->configs[cell->config].labels))
            continue;
        const akin_status status = ak_study_value(s, cell->id, measure, &x[*n], &whole, err);
        if (status) return status;
        ++*n;
    }
    if (!whole) *n = 0;
    return AKIN_OK;
}

/* Which value of a seed's row is the best by the sums over the others; -1 where no other seed is whole. sum
 * and x: [n] */
static akin_status tuned(const akin_study *s, const akin_json *what, int64_t seed, double *sum, double *x,
                         int64_t n, int64_t *at, akin_error *err)
{
    const akin_json *seeds = akin_json_get(s->root, "seeds");
    const double sign = strcmp(akin_json_get_text(what, "best"), "lowest") == 0 ? -1 : 1;
    bool any = false;
    for (int64_t c = 0; c < n; c++) sum[c] = 0;
    for (size_t i = 0; i < akin_json_length(seeds); i++) {
        const int64_t other = akin_json_as_int(akin_json_at(seeds, i));
        int64_t have = 0;
        if (other == seed) continue;
        const akin_status status = row(s, what, akin_json_get_text(what, "measure"), other, x, &have, err);
        if (status) return status;
        if (have != n) continue;
        any = true;
        for (int64_t c = 0; c < n; c++) sum[c] += sign * x[c];
    }
    *at = -1;
    for (int64_t c = 0; c < n && any; c++)
        if (*at < 0 || sum[c] > sum[*at]) *at = c;
    return AKIN_OK;
}

/* The number of a side for a seed; *whole is false where it cannot be told. *at: as in ak_study_pair. */
static akin_status side(const akin_study *s, const akin_json *what, int64_t seed, double *value, int64_t *at,
                        bool *whole, akin_error *err)
{
    *whole = true;
    *at = -1;
    if (akin_json_is_number(what)) return *value = akin_json_as_real(what), AKIN_OK;
    const char *other = akin_json_get_text(what, "correlate");
    const size_t most = (size_t)s->config_count;
    double *x = malloc(3 * most * sizeof *x), *y = x + most, *z = y + most;
    if (!x) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the table");
    int64_t n = 0, paired = 0;
    *value = 0;
    akin_status status = row(s, what, akin_json_get_text(what, "measure"), seed, x, &n, err);
    if (status) {
        free(x);
        return status;
    }
    if (other) {
        status = row(s, what, other, seed, y, &paired, err);
        *whole = n > 2 && paired == n;
        if (!status && *whole) status = akin_rank_correlation(x, y, n, value, err);
        *whole = *whole && isfinite(*value);
    } else if (akin_json_get(what, "best")) {
        status = tuned(s, what, seed, y, z, n, at, err);
        *whole = *at >= 0;
        if (*at >= 0) *value = x[*at];
    } else {
        *whole = n > 0;
        for (int64_t c = 0; c < n; c++) *value += x[c] / (double)n;
    }
    free(x);
    return status;
}

static akin_expect expect_of(const akin_json *claim)
{
    const char *text = akin_json_get_text(claim, "expect");
    return strcmp(text, "greater") == 0 ? AKIN_EXPECT_GREATER
           : strcmp(text, "less") == 0  ? AKIN_EXPECT_LESS
                                        : AKIN_EXPECT_EQUAL;
}

/* Whether a side is an exact number: of the file, or a measurement that akin plan computes and does not time.
 * */
static bool exact_side(const akin_study *s, const akin_json *what)
{
    if (akin_json_is_number(what)) return true;
    const char *name = akin_json_get_text(what, "measure");
    const akin_json *all = ak_study_list(s, "measures"), *tools = akin_json_get(s->root, "tools");
    for (size_t i = 0; i < akin_json_length(all); i++) {
        const akin_json *m = akin_json_at(all, i),
                        *tool = akin_json_get(tools, akin_json_get_text(m, "from"));
        const char *path = akin_json_get_text(m, "path"), *verb = akin_json_as_text(akin_json_at(tool, 0));
        if (strcmp(akin_json_get_text(m, "name"), name) != 0) continue;
        return !akin_json_get(what, "correlate") && path && verb && strcmp(verb, "plan") == 0 &&
               strncmp(path, "seconds", 7) != 0;
    }
    return false;
}

static void decide_exactly(akin_judgement *j, akin_expect expect, double margin)
{
    const akin_mean95 d = { .n = j->n, .mean = j->difference, .low = j->difference, .high = j->difference };
    j->exact = true;
    j->low = j->high = j->difference;
    j->verdict = ak_study_verdict(&d, expect, margin);
}

/* Widen the interval by the choice of test items, where the sides are paired on them. */
static akin_status cover_items(const akin_study *s, const akin_json *left, const akin_json *right,
                               const ak_study_pair *pair, akin_judgement *j, akin_error *err)
{
    double *x = NULL;
    akin_mean95 m = AKIN_MEAN95_INIT;
    int64_t items = 0;
    akin_status status = j->n > 1 ? ak_study_items(s, left, right, pair, j->n, &x, &items, err) : AKIN_OK;
    if (!status && items > 1) status = akin_crossed95_of(x, j->n, items, &m, err);
    free(x);
    if (status || items < 2) return status;
    j->items = items;
    j->low = j->difference - (m.high - m.mean);
    j->high = j->difference + (m.high - m.mean);
    return AKIN_OK;
}

static akin_status judge(const akin_study *s, const akin_json *claim, double *x, double *y,
                         ak_study_pair *pair, akin_judgement *j, akin_error *err)
{
    const akin_json *seeds = akin_json_get(s->root, "seeds"), *left = akin_json_get(claim, "left"),
                    *right = akin_json_get(claim, "right");
    const double margin = akin_json_as_real(akin_json_get(claim, "margin"));
    const akin_expect expect = expect_of(claim);
    int64_t n = 0;
    for (size_t i = 0; i < akin_json_length(seeds); i++) {
        bool has_left = false, has_right = false;
        ak_study_pair *p = &pair[n];
        p->seed = akin_json_as_int(akin_json_at(seeds, i));
        AK_TRY(side(s, left, p->seed, &x[n], &p->left, &has_left, err));
        AK_TRY(side(s, right, p->seed, &y[n], &p->right, &has_right, err));
        n += has_left && has_right;
    }
    AK_TRY(akin_paired_verdict(x, y, n, expect, margin, j, err));
    if (n > 0 && exact_side(s, left) && exact_side(s, right))
        return decide_exactly(j, expect, margin), AKIN_OK;
    AK_TRY(cover_items(s, left, right, pair, j, err));
    const akin_mean95 d = { .n = n, .mean = j->difference, .low = j->low, .high = j->high };
    j->verdict = ak_study_verdict(&d, expect, margin);
    return AKIN_OK;
}

akin_status ak_study_judge(const akin_study *s, const akin_json *claim, akin_judgement *out, akin_error *err)
{
    const size_t most = akin_json_length(akin_json_get(s->root, "seeds"));
    double *x = malloc(2 * most * sizeof *x); /* the sides, a value a seed */
    ak_study_pair *pair = malloc(most * sizeof *pair);
    akin_judgement j = AKIN_JUDGEMENT_INIT;
    akin_status status = x && pair ? judge(s, claim, x, x + most, pair, &j, err)
                                   : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the table");
    free(x);
    free(pair);
    return status ? status : ak_result_export(out, &j, "study_judge", err);
}

static const akin_json *claim_named(const akin_study *s, const char *name)
{
    const akin_json *all = akin_json_get(s->root, "claims");
    for (size_t i = 0; i < akin_json_length(all); i++)
        if (strcmp(akin_json_get_text(akin_json_at(all, i), "name"), name) == 0) return akin_json_at(all, i);
    return NULL;
}

const char *akin_study_claim_at(const akin_study *s, int i)
{
    const akin_json *all = s ? akin_json_get(s->root, "claims") : NULL;
    if (i < 0 || (size_t)i >= akin_json_length(all)) return NULL;
    return akin_json_get_text(akin_json_at(all, (size_t)i), "name");
}

akin_status akin_study_judge(const akin_study *s, const char *claim, akin_judgement *out, akin_error *err)
{
    if (!s || !claim || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "study_judge: study, claim and out must not be NULL");
    const akin_json *found = claim_named(s, claim);
    if (!found) return ak_fail(err, AKIN_ERR_ARGUMENT, "study_judge: there is no claim '%s'", claim);
    return ak_study_judge(s, found, out, err);
}
