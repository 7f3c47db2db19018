/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_hold_out.c - a share of the items of each group moves from train to val and test. */
#include "base/rng.h"
#include "text/corpus.h"
#include "text/corpus_readers.h"

#include <math.h>

/* Move items of one group out of train; `items` are the m of the group that are in train, in order. */
static void hold_out(akin_corpus *c, int32_t *items, int64_t m, int64_t group)
{
    const double frac[3] = { 0, c->opts.val_frac, c->opts.test_frac };
    int64_t take[3] = { 0, 0, 0 };
    const int64_t wanted = (frac[1] > 0) + (frac[2] > 0);
    for (int s = 1; s < 3; s++) {
        take[s] = llround((double)m * frac[s]);
        if (frac[s] > 0 && take[s] == 0 && m > wanted) take[s] = 1;
    }
    while (take[1] + take[2] > m - 1) take[take[1] > take[2] ? 1 : 2]--;
    if (c->opts.shuffle) {
        ak_rng r = ak_rng_at(c->opts.seed, AK_RNG_HOLD_OUT, 0, (uint64_t)group, 0);
        ak_rng_shuffle(&r, items, m);
    }
    for (int64_t i = m - take[1] - take[2]; i < m; i++) c->item[items[i]].split = i < m - take[2] ? 1 : 2;
}

static akin_status hold_out_all(akin_corpus *c, akin_error *err)
{
    const int64_t groups = c->groups + 1; /* the last: items of none */
    int64_t *begin = calloc((size_t)groups + 2, sizeof *begin);
    int32_t *items = malloc((size_t)c->n * sizeof *items);
    if (!begin || !items) {
        free(begin);
        free(items);
        return ak_no_memory(err, "to hold out of the %lld texts of '%s'", (long long)c->n, c->path);
    }
    for (int64_t i = 0; i < c->n; i++) {
        const int64_t g = c->group[i] < 0 ? c->groups : c->group[i];
        begin[g + 2] += c->item[i].split == 0;
    }
    for (int64_t g = 2; g < groups + 2; g++) begin[g] += begin[g - 1];
    for (int64_t i = 0; i < c->n; i++) {
        const int64_t g = c->group[i] < 0 ? c->groups : c->group[i];
        if (c->item[i].split == 0) items[begin[g + 1]++] = (int32_t)i;
    }
    for (int64_t g = 0; g < groups; g++)
        if (begin[g + 1] > begin[g]) hold_out(c, items + begin[g], begin[g + 1] - begin[g], g);
    free(begin);
    free(items);
    return AKIN_OK;
}

static akin_status check_hold_out(const akin_corpus *c, akin_error *err)
{
    if (c->tuples > 0)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' has rows with anchor and positive, of which no items can be held out", c->path);
    const double frac[3] = { 0, c->opts.val_frac, c->opts.test_frac };
    for (int64_t i = 0; i < c->n; i++) {
        const int s = c->item[i].split;
        if (s > 0 && frac[s] > 0)
            return ak_fail(err, AKIN_ERR_INPUT, "'%s' has a split %s already; leave out --%s", c->path,
                           ak_text_splits[s], s == 1 ? "hold-val" : "holdout");
    }
    return AKIN_OK;
}

akin_status ak_corpus_hold_out(akin_corpus *c, akin_error *err)
{
    if (c->opts.val_frac <= 0 && c->opts.test_frac <= 0) return AKIN_OK;
    AK_TRY(check_hold_out(c, err));
    return hold_out_all(c, err);
}
