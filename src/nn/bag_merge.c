/* SPDX-License-Identifier: Apache-2.0 */
/* nn/bag_merge.c - the ids of all parts are sorted as the occurrences of a batch are (bag_sort.c), only that
 * what stands beside an id is not a row of the batch but its place among the ids of all parts. A sort that is
 * stable leaves the parts of an id in order.
 *
 * Precision. Sums over parts are float, as those of a part are. Threads: an id is one thread's. */
#include "nn/bag_merge.h"

#include "nn/bag.h"

#include <string.h>

enum { GRAIN = 64 }; /* ids worth a thread */

struct ak_bag_merge {
    akin_bag *bag;
    int parts;
    int64_t most, room, bytes; /* ids, rows of a piece */
    ak_occurrences seen;
    int32_t *ids;                            /* [most] */
    float *rows;                             /* [room][dim] */
    int64_t *begin, *first, *place, *cursor; /* [parts+1] each */
    int64_t from, until;                     /* distinct ids of the piece */
};

static bool take(ak_bag_merge *m, size_t item, int64_t n, void *out)
{
    void *p = ak_alloc(item, n, 1);
    memcpy(out, &p, sizeof p);
    m->bytes += (int64_t)item * n;
    return p != NULL;
}

static bool allocate(ak_bag_merge *m)
{
    ak_occurrences *o = &m->seen;
    const int64_t tokens = m->bag->opts.tokens, distinct = m->most < tokens ? m->most : tokens;
    return take(m, sizeof *o->pair, m->most, &o->pair) && take(m, sizeof *o->spare, m->most, &o->spare) &&
           take(m, sizeof *o->counts, AK_BAG_CHUNKS << AK_BAG_DIGITS, &o->counts) &&
           take(m, sizeof *o->row, m->most, &o->row) && take(m, sizeof *o->id, distinct, &o->id) &&
           take(m, sizeof *o->first, distinct + 1, &o->first) && take(m, sizeof *m->ids, m->most, &m->ids) &&
           take(m, sizeof *m->rows, m->room * m->bag->opts.dim, &m->rows) &&
           take(m, sizeof *m->begin, m->parts + 1, &m->begin) &&
           take(m, sizeof *m->first, m->parts + 1, &m->first) &&
           take(m, sizeof *m->place, m->parts + 1, &m->place) &&
           take(m, sizeof *m->cursor, m->parts + 1, &m->cursor);
}

akin_status ak_bag_merge_create(akin_bag *bag, int parts, int64_t most, int64_t bytes, ak_bag_merge **out,
                                akin_error *err)
{
    if (most > INT32_MAX)
        return ak_fail(err, AKIN_ERR_NOMEM, "%lld ids of a step are more than %d", (long long)most,
                       INT32_MAX);
    ak_bag_merge *m = calloc(1, sizeof *m);
    if (m) {
        *m = (ak_bag_merge){ .bag = bag, .parts = parts, .most = most };
        m->room = bytes / (bag->opts.dim * (int64_t)sizeof *m->rows);
        if (m->room > most) m->room = most;
        if (m->room < parts) m->room = parts;
    }
    if (!m || !allocate(m)) {
        ak_bag_merge_free(m);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the gradients of %lld ids in %d parts",
                       (long long)most, parts);
    }
    bag->parts = parts;
    *out = m;
    return AKIN_OK;
}

void ak_bag_merge_free(ak_bag_merge *m)
{
    if (!m) return;
    free(m->seen.pair);
    free(m->seen.spare);
    free(m->seen.counts);
    free(m->seen.row);
    free(m->seen.id);
    free(m->seen.first);
    free(m->ids);
    free(m->rows);
    free(m->begin);
    free(m->first);
    free(m->place);
    free(m->cursor);
    free(m);
}

int64_t ak_bag_merge_bytes(const ak_bag_merge *m) { return m ? m->bytes : 0; }
int32_t *ak_bag_merge_ids(ak_bag_merge *m) { return m->ids; }

void ak_bag_merge_begin(ak_bag_merge *m, const int64_t *begin)
{
    ak_occurrences *o = &m->seen;
    memcpy(m->begin, begin, (size_t)(m->parts + 1) * sizeof *begin);
    memcpy(m->cursor, begin, (size_t)(m->parts + 1) * sizeof *begin);
    o->n = begin[m->parts];
    for (int64_t k = 0; k < o->n; k++) o->pair[k] = (uint64_t)(uint32_t)m->ids[k] << 32 | (uint64_t)k;
    ak_bag_sort(o, m->bag->opts.tokens);
    m->until = 0;
}

bool ak_bag_merge_next(ak_bag_merge *m, ak_bag_piece *piece)
{
    const ak_occurrences *o = &m->seen;
    m->from = m->until;
    while (m->until < o->touched && o->first[m->until + 1] - o->first[m->from] <= m->room) m->until++;
    for (int p = 0; p < m->parts; p++) {
        int64_t end = m->cursor[p];
        while (end < m->begin[p + 1] && (m->until == o->touched || m->ids[end] < o->id[m->until])) end++;
        m->first[p] = m->cursor[p] - m->begin[p];
        m->place[p + 1] = m->place[p] + end - m->cursor[p];
        m->cursor[p] = end;
    }
    *piece = (ak_bag_piece){ m->first, m->place, m->rows, m->bag->opts.dim };
    if (m->from == m->until) m->bag->stage = AK_BAG_UPDATED;
    return m->from < m->until;
}

typedef struct apply_job {
    const ak_bag_merge *m;
    ak_bag_rates rates;
} apply_job;

/* The sum over the parts of distinct id u; g is 0 beyond dim. */
static void sum_parts(const ak_bag_merge *m, int64_t u, float *g)
{
    const int64_t dim = m->bag->opts.dim;
    int p = 0;
    for (int64_t k = m->seen.first[u]; k < m->seen.first[u + 1]; k++) {
        const int64_t at = m->seen.row[k];
        while (at >= m->begin[p + 1]) p++;
        const float *x = m->rows + (m->place[p] + at - m->begin[p] - m->first[p]) * dim;
        if (k == m->seen.first[u])
            memcpy(g, x, (size_t)dim * sizeof *g);
        else
            for (int64_t j = 0; j < dim; j++) g[j] += x[j];
    }
}

static void apply_range(int64_t begin, int64_t end, void *ctx)
{
    const apply_job *w = ctx;
    _Alignas(64) float g[AK_BAG_WIDEST] = { 0 };
    for (int64_t u = w->m->from + begin; u < w->m->from + end; u++) {
        sum_parts(w->m, u, g);
        ak_bag_apply(w->m->bag, w->m->seen.id[u], g, w->rates);
    }
}

void ak_bag_merge_apply(ak_bag_merge *m, double lr)
{
    const double begin = ak_now_s();
    apply_job w = { m, ak_bag_rates_of(m->bag, lr) };
    ak_parallel_for(m->until - m->from, GRAIN, apply_range, &w);
    m->bag->update_s += ak_now_s() - begin;
}
