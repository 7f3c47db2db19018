/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/row_order.c - the rows of a split sorted by group, then time, then place in the file. */
#include "vectors/vectors_readers.h"

typedef struct key {
    double time;
    int32_t group, row;
} key;

static int by_key(const void *a, const void *b)
{
    const key *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    if (x->time != y->time) return x->time < y->time ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static akin_status order_split(const akin_vector_set *set, ak_vector_split *s, akin_error *err)
{
    key *list = ak_alloc(sizeof *list, s->n, 1);
    s->order = ak_alloc(sizeof *s->order, s->n, 1);
    s->place = ak_alloc(sizeof *s->place, s->n, 1);
    s->group_start = ak_alloc(sizeof *s->group_start, set->groups + 1, 1);
    const bool fine = list && s->order && s->place && s->group_start;
    for (int64_t i = 0; fine && i < s->n; i++) {
        list[i] = (key){ s->times ? s->times[i] : 0, s->groups ? s->groups[i] : 0, (int32_t)i };
        s->group_start[list[i].group + 1]++;
    }
    if (fine && (s->times || s->groups)) qsort(list, (size_t)s->n, sizeof *list, by_key);
    for (int64_t g = 0; fine && g < set->groups; g++) s->group_start[g + 1] += s->group_start[g];
    for (int64_t i = 0; fine && i < s->n; i++) {
        s->order[i] = list[i].row;
        s->place[list[i].row] = (int32_t)i;
    }
    free(list);
    return fine ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory to order the rows of '%s'", set->name);
}

akin_status ak_vectors_order(akin_vector_set *set, akin_error *err)
{
    for (int k = 0; k < set->splits; k++) AK_TRY(order_split(set, &set->split[k], err));
    return AKIN_OK;
}
