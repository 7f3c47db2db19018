/* SPDX-License-Identifier: Apache-2.0 */
/* train/visits.c - the order of visits.h, as arithmetic. */
#include "train/visits.h"

/* A step as this rank sees it. */
typedef struct part {
    ak_row_span whole[3];
    int spans;
    int64_t all, first, chunks; /* chunks of all ranks; of this one: which is the first, how many */
    int64_t anchor, anchors;    /* of this rank: the first, how many */
    int64_t of_chunk;           /* anchors of a chunk of this rank */
} part;

static part part_of(const ak_visits *v, const ak_sampler *s)
{
    part p;
    const int64_t ranks = v->ranks > 1 ? v->ranks : 1, rank = v->ranks > 1 ? v->rank : 0;
    p.spans = ak_sampler_spans(s, p.whole);
    const int64_t batch = p.whole[0].rows;
    p.all = v->micro ? batch / v->micro : ranks;
    p.first = p.all * rank / ranks;
    p.chunks = p.all * (rank + 1) / ranks - p.first;
    p.anchor = v->micro ? p.first * v->micro : batch * rank / ranks;
    p.anchors = v->micro ? p.chunks * v->micro : batch * (rank + 1) / ranks - p.anchor;
    p.of_chunk = v->micro ? v->micro : p.anchors;
    return p;
}

int64_t ak_visits_all_chunks(const ak_visits *v, const ak_sampler *s) { return part_of(v, s).all; }
int64_t ak_visits_first_chunk(const ak_visits *v, const ak_sampler *s) { return part_of(v, s).first; }
int64_t ak_visits_chunks(const ak_visits *v, const ak_sampler *s) { return part_of(v, s).chunks; }

int64_t ak_visits_rank_first(const ak_visits *v, const ak_sampler *s, int i, int rank)
{
    ak_visits of = *v;
    of.rank = rank;
    const part p = part_of(&of, s);
    return p.whole[i].first + p.whole[i].rows / p.whole[0].rows * p.anchor;
}

int64_t ak_visits_count(const ak_visits *v, const ak_sampler *s)
{
    const int64_t chunks = ak_visits_chunks(v, s);
    return (v->keys ? chunks : 0) + 2 * chunks - 1;
}

ak_visit ak_visits_at(const ak_visits *v, const ak_sampler *s, int64_t i)
{
    const int64_t chunks = ak_visits_chunks(v, s);
    if (v->keys && i < chunks) return (ak_visit){ AK_VISIT_KEYS, i };
    if (v->keys) i -= chunks;
    if (i < chunks) return (ak_visit){ AK_VISIT_ENCODE, i };
    return (ak_visit){ AK_VISIT_AGAIN, 2 * chunks - 2 - i };
}

int ak_visits_spans(const ak_visits *v, const ak_sampler *s, ak_row_span spans[3])
{
    const part p = part_of(v, s);
    int64_t first = 0;
    if (v->whole) return ak_sampler_spans(s, spans);
    for (int i = 0; i < p.spans; first += spans[i++].rows)
        /* a whole number: every span is a multiple of the anchors */
        spans[i] = (ak_row_span){ first, p.whole[i].rows / p.whole[0].rows * p.anchors, p.whole[i].view };
    return p.spans;
}

static int spans_of(const ak_visits *v, const ak_sampler *s, ak_visit at, bool own, ak_row_span spans[3])
{
    const part p = part_of(v, s);
    ak_row_span of_rank[3];
    ak_visits_spans(v, s, of_rank);
    int count = 0;
    for (int i = 0; i < p.spans; i++) {
        if (v->keys && !v->both && (at.kind == AK_VISIT_KEYS) != (i == 1)) continue;
        const int64_t each = p.whole[i].rows / p.whole[0].rows;
        const int64_t from = own ? of_rank[i].first : p.whole[i].first + p.anchor * each;
        spans[count++] =
            (ak_row_span){ from + at.chunk * p.of_chunk * each, p.of_chunk * each, p.whole[i].view };
    }
    return count;
}

int ak_visit_spans(const ak_visits *v, const ak_sampler *s, ak_visit at, ak_row_span spans[3])
{
    return spans_of(v, s, at, false, spans);
}

int ak_visit_places(const ak_visits *v, const ak_sampler *s, ak_visit at, ak_row_span spans[3])
{
    return spans_of(v, s, at, !v->whole, spans);
}

int64_t ak_visits_rows(const ak_visits *v, const ak_sampler *s)
{
    ak_row_span spans[3];
    const int n = ak_visit_spans(v, s, (ak_visit){ AK_VISIT_ENCODE, 0 }, spans);
    int64_t rows = 0;
    for (int i = 0; i < n; i++) rows += spans[i].rows;
    return rows;
}
