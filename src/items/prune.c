/* SPDX-License-Identifier: Apache-2.0 */
/* items/prune.c - scores as orders, orders compared, and which items stay; include/akin/tool/items.h has
 * the rules.
 *
 * Everything is an order of items from which a beginning is dropped, and the beginnings of one order are
 * nested. Equal scores go by index, so that an order is a function of the scores alone. */
#include "akin/tool/items.h"

#include "base/base.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

/* The list ----------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *means;
    int sign;
} SCORES[] = {
#define X(id, name, sign, what) { name, what, sign },
    AKIN_SCORE_MAP(X)
#undef X
};

const char *akin_score_name(akin_score s) { return s >= 0 && s < AKIN_SCORES ? SCORES[s].name : NULL; }
const char *akin_score_text(akin_score s) { return s >= 0 && s < AKIN_SCORES ? SCORES[s].means : NULL; }
int akin_score_sign(akin_score s) { return s >= 0 && s < AKIN_SCORES ? SCORES[s].sign : 0; }

/* What stays --------------------------------------------------------------------------------------------- */

static akin_status check_share(double x, const char *name, akin_error *err)
{
    return x <= 1 ? AKIN_OK : ak_fail(err, AKIN_ERR_RANGE, "prune: %s is %g; a share lies in [0,1]", name, x);
}

static akin_status check(const int64_t *order, const int64_t *groups, int64_t n, const akin_prune_opts *o,
                         const uint8_t *kept, akin_error *err)
{
    const int shares = (o->drop >= 0) + (o->random >= 0) + (o->keep >= 0);
    if (n < 1 || !kept) return ak_fail(err, AKIN_ERR_ARGUMENT, "prune: there are no items, or kept is NULL");
    if (shares > 1)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "prune: one of drop, random and keep can be given");
    if (shares == 0 && !o->copies) return ak_fail(err, AKIN_ERR_ARGUMENT, "prune: nothing is to be dropped");
    if (!order && (o->drop >= 0 || o->keep >= 0))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "prune: drop and keep need an order of items");
    if (!groups && o->copies)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "prune: copies need the groups of items");
    AK_TRY(check_share(o->drop, "drop", err));
    AK_TRY(check_share(o->random, "random", err));
    return check_share(o->keep, "keep", err);
}

static int64_t part_of(double share, int64_t n) { return (int64_t)llround(share * (double)n); }

static akin_status drop_random(int64_t n, const akin_prune_opts *o, uint8_t *kept, akin_error *err)
{
    if (n > INT32_MAX)
        return ak_fail(err, AKIN_ERR_RANGE, "prune: %lld items; at most %d", (long long)n, INT32_MAX);
    int32_t *order = ak_alloc(sizeof *order, n, 1);
    if (!order) return ak_fail(err, AKIN_ERR_NOMEM, "prune: no memory for %lld items", (long long)n);
    ak_rng r = ak_rng_at(o->seed, AK_RNG_PRUNE, 0, 0, 0);
    for (int64_t i = 0; i < n; i++) order[i] = (int32_t)i;
    ak_rng_shuffle(&r, order, n);
    for (int64_t k = 0; k < part_of(o->random, n); k++) kept[order[k]] = 0;
    free(order);
    return AKIN_OK;
}

akin_status akin_prune(const int64_t *order, const int64_t *groups, int64_t n, const akin_prune_opts *opts,
                       uint8_t *kept, akin_error *err)
{
    akin_prune_opts o = AKIN_PRUNE_OPTS_INIT;
    AK_TRY(ak_opts_import(&o, opts, "prune", err));
    AK_TRY(check(order, groups, n, &o, kept, err));
    uint8_t *stays = ak_alloc(1, n, 1);
    if (!stays) return ak_fail(err, AKIN_ERR_NOMEM, "prune: no memory for %lld items", (long long)n);
    int64_t left = 0;
    for (int64_t i = 0; i < n; i++) left += stays[i] = !o.copies || groups[i] == i;
    for (int64_t k = 0; o.drop >= 0 && k < part_of(o.drop, n); k++) stays[order[k]] = 0;
    for (int64_t k = 0; o.keep >= 0 && left > part_of(o.keep, n); k++) {
        left -= stays[order[k]];
        stays[order[k]] = 0;
    }
    akin_status status = o.random >= 0 ? drop_random(n, &o, stays, err) : AKIN_OK;
    left = 0;
    for (int64_t i = 0; i < n; i++) left += stays[i];
    if (!status && left == 0)
        status = ak_fail(err, AKIN_ERR_RANGE, "prune: none of the %lld items would stay", (long long)n);
    if (!status) memcpy(kept, stays, (size_t)n);
    free(stays);
    return status;
}
