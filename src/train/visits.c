/* SPDX-License-Identifier: Apache-2.0 */
/* train/visits.c - the order of visits.h, as arithmetic. */
#include "train/visits.h"

int64_t ak_visits_chunks(const ak_visits *v, const ak_sampler *s)
{
    ak_row_span whole[3];
    ak_sampler_spans(s, whole);
    return v->micro ? whole[0].rows / v->micro : 1;
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

int ak_visit_spans(const ak_visits *v, const ak_sampler *s, ak_visit at, ak_row_span spans[3])
{
    ak_row_span whole[3];
    const int n = ak_sampler_spans(s, whole);
    const int64_t chunks = ak_visits_chunks(v, s);
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (v->keys && (at.kind == AK_VISIT_KEYS) != (i == 1)) continue;
        const int64_t rows =
            whole[i].rows / chunks; /* a whole number: every span is a multiple of the anchors */
        spans[count++] = (ak_row_span){ whole[i].first + at.chunk * rows, rows, whole[i].view };
    }
    return count;
}

int64_t ak_visits_rows(const ak_visits *v, const ak_sampler *s)
{
    ak_row_span spans[3];
    const int n = ak_visit_spans(v, s, (ak_visit){ AK_VISIT_ENCODE, 0 }, spans);
    int64_t rows = 0;
    for (int i = 0; i < n; i++) rows += spans[i].rows;
    return rows;
}
