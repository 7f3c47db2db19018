/* SPDX-License-Identifier: Apache-2.0 */
/* near/dups.c - pairs of rows that are nearly equal, their groups, and from where on a pair is one.
 *
 * A walk over all pairs in float finds candidates: those whose cosine may reach the threshold, rounding
 * reckoned in. Each is decided by its cosine in double, which no order of rows or threads changes. Ranks
 * share the tiles of a walk; the nearest and the pairs are put together after it (near/together.c). */
#include "akin/tool/dups.h"
#include "near/chance.h"
#include "near/near.h"
#include "near/together.h"
#include "theory/pairs.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct akin_dups {
    akin_dups_found found;
    akin_dup_pair *pair; /* [room] */
    int64_t room;
    int64_t *group, *nearest;
    double *similarity, *scale;
};

typedef struct search {
    const ak_near_rows *r;
    atomic_uint_least64_t *key; /* [m], or NULL: the nearest of each, as ordered() has it */
    akin_dups *d;
    double threshold;
    float candidate; /* least cosine in float that may reach the threshold; above 1: no pairs are sought */
    double one;      /* 1 less the rounding of a cosine in float */
    double *root;    /* [m], or NULL: a pair may also be as far apart as the product of its two */
    int64_t most;
    double share;  /* of the spacing, for the suggestion */
    double chance; /* share of the pairs that chance may have made */
    pthread_mutex_t lock;
    bool full, lack; /* more than most; no memory */
} search;

/* The nearest ---------------------------------------------------------------------------------------- */

/* Greater for what is more similar, then for the earlier row. */
static uint64_t ordered(float s, int64_t row)
{
    uint32_t bits;
    memcpy(&bits, &s, sizeof bits);
    bits = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
    return (uint64_t)bits << 32 | (0xffffffffu - (uint32_t)row);
}

static void raise_to(atomic_uint_least64_t *key, uint64_t to)
{
    uint_least64_t had = atomic_load(key);
    while (had < to && !atomic_compare_exchange_weak(key, &had, to)) {}
}

static void see_nearest(search *w, const ak_pair_tile *tile)
{
    uint64_t column[AK_PAIR_COLUMNS] = { 0 };
    for (int64_t r = 0; r < tile->rows; r++) {
        const int64_t i = tile->first_row + r;
        const float *s = tile->s + r * AK_PAIR_COLUMNS;
        uint64_t best = 0;
        for (int64_t c = i < tile->first_column ? 0 : i + 1 - tile->first_column; c < tile->columns; c++) {
            const uint64_t of_row = ordered(s[c], tile->first_column + c), of_column = ordered(s[c], i);
            best = of_row > best ? of_row : best;
            column[c] = of_column > column[c] ? of_column : column[c];
        }
        raise_to(&w->key[i], best);
    }
    for (int64_t c = 0; c < tile->columns; c++) raise_to(&w->key[tile->first_column + c], column[c]);
}

/* Pairs ---------------------------------------------------------------------------------------------- */

/* Under the lock. */
static void add_pair(search *w, int64_t a, int64_t b, double s)
{
    akin_dups *d = w->d;
    if (w->full || w->lack) return;
    if (d->found.pairs == w->most) {
        w->full = true;
        return;
    }
    if (d->found.pairs == d->room) {
        const int64_t room = 2 * d->room + 1024;
        akin_dup_pair *more = realloc(d->pair, (size_t)room * sizeof *more);
        w->lack = !more;
        if (!more) return;
        d->pair = more;
        d->room = room;
    }
    d->pair[d->found.pairs++] = (akin_dup_pair){ w->r->item[a], w->r->item[b], s };
}

static void see_pairs(search *w, const ak_pair_tile *tile)
{
    for (int64_t r = 0; r < tile->rows; r++) {
        const int64_t i = tile->first_row + r;
        const float *s = tile->s + r * AK_PAIR_COLUMNS;
        for (int64_t c = i < tile->first_column ? 0 : i + 1 - tile->first_column; c < tile->columns; c++) {
            const double more = w->root ? w->root[i] * w->root[tile->first_column + c] : 0;
            if (!(s[c] >= w->candidate) && !((double)s[c] + more >= w->one)) continue;
            const double exact = ak_near_cosine(w->r, i, tile->first_column + c);
            if (exact < w->threshold && 1 - exact > more) continue;
            pthread_mutex_lock(&w->lock);
            add_pair(w, i, tile->first_column + c, exact);
            pthread_mutex_unlock(&w->lock);
        }
    }
}

static void see(const ak_pair_tile *tile, int64_t task, void *ctx)
{
    search *w = ctx;
    (void)task;
    if (w->key) see_nearest(w, tile);
    if (w->candidate <= 1) see_pairs(w, tile);
}

static akin_status walk_part(int64_t begin, int64_t end, void *ctx, akin_error *err)
{
    search *w = ctx;
    AK_TRY(ak_pairs_walk_part(akin_mat_const(w->r->unit), begin, end, see, w, err));
    return w->lack ? ak_no_memory(err, "for %lld pairs", (long long)w->d->found.pairs) : AKIN_OK;
}

static akin_status walk(search *w, akin_error *err)
{
    akin_dups *d = w->d;
    const int64_t m = w->r->m, first = d->found.pairs;
    const ak_division all = { .rows = ak_pair_tasks(m),
                              .step = 1,
                              .cost = AK_PAIR_ROWS * (double)m * (double)w->r->rows.cols / 2,
                              .work = walk_part,
                              .ctx = w };
    AK_TRY(ak_comm_divide(w->r->ranks, &all, err));
    if (w->key) AK_TRY(ak_nearest_together(w->r->ranks, w->key, m, err));
    ak_pair_list list = { d->pair, d->room, d->found.pairs };
    const akin_status status =
        w->candidate <= 1 ? ak_pairs_together(w->r->ranks, &list, first, w->most, &w->full, err) : AKIN_OK;
    d->pair = list.pair;
    d->room = list.room;
    d->found.pairs = list.pairs;
    if (status) return status;
    if (w->full)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "dups: more than %lld pairs are %.6g alike or more; those are no copies, so give a "
                       "threshold nearer to 1",
                       (long long)w->most, w->threshold);
    return AKIN_OK;
}

/* The rounding of units and of a product in float is below 2^-24 (d + 4). */
static void seek(search *w, double threshold)
{
    w->threshold = threshold;
    w->one = 1 - 6e-8 * (double)(w->r->rows.cols + 8);
    w->candidate = (float)(threshold - (1 - w->one));
}

typedef struct ranked {
    double rank;
    akin_dup_pair pair;
} ranked;

static int by_rank(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    if (x->pair.a != y->pair.a) return x->pair.a < y->pair.a ? -1 : 1;
    return (x->pair.b > y->pair.b) - (x->pair.b < y->pair.b);
}

static double ratio_of(const akin_dups *d, const akin_dup_pair *p)
{
    return ak_chance_ratio(1 - p->similarity, d->scale[p->a], d->scale[p->b]);
}

/* Over the distance that the pair may have. */
static double part_of(const akin_dups *d, const akin_dup_pair *p)
{
    const double often = ratio_of(d, p) / d->found.reach,
                 always = (1 - p->similarity) / (1 - d->found.threshold);
    return d->found.reach > 0 && often < always ? often : always;
}

/* From pair `first` on, in order of rank(); NULL: of distance. */
static akin_status order_pairs(akin_dups *d, int64_t first,
                               double (*rank)(const akin_dups *, const akin_dup_pair *), akin_error *err)
{
    const int64_t n = d->found.pairs - first;
    ranked *list = ak_alloc(sizeof *list, n + 1, 1);
    if (!list) return ak_no_memory(err, "for %lld pairs", (long long)n);
    for (int64_t p = 0; p < n; p++) {
        list[p].pair = d->pair[first + p];
        list[p].rank = rank ? rank(d, &list[p].pair) : -list[p].pair.similarity;
    }
    qsort(list, (size_t)n, sizeof *list, by_rank);
    for (int64_t p = 0; p < n; p++) d->pair[first + p] = list[p].pair;
    free(list);
    return AKIN_OK;
}

static int by_later(const void *a, const void *b)
{
    const akin_dup_pair *x = a, *y = b;
    if (x->b != y->b) return x->b < y->b ? -1 : 1;
    return (x->a > y->a) - (x->a < y->a);
}

/* Room for the pairs of equal rows before any other is found. */
static akin_status begin_pairs(akin_dups *d, const ak_near_rows *r, akin_error *err)
{
    d->room = r->equal + 1024;
    free(d->pair);
    d->pair = malloc((size_t)d->room * sizeof *d->pair);
    d->found.pairs = 0;
    if (!d->pair) return ak_no_memory(err, "for %lld pairs", (long long)d->room);
    for (int64_t i = 0; i < r->rows.rows; i++)
        if (r->same[i] != i) d->pair[d->found.pairs++] = (akin_dup_pair){ r->same[i], i, 1 };
    return AKIN_OK;
}

/* What akin_dups_found says of group. */
static void settle(akin_dups *d, const ak_near_rows *r, bool *more)
{
    akin_dups_found *f = &d->found;
    qsort(d->pair, (size_t)f->pairs, sizeof *d->pair, by_later);
    for (int64_t i = 0; i < f->n; i++) d->group[i] = i;
    for (int64_t p = 0; p < f->pairs; p++) {
        const akin_dup_pair *q = &d->pair[p];
        if (r->same[q->b] == q->b && d->group[q->b] == q->b && d->group[q->a] == q->a) d->group[q->b] = q->a;
    }
    for (int64_t i = 0; i < f->n; i++) {
        if (r->same[i] != i) d->group[i] = d->group[r->same[i]];
        if (d->group[i] == i) continue;
        f->copies++;
        f->groups += !more[d->group[i]];
        more[d->group[i]] = true;
    }
}

/* nearest and similarity of the rows that differ, the walk's. */
static void read_nearest(search *w)
{
    const ak_near_rows *r = w->r;
    for (int64_t k = 0; k < r->m && r->m > 1; k++) {
        const int64_t other = (int64_t)(0xffffffffu - (uint32_t)(atomic_load(&w->key[k]) & 0xffffffffu));
        w->d->nearest[r->item[k]] = r->item[other];
        w->d->similarity[r->item[k]] = ak_near_cosine(r, k, other);
    }
}

/* Those of equal rows are those of the first; what usually lies between a row and its nearest. */
static akin_status share_nearest(search *w, akin_error *err)
{
    const ak_near_rows *r = w->r;
    akin_dups *d = w->d;
    akin_dups_found *f = &d->found;
    double *apart = ak_alloc(sizeof *apart, f->n, 1);
    if (!apart) return ak_no_memory(err, "for %lld rows", (long long)f->n);
    int64_t n = 0;
    for (int64_t k = 0; k < r->m && r->m > 1; k++) apart[n++] = 1 - d->similarity[r->item[k]];
    for (int64_t i = 0; i < f->n; i++) {
        d->nearest[i] = d->nearest[r->same[i]];
        d->similarity[i] = d->similarity[r->same[i]];
        if (d->scale) d->scale[i] = d->scale[r->same[i]];
    }
    f->spacing = ak_near_spacing(apart, n, &f->based);
    const double suggested = ak_near_suggest(f->spacing, w->share, 2);
    f->suggested = f->based >= AKIN_DUPS_LEAST && suggested > 0 ? suggested : NAN;
    if (f->based < AKIN_DUPS_LEAST) f->spacing = NAN;
    free(apart);
    return AKIN_OK;
}

static akin_status suggest(const akin_dups_found *f, double *threshold, akin_error *err)
{
    if (!isfinite(f->suggested))
        return ak_fail(err, AKIN_ERR_INPUT,
                       "dups: no threshold can be suggested from %lld rows that differ; it takes %d, so say "
                       "how similar copies are (1: equal ones alone)",
                       (long long)f->based, AKIN_DUPS_LEAST);
    *threshold = 1 - f->suggested;
    return AKIN_OK;
}

/* Chance ----------------------------------------------------------------------------------------------- */

/* Of the pairs behind those of equal rows, in order of their ratio, those stay that chance does not
 * explain. */
static akin_status cut(search *w, const ak_chance *c, akin_error *err)
{
    akin_dups *d = w->d;
    akin_dups_found *f = &d->found;
    const int64_t first = w->r->equal, n = f->pairs - first;
    AK_TRY(order_pairs(d, first, ratio_of, err));
    double *ratio = ak_alloc(sizeof *ratio, n + 1, 1);
    if (!ratio) return ak_no_memory(err, "for %lld pairs", (long long)n);
    for (int64_t p = 0; p < n; p++) ratio[p] = ratio_of(d, &d->pair[first + p]);
    f->reach = ak_chance_reach(c, ratio, n, w->chance);
    f->dimension = c->dimension;
    f->expected = ak_chance_expected(c, f->reach);
    f->pairs = first;
    for (int64_t p = 0; p < n; p++)
        if (ratio[p] <= f->reach || d->pair[first + p].similarity >= f->threshold)
            d->pair[f->pairs++] = d->pair[first + p];
    free(ratio);
    return AKIN_OK;
}

static akin_status walk_by_chance(search *w, const ak_chance *c, akin_error *err)
{
    akin_dups *d = w->d;
    for (int64_t k = 0; k < c->m; k++) {
        d->nearest[w->r->item[k]] = w->r->item[c->near[k].row];
        d->similarity[w->r->item[k]] = 1 - c->near[k].distance;
        d->scale[w->r->item[k]] = c->scale[k];
        w->root[k] = sqrt(AK_CHANCE_MOST * c->scale[k]);
    }
    AK_TRY(share_nearest(w, err));
    double threshold;
    AK_TRY(suggest(&d->found, &threshold, err));
    d->found.threshold = 1 - d->found.suggested / 2;
    seek(w, d->found.threshold);
    AK_TRY(walk(w, err));
    return cut(w, c, err);
}

static akin_status find_by_chance(search *w, akin_error *err)
{
    ak_chance c = { .m = 0 };
    akin_dups *d = w->d;
    d->found.based = w->r->m;
    d->found.suggested = NAN;
    if (w->r->m <= AK_CHANCE_ROWS) return suggest(&d->found, &d->found.threshold, err);
    d->scale = ak_alloc(sizeof *d->scale, d->found.n, 1);
    w->root = ak_alloc(sizeof *w->root, w->r->m, 1);
    akin_status status =
        d->scale && w->root ? AKIN_OK : ak_no_memory(err, "for %lld rows", (long long)d->found.n);
    for (int64_t i = 0; i < d->found.n && !status; i++) d->scale[i] = NAN;
    if (!status) status = ak_chance_open(w->r, &c, err);
    if (!status) status = walk_by_chance(w, &c, err);
    ak_chance_close(&c);
    free(w->root);
    w->root = NULL;
    return status;
}

/* One walk where the threshold is known, else one for the nearest and one for pairs. */
static akin_status find_by_threshold(search *w, double threshold, akin_error *err)
{
    const bool given = threshold != AKIN_DUPS_SUGGESTED;
    w->key = ak_alloc(sizeof *w->key, w->r->m ? w->r->m : 1, 1);
    if (!w->key) return ak_no_memory(err, "for %lld rows", (long long)w->r->m);
    if (given) seek(w, threshold);
    akin_status status = walk(w, err);
    if (!status) read_nearest(w);
    if (!status) status = share_nearest(w, err);
    free(w->key);
    w->key = NULL;
    if (!status && !given) {
        status = suggest(&w->d->found, &threshold, err);
        if (!status) seek(w, threshold);
        if (!status) status = walk(w, err);
    }
    w->d->found.threshold = threshold;
    return status;
}

static akin_status find(search *w, double threshold, bool *more, akin_error *err)
{
    akin_dups *d = w->d;
    AK_TRY(begin_pairs(d, w->r, err));
    for (int64_t i = 0; i < d->found.n; i++) {
        d->nearest[i] = -1;
        d->similarity[i] = NAN;
    }
    const bool chance = threshold == AKIN_DUPS_CHANCE;
    AK_TRY(chance ? find_by_chance(w, err) : find_by_threshold(w, threshold, err));
    settle(d, w->r, more);
    return order_pairs(d, 0, chance ? part_of : NULL, err);
}

static akin_status search_rows(akin_dups *d, const ak_near_rows *r, const akin_dups_opts *o, akin_error *err)
{
    const int64_t n = r->rows.rows;
    search w = { .r = r, .d = d, .candidate = 2, .most = o->most > r->equal ? o->most : r->equal };
    w.share = o->share;
    w.chance = o->chance;
    bool *more = ak_alloc(sizeof *more, n, 1);
    d->group = ak_alloc(sizeof *d->group, n, 1);
    d->nearest = ak_alloc(sizeof *d->nearest, n, 1);
    d->similarity = ak_alloc(sizeof *d->similarity, n, 1);
    const bool locked = pthread_mutex_init(&w.lock, NULL) == 0;
    akin_status status = more && d->group && d->nearest && d->similarity && locked
                             ? find(&w, o->threshold, more, err)
                             : ak_no_memory(err, "for %lld rows", (long long)n);
    if (locked) pthread_mutex_destroy(&w.lock);
    free(more);
    return status;
}

/* *out may be half made on failure. */
static akin_status find_in(akin_cmat rows, const akin_dups_opts *o, akin_dups **out, akin_error *err)
{
    ak_near_rows r;
    AK_TRY(ak_near_open(rows, "dups: rows", o->ranks, &r, err));
    akin_dups *d = calloc(1, sizeof *d);
    akin_status status = d ? AKIN_OK : ak_no_memory(err, "for %lld rows", (long long)rows.rows);
    if (d) d->found = (akin_dups_found){ .n = rows.rows, .zeros = r.zeros, .equal = r.equal };
    if (!status) status = search_rows(d, &r, o, err);
    ak_near_close(&r);
    *out = d;
    if (status) return status;
    d->found.pair = d->pair;
    d->found.group = d->group;
    d->found.nearest = d->nearest;
    d->found.similarity = d->similarity;
    d->found.scale = d->scale;
    return AKIN_OK;
}

akin_status akin_dups_find(akin_cmat rows, const akin_dups_opts *opts, akin_dups **out, akin_error *err)
{
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "dups: out must not be NULL");
    akin_dups_opts o = AKIN_DUPS_OPTS_INIT;
    AK_TRY(ak_opts_import(&o, opts, "dups", err));
    if (o.threshold != AKIN_DUPS_SUGGESTED && o.threshold != AKIN_DUPS_CHANCE &&
        !(o.threshold > 0 && o.threshold <= 1))
        return ak_fail(err, AKIN_ERR_RANGE, "dups: threshold is %g; it must lie in (0,1]", o.threshold);
    if (o.most < 1)
        return ak_fail(err, AKIN_ERR_RANGE, "dups: most is %lld; it must be 1 at least", (long long)o.most);
    if (!(o.share > 0 && o.share < 1))
        return ak_fail(err, AKIN_ERR_RANGE, "dups: share is %g; it must lie in (0,1)", o.share);
    if (!(o.chance > 0 && o.chance < 1))
        return ak_fail(err, AKIN_ERR_RANGE, "dups: chance is %g; it must lie in (0,1)", o.chance);
    akin_dups *d = NULL;
    const akin_status status = ak_comm_settle(o.ranks, find_in(rows, &o, &d, err), err);
    if (status)
        akin_dups_free(d);
    else
        *out = d;
    return status;
}

const akin_dups_found *akin_dups_look(const akin_dups *d) { return d ? &d->found : NULL; }

void akin_dups_free(akin_dups *d)
{
    if (!d) return;
    free(d->pair);
    free(d->group);
    free(d->nearest);
    free(d->similarity);
    free(d->scale);
    free(d);
}
